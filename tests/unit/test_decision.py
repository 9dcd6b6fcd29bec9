"""The whole table of who may see what of a person, and when a team's time is over."""

import itertools
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest

from mapservice.accounts.models import OrganisationLevel, Role
from mapservice.decision import (
    VISIT,
    Decision,
    Facts,
    Held,
    LookReason,
    Stage,
    decide,
    open_until,
    stage,
    stated,
)
from mapservice.matching.models import AssignmentStatus

NOW = datetime(2026, 6, 15, 5, tzinfo=UTC)
DAY = timedelta(days=1)
BOTH = (True, False)
COMMUNE, PROVINCE = OrganisationLevel.COMMUNE, OrganisationLevel.PROVINCE
OFFICE = {"admin", "officer", "registrar"}
COMBINATIONS = [
    Facts(role, level, *rest)
    for role, level, *rest in itertools.product(
        Role, OrganisationLevel, BOTH, BOTH, Stage, *[BOTH] * 3
    )
]
# The first line that fits is the answer: (who, what of the record, decision).
TABLE = [
    (lambda f: not f.active, Decision.FORBIDDEN),
    (lambda f: f.role == "viewer", Decision.FORBIDDEN),
    (
        lambda f: (f.role == "admin" or f.level == "province") and not f.stated and not f.outline,
        Decision.NEEDS_REASON,
    ),
    (lambda f: f.role in OFFICE and f.covered and f.outline, Decision.OUTLINE),
    (lambda f: f.role in OFFICE and f.covered, Decision.OFFICE),
    (lambda f: f.role in OFFICE, Decision.ABSENT),
    (lambda f: f.stage == "held" and f.shared, Decision.TEAM),
    (lambda f: f.stage in {"held", "proposed"}, Decision.OUTLINE),
    (lambda f: True, Decision.ABSENT),
]


def test_every_combination_is_decided_as_the_table_says():
    assert len(COMBINATIONS) == 5 * 3 * 2 * 2 * 3 * 2 * 2 * 2
    for facts in COMBINATIONS:
        wanted = next(decision for fits, decision in TABLE if fits(facts))
        assert decide(facts) is wanted, facts


def test_without_a_hold_on_the_record_nothing_depends_on_it():
    """Whether a record exists (shared or not) must not show to who cannot see it."""
    for role, level, active, said in itertools.product(Role, OrganisationLevel, BOTH, BOTH):
        answers = {
            decide(Facts(role, level, active, False, Stage.NONE, shared, said)) for shared in BOTH
        }
        assert len(answers) == 1
        assert answers <= {Decision.FORBIDDEN, Decision.NEEDS_REASON, Decision.ABSENT}


def test_territory_gives_a_team_nothing_and_an_assignment_gives_the_office_nothing():
    led = Facts(Role.TEAM_LEADER, COMMUNE, True, covered=True, shared=True)
    assert decide(led) is Decision.ABSENT
    held = Facts(Role.OFFICER, COMMUNE, True, stage=Stage.HELD, shared=True)
    assert decide(held) is Decision.ABSENT


@pytest.mark.parametrize("role", Role)
def test_what_is_open_is_open_to_every_active_account(role):
    assert decide(Facts(role, PROVINCE, True, open=True)) is Decision.TEAM
    assert decide(Facts(role, PROVINCE, False, open=True)) is Decision.FORBIDDEN


@pytest.mark.parametrize("role", sorted(OFFICE))
@pytest.mark.parametrize("level", OrganisationLevel)
def test_the_province_states_a_reason_and_an_outline_needs_none(role, level):
    facts = partial(Facts, Role(role), level, True, covered=True)
    asked = role == "admin" or level == "province"
    assert decide(facts()) is (Decision.NEEDS_REASON if asked else Decision.OFFICE)
    assert decide(facts(stated=True)) is Decision.OFFICE
    assert decide(facts(outline=True)) is Decision.OUTLINE


def held(status, *, lease=None, wanted=None, since=NOW - DAY) -> Held:
    return Held(AssignmentStatus(status), since, lease, wanted)


@pytest.mark.parametrize("status", AssignmentStatus)
def test_only_accepted_and_underway_hold(status):
    expected = {"accepted": Stage.HELD, "underway": Stage.HELD, "proposed": Stage.PROPOSED}
    assert stage([held(status)], NOW) is expected.get(status.value, Stage.NONE)


@pytest.mark.parametrize(
    ("assignment", "now_is"),
    [
        (held("proposed", lease=NOW + DAY), Stage.PROPOSED),
        (held("proposed", lease=NOW), Stage.NONE),
        (held("proposed", lease=NOW - DAY), Stage.NONE),
        (held("accepted", wanted=date(2026, 6, 16)), Stage.HELD),
        (held("accepted", wanted=date(2026, 6, 15)), Stage.NONE),
        (held("accepted", wanted=date(2026, 6, 15), lease=NOW + DAY), Stage.HELD),
        (held("underway", since=NOW - VISIT + DAY), Stage.HELD),
        (held("underway", since=NOW - VISIT), Stage.NONE),
        (held("accepted", since=NOW - VISIT, wanted=date(2027, 1, 1)), Stage.HELD),
    ],
)
def test_a_hold_ends_with_its_lease_and_dates(assignment, now_is):
    assert stage([assignment], NOW) is now_is


def test_the_last_day_ends_at_midnight_in_vietnam():
    closes = open_until(held("accepted", wanted=date(2026, 6, 16)))
    assert closes == datetime(2026, 6, 15, 17, tzinfo=UTC)


def test_the_furthest_of_several_assignments_counts():
    assert stage([held("proposed"), held("accepted"), held("released")], NOW) is Stage.HELD
    assert stage([], NOW) is Stage.NONE


@pytest.mark.parametrize("given", [None, "", " ", "reviewed", "Theo đơn số 12", "COMPLAINT", 1])
def test_words_are_no_reason(given):
    assert stated(given) is None


def test_a_reason_is_a_code_that_has_words(offline_app):
    words = offline_app.jinja_env.get_template("macros/words.html").module.look_reasons
    assert list(words) == [stated(reason.value) for reason in LookReason]
