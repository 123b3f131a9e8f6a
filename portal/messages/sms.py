"""Text messages go out through an adapter: a function of (telephone number, text).

`settings.SMS_BACKEND` is its dotted path. It returns when the provider has taken the message and
raises `portal.messages.errors.SendError` otherwise, `final=True` where another try is of no use;
anything else it raises counts as a failure that is tried again. The number has eleven digits. It
must log neither number nor text: they may carry a code. Empty: there are no text messages.
"""

import sys
from typing import Protocol
from urllib.parse import quote

import apprise
from django.conf import settings
from django.utils.module_loading import import_string

from portal.messages.errors import SendError

CONSOLE = "portal.messages.sms.console"


class Adapter(Protocol):
    def __call__(self, to: str, text: str) -> None: ...


def sms_is_offered() -> bool:
    """Whether residents may choose text messages. A demonstration shows them on the console."""
    return bool(settings.SMS_BACKEND) or settings.DEMONSTRATION


def adapter() -> Adapter:
    """The adapter of this installation. Raises SendError where there is none."""
    if not settings.SMS_BACKEND:
        raise SendError("SMS_BACKEND is not set")
    found: Adapter = import_string(settings.SMS_BACKEND)
    return found


def console(to: str, text: str) -> None:
    """Say that a message went out: neither to whom nor what."""
    sys.stdout.write(f"text message: {len(text)} characters\n")
    sys.stdout.flush()


def gateway(to: str, text: str) -> None:
    """Any provider that apprise knows or that takes a web request.

    `settings.SMS_GATEWAY_URL` is an apprise address with `{to}` for the number, for example
    `jsons://sms.example.gov.cn/send?:phone={to}`.
    """
    sender = apprise.Apprise()
    if not sender.add(settings.SMS_GATEWAY_URL.replace("{to}", quote(to, safe=""))):
        raise SendError("SMS_GATEWAY_URL not understood")
    if not sender.notify(body=text):
        raise SendError("gateway refused")
