"""What people sign in with: an e-mail address or a phone number, in its one stored form. Pure."""

import re
import unicodedata

from mapservice import phones
from mapservice.errors import Invalid

LONGEST = 200  # characters
_MAIL = re.compile(r"[^@\s<>\"'(),;:\\]+@[^@\s<>\"'(),;:\\]+\.[^@\s<>\"'(),;:\\.]{2,}")


def normal(text: str) -> str:
    """How this login is stored: mail in lower case, a phone number in E.164.

    What is neither comes back in lower case: no account has it.
    """
    plain = unicodedata.normalize("NFC", text).strip().lower()
    if "@" not in plain:
        try:
            return phones.e164(plain)
        except ValueError:
            return plain
    return plain


def checked(text: str) -> str:
    """The stored form of a login that a new account may have (Invalid)."""
    login = normal(text)
    good = login.startswith("+") or _MAIL.fullmatch(login)
    if not good or len(login) > LONGEST:
        sentence = "Nhập một địa chỉ thư điện tử hoặc số điện thoại đúng."
        raise Invalid(sentence, code="bad-login", fields={"login": [sentence]})
    return login
