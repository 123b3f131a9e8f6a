"""The visit on site is a clock of its own: lists sort by whichever runs out first.

A column that the database computes cannot be changed; it is made anew, with the indexes on it.
"""

from django.db import migrations, models
from django.db.models.functions import Least

OPEN = models.Q(state__in=["ACCEPTED", "ASSIGNED", "RECEIVED", "REOPENED"])
LAST = ["category", "state", "waiting_since", "assigned_to"]


class Migration(migrations.Migration):
    dependencies = [("complaints", "0026_spare_indexes")]

    operations = [
        migrations.RemoveIndex(model_name="complaint", name="complaint_due_next"),
        migrations.RemoveIndex(model_name="complaint", name="complaint_due_in_place"),
        migrations.RemoveField(model_name="complaint", name="next_due_at"),
        migrations.AddField(
            model_name="complaint",
            name="next_due_at",
            field=models.GeneratedField(
                db_persist=True,
                expression=Least(
                    models.F("due_at"),
                    models.Case(
                        models.When(
                            first_contact_at__isnull=True, then=models.F("contact_due_at")
                        ),
                        default=models.F("due_at"),
                    ),
                    models.Case(
                        models.When(
                            models.Q(
                                site_due_at__isnull=False,
                                arrived_at__isnull=True,
                                promised_date__isnull=True,
                                reopened_at__isnull=True,
                            ),
                            then=models.F("site_due_at"),
                        ),
                        default=models.F("due_at"),
                    ),
                ),
                output_field=models.DateTimeField(),
                verbose_name="next due",
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=OPEN,
                fields=["next_due_at", "id", "community", *LAST],
                name="complaint_due_next",
            ),
        ),
        migrations.AddIndex(
            model_name="complaint",
            index=models.Index(
                condition=OPEN,
                fields=["community", "next_due_at", "id", *LAST],
                name="complaint_due_in_place",
            ),
        ),
    ]
