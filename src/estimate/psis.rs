//! Pareto-smoothed importance sampling (Vehtari, Simpson, Gelman, Yao and Gabry 2024, Journal of Machine Learning Research
//! 25): draws from one distribution weighted for another that is near. The largest weights are replaced by quantiles of a
//! generalised Pareto distribution fitted to them (Zhang and Stephens 2009, Technometrics 51); its shape k̂ says whether
//! the weights can be trusted.
//!
//! The input is ln(target density) − ln(density drawn from), up to a constant: log ratios, as ArviZ up to 0.22 takes them;
//! the R package loo and arviz-stats take log likelihoods, with the opposite sign.
//!
//! What the literature leaves open is settled so:
//!
//! - Ratios that are all equal (to 1e-10): nothing to smooth, equal weights, k̂ = −∞.
//! - A tail of fewer than [`LEAST_TAIL`] draws: not fitted; the weights stay as they are and k̂ = ∞, not to be trusted. So fewer than
//!   125 draws are never trusted.
//! - A tail whose values are all equal: not fitted, k̂ = ∞. One of which some equal the value below it is fitted with these
//!   excesses 0, unless they are a quarter of it: then k̂ = ∞.
//! - Draws are taken for independent: the tail has min(S/5, 3√S) of them (rounded down), whatever their autocorrelation.

/// Below this a fit of the tail says nothing.
pub const LEAST_TAIL: usize = 25;

/// Normalised weights, and k̂.
#[derive(Debug, Clone, PartialEq)]
pub struct Smoothed {
    pub weights: Vec<f64>,
    pub k_hat: f64,
}

/// The k̂ up to which weights of so many draws are reliable: min(1 − 1/log₁₀ S, 0.7).
pub fn most_k_hat(draws: usize) -> f64 {
    (1.0 - 1.0 / libm::log10(draws as f64)).min(0.7)
}

impl Smoothed {
    pub fn reliable(&self) -> bool {
        self.k_hat <= most_k_hat(self.weights.len())
    }
}

pub fn smooth(ln_ratios: &[f64]) -> Smoothed {
    let n = ln_ratios.len();
    let top = ln_ratios.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let low = ln_ratios.iter().copied().fold(f64::INFINITY, f64::min);
    if !top.is_finite() || ln_ratios.iter().any(|ratio| ratio.is_nan()) {
        return Smoothed { weights: vec![1.0 / n as f64; n], k_hat: f64::INFINITY };
    }
    if top - low < 1e-10 {
        return Smoothed { weights: vec![1.0 / n as f64; n], k_hat: f64::NEG_INFINITY };
    }
    let mut weights: Vec<f64> = ln_ratios.iter().map(|ratio| libm::exp(ratio - top)).collect();
    let k_hat = smooth_tail(&mut weights);
    let sum: f64 = weights.iter().sum();
    weights.iter_mut().for_each(|weight| *weight /= sum);
    Smoothed { weights, k_hat }
}

/// Replaces the largest weights, of which the largest is 1.
fn smooth_tail(weights: &mut [f64]) -> f64 {
    let n = weights.len();
    let tail = (0.2 * n as f64).min(3.0 * (n as f64).sqrt()) as usize;
    if tail < LEAST_TAIL {
        return f64::INFINITY;
    }
    let mut order: Vec<usize> = (0..n).collect();
    order.sort_by(|a, b| weights[*a].total_cmp(&weights[*b]));
    let cut = weights[order[n - tail - 1]];
    let places = &order[n - tail..];
    if weights[places[0]] == weights[places[tail - 1]] {
        return f64::INFINITY;
    }
    let excess: Vec<f64> = places.iter().map(|place| weights[*place] - cut).collect();
    let (k, scale) = pareto(&excess);
    if k.is_finite() {
        for (rank, place) in places.iter().enumerate() {
            let p = (rank as f64 + 0.5) / tail as f64;
            weights[*place] = (cut + quantile(p, k, scale)).min(1.0);
        }
    }
    k
}

/// Quantile of the generalised Pareto distribution.
fn quantile(p: f64, k: f64, scale: f64) -> f64 {
    let ln = libm::log1p(-p);
    if k.abs() < 1e-12 { -scale * ln } else { scale * libm::expm1(-k * ln) / k }
}

/// Shape and scale of the generalised Pareto distribution by Zhang and Stephens' posterior mean, the shape drawn towards a
/// half as if by ten more observations (Vehtari and others). Excesses in ascending order.
pub fn pareto(excess: &[f64]) -> (f64, f64) {
    let n = excess.len() as f64;
    let grid = 30 + n.sqrt() as usize;
    let quarter = excess[((n / 4.0 + 0.5) as usize).max(1) - 1];
    let largest = excess[excess.len() - 1];
    if quarter <= 0.0 || largest <= 0.0 {
        return (f64::INFINITY, 0.0);
    }
    let shape = |b: f64| excess.iter().map(|x| libm::log1p(-b * x)).sum::<f64>() / n;
    let candidates: Vec<f64> = (1..=grid)
        .map(|j| 1.0 / largest + (1.0 - (grid as f64 / (j as f64 - 0.5)).sqrt()) / (3.0 * quarter))
        .collect();
    let profile: Vec<f64> = candidates
        .iter()
        .map(|b| {
            let k = shape(*b);
            n * (libm::log(-b / k) - k - 1.0)
        })
        .collect();
    let weight = |own: f64| 1.0 / profile.iter().map(|other| libm::exp(other - own)).sum::<f64>();
    let b: f64 = candidates.iter().zip(&profile).map(|(b, own)| b * weight(*own)).sum();
    let k = shape(b);
    let scale = -k / b;
    ((n * k + 5.0) / (n + 10.0), scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ln of quantiles of a Pareto distribution of shape k, in a fixed disorder.
    fn ratios(n: usize, k: f64) -> Vec<f64> {
        (0..n).map(|i| -k * libm::log1p(-(((i * 619) % n) as f64 + 0.5) / n as f64)).collect()
    }

    /// arviz-stats 0.8.0, `psislw` of the negative of the same ratios: k̂, largest and second largest weight, 1/Σw².
    #[test]
    fn the_values_of_another_program() {
        for (n, k, expected) in [
            (
                1000,
                0.5,
                [0.496_630_175_163_628, 0.022_404_067_021_514, 0.012_974_015_809_138, 444.467_901_803_79],
            ),
            (
                1000,
                0.9,
                [0.843_218_631_735_76, 0.135_598_369_717_389, 0.053_611_526_982_822, 38.283_110_751_725],
            ),
            (
                400,
                0.2,
                [0.255_103_348_164_799, 0.007_609_830_274_655, 0.006_450_348_541_13, 375.685_988_920_275],
            ),
        ] {
            let found = smooth(&ratios(n, k));
            let mut weights = found.weights.clone();
            weights.sort_by(f64::total_cmp);
            let size = 1.0 / weights.iter().map(|w| w * w).sum::<f64>();
            let values = [found.k_hat, weights[n - 1], weights[n - 2], size];
            for (found, expected) in values.into_iter().zip(expected) {
                assert!((found / expected - 1.0).abs() < 1e-9, "{n} {k}: {found} {expected}");
            }
            assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-12);
        }
        assert!(smooth(&ratios(1000, 0.5)).reliable() && !smooth(&ratios(1000, 0.9)).reliable());
        assert!((most_k_hat(1000) - 2.0 / 3.0).abs() < 1e-12 && most_k_hat(1_000_000) == 0.7);
    }

    #[test]
    fn what_is_left_open_elsewhere_is_settled() {
        let equal = smooth(&[-3.0; 500]);
        assert!(equal.reliable() && equal.weights.iter().all(|w| *w == 1.0 / 500.0));
        // 124 draws have 24 in the tail, 125 have 25.
        assert!(!smooth(&ratios(124, 0.2)).reliable() && smooth(&ratios(125, 0.2)).reliable());
        // Sixty of 400 draws make the tail: here they are all equal, there ten of them equal the value below.
        let mut tied = vec![0.0; 400];
        tied[..80].fill(1.0);
        assert_eq!(smooth(&tied).k_hat, f64::INFINITY);
        let mut half: Vec<f64> = vec![0.0; 400];
        half.iter_mut().take(50).enumerate().for_each(|(k, ratio)| *ratio = 0.01 * (k + 1) as f64);
        assert!(smooth(&half).k_hat.is_finite(), "{:?}", smooth(&half).k_hat);
        assert_eq!(smooth(&[f64::NAN, 0.0]).k_hat, f64::INFINITY);
        assert!(!smooth(&vec![f64::NEG_INFINITY; 500]).reliable());
    }

    /// Draws from N(0, 1) weighted for N(½, 1) have its mean, within five standard errors; unweighted they do not.
    #[test]
    fn weights_move_a_sample() {
        use crate::state::laws::STANDARD_ERRORS;
        let n = 4000;
        let z: Vec<f64> = (0..n)
            .map(|i| crate::state::maths::normal_quantile1((((i * 619) % n) as f64 + 0.5) / n as f64))
            .collect();
        let found = smooth(&z.iter().map(|z| 0.5 * z).collect::<Vec<f64>>());
        let mean: f64 = found.weights.iter().zip(&z).map(|(w, z)| w * z).sum();
        let se =
            found.weights.iter().zip(&z).map(|(w, z)| w * w * (z - mean) * (z - mean)).sum::<f64>().sqrt();
        assert!(found.reliable() && (mean - 0.5).abs() < STANDARD_ERRORS * se, "{mean} ± {se}");
        assert!((z.iter().sum::<f64>() / n as f64 - 0.5).abs() > STANDARD_ERRORS * se);
    }
}
