from django.urls import include, path, re_path

from notices import objection_views, views

app_name = "notices"
urlpatterns = [
    path("objections/", objection_views.objection_lookup, name="objection_lookup"),
    path("objections/<int:pk>/", objection_views.objection_new, name="objection_new"),
    path("", include("notices.feed_urls")),
    path("notices/", views.notice_list, name="list"),
    path("notices/<slug:code>/", views.place_list, name="place"),
    # Addresses of notices end in type and day (NoticePage); any other is left to Wagtail.
    re_path(r"^(?P<path>(?:[\w-]+/)+[\w-]+-\d{8}(?:-\d+)?/)$", views.notice_page, name="page"),
    path("notices/<slug:code>/withdrawn/", views.withdrawn_list, name="withdrawn"),
]
