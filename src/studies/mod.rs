//! The questions that can be asked of a scenario (§9), a folder each: what is computed (its `mod.rs`), the words and the
//! picture of the answer, and the command. [`driver`] takes the steps that all commands share.

pub mod attribute;
pub mod backtest;
pub mod calibrate;
pub mod compare;
pub mod driver;
pub mod event_study;
pub mod merged;
pub mod replay;
pub mod room;
pub mod run;
pub mod sample;
pub mod score;
pub mod sensitivity;
pub mod simulator;
pub mod solve;
pub mod sweep;
pub mod verify;
pub mod why;
