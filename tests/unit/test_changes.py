"""What of a change the trail keeps: no value that could be a person's, of any field."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.dialects.postgresql import MultiRange, Range

from mapservice.accounts.models import Organisation, UserAccount
from mapservice.addresses.models import Address, PersonPrivate
from mapservice.audit import changes
from mapservice.matching.models import Assignment
from mapservice.needs.models import Need
from mapservice.teams.models import Team

TABLES = {
    "address": Address,
    "need": Need,
    "team": Team,
    "assignment": Assignment,
    "user_account": UserAccount,
    "organisation": Organisation,
}
values = st.one_of(st.none(), st.text(), st.integers(), st.dates(), st.lists(st.text()))


def test_told_fields_are_columns_and_none_is_free_text_of_an_address():
    for table, fields in changes.TOLD.items():
        assert fields <= set(TABLES[table].__table__.columns.keys())
        assert not fields & set(PersonPrivate.__table__.columns.keys()) - {"name"}
    free = {"title", "summary", "hamlet", "description", "point", "household_id", "results"}
    assert not free & (changes.TOLD["address"] | changes.TOLD["need"] | changes.TOLD["assignment"])


@given(st.sampled_from(sorted(TABLES)), st.data())
def test_a_protected_record_gives_its_names_alone(table, data):
    names = st.sampled_from(TABLES[table].__table__.columns.keys())
    before = data.draw(st.dictionaries(names, values))
    after = data.draw(st.dictionaries(names, values))
    told = changes.detail(table, before, after, protected=True)
    assert set(told) <= {"fields"} and set(told.get("fields", ())) <= set(after)


@given(st.dictionaries(st.sampled_from(sorted(changes.TOLD["team"])), values))
def test_what_did_not_change_is_not_told(record):
    assert changes.detail("team", record, dict(record), protected=False) == {}


def test_values_are_told_as_json():
    before = {"people": 5, "radius_km": Decimal("10.0"), "base": "POINT(1 1)", "version": 1}
    week = Range(date(2025, 6, 1), date(2025, 6, 8))
    after = {
        "people": 8,
        "radius_km": Decimal("10"),
        "base": "POINT(2 2)",
        "available_during": MultiRange([week]),
        "version": 2,
    }
    assert changes.detail("team", before, after, protected=False) == {
        "values": {
            "people": [5, 8],
            "available_during": [None, [["2025-06-01", "2025-06-08"]]],
        },
        "fields": ["base"],
    }


def test_other_kinds_of_values_are_plain_too():
    moment, code = datetime(2025, 1, 2, 3, tzinfo=UTC), uuid4()
    assert changes.plain([moment, code, True]) == ["2025-01-02T03:00:00+00:00", str(code), True]
