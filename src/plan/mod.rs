//! Names become handles, dates become steps, uncertain numbers become dimensions; cannot fail.

pub mod distribution;
pub mod parameters;
mod sobol;
mod strata;
