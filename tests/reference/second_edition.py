"""The cases of the second edition, cases2/: each mechanism alone without random numbers, with its derivation by hand, and
several at once. Written and checked as the first edition's (casefile.py); make_cases.py runs both."""
from casefile import (Cases, D, announcement, commitment, company, con, holding, lab, link, person, project_debt, scenario,
                      sentiment, vendor, vendor_credit, warrant)

SECOND = Cases("cases2")
case = SECOND.case


def round_(appetite, multiple=10.0, trigger=10.0, gap=5.0, runway=1.0, **kw):
    """The lab's `round`; by default one in need at step 0 and never again."""
    return dict(trigger=trigger, gap=gap, runway=runway, multiple=[multiple] * 3, appetite=[appetite] * 3, **kw)


BEFORE = "2024-12-15"                                  # step −1: announced before the start, no news
OPEN = "2025-01-01"                                    # step 0

# ------------------------------------------------------------------------------- A: rounds by choice, a price that clears

case("100_step_up", scenario(
    "A lab that needs nothing raises when its price has doubled",
    lab(cash=100.0, R=12.0, g=0.6, mark=50.0, round=round_(0.2, trigger=1.0, gap=0.5, step_up=2.0, sell=0.1)), company(), link(base=12.0),
    years=3.0),
    """Never in need: R is above the bills. `gap` counts from the start, so step 6 is the first; P there is ten times R after seven steps of growth, above 2·50. T = 0.1 P, half of the
    outside's 0.2 P: P is kept, V = 1.1 P. The next one waits until P ≥ 2·1.1 P₆, growth of ln 2.2 at 0.05 a step: 15.77, so sixteen steps on, step 22. The third would be step 38.""",
    """
    P = lambda n: 120 * exp(0.05 * (n + 1))
    """,
    {"rounds": "2", "lab.Lab.rounds_by_choice": "2", "lab.Lab.discount": "0.0", "lab.Lab.dilution": "1 - 1.1 ** -2",
     "capital.raised": "0.1 * (P(6) + P(22))", "lab.Lab.mark_end": "1.1 * P(22)", "share.insider": "0.0", "share.concession": "0.0"})

case("101_need_first_and_last", scenario(
    "In need first, then by choice; `last` starts the gap",
    lab("One", 100.0, 12.0, mark=50.0, round=round_(0.0, trigger=1.0, gap=0.5, step_up=2.0, sell=0.5, last=D("2024-07-01"))),
    lab("Two", 2.0, 12.0, round=round_(0.0, runway=10.0)),
    lab("Three", 100.0, 12.0, mark=60.0, round=round_(0.5, trigger=1.0, gap=0.5, step_up=2.0, sell=0.1, last=D("2024-11-15"))),
    company("Cloud", 1000.0), link("One", base=12.0), link("Two", base=18.0), link("Three", base=12.0),
    holding(name="H", cash=20.0, cash_floor=4.0, invests={"One": 0.5, "Two": 0.5}, funding=["cash"])),
    """One's last round was in step −7 (−184 days): the gap of six steps has passed at step 0. Two, listed after it, is in need at step 0 and is served first: 0.5·16 = 8; One gets
    0.5·8 = 4. Three's was in step −2: step 4; P = 120 = 2·60 holds with equality; T = 12.""",
    "",
    {"put_in.H.Two": "8.0", "put_in.H.One": "4.0", "lab.One.rounds_by_choice": "1", "lab.Three.rounds_by_choice": "1",
     "lab.One.mark_end": "124.0", "lab.Two.mark_end": "128.0", "lab.Three.mark_end": "132.0", "lab.Three.raised": "12.0", "rounds": "3",
     "share.insider": "0.5"})

INSIDERS = [company("Cloud", 500.0, 0.5, 10.0), link(base=24.0), vendor(ratio=0.5),
            holding(name="H", cash=10.0, cash_floor=4.0, invests={"Lab": 0.5}, funding=["cash"])]


def in_need(title, **kw):
    """One lab in need at step 0: cash 2 + 1 − 2, T = 12 − 1 = 11, P = 120; the company offers 0.5·2, the holding 0.5·6."""
    return scenario(title, lab(cash=2.0, R=12.0, round=round_(0.05, **kw)), *INSIDERS)


case("102_price_clears", in_need("Money is missing: the lab sells at the price that clears", price_elasticity=2.0, price_floor=0.5),
    """Step 0: T = need over a year 12 − cash 1 = 11, P = 120. Offers 6 outside, 1 Cloud, 3 H: 1 is missing. The outside brings 11 − 4 = 7 at P' with 6 (P/P')² = 7. Nobody is cut.
    Without Cloud's cheque it would have to bring 8: the price that Cloud's 1 kept up is its concession, 1·(P' − P'₀)/(P' + 11).""",
    """
    P1, P0 = 120 * (6 / 7) ** 0.5, 120 * (6 / 8) ** 0.5
    given = (P1 - P0) / (P1 + 11)
    """,
    {"capital.raised": "11.0", "capital.from.outside": "7.0", "capital.from.company": "1.0", "capital.from.holding": "3.0",
     "lab.Lab.mark_end": "P1 + 11", "lab.Lab.discount": "1 - P1 / 120", "lab.Lab.dilution": "11 / (P1 + 11)", "lab.Lab.rounds_by_choice": "0",
     "capital.concession.equity": "given", "share.concession": "given / 11", "share.insider": "4 / 11"})

case("103_price_floor", scenario(
    "At the floor, and a lab to which the outside offers nothing",
    lab(cash=2.0, R=12.0, round=round_(0.05, price_elasticity=2.0, price_floor=0.95)), *INSIDERS,
    lab("Alone", 2.0, 12.0, round=round_(0.0, price_elasticity=2.0, price_floor=0.8)), link("Alone", base=24.0), vendor(lab="Alone", ratio=0.25)),
    """(6/7)^½ = 0.926 is below 0.95: the floor, 114, where the outside brings 6·0.95⁻². Without Cloud it would be the floor, too: no concession. Alone: A = 0, the floor, 96; Cloud's
    0.25·2 is all.""",
    """
    out = 6 / 0.95 ** 2
    """,
    {"lab.Lab.raised": "out + 4", "lab.Lab.mark_end": "114 + out + 4", "lab.Lab.discount": "0.05", "lab.Alone.raised": "0.5", "lab.Alone.mark_end": "96.5",
     "lab.Alone.discount": "0.2", "capital.concession.equity": "0.0"})

case("104_reserve_fills", scenario(
    "What outsiders had bid and did not get fills a round; a round by choice is never sold below P",
    lab(cash=2.0, R=12.0, round=round_(0.05, price_elasticity=2.0, price_floor=0.5, oversubscribed=1.0)), *INSIDERS,
    lab("Two", 100.0, 12.0, mark=50.0, round=round_(0.05, trigger=1.0, gap=0.25, step_up=2.0, sell=0.1, oversubscribed=1.0)), link("Two", base=12.0),
    lab("Three", 100.0, 12.0, mark=50.0, round=round_(0.05, trigger=1.0, gap=0.25, step_up=2.0, sell=0.1, oversubscribed=0.5, price_elasticity=2.0,
                                                      price_floor=0.5)), link("Three", base=12.0)),
    """Lab, step 0: 7 are missing after the insiders' 4; 6 of the quota and 1 of the reserve, at P. Without Cloud 8 of 12: it clears, no concession. Two, step 3: T = 12 = quota 6 +
    reserve 6. Three: quota 6 + reserve 3 = 9, at P.""",
    "",
    {"lab.Lab.raised": "11.0", "lab.Lab.mark_end": "131.0", "lab.Lab.discount": "0.0", "lab.Two.raised": "12.0", "lab.Three.raised": "9.0",
     "lab.Three.mark_end": "129.0", "capital.concession": "0.0", "capital.from.outside": "7.0 + 12.0 + 9.0"})

case("105_endorsement", scenario(
    "A vendor's cheque as a signal",
    lab(cash=2.0, R=12.0, round=round_(0.05, price_elasticity=2.0, price_floor=0.5, endorsement=0.3, endorsement_reference=0.1)),
    company("Cloud", 500.0, 0.5, 10.0), link(base=24.0), vendor(ratio=1.0, credits=0.5)),
    """Cloud offers 2, half in credits: m = 2/11, E = exp(2·0.3·(2/11 − 0.1)). T − 2 = 9 are missing at 6 E. Without it m = 0: E₀ = exp(−0.06), all 11 from outside. c is the cash, 1.
    Credits: m_i·1 = 0.5 given.""",
    """
    A, A0 = 6 * exp(0.6 * (2 / 11 - 0.1)), 6 * exp(-0.06)
    P1, P0 = 120 * (A / 9) ** 0.5, 120 * (A0 / 11) ** 0.5
    """,
    {"capital.raised": "11.0", "lab.Lab.mark_end": "P1 + 11", "lab.Lab.discount": "1 - P1 / 120", "capital.concession.credit": "0.5",
     "capital.concession.equity": "(P1 - P0) / (P1 + 11)", "capital.concession": "0.5 + (P1 - P0) / (P1 + 11)", "capital.credit.credit": "0.5"})

case("106_need_and_choice", scenario(
    "In need and by choice at once",
    lab(cash=2.0, R=12.0, mark=50.0, round=round_(0.125, gap=0.0, step_up=2.0, sell=0.2, price_elasticity=2.0, price_floor=0.5)), *INSIDERS, years=1 / 12),
    """One step. T = max(11, 0.2·120) = 24. Offers 15 + 4 = 19: enough for the need: the round takes all of it at P.""",
    "",
    {"capital.raised": "19.0", "lab.Lab.mark_end": "139.0", "lab.Lab.discount": "0.0", "lab.Lab.rounds_by_choice": "0"})

# ---------------------------------------------------------------------------------------------------- B: marks between rounds

case("107_marks", scenario(
    "Remarks and a marked commitment move V and the next step-up, no cash and no stake",
    lab(cash=100.0, R=12.0, mark=50.0, round=round_(0.2, trigger=1.0, gap=0.25, step_up=2.0, sell=0.1),
        remarks=[dict(on=D("2025-03-15"), post_money=300.0), dict(on=D("2025-09-15"), post_money=55.0), dict(on=D("2024-06-01"), post_money=1.0)]),
    company(), link(base=12.0), holding(name="H", cash=20.0, lab_stakes={"Lab": dict(stake=0.1, cost=5.0)}),
    commitment(investor="H", lab="Lab", pre_money=90.0, marked=D("2025-06-15"), tranches=[dict(due=D("2025-11-15"), amount=10.0)])),
    """By choice P = 120 would do at step 3 (2·50), but step 2's remark (73 days) made V_r 300. H's gain on its unpaid 10: 10·(300/100 − 1) = 20, the peak. Step 5: the commitment marks
    90 + 10 = 100: 2·100 is above 120 still. Step 8 (257 days): 55; 120 ≥ 110: a round of 12, V = 132. The tranche is paid in step 10 (318 days): stake 10/100·120/132; V stays.""",
    "",
    {"holding.H.booked_gain_peak": "20.0", "rounds": "1", "lab.Lab.mark_end": "132.0", "capital.raised": "22.0", "lab.Lab.cash_end": "100 + 22",
     "lab.Lab.dilution": "12 / 132"})

case("108_tender_every_step", scenario(
    "A tender in every step",
    lab(cash=100.0, R=12.0, g=0.6, mark=50.0, tender=500.0, round=round_(0.2, trigger=1.0, gap=0.0, step_up=1.04, sell=0.1)), company(), link(base=12.0),
    holding(name="H", cash=20.0), commitment(investor="H", lab="Lab", pre_money=90.0, tranches=[dict(due=D("2026-06-15"), amount=10.0)])),
    """1 − e^(−500/12) is 1 in double precision: V, V_r ← P at stage 7 of every step, so the round of stage 8 would need P ≥ 1.04 P: there is none. H books 10·(P/100 − 1).""",
    """
    P = 120 * exp(0.6)
    """,
    {"rounds": "0", "lab.Lab.mark_end": "P", "holding.H.booked_gain_peak": "10 * (P / 100 - 1)", "capital.raised": "0.0"})

# -------------------------------------------------------------------------------------------------------------- C: listing

case("109_listing", scenario(
    "A lab lists; a tranche waits for it; afterwards V is the day's price",
    lab(cash=100.0, R=12.0, g=0.6, mark=500.0, round=round_(0.05, trigger=1.0, gap=0.25),
        listing=dict(earliest=D("2025-04-15"), revenue=13.0, sell=0.1, depth=3.0)),
    company("Cloud", 500.0, 0.5, 10.0), link(base=12.0), vendor(ratio=0.5, credits=0.5),
    holding(name="H", cash=20.0), commitment(investor="H", lab="Lab", pre_money=90.0, tranches=[dict(when="listing", amount=10.0)])),
    """R ≥ 13 from step 1 on; the date is step 3, when the gap (from the start) has passed too. T = 0.1 P; offers 0.05·3·P and Cloud's 0.5·4, half in credits; all cut by T/ΣQ. The cash is
    `listing`, the credits are `credit`. Step 4: the tranche, `tranche`. V ← P at stage 8 from step 4 on; the gain on H's unpaid 10 is largest at the opening mark.""",
    """
    P = lambda n: 120 * exp(0.05 * (n + 1))
    f = 0.1 * P(3) / (0.15 * P(3) + 2)
    cash = f * (0.15 * P(3) + 1)
    """,
    {"lab.Lab.listed": "1", "lab.Lab.listed.time": "3 / 12", "lab.Lab.rounds_by_choice": "1", "rounds": "1",
     "capital.credit.credit": "0.5 * f", "sum of listing": "cash", "sum of tranche": "10.0", "lab.Lab.mark_end": "P(11)", "capital.raised": "0.1 * P(3) + 10",
     "lab.Lab.dilution": "1 - 1 / 1.1", "holding.H.booked_gain_peak": "40.0"})

case("110_listing_in_need", scenario(
    "Listing in need, at a price that clears; depth stays",
    lab(cash=10.0, R=12.0, mark=500.0, round=round_(0.02, trigger=0.5, gap=0.5, price_elasticity=2.0, price_floor=0.9),
        listing=dict(earliest=D("2025-09-15"), revenue=0.0, sell=0.1, depth=4.0)), company("Cloud", 500.0, 0.5, 10.0), link(base=24.0), years=1.5),
    """A loss of 1 a step; in need when cash is below 6, so at step 4 (cash 5): T = 12 − 5 = 7, 2.4 offered: the floor, 2.4/0.81. The date is step 8, the gap has passed at step 10: cash
    5 + 2.4/0.81 − 6, T = max(T_need, 12), offers 0.02·4·120 = 9.6 below T_need: 9.6 (P/P')² = T_need, above the floor. Cash is then 12, and 6 after step 16 (not below 6); step 17: 5,
    T = 7 ≤ 9.6, a `round` on the listed appetite, after V ← 120: V = 127.""",
    """
    first = 2.4 / 0.81
    need = 12 - (5 + first - 6)
    P1 = 120 * (9.6 / need) ** 0.5
    """,
    {"lab.Lab.listed.time": "10 / 12", "capital.listing.savings": "need", "capital.round.savings": "first + 7", "lab.Lab.mark_end": "127.0", "rounds": "3",
     "lab.Lab.rounds_by_choice": "0", "lab.Lab.discount": "(0.1 + 1 - P1 / 120) / 3",
     "lab.Lab.dilution": "1 - 108 / (108 + first) * P1 / (P1 + need) * 120 / 127", "lab.Lab.cash_end": "12.0"})

# ------------------------------------------------------------------------------------------------------------- D: deferral

LATER = link(company="Other", contracts=[con(BEFORE, 60.0, "2030-01-15", 10.0)])   # nothing to pay in the run; in B


def deferring(title, years=2.0, cash=5.0, **defer):
    """Revenue 1.5 a step against 2: 18 bills of 2, announced before the start. The need over six steps is 3."""
    return scenario(title, announcement(0.5, 1.0),
                    lab(cash=cash, R=18.0, defer=dict(runway=0.5, deferred=0.5, delay=0.25, **defer), restructure=dict(cut=0.5)),
                    company("Cloud", 500.0, 0.3, 10.0, suppliers={"Chip": 0.5}), company("Chip", 400.0, 0.6), company("Other", 100.0, 0.5),
                    link(contracts=[con(BEFORE, 36.0, OPEN, 1.5)]), LATER, years=years)


case("111_deferral_accepted", deferring("A lab asks for time and gets it, twice", accept=1.0, gap=0.5, most=2),
    """Cash after step n is 5 − (n + 1)/2: below 3 first after step 4 (2.5). X = half of the bills of steps 5, 6, 7: 3, paid in steps 18, 19, 20. These steps bring 0.5 each, so the cash
    is 4 after step 7 and 2.5 after step 10: the second request (gap six steps): 3 of steps 11 to 13, joining the first: late payments 2 a step. All 36 are paid. The news: step 5,
    X q (1 − e^(−r s)), q = 18·1.5/B, B = 23 + 3 + 60 (the lab has no `term`: the contract's), s from the middle of 5…7 to that of 18…20, 13 steps; step 11: B = 11 + 6 + 60, s = 7 steps.
    No log return: no premium. Chip: one level. A bound on requests: after two none.""",
    """
    q1, q2 = 27 / 86, 27 / 77
    lost = 3 * q1 * (1 - exp(-0.04 * 13 / 12)) + 3 * q2 * (1 - exp(-0.04 * 7 / 12))
    """,
    {"deferrals": "2", "deferred": "6.0", "lab.Lab.deferrals": "2", "lab.Lab.deferred": "6.0", "distress": "1", "distress.time": "4 / 12", "unwind": "0",
     "paid": "36.0", "lab.Lab.cash_end": "5 + 36 - 36", "company.Cloud.fundamental_end": "500 - 0.3 * lost", "company.Cloud.value_end": "500 - 0.3 * lost",
     "company.Chip.fundamental_end": "400 - 0.6 * 0.5 * lost", "company.Chip.cash_end": "10 + 0.6 * 18", "company.Other.value_end": "100.0"})

case("112_deferral_refused", deferring("A lab asks for time and is refused, then cannot pay", accept=0.0, gap=0.25),
    """Asks after steps 4, 7, … and is refused. Cash is 0 after step 9; step 10 is short by 0.5: written off, restructured: 1 a step from then on. D_cut = half of 7 bills of 2 at step 11,
    q = 27/74 (B = 14 + 60 before the cut); Other's 60, too: half of it, its loss 0.5·30·q with τ its own 10 years: 180/74 above 1.""",
    """
    q = 27 / 74
    a, b = -0.5 * 7 / 500, -0.5 * 30 / 100
    F, G = 500 - 0.3 * 7 * q, 100 - 0.5 * 30
    """,
    {"deferrals": "0", "deferred": "0.0", "distress": "1", "distress.time": "10 / 12", "unwind.time": "10 / 12", "paid": "20 + 1.5 + 7 * 1.0", "written_off": "0.5",
     "company.Cloud.value_end": "F * exp(a * 2 ** (-12 / 12))", "company.Other.fundamental_end": "G", "company.Other.value_end": "G * exp(b / 2)"})

case("113_late_payments_are_cut", deferring("A restructuring cuts late payments, too", accept=1.0),
    """One deferral (`most` is 1): 3 of steps 5 … 7 to 18 … 20, one a step. Cash is 4 after step 7, 0 after step 15: step 16 is short by 0.5. Still to pay from step 17 on: 2 and the late
    3, and Other's 60: half of each is cut. q = 27/65.""",
    """
    q = 27 / 65
    lost = 3 * 27 / 86 * (1 - exp(-0.04 * 13 / 12))
    M = 500 - 0.3 * lost
    a = -0.5 * 2.5 / M
    F = M - 0.3 * 2.5 * q
    """,
    {"deferrals": "1", "distress.time": "4 / 12", "unwind.time": "16 / 12", "paid": "16 * 2 - 3 + 1.5 + 1 + 1.5", "written_off": "0.5",
     "company.Cloud.fundamental_end": "F", "company.Cloud.value_end": "F * exp(a * 2 ** (-6 / 12))"})

# ----------------------------------------------------------------------------------------------------------------- E: ramps

case("114_ramp", scenario(
    "A contract that starts small",
    announcement(0.5, 1.0), lab(cash=100.0, R=120.0), company("Cloud", 500.0, 0.4), link(contracts=[con("2025-01-15", 60.0, "2025-04-15", 1.0, ramp=0.25)])),
    """Announced step 0, first bill step 3. Three steps of ramp: w = 1/6, 3/6, 5/6, then 1 nine times; Σ = 10.5. The mean date of payment takes the place of τ/2. Nine bills fall in the run.""",
    """
    w = [1 / 6, 3 / 6, 5 / 6] + [1.0] * 9
    mean = sum(x * (k + 0.5) for k, x in enumerate(w)) / 12 / 10.5
    F = 500 + 0.4 * 60 * exp(-0.04 * (0.25 + mean))
    """,
    {"paid": "60 * (1.5 + 6) / 10.5", "company.Cloud.fundamental_end": "F", "company.Cloud.premium_peak": "F * (exp(0.06) - 1)"})

case("115_ramp_of_commitments", scenario(
    "Commitments ramp, at most over their term",
    lab(cash=2.0, R=12.0, round=round_(0.5), commit=dict(multiple=1.0, term=0.25, lead=0.25, ramp=5.0)), company("Cloud", 500.0, 0.5), link(base=24.0, weight=1.0),
    years=0.5),
    """Step 0: 11 raised (T = 12 − 1), D = 11 announced at step 1, bills in steps 4, 5, 6: w = 1/6, 3/6, 5/6, Σ 1.5; the run ends with step 5. v: mean date (1/12 + 3/4 + 25/12)/1.5 steps;
    q = min(1, 12·0.25/11), τ the whole term.""",
    """
    mean = (1 / 6 * 0.5 + 3 / 6 * 1.5 + 5 / 6 * 2.5) / 1.5 / 12
    """,
    {"paid": "12 + 11 * (4 / 6) / 1.5", "announced": "11.0", "company.Cloud.fundamental_end": "500 + 0.5 * 11 * 3 / 11 * exp(-0.04 * (0.25 + mean))",
     "lab.Lab.cash_end": "2 + 6 + 11 - 12 - 11 * (4 / 6) / 1.5"})

# ------------------------------------------------------------------------------------------------------ F: the causal lens

case("116_stranger_and_tie", scenario(
    "A stranger's money, a supplier's money, and contracts tied to the vendor's cheques",
    lab(cash=2.0, R=12.0, round=round_(0.01, runway=0.5)),
    company("Cloud", 500.0, 0.5, 10.0, suppliers={"Chip": 0.25}), company("Chip", 400.0, 1.0), company("Far", 300.0, 1.0, 20.0),
    link(contracts=[con(BEFORE, 48.0, OPEN, 2.0, tied=0.4, tied_to="vendor_equity"),
                    con("2025-03-15", 10.0, "2027-03-15", 5.0, tied=1.0, tied_to="vendor_equity")]),
    vendor(ratio=0.5), commitment(investor="Far", lab="Lab", pre_money=90.0, tranches=[dict(due=D("2025-02-15"), amount=10.0)]),
    commitment(investor="Chip", lab="Lab", pre_money=97.0, tranches=[dict(due=D("2025-02-15"), amount=3.0)])),
    """On: step 0, cash 1, T = 6 − 1 = 5; 1.2 outside and Cloud's 1: all taken. Step 1: Far's 10 and Chip's 3. The lab owes Far nothing: its 10 stay when loops are off; Chip is a supplier
    of Cloud: its 3 go. L = 1 + 3. Off with the ties: bills of 1.2 a step: cash 1.8, T = 6·0.2 − 1.8 < 0: no round. The second contract, announced in step 2, is wholly tied: no news in
    that run. q = min(1, 12·5/54).""",
    """
    v = 0.5 * 10 * exp(-0.04 * (2 + 2.5))
    """,
    {"capital.raised": "15.2", "capital.stranger": "10.0", "capital.insider": "14.0", "share.insider": "14 / 15.2", "company.Cloud.fundamental_end": "500 + v"},
    offs="auto+",
    lens={"lens/G_off": "11.2", "lens/G_off_tied": "10.0", "lens/share.causal": "1 - 11.2 / 15.2", "lens/share.causal.demand": "1.2 / 15.2", "lens/L": "4.0",
          "lens/replacement": "0.0", "lens/replacement.at_10_percent": "1 - 1.52 / 4", "off_vendor_equity/capital.raised": "11.2", "off_vendor_equity/capital.from.company": "10.0",
          "tied/announced": "0.0", "off_causal/announced": "10.0", "tied/paid": "12 * 1.2", "tied/company.Cloud.fundamental_end": "500.0",
          "off_causal/company.Cloud.fundamental_end": "500 + v"})

case("117_replaced", in_need("Outsiders replace the vendor's cheque at a lower price", price_elasticity=2.0, price_floor=0.5),
    """Case 102 with the lens: off, Cloud's 1 is gone and the outside brings 8 at a lower price: as much is raised. Replacement 1; at a share of 10% it would be 1 − 1.1/1 < 0: below 10% at any
    replacement.""",
    "",
    {"capital.raised": "11.0"}, offs="auto+",
    lens={"lens/G_off": "11.0", "lens/L": "1.0", "lens/share.causal": "0.0", "lens/replacement": "1.0", "lens/replacement.at_10_percent": "None",
          "off_causal/lab.Lab.mark_end": "120 * (6 / 8) ** 0.5 + 11"})
