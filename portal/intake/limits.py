"""Failures are counted, successes never: a whole building may file from one address."""

import time
from ipaddress import IPv6Address, ip_network

from django.core.cache import cache
from django.http import HttpRequest

from portal.common.addresses import client_address
from portal.common.keys import current_key, keyed_digest

#: Scope prefix → (failures allowed, seconds of the window). Others have the limits of "ip".
#: Many households share one address behind a mobile carrier, and a community is many people.
#: A home has few owners, and whoever knows its code could go on from many addresses.
#: A big house behind one carrier's address may join a case, a program may not: who gives no home's
#: code is counted by address and case, also when nothing fails. "bare": from browsers that give no
#: word of their own to be known again by.
LIMITS = {
    "ip": (20, 900),
    "place": (200, 3600),
    "home": (5, 86400),
    "join": (60, 3600),
    "bare": (5, 86400),
}
LONGEST = max(window for _allowed, window in LIMITS.values())
#: Holds True while anybody may be blocked, so that no limits are read while nobody is.
SOMEBODY = "intake:somebody-is-blocked"
#: A process believes that nobody is blocked for so long without asking again.
CHECK_SECONDS = 0.2
#: Prefix of the cache → until when nobody counts as blocked.
_nobody: dict[str, float] = {}


def client_scope(request: HttpRequest) -> str:
    """`ip:203.0.113.7` or `ip:2001:db8::/64` of whoever sent the request."""
    address = client_address(request)
    if address is None:
        return "ip:unknown"
    if isinstance(address, IPv6Address):
        return f"ip:{ip_network((address, 64), strict=False)}"
    return f"ip:{address}"


def place_scope(code: str) -> str:
    return f"place:{code}"


def home_scope(name: str) -> str:
    """`name` says which home, and what for."""
    return f"home:{name}"


def is_blocked(kind: str, *scopes: str) -> bool:
    """Whether any of `scopes` has failed too often at `kind` in its window.

    Every form asks, and mostly nobody is blocked: then the cache is not asked again for a moment.
    """
    # The clock of the machine, which a moved time does not stop.
    if time.monotonic() < _nobody.get(cache.key_prefix, 0):
        return False
    keys = {_key(kind, scope): _limit(scope)[0] for scope in scopes}
    found = cache.get_many([SOMEBODY, *keys])
    blocked = any(found.get(key, 0) >= allowed for key, allowed in keys.items())
    if blocked and SOMEBODY not in found:
        # A cache may drop any one key. What it dropped must end no block of others either.
        cache.set(SOMEBODY, True, LONGEST)
    elif SOMEBODY not in found:
        _nobody[cache.key_prefix] = time.monotonic() + CHECK_SECONDS
    return blocked


def failure_add(kind: str, *scopes: str) -> None:
    for scope in scopes:
        key, (allowed, window) = _key(kind, scope), _limit(scope)
        # `add` then `incr` is one step on Redis; the file cache forgets the time of an `incr`.
        cache.add(key, 0, window)
        count = cache.incr(key)
        cache.touch(key, window)
        if count >= allowed:
            # Kept as long as the longest of all blocks: a shorter one must not end it.
            cache.set(SOMEBODY, True, LONGEST)
            _nobody.clear()


def _limit(scope: str) -> tuple[int, int]:
    return LIMITS.get(scope.partition(":")[0], LIMITS["ip"])


def _key(kind: str, scope: str) -> str:
    """Hashed, so that the cache holds nobody's address."""
    bucket = int(time.time() // _limit(scope)[1])
    secret = current_key("RECEIPT_KEY")[1]
    return f"intake:{keyed_digest(secret, 'limit', kind, scope, str(bucket)).hex()[:40]}"
