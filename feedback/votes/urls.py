from django.urls import path

from feedback.votes import views

app_name = "votes"
urlpatterns = [
    path("", views.ballot_list, name="list"),
    path("<int:pk>/", views.ballot, name="ballot"),
    path("<int:pk>/vote/", views.vote, name="vote"),
    path("receipt/", views.receipt, name="receipt"),
]
