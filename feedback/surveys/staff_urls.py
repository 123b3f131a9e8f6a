"""Mounted under /staff/surveys/."""

from django.urls import path

from feedback.surveys import staff_views

app_name = "surveys_staff"
urlpatterns = [
    path("", staff_views.survey_list, name="list"),
    path("<int:pk>/", staff_views.survey_detail, name="detail"),
    path("<int:pk>/enter/", staff_views.entry, name="entry"),
    path("<int:pk>/results/", staff_views.survey_results, name="results"),
    path("<int:pk>/communities/<slug:code>/", staff_views.community, name="community"),
]
