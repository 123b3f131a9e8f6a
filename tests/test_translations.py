"""The Chinese catalogue is complete, and says the same things as the source."""

import re
from importlib.util import find_spec
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po
from django.conf import settings
from django.utils import translation

from portal.common.catalogue import (
    catalogue_read,
    messages_in,
    messages_in_source,
    source_files,
)

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
HAN = re.compile(r"[\u4e00-\u9fff]")


def test_every_text_of_the_source_is_translated() -> None:
    catalogue = catalogue_read()
    missing = [
        msgid
        for context, msgid in messages_in_source()
        if not ((entry := catalogue.get(msgid, context=context)) and entry.string)
    ]
    assert not missing


def test_the_catalogue_holds_nothing_that_the_source_has_not() -> None:
    known = messages_in_source()
    stale = [m.id for m in catalogue_read() if m.id and (m.context, m.id) not in known]
    assert not stale


def test_no_translation_is_marked_as_doubtful() -> None:
    assert not [m.id for m in catalogue_read() if m.id and m.fuzzy]


def test_translations_keep_the_placeholders() -> None:
    wrong = [
        m.id
        for m in catalogue_read()
        if m.id and set(PLACEHOLDER.findall(m.id)) != set(PLACEHOLDER.findall(m.string))
    ]
    assert not wrong


def test_no_text_has_plural_forms() -> None:
    """The catalogue has one form a text: a plural would stay English on a Chinese screen."""
    forms = re.compile(r"\bn?p?ngettext|{% plural %}")
    assert not [path for path in source_files() if forms.search(path.read_text())]


def test_source_texts_are_english() -> None:
    assert not [msgid for _context, msgid in messages_in_source() if HAN.search(msgid)]


def test_no_template_writes_chinese_without_saying_so() -> None:
    """Chinese in a template is a text that an English reader would meet untranslated."""
    allowed = re.compile(r'lang="zh[^>]*>[^<]*<|\{#.*?#\}|\{% comment.*?endcomment %\}', re.S)
    wrong = [
        path.name
        for path in source_files()
        if path.suffix == ".html" and HAN.search(allowed.sub("", path.read_text()))
    ]
    assert not wrong


def _read(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file)


def _ids(catalogue: Catalog) -> dict[str, str]:
    """Each text's key → its longest wording, which for a plural is the one with all its names."""
    return {
        m.id if isinstance(m.id, str) else m.id[0]: m.id if isinstance(m.id, str) else m.id[-1]
        for m in catalogue
        if m.id
    }


def _wagtail(language: str, domain: str) -> dict[str, str]:
    spec = find_spec("wagtail")
    assert spec is not None and spec.origin is not None
    files = Path(spec.origin).parent.glob(f"**/locale/{language}/LC_MESSAGES/{domain}.po")
    return {key: text for path in files for key, text in _ids(_read(path)).items()}


@pytest.mark.parametrize("domain", ["django", "djangojs"])
def test_what_completes_wagtail_is_still_what_wagtail_lacks(domain: str) -> None:
    ours = _read(Path(settings.LOCALE_PATHS[1]) / "zh_Hans" / "LC_MESSAGES" / f"{domain}.po")
    keys = set(_ids(ours))
    assert keys
    assert not keys - set(_wagtail("en", domain))
    assert not keys & set(_wagtail("zh_Hans", domain))
    for message in ours:
        if message.id:
            text, key = (
                (message.string, message.id)
                if isinstance(message.id, str)
                else (message.string[0], message.id[-1])
            )
            assert set(PLACEHOLDER.findall(key)) == set(PLACEHOLDER.findall(text)), key


def test_staff_screens_speak_chinese_where_wagtail_does_not() -> None:
    with translation.override("zh-hans"):
        assert translation.gettext("Scheduling…") == "正在安排…"
        assert (
            translation.ngettext(
                "There is one matching page", "There are %(counter)s matching pages", 5
            )
            == "找到 %(counter)s 个页面"
        )


@pytest.mark.parametrize(
    "part",
    [
        "locks.py",
        "admin/views/generic/mixins.py",
        "admin/templates/wagtailadmin/generic/confirm_workflow_cancellation.html",
        "admin/templates/wagtailadmin/pages/confirm_workflow_cancellation.html",
        "admin/templates/wagtailadmin/shared/workflow_history/listing_results.html",
    ],
)
def test_a_review_speaks_chinese_from_the_lock_to_the_last_message(part: str) -> None:
    spec = find_spec("wagtail")
    assert spec is not None and spec.origin is not None
    texts = [text for _context, text in messages_in(Path(spec.origin).parent / part)]
    assert texts
    with translation.override("zh-hans"):
        assert not [text for text in texts if translation.gettext(text) == text]
        for said in ("Sent to %(task_name)s %(started_at)s", "Changes requested %(finished_at)s"):
            assert translation.gettext(said) != said
