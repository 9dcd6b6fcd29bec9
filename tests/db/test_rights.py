"""Every cell of the matrix of rights is tried, and every answer out of reach compared."""

from collections.abc import Callable

import pytest
from sqlalchemy import text

from mapservice.accounts.models import Role
from mapservice.audit import service as audit
from tests import office
from tests.cells import Answer, Cell, add_people, cells, undone
from tests.programs import program
from tests.rights import BODIES, NONE, OWN, Record, bare, examples, filled, named, office_rules

TRACES = text("""
    SELECT count(*) FROM core.audit_event
    WHERE action IN ('refused_elsewhere', 'reveal_refused')""")


@pytest.fixture
def traces(monkeypatch) -> list[int]:
    """How many rows each refusal left in the audit trail. They are counted as they are written:
    tests share one transaction, in which they go when the request that was refused ends."""
    record, found = audit.record_apart, []

    def noted(session, *words, **event):
        before = session.scalar(TRACES)
        record(session, *words, **event)
        found.append(session.scalar(TRACES) - before)

    monkeypatch.setattr(audit, "record_apart", noted)
    return found


def attempt(
    client, connection, traces: list[int], method: str, path: str, body: dict, names: frozenset
) -> Answer:
    """The answer; nothing of the attempt stays, neither rows nor the session."""
    with undone(client, connection):
        told = {"data": body}
        if path.startswith("/api/") and method != "GET":
            seen = '"0"' if path.endswith(("/duplicate", "/distinct")) else '"1"'
            told = {"json": body, "headers": {"If-Match": seen}}
        traces.clear()
        reply = client.open(path, method=method, buffered=True, **told)
        with client.session_transaction() as cookie:
            flashes = cookie.get("_flashes")
    return Answer.of(reply, flashes, names, sum(traces))


@pytest.fixture(params=["province, district, commune"])
def world(request, session):
    world = office.build(session, districts="district" in request.param)
    add_people(session, world)
    return world


@pytest.fixture
def tried(app, client, connection, world, traces) -> Callable[[Cell], tuple[Answer, Answer]]:
    """`tried(cell)`: its answer, and what its unknown twin (tried once) is answered."""
    bodies, twins = examples(app) | BODIES, {}
    here = world.here.records
    taken = {name: here[name].public_code for name in ("team", "need")}
    bodies["POST", "/api/v1/me/assignments"] = taken

    def tried(cell: Cell) -> tuple[Answer, Answer]:
        def told(path: str) -> Answer:
            body = bodies.get((cell.method, cell.rule), {})
            body = body() if callable(body) else body
            return attempt(client, connection, traces, cell.method, path, body, cell.names)

        key = cell.method, cell.twin
        if key not in twins:
            twins[key] = told(cell.twin)
        return (twins[key] if cell.path == cell.twin else told(cell.path)), twins[key]

    return tried


def wrong_ones(every: list[Cell], role: Role, tried) -> list[tuple]:
    found = []
    for cell in every:
        answer, unknown = tried(cell)
        if fault := cell.wrong(role, answer, unknown):
            found.append((fault, cell.method, cell.path, cell.whose, answer.status))
    return found


@pytest.mark.parametrize("role", Role)
@pytest.mark.parametrize(
    "world", ["province, district, commune", "province, commune"], indirect=True
)
def test_every_cell_of_the_matrix(
    app, client, tried, world, role, long_form, request, record_property
):
    """In the tree without districts the short form tries each third cell."""
    office.enter(client, world.account(role))
    thinned = not long_form and world.here.district is world.here.commune
    every = cells(app, world)[:: 3 if thinned else 1]
    wrong = wrong_ones(every, role, tried)
    elsewhere = sum(not cell.reached(role) for cell in every)
    record_property(
        f"rights of {request.node.callspec.id}",
        f"{len(every)} cells, {elsewhere} of them out of reach, {len(wrong)} wrong",
    )
    assert wrong == []


@pytest.mark.parametrize("role", Role)
def test_a_token_has_the_rights_of_its_account(
    app, client, session, tried, world, role, long_form, record_property
):
    """Every cell of the API (each third in the short form), asked by a program: no session, the
    token's header alone."""
    token = program(app, session, world.account(role)).headers["Authorization"]
    client.environ_base["HTTP_AUTHORIZATION"] = token
    every = [cell for cell in cells(app, world) if cell.rule.startswith("/api/")]
    every = every[:: 1 if long_form else 3]
    wrong = wrong_ones(every, role, tried)
    record_property(f"rights of a token of {role}", f"{len(every)} cells, {len(wrong)} wrong")
    assert len(every) > 100
    assert wrong == []


@pytest.mark.parametrize(
    "change", [{"role": Role.VIEWER}, {"active": False}], ids=["role", "closed"]
)
def test_a_session_from_before_a_change_reaches_nothing(app, client, session, tried, world, change):
    """The cookie is of an officer; whatever it asks for now, nobody is signed in."""
    account = world.account(Role.OFFICER)
    office.enter(client, account)
    for name, value in change.items():
        setattr(account, name, value)
    session.commit()
    own = [cell for cell in cells(app, world) if cell.whose in {OWN, NONE}]
    reached = [cell for cell in own if not tried(cell)[0].asks_to_sign_in]
    assert reached == []
    assert len(own) > 200


UNION = "organisation"
# Records that are named inside a body: by whom, where, in which field, which record of elsewhere.
INSIDE = [
    *(
        (Role.OFFICER, "POST", f"/{part}/addresses/<code>/{step}", name, Record(kind))
        for part in ("api/v1", "manage")
        for step, name in (("duplicate", "kept"), ("distinct", "other"))
        for kind in ("place", "person")
        if (part, step) != ("manage", "distinct")
    ),
    *(
        (Role.OFFICER, "POST", f"/{part}/plans/<plan>/{step}", name, Record(kind))
        for part in ("api/v1", "manage")
        for step in ("choose", "remove")
        for name, kind in (("need", "need"), ("need", "person's need"), ("team", "team"))
    ),
    (Role.OFFICER, "PATCH", "/api/v1/users/<account>", "organisation", Record(UNION, "code")),
    (Role.OFFICER, "POST", "/api/v1/invitations", "organisation", Record(UNION, "code")),
    (Role.OFFICER, "POST", "/manage/users/invite", "organisation", Record(UNION, "id")),
    (Role.OFFICER, "POST", "/manage/users/<account>", "organisation", Record(UNION, "id")),
    (Role.OFFICER, "POST", "/manage/review/duplicates", "other", Record("place")),
    (Role.OFFICER, "POST", "/manage/review/duplicates", "other", Record("person")),
    (Role.REGISTRAR, "POST", "/api/v1/teams", "organisation", Record(UNION, "code")),
    (Role.TEAM_LEADER, "POST", "/api/v1/me/assignments", "team", Record("team")),
    (Role.TEAM_LEADER, "POST", "/api/v1/me/assignments", "need", Record("person's need")),
    (Role.TEAM_LEADER, "POST", "/manage/my-teams/<code>/claim", "need", Record("person's need")),
]


@pytest.mark.parametrize(("role", "method", "path", "name", "record"), INSIDE)
def test_a_record_of_elsewhere_inside_a_body_is_as_unknown(
    app, client, connection, world, traces, role, method, path, name, record
):
    office.enter(client, world.account(role))
    rule = next(rule for rule in office_rules(app) if bare(rule) == path)
    own = {n: one.value(world.here) for n, one in named(rule).items()}
    here, body = world.here.records, (examples(app) | BODIES).get((method, path), {})
    known = {"team": here["team"], "need": here["need"], "one": here["place"]}
    body = body | {n: row.public_code for n, row in known.items() if n in body}
    there = record.value(world.there)
    answers = [
        attempt(
            client, connection, traces, method, filled(rule, own), body | {name: asked},
            frozenset({there, record.unknown}),
        )
        for asked in (there, record.unknown)
    ]  # fmt: skip
    assert answers[0] == answers[1]
    assert 300 < answers[0].status < 500
