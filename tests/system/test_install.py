"""deploy/install.sh when things go wrong: what it says, and that the next run continues.

The network's programs (pip, npm) are played by scripts that fail while a file `broken-NAME`
exists; what the installer decides, stamps and says is real.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

PYTHON = """#!/bin/bash
# Plays the machine's python3.11 and the environment's python.
echo "python $*" >>"$PLAY/calls"
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin && cp "$0" .venv/bin/python ;;
  *"pip install"*"-e .") touch .venv/bin/mapservice && chmod +x .venv/bin/mapservice ;;
  *"pip install"*) [ ! -e "$PLAY/broken-pip" ] ;;
esac
"""
NPM = """#!/bin/bash
echo "npm $*" >>"$PLAY/calls"
[ ! -e "$PLAY/broken-npm" ] && mkdir -p node_modules static/vendor
"""


@pytest.fixture
def tree(tmp_path):
    """A clone's files that the installer reads, and a PATH whose programs are played."""
    (tmp_path / "clone").mkdir()
    shutil.copytree(ROOT / "deploy", tmp_path / "clone" / "deploy")
    for name in ("requirements.txt", "requirements-node.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path / "clone")
    (tmp_path / "bin").mkdir()
    for name, text in (("python3.11", PYTHON), ("npm", NPM), ("node", "#!/bin/sh\nexit 0\n")):
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    return tmp_path


def install(tree: Path, purpose: str = "check") -> subprocess.CompletedProcess:
    return subprocess.run(
        [tree / "clone" / "deploy" / "install.sh", purpose],
        env={"PATH": f"{tree / 'bin'}:/usr/bin:/bin", "PLAY": str(tree)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )


def calls(tree: Path, program: str) -> list[str]:
    lines = (tree / "calls").read_text().splitlines()
    return [line for line in lines if line.startswith(program)]


def test_a_second_run_installs_nothing(tree):
    assert install(tree).returncode == 0
    before = calls(tree, "npm"), len(calls(tree, "python -m pip"))
    again = install(tree)
    assert (again.returncode, again.stdout) == (0, "")
    assert (calls(tree, "npm"), len(calls(tree, "python -m pip"))) == before


def test_hashes_are_required_and_no_script_of_a_package_runs(tree):
    install(tree)
    lock = [call for call in calls(tree, "python") if call.endswith("-r requirements.txt")]
    assert lock
    assert all("--require-hashes" in call for call in lock)
    assert all("--ignore-scripts" in call for call in calls(tree, "npm"))


@pytest.mark.parametrize(
    ("broken", "said"), [("pip", "Python libraries of requirements.txt"), ("npm", "npm ci")]
)
def test_a_failed_download_says_so_and_the_next_run_continues(tree, broken, said):
    (tree / f"broken-{broken}").touch()
    failed = install(tree)
    assert failed.returncode != 0
    assert f"FAILED: installing the {said}" in failed.stderr or f"FAILED: {said}" in failed.stderr
    assert "What to do:" in failed.stderr
    (tree / f"broken-{broken}").unlink()
    assert install(tree).returncode == 0


def test_a_half_made_environment_is_made_anew(tree):
    (tree / "clone" / ".venv" / "bin").mkdir(parents=True)
    (tree / "clone" / ".venv" / "half").touch()
    assert install(tree).returncode == 0
    assert not (tree / "clone" / ".venv" / "half").exists()


def test_a_changed_lock_is_installed(tree):
    install(tree)
    with (tree / "clone" / "requirements.txt").open("a") as lock:
        lock.write("# changed\n")
    assert "Python libraries" in install(tree).stdout


def test_a_machine_without_node_gets_the_locked_one(tree):
    (tree / "bin" / "node").write_text("#!/bin/sh\nexit 1\n")  # too old, or none
    install(tree)
    assert [c for c in calls(tree, "python") if c.endswith("-r requirements-node.txt")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_is_not_ours(tree):
    (tree / "clone").chmod(0o555)
    refused = install(tree)
    (tree / "clone").chmod(0o755)
    assert refused.returncode != 0
    assert "cannot write" in refused.stderr


def test_no_lock_holds_an_address():
    for name in ("requirements.txt", "requirements-node.txt", "package-lock.json"):
        text = (ROOT / name).read_text()
        assert "--index-url" not in text
        assert '"resolved"' not in text
        assert "file:" not in text


def test_the_lock_holds_everything_that_is_asked_for():
    asked = {
        line.split(">")[0].split("=")[0].strip()
        for line in (ROOT / "requirements.in").read_text().splitlines()
        if line and not line.startswith("#")
    }
    locked = {
        line.split("==")[0]
        for line in (ROOT / "requirements.txt").read_text().splitlines()
        if "==" in line and not line.startswith(("#", " "))
    }
    assert asked <= locked


def test_every_front_end_library_is_pinned_and_copied():
    package = json.loads((ROOT / "package.json").read_text())
    lock = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert set(package["vendor"]) == set(package["dependencies"])
    for name, version in (package["dependencies"] | package["devDependencies"]).items():
        assert lock[f"node_modules/{name}"]["version"] == version
        assert lock[f"node_modules/{name}"]["integrity"].startswith("sha512-")
