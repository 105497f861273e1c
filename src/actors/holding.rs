//! A holding (§3): cash, debt, stakes in companies and labs, unpaid forward commitments, and its net asset value
//! (5.11): the LTV's denominator, before debt.

use crate::actors::{Company, LAB_STAKE, Lab, refuse_ltv, warn_of_idle_offers};
use crate::books::{Account, Edge, shares::LabStakes};
use crate::books::{Flow, Party};
use crate::compiler::{Compiler, LoopKind};
use crate::input::{
    Check, Key, Node,
    Range::{self, NonNegative},
    Section, Shape,
    Unit::{Fraction, PerYear, UsdBn},
    Whom,
};
use crate::state::{Batch, Cells, Loop, Loops, Place, Row, Value};

pub const SECTION: Section = Section {
    name: "holding",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    refuse,
    doc: "An investment holding: cash, listed stakes, stakes in labs, debt (5.9–5.11).",
};

/// Unrealised private marks as borrowing power.
pub const MARKS: LoopKind = LoopKind {
    which: Loop::MARKS,
    name: "marks",
    off: "holdings carry stakes in labs at cost and book no gain before payment",
    notes: false,
    active: |c| {
        let has_stakes = c.any("holding", |n| !n.tables_by("lab_stakes").is_empty() || invests(c, n));
        let promised = c.any("commitment", |n| c.holdings.iter().any(|name| name == n.text("investor")));
        (has_stakes || promised) && !c.labs.is_empty()
    },
};

/// Does the section's owner put money into rounds?
pub fn invests(c: &Compiler, node: &Node) -> bool {
    node.numbers_by("invests").iter().any(|(_, id)| c.matters(*id))
}

/// The keys of `[[holding]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The holding's name, by which the file refers to it."),
    Key::number("cash", UsdBn, NonNegative).called("{0}’s cash at the start").doc("Cash at the start."),
    Key::number("cash_floor", UsdBn, NonNegative)
        .called("{0}’s cash floor")
        .or_value(0.0)
        .doc("Cash that it keeps."),
    Key::number("debt", UsdBn, NonNegative)
        .called("{0}’s debt at the start")
        .or_value(0.0)
        .doc("Debt at the start."),
    Key::number("max_ltv", Fraction, Range::Unit)
        .called("loan-to-value up to which {0} borrows")
        .or_value(0.0)
        .doc("Debt over net asset value up to which it borrows; 0: it does not."),
    Key::number("rate", PerYear, NonNegative)
        .called("{0}’s interest rate")
        .or_owner("as in `[market]`")
        .doc("Interest on its debt, continuously compounded (5.9)."),
    Key::number("call_ltv", Fraction, Range::Unit)
        .called("loan-to-value at which {0}’s lenders call")
        .or_owner("none: no margin call")
        .doc("Debt over net asset value above which lenders call."),
    Key::of("stakes", Shape::NumberBy(Whom::Company))
        .called("{0}’s stake in {1} at the start")
        .within(Fraction, Range::Unit)
        .optional()
        .doc("Fractions of listed companies, in the order in which they are sold."),
    Key::number("other_assets", UsdBn, NonNegative)
        .called("{0}’s other assets")
        .or_value(0.0)
        .doc("Other net assets: constant, organic, not for sale."),
    Key::of("lab_stakes", Shape::TableBy(Whom::Lab, LAB_STAKE))
        .optional()
        .doc("Opening stakes in labs, by lab."),
    Key::of("invests", Shape::NumberBy(Whom::Lab))
        .called("part of {0}’s means offered to {1}")
        .within(Fraction, Range::Unit)
        .optional()
        .doc("φ: share of its means offered per round, by lab."),
    Key::of("funding", Shape::Choices(FUNDING))
        .or_words(FUNDING)
        .doc("Where the money for rounds and tranches comes from, in this order."),
];

/// The sources of money.
pub const FUNDING: &[&str] = &["cash", "sell", "borrow"];

fn refuse(nodes: &[&Node], check: &mut Check) {
    for node in nodes {
        refuse_ltv(node, check);
        warn_of_idle_offers(node, check);
    }
}

#[derive(Debug, Clone)]
pub struct Holding {
    pub name: String,
    pub cash_floor: Row,
    pub debt_opening: Row,
    pub max_ltv: Row,
    /// Interest a year on its debt.
    pub rate: Row,
    pub call_ltv: Option<Row>,
    pub other_assets: Row,
    /// Where money is looked for, in the user's order.
    pub funding: Vec<Source>,
    /// (lab, φ)
    pub invests: Vec<(usize, Row)>,
    // State.
    pub account: Account,
    pub debt: Row,
    pub stakes: Vec<ListedStake>,
    /// Indices into [`LabStakes`].
    pub lab_stakes: Vec<usize>,
    pub promises: Vec<Promise>,
    pub booked_gain_peak: Row,
    pub got_back: Vec<Row>,
    /// Net asset value after stage 6, if there is a `call_ltv`.
    pub nav_noted: Row,
    pub sale_edge: Edge,
    pub loan_edge: Edge,
    pub interest_edge: Edge,
}

#[derive(Debug, Clone, Copy)]
pub struct ListedStake {
    pub company: usize,
    pub opening: Row,
    pub fraction: Row,
}

/// A forward commitment as the holding books it.
#[derive(Debug, Clone, Copy)]
pub struct Promise {
    pub lab: usize,
    /// A_unpaid, USD bn
    pub unpaid: Row,
    /// pre-money + A, USD bn
    pub price: Row,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    Cash,
    Sell,
    Borrow,
}

/// Net asset value as asked, with labs at cost and no booked gain, and that with listed stakes at min(F, M) (§7 rule 3).
#[derive(Debug, Clone, Copy)]
pub struct Nav<T> {
    pub full: T,
    pub labs_at_cost: T,
    pub without_premium: T,
}

impl Holding {
    /// Gain booked on unpaid commitments: A_unpaid·max(0, δV/(pre-money + A) − 1). Zero with the marks loop off.
    #[inline(always)]
    pub fn booked_gain<P: Place>(&self, b: &Cells, place: P, labs: &[Lab], loops: Loops) -> P::Value {
        let mut gain = P::Value::ZERO;
        if loops.on(Loop::MARKS) {
            for promise in &self.promises {
                let unpaid = place.read(b, promise.unpaid);
                // Nothing to gain on what is paid.
                if !unpaid.any_above_zero() {
                    continue;
                }
                let lab = &labs[promise.lab];
                let marked = place.read(b, lab.dilution) * place.read(b, lab.mark);
                let ratio = marked.share_of(place.read(b, promise.price)) - P::Value::ONE;
                gain = gain + unpaid * ratio.positive_part();
            }
        }
        gain
    }

    #[inline(always)]
    pub fn nav<P: Place>(
        &self,
        b: &Cells,
        place: P,
        companies: &[Company],
        labs: &[Lab],
        stakes: &LabStakes,
        loops: Loops,
    ) -> Nav<P::Value> {
        let mut listed = P::Value::ZERO;
        let mut listed_without_premium = P::Value::ZERO;
        for stake in &self.stakes {
            let company = &companies[stake.company];
            let fraction = place.read(b, stake.fraction);
            let value = place.read(b, company.value);
            let plain = value.min(place.read(b, company.fundamental));
            listed = listed + fraction * if loops.on(Loop::COLLATERAL) { value } else { plain };
            listed_without_premium = listed_without_premium + fraction * plain;
        }
        let mut marked = P::Value::ZERO;
        let mut cost = P::Value::ZERO;
        for index in &self.lab_stakes {
            let stake = &stakes.stakes[*index];
            marked = marked + place.read(b, stake.fraction) * place.read(b, labs[stake.lab].mark);
            cost = cost + place.read(b, stake.cost);
        }
        let certain = self.account.total_of(b, place) + place.read(b, self.other_assets) + cost;
        let labs_at_cost = certain + listed;
        let full = if loops.on(Loop::MARKS) {
            labs_at_cost - cost + marked + self.booked_gain(b, place, labs, loops)
        } else {
            labs_at_cost
        };
        Nav { full, labs_at_cost, without_premium: certain + listed_without_premium }
    }

    pub fn spare_at(&self, b: &Batch, path: usize) -> f64 {
        (self.account.total_at(b, path) - b.at(self.cash_floor, path)).max(0.0)
    }
}

impl Holding {
    pub fn compile(c: &mut Compiler, i: usize, node: &Node, rate: Row) -> Holding {
        let me = Party::Holding(i as u16);
        let cash = c.row(node, "cash");
        let funding = node
            .words("funding")
            .iter()
            .map(|word| match word.as_str() {
                "cash" => Source::Cash,
                "sell" => Source::Sell,
                _ => Source::Borrow,
            })
            .collect();
        let stakes = node
            .numbers_by("stakes")
            .iter()
            .map(|(name, stake)| ListedStake {
                company: c.company(name),
                opening: Row::from(*stake),
                fraction: c.layout.amount(format!("stake of {} in {name}", node.text("name"))),
            })
            .collect();
        for (lab, stake) in node.tables_by("lab_stakes") {
            c.opening_stake(me, lab, stake);
        }
        let invests = node.numbers_by("invests").iter().map(|(lab, f)| (c.lab(lab), Row::from(*f))).collect();
        Holding {
            name: node.text("name").to_string(),
            cash_floor: c.row(node, "cash_floor"),
            debt_opening: c.row(node, "debt"),
            max_ltv: c.row(node, "max_ltv"),
            rate: node.number_if("rate").map_or(rate, Row::from),
            call_ltv: node.number_if("call_ltv").map(Row::from),
            other_assets: c.row(node, "other_assets"),
            funding,
            invests,
            account: c.account(me, cash),
            debt: c.layout.amount(format!("debt of {}", node.text("name"))),
            stakes,
            lab_stakes: Vec::new(),
            promises: Vec::new(),
            booked_gain_peak: c.layout.sum(format!("booked gain of {}", node.text("name"))),
            nav_noted: c.layout.row(),
            got_back: (0..c.labs.len())
                .map(|_| c.layout.sum(format!("got back by {}", node.text("name"))))
                .collect(),
            sale_edge: c.edge(Party::Outside, me, Flow::SALE),
            loan_edge: c.edge(Party::Outside, me, Flow::LOAN),
            interest_edge: c.edge(me, Party::Outside, Flow::INTEREST),
        }
    }
}
