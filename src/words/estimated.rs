//! A value with its standard error, as charts, page and answer take it from whoever has estimated.

use serde::{Deserialize, Deserializer, Serialize};

/// A value with its standard error.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Estimated {
    #[serde(deserialize_with = "number")]
    pub value: f64,
    #[serde(deserialize_with = "number")]
    pub se: f64,
}

impl Estimated {
    pub fn new(value: f64, se: f64) -> Estimated {
        Estimated { value, se }
    }
}

/// JSON has no NaN: what is not defined is written as null, and read back as NaN.
pub fn number<'de, D: Deserializer<'de>>(from: D) -> Result<f64, D::Error> {
    Ok(Option::<f64>::deserialize(from)?.unwrap_or(f64::NAN))
}
