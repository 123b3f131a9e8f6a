"""Staff screens of objections: load, validate, one service, answer."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from notices.models import NoticePage, Objection
from notices.objection_forms import AnswerForm
from notices.objection_lists import ObjectionList, objections_visible_to
from notices.services import objection_answer, objection_contact_show, uptake_draft, uptake_of
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.common.keys import mask_phone
from portal.places.permissions import can, can_somewhere, places_visible, places_with

PER_PAGE = 50


def objection_list(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    if not can_somewhere(user, Action.OBJECTION_VIEW):
        raise PermissionDenied
    listing = ObjectionList(objections_visible_to(user), request.GET)
    page = Paginator(listing.rows(), PER_PAGE).get_page(request.GET.get("p"))
    notice = _notice_of(listing, user)
    context = {
        "tabs": listing.tabs(),
        "tab": listing.tab,
        "place": listing.place,
        "places": listing.places(),
        "notices": listing.notices(),
        "notice": notice,
        "page_obj": page,
        **(_uptake_context(notice, user) if notice else {}),
    }
    return _page(request, "objections", _("Objections"), [], context)


def objection_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection; POST gives or changes its answer."""
    user, objection = _user(request), _visible(request, pk)
    form = AnswerForm(request.POST or None, initial=_answer_of(objection))
    if request.method == "POST" and form.is_valid():
        try:
            objection_answer(
                objection=objection, user=user, now=timezone.now(), **form.cleaned_data
            )
        except ValidationError as error:
            _add_error(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('objections')}?notice={objection.notice_id}&tab=open")
    if request.method == "POST" and not can(user, Action.OBJECTION_ANSWER, objection.notice.place):
        raise PermissionDenied
    return _detail(request, objection, form)


@require_POST
def objection_contact(request: HttpRequest, pk: int) -> HttpResponse:
    """The phone number in full, once, on this answer only; the look is in the log."""
    objection = _visible(request, pk)
    shown = objection_contact_show(objection=objection, user=_user(request), now=timezone.now())
    form = AnswerForm(initial=_answer_of(objection))
    response = _detail(request, objection, form, shown_contact=shown)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_POST
def objection_uptake(request: HttpRequest, pk: int) -> HttpResponse:
    """Draft the uptake notice about the notice `pk`, and open it in the editor."""
    user = _user(request)
    notice = _visible_notice(user, pk)
    try:
        draft = uptake_draft(notice=notice, user=user, now=timezone.now())
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
        return redirect(f"{reverse('objections')}?notice={notice.pk}")
    messages.success(request, _("The uptake notice is drafted. Check it, then publish it."))
    return redirect(reverse("wagtailadmin_pages:edit", args=[draft.pk]))


def _detail(
    request: HttpRequest, objection: Objection, form: AnswerForm, *, shown_contact: str = ""
) -> HttpResponse:
    user = _user(request)
    answers = can(user, Action.OBJECTION_ANSWER, objection.notice.place)
    uptake = uptake_of(objection.notice)
    if not form.offer_names_check():
        del form.fields["names_checked"]
    context = {
        "objection": objection,
        "notice": objection.notice,
        "form": form if answers and (uptake is None or not objection.disposition) else None,
        "answers": answers,
        "uptake": uptake,
        "masked": mask_phone(objection.contact),
        "shown_contact": shown_contact,
        "events": objection.events.for_staff(),
    }
    crumb = (_("Objections"), reverse("objections"))
    title = _("Objection of %(day)s") % {
        "day": timezone.localtime(objection.filed_at).strftime("%Y-%m-%d %H:%M")
    }
    response = _page(request, "objection", title, [crumb], context)
    response.status_code = 422 if form.errors else 200
    return response


def _answer_of(objection: Objection) -> dict[str, str]:
    return {
        "disposition": objection.disposition,
        "summary": objection.summary,
        "reason": objection.reason,
    }


def _notice_of(listing: ObjectionList, user: User) -> NoticePage | None:
    if listing.notice_id is None:
        return None
    return _visible_notice(user, listing.notice_id)


def _visible_notice(user: User, pk: int) -> NoticePage:
    """Raises Http404 outside the places of `user`, PermissionDenied without the right inside."""
    notices = NoticePage.objects.select_related("place", "notice_type")
    notice: NoticePage | None = notices.filter(
        pk=pk, place__in=places_visible(user).order_by().values("pk")
    ).first()
    if notice is None:
        raise Http404
    if not can(user, Action.OBJECTION_VIEW, notice.place):
        raise PermissionDenied
    return notice


def _uptake_context(notice: NoticePage, user: User) -> dict[str, Any]:
    counts = notice.objections.by_disposition()
    is_plan = notice.is_draft_plan
    uptake = uptake_of(notice) if is_plan else None
    return {
        "received": sum(counts.values()),
        "waiting": counts.get("", 0),
        "uptake": uptake,
        "can_draft": is_plan and uptake is None and can(user, Action.PAGE_EDIT, notice.place),
    }


def _visible(request: HttpRequest, pk: int) -> Objection:
    user = _user(request)
    found = Objection.objects.for_list().filter(
        notice__place__in=places_visible(user).order_by().values("pk")
    )
    objection = get_object_or_404(found, pk=pk)
    if not places_with(user, Action.OBJECTION_VIEW).filter(pk=objection.notice.place_id).exists():
        raise PermissionDenied
    return objection


def _add_error(form: AnswerForm, error: ValidationError) -> None:
    """At its field where the form has one, above the form otherwise."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, problems in error.error_dict.items():
        form.add_error(field if field in form.fields else None, problems)


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _page(
    request: HttpRequest,
    template: str,
    title: str,
    crumbs: list[tuple[str, str]],
    context: dict[str, Any],
) -> HttpResponse:
    trail = [(_("Home"), reverse("wagtailadmin_home")), *crumbs, (title, "")]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    return render(request, f"notices/staff/{template}.html", {**furniture, **context})
