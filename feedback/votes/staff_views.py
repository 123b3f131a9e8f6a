"""Staff screens of owners' votes: prepare, list of voters, enter papers, count, certificate."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch, Q, QuerySet
from django.forms import BaseForm
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST, require_safe
from wagtail.admin import messages

from feedback.votes import permissions, services, staff_forms
from feedback.votes.counting import may_count, result_of, weights
from feedback.votes.models import Ballot, Vote, Voter, VoterHome
from feedback.votes.result_table import (
    area_shown,
    quorum_rows,
    result_tables,
    state_shown,
)
from feedback.votes.states import Choice, State
from portal.accounts.models import User
from portal.places.models import Place

PER_PAGE = 50
#: What a browser still lays out for the printer without waiting.
PAPERS_AT_ONCE = 60


@require_safe
def ballot_list(request: HttpRequest) -> HttpResponse:
    user, now = _user(request), timezone.now()
    if not permissions.may_keep_any(user):
        raise PermissionDenied
    page = Paginator(permissions.ballots_for(user).newest_first(), PER_PAGE).get_page(
        request.GET.get("p")
    )
    rows = [(ballot, state_shown(ballot, now)[0]) for ballot in page]
    return _page(
        request,
        "list",
        _("Owners' votes"),
        [],
        {"page_obj": page, "rows": rows, "today": timezone.localdate(now)},
    )


def ballot_new(request: HttpRequest) -> HttpResponse:
    """First the community, where there is a choice, then the question."""
    user = _user(request)
    places = permissions.communities_for(user)
    if not permissions.may_keep_any(user):
        raise PermissionDenied
    first = places.order_by("path").values_list("pk", flat=True)[:2]
    only = {"place": first[0]} if len(first) == 1 else None
    chosen = staff_forms.PlaceForm(request.GET or only, places=places)
    title, crumbs = _("New vote"), [_list_crumb()]
    if not chosen.is_valid():
        return _page(request, "start", title, crumbs, {"form": chosen})
    place: Place = chosen.cleaned_data["place"]
    form = staff_forms.BallotForm(request.POST or None, place=place)
    if request.method == "POST" and form.is_valid():
        try:
            ballot = services.ballot_create(
                place=place, by=user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as error:
            _add_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("votes_staff:detail", ballot.pk)
    return _page(request, "edit", title, crumbs, {"form": form, "place": place})


def ballot_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    ballot = permissions.ballot_or_404(user, pk)
    form = staff_forms.BallotForm(request.POST or None, instance=ballot, place=ballot.place)
    if request.method == "POST" and form.is_valid():
        try:
            services.ballot_update(ballot=ballot, by=user, now=timezone.now(), **form.cleaned_data)
        except ValidationError as error:
            _add_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("votes_staff:detail", ballot.pk)
    crumbs = [_list_crumb(), _ballot_crumb(ballot)]
    return _page(request, "edit", _("Change"), crumbs, {"form": form, "place": ballot.place})


@require_safe
def ballot_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _detail(request, permissions.ballot_or_404(_user(request), pk))


@require_POST
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """notice, announce, cancel, close, result: one service each."""
    user = _user(request)
    ballot = permissions.ballot_or_404(user, pk)
    form = staff_forms.CancelForm(request.POST) if step == "cancel" else None
    try:
        if step == "announce":
            services.ballot_announce(ballot=ballot, by=user, now=timezone.now())
        elif step == "close":
            services.ballot_close(ballot=ballot, by=user, now=timezone.now())
            if permissions.may_draft(user, ballot):
                services.result_draft(ballot=ballot, by=user, now=timezone.now())
        elif step == "notice":
            page = services.notice_draft(ballot=ballot, by=user, now=timezone.now())
            return redirect("wagtailadmin_pages:edit", page.pk)
        elif step == "result":
            page = services.result_draft(ballot=ballot, by=user, now=timezone.now())
            return redirect("wagtailadmin_pages:edit", page.pk)
        elif form is None:
            raise Http404
        elif not form.is_valid():
            return _detail(request, ballot, cancel_form=form, status=422)
        else:
            services.ballot_cancel(ballot=ballot, by=user, now=timezone.now(), **form.cleaned_data)
    except ValidationError as error:
        for text in error.messages:
            messages.error(request, text)
    else:
        messages.success(request, _("Saved."))
    return redirect("votes_staff:detail", pk)


@sensitive_post_parameters()
def voters(request: HttpRequest, pk: int) -> HttpResponse:
    """The list of those entitled: made while the vote is prepared, searched while it runs."""
    user = _user(request)
    ballot = permissions.ballot_or_404(user, pk)
    form = staff_forms.VotersForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = _voters_make(ballot, form, user)
        except ValidationError as error:
            _add_error(form, error)
        else:
            text = _("List made: %(voters)s owners with %(homes)s homes.")
            messages.success(request, text % {"voters": made[0], "homes": made[1]})
            return redirect("votes_staff:voters", pk)
    query, only = request.GET.get("q", "").strip()[:40], request.GET.get("only", "")
    found = _search(ballot, query, only)
    page = Paginator(found, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "ballot": ballot,
        "form": form if ballot.state == State.DRAFT else None,
        "page_obj": page,
        "rows": [_row(voter) for voter in page],
        "query": query,
        "only": only,
        "counts": _counts(ballot),
    }
    crumbs = [_list_crumb(), _ballot_crumb(ballot)]
    return _page(request, "voters", _("Those entitled to vote"), crumbs, context, private=True)


@sensitive_post_parameters()
def voter(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Enter the vote of one owner from its paper, or correct it."""
    user = _user(request)
    ballot = permissions.ballot_or_404(user, pk)
    found = get_object_or_404(_with_homes(ballot), number=number)
    current = found.votes.filter(superseded_at=None).first()
    kind = staff_forms.CorrectionForm if current else staff_forms.PaperForm
    form = kind(request.POST or None)
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data | {"choice": Choice(form.cleaned_data["choice"])}
        try:
            if current:
                services.vote_correct(vote=current, by=user, now=timezone.now(), **data)
            else:
                services.vote_record(voter=found, by=user, now=timezone.now(), **data)
        except ValidationError as error:
            _add_error(form, error)
        else:
            messages.success(request, _("Recorded: number %(number)s") % {"number": number})
            return redirect(f"{reverse('votes_staff:voters', args=[pk])}?only=open")
    context = {"ballot": ballot, "row": _row(found), "form": form, "current": current}
    list_crumb = (_("Those entitled to vote"), reverse("votes_staff:voters", args=[pk]))
    crumbs = [_list_crumb(), _ballot_crumb(ballot), list_crumb]
    title = _("Number %(number)s") % {"number": number}
    return _page(request, "voter", title, crumbs, context, private=True)


@require_safe
def papers(request: HttpRequest, pk: int) -> HttpResponse:
    """Ballot papers: one blank to copy, or (`?each=1`) one for each who has not voted yet."""
    ballot = permissions.ballot_or_404(_user(request), pk)
    if ballot.state != State.ANNOUNCED:
        raise Http404
    rows: list[dict[str, Any] | None] = [None]
    more, page = 0, None
    if request.GET.get("each"):
        found = _search(ballot, request.GET.get("q", "").strip()[:40], "open")
        page = Paginator(found, PAPERS_AT_ONCE).get_page(request.GET.get("p"))
        rows, more = [_row(voter) for voter in page] or [None], page.paginator.count - len(page)
    context = {"ballot": ballot, "place": ballot.place, "rows": rows, "more": more}
    context |= {"choices": Choice.choices, "page_obj": page}
    response = render(request, "votes/staff/papers.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def certificate(request: HttpRequest, pk: int) -> HttpResponse:
    """The count on one sheet, with empty lines for those who sign it."""
    ballot = permissions.ballot_or_404(_user(request), pk)
    found = result_of(ballot)
    if found is None:
        raise Http404
    context = {"ballot": ballot, "place": ballot.place, **result_tables(*found)}
    return render(request, "votes/staff/certificate.html", context)


def _voters_make(ballot: Ballot, form: staff_forms.VotersForm, user: User) -> tuple[int, int]:
    today = timezone.localdate()
    if form.cleaned_data["source"] == form.REGISTER:
        rows = list(services.rows_from_register(ballot, today))
    else:
        rows = services.rows_from_table(ballot, form.table(), today)
    return services.voters_replace(ballot=ballot, rows=rows, by=user, now=timezone.now())


def _detail(
    request: HttpRequest,
    ballot: Ballot,
    *,
    cancel_form: BaseForm | None = None,
    status: int = 200,
) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {
        "ballot": ballot,
        "state": state_shown(ballot, now)[0],
        "voters": ballot.voters.count(),
        "events": ballot.events.select_related("actor").order_by("at", "pk"),
        "cancel_form": cancel_form or staff_forms.CancelForm(),
        "is_over": now >= ballot.closes_at,
        "may_draft": permissions.may_draft(_user(request), ballot),
        "may_count": ballot.state == State.ANNOUNCED and may_count(ballot, now),
        "today": timezone.localdate(now),
    }
    found = result_of(ballot)
    context |= result_tables(*found) if found else {"quorum": quorum_rows(ballot)}
    return _page(request, "detail", ballot.title, [_list_crumb()], context, status=status)


def _with_homes(ballot: Ballot) -> QuerySet[Voter]:
    homes = VoterHome.objects.select_related("household__building").order_by(
        "household__building__name", "household__unit", "household__room", "pk"
    )
    current = Vote.objects.filter(superseded_at=None)
    return ballot.voters.prefetch_related(
        Prefetch("homes", queryset=homes), Prefetch("votes", queryset=current)
    ).order_by("number")


def _search(ballot: Ballot, query: str, only: str) -> QuerySet[Voter]:
    """By number on the list, building or room; names are encrypted and not searched."""
    found = _with_homes(ballot)
    for word in query.split()[:4]:
        fits = Q(homes__household__building__name__icontains=word)
        fits |= Q(homes__household__room__iexact=word)
        if word.isdecimal() and len(word) < 7:
            fits |= Q(number=int(word))
        found = found.filter(pk__in=ballot.voters.filter(fits).values("pk"))
    voted = Vote.objects.filter(voter__ballot=ballot, superseded_at=None).values("voter")
    if only == "open":
        return found.exclude(pk__in=voted)
    return found.filter(pk__in=voted) if only == "voted" else found


def _counts(ballot: Ballot) -> dict[str, int]:
    total = ballot.voters.count()
    voted = Vote.objects.filter(voter__ballot=ballot, superseded_at=None).count()
    return {"all": total, "open": total - voted, "voted": voted}


def _row(voter: Voter) -> dict[str, Any]:
    homes = list(voter.homes.all())
    areas = weights((voter.pk, home.area) for home in homes)
    return {
        "voter": voter,
        "homes": "、".join(str(home.household) for home in homes),
        "area": area_shown(areas[voter.pk]),
        "vote": next(iter(voter.votes.all()), None),
    }


def _add_error(form: BaseForm, error: ValidationError) -> None:
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for name, errors in error.error_dict.items():
        form.add_error(name if name in form.fields else None, errors)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _list_crumb() -> tuple[str, str]:
    return _("Owners' votes"), reverse("votes_staff:list")


def _ballot_crumb(ballot: Ballot) -> tuple[str, str]:
    return ballot.title, reverse("votes_staff:detail", args=[ballot.pk])


def _page(
    request: HttpRequest,
    template: str,
    title: str,
    crumbs: list[tuple[str, str]],
    context: dict[str, Any],
    *,
    private: bool = False,
    status: int = 200,
) -> HttpResponse:
    """A staff screen with its title and the way back."""
    trail = [(_("Home"), reverse("wagtailadmin_home")), *crumbs, (title, "")]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    response = render(
        request, f"votes/staff/{template}.html", {**furniture, **context}, status=status
    )
    if private:
        response.headers["Cache-Control"] = "no-store"
    return response
