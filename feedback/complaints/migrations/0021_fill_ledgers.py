from django.db import migrations
from django.db.models import OuterRef, Subquery


def fill(apps, schema_editor):
    """Which ledger a case came from, as far as the reports of its imports still tell."""
    reports = apps.get_model("complaints", "LedgerImportRow").objects.filter(
        outcome="ADD",
        source_number=OuterRef("source_number"),
        ledger_import__source__channel=OuterRef("channel"),
        ledger_import__state="IMPORTED",
    )
    apps.get_model("complaints", "Complaint").objects.exclude(source_number="").update(
        source=Subquery(reports.order_by("pk").values("ledger_import__source")[:1])
    )


class Migration(migrations.Migration):
    dependencies = [("complaints", "0020_number_ledgers_apart")]

    operations = [migrations.RunPython(fill, migrations.RunPython.noop, elidable=True)]
