from django.urls import path

from portal.healthz import views

app_name = "healthz"

urlpatterns = [path("healthz", views.healthz, name="healthz")]
