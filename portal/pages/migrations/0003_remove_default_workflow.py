from django.db import migrations


def default_workflow_unassign(apps, schema_editor):
    """Wagtail's own approval is by a group that nobody is in: what is sent there stays there.

    A workflow that people set up themselves is left alone.
    """
    apps.get_model("wagtailcore", "WorkflowPage").objects.filter(
        workflow__name="Moderators approval"
    ).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0002_create_home_page"),
        ("wagtailcore", "0048_add_default_workflows"),
    ]

    operations = [migrations.RunPython(default_workflow_unassign, migrations.RunPython.noop)]
