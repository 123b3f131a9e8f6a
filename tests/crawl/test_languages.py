"""Every public page, read in both languages: no text was left in the other one."""

import re
from collections import deque
from collections.abc import Iterator
from urllib.parse import urldefrag, urljoin, urlsplit

import pytest
from bs4 import BeautifulSoup
from django.test import Client

HAN = re.compile(r"[\u4e00-\u9fff]+")
LATIN = re.compile(r"[A-Za-z][A-Za-z'-]+")
#: Latin words that a Chinese page may show: names, units, file formats, codes.
ALLOWED_LATIN = re.compile(
    r"^(Linli|LINLI|English|QR|PDF|CSV|XLSX|JSON|Excel|JPG|JPEG|PNG|HEIC|GPS|MB|KB|IP|PIPL|WCAG|AA|"
    r"SHA|UTF|Tab|GB|Cookie|ICP|API|HTTPS|Wilson|"
    r"[A-Z]{1,3}\d+[A-Z0-9-]*|[A-Z]{2}-[A-Z0-9-]+)$"
)
PAGES_AT_MOST = 150
#: Together in one process: they share the seeding.
pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("crawl"), pytest.mark.anywhere]


def texts(html: bytes, own: str) -> Iterator[str]:
    """The texts of a page that claim to be in `own`, by the nearest `lang` around them."""
    soup = BeautifulSoup(html, "html.parser")
    for node in soup.find_all(string=True):
        parent = node.parent
        if (
            parent is None
            or parent.name in {"script", "style"}
            or type(node).__name__ != "NavigableString"
        ):
            continue
        marked = parent if parent.has_attr("lang") else parent.find_parent(attrs={"lang": True})
        if marked is None or str(marked["lang"]).startswith(own):
            yield str(node)
    for tag in soup.find_all(True):
        if tag.find_parent(attrs={"aria-hidden": "true"}):
            continue
        marked = tag if tag.has_attr("lang") else tag.find_parent(attrs={"lang": True})
        if marked is None or str(marked["lang"]).startswith(own):
            for name in ("alt", "title", "aria-label", "placeholder"):
                if tag.get(name):
                    yield str(tag[name])


def crawl(start: str, keep: str) -> Iterator[tuple[str, bytes]]:
    """Pages reached from `start` whose path matches `keep`, one of each shape of query."""
    client, queue, seen = Client(), deque([start]), {start}
    while queue and len(seen) <= PAGES_AT_MOST:
        url = queue.popleft()
        response = client.get(url)
        assert response.status_code < 500, url
        if response.status_code != 200 or "text/html" not in response["Content-Type"]:
            assert response.status_code in {200, 301, 302}, f"{url} answers {response.status_code}"
            continue
        yield url, response.content
        for link in BeautifulSoup(response.content, "html.parser").find_all("a", href=True):
            target = urldefrag(urljoin(f"http://testserver{url}", str(link["href"]))).url
            parts = urlsplit(target)
            path = parts.path + (f"?{parts.query}" if parts.query else "")
            own = parts.netloc == "testserver" and "view=" not in parts.query
            if own and re.match(keep, parts.path) and path not in seen:
                seen.add(path)
                queue.append(path)


def test_english_pages_hold_no_unmarked_chinese(seeded: None) -> None:
    found: dict[str, set[str]] = {}
    pages = 0
    for url, html in crawl("/en/", r"/en/"):
        pages += 1
        for text in texts(html, "en"):
            for word in HAN.findall(text):
                found.setdefault(word, set()).add(url)
    assert pages > 20
    assert not {word: sorted(urls)[:2] for word, urls in found.items()}


def test_chinese_pages_hold_no_unmarked_english(seeded: None) -> None:
    found: dict[str, set[str]] = {}
    pages = 0
    for url, html in crawl("/", r"/(?!en/|staff/|accounts/|media/|documents/|static/)"):
        pages += 1
        for text in texts(html, "zh"):
            for word in LATIN.findall(re.sub(r"https?://\S+|\S+@\S+", "", text)):
                if not ALLOWED_LATIN.match(word):
                    found.setdefault(word, set()).add(url)
    assert pages > 20
    assert not {word: sorted(urls)[:2] for word, urls in found.items()}
