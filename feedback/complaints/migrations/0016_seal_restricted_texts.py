"""Restricted reports and what was written about them are encrypted in the database from here on."""

from importlib import import_module

from django.db import migrations

import portal.common.keys

_log = import_module("feedback.complaints.migrations.0003_guard_events")


def seal(apps, schema_editor):
    """Also what was written before; no word of it changes."""
    complaints = apps.get_model("complaints", "Complaint").objects
    events = apps.get_model("complaints", "ComplaintEvent").objects
    restricted = complaints.filter(category__is_restricted=True)
    for rows in (restricted, events.filter(complaint__in=restricted)):
        for row in rows.exclude(text=""):
            row.text = portal.common.keys.SEALED + portal.common.keys.encrypt(row.text)
            row.save(update_fields=["text"])


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0015_index_lists'),
    ]

    operations = [
        # SQLite makes the table anew, which loses the guard of the log: it is taken off and put back.
        migrations.RunPython(_log.unguard, _log.guard),
        migrations.AlterField(
            model_name='complaint',
            name='text',
            field=portal.common.keys.SealableTextField(verbose_name='text'),
        ),
        migrations.AlterField(
            model_name='complaintevent',
            name='text',
            field=portal.common.keys.SealableTextField(blank=True),
        ),
        migrations.RunPython(seal, migrations.RunPython.noop),
        migrations.RunPython(_log.guard, _log.unguard),
    ]
