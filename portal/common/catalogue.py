"""The Chinese catalogue, kept with Babel alone: no gettext programs are needed on any machine."""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings
from django.utils.translation.template import templatize

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    name: spec
    for prefix in ("", "django.utils.translation.")
    for name, spec in {
        f"{prefix}_": None,
        f"{prefix}gettext": None,
        f"{prefix}gettext_lazy": None,
        f"{prefix}gettext_noop": None,
        f"{prefix}pgettext": ((1, "c"), 2),
        f"{prefix}pgettext_lazy": ((1, "c"), 2),
    }.items()
}
Message = tuple[str | None, str]


def catalogue_path() -> Path:
    return Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"


def source_files() -> Iterator[Path]:
    """Our own Python files and templates, migrations left out, in a stable order."""
    root = Path(settings.BASE_DIR)
    for folder, pattern in (
        ("portal", "**/*.py"),
        ("feedback", "**/*.py"),
        ("notices", "**/*.py"),
        ("templates", "**/*.*"),
    ):
        for path in sorted((root / folder).glob(pattern)):
            if path.suffix in {".py", ".html", ".txt"} and "migrations" not in path.parts:
                yield path


def messages_in(path: Path) -> Iterator[Message]:
    """(context or None, msgid) of every text that `path` passes to gettext."""
    text = path.read_text()
    if path.suffix != ".py":
        # What templatize leaves is Python but for its indentation.
        lines = templatize(text, origin=str(path)).splitlines()
        text = "\n".join(line.lstrip() for line in lines)
    for _line, message, _comments, context in extract(
        "python", io.BytesIO(text.encode()), keywords=KEYWORDS
    ):
        msgid = message[-1] if isinstance(message, tuple) else message
        if msgid:
            yield context, msgid


def messages_in_source() -> set[Message]:
    return {message for path in source_files() for message in messages_in(path)}


def catalogue_read() -> Catalog:
    path = catalogue_path()
    if not path.exists():
        return Catalog(locale="zh_Hans", charset="utf-8", fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def catalogue_update() -> tuple[int, int]:
    """Add what the source has and drop what it no longer has. Returns (messages, untranslated)."""
    old = catalogue_read()
    new = Catalog(
        locale="zh_Hans",
        project="Linli",
        charset="utf-8",
        fuzzy=False,
        header_comment="# Simplified Chinese texts of Linli.",
        creation_date=old.creation_date,
        revision_date=old.revision_date,
    )
    missing = 0
    for context, msgid in sorted(messages_in_source(), key=lambda m: (m[1], m[0] or "")):
        known = old.get(msgid, context=context)
        string = known.string if known else ""
        missing += not string
        new.add(msgid, string, context=context)
    path = catalogue_path()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        write_po(file, new, width=100)
    return len(new), missing


def catalogue_files() -> list[Path]:
    """Every .po file that is compiled: ours, and what completes Wagtail's."""
    return [
        path
        for folder in settings.LOCALE_PATHS
        for path in sorted(Path(folder).glob("zh_Hans/LC_MESSAGES/*.po"))
    ]


def catalogue_compile() -> bool:
    """Write each .mo file that is missing or older than its .po. Returns whether it wrote any."""
    wrote = False
    for source in catalogue_files():
        target = source.with_suffix(".mo")
        if target.exists() and target.stat().st_mtime >= source.stat().st_mtime:
            continue
        with source.open("rb") as texts:
            catalogue = read_po(texts, locale="zh_Hans")
        with target.open("wb") as file:
            write_mo(file, catalogue)
        wrote = True
    return wrote
