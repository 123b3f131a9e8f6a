from django.db import migrations

TITLE = "邻里"


def home_page_create(apps, schema_editor):
    """Put a HomePage where Wagtail's migrations put a welcome page. A site with content is left."""
    Page = apps.get_model("wagtailcore", "Page")
    Site = apps.get_model("wagtailcore", "Site")
    Locale = apps.get_model("wagtailcore", "Locale")
    HomePage = apps.get_model("pages", "HomePage")
    ContentType = apps.get_model("contenttypes", "ContentType")
    if HomePage.objects.exists():
        return
    welcome = Page.objects.filter(depth=2, slug="home", numchild=0).order_by("path").first()
    if welcome is None:
        return
    content_type, _ = ContentType.objects.get_or_create(app_label="pages", model="homepage")
    path, locale = welcome.path, welcome.locale or Locale.objects.first()
    welcome.delete()  # takes the site with it
    home = HomePage.objects.create(
        title=TITLE,
        draft_title=TITLE,
        slug="home",
        path=path,
        depth=2,
        numchild=0,
        url_path="/home/",
        content_type=content_type,
        locale=locale,
        live=True,
    )
    Site.objects.create(
        hostname="localhost", site_name=TITLE, root_page_id=home.pk, is_default_site=True
    )


class Migration(migrations.Migration):
    dependencies = [
        ("pages", "0001_initial"),
        ("wagtailcore", "0054_initial_locale"),
    ]

    operations = [migrations.RunPython(home_page_create, migrations.RunPython.noop)]
