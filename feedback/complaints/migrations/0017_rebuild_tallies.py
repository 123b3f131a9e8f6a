"""Tallies from before 0011 and 0014 lack the board and the closings: the sweep fills them."""

from django.db import migrations


def mark(apps, schema_editor):
    marks = apps.get_model("places", "StaleMark").objects
    places = apps.get_model("complaints", "ComplaintTally").objects.values_list("community", flat=True)
    for place in places.iterator():
        marks.create(kind="COMPLAINTS", place_id=place)


class Migration(migrations.Migration):
    dependencies = [
        ("complaints", "0016_seal_restricted_texts"),
        ("places", "0002_create_levels"),
    ]

    operations = [migrations.RunPython(mark, migrations.RunPython.noop)]
