"""What a device keeps of the site before anybody asks: the shell of the public pages."""

import hashlib
import json
from collections.abc import Iterator
from functools import cache

from flask import current_app

from mapservice import language
from mapservice.assets import STATIC, asset, vendor

WORKER = STATIC / "js" / "offline" / "worker.js"
# Everything that public pages are drawn with, and no more: a test follows their links.
STYLES = (
    "fonts",
    "base",
    "parts",
    "map",
    "markers",
    "place",
    "open_data",
    "public_forms",
    "picker",
)
FOLDERS = ("lib", "map", "search", "places", "forms", "offline")
SCRIPTS = ("early.js", "main.js", "language.js")
PICTURES = ("img/favicon.svg", "img/logo.svg")
LIBRARIES = ("leaflet/dist/leaflet.js", "leaflet/dist/leaflet.css", "idb/build/umd.js")
FONT = "be-vietnam-pro-{}-400-normal.woff2"  # one weight; others are kept once they were needed


def worker() -> str:
    """The script of the service worker: what it keeps and of which version, then its rules."""
    front = {
        "VERSION": version(),
        "SHELL": shell(),
        "OFFLINE": offline_pages(),
        "LIBRARY": vendor("idb/build/umd.js"),
    }
    lines = [f"const {name} = {json.dumps(value)};" for name, value in front.items()]
    return "\n".join([*lines, _rules()])


def version() -> str:
    """Changes with every file of the shell and with the program that draws its pages."""
    told = json.dumps([current_app.extensions["program"], shell()])
    return hashlib.blake2b(told.encode(), digest_size=6).hexdigest()


def shell() -> list[str]:
    """Addresses of the static files that the public pages need."""
    return [
        *(asset(f"css/{name}.css") for name in STYLES),
        *(asset(f"js/{name}") for name in SCRIPTS),
        *(asset(name) for name in _modules()),
        *(asset(name) for name in PICTURES),
        *(vendor(name) for name in LIBRARIES),
        *_fonts(),
    ]


def offline_pages() -> dict[str, str]:
    """In each language the page that stands in for one that the device does not have."""
    default = str(current_app.config["DEFAULT_LANGUAGE"])
    return {
        code: "/offline" if code == default else f"/offline?lang={code}"
        for code in language.LANGUAGES
    }


def _modules() -> Iterator[str]:
    for folder in FOLDERS:
        for path in sorted((STATIC / "js" / folder).glob("*.js")):
            if path != WORKER:
                yield path.relative_to(STATIC).as_posix()


def _fonts() -> Iterator[str]:
    package = "fontsource-be-vietnam-pro"
    for subset in ("latin", "vietnamese"):
        yield vendor(f"{package}/files/{FONT.format(subset)}")


@cache
def _rules() -> str:
    return WORKER.read_text(encoding="utf-8")
