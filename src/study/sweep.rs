//! One or two numbers over a grid: the same paths at every point, so that what changes along the grid is what the number
//! does and not the draw.

use super::sample::Sample;
use crate::engine::Run;
use crate::estimate::moments::Moments;
use crate::estimate::{Estimate, RatioEstimate};
use crate::plan::Plan;

/// Half of the change of the extra round by which the multiplier is measured (§9), USD bn.
const HALF_STEP: f64 = 0.5;

/// A measure at a point of the grid.
#[derive(Debug, Clone)]
pub struct Value {
    pub headline: RatioEstimate,
    pub by_path: Estimate,
}

/// A point of the grid.
#[derive(Debug, Clone)]
pub struct Point {
    /// A value for each number that is swept.
    pub at: Vec<f64>,
    /// By measure.
    pub values: Vec<Value>,
    /// E[∂G/∂d] (§9), where it was asked for.
    pub multiplier: Option<RatioEstimate>,
}

impl Point {
    /// 1 − 1/multiplier, from the multiplier's interval; none where that is below 1.
    pub fn loop_gain(&self) -> Option<RatioEstimate> {
        self.multiplier.as_ref().and_then(loop_gain)
    }
}

/// 1 − 1/multiplier where the multiplier is at least 1 (§9), its error by the delta method.
pub fn loop_gain(multiplier: &RatioEstimate) -> Option<RatioEstimate> {
    let m = multiplier.value;
    (m >= 1.0).then(|| RatioEstimate::around(1.0 - 1.0 / m, multiplier.se / (m * m)))
}

/// Values evenly between two ends, both included.
pub fn evenly(from: f64, to: f64, count: usize) -> Vec<f64> {
    let last = (count - 1) as f64;
    (0..count).map(|k| if k + 1 == count { to } else { from + (to - from) * (k as f64 / last) }).collect()
}

/// The measures of one point. `None` when `stop` says so.
pub fn point(
    plan: &Plan,
    run: &Run,
    at: Vec<f64>,
    measures: &[String],
    with_multiplier: bool,
    mut stop: impl FnMut(u64) -> bool + Send,
) -> Option<(Point, Sample)> {
    let sample = Sample::of(plan, run, measures, &mut stop)?;
    let values = measures
        .iter()
        .map(|name| Value { headline: sample.headline(name), by_path: sample.estimate(name) })
        .collect();
    let multiplier = if with_multiplier { Some(multiplier(plan, run, &mut stop)?) } else { None };
    Some((Point { at, values, multiplier }, sample))
}

/// The multiplier by central difference. NaN where no path differs from another: G jumps in the extra dollar, and only
/// many different paths smooth the jumps (§9).
pub fn multiplier(plan: &Plan, run: &Run, mut stop: impl FnMut(u64) -> bool + Send) -> Option<RatioEstimate> {
    let raised = ["capital.raised".to_string()];
    let with = |extra: f64, stop: &mut (dyn FnMut(u64) -> bool + Send)| {
        Sample::of(plan, &Run { extra, ..*run }, &raised, stop)
    };
    let more = with(HALF_STEP, &mut stop)?;
    let less = with(-HALF_STEP, &mut stop)?;
    if Moments::of_all(more.column(&raised[0])).squares == 0.0 {
        return Some(RatioEstimate::around(f64::NAN, f64::NAN));
    }
    let change = more.less(&less, &raised[0]);
    let step = 2.0 * HALF_STEP;
    Some(RatioEstimate::around(change.value / step, change.se / step))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grids_have_both_ends() {
        assert_eq!(evenly(0.0, 1.0, 5), [0.0, 0.25, 0.5, 0.75, 1.0]);
        assert_eq!(evenly(0.1, 0.3, 2), [0.1, 0.3]);
        assert_eq!(evenly(3.0, -1.0, 3), [3.0, 1.0, -1.0]);
    }

    #[test]
    fn loop_gains_by_hand() {
        // 1/(1 − g) = 4 at g = 3/4; d(1 − 1/m) = dm/m².
        let gain = loop_gain(&RatioEstimate::around(4.0, 0.8)).unwrap();
        assert!((gain.value - 0.75).abs() < 1e-15 && (gain.se - 0.05).abs() < 1e-15);
        assert!(loop_gain(&RatioEstimate::around(0.9, 0.1)).is_none());
        assert!(loop_gain(&RatioEstimate::around(f64::NAN, 0.1)).is_none());
    }
}
