"""The second factor: six digits of an authenticator app (TOTP), or a recovery code.

The app's secret is sealed with DATA_KEY: a copy of the database makes no codes. Flushes; the caller
commits.
"""

import hmac
import secrets
from base64 import b32encode
from datetime import UTC, datetime
from uuid import UUID

import pyotp
from sqlalchemy.orm import Session

from mapservice import keyring
from mapservice.accounts import queries, tokens
from mapservice.accounts.models import RecoveryCode, Role, SecondFactor, UserAccount
from mapservice.audit import service as audit
from mapservice.errors import Conflict, Invalid, SealBroken

STEP = 30  # seconds that a code is shown for
DRIFT = 1  # steps that a phone's clock may be off, either way
RECOVERY_CODES = 10
RECOVERY_BYTES = 10  # 80 bits: the stored hash cannot be searched
REFUSED = "Mã không đúng hoặc đã dùng. Hãy chờ mã mới trong ứng dụng."


def required(account: UserAccount) -> bool:
    """Whether this account may do nothing before it has a second factor."""
    return account.role is Role.ADMIN


def is_on(session: Session, account_id: UUID) -> bool:
    return session.get(SecondFactor, account_id) is not None


def new_secret() -> str:
    """A secret for an app; nothing is kept of it until `enrol`."""
    return pyotp.random_base32()


def address(account: UserAccount, secret: str, issuer: str) -> str:
    """What an app reads from the picture: otpauth://totp/…"""
    return pyotp.TOTP(secret).provisioning_uri(name=account.login, issuer_name=issuer)


def enrol(session: Session, account: UserAccount, secret: str, code: str) -> list[str]:
    """Take this secret, once a code proves that the app has it; the recovery codes.

    Raises Invalid for a wrong code, Conflict when the account has a second factor.
    """
    if is_on(session, account.id):
        raise Conflict("Tài khoản đã bật xác thực hai bước.")
    step = _step_of(secret, code)
    if step is None:
        raise _refused()
    ring = keyring.of(session)
    row = SecondFactor(
        account_id=account.id,
        key_version=ring.current,
        secret=ring.seal(secret, **_place(account.id)),
        last_step=step,
    )
    session.add(row)
    session.flush()
    _record(session, "second_factor_on", account.id)
    return renew_codes(session, account.id)


def check(session: Session, account_id: UUID, given: str) -> None:
    """Accept a code of the app or a recovery code, each once (Invalid)."""
    plain = given.replace(" ", "").replace("-", "").upper()
    if plain.isdecimal():
        accepted = _accept_code(session, account_id, plain)
    else:
        digest = tokens.digest(plain)
        accepted = session.scalar(queries.use_recovery_code(account_id, digest)) is not None
        if accepted:
            _record(session, "recovery_code_used", account_id)
    if not accepted:
        raise _refused()


def renew_codes(session: Session, account_id: UUID) -> list[str]:
    """Ten new recovery codes, told this once; the older ones open nothing any more."""
    codes = [b32encode(secrets.token_bytes(RECOVERY_BYTES)).decode() for _ in range(RECOVERY_CODES)]
    session.execute(queries.remove_recovery_codes(account_id))
    session.add_all(
        RecoveryCode(account_id=account_id, code_hash=tokens.digest(code)) for code in codes
    )
    session.flush()
    _record(session, "recovery_codes_made", account_id)
    return ["-".join(code[at : at + 4] for at in range(0, len(code), 4)) for code in codes]


def codes_left(session: Session, account_id: UUID) -> int:
    """How many recovery codes were not used yet."""
    return session.scalar(queries.recovery_codes_left(account_id)) or 0


def turn_off(session: Session, account: UserAccount) -> None:
    """Remove the own second factor (Conflict where it is required)."""
    if required(account):
        raise Conflict("Tài khoản quản trị tỉnh phải luôn bật xác thực hai bước.")
    remove(session, account.id)


def remove(session: Session, account_id: UUID) -> None:
    """Forget the second factor of somebody who lost the phone (Conflict when there is none)."""
    row = session.get(SecondFactor, account_id)
    if row is None:
        raise Conflict("Tài khoản này chưa bật xác thực hai bước.")
    session.delete(row)
    session.execute(queries.remove_recovery_codes(account_id))
    session.flush()
    _record(session, "second_factor_off", account_id)


def _accept_code(session: Session, account_id: UUID, code: str) -> bool:
    row = session.get(SecondFactor, account_id, populate_existing=True)
    if row is None:
        return False
    try:
        secret = keyring.of(session).open(row.secret, **_place(account_id))
    except SealBroken:
        sentence = "Máy chủ không mở được xác thực hai bước: khóa dữ liệu không đúng."
        raise Conflict(sentence, code="wrong-data-key") from None
    step = _step_of(secret, code)
    # One statement: of two who send the same code at once, one is let in.
    return step is not None and session.scalar(queries.use_step(account_id, step)) is not None


def _step_of(secret: str, code: str) -> int | None:
    """The newest step near now whose code this is."""
    now = int(datetime.now(UTC).timestamp()) // STEP
    app = pyotp.TOTP(secret, interval=STEP)
    found = [
        step
        for step in range(now + DRIFT, now - DRIFT - 1, -1)
        if hmac.compare_digest(app.at(step * STEP), code)
    ]
    return found[0] if found else None


def _place(account_id: UUID) -> dict[str, object]:
    return {"table": "second_factor", "column": "secret", "row": account_id}


def _refused() -> Invalid:
    return Invalid(REFUSED, code="code-refused", fields={"code": [REFUSED]})


def _record(session: Session, action: str, account_id: UUID) -> None:
    audit.record(session, action, table_name="user_account", record_id=account_id)
