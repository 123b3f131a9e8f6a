"""The public API: what the pages show, for scripts. Described at /api/v1/openapi.json."""

from django.conf import settings

from feedback.indicators.api import (
    bundle_router,
    indicator_router,
    measurement_router,
    target_router,
)
from feedback.plans.api import router as action_router
from portal.common.api import AddressThrottle, OpenApi
from portal.places.api import router as place_router

api = OpenApi(
    title="Linli",
    version="1",
    description=(
        "Places, indicators, figures, targets and promises, as anyone may read them. Lists answer "
        "in JSON, or in CSV with `Accept: text/csv`. Every answer has an ETag."
    ),
    urls_namespace="api",
    # The viewer that comes with the library is loaded from elsewhere.
    docs_url=None,
    throttle=[AddressThrottle(settings.API_RATE)],
)
api.add_router("/places", place_router)
api.add_router("/indicators", indicator_router)
api.add_router("/measurements", measurement_router)
api.add_router("/targets", target_router)
api.add_router("/bundles", bundle_router)
api.add_router("/actions", action_router)
