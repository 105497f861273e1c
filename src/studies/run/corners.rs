//! The causal share at the corners of what is assumed of outside money (§9): how far a lower price draws it, what outsiders
//! had bid and did not get, what a vendor's cheque is worth as a signal. At a corner these numbers are, for all labs at once,
//! at their 5th or 95th percentile; all other numbers and all shocks are those of the run. What comes out is a range over
//! assumptions: no bound, since the share need not rise or fall with them, and no interval of confidence.

use super::causal::Pairing;
use crate::engine::simulate::{Design, simulate_design};
use crate::engine::{Run, Unfinished};
use crate::estimate::RatioEstimate;
use crate::plan::Plan;
use crate::plan::parameters::Sampling;
use std::ops::ControlFlow;

/// Paths at each corner, unless asked otherwise.
pub const CORNER_PATHS: u64 = 2_000;

/// What is assumed together, and the words for its two ends: keys of `[lab.round]`, each with whether the second end is its
/// 95th percentile.
struct Assumption {
    keys: &'static [(&'static str, bool)],
    name: &'static str,
    ends: [&'static str; 2],
}

const ASSUMPTIONS: [Assumption; 3] = [
    Assumption {
        keys: &[("price_elasticity", true), ("price_floor", false)],
        name: "price_elasticity",
        ends: ["outside money that a lower price hardly draws", "outside money that a lower price draws"],
    },
    Assumption {
        keys: &[("oversubscribed", true)],
        name: "oversubscribed",
        ends: ["few unserved bids", "many unserved bids"],
    },
    Assumption {
        keys: &[("endorsement", true)],
        name: "endorsement",
        ends: ["vendors’ cheques no recommendation", "vendors’ cheques a recommendation"],
    },
];

/// Which end of each assumption.
#[derive(Debug, Clone, PartialEq)]
pub struct Corner {
    pub ends: [End; 3],
    /// Row of an uncertain number, and the value that replaces it.
    replaced: Vec<(usize, f64)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    /// The scenario is certain of it.
    Certain,
    Low,
    High,
}

impl Corner {
    /// The ends that the scenario is not certain of, in words.
    pub fn words(&self) -> String {
        let said: Vec<&str> =
            ASSUMPTIONS.iter().zip(self.ends).filter_map(|(assumption, end)| assumption.word(end)).collect();
        said.join(", ")
    }

    /// For files: each assumption's key and its end, `p5` or `p95`, of the first of its numbers.
    pub fn by_key(&self) -> impl Iterator<Item = (&'static str, &'static str)> {
        ASSUMPTIONS.iter().zip(self.ends).filter_map(|(assumption, end)| match end {
            End::Certain => None,
            End::Low => Some((assumption.name, "p5")),
            End::High => Some((assumption.name, "p95")),
        })
    }
}

impl Assumption {
    fn word(&self, end: End) -> Option<&'static str> {
        match end {
            End::Certain => None,
            End::Low => Some(self.ends[0]),
            End::High => Some(self.ends[1]),
        }
    }

    /// The uncertain numbers of all labs at one end: their rows and values.
    fn at(&self, plan: &Plan, high: bool) -> Vec<(usize, f64)> {
        let of_assumption = |address: &str| {
            let parts: Vec<&str> = address.split('.').collect();
            let ["lab", _, "round", key] = parts.as_slice() else { return None };
            self.keys.iter().find(|(name, _)| name == key).map(|(_, rises)| *rises)
        };
        let rows = plan.uncertain.iter().enumerate();
        rows.filter_map(|(row, address)| {
            let u = if of_assumption(address)? == high { 0.95 } else { 0.05 };
            Some((row, plan.parameters.marginal_quantile(row, u)))
        })
        .collect()
    }
}

/// The corners that differ, in a fixed order. A corner at which nothing is replaced is the run itself and not among them.
pub fn corners(plan: &Plan) -> Vec<Corner> {
    let ends: Vec<[Vec<(usize, f64)>; 2]> =
        ASSUMPTIONS.iter().map(|assumption| [false, true].map(|high| assumption.at(plan, high))).collect();
    let mut found: Vec<Corner> = Vec::new();
    for place in 0..1 << ASSUMPTIONS.len() {
        let high = |k: usize| place >> k & 1;
        let replaced: Vec<(usize, f64)> =
            (0..ASSUMPTIONS.len()).flat_map(|k| ends[k][high(k)].iter().copied()).collect();
        let corner = Corner {
            ends: std::array::from_fn(|k| match (ends[k][0] == ends[k][1], high(k)) {
                (true, _) => End::Certain,
                (false, 0) => End::Low,
                (false, _) => End::High,
            }),
            replaced,
        };
        if !corner.replaced.is_empty() && found.iter().all(|other| other.replaced != corner.replaced) {
            found.push(corner);
        }
    }
    found
}

/// A run's draws with some numbers replaced.
struct AtCorner<'a> {
    plan: &'a Plan,
    sampling: Sampling,
    corner: &'a Corner,
}

impl Design for AtCorner<'_> {
    fn parameters(&self, first: u64, paths: usize, out: &mut [f64]) {
        self.plan.parameters.draw(&self.sampling, first, paths, out);
        for (row, value) in &self.corner.replaced {
            out[row * paths..][..paths].fill(*value);
        }
    }
}

/// The causal share at one place.
#[derive(Debug, Clone)]
pub struct Point {
    /// `None`: the scenario's own draw.
    pub corner: Option<Corner>,
    pub share: RatioEstimate,
    /// `E[G_on]` there, USD bn.
    pub raised: RatioEstimate,
}

/// The causal share over the assumptions.
#[derive(Debug, Clone)]
pub struct Range {
    /// Paths at each place.
    pub paths: u64,
    /// The scenario's own draw, then the corners at which anything is raised.
    pub points: Vec<Point>,
    low: usize,
    high: usize,
}

impl Range {
    pub fn low(&self) -> &Point {
        &self.points[self.low]
    }

    pub fn high(&self) -> &Point {
        &self.points[self.high]
    }
}

/// Runs each corner with the loops on and off, on the first `paths` of the run's paths; `own` is what these raised with the
/// loops on and off as the scenario draws. `None` where the scenario is certain of all that is assumed, or no range was
/// asked for.
pub fn range(
    plan: &Plan,
    run: &Run,
    paths: u64,
    own: [&[f64]; 2],
    pairing: Pairing,
    stop: &(impl Fn() -> bool + Sync),
) -> Result<Option<Range>, Unfinished> {
    let corners = corners(plan);
    let paths = paths.min(own[0].len() as u64);
    if corners.is_empty() || paths == 0 {
        return Ok(None);
    }
    let point = |corner: Option<Corner>, on: &[f64], off: &[f64]| Point {
        corner,
        share: pairing.share_lost(off, on),
        raised: pairing.mean(on),
    };
    let [on, off] = own.map(|column| &column[..paths as usize]);
    let mut points = vec![point(None, on, off)];
    let run = Run { end: run.first + paths, ..*run };
    for corner in corners {
        let mut raised = [Vec::new(), Vec::new()];
        for (column, loops) in raised.iter_mut().zip([run.loops, run.loops.causal_off()]) {
            let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths };
            let design = AtCorner { plan, sampling, corner: &corner };
            let wanted = ["capital.raised".to_string()];
            simulate_design(plan, &Run { loops, ..run }, &design, &wanted, |block| {
                column.extend_from_slice(&block.columns[plan.uncertain.len()]);
                if stop() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })?;
            if column.len() as u64 != paths {
                return Err(Unfinished::Stopped);
            }
        }
        let [on, off] = &raised;
        points.push(point(Some(corner), on, off));
    }
    points.retain(|point| point.share.value.is_finite());
    let by_share = |a: &usize, b: &usize| points[*a].share.value.total_cmp(&points[*b].share.value);
    let ends = ((0..points.len()).min_by(by_share), (0..points.len()).max_by(by_share));
    let (Some(low), Some(high)) = ends else { return Ok(None) };
    Ok(Some(Range { paths, points, low, high }))
}
