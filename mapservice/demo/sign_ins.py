"""Passwords for one demo account of each role: secrets of this home, not of the seed."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, bindparam, update

from mapservice.accounts.models import Role, UserAccount
from mapservice.accounts.service import HASHER

FILE = "demo-sign-ins.txt"
SHOWN = {
    Role.ADMIN: "quản trị tỉnh (lần đầu: thiết lập xác thực hai bước)",
    Role.OFFICER: "cán bộ phụ trách",
    Role.REGISTRAR: "người đăng ký của xã",
    Role.TEAM_LEADER: "đội trưởng",
    Role.VIEWER: "người xem",
}


def give(connection: Connection, logins: Mapping[Role, str]) -> str:
    """Set a new random password for each login; the text that tells them."""
    given = {role: secrets.token_urlsafe(12) for role in logins}
    statement = (
        update(UserAccount.__table__)
        .where(UserAccount.login == bindparam("of_login"))
        .values(password_hash=bindparam("hashed"))
    )
    rows = [
        {"of_login": login, "hashed": HASHER.hash(given[role])} for role, login in logins.items()
    ]
    connection.execute(statement, rows)
    width = max(map(len, logins.values()))
    lines = [f"  {login:{width}}  {given[role]}  {SHOWN[role]}" for role, login in logins.items()]
    return "\n".join(["Demo sign-ins (/sign-in):", *lines]) + "\n"


def prepare(home: Path, words: str) -> Path:
    """Write the text beside its place, readable by its owner only; `keep` puts it there.

    In two steps, so that neither passwords without a file nor a file without passwords is left
    when the transaction or the disk fails.
    """
    path = home / f"{FILE}.new"
    path.unlink(missing_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(words)
    return path


def keep(prepared: Path) -> None:
    prepared.replace(prepared.with_name(FILE))
