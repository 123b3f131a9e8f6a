from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VotesConfig(AppConfig):
    name = "feedback.votes"
    label = "votes"
    verbose_name = _("Owners' votes")
    default_auto_field = "django.db.models.BigAutoField"
