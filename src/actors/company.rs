//! A listed company (§3): fundamental value F, log premium x, cash by origin, debt. Prices move in
//! [`crate::market::prices`]; what it is paid for compute and passes on in [`crate::deals::supplier`].

use crate::actors::{LAB_STAKE, SLACK};
use crate::books::{Account, Edge, Flow, Origin, Party, Purse};
use crate::compiler::Compiler;
use crate::input::{
    Check, Finding, Key, Node, NumberId,
    Range::{self, Any, NonNegative, Positive},
    Section, Shape,
    Unit::{Fraction, Log, PerYear, Pure, UsdBn, UsdBnPerYear, Years},
    Whom,
    number::four_digits,
};
use crate::state::lanes::F8;
use crate::state::maths::exp1;
use crate::state::{Batch, Cells, Holds, Loop, Loops, Row};

pub const SECTION: Section = Section {
    name: "company",
    repeated: true,
    required: false,
    keys: KEYS,
    address: &["name"],
    refuse,
    doc: "A listed company: sells compute or its components. List a customer before its supplier.",
};

/// The keys of `[[company]]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Name).doc("The company's name, by which the file refers to it."),
    Key::number("market_cap", UsdBn, Positive)
        .called("{0}’s market value at the start")
        .doc("M: market value at the start."),
    Key::number("premium", Log, Any)
        .called("{0}’s premium at the start")
        .or_value(0.0)
        .doc("x: log of market value over fundamental value at the start."),
    Key::number("drift", PerYear, Any)
        .called("drift of {0}’s value")
        .or_value(0.0)
        .doc("μ: drift of fundamental value."),
    Key::number("volatility", PerYear, NonNegative)
        .called("{0}’s own volatility")
        .doc("σ_i: volatility beyond market and sector."),
    Key::of("beta", Shape::Table(BETA)).or_keys().doc("Exposure to the market and to the sector (5.1)."),
    Key::number("cash", UsdBn, NonNegative).called("{0}’s cash at the start").doc("Cash at the start."),
    Key::number("cash_floor", UsdBn, NonNegative)
        .called("{0}’s cash floor")
        .or_value(0.0)
        .doc("Cash that is not offered, invested or paid out."),
    Key::number("earnings", UsdBnPerYear, NonNegative)
        .called("{0}’s cash flow outside the loop")
        .doc("e: free cash flow from business outside the loop."),
    Key::number("payout", Fraction, NonNegative)
        .called("{0}’s payout to shareholders")
        .or_value(0.0)
        .doc("Share of the cash above the floor that goes to shareholders in a year."),
    Key::number("margin", Fraction, Range::Unit)
        .called("{0}’s gross margin")
        .doc("m: gross margin on compute."),
    Key::number("debt", UsdBn, NonNegative)
        .called("{0}’s debt at the start")
        .or_value(0.0)
        .doc("Debt at the start."),
    Key::number("max_ltv", Fraction, Range::Unit)
        .called("loan-to-value up to which {0} borrows")
        .or_value(0.0)
        .doc("ltv: debt over market value up to which it borrows; 0: it does not."),
    Key::number("rate", PerYear, NonNegative)
        .called("{0}’s interest rate")
        .or_owner("as in `[market]`")
        .doc("Interest on its debt, continuously compounded (5.9)."),
    Key::number("build_ahead", Fraction, Range::Unit)
        .called("part of contracts that {0} builds ahead")
        .or_value(0.0)
        .doc("b: share of a contract's notional spent on suppliers before its first payment (5.6)."),
    Key::number("elasticity", Pure, NonNegative)
        .called("elasticity of {0}’s announcements")
        .or_owner("as in `[announcement]`")
        .doc("η of this company (5.3)."),
    Key::number("half_life", Years, Positive)
        .called("half-life of {0}’s premium")
        .or_owner("as in `[announcement]`")
        .doc("h: half-life of this company's premium."),
    Key::of("suppliers", Shape::NumberBy(Whom::Company))
        .called("part of {0}’s revenue that goes on to {1}")
        .within(Fraction, Range::Unit)
        .optional()
        .doc("s_ij: share of compute revenue that goes on to each supplier (5.6)."),
    Key::of("lab_stakes", Shape::TableBy(Whom::Lab, LAB_STAKE))
        .optional()
        .doc("Opening stakes in labs, by lab."),
];

/// The keys of `beta`.
const BETA: &[Key] = &[
    Key::number("market", Pure, Any)
        .called("{0}’s beta to the market")
        .or_value(1.0)
        .doc("β_m: exposure to the market."),
    Key::number("sector", Pure, Any)
        .called("{0}’s beta to the AI sector")
        .or_value(1.0)
        .doc("β_s: exposure to the sector."),
    Key::of("labs", Shape::NumberBy(Whom::Lab))
        .called("{0}’s beta to {1}")
        .within(Pure, Any)
        .optional()
        .doc("β: exposure to labs' own factors, by lab."),
];

fn refuse(nodes: &[&Node], check: &mut Check) {
    refuse_suppliers(nodes, check);
    refuse_elasticity_without_announcement(nodes, check);
    refuse_payout_beyond_cash(nodes, check);
    for node in nodes {
        let Some(margin) = node.number_if("margin") else { continue };
        let mut shares: Vec<NumberId> = node.numbers_by("suppliers").iter().map(|(_, id)| *id).collect();
        shares.push(margin);
        let total: f64 = shares.iter().map(|id| check.highest(*id)).sum();
        if total > 1.0 + SLACK {
            let certain = shares.iter().all(|id| check.number(*id).is_certain());
            let (verb, help) = if certain {
                (
                    "sum to",
                    "together they are at most 1: what a company keeps and what it passes on of its revenue",
                )
            } else {
                ("can sum to", "cut the distributions with `max` so that their upper ends sum to at most 1")
            };
            let message =
                format!("`margin` and `suppliers` of `{}` {verb} {}", node.name(), four_digits(total));
            let place = check.place(margin, &node.at);
            let finding = Finding::error(message).at(node.place("suppliers")).marked(&place, "the margin");
            check.push(finding.help(help));
        }
    }
}

/// A company's elasticity needs the exponent and the noise that go with it.
fn refuse_elasticity_without_announcement(nodes: &[&Node], check: &mut Check) {
    if check.first("announcement").is_some() {
        return;
    }
    for node in nodes {
        if let Some(id) = node.number_if("elasticity") {
            let message = format!("`elasticity` of `{}` without [announcement]", node.name());
            let help = "add [announcement] with `elasticity`, `exponent` and `noise`";
            check.push(Finding::error(message).at(&check.place(id, &node.at)).help(help));
        }
    }
}

/// In one step a company cannot pay out more than all of its cash above the floor.
fn refuse_payout_beyond_cash(nodes: &[&Node], check: &mut Check) {
    let Some(steps) = check.first("scenario").and_then(|node| node.whole_if("steps_per_year")) else {
        return;
    };
    for node in nodes {
        let Some(id) = node.number_if("payout") else { continue };
        if check.highest(id) > steps as f64 {
            let message = format!("`payout` of `{}` can exceed all its cash in one step", node.name());
            let help = format!("it is a share a year, paid in {steps} steps: at most {steps}");
            check.push(Finding::error(message).at(&check.place(id, &node.at)).help(help));
        }
    }
}

/// A customer is listed before its supplier, so that a step can go through the companies in their order (§5.6).
fn refuse_suppliers(nodes: &[&Node], check: &mut Check) {
    for (customer, node) in nodes.iter().enumerate() {
        for (name, share) in node.numbers_by("suppliers") {
            let supplier = nodes.iter().position(|node| node.name() == name);
            let Some(supplier) = supplier.filter(|supplier| *supplier <= customer) else { continue };
            let place = check.place(*share, &node.at);
            let finding = match way(nodes, supplier, customer, &mut vec![false; nodes.len()]) {
                Some(way) => {
                    let names: Vec<&str> =
                        std::iter::once(customer).chain(way).map(|company| nodes[company].name()).collect();
                    Finding::error(format!("suppliers in a circle: {}", names.join(" -> "))).at(&place).help(
                        "leave out the smaller of the payments: what a company is paid, it passes on once",
                    )
                }
                None => Finding::error(format!("`{name}` is listed before its customer `{}`", node.name()))
                    .at(&place)
                    .marked(&nodes[supplier].at, "the supplier")
                    .help(format!("move the section of `{}` above that of `{name}`", node.name())),
            };
            check.push(finding);
        }
    }
}

/// The companies through which money passed on by one reaches the other, both included.
fn way(nodes: &[&Node], from: usize, to: usize, seen: &mut [bool]) -> Option<Vec<usize>> {
    if from == to {
        return Some(vec![to]);
    }
    if std::mem::replace(&mut seen[from], true) {
        return None;
    }
    nodes[from].numbers_by("suppliers").iter().find_map(|(name, _)| {
        let next = nodes.iter().position(|node| node.name() == name)?;
        let rest = way(nodes, next, to, seen)?;
        Some(std::iter::once(from).chain(rest).collect())
    })
}

#[derive(Debug, Clone)]
pub struct Company {
    pub name: String,
    // The user's numbers.
    pub market_cap: Row,
    pub premium_opening: Row,
    pub drift: Row,
    pub volatility: Row,
    pub beta_market: Row,
    pub beta_sector: Row,
    /// (lab, β) of the labs that have a factor.
    pub beta_labs: Vec<(usize, Row)>,
    pub cash_floor: Row,
    /// e: free cash flow from business outside the loop, USD bn a year
    pub earnings: Row,
    pub payout: Row,
    /// m: gross margin on compute
    pub margin: Row,
    pub max_ltv: Row,
    /// Interest a year on its debt.
    pub rate: Row,
    pub build_ahead: Row,
    pub elasticity: Row,
    pub half_life: Row,
    /// (supplier, s_ij), in the user's order
    pub suppliers: Vec<(usize, Row)>,
    // State.
    pub account: Account,
    /// F, USD bn
    pub fundamental: Row,
    /// x
    pub premium: Row,
    /// M = F·eˣ; kept in step with F and x by whoever moves them
    pub value: Row,
    pub debt: Row,
    pub debt_opening: Row,
    /// Σ g·K: what it guarantees of others' project debt.
    pub guaranteed: Option<Row>,
    /// Received for compute in this step, cash and credits at face, and from customers for supplies.
    pub received: Row,
    /// Does the file let it pay out?
    pub pays_out: bool,
    /// Does the file let it owe?
    pub owes: bool,
    pub earnings_edge: Edge,
    pub payout_edge: Edge,
    pub interest_edge: Edge,
    pub loan_edge: Edge,
    /// Warrants: shares sold through the company to the outside.
    pub sale_edge: Edge,
}

impl Company {
    /// M from F and x.
    pub fn revalue_at(&self, b: &mut Batch, path: usize) {
        let value = b.at(self.fundamental, path) * exp1(b.at(self.premium, path));
        b.put(self.value, path, value);
    }

    /// What lenders measure: M, or min(F, M) with the collateral loop off (§6).
    #[inline(always)]
    pub fn collateral(&self, b: &Cells, loops: Loops) -> F8 {
        let value = b.get(self.value);
        if loops.on(Loop::COLLATERAL) { value } else { value.min(b.get(self.fundamental)) }
    }

    pub fn collateral_at(&self, b: &Batch, path: usize, loops: Loops) -> f64 {
        let value = b.at(self.value, path);
        if loops.on(Loop::COLLATERAL) { value } else { value.min(b.at(self.fundamental, path)) }
    }

    /// min(F, M): what the collateral would be without the premium (§7 rule 3).
    pub fn without_premium_at(&self, b: &Batch, path: usize) -> f64 {
        b.at(self.value, path).min(b.at(self.fundamental, path))
    }

    /// π = max(0, 1 − e⁻ˣ): the premium's share of the price.
    pub fn premium_share_at(&self, b: &Batch, path: usize) -> f64 {
        (1.0 - exp1(-b.at(self.premium, path))).max(0.0)
    }

    /// Cash above the floor.
    pub fn spare_at(&self, b: &Batch, path: usize) -> f64 {
        (self.account.total_at(b, path) - b.at(self.cash_floor, path)).max(0.0)
    }

    /// What counts as debt when it borrows: its own, and what it guarantees of others'.
    #[inline(always)]
    pub fn owed(&self, b: &Cells) -> F8 {
        let debt = b.get(self.debt);
        match self.guaranteed {
            Some(guaranteed) => debt + b.get(guaranteed),
            None => debt,
        }
    }

    /// Σ s_ij
    #[inline(always)]
    pub fn supplier_share(&self, b: &Cells) -> F8 {
        self.suppliers.iter().fold(F8::ZERO, |sum, (_, share)| sum + b.get(*share))
    }

    pub fn supplier_share_at(&self, b: &Batch, path: usize) -> f64 {
        self.suppliers.iter().map(|(_, share)| b.at(*share, path)).sum()
    }

    /// Grants credits of face value `face` as capital (§7 rule 4): the mark-up is `credit`, the cost of the service
    /// has the origins of the company's cash at this moment (`savings` when there is none). No cash moves.
    pub fn grant_credits_at(&self, b: &mut Batch, path: usize, edge: Edge, credits: Row, face: f64) {
        let mark_up = b.at(self.margin, path) * face;
        let cost = face - mark_up;
        let cash = self.account.purse_at(b, path);
        let total = cash.total();
        let cost = if total > SLACK { cash.part(cost / total) } else { Purse::of(Origin::Savings, cost) };
        edge.post_credit_capital(b, path, mark_up, &cost);
        b.add_at(credits, path, face);
    }
}

impl Company {
    /// `elasticity`, `half_life`: those of `[announcement]`; `rate`: that of the market.
    pub fn compile(
        c: &mut Compiler,
        i: usize,
        node: &Node,
        elasticity: Row,
        half_life: Row,
        rate: Row,
    ) -> Company {
        let me = Party::Company(i as u16);
        let cash = c.row(node, "cash");
        let beta = node.table("beta").expect("beta is defaulted");
        for (lab, stake) in node.tables_by("lab_stakes") {
            c.opening_stake(me, lab, stake);
        }
        let suppliers = node
            .numbers_by("suppliers")
            .iter()
            .map(|(name, share)| (c.company(name), Row::from(*share)))
            .collect();
        Company {
            name: node.text("name").to_string(),
            market_cap: c.row(node, "market_cap"),
            premium_opening: c.row(node, "premium"),
            drift: c.row(node, "drift"),
            volatility: c.row(node, "volatility"),
            beta_market: c.row(beta, "market"),
            beta_sector: c.row(beta, "sector"),
            beta_labs: betas_to_labs(c, beta),
            cash_floor: c.row(node, "cash_floor"),
            earnings: c.row(node, "earnings"),
            payout: c.row(node, "payout"),
            margin: c.row(node, "margin"),
            max_ltv: c.row(node, "max_ltv"),
            rate: node.number_if("rate").map_or(rate, Row::from),
            build_ahead: c.row(node, "build_ahead"),
            elasticity: node.number_if("elasticity").map_or(elasticity, Row::from),
            half_life: node.number_if("half_life").map_or(half_life, Row::from),
            suppliers,
            account: c.account(me, cash),
            fundamental: c.layout.amount(format!("F of {}", node.text("name"))),
            premium: c.layout.registered(format!("x of {}", node.text("name")), Holds::Nothing),
            value: c.layout.amount(format!("M of {}", node.text("name"))),
            debt: c.layout.amount(format!("debt of {}", node.text("name"))),
            debt_opening: c.row(node, "debt"),
            guaranteed: c.foreseen.guarantors.contains(&i).then(|| c.layout.row()),
            received: c.layout.amount(format!("receipts of {}", node.text("name"))),
            pays_out: c.matters(node.number("payout")),
            owes: c.matters(node.number("debt")) || c.matters(node.number("max_ltv")),
            earnings_edge: c.edge(Party::Outside, me, Flow::EARNINGS),
            payout_edge: c.edge(me, Party::Outside, Flow::PAYOUT),
            interest_edge: c.edge(me, Party::Outside, Flow::INTEREST),
            loan_edge: c.edge(Party::Outside, me, Flow::LOAN),
            sale_edge: c.edge(Party::Outside, me, Flow::SALE),
        }
    }
}

/// Exposures to the labs that have a factor.
fn betas_to_labs(c: &Compiler, beta: &Node) -> Vec<(usize, Row)> {
    let has_factor = |lab: usize| {
        let node = c.sections_named("lab").nth(lab);
        node.and_then(|node| node.number_if("factor_volatility")).is_some_and(|id| c.matters(id))
    };
    let betas = beta.numbers_by("labs").iter().map(|(lab, id)| (c.lab(lab), *id));
    betas.filter(|(lab, id)| has_factor(*lab) && c.matters(*id)).map(|(l, id)| (l, Row::from(id))).collect()
}
