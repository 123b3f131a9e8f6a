"""What a reader may ask of the list, and what staff say when they remove a notice."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateInput, AdminPageChooser
from wagtail.models import Page

from notices.guard import FIRST_YEAR, LAST_YEAR
from notices.models import NoticePage, NoticeType
from notices.states import Publicity, Removal
from portal.places.models import Building


class FilterForm(forms.Form):
    """The address of a list. What makes no sense in it is left out, never an error."""

    q = forms.CharField(required=False)
    type = forms.CharField(required=False)
    year = forms.IntegerField(required=False, min_value=FIRST_YEAR, max_value=LAST_YEAR)
    state = forms.ChoiceField(required=False, choices=[("", ""), *Publicity.choices])

    def asked(self, types: Iterable[NoticeType]) -> dict[str, Any]:
        """The parts that make sense: q, type (one of `types`), year, state."""
        self.full_clean()
        data = getattr(self, "cleaned_data", {})
        return {
            "q": " ".join(data.get("q", "").split())[:60],
            "type": next((kind for kind in types if kind.code == data.get("type")), None),
            "year": data.get("year"),
            "state": Publicity(data["state"]) if data.get("state") else None,
        }


class RemovalForm(forms.Form):
    """Withdraw, move or delete a notice: always with a reason."""

    action = forms.ChoiceField(
        label=_("What should be done"), choices=Removal.choices, widget=forms.RadioSelect
    )
    to = forms.ModelChoiceField(
        label=_("Page of the other place"),
        queryset=Page.objects.none(),
        required=False,
        help_text=_("Only for a move."),
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Residents can read it. Your name stays on record for staff."),
    )

    def __init__(self, *args: Any, notice: NoticePage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = Removal.choices if notice.live else Removal.choices[1:]
        self.fields["action"].choices = choices  # type: ignore[attr-defined]
        self.fields["to"].queryset = Page.objects.all()  # type: ignore[attr-defined]
        parents = NoticePage.allowed_parent_page_models()
        self.fields["to"].widget = AdminPageChooser(
            target_models=[model for model in parents if hasattr(model, "place")],
            can_choose_root=False,
        )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("action") == Removal.MOVE and not data.get("to") and "to" not in self.errors:
            self.add_error("to", _("Choose the page of the other place."))
        return data


class PostingForm(forms.Form):
    """A photo of the paper on the board."""

    photo = forms.FileField(label=_("Photo"), widget=forms.FileInput(attrs={"accept": "image/*"}))
    taken_on = forms.DateField(label=_("Taken on"), widget=AdminDateInput)
    building = forms.ModelChoiceField(
        label=_("Building"),
        queryset=Building.objects.none(),
        required=False,
        help_text=_("Empty for the board of the community."),
    )

    def __init__(self, *args: Any, notice: NoticePage, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        buildings = Building.objects.filter(place=notice.place).order_by("name", "pk")
        self.fields["building"].queryset = buildings  # type: ignore[attr-defined]
        if not notice.place.is_community:
            del self.fields["building"]
