//! `[[commitment]]`: forward commitments in tranches (§5.11).

use crate::input::{
    Key,
    Range::{self, NonNegative, Positive},
    Section, Shape,
    Unit::{Fraction, UsdBn},
    Whom,
};

pub const SECTION: Section = Section {
    name: "commitment",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["investor", "lab"],
    doc: "A forward commitment: capital promised at a fixed pre-money valuation, paid in dated tranches (5.11).",
};

/// The keys of `[[commitment]]`.
const KEYS: &[Key] = &[
    Key::of("investor", Shape::Actor(Whom::Investor)).doc("A company, person or holding."),
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The lab."),
    Key::number("pre_money", UsdBn, Positive).doc("The agreed pre-money valuation."),
    Key::number("credits", Fraction, Range::Unit)
        .or_value(0.0)
        .doc("Share of every tranche paid in compute credits; companies only."),
    Key::of("tranches", Shape::List(TRANCHE)).doc("The tranches."),
];

/// The keys of a tranche.
const TRANCHE: &[Key] = &[
    Key::of("due", Shape::Date).doc("Day on which it falls due."),
    Key::number("amount", UsdBn, NonNegative).doc("The amount."),
    Key::of("needs", Shape::Table(NEEDS)).optional().doc("A milestone without which it does not fall due."),
];

/// The keys of `needs`.
const NEEDS: &[Key] = &[
    Key::of("company", Shape::Actor(Whom::Company)).doc("The company that must have been paid."),
    Key::number("paid", UsdBn, NonNegative).doc("What the lab must have paid it since the start."),
];
