"""Photos that come with a form: for every page that offers `macros/photos.html`."""

from os import SEEK_END

from flask import request
from werkzeug.datastructures import FileStorage

from mapservice.errors import Conflict, TooLarge
from mapservice.photos import images

MOST_AT_ONCE = 8
MOST_TEXTS = 2 * 1024 * 1024  # bytes of what stands beside the photos, and of what separates them
# Bytes, for `web.takes_files`: as many photos as large as the form promises. Only so the form can
# be shown again, with all that was typed, when one of them is refused.
MOST_REQUEST = MOST_AT_ONCE * images.MOST_BYTES + MOST_TEXTS

MOST_IN_JSON = 8 * 1024 * 1024  # bytes of one picture that a program sends
MOST_JSON = MOST_IN_JSON * 4 // 3 + 10_000  # of a body that holds it in base64


def chosen(name: str = "photos") -> list[FileStorage]:
    """The files chosen in the field `name`, to be read one after the other; an empty field is none.

    Raises TooLarge for one beyond the limit, before it is read, Conflict for too many.
    """
    found = [file for file in request.files.getlist(name) if file.filename]
    if len(found) > MOST_AT_ONCE:
        sentence = f"Mỗi lần gửi nhiều nhất {MOST_AT_ONCE} ảnh."
        raise Conflict(sentence, code="photo-limit", fields={name: [sentence]})
    for file in found:
        if _bytes(file) > images.MOST_BYTES:
            sentence = f"Ảnh {file.filename} lớn hơn 12 MB. Hãy giảm kích thước ảnh rồi gửi lại."
            raise TooLarge(sentence, code="photo-too-large", fields={name: [sentence]})
    return found


def _bytes(file: FileStorage) -> int:
    size = file.seek(0, SEEK_END) or file.tell()
    file.seek(0)
    return size
