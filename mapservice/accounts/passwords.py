"""What a new password must be: long, and not what everybody tries first. Pure."""

import unicodedata

from mapservice.errors import Invalid

SHORTEST, LONGEST = 10, 200  # characters
FEWEST = 5  # different characters
# Ten letters or more that lists of stolen passwords begin with, in two languages.
_WORDS = """0123456789 1234567890 0987654321 9876543210 12345678910 123456789a a123456789 1q2w3e4r5t
1qaz2wsx3edc abcdefghij qwertyuiop qwerty1234 qwerty12345 qwerty123456 asdfghjkl123 password12
password123 password1234 iloveyou123 matkhau123 matkhau1234 matkhau12345 matkhau@123 vietnam123
vietnam1234 anhyeuem123 emyeuanh123 tinhdoan123 huyendoan123 doanthanhnien thanhnien123
tinhnguyen123 admin12345 administrator"""
COMMON = frozenset(_WORDS.split())


def refuse_weak(password: str, *known: str) -> None:
    """Raise Invalid for a password that is short, common, or made of what is `known` of its owner.

    There are no rules of composition: they make passwords worse.
    """
    plain = unicodedata.normalize("NFC", password).lower()
    if not SHORTEST <= len(password) <= LONGEST:
        raise _refused(f"Mật khẩu cần từ {SHORTEST} ký tự trở lên; dài nhất {LONGEST}.")
    if len(set(plain)) < FEWEST or plain in COMMON or plain == plain[: len(plain) // 2] * 2:
        raise _refused("Mật khẩu này quá dễ đoán. Hãy chọn một câu ngắn chỉ mình nhớ.")
    names = {part for text in known for part in (text.lower(), text.lower().partition("@")[0])}
    if any(len(name) >= SHORTEST // 2 and name in plain for name in names):
        raise _refused("Mật khẩu không nên chứa tên đăng nhập.")


def _refused(sentence: str) -> Invalid:
    return Invalid(sentence, code="weak-password", fields={"new_password": [sentence]})
