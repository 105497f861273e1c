//! An uncertain number's distribution as its inverse cumulative function (§2, epistemic uncertainty): what turns a
//! uniform, however it was sampled, into a value. Truncation maps the uniform into the probabilities of the bounds, so that
//! a truncated number uses up exactly one dimension and stays stratified.
//!
//! Same bits on every machine: own exp and ln, otherwise the crate `libm` in pure Rust. The incomplete beta function is
//! [`crate::state::beta`].

use crate::input::{Distribution, Family};
use crate::state::beta::{Beta, student_cdf, student_quantile};
use crate::state::maths::{exp1, ln1, normal_cdf1, normal_quantile1};

/// A distribution made ready for sampling.
#[derive(Debug, Clone)]
pub struct Marginal {
    shape: Shape,
    /// Truncation bounds in the number's unit; infinite where there is none.
    min: f64,
    max: f64,
    /// Probability below `min` and below `max`; where `from_above`, probability above them. Both bounds in the upper tail
    /// would leave 1 − 1e-17 and 1 to choose from, the upper tail's own probabilities keep all their digits.
    at_min: f64,
    at_max: f64,
    from_above: bool,
}

#[derive(Debug, Clone)]
enum Shape {
    Uniform {
        low: f64,
        high: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    Normal {
        mean: f64,
        sd: f64,
    },
    Lognormal {
        median: f64,
        sigma: f64,
    },
    Beta {
        beta: Beta,
        low: f64,
        high: f64,
    },
    StudentT {
        mean: f64,
        scale: f64,
        df: f64,
        tail: Beta,
    },
    /// Values in rising order with their cumulative probabilities, the last of which is 1. Truncation has been applied.
    Steps {
        values: Vec<f64>,
        cumulative: Vec<f64>,
    },
}

impl Marginal {
    pub fn of(distribution: &Distribution) -> Marginal {
        let (min, max) = (distribution.min, distribution.max);
        let shape = match &distribution.family {
            Family::Uniform { low, high } => Shape::Uniform { low: *low, high: *high },
            Family::Triangular { low, mode, high } => {
                Shape::Triangular { low: *low, mode: *mode, high: *high }
            }
            Family::Pert { low, mode, high } => {
                // The mode weighs four times as much as an end (Malcolm et al. 1959).
                let alpha = 1.0 + 4.0 * (mode - low) / (high - low);
                let beta = 1.0 + 4.0 * (high - mode) / (high - low);
                Shape::Beta { beta: Beta::tabulated(alpha, beta), low: *low, high: *high }
            }
            Family::Normal { mean, sd } => Shape::Normal { mean: *mean, sd: *sd },
            Family::Lognormal { median, sigma } => Shape::Lognormal { median: *median, sigma: *sigma },
            Family::Beta { alpha, beta, low, high } => {
                Shape::Beta { beta: Beta::tabulated(*alpha, *beta), low: *low, high: *high }
            }
            Family::StudentT { mean, scale, df } => {
                Shape::StudentT { mean: *mean, scale: *scale, df: *df, tail: Beta::tabulated(0.5 * df, 0.5) }
            }
            Family::Discrete { values, weights } => {
                steps(values.iter().copied().zip(weights.iter().copied()).collect(), min, max)
            }
            Family::Empirical { values, .. } => {
                steps(values.iter().map(|value| (*value, 1.0)).collect(), min, max)
            }
        };
        let from_above = shape.is_in_upper_tail(min);
        let (at_min, at_max) = if from_above {
            (shape.probability_above(min), shape.probability_above(max))
        } else {
            (shape.probability_below(min), shape.probability_below(max))
        };
        Marginal { shape, min, max, at_min, at_max, from_above }
    }

    /// The value below which a fraction `u` of the truncated distribution lies; rises with `u` in (0, 1).
    pub fn quantile(&self, u: f64) -> f64 {
        let value = if let Shape::Steps { values, cumulative } = &self.shape {
            values[cumulative.partition_point(|probability| *probability <= u).min(values.len() - 1)]
        } else if self.from_above {
            self.shape.value_above(self.at_min - u * (self.at_min - self.at_max))
        } else {
            self.shape.value_below(self.at_min + u * (self.at_max - self.at_min))
        };
        // Rounding may reach past a bound by a last digit.
        value.clamp(self.min, self.max)
    }

    /// [`Marginal::quantile`] of every value of a row, in place. The commonest shapes are told apart once a row.
    #[inline(always)]
    pub fn quantiles(&self, row: &mut [f64]) {
        let Marginal { at_min, at_max, min, max, .. } = *self;
        match &self.shape {
            Shape::Uniform { low, high } if !self.from_above => {
                for value in row {
                    let probability = at_min + *value * (at_max - at_min);
                    *value = (low + (high - low) * probability).clamp(min, max);
                }
            }
            Shape::Beta { beta, low, high } if !self.from_above => {
                for value in row {
                    let probability = at_min + *value * (at_max - at_min);
                    *value = (low + (high - low) * beta.looked_up(probability)).clamp(min, max);
                }
            }
            _ => {
                for value in row {
                    *value = self.quantile(*value);
                }
            }
        }
    }

    /// The smallest and the largest value that can occur.
    pub fn support(&self) -> (f64, f64) {
        let (low, high) = match &self.shape {
            Shape::Uniform { low, high }
            | Shape::Triangular { low, high, .. }
            | Shape::Beta { low, high, .. } => (*low, *high),
            Shape::Normal { .. } | Shape::StudentT { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Shape::Lognormal { .. } => (0.0, f64::INFINITY),
            Shape::Steps { values, .. } => return (values[0], values[values.len() - 1]),
        };
        (low.max(self.min), high.min(self.max))
    }

    /// The mean of the truncated distribution; NaN where there is none (Student's t with df ≤ 1, not truncated).
    pub fn mean(&self) -> f64 {
        let (from, to) = self.support();
        if let Shape::Steps { values, cumulative } = &self.shape {
            let mut before = 0.0;
            return values.iter().zip(cumulative).fold(0.0, |sum, (value, probability)| {
                let weight = probability - std::mem::replace(&mut before, *probability);
                sum + value * weight
            });
        }
        let mass = (self.at_max - self.at_min).abs();
        match &self.shape {
            Shape::Uniform { .. } => 0.5 * (from + to),
            Shape::Triangular { low, mode, high } => {
                // Of the density's two straight pieces, ∫ x f(x) dx from the piece's outer end.
                let part = |outer: f64, x: f64| {
                    let distance = x - outer;
                    let slope = 2.0 / ((high - low) * (mode - outer).abs());
                    slope * distance.abs() * distance * (outer / 2.0 + distance / 3.0)
                };
                let rising = if from < *mode { part(*low, to.min(*mode)) - part(*low, from) } else { 0.0 };
                let falling = if to > *mode { part(*high, to) - part(*high, from.max(*mode)) } else { 0.0 };
                (rising + falling) / mass
            }
            Shape::Normal { mean, sd } => {
                let density = |x: f64| normal_density((x - mean) / sd);
                mean + sd * (density(from) - density(to)) / mass
            }
            Shape::Lognormal { median, sigma } => {
                let z = |x: f64| ln1(x / median) / sigma - sigma;
                median * exp1(0.5 * sigma * sigma) * normal_mass(z(from), z(to)) / mass
            }
            Shape::Beta { beta, low, high } => {
                let above = Beta::new(beta.alpha + 1.0, beta.beta);
                let x = |value: f64| (value - low) / (high - low);
                let inside = above.cdf(x(to), 1.0 - x(to)) - above.cdf(x(from), 1.0 - x(from));
                low + (high - low) * beta.alpha / (beta.alpha + beta.beta) * inside / mass
            }
            Shape::StudentT { mean, scale, df, tail } => {
                // −∫ t f(t) dt up to a constant; f(t) = (1 + t²/ν)^(−(ν+1)/2) / (√ν B(½, ν/2)).
                let part = |value: f64| {
                    let t = (value - mean) / scale;
                    if t.is_infinite() {
                        return if *df > 1.0 { 0.0 } else { f64::NAN };
                    }
                    let spread = ln1(1.0 + t * t / df);
                    let unit = exp1(-tail.ln_beta) * df.sqrt();
                    if *df == 1.0 {
                        -0.5 * unit * spread
                    } else {
                        unit / (df - 1.0) * exp1(-0.5 * (df - 1.0) * spread)
                    }
                };
                mean + scale * (part(from) - part(to)) / mass
            }
            Shape::Steps { .. } => unreachable!("answered above"),
        }
    }

    /// The probability of at most `x`, truncated: what a sampled value must be uniform in.
    #[cfg(test)]
    pub fn cdf(&self, x: f64) -> f64 {
        let at = |bound: f64| {
            if self.from_above {
                -self.shape.probability_above(bound)
            } else {
                self.shape.probability_below(bound)
            }
        };
        (at(x) - at(self.min)) / (at(self.max) - at(self.min))
    }

    /// The 5th, 50th and 95th percentile, for display.
    pub fn percentiles(&self) -> [f64; 3] {
        [0.05, 0.5, 0.95].map(|u| self.quantile(u))
    }
}

/// Values with weights as a step function, without what lies outside the bounds. Bounds that leave nothing are refused
/// when a scenario is read; here they count as absent.
fn steps(mut weighted: Vec<(f64, f64)>, min: f64, max: f64) -> Shape {
    if weighted.iter().any(|(value, _)| (min..=max).contains(value)) {
        weighted.retain(|(value, _)| (min..=max).contains(value));
    }
    weighted.sort_by(|a, b| a.0.total_cmp(&b.0));
    let total: f64 = weighted.iter().map(|(_, weight)| weight).sum();
    let mut sum = 0.0;
    let mut cumulative: Vec<f64> = Vec::with_capacity(weighted.len());
    for (_, weight) in &weighted {
        sum += weight;
        cumulative.push(sum / total);
    }
    if let Some(last) = cumulative.last_mut() {
        *last = 1.0;
    }
    Shape::Steps { values: weighted.into_iter().map(|(value, _)| value).collect(), cumulative }
}

impl Shape {
    /// Whether the upper tail's probabilities are the ones to compute with.
    fn is_in_upper_tail(&self, min: f64) -> bool {
        match self {
            Shape::Normal { mean, .. } | Shape::StudentT { mean, .. } => min > *mean,
            Shape::Lognormal { median, .. } => min > *median,
            _ => false,
        }
    }

    fn probability_below(&self, x: f64) -> f64 {
        match self {
            Shape::Uniform { low, high } => ((x - low) / (high - low)).clamp(0.0, 1.0),
            Shape::Triangular { low, mode, high } => {
                let x = x.clamp(*low, *high);
                if x < *mode {
                    (x - low) * (x - low) / ((high - low) * (mode - low))
                } else {
                    // At a mode that is the upper end the second piece has no width.
                    1.0 - if x < *high {
                        (high - x) * (high - x) / ((high - low) * (high - mode))
                    } else {
                        0.0
                    }
                }
            }
            Shape::Normal { mean, sd } => normal_cdf1((x - mean) / sd),
            Shape::Lognormal { median, sigma } => normal_cdf1(ln1(x.max(0.0) / median) / sigma),
            Shape::Beta { beta, low, high } => {
                let x = ((x - low) / (high - low)).clamp(0.0, 1.0);
                beta.cdf(x, 1.0 - x)
            }
            Shape::StudentT { mean, scale, df, tail } => student_cdf((x - mean) / scale, *df, tail),
            Shape::Steps { .. } => f64::NAN, // truncated already; never asked
        }
    }

    /// Of the families with two infinite or one infinite tail; the others are never asked.
    fn probability_above(&self, x: f64) -> f64 {
        match self {
            Shape::Normal { mean, sd } => normal_cdf1((mean - x) / sd),
            Shape::Lognormal { median, sigma } => normal_cdf1(-ln1(x.max(0.0) / median) / sigma),
            Shape::StudentT { mean, scale, df, tail } => student_cdf((mean - x) / scale, *df, tail),
            _ => 1.0 - self.probability_below(x),
        }
    }

    fn value_below(&self, probability: f64) -> f64 {
        match self {
            Shape::Uniform { low, high } => low + (high - low) * probability,
            Shape::Triangular { low, mode, high } => {
                let rising = (mode - low) / (high - low);
                if probability < rising {
                    low + (probability * (high - low) * (mode - low)).sqrt()
                } else {
                    high - ((1.0 - probability) * (high - low) * (high - mode)).sqrt()
                }
            }
            Shape::Normal { mean, sd } => mean + sd * normal_quantile1(probability),
            Shape::Lognormal { median, sigma } => median * exp1(sigma * normal_quantile1(probability)),
            Shape::Beta { beta, low, high } => low + (high - low) * beta.quantile(probability).0,
            Shape::StudentT { mean, scale, df, tail } => {
                mean + scale * student_quantile(probability, *df, tail)
            }
            Shape::Steps { .. } => f64::NAN, // answered by the table of steps
        }
    }

    fn value_above(&self, probability: f64) -> f64 {
        match self {
            Shape::Normal { mean, sd } => mean - sd * normal_quantile1(probability),
            Shape::Lognormal { median, sigma } => median * exp1(-sigma * normal_quantile1(probability)),
            Shape::StudentT { mean, scale, df, tail } => {
                mean - scale * student_quantile(probability, *df, tail)
            }
            _ => self.value_below(1.0 - probability),
        }
    }
}

fn normal_density(z: f64) -> f64 {
    const ONE_BY_SQRT_TWO_PI: f64 = 0.398_942_280_401_432_7;
    ONE_BY_SQRT_TWO_PI * exp1(-0.5 * z * z)
}

/// The probability that a standard normal lies between the two, from the tail that keeps its digits.
fn normal_mass(from: f64, to: f64) -> f64 {
    if from > 0.0 { normal_cdf1(-from) - normal_cdf1(-to) } else { normal_cdf1(to) - normal_cdf1(from) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::draw::{AddressedRng, Purpose};
    use crate::state::laws::{STANDARD_ERRORS, fingerprint, kolmogorov_smirnov};
    use rand::RngExt;
    use std::sync::Arc;

    const NONE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

    fn marginal(family: Family, (min, max): (f64, f64)) -> Marginal {
        Marginal::of(&Distribution { family, min, max })
    }

    fn pert(low: f64, mode: f64, high: f64) -> Family {
        Family::Pert { low, mode, high }
    }

    fn triangular(low: f64, mode: f64, high: f64) -> Family {
        Family::Triangular { low, mode, high }
    }

    fn beta(alpha: f64, beta: f64) -> Family {
        Family::Beta { alpha, beta, low: 0.0, high: 1.0 }
    }

    fn student(df: f64) -> Family {
        Family::StudentT { mean: 0.0, scale: 1.0, df }
    }

    type Case = (Family, (f64, f64), [f64; 5], Option<f64>);

    /// Family, bounds, quantiles at 0.001, 0.05, 0.5, 0.95, 0.999 and the mean, of scipy 1.17 (`ppf`, `isf`, `expect`); means that it
    /// integrates to fewer digits are from mpmath or by hand.
    fn by_scipy() -> Vec<Case> {
        let standard_normal = Family::Normal { mean: 0.0, sd: 1.0 };
        let normal = Family::Normal { mean: 0.7, sd: 0.08 };
        let uniform = Family::Uniform { low: 2.0, high: 6.0 };
        let lognormal = Family::Lognormal { median: 4.0, sigma: 0.5 };
        let third = 1.0 / 3.0;
        vec![
            (uniform.clone(), NONE, [2.004, 2.2, 4.0, 5.8, 5.996], Some(4.0)),
            (uniform, (3.0, 7.0), [3.003, 3.15, 4.5, 5.85, 5.997], Some(4.5)),
            (
                triangular(1.0, 2.0, 5.0),
                NONE,
                [1.063245553203, 1.4472135955, 2.550510257217, 4.225403330759, 4.890455488499],
                Some(8.0 * third),
            ),
            (
                triangular(1.0, 2.0, 5.0),
                (1.5, 4.0),
                [1.50340507215, 1.648716681868, 2.525126265847, 3.770162612375, 3.994888065935],
                Some(320.0 / 123.0),
            ),
            (
                triangular(1.0, 1.0, 5.0),
                NONE,
                [1.00200050025, 1.101282262076, 2.171572875254, 4.105572809, 4.873508893593],
                Some(7.0 * third),
            ),
            (
                triangular(1.0, 5.0, 5.0),
                NONE,
                [1.126491106407, 1.894427191, 3.828427124746, 4.898717737924, 4.99799949975],
                Some(11.0 * third),
            ),
            (
                pert(1.0, 2.0, 5.0),
                NONE,
                [1.040407151535, 1.305761565649, 2.255240681823, 3.629633272005, 4.511944681554],
                Some(7.0 * third),
            ),
            (
                pert(1.0, 2.0, 5.0),
                (1.5, 3.0),
                [1.501650631885, 1.579258925912, 2.18997053847, 2.894838112861, 2.997788772886],
                Some(2.208708311276),
            ),
            (
                pert(0.0, 0.0, 1.0),
                NONE,
                [0.0002000800480336, 0.01020621831301, 0.1294494367039, 0.4507197283469, 0.748811356849],
                Some(0.5 * third),
            ),
            (
                normal.clone(),
                NONE,
                [0.4527814155066, 0.5684117098439, 0.7, 0.8315882901561, 0.9472185844934],
                Some(0.7),
            ),
            (
                normal,
                (0.6, 0.75),
                [0.6002746331597, 0.6125130151532, 0.6838141624812, 0.7425505827518, 0.7498469069898],
                Some(0.6814742128207),
            ),
            (
                standard_normal,
                (9.0, f64::INFINITY),
                [9.000109841558, 9.0056296317, 9.075787065492, 9.323222991202, 9.729491851968],
                None,
            ),
            (
                lognormal.clone(),
                NONE,
                [0.8531483833205, 1.75745641971, 4.0, 9.104066434057, 18.75406472404],
                Some(4.532593812267),
            ),
            (
                lognormal.clone(),
                (2.0, 9.0),
                [2.005652157043, 2.256244834129, 4.076981193404, 7.687941324698, 8.963967740492],
                Some(4.39975690111),
            ),
            (
                lognormal,
                (20.0, f64::INFINITY),
                [20.00286911687, 20.14733882462, 22.03413173362, 29.50122065356, 45.02303806854],
                Some(23.07049569062964),
            ),
            (
                beta(2.0, 5.0),
                NONE,
                [0.008255492787747, 0.06284989170835, 0.2644499832957, 0.581803409252, 0.8186138669191],
                Some(2.0 / 7.0),
            ),
            (
                beta(0.5, 0.5),
                NONE,
                [2.467399070917e-06, 0.006155829702431, 0.5, 0.9938441702976, 0.9999975326009],
                Some(0.5),
            ),
            (
                beta(0.1, 3.0),
                NONE,
                [
                    2.366901351945e-31,
                    2.311427101509e-14,
                    0.0002312399075001,
                    0.2018736736864,
                    0.7240883749122,
                ],
                Some(0.1 / 3.1),
            ),
            (
                beta(30.0, 2.0),
                NONE,
                [0.7386724011817, 0.8559096086817, 0.946447947883, 0.9884146841386, 0.9985123138631],
                Some(0.9375),
            ),
            (
                beta(200.0, 300.0),
                NONE,
                [0.3337192265117, 0.3642228932817, 0.3998665627141, 0.4362324005122, 0.4685523571145],
                Some(0.4),
            ),
            (beta(1.0, 1.0), NONE, [0.001, 0.05, 0.5, 0.95, 0.999], Some(0.5)),
            (
                beta(0.02, 0.05),
                NONE,
                [1.872457810372e-143, 1.663076618971e-58, 1.663076593211e-08, 1.0, 1.0],
                Some(2.0 / 7.0),
            ),
            (
                beta(5000.0, 7000.0),
                NONE,
                [0.4028010744706, 0.4092721471123, 0.4166620368853, 0.4240769789927, 0.430611409285],
                Some(5.0 / 12.0),
            ),
            (
                Family::Beta { alpha: 2.0, beta: 5.0, low: 10.0, high: 20.0 },
                (11.0, 15.0),
                [11.00394001284, 11.1881806612, 12.65503753701, 14.62860472641, 14.99173931336],
                Some(12.75183824882),
            ),
            (
                student(1.0),
                NONE,
                [-318.3088389856, -6.313751514675, 0.0, 6.313751514675, 318.3088389856],
                None,
            ),
            (
                student(3.0),
                NONE,
                [-10.21453185241, -2.353363434802, 0.0, 2.353363434802, 10.21453185241],
                Some(0.0),
            ),
            (
                student(4.5),
                NONE,
                [-6.421242884296, -2.065575888879, 0.0, 2.065575888879, 6.421242884296],
                Some(0.0),
            ),
            (
                student(1000.0),
                NONE,
                [-3.098402163913, -1.646378817285, 0.0, 1.646378817285, 3.098402163913],
                Some(0.0),
            ),
            (
                student(0.5),
                NONE,
                [-102849.1156302, -41.13600009288, 0.0, 41.13600009288, 102849.1156302],
                None,
            ),
            (
                Family::StudentT { mean: 0.5, scale: 0.2, df: 3.0 },
                (0.0, 1.0),
                [0.004660135772829, 0.1505663369324, 0.5, 0.8494336630676, 0.9953398642272],
                Some(0.5),
            ),
            (
                student(1.0),
                (-1.0, 2.0),
                [-0.9962220516714, -0.8266328162869, 0.1622776601684, 1.601155329361, 1.990572936658],
                Some(0.2420787408176),
            ),
            (
                student(4.0),
                (6.0, f64::INFINITY),
                [6.001638027045, 6.084461058958, 7.230261198925, 13.13305340041, 35.21080776853],
                Some(8.144874400217),
            ),
        ]
    }

    #[test]
    fn quantiles_and_means_are_scipys() {
        for (family, bounds, expected, mean) in by_scipy() {
            let marginal = marginal(family.clone(), bounds);
            for (u, expected) in [0.001, 0.05, 0.5, 0.95, 0.999].into_iter().zip(expected) {
                let found: f64 = marginal.quantile(u);
                let tolerance = 2e-12 * f64::abs(expected) + 1e-15;
                assert!(
                    (found - expected).abs() <= tolerance,
                    "{family:?} {bounds:?} at {u}: {found}, not {expected}"
                );
            }
            if let Some(mean) = mean {
                let found = marginal.mean();
                assert!(
                    (found - mean).abs() <= 2e-12 * mean.abs() + 1e-15,
                    "{family:?} {bounds:?}: mean {found}, not {mean}"
                );
            }
        }
        assert!(
            marginal(student(1.0), NONE).mean().is_nan()
                && marginal(student(0.5), (0.0, f64::INFINITY)).mean().is_nan()
        );
    }

    /// Far out, where approximations break first: scipy again.
    #[test]
    fn extreme_quantiles_are_scipys() {
        let expected = [
            (beta(2.0, 5.0), 1e-12, 2.5819897863610075e-07),
            (beta(0.5, 0.5), 1e-12, 2.4674011002723395e-24),
            (beta(30.0, 2.0), 1e-12, 0.3601568340070123),
            (beta(200.0, 300.0), 1e-12, 0.2557737154297502),
            (beta(0.02, 0.05), 0.3, 1.3442336941039972e-19),
            (student(1.0), 1e-9, -318309886.1837907),
            (student(1.0), 1e-15, -318309886183790.7),
            (student(3.0), 1e-9, -1033.1096745038078),
            (student(3.0), 1e-15, -103311.08359284987),
        ];
        for (family, u, expected) in expected {
            let found = marginal(family.clone(), NONE).quantile(u);
            assert!((found / expected - 1.0).abs() < 1e-11, "{family:?} at {u}: {found}, not {expected}");
        }
    }

    #[test]
    fn discrete_values_come_in_order_with_their_weights() {
        let family = Family::Discrete { values: vec![3.0, 1.0, 2.0], weights: vec![0.5, 0.2, 0.3] };
        let all = marginal(family.clone(), NONE);
        assert_eq!(
            [0.1, 0.19, 0.21, 0.49, 0.51, 0.99].map(|u| all.quantile(u)),
            [1.0, 1.0, 2.0, 2.0, 3.0, 3.0]
        );
        assert!((all.mean() - 2.3).abs() < 1e-15);
        assert_eq!(all.support(), (1.0, 3.0));
        let cut = marginal(family, (1.5, 10.0));
        assert_eq!([0.1, 0.37, 0.38].map(|u| cut.quantile(u)), [2.0, 2.0, 3.0]);
        assert!((cut.mean() - (0.6 + 1.5) / 0.8).abs() < 1e-15);
        let rows = Family::Empirical { table: 0, values: Arc::new(vec![5.0, -1.0, 2.0, 2.0]) };
        let rows = marginal(rows, (-0.5, f64::INFINITY));
        assert_eq!(rows.percentiles(), [2.0, 2.0, 5.0]);
        assert_eq!((rows.mean(), rows.support()), (3.0, (2.0, 5.0)));
    }

    /// rand_distr samples by other means (ziggurat, Cheng, χ²): a second opinion on every family it has.
    #[test]
    fn rand_distr_samples_have_this_distribution() {
        let n = 200_000;
        let rng = || AddressedRng::new(3, 0, Purpose::synthetic(1));
        let opinions: Vec<(Family, Vec<f64>)> = vec![
            (
                Family::Uniform { low: 2.0, high: 6.0 },
                rng().sample_iter(rand_distr::Uniform::new(2.0, 6.0).unwrap()).take(n).collect(),
            ),
            (
                triangular(1.0, 2.0, 5.0),
                rng().sample_iter(rand_distr::Triangular::new(1.0, 5.0, 2.0).unwrap()).take(n).collect(),
            ),
            (
                pert(1.0, 2.0, 5.0),
                rng().sample_iter(rand_distr::Pert::new(1.0, 5.0).with_mode(2.0).unwrap()).take(n).collect(),
            ),
            (
                Family::Normal { mean: 0.7, sd: 0.08 },
                rng().sample_iter(rand_distr::Normal::new(0.7, 0.08).unwrap()).take(n).collect(),
            ),
            (
                Family::Lognormal { median: 4.0, sigma: 0.5 },
                rng().sample_iter(rand_distr::LogNormal::new(4.0_f64.ln(), 0.5).unwrap()).take(n).collect(),
            ),
            (beta(2.0, 5.0), rng().sample_iter(rand_distr::Beta::new(2.0, 5.0).unwrap()).take(n).collect()),
            (beta(0.5, 0.7), rng().sample_iter(rand_distr::Beta::new(0.5, 0.7).unwrap()).take(n).collect()),
            (student(3.0), rng().sample_iter(rand_distr::StudentT::new(3.0).unwrap()).take(n).collect()),
        ];
        for (family, sample) in opinions {
            let marginal = marginal(family.clone(), NONE);
            let below = |x: f64| marginal.cdf(x);
            let found = kolmogorov_smirnov(&sample, below);
            assert!(found < STANDARD_ERRORS, "{family:?}: {found} standard errors");
            // Shown able to fail: a hundredth of the sample moved to the median.
            let median = marginal.quantile(0.5);
            let spoilt: Vec<f64> =
                sample.iter().enumerate().map(|(i, x)| if i % 50 == 0 { median } else { *x }).collect();
            assert!(kolmogorov_smirnov(&spoilt, below) > STANDARD_ERRORS, "{family:?}");
        }
    }

    /// The mean is also the average of the quantiles, and quantiles rise and stay inside the support.
    #[test]
    fn quantiles_rise_and_average_to_the_mean() {
        for (family, bounds, _, mean) in by_scipy() {
            let marginal = marginal(family.clone(), bounds);
            let (low, high) = marginal.support();
            let n = 20_000;
            let quantiles: Vec<f64> =
                (0..n).map(|i| marginal.quantile((i as f64 + 0.5) / n as f64)).collect();
            // A row at once gives the same bits.
            let mut row: Vec<f64> = (0..n).map(|i| (i as f64 + 0.5) / n as f64).collect();
            marginal.quantiles(&mut row);
            assert!(
                row.iter().zip(&quantiles).all(|(a, b)| a.to_bits() == b.to_bits()),
                "{family:?} {bounds:?}"
            );
            assert!(quantiles.is_sorted(), "{family:?} {bounds:?}");
            assert!(quantiles.iter().all(|x| (low..=high).contains(x)), "{family:?} {bounds:?}");
            // Where a value keeps the digits of its probability, the distribution undoes the quantile.
            for i in [n / 10, n / 2] {
                let u = (i as f64 + 0.5) / n as f64;
                assert!((marginal.cdf(quantiles[i]) - u).abs() < 1e-11, "{family:?} {bounds:?} at {u}");
            }
            if mean.is_some() && low.is_finite() && high.is_finite() {
                let average = quantiles.iter().sum::<f64>() / n as f64;
                assert!((average - marginal.mean()).abs() < 1e-3 * (high - low), "{family:?} {bounds:?}");
            }
        }
    }

    /// Taken on x86-64: any machine or compiler must give the same.
    #[test]
    fn bits_are_those_of_every_machine() {
        let values = by_scipy().into_iter().flat_map(|(family, bounds, ..)| {
            let marginal = marginal(family, bounds);
            (1..200).map(move |i| marginal.quantile(f64::from(i) / 200.0))
        });
        assert_eq!(format!("{:016x}", fingerprint(values)), "0787de88dde9d7fa");
    }
}
