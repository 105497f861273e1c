"""Opens results.xlsx in LibreOffice and compares what it reads with the other files of the run.

    python3 tests/spreadsheets/look.py RUN …

LibreOffice writes every sheet as CSV, cells as they are and not as they are shown. Sheets of charts are compared with
charts/*.csv, the flows with flows.csv, the measures with summary.json, the inputs' sources with the scenario in manifest.json:
numbers to 13 digits and 20 places after the point, where LibreOffice cuts small ones, texts letter by letter, nothing empty that was there. Exits with 1 when
something differs, and says so and exits with 0 where there is no soffice. First it is shown a number that was changed, a text
that became a number, and a row that is missing.
"""

import csv
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# Separator, quote, UTF-8, first row; cells as they are; every sheet a file.
FILTER = 'csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1'


def sheets(workbook, folder):
    """By name, the rows of each sheet as LibreOffice reads them."""
    profile = f"-env:UserInstallation={(Path(folder) / 'profile').as_uri()}"
    command = ["soffice", profile, "--headless", "--convert-to", FILTER, "--outdir", folder, str(workbook)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300)
    files = sorted(Path(folder).glob(f"{workbook.stem}-*.csv"))
    if not files:
        sys.exit(f"{workbook}: soffice wrote no sheet: {done.stdout} {done.stderr}")
    return {file.stem.removeprefix(f"{workbook.stem}-"): read(file) for file in files}


def read(file):
    with open(file, newline="", encoding="utf-8") as lines:
        return list(csv.reader(lines))


def number(cell):
    """LibreOffice keeps the sign of per cent."""
    return float(cell[:-1]) / 100 if cell.endswith("%") else float(cell)


def same(one, other):
    if one == other:
        return True
    try:
        a, b = number(one), float(other)
    except ValueError:
        return False
    return abs(a - b) <= max(1e-13 * max(abs(a), abs(b)), 1e-20)


def differences(name, found, wanted):
    """What differs in the rows below the heading."""
    if len(found) != len(wanted):
        return [f"{name}: {len(found)} rows, not {len(wanted)}"]
    said = []
    for row, (one, other) in enumerate(zip(found, wanted), start=2):
        for column, (cell, value) in enumerate(zip(one, other)):
            if not same(cell, value):
                said.append(f"{name}, row {row}, column {column + 1}: {cell!r}, not {value!r}")
        if len(one) != len(other):
            said.append(f"{name}, row {row}: {len(one)} cells, not {len(other)}")
    return said


def without_apostrophe(cell):
    """A CSV file's text that would be a formula has one before it; a cell of text needs none."""
    return cell[1:] if cell[:2] in ("'=", "'+", "'-", "'@", "'\t", "'\r") else cell


def look(run):
    said, cells = [], 0
    with tempfile.TemporaryDirectory() as folder:
        found = sheets(run / "results.xlsx", folder)
    wanted = {f"chart {file.stem}": read(file) for file in sorted((run / "charts").glob("*.csv"))}
    wanted["flows"] = read(run / "flows.csv")
    for name, rows in wanted.items():
        rows = [[without_apostrophe(cell) for cell in row] for row in rows[1:]]
        cells += sum(map(len, rows))
        said += differences(name, found.pop(name, [[]])[1:], rows)
    summary = json.loads((run / "summary.json").read_text(encoding="utf-8"))
    measures = found.pop("measures")
    head = [heading.split(" (")[0] for heading in measures[0]]
    for row in measures[1:]:
        known = summary["measures"].pop(row[0], None)
        for heading, cell in zip(head[2:], row[2:]):
            cells += 1
            value = known and known[heading]
            if not same(cell, "" if value is None else repr(value)):
                said.append(f"measures, {row[0]}, {heading}: {cell!r}, not {value!r}")
    said += [f"measures: {name} is missing" for name in summary["measures"]]
    scenario = json.loads((run / "manifest.json").read_text(encoding="utf-8"))["scenario"]["text"]
    for row in found["inputs"][1:]:
        grade, source = row[-2:]
        cells += 2
        if grade not in ("filed", "reported", "estimated", "assumed"):
            said.append(f"inputs, {row[0]}: grade {grade!r}")
        # As the file writes it, whatever it has escaped.
        if source and "\\" not in scenario and source not in scenario:
            said.append(f"inputs, {row[0]}: source {source!r} is not in the scenario")
    for name in ("answer", "lenses", "capital", "drivers", "breaking", "courses", "inputs"):
        if name not in found:
            said.append(f"there is no sheet {name}")
    return cells, said


def main():
    if shutil.which("soffice") is None:
        print("soffice is not installed (Debian: libreoffice-calc-nogui): skipped")
        return 0
    rows = [["a", "0.1", ""], ["b", "25%", "words"]]
    assert differences("same", rows, [["a", "0.10000000000000001", ""], ["b", "0.25", "words"]]) == []
    assert same("0.0000000156487837912", "0.000000015648783791203345")
    assert not same("0.0000000156487837", "0.000000015648783791203345")
    assert len(differences("number", rows, [["a", "0.1001", ""], ["b", "0.25", "words"]])) == 1
    assert len(differences("text", rows, [["a", "0.1", ""], ["b", "0.25", "0"]])) == 1
    assert len(differences("row", rows, rows[:1])) == 1
    if len(sys.argv) < 2:
        sys.exit("name the folder of a run")
    failed = False
    for run in map(Path, sys.argv[1:]):
        cells, said = look(run)
        failed |= bool(said)
        print(f"{run}: {cells} cells compared, {len(said)} differ")
        print("".join(f"  {line}\n" for line in said[:20]), end="")
    return int(failed)


sys.exit(main())
