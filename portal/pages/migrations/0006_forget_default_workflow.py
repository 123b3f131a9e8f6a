from django.db import migrations

NAME = "Moderators approval"


def default_workflow_delete(apps, schema_editor):
    """What is left of Wagtail's own approval stands in the filters of reports, in English.

    Where it was ever used, or somebody assigned it again, it stays.
    """
    workflows = apps.get_model("wagtailcore", "Workflow").objects.filter(name=NAME)
    workflows.filter(
        workflow_states=None, workflow_pages=None, workflow_content_types=None
    ).delete()
    tasks = apps.get_model("wagtailcore", "GroupApprovalTask").objects.filter(name=NAME)
    tasks.filter(workflow_tasks=None, task_states=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0005_subdistrict_page"),
        ("wagtailcore", "0098_apitoken"),
    ]

    operations = [migrations.RunPython(default_workflow_delete, migrations.RunPython.noop)]
