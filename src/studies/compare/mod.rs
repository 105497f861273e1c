//! Two scenarios or runs, path by path: what differs in what was given, what differs in what came out, and by how much.

pub mod command;
pub mod words;

use crate::estimate::sensitivity::is_told;
use crate::estimate::{Estimates, RatioEstimate, by_name};
use crate::input::days::date_of;
use crate::scenario::{Scenario, describe};
use crate::studies::sample::Sample;
use serde::Serialize;

/// A number, or another term, that is not the same in both; none where one has it not.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Term {
    pub address: String,
    #[serde(flatten)]
    pub sides: Both<Option<String>>,
}

/// A measure of both.
#[derive(Debug, Clone, Serialize)]
pub struct Difference {
    /// Headlines: ratios of means of shares, means of all else.
    #[serde(flatten)]
    pub sides: Both<RatioEstimate>,
    /// The second less the first.
    #[serde(rename = "b_less_a")]
    pub change: RatioEstimate,
    #[serde(rename = "told_from_0")]
    pub is_told: bool,
}

/// Something of the first and of the second.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Both<T> {
    pub a: T,
    pub b: T,
}

impl<T> Both<T> {
    pub fn of<S>([a, b]: [S; 2], mut what: impl FnMut(S) -> T) -> Both<T> {
        Both { a: what(a), b: what(b) }
    }

    pub fn map<U>(self, what: impl FnMut(T) -> U) -> Both<U> {
        Both::of([self.a, self.b], what)
    }
}

/// A finished comparison.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    #[serde(flatten)]
    pub names: Both<String>,
    #[serde(rename = "paired")]
    pub is_paired: bool,
    pub paths: [u64; 2],
    #[serde(rename = "differing")]
    pub terms: Vec<Term>,
    /// Dates, names or lists differ, and no number.
    pub differ_otherwise: bool,
    /// Loops switched off.
    pub off: Both<Vec<String>>,
    /// Of all measures in both.
    #[serde(rename = "measures", serialize_with = "by_name")]
    pub differences: Vec<(String, Difference)>,
    /// Measures that only one of them has.
    pub only_in_a: Vec<String>,
    pub only_in_b: Vec<String>,
    /// Measures that are shown, the first of them in the sentence.
    #[serde(skip)]
    pub shown: Vec<String>,
    /// What the first's paths say.
    #[serde(skip)]
    pub estimates: Estimates,
    #[serde(skip)]
    pub simulated: u64,
}

/// What differs between two scenarios: numbers by address, then the terms of the run.
pub fn terms(a: &Scenario, b: &Scenario) -> Vec<Term> {
    let given = |scenario: &Scenario, address: &str| {
        scenario.number_at(address).map(|id| scenario.number(id).quantity.clone())
    };
    let mut terms = Vec::new();
    let addresses = a.numbers.iter().map(|number| &number.address);
    let more =
        b.numbers.iter().map(|number| &number.address).filter(|address| a.number_at(address).is_none());
    for address in addresses.chain(more) {
        let sides = Both::of([a, b], |scenario| given(scenario, address));
        if sides.a != sides.b {
            let sides = sides.map(|quantity| quantity.map(|quantity| quantity.to_string()));
            terms.push(Term { address: address.clone(), sides });
        }
    }
    let mut push = |address: &str, of: fn(&Scenario) -> String| {
        let sides = Both::of([a, b], of);
        if sides.a != sides.b {
            terms.push(Term { address: address.into(), sides: sides.map(Some) });
        }
    };
    push("scenario.start", |s| date_of(s.start).to_string());
    push("scenario.steps_per_year", |s| s.steps_per_year.to_string());
    terms
}

/// Do the scenarios differ in dates, names or lists, which have no address?
pub fn differ_otherwise(a: &Scenario, b: &Scenario, terms: &[Term]) -> bool {
    let lines =
        |scenario: &Scenario| describe(scenario).lines().skip(1).map(String::from).collect::<Vec<_>>();
    terms.is_empty() && lines(a) != lines(b)
}

/// The measures in both samples, in the first one's order. Paired by path where `paired`, of equal length then; else the
/// errors of two independent runs.
pub fn differences(a: &Sample, b: &Sample, measures: &[String], paired: bool) -> Vec<(String, Difference)> {
    let of = |measure: &String| {
        let sides = Both::of([a, b], |sample| sample.headline(measure));
        let change = if paired {
            b.less(a, measure)
        } else {
            RatioEstimate::around(sides.b.value - sides.a.value, sides.a.se.hypot(sides.b.se))
        };
        (measure.clone(), Difference { sides, change, is_told: is_told(&change) })
    };
    measures.iter().map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paired_and_apart() {
        let sample = |values: &[f64]| Sample {
            names: vec!["rounds".into()],
            columns: vec![values.to_vec()],
            replicated: false,
        };
        let (a, b) = (sample(&[1.0, 2.0, 3.0]), sample(&[2.0, 3.0, 4.0]));
        let measures = ["rounds".to_string()];
        let together = &differences(&a, &b, &measures, true)[0].1;
        assert_eq!((together.change.value, together.change.se), (1.0, 0.0));
        // sd 1 of three, twice: √(1/3 + 1/3).
        let apart = &differences(&a, &b, &measures, false)[0].1;
        assert_eq!(apart.change.value, 1.0);
        assert!((apart.change.se - (2.0f64 / 3.0).sqrt()).abs() < 1e-15);
    }
}
