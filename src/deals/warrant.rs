//! `[[warrant]]`: warrants that vest by milestone and price (§5.7).

use crate::input::{
    Key,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::{Fraction, Multiple, UsdBn},
    Whom,
};

pub const SECTION: Section = Section {
    name: "warrant",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["company", "lab"],
    doc: "A company's warrant for a lab, vesting with what the lab has paid it (5.7).",
};

/// The keys of `[[warrant]]`.
const KEYS: &[Key] = &[
    Key::of("company", Shape::Actor(Whom::Company)).doc("The issuer."),
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The holder."),
    Key::of("tranches", Shape::List(TRANCHE)).doc("The tranches."),
];

/// The keys of a tranche.
const TRANCHE: &[Key] = &[
    Key::number("fraction", Fraction, Range::Unit).doc("w: fraction of the company."),
    Key::number("milestone", UsdBn, NonNegative)
        .doc("Payments from the lab so far, direct or through others, at which it vests."),
    Key::number("price", Multiple, NonNegative).doc("Market value at which it vests, over the opening one."),
];
