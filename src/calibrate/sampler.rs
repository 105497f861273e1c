//! Draws from the posterior by the No-U-Turn sampler (Hoffman and Gelman 2014; nuts-rs, whose mass matrix is adapted to
//! draws and gradients, with the few directions in which numbers are correlated). Each chain is seeded at its own address, so chains may run at once. The sampler's vector code is chosen
//! by the processor: a seed gives the same draws on one machine, not on all.

use super::model::{Assumptions, DIMENSION, Density, Likelihood, PARAMETERS, Row};
use crate::state::draw::{AddressedRng, Generator, Purpose};
use nuts_rs::{Chain, CpuLogpFunc, CpuMath, CpuMathError, HasDims, LogpError, LowRankNutsSettings, Settings};
use rayon::prelude::*;
use std::collections::HashMap;

/// How long the chains are.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Effort {
    pub chains: usize,
    /// Draws that adapt step size and mass matrix and are thrown away.
    pub tune: usize,
    pub draws: usize,
    pub seed: u64,
    /// Acceptance aimed at: nearer to 1, shorter steps.
    pub acceptance: f64,
}

impl Default for Effort {
    fn default() -> Effort {
        Effort { chains: 4, tune: 1000, draws: 1000, seed: 1, acceptance: 0.85 }
    }
}

/// Draws by chain: `chains[c][draw][number]`.
#[derive(Debug, Clone)]
pub struct Sample {
    pub chains: Vec<Vec<Vec<f64>>>,
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

#[derive(Debug)]
struct NotFinite;

impl std::fmt::Display for NotFinite {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the density is not finite")
    }
}

impl std::error::Error for NotFinite {}

impl LogpError for NotFinite {
    /// Far out the density underflows: the trajectory counts as divergent and the sampler goes on.
    fn is_recoverable(&self) -> bool {
        true
    }
}

struct Target<'d>(Density<'d>);

impl HasDims for Target<'_> {
    fn dim_sizes(&self) -> HashMap<String, u64> {
        HashMap::from([("unconstrained_parameter".to_string(), DIMENSION as u64)])
    }
}

impl CpuLogpFunc for Target<'_> {
    type LogpError = NotFinite;
    type FlowParameters = ();
    type ExpandedVector = Vec<f64>;

    fn dim(&self) -> usize {
        DIMENSION
    }

    fn logp(&mut self, position: &[f64], gradient: &mut [f64]) -> Result<f64, NotFinite> {
        let value = self.0.log_density(position, gradient);
        if value.is_finite() && gradient.iter().all(|slope| slope.is_finite()) {
            Ok(value)
        } else {
            Err(NotFinite)
        }
    }

    fn expand_vector<R>(&mut self, _rng: &mut R, position: &[f64]) -> Result<Vec<f64>, CpuMathError>
    where
        R: Generator + ?Sized,
    {
        Ok(position.to_vec())
    }
}

/// A chain's draws, its divergences and its gradients.
type Drawn = (Vec<Vec<f64>>, usize, u64);

/// Runs the chains; `start` is where they begin, each a little off it; none is the prior's mean. `index` tells
/// runs of one seed apart. `tick` is called after each draw of a chain; `None` if it says to stop.
pub fn sample(
    rows: &[Row],
    assumed: &Assumptions,
    likelihood: Likelihood,
    effort: &Effort,
    index: u32,
    start: Option<&[f64]>,
    tick: &(impl Fn() -> bool + Sync),
) -> Result<Option<Sample>, String> {
    let chain = |chain: usize| -> Result<Option<Drawn>, String> {
        let mut settings =
            LowRankNutsSettings { num_tune: effort.tune as u64, ..LowRankNutsSettings::default() };
        settings.num_draws = effort.draws as u64;
        settings.maxdepth = 8;
        settings.adapt_options.step_size_settings.target_accept = effort.acceptance;
        let mut rng = AddressedRng::new(effort.seed, u64::from(index), Purpose::chain(chain as u32));
        let math = CpuMath::new(Target(Density::with(rows, assumed, likelihood)));
        let wrong = |error: String| format!("the sampler cannot go on: {error}");
        let mut sampler =
            settings.new_chain(chain as u64, math, &mut rng).map_err(|error| wrong(error.to_string()))?;
        let mut jitter =
            super::predict::Draws::new(effort.seed, index, Purpose::prediction(0xff_0000 + chain as u32));
        let begin: Vec<f64> = (0..DIMENSION)
            .map(|k| {
                let middle = start.map_or(PARAMETERS[k].mean, |start| start[k]);
                middle + 0.3 * PARAMETERS[k].sd * jitter.normal()
            })
            .collect();
        sampler.set_position(&begin).map_err(|error| wrong(error.to_string()))?;
        let mut kept = Vec::with_capacity(effort.draws);
        let (mut divergences, mut gradients) = (0, 0);
        for draw in 0..effort.tune + effort.draws {
            let (position, info) = sampler.draw().map_err(|error| wrong(error.to_string()))?;
            gradients += info.num_steps;
            if draw >= effort.tune {
                kept.push(position.to_vec());
                divergences += usize::from(info.diverging);
            }
            if !tick() {
                return Ok(None);
            }
        }
        Ok(Some((kept, divergences, gradients)))
    };
    let done: Result<Vec<_>, String> = (0..effort.chains).into_par_iter().map(chain).collect();
    let mut sample = Sample { chains: Vec::new(), divergences: 0, gradients: 0 };
    for chain in done? {
        let Some((kept, divergences, gradients)) = chain else { return Ok(None) };
        sample.chains.push(kept);
        sample.divergences += divergences;
        sample.gradients += gradients;
    }
    Ok(Some(sample))
}
