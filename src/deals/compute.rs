//! `[[compute]]`: a lab's compute at a company and its announced contracts (§5.3, §5.5).

use crate::input::{
    Key,
    Range::{NonNegative, Positive},
    Section, Shape,
    Unit::{Pure, UsdBn, UsdBnPerYear, Years},
    Whom,
};

pub const SECTION: Section = Section {
    name: "compute",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["lab", "company"],
    doc: "A link on which a lab pays a company for compute (5.5); every pair at most once.",
};

/// The keys of `[[compute]]`.
const KEYS: &[Key] = &[
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The customer."),
    Key::of("company", Shape::Actor(Whom::Company)).doc("The provider."),
    Key::number("base", UsdBnPerYear, NonNegative).or_value(0.0).doc("Spend outside announced contracts."),
    Key::number("weight", Pure, NonNegative)
        .or_value(0.0)
        .doc("Base weight when the lab splits new commitments (5.10); 0: gets none."),
    Key::of("contracts", Shape::List(CONTRACT)).optional().doc("Contracts with dates."),
];

/// The keys of a contract.
const CONTRACT: &[Key] = &[
    Key::of("announced", Shape::Date).doc("Day of the announcement; before the start: no effect on prices."),
    Key::number("notional", UsdBn, NonNegative).doc("D: what is paid over the whole term."),
    Key::of("starts", Shape::Date).doc("Day of the first payment."),
    Key::number("term", Years, Positive).doc("τ: from the first payment to the last."),
];
