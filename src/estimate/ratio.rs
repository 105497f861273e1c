//! The ratio of two columns' means, with the covariance of their pairing: pieces of paths are joined as a [`Tree`] of them,
//! so that they may be gathered apart and merged.

use super::RatioEstimate;
use super::moments::{LANES, Moments, Spread, total};
use super::tree::{Join, Tree};
use serde::{Deserialize, Serialize};

/// Below this part of a ratio its spread is the rounding of sums.
const ROUNDING: f64 = 1e-13;

/// What some pairs (y, x) say of the ratio of their means. Moments are those of z = y − r·x and x, r being the pairs' own
/// ratio, or that of the first of those joined: the variance of y − R·x, which the delta method needs, is then no small
/// difference of large numbers, and is 0 when y is x.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
struct AroundRatio {
    n: u64,
    r: f64,
    mean_z: f64,
    mean_x: f64,
    /// Σ (z − mean z)^2, Σ (x − mean x)^2, Σ (z − mean z)(x − mean x)
    squares_z: f64,
    squares_x: f64,
    products: f64,
}

impl AroundRatio {
    /// Of at least one pair and at most a chunk of them, all defined.
    fn of(y: &[f64], x: &[f64]) -> AroundRatio {
        let r = y.iter().sum::<f64>() / x.iter().sum::<f64>();
        let r = if r.is_finite() { r } else { 0.0 };
        let z: Vec<f64> = y.iter().zip(x).map(|(y, x)| y - r * x).collect();
        let (of_z, of_x) = (Moments::of(&z), Moments::of(x));
        let mut products = [0.0; LANES];
        for (place, (z, x)) in z.iter().zip(x).enumerate() {
            products[place % LANES] += (z - of_z.mean) * (x - of_x.mean);
        }
        AroundRatio {
            n: of_z.n,
            r,
            mean_z: of_z.mean,
            mean_x: of_x.mean,
            squares_z: of_z.squares,
            squares_x: of_x.squares,
            products: total(products),
        }
    }

    /// The same pairs about another ratio.
    fn about(&self, r: f64) -> AroundRatio {
        let by = self.r - r;
        AroundRatio {
            r,
            mean_z: self.mean_z + by * self.mean_x,
            squares_z: self.squares_z + 2.0 * by * self.products + by * by * self.squares_x,
            products: self.products + by * self.squares_x,
            ..*self
        }
    }

    /// How the ratio spreads; its shape is not known.
    fn spread(&self) -> Spread {
        let value = if self.mean_x == 0.0 { f64::NAN } else { self.r + self.mean_z / self.mean_x };
        let variance = self.about(value).squares_z.max(0.0) / (self.n as f64 - 1.0);
        let sd = variance.sqrt() / self.mean_x.abs();
        let sd = if sd > ROUNDING * value.abs() { sd } else { 0.0 };
        let unknown = f64::NAN;
        Spread {
            n: self.n,
            value,
            sd: if self.n > 1 && !value.is_nan() { sd } else { unknown },
            kurtosis: unknown,
            farthest: unknown,
            replicated: None,
        }
    }
}

impl Join for AroundRatio {
    fn join(&self, later: &AroundRatio) -> AroundRatio {
        let later = later.about(self.r);
        let (a, b) = (self.n as f64, later.n as f64);
        let (apart_z, apart_x) = (later.mean_z - self.mean_z, later.mean_x - self.mean_x);
        let (share_b, weight) = (b / (a + b), a * b / (a + b));
        AroundRatio {
            n: self.n + later.n,
            r: self.r,
            mean_z: self.mean_z + apart_z * share_b,
            mean_x: self.mean_x + apart_x * share_b,
            squares_z: self.squares_z + later.squares_z + apart_z * apart_z * weight,
            squares_x: self.squares_x + later.squares_x + apart_x * apart_x * weight,
            products: self.products + later.products + apart_z * apart_x * weight,
        }
    }
}

/// Two columns y and x whose values belong together path by path. A path on which either is not defined counts for
/// neither.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct MeansRatio {
    done: Tree<AroundRatio>,
    /// Paths of a chunk.
    length: u64,
    /// The chunk that is not full yet: its place, y and x.
    #[serde(skip)]
    open: (u64, Vec<f64>, Vec<f64>),
}

impl MeansRatio {
    /// With chunks of so many paths, at most [`super::moments::CHUNK`].
    pub fn of_chunks(length: u64) -> MeansRatio {
        MeansRatio { done: Tree::default(), length, open: Default::default() }
    }

    /// Adds a path, later than all before.
    pub fn push(&mut self, path: u64, y: f64, x: f64) {
        let place = path / self.length;
        if place != self.open.0 {
            self.close();
            self.open.0 = place;
        }
        if !y.is_nan() && !x.is_nan() {
            self.open.1.push(y);
            self.open.2.push(x);
        }
    }

    /// No path is added to the last chunk any more.
    pub fn close(&mut self) {
        let (place, y, x) = &mut self.open;
        if !y.is_empty() {
            self.done.push(*place, AroundRatio::of(y, x));
            y.clear();
            x.clear();
        }
    }

    /// Takes in another that is closed; `None` where both have pairs of the same paths.
    #[must_use]
    pub fn merge(&mut self, other: MeansRatio) -> Option<()> {
        self.close();
        (self.length == other.length).then_some(())?;
        self.done.merge(other.done)
    }

    /// Mean of y over mean of x, its error by the delta method: sd(y − R·x)/(√n·|mean x|). NaN without pairs or where the
    /// mean of x is 0; the error NaN with one pair.
    pub fn ratio(&self) -> RatioEstimate {
        let spread = self.spread();
        RatioEstimate::around(spread.value, spread.se())
    }

    /// How the ratio spreads; its shape is not known.
    pub fn spread(&self) -> Spread {
        MeansRatio::so_far([self])[0]
    }

    /// The same after more and more columns, each of the paths after those of the one before.
    pub fn so_far<'a>(parts: impl IntoIterator<Item = &'a MeansRatio>) -> Vec<Spread> {
        let mut all: Option<AroundRatio> = None;
        let after = |part: &MeansRatio| {
            let mut closed = part.clone();
            closed.close();
            if let Some(more) = closed.done.all() {
                all = Some(all.map_or(more, |before| before.join(&more)));
            }
            all.map_or(Moments::NONE.spread(), |all| all.spread())
        };
        parts.into_iter().map(after).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::moments::Pairs;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    fn of(pairs: &[(f64, f64)], length: u64) -> MeansRatio {
        let mut ratio = MeansRatio::of_chunks(length);
        (0..).zip(pairs).for_each(|(path, (y, x))| ratio.push(path, *y, *x));
        ratio
    }

    /// Against [`Pairs`], which takes one ratio as its reference and never changes it.
    #[test]
    fn references_of_its_own_make_no_difference() {
        let mut rng = SmallRng::seed_from_u64(1);
        let pairs: Vec<(f64, f64)> = (0..20_000)
            .map(|path| {
                // The ratio drifts, so that every chunk has another.
                let x = 1.0 + rng.random::<f64>();
                let y = x * (0.3 + 0.01 * f64::from(path / 1000)) + 0.1 * rng.random::<f64>();
                (if path % 9 == 0 { f64::NAN } else { y }, x)
            })
            .collect();
        let mut reference = Pairs::default();
        pairs.iter().for_each(|(y, x)| reference.push(*y, *x));
        let reference = reference.ratio();
        for length in [128, 1024] {
            let found = of(&pairs, length).ratio();
            assert!((found.value / reference.value - 1.0).abs() < 1e-13, "{found:?} {reference:?}");
            assert!((found.se / reference.se - 1.0).abs() < 1e-10, "{found:?} {reference:?}");
        }
        // About the first chunk's ratio the error would be another by far.
        let mut all = of(&pairs, 1024);
        all.close();
        let joined = all.done.all().unwrap();
        let n = joined.n as f64;
        let about_the_first = (joined.squares_z / n / (n - 1.0)).sqrt() / joined.mean_x;
        assert!((about_the_first / reference.se - 1.0).abs() > 0.01, "{about_the_first} {reference:?}");
    }

    #[test]
    fn a_column_over_itself_or_a_multiple_has_no_error() {
        let mut rng = SmallRng::seed_from_u64(2);
        let x: Vec<f64> = (0..3000).map(|_| 1e6 + rng.random::<f64>()).collect();
        let itself: Vec<(f64, f64)> = x.iter().map(|x| (*x, *x)).collect();
        let found = of(&itself, 128).ratio();
        assert_eq!((found.value, found.se), (1.0, 0.0));
        let half: Vec<(f64, f64)> = x.iter().map(|x| (0.5 * x, *x)).collect();
        assert_eq!((of(&half, 128).ratio().value, of(&half, 128).ratio().se), (0.5, 0.0));
    }

    #[test]
    fn few_pairs() {
        assert!(of(&[], 128).ratio().value.is_nan());
        assert!(of(&[(1.0, f64::NAN)], 128).ratio().value.is_nan());
        let one = of(&[(1.0, f64::NAN), (1.0, 2.0)], 128).ratio();
        assert!(one.value == 0.5 && one.se.is_nan());
        assert!(of(&[(1.0, 0.0), (2.0, 0.0)], 128).ratio().value.is_nan());
        // R = 12/60; y − R·x = 0, −2, 0, 2; sd √(8/3); over √4 · 15.
        let hand = of(&[(2.0, 10.0), (2.0, 20.0), (0.0, 0.0), (8.0, 30.0)], 2).ratio();
        assert!((hand.value - 0.2).abs() < 1e-15);
        assert!((hand.se - (8f64 / 3.0).sqrt() / 30.0).abs() < 1e-15);
    }
}
