"""The checklist of a notice as it stands in the editor just now, saved or not."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_POST

from notices.editor_checks import checklist
from notices.models import NoticePage


@require_POST
def check(request: HttpRequest, page_id: int) -> HttpResponse:
    """Nothing is saved. What the form cannot read counts as not written."""
    live = get_object_or_404(NoticePage, pk=page_id)
    if not live.permissions_for_user(request.user).can_edit():  # type: ignore[arg-type]
        raise PermissionDenied
    page = live.get_latest_revision_as_object()
    form_class = NoticePage.get_edit_handler().get_form_class()
    form = form_class(
        request.POST, instance=page, parent_page=page.get_parent(), for_user=request.user
    )
    form.defer_required_fields()
    form.is_valid()
    return render(request, "notices/staff/missing.html", {"checklist": checklist(page, form)})
