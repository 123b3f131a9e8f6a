"""What residents object to in a notice while it is posted, and what became of it."""

from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import Count, F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from notices.states import Disposition
from portal.common.append_only import AppendOnly, AppendOnlyQuerySet
from portal.common.keys import EncryptedTextField
from portal.places.models import Building, Household, Place

if TYPE_CHECKING:
    from notices.models.pages import NoticePage


class ObjectionQuerySet(models.QuerySet["Objection"]):
    def in_places(self, places: models.QuerySet[Place]) -> Self:
        return self.filter(notice__place__in=places.order_by().values("pk"))

    def unanswered(self) -> Self:
        return self.filter(disposition="")

    def answered(self) -> Self:
        return self.exclude(disposition="")

    def until_plan(self, plan: "NoticePage") -> Self:
        """Those to the draft plan `plan` and to the ones of its place before it: a plan that was
        withdrawn and posted anew leaves nobody without an answer."""
        return self.filter(
            notice__notice_type=plan.notice_type_id,
            notice__place=plan.place_id,
            notice__publicity_start__lte=plan.publicity_start,
        )

    def shown_with(self, notice: "NoticePage") -> Self:
        """Those to `notice`; with a draft plan, those to the withdrawn ones it was posted anew for,
        which no public uptake notice or final plan has settled."""
        own = Q(notice=notice)
        if not notice.is_draft_plan or notice.publicity_start is None:
            return self.filter(own)
        settled = type(notice).objects.live().filter(about__isnull=False).values("about")
        before = self.until_plan(notice).filter(notice__live=False).exclude(notice__in=settled)
        return self.filter(own | Q(pk__in=before.values("pk")))

    def for_list(self) -> Self:
        """The unanswered first, the oldest of them on top."""
        return self.select_related(
            "notice__place", "notice__notice_type", "building", "household__building"
        ).order_by(F("answered_at").asc(nulls_first=True), "filed_at", "pk")

    def by_disposition(self) -> dict[str, int]:
        """Disposition → number; "" for the unanswered. One query."""
        rows = self.order_by().values_list("disposition").annotate(number=Count("pk"))
        return dict(rows)


class Objection(models.Model):
    """One resident's objection to one notice. Who it was is never shown in public: what is shown
    is `summary`, which staff write, with the disposition and the reason."""

    notice = models.ForeignKey(
        "notices.NoticePage",
        verbose_name=_("notice"),
        on_delete=models.PROTECT,
        related_name="objections",
    )
    text = models.TextField(_("text"))
    building = models.ForeignKey(
        Building,
        verbose_name=_("building"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    household = models.ForeignKey(
        Household,
        verbose_name=_("household"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
    )
    contact = EncryptedTextField(_("phone"), blank=True, default="")
    contact_index = models.CharField(max_length=64, blank=True, default="", db_index=True)
    privacy_version = models.CharField(_("privacy notice"), max_length=12, blank=True)
    filed_at = models.DateTimeField(_("filed"))
    receipt_hash = models.CharField(max_length=64, unique=True)
    content_hash = models.CharField(max_length=64)
    disposition = models.CharField(
        _("disposition"), max_length=14, choices=Disposition.choices, blank=True
    )
    summary = models.CharField(_("what it is about, in public words"), max_length=300, blank=True)
    reason = models.TextField(_("public reason"), max_length=1000, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)

    objects = ObjectionQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        indexes = [models.Index(fields=["notice", "disposition"], name="objection_by_notice")]
        constraints = [
            models.CheckConstraint(
                condition=Q(disposition="", answered_at=None)
                | (
                    ~Q(disposition="")
                    & ~Q(summary="")
                    & ~Q(reason="")
                    & Q(answered_at__isnull=False)
                ),
                name="objection_answer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(contact="") | ~Q(privacy_version=""),
                name="objection_contact_after_notice",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.notice_id}/{self.pk}"


class ObjectionEventQuerySet(AppendOnlyQuerySet["ObjectionEvent"]):
    def for_staff(self) -> Self:
        return self.select_related("actor").order_by("at", "pk")


class ObjectionEvent(AppendOnly):
    """One thing that happened to an objection. Never changed, never deleted: a trigger of the
    database refuses both (PostgreSQL) or the change (SQLite)."""

    class Kind(models.TextChoices):
        FILED = "FILED", pgettext_lazy("objection", "Received")
        ANSWERED = "ANSWERED", pgettext_lazy("objection", "Answered")
        CHANGED = "CHANGED", pgettext_lazy("objection", "Answer changed")
        CONTACT_SHOWN = "CONTACT_SHOWN", pgettext_lazy("event", "Phone number looked at")

    objection = models.ForeignKey(Objection, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    disposition = models.CharField(max_length=14, choices=Disposition.choices, blank=True)
    summary = models.CharField(max_length=300, blank=True)
    reason = models.TextField(blank=True)

    objects = ObjectionEventQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("objection event")
        verbose_name_plural = _("objection events")
        indexes = [models.Index(fields=["objection", "at"], name="objection_event_order")]

    def __str__(self) -> str:
        return f"{self.objection_id} {self.kind}"
