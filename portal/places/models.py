from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

from portal.accounts.models import Organisation
from portal.accounts.roles import Role
from portal.places.pinyin import initials, pinyin
from portal.places.states import UNDER_WAY, ImportState, RowOutcome

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from portal.accounts.models import User


class PlaceLevel(models.Model):
    """A level of the tree. Levels are data: another city may have others."""

    PROVINCE = "PROVINCE"
    CITY = "CITY"
    COUNTY = "COUNTY"
    SUBDISTRICT = "SUBDISTRICT"
    COMMITTEE = "COMMITTEE"
    COMMUNITY = "COMMUNITY"
    #: Those whose places have a page of their own.
    WITH_PAGE = (COUNTY, SUBDISTRICT, COMMUNITY)

    code = models.CharField(_("code"), max_length=20, primary_key=True)
    name_zh = models.CharField(_("Chinese name"), max_length=40)
    name_en = models.CharField(_("English name"), max_length=60)
    rank = models.PositiveSmallIntegerField(_("rank"), unique=True)

    class Meta:
        verbose_name = _("level")
        verbose_name_plural = _("levels")

    def __str__(self) -> str:
        return self.name_en if get_language() == "en" else self.name_zh


class PlaceQuerySet(MP_NodeQuerySet):
    def at_level(self, code: str) -> Self:
        return self.filter(level_id=code)

    def communities(self) -> Self:
        return self.at_level(PlaceLevel.COMMUNITY)

    def counties(self) -> Self:
        return self.at_level(PlaceLevel.COUNTY)

    def under(self, place: "Place") -> Self:
        """`place` and everything below it."""
        return self.filter(path__startswith=place.path)

    def above(self, place: "Place") -> Self:
        """`place` and everything above it, the root first."""
        steps = range(Place.steplen, len(place.path) + 1, Place.steplen)
        return self.filter(path__in=[place.path[:end] for end in steps]).order_by("path")

    def assigned_to(self, user: "User | AnonymousUser", roles: list[Role]) -> Self:
        """The places `user` holds one of `roles` at, without what lies below them."""
        return self.filter(
            staff_assignments__in=StaffAssignment.objects.filter(
                user_id=user.pk or 0, role__in=roles
            )
        ).distinct()


class PlaceManager(MP_NodeManager.from_queryset(PlaceQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> PlaceQuerySet:
        # treebeard's manager names its own class here.
        return PlaceQuerySet(self.model, using=self._db).order_by("path")


class Place(MP_Node):
    """A node of the tree province > city > county > sub-district > (committee) > community."""

    level = models.ForeignKey(PlaceLevel, verbose_name=_("level"), on_delete=models.PROTECT)
    code = models.CharField(_("division code"), max_length=24, unique=True)
    name = models.CharField(_("name"), max_length=80)
    name_en = models.CharField(_("English name"), max_length=120, blank=True)
    pinyin = models.CharField(_("pinyin"), max_length=200, blank=True, editable=False)
    initials = models.CharField(
        _("pinyin initials"), max_length=80, blank=True, editable=False, db_index=True
    )
    address = models.CharField(_("address"), max_length=160, blank=True)
    phone = models.CharField(_("phone of the committee"), max_length=40, blank=True)
    valid_from = models.DateField(_("valid from"), null=True, blank=True)
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = PlaceManager()

    class Meta:
        verbose_name = _("place")
        verbose_name_plural = pgettext_lazy("of the register", "places")

    def __str__(self) -> str:
        return self.label

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.pinyin = pinyin(self.name)[:200]
        self.initials = initials(self.name)[:80]
        if (fields := kwargs.get("update_fields")) is not None:
            kwargs["update_fields"] = {*fields, "pinyin", "initials"}
        super().save(*args, **kwargs)

    @property
    def label(self) -> str:
        """The name in the reader's language, as far as there is one."""
        return (self.name_en or self.name) if get_language() == "en" else self.name

    @property
    def is_community(self) -> bool:
        return self.level_id == PlaceLevel.COMMUNITY

    @property
    def has_page(self) -> bool:
        """Whether places of this level have a page, at which residents may follow its notices."""
        return self.level_id in PlaceLevel.WITH_PAGE


class Building(models.Model):
    place = models.ForeignKey(
        Place, verbose_name=_("community"), on_delete=models.PROTECT, related_name="buildings"
    )
    name = models.CharField(_("building"), max_length=40)
    units = models.PositiveSmallIntegerField(_("units"), default=1)
    floors = models.PositiveSmallIntegerField(_("floors"), null=True, blank=True)
    built_year = models.PositiveSmallIntegerField(_("year built"), null=True, blank=True)

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("building")
        verbose_name_plural = _("buildings")
        constraints = [
            models.UniqueConstraint(
                fields=["place", "name"],
                name="building_name_once_a_place",
                violation_error_message=_("The community has a building of this name already."),
            )
        ]

    def __str__(self) -> str:
        return self.name


class HouseholdQuerySet(models.QuerySet["Household"]):
    def in_place(self, place: Place) -> Self:
        return self.filter(building__place__path__startswith=place.path)

    def on(self, day: date) -> Self:
        """Those that exist on `day`."""
        return self.filter(valid_from__lte=day).filter(Q(valid_to=None) | Q(valid_to__gt=day))


class Household(models.Model):
    """A home, not the people in it: no names, no numbers of persons."""

    class Tenure(models.TextChoices):
        OWNED = "OWNED", _("Owner-occupied")
        RENTED = "RENTED", _("Rented")
        PUBLIC = "PUBLIC", _("Public housing")
        UNKNOWN = "UNKNOWN", _("Unknown")

    class Occupancy(models.TextChoices):
        OCCUPIED = "OCCUPIED", _("Occupied")
        VACANT = "VACANT", _("Vacant")
        UNKNOWN = "UNKNOWN", _("Unknown")

    building = models.ForeignKey(
        Building, verbose_name=_("building"), on_delete=models.PROTECT, related_name="households"
    )
    unit = models.CharField(pgettext_lazy("of a building", "unit"), max_length=20)
    room = models.CharField(_("room"), max_length=20)
    register_number = models.PositiveBigIntegerField(_("register number"), unique=True)
    code_issue = models.PositiveSmallIntegerField(_("issue of the code"), default=1)
    floor_area = models.DecimalField(_("floor area (㎡)"), max_digits=10, decimal_places=2)
    tenure = models.CharField(
        _("tenure"), max_length=10, choices=Tenure.choices, default=Tenure.UNKNOWN
    )
    occupancy = models.CharField(
        _("occupancy"), max_length=10, choices=Occupancy.choices, default=Occupancy.UNKNOWN
    )
    occupancy_date = models.DateField(_("occupancy as of"), null=True, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)

    objects = HouseholdQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = pgettext_lazy("of the register", "households")
        constraints = [
            models.UniqueConstraint(
                fields=["building", "unit", "room"],
                condition=Q(valid_to=None),
                name="household_once_a_room",
                violation_error_message=_("This room is in the register already."),
            ),
            models.CheckConstraint(
                condition=Q(valid_to=None) | Q(valid_to__gt=F("valid_from")),
                name="household_ends_after_it_begins",
            ),
            models.CheckConstraint(
                condition=Q(floor_area__gte=0), name="household_area_not_negative"
            ),
            # A household code has eight digits for the number.
            models.CheckConstraint(
                condition=Q(register_number__gte=1, register_number__lte=99_999_999),
                name="household_number_fits_its_code",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.building.name} {self.unit}-{self.room}"


class StaffAssignment(models.Model):
    """One role at one place. It is what every right of a member of staff comes from."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        related_name="staff_assignments",
    )
    role = models.CharField(_("role"), max_length=20, choices=Role.choices)
    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, related_name="staff_assignments"
    )
    organisation = models.ForeignKey(
        Organisation,
        verbose_name=_("organisation"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="staff_assignments",
    )

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("staff assignment")
        verbose_name_plural = _("staff assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["user", "role", "place"],
                name="assignment_once",
                violation_error_message=_("This person has this role here already."),
            ),
            models.CheckConstraint(
                condition=~Q(role__in=[Role.CONTRACTOR, Role.PROPERTY_COMPANY])
                | Q(organisation__isnull=False),
                name="assignment_company_has_organisation",
                violation_error_message=_("This role needs a company."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.place}"


class StaleMark(models.Model):
    """Something under `place` changed and a figure must be rebuilt.

    Inserted in the transaction of the change; deleted by the rebuild that has read the change.
    """

    class Kind(models.TextChoices):
        SURVEY = "SURVEY"
        COMPLAINTS = "COMPLAINTS"
        PROJECT = "PROJECT"
        NOTICES = "NOTICES"
        ROLLUP = "ROLLUP"

    kind = models.CharField(max_length=12, choices=Kind.choices)
    object_id = models.BigIntegerField(default=0)
    # Every change writes one, and it is gone in a minute: it stands in one index of those below.
    place = models.ForeignKey(Place, on_delete=models.CASCADE, related_name="+", db_index=False)
    created_at = models.DateTimeField(auto_now_add=True)

    wagtail_reference_index_ignore = True

    class Meta:
        indexes = [
            # Tallies are looked for by survey, figures by place.
            models.Index(
                fields=["object_id", "place"], condition=Q(kind="SURVEY"), name="stale_mark_survey"
            ),
            models.Index(
                fields=["place", "kind"],
                condition=Q(kind__in=["COMPLAINTS", "PROJECT", "NOTICES", "ROLLUP"]),
                name="stale_mark_figures",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind}:{self.object_id}@{self.place_id}"


class RegisterImportQuerySet(models.QuerySet["RegisterImport"]):
    def for_user(self, user: "User") -> Self:
        """One's own; a superuser sees everybody's."""
        return self if user.is_superuser else self.filter(created_by=user)

    def left_behind(self, queued_before: datetime, seen_before: datetime) -> Self:
        """Those no worker took up, and those whose worker has not been heard of since."""
        return self.filter(
            Q(state=ImportState.QUEUED, seen_at__lt=queued_before)
            | Q(state=ImportState.RUNNING, seen_at__lt=seen_before)
        ).order_by("pk")


class RegisterImport(models.Model):
    """One file on its way into the register: first checked, then, when confirmed, written."""

    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("uploaded by"),
        on_delete=models.PROTECT,
        null=True,
        related_name="register_imports",
    )
    created_at = models.DateTimeField(_("uploaded at"))
    confirmed_at = models.DateTimeField(_("confirmed at"), null=True)
    finished_at = models.DateTimeField(_("finished at"), null=True)
    seen_at = models.DateTimeField(_("last sign of life"))
    filename = models.CharField(_("file"), max_length=200)
    #: In the database, so that a worker on another machine can read it; emptied when done.
    content = models.BinaryField(_("content"), editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=ImportState.choices, default=ImportState.QUEUED
    )
    rows_total = models.PositiveIntegerField(_("rows"), default=0)
    rows_done = models.PositiveIntegerField(_("rows read"), default=0)
    rows_added = models.PositiveIntegerField(_("added"), default=0)
    rows_changed = models.PositiveIntegerField(_("changed"), default=0)
    rows_same = models.PositiveIntegerField(_("unchanged"), default=0)
    rows_refused = models.PositiveIntegerField(_("refused"), default=0)
    problems = models.JSONField(_("problems of the file"), default=list)

    objects = RegisterImportQuerySet.as_manager()

    wagtail_reference_index_ignore = True

    class Meta:
        verbose_name = _("register import")
        verbose_name_plural = _("register imports")

    def __str__(self) -> str:
        return f"{self.filename} · {self.get_state_display()}"

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    @property
    def percent(self) -> int:
        return 100 * self.rows_done // self.rows_total if self.rows_total else 0


class RegisterImportRow(models.Model):
    """What the file's row would do, or why it can't."""

    register_import = models.ForeignKey(
        RegisterImport, on_delete=models.CASCADE, related_name="rows"
    )
    number = models.PositiveIntegerField(_("row"))
    outcome = models.CharField(_("outcome"), max_length=6, choices=RowOutcome.choices)
    subject = models.CharField(_("household"), max_length=200)
    #: A list of `portal.common.sheets.notes.Note` as JSON.
    notes = models.JSONField(_("notes"), default=list)

    wagtail_reference_index_ignore = True

    class Meta:
        indexes = [
            models.Index(fields=["register_import", "outcome", "number"], name="import_row_report")
        ]

    def __str__(self) -> str:
        return f"{self.number}: {self.subject}"
