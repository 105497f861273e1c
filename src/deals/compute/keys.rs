//! The section of compute links: its keys, and what is refused or doubtful beyond their ranges.

use crate::deals::LOOP_NAMES;
use crate::input::{
    Check, Finding, Key, Node,
    Range::{NonNegative, Positive, Unit},
    Section, Shape,
    Unit::{Fraction, Pure, UsdBn, UsdBnPerYear, Years},
    Whom,
    check::refuse_twice,
};

pub const SECTION: Section = Section {
    name: "compute",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["lab", "company"],
    refuse,
    doc: "A link on which a lab pays a company for compute (5.5); every pair at most once.",
};

/// The keys of `[[compute]]`.
const KEYS: &[Key] = &[
    Key::of("lab", Shape::Actor(Whom::Lab)).doc("The customer."),
    Key::of("company", Shape::Actor(Whom::Company)).doc("The provider."),
    Key::number("base", UsdBnPerYear, NonNegative)
        .called("{0}’s spend at {1} outside contracts")
        .or_value(0.0)
        .doc("Spend outside announced contracts."),
    Key::number("weight", Pure, NonNegative)
        .called("{1}’s weight in {0}’s new commitments")
        .or_value(0.0)
        .doc("Base weight when the lab splits new commitments (5.10); 0: gets none."),
    Key::of("contracts", Shape::List(CONTRACT)).optional().doc("Contracts with dates."),
];

/// The keys of a contract.
const CONTRACT: &[Key] = &[
    Key::of("announced", Shape::Date).doc("Day of the announcement; before the start: no effect on prices."),
    Key::number("notional", UsdBn, NonNegative).called("notional of {0}’s contract no. {2} with {1}").doc("D: what is paid over the whole term."),
    Key::of("starts", Shape::Date).doc("Day of the first payment."),
    Key::number("term", Years, Positive).called("term of {0}’s contract no. {2} with {1}").doc("τ: from the first payment to the last."),
    Key::number("ramp", Years, NonNegative).called("ramp of {0}’s contract no. {2} with {1}")
        .or_owner("0: equal payments")
        .doc("Time over which payments rise evenly before they are equal, at most the term; D is paid all the same."),
    Key::number("tied", Fraction, Unit).called("tied part of {0}’s contract no. {2} with {1}").optional().doc(
        "ω: part of the contract that would not have been signed without the loop in `tied_to`, where a document ties it; acts in the causal lens alone (9).",
    ),
    Key::of("tied_to", Shape::Choice(&LOOP_NAMES))
        .optional()
        .doc("That loop, by the name that `--off` takes; one that the file lets act."),
];

fn refuse(nodes: &[&Node], check: &mut Check) {
    let help = "put all contracts of the pair into one section";
    refuse_twice(nodes, ["lab", "company"], "the compute link", help, check);
    for contract in nodes.iter().flat_map(|node| node.list("contracts")) {
        for (key, other, help) in [
            (
                "tied",
                "tied_to",
                "add `tied_to = \"…\"`: the loop without which that part would not have been signed",
            ),
            (
                "tied_to",
                "tied",
                "add `tied = …`: the part of the contract that would not have been signed without the loop",
            ),
        ] {
            if contract.was_given(key) && !contract.was_given(other) {
                let finding = Finding::error(format!("`{key}` without `{other}`")).at(contract.place(key));
                check.push(finding.help(help));
            }
        }
        if let (Some(announced), Some(starts)) = (contract.date_if("announced"), contract.date_if("starts"))
            && starts < announced
        {
            let finding =
                Finding::error("the contract starts before it is announced").at(contract.place("starts"));
            let finding = finding.marked(contract.place("announced"), "announced");
            check.push(
                finding.help("write the day of the first payment, on or after that of the announcement"),
            );
        }
        warn_of_dates(contract, check);
    }
}

/// A contract that the run does not reach, or that is over before it.
fn warn_of_dates(contract: &Node, check: &mut Check) {
    let (Some(announced), Some(starts)) = (contract.date_if("announced"), contract.date_if("starts")) else {
        return;
    };
    let is_over = || {
        let (Some(clock), Some(term)) = (check.clock(), contract.number_if("term")) else { return false };
        clock.step_of(starts) + clock.term(check.highest(term)) <= 0
    };
    if check.is_past(announced) {
        let place = contract.place("announced");
        return check.warn_of_day("the contract is announced past the end", place, "it has no effect");
    }
    let (message, help) = if check.is_past(starts) {
        let help = "it is announced and nothing of it is paid: check the date, or lengthen `years`";
        ("the contract starts past the end", help)
    } else if is_over() {
        ("the contract is over before the start", "it has no effect: check the dates, or leave it out")
    } else {
        return;
    };
    check.push(Finding::warning(message).at(contract.place("starts")).help(help));
}
