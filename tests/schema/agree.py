"""Does the schema of the scenario file agree with what the program reads?

    python3 tests/schema/agree.py PROGRAM

Takes each case of cases.tsv, a value in the place of one in base.toml, and asks both, the schema by jsonschema (PyPI) and
`PROGRAM check`; the file says what each must answer, and why where they differ. Every scenario of the repository that the
program accepts the schema must accept. Exits with 1 where it finds something, first of all where it would find nothing: a
schema that allows everything is shown to fail.
"""

import datetime
import json
import math
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

import jsonschema

ROOT = Path(__file__).resolve().parents[2]
HERE = ROOT / "tests" / "schema"


def as_editors_see_it(value):
    """JSON has neither dates nor numbers that are not finite."""
    if isinstance(value, dict):
        return {key: as_editors_see_it(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [as_editors_see_it(inner) for inner in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return None if isinstance(value, float) and not math.isfinite(value) else value


def accepts(schema, text):
    return "accepts" if schema.is_valid(as_editors_see_it(tomllib.loads(text))) else "refuses"


def checked(program, text):
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "case.toml"
        file.write_text(text)
        code = subprocess.run([program, "check", file], capture_output=True).returncode
    return {0: "accepts", 2: "refuses"}.get(code, f"ends with {code}")


def cases():
    lines = (HERE / "base.toml").read_text().splitlines(keepends=True)
    for row in (HERE / "cases.tsv").read_text().splitlines()[1:]:
        key, value, check, schema, why = row.split("\t")
        place = next(k for k, line in enumerate(lines) if line.startswith(f"{key} = "))
        yield f"{key} = {value}", "".join([*lines[:place], f"{key} = {value}\n", *lines[place + 1 :]]), check, schema, why


def wrong(schema, program):
    for name, text, check, expected, why in cases():
        if (check != expected) != bool(why):
            yield f"{name}: a difference has a reason, and only a difference"
        if (found := accepts(schema, text)) != expected:
            yield f"{name}: the schema {found} it"
        if program and (found := checked(program, text)) != check:
            yield f"{name}: `check` {found} it"
    folders = ["configs", "tests/scenarios", "tests/reference/cases", "tests/doubtful", "tests/schema"]
    for file in sorted(file for folder in folders for file in (ROOT / folder).glob("*.toml")):
        if accepts(schema, file.read_text()) != "accepts":
            errors = schema.iter_errors(as_editors_see_it(tomllib.loads(file.read_text())))
            yield f"{file.relative_to(ROOT)}: {next(errors).message[:200]}"


def main():
    program = sys.argv[1] if len(sys.argv) > 1 else None
    if not any(wrong(jsonschema.Draft202012Validator({}), None)):
        sys.exit("a schema that allows everything passes: this looks at nothing")
    schema = json.loads((ROOT / "docs/roundtrip.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    found = list(wrong(jsonschema.Draft202012Validator(schema), program))
    print("\n".join(found) or f"schema and program agree on {sum(1 for _ in cases())} cases and all scenarios")
    sys.exit(1 if found else 0)


main()
