//! The ledger: cash accounts by origin, and every flow between parties by origin since the start of the path.
//! Only the functions here change an account. Money that a person or holding raises outside and hands on passes
//! through it in one posting pair (outside → holding, holding → lab), so that each party's account is at all times
//! its opening plus what came in less what went out.

use super::origin::{COMMON_CASH, Origin, Purse};
use crate::state::{Batch, Cells, Eight, F8, Layout, Place, Row};

/// Who pays or is paid.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Party {
    Outside,
    Lab(u16),
    Company(u16),
    Person(u16),
    Holding(u16),
}

/// What a flow is for. A deal's own flows stand in its file; those of several stand here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow {
    name: &'static str,
    capital: bool,
    network: bool,
    cashless: bool,
    laps: bool,
    memo: bool,
    lending: bool,
    boundary: Boundary,
}

/// Whether a picture of who pays whom shows a flow across the boundary.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Boundary {
    Hidden,
    Shown,
    /// Not what companies earn and spend outside the loop: it would dwarf the rest.
    HiddenForCompanies,
}

impl Flow {
    pub const REVENUE: Flow = Flow::new("revenue").shown();
    pub const EARNINGS: Flow = Flow::new("earnings");
    pub const PAYOUT: Flow = Flow::new("payout");
    pub const OPEX: Flow = Flow::new("opex").shown();
    pub const INTEREST: Flow = Flow::new("interest");
    /// Shares or stakes sold to the outside.
    pub const SALE: Flow = Flow::new("sale").hidden_for_companies();
    /// Borrowed from the outside.
    pub const LOAN: Flow = Flow::new("loan").hidden_for_companies();
    pub const ROUND: Flow = Flow::new("round").capital();
    /// Credits granted as capital, at face; no money moves.
    pub const CREDIT: Flow = Flow::new("credit").capital().cashless();

    /// A flow across the boundary that no picture shows; what follows says otherwise.
    pub const fn new(name: &'static str) -> Flow {
        Flow {
            name,
            capital: false,
            network: false,
            cashless: false,
            laps: false,
            memo: false,
            lending: false,
            boundary: Boundary::Hidden,
        }
    }

    /// Capital raised by a lab (section 7 of the model): an instrument of the answer's table, and of the network.
    pub const fn capital(self) -> Flow {
        Flow { capital: true, network: true, ..self }
    }

    /// Of the network of section 8: between actors.
    pub const fn network(self) -> Flow {
        Flow { network: true, ..self }
    }

    /// Counted at face, without moving cash.
    pub const fn cashless(self) -> Flow {
        Flow { cashless: true, ..self }
    }

    /// Paid by a lab to a company: savings arrive on their second lap (§7 rule 1).
    pub const fn laps(self) -> Flow {
        Flow { laps: true, ..self }
    }

    /// Within another flow: counted in sums of capital, and in no account, network or list of flows.
    pub const fn memo(self) -> Flow {
        Flow { memo: true, network: false, cashless: true, ..self }
    }

    /// Lent, or interest and principal of what was lent: pictures draw it with a stroke of its own.
    pub const fn lending(self) -> Flow {
        Flow { lending: true, ..self }
    }

    pub const fn shown(self) -> Flow {
        Flow { boundary: Boundary::Shown, ..self }
    }

    const fn hidden_for_companies(self) -> Flow {
        Flow { boundary: Boundary::HiddenForCompanies, ..self }
    }

    /// In `flows.csv`, in names of measures, in replays.
    pub fn name(self) -> &'static str {
        self.name
    }

    pub fn is_capital(self) -> bool {
        self.capital
    }

    pub fn is_between_actors(self) -> bool {
        self.network
    }

    pub fn is_cashless(self) -> bool {
        self.cashless
    }

    pub fn is_lending(self) -> bool {
        self.lending
    }

    pub fn is_relabelled(self) -> bool {
        self.laps
    }

    /// Does a picture of who pays whom show it between these two?
    pub fn is_mapped(self, payer: Party, payee: Party) -> bool {
        let company = |party: Party| matches!(party, Party::Company(_));
        self.network
            || match self.boundary {
                Boundary::Hidden => false,
                Boundary::Shown => true,
                Boundary::HiddenForCompanies => !company(payer) && !company(payee),
            }
    }
}

/// USD bn; less cash than that has no origins to speak of.
const NO_CASH: f64 = 1e-9;

/// A cash account: a row for each origin of cash that the plan has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Account {
    first: Row,
    /// With guarantees: one row more.
    wide: bool,
}

/// A flow: cumulated amounts, a row for each origin that the plan has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Edge {
    first: Row,
    wide: bool,
    /// Kept in a batch that keeps no flows.
    is_capital: bool,
}

/// Rows of cash, one by one: `each_cash!(wide, |origin| …)`. All accounts and flows of a plan are as wide. A macro, since a closure that the
/// compiler leaves as a function of its own has not the instruction set of the step that calls it.
macro_rules! each_cash {
    ($wide:expr, |$origin:ident| $take:expr) => {
        for $origin in 0..COMMON_CASH {
            $take;
        }
        if $wide {
            let $origin = COMMON_CASH;
            $take;
        }
    };
}

#[derive(Debug, Clone)]
pub struct EdgeEntry {
    pub payer: Party,
    pub payee: Party,
    pub flow: Flow,
    pub edge: Edge,
}

/// Which accounts and flows there are.
#[derive(Debug, Clone, Default)]
pub struct Ledger {
    /// Is there money of origin `guarantee`?
    has_guarantees: bool,
    pub edges: Vec<EdgeEntry>,
    /// Flows within others ([`Flow::memo`]).
    pub memos: Vec<EdgeEntry>,
    pub accounts: Vec<(Party, Account, Row)>,
}

impl Ledger {
    pub fn new(has_guarantees: bool) -> Ledger {
        Ledger { has_guarantees, ..Ledger::default() }
    }

    /// Origins that its money can have, in the order of results.
    pub fn origins(&self) -> &'static [Origin] {
        Origin::of_plan(self.has_guarantees)
    }

    fn block_of_edge(&self, layout: &mut Layout, is_capital: bool) -> Edge {
        Edge { first: layout.block(self.origins().len()), wide: self.has_guarantees, is_capital }
    }

    /// A cash account whose opening balance is savings (§7).
    pub fn account(&mut self, layout: &mut Layout, party: Party, opening: Row) -> Account {
        // All but credit.
        let first = layout.block(self.origins().len() - 1);
        let account = Account { first, wide: self.has_guarantees };
        self.accounts.push((party, account, opening));
        account
    }

    /// The flow between two parties for a purpose; made at the first asking.
    pub fn edge(&mut self, layout: &mut Layout, payer: Party, payee: Party, flow: Flow) -> Edge {
        let list = if flow.memo { &self.memos } else { &self.edges };
        let known = list.iter().find(|e| (e.payer, e.payee, e.flow) == (payer, payee, flow));
        if let Some(entry) = known {
            return entry.edge;
        }
        let edge = self.block_of_edge(layout, flow.capital);
        let list = if flow.memo { &mut self.memos } else { &mut self.edges };
        list.push(EdgeEntry { payer, payee, flow, edge });
        edge
    }

    /// Amounts by origin of one moment, which belong to no flow.
    pub fn lot(&mut self, layout: &mut Layout) -> Edge {
        self.block_of_edge(layout, true)
    }

    /// All flows of capital, those within others included.
    pub fn capital(&self) -> impl Iterator<Item = &EdgeEntry> {
        self.edges.iter().chain(&self.memos).filter(|entry| entry.flow.is_capital())
    }

    pub fn open(&self, b: &mut Batch) {
        for (_, account, opening) in &self.accounts {
            b.copy(*opening, account.first.plus(Origin::Savings as usize));
        }
    }
}

impl Edge {
    /// None of an origin that the plan does not have.
    pub fn row(self, origin: Origin) -> Option<Row> {
        match origin {
            Origin::Credit => Some(self.credit()),
            Origin::Guarantee => self.wide.then(|| self.first.plus(COMMON_CASH)),
            _ => Some(self.first.plus(origin as usize)),
        }
    }

    /// The last row.
    #[inline(always)]
    fn credit(self) -> Row {
        self.first.plus(COMMON_CASH + usize::from(self.wide))
    }

    /// In the order of origins.
    pub fn rows(self) -> impl Iterator<Item = Row> {
        (0..COMMON_CASH + 1 + usize::from(self.wide)).map(move |k| self.first.plus(k))
    }

    #[inline(always)]
    fn is_kept(self, b: &Cells) -> bool {
        self.is_capital || b.keeps_flows()
    }

    /// Amount over all origins.
    #[inline(always)]
    pub fn total(self, b: &Cells) -> F8 {
        let mut sum = b.get(self.first);
        for k in 1..=COMMON_CASH {
            sum += b.get(self.first.plus(k));
        }
        if self.wide { sum + b.get(self.credit()) } else { sum }
    }

    pub fn total_at(self, b: &Batch, path: usize) -> f64 {
        self.rows().map(|row| b.at(row, path)).sum()
    }

    /// Amounts by origin in cash.
    pub fn purse_at(self, b: &Batch, path: usize) -> Purse<f64> {
        let mut purse = Purse::EMPTY;
        each_cash!(self.wide, |origin| purse.0[origin] = b.at(self.first.plus(origin), path));
        purse
    }

    fn post_at(self, b: &mut Batch, path: usize, purse: &Purse<f64>) {
        each_cash!(self.wide, |origin| b.add_at(self.first.plus(origin), path, purse.0[origin]));
    }

    /// Savings, and what only a guarantee brings about.
    #[inline(always)]
    pub fn post(self, b: &mut Cells, amounts: [F8; 2]) {
        b.add_nth(self.first, Origin::Savings as usize, amounts[0]);
        if self.wide {
            b.add_nth(self.first, Origin::Guarantee as usize, amounts[1]);
        }
    }

    /// A cashless posting of credits consumed, at face.
    #[inline(always)]
    pub fn post_credit(self, b: &mut Cells, face: F8) {
        b.add(self.credit(), face);
    }

    /// Sets the rows to what a company gives in compute of face value `face` (§7 rule 4): the mark-up is `credit`, the cost of
    /// providing it has the origins of the company's cash, savings where it has none. No money moves.
    #[inline(always)]
    pub fn promise(self, b: &mut Cells, from: Account, margin: F8, face: F8) {
        let mark_up = margin * face;
        let cost = face - mark_up;
        let total = from.total(b);
        let has = total.gt(F8::splat(NO_CASH));
        let part = has.select(cost.share_of(total), F8::ZERO);
        each_cash!(self.wide, |origin| b.set_nth(self.first, origin, b.get_nth(from.first, origin) * part));
        b.add_nth(self.first, Origin::Savings as usize, has.select(F8::ZERO, cost));
        b.set(self.credit(), mark_up);
    }

    /// A cashless posting of part of a lot.
    #[inline(always)]
    pub fn add_lot(self, b: &mut Cells, lot: Edge, part: F8) {
        each_cash!(self.wide, |origin| b.add_nth(self.first, origin, b.get_nth(lot.first, origin) * part));
        b.add(self.credit(), b.get(lot.credit()) * part);
    }

    /// Capital in credits (§7 rule 4): the mark-up is `credit`, the cost has the origins of the granter's cash.
    pub fn post_credit_capital(self, b: &mut Batch, path: usize, mark_up: f64, cost: &Purse<f64>) {
        self.post_at(b, path, cost);
        b.add_at(self.credit(), path, mark_up);
    }
}

impl Account {
    /// In the order of origins.
    pub fn rows(self) -> impl Iterator<Item = Row> {
        (0..COMMON_CASH + usize::from(self.wide)).map(move |k| self.first.plus(k))
    }

    pub fn purse_at(self, b: &Batch, path: usize) -> Purse<f64> {
        let mut purse = Purse::EMPTY;
        each_cash!(self.wide, |origin| purse.0[origin] = b.at(self.first.plus(origin), path));
        purse
    }

    #[inline(always)]
    pub fn total(self, b: &Cells) -> F8 {
        self.total_of(b, Eight)
    }

    pub fn total_at(self, b: &Cells, path: usize) -> f64 {
        self.total_of(b, path)
    }

    #[inline(always)]
    pub fn total_of<P: Place>(self, b: &Cells, place: P) -> P::Value {
        let mut total = place.read_nth(b, self.first, 0);
        for origin in 1..COMMON_CASH {
            total = total + place.read_nth(b, self.first, origin);
        }
        if self.wide { total + place.read_nth(b, self.first, COMMON_CASH) } else { total }
    }

    /// Money from outside of one origin.
    #[inline(always)]
    pub fn receive(self, b: &mut Cells, edge: Edge, origin: Origin, amount: F8) {
        b.add_nth(self.first, origin as usize, amount);
        if edge.is_kept(b) {
            b.add_nth(edge.first, origin as usize, amount);
        }
    }

    /// Money from outside that the payer of `edge` hands on at once: savings, and what only a guarantee brings about.
    #[inline(always)]
    pub fn pass(self, b: &mut Cells, edge: Edge, amounts: [F8; 2]) {
        edge.post(b, amounts);
        b.add_nth(self.first, Origin::Savings as usize, amounts[0]);
        if self.wide {
            b.add_nth(self.first, Origin::Guarantee as usize, amounts[1]);
        }
    }

    fn deposit_at(self, b: &mut Batch, path: usize, purse: &Purse<f64>) {
        each_cash!(self.wide, |origin| b.add_at(self.first.plus(origin), path, purse.0[origin]));
    }

    /// Takes `amount` (at most the balance) pro rata from one path's account.
    pub fn take_at(self, b: &mut Batch, path: usize, amount: f64) -> Purse<f64> {
        let before = self.purse_at(b, path);
        let total = before.total();
        if total <= 0.0 || amount <= 0.0 {
            return Purse::EMPTY;
        }
        let fraction = (amount / total).min(1.0);
        let taken = before.part(fraction);
        each_cash!(self.wide, |origin| {
            b.put(self.first.plus(origin), path, before.0[origin] * (1.0 - fraction));
        });
        taken
    }
}

/// Payments that one account makes at one moment: each draws on the same origins pro rata (§7 rule 1). The account's rows
/// stand until [`Payment::close`], so that a payment reads them where they are; it is never made to its own account.
pub struct Payment {
    from: Account,
    /// Balance at that moment.
    pub total: F8,
    inverse: F8,
    spent: F8,
}

impl Payment {
    #[inline(always)]
    pub fn open(b: &Cells, from: Account) -> Payment {
        let total = from.total(b);
        Payment { from, total, inverse: F8::ONE.share_of(total), spent: F8::ZERO }
    }

    /// The fraction of the balance that an amount is.
    #[inline(always)]
    fn part(&mut self, amount: F8) -> F8 {
        let fraction = amount * self.inverse;
        self.spent += fraction;
        fraction
    }

    /// To the outside.
    #[inline(always)]
    pub fn out(&mut self, b: &mut Cells, edge: Edge, amount: F8) {
        let fraction = self.part(amount);
        if edge.is_kept(b) {
            each_cash!(self.from.wide, |origin| {
                b.add_nth(edge.first, origin, b.get_nth(self.from.first, origin) * fraction);
            });
        }
    }

    /// To another account, origins unchanged.
    #[inline(always)]
    pub fn to(&mut self, b: &mut Cells, edge: Edge, to: Account, amount: F8) {
        let fraction = self.part(amount);
        let is_kept = edge.is_kept(b);
        each_cash!(self.from.wide, |origin| {
            let part = b.get_nth(self.from.first, origin) * fraction;
            if is_kept {
                b.add_nth(edge.first, origin, part);
            }
            b.add_nth(to.first, origin, part);
        });
    }

    /// To another account for two purposes, origins unchanged.
    #[inline(always)]
    pub fn to_for_both(&mut self, b: &mut Cells, edges: [Edge; 2], to: Account, amounts: [F8; 2]) {
        let [first, second] = [self.part(amounts[0]), self.part(amounts[1])];
        let are_kept = edges.map(|edge| edge.is_kept(b));
        each_cash!(self.from.wide, |origin| {
            let held = b.get_nth(self.from.first, origin);
            let parts = [held * first, held * second];
            for k in 0..2 {
                if are_kept[k] {
                    b.add_nth(edges[k].first, origin, parts[k]);
                }
            }
            b.set_nth(to.first, origin, b.get_nth(to.first, origin) + parts[0] + parts[1]);
        });
    }

    /// From a lab to a company: arrives on its second lap (§7 rule 1), with savings relabelled as recycled. The edge keeps
    /// the payer's origins.
    #[inline(always)]
    pub fn lap(&mut self, b: &mut Cells, edge: Edge, to: Account, amount: F8) {
        let fraction = self.part(amount);
        let from = self.from.first;
        let is_kept = edge.is_kept(b);
        let keep = |b: &mut Cells, origin: usize, part: F8| {
            if is_kept {
                b.add_nth(edge.first, origin, part);
            }
        };
        each_cash!(self.from.wide, |origin| {
            if origin != Origin::Savings as usize && origin != Origin::Recycled as usize {
                let part = b.get_nth(from, origin) * fraction;
                keep(b, origin, part);
                b.add_nth(to.first, origin, part);
            }
        });
        let savings = b.get_nth(from, Origin::Savings as usize) * fraction;
        keep(b, Origin::Savings as usize, savings);
        let recycled = b.get_nth(from, Origin::Recycled as usize) * fraction;
        keep(b, Origin::Recycled as usize, recycled);
        b.add_nth(to.first, Origin::Recycled as usize, savings + recycled);
    }

    /// The account keeps what was not paid.
    #[inline(always)]
    pub fn close(self, b: &mut Cells) {
        let kept = (F8::ONE - self.spent).positive_part();
        let from = self.from.first;
        each_cash!(self.from.wide, |origin| b.set_nth(from, origin, b.get_nth(from, origin) * kept));
    }
}

/// Capital arrives at a lab's account on one path, from an account or raised outside through the payer.
pub fn capital_at(b: &mut Batch, path: usize, edge: Edge, lab: Account, purse: &Purse<f64>) {
    edge.post_at(b, path, purse);
    lab.deposit_at(b, path, purse);
}

/// Money that a party raises outside to hand it on in the same moment: posted, not banked.
pub fn pass_through_at(b: &mut Batch, path: usize, edge: Edge, purse: &Purse<f64>) {
    edge.post_at(b, path, purse);
}
