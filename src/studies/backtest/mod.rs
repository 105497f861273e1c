//! `backtest`: how earlier calibrations fared; what is computed is in [`crate::calibrate::backtest`].

pub mod command;
pub mod words;
