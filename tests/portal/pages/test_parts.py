"""What processes keep of pages changes nothing that a reader sees, and grows old with a change."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from wagtail.rich_text import RichText

from notices.body import body_html
from notices.models import NoticePage
from portal.accounts.models import User
from portal.common.parts import parts_forget
from portal.demo import factories
from portal.pages.models import CommunityPage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def keeping(settings: Any) -> Iterator[None]:
    settings.KEEP_PARTS = True
    parts_forget()
    yield
    parts_forget()


@pytest.fixture
def notice(community_page: CommunityPage) -> NoticePage:
    return factories.notice(community_page, timezone.now())


def _html(client: Client, address: str) -> str:
    return client.get(address).content.decode()


def test_pages_are_the_same_with_and_without_parts(
    client: Client, notice: NoticePage, settings: Any
) -> None:
    own = ["/", "/find/", "/figures/", "/notices/", "/pingcheng/", notice.get_url(), "/not-there/"]
    addresses = [f"{language}{path}{view}" for language in ("", "/en") for path in own
                 for view in ("", "?view=large")]  # fmt: skip
    settings.KEEP_PARTS = False
    made = {address: _html(client, address) for address in addresses}
    settings.KEEP_PARTS = True
    for _turn in range(2):
        for address in addresses:
            assert _html(client, address) == made[address], address
    current = re.findall(r'href="([^"]*)" aria-current="page"', "".join(made.values()))
    assert {"/", "/en/", "/find/", "/en/find/", "/figures/", "/en/figures/"} <= set(current)


def test_the_text_of_a_notice_is_made_once_and_anew_once_it_changed(
    client: Client,
    notice: NoticePage,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> None:
    made: list[Any] = []

    def making(*args: Any) -> Any:
        made.append(args)
        return body_html(*args)

    monkeypatch.setattr("notices.reading.body_html", making)
    first, again = _html(client, notice.get_url()), _html(client, notice.get_url())
    assert first == again
    assert "本月完成屋面防水" in first
    assert len(made) == 1
    with django_capture_on_commit_callbacks(execute=True):
        notice.body = [("paragraph", RichText("<p>管网施工推迟到下月。</p>"))]
        notice.save_revision().publish()
    changed = _html(client, notice.get_url())
    assert "<p>管网施工推迟到下月。</p>" in changed
    assert len(made) == 2


def test_a_preview_shows_what_is_written_and_not_the_kept_text(
    client: Client, notice: NoticePage, clerk: User
) -> None:
    _html(client, notice.get_url())
    notice.body = [("paragraph", RichText("<p>尚未发布的内容。</p>"))]
    notice.save_revision()
    client.force_login(clerk)
    draft = _html(client, f"/staff/pages/{notice.pk}/view_draft/")
    assert "尚未发布的内容。" in draft
    assert "尚未发布的内容。" not in _html(Client(), notice.get_url())
