"""What each type of notice must say in fields of its own, whether residents may object to it and
whether the county reviews it, and the words a notice of it begins with.
"""

from django.db import migrations

#: Residents object to lists, plans, candidates and variations; to a report they complain.
OBJECTIONS = ["N01", "N03", "N04", "N06", "N08", "N13", "N16"]
#: Cuts, night work and progress go public at once: waiting would make them worthless.
AT_ONCE = ["N10", "N11", "N12"]

#: type → (key, what it holds, Chinese, English, more) in the order of the form.
FIELDS = {
    "N01": [
        ("communities", "NUMBER", "小区数", "Communities"),
        ("households", "NUMBER", "户数", "Households"),
        ("area", "NUMBER", "建筑面积（平方米）", "Floor area (m²)"),
        ("category", "TEXT", "改造类别", "Class of works"),
    ],
    "N02": [
        ("survey", "TEXT", "调查名称", "Survey"),
        ("opens", "DATE", "调查开始", "Opens on"),
        ("closes", "DATE", "调查截止", "Closes on"),
        ("method", "TEXT", "调查方式", "How it is done"),
        ("privacy", "LONG_TEXT", "个人信息说明", "Privacy"),
    ],
    "N03": [
        ("problems", "LONG_TEXT", "主要问题", "Problems found"),
        ("remedies", "LONG_TEXT", "处理建议", "Proposed remedies"),
    ],
    "N04": [
        ("drawings", "TEXT", "图纸查阅地点", "Where the drawings are"),
        ("content", "LONG_TEXT", "主要改造内容", "Content of the works"),
        ("budget", "MONEY", "估算投资", "Estimated cost"),
        ("charge", "TEXT", "居民出资", "What residents pay"),
    ],
    "N05": [
        ("received", "NUMBER", "收到意见（条）", "Comments received"),
        ("accepted", "NUMBER", "采纳（条）", "Adopted"),
        ("partly", "NUMBER", "部分采纳（条）", "Partly adopted", {"required": False}),
        ("rejected", "NUMBER", "未采纳（条）", "Rejected"),
        ("out_of_scope", "NUMBER", "不属于本次改造（条）", "Out of scope", {"required": False}),
    ],
    "N06": [
        ("basic", "LONG_TEXT", "基础类内容", "Basic works"),
        ("improving", "LONG_TEXT", "完善类内容", "Improving works", {"required": False}),
        ("upgrading", "LONG_TEXT", "提升类内容", "Upgrading works", {"required": False}),
        ("targets", "LONG_TEXT", "目标", "Targets"),
    ],
    "N07": [
        ("matters", "LONG_TEXT", "表决事项", "Matters put to the vote"),
        (
            "method",
            "TEXT",
            "表决方式",
            "How to vote",
            {"only_for": "ANNOUNCED"},
        ),
        (
            "area_share",
            "NUMBER",
            "参与表决专有部分面积占比（%）",
            "Floor area taking part (%)",
            {"only_for": "RESULT"},
        ),
        (
            "head_share",
            "NUMBER",
            "参与表决人数占比（%）",
            "Owners taking part (%)",
            {"only_for": "RESULT"},
        ),
        ("votes", "LONG_TEXT", "各事项得票", "Votes on each matter", {"only_for": "RESULT"}),
    ],
    "N08": [
        ("bidder", "TEXT", "第一中标候选人", "First candidate"),
        ("price", "MONEY", "投标报价", "Price"),
        ("others", "LONG_TEXT", "其他候选人", "Other candidates", {"required": False}),
        ("complain_to", "TEXT", "异议受理单位", "Who takes objections"),
    ],
    "N09": [
        ("owner", "TEXT", "建设单位", "Client"),
        ("designer", "TEXT", "设计单位", "Designer"),
        ("contractor", "TEXT", "施工单位", "Contractor"),
        ("supervisor", "TEXT", "监理单位", "Supervisor"),
        ("finish", "DATE", "计划竣工", "Planned completion"),
        ("hotline", "TEXT", "监督电话", "Hotline"),
    ],
    "N10": [
        ("area", "TEXT", "影响范围", "Where"),
        ("reason", "TEXT", "原因", "Reason"),
    ],
    "N11": [
        ("certificate", "TEXT", "夜间施工证明编号", "Certificate for night work"),
        ("hours", "TEXT", "施工时段", "Hours of work"),
    ],
    "N12": [
        ("percent", "NUMBER", "形象进度（%）", "Progress (%)"),
        ("contract", "MONEY", "合同总价", "Contract total"),
        ("paid", "MONEY", "累计支付", "Paid so far"),
    ],
    "N13": [
        ("old", "LONG_TEXT", "原设计", "Before"),
        ("new", "LONG_TEXT", "变更后", "After"),
        ("cost", "MONEY", "造价增减", "Change of cost", {"help_zh": "减少的写负数。"}),
        ("cause", "LONG_TEXT", "变更原因", "Cause"),
    ],
    "N14": [
        ("parties", "LONG_TEXT", "参验单位", "Who accepted"),
        ("result", "CHOICE", "验收结论", "Result", {"choices": "合格,整改后合格,不合格"}),
        ("warranty", "LONG_TEXT", "保修期限和责任", "Warranty"),
    ],
    "N15": [
        ("approved", "MONEY", "概算批复", "Approved"),
        ("settled", "MONEY", "审定结算", "Settled"),
        ("paid", "MONEY", "累计支付", "Paid so far"),
    ],
    "N16": [
        ("subject", "CHOICE", "公示事项", "Subject", {"choices": "物业选聘,业委会候选人"}),
        ("candidates", "LONG_TEXT", "候选人或候选企业", "Candidates"),
        ("fee", "TEXT", "物业费标准", "Fee", {"required": False, "help_zh": "物业选聘时填写。"}),
        ("standard", "TEXT", "服务标准", "Standard of service", {"required": False}),
        ("contract", "TEXT", "合同期限", "Term of the contract", {"required": False}),
    ],
    "N17": [
        ("response", "NUMBER", "响应率（%）", "Response rate (%)"),
        ("resolution", "NUMBER", "解决率（%）", "Resolution rate (%)"),
        ("satisfaction", "NUMBER", "满意率（%）", "Satisfaction rate (%)"),
        ("hidden", "TEXT", "未单列的类别", "Categories not shown apart", {"required": False}),
    ],
    "N18": [
        ("targets", "LONG_TEXT", "绩效目标", "Targets"),
        ("scores", "TEXT", "评价得分", "Scores"),
        ("actions", "LONG_TEXT", "整改措施", "Corrective actions"),
    ],
}

#: type or type.kind → (title, text). A line that begins with "# " is a heading.
TEMPLATES = {
    "N01": (
        "{县区}老旧小区改造计划名单公示",
        "按照老旧小区改造工作部署，经摸底、申请和审核，现将改造计划名单予以公示，接受监督。\n"
        "# 改造范围\n"
        "本批共{小区数}个小区、{楼栋数}栋楼、{户数}户。\n"
        "# 意见反馈\n"
        "对名单有异议的，请在公示期内向公示单位反映。联系电话：{电话}。",
    ),
    "N02": (
        "关于开展{地点}居民意见调查的公告",
        "为使改造内容符合大家的需要，现就{地点}开展居民意见调查，请每户参加。\n"
        "# 怎么填\n"
        "每户一张带住户码的通知信，扫码或输入住户码即可填写；也可以领纸质问卷，或请社区上门协助。"
        "一户计一份。\n"
        "# 说明\n"
        "意见调查不是业主表决。咨询电话：{电话}。",
    ),
    "N03": (
        "{地点}摸底排查结果公示",
        "{地点}共{楼栋数}栋楼、{户数}户，现已完成房屋和设施摸底排查，结果公示如下。\n"
        "# 主要问题和处理建议\n"
        "见本公示所列内容。与实际情况不符的，请在公示期内告诉我们。联系电话：{电话}。",
    ),
    "N04": (
        "{地点}改造方案（征求意见稿）",
        "{地点}共{楼栋数}栋楼、{户数}户。改造方案初稿已经编制完成，现征求全体居民意见。\n"
        "# 主要内容\n"
        "改造内容、估算投资和居民出资见本公示所列；图纸可到所列地点查阅。\n"
        "# 怎样提意见\n"
        "请在公示期内提出，可在本页提交，也可到社区居委会或拨打{电话}。采纳情况将逐条说明理由并公布。",
    ),
    "N05": (
        "{地点}改造方案意见采纳情况",
        "{地点}改造方案征求意见已经结束，现将收到的意见和采纳情况公布如下。\n"
        "# 采纳情况\n"
        "＿＿＿＿\n"
        "# 未采纳的理由\n"
        "＿＿＿＿",
    ),
    "N06": (
        "{地点}改造方案及一区一策公示",
        "{地点}改造方案和“一区一策”已经审核，现予公示。\n"
        "# 小区概况\n"
        "本小区共{楼栋数}栋楼、{户数}户。\n"
        "# 监督\n"
        "改造内容和目标见本公示所列。对方案有异议的，请在公示期内提出。联系电话：{电话}。",
    ),
    "N07.ANNOUNCED": (
        "{地点}业主共同决定事项表决公告",
        "现就{地点}业主共同决定事项组织表决，请全体业主参加。\n"
        "# 说明\n"
        "应当由专有部分面积占比三分之二以上的业主且人数占比三分之二以上的业主参与表决。"
        "只有业主有表决权。咨询电话：{电话}。",
    ),
    "N07.RESULT": (
        "{地点}业主共同决定事项表决结果",
        "{地点}业主共同决定事项表决已经结束，现将结果公布如下。\n"
        "# 结果\n"
        "参与比例和各事项得票见本公示所列。对结果有疑问的，可向社区居委会查询，电话：{电话}。",
    ),
    "N08": (
        "{项目}中标候选人公示",
        "{项目}已按规定程序完成评标，现将中标候选人公示如下。\n"
        "# 异议\n"
        "投标人或者其他利害关系人对评标结果有异议的，应当在公示期内提出；招标人自收到异议之日起3日内"
        "作出答复。",
    ),
    "N09": (
        "{地点}改造工程开工公告",
        "{地点}改造工程即将开工，参建单位和工期见本公告所列。\n"
        "# 请您配合\n"
        "请在开工前移走楼前杂物和车辆，收好阳台、窗外物品；需要入户的，施工人员会提前预约并佩戴"
        "工作证。\n"
        "# 监督\n"
        "施工扰民和质量问题，请拨打监督电话，或在本站投诉。",
    ),
    "N10": (
        "{地点}停供通知",
        "{地点}将临时停供，请提前做好准备。时间、范围和原因见本通知所列。\n"
        "独居老人、行动不便的住户可以联系社区帮忙。咨询电话：{电话}。",
    ),
    "N10.WATER": (
        "{地点}停水通知",
        "{地点}将停水，请提前储水，关好水龙头。时间、范围和原因见本通知所列。\n"
        "恢复供水后，初来水可能发黄，放水几分钟即可。独居老人、行动不便的住户可以联系社区送水。"
        "咨询电话：{电话}。",
    ),
    "N10.HEAT": (
        "{地点}停热通知",
        "{地点}将停热检修，请注意老人和孩子保暖。时间、范围和原因见本通知所列。\n"
        "恢复供热后暖气片不热的，请先放气；仍不热的，请拨打{电话}。",
    ),
    "N10.GAS": (
        "{地点}停气通知",
        "{地点}将停气，请关好灶具和表前阀门。时间、范围和原因见本通知所列。\n"
        "恢复供气前请不要打开阀门；闻到燃气味，请开窗、离开，到室外拨打燃气抢修电话。"
        "咨询电话：{电话}。",
    ),
    "N10.POWER": (
        "{地点}计划停电通知",
        "{地点}将停电检修，请关好电器。时间、范围和原因见本通知所列。\n"
        "家中使用呼吸机等设备的，请提前联系社区。咨询电话：{电话}。",
    ),
    "N10.POWER_SHORT": (
        "{地点}临时停电通知",
        "{地点}将临时停电检修，请关好电器。时间、范围和原因见本通知所列。\n"
        "家中使用呼吸机等设备的，请马上联系社区。咨询电话：{电话}。",
    ),
    "N11": (
        "{地点}夜间施工公告",
        "因工艺需要连续作业，{地点}将进行夜间施工，已取得证明。时段和证明编号见本公告所列。\n"
        "给您带来的不便，敬请谅解。监督电话：{电话}。",
    ),
    "N12": (
        "{地点}改造工程进度与付款公开",
        "现将{地点}改造工程进度和资金支付情况公布如下，请居民监督。\n"
        "# 工程进度\n"
        "＿＿＿＿\n"
        "# 下一步\n"
        "＿＿＿＿",
    ),
    "N13": (
        "{地点}改造工程设计变更公示",
        "{地点}改造工程拟作设计变更，变更前后内容、造价增减和原因见本公示所列。\n"
        "# 意见反馈\n"
        "有异议的，请在公示期内提出。联系电话：{电话}。",
    ),
    "N14": (
        "{地点}改造工程竣工验收公示",
        "{地点}改造工程已组织竣工验收，参验单位、结论和保修责任见本公示所列。\n"
        "保修期内发现质量问题，请在本站报修，或拨打{电话}。",
    ),
    "N15": (
        "{项目}结算、决算和审计结果公示",
        "{项目}结算和决算已经审定，概算批复、审定结算和累计支付见本公示所列，接受监督。",
    ),
    "N16": (
        "{地点}物业选聘、业委会候选人公示",
        "现将{地点}候选情况公示如下。\n"
        "# 程序\n"
        "选聘物业服务企业、选举业委会，由业主依法共同决定，本公示不代替表决。有意见的，请在公示期内"
        "提出。联系电话：{电话}。",
    ),
    "N17": (
        "{地点}投诉办理情况通报",
        "现将{地点}本季度居民投诉办理情况通报如下。不足5件的类别不单独列出。\n"
        "# 仍需努力\n"
        "＿＿＿＿",
    ),
    "N18": (
        "{地点}绩效目标与评价结果公开",
        "按照预算绩效管理要求，现将{地点}老旧小区改造的绩效目标和评价结果公开，指标的计算方法、分子分母"
        "见“数据”栏目。",
    ),
}


def complete_types(apps, schema_editor):
    NoticeType = apps.get_model("notices", "NoticeType")
    NoticeVariant = apps.get_model("notices", "NoticeVariant")
    NoticeField = apps.get_model("notices", "NoticeField")
    NoticeType.objects.filter(code__in=OBJECTIONS).update(allows_objections=True)
    NoticeType.objects.filter(code__in=AT_ONCE).update(needs_review=False)
    types = {kind.code: kind for kind in NoticeType.objects.all()}
    rows = []
    for code, fields in FIELDS.items():
        if code not in types:
            continue
        for order, (key, kind, zh, en, *more) in enumerate(fields):
            values = {"key": key, "kind": kind, "label_zh": zh, "label_en": en, "sort_order": order}
            rows.append(NoticeField(notice_type=types[code], **values, **(more[0] if more else {})))
    NoticeField.objects.bulk_create(rows)
    for name, (title, body) in TEMPLATES.items():
        code, _dot, variant = name.partition(".")
        words = {"title_template": title, "body_template": body}
        if variant:
            NoticeVariant.objects.filter(notice_type__code=code, code=variant).update(**words)
        else:
            NoticeType.objects.filter(code=code).update(**words)
    for kind in types.values():
        variants = NoticeVariant.objects.filter(notice_type=kind).order_by("pk")
        for order, variant in enumerate(variants):
            variant.sort_order = order
            variant.save(update_fields=["sort_order"])


class Migration(migrations.Migration):
    dependencies = [("notices", "0003_extend_notices")]

    operations = [migrations.RunPython(complete_types, migrations.RunPython.noop)]
