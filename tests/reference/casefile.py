"""How a case is written down: the scenario as TOML, what the reference program says of it, and the derivation by hand
beside it. The closed-form arithmetic of a case stands in `work` (executed here, without the program) and is compared
with the program's output: every disagreement is printed, and the script that makes the cases fails."""
import glob
import json
import math
import os
import textwrap
import tomllib

from reference import CAUSAL, LOOPS, ORIGINS, World, lens, run

HERE = os.path.dirname(os.path.abspath(__file__))


# ------------------------------------------------------------------------------------------------------------- TOML

def t(v):
    if isinstance(v, bool):
        return str(v).lower()
    if isinstance(v, (int, float)):
        return repr(float(v))
    if isinstance(v, D):
        return v.s
    if isinstance(v, str):
        return json.dumps(v)
    if isinstance(v, (list, tuple)):
        return "[" + ", ".join(t(x) for x in v) + "]"
    if isinstance(v, dict):
        return "{ " + ", ".join(f"{k} = {t(x)}" for k, x in v.items()) + " }"
    raise TypeError(v)


class D:
    def __init__(self, s):
        self.s = s


def section(head, d):
    return f"{head}\n" + "".join(f"{k} = {v if k == 'steps_per_year' else t(v)}\n" for k, v in d.items())


def lab(name="Lab", cash=10.0, R=12.0, g=0.0, opex=0.0, mark=100.0, **kw):
    rev = {"annual": R, "growth": g}
    rev.update(kw.pop("revenue", {}))
    return ("[[lab]]", dict(name=name, cash=cash, revenue=rev, opex=opex, mark=mark, **kw))


def company(name="Cloud", cap=500.0, margin=0.5, cash=10.0, earnings=0.0, **kw):
    return ("[[company]]", dict(name=name, market_cap=cap, volatility=kw.pop("volatility", 0.0), cash=cash,
                                earnings=earnings, margin=margin, **kw))


def person(**kw):
    return ("[[person]]", kw)


def holding(**kw):
    return ("[[holding]]", kw)


def link(lab="Lab", company="Cloud", **kw):
    return ("[[compute]]", dict(lab=lab, company=company, **kw))


def vendor(company="Cloud", lab="Lab", ratio=0.0, **kw):
    return ("[[vendor_equity]]", dict(company=company, lab=lab, ratio=ratio, **kw))


def commitment(**kw):
    return ("[[commitment]]", kw)


def warrant(**kw):
    return ("[[warrant]]", kw)


def vendor_credit(company="Cloud", lab="Lab", **kw):
    return ("[[vendor_credit]]", dict(company=company, lab=lab, **kw))


def project_debt(company="Cloud", lab="Lab", **kw):
    return ("[[project_debt]]", dict(company=company, lab=lab, **kw))


def announcement(elasticity=0.0, exponent=1.0, noise=0.0, **kw):
    return ("[announcement]", dict(elasticity=elasticity, exponent=exponent, noise=noise, **kw))


def sentiment(initial="hype", response=(1.0, 1.0, 1.0), rates=((0, 0, 0), (0, 0, 0), (0, 0, 0)), sensitivity=0.0,
              reference=0.0, half_life=1.0, weight=10.0):
    return ("[sentiment]", dict(initial=initial, response=list(response), rates=[list(r) for r in rates],
                                circularity=dict(sensitivity=sensitivity, reference=reference, half_life=half_life,
                                                 weight=weight)))


def scenario(name, *sections, years=1.0, spy=12, start="2025-01-01", r=0.04, σ_m=0.0, σ_s=0.0):
    order = ["[announcement]", "[sentiment]", "[[lab]]", "[[company]]", "[[person]]", "[[holding]]", "[[compute]]",
             "[[vendor_equity]]", "[[commitment]]", "[[warrant]]", "[[vendor_credit]]", "[[project_debt]]"]
    s = section("[scenario]", dict(name=name, start=D(start), years=years, steps_per_year=spy))
    s += "\n" + section("[market]", dict(volatility=σ_m, sector_volatility=σ_s, rate=r))
    for head, d in sorted(sections, key=lambda x: order.index(x[0])):
        s += "\n" + section(head, d)
    return s


def con(announced, notional, starts, term, **kw):
    return dict(announced=D(announced), notional=notional, starts=D(starts), term=term, **kw)


# ------------------------------------------------------------------------------------------------------- cases, files

class Cases:
    """The cases of one folder."""

    def __init__(self, folder, added_names=True):
        self.folder = os.path.join(HERE, folder)
        self.added_names = added_names                 # the names that every scenario has since the second edition
        self.cases = []

    def case(self, name, text, intro, work, checks, draws=None, extras=(), offs="auto", lens=None,
             same_as=None):
        self.cases.append(dict(name=name, text=text, intro="\n".join(x.strip() for x in intro.strip().splitlines()),
                               work=textwrap.dedent(work).strip(), checks=checks, draws=draws, extras=extras, offs=offs, lens=lens,
                               same_as=same_as))

    def dump(self, name, m):
        if not self.added_names:
            m = {k: v for k, v in m.items() if not k.startswith(ADDED)}
        with open(os.path.join(self.folder, name), "w") as f:
            json.dump(m, f, indent=0)
            f.write("\n")

    def write(self, only=()):
        """Writes every case anew; returns the number of disagreements."""
        os.makedirs(self.folder, exist_ok=True)
        bad = 0
        for c in self.cases:
            if only and not any(c["name"].startswith(o) for o in only):
                continue
            bad += self.write_one(c)
        print(f"{os.path.basename(self.folder)}: {len(self.cases)} cases, {bad} disagreements")
        return bad

    def follow(self, draws):
        """From the folder `draws` (NN_name.pathK.draws.json, written by the engine's test): NN_name.pathK*.json."""
        for c in self.cases:
            for file in sorted(glob.glob(os.path.join(draws, c["name"] + ".path*.draws.json"))):
                stem = os.path.basename(file).removesuffix(".draws.json")
                with open(file) as f:
                    d = json.load(f)
                path = os.path.join(self.folder, c["name"] + ".toml")
                m = run(path, draws=d)
                self.dump(stem + ".json", m)
                for name, off in [(loop, [loop]) for loop in LOOPS] + [("causal", CAUSAL)]:
                    other = run(path, off, d)
                    if other != m:
                        self.dump(f"{stem}.off_{name}.json", other)

    def write_one(self, c):
        path = os.path.join(self.folder, c["name"] + ".toml")
        with open(path, "w") as f:
            f.write(c["text"])
        # Results on draws of this program's own, which the engine cannot follow, are checked by hand and not kept.
        keep = self.dump if not c["draws"] else lambda name, measures: None
        m = run(path, draws=c["draws"])
        keep(c["name"] + ".json", m)
        off_names, off = [], {}
        for loop in LOOPS if self.added_names else LOOPS[:-2]:
            off[loop] = run(path, off=[loop], draws=c["draws"])
            if c["offs"] == "all" or off[loop] != m:
                keep(f"{c['name']}.off_{loop}.json", off[loop])
                off_names.append(loop)
        if c["offs"] in ("all", "auto+"):
            off["causal"] = run(path, off=CAUSAL, draws=c["draws"])
            off["all"] = run(path, off=LOOPS, draws=c["draws"])
            for name in ("causal", "all"):
                if c["offs"] == "all" or off[name] != m:
                    keep(f"{c['name']}.off_{name}.json", off[name])
        for e in c["extras"]:
            keep(f"{c['name']}.extra_{e}.json", run(path, draws=c["draws"], extra=e))
        ns = {k: getattr(math, k) for k in ("exp", "log", "sqrt")}
        ns.update(draws=c["draws"], m=m, off=off)
        if c["lens"] is not None:
            ns["lens"] = lens(path, draws=c["draws"])
            keep(c["name"] + ".lens.json", ns["lens"])
            if any("tied" in line for line in c["text"].splitlines()):
                ns["tied"] = run(path, CAUSAL, c["draws"], ties=True)
                keep(c["name"] + ".off_causal.tied.json", ns["tied"])
        exec(c["work"], ns)
        bad = 0
        if c["same_as"]:                               # the scenario without the new keys: the same values, to the bit
            old = World(tomllib.loads(c["same_as"])).run()
            for k, v in old.items():
                if m[k] != v:
                    bad += 1
                    print(f"{c['name']}: {k}: without the keys {v!r}, with them {m[k]!r}")
        lines = [f"# {c['name']}", "", c["intro"], ""]
        if c["work"]:
            lines += ["By hand (closed form; executed apart from the program):", "", "```python", c["work"], "```", ""]
        if c["checks"]:
            lines += ["| measure | by hand | value | program |", "|---|---|---|---|"]
        checks = [(k, k, m, e) for k, e in c["checks"].items()]
        for key, e in (c["lens"] or {}).items():
            of, _, name = key.partition("/")           # "lens/share.causal", "off_causal/paid", "tied/announced"
            checks.append((key, name, ns["lens"] if of == "lens" else ns["tied"] if of == "tied" else off[of[4:]], e))
        for key, name, where, e in checks:
            got = math.fsum(where[f"capital.{name[7:]}.{o}"] for o in ORIGINS if f"capital.{name[7:]}.{o}" in where) \
                if name.startswith("sum of ") else where[name]
            want = eval(e, ns)
            ok = (want is None and got is None) or (want is not None and got is not None and
                                                    abs(want - got) <= 1e-10 * max(1.0, abs(want)))
            if not ok:
                bad += 1
                print(f"{c['name']}: {key}: by hand {want!r}, program {got!r}")
            lines.append(f"| `{key}` | `{e}` | {want!r} | {got!r} |")
        if off_names:
            lines += ["", "Loops whose switching off changes a measure (stored beside, `.off_<loop>.json`): " + ", ".join(off_names) + "."]
        with open(os.path.join(self.folder, c["name"] + ".md"), "w") as f:
            f.write("\n".join(lines) + "\n")
        return bad


ADDED = ("capital.insider", "share.insider", "capital.stranger", "capital.concession", "share.concession")
