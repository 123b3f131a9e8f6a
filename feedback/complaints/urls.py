from django.urls import path

from feedback.complaints import tracking_views, views

app_name = "complaints"
urlpatterns = [
    path("new/", views.file, name="file"),
    path("similar/", views.similar, name="similar"),
    path("join/", views.join, name="join"),
    path("photo/", views.photo_add, name="photo_add"),
    path("track/", tracking_views.track, name="track"),
    path("track/answer/", tracking_views.confirm, name="confirm"),
    path("track/add/", tracking_views.add, name="add"),
    path("track/withdraw/", tracking_views.withdraw, name="withdraw"),
    path("track/mail/", tracking_views.mail, name="mail"),
    path("track/link/", tracking_views.link, name="link"),
    path("link/", tracking_views.linked, name="linked"),
]
