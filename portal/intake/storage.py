"""Where files of residents lie: never below MEDIA_ROOT, which the web server hands to anyone."""

from django.core.files.storage import Storage, storages


def private_storage() -> Storage:
    """The storage named `private`. Pass the function itself to a FileField."""
    return storages["private"]
