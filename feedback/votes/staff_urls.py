"""Mounted under /staff/votes/."""

from django.urls import path

from feedback.votes import staff_views as views

app_name = "votes_staff"
urlpatterns = [
    path("", views.ballot_list, name="list"),
    path("new/", views.ballot_new, name="new"),
    path("<int:pk>/", views.ballot_detail, name="detail"),
    path("<int:pk>/edit/", views.ballot_edit, name="edit"),
    path("<int:pk>/voters/", views.voters, name="voters"),
    path("<int:pk>/voters/<int:number>/", views.voter, name="voter"),
    path("<int:pk>/papers/", views.papers, name="papers"),
    path("<int:pk>/certificate/", views.certificate, name="certificate"),
    path("<int:pk>/<slug:step>/", views.step, name="step"),
]
