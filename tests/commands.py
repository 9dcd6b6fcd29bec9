"""Commands of a group, run inside the test's transaction."""

from collections.abc import Callable
from types import ModuleType

from click.testing import CliRunner, Result
from sqlalchemy.orm import Session


def inside(monkeypatch, module: ModuleType, session: Session) -> Callable[..., Result]:
    """`run(*arguments)`: `module.command`, for which `session` is the one it opens."""

    class OwnSession:
        def __init__(self, _engine):
            pass

        def __enter__(self):
            return session

        def __exit__(self, *_):
            session.expire_all()  # as at the end of a session: what was read is let go
            session.expunge_all()
            return False

    monkeypatch.setattr(module, "Session", OwnSession)
    return lambda *arguments: CliRunner().invoke(module.command, arguments)
