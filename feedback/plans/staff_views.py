"""Staff screens of corrective actions: which comes first, the plan, the promise, the report."""

from decimal import Decimal
from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from wagtail import hooks
from wagtail.admin import messages

from feedback.plans import permissions, services, staff_forms
from feedback.plans.models import CorrectiveAction, CorrectiveActionQuerySet
from feedback.plans.ranking import COMPLAINTS, GAP, HOUSEHOLDS, WISHES
from feedback.plans.shown import effect_text, evidence_rows, state_shown, verdict_rows
from feedback.plans.states import MOVES, State
from portal.accounts.models import User
from portal.intake.serving import photo_response
from portal.places.models import Place

PER_PAGE = 50
OVERDUE = "OVERDUE"


@require_safe
def action_list(request: HttpRequest) -> HttpResponse:
    user, today = _user(request), timezone.localdate()
    if not permissions.may_see_any(user):
        raise PermissionDenied
    mine = permissions.actions_for(user)
    places = Place.objects.filter(pk__in=mine.order_by().values("place")).order_by("path")
    form = staff_forms.FilterForm(request.GET, places=places)
    form.is_valid()
    state, place = form.cleaned_data.get("state", ""), form.cleaned_data.get("place")
    within = mine.filter(place__path__startswith=place.path) if place else mine
    page = Paginator(_chosen(within, state), PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "page_obj": page,
        "rows": [(action, *state_shown(action, today)) for action in page],
        "counts": _counts(within),
        "state": state,
        "place": place,
        "form": form,
        "may_open": permissions.may_open_any(user),
        "may_draft": bool(place and permissions.may_promise(user, CorrectiveAction(place=place)))
        and within.filter(place=place).in_no_notice().exists(),
    }
    return _page(request, "list", _("Corrective actions"), [], context)


def action_new(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    if not permissions.may_open_any(user):
        raise PermissionDenied
    form = staff_forms.OpenForm(request.POST or None, places=permissions.places_to_open(user))
    if request.method == "POST" and form.is_valid():
        place, cause = form.cleaned_data["place"], form.cause(timezone.localdate())
        try:
            opened, _new = services.action_open(
                place=place, cause=cause, evidence=form.evidence(), now=timezone.now(), by=user
            )
        except ValidationError as error:
            _add_error(form, error)
        else:
            return redirect("plans_staff:plan", opened.pk)
    return _page(request, "edit", _("New corrective action"), [_list_crumb()], {"form": form})


@require_safe
def action_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _detail(request, permissions.action_or_404(_user(request), pk))


def action_plan(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    found = permissions.action_or_404(user, pk)
    permissions.require_plan(user, found)
    form = staff_forms.PlanForm(request.POST or None, instance=found)
    if request.method == "POST" and form.is_valid():
        try:
            services.action_plan(action=found, by=user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            _add_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("plans_staff:detail", pk)
    context = {"form": form, "action": found, "evidence": evidence_rows(found)}
    crumbs = [_list_crumb(), (found.title, reverse("plans_staff:detail", args=[pk]))]
    return _page(request, "edit", _("Plan"), crumbs, context)


@require_safe
def photo(request: HttpRequest, pk: int) -> HttpResponseBase:
    found = permissions.action_or_404(_user(request), pk)
    if not found.photo:
        raise Http404
    return photo_response(found.photo)


@require_POST
def notice(request: HttpRequest) -> HttpResponse:
    """The promises of a place that stand in no notice yet, as the draft of one (N18)."""
    user = _user(request)
    found = Place.objects.filter(code=request.POST.get("place", "").replace("\0", "")).first()
    if found is None:
        raise Http404
    try:
        page = services.promises_draft(place=found, by=user, now=timezone.now())
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(f"{reverse('plans_staff:list')}?place={found.code}")
    return redirect("wagtailadmin_pages:edit", page.pk)


@require_POST
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One service each; what was typed stays where something is missing."""
    user = _user(request)
    found = permissions.action_or_404(user, pk)
    if step not in staff_forms.STEP_FORMS:
        raise Http404
    form = staff_forms.STEP_FORMS[step](request.POST, request.FILES)
    if not form.is_valid():
        return _detail(request, found, failed={step: form}, status=422)
    service = {
        "promise": services.action_promise,
        "return": services.action_return,
        "note": services.action_note,
        "postpone": services.action_postpone,
        "done": services.action_done,
        "reopen": services.action_reopen,
        "close": services.action_close,
        "drop": services.action_drop,
    }[step]
    try:
        service(action=found, by=user, now=timezone.now(), **form.cleaned_data)  # type: ignore[operator]
    except ValidationError as error:
        if not form.fields:
            messages.error(request, " ".join(error.messages))
            return redirect("plans_staff:detail", pk)
        _add_error(form, error)
        return _detail(request, found, failed={step: form}, status=422)
    messages.success(request, _("Saved."))
    return redirect("plans_staff:detail", pk)


def _chosen(actions: CorrectiveActionQuerySet, state: str) -> CorrectiveActionQuerySet:
    if state == OVERDUE:
        return actions.overdue(timezone.localdate()).ranked()
    return (actions.filter(state=state) if state else actions.in_work()).ranked()


def _counts(actions: CorrectiveActionQuerySet) -> list[tuple[str, str, int]]:
    """State, its words, how many; those nobody has are left out."""
    found = actions.order_by().values_list("state").annotate(n=Count("pk"))
    counted = dict(found)
    rows = [(state.value, str(state.label), counted.get(state.value, 0)) for state in State]
    late = actions.overdue(timezone.localdate()).count()
    return [row for row in [*rows, (OVERDUE, _("Overdue"), late)] if row[2]]


def _detail(
    request: HttpRequest,
    found: CorrectiveAction,
    *,
    failed: dict[str, BaseForm] | None = None,
    status: int = 200,
) -> HttpResponse:
    user, today = _user(request), timezone.localdate()
    context: dict[str, Any] = {
        "action": found,
        "shown": state_shown(found, today),
        "evidence": evidence_rows(found),
        "effect": effect_text(found),
        # What measures lies above this package and says itself where a figure is looked at.
        "links": [
            one for ask in hooks.get_hooks("corrective_action_links") for one in ask(user, found)
        ],
        "rank": _rank_rows(found),
        "verdicts": verdict_rows(found) if found.times_done else [],
        "events": found.events.select_related("actor").order_by("at", "pk"),
        "steps": _steps(user, found, failed or {}),
        "may_plan": permissions.may_plan(user, found) and State.PLANNED in _next(found),
        "may_draft": permissions.may_promise(user, found)
        and found.state == State.PROMISED
        and found.notice_id is None,
    }
    return _page(request, "detail", found.title, [_list_crumb()], context, status=status)


def _next(found: CorrectiveAction) -> set[State]:
    following = set(MOVES[State(found.state)])
    return following | {State.PLANNED} if found.state == State.PLANNED else following


def _steps(
    user: User, found: CorrectiveAction, failed: dict[str, BaseForm]
) -> list[dict[str, Any]]:
    """What can be done now and by this person: name, heading, form, and whether it opens."""
    plans, promises = permissions.may_plan(user, found), permissions.may_promise(user, found)
    names: list[tuple[str, str, bool]] = {
        State.OPEN: [("drop", _("Do not pursue it"), promises)],
        State.PLANNED: [
            ("promise", _("Promise it in public"), promises),
            ("return", _("Send the plan back"), promises),
            ("drop", _("Do not pursue it"), promises),
        ],
        State.PROMISED: [
            ("done", _("Report it as done"), plans),
            ("note", _("Tell how far it has come"), plans),
            ("postpone", _("Move the date"), promises),
            ("drop", _("Do not pursue it"), promises),
        ],
        State.DONE: [
            ("close", _("Close it"), promises),
            ("reopen", _("Not done yet"), promises),
            ("note", _("Tell how far it has come"), plans),
        ],
    }.get(State(found.state), [])
    return [
        {
            "name": name,
            "title": title,
            "form": failed.get(name) or staff_forms.STEP_FORMS[name](),
            "open": name in failed,
            "first": index == 0 and name in ("promise", "done", "close"),
        }
        for index, (name, title, allowed) in enumerate(names)
        if allowed
    ]


def _rank_rows(found: CorrectiveAction) -> list[tuple[str, str, str]]:
    """Each part of the rank: its name, its weight and its value."""
    names = {
        "gap": (_("Distance to the target"), GAP),
        "household_share": (_("Share of the county's households"), HOUSEHOLDS),
        "complaint_percentile": (_("Complaints, compared with other places"), COMPLAINTS),
        "wish_share": (_("Residents who wish for it"), WISHES),
    }
    return [
        (label, str(weight), f"{Decimal(found.rank_parts[key]).normalize():f}")
        for key, (label, weight) in names.items()
        if key in found.rank_parts
    ]


def _add_error(form: BaseForm, error: ValidationError) -> None:
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _list_crumb() -> tuple[str, str]:
    return _("Corrective actions"), reverse("plans_staff:list")


def _page(
    request: HttpRequest,
    template: str,
    title: str,
    crumbs: list[tuple[str, str]],
    context: dict[str, Any],
    *,
    status: int = 200,
) -> HttpResponse:
    """A staff screen with its title and the way back."""
    trail = [(_("Home"), reverse("wagtailadmin_home")), *crumbs, (title, "")]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    return render(request, f"plans/staff/{template}.html", {**furniture, **context}, status=status)
