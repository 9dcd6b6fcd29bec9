"""Addresses of static files, and icons as inline SVG.

Our own files are addressed below a prefix that changes with their content, so browsers may keep
them for a year, and relative imports between modules stay inside the same prefix. Vendored
packages carry their version in their folder's name.
"""

import hashlib
import json
import re
from functools import cache
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, send_from_directory
from markupsafe import Markup, escape

from mapservice import web
from mapservice.config import ROOT

STATIC = ROOT / "static"
VENDOR = STATIC / "vendor"
OWN = ("css", "js", "img")
YEAR = 365 * 24 * 3600
PACKAGES = {
    "idb": "idb",
    "leaflet": "leaflet",
    "tabler-icons": "@tabler/icons",
    "fontsource-be-vietnam-pro": "@fontsource/be-vietnam-pro",
}

bp = Blueprint("assets", __name__)


def init_app(app: Flask) -> None:
    """Give templates `asset`, `vendor`, `icon` and `icon_symbol`."""
    app.config["BUILD"] = build_id()
    # What pages address below /static carries a version in its path.
    app.config["SEND_FILE_MAX_AGE_DEFAULT"] = YEAR
    app.jinja_env.globals.update(asset=asset, vendor=vendor, icon=icon, icon_symbol=icon_symbol)
    app.register_blueprint(bp)


@bp.get("/static/v-<build>/<path:name>")
@web.allow_anonymous
def versioned(build: str, name: str) -> Response:
    """One of our own files; kept for a year when the prefix is today's, else asked again."""
    current = build == current_app.config["BUILD"]
    response = send_from_directory(STATIC, name, max_age=YEAR if current else 0)
    if current:
        response.cache_control.immutable = True
    return response


def asset(name: str) -> str:
    """URL of our own static file, e.g. `asset("js/main.js")`."""
    return f"/static/v-{current_app.config['BUILD']}/{name}"


def vendor(name: str) -> str:
    """URL of a vendored file, e.g. `vendor("leaflet/leaflet.js")`."""
    package, _, rest = name.partition("/")
    return f"/static/vendor/{vendor_folder(package).name}/{rest}"


def icon(name: str, size: int = 20, label: str | None = None) -> Markup:
    """A Tabler outline icon as inline SVG; with `label` it is an image with that name."""
    role = (
        Markup(' role="img" aria-label="{}"').format(label)
        if label
        else Markup(' aria-hidden="true"')
    )
    return Markup(
        '<svg class="icon" width="{0}" height="{0}" viewBox="0 0 24 24" focusable="false"'
        ' fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round"'
        ' stroke-linejoin="round"{1}>{2}</svg>'
    ).format(size, role, shapes(name))


def icon_symbol(name: str) -> Markup:
    """The same icon as a `<symbol id="icon-NAME">` for scripts to `<use>`."""
    return Markup(
        '<symbol id="icon-{0}" viewBox="0 0 24 24" fill="none" stroke="currentColor"'
        ' stroke-width="2" stroke-linecap="round" stroke-linejoin="round">{1}</symbol>'
    ).format(escape(name), shapes(name))


@cache
def shapes(name: str) -> Markup:
    """What is drawn inside a Tabler icon's svg element. Raises ValueError for an unknown name."""
    path = vendor_folder("tabler-icons") / "icons" / "outline" / f"{name}.svg"
    if not re.fullmatch(r"[a-z0-9-]+", name) or not path.exists():
        raise ValueError(f"no icon named {name!r}")
    inner = re.sub(r"(?s)^.*?<svg[^>]*>|</svg>.*$", "", path.read_text(encoding="utf-8"))
    return Markup(" ".join(inner.split()))  # noqa: S704 - a pinned package's own file


@cache
def vendor_folder(package: str) -> Path:
    """Folder of a vendored package at the version that package.json pins."""
    pinned = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    versions = pinned.get("dependencies", {}) | pinned.get("devDependencies", {})
    return VENDOR / f"{package}-{versions[PACKAGES[package]]}"


def build_id() -> str:
    """Twelve hex digits of our own static files' names and bytes."""
    digest = hashlib.sha256()
    for folder in OWN:
        for path in sorted((STATIC / folder).rglob("*")):
            if path.is_file():
                digest.update(path.relative_to(STATIC).as_posix().encode() + b"\0")
                digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
