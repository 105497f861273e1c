// A program for one scenario, benches/peers/scenario.toml, as one would write it by hand for speed: docs/model.md with that file's
// topology in the code (a lab, four companies, a person, a holding, three links, four commitments). The same source is
// compiled for a path at a time (peer double) and for eight in lanes (peer V8). It does what the engine promises: random
// numbers by address, flows between parties by origin, no fused multiply-add (the build says -ffp-contract=off).
// run.py builds and checks it. What is not here: circular share, courses over time, audit, quantiles, files.
//
//   peer NUMBERS PATHS SEED scalar|lanes OFF     NUMBERS: lines "low high" in the order of Number; OFF=1: loops off but related_wealth
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <vector>
#include "lanes.hpp"

enum { ORACLE, MICROSOFT, AMAZON, NVIDIA, COMPANIES };
enum { REVENUE, SAVINGS, PREMIUM, MARK, RECYCLED, ORIGINS };
constexpr int STEPS = 260, YEAR = 52, LINKS = 3, AHEAD = 440;
constexpr double DT = 1.0 / YEAR, SLACK = 1e-9;

// Order of the numbers that run.py hands over; each is drawn uniformly between its two ends.
enum Number : int {
    VOLATILITY, SECTOR, RATE, ELASTICITY, EXPONENT, NOISE, HALF_LIFE, IMPACT, RESPONSE, RATES = RESPONSE + 3,
    SENSITIVITY = RATES + 6, REFERENCE, MEMORY, WEIGHT, CASH, OPEX, OPEX_GROWTH, MARK0, ANNUAL, GROWTH, GROWTH_END, GROWTH_HALF,
    REVENUE_VOL, TRIGGER, GAP, RUNWAY, MULTIPLE, APPETITE = MULTIPLE + 3, SPILLOVER = APPETITE + 3, COMMIT, TERM, LEAD, TIE, CUT,
    CAP, DRIFT = CAP + 4, VOL = DRIFT + 4, BETA_M = VOL + 4, BETA_S = BETA_M + 4, C_CASH = BETA_S + 4, C_FLOOR = C_CASH + 4,
    EARN = C_FLOOR + 4, PAYOUT = EARN + 4, MARGIN = PAYOUT + 4, DEBT = MARGIN + 4, SUPPLY = DEBT + 4, STAKE = SUPPLY + 3, LOAN,
    P_LTV, P_CALL, P_INVESTS, H_CASH, H_FLOOR, H_DEBT, H_LTV, H_NVIDIA, H_OTHER, H_LAB, H_COST, H_INVESTS, BASE,
    LINK_WEIGHT = BASE + 3, CONTRACT = LINK_WEIGHT + 3, CONTRACT_TERM, CONTRACT_STEP, CONTRACT_START, VENDOR, TRANCHES = VENDOR + 1,
    INITIAL = TRANCHES + 6 * 3,  // before it, of each tranche: step, amount, price (pre-money and all of the commitment)
    NUMBERS
};
// Tranches in the order in which they are paid: companies first.
enum { T_AMAZON, T_NVIDIA, T_HOLDING };

enum Out { RAISED, ROUNDS_CAPITAL, OUTSIDE, COMPANY, PERSON, HOLDING, O_ORIGIN, NETTED = O_ORIGIN + ORIGINS, PAID, ANNOUNCED, COMMITTED,
           WRITTEN_OFF, UNWIND, CALLS, FORCED, MISSED, ROUNDS, SUSPICION, R_END, MARK_END, CASH_END, VALUE, FUNDAMENTAL = VALUE + 4,
           C_CASH_END = FUNDAMENTAL + 4, PEAK = C_CASH_END + 4, STAKE_END = PEAK + 4, LOAN_END, H_DEBT_END, H_CASH_END, OUTS };
const char* NAMES[OUTS] = {"capital.raised", "capital.round", "capital.from.outside", "capital.from.company", "capital.from.person",
    "capital.from.holding", "capital.origin.revenue", "capital.origin.savings", "capital.origin.premium", "capital.origin.mark",
    "capital.origin.recycled", "capital.netted", "paid", "announced", "committed", "written_off", "unwind", "margin_calls", "forced_sales",
    "tranches_missed", "rounds", "sentiment.suspicion", "lab.OpenAI.revenue_end", "lab.OpenAI.mark_end", "lab.OpenAI.cash_end",
    "company.Oracle.value_end", "company.Microsoft.value_end", "company.Amazon.value_end", "company.NVIDIA.value_end",
    "company.Oracle.fundamental_end", "company.Microsoft.fundamental_end", "company.Amazon.fundamental_end", "company.NVIDIA.fundamental_end",
    "company.Oracle.cash_end", "company.Microsoft.cash_end", "company.Amazon.cash_end", "company.NVIDIA.cash_end",
    "company.Oracle.premium_peak", "company.Microsoft.premium_peak", "company.Amazon.premium_peak", "company.NVIDIA.premium_peak",
    "person.Ellison.stake_end", "person.Ellison.loan_end", "holding.SoftBank.debt_end", "holding.SoftBank.cash_end"};
enum Edge { E_REVENUE, E_OPEX, E_BILL, E_EARN = E_BILL + 3, E_PAYOUT = E_EARN + 4, E_COST = E_PAYOUT + 4, E_PASS = E_COST + 4,
            E_INTEREST = E_PASS + 3, E_CAPITAL = E_INTEREST + 5, EDGES = E_CAPITAL + 5 };  // capital: outside, Amazon, NVIDIA, person, holding
enum { C_OUTSIDE, C_AMAZON, C_NVIDIA, C_PERSON, C_HOLDING };

static double low[NUMBERS], high[NUMBERS];
static int steps(double years) { return (int)std::floor(years * YEAR + 0.5); }

template <class V> struct Path {
    using M = typename Kind<V>::Mask;
    struct Account {
        V o[ORIGINS];
        V sum() const { return ((o[0] + o[1]) + (o[2] + o[3])) + o[4]; }
    };
    Philox<V> random;
    bool off = false;
    V p[NUMBERS];
    V F[4], x[4], value[4], debt[4], peak[4], R, V_mark, opex, dilution, mood, yrel, yall;
    Account lab, firm[4], fund;
    V h_debt, h_stake, h_cost, stake[4], ps_stake, loan;  // stake: of Amazon [0], NVIDIA [1], Ellison [2] in the lab
    V rate[LINKS], change[LINKS][AHEAD], base[LINKS], left[LINKS], year_sum, edge_rate, total_change[AHEAD];
    V pending[LINKS], removed[LINKS], removed_cover, paid_to[4], since_round, last_round, last_cut, put_in[5], capital, back_person, back_fund;
    V due[6], missed[6], edges[EDGES][ORIGINS], out[OUTS];
    int term, lead, gap, runway, n;

    // What leaves an account, pro rata of its origins, kept by edge; returned, that another account may take it.
    Account take(Account& from, V amount, int edge) {
        const V all_of_it = from.sum();
        const V f = pick(all_of_it > 0.0, least(amount / pick(all_of_it > 0.0, all_of_it, all<V>(1)), all<V>(1)), V{});
        Account moved;
        for (int i = 0; i < ORIGINS; i++) {
            moved.o[i] = from.o[i] * f;
            from.o[i] -= moved.o[i];
            edges[edge][i] += moved.o[i];
        }
        return moved;
    }
    void give(Account& to, const Account& a) { for (int i = 0; i < ORIGINS; i++) to.o[i] += a.o[i]; }
    void enter(Account& to, int origin, V amount, int edge) { to.o[origin] += amount; edges[edge][origin] += amount; }
    V market(int i) const { return off ? least(F[i], value[i]) : value[i]; }

    void open(uint64_t first) {
        for (int i = 0; i < Kind<V>::width; i++) {
            if constexpr (Kind<V>::width == 1) random.path = first; else random.path[i] = first + i;
        }
        typename Kind<V>::Word w[4];
        for (int i = 0, drawn = 0; i < NUMBERS; i++) {
            if (low[i] == high[i]) { p[i] = all<V>(low[i]); continue; }
            if (drawn % 4 == 0) random.block(drawn / 4, 1, w);
            p[i] = low[i] + (high[i] - low[i]) * Philox<V>::share(w[drawn++ % 4]);
        }
        term = steps(low[TERM]); lead = steps(low[LEAD]); gap = steps(low[GAP]); runway = steps(low[RUNWAY]);
        lab = fund = {};
        lab.o[SAVINGS] = p[CASH]; fund.o[SAVINGS] = p[H_CASH];
        for (int i = 0; i < 4; i++) {
            F[i] = value[i] = p[CAP + i]; x[i] = V{}; debt[i] = p[DEBT + i]; peak[i] = all<V>(-1e300); paid_to[i] = V{};
            firm[i] = {}; firm[i].o[SAVINGS] = p[C_CASH + i]; stake[i] = V{};
        }
        R = p[ANNUAL]; V_mark = p[MARK0]; dilution = all<V>(1); mood = p[INITIAL]; yrel = yall = V{};
        h_debt = p[H_DEBT]; h_stake = p[H_LAB]; h_cost = p[H_COST]; ps_stake = p[STAKE]; loan = p[LOAN];
        std::memset(change, 0, sizeof change); std::memset(total_change, 0, sizeof total_change);
        std::memset(edges, 0, sizeof edges); std::memset(out, 0, sizeof out);
        year_sum = edge_rate = V{};
        for (int k = 0; k < LINKS; k++) {
            rate[k] = left[k] = pending[k] = removed[k] = V{};
            base[k] = p[BASE + k];
            year_sum += base[k] * YEAR; edge_rate += base[k];
        }
        removed_cover = since_round = capital = back_person = back_fund = V{};
        last_round = last_cut = all<V>(-1e6);
        for (auto& a : put_in) a = V{};
        for (int t = 0; t < 6; t++) { due[t] = missed[t] = V{}; }
        decay = expo(-0.69314718055994531 * DT / p[HALF_LIFE]);
        memory = expo(-0.69314718055994531 * DT / p[MEMORY]);
        slow = expo(-0.69314718055994531 * DT / p[GROWTH_HALF]); slowed = all<V>(1);
        opex_up = expo(p[OPEX_GROWTH] * DT); opex = p[OPEX];
        interest = expo(p[RATE] * DT) - 1.0;
        for (int i = 0; i < 4; i++) {
            const V m = p[BETA_M + i] * p[VOLATILITY], s = p[BETA_S + i] * p[SECTOR], own = p[VOL + i];
            up_m[i] = m * std::sqrt(DT); up_s[i] = s * std::sqrt(DT); up_i[i] = own * std::sqrt(DT);
            up[i] = (p[DRIFT + i] - 0.5 * (m * m + s * s + own * own)) * DT;
        }
    }
    V decay, memory, slow, slowed, opex_up, interest, up[4], up_m[4], up_s[4], up_i[4];
    typename Kind<V>::Word moods[4];

    void prices() {
        V z[8];
        random.four(n, 2, z); random.four(n, 3, z + 4);
        for (int i = 0; i < 4; i++) {
            F[i] *= expo(up[i] + ((up_m[i] * z[0] + up_s[i] * z[1]) + up_i[i] * z[2 + i]));
            x[i] *= decay;
        }
        const V growth = p[GROWTH_END] + (p[GROWTH] - p[GROWTH_END]) * slowed, s = p[REVENUE_VOL];
        slowed *= slow;
        R *= expo((growth - 0.5 * s * s) * DT + s * std::sqrt(DT) * z[6]);
        for (int i = 0; i < 4; i++) value[i] = F[i] * expo(x[i]);
    }
    void sentiment() {
        yrel *= memory; yall *= memory;
        const V c0 = p[REFERENCE], c = (yrel + p[WEIGHT] * c0) / (yall + p[WEIGHT]);
        const V fear = off ? all<V>(1) : expo(p[SENSITIVITY] * (c - c0));
        // From each state: the rate to the first of the others, and to the second.
        const M hype = mood == 0.0, neutral = mood == 1.0;
        const V one = pick(hype, p[RATES], pick(neutral, p[RATES + 2], p[RATES + 4]));
        const V two = pick(hype, p[RATES + 1] * fear, pick(neutral, p[RATES + 3] * fear, p[RATES + 5]));
        const V both_rates = one + two, moves = 1.0 - expo(-both_rates * DT);
        if (n % 4 == 0) random.block(n / 4, 4, moods);
        const V u = Philox<V>::share(moods[n % 4]) * both_rates;
        const V first = pick(hype, all<V>(1), V{}), second = pick(mood == 2.0, all<V>(1), all<V>(2));
        mood = pick(u < one * moves, first, pick(u < both_rates * moves, second, mood));
    }
    // A contract of `notional` on link k, announced now.
    void contract(int k, V notional, int start, int length) {
        const V r = notional / (length * DT);
        left[k] += notional;
        auto turn = [&](int at, V by) { if (at < AHEAD) { change[k][at] += by; total_change[at] += by; } };
        if (start <= n) rate[k] += r; else turn(start, r);
        turn(start + length, -r);
        const int from = std::max(start, n + 1), to = std::min(start + length, n + YEAR + 1);
        if (to > from) year_sum += r * (double)(to - from);
        if (start <= n + YEAR && n + YEAR < start + length) edge_rate += r;
    }
    V power(V share, V exponent) {  // share^exponent, 0 of nothing
        const M some = share > 0.0;
        return pick(some, expo(exponent * logo(pick(some, share, all<V>(1)))), V{});
    }
    void announcements() {
        const bool file = n == (int)low[CONTRACT_STEP];
        V news[4] = {}, loss[4] = {}, v[4] = {};
        V total = file ? p[CONTRACT] : V{}, gone = V{};
        for (int k = 0; k < LINKS; k++) { total += pending[k]; gone += removed[k]; }
        if (!any((total + gone) > 0.0)) return;
        V b = total;
        for (int k = 0; k < LINKS; k++) b += left[k];
        auto tell = [&](int k, V d, double tau, double until) {
            const V q = least(R * tau / most(b, all<V>(1e-300)), all<V>(1)), worth = d * q * expo(-p[RATE] * (until + tau / 2));
            news[k] += d; v[k] += p[MARGIN + k] * worth;
            news[NVIDIA] += p[SUPPLY + k] * d; v[NVIDIA] += p[MARGIN + NVIDIA] * p[SUPPLY + k] * worth;
            out[ANNOUNCED] += d;
        };
        for (int k = 0; k < LINKS; k++) {
            tell(k, pending[k], term * DT, lead * DT);
            contract(k, pending[k], n + lead, term);
            pending[k] = V{};
            loss[k] = removed[k]; loss[NVIDIA] += p[SUPPLY + k] * removed[k];
            v[k] -= p[MARGIN + k] * removed[k] * removed_cover;
            v[NVIDIA] -= p[MARGIN + NVIDIA] * p[SUPPLY + k] * removed[k] * removed_cover;
            removed[k] = V{};
        }
        if (file) {
            const int start = (int)low[CONTRACT_START], length = steps(low[CONTRACT_TERM]);
            tell(ORACLE, p[CONTRACT], length * DT, (start - n) * DT);
            contract(ORACLE, p[CONTRACT], start, length);
        }
        V z[4];
        random.four(n, 5, z);
        const V response = pick(mood == 0.0, p[RESPONSE], pick(mood == 1.0, p[RESPONSE + 1], p[RESPONSE + 2]));
        for (int i = 0; i < 4; i++) {
            const M told = (news[i] + loss[i]) > 0.0;
            if (!any(told)) continue;
            const V m = value[i], s = p[NOISE], draw = expo(s * z[i] - 0.5 * s * s);
            const V a = off ? V{} : p[ELASTICITY] * draw * (response * power(news[i] / m, p[EXPONENT]) - power(loss[i] / m, p[EXPONENT]));
            const V add = most(most(v[i], -0.9 * F[i]), -0.999 * m), f = F[i] + add;
            const V up_to = most(least(logo((m + add) / f) + a, all<V>(100)), all<V>(-100));
            x[i] = pick(told, up_to, x[i]);
            F[i] = pick(told, f, F[i]);
            value[i] = pick(told, f * expo(up_to), m);
        }
    }
    void outside() {
        enter(lab, REVENUE, R * DT, E_REVENUE);
        for (int i = 0; i < 4; i++) {
            enter(firm[i], REVENUE, p[EARN + i] * DT, E_EARN + i);
            if (high[PAYOUT + i] > 0) take(firm[i], p[PAYOUT + i] * DT * above0(firm[i].sum() - p[C_FLOOR + i]), E_PAYOUT + i);
        }
    }
    void bills() {
        V bill[LINKS], billed = V{};
        for (int k = 0; k < LINKS; k++) {
            bill[k] = (base[k] + rate[k]) * DT;
            left[k] -= rate[k] * DT;
            billed += bill[k];
        }
        const V cost = opex * DT, spent = least(cost, lab.sum());
        take(lab, spent, E_OPEX);
        const V cash = lab.sum(), f = least(all<V>(1), cash / most(billed, all<V>(1e-300)));
        const V unpaid = (cost - spent) + billed * (1.0 - f);
        // Pro rata of the lab's origins; what it saved up is on its second lap.
        V through = V{};
        V portion[ORIGINS];
        for (int o = 0; o < ORIGINS; o++) portion[o] = lab.o[o] / most(cash, all<V>(1e-300));
        V handed = V{};
        for (int k = 0; k < LINKS; k++) {
            const V paid = bill[k] * f;
            handed += paid;
            for (int o = 0; o < ORIGINS; o++) {
                const int as = o == SAVINGS ? RECYCLED : o;
                firm[k].o[as] += paid * portion[o];
                edges[E_BILL + k][as] += paid * portion[o];
            }
            paid_to[k] += paid;
            out[PAID] += paid;
            if (k == ORACLE) back_person += ps_stake * paid;
            const V pass = p[SUPPLY + k] * paid;
            through += pass;
            const V rest = above0(1.0 - p[MARGIN + k] - p[SUPPLY + k]) * paid;
            give(firm[NVIDIA], take(firm[k], pass, E_PASS + k));
            take(firm[k], rest, E_COST + k);
        }
        for (int o = 0; o < ORIGINS; o++) lab.o[o] = above0(lab.o[o] - handed * portion[o]);
        take(firm[NVIDIA], (1.0 - p[MARGIN + NVIDIA]) * through, E_COST + NVIDIA);
        paid_to[NVIDIA] += through; since_round += through;
        back_fund += p[H_NVIDIA] * through;
        const M short_of = unpaid > SLACK;
        if (any(short_of)) restructure(short_of, unpaid);
    }
    void restructure(M short_of, V unpaid) {
        out[WRITTEN_OFF] += pick(short_of, unpaid, V{});
        const M cuts = both(short_of, (double)n - last_cut >= (double)YEAR);
        const V cut = pick(cuts, p[CUT], V{}), keep = 1.0 - cut;
        const V b = left[0] + left[1] + left[2];
        removed_cover = least(R * (term * DT) / most(b, all<V>(1e-300)), all<V>(1));
        for (int k = 0; k < LINKS; k++) {
            removed[k] = left[k] * cut; left[k] *= keep; base[k] *= keep; rate[k] *= keep;
            for (int m = n + 1; m < AHEAD; m++) change[k][m] *= keep;
        }
        for (int m = n + 1; m < AHEAD; m++) total_change[m] *= keep;
        year_sum *= keep; edge_rate *= keep;
        out[UNWIND] = pick(cuts, all<V>(1), out[UNWIND]);
        last_cut = pick(cuts, all<V>(n), last_cut);
        mood = pick(cuts, all<V>(2), mood);
    }
    void collateral() {
        for (int i = 0; i < 4; i++) {
            if (high[DEBT + i] == 0) continue;
            const V owed = interest * debt[i], pays = least(owed, above0(firm[i].sum() - p[C_FLOOR + i]));
            take(firm[i], pays, E_INTEREST + i);
            debt[i] += owed - pays;
        }
        loan *= 1.0 + interest;
        const V m = market(ORACLE), s = ps_stake * m;
        const M called = both(loan > p[P_CALL] * s + SLACK, s > SLACK);
        if (any(called)) {
            const V y = pick(called, least(s, (loan - p[P_LTV] * s) / (1.0 - p[P_LTV])), V{});
            loan -= y;
            ps_stake = above0(ps_stake - y / m);
            out[CALLS] += pick(called, all<V>(1), V{});
            out[FORCED] += y;
            if (!off) { x[ORACLE] -= p[IMPACT] * y / m; value[ORACLE] = F[ORACLE] * expo(x[ORACLE]); }
            loan = pick(both(called, ps_stake * m <= SLACK), V{}, loan);
        }
        const V owed = interest * h_debt, pays = least(owed, above0(fund.sum() - p[H_FLOOR]));
        take(fund, pays, E_INTEREST + 4);
        h_debt += owed - pays;
    }
    struct Worth { V all, without_marks, without_premium; };
    Worth worth() const {
        V gain = V{};
        for (int t = T_HOLDING; t < 6; t++) {
            const V price = p[TRANCHES + 3 * t + 2];
            const V unpaid = p[TRANCHES + 3 * t + 1] - paid_tranche[t];
            gain += unpaid * above0(dilution * V_mark / price - 1.0);
        }
        const V flat = fund.sum() + p[H_OTHER], stakes = p[H_NVIDIA] * market(NVIDIA), low_stakes = p[H_NVIDIA] * least(F[NVIDIA], value[NVIDIA]);
        return {flat + stakes + (off ? h_cost : h_stake * V_mark + gain), flat + stakes + h_cost, flat + low_stakes + h_cost};
    }
    V paid_tranche[6];
    V room(V w) const { return above0(p[H_LTV] * w - h_debt); }
    // What the holding pays: cash above its floor, then a loan, traced at the margin of what it could borrow.
    V from_holding(V amount, const Worth& w) {
        const V cash = least(amount, above0(fund.sum() - p[H_FLOOR]));
        give(lab, take(fund, cash, E_CAPITAL + C_HOLDING));
        const V can = room(w.all), lent = least(amount - cash, can), base_of = most(can, all<V>(1e-300));
        const V marks = least(above0((can - room(w.without_marks)) / base_of), all<V>(1));
        const V high_price = least(above0((room(w.without_marks) - room(w.without_premium)) / base_of), 1.0 - marks);
        enter(lab, MARK, lent * marks, E_CAPITAL + C_HOLDING);
        enter(lab, PREMIUM, lent * high_price, E_CAPITAL + C_HOLDING);
        enter(lab, SAVINGS, lent * (1.0 - marks - high_price), E_CAPITAL + C_HOLDING);
        h_debt += lent;
        return cash + lent;
    }
    // The lab commits a multiple of what it raised, split over its links.
    void commit(V raised, V from_amazon) {
        put_in[C_AMAZON] += from_amazon;
        capital += raised;
        const M some = raised > SLACK;
        V w[LINKS], all_w = V{};
        for (int k = 0; k < LINKS; k++) {
            w[k] = p[LINK_WEIGHT + k];
            if (k == AMAZON) w[k] *= 1.0 + p[TIE] * put_in[C_AMAZON] / most(capital, all<V>(1e-300));
            all_w += w[k];
        }
        const V d = pick(some, p[COMMIT] * raised, V{});
        for (int k = 0; k < LINKS; k++) pending[k] += d * w[k] / all_w;
        out[COMMITTED] += d;
    }
    void tranches() {
        for (int t = 0; t < 6; t++) {
            if (n < (int)low[TRANCHES + 3 * t]) continue;
            const bool company = t < T_HOLDING;
            if (company && off) continue;
            if (n == (int)low[TRANCHES + 3 * t]) due[t] = p[TRANCHES + 3 * t + 1];
            const M open = due[t] > SLACK;
            if (!any(open)) continue;
            const V want = pick(open, due[t], V{});
            V pays;
            if (company) {
                const int i = t == T_AMAZON ? AMAZON : NVIDIA;
                pays = least(want, above0(firm[i].sum() - p[C_FLOOR + i]));
                give(lab, take(firm[i], pays, E_CAPITAL + (t == T_AMAZON ? C_AMAZON : C_NVIDIA)));
                out[COMPANY] += pays;
                if (t == T_NVIDIA) put_in[C_NVIDIA] += pays;
            } else {
                pays = from_holding(want, worth());
                out[HOLDING] += pays;
                put_in[C_HOLDING] += pays; h_cost += pays;
            }
            const V got = pays / p[TRANCHES + 3 * t + 2] * dilution;
            if (company) {
                V& own = stake[t];
                h_stake *= 1.0 - got / (1.0 - own);
                stake[1 - t] *= 1.0 - got / (1.0 - own);
                stake[2] *= 1.0 - got / (1.0 - own);
                own += got;
            } else {
                for (int i = 0; i < 3; i++) stake[i] *= 1.0 - got / (1.0 - h_stake);
                h_stake += got;
            }
            due[t] -= pays; paid_tranche[t] += pays;
            const M late = both(both(open, due[t] > SLACK), missed[t] == 0.0);
            missed[t] = pick(late, all<V>(1), missed[t]);
            out[MISSED] += pick(late, all<V>(1), V{});
            yrel += pays; yall += pays;
            out[RAISED] += pays;
            commit(pays, t == T_AMAZON ? pays : V{});
        }
    }
    void round() {
        const V cash = lab.sum(), burn = opex - R;
        const M wants = both(cash < p[TRIGGER] * above0(year_sum * DT + burn), (double)n - last_round >= (double)gap);
        if (!any(wants)) return;
        V scheduled = V{}, r = base[0] + base[1] + base[2] + rate[0] + rate[1] + rate[2];
        for (int m = n + 1; m <= n + runway; m++) { r += total_change[m]; scheduled += r; }
        const V target = pick(wants, above0(above0(scheduled * DT + burn * (runway * DT)) - cash), V{});
        if (!any(target > SLACK)) return;
        const M hype = mood == 0.0, neutral = mood == 1.0;
        V mean_x = V{}, bases = V{};
        for (int k = 0; k < LINKS; k++) { mean_x += p[LINK_WEIGHT + k] * x[k]; bases += p[LINK_WEIGHT + k]; }
        V price = pick(hype, p[MULTIPLE], pick(neutral, p[MULTIPLE + 1], p[MULTIPLE + 2])) * R;
        if (!off) price *= expo(p[SPILLOVER] * mean_x / bases);
        const V nv_offer = off ? V{} : least(p[VENDOR] * since_round, above0(firm[NVIDIA].sum() - p[C_FLOOR + NVIDIA]));
        const V limit = p[P_LTV] * ps_stake, can = above0(limit * market(ORACLE) - loan);
        const Worth w = worth();
        const V offer[4] = {pick(hype, p[APPETITE], pick(neutral, p[APPETITE + 1], p[APPETITE + 2])) * price, nv_offer,
                            p[P_INVESTS] * can, p[H_INVESTS] * (above0(fund.sum() - p[H_FLOOR]) + room(w.all))};
        const V offered = (offer[0] + offer[1]) + (offer[2] + offer[3]);
        const M happens = both(target > SLACK, offered > SLACK);
        const V f = pick(happens, least(all<V>(1), target / most(offered, all<V>(1e-300))), V{});
        V q[4];
        for (int i = 0; i < 4; i++) q[i] = offer[i] * f;
        enter(lab, SAVINGS, q[0], E_CAPITAL + C_OUTSIDE);
        give(lab, take(firm[NVIDIA], q[1], E_CAPITAL + C_NVIDIA));
        const V plain = above0(limit * least(F[ORACLE], value[ORACLE]) - loan);
        const V part = least(above0((can - plain) / most(can, all<V>(1e-300))), all<V>(1));
        enter(lab, PREMIUM, q[2] * part, E_CAPITAL + C_PERSON);
        enter(lab, SAVINGS, q[2] * (1.0 - part), E_CAPITAL + C_PERSON);
        loan += q[2];
        q[3] = from_holding(q[3], w);
        const V raised = (q[0] + q[1]) + (q[2] + q[3]), after = price + raised, d = pick(happens, price / after, all<V>(1));
        V_mark = pick(happens, after, V_mark);
        dilution *= d;
        const V unit = pick(happens, 1.0 / after, V{});
        for (int i = 0; i < 3; i++) stake[i] *= d;
        stake[1] += q[1] * unit; stake[2] += q[2] * unit;
        h_stake = h_stake * d + q[3] * unit;
        h_cost += q[3];
        put_in[C_NVIDIA] += q[1]; put_in[C_PERSON] += q[2]; put_in[C_HOLDING] += q[3];
        out[OUTSIDE] += q[0]; out[COMPANY] += q[1]; out[PERSON] += q[2]; out[HOLDING] += q[3];
        out[RAISED] += raised; out[ROUNDS_CAPITAL] += raised;
        out[ROUNDS] += pick(happens, all<V>(1), V{});
        yrel += q[1] + q[2] + q[3]; yall += raised;
        last_round = pick(happens, all<V>(n), last_round);
        since_round = pick(happens, V{}, since_round);
        commit(raised, V{});
    }
    void run(uint64_t first) {
        open(first);
        for (auto& a : paid_tranche) a = V{};
        for (n = 0; n < STEPS; n++) {
            for (int k = 0; k < LINKS; k++) rate[k] += change[k][n];
            // The next year begins a step later.
            V now = (base[0] + base[1] + base[2]) + (rate[0] + rate[1] + rate[2]);
            if (n > 0) { edge_rate += total_change[n + YEAR]; year_sum += edge_rate - now; }
            prices(); sentiment(); announcements(); outside(); bills(); collateral(); tranches(); round();
            opex *= opex_up;
            out[SUSPICION] += pick(mood == 2.0, all<V>(1.0 / STEPS), V{});
            for (int i = 0; i < 4; i++) peak[i] = most(peak[i], value[i] - F[i]);
        }
        for (int o = 0; o < ORIGINS; o++)
            for (int c = 0; c < 5; c++) out[O_ORIGIN + o] += edges[E_CAPITAL + c][o];
        out[NETTED] = (least(put_in[C_AMAZON], paid_to[AMAZON]) + least(put_in[C_NVIDIA], paid_to[NVIDIA]))
                    + (least(put_in[C_PERSON], back_person) + least(put_in[C_HOLDING], back_fund));
        out[R_END] = R; out[MARK_END] = V_mark; out[CASH_END] = lab.sum();
        for (int i = 0; i < 4; i++) {
            out[VALUE + i] = value[i]; out[FUNDAMENTAL + i] = F[i]; out[C_CASH_END + i] = firm[i].sum(); out[PEAK + i] = peak[i];
        }
        out[STAKE_END] = ps_stake; out[LOAN_END] = loan; out[H_DEBT_END] = h_debt; out[H_CASH_END] = fund.sum();
    }
};

static double lane(const double& v, int) { return v; }
static double lane(const V8& v, int i) { return v[i]; }

template <class V> void simulate(long paths, uint32_t seed, bool off) {
    static Path<V> path;
    path.random.key = seed; path.off = off;
    std::vector<double> sum(OUTS), square(OUTS);
    const std::clock_t begin = std::clock();  // seconds of the processor: other work on the machine does not count
    long done = 0;
    for (; done < paths; done += Kind<V>::width) {
        path.run(done);
        for (int o = 0; o < OUTS; o++)
            for (int i = 0; i < Kind<V>::width; i++) { const double a = lane(path.out[o], i); sum[o] += a; square[o] += a * a; }
    }
    const double seconds = (double)(std::clock() - begin) / CLOCKS_PER_SEC;
    std::printf("{\"paths\": %ld, \"seconds\": %.6f, \"measures\": {", done, seconds);
    for (int o = 0; o < OUTS; o++) {
        const double mean = sum[o] / done, variance = std::max(0.0, square[o] / done - mean * mean);
        std::printf("%s\"%s\": [%.17g, %.6g]", o ? ", " : "", NAMES[o], mean, std::sqrt(variance / done));
    }
    std::printf("}}\n");
}

int main(int argc, char** argv) {
    if (argc != 6) { std::fprintf(stderr, "usage: peer NUMBERS PATHS SEED scalar|lanes OFF\n"); return 2; }
    std::ifstream numbers(argv[1]);
    for (int i = 0; i < NUMBERS; i++)
        if (!(numbers >> low[i] >> high[i])) { std::fprintf(stderr, "%s: number %d of %d is missing\n", argv[1], i + 1, (int)NUMBERS); return 2; }
    const long paths = std::atol(argv[2]);
    const bool off = std::atoi(argv[5]) != 0;
    if (argv[4][0] == 'l') simulate<V8>(paths, std::atoi(argv[3]), off); else simulate<double>(paths, std::atoi(argv[3]), off);
}
