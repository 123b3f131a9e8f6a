from django.urls import path

from feedback.complaints import board_views, tracking_views, views

app_name = "complaints"
urlpatterns = [
    path("board/", board_views.board_start, name="board_start"),
    path("board/<slug:code>/", board_views.board, name="board"),
    path("board/<slug:code>/cases/", board_views.cases, name="published"),
    path("board/<slug:code>/we-did/", board_views.we_did, name="we_did"),
    path("board/<slug:code>/supervision/", board_views.supervision, name="supervision"),
    path("pictures/<slug:token>/<slug:which>.jpg", board_views.case_photo, name="case_photo"),
    path("pictures/done/<slug:token>/photo.jpg", board_views.we_did_photo, name="we_did_photo"),
    path("pictures/visit/<slug:token>/photo.jpg", board_views.visit_photo, name="visit_photo"),
    path("track/publish/", tracking_views.consent, name="consent"),
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
