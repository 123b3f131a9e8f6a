"""A webhook's address is typed by staff and called from inside: it must not lead back inside."""

import socket
from ipaddress import ip_address

import apprise
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Messengers whose host is part of the address. All others have a host of their own.
FREE_HOSTS = frozenset({"json", "jsons"})


def webhook_plugin(to: str) -> apprise.NotifyBase | None:
    """The messenger of an apprise address, ready to send; None where it is not understood.

    It follows no redirect, whatever the address says: one could lead anywhere.
    """
    plugin = apprise.Apprise.instantiate(to, asset=apprise.AppriseAsset(http_redirects=False))
    if plugin:
        plugin.redirects = False
    return plugin or None


def host_check(plugin: apprise.NotifyBase) -> None:
    """Raises ValidationError where the host is, or has an address, inside (RFC 6890: not global).

    Ask when it is kept and again right before it is called: a name may have moved. A name that
    nobody knows passes, since calling it leads nowhere.
    """
    schemes = {plugin.protocol, plugin.secure_protocol}
    if settings.WEBHOOKS_MAY_BE_INTERNAL or not schemes & FREE_HOSTS:
        return
    try:
        found = socket.getaddrinfo(plugin.host.strip("[]"), None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return
    if not all(_is_outside(str(address[0])) for *_rest, address in found):
        raise ValidationError(
            _("This address lies inside the network. Please enter one that is public."),
            code="internal",
        )


def _is_outside(text: str) -> bool:
    address = ip_address(text.partition("%")[0])
    inner = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
    return (inner or address).is_global and not address.is_multicast
