"""The registry: every indicator by code, and the definition that was in force on a day."""

from datetime import date

from feedback.indicators.definitions import (
    awaited,
    complaints,
    notices,
    projects,
    supervision,
    surveys,
    targets,
    works,
)
from feedback.indicators.definitions.base import (
    OF_EVENTS,
    Definition,
    Direction,
    Method,
    Rule,
    Text,
    Variant,
)
from feedback.indicators.states import Group

__all__ = [
    "DEFINITIONS",
    "OF_EVENTS",
    "Definition",
    "Direction",
    "Method",
    "Rule",
    "Text",
    "Variant",
    "codes_in",
    "current",
    "definition",
    "definition_on",
]

#: In the order of their codes; a code with several has the newest last.
DEFINITIONS: tuple[Definition, ...] = tuple(
    sorted(
        (
            *surveys.DEFINITIONS,
            *projects.DEFINITIONS,
            *complaints.DEFINITIONS,
            *notices.DEFINITIONS,
            *supervision.DEFINITIONS,
            *works.DEFINITIONS,
            *targets.DEFINITIONS,
            *awaited.DEFINITIONS,
        ),
        key=lambda item: (item.code, item.valid_from),
    )
)


def definition_on(code: str, day: date) -> Definition:
    """The definition in force on `day`; what lies before the first one is measured by that.

    Ledgers, works and payments may be older than any definition. Raises KeyError for an unknown
    code.
    """
    known = [item for item in DEFINITIONS if item.code == code]
    if not known:
        raise KeyError(f"no indicator {code}")
    return [known[0], *(item for item in known if item.valid_from <= day)][-1]


def definition(code: str, version: str | None = None) -> Definition:
    """The newest definition of `code`, or its `version`. Raises KeyError where there is none."""
    known = [item for item in DEFINITIONS if item.code == code and version in (None, item.version)]
    if not known:
        raise KeyError(f"no indicator {code}")
    return known[-1]


def current() -> list[Definition]:
    """The newest definition of every code, in order."""
    return list({item.code: item for item in DEFINITIONS}.values())


def codes_in(group: Group) -> list[str]:
    return [item.code for item in current() if item.group == group]
