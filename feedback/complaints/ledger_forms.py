"""Forms of the ledger screens: they check shape; services check meaning and rights."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from feedback.complaints.ledger_columns import COLUMNS
from feedback.complaints.missing import NamesMissingForm
from feedback.complaints.models import Category, LedgerImport, LedgerSource
from feedback.complaints.services.imports import MAX_BYTES
from feedback.complaints.states import IMPORTED
from portal.places.forms import PlaceChoiceField
from portal.places.models import Place, PlaceQuerySet


class UploadForm(NamesMissingForm):
    """A file of a ledger that is known, or of a new one."""

    source = forms.ModelChoiceField(
        label=_("Ledger"),
        queryset=LedgerSource.objects.none(),
        required=False,
        empty_label=_("A new ledger, named below"),
    )
    name = forms.CharField(
        label=_("Name of the new ledger"),
        help_text=_("Its columns and words are kept under this name for the next file."),
        max_length=80,
        required=False,
    )
    #: None is chosen beforehand: it decides what the rows are compared with.
    channel = forms.ChoiceField(
        label=_("Where it comes from"),
        choices=[("", "---------"), *((channel.value, channel.label) for channel in IMPORTED)],
        required=False,
    )
    place = PlaceChoiceField(
        label=_("Place"),
        help_text=_("The communities of the ledger lie in it."),
        queryset=Place.objects.none(),
        required=False,
    )
    file = forms.FileField(
        label=_("File"),
        help_text=_("Excel (.xlsx) or CSV. A title may stand above the column names."),
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = LedgerSource.objects.filter(place__in=places).select_related("place")
        self.fields["source"].queryset = known.order_by("name")  # type: ignore[attr-defined]
        self.fields["place"].queryset = places.order_by("path")  # type: ignore[attr-defined]

    def clean_file(self) -> Any:
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise ValidationError(_("The file is larger than 200 MB."))
        return file

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("source"):
            for field in ("name", "channel", "place"):
                if not cleaned.get(field) and not self.has_error(field):
                    self.add_error(field, _("A new ledger needs this."))
        return cleaned


class ColumnsForm(forms.Form):
    """Our field → a header of the file."""

    def __init__(
        self, *args: Any, job: LedgerImport, columns: Mapping[str, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        headers = [("", _("– not in the file –")), *((title, title) for title in job.headers)]
        for column in COLUMNS:
            self.fields[column.field] = forms.ChoiceField(
                label=_(column.label),
                choices=headers,
                required=column.in_row,
                initial=columns.get(column.field, ""),
                widget=forms.Select(attrs={"lang": "zh-Hans"}),
                error_messages={"required": _("Please choose a column.")},
            )


class WordsForm(forms.Form):
    """Words of the ledger that nobody has given a meaning yet."""

    def __init__(self, *args: Any, job: LedgerImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.words: dict[str, tuple[str, str]] = {}
        categories = [
            ("", _("– leave these rows refused –")),
            (LedgerSource.LEFT_OUT, _("Not about us: leave these rows out")),
            *((c.pk, str(c)) for c in Category.objects.for_staff()),
        ]
        below = Place.objects.under(job.source.place).communities().order_by("path")
        communities: list[tuple[str, Any]] = [("", _("– leave these rows refused –"))]
        communities += [(place.code, f"{place.label} {place.code}") for place in below]
        for kind, choices in (("category", categories), ("community", communities)):
            found = job.unknown_words.get(kind, {})
            for word, count in sorted(found.items(), key=lambda item: (-item[1], item[0])):
                # Of the word itself: a page that stayed open longer than a check means the same.
                name = f"{kind}-{sha256(word.encode()).hexdigest()[:12]}"
                self.words[name] = (kind, word)
                self.fields[name] = forms.ChoiceField(
                    label=f"{word} ({count})", choices=choices, required=False
                )

    def meanings(self) -> dict[str, dict[str, str]]:
        found: dict[str, dict[str, str]] = {}
        for name, (kind, word) in self.words.items():
            if self.cleaned_data.get(name):
                found.setdefault(kind, {})[word] = self.cleaned_data[name]
        return found
