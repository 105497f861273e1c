#!/usr/bin/env python3
"""Reference implementation of docs/model.md: one path, scalar, plain Python, clarity before speed.

    python3 reference.py SCENARIO.toml [--off loop,loop] [--tied] [--lens] [--draws FILE.json] [--extra D] [--trace]

prints one JSON object {measure name: value}; a measure that is not defined on the path is null. `--tied` multiplies
tied contracts by 1 - tied (the run G(off, ω) of the causal lens); `--lens` prints the causal lens of this one path.
Readings of ambiguous sentences are numbered in READINGS.md; "[R7]" in a comment means reading 7 there. "A.2", "G" and
so on are sections of the second edition (rounds by choice, marks, listing, deferral, ramps, the causal lens, vendor
credit, project debt, one factor per lab, interest per debtor).
"""
import json
import math
import re
import sys
import tomllib
from datetime import date, datetime

ORIGINS = ("revenue", "savings", "premium", "mark", "guarantee", "credit", "recycled")
MANUFACTURED = ("premium", "mark", "guarantee", "credit", "recycled")
INSTRUMENTS = ("round", "tranche", "credit", "warrant", "listing", "vendor_loan")
STATES = ("hype", "neutral", "suspicion")
LOOPS = ("announcement", "collateral", "marks", "vendor_equity", "credits", "warrants", "reciprocal", "suspicion",
         "related_wealth", "vendor_credit", "guarantee")
CAUSAL = tuple(loop for loop in LOOPS if loop != "related_wealth")          # off in G_off (§9)
SLACK = 1e-9                                          # §4 "Amounts are compared with a slack of 1e-9"


# ------------------------------------------------------------------------------------------------- money by origin

def vec(**kw):
    """A vector over origins."""
    v = dict.fromkeys(ORIGINS, 0.0)
    v.update(kw)
    return v


def total(v):
    return math.fsum(v.values())


def add(a, b):
    for o in ORIGINS:
        a[o] += b[o]


def scaled(v, f):
    return {o: v[o] * f for o in ORIGINS}


def draw(account, amount):
    """§7.2: a payment draws on the payer's origins pro rata. Returns the vector drawn."""
    have = total(account)
    if amount <= 0.0 or have <= 0.0:
        return vec()
    if amount >= have:
        out = dict(account)
        for o in ORIGINS:
            account[o] = 0.0
        return out
    out = scaled(account, amount / have)
    for o in ORIGINS:
        account[o] -= out[o]
        if -1e-12 < account[o] < 0.0:
            account[o] = 0.0
    return out


# --------------------------------------------------------------------------------------------------------- scenario

def plain(x):
    """A number may be a table with value (and source, grade): unwrap, everywhere."""
    if isinstance(x, dict):
        if "value" in x:
            return plain(x["value"])
        return {k: plain(v) for k, v in x.items() if k not in ("source", "grade")}
    if isinstance(x, list):
        return [plain(v) for v in x]
    if isinstance(x, int) and not isinstance(x, bool):
        return float(x)
    if isinstance(x, str) and re.fullmatch(r"\s*-?[0-9.]+ to -?[0-9.]+\s*", x):
        raise SystemExit(f"only certain numbers are supported: {x!r}")
    return x


def half_up(x):
    return math.floor(x + 0.5)


class Contract:
    """One compute contract of a link. `rate` is the present annual rate (cut by restructurings), times `shape` in each step
    of the term where a ramp (E) or a deferral (D) changed it; `late` is the annual rate of what was deferred."""

    def __init__(self, link, notional, announced, start, steps, Δ, n_suppliers, ramp=0):
        self.link = link
        self.notional = notional
        self.announced = announced                    # step; < 0: before the start
        self.start = start                            # first step with a bill
        self.steps = steps                            # number of steps with a bill
        self.end = start + steps
        self.tau = steps * Δ                          # [R2] τ on the grid
        self.lead_steps = max(0, start - announced)
        self.lead = self.lead_steps * Δ               # [R1] lead on the grid
        self.rate = notional / self.tau               # §2 "so that exactly D is paid"
        self.mean_date = self.tau / 2                 # of payment, from the start
        self.shape = None
        self.late, self.late_steps = 0.0, 0
        self.ahead = [0.0] * n_suppliers              # spent ahead per supplier and not yet recovered
        ramp = min(ramp, steps)                       # E: "at most the term"
        if ramp > 0:
            w = [min(1.0, (k + 0.5) / ramp) for k in range(steps)]
            W = math.fsum(w)
            self.reshape([x * steps / W for x in w])
            self.mean_date = math.fsum(x * (k + 0.5) for k, x in enumerate(w)) * Δ / W

    def own(self, n):
        """The annual rate of its own schedule, after cuts and deferrals, without late payments."""
        if not self.start <= n < self.end:
            return 0.0
        return self.rate if self.shape is None else self.rate * self.shape[n - self.start]

    def bill(self, n):
        return self.own(n) + (self.late if self.end <= n < self.end + self.late_steps else 0.0)

    def steps_with_bills(self, first, end):
        return range(max(first, self.start), min(end, self.end + self.late_steps))

    def remaining(self, n, Δ):
        """What is to be paid in the steps from n on."""
        if self.shape is None and self.late == 0.0:
            return self.rate * Δ * max(0, self.end - max(n, self.start))
        if n >= self.end:
            own = 0.0
        elif self.shape is None:
            own = self.end - max(n, self.start)
        else:
            own = self.weight_from[max(n, self.start) - self.start]
        return (self.rate * own + self.late * max(0, self.end + self.late_steps - max(n, self.end))) * Δ

    def reshape(self, shape):
        self.shape, self.weight_from, self.moment_from = shape, [0.0] * len(shape), [0.0] * len(shape)
        weight = moment = 0.0
        for k in reversed(range(len(shape))):          # what weighs in its steps from k on, and the same times the step
            weight += shape[k]
            moment += shape[k] * (k + 0.5)
            self.weight_from[k], self.moment_from[k] = weight, moment

    def years_of(self, n, Δ):
        """Σ over its payments from step n on of amount × years from n to the middle of the payment's step (n < start: too)."""
        first = max(n, self.start)
        own = 0.0
        if first < self.end:
            if self.shape is None:
                own = (self.end - first) * ((first + self.end) / 2 - n)
            else:
                k = first - self.start
                own = self.moment_from[k] + self.weight_from[k] * (self.start - n)
        late_from, late_end = max(n, self.end), self.end + self.late_steps
        late = max(0, late_end - late_from) * ((late_from + late_end) / 2 - n)
        return (self.rate * own + self.late * late) * Δ * Δ

    def cut(self, share):
        self.rate *= 1.0 - share
        self.late *= 1.0 - share

    def defer(self, first, last, ξ, δ, Δ):
        """D: ξ of its own payments in the steps first … last moves behind its end. Returns (X, years of delay)."""
        steps = [k for k in range(max(first, self.start), min(last + 1, self.end)) if self.own(k) > 0.0]
        X = ξ * math.fsum(self.own(k) * Δ for k in steps)
        if X <= 0.0:
            return 0.0, 0.0
        shape = [1.0] * self.steps if self.shape is None else list(self.shape)
        for k in steps:
            shape[k - self.start] *= 1.0 - ξ
        self.reshape(shape)
        self.late_steps = δ
        self.late += X / (δ * Δ)
        middle = (steps[0] + steps[-1]) / 2
        return X, (self.end + (δ - 1) / 2 - middle) * Δ


class Link:
    def __init__(self, lab, company, base, weight):
        self.lab, self.company, self.base, self.weight = lab, company, base, weight
        self.contracts = []


class Lab:
    pass


class Company:
    @property
    def M(self):
        return self.F * math.exp(self.x)

    @property
    def pi(self):
        """§3: the premium share of the price."""
        return max(0.0, 1.0 - math.exp(-self.x))


class Person:
    pass


class Holding:
    pass


class Commitment:
    pass


class VendorCredit:
    """G: what a company lends a lab of what the lab pays it. N is the loan, `highest` the greatest that it was."""


class ProjectDebt:
    """H: debt K of a builder against a lab's contracts, with a guarantor of the share g."""


class World:
    """Everything: scenario, state, counters."""

    # ------------------------------------------------------------------------------------------------- construction

    def __init__(self, raw, off=(), draws=None, extra=0.0, trace=False, ties=False):
        raw = plain(raw)
        for o in off:
            if o not in LOOPS:
                raise SystemExit(f"no loop {o!r}; loops: {', '.join(LOOPS)}")
        self.off = set(off)
        self.draws = draws or {}
        self.extra = extra
        self.trace = trace
        sc = raw["scenario"]
        self.spy = int(sc["steps_per_year"])
        self.Δ = 1.0 / self.spy
        self.N = half_up(sc["years"] * self.spy)
        self.start_date = sc["start"]
        mk = raw["market"]
        self.σ_m, self.σ_s, self.r = mk["volatility"], mk["sector_volatility"], mk["rate"]
        an = raw.get("announcement", {})
        self.θ = an.get("exponent", 1.0)
        self.least = an.get("least", 0.0)
        self.σ_a = an.get("noise", 0.0)
        self.impact = an.get("impact", 0.0)
        self.n = 0

        se = raw.get("sentiment")
        self.sentiment_on = se is not None             # without [sentiment]: always hype, response 1
        if se:
            self.state = STATES.index(se["initial"])
            self.response = se["response"]
            self.rates = se["rates"]
            ci = se.get("circularity", {})
            self.sens, self.C0 = ci.get("sensitivity", 0.0), ci.get("reference", 0.0)
            self.h_C, self.k = ci.get("half_life", 1.0), ci.get("weight", 10.0)
        else:
            self.state, self.response, self.rates = 0, [1.0, 1.0, 1.0], [[0.0] * 3 for _ in range(3)]
            self.sens, self.C0, self.h_C, self.k = 0.0, 0.0, 1.0, 10.0
        self.C, self.y_rel, self.y_all = self.C0, 0.0, 0.0

        self.companies = []
        for c in raw.get("company", []):
            k = Company()
            k.name = c["name"]
            k.market_cap = c["market_cap"]
            k.x = c.get("premium", 0.0)
            k.F = k.market_cap * math.exp(-k.x)        # 5.3 "The opening F is market_cap·e^(−premium)"
            k.μ, k.σ = c.get("drift", 0.0), c.get("volatility", 0.0)
            beta = c.get("beta", {})
            k.β_m, k.β_s = beta.get("market", 1.0), beta.get("sector", 1.0)
            k.cash = vec(savings=c["cash"])            # §7: opening cash is savings
            k.floor = c.get("cash_floor", 0.0)
            k.earnings, k.payout, k.m = c["earnings"], c.get("payout", 0.0), c["margin"]
            k.debt, k.ltv = c.get("debt", 0.0), c.get("max_ltv", 0.0)
            k.build_ahead = c.get("build_ahead", 0.0)
            k.η = c.get("elasticity", an.get("elasticity", 0.0))
            k.h = c.get("half_life", an.get("half_life", 1.0))
            k.suppliers = c.get("suppliers", {})
            k.lab_stakes = {l: dict(s) for l, s in c.get("lab_stakes", {}).items()}
            k.premium_peak = -math.inf
            k.lab_revenue, k.covered = 0.0, 0.0
            k.β_labs = beta.get("labs", {})
            k.rate = c.get("rate", self.r)             # J
            k.flat_loss = 0.0                          # News: flat losses of this step, due in the next
            self.companies.append(k)
        self.company = {c.name: c for c in self.companies}

        self.labs = []
        for l in raw.get("lab", []):
            k = Lab()
            k.name = l["name"]
            k.cash = vec(savings=l["cash"])
            re = l["revenue"]
            k.R, k.g0, k.σ_R = re["annual"], re["growth"], re.get("volatility", 0.0)
            k.g1 = re.get("growth_end", k.g0)
            k.h_g = re.get("half_life", 1.0)
            k.opex, k.opex_growth = l["opex"], l.get("opex_growth", 0.0)
            k.V = l["mark"]
            k.round, k.commit = l.get("round"), l.get("commit")
            k.cut = l.get("restructure", {}).get("cut", 0.5)
            k.links = []
            k.credits = {c.name: 0.0 for c in self.companies}
            k.last_round, k.last_restructuring = None, None
            k.δ = 1.0                                  # the dilution P/V of the rounds since the start
            k.paid_to = {c.name: 0.0 for c in self.companies}              # payments l → i so far (5.5)
            k.paid_since_round = {c.name: 0.0 for c in self.companies}
            k.capital, k.capital_from = 0.0, {c.name: 0.0 for c in self.companies}
            k.reciprocal = []                          # per step
            k.announced, k.paid, k.rounds = 0.0, 0.0, 0
            k.settled_by = {c.name: 0.0 for c in self.companies}           # bills settled
            k.RΔ, k.discount, k.unpaid = 0.0, 0.0, 0.0
            k.V_r = k.V                                # A.1: post-money of the last priced round
            last = (k.round or {}).get("last")
            k.last = 0 if last is None else self.step_of(last)
            k.by_choice, k.price_cuts = 0, 0.0
            k.tender, k.remarks = l.get("tender", 0.0), l.get("remarks", [])
            k.listing, k.listed = l.get("listing"), None                    # the step in which it listed
            k.defer, k.last_request, k.deferrals, k.deferred = l.get("defer"), None, 0, 0.0
            k.φ, k.f = l.get("factor_volatility", 0.0), 0.0
            k.short_principal = 0.0
            self.labs.append(k)
        self.lab = {l.name: l for l in self.labs}

        self.pending = []                              # contracts announced later than now, in order
        self.contracts = []                            # announced contracts
        for c in raw.get("compute", []):
            lab, company = self.lab[c["lab"]], self.company[c["company"]]
            link = Link(lab, company, c.get("base", 0.0), c.get("weight", 0.0))
            lab.links.append(link)
            for t in c.get("contracts", []):
                a, s = self.step_of(t["announced"]), self.step_of(t["starts"])
                s = max(s, a)                          # [R3] never billed before it is announced
                notional = t["notional"]
                if ties and t.get("tied", 0.0) > 0.0:  # F.2: D is multiplied by 1 − ω everywhere
                    notional *= 1.0 - t["tied"]
                k = Contract(link, notional, a, s, max(1, half_up(t["term"] * self.spy)), self.Δ, len(company.suppliers),
                             half_up(t.get("ramp", 0.0) * self.spy))
                link.contracts.append(k)
                (self.contracts if a < 0 else self.pending).append(k)

        self.persons = []
        for p in raw.get("person", []):
            k = Person()
            k.name = p["name"]
            (c, k.S), = p["stake"].items()
            k.company = self.company[c]
            k.loan, k.ltv, k.call = p.get("loan", 0.0), p.get("max_ltv", 0.0), p.get("call_ltv")
            k.invests = p.get("invests", {})
            k.lab_stakes = {l: dict(s) for l, s in p.get("lab_stakes", {}).items()}
            k.rate = p.get("rate", self.r)
            self.persons.append(k)

        self.holdings = []
        for h in raw.get("holding", []):
            k = Holding()
            k.name = h["name"]
            k.cash, k.floor = vec(savings=h["cash"]), h.get("cash_floor", 0.0)
            k.debt, k.ltv, k.call = h.get("debt", 0.0), h.get("max_ltv", 0.0), h.get("call_ltv")
            k.stakes = dict(h.get("stakes", {}))
            k.other = h.get("other_assets", 0.0)
            k.lab_stakes = {l: dict(s) for l, s in h.get("lab_stakes", {}).items()}
            k.invests = h.get("invests", {})
            k.funding = h.get("funding", ["cash", "sell", "borrow"])
            k.gain_peak = 0.0
            k.rate = h.get("rate", self.r)
            self.holdings.append(k)

        self.vendor_equity = []
        for v in raw.get("vendor_equity", []):
            self.vendor_equity.append(dict(company=self.company[v["company"]], lab=self.lab[v["lab"]], ψ=v["ratio"],
                                           c=v.get("credits", 0.0), κ=v.get("reciprocal", 0.0)))

        kinds = {}
        for kind, actors in (("company", self.companies), ("person", self.persons), ("holding", self.holdings)):
            for a in actors:
                a.kind = kind
                kinds[a.name] = a
        self.commitments = []
        for c in raw.get("commitment", []):
            k = Commitment()
            k.investor, k.lab, k.pre = kinds[c["investor"]], self.lab[c["lab"]], c["pre_money"]
            k.c = c.get("credits", 0.0)
            k.A = math.fsum(t["amount"] for t in c["tranches"])            # a tranche paid before the start counts in A
            k.tranches = []
            k.marked = self.step_of(c["marked"]) if "marked" in c else None
            for t in c["tranches"]:
                if "when" in t:                        # C: due in the step after the listing
                    assert t["when"] == "listing"
                    k.tranches.append(dict(due=None, cash=t["amount"] * (1.0 - k.c), credit=t["amount"] * k.c,
                                           needs=t.get("needs"), missed=False))
                    continue
                due = self.step_of(t["due"])
                if due < 0:                            # §2: due before the start: is paid
                    continue
                k.tranches.append(dict(due=due, cash=t["amount"] * (1.0 - k.c), credit=t["amount"] * k.c,
                                       needs=t.get("needs"), missed=False))
            self.commitments.append(k)

        self.warrants = []
        for w in raw.get("warrant", []):
            self.warrants.append(dict(company=self.company[w["company"]], lab=self.lab[w["lab"]],
                                      tranches=[dict(t, vested=False) for t in w["tranches"]]))

        self.vendor_credits = []
        for v in raw.get("vendor_credit", []):
            k = VendorCredit()
            k.company, k.lab, k.λ, k.cap = self.company[v["company"]], self.lab[v["lab"]], v["lent"], v["cap"]
            k.rate = v.get("rate", self.r)
            k.market_rate, k.life = v.get("market_rate", k.rate), v["life"]
            k.p = -math.expm1(-self.Δ / k.life)
            (k.link,) = [x for x in k.lab.links if x.company is k.company]
            k.N = k.highest = k.lent = k.repaid = k.lost = 0.0
            self.vendor_credits.append(k)

        self.project_debts = []
        for d in raw.get("project_debt", []):
            k = ProjectDebt()
            k.company, k.lab, k.advance = self.company[d["company"]], self.lab[d["lab"]], d["advance"]
            k.guarantor = self.company[d["guarantor"]] if "guarantor" in d else None
            k.full_g = d.get("guarantee", 0.0)
            k.g = k.full_g if "guarantee" not in self.off else 0.0           # loop off: g = 0
            k.spread, k.recovery = d.get("spread", 0.0), d.get("recovery", 0.0)
            (k.link,) = [x for x in k.lab.links if x.company is k.company]
            k.K = k.highest = k.lent = d.get("opening", 0.0)
            k.repaid = k.called = k.recovered = k.lost = k.provision = 0.0
            k.financed = k.financed_by_guarantee = 0.0
            self.project_debts.append(k)

        # F.1: a company to which the lab owes no bill in the run is a stranger to it
        self.owed = {}
        for l in self.labs:
            reached = [k.company.name for k in l.links]
            for name in reached:                       # grows while it is walked: suppliers at any depth
                reached += [j for j, s in self.company[name].suppliers.items() if s > 0.0 and j not in reached]
            self.owed[l.name] = set(reached)

        # effects of restructurings due in the next step: (company, D_cut, q)
        self.cuts = []
        # and of deferrals: (lab, company, X, τ, years of delay)
        self.delays = []

        # books
        self.opening = vec()
        for a in self.labs + self.companies + self.holdings:
            add(self.opening, a.cash)
        self.came_in, self.went_out, self.relabelled = vec(), vec(), vec()
        self.raised = {i: vec() for i in INSTRUMENTS}
        self.raised_from = dict(outside=0.0, company=0.0, person=0.0, holding=0.0)
        self.flows = {}                                # (payer, payee) → amount: the network of §8
        investors = self.companies + self.persons + self.holdings
        self.put_in = {(a.name, l.name): 0.0 for a in investors for l in self.labs}
        self.got_back = {(a.name, l.name): 0.0 for a in investors for l in self.labs}
        self.written_off = self.build_shortfall = self.lender_losses = self.forced_sales = 0.0
        self.margin_calls = self.tranches_missed = 0
        self.unwind = None
        self.time_in = [0, 0, 0]
        self.distress = None
        self.debt_peak = self.from_strangers = self.through_loops = 0.0
        self.concession = dict(credit=0.0, warrant=0.0, equity=0.0, loan=0.0, guarantee=0.0)

    def step_of(self, d):
        """§2: ⌊days since the start / 365.25 × steps_per_year⌋."""
        d = d.date() if isinstance(d, datetime) else d
        s = self.start_date.date() if isinstance(self.start_date, datetime) else self.start_date
        assert isinstance(d, date)
        return math.floor((d - s).days / 365.25 * self.spy)

    def on(self, loop):
        return loop not in self.off

    def z(self, what, name=None, otherwise=0.0):
        d = self.draws.get(what)
        if name is not None:
            d = (d or {}).get(name)
        return d[self.n] if d and self.n < len(d) else otherwise

    def uniform(self, what, name):
        """Without a draw the last number below 1: what is sure happens, nothing else."""
        return self.z(what, name, otherwise=1.0 - 2.0 ** -53)

    def stranger(self, company, lab):
        return company.name not in self.owed[lab.name]

    # --------------------------------------------------------------------------------------------------- book-keeping

    def enter(self, account, v):
        """Money from outside into an account."""
        add(account, v)
        add(self.came_in, v)

    def leave(self, account, amount):
        """Money out of an account to the outside."""
        v = draw(account, amount)
        add(self.went_out, v)
        return total(v)

    def lab_pays_company(self, lab, company, amount):
        """§7.2, with its exception: savings that a lab pays to a company becomes recycled."""
        v = draw(lab.cash, amount)
        self.relabelled["savings"] -= v["savings"]
        self.relabelled["recycled"] += v["savings"]
        v["recycled"] += v["savings"]
        v["savings"] = 0.0
        add(company.cash, v)
        return v

    def flow(self, a, b, amount):
        if amount > 0.0:
            self.flows[a, b] = self.flows.get((a, b), 0.0) + amount

    def payment(self, lab, company, amount, back):
        """A payment from l to i (5.5), direct or through others; `back` of it came back in the sense of §8 (no set-off, G)."""
        lab.paid_to[company.name] += amount
        lab.paid_since_round[company.name] += amount
        self.got(lab, company, back)

    def got(self, lab, company, amount):
        """§8: what a company got back, and persons and holdings by their stakes in it."""
        self.got_back[company.name, lab.name] += amount
        for p in self.persons:
            if p.company is company:
                self.got_back[p.name, lab.name] += p.S * amount
        for h in self.holdings:
            self.got_back[h.name, lab.name] += h.stakes.get(company.name, 0.0) * amount

    def book_capital(self, lab, investor, instrument, v):
        """Capital that reached a lab, in G and in the tables (the cash itself is moved by the caller)."""
        a = total(v)
        if a == 0.0:
            return
        add(self.raised[instrument], v)
        lab.capital += a
        # F.4: L, each dollar once
        known = investor is not None and investor.kind == "company" and not self.stranger(investor, lab)
        self.through_loops += a if known else v["premium"] + v["mark"]
        if investor is None:
            self.raised_from["outside"] += a
            self.flow("outside", lab.name, a)
        else:
            self.raised_from[investor.kind] += a
            self.put_in[investor.name, lab.name] += a
            if instrument != "vendor_loan":            # its flow is what is lent, not the rise (G)
                self.flow(investor.name, lab.name, a)
            if investor.kind == "company":
                lab.capital_from[investor.name] += a
                if not known and instrument in ("round", "tranche", "listing"):
                    self.from_strangers += a           # cash alone

    def grant_credits(self, company, lab, face):
        """§7.5: credits of face value f count as capital f. Returns its origins; no cash moves."""
        if face <= 0.0:
            return vec()
        lab.credits[company.name] += face
        self.concession["credit"] += company.m * face
        return self.promised(company, face)

    @staticmethod
    def promised(company, face):
        """Origins of what a company gives in compute (credits §7.5, set-off G): margin, and the cost of serving it."""
        have = total(company.cash)
        if have > 0.0:
            v = scaled(company.cash, (1.0 - company.m) * face / have)
        else:
            v = vec(savings=(1.0 - company.m) * face)  # [R81] no cash at that moment
        v["credit"] += company.m * face
        return v

    def commit(self, lab, capital):
        """5.10, last sentences: D = λ·capital, split over the links, announced in the next step."""
        if not lab.commit or capital == 0.0:
            return
        λ, tie = lab.commit["multiple"], lab.commit.get("tie", 0.0)
        weights = [k.weight * (1.0 + tie * (lab.capital_from[k.company.name] / lab.capital if lab.capital else 0.0))
                   for k in lab.links]
        W = math.fsum(weights)
        if W <= 0.0:
            return
        a = self.n + 1
        s = a + half_up(lab.commit["lead"] * self.spy)
        steps = max(1, half_up(lab.commit["term"] * self.spy))
        for link, w in zip(lab.links, weights):
            if w > 0.0:
                c = Contract(link, λ * capital * w / W, a, s, steps, self.Δ, len(link.company.suppliers),
                             half_up(lab.commit.get("ramp", 0.0) * self.spy))
                link.contracts.append(c)
                self.pending.append(c)

    # --------------------------------------------------------------------------------------------- what is often asked

    def B(self, lab, from_step):
        """5.3: what remains to be paid on all of l's announced contracts (not base) in the steps from `from_step` on."""
        return math.fsum(c.remaining(from_step, self.Δ) for c in self.contracts if c.link.lab is lab)

    def price(self, company):
        """What collateral is measured at: M; with the `collateral` loop off min(F, M) (§6)."""
        return company.M if self.on("collateral") else min(company.F, company.M)

    def booked_gain(self, h):
        """5.11: the gain a holding books on its unpaid commitments. With `marks` off: none."""
        if not self.on("marks"):
            return 0.0
        g = 0.0
        for k in self.commitments:
            if k.investor is h:
                unpaid = math.fsum(t["cash"] + t["credit"] for t in k.tranches)
                g += unpaid * max(0.0, k.lab.δ * k.lab.V / (k.pre + k.A) - 1.0)
        return g

    def nav(self, h, marks=True, premium=True):
        """5.11 NAV; marks=False: labs at cost and no booked gain (NAV₁); premium=False: stakes at min(F, M) (NAV₂)."""
        listed = 0.0
        for name, S in h.stakes.items():
            c = self.company[name]
            listed += S * (self.price(c) if premium else min(c.F, c.M))
        if marks and self.on("marks"):
            labs = sum(s["stake"] * self.lab[l].V for l, s in h.lab_stakes.items()) + self.booked_gain(h)
        else:
            labs = sum(s["cost"] for s in h.lab_stakes.values())
        return total(h.cash) + listed + h.other + labs

    def reported_revenue(self, lab):
        """5.7: R + the reciprocal purchases' annual rate over the last year's steps, or as many as there are."""
        last = lab.reciprocal[-self.spy:]
        return lab.R + (math.fsum(last) / (len(last) * self.Δ) if last else 0.0)

    def opex_rate(self, lab):
        return lab.opex * math.exp(lab.opex_growth * self.n * self.Δ)

    def need(self, lab, years, R=None):
        """5.10: Σ, from the next step on, of (scheduled bills + opex − R)·Δ, less what vendors will lend and with what their
        loans will cost (G), if positive. With `R` = 0: what it has to pay."""
        K = half_up(years * self.spy)
        announced = [c for c in self.contracts if c.link.lab is lab]
        base = math.fsum(k.base for k in lab.links)
        steady = base + self.opex_rate(lab) - (lab.R if R is None else R)
        bills = 0.0
        for c in announced:                            # the steps n+1 … n+K that lie in [start, end)
            if c.shape is None and c.late == 0.0:
                overlap = min(c.end, self.n + 1 + K) - max(c.start, self.n + 1)
                bills += c.rate * max(0, overlap)
            else:
                bills += (c.remaining(self.n + 1, self.Δ) - c.remaining(self.n + 1 + K, self.Δ)) / self.Δ
        loans = math.fsum(self.loan_need(v, K) for v in self.vendor_credits if v.lab is lab)
        return max(0.0, (steady * K + bills) * self.Δ + loans)

    def loan_need(self, v, K):
        """G: Σ_k [(p + e^(rΔ) − 1) N_{k−1} − f_k] over the next K steps."""
        N, out = v.N, []
        rate = [v.link.base] * K
        for c in v.link.contracts:
            if c.announced <= self.n:
                for k in c.steps_with_bills(self.n + 1, self.n + 1 + K):
                    rate[k - self.n - 1] += c.bill(k)
        lends = self.lends(v)                          # as of now, as R and opex in a need [R129]
        for bill in rate:
            f = min(v.λ * bill * self.Δ, max(0.0, v.cap - N)) if lends else 0.0
            out += [(v.p + math.expm1(v.rate * self.Δ)) * N, -f]
            N = N * (1.0 - v.p) + f
        return math.fsum(out)

    def lends(self, v):
        """G: no lending within a year of a restructuring, nor with the loop off."""
        last = v.lab.last_restructuring
        return self.on("vendor_credit") and (last is None or self.n - last >= self.spy)

    # ------------------------------------------------------------------------------------------------ stage 1: market

    def market(self):
        """5.1"""
        Δ, sq = self.Δ, math.sqrt(self.Δ)
        z_m, z_s = self.z("z_market"), self.z("z_sector")
        for c in self.companies:
            s2 = (c.β_m * self.σ_m) ** 2 + (c.β_s * self.σ_s) ** 2 + c.σ ** 2
            c.F *= math.exp((c.μ - s2 / 2) * Δ + sq * (c.β_m * self.σ_m * z_m + c.β_s * self.σ_s * z_s
                                                       + c.σ * self.z("z_company", c.name)))
            for name, β in c.β_labs.items():           # I
                φ = self.lab[name].φ
                c.F *= math.exp(β * φ * sq * self.z("factor", name) - β ** 2 * φ ** 2 * Δ / 2)
            c.x *= 2.0 ** (-Δ / c.h)
        t = self.n * Δ
        for l in self.labs:
            l.f += l.φ * sq * self.z("factor", l.name) - l.φ ** 2 * Δ / 2
            g = l.g1 + (l.g0 - l.g1) * 2.0 ** (-t / l.h_g)
            l.R *= math.exp((g - l.σ_R ** 2 / 2) * Δ + l.σ_R * sq * self.z("z_lab", l.name))

    # --------------------------------------------------------------------------------------------- stage 2: sentiment

    def sentiment(self):
        """5.2: decay, then C, then move."""
        if not self.sentiment_on:
            return
        d = 2.0 ** (-self.Δ / self.h_C)
        self.y_rel *= d
        self.y_all *= d
        if self.on("suspicion") and self.y_all + self.k > 0.0:
            self.C = (self.y_rel + self.k * self.C0) / (self.y_all + self.k)
        else:
            self.C = self.C0
        λ = list(self.rates[self.state])
        λ[self.state] = 0.0
        if self.state != 2:
            λ[2] *= math.exp(self.sens * (self.C - self.C0))
        Λ = sum(λ)
        if Λ <= 0.0:
            return
        us = self.draws.get("u_sentiment") or []
        u = us[self.n] if self.n < len(us) else 1.0    # without a draw: no move
        p = 1.0 - math.exp(-Λ * self.Δ)
        cumulative = 0.0
        for b in range(3):
            if b == self.state:
                continue
            cumulative += p * λ[b] / Λ
            if cumulative > u:
                self.state = b
                return

    # ----------------------------------------------------------------------------------------- stage 3: announcements

    def announcements(self):
        """5.3, and the news of the step before: restructurings (5.8), deferrals (D), flat losses (G, H). Each company takes all
        of them at once."""
        due = [c for c in self.pending if c.announced == self.n]
        self.pending = [c for c in self.pending if c.announced != self.n]
        self.contracts += due                          # B_l includes this step's announcements of all companies
        D = {c.name: 0.0 for c in self.companies}      # announced, with ρ of the present sentiment
        D_cut = {c.name: 0.0 for c in self.companies}  # removed, with ρ = −1
        v = {c.name: 0.0 for c in self.companies}
        for k in due:
            lab, i = k.link.lab, k.link.company
            lab.announced += k.notional
            B = self.B(lab, self.n)
            q = min(1.0, lab.R * k.tau / B) if B > 0.0 else 1.0
            worth = k.notional * q * math.exp(-self.r * (k.lead + k.mean_date))      # times a margin
            D[i.name] += k.notional
            v[i.name] += i.m * worth
            for j, s in i.suppliers.items():           # one level
                D[j] += s * k.notional
                v[j] += self.company[j].m * s * worth
        for i, removed, loss in self.cuts:             # loss = Σ D_cut·q
            D_cut[i.name] += removed
            v[i.name] -= i.m * loss
            for j, s in i.suppliers.items():
                D_cut[j] += s * removed
                v[j] -= self.company[j].m * s * loss
        self.cuts = []
        for lab, i, X, τ, s in self.delays:            # D: q with this step's R and B; no a [R113]
            B = self.B(lab, self.n)
            loss = X * min(1.0, lab.R * τ / B) * -math.expm1(-self.r * s)
            v[i.name] -= i.m * loss
            for j, share in i.suppliers.items():
                v[j] -= self.company[j].m * share * loss
        self.delays = []
        for c in self.companies:                       # no margin, no a, no supplier part
            v[c.name] -= c.flat_loss
            c.flat_loss = 0.0
        for c in self.companies:
            if D[c.name] == 0.0 and D_cut[c.name] == 0.0 and v[c.name] == 0.0:
                continue
            M, F = c.M, c.F
            a = 0.0
            if self.on("announcement"):
                noise = math.exp(self.σ_a * self.z("z_announcement", c.name) - self.σ_a ** 2 / 2)
                ρ = self.response[self.state]
                d = D[c.name]                          # negative only with --extra < 0: odd extension [R97]
                a = ρ * c.η * math.copysign((abs(d) / M) ** self.θ, d) * noise if d and abs(d) / M >= self.least else 0.0
                if D_cut[c.name] > 0.0 and D_cut[c.name] / M >= self.least:
                    a -= c.η * (D_cut[c.name] / M) ** self.θ * noise
            worth = max(v[c.name], -0.9 * F)
            if M + worth <= 0.0:
                raise SystemExit("5.3: M + v <= 0, ln is not defined (READINGS.md, W1)")
            c.F = F + worth
            c.x = math.log((M + worth) * math.exp(a) / c.F)

    # ------------------------------------------------------------------------------------- stage 4: outside money in

    def outside_money(self):
        """5.4"""
        for l in self.labs:
            l.RΔ += l.R * self.Δ
            self.enter(l.cash, vec(revenue=l.R * self.Δ))
        for c in self.companies:
            self.enter(c.cash, vec(revenue=c.earnings * self.Δ))
            self.leave(c.cash, min(1.0, c.payout * self.Δ) * max(0.0, total(c.cash) - c.floor))

    # --------------------------------------------------------------------------------------------- stage 5: the bills

    def bills(self):
        """5.5: opex, then the compute bills: credits first, then cash; short: the same fraction of each."""
        n, Δ = self.n, self.Δ
        # what companies received for compute in this step: by lab (direct and through others), and money spent ahead
        self.received = {c.name: {l.name: 0.0 for l in self.labs} for c in self.companies}
        self.received_ahead = {c.name: 0.0 for c in self.companies}
        self.cash_direct = {}                          # (lab, company) → cash received directly, for 5.7
        self.fraction = {}                             # (lab, company) → settled / billed, for 5.6
        for l in self.labs:
            owed = self.opex_rate(l) * Δ
            l.unpaid = owed - self.leave(l.cash, min(owed, total(l.cash)))
            l.short_principal = 0.0
            loans = [v for k in l.links for v in self.vendor_credits if v.link is k]
            rows = []
            for k in l.links:                          # all links' credits and set-offs come first
                bill = max(0.0, (k.base + math.fsum(c.bill(n) for c in k.contracts if c.announced <= n)) * Δ)
                credit = min(bill, l.credits[k.company.name])
                setoff = 0.0
                for v in loans:
                    if v.link is k:
                        setoff = min(v.λ * (bill - credit), max(0.0, v.cap - v.N)) if self.lends(v) else 0.0
                        v.f, v.origins = setoff, self.promised(k.company, setoff)
                rows.append((k.company, bill, credit, setoff))
            service = [(v, math.expm1(v.rate * Δ) * v.N, v.p * v.N) for v in loans]
            want = math.fsum(bill - credit - setoff for _, bill, credit, setoff in rows) + math.fsum(i + p for _, i, p in service)
            have = total(l.cash)
            f = 1.0 if want <= have else have / want
            for i, bill, credit, setoff in rows:
                cash = f * (bill - credit - setoff)
                l.credits[i.name] -= credit
                l.discount += i.m * credit             # for the effective price (§10)
                arrived = self.lab_pays_company(l, i, cash)
                settled = credit + cash + setoff
                l.unpaid += bill - settled
                l.paid += settled
                l.settled_by[i.name] += settled
                i.lab_revenue += settled
                i.covered += arrived["revenue"]
                self.cash_direct[l.name, i.name] = cash
                self.fraction[l.name, i.name] = settled / bill if bill > 0.0 else 0.0
                self.received[i.name][l.name] += settled
                self.payment(l, i, settled, settled - setoff)
                self.flow(l.name, i.name, settled)
            for v, interest, principal in service:
                self.lab_pays_company(l, v.company, f * interest)
                self.lab_pays_company(l, v.company, f * principal)
                self.flow(l.name, v.company.name, f * interest)
                self.flow(l.name, v.company.name, f * principal)
                self.flow(v.company.name, l.name, v.f)
                self.got(l, v.company, f * interest)
                l.unpaid += (1.0 - f) * interest
                l.short_principal += (1.0 - f) * principal
                v.N += v.f - f * principal
                v.lent += v.f
                v.repaid += f * principal
            for v in loans:                            # capital is the rise above the highest [R128]
                rise = max(0.0, v.N - v.highest)
                if rise > 0.0:
                    v.highest = v.N
                    self.concession["loan"] += rise * max(0.0, v.market_rate - v.rate) * v.life
                    self.book_capital(l, v.company, "vendor_loan", scaled(v.origins, rise / v.f))
                    self.y_all += rise
                    self.y_rel += rise
                    self.commit(l, rise)

    def suppliers_and_costs(self):
        """5.6: companies in listed order; a customer stands before its supplier."""
        n, Δ = self.n, self.Δ
        for i in self.companies:
            by_lab = self.received[i.name]
            got = math.fsum(by_lab.values()) + self.received_ahead[i.name]
            names = list(i.suppliers)
            S = math.fsum(i.suppliers.values())
            passed = [s * got for s in i.suppliers.values()]
            own = [k for l in self.labs for k in l.links if k.company is i]
            ahead = []                                 # (contract, supplier index, amount)
            for link in own:
                for c in link.contracts:
                    if c.announced > n:
                        continue
                    # later pass-through for that contract is cut by what was spent ahead, never below zero
                    settled = c.bill(n) * Δ * self.fraction[link.lab.name, i.name]
                    for j, name in enumerate(names):
                        if c.ahead[j] > 0.0:
                            less = min(c.ahead[j], i.suppliers[name] * settled)
                            passed[j] -= less
                            c.ahead[j] -= less
                    # build ahead: spread evenly over the steps from the announcement to the first payment
                    if i.build_ahead > 0.0 and S > 0.0 and n < c.start and c.lead_steps >= 1:
                        for j, name in enumerate(names):
                            ahead.append((c, j, i.build_ahead * c.notional / c.lead_steps * i.suppliers[name] / S))
            passed = [max(0.0, p) for p in passed]
            costs = max(0.0, 1.0 - i.m - S) * got
            debts = [d for d in self.project_debts if d.company is i]
            for d in debts:
                ahead = self.lenders_pay(d, ahead, names)
            service = math.fsum(d.interest + d.principal for d in debts)
            want = math.fsum(passed) + costs + math.fsum(a for _, _, a in ahead) + service
            if want <= 0.0:
                continue
            short = want - total(i.cash)
            if short > SLACK:
                self.company_borrows(i, min(short, self.capacity(i.ltv, self.price(i), self.owes(i))))
            have = total(i.cash)
            f = 1.0 if want <= have else have / want
            if want - have > SLACK:                    # what is short of the debt's service stays in K, and is none
                self.build_shortfall += (want - have) * ((want - service) / want if service > 0.0 else 1.0)
            # one sum, so every part has the same origins
            money = draw(i.cash, f * want)
            part = lambda amount: scaled(money, amount / want)
            add(self.went_out, part(costs))
            for j, name in enumerate(names):
                supplier = self.company[name]
                add(supplier.cash, part(passed[j]))
                self.flow(i.name, name, f * passed[j])
                for l in self.labs:                    # "counts as a payment from l to j too, in proportion to what l paid i"
                    share = by_lab[l.name] / got if got > 0.0 else 0.0
                    if share > 0.0:
                        self.received[name][l.name] += f * passed[j] * share
                        self.payment(l, supplier, f * passed[j] * share, f * passed[j] * share)
                if got > 0.0:
                    self.received_ahead[name] += f * passed[j] * self.received_ahead[i.name] / got
            for c, j, amount in ahead:                 # own money, counts for nobody
                add(self.company[names[j]].cash, part(amount))
                self.flow(i.name, names[j], f * amount)
                self.received_ahead[names[j]] += f * amount
                c.ahead[j] += f * amount
            for d in debts:
                add(self.went_out, part(d.interest + d.principal))
                d.repaid += f * d.principal + f * d.interest
                d.lent += d.interest                   # interest is lent, too, when it is capitalised: both sides
                d.K += d.interest - f * d.interest - f * d.principal
                d.highest = max(d.highest, d.K)        # capitalised interest does not count [R136]
                if d.over and d.K > 0.0:               # the first step with Rem = 0: what is short of K [R133]
                    self.gone_bad(d, d.K)

    # ------------------------------------------------------------------------------------- H: project debt, guarantees

    def pair(self, d):
        return [c for c in d.link.contracts if c.announced <= self.n]

    @staticmethod
    def limit(d, rem, q, g):
        """H: what lenders lend against, in full what is guaranteed, the rest as far as revenue covers the bills."""
        return max(0.0, d.advance * math.fsum(r * (g + (1.0 - g) * x) for r, x in zip(rem, q)))

    def lenders_pay(self, d, ahead, names):
        """H, in 5.6: y of the spending ahead comes straight from outside; returns what is left of it. Sets the step's
        interest and principal. Rem and q are those of stage 3 of the step."""
        n, Δ, i, lab = self.n, self.Δ, d.company, d.lab
        contracts = self.pair(d)
        B = self.B(lab, n)
        rem = [c.remaining(n, Δ) for c in contracts]
        q = [min(1.0, lab.R * c.tau / B) if B > 0.0 else 1.0 for c in contracts]
        Rem = math.fsum(rem)
        K = d.K
        d.over = Rem <= SLACK
        d.interest = math.expm1((i.rate + (1.0 - d.g) * d.spread) * Δ) * K
        d.principal = K if d.over else K * math.fsum(c.bill(n) * Δ for c in contracts) / Rem
        mine = [(c, j, a) for c, j, a in ahead if c.link is d.link]
        spending = math.fsum(a for _, _, a in mine)
        y = max(0.0, min(spending, self.limit(d, rem, q, d.g) - K))
        if y <= 0.0:
            return ahead
        guaranteed = max(0.0, K + y - max(K, self.limit(d, rem, q, 0.0)))
        money = vec(guarantee=guaranteed, savings=y - guaranteed)
        for c, j, a in mine:
            self.enter(self.company[names[j]].cash, scaled(money, a / spending))
            self.flow(i.name, names[j], y * a / spending)
            self.received_ahead[names[j]] += y * a / spending
            c.ahead[j] += y * a / spending
        d.K += y
        d.lent += y
        rise = max(0.0, K + y - max(K, d.highest))     # [R136]
        d.highest = max(d.highest, K + y)
        d.financed += rise
        d.financed_by_guarantee += rise * guaranteed / y
        years = math.fsum(c.years_of(n, Δ) for c in contracts) / Rem
        self.concession["guarantee"] += rise * d.g * d.spread * years        # [R125]
        if d.g > 0.0:
            mean_q = math.fsum(r * x for r, x in zip(rem, q)) / Rem
            borne = d.g * y * (1.0 - mean_q) * (1.0 - d.recovery)
            d.guarantor.flat_loss += borne
            d.provision += borne
        left = 1.0 - y / spending
        return [(c, j, a * left if c.link is d.link else a) for c, j, a in ahead]

    def gone_bad(self, d, E):
        """H: E leaves K; a part comes back, the guarantor is called for g of the rest, lenders lose what is left."""
        d.K -= E
        back = d.recovery * E
        call = d.g * (E - back)
        paid = 0.0
        if call > 0.0:
            a = d.guarantor
            paid = self.leave(a.cash, min(call, total(a.cash)))
            if call - paid > SLACK:
                borrowed = min(call - paid, self.capacity(a.ltv, self.price(a), self.owes(a)))
                self.company_borrows(a, borrowed)
                paid += self.leave(a.cash, borrowed)
            a.flat_loss += max(0.0, paid - d.provision)
            d.provision = max(0.0, d.provision - paid)
        d.recovered += back
        d.called += paid
        d.lost += E - back - paid

    def owes(self, company):
        """A company's debt in its own capacity to borrow: what it guarantees counts (H)."""
        return company.debt + math.fsum(d.g * d.K for d in self.project_debts if d.guarantor is company)

    @staticmethod
    def capacity(ltv, value, debt):
        """§7.4 cap(V)"""
        return max(0.0, ltv * value - debt)

    def origins_of_loan(self, amount, ltv, M, F, debt):
        """§7.4 for a person or a company: M and F are the collateral's market and fundamental value."""
        if amount <= 0.0:
            return vec()
        V = M if self.on("collateral") else min(F, M)
        cap = self.capacity(ltv, V, debt)
        share = (cap - self.capacity(ltv, min(F, M), debt)) / cap
        return vec(premium=amount * share, savings=amount * (1.0 - share))

    def company_borrows(self, i, amount):
        """5.6: against market value."""
        if amount <= 0.0:
            return
        self.enter(i.cash, self.origins_of_loan(amount, i.ltv, i.M, i.F, self.owes(i)))
        i.debt += amount

    def reciprocal(self):
        """5.7, first paragraph"""
        for l in self.labs:
            l.reciprocal.append(0.0)
        if not self.on("reciprocal"):
            return
        for i in self.companies:
            for l in self.labs:
                for v in self.vendor_equity:
                    if v["company"] is i and v["lab"] is l and v["κ"] > 0.0:
                        amount = min(v["κ"] * self.cash_direct.get((l.name, i.name), 0.0), total(i.cash))
                        add(l.cash, draw(i.cash, amount))
                        l.reciprocal[-1] += amount
                        self.flow(i.name, l.name, amount)

    def vesting(self):
        """5.7, warrants"""
        if not self.on("warrants"):
            return
        order = {c.name: k for k, c in enumerate(self.companies)}
        for w in sorted(self.warrants, key=lambda w: order[w["company"].name]):    # companies in listed order [R41]
            i, l = w["company"], w["lab"]
            for t in w["tranches"]:
                if t["vested"]:
                    continue
                if l.paid_to[i.name] >= t["milestone"] - SLACK and i.M >= t["price"] * i.market_cap - SLACK:
                    t["vested"] = True
                    proceeds = t["fraction"] * i.M
                    v = vec(premium=i.pi * proceeds, savings=(1.0 - i.pi) * proceeds)
                    i.F *= 1.0 - t["fraction"]
                    self.enter(l.cash, v)
                    l.discount += proceeds
                    self.concession["warrant"] += proceeds
                    self.book_capital(l, i, "warrant", v)
                    self.commit(l, proceeds)

    def default(self):
        """5.8"""
        n, Δ = self.n, self.Δ
        for l in self.labs:
            if l.unpaid + l.short_principal <= SLACK:
                continue
            self.written_off += l.unpaid               # unpaid principal stays in N (G)
            if l.last_restructuring is not None and n - l.last_restructuring < self.spy:
                continue
            l.last_restructuring = n
            if self.unwind is None:
                self.unwind = n * Δ
            self.in_distress()
            B = self.B(l, n + 1)                       # before the cut; this step's bill is settled or written off
            debts = [(d, [min(1.0, l.R * c.tau / B) if B > 0.0 else 1.0 for c in self.pair(d)])
                     for d in self.project_debts if d.lab is l]
            for k in l.links:
                removed = loss = 0.0
                for c in k.contracts:
                    if c.announced > n:
                        continue                       # not announced yet: nothing to cut [R45]
                    d = l.cut * c.remaining(n + 1, Δ)
                    if d > 0.0:
                        τ = max(1, half_up(l.commit["term"] * self.spy)) * Δ if l.commit else c.tau
                        removed += d
                        loss += d * min(1.0, l.R * τ / B)
                    c.cut(l.cut)
                k.base *= 1.0 - l.cut
                if removed > 0.0:
                    self.cuts.append((k.company, removed, loss))
            for v in self.vendor_credits:              # G: N ← N (1 − cut)
                if v.lab is l:
                    gone = l.cut * v.N
                    v.N -= gone
                    v.lost += gone
                    v.company.flat_loss += gone
            for d, q in debts:                         # H: Rem after the cut and q before it
                E = max(0.0, d.K - self.limit(d, [c.remaining(n + 1, Δ) for c in self.pair(d)], q, d.g))
                if E > 0.0:
                    self.gone_bad(d, E)
            if self.sentiment_on:
                self.state = 2

    def in_distress(self):
        if self.distress is None:
            self.distress = self.n * self.Δ

    # -------------------------------------------------------------------------------------------- stage 6: collateral

    def collateral(self):
        """5.9"""
        rate = lambda a: math.expm1(a.rate * self.Δ)   # J
        for a in self.companies + self.holdings:
            interest = rate(a) * a.debt
            paid = self.leave(a.cash, min(interest, max(0.0, total(a.cash) - a.floor)))
            a.debt += interest - paid
            if a.kind == "holding":
                continue
        for p in self.persons:
            p.loan += rate(p) * p.loan
        for p in self.persons:
            self.margin_call_person(p)
        for h in self.holdings:
            self.margin_call_holding(h)

    def sell(self, company, shares_value):
        """Price impact of a sale of value y: x −= impact·y/M (M before the sale). Off with `collateral`."""
        if self.on("collateral"):
            company.x -= self.impact * shares_value / company.M

    def margin_call_person(self, p):
        """5.9"""
        if p.call is None:
            return
        c = p.company
        V = self.price(c)
        if p.loan <= p.call * p.S * V + SLACK:
            return
        self.margin_calls += 1
        y = min(p.S * V, (p.loan - p.ltv * p.S * V) / (1.0 - p.ltv))
        everything = y >= p.S * V
        p.loan -= y
        p.S = 0.0 if everything else p.S - y / V
        self.forced_sales += y
        self.sell(c, y)
        if everything and p.loan > 0.0:
            self.lender_losses += p.loan
            p.loan = 0.0

    def margin_call_holding(self, h):
        """5.9: by the same formula, NAV for S·M, listed stakes in listed order."""
        if h.call is None:
            return
        nav = self.nav(h)
        if h.debt <= h.call * nav + SLACK:
            return
        self.margin_calls += 1
        left = min(nav, (h.debt - h.ltv * nav) / (1.0 - h.ltv))
        for name in h.stakes:
            c = self.company[name]
            V = self.price(c)
            y = min(h.stakes[name] * V, left)
            if y <= 0.0:
                continue
            h.stakes[name] = max(0.0, h.stakes[name] - y / V)
            h.debt -= y
            left -= y
            self.forced_sales += y
            self.sell(c, y)

    # -------------------------------------------------------------------------------------- stage 7: forward tranches

    def holding_pays(self, h, lab, amount):
        """5.11: in its funding order; the money goes to the lab with its origins. Returns the vector paid."""
        nav, nav1, nav2 = self.nav(h), self.nav(h, marks=False), self.nav(h, marks=False, premium=False)
        cap = self.capacity(h.ltv, nav, h.debt)        # NAV taken at the start of the payment
        cap1, cap2 = self.capacity(h.ltv, nav1, h.debt), self.capacity(h.ltv, nav2, h.debt)
        got, left = vec(), amount
        for source in h.funding:
            if left <= 0.0:
                break
            if source == "cash":
                y = min(left, max(0.0, total(h.cash) - h.floor))
                v = draw(h.cash, y)
                add(got, v)
                add(lab.cash, v)
                left -= y
            elif source == "sell":
                for name in h.stakes:
                    c = self.company[name]
                    V = self.price(c)
                    y = min(left, h.stakes[name] * V)
                    if y <= 0.0:
                        continue
                    π = c.pi if self.on("collateral") else 0.0             # [R54] sold at min(F, M): no premium in it
                    v = vec(premium=π * y, savings=(1.0 - π) * y)
                    h.stakes[name] = max(0.0, h.stakes[name] - y / V)
                    self.sell(c, y)
                    self.enter(lab.cash, v)
                    add(got, v)
                    left -= y
            elif source == "borrow":
                y = min(left, cap)
                if y > 0.0:
                    mark = min(1.0, max(0.0, (cap - cap1) / cap))          # [R82] clipped, so that they add to 1
                    premium = min(1.0 - mark, max(0.0, (cap1 - cap2) / cap))
                    v = vec(mark=y * mark, premium=y * premium, savings=y * (1.0 - mark - premium))
                    h.debt += y
                    self.enter(lab.cash, v)
                    add(got, v)
                    left -= y
        return got

    def person_pays(self, p, lab, amount):
        """Borrowed, not sold (5.10), up to ltv_max (5.11)."""
        c = p.company
        amount = min(amount, self.capacity(p.ltv, p.S * self.price(c), p.loan))
        v = self.origins_of_loan(amount, p.ltv, p.S * c.M, p.S * c.F, p.loan)
        p.loan += amount
        self.enter(lab.cash, v)
        return v

    def marks(self):
        """B: marks between rounds, at the start of stage 7."""
        for l in self.labs:
            if l.round and l.listed is None and l.tender > 0.0:
                happens = self.uniform("tender", l.name) < -math.expm1(-l.tender * self.Δ)
                P = self.pre_money(l)
                if happens and P > 0.0:
                    l.V = l.V_r = P
        for l in self.labs:
            for r in l.remarks:
                if self.step_of(r["on"]) == self.n:
                    l.V = l.V_r = r["post_money"]
        for k in self.commitments:
            if k.marked == self.n:
                k.lab.V = k.lab.V_r = k.pre + k.A

    def tranches(self):
        """5.11. Companies, then persons, then holdings, each in listed order; its commitments in listed order [R70]."""
        for investor in self.companies + self.persons + self.holdings:
            for k in self.commitments:
                if k.investor is not investor:
                    continue
                for t in k.tranches:
                    due = t["due"]
                    if due is None:                    # C: when = "listing"
                        due = math.inf if k.lab.listed is None else k.lab.listed + 1
                    if due > self.n or t["cash"] + t["credit"] <= SLACK:
                        continue
                    needs = t["needs"]
                    if needs and k.lab.paid_to[needs["company"]] < needs["paid"] - SLACK:
                        continue
                    self.pay_tranche(k, t)

    def pay_tranche(self, k, t):
        lab, a = k.lab, k.investor
        cash, credit = vec(), vec()
        if a.kind == "company":
            want_cash = t["cash"] if self.on("vendor_equity") or self.stranger(a, lab) else 0.0
            want_credit = t["credit"] if self.on("credits") else 0.0
            credit = self.grant_credits(a, lab, want_credit)
            cash = draw(a.cash, min(want_cash, max(0.0, total(a.cash) - a.floor)))
            add(lab.cash, cash)
        else:
            if not self.on("related_wealth"):
                return
            want_cash, want_credit = t["cash"], 0.0
            cash = (self.person_pays if a.kind == "person" else self.holding_pays)(a, lab, t["cash"])
        paid_cash, paid_credit = total(cash), total(credit)
        t["cash"] -= paid_cash
        t["credit"] -= paid_credit
        if want_cash - paid_cash > SLACK:
            if not t["missed"]:
                t["missed"] = True
                self.tranches_missed += 1
        elif want_cash > 0.0:
            t["cash"] = 0.0
        paid = paid_cash + paid_credit
        if paid <= 0.0:
            return
        self.book_capital(lab, a, "tranche", cash)
        self.book_capital(lab, a, "credit", credit)
        self.y_all += paid
        self.y_rel += paid
        stake = paid / (k.pre + k.A) * lab.δ
        mine = a.lab_stakes.setdefault(lab.name, dict(stake=0.0, cost=0.0))
        for b in self.companies + self.persons + self.holdings:            # the others' stakes shrink by what it gets
            if b is not a and lab.name in b.lab_stakes:
                b.lab_stakes[lab.name]["stake"] *= 1.0 - stake / (1.0 - mine["stake"])
        mine["stake"] += stake
        mine["cost"] += paid
        self.commit(lab, paid)

    # ----------------------------------------------------------------------------------------- stage 8: funding rounds

    def rounds(self):
        """5.10, A, C, and D at the end"""
        for l in self.labs:                            # C: a listed lab's value is the day's, cash is not added
            if l.listed is not None:
                l.V = self.pre_money(l)
        needy = [l for l in self.labs if self.in_need(l)]                   # tested once, before any round of the step
        for l in needy + [l for l in self.labs if l not in needy]:
            self.funding_round(l, l in needy)
            if self.n == 0 and l is self.labs[0] and self.extra != 0.0:
                self.extra_dollar(l)
        for l in self.labs:
            self.ask_for_time(l)

    def in_need(self, l):
        rd = l.round
        if not rd or not total(l.cash) < rd["trigger"] * self.need(l, 1.0) - SLACK:
            return False
        return l.last_round is None or self.n - l.last_round >= half_up(rd["gap"] * self.spy)

    def pre_money(self, l):
        """5.10 P, with the lab's factor (I)."""
        χ = l.round.get("spillover", 0.0) if self.on("announcement") else 0.0
        W = math.fsum(k.weight for k in l.links)
        x̄ = math.fsum(k.weight * k.company.x for k in l.links) / W if W > 0.0 else 0.0
        return l.round["multiple"][self.state] * self.reported_revenue(l) * math.exp(χ * x̄) * math.exp(l.f)

    def ask_for_time(self, l):
        """D"""
        d, n, Δ = l.defer, self.n, self.Δ
        if not d or not total(l.cash) + math.fsum(l.credits.values()) < self.need(l, d["runway"]) - SLACK:
            return
        if l.last_request is not None and n - l.last_request < half_up(d.get("gap", 1.0) * self.spy):
            return
        if l.deferrals >= d.get("most", 1) or (l.last_restructuring is not None and n - l.last_restructuring < self.spy):
            return
        δ, ξ = half_up(d["delay"] * self.spy), d["deferred"]
        announced = [c for k in l.links for c in k.contracts if c.announced <= n]
        if ξ * math.fsum(c.own(k) * Δ for c in announced for k in range(n + 1, n + 1 + δ)) <= SLACK:
            return
        l.last_request = n                             # refused ones, too
        if not self.uniform("deferral", l.name) < d["accept"]:
            return
        l.deferrals += 1
        self.in_distress()
        for c in announced:
            X, s = c.defer(n + 1, n + δ, ξ, δ, Δ)
            if X > 0.0:
                τ = max(1, half_up(l.commit["term"] * self.spy)) * Δ if l.commit else c.tau
                l.deferred += X
                self.delays.append((l, c.link.company, X, τ, s))

    def extra_dollar(self, lab):
        """§9: an extra round at step 0, outside T [R96]: after the lab's own round of that step, no dilution, V stays."""
        v = vec(savings=self.extra)
        self.enter(lab.cash, v)
        add(self.raised["round"], v)
        self.raised_from["outside"] += self.extra
        lab.capital += self.extra
        self.flows["outside", lab.name] = self.flows.get(("outside", lab.name), 0.0) + self.extra
        self.y_all += self.extra
        self.commit(lab, self.extra)

    @staticmethod
    def clear(P, T, T_need, in_need, ε, floor, quota, reserve, others):
        """A.2: (price P', what the outside brings, share that each offer is cut to). `others`: insiders' offers."""
        Q = math.fsum([quota] + others)
        if Q >= T:
            return P, quota * min(1.0, T / Q), min(1.0, T / Q)              # a
        A, insiders = quota + reserve, math.fsum(others)
        if A + insiders >= T:
            return P, T - insiders, 1.0                # b
        if ε <= 0.0 or not in_need or A + insiders >= T_need - SLACK:
            return P, A, 1.0
        missing = T_need - insiders                    # c
        if A > 0.0 and math.log(A / missing) / ε > math.log(floor):
            return P * math.exp(math.log(A / missing) / ε), missing, 1.0
        return P * floor, A * floor ** -ε, 1.0

    def funding_round(self, l, in_need):
        rd = l.round
        if not rd:
            return
        have = total(l.cash)
        P = self.pre_money(l)
        since = l.last if l.last_round is None else l.last_round
        gap = self.n - since >= half_up(rd["gap"] * self.spy)
        li = l.listing                                 # C: a round by choice
        lists = (li is not None and l.listed is None and P > 0.0 and self.n >= self.step_of(li["earliest"])
                 and l.R >= li["revenue"] - SLACK and self.state != 2 and gap)
        choice = lists or ("step_up" in rd and gap and P > 0.0 and l.V_r > 0.0 and P >= rd["step_up"] * l.V_r - SLACK)
        if not (in_need or choice):
            return
        held = have + math.fsum(l.credits.values())
        T = T_need = max(0.0, self.need(l, rd["runway"]) - held)
        if choice:
            sold = (li if lists else rd)["sell"] * P
            if "cash_target" in rd and not lists:
                sold = min(sold, max(0.0, rd["cash_target"] * self.need(l, 1.0, R=0.0) - held))        # [R144, R145]
            T = max(T_need, sold)
        if T <= SLACK:
            return

        others = []                                    # (kind, who, cash, credits)
        for i in self.companies:
            for v in self.vendor_equity:
                if v["company"] is i and v["lab"] is l:
                    B = v["ψ"] * l.paid_since_round[i.name]
                    gives = self.on("vendor_equity") or self.stranger(i, l)                # F.1
                    cash = min((1.0 - v["c"]) * B, max(0.0, total(i.cash) - i.floor)) if gives else 0.0
                    credit = v["c"] * B if self.on("credits") else 0.0
                    others.append(("company", i, cash, credit))
        if self.on("related_wealth"):
            for p in self.persons:
                φ = p.invests.get(l.name, 0.0)
                others.append(("person", p, φ * self.capacity(p.ltv, p.S * self.price(p.company), p.loan), 0.0))
            for h in self.holdings:
                φ = h.invests.get(l.name, 0.0)
                means = 0.0
                if "cash" in h.funding:
                    means += max(0.0, total(h.cash) - h.floor)
                if "sell" in h.funding:
                    means += sum(S * self.price(self.company[c]) for c, S in h.stakes.items())
                if "borrow" in h.funding:
                    means += self.capacity(h.ltv, self.nav(h), h.debt)
                others.append(("holding", h, φ * means, 0.0))

        ε, floor, o = rd.get("price_elasticity", 0.0), rd.get("price_floor", 1.0), rd.get("oversubscribed", 0.0)
        z, m̄ = rd.get("endorsement", 0.0), rd.get("endorsement_reference", 0.0)
        depth = li["depth"] if lists or l.listed is not None else 1.0
        companies = math.fsum(cash + credit for kind, _, cash, credit in others if kind == "company")
        m = min(1.0, companies / T)
        quota = lambda m: rd["appetite"][self.state] * depth * P * math.exp(ε * z * (m - m̄))
        quotas = quota(m)
        sums = [cash + credit for _, _, cash, credit in others]
        if math.fsum([quotas * (1.0 + o)] + sums) <= SLACK:
            return
        price, outside, f = self.clear(P, T, T_need, in_need, ε, floor, quotas, o * quotas, sums)
        offers = [("outside", None, outside, 0.0)] + [(kind, a, f * cash, f * credit) for kind, a, cash, credit in others]

        # F.6: the price without companies' offers, m = 0
        alone = [cash + credit for kind, _, cash, credit in others if kind != "company"]
        without = price
        if ε > 0.0 and quotas > 0.0 and in_need and math.fsum([quota(0.0) * (1.0 + o)] + alone) < T - SLACK:
            without, _, _ = self.clear(P, T, T_need, in_need, ε, floor, quota(0.0), o * quota(0.0), alone)

        capital, got = 0.0, []
        company_cash = 0.0
        for kind, a, cash, credit in offers:
            if cash + credit <= 0.0:
                continue
            c = vec()
            if kind == "outside":
                v = vec(savings=cash)
                self.enter(l.cash, v)
            elif kind == "company":
                c = self.grant_credits(a, l, credit)
                v = draw(a.cash, cash)
                add(l.cash, v)
                company_cash += total(v)
            elif kind == "person":
                v = self.person_pays(a, l, cash)
            else:
                v = self.holding_pays(a, l, cash)
            self.book_capital(l, a, "listing" if lists else "round", v)
            self.book_capital(l, a, "credit", c)
            raised = total(v) + total(c)
            capital += raised
            self.y_all += raised
            if a is not None:
                self.y_rel += raised
                got.append((a, raised))
        if capital <= 0.0:
            return
        l.V = l.V_r = price + capital
        dilution = price / l.V
        l.δ *= dilution
        for b in self.companies + self.persons + self.holdings:
            if l.name in b.lab_stakes:
                b.lab_stakes[l.name]["stake"] *= dilution
        for a, raised in got:
            s = a.lab_stakes.setdefault(l.name, dict(stake=0.0, cost=0.0))
            s["stake"] += raised / l.V
            s["cost"] += raised
        l.last_round = self.n
        l.rounds += 1
        l.by_choice += not in_need
        l.price_cuts += 1.0 - price / P if P > 0.0 else 0.0
        self.concession["equity"] += company_cash * (price - without) / l.V
        if lists:
            l.listed = self.n
        l.paid_since_round = dict.fromkeys(l.paid_since_round, 0.0)
        self.commit(l, capital)

    # ---------------------------------------------------------------------------------------------- stage 9: record

    def record(self):
        self.time_in[self.state] += 1
        for c in self.companies:
            c.premium_peak = max(c.premium_peak, c.M - c.F)
        for h in self.holdings:
            h.gain_peak = max(h.gain_peak, self.booked_gain(h))
        self.debt_peak = max(self.debt_peak, math.fsum(d.K for d in self.project_debts))
        self.identities()
        if self.trace:
            print(json.dumps({
                "n": self.n, "sentiment": STATES[self.state], "C": self.C,
                "company": {c.name: dict(F=c.F, x=c.x, M=c.M, cash=total(c.cash), debt=c.debt) for c in self.companies},
                "lab": {l.name: dict(R=l.R, cash=total(l.cash), V=l.V, credits=math.fsum(l.credits.values()), paid=l.paid,
                                     capital=l.capital, B=self.B(l, self.n + 1)) for l in self.labs},
                "person": {p.name: dict(stake=p.S, loan=p.loan) for p in self.persons},
                "holding": {h.name: dict(cash=total(h.cash), debt=h.debt, nav=self.nav(h), gain=self.booked_gain(h),
                                         stakes=h.stakes, labs={l: s["stake"] for l, s in h.lab_stakes.items()})
                            for h in self.holdings}}), file=sys.stderr)

    def identities(self):
        """§11"""
        accounts = vec()
        for a in self.labs + self.companies + self.holdings:
            add(accounts, a.cash)
            for o in ORIGINS:
                assert math.isfinite(a.cash[o]) and a.cash[o] >= -SLACK, (self.n, a.name, o, a.cash[o])
                a.cash[o] = max(0.0, a.cash[o])
        throughput = 1.0 + total(self.opening) + total(self.came_in)
        for o in ORIGINS:
            gap = self.opening[o] + self.came_in[o] - self.went_out[o] + self.relabelled[o] - accounts[o]
            assert abs(gap) <= 1e-9 * throughput, (self.n, o, gap)
        for c in self.companies:
            assert math.isfinite(c.F) and c.F > 0.0 and math.isfinite(c.x) and c.debt >= -SLACK, (self.n, c.name)
        for l in self.labs:
            assert math.isfinite(l.R) and math.isfinite(l.V) and min(l.credits.values(), default=0.0) >= -SLACK
            held = 0.0
            for a in self.companies + self.persons + self.holdings:
                s = a.lab_stakes.get(l.name, {}).get("stake", 0.0)
                assert -SLACK <= s <= 1.0 + SLACK
                held += s
            assert held <= 1.0 + 1e-9, (self.n, l.name, held)
        for v in self.vendor_credits:
            assert v.N >= -SLACK and abs(v.lent - v.repaid - v.lost - v.N) <= 1e-9 * (1.0 + v.lent)
        for d in self.project_debts:
            assert d.K >= -SLACK and abs(d.lent - d.repaid - d.called - d.recovered - d.lost - d.K) <= 1e-9 * (1.0 + d.lent)
        for c in self.contracts:
            assert c.late >= -SLACK and (c.shape is None or min(c.shape) >= 0.0)
        for p in self.persons:
            assert p.loan >= -SLACK and -SLACK <= p.S <= 1.0
        for h in self.holdings:
            assert h.debt >= -SLACK and all(-SLACK <= s <= 1.0 for s in h.stakes.values())
        quiet = self.σ_m == self.σ_s == 0.0 and all(c.σ == 0.0 for c in self.companies)
        if quiet and not self.on("announcement") and not self.on("collateral") \
                and all(c.F > 0 and not self.initial_premium for c in self.companies):
            assert all(abs(c.x) < 1e-9 for c in self.companies)

    # ---------------------------------------------------------------------------------------------------------- run

    def step(self):
        """§4"""
        self.market()
        self.sentiment()
        self.announcements()
        self.outside_money()
        self.bills()
        self.suppliers_and_costs()
        self.reciprocal()
        self.vesting()
        self.default()
        self.collateral()
        self.marks()
        self.tranches()
        self.rounds()
        self.record()

    def run(self):
        self.initial_premium = any(c.x != 0.0 for c in self.companies)
        for self.n in range(self.N):
            self.step()
        return self.measures()

    # ----------------------------------------------------------------------------------------------------- measures

    def measures(self):
        """§10 with the names of the measures"""
        m = {}
        ratio = lambda a, b: a / b if b > 0.0 else None
        G = math.fsum(total(v) for v in self.raised.values())
        m["capital.raised"] = G
        guaranteed = any(d.full_g > 0.0 for d in self.project_debts)       # new columns only in a plan that has their keys
        hidden = {None if guaranteed else "guarantee",
                  None if any(l.listing for l in self.labs) else "listing", None if self.vendor_credits else "vendor_loan"}
        for i in INSTRUMENTS:
            for o in ORIGINS:
                if not {i, o} & hidden:
                    m[f"capital.{i}.{o}"] = self.raised[i][o]
        for k, a in self.raised_from.items():
            m[f"capital.from.{k}"] = a
        made = math.fsum(v[o] for v in self.raised.values() for o in MANUFACTURED)
        m["capital.manufactured"] = made
        m["share.traced"] = ratio(made, G)
        m["share.netted"] = ratio(math.fsum(min(self.put_in[k], self.got_back[k]) for k in self.put_in), G)
        m["share.circular.volume"] = circular_volume_share(self.flows)
        m["rounds"] = sum(l.rounds for l in self.labs)
        m["announced"] = math.fsum(l.announced for l in self.labs)
        m["paid"] = math.fsum(l.paid for l in self.labs)
        m["written_off"] = self.written_off
        m["unwind"] = 0 if self.unwind is None else 1
        m["unwind.time"] = self.unwind
        m["margin_calls"], m["forced_sales"] = self.margin_calls, self.forced_sales
        m["tranches_missed"], m["build_shortfall"] = self.tranches_missed, self.build_shortfall
        m["lender_losses"] = self.lender_losses
        for k, s in enumerate(STATES):
            m[f"sentiment.{s}"] = self.time_in[k] / self.N
        insider = math.fsum(self.raised_from[k] for k in ("company", "person", "holding"))
        m["capital.insider"], m["share.insider"] = insider, ratio(insider, G)
        if any(self.stranger(k["company"], k["lab"]) for k in self.vendor_equity) \
                or any(k.investor.kind == "company" and self.stranger(k.investor, k.lab) for k in self.commitments):
            m["capital.stranger"] = self.from_strangers
        given = math.fsum(self.concession.values())
        m["capital.concession"], m["share.concession"] = given, ratio(given, G)
        for k, a in self.concession.items():
            if (k != "loan" or self.vendor_credits) and (k != "guarantee" or guaranteed):
                m[f"capital.concession.{k}"] = a
        if any(l.defer for l in self.labs):
            m["deferrals"] = sum(l.deferrals for l in self.labs)
            m["deferred"] = math.fsum(l.deferred for l in self.labs)
            m["distress"], m["distress.time"] = 0 if self.distress is None else 1, self.distress
        if self.vendor_credits:
            m["loan_lent"] = math.fsum(v.lent for v in self.vendor_credits)
            m["loan_repaid"] = math.fsum(v.repaid for v in self.vendor_credits)
        if self.project_debts:
            m["project_debt_peak"] = self.debt_peak
            m["guarantee_calls"] = math.fsum(d.called for d in self.project_debts)
            m["project_losses"] = math.fsum(d.lost for d in self.project_debts)
        if self.vendor_credits or self.project_debts:
            by_guarantee = math.fsum(d.financed_by_guarantee for d in self.project_debts)
            m["financing"] = G + math.fsum(d.financed for d in self.project_debts)
            m["financing.manufactured"], m["financing.insider"] = made + by_guarantee, insider + by_guarantee
        for l in self.labs:
            p = f"lab.{l.name}."
            rec = math.fsum(l.reciprocal)
            m[p + "raised"], m[p + "revenue_end"], m[p + "mark_end"] = l.capital, l.R, l.V
            m[p + "cash_end"], m[p + "announced"], m[p + "paid"] = total(l.cash), l.announced, l.paid
            m[p + "rounds"] = l.rounds
            m[p + "circular_revenue"] = ratio(rec, l.RΔ + rec)
            m[p + "concentration"] = ratio(math.fsum(s * s for s in l.settled_by.values()), l.paid ** 2)
            e = ratio(l.discount, l.paid)
            m[p + "effective_price"] = None if e is None else 1.0 - e
            new = ("step_up", "price_elasticity", "price_floor", "oversubscribed", "endorsement")
            if l.round and (l.listing or any(k in l.round for k in new)):
                m[p + "rounds_by_choice"], m[p + "discount"] = l.by_choice, ratio(l.price_cuts, l.rounds)
                m[p + "dilution"] = 1.0 - l.δ
            if l.listing:
                m[p + "listed"] = 0 if l.listed is None else 1
                m[p + "listed.time"] = None if l.listed is None else l.listed * self.Δ
            if l.defer:
                m[p + "deferrals"], m[p + "deferred"] = l.deferrals, l.deferred
        for c in self.companies:
            p = f"company.{c.name}."
            m[p + "value_end"], m[p + "fundamental_end"], m[p + "premium_end"] = c.M, c.F, c.M - c.F
            m[p + "premium_peak"], m[p + "cash_end"], m[p + "debt_end"] = c.premium_peak, total(c.cash), c.debt
            m[p + "lab_revenue"] = c.lab_revenue
            u = ratio(c.covered, c.lab_revenue)
            m[p + "uncovered_revenue"] = None if u is None else 1.0 - u
        for q in self.persons:
            m[f"person.{q.name}.stake_end"], m[f"person.{q.name}.loan_end"] = q.S, q.loan
        for h in self.holdings:
            m[f"holding.{h.name}.debt_end"], m[f"holding.{h.name}.booked_gain_peak"] = h.debt, h.gain_peak
        for (a, l), v in self.put_in.items():
            m[f"put_in.{a}.{l}"] = v
            m[f"got_back.{a}.{l}"] = self.got_back[a, l]
        for k, v in m.items():
            assert v is None or math.isfinite(v), k
        return m


# ------------------------------------------------------------------------------------ §8: circular-directional flow

def strongly_connected(nodes, edges):
    """Tarjan; returns a list of sets."""
    out = {u: [] for u in nodes}
    for a, b in edges:
        out[a].append(b)
    index, low, stack, on_stack, parts = {}, {}, [], set(), []

    def visit(u):
        index[u] = low[u] = len(index)
        stack.append(u)
        on_stack.add(u)
        for w in out[u]:
            if w not in index:
                visit(w)
                low[u] = min(low[u], low[w])
            elif w in on_stack:
                low[u] = min(low[u], index[w])
        if low[u] == index[u]:
            part = set()
            while True:
                w = stack.pop()
                on_stack.discard(w)
                part.add(w)
                if w == u:
                    break
            parts.append(part)

    for u in nodes:
        if u not in index:
            visit(u)
    return parts


def stationary(nodes, p):
    """Stationary distribution of an irreducible chain, by the elimination of Grassmann, Taksar and Heyman (no subtraction)."""
    n = len(nodes)
    a = [[p.get((u, w), 0.0) for w in nodes] for u in nodes]
    for k in range(n - 1, 0, -1):
        s = sum(a[k][:k])
        for i in range(k):
            a[i][k] /= s
        for i in range(k):
            for j in range(k):
                a[i][j] += a[i][k] * a[k][j]
    π = [1.0] + [0.0] * (n - 1)
    for k in range(1, n):
        π[k] = sum(π[i] * a[i][k] for i in range(k))
    t = sum(π)
    return {u: v / t for u, v in zip(nodes, π)}


def circular_part(flows):
    """The circular flow per edge: stationary flow of each strongly connected part, scaled until the first edge is
    exhausted, subtracted, repeated."""
    rest = {e: w for e, w in flows.items() if w > 0.0}
    first = dict(rest)
    circular = dict.fromkeys(rest, 0.0)
    while True:
        nodes = sorted({u for e in rest for u in e})
        parts = strongly_connected(nodes, rest)
        moved = False
        for part in parts:
            inside = [e for e in rest if e[0] in part and e[1] in part]
            if not inside:
                continue
            moved = True
            out = {}
            for e in inside:
                out[e[0]] = out.get(e[0], 0.0) + rest[e]
            p = {e: rest[e] / out[e[0]] for e in inside}
            π = stationary(sorted(part), p)
            f = {e: π[e[0]] * p[e] for e in inside}
            scale = min(rest[e] / f[e] for e in inside)
            for e in inside:
                y = min(rest[e], scale * f[e])
                circular[e] += y
                rest[e] -= y
                if rest[e] <= 1e-12 * first[e]:
                    del rest[e]
        if not moved:
            return circular


def circular_volume_share(flows):
    volume = math.fsum(w for w in flows.values() if w > 0.0)
    if volume <= 0.0:
        return None
    return math.fsum(circular_part(flows).values()) / volume


# ---------------------------------------------------------------------------------------------------------------- main

def read(path):
    with open(path, "rb") as f:
        return tomllib.load(f)


def run(path, off=(), draws=None, extra=0.0, trace=False, ties=False):
    return World(read(path), off, draws, extra, trace, ties).run()


def lens(path, draws=None):
    """§9 and F on one path: expectations are the path's own values. Without ties G(off, ω) is G(off, 0)."""
    on = World(read(path), (), draws)
    m = on.run()
    off = run(path, CAUSAL, draws)
    tied = run(path, CAUSAL, draws, ties=True)
    G, G0, Gω, L = m["capital.raised"], off["capital.raised"], tied["capital.raised"], on.through_loops
    out = {"G_on": G, "G_off": G0, "G_off_tied": Gω, "L": L}
    out["share.causal"] = 1.0 - G0 / G if G > 0.0 else None
    out["share.causal.demand"] = (G0 - Gω) / G if G > 0.0 else None
    out["replacement"] = 1.0 - (G - G0) / L if G > 0.0 and L >= 0.05 * G else None
    point = 1.0 - 0.1 * G / L if L > 0.0 else None
    out["replacement.at_10_percent"] = point if point is not None and 0.0 <= point <= 1.0 else None
    if "financing" in m:
        out["financing_on"], out["financing_off"] = m["financing"], off["financing"]
        out["financing.causal"] = 1.0 - off["financing"] / m["financing"] if m["financing"] > 0.0 else None
    return out


def main(argv):
    path, off, draws, extra, trace, ties, causal = None, [], None, 0.0, False, False, False
    args = iter(argv)
    for a in args:
        if a == "--off":
            off = [x for x in next(args).split(",") if x]
        elif a == "--draws":
            with open(next(args)) as f:
                draws = json.load(f)
        elif a == "--extra":
            extra = float(next(args))
        elif a == "--trace":
            trace = True
        elif a == "--tied":
            ties = True
        elif a == "--lens":
            causal = True
        elif a.startswith("--") or path:
            raise SystemExit(__doc__)
        else:
            path = a
    if not path:
        raise SystemExit(__doc__)
    print(json.dumps(lens(path, draws) if causal else run(path, off, draws, extra, trace, ties), indent=1))


if __name__ == "__main__":
    main(sys.argv[1:])
