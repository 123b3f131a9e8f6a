from django import template

from notices.group_message import group_message as message_of
from notices.models import NoticePage

register = template.Library()


@register.simple_tag
def group_message(notice: NoticePage) -> str:
    return message_of(notice)
