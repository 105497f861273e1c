//! The most plausible joint draw that brings about an unwind: the design point of structural reliability (Hasofer and Lind
//! 1974), for paths that luck decides too.
//!
//! Behind every uncertain number is a standard normal; independent ones, e, that the copula mixes. The density of a draw
//! falls with the length of e, so the most plausible draw with a property is the one nearest to the origin, and its length
//! is the smallest Mahalanobis distance of the correlated normals. The property asked for is that an unwind is as likely as
//! not, given the numbers. A logistic regression of the unwind on e over simulated paths gives the direction; it is fitted
//! anew about the point found, twice; how far to go along it is found by simulation with all numbers fixed: along each
//! direction with a part of the paths, along the best of them with all.
//!
//! Numbers that are drawn together from a file have no middle and no order: a row is as plausible as any other. They stay
//! drawn, and the probability is that over their rows.

use crate::engine::{Design, Run, Unfinished};
use crate::estimate::logistic::fit;
use crate::estimate::moments::Moments;
use crate::estimate::proportion::proportion;
use crate::estimate::{Estimate, RatioEstimate};
use crate::plan::Plan;
use crate::plan::parameters::{Parameters, Sampler, Sampling};
use crate::state::maths::{normal_cdf1, normal_quantile1};
use crate::studies::simulator::Simulator;
use crate::studies::solve::{Trial, Wanted, solve_near};
use serde::{Serialize, Serializer};
use std::ops::ControlFlow;

/// How often the regression is repeated about the point found.
const REFITS: usize = 2;

/// The part of the paths that says which direction is best.
const ROUGHLY: u64 = 4;

/// Where the way to the point is looked for first.
const GUESS: f64 = 2.0;

/// No draw is so far from the middle: one in 10¹⁵ in one number alone.
const FARTHEST: f64 = 8.0;

/// Where the probability of the event is one half.
const HALF: f64 = 0.5;

/// A path of the run that unwinds, and how plausible its numbers are.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Nearest {
    pub path: u64,
    pub distance: f64,
}

/// An uncertain number at the point.
#[derive(Debug, Clone, Serialize)]
pub struct Coordinate {
    #[serde(rename = "number")]
    pub address: String,
    pub median: f64,
    pub value: f64,
    /// The probability of a value below.
    pub percentile: f64,
}

#[derive(Debug, Clone, Serialize)]
pub struct DesignPoint {
    /// Length of e: standard deviations from the middle of all numbers.
    pub distance: f64,
    /// Its 95% interval along the direction.
    pub low: f64,
    pub high: f64,
    /// The probability of an unwind with all numbers at the point, and at their medians.
    pub probability: RatioEstimate,
    pub at_medians: RatioEstimate,
    /// By falling distance from the median.
    #[serde(rename = "numbers")]
    pub coordinates: Vec<Coordinate>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Found {
    Point(DesignPoint),
    /// An unwind is as likely as not, or likelier, with every number at its median.
    AtMedians {
        at_medians: RatioEstimate,
    },
    /// No path of the run unwinds, or every one does, or no draw within reach does.
    Nowhere {
        none: &'static str,
    },
}

/// What a scenario's paths say of plausible ways to an unwind.
#[derive(Debug, Clone, Serialize)]
pub struct Reverse {
    /// Of the run as it stands.
    #[serde(serialize_with = "mean")]
    pub unwind: Estimate,
    /// The most plausible path that unwinds, to be replayed.
    #[serde(rename = "nearest_path")]
    pub nearest: Option<Nearest>,
    #[serde(rename = "design_point")]
    pub found: Found,
    /// Numbers that stay drawn, since they come together from a file.
    #[serde(rename = "numbers_that_stay_drawn")]
    pub joint: usize,
    #[serde(skip)]
    pub paths: u64,
}

fn mean<S: Serializer>(estimate: &Estimate, to: S) -> Result<S::Ok, S::Error> {
    estimate.mean.serialize(to)
}

/// Independent normals shifted and scaled, and the paths' own luck.
struct Shifted<'a> {
    parameters: &'a Parameters,
    sampling: Sampling,
    shift: Vec<f64>,
    /// 1: drawn about the shift; 0: fixed there, but for the numbers that stay drawn.
    scale: f64,
    stays_drawn: &'a [bool],
}

impl Shifted<'_> {
    /// The independent normals of some paths, by dimension and path.
    fn normals(&self, first: u64, paths: usize, out: &mut [f64]) {
        self.parameters.independent(&self.sampling, first, paths, out);
        let rows = out.chunks_exact_mut(paths);
        for ((row, shift), stays_drawn) in rows.zip(&self.shift).zip(self.stays_drawn) {
            let scale = if *stays_drawn { 1.0 } else { self.scale };
            for value in row {
                // Times 0 would be right too, but for the sign of a zero.
                *value = if scale == 0.0 { *shift } else { shift + scale * normal_quantile1(*value) };
            }
        }
    }
}

impl Design for Shifted<'_> {
    fn parameters(&self, first: u64, paths: usize, out: &mut [f64]) {
        self.normals(first, paths, out);
        out.iter_mut().for_each(|value| *value = probability(*value));
        self.parameters.correlate(paths, out);
        self.parameters.values(paths, out);
    }
}

/// Below 1 and above 0.
fn probability(z: f64) -> f64 {
    normal_cdf1(z.clamp(-FARTHEST, FARTHEST))
}

/// Looks for the design point, unless `stop` says so.
pub fn reverse(
    simulator: &mut Simulator,
    plan: &Plan,
    run: &Run,
    mut stop: impl FnMut(u64) -> bool + Send,
) -> Result<Reverse, Unfinished> {
    let numbers = plan.uncertain.len();
    let stays_drawn: Vec<bool> = (0..numbers).map(|number| plan.parameters.is_joint(number)).collect();
    let joint = stays_drawn.iter().filter(|stays| **stays).count();
    let run = Run { sampler: Sampler::Plain, ..*run };
    let mut paths = 0;
    let mut unwinds = |shift: &[f64], scale: f64, part: u64, stop: &mut (dyn FnMut(u64) -> bool + Send)| {
        let run = Run { end: run.first + (run.end - run.first).div_ceil(part), ..run };
        let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths };
        let design = Shifted {
            parameters: &plan.parameters,
            sampling,
            shift: shift.to_vec(),
            scale,
            stays_drawn: &stays_drawn,
        };
        let mut unwound = Vec::with_capacity(run.paths as usize);
        let before = paths;
        let flow = simulator.design(plan, &run, &design, &["unwind".to_string()], |block| {
            unwound.extend_from_slice(&block.columns[0]);
            if stop(before + unwound.len() as u64) {
                ControlFlow::Break(())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        paths += unwound.len() as u64;
        let mut e = Vec::new();
        if scale != 0.0 {
            e = vec![0.0; numbers * unwound.len()];
            design.normals(run.first, unwound.len(), &mut e);
        }
        if flow.is_continue() { Ok((unwound, e)) } else { Err(Unfinished::Stopped) }
    };
    let mean = |unwound: &[f64]| {
        let moments = Moments::of_all(unwound);
        proportion(moments.mean, moments.se(), moments.n)
    };
    let middle = vec![0.0; numbers];
    let (unwound, mut e) = unwinds(&middle, 1.0, 1, &mut stop)?;
    let mut happened: Vec<bool> = unwound.iter().map(|u| *u > 0.0).collect();
    let leading: Vec<usize> = (0..numbers).filter(|number| !stays_drawn[*number]).collect();
    let nearest = nearest(&e, &happened, &leading);
    let unwind = Estimate::of(unwound);
    let reversed = |found, paths| Reverse { unwind, nearest, found, joint, paths };
    if leading.is_empty() || nearest.is_none() || happened.iter().all(|happened| *happened) {
        let why = match (numbers, leading.is_empty(), nearest) {
            (0, ..) => "the scenario has no uncertain number",
            (_, true, _) => "all uncertain numbers are drawn together from files",
            (.., None) => "no path of the run unwinds",
            _ => "every path of the run unwinds",
        };
        return Ok(reversed(Found::Nowhere { none: why }, paths));
    }
    let (at_medians, _) = unwinds(&middle, 0.0, 1, &mut stop)?;
    let at_medians = mean(&at_medians);
    if at_medians.value >= HALF {
        return Ok(reversed(Found::AtMedians { at_medians }, paths));
    }
    let along = |direction: &[f64], t: f64| direction.iter().map(|d| t * d).collect::<Vec<f64>>();
    let tried = Trial { at: 0.0, measure: at_medians };
    let mut best: Option<(f64, Vec<f64>)> = None;
    for refit in 0..=REFITS {
        let Some(direction) = direction(&e, &happened, &leading, numbers) else { break };
        let guess = best.as_ref().map_or(GUESS, |(distance, _)| *distance);
        let found = solve_near(guess, tried, FARTHEST, HALF, Wanted::Place, |t| {
            unwinds(&along(&direction, t), 0.0, ROUGHLY, &mut stop).map(|(unwound, _)| mean(&unwound))
        })?;
        let Some(crossing) = found.crossings.first() else { break };
        if refit < REFITS {
            let (unwound, about) = unwinds(&along(&direction, crossing.at), 1.0, 1, &mut stop)?;
            happened = unwound.iter().map(|u| *u > 0.0).collect();
            e = about;
        }
        if best.as_ref().is_none_or(|(distance, _)| crossing.at < *distance) {
            best = Some((crossing.at, direction));
        }
    }
    let found = match &best {
        None => None,
        Some((guess, direction)) => {
            let found = solve_near(*guess, tried, FARTHEST, HALF, Wanted::Interval, |t| {
                unwinds(&along(direction, t), 0.0, 1, &mut stop).map(|(unwound, _)| mean(&unwound))
            })?;
            let there = |at: f64| found.trials.iter().find(|trial| trial.at == at);
            let first = found.crossings.first().copied();
            first.and_then(|crossing| Some((crossing, there(crossing.at)?.measure, direction)))
        }
    };
    let Some((crossing, probability, direction)) = found else {
        let found = Found::Nowhere {
            none: "no draw within eight standard deviations makes an unwind as likely as not",
        };
        return Ok(reversed(found, paths));
    };
    let shift = along(direction, crossing.at);
    let point = DesignPoint {
        distance: crossing.at,
        low: crossing.low,
        high: crossing.high,
        coordinates: coordinates(plan, &shift, &leading),
        probability,
        at_medians,
    };
    Ok(reversed(Found::Point(point), paths))
}

/// The unwinding path whose numbers are nearest to the middle.
fn nearest(e: &[f64], happened: &[bool], leading: &[usize]) -> Option<Nearest> {
    let paths = happened.len();
    let square = |path: usize| leading.iter().map(|d| e[d * paths + path].powi(2)).sum::<f64>();
    let unwinding = (0..paths).filter(|path| happened[*path]).map(|path| (square(path), path));
    let (square, path) = unwinding.min_by(|a, b| a.0.total_cmp(&b.0))?;
    Some(Nearest { path: path as u64, distance: square.sqrt() })
}

/// The unit vector along which an unwind becomes likelier fastest.
fn direction(e: &[f64], happened: &[bool], leading: &[usize], numbers: usize) -> Option<Vec<f64>> {
    let paths = happened.len();
    let inputs: Vec<Vec<f64>> = leading.iter().map(|d| e[d * paths..][..paths].to_vec()).collect();
    let fitted = fit(&inputs, happened)?;
    let length = fitted.weights.iter().map(|w| w * w).sum::<f64>().sqrt();
    if length == 0.0 {
        return None;
    }
    let mut direction = vec![0.0; numbers];
    for (d, weight) in leading.iter().zip(&fitted.weights) {
        direction[*d] = weight / length;
    }
    Some(direction)
}

fn coordinates(plan: &Plan, shift: &[f64], leading: &[usize]) -> Vec<Coordinate> {
    let values = |e: &[f64]| {
        let mut uniforms: Vec<f64> = e.iter().map(|z| probability(*z)).collect();
        plan.parameters.correlate(1, &mut uniforms);
        let percentiles = uniforms.clone();
        plan.parameters.values(1, &mut uniforms);
        (uniforms, percentiles)
    };
    let (medians, _) = values(&vec![0.0; shift.len()]);
    let (point, percentiles) = values(shift);
    let coordinate = |d: &usize| Coordinate {
        address: plan.uncertain[*d].clone(),
        median: medians[*d],
        value: point[*d],
        percentile: percentiles[*d],
    };
    let mut coordinates: Vec<Coordinate> = leading.iter().map(coordinate).collect();
    coordinates.sort_by(|a, b| (b.percentile - 0.5).abs().total_cmp(&(a.percentile - 0.5).abs()));
    coordinates
}
