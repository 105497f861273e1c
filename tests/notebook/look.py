"""Runs the Python of docs/notebook.md on a run of its own, and looks whether its claims hold.

    cargo build --release
    python3 -m venv venv && venv/bin/pip install polars pandas pyarrow duckdb python-docx
    venv/bin/python tests/notebook/look.py [PROGRAM]

PROGRAM is target/release/roundtrip unless named. Claims about spreadsheets and documents are looked at with soffice and pandoc
where they are installed; what is left out is said. Exits with 1 at the first claim that does not hold. First it is shown a claim
that does not.
"""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```", re.S | re.M)


def run_blocks(text, where):
    """One namespace for all, as in a notebook; a traceback shows the line of the page."""
    names = {}
    for block in BLOCK.finditer(text):
        lines_before = text[: block.start(1)].count("\n")
        exec(compile("\n" * lines_before + block.group(1), where, "exec"), names)


def office(*args):
    """LibreOffice, with a profile of its own: beside an open one it does nothing, and says nothing."""
    profile = f"-env:UserInstallation=file://{Path.cwd()}/profile"
    subprocess.run(["soffice", profile, "--headless", *args], check=True, capture_output=True, timeout=300)


def read_as(language, table):
    """What LibreOffice makes of the cells of a table of numbers below its head: texts, or numbers."""
    Path("cells.csv").write_text(table)
    infilter = f"--infilter=Text - txt - csv (StarCalc):44,34,76,1,,{language},false,true"
    office(infilter, "--convert-to", "xlsx", "--outdir", str(language), "cells.csv")
    with zipfile.ZipFile(f"{language}/cells.xlsx") as book:
        rows = re.findall(r"<row .*?</row>", book.read("xl/worksheets/sheet1.xml").decode(), re.S)[1:]
    cells = [cell for row in rows for cell in re.findall(r"<c ([^>]*)><v>([^<]*)", row)]
    return [None if 't="s"' in kind else float(value) for kind, value in cells]


def pictures(document):
    with zipfile.ZipFile(document) as parts:
        return sum(name.startswith("word/media/") and name.endswith(".svg") for name in parts.namelist())


def spreadsheets():
    table = "mean\n12.5\n1.234\n7\n"
    english, german = read_as(1033, table), read_as(1031, table)
    assert english == [12.5, 1.234, 7.0], english
    assert german == [None, 1234.0, 7.0], german
    flows = Path("output/oracle/flows.csv").read_text().splitlines()
    columns = [line.rsplit(",", 2)[1] for line in flows]
    assert len(columns) > 50 and None not in read_as(1033, "\n".join(columns))


def charts_in_documents():
    charts = len(list(Path("output/oracle/charts").glob("*.svg")))
    page = Path("output/oracle/report.html").read_text()
    assert page.count("<figure>") == charts
    if shutil.which("pandoc"):
        subprocess.run(["pandoc", "output/oracle/report.html", "-o", "report.docx"], check=True, capture_output=True)
        assert pictures("report.docx") == charts, (pictures("report.docx"), charts)
    else:
        print("left out: pandoc is not installed")
    if shutil.which("soffice"):
        office("--infilter=HTML (StarWriter)", "--convert-to", "docx", "--outdir", "lost", "output/oracle/report.html")
        with zipfile.ZipFile("lost/report.docx") as parts:
            kept = [name for name in parts.namelist() if name.startswith("word/media/")]
        assert not kept, f"LibreOffice keeps charts now: {kept}"


def main():
    program = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/release/roundtrip").resolve()
    try:
        run_blocks("```python\nassert 1 + 1 == 3\n```", "a claim that does not hold")
    except AssertionError:
        pass
    else:
        sys.exit("a claim that does not hold was not found")
    text = (ROOT / "docs/notebook.md").read_text()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        scenario = ROOT / "configs/oracle.toml"
        subprocess.run([program, "run", scenario, "--paths", "2000", "--quiet"], check=True, capture_output=True)
        run_blocks(text, "docs/notebook.md")
        if shutil.which("soffice"):
            spreadsheets()
        else:
            print("left out: soffice is not installed")
        charts_in_documents()
        os.chdir(ROOT)
    print(f"{len(BLOCK.findall(text))} blocks of docs/notebook.md run, all claims hold")


if __name__ == "__main__":
    main()
