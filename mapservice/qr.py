"""Addresses as QR codes: dark on white in any scheme, as cameras want them."""

from io import BytesIO

import segno
from markupsafe import Markup


def inline(address: str, css_class: str) -> Markup:
    """A code as SVG inside a page, as large as its frame."""
    image = segno.make(address, error="m", micro=False)
    told = {"border": 4, "light": "#fff", "omitsize": True, "lineclass": None}
    drawn = image.svg_inline(svgclass=css_class, **told)
    return Markup(drawn)  # noqa: S704 - drawn from squares, holds no text


def picture(address: str) -> bytes:
    """A code as an SVG document."""
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", xmldecl=False, border=2)
    return drawn.getvalue()
