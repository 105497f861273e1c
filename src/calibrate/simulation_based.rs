//! Simulation-based calibration (Talts, Betancourt, Simpson, Vehtari and Gelman 2018): numbers drawn from the prior,
//! events made from them, a posterior from the events; the rank of the truth among its draws is uniform if density,
//! gradient and sampler are right. The same holds of the events' ln density at the truth, which notices most of what
//! is wrong (Modrák and others 2023, Bayesian Analysis). That a wrong likelihood is noticed is shown on three.
//!
//! The tests of every day look at few files of few events; `.ci/run` runs the one that is ignored here, which takes
//! minutes.

use super::density::Density;
use super::model::{
    Assumptions, Group, LN_DEAL, LN_DECAY, LN_GAP, LN_HALF_LIFE, LN_RISE, LN_SCALE, LN_SIGMA, LOGIT_NEUTRAL,
    MU, Numbers, PARAMETERS, RESULTS, Row, THETA,
};
use super::predict::{Draws, design, from_prior, simulate};
use super::sampler::{Effort, sample};
use crate::state::laws::{STANDARD_ERRORS, kolmogorov_smirnov};
use rayon::prelude::*;
use std::io::Write;

/// The numbers whose ranks are looked at; after them, the events' ln density.
const WATCHED: [usize; 13] = [
    LN_RISE,
    THETA,
    LN_SIGMA,
    LN_DECAY,
    LN_DEAL,
    LOGIT_NEUTRAL,
    LN_GAP,
    LN_SCALE + 1,
    LN_SCALE + 2,
    LN_SCALE + 3,
    MU + 1,
    LN_HALF_LIFE,
    RESULTS + 1,
];
const LN_DENSITY: &str = "ln density";
/// Draws that the truth is ranked among, so far apart that they are nearly independent.
const RANKED: usize = 20;
const APART: usize = 8;
const TUNE: usize = 150;

/// How the events are mistaken before they are fitted: each is a wrong likelihood.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Mistake {
    None,
    /// The market gets keener on such news instead of getting used to it.
    TimeTurned,
    /// Small companies are taken for large ones, and the other way round.
    ClassesSwapped,
    /// A day has half the noise, and a deal half the effect, that it is said to have.
    Doubled,
}

impl Mistake {
    fn make(self, mut rows: Vec<Row>) -> Vec<Row> {
        let most = rows.iter().map(|row| row.years).fold(0.0, f64::max);
        for row in &mut rows {
            match self {
                Mistake::None => {}
                Mistake::TimeTurned if row.group != Group::Results => row.years = most - row.years,
                Mistake::TimeTurned => {}
                Mistake::ClassesSwapped => row.class = [2, 1, 0, 3][row.class],
                Mistake::Doubled => row.y *= 2.0,
            }
        }
        rows
    }
}

/// Ranks as uniforms, by watched number.
fn ranks(files: usize, events: usize, mistake: Mistake) -> Vec<Vec<f64>> {
    let design = design(events);
    let of_file = |file: usize| -> Vec<f64> {
        let mut draws = Draws::synthetic(11, file as u32);
        let truth = from_prior(&mut draws);
        let rows = mistake.make(simulate(&Numbers::of(&truth), &design, &mut draws));
        let effort = Effort { chains: 1, tune: TUNE, draws: RANKED * APART, seed: 3, acceptance: 0.7 };
        let sample =
            sample(&rows, &Assumptions::default(), &effort, file as u32, None, &|| true).unwrap().unwrap();
        let kept: Vec<&Vec<f64>> = sample.draws().skip(APART - 1).step_by(APART).collect();
        assert_eq!(kept.len(), RANKED);
        let mut density = Density::new(&rows, &Assumptions::default());
        let mut at = |u: &[f64]| density.events(u);
        let mut rank = |value: &mut dyn FnMut(&[f64]) -> f64| {
            let of_truth = value(&truth);
            let below = kept.iter().filter(|draw| value(draw) < of_truth).count() as f64;
            (below + draws.uniform()) / (RANKED as f64 + 1.0)
        };
        let mut ranks: Vec<f64> = WATCHED.iter().map(|k| rank(&mut |u| u[*k])).collect();
        ranks.push(rank(&mut at));
        ranks
    };
    let by_file: Vec<Vec<f64>> = (0..files).into_par_iter().with_max_len(1).map(of_file).collect();
    (0..=WATCHED.len()).map(|k| by_file.iter().map(|file| file[k]).collect()).collect()
}

/// How far ranks are from uniform, in standard errors: their mean, their spread about a half, their law.
#[derive(Debug, Clone, Copy)]
struct Off {
    name: &'static str,
    mean: f64,
    spread: f64,
    law: f64,
}

impl Off {
    fn most(&self) -> f64 {
        self.mean.abs().max(self.spread.abs()).max(self.law)
    }
}

fn off(ranks: &[Vec<f64>]) -> Vec<Off> {
    let of = |(name, ranks): (&'static str, &Vec<f64>)| {
        let n = ranks.len() as f64;
        let mean = ranks.iter().sum::<f64>() / n;
        let variance = ranks.iter().map(|u| (u - 0.5) * (u - 0.5)).sum::<f64>() / n;
        // Of a uniform: variance 1/12, that of (u − ½)² is 1/180.
        Off {
            name,
            mean: (mean - 0.5) * (12.0 * n).sqrt(),
            spread: (variance - 1.0 / 12.0) * (180.0 * n).sqrt(),
            law: kolmogorov_smirnov(ranks, |u| u),
        }
    };
    let names = WATCHED.iter().map(|k| PARAMETERS[*k].name).chain([LN_DENSITY]);
    names.zip(ranks).map(of).collect()
}

/// The watched numbers whose ranks are not uniform.
fn uneven(ranks: &[Vec<f64>]) -> Vec<Off> {
    off(ranks).into_iter().filter(|off| off.most() > STANDARD_ERRORS).collect()
}

fn show(what: &str, ranks: &[Vec<f64>]) {
    let mut text = format!("{what}, {} files, standard errors from uniform:\n", ranks[0].len());
    for off in off(ranks) {
        let Off { name, mean, spread, law } = off;
        text += &format!("  {name:<22} mean {mean:5.1}  spread {spread:5.1}  law {law:4.1}\n");
    }
    std::io::stdout().write_all(text.as_bytes()).expect("the terminal takes it");
}

/// Small, so that it runs every time.
#[test]
fn ranks_are_uniform_and_a_wrong_likelihood_is_noticed() {
    let right = uneven(&ranks(FEW.0, FEW.1, Mistake::None));
    assert!(right.is_empty(), "{right:?}");
    let wrong = uneven(&ranks(FEW.0, FEW.1, Mistake::Doubled));
    assert!(wrong.iter().any(|off| off.name == LN_DENSITY), "{wrong:?}");
}

/// Files, and events in each.
const FEW: (usize, usize) = (24, 16);
const MANY: (usize, usize) = (200, 24);
const MANY_WRONG: (usize, usize) = (200, 24);

/// Standard errors beyond which a wrong likelihood is noticed: the largest of 36 figures of a right one passes it once in
/// some four hundred times. The draws, and so these figures, depend on the processor.
const NOTICED: f64 = 4.0;

#[test]
#[ignore = "takes a minute: cargo test --release --lib simulation_based -- --ignored --nocapture"]
fn ranks_of_two_hundred_files_are_uniform() {
    let right = ranks(MANY.0, MANY.1, Mistake::None);
    show("The right likelihood", &right);
    let uneven = uneven(&right);
    assert!(uneven.is_empty(), "{uneven:?}");
}

#[test]
#[ignore = "takes minutes: cargo test --release --lib simulation_based -- --ignored --nocapture"]
fn with_two_hundred_files_every_wrong_likelihood_is_noticed() {
    for mistake in [Mistake::TimeTurned, Mistake::ClassesSwapped, Mistake::Doubled] {
        let wrong = ranks(MANY_WRONG.0, MANY_WRONG.1, mistake);
        show(&format!("{mistake:?}"), &wrong);
        assert!(off(&wrong).iter().any(|off| off.most() > NOTICED), "{mistake:?} is not noticed");
    }
}
