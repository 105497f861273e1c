//! A measure: what is reported of a path, by name, in a unit. Whoever moves the numbers declares their measures beside
//! the mechanism; the list of all of them is [`crate::outcome`].

use crate::state::{Batch, F8, Row};
use serde::{Deserialize, Serialize};

/// Reads a measure of eight finished paths. NaN: not defined on that path; only where the measure says that it may be.
pub type Reading = Box<dyn Fn(&Batch) -> F8 + Send + Sync>;

/// A measure of one scenario.
pub struct Measure {
    pub name: String,
    pub read: Reading,
    /// It has a value on every path: one without is a fault of the run.
    pub is_always_defined: bool,
    /// Read off capital and off what steps themselves ask for: the same of a run that keeps no other flows ([`crate::state::Cells::keeps_flows`]).
    pub is_of_capital: bool,
}

/// In what a measure is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Kind {
    UsdBn,
    /// A fraction, or a probability.
    Share,
    Years,
    /// A count, a multiple.
    Plain,
}

impl Kind {
    /// What a heading says of the unit.
    pub fn unit(self) -> &'static str {
        match self {
            Kind::UsdBn => "USD bn",
            Kind::Share => "share",
            Kind::Years => "years",
            Kind::Plain => "number",
        }
    }
}

/// What measures of a family are called, and in what they are counted: `lab.<L>.rounds|discount` is two for each lab.
#[derive(Debug, Clone, Copy)]
pub struct Pattern {
    pub pattern: &'static str,
    /// One for all, or one for each alternative of the pattern's last part.
    pub kinds: &'static [Kind],
    pub doc: &'static str,
}

impl Pattern {
    /// The kind of a measure, if the name is of this family.
    pub fn kind_of(&self, name: &str) -> Option<Kind> {
        let (patterns, parts) = (self.pattern.split('.'), name.split('.'));
        if patterns.clone().count() != parts.clone().count() {
            return None;
        }
        let mut place = 0;
        for (pattern, part) in patterns.zip(parts) {
            place = place_among(pattern, part)?;
        }
        Some(if self.kinds.len() > 1 { self.kinds[place] } else { self.kinds[0] })
    }
}

/// Which alternative of a pattern's part a name's part is; `<L>` is any.
fn place_among(pattern: &str, part: &str) -> Option<usize> {
    let inner = pattern.trim_start_matches('<').trim_end_matches('>');
    match (inner.contains('|'), inner.len() < pattern.len()) {
        (true, _) => inner.split('|').position(|word| word == part),
        // An actor, an origin, a state.
        (false, true) => (!part.is_empty()).then_some(0),
        (false, false) => (pattern == part).then_some(0),
    }
}

pub fn push(
    out: &mut Vec<Measure>,
    name: impl Into<String>,
    read: impl Fn(&Batch) -> F8 + Send + Sync + 'static,
) {
    out.push(Measure {
        name: name.into(),
        read: Box::new(read),
        is_always_defined: true,
        is_of_capital: false,
    });
}

/// A measure that some paths have no value of.
pub fn push_where_defined(
    out: &mut Vec<Measure>,
    name: impl Into<String>,
    read: impl Fn(&Batch) -> F8 + Send + Sync + 'static,
) {
    out.push(Measure {
        name: name.into(),
        read: Box::new(read),
        is_always_defined: false,
        is_of_capital: false,
    });
}

/// What a row holds at the end.
pub fn cell(out: &mut Vec<Measure>, name: impl Into<String>, row: Row) {
    push(out, name, move |b| b.get(row));
}

pub fn sum_of(rows: &[Row], b: &Batch) -> F8 {
    rows.iter().fold(F8::ZERO, |sum, row| sum + b.get(*row))
}

pub fn sum(out: &mut Vec<Measure>, name: impl Into<String>, rows: Vec<Row>) {
    push(out, name, move |b| sum_of(&rows, b));
}

/// part / whole, NaN where the whole is not above zero.
pub fn ratio(part: F8, whole: F8) -> F8 {
    whole.gt(F8::ZERO).select(part.share_of(whole), F8::splat(f64::NAN))
}
