//! The beta and Student's t distributions, by the incomplete beta function. Our own: libraries take exp and ln from
//! num-traits, which turns to the platform's as soon as any crate of the build enables its `std` feature, so that bits
//! would differ between machines; and statrs 0.19 is wrong for parameters above a million.

use super::grid::{Grid, Jet};
use super::maths::{exp1, ln1, normal_quantile1};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// P(T ≤ t) for Student's t; `tail` is Beta(df/2, ½), the law of df/(df + T²).
pub fn student_cdf(t: f64, df: f64, tail: &Beta) -> f64 {
    let square = t * t;
    // 1/(1 + ∞) is 0: infinite t needs no case of its own.
    let both_tails = tail.cdf(1.0 / (1.0 + square / df), 1.0 / (1.0 + df / square));
    if t < 0.0 { 0.5 * both_tails } else { 1.0 - 0.5 * both_tails }
}

pub fn student_quantile(probability: f64, df: f64, tail: &Beta) -> f64 {
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
pub struct Beta {
    pub alpha: f64,
    pub beta: f64,
    /// ln B(α, β)
    pub ln_beta: f64,
    /// P(X ≤ ½): which end a quantile is nearer to.
    at_half: f64,
    /// Quantiles from below and, of 1 − X, from above, tabulated.
    below: Option<Arc<Grid>>,
    above: Option<Arc<Grid>>,
}

/// What was tabulated, by the bits of both parameters: a study compiles one scenario many times.
static TABULATED: Mutex<BTreeMap<[u64; 2], Beta>> = Mutex::new(BTreeMap::new());

/// So many are kept: some 25 MB at most.
const MOST_TABULATED: usize = 512;

impl Beta {
    pub fn new(alpha: f64, beta: f64) -> Beta {
        let ln_beta = libm::lgamma(alpha) + libm::lgamma(beta) - libm::lgamma(alpha + beta);
        let mut new = Beta { alpha, beta, ln_beta, at_half: 0.5, below: None, above: None };
        new.at_half = new.cdf(0.5, 0.5);
        new
    }

    /// With its quantiles tabulated: a matter of milliseconds, for what is drawn many times, and the first time only.
    pub fn tabulated(alpha: f64, beta: f64) -> Beta {
        let known = || TABULATED.lock().unwrap_or_else(|e| e.into_inner());
        let key = [alpha.to_bits(), beta.to_bits()];
        let found = known().get(&key).cloned();
        found.unwrap_or_else(|| {
            let new = Beta::tabulate(alpha, beta);
            let mut known = known();
            if known.len() < MOST_TABULATED {
                known.insert(key, new.clone());
            }
            new
        })
    }

    fn tabulate(alpha: f64, beta: f64) -> Beta {
        let mut new = Beta::new(alpha, beta);
        let mirrored = new.mirrored();
        new.below = Some(Arc::new(Grid::of(new.at_half, |p| new.jet(new.quantile(p)))));
        // A place of 1 − X is x and 1 − x swapped.
        new.above = Some(Arc::new(Grid::of(1.0 - new.at_half, |p| mirrored.jet(mirrored.quantile(p)))));
        new
    }

    /// The law of 1 − X.
    fn mirrored(&self) -> Beta {
        let Beta { alpha, beta, ln_beta, at_half, .. } = *self;
        Beta { alpha: beta, beta: alpha, ln_beta, at_half: 1.0 - at_half, below: None, above: None }
    }

    /// The quantile function's value and derivatives where it has the value x; `rest` is 1 − x.
    fn jet(&self, (x, rest): (f64, f64)) -> Jet {
        let Beta { alpha, beta, ln_beta, .. } = *self;
        let per_density = exp1(ln_beta - (alpha - 1.0) * ln1(x) - (beta - 1.0) * ln1(rest));
        // The density's own relative slope.
        let tilt = (alpha - 1.0) / x - (beta - 1.0) / rest;
        Jet { value: x, slope: per_density, bend: -tilt * per_density * per_density }
    }

    /// The regularised incomplete beta function at x; `rest` is 1 − x, given beside it because near 1 it has the digits.
    pub fn cdf(&self, x: f64, rest: f64) -> f64 {
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

    /// [`Beta::quantile`]'s x. Which end it is nearer to is chance: told apart without a branch.
    #[inline(always)]
    pub fn looked_up(&self, probability: f64) -> f64 {
        let (Some(below), Some(above)) = (&self.below, &self.above) else {
            return self.quantile(probability).0;
        };
        let is_above = probability > self.at_half;
        let from_end = if is_above { 1.0 - probability } else { probability };
        let tabulated = (if is_above { above } else { below }).at(from_end);
        if tabulated.is_nan() {
            return self.quantile(probability).0;
        }
        if is_above { 1.0 - tabulated } else { tabulated }
    }

    /// The x with P(X ≤ x) = probability, and 1 − x.
    pub fn quantile(&self, probability: f64) -> (f64, f64) {
        if probability <= 0.0 {
            (0.0, 1.0)
        } else if probability >= 1.0 {
            (1.0, 0.0)
        } else if probability <= self.at_half {
            let tabulated = self.below.as_ref().map_or(f64::NAN, |grid| grid.at(probability));
            let x = if tabulated.is_nan() { self.small_quantile(probability) } else { tabulated };
            (x, 1.0 - x)
        } else {
            // From the other end, so that what is solved for is the smaller of x and 1 − x and keeps its digits.
            let above = 1.0 - probability;
            let tabulated = self.above.as_ref().map_or(f64::NAN, |grid| grid.at(above));
            let rest = if tabulated.is_nan() { self.mirrored().small_quantile(above) } else { tabulated };
            (1.0 - rest, rest)
        }
    }

    /// The quantile where it is at most ½: the root of g(s) = ln P(X ≤ eˢ) − ln probability. In logarithms the
    /// distribution is concave with slopes between 0 and α, so Newton's steps get there from anywhere, and Halley's
    /// correction makes them few. The bracket only shrinks.
    #[inline(never)]
    fn small_quantile(&self, probability: f64) -> f64 {
        /// A step so small that the next one would be below the last digit: Halley's error goes with the cube.
        const NEAR: f64 = 1e-7;
        const SMALLEST: f64 = 1e-300;
        let Beta { alpha, beta, .. } = *self;
        let (mut low, mut high) = (SMALLEST, 0.5);
        let mut x = self.first_guess(probability).clamp(low, high);
        for _ in 0..100 {
            let rest = 1.0 - x;
            let reached = self.cdf(x, rest);
            if reached > probability {
                high = x;
            } else {
                low = x;
            }
            let density = exp1((alpha - 1.0) * ln1(x) + (beta - 1.0) * ln1(rest) - self.ln_beta);
            let slope = x * density / reached;
            let newton = ln1(reached / probability) / slope;
            let bend = newton * (alpha - (beta - 1.0) * x / rest - slope);
            let step = newton / (1.0 - 0.5 * bend.clamp(-1.0, 1.0));
            let next = x * exp1(-step);
            x = if next >= low && next <= high { next } else { (low * high).sqrt() };
            if step.abs() < NEAR || low >= high {
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
    /// Some multiple of the root of the larger parameter is enough.
    const MOST_TERMS: u32 = 1_000_000;
    let away_from_zero = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / away_from_zero(1.0 - (a + b) * x / (a + 1.0));
    let mut fraction = d;
    for m in 1..MOST_TERMS {
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
