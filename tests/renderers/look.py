"""Renders charts with programs that are not ours, and looks for words that are missing or cut.

    python3 tests/renderers/look.py [FOLDER …]

Reads every .svg of the folders (tests/golden/charts without any) with rsvg-convert (Debian: librsvg2-bin), CairoSVG and
MuPDF (PyPI: cairosvg, pymupdf), those of them that are installed, two at least; and every .pdf with MuPDF. A text is missing
where a drawing with texts and one without show no pixel of the text's colour more in the place where it begins (or ends, or has
its middle, as its anchor says); it is cut where it reaches the sheet's edge. Programs that do not read the typeface inside a
file set another one, mostly wider: there must be slack for it. Exits with 1 when it has found something, with 2 when it has
fewer than two programs. First it is shown a drawing with one text of the paper's colour and one off the sheet.
"""

import html
import re
import shutil
import subprocess
import sys
from pathlib import Path

try:
    import pymupdf

    pymupdf.TOOLS.mupdf_display_errors(False)
    pymupdf.TOOLS.mupdf_display_warnings(False)
except ImportError:
    pymupdf = None
try:
    import cairosvg
except (ImportError, OSError):
    cairosvg = None

SCALE = 2
TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")
ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')


class Pixels:
    def __init__(self, png):
        pixmap = pymupdf.Pixmap(pymupdf.Pixmap(png), 0) if pymupdf.Pixmap(png).alpha else pymupdf.Pixmap(png)
        if pixmap.colorspace.n != 3:
            pixmap = pymupdf.Pixmap(pymupdf.csRGB, pixmap)
        self.width, self.height, self.bytes = pixmap.width, pixmap.height, pixmap.samples

    def at(self, x, y):
        place = 3 * (y * self.width + x)
        return self.bytes[place : place + 3]


def by_librsvg(svg):
    run = subprocess.run(["rsvg-convert", "--zoom", str(SCALE)], input=svg.encode(), capture_output=True, check=True)
    return run.stdout


def by_cairosvg(svg):
    return cairosvg.svg2png(bytestring=svg.encode(), scale=SCALE)


def by_mupdf(svg):
    page = pymupdf.open(stream=svg.encode(), filetype="svg")[0]
    # A sheet of points or of pixels, as the version likes: the width is what counts.
    width = float(re.search(r'width="([\d.]+)"', svg).group(1))
    zoom = SCALE * width / page.rect.width
    return page.get_pixmap(matrix=pymupdf.Matrix(zoom, zoom)).tobytes("png")


def programs():
    found = []
    if shutil.which("rsvg-convert"):
        found.append(("librsvg", by_librsvg))
    if cairosvg:
        found.append(("CairoSVG", by_cairosvg))
    if pymupdf:
        found.append(("MuPDF", by_mupdf))
    return found


def near(one, other):
    return sum(abs(a - b) for a, b in zip(one, other)) < 150


def faults(svg, render):
    """What is wrong with the words of a drawing as a program shows it."""
    words_on = Pixels(render(svg))
    words_off = Pixels(render(TEXT.sub("", svg)))
    found = []
    for match in TEXT.finditer(svg):
        attributes = dict(ATTRIBUTE.findall(match.group(1)))
        words = html.unescape(match.group(2))
        if "stroke" in attributes or not words.strip():
            continue
        x, y, size = (float(attributes[name]) for name in ("x", "y", "font-size"))
        color = bytes.fromhex(attributes["fill"][1:])
        # Letters are 0.2 em wide at least: what is looked at belongs to the text whatever the typeface.
        reach = max(0.2 * size * len(words), 0.5 * size)
        left = {"end": x - reach, "middle": x - reach / 2}.get(attributes.get("text-anchor"), x)
        shown = 0
        for row in range(int((y - 0.8 * size) * SCALE), int((y + 0.3 * size) * SCALE)):
            for column in range(int(left * SCALE), int((left + reach) * SCALE) + 1):
                if 0 <= row < words_on.height and 0 <= column < words_on.width:
                    pixel = words_on.at(column, row)
                    shown += near(pixel, color) and pixel != words_off.at(column, row)
        if shown < 3:
            found.append(f"missing: {words!r}")
    for name, columns in (("left", range(3)), ("right", range(words_on.width - 3, words_on.width))):
        cut = [row for row in range(words_on.height) for c in columns if words_on.at(c, row) != words_off.at(c, row)]
        if cut:
            found.append(f"cut at the {name} edge, {cut[0] // SCALE} below the top")
    return found


def faults_of_pdf(file):
    """Words of a PDF that are unseen or not to be copied."""
    page = pymupdf.open(file)[0]
    copied = "".join(page.get_text().split())
    title = "".join((pymupdf.open(file).metadata["title"] or "").split())
    found = [] if title[:30] in copied else [f"the title is not among its words: {title!r}"]
    pixmap = page.get_pixmap(dpi=96)
    dark = sum(1 for byte in pixmap.samples if byte < 100)
    if dark < 500 and min(pixmap.samples[:3]) > 200:
        found.append(f"{dark} dark bytes on a light sheet")
    return found


def spoilt():
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" width="200" height="100" viewBox="0 0 200 100">'
        '<rect width="100%" height="100%" fill="#ffffff"/>'
        '<text x="10" y="30" font-size="12" fill="#101010">seen</text>'
        '<text x="10" y="60" font-size="12" fill="#101010" opacity="0">unseen</text>'
        '<text x="150" y="80" font-size="12" fill="#101010">off the sheet</text></svg>'
    )


def main():
    known = programs()
    names = ", ".join(name for name, _ in known)
    if len(known) < 2 or pymupdf is None:
        print(f"two programs are needed, MuPDF among them, and there is {names or 'none'}", file=sys.stderr)
        return 2
    for name, render in known:
        wrong = faults(spoilt(), render)
        if len(wrong) != 2:
            print(f"{name}: of a spoilt drawing this is found: {wrong}", file=sys.stderr)
            return 1
    folders = [Path(folder) for folder in sys.argv[1:]] or [Path(__file__).parent.parent / "golden" / "charts"]
    drawings = sorted(file for folder in folders for file in folder.glob("*.svg"))
    sheets = sorted(file for folder in folders for file in folder.glob("*.pdf"))
    texts = total = 0
    for file in drawings:
        svg = file.read_text(encoding="utf-8")
        texts += len(TEXT.findall(svg))
        for name, render in known:
            for fault in faults(svg, render):
                total += 1
                print(f"{file.name}, {name}: {fault}")
    for file in sheets:
        for fault in faults_of_pdf(file):
            total += 1
            print(f"{file.name}, MuPDF: {fault}")
    print(f"{len(drawings)} drawings with {texts} texts and {len(sheets)} PDF, in {names}: {total} faults")
    return 1 if total or not drawings else 0


if __name__ == "__main__":
    sys.exit(main())
