"""A record's version as its ETag: whoever changes it says which version was seen."""

from flask import request

from mapservice.errors import Stale, Unversioned

STALE = "Bản ghi đã được người khác sửa. Hãy đọc lại rồi sửa tiếp."


def tag(version: int) -> dict[str, str]:
    """The header that names a version."""
    return {"ETag": f'"{version}"'}


def expected() -> int:
    """The version that If-Match names, weak or strong.

    Unversioned when it names none or any; Stale when what it names cannot be a version of ours.
    """
    given = request.if_match
    tags = given.as_set(include_weak=True) if given else set()
    if not tags:
        sentence = "Cần đầu đề If-Match với ETag của bản đã đọc."
        raise Unversioned(sentence, fields={"If-Match": [sentence]})
    version = min(tags)
    if len(tags) > 1 or not (version.isascii() and version.isdigit() and len(version) < 10):
        raise Stale(STALE)
    return int(version)


def match(current: int, seen: int) -> None:
    """Raise Stale unless the record is still as it was seen."""
    if current != seen:
        raise Stale(STALE)
