"""The extra fields of the types in the editor: only those of the chosen type are asked for.

They make a form of their own inside the editor's: Wagtail puts every field of that one on the
screen once more where no panel claims it, and panels are made before anybody knows the type.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django import forms
from django.forms.boundfield import BoundField
from django.utils.html import escape
from django.utils.safestring import SafeString
from wagtail.admin.compare import TextDiff, diff_text
from wagtail.admin.panels import Panel
from wagtail.admin.widgets import AdminAutoHeightTextInput, AdminDateInput, AdminDateTimeInput

from notices.fields import FieldSpec, kept_text
from notices.guard import date_check, field_name
from notices.states import FieldKind

if TYPE_CHECKING:
    from notices.models import NoticePage


def form_field(spec: FieldSpec) -> forms.Field:
    """Never required: a draft may be incomplete, and the guard says what is missing."""
    common: dict[str, Any] = {"label": spec.label, "help_text": spec.help, "required": False}
    match FieldKind(spec.kind):
        case FieldKind.TEXT:
            return forms.CharField(max_length=200, **common)
        case FieldKind.LONG_TEXT:
            return forms.CharField(max_length=2000, widget=AdminAutoHeightTextInput(), **common)
        case FieldKind.NUMBER | FieldKind.MONEY:
            return forms.DecimalField(max_digits=18, decimal_places=2, **common)
        case FieldKind.DATE:
            return forms.DateField(widget=AdminDateInput(), validators=[date_check], **common)
        case FieldKind.DATETIME:
            widget = AdminDateTimeInput()
            return forms.DateTimeField(widget=widget, validators=[date_check], **common)
        case FieldKind.CHOICE:
            words = [("", "---------"), *((word, word) for word in spec.choices)]
            return forms.ChoiceField(choices=words, **common)


@dataclass(frozen=True)
class ExtraRow:
    """A field as the panel shows it: with the type and the kind that have it."""

    field: BoundField
    spec: FieldSpec
    type_id: int
    variant_id: int | None
    shown: bool

    @property
    def attrs(self) -> dict[str, Any]:
        """For the script that shows the fields of another type as soon as it is chosen."""
        hidden = {} if self.shown else {"hidden": True}
        return {"data-type": self.type_id, "data-variant": self.variant_id or "", **hidden}


class ExtraForm(forms.Form):
    """The fields of all `types` (code, primary key, fields), with what `page` says in them."""

    def __init__(
        self,
        data: Any,
        page: "NoticePage",
        types: list[tuple[str, int, list[FieldSpec]]],
        variants: dict[tuple[int, str], int],
    ) -> None:
        """`variants`: (type, code) → primary key."""
        super().__init__(data)
        self.page, self.types, self.variants = page, types, variants
        for code, _pk, specs in types:
            for spec in specs:
                name = field_name(code, spec.key)
                self.fields[name] = form_field(spec)
                self.initial[name] = spec.python(page.extra.get(spec.key, ""))

    def values(self) -> dict[str, str]:
        """Everything the page says, with what was entered for its type; other words are kept."""
        entered = {}
        for code, pk, specs in self.types:
            if pk == self.page.notice_type_id:
                for spec in specs:
                    name = field_name(code, spec.key)
                    if name in self.cleaned_data:
                        entered[spec.key] = kept_text(self.cleaned_data[name])
        return {**self.page.extra, **entered}

    def rows(self) -> Iterator[ExtraRow]:
        variant = self.page.variant.code if self.page.variant else ""
        for code, pk, specs in self.types:
            for spec in specs:
                shown = pk == self.page.notice_type_id and spec.concerns(variant)
                only = self.variants.get((pk, spec.only_for))
                yield ExtraRow(self[field_name(code, spec.key)], spec, pk, only, shown)


class ExtraPanel(Panel):
    """The extra fields of the chosen type."""

    class BoundPanel(Panel.BoundPanel):
        template_name = "notices/staff/extra_fields.html"

        def get_context_data(self, parent_context: Any = None) -> dict[str, Any]:
            context: dict[str, Any] = super().get_context_data(parent_context)
            rows = list(self.form.extra_form.rows())
            kinds: dict[int, list[int]] = {}
            for (type_id, _code), pk in self.form.extra_form.variants.items():
                kinds.setdefault(type_id, []).append(pk)
            any_shown = any(row.shown for row in rows)
            return context | {"rows": rows, "any_shown": any_shown, "kinds": json.dumps(kinds)}

        class Media:
            js = ("notices/editor.js",)

        def get_comparison(self) -> list[Any]:
            asked = self.instance.asked
            return [partial(ExtraComparison, spec) for spec in asked.fields] if asked else []


class ExtraComparison:
    """One extra field of two versions, as Wagtail compares any other."""

    is_field = True
    is_child_relation = False

    def __init__(self, spec: FieldSpec, before: "NoticePage", after: "NoticePage") -> None:
        self.spec = spec
        self.before, self.after = (str(page.extra.get(spec.key, "")) for page in (before, after))

    def field_label(self) -> str:
        return self.spec.label

    def htmldiff(self) -> SafeString | str:
        if not self.has_changed():
            return escape(self.after)
        if self.spec.kind in {FieldKind.TEXT, FieldKind.LONG_TEXT}:
            return str(diff_text(self.before, self.after).to_html())
        changes = [("deletion", self.before), ("addition", self.after)]
        return str(TextDiff(changes).to_html())

    def has_changed(self) -> bool:
        return self.before != self.after
