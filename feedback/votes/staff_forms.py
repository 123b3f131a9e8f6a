from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from wagtail.admin.widgets import AdminDateTimeInput

from feedback.votes.models import Ballot
from feedback.votes.result_notice import VOTE_NOTICE
from feedback.votes.services.ballots import FIELDS
from feedback.votes.states import Choice
from notices.models import NoticePage
from portal.common.sheets.files import FileError, rows_of
from portal.places.models import Place, PlaceQuerySet
from portal.places.register.problems import sentence


class BallotForm(forms.ModelForm[Ballot]):
    class Meta:
        model = Ballot
        fields = FIELDS
        widgets = {
            "opens_at": AdminDateTimeInput,
            "closes_at": AdminDateTimeInput,
            "text": forms.Textarea(attrs={"rows": 8}),
        }

    def __init__(self, *args: Any, place: Place, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        above = Place.objects.above(place).order_by().values("pk")
        public = NoticePage.objects.live().filter(place__in=above, notice_type__code=VOTE_NOTICE)
        # The draft that was begun from here stays chosen while it waits to be published.
        own = NoticePage.objects.filter(pk=self.instance.notice_id)
        chosen = self.fields["notice"]
        chosen.queryset = (public | own).order_by("-pk")  # type: ignore[attr-defined]
        chosen.empty_label = _("not published yet")  # type: ignore[attr-defined]

    def _post_clean(self) -> None:
        """The service judges; the instance stays as it is until then."""


class PlaceForm(forms.Form):
    place = forms.ModelChoiceField(label=_("Community"), queryset=Place.objects.none())

    def __init__(self, *args: Any, places: PlaceQuerySet, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["place"].queryset = places.order_by("path")  # type: ignore[attr-defined]


class VotersForm(forms.Form):
    """The list from the register, or a table of owners."""

    REGISTER, TABLE = "register", "table"
    source = forms.ChoiceField(
        label=_("Where the list comes from"),
        choices=[
            (TABLE, _("A table of owners (XLSX or CSV)")),
            (REGISTER, _("The register: every home is an owner of its own, without names")),
        ],
        widget=forms.RadioSelect,
        initial=TABLE,
    )
    file = forms.FileField(
        label=_("Table of owners"),
        required=False,
        help_text=format_lazy(
            _(
                "Columns: {columns}. Rows with the same owner number are one owner with several "
                "homes. The area may be left out: then that of the register counts."
            ),
            columns="业主编号、姓名、楼栋、单元、房号、专有面积、共有人数",
        ),
    )

    def clean(self) -> dict[str, Any]:
        data: dict[str, Any] = super().clean() or {}
        if data.get("source") == self.TABLE and not data.get("file"):
            self.add_error("file", _("Please choose a file."))
        return data

    def table(self) -> list[tuple[int, list[Any]]]:
        """Raises ValidationError where the file can't be read."""
        upload = self.cleaned_data["file"]
        try:
            return list(rows_of(upload.name, upload))
        except FileError as error:
            raise ValidationError({"file": sentence(error.note.as_json())}) from error


class PaperForm(forms.Form):
    """One vote from its signed paper."""

    choice = forms.ChoiceField(label=_("Vote"), choices=Choice.choices, widget=forms.RadioSelect)
    proxy = forms.CharField(
        label=_("Signed on a written proxy by"),
        max_length=60,
        required=False,
        help_text=_("Empty where an owner signed."),
    )


class CorrectionForm(PaperForm):
    reason = forms.CharField(
        label=_("Why the vote is corrected"), max_length=300, widget=forms.Textarea({"rows": 2})
    )


class CancelForm(forms.Form):
    reason = forms.CharField(
        label=_("Why the vote is called off (public)"),
        max_length=600,
        widget=forms.Textarea({"rows": 2}),
    )
