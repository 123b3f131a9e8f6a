from django.urls import path

from notices import coverage_views
from notices import objection_staff_views as objections

urlpatterns = [
    path("coverage/", coverage_views.coverage, name="coverage"),
    path("objections/", objections.objection_list, name="objections"),
    path("objections/<int:pk>/", objections.objection_detail, name="objection"),
    path("objections/<int:pk>/phone/", objections.objection_contact, name="objection_contact"),
    path("objections/to/<int:pk>/uptake/", objections.objection_uptake, name="objection_uptake"),
]
