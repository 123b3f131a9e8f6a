"""The settings of `make run`, with the form page that filing is measured against."""

from portal.settings.dev import *  # noqa: F403
from portal.settings.dev import INSTALLED_APPS as APPS

INSTALLED_APPS = ["benchmarks.form_page.apps.FormPageConfig", "wagtail.contrib.forms", *APPS]
