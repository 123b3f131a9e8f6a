"""How days and moments read where two versions of a notice are compared."""

from datetime import date, datetime

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import escape
from django.utils.safestring import SafeString
from wagtail.admin.compare import FieldComparison, TextDiff, register_comparison_class


class DayComparison(FieldComparison):  # type: ignore[misc]
    """In the words of the screen, and nothing where nothing was set."""

    def htmldiff(self) -> SafeString:
        before, after = _shown(self.val_a), _shown(self.val_b)
        if before == after:
            return escape(after)
        parts = [("deletion", before), ("addition", after)]
        html: SafeString = TextDiff([part for part in parts if part[1]]).to_html()
        return html


def _shown(value: date | datetime | None) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    return date_format(value, "DATE_FORMAT")


def register() -> None:
    """For every day, and every moment, which is a kind of day to Django."""
    register_comparison_class(models.DateField, comparison_class=DayComparison)
