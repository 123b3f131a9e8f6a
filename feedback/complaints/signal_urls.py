from django.urls import path

from feedback.complaints import signal_views as views

app_name = "complaints_signals"
urlpatterns = [
    path("", views.signal_list, name="list"),
    path("<int:pk>/", views.signal, name="detail"),
    path("<int:pk>/judge/", views.signal_judge, name="judge"),
]
