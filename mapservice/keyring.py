"""The key ring a session works with: its own (`session.info["keys"]`), else the process's."""

from collections.abc import Mapping
from functools import cache

from flask import Flask
from sqlalchemy.orm import Session

from mapservice import config
from mapservice.sealing import KeyRing


def init_app(app: Flask) -> None:
    """Sessions of this application that seal carry the ring of its own settings."""
    ring = ring_of(app.config)
    for kind in ("office", "intake"):
        app.extensions[f"{kind}_sessions"].configure(info={"keys": ring})


def ring_of(config: Mapping[str, object]) -> KeyRing:
    """The ring of these settings. Raises Invalid naming the setting."""
    return KeyRing.parse(str(config["DATA_KEY"]))


def of(session: Session) -> KeyRing:
    """The ring this session seals and opens with."""
    return session.info.get("keys") or ring()


@cache
def ring() -> KeyRing:
    """The ring of the setting DATA_KEY, read once. Raises Invalid naming the setting."""
    return ring_of(config.load())
