"""Search judged by a file of everyday queries and the notices they should, or must not, find."""

import json
from pathlib import Path
from typing import Any

import pytest
from wagtail.rich_text import RichText

from notices.queries import all_notices, searched
from portal.common.search.asking import meant
from portal.demo import factories
from tests.notices.conftest import NOW

JUDGED = json.loads(Path(__file__).with_name("search_pairs.json").read_text())


@pytest.fixture
def documents(pages: Any) -> dict[int, str]:
    made = {
        key: factories.notice(
            pages.community,
            NOW,
            title=text["title"],
            body=[("paragraph", RichText(f"<p>{text['text']}</p>"))],
        )
        for key, text in JUDGED["documents"].items()
    }
    return {page.pk: key for key, page in made.items()}


@pytest.mark.django_db
def test_thirty_pairs_are_judged_as_a_resident_would(documents: dict[int, str]) -> None:
    assert len(JUDGED["pairs"]) == 30
    assert sum(not pair["found"] for pair in JUDGED["pairs"]) == 10
    wrong = []
    for pair in JUDGED["pairs"]:
        found = {documents[page.pk] for page in searched(all_notices(), pair["query"])}
        if (pair["document"] in found) != pair["found"]:
            wrong.append(f"{pair['query']} → {pair['document']}: {sorted(found)}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.django_db
def test_a_question_does_not_find_everything(documents: dict[int, str]) -> None:
    for pair in JUDGED["pairs"]:
        assert len(searched(all_notices(), pair["query"])) <= 5, pair["query"]


@pytest.mark.parametrize(
    ("text", "groups"),
    [
        ("几号楼", 1),
        ("什么时候停水", 1),
        ("，。！?", 0),
        ("", 0),
        ("停水 停电", 2),
        ("3号楼停水", 2),
        ("\x00\ufffe", 0),
    ],
)
def test_words_that_only_ask_are_left_out_unless_they_are_all(text: str, groups: int) -> None:
    assert len(meant(text)) == groups


def test_a_long_text_stays_a_short_query() -> None:
    assert len(meant("改造方案公示屋面防水外墙保温管网施工道路停车绿化照明监控电梯" * 9)) <= 12


def test_each_word_is_in_one_group_of_synonyms() -> None:
    lines = Path("portal/common/search/synonyms.txt").read_text().splitlines()
    words = [word for line in lines if not line.startswith("#") for word in line.split()]
    assert len(words) == len(set(words))


ODD = ["'", '"', "*", "(", "a AND", "NEAR(", "^停", "停 -水", "OR", "NOT", "\\", "%", "_", "停:*"]
ODD += ["&|!", "<b>", "🏠", "停" * 60, "x" * 200, "\t\n", "\u202e水", "{{", "title:停水", "\x00"]


@pytest.mark.django_db
def test_no_search_is_an_error(pages: Any, now: Any, client: Any) -> None:
    factories.notice(pages.community, now, title="停水通知")
    for query in ODD:
        answer = client.get("/notices/PC001/", {"q": query, "state": "OPEN"})
        assert answer.status_code == 200, query
