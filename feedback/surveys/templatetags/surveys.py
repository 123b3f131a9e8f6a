from typing import Any

from django import template

from feedback.surveys.models import Survey
from feedback.surveys.questionnaire import QuestionnaireError
from feedback.surveys.screens import Form

register = template.Library()


@register.simple_tag
def draft_forms(survey: Survey) -> dict[str, Any]:
    """What a survey would ask as it is written now: `forms`, one a part, or `problems`."""
    try:
        definition = survey.compiled()
    except (QuestionnaireError, KeyError, TypeError) as error:
        return {"forms": [], "problems": getattr(error, "problems", [str(error)])}
    forms = [Form(definition, {}, part) for part in definition.parts()]
    return {"forms": forms, "problems": []}
