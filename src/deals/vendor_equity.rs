//! `[[vendor_equity]]`: vendors' investments, credits and reciprocal purchases (§5.7, §5.10).

use crate::input::{
    Key,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::Fraction,
    Whom,
};

pub const SECTION: Section = Section {
    name: "vendor_equity",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["company", "lab"],
    doc: "A company that puts part of what a lab pays it back into the lab's rounds (5.7, 5.10).",
};

/// The keys of `[[vendor_equity]]`.
const KEYS: &[Key] = &[
    Key::of("company", Shape::Actor(Whom::Company)).doc("The investor."),
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The lab."),
    Key::number("ratio", Fraction, NonNegative)
        .doc("ψ: offer per round over what the lab paid the company since its last round."),
    Key::number("credits", Fraction, Range::Unit)
        .or_value(0.0)
        .doc("c: share of the offer made in compute credits."),
    Key::number("reciprocal", Fraction, Range::Unit)
        .or_value(0.0)
        .doc("κ: share of the cash received from the lab that buys the lab's services."),
];
