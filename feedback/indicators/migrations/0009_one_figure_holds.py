from django.db import migrations
from django.db.models import Exists, OuterRef

SLOT = ["place", "project", "indicator", "variant", "period_end", "wave", "period_start"]


def let_only_the_newest_hold(apps, schema_editor):
    Measurement = apps.get_model("indicators", "Measurement")
    rows = Measurement.objects.filter(is_latest=True)
    for scope, other in (("place", "project"), ("project", "place")):
        same = {name: OuterRef(name) for name in SLOT if name != other}
        newer = rows.filter(**same, pk__gt=OuterRef("pk"))
        older = rows.filter(Exists(newer), **{f"{scope}__isnull": False}).values_list("pk", flat=True)
        keys = list(older)
        for start in range(0, len(keys), 500):
            part = Measurement.objects.filter(pk__in=keys[start : start + 500])
            part.filter(frozen_at=None).delete()
            part.update(is_latest=False)


class Migration(migrations.Migration):
    dependencies = [("indicators", "0008_exports")]

    operations = [
        migrations.RunPython(let_only_the_newest_hold, migrations.RunPython.noop, elidable=True),
    ]
