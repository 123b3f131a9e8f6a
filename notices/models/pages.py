"""The notice itself, a page below the page of its place."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Self

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, When
from django.db.models.functions import Left, Length
from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from modelcluster.fields import ParentalManyToManyField
from wagtail.fields import StreamField
from wagtail.models import Page, PageManager, PageViewRestriction
from wagtail.query import PageQuerySet
from wagtail.search import index
from wagtail.url_routing import RouteResult

from notices.announcements import event_announce, notice_announce
from notices.blocks import BodyBlock
from notices.corrections import live_version, publication_problems
from notices.draft_plans import DRAFT_PLAN, plan_tie, retyped_problems
from notices.editor import CONTENT_PANELS, NoticePageForm, SchedulePanel
from notices.guard import dates_fill, latest_posting, terms_keep
from notices.locks import NoticePermissionTester
from notices.models.records import NoticeRemoval, PublishFailure
from notices.models.types import LegalPeriod, NoticeType, NoticeVariant
from notices.reading import is_private, page_context
from notices.refusal import NoticeRefused, Problem
from notices.stale import coverage_stale
from notices.states import Publicity, Removal
from notices.terms import Terms
from portal.places.models import Building, Place

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.http import HttpRequest

    from portal.accounts.models import User


def _beginning(path: str) -> Left:
    """As much of the outer row's path as `path` is long."""
    return Left(OuterRef("path"), Length(path))


class NoticeQuerySet(PageQuerySet):
    def for_place(self, place: Place) -> Self:
        """The notices that concern `place`: its own and those of the places above it.

        One from above that names communities concerns those only.
        """
        named = NoticePage.communities.through.objects
        if place.is_community:
            named = named.filter(place=place)
        else:
            named = named.filter(place__path__startswith=place.path)
        meant = Q(place=place) | Q(is_narrowed=False) | Q(pk__in=named.values("noticepage"))
        above = Place.objects.above(place).order_by().values("pk")
        return self.filter(meant, place__in=above)

    def under(self, place: Place) -> Self:
        """The notices of `place` and of everything below it."""
        return self.filter(place__path__startswith=place.path)

    def in_period(self, day: date) -> Self:
        """Those whose publicity includes `day`."""
        return self.filter(publicity_start__lte=day, publicity_end__gte=day)

    def in_state(self, state: Publicity, day: date) -> Self:
        if state == Publicity.OPEN:
            return self.in_period(day)
        if state == Publicity.ENDED:
            return self.filter(publicity_end__lt=day)
        return self.filter(publicity_start__gt=day)

    def in_year(self, year: int) -> Self:
        """Those whose publicity began in `year`."""
        return self.filter(
            publicity_start__gte=date(year, 1, 1), publicity_start__lte=date(year, 12, 31)
        )

    def newest_first(self) -> Self:
        return self.order_by("-publicity_start", "-pk")

    def running_first(self, day: date) -> Self:
        """Those not over on `day` before those that are, the newest first in each."""
        is_over = Case(When(publicity_end__lt=day, then=1), default=0)
        return self.order_by(is_over, "-publicity_start", "-pk")

    def for_page(self) -> Self:
        """All that the page of a notice reads of its own rows."""
        from notices.models.attachments import NoticeAttachment, NoticePosting

        own = OuterRef("pk")
        buildings = NoticePage.buildings.through.objects.filter(noticepage=own)
        above = PageViewRestriction.objects.annotate(begins=_beginning("page__path"))
        aliases = Page.objects.order_by().filter(alias_of__isnull=False)
        aliases = aliases.annotate(begins=_beginning("path"))
        return self.select_related("place", "notice_type", "variant").annotate(
            # Its own restriction, or that of a page above it: whose path its own begins with.
            is_restricted=Exists(above.filter(page__path=F("begins")))
            | Exists(aliases.filter(path=F("begins"))),
            has_attachments=Exists(NoticeAttachment.objects.filter(page=own)),
            has_postings=Exists(NoticePosting.objects.filter(notice=own)),
            has_buildings=Exists(buildings),
        )

    def for_list(self) -> Self:
        """All that a row of a list shows, without the body."""
        return self.select_related("place", "notice_type", "variant").defer("body")


class NoticePage(Page):
    """A public notice of a community or a county."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, editable=False, related_name="+"
    )
    notice_type = models.ForeignKey(
        NoticeType, verbose_name=_("notice type"), on_delete=models.PROTECT, null=True
    )
    variant = models.ForeignKey(
        NoticeVariant,
        verbose_name=_("kind of notice"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        help_text=_("Only for cuts of supply and for owners' votes."),
    )
    body = StreamField(BodyBlock(), verbose_name=_("text of the notice"), blank=True)
    document_number = models.CharField(
        _("document number"), max_length=60, blank=True, help_text=_("As printed on the paper.")
    )
    issuer = models.CharField(_("issued by"), max_length=120, blank=True)
    contact = models.CharField(
        _("whom to ask"), max_length=120, blank=True, help_text=_("An office, or a name and post.")
    )
    contact_phone = models.CharField(_("telephone"), max_length=40, blank=True)
    objection = models.TextField(
        _("how to object"),
        blank=True,
        max_length=600,
        help_text=_("Where, until when and in which form; empty if nothing can be objected to."),
    )
    publicity_start = models.DateField(_("publicity begins"), null=True, blank=True)
    publicity_end = models.DateField(
        _("publicity ends"), null=True, blank=True, help_text=_("The last day.")
    )
    event_starts_at = models.DateTimeField(
        _("the event begins"),
        null=True,
        blank=True,
        help_text=_("The cut, the vote, the start of work; or when what is reported took place."),
    )
    event_ends_at = models.DateTimeField(_("the event ends"), null=True, blank=True)
    about = models.ForeignKey(
        "self",
        verbose_name=_("draft plan that it follows"),
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="followed_by",
    )
    communities = ParentalManyToManyField(
        Place,
        verbose_name=_("only for these communities"),
        blank=True,
        related_name="+",
        help_text=_("Leave empty for every community."),
    )
    buildings = ParentalManyToManyField(
        Building,
        verbose_name=_("only about these buildings"),
        blank=True,
        related_name="+",
        help_text=_("Leave empty for the whole community."),
    )
    is_narrowed = models.BooleanField(default=False, editable=False)
    extra = models.JSONField(_("extra fields"), default=dict, blank=True)
    terms = models.JSONField(_("what was asked of it"), default=dict, blank=True, editable=False)

    objects = PageManager.from_queryset(NoticeQuerySet)()

    template = "notices/notice_page.html"
    subpage_types: list[str] = []
    base_form_class = NoticePageForm
    content_panels = CONTENT_PANELS
    promote_panels: list[Any] = []
    settings_panels = [SchedulePanel()]
    show_in_menus_default = False
    exclude_fields_in_copy = [
        "publicity_start",
        "publicity_end",
        "event_starts_at",
        "event_ends_at",
        "document_number",
        "first_published_at",
        "last_published_at",
        "terms",
        "about",
    ]
    search_fields = [
        *Page.search_fields,
        index.SearchField("body"),
        index.SearchField("document_number"),
        index.SearchField("extra_words"),
        index.FilterField("place"),
        index.FilterField("notice_type"),
        index.FilterField("publicity_start"),
        index.FilterField("publicity_end"),
        index.RelatedFields("place", [index.FilterField("path")]),
    ]

    class Meta:
        verbose_name = _("notice")
        verbose_name_plural = _("notices")
        indexes = [models.Index(fields=["place", "publicity_start"], name="notice_by_place")]
        constraints = [
            models.CheckConstraint(
                condition=Q(publicity_end=None)
                | Q(publicity_start=None)
                | Q(publicity_end__gte=F("publicity_start")),
                name="notice_ends_after_it_begins",
                violation_error_message=_("Publicity cannot end before it begins."),
            )
        ]

    @classmethod
    def can_create_at(cls, parent: Page) -> bool:
        """Only below a page of a place, whatever its class."""
        return super().can_create_at(parent) and hasattr(parent.specific_class, "place")

    @property
    def asked(self) -> Terms | None:
        """The terms it is judged by: kept since it went public, or those of its type today."""
        if self.terms:
            return Terms.of(self.terms)
        return Terms.today(self.notice_type, self.variant) if self.notice_type else None

    @property
    def legal_period(self) -> LegalPeriod | Terms | None:
        """What the law asks of this notice; None where it asks nothing."""
        period = Terms.of(self.terms) if self.terms else self.variant or self.notice_type
        return period if period is not None and period.rule else None

    def extra_words(self) -> str:
        """What staff wrote in the extra fields, one line each, for search and for feeds."""
        specs = self.asked.fields if self.asked else ()
        lines = [(spec.label_zh, self.extra.get(spec.key, "")) for spec in specs]
        return "\n".join(f"{label}：{value}" for label, value in lines if value)

    @property
    def allows_objections(self) -> bool:
        if self.terms:
            return bool(self.terms["objections"])
        return self.notice_type is not None and self.notice_type.allows_objections

    @property
    def is_draft_plan(self) -> bool:
        """Whether a final plan has to wait for the answers to its objections."""
        return self.notice_type is not None and self.notice_type.code == DRAFT_PLAN

    @property
    def late_since(self) -> date | None:
        """The day a report should have been public by, where it was not."""
        last = latest_posting(self)
        published = self.first_published_at
        late = last and published and timezone.localdate(published) > last
        return last if late else None

    @property
    def needs_review(self) -> bool:
        """Whether the county looks at it before it goes public: a draft of no type does."""
        return self.notice_type is None or self.notice_type.needs_review

    def publicity(self, today: date) -> Publicity:
        if self.publicity_start and today < self.publicity_start:
            return Publicity.UPCOMING
        if self.publicity_end and today > self.publicity_end:
            return Publicity.ENDED
        return Publicity.OPEN

    def days_left(self, today: date) -> int | None:
        """Days of publicity left, today included; None unless it is open."""
        if self.publicity(today) != Publicity.OPEN or self.publicity_end is None:
            return None
        return (self.publicity_end - today + timedelta(days=1)).days

    @property
    def publish_failure(self) -> "PublishFailure | None":
        """Why its scheduled publication failed, where it did."""
        return PublishFailure.objects.filter(
            content_type__app_label="wagtailcore", object_id=str(self.pk)
        ).first()

    def permissions_for_user(self, user: "User") -> NoticePermissionTester:
        return NoticePermissionTester(user, self)

    def route(self, request: "HttpRequest", path_components: list[str]) -> RouteResult:
        """Where a withdrawn notice was, its reader is told so: the address is on paper, too."""
        if not path_components and not self.live and (removal := self.withdrawal):
            return RouteResult(self, kwargs={"removal": removal})
        return super().route(request, path_components)

    def serve(self, request: "HttpRequest", *args: Any, **kwargs: Any) -> HttpResponse:
        if removal := kwargs.get("removal"):
            context = {"removal": removal, "place": self.place}
            return render(request, "notices/gone.html", context, status=410)
        return super().serve(request, *args, **kwargs)

    @property
    def withdrawal(self) -> NoticeRemoval | None:
        """The last withdrawal of a notice that was public."""
        found = NoticeRemoval.objects.filter(notice_id=self.pk, action=Removal.UNPUBLISH)
        return found.order_by("-removed_at", "-pk").first()

    def serve_preview(self, request: "HttpRequest", mode_name: str) -> HttpResponse:
        """A draft is shown with the days it would have if it went public now."""
        dates_fill(self, now=timezone.now())
        return super().serve_preview(request, mode_name)

    def get_context(self, request: "HttpRequest", *args: Any, **kwargs: Any) -> dict[str, Any]:
        context: dict[str, Any] = super().get_context(request, *args, **kwargs)
        return context | page_context(self, request, timezone.localdate())

    def get_view_restrictions(self) -> "QuerySet[PageViewRestriction]":
        """Nearly no notice has any: that is known from the query that the page needs anyway."""
        if is_private(self):
            return super().get_view_restrictions()
        return PageViewRestriction.objects.none()

    def save(self, clean: bool = True, **kwargs: Any) -> Any:
        """Wagtail publishes in many ways and all of them end here, so the guard does too, and the
        word that gets around."""
        if kwargs.get("update_fields") is not None:
            return super().save(clean=clean, **kwargs)
        self.place = self.get_parent().specific.place
        self.is_narrowed = bool(self.communities.all())
        was = live_version(self)
        was_live = was is not None
        self._require_lawful(clean, was_live)
        with transaction.atomic():
            if self.live and self.pk and (failure := self.publish_failure):
                failure.delete()
            result = super().save(clean=clean, **kwargs)
            if self.live and was is None:
                notice_announce(self, now=timezone.now())
            elif self.live and was is not None:
                event_announce(self, before=was, now=timezone.now())
            if self.live or was_live:
                coverage_stale(self.place)
        return result

    def with_content_json(self, content: dict[str, Any]) -> Self:
        """A version holds what staff wrote; the terms belong to the notice in all of them."""
        page: Self = super().with_content_json(content)
        page.terms = self.terms
        return page

    def _require_lawful(self, clean: bool, was_live: bool) -> None:
        """Raises NoticeRefused on an unlawful way into the public or out of it."""
        if self.live and (clean or not was_live):
            now = timezone.now()
            dates_fill(self, now=now)
            if not self.terms:
                plan_tie(self)
            terms_keep(self)
            if problems := publication_problems(self, now=now):
                raise NoticeRefused(problems)
        elif problems := retyped_problems(self):
            raise NoticeRefused(problems)
        if was_live and not self.live and not getattr(self, "removal_allowed", False):
            raise NoticeRefused(
                [Problem("live", gettext("A published notice is withdrawn only with a reason."))]
            )

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        if self.first_published_at and not getattr(self, "removal_allowed", False):
            raise NoticeRefused(
                [Problem("live", gettext("A published notice is deleted only with a reason."))]
            )
        return super().delete(*args, **kwargs)

    def move(self, target: Page, pos: str | None = None, user: "User | None" = None) -> None:
        if not getattr(self, "removal_allowed", False):
            raise NoticeRefused([Problem("live", gettext("A notice is moved only with a reason."))])
        super().move(target, pos=pos, user=user)

    def _set_core_field_defaults(self) -> None:
        """A short address from type and day: a Chinese title makes an unreadable one."""
        if not self.slug and (self.path or getattr(self, "_cached_parent_obj", None)):
            day = self.publicity_start or timezone.localdate()
            code = self.notice_type.code if self.notice_type else "notice"
            self.slug: str = self._get_autogenerated_slug(f"{code.lower()}-{day:%Y%m%d}")
        super()._set_core_field_defaults()
