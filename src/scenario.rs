//! The scenario: checked terms in the user's words (SCENARIO.md). Made only by [`Scenario::read`].

use crate::input::{Node, Number, Section};

/// Every section of the file: one line each. Unknown keys, schema, key reference, addresses walk this list.
pub const SECTIONS: &[&Section] = &[];

/// A checked scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    /// The file's text, for the manifest.
    pub text: String,
    /// First day, as days since 1970-01-01.
    pub start: i32,
    pub years: f64,
    pub steps_per_year: u32,
    /// Every number of the scenario, defaults included; a [`crate::input::NumberId`] points into it.
    pub numbers: Vec<Number>,
    /// The checked sections in file order, by section name.
    pub sections: Vec<(&'static str, Node)>,
}
