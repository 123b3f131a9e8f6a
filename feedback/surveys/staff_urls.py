"""Mounted under /staff/surveys/."""

from django.urls import path

from feedback.surveys import paper_views, staff_views

app_name = "surveys_staff"
urlpatterns = [
    path("", staff_views.survey_list, name="list"),
    path("<int:pk>/", staff_views.survey_detail, name="detail"),
    path("<int:pk>/enter/", staff_views.entry, name="entry"),
    path("<int:pk>/paper/", paper_views.batches, name="batches"),
    path("<int:pk>/paper/<int:number>/", paper_views.batch, name="batch"),
    path("<int:pk>/results/", staff_views.survey_results, name="results"),
    path("<int:pk>/communities/<slug:code>/", staff_views.community, name="community"),
]
