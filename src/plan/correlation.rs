//! `[[correlation]]`: which uncertain numbers move together (§2).

use crate::input::{Key, Range::Correlation, Section, Shape, Unit::Pure};

pub const SECTION: Section = Section {
    name: "correlation",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &[],
    doc: "A correlation between two uncertain numbers: that of the normals behind them (Gaussian copula).",
};

/// The keys of `[[correlation]]`.
const KEYS: &[Key] = &[
    Key::of("between", Shape::Addresses).doc("The addresses of the two numbers."),
    Key::of("rho", Shape::Certain).within(Pure, Correlation).doc("The correlation."),
];
