"""Ready-made replies to begin with; each place words its own."""

from django.db import migrations

REPLIES = [
    (
        "accept",
        "已受理，约时上门",
        "",
        "您好，您反映的“{category}”（编号{number}）已受理。我们会在{due}前办理，今天先与您约上门查看的时间。",
    ),
    (
        "accept",
        "已受理，先处置险情",
        "LEAKS",
        "您好，您反映的{building}“{category}”已受理。师傅先到现场做应急处理，再定维修日期。",
    ),
    (
        "reply",
        "已派单",
        "",
        "您好，您反映的问题已交{organisation}办理，时限{due}。有进展会在这里告诉您。",
    ),
    ("wait", "请补充具体位置", "", "请告诉我们具体的单元、楼层或房间，方便师傅找到位置。"),
    (
        "resolve",
        "已修复，请查看",
        "",
        "{today}已修复。请您查看后告诉我们是否解决；没解决的，会接着办理。",
    ),
    (
        "refuse",
        "不在改造范围",
        "",
        "您反映的事项不在本次改造范围内，已告知您相应的负责单位。感谢您的反映。",
    ),
]


def fill(apps, schema_editor):
    templates = apps.get_model("complaints", "ReplyTemplate")
    templates.objects.bulk_create(
        templates(use=use, title=title, group=group, body=body)
        for use, title, group, body in REPLIES
    )


def empty(apps, schema_editor):
    apps.get_model("complaints", "ReplyTemplate").objects.filter(
        title__in=[title for _use, title, _group, _body in REPLIES]
    ).delete()


class Migration(migrations.Migration):
    dependencies = [("complaints", "0012_quality_event")]

    operations = [migrations.RunPython(fill, empty)]
