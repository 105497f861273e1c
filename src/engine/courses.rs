//! Courses over time: some series of the first paths, at up to 61 moments, for fan charts. Kept path by path, so
//! quantiles are exact for the paths followed.

use crate::books::origin::{ORIGIN_NAMES, ORIGINS};
use crate::plan::Plan;
use crate::state::{Batch, LANES};

/// What is followed over time.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    pub name: String,
    pub unit: &'static str,
}

/// Values of the followed paths: [path][moment][series].
pub struct Courses {
    pub series: Vec<Series>,
    /// Years, at the end of the steps noted.
    pub times: Vec<f64>,
    values: Vec<f32>,
}

/// Moments kept after the start.
const MOMENTS: u32 = 60;

fn stride(plan: &Plan) -> u32 {
    plan.clock.steps.div_ceil(MOMENTS).max(1)
}

fn is_noted(plan: &Plan, step: u32) -> bool {
    (step + 1).is_multiple_of(stride(plan)) || step + 1 == plan.clock.steps
}

fn series(plan: &Plan) -> Vec<Series> {
    let named = |name: String, unit| Series { name, unit };
    let mut all: Vec<Series> =
        ORIGIN_NAMES.iter().map(|(origin, _)| named(format!("capital.origin.{origin}"), "USD bn")).collect();
    all.extend(["announced", "committed", "paid"].map(|name| named(name.to_string(), "USD bn")));
    all.push(named("unwind".to_string(), "0 or 1"));
    all.extend(["hype", "neutral", "suspicion"].map(|state| named(format!("sentiment.{state}"), "0 or 1")));
    for company in &plan.actors.companies {
        all.push(named(format!("company.{}.premium", company.name), "USD bn"));
        all.push(named(format!("company.{}.value", company.name), "USD bn"));
    }
    for lab in &plan.actors.labs {
        all.push(named(format!("lab.{}.cash", lab.name), "USD bn"));
    }
    all
}

impl Courses {
    pub fn new(plan: &Plan, paths: u64) -> Courses {
        let series = series(plan);
        let times: Vec<f64> = (0..plan.clock.steps)
            .filter(|step| is_noted(plan, *step))
            .map(|step| f64::from(step + 1) * plan.clock.step_years)
            .collect();
        let room = series.len() * times.len() * paths as usize;
        Courses { series, times, values: Vec::with_capacity(room) }
    }

    /// Room for the courses of some paths of a batch.
    pub fn room(plan: &Plan, paths: usize) -> Vec<f32> {
        if paths == 0 {
            return Vec::new();
        }
        let moments = (0..plan.clock.steps).filter(|step| is_noted(plan, *step)).count();
        vec![0.0; paths * moments * series_count(plan)]
    }

    /// Notes the first `paths` of the batch after step `step`.
    #[inline(never)]
    pub fn note(plan: &Plan, b: &Batch, step: u32, paths: usize, room: &mut [f32]) {
        if !is_noted(plan, step) {
            return;
        }
        let count = series_count(plan);
        let moments = room.len() / (paths * count);
        let moment = (step / stride(plan)) as usize;
        let moment = moment.min(moments - 1);
        let actors = &plan.actors;
        for path in 0..paths {
            let at = (path * moments + moment) * count;
            let mut cells = room[at..at + count].iter_mut();
            let mut put = |value: f64| {
                if let Some(cell) = cells.next() {
                    *cell = value as f32;
                }
            };
            let capital = |origin: usize| -> f64 {
                let edges = actors.ledger.edges.iter().filter(|e| e.flow.is_capital());
                edges.map(|e| b.at(e.edge.row(origin), path)).sum()
            };
            for origin in 0..ORIGINS {
                put(capital(origin));
            }
            put(actors.labs.iter().map(|lab| b.at(lab.announced, path)).sum());
            put(actors.labs.iter().map(|lab| b.at(lab.committed, path)).sum());
            let bills = plan.compute.links.iter();
            put(bills.map(|k| k.compute_edge.total_at(b, path) + k.credit_edge.total_at(b, path)).sum());
            put(f64::from(b.at(plan.restructuring.count, path) > 0.0));
            let state = plan.sentiment.state_at(b, path);
            for k in 0..3 {
                put(f64::from(state == k));
            }
            for company in &actors.companies {
                let value = b.at(company.value, path);
                put(value - b.at(company.fundamental, path));
                put(value);
            }
            for lab in &actors.labs {
                put(lab.account.total_at(b, path));
            }
        }
        debug_assert!(paths <= b.groups * LANES);
    }

    pub fn absorb(&mut self, values: &[f32]) {
        self.values.extend_from_slice(values);
    }

    /// Paths followed.
    pub fn paths(&self) -> usize {
        let per_path = self.series.len() * self.times.len();
        self.values.len().checked_div(per_path).unwrap_or(0)
    }

    /// One series at one moment, over the paths followed.
    pub fn column(&self, series: usize, moment: usize) -> Vec<f64> {
        let (count, moments) = (self.series.len(), self.times.len());
        (0..self.paths())
            .map(|path| f64::from(self.values[(path * moments + moment) * count + series]))
            .collect()
    }

    pub fn find(&self, name: &str) -> Option<usize> {
        self.series.iter().position(|s| s.name == name)
    }
}

fn series_count(plan: &Plan) -> usize {
    ORIGINS + 3 + 1 + 3 + 2 * plan.actors.companies.len() + plan.actors.labs.len()
}
