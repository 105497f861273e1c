"""Looks at the results of the main job as a suspicious reader would. Argument: the folder that holds `first` (both
scenarios), `second` (oracle again, one thread) and `answer.txt` (what was printed)."""

import csv
import hashlib
import json
import math
import re
import pathlib
import struct
import sys

out = pathlib.Path(sys.argv[1])
checks = 0


def check(what, ok):
    global checks
    checks += 1
    if not ok:
        sys.exit(f"look: {what}")


for name in ("oracle", "softbank"):
    folder = out / "first" / name
    summary = json.loads((folder / "summary.json").read_text())
    measures, ratios = summary["measures"], summary["ratio_of_means"]
    check("paths", summary["paths"] == 20000)
    raised = measures["capital.raised"]
    check("capital is raised", raised["mean"] > 10 and 0 < raised["se"] < 0.05 * raised["mean"])
    classes = sum(measures[f"capital.from.{c}"]["mean"] for c in ("outside", "company", "person", "holding"))
    check("classes of investors add up to the capital", math.isclose(classes, raised["mean"], rel_tol=1e-9))
    origins = sum(v["mean"] for k, v in measures.items() if k.startswith("capital.origin."))
    check("origins add up to the capital", math.isclose(origins, raised["mean"], rel_tol=1e-9))
    made = measures["capital.manufactured"]["mean"] / raised["mean"]
    check("the traced share is the ratio of means", math.isclose(made, ratios["share.traced"]["value"], rel_tol=1e-9))
    for share in ("share.traced", "share.netted", "share.circular"):
        check(f"{share} lies between 0 and 1", 0 < ratios[share]["value"] < 1)
        check(f"{share} has an error", ratios[share]["se"] > 0)
    check("the causal share is below that without persons and holdings, too", ratios["share.causal"]["value"] <= ratios["share.causal.upper"]["value"])
    check("time in the sentiments adds up", math.isclose(sum(measures[f"sentiment.{s}"]["mean"] for s in ("hype", "neutral", "suspicion")), 1, rel_tol=1e-9))
    manifest = json.loads((folder / "manifest.json").read_text())
    check("the manifest says complete", manifest["complete"] is True)
    for file in manifest["files"]:
        data = (folder / file["file"]).read_bytes()
        check(f"hash of {file['file']}", hashlib.sha256(data).hexdigest() == file["sha256"])
    for chart in ("answer", "distribution", "course", "money_map", "breaking", "headline"):
        png = (folder / "charts" / f"{chart}.png").read_bytes()
        check(f"{chart}.png is a picture of 1600 × 1000", png[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", png[16:24]) == (1600, 1000))
        check(f"{chart}.svg is an SVG", "<svg" in (folder / "charts" / f"{chart}.svg").read_text()[:300])
    page = (folder / "report.html").read_text()
    check("the page shows every chart and runs nothing", page.count("<figcaption>") >= 6 and "<script" not in page)
    # Sources are links that a reader may follow; nothing is fetched to show the page.
    check("the page fetches nothing", not re.search(r'(src|srcset|data|poster)="?http|url\(["\']?http|<link|@import|<iframe', page))
    flows = list(csv.DictReader((folder / "flows.csv").open()))
    capital = sum(float(f["mean_usd_bn"]) for f in flows if f["kind"] in ("round", "tranche", "credit", "warrant", "listing"))
    check("capital flows add up to the capital", math.isclose(capital, raised["mean"], rel_tol=1e-6))

for file in ("summary.json", "paths.parquet", "courses.parquet", "flows.csv", "results.xlsx", "figures.json", "report.html"):
    one, two = ((out / run / "oracle" / file).read_bytes() for run in ("first", "second"))
    check(f"{file} has the same bytes with one thread", one == two)

answer = (out / "answer.txt").read_text()
for words in ("OpenAI raises", "not a judgement", "would not have been raised without the loops", "Evidence:", "Ellison"):
    check(f"the answer mentions {words!r}", words in " ".join(answer.split()))
check("the answer fits 100 columns where there is no terminal", max(map(len, answer.splitlines())) <= 100)
print(f"look: {checks} checks passed")
