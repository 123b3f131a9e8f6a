from django.urls import path

from portal.messages import views

app_name = "outbox"
urlpatterns = [
    path("subscribe/<slug:code>/", views.subscribe, name="subscribe"),
    path("subscribe/confirm/<str:token>/", views.confirm, name="confirm"),
    path("subscribe/stop/<str:token>/", views.stop, name="stop"),
]
