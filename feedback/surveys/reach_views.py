"""The round from door to door: the worklist, the interview, and a sheet for the stairwell."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from feedback.surveys import reach, services
from feedback.surveys.models import HelpRequest, Survey
from feedback.surveys.nudges import tally_nudge
from feedback.surveys.permissions import communities_for, work_survey_or_404
from feedback.surveys.quality import began_token, is_burst, is_fast
from feedback.surveys.questionnaire import Definition, Type
from feedback.surveys.reach_forms import DoorForm
from feedback.surveys.reach_states import DoorState, Flag, NextStep
from feedback.surveys.screens import Form, read_answers
from feedback.surveys.staff_views import list_crumb, staff_page, staff_user, survey_crumb
from feedback.surveys.states import STAFF_ENTRY, Channel
from feedback.surveys.tables import percent
from portal.accounts.roles import Action
from portal.intake.receipts import is_key, new_key
from portal.places.models import Household, Place

PER_PAGE = 40
INTERVIEWS = (Channel.ASSISTED, Channel.PHONE)


def _where(request: HttpRequest, pk: int, code: str) -> tuple[Survey, Place]:
    """Raises Http404 where answers are not one's to enter."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    place = communities_for(user, survey, Action.ANSWER_ENTER).filter(code=code).first()
    if place is None:
        raise Http404
    return survey, place


def worklist(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Who has not answered, stairwell by stairwell, and what is next at each door."""
    survey, place = _where(request, pk, code)
    now = timezone.now()
    if request.method == "POST":
        _record(request, survey, place)
        return redirect(request.get_full_path())
    units = reach.reach_of_units(survey, place)
    everybody = request.GET.get("show") == "all"
    homes = reach.unreached(survey, place, everybody=everybody)
    chosen = _chosen_unit(request, units)
    if chosen:
        homes = homes.filter(building=chosen.building_pk, unit=chosen.unit)
    page = Paginator(homes, PER_PAGE).get_page(request.GET.get("p"))
    answered, all_homes = sum(u.answered for u in units), sum(u.homes for u in units)
    unknown = HelpRequest.objects.waiting().filter(place=place, household=None).count()
    context = {
        "survey": survey,
        "place": place,
        "units": units,
        "chosen": chosen,
        "everybody": everybody,
        "answered": answered,
        "homes": all_homes,
        "rate": percent(answered, all_homes),
        "page_obj": page,
        "rows": reach.work_rows(survey, page, timezone.localdate(now)),
        "unknown": unknown,
        "states": DoorState.choices,
        "steps": NextStep.choices,
        "is_open": survey.phase(now) in STAFF_ENTRY,
        "today": timezone.localdate(now),
    }
    crumbs = [list_crumb(), survey_crumb(survey)]
    title = _("Who is not reached yet: %(place)s") % {"place": place.label}
    response = staff_page(request, "worklist", title, crumbs, context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _chosen_unit(request: HttpRequest, units: list[reach.UnitReach]) -> reach.UnitReach | None:
    """`?unit=<building>-<unit>`"""
    wanted = request.GET.get("unit", "")
    return next((u for u in units if f"{u.building_pk}-{u.unit}" == wanted), None)


def _home(request: HttpRequest, place: Place) -> Household:
    number = request.POST.get("household", "")
    homes = Household.objects.filter(building__place=place).select_related("building__place")
    return get_object_or_404(homes, pk=int(number[:12]) if number.isdecimal() else 0)


def _record(request: HttpRequest, survey: Survey, place: Place) -> None:
    home, form = _home(request, place), DoorForm(request.POST)
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return
    given = {k: v for k, v in form.cleaned_data.items() if k != "household"}
    try:
        services.door_record(
            survey=survey, household=home, user=staff_user(request), now=timezone.now(), **given
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return
    messages.success(request, _("Saved: %(building)s") % {"building": home})


@sensitive_post_parameters()
@require_POST
def interview(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """At the door or on the telephone. The home is in the post, so that no address holds it."""
    survey, place = _where(request, pk, code)
    questionnaire = survey.current_questionnaire()
    if questionnaire is None or survey.phase(timezone.now()) not in STAFF_ENTRY:
        messages.error(request, _("This survey is not open for answers."))
        return redirect("surveys_staff:worklist", pk, code)
    home = _home(request, place)
    talk = _Interview(request, survey, place, home, questionnaire.compiled())
    response = talk.send() if request.POST.get("move") == "send" else talk.ask()
    response.headers["Cache-Control"] = "no-store"
    return response


class _Interview:
    """One request of an interview; a second part goes on from what was sent under the same key."""

    def __init__(
        self,
        request: HttpRequest,
        survey: Survey,
        place: Place,
        home: Household,
        definition: Definition,
    ) -> None:
        self.request, self.survey, self.place, self.home = request, survey, place, home
        self.definition, self.now = definition, timezone.now()
        data = request.POST
        raw = read_answers(definition, data)
        self.dwelling = f"{home.building.name} {home.unit}单元"
        for question in definition.asked():
            if question.type is Type.DWELLING:
                raw[question.key] = self.dwelling
        part = data.get("part", "0")
        parts = definition.parts()
        number = int(part) if part.isdecimal() and len(part) < 4 else 0
        self.form = Form(definition, raw, number if number in parts else 0, {}, self.dwelling)
        self.key = data["key"] if is_key(data.get("key", "")) else new_key()
        known = {channel.value for channel in INTERVIEWS}
        sent = data.get("channel", "")
        self.channel = Channel(sent) if sent in known else Channel.ASSISTED

    def ask(self, error: str = "") -> HttpResponse:
        has_answered = self.survey.participations.filter(household=self.home).exists()
        if has_answered and not self.form.part:
            return self._page("surveys/staff/door_answered.html")
        here = self.definition.keys_of(self.form.part)
        return self._page(
            "surveys/staff/door.html",
            form=self.form,
            screens=self.form.screens(),
            first=self.form.screen_with_error() or 0,
            error_fields=self.form.error_fields(),
            error=error,
            carried=self.form.carried(without=here),
            channels=[(c.value, c.label) for c in INTERVIEWS],
            began=self.request.POST.get("began") or began_token(self.now),
        )

    def send(self) -> HttpResponse:
        try:
            submitted = services.response_submit(
                survey=self.survey,
                community=self.place,
                household=self.home,
                answers=self.form.raw,
                key=self.key,
                channel=self.channel,
                staff=staff_user(self.request),
                signs=self._signs(),
                now=self.now,
            )
        except services.InvalidAnswers as error:
            self.form.errors = error.errors
            return self.ask()
        except ValidationError as error:
            return self.ask(error.messages[0])
        if submitted.duplicate:
            return self._page("surveys/staff/door_answered.html")
        tally_nudge(survey_id=self.survey.pk, community_id=self.place.pk)
        later = [part for part in self.definition.parts() if part > self.form.part]
        carried = self.form.carried()
        return self._page(
            "surveys/staff/door_done.html",
            submitted=submitted,
            next_part=later[0] if later else None,
            more=len(self.definition.keys_of(later[0])) if later else 0,
            carried=carried,
        )

    def _signs(self) -> list[str]:
        signs = []
        if is_fast(self.request.POST.get("began", ""), len(self.form.raw), self.now):
            signs.append(Flag.FAST.value)
        if not self.form.part and is_burst(self.survey.pk, staff_user(self.request).pk):
            signs.append(Flag.BURST.value)
        return signs

    def _page(self, template: str, **context: Any) -> HttpResponse:
        page = {
            "survey": self.survey,
            "place": self.place,
            "home": self.home,
            "key": self.key,
            "channel": self.channel,
            **context,
        }
        return render(self.request, template, page)


@require_POST
def stairwell(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """A sheet for one stairwell: how many have answered. Rooms only where staff say so, and never
    so few that they point at somebody; those that refused are not on it."""
    survey, place = _where(request, pk, code)
    units = reach.reach_of_units(survey, place)
    wanted = request.POST.get("unit", "")
    unit = next((u for u in units if f"{u.building_pk}-{u.unit}" == wanted), None)
    if unit is None:
        raise Http404
    homes = reach.unreached(survey, place).filter(building=unit.building_pk, unit=unit.unit)
    rooms = sorted((home.room for home in homes), key=lambda room: (len(room), room))
    asked_for = request.POST.get("rooms") == "1"
    context = {
        "survey": survey,
        "place": place,
        "unit": unit,
        "left": len(rooms),
        "rooms": rooms if asked_for and len(rooms) >= reach.FEW_ROOMS else [],
        "too_few": asked_for and len(rooms) < reach.FEW_ROOMS,
    }
    response = render(request, "surveys/staff/stairwell.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
