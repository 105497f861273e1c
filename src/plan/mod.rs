//! From the scenario to what the engine runs on.

pub mod correlation;
