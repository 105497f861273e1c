//! `why`: the causal ledger behind a number of a run.

pub mod command;
pub mod words;
