"""The app's own shape: sizes, names, declared routes, documented settings and commands."""

import ast
import re
from pathlib import Path

import click
import pytest

from mapservice import cli, config

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted((ROOT / "mapservice").rglob("*.py"))
REVISIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
MODULE_LINES, FUNCTION_LINES = 300, 40
BANNED = {"utils.py", "helpers.py", "common.py", "misc.py"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", MODULES, ids=name)
def test_modules_stay_small_and_say_what_they_are_for(path):
    source = path.read_text(encoding="utf-8")
    tree = ast.parse(source)
    assert path.name not in BANNED
    assert len(source.splitlines()) <= MODULE_LINES
    assert ast.get_docstring(tree), "say what this module is for"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            assert node.end_lineno - node.lineno < FUNCTION_LINES, node.name


def test_migrations_are_one_chain():
    """Each follows another one; written by several hands, their numbers may be out of order."""
    after = {}  # revision -> the one that follows it
    for path in REVISIONS:
        values = {
            target.id: ast.literal_eval(node.value)
            for node in ast.parse(path.read_text(encoding="utf-8")).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name) and target.id in {"revision", "down_revision"}
        }
        assert path.name.startswith(values["revision"] + "_")
        assert values["down_revision"] not in after, f"two follow {values['down_revision']}"
        after[values["down_revision"]] = values["revision"]
    walked, revision = 0, None
    while revision := after.get(revision):
        walked += 1
    assert walked == len(REVISIONS) > 0


def test_every_route_is_declared_public_or_asks_for_sign_in(offline_app):
    """Whoever may not pass without signing in must not reach the view: no database is asked."""
    client = offline_app.test_client()
    for rule in offline_app.url_map.iter_rules():
        view = offline_app.view_functions[rule.endpoint]
        if rule.endpoint == "static" or getattr(view, "allow_anonymous", False):
            continue
        method = next(m for m in ("GET", "POST", "PATCH") if m in rule.methods)
        offline_app.config["WTF_CSRF_ENABLED"] = False
        values = dict.fromkeys(rule.arguments, "00000000-0000-0000-0000-000000000000")
        with offline_app.test_request_context():
            url = rule.build(values, append_unknown=False)
        assert url is not None, rule.rule
        reply = client.open(url[1], method=method)
        if rule.rule.startswith("/api/"):
            assert reply.status_code == 401 and not reply.location, rule.rule
        elif method == "GET":
            assert reply.status_code == 302 and "/sign-in" in reply.location, rule.rule
        else:
            assert reply.status_code == 401 and 'action="/sign-in' in reply.text, rule.rule


def test_every_route_of_the_office_names_its_action(offline_app):
    unnamed = [
        rule.rule
        for rule in offline_app.url_map.iter_rules()
        if rule.endpoint != "static"
        and not getattr(offline_app.view_functions[rule.endpoint], "allow_anonymous", False)
        and not hasattr(offline_app.view_functions[rule.endpoint], "action")
    ]
    assert unnamed == []


def test_routes_are_documented(offline_app):
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))
    missing = {
        re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", rule.rule)
        for rule in offline_app.url_map.iter_rules()
        if rule.endpoint not in {"static", "assets.versioned"}
    }
    assert not sorted(route for route in missing if f"`{route}`" not in text)


def test_settings_are_documented():
    text = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([A-Z_]+)` \|", text, re.M)
    assert sorted(rows) == sorted(config.NAMES)


def test_commands_are_documented():
    text = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "docs").rglob("*.md"))
    for words in _commands(cli.commands, []):
        assert f"`mapservice {' '.join(words)}" in text, words


def _commands(command: click.Command, words: list[str]):
    if isinstance(command, click.Group):
        context = click.Context(command)
        for child in command.list_commands(context):
            yield from _commands(command.get_command(context, child), [*words, child])
    else:
        yield words


@pytest.mark.parametrize("path", TEMPLATES, ids=name)
def test_templates_parse_and_keep_to_the_content_security_policy(path, offline_app):
    source = path.read_text(encoding="utf-8")
    offline_app.jinja_env.parse(source)
    assert not re.search(r"<script(?![^>]*\bsrc=)", source), "inline script"
    assert not re.search(r"\sstyle=", source), "inline style"
    assert not re.search(r"\son[a-z]+=", source), "inline handler"
    assert "|safe" not in source.replace(" ", "")
