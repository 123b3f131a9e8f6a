"""The deadline classes of domain.md §4 as shipped, and which categories are parts of the works."""

from django.db import migrations

RULES = [
    {
        "code": "P0",
        "around_the_clock": True,
        "contact_minutes": 30,
        "site_minutes": 120,
        "done_minutes": 1440,
        "escalate_minutes": 120,
    },
    {"code": "P1", "contact_minutes": 120, "done_workdays": 2},
    {"code": "P2", "contact_workdays": 1, "done_workdays": 5},
    {"code": "P3", "contact_workdays": 1, "done_workdays": 15},
]
WORK_ITEMS = {
    "WATERPROOFING": ["C10", "C11"],
    "HEATING": ["C14"],
    "PIPES": ["C12", "C13"],
    "ELECTRICS": ["C16", "C18"],
    "OTHER": ["C17"],
}


def fill(apps, schema_editor):
    rules = apps.get_model("complaints", "DeadlineRule")
    rules.objects.bulk_create(rules(**rule) for rule in RULES)
    categories = apps.get_model("complaints", "Category").objects
    for item, codes in WORK_ITEMS.items():
        categories.filter(pk__in=codes).update(work_item=item)


def empty(apps, schema_editor):
    apps.get_model("complaints", "DeadlineRule").objects.all().delete()
    apps.get_model("complaints", "Category").objects.update(work_item="")


class Migration(migrations.Migration):
    dependencies = [("complaints", "0007_handling")]

    operations = [migrations.RunPython(fill, empty)]
