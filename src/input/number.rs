//! A number as the user wrote it: certain or a distribution, with its address, unit, source and grade.

use super::{Range, Unit};

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
    /// The key's default was taken; the file does not mention the number.
    pub is_default: bool,
    /// Byte span in the text (empty for defaults).
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
    /// Values and weights; weights sum to 1 after reading.
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
