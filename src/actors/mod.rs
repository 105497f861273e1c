//! Labs, companies, persons, holdings (§3): their state. A file per section of the scenario.

pub mod company;
pub mod holding;
pub mod lab;
pub mod person;
pub mod record;

pub use company::Company;
pub use holding::{Holding, Promise, Source};
pub use lab::{Commit, Dealings, Factor, Lab, Spending};
pub use person::Person;

use crate::books::{Ledger, Party, shares::LabStakes};
use crate::input::{
    Check, Finding, Key, Node,
    Range::{self, NonNegative},
    Span,
    Unit::{Fraction, UsdBn},
};
use crate::state::{Clock, Loops, Row};

/// The keys of a stake in a lab: `lab_stakes = { OpenAI = { stake = 0.02, cost = 10.0 } }` (§3, §6).
pub const LAB_STAKE: &[Key] = &[
    Key::number("stake", Fraction, Range::Unit)
        .called("{0}’s opening stake in {1}")
        .doc("Fraction of the lab."),
    Key::number("cost", UsdBn, NonNegative)
        .called("cost of {0}’s stake in {1}")
        .doc("What it cost: its value when the `marks` loop is off."),
];

/// Who borrows up to `max_ltv` and is called above `call_ltv` must have room between them (§5.9).
fn refuse_ltv(node: &Node, check: &mut Check) {
    let (Some(max), Some(call)) = (node.number_if("max_ltv"), node.number_if("call_ltv")) else { return };
    let (highest, lowest) = (check.highest(max), check.lowest(call));
    if highest >= lowest {
        let certain = check.number(max).is_certain() && check.number(call).is_certain();
        let verb = if certain { "is not" } else { "can lie where it is not" };
        let message = format!("`max_ltv` of `{}` {verb} below its `call_ltv`", node.name());
        let (max_place, call_place) = (check.place(max, &node.at), check.place(call, &node.at));
        let finding = Finding::error(message)
            .marked(&max_place, format!("up to {highest}"))
            .marked(&call_place, format!("from {lowest}"));
        check.push(
            finding
                .help("who borrows up to `max_ltv` would be called at once: lower it, or raise `call_ltv`"),
        );
    }
}

/// Warns of an offer to a lab that never raises.
pub fn warn_if_it_never_raises(lab: &str, offer: &Span, check: &mut Check) {
    if check.named("lab").any(|node| node.text_if("name") == Some(lab) && !node.was_given("round")) {
        let message = format!("`{lab}` has no `round`: this offer has no effect");
        let help = "add `round` to the lab, or leave the offer out";
        check.push(Finding::warning(message).at(offer).help(help));
    }
}

/// What a person or a holding offers to such labs.
fn warn_of_idle_offers(node: &Node, check: &mut Check) {
    for (lab, share) in node.numbers_by("invests") {
        if check.highest(*share) > 0.0 {
            warn_if_it_never_raises(lab, &check.place(*share, &node.at), check);
        }
    }
}

/// Everybody in the scenario, in its order, with the books that they share.
#[derive(Debug, Clone)]
pub struct Actors {
    pub labs: Vec<Lab>,
    pub companies: Vec<Company>,
    pub persons: Vec<Person>,
    pub holdings: Vec<Holding>,
    pub ledger: Ledger,
    pub lab_stakes: LabStakes,
    /// Price impact of funding and forced sales.
    pub impact: Row,
}

/// The moment that a mechanism works in.
#[derive(Debug, Clone, Copy)]
pub struct Now {
    pub step: i32,
    pub clock: Clock,
    pub loops: Loops,
    pub seed: u64,
}

/// Amounts are compared with this slack (§4), USD bn.
pub const SLACK: f64 = 1e-9;

impl Actors {
    pub fn party(&self, name: &str) -> Option<Party> {
        let index = |found: Option<usize>| found.map(|i| i as u16);
        if let Some(i) = index(self.labs.iter().position(|a| a.name == name)) {
            return Some(Party::Lab(i));
        }
        if let Some(i) = index(self.companies.iter().position(|a| a.name == name)) {
            return Some(Party::Company(i));
        }
        if let Some(i) = index(self.persons.iter().position(|a| a.name == name)) {
            return Some(Party::Person(i));
        }
        index(self.holdings.iter().position(|a| a.name == name)).map(Party::Holding)
    }

    pub fn name(&self, party: Party) -> &str {
        match party {
            Party::Outside => "outside",
            Party::Lab(i) => &self.labs[i as usize].name,
            Party::Company(i) => &self.companies[i as usize].name,
            Party::Person(i) => &self.persons[i as usize].name,
            Party::Holding(i) => &self.holdings[i as usize].name,
        }
    }
}
