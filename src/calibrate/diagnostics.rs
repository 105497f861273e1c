//! Can the draws be used? Split R̂ and effective sample sizes of Vehtari, Gelman, Simpson, Carpenter and Bürkner (2021),
//! Bayesian Analysis 16: rank-normalised, of the bulk and of the tails; and divergences.

use super::model::{DIMENSION, PARAMETERS};
use super::sampler::Sample;
use crate::state::maths::normal_quantile1;

/// Limits: beyond any of them the draws are refused.
pub const MOST_R_HAT: f64 = 1.01;
/// Effective draws per chain.
pub const LEAST_ESS: f64 = 100.0;
/// Of the draws.
pub const MOST_DIVERGENT: f64 = 0.002;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Diagnosis {
    pub r_hat: f64,
    pub ess_bulk: f64,
    pub ess_tail: f64,
}

/// Of one number; draws by chain.
pub fn diagnose(chains: &[Vec<f64>]) -> Diagnosis {
    let split = split(chains);
    let bulk = rank_normalised(&split);
    let median = quantile(&split, 0.5);
    let folded: Vec<Vec<f64>> =
        split.iter().map(|chain| chain.iter().map(|x| (x - median).abs()).collect()).collect();
    let r_hat = r_hat(&bulk).max(r_hat(&rank_normalised(&folded)));
    let tail = [0.05, 0.95].map(|p| {
        let at = quantile(&split, p);
        let below: Vec<Vec<f64>> =
            split.iter().map(|chain| chain.iter().map(|x| f64::from(*x <= at)).collect()).collect();
        effective(&below)
    });
    Diagnosis { r_hat, ess_bulk: effective(&bulk), ess_tail: tail[0].min(tail[1]) }
}

fn split(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    chains
        .iter()
        .flat_map(|chain| {
            let half = chain.len() / 2;
            [chain[..half].to_vec(), chain[chain.len() - half..].to_vec()]
        })
        .collect()
}

fn quantile(chains: &[Vec<f64>], p: f64) -> f64 {
    let mut all: Vec<f64> = chains.iter().flatten().copied().collect();
    all.sort_by(f64::total_cmp);
    all[((all.len() - 1) as f64 * p).round() as usize]
}

/// Normal scores of the ranks; equal values share their mean rank.
fn rank_normalised(chains: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let all: Vec<f64> = chains.iter().flatten().copied().collect();
    let n = all.len();
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| all[*a].total_cmp(&all[*b]));
    let mut scores = vec![0.0; n];
    let mut from = 0;
    while from < n {
        let mut to = from;
        while to + 1 < n && all[order[to + 1]] == all[order[from]] {
            to += 1;
        }
        let rank = (from + to) as f64 / 2.0 + 1.0;
        let score = normal_quantile1((rank - 0.375) / (n as f64 + 0.25));
        for place in &order[from..=to] {
            scores[*place] = score;
        }
        from = to + 1;
    }
    let mut rest = scores.into_iter();
    chains.iter().map(|chain| rest.by_ref().take(chain.len()).collect()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn variance(values: &[f64]) -> f64 {
    let mean = mean(values);
    values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (values.len() as f64 - 1.0)
}

/// Within, and the pooled variance.
fn variances(chains: &[Vec<f64>]) -> (f64, f64) {
    let n = chains[0].len() as f64;
    let within = mean(&chains.iter().map(|chain| variance(chain)).collect::<Vec<f64>>());
    let means: Vec<f64> = chains.iter().map(|chain| mean(chain)).collect();
    let between = if chains.len() > 1 { variance(&means) } else { 0.0 };
    (within, (n - 1.0) / n * within + between)
}

fn r_hat(chains: &[Vec<f64>]) -> f64 {
    let (within, pooled) = variances(chains);
    // A number that does not move has converged nowhere.
    if within > 0.0 { (pooled / within).sqrt() } else { f64::INFINITY }
}

/// Geyer's initial monotone sequence over the chains together.
fn effective(chains: &[Vec<f64>]) -> f64 {
    let (within, pooled) = variances(chains);
    let (m, n) = (chains.len() as f64, chains[0].len());
    if pooled <= 0.0 {
        return 0.0;
    }
    let means: Vec<f64> = chains.iter().map(|chain| mean(chain)).collect();
    let correlation = |lag: usize| {
        let sum: f64 = chains
            .iter()
            .zip(&means)
            .map(|(chain, mean)| {
                let products = chain[..n - lag].iter().zip(&chain[lag..]);
                products.map(|(a, b)| (a - mean) * (b - mean)).sum::<f64>() / (n as f64 - 1.0)
            })
            .sum();
        1.0 - (within - sum / m) / pooled
    };
    let (mut sum, mut last, mut lag) = (0.0, f64::INFINITY, 0);
    while lag + 1 < n {
        let pair = (correlation(lag) + correlation(lag + 1)).min(last);
        if pair <= 0.0 {
            break;
        }
        sum += pair;
        last = pair;
        lag += 2;
    }
    let all = m * n as f64;
    // The estimate may exceed the number of draws; not by more than this.
    (all / (2.0 * sum - 1.0).max(1.0 / libm::log10(all))).min(all * libm::log10(all))
}

/// Of all numbers.
#[derive(Debug, Clone)]
pub struct Health {
    pub by_number: Vec<Diagnosis>,
    pub chains: usize,
    pub draws: usize,
    pub divergences: usize,
}

impl Health {
    pub fn of(sample: &Sample) -> Health {
        let by_number = (0..DIMENSION)
            .map(|k| {
                let chains: Vec<Vec<f64>> =
                    sample.chains.iter().map(|chain| chain.iter().map(|draw| draw[k]).collect()).collect();
                diagnose(&chains)
            })
            .collect();
        Health {
            by_number,
            chains: sample.chains.len(),
            draws: sample.len(),
            divergences: sample.divergences,
        }
    }

    fn worst(&self, worse: impl Fn(&Diagnosis) -> f64) -> (&'static str, f64) {
        let values = self.by_number.iter().map(worse).enumerate();
        let (k, value) = values.max_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f64::NAN));
        (PARAMETERS[k].name, value)
    }

    pub fn worst_r_hat(&self) -> (&'static str, f64) {
        self.worst(|number| number.r_hat)
    }

    pub fn least_bulk(&self) -> (&'static str, f64) {
        let (name, value) = self.worst(|number| -number.ess_bulk);
        (name, -value)
    }

    pub fn least_tail(&self) -> (&'static str, f64) {
        let (name, value) = self.worst(|number| -number.ess_tail);
        (name, -value)
    }

    /// Share of the trajectories that diverged.
    pub fn divergent(&self) -> f64 {
        self.divergences as f64 / self.draws as f64
    }

    /// What is wrong, each with what to do; empty where the draws can be used.
    pub fn complaints(&self) -> Vec<String> {
        let mut list = Vec::new();
        let (name, r_hat) = self.worst_r_hat();
        if r_hat.is_nan() || r_hat > MOST_R_HAT {
            list.push(format!(
                "the chains disagree: R̂ of {name} is {r_hat:.3}, above {MOST_R_HAT}; run longer with --draws and --tune"
            ));
        }
        let least = LEAST_ESS * self.chains as f64;
        for (what, (name, ess)) in [("the bulk", self.least_bulk()), ("a tail", self.least_tail())] {
            if ess.is_nan() || ess < least {
                list.push(format!(
                    "{ess:.0} effective draws in {what} of {name}, fewer than {least:.0}; run longer with --draws"
                ));
            }
        }
        if self.divergent() > MOST_DIVERGENT {
            list.push(format!(
                "{} of {} trajectories diverged, more than {}%; take shorter steps with --acceptance 0.98 and a longer --tune",
                self.divergences,
                self.draws,
                MOST_DIVERGENT * 100.0
            ));
        }
        list
    }
}

#[cfg(test)]
mod tests {
    use super::super::predict::Draws;
    use super::*;

    /// An autoregression of order one with coefficient a has (1 − a)/(1 + a) effective draws per draw.
    fn chains(a: f64, shift: f64) -> Vec<Vec<f64>> {
        let mut draws = Draws::synthetic(5, 0);
        (0..4)
            .map(|chain| {
                let mut x = draws.normal();
                (0..16_000)
                    .map(|_| {
                        x = a * x + (1.0 - a * a).sqrt() * draws.normal();
                        x + shift * f64::from(chain)
                    })
                    .collect()
            })
            .collect()
    }

    #[test]
    fn effective_draws_of_an_autoregression() {
        for a in [0.0, 0.5, 0.9] {
            let expected = 64_000.0 * (1.0 - a) / (1.0 + a);
            let found = diagnose(&chains(a, 0.0));
            assert!((found.ess_bulk / expected - 1.0).abs() < 0.15, "{a}: {found:?} {expected}");
            assert!(found.r_hat < MOST_R_HAT && found.ess_tail > 0.4 * expected, "{found:?}");
        }
    }

    #[test]
    fn chains_that_disagree_are_noticed() {
        let found = diagnose(&chains(0.0, 0.2));
        assert!(found.r_hat > MOST_R_HAT, "{found:?}");
        // Same place, other spread: only the folded ranks see it.
        let mut wide = chains(0.0, 0.0);
        wide[0].iter_mut().for_each(|x| *x *= 2.0);
        assert!(diagnose(&wide).r_hat > MOST_R_HAT);
        assert!(diagnose(&[vec![1.0; 100], vec![1.0; 100]]).r_hat.is_infinite());
    }

    #[test]
    fn what_is_bad_is_refused_with_what_to_do() {
        let good = Diagnosis { r_hat: 1.001, ess_bulk: 900.0, ess_tail: 800.0 };
        let mut health = Health { by_number: vec![good; DIMENSION], chains: 4, draws: 4000, divergences: 0 };
        assert!(health.complaints().is_empty());
        health.by_number[3].r_hat = 1.2;
        health.by_number[5].ess_tail = 20.0;
        health.divergences = 100;
        let complaints = health.complaints();
        assert_eq!(complaints.len(), 3);
        assert!(complaints[0].contains("ln_decay") && complaints[0].contains("--draws"));
        assert!(complaints[2].contains("--acceptance"));
    }
}
