"""Wagtail's own form page, as its manual shows it: what filing is measured against."""

from django.db import models
from modelcluster.fields import ParentalKey
from wagtail.contrib.forms.models import AbstractForm, AbstractFormField
from wagtail.models import Page


class PlacePage(Page):
    """The page of a county or community that a form stands below."""


class ComplaintFormPage(AbstractForm):
    template = "form_page/form.html"
    landing_page_template = "form_page/landing.html"


class ComplaintFormField(AbstractFormField):
    page = ParentalKey(ComplaintFormPage, on_delete=models.CASCADE, related_name="form_fields")
