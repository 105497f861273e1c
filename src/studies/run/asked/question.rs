//! A question of one's own: what is asked, and what a path answers. `reader.rs` reads it from text.

use crate::outcome::Kind;
use std::ops::Range;

/// What is asked of the paths.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// As it was typed.
    pub text: String,
    pub what: What,
    /// Only of the paths on which this holds.
    pub(super) given: Event,
}

#[derive(Debug, Clone, PartialEq)]
pub enum What {
    Probability(Event),
    Mean(Amount),
    /// The value below which that part of the paths lies.
    Quantile(f64, Amount),
}

/// A sum over columns, and a number.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Amount {
    /// Column, and what it is multiplied by.
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) number: f64,
    pub(super) unit: Unit,
    /// Where it stands in the question.
    pub(super) span: Range<usize>,
}

/// In what an amount is counted.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) enum Unit {
    /// A number without one, an uncertain number: it fits any.
    #[default]
    Any,
    Of(Kind),
}

/// What holds on a path or does not: one of these does, each of which holds where all of its conditions do.
#[derive(Debug, Clone, PartialEq)]
pub struct Event(pub(super) Vec<Vec<Condition>>);

#[derive(Debug, Clone, PartialEq)]
pub struct Condition {
    pub(super) left: Amount,
    pub(super) is: Relation,
    pub(super) right: Amount,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Relation {
    Below,
    AtMost,
    Above,
    AtLeast,
    Equal,
    Unequal,
}

impl Question {
    /// Of one path: what the question's mean or quantile is taken of; NaN on a path that does not count, because something
    /// asked for is not defined there or what is given does not hold.
    pub fn of_path(&self, value: &impl Fn(usize) -> f64) -> f64 {
        if self.given.holds(value) != 1.0 {
            return f64::NAN;
        }
        match &self.what {
            What::Probability(event) => event.holds(value),
            What::Mean(amount) | What::Quantile(_, amount) => amount.of_path(value),
        }
    }

    /// In what the answer is counted; nothing is known of uncertain numbers.
    pub fn kind(&self) -> Kind {
        match &self.what {
            What::Probability(_) => Kind::Share,
            What::Mean(amount) | What::Quantile(_, amount) => match amount.unit {
                Unit::Of(kind) => kind,
                Unit::Any => Kind::Plain,
            },
        }
    }

    /// The columns that are looked at, each once.
    pub fn columns(&self) -> Vec<usize> {
        let mut all = self.given.columns();
        all.extend(match &self.what {
            What::Probability(event) => event.columns(),
            What::Mean(amount) | What::Quantile(_, amount) => {
                amount.terms.iter().map(|term| term.0).collect()
            }
        });
        all.sort_unstable();
        all.dedup();
        all
    }
}

impl Event {
    /// What holds on every path.
    pub(super) fn sure() -> Event {
        Event(vec![Vec::new()])
    }

    /// 1 where it holds, 0 where it does not, NaN where that hangs on something that is not defined.
    fn holds(&self, value: &impl Fn(usize) -> f64) -> f64 {
        let all = |conditions: &Vec<Condition>| {
            conditions
                .iter()
                .map(|condition| condition.holds(value))
                .fold(1.0, |all, one| if all == 0.0 || one == 0.0 { 0.0 } else { all * one })
        };
        self.0.iter().map(all).fold(0.0, |any, one| if any == 1.0 || one == 1.0 { 1.0 } else { any + one })
    }

    fn columns(&self) -> Vec<usize> {
        let amounts = self.0.iter().flatten().flat_map(|condition| [&condition.left, &condition.right]);
        amounts.flat_map(|amount| &amount.terms).map(|term| term.0).collect()
    }
}

impl Condition {
    /// 1 or 0; NaN where one of its sides is not defined.
    fn holds(&self, value: &impl Fn(usize) -> f64) -> f64 {
        let (left, right) = (self.left.of_path(value), self.right.of_path(value));
        if left.is_nan() || right.is_nan() {
            return f64::NAN;
        }
        f64::from(u8::from(match self.is {
            Relation::Below => left < right,
            Relation::AtMost => left <= right,
            Relation::Above => left > right,
            Relation::AtLeast => left >= right,
            Relation::Equal => left == right,
            Relation::Unequal => left != right,
        }))
    }
}

impl Amount {
    fn of_path(&self, value: &impl Fn(usize) -> f64) -> f64 {
        self.terms.iter().fold(self.number, |sum, (column, factor)| sum + factor * value(*column))
    }
}
