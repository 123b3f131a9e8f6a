"""One way in: what other apps bring for signing in leads to allauth's pages, or nowhere."""

from django.urls import URLPattern, path, re_path

from portal.accounts import views

urlpatterns: list[URLPattern] = [
    path("staff/login/", views.to_sign_in),
    path("_util/login/", views.to_sign_in),
    re_path(r"^staff/password_reset/", views.to_password_reset),
    # Wagtail's bulk actions on users deal in groups, which have no meaning here.
    re_path(r"^staff/bulk/accounts/", views.not_offered),
    re_path(r"^(?:en/)?accounts/(?:email|confirm-email|signup)/", views.not_offered),
]
