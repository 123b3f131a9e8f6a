from django.db import models
from django.utils.translation import gettext_lazy as _


class Seeding(models.Model):
    """A run of the demonstration data, so that an unfinished one is not taken for a whole one."""

    seed = models.BigIntegerField(_("seed"))
    as_of_date = models.DateField(_("as of"))
    small = models.BooleanField(_("small"), default=False)
    started_at = models.DateTimeField(_("started at"))
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)

    class Meta:
        verbose_name = _("seeding")
        verbose_name_plural = _("seedings")

    def __str__(self) -> str:
        return f"{self.as_of_date} #{self.seed}"
