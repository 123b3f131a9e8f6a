from typing import Any

from django.urls import URLResolver, include, path
from wagtail import hooks

from portal.messages.screens import MessagesGroup


@hooks.register("register_admin_urls")
def register_message_urls() -> list[URLResolver]:
    return [path("messages/", include("portal.messages.staff_urls"))]


@hooks.register("register_admin_viewset")
def register_message_viewsets() -> list[Any]:
    return [MessagesGroup()]
