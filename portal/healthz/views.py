from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from portal.healthz.probes import health


@never_cache
@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """200 where database, broker and worker answer, 503 otherwise, and which of them does not."""
    found = health(timezone.now())
    words = {True: "ok", False: "failing"}
    seen_at = found.worker_seen_at
    answer = {
        "status": words[found.is_well],
        "database": words[found.database],
        "broker": words[found.broker],
        "worker": words[found.worker],
        "worker_seen_at": seen_at.isoformat() if seen_at else None,
        "demonstration": settings.DEMONSTRATION,
    }
    return JsonResponse(answer, status=200 if found.is_well else 503)
