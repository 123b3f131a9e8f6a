from django.urls import path

from notices import objection_views, views

app_name = "notices"
urlpatterns = [
    path("objections/", objection_views.objection_lookup, name="objection_lookup"),
    path("objections/<int:pk>/", objection_views.objection_new, name="objection_new"),
    path("notices/", views.notice_list, name="list"),
    path("notices/<slug:code>/", views.place_list, name="place"),
]
