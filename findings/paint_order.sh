#!/bin/sh
# A finding in public packages, shown without this project: two renderers of SVG paint a label's rim over the label.
#
# Packages: CairoSVG 2.9.1 and PyMuPDF 2.0 from PyPI, with Pillow 13.0.0 to count pixels, Python 3.11.
# Expected: `paint-order="stroke"` (SVG 2, section 13.8) paints the outline first and the filling over it, so that black words with
#   a white outline stay black on a white ground.
# Seen: both paint the outline last. Of the words no dark pixel is left. The same words as two texts, the outline below and the
#   filling above, have some four hundred.
# Fails when that changes.
set -eu
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check cairosvg==2.9.1 pymupdf==2.0 pillow==13.0.0
"$folder/venv/bin/python" - <<'PY'
import io

import cairosvg
import pymupdf
from PIL import Image

AT = 'x="10" y="40" font-size="24"'
RIM = 'stroke="#ffffff" stroke-width="6"'
ONE = f'<text {AT} fill="#000000" {RIM} paint-order="stroke">36.2%</text>'
TWO = f'<text {AT} fill="#ffffff" {RIM}>36.2%</text><text {AT} fill="#000000">36.2%</text>'


def drawing(text):
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="120" height="60">'
        f'<rect width="120" height="60" fill="#ffffff"/>{text}</svg>'
    ).encode()


def by_cairosvg(svg):
    return cairosvg.svg2png(bytestring=svg)


def by_pymupdf(svg):
    return pymupdf.open(stream=svg, filetype="svg")[0].get_pixmap(dpi=96).tobytes("png")


def dark(png):
    counts = Image.open(io.BytesIO(png)).convert("L").histogram()
    return sum(counts[:128])


for name, render in (("CairoSVG", by_cairosvg), ("PyMuPDF", by_pymupdf)):
    one, two = dark(render(drawing(ONE))), dark(render(drawing(TWO)))
    print(f"{name}: dark pixels of one text with paint-order {one}, of two texts {two}")
    assert two > 100, "two texts show the words"
    assert one == 0, f"CHANGED: {name} paints the outline first"
print("as described")
PY
