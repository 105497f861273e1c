//! What labs buy from companies, as readers call it: compute, unless the file has another word for it.

use serde::{Deserialize, Serialize};
use std::fmt;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Good(String);

/// Where the file does not say.
pub const COMPUTE: &str = "compute";

impl Good {
    pub fn named(name: Option<&str>) -> Good {
        Good(name.unwrap_or(COMPUTE).to_string())
    }

    pub fn is_compute(&self) -> bool {
        self.0 == COMPUTE
    }
}

impl Default for Good {
    fn default() -> Good {
        Good::named(None)
    }
}

impl fmt::Display for Good {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
