"""Two programs that saw the same version and act at one moment: one wins, the other is stale.

Both have asked for the record before either may have it, and wait for its lock: what they know by
then is no excuse to answer anything but 412.
"""

from functools import partial
from threading import Thread

import pytest

from mapservice import create_app
from mapservice.accounts.models import Role
from mapservice.addresses.models import AddressStatus
from mapservice.matching.models import AssignmentStatus
from mapservice.needs.models import NeedStatus
from tests.factories import make_account, make_assignment, make_need, make_place, make_team
from tests.programs import program
from tests.races import waiting


@pytest.fixture
def app(settings):
    """The application on connections of its own."""
    app = create_app(settings)
    app.config["WTF_CSRF_ENABLED"] = False
    yield app
    for kind in ("office_sessions", "public_sessions", "intake_sessions"):
        app.extensions[kind].kw["bind"].dispose()


@pytest.fixture
def officer(app, committed):
    return program(app, committed, make_account(committed, role=Role.ADMIN))


@pytest.fixture
def race(committed, engine):
    """`race(record, *calls)`: the calls' statuses, all begun while the record is held."""

    def race(record, *calls) -> list[int]:
        committed.commit()
        committed.refresh(record, with_for_update=True)
        replies = [None] * len(calls)

        def run(position, call):
            replies[position] = call().status_code

        threads = [Thread(target=run, args=each) for each in enumerate(calls)]
        for thread in threads:
            thread.start()
        while waiting(engine) < len(calls) and any(thread.is_alive() for thread in threads):
            pass
        committed.commit()
        for thread in threads:
            thread.join()
        return sorted(replies)

    return race


def test_two_officers_take_one_step(officer, committed, race):
    place = make_place(committed, status=AddressStatus.SUBMITTED)
    late = make_need(committed, address=make_place(committed), status=NeedStatus.SUBMITTED)
    team = make_team(committed, verified=False)
    account = make_account(committed, role=Role.VIEWER)
    for record, path in (
        (place, f"/addresses/{place.public_code}/verify"),
        (late, f"/needs/{late.public_code}/verify"),
        (team, f"/teams/{team.public_code}/verify"),
        (account, f"/users/{account.id}/disable"),
    ):
        step = partial(officer.step, path, 1)
        assert race(record, step, step) == [200, 412], path


def test_two_officers_take_different_steps(officer, committed, race):
    place = make_place(committed, status=AddressStatus.SUBMITTED)
    path = f"/addresses/{place.public_code}"
    told = {"reason": "Thiếu số người"}
    verify = partial(officer.step, f"{path}/verify", 1)
    give_back = partial(officer.step, f"{path}/return", 1, told)
    assert race(place, verify, give_back) == [200, 412]
    committed.refresh(place)
    assert place.version == 2


def test_a_leader_answers_from_two_devices(app, committed, race):
    account = make_account(committed, role=Role.TEAM_LEADER)
    leader = program(app, committed, account)
    team = make_team(committed, leader_id=account.id)
    asked = make_assignment(committed, need=make_need(committed), team=team)
    path = f"/me/assignments/{asked.id}"
    accept = partial(leader.step, f"{path}/accept", 1)
    decline = partial(leader.step, f"{path}/decline", 1, {"reason": "Đang thi"})
    assert race(asked, accept, decline) == [200, 412]
    committed.refresh(asked)
    assert asked.status in {AssignmentStatus.ACCEPTED, AssignmentStatus.DECLINED}
