"""The ways a message leaves the house. Each either delivers it or raises SendError."""

import smtplib
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import TracebackType

import apprise
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.mail import EmailMessage, get_connection
from django.utils import translation
from django.utils.translation import gettext as _

from portal.messages import sms
from portal.messages.errors import SendError
from portal.messages.states import Channel
from portal.messages.webhooks import host_check, webhook_plugin

__all__ = ["Mailbox", "Message", "SendError", "send"]


@dataclass(frozen=True)
class Message:
    """What goes out. `headers` are those of an e-mail; other channels have none."""

    to: str
    subject: str
    body: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Mailbox:
    """The connection to the mail server: opened for the first e-mail, kept for the next ones, and
    opened anew after a failure. Use it in a `with`."""

    def __init__(self) -> None:
        self._connection = get_connection()
        #: The server could not be reached: the next try is the next sweep's.
        self.is_down = False

    def __enter__(self) -> "Mailbox":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.hang_up()

    def send(self, email: EmailMessage) -> None:
        """Raises what smtplib and the socket raise."""
        try:
            self._connection.open()
        except (OSError, smtplib.SMTPException):
            self.is_down = True
            raise
        email.connection = self._connection
        email.send()

    def hang_up(self) -> None:
        with suppress(OSError, smtplib.SMTPException):
            self._connection.close()


def send(channel: Channel, message: Message, mailbox: Mailbox) -> None:
    """Deliver one message. A demonstration sends nothing to anybody: it shows that it would."""
    if settings.DEMONSTRATION:
        channel = Channel.CONSOLE
        message = replace(message, subject=_labelled(message.subject), body=_labelled(message.body))
    SENDERS[channel](message, mailbox)


def _labelled(text: str) -> str:
    with translation.override(settings.LANGUAGE_CODE):
        label = _("Demonstration data")
    return f"【{label}】{text}"


def _send_email(message: Message, mailbox: Mailbox) -> None:
    email = EmailMessage(
        subject=message.subject,
        body=message.body,
        to=[message.to],
        headers=dict(message.headers),
    )
    try:
        mailbox.send(email)
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _message in error.recipients.values()}
        final = all(code >= 500 for code in codes)
        raise SendError(f"SMTPRecipientsRefused {min(codes, default=0)}", final=final) from error
    except smtplib.SMTPResponseException as error:
        mailbox.hang_up()
        # What the server says may repeat the address: only its number is kept.
        raise SendError(f"{type(error).__name__} {error.smtp_code}") from error
    except (OSError, smtplib.SMTPException) as error:
        mailbox.hang_up()
        raise SendError(type(error).__name__) from error


def _send_apprise(message: Message, mailbox: Mailbox) -> None:
    plugin = webhook_plugin(message.to)
    if plugin is None:
        raise SendError("address not understood", final=True)
    try:
        host_check(plugin)
    except ValidationError as error:
        raise SendError("internal address") from error
    sender = apprise.Apprise()
    sender.add(plugin)
    if not sender.notify(title=message.subject, body=message.body):
        raise SendError("gateway refused")


def _send_sms(message: Message, mailbox: Mailbox) -> None:
    """A text message has no subject: its text stands for itself."""
    sms.adapter()(message.to, message.body)


def _send_console(message: Message, mailbox: Mailbox) -> None:
    """Say that a message went out. Its text may carry a code or a name, so only its length."""
    sys.stdout.write(f"message: {len(message.subject)} + {len(message.body)} characters\n")
    sys.stdout.flush()


SENDERS: dict[Channel, Callable[[Message, Mailbox], None]] = {
    Channel.EMAIL: _send_email,
    Channel.SMS: _send_sms,
    Channel.APPRISE: _send_apprise,
    Channel.CONSOLE: _send_console,
}
