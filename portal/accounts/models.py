from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils.translation import gettext_lazy as _


class Organisation(models.Model):
    """A body that staff belong to and that cases are assigned to."""

    class Kind(models.TextChoices):
        GOVERNMENT = "GOVERNMENT", _("Government office")
        COMMITTEE = "COMMITTEE", _("Neighbourhood committee")
        PROJECT_UNIT = "PROJECT_UNIT", _("Project unit")
        CONTRACTOR = "CONTRACTOR", _("Contractor")
        SUPERVISION = "SUPERVISION", _("Supervision company")
        PROPERTY_COMPANY = "PROPERTY_COMPANY", _("Property company")
        UTILITY = "UTILITY", _("Utility")
        EVALUATOR = "EVALUATOR", _("Evaluation firm")

    name = models.CharField(_("name"), max_length=120, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices)
    phone = models.CharField(_("phone"), max_length=40, blank=True)

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")

    def __str__(self) -> str:
        return self.name


class User(AbstractUser):
    """A member of staff. Residents have no account."""

    display_name = models.CharField(_("name"), max_length=60, blank=True)
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="members",
    )

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.display_name or self.username

    def get_full_name(self) -> str:
        return str(self)
