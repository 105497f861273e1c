//! Mean, spread and shape of a column that arrives in pieces: the same bits however it was cut.
//!
//! Values are gathered into chunks of [`CHUNK`] consecutive paths; a full chunk is summed in two passes about its own
//! mean, in `LANES` interleaved sums that the compiler puts into vector instructions, and chunks are joined as a
//! [`Tree`] of them by the pairwise formulas of Chan, Golub and LeVeque and of Pébay. So the order of every addition
//! depends on a value's path alone, and columns of some paths each can be merged. Sums are taken about the chunk's first
//! value, so a constant has exactly itself as its mean and exactly 0 as its spread. NaN (not defined on that path) is
//! counted apart.
//!
//! [`Pairs`] is the like for two columns that arrive in path order: the ratio of their means with the covariance of their
//! pairing. ([`super::ratio`] has the ratio that merges.)

use super::RatioEstimate;
use super::tree::{Join, Tree};
use serde::{Deserialize, Serialize};

/// Values summed together. Part of what a seed promises: another length, other last digits.
pub const CHUNK: usize = 1024;

/// Interleaved sums within a chunk.
pub(super) const LANES: usize = 8;

/// Moments of the values seen so far.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Moments {
    /// Values that are defined.
    pub n: u64,
    pub mean: f64,
    /// Σ (x − mean)^2, ^3, ^4
    pub squares: f64,
    pub cubes: f64,
    pub fourths: f64,
    /// Infinite, the wrong way round, before the first value.
    pub min: f64,
    pub max: f64,
}

impl Default for Moments {
    fn default() -> Moments {
        Moments::NONE
    }
}

impl Moments {
    pub const NONE: Moments = Moments {
        n: 0,
        mean: f64::NAN,
        squares: 0.0,
        cubes: 0.0,
        fourths: 0.0,
        min: f64::INFINITY,
        max: f64::NEG_INFINITY,
    };

    /// Of at most a chunk of values.
    pub fn of(values: &[f64]) -> Moments {
        let Some(shift) = values.iter().copied().find(|value| !value.is_nan()) else { return Moments::NONE };
        let mut sum = [0.0; LANES];
        let mut count = [0.0; LANES];
        let mut min = [f64::INFINITY; LANES];
        let mut max = [f64::NEG_INFINITY; LANES];
        each_lane(values, |lane, value| {
            let defined = !value.is_nan();
            sum[lane] += if defined { value - shift } else { 0.0 };
            count[lane] += if defined { 1.0 } else { 0.0 };
            min[lane] = if value < min[lane] { value } else { min[lane] };
            max[lane] = if value > max[lane] { value } else { max[lane] };
        });
        let count = total(count);
        let mean = shift + total(sum) / count;
        let mut squares = [0.0; LANES];
        let mut cubes = [0.0; LANES];
        let mut fourths = [0.0; LANES];
        each_lane(values, |lane, value| {
            let deviation = if value.is_nan() { 0.0 } else { value - mean };
            let square = deviation * deviation;
            squares[lane] += square;
            cubes[lane] += square * deviation;
            fourths[lane] += square * square;
        });
        Moments {
            n: count as u64,
            mean,
            squares: total(squares),
            cubes: total(cubes),
            fourths: total(fourths),
            min: min.into_iter().fold(f64::INFINITY, f64::min),
            max: max.into_iter().fold(f64::NEG_INFINITY, f64::max),
        }
    }

    /// Of a whole column.
    pub fn of_all(values: &[f64]) -> Moments {
        values.chunks(CHUNK).fold(Moments::NONE, |before, chunk| before.then(&Moments::of(chunk)))
    }

    /// These and, after them, those.
    pub fn then(&self, later: &Moments) -> Moments {
        if self.n == 0 || later.n == 0 {
            return if self.n == 0 { *later } else { *self };
        }
        let (a, b) = (self.n as f64, later.n as f64);
        let n = a + b;
        let apart = later.mean - self.mean;
        let (share_a, share_b) = (a / n, b / n);
        let step = apart * apart * share_a * b;
        Moments {
            n: self.n + later.n,
            mean: self.mean + apart * share_b,
            squares: self.squares + later.squares + step,
            cubes: self.cubes
                + later.cubes
                + step * apart * (share_a - share_b)
                + 3.0 * apart * (share_a * later.squares - share_b * self.squares),
            fourths: self.fourths
                + later.fourths
                + step * apart * apart * (share_a * share_a - share_a * share_b + share_b * share_b)
                + 6.0
                    * apart
                    * apart
                    * (share_a * share_a * later.squares + share_b * share_b * self.squares)
                + 4.0 * apart * (share_a * later.cubes - share_b * self.cubes),
            min: self.min.min(later.min),
            max: self.max.max(later.max),
        }
    }

    /// Standard deviation of the values; NaN with fewer than two.
    pub fn sd(&self) -> f64 {
        if self.n < 2 { f64::NAN } else { (self.squares / (self.n - 1) as f64).sqrt() }
    }

    /// Standard error of the mean; NaN with fewer than two values.
    pub fn se(&self) -> f64 {
        self.sd() / (self.n as f64).sqrt()
    }
}

/// Calls `add(lane, value)` for every value, lane by lane so that neighbouring lanes share an instruction.
#[inline(always)]
fn each_lane(values: &[f64], mut add: impl FnMut(usize, f64)) {
    let (rows, rest) = values.as_chunks::<LANES>();
    for row in rows {
        for (lane, &value) in row.iter().enumerate() {
            add(lane, value);
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        add(lane, value);
    }
}

/// The sum over the lanes, by halves.
pub(super) fn total(lanes: [f64; LANES]) -> f64 {
    ((lanes[0] + lanes[4]) + (lanes[2] + lanes[6])) + ((lanes[1] + lanes[5]) + (lanes[3] + lanes[7]))
}

impl Join for Moments {
    fn join(&self, later: &Moments) -> Moments {
        self.then(later)
    }
}

/// A column on its way into [`Moments`].
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Column {
    done: Tree<Moments>,
    /// Paths of a chunk.
    length: u64,
    /// The chunk that is not full yet, and the path after it.
    #[serde(skip)]
    open: Vec<f64>,
    #[serde(skip)]
    next: u64,
}

impl Default for Column {
    fn default() -> Column {
        Column::of_chunks(CHUNK as u64)
    }
}

impl Column {
    /// With chunks of another length, at most [`CHUNK`].
    pub fn of_chunks(length: u64) -> Column {
        Column { done: Tree::default(), length, open: Vec::new(), next: 0 }
    }

    /// Adds the values of the paths that follow.
    pub fn add(&mut self, values: &[f64]) {
        self.add_at(self.next, values);
    }

    /// Adds the values of the paths from `first` on, the first of all or those that follow.
    pub fn add_at(&mut self, first: u64, mut values: &[f64]) {
        self.next = first;
        while !values.is_empty() {
            let room = self.length - self.next % self.length;
            let (part, rest) = values.split_at(values.len().min(room as usize));
            if part.len() as u64 == self.length {
                self.done.push(self.next / self.length, Moments::of(part));
                self.next += self.length;
            } else {
                self.open.extend_from_slice(part);
                self.next += part.len() as u64;
                if part.len() as u64 == room {
                    self.close();
                }
            }
            values = rest;
        }
    }

    /// No value is added to the last chunk any more.
    pub fn close(&mut self) {
        if !self.open.is_empty() {
            self.done.push((self.next - 1) / self.length, Moments::of(&self.open));
            self.open.clear();
        }
    }

    /// Takes in another that is closed; `None` where both have values of the same paths.
    #[must_use]
    pub fn merge(&mut self, other: Column) -> Option<()> {
        self.close();
        (self.length == other.length).then_some(())?;
        self.done.merge(other.done)
    }

    /// Of all values so far.
    pub fn moments(&self) -> Moments {
        let all = match self.open.is_empty() {
            true => self.done.all(),
            false => {
                let mut closed = self.clone();
                closed.close();
                closed.done.all()
            }
        };
        all.unwrap_or(Moments::NONE)
    }
}

/// Moments of pairs (z, x).
#[derive(Debug, Clone, Copy, PartialEq)]
struct PairMoments {
    z: Moments,
    mean_x: f64,
    squares_x: f64,
    /// Σ (z − mean z)(x − mean x)
    products: f64,
}

impl PairMoments {
    const NONE: PairMoments =
        PairMoments { z: Moments::NONE, mean_x: f64::NAN, squares_x: 0.0, products: 0.0 };

    /// Of at most a chunk of pairs, all defined.
    fn of(z: &[f64], x: &[f64]) -> PairMoments {
        let (of_z, of_x) = (Moments::of(z), Moments::of(x));
        let mut products = [0.0; LANES];
        for (place, (z, x)) in z.iter().zip(x).enumerate() {
            products[place % LANES] += (z - of_z.mean) * (x - of_x.mean);
        }
        PairMoments { z: of_z, mean_x: of_x.mean, squares_x: of_x.squares, products: total(products) }
    }

    fn then(&self, later: &PairMoments) -> PairMoments {
        if self.z.n == 0 || later.z.n == 0 {
            return if self.z.n == 0 { *later } else { *self };
        }
        let (a, b) = (self.z.n as f64, later.z.n as f64);
        let (apart_z, apart_x) = (later.z.mean - self.z.mean, later.mean_x - self.mean_x);
        let weight = a * b / (a + b);
        PairMoments {
            z: self.z.then(&later.z),
            mean_x: self.mean_x + apart_x * (b / (a + b)),
            squares_x: self.squares_x + later.squares_x + apart_x * apart_x * weight,
            products: self.products + later.products + apart_z * apart_x * weight,
        }
    }
}

/// Two columns y and x whose values belong together path by path, for the ratio of their means. A path on which
/// either is not defined counts for neither.
///
/// The moments kept are those of z = y − r·x and x, r being the ratio of the first chunk: the variance of y − R·x,
/// which the delta method needs, is then no small difference of large numbers, and is 0 when y is x.
#[derive(Debug, Clone)]
pub struct Pairs {
    reference: f64,
    done: PairMoments,
    open_y: Vec<f64>,
    open_x: Vec<f64>,
}

impl Default for Pairs {
    fn default() -> Pairs {
        Pairs { reference: f64::NAN, done: PairMoments::NONE, open_y: Vec::new(), open_x: Vec::new() }
    }
}

impl Pairs {
    pub fn push(&mut self, y: f64, x: f64) {
        if y.is_nan() || x.is_nan() {
            return;
        }
        self.open_y.push(y);
        self.open_x.push(x);
        if self.open_y.len() == CHUNK {
            (self.reference, self.done) = self.close();
            self.open_y.clear();
            self.open_x.clear();
        }
    }

    pub fn add(&mut self, y: &[f64], x: &[f64]) {
        debug_assert_eq!(y.len(), x.len());
        y.iter().zip(x).for_each(|(&y, &x)| self.push(y, x));
    }

    /// The reference ratio and the moments of (z, x), the open chunk included.
    fn close(&self) -> (f64, PairMoments) {
        let reference = if self.reference.is_nan() {
            let (y, x): (f64, f64) = (self.open_y.iter().sum(), self.open_x.iter().sum());
            if x != 0.0 && (y / x).is_finite() { y / x } else { 0.0 }
        } else {
            self.reference
        };
        let z: Vec<f64> = self.open_y.iter().zip(&self.open_x).map(|(y, x)| y - reference * x).collect();
        (reference, self.done.then(&PairMoments::of(&z, &self.open_x)))
    }

    /// Mean of y over mean of x, its error by the delta method: sd(y − R·x)/(√n·|mean x|). NaN without pairs or
    /// where the mean of x is 0; the error NaN with one pair.
    pub fn ratio(&self) -> RatioEstimate {
        let spread = self.spread();
        RatioEstimate::around(spread.value, spread.se())
    }

    /// How the ratio spreads: the sd is that of (y − R·x)/mean x, the shape that of z.
    pub fn spread(&self) -> Spread {
        let (reference, pairs) = self.close();
        let beyond = pairs.z.mean / pairs.mean_x;
        let squares = pairs.z.squares - 2.0 * beyond * pairs.products + beyond * beyond * pairs.squares_x;
        let degrees = pairs.z.n as f64 - 1.0;
        let defined = pairs.z.n > 0 && pairs.mean_x != 0.0;
        Spread {
            n: pairs.z.n,
            value: if defined { reference + beyond } else { f64::NAN },
            sd: if degrees >= 1.0 {
                (squares.max(0.0) / degrees).sqrt() / pairs.mean_x.abs()
            } else {
                f64::NAN
            },
            ..pairs.z.spread()
        }
    }
}

/// How the values behind an estimate spread: what a stopping rule must know.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Spread {
    pub n: u64,
    pub value: f64,
    /// So that the standard error is sd/√n; NaN with fewer than two values.
    pub sd: f64,
    /// Fourth moment over squared variance: 3 for a normal, at least 1; 1 where nothing varies.
    pub kurtosis: f64,
    /// Largest deviation from the mean, in standard deviations; 0 where nothing varies.
    pub farthest: f64,
    /// The standard error that randomised replicates tell, where the paths are not independent; NaN where they do not.
    pub replicated: Option<f64>,
}

impl Spread {
    pub fn se(&self) -> f64 {
        self.replicated.unwrap_or_else(|| self.of_independent_paths())
    }

    /// What the standard error would be if the paths were independent.
    pub fn of_independent_paths(&self) -> f64 {
        self.sd / (self.n as f64).sqrt()
    }
}

impl Moments {
    pub fn spread(&self) -> Spread {
        let variance = self.squares / self.n as f64;
        let (kurtosis, farthest) = if variance > 0.0 {
            let farthest = (self.max - self.mean).max(self.mean - self.min);
            (self.fourths / self.n as f64 / (variance * variance), farthest / variance.sqrt())
        } else {
            (1.0, 0.0)
        };
        Spread { n: self.n, value: self.mean, sd: self.sd(), kurtosis, farthest, replicated: None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    fn column(n: usize, seed: u64) -> Vec<f64> {
        let mut rng = SmallRng::seed_from_u64(seed);
        (0..n)
            .map(|_| if rng.random::<f64>() < 0.1 { f64::NAN } else { 1e6 + rng.random::<f64>().powi(3) })
            .collect()
    }

    #[test]
    fn the_bits_do_not_depend_on_the_cuts() {
        let values = column(10_000, 1);
        let x: Vec<f64> = column(10_000, 2);
        let mut whole = Column::default();
        whole.add(&values);
        let mut whole_pairs = Pairs::default();
        whole_pairs.add(&values, &x);
        for length in [1, 7, 64, 1000, 1024, 3000] {
            let mut cut = Column::default();
            let mut cut_pairs = Pairs::default();
            for (y, x) in values.chunks(length).zip(x.chunks(length)) {
                cut.add(y);
                cut_pairs.add(y, x);
                cut.moments();
            }
            assert_eq!(format!("{:?}", cut.moments()), format!("{:?}", whole.moments()));
            assert_eq!(cut.moments().squares.to_bits(), whole.moments().squares.to_bits());
            assert_eq!(cut_pairs.spread(), whole_pairs.spread());
        }
    }

    /// Against sums in exact integer arithmetic: values k/16 with a large common offset.
    #[test]
    fn moments_are_those_of_exact_arithmetic() {
        let mut rng = SmallRng::seed_from_u64(3);
        let whole: Vec<i128> = (0..5000).map(|_| i128::from(rng.random_range(0..32u32).pow(2))).collect();
        let values: Vec<f64> = whole.iter().map(|k| 1e9 + *k as f64 / 16.0).collect();
        let mut column = Column::default();
        column.add(&values);
        let moments = column.moments();
        let n = whole.len() as i128;
        let sum: i128 = whole.iter().sum();
        // Σ (n·k − Σk)^p = (16 n)^p Σ (x − mean)^p
        let about = |power: u32| -> f64 {
            let total: i128 = whole.iter().map(|k| (n * k - sum).pow(power)).sum();
            total as f64 / (16.0 * n as f64).powi(power as i32)
        };
        let close = |obtained: f64, expected: f64, relative: f64| {
            assert!((obtained / expected - 1.0).abs() < relative, "{obtained} {expected}");
        };
        close(moments.mean, 1e9 + sum as f64 / n as f64 / 16.0, 1e-15);
        close(moments.squares, about(2), 1e-9);
        close(moments.cubes, about(3), 1e-8);
        close(moments.fourths, about(4), 1e-8);
        assert_eq!(moments.min, values.iter().copied().fold(f64::INFINITY, f64::min));
        assert_eq!(moments.max, values.iter().copied().fold(0.0, f64::max));
    }

    #[test]
    fn a_constant_has_no_spread() {
        let values = vec![0.1; 5000];
        let mut column = Column::default();
        column.add(&values);
        let moments = column.moments();
        assert_eq!((moments.mean, moments.sd(), moments.se()), (0.1, 0.0, 0.0));
        let mut pairs = Pairs::default();
        pairs.add(&values, &vec![0.7; 5000]);
        assert_eq!(pairs.ratio().se, 0.0);
        assert!((pairs.ratio().value - 1.0 / 7.0).abs() < 1e-15);
    }

    #[test]
    fn a_column_over_itself_is_one_without_error() {
        let values = column(3000, 4);
        let mut pairs = Pairs::default();
        pairs.add(&values, &values);
        assert_eq!((pairs.ratio().value, pairs.ratio().se), (1.0, 0.0));
    }

    #[test]
    fn few_values() {
        let mut column = Column::default();
        assert!(column.moments().mean.is_nan() && column.moments().se().is_nan());
        column.add(&[f64::NAN]);
        assert_eq!(column.moments().n, 0);
        column.add(&[4.0]);
        assert!(column.moments().mean == 4.0 && column.moments().se().is_nan());
        column.add(&[6.0]);
        assert_eq!((column.moments().mean, column.moments().se()), (5.0, 1.0));

        let mut pairs = Pairs::default();
        assert!(pairs.ratio().value.is_nan() && pairs.ratio().se.is_nan());
        pairs.push(1.0, f64::NAN);
        pairs.push(1.0, 2.0);
        assert!(pairs.ratio().value == 0.5 && pairs.ratio().se.is_nan());
        let mut none = Pairs::default();
        none.add(&[1.0, 2.0], &[0.0, 0.0]);
        assert!(none.ratio().value.is_nan());
    }

    /// The delta method against the bootstrap: resample the paths, pairs kept together.
    #[test]
    fn the_error_of_a_ratio_is_that_of_the_bootstrap() {
        let mut rng = SmallRng::seed_from_u64(5);
        let normal = rand_distr::Normal::new(0.0, 1.0).unwrap();
        let n = 2000;
        let (mut y, mut x) = (Vec::new(), Vec::new());
        for _ in 0..n {
            let common: f64 = rng.sample::<f64, _>(normal).exp();
            x.push(5.0 * common + rng.random::<f64>());
            y.push(2.0 * common + 0.5 * rng.sample::<f64, _>(normal));
        }
        let mut pairs = Pairs::default();
        pairs.add(&y, &x);
        let resamples = 4000;
        let ratios: Vec<f64> = (0..resamples)
            .map(|_| {
                let (mut sum_y, mut sum_x) = (0.0, 0.0);
                for _ in 0..n {
                    let path = rng.random_range(0..n);
                    sum_y += y[path];
                    sum_x += x[path];
                }
                sum_y / sum_x
            })
            .collect();
        let mean = ratios.iter().sum::<f64>() / resamples as f64;
        let bootstrap =
            (ratios.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / (resamples - 1) as f64).sqrt();
        // 5 standard errors of a standard deviation from `resamples` values, and the 1/n that the delta method drops.
        let tolerance = 5.0 / (2.0 * resamples as f64).sqrt() + 5.0 / n as f64;
        let se = pairs.ratio().se;
        assert!((se / bootstrap - 1.0).abs() < tolerance, "{se} {bootstrap}");
        // Without the covariance it would be another number altogether.
        let mut unpaired = Pairs::default();
        y.rotate_left(1);
        unpaired.add(&y, &x);
        assert!((unpaired.ratio().se / bootstrap - 1.0).abs() > tolerance, "the check cannot fail");
    }
}
