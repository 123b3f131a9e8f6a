from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse


class SiteContextMiddleware:
    """Our templates say `site` for what every page shows of the portal; allauth's sign-in views
    use the same name for something else and would hide it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_template_response(
        self, request: HttpRequest, response: TemplateResponse
    ) -> TemplateResponse:
        match = request.resolver_match
        named = (match.url_name or "") if match else ""
        if named.startswith(("account_", "mfa_")) and response.context_data:
            response.context_data.pop("site", None)
        return response
