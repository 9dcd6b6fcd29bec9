"""The picture that a chat shows for a link: a card drawn from public words, or a public photo.

Pure but for the fonts it reads: words and the path of a photo in, the bytes of a JPEG out.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, ImageOps

from mapservice import assets

SIZE = (1200, 630)  # what Facebook, Zalo and Telegram show whole
EDGE = 64
PHOTO_WIDTH = 460
QUALITY = 86
BLUE, DEEP, WHITE, PALE = "#0b4fb3", "#083a85", "#ffffff", "#cfe0fa"
MOST_LINES = 4
ELLIPSIS = "…"


@dataclass(frozen=True)
class Card:
    """`over` and `under` stand around the title; `note` is said at the end, `site` by whom."""

    title: str
    over: str
    under: tuple[str, ...]
    note: str
    site: str


def draw(card: Card, photo: Path | None = None) -> bytes:
    """The card as JPEG; a photo fills its right side."""
    image = Image.new("RGB", SIZE, BLUE)
    canvas = ImageDraw.Draw(image)
    room = SIZE[0] - 2 * EDGE
    if photo is not None:
        with Image.open(photo) as picture:
            fitted = ImageOps.fit(picture.convert("RGB"), (PHOTO_WIDTH, SIZE[1]))
        image.paste(fitted, (SIZE[0] - PHOTO_WIDTH, 0))
        room -= PHOTO_WIDTH
    canvas.rectangle((0, SIZE[1] - 84, EDGE + room + EDGE, SIZE[1]), fill=DEEP)
    _write(canvas, EDGE, SIZE[1] - 62, clipped(card.site, 28, room), 28, PALE)
    below = _title(canvas, card, room)
    for words in card.under:
        _write(canvas, EDGE, below, clipped(words, 32, room), 32, WHITE)
        below += 46
    if card.note:
        _write(canvas, EDGE, below + 10, clipped(card.note, 26, room), 26, PALE)
    out = BytesIO()
    image.save(out, "JPEG", quality=QUALITY, optimize=True)
    return out.getvalue()


def wrapped(title: str, size: int, room: int) -> list[str]:
    """The title in lines of at most `room` pixels; a word wider than that is broken anywhere."""
    lines = [""]
    for word in title.split():
        longer = f"{lines[-1]} {word}".strip()
        if _width(longer, size) <= room:
            lines[-1] = longer
            continue
        lines.append("") if lines[-1] else None
        for letter in word:
            if _width(lines[-1] + letter, size) > room:
                lines.append("")
            lines[-1] += letter
    return lines


def clipped(words: str, size: int, room: int) -> str:
    """The words in one line, cut where there is no more room."""
    if _width(words, size) <= room:
        return words
    while words and _width(words + ELLIPSIS, size) > room:
        words = words[:-1]
    return words.rstrip() + ELLIPSIS


def _title(canvas: ImageDraw.ImageDraw, card: Card, room: int) -> int:
    """Draws what stands over the title and the title; gives where the next line begins."""
    _write(canvas, EDGE, EDGE, clipped(card.over, 30, room), 30, PALE)
    size = 60 if len(wrapped(card.title, 60, room)) <= 3 else 46
    lines = wrapped(card.title, size, room)
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], clipped(lines[MOST_LINES - 1] + ELLIPSIS, size, room)]
    below = EDGE + 56
    for line in lines:
        _write(canvas, EDGE, below, line, size, WHITE)
        below += int(size * 1.25)
    return below + 16


def _write(
    canvas: ImageDraw.ImageDraw, x: float, y: float, words: str, size: int, colour: str
) -> None:
    for font, run in _runs(words, size):
        canvas.text((x, y), run, font=font, fill=colour)
        x += font.getlength(run)


def _width(words: str, size: int) -> float:
    return sum(font.getlength(run) for font, run in _runs(words, size))


def _runs(words: str, size: int) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
    """Pieces that one file of the font can draw; what none can is left out."""
    letters = unicodedata.normalize("NFC", words)
    for subset, run in groupby(letters, _subset):
        if subset:
            yield _font(subset, size), "".join(run)


def _subset(letter: str) -> str | None:
    """The font's file that has a letter (as css/fonts.css names them)."""
    point = ord(letter)
    if 0x20 <= point <= 0xFF or 0x2010 <= point <= 0x2027:
        return "latin"
    spelled = unicodedata.normalize("NFD", letter)[0]
    return "vietnamese" if point < 0x2000 and (spelled.isascii() or letter in "đĐ") else None


@cache
def _font(subset: str, size: int) -> ImageFont.FreeTypeFont:
    folder = assets.vendor_folder("fontsource-be-vietnam-pro")
    return ImageFont.truetype(folder / "files" / f"be-vietnam-pro-{subset}-600-normal.woff2", size)
