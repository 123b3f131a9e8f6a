from django.urls import path

from feedback.complaints import views

app_name = "complaints"
urlpatterns = [
    path("new/", views.file, name="file"),
    path("photo/", views.photo_add, name="photo_add"),
    path("track/", views.track, name="track"),
    path("track/answer/", views.confirm, name="confirm"),
]
