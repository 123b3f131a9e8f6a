from django.urls import path

from feedback.surveys import help_views, views

app_name = "surveys"
urlpatterns = [
    path("receipt/", views.receipt, name="receipt"),
    path("help/<slug:code>/", help_views.ask, name="help"),
    path("<slug:slug>/sealed/", views.sealed, name="sealed"),
    path("<slug:slug>/sealed/leaves.csv", views.leaves, name="leaves"),
    path("<slug:slug>/<slug:code>/", views.answer, name="answer"),
]
