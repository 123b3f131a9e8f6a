"""The service worker: which files it keeps, and a version that changes with them."""

import hashlib
import json
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import translation

OUTBOX = "intake/outbox.js"


@lru_cache(maxsize=1)
def worker_script() -> str:
    """The script of /sw.js. The same until the software changes."""
    context = {
        "outbox": static(OUTBOX),
        "version": worker_version(),
        "files": json.dumps([static(name) for name in settings.OFFLINE_FILES]),
        "offline": json.dumps(offline_pages()),
    }
    return render_to_string("intake/sw.js", context)


def worker_version() -> str:
    """Twelve hexadecimal digits over the content of everything that is kept, and of the pages: the
    forms a phone keeps go with the files they were drawn with."""
    digest = hashlib.sha256()
    for name in settings.OFFLINE_FILES:
        found = finders.find(name)
        digest.update(Path(str(found)).read_bytes())
        digest.update(static(name).encode())
    digest.update(render_to_string("intake/sw.js", {}).encode())
    return digest.hexdigest()[:12]


def offline_pages() -> list[str]:
    """The page for no network, in Chinese and in English."""
    pages = []
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            pages.append(reverse("offline"))
    return pages
