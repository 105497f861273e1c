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

    /// Values recorded for a batch: `[moment][series]`.
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
    /// By series.
    values: Vec<Changes>,
    /// Paths of each batch that are followed.
    live: Vec<Range<usize>>,
}

/// One series of all batches, `[batch][moment]`: half of the values are what they were a moment before, and are not kept.
#[derive(Default)]
struct Changes {
    /// A bit for each of the eight: does its value change? Before the first moment all are 0.
    which: Vec<u8>,
    values: Vec<f32>,
}

impl Changes {
    /// Takes the next batch, moment by moment.
    fn absorb(&mut self, moments: impl Iterator<Item = Eight>) {
        let mut before: Eight = [0.0; LANES];
        for now in moments {
            let mut which = 0;
            for lane in 0..LANES {
                if now[lane].to_bits() != before[lane].to_bits() {
                    which |= 1 << lane;
                    self.values.push(now[lane]);
                }
            }
            self.which.push(which);
            before = now;
        }
    }
}

impl Courses {
    pub fn new(plan: &Plan) -> Courses {
        let moments = Moments::of(plan);
        let noted = (0..plan.clock.steps).filter(|step| moments.includes(*step));
        let series: Vec<Series> = series(plan).into_iter().map(|(series, _)| series).collect();
        Courses {
            times: noted.map(|step| f64::from(step + 1) * plan.clock.step_years).collect(),
            values: series.iter().map(|_| Changes::default()).collect(),
            series,
            live: Vec::new(),
        }
    }

    /// Adds what [`Watch::note`] wrote for the next batch; only the paths `live` count.
    pub fn absorb(&mut self, values: &[Eight], live: Range<usize>) {
        let count = self.series.len();
        for (number, series) in self.values.iter_mut().enumerate() {
            series.absorb(values.chunks_exact(count).map(|moment| moment[number]));
        }
        self.live.push(live);
    }

    /// Paths followed.
    pub fn paths(&self) -> usize {
        self.live.iter().map(Range::len).sum()
    }

    /// One series over the paths followed, a column for each moment.
    pub fn columns(&self, series: usize) -> Vec<Vec<f64>> {
        let moments = self.times.len();
        let mut columns = vec![Vec::with_capacity(self.paths()); moments];
        let Changes { which, values } = &self.values[series];
        let mut values = values.iter();
        for (which, live) in which.chunks_exact(moments.max(1)).zip(&self.live) {
            let mut now = [0.0; LANES];
            for (which, column) in which.iter().zip(&mut columns) {
                for (lane, now) in now.iter_mut().enumerate() {
                    if which & 1 << lane != 0 {
                        *now = values.next().copied().unwrap_or_default();
                    }
                }
                column.extend(now[live.clone()].iter().map(|value| f64::from(*value)));
            }
        }
        columns
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.series.iter().position(|s| s.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_change_is_read_back_too() {
        let series = ["a", "b"].map(|name| Series { name: name.into(), unit: "count" });
        let mut courses = Courses {
            values: series.iter().map(|_| Changes::default()).collect(),
            series: series.into(),
            times: vec![0.5, 1.0, 1.5],
            live: Vec::new(),
        };
        // [batch][moment][series][lane], with both zeros, NaN, and values that go back to 0.
        let value = |batch: usize, moment: usize, series: usize, lane: usize| match (lane, moment) {
            (0, _) => 0.0,
            (1, 1) => -0.0,
            (2, 2) => f32::NAN,
            (3, 0 | 1) => 7.0,
            (4, 1) => 3.0,
            (5, _) => (100 * batch + 10 * moment + series) as f32,
            _ => 0.0,
        };
        let lives = [0..8, 0..8, 0..6];
        for (batch, live) in lives.iter().enumerate() {
            let cells = (0..3).flat_map(|moment| [0, 1].map(|series| (moment, series)));
            let of = |(moment, series)| std::array::from_fn(|lane| value(batch, moment, series, lane));
            courses.absorb(&cells.map(of).collect::<Vec<Eight>>(), live.clone());
        }
        assert_eq!(courses.paths(), 22);
        for series in [0, 1] {
            let found = courses.columns(series);
            for (moment, column) in found.iter().enumerate() {
                let paths = lives
                    .iter()
                    .enumerate()
                    .flat_map(|(batch, live)| live.clone().map(move |lane| (batch, lane)));
                let expected =
                    paths.map(|(batch, lane)| f64::from(value(batch, moment, series, lane)).to_bits());
                assert!(column.iter().map(|value| value.to_bits()).eq(expected), "{series} {moment}");
            }
        }
        assert!(courses.values[1].values.len() < 3 * 24, "fewer are kept than there are");
    }
}
