"""Copy the front-end libraries named in package.json from node_modules to static/vendor.

Each package goes to static/vendor/<name>-<version>/ (the version in the path lets browsers keep
it for ever); folders of other versions are removed. Exit status 1 names what is missing.
"""

import json
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def vendor_name(package: str, version: str) -> str:
    """`@tabler/icons`, `3.51.0` -> `tabler-icons-3.51.0`."""
    return f"{package.removeprefix('@').replace('/', '-')}-{version}"


def copy_package(package: str, patterns: list[str], target: Path) -> str:
    """Copy the files that match; returns the folder's name. Raises FileNotFoundError."""
    source = ROOT / "node_modules" / package
    version = json.loads((source / "package.json").read_text())["version"]
    folder = target / vendor_name(package, version)
    # Laid beside its place and renamed, so that an interrupted copy is never taken for whole.
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    for pattern in patterns:
        files = sorted(path for path in source.glob(pattern) if path.is_file())
        if not files:
            raise FileNotFoundError(f"{package} {version} has no file {pattern}")
        for file in files:
            copied = partial / file.relative_to(source)
            copied.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copied)
    shutil.rmtree(folder, ignore_errors=True)
    partial.rename(folder)
    return folder.name


def main() -> int:
    wanted = json.loads((ROOT / "package.json").read_text())["vendor"]
    target = ROOT / "static" / "vendor"
    target.mkdir(parents=True, exist_ok=True)
    try:
        kept = {copy_package(package, patterns, target) for package, patterns in wanted.items()}
    except (OSError, KeyError, ValueError) as error:
        sys.stderr.write(f"Front-end libraries: {error}\n")
        return 1
    for folder in target.iterdir():
        if folder.name not in kept:
            shutil.rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
