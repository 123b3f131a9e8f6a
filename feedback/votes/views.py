"""What owners see of a vote. The vote itself is named, and its page says so first."""

from datetime import datetime

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_safe

from feedback.votes import services
from feedback.votes.counting import result_of
from feedback.votes.forms import ReceiptForm, VoteForm
from feedback.votes.models import Ballot, BallotEvent, Vote
from feedback.votes.result_table import quorum_rows, result_tables, state_shown
from feedback.votes.services.votes import NotOwner
from feedback.votes.states import Choice, State
from portal.intake.limits import client_scope, failure_add, home_scope, is_blocked, place_scope
from portal.intake.origin import resident_form
from portal.intake.receipts import receipt_hash
from portal.intake.review import ReviewRow, mark_stored, review_response, submitted_key
from portal.places.codes import CodeError, household_find
from portal.places.models import Place

PER_PAGE = 20
#: Shared with every other form that asks for a household code.
CODE_FAILURES = "code"
#: Whoever holds a letter must not find the owner's name by trying.
NAME_FAILURES = "vote-name"
RECEIPT_FAILURES = "vote-receipt"


@require_safe
def ballot_list(request: HttpRequest) -> HttpResponse:
    """All votes that were announced, of one place where the address names it."""
    ballots = Ballot.objects.public().newest_first()
    place = Place.objects.filter(code=request.GET.get("place", "")).first()
    if place is not None:
        ballots = ballots.filter(place__path__startswith=place.path)
    page = Paginator(ballots, PER_PAGE).get_page(request.GET.get("page"))
    now = timezone.now()
    rows = [(ballot, state_shown(ballot, now)) for ballot in page]
    return render(request, "votes/list.html", {"page_obj": page, "rows": rows, "place": place})


@require_safe
def ballot(request: HttpRequest, pk: int) -> HttpResponse:
    found = _public_or_404(pk)
    now = timezone.now()
    context = {
        "ballot": found,
        "place": found.place,
        "state": state_shown(found, now),
        "takes_votes": found.is_online and found.takes_votes(now),
        **_figures(found),
    }
    response = render(request, "votes/ballot.html", context)
    if found.state == State.ANNOUNCED:
        # The quorum is live: not to be kept with the other public pages.
        response.headers["Cache-Control"] = "no-cache"
    return response


@sensitive_post_parameters()
@resident_form
@require_http_methods(["GET", "HEAD", "POST"])
def vote(request: HttpRequest, pk: int) -> HttpResponse:
    """Cast a vote online: written, read again, confirmed."""
    found, now = _public_or_404(pk), timezone.now()
    if not found.is_online or not found.takes_votes(now):
        return render(request, "votes/closed.html", {"ballot": found, "place": found.place})
    if request.method != "POST":
        return _form(request, found, VoteForm())
    form = VoteForm(request.POST)
    key = submitted_key(request)
    if not form.is_valid():
        return _form(request, found, form, status=422)
    if key is None and "intake_edit" not in request.POST:
        choice = Choice(form.cleaned_data["choice"])
        rows = [
            ReviewRow(_("What is decided"), found.title),
            ReviewRow(_("Name of the owner"), form.cleaned_data["name"]),
            ReviewRow(_("Your vote"), str(choice.label)),
        ]
        if form.cleaned_data["proxy"]:
            label = _("Who votes on a written proxy of the owner")
            rows.append(ReviewRow(label, form.cleaned_data["proxy"]))
        return review_response(request, title=found.title, rows=rows)
    if key is None:
        return _form(request, found, form)
    return _commit(request, found, form, key, now)


def _commit(
    request: HttpRequest, found: Ballot, form: VoteForm, key: str, now: datetime
) -> HttpResponse:
    scopes = (client_scope(request), place_scope(found.place.code))
    if is_blocked(CODE_FAILURES, *scopes):
        form.add_error("code", _("Too many wrong codes from here. Please try again in an hour."))
        return _form(request, found, form, status=429)
    data = form.cleaned_data
    try:
        household = household_find(data["code"], timezone.localdate(now))
        home = home_scope(f"{found.pk}:{household.pk}")
        if is_blocked(NAME_FAILURES, home):
            form.add_error("name", _too_many_names())
            return _form(request, found, form, status=429)
        cast = services.vote_cast(
            ballot=found,
            household=household,
            name=data["name"],
            choice=Choice(data["choice"]),
            proxy=data["proxy"],
            key=key,
            now=now,
        )
    except CodeError as error:
        failure_add(CODE_FAILURES, *scopes)
        form.add_error("code", error)
        return _form(request, found, form, status=422)
    except NotOwner as error:
        failure_add(CODE_FAILURES, *scopes)
        failure_add(NAME_FAILURES, home)
        form.add_error("name", error)
        return _form(request, found, form, status=422)
    except ValidationError as error:
        form.add_error(None, error)
        return _form(request, found, form, status=422)
    context = {"ballot": found, "place": found.place, "cast": cast}
    return mark_stored(render(request, "votes/done.html", context))


def _too_many_names() -> str:
    return _(
        "The name for this home was wrong too often. Online voting for it is closed until "
        "tomorrow; please vote on paper or ask the committee."
    )


@sensitive_post_parameters()
@resident_form
@require_http_methods(["GET", "HEAD", "POST"])
def receipt(request: HttpRequest) -> HttpResponse:
    """Whether a vote is recorded, by its receipt. What was voted is never shown here."""
    form, scope = ReceiptForm(request.POST or None), client_scope(request)
    if request.method != "POST" or not form.is_valid():
        return render(request, "votes/receipt.html", {"form": form})
    if is_blocked(RECEIPT_FAILURES, scope):
        form.add_error("receipt", _("Too many tries from here. Please try again in an hour."))
        return render(request, "votes/receipt.html", {"form": form}, status=429)
    hashed = receipt_hash(form.cleaned_data["receipt"])
    votes = Vote.objects.select_related("voter__ballot__place")
    found = votes.filter(receipt_hash=hashed).first()
    if found is None:
        failure_add(RECEIPT_FAILURES, scope)
        form.add_error("receipt", _("No vote is recorded under this receipt number."))
        return render(request, "votes/receipt.html", {"form": form}, status=422)
    return render(request, "votes/receipt.html", {"form": form, "found": found})


def _public_or_404(pk: int) -> Ballot:
    ballots = Ballot.objects.public().select_related("place", "notice", "result_notice")
    return get_object_or_404(ballots, pk=pk)


def _figures(ballot: Ballot) -> dict[str, object]:
    """The result of a counted vote; of an open one only how many have taken part."""
    if ballot.state == State.CANCELLED:
        event = ballot.events.filter(kind=BallotEvent.Kind.CANCELLED).first()
        return {"reason": event.text if event else ""}
    if (found := result_of(ballot)) is not None:
        return result_tables(*found)
    return {"quorum": quorum_rows(ballot)}


def _form(
    request: HttpRequest, ballot: Ballot, form: VoteForm, *, status: int = 200
) -> HttpResponse:
    context = {"ballot": ballot, "place": ballot.place, "form": form}
    return render(request, "votes/vote.html", context, status=status)
