//! Where a state stops being a number. A run looks after every step at what everything else is made of, prices and marks,
//! and at every row and measure when its paths are finished. A path on which one is not finite, or larger than anything
//! means, ends the run: the path is taken through its steps again, is looked at after every stage, and the scenario's
//! numbers with less of which it stays finite are found by trying.

use super::audit::Broken;
use super::simulate::{Run, run_batch, run_batch_by_stage};
use super::step::{Nobody, Opening, Stage, Witness};
use crate::input::number::four_digits;
use crate::input::{NumberId, Unit};
use crate::plan::Plan;
use crate::state::lanes::LARGEST;
use crate::state::{Batch, F8, Holds, LANES, M8, Row};
use std::fmt;

/// A path whose state is no longer finite.
#[derive(Debug, Clone, PartialEq)]
pub struct NotFinite {
    pub path: u64,
    /// Where it arose first; none where only a measure of the finished path is not finite.
    pub arose: Option<Arose>,
    /// What is not finite: a row by its name, a flow, a measure.
    pub what: String,
    pub value: f64,
    /// Numbers of the scenario, as they are on the path, with less of one of which it stays finite; the likeliest first.
    pub causes: Vec<(String, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Arose {
    /// From 0.
    pub step: u32,
    pub of: u32,
    pub stage: Stage,
}

/// Why a run has no results.
#[derive(Debug, Clone, PartialEq)]
pub enum Fault {
    NotFinite(NotFinite),
    /// What the audited sample of its paths shows.
    Broken(Broken),
}

/// Why paths have no results: somebody stopped them, or a fault.
#[derive(Debug, Clone, PartialEq)]
pub enum Unfinished {
    Stopped,
    Fault(Fault),
}

impl From<NotFinite> for Fault {
    fn from(fault: NotFinite) -> Fault {
        Fault::NotFinite(fault)
    }
}

impl From<Broken> for Fault {
    fn from(fault: Broken) -> Fault {
        Fault::Broken(fault)
    }
}

impl From<Fault> for Unfinished {
    fn from(fault: Fault) -> Unfinished {
        Unfinished::Fault(fault)
    }
}

impl std::error::Error for Fault {}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::NotFinite(fault) => fault.fmt(f),
            Fault::Broken(fault) => fault.fmt(f),
        }
    }
}

impl fmt::Display for NotFinite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let NotFinite { path, arose, what, value, causes } = self;
        write!(f, "path {path} ")?;
        match arose {
            Some(Arose { step, of, stage }) => write!(f, "in step {} of {of} ({})", step + 1, stage.name())?,
            None => write!(f, "at its end")?,
        }
        let is = if value.is_finite() { format!("{value:.1e}") } else { format!("{value}") };
        write!(f, ": {what} is {is}, which is no result. ")?;
        match causes.as_slice() {
            [] => {
                write!(f, "No one number is to blame: compare what is largest in the file with what is usual")
            }
            causes => {
                let named: Vec<String> = causes
                    .iter()
                    .map(|(address, value)| format!("{address} ({})", four_digits(*value)))
                    .collect();
                write!(
                    f,
                    "With a value nearer to 0 of {} the path stays finite: change it, or cut its distribution with `min` and `max`",
                    named.join(" or ")
                )
            }
        }
    }
}

/// Paths on which a state that all others derive from is not a number, or is implausibly large.
#[inline(always)]
pub fn senseless(plan: &Plan, b: &Batch) -> M8 {
    // A sum of squares is finite if all of them are.
    let mut squares = F8::ZERO;
    for lab in &plan.actors.labs {
        let (mark, revenue) = (b.get(lab.mark), b.get(lab.revenue));
        squares += mark * mark + revenue * revenue;
    }
    for company in &plan.actors.companies {
        let value = b.get(company.value);
        squares += value * value;
    }
    !squares.le(F8::splat(LARGEST * LARGEST))
}

/// Why the path in a lane of a batch is not finite; `path` is its number in the run.
#[cold]
pub fn why(plan: &Plan, run: &Run, opening: &Opening, lane: usize, path: u64) -> NotFinite {
    let mut b = plan.batch();
    let mut finder = Finder { plan, names: names(plan), lane, step: 0, arose: None, found: None };
    run_batch_by_stage(plan, run, &mut b, opening, &mut finder);
    let (what, value) = finder.found.unwrap_or(("the state".into(), f64::NAN));
    NotFinite { path, arose: finder.arose, what, value, causes: causes(plan, run, opening, lane) }
}

/// What is to be said of a measure that is not finite although the state is.
#[cold]
pub fn measure(name: &str, value: f64, path: u64) -> NotFinite {
    NotFinite { path, arose: None, what: name.to_string(), value, causes: Vec::new() }
}

/// Rows that a person may know by a name, and what must hold of them.
fn names(plan: &Plan) -> Vec<(Row, String, Holds)> {
    let actors = &plan.actors;
    let registered = plan.layout.all_registered().iter();
    let registered = registered.map(|known| (known.row, known.name.clone(), known.holds));
    let edges = actors.ledger.edges.iter().chain(&actors.ledger.memos).flat_map(|entry| {
        let name = format!(
            "{} from {} to {}",
            entry.flow.name(),
            actors.name(entry.payer),
            actors.name(entry.payee)
        );
        entry.edge.rows().map(move |row| (row, name.clone(), Holds::NeverNegative))
    });
    let accounts = actors.ledger.accounts.iter().flat_map(|(party, account, _)| {
        let name = format!("cash of {}", actors.name(*party));
        account.rows().map(move |row| (row, name.clone(), Holds::NeverNegative))
    });
    registered.chain(edges).chain(accounts).collect()
}

/// Looks after every stage at the rows of one path.
struct Finder<'a> {
    plan: &'a Plan,
    names: Vec<(Row, String, Holds)>,
    lane: usize,
    step: u32,
    arose: Option<Arose>,
    found: Option<(String, f64)>,
}

impl Witness for Finder<'_> {
    fn stage_done(&mut self, b: &Batch, stage: Stage) {
        if self.found.is_some() {
            return;
        }
        let wrong = |(row, _, holds): &&(Row, String, Holds)| {
            let value = b.at(*row, self.lane);
            match holds {
                Holds::Undefined | Holds::Peak => value > LARGEST,
                _ => value.is_nan() || value.abs() > LARGEST,
            }
        };
        // What a stage leaves for itself may be the first to go; it is said by the name that it is first seen under.
        if self.arose.is_none() && b.not_finite(&self.plan.layout).at(self.lane) {
            self.arose = Some(Arose { step: self.step, of: self.plan.clock.steps, stage });
        }
        self.found =
            self.names.iter().find(wrong).map(|(row, name, _)| (name.clone(), b.at(*row, self.lane)));
    }

    fn step_done(&mut self, _: &Batch, step: u32) {
        self.step = step + 1;
    }
}

/// The fractions of a number that are tried to see whether the path stays finite with less of it.
const LESS: [f64; 5] = [0.5, 0.1, 1e-3, 1e-9, 0.0];

/// At most so many numbers are named.
const CAUSES: usize = 3;

/// The numbers with less of which the path stays finite, the largest first: those that are odd by their size, else those
/// of which the gentlest cut is enough.
fn causes(plan: &Plan, run: &Run, opening: &Opening, lane: usize) -> Vec<(String, f64)> {
    let uncertain = plan.parameters.uncertain();
    let mut drawn: Vec<f64> = (0..uncertain.len())
        .flat_map(|k| opening.parameters[k * opening.stride..][..LANES].iter().copied())
        .collect();
    let mut b = plan.batch();
    let place_of = |number: usize| plan.parameters.row(NumberId(number as u32)).map(|k| k * LANES + lane);
    let values: Vec<f64> = (0..plan.numbers.len())
        .map(|number| place_of(number).map_or(plan.numbers[number], |place| drawn[place]))
        .collect();
    let mut is_finite_with = |number: usize, value: f64| {
        let set = |value: f64, b: &mut Batch, drawn: &mut [f64]| match place_of(number) {
            Some(place) => drawn[place] = value,
            None => b.fill(Row::from(NumberId(number as u32)), value),
        };
        set(value, &mut b, &mut drawn);
        let opening = Opening { first: opening.first, parameters: &drawn, stride: LANES };
        let is_finite = !run_batch(plan, run, &mut b, &opening, &mut Nobody).at(lane);
        set(values[number], &mut b, &mut drawn);
        is_finite
    };
    let is_odd = |number: &usize| {
        let is_amount = matches!(plan.addresses[*number].1, Unit::UsdBn | Unit::UsdBnPerYear);
        values[*number].abs() > if is_amount { 1e6 } else { 1e3 }
    };
    let (odd, usual): (Vec<usize>, Vec<usize>) =
        (0..values.len()).filter(|number| values[*number] != 0.0).partition(is_odd);
    for numbers in [odd, usual] {
        for less in LESS {
            let stays_finite = |number: &usize| is_finite_with(*number, less * values[*number]);
            let mut found: Vec<usize> = numbers.iter().copied().filter(stays_finite).collect();
            found.sort_by(|one, other| values[*other].abs().total_cmp(&values[*one].abs()));
            if !found.is_empty() {
                let named = found.into_iter().take(CAUSES);
                return named.map(|number| (plan.addresses[number].0.clone(), values[number])).collect();
            }
        }
    }
    Vec::new()
}
