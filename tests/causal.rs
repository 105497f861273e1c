//! The causal lens against the reference program, path by path, and by hand: strangers, tied contracts, what replaces what,
//! the range over assumptions (§9).

use roundtrip::engine::Run;
use roundtrip::engine::simulate::{column_names, simulate};
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use roundtrip::state::{Loop, Loops};
use roundtrip::studies::run::causal::{Again, AtTen, Causal, OnRun, causal};
use roundtrip::studies::run::corners::corners;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

const TOLERANCE: f64 = 1e-8;

fn cases() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases2")
}

fn plan_with(file: &Path, set: &[(&str, &str)]) -> Plan {
    let set: Vec<(String, String)> = set.iter().map(|(at, to)| (at.to_string(), to.to_string())).collect();
    let scenario = Scenario::read(file, &set).unwrap_or_else(|findings| panic!("{}", findings.render(false)));
    Plan::compile(&scenario)
}

fn lens(plan: &Plan, run: &Run) -> Causal {
    lens_with(plan, run, 2_000)
}

fn lens_with(plan: &Plan, run: &Run, corner_paths: u64) -> Causal {
    causal(plan, run, &OnRun::simulated(plan, run), Again::default(), corner_paths, || false)
        .expect("every state is finite")
        .expect("capital is raised")
}

fn measures(plan: &Plan, run: &Run) -> BTreeMap<String, f64> {
    let names = column_names(plan);
    let mut values = BTreeMap::new();
    simulate(plan, &Run { audit: true, ..*run }, |block| {
        values.extend(names.iter().cloned().zip(block.columns.iter().map(|column| column[0])));
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    values
}

fn near(found: f64, expected: f64, what: &str) {
    assert!(
        (found - expected).abs() <= TOLERANCE * expected.abs().max(1.0),
        "{what}: {found}, not {expected}"
    );
}

/// Whatever the reference program says of a scenario that has no randomness, and that this program reads.
#[test]
fn the_lens_is_that_of_the_reference() {
    let mut seen = 0;
    for entry in std::fs::read_dir(cases()).unwrap() {
        let expected = entry.unwrap().path();
        let name = expected.file_name().unwrap().to_str().unwrap().to_string();
        let Some(stem) = name.strip_suffix(".lens.json") else { continue };
        let Ok(scenario) = Scenario::read(&cases().join(format!("{stem}.toml")), &[]) else { continue };
        let plan = Plan::compile(&scenario);
        if plan.is_random {
            continue;
        }
        let expected: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(&expected).unwrap()).unwrap();
        // Of nothing raised there is no share.
        if expected["G_on"].as_f64() == Some(0.0) {
            continue;
        }
        let found = lens(&plan, &Run::new(1, 1));
        let is =
            |value: f64, key: &str| near(value, expected[key].as_f64().unwrap(), &format!("{stem} {key}"));
        let raised = &found.compared[0];
        assert_eq!(raised.measure, "capital.raised");
        is(raised.on.value, "G_on");
        is(raised.off.value, "G_off");
        is(found.share.value, "share.causal");
        is(found.replacement.through_loops.value * raised.on.value, "L");
        is(found.demand.map_or(0.0, |demand| demand.value), "share.causal.demand");
        match found.replacement.rate {
            Some(rate) => is(rate.value, "replacement"),
            None => assert!(expected["replacement"].is_null(), "{stem}"),
        }
        match found.replacement.at_ten {
            Some(AtTen::Rate(rate)) => is(rate.value, "replacement.at_10_percent"),
            Some(AtTen::AtAny) => assert!(expected["replacement.at_10_percent"].is_null(), "{stem}"),
            None => {}
        }
        if let (Some(share), Some(expected)) = (found.financing, expected.get("financing.causal")) {
            near(share.value, expected.as_f64().unwrap(), &format!("{stem} financing.causal"));
        }
        seen += 1;
    }
    assert!(seen >= 2, "{seen} cases");
}

/// Case 116: Far's 10 stay with every loop off, Cloud's 1 and Chip's 3 go; the contracts that are tied go in the run with
/// ties alone.
#[test]
fn a_stranger_stays_and_ties_act_in_one_run_alone() {
    let plan = plan_with(&cases().join("116_stranger_and_tie.toml"), &[]);
    let run = Run::new(1, 1);
    let on = measures(&plan, &run);
    for (name, expected) in [
        ("capital.raised", 15.2),
        ("capital.insider", 14.0),
        ("capital.stranger", 10.0),
        ("capital.through_loops", 4.0),
        ("share.insider", 14.0 / 15.2),
        ("announced", 10.0),
    ] {
        near(on[name], expected, name);
    }
    let loops = Loops::ALL_ON.causal_off();
    let off = measures(&plan, &Run { loops, ..run });
    near(off["capital.raised"], 11.2, "off");
    near(off["capital.stranger"], 10.0, "off, stranger");
    near(off["announced"], 10.0, "off, announced");
    let ties = Loops::ALL_ON.of_which_off(loops);
    let tied = measures(&plan, &Run { loops, ties, ..run });
    near(tied["capital.raised"], 10.0, "tied");
    near(tied["announced"], 0.0, "tied, announced");
    near(tied["paid"], 12.0 * 1.2, "tied, paid");
    // A loop that was off already ties nothing.
    let without = Loops::ALL_ON.without(Loop::VENDOR_EQUITY);
    assert!(!plan.compute.is_tied(without.of_which_off(loops)));
    assert!(lens(&plan, &Run { loops: without, ..run }).demand.is_none());
}

/// A company that the lab pays nothing is a stranger however it is linked otherwise: with a share of 0, Chip is one, and
/// then only Cloud's cheque is a loop's.
#[test]
fn a_supplier_without_a_share_is_a_stranger() {
    let file = cases().join("116_stranger_and_tie.toml");
    let plan = plan_with(&file, &[("company.Cloud.suppliers.Chip", "0")]);
    let on = measures(&plan, &Run::new(1, 1));
    near(on["capital.stranger"], 13.0, "capital.stranger");
    near(on["capital.through_loops"], 1.0, "capital.through_loops");
}

/// Credits of face 1 at margin 0.5 and a warrant that sells for w·M.
#[test]
fn what_is_given_away_by_hand() {
    let text = "[scenario]\nname = \"Given\"\nstart = 2025-01-01\nyears = 0.5\nsteps_per_year = 12\n\
         [market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.0\n\
         [[lab]]\nname = \"L\"\ncash = 10.0\nrevenue = { annual = 12.0, growth = 0.0 }\nopex = 0.0\nmark = 100.0\n\
         [[company]]\nname = \"A\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 10.0\nearnings = 0.0\nmargin = 0.5\n\
         [[compute]]\nlab = \"L\"\ncompany = \"A\"\nbase = 12.0\n\
         [[commitment]]\ninvestor = \"A\"\nlab = \"L\"\npre_money = 100.0\ncredits = 0.25\n\
         tranches = [{ due = 2025-02-10, amount = 4.0 }]\n\
         [[warrant]]\ncompany = \"A\"\nlab = \"L\"\ntranches = [{ fraction = 0.02, milestone = 2.0, price = 0.0 }]\n";
    let scenario = Scenario::parse("text", text, Path::new(""), &[]).unwrap_or_else(|f| panic!("{f}"));
    let found = measures(&Plan::compile(&scenario), &Run::new(1, 1));
    // G = 4 in the tranche, 1 of it in credits, and 0.02 of a company worth 100.
    near(found["capital.raised"], 6.0, "G");
    near(found["capital.concession.credit"], 0.5, "credit");
    near(found["capital.concession.warrant"], 2.0, "warrant");
    near(found["capital.concession"], 2.5, "all");
    near(found["share.concession"], 2.5 / 6.0, "share");
    // The mark-up is what the traced lens calls credit.
    near(found["capital.concession.credit"], found["capital.credit.credit"], "the same as traced");
    near(found["share.insider"], 1.0, "all of it is A's");
}

/// With hardly any money through loops a rate of replacement is not defined; nor is a demand without ties.
#[test]
fn little_money_has_no_rate_of_replacement() {
    let text = |ratio: f64| {
        format!(
            "[scenario]\nname = \"Little\"\nstart = 2025-01-01\nyears = 1.0\nsteps_per_year = 12\n\
             [market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.0\n\
             [[lab]]\nname = \"L\"\ncash = 1.0\nrevenue = {{ annual = 6.0, growth = 0.0 }}\nopex = 0.0\nmark = 100.0\n\
             round = {{ trigger = 1.0, gap = 0.25, runway = 1.0, multiple = [20.0, 20.0, 20.0], appetite = [0.5, 0.5, 0.5] }}\n\
             [[company]]\nname = \"A\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 10.0\nearnings = 0.0\nmargin = 0.5\n\
             [[compute]]\nlab = \"L\"\ncompany = \"A\"\nbase = 12.0\n\
             [[vendor_equity]]\ncompany = \"A\"\nlab = \"L\"\nratio = {ratio}\n"
        )
    };
    let of = |ratio: f64| {
        let scenario =
            Scenario::parse("text", &text(ratio), Path::new(""), &[]).unwrap_or_else(|f| panic!("{f}"));
        lens(&Plan::compile(&scenario), &Run::new(1, 1))
    };
    let little = of(0.01);
    assert!(little.replacement.through_loops.value > 0.0 && little.replacement.rate.is_none());
    assert!(little.demand.is_none() && little.range.is_none());
    let much = of(30.0);
    assert!(much.replacement.rate.is_some(), "{:?}", much.replacement);
}

/// The corners of ε with its floor, the reserve, the signal: each what the file is with those numbers certain, their 5th or
/// 95th percentile; the scenario's own draw beside them; what is certain makes no corner.
#[test]
fn a_corner_is_the_scenario_with_its_quantiles() {
    let file = cases().join("102_price_clears.toml");
    let run = Run::new(1, 64);
    let certain = plan_with(&file, &[("lab.Lab.round.price_elasticity", "2")]);
    assert!(corners(&certain).is_empty() && lens(&certain, &run).range.is_none());
    let assumed = [
        ("lab.Lab.round.price_elasticity", "{ uniform = [2.0, 6.0] }"),
        ("lab.Lab.round.price_floor", "{ uniform = [0.9, 1.0] }"),
    ];
    let plan = plan_with(&file, &assumed);
    assert_eq!(corners(&plan).len(), 2);
    let found = lens(&plan, &run);
    let range = found.range.as_ref().expect("two numbers are uncertain");
    assert_eq!((range.points.len(), range.paths), (3, 64));
    for (point, elasticity, floor) in [(1, "2.2", "0.995"), (2, "5.8", "0.905")] {
        let alone = plan_with(
            &file,
            &[("lab.Lab.round.price_elasticity", elasticity), ("lab.Lab.round.price_floor", floor)],
        );
        let expected = lens(&alone, &Run::new(1, 1));
        near(range.points[point].share.value, expected.share.value, "the share at a corner");
        near(range.points[point].raised.value, expected.compared[0].on.value, "raised at a corner");
    }
    assert!(range.points[0].corner.is_none());
    near(range.points[0].share.value, found.share.value, "the scenario's own draw, on as many paths");
    assert!(range.low().share.value < range.high().share.value);
    let shares = || range.points.iter().map(|point| point.share.value);
    near(range.low().share.value, shares().fold(f64::INFINITY, f64::min), "the least");
    near(range.high().share.value, shares().fold(f64::NEG_INFINITY, f64::max), "the greatest");
    // All three: eight corners, each named by its ends.
    let all = [
        assumed[0],
        ("lab.Lab.round.oversubscribed", "{ uniform = [0.0, 0.5] }"),
        ("lab.Lab.round.endorsement", "{ uniform = [-0.1, 0.3] }"),
    ];
    let eight = corners(&plan_with(&file, &all));
    assert_eq!(eight.len(), 8);
    let mut words: Vec<String> = eight.iter().map(|corner| corner.words()).collect();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), 8, "{words:?}");
    assert!(lens_with(&plan_with(&file, &all), &run, 0).range.is_none(), "not asked for");
}
