from django.urls import path

from portal.messages import staff_views

app_name = "outbox_staff"
urlpatterns = [
    path("deliveries/retry/", staff_views.retry_all, name="retry_all"),
    path("deliveries/<int:delivery_id>/retry/", staff_views.retry, name="retry"),
    path("alert-channels/<int:channel_id>/test/", staff_views.test, name="test"),
]
