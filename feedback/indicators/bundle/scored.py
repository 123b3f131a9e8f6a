"""The score cards of a bundle."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from feedback.indicators.cards import Scope, cards
from feedback.indicators.schemes import SchemeCode
from feedback.indicators.scorecards import Card
from portal.places.models import Place
from portal.projects.models import RenovationProject


@dataclass(frozen=True)
class Scored:
    scope: Scope
    year: int
    as_of: date
    card: Card


def scored_cards(
    places: Sequence[Place], projects: Sequence[RenovationProject], year: int, today: date
) -> list[Scored]:
    """Both schemes, of all places and of all projects; those with no figure at all are left out."""
    found = []
    groups: list[Sequence[Scope]] = [places, projects]
    for scheme in SchemeCode:
        for scopes in groups:
            if not scopes:
                continue
            rows = cards(scopes, year=year, scheme=scheme, today=today, with_running=False)
            found += [
                Scored(scope, year, today, card)
                for scope, card in zip(scopes, rows, strict=True)
                if card.total is not None
            ]
    return found
