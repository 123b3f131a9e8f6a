"""What becomes of a delivery: QUEUED → SENDING → SENT, or back to QUEUED, or in the end FAILED."""

from datetime import time, timedelta

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class State(models.TextChoices):
    QUEUED = "QUEUED", pgettext_lazy("message", "Queued")
    SENDING = "SENDING", pgettext_lazy("message", "Being sent")
    SENT = "SENT", pgettext_lazy("message", "Sent")
    FAILED = "FAILED", pgettext_lazy("message", "Failed")


class Channel(models.TextChoices):
    EMAIL = "EMAIL", _("E-mail")
    SMS = "SMS", _("Text message")
    APPRISE = "APPRISE", _("Messenger or gateway")
    CONSOLE = "CONSOLE", _("Console")


class Topic(models.TextChoices):
    """What staff can be alerted to."""

    COMPLAINTS = "complaints", _("Complaints and their deadlines")
    NOTICES = "notices", _("Notices: failed, returned, approved")
    SURVEYS = "surveys", _("Surveys")
    FIGURES = "figures", _("Figures and targets")


#: The ways in which staff can be alerted.
ALERT_WAYS = [(way.value, way.label) for way in (Channel.APPRISE, Channel.EMAIL, Channel.SMS)]


#: The ways in which residents can be told.
SUBSCRIBER_WAYS = [(way.value, way.label) for way in (Channel.EMAIL, Channel.SMS)]

FINISHED = (State.SENT, State.FAILED)

#: Minutes to wait after the first, second, … failed attempt; after the last one it has failed.
BACK_OFF = tuple(timedelta(minutes=m) for m in (1, 3, 10, 30, 120, 360, 720))
MAX_ATTEMPTS = len(BACK_OFF) + 1
#: A sender that says nothing for so long has died; its message is sent again.
SENDING_LIMIT = timedelta(minutes=10)
#: A sweep takes no new message after so long, well before its own would count as abandoned.
SWEEP_SECONDS = 240
#: Finished deliveries are deleted after so long, with the address in them.
KEPT = timedelta(days=30)

#: A subscription that its owner has not confirmed by then is deleted.
CONFIRM_WITHIN = timedelta(hours=48)
#: Nobody gets more unasked-for messages a day, whoever types their address.
ASKED_A_DAY = 5
#: So many digits has the code of a text message, and so often may a wrong one be typed.
CODE_DIGITS = 6
CODE_TRIES = 5
#: When the daily digest goes out.
DIGEST_TIME = time(8, 0)
