"""The stages a renovation project goes through, read from its dates, never stored."""

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Stage(models.TextChoices):
    PLANNED = "PLANNED", pgettext_lazy("renovation project", "Planned")
    WORKS = "WORKS", _("Under construction")
    COMPLETED = "COMPLETED", _("Completed, not accepted")
    ACCEPTED = "ACCEPTED", _("Accepted")
    ACCOUNTS_FILED = "ACCOUNTS_FILED", _("Final accounts filed")


class SizeClass(models.TextChoices):
    SMALL_MEDIUM = "SMALL_MEDIUM", _("Small or medium")
    LARGE = "LARGE", pgettext_lazy("size of a project", "Large")


class FundSource(models.TextChoices):
    CENTRAL = "CENTRAL", _("Central transfer")
    TREASURY_BOND = "TREASURY_BOND", _("Special treasury bonds for COVID-19 control")
    PROVINCIAL_BOND = "PROVINCIAL_BOND", _("Provincial special bonds")
    PROVINCIAL = "PROVINCIAL", _("Provincial subsidy")
    CITY = "CITY", _("City match")
    DISTRICT = "DISTRICT", _("District match")
    OTHER_GRANT = "OTHER_GRANT", _("Other grant")
    COMPANY = "COMPANY", _("Company investment")
    OWNERS = "OWNERS", _("Owners' contribution")


class TakeoverKind(models.TextChoices):
    CONTRACT = "CONTRACT", _("Property company under contract")
    TRUSTEESHIP = "TRUSTEESHIP", _("Trusteeship of the neighbourhood committee")
    SELF = "SELF", _("Approved self-management of the owners")
