"""Staff screens of targets: proposals, their evidence, and the decision; and the download."""

from codecs import BOM_UTF8
from collections.abc import Callable, Iterator
from urllib.parse import urlencode

from django import forms as django_forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.http import require_safe
from wagtail.admin import messages

from feedback.indicators import explain, exports, forms, rapid, services, staff_figures
from feedback.indicators.definitions import Definition, definition
from feedback.indicators.models import TargetVersion
from feedback.indicators.models.exports import ExportKind
from feedback.indicators.queries import unit_label
from feedback.indicators.states import NEXT_STEP, PENDING, Operator, TargetState
from feedback.indicators.target_list import TargetList
from feedback.indicators.tasks import export_nudge
from feedback.indicators.views.staff import acting, chosen_place, figures_crumb, staff_page
from feedback.indicators.whole_years import months_of, whole_year
from portal.accounts.models import User
from portal.accounts.roles import Action, Role
from portal.places.guard import get_visible_or_404
from portal.places.models import Place
from portal.places.permissions import can, can_somewhere, places_with, require

PER_PAGE = 50
#: The way of a target, as shown above it.
WAY = (
    TargetState.DRAFT,
    TargetState.CHECKED,
    TargetState.COUNTY_REVIEW,
    TargetState.FINANCE_REVIEW,
    TargetState.APPROVED,
    TargetState.PUBLISHED,
)
#: A second approval is still the approval.
ON_THE_WAY: dict[str, str] = {TargetState.SECOND_REVIEW: TargetState.FINANCE_REVIEW}
#: The right a step takes → whose desk that is.
DESKS = {
    Action.TARGET_PROPOSE: pgettext_lazy("of a target", "whoever proposed it"),
    Action.TARGET_REVIEW: Role.COUNTY_REVIEWER.label,
    Action.TARGET_APPROVE: Role.FINANCE_APPROVER.label,
}
#: More rows than these are not made while somebody waits.
AT_ONCE = 1000
TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


@require_safe
def proposals(request: HttpRequest) -> HttpResponse:
    """Proposals of the places somebody may see, those waiting first."""
    user = acting(request)
    listing = TargetList(user, request.GET)
    page = Paginator(listing.rows(), PER_PAGE).get_page(request.GET.get("p"))
    versions = list(page)
    staff_figures.told_versions(user, versions)
    context = {
        "page_obj": page,
        "rows": [(version, *_named(version)) for version in versions],
        "may_propose": can_somewhere(user, Action.TARGET_PROPOSE),
        **listing.context(),
    }
    return staff_page(request, "proposals", _("Targets"), [figures_crumb()], context)


def proposal(request: HttpRequest, pk: int) -> HttpResponse:
    """One proposal with its evidence; accept, move on or reject it."""
    user = acting(request)
    version = get_visible_or_404(
        TargetVersion.objects.select_related(
            "target__place", "target__project", "measurement__place", "proposed_by", "notice"
        ),
        user,
        Action.FIGURES_VIEW,
        place_lookup="target__place",
        pk=pk,
    )
    advance = forms.AdvanceForm(request.POST if _chose(request, "advance") else None)
    reject = forms.RejectForm(request.POST if _chose(request, "reject") else None)
    changing = _chose(request, "change")
    change = forms.ChangeForm(
        request.POST if changing else None,
        initial={"value": version.value, "upper": version.upper},
        prefix="change",
        is_range=version.operator == Operator.RANGE,
    )
    if change.is_bound and _changed(request, user, version, change):
        return redirect("figures:proposals")
    if request.method == "POST" and _decided(request, user, version, advance, reject):
        return redirect("figures:proposals")
    known, unit = _named(version)
    measured = version.measurement
    history = staff_figures.history_of(measured) if measured else []
    months = months_of(measured) if measured and known.flow else []
    if months:
        # The proposal rests on the year, of which the page of a figure has only a month.
        measured = version.measurement = whole_year(months, timezone.localdate())
    # Only now: what was decided above keeps the evidence as it is.
    is_withheld = bool(staff_figures.told_versions(user, [version]))
    context = {
        "version": version,
        "known": known,
        "unit": unit,
        "is_withheld": is_withheld,
        "change": change if _may_reject(user, version) and version.value is not None else None,
        "with_numbers": explain.with_numbers(measured) if measured else "",
        "months": [(row, explain.with_numbers(row)) for row in months],
        "chart": staff_figures.history_chart(user, history, version.target.place)
        if history
        else None,
        "others": version.target.versions.select_related("proposed_by").order_by("-number"),
        "steps": [
            (label, code == ON_THE_WAY.get(version.state, version.state))
            for code, label in TargetState.choices
            if code in WAY
        ],
        "hint": _hint(user, version),
        "decisions": version.decisions.select_related("actor").order_by("decided_at", "pk"),
        "advance": advance if services.may_advance(user, version) else None,
        "reject": reject if _may_reject(user, version) else None,
        "sheet_url": _sheet_url(version),
        "is_approval": NEXT_STEP.get(version.state, ("",))[0] == TargetState.APPROVED,
    }
    crumbs = [figures_crumb(), (_("Targets"), reverse("figures:proposals"))]
    title = f"{version.target.indicator} {known.name} · {version.target.scope_label}"
    return staff_page(request, "proposal", title, crumbs, context)


def target_new(request: HttpRequest) -> HttpResponse:
    user = acting(request)
    places = places_with(user, Action.TARGET_PROPOSE)
    if not places.exists():
        raise Http404
    now = timezone.now()
    initial = {"year": timezone.localdate(now).year + 1}
    form = forms.TargetForm(request.POST or None, places=places, initial=initial)

    def save() -> object:
        return services.target_propose(actor=user, now=now, **form.cleaned_data)

    if request.method == "POST" and form.is_valid() and _saved(request, form, save):
        return redirect("figures:proposals")
    crumbs = [figures_crumb(), (_("Targets"), reverse("figures:proposals"))]
    return staff_page(request, "target_form", _("Propose a target"), crumbs, {"form": form})


@require_safe
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    """The figures of a place and a year as a file; the same columns as the command."""
    user = acting(request)
    place = chosen_place(request, user)
    require(user, Action.FIGURES_EXPORT, place)
    form = forms.ExportForm(request.GET)
    if not form.is_valid():
        back = f"{reverse('figures:overview')}?place={place.code}"
        messages.error(request, _("Choose a year and a file format, and say what it is for."))
        return redirect(back)
    year, kind = form.cleaned_data["year"], form.cleaned_data["format"]
    name = exports.file_name("measurements", place.code, year, kind)
    running = can(user, Action.RESULTS_VIEW, place)
    count = exports.export_count(place, year, with_running=running, most=AT_ONCE + 1)
    asked = {"actor": user, "place": place, "kind": ExportKind.FIGURES, "year": year, "form": kind}
    asked |= {"reason": form.cleaned_data["reason"], "now": timezone.now()}
    if count > AT_ONCE and kind == "csv":
        log = services.export_log(**asked, file_name=name)
        return _streamed(place, year, name, log.pk, with_running=running)
    if count > AT_ONCE:
        job = services.export_request(**asked)
        export_nudge(job.pk)
        return redirect("figures:export_detail", pk=job.pk)
    response = HttpResponse(content_type=TYPES[kind])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    if settings.DEMONSTRATION:
        response[exports.LABEL_HEADER] = exports.LABEL_EN
    exports.write(exports.export_rows(place, year, with_running=running), kind, response)
    services.export_log(**asked, rows=count, content=response.content, file_name=name)
    return response


def _streamed(
    place: Place, year: int, name: str, export_id: int, *, with_running: bool
) -> StreamingHttpResponse:
    """Lines go out as the database gives them: the first at once, none is kept, and how many they
    were is noted when the last has gone."""
    counts = [0]

    def pieces() -> Iterator[bytes]:
        yield BOM_UTF8
        yield from rapid.csv_chunks(place, year, with_running=with_running, progress=counts.append)
        services.export_counted(export_id=export_id, rows=counts[-1])

    response = StreamingHttpResponse(pieces(), content_type=TYPES["csv"])
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    if settings.DEMONSTRATION:
        response[exports.LABEL_HEADER] = exports.LABEL_EN
    return response


def _chose(request: HttpRequest, button: str) -> bool:
    return request.method == "POST" and button in request.POST


def _named(version: TargetVersion) -> tuple[Definition, str]:
    known = definition(version.target.indicator)
    unit = "" if version.value is None else unit_label(known.unit_of(version.target.variant))
    return known, unit


def _hint(user: User, version: TargetVersion) -> str:
    """What the state alone does not say: whom it waits for, and why not for this person."""
    if version.state not in NEXT_STEP:
        return ""
    following, action = NEXT_STEP[version.state]
    is_approval = following == TargetState.APPROVED
    if services.may_advance(user, version):
        if is_approval and version.state != TargetState.SECOND_REVIEW:
            return _easier(version)
        return ""
    if is_approval and can(user, action, version.target.place):
        if version.proposed_by_id == user.pk:
            return _("You proposed this value, so somebody else approves it.")
        return _("You have approved it. Making a target easier takes a second approver.")
    return _("Waits for: %(who)s") % {"who": DESKS[action]}


def _easier(version: TargetVersion) -> str:
    try:
        is_easier = services.approval_check(version)
    except ValidationError as error:
        # What is in force has changed since: accepting it would be refused.
        return " ".join(error.messages)
    if is_easier:
        return _("It makes the target easier: after you a second approver has to accept it.")
    return ""


def _sheet_url(version: TargetVersion) -> str:
    """The form it stands in."""
    target = version.target
    scope = {"project": target.project.code} if target.project else {"place": target.place.code}
    return f"{reverse('figures:sheet')}?{urlencode({**scope, 'year': target.year})}"


def _changed(
    request: HttpRequest, user: User, version: TargetVersion, change: forms.ChangeForm
) -> bool:
    def replace() -> object:
        return services.target_change(
            actor=user, version=version, now=timezone.now(), **change.cleaned_data
        )

    return change.is_valid() and _saved(request, change, replace)


def _decided(
    request: HttpRequest,
    user: User,
    version: TargetVersion,
    advance: forms.AdvanceForm,
    reject: forms.RejectForm,
) -> bool:
    now = timezone.now()
    if not (reject.is_bound or advance.is_bound):
        return False
    if reject.is_bound:

        def refuse() -> object:
            reason = reject.cleaned_data["reason"]
            return services.target_reject(actor=user, version=version, reason=reason, now=now)

        return reject.is_valid() and _saved(request, reject, refuse)

    def move() -> object:
        reason = advance.cleaned_data["reason"]
        return services.target_advance(actor=user, version=version, reason=reason, now=now)

    return advance.is_valid() and _saved(request, advance, move)


def _saved(request: HttpRequest, form: django_forms.Form, save: Callable[[], object]) -> bool:
    """Whether `save` went through; if not, the form says why."""
    try:
        save()
    except ValidationError as error:
        if hasattr(error, "error_dict"):
            for field, problems in error.message_dict.items():
                form.add_error(field if field in form.fields else None, problems)
        else:
            # Meanwhile decided by somebody else, or the whole form has gaps.
            messages.error(request, " ".join(error.messages))
        return False
    messages.success(request, _("Saved."))
    return True


def _may_reject(user: User, version: TargetVersion) -> bool:
    place = version.target.place
    may = can(user, Action.TARGET_REVIEW, place) or can(user, Action.TARGET_APPROVE, place)
    return version.state in PENDING and may
