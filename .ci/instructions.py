"""Counts the instructions of the steps of a few paths under callgrind and holds them against those that were counted
before: a step that got slower is found on any machine, however busy. Argument: the program. With --write the counts are
noted instead. They depend on the compiler, so another compiler's are printed and not compared."""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ALLOWED = 1.02
NOTED = pathlib.Path(__file__).with_name("instructions.json")
ROOT = NOTED.parent.parent


def count(program, scenario):
    """Instructions of the steps of 64 paths, all runs of the causal lens included."""
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "callgrind.out"
        subprocess.run(
            ["valgrind", "--tool=callgrind", f"--callgrind-out-file={out}", "--toggle-collect=*run_batch*", program, "run"]
            + [f"configs/{scenario}.toml", "--paths", "64", "--threads", "1", "--corner-paths", "0", "--quiet"]
            + ["--out", folder],
            cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )
        return int(re.search(r"^totals: (\d+)", out.read_text(), re.M).group(1))


def install():
    if shutil.which("valgrind") is None and shutil.which("apt-get"):
        subprocess.run("apt-get update -qq && apt-get install -y -qq valgrind", shell=True, check=False,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return shutil.which("valgrind") is not None


program = str(pathlib.Path(sys.argv[1]).resolve())
if not install():
    print("valgrind could not be installed: instructions are not counted")
    sys.exit(0)
compiler = subprocess.run(["rustc", "--version"], capture_output=True, text=True, check=True).stdout.split()[1]
found = {name: count(program, name) for name in ("oracle", "web_2025")}
if not all(found.values()):
    print("this processor has no AVX2: instructions are not compared")
elif "--write" in sys.argv:
    NOTED.write_text(json.dumps({"rustc": compiler, **found}, indent=2) + "\n")
    print(f"noted for rustc {compiler}: {found}")
else:
    noted = json.loads(NOTED.read_text())
    if noted["rustc"] != compiler:
        print(f"counted with rustc {compiler}, noted with {noted['rustc']}: not compared. {found}")
    for name, instructions in found.items():
        ratio = instructions / noted[name]
        print(f"{name}: {instructions:,} instructions, {ratio:.4f} of what was noted")
        if noted["rustc"] == compiler and ratio > ALLOWED:
            sys.exit(f"{name}: more than {ALLOWED} times the instructions noted in .ci/instructions.json. If it is worth it, "
                     "note them anew (python3 .ci/instructions.py PROGRAM --write) and say why in CHANGELOG.md")
