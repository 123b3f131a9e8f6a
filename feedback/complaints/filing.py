"""The steps of a resident's filing form: check, hold photos, review, commit."""

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from feedback.complaints.access import household_of
from feedback.complaints.emergencies import emergencies, services_of, to_call
from feedback.complaints.forms import BeginForm, FilingForm
from feedback.complaints.models import Category, DeviceMark
from feedback.complaints.receipt_page import receipt_page
from feedback.complaints.services import (
    PRIVACY_VERSION,
    Filed,
    FilingConflict,
    complaint_consent,
    complaint_file,
    device_mark,
)
from feedback.complaints.similar import similar_cases
from feedback.complaints.whereabouts import Whereabouts
from portal.intake.held import held_add, held_clear, held_photos, held_remove, held_thumbnails
from portal.intake.limits import client_scope
from portal.intake.receipts import is_key, new_key
from portal.intake.review import (
    EDIT_FIELD,
    KEY_FIELD,
    ReviewRow,
    form_rows,
    mark_conflict,
    mark_form,
    review_response,
    submitted_key,
    wants_edit,
)
from portal.places.codes import CODE_DIGITS, format_code, normalise_code
from portal.places.models import Building, Household, Place

HELD_FIELD, REMOVE_FIELD = "held", "held_remove"


@dataclass
class Filing:
    """One request of the form about one category in one community."""

    request: HttpRequest
    where: Whereabouts
    category: Category

    @property
    def community(self) -> Place:
        return self.where.community

    def show(self) -> HttpResponse:
        """The empty form. The same for everybody, so that a phone may keep it."""
        return mark_form(self._form(self._new({})))

    def begun(self, form: BeginForm, code: str) -> HttpResponse:
        """The form after words or photos came first; nothing is judged yet."""
        token = held_token(self.request)
        held_add(token, form.good_photos)
        initial = {"text": form.cleaned_data.get("text", ""), "household_code": code}
        return self._form(self._new(initial), token, typed=True)

    def post(self) -> HttpResponse:
        """The form again with what is wrong, the page to check, or the receipt."""
        token = self.request.POST.get(HELD_FIELD, "")
        if self.request.FILES or not is_key(token):
            # Without photos nothing is held.
            token = held_token(self.request) if self.request.FILES else ""
        form = FilingForm(
            self.request.POST,
            self.request.FILES,
            community=self.community,
            category=self.category,
        )
        form.is_valid()
        household = self._household(form)
        held_remove(token, self._indexes(REMOVE_FIELD))
        held_add(token, form.good_photos)
        if wants_edit(self.request):
            return self._form(self._new(dict(self.request.POST.items())), token, typed=True)
        if form.errors:
            return self._form(form, token, status=422)
        key = submitted_key(self.request)
        if key is None:
            return self._review(form, token, household)
        try:
            filed = self._file(form, household, key, token)
        except FilingConflict as conflict:
            return self._conflict(form, conflict, token)
        except ValidationError as error:
            # What is wrong with something the form does not ask for stands above it.
            for name, errors in error.error_dict.items():
                form.add_error(name if name in form.fields else None, errors)
            return self._form(form, token, status=422)
        held_clear(token)
        # Not when it is sent again: the yes may have been taken back meanwhile.
        if form.cleaned_data.get("may_publish") and not filed.duplicate:
            complaint_consent(complaint=filed.complaint, agrees=True, now=timezone.now())
        device_mark(
            complaint=filed.complaint,
            deed=DeviceMark.Deed.FILED,
            device_key=self.request.POST.get("device", ""),
            now=timezone.now(),
        )
        return receipt_page(self.request, filed.complaint, filed.receipt, duplicate=filed.duplicate)

    def _file(self, form: FilingForm, household: Household | None, key: str, token: str) -> Filed:
        given = form.cleaned_data
        return complaint_file(
            key=key,
            community=self.community,
            category=self.category,
            text=given["text"],
            building=given["building"],
            household=household,
            danger=given.get("danger", False),
            contact=given["contact"],
            contact_wish=given["contact_wish"],
            contact_shared=given.get("contact_shared", False),
            answers=form.answers,
            photos=held_photos(token),
            now=timezone.now(),
        )

    def _household(self, form: FilingForm) -> Household | None:
        """The household of the code, if one was typed; an error at the field if it is wrong."""
        code = form.cleaned_data.get("household_code", "")
        if not code or wants_edit(self.request):
            return None
        try:
            return household_of(
                code,
                self.community,
                scope=client_scope(self.request),
                on=timezone.localdate(),
            )
        except ValidationError as error:
            form.add_error("household_code", error)
            return None

    def _indexes(self, field: str) -> list[int]:
        return [int(text) for text in self.request.POST.getlist(field) if text.isdecimal()]

    def _new(self, initial: dict[str, Any]) -> FilingForm:
        """The form filled with `initial`, not yet judged."""
        building = self.where.building
        known = {"building": building.pk if building else None} | initial
        return FilingForm(initial=known, community=self.community, category=self.category)

    def _form(
        self, form: FilingForm, token: str = "", status: int = 200, *, typed: bool = False
    ) -> HttpResponse:
        building = self.where.building
        context = {
            "form": form,
            "where": self.where,
            "community": self.community,
            "category": self.category,
            "groups": category_groups(),
            "action": self.where.address(self.category.pk),
            "choose_url": self.where.address(),
            "token": token,
            "typed": typed,
            "thumbnails": held_thumbnails(token) if token else [],
            "similar": similar_cases(self.community, self.category, building) if building else [],
            "privacy_version": PRIVACY_VERSION,
            "phone": committee_phone(self.community),
            "emergencies": emergencies(self.community),
            "services": services_of(self.category),
        }
        return render(self.request, "complaints/file.html", context, status=status)

    def _review(self, form: FilingForm, token: str, household: Household | None) -> HttpResponse:
        rows = [
            ReviewRow(_("Community"), self.community.label),
            ReviewRow(_("About"), self.category.plain),
            *(self._legible(row, form) for row in form_rows(form)),
        ]
        building: Building | None = form.cleaned_data["building"]
        building = household.building if household else building
        urgent = form.cleaned_data.get("danger") or self.category.due == "P0"
        return review_response(
            self.request,
            title=_("Your complaint"),
            rows=rows,
            thumbnails=held_thumbnails(token),
            replace={HELD_FIELD: token, REMOVE_FIELD: None},
            context={
                "similar": similar_cases(self.community, self.category, building),
                "urgent": self.category.urgent if urgent else "",
                "emergencies": to_call(self.community, self.category) if urgent else [],
            },
            template="complaints/review.html",
        )

    def _legible(self, row: ReviewRow, form: FilingForm) -> ReviewRow:
        code = form.fields.get("household_code")
        if code and row.label == str(code.label):
            return ReviewRow(row.label, format_code(normalise_code(row.value)[:CODE_DIGITS]))
        return ReviewRow(row.label, _("Yes")) if row.value == "True" else row

    def _conflict(self, form: FilingForm, conflict: FilingConflict, token: str) -> HttpResponse:
        skipped = {HELD_FIELD, REMOVE_FIELD, KEY_FIELD, EDIT_FIELD}
        context = {
            "stored": conflict.complaint,
            "text": form.cleaned_data["text"],
            "hidden": [
                (name, value)
                for name, values in self.request.POST.lists()
                if name not in skipped
                for value in values
            ],
            "token": token,
            "key": new_key(),
        }
        return mark_conflict(render(self.request, "complaints/conflict.html", context))


def held_token(request: HttpRequest) -> str:
    """Under what the photos of this form are held: what it carries along, or a new one."""
    token = request.POST.get(HELD_FIELD, "")
    return token if is_key(token) else new_key()


def category_groups() -> list[tuple[str, list[Category]]]:
    """Every category under the name of its group, in order."""
    groups: dict[str, list[Category]] = {}
    for category in Category.objects.for_residents():
        category.services = " ".join(services_of(category))  # type: ignore[attr-defined]
        groups.setdefault(str(Category.Group(category.group).label), []).append(category)
    return list(groups.items())


def committee_phone(place: Place) -> str:
    """The number residents of `place` call: its own, or the nearest above it that has one."""
    above = Place.objects.above(place).exclude(phone="").order_by("-path")
    return above.values_list("phone", flat=True).first() or ""
