//! `[sentiment]`: hype, neutral, suspicion, and how circularity frightens (§5.2).

use crate::input::{
    Key,
    Range::{self, Any, NonNegative, Positive},
    Section, Shape,
    Unit::{Fraction, PerYear, Pure, UsdBn, Years},
};

pub const SECTION: Section = Section {
    name: "sentiment",
    repeated: false,
    required: false,
    keys: KEYS,
    address: &[],
    doc: "What the market believes: a Markov chain over hype, neutral, suspicion (5.2). Without the section: always hype, response 1.",
};

/// The keys of `[sentiment]`.
const KEYS: &[Key] = &[
    Key::of("initial", Shape::Choice(STATES)).doc("The state at the start."),
    Key::of("response", Shape::States)
        .within(Pure, Any)
        .doc("ρ: the market's response to an announcement in each state."),
    Key::of("rates", Shape::StateMatrix)
        .within(PerYear, NonNegative)
        .doc("λ_ab: rates of moving, row from, column to; the diagonal is 0."),
    Key::of("circularity", Shape::Table(CIRCULARITY))
        .doc("How perceived circularity drives the market into suspicion."),
];

/// The states, in the order of every list of three.
pub const STATES: &[&str] = &["hype", "neutral", "suspicion"];

/// The keys of `circularity`.
const CIRCULARITY: &[Key] = &[
    Key::number("sensitivity", Pure, NonNegative)
        .doc("b: rates into suspicion are multiplied by exp(b (C − C₀))."),
    Key::number("reference", Fraction, Range::Unit)
        .doc("C₀: the circularity that the market takes for normal."),
    Key::number("half_life", Years, Positive).doc("h_C: half-life of the market's memory."),
    Key::number("weight", UsdBn, Positive)
        .or_value(10.0)
        .doc("k: how much capital raised weighs as much as the reference."),
];
