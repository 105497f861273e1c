//! Announcements → posterior of the announcement effect (§5.3, §5.2): how strongly a market reacts to a dated deal, how
//! the reaction grows with the deal's size, how it changes with sentiment, and what it is worth as a forecast.
//!
//! [`events`] reads the file, [`exposure`] puts deals in relation to market values and says how surely, [`model`] has the
//! numbers, [`density`] their density with its gradient, [`regimes`] sums over sentiments and [`results`] over the signs of
//! results, [`nuts`] and [`sampler`] draw from the posterior, [`diagnostics`] says whether the draws can be used,
//! [`predict`] what they say of an event, [`backtest`] how good that was on events that came later, [`tally`] over sets of them; [`event_study`] is the classical study of daily returns. Writing files and
//! drawing charts is left to the studies.

pub mod backtest;
pub mod density;
pub mod diagnostics;
pub mod event_study;
pub mod events;
pub mod exposure;
pub mod fit;
pub mod model;
pub mod nuts;
pub mod predict;
pub mod regimes;
pub mod results;
pub mod sampler;
pub mod student;
pub mod tally;

#[cfg(test)]
mod simulation_based;
