"""What is kept of a page has no word of anybody in it."""

from portal.common import parts
from portal.intake.pouring import poured


def test_a_page_is_made_once_and_every_word_is_escaped(settings) -> None:
    settings.KEEP_PARTS = True
    parts.parts_forget()
    made = []

    def make(words) -> str:
        made.append(words)
        return f'<a href="/{words["code"]}/">{words["name"]}</a> {words["name"]}'

    for name, shown in (("<b>", "&lt;b&gt;"), ("甲 & 乙", "甲 &amp; 乙")):
        page = poured(("test",), {"name": name, "code": "PC001"}, make)
        assert page == f'<a href="/PC001/">{shown}</a> {shown}'
    assert len(made) == 1
    assert "甲" not in repr(parts._parts)
    parts.parts_forget()
