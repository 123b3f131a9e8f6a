from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("indicators", "0009_one_figure_holds")]

    operations = [
        migrations.RemoveIndex("measurement", "measurement_latest_of_place"),
        migrations.AddConstraint(
            "measurement",
            models.UniqueConstraint(
                fields=["place", "indicator", "variant", "period_end", "wave", "period_start"],
                condition=models.Q(("is_latest", True)),
                name="measurement_one_holds_of_place",
            ),
        ),
        migrations.AddConstraint(
            "measurement",
            models.UniqueConstraint(
                fields=["project", "indicator", "variant", "period_end", "wave", "period_start"],
                condition=models.Q(("is_latest", True), ("project__isnull", False)),
                name="measurement_one_holds_of_project",
            ),
        ),
    ]
