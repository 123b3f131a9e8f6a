from collections.abc import Callable
from datetime import datetime
from io import BytesIO

import pytest
from django.core.cache import caches
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from feedback.complaints.deadlines import LOCAL
from feedback.complaints.models import Category, Complaint
from feedback.complaints.services import complaint_file
from portal.accounts.models import Organisation, User
from portal.accounts.roles import Role
from portal.demo import factories
from portal.intake.receipts import new_key
from tests.conftest import Neighbourhood

#: A Monday morning, in office hours.
NOW = datetime(2026, 7, 13, 10, 0, tzinfo=LOCAL)


def category(code: str) -> Category:
    return Category.objects.get(pk=code)


def jpeg(colour: str = "teal", size: tuple[int, int] = (320, 240), **save: object) -> bytes:
    out = BytesIO()
    Image.new("RGB", size, colour).save(out, "JPEG", **save)
    return out.getvalue()


def upload(colour: str = "teal", name: str = "roof.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, jpeg(colour), content_type="image/jpeg")


@pytest.fixture
def nothing_kept() -> None:
    """Cases behind a figure are kept for a minute; the next test has others under the same keys."""
    caches["pages"].clear()


@pytest.fixture
def file(neighbourhood: Neighbourhood) -> Callable[..., Complaint]:
    """File a complaint in `community`, about the roof unless told otherwise."""

    def _file(code: str = "C10", **fields: object) -> Complaint:
        given = {
            "key": new_key(),
            "community": neighbourhood.community,
            "category": category(code),
            "text": "屋顶修了多次仍漏",
            "now": NOW,
            **fields,
        }
        return complaint_file(**given).complaint

    return _file


@pytest.fixture
def company(neighbourhood: Neighbourhood) -> Organisation:
    return factories.OrganisationFactory(name="恒建施工")


@pytest.fixture
def builder(neighbourhood: Neighbourhood, company: Organisation) -> User:
    """The contractor's man for `community`."""
    return factories.staff(
        "builder", Role.CONTRACTOR, neighbourhood.community, organisation=company
    )


@pytest.fixture
def colleague(neighbourhood: Neighbourhood) -> User:
    """A second clerk of `community`, who may call back."""
    return factories.staff("colleague", Role.COMMUNITY_STAFF, neighbourhood.community)
