//! `[[holding]]`: cash, stakes, debt and the order in which it finds money (§3, §5.9–§5.11).

use super::LAB_STAKE;
use crate::input::{
    Key,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::{Fraction, UsdBn},
    Whom,
};

pub const SECTION: Section = Section {
    name: "holding",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    doc: "An investment holding: cash, listed stakes, stakes in labs, debt (5.9–5.11).",
};

/// The keys of `[[holding]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The holding's name, by which the file refers to it."),
    Key::number("cash", UsdBn, NonNegative).doc("Cash at the start."),
    Key::number("cash_floor", UsdBn, NonNegative).or_value(0.0).doc("Cash that it keeps."),
    Key::number("debt", UsdBn, NonNegative).or_value(0.0).doc("Debt at the start."),
    Key::number("max_ltv", Fraction, Range::Unit)
        .or_value(0.0)
        .doc("Debt over net asset value up to which it borrows; 0: it does not."),
    Key::number("call_ltv", Fraction, Range::Unit)
        .or_owner("none: no margin call")
        .doc("Debt over net asset value above which lenders call."),
    Key::of("stakes", Shape::NumberBy(Whom::Company))
        .within(Fraction, Range::Unit)
        .optional()
        .doc("Fractions of listed companies, in the order in which they are sold."),
    Key::number("other_assets", UsdBn, NonNegative)
        .or_value(0.0)
        .doc("Other net assets: constant, organic, not for sale."),
    Key::of("lab_stakes", Shape::TableBy(Whom::Lab, LAB_STAKE))
        .optional()
        .doc("Opening stakes in labs, by lab."),
    Key::of("invests", Shape::NumberBy(Whom::Lab))
        .within(Fraction, Range::Unit)
        .optional()
        .doc("φ: share of its means offered per round, by lab."),
    Key::of("funding", Shape::Choices(FUNDING))
        .or_words(FUNDING)
        .doc("Where the money for rounds and tranches comes from, in this order."),
];

/// The sources of money.
pub const FUNDING: &[&str] = &["cash", "sell", "borrow"];
