"""Phone numbers as people write them, and as they are stored. Pure."""

import phonenumbers

from mapservice.language import noop

LONGEST = 40  # characters that are looked at
WRONG = noop("Số điện thoại không đúng.")


def e164(value: object) -> str:
    """E.164 of a number as people write it, Vietnamese unless it says otherwise (ValueError)."""
    text = str(value)
    try:
        number = phonenumbers.parse(text if len(text) <= LONGEST else "", "VN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise ValueError(WRONG)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def national(stored: str) -> str:
    """A stored number as it is read here: 0912 345 678; one of abroad keeps its country."""
    number = phonenumbers.parse(stored, None)
    ours = number.country_code == phonenumbers.country_code_for_region("VN")
    form = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(number, form.NATIONAL if ours else form.INTERNATIONAL)
