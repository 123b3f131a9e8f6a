from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HealthzConfig(AppConfig):
    name = "portal.healthz"
    label = "healthz"
    verbose_name = _("Health of the installation")
    default_auto_field = "django.db.models.BigAutoField"
