from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.http import HttpRequest

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
