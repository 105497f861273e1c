//! `calibrate` (docs/methods/calibration.md): the words and pictures of a calibration, and its command; what is computed is in
//! [`crate::calibrate`].

pub mod command;
pub mod words;
