"""A notice as Wagtail's tutorial would build it: what ours is measured against."""

from wagtail import blocks
from wagtail.fields import StreamField
from wagtail.images.blocks import ImageChooserBlock
from wagtail.models import Page


class PlainPage(Page):
    body = StreamField(
        [
            ("heading", blocks.CharBlock()),
            ("paragraph", blocks.RichTextBlock()),
            ("image", ImageChooserBlock(template="plain/image.html")),
        ]
    )

    template = "plain/page.html"
