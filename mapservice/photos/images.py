"""From the bytes somebody sent to a picture of ours: checked, turned upright, drawn anew.

What is kept is pixels only: no metadata, no trailing bytes, no other format inside. Pure: bytes
in, bytes out. What decoding would cost is computed from the declared size before anything is
decoded, so that a few bytes cannot ask for gigabytes.
"""

import re
from dataclasses import dataclass
from io import BytesIO

from PIL import Image, ImageOps, UnidentifiedImageError

from mapservice.errors import DomainError, TooLarge, Unsupported

MOST_BYTES = 12 * 1024 * 1024
MOST_PIXELS = 40_000_000
MOST_SIDE, SMALL_SIDE = 2000, 480  # pixels of the longer side that are kept
QUALITY = 80
MEMORY = 110_000_000  # bytes that decoding may take

# Bytes of memory for a decoded pixel, measured: shrinking a picture with transparency copies it,
# the WEBP decoder holds several canvases.
PIXEL_BYTES = {"1": 2, "L": 2, "LA": 12, "P": 12, "RGB": 5, "RGBA": 12, "CMYK": 9, "YCbCr": 5}
WEBP_PIXEL_BYTES = 21
SCANS_AT_MOST = 64  # of a progressive JPEG, each of which costs the whole picture; honest: 10

SIGNATURES = {
    "JPEG": re.compile(rb"\xff\xd8\xff"),
    "PNG": re.compile(rb"\x89PNG\r\n\x1a\n"),
    "WEBP": re.compile(rb"RIFF....WEBP", re.DOTALL),
}
JPEG_MARKER = re.compile(rb"\xff+([\xc0-\xcf\xd9-\xfe])")
# What a browser, a reader or an unpacker would run if it took the same bytes for its own.
EDGE = 64 * 1024  # bytes at both ends, where such formats look for themselves
FOREIGN = re.compile(
    rb"PK\x05\x06|PK\x03\x04|%PDF-|__HALT_COMPILER|<script[\s>]|<svg[\s>]|<html[\s>]"
    rb"|<!doctype[\s]|<\?php[\s]",
    re.IGNORECASE,
)
KINDS = "Chỉ nhận ảnh JPEG, PNG hoặc WEBP."


@dataclass(frozen=True, slots=True)
class Picture:
    """WEBP of at most MOST_SIDE pixels a side, and a small one of at most SMALL_SIDE."""

    width: int
    height: int
    full: bytes
    small: bytes


def redraw(data: bytes) -> Picture:
    """The picture in `data`, drawn anew.

    Raises TooLarge for too many bytes or pixels, Unsupported for everything that is not one
    whole still JPEG, PNG or WEBP picture and nothing else.
    """
    if len(data) > MOST_BYTES:
        raise TooLarge(
            "Ảnh lớn hơn 12 MB. Hãy giảm kích thước ảnh rồi gửi lại.", code="photo-too-large"
        )
    kind = _kind(data)
    try:
        with Image.open(BytesIO(data), formats=[kind]) as image:
            _check_size(image, kind, data)
            return _draw(image)
    except DomainError:
        raise
    except Image.DecompressionBombError as error:
        raise _too_many_pixels() from error
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, EOFError) as error:
        raise Unsupported(
            "Ảnh bị hỏng hoặc chưa tải lên hết. Hãy chọn lại ảnh.", code="photo-broken"
        ) from error


def _kind(data: bytes) -> str:
    """Its format by content; names and declared types are whatever the sender liked."""
    kind = next((name for name, start in SIGNATURES.items() if start.match(data)), None)
    if kind is None:
        raise Unsupported(KINDS, code="photo-kind")
    if FOREIGN.search(data, 0, EDGE) or FOREIGN.search(data, max(0, len(data) - EDGE)):
        raise Unsupported(f"Tệp này chứa thứ khác ngoài ảnh. {KINDS}", code="photo-not-only")
    return kind


def _check_size(image: Image.Image, kind: str, data: bytes) -> None:
    """Refuse what is animated or would cost too much; nothing is decoded yet."""
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise _too_many_pixels()
    # A phone's JPEG may carry a second picture (depth, lighting): its first one is taken.
    if kind != "JPEG" and getattr(image, "is_animated", False):
        raise Unsupported(f"Không nhận ảnh động. {KINDS}", code="photo-animated")
    if image.mode not in PIXEL_BYTES:
        raise Unsupported(KINDS, code="photo-kind")
    cost = _prepare_jpeg(image, data) if kind == "JPEG" else 0
    each = WEBP_PIXEL_BYTES if kind == "WEBP" else PIXEL_BYTES[image.mode]
    if cost + each * image.size[0] * image.size[1] > MEMORY:
        raise _too_many_pixels()


def _prepare_jpeg(image: Image.Image, data: bytes) -> int:
    """Set it to be decoded at a fraction of its size; the bytes that its scans take besides."""
    width, height = image.size
    scans = _scans(data)
    if scans > SCANS_AT_MOST:
        raise Unsupported(KINDS, code="photo-kind")
    larger = max(width, height, MOST_SIDE)
    image.draft(image.mode, (width * MOST_SIDE // larger or 1, height * MOST_SIDE // larger or 1))
    if scans <= 1:
        return 0
    # Of a progressive one every coefficient of the whole picture is held, 2 bytes each.
    across = max(layer[1] for layer in image.layer)
    down = max(layer[2] for layer in image.layer)
    sampled = sum(layer[1] * layer[2] for layer in image.layer) / (across * down)
    return round(2 * sampled * width * height)


def _scans(data: bytes) -> int:
    """How many scans the first picture of a JPEG has: markers SOS before its end (EOI)."""
    count = position = 0
    while (found := JPEG_MARKER.search(data, position)) and found[1] != b"\xd9":
        count += found[1] == b"\xda"
        end = found.end()
        position = end + int.from_bytes(data[end : end + 2])
        if count > SCANS_AT_MOST:
            break
    return count


def _draw(image: Image.Image) -> Picture:
    # Before shrinking, which loses the tag that says which side is up.
    turned = image.getexif().get(0x0112)
    image.load()
    if image.mode == "P":
        image = image.convert("RGBA")
    image.thumbnail((MOST_SIDE, MOST_SIDE))
    plain = _on_white(image)
    if turned:
        plain.getexif()[0x0112] = turned
        ImageOps.exif_transpose(plain, in_place=True)
    full = _encode(plain)
    width, height = plain.size
    plain.thumbnail((SMALL_SIDE, SMALL_SIDE))
    return Picture(width, height, full, _encode(plain))


def _on_white(image: Image.Image) -> Image.Image:
    """The pixels alone, as RGB; where they were transparent, white."""
    if image.mode in {"RGBA", "LA"}:
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=image.getchannel("A"))
        return white
    plain = Image.new("RGB", image.size)
    plain.paste(image.convert("RGB"))
    return plain


def _encode(image: Image.Image) -> bytes:
    output = BytesIO()
    image.save(output, "WEBP", quality=QUALITY, exif=b"", icc_profile=None)
    return output.getvalue()


def _too_many_pixels() -> TooLarge:
    return TooLarge(
        "Ảnh có quá nhiều điểm ảnh. Hãy giảm kích thước ảnh, hoặc lưu thành JPEG, rồi gửi lại.",
        code="photo-too-many-pixels",
    )
