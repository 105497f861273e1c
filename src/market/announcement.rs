//! `[announcement]`: the announcement effect (§5.3) and the price impact of sales (§5.9, §5.11).

use crate::input::{
    Key,
    Range::{NonNegative, Positive},
    Section,
    Unit::{Pure, Years},
};

pub const SECTION: Section = Section {
    name: "announcement",
    repeated: false,
    required: false,
    keys: KEYS,
    address: &[],
    doc: "What the announcement of a contract does to market value beyond what the contract is worth (5.3). Without the section: nothing.",
};

/// The keys of `[announcement]`.
const KEYS: &[Key] = &[
    Key::number("elasticity", Pure, NonNegative).doc("η: log return of an announcement as large as the market value, for companies that give none of their own."),
    Key::number("exponent", Pure, NonNegative).doc("θ: power of notional over market value."),
    Key::number("noise", Pure, NonNegative).doc("σ_a: log standard deviation of the effect from one announcement to the next."),
    Key::number("half_life", Years, Positive).or_value(1.0).doc("h: half-life of the premium, for companies that give none of their own."),
    Key::number("impact", Pure, NonNegative).or_value(0.0).doc("Price impact of forced and funding sales: log return for a sale of the whole market value."),
];
