"""What each channel can send to, and how it is written, so that one address has one spelling."""

import re
import unicodedata

import apprise
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from portal.common.keys import mask_phone
from portal.messages.states import Channel
from portal.messages.webhooks import host_check, webhook_plugin

#: A mobile number of mainland China: eleven digits, the second from 3 to 9 (numbering plan, 1XX).
_MOBILE = re.compile(r"1[3-9]\d{9}\Z")
#: What a group's webhook address looks like, and how apprise writes it. WeCom's it reads itself.
_WEBHOOKS = (
    (re.compile(r"https://oapi\.dingtalk\.com/robot/send\?access_token=(\w+)\Z"), "dingtalk"),
    (re.compile(r"https://open\.feishu\.cn/open-apis/bot/v2/hook/([\w-]+)/?\Z"), "feishu"),
)
#: Where staff may be alerted: nothing that acts on this machine or signs in somewhere.
ALERT_SCHEMES = frozenset({"wecombot", "dingtalk", "feishu", "lark", "json", "jsons"})
_COUNTRY = re.compile(r"(?:\+|00)86")


def address_clean(channel: Channel, to: str) -> str:
    """`to` in its one spelling. Raises ValidationError where `channel` can't send to it."""
    if channel == Channel.EMAIL:
        return email_clean(to)
    if channel == Channel.SMS:
        return phone_clean(to)
    if channel == Channel.APPRISE:
        return _messenger_clean(to)
    return to


def alert_address_check(channel: Channel, to: str) -> None:
    """Raises ValidationError for a messenger that staff may not be alerted through, and for a
    webhook that leads inside."""
    if channel != Channel.APPRISE:
        return
    plugin = webhook_plugin(to)
    schemes = {plugin.protocol, plugin.secure_protocol} if plugin else set()
    if not any(scheme in ALERT_SCHEMES for scheme in schemes if isinstance(scheme, str)):
        raise ValidationError(_("Only group robots and webhooks can be used here."))
    if plugin:
        host_check(plugin)


def _messenger_clean(text: str) -> str:
    text = text.strip()
    for pattern, scheme in _WEBHOOKS:
        if found := pattern.match(text):
            text = f"{scheme}://{found[1]}"
    if not apprise.Apprise().add(text):
        raise ValidationError(_("This address of a messenger or gateway is not understood."))
    return text


def email_clean(text: str) -> str:
    """The address in small letters: nobody's mailbox tells them apart, and people mix them."""
    validate_email(text)
    return text.lower()


def phone_clean(text: str) -> str:
    """`+86 138-0000 1234` → `13800001234`. Raises ValidationError unless it can get a message."""
    plain = re.sub(r"[\s()（）·-]", "", unicodedata.normalize("NFKC", text[:40]))
    plain = _COUNTRY.sub("", plain, count=1) if _COUNTRY.match(plain) else plain
    if not _MOBILE.match(plain):
        raise ValidationError(
            _("Please write a mobile number of 11 digits, such as 138 0000 1234."),
            code="phone_unreadable",
        )
    return plain


def address_masked(channel: Channel, to: str) -> str:
    """Enough to recognise an address one knows, too little to use one one doesn't."""
    if channel == Channel.EMAIL:
        name, _at, domain = to.partition("@")
        return f"{name[:1]}***@{domain}"
    if channel == Channel.SMS:
        return mask_phone(to)
    return f"{to.partition('://')[0]}://***" if "://" in to else "***"
