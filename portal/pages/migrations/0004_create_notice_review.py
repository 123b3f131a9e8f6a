from django.db import migrations

NAME = "县区审核"


def review_create(apps, schema_editor):
    """Drafts of communities are reviewed by the county: one workflow for the whole site.

    Where people have set up a workflow for the front page themselves, it stays.
    """
    ContentType = apps.get_model("contenttypes", "ContentType")
    HomePage = apps.get_model("pages", "HomePage")
    PlaceReviewTask = apps.get_model("notices", "PlaceReviewTask")
    Workflow = apps.get_model("wagtailcore", "Workflow")
    WorkflowTask = apps.get_model("wagtailcore", "WorkflowTask")
    WorkflowPage = apps.get_model("wagtailcore", "WorkflowPage")

    kind, _made = ContentType.objects.get_or_create(app_label="notices", model="placereviewtask")
    task = PlaceReviewTask.objects.create(name=NAME, active=True, content_type=kind)
    workflow = Workflow.objects.create(name=NAME, active=True)
    WorkflowTask.objects.create(workflow=workflow, task_id=task.pk, sort_order=0)
    for home in HomePage.objects.all():
        WorkflowPage.objects.get_or_create(page_id=home.pk, defaults={"workflow": workflow})


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0003_remove_default_workflow"),
        ("notices", "0004_complete_notice_types"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]

    operations = [migrations.RunPython(review_create, migrations.RunPython.noop)]
