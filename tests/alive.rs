//! Whether the mechanism of each shipped scenario is alive: it fires in a stated share of paths, switching it off moves
//! what it should in the right direction, and moves nothing before its first use. One entry of [`ALIVE`] per mechanism.

use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, simulate};
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use roundtrip::state::{Loop, Loops};
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

/// What switching the mechanism off does to a mean.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Moves {
    Up,
    Down,
}
use Moves::{Down, Up};

/// How it is seen that nothing moves before the first use.
#[derive(Debug, Clone, Copy)]
enum Untouched {
    /// Paths on which the mechanism never fires have the same bits in every measure.
    WhereItNeverFires,
    /// It fires on all paths, but not in a run of that many years, which has the same bits in every measure.
    Before(f64),
    /// It is used in the first step: there is no before.
    UsedAtOnce,
}
use Untouched::{Before, UsedAtOnce, WhereItNeverFires};

/// One mechanism of one scenario.
struct Alive {
    scenario: &'static str,
    mechanism: &'static str,
    /// Numbers of the scenario that are set in both runs, to leave the mechanism alone. What `instead` sets must be
    /// here too: a number that is certain in one run only would shift the draws of the others.
    set: &'static [(&'static str, &'static str)],
    /// What the other run lacks: loops that are off, or numbers set to something else.
    off: &'static [Loop],
    instead: &'static [(&'static str, &'static str)],
    /// It has fired on a path on which this measure is above this.
    fired: (&'static str, f64),
    /// The share of paths on which it fires lies between.
    share: (f64, f64),
    untouched: Untouched,
    /// What the other run has more or less of, on average, by more than five standard errors.
    moves: &'static [(&'static str, Moves)],
}

const NO_OTHER_NVIDIA: (&str, &str) = ("vendor_equity.NVIDIA.OpenAI.ratio", "0");

const ALIVE: &[Alive] = &[
    Alive {
        scenario: "amazon_credits",
        mechanism: "Amazon's 35 wait for a condition that comes true half the time",
        set: &[NO_OTHER_NVIDIA],
        off: &[Loop::VendorEquity],
        instead: &[],
        fired: ("put_in.Amazon.OpenAI", 49.9),
        share: (0.44, 0.56),
        untouched: Before(0.53),
        moves: &[
            ("capital.raised", Down),
            ("got_back.Amazon.OpenAI", Down),
            ("company.Amazon.cash_end", Up),
            ("unwind", Up),
        ],
    },
    Alive {
        scenario: "amazon_credits",
        mechanism: "the same 50 in credits instead of cash",
        set: &[
            NO_OTHER_NVIDIA,
            ("commitment.Amazon.OpenAI.credits", "1"),
            ("commitment.Amazon.OpenAI.2.credits", "1"),
        ],
        off: &[Loop::Credits],
        instead: &[],
        fired: ("capital.origin.credit", 0.0),
        share: (1.0, 1.0),
        untouched: Before(0.53),
        moves: &[
            ("capital.origin.credit", Down),
            ("lab.OpenAI.effective_price", Up),
            ("capital.raised", Down),
        ],
    },
    Alive {
        scenario: "nvidia_equity",
        mechanism: "a second gigawatt of the letter of intent",
        set: &[],
        off: &[Loop::VendorEquity],
        instead: &[],
        fired: ("put_in.NVIDIA.OpenAI", 29.9),
        share: (0.74, 0.90),
        untouched: Before(0.53),
        moves: &[("capital.raised", Down), ("got_back.NVIDIA.OpenAI", Down), ("unwind", Up)],
    },
    Alive {
        scenario: "nvidia_equity",
        mechanism: "chips paid for bring the next tranche",
        set: &[("compute.OpenAI.NVIDIA.contracts.0.notional", "350")],
        off: &[],
        instead: &[("compute.OpenAI.NVIDIA.contracts.0.notional", "0")],
        fired: ("company.NVIDIA.lab_revenue", 0.0),
        share: (1.0, 1.0),
        untouched: Before(0.02),
        moves: &[("put_in.NVIDIA.OpenAI", Down), ("got_back.NVIDIA.OpenAI", Down), ("unwind", Down)],
    },
    Alive {
        scenario: "amd_warrants",
        mechanism: "a tranche of the warrant vests",
        set: &[],
        off: &[Loop::Warrants],
        instead: &[],
        fired: ("company.AMD.warrant_proceeds", 0.0),
        share: (0.50, 0.66),
        untouched: WhereItNeverFires,
        moves: &[
            ("capital.raised", Down),
            ("company.AMD.fundamental_end", Up),
            ("lab.OpenAI.effective_price", Up),
        ],
    },
    Alive {
        scenario: "amd_warrants",
        mechanism: "the announcement lifts AMD",
        set: &[],
        off: &[Loop::Announcement],
        instead: &[],
        fired: ("company.AMD.premium_peak", 1.0),
        share: (0.92, 0.98),
        untouched: UsedAtOnce,
        moves: &[("company.AMD.announcement_gain", Down), ("company.AMD.premium_peak", Down)],
    },
    Alive {
        scenario: "microsoft",
        mechanism: "Azure credits instead of money",
        set: &[
            ("commitment.Microsoft.OpenAI.tranches.0.amount", "0"),
            ("vendor_equity.Microsoft.OpenAI.ratio", "0"),
        ],
        off: &[Loop::Credits],
        instead: &[],
        fired: ("capital.origin.credit", 0.0),
        share: (1.0, 1.0),
        untouched: Before(0.53),
        moves: &[
            ("capital.raised", Down),
            ("company.Microsoft.uncovered_revenue", Down),
            ("company.Microsoft.lab_revenue", Down),
        ],
    },
    Alive {
        scenario: "microsoft",
        mechanism: "Microsoft buys from OpenAI for part of what it is paid",
        set: &[],
        off: &[Loop::Reciprocal],
        instead: &[],
        fired: ("lab.OpenAI.circular_revenue", 0.0),
        share: (1.0, 1.0),
        untouched: UsedAtOnce,
        moves: &[("lab.OpenAI.circular_revenue", Down), ("lab.OpenAI.cash_end", Down)],
    },
    Alive {
        scenario: "trainium_vendor",
        mechanism: "Amazon's promise of 20 on milestones",
        set: &[
            ("commitment.Amazon.Anthropic.tranches.0.amount", "0"),
            ("vendor_equity.Amazon.Anthropic.ratio", "0"),
            ("vendor_equity.Google.Anthropic.ratio", "0"),
        ],
        off: &[Loop::VendorEquity, Loop::Credits],
        instead: &[],
        fired: ("put_in.Amazon.Anthropic", 24.0),
        share: (0.84, 0.95),
        untouched: Before(0.48),
        moves: &[
            ("capital.raised", Down),
            ("company.Amazon.lab_revenue", Down),
            ("company.Google.lab_revenue", Down),
            ("unwind", Up),
        ],
    },
    Alive {
        scenario: "trainium_vendor",
        mechanism: "new contracts lean towards whoever invested",
        set: &[("lab.Anthropic.commit.multiple", "3"), ("lab.Anthropic.commit.tie", "4")],
        off: &[],
        instead: &[("lab.Anthropic.commit.tie", "0")],
        fired: ("committed", 0.0),
        share: (1.0, 1.0),
        untouched: UsedAtOnce,
        moves: &[("company.Amazon.lab_revenue", Down), ("company.Google.lab_revenue", Up)],
    },
];

/// Paths of a check: with five standard errors, enough for every effect in the table.
const PATHS: u64 = 1000;

/// Standard errors that an effect must exceed.
const STANDARD_ERRORS: f64 = 5.0;

/// The measures of a run by name, the uncertain numbers left out.
type Measures = BTreeMap<String, Vec<f64>>;

fn measures(alive: &Alive, other: bool, years: Option<f64>) -> Measures {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(format!("{}.toml", alive.scenario));
    let mut set: Vec<(String, String)> = Vec::new();
    let instead = if other { alive.instead } else { &[] };
    for (address, value) in alive.set {
        let replaced = instead.iter().find(|(other, _)| other == address);
        set.push((address.to_string(), replaced.map_or(value, |(_, value)| value).to_string()));
    }
    assert!(instead.iter().all(|(address, _)| alive.set.iter().any(|(set, _)| set == address)));
    set.extend(years.map(|years| ("scenario.years".to_string(), years.to_string())));
    let plan = Plan::compile(&Scenario::read(&file, &set).unwrap_or_else(|f| panic!("{}", f.render(false))));
    let off = if other { alive.off } else { &[] };
    let loops = off.iter().fold(Loops::ALL_ON, |loops, which| loops.without(*which));
    let run = Run { loops, courses: 0, ..Run::new(1, PATHS) };
    let names = column_names(&plan);
    let mut columns = Measures::new();
    simulate(&plan, &run, |block| {
        for (name, column) in names.iter().zip(block.columns).skip(plan.uncertain.len()) {
            columns.entry(name.clone()).or_default().extend(column);
        }
        ControlFlow::Continue(())
    });
    columns
}

/// The first measure that differs on a path that is to be the same, with the path.
fn difference(on: &Measures, other: &Measures, same: impl Fn(usize) -> bool) -> Option<(String, usize)> {
    on.iter().find_map(|(name, column)| {
        let differs = |path: &usize| same(*path) && column[*path].to_bits() != other[name][*path].to_bits();
        (0..column.len()).find(differs).map(|path| (name.clone(), path))
    })
}

/// Mean and standard error of other − on over the paths on which both are defined.
fn moved(on: &[f64], other: &[f64]) -> (f64, f64) {
    let by_path: Vec<f64> =
        on.iter().zip(other).map(|(on, other)| other - on).filter(|d| d.is_finite()).collect();
    let n = by_path.len() as f64;
    let mean = by_path.iter().sum::<f64>() / n;
    let variance = by_path.iter().map(|d| (d - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// What is wrong with a mechanism, in words.
fn complaints(alive: &Alive) -> Vec<String> {
    let mut wrong = Vec::new();
    let (on, other) = (measures(alive, false, None), measures(alive, true, None));
    let (fired, above) = alive.fired;
    let fires: Vec<bool> = on[fired].iter().map(|value| *value > above).collect();
    let share = fires.iter().filter(|fires| **fires).count() as f64 / fires.len() as f64;
    if !(alive.share.0..=alive.share.1).contains(&share) {
        wrong.push(format!("fires in {share} of the paths, not in {:?}", alive.share));
    }
    match alive.untouched {
        WhereItNeverFires => {
            if fires.iter().all(|fires| *fires) {
                wrong.push("fires everywhere, so nothing can be compared".into());
            }
            if let Some(found) = difference(&on, &other, |path| !fires[path]) {
                wrong.push(format!("moves {found:?} where it never fires"));
            }
        }
        Before(years) => {
            let early = Some(years);
            if let Some(found) =
                difference(&measures(alive, false, early), &measures(alive, true, early), |_| true)
            {
                wrong.push(format!("moves {found:?} before {years} years"));
            }
        }
        UsedAtOnce => {}
    }
    if difference(&on, &other, |_| true).is_none() {
        wrong.push("moves nothing at all".into());
    }
    for (name, moves) in alive.moves {
        let (mean, se) = moved(&on[*name], &other[*name]);
        let enough = match moves {
            Up => mean > STANDARD_ERRORS * se,
            Down => mean < -STANDARD_ERRORS * se,
        };
        if !enough || se == 0.0 {
            wrong.push(format!("{name} moves by {mean} ± {se}, not {moves:?}"));
        }
    }
    wrong
}

fn of(scenario: &str) -> impl Iterator<Item = &'static Alive> {
    ALIVE.iter().filter(move |alive| alive.scenario == scenario)
}

fn check(scenario: &str) {
    let mut wrong = Vec::new();
    for alive in of(scenario) {
        wrong.extend(complaints(alive).into_iter().map(|what| format!("{}: {what}", alive.mechanism)));
    }
    assert!(of(scenario).count() > 0, "{scenario} is not in the table");
    assert!(wrong.is_empty(), "{scenario}\n{}", wrong.join("\n"));
}

#[test]
fn amazon_credits() {
    check("amazon_credits");
}

#[test]
fn nvidia_equity() {
    check("nvidia_equity");
}

#[test]
fn amd_warrants() {
    check("amd_warrants");
}

#[test]
fn microsoft() {
    check("microsoft");
}

#[test]
fn trainium_vendor() {
    check("trainium_vendor");
}

/// The check can fail: a loop that a scenario does not use moves nothing and has no sign.
#[test]
fn a_dead_mechanism_is_found() {
    let first = of("nvidia_equity").next().unwrap();
    let dead = Alive { off: &[Loop::Warrants], share: (0.0, 0.1), ..*first };
    let found = complaints(&dead);
    assert_eq!(found.len(), 2 + first.moves.len(), "{found:?}");
    let late = Alive { untouched: Before(2.0), ..*first };
    assert!(complaints(&late).iter().any(|what| what.starts_with("moves")), "used by then");
}
