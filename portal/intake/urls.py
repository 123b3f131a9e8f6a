from django.urls import path

from portal.intake import views

urlpatterns = [path("sw.js", views.service_worker, name="service_worker")]
translated = [path("offline/", views.offline, name="offline")]
