"""Mounted under /staff/surveys/."""

from django.urls import path

from feedback.surveys import (
    authoring_views,
    help_views,
    microdata_views,
    paper_views,
    photo_views,
    print_views,
    quality_views,
    reach_views,
    staff_views,
    text_views,
    wave_views,
)

app_name = "surveys_staff"
urlpatterns = [
    path("", staff_views.survey_list, name="list"),
    path("help/", help_views.help_list, name="help"),
    path("new/", authoring_views.start, name="start"),
    path("new/xlsform/", authoring_views.import_xlsform, name="import"),
    path("<int:pk>/xlsform/", authoring_views.export_xlsform, name="export"),
    path("<int:pk>/try/", authoring_views.try_out, name="try"),
    path("<int:pk>/", staff_views.survey_detail, name="detail"),
    path("<int:pk>/enter/", staff_views.entry, name="entry"),
    path("<int:pk>/paper/", paper_views.batches, name="batches"),
    path("<int:pk>/paper/<int:number>/", paper_views.batch, name="batch"),
    path("<int:pk>/scans/<int:number>/", staff_views.scan, name="scan"),
    path("<int:pk>/flags/", quality_views.flags, name="flags"),
    path("<int:pk>/texts/", text_views.texts, name="texts"),
    path("<int:pk>/photos/", photo_views.photos, name="photos"),
    path("<int:pk>/photos/<int:number>/<str:key>/", photo_views.photo, name="photo"),
    path("<int:pk>/answers/", microdata_views.export, name="microdata"),
    path("<int:pk>/results/", staff_views.survey_results, name="results"),
    path("<int:pk>/wave/<slug:step>/", wave_views.step, name="wave"),
    path("<int:pk>/communities/<slug:code>/", staff_views.community, name="community"),
    path("<int:pk>/communities/<slug:code>/round/", reach_views.worklist, name="worklist"),
    path("<int:pk>/communities/<slug:code>/interview/", reach_views.interview, name="interview"),
    path("<int:pk>/communities/<slug:code>/stairwell/", reach_views.stairwell, name="stairwell"),
    path("<int:pk>/communities/<slug:code>/form/", print_views.paper, name="paper"),
]
