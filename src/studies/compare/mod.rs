//! Two scenarios or runs, path by path: what differs in what was given, what differs in what came out, and by how much.

pub mod command;
pub mod words;

use crate::estimate::RatioEstimate;
use crate::input::days::date_of;
use crate::scenario::{Scenario, describe};
use crate::studies::sample::Sample;

/// A number, or another term, that is not the same in both; none where one has it not.
#[derive(Debug, Clone, PartialEq)]
pub struct Term {
    pub address: String,
    pub sides: [Option<String>; 2],
}

/// A measure of both.
#[derive(Debug, Clone)]
pub struct Difference {
    pub measure: String,
    /// Headlines: ratios of means of shares, means of all else.
    pub sides: [RatioEstimate; 2],
    /// The second less the first.
    pub change: RatioEstimate,
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
        let sides = [given(a, address), given(b, address)];
        if sides[0] != sides[1] {
            let sides = sides.map(|quantity| quantity.map(|quantity| quantity.to_string()));
            terms.push(Term { address: address.clone(), sides });
        }
    }
    let mut push = |address: &str, sides: [String; 2]| {
        if sides[0] != sides[1] {
            terms.push(Term { address: address.into(), sides: sides.map(Some) });
        }
    };
    push("scenario.start", [a, b].map(|s| date_of(s.start).to_string()));
    push("scenario.steps_per_year", [a, b].map(|s| s.steps_per_year.to_string()));
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
pub fn differences(a: &Sample, b: &Sample, measures: &[String], paired: bool) -> Vec<Difference> {
    let of = |measure: &String| {
        let sides = [a.headline(measure), b.headline(measure)];
        let change = if paired {
            b.less(a, measure)
        } else {
            RatioEstimate::around(sides[1].value - sides[0].value, sides[0].se.hypot(sides[1].se))
        };
        Difference { measure: measure.clone(), sides, change }
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
        let together = &differences(&a, &b, &measures, true)[0];
        assert_eq!((together.change.value, together.change.se), (1.0, 0.0));
        // sd 1 of three, twice: √(1/3 + 1/3).
        let apart = &differences(&a, &b, &measures, false)[0];
        assert_eq!(apart.change.value, 1.0);
        assert!((apart.change.se - (2.0f64 / 3.0).sqrt()).abs() < 1e-15);
    }
}
