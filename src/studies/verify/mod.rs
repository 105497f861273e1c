//! `verify`: published cases and the model's closed forms, computed again on the machine at hand. A case computes some
//! figures and knows from elsewhere (a paper, a formula) what they must be. Asked to perturb, it changes one of its inputs
//! and must then fail: that shows that it can. A case is a line in [`CASES`].

pub mod command;
mod flows;
mod loops;
mod market;
mod sampling;
mod sensitivity;
pub mod words;

use crate::engine::simulate::column_names;
use crate::engine::{Finished, Run, simulate};
use crate::plan::Plan;
use crate::scenario::Scenario;
use rayon::prelude::*;
use serde::{Serialize, Serializer};
use std::ops::ControlFlow;
use std::path::Path;

/// A number that is known, and what the program makes of it.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    pub what: String,
    pub expected: f64,
    pub obtained: f64,
    pub tolerance: Tolerance,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Tolerance {
    /// So far apart at most, relative to a size of one or more.
    Exact(f64),
    /// [`STANDARD_ERRORS`] of these, and the rounding of what is published.
    StandardError { se: f64, rounding: f64 },
}

/// Of exact cases, and of those that simulate.
pub const EXACT: f64 = 1e-12;
pub const STANDARD_ERRORS: f64 = 5.0;
/// Published to six decimals.
const SIX_DECIMALS: f64 = 5e-7;

impl Figure {
    fn exact(what: impl Into<String>, expected: f64, obtained: f64) -> Figure {
        Figure { what: what.into(), expected, obtained, tolerance: Tolerance::Exact(EXACT) }
    }

    fn simulated(what: impl Into<String>, expected: f64, obtained: f64, se: f64) -> Figure {
        let tolerance = Tolerance::StandardError { se, rounding: 0.0 };
        Figure { what: what.into(), expected, obtained, tolerance }
    }

    /// The distance that is allowed.
    pub fn allowed(&self) -> f64 {
        match self.tolerance {
            Tolerance::Exact(relative) => relative * self.expected.abs().max(1.0),
            Tolerance::StandardError { se, rounding } => STANDARD_ERRORS * se + rounding,
        }
    }

    /// A number that is not one never holds.
    pub fn holds(&self) -> bool {
        (self.obtained - self.expected).abs() <= self.allowed()
    }
}

/// A case.
pub struct Case {
    pub subject: &'static str,
    pub name: &'static str,
    pub source: &'static str,
    /// Its figures; with true, of inputs that are not the case's.
    pub figures: fn(bool) -> Vec<Figure>,
}

/// What came of a case.
#[derive(Debug, Clone, Serialize)]
pub struct Verdict {
    pub subject: &'static str,
    #[serde(rename = "case")]
    pub name: &'static str,
    pub source: &'static str,
    #[serde(rename = "holds")]
    pub passed: bool,
    #[serde(rename = "numbers", serialize_with = "judged")]
    pub figures: Vec<Figure>,
}

/// What came of all of them.
#[derive(Debug, Clone, Serialize)]
pub struct Verified {
    pub perturbed: bool,
    pub holds: bool,
    pub cases: Vec<Verdict>,
}

/// Figures with what was allowed and whether they hold.
fn judged<S: Serializer>(figures: &[Figure], to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Judged<'a> {
        number: &'a str,
        expected: f64,
        obtained: f64,
        tolerance: f64,
        kind: &'static str,
        holds: bool,
    }
    to.collect_seq(figures.iter().map(|figure| Judged {
        number: &figure.what,
        expected: figure.expected,
        obtained: figure.obtained,
        tolerance: figure.allowed(),
        kind: match figure.tolerance {
            Tolerance::Exact(_) => "exact",
            Tolerance::StandardError { .. } => "5 standard errors",
        },
        holds: figure.holds(),
    }))
}

const HOMS_DONES: &str = "Homs-Dones, MacKay, Sansom and Zhou, arXiv 2506.12546";

/// Every case.
pub const CASES: &[Case] = &[
    Case { subject: "flows", name: "self-loop", source: HOMS_DONES, figures: flows::self_loop },
    Case { subject: "flows", name: "triangle", source: HOMS_DONES, figures: flows::triangle },
    Case { subject: "flows", name: "triangle fed from outside", source: HOMS_DONES, figures: flows::fed },
    Case {
        subject: "flows",
        name: "the same, an intermediary",
        source: HOMS_DONES,
        figures: flows::intermediary,
    },
    Case {
        subject: "flows",
        name: "two cycles share an edge",
        source: HOMS_DONES,
        figures: flows::two_cycles,
    },
    Case {
        subject: "flows",
        name: "scaled and put together",
        source: HOMS_DONES,
        figures: flows::properties,
    },
    Case {
        subject: "flows",
        name: "absorbing chain",
        source: "Grinstead and Snell, Introduction to Probability, 11.2: drunkard's walk",
        figures: flows::absorbing,
    },
    Case {
        subject: "loops",
        name: "geometric loop",
        source: "geometric series: paid O/(1 − ψ), recycled share ψ",
        figures: loops::geometric,
    },
    Case {
        subject: "loops",
        name: "multiplier of the geometric loop",
        source: "docs/model.md, 9: 1/(1 − ψ), loop gain ψ",
        figures: loops::multiplier_of_loop,
    },
    Case {
        subject: "loops",
        name: "Shapley values by hand",
        source: "docs/methods/attribute.md: two vendors whose cheques the lab spends at once",
        figures: loops::attribution,
    },
    Case { subject: "loops", name: "glove game", source: "Shapley (1953)", figures: loops::gloves },
    Case {
        subject: "loops",
        name: "airport game",
        source: "Littlechild and Owen (1973)",
        figures: loops::airport,
    },
    Case {
        subject: "market",
        name: "fundamental value",
        source: "lognormal with mean F₀e^(μt)",
        figures: market::fundamental,
    },
    Case { subject: "market", name: "premium", source: "x₀ · 2^(−t/h)", figures: market::premium },
    Case {
        subject: "market",
        name: "revenue",
        source: "growth that fades by half every h_g, summed",
        figures: market::revenue,
    },
    Case {
        subject: "market",
        name: "announcement",
        source: "docs/model.md, 5.3: mean of a lognormal, worth of a contract",
        figures: market::announcement,
    },
    Case {
        subject: "market",
        name: "sentiment",
        source: "occupancy by the matrix exponential of the generator",
        figures: market::sentiment,
    },
    Case {
        subject: "sensitivity",
        name: "Ishigami",
        source: "Ishigami and Homma (1990), a = 7, b = 0.1",
        figures: sensitivity::ishigami,
    },
    Case {
        subject: "sensitivity",
        name: "Sobol G",
        source: "Saltelli and Sobol (1995), a = 0, 1, 4.5, 9, 99, 99, 99, 99",
        figures: sensitivity::sobol_g,
    },
    Case {
        subject: "sensitivity",
        name: "Shapley effects",
        source: "Song, Nelson and Staum (2016): linear Gaussian, correlation 1/2",
        figures: sensitivity::shapley_effects,
    },
    Case {
        subject: "sampling",
        name: "Sobol points",
        source: "Joe and Kuo (2008), three dimensions, not scrambled",
        figures: sampling::points,
    },
    Case {
        subject: "sampling",
        name: "Wilks",
        source: "Wilks (1941): 59, 93 and 299 runs",
        figures: sampling::wilks,
    },
];

impl Verified {
    /// Computes every case.
    pub fn of(perturbed: bool) -> Verified {
        let verdict = |case: &Case| {
            let figures = (case.figures)(perturbed);
            let passed = !figures.is_empty() && figures.iter().all(Figure::holds);
            Verdict { subject: case.subject, name: case.name, source: case.source, passed, figures }
        };
        let cases: Vec<Verdict> = CASES.par_iter().map(verdict).collect();
        Verified { perturbed, holds: cases.iter().all(|verdict| verdict.passed), cases }
    }
}

/// The plan of a scenario that the program itself holds.
fn plan_of(text: &str) -> Plan {
    let scenario = Scenario::parse("verify", text, Path::new(""), &[]);
    Plan::compile(&scenario.unwrap_or_else(|findings| panic!("{}\n{text}", findings.render(false))))
}

/// Some measures of a run, path by path.
fn columns<const N: usize>(plan: &Plan, run: &Run, names: [&str; N]) -> ([Vec<f64>; N], Finished) {
    let all = column_names(plan);
    let places = names.map(|name| {
        all.iter().position(|other| other == name).unwrap_or_else(|| panic!("no measure {name}"))
    });
    let mut columns = names.map(|_| Vec::new());
    let finished = simulate(plan, &Run { courses: 0, ..*run }, |block| {
        for (column, place) in columns.iter_mut().zip(places) {
            column.extend_from_slice(&block.columns[place]);
        }
        ControlFlow::Continue(())
    });
    (columns, finished.expect("the program's own scenarios stay finite"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_case_holds_and_every_case_can_fail() {
        let names: BTreeSet<_> = CASES.iter().map(|case| (case.subject, case.name)).collect();
        assert_eq!(names.len(), CASES.len(), "a name of its own");
        for (verdict, perturbed) in Verified::of(false).cases.iter().zip(Verified::of(true).cases) {
            let failing: Vec<&Figure> = verdict.figures.iter().filter(|figure| !figure.holds()).collect();
            assert!(verdict.passed, "{} {}: {failing:#?}", verdict.subject, verdict.name);
            assert!(!perturbed.passed, "{} {} cannot fail", perturbed.subject, perturbed.name);
            assert!(perturbed.figures.iter().all(|figure| figure.obtained.is_finite()), "{perturbed:?}");
            // The inputs are perturbed, not what is expected of them, nor how near it must be.
            for (figure, other) in verdict.figures.iter().zip(&perturbed.figures) {
                assert_eq!(
                    (&figure.what, figure.expected),
                    (&other.what, other.expected),
                    "{}",
                    verdict.name
                );
            }
        }
    }

    #[test]
    fn what_is_not_a_number_does_not_hold() {
        assert!(!Figure::exact("", 1.0, f64::NAN).holds());
        assert!(!Figure::simulated("", 1.0, 1.0, f64::NAN).holds());
        assert!(
            Figure::simulated("", 1.0, 1.5, 0.1).holds() && !Figure::simulated("", 1.0, 1.51, 0.1).holds()
        );
        assert!(Figure::exact("", 1e6, 1e6 + 1e-7).holds() && !Figure::exact("", 1e6, 1e6 + 2e-6).holds());
    }
}
