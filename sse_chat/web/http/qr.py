"""Addresses as QR codes: SVG made here, so that no other site is asked and no script is needed."""

from io import BytesIO

# On white, as a camera wants it, in the dark theme too.
_LIGHT = "#fff"


def make_qr(text: str) -> str:
    """To stand in a page."""
    import segno

    code = segno.make(text, error="m")
    return str(code.svg_inline(scale=4, border=4, light=_LIGHT, title="QR code"))


def make_qr_image(text: str) -> bytes:
    """A file of its own, as large as whoever shows it wants."""
    import segno

    svg = BytesIO()
    segno.make(text, error="m").save(
        svg, kind="svg", scale=4, border=4, light=_LIGHT, omitsize=True
    )
    return svg.getvalue()
