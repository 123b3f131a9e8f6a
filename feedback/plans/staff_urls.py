"""Mounted under /staff/actions/."""

from django.urls import path

from feedback.plans import staff_views as views

app_name = "plans_staff"
urlpatterns = [
    path("", views.action_list, name="list"),
    path("new/", views.action_new, name="new"),
    path("notice/", views.notice, name="notice"),
    path("<int:pk>/", views.action_detail, name="detail"),
    path("<int:pk>/plan/", views.action_plan, name="plan"),
    path("<int:pk>/photo.jpg", views.photo, name="photo"),
    path("<int:pk>/<slug:step>/", views.step, name="step"),
]
