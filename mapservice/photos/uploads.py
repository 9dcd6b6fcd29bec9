"""Photos that come with a form: for every page that offers `macros/photos.html`."""

from flask import request

from mapservice.errors import Conflict, TooLarge
from mapservice.photos import images

MOST_AT_ONCE = 8
MOST_REQUEST = 40 * 1024 * 1024  # bytes: for `web.takes_files`, one upload with its form

MOST_IN_JSON = 8 * 1024 * 1024  # bytes of one picture that a program sends
MOST_JSON = MOST_IN_JSON * 4 // 3 + 10_000  # of a body that holds it in base64


def read(name: str = "photos") -> list[bytes]:
    """The files chosen in the field `name`; an empty field is none.

    Raises TooLarge for one beyond the limit, before it is read, Conflict for too many.
    """
    chosen = [file for file in request.files.getlist(name) if file.filename]
    if len(chosen) > MOST_AT_ONCE:
        sentence = f"Mỗi lần gửi nhiều nhất {MOST_AT_ONCE} ảnh."
        raise Conflict(sentence, code="photo-limit", fields={name: [sentence]})
    found = [file.stream.read(images.MOST_BYTES + 1) for file in chosen]
    if any(len(data) > images.MOST_BYTES for data in found):
        sentence = "Ảnh lớn hơn 12 MB. Hãy giảm kích thước ảnh rồi gửi lại."
        raise TooLarge(sentence, code="photo-too-large", fields={name: [sentence]})
    return found
