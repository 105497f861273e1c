//! Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman 2018): numbers drawn from the prior,
//! events made from them, a posterior from the events; the rank of the truth among its draws is uniform if density,
//! gradient and sampler are right.

use super::model::{
    Assumptions, LN_ETA, LN_GAP, LN_HALF_LIFE, LN_SCALE, LN_SIGMA, LN_THETA, LOGIT_NEUTRAL, Likelihood, MU,
    Numbers, PARAMETERS,
};
use super::predict::{Draws, design, from_prior, simulate};
use super::sampler::{Effort, sample};
use crate::state::laws::{STANDARD_ERRORS, kolmogorov_smirnov};
use rayon::prelude::*;

/// The numbers whose ranks are looked at.
const WATCHED: [usize; 9] =
    [LN_ETA, LN_THETA, LN_THETA + 1, LN_SIGMA, LOGIT_NEUTRAL, LN_GAP, LN_SCALE + 2, MU + 1, LN_HALF_LIFE];
/// Draws that the truth is ranked among, so far apart that they are nearly independent.
const RANKED: usize = 25;
const APART: usize = 8;

/// Ranks as uniforms, by watched number.
fn ranks(files: usize, events: usize, likelihood: Likelihood) -> Vec<Vec<f64>> {
    let design = design(events);
    let of_file = |file: usize| -> Vec<f64> {
        let mut draws = Draws::synthetic(11, file as u32);
        let truth = from_prior(&mut draws);
        let rows = simulate(&Numbers::of(&truth), &design, &mut draws);
        let effort = Effort { chains: 1, tune: 200, draws: RANKED * APART, seed: 3, acceptance: 0.8 };
        let sample = sample(&rows, &Assumptions::default(), likelihood, &effort, file as u32, None, &|| true)
            .unwrap()
            .unwrap();
        let kept: Vec<&Vec<f64>> = sample.draws().step_by(APART).collect();
        WATCHED
            .iter()
            .map(|k| {
                let below = kept.iter().filter(|draw| draw[*k] < truth[*k]).count() as f64;
                (below + draws.uniform()) / (RANKED as f64 + 1.0)
            })
            .collect()
    };
    let by_file: Vec<Vec<f64>> = (0..files).into_par_iter().map(of_file).collect();
    (0..WATCHED.len()).map(|k| by_file.iter().map(|file| file[k]).collect()).collect()
}

/// The watched numbers whose ranks are not uniform, with how far they are off.
fn uneven(ranks: &[Vec<f64>]) -> Vec<String> {
    let mut list = Vec::new();
    for (k, ranks) in WATCHED.iter().zip(ranks) {
        let n = ranks.len() as f64;
        let mean = ranks.iter().sum::<f64>() / n;
        let variance = ranks.iter().map(|u| (u - 0.5) * (u - 0.5)).sum::<f64>() / n;
        // Of a uniform: variance 1/12, that of (u − ½)² is 1/180.
        let off_mean = (mean - 0.5) * (12.0 * n).sqrt();
        let off_spread = (variance - 1.0 / 12.0) * (180.0 * n).sqrt();
        let law = kolmogorov_smirnov(ranks, |u| u);
        if off_mean.abs().max(off_spread.abs()).max(law) > STANDARD_ERRORS {
            let name = PARAMETERS[*k].name;
            list.push(format!("{name}: mean {off_mean:.1}, spread {off_spread:.1}, law {law:.1} s.e."));
        }
    }
    list
}

#[test]
#[ignore = "a minute or more: cargo test --release simulation_based -- --ignored"]
fn ranks_are_uniform_and_a_wrong_likelihood_is_noticed() {
    let right = uneven(&ranks(40, 24, Likelihood::Right));
    assert!(right.is_empty(), "{right:?}");
    let wrong = uneven(&ranks(40, 24, Likelihood::Wrong));
    assert!(wrong.iter().any(|line| line.starts_with("ln_theta.contract")), "{wrong:?}");
}

/// 200 files of 40 events: minutes, not seconds.
#[test]
#[ignore = "takes minutes: cargo test --release simulation_based -- --ignored"]
fn ranks_of_two_hundred_files_are_uniform() {
    let ranks = ranks(200, 40, Likelihood::Right);
    let off = uneven(&ranks);
    assert!(off.is_empty(), "{off:?}");
}
