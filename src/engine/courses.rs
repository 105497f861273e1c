//! Courses over time: some series of the first paths, at up to 61 moments, for fan charts. Kept path by path, so
//! quantiles are exact for the paths followed.

use crate::outcome::{Reading, bills, distress_rows, is_distressed, origin_rows, rows_of, sum_of};
use crate::plan::Plan;
use crate::state::{Batch, F8, LANES, Row};
use std::ops::Range;

/// What is followed over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    pub unit: &'static str,
}

/// One value of eight paths.
type Eight = [f32; LANES];

/// How the series are read off a batch, and when.
pub struct Watch {
    readings: Vec<Reading>,
    moments: Moments,
}

/// The steps whose ends are noted: every `stride`-th, and the last.
#[derive(Debug, Clone, Copy)]
struct Moments {
    steps: u32,
    stride: u32,
}

/// Moments kept after the start.
const MOMENTS: u32 = 60;

impl Moments {
    fn of(plan: &Plan) -> Moments {
        let steps = plan.clock.steps;
        Moments { steps, stride: steps.div_ceil(MOMENTS).max(1) }
    }

    fn count(&self) -> usize {
        self.steps.div_ceil(self.stride) as usize
    }

    fn includes(&self, step: u32) -> bool {
        (step + 1).is_multiple_of(self.stride) || step + 1 == self.steps
    }
}

/// The series of a scenario, each with its reading.
fn series(plan: &Plan) -> Vec<(Series, Reading)> {
    let actors = &plan.actors;
    let mut all: Vec<(Series, Reading)> = Vec::new();
    let mut push = |name: String, unit: &'static str, reading: Reading| {
        all.push((Series { name, unit }, reading));
    };
    let sum = |rows: Vec<Row>| -> Reading { Box::new(move |b| sum_of(&rows, b)) };
    for origin in actors.ledger.origins() {
        let rows = origin_rows(plan, *origin, |_| true);
        push(format!("capital.origin.{}", origin.name()), "USD bn", sum(rows));
    }
    push("announced".into(), "USD bn", sum(actors.labs.iter().map(|lab| lab.announced).collect()));
    push("committed".into(), "USD bn", sum(actors.labs.iter().map(|lab| lab.committed).collect()));
    push("paid".into(), "USD bn", sum(rows_of(plan, |_, _, flow| bills(flow))));
    push("tranches_missed".into(), "count", sum(vec![plan.commitments.missed]));
    let restructured = plan.restructuring.count;
    let unwound = move |b: &Batch| b.get(restructured).gt(F8::ZERO).select(F8::ONE, F8::ZERO);
    push("unwind".into(), "0 or 1", Box::new(unwound));
    if let Some((deferral, unwind)) = distress_rows(plan) {
        push("distress".into(), "0 or 1", Box::new(move |b: &Batch| is_distressed(b, deferral, unwind)));
    }
    for (k, name) in crate::market::sentiment::STATES.iter().enumerate() {
        let state = plan.sentiment.state;
        let there = move |b: &Batch| b.get(state).equals(F8::splat(k as f64)).select(F8::ONE, F8::ZERO);
        push(format!("sentiment.{name}"), "0 or 1", Box::new(there));
    }
    for company in &actors.companies {
        let (value, fundamental) = (company.value, company.fundamental);
        let premium = move |b: &Batch| b.get(value) - b.get(fundamental);
        push(format!("company.{}.premium", company.name), "USD bn", Box::new(premium));
        push(format!("company.{}.value", company.name), "USD bn", sum(vec![value]));
    }
    for lab in &actors.labs {
        let account = lab.account;
        push(format!("lab.{}.revenue", lab.name), "USD bn a year", sum(vec![lab.revenue]));
        push(format!("lab.{}.cash", lab.name), "USD bn", Box::new(move |b| account.total(b)));
    }
    all
}

impl Watch {
    pub fn of(plan: &Plan) -> Watch {
        let readings = series(plan).into_iter().map(|(_, reading)| reading).collect();
        Watch { readings, moments: Moments::of(plan) }
    }

    /// Values noted of a batch: `[moment][series]`.
    pub fn room(&self) -> usize {
        self.moments.count() * self.readings.len()
    }

    /// Notes the batch after step `step`.
    pub fn note(&self, b: &Batch, step: u32, room: &mut [Eight]) {
        if !self.moments.includes(step) {
            return;
        }
        let moment = (step / self.moments.stride) as usize;
        let cells = &mut room[moment * self.readings.len()..][..self.readings.len()];
        for (cell, read) in cells.iter_mut().zip(&self.readings) {
            *cell = read(b).0.map(|value| value as f32);
        }
    }
}

/// Values of the followed paths.
pub struct Courses {
    pub series: Vec<Series>,
    /// Years, at the end of the steps noted.
    pub times: Vec<f64>,
    /// [batch][moment][series][path]
    values: Vec<Eight>,
    /// Paths of each batch that are followed.
    live: Vec<Range<usize>>,
}

impl Courses {
    pub fn new(plan: &Plan) -> Courses {
        let moments = Moments::of(plan);
        let noted = (0..plan.clock.steps).filter(|step| moments.includes(*step));
        Courses {
            series: series(plan).into_iter().map(|(series, _)| series).collect(),
            times: noted.map(|step| f64::from(step + 1) * plan.clock.step_years).collect(),
            values: Vec::new(),
            live: Vec::new(),
        }
    }

    /// Takes what [`Watch::note`] wrote of the next batch, of which the paths `live` count.
    pub fn absorb(&mut self, values: &[Eight], live: Range<usize>) {
        self.values.extend_from_slice(values);
        self.live.push(live);
    }

    /// Paths followed.
    pub fn paths(&self) -> usize {
        self.live.iter().map(Range::len).sum()
    }

    /// One series at one moment, over the paths followed.
    pub fn column(&self, series: usize, moment: usize) -> Vec<f64> {
        let room = self.times.len() * self.series.len();
        let cell = moment * self.series.len() + series;
        let mut column = Vec::with_capacity(self.paths());
        for (batch, live) in self.values.chunks_exact(room).zip(&self.live) {
            column.extend(batch[cell][live.clone()].iter().map(|value| f64::from(*value)));
        }
        column
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.series.iter().position(|s| s.name == name)
    }
}
