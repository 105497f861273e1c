//! Whether the mechanism of each shipped scenario is alive: it fires in a stated share of paths, switching it off moves
//! what it should in the right direction, and moves nothing before its first use. One entry of [`ALIVE`] per mechanism.

use roundtrip::deals::loop_named;
use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, simulate};
use roundtrip::estimate::RatioEstimate;
use roundtrip::estimate::paired::Paired;
use roundtrip::plan::Plan;
use roundtrip::scenario::{Scenario, TEMPLATES};
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

/// How it is seen that nothing moves without or before the first use.
#[derive(Debug, Clone, Copy)]
enum Untouched {
    /// Paths on which the mechanism never fires have the same bits in every measure.
    WhereItNeverFires,
    /// It does not fire in a run of that many years, which has the same bits in every measure.
    Before(f64),
}
use Untouched::{Before, WhereItNeverFires};

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
    /// It has fired on a path on which these measures (or all whose names begin so), added up, are above this.
    fired: (&'static [&'static str], f64),
    /// The share of paths on which it fires lies between.
    share: (f64, f64),
    /// Empty where it is used in the first step on every path.
    untouched: &'static [Untouched],
    /// What the other run has more or less of, on average, by more than five standard errors.
    moves: &'static [(&'static str, Moves)],
}

const VENDOR_CREDIT: Loop = roundtrip::deals::vendor_credit::LOOP.which;
const GUARANTEE: Loop = roundtrip::deals::project_debt::LOOP.which;

const NO_OTHER_NVIDIA: (&str, &str) = ("vendor_equity.NVIDIA.OpenAI.ratio", "0");

const ALIVE: &[Alive] = &[
    Alive {
        scenario: "amazon_credits",
        mechanism: "Amazon's 35 wait for a condition that comes true half the time",
        set: &[NO_OTHER_NVIDIA],
        off: &[Loop::VENDOR_EQUITY],
        instead: &[],
        fired: (&["put_in.Amazon.OpenAI"], 49.9),
        share: (0.44, 0.56),
        untouched: &[Before(0.53)],
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
        off: &[Loop::CREDITS],
        instead: &[],
        fired: (&["capital.origin.credit"], 0.0),
        share: (1.0, 1.0),
        untouched: &[Before(0.53)],
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
        off: &[Loop::VENDOR_EQUITY],
        instead: &[],
        fired: (&["put_in.NVIDIA.OpenAI"], 29.9),
        share: (0.74, 0.90),
        untouched: &[Before(0.53)],
        moves: &[("capital.raised", Down), ("got_back.NVIDIA.OpenAI", Down), ("unwind", Up)],
    },
    Alive {
        scenario: "nvidia_equity",
        mechanism: "chips paid for bring the next tranche",
        set: &[("compute.OpenAI.NVIDIA.contracts.0.notional", "350")],
        off: &[],
        instead: &[("compute.OpenAI.NVIDIA.contracts.0.notional", "0")],
        fired: (&["company.NVIDIA.lab_revenue"], 0.0),
        share: (1.0, 1.0),
        untouched: &[Before(0.02)],
        moves: &[("put_in.NVIDIA.OpenAI", Down), ("got_back.NVIDIA.OpenAI", Down), ("unwind", Down)],
    },
    Alive {
        scenario: "amd_warrants",
        mechanism: "a tranche of the warrant vests",
        set: &[],
        off: &[Loop::WARRANTS],
        instead: &[],
        fired: (&["company.AMD.warrant_proceeds"], 0.0),
        share: (0.50, 0.66),
        untouched: &[WhereItNeverFires],
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
        off: &[Loop::ANNOUNCEMENT],
        instead: &[],
        fired: (&["company.AMD.premium_peak"], 1.0),
        share: (0.92, 0.98),
        untouched: &[],
        moves: &[("company.AMD.announcement_gain", Down), ("company.AMD.premium_peak", Down)],
    },
    Alive {
        scenario: "microsoft",
        mechanism: "Azure credits instead of money",
        set: &[
            ("commitment.Microsoft.OpenAI.tranches.0.amount", "0"),
            ("vendor_equity.Microsoft.OpenAI.ratio", "0"),
        ],
        off: &[Loop::CREDITS],
        instead: &[],
        fired: (&["capital.origin.credit"], 0.0),
        share: (1.0, 1.0),
        untouched: &[Before(0.53)],
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
        off: &[Loop::RECIPROCAL],
        instead: &[],
        fired: (&["lab.OpenAI.circular_revenue"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
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
        off: &[Loop::VENDOR_EQUITY, Loop::CREDITS],
        instead: &[],
        fired: (&["put_in.Amazon.Anthropic"], 24.0),
        share: (0.84, 0.95),
        untouched: &[Before(0.48)],
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
        fired: (&["committed"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
        moves: &[("company.Amazon.lab_revenue", Down), ("company.Google.lab_revenue", Up)],
    },
    // AMD's warrant needs 15 bn of payments, and its contract starts in October 2026.
    Alive {
        scenario: "web_2025",
        mechanism: "a tranche of AMD's warrant vests",
        set: &[],
        off: &[Loop::WARRANTS],
        instead: &[],
        fired: (&["company.AMD.warrant_proceeds"], 0.0),
        share: (0.5, 0.9),
        untouched: &[WhereItNeverFires, Before(1.0)],
        moves: &[("lab.OpenAI.raised", Down)],
    },
    // On every path, since NVIDIA's and Amazon's cheques of 2026 are. What is raised in all moves by less than its spread.
    Alive {
        scenario: "web_2025",
        mechanism: "what vendors put in",
        set: &[],
        off: &[Loop::VENDOR_EQUITY],
        instead: &[],
        fired: (&["put_in.NVIDIA.OpenAI", "put_in.Microsoft.Anthropic"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
        moves: &[("capital.from.company", Down)],
    },
    // The discount: shares for buying chips lower the effective price of compute.
    Alive {
        scenario: "web_2026",
        mechanism: "a tranche of AMD's warrant vests",
        set: &[],
        off: &[Loop::WARRANTS],
        instead: &[],
        fired: (&["company.AMD.warrant_proceeds"], 0.0),
        share: (0.7, 0.99),
        untouched: &[WhereItNeverFires, Before(0.5)],
        moves: &[("lab.OpenAI.effective_price", Up)],
    },
    // They come with a round; a lab that raises by choice holds one sooner or later.
    Alive {
        scenario: "anthropic_web",
        mechanism: "compute credits of Amazon and Google",
        set: &[],
        off: &[Loop::CREDITS],
        instead: &[],
        fired: (&["capital.credit."], 0.0),
        share: (0.9, 1.0),
        untouched: &[],
        moves: &[("lab.Anthropic.effective_price", Up)],
    },
    // Revenue of the labs that is paid with the labs' money, and cash that clouds lack.
    Alive {
        scenario: "reported_revenue",
        mechanism: "clouds that buy the labs' models",
        set: &[],
        off: &[Loop::RECIPROCAL],
        instead: &[],
        fired: (&["lab.OpenAI.circular_revenue", "lab.Anthropic.circular_revenue"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
        moves: &[("company.Microsoft.cash_end", Up)],
    },
    // Rent that is lent is rent that Broadcom does not get in cash.
    Alive {
        scenario: "web_2026",
        mechanism: "Broadcom lends part of the rent",
        set: &[],
        off: &[VENDOR_CREDIT],
        instead: &[],
        fired: (&["loan_lent"], 0.0),
        share: (0.95, 1.0),
        untouched: &[],
        moves: &[("company.Broadcom.cash_end", Up)],
    },
    Alive {
        scenario: "web_2026",
        mechanism: "lenders lend on NVIDIA's and Broadcom's word",
        set: &[],
        off: &[GUARANTEE],
        instead: &[],
        fired: (&["capital.concession.guarantee"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
        moves: &[("capital.concession.guarantee", Down)],
    },
    // The leases begin in January 2027, but need looks ahead, so rounds may move before the first loan.
    Alive {
        scenario: "anthropic_broadcom",
        mechanism: "the landlord lends part of the rent",
        set: &[],
        off: &[VENDOR_CREDIT],
        instead: &[],
        fired: (&["loan_lent"], 0.0),
        share: (0.95, 1.0),
        untouched: &[],
        moves: &[("company.Broadcom.cash_end", Up)],
    },
    Alive {
        scenario: "anthropic_broadcom",
        mechanism: "lenders lend to the chip vehicle on Broadcom's word",
        set: &[],
        off: &[GUARANTEE],
        instead: &[],
        fired: (&["capital.concession.guarantee"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
        moves: &[("capital.concession.guarantee", Down)],
    },
    Alive {
        scenario: "guarantees",
        mechanism: "lenders lend on NVIDIA's word",
        set: &[],
        off: &[GUARANTEE],
        instead: &[],
        fired: (&["capital.concession.guarantee"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
        moves: &[("capital.concession.guarantee", Down), ("build_shortfall", Up)],
    },
    Alive {
        scenario: "neocloud",
        mechanism: "lenders lend on the weak tenant's promise",
        set: &[
            ("project_debt.CoreWeave.OpenAI.advance", "0.45"),
            ("project_debt.CoreWeave.OpenAI.opening", "3.0"),
        ],
        off: &[],
        instead: &[
            ("project_debt.CoreWeave.OpenAI.advance", "0"),
            ("project_debt.CoreWeave.OpenAI.opening", "0"),
        ],
        fired: (&["project_debt_peak"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
        moves: &[("project_debt_peak", Down)],
    },
    // A loan is money while it is owed; whether it puts off a default is too little to be told here (docs/telecom_1999.md).
    Alive {
        scenario: "telecom_1999",
        mechanism: "equipment bought on a loan",
        set: &[],
        off: &[VENDOR_CREDIT],
        instead: &[],
        fired: (&["loan_lent"], 0.0),
        share: (1.0, 1.0),
        untouched: &[],
        moves: &[("capital.raised", Down), ("lab.Winstar.raised", Down), ("company.Lucent.cash_end", Up)],
    },
];

/// Paths of a check: with five standard errors, enough for every effect in the table.
const PATHS: u64 = 1000;

/// Standard errors that an effect must exceed.
const STANDARD_ERRORS: f64 = 5.0;

/// The measures of a run by name, the uncertain numbers left out.
type Measures = BTreeMap<String, Vec<f64>>;

fn measures(alive: &Alive, other: bool, years: Option<f64>) -> Measures {
    let mut set: Vec<(&str, String)> = Vec::new();
    let instead = if other { alive.instead } else { &[] };
    for (address, value) in alive.set {
        let replaced = instead.iter().find(|(other, _)| other == address);
        set.push((address, replaced.map_or(value, |(_, value)| value).to_string()));
    }
    assert!(instead.iter().all(|(address, _)| alive.set.iter().any(|(set, _)| set == address)));
    set.extend(years.map(|years| ("scenario.years", years.to_string())));
    run(alive.scenario, &set, if other { alive.off } else { &[] })
}

fn run(scenario: &str, set: &[(&str, String)], off: &[Loop]) -> Measures {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs").join(format!("{scenario}.toml"));
    let set: Vec<(String, String)> =
        set.iter().map(|(address, value)| (address.to_string(), value.clone())).collect();
    simulated(&Scenario::read(&file, &set).unwrap_or_else(|f| panic!("{}", f.render(false))), off)
}

fn simulated(scenario: &Scenario, off: &[Loop]) -> Measures {
    let plan = Plan::compile(scenario);
    let loops = off.iter().fold(Loops::ALL_ON, |loops, which| loops.without(*which));
    let run = Run { loops, courses: 0, ..Run::new(1, PATHS) };
    let names = column_names(&plan);
    let mut columns = Measures::new();
    simulate(&plan, &run, |block| {
        for (name, column) in names.iter().zip(block.columns).skip(plan.uncertain.len()) {
            columns.entry(name.clone()).or_default().extend(column);
        }
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    columns
}

/// Per path, whether the mechanism fired.
fn fires(alive: &Alive, measures: &Measures) -> Vec<bool> {
    let (names, above) = alive.fired;
    let meant = |name: &str| names.iter().any(|start| name.starts_with(start));
    let columns: Vec<&Vec<f64>> =
        measures.iter().filter(|(name, _)| meant(name)).map(|(_, column)| column).collect();
    assert!(columns.len() >= names.len(), "{names:?} are no measures");
    (0..PATHS as usize).map(|path| columns.iter().map(|column| column[path]).sum::<f64>() > above).collect()
}

/// The first measure that differs on a path that is to be the same, with the path.
fn difference(on: &Measures, other: &Measures, same: impl Fn(usize) -> bool) -> Option<(String, usize)> {
    on.iter().find_map(|(name, column)| {
        let differs = |path: &usize| same(*path) && column[*path].to_bits() != other[name][*path].to_bits();
        (0..column.len()).find(differs).map(|path| (name.clone(), path))
    })
}

/// What is wrong with a mechanism, in words.
fn complaints(alive: &Alive) -> Vec<String> {
    let mut wrong = Vec::new();
    let (on, other) = (measures(alive, false, None), measures(alive, true, None));
    let fired = fires(alive, &on);
    let share = fired.iter().filter(|fired| **fired).count() as f64 / fired.len() as f64;
    if !(alive.share.0..=alive.share.1).contains(&share) {
        wrong.push(format!("fires in {share} of the paths, not in {:?}", alive.share));
    }
    if !alive.off.is_empty() && fires(alive, &other).contains(&true) {
        wrong.push("fires although it is off".into());
    }
    for untouched in alive.untouched {
        match *untouched {
            WhereItNeverFires => {
                if fired.iter().all(|fired| *fired) {
                    wrong.push("fires everywhere, so nothing can be compared".into());
                }
                if let Some(found) = difference(&on, &other, |path| !fired[path]) {
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
        }
    }
    if difference(&on, &other, |_| true).is_none() {
        wrong.push("moves nothing at all".into());
    }
    for (name, moves) in alive.moves {
        let RatioEstimate { value, se, .. } = moved(&on[*name], &other[*name]);
        let enough = match moves {
            Up => value > STANDARD_ERRORS * se,
            Down => value < -STANDARD_ERRORS * se,
        };
        if !enough || se == 0.0 {
            wrong.push(format!("{name} moves by {value} ± {se}, not {moves:?}"));
        }
    }
    wrong
}

/// The mean of other − on, paired by path.
fn moved(on: &[f64], other: &[f64]) -> RatioEstimate {
    let mut paired = Paired::default();
    paired.add(other, on);
    paired.difference()
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

#[test]
fn web_2025() {
    check("web_2025");
}

#[test]
fn web_2026() {
    check("web_2026");
}

#[test]
fn anthropic_web() {
    check("anthropic_web");
}

#[test]
fn reported_revenue() {
    check("reported_revenue");
}

#[test]
fn anthropic_broadcom() {
    check("anthropic_broadcom");
}

#[test]
fn guarantees() {
    check("guarantees");
}

#[test]
fn neocloud() {
    check("neocloud");
}

#[test]
fn telecom_1999() {
    check("telecom_1999");
}

/// `suspicion.toml`: the same announcements, and a price that rises in one mood and may rise or fall in the other; only
/// because of the announcement effect; and less money afterwards.
#[test]
fn suspicion() {
    let weeks = ("scenario.years", "0.058".to_string());
    let mood = ("sentiment.initial", "suspicion".to_string());
    let both = |set: &[(&str, String)], off: &[Loop]| {
        let suspicious = [set, std::slice::from_ref(&mood)].concat();
        [run("suspicion", set, off), run("suspicion", &suspicious, off)]
    };
    let share_of_gains = |measures: &Measures| {
        let gains = &measures["company.Amazon.announcement_gain"];
        gains.iter().filter(|gain| **gain > 0.0).count() as f64 / gains.len() as f64
    };
    let [hype, suspicion] = both(std::slice::from_ref(&weeks), &[]).map(|m| share_of_gains(&m));
    let either_way = (0.35..0.7).contains(&suspicion);
    assert!(hype > 0.97 && either_way, "gains on {hype} and {suspicion} of the paths");
    let flat = both(&[weeks], &[Loop::ANNOUNCEMENT]).map(|m| share_of_gains(&m));
    assert_eq!(flat, [1.0, 1.0], "the market adds what the contract is worth");
    let [hype, suspicion] = both(&[], &[]);
    let raised = moved(&hype["capital.raised"], &suspicion["capital.raised"]);
    assert!(raised.value < -STANDARD_ERRORS * raised.se, "{} ± {}", raised.value, raised.se);
}

/// What `init --deal` writes: without the loop that the deal closes there is less of what it brings.
#[test]
fn the_loop_of_every_template_does_something() {
    let brings = |deal: &str| match deal {
        "compute" | "warrant" | "commitment" => "capital.raised",
        "supplier" => "company.Cloud.debt_end",
        "reciprocal" => "lab.Lab.circular_revenue",
        "project_debt" => "financing.manufactured",
        _ => "capital.insider",
    };
    for template in TEMPLATES {
        let scenario = Scenario::parse("template.toml", &template.scenario("T"), Path::new(""), &[])
            .unwrap_or_else(|findings| panic!("{findings}"));
        let closed = loop_named(template.closes).unwrap();
        let name = brings(template.deal);
        let [on, off] = [&[][..], &[closed]].map(|off| simulated(&scenario, off).remove(name).unwrap());
        let RatioEstimate { value, se, .. } = moved(&on, &off);
        let deal = template.deal;
        assert!(value < -STANDARD_ERRORS * se && se > 0.0, "{deal}: {name} moves by {value} ± {se}");
    }
}

/// The check can fail: a loop that a scenario does not use moves nothing and has no sign.
#[test]
fn a_dead_mechanism_is_found() {
    let first = of("nvidia_equity").next().unwrap();
    let dead = Alive { off: &[Loop::WARRANTS], share: (0.0, 0.1), ..*first };
    let found = complaints(&dead);
    assert_eq!(found.len(), 3 + first.moves.len(), "{found:?}");
    let late = Alive { untouched: &[Before(2.0)], ..*first };
    assert!(complaints(&late).iter().any(|what| what.starts_with("moves")), "used by then");
}
