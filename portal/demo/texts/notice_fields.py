"""What the demonstration's notices say in the extra fields of their types.

The blanks are those of notice_bodies.py, and {yuan} and {yuan_paid}: the contract and what is paid
of it, in 元; {opens} and {closes}: the days of a survey; {finish}: the planned completion.
"""

FIELDS: dict[str, dict[str, str]] = {
    "N01": {
        "communities": "{communities}",
        "households": "{households}",
        "area": "{area}",
        "category": "基础类为主，同步实施部分完善类内容",
    },
    "N02": {
        "survey": "{survey}",
        "opens": "{opens}",
        "closes": "{closes}",
        "method": "住户码网上填写，也可填纸质问卷或请社区上门协助",
        "privacy": "不记姓名和证件号码，只记这一户已参加，不记是哪一份答卷。",
    },
    "N04": {
        "drawings": "小区公告栏、社区居委会",
        "content": "屋面防水、外墙保温、楼道修缮、雨污分流、道路铺设、线缆入地、绿化补种。",
        "budget": "{yuan}",
        "charge": "不需居民出资",
    },
    "N05": {"received": "27", "accepted": "18", "partly": "4", "rejected": "5"},
    "N06": {
        "basic": "屋面、外墙、楼道、雨污分流、供热管网、道路、消防。",
        "improving": "停车位、充电设施、绿化、无障碍坡道。",
        "upgrading": "便民服务点。",
        "targets": "居民满意度不低于90%，信访投诉降低30%以上，物业接管率不低于90%。",
    },
    "N08": {"bidder": "{company}", "price": "{yuan}", "complain_to": "{county}住房和城乡建设局"},
    "N09": {
        "owner": "{county}老旧小区改造项目部",
        "designer": "云中建筑设计院（演示）",
        "contractor": "{company}",
        "supervisor": "桑干河工程监理有限公司（演示）",
        "finish": "{finish}",
        "hotline": "{phone}",
    },
    "N10": {"area": "本小区全部楼栋", "reason": "管网检修"},
    "N12": {"percent": "{percent}", "contract": "{yuan}", "paid": "{yuan_paid}"},
    "N16": {
        "subject": "物业选聘",
        "candidates": "{company}",
        "fee": "0.5元/平方米·月",
        "standard": "保洁、秩序维护、公共设施日常维修、垃圾清运",
        "contract": "一年",
    },
    "N17": {
        "response": "{response}",
        "resolution": "{resolution}",
        "satisfaction": "{satisfaction}",
    },
    "N18": {
        "targets": "居民满意度不低于90%，投诉解决率不低于90%。",
        "scores": "79.50分，等级“中”",
        "actions": "逐项建立整改台账，明确责任单位和期限。",
    },
}
