from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.core.mail import EmailMessage
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from portal.common.addresses import client_address


class StaffAccountAdapter(DefaultAccountAdapter):
    """Accounts are made by an administrator; nobody signs up."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def get_client_ip(self, request: HttpRequest) -> str:
        """For the limits on sign-in: forwarded addresses count behind our own proxies only."""
        return str(client_address(request) or "unknown")

    def get_user_display(self, user: Any) -> str:
        return str(user)

    def format_email_subject(self, subject: str) -> str:
        name = pgettext("name of the portal", "Linli")
        label = f"[{_('Demonstration data')}] " if settings.DEMONSTRATION else ""
        return f"{label}[{name}] {subject}"

    def render_mail(
        self,
        template_prefix: str,
        email: str | list[str],
        context: dict[str, Any],
        headers: dict[str, str] | None = None,
    ) -> EmailMessage:
        labelled = {**context, "demonstration": settings.DEMONSTRATION}
        message: EmailMessage = super().render_mail(template_prefix, email, labelled, headers)
        return message
