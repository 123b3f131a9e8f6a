from django.urls import path

from feedback.plans import views

app_name = "plans"
urlpatterns = [
    path("", views.action_list, name="list"),
    path("<int:pk>/", views.action, name="action"),
    path("<int:pk>/photo.jpg", views.photo, name="photo"),
    path("<int:pk>/done/", views.judge, name="judge"),
]
