"""`{% kept "name" … %} … {% endkept %}`: a piece of the frame that many pages have in common."""

from typing import Any

from django import template
from django.template.base import FilterExpression, NodeList, Parser, Token
from django.utils.safestring import SafeString

from portal.common.parts import part
from portal.pages.context import Frame

register = template.Library()


class KeptNode(template.Node):
    def __init__(self, key: list[FilterExpression], nodelist: NodeList) -> None:
        self.key, self.nodelist = key, nodelist

    def render(self, context: Any) -> SafeString:
        # Without our frame (a page of an error, made without a request) there is nothing to share.
        if not isinstance(context.get("site"), Frame):
            return self.nodelist.render(context)
        key = tuple(one.resolve(context) for one in self.key)
        return part(("frame", *key), lambda: self.nodelist.render(context))


@register.tag
def kept(parser: Parser, token: Token) -> KeptNode:
    """What is between the tags depends on nothing but the reader's language and the values named.

    It is kept as `portal.common.parts` says, and sets no variable that is read outside it.
    """
    key = [parser.compile_filter(bit) for bit in token.split_contents()[1:]]
    nodelist = parser.parse(("endkept",))
    parser.delete_first_token()
    return KeptNode(key, nodelist)
