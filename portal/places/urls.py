"""Under the staff screens; `wagtail_hooks` puts them there."""

from django.urls import URLResolver, include, path

from portal.places import views

letters = [
    path("buildings/<int:pk>/", views.building_letters, name="building"),
    path("households/<int:pk>/", views.household_letter, name="household"),
    path("households/<int:pk>/reissue/", views.household_reissue, name="reissue"),
]
imports = [
    path("", views.import_list, name="list"),
    path("upload/", views.import_upload, name="upload"),
    path("template.csv", views.import_template, name="template"),
    path("<int:pk>/", views.import_detail, name="detail"),
    path("<int:pk>/confirm/", views.import_confirm, name="confirm"),
]
urlpatterns: list[URLResolver] = [
    path("letters/", include((letters, "places_letters"))),
    path("register-imports/", include((imports, "places_imports"))),
]
