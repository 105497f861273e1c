//! Small scenarios without randomness worked by hand, derivation beside the number: what the cases of the reference program
//! do not separate.

#[path = "by_hand/project_debt.rs"]
mod project_debt;
#[path = "by_hand/ramps_and_deferrals.rs"]
mod ramps_and_deferrals;
#[path = "by_hand/rates_and_factors.rs"]
mod rates_and_factors;

use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, simulate};
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

fn plan(body: &str) -> Plan {
    let market = "[market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.0\n";
    let market = if body.contains("[market]") { "" } else { market };
    let text =
        format!("[scenario]\nname = \"By hand\"\nstart = 2025-01-01\nsteps_per_year = 12\n{body}\n{market}");
    let scenario = Scenario::parse("text", &text, Path::new(""), &[])
        .unwrap_or_else(|findings| panic!("{}\n{text}", findings.render(false)));
    Plan::compile(&scenario)
}

fn measures(body: &str) -> BTreeMap<String, f64> {
    measures_of(&plan(body))
}

fn measures_of(plan: &Plan) -> BTreeMap<String, f64> {
    let names = column_names(plan);
    let mut values = BTreeMap::new();
    simulate(plan, &Run { audit: true, ..Run::new(1, 1) }, |block| {
        values.extend(names.iter().cloned().zip(block.columns.iter().map(|column| column[0])));
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    values
}

fn assert_is(measures: &BTreeMap<String, f64>, name: &str, expected: f64) {
    let value = measures[name];
    assert!((value - expected).abs() < 1e-9, "{name} is {value}, not {expected}");
}

/// §7, rule 4: the cost part of credits has the origins of the vendor's cash at the moment of the grant, before the cash part
/// of the same offer is drawn.
///
/// Month 1: the lab has 5 of savings and 1 of revenue, and pays 2.5: 5/6 of it becomes `recycled`. The vendor keeps m = 0.4,
/// so it has 1.0: 1/6 revenue, 5/6 recycled. It offers 0.9·2.5 = 2.25: 1.575 in cash, of which it has 1.0, and 0.675 in
/// credits. Outside offers 0.01·10·12 = 1.2. The target is (2.5 − 1)·23 − 3.5 = 31, so all is taken: G = 2.875.
/// Credits: 0.27 mark-up; the cost of 0.405 is 0.0675 revenue and 0.3375 recycled. Manufactured: 0.27 + 0.3375 + 5/6.
#[test]
fn credits_of_a_round_take_the_origins_before_its_cash() {
    let found = measures(
        "years = 0.5\n\
         [[lab]]\nname = \"L\"\ncash = 5.0\nrevenue = { annual = 12.0, growth = 0.0 }\nopex = 0.0\nmark = 100.0\n\
         round = { trigger = 2.0, gap = 0.5, runway = 1.9, multiple = [10.0, 10.0, 10.0], appetite = [0.01, 0.01, 0.01] }\n\
         [[company]]\nname = \"A\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 0.0\nearnings = 0.0\nmargin = 0.4\n\
         [[compute]]\nlab = \"L\"\ncompany = \"A\"\nbase = 30.0\n\
         [[vendor_equity]]\ncompany = \"A\"\nlab = \"L\"\nratio = 0.9\ncredits = 0.3",
    );
    assert_is(&found, "capital.raised", 2.875);
    assert_is(&found, "capital.credit.credit", 0.27);
    assert_is(&found, "capital.credit.revenue", 0.0675);
    assert_is(&found, "capital.credit.recycled", 0.3375);
    assert_is(&found, "capital.credit.savings", 0.0);
    assert_is(&found, "share.traced", (0.27 + 0.3375 + 5.0 / 6.0) / 2.875);
}

/// A year after a company's largest announcement there is no step of a run that ends before; what was noted a year after a
/// smaller one does not stand in for it.
#[test]
fn the_year_after_the_largest_announcement_may_end_after_the_run() {
    let lab = "years = 3.0\n\
         [announcement]\nelasticity = 0.5\nexponent = 0.7\nnoise = 0.0\n\
         [[lab]]\nname = \"L\"\ncash = 1000.0\nrevenue = { annual = 10.0, growth = 0.0 }\nopex = 0.0\nmark = 100.0\n\
         [[company]]\nname = \"A\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n\
         [[compute]]\nlab = \"L\"\ncompany = \"A\"\n";
    let small = "{ announced = 2025-02-10, notional = 30.0, starts = 2026-01-01, term = 5.0 }";
    let large = "{ announced = 2027-06-10, notional = 90.0, starts = 2027-12-01, term = 5.0 }";
    let name = "company.A.premium_year_after";
    let alone = measures(&format!("{lab}contracts = [{small}]"))[name];
    assert!(alone > 0.0, "{alone}");
    let both = measures(&format!("{lab}contracts = [{small}, {large}]"))[name];
    assert!(both.is_nan(), "{both}");
}

const VENDOR: &str = "years = 1.0\n\
     [[lab]]\nname = \"L\"\ncash = 1000.0\nrevenue = { annual = 10.0, growth = 0.0 }\nopex = 0.0\nmark = 500.0\n\
     [[compute]]\nlab = \"L\"\ncompany = \"A\"\nbase = 12.0\n\
     [[company]]\nname = \"A\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n";

/// The price after vendor equity counts the stakes that the equity bought, none that the vendor had before.
#[test]
fn an_opening_stake_is_no_part_of_the_price() {
    let found = measures(&format!("{VENDOR}lab_stakes = {{ L = {{ stake = 0.27, cost = 13.0 }} }}"));
    assert_is(&found, "lab.L.effective_price", 1.0);
    assert_is(&found, "lab.L.effective_price_after_equity", 1.0);
}

/// 10 bn of credits buy 10/(490 + 10) of a lab worth 500: their face. Of 12 bn of bills they pay 10, so the price is
/// 1 − 0.3·10/12 = 0.75; the vendor gave 0.7·10 at cost for a stake of 10, which takes the 0.25 back.
#[test]
fn credits_that_buy_a_stake_at_face_are_no_discount() {
    let found = measures(&format!(
        "{VENDOR}[[commitment]]\ninvestor = \"A\"\nlab = \"L\"\npre_money = 490.0\ncredits = 1.0\n\
         tranches = [{{ due = 2025-01-01, amount = 10.0 }}]"
    ));
    assert_is(&found, "lab.L.effective_price", 0.75);
    assert_is(&found, "lab.L.effective_price_after_equity", 1.0);
}

/// 5.10: a lab in no need, whose price P = 10 R rises from 100 by e^0.2 a month.
fn rising(round: &str, more: &str) -> String {
    format!(
        "[[lab]]\nname = \"L\"\ncash = 1000.0\nrevenue = {{ annual = 10.0, growth = 2.4 }}\nopex = 0.0\nmark = 100.0\n\
         round = {{ trigger = 1.0, gap = 0.25, runway = 1.0, multiple = [10.0, 10.0, 10.0], appetite = [0.04, 0.04, 0.04]{round} }}\n\
         {more}\n\
         [[company]]\nname = \"A\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n"
    )
}

/// 5.10: P stands at 100·e^(0.2(n+1)) in month n. It has stepped up by half over the mark of 100 from n = 2 on (e^0.6 = 1.82),
/// but the gap of 3 months since the start has passed from n = 3 on only. Sold are 0.04 P of the 0.05 P wanted, so V = 1.04 P,
/// and the next step up, ln(1.5·1.04) = 0.445, takes 3 months, as the gap does. Of 9 months n = 3 and 6 see a round.
#[test]
fn a_lab_raises_by_choice_when_its_price_has_stepped_up() {
    let body = format!("years = 0.75\n{}", rising(", step_up = 1.5, sell = 0.05", ""));
    let found = measures(&body);
    let exp = |x: f64| x.exp();
    assert_is(&found, "capital.raised", 4.0 * (exp(0.8) + exp(1.4)));
    assert_is(&found, "lab.L.rounds", 2.0);
    assert_is(&found, "lab.L.rounds_by_choice", 2.0);
    assert_is(&found, "lab.L.discount", 0.0);
    assert_is(&found, "lab.L.dilution", 1.0 - 1.0 / (1.04 * 1.04));
    assert_is(&found, "lab.L.mark_end", 104.0 * exp(1.4));
    // A round a month before the start: the first gap is over at n = 1, the price has risen enough at n = 2.
    let body = format!("years = 0.75\n{}", rising(", step_up = 1.5, sell = 0.05, last = 2024-12-01", ""));
    let found = measures(&body);
    assert_is(&found, "capital.raised", 4.0 * (exp(0.6) + exp(1.2) + exp(1.8)));
    // Without the keys it never raises, and nothing is reported of prices.
    let plain = measures(&format!("years = 0.75\n{}", rising("", "")));
    assert_is(&plain, "lab.L.rounds", 0.0);
    assert!(!plain.contains_key("lab.L.discount"));
}

/// 5.10: a mark set on 10 April (n = 3), before the rounds of that month, leaves nothing to step up from: P ends at 100·e^1.8.
#[test]
fn a_mark_between_rounds_moves_the_next_step_up() {
    let remarks = "remarks = [{ on = 2025-04-10, post_money = 1000.0 }]";
    let found = measures(&format!("years = 0.75\n{}", rising(", step_up = 1.5, sell = 0.05", remarks)));
    assert_is(&found, "lab.L.rounds", 0.0);
    assert_is(&found, "lab.L.mark_end", 1000.0);
    assert_is(&found, "lab.L.dilution", 0.0);
}

/// A lab in need: P = 10·12 = 120; after opex of 2 and a bill of 1 it has 5 + 1 − 3 = 3 for a year's need of 36 − 12 = 24, so
/// T = 21, and outside investors offer 0.1·120 = 12.
fn in_need(round: &str, vendor: &str) -> BTreeMap<String, f64> {
    measures(&format!(
        "years = 0.5\n\
         [[lab]]\nname = \"L\"\ncash = 5.0\nrevenue = {{ annual = 12.0, growth = 0.0 }}\nopex = 24.0\nmark = 100.0\n\
         round = {{ trigger = 1.0, gap = 1.0, runway = 1.0, multiple = [10.0, 10.0, 10.0], appetite = [0.1, 0.1, 0.1]{round} }}\n\
         [[company]]\nname = \"A\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 50.0\nearnings = 0.0\nmargin = 0.3\n\
         [[compute]]\nlab = \"L\"\ncompany = \"A\"\nbase = 12.0\n{vendor}"
    ))
}

/// 5.10: at ε = 2 they offer 21 at the price where (P/P')² = 21/12.
#[test]
fn a_round_in_need_clears_at_a_lower_price() {
    let found = in_need(", price_elasticity = 2.0, price_floor = 0.5", "");
    let price = 120.0 / (21.0f64 / 12.0).sqrt();
    assert_is(&found, "capital.raised", 21.0);
    assert_is(&found, "lab.L.mark_end", price + 21.0);
    assert_is(&found, "lab.L.discount", 1.0 - price / 120.0);
    assert_is(&found, "lab.L.dilution", 21.0 / (price + 21.0));
    assert_is(&found, "lab.L.rounds_by_choice", 0.0);
    // At nine tenths of P they offer 12/0.81 and the price falls no further.
    let found = in_need(", price_elasticity = 2.0, price_floor = 0.9", "");
    assert_is(&found, "capital.raised", 12.0 / 0.81);
    assert_is(&found, "lab.L.discount", 0.1);
}

/// 5.10: bids beyond the quota of 12 bring the 9 that are missing, or all that there are, at P.
#[test]
fn bids_that_were_not_served_come_at_par() {
    let found = in_need(", oversubscribed = 1.0", "");
    assert_is(&found, "capital.raised", 21.0);
    assert_is(&found, "lab.L.mark_end", 141.0);
    let found = in_need(", oversubscribed = 0.5", "");
    assert_is(&found, "capital.raised", 18.0);
    assert_is(&found, "lab.L.discount", 0.0);
}

/// 5.10: A offers twice the 1 that it was paid. At z = 0.1 that is a signal of E = exp(2·0.1·2/21), and it is 2 that the price
/// need not draw: 12 E (P/P')² = 19.
#[test]
fn a_vendors_cheque_lifts_the_price_twice() {
    let vendor = "[[vendor_equity]]\ncompany = \"A\"\nlab = \"L\"\nratio = 2.0\n";
    let found = in_need(", price_elasticity = 2.0, price_floor = 0.5, endorsement = 0.1", vendor);
    let price = 120.0 * (12.0 * (0.2f64 * 2.0 / 21.0).exp() / 19.0).sqrt();
    assert_is(&found, "capital.raised", 21.0);
    assert_is(&found, "capital.from.company", 2.0);
    assert_is(&found, "lab.L.mark_end", price + 21.0);
    assert_is(&found, "lab.L.discount", 1.0 - price / 120.0);
}

/// 5.10: a holding has 10 for two labs. The one in need is served first although the file lists it second; A, which would
/// sell 0.05·120 = 6 by choice, gets nothing. Where B needs nothing A gets its 6.
#[test]
fn labs_in_need_are_served_before_those_that_choose() {
    let lab = |name: &str, cash: f64, round: &str| {
        format!(
            "[[lab]]\nname = \"{name}\"\ncash = {cash:?}\nrevenue = {{ annual = 12.0, growth = 0.0 }}\nopex = 36.0\nmark = 100.0\n\
             round = {{ trigger = 1.0, gap = 0.0, runway = 1.0, multiple = [10.0, 10.0, 10.0], appetite = [0.0, 0.0, 0.0]{round} }}\n"
        )
    };
    let both = |cash: f64| {
        measures(&format!(
            "years = 0.08\n{}{}[[holding]]\nname = \"H\"\ncash = 10.0\ninvests = {{ A = 1.0, B = 1.0 }}\nfunding = [\"cash\"]\n",
            lab("A", 1000.0, ", step_up = 1.2, sell = 0.05"),
            lab("B", cash, "")
        ))
    };
    let found = both(5.0);
    assert_is(&found, "lab.A.rounds", 0.0);
    assert_is(&found, "lab.B.raised", 10.0);
    let found = both(1000.0);
    assert_is(&found, "lab.A.raised", 6.0);
    assert_is(&found, "lab.B.raised", 0.0);
}

/// 5.10, 5.11: H can borrow a fifth of its half of the lab. Worth nothing, the lab leaves the tranche of February unpaid; a mark
/// of 100 in April lets it borrow 10 that same month, before the tranche is asked for.
#[test]
fn a_mark_counts_for_a_tranche_of_its_step() {
    let with = |more: &str, marked: &str| {
        measures(&format!(
            "years = 0.34\n\
             [[lab]]\nname = \"L\"\ncash = 5.0\nrevenue = {{ annual = 12.0, growth = 0.0 }}\nopex = 0.0\nmark = 0.0\n{more}\n\
             [[holding]]\nname = \"H\"\ncash = 0.0\nmax_ltv = 0.2\ncall_ltv = 0.5\n\
             lab_stakes = {{ L = {{ stake = 0.5, cost = 0.0 }} }}\nfunding = [\"borrow\"]\n\
             [[commitment]]\ninvestor = \"H\"\nlab = \"L\"\npre_money = 985.0\n{marked}\n\
             tranches = [{{ due = 2025-02-15, amount = 15.0 }}]\n"
        ))
    };
    assert_is(&with("", ""), "capital.raised", 0.0);
    let found = with("remarks = [{ on = 2025-04-15, post_money = 100.0 }]", "");
    assert_is(&found, "capital.raised", 10.0);
    assert_is(&found, "capital.tranche.mark", 10.0);
    assert_is(&found, "lab.L.mark_end", 100.0);
    // The commitment's own price: 985 + 15, half of it bears a loan of 100, the tranche is paid whole.
    let found = with("", "marked = 2025-04-15");
    assert_is(&found, "capital.raised", 15.0);
    assert_is(&found, "lab.L.mark_end", 1000.0);
}

/// 5.10: R = 12·e^(0.2(n+1)) passes 24.1 at n = 3 (e^0.8·12 = 26.7). The lab sells 0.08 P of the 0.1 P wanted, twice the private
/// appetite; from n = 4 on V is P, and the tranche that waits for the listing falls due. The first step may list, as the gap is 0.
#[test]
fn a_lab_lists_and_is_then_worth_what_it_is_quoted_at() {
    let body = |years: f64| {
        let lab = rising("", "listing = { earliest = 2025-02-15, revenue = 24.1, sell = 0.1, depth = 2.0 }");
        let lab = lab.replace("annual = 10.0", "annual = 12.0").replace("gap = 0.25", "gap = 0.0");
        measures(&format!(
            "years = {years}\n{lab}\
             [[holding]]\nname = \"H\"\ncash = 50.0\nfunding = [\"cash\"]\n\
             [[commitment]]\ninvestor = \"H\"\nlab = \"L\"\npre_money = 90.0\ntranches = [{{ when = \"listing\", amount = 10.0 }}]\n"
        ))
    };
    let price = |n: i32| 120.0 * (0.2 * f64::from(n + 1)).exp();
    let found = body(0.5);
    assert_is(&found, "lab.L.listed", 1.0);
    assert_is(&found, "lab.L.listed.time", 0.25);
    assert_is(&found, "capital.listing.savings", 0.08 * price(3));
    assert_is(&found, "capital.round.savings", 0.0);
    assert_is(&found, "capital.tranche.savings", 10.0);
    assert_is(&found, "lab.L.mark_end", price(5));
    assert_is(&found, "lab.L.dilution", 1.0 - 1.0 / 1.08);
    assert_is(&found, "lab.L.rounds_by_choice", 1.0);
    // On the day of the listing V is its price, and nobody has been called yet.
    let found = body(0.34);
    assert_is(&found, "lab.L.mark_end", 1.08 * price(3));
    assert_is(&found, "capital.tranche.savings", 0.0);
    assert!(body(0.25)["lab.L.listed.time"].is_nan());
}
