//! Pure statistics on columns: what a set of paths says about a number, and how surely. It knows columns and names,
//! not deals; it makes no randomness, writes no files and prints nothing.
//!
//! Everything here gives the same bits for the same paths, however they were split into blocks, threads or shards:
//! values are gathered in path order into chunks of fixed length (`moments`) that are joined by their place (`tree`), and
//! quantiles come from order statistics or integer counts (`quantile`). No estimate without its standard error; an error that cannot be known
//! (one path, too few for an order statistic) is NaN, which the files write as null.

pub mod accumulator;
pub mod batches;
pub mod brackets;
pub mod circular;
pub mod convergence;
pub mod forecast;
pub mod logistic;
pub mod moments;
pub mod paired;
pub mod precision;
pub mod proportion;
pub mod psis;
pub mod quantile;
pub mod ratio;
pub mod replicates;
pub mod sensitivity;
pub mod shapley;
pub mod survival;
pub mod tree;

pub use accumulator::*;

use serde::ser::{Serialize as Serial, SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// A block of finished paths in path order: a column per measure. NaN: not defined on that path.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Block {
    /// Number of the first path.
    pub first: u64,
    pub paths: usize,
    /// `columns[measure][path - first]`
    pub columns: Vec<Vec<f64>>,
}

/// A ratio of means: the sum of the numerators' columns over the denominator's, by column number.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RatioSpec {
    pub name: String,
    pub numerator: Vec<usize>,
    pub denominator: usize,
}

/// What n paths say about one measure. NaN where unknown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Estimate {
    pub mean: f64,
    /// Standard error of the mean.
    pub se: f64,
    pub sd: f64,
    pub p5: Quantile,
    pub p25: Quantile,
    pub p50: Quantile,
    pub p75: Quantile,
    pub p95: Quantile,
    /// Paths on which the measure is defined.
    pub n: u64,
}

impl Estimate {
    /// 5%, 25%, 50%, 75%, 95%
    pub fn quantiles(&self) -> [Quantile; 5] {
        [self.p5, self.p25, self.p50, self.p75, self.p95]
    }
}

/// A quantile and its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Quantile {
    pub value: f64,
    pub se: f64,
}

/// A quantity that is not the mean of one column: its value, standard error and 95% interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RatioEstimate {
    pub value: f64,
    pub se: f64,
    pub low: f64,
    pub high: f64,
}

/// Standard errors to either side that hold 95% of a normal distribution.
pub const NORMAL_95: f64 = 1.959_963_984_540_054;

impl RatioEstimate {
    /// The normal 95% interval around a value.
    pub fn around(value: f64, se: f64) -> RatioEstimate {
        RatioEstimate { value, se, low: value - NORMAL_95 * se, high: value + NORMAL_95 * se }
    }

    /// Times a number that is known.
    pub fn times(self, factor: f64) -> RatioEstimate {
        let [one, other] = [self.low * factor, self.high * factor];
        let (value, se) = (self.value * factor, self.se * factor.abs());
        RatioEstimate { value, se, low: one.min(other), high: one.max(other) }
    }

    /// Plus a number that is known.
    pub fn plus(self, term: f64) -> RatioEstimate {
        self.moved_to(self.value + term)
    }

    /// The same error around another value.
    pub fn moved_to(self, value: f64) -> RatioEstimate {
        let by = value - self.value;
        RatioEstimate { value, se: self.se, low: self.low + by, high: self.high + by }
    }
}

/// For serde: named things as an object.
pub fn by_name<S: Serializer, N: AsRef<str>, T: Serial>(
    entries: &[(N, T)],
    to: S,
) -> Result<S::Ok, S::Error> {
    let mut map = to.serialize_map(Some(entries.len()))?;
    entries.iter().try_for_each(|(name, entry)| map.serialize_entry(name.as_ref(), entry))?;
    map.end()
}

/// What all the paths say.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Estimates {
    pub paths: u64,
    pub measures: Vec<(String, Estimate)>,
    pub ratios: Vec<(String, RatioEstimate)>,
}

impl Estimates {
    pub fn measure(&self, name: &str) -> Option<&Estimate> {
        self.measures.iter().find(|(other, _)| other == name).map(|(_, estimate)| estimate)
    }

    pub fn ratio(&self, name: &str) -> Option<&RatioEstimate> {
        self.ratios.iter().find(|(other, _)| other == name).map(|(_, estimate)| estimate)
    }
}
