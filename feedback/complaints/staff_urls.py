from django.urls import path

from feedback.complaints import staff_views as views
from feedback.complaints.staff_bulk import bulk
from feedback.complaints.staff_joining import complaint_join
from feedback.complaints.staff_today import today

app_name = "complaints_staff"
urlpatterns = [
    path("", views.complaint_list, name="list"),
    path("new/", views.complaint_new, name="new"),
    path("today/", today, name="today"),
    path("bulk/", bulk, name="bulk"),
    path("<slug:number>/", views.complaint_detail, name="detail"),
    path("<slug:number>/phone/", views.contact_show, name="contact_show"),
    path("<slug:number>/photos/<int:pk>/", views.photo, name="photo"),
    path("<slug:number>/join/", complaint_join, name="join"),
    path("<slug:number>/<slug:name>/", views.step, name="step"),
]
