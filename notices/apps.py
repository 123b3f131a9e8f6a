from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NoticesConfig(AppConfig):
    name = "notices"
    label = "notices"
    verbose_name = _("Notices")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from wagtail.permissions import register_permission_policy

        from notices import comparing, review_words
        from notices.models import NoticeType, RequiredNotice
        from notices.policy import TypesPolicy
        from notices.required_policy import RulesPolicy

        register_permission_policy(NoticeType, TypesPolicy(NoticeType))
        register_permission_policy(RequiredNotice, RulesPolicy(RequiredNotice))
        comparing.register()
        review_words.connect()
