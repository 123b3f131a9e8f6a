from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse


def to_sign_in(request: HttpRequest) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    return redirect(reverse("account_login") + (f"?{query}" if query else ""))


def to_password_reset(request: HttpRequest) -> HttpResponse:
    return redirect("account_reset_password")


def not_offered(request: HttpRequest) -> HttpResponse:
    """Accounts are made and kept by administrators, one at a time."""
    raise Http404
