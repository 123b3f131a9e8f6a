from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from portal.intake.worker import worker_script


@require_safe
def service_worker(request: HttpRequest) -> HttpResponse:
    """At the root, so that it may keep forms of every path; asked for anew each time."""
    return HttpResponse(
        worker_script(),
        content_type="text/javascript; charset=utf-8",
        headers={"Cache-Control": "no-cache", "Service-Worker-Allowed": "/"},
    )


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """What the service worker shows where a page can't be reached and none is kept."""
    return render(request, "intake/offline.html")
