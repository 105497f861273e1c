//! The mechanism for which each web scenario was written is alive: it fires on a stated share of the paths; switched
//! off, it leaves no trace; a path on which it never fires is the same to the last bit without it, and so is every path
//! before its first use; and what it changes has the right sign, beyond four standard errors of the paired runs.

use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, simulate};
use roundtrip::estimate::paired::Paired;
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use roundtrip::state::Loops;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

const PATHS: u64 = 800;
const SIGMAS: f64 = 4.0;

type Columns = BTreeMap<String, Vec<f64>>;

struct Alive {
    scenario: &'static str,
    /// The loop that is switched off.
    off: &'static str,
    /// Columns (or their beginnings) whose sum is above 0 on the paths where the mechanism fires.
    fires: &'static [&'static str],
    /// Share of paths on which it does: at least, at most.
    share: (f64, f64),
    /// Years from the start within which it cannot fire yet.
    before: Option<f64>,
    /// What it changes, and whether it raises that.
    changes: (&'static str, bool),
}

const ALIVE: &[Alive] = &[
    // AMD's warrant needs 15 bn of payments, and its contract starts in October 2026.
    Alive {
        scenario: "web_2025",
        off: "warrants",
        fires: &["company.AMD.warrant_proceeds"],
        share: (0.5, 0.9),
        before: Some(1.0),
        changes: ("lab.OpenAI.raised", true),
    },
    // What vendors put in is in every path, since NVIDIA's and Amazon's cheques of 2026 are.
    Alive {
        scenario: "web_2025",
        off: "vendor_equity",
        fires: &["put_in.NVIDIA.OpenAI", "put_in.Microsoft.Anthropic"],
        share: (1.0, 1.0),
        before: None,
        changes: ("capital.raised", true),
    },
    // The discount: shares for buying chips lower the effective price of compute.
    Alive {
        scenario: "web_2026",
        off: "warrants",
        fires: &["company.AMD.warrant_proceeds"],
        share: (0.7, 0.99),
        before: Some(0.5),
        changes: ("lab.OpenAI.effective_price", false),
    },
    // Compute credits of Amazon and Google come with a round that Anthropic needs, and it needs none on many paths.
    Alive {
        scenario: "anthropic_web",
        off: "credits",
        fires: &["capital.credit."],
        share: (0.4, 0.95),
        before: None,
        changes: ("lab.Anthropic.effective_price", false),
    },
    // Clouds that buy the labs' models: revenue of the labs that is paid with the labs' money, and cash that clouds lack.
    Alive {
        scenario: "reported_revenue",
        off: "reciprocal",
        fires: &["lab.OpenAI.circular_revenue", "lab.Anthropic.circular_revenue"],
        share: (1.0, 1.0),
        before: None,
        changes: ("company.Microsoft.cash_end", false),
    },
    // Equipment on credit: vendors put off the carriers' default, they do not bring it about (docs/telecom_1999.md).
    Alive {
        scenario: "telecom_1999",
        off: "credits",
        fires: &["capital.credit."],
        share: (0.9, 1.0),
        before: None,
        changes: ("unwind", false),
    },
];

fn plan(scenario: &str, overrides: &[(&str, &str)]) -> Plan {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("configs/{scenario}.toml"));
    let overrides: Vec<(String, String)> =
        overrides.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    let scenario = Scenario::read(&file, &overrides).unwrap_or_else(|f| panic!("{}", f.render(false)));
    Plan::compile(&scenario)
}

fn columns(plan: &Plan, loops: Loops) -> Columns {
    let names = column_names(plan);
    let mut columns = Columns::new();
    simulate(plan, &Run { loops, courses: 0, ..Run::new(1, PATHS) }, |block| {
        for (name, column) in names.iter().zip(block.columns) {
            columns.entry(name.clone()).or_default().extend(column);
        }
        ControlFlow::Continue(())
    });
    columns
}

fn without(name: &str) -> Loops {
    Loops::ALL_ON.without(Loops::named(name).expect("a loop"))
}

/// Per path, whether the mechanism fired.
fn fired(alive: &Alive, columns: &Columns) -> Vec<bool> {
    let mut sums = vec![0.0; PATHS as usize];
    let mut found = 0;
    for (name, column) in columns {
        if alive.fires.iter().any(|start| name.starts_with(start)) {
            found += 1;
            sums.iter_mut().zip(column).for_each(|(sum, value)| *sum += value);
        }
    }
    assert!(found >= alive.fires.len(), "{}: {:?} are no columns", alive.scenario, alive.fires);
    sums.iter().map(|sum| *sum > 0.0).collect()
}

/// A column in which the two runs differ on one of these paths.
fn differs(a: &Columns, b: &Columns, on: impl Fn(usize) -> bool) -> Option<String> {
    a.iter().find_map(|(name, column)| {
        let other = &b[name];
        let path =
            (0..column.len()).find(|path| on(*path) && column[*path].to_bits() != other[*path].to_bits())?;
        Some(format!("{name} on path {path}: {} and {}", column[path], other[path]))
    })
}

#[test]
fn each_mechanism_fires_leaves_no_trace_when_off_and_has_the_right_sign() {
    for alive in ALIVE {
        let which = format!("{} without {}", alive.scenario, alive.off);
        let plan_of = plan(alive.scenario, &[]);
        let on = columns(&plan_of, Loops::ALL_ON);
        let off = columns(&plan_of, without(alive.off));
        let fires = fired(alive, &on);
        let share = fires.iter().filter(|fired| **fired).count() as f64 / PATHS as f64;
        assert!((alive.share.0..=alive.share.1).contains(&share), "{which}: fires on {share} of the paths");
        assert!(!fired(alive, &off).contains(&true), "{which}: fires although it is off");
        assert_eq!(differs(&on, &off, |path| !fires[path]), None, "{which}: a path without it changes");
        let (measure, raises) = alive.changes;
        let mut paired = Paired::default();
        paired.add(&on[measure], &off[measure]);
        let difference = paired.difference();
        let sign = if raises { 1.0 } else { -1.0 };
        assert!(
            sign * difference.value > SIGMAS * difference.se,
            "{which}: {measure} changes by {} ± {}",
            difference.value,
            difference.se
        );
    }
}

#[test]
fn nothing_changes_before_the_first_use() {
    for (alive, years) in ALIVE.iter().filter_map(|alive| Some((alive, alive.before?))) {
        let short = plan(alive.scenario, &[("scenario.years", &years.to_string())]);
        let on = columns(&short, Loops::ALL_ON);
        let off = columns(&short, without(alive.off));
        assert_eq!(
            differs(&on, &off, |_| true),
            None,
            "{}: {} within {years} years",
            alive.scenario,
            alive.off
        );
    }
}

/// `suspicion.toml`: the same announcements, and a price that rises in one mood and falls in the other; only because of
/// the announcement effect; and less money afterwards.
#[test]
fn suspicion_turns_the_answer_to_an_announcement_round() {
    let weeks = [("scenario.years", "0.058")];
    let hype = plan("suspicion", &weeks);
    let suspicion = plan("suspicion", &[weeks[0], ("sentiment.initial", "suspicion")]);
    let gain = "company.Amazon.announcement_gain";
    let (rises, falls) = (columns(&hype, Loops::ALL_ON), columns(&suspicion, Loops::ALL_ON));
    let above =
        |columns: &Columns| columns[gain].iter().filter(|gain| **gain > 0.0).count() as f64 / PATHS as f64;
    assert!(above(&rises) > 0.97, "{}", above(&rises));
    assert!(above(&falls) < 0.35, "{}", above(&falls));
    let flat = without("announcement");
    let (a, b) = (columns(&hype, flat), columns(&suspicion, flat));
    assert_eq!((above(&a), above(&b)), (1.0, 1.0), "the market adds what the contract is worth");

    let (hype, suspicion) =
        (plan("suspicion", &[]), plan("suspicion", &[("sentiment.initial", "suspicion")]));
    let mut raised = Paired::default();
    let of = |plan: &Plan| columns(plan, Loops::ALL_ON).remove("capital.raised").unwrap();
    raised.add(&of(&hype), &of(&suspicion));
    let difference = raised.difference();
    assert!(difference.value > SIGMAS * difference.se, "{} ± {}", difference.value, difference.se);
}

/// The checks can fail: a loop that plays no part in a scenario does not count as one that fires.
#[test]
fn a_loop_that_plays_no_part_is_found() {
    let dead = Alive {
        scenario: "telecom_1999",
        off: "warrants",
        fires: &["capital.warrant."],
        share: (0.1, 1.0),
        before: None,
        changes: ("capital.raised", true),
    };
    let on = columns(&plan(dead.scenario, &[]), Loops::ALL_ON);
    assert!(!fired(&dead, &on).contains(&true));
    let off = columns(&plan(dead.scenario, &[]), without(dead.off));
    assert_eq!(differs(&on, &off, |_| true), None);
}
