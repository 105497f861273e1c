//! What must always hold (§11), after every step and of every result, on random scenarios that use everything at
//! once. `PROPTEST_CASES` and `PROPTEST_RNG_SEED` run more of them and others.

#[path = "identities/tape.rs"]
mod tape;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use roundtrip::actors::Now;
use roundtrip::books::Origin;
use roundtrip::engine::audit::{self, Audit};
use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Fault, Run, simulate, step};
use roundtrip::plan::Plan;
use roundtrip::plan::parameters::{Sampler, Sampling};
use roundtrip::scenario::Scenario;
use roundtrip::state::{Batch, LANES, Loops, Row};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;
use tape::Generated;

/// Relative to the throughput of the sum that is checked.
const TOLERANCE: f64 = 1e-9;

fn config(cases: u32) -> ProptestConfig {
    let chosen = std::env::var_os("PROPTEST_RNG_SEED").is_some();
    let more = std::env::var_os("PROPTEST_CASES").is_some();
    let standard = ProptestConfig::default();
    ProptestConfig {
        cases: if more { standard.cases } else { cases },
        rng_seed: if chosen { standard.rng_seed } else { RngSeed::Fixed(1) },
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..standard
    }
}

fn plan_of(text: &str) -> Plan {
    let scenario = Scenario::parse("random.toml", text, Path::new(""), &[]);
    Plan::compile(&scenario.unwrap_or_else(|findings| panic!("{}\n{text}", findings.render(false))))
}

/// Columns by name.
type Columns = BTreeMap<String, Vec<f64>>;

/// Of a scenario whose prices grow beyond any sense there is nothing to check: its run has no results.
fn columns_of(plan: &Plan, run: &Run) -> Result<Columns, TestCaseError> {
    let mut columns = Columns::new();
    let names = column_names(plan);
    simulate(plan, run, |block| {
        for (name, column) in names.iter().zip(block.columns) {
            columns.entry(name.clone()).or_default().extend(column);
        }
        ControlFlow::Continue(())
    })
    .map_err(|fault| match fault {
        Fault::NotFinite(why) => TestCaseError::reject(format!("{why:?}")),
        Fault::Broken(what) => TestCaseError::fail(format!("{what:?}")),
    })?;
    Ok(columns)
}

/// 16 paths in two batches, all identities after every step.
fn audited(seed: u64) -> Run {
    Run { width: LANES, audit: true, courses: 4, ..Run::new(seed, 16) }
}

/// Measures that may be undefined on a path; all others are finite numbers.
const UNDEFINED: &[&str] = &[
    "share.traced",
    "share.netted",
    "share.insider",
    "share.concession",
    "share.financing.insider",
    "share.financing.manufactured",
    "share.circular.volume",
    "unwind.time",
    "distress.time",
    "circular_revenue",
    "concentration",
    "effective_price",
    "effective_price_after_equity",
    "uncovered_revenue",
    "premium_year_after",
    "discount",
    "listed.time",
];

/// What the columns of a run break, path by path.
fn broken(plan: &Plan, columns: &Columns) -> Vec<String> {
    let mut found = Vec::new();
    let paths = columns["capital.raised"].len();
    for path in 0..paths {
        let of = |name: &str| columns[name][path];
        let sum = |pick: &dyn Fn(&str) -> bool| -> f64 {
            columns.iter().filter(|(name, _)| pick(name)).map(|(_, column)| column[path]).sum()
        };
        let mut equal = |what: &str, one: f64, other: f64| {
            let error = (one - other).abs();
            if error.is_nan() || error > TOLERANCE * one.abs().max(1.0) {
                found.push(format!("path {path}, {what}: {one} and {other}"));
            }
        };
        let raised = of("capital.raised");
        let instruments = ["round", "tranche", "credit", "warrant", "listing", "vendor_loan"];
        let by_instrument = |n: &str| instruments.iter().any(|i| n.starts_with(&format!("capital.{i}.")));
        equal("capital by instrument and origin", raised, sum(&by_instrument));
        equal("capital by origin", raised, sum(&|n| n.starts_with("capital.origin.")));
        equal("capital by class", raised, sum(&|n| n.starts_with("capital.from.")));
        let by_lab = |n: &str| n.starts_with("lab.") && n.ends_with(".raised");
        equal("capital by lab", raised, sum(&by_lab));
        let related = sum(&|n| n.starts_with("put_in."));
        equal("capital by investor", raised, of("capital.from.outside") + related);
        let made = ["premium", "mark", "recycled", "credit"];
        let made: f64 = made.iter().map(|origin| of(&format!("capital.origin.{origin}"))).sum();
        let made = made + sum(&|n| n == "capital.origin.guarantee");
        equal("manufactured capital", of("capital.manufactured"), made);
        equal("bills by lab", of("paid"), sum(&|n| n.starts_with("lab.") && n.ends_with(".paid")));
        let to = |n: &str| n.starts_with("company.") && n.ends_with(".lab_revenue");
        equal("bills by company", of("paid"), sum(&to));
        for what in ["announced", "written_off", "rounds"] {
            let mine = |n: &str| n.starts_with("lab.") && n.ends_with(&format!(".{what}"));
            equal(what, of(what), sum(&mine));
        }
        let short = |n: &str| n.starts_with("company.") && n.ends_with(".build_shortfall");
        equal("build shortfall", of("build_shortfall"), sum(&short));
        equal("time in sentiments", 1.0, sum(&|n| n.starts_with("sentiment.") && !n.contains(".ra")));
        for lab in &plan.actors.labs {
            let of_it = |what: &str| columns.get(&format!("lab.{}.{what}", lab.name)).map(|c| c[path]);
            if let (Some(chosen), Some(rounds)) = (of_it("rounds_by_choice"), of_it("rounds")) {
                equal("rounds by choice", rounds, rounds.max(chosen));
                equal("discount", f64::from(of_it("discount").unwrap().is_nan()), f64::from(rounds == 0.0));
            }
            if let (Some(listed), Some(time)) = (of_it("listed"), of_it("listed.time")) {
                equal("listing", listed, f64::from(time.is_finite()));
            }
        }
        let unwound = f64::from(of("unwind.time").is_finite());
        equal("unwind", of("unwind"), unwound);
        if columns.contains_key("deferrals") {
            for what in ["deferrals", "deferred"] {
                let mine = |n: &str| n.starts_with("lab.") && n.ends_with(&format!(".{what}"));
                equal(what, of(what), sum(&mine));
            }
            equal("distress", of("distress"), f64::from(of("deferrals") > 0.0 || unwound > 0.0));
            equal("its time", of("distress"), f64::from(of("distress.time").is_finite()));
        }
        for company in &plan.actors.companies {
            let of_it = |what: &str| of(&format!("company.{}.{what}", company.name));
            equal("premium", of_it("premium_end"), of_it("value_end") - of_it("fundamental_end"));
            equal("peak", of_it("premium_peak"), of_it("premium_peak").max(of_it("premium_end")));
        }
        for share in ["share.traced", "share.netted"] {
            let whole = ["capital.manufactured", "capital.netted"][usize::from(share == "share.netted")];
            let value = of(share);
            if raised > 0.0 {
                equal(share, value * raised, of(whole));
            }
            equal(share, f64::from(value.is_nan()), f64::from(raised == 0.0));
        }
        let in_unit = |name: &str| {
            // A concession has a sign: what companies offer can lower a round's price.
            name.starts_with("share.") && name != "share.concession"
                || [
                    ".circular_revenue",
                    ".concentration",
                    ".uncovered_revenue",
                    ".stake_end",
                    ".discount",
                    ".dilution",
                ]
                .iter()
                .any(|end| name.ends_with(end))
        };
        for (name, column) in columns {
            let value = column[path];
            let may_be_undefined = UNDEFINED.iter().any(|end| name.ends_with(end));
            if value.is_infinite() || value.is_nan() && !may_be_undefined {
                found.push(format!("path {path}, {name} is {value}"));
            }
            if in_unit(name) && !value.is_nan() && !(-TOLERANCE..=1.0 + TOLERANCE).contains(&value) {
                found.push(format!("path {path}, {name} is {value}"));
            }
        }
    }
    found
}

/// Where nothing was committed, written off, cut or deferred, bills are those of the file: D/τ over the steps of the run, or
/// rising step by step to what pays D.
fn bills_of_the_file(of: &Generated) -> f64 {
    let per_year = f64::from(of.steps_per_year);
    let steps = ((of.years * per_year + 0.5).floor() as i32).max(1);
    let base: f64 = of.base.iter().sum::<f64>() * f64::from(steps) / per_year;
    let contracts = of.contracts.iter().map(|(start, term, ramp, notional)| {
        let weight = |k: i32| ((f64::from(k) + 0.5) / f64::from(*ramp)).min(1.0);
        let all: f64 = (0..*term).map(weight).sum();
        let within = (0..*term).filter(|k| (0..steps).contains(&(start + k)));
        notional * within.map(weight).sum::<f64>() / all
    });
    base + contracts.sum::<f64>()
}

fn scenarios() -> impl Strategy<Value = Generated> {
    prop::collection::vec(any::<u16>(), 700).prop_map(|cells| tape::scenario(&cells))
}

proptest! {
    #![proptest_config(config(192))]

    /// Everything on, any sampler; the extra dollar of §9 now and then.
    #[test]
    fn hold_with_every_loop_on(generated in scenarios(), sampler in 0..3_usize, extra in 0..3_usize) {
        let plan = plan_of(&generated.text);
        let sampler = [Sampler::Plain, Sampler::LatinHypercube, Sampler::Sobol][sampler];
        let run = Run { sampler, extra: [0.0, 0.0, 0.5][extra], ..audited(7) };
        let columns = columns_of(&plan, &run)?;
        let found = broken(&plan, &columns);
        prop_assert!(found.is_empty(), "{}", found.join("\n"));
        let bills = bills_of_the_file(&generated);
        let elsewhere = ["committed", "written_off", "unwind"].map(|name| &columns[name]);
        let nobody_asked = |path: usize| columns.get("deferrals").is_none_or(|column| column[path] == 0.0);
        for (path, paid) in columns["paid"].iter().enumerate().filter(|(path, _)| nobody_asked(*path)) {
            if elsewhere.iter().all(|column| column[path] == 0.0) {
                prop_assert!((paid - bills).abs() <= 1e-6 + TOLERANCE * bills, "{paid} paid of {bills}");
            }
        }
    }

    /// Any loops off.
    #[test]
    fn hold_with_any_loops_off(generated in scenarios(), off in 0..512_u16) {
        let plan = plan_of(&generated.text);
        let loops = roundtrip::deals::loops().enumerate();
        let off = loops.filter(|(k, _)| off & (1 << k) != 0).map(|(_, kind)| kind.which);
        let run = Run { loops: off.fold(Loops::ALL_ON, Loops::without), ..audited(11) };
        let found = broken(&plan, &columns_of(&plan, &run)?);
        prop_assert!(found.is_empty(), "{}", found.join("\n"));
    }

    /// With all loops off nothing is manufactured but the second lap, and no premium comes from nothing.
    #[test]
    fn no_premium_without_loops(generated in scenarios()) {
        let text: String = generated
            .text
            .lines()
            .map(|line| if line.starts_with("premium = ") { "premium = 0.0" } else { line })
            .map(|line| format!("{line}\n"))
            .collect();
        let plan = plan_of(&text);
        let columns = columns_of(&plan, &Run { loops: Loops::ALL_OFF, ..audited(13) })?;
        for (name, column) in &columns {
            let nothing = name.starts_with("company.") && name.contains(".premium_")
                || ["premium", "mark", "credit"].iter().any(|origin| *name == format!("capital.origin.{origin}"));
            let scale = match name.strip_prefix("company.").and_then(|rest| rest.split('.').next()) {
                Some(company) => columns[&format!("company.{company}.value_end")].clone(),
                None => vec![1.0; column.len()],
            };
            for (value, scale) in column.iter().zip(scale) {
                let wrong = nothing && !value.is_nan() && value.abs() > 1e-6 * scale.max(1.0);
                prop_assert!(!wrong, "{name} is {value}");
            }
        }
    }
}

/// A scenario with everything in it, part of the way.
fn half_way() -> (Plan, Batch, u32) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases");
    let scenario = Scenario::read(&folder.join("90_everything_weekly.toml"), &[]).unwrap();
    let plan = Plan::compile(&scenario);
    let mut b = plan.batch();
    let sampling = Sampling { seed: 1, sampler: Sampler::Plain, paths: 8 };
    let mut parameters = vec![0.0; plan.parameters.uncertain().len() * LANES];
    plan.parameters.draw(&sampling, 0, LANES, &mut parameters);
    plan.open(&mut b, 0, &parameters, LANES, 0.0, Loops::ALL_OFF);
    let last = 100;
    for n in 0..=last {
        let now = Now { step: n, clock: plan.clock, loops: Loops::ALL_ON, seed: 1 };
        step::step(&plan, &mut b, &now);
    }
    (plan, b, last as u32)
}

/// The audit can fail: whatever is moved by a thousandth, on one path, is found.
#[test]
fn a_small_fault_is_found() {
    let (plan, mut b, step) = half_way();
    assert_eq!(audit::broken(&plan, &b, step), None);
    let actors = &plan.actors;
    let lab = &actors.labs[0];
    let mut rows: Vec<(&str, Row)> = vec![
        ("capital", lab.capital),
        ("announced", lab.announced),
        ("committed", lab.committed),
        ("value", actors.companies[0].value),
        ("fundamental", actors.companies[0].fundamental),
        ("premium", actors.companies[0].premium),
        ("unpaid", plan.commitments.commitments[0].unpaid),
        ("time", plan.sentiment.time[0]),
        ("credits", lab.dealings[3].credits_used),
    ];
    let edges = actors.ledger.edges.iter();
    rows.extend(edges.filter_map(|e| Some(("flow", e.edge.row(Origin::Savings)?))));
    for (name, row) in rows {
        let before = b.at(row, 5);
        if before == 0.0 {
            continue;
        }
        b.put(row, 5, before + 1e-3 * before.abs().max(1.0));
        let found = audit::broken(&plan, &b, step);
        assert_eq!(found.as_ref().map(|(path, _)| *path), Some(5), "{name}, {row:?}: {found:?}");
        b.put(row, 5, before);
    }
    // Whatever an owner says of a row is looked at.
    let mut laws = [0; 2];
    for known in plan.layout.all_registered() {
        let before = b.at(known.row, 2);
        let mut audit = Audit::default();
        assert_eq!(audit.broken(&plan, &b, step), None);
        if known.holds.is_never_negative() {
            b.put(known.row, 2, -1.0);
            let found = audit::broken(&plan, &b, step);
            assert_eq!(found, Some((2, format!("{} is -1", known.name))));
            laws[0] += 1;
        }
        if known.holds.never_falls() {
            b.put(known.row, 2, before - 1.0);
            let (path, what) = audit.broken(&plan, &b, step).expect("it fell");
            assert!(path == 2 && what.starts_with(&format!("{} fell from", known.name)), "{what}");
            laws[1] += 1;
        }
        b.put(known.row, 2, before);
    }
    assert!(laws[0] > 100 && laws[1] > 50, "{laws:?}");
    for wrong in [f64::NAN, f64::INFINITY, -1.0] {
        let row = actors.holdings[0].debt;
        let before = b.at(row, 3);
        b.put(row, 3, wrong);
        assert_eq!(audit::broken(&plan, &b, step).map(|(path, _)| path), Some(3), "debt of {wrong}");
        b.put(row, 3, before);
    }
    assert_eq!(audit::broken(&plan, &b, step), None);
}

/// The checks of the results can fail.
#[test]
fn a_wrong_result_is_found() {
    let (plan, ..) = half_way();
    let columns = columns_of(&plan, &audited(1)).unwrap();
    assert_eq!(broken(&plan, &columns), Vec::<String>::new());
    for name in [
        "capital.raised",
        "capital.round.savings",
        "lab.OpenAI.raised",
        "put_in.NVIDIA.OpenAI",
        "sentiment.hype",
    ] {
        let mut wrong = columns.clone();
        wrong.get_mut(name).unwrap()[3] += 1e-3;
        assert!(!broken(&plan, &wrong).is_empty(), "{name}");
    }
}
