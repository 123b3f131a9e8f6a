"""What migrations wrote is there for every test, whichever ran before it."""

import pytest
from django.contrib.contenttypes.models import ContentType
from wagtail.models import Page

from feedback.complaints.models import Category
from notices.models import NoticeType, RequiredNotice
from portal.pages.models import HomePage
from portal.places.models import PlaceLevel

KINDS = (PlaceLevel, Category, NoticeType, RequiredNotice, HomePage)


def _look() -> None:
    assert all(kind.objects.exists() for kind in KINDS)
    # A new row finds a key of its own, too.
    NoticeType.objects.create(code="ZZZ", name_zh="试", name_en="Try")
    NoticeType.objects.get(code="ZZZ").delete()
    home = HomePage.objects.get()
    assert Page.objects.get(pk=home.pk).specific == home
    for kind in KINDS:
        assert ContentType.objects.get_for_model(kind).model_class() is kind


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", ["first", "second"])
def test_a_committing_test_finds_it_after_another(turn: str) -> None:
    _look()
    RequiredNotice.objects.all().delete()
    NoticeType.objects.all().delete()
    PlaceLevel.objects.update(name_zh=turn)


def test_so_does_one_by_fixture(transactional_db: None) -> None:
    _look()


def test_and_one_that_is_rolled_back(db: None) -> None:
    _look()
