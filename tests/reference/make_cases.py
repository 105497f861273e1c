#!/usr/bin/env python3
"""Writes cases/NN_name.{toml,json,md,off_*.json,...}, the first edition's cases, and cases2/ from second_edition.py. How a
case is written and checked: casefile.py. A disagreement between program and derivation stops the script."""
import random
import sys

from casefile import (Cases, D, announcement, commitment, company, con, holding, lab, link, person, scenario, sentiment,
                      vendor, warrant)
from reference import circular_volume_share

FIRST = Cases("cases", added_names=False)
case = FIRST.case

ROUND0 = dict(trigger=10.0, gap=5.0, runway=10.0, multiple=[10.0, 10.0, 10.0], appetite=[0.0, 0.0, 0.0])
# one round at step 0 and never again; T is large


case("01_market_premium", scenario(
    "Market drift and premium half-life",
    lab(), company("A", 500.0, drift=0.06, premium=0.3, half_life=0.75),
    company("B", 100.0, drift=-0.03, premium=-0.2), link(company="A", base=0.0), years=2.0),
    """5.1 with all normals 0 and volatility 0. Stage 1 runs in every step, step 0 included, so 24 times. B has the default
    half-life of 1 year. A's premium is highest at the first record (after one decay); B's (negative) at the last.""",
    """
    F = 500 * exp(-0.3) * exp(0.06 * 2)                     # 24 steps of 0.06/12
    x = 0.3 * 2 ** (-2 / 0.75)
    value = F * exp(x)
    F0, x0 = 500 * exp(-0.3) * exp(0.06 / 12), 0.3 * 2 ** (-1 / 12 / 0.75)
    peak = F0 * (exp(x0) - 1)                               # state at stage 9 of step 0
    FB, xB = 100 * exp(0.2) * exp(-0.06), -0.2 * 2 ** (-2)
    """,
    {"company.A.fundamental_end": "F", "company.A.value_end": "value", "company.A.premium_peak": "peak",
     "company.A.premium_end": "value - F", "company.B.value_end": "FB * exp(xB)",
     "company.B.premium_peak": "FB * (exp(xB) - 1)"})

case("02_growth_fade", scenario(
    "Growth fades; opex grows",
    lab("Fading", 5.0, 10.0, 0.6, revenue=dict(growth_end=0.1, half_life=1.5)),
    lab("Steady", 50.0, 4.0, 0.2, opex=6.0, opex_growth=0.3), company(), years=3.0),
    """5.1: t = nΔ, so the first step grows at g_start. 5.5: opex at t = nΔ, so the first is not yet grown, whereas R has
    grown by one step when it is first received (stage 1 before stage 4).""",
    """
    N, d = 36, 1 / 12
    q = 2 ** (-d / 1.5)
    R = 10 * exp(d * (0.1 * N + 0.5 * (1 - q ** N) / (1 - q)))      # sum of g(n d), a geometric series
    e, o = exp(0.2 * d), exp(0.3 * d)
    cash = 50 + 4 * d * e * (e ** N - 1) / (e - 1) - 6 * d * (o ** N - 1) / (o - 1)
    """,
    {"lab.Fading.revenue_end": "R", "lab.Steady.revenue_end": "4 * exp(0.6)", "lab.Steady.cash_end": "cash"})

case("03_announcement_full_cover", scenario(
    "An announcement that revenue covers (q = 1)",
    announcement(0.4, 0.7, half_life=0.75), lab(cash=100.0, R=1000.0),
    company("Cloud", 600.0, 0.3, elasticity=0.5),
    link(contracts=[con("2025-03-15", 300.0, "2026-03-15", 5.0)]), years=2.0),
    """2025-03-15 is 73 days in: step floor(73/365.25·12) = 2. 2026-03-15: 438 days, step 14. So lead = 12 steps = 1 year,
    term 60 steps. q = min(1, 1000·5/300) = 1. The company's own elasticity (0.5) overrides. Paid: steps 14…23, ten bills
    of 300/60.""",
    """
    v = 0.3 * 300 * exp(-0.04 * (1 + 2.5))
    a = 0.5 * (300 / 600) ** 0.7
    F = 600 + v
    peak = F * exp(a) - F                                   # x was 0, so M' = (600 + v) e^a, x' = a
    x = a * 2 ** (-(21 / 12) / 0.75)                        # decays in steps 3..23
    """,
    {"company.Cloud.fundamental_end": "F", "company.Cloud.premium_peak": "peak", "company.Cloud.value_end": "F * exp(x)",
     "paid": "10 * 5.0", "announced": "300.0"})

case("04_announcement_partial_cover", scenario(
    "Cover below one: B counts everything still to pay",
    announcement(0.4, 1.0), lab(cash=100.0, R=20.0), company("Cloud", 400.0, 0.3), company("Chip", 300.0, 0.6),
    link(contracts=[con("2024-06-15", 48.0, "2024-07-01", 4.0), con("2025-02-15", 100.0, "2025-08-15", 5.0)]),
    link(company="Chip", contracts=[con("2025-02-15", 60.0, "2025-02-15", 3.0)])),
    """The old contract: 2024-07-01 is −184 days: step floor(−6.045) = −7; 48 bills of 1, in steps −7…40; no jump; the seven
    before the start are gone. At step 1 (2025-02-15, 45 days) remain steps 1…40 (this step's bill not yet paid): 40.
    B = 40 + 100 + 60 = 200, all companies' announcements of the step included. q takes each contract's own τ:
    Cloud 20·5/200 = 0.5, Chip 20·3/200 = 0.3. Cloud's lead: step 7 − 1 = 6 steps; Chip's lead 0.""",
    """
    vC = 0.3 * 100 * 0.5 * exp(-0.04 * (0.5 + 2.5))
    vK = 0.6 * 60 * 0.3 * exp(-0.04 * (0 + 1.5))
    FC, FK = 400 + vC, 300 + vK
    xC, xK = 0.4 * 100 / 400 * 2 ** (-10 / 12), 0.4 * 60 / 300 * 2 ** (-10 / 12)     # steps 2..11
    paid = 12 * 1 + 11 * 60 / 36 + 5 * 100 / 60
    """,
    {"company.Cloud.value_end": "FC * exp(xC)", "company.Chip.value_end": "FK * exp(xK)",
     "company.Chip.fundamental_end": "FK", "paid": "paid", "announced": "160.0"})

case("05_supplier_pass_through", scenario(
    "The supplier is moved too, one level, D adds",
    announcement(0.5, 0.8, half_life=1.0), sentiment("neutral", (1.0, 0.4, -0.5)), lab(cash=1000.0, R=500.0),
    company("Cloud", 400.0, 0.3, suppliers={"Chip": 0.5}), company("Chip", 1000.0, 0.7, suppliers={"Fab": 0.2}),
    company("Fab", 100.0, 0.5),
    link(contracts=[con("2025-01-15", 200.0, "2025-07-15", 2.0)]),
    link(company="Chip", contracts=[con("2025-01-15", 50.0, "2025-04-15", 2.0)])),
    """Step 0, ρ(neutral) = 0.4. Chip sees 0.5·200 through Cloud plus 50 direct: D = 150 before a is taken; its v is 0.7 of
    both, each discounted with its own lead (0.5 and 0.25 years). Fab gets one level only: through Chip's direct 50, 0.2·50 =
    10; nothing from Cloud's 200. q = 1 (500·2/250 > 1).""",
    """
    w1, w2 = 200 * exp(-0.04 * (0.5 + 1)), 50 * exp(-0.04 * (0.25 + 1))
    Fcloud = 400 + 0.3 * w1
    Fchip = 1000 + 0.7 * (0.5 * w1 + w2)
    Ffab = 100 + 0.5 * 0.2 * w2
    achip = 0.4 * 0.5 * (150 / 1000) ** 0.8
    afab = 0.4 * 0.5 * (10 / 100) ** 0.8
    acloud = 0.4 * 0.5 * (200 / 400) ** 0.8
    k = 2 ** (-11 / 12)
    """,
    {"company.Cloud.value_end": "Fcloud * exp(acloud * k)", "company.Chip.value_end": "Fchip * exp(achip * k)",
     "company.Fab.value_end": "Ffab * exp(afab * k)", "company.Chip.premium_peak": "Fchip * (exp(achip) - 1)"})

case("06_two_labs_one_day", scenario(
    "Two labs announce for one company on one day",
    announcement(0.6, 0.5), lab("One", 100.0, 10.0), lab("Two", 100.0, 50.0), company("Cloud", 250.0, 0.4),
    link("One", contracts=[con("2025-06-15", 100.0, "2025-12-15", 5.0)]),
    link("Two", contracts=[con("2025-06-15", 60.0, "2025-12-15", 3.0)])),
    """D adds before the power: a = 0.6·(160/250)^0.5, not the sum of two roots. Covers differ: One 10·5/100 = 0.5,
    Two min(1, 50·3/60) = 1. Step 5 (165 days); lead 6 steps.""",
    """
    v = 0.4 * (100 * 0.5 * exp(-0.04 * 3.0) + 60 * 1.0 * exp(-0.04 * 2.0))
    a = 0.6 * (160 / 250) ** 0.5
    F = 250 + v
    """,
    {"company.Cloud.fundamental_end": "F", "company.Cloud.premium_peak": "F * (exp(a) - 1)",
     "company.Cloud.value_end": "F * exp(a * 2 ** (-6 / 12))"})

case("07_announced_before_start", scenario(
    "Contracts announced before the start make no jump",
    announcement(0.6, 0.5), lab(cash=100.0, R=12.0), company("Cloud", 250.0, 0.4), company("Chip", 100.0, 0.5),
    link(contracts=[con("2024-06-15", 24.0, "2024-07-15", 1.0), con("2024-12-31", 30.0, "2025-04-15", 0.5)]),
    link(company="Chip", contracts=[con("2025-01-01", 36.0, "2025-01-01", 3.0)])),
    """2024-07-15 is −170 days, step floor(−5.585) = −6: bills of 2 in steps −6…5, the six within the run are 12. 2024-12-31 is
    step −1: before the start. Its 30 fall in steps 3…8, 5 each. 2025-01-01 is step 0: announced within the run, it jumps.
    At step 0, B = 6·2 + 30 + 36 = 78; q = min(1, 12·3/78).""",
    """
    q = 36 / 78
    v = 0.5 * 36 * q * exp(-0.04 * 1.5)
    a = 0.6 * (36 / 100) ** 0.5
    paid = 12 + 30 + 12 * 1
    """,
    {"company.Cloud.value_end": "250.0", "company.Chip.fundamental_end": "100 + v",
     "company.Chip.premium_peak": "(100 + v) * (exp(a) - 1)", "paid": "paid", "announced": "36.0",
     "company.Cloud.lab_revenue": "42.0"})

case("08_base_bills_costs", scenario(
    "Base bills, costs, and what no customer paid for",
    lab(cash=20.0, R=6.0), company("Cloud", 100.0, 0.3, 10.0, 6.0), link(base=12.0)),
    """Each step the lab receives 0.5 (revenue) and pays 1 pro rata; the company receives 1, pays 0.7 outside, earns 0.5. The
    lab's cash before paying is T_n = 20.5 − n/2; savings shrink by (T_n − 1)/T_n = (39 − n)/(41 − n), a telescoping product.
    What savings paid arrives as recycled: not covered by a customer.""",
    """
    S = 20 * (29 * 28) / (41 * 40)                         # savings left after 12 steps
    uncovered = (20 - S) / 12
    """,
    {"company.Cloud.uncovered_revenue": "uncovered", "company.Cloud.cash_end": "10 + 12 * (0.5 + 0.3)",
     "lab.Lab.cash_end": "20 + 12 * (0.5 - 1)", "company.Cloud.lab_revenue": "12.0", "lab.Lab.concentration": "1.0",
     "share.traced": "None"})

case("09_two_levels_of_suppliers", scenario(
    "Cloud pays Chip pays Fab: payments through others",
    lab("One", 200.0, 12.0), lab("Two", 100.0, 12.0),
    company("Cloud", 400.0, 0.3, suppliers={"Chip": 0.5}), company("Chip", 400.0, 0.5, suppliers={"Fab": 0.4}),
    company("Fab", 100.0, 0.6),
    link("One", "Cloud", base=24.0), link("One", "Chip", base=12.0), link("Two", "Cloud", base=12.0)),
    """A step: Cloud receives 2 (One) + 1 (Two), passes 1.5 to Chip, 0.2·3 costs. Chip receives 1.5 + 1 direct = 2.5, passes 1.0 to
    Fab, costs 0.25. Fab keeps 0.6. One's share of Chip's receipts is (1 + 1)/2.5, so of the 1.0 passed on 0.8 counts as One → Fab.
    No capital, so no cycle: share of circular volume 0.""",
    "",
    {"got_back.Chip.One": "12 * 2.0", "got_back.Chip.Two": "12 * 0.5", "got_back.Fab.One": "12 * 0.8",
     "got_back.Fab.Two": "12 * 0.2", "company.Cloud.cash_end": "10 + 12 * 0.9", "company.Chip.cash_end": "10 + 12 * 1.25",
     "company.Fab.cash_end": "10 + 12 * 0.6", "lab.One.concentration": "(24 ** 2 + 12 ** 2) / 36 ** 2",
     "share.circular.volume": "0.0", "company.Chip.lab_revenue": "12.0"})

case("10_build_ahead", scenario(
    "Built ahead from cash; later pass-through is cut",
    lab(cash=200.0, R=120.0), company("Cloud", 400.0, 0.4, 50.0, build_ahead=0.2, suppliers={"Chip": 0.3, "Net": 0.1}),
    company("Chip", 400.0, 0.5), company("Net", 50.0, 1.0),
    link(contracts=[con("2025-02-15", 120.0, "2025-08-15", 1.0)]), years=2.0),
    """Announced step 1, first payment step 7: 0.2·120 = 24 over the six steps 1…6: 3 to Chip, 1 to Net a step. Bills of 10 in
    steps 7…18. Pass-through 3 and 1 a step is cut by 18 and 6: zero in steps 7…12 (six steps), full in 13…18. Costs
    1 − 0.4 − 0.4 = 0.2 of the bills. Chip pays its 0.5 cost on money built ahead too. Payments lab → Chip count the six
    passed-through 3s alone (what was spent ahead is Cloud's own).""",
    "",
    {"company.Cloud.cash_end": "50 - 24 + 120 * 0.8 - 6 * 4", "company.Chip.cash_end": "10 + 0.5 * (18 + 18)",
     "company.Net.cash_end": "10 + 6 + 6", "got_back.Chip.Lab": "18.0", "got_back.Net.Lab": "6.0",
     "build_shortfall": "0.0"})

case("11_build_ahead_borrowed_and_short", scenario(
    "Built ahead on credit, then not built",
    lab(cash=10.0, R=1000.0), company("Cloud", 100.0, 0.3, 2.0, build_ahead=0.2, debt=1.0, max_ltv=0.05,
                                      suppliers={"Chip": 0.5}), company("Chip", 400.0, 1.0),
    link(contracts=[con("2025-02-15", 240.0, "2026-02-15", 2.0)])),
    """Announced step 1, first payment step 13: 48 over twelve steps, 4 in each of steps 1…11 of the run. M = F = 100 + v.
    Step 0: interest i on 1 from cash. Step 1: cash 2 − i, borrow 2 + i, debt 3 + i, then interest is added (no cash).
    Step 2: borrow 4 (L = 0.05·M = 8.3 allows it). Step 3: borrow what is left up to L. From step 4 on the debt stands above L:
nothing more. Interest on L is added in steps 3…11, nine times. Planned 44.""",
    """
    i = exp(0.04 / 12) - 1
    M = 100 + 0.3 * 240 * exp(-0.04 * (1 + 1))
    L = 0.05 * M
    debt3 = ((3 + i) * (1 + i) + 4) * (1 + i)              # before borrowing in step 3
    built = 8 + (L - debt3)
    """,
    {"build_shortfall": "44 - built", "company.Cloud.debt_end": "L * (1 + i) ** 9", "company.Chip.cash_end": "10 + built",
     "company.Cloud.cash_end": "0.0", "company.Cloud.value_end": "M", "got_back.Chip.Lab": "0.0"})

case("12_credits", scenario(
    "A vendor pays its stake half in compute credits",
    lab(cash=20.0, R=1.2, round=dict(ROUND0, trigger=2.0, runway=2.0)), company("Cloud", 100.0, 0.4, 8.0),
    link(base=12.0), vendor(ratio=0.5, credits=0.5)),
    """Step 0: the lab has 20 savings + 0.1 revenue, pays 1, has 19.1. Need over 2 years 2·(12 − 1.2) = 21.6 > 19.1: a round,
    T = 2.5. B = 0.5·1: cash 0.25, credits 0.25. m·f = 0.1 is `credit`; 0.15 has the origins of Cloud's cash at that moment: 8
    savings and 1 received (5 … of 20.1 parts recycled). Step 1's bill draws the credits, 0.25, then 0.75 cash. Cloud's costs are
    0.6 of face each step. V = 10·1.2 + 0.5.""",
    """
    recycled = 20 / 20.1 / 9
    revenue = 0.1 / 20.1 / 9
    """,
    {"capital.credit.credit": "0.1", "capital.credit.savings": "0.15 * 8 / 9", "capital.credit.recycled": "0.15 * recycled",
     "capital.credit.revenue": "0.15 * revenue", "capital.round.recycled": "0.25 * recycled", "capital.raised": "0.5",
     "lab.Lab.effective_price": "1 - 0.4 * 0.25 / 12", "company.Cloud.cash_end": "8 + 11.75 - 7.2 - 0.25",
     "lab.Lab.cash_end": "20 + 1.2 + 0.25 - 11.75", "lab.Lab.mark_end": "12.5", "share.netted": "1.0",
     "capital.manufactured": "0.1 + 0.4 * recycled"})

case("13_geometric_loop", scenario(
    "Vendor equity in cash alone: the geometric loop",
    lab(cash=0.0, R=12.0, restructure=dict(cut=0.0), round=dict(ROUND0, trigger=1.0, gap=0.0, runway=1.0)),
    company("Cloud", 100.0, 1.0, 0.0), link(base=1200.0), vendor(ratio=0.6), years=3.0),
    """The lab pays out all it has each step (bills are far above it; restructurings cut nothing), the vendor puts back 0.6 of it
    in the same step. p_n = 1 + 0.6 p_{n−1}, p_0 = 1: p_n = (1 − 0.6^{n+1})/0.4, the multiplier 1/(1 − ψ) at the limit.
    All money is customers' revenue: traced share 0. The netted lens sees all of it: min(ψP, P) = ψP. Network: P one way, ψP
    back: circular volume 2ψ/(1 + ψ).""",
    """
    N, s = 36, 0.6
    P = (N - s * (1 - s ** N) / (1 - s)) / (1 - s)
    """,
    {"paid": "P", "capital.raised": "s * P", "share.traced": "0.0", "share.netted": "1.0",
     "share.circular.volume": "2 * s / (1 + s)", "rounds": "36", "written_off": "36 * 100 - P", "unwind.time": "0.0"})

case("14_reciprocal", scenario(
    "The vendor buys the lab's services",
    lab(cash=50.0, R=12.0, round=dict(trigger=5.0, gap=5.0, runway=5.0, multiple=[10.0] * 3, appetite=[0.05] * 3)),
    company("Cloud", 100.0, 0.5), link(base=24.0), vendor(ratio=0.0, reciprocal=0.3)),
    """Each step 2 paid, 0.6 comes back: annual 7.2, so reported revenue 19.2 at step 0 already (averaged over as many steps as
    there are). Step 0: cash 50 + 1 − 2 + 0.6 = 49.6 < 5·12: P = 10·19.2, outside offers 9.6 < T = 60 − 49.6. The need counts R,
    not the reciprocal revenue.""",
    "",
    {"lab.Lab.mark_end": "192 + 9.6", "lab.Lab.circular_revenue": "7.2 / 19.2", "capital.raised": "9.6",
     "lab.Lab.cash_end": "50 + 12 - 24 + 7.2 + 9.6", "company.Cloud.cash_end": "10 + 12 - 7.2",
     "share.circular.volume": "2 * 7.2 / (24 + 7.2 + 9.6)"})

case("15_warrants", scenario(
    "Warrants vest on milestone and price",
    lab(cash=100.0, R=12.0, mark=500.0), company("Chip", 200.0, 0.5, drift=0.3, premium=0.2), link(company="Chip", base=24.0),
    warrant(company="Chip", lab="Lab", tranches=[dict(fraction=0.02, milestone=5.0, price=1.0),
                                                 dict(fraction=0.01, milestone=10.0, price=1.2)]), years=2.0),
    """2 a step: milestone 5 at step 2, 10 at step 4. ln(M/200) after k = n + 1 steps is −0.2 + 0.3k/12 + 0.2·2^(−k/12): at k = 3
    it is 0.043 ≥ 0: the first vests at step 2. After F ← 0.98 F the second needs ln 1.2 = 0.1823: k = 12 gives 0.1798, k = 13
    0.1992: step 12.""",
    """
    x1, x2 = 0.2 * 2 ** (-3 / 12), 0.2 * 2 ** (-13 / 12)
    p1 = 0.02 * 200 * exp(-0.2 + 0.075 + x1)
    p2 = 0.01 * 0.98 * 200 * exp(-0.2 + 0.325 + x2)
    prem = p1 * (1 - exp(-x1)) + p2 * (1 - exp(-x2))
    """,
    {"capital.warrant.premium": "prem", "capital.warrant.savings": "p1 + p2 - prem", "put_in.Chip.Lab": "p1 + p2",
     "company.Chip.fundamental_end": "200 * exp(-0.2 + 0.6) * 0.98 * 0.99", "lab.Lab.cash_end": "100 + 24 - 48 + p1 + p2",
     "lab.Lab.effective_price": "1 - (p1 + p2) / 48", "capital.from.company": "p1 + p2", "lab.Lab.mark_end": "500.0"})

case("16_default", scenario(
    "Write-off, restructuring, a second one a year later",
    announcement(0.5, 0.7), sentiment("hype"),
    lab(cash=0.0, R=12.0, commit=dict(multiple=3.0, term=5.0, lead=1.0), restructure=dict(cut=0.5)),
    company("Cloud", 300.0, 0.3, suppliers={"Chip": 0.5}), company("Chip", 1000.0, 0.75),
    link(base=6.0, contracts=[con("2024-12-15", 120.0, "2025-01-01", 5.0)]), years=2.0),
    """Revenue 1 a step against 0.5 + 2. Step 0: settled 1, written off 1.5; restructures: 0.25 + 1. Steps 1…11 short by 0.25,
    written off, within the year: no new restructuring. Step 12 is a year on: short again, restructures: 0.125 + 0.5, covered.
    Cut effect at step 1: B before the cut = 59 bills of 2 = 118 (this step's is settled or written off), D_cut = 59, q =
    12·5/118, v not discounted. At step 13: D_cut = 0.5·47 = 23.5, q = min(1, 60/47) = 1.""",
    """
    q = 60 / 118
    v1, a1 = 0.3 * 59 * q, -0.5 * (59 / 300) ** 0.7
    F1 = 300 - v1
    x = a1 / 2                                             # M = F to begin with, so x' = a; 12 decays to step 13
    M = F1 * exp(x)
    v2, a2 = 0.3 * 23.5, -0.5 * (23.5 / M) ** 0.7
    F2 = F1 - v2
    x2 = log((M - v2) / F2) + a2
    V = F2 * exp(x2 * 2 ** (-10 / 12))
    c1, b1 = 0.75 * 0.5 * 59 * q, -0.5 * (29.5 / 1000) ** 0.7
    G1 = 1000 - c1; y = b1 / 2; K = G1 * exp(y)
    c2, b2 = 0.75 * 0.5 * 23.5, -0.5 * (11.75 / K) ** 0.7
    G2 = G1 - c2; W = G2 * exp((log((K - c2) / G2) + b2) * 2 ** (-10 / 12))
    """,
    {"written_off": "1.5 + 12 * 0.25", "paid": "13 * 1 + 11 * 0.625", "unwind": "1", "unwind.time": "0.0",
     "sentiment.suspicion": "1.0", "company.Cloud.value_end": "V", "company.Chip.value_end": "W"})

case("17_person_borrows", scenario(
    "A person borrows on a premium and invests",
    lab(cash=5.0, R=12.0, round=ROUND0), company("Cloud", 500.0, 0.5, premium=0.2), link(base=18.0),
    person(name="Ann", stake={"Cloud": 0.4}, loan=10.0, max_ltv=0.1, call_ltv=0.5, invests={"Lab": 0.5})),
    """The one round is at step 0, after interest (a person's is added to the loan). M then has x = 0.2·2^(−1/12). Offer = half the
    capacity; premium's share of it at the margin. T is 10 years of 6: not binding. V = 10·12 + Q.""",
    """
    i = exp(0.04 / 12) - 1
    F = 500 * exp(-0.2); M = F * exp(0.2 * 2 ** (-1 / 12))
    cap, capF = 0.1 * 0.4 * M - 10 * (1 + i), 0.1 * 0.4 * F - 10 * (1 + i)
    Q = 0.5 * cap
    """,
    {"capital.raised": "Q", "capital.round.premium": "Q * (cap - capF) / cap", "capital.round.savings": "Q * capF / cap",
     "person.Ann.loan_end": "(10 * (1 + i) + Q) * (1 + i) ** 11", "lab.Lab.mark_end": "120 + Q",
     "share.netted": "min(0.4 * 18, Q) / Q", "got_back.Ann.Lab": "0.4 * 18"})

case("18_margin_call", scenario(
    "A margin call, and a loan that is not covered",
    announcement(0.0, 1.0, impact=1.0), lab(cash=5.0), company("Cloud", 500.0), company("Chip", 500.0),
    person(name="Ann", stake={"Cloud": 0.4}, loan=50.0, max_ltv=0.1, call_ltv=0.2),
    person(name="Bob", stake={"Chip": 0.2}, loan=150.0, max_ltv=0.1, call_ltv=0.2)),
    """Step 0. Ann: 50(1 + i) > 0.2·200. y = (loan − 20)/0.9; S −= y/500; x −= y/500. Then loan = 0.1·(200 − y) and interest for
    eleven more steps: below the call. Bob: (loan − 10)/0.9 > 100: all is sold, the rest is the lender's loss.
    x(Chip) = −100/500. Premiums come back with half-life 1.""",
    """
    i = exp(0.04 / 12) - 1
    y = (50 * (1 + i) - 20) / 0.9
    """,
    {"margin_calls": "2", "forced_sales": "y + 100", "lender_losses": "150 * (1 + i) - 100",
     "person.Ann.stake_end": "0.4 - y / 500", "person.Ann.loan_end": "(50 * (1 + i) - y) * (1 + i) ** 11",
     "person.Bob.stake_end": "0.0", "company.Chip.value_end": "500 * exp(-0.2 * 2 ** (-11 / 12))",
     "company.Cloud.value_end": "500 * exp(-y / 500 * 2 ** (-11 / 12))"})

case("19_holding_funding", scenario(
    "Tranches paid in cash, by selling, by borrowing, by all",
    announcement(0.0, 1.0, impact=0.5), lab(cash=5.0, mark=500.0),
    company("A", 100.0, premium=0.4), company("B", 200.0, premium=0.4), company("C", 400.0, premium=0.4),
    holding(name="H1", cash=15.0, cash_floor=3.0, funding=["cash"]),
    holding(name="H2", cash=15.0, stakes={"A": 0.1}, funding=["sell"]),
    holding(name="H3", cash=0.0, debt=5.0, max_ltv=0.25, stakes={"B": 0.1}, other_assets=40.0,
            lab_stakes={"Lab": dict(stake=0.05, cost=10.0)}, funding=["borrow"]),
    holding(name="H4", cash=4.0, cash_floor=1.0, max_ltv=0.5, stakes={"C": 0.01}, other_assets=10.0),
    commitment(investor="H1", lab="Lab", pre_money=90.0, tranches=[dict(due=D("2025-01-10"), amount=14.0)]),
    commitment(investor="H2", lab="Lab", pre_money=90.0, tranches=[dict(due=D("2025-01-10"), amount=6.0)]),
    commitment(investor="H3", lab="Lab", pre_money=790.0, tranches=[dict(due=D("2025-01-10"), amount=10.0)]),
    commitment(investor="H4", lab="Lab", pre_money=790.0, tranches=[dict(due=D("2025-01-10"), amount=10.0)]), r=0.0),
    """Step 0, r = 0, x = 0.4·2^(−1/12) everywhere, π = 1 − e^(−x). H1 pays 12 of 14: missed once, 2 stay due for ever, 12/104 of
    the lab. H2 sells 6 of A (π of it premium), 6/96 of the lab. H3's 5% have shrunk by both, (1 − 12/104)(1 − 6/96); NAV = B's
    stake + 40 + stake·500, no booked gain (500 < 800); it borrows 10 at the margin. H4: 3 cash, then its C (4e^x/e^0.4), then
    borrows on the NAV at the start of the payment (its C and cash included; no mark).""",
    """
    x = 0.4 * 2 ** (-1 / 12); pi = 1 - exp(-x); e = exp(-0.4)
    s3 = 0.05 * (1 - 12 / 104) * (1 - 6 / 96)
    B, BF = 20 * e * exp(x), 20 * e
    cap = 0.25 * (B + 40 + s3 * 500) - 5
    cap1 = 0.25 * (B + 40 + 10) - 5
    cap2 = 0.25 * (BF + 40 + 10) - 5
    C, CF = 4 * e * exp(x), 4 * e
    b4 = 10 - 3 - C
    k, k2 = 0.5 * (4 + C + 10), 0.5 * (4 + CF + 10)
    prem = 6 * pi + 10 * (cap1 - cap2) / cap + C * pi + b4 * (k - k2) / k
    # A: sold 6 at M = 100 e e^x: x -= 0.5*6/M
    MA = 100 * e * exp(x)
    """,
    {"capital.tranche.mark": "10 * (cap - cap1) / cap", "capital.tranche.premium": "prem", "capital.raised": "38.0",
     "tranches_missed": "1", "holding.H3.debt_end": "15.0", "holding.H4.debt_end": "b4",
     "company.A.value_end": "100 * e * exp((x - 3 / MA) * 2 ** (-11 / 12))",
     "company.C.value_end": "400 * e * exp((x - 0.5 * 0.01) * 2 ** (-11 / 12))",
     "holding.H1.booked_gain_peak": "2 * (500 / 104 - 1)", "margin_calls": "0"})

case("20_holding_in_a_round", scenario(
    "A holding's offer in a round",
    announcement(0.0, 1.0, impact=1.0), lab(cash=5.0, R=12.0, mark=300.0, round=dict(ROUND0, appetite=[0.1] * 3)),
    company("Cloud", 100.0, 0.5, premium=-0.1), link(base=24.0),
    holding(name="H", cash=10.0, cash_floor=4.0, debt=10.0, max_ltv=0.25, stakes={"Cloud": 0.05}, other_assets=30.0,
            lab_stakes={"Lab": dict(stake=0.2, cost=20.0)}, invests={"Lab": 0.8}), r=0.0),
    """Step 0. NAV = 10 + 0.05·M + 30 + 0.2·300. Q_H = 0.8·(6 + 0.05 M + 0.25·NAV − 10); outside 0.1·P = 12. T = 120 − 4 is not
    binding. H pays 6 cash, its stake, borrows the rest; the premium is negative: π = 0 and no premium in the loan. At cost the
    NAV is 40 lower: cap₁ = cap − 10. V = 120 + both; H's stake (diluted by P/V) is not reported; x falls by 0.05.""",
    """
    M = 100 * exp(0.1) * exp(-0.1 * 2 ** (-1 / 12)); s = 0.05 * M
    nav = 10 + s + 30 + 60
    cap = 0.25 * nav - 10
    Q = 0.8 * (6 + s + cap)
    loan = Q - 6 - s
    """,
    {"capital.from.holding": "Q", "capital.from.outside": "12.0", "holding.H.debt_end": "10 + loan",
     "capital.round.mark": "loan * 10 / cap", "capital.round.premium": "0.0", "lab.Lab.mark_end": "120 + 12 + Q",
     "company.Cloud.value_end": "100 * exp(0.1) * exp((-0.1 * 2 ** (-1 / 12) - 0.05) * 2 ** (-11 / 12))",
     "capital.round.savings": "12 + 6 + s + loan * (1 - 10 / cap)"})

case("21_holding_margin_call", scenario(
    "A holding's margin call: listed stakes in order",
    announcement(0.0, 1.0, impact=1.0, half_life=0.5), lab(cash=5.0, mark=100.0), company("A", 100.0), company("B", 200.0),
    holding(name="H", cash=2.0, debt=30.0, max_ltv=0.25, call_ltv=0.3, stakes={"A": 0.05, "B": 0.1}, other_assets=30.0,
            lab_stakes={"Lab": dict(stake=0.1, cost=1.0)}), r=0.0),
    """Step 0: NAV = 2 + 5 + 20 + 30 + 10 = 67, 30 > 20.1. y = (30 − 16.75)/0.75 = 17.667: all of A (5; x −= 0.05), then 12.667 of B
    (x −= 12.667/200). Debt 12.333; stake left 0.1 − 12.667/200. No further call: NAV then ≈ 49.""",
    """
    y = (30 - 0.25 * 67) / 0.75
    """,
    {"margin_calls": "1", "forced_sales": "y", "holding.H.debt_end": "30 - y",
     "company.A.value_end": "100 * exp(-0.05 * 2 ** (-11 / 6))", "company.B.value_end": "200 * exp(-(y - 5) / 200 * 2 ** (-11 / 6))",
     "lender_losses": "0.0"})

case("22_company_commitment", scenario(
    "A company's forward commitment: credits, needs, missed",
    lab(cash=30.0, R=12.0, mark=200.0), company("Chip", 400.0, 0.5, 10.0, 6.0, cash_floor=4.0),
    link(company="Chip", base=24.0),
    commitment(investor="Chip", lab="Lab", pre_money=180.0, credits=0.25,
               tranches=[dict(due=D("2024-11-01"), amount=4.0), dict(due=D("2025-01-15"), amount=16.0),
                         dict(due=D("2025-02-15"), amount=8.0, needs=dict(company="Chip", paid=13.0))])),
    """The first tranche fell due before the start: paid, counts in A = 28 only. Chip earns 0.5 and gets 2 in cash (or credits) a
    step, costs 1. Second tranche at step 0: credits 4, cash wanted 12; Chip has 10 + 0.5 + 2 − 1 = 11.5, 7.5 above the floor:
    4.5 stay due (missed once). Steps 1, 2: bills are settled in credits (2, 2), so Chip pays 1 of cost and earns 0.5: cash 3.5, 3.0
    (below the floor). From step 3: +1.5 a step: 4.5 at step 3 → pays 0.5; steps 4, 5: 1.5 each, at step 6 the last 1.0. Third tranche: 13 paid
    after step 6 (14): then credits 2, cash 6: 0.5 left above the floor at step 6 → missed, 5.5 due; the credits settle step 7's bill: cash 3.5 again;
    step 8: 5.0 → pays 1.0; steps 9…11: 1.5 each → 4.5: 0 due. Total paid 24. At the end Chip has 4.0 cash.""",
    "",
    {"capital.raised": "24.0", "tranches_missed": "2", "company.Chip.cash_end": "4.0",
     "capital.credit.credit": "0.5 * 6", "lab.Lab.cash_end": "30 + 12 + 18 - (24 - 6)", "put_in.Chip.Lab": "24.0",
     "lab.Lab.effective_price": "1 - 0.5 * 6 / 24"})

case("23_person_commitment_and_shares", scenario(
    "A person's commitment; others' stakes shrink; booked gain after a round",
    lab(cash=20.0, R=12.0, mark=100.0, round=dict(trigger=1.0, gap=0.5, runway=2.0, multiple=[20.0] * 3, appetite=[0.05] * 3)),
    company("Cloud", 500.0), link(base=30.0),
    person(name="Ann", stake={"Cloud": 0.1}, max_ltv=0.2, call_ltv=0.9),
    holding(name="H", cash=100.0, max_ltv=0.5, lab_stakes={"Lab": dict(stake=0.1, cost=5.0)}),
    commitment(investor="Ann", lab="Lab", pre_money=90.0, tranches=[dict(due=D("2025-01-15"), amount=6.0),
                                                                   dict(due=D("2025-03-15"), amount=6.0)]),
    commitment(investor="H", lab="Lab", pre_money=140.0, tranches=[dict(due=D("2025-04-15"), amount=10.0),
                                                                  dict(due=D("2027-04-15"), amount=50.0)]), r=0.0),
    """Bills 2.5, revenue 1 a step; need over a year 18. Ann pays 6 at step 0 and 4 at step 2 (capacity 0.2·50 = 10): missed once, 2 stay
    due, never paid. Cash after bills: 18.5 at step 0, + 6 = 24.5 ≥ 18: no round; 23.0 (step 1), 21.5 + 4 = 25.5 (2); step 3: 24.0, H pays
    10: 34.0; 32.5, 31, 29.5, 28, 26.5, 25, 23.5, 22.0 at steps 4…11: no round in the year. Booked gains: H's unpaid at V = 100: V/(140 + 60)
    < 1: none. So V stays; stakes: only NAV shows them.""",
    "",
    {"capital.raised": "20.0", "tranches_missed": "1", "person.Ann.loan_end": "10.0", "lab.Lab.cash_end": "20 - 18 + 20",
     "holding.H.booked_gain_peak": "0.0", "rounds": "0", "capital.tranche.savings": "20.0"})

case("24_booked_gain_and_dilution", scenario(
    "Booked gains on unpaid commitments, dilution by rounds, loans on marks",
    lab(cash=4.0, R=12.0, mark=100.0, round=dict(trigger=1.0, gap=5.0, runway=1.0, multiple=[20.0] * 3, appetite=[0.05] * 3)),
    company("Cloud", 500.0, 1.0), link(base=24.0),
    holding(name="H", cash=0.0, max_ltv=0.5, other_assets=10.0, lab_stakes={"Lab": dict(stake=0.1, cost=5.0)}, funding=["borrow"]),
    holding(name="J", cash=0.0, max_ltv=0.5, other_assets=10.0, lab_stakes={"Lab": dict(stake=0.05, cost=2.0)},
            funding=["borrow"]),
    commitment(investor="H", lab="Lab", pre_money=60.0, tranches=[dict(due=D("2025-02-15"), amount=8.0),
                                                                 dict(due=D("2025-03-15"), amount=12.0)]),
    commitment(investor="J", lab="Lab", pre_money=95.0, tranches=[dict(due=D("2025-04-15"), amount=5.0)]), r=0.0),
    """Step 0: cash 4 + 1 − 2 = 3 < 12: P = 240, T = 9, outside offers 12: raised 9. V = 249, δ = 240/249, δV = 240. H's gain on 20 unpaid:
    20·(240/80 − 1) = 40 (peak, recorded at step 0). Step 1: NAV_H = 10 + 0.1δ·249 + 40 = 10 + 24 + 40 = 74, cap 37; at cost: 10 + 5 = 15, cap₁
    7.5. It gets s₁ = 8/80·δ. Step 2: its stake 0.1δ + s₁ is worth (0.1 + 0.1)·240 = 48; gain left 12·2 = 24; NAV 82, cap 41 − 8 = 33; NAV₁ = 10 + 5 + 8
    = 23, cap₁ 3.5. Others (J) shrink: first by s₁/(1 − 0.1δ), then by s₂/(1 − 0.1δ − s₁), s₂ = 0.15δ. J at step 3: stake s_J, gain
    5·(240/100 − 1) = 7; NAV = 10 + 249 s_J + 7; at cost 12, cap₁ = 6.""",
    """
    d = 240 / 249
    m1 = 8 * (37 - 7.5) / 37
    m2 = 12 * (33 - 3.5) / 33
    s1, s2 = 0.1 * d, 0.15 * d
    sJ = 0.05 * d * (1 - s1 / (1 - 0.1 * d)) * (1 - s2 / (1 - 0.1 * d - s1))
    capJ = 0.5 * (10 + 249 * sJ + 7)
    m3 = 5 * (capJ - 6) / capJ
    """,
    {"holding.H.booked_gain_peak": "40.0", "holding.J.booked_gain_peak": "7.0", "capital.tranche.mark": "m1 + m2 + m3",
     "capital.raised": "9 + 25", "lab.Lab.mark_end": "249.0", "holding.H.debt_end": "20.0"})

for s, state in enumerate(("hype", "neutral", "suspicion")):
    case(f"25{'abc'[s]}_rounds_{state}", scenario(
        f"Rounds: trigger, gap, target, multiple in {state}",
        sentiment(state), lab(cash=12.0, R=12.0, mark=100.0, round=dict(
            trigger=0.95, gap=0.75, runway=1.5, multiple=[35.0, 22.0, 10.0], appetite=[0.05, 0.04, 0.03], spillover=0.5)),
        company("Cloud", 100.0, 0.5, premium=0.2), company("Chip", 100.0, 0.5, premium=-0.1),
        link(base=18.7, weight=0.3), link(company="Chip", base=5.0, weight=0.1), years=3.0 if s < 2 else 1.5),
        f"""Sentiment {state}. Need over a year 23.7 − 12 = 11.7; 0.975 a step. Step 0: cash 11.025 < 0.95·11.7 = 11.115: a round. Full T would be
        17.55 − 11.025 = 6.525; outside offers appetite·P. The exponent χx̄ = 0.5·(0.3·0.2 − 0.1·0.1)/0.4·2^(−(n+1)/12) = 0.0625·2^(−(n+1)/12).
        In hype and neutral T binds: cash 17.55, below 11.115 after seven steps, but the gap of 9 steps holds: rounds at 0, 9, 18, 27, each of
        9·0.975 after the first. In suspicion (run of 18 steps) the offers are 3.6·e^(χx̄), below T: cash at step 9 is well below the trigger: rounds at 0
        and 9.""",
        f"""
        mult, app = {[35, 22, 10][s]}, {[0.05, 0.04, 0.03][s]}
        P = [mult * 12 * exp(0.0625 * 2 ** (-(n + 1) / 12)) for n in {(0, 9, 18, 27) if s < 2 else (0, 9)}]
        T = {"[6.525, 8.775, 8.775, 8.775]" if s < 2 else "[1e9] * 2"}
        raised = [min(app * p, q) for p, q in zip(P, T)]
        """,
        {"rounds": "4" if s < 2 else "2", "capital.raised": "sum(raised)", "lab.Lab.mark_end": "P[-1] + raised[-1]",
         "lab.Lab.cash_end": f"12 - {36 if s < 2 else 18} * 0.975 + sum(raised)", f"sentiment.{state}": "1.0"})

case("26_commit_with_tie", scenario(
    "New commitments lean towards those who gave capital",
    lab(cash=20.0, R=12.0, round=dict(ROUND0, appetite=[0.05] * 3), commit=dict(multiple=3.0, term=1.0, lead=0.5, tie=2.0)),
    company("Cloud", 1000.0, 1.0, 50.0), company("Chip", 1000.0, 1.0), link(base=12.0, weight=0.6),
    link(company="Chip", base=12.0, weight=0.4), vendor(ratio=2.0), years=2.0),
    """Step 0: Cloud offers 2·1 = 2, outside 0.05·120 = 6; raised 8. D = 24, weights 0.6·(1 + 2·2/8) = 0.9 and 0.4: 9/13 and 4/13 of 24.
    Announced at step 1, first bill at step 1 + 6 = 7, twelve bills (steps 7…18). The lab's cash: 20 + 1 − 2 + 8 = 27 after step 0, 21 after step 6, then
    −3 a step: 0 after step 13. Step 14: 1 of 4 is paid, written off 3, restructures (cut 0.5). Steps 15…18: 1 of 2, written off 1 each. Steps 19…23: base 0.5 + 0.5,
    covered. Cut effect at step 15: four bills are left of each contract, q = min(1, 12·1/B), B = 4·2 = 8.""",
    """
    A, B = 24 * 9 / 13 / 12, 24 * 4 / 13 / 12              # a bill of each contract; A + B = 2; base 1 each
    cloud = 14 * 1 + 7 * A + 0.25 * (1 + A) + 4 * 0.5 * 0.5 * (1 + A) + 5 * 0.5
    chip = 14 * 1 + 7 * B + 0.25 * (1 + B) + 4 * 0.5 * 0.5 * (1 + B) + 5 * 0.5
    v = 1.0 * 24 * 9 / 13 * min(1, 12 * 1 / 24) * exp(-0.04 * (0.5 + 0.5))
    cut = 0.5 * 4 * A * min(1, 12 * 1 / 8)
    """,
    {"announced": "24.0", "capital.raised": "8.0", "company.Cloud.lab_revenue": "cloud", "company.Chip.lab_revenue": "chip",
     "company.Cloud.fundamental_end": "1000 + v - cut", "unwind.time": "14 / 12", "written_off": "3 + 4 * 1"})

case("27_payout", scenario(
    "Payout to shareholders",
    lab(cash=5.0), company("Cloud", 100.0, 0.5, 20.0, 12.0, cash_floor=5.0, payout=0.6), company("Poor", 100.0, 0.5, 2.0, 1.2, cash_floor=5.0,
                                                                                          payout=0.6)),
    """u = cash − floor: u ← (u + 1)·0.95 each step (payout after earnings). Poor stays below its floor: 2 + 1.2, pays nothing.""",
    """
    u = 15 * 0.95 ** 12 + 0.95 * (1 - 0.95 ** 12) / 0.05
    """,
    {"company.Cloud.cash_end": "5 + u", "company.Poor.cash_end": "3.2"})

case("28_suspicion", scenario(
    "Perceived circularity drives the chain",
    sentiment("neutral", rates=((0, 0, 0), (0.5, 0, 0.5), (0, 0, 0)), sensitivity=4.0, reference=0.1, half_life=0.5, weight=5.0),
    lab(cash=3.0, R=12.0, round=dict(ROUND0, appetite=[0.05] * 3)), company("Cloud", 100.0, 1.0, 50.0), link(base=24.0), vendor(ratio=4.0)),
    """Step 0: round of 6 (outside) + 8 (vendor): y_rel = 8, y_all = 14. Step 1: decay d = 2^(−1/6), C = (8d + 0.5)/(14d + 5), rate into suspicion
    0.5·e^{4(C − 0.1)}; Λ = 0.5 + that; the chain moves to hype for u below P·0.5/Λ, to suspicion up to P = 1 − e^{−Λ/12}. Draws: 0.9 at step 0: no move. 0.185 at step 1: above P₁ = 0.1827:
    no move (without the decay P would be 0.1885: a move). 0.17 at step 2: below P₂ = 0.1769 and above hype's part: into suspicion, which has no exits. With C = C₀ the whole leaving
    probability is 1 − e^{−1/12} = 0.08: with `suspicion` off it stays neutral to the end.""",
    """
    def chain(k):
        d = 2 ** (-k / 6)
        C = (8 * d + 5 * 0.1) / (14 * d + 5)
        lam = 0.5 * exp(4 * (C - 0.1))
        P = 1 - exp(-(0.5 + lam) / 12)
        return P * 0.5 / (0.5 + lam), P
    assert chain(1)[1] < 0.185 < chain(0)[1]
    assert chain(2)[0] < 0.17 < chain(2)[1] and 1 - exp(-1 / 12) < 0.17
    """,
    {"sentiment.neutral": "2 / 12", "sentiment.suspicion": "10 / 12", "capital.raised": "14.0"},
    draws=dict(u_sentiment=[0.9, 0.185, 0.17] + [0.9] * 9))

case("29_unpaid_opex", scenario(
    "Opex alone breaks the lab",
    lab(cash=1.0, R=6.0, opex=12.0, restructure=dict(cut=0.25)), company("Cloud", 100.0, 1.0), link(base=6.0)),
    """Step 0: 1.5 − 1 opex = 0.5, bill 0.5 settled in full. Step 1: 0.5 against opex 1: 0.5 unpaid, and the bill 0.5: written off 1.0; restructures (step 1):
    base 6 → 4.5. Steps 2…11: 0.5 + 0.375 unpaid each. Without [sentiment] there is no suspicion: always hype.""",
    "",
    {"written_off": "1.0 + 10 * 0.875", "paid": "0.5", "unwind.time": "1 / 12", "sentiment.hype": "1.0", "lab.Lab.cash_end": "0.0"})

case("30_calendar", scenario(
    "Dates and spans on the grid",
    lab(cash=100.0, R=52.0), company("Cloud", 100.0, 1.0, 0.0),
    link(contracts=[con("2025-09-10", 16.0, "2025-10-01", 0.3), con("2025-09-08", 3.0, "2025-09-08", 0.001),
                    con("2026-08-30", 12.0, "2026-09-01", 1.0)]), start="2025-09-08", spy=52, r=0.1),
    """52 steps. 2025-09-10 is day 2: step floor(0.285) = 0; 2025-10-01 day 23: step 3. Term 0.3·52 = 15.6 → 16 steps: exactly 16 is paid, 1 a step. A term of
    0.001 years is one step: 3 in step 0. 2026-08-30: day 356, step floor(50.68) = 50; 2026-09-01: day 358, step floor(50.97) = 50: lead 0 on the grid; 2
    bills of 12/52. v takes lead and τ on the grid: 3/52 and 16/52; 0 and 1/52; 0 and 1. q = 1 for the first and third (52·τ against B): B at step 0 is 19:
    52·16/52/19 = 16/19 and 52·(1/52)/19 = 1/19; B at step 50 is 12: min(1, 52/12) = 1.""",
    """
    v = 16 * 16 / 19 * exp(-0.1 * (3 / 52 + 8 / 52)) + 3 * 1 / 19 * exp(-0.1 * (0.5 / 52)) + 12 * exp(-0.1 * 0.5)
    """,
    {"paid": "16 + 3 + 2 * 12 / 52", "announced": "31.0", "company.Cloud.fundamental_end": "100 + v"})

case("31_extra_dollar", scenario(
    "The extra dollar",
    announcement(0.5, 0.7), lab(cash=20.0, R=12.0, round=dict(ROUND0, appetite=[0.05] * 3), commit=dict(multiple=2.0, term=1.0, lead=0.25)),
    company("Cloud", 300.0, 0.5, 50.0), link(base=24.0, weight=1.0), vendor(ratio=0.5), years=1.0),
    """Without it: at step 0 outside gives 0.05·120 = 6 and Cloud 0.5·2 = 1; D = 14 announced at step 1, lead 3 steps, 12 bills of 14/12. With --extra ±0.5
    (files NN.extra_*.json): G = 7 ± 0.5, D = 14 ± 1; the round itself is the same (outside T, after it), V too. q = min(1, 12·1/14); with +0.5 12/15;
    with −0.5 12/13.""",
    """
    v = 0.5 * 14 * 12 / 14 * exp(-0.04 * 0.75); a = 0.5 * (14 / 300) ** 0.7
    """,
    {"capital.raised": "7.0", "announced": "14.0", "lab.Lab.mark_end": "127.0", "company.Cloud.premium_peak": "(300 + v) * (exp(a) - 1)"},
    extras=(0.5, -0.5))

case("32_borrowed_premium_travels", scenario(
    "Money borrowed on a premium reaches the lab through a supplier",
    lab(cash=30.0, R=12.0, round=dict(ROUND0, trigger=3.0, runway=3.0)), company("Cloud", 200.0, 0.3, 0.0, premium=0.5, max_ltv=0.2, suppliers={"Chip": 0.6}, build_ahead=0.5),
    company("Chip", 300.0, 1.0, 0.0),
    link(contracts=[con("2025-01-15", 24.0, "2025-04-15", 1.0)]), link(company="Chip", base=24.0), vendor("Chip", ratio=1.5)),
    """Step 0: Cloud builds ahead 12/3 = 4 with no cash: borrows 4. x decays once before the announcement: M₀ = F₀e^{x₀}, x₀ = 0.5·2^(−1/12); then v = 0.3·24·q·e^{−r(0.25 + 0.5)},
    B = 24, q = min(1, 12/24) = 0.5: M = M₀ + v, F = F₀ + v (no elasticity). Premium's share of the capacity is (0.2 M − 0.2 F)/(0.2 M) = 1 − F/M. Chip gets 4 of this and 2 from the
    lab (31 cash: 30 savings → recycled, 1 revenue). Round at step 0: bill 24 − 12 a year, and 24 of contract: need over 3 years 36 + 24 = 60 − 29 cash: T = 31; Chip's offer 1.5·2 = 3
    of its 6. Its origins: 4/6 borrowed, 2/6 the lab's.""",
    """
    F0 = 200 * exp(-0.5); M0 = F0 * exp(0.5 * 2 ** (-1 / 12))
    v = 0.3 * 24 * 0.5 * exp(-0.04 * 0.75)
    share = 1 - (F0 + v) / (M0 + v)
    """,
    {"capital.round.premium": "3 * 4 / 6 * share", "capital.round.savings": "3 * 4 / 6 * (1 - share)", "capital.round.recycled": "3 * 2 / 6 * 30 / 31",
     "capital.round.revenue": "3 * 2 / 6 / 31", "share.traced": "(2 * share + 30 / 31) / 3"})

case("33_three_cycle", scenario(
    "Lab → Cloud → Chip → Lab: the circular part of three",
    lab(cash=100.0, R=12.0, round=dict(ROUND0, trigger=20.0, runway=20.0, appetite=[0.05] * 3)), company("Cloud", 200.0, 0.2, 5.0, suppliers={"Chip": 0.5}),
    company("Chip", 300.0, 1.0, 50.0), link(base=24.0), vendor("Chip", ratio=2.0)),
    """Step 0: Chip gets 1 through Cloud; offers 2·1 = 2; outside 6. Flows of the year: lab → Cloud 24, Cloud → Chip 12, Chip → lab 2, outside → lab 6. One cycle; the least edge is 2: circular 6 of 44.
    Netted: min(2, 12)/8.""",
    "",
    {"share.circular.volume": "6 / 44", "share.netted": "2 / 8", "got_back.Chip.Lab": "12.0", "capital.raised": "8.0"})

case("34_restructuring_spares", scenario(
    "What a restructuring does not touch",
    lab(cash=0.0, R=12.0, restructure=dict(cut=0.5)), company("Cloud", 400.0, 0.5, 20.0, build_ahead=0.1, suppliers={"Chip": 0.5}),
    company("Chip", 100.0, 1.0, 0.0),
    link(base=24.0, contracts=[con("2025-01-15", 60.0, "2025-07-15", 1.0), con("2025-04-15", 12.0, "2025-04-15", 1.0)])),
    """Step 0: 1 of 2 paid, restructures: base 1 a step; the contract of 60 (announced step 0, bills of 5 in steps 6…17) is halved to 2.5; the one of 12 (announced at step 3,
    not known yet) keeps 1 a step. Written off: step 0: 1; steps 3…5: 2 − 1 = 1 each; steps 6…11: 1 + 2.5 + 1 − 1 = 3.5 each. All receipts are 1 a step (12 in all), half of it goes to Chip. The
    building ahead goes on as announced: 0.1·60/6 = 1 a step in steps 0…5. Pass-through on the contract of 60 (0.5·2.5·1/4.5 = 0.2778 a step) is cut wholly in steps 6…11 (1.667 < 6). Lead 6
    steps; without `commit` the cut takes each contract's own τ = 1: at the cut B = 60 (the other is not announced): q = min(1, 12·1/60) = 0.2, D_cut = 30. The first announcement: B = 60, q 0.2 too. The second at step 3:
    B = 30 + 12, q = 12/42.""",
    """
    v = 0.5 * (60 * 0.2 * exp(-0.04 * (0.5 + 0.5)) - 30 * 0.2 + 12 * 12 / 42 * exp(-0.04 * 0.5))
    """,
    {"written_off": "1 + 3 * 1 + 6 * 3.5", "company.Chip.cash_end": "6 + 0.5 * 12 - 6 * 0.5 * 2.5 / 4.5",
     "company.Cloud.cash_end": "20 + 12 - 6 - (6 - 6 * 0.5 * 2.5 / 4.5)", "company.Cloud.fundamental_end": "400 + v",
     "company.Chip.fundamental_end": "100 + v", "unwind.time": "0.0"})

case("35_events_of_one_step", scenario(
    "Two tranches and a round in one step: each commits with the weights of its moment",
    lab(cash=20.0, R=12.0, round=dict(ROUND0, appetite=[0.05] * 3), commit=dict(multiple=1.0, term=1.0, lead=3.0, tie=1.0)),
    company("Cloud", 1000.0, 1.0, 50.0), company("Chip", 1000.0, 1.0, 50.0), link(base=12.0, weight=0.5), link(company="Chip", base=12.0, weight=0.5),
    commitment(investor="Cloud", lab="Lab", pre_money=96.0, tranches=[dict(due=D("2025-01-15"), amount=4.0)]),
    commitment(investor="Chip", lab="Lab", pre_money=96.0, tranches=[dict(due=D("2025-01-15"), amount=4.0)])),
    """Step 0: Cloud's 4: capital from Cloud 4 of 4: weights 0.5·2 and 0.5·1: Cloud 2/3 of 4. Then Chip's 4: each 4 of 8: 0.75 and 0.75: half each of 4. Round 6 outside: each 4 of 14: half of 6.
    D(Cloud) = 8/3 + 2 + 3, D(Chip) = 4/3 + 2 + 3. (Split once at the end of the step it would be 7 and 7.) All announced at step 1; B = 14, q = min(1, 12/14), lead 3 years.""",
    """
    w = 12 / 14 * exp(-0.04 * 3.5)
    """,
    {"company.Cloud.fundamental_end": "1000 + (8 / 3 + 5) * w", "company.Chip.fundamental_end": "1000 + (4 / 3 + 5) * w", "announced": "14.0",
     "lab.Lab.mark_end": "126.0"})

case("36_order_of_commitments", scenario(
    "Commitments listed against the order of actors",
    lab(cash=20.0, R=24.0, mark=100.0), company("Cloud", 100.0, 1.0, 0.0, premium=0.0, earnings=12.0),
    link(base=12.0),
    person(name="Ann", stake={"Cloud": 0.5}, max_ltv=0.2, call_ltv=0.9),
    holding(name="H", cash=0.0, stakes={"Cloud": 0.2}, funding=["sell"]),
    announcement(0.0, 1.0, impact=1.0),
    commitment(investor="H", lab="Lab", pre_money=90.0, tranches=[dict(due=D("2025-01-15"), amount=10.0)]),
    commitment(investor="Ann", lab="Lab", pre_money=90.0, tranches=[dict(due=D("2025-01-15"), amount=10.0)])),
    """Read as "each kind in turn": Ann (persons) borrows first, at M = 100: exactly her capacity 0.2·50 = 10. Then H sells 10 of Cloud: x −= 0.1. Read as "commitments in file order", H would sell first and Ann's capacity
    would be 10·e^(−0.1): a missed tranche. Interest on Ann's loan for eleven steps.""",
    """
    i = exp(0.04 / 12) - 1
    """,
    {"tranches_missed": "0", "capital.raised": "20.0", "person.Ann.loan_end": "10 * (1 + i) ** 11",
     "company.Cloud.value_end": "100 * exp(-0.1 * 2 ** (-11 / 12))"})

case("37_underwater_stake", scenario(
    "A lab stake marked below cost: shares of a loan clipped",
    lab(cash=20.0, R=24.0, mark=100.0), company("Cloud", 100.0, 1.0, 0.0, premium=0.5), link(base=12.0),
    holding(name="H", cash=0.0, max_ltv=0.5, stakes={"Cloud": 0.2}, other_assets=10.0, lab_stakes={"Lab": dict(stake=0.1, cost=30.0)}, funding=["borrow"]),
    commitment(investor="H", lab="Lab", pre_money=290.0, tranches=[dict(due=D("2025-01-15"), amount=10.0)]), r=0.0),
    """NAV = 0.2M + 10 + 10 (no booked gain: 100 < 300); at cost 0.2M + 10 + 30 is larger: the mark's share would be negative, read as 0; premium (cap₁ − cap₂)/cap = 0.5·0.2(M − F)/cap.""",
    """
    F = 100 * exp(-0.5); M = F * exp(0.5 * 2 ** (-1 / 12))
    cap = 0.5 * (0.2 * M + 20)
    """,
    {"capital.tranche.mark": "0.0", "capital.tranche.premium": "10 * 0.1 * (M - F) / cap", "capital.tranche.savings": "10 * (1 - 0.1 * (M - F) / cap)"})

case("38_credits_without_cash", scenario(
    "Credits granted by a company without cash",
    lab(cash=20.0, R=1.2, round=ROUND0), company("Cloud", 100.0, 0.0, 0.0), link(base=12.0), vendor(ratio=0.5, credits=1.0)),
    """Margin 0: Cloud passes all it gets to the outside and holds nothing when it grants credits of 0.5: no cash to take origins from; read as savings. Step 1's bill: credits 0.5, cash 0.5; costs 1 of
    face: 0.5 short with no borrowing: build_shortfall 0.5.""",
    "",
    {"capital.credit.savings": "0.5", "capital.credit.credit": "0.0", "build_shortfall": "0.5", "share.traced": "0.0",
     "lab.Lab.effective_price": "1.0"})

case("39_two_holdings_one_stock", scenario(
    "Two holdings sell the same stock in one round",
    announcement(0.0, 1.0, impact=1.0), lab(cash=5.0, R=12.0, round=ROUND0), company("Cloud", 100.0, 1.0, 0.0), link(base=24.0),
    holding(name="H", cash=0.0, stakes={"Cloud": 0.3}, invests={"Lab": 1.0}, funding=["sell"]),
    holding(name="J", cash=0.0, stakes={"Cloud": 0.1}, invests={"Lab": 1.0}, funding=["sell"]), r=0.0),
    """Offers at M = 100: 30 and 10, T = 120 − 4 = 116. H sells 30: x = −0.3. J's stake then fetches only 10·e^(−0.3): it pays what it can; raised is what was paid. π = 0.""",
    "",
    {"capital.raised": "30 + 10 * exp(-0.3)", "lab.Lab.mark_end": "120 + 30 + 10 * exp(-0.3)",
     "company.Cloud.value_end": "100 * exp((-0.3 - 0.1) * 2 ** (-11 / 12))"})


case("43_cut_and_new_deal", scenario(
    "A cut and a new deal in one step",
    announcement(0.5, 0.7, half_life=2.0), lab("One", 0.0, 12.0, restructure=dict(cut=0.5)), lab("Two", 50.0, 60.0), company("Cloud", 300.0, 0.4),
    link("One", contracts=[con("2024-12-15", 120.0, "2025-01-01", 5.0)]), link("Two", contracts=[con("2025-02-15", 80.0, "2025-08-15", 2.0)])),
    """One owes 2 a step and has 1: restructures at step 0; D_cut = 0.5·59·2 = 59, B = 118, own τ = 5 (One has no `commit`): q = 60/118. At step 1 Two announces 80
    (lead 6 steps, q = 1): each power is taken apart, on M before both, and the a's and the v's are added. One's later shortfalls: from step 1 on bills are 1, covered.""",
    """
    a = 0.5 * (80 / 300) ** 0.7 - 0.5 * (59 / 300) ** 0.7
    v = 0.4 * 80 * exp(-0.04 * (0.5 + 1)) - 0.4 * 59 * 60 / 118
    F = 300 + v
    """,
    {"company.Cloud.fundamental_end": "F", "company.Cloud.value_end": "F * exp(a * 2 ** (-10 / 12 / 2))", "written_off": "1.0",
     "announced": "80.0", "paid": "1 + 11 * 1 + 5 * 80 / 24"})

case("44_floor_of_a_loss", scenario(
    "A loss larger than the company: v is never below -0.9 F",
    announcement(0.1, 0.5), lab(cash=0.0, R=12.0, commit=dict(multiple=1.0, term=5.0, lead=1.0)), company("Small", 10.0, 1.0),
    link(company="Small", contracts=[con("2024-12-15", 120.0, "2025-01-01", 5.0)])),
    """D_cut = 59, q = 60/118: v = −30 against F = 10: read as −9: F = 1, M' = (10 − 9)·e^a, x' = a = −0.1·(59/10)^0.5.""",
    """
    a = -0.1 * 5.9 ** 0.5
    """,
    {"company.Small.fundamental_end": "1.0", "company.Small.value_end": "exp(a * 2 ** (-10 / 12))", "company.Small.premium_peak": "0.0"})

case("45_interest", scenario(
    "Interest from cash above the floor, the rest on the debt",
    lab(cash=5.0), company("Cloud", 100.0, 0.5, 10.0, 6.0, cash_floor=9.9, debt=100.0, max_ltv=0.5),
    holding(name="H", cash=5.0, cash_floor=4.0, debt=10.0), r=0.12),
    """i = e^0.01 − 1; Cloud earns 0.5 a step, 0.6 is above the floor at step 0, then 0.5; the rest of the interest is added. d_{n+1} = d_n(1 + i) − paid. H has 1 above its floor:
    interest of 0.1005 a step is paid nine times in full, the tenth in part, then added.""",
    """
    i = exp(0.01) - 1
    g = 1 + i
    d = 100 * g ** 12 - 0.1 * g ** 11 - 0.5 * (g ** 12 - 1) / i
    h = ((10 + 10 * i - (1 - 9 * 10 * i))) * g ** 2
    """,
    {"company.Cloud.debt_end": "d", "company.Cloud.cash_end": "9.9", "holding.H.debt_end": "h"})

case("46_two_labs_one_supplier", scenario(
    "Whose payment is what a company passes on, when one lab's was built ahead",
    lab("One", 50.0, 12.0), lab("Two", 50.0, 12.0), company("Cloud", 400.0, 0.5, 20.0, build_ahead=0.5, suppliers={"Chip": 0.5}), company("Chip", 100.0, 1.0),
    link("One", base=12.0), link("Two", contracts=[con("2025-01-15", 24.0, "2025-03-15", 2.0)])),
    """Two's contract: lead 2 steps, 0.5·24 = 12 ahead: 6 in each of steps 0, 1. Bills of 1 in steps 2…11. Pass-through: steps 0, 1: 0.5 (One's alone). Steps 2…11: 0.5·(1 + 1) − 0.5 (cut, for Two's
    contract) = 0.5, counted "in proportion to what l paid i": 0.25 each.""",
    "",
    {"got_back.Chip.One": "2 * 0.5 + 10 * 0.25", "got_back.Chip.Two": "10 * 0.25", "company.Chip.cash_end": "10 + 12 + 6",
     "company.Cloud.cash_end": "20 + 12 + 10 - 12 - 6"})

case("47_announced_before_start_built_ahead", scenario(
    "A contract announced before the start, first payment after it: the rest of the building ahead",
    lab(cash=50.0, R=12.0), company("Cloud", 400.0, 0.5, 20.0, build_ahead=0.5, suppliers={"Chip": 0.5}), company("Chip", 100.0, 1.0),
    link(contracts=[con("2024-11-15", 24.0, "2025-03-15", 2.0)])),
    """2024-11-15 is −47 days: step floor(−1.54) = −2; 2025-03-15 is step 2: lead 4 steps, 3 a step; the two before the start are gone, 6 are spent in steps 0 and 1, and only these 6 are
    taken off the pass-through: 0.5 a step in steps 2…11 is wholly cut (5 < 6).""",
    "",
    {"company.Chip.cash_end": "10 + 6", "company.Cloud.cash_end": "20 - 6 + 10", "got_back.Chip.Lab": "0.0", "announced": "0"})

case("48_warrant_commits", scenario(
    "A warrant's proceeds are committed too; two tranches in one step",
    lab(cash=50.0, R=12.0, commit=dict(multiple=4.0, term=1.0, lead=3.0)), company("Chip", 200.0, 0.5), link(company="Chip", base=24.0, weight=1.0),
    warrant(company="Chip", lab="Lab", tranches=[dict(fraction=0.02, milestone=1.0, price=0.5), dict(fraction=0.03, milestone=1.0, price=0.5)])),
    """Step 0: 2 paid ≥ 1: both vest, one after the other: 0.02·200 = 4, then 0.03·196 = 5.88. D = 4·9.88, announced at step 1; q = min(1, 12/39.52). (On M before both it would be 10.)""",
    """
    Dn = 4 * 9.88
    """,
    {"capital.raised": "9.88", "announced": "Dn", "company.Chip.fundamental_end": "200 * 0.98 * 0.97 + 0.5 * Dn * 12 / Dn * exp(-0.04 * 3.5)",
     "put_in.Chip.Lab": "9.88", "share.netted": "1.0", "share.circular.volume": "2 * 9.88 / 33.88"})


case("49_target_and_spans", scenario(
    "Credits count in the target; spans round half up",
    lab(cash=2.0, R=12.0, round=dict(trigger=1.0, gap=5.0, runway=0.545, multiple=[10.0] * 3, appetite=[0.5] * 3),
        commit=dict(multiple=0.25, term=0.01, lead=0.29)), company("Chip", 200.0, 0.5), link(company="Chip", base=24.0, weight=1.0),
    holding(name="H", cash=1.0, stakes={"Chip": 0.1}),
    commitment(investor="Chip", lab="Lab", pre_money=100.0, credits=1.0, tranches=[dict(due=D("2025-01-15"), amount=2.0)]), years=0.5),
    """Six steps. Step 0: cash 2 + 1 − 2 = 1; Chip grants 2 in credits (stage 7). Runway 0.545·12 = 6.54 → 7 steps of 1: T = 7 − 1 − 2 = 4, all from outside (0.5·120 offered). D = 0.25·2 + 0.25·4 = 1.5,
    announced at step 1, lead 0.29·12 = 3.48 → 3: first bill at step 4; term 0.12 steps → one step: 1.5 at once. Step 1's bill of 2 is settled in credits. H's stake of the payments: 0.1.""",
    "",
    {"capital.from.outside": "4.0", "capital.raised": "6.0", "paid": "12 + 1.5", "lab.Lab.cash_end": "2 + 6 + 4 - (13.5 - 2)", "got_back.H.Lab": "1.35",
     "lab.Lab.effective_price": "1 - 0.5 * 2 / 13.5",
     "company.Chip.fundamental_end": "200 + 0.5 * 1.5 * (1 / 1.5) * exp(-0.04 * (3 / 12 + 0.5 / 12))"})

case("50_need_window", scenario(
    "The need counts the steps from the next one on",
    lab(cash=0.0, R=12.0, round=dict(trigger=0.5, gap=5.0, runway=0.75, multiple=[10.0] * 3, appetite=[0.5] * 3)), company("Cloud", 200.0, 0.5),
    link(base=12.0, contracts=[con("2024-11-15", 24.0, "2025-05-15", 1.0)]), years=0.75),
    """Base 12 is covered by R. The contract's bills of 2 fall in steps 4…15. Step 0: cash 0 < 0.5·(2·9), steps 1…12 hold nine bills. Runway nine steps, 1…9: six bills (4…9): T = 12. The run ends
    after step 8: five bills.""",
    "",
    {"capital.raised": "12.0", "lab.Lab.cash_end": "2.0", "lab.Lab.mark_end": "132.0", "paid": "9 + 10"})

case("51_no_need_no_round", scenario(
    "No need, no round",
    lab("One", 0.0, 12.0, round=ROUND0), lab("Two", 0.0, 12.0, round=ROUND0), company("Cloud", 1000.0, 0.5), link("One", base=24.0, weight=1.0), link("Two", base=24.0, weight=1.0),
    holding(name="H", cash=20.0, cash_floor=4.0, invests={"One": 0.5, "Two": 0.5}, funding=["cash"]), r=0.0),
    """Step 0: both labs get 1, owe 2: 1 is written off each, both restructure (cut 0.5): base 12, met by R from then on: no need, no round. So nothing is raised although cash is 0: T = 0.""",
    "",
    {"capital.raised": "0.0", "written_off": "2.0", "paid": "2 + 22", "rounds": "0", "share.traced": "None", "share.netted": "None"})

case("52_two_rounds_of_one_step", scenario(
    "A holding in two labs' rounds of one step: the second sees what the first left",
    lab("One", 2.0, 12.0, round=ROUND0), lab("Two", 2.0, 12.0, round=ROUND0), company("Cloud", 1000.0, 0.5), link("One", base=18.0), link("Two", base=18.0),
    holding(name="H", cash=20.0, cash_floor=4.0, invests={"One": 0.5, "Two": 0.5}, funding=["cash"]), r=0.0),
    """Bills 1.5, revenue 1. Offers at step 0: 0.5·16 = 8 to One, then 0.5·8 = 4 to Two. Marks 120 + 8 and 120 + 4.""",
    "",
    {"put_in.H.One": "8.0", "put_in.H.Two": "4.0", "lab.One.mark_end": "128.0", "lab.Two.mark_end": "124.0"})


case("53_short_with_credits", scenario(
    "Short of cash with credits in hand",
    lab(cash=3.0, R=12.0), company("A", 200.0, 0.5), company("B", 200.0, 0.5), link(company="A", base=24.0), link(company="B", base=24.0),
    commitment(investor="A", lab="Lab", pre_money=99.0, credits=1.0, tranches=[dict(due=D("2025-01-15"), amount=1.0)])),
    """Step 0: 4 pays 2 + 2; A grants credits of 1. Step 1: cash 1, bills 2 and 2: A's draws the credits first, then each gets the same fraction of what is left: 1/(1 + 2): A 1 + 1/3, B 2/3. Written off 2; bases are
    halved to 1 a step; 0.5 each from then on, 1 written off a step. (The same fraction of the whole bills would be 1 and 1.)""",
    "",
    {"company.A.lab_revenue": "2 + 4 / 3 + 10 * 0.5", "company.B.lab_revenue": "2 + 2 / 3 + 10 * 0.5", "written_off": "2 + 10.0", "unwind.time": "1 / 12"})


# ------------------------------------------------------------------------------------------ everything, with draws

def everything(name, seed, spy, years, tweak):
    rnd = random.Random(seed)
    g = tweak
    labs = [lab("OpenAI", 10.0, 13.0, 0.65, opex=g.get("opex", 14.0), opex_growth=0.30, mark=500.0,
                revenue=dict(growth_end=0.15, half_life=1.5, volatility=0.25),
                round=dict(trigger=1.0, gap=0.5, runway=1.5, multiple=[35.0, 22.0, 10.0], appetite=g.get("appetite", [0.04, 0.02, 0.004]),
                           spillover=0.5),
                commit=dict(multiple=g.get("commit", 3.0), term=5.0, lead=1.0, tie=1.0), restructure=dict(cut=0.5)),
            lab("Anthropic", 8.0, 5.0, 0.9, opex=6.0, opex_growth=0.25, mark=183.0,
                revenue=dict(growth_end=0.2, half_life=1.2, volatility=0.3),
                round=dict(trigger=0.8, gap=0.25, runway=1.25, multiple=[30.0, 20.0, 9.0], appetite=[0.05, 0.03, 0.006], spillover=0.3),
                commit=dict(multiple=2.0, term=3.3, lead=0.4, tie=0.5), restructure=dict(cut=0.4))]
    companies = [
        company("Oracle", 678.0, 0.30, g.get("oracle_cash", 11.0), 8.0, premium=0.15, drift=0.06, volatility=0.28, beta=dict(market=1.0, sector=0.8), cash_floor=5.0,
                debt=90.0, max_ltv=g.get("oracle_ltv", 0.25), build_ahead=g.get("ahead", 0.1), elasticity=0.5, half_life=0.75, suppliers={"NVIDIA": 0.4, "AMD": 0.1}, payout=0.1,
                lab_stakes={"OpenAI": dict(stake=0.01, cost=2.0)}),
        company("Amazon", 2300.0, 0.35, 60.0, 40.0, volatility=0.25, drift=0.05, beta=dict(market=1.1, sector=0.4), cash_floor=30.0, max_ltv=0.1,
                suppliers={"NVIDIA": 0.35}, build_ahead=0.05, payout=0.3),
        company("NVIDIA", 4100.0, 0.75, 56.0, 90.0, volatility=0.30, beta=dict(market=1.2, sector=1.3), cash_floor=20.0, payout=0.5,
                suppliers={"AMD": 0.02}),
        company("AMD", 265.0, 0.50, 6.0, 5.0, volatility=0.45, cash_floor=1.0, premium=0.05)]
    people = [person(name="Ellison", stake={"Oracle": 0.41}, loan=20.0, max_ltv=0.10, call_ltv=g.get("call", 0.20), invests={"OpenAI": 0.5}),
              person(name="Huang", stake={"NVIDIA": 0.035}, loan=1.0, max_ltv=0.05, call_ltv=0.3, invests={"OpenAI": 0.1, "Anthropic": 0.05})]
    holdings = [holding(name="SoftBank", cash=25.0, cash_floor=10.0, debt=38.0, max_ltv=0.25, call_ltv=0.35, stakes={"NVIDIA": 0.0013, "Oracle": 0.01},
                        other_assets=g.get("other", 150.0), lab_stakes={"OpenAI": dict(stake=0.02, cost=10.0)}, invests={"OpenAI": 0.1},
                        funding=g.get("funding", ["cash", "sell", "borrow"])),
                holding(name="MGX", cash=5.0, cash_floor=1.0, debt=2.0, max_ltv=0.3, call_ltv=0.5, stakes={"AMD": 0.05, "Amazon": 0.001}, other_assets=20.0,
                        invests={"Anthropic": 0.4, "OpenAI": 0.2}, funding=["borrow", "sell", "cash"])]
    links = [link("OpenAI", "Oracle", base=2.0, weight=0.6, contracts=[con("2025-09-10", 300.0, "2027-06-01", 5.0), con("2024-07-01", 20.0, "2025-01-15", 3.0)]),
             link("OpenAI", "AMD", weight=0.2, contracts=[con("2025-10-06", 90.0, "2026-10-01", 5.0)]),
             link("OpenAI", "Amazon", weight=0.2, base=0.5, contracts=[con("2025-11-03", 38.0, "2025-11-20", 7.0)]),
             link("Anthropic", "Amazon", base=3.0, weight=1.0), link("Anthropic", "NVIDIA", base=0.5, weight=0.5,
                                                                     contracts=[con("2025-11-03", 30.0, "2026-05-01", 2.77)])]
    deals = [vendor("NVIDIA", "OpenAI", 0.25, reciprocal=0.05), vendor("AMD", "OpenAI", 0.3, credits=0.4), vendor("Amazon", "Anthropic", 0.4, credits=0.5, reciprocal=0.03),
             vendor("Oracle", "OpenAI", 0.05, reciprocal=0.08),
             commitment(investor="NVIDIA", lab="OpenAI", pre_money=490.0, credits=0.2, tranches=[
                 dict(due=D("2025-10-15"), amount=10.0), dict(due=D("2026-06-30"), amount=10.0, needs=dict(company="NVIDIA", paid=3.0)),
                 dict(due=D("2027-01-15"), amount=30.0, needs=dict(company="NVIDIA", paid=8.0))]),
             commitment(investor="Ellison", lab="Anthropic", pre_money=170.0, tranches=[dict(due=D("2026-03-01"), amount=2.0), dict(due=D("2026-09-01"), amount=4.0)]),
             commitment(investor="SoftBank", lab="OpenAI", pre_money=260.0, tranches=[
                 dict(due=D("2025-04-15"), amount=10.0), dict(due=D("2025-12-22"), amount=22.5), dict(due=D("2026-06-30"), amount=g.get("late", 7.5))]),
             commitment(investor="MGX", lab="Anthropic", pre_money=170.0, tranches=[dict(due=D("2026-01-10"), amount=3.0), dict(due=D("2027-01-10"), amount=3.0)]),
             warrant(company="AMD", lab="OpenAI", tranches=[dict(fraction=0.02, milestone=1.0, price=1.0), dict(fraction=0.02, milestone=5.0, price=1.2),
                                                            dict(fraction=0.03, milestone=10.0, price=1.5)])]
    text = scenario(name.split("_", 1)[1], announcement(0.45, 0.7, 0.5, half_life=0.75, impact=1.0),
                    sentiment(g.get("initial", "hype"), (1.0, 0.4, -0.5), ((0, 0.5, 0.2), (0.5, 0, 0.5), (0.1, 0.6, 0)), 2.0, 0.3, 0.5, 10.0),
                    *labs, *companies, *people, *holdings, *links, *deals, years=years, spy=spy, start="2025-09-08", r=0.045, σ_m=0.16, σ_s=0.20)
    N = int(years * spy)
    z = lambda: [round(rnd.gauss(0, 1), 6) for _ in range(N)]
    draws = dict(z_market=z(), z_sector=z(), z_company={c[1]["name"]: z() for c in companies}, z_lab={l[1]["name"]: z() for l in labs},
                 z_announcement={c[1]["name"]: z() for c in companies}, u_sentiment=[round(rnd.random(), 6) for _ in range(N)])
    case(name, text, f"""Everything at once, {N} steps, random draws (Python's random, seed {seed}; file {name}.draws.json). No hand derivation of the whole. By hand: the labs' revenue from their
    draws alone (5.1), and what each lab announced = the file's contracts announced within the run + λ × the capital it raised before the last step (5.10).""", f"""
    d, N = 1 / {spy}, {N}
    def revenue(R, g0, g1, h, s, z):
        return R * exp(sum(g1 + (g0 - g1) * 2 ** (-n * d / h) - s * s / 2 for n in range(N)) * d + s * sqrt(d) * sum(z))
    RO = revenue(13, 0.65, 0.15, 1.5, 0.25, draws["z_lab"]["OpenAI"])
    RA = revenue(5, 0.9, 0.2, 1.2, 0.3, draws["z_lab"]["Anthropic"])
    """, {"lab.OpenAI.revenue_end": "RO", "lab.Anthropic.revenue_end": "RA",
          "lab.OpenAI.announced": f"300 + 90 + 38 + {g.get('commit', 3.0)} * m['lab.OpenAI.raised']", "lab.Anthropic.announced": "30 + 2 * m['lab.Anthropic.raised']",
          "capital.raised": "sum(m['capital.from.' + k] for k in ('outside', 'company', 'person', 'holding'))"}, draws=draws, offs="all")


everything("90_everything_weekly", 20250908, 52, 3.0, {})
everything("91_everything_stress", 4713, 52, 4.0, dict(initial="neutral", opex=18.0, appetite=[0.015, 0.008, 0.002], call=0.13, other=40.0, late=30.0, commit=5.0, oracle_cash=5.0, oracle_ltv=0.15, ahead=0.3,
                                                     funding=["sell", "borrow", "cash"]))
everything("92_everything_long", 99, 52, 6.0, dict(initial="suspicion", commit=1.5, funding=["borrow", "cash", "sell"]))


# --------------------------------------------------------------------------------------------------------------- main

def main():
    import second_edition                              # last: its cases are written with the names of this module
    if sys.argv[1:2] == ["--draws"]:                   # follow the engine's random numbers: casefile.py
        FIRST.follow(sys.argv[2])
        second_edition.SECOND.follow(sys.argv[2])
        return 0
    only = sys.argv[1:]
    for flows, want in ((((1, 1, 5),), 1), (((1, 2, 1), (2, 3, 1), (3, 1, 1)), 1), (((1, 2, 2), (2, 3, 1), (3, 1, 1)), 3 / 4),
                        (((1, 4, 2), (4, 2, 2), (2, 3, 1), (3, 1, 1)), 2 / 3), (((1, 2, 1), (2, 3, 1), (1, 3, 1), (3, 1, 1)), 5 / 8)):
        assert abs(circular_volume_share({(a, b): float(w) for a, b, w in flows}) - want) < 1e-12    # published cases of the decomposition
    return 1 if FIRST.write(only) + second_edition.SECOND.write(only) else 0


if __name__ == "__main__":
    sys.exit(main())
