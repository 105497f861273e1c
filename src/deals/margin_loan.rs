//! Collateral (5.9): interest on loans and debts, and margin calls that force sales.

use crate::actors::{Actors, Company, Holding, Now, Person, SLACK};
use crate::books::ledger::Payment;
use crate::books::{Account, Edge};
use crate::compiler::LoopKind;
use crate::market::asset_sale::sell_at;
use crate::state::Loop;
use crate::state::maths::exp;
use crate::state::{Batch, Cells, Clock, Eight, F8, Layout, M8, Row};

/// Borrowing against market value.
pub const LOOP: LoopKind = LoopKind {
    which: Loop::COLLATERAL,
    name: "collateral",
    off: "borrowing and sales are measured at min(F, M), and sales move no price",
    active: |c| {
        let borrows = |section: &str| c.any(section, |n| c.matters(n.number("max_ltv")));
        let has_stakes = c.any("holding", |n| !n.numbers_by("stakes").is_empty());
        // Whoever owes may be called, and sell.
        let owes = c.any("person", |n| n.number_if("loan").is_some_and(|id| c.matters(id)));
        let any = borrows("person") || borrows("holding") || borrows("company") || has_stakes || owes;
        any && !c.companies.is_empty()
    },
};

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
}

impl MarginLoans {
    pub fn compile(
        layout: &mut Layout,
        companies: &[Company],
        persons: &[Person],
        holdings: &[Holding],
    ) -> MarginLoans {
        let mut rates: Vec<(Row, Row)> = Vec::new();
        let mut interest = |layout: &mut Layout, rate: Row| {
            let known = rates.iter().find(|(known, _)| *known == rate).map(|(_, interest)| *interest);
            known.unwrap_or_else(|| {
                let interest = layout.row();
                rates.push((rate, interest));
                interest
            })
        };
        let of_companies = companies.iter().map(|company| interest(layout, company.rate)).collect();
        let of_persons = persons.iter().map(|person| interest(layout, person.rate)).collect();
        let of_holdings = holdings.iter().map(|holding| interest(layout, holding.rate)).collect();
        MarginLoans {
            rates,
            companies: of_companies,
            persons: of_persons,
            holdings: of_holdings,
            calls: layout.sum("margin calls"),
            forced_sales: layout.sum("forced sales"),
            lender_losses: layout.sum("lenders' losses"),
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
        for (person, interest) in actors.persons.iter().zip(&self.persons) {
            let due = b.get(person.loan) * b.get(*interest);
            b.add(person.loan, due);
            if let Some(call) = person.call_ltv {
                let collateral = actors.companies[person.company].collateral(b, now.loops);
                let limit = b.get(call) * b.get(person.stake) * collateral;
                let called = b.get(person.loan).gt(limit + F8::splat(SLACK));
                if called.any() {
                    nobody_sold = false;
                    for lane in called.lanes() {
                        self.call_person_at(b, lane, now, actors, person);
                    }
                }
            }
        }
        for (holding, interest) in actors.holdings.iter().zip(&self.holdings) {
            let interest = b.get(*interest);
            self.charge(
                b,
                holding.account,
                holding.cash_floor,
                holding.debt,
                holding.interest_edge,
                interest,
            );
            if let Some(call) = holding.call_ltv {
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
                        self.sell_of_holding_at(b, lane, now, actors, holding, nav.0[lane]);
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

    fn call_person_at(&self, b: &mut Batch, path: usize, now: &Now, actors: &Actors, person: &Person) {
        let price = actors.companies[person.company].collateral_at(b, path, now.loops);
        let held = b.at(person.stake, path) * price;
        let (loan, max_ltv) = (b.at(person.loan, path), b.at(person.max_ltv, path));
        if held <= 0.0 && loan <= 0.0 {
            return;
        }
        let sold = held.min((loan - max_ltv * held) / (1.0 - max_ltv)).max(0.0);
        sell_at(b, path, actors, person.company, person.stake, sold, now.loops);
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

    fn sell_of_holding_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        holding: &Holding,
        nav: f64,
    ) {
        let (debt, max_ltv) = (b.at(holding.debt, path), b.at(holding.max_ltv, path));
        let wanted = nav.min((debt - max_ltv * nav) / (1.0 - max_ltv)).max(0.0);
        let mut missing = wanted;
        for stake in &holding.stakes {
            let price = actors.companies[stake.company].collateral_at(b, path, now.loops);
            let sold = (b.at(stake.fraction, path) * price).min(missing);
            if sold > 0.0 {
                sell_at(b, path, actors, stake.company, stake.fraction, sold, now.loops);
                missing -= sold;
            }
        }
        let sold = wanted - missing;
        b.add_at(self.forced_sales, path, sold);
        b.put(holding.debt, path, debt - sold);
    }
}
