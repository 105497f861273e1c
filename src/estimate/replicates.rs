//! Standard errors of designs whose paths are not independent (Latin hypercube, scrambled Sobol points): the paths of a
//! run are those of [`REPLICATES`] designs, each randomised on its own, and the replicates' means tell the error of their
//! mean (Owen 1997; L'Ecuyer and Lemieux 2002). Path by path the replicates take turns, [`TOGETHER`] paths each, so that
//! any beginning of a run has nearly as many of each.
//!
//! The error rests on [`REPLICATES`] numbers: it has 15 degrees of freedom, is itself known to a fifth, and a 95%
//! interval is 2.13 of it to either side.

use super::RatioEstimate;
use super::moments::{CHUNK, Spread};
use super::tree::{Growing, Join};
use serde::{Deserialize, Serialize};

pub const REPLICATES: usize = 16;
/// Consecutive paths of one replicate.
pub const TOGETHER: u64 = 8;
/// Paths in which every replicate has its turn once.
pub const ROUND: u64 = REPLICATES as u64 * TOGETHER;

/// 97.5% point of Student's t with 15 degrees of freedom.
const STUDENT_95: f64 = 2.131_449_545_559_323;

/// Below this part of a value its error is the rounding of sums.
const ROUNDING: f64 = 1e-13;

/// The replicate of a path, and the path's number in it.
pub fn place(path: u64) -> (u64, u64) {
    (path / TOGETHER % REPLICATES as u64, path / ROUND * TOGETHER + path % TOGETHER)
}

/// The path of a replicate's point.
pub fn path(replicate: u64, point: u64) -> u64 {
    point / TOGETHER * ROUND + replicate * TOGETHER + point % TOGETHER
}

/// Paths of a replicate among the first `paths` of a run.
pub fn size(replicate: u64, paths: u64) -> u64 {
    let begun = (paths % ROUND).saturating_sub(replicate * TOGETHER).min(TOGETHER);
    paths / ROUND * TOGETHER + begun
}

/// A mean, or a ratio of means, from sums by replicate.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ByReplicate {
    y: [f64; REPLICATES],
    x: [f64; REPLICATES],
}

impl Default for ByReplicate {
    fn default() -> ByReplicate {
        ByReplicate { y: [0.0; REPLICATES], x: [0.0; REPLICATES] }
    }
}

impl ByReplicate {
    /// A pair of a path; one that is not defined counts for nothing.
    pub fn push(&mut self, path: u64, y: f64, x: f64) {
        if !y.is_nan() && !x.is_nan() {
            let replicate = place(path).0 as usize;
            self.y[replicate] += y;
            self.x[replicate] += x;
        }
    }

    /// Values of consecutive paths, for their mean.
    pub fn add(&mut self, first: u64, values: &[f64]) {
        for (path, value) in (first..).zip(values) {
            self.push(path, *value, 1.0);
        }
    }

    /// Mean of y over mean of x with its error from the replicates; NaN while a replicate has no paths.
    pub fn ratio(&self) -> RatioEstimate {
        let (y, x): (f64, f64) = (self.y.iter().sum(), self.x.iter().sum());
        let value = y / x;
        if self.x.contains(&0.0) {
            return RatioEstimate::around(if x > 0.0 { value } else { f64::NAN }, f64::NAN);
        }
        let share = x / REPLICATES as f64;
        let residuals =
            std::array::from_fn::<f64, REPLICATES, _>(|k| (self.y[k] - value * self.x[k]) / share);
        let m = REPLICATES as f64;
        let se = (residuals.iter().map(|d| d * d).sum::<f64>() / (m - 1.0) / m).sqrt();
        let se = if se > ROUNDING * value.abs() { se } else { 0.0 };
        RatioEstimate { value, se, low: value - STUDENT_95 * se, high: value + STUDENT_95 * se }
    }

    /// For a stopping rule: how the paths spread, with the error that the replicates tell.
    pub fn spread(&self, paths: Spread) -> Spread {
        let ratio = self.ratio();
        Spread { value: ratio.value, replicated: Some(ratio.se), ..paths }
    }
}

impl Join for ByReplicate {
    fn join(&self, later: &ByReplicate) -> ByReplicate {
        let sum = |a: &[f64; REPLICATES], b: &[f64; REPLICATES]| std::array::from_fn(|k| a[k] + b[k]);
        ByReplicate { y: sum(&self.y, &later.y), x: sum(&self.x, &later.x) }
    }
}

/// [`ByReplicate`] of paths that may be gathered apart and merged.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Replicates(Growing<ByReplicate>);

impl Replicates {
    /// A pair of a path, later than all before.
    pub fn push(&mut self, path: u64, y: f64, x: f64) {
        self.0.at(path / CHUNK as u64, ByReplicate::default).push(path, y, x);
    }

    /// Values of consecutive paths, for their mean.
    pub fn add(&mut self, first: u64, values: &[f64]) {
        (first..).zip(values).for_each(|(path, value)| self.push(path, *value, 1.0));
    }

    pub fn close(&mut self) {
        self.0.close();
    }

    /// Takes in others that are closed; `None` where both have the same paths.
    #[must_use]
    pub fn merge(&mut self, other: Replicates) -> Option<()> {
        self.0.merge(other.0)
    }

    pub fn all(&self) -> ByReplicate {
        self.0.all().unwrap_or_default()
    }
}

/// The replicates' means of some columns, a row for each replicate in the place of its paths. Statistics on the rows have
/// the replicates' errors; their values are those over all paths if every replicate has as many, as with a multiple of
/// [`ROUND`] paths.
#[derive(Debug, Clone, Default)]
pub struct Collapsed {
    sums: Vec<[f64; REPLICATES]>,
    paths: u64,
}

impl Collapsed {
    pub fn new(columns: usize) -> Collapsed {
        Collapsed { sums: vec![[0.0; REPLICATES]; columns], paths: 0 }
    }

    /// Adds the next paths of every column.
    pub fn add<'a>(&mut self, columns: impl IntoIterator<Item = &'a [f64]>) {
        let first = self.paths;
        for (sums, column) in self.sums.iter_mut().zip(columns) {
            for (path, value) in (first..).zip(column) {
                sums[place(path).0 as usize] += value;
            }
            self.paths = first + column.len() as u64;
        }
    }

    /// By column; not defined for a replicate without paths.
    pub fn rows(&self) -> Vec<Vec<f64>> {
        let sizes: Vec<f64> =
            (0..REPLICATES as u64).map(|replicate| size(replicate, self.paths) as f64).collect();
        self.sums.iter().map(|sums| sums.iter().zip(&sizes).map(|(sum, size)| sum / size).collect()).collect()
    }
}

/// What the squared standard error exceeds its estimate by with a probability of at most `error`, as a factor: (m − 1) over
/// the quantile at `error` of χ² with as many degrees of freedom, the replicates' means being normal.
pub fn variance_bound(error: f64) -> f64 {
    let freedom = REPLICATES as f64 - 1.0;
    let (mut low, mut high) = (0.0, freedom);
    for _ in 0..200 {
        let middle = 0.5 * (low + high);
        if chi_square_below(middle, freedom) < error { low = middle } else { high = middle }
    }
    freedom / low.max(f64::MIN_POSITIVE)
}

/// P(χ² ≤ x), by the series of the incomplete gamma function; for x up to a few times the degrees of freedom.
fn chi_square_below(x: f64, freedom: f64) -> f64 {
    let (a, half) = (freedom / 2.0, x / 2.0);
    if half <= 0.0 {
        return 0.0;
    }
    let mut term = 1.0 / a;
    let mut sum = term;
    let mut k = a;
    while term > 1e-16 * sum {
        k += 1.0;
        term *= half / k;
        sum += term;
    }
    sum * libm::exp(a * libm::log(half) - half - libm::lgamma(a))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::moments::Moments;

    #[test]
    fn replicates_take_turns() {
        assert_eq!([0, 7, 8, 127, 128, 137].map(place), [(0, 0), (0, 7), (1, 0), (15, 7), (0, 8), (1, 9)]);
        for paths in [0, 1, 8, 100, 128, 1000, 4096, 5001] {
            let mut sizes = [0; REPLICATES];
            for path in 0..paths {
                let (replicate, index) = place(path);
                assert_eq!(index, sizes[replicate as usize], "numbers follow each other");
                assert_eq!(super::path(replicate, index), path);
                sizes[replicate as usize] += 1;
            }
            for (replicate, expected) in sizes.iter().enumerate() {
                assert_eq!(size(replicate as u64, paths), *expected, "{paths}");
            }
        }
    }

    #[test]
    fn a_hand_worked_mean_and_ratio() {
        // Replicate r has the value r on all its paths: mean 7.5, variance of the means 68/3, over 16.
        let values: Vec<f64> = (0..256).map(|path| place(path).0 as f64).collect();
        let mut mean = ByReplicate::default();
        mean.add(0, &values[..100]);
        mean.add(100, &values[100..]);
        let found = mean.ratio();
        assert_eq!(found.value, 7.5);
        assert!((found.se - (68.0 / 3.0 / 16.0f64).sqrt()).abs() < 1e-14, "{found:?}");
        assert!(((found.high - found.value) / found.se - 2.1314).abs() < 1e-4);
        let mut collapsed = Collapsed::new(1);
        collapsed.add([&values[..]]);
        let other = Moments::of_all(&collapsed.rows()[0]);
        assert!((other.se() - found.se).abs() < 1e-14 && other.mean == found.value);
        // y = 3x: the ratio has no error, whatever x.
        let mut ratio = ByReplicate::default();
        for (path, x) in (0..).zip(&values) {
            ratio.push(path, 3.0 * (1.0 + x), 1.0 + x);
        }
        assert_eq!((ratio.ratio().value, ratio.ratio().se), (3.0, 0.0));
    }

    #[test]
    fn what_some_replicates_have_not_seen_has_no_error() {
        let mut mean = ByReplicate::default();
        assert!(mean.ratio().value.is_nan());
        mean.add(0, &[1.0; 120]);
        assert_eq!(mean.ratio().value, 1.0);
        assert!(mean.ratio().se.is_nan());
        mean.add(120, &[f64::NAN; 8]);
        assert!(mean.ratio().se.is_nan());
        mean.add(248, &[1.0; 8]);
        assert_eq!(mean.ratio().se, 0.0);
        let mut few = Collapsed::new(1);
        few.add([&[1.0; 130][..]]);
        assert_eq!(few.rows()[0], [1.0; REPLICATES]);
    }

    #[test]
    fn chi_square_is_the_tables() {
        // Quantiles for 15 degrees of freedom: 5% 7.26094, 1% 5.22935, 50% 14.33886.
        for (x, p) in [(7.260_944, 0.05), (5.229_349, 0.01), (14.338_860, 0.5)] {
            assert!((chi_square_below(x, 15.0) - p).abs() < 1e-6);
        }
        assert!((variance_bound(0.05) - 15.0 / 7.260_944).abs() < 1e-5);
    }
}
