"""The ways a message leaves the house. Each either delivers it or raises SendError."""

import smtplib
import sys
from collections.abc import Callable

import apprise
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from portal.messages import sms
from portal.messages.errors import SendError
from portal.messages.states import Channel

__all__ = ["SendError", "send"]


def send(channel: Channel, *, to: str, subject: str, body: str) -> None:
    """Deliver one message. A demonstration sends nothing to anybody: it shows that it would."""
    if settings.DEMONSTRATION:
        channel, subject, body = Channel.CONSOLE, _labelled(subject), _labelled(body)
    SENDERS[channel](to, subject, body)


def _labelled(text: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        label = _("Demonstration data")
    return f"【{label}】{text}"


def _send_email(to: str, subject: str, body: str) -> None:
    try:
        EmailMessage(subject=subject, body=body, to=[to]).send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _message in error.recipients.values()}
        final = all(code >= 500 for code in codes)
        raise SendError(f"SMTPRecipientsRefused {min(codes, default=0)}", final=final) from error
    except smtplib.SMTPResponseException as error:
        # What the server says may repeat the address: only its number is kept.
        raise SendError(f"{type(error).__name__} {error.smtp_code}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise SendError(type(error).__name__) from error


def _send_apprise(to: str, subject: str, body: str) -> None:
    sender = apprise.Apprise()
    if not sender.add(to):
        raise SendError("address not understood", final=True)
    if not sender.notify(title=subject, body=body):
        raise SendError("gateway refused")


def _send_sms(to: str, subject: str, body: str) -> None:
    """A text message has no subject: its text stands for itself."""
    sms.adapter()(to, body)


def _send_console(to: str, subject: str, body: str) -> None:
    """Say that a message went out. Its text may carry a code or a name, so only its length."""
    sys.stdout.write(f"message: {len(subject)} + {len(body)} characters\n")
    sys.stdout.flush()


SENDERS: dict[Channel, Callable[[str, str, str], None]] = {
    Channel.EMAIL: _send_email,
    Channel.SMS: _send_sms,
    Channel.APPRISE: _send_apprise,
    Channel.CONSOLE: _send_console,
}
