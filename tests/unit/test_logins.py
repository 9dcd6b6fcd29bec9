"""One stored form of a login however it is written; passwords that everybody tries are refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapservice import logs
from mapservice.accounts import logins, passwords
from mapservice.errors import Invalid


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        (" CanBo@Demo.invalid ", "canbo@demo.invalid"),
        ("0912 345 678", "+84912345678"),
        ("0912.345.678", "+84912345678"),
        ("+84 912 345 678", "+84912345678"),
        ("84912345678", "+84912345678"),
        ("0204 3854 123", "+842043854123"),
        ("không phải", "không phải"),
    ],
)
def test_spellings(written, stored):
    assert logins.normal(written) == stored


@given(st.text(max_size=60))
def test_the_stored_form_is_final(text):
    once = logins.normal(text)
    assert logins.normal(once) == once == once.lower()


@given(st.emails() | st.from_regex(r"0[3-9][0-9]{8}", fullmatch=True) | st.text(max_size=60))
def test_whatever_is_accepted_is_mail_or_a_number(text):
    try:
        login = logins.checked(text)
    except Invalid as refusal:
        assert "login" in refusal.fields
    else:
        number = login.startswith("+") and login[1:].isdigit()
        assert ("@" in login) is not number


@given(st.text(min_size=1, max_size=4), st.integers(3, 20))
def test_few_letters_again_and_again_are_no_password(letters, times):
    with pytest.raises(Invalid):
        passwords.refuse_weak(letters * times)


def test_a_sentence_is_a_good_password():
    passwords.refuse_weak("con đường làng em", "canbo@demo.invalid", "Nguyễn Thị Mẫu")


@given(st.text(st.characters(codec="ascii", categories=("L", "N")), min_size=8))
def test_what_opens_something_is_not_logged(token):
    for start in logs.SECRET_PATHS:
        assert logs.masked(start + token) == f"{start}…"
    assert logs.masked(f"/places/{token}") == f"/places/{token}"
