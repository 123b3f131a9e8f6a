"""A report of corruption (C30) is found by nobody but the discipline office: every address of the
application, asked by every role, with its number and key put wherever an address takes one."""

import logging
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from feedback.complaints.models import Complaint, ComplaintEvent
from portal.accounts.models import User
from portal.accounts.roles import ROLE_ACTIONS
from portal.demo.case_desk import RESTRICTED
from portal.demo.staff import STAFF

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("crawl"), pytest.mark.anywhere]
#: What ends the session, what is no page, and the address at which Wagtail tries an error.
LEFT_ALONE = re.compile(r"logout|sign-out|/static/|/media/|/failwhale/")
#: Pages of one shape (numbers and codes left out) that one person looks at.
OF_A_SHAPE = 1


def _patterns(resolver: URLResolver, prefix: str = "") -> Iterator[tuple[str, URLPattern]]:
    for pattern in resolver.url_patterns:
        if isinstance(pattern, URLResolver):
            yield from _patterns(pattern, prefix + str(pattern.pattern))
        else:
            yield prefix + str(pattern.pattern), pattern


def addresses(case: Complaint) -> list[str]:
    """One address a pattern: where it takes a number or a key, that of the case."""
    found = []
    for route, _pattern in _patterns(get_resolver()):
        path = re.sub(r"<(?:int:[^>]+|str:pk|\w+:\w+_id|pk)>", str(case.pk), route)
        path = re.sub(r"<(?:\w+:)?[^>]+>", case.number, path)
        if not re.search(r"[\\()^$?]", path):
            found.append(f"/{path}")
    return sorted(set(found))


def content(response: HttpResponseBase) -> str:
    """What was sent, workbooks and archives opened."""
    parts = response.streaming_content if response.streaming else [response.content]  # type: ignore[attr-defined]
    data = b"".join(parts)
    if data.startswith(b"PK"):
        with zipfile.ZipFile(BytesIO(data)) as archive:
            data = b"\n".join(archive.read(name) for name in archive.namelist())
    return data.decode(errors="replace")


@dataclass
class Walk:
    """`client` goes through the given addresses and what pages link to that `within` matches."""

    client: Client
    case: Complaint
    within: str
    pages: int = 0
    found: set[str] = field(default_factory=set)

    def go(self, start: list[str]) -> None:
        queue, seen, shapes = list(start), set(start), dict[str, int]()
        for url in queue:
            response = self.client.get(url)
            assert response.status_code != 500, url
            text = content(response)
            # What was asked for may be said again; what it is about may not.
            said = text.replace(self.case.number, "") if self.case.number in url else text
            if self.case.number in said or RESTRICTED[:12] in text:
                self.found.add(url)
            if response.status_code != 200 or "text/html" not in response.get("Content-Type", ""):
                continue
            self.pages += 1
            for link in BeautifulSoup(text, "html.parser").find_all("a", href=True):
                target = urlsplit(urldefrag(urljoin(f"http://testserver{url}", link["href"])).url)
                path = target.path + (f"?{target.query}" if target.query else "")
                shape = re.sub(r"[A-Z]*\d+", "0", path)
                own = re.match(self.within, path) and not LEFT_ALONE.search(path)
                if target.netloc != "testserver" or path in seen or not own:
                    continue
                if shapes.get(shape, 0) < OF_A_SHAPE:
                    shapes[shape] = shapes.get(shape, 0) + 1
                    seen.add(path)
                    queue.append(path)


@pytest.fixture
def case(seeded: None) -> Complaint:
    return Complaint.objects.get(category__is_restricted=True)


def starts(case: Complaint) -> list[str]:
    listed = "/staff/complaints/?tab="
    return [
        *(url for url in addresses(case) if not LEFT_ALONE.search(url)),
        *(f"{listed}{tab}" for tab in ("mine", "open", "all", "new", "overdue", "closed")),
        f"{listed}all&q={case.number}",
        f"{listed}all&category=C30",
        f"/search/?q={RESTRICTED[:6]}",
        f"/staff/pages/search/?q={RESTRICTED[:6]}",
    ]


#: One person for every set of rights; two roles with the same see the same.
PEOPLE = list(
    {ROLE_ACTIONS[plan.role]: plan.username for plan in STAFF if plan.username != "discipline"}
    .values()
)  # fmt: skip


@pytest.mark.parametrize("username", ["", *PEOPLE])
def test_nobody_else_finds_it_at_any_address(
    username: str, case: Complaint, caplog: pytest.LogCaptureFixture
) -> None:
    client = Client()
    if username:
        client.force_login(User.objects.get(username=username))
    # The other pages are the same for everybody, and the editors of pages hold nothing of cases.
    within = "/staff/" if username else "/(?!staff/)"
    followed = "/staff/(complaint|figure|deliver|place|building|household)" if username else within
    walk = Walk(client, case, followed)
    with caplog.at_level(logging.DEBUG):
        walk.go([url for url in starts(case) if re.match(within, url)])
    assert not walk.found
    assert walk.pages > 30
    assert RESTRICTED[:12] not in caplog.text


def test_the_discipline_office_finds_it(case: Complaint) -> None:
    client = Client()
    client.force_login(User.objects.get(username="discipline"))
    walk = Walk(client, case, within="nothing")
    walk.go([f"/staff/complaints/{case.number}/", "/staff/complaints/", "/staff/complaints/today/"])
    assert "/staff/complaints/" in walk.found
    assert f"/staff/complaints/{case.number}/" in walk.found
    assert not ComplaintEvent.objects.filter(complaint=case).exclude(kind="FILED").exists()
