//! One or two numbers over a grid: the same paths at every point, so that what changes along the grid is what the number
//! does and not the draw.

pub mod command;
pub mod words;

use crate::engine::{Run, Unfinished};
use crate::estimate::{Estimate, RatioEstimate, by_name};
use crate::plan::Plan;
use crate::studies::attribute::multiplier;
use crate::studies::sample::Sample;
use crate::studies::simulator::Simulator;
use serde::Serialize;
use std::ops::ControlFlow;

/// A measure at a point of the grid.
#[derive(Debug, Clone, Serialize)]
#[serde(transparent)]
pub struct Value {
    pub headline: RatioEstimate,
    #[serde(skip)]
    pub by_path: Estimate,
}

/// A point of the grid.
#[derive(Debug, Clone, Serialize)]
pub struct Point {
    /// A value for each number that is swept.
    pub at: Vec<f64>,
    #[serde(rename = "measures", serialize_with = "by_name")]
    pub values: Vec<(String, Value)>,
    /// E[∂G/∂d] (§9), where it was asked for.
    pub multiplier: Option<RatioEstimate>,
    /// 1 − 1/multiplier where the multiplier is at least 1.
    pub loop_gain: Option<RatioEstimate>,
}

/// A number that is swept.
#[derive(Debug, Clone, Serialize)]
pub struct Over {
    pub address: String,
    #[serde(skip)]
    pub unit: String,
    pub values: Vec<f64>,
    /// The file's own value, where it is certain.
    pub in_file: Option<f64>,
}

/// A finished sweep.
#[derive(Debug, Clone, Serialize)]
pub struct Swept {
    /// The first one varies fastest.
    pub over: Vec<Over>,
    pub points: Vec<Point>,
    /// By measure, over one number: the last point less the first, paired.
    #[serde(rename = "last_less_first", serialize_with = "by_name")]
    pub changes: Vec<(String, RatioEstimate)>,
    #[serde(skip)]
    pub measures: Vec<String>,
    /// The scenario as it stands.
    #[serde(skip)]
    pub itself: Sample,
    /// Paths of a point, and in all.
    #[serde(skip)]
    pub paths: u64,
    #[serde(skip)]
    pub simulated: u64,
}

/// Values evenly between two ends, both included; what rounding leaves of a 0 between them is 0.
pub fn evenly(from: f64, to: f64, count: usize) -> Vec<f64> {
    let last = (count - 1) as f64;
    let value = |k: usize| {
        let value = from + (to - from) * (k as f64 / last);
        if value.abs() < 1e-12 * (to - from).abs() { 0.0 } else { value }
    };
    (0..count).map(|k| if k + 1 == count { to } else { value(k) }).collect()
}

/// The measures of one point, unless `stop` says so.
pub fn point(
    simulator: &mut Simulator,
    plan: &Plan,
    run: &Run,
    at: Vec<f64>,
    measures: &[String],
    with_multiplier: bool,
    mut stop: impl FnMut(u64) -> bool + Send,
) -> Result<(Point, Sample), Unfinished> {
    let sample = Sample::of(simulator, plan, run, measures, &mut stop)?;
    let values = measures
        .iter()
        .map(|name| (name.clone(), Value { headline: sample.headline(name), by_path: sample.estimate(name) }))
        .collect();
    let (multiplier, loop_gain) = if with_multiplier {
        let (multiplier, gain) = multiplier_of(simulator, plan, run, &mut stop)?;
        (Some(multiplier), gain)
    } else {
        (None, None)
    };
    Ok((Point { at, values, multiplier, loop_gain }, sample))
}

/// The multiplier of the run. NaN where no path differs from another (§9).
fn multiplier_of(
    simulator: &mut Simulator,
    plan: &Plan,
    run: &Run,
    mut stop: impl FnMut(u64) -> bool + Send,
) -> Result<(RatioEstimate, Option<RatioEstimate>), Unfinished> {
    if !plan.is_random {
        return Ok((RatioEstimate::around(f64::NAN, f64::NAN), None));
    }
    let watch = |done: u64| if stop(done) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let found = multiplier(simulator, plan, run, watch)?;
    if !found.complete {
        return Err(Unfinished::Stopped);
    }
    Ok((found.value, found.gain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_both_ends() {
        assert_eq!(evenly(0.0, 1.0, 5), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(evenly(0.1, 0.3, 2), [0.1, 0.3]);
        assert_eq!(evenly(3.0, -1.0, 3), [3.0, 1.0, -1.0]);
        assert_eq!(evenly(-0.2, 0.4, 4)[1], 0.0);
    }
}
