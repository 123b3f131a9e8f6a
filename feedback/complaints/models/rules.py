"""What an administrator sets: deadlines of a class, who gets what, ready-made replies."""

import re
from typing import Self

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from feedback.complaints.deadlines import SHIPPED, Rules
from feedback.complaints.models.categories import Category
from feedback.complaints.states import Due
from portal.accounts.models import Organisation
from portal.accounts.roles import Role
from portal.places.models import Place


class DeadlineRuleQuerySet(models.QuerySet["DeadlineRule"]):
    def by_class(self) -> Rules:
        """Class → its rule as an administrator has set it. One query."""
        return {**SHIPPED, **{rule.code: rule for rule in self}}


class DeadlineRule(models.Model):
    """Hours and days of one class (domain.md §4). A change never moves the dates of a case.

    A period is either in minutes (of working time, or of the clock where it runs around it) or in
    working days, which end when the office closes.
    """

    code = models.CharField(_("class"), max_length=2, choices=Due.choices, primary_key=True)
    around_the_clock = models.BooleanField(_("around the clock"), default=False)
    contact_minutes = models.PositiveIntegerField(
        _("first contact: minutes"), null=True, blank=True
    )
    contact_workdays = models.PositiveSmallIntegerField(
        _("first contact: working days"), null=True, blank=True
    )
    site_minutes = models.PositiveIntegerField(_("on site: minutes"), null=True, blank=True)
    done_minutes = models.PositiveIntegerField(_("solution: minutes"), null=True, blank=True)
    done_workdays = models.PositiveSmallIntegerField(
        _("solution: working days"), null=True, blank=True
    )
    escalate_minutes = models.PositiveIntegerField(
        _("minutes after the deadline until the city is told"),
        default=1140,
        help_text=_("A working day has 570 minutes."),
    )

    objects = DeadlineRuleQuerySet.as_manager()

    class Meta:
        verbose_name = _("deadline class")
        verbose_name_plural = _("deadline classes")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    contact_minutes__isnull=False, contact_minutes__gte=1, contact_workdays=None
                )
                | Q(contact_minutes=None, contact_workdays__isnull=False, contact_workdays__gte=1),
                name="deadline_contact_minutes_or_days",
                violation_error_message=_(
                    "Give minutes or working days for the first contact, not both."
                ),
            ),
            models.CheckConstraint(
                condition=Q(done_minutes__isnull=False, done_minutes__gte=1, done_workdays=None)
                | Q(done_minutes=None, done_workdays__isnull=False, done_workdays__gte=1),
                name="deadline_done_minutes_or_days",
                violation_error_message=_(
                    "Give minutes or working days for the solution, not both."
                ),
            ),
        ]

    def __str__(self) -> str:
        return str(self.get_code_display())

    @property
    def contact(self) -> str:
        return _in_words(self.contact_minutes, self.contact_workdays)

    @property
    def site(self) -> str:
        return _in_words(self.site_minutes, None)

    @property
    def done(self) -> str:
        return _in_words(self.done_minutes, self.done_workdays)


def _in_words(minutes: int | None, workdays: int | None) -> str:
    if minutes is not None:
        whole = minutes % 60 == 0
        text = gettext("%(count)s h") if whole else gettext("%(count)s min")
        return text % {"count": minutes // 60 if whole else minutes}
    if workdays is not None:
        return gettext("Working days: %(count)s") % {"count": workdays}
    return "–"


#: Who a route can lead to by role: whichever company or office holds it nearest to the place.
ROUTE_ROLES = (
    Role.COMMUNITY_STAFF,
    Role.CONTRACTOR,
    Role.PROPERTY_COMPANY,
    Role.PROJECT_UNIT,
)


class RouteQuerySet(models.QuerySet["Route"]):
    def for_case(self, place: Place, category: Category) -> Self:
        """Those that fit, the nearest place first, a category before its group."""
        above = Place.objects.above(place).order_by().values("pk")
        fits = Q(category=category) | Q(group=category.group)
        return (
            self.filter(fits, place__in=above)
            .select_related("organisation", "place")
            .order_by("-place__depth", models.F("category").asc(nulls_last=True), "pk")
        )


class Route(models.Model):
    """Where cases of a category, or of a whole group, go from a place and all below it."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="complaint_routes"
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("category"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="routes",
    )
    group = models.CharField(
        _("or a whole group"), max_length=10, choices=Category.Group.choices, blank=True
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="complaint_routes",
    )
    role = models.CharField(
        _("or whoever is"),
        max_length=20,
        choices=[(role.value, role.label) for role in ROUTE_ROLES],
        blank=True,
        help_text=_("Community staff: they handle it themselves."),
    )
    is_automatic = models.BooleanField(
        _("pass on at once"),
        default=False,
        help_text=_("Otherwise it is proposed to whoever accepts the case."),
    )

    objects = RouteQuerySet.as_manager()

    class Meta:
        verbose_name = pgettext_lazy("complaint", "route")
        verbose_name_plural = pgettext_lazy("complaint", "routes")
        constraints = [
            models.CheckConstraint(
                condition=Q(category=None) ^ Q(group=""),
                name="route_category_or_group",
                violation_error_message=_("Choose a category or a group, not both."),
            ),
            models.CheckConstraint(
                condition=Q(organisation=None) ^ Q(role=""),
                name="route_organisation_or_role",
                violation_error_message=_("Choose an organisation or a role, not both."),
            ),
            models.UniqueConstraint(
                fields=["place", "category"],
                condition=~Q(category=None),
                name="route_once_a_category",
                violation_error_message=_("There is a route for this category here already."),
            ),
            models.UniqueConstraint(
                fields=["place", "group"],
                condition=~Q(group=""),
                name="route_once_a_group",
                violation_error_message=_("There is a route for this group here already."),
            ),
        ]

    def __str__(self) -> str:
        what = self.category or self.get_group_display()
        return f"{what} → {self.organisation or self.get_role_display()}"


#: What a ready-made reply may say of the case, in braces: see replies.py.
REPLY_WORDS = ("number", "community", "building", "category", "organisation", "due", "today")


class ReplyTemplate(models.Model):
    """A ready-made text for one step, with words in braces that the case fills in."""

    class Use(models.TextChoices):
        ACCEPT = "accept", pgettext_lazy("reply template", "When accepting")
        REPLY = "reply", pgettext_lazy("reply template", "Reply to the resident")
        WAIT = "wait", pgettext_lazy("reply template", "Asking the resident")
        RESOLVE = "resolve", pgettext_lazy("reply template", "Reporting as solved")
        REFUSE = "refuse", pgettext_lazy("reply template", "Not taking it up")

    use = models.CharField(_("for"), max_length=8, choices=Use.choices)
    title = models.CharField(_("title"), max_length=40)
    group = models.CharField(
        _("only for the group"), max_length=10, choices=Category.Group.choices, blank=True
    )
    body = models.TextField(
        _("text"),
        max_length=2000,
        help_text=_(
            "In braces: {number} {community} {building} {category} {organisation} {due} {today}"
        ),
    )
    is_active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("ready-made reply")
        verbose_name_plural = _("ready-made replies")
        constraints = [
            models.UniqueConstraint(
                fields=["use", "title"],
                name="reply_template_title_once",
                violation_error_message=_("There is a reply of this title already."),
            )
        ]

    def __str__(self) -> str:
        return self.title

    def clean(self) -> None:
        """Raises ValidationError at the text for a word in braces that no case knows."""
        unknown = sorted(set(re.findall(r"\{([^{}]*)\}", self.body)) - set(REPLY_WORDS))
        if unknown:
            words = ", ".join(f"{{{word}}}" for word in unknown)
            message = _("No case can fill in %(words)s.")
            raise ValidationError({"body": message % {"words": words}})
