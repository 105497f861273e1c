//! The same paths of several scenarios: what a study keeps of each run, and the headline of a measure with its error,
//! alone and paired with another run's.

use crate::engine::{Run, simulate_some};
use crate::estimate::moments::{Moments, Pairs};
use crate::estimate::paired::{Paired, ratio_difference};
use crate::estimate::{Estimate, Estimates, RatioEstimate};
use crate::outcome::RATIOS;
use crate::plan::Plan;
use std::ops::ControlFlow;

/// Columns of a run, in path order.
#[derive(Debug, Clone, Default)]
pub struct Sample {
    pub names: Vec<String>,
    pub columns: Vec<Vec<f64>>,
}

/// The columns that the headlines of these measures need.
pub fn needed(measures: &[String]) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let of_ratio = |measure: &String| {
        RATIOS
            .iter()
            .find(|(name, ..)| name == measure)
            .map(|(_, part, whole)| [part.to_string(), whole.to_string()])
    };
    for measure in measures {
        for name in std::iter::once(measure.clone()).chain(of_ratio(measure).into_iter().flatten()) {
            if !names.contains(&name) {
                names.push(name);
            }
        }
    }
    names
}

impl Sample {
    /// Simulates the run. `None` when `stop`, which sees how many paths are done, says so.
    pub fn of(
        plan: &Plan,
        run: &Run,
        measures: &[String],
        mut stop: impl FnMut(u64) -> bool + Send,
    ) -> Option<Sample> {
        let names = needed(measures);
        let run = Run { courses: 0, ..*run };
        let first = plan.uncertain.len();
        let mut columns = vec![Vec::with_capacity((run.end - run.first) as usize); names.len()];
        let mut done = 0;
        let finished = simulate_some(plan, &run, &names, |block| {
            for (column, more) in columns.iter_mut().zip(&block.columns[first..]) {
                column.extend_from_slice(more);
            }
            done += block.paths as u64;
            if stop(done) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        (finished.paths == run.end - run.first).then_some(Sample { names, columns })
    }

    /// # Panics
    /// If the column was not asked for.
    pub fn column(&self, name: &str) -> &[f64] {
        let place = self.names.iter().position(|other| other == name);
        &self.columns[place.unwrap_or_else(|| panic!("{name} was not kept"))]
    }

    pub fn estimate(&self, measure: &str) -> Estimate {
        Estimate::of(self.column(measure).to_vec())
    }

    /// All columns, and the ratios of means among them.
    pub fn estimates(&self) -> Estimates {
        let has = |name: &str| self.names.iter().any(|other| other == name);
        let ratios = RATIOS.iter().filter(|(name, part, whole)| has(name) && has(part) && has(whole));
        Estimates {
            paths: self.columns.first().map_or(0, |column| column.len() as u64),
            measures: self.names.iter().map(|name| (name.clone(), self.estimate(name))).collect(),
            ratios: ratios.map(|(name, ..)| (name.to_string(), self.headline(name))).collect(),
        }
    }

    /// A share's ratio of means; any other measure's mean.
    pub fn headline(&self, measure: &str) -> RatioEstimate {
        match ratio(measure) {
            Some((part, whole)) => {
                let mut pairs = Pairs::default();
                pairs.add(self.column(part), self.column(whole));
                pairs.ratio()
            }
            None => {
                let moments = Moments::of_all(self.column(measure));
                RatioEstimate::around(moments.mean, moments.se())
            }
        }
    }

    /// This run's headline less the other's, paired by path.
    pub fn less(&self, other: &Sample, measure: &str) -> RatioEstimate {
        match ratio(measure) {
            Some((part, whole)) => ratio_difference(
                [self.column(part), self.column(whole)],
                [other.column(part), other.column(whole)],
            ),
            None => {
                let mut paired = Paired::default();
                paired.add(self.column(measure), other.column(measure));
                paired.difference()
            }
        }
    }
}

fn ratio(measure: &str) -> Option<(&'static str, &'static str)> {
    RATIOS.iter().find(|(name, ..)| *name == measure).map(|(_, part, whole)| (*part, *whole))
}
