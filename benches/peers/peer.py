"""The scenario beside this file (docs/model.md with its topology in the code) in Python, from one source in two ways: `numpy`, where a value is an
array over paths and every branch a mask, and `numba`, where it is one path's number and the same functions are compiled. run.py checks it.

Not as in the engine and in peer.cpp: random numbers come in order from the library's generator, flows are not kept by edge.

    peer.py numpy|numba NUMBERS PATHS SEED OFF      NUMBERS: lines "low high" in run.py's order; OFF=1: loops off but related_wealth"""
import json, math, sys, time
import numpy as np

HOW = sys.argv[1]
CHUNK = 2000  # paths in one array
STEPS, YEAR, AHEAD, DT, SLACK, LN2 = 260, 52, 440, 1 / 52, 1e-9, math.log(2.0)
ORACLE, MICROSOFT, AMAZON, NVIDIA = 0, 1, 2, 3
REVENUE, SAVINGS, PREMIUM, MARK, RECYCLED = 0, 1, 2, 3, 4
LAB, FUND = 4, 5  # accounts after the companies'
SIZES = """VOLATILITY SECTOR RATE ELASTICITY EXPONENT NOISE HALF_LIFE IMPACT RESPONSE:3 RATES:6 SENSITIVITY REFERENCE MEMORY WEIGHT CASH OPEX
OPEX_GROWTH MARK0 ANNUAL GROWTH GROWTH_END GROWTH_HALF REVENUE_VOL TRIGGER GAP RUNWAY MULTIPLE:3 APPETITE:3 SPILLOVER COMMIT TERM LEAD TIE CUT
CAP:4 DRIFT:4 VOL:4 BETA_M:4 BETA_S:4 C_CASH:4 C_FLOOR:4 EARN:4 PAYOUT:4 MARGIN:4 DEBT:4 SUPPLY:3 STAKE LOAN P_LTV P_CALL P_INVESTS H_CASH
H_FLOOR H_DEBT H_LTV H_NVIDIA H_OTHER H_LAB H_COST H_INVESTS BASE:3 LINK_WEIGHT:3 CONTRACT CONTRACT_TERM CONTRACT_STEP CONTRACT_START VENDOR
TRANCHES:18 INITIAL"""
count = 0
for word in SIZES.split():
    name, _, size = word.partition(":")
    globals()[name] = count
    count += int(size or 1)
NUMBERS = count
NAMES = """capital.raised capital.round capital.from.outside capital.from.company capital.from.person capital.from.holding capital.origin.revenue
capital.origin.savings capital.origin.premium capital.origin.mark capital.origin.recycled capital.netted paid announced committed written_off unwind
margin_calls forced_sales tranches_missed rounds sentiment.suspicion lab.OpenAI.revenue_end lab.OpenAI.mark_end lab.OpenAI.cash_end
company.Oracle.value_end company.NVIDIA.value_end company.Oracle.fundamental_end company.NVIDIA.fundamental_end company.Oracle.cash_end
company.NVIDIA.cash_end company.Oracle.premium_peak company.NVIDIA.premium_peak person.Ellison.stake_end person.Ellison.loan_end
holding.SoftBank.debt_end holding.SoftBank.cash_end""".split()
(RAISED, ROUND, OUTSIDE, COMPANY, PERSON, HOLDING, ORIGIN, NETTED, PAID, ANNOUNCED, COMMITTED, WRITTEN, UNWIND, CALLS, FORCED, MISSED, ROUNDS,
 SUSPICION, ENDS) = (0, 1, 2, 3, 4, 5, 6, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22)
OUTS = len(NAMES)

if HOW == "numba":
    from numba import njit

    compiled = njit(error_model="numpy", cache=True)

    @compiled
    def pick(m, a, b):
        return a if m else b

    @compiled
    def least(a, b):
        return a if a < b else b

    @compiled
    def most(a, b):
        return a if a > b else b

    @compiled
    def some(m):
        return m

    @compiled
    def zeros(like, k):
        return np.zeros(k)

    @compiled
    def table(like, k, m):
        return np.zeros((k, m))

    @compiled
    def normals(like, k):
        return np.random.standard_normal(k)

    @compiled
    def uniform(like):
        return np.random.random()

    exp, log = math.exp, math.log
else:
    rng = np.random.default_rng(int(sys.argv[4]))
    pick, least, most, exp, log, some = np.where, np.minimum, np.maximum, np.exp, np.log, np.any

    def compiled(function):
        return function

    def zeros(like, k):
        return np.zeros((k,) + like.shape)

    def table(like, k, m):
        return np.zeros((k, m) + like.shape)

    def normals(like, k):
        return rng.standard_normal((k,) + like.shape)

    def uniform(like):
        return rng.random(like.shape)


@compiled
def total(account):
    return ((account[0] + account[1]) + (account[2] + account[3])) + account[4]


@compiled
def take(accounts, who, to, amount, counted, origin):
    """`amount` leaves an account pro rata of its origins, for another (-1: the outside); into the lab it counts as capital."""
    held = total(accounts[who])
    f = least(amount / most(held, 1e-300), 1.0)
    for o in range(5):
        moved = accounts[who, o] * f
        accounts[who, o] = accounts[who, o] - moved
        if to >= 0:
            accounts[to, o] += moved
        if counted:
            origin[o] += moved


@compiled
def power(share, exponent):
    return pick(share > 0.0, exp(exponent * log(pick(share > 0.0, share, 1.0))), 0.0)


@compiled
def contract(n, k, notional, start, length, rate, change, ahead, sums):
    """A contract of link k from `start` on; sums: what is left of it, the next year's bills (3), the rate at its end (4)."""
    r = notional / (length * DT)
    sums[k] += notional
    if start <= n:
        rate[k] += r
    elif start < AHEAD:
        change[k, start] += r
        ahead[start] += r
    if start + length < AHEAD:
        change[k, start + length] -= r
        ahead[start + length] -= r
    inside = min(start + length, n + YEAR + 1) - max(start, n + 1)
    if inside > 0:
        sums[3] += r * inside
    if start <= n + YEAR and n + YEAR < start + length:
        sums[4] += r


@compiled
def tell(k, d, worth, p, news, v):
    news[k] += d
    v[k] += p[MARGIN + k] * worth
    news[NVIDIA] += p[SUPPLY + k] * d
    v[NVIDIA] += p[MARGIN + NVIDIA] * p[SUPPLY + k] * worth


@compiled
def room(p, worth, debt):
    return most(p[H_LTV] * worth - debt, 0.0)


@compiled
def from_holding(p, accounts, debt, amount, nav, flat, low, origin):
    cash = least(amount, most(total(accounts[FUND]) - p[H_FLOOR], 0.0))
    take(accounts, FUND, LAB, cash, True, origin)
    can = room(p, nav, debt)
    lent = least(amount - cash, can)
    marks = least(most((can - room(p, flat, debt)) / most(can, 1e-300), 0.0), 1.0)
    high = least(most((room(p, flat, debt) - room(p, low, debt)) / most(can, 1e-300), 0.0), 1.0 - marks)
    for o, part in ((MARK, marks), (PREMIUM, high), (SAVINGS, 1.0 - marks - high)):
        accounts[LAB, o] += lent * part
        origin[o] += lent * part
    return cash, lent


@compiled
def commit(p, raised, amazon, capital, pending, out):
    w2 = p[LINK_WEIGHT + 2] * (1.0 + p[TIE] * amazon / most(capital, 1e-300))
    d = pick(raised > SLACK, p[COMMIT] * raised, 0.0)
    whole = p[LINK_WEIGHT] + p[LINK_WEIGHT + 1] + w2
    pending[0] += d * p[LINK_WEIGHT] / whole
    pending[1] += d * p[LINK_WEIGHT + 1] / whole
    pending[2] += d * w2 / whole
    out[COMMITTED] += d


@compiled
def model(p, off, term, lead, gap, runway, file_step, file_start, file_term, due_at):
    nil = p[0] * 0.0
    out, origin, accounts = zeros(nil, OUTS), zeros(nil, 5), table(nil, 6, 5)
    F, x, M, debt, paid_to, peak = zeros(nil, 4), zeros(nil, 4), zeros(nil, 4), zeros(nil, 4), zeros(nil, 4), zeros(nil, 4)
    for i in range(4):
        F[i] = p[CAP + i]
        debt[i] = p[DEBT + i]
        peak[i] = nil - 1e300
        accounts[i, SAVINGS] = p[C_CASH + i]
    accounts[LAB, SAVINGS] = p[CASH]
    accounts[FUND, SAVINGS] = p[H_CASH]
    R, mark, dilution, mood, opex = p[ANNUAL] + 0.0, p[MARK0] + 0.0, nil + 1.0, p[INITIAL] + 0.0, p[OPEX] + 0.0
    rel, whole, h_debt, h_stake, h_cost = nil + 0.0, nil + 0.0, p[H_DEBT] + 0.0, p[H_LAB] + 0.0, p[H_COST] + 0.0
    s_amazon, s_nvidia, s_person, stake, loan = nil + 0.0, nil + 0.0, nil + 0.0, p[STAKE] + 0.0, p[LOAN] + 0.0
    rate, base, pending, removed, sums = zeros(nil, 3), zeros(nil, 3), zeros(nil, 3), zeros(nil, 3), zeros(nil, 5)
    change, ahead = table(nil, 3, AHEAD), zeros(nil, AHEAD)
    for k in range(3):
        base[k] = p[BASE + k]
        sums[3] += base[k] * YEAR
        sums[4] += base[k]
    cover, since, capital, back_person, back_fund = nil + 0.0, nil + 0.0, nil + 0.0, nil + 0.0, nil + 0.0
    in_amazon, in_nvidia, in_person, in_fund = nil + 0.0, nil + 0.0, nil + 0.0, nil + 0.0
    last_round, last_cut = nil - 1e6, nil - 1e6
    due, missed, done = zeros(nil, 6), zeros(nil, 6), zeros(nil, 6)
    decay, memory, slow = exp(-LN2 * DT / p[HALF_LIFE]), exp(-LN2 * DT / p[MEMORY]), exp(-LN2 * DT / p[GROWTH_HALF])
    slowed, opex_up, interest = nil + 1.0, exp(p[OPEX_GROWTH] * DT), exp(p[RATE] * DT) - 1.0
    for n in range(STEPS):
        for k in range(3):
            rate[k] += change[k, n]
        now = (base[0] + base[1] + base[2]) + (rate[0] + rate[1] + rate[2])
        if n > 0:
            sums[4] += ahead[n + YEAR]
            sums[3] += sums[4] - now
        # Market
        z = normals(nil, 7)
        for i in range(4):
            m, s, own = p[BETA_M + i] * p[VOLATILITY], p[BETA_S + i] * p[SECTOR], p[VOL + i]
            F[i] *= exp((p[DRIFT + i] - 0.5 * (m * m + s * s + own * own)) * DT + DT**0.5 * ((m * z[0] + s * z[1]) + own * z[2 + i]))
            x[i] *= decay
            M[i] = F[i] * exp(x[i])
        s = p[REVENUE_VOL]
        R = R * exp((p[GROWTH_END] + (p[GROWTH] - p[GROWTH_END]) * slowed - 0.5 * s * s) * DT + s * DT**0.5 * z[6])
        slowed = slowed * slow
        # Sentiment
        rel, whole = rel * memory, whole * memory
        fear = exp(p[SENSITIVITY] * ((rel + p[WEIGHT] * p[REFERENCE]) / (whole + p[WEIGHT]) - p[REFERENCE])) if not off else nil + 1.0
        hype, neutral = mood == 0.0, mood == 1.0
        one = pick(hype, p[RATES], pick(neutral, p[RATES + 2], p[RATES + 4]))
        two = pick(hype, p[RATES + 1] * fear, pick(neutral, p[RATES + 3] * fear, p[RATES + 5]))
        moves = 1.0 - exp(-(one + two) * DT)
        u = uniform(nil) * (one + two)
        mood = pick(u < one * moves, pick(hype, 1.0, 0.0), pick(u < (one + two) * moves, pick(mood == 2.0, 1.0, 2.0), mood))
        hype, neutral = mood == 0.0, mood == 1.0
        # Announcements
        fresh, gone = pending[0] + pending[1] + pending[2], removed[0] + removed[1] + removed[2]
        if some(fresh + gone > 0.0) or n == file_step:
            news, loss, v = zeros(nil, 4), zeros(nil, 4), zeros(nil, 4)
            b = fresh + sums[0] + sums[1] + sums[2]
            if n == file_step:
                b = b + p[CONTRACT]
            q = least(R * (term * DT) / most(b, 1e-300), 1.0)
            for k in range(3):
                d, cut = pending[k] + 0.0, removed[k] + 0.0
                tell(k, d, d * q * exp(-p[RATE] * (lead * DT + term * DT / 2)), p, news, v)
                contract(n, k, d, n + lead, term, rate, change, ahead, sums)
                loss[k] += cut
                loss[NVIDIA] += p[SUPPLY + k] * cut
                v[k] -= p[MARGIN + k] * cut * cover
                v[NVIDIA] -= p[MARGIN + NVIDIA] * p[SUPPLY + k] * cut * cover
                out[ANNOUNCED] += d
                pending[k] = nil
                removed[k] = nil
            if n == file_step:
                d = p[CONTRACT]
                q = least(R * (file_term * DT) / b, 1.0)
                tell(ORACLE, d, d * q * exp(-p[RATE] * ((file_start - n) * DT + file_term * DT / 2)), p, news, v)
                contract(n, ORACLE, d, file_start, file_term, rate, change, ahead, sums)
                out[ANNOUNCED] += d
            z = normals(nil, 4)
            response = pick(hype, p[RESPONSE], pick(neutral, p[RESPONSE + 1], p[RESPONSE + 2]))
            for i in range(4):
                told, s = news[i] + loss[i] > 0.0, p[NOISE]
                a = p[ELASTICITY] * exp(s * z[i] - 0.5 * s * s) * (response * power(news[i] / M[i], p[EXPONENT]) - power(loss[i] / M[i], p[EXPONENT]))
                if off:
                    a = nil
                add = most(most(v[i], -0.9 * F[i]), -0.999 * M[i])
                f = F[i] + add
                to = most(least(log((M[i] + add) / f) + a, 100.0), -100.0)
                x[i] = pick(told, to, x[i])
                F[i] = pick(told, f, F[i])
                M[i] = pick(told, f * exp(to), M[i])
        # Money from outside
        accounts[LAB, REVENUE] += R * DT
        for i in range(4):
            accounts[i, REVENUE] += p[EARN + i] * DT
            take(accounts, i, -1, p[PAYOUT + i] * DT * most(total(accounts[i]) - p[C_FLOOR + i], 0.0), False, origin)
        # Opex, bills, suppliers, default
        cost = opex * DT
        spent = least(cost, total(accounts[LAB]))
        take(accounts, LAB, -1, spent, False, origin)
        cash = total(accounts[LAB])
        billed = now * DT
        if some(fresh > 0.0) or n == file_step:  # what began in this step
            billed = (base[0] + base[1] + base[2] + rate[0] + rate[1] + rate[2]) * DT
        f = least(cash / most(billed, 1e-300), 1.0)
        unpaid = (cost - spent) + billed * (1.0 - f)
        through = nil + 0.0
        for k in range(3):
            paid = (base[k] + rate[k]) * DT * f
            sums[k] -= rate[k] * DT
            part = paid / most(cash, 1e-300)
            for o in range(5):
                accounts[k, RECYCLED if o == SAVINGS else o] += accounts[LAB, o] * part
            paid_to[k] += paid
            out[PAID] += paid
            if k == ORACLE:
                back_person = back_person + stake * paid
            through = through + p[SUPPLY + k] * paid
            take(accounts, k, NVIDIA, p[SUPPLY + k] * paid, False, origin)
            take(accounts, k, -1, most(1.0 - p[MARGIN + k] - p[SUPPLY + k], 0.0) * paid, False, origin)
        take(accounts, LAB, -1, billed * f, False, origin)
        take(accounts, NVIDIA, -1, (1.0 - p[MARGIN + NVIDIA]) * through, False, origin)
        paid_to[NVIDIA] += through
        since = since + through
        back_fund = back_fund + p[H_NVIDIA] * through
        short = unpaid > SLACK
        if some(short):
            out[WRITTEN] += pick(short, unpaid, 0.0)
            cuts = short & (n - last_cut >= YEAR)
            cut = pick(cuts, p[CUT], 0.0)
            cover = least(R * (term * DT) / most(sums[0] + sums[1] + sums[2], 1e-300), 1.0)
            for k in range(3):
                removed[k] = sums[k] * cut
                base[k] *= 1.0 - cut
                rate[k] *= 1.0 - cut
                for m in range(n + 1, AHEAD):
                    change[k, m] *= 1.0 - cut
            for m in range(n + 1, AHEAD):
                ahead[m] *= 1.0 - cut
            for k in range(5):
                sums[k] *= 1.0 - cut
            out[UNWIND] = pick(cuts, 1.0, out[UNWIND])
            last_cut = pick(cuts, n + 0.0, last_cut)
            mood = pick(cuts, 2.0, mood)
            hype, neutral = mood == 0.0, mood == 1.0
        # Interest and margin calls
        for i in range(4):
            owed = interest * debt[i]
            pays = least(owed, most(total(accounts[i]) - p[C_FLOOR + i], 0.0))
            take(accounts, i, -1, pays, False, origin)
            debt[i] += owed - pays
        loan = loan * (1.0 + interest)
        m = least(F[ORACLE], M[ORACLE]) if off else M[ORACLE] + 0.0
        called = (loan > p[P_CALL] * stake * m + SLACK) & (stake * m > SLACK)
        if some(called):
            y = pick(called, least(stake * m, (loan - p[P_LTV] * stake * m) / (1.0 - p[P_LTV])), 0.0)
            loan = loan - y
            stake = most(stake - y / m, 0.0)
            out[CALLS] += pick(called, 1.0, 0.0)
            out[FORCED] += y
            if not off:
                x[ORACLE] -= p[IMPACT] * y / m
                M[ORACLE] = F[ORACLE] * exp(x[ORACLE])
            loan = pick(called & (stake * m <= SLACK), 0.0, loan)
        owed = interest * h_debt
        pays = least(owed, most(total(accounts[FUND]) - p[H_FLOOR], 0.0))
        take(accounts, FUND, -1, pays, False, origin)
        h_debt = h_debt + owed - pays
        # Tranches, then a round: the last turn of the loop
        for t in range(7):
            want = nil + 0.0
            if t < 6:
                if n < due_at[t] or (off and t < 2):
                    continue
                if n == due_at[t]:
                    due[t] = p[TRANCHES + 3 * t + 1]
                want = pick(due[t] > SLACK, due[t], 0.0)
            else:
                cash, burn = total(accounts[LAB]), opex - R
                wants = (cash < p[TRIGGER] * most(sums[3] * DT + burn, 0.0)) & (n - last_round >= gap)
                if some(wants):
                    r, scheduled = base[0] + base[1] + base[2] + rate[0] + rate[1] + rate[2], nil + 0.0
                    for m in range(n + 1, n + runway + 1):
                        r = r + ahead[m]
                        scheduled = scheduled + r
                    want = pick(wants, most(most(scheduled * DT + burn * (runway * DT), 0.0) - cash, 0.0), 0.0)
            opened = want > SLACK
            if not some(opened):
                continue
            gain = nil + 0.0
            for j in range(2, 6):
                gain = gain + (p[TRANCHES + 3 * j + 1] - done[j]) * most(dilution * mark / p[TRANCHES + 3 * j + 2] - 1.0, 0.0)
            plain = total(accounts[FUND]) + p[H_OTHER]
            low = plain + p[H_NVIDIA] * least(F[NVIDIA], M[NVIDIA]) + h_cost
            flat = low if off else plain + p[H_NVIDIA] * M[NVIDIA] + h_cost
            nav = flat if off else plain + p[H_NVIDIA] * M[NVIDIA] + h_stake * mark + gain
            if t < 2:
                i = AMAZON if t == 0 else NVIDIA
                pays = least(want, most(total(accounts[i]) - p[C_FLOOR + i], 0.0))
                take(accounts, i, LAB, pays, True, origin)
                out[COMPANY] += pays
                got, own = pays / p[TRANCHES + 3 * t + 2] * dilution, s_amazon if t == 0 else s_nvidia
                keep = 1.0 - got / (1.0 - own)
                if t == 0:
                    in_amazon = in_amazon + pays
                    s_amazon, s_nvidia = s_amazon + got, s_nvidia * keep
                else:
                    in_nvidia = in_nvidia + pays
                    s_amazon, s_nvidia = s_amazon * keep, s_nvidia + got
                s_person, h_stake = s_person * keep, h_stake * keep
            elif t < 6:
                spent, lent = from_holding(p, accounts, h_debt, want, nav, flat, low, origin)
                pays = spent + lent
                h_debt = h_debt + lent
                out[HOLDING] += pays
                in_fund, h_cost = in_fund + pays, h_cost + pays
                got = pays / p[TRANCHES + 3 * t + 2] * dilution
                keep = 1.0 - got / (1.0 - h_stake)
                s_amazon, s_nvidia, s_person, h_stake = s_amazon * keep, s_nvidia * keep, s_person * keep, h_stake + got
            if t < 6:
                due[t] -= pays
                done[t] += pays
                late = opened & (due[t] > SLACK) & (missed[t] == 0.0)
                missed[t] = pick(late, 1.0, missed[t])
                out[MISSED] += pick(late, 1.0, 0.0)
                rel, whole, capital = rel + pays, whole + pays, capital + pays
                out[RAISED] += pays
                commit(p, pays, in_amazon, capital, pending, out)
                continue
            price = pick(hype, p[MULTIPLE], pick(neutral, p[MULTIPLE + 1], p[MULTIPLE + 2])) * R
            if not off:
                bases = p[LINK_WEIGHT] + p[LINK_WEIGHT + 1] + p[LINK_WEIGHT + 2]
                price = price * exp(p[SPILLOVER] * (p[LINK_WEIGHT] * x[0] + p[LINK_WEIGHT + 1] * x[1] + p[LINK_WEIGHT + 2] * x[2]) / bases)
            limit = p[P_LTV] * stake
            can = most(limit * (least(F[ORACLE], M[ORACLE]) if off else M[ORACLE] + 0.0) - loan, 0.0)
            q0 = pick(hype, p[APPETITE], pick(neutral, p[APPETITE + 1], p[APPETITE + 2])) * price
            q1 = nil + 0.0 if off else least(p[VENDOR] * since, most(total(accounts[NVIDIA]) - p[C_FLOOR + NVIDIA], 0.0))
            q2 = p[P_INVESTS] * can
            q3 = p[H_INVESTS] * (most(total(accounts[FUND]) - p[H_FLOOR], 0.0) + room(p, nav, h_debt))
            offered = q0 + q1 + q2 + q3
            happens = opened & (offered > SLACK)
            f = pick(happens, least(want / most(offered, 1e-300), 1.0), 0.0)
            q0, q1, q2 = q0 * f, q1 * f, q2 * f
            part = least(most((can - most(limit * least(F[ORACLE], M[ORACLE]) - loan, 0.0)) / most(can, 1e-300), 0.0), 1.0)
            accounts[LAB, SAVINGS] += q0 + q2 * (1.0 - part)
            origin[SAVINGS] += q0 + q2 * (1.0 - part)
            accounts[LAB, PREMIUM] += q2 * part
            origin[PREMIUM] += q2 * part
            take(accounts, NVIDIA, LAB, q1, True, origin)
            loan = loan + q2
            spent, lent = from_holding(p, accounts, h_debt, q3 * f, nav, flat, low, origin)
            h_debt = h_debt + lent
            q3 = spent + lent
            raised = q0 + q1 + q2 + q3
            d, unit = pick(happens, price / (price + raised), 1.0), pick(happens, 1.0 / (price + raised), 0.0)
            mark = pick(happens, price + raised, mark)
            dilution = dilution * d
            s_amazon, s_nvidia, s_person, h_stake = s_amazon * d, s_nvidia * d + q1 * unit, s_person * d + q2 * unit, h_stake * d + q3 * unit
            h_cost, in_nvidia, in_person, in_fund = h_cost + q3, in_nvidia + q1, in_person + q2, in_fund + q3
            out[OUTSIDE] += q0
            out[COMPANY] += q1
            out[PERSON] += q2
            out[HOLDING] += q3
            out[RAISED] += raised
            out[ROUND] += raised
            out[ROUNDS] += pick(happens, 1.0, 0.0)
            rel, whole, capital = rel + q1 + q2 + q3, whole + raised, capital + raised
            last_round = pick(happens, n + 0.0, last_round)
            since = pick(happens, 0.0, since)
            commit(p, raised, in_amazon, capital, pending, out)
        opex = opex * opex_up
        out[SUSPICION] += pick(mood == 2.0, 1.0 / STEPS, 0.0)
        for i in range(4):
            peak[i] = most(peak[i], M[i] - F[i])
    for o in range(5):
        out[ORIGIN + o] = origin[o]
    out[NETTED] = (least(in_amazon, paid_to[AMAZON]) + least(in_nvidia, paid_to[NVIDIA])
                   + least(in_person, back_person) + least(in_fund, back_fund))
    ends = (R, mark, total(accounts[LAB]), M[0], M[3], F[0], F[3], total(accounts[0]), total(accounts[3]), peak[0], peak[3], stake, loan,
            h_debt, total(accounts[FUND]))
    at = ENDS
    for end in ends:
        out[at] = end
        at += 1
    return out


@compiled
def simulate_paths(low, high, paths, seed, off, term, lead, gap, runway, file_step, file_start, file_term, due_at, sums):
    np.random.seed(seed)
    for path in range(paths):
        p = np.empty(NUMBERS)
        for i in range(NUMBERS):
            p[i] = low[i] if low[i] == high[i] else low[i] + (high[i] - low[i]) * np.random.random()
        out = model(p, off, term, lead, gap, runway, file_step, file_start, file_term, due_at)
        for o in range(OUTS):
            sums[0, o] += out[o]
            sums[1, o] += out[o] * out[o]


def main():
    numbers = np.loadtxt(sys.argv[2])
    assert numbers.shape == (NUMBERS, 2), f"{len(numbers)} numbers, not {NUMBERS}"
    paths, seed, off = int(sys.argv[3]), int(sys.argv[4]), sys.argv[5] == "1"
    low, high = np.ascontiguousarray(numbers[:, 0]), np.ascontiguousarray(numbers[:, 1])

    def span(i):
        return int(low[i] * YEAR + 0.5)

    rest = (off, span(TERM), span(LEAD), span(GAP), span(RUNWAY), int(low[CONTRACT_STEP]), int(low[CONTRACT_START]), span(CONTRACT_TERM),
            low[TRANCHES:TRANCHES + 18:3].astype(np.int64))
    sums = np.zeros((2, OUTS))
    if HOW == "numba":
        simulate_paths(low, high, 1, seed, *rest, np.zeros((2, OUTS)))  # compiles; not timed
    begin = time.process_time()
    if HOW == "numba":
        simulate_paths(low, high, paths, seed, *rest, sums)
    else:
        for first in range(0, paths, CHUNK):
            width = min(CHUNK, paths - first)
            p = low[:, None] + (high - low)[:, None] * rng.random((NUMBERS, width))
            with np.errstate(all="ignore"):
                out = model(p, *rest)
            sums += [out.sum(axis=1), (out * out).sum(axis=1)]
    seconds = time.process_time() - begin
    mean = sums[0] / paths
    error = np.sqrt(np.maximum(sums[1] / paths - mean * mean, 0.0) / paths)
    print(json.dumps({"paths": paths, "seconds": seconds, "measures": {name: [float(a), float(b)] for name, a, b in zip(NAMES, mean, error)}}))


main()
