from django.urls import path, re_path

from feedback.surveys import help_views, public_views, views

app_name = "surveys"
urlpatterns = [
    path("receipt/", views.receipt, name="receipt"),
    path("help/<slug:code>/", help_views.ask, name="help"),
    path("<slug:slug>/sealed/", views.sealed, name="sealed"),
    path("<slug:slug>/sealed/leaves.csv", views.leaves, name="leaves"),
    re_path(
        r"^(?P<slug>[-\w]+)/sealed/leaves/(?P<part>[0-9a-f]{2})\.csv$",
        views.leaves_part,
        name="leaves_part",
    ),
    path("<slug:slug>/results/", public_views.results, name="results"),
    path("<slug:slug>/<slug:code>/", views.answer, name="answer"),
]
