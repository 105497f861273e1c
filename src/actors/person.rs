//! A person (§3): a stake in one company and a loan against it.

use crate::actors::{LAB_STAKE, refuse_ltv, warn_of_idle_offers};
use crate::books::Edge;
use crate::books::{Flow, Party};
use crate::compiler::Compiler;
use crate::input::{
    Check, Finding, Key, Node,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::{Fraction, PerYear, UsdBn},
    Whom,
};
use crate::state::Row;

pub const SECTION: Section = Section {
    name: "person",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    refuse,
    doc: "Somebody whose wealth is a stake in a listed company and who borrows against it (5.9, 5.10).",
};

/// The keys of `[[person]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The person's name, by which the file refers to them."),
    Key::of("stake", Shape::NumberBy(Whom::Company))
        .called("{0}’s stake in {1} at the start")
        .within(Fraction, Range::Unit)
        .doc("S: fraction of one listed company."),
    Key::number("loan", UsdBn, NonNegative)
        .called("{0}’s loan at the start")
        .or_value(0.0)
        .doc("Loan against the stake at the start."),
    Key::number("max_ltv", Fraction, Range::Unit)
        .called("loan-to-value up to which {0} borrows")
        .or_value(0.0)
        .doc("Loan over the stake's value up to which the person borrows; 0: does not."),
    Key::number("rate", PerYear, NonNegative)
        .called("{0}’s interest rate")
        .or_owner("as in `[market]`")
        .doc("Interest on the loan, continuously compounded (5.9)."),
    Key::number("call_ltv", Fraction, Range::Unit)
        .called("loan-to-value at which {0}’s lenders call")
        .or_owner("none; required with `loan` or `max_ltv`")
        .doc("Loan over the stake's value above which the lender calls."),
    Key::of("invests", Shape::NumberBy(Whom::Lab))
        .called("part of {0}’s means offered to {1}")
        .within(Fraction, Range::Unit)
        .optional()
        .doc("φ: share of borrowing capacity offered per round, by lab."),
    Key::of("lab_stakes", Shape::TableBy(Whom::Lab, LAB_STAKE))
        .optional()
        .doc("Opening stakes in labs, by lab."),
];

fn refuse(nodes: &[&Node], check: &mut Check) {
    for node in nodes {
        let stakes = node.numbers_by("stake");
        if node.has("stake") && stakes.len() != 1 {
            let message = format!("`stake` of `{}` must name one company, not {}", node.name(), stakes.len());
            let help = "a person's wealth is a stake in one company: { Oracle = 0.41 }";
            check.push(Finding::error(message).at(node.place("stake")).help(help));
        }
        let borrows = ["loan", "max_ltv"].into_iter().find(|key| check.highest_of(node, key) > 0.0);
        if let (Some(key), false) = (borrows, node.was_given("call_ltv")) {
            let message = format!("`{}` has `{key}` and no `call_ltv`", node.name());
            let help = "add `call_ltv = ...`: the loan over the stake's value above which the lender calls";
            check.push(Finding::error(message).at(node.place(key)).help(help));
        }
        refuse_ltv(node, check);
        warn_of_idle_offers(node, check);
    }
}

#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub company: usize,
    pub stake_opening: Row,
    pub loan_opening: Row,
    pub max_ltv: Row,
    /// Interest a year on the loan.
    pub rate: Row,
    pub call_ltv: Option<Row>,
    /// (lab, φ)
    pub invests: Vec<(usize, Row)>,
    // State.
    /// S: fraction of the company
    pub stake: Row,
    pub loan: Row,
    /// Payments that came back through the stake, by lab (§8).
    pub got_back: Vec<Row>,
    /// Borrowed outside to be handed on.
    pub loan_edge: Edge,
}

impl Person {
    pub fn compile(c: &mut Compiler, i: usize, node: &Node, rate: Row) -> Person {
        let me = Party::Person(i as u16);
        let (company, stake) = node.numbers_by("stake").first().expect("one stake is required");
        let invests = node.numbers_by("invests").iter().map(|(lab, f)| (c.lab(lab), Row::from(*f))).collect();
        for (lab, stake) in node.tables_by("lab_stakes") {
            c.opening_stake(me, lab, stake);
        }
        Person {
            name: node.text("name").to_string(),
            company: c.company(company),
            stake_opening: Row::from(*stake),
            loan_opening: c.row(node, "loan"),
            max_ltv: c.row(node, "max_ltv"),
            rate: node.number_if("rate").map_or(rate, Row::from),
            call_ltv: node.number_if("call_ltv").map(Row::from),
            invests,
            stake: c.layout.amount(format!("stake of {}", node.text("name"))),
            loan: c.layout.amount(format!("loan of {}", node.text("name"))),
            got_back: (0..c.labs.len())
                .map(|_| c.layout.sum(format!("got back by {}", node.text("name"))))
                .collect(),
            loan_edge: c.edge(Party::Outside, me, Flow::LOAN),
        }
    }
}
