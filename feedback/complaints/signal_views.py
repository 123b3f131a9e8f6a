"""The evaluator's screen of signs that a case was closed for the figures."""

from typing import Any, cast

from django import forms
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from feedback.complaints import permissions, services
from feedback.complaints.missing import NamesMissingForm
from feedback.complaints.models import Category, Complaint, GamingSignal
from feedback.complaints.staff_page import add_errors, staff_page
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.permissions import places_with

PER_PAGE = 30


class JudgeForm(NamesMissingForm):
    judgement = forms.ChoiceField(
        label=capfirst(gettext_lazy("judgement")),
        choices=GamingSignal.Judgement.choices,
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=capfirst(gettext_lazy("reason")),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )


def signal_list(request: HttpRequest) -> HttpResponse:
    """Open signs first; those that were judged keep their reason."""
    user = _reviewer(request)
    rows = GamingSignal.objects.in_places(places_with(user, Action.SIGNAL_REVIEW))
    is_open = request.GET.get("tab") != "judged"
    kind = request.GET.get("kind", "")
    shown = rows.open() if is_open else rows.exclude(judgement="")
    counts = dict(shown.order_by().values_list("kind").annotate(n=Count("pk")))
    chosen = shown.filter(kind=kind) if kind in GamingSignal.Kind.values else shown
    page = Paginator(chosen.for_list(), PER_PAGE).get_page(request.GET.get("p"))
    names = {category.pk: str(category) for category in Category.objects.order_by("pk")}
    seen = _visible(user, page)
    context = {
        "page_obj": page,
        "rows": [(row, _evidence(row, names), _cases(row, seen)) for row in page],
        "tabs": _tabs(rows, is_open=is_open),
        "kinds": [(k, label, counts.get(k, 0)) for k, label in GamingSignal.Kind.choices],
        "kind": kind,
        "tab": "open" if is_open else "judged",
    }
    return staff_page(request, "signals", _("Signs of gaming"), context)


def signal(request: HttpRequest, pk: int, form: JudgeForm | None = None) -> HttpResponse:
    user = _reviewer(request)
    row = _signal(user, pk)
    names = {category.pk: str(category) for category in Category.objects.order_by("pk")}
    initial = {"judgement": row.judgement, "reason": row.reason}
    context = {
        "signal": row,
        "evidence": _evidence(row, names),
        "cases": _cases(row, _visible(user, [row])),
        "form": form or JudgeForm(initial=initial),
    }
    crumbs = ((_("Signs of gaming"), reverse("complaints_signals:list")),)
    status = 422 if form and form.errors else 200
    # What it is a sign of is a sentence, too long for the head of a phone.
    title = pgettext("one", "Sign of gaming")
    return staff_page(request, "signal", title, context, crumbs=crumbs, status=status)


@require_POST
def signal_judge(request: HttpRequest, pk: int) -> HttpResponse:
    user = _reviewer(request)
    row, form = _signal(user, pk), JudgeForm(request.POST)
    if form.is_valid():
        try:
            services.signal_judge(signal=row, by=user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("complaints_signals:list")
    return signal(request, pk, form)


def _tabs(rows: Any, *, is_open: bool) -> list[dict[str, Any]]:
    return [
        {
            "text": pgettext("signals", "To judge"),
            "url": "?tab=open",
            "count": rows.open().count(),
            "current": is_open,
        },
        {
            "text": pgettext("signals", "Judged"),
            "url": "?tab=judged",
            "count": rows.exclude(judgement="").count(),
            "current": not is_open,
        },
    ]


def _visible(user: User, rows: Any) -> set[int]:
    """The cases of these signs that `user` may open. One query."""
    keys = [case.pk for row in rows for case in row.complaints.all()]
    seen = permissions.complaints_visible_to(user).filter(pk__in=keys)
    return set(seen.order_by().values_list("pk", flat=True))


def _cases(row: GamingSignal, seen: set[int]) -> tuple[list[Complaint], int]:
    """(cases to open, how many others there are)"""
    every = list(row.complaints.all())
    shown = sorted((case for case in every if case.pk in seen), key=lambda case: case.pk)
    return shown, len(every) - len(shown)


def _evidence(row: GamingSignal, names: dict[str, str]) -> str:
    """What was seen, in one sentence."""
    told = {key: _moment(value) for key, value in row.data.items() if isinstance(value, str)}
    if row.kind == GamingSignal.Kind.RUSHED:
        text = _("Closed %(closed)s, due %(due)s, open again %(reopened)s.")
        return text % told
    if row.kind == GamingSignal.Kind.SILENT:
        return _("Reported as solved %(closed)s; no talk and no reply before.") % told
    if row.kind == GamingSignal.Kind.DENIED:
        text = _(
            "Refused %(refused)s. Reports of the same kind in this community that it could repeat: "
            "%(others)s."
        )
        return text % {"refused": told["refused"], "others": row.data["others"]}
    if row.kind == GamingSignal.Kind.MOVED:
        pair = {key: names.get(row.data[key], row.data[key]) for key in ("from", "to")}
        return _("From %(from)s to %(to)s.") % pair
    text = _("%(count)s cases on one device within 24 hours from %(from)s.")
    return text % {"count": row.data["count"], "from": told["from"]}


def _moment(text: str) -> str:
    moment = parse_datetime(text) if "T" in text else None
    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if moment else text


def _signal(user: User, pk: int) -> GamingSignal:
    places = places_with(user, Action.SIGNAL_REVIEW)
    return get_object_or_404(GamingSignal.objects.in_places(places).for_list(), pk=pk)


def _reviewer(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not permissions.may_judge_signals(user):
        raise PermissionDenied
    return user
