//! Scenarios at the edge of what can be written: nothing random, one path, no lab, no company, nobody who raises, more
//! actors than the network of flows is computed for, more investors than a round has room for.

use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, simulate};
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::ops::ControlFlow;
use std::path::Path;

fn parse(text: &str) -> Result<Plan, String> {
    let scenario = Scenario::parse("text", text, Path::new(""), &[]);
    scenario.map(|scenario| Plan::compile(&scenario)).map_err(|findings| findings.render(false))
}

fn plan_of(text: &str) -> Plan {
    parse(text).unwrap_or_else(|findings| panic!("{findings}\n{text}"))
}

fn columns_of(plan: &Plan, paths: u64) -> BTreeMap<String, Vec<f64>> {
    let mut columns = BTreeMap::<String, Vec<f64>>::new();
    let names = column_names(plan);
    let run = Run { audit: true, ..Run::new(1, paths) };
    let finished = simulate(plan, &run, |block| {
        for (name, column) in names.iter().zip(block.columns) {
            columns.entry(name.clone()).or_default().extend(column);
        }
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    assert_eq!(finished.paths, paths);
    assert!(columns.values().all(|column| column.len() == paths as usize));
    columns
}

const START: &str = r#"
[scenario]
name = "Edge"
start = 2025-01-01
years = 2.0
steps_per_year = 12

[market]
volatility = 0.2
sector_volatility = 0.2
rate = 0.04
"#;

const LAB: &str = r#"
[[lab]]
name = "Lab"
cash = 10.0
revenue = { annual = 10.0, growth = 0.1 }
opex = 12.0
mark = 100.0
"#;

/// As the line of the lab above.
const ROUND: &str = "round = { trigger = 1.0, gap = 0.5, runway = 1.5, multiple = [30.0, 20.0, 10.0], appetite = [0.04, 0.02, 0.01] }\n";

fn company(name: &str) -> String {
    format!(
        "\n[[company]]\nname = \"{name}\"\nmarket_cap = 500.0\nvolatility = 0.3\ncash = 10.0\nearnings = 5.0\nmargin = 0.4\n"
    )
}

const LINK: &str = "\n[[compute]]\nlab = \"Lab\"\ncompany = \"Cloud\"\nbase = 4.0\n";

#[test]
fn without_randomness_every_path_is_the_same() {
    let text = format!("{START}{LAB}{ROUND}{}{LINK}", company("Cloud"));
    let text =
        text.replace("olatility = 0.2", "olatility = 0.0").replace("volatility = 0.3", "volatility = 0.0");
    let columns = columns_of(&plan_of(&text), 20);
    for (name, column) in &columns {
        assert!(column.iter().all(|value| value.to_bits() == column[0].to_bits()), "{name}");
    }
    assert!(columns["rounds"][0] > 0.0);
}

#[test]
fn one_path_is_the_first_of_many() {
    let plan = plan_of(&format!("{START}{LAB}{ROUND}{}{LINK}", company("Cloud")));
    let (one, many) = (columns_of(&plan, 1), columns_of(&plan, 9));
    for (name, column) in &one {
        assert_eq!(column[0].to_bits(), many[name][0].to_bits(), "{name}");
    }
    assert!(columns_of(&plan, 0).is_empty() || columns_of(&plan, 0).values().all(Vec::is_empty));
}

#[test]
fn without_a_round_shares_are_undefined() {
    let plan = plan_of(&format!("{START}{LAB}{}{LINK}", company("Cloud")));
    let columns = columns_of(&plan, 20);
    assert!(columns["capital.raised"].iter().all(|value| *value == 0.0));
    for share in ["share.traced", "share.netted"] {
        assert!(columns[share].iter().all(|value| value.is_nan()), "{share}");
    }
    // Bills are paid: the network of flows has a volume, and nothing of it is circular.
    assert!(columns["share.circular.volume"].iter().all(|value| *value == 0.0));
}

#[test]
fn a_lab_alone_raises_from_outside() {
    let lab = LAB.replace("opex = 12.0", "opex = 30.0");
    let columns = columns_of(&plan_of(&format!("{START}{lab}{ROUND}")), 20);
    assert!(columns["capital.raised"].iter().all(|value| *value > 0.0));
    assert_eq!(columns["capital.raised"], columns["capital.round.savings"]);
    assert!(columns["share.traced"].iter().all(|value| *value == 0.0));
    assert!(columns["lab.Lab.concentration"].iter().all(|value| value.is_nan()), "no bills");
}

#[test]
fn a_company_alone_has_its_prices() {
    let columns = columns_of(&plan_of(&format!("{START}{}", company("Cloud"))), 20);
    assert!(columns["company.Cloud.value_end"].iter().all(|value| *value > 0.0));
    assert!(columns["share.circular.volume"].iter().all(|value| value.is_nan()), "nothing flows");
}

#[test]
fn nobody_at_all_runs() {
    let columns = columns_of(&plan_of(START), 9);
    assert!(columns["capital.raised"].iter().all(|value| *value == 0.0));
}

/// The network of flows is computed for 16 nodes, the outside among them.
#[test]
fn the_circular_share_of_too_many_actors_is_undefined() {
    let with = |companies: usize| {
        let mut text = format!("{START}{LAB}{ROUND}{}{LINK}", company("Cloud"));
        for k in 1..companies {
            text += &company(&format!("Company{k}"));
        }
        columns_of(&plan_of(&text), 9)
    };
    assert!(with(14)["share.circular.volume"].iter().all(|value| value.is_finite()));
    let many = with(15);
    assert!(many["share.circular.volume"].iter().all(|value| value.is_nan()));
    assert!(many["capital.raised"].iter().all(|value| *value > 0.0));
}

/// A lab, a company and so many persons who each hold a hundredth of it and invest.
fn persons(count: usize) -> String {
    let mut text = format!("{START}{LAB}{ROUND}{}{LINK}", company("Cloud"));
    text = text.replace("opex = 12.0", "opex = 60.0");
    for k in 0..count {
        let person = "stake = { Cloud = 0.01 }\nmax_ltv = 0.5\ncall_ltv = 0.9\ninvests = { Lab = 0.1 }";
        write!(text, "\n[[person]]\nname = \"Person{k}\"\n{person}\n").unwrap();
    }
    text
}

#[test]
fn a_round_takes_every_investor_or_the_reader_refuses() {
    let columns = columns_of(&plan_of(&persons(32)), 9);
    for k in 0..32 {
        let put_in = &columns[&format!("put_in.Person{k}.Lab")];
        assert!(put_in.iter().all(|value| *value > 0.0), "person {k}");
    }
    let refused = parse(&persons(33)).unwrap_err();
    assert!(
        refused.contains("33 companies, persons and holdings invest in the rounds of `Lab`"),
        "{refused}"
    );
    // Vendors are investors too.
    let vendor = "\n[[vendor_equity]]\ncompany = \"Cloud\"\nlab = \"Lab\"\nratio = 0.1\n";
    assert!(parse(&format!("{}{vendor}", persons(32))).is_err());
    assert!(parse(&format!("{}{vendor}", persons(31))).is_ok());
}

/// A lab that pays out all it has in every step comes to a balance too small to be divided by.
#[test]
fn a_balance_of_next_to_nothing_is_nothing() {
    let lab = LAB.replace("annual = 10.0", "annual = 0.0").replace("cash = 10.0", "cash = 1e-12");
    let columns = columns_of(&plan_of(&format!("{START}{lab}{}{LINK}", company("Cloud"))), 9);
    assert!(columns["lab.Lab.cash_end"].iter().all(|cash| *cash < 1e-12));
}

/// Nothing is left of the company when it announces: its news have no price to move.
#[test]
fn a_worthless_company_takes_news() {
    for (cap, drift) in [("1e-12", "-10.0"), ("1e-12", "0.0")] {
        let cloud =
            company("Cloud").replace("market_cap = 500.0", &format!("market_cap = {cap}\ndrift = {drift}"));
        let announcement =
            "\n[announcement]\nelasticity = 1.0\nexponent = 1.2\nnoise = 0.5\nhalf_life = 1.0\n";
        let contracts = "contracts = [{ announced = 2025-03-01, notional = 300.0, starts = 2026-01-01, term = 5.0 }, \
             { announced = 2026-03-01, notional = 300.0, starts = 2026-06-01, term = 5.0 }]\n";
        let columns = columns_of(&plan_of(&format!("{START}{announcement}{LAB}{cloud}{LINK}{contracts}")), 9);
        assert!(columns["company.Cloud.value_end"].iter().all(|value| value.is_finite()));
    }
}

/// A vendor with next to no cash grants credits: their cost is savings, not something divided by nothing.
#[test]
fn credits_of_a_company_without_cash_are_counted() {
    let cloud =
        company("Cloud").replace("cash = 10.0", "cash = 0.0").replace("earnings = 5.0", "earnings = 0.0");
    let vendor = "\n[[vendor_equity]]\ncompany = \"Cloud\"\nlab = \"Lab\"\nratio = 1.0\ncredits = 1.0\n";
    let columns = columns_of(&plan_of(&format!("{START}{LAB}{ROUND}{cloud}{LINK}{vendor}")), 9);
    assert!(columns["capital.credit.credit"].iter().all(|value| *value > 0.0));
}
