//! The causal lens (§9): the same paths again with loops off.

use crate::engine::{Run, simulate};
use crate::estimate::paired::Paired;
use crate::estimate::replicates::ByReplicate;
use crate::estimate::{Estimate, RatioEstimate};
use crate::plan::Plan;
use crate::state::Loops;
use std::ops::ControlFlow;

/// The causal lens: what would not have been raised without the loops.
#[derive(Debug, Clone)]
pub struct Causal {
    /// Paths that were run again.
    pub paths: u64,
    /// `1 − E[G_off]/E[G_on]`, all loops off but `related_wealth`.
    pub share: RatioEstimate,
    /// The same with `related_wealth` off too.
    pub upper: RatioEstimate,
    /// The share path by path, over the paths that raised capital with the loops on.
    pub by_path: Estimate,
}

/// Paths that `run` runs again for the causal lens.
pub const CAUSAL_PATHS: u64 = 20_000;

/// Runs the first `raised.len()` paths again with loops off; `raised` is what they raised with the loops of `run` on.
/// `None` when `stop` says so or nothing was raised.
pub fn causal(plan: &Plan, run: &Run, raised: &[f64], stop: impl Fn() -> bool + Sync) -> Option<Causal> {
    if raised.is_empty() || raised.iter().all(|g| *g <= 0.0) {
        return None;
    }
    let off = raised_with(plan, run, run.loops.causal_off(), raised.len(), &stop)?;
    let none = raised_with(plan, run, Loops::ALL_OFF, raised.len(), &stop)?;
    let share_lost = |values: &[f64]| {
        if run.sampler.is_replicated() {
            let mut by_replicate = ByReplicate::default();
            for ((path, off), on) in (run.first..).zip(values).zip(raised) {
                by_replicate.push(path, on - off, *on);
            }
            return by_replicate.ratio();
        }
        let mut paired = Paired::default();
        paired.add(values, raised);
        paired.share_lost()
    };
    let by_path = off.iter().zip(raised).map(|(off, on)| if *on > 0.0 { 1.0 - off / on } else { f64::NAN });
    Some(Causal {
        paths: raised.len() as u64,
        share: share_lost(&off),
        upper: share_lost(&none),
        by_path: Estimate::of(by_path.collect()),
    })
}

/// `capital.raised` of the first paths of a run under other loops.
fn raised_with(
    plan: &Plan,
    run: &Run,
    loops: Loops,
    paths: usize,
    stop: &(impl Fn() -> bool + Sync),
) -> Option<Vec<f64>> {
    let run = Run { loops, end: run.first + paths as u64, courses: 0, ..*run };
    let column = plan.uncertain.len();
    let mut raised = Vec::with_capacity(paths);
    simulate(plan, &run, |block| {
        // The measures follow the uncertain numbers; capital.raised is the first of them.
        raised.extend_from_slice(&block.columns[column]);
        if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    (raised.len() == paths).then_some(raised)
}
