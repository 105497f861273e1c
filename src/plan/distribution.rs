//! An uncertain number's distribution as its inverse cumulative function (§2, epistemic uncertainty): what turns a
//! uniform, however it was sampled, into a value. Truncation maps the uniform into the probabilities of the bounds, so that
//! a truncated number uses up exactly one dimension and stays stratified.
//!
//! Same bits on every machine: own exp and ln, otherwise the crate `libm` in pure Rust. The incomplete beta function is
//! our own because statrs takes exp and ln from num-traits, which turns to the platform's as soon as any crate of the build
//! enables its `std` feature.

use crate::input::{Distribution, Family};
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
                Shape::Beta { beta: Beta::new(alpha, beta), low: *low, high: *high }
            }
            Family::Normal { mean, sd } => Shape::Normal { mean: *mean, sd: *sd },
            Family::Lognormal { median, sigma } => Shape::Lognormal { median: *median, sigma: *sigma },
            Family::Beta { alpha, beta, low, high } => {
                Shape::Beta { beta: Beta::new(*alpha, *beta), low: *low, high: *high }
            }
            Family::StudentT { mean, scale, df } => {
                Shape::StudentT { mean: *mean, scale: *scale, df: *df, tail: Beta::new(0.5 * df, 0.5) }
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

/// P(T ≤ t) for Student's t; `tail` is Beta(df/2, ½), the law of df/(df + T²).
fn student_cdf(t: f64, df: f64, tail: &Beta) -> f64 {
    let square = t * t;
    // 1/(1 + ∞) is 0: infinite t needs no case of its own.
    let both_tails = tail.cdf(1.0 / (1.0 + square / df), 1.0 / (1.0 + df / square));
    if t < 0.0 { 0.5 * both_tails } else { 1.0 - 0.5 * both_tails }
}

fn student_quantile(probability: f64, df: f64, tail: &Beta) -> f64 {
    let one_tail = probability.min(1.0 - probability);
    if one_tail <= 0.0 {
        return if probability < 0.5 { f64::NEG_INFINITY } else { f64::INFINITY };
    }
    let (x, rest) = tail.quantile(2.0 * one_tail);
    let size = (df * (rest / x)).sqrt();
    if probability < 0.5 { -size } else { size }
}

/// A beta variable on (0, 1).
#[derive(Debug, Clone)]
struct Beta {
    alpha: f64,
    beta: f64,
    /// ln B(α, β)
    ln_beta: f64,
    /// P(X ≤ ½): which end a quantile is nearer to.
    at_half: f64,
}

impl Beta {
    fn new(alpha: f64, beta: f64) -> Beta {
        let ln_beta = libm::lgamma(alpha) + libm::lgamma(beta) - libm::lgamma(alpha + beta);
        let mut new = Beta { alpha, beta, ln_beta, at_half: 0.5 };
        new.at_half = new.cdf(0.5, 0.5);
        new
    }

    /// The regularised incomplete beta function at x; `rest` is 1 − x, given beside it because near 1 it has the digits.
    fn cdf(&self, x: f64, rest: f64) -> f64 {
        if x <= 0.0 {
            0.0
        } else if rest <= 0.0 {
            1.0
        } else if x < (self.alpha + 1.0) / (self.alpha + self.beta + 2.0) {
            lower_part(self.alpha, self.beta, self.ln_beta, x, rest)
        } else {
            1.0 - lower_part(self.beta, self.alpha, self.ln_beta, rest, x)
        }
    }

    /// The x with P(X ≤ x) = probability, and 1 − x.
    fn quantile(&self, probability: f64) -> (f64, f64) {
        if probability <= 0.0 {
            (0.0, 1.0)
        } else if probability >= 1.0 {
            (1.0, 0.0)
        } else if probability <= self.at_half {
            let x = self.small_quantile(probability);
            (x, 1.0 - x)
        } else {
            // From the other end, so that what is solved for is the smaller of x and 1 − x and keeps its digits.
            let mirrored = Beta {
                alpha: self.beta,
                beta: self.alpha,
                ln_beta: self.ln_beta,
                at_half: 1.0 - self.at_half,
            };
            let rest = mirrored.small_quantile(1.0 - probability);
            (1.0 - rest, rest)
        }
    }

    /// The quantile where it is at most ½: Halley's steps from an approximation, inside a bracket that only shrinks.
    fn small_quantile(&self, probability: f64) -> f64 {
        const SMALLEST: f64 = 1e-300;
        let Beta { alpha, beta, .. } = *self;
        let (mut low, mut high) = (0.0, 0.5);
        let mut x = self.first_guess(probability).clamp(SMALLEST, 0.5);
        for _ in 0..100 {
            let rest = 1.0 - x;
            let error = self.cdf(x, rest) - probability;
            if error > 0.0 {
                high = x;
            } else {
                low = x;
            }
            let density = exp1((alpha - 1.0) * ln1(x) + (beta - 1.0) * ln1(rest) - self.ln_beta);
            let newton = error / density;
            let bend = newton * ((alpha - 1.0) / x - (beta - 1.0) / rest);
            let mut next = x - newton / (1.0 - 0.5 * bend.min(1.0));
            if !(next > low && next < high) {
                // Halving orders of magnitude: the solution may lie far below the guess.
                next = if low > 0.0 { (low * high).sqrt() } else { (high * 0.01).max(SMALLEST) };
            }
            let moved = (next - x).abs();
            x = next;
            if moved <= 1e-15 * x || high - low <= 1e-15 * x {
                break;
            }
        }
        x
    }

    /// Abramowitz and Stegun 26.5.22 for bell shapes, else the leading power at the nearer end.
    fn first_guess(&self, probability: f64) -> f64 {
        let Beta { alpha, beta, ln_beta, .. } = *self;
        let power = exp1((ln1(probability) + ln1(alpha) + ln_beta) / alpha);
        if alpha < 1.0 || beta < 1.0 || power < 0.01 {
            return power;
        }
        let z = normal_quantile1(probability);
        let lambda = (z * z - 3.0) / 6.0;
        let (a, b) = (1.0 / (2.0 * alpha - 1.0), 1.0 / (2.0 * beta - 1.0));
        let h = 2.0 / (a + b);
        let w = -z * (h + lambda).max(0.0).sqrt() / h - (b - a) * (lambda + 5.0 / 6.0 - 2.0 / (3.0 * h));
        alpha / (alpha + beta * exp1(2.0 * w))
    }
}

/// The incomplete beta function left of its turning point, by its continued fraction (Lentz).
fn lower_part(a: f64, b: f64, ln_beta: f64, x: f64, rest: f64) -> f64 {
    const TINY: f64 = 1e-300;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..10_000 {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        d = 1.0 / away_from_zero(1.0 + even * d);
        c = away_from_zero(1.0 + even / c);
        fraction *= d * c;
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        d = 1.0 / away_from_zero(1.0 + odd * d);
        c = away_from_zero(1.0 + odd / c);
        let change = d * c;
        fraction *= change;
        if (change - 1.0).abs() < 3e-16 {
            break;
        }
    }
    exp1(a * ln1(x) + b * ln1(rest) - ln_beta) * fraction / a
}
