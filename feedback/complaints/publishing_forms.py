"""Forms for publishing: what was found is decided place by place, and photos are looked over."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from wagtail import hooks

from feedback.complaints.looked_over import LookedOverForm
from feedback.complaints.missing import NamesMissingForm
from feedback.complaints.models import Complaint, ComplaintPhoto, PublishedCase, WeDid
from feedback.complaints.services import Screened, reply_of
from feedback.complaints.states import PhotoKind
from portal.intake.photos import photo_clean
from portal.intake.redaction import MAX_BOXES, Box
from portal.intake.screening import Finding, personal_data
from portal.places.models import Place

DECISIONS = [
    ("mask", pgettext_lazy("screening", "Mask it")),
    ("keep", pgettext_lazy("screening", "Not personal: leave it")),
]
#: Parts of a text as the screen shows them: plain pieces, and findings with their field.
Piece = tuple[str, Finding | None]


class PublishForm(NamesMissingForm):
    """One decision for every finding in the report and in the reply; none is made beforehand."""

    also = forms.CharField(
        label=_("Hide these words, too"),
        help_text=_("One a line: what was not found and still points to somebody."),
        required=False,
        max_length=400,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    before = forms.ModelChoiceField(
        label=_("Photo before the repair"), queryset=ComplaintPhoto.objects.none(), required=False
    )
    after = forms.ModelChoiceField(
        label=_("Photo after the repair"), queryset=ComplaintPhoto.objects.none(), required=False
    )

    def __init__(self, *args: Any, complaint: Complaint, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.texts = {"reported": complaint.text, "done": reply_of(complaint)}
        self.findings = {name: personal_data(text) for name, text in self.texts.items()}
        for name, findings in self.findings.items():
            for number, finding in enumerate(findings):
                self.fields[f"{name}_{number}"] = forms.ChoiceField(
                    label=f"{finding.kind.label}: {finding.text}",
                    choices=DECISIONS,
                    widget=forms.RadioSelect,
                    error_messages={"required": _("Please decide for every marked place.")},
                )
        photos = complaint.photos.filter(screened_at__isnull=False).order_by("pk")
        for name in ("before", "after"):
            self.fields[name].queryset = photos  # type: ignore[attr-defined]
            self.fields[name].label_from_instance = _photo_label  # type: ignore[attr-defined]

    def pieces(self, name: str) -> list[Piece]:
        """The text cut at its findings, for marking them."""
        text, at = self.texts[name], 0
        cut: list[Piece] = []
        for finding in self.findings[name]:
            cut += [(text[at : finding.start], None), (finding.text, finding)]
            at = finding.end
        return [*cut, (text[at:], None)]

    @property
    def decisions(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name.startswith(("reported_", "done_"))]

    @property
    def others(self) -> list[forms.BoundField]:
        return [self[name] for name in ("also", "before", "after")]

    def screened(self) -> Screened:
        def decided(name: str) -> list[bool]:
            count = len(self.findings[name])
            return [self.cleaned_data[f"{name}_{number}"] == "mask" for number in range(count)]

        words = (word.strip() for word in self.cleaned_data["also"].splitlines())
        return Screened(decided("reported"), decided("done"), [word for word in words if word])


def _photo_label(photo: ComplaintPhoto) -> str:
    return f"{PhotoKind(photo.kind).label} · {timezone.localtime(photo.added_at):%Y-%m-%d %H:%M}"


class RemoveForm(NamesMissingForm):
    reason = forms.CharField(label=_("Why is it taken down?"), max_length=300)


class BoxForm(forms.Form):
    """One box in per cent of the photo; all four numbers, or none."""

    left = forms.DecimalField(label=_("From the left (%)"), required=False, max_digits=5)
    top = forms.DecimalField(label=_("From the top (%)"), required=False, max_digits=5)
    width = forms.DecimalField(label=_("Width (%)"), required=False, max_digits=5)
    height = forms.DecimalField(label=_("Height (%)"), required=False, max_digits=5)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        given = [cleaned.get(name) is not None for name in self.fields]
        if any(given) and not all(given) and not self.errors:
            raise ValidationError(_("A box needs all four numbers."))
        return cleaned

    @property
    def box(self) -> Box | None:
        numbers = [self.cleaned_data.get(name) for name in ("left", "top", "width", "height")]
        given = [float(number) for number in numbers if number is not None]
        return Box(*given) if len(given) == len(numbers) else None


BoxFormSet = forms.formset_factory(BoxForm, extra=MAX_BOXES, max_num=MAX_BOXES)


#: Hooks of this name get a queryset of communities and return (key, title) of the surveys that were
#: asked there. Surveys are a sibling of this package: they say themselves what there is.
SURVEYS_HOOK = "complaints_surveys_asked"


def surveys_asked(places: "QuerySet[Place]") -> list[tuple[str, str]]:
    return [survey for hook in hooks.get_hooks(SURVEYS_HOOK) for survey in hook(places)]


class WeDidForm(LookedOverForm, forms.ModelForm[WeDid]):
    image = forms.FileField(
        label=_("Photo"),
        required=False,
        help_text=_("Without faces and number plates: everybody sees it."),
        widget=forms.ClearableFileInput(attrs={"accept": "image/*"}),
    )

    survey_key = forms.ChoiceField(
        label=_("Survey that asked for it"),
        required=False,
        help_text=_("If the wish comes from a survey."),
    )

    everybody_reads = ("said", "did", "where")

    class Meta:
        model = WeDid
        fields = ["community", "said", "did", "where", "done_date", "cases", "survey_key"]
        labels = {"said": _("You said"), "did": _("We did")}
        widgets = {
            "said": forms.Textarea(attrs={"rows": 2}),
            "did": forms.Textarea(attrs={"rows": 4}),
            "done_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "cases": forms.CheckboxSelectMultiple,
        }

    def __init__(
        self,
        *args: Any,
        places: "QuerySet[Place]",
        community: Place | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["community"].queryset = places  # type: ignore[attr-defined]
        if len(places) == 1:
            self.fields["community"].initial = places[0]
        cases = PublishedCase.objects.public().for_list()
        within = places if community is None else places.filter(pk=community.pk)
        self.fields["survey_key"].choices = self._surveys(within)  # type: ignore[attr-defined]
        cases = cases.filter(complaint__community__in=within.order_by().values("pk"))
        self.fields["cases"].queryset = cases  # type: ignore[attr-defined]
        self.fields["cases"].label_from_instance = _case_label  # type: ignore[attr-defined]

    def _surveys(self, places: "QuerySet[Place]") -> list[tuple[str, Any]]:
        surveys = surveys_asked(places)
        kept = self.instance.survey_key
        if kept and kept not in dict(surveys):
            # What was entered stays, also where the survey is gone.
            surveys.append((kept, kept))
        return [("", _("– not from a survey –")), *surveys]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        key, community = cleaned.get("survey_key"), cleaned.get("community")
        if key and community and key != self.instance.survey_key:
            here = surveys_asked(Place.objects.filter(pk=community.pk))
            if key not in dict(here):
                self.add_error("survey_key", _("This survey was not asked in this community."))
        return cleaned

    def clean_image(self) -> Any:
        upload = self.cleaned_data.get("image")
        return photo_clean(upload) if upload else None

    def arguments(self) -> dict[str, Any]:
        """What `we_did_save` takes."""
        given = {name: self.cleaned_data[name] for name in self.Meta.fields}
        return {**given, "cases": list(given["cases"]), "photo": self.cleaned_data["image"]}

    def _post_clean(self) -> None:
        """The service writes; the instance stays as it is in the database."""


def _case_label(case: PublishedCase) -> str:
    complaint = case.complaint
    return f"{complaint.community.label} · {complaint.category.label} · {complaint.number}"
