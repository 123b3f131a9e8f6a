from typing import Any

from django import forms
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.models import WagtailAdminModelForm

from portal.accounts.roles import Action
from portal.messages.models import AlertChannel
from portal.messages.states import Topic
from portal.places.forms import PlaceChoiceField
from portal.places.models import Place
from portal.places.permissions import places_with


class AlertChannelForm(WagtailAdminModelForm):
    """The address is never shown again, only replaced: a messenger's carries its secret."""

    place = PlaceChoiceField(
        label=_("Place"),
        queryset=Place.objects.none(),
        help_text=_("It is told what concerns this place and every place below it."),
    )
    to = forms.CharField(
        label=_("Address"),
        max_length=400,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    topics = forms.MultipleChoiceField(
        label=_("What it is told"), choices=Topic.choices, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = AlertChannel
        fields = ["place", "name", "channel", "to", "topics", "is_active"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = places_with(self.for_user, Action.MESSAGES_KEEP)
        self.fields["place"].queryset = places.order_by("path")
        self.initial["to"] = ""
        if self.instance.pk:
            self.fields["to"].required = False
            kept = _("Now: %(address)s. Leave it empty to keep it.")
            self.fields["to"].help_text = format_html(
                "{}", kept % {"address": self.instance.masked}
            )

    def _post_clean(self) -> None:
        # The address goes to the service by itself: here an empty one would overwrite the kept.
        self.typed = self.cleaned_data.pop("to", "")
        super()._post_clean()

    def _get_validation_exclusions(self) -> set[str]:
        return {*super()._get_validation_exclusions(), "to"}
