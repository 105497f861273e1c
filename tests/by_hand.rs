//! Small scenarios without randomness worked by hand, derivation beside the number: what the cases of the reference program
//! do not separate.

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
    });
    values
}

fn assert_is(measures: &BTreeMap<String, f64>, name: &str, expected: f64) {
    let value = measures[name];
    assert!((value - expected).abs() < 1e-9, "{name} is {value}, not {expected}");
}

/// §7, rule 5: the cost part of credits has the origins of the vendor's cash at the moment of the grant, before the cash part
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

/// §10: a year after a company's largest announcement there is no step of a run that ends before; what was noted a year after a
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

/// §10: the price after vendor equity counts the stakes that the equity bought, none that the vendor had before.
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
