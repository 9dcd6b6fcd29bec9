"""Bring the catalogue of translations up to date with the texts in code, templates and scripts.

`make words` runs it: new messages come in empty, those that are said nowhere any more go out, and
what is still to be translated is printed. Exit status 1 while anything is.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = ROOT / "mapservice" / "translations" / "en" / "LC_MESSAGES" / "messages.po"
FOLDERS = ("mapservice", "templates", "static")
METHODS = [
    ("mapservice/demo/**", "ignore"),  # says what people wrote
    ("mapservice/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("static/js/**.js", "javascript"),
]
OPTIONS = {"templates/**.html": {"silent": "false"}}
# The plural of a Vietnamese text is the same text.
KEYWORDS = {"_": None, "gettext": None, "noop": None, "t": None, "counted": (1, 1)}


def extracted() -> Catalog:
    """Every message that is said anywhere, without translations."""
    found = Catalog(locale="en")
    said = extract_from_dir(
        str(ROOT),
        METHODS,
        OPTIONS,
        KEYWORDS,
        directory_filter=lambda path: (
            Path(path).relative_to(ROOT).parts[0] in FOLDERS and Path(path).name != "vendor"
        ),
    )
    for place, _line, message, _comments, _context in said:
        found.add(message, locations=[(place, None)])
    return found


def kept() -> Catalog:
    """The catalogue as it is; empty before there is one."""
    if not CATALOGUE.exists():
        return Catalog(locale="en")
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="en")


def untranslated(catalogue: Catalog) -> Iterator[str]:
    """The messages without a translation, or with one that is only guessed."""
    for message in catalogue:
        texts = message.string if message.pluralizable else (message.string,)
        if message.id and (message.fuzzy or not all(texts)):
            yield message.id[0] if message.pluralizable else message.id


def main() -> None:
    """Write the catalogue and tell what is missing in it."""
    catalogue = kept()
    catalogue.update(extracted(), no_fuzzy_matching=True)
    CATALOGUE.parent.mkdir(parents=True, exist_ok=True)
    with CATALOGUE.open("wb") as file:
        write_po(file, catalogue, omit_header=True, ignore_obsolete=True, include_lineno=False)
    missing = list(untranslated(catalogue))
    for message in missing:
        sys.stdout.write(f"to translate: {message}\n")
    sys.exit(1 if missing else 0)


if __name__ == "__main__":
    main()
