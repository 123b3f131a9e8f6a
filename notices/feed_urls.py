from django.urls import path

from notices import feeds

urlpatterns = [
    path("feeds/notices.atom", feeds.atom, name="atom"),
    path("feeds/notices.ics", feeds.calendar, name="calendar"),
    path("feeds/<slug:code>/notices.atom", feeds.atom, name="place_atom"),
    path("feeds/<slug:code>/notices.ics", feeds.calendar, name="place_calendar"),
]
