"""The document of the API against the API: with a token of each role, whatever is sent.

No 5xx, no status, header or content that the document does not tell, every answer of its shape.
What a case or a story changes is undone after it, so that the next begins from the same records.
"""

from collections import Counter, defaultdict

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import run_state_machine_as_test
from schemathesis.checks import not_a_server_error
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mapservice.accounts.models import Role
from mapservice.accounts.rights import ALLOWED
from tests import office as offices
from tests.programs import program

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
CASES, LONG = 4, 150  # of one operation with one role
REFUSED = 1  # of one that the role may not
STORIES, LONG_STORIES, STEPS = 4, 150, 12
QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
# What stands in a path -> the record of a side, and its name there.
NAMED = {
    "assignment": ("assignment", "id"),
    "account": ("account", "id"),
    "photo": ("photo", "id"),
    "report": ("report", "id"),
    "invitation": ("invitation", "id"),
    "organisation": ("organisation", "code"),
}
CODES = {
    "addresses": ("place", "person"),
    "needs": ("need",),
    "teams": ("team",),
    "offers": ("offer",),
    "suggestions": ("suggestion",),
}


@pytest.fixture
def union(session):
    """An office with records in the states that steps begin from."""
    made = offices.build(session)
    offices.add_states(session, made)
    return made


@pytest.fixture
def api(app):
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", app)


def known(union, path: str) -> list[dict[str, str]]:
    """Values of a path's parameters that name records: of the own district, of the other one."""
    found = []
    for side in (union.here, union.there):
        if "{code}" in path:
            kinds = next(kinds for part, kinds in CODES.items() if f"/{part}" in path)
            found += [{"code": row.public_code} for row in of_kinds(side, kinds)]
        for name, (kind, attribute) in NAMED.items():
            if "{" + name + "}" in path:
                found += [{name: str(getattr(row, attribute))} for row in of_kinds(side, [kind])]
    return found


def of_kinds(side, kinds) -> list:
    return [row for name, row in side.records.items() if name.split()[-1] in kinds]


def example(operation) -> dict | None:
    """The body that the document gives as an example."""
    content = operation.definition.raw.get("requestBody", {}).get("content", {})
    return content.get("application/json", {}).get("example")


def try_operation(operation, caller, connection, records, cases) -> set[int]:
    """The statuses that this many cases came to."""
    seen = set()
    strategy = st.one_of(
        operation.as_strategy(generation_mode=GenerationMode.POSITIVE),
        operation.as_strategy(generation_mode=GenerationMode.NEGATIVE),
    )
    body = example(operation)

    @given(
        case=strategy,
        record=st.sampled_from([*records, None]),
        first=st.sampled_from([True, True, False]),
        good=st.booleans(),
    )
    @settings(
        max_examples=cases,
        derandomize=True,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=QUIET,
    )
    def run(case, record, first, good):
        if record:
            case.path_parameters = dict(record)
        if "If-Match" in case.headers and first:
            case.headers["If-Match"] = '"1"'
        if body and good:
            case.body = body
        with connection.begin_nested() as tried:
            reply = case.call_and_validate(headers=caller.headers, checks=CHECKS)
            tried.rollback()
        seen.add(reply.status_code)

    run()
    return seen


@pytest.mark.parametrize("role", Role)
def test_every_operation_answers_as_documented(
    app, api, connection, session, union, role, long_form, record_property
):
    caller = program(app, session, union.account(role))
    views = {view.__name__: view for view in app.view_functions.values()}
    came_to = defaultdict(int)
    for operation in (result.ok() for result in api.get_all_operations()):
        name = operation.definition.raw["operationId"]
        may = role in ALLOWED[views[name].action]
        cases = (LONG if long_form else CASES) if may else REFUSED
        statuses = try_operation(operation, caller, connection, known(union, operation.path), cases)
        assert may or statuses <= {403}, name
        for status in statuses:
            came_to[status] += 1
    told = ", ".join(f"{count} × {status}" for status, count in sorted(came_to.items()))
    record_property(f"API as {role}", f"operations that came to {told}")


def open_to(app, role):
    """A filter of the document's operations: those that the role may at all. What it may not ends
    every story at once, and is refused above."""
    views = {view.__name__: view for view in app.view_functions.values()}
    return lambda ctx: role in ALLOWED[views[ctx.operation.definition.raw["operationId"]].action]


def be_good(case, record: dict[str, str] | None) -> None:
    """Let the case ask for everything, or send the documented body, to `record` as it was made."""
    case.query = {}
    if body := example(case.operation):
        case.body = body
    if record:
        case.path_parameters = record
        if "If-Match" in case.headers:
            case.headers["If-Match"] = '"1"'


@pytest.mark.parametrize("role", Role)
def test_stories_of_linked_operations_answer_as_documented(
    app, api, connection, session, union, role, long_form, record_property
):
    """What one answer names is the next one's record: made, read, changed, submitted."""
    caller = program(app, session, union.account(role))
    came_to, followed = Counter(), Counter()

    class Story(api.include(open_to(app, role)).as_state_machine()):
        def setup(self):
            self.told, self.undo = 0, connection.begin_nested()

        def teardown(self):
            self.undo.rollback()

        def get_call_kwargs(self, case):
            return {"headers": caller.headers}

        def step(self, asked):
            self.told += 1
            followed[asked.transition is not None] += 1
            begins_at = known(union, asked.case.path) if asked.transition is None else []
            if self.told % 2:
                # Every other step is one that may succeed, so that stories get on.
                be_good(asked.case, begins_at[self.told % len(begins_at)] if begins_at else None)
            return super().step(asked)

        def validate_response(self, response, case, additional_checks=(), **more):
            case.validate_response(response, checks=CHECKS)
            came_to[response.status_code] += 1

    run_state_machine_as_test(
        Story,
        settings=settings(
            max_examples=LONG_STORIES if long_form else STORIES,
            stateful_step_count=STEPS,
            derandomize=True,
            database=None,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=QUIET,
        ),
    )
    told = ", ".join(f"{count} × {status}" for status, count in sorted(came_to.items()))
    record_property(
        f"stories as {role}", f"{followed.total()} steps, {followed[True]} of them linked: {told}"
    )
    assert followed[True], "no answer led to another operation"
