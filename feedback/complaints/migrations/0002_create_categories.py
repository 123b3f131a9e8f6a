"""The 30 categories of complaints as shipped."""

from django.db import migrations

R, X, A, OUT = "R", "X", "A", "EXCLUDED"
BUILDER = ("施工单位", "Contractor")
BUILDER_5Y = ("施工单位（保修5年）", "Contractor (5-year warranty)")
BUILDER_PROPERTY = ("施工单位、物业", "Contractor, property company")
PROJECT = ("项目单位", "Project unit")
SUPERVISION = ("监理单位", "Supervision company")
PROPERTY = ("物业", "Property company")

GAS_NOW = (
    "先开窗通风，不要开关电器、不要点火，到户外后拨打燃气抢修电话或119。",
    "Open the windows, switch nothing on or off, light nothing. Go outside, then call the gas emergency number or 119.",
)
FIRE_NOW = (
    "发生火情请立即撤离并拨打119；消防通道被堵又有险情，请同时拨打119。",
    "If there is a fire, leave at once and call 119. Call 119 as well if an exit is blocked and there is danger.",
)
SITE_NOW = (
    "请先远离危险处，提醒老人和孩子绕行；有人受伤请拨打120，有坍塌、火情请拨打119。",
    "Keep away and warn children and older people. If somebody is hurt call 120; if something collapses or burns call 119.",
)
FALL_NOW = (
    "请不要从墙下通过，车辆挪开；如有人受伤请拨打120。",
    "Do not walk below the wall and move cars away. If somebody is hurt call 120.",
)
POWER_NOW = (
    "不要触碰裸露、冒火花或落地的电线，保持至少8米距离；有人触电先断电，再拨打120。",
    "Do not touch bare, sparking or fallen wires and stay 8 metres away. If somebody is struck, cut the power first, then call 120.",
)
NONE = ("", "")

# code, group, name, plain words, lead, due, danger that makes it P0, what to do at once, set
CATEGORIES = [
    ("C01", "WORKS", ("噪声扰民", "Noise"), ("施工太吵，或夜里（22点到6点）还在施工", "The works are too loud, or go on at night (22:00–6:00)"), BUILDER, "P1", NONE, NONE, X),
    ("C02", "WORKS", ("扬尘污染", "Dust"), ("施工灰尘大，没有洒水、遮盖", "Dust from the works: nothing is sprinkled or covered"), BUILDER, "P1", NONE, NONE, X),
    ("C03", "WORKS", ("建筑垃圾堆放", "Debris"), ("建筑垃圾、材料乱堆，没人清运", "Rubble or material lies about and is not taken away"), BUILDER, "P2", NONE, NONE, X),
    ("C04", "WORKS", ("施工安全隐患", "Site danger"), ("工地有危险：脚手架、坠物、沟坑没有围挡", "Danger at the site: scaffolding, falling things, open trenches"), ("施工、监理单位", "Contractor, supervision company"), "P0", NONE, SITE_NOW, X),
    ("C05", "WORKS", ("出行受阻、未设便道", "Blocked access"), ("路被挖断、堵住，没有留便道", "The way is dug up or blocked and no path was left"), BUILDER, "P1", NONE, NONE, X),
    ("C06", "WORKS", ("未通知停水停电停气停热", "Unannounced cut"), ("没通知就停水、停电、停气、停暖", "Water, power, gas or heat was cut without notice"), ("专营单位", "Utility"), "P1", NONE, NONE, X),
    ("C07", "WORKS", ("工期拖延、停工", "Delay"), ("工程拖着不完工，或停工没人管", "The works drag on or have stopped"), PROJECT, "P3", NONE, NONE, X),
    ("C08", "WORKS", ("损坏私人财物", "Property damage"), ("施工弄坏了我家的东西", "The works damaged something of mine"), BUILDER, "P2", NONE, NONE, X),
    ("C09", "WORKS", ("野蛮施工、态度恶劣", "Rough conduct"), ("施工粗暴，工人态度差", "Rough work or rude workers"), SUPERVISION, "P2", NONE, NONE, X),
    ("C10", "LEAKS", ("屋面漏雨", "Roof leak"), ("屋顶漏雨、顶层渗水", "The roof leaks"), BUILDER_5Y, "P1", NONE, NONE, R),
    ("C11", "LEAKS", ("外墙渗水、脱落", "Façade leak or fall"), ("外墙渗水，墙皮或保温层鼓包、脱落", "The outer wall lets water in, bulges or comes off"), BUILDER_5Y, "P1", ("墙皮、外墙砖或保温层正在往下掉，或马上要掉", "Parts of the wall are falling or about to fall"), FALL_NOW, R),
    ("C12", "LEAKS", ("下水堵塞、污水外溢", "Sewer blockage"), ("下水道堵了，污水往外冒", "A drain is blocked or sewage comes out"), BUILDER_PROPERTY, "P1", NONE, NONE, R),
    ("C13", "SUPPLY", ("供水压力、水质", "Water supply"), ("水压小、停水，或水发黄有味", "Low pressure, no water, or bad water"), ("供水单位", "Water company"), "P1", NONE, NONE, R),
    ("C14", "SUPPLY", ("供暖不热", "Heating"), ("暖气不热", "The heating does not get warm"), ("供热单位", "Heating company"), "P1", NONE, NONE, R),
    ("C15", "SUPPLY", ("燃气管线异常", "Gas"), ("闻到燃气味，燃气管道有问题", "A smell of gas, or something wrong with a gas pipe"), ("燃气单位", "Gas company"), "P0", NONE, GAS_NOW, R),
    ("C16", "SUPPLY", ("用电、线缆安全", "Power, cables"), ("跳闸、电线老化、线缆垂落杂乱", "Power trips, old wiring, cables hanging down"), ("电力、通信单位", "Power and telecom companies"), "P1", ("电线裸露、冒火花或掉在地上", "Wires are bare, sparking or on the ground"), POWER_NOW, R),
    ("C17", "COMMON", ("路面破损、积水", "Road, ponding"), ("路面坑洼不平，下雨积水，井盖坏了", "Broken paving, puddles, a broken manhole cover"), BUILDER_PROPERTY, "P2", NONE, NONE, R),
    ("C18", "COMMON", ("照明、监控、门禁故障", "Lights, CCTV, doors"), ("路灯、楼道灯不亮，监控、单元门坏了", "Lights, cameras or entrance doors do not work"), PROPERTY, "P2", NONE, NONE, R),
    ("C19", "COMMON", ("消防通道、设施", "Fire safety"), ("消防通道被占，消火栓、灭火器有问题", "A fire lane is blocked, hydrants or extinguishers are faulty"), ("社区、消防部门", "Neighbourhood committee, fire service"), "P1", ("现在着火，或逃生出口现在被堵死", "There is a fire now, or an exit is blocked right now"), FIRE_NOW, R),
    ("C20", "COMMON", ("停车混乱、车位不足", "Parking"), ("停车难，车辆乱停", "Not enough parking, or cars parked anywhere"), ("物业、街道", "Property company, sub-district"), "P3", NONE, NONE, R),
    ("C21", "ORDER", ("绿化破坏、缺养护", "Greening"), ("花草树木被毁，绿地没人养护", "Plants destroyed, or green space not looked after"), ("项目单位、物业", "Project unit, property company"), "P3", NONE, NONE, R),
    ("C22", "ORDER", ("环境卫生、垃圾", "Cleanliness"), ("垃圾没人清，楼道、院里脏乱", "Rubbish is not cleared, halls or yard are dirty"), ("物业、社区", "Property company, neighbourhood committee"), "P2", NONE, NONE, R),
    ("C23", "COMMON", ("电梯（加装）纠纷", "Lift dispute"), ("加装电梯有矛盾，或电梯有问题", "Dispute about an added lift, or a lift has a fault"), ("街道", "Sub-district"), "P3", NONE, NONE, R),
    ("C24", "COMMON", ("无障碍设施缺失", "Accessibility"), ("没有坡道、扶手，轮椅和老人出入不便", "No ramp or handrail; hard for wheelchairs and older people"), PROJECT, "P3", NONE, NONE, R),
    ("C25", "ORDER", ("违建、占用公共空间", "Illegal structure"), ("有人私搭乱建，占用楼道、院子", "Somebody built or took over common space"), ("城管部门", "City management"), "P3", NONE, NONE, R),
    ("C26", "ORDER", ("物业服务、收费", "Property, fees"), ("物业服务不到位，收费不合理", "Poor property service, or unfair fees"), PROPERTY, "P3", NONE, NONE, R),
    ("C27", "FAIRNESS", ("方案与公示不符、漏改", "Differs from plan"), ("做的和公示的方案不一样，或我们这里漏了没改", "The work differs from the published plan, or left us out"), PROJECT, "P2", NONE, NONE, X),
    ("C28", "FAIRNESS", ("资金、公示不透明", "Opacity"), ("钱怎么花的没公示，看不到公告", "How the money is spent is not published"), ("住建局", "Housing bureau"), "P3", NONE, NONE, X),
    ("C29", "FAIRNESS", ("保修拒修", "Warranty refusal"), ("还在保修期，报修没人管", "Still under warranty, but nobody repairs it"), PROJECT, "P2", NONE, NONE, A),
    ("C30", "FAIRNESS", ("廉政举报", "Corruption report"), ("举报干部或单位违纪违法", "Report corruption or misconduct of officials"), ("纪检监察机关", "Discipline office"), "", NONE, NONE, OUT),
]


def create_categories(apps, schema_editor):
    Category = apps.get_model("complaints", "Category")
    for position, row in enumerate(CATEGORIES, start=1):
        code, group, name, plain, lead, due, danger, urgent, counted = row
        Category.objects.create(
            code=code,
            group=group,
            position=position,
            name_zh=name[0],
            name_en=name[1],
            plain_zh=plain[0],
            plain_en=plain[1],
            lead_zh=lead[0],
            lead_en=lead[1],
            due=due,
            danger_zh=danger[0],
            danger_en=danger[1],
            urgent_zh=urgent[0],
            urgent_en=urgent[1],
            counted=counted,
            due_by_promise=code in {"C10", "C14"},
            is_restricted=code == "C30",
        )


def delete_categories(apps, schema_editor):
    apps.get_model("complaints", "Category").objects.all().delete()


class Migration(migrations.Migration):
    dependencies = [("complaints", "0001_initial")]

    operations = [migrations.RunPython(create_categories, delete_categories)]
