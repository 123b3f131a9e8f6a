"""Staff screens for what the public reads: cases, photos, “you said, we did”."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST
from wagtail.admin import messages

from feedback.complaints import permissions, services
from feedback.complaints.models import Complaint, ComplaintPhoto, PublishedCase, WeDid
from feedback.complaints.publishing_forms import BoxFormSet, PublishForm, RemoveForm, WeDidForm
from feedback.complaints.staff_page import Crumbs, add_errors, staff_page
from feedback.complaints.states import State
from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.models import PlaceQuerySet
from portal.places.permissions import places_with

PER_PAGE = 30


def case_list(request: HttpRequest) -> HttpResponse:
    """Closed cases that may be published, those that are, and those that were."""
    tab = request.GET.get("tab", "ready")
    groups = _groups(_editor(request))
    tab = tab if tab in groups else "ready"
    rows = groups[tab].select_related("category", "community", "published_case")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("p"))
    tabs = [
        {"text": text, "url": f"?tab={name}", "count": groups[name].count(), "current": name == tab}
        for name, text in (
            ("ready", pgettext("published cases", "May be published")),
            ("public", pgettext("published cases", "Public")),
            ("down", pgettext("published cases", "Taken down")),
        )
    ]
    context = {"page_obj": page, "tabs": tabs, "tab": tab}
    return staff_page(request, "case_list", _("Published cases"), context)


def _groups(user: User) -> dict[str, QuerySet[Complaint]]:
    seen = permissions.complaints_visible_to(user).filter(
        community__in=_places(user).order_by().values("pk"), category__is_restricted=False
    )
    ready = seen.filter(may_publish=True, state=State.CLOSED).exclude(
        published_case__isnull=False, published_case__removed_at=None
    )
    published = seen.filter(published_case__isnull=False)
    return {
        "ready": ready.order_by("-resolved_at", "-pk"),
        "public": published.filter(published_case__removed_at=None).order_by(
            "-published_case__published_at", "-pk"
        ),
        "down": published.filter(published_case__removed_at__isnull=False).order_by(
            "-published_case__removed_at", "-pk"
        ),
    }


def case_edit(request: HttpRequest, number: str) -> HttpResponse:
    """Decide on every finding, look at the result, publish."""
    complaint = _case(request, number)
    case = PublishedCase.objects.public().for_list().filter(complaint=complaint).first()
    if case is not None:
        return _case_public(request, case)
    form = PublishForm(request.POST or None, complaint=complaint)
    preview: tuple[str, str] | None = None
    if request.method == "POST" and form.is_valid():
        try:
            if "publish" in request.POST:
                services.case_publish(
                    complaint=complaint,
                    by=_editor(request),
                    screened=form.screened(),
                    before=form.cleaned_data["before"],
                    after=form.cleaned_data["after"],
                    now=timezone.now(),
                )
                messages.success(request, _("Published."))
                return redirect("complaints_publishing:case", complaint.number)
            preview = services.case_masked(complaint, form.screened())
        except ValidationError as error:
            add_errors(form, error)
    context = {
        "complaint": complaint,
        "form": form,
        "reported": form.pieces("reported"),
        "done": form.pieces("done"),
        "preview": preview,
        "photos": list(complaint.photos.order_by("added_at", "pk")),
    }
    status = 422 if form.errors else 200
    return staff_page(
        request, "case_publish", complaint.number, context, crumbs=_crumbs(), status=status
    )


def _case_public(
    request: HttpRequest, case: PublishedCase, form: RemoveForm | None = None
) -> HttpResponse:
    context = {"case": case, "complaint": case.complaint, "form": form or RemoveForm()}
    status = 422 if form and form.errors else 200
    title = case.complaint.number
    return staff_page(request, "case_public", title, context, crumbs=_crumbs(), status=status)


@require_POST
def case_remove(request: HttpRequest, number: str) -> HttpResponse:
    complaint = _case(request, number)
    case = get_object_or_404(PublishedCase.objects.public().for_list(), complaint=complaint)
    form = RemoveForm(request.POST)
    if not form.is_valid():
        return _case_public(request, case, form)
    reason = form.cleaned_data["reason"]
    services.case_remove(case=case, by=_editor(request), reason=reason, now=timezone.now())
    messages.success(request, _("Taken down."))
    return redirect("complaints_publishing:cases")


def photo_hide(request: HttpRequest, number: str, pk: int) -> HttpResponse:
    """Draw boxes over a photo; without script, by numbers."""
    user = cast(User, request.user)
    visible = permissions.complaints_visible_to(user).select_related("community", "category")
    complaint = get_object_or_404(visible, number=number)
    if not permissions.may_handle(user, complaint):
        raise PermissionDenied
    photo = get_object_or_404(ComplaintPhoto, complaint=complaint, pk=pk)
    forms = BoxFormSet(request.POST or None)
    errors: list[str] = []
    if request.method == "POST" and forms.is_valid():
        boxes = [form.box for form in forms if form.box is not None]
        try:
            services.photo_hide(photo=photo, by=user, boxes=boxes, now=timezone.now())
        except ValidationError as error:
            errors = list(error.messages)
        else:
            messages.success(
                request,
                _("Saved. What was covered is gone for good.")
                if boxes
                else _("Saved. The photo counts as looked over."),
            )
            publishing = request.GET.get("then") == "publish"
            return redirect(
                "complaints_publishing:case" if publishing else "complaints_staff:detail",
                complaint.number,
            )
    context = {"complaint": complaint, "photo": photo, "forms": forms, "errors": errors}
    crumbs = (
        (_("Complaints"), reverse("complaints_staff:list")),
        (complaint.number, reverse("complaints_staff:detail", args=[complaint.number])),
    )
    status = 422 if errors or forms.total_error_count() else 200
    return staff_page(
        request, "photo_hide", _("Hide parts of a photo"), context, crumbs=crumbs, status=status
    )


def we_did_list(request: HttpRequest) -> HttpResponse:
    places = _places(_editor(request)).order_by().values("pk")
    rows = WeDid.objects.filter(community__in=places, removed_at=None).for_list()
    page = Paginator(rows.order_by("-done_date", "-pk"), PER_PAGE).get_page(request.GET.get("p"))
    return staff_page(request, "we_did_list", _("You said, we did"), {"page_obj": page})


def we_did_add(request: HttpRequest) -> HttpResponse:
    return _we_did(request, None)


def we_did_edit(request: HttpRequest, pk: int) -> HttpResponse:
    return _we_did(request, _entry(request, pk))


def _we_did(request: HttpRequest, entry: WeDid | None) -> HttpResponse:
    user = _editor(request)
    form = WeDidForm(
        request.POST or None,
        request.FILES or None,
        instance=entry,
        places=_places(user),
        community=entry.community if entry else None,
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.we_did_save(by=user, now=timezone.now(), entry=entry, **form.arguments())
        except ValidationError as error:
            add_errors(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("complaints_publishing:we_did")
    crumbs = ((_("You said, we did"), reverse("complaints_publishing:we_did")),)
    title = _("Change") if entry else _("Enter what was done")
    status = 422 if form.errors else 200
    context: dict[str, Any] = {"form": form, "entry": entry}
    return staff_page(request, "we_did_form", title, context, crumbs=crumbs, status=status)


@require_POST
def we_did_remove(request: HttpRequest, pk: int) -> HttpResponse:
    services.we_did_remove(entry=_entry(request, pk), by=_editor(request), now=timezone.now())
    messages.success(request, _("Taken down."))
    return redirect("complaints_publishing:we_did")


def _entry(request: HttpRequest, pk: int) -> WeDid:
    places = _places(_editor(request)).order_by().values("pk")
    rows = WeDid.objects.filter(community__in=places, removed_at=None)
    return get_object_or_404(rows.select_related("community"), pk=pk)


def _case(request: HttpRequest, number: str) -> Complaint:
    groups = _groups(_editor(request)).values()
    keys = [rows.filter(number=number).values_list("pk", flat=True).first() for rows in groups]
    rows = Complaint.objects.select_related("community", "category", "building")
    return get_object_or_404(rows, pk__in=[key for key in keys if key])


def _editor(request: HttpRequest) -> User:
    user = cast(User, request.user)
    if not permissions.may_edit_board(user):
        raise PermissionDenied
    return user


def _places(user: User) -> PlaceQuerySet:
    """The communities that `user` publishes for."""
    return places_with(user, Action.BOARD_EDIT).communities().order_by("path")


def _crumbs() -> Crumbs:
    return ((_("Published cases"), reverse("complaints_publishing:cases")),)
