"""The cases of the second edition, cases2/: each mechanism alone without random numbers, with its derivation by hand, and
several at once. Written and checked as the first edition's (casefile.py); make_cases.py runs both."""
import random

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

case("134_cash_target", scenario(
    "A round by choice fills cash and credits up to the target",
    lab("One", 10.0, 12.0, 0.6, mark=50.0, round=round_(0.2, trigger=1.0, gap=0.5, step_up=2.0, sell=0.1, cash_target=2.0)),
    lab("Two", 10.0, 12.0, 0.6, mark=100.0, round=round_(0.0, trigger=1.0, gap=2 / 12, step_up=1.0, sell=0.1, cash_target=1.25)),
    lab("Three", 2.0, 12.0, mark=50.0, round=round_(0.2, gap=1.0, last=D("2023-12-15"), step_up=2.0, sell=0.2, cash_target=0.75)),
    lab("Four", 2.0, 12.0, mark=50.0, round=round_(0.2, gap=1.0, last=D("2023-12-15"), step_up=2.0, sell=0.2, cash_target=0.25)),
    lab("Five", 20.0, 12.0, mark=50.0, round=round_(0.2, trigger=1.0, gap=0.25, step_up=2.0, sell=0.2, cash_target=1.5)),
    company(), company("Other"), link("One", base=12.0), link("Two", "Other", base=12.0), link("Three", base=24.0), link("Four", base=24.0),
    link("Five", base=12.0, contracts=[con("2025-03-15", 24.0, "2025-10-15", 2.0)]),
    vendor("Other", "Two", ratio=1.0, credits=1.0), years=7 / 12),
    """One is 100's lab with 10 of cash. Step 6: it holds 10 and seven months of revenue less seven bills of 1; 24 is the target, twice the bills of a year, so T = 24 − cash, less than
    0.1 P. Two pays in credits. Step 2: Other offers the 3 that it was paid, all in credits; 15 − cash is more, so it grants 3. Bills of steps 3 and 4 use 2 of them. Step 4: it offers 2,
    but 15 − cash − 1 of credits is less. P is above the last price each time; step 6: cash alone is above 15. Three and Four are in need at step 0 (cash 2 + 1 − 2, T_need = 24 − 12 − 1 = 11) and
    have stepped up (P = 120). Three: 0.75·24 − 1 = 17 < 0.2·120. Four: 0.25·24 − 1 = 5, so T = T_need. Five, R flat and bills of 12 a year: step 3: its contract of 12 a year begins in step 9
    (287 days), so seven of the steps 4 to 15 have a bill of it: 12 + 7 in the next year; the target is 28.5, cash is 20: T = 8.5 < 24.""",
    """
    e = lambda k: exp(0.05 * k)
    P = lambda n: 120 * e(n + 1)
    one = 24 - (10 + sum(e(k) for k in range(1, 8)) - 7)
    cash = 10 + sum(e(k) for k in range(1, 4)) - 3
    two = 15 - (cash + e(4) + e(5)) - 1
    """,
    {"lab.One.raised": "one", "lab.One.mark_end": "P(6) + one", "lab.One.cash_end": "24.0", "lab.Two.raised": "3 + two", "lab.Two.mark_end": "P(4) + two",
     "lab.Two.rounds": "2", "lab.Two.rounds_by_choice": "2", "lab.Three.raised": "17.0", "lab.Three.rounds_by_choice": "0", "lab.Four.raised": "11.0",
     "lab.Five.raised": "8.5", "lab.Five.mark_end": "128.5", "rounds": "6"})

case("135_least_news", scenario(
    "A contract that is small beside the company moves its value by what it is worth, and no more",
    announcement(0.5, 0.0, least=0.125, half_life=1.0), lab(cash=100.0, R=1000.0), company("Cloud", 400.0, 0.3, suppliers={"Fab": 0.2}), company("Chip", 320.0, 0.6),
    company("Fab", 64.0, 0.5), link(contracts=[con("2025-02-15", 40.0, "2025-08-15", 5.0), con("2025-06-15", 80.0, "2025-08-15", 5.0)]),
    link(company="Chip", contracts=[con("2025-02-15", 40.0, "2025-08-15", 5.0)])),
    """θ = 0: every contract that is news adds η, however small. Step 1: 40 of 320 is the eighth that is asked for: Chip rises by 0.5; 40 of 400 is not: Cloud rises by what the contract is worth. Fab has
    8 of 64 of it, an eighth: 0.5. Step 5 (165 days): 80 of some 408 is more than an eighth: Cloud rises by 0.5; Fab's 16 of some 90 is, too. q = 1.""",
    """
    d1, d5 = exp(-0.04 * (0.5 + 2.5)), exp(-0.04 * (2 / 12 + 2.5))
    cloud = 400 + 0.3 * 40 * d1 + 0.3 * 80 * d5
    chip = 320 + 0.6 * 40 * d1
    fab = 64 + 0.5 * 8 * d1 + 0.5 * 16 * d5
    k = lambda n: 2 ** (-n / 12)
    """,
    {"company.Chip.value_end": "chip * exp(0.5 * k(10))", "company.Cloud.value_end": "cloud * exp(0.5 * k(6))",
     "company.Fab.fundamental_end": "fab"})

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
    lab(cash=100.0, R=12.0, g=0.6, mark=50.0, tender=6.0, round=round_(0.2, trigger=1.0, gap=0.0, step_up=1.04, sell=0.1)), company(), link(base=12.0),
    holding(name="H", cash=20.0), commitment(investor="H", lab="Lab", pre_money=90.0, tranches=[dict(due=D("2026-06-15"), amount=10.0)])),
    """Draws of its own, not kept for the engine: u = 0.1 is below 1 − e^(−6/12) = 0.393 in every step. V, V_r ← P at stage 7 of each, so the round of stage 8 would need P ≥ 1.04 P: there is none. H books 10·(P/100 − 1).""",
    """
    P = 120 * exp(0.6)
    """,
    {"rounds": "0", "lab.Lab.mark_end": "P", "holding.H.booked_gain_peak": "10 * (P / 100 - 1)", "capital.raised": "0.0"},
    draws=dict(tender={"Lab": [0.1] * 12}))

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


case("111_deferral_accepted", deferring("A lab asks for time and gets it, twice", accept=1.0, gap=0.5, most=D("2")),
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
    "Commitments ramp over their whole term",
    lab(cash=2.0, R=12.0, round=round_(0.5), commit=dict(multiple=1.0, term=0.25, lead=0.25, ramp=0.25)), company("Cloud", 500.0, 0.5), link(base=24.0, weight=1.0),
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

# ------------------------------------------------------------------------------------------------------- G: vendor credit

case("118_vendor_loan", scenario(
    "A lab that owes what it is paid",
    lab(cash=0.0, R=24.0), company("Cloud", 500.0, 0.5, 0.0, 1.2), link(base=24.0), holding(name="Fund", cash=1.0, stakes={"Cloud": 0.1}),
    vendor_credit(lent=0.5, cap=3.0, life=1.0, market_rate=0.10)),
    """Bills of 2 a step, of which f = min(1, 3 − N) is set off; N is repaid at p = 1 − e^(−1/12) a step, with interest. Capital is the rise of N above its highest value H; half of it
    (m) is `credit`, the rest has the origins of Cloud's cash, which is all `revenue`. Cloud's costs, 1 a step, are paid from its cash for the part that was set off, too. Netted: H in, cash
    bills and interest back. Network: f one way, bills, interest and principal the other. Conceded: 0.06 a year on H for a life of 1.""",
    """
    p, i = 1 - exp(-1 / 12), exp(0.04 / 12) - 1
    N = H = lent = interest = principal = 0.0
    for n in range(12):
        f = min(1.0, 3 - N)
        interest += i * N; principal += p * N; lent += f
        N = N + f - p * N
        H = max(H, N)
    back = 24 - lent + interest
    to_cloud = 24 + interest + principal
    """,
    {"capital.raised": "H", "capital.vendor_loan.credit": "H / 2", "capital.vendor_loan.revenue": "H / 2", "loan_lent": "lent", "loan_repaid": "principal",
     "paid": "24.0", "company.Cloud.lab_revenue": "24.0", "company.Cloud.uncovered_revenue": "lent / 24", "lab.Lab.effective_price": "1.0",
     "put_in.Cloud.Lab": "H", "got_back.Cloud.Lab": "back", "got_back.Fund.Lab": "0.1 * back", "share.netted": "1.0",
     "share.circular.volume": "2 * lent / (to_cloud + lent)", "lab.Lab.cash_end": "24 + lent - to_cloud", "company.Cloud.cash_end": "1.2 + to_cloud - lent - 12",
     "share.concession": "0.06", "capital.concession.loan": "0.06 * H", "financing": "H", "financing.manufactured": "H / 2", "financing.insider": "H"},
    offs="auto+", lens={"lens/L": "H", "lens/share.causal": "1.0", "lens/replacement": "0.0", "off_vendor_credit/lab.Lab.cash_end": "0.0",
                        "off_vendor_credit/loan_lent": "0.0"})

case("119_need_with_a_loan", scenario(
    "What vendors will lend lowers a round's target; a loan is capital that commits",
    lab(cash=2.0, R=12.0, round=round_(0.5, runway=0.5), commit=dict(multiple=2.0, term=5.0, lead=3.0)), company("Cloud", 500.0, 0.5), link(base=24.0, weight=1.0),
    vendor_credit(lent=0.25, cap=10.0, life=0.5), years=0.5),
    """Step 0: bill 2, 0.5 of it lent: cash 2 + 1 − 1.5. T: six steps of 2 − 1 − 0.5 + (p + i) N_{k−1}, N₀ = 0.5, less the cash 1.5; all from outside. Rises of N commit twice themselves; what
    the last step raised is announced no more.""",
    """
    p, i = 1 - exp(-1 / 12 / 0.5), exp(0.04 / 12) - 1
    N, need = [0.0, 0.5], 0.0
    for k in range(6):
        need += 2 - 1 - 0.5 + (p + i) * N[-1]
        N.append(N[-1] * (1 - p) + 0.5)
    T = need - 1.5
    """,
    {"capital.round.savings": "T", "capital.raised": "T + N[6]", "announced": "2 * (T + N[5])", "lab.Lab.mark_end": "120 + T", "loan_lent": "3.0",
     "lab.Lab.cash_end": "2 + 6 + T - 12 + N[6] - sum(i * x for x in N[:6])"})

case("120_loan_and_default", scenario(
    "A lab with a loan cannot pay: interest is written off, principal stays, the loan is cut, nobody lends for a year",
    lab(cash=1.0, R=12.0, restructure=dict(cut=0.5)), company("Cloud", 500.0, 0.5, 100.0), link(base=36.0), vendor_credit(lent=0.5, cap=100.0, life=1.0), years=1.5),
    """Step 0: bill 3, half lent, cash 0.5 left. Step 1: cash 1.5 against 1.5 + (p + i)·1.5: one fraction of all. The base is halved and half of N is lost, which comes off Cloud's F in step 2,
    without margin and log return. Steps 2 … 12: no lending; 1 a step against 1.5 + service. Step 13: a year on, lending again, at N below its highest: no capital.""",
    """
    p, i = 1 - exp(-1 / 12), exp(0.04 / 12) - 1
    cash, bill, N, H, written, paid, lent, repaid, last, F = 1.0, 3.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, None, 500.0
    for n in range(18):
        cash += 1
        barred = last is not None and n - last < 12
        f = 0.0 if barred else 0.5 * bill
        due = bill - f + (p + i) * N
        x = min(1.0, cash / due)
        cash -= x * due
        written += (1 - x) * (bill - f + i * N); paid += f + x * (bill - f); lent += f; repaid += x * p * N
        N += f - x * p * N
        H = max(H, N)
        if x < 1 - 1e-9 and not barred:
            last, bill, F, N = n, bill / 2, F - N / 2, N / 2
    """,
    {"written_off": "written", "paid": "paid", "capital.raised": "H", "loan_lent": "lent", "loan_repaid": "repaid", "unwind.time": "1 / 12", "lab.Lab.cash_end": "cash",
     "company.Cloud.fundamental_end": "F", "company.Cloud.value_end": "F"})

# ---------------------------------------------------------------------------------------- H: project debt and guarantees


def builds(title, revenue, r=0.0, cash=0.0, opex=0.0, lab_cash=0.0, years=1.0, start="2026-01-15", term=2.0, notional=100.0, ahead=0.6, margin=0.5, share=0.5,
           cloud=(0.0,), backer=None, debt=None):
    return scenario(title, lab(cash=lab_cash, R=revenue, opex=opex, restructure=dict(cut=0.5)),
                    company("Cloud", 500.0, margin, cloud[0], build_ahead=ahead, suppliers={"Chip": share}), company("Chip", 400.0, 1.0),
                    company("Backer", 1000.0, 0.5, **(backer or {})), link(contracts=[con("2025-01-15", notional, start, term)]),
                    project_debt(**(debt or {})), years=years, r=r)


case("121_guarantee_builds", builds("No revenue, a full guarantee: all that is built is `guarantee`", 0.0, r=0.04,
                                    debt=dict(advance=0.8, guarantor="Backer", guarantee=1.0, spread=0.02, recovery=0.4)),
    """5 a step are to be built ahead for a lab without revenue; Cloud has nothing and may not borrow. q = 0, so limit(0) = 0, and limit(1) = 80: all of y is `guarantee`. The
    interest cannot be paid and is added to K; it is no shortfall and does not count in `financing`. Backer bears 5·(1 − 0.4) a step, told in the next: eleven are seen. Conceded: y·0.02·the
    years to the middle of the payments, (24 − n)/12. Without the loop: nothing is built.""",
    """
    i = exp(0.04 / 12) - 1
    K = 5 * ((1 + i) ** 12 - 1) / i
    given = sum(5 * 0.02 * (24 - n) / 12 for n in range(12))
    """,
    {"financing": "60.0", "financing.manufactured": "60.0", "financing.insider": "60.0", "project_debt_peak": "K", "guarantee_calls": "0.0", "project_losses": "0.0",
     "build_shortfall": "0.0", "company.Chip.cash_end": "10 + 60", "company.Backer.fundamental_end": "1000 - 11 * 3", "company.Cloud.debt_end": "0.0",
     "capital.raised": "0.0", "capital.concession.guarantee": "given", "capital.concession": "given", "share.concession": "None"}, offs="auto+",
    lens={"off_guarantee/build_shortfall": "60.0", "off_guarantee/company.Chip.cash_end": "10.0", "off_guarantee/financing": "0.0", "lens/financing.causal": "1.0",
          "off_guarantee/company.Backer.fundamental_end": "1000.0"})

case("122_no_guarantee_needed", scenario(
    "Revenue covers the bills: nothing is `guarantee`; and debt without a guarantor",
    lab(cash=0.0, R=1000.0), company("Cloud", 500.0, 0.5, 0.0, build_ahead=0.6, suppliers={"Chip": 0.5}),
    company("Dome", 500.0, 0.5, 20.0, build_ahead=0.6, suppliers={"Chip": 0.5}), company("Chip", 400.0, 1.0), company("Backer", 1000.0, 0.5),
    link(contracts=[con("2025-01-15", 100.0, "2026-01-15", 2.0)]), link(company="Dome", contracts=[con("2025-01-15", 100.0, "2026-01-15", 2.0)]),
    project_debt(advance=0.8, guarantor="Backer", guarantee=1.0), project_debt("Dome", advance=0.5, spread=0.02), r=0.0),
    """q = 1: limit(0) = limit(g). Cloud: 5 a step, K = 60, all `savings`; the guarantor bears nothing. Dome: the limit is 50; the last 10 are its own cash, and it pays the spread,
    (e^(0.02/12) − 1) on 0, 5, …, 50, 50.""",
    """
    interest = (exp(0.02 / 12) - 1) * (5 * sum(range(11)) + 50)
    """,
    {"financing": "110.0", "financing.manufactured": "0.0", "financing.insider": "0.0", "project_debt_peak": "110.0", "company.Backer.fundamental_end": "1000.0",
     "company.Dome.cash_end": "20 - 10 - interest", "build_shortfall": "0.0", "company.Chip.cash_end": "10 + 120"})

case("123_guarantee_in_part", builds("A guarantee of a half, revenue for three tenths", 15.0, debt=dict(advance=0.8, guarantor="Backer", guarantee=0.5)),
    """q = 15·2/100. limit(½) = 80·(0.5 + 0.5·0.3) = 52, limit(0) = 24. Ten steps of 5, then 2; 8 stay unbuilt. Of origin `guarantee`: 52 − 24. Step 4's 5 take K from 20 to 25: 1 of them. Backer
    bears 0.5·0.7 of 52.""",
    "",
    {"financing": "52.0", "financing.manufactured": "28.0", "project_debt_peak": "52.0", "build_shortfall": "8.0", "company.Chip.cash_end": "62.0",
     "company.Backer.fundamental_end": "1000 - 0.35 * 52"})

case("124_guarantee_called", builds("A default calls a guarantee: cash, then borrowing, the rest is lost", 12.0, lab_cash=0.5, years=1.5, start="2025-04-15", term=1.0,
                                    notional=24.0, ahead=0.75, margin=0.4, cloud=(20.0,), backer=dict(cash=1.0, max_ltv=0.004),
                                    debt=dict(advance=1.0, guarantor="Backer", guarantee=0.5, recovery=0.2)),
    """Built: 6 in each of steps 0, 1, 2; q = 12/24, limit(½) = 18, limit(0) = 12: the last 6 are `guarantee`. Backer bears 0.5·6·0.5·0.8 = 1.2 three times. Bills of 2 from step 3; principal 1.5
    with each. Step 6: 1.5 against 2. K is 12 then, the rest after the cut 8, q before it 12/16: the limit 7; 5 leave. 1 comes back, 2 are called: Backer has 1 and may borrow 0.004 M − 0.5·7. What
    it pays is below its provision of 3.6: F moves no more. Bills of 1 until step 14, K is repaid.""",
    """
    M = 1000 - 3.6
    paid_call = 1 + 0.004 * M - 3.5
    """,
    {"financing": "18.0", "financing.manufactured": "6.0", "project_debt_peak": "18.0", "written_off": "0.5", "guarantee_calls": "paid_call", "project_losses": "4 - paid_call",
     "lender_losses": "0.0", "company.Backer.fundamental_end": "M", "company.Backer.debt_end": "0.004 * M - 3.5", "company.Backer.cash_end": "0.0",
     "company.Cloud.cash_end": "20 + 15.5 * 0.9 - 6 - 7", "company.Chip.cash_end": "28.0"})

case("125_call_beyond_provision", builds("A call beyond what was provided for; principal is due when the bill was not paid", 24.0, opex=24.0, lab_cash=7.0, years=1.5,
                                         start="2025-04-15", term=1.0, notional=24.0, ahead=0.75, margin=0.4, cloud=(20.0,), backer=dict(cash=1.0, max_ltv=0.01),
                                         debt=dict(advance=1.0, guarantor="Backer", guarantee=0.5, recovery=0.2)),
    """Revenue would cover the bills (q = 1), opex eats it: step 6 pays 1 of 2. No provision, nothing of origin `guarantee`. After the cut 8: 12 − 8 = 4 leave, 0.8 come back, 1.6 are called and
    paid (1 cash, 0.6 borrowed), 1.6 lost to lenders. Backer's F falls by 1.6 in step 7. From then on the lab pays nothing; Cloud repays 1 with each scheduled bill of 1, from its own cash.""",
    "",
    {"written_off": "1 + 8.0", "guarantee_calls": "1.6", "project_losses": "1.6", "company.Backer.fundamental_end": "998.4", "company.Backer.debt_end": "0.6",
     "company.Cloud.cash_end": "20 + 7 * 0.9 - 6 - 8", "financing.manufactured": "0.0"})

case("126_contract_over", builds("The contract is over and the debt is not", 1000.0, years=1.5, start="2025-04-15", term=1.0, notional=24.0, ahead=0.75, margin=0.1, share=0.4,
                                 backer=dict(cash=100.0), debt=dict(advance=1.0, guarantor="Backer", guarantee=1.0, recovery=0.5)),
    """Cloud gets 2 a step, has costs of 1 (pass-through is wholly cut by what was built ahead, 18) and owes K·2/Rem: one sum, short paid pro rata. What is short of principal stays in K; of
    the costs it is shortfall. Step 15, Rem = 0: K is due, Cloud has nothing: E = K, half comes back, half is called and paid; no provision (q = 1).""",
    """
    K, short = 18.0, 0.0
    for k in range(12):
        principal = K * 2 / (24 - 2 * k)
        x = 2 / (1 + principal)
        K -= x * principal
        short += 1 - x
    """,
    {"build_shortfall": "short", "guarantee_calls": "K / 2", "project_losses": "0.0", "company.Backer.cash_end": "100 - K / 2", "company.Backer.fundamental_end": "1000 - K / 2",
     "company.Cloud.cash_end": "0.0", "financing": "18.0"})

# ----------------------------------------------------------------------------------------------------- J, News, I, neutral

case("127_rates", scenario(
    "Interest per debtor, and debt that stands at the start",
    lab(cash=100.0, R=12.0), company("Cloud", 500.0, 0.4, 10.0, build_ahead=0.1, suppliers={"B": 0.2}, rate=0.06),
    company("A", 500.0, 0.5, 0.0, debt=50.0, rate=0.06), company("B", 500.0, 0.5, 0.0, debt=20.0),
    company("C", 500.0, 0.5, 10.0, debt=50.0, rate=0.06),
    link(contracts=[con(BEFORE, 24.0, OPEN, 1.0)]), project_debt(advance=1.0, guarantor="C", guarantee=0.5, spread=0.02, opening=12.0),
    person(name="Ann", stake={"A": 0.4}, loan=5.0, max_ltv=0.1, call_ltv=0.5, rate=0.02), holding(name="H", cash=0.0, debt=10.0, rate=0.08)),
    """A pays 6%, B `market.rate`, the person 2%, the holding 8%. C pays from its cash. Cloud's project debt of 12 falls by 1 with each of twelve bills and bears 0.06 + 0.5·0.02; nothing is
    built ahead in the run (announced the step before its start). B gets 0.2 of each bill, its costs are 0.5 of it; it has cash for its own interest, paid before any is added.""",
    """
    i = exp(0.07 / 12) - 1
    interest = i * sum(range(1, 13))
    c = exp(0.04 / 12) - 1
    """,
    {"company.A.debt_end": "50 * exp(0.06)", "company.B.debt_end": "20.0", "company.B.cash_end": "2.4 - 12 * 20 * c", "company.C.cash_end": "10 - 12 * 50 * (exp(0.06 / 12) - 1)",
     "person.Ann.loan_end": "5 * exp(0.02)", "holding.H.debt_end": "10 * exp(0.08)", "company.Cloud.cash_end": "10 + 24 * 0.4 - 12 - interest",
     "project_debt_peak": "11.0", "financing": "0.0"})

case("128_news_of_one_step", scenario(
    "An announcement, a restructuring, a deferral and a lost loan in one step",
    announcement(0.5, 0.8), lab("One", 0.0, 12.0, restructure=dict(cut=0.5)), lab("Two", 0.5, 18.0, defer=dict(runway=0.5, deferred=0.5, delay=0.25, accept=1.0)),
    lab("Three", 100.0, 600.0), company("Cloud", 500.0, 0.3, 10.0, suppliers={"Chip": 0.4}), company("Chip", 300.0, 0.6),
    link("One", contracts=[con(BEFORE, 48.0, OPEN, 2.0)]), link("Two", contracts=[con(BEFORE, 48.0, OPEN, 2.0)]),
    link("Three", contracts=[con("2025-02-15", 60.0, "2025-08-15", 2.0)]), vendor_credit(lab="One", lent=0.25, cap=10.0, life=1.0), years=1 / 6),
    """Step 0: One pays 1 of 1.5 (0.5 is lent), restructures: D_cut = 23, q = 12·2/46; half of the loan of 0.5 is lost. Two has 0 left and a need of 3: 3 are deferred, from steps 1…3 to 24…26: 23
    steps. Step 1: Three announces 60 with six steps of lead. One v, two powers for a, one M. Chip sees 0.4 of the first three, not of the loan.""",
    """
    q1, q2 = 24 / 46, 18 * 2 / 46
    w = 60 * exp(-0.04 * (0.5 + 1)) - 23 * q1 - 3 * q2 * (1 - exp(-0.04 * 23 / 12))
    F = 500 + 0.3 * w - 0.25
    a = 0.5 * (60 / 500) ** 0.8 - 0.5 * (23 / 500) ** 0.8
    G = 300 + 0.6 * 0.4 * w
    b = 0.5 * (24 / 300) ** 0.8 - 0.5 * (9.2 / 300) ** 0.8
    """,
    {"company.Cloud.fundamental_end": "F", "company.Cloud.value_end": "F * exp(a)", "company.Chip.value_end": "G * exp(b)", "deferred": "3.0", "distress.time": "0.0"})

case("129_bound_of_the_sum", scenario(
    "A loss above nine tenths of a company's value is not carried over",
    lab(cash=1.0, R=1.2, restructure=dict(cut=0.5)), company("Cloud", 5.0, 0.5, 100.0), link(base=120.0), vendor_credit(lent=1.0, cap=100.0, life=10.0), r=0.0),
    """Bills of 10 are lent in full. Step 1: 0.1 p·10 … of service can be paid from 1.2: step by step until cash is short; then half of N is lost, far above 0.9·5: F falls to 0.5, and never again.""",
    """
    p = 1 - exp(-1 / 120)
    cash, N, n = 1.0, 0.0, 0
    while True:
        cash += 0.1
        if p * N > cash:
            break
        cash -= p * N
        N += 10 - p * N
        n += 1
    """,
    {"company.Cloud.fundamental_end": "0.5", "company.Cloud.value_end": "0.5", "unwind.time": "n / 12", "capital.raised": "N + 10 - cash"})

FACTOR = [0.5, -1.0, 0.25, 1.5, -0.5, 0.0, 2.0, -1.25, 0.75, 0.1, -0.3, 0.6]
case("130_factor_and_draws", scenario(
    "One factor per lab; tender and deferral on draws",
    lab(cash=100.0, R=12.0, mark=50.0, tender=6.0, round=round_(0.2, trigger=1.0), factor_volatility=0.3),
    lab("Two", 2.5, 18.0, defer=dict(runway=0.5, deferred=0.5, delay=0.25, accept=0.5, gap=0.25)), company("A", 500.0, beta=dict(market=1.0, sector=1.0, labs={"Lab": 0.5})),
    company("B", 500.0), link(company="A", base=12.0), link("Two", "B", contracts=[con(BEFORE, 48.0, OPEN, 2.0)])),
    """Draws of its own, not kept for the engine. f moves by 0.3 √Δ z − 0.09 Δ/2, A's F by half the shock. A tender comes where u < 1 − e^(−6/12) = 0.393: last in step 8. Two asks when cash is
    below 3, at once: step 0: u = 0.5 is refused (not below 0.5), step 3: 0.49 accepted.""",
    """
    z, d = draws["factor"]["Lab"], 1 / 12
    f = sum(0.3 * sqrt(d) * x - 0.045 * d for x in z[:9])
    F = 500 * exp(sum(0.15 * sqrt(d) * x - 0.25 * 0.09 * d / 2 for x in z))
    """,
    {"lab.Lab.mark_end": "120 * exp(f)", "company.A.fundamental_end": "F", "company.B.fundamental_end": "500 - 0.5 * 3 * min(1, 36 / 40) * (1 - exp(-0.04 * 20 / 12))",
     "deferrals": "1", "distress.time": "3 / 12"},
    draws=dict(factor={"Lab": FACTOR}, tender={"Lab": [0.9, 0.2, 0.5, 0.4, 0.7, 0.39, 0.6, 0.9, 0.3, 0.5, 0.4, 0.8]}, deferral={"Two": [0.5, 0.1, 0.1, 0.49] + [0.1] * 8}))

case("133_concession", scenario(
    "What was given away: credits, a warrant, a cheap loan",
    lab(cash=4.0, R=12.0, round=round_(0.02)), company("Cloud", 500.0, 0.4, 10.0), company("Chip", 200.0, 0.6, 10.0, premium=0.1, half_life=1000.0),
    link(base=12.0), link(company="Chip", base=24.0), vendor(ratio=0.8, credits=0.25), warrant(company="Chip", lab="Lab", tranches=[dict(fraction=0.01, milestone=1.5, price=0.5)]),
    vendor_credit("Chip", lent=0.5, cap=5.0, life=2.0, rate=0.0, market_rate=0.05), years=1 / 12),
    """One step: bills 1 and 2, 1 of which Chip lends (N = 1, no interest): cash 4 + 1 − 2 = 3. The warrant: proceeds 0.01 M, cash 3 + 0.01 M. The need over a year (24 less the lending) is above what is offered,
    3.2: 0.02·120 outside, Cloud 0.8·1, a quarter in credits: all taken. Conceded: 0.4 of the credits, the warrant whole, 1·0.05·2 of the loan; equity none (ε = 0).""",
    """
    M = 200 * exp(-0.1) * exp(0.1 * 2 ** (-1 / 12000))
    raised = 2.4 + 0.8
    """,
    {"capital.concession.credit": "0.4 * 0.2", "capital.concession.warrant": "0.01 * M", "capital.concession.loan": "0.1", "capital.concession.equity": "0.0",
     "capital.raised": "raised + 0.01 * M + 1", "share.concession": "(0.08 + 0.01 * M + 0.1) / (raised + 0.01 * M + 1)",
     "share.insider": "(0.8 + 0.01 * M + 1) / (raised + 0.01 * M + 1)"}, offs="auto+", lens={"lens/L": "0.8 + 0.01 * M + 1"})

# -------------------------------------------------------------------------------------------------------- many at once


def web(title, years=3.0, spy=12, new=True, neutral=False, **g):
    """Two labs, six companies, a person, two holdings, no randomness. `new`: the second edition's keys; `neutral`: at values at
    which they do nothing."""
    def keys(on, off=None):
        return (off or {}) if neutral else on if new else {}

    noisy = g.get("noisy", False)
    openai = dict(
        revenue=dict(growth_end=0.15, half_life=1.5, **(dict(volatility=0.25) if noisy else {})), opex_growth=0.3, mark=500.0,
        round=dict(trigger=1.0, gap=0.5, runway=1.5, multiple=[35.0, 22.0, 10.0], appetite=g.get("appetite", [0.04, 0.02, 0.004]), spillover=0.5,
                   **keys(dict(step_up=g.get("step_up", 1.4), sell=0.06, cash_target=g.get("H", 2.0), last=D("2025-04-01"), price_elasticity=g.get("ε", 5.0), price_floor=g.get("floor", 0.8),
                               oversubscribed=g.get("o", 0.5), endorsement=g.get("z", 0.15), endorsement_reference=0.1),
                          dict(price_elasticity=0.0, oversubscribed=0.0))),
        commit=dict(multiple=g.get("commit", 2.0), term=5.0, lead=1.0, tie=1.0, **keys(dict(ramp=1.0), dict(ramp=0.0))), restructure=dict(cut=0.5),
        **keys(dict(tender=g.get("tender", 0.0), factor_volatility=0.2 if noisy else 0.0, remarks=[dict(on=D("2026-03-01"), post_money=850.0), dict(on=D("2026-09-20"), post_money=600.0)],
                    defer=dict(runway=0.5, deferred=0.4, delay=1.0, accept=g.get("accept", 1.0), gap=0.75, most=D("2"))),
               dict(tender=0.0, factor_volatility=0.0, defer=dict(runway=0.5, deferred=0.4, delay=1.0, accept=0.0))))
    anthropic = dict(
        revenue=dict(growth_end=0.2, half_life=1.2, **(dict(volatility=0.3) if noisy else {})), opex_growth=0.25, mark=183.0,
        round=dict(trigger=0.8, gap=0.25, runway=1.25, multiple=[30.0, 20.0, 9.0], appetite=[0.05, 0.03, 0.006], spillover=0.3,
                   **keys(dict(step_up=1.8, sell=0.07, price_elasticity=3.0, price_floor=0.9, oversubscribed=1.0))),
        commit=dict(multiple=1.5, term=3.3, lead=0.4, tie=0.5, **keys(dict(ramp=0.6))), restructure=dict(cut=0.4),
        **keys(dict(tender=g.get("tender", 0.0), factor_volatility=0.15 if noisy else 0.0, listing=dict(earliest=D(g.get("lists", "2026-10-01")), revenue=g.get("lists_at", 8.0), sell=0.05, depth=2.5),
                    defer=dict(runway=0.4, deferred=0.3, delay=0.5, accept=g.get("accept", 1.0)))))
    nought = dict(rate=0.045)
    companies = [
        company("Oracle", 678.0, 0.30, g.get("oracle_cash", 11.0), 8.0, premium=0.15, drift=0.06, cash_floor=5.0, debt=90.0, max_ltv=g.get("oracle_ltv", 0.15),
                build_ahead=g.get("ahead", 0.3), elasticity=0.5, half_life=0.75, suppliers={"NVIDIA": 0.4, "AMD": 0.1}, payout=0.1,
                lab_stakes={"OpenAI": dict(stake=0.01, cost=2.0)}, **keys(dict(rate=0.06), nought)),
        company("Amazon", 2300.0, 0.35, 60.0, 40.0, drift=0.05, cash_floor=30.0, max_ltv=0.1, suppliers={"NVIDIA": 0.35}, build_ahead=0.05, payout=0.3),
        company("CoreWeave", 60.0, 0.25, 1.0, 0.5, cash_floor=0.5, debt=8.0, max_ltv=0.2, build_ahead=0.4, suppliers={"NVIDIA": 0.5}, **keys(dict(rate=0.09), nought)),
        company("NVIDIA", 4100.0, 0.75, g.get("nvidia_cash", 56.0), 90.0, cash_floor=20.0, payout=0.5, max_ltv=0.002, suppliers={"AMD": 0.02}),
        company("AMD", 265.0, 0.50, 6.0, 5.0, cash_floor=1.0, premium=0.05),
        company("Far", 900.0, 0.4, 30.0, 3.0, cash_floor=2.0)]
    owners = [person(name="Ellison", stake={"Oracle": 0.41}, loan=20.0, max_ltv=0.10, call_ltv=0.20, invests={"OpenAI": 0.5}, **keys(dict(rate=0.05), nought)),
              holding(name="SoftBank", cash=25.0, cash_floor=10.0, debt=38.0, max_ltv=0.25, call_ltv=0.35, stakes={"NVIDIA": 0.0013, "Oracle": 0.01}, other_assets=120.0,
                      lab_stakes={"OpenAI": dict(stake=0.02, cost=10.0)}, invests={"OpenAI": 0.1}, **keys(dict(rate=0.07), nought)),
              holding(name="MGX", cash=5.0, cash_floor=1.0, debt=2.0, max_ltv=0.3, call_ltv=0.5, stakes={"AMD": 0.05, "Amazon": 0.001}, other_assets=20.0,
                      invests={"Anthropic": 0.4, "OpenAI": 0.2}, funding=["borrow", "sell", "cash"])]
    if noisy:
        for c, σ, labs in zip(companies, (0.28, 0.25, 0.6, 0.3, 0.45, 0.2), ({"OpenAI": 0.6}, {"Anthropic": 0.3}, {"OpenAI": 0.5, "Anthropic": 0.2}, None, None, None)):
            c[1]["volatility"] = σ
            if labs:
                c[1]["beta"] = dict(market=1.0, sector=0.8, labs=labs)
    mood = dict(rates=((0, 0.5, 0.2), (0.5, 0, 0.5), (0.1, 0.6, 0))) if noisy else {}
    ramp = lambda years, tied=0.0: keys(dict(ramp=years, **(dict(tied=tied, tied_to="vendor_equity") if tied else {})), dict(ramp=0.0))
    links = [link("OpenAI", "Oracle", base=2.0, weight=0.5, contracts=[con("2025-09-10", g.get("oracle", 120.0), "2026-12-01", 5.0, **ramp(1.5)),
                                                                     con("2024-07-01", 20.0, "2025-01-15", 3.0)]),
             link("OpenAI", "CoreWeave", weight=0.1, contracts=[con("2025-10-06", 22.0, "2026-06-01", 4.0, **ramp(0.5))]),
             link("OpenAI", "NVIDIA", base=g.get("nvidia_base", 3.0), weight=0.2, contracts=[con("2025-09-22", 20.0, "2026-03-01", 3.0, **ramp(0.0, 0.5))]),
             link("OpenAI", "AMD", weight=0.2, contracts=[con("2025-10-06", 30.0, "2026-10-01", 5.0)]),
             link("Anthropic", "Amazon", base=3.0, weight=1.0), link("Anthropic", "NVIDIA", base=0.5, weight=0.5, contracts=[con("2025-11-03", 30.0, "2026-05-01", 2.77, **ramp(1.0))]),
             link("Anthropic", "CoreWeave", weight=0.3, contracts=[con("2026-02-01", 8.0, "2026-11-01", 3.0)])]
    late = [dict(due=D("2026-02-15"), amount=4.0)] + ([dict(when="listing", amount=5.0)] if new and not neutral else [])
    deals = [vendor("NVIDIA", "OpenAI", 0.25, reciprocal=0.05), vendor("AMD", "OpenAI", 0.3, credits=0.4), vendor("Amazon", "Anthropic", 0.4, credits=0.5, reciprocal=0.03),
             commitment(investor="NVIDIA", lab="OpenAI", pre_money=490.0, credits=0.2, tranches=[
                 dict(due=D("2025-10-15"), amount=5.0), dict(due=D("2026-06-30"), amount=5.0, needs=dict(company="NVIDIA", paid=3.0))]),
             commitment(investor="SoftBank", lab="OpenAI", pre_money=260.0, tranches=[
                 dict(due=D("2025-04-15"), amount=10.0), dict(due=D("2025-12-22"), amount=12.5), dict(due=D("2026-06-30"), amount=7.5)]),
             commitment(investor="MGX", lab="Anthropic", pre_money=170.0, tranches=late),
             commitment(investor="Far", lab="Anthropic", pre_money=340.0, tranches=[dict(due=D("2026-01-15"), amount=g.get("far", 6.0))],
                        **keys(dict(marked=D("2026-01-05")))),
             warrant(company="AMD", lab="OpenAI", tranches=[dict(fraction=0.02, milestone=0.5, price=1.0), dict(fraction=0.02, milestone=3.0, price=1.1)])]
    if neutral:
        deals += [vendor_credit("NVIDIA", "OpenAI", lent=0.0, cap=30.0, life=3.0), project_debt("Oracle", "OpenAI", advance=0.0)]
    elif new:
        deals += [vendor_credit("NVIDIA", "OpenAI", lent=g.get("lent", 0.6), cap=g.get("cap", 6.0), life=2.0, rate=0.05, market_rate=0.11),
                  vendor_credit("Amazon", "Anthropic", lent=0.2, cap=4.0, life=1.5),
                  project_debt("Oracle", "OpenAI", advance=0.6, guarantor="NVIDIA", guarantee=g.get("g", 0.5), spread=0.03, recovery=0.3),
                  project_debt("CoreWeave", "OpenAI", advance=0.8, guarantor="NVIDIA", guarantee=g.get("g", 0.5), spread=0.02, recovery=0.2),
                  project_debt("CoreWeave", "Anthropic", advance=0.7, spread=0.025)]
    return scenario(title, announcement(0.45, 0.7, 0.5 if noisy else 0.0, half_life=0.75, impact=1.0),
                    sentiment(g.get("initial", "hype"), (1.0, 0.4, -0.5), sensitivity=2.0, reference=0.3, half_life=0.5, **mood),
                    lab("OpenAI", g.get("openai_cash", 10.0), g.get("R", 13.0), g.get("growth", 0.65), opex=g.get("opex", 14.0), **openai),
                    lab("Anthropic", 8.0, g.get("A", 5.0), 0.9, opex=g.get("A_opex", 6.0), **anthropic),
                    *companies, *owners, *links, *deals, years=years, spy=spy, start="2025-09-08", r=0.045, **(dict(σ_m=0.16, σ_s=0.2) if noisy else {}))


case("131_neutral", web("New keys at values at which they do nothing", neutral=True),
     """A scenario with every mechanism of the first edition; ε = o = 0, accept = 0, tender 0, factor 0, ramps 0, λ = 0, advance 0, rates of `market.rate`. Compared with the same file without these keys:
     every measure equal to the bit.""",
     "", {"lab.OpenAI.rounds_by_choice": "0", "lab.OpenAI.discount": "0.0", "deferrals": "0", "loan_lent": "0.0", "project_debt_peak": "0.0", "financing": "m['capital.raised']"},
     same_as=web("New keys at values at which they do nothing", new=False))
case("132_neutral_in_default", web("The same with labs that cannot pay", neutral=True, opex=20.0, appetite=[0.01, 0.005, 0.001], oracle=300.0, initial="neutral"),
     """As 131, with restructurings, margin calls and credits.""", "", {"unwind": "1", "distress": "1", "deferred": "0.0"},
     same_as=web("The same with labs that cannot pay", new=False, opex=20.0, appetite=[0.01, 0.005, 0.001], oracle=300.0, initial="neutral"))


def many(name, text, intro, **kw):
    """Several mechanisms at once: what can be said by hand are sums and the path of revenue."""
    g = kw
    N, spy = int(g.get("years", 3.0) * g.get("spy", 12)), g.get("spy", 12)
    case(name, text, intro + f""" {N} steps. No hand derivation of the whole. By hand: the labs' revenue (5.1, no shocks); what each announced = the file's contracts + λ × what it raised before the
    last step; capital by source adds up, also by what insiders brought; `financing` is not below the capital.""", f"""
    d, N = 1 / {spy}, {N}
    def revenue(R, g0, g1, h):
        return R * exp(sum(g1 + (g0 - g1) * 2 ** (-n * d / h) for n in range(N)) * d)
    RO = revenue({g.get('R', 13.0)}, {g.get('growth', 0.65)}, 0.15, 1.5)
    RA = revenue({g.get('A', 5.0)}, 0.9, 0.2, 1.2)
    """, {"lab.OpenAI.revenue_end": "RO", "lab.Anthropic.revenue_end": "RA",
          "capital.raised": "sum(m['capital.from.' + k] for k in ('outside', 'company', 'person', 'holding'))",
          "capital.insider": "m['capital.raised'] - m['capital.from.outside']", "capital.stranger": "m['put_in.Far.Anthropic']",
          "capital.concession": "sum(m['capital.concession.' + k] for k in ('credit', 'warrant', 'equity', 'loan', 'guarantee'))"},
         offs="auto+", lens={"lens/G_on": "m['capital.raised']", "off_guarantee/financing.manufactured": "off['guarantee']['capital.manufactured']"})


for name, title, intro, g in (
        ("140_web_calm", "Rounds by choice, a listing, loans and guarantees, nobody in distress", "Labs that grow.", dict(R=20.0, A=8.0, oracle=80.0, commit=1.2, spy=12)),
        ("141_web_stress", "A lab that is refused time, defaults, and calls guarantees", "Little appetite, high costs, weekly steps.",
         dict(opex=26.0, R=10.0, growth=0.3, appetite=[0.004, 0.002, 0.001], oracle=300.0, accept=0.0, nvidia_cash=21.0, spy=52, nvidia_base=6.0)),
        ("142_web_time_bought", "A lab gets time, then cannot pay", "Months, deferrals accepted, full guarantees, from neutral.",
         dict(opex=22.0, R=10.0, growth=0.3, appetite=[0.006, 0.003, 0.001], oracle=300.0, nvidia_base=6.0, years=3.5, initial="neutral", g=1.0)),
        ("143_web_suspicion", "The listing waits for a better mood, a floor that binds, a cheque that puts off", "Suspicion from the start: no listing in it.",
         dict(step_up=1.02, initial="suspicion", lists_at=12.0, floor=0.97, z=-0.1, o=0.0, growth=0.9, opex=12.0)),
        ("144_web_long", "Six years, small caps, a weak tenant", "Loans at their cap, project debt repaid.", dict(
            years=6.0, cap=2.0, lent=0.9, g=0.8, R=9.0, growth=0.3, opex=12.0, appetite=[0.01, 0.005, 0.001], oracle=150.0, commit=0.8, oracle_cash=3.0, oracle_ltv=0.13)),
        ("145_web_daily", "A quarter of days", "252 steps a year.", dict(years=0.25, spy=252, lists="2025-10-20", lists_at=5.5, opex=16.0))):
    many(name, web(title, **g), intro, **g)


def noisy(name, seed, **g):
    """The same with random numbers, this program's own: the engine's runs are followed with `make_cases.py --draws`."""
    rnd = random.Random(seed)
    N = int(g.get("years", 3.0) * g.get("spy", 12))
    z = lambda: [round(rnd.gauss(0, 1), 6) for _ in range(N)]
    u = lambda: [round(rnd.random(), 6) for _ in range(N)]
    labs, companies = ("OpenAI", "Anthropic"), ("Oracle", "Amazon", "CoreWeave", "NVIDIA", "AMD", "Far")
    draws = dict(z_market=z(), z_sector=z(), z_company={c: z() for c in companies}, z_lab={l: z() for l in labs}, z_announcement={c: z() for c in companies}, u_sentiment=u(),
                 tender={l: u() for l in labs}, deferral={l: u() for l in labs}, factor={l: z() for l in labs})
    case(name, web(name.split("_", 1)[1], noisy=True, **g), f"""Everything with random numbers (Python's random, seed {seed}), {N} steps. By hand: capital and what was conceded
    by source add up.""", "",
         {"capital.raised": "sum(m['capital.from.' + k] for k in ('outside', 'company', 'person', 'holding'))",
          "capital.concession": "sum(m['capital.concession.' + k] for k in ('credit', 'warrant', 'equity', 'loan', 'guarantee'))"}, draws=draws, offs="all")


noisy("190_web_noise", 20260101, spy=52, tender=1.5, accept=0.5, opex=16.0)
noisy("191_web_noise_stress", 77, spy=12, years=5.0, tender=0.5, accept=0.6, opex=22.0, R=10.0, growth=0.4, appetite=[0.01, 0.005, 0.002], oracle=200.0, initial="neutral", g=0.7, nvidia_cash=21.0)
