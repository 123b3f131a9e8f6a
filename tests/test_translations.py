"""The Chinese catalogue is complete, and says the same things as the source."""

import re

from portal.common.catalogue import catalogue_read, messages_in_source, source_files

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
