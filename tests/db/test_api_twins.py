"""The same request sent many times at once makes one record. Everything committed is taken away."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from mapservice import create_app
from mapservice.accounts.models import Role
from mapservice.registration.api import PLACE
from tests import office as offices
from tests.programs import Program, program

TWINS = 6
CLEARED = (
    "photo", "offer", "suggestion", "invitation", "assignment", "need", "address", "team",
    "user_account", "organisation_unit", "organisation",
)  # fmt: skip


@pytest.fixture
def committed(engine, settings):
    """A session whose rows other connections see."""
    with Session(engine, expire_on_commit=False) as session:
        yield session
        session.rollback()
        for table in CLEARED:
            session.execute(text(f"DELETE FROM core.{table}"))
        session.commit()


@pytest.fixture
def live(settings):
    """The application with connections of its own."""
    app = create_app(settings)
    yield app
    for kind in ("office", "public", "intake"):
        app.extensions[f"{kind}_sessions"].kw["bind"].dispose()


def at_once(app, token: str, bodies: list[dict], key: str) -> list:
    """The answers to these bodies, sent with one key, all starting together."""
    start = Barrier(len(bodies))

    def send(body):
        twin = Program(app.test_client(use_cookies=False), token)
        start.wait()
        return twin.post("/addresses/places", body, **{"Idempotency-Key": key})

    with ThreadPoolExecutor(len(bodies)) as pool:
        return list(pool.map(send, bodies))


@pytest.fixture
def token(live, committed):
    province = offices.make_organisation(committed)
    account = offices.make_account(committed, organisation=province, role=Role.ADMIN)
    return program(live, committed, account).token


def test_of_parallel_twins_one_makes_the_record(live, committed, token):
    answers = at_once(live, token, [PLACE] * TWINS, "twins")
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json["code"] for answer in answers}) == 1
    replayed = [answer.headers.get("Idempotency-Replayed") for answer in answers]
    assert sorted(replayed, key=str) == [None] + ["true"] * (TWINS - 1)
    assert committed.scalar(text("SELECT count(*) FROM core.address")) == 1


def test_of_parallel_rivals_with_one_key_one_wins(live, committed, token):
    rivals = [PLACE | {"children": number} for number in range(TWINS)]
    answers = at_once(live, token, rivals, "rivals")
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * (TWINS - 1)
    assert committed.scalar(text("SELECT count(*) FROM core.address")) == 1


def test_a_twin_of_what_was_refused_may_make_it(live, committed, token):
    wrong = PLACE | {"kind": "nothing-like-it"}
    answers = at_once(live, token, [wrong] * TWINS, "mended")
    assert {answer.status_code for answer in answers} == {422}
    answers = at_once(live, token, [PLACE] * 2, "mended")
    assert {answer.status_code for answer in answers} == {201}
    assert committed.scalar(text("SELECT count(*) FROM core.address")) == 1
