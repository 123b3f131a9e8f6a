"""Staff screens of surveys: who has been reached, paper entry, results."""

from datetime import datetime, timedelta
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET
from wagtail.admin import messages

from feedback.surveys import results, services
from feedback.surveys.flagged import flag_sums
from feedback.surveys.models import AnswerScan, HelpRequest, PaperBatch, Survey, SurveyTally
from feedback.surveys.nudges import tally_nudge
from feedback.surveys.permissions import (
    REACH_ACTIONS,
    communities_for,
    drafts_to_publish,
    may_export,
    may_publish,
    results_communities,
    surveys_for_work,
    work_survey_or_404,
)
from feedback.surveys.published import comparison, to_compare
from feedback.surveys.questionnaire import Type
from feedback.surveys.staff_forms import EntryForm, InvitationForm
from feedback.surveys.states import FINISHED, STAFF_ENTRY, Channel, entry_ends_at
from feedback.surveys.tables import question_results
from feedback.surveys.texts import questions_of_type
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.intake.serving import photo_response
from portal.places.models import Building, Place
from portal.places.permissions import can, can_somewhere, places_with

PER_PAGE = 50


@require_GET
def survey_list(request: HttpRequest) -> HttpResponse:
    now = timezone.now()
    surveys = surveys_for_work(staff_user(request)).defer("questions").order_by("-opens_at", "-pk")
    page = Paginator(surveys, PER_PAGE).get_page(request.GET.get("p"))
    rows = [(survey, survey.phase(now)) for survey in page]
    helping = places_with(staff_user(request), Action.ANSWER_ENTER)
    drafts = drafts_to_publish(staff_user(request)).defer("questions")
    context = {
        "page_obj": page,
        "rows": rows,
        "drafts": drafts.select_related("latest_revision__user").order_by(
            "-latest_revision__created_at", "-pk"
        )[:PER_PAGE],
        "can_help": can_somewhere(staff_user(request), Action.ANSWER_ENTER),
        "waiting": HelpRequest.objects.in_places(helping).waiting().count(),
    }
    return staff_page(request, "list", _("Surveys"), [], context)


@require_GET
def survey_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the survey got in each community of one's places."""
    user, now = staff_user(request), timezone.now()
    survey = work_survey_or_404(user, pk)
    communities = communities_for(user, survey, *REACH_ACTIONS).order_by("path")
    page = Paginator(communities, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "survey": survey,
        "phase": survey.phase(now),
        "page_obj": page,
        "rows": results.reach_of_communities(survey, page),
        "can_enter": _may_enter(user, survey),
        "can_judge": communities_for(user, survey, Action.SIGNAL_REVIEW).exists(),
        "has_photos": bool(questions_of_type(survey, Type.PHOTO)),
        "can_see_results": _may_see_results(user, survey),
        "can_publish": may_publish(user, survey),
        "events": survey.events.select_related("actor").order_by("-at", "-pk"),
        "piles": _unfinished(user, survey, now),
        "entry_ends_at": entry_ends_at(survey),
    }
    return staff_page(request, "detail", survey.title, [list_crumb()], context)


def _unfinished(user: User, survey: Survey, now: datetime) -> list[PaperBatch]:
    """Paper of one's places that will be lost soon: from a day before the end on."""
    if survey.phase(now) not in STAFF_ENTRY or now < survey.closes_at - timedelta(days=1):
        return []
    allowed = set(communities_for(user, survey, Action.ANSWER_ENTER).values_list("pk", flat=True))
    return [pile for pile in services.unfinished(survey) if pile.community_id in allowed]


def community(request: HttpRequest, pk: int, code: str) -> HttpResponse:
    """Who has been reached, building by building, and how many letters were given out."""
    user, now = staff_user(request), timezone.now()
    survey = work_survey_or_404(user, pk)
    place = communities_for(user, survey, *REACH_ACTIONS).filter(code=code).first()
    if place is None:
        raise Http404
    can_record = can(user, Action.ANSWER_ENTER, place) and survey.phase(now) not in FINISHED
    if request.method == "POST":
        if not can_record:
            raise PermissionDenied
        _record_letters(request, survey, place)
        return redirect("surveys_staff:community", pk, code)
    context = {
        "survey": survey,
        "place": place,
        "rows": results.reach_of_buildings(survey, place),
        "can_record": can_record,
        "can_enter": can(user, Action.ANSWER_ENTER, place),
        "scans": _scans(user, survey, place),
    }
    return staff_page(
        request, "community", place.label, [list_crumb(), survey_crumb(survey)], context
    )


def _scans(user: User, survey: Survey, place: Place) -> QuerySet[AnswerScan]:
    """Sheets of a NAMED survey, for those who enter its answers there."""
    if not survey.is_named or not can(user, Action.ANSWER_ENTER, place):
        return AnswerScan.objects.none()
    rows = AnswerScan.objects.filter(response__survey=survey, place=place)
    rows = rows.select_related("response__participation__household__building")
    return rows.order_by("response__participation__household__room", "pk")


@require_GET
def scan(request: HttpRequest, pk: int, number: int) -> FileResponse:
    """One sheet, through the question who looks."""
    user = staff_user(request)
    survey = work_survey_or_404(user, pk)
    places = communities_for(user, survey, Action.ANSWER_ENTER)
    rows = AnswerScan.objects.filter(response__survey=survey, place__in=places.order_by())
    return photo_response(get_object_or_404(rows, pk=number).file)


def _record_letters(request: HttpRequest, survey: Survey, place: Place) -> None:
    form = InvitationForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Please enter how many letters were given out."))
        return
    building = get_object_or_404(Building, pk=form.cleaned_data["building"], place=place)
    try:
        services.invitation_record(
            survey=survey,
            building=building,
            households=form.cleaned_data["households"],
            user=staff_user(request),
            now=timezone.now(),
        )
    except ValidationError as error:
        messages.error(request, error.messages[0])
        return
    tally_nudge(survey_id=survey.pk, community_id=place.pk)
    messages.success(request, _("Saved: %(building)s") % {"building": building.name})


@sensitive_post_parameters()
def entry(request: HttpRequest, pk: int) -> HttpResponse:
    """Answers on paper, by telephone or at the door, typed in by staff."""
    user, now = staff_user(request), timezone.now()
    survey = work_survey_or_404(user, pk)
    questionnaire = survey.current_questionnaire()
    if questionnaire is None or not _may_enter(user, survey):
        raise PermissionDenied
    definition = questionnaire.compiled()
    form = EntryForm(
        request.POST or None, request.FILES or None, definition=definition, named=survey.is_named
    )
    context: dict[str, Any] = {"survey": survey, "is_open": survey.phase(now) in STAFF_ENTRY}
    if request.method == "POST" and form.is_valid():
        submitted = _enter(form, survey, user)
        if submitted:
            context["submitted"] = submitted
            form = EntryForm(
                definition=definition,
                named=survey.is_named,
                initial={"channel": form.cleaned_data["channel"]},
            )
    context["form"] = form
    crumbs = [list_crumb(), survey_crumb(survey)]
    response = staff_page(request, "entry", _("Enter answers"), crumbs, context)
    response.headers["Cache-Control"] = "no-store"
    return response


def _enter(form: EntryForm, survey: Survey, user: User) -> services.Submitted | None:
    household = form.household()
    answers = form.answers(household) if household else {}
    if household is None or form.errors:
        return None
    place = household.building.place
    try:
        submitted = services.response_submit(
            survey=survey,
            community=place,
            household=household,
            answers=answers,
            key=form.cleaned_data["key"],
            channel=Channel(form.cleaned_data["channel"]),
            staff=user,
            now=timezone.now(),
        )
        if form.cleaned_data.get("scan") and not submitted.duplicate:
            services.scan_attach(
                survey=survey, household=household, upload=form.cleaned_data["scan"], user=user
            )
    except services.InvalidAnswers as error:
        form.add_answer_errors(error.errors)
        return None
    except PermissionDenied:
        form.add_error("code", _("This home is not in your places."))
        return None
    except ValidationError as error:
        form.add_error(None, error)
        return None
    tally_nudge(survey_id=survey.pk, community_id=place.pk)
    return submitted


@require_GET
def survey_results(request: HttpRequest, pk: int) -> HttpResponse:
    """What was answered, in the communities one may see results of."""
    user, now = staff_user(request), timezone.now()
    survey = work_survey_or_404(user, pk)
    questionnaire = survey.current_questionnaire()
    communities = results_communities(user, survey, now).order_by("path")
    if questionnaire is None:
        raise Http404
    chosen = communities.filter(code=request.GET.get("place", "")).first()
    # After the end everybody reads results of all communities: what is hidden of one depends on
    # the others, so staff of a few of them must not see another choice of hidden cells.
    is_final = survey.phase(now) in FINISHED
    scope = survey.communities().order_by("path") if is_final else communities
    shown = communities.filter(pk=chosen.pk) if chosen else scope
    found = SurveyTally.objects.filter(survey=survey, community__in=scope.order_by())
    everywhere = list(found.select_related("community"))
    gone = results.leave_out(everywhere) if is_final else frozenset()
    rows = [row for row in everywhere if not chosen or row.community_id == chosen.pk]
    sums, definition = results.add_sums(rows, gone), questionnaire.compiled()
    modes, apart = results.mode_results(definition, sums)
    place, language = chosen.pk if chosen else None, get_language() or "zh-hans"
    answers = results.place_answers(everywhere, gone)
    told = question_results(definition, answers, place, language) if sums.released else []
    others = to_compare(survey, surveys_for_work(user))
    other = next((one for one in others if one.slug == request.GET.get("with")), None)
    context = {
        "survey": survey,
        "phase": survey.phase(now),
        "is_final": is_final,
        "others": others,
        "other": other,
        "compared": other and comparison(survey, told, other, chosen, language, now),
        "communities": communities,
        "chosen": chosen,
        "returned": sum(row.returned for row in rows),
        "population": sum(row.population for row in rows),
        "sums": sums,
        "few": sum(not results.is_told(row, gone) for row in rows),
        "questions": told,
        "flags": flag_sums(survey, shown),
        "modes": modes,
        "apart": apart,
        "can_export": may_export(user, survey),
    }
    return staff_page(
        request, "results", _("Results"), [list_crumb(), survey_crumb(survey)], context
    )


def _may_enter(user: User, survey: Survey) -> bool:
    return communities_for(user, survey, Action.ANSWER_ENTER).exists()


def _may_see_results(user: User, survey: Survey) -> bool:
    try:
        results_communities(user, survey, timezone.now())
    except PermissionDenied:
        return False
    return True


def staff_user(request: HttpRequest) -> User:
    return cast(User, request.user)


def list_crumb() -> tuple[str, str]:
    return _("Surveys"), reverse("surveys_staff:list")


def survey_crumb(survey: Survey) -> tuple[str, str]:
    return survey.title, reverse("surveys_staff:detail", args=[survey.pk])


def staff_page(
    request: HttpRequest,
    template: str,
    title: str,
    crumbs: list[tuple[str, str]],
    context: dict[str, Any],
) -> HttpResponse:
    """A staff screen with its title and the way back."""
    trail = [(_("Home"), reverse("wagtailadmin_home")), *crumbs, (title, "")]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    return render(request, f"surveys/staff/{template}.html", {**furniture, **context})
