from django.db import models
from django.utils.translation import gettext_lazy as _
from wagtail.documents.models import AbstractDocument
from wagtail.documents.models import Document as WagtailDocument
from wagtail.images.models import AbstractImage, AbstractRendition
from wagtail.images.models import Image as WagtailImage
from wagtail.search import index

from portal.places.models import Place


class PlaceImage(AbstractImage):
    """A picture that staff uploaded, belonging to a place."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, null=True, blank=True
    )

    admin_form_fields = (*WagtailImage.admin_form_fields, "place")
    # A search is narrowed to the places of the person who searches.
    search_fields = (*AbstractImage.search_fields, index.FilterField("place"))

    class Meta(AbstractImage.Meta):
        verbose_name = _("image")
        verbose_name_plural = _("images")


class Rendition(AbstractRendition):
    image = models.ForeignKey(PlaceImage, on_delete=models.CASCADE, related_name="renditions")

    class Meta:
        unique_together = (("image", "filter_spec", "focal_point_key"),)


class PlaceDocument(AbstractDocument):
    """A file that staff uploaded, belonging to a place."""

    place = models.ForeignKey(
        Place, verbose_name=_("place"), on_delete=models.PROTECT, null=True, blank=True
    )

    admin_form_fields = (*WagtailDocument.admin_form_fields, "place")
    search_fields = (*AbstractDocument.search_fields, index.FilterField("place"))

    class Meta(AbstractDocument.Meta):
        verbose_name = _("document")
        verbose_name_plural = _("documents")
