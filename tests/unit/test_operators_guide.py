"""docs/operators.md tells the defaults that are true and no command that does not exist.

tests/unit/test_architecture.py sees to it that none is left out.
"""

import re
from pathlib import Path

import click
import pytest

from mapservice import config
from mapservice.cli import MODULES, commands

ROOT = Path(__file__).parents[2]
GUIDE = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")


def section(title: str) -> str:
    return GUIDE.split(f"\n## {title}\n", 1)[1].split("\n## ", 1)[0]


def command_paths(command: click.Command, path: str) -> list[str]:
    """`mapservice db start` and the like: the leaves of the command tree."""
    if not isinstance(command, click.Group):
        return [path]
    context = click.Context(command)
    return [
        leaf
        for name in command.list_commands(context)
        for leaf in command_paths(command.get_command(context, name), f"{path} {name}")
    ]


def documented_commands() -> list[str]:
    return re.findall(r"^\| `mapservice ([a-z -]*[a-z])", section("Commands"), re.MULTILINE)


def test_the_settings_table_is_the_code():
    rows = re.findall(r"^\| `([A-Z_]+)` \| `?([^|`]*)`? \|", section("Settings"), re.MULTILINE)
    assert [name for name, _ in rows] == list(config.NAMES)
    given = dict(rows)
    for setting in config.SETTINGS:
        if setting.default is not None:
            assert given[setting.name] == setting.default, setting.name


def test_every_command_of_the_table_exists():
    leaves = [leaf.removeprefix("mapservice ") for leaf in command_paths(commands, "mapservice")]
    assert "db url" in documented_commands()
    assert set(documented_commands()) <= set(leaves)


@pytest.mark.parametrize("name", MODULES)
def test_every_command_explains_itself(name):
    command = commands.get_command(click.Context(commands), name)
    assert command.name == name
    assert command.help
    for path in command_paths(command, name):
        leaf = command
        for step in path.split()[1:]:
            leaf = leaf.get_command(click.Context(leaf), step)
        assert leaf.help, path


def test_every_make_target_is_explained():
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z]+):.*## .", makefile, re.MULTILINE))
    declared = re.search(r"^\.PHONY: (.*)$", makefile, re.MULTILINE)
    assert targets == explained == set(declared[1].split())
