"""Every setting, read from the environment in one place. No secret has a default.

Without `DATABASE_URL` the database is the private cluster below `MAPSERVICE_HOME`; its four
addresses are computed, nothing is started by reading them.
"""

import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mapservice import data_key, mail_url, origins
from mapservice.cluster import Cluster
from mapservice.errors import Invalid
from mapservice.language import LANGUAGES

ROOT = Path(__file__).resolve().parent.parent
LEAST_K = 10  # households; a setting may only raise it
FAIRNESS_GROUPS = ("district", "organisation")
ROLE_URLS = (
    "DATABASE_URL", "PUBLIC_DATABASE_URL", "INTAKE_DATABASE_URL", "OWNER_DATABASE_URL",
)  # fmt: skip
SECRET_LENGTH = 32  # characters; below this a signing key can be searched


@dataclass(frozen=True)
class Setting:
    """One environment variable: its default (None: none) and what it means."""

    name: str
    default: str | None
    meaning: str


SETTINGS = (
    Setting("MAPSERVICE_HOME", ".local", "State: private cluster, uploads, generated secrets"),
    Setting("PORT", "8000", "TCP port on 127.0.0.1"),
    Setting("BASE_URL", None, "Address people use; default http://127.0.0.1:PORT"),
    Setting("PROVINCE", "24", "Official code of the province (2022 era)"),
    Setting("DATABASE_URL", None, "Office role; given: no private cluster is made"),
    Setting("PUBLIC_DATABASE_URL", None, "Public role; required with DATABASE_URL"),
    Setting("INTAKE_DATABASE_URL", None, "Role of anonymous forms; required with DATABASE_URL"),
    Setting("OWNER_DATABASE_URL", None, "Owner role, for migrations; default DATABASE_URL"),
    Setting("SECRET_KEY", None, "Signs sessions; required with DATABASE_URL, 32+ characters"),
    Setting("DATA_KEY", None, "Seals personal data; required with DATABASE_URL, see data_key.py"),
    Setting("RELEASE_K", "10", "Households in the smallest published cell of people; only upwards"),
    Setting("FAIRNESS_GROUP", "district", "Whose shares a plan keeps even: district, organisation"),
    Setting("CACHE_MEGABYTES", "64", "Public answers kept in memory by each process; 0: none"),
    Setting("DEFAULT_LANGUAGE", "vi", "Language of public pages that are not asked for in one"),
    Setting("EMBED_ORIGINS", None, "Sites that may embed the map, while the office has named none"),
    Setting("MAIL_URL", None, "Mail server; without it no mail is sent, see mail_url.py"),
)
NAMES = tuple(setting.name for setting in SETTINGS)


def load(environ: Mapping[str, str] = os.environ) -> dict[str, object]:
    """The settings as a Flask config mapping.

    Raises Invalid, naming the variable, when one is missing, weak or unreadable.
    """
    values: dict[str, object] = {s.name: environ.get(s.name) or s.default for s in SETTINGS}
    home = Path(str(values["MAPSERVICE_HOME"]))
    values["MAPSERVICE_HOME"] = home if home.is_absolute() else ROOT / home
    values["PORT"] = _port(str(values["PORT"]))
    values["BASE_URL"] = str(values["BASE_URL"] or f"http://127.0.0.1:{values['PORT']}").rstrip("/")
    values["RELEASE_K"] = _release_k(str(values["RELEASE_K"]))
    if values["FAIRNESS_GROUP"] not in FAIRNESS_GROUPS:
        raise _refused("FAIRNESS_GROUP", f"must be {' or '.join(FAIRNESS_GROUPS)}")
    if values["DEFAULT_LANGUAGE"] not in LANGUAGES:
        raise _refused("DEFAULT_LANGUAGE", f"must be {' or '.join(LANGUAGES)}")
    values["CACHE_MEGABYTES"] = _megabytes(str(values["CACHE_MEGABYTES"]))
    values["EMBED_ORIGINS"] = _origins(str(values["EMBED_ORIGINS"] or ""))
    values["PRIVATE_CLUSTER"] = not values["DATABASE_URL"]
    if values["PRIVATE_CLUSTER"]:
        _use_private_cluster(values)
    else:
        _use_given_database(values)
    data_key.parse(str(values["DATA_KEY"]))  # refuses a weak or malformed one
    if values["MAIL_URL"]:
        mail_url.parse(str(values["MAIL_URL"]))  # refuses what could never send
    return values


def _use_private_cluster(values: dict[str, object]) -> None:
    cluster = Cluster(values["MAPSERVICE_HOME"])
    values["DATABASE_URL"] = cluster.url("office")
    values["PUBLIC_DATABASE_URL"] = cluster.url("public")
    values["INTAKE_DATABASE_URL"] = cluster.url("intake")
    values["OWNER_DATABASE_URL"] = cluster.url("owner")
    values["SECRET_KEY"] = values["SECRET_KEY"] or _kept_secret(Path(values["MAPSERVICE_HOME"]))
    values["DATA_KEY"] = values["DATA_KEY"] or data_key.kept(Path(values["MAPSERVICE_HOME"]))


def _use_given_database(values: dict[str, object]) -> None:
    if not values["PUBLIC_DATABASE_URL"]:
        raise _refused(
            "PUBLIC_DATABASE_URL",
            "is missing: anonymous pages must log in as the public role (docs/operators.md)",
        )
    if not values["INTAKE_DATABASE_URL"]:
        raise _refused(
            "INTAKE_DATABASE_URL",
            "is missing: anonymous forms must log in as the intake role (docs/operators.md)",
        )
    if len(str(values["SECRET_KEY"] or "")) < SECRET_LENGTH:
        raise _refused("SECRET_KEY", f"is missing or shorter than {SECRET_LENGTH} characters")
    if not values["DATA_KEY"]:
        raise data_key.refused("is missing: it seals personal data (docs/operators.md)")
    for name in ROLE_URLS:
        values[name] = _with_driver(str(values[name] or values["DATABASE_URL"]))


def _with_driver(url: str) -> str:
    # SQLAlchemy 2.1 reads a bare postgresql:// as psycopg 3.
    scheme, separator, rest = url.partition("://")
    known = scheme in {"postgres", "postgresql"}
    return f"postgresql+psycopg2://{rest}" if known and separator else url


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise _refused("PORT", "must be a number from 1 to 65535")
    return int(text)


def _release_k(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and LEAST_K <= int(text) <= 1000):
        raise _refused("RELEASE_K", f"must be a number from {LEAST_K} to 1000: it may only rise")
    return int(text)


def _megabytes(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= 4096):
        raise _refused("CACHE_MEGABYTES", "must be a number from 0 to 4096")
    return int(text)


def _origins(text: str) -> tuple[str, ...]:
    try:
        return tuple(origins.parse(part) for part in re.split(r"[\s,]+", text) if part)
    except Invalid:
        reason = "must be origins with commas between: https://HOST, https://HOST:PORT"
        raise _refused("EMBED_ORIGINS", reason) from None


def _kept_secret(home: Path) -> str:
    """A random key of this home, made once, readable by its owner only."""
    path = home / "secret_key"
    if not path.exists():
        home.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_urlsafe(48))
    return path.read_text().strip()


def _refused(name: str, reason: str) -> Invalid:
    return Invalid(f"{name} {reason}.", code="bad-setting", fields={name: [reason]})
