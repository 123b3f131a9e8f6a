from typing import Any

from django import template

from portal.places.register.problems import sentence

register = template.Library()


@register.filter
def as_sentence(note: dict[str, Any]) -> str:
    return sentence(note)
