from django.conf import settings
from django.conf.urls.i18n import i18n_patterns
from django.urls import URLPattern, URLResolver, include, path
from django.views.static import serve
from wagtail import urls as wagtail_urls
from wagtail.admin import urls as wagtailadmin_urls
from wagtail.documents import urls as wagtaildocs_urls

from feedback.api import api
from portal.intake.urls import translated as intake_pages

# Where no web server or storage serves them. Documents and what residents sent lie elsewhere in the
# same folder and are asked for through views that know who may see them.
pictures = [
    path(
        f"{settings.MEDIA_URL.strip('/')}/images/<path:path>",
        serve,
        {"document_root": f"{settings.MEDIA_ROOT}/images"},
    )
]

urlpatterns: list[URLPattern | URLResolver] = [
    # First, as it is where residents send what they answer and report.
    *i18n_patterns(path("", include("feedback.urls")), prefix_default_language=False),
    path("", include("portal.accounts.urls")),
    path("", include("portal.healthz.urls")),
    path("", include("portal.intake.urls")),
    path("api/v1/", api.urls),
    path("staff/", include(wagtailadmin_urls)),
    path("documents/", include(wagtaildocs_urls)),
    *(pictures if settings.SERVE_MEDIA else []),
    *i18n_patterns(
        path("accounts/", include("allauth.urls")),
        *intake_pages,
        path("", include("portal.messages.urls")),
        path("", include("portal.pages.urls")),
        path("", include("notices.urls")),
        path("", include(wagtail_urls)),
        prefix_default_language=False,
    ),
]
