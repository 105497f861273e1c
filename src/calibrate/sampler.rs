//! Chains from the posterior by the No-U-Turn sampler ([`super::nuts`]). Each chain is seeded at its own address, so
//! chains may run at once; a chain may start where another posterior's chain stopped, with its metric.

use super::density::Density;
use super::model::{Assumptions, DIMENSION, PARAMETERS, Row};
use super::nuts::{Chain, Metric, Target};
use super::predict::Draws;
use crate::state::draw::Purpose;
use rayon::prelude::*;

/// How long the chains are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    pub chains: usize,
    /// Draws that adapt step size and metric and are thrown away.
    pub tune: usize,
    pub draws: usize,
    pub seed: u64,
    /// Acceptance aimed at: nearer to 1, shorter steps.
    pub acceptance: f64,
}

impl Default for Effort {
    fn default() -> Effort {
        Effort { chains: 4, tune: 500, draws: 1000, seed: 1, acceptance: 0.8 }
    }
}

/// Draws by chain: `chains[c][draw][number]`.
#[derive(Debug, Clone)]
pub struct Sample {
    pub chains: Vec<Vec<Vec<f64>>>,
    /// Metrics by chain, for a posterior that is near.
    pub metrics: Vec<Metric>,
    /// Draws after the tuning whose trajectory diverged.
    pub divergences: usize,
    /// Gradients computed, tuning included.
    pub gradients: u64,
}

impl Sample {
    /// All draws, chain after chain.
    pub fn draws(&self) -> impl Iterator<Item = &Vec<f64>> {
        self.chains.iter().flatten()
    }

    pub fn len(&self) -> usize {
        self.chains.iter().map(Vec::len).sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Target for Density<'_> {
    fn ln_density(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
        self.log_density(at, gradient)
    }
}

/// A chain's draws, its metric, its divergences and its gradients.
type Drawn = (Vec<Vec<f64>>, Metric, usize, u64);

/// Starts that are tried before a chain gives up: far out the density may underflow.
const STARTS: usize = 20;

/// Runs the chains, from where those of `near` stopped if that is given, else from about the prior's mean. `index` tells
/// runs of one seed apart. `tick` is called after each draw of a chain; `None` if it says to stop.
pub fn sample(
    rows: &[Row],
    assumed: &Assumptions,
    effort: &Effort,
    index: u32,
    near: Option<&Sample>,
    tick: &(impl Fn() -> bool + Sync),
) -> Result<Option<Sample>, String> {
    let chain = |place: usize| -> Result<Option<Drawn>, String> {
        let mut density = Density::new(rows, assumed);
        let mut jitter = Draws::new(effort.seed, index, Purpose::prediction(0xff_0000 + place as u32));
        let from = near.map(|near| {
            let chain = place % near.chains.len();
            (&near.chains[chain], near.metrics[chain].clone())
        });
        let mut begin = || -> Vec<f64> {
            (0..DIMENSION).map(|k| PARAMETERS[k].mean + 0.3 * PARAMETERS[k].sd * jitter.normal()).collect()
        };
        let prior = || Metric::diagonal(&PARAMETERS.map(|number| number.sd));
        let (metric, last) = match from {
            Some((draws, metric)) => (metric, draws.last().cloned()),
            None => (prior(), None),
        };
        let mut starts: Vec<Vec<f64>> = last.into_iter().collect();
        starts.extend((0..STARTS).map(|_| begin()));
        let mut scratch = vec![0.0; DIMENSION];
        let finite = |at: &Vec<f64>| density.log_density(at, &mut scratch).is_finite();
        let Some(position) = starts.into_iter().find(finite) else {
            return Err("the sampler finds no place where the density is finite".into());
        };
        let started = Chain::start(&mut density, metric, &position, effort.seed, index, place as u32);
        let Some(mut chain) = started else {
            return Err("the density is not finite where the sampler starts".into());
        };
        if !chain.tune(effort.tune, effort.acceptance, tick) {
            return Ok(None);
        }
        let mut kept = Vec::with_capacity(effort.draws);
        let mut divergences = 0;
        for _ in 0..effort.draws {
            let mut draw = Vec::new();
            let (diverged, _) = chain.next(&mut draw);
            divergences += usize::from(diverged);
            kept.push(draw);
            if !tick() {
                return Ok(None);
            }
        }
        Ok(Some((kept, chain.metric().clone(), divergences, chain.gradients)))
    };
    let done: Result<Vec<_>, String> = (0..effort.chains).into_par_iter().map(chain).collect();
    let mut sample = Sample { chains: Vec::new(), metrics: Vec::new(), divergences: 0, gradients: 0 };
    for chain in done? {
        let Some((kept, metric, divergences, gradients)) = chain else { return Ok(None) };
        sample.chains.push(kept);
        sample.metrics.push(metric);
        sample.divergences += divergences;
        sample.gradients += gradients;
    }
    Ok(Some(sample))
}
