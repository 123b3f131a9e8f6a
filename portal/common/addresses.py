"""Whose request it is, as far as the network says."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Address = IPv4Address | IPv6Address


def client_address(request: HttpRequest) -> Address | None:
    """The address of whoever sent the request; None where it can't be read.

    X-Forwarded-For counts only as far as the proxies in TRUSTED_PROXIES wrote it: it is read from
    the right, and the first address that is not ours is the client.
    """
    sender = request.META.get("REMOTE_ADDR", "")
    forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    while chain and _is_proxy(sender):
        sender = chain.pop()
    return _address(sender)


def _address(text: str) -> Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _is_proxy(text: str) -> bool:
    """An empty sender is a local socket; it counts as a proxy when TRUSTED_PROXIES says `unix`."""
    if not text:
        return "unix" in settings.TRUSTED_PROXIES
    address = _address(text)
    if address is None:
        return False
    return any(
        address in ip_network(proxy, strict=False)
        for proxy in settings.TRUSTED_PROXIES
        if proxy != "unix"
    )
