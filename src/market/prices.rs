//! `[market]`: shocks to the market and to the sector, and the interest rate (§5.1).

use crate::input::{Key, Range::NonNegative, Section, Unit::PerYear};

pub const SECTION: Section = Section {
    name: "market",
    repeated: false,
    required: true,
    keys: KEYS,
    address: &[],
    doc: "The stock market and the AI sector (5.1).",
};

/// The keys of `[market]`.
const KEYS: &[Key] = &[
    Key::number("volatility", PerYear, NonNegative).doc("σ_m: volatility of the market."),
    Key::number("sector_volatility", PerYear, NonNegative)
        .doc("σ_s: volatility of the AI sector beyond the market."),
    Key::number("rate", PerYear, NonNegative).doc(
        "r: interest on every loan and debt, and the discount rate of contracts; continuously compounded.",
    ),
];
