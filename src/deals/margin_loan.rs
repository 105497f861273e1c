//! Collateral (5.9): interest on loans and debts, and margin calls that force sales.

use crate::actors::{Actors, Company, Holding, Now, Person, SLACK};
use crate::books::ledger::{Payment, pass_through_at};
use crate::books::{Account, Edge, Flow, Party};
use crate::compiler::{Compiler, LoopKind};
use crate::market::asset_sale::sell_at;
use crate::state::Loop;
use crate::state::maths::exp;
use crate::state::{Batch, Cells, Clock, Eight, F8, M8, Row};

/// Borrowing against market value.
pub const LOOP: LoopKind = LoopKind {
    which: Loop::COLLATERAL,
    name: "collateral",
    off: "borrowing and sales are measured at min(F, M), and sales move no price",
    notes: true,
    active: |c| {
        let borrows = |section: &str| c.any(section, |n| c.matters(n.number("max_ltv")));
        let has_stakes = c.any("holding", |n| !n.numbers_by("stakes").is_empty());
        // Whoever owes may be called, and sell.
        let owes = c.any("person", |n| n.number_if("loan").is_some_and(|id| c.matters(id)));
        let any = borrows("person") || borrows("holding") || borrows("company") || has_stakes || owes;
        any && !c.companies.is_empty()
    },
};

/// Shares sold to meet a call, and the loan that the proceeds repay in the same moment.
pub const FORCED_SALE: Flow = Flow::new("forced_sale");
pub const REPAYMENT: Flow = Flow::new("margin_repayment");

#[derive(Debug, Clone)]
pub struct MarginLoans {
    /// Every rate that somebody pays, and e^(rΔ) − 1 of it.
    rates: Vec<(Row, Row)>,
    /// The latter of each debtor.
    companies: Vec<Row>,
    persons: Vec<Row>,
    holdings: Vec<Row>,
    pub calls: Row,
    /// USD bn
    pub forced_sales: Row,
    pub lender_losses: Row,
    /// What calls move, of each person and of each holding that can be called.
    person_calls: Vec<Option<[Edge; 2]>>,
    holding_calls: Vec<Option<[Edge; 2]>>,
}

impl MarginLoans {
    pub fn compile(
        c: &mut Compiler,
        companies: &[Company],
        persons: &[Person],
        holdings: &[Holding],
    ) -> MarginLoans {
        let mut rates: Vec<(Row, Row)> = Vec::new();
        let mut interest = |c: &mut Compiler, rate: Row| {
            let known = rates.iter().find(|(known, _)| *known == rate).map(|(_, interest)| *interest);
            known.unwrap_or_else(|| {
                let interest = c.layout.row();
                rates.push((rate, interest));
                interest
            })
        };
        let of_companies = companies.iter().map(|company| interest(c, company.rate)).collect();
        let of_persons = persons.iter().map(|person| interest(c, person.rate)).collect();
        let of_holdings = holdings.iter().map(|holding| interest(c, holding.rate)).collect();
        let mut calls = |me: Party, call_ltv: Option<Row>| {
            call_ltv.map(|_| [c.edge(Party::Outside, me, FORCED_SALE), c.edge(me, Party::Outside, REPAYMENT)])
        };
        let person = |(i, person): (usize, &Person)| calls(Party::Person(i as u16), person.call_ltv);
        let person_calls = persons.iter().enumerate().map(person).collect();
        let holding = |(i, holding): (usize, &Holding)| calls(Party::Holding(i as u16), holding.call_ltv);
        let holding_calls = holdings.iter().enumerate().map(holding).collect();
        MarginLoans {
            rates,
            companies: of_companies,
            persons: of_persons,
            holdings: of_holdings,
            calls: c.layout.sum("margin calls"),
            forced_sales: c.layout.sum("forced sales"),
            lender_losses: c.layout.sum("lenders' losses"),
            person_calls,
            holding_calls,
        }
    }

    #[inline(always)]
    pub fn open(&self, b: &mut Batch, clock: &Clock) {
        let b = b.cells();
        for (rate, interest) in &self.rates {
            b.set(*interest, exp(b.get(*rate) * clock.step_years) - F8::ONE);
        }
    }

    /// Stage 6. Whether nobody sold, so that the net asset values noted for the margin calls still hold.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now, actors: &Actors) -> bool {
        let mut nobody_sold = true;
        let companies = actors.companies.iter().zip(&self.companies);
        for (company, interest) in companies.filter(|(company, _)| company.owes) {
            let (debt, interest) = (company.debt, b.get(*interest));
            self.charge(b, company.account, company.cash_floor, debt, company.interest_edge, interest);
        }
        for ((person, interest), edges) in actors.persons.iter().zip(&self.persons).zip(&self.person_calls) {
            let due = b.get(person.loan) * b.get(*interest);
            b.add(person.loan, due);
            if let (Some(call), Some(edges)) = (person.call_ltv, edges) {
                let collateral = actors.companies[person.company].collateral(b, now.loops);
                let limit = b.get(call) * b.get(person.stake) * collateral;
                let called = b.get(person.loan).gt(limit + F8::splat(SLACK));
                if called.any() {
                    nobody_sold = false;
                    for lane in called.lanes() {
                        self.call_person_at(b, lane, now, actors, person, *edges);
                    }
                }
            }
        }
        let holdings = actors.holdings.iter().zip(&self.holdings).zip(&self.holding_calls);
        for ((holding, interest), edges) in holdings {
            let interest = b.get(*interest);
            self.charge(
                b,
                holding.account,
                holding.cash_floor,
                holding.debt,
                holding.interest_edge,
                interest,
            );
            if let (Some(call), Some(edges)) = (holding.call_ltv, edges) {
                let Actors { companies, labs, lab_stakes, .. } = actors;
                let nav = holding.nav(b.cells(), Eight, companies, labs, lab_stakes, now.loops).full;
                b.set(holding.nav_noted, nav);
                let limit = b.get(call) * nav;
                let called = b.get(holding.debt).gt(limit + F8::splat(SLACK));
                if called.any() {
                    // A holding without listed stakes left is called again in every step, and the debt stays.
                    b.add(self.calls, called.select(F8::ONE, F8::ZERO));
                    let mut held = M8::NONE;
                    for stake in &holding.stakes {
                        held = held | b.get(stake.fraction).gt(F8::ZERO);
                    }
                    let sells = called & held;
                    nobody_sold &= !sells.any();
                    for lane in sells.lanes() {
                        self.sell_of_holding_at(b, lane, now, actors, holding, *edges, nav.0[lane]);
                    }
                }
            }
        }
        nobody_sold
    }

    /// Interest is paid from cash above the floor; the rest is added to the debt.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn charge(&self, b: &mut Cells, account: Account, floor: Row, debt: Row, edge: Edge, interest: F8) {
        let owed = b.get(debt) * interest;
        if !owed.gt(F8::ZERO).any() {
            return;
        }
        let mut payment = Payment::open(b, account);
        let paid = owed.min((payment.total - b.get(floor)).positive_part());
        payment.out(b, edge, paid);
        payment.close(b);
        b.add(debt, owed - paid);
    }

    fn call_person_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        person: &Person,
        edges: [Edge; 2],
    ) {
        let price = actors.companies[person.company].collateral_at(b, path, now.loops);
        let held = b.at(person.stake, path) * price;
        let (loan, max_ltv) = (b.at(person.loan, path), b.at(person.max_ltv, path));
        if held <= 0.0 && loan <= 0.0 {
            return;
        }
        let sold = held.min((loan - max_ltv * held) / (1.0 - max_ltv)).max(0.0);
        let proceeds = sell_at(b, path, actors, person.company, person.stake, sold, now.loops);
        for edge in edges {
            pass_through_at(b, path, edge, &proceeds);
        }
        b.add_at(self.calls, path, 1.0);
        b.add_at(self.forced_sales, path, sold);
        let left = loan - sold;
        // The whole stake is gone: what is left of the loan is the lender's loss.
        let lost = if sold >= held - SLACK { left.max(0.0) } else { 0.0 };
        if lost > 0.0 {
            b.put(person.stake, path, 0.0);
        }
        b.add_at(self.lender_losses, path, lost);
        b.put(person.loan, path, (left - lost).max(0.0));
    }

    #[allow(clippy::too_many_arguments)]
    fn sell_of_holding_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        holding: &Holding,
        edges: [Edge; 2],
        nav: f64,
    ) {
        let (debt, max_ltv) = (b.at(holding.debt, path), b.at(holding.max_ltv, path));
        let wanted = nav.min((debt - max_ltv * nav) / (1.0 - max_ltv)).max(0.0);
        let mut missing = wanted;
        for stake in &holding.stakes {
            let price = actors.companies[stake.company].collateral_at(b, path, now.loops);
            let sold = (b.at(stake.fraction, path) * price).min(missing);
            if sold > 0.0 {
                let proceeds = sell_at(b, path, actors, stake.company, stake.fraction, sold, now.loops);
                for edge in edges {
                    pass_through_at(b, path, edge, &proceeds);
                }
                missing -= sold;
            }
        }
        let sold = wanted - missing;
        b.add_at(self.forced_sales, path, sold);
        b.put(holding.debt, path, debt - sold);
    }
}
