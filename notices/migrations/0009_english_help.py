"""The help that extra fields have in Chinese alone, in English too. What an administrator has written
stays as it is.
"""

from django.db import migrations

HELP = {
    ("N13", "cost"): "A saving is a negative number.",
    ("N16", "fee"): "Where a property company is chosen.",
}


def fill_help(apps, schema_editor):
    fields = apps.get_model("notices", "NoticeField").objects
    for (code, key), text in HELP.items():
        fields.filter(notice_type__code=code, key=key, help_en="").update(help_en=text)


class Migration(migrations.Migration):
    dependencies = [("notices", "0008_post_through_and_again")]

    operations = [
        migrations.RunPython(fill_help, migrations.RunPython.noop),
    ]
