"""How a notice is refused: a reason for each field, the same words on every way of publishing."""

from dataclasses import dataclass

from django.core.exceptions import ValidationError


@dataclass(frozen=True)
class Problem:
    """Why a notice may not go public. `field` is a field of NoticePage."""

    field: str
    message: str


class NoticeRefused(ValidationError):
    """A notice may not go public, or may not leave it, the way somebody tried."""

    def __init__(self, problems: list[Problem]) -> None:
        by_field: dict[str, list[str]] = {}
        for problem in problems:
            by_field.setdefault(problem.field, []).append(problem.message)
        super().__init__(by_field)
        self.problems = problems

    def __str__(self) -> str:
        return " ".join(problem.message for problem in self.problems)
