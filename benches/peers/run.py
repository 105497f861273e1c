#!/usr/bin/env python3
"""Roundtrip's engine against programs for one scenario, in turn on one core: `benches/peers/run.py`.

Every peer computes benches/peers/scenario.toml (docs/model.md with that file's topology in its code). Before it is timed it must agree with
the engine twice: digit by digit where nothing is random (CASES sets of numbers, in each of the three moods and with loops off, to RELATIVE),
and in its means over paths to four standard errors of the difference. A peer that does not stops everything. `--perturb NUMBER=FACTOR`
multiplies one number of the peers, not of the engine, to show that the check fails.

Needs g++ (C++20), Python 3.11 and, for NumPy and Numba, an index of Python packages: they are installed, pinned, into a folder that is
removed at the end. `--without python` leaves them out. Builds nothing of Rust: `--engine` names a release binary."""
import argparse, csv, json, math, os, pathlib, random, re, resource, statistics, subprocess, sys, tempfile, tomllib

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PINNED = ["numpy==2.2.6", "numba==0.61.2", "llvmlite==0.44.0"]
COMPANIES = ["Oracle", "Microsoft", "Amazon", "NVIDIA"]
CASES, RELATIVE, ERRORS = 6, 1e-8, 4.0
OFF = "announcement,collateral,marks,vendor_equity,suspicion"


def numbers_of(text):
    """The scenario's numbers by name, (low, high), in the order in which the peers read them."""
    t = tomllib.loads(text)
    out = {}

    def put(name, value):
        out[name] = tuple(value["uniform"]) if isinstance(value, dict) else (value, value)

    start = t["scenario"]["start"]

    def step(day):
        return math.floor((day - start).days / 365.25 * t["scenario"]["steps_per_year"])

    for key in ["volatility", "sector_volatility", "rate"]:
        put(f"market.{key}", t["market"][key])
    for key in ["elasticity", "exponent", "noise", "half_life", "impact"]:
        put(f"announcement.{key}", t["announcement"][key])
    mood = t["sentiment"]
    for i in range(3):
        put(f"response.{i}", mood["response"][i])
    for i in range(3):
        for j in range(3):
            if i != j:
                put(f"rates.{i}.{j}", mood["rates"][i][j])
    for key in ["sensitivity", "reference", "half_life", "weight"]:
        put(f"circularity.{key}", mood["circularity"][key])
    (lab,) = t["lab"]
    for key in ["cash", "opex", "opex_growth", "mark"]:
        put(f"lab.{key}", lab[key])
    for key in ["annual", "growth", "growth_end", "half_life", "volatility"]:
        put(f"revenue.{key}", lab["revenue"][key])
    for key in ["trigger", "gap", "runway"]:
        put(f"round.{key}", lab["round"][key])
    for key in ["multiple", "appetite"]:
        for i in range(3):
            put(f"round.{key}.{i}", lab["round"][key][i])
    put("round.spillover", lab["round"]["spillover"])
    for key in ["multiple", "term", "lead", "tie"]:
        put(f"commit.{key}", lab["commit"][key])
    put("restructure.cut", lab["restructure"]["cut"])
    firms = {c["name"]: c for c in t["company"]}
    for key in ["market_cap", "drift", "volatility", "beta.market", "beta.sector", "cash", "cash_floor", "earnings", "payout", "margin", "debt"]:
        for name in COMPANIES:
            value = firms[name]
            for part in key.split("."):
                value = value.get(part, 0.0)
            put(f"{name}.{key}", value)
    for name in COMPANIES[:3]:
        put(f"{name}.suppliers", firms[name]["suppliers"]["NVIDIA"])
    (person,), (fund,) = t["person"], t["holding"]
    put("person.stake", person["stake"]["Oracle"])
    for key in ["loan", "max_ltv", "call_ltv"]:
        put(f"person.{key}", person[key])
    put("person.invests", person["invests"]["OpenAI"])
    for key in ["cash", "cash_floor", "debt", "max_ltv"]:
        put(f"holding.{key}", fund[key])
    put("holding.stake", fund["stakes"]["NVIDIA"])
    put("holding.other_assets", fund["other_assets"])
    put("holding.lab_stake", fund["lab_stakes"]["OpenAI"]["stake"])
    put("holding.cost", fund["lab_stakes"]["OpenAI"]["cost"])
    put("holding.invests", fund["invests"]["OpenAI"])
    links = {c["company"]: c for c in t["compute"]}
    for key in ["base", "weight"]:
        for name in COMPANIES[:3]:
            put(f"compute.{name}.{key}", links[name].get(key, 0.0))
    (contract,) = links["Oracle"]["contracts"]
    put("contract.notional", contract["notional"])
    put("contract.term", contract["term"])
    put("contract.step", step(contract["announced"]))
    put("contract.start", step(contract["starts"]))
    put("vendor_equity", t["vendor_equity"][0]["ratio"])
    for investor in ["Amazon", "NVIDIA", "SoftBank"]:
        for c in t["commitment"]:
            if c["investor"] == investor:
                price = c["pre_money"] + sum(a["amount"] for a in c["tranches"])
                for i, a in enumerate(c["tranches"]):
                    if a["due"] > start:
                        name = f"tranche.{investor}.{a['due']}"
                        put(name + ".step", step(a["due"]))
                        put(name + ".amount", a["amount"])
                        put(name + ".price", price)
    put("initial", ["hype", "neutral", "suspicion"].index(mood["initial"]))
    return out


def quiet(text, seed):
    """The scenario without randomness: every uncertain number at a point of its range, no volatility, no noise, no moves of mood."""
    chance = random.Random(seed)
    text = re.sub(r"rates = \[\n(.*\n){3}\]", "rates = [[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]]", text)
    text = re.sub(r"\{ uniform = \[([-\d.]+), ([-\d.]+)\] \}", lambda m: repr(chance.uniform(float(m[1]), float(m[2]))), text)
    text = re.sub(r"\b(volatility|sector_volatility|noise) = [\d.]+", r"\1 = 0.0", text)
    return text.replace('initial = "hype"', f'initial = "{["hype", "neutral", "suspicion"][seed % 3]}"')


class Engine:
    name = "engine"

    def __init__(self, program, folder):
        self.program, self.folder = program, folder

    def summary(self, text, paths, seed, off):
        file = self.folder / "engine.toml"
        file.write_text(text)
        call = [self.program, "run", str(file), "--paths", str(paths), "--seed", str(seed), "--corner-paths", "0", "--threads", "1", "-q", "--out", str(self.folder / "out")]
        done = subprocess.run(call + (["--off", OFF] if off else []), capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"the engine refuses the scenario: {done.stderr.strip()}")
        measures = json.loads((self.folder / "out" / "engine" / "summary.json").read_text())["measures"]
        # Of a sum of columns only the mean is known here; its error is left to the peer's.
        parts = [v["mean"] for k, v in measures.items() if k.startswith("capital.round.")]
        measures["capital.round"] = {"mean": sum(parts), "se": measures["capital.raised"]["se"]}
        return measures


class Peer:
    def __init__(self, name, call, folder, quick=True):
        self.name, self.call, self.folder, self.quick = name, call, folder, quick

    def run(self, numbers, paths, seed, off):
        file = self.folder / "numbers.txt"
        file.write_text("".join(f"{a!r} {b!r}\n" for a, b in numbers.values()))
        done = subprocess.run(one_core(self.call[:1] + [a.format(numbers=file, paths=paths, seed=seed, off=int(off)) for a in self.call[1:]]), capture_output=True, text=True, env=os.environ | {"NUMBA_CACHE_DIR": str(self.folder / "cache")})
        if done.returncode:
            sys.exit(f"{self.name}: {done.stderr.strip()}")
        return json.loads(done.stdout)


def one_core(call):
    return ["taskset", "-c", str(min(os.sched_getaffinity(0)))] + [str(a) for a in call] if sys.platform == "linux" else [str(a) for a in call]


def perturbed(numbers, change):
    if change is None:
        return numbers
    name, _, factor = change.partition("=")
    if name not in numbers:
        sys.exit(f"--perturb: no number is called '{name}'; there are {', '.join(numbers)}")
    return {k: (v[0] * float(factor), v[1] * float(factor)) if k == name else v for k, v in numbers.items()}


def check(engine, peers, text, options):
    """Stops at the first peer that disagrees."""
    for case in range(CASES):
        still = quiet(text, case)
        for off in [False, True]:
            want = engine.summary(still, 1, 1, off)
            for peer in peers:
                got = peer.run(perturbed(numbers_of(still), options.perturb), 1, 1, off)["measures"]
                for name, (value, _) in got.items():
                    expected = want[name]["mean"]
                    if not abs(value - expected) <= RELATIVE * max(1.0, abs(expected)):
                        sys.exit(f"{peer.name} disagrees with the engine without randomness (numbers {case}, loops {'off' if off else 'on'}): {name} is {value!r}, not {expected!r}")
    print(f"Without randomness: {', '.join(p.name for p in peers)} agree with the engine in all their measures of {CASES * 2} cases to {RELATIVE:g}.", flush=True)
    for off in [False, True]:
        want = engine.summary(text, options.check_paths, 1, off)
        for peer in peers:
            paths = options.check_paths if peer.quick else options.check_paths // 4
            got = peer.run(perturbed(numbers_of(text), options.perturb), paths, 2, off)["measures"]
            worst = (0.0, "")
            for name, (value, se) in got.items():
                error = math.hypot(se, want[name]["se"] or 0.0)
                away = abs(value - want[name]["mean"]) / error if error > 0 else (0.0 if abs(value - want[name]["mean"]) < 1e-9 else math.inf)
                worst = max(worst, (away, name))
            where = f"{paths} paths, loops {'off' if off else 'on'}"
            if not worst[0] <= ERRORS:
                name = worst[1]
                sys.exit(f"{peer.name} disagrees with the engine ({where}): {name} is {got[name][0]:.6g}, not {want[name]['mean']:.6g}, {worst[0]:.1f} standard errors away")
            print(f"{peer.name}, {where}: at most {worst[0]:.1f} standard errors from the engine ({worst[1]})")


def build(folder, options):
    compiler = os.environ.get("CXX", "g++")
    peers = []
    for name, flags in [("exact", ["-ffp-contract=off"]), ("free", ["-ffast-math", "-fno-associative-math"])]:
        program = folder / f"peer_{name}"
        subprocess.run([compiler, "-std=c++20", "-O3", "-march=native", *flags, "-Wno-psabi", "-Wno-deprecated-enum-enum-conversion", HERE / "peer.cpp", "-o", program], check=True)
        for width in ["scalar", "lanes"]:
            words = f"C++ {'path by path' if width == 'scalar' else 'in lanes'}" + (", fast-math" if name == "free" else "")
            peers.append(Peer(words, [program, "{numbers}", "{paths}", "{seed}", width, "{off}"], folder))
    if options.without != "python":
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        python = folder / "venv" / "bin" / "python"
        subprocess.run([python, "-m", "pip", "install", "-q", "--disable-pip-version-check", *PINNED], check=True)
        for name in ["Numba", "NumPy"]:
            peers.append(Peer(name, [python, str(HERE / "peer.py"), name.lower(), "{numbers}", "{paths}", "{seed}", "{off}"], folder, quick=False))
    return peers


def timed(engine_bench, peers, text, folder, options):
    """Seconds a path of each program, in turn; every turn begins with another program."""
    file = folder / "engine.toml"
    file.write_text(text)
    numbers = numbers_of(text)

    def engine():
        used = []
        for paths in [8, options.paths + 8]:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            subprocess.run(one_core([engine_bench, file, paths]), capture_output=True, check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            used.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        return {"paths": options.paths, "seconds": used[1] - used[0]}

    work = {"engine": engine} | {p.name: lambda p=p: p.run(numbers, options.paths if p.quick else max(512, options.paths // 10), 1, False) for p in peers}
    seconds = {name: [] for name in work}
    for turn in range(options.turns):
        names = list(work)
        for name in names[turn % len(names):] + names[:turn % len(names)]:
            got = work[name]()
            seconds[name].append(got["seconds"] / got["paths"])
    return seconds


def table(seconds):
    base = statistics.median(seconds["engine"])
    rows = [("program", "us_per_path", "paths_per_second", "engine_is_faster_by", "least_us", "most_us")]
    for name, all_of in seconds.items():
        one = statistics.median(all_of)
        rows.append((name, f"{one * 1e6:.1f}", f"{1 / one:.0f}", f"{one / base:.2f}", f"{min(all_of) * 1e6:.1f}", f"{max(all_of) * 1e6:.1f}"))
    return rows


def main():
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--engine", default=str(ROOT / "target" / "release" / "roundtrip"), help="release binary of roundtrip")
    ask.add_argument("--engine-bench", help="what `cargo bench --no-run --bench peers` built; without it peers are checked and not timed")
    ask.add_argument("--paths", type=int, default=20000, help="paths of a timed run")
    ask.add_argument("--check-paths", type=int, default=20000)
    ask.add_argument("--turns", type=int, default=5)
    ask.add_argument("--without", choices=["python"])
    ask.add_argument("--perturb", metavar="NUMBER=FACTOR", help="multiply one number of the peers: the check must then fail")
    ask.add_argument("--csv", help="write the table there, too")
    options = ask.parse_args()
    text = (HERE / "scenario.toml").read_text()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        engine = Engine(options.engine, folder)
        peers = build(folder, options)
        check(engine, peers, text, options)
        if options.engine_bench is None:
            print("Not timed: --engine-bench is missing.")
            return
        rows = table(timed(options.engine_bench, peers, text, folder, options))
    print(f"\n{options.turns} turns of {options.paths} paths (Numba and NumPy a tenth, at least 512), medians, one core; load {os.getloadavg()[0]:.1f} at the end")
    for row in rows:
        print(f"{row[0]:28}" + "".join(f"{a:>20}" for a in row[1:]))
    print()
    sheets = [sys.stdout] + ([open(options.csv, "w", newline="")] if options.csv else [])
    for sheet in sheets:
        csv.writer(sheet, lineterminator="\n").writerows(rows)


if __name__ == "__main__":
    main()
