"""Types of notice are data that an administrator keeps. What is public already stays as it was."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from wagtail.log_actions import log

from notices.models import NoticeType
from notices.permissions import keeps_types
from portal.accounts.models import User
from portal.common.generation import generation_bump


@transaction.atomic
def notice_type_save(*, notice_type: NoticeType, by: User) -> NoticeType:
    """Write a type with its kinds and fields, as they stand on `notice_type`.

    Published notices keep the terms they went public under; drafts follow the type. Raises
    PermissionDenied, and ValidationError for another code and for a kind that notices still have.
    """
    if not keeps_types(by):
        raise PermissionDenied
    is_new = notice_type.pk is None
    if not is_new and not NoticeType.objects.filter(pk=notice_type.pk, code=notice_type.code):
        raise ValidationError({"code": _("The code stays: it stands in addresses.")})
    variants = {variant.code for variant in notice_type.variants.all()}
    for field in notice_type.fields.all():
        if field.only_for and field.only_for not in variants:
            text = _("The field %(field)s is for a kind that is not there: %(code)s.")
            values = {"field": field.label_zh, "code": field.only_for}
            raise ValidationError(text % values)
    notice_type.has_variants = bool(variants)
    try:
        notice_type.save()
    except ProtectedError:
        text = _("A kind that notices have cannot be removed.")
        raise ValidationError(text) from None
    action = "wagtail.create" if is_new else "wagtail.edit"
    log(instance=notice_type, action=action, user=by, content_changed=True)
    generation_bump()
    return notice_type
