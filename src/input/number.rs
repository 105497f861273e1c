//! A number as the user wrote it: certain or a distribution, with its address, unit, source and grade. Reading it is in
//! `quantity.rs`, drawing it is the plan's.

use super::{Range, Unit};
use crate::state::beta::{Beta, student_cdf, student_quantile};
use std::fmt;

/// Points into [`crate::scenario::Scenario::numbers`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NumberId(pub u32);

#[derive(Debug, Clone)]
pub struct Number {
    /// `company.Oracle.volatility`
    pub address: String,
    pub unit: Unit,
    pub range: Range,
    pub quantity: Quantity,
    pub source: Option<String>,
    pub grade: Grade,
    /// What readers call it, where the file says so.
    pub label: Option<String>,
    /// The key's default was taken; the file does not mention the number.
    pub is_default: bool,
    /// Byte span in the file's text; empty for defaults and for what an override gave.
    pub span: std::ops::Range<usize>,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Quantity {
    Certain(f64),
    Uncertain(Distribution),
}

/// A distribution with the truncation that the user added.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    pub family: Family,
    /// Truncation bounds; infinite where none was given.
    pub min: f64,
    pub max: f64,
}

#[derive(Debug, Clone, PartialEq)]
pub enum Family {
    Uniform {
        low: f64,
        high: f64,
    },
    Triangular {
        low: f64,
        mode: f64,
        high: f64,
    },
    Pert {
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
        alpha: f64,
        beta: f64,
        low: f64,
        high: f64,
    },
    StudentT {
        mean: f64,
        scale: f64,
        df: f64,
    },
    /// Values in rising order and their weights, which sum to 1.
    Discrete {
        values: Vec<f64>,
        weights: Vec<f64>,
    },
    /// A column of a file; numbers with the same `table` are joined row by row.
    Empirical {
        table: u32,
        values: std::sync::Arc<Vec<f64>>,
    },
}

/// How well a number is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Grade {
    Filed,
    Reported,
    Estimated,
    Assumed,
}

/// The standard normal's 95th percentile: `"2 to 9"` means the 5th and 95th.
pub const Z95: f64 = 1.6448536269514722;

impl Number {
    pub fn is_certain(&self) -> bool {
        matches!(self.quantity, Quantity::Certain(_))
    }
}

impl Quantity {
    /// The least and the greatest value that can occur; infinite where there is none.
    pub fn support(&self) -> (f64, f64) {
        match self {
            Quantity::Certain(value) => (*value, *value),
            Quantity::Uncertain(distribution) => distribution.support(),
        }
    }
}

impl Distribution {
    /// The least and the greatest value that can occur; infinite where there is none. Truncated values of lists are
    /// left out.
    pub fn support(&self) -> (f64, f64) {
        let within = |value: &&f64| **value >= self.min && **value <= self.max;
        match &self.family {
            Family::Discrete { values, .. } => ends(values.iter().filter(within)),
            Family::Empirical { values, .. } => ends(values.iter().filter(within)),
            family => {
                let (low, high) = family.ends();
                (low.max(self.min), high.min(self.max))
            }
        }
    }

    /// The values of a list, within its bounds; `None` for a law that fills what lies between.
    pub fn values(&self) -> Option<impl Iterator<Item = f64>> {
        let values: &[f64] = match &self.family {
            Family::Discrete { values, .. } => values,
            Family::Empirical { values, .. } => values,
            _ => return None,
        };
        Some(values.iter().copied().filter(|value| *value >= self.min && *value <= self.max))
    }

    /// A value in the middle: the median, the mean or the middle of the ends, whichever is at hand.
    pub fn middle(&self) -> f64 {
        let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
        let middle = match &self.family {
            Family::Normal { mean, .. } | Family::StudentT { mean, .. } => *mean,
            Family::Lognormal { median, .. } => *median,
            Family::Discrete { values, .. } => mean(values),
            Family::Empirical { values, .. } => mean(values),
            family => {
                let (low, high) = family.ends();
                low + 0.5 * (high - low)
            }
        };
        middle.clamp(self.min, self.max)
    }

    /// Where all but a few in a thousand of its values lie; of a Student t, whose tails soon leave these behind, all but a
    /// few in a thousand million.
    pub fn usual(&self) -> (f64, f64) {
        const DEVIATIONS: f64 = 3.0;
        const RARE: f64 = 1e-9;
        let (low, high) = match &self.family {
            Family::Normal { mean, sd } => (mean - DEVIATIONS * sd, mean + DEVIATIONS * sd),
            Family::StudentT { mean, scale, df } => {
                let far = scale * student_quantile(RARE, *df, &Beta::new(0.5 * df, 0.5));
                (mean + far, mean - far)
            }
            Family::Lognormal { median, sigma } => {
                let factor = libm::exp(DEVIATIONS * sigma);
                (median / factor, median * factor)
            }
            _ => return self.support(),
        };
        (low.clamp(self.min, self.max), high.clamp(self.min, self.max))
    }

    /// The probability that truncation leaves of the whole family.
    pub fn mass(&self) -> f64 {
        let share = |weights: &mut dyn Iterator<Item = (f64, f64)>| -> f64 {
            weights
                .filter(|(value, _)| *value >= self.min && *value <= self.max)
                .map(|(_, weight)| weight)
                .sum()
        };
        match &self.family {
            Family::Discrete { values, weights } => {
                share(&mut values.iter().copied().zip(weights.iter().copied()))
            }
            Family::Empirical { values, .. } => {
                share(&mut values.iter().map(|value| (*value, 1.0 / values.len() as f64)))
            }
            family => family.below(self.max) - family.below(self.min),
        }
    }
}

impl Family {
    /// Where the untruncated distribution begins and ends.
    fn ends(&self) -> (f64, f64) {
        match self {
            Family::Uniform { low, high }
            | Family::Triangular { low, high, .. }
            | Family::Pert { low, high, .. }
            | Family::Beta { low, high, .. } => (*low, *high),
            Family::Normal { .. } | Family::StudentT { .. } => (f64::NEG_INFINITY, f64::INFINITY),
            Family::Lognormal { .. } => (0.0, f64::INFINITY),
            Family::Discrete { values, .. } => ends(values.iter()),
            Family::Empirical { values, .. } => ends(values.iter()),
        }
    }

    /// The probability of a value below `at`, good enough to say whether anything is left; lists have their own way.
    fn below(&self, at: f64) -> f64 {
        let (low, high) = self.ends();
        if at <= low {
            return 0.0;
        }
        if at >= high {
            return 1.0;
        }
        let normal = |z: f64| 0.5 * libm::erfc(-z / std::f64::consts::SQRT_2);
        let beta = |alpha: f64, beta: f64| {
            Beta::new(alpha, beta).cdf((at - low) / (high - low), (high - at) / (high - low))
        };
        match self {
            Family::Uniform { low, high } => (at - low) / (high - low),
            Family::Triangular { low, mode, high } => {
                if at <= *mode {
                    (at - low) / (high - low) * ((at - low) / (mode - low))
                } else {
                    1.0 - (high - at) / (high - low) * ((high - at) / (high - mode))
                }
            }
            Family::Pert { low, mode, high } => {
                beta(1.0 + 4.0 * (mode - low) / (high - low), 1.0 + 4.0 * (high - mode) / (high - low))
            }
            Family::Normal { mean, sd } => normal((at - mean) / sd),
            Family::Lognormal { median, sigma } => normal(libm::log(at / median) / sigma),
            Family::Beta { alpha, beta: b, .. } => beta(*alpha, *b),
            // Beyond so many degrees of freedom it is the normal to more digits than a double has.
            Family::StudentT { mean, scale, df } if *df > 1e15 => normal((at - mean) / scale),
            Family::StudentT { mean, scale, df } => {
                student_cdf((at - mean) / scale, *df, &Beta::new(0.5 * df, 0.5))
            }
            Family::Discrete { .. } | Family::Empirical { .. } => f64::NAN,
        }
    }
}

fn ends<'a>(values: impl Iterator<Item = &'a f64>) -> (f64, f64) {
    values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| (low.min(*value), high.max(*value)))
}

impl Grade {
    pub const ALL: [Grade; 4] = [Grade::Filed, Grade::Reported, Grade::Estimated, Grade::Assumed];

    /// As in the scenario file.
    pub fn word(self) -> &'static str {
        match self {
            Grade::Filed => "filed",
            Grade::Reported => "reported",
            Grade::Estimated => "estimated",
            Grade::Assumed => "assumed",
        }
    }
}

/// As `check` prints it: `300`, `lognormal, 5% to 95%: 60 to 120`, `normal, mean 0.7, sd 0.08, cut to 0 or more`.
impl fmt::Display for Quantity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Quantity::Certain(value) => write!(f, "{value}"),
            Quantity::Uncertain(distribution) => distribution.fmt(f),
        }
    }
}

impl fmt::Display for Distribution {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.family.fmt(f)?;
        match (self.min.is_finite(), self.max.is_finite()) {
            (true, true) => write!(f, ", cut to {} to {}", self.min, self.max),
            (true, false) => write!(f, ", cut to {} or more", self.min),
            (false, true) => write!(f, ", cut to {} or less", self.max),
            (false, false) => Ok(()),
        }
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Family::Uniform { low, high } => write!(f, "uniform, {low} to {high}"),
            Family::Triangular { low, mode, high } => write!(f, "triangular, {low} to {high}, mode {mode}"),
            Family::Pert { low, mode, high } => write!(f, "PERT, {low} to {high}, mode {mode}"),
            Family::Normal { mean, sd } => {
                let (low, high) = (four_digits(mean - Z95 * sd), four_digits(mean + Z95 * sd));
                write!(f, "normal, mean {}, 5% to 95%: {low} to {high}", four_digits(*mean))
            }
            Family::Lognormal { median, sigma } => {
                let spread = libm::exp(Z95 * sigma);
                let (low, high) = (four_digits(median / spread), four_digits(median * spread));
                write!(f, "lognormal, median {}, 5% to 95%: {low} to {high}", four_digits(*median))
            }
            Family::Beta { alpha, beta, low, high } => write!(f, "beta({alpha}, {beta}), {low} to {high}"),
            Family::StudentT { mean, scale, df } => {
                write!(f, "Student t, {df} degrees of freedom, mean {mean}, scale {scale}")
            }
            Family::Discrete { values, .. } if values.len() > 6 => {
                let (low, high) = ends(values.iter());
                write!(f, "{} values, {low} to {high}", values.len())
            }
            Family::Discrete { values, weights } => {
                let entry =
                    |(value, weight): (&f64, &f64)| format!("{value} ({}%)", four_digits(100.0 * weight));
                let entries: Vec<String> = values.iter().zip(weights).map(entry).collect();
                write!(f, "{}", entries.join(", "))
            }
            Family::Empirical { values, .. } => {
                let mut sorted = values.as_ref().clone();
                sorted.sort_by(f64::total_cmp);
                let at = |share: f64| sorted.get((share * (sorted.len().max(1) - 1) as f64) as usize);
                let [low, middle, high] =
                    [0.05, 0.5, 0.95].map(|share| four_digits(at(share).copied().unwrap_or(f64::NAN)));
                write!(f, "{} rows, median {middle}, 5% to 95%: {low} to {high}", sorted.len())
            }
        }
    }
}

/// A number as a person reads it: four digits, no trailing zeros.
pub fn four_digits(value: f64) -> String {
    let rounded: f64 = format!("{value:.3e}").parse().unwrap_or(value);
    format!("{rounded}")
}
