#!/usr/bin/env python3
"""What a path costs the engine against paths, steps, actors and links: `benches/peers/scale.py --engine-bench PROGRAM` (what
`cargo bench --no-run --bench peers` built). Varies benches/peers/scenario.toml in one way at a time, prints a table, writes docs/scale.csv and docs/scale.svg.
Seconds are the processor's, on one core, the least of some turns, less those of a run of eight paths."""
import argparse, csv, math, pathlib, resource, subprocess, tempfile

from run import HERE, ROOT, one_core

PATHS = 4000


def with_companies(text, extra, linked):
    """More companies, a copy of Amazon each; `linked`: the lab buys from each."""
    for k in range(extra):
        text += f'\n[[company]]\nname = "C{k}"\nmarket_cap = 500.0\ndrift = 0.06\nvolatility = 0.2\ncash = 60.0\ncash_floor = 20.0\nearnings = 10.0\nmargin = 0.3\n'
        if linked:
            text += f'[[compute]]\nlab = "OpenAI"\ncompany = "C{k}"\nbase = 0.1\nweight = 0.05\n'
    return text


def cases(text):
    """(what is varied, its value, the scenario, paths)"""
    for paths in [250, 1000, 4000, 16000]:
        yield "paths", paths, text, paths
    for years in [1, 2, 5, 10, 20]:
        yield "steps", years * 52, text.replace("years = 5.0", f"years = {years}.0"), PATHS * 5 // max(5, years)
    for extra in [0, 4, 8, 16, 32]:
        yield "actors", 7 + extra, with_companies(text, extra, False), PATHS
    for extra in [0, 4, 8, 16, 32]:
        yield "links", 3 + extra, with_companies(text, extra, True), PATHS


def seconds(program, file, paths):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(one_core([program, file, paths]), capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"{file.read_text()[-400:]}\n{done.stderr}")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def drawn(rows):
    """Four panels, logarithmic across and up: microseconds a path of one core, with the numbers at the points."""
    out = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 960 300" font-family="sans-serif" font-size="12">', '<rect width="960" height="300" fill="white"/>',
           '<text x="20" y="24" font-size="15">What a path costs, µs of one core (logarithmic), against</text>']
    top = max(float(r[2]) for r in rows) * 1.3
    low = min(float(r[2]) for r in rows) / 1.3
    for panel, name in enumerate(["paths", "steps", "actors", "links"]):
        points = [(float(r[1]), float(r[2])) for r in rows if r[0] == name]
        first, last = points[0][0], points[-1][0]
        left = 40 + panel * 232
        places = [(left + 170 * math.log(x / first) / math.log(last / first), 250 - 180 * math.log(y / low) / math.log(top / low)) for x, y in points]
        out.append(f'<text x="{left}" y="48" font-weight="bold">{name}</text><line x1="{left - 10}" y1="256" x2="{left + 184}" y2="256" stroke="#999"/>')
        out.append('<polyline fill="none" stroke="#0b62a4" stroke-width="2" points="' + " ".join(f"{a:.1f},{b:.1f}" for a, b in places) + '"/>')
        for (a, b), (x, y) in zip(places, points):
            out.append(f'<circle cx="{a:.1f}" cy="{b:.1f}" r="3" fill="#0b62a4"/><text x="{a:.1f}" y="{b - 9:.1f}" text-anchor="middle">{y:.0f}</text><text x="{a:.1f}" y="274" text-anchor="middle" fill="#555">{x:.0f}</text>')
    return "\n".join(out + ["</svg>", ""])


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--engine-bench", required=True)
    ask.add_argument("--turns", type=int, default=3)
    options = ask.parse_args()
    text = (HERE / "scenario.toml").read_text()
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        all_of = list(cases(text))
        files = []
        for i, (_, _, scenario, _) in enumerate(all_of):
            files.append(pathlib.Path(folder) / f"case{i}.toml")
            files[-1].write_text(scenario)
        best = [math.inf] * len(all_of)
        for _ in range(options.turns):
            for i, (_, _, _, paths) in enumerate(all_of):
                best[i] = min(best[i], (seconds(options.engine_bench, files[i], paths + 8) - seconds(options.engine_bench, files[i], 8)) / paths)
    for (name, value, _, _), time in zip(all_of, best):
        rows.append((name, value, f"{time * 1e6:.1f}"))
        print(f"{name:8}{value:8}{time * 1e6:10.1f} us a path")
    with open(ROOT / "docs" / "scale.csv", "w", newline="") as sheet:
        csv.writer(sheet, lineterminator="\n").writerows([("varied", "value", "us_per_path"), *rows])
    (ROOT / "docs" / "scale.svg").write_text(drawn(rows))


if __name__ == "__main__":
    main()
