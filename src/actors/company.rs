//! `[[company]]`: a listed company's market value, cash, debt and suppliers (§3, §5.1, §5.4, §5.6).

use super::LAB_STAKE;
use crate::input::{
    Key,
    Range::{self, Any, NonNegative, Positive},
    Section, Shape,
    Unit::{Fraction, Log, PerYear, Pure, UsdBn, UsdBnPerYear, Years},
    Whom,
};

pub const SECTION: Section = Section {
    name: "company",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    doc: "A listed company: sells compute or its components. List a customer before its supplier.",
};

/// The keys of `[[company]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The company's name, by which the file refers to it."),
    Key::number("market_cap", UsdBn, Positive).doc("M: market value at the start."),
    Key::number("premium", Log, Any)
        .or_value(0.0)
        .doc("x: log of market value over fundamental value at the start."),
    Key::number("drift", PerYear, Any).or_value(0.0).doc("μ: drift of fundamental value."),
    Key::number("volatility", PerYear, NonNegative).doc("σ_i: volatility beyond market and sector."),
    Key::of("beta", Shape::Table(BETA)).or_keys().doc("Exposure to the market and to the sector (5.1)."),
    Key::number("cash", UsdBn, NonNegative).doc("Cash at the start."),
    Key::number("cash_floor", UsdBn, NonNegative)
        .or_value(0.0)
        .doc("Cash that is not offered, invested or paid out."),
    Key::number("earnings", UsdBnPerYear, NonNegative)
        .doc("e: free cash flow from business outside the loop."),
    Key::number("payout", PerYear, NonNegative)
        .or_value(0.0)
        .doc("Share of the cash above the floor that goes to shareholders in a year."),
    Key::number("margin", Fraction, Range::Unit).doc("m: gross margin on compute."),
    Key::number("debt", UsdBn, NonNegative).or_value(0.0).doc("Debt at the start."),
    Key::number("max_ltv", Fraction, Range::Unit)
        .or_value(0.0)
        .doc("ltv: debt over market value up to which it borrows; 0: it does not."),
    Key::number("build_ahead", Fraction, Range::Unit)
        .or_value(0.0)
        .doc("b: share of a contract's notional spent on suppliers before its first payment (5.6)."),
    Key::number("elasticity", Pure, NonNegative)
        .or_owner("as in `[announcement]`")
        .doc("η of this company (5.3)."),
    Key::number("half_life", Years, Positive)
        .or_owner("as in `[announcement]`")
        .doc("h: half-life of this company's premium."),
    Key::of("suppliers", Shape::NumberBy(Whom::Company))
        .within(Fraction, Range::Unit)
        .optional()
        .doc("s_ij: share of compute revenue that goes on to each supplier (5.6)."),
    Key::of("lab_stakes", Shape::TableBy(Whom::Lab, LAB_STAKE))
        .optional()
        .doc("Opening stakes in labs, by lab."),
];

/// The keys of `beta`.
const BETA: &[Key] = &[
    Key::number("market", Pure, Any).or_value(1.0).doc("β_m: exposure to the market."),
    Key::number("sector", Pure, Any).or_value(1.0).doc("β_s: exposure to the sector."),
];
