"""What the author of a survey chooses from: places, and the questions written so far."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from wagtail.admin.forms.choosers import BaseFilterForm
from wagtail.admin.ui.tables import Column
from wagtail.admin.views.generic.chooser import ChooseResultsView, ChooseView
from wagtail.admin.viewsets.chooser import ChooserViewSet

from portal.accounts.roles import Action
from portal.places.models import Place
from portal.places.permissions import places_with


class PlaceFilterForm(BaseFilterForm):
    q = forms.CharField(label=_("Name or code"), required=False)

    def filter(self, objects: Any) -> Any:
        objects = super().filter(objects)
        text = self.cleaned_data.get("q", "").strip()
        if text:
            self.is_searching, self.search_query = True, text
            objects = objects.filter(name__icontains=text) | objects.filter(code__startswith=text)
        return objects


class _OwnPlaces:
    """Places where the user may write surveys, in the order of the tree."""

    request: Any
    ordering = ("path",)
    filter_form_class = PlaceFilterForm

    def get_object_list(self) -> Any:
        return places_with(self.request.user, Action.SURVEY_EDIT).select_related("level")

    @property
    def columns(self) -> list[Column]:
        return [
            *super().columns,  # type: ignore[misc]
            Column("level", label=_("Level"), accessor="level"),
            Column("code", label=_("Code"), accessor="code"),
        ]


class PlaceChooseView(_OwnPlaces, ChooseView):
    pass


class PlaceChooseResultsView(_OwnPlaces, ChooseResultsView):
    pass


class SurveyPlaceChooser(ChooserViewSet):
    model = Place
    icon = "site"
    name = "survey_places"
    url_prefix = "survey-places"
    choose_one_text = _("Choose a place")
    choose_another_text = _("Choose another place")
    choose_view_class = PlaceChooseView
    choose_results_view_class = PlaceChooseResultsView
    register_widget = False


survey_place_chooser = SurveyPlaceChooser("survey_places")


class QuestionInput(forms.TextInput):
    """The key of a question, to be chosen among those written so far or typed."""

    template_name = "surveys/staff/question_input.html"
    questions: list[tuple[str, str]] = []

    def get_context(self, *args: Any) -> dict[str, Any]:
        context = super().get_context(*args)
        context["widget"]["attrs"]["list"] = f"{context['widget']['name']}-questions"
        return {**context, "questions": self.questions}
