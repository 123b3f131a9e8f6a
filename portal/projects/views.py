"""Staff screens of the renovation record: load, validate, one service, answer."""

from collections.abc import Callable
from typing import Any, TypeVar, cast

from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from wagtail.admin import messages

from portal.accounts.models import User
from portal.accounts.roles import Action
from portal.places.guard import get_visible_or_404
from portal.places.permissions import can, can_somewhere, places_with
from portal.projects import forms, queries, services
from portal.projects.models import (
    FundReceipt,
    Payment,
    ProjectCommunity,
    PropertyTakeover,
    RenovationProject,
)
from portal.projects.permissions import project_or_404, projects_visible

PER_PAGE = 50
Crumb = tuple[str, str]
T = TypeVar("T")


def project_list(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    projects = projects_visible(user).for_list()
    page = Paginator(projects, PER_PAGE).get_page(request.GET.get("p"))
    today = timezone.localdate()
    context = {
        "page_obj": page,
        "rows": [(project, project.stage(today)) for project in page],
        "can_add": can_somewhere(user, Action.PROJECT_EDIT),
        "today": today,
    }
    return _page(request, "list", _("Renovation projects"), [], context)


def project_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    project = project_or_404(user, Action.PROJECT_VIEW, pk)
    today = timezone.localdate()
    members = project.communities.select_related("community").order_by("community__code", "pk")
    context = {
        "project": project,
        "stage": project.stage(today),
        "funds": queries.funds([project], today),
        "acceptance_deadline": project.acceptance_deadline(queries.ACCEPTANCE_DAYS),
        "today": today,
        "members": queries.with_takeover(members, today),
        "can_edit": can(user, Action.PROJECT_EDIT, project.county),
    }
    return _page(request, "detail", project.name, [_projects_crumb()], context)


def project_new(request: HttpRequest) -> HttpResponse:
    user = _user(request)
    counties = places_with(user, Action.PROJECT_EDIT).counties().order_by("code", "pk")
    form = forms.NewProjectForm(request.POST or None, counties=counties)

    def save() -> RenovationProject:
        return services.project_create(
            actor=user,
            county=form.cleaned_data["county"],
            facts=form.facts(),
            today=timezone.localdate(),
        )

    if saved := _saved(request, form, save):
        return redirect("projects:detail", saved.pk)
    return _page(request, "form", _("New project"), [_projects_crumb()], {"form": form})


def project_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    project = project_or_404(user, Action.PROJECT_EDIT, pk)
    crumbs = [_projects_crumb(), _project_crumb(project)]
    form = forms.ProjectForm(request.POST or None, instance=project)

    def save() -> RenovationProject:
        return services.project_update(
            actor=user, project=project, facts=form.facts(), today=timezone.localdate()
        )

    if _saved(request, form, save) is not None:
        return redirect("projects:detail", pk)
    return _page(request, "form", _("Edit the project"), crumbs, {"form": form})


def receipts(request: HttpRequest, pk: int) -> HttpResponse:
    return _ledger(request, pk, FundReceipt, forms.ReceiptForm, services.receipt_add)


def payments(request: HttpRequest, pk: int) -> HttpResponse:
    return _ledger(request, pk, Payment, forms.PaymentForm, services.payment_add)


def receipt_remove(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    return _remove(request, pk, get_object_or_404(FundReceipt, pk=entry, project=pk), "receipts")


def payment_remove(request: HttpRequest, pk: int, entry: int) -> HttpResponse:
    return _remove(request, pk, get_object_or_404(Payment, pk=entry, project=pk), "payments")


def community_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    member = get_visible_or_404(
        ProjectCommunity.objects.select_related("community", "project"),
        user,
        Action.PROJECT_EDIT,
        place_lookup="community",
        pk=pk,
    )
    title, project = str(member.community), member.project
    form = forms.ProjectCommunityForm(request.POST or None, instance=member)

    def save() -> ProjectCommunity:
        return services.project_community_update(
            actor=user, member=member, facts=form.facts(), today=timezone.localdate()
        )

    if _saved(request, form, save) is not None:
        return redirect("projects:detail", project.pk)
    crumbs = [_projects_crumb(), _project_crumb(project)]
    return _page(request, "form", title, crumbs, {"form": form})


def takeovers(request: HttpRequest, pk: int) -> HttpResponse:
    """The takeovers of one community of a project, with a form for the next one."""
    user = _user(request)
    member = get_visible_or_404(
        ProjectCommunity.objects.select_related("community", "project"),
        user,
        Action.PROJECT_VIEW,
        place_lookup="community",
        pk=pk,
    )
    editor = can(user, Action.PROJECT_EDIT, member.community)
    form = forms.TakeoverForm(request.POST or None) if editor else None

    def save() -> PropertyTakeover:
        return services.takeover_start(
            actor=user,
            community=member.community,
            facts=cast(forms.TakeoverForm, form).facts(),
            today=timezone.localdate(),
        )

    if form is not None and _saved(request, form, save) is not None:
        return redirect("projects:takeovers", pk)
    rows = PropertyTakeover.objects.filter(community=member.community).order_by("-from_date", "-pk")
    crumbs = [_projects_crumb(), _project_crumb(member.project)]
    context = {"rows": rows, "form": form, "today": timezone.localdate()}
    return _page(request, "takeovers", str(member.community), crumbs, context)


def takeover_end(request: HttpRequest, pk: int) -> HttpResponse:
    user = _user(request)
    takeover = get_visible_or_404(
        PropertyTakeover.objects.select_related("community"),
        user,
        Action.PROJECT_EDIT,
        place_lookup="community",
        pk=pk,
    )
    form = forms.EndTakeoverForm(request.POST or None, initial={"to_date": takeover.to_date})

    def save() -> PropertyTakeover:
        return services.takeover_end(
            actor=user, takeover=takeover, to_date=form.cleaned_data["to_date"]
        )

    member = get_object_or_404(ProjectCommunity, community=takeover.community)
    back = reverse("projects:takeovers", args=[member.pk])
    if _saved(request, form, save) is not None:
        return redirect(back)
    crumbs = [_projects_crumb(), (str(takeover.community), back)]
    return _page(request, "form", _("End the takeover"), crumbs, {"form": form})


def _ledger(
    request: HttpRequest,
    pk: int,
    model: type[FundReceipt] | type[Payment],
    form_class: type[forms.FactsForm],
    add: Callable[..., FundReceipt | Payment],
) -> HttpResponse:
    user = _user(request)
    project = project_or_404(user, Action.PROJECT_VIEW, pk)
    editor = can(user, Action.PROJECT_EDIT, project.county)
    form = form_class(request.POST or None) if editor else None
    kind = "receipts" if model is FundReceipt else "payments"

    def save() -> FundReceipt | Payment:
        facts = cast(forms.FactsForm, form).facts()
        return add(actor=user, project=project, facts=facts, today=timezone.localdate())

    if form is not None and _saved(request, form, save) is not None:
        return redirect(f"projects:{kind}", pk)
    entries = model.objects.filter(project=project).for_list()
    page = Paginator(entries, PER_PAGE).get_page(request.GET.get("p"))
    context = {
        "page_obj": page,
        "form": form,
        "project": project,
        "remove": f"projects:{kind[:-1]}_remove",
    }
    title = _("Fund receipts") if model is FundReceipt else _("Payments")
    return _page(request, "ledger", title, [_projects_crumb(), _project_crumb(project)], context)


def _remove(request: HttpRequest, pk: int, entry: FundReceipt | Payment, kind: str) -> HttpResponse:
    user = _user(request)
    project = project_or_404(user, Action.PROJECT_EDIT, pk)
    form = forms.RemoveEntryForm(request.POST or None)

    def save() -> bool:
        reason = form.cleaned_data["reason"]
        services.ledger_entry_remove(actor=user, entry=entry, reason=reason)
        return True

    if _saved(request, form, save) is not None:
        return redirect(f"projects:{kind}", pk)
    crumbs = [_projects_crumb(), _project_crumb(project)]
    context = {"form": form, "entry": entry}
    return _page(request, "form", _("Remove the entry"), crumbs, context)


def _saved(request: HttpRequest, form: BaseForm, save: Callable[[], T]) -> T | None:
    """What `save` gave; None where there is nothing to save or the form now says why not."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        saved = save()
    except ValidationError as error:
        for field, problems in error.message_dict.items():
            form.add_error(field if field in form.fields else None, problems)
        return None
    messages.success(request, _("Saved."))
    return saved


def _user(request: HttpRequest) -> User:
    return cast(User, request.user)


def _projects_crumb() -> Crumb:
    return _("Renovation projects"), reverse("projects:list")


def _project_crumb(project: RenovationProject) -> Crumb:
    return project.name, reverse("projects:detail", args=[project.pk])


def _page(
    request: HttpRequest, template: str, title: str, crumbs: list[Crumb], context: dict[str, Any]
) -> HttpResponse:
    """A staff screen with its title and the way back."""
    trail = [(_("Home"), reverse("wagtailadmin_home")), *crumbs, (title, "")]
    items = [{"label": label, "url": url} for label, url in trail]
    furniture = {"header_title": title, "page_title": title, "breadcrumbs_items": items}
    return render(request, f"projects/{template}.html", {**furniture, **context})
