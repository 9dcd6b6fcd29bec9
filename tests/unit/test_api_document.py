"""The document of the API: valid, complete, and shown as a page."""

import re

import pytest
from jsonschema_rs import Draft202012Validator

from mapservice.rest.document import document

METHODS = {"get", "post", "patch", "put", "delete"}


@pytest.fixture
def told(offline_app):
    with offline_app.app_context():
        return document()


def operations(told):
    for path, item in told["paths"].items():
        for method in METHODS & item.keys():
            yield path, method, item[method]


def test_every_route_of_the_api_is_in_the_document(offline_app, told):
    routes = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule.rule), method.lower())
        for rule in offline_app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/") and not rule.rule.endswith(".json")
        for method in rule.methods - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, _ in operations(told)} == routes


def test_every_operation_says_what_it_is(told):
    ids = [operation["operationId"] for _, _, operation in operations(told)]
    assert len(ids) == len(set(ids))
    for path, method, operation in operations(told):
        assert operation["summary"] and operation["description"] and operation["tags"], path
        assert operation["security"] == [{"token": []}, {"session": []}]
        answers = {str(status) for status in operation["responses"]}
        assert {"401", "403", "503"} <= answers
        if method != "get":
            assert {"400", "409", "413", "415", "422"} <= answers, path
        if "{" in path:
            assert "404" in answers


def test_changes_name_a_version_and_creations_take_a_key(told):
    for path, method, operation in operations(told):
        headers = {p["name"] for p in operation.get("parameters", ()) if p["in"] == "header"}
        if method == "get":
            assert not headers
        elif "201" in operation["responses"]:
            assert headers == {"Idempotency-Key"}, path
        else:
            assert headers == {"If-Match"} and {"412", "428"} <= operation["responses"].keys()


def test_links_lead_to_operations_that_exist(told):
    ids = {operation["operationId"] for _, _, operation in operations(told)}
    for _, _, operation in operations(told):
        for answer in operation["responses"].values():
            for link in answer.get("links", {}).values():
                assert link["operationId"] in ids


def test_limits_are_numbers(told):
    """A Decimal would be told as text, which is no limit to a validator."""
    limits = re.findall(r"'(?:min|max)\w+': (\S+?)[,}]", str(told["components"]["schemas"]))
    assert limits and all(re.fullmatch(r"-?[0-9.]+", limit) for limit in limits)


def test_every_reference_leads_somewhere_and_every_shape_is_a_schema(told):
    for reference in set(re.findall(r"'\$ref': '([^']+)'", str(told))):
        found = told
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]
        assert found
    for shape in told["components"]["schemas"].values():
        Draft202012Validator({**shape, "components": told["components"]})


def test_the_document_is_served_to_anybody(offline_app):
    reply = offline_app.test_client().get("/api/v1/openapi.json")
    assert reply.status_code == 200 and reply.json["openapi"] == "3.1.0"
    assert reply.mimetype == "application/json"
    assert "Danh sách địa chỉ".encode() in reply.data


def test_the_guide_shows_every_operation_and_shape(offline_app, told):
    page = offline_app.test_client().get("/api/docs").text
    for path, _, operation in operations(told):
        assert f'id="{operation["operationId"]}"' in page
        assert f"<code>{path}</code>" in page
    for name in told["components"]["schemas"]:
        assert f'id="shape-{name}"' in page
    assert 'href="#shape-Problem"' in page and "None" not in page
