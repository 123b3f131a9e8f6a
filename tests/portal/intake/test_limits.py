import time

import pytest
import time_machine
from django.core.cache import cache

from portal.intake import limits
from portal.intake.limits import LIMITS, client_scope, failure_add, is_blocked, place_scope

ALLOWED, WINDOW = LIMITS["ip"]


@pytest.fixture(autouse=True)
def clean_cache():
    cache.clear()


def scope(rf, address, forwarded="", proxies=(), settings=None):
    settings.TRUSTED_PROXIES = list(proxies)
    headers = {"HTTP_X_FORWARDED_FOR": forwarded} if forwarded else {}
    return client_scope(rf.get("/", REMOTE_ADDR=address, **headers))


@pytest.mark.parametrize(
    ("address", "forwarded", "proxies", "expected"),
    [
        ("203.0.113.7", "", [], "ip:203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "", [], "ip:2001:db8:1:2::/64"),
        ("::ffff:203.0.113.7", "", [], "ip:203.0.113.7"),
        ("fe80::1%eth0", "", [], "ip:fe80::/64"),
        # Nobody we trust wrote the header: it counts for nothing.
        ("203.0.113.7", "198.51.100.1", [], "ip:203.0.113.7"),
        ("203.0.113.7", "198.51.100.1", ["10.0.0.0/8"], "ip:203.0.113.7"),
        # Behind our proxies the last address that is not ours is the client.
        ("10.0.0.1", "198.51.100.1", ["10.0.0.0/8"], "ip:198.51.100.1"),
        ("10.0.0.1", "1.1.1.1, 198.51.100.1, 10.0.0.2", ["10.0.0.0/8"], "ip:198.51.100.1"),
        ("10.0.0.1", "", ["10.0.0.1"], "ip:10.0.0.1"),
        ("10.0.0.1", "nonsense", ["10.0.0.1"], "ip:unknown"),
        ("", "198.51.100.1", ["unix"], "ip:198.51.100.1"),
        ("", "198.51.100.1", [], "ip:unknown"),
    ],
)
def test_whose_request_it_is(rf, settings, address, forwarded, proxies, expected):
    assert scope(rf, address, forwarded, proxies, settings) == expected


def test_failures_block_their_scope_and_kind_alone():
    for _ in range(ALLOWED):
        assert not is_blocked("track", "ip:1.2.3.4")
        failure_add("track", "ip:1.2.3.4")
    assert is_blocked("track", "ip:1.2.3.4")
    assert is_blocked("track", "ip:5.6.7.8", "ip:1.2.3.4")
    assert not is_blocked("track", "ip:5.6.7.8")
    assert not is_blocked("code", "ip:1.2.3.4")


def test_a_community_bears_more_than_one_address():
    for _ in range(ALLOWED):
        failure_add("code", "ip:1.2.3.4", place_scope("PC001"))
    assert is_blocked("code", "ip:1.2.3.4")
    assert not is_blocked("code", place_scope("PC001"))


def test_the_window_passes():
    with time_machine.travel("2026-07-13T10:00:00+08:00", tick=False) as clock:
        for _ in range(ALLOWED):
            failure_add("track", "ip:1.2.3.4")
        assert is_blocked("track", "ip:1.2.3.4")
        clock.shift(WINDOW)
        assert not is_blocked("track", "ip:1.2.3.4")


def test_the_cache_holds_no_address(monkeypatch):
    keys = []
    monkeypatch.setattr(cache, "add", lambda key, *args: keys.append(key) or cache.set(key, 0))
    failure_add("track", "ip:203.0.113.7")
    assert "203.0.113.7" not in "".join(keys)


class Asked:
    """The cache, and the keys of each time something was read from it."""

    def __init__(self):
        self.keys = []

    def get(self, key):
        self.keys.append([key])
        return cache.get(key)

    def get_many(self, keys):
        self.keys.append(list(keys))
        return cache.get_many(keys)

    def __getattr__(self, name):
        return getattr(cache, name)


@pytest.fixture
def asked(monkeypatch):
    found = Asked()
    monkeypatch.setattr(limits, "_nobody", {})
    monkeypatch.setattr(limits, "cache", found)
    return found.keys


def test_nothing_is_read_while_nobody_is_blocked(asked):
    for _ in range(5):
        assert not is_blocked("track", "ip:1.2.3.4")
    assert len(asked) == 1
    assert asked[0][0] == limits.SOMEBODY


def test_while_somebody_is_blocked_each_form_asks_once(asked):
    for _ in range(ALLOWED):
        failure_add("track", "ip:1.2.3.4")
    for address, blocked in (("1.2.3.4", True), ("5.6.7.8", False), ("5.6.7.8", False)):
        assert is_blocked("track", f"ip:{address}", place_scope("PC001")) is blocked
    assert [len(keys) for keys in asked] == [3, 3, 3]


def test_a_key_that_the_cache_dropped_lifts_no_block(monkeypatch):
    monkeypatch.setattr(limits, "_nobody", {})
    for _ in range(ALLOWED):
        failure_add("track", "ip:1.2.3.4")
    cache.delete(limits.SOMEBODY)
    assert is_blocked("track", "ip:1.2.3.4")
    assert not is_blocked("track", "ip:5.6.7.8")
    # Nor does the next one who is not blocked.
    assert is_blocked("track", "ip:1.2.3.4")


def test_a_block_made_by_another_process_is_seen_a_moment_later(monkeypatch):
    monkeypatch.setattr(limits, "_nobody", {})
    assert not is_blocked("track", "ip:1.2.3.4")
    mine = dict(limits._nobody)
    for _ in range(ALLOWED):
        failure_add("track", "ip:1.2.3.4")
    # As this process would still believe, had another one counted the failures.
    limits._nobody.update(mine)
    assert not is_blocked("track", "ip:1.2.3.4")
    time.sleep(limits.CHECK_SECONDS)
    assert is_blocked("track", "ip:1.2.3.4")
