"""Public pages, mounted under /figures/. The staff screens are in staff_urls.py."""

from django.urls import path

from feedback.indicators.views import public

app_name = "indicators"
urlpatterns = [
    path("", public.overview, name="overview"),
    path("stated/", public.stated_figures, name="stated"),
    path("data/", public.open_data, name="data"),
    path("<str:code>/", public.place, name="place"),
    path("<str:code>/<str:indicator>/", public.indicator, name="indicator"),
]
