"""A hundred leaders at one moment: exactly one gets what there is one of, nobody waits for ever.

The connections are real, and so is the database's answer: three rounds here, a thousand in
`make proof`.
"""

from collections import Counter

import pytest
from sqlalchemy import text

from mapservice.accounts import rights
from mapservice.accounts.models import Role
from mapservice.errors import Conflict
from mapservice.matching import service
from mapservice.matching.models import Assignment
from tests.factories import (
    make_account,
    make_assignment,
    make_need,
    make_organisation,
    make_place,
    make_team,
)
from tests.races import at_once

LEADERS = 100


@pytest.fixture
def rounds(long_form):
    return 1000 if long_form else 3


@pytest.fixture
def leader(committed):
    account = make_account(committed, role=Role.TEAM_LEADER)
    return rights.actor(committed, account)


def tally(results) -> Counter:
    """How often each answer came; whatever is no answer of ours stays what it is."""
    return Counter(
        "won" if isinstance(r, Assignment) else r.code if isinstance(r, Conflict) else repr(r)
        for r in results
    )


def clear(session, *tables):
    for table in tables:
        session.execute(text(f"DELETE FROM core.{table}"))
    session.commit()


def test_of_a_hundred_teams_one_takes_the_last_part(
    committed, office_connections, leader, rounds, record_property
):
    own = {"organisation_id": make_organisation(committed).id, "leader_id": leader.id}
    teams = [make_team(committed, **own).public_code for _ in range(LEADERS)]
    place = make_place(committed)
    for number in range(rounds):
        need = make_need(committed, address=place)
        committed.commit()
        jobs = [
            lambda s, team=team, code=need.public_code: service.claim(s, leader, team, code)
            for team in teams
        ]
        found = tally(at_once(office_connections, jobs))
        assert found == {"won": 1, "claim-parts_full": LEADERS - 1}, number
        committed.refresh(need)
        assert need.status == "matched"
        committed.commit()
        clear(committed, "assignment", "need")
    record_property("claims of one part", f"{rounds} rounds of {LEADERS}: one winner each")


def test_of_a_hundred_answers_to_one_proposal_one_counts(
    committed, office_connections, leader, rounds, record_property
):
    team = make_team(committed, leader_id=leader.id)
    place = make_place(committed)
    for number in range(rounds):
        need = make_need(committed, address=place)
        asked = make_assignment(committed, need=need, team=team)
        committed.commit()
        jobs = [lambda s, asked=asked.id: service.accept(s, leader.id, asked)] * LEADERS
        found = tally(at_once(office_connections, jobs))
        assert found == {"won": 1, "tr_assignment_status": LEADERS - 1}, number
        clear(committed, "assignment", "need")
    record_property("accepts of one proposal", f"{rounds} rounds of {LEADERS}: one winner each")


def test_a_team_with_one_place_takes_one_of_a_hundred_needs(committed, office_connections, leader):
    team = make_team(committed, leader_id=leader.id).public_code
    place = make_place(committed)
    needs = [make_need(committed, address=place).public_code for _ in range(LEADERS)]
    committed.commit()
    jobs = [lambda s, need=need: service.claim(s, leader, team, need) for need in needs]
    assert tally(at_once(office_connections, jobs)) == {"won": 1, "claim-full": LEADERS - 1}


def test_claims_and_an_officers_suspension_meet_without_a_deadlock(
    committed, office_connections, leader
):
    officer = rights.actor(committed, make_account(committed, role=Role.ADMIN))
    own = {"organisation_id": make_organisation(committed).id, "leader_id": leader.id}
    teams = [make_team(committed, max_concurrent=9, **own).public_code for _ in range(8)]
    place = make_place(committed)
    needs = [make_need(committed, address=place, parts=4).public_code for _ in range(4)]
    committed.commit()
    jobs = [
        lambda s, team=team, need=need: service.claim(s, leader, team, need)
        for team in teams
        for need in needs
    ]
    jobs += [
        lambda s, team=team: service.suspend(s, officer, team, reason="inactive") for team in teams
    ]
    answers = at_once(office_connections, jobs)
    strange = [a for a in answers if isinstance(a, Exception) and not isinstance(a, Conflict)]
    assert strange == []
    held = text("""SELECT count(*) FROM core.assignment AS x JOIN core.team AS t ON t.id = x.team_id
        WHERE t.state = 'suspended' AND x.status IN ('proposed', 'accepted', 'underway')""")
    assert committed.scalar(held) == 0
