//! `[[person]]`: a stake, a loan against it, and what goes into labs (§3, §5.9, §5.10).

use super::LAB_STAKE;
use crate::input::{
    Key,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::{Fraction, UsdBn},
    Whom,
};

pub const SECTION: Section = Section {
    name: "person",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    doc: "Somebody whose wealth is a stake in a listed company and who borrows against it (5.9, 5.10).",
};

/// The keys of `[[person]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The person's name, by which the file refers to them."),
    Key::of("stake", Shape::NumberBy(Whom::Company))
        .within(Fraction, Range::Unit)
        .doc("S: fraction of one listed company."),
    Key::number("loan", UsdBn, NonNegative).or_value(0.0).doc("Loan against the stake at the start."),
    Key::number("max_ltv", Fraction, Range::Unit)
        .or_value(0.0)
        .doc("Loan over the stake's value up to which the person borrows; 0: does not."),
    Key::number("call_ltv", Fraction, Range::Unit)
        .or_owner("none; required with `loan` or `max_ltv`")
        .doc("Loan over the stake's value above which the lender calls."),
    Key::of("invests", Shape::NumberBy(Whom::Lab))
        .within(Fraction, Range::Unit)
        .optional()
        .doc("φ: share of borrowing capacity offered per round, by lab."),
    Key::of("lab_stakes", Shape::TableBy(Whom::Lab, LAB_STAKE))
        .optional()
        .doc("Opening stakes in labs, by lab."),
];
