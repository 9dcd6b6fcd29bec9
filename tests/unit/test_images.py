"""Hostile and honest pictures: what is kept of them, and what it costs to find out."""

import json
import struct
import subprocess
import sys
import zipfile
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from mapservice.errors import TooLarge, Unsupported
from mapservice.photos import images
from tests.factories import picture

SECONDS, MEGABYTES = 1.0, 150
# Run apart, so that the peak of memory is that of one picture: prints the error's kind, seconds
# and the growth in MB.
MEASURE = """
import json, resource, sys, time
from mapservice.photos import images
data = sys.stdin.buffer.read()
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
before, began, refused = peak(), time.perf_counter(), None
try:
    images.redraw(data)
except Exception as error:
    refused = type(error).__name__
print(json.dumps([refused, time.perf_counter() - began, peak() - before]))
"""


def cost(data: bytes) -> tuple[str | None, float, float]:
    root = Path(images.__file__).resolve().parents[2]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input=data, capture_output=True, check=True, cwd=root
    )
    return tuple(json.loads(done.stdout))


def png(width: int, height: int, *, colour: int = 2, rows: int = 0) -> bytes:
    """A PNG that declares a size; `rows` of black are really there."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))
        )

    depth = {0: 1, 2: 3, 6: 4}[colour]
    pixels = zlib.compress(bytes((width * depth + 1) * rows))
    header = struct.pack(">IIBBBBB", width, height, 8, colour, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    )


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), shade) for shade in ("red", "green", "blue")]
    output = BytesIO()
    frames[0].save(output, kind, save_all=True, append_images=frames[1:], duration=100)
    return output.getvalue()


def with_zip(data: bytes) -> bytes:
    output = BytesIO(data)
    output.seek(0, 2)
    with zipfile.ZipFile(output, "a") as archive:
        archive.writestr("index.html", "<script>alert(1)</script>")
    return output.getvalue()


def many_scans(data: bytes, times: int) -> bytes:
    """A progressive JPEG whose last scan is sent again and again."""
    last = data.rindex(b"\xff\xda")
    return data[:-2] + data[last:-2] * times + data[-2:]


FLOODS = {
    "png of 900 million pixels": png(30000, 30000),
    "png as a line": png(2**31 - 1, 1),
    "png at the limit, all there": png(6000, 6600, colour=6, rows=6600),
    "webp of 16383 x 16383": b"RIFF\x1e\x00\x00\x00WEBPVP8L\x11\x00\x00\x00/"
    + struct.pack("<I", 16382 | 16382 << 14)
    + bytes(12),
    "progressive jpeg of 30 million pixels": picture(
        width=6000, height=5000, progressive=True, subsampling=0, quality=10
    ),
    "too many bytes": picture() + bytes(images.MOST_BYTES),
}
NOT_PICTURES = {
    "svg": b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "svg after a declaration": b'<?xml version="1.0"?><svg onload="alert(1)"/>',
    "gif": picture("GIF"),
    "bmp": picture("BMP"),
    "tiff": picture("TIFF"),
    "html": b"<!doctype html><script>alert(1)</script>",
    "nothing": b"",
    "text": "Ảnh của trường".encode(),
    "animated png": animated("PNG"),
    "animated webp": animated("WEBP"),
    "jpeg and zip": with_zip(picture()),
    "png and zip": with_zip(picture("PNG")),
    "jpeg with a pdf in its comment": picture(comment=b"%PDF-1.7 1 0 obj"),
    "jpeg with a page in its comment": picture(comment=b"<html ><script >alert(1)</script>"),
    "png and a script": picture("PNG") + b"<script>alert(1)</script>",
    "gif that goes on as jpeg": b"GIF89a" + picture(),
    "truncated jpeg": picture(width=500, height=400)[:900],
    "truncated png": picture("PNG", width=500, height=400)[:-40],
    "truncated webp": picture("WEBP", width=500, height=400)[:-40],
    "png without its pixels": png(400, 400),
    "only the first bytes": b"\xff\xd8\xff\xe0\x00\x10JFIF",
    "jpeg of thousands of scans": many_scans(
        picture(width=1600, height=1200, progressive=True), 3000
    ),
}


@pytest.mark.parametrize("data", FLOODS.values(), ids=FLOODS)
def test_a_flood_of_pixels_is_refused_before_it_is_decoded(data):
    refused, seconds, megabytes = cost(data)
    assert refused == "TooLarge"
    assert seconds < SECONDS and megabytes < MEGABYTES


@pytest.mark.parametrize("data", NOT_PICTURES.values(), ids=NOT_PICTURES)
def test_what_is_no_plain_picture_is_refused(data):
    refused, seconds, megabytes = cost(data)
    assert refused == "Unsupported"
    assert seconds < SECONDS and megabytes < MEGABYTES


@pytest.mark.parametrize(
    ("kind", "width", "height", "options"),
    [
        ("JPEG", 7700, 5000, {"quality": 30}),
        ("JPEG", 5600, 4200, {"progressive": True}),
        ("PNG", 4600, 4600, {"compress_level": 1}),
        ("WEBP", 2500, 2000, {}),
    ],
)
def test_large_honest_pictures_fit_into_memory(kind, width, height, options):
    refused, _, megabytes = cost(picture(kind, width=width, height=height, **options))
    assert refused is None and megabytes < MEGABYTES


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_picture_is_kept_small_and_without_anything_but_pixels(kind):
    exif = Image.Exif()
    exif[0x010F] = "Máy ảnh của Nguyễn Văn A"
    exif.get_ifd(0x8825)[1] = "N"
    data = picture(kind, width=3000, height=1500, exif=exif)
    assert b"Nguy" in data
    kept = images.redraw(data)
    assert (kept.width, kept.height) == (2000, 1000)
    for content, size in ((kept.full, (2000, 1000)), (kept.small, (480, 240))):
        with Image.open(BytesIO(content)) as image:
            assert image.format == "WEBP" and image.size == size
            assert not image.getexif() and not {"exif", "xmp", "icc_profile"} & set(image.info)
        assert b"Nguy" not in content


@pytest.mark.parametrize("turn", range(1, 9))
def test_a_picture_stands_upright_whichever_way_the_phone_was_held(turn):
    upright = Image.new("RGB", (80, 40), "white")
    upright.paste("red", (0, 0, 40, 20))  # the upper left quarter
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}
    sent = upright.transpose(Image.Transpose(back[turn])) if turn > 1 else upright
    exif = Image.Exif()
    exif[0x0112] = turn
    output = BytesIO()
    sent.save(output, "JPEG", exif=exif, quality=95)
    kept = images.redraw(output.getvalue())
    assert (kept.width, kept.height) == (80, 40)
    with Image.open(BytesIO(kept.full)) as image:
        red, white = image.getpixel((10, 10)), image.getpixel((70, 30))
    assert red[0] > 200 > 80 > red[1] and min(white) > 230


def test_what_is_transparent_becomes_white():
    output = BytesIO()
    Image.new("RGBA", (30, 30), (0, 0, 0, 0)).save(output, "PNG")
    with Image.open(BytesIO(images.redraw(output.getvalue()).full)) as image:
        assert min(image.getpixel((5, 5))) > 250


def test_a_name_or_declared_kind_counts_for_nothing():
    with pytest.raises(Unsupported):
        images.redraw(NOT_PICTURES["svg"])
    with pytest.raises(TooLarge):
        images.redraw(FLOODS["png of 900 million pixels"])
