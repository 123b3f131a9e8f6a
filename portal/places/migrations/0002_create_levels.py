from django.db import migrations

LEVELS = [
    ("PROVINCE", "省", "Province", 10),
    ("CITY", "市", "City", 20),
    ("COUNTY", "县区", "County or district", 30),
    ("SUBDISTRICT", "街道", "Sub-district", 40),
    ("COMMITTEE", "社区", "Neighbourhood committee", 50),
    ("COMMUNITY", "小区", "Residential community", 60),
]


def create_levels(apps, schema_editor):
    PlaceLevel = apps.get_model("places", "PlaceLevel")
    for code, name_zh, name_en, rank in LEVELS:
        PlaceLevel.objects.get_or_create(
            code=code, defaults={"name_zh": name_zh, "name_en": name_en, "rank": rank}
        )


class Migration(migrations.Migration):
    dependencies = [("places", "0001_initial")]
    operations = [migrations.RunPython(create_levels, migrations.RunPython.noop)]
