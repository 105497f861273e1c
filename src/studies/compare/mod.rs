//! Scenarios or runs, each against the first, path by path: what differs in what was given, what differs in what came out, and
//! by how much.

pub mod command;
pub mod words;

use crate::estimate::sensitivity::is_told;
use crate::estimate::{Estimates, RatioEstimate, by_name};
use crate::scenario::{Scenario, words};
use crate::studies::sample::Sample;
use serde::{Serialize, Serializer};
use std::collections::{BTreeMap, BTreeSet};

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

/// A finished comparison: the first with each of the others. In `summary.json` an object of two, a list of more.
#[derive(Debug, Clone)]
pub struct Against {
    pub pairs: Vec<Compared>,
    /// Measures that are shown, the first of them in the sentence.
    pub shown: Vec<String>,
    /// What the first's paths say.
    pub estimates: Estimates,
    pub simulated: u64,
}

impl Serialize for Against {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.pairs.as_slice() {
            [two] => two.serialize(serializer),
            more => more.serialize(serializer),
        }
    }
}

/// Two of them.
#[derive(Debug, Clone, Serialize)]
pub struct Compared {
    #[serde(flatten)]
    pub names: Both<String>,
    #[serde(rename = "paired")]
    pub is_paired: bool,
    pub paths: [u64; 2],
    #[serde(rename = "differing")]
    pub terms: Vec<Term>,
    /// Loops switched off.
    pub off: Both<Vec<String>>,
    /// Of all measures in both.
    #[serde(rename = "measures", serialize_with = "by_name")]
    pub differences: Vec<(String, Difference)>,
    /// Measures that only one of them has.
    pub only_in_a: Vec<String>,
    pub only_in_b: Vec<String>,
}

/// What differs between two scenarios: numbers in the file's order, then dates, lists and words by address.
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
    terms.extend(words_apart(&words(a), &words(b)));
    terms
}

/// Dates, lists and words that are not the same in both. Sections may share an address: the first belongs to the other's
/// first, the second to its second.
fn words_apart(a: &[(String, String)], b: &[(String, String)]) -> Vec<Term> {
    let by_place = |words: &[(String, String)]| -> BTreeMap<(String, usize), String> {
        let mut seen: BTreeMap<String, usize> = BTreeMap::new();
        let numbered = words.iter().map(|(address, value)| {
            let count = seen.entry(address.clone()).or_default();
            *count += 1;
            ((address.clone(), *count), value.clone())
        });
        numbered.collect()
    };
    let (mut in_a, mut in_b) = (by_place(a), by_place(b));
    // The name is the heading.
    in_a.retain(|(address, _), _| address != "scenario.name");
    in_b.retain(|(address, _), _| address != "scenario.name");
    let places: BTreeSet<_> = in_a.keys().chain(in_b.keys()).collect();
    let sides = |place| Both { a: in_a.get(place).cloned(), b: in_b.get(place).cloned() };
    let terms = places.into_iter().map(|place| Term { address: place.0.clone(), sides: sides(place) });
    terms.filter(|term| term.sides.a != term.sides.b).collect()
}

/// The measures in both samples, in the first one's order. Paired by path where `paired`, of equal length then, and all
/// three figures over the paths on which both have the measure; else the errors of two independent runs.
pub fn differences(a: &Sample, b: &Sample, measures: &[String], paired: bool) -> Vec<(String, Difference)> {
    let of = |measure: &String| {
        let sides = match paired {
            true => Both::of(Sample::shared([a, b], measure), |sample| sample.headline(measure)),
            false => Both::of([a, b], |sample| sample.headline(measure)),
        };
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
    fn words_are_matched_by_address_and_place() {
        let words = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
            pairs.iter().map(|(address, value)| (address.to_string(), value.to_string())).collect()
        };
        let a = words(&[
            ("scenario.name", "one"),
            ("scenario.start", "2025-09-08"),
            ("x.to", "A, B"),
            ("x.to", "C"),
            ("y.at", "1"),
        ]);
        let b = words(&[
            ("scenario.name", "two"),
            ("scenario.start", "2025-09-09"),
            ("x.to", "A, B"),
            ("x.to", "D"),
            ("z.at", "2"),
        ]);
        let apart: Vec<(String, Option<String>, Option<String>)> =
            words_apart(&a, &b).into_iter().map(|term| (term.address, term.sides.a, term.sides.b)).collect();
        let some = |text: &str| Some(text.to_string());
        let term = |address: &str, a, b| (address.to_string(), a, b);
        assert_eq!(
            apart,
            [
                term("scenario.start", some("2025-09-08"), some("2025-09-09")),
                term("x.to", some("C"), some("D")),
                term("y.at", some("1"), None),
                term("z.at", None, some("2")),
            ]
        );
        assert!(words_apart(&a, &a).is_empty());
    }

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
        // A path that one of them lacks counts for neither, nor for their difference.
        let [some, others] = [sample(&[1.0, f64::NAN, 3.0, 9.0]), sample(&[2.0, 50.0, 8.0, f64::NAN])];
        let shared = &differences(&some, &others, &measures, true)[0].1;
        assert_eq!([shared.sides.a.value, shared.sides.b.value, shared.change.value], [2.0, 5.0, 3.0]);
        let apart = &differences(&some, &others, &measures, false)[0].1;
        assert!((apart.sides.a.value - 13.0 / 3.0).abs() < 1e-14 && apart.sides.b.value == 20.0);
        // sd 1 of three, twice: √(1/3 + 1/3).
        let apart = &differences(&a, &b, &measures, false)[0].1;
        assert_eq!(apart.change.value, 1.0);
        assert!((apart.change.se - (2.0f64 / 3.0).sqrt()).abs() < 1e-15);
    }
}
