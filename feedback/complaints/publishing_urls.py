from django.urls import path

from feedback.complaints import publishing_views as views

app_name = "complaints_publishing"
urlpatterns = [
    path("", views.case_list, name="cases"),
    path("we-did/", views.we_did_list, name="we_did"),
    path("we-did/new/", views.we_did_add, name="we_did_add"),
    path("we-did/<int:pk>/", views.we_did_edit, name="we_did_edit"),
    path("we-did/<int:pk>/remove/", views.we_did_remove, name="we_did_remove"),
    path("cases/<slug:number>/", views.case_edit, name="case"),
    path("cases/<slug:number>/remove/", views.case_remove, name="case_remove"),
    path("cases/<slug:number>/photos/<int:pk>/", views.photo_hide, name="photo_hide"),
]
