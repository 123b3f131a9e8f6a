from datetime import date
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from portal.places.models import Place
from portal.projects import deadlines
from portal.projects.states import FundSource, SizeClass, Stage, TakeoverKind


class ProjectQuerySet(models.QuerySet["RenovationProject"]):
    def in_place(self, place: Place) -> Self:
        """The projects of the counties in `place`, and those that renovate a community in it."""
        renovates = ProjectCommunity.objects.in_place(place).values("project")
        return self.filter(Q(county__path__startswith=place.path) | Q(pk__in=renovates))

    def in_places(self, places: models.QuerySet[Place]) -> Self:
        """The projects whose county is among `places`, or one of whose communities is."""
        renovates = ProjectCommunity.objects.filter(community__in=places).values("project")
        return self.filter(Q(county__in=places) | Q(pk__in=renovates))

    def for_list(self) -> Self:
        return self.select_related("county").order_by("county__code", "code", "pk")


class RenovationProject(models.Model):
    """One project of one county. A county's figures are the sums over its projects."""

    county = models.ForeignKey(
        Place,
        verbose_name=_("county"),
        on_delete=models.PROTECT,
        related_name="renovation_projects",
    )
    code = models.CharField(_("project code"), max_length=40, unique=True)
    name = models.CharField(_("project name"), max_length=120)
    size_class = models.CharField(
        _("size class"), max_length=12, choices=SizeClass.choices, default=SizeClass.SMALL_MEDIUM
    )
    investment = models.DecimalField(
        _("total investment (yuan)"),
        max_digits=18,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )
    budget = models.DecimalField(
        _("budget (yuan)"), max_digits=18, decimal_places=2, validators=[MinValueValidator(0)]
    )
    contract_total = models.DecimalField(
        _("total of the contracts (yuan)"),
        max_digits=18,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(0)],
        help_text=_("Empty until contracts are signed"),
    )
    completed_date = models.DateField(
        _("completed on"),
        null=True,
        blank=True,
        help_text=_("Empty while works remain, however small"),
    )
    accepted_date = models.DateField(_("accepted on"), null=True, blank=True)
    accounts_date = models.DateField(_("final accounts filed on"), null=True, blank=True)
    extension_approved = models.BooleanField(
        _("extension for the final accounts approved"), default=False
    )

    objects = ProjectQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("renovation project")
        verbose_name_plural = _("renovation projects")
        constraints = [
            models.CheckConstraint(
                condition=Q(budget__gte=0, investment__gte=0)
                & (Q(contract_total=None) | Q(contract_total__gte=0)),
                name="project_money_not_negative",
            ),
            models.CheckConstraint(
                condition=Q(accepted_date=None)
                | Q(completed_date__isnull=False, accepted_date__gte=F("completed_date")),
                name="project_accepted_after_completion",
            ),
            models.CheckConstraint(
                condition=Q(accounts_date=None)
                | Q(completed_date__isnull=False, accounts_date__gte=F("completed_date")),
                name="project_accounts_after_completion",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Raises ValidationError at the field whose date cannot be."""
        errors = {}
        for name in ("accepted_date", "accounts_date"):
            day = getattr(self, name)
            if day and self.completed_date is None:
                errors[name] = _("The project has no completion date yet.")
            elif day and day < self.completed_date:
                errors[name] = _("This day lies before the completion.")
        if errors:
            raise ValidationError(errors)

    def stage(self, day: date) -> Stage:
        """Where the project stands at the end of `day`."""
        if self.accounts_date and self.accounts_date <= day:
            return Stage.ACCOUNTS_FILED
        if self.accepted_date and self.accepted_date <= day:
            return Stage.ACCEPTED
        if self.completed_date and self.completed_date <= day:
            return Stage.COMPLETED
        return Stage.WORKS if self.contract_total is not None else Stage.PLANNED

    def acceptance_deadline(self, days: int) -> date | None:
        if self.completed_date is None:
            return None
        return deadlines.acceptance_deadline(self.completed_date, days=days)

    @property
    def accounts_deadline(self) -> date | None:
        if self.completed_date is None:
            return None
        return deadlines.accounts_deadline(
            self.completed_date,
            size_class=SizeClass(self.size_class),
            extension_approved=self.extension_approved,
        )


class ProjectCommunityQuerySet(models.QuerySet["ProjectCommunity"]):
    def in_place(self, place: Place) -> Self:
        return self.filter(community__path__startswith=place.path)

    def completed_by(self, day: date) -> Self:
        """Completed communities. A residual item does not keep its community from being one."""
        return self.filter(completed_date__lte=day)


class ProjectCommunity(models.Model):
    """A community in the project that renovates it."""

    project = models.ForeignKey(
        RenovationProject,
        verbose_name=_("renovation project"),
        on_delete=models.PROTECT,
        related_name="communities",
    )
    community = models.OneToOneField(
        Place,
        verbose_name=_("community"),
        on_delete=models.PROTECT,
        related_name="renovation",
    )
    start_date = models.DateField(_("works started on"), null=True, blank=True)
    completed_date = models.DateField(_("works completed on"), null=True, blank=True)
    area = models.DecimalField(
        _("floor area (㎡)"), max_digits=12, decimal_places=2, validators=[MinValueValidator(0)]
    )
    residual_item = models.CharField(
        _("residual item"),
        max_length=120,
        blank=True,
        help_text=_("What is left to do after completion, for example a stretch of road"),
    )
    residual_area = models.DecimalField(
        _("residual area (㎡)"),
        max_digits=12,
        decimal_places=2,
        default=Decimal(0),
        validators=[MinValueValidator(0)],
    )

    objects = ProjectCommunityQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("community of a project")
        verbose_name_plural = _("communities of a project")
        constraints = [
            models.CheckConstraint(
                condition=Q(completed_date=None)
                | Q(start_date__isnull=False, completed_date__gte=F("start_date")),
                name="community_works_end_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project}: {self.community}"

    def clean(self) -> None:
        """Raises ValidationError at the field whose date cannot be."""
        if self.completed_date is None:
            return
        if self.start_date is None:
            raise ValidationError({"start_date": _("Works that are completed have a start.")})
        if self.completed_date < self.start_date:
            raise ValidationError({"completed_date": _("This day lies before the start.")})


class LedgerQuerySet(models.QuerySet["LedgerEntry"]):
    def until(self, day: date | None) -> Self:
        """Entries dated up to `day`; all of them without one."""
        return self if day is None else self.filter(entry_date__lte=day)

    def for_list(self) -> Self:
        return self.order_by("-entry_date", "-pk")


class LedgerEntry(models.Model):
    """Money in or out of one project. Money for something else is kept and marked not eligible."""

    entry_date = models.DateField(_("date"))
    source = models.CharField(_("source of funds"), max_length=20, choices=FundSource.choices)
    amount = models.DecimalField(
        _("amount (yuan)"),
        max_digits=18,
        decimal_places=2,
        validators=[MinValueValidator(Decimal("0.01"))],
    )
    eligible = models.BooleanField(
        _("for the renovation"),
        default=True,
        help_text=_("Not ticked for money that serves something else"),
    )
    document = models.CharField(_("document number"), max_length=80, blank=True)
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = LedgerQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.entry_date} {self.get_source_display()} {self.amount}"


class FundReceipt(LedgerEntry):
    project = models.ForeignKey(
        RenovationProject,
        verbose_name=_("renovation project"),
        on_delete=models.PROTECT,
        related_name="receipts",
    )

    class Meta:
        verbose_name = _("fund receipt")
        verbose_name_plural = _("fund receipts")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="receipt_amount_positive")
        ]
        indexes = [models.Index(fields=["project", "entry_date"], name="receipt_by_project")]


class Payment(LedgerEntry):
    payee = models.CharField(_("payee"), max_length=120, blank=True)
    project = models.ForeignKey(
        RenovationProject,
        verbose_name=_("renovation project"),
        on_delete=models.PROTECT,
        related_name="payments",
    )

    class Meta:
        verbose_name = _("payment")
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gt=0), name="payment_amount_positive")
        ]
        indexes = [models.Index(fields=["project", "entry_date"], name="payment_by_project")]


class TakeoverQuerySet(models.QuerySet["PropertyTakeover"]):
    def active_on(self, day: date) -> Self:
        """In force on `day`: an expired contract is none."""
        return self.filter(from_date__lte=day).filter(Q(to_date=None) | Q(to_date__gte=day))


class PropertyTakeover(models.Model):
    """Who looks after a community, from when to when."""

    community = models.ForeignKey(
        Place,
        verbose_name=_("community"),
        on_delete=models.PROTECT,
        related_name="property_takeovers",
    )
    kind = models.CharField(_("kind of takeover"), max_length=12, choices=TakeoverKind.choices)
    manager = models.CharField(_("managed by"), max_length=120, blank=True)
    from_date = models.DateField(_("in force from"))
    to_date = models.DateField(_("in force until"), null=True, blank=True)
    newly = models.BooleanField(
        _("newly taken over after the works"),
        default=False,
        help_text=_("The community had no property management before its renovation"),
    )

    objects = TakeoverQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("property takeover")
        verbose_name_plural = _("property takeovers")
        constraints = [
            models.CheckConstraint(
                condition=Q(to_date=None) | Q(to_date__gte=F("from_date")),
                name="takeover_ends_after_it_begins",
            ),
            models.UniqueConstraint(
                fields=["community"],
                condition=Q(to_date=None),
                name="takeover_one_open_a_community",
            ),
        ]
        indexes = [models.Index(fields=["community", "from_date"], name="takeover_by_community")]

    def __str__(self) -> str:
        return f"{self.community}: {self.get_kind_display()}"

    def clean(self) -> None:
        """Raises ValidationError at the field whose date cannot be."""
        if self.to_date and self.from_date and self.to_date < self.from_date:
            raise ValidationError({"to_date": _("This day lies before the first one.")})


class StatedFigure(models.Model):
    """A figure as the evaluation report states it, kept as a record beside our own."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="stated_figures"
    )
    key = models.SlugField(_("key"), max_length=60)
    name_zh = models.CharField(_("Chinese name"), max_length=120)
    name_en = models.CharField(_("English name"), max_length=160)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=2, null=True, blank=True)
    text = models.CharField(_("value in words"), max_length=80, blank=True)
    unit = models.CharField(_("unit of measure"), max_length=20, blank=True)
    indicator = models.CharField(_("indicator"), max_length=10, blank=True)
    variant = models.CharField(_("variant"), max_length=20, blank=True)
    stated_date = models.DateField(_("stated as of"))
    source_zh = models.CharField(_("stated in"), max_length=200)
    note_zh = models.TextField(_("why ours differs (Chinese)"), blank=True)
    note_en = models.TextField(_("why ours differs (English)"), blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("stated figure")
        verbose_name_plural = _("stated figures")
        constraints = [
            models.UniqueConstraint(fields=["place", "key"], name="stated_figure_once_a_place"),
            models.CheckConstraint(
                condition=Q(value__isnull=False) | ~Q(text=""), name="stated_figure_says_something"
            ),
        ]

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name_zh

    @property
    def unit_label(self) -> str:
        """As stated; in English what the name counts needs no measure word."""
        if get_language() != "en":
            return self.unit
        return {"个": "", "栋": "", "户": "", "万元": "× 10,000 yuan", "分": ""}.get(
            self.unit, self.unit
        )

    @property
    def note(self) -> str:
        return self.note_en if get_language() == "en" else self.note_zh
