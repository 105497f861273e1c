//! Who acts: labs, companies, persons, holdings; a file per section of the scenario (§3).

pub mod company;
pub mod holding;
pub mod lab;
pub mod person;

use crate::input::Key;
use crate::input::Range::{self, NonNegative};
use crate::input::Unit::{Fraction, UsdBn};

/// The keys of a stake in a lab: `lab_stakes = { OpenAI = { stake = 0.02, cost = 10.0 } }` (§3, §6).
pub const LAB_STAKE: &[Key] = &[
    Key::number("stake", Fraction, Range::Unit).doc("Fraction of the lab."),
    Key::number("cost", UsdBn, NonNegative).doc("What it cost: its value when the `marks` loop is off."),
];
