//! `[[lab]]`: a lab's revenue, costs, rounds and commitments (§3, §5.1, §5.5, §5.8, §5.10).

use crate::input::{
    Key,
    Range::{self, Any, NonNegative, Positive},
    Section, Shape,
    Unit::{Fraction, Multiple, PerYear, Pure, UsdBn, UsdBnPerYear, Years},
};

pub const SECTION: Section = Section {
    name: "lab",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    doc: "A lab: sells AI, buys compute, raises capital.",
};

/// The keys of `[[lab]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The lab's name, by which the file refers to it."),
    Key::number("cash", UsdBn, NonNegative).doc("Cash at the start."),
    Key::of("revenue", Shape::Table(REVENUE)).doc("Revenue from customers outside the loop (5.1, 5.4)."),
    Key::number("opex", UsdBnPerYear, NonNegative).doc("Costs other than compute, at the start."),
    Key::number("opex_growth", PerYear, Any)
        .or_value(0.0)
        .doc("Growth of these costs, continuously compounded."),
    Key::number("mark", UsdBn, NonNegative)
        .doc("V: post-money valuation of the last round before the start."),
    Key::of("round", Shape::Table(ROUND))
        .optional()
        .doc("Funding rounds (5.10). Absent: the lab never raises."),
    Key::of("commit", Shape::Table(COMMIT))
        .optional()
        .doc("Commitments to compute out of capital raised (5.10). Absent: it never commits."),
    Key::of("restructure", Shape::Table(RESTRUCTURE))
        .or_keys()
        .doc("What a default does to its contracts (5.8)."),
];

/// The keys of `revenue`.
const REVENUE: &[Key] = &[
    Key::number("annual", UsdBnPerYear, NonNegative).doc("R: annual rate at the start."),
    Key::number("growth", PerYear, Any).doc("g_start: growth at the start, continuously compounded."),
    Key::number("growth_end", PerYear, Any)
        .or_owner("equal to `growth`")
        .doc("g_end: growth in the long run."),
    Key::number("half_life", Years, Positive)
        .or_owner("none; required with `growth_end`")
        .doc("h_g: half-life of the distance between growth and growth_end."),
    Key::number("volatility", PerYear, NonNegative).or_value(0.0).doc("σ_R: volatility of revenue."),
];

/// The keys of `round`.
const ROUND: &[Key] = &[
    Key::number("trigger", Years, NonNegative)
        .doc("The lab raises when its cash is below this many times its need over the next year."),
    Key::number("gap", Years, NonNegative).doc("Least time between two rounds."),
    Key::number("runway", Years, NonNegative).doc("The span whose need a round is to cover."),
    Key::of("multiple", Shape::States)
        .within(Multiple, NonNegative)
        .doc("Pre-money valuation over reported revenue, by sentiment."),
    Key::of("appetite", Shape::States)
        .within(Fraction, NonNegative)
        .doc("Offer of outside investors over pre-money valuation, by sentiment."),
    Key::number("spillover", Pure, NonNegative)
        .or_value(0.0)
        .doc("χ: how much of its companies' premium prices the round."),
];

/// The keys of `commit`.
const COMMIT: &[Key] = &[
    Key::number("multiple", Multiple, NonNegative).doc("λ: new compute commitments over capital raised."),
    Key::number("term", Years, Positive).doc("τ: length of a new commitment."),
    Key::number("lead", Years, NonNegative).doc("From the announcement to the first payment."),
    Key::number("tie", Pure, NonNegative)
        .or_value(0.0)
        .doc("How strongly commitments lean towards the companies that invested."),
];

/// The keys of `restructure`.
const RESTRUCTURE: &[Key] = &[Key::number("cut", Fraction, Range::Unit)
    .or_value(0.5)
    .doc("Share of every future rate that a restructuring removes.")];
