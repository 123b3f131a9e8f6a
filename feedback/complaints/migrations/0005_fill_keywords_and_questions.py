"""What people say, a picture and the questions of each category as shipped.

Words that somebody changed meanwhile are left alone: only empty fields are filled.
"""

from django.db import migrations

# code: icon, what people say in Chinese, in English (two words are joined by an underscore)
WORDS = {
    "C01": ("noise", "噪音 噪声 太吵 吵死 吵得 睡不着 夜里施工 半夜施工 晚上施工 电钻 敲墙 扰民 响声", "noise noisy loud drill at_night sleep"),
    "C02": ("dust", "灰尘 扬尘 尘土 灰大 粉尘 呛人 落灰 没洒水 都是土", "dust dusty dirt_in_the_air"),
    "C03": ("rubble", "建筑垃圾 渣土 砖头 沙子 水泥袋 废料 材料乱堆 没清运 工地垃圾", "rubble debris sand bricks building_waste"),
    "C04": ("danger", "脚手架 坠物 掉东西 深坑 沟没盖 没围挡 工地危险 施工危险 安全隐患 掉下来", "scaffold scaffolding trench open_pit unsafe danger_at_the_site"),
    "C05": ("blocked", "路挖断 路堵 过不去 出不去 没有便道 走不了 进不去 路被挖", "blocked_path cannot_get_out dug_up no_way_through"),
    "C06": ("cut", "突然停水 突然停电 没通知 停气 停暖 没说就停 停水通知 停电通知 也不通知", "without_notice cut_off no_warning"),
    "C07": ("clock", "停工 拖工期 没人干活 干到一半 烂尾 不完工 工期 拖了", "delay delayed unfinished stopped_work"),
    "C08": ("damage", "砸坏 弄坏 损坏 划了 车被 窗户碎 空调坏 赔偿 赔钱 撞坏 打坏", "broke_my damaged compensation scratched"),
    "C09": ("conduct", "态度差 骂人 野蛮施工 粗暴 不讲理 工人态度 施工队态度", "rude rough_workers shouted insulted"),
    "C10": ("roof", "漏雨 屋顶漏 房顶漏 顶楼漏 楼顶漏 屋面漏 天花板漏 顶棚漏 漏水 渗水 房子漏 屋顶 防水", "roof leak leaking rain_comes_in ceiling"),
    "C11": ("wall", "外墙 墙皮 墙皮掉 掉墙皮 保温层 外墙砖 外墙渗水 墙渗水 墙面渗水 墙返潮 漏水 渗水 墙裂", "outer_wall plaster facade tiles_fall damp_wall crack"),
    "C12": ("drain", "下水道 下水堵 下水道堵 马桶堵 厕所堵 地漏 返水 反味 污水 化粪池 冒水 粪水 堵了 下水不通 管道堵 漏水", "drain drains sewer sewage toilet blocked_pipe overflow"),
    "C13": ("water", "没水 停水 断水 水小 水压 水流小 水黄 水浑 自来水 水管 水管爆 水管漏 漏水 没自来水 水有味", "no_water water_pressure tap burst_pipe brown_water leak"),
    "C14": ("heat", "暖气 暖气不热 不热 供暖 供热 没暖气 屋里冷 家里冷 太冷 温度低 暖气漏 暖气片 地暖 冻死", "heating radiator cold heat_is_off not_warm"),
    "C15": ("gas", "燃气 煤气 天然气 煤气味 燃气味 漏气 没气 打不着火 煤气泄漏", "gas smell_of_gas gas_leak"),
    "C16": ("power", "没电 停电 断电 跳闸 电线 电缆 漏电 触电 电表 线乱 飞线 网线 打火 冒火花 电线掉", "power electricity blackout wire wires cable sparks shock"),
    "C17": ("road", "路坏 路不平 坑 积水 井盖 马路 路面 砖翘 地砖 水坑 塌陷 下沉 路塌", "road paving puddle pothole manhole"),
    "C18": ("light", "路灯 楼道灯 灯坏 灯不亮 没灯 黑灯 太黑 声控灯 监控 摄像头 门禁 单元门 门坏 对讲 楼道黑", "light lights lamp dark camera entrance_door intercom"),
    "C19": ("fire", "消防 消防通道 消火栓 灭火器 着火 起火 火灾 堵通道 楼道堆物 电动车充电 电瓶车 电动车上楼", "fire hydrant extinguisher fire_lane escape e-bike charging"),
    "C20": ("car", "停车 车位 乱停 堵车 占车位 没地方停 挡路 车堵 僵尸车 停不下", "parking parked car_park no_space"),
    "C21": ("tree", "树 绿化 草坪 花坛 树枝 枯死 没浇水 剪树 砍树 草坪坏 绿地 杂草", "tree trees lawn plants grass branches"),
    "C22": ("bin", "垃圾 脏 臭 没人扫 卫生 垃圾桶 楼道脏 老鼠 蟑螂 苍蝇 保洁 狗屎 大件垃圾", "rubbish trash garbage dirty smell cleaning rats"),
    "C23": ("lift", "电梯 加装电梯 电梯坏 电梯停 困电梯 电梯挡光", "lift elevator"),
    "C24": ("access", "无障碍 坡道 轮椅 扶手 老人上下 台阶高 没扶手 残疾人 推车", "ramp handrail wheelchair steps disabled"),
    "C25": ("build", "违建 私搭 乱盖 占楼道 占公共 封阳台 圈地 私占 占用 盖房 乱搭乱建", "illegal_building took_over occupies shed"),
    "C26": ("property", "物业 物业费 收费 乱收费 物业不管 保安 没人管 服务差 停车费", "property_company fee fees charged guard service"),
    "C27": ("plan", "和公示不一样 没改 漏改 少做 方案 不在范围 没给我们 偷工减料 答应的没做 承诺", "plan differs left_out promised not_done"),
    "C28": ("money", "钱花哪 资金 账目 公示 不公开 看不到公告 没公示 花多少钱", "money funds accounts published transparent"),
    "C29": ("shield", "保修 报修没人 质保 修了又坏 不来修 拒修 修不好 保修期", "warranty refuse_to_repair nobody_repairs"),
    "C30": ("scales", "贪污 受贿 回扣 举报 腐败 吃拿卡要 违纪 干部", "corruption bribe misconduct"),
}  # fmt: skip

SINCE = {"key": "since", "kind": "date", "zh": "从哪天开始的？", "en": "Since when?"}
ROOM = {"key": "room", "kind": "text", "zh": "哪间屋、几楼？", "en": "Which room, which floor?"}


def choice(key, zh, en, *options):
    named = [{"code": code, "zh": zh_, "en": en_} for code, zh_, en_ in options]
    return {"key": key, "kind": "choice", "zh": zh, "en": en, "options": named}


RAIN = choice(
    "rain", "什么时候漏？", "When does it leak?",
    ("rain", "只在下雨、化雪时", "Only when it rains or snow melts"),
    ("always", "不下雨也漏", "Without rain, too"),
    ("unsure", "说不准", "Not sure"),
)  # fmt: skip
QUESTIONS = {
    "C01": [choice("when", "什么时候最吵？", "When is it loudest?", ("night", "夜里（22点到6点）", "At night (22:00–6:00)"), ("noon", "中午", "At noon"), ("day", "白天", "During the day"))],
    "C06": [choice("what", "停的是什么？", "What was cut?", ("water", "水", "Water"), ("power", "电", "Power"), ("gas", "气", "Gas"), ("heat", "暖", "Heat")), SINCE],
    "C10": [ROOM, RAIN, SINCE],
    "C11": [ROOM, RAIN],
    "C12": [choice("pipe", "哪里堵？", "Which drain?", ("toilet", "马桶", "Toilet"), ("kitchen", "厨房", "Kitchen"), ("floor", "地漏", "Floor drain"), ("main", "楼道主管或院里井", "Main pipe or the shaft in the yard")), choice("spread", "只有您家堵吗？", "Is it only your home?", ("own", "只有我家", "Only mine"), ("stack", "同一单元几家都堵", "Several homes of the entrance"), ("unsure", "不清楚", "Not sure"))],
    "C13": [choice("water", "水怎么了？", "What is wrong with the water?", ("none", "没水", "There is none"), ("weak", "水小", "It is weak"), ("bad", "发黄、有味", "It is brown or smells")), choice("spread", "只有您家吗？", "Is it only your home?", ("own", "只有我家", "Only mine"), ("stack", "同一单元几家都是", "Several homes of the entrance"), ("unsure", "不清楚", "Not sure"))],
    "C14": [{"key": "temperature", "kind": "number", "zh": "屋里量出来几度？", "en": "How warm is the room, measured?", "unit": {"zh": "℃", "en": "°C"}, "minimum": -30, "maximum": 45}, SINCE, choice("rooms", "哪些屋不热？", "Which rooms are cold?", ("all", "全屋都不热", "All of them"), ("some", "有的热有的不热", "Some of them"))],
    "C16": [choice("spread", "只有您家吗？", "Is it only your home?", ("own", "只有我家", "Only mine"), ("stack", "整个单元", "The whole entrance"), ("unsure", "不清楚", "Not sure"))],
    "C18": [{"key": "where", "kind": "text", "zh": "在哪个位置？比如2单元3楼", "en": "Where exactly? For example entrance 2, 3rd floor"}],
}  # fmt: skip


def fill(apps, schema_editor):
    Category = apps.get_model("complaints", "Category")
    for category in Category.objects.filter(pk__in=WORDS):
        icon, zh, en = WORDS[category.pk]
        category.icon = category.icon or icon
        category.keywords_zh = category.keywords_zh or zh
        category.keywords_en = category.keywords_en or en
        category.questions = category.questions or QUESTIONS.get(category.pk, [])
        category.save()


class Migration(migrations.Migration):
    dependencies = [("complaints", "0004_followers_extra_and_keywords")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
