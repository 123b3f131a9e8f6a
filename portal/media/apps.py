from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MediaConfig(AppConfig):
    name = "portal.media"
    label = "media"
    verbose_name = _("Media")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail.permissions import register_permission_policy

        from portal.media.models import PlaceDocument, PlaceImage
        from portal.media.policy import MediaPolicy

        # For the exact class: Wagtail registers its own for the model later.
        for model in (PlaceImage, PlaceDocument):
            register_permission_policy(model, MediaPolicy(model), exact_class=True)
