"""A query that is worked out once gives what Django's own gives."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from feedback.complaints.models import Complaint
from portal.common.prepared import Prepared, numbered
from portal.places.models import Household

pytestmark = pytest.mark.django_db


def test_a_row_is_the_one_django_reads(neighbourhood):
    prepared = Prepared(
        lambda number: Household.objects.select_related("building__place").filter(
            register_number=number
        ),
        0,
    )
    for home in neighbourhood.households[:6]:
        with CaptureQueriesContext(connection) as queries:
            found = prepared.first(home.register_number)
            assert found == home
            read = Household.objects.get(pk=home.pk)
            assert {f.attname: getattr(found, f.attname) for f in Household._meta.fields} == {
                f.attname: getattr(read, f.attname) for f in Household._meta.fields
            }
            assert found.building.name == home.building.name
            assert found.building.place == neighbourhood.community
        assert len(queries) == 2
        assert not found._state.adding
    assert prepared.first(99_999_999) is None


def test_values_that_do_not_go_in_as_they_are_are_refused():
    prepared = Prepared(lambda text: Complaint.objects.filter(text__contains=text), "a")
    if connection.vendor == "postgresql":
        with pytest.raises(ValueError):
            prepared.first("a")
    else:
        assert prepared.first("a") is None


def test_places_are_numbered():
    assert numbered("a = %s AND b = %s", 3) == "a = $3 AND b = $4"
