"""Staff screens of the renovation record, mounted under /staff/projects/."""

from django.urls import path

from portal.projects import views

app_name = "projects"

urlpatterns = [
    path("", views.project_list, name="list"),
    path("new/", views.project_new, name="new"),
    path("<int:pk>/", views.project_detail, name="detail"),
    path("<int:pk>/edit/", views.project_edit, name="edit"),
    path("<int:pk>/receipts/", views.receipts, name="receipts"),
    path("<int:pk>/payments/", views.payments, name="payments"),
    path("<int:pk>/receipts/<int:entry>/remove/", views.receipt_remove, name="receipt_remove"),
    path("<int:pk>/payments/<int:entry>/remove/", views.payment_remove, name="payment_remove"),
    path("communities/<int:pk>/", views.community_edit, name="community"),
    path("communities/<int:pk>/takeovers/", views.takeovers, name="takeovers"),
    path("takeovers/<int:pk>/end/", views.takeover_end, name="takeover_end"),
]
