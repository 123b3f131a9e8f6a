"""Notices posted until what they announce is over, and notices that come again.

The survey notice (N02) stays until the survey closes, the start of works (N09) until they are
completed; progress (N12) is due for every month of the works, the bulletin on complaints (N17) for
every quarter of them. A rule that an administrator has changed stays as it is.
"""

from django.db import migrations

STAYS_UNTIL = [("N02", "closes"), ("N09", "finish")]


def change_rules(apps, schema_editor):
    fields = apps.get_model("notices", "NoticeField").objects
    for code, key in STAYS_UNTIL:
        fields.filter(notice_type__code=code, key=key, kind="DATE").update(stays_until=True)
    required = apps.get_model("notices", "RequiredNotice").objects
    required.filter(
        notice_type__code="N12", clock="WORKS_START", amount=31, unit="CALENDAR", valid_to=None
    ).update(amount=10, every="MONTH", until="WORKS_DONE")
    kind = apps.get_model("notices", "NoticeType").objects.filter(code="N17").first()
    if kind is not None and not required.filter(notice_type=kind).exists():
        required.create(
            notice_type=kind,
            phase="WORKS",
            clock="WORKS_START",
            amount=20,
            unit="WORKING",
            every="QUARTER",
            until="WORKS_DONE",
        )


class Migration(migrations.Migration):
    dependencies = [("notices", "0007_stays_until_and_every")]

    operations = [
        migrations.RunPython(change_rules, migrations.RunPython.noop),
    ]
