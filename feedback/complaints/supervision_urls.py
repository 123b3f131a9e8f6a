from django.urls import path

from feedback.complaints import supervision_views as views

app_name = "complaints_supervision"
urlpatterns = [
    path("", views.log, name="log"),
    path("supervisors/new/", views.supervisor_add, name="supervisor_add"),
    path("supervisors/<int:pk>/", views.supervisor_edit, name="supervisor_edit"),
    path("visits/new/", views.visit_add, name="visit_add"),
    path("visits/<int:pk>/", views.visit, name="visit"),
    path("findings/<int:pk>/file/", views.finding_file, name="finding_file"),
]
