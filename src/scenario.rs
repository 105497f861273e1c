//! The scenario: checked terms in the user's words (SCENARIO.md). Made only by [`Scenario::read`].

use crate::input::{Key, Node, Number, NumberId, Quantity, Range, Section, Shape, Unit};
use crate::{actors, deals, market, plan};

/// Every section of the file: one line each. Unknown keys, schema, key reference, addresses walk this list.
pub const SECTIONS: &[&Section] = &[
    &SECTION,
    &market::prices::SECTION,
    &market::announcement::SECTION,
    &market::sentiment::SECTION,
    &actors::lab::SECTION,
    &actors::company::SECTION,
    &actors::person::SECTION,
    &actors::holding::SECTION,
    &deals::compute::SECTION,
    &deals::vendor_equity::SECTION,
    &deals::commitment::SECTION,
    &deals::warrant::SECTION,
    &plan::correlation::SECTION,
];

pub const SECTION: Section = Section {
    name: "scenario",
    repeated: false,
    required: true,
    keys: KEYS,
    address: &[],
    doc: "What the run covers. Its numbers are certain.",
};

/// The keys of `[scenario]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Text).doc("Title of charts and of the results' folder."),
    Key::of("start", Shape::Date).doc("First day."),
    Key::of("years", Shape::Certain).within(Unit::Years, Range::Positive).doc("Length."),
    Key::of("steps_per_year", Shape::Whole(&[12, 52, 252])).doc("Months, weeks or trading days."),
];

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

impl Scenario {
    /// The sections of a name in file order.
    pub fn sections_named<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s Node> {
        self.sections.iter().filter(move |(section, _)| *section == name).map(|(_, node)| node)
    }

    pub fn number(&self, id: NumberId) -> &Number {
        &self.numbers[id.0 as usize]
    }

    /// The number at an address such as `company.Oracle.volatility`.
    pub fn number_at(&self, address: &str) -> Option<NumberId> {
        self.numbers.iter().position(|number| number.address == address).map(|index| NumberId(index as u32))
    }

    /// Correlated pairs of uncertain numbers and the correlation of the normals behind them.
    pub fn correlations(&self) -> Vec<(NumberId, NumberId, f64)> {
        self.sections_named("correlation")
            .map(|node| {
                let [one, other] = node.pair("between");
                match self.number(node.number("rho")).quantity {
                    Quantity::Certain(rho) => (one, other, rho),
                    Quantity::Uncertain(_) => unreachable!("rho is read as a certain number"),
                }
            })
            .collect()
    }
}
