from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client


@pytest.fixture
def stored() -> Iterator[Path]:
    root = Path(settings.MEDIA_ROOT)
    for name in ("images/roof.jpg", "documents/minutes.pdf"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"content")
    yield root
    for name in ("images/roof.jpg", "documents/minutes.pdf"):
        (root / name).unlink()


@pytest.mark.django_db
def test_pictures_are_served_and_documents_only_by_their_view(stored: Path, client: Client) -> None:
    assert client.get("/media/images/roof.jpg").status_code == 200
    for path in ("documents/minutes.pdf", "images/../documents/minutes.pdf", "images/"):
        assert client.get(f"/media/{path}").status_code in {400, 404}
