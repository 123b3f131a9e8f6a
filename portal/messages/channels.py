"""The ways a message leaves the house. Each either delivers it or raises SendError."""

import smtplib
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import apprise
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from portal.messages import sms
from portal.messages.errors import SendError
from portal.messages.states import Channel

__all__ = ["Message", "SendError", "send"]


@dataclass(frozen=True)
class Message:
    """What goes out. `headers` are those of an e-mail; other channels have none."""

    to: str
    subject: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


def send(channel: Channel, message: Message) -> None:
    """Deliver one message. A demonstration sends nothing to anybody: it shows that it would."""
    if settings.DEMONSTRATION:
        channel = Channel.CONSOLE
        message = replace(message, subject=_labelled(message.subject), body=_labelled(message.body))
    SENDERS[channel](message)


def _labelled(text: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        label = _("Demonstration data")
    return f"【{label}】{text}"


def _send_email(message: Message) -> None:
    try:
        EmailMessage(
            subject=message.subject,
            body=message.body,
            to=[message.to],
            headers=dict(message.headers),
        ).send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _message in error.recipients.values()}
        final = all(code >= 500 for code in codes)
        raise SendError(f"SMTPRecipientsRefused {min(codes, default=0)}", final=final) from error
    except smtplib.SMTPResponseException as error:
        # What the server says may repeat the address: only its number is kept.
        raise SendError(f"{type(error).__name__} {error.smtp_code}") from error
    except (OSError, smtplib.SMTPException) as error:
        raise SendError(type(error).__name__) from error


def _send_apprise(message: Message) -> None:
    sender = apprise.Apprise()
    if not sender.add(message.to):
        raise SendError("address not understood", final=True)
    if not sender.notify(title=message.subject, body=message.body):
        raise SendError("gateway refused")


def _send_sms(message: Message) -> None:
    """A text message has no subject: its text stands for itself."""
    sms.adapter()(message.to, message.body)


def _send_console(message: Message) -> None:
    """Say that a message went out. Its text may carry a code or a name, so only its length."""
    sys.stdout.write(f"message: {len(message.subject)} + {len(message.body)} characters\n")
    sys.stdout.flush()


SENDERS: dict[Channel, Callable[[Message], None]] = {
    Channel.EMAIL: _send_email,
    Channel.SMS: _send_sms,
    Channel.APPRISE: _send_apprise,
    Channel.CONSOLE: _send_console,
}
