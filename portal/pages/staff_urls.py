"""Under the staff screens; `wagtail_hooks` puts them there."""

from django.urls import path

from portal.pages import staff_views

app_name = "posters"
urlpatterns = [
    path("", staff_views.poster_places, name="places"),
    path("<slug:code>/", staff_views.poster_choose, name="choose"),
    path("<slug:code>/print/", staff_views.poster_print, name="print"),
]
