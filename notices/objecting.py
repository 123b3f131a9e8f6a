"""The steps of a resident's objection: check, review, commit; and the look-up by receipt."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from notices.models import NoticePage, Objection
from notices.objection_forms import ObjectionForm
from notices.services import (
    PRIVACY_VERSION,
    ObjectionConflict,
    ObjectionFiled,
    ObjectionsClosed,
    closed_reason,
    objection_file,
)
from portal.intake.limits import client_scope, failure_add, is_blocked, place_scope
from portal.intake.receipts import new_key, receipt_hash
from portal.intake.review import (
    EDIT_FIELD,
    KEY_FIELD,
    ReviewRow,
    form_rows,
    mark_conflict,
    mark_form,
    mark_stored,
    review_response,
    submitted_key,
    wants_edit,
)
from portal.places.codes import CODE_DIGITS, CodeError, format_code, household_find, normalise_code
from portal.places.models import Household


class TooManyFailures(ValidationError):
    def __init__(self) -> None:
        super().__init__(
            _("There were too many wrong attempts. Please try again in 15 minutes."),
            code="too_many_failures",
        )


@dataclass
class Objecting:
    """One request of the form about one notice."""

    request: HttpRequest
    notice: NoticePage

    def show(self) -> HttpResponse:
        """The empty form, which a phone may keep, or since when it is closed."""
        if reason := closed_reason(self.notice, timezone.now()):
            return self._closed(reason)
        return mark_form(self._form(ObjectionForm(notice=self.notice)))

    def post(self) -> HttpResponse:
        """The form again with what is wrong, the page to check, or the receipt."""
        form = ObjectionForm(self.request.POST, notice=self.notice)
        form.is_valid()
        if wants_edit(self.request):
            return self._form(self._as_typed())
        household = self._household(form)
        if form.errors:
            return self._form(form, status=422)
        key = submitted_key(self.request)
        if key is None:
            if reason := closed_reason(self.notice, timezone.now()):
                return self._closed(reason, form.cleaned_data["text"])
            return self._review(form)
        return self._commit(form, household, key)

    def _commit(self, form: ObjectionForm, household: Household | None, key: str) -> HttpResponse:
        given = form.cleaned_data
        try:
            filed = objection_file(
                key=key,
                notice=self.notice,
                text=given["text"],
                building=given.get("building"),
                household=household,
                contact=given["contact"],
                now=timezone.now(),
            )
        except ObjectionConflict as conflict:
            return self._conflict(given["text"], conflict.objection)
        except ObjectionsClosed as closed:
            return self._closed(" ".join(closed.messages), given["text"])
        except ValidationError as error:
            form.add_error(None, error)
            return self._form(form, status=422)
        return self._receipt(filed)

    def _household(self, form: ObjectionForm) -> Household | None:
        """The household of the code, if one was typed; an error at the field if it is wrong."""
        code = form.cleaned_data.get("household_code", "")
        if not code:
            return None
        try:
            return _household_of(
                code, self.notice, scope=client_scope(self.request), on=timezone.localdate()
            )
        except ValidationError as error:
            form.add_error("household_code", error)
            return None

    def _as_typed(self) -> ObjectionForm:
        """The form filled with what was posted, not yet judged."""
        return ObjectionForm(initial=dict(self.request.POST.items()), notice=self.notice)

    def _form(self, form: ObjectionForm, status: int = 200) -> HttpResponse:
        context = {
            **self._context(),
            "form": form,
            "privacy_version": PRIVACY_VERSION,
        }
        return render(self.request, "notices/objection_form.html", context, status=status)

    def _closed(self, reason: str, text: str = "") -> HttpResponse:
        """Since when it is closed; what was written in vain is kept on the page."""
        context = {**self._context(), "reason": reason, "text": text}
        status = 422 if self.request.method == "POST" else 200
        return render(self.request, "notices/objection_closed.html", context, status=status)

    def _review(self, form: ObjectionForm) -> HttpResponse:
        rows = [
            ReviewRow(_("Notice"), self.notice.title),
            *(_legible(row, form) for row in form_rows(form)),
        ]
        return review_response(self.request, title=_("Your objection"), rows=rows)

    def _conflict(self, text: str, stored: Objection) -> HttpResponse:
        hidden = [
            (name, value)
            for name, values in self.request.POST.lists()
            if name not in {KEY_FIELD, EDIT_FIELD}
            for value in values
        ]
        context = {
            **self._context(),
            "stored": stored,
            "text": text,
            "hidden": hidden,
            "key": new_key(),
        }
        return mark_conflict(render(self.request, "notices/objection_conflict.html", context))

    def _receipt(self, filed: ObjectionFiled) -> HttpResponse:
        context = {**self._context(), "receipt": filed.receipt, "duplicate": filed.duplicate}
        return mark_stored(render(self.request, "notices/objection_receipt.html", context))

    def _context(self) -> dict[str, Any]:
        return {
            "notice": self.notice,
            "notice_url": self.notice.get_url(self.request) or "",
            "place": self.notice.place,
            "is_plan": self.notice.is_draft_plan,
            "phone": self.notice.contact_phone or self.notice.place.phone,
        }


def objection_open(text: str, *, scope: str) -> Objection:
    """The objection whose receipt is `text`.

    Raises TooManyFailures or a ValidationError for one that is not ours.
    """
    if is_blocked("objection", scope):
        raise TooManyFailures
    found = (
        Objection.objects.filter(receipt_hash=receipt_hash(text))
        .select_related("notice__place", "notice__notice_type")
        .first()
    )
    if found is None:
        failure_add("objection", scope)
        raise ValidationError(_("No objection has this receipt number. Please check it."))
    return found


def _household_of(code: str, notice: NoticePage, *, scope: str, on: date) -> Household:
    """Raises CodeError, also for a household that lies elsewhere, or TooManyFailures."""
    scopes = (scope, place_scope(notice.place.code))
    if is_blocked("household-code", *scopes):
        raise TooManyFailures
    try:
        household = household_find(code, on)
        if not household.building.place.path.startswith(notice.place.path):
            raise CodeError
    except CodeError:
        failure_add("household-code", *scopes)
        raise
    return household


def _legible(row: ReviewRow, form: ObjectionForm) -> ReviewRow:
    if row.label == str(form.fields["household_code"].label):
        return ReviewRow(row.label, format_code(normalise_code(row.value)[:CODE_DIGITS]))
    return row
