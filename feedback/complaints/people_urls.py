from django.urls import path

from feedback.complaints import people_views as views

app_name = "complaints_people"
urlpatterns = [
    path("", views.people, name="people"),
    path("absences/", views.absence_add, name="absence_add"),
    path("absences/<int:pk>/remove/", views.absence_remove, name="absence_remove"),
    path("move/", views.move, name="move"),
    path("callbacks/", views.callbacks, name="callbacks"),
]
