//! Suppliers and costs (5.6): what a company that is paid for compute passes on to its suppliers and to the outside,
//! what it builds ahead of a contract's first payment, and what it borrows for that.
//!
//! Building ahead: b_i·D is spent in equal parts from the announcement to the first payment; the contract's later
//! pass-through is set against it until it is used up. While everything is paid in full both are known at the
//! announcement and stand as changes by step. A path on which something was not paid in full, or was cut, leaves
//! the schedule, and its contracts are then followed one by one.

use crate::actors::{Actors, Company, Now};
use crate::books::ledger::Payment;
use crate::books::{Edge, Party};
use crate::market::funding::company_loan_at;
use crate::state::{Batch, Clock, Contract, F8, LANES, Layout, M8, Row};

#[derive(Debug, Clone)]
pub struct Suppliers {
    companies: Vec<Chain>,
    links: Vec<LinkOf>,
    /// Changes are kept for steps 0..horizon.
    horizon: i32,
}

/// A company's payments for what it delivers.
#[derive(Debug, Clone)]
struct Chain {
    costs_edge: Edge,
    /// To each supplier: pass-through, building ahead.
    edges: Vec<(Edge, Edge)>,
    build_shortfall: Row,
    building: Option<Building>,
}

#[derive(Debug, Clone)]
struct Building {
    /// Spent ahead in this step, USD bn, and its changes by step.
    ahead: Row,
    ahead_changes: Row,
    /// Pass-through of this step that was spent ahead before, and its changes.
    recovered: Row,
    recovered_changes: Row,
    /// 1 on a path that has left the schedule.
    left_schedule: Row,
}

/// What is needed of a compute link.
#[derive(Debug, Clone, Copy)]
struct LinkOf {
    company: usize,
    fraction_paid: Row,
}

impl Suppliers {
    /// `builds[i]`: the file lets company i build ahead. `links`: (company, row of the fraction of the bill paid).
    pub fn compile(
        layout: &mut Layout,
        clock: &Clock,
        companies: &[Company],
        ledger: &mut crate::books::Ledger,
        builds: &[bool],
        links: Vec<(usize, Row)>,
    ) -> Suppliers {
        let horizon = clock.steps as usize + 2;
        let chains = companies
            .iter()
            .enumerate()
            .map(|(i, company)| {
                let me = Party::Company(i as u16);
                let building = builds[i] && !company.suppliers.is_empty();
                let edges = company
                    .suppliers
                    .iter()
                    .map(|(j, _)| {
                        let supplier = Party::Company(*j as u16);
                        let passed = ledger.edge(layout, me, supplier, crate::books::Flow::Supplier);
                        let ahead = if building {
                            ledger.edge(layout, me, supplier, crate::books::Flow::BuildAhead)
                        } else {
                            passed
                        };
                        (passed, ahead)
                    })
                    .collect();
                Chain {
                    costs_edge: ledger.edge(layout, me, Party::Outside, crate::books::Flow::Costs),
                    edges,
                    build_shortfall: layout.row(),
                    building: building.then(|| Building {
                        ahead: layout.row(),
                        ahead_changes: layout.block(horizon),
                        recovered: layout.row(),
                        recovered_changes: layout.block(horizon),
                        left_schedule: layout.row(),
                    }),
                }
            })
            .collect();
        let links =
            links.into_iter().map(|(company, fraction_paid)| LinkOf { company, fraction_paid }).collect();
        Suppliers { companies: chains, links, horizon: horizon as i32 }
    }

    pub fn shortfall(&self, company: usize) -> Row {
        self.companies[company].build_shortfall
    }

    /// Plans the building ahead of a contract announced on a path, as of step `step` (−1: before the first).
    pub fn plan_at(&self, b: &mut Batch, path: usize, step: i32, actors: &Actors, contract: &mut Contract) {
        let company = self.links[contract.link as usize].company;
        let Some(building) = &self.companies[company].building else { return };
        let share = actors.companies[company].supplier_share_at(b, path);
        let lead = contract.start - contract.announced;
        if lead < 1 || share <= 0.0 {
            return;
        }
        let notional = contract.amount * f64::from(contract.end - contract.start);
        let whole = b.at(actors.companies[company].build_ahead, path) * notional;
        if whole <= 0.0 {
            return;
        }
        contract.ahead = whole / f64::from(lead);
        if b.at(building.left_schedule, path) > 0.0 {
            contract.prepaid = self.prepaid_on_schedule(contract, share, step.max(0));
            return;
        }
        let mut spread = |rate: Row, changes: Row, from: i32, until: i32, amount: f64| {
            let (from, until) = (from.max(0), until);
            if until <= from {
                return;
            }
            if from <= step {
                b.add_at(rate, path, amount);
            } else {
                self.change_at(b, path, changes, from, amount);
            }
            self.change_at(b, path, changes, until, -amount);
        };
        spread(building.ahead, building.ahead_changes, contract.announced, contract.start, contract.ahead);
        let per_step = share * contract.amount;
        if per_step > 0.0 {
            // What was spent before the start is gone, for both sides.
            let whole = contract.ahead * f64::from((contract.start - contract.announced.max(0)).max(0));
            let full = (whole / per_step).floor().min(f64::from(contract.end - contract.start)) as i32;
            let rest = whole - f64::from(full) * per_step;
            let (start, end) = (contract.start, contract.end);
            spread(building.recovered, building.recovered_changes, start, (start + full).min(end), per_step);
            spread(
                building.recovered,
                building.recovered_changes,
                start + full,
                (start + full + 1).min(end),
                rest,
            );
        }
    }

    fn change_at(&self, b: &mut Batch, path: usize, changes: Row, step: i32, amount: f64) {
        // Later changes are never read.
        if step < self.horizon {
            b.add_at(changes.plus(step as usize), path, amount);
        }
    }

    /// What of a contract was spent ahead and not yet recovered before step `step`, all paid in full.
    fn prepaid_on_schedule(&self, contract: &Contract, share: f64, step: i32) -> f64 {
        let spent = contract.ahead * f64::from((step.min(contract.start) - contract.announced.max(0)).max(0));
        let recovered = share * contract.amount * f64::from((step.min(contract.end) - contract.start).max(0));
        (spent - recovered).max(0.0)
    }

    /// The path leaves the schedule: its contracts' balances as they stand before step `step`.
    pub fn leave_schedule_at(&self, b: &mut Batch, path: usize, step: i32, actors: &Actors, company: usize) {
        let Some(building) = &self.companies[company].building else { return };
        if b.at(building.left_schedule, path) > 0.0 {
            return;
        }
        b.put(building.left_schedule, path, 1.0);
        let share = actors.companies[company].supplier_share_at(b, path);
        let mut contracts = std::mem::take(&mut b.contracts[path]);
        for contract in &mut contracts {
            if self.links[contract.link as usize].company == company && contract.ahead > 0.0 {
                contract.prepaid = self.prepaid_on_schedule(contract, share, step);
            }
        }
        b.contracts[path] = contracts;
    }

    /// Stage 5, second part: every company in order pays suppliers, costs and what it builds ahead.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now, actors: &Actors) {
        for (i, (company, chain)) in actors.companies.iter().zip(&self.companies).enumerate() {
            if let Some(building) = &chain.building {
                self.bring_to_step(b, now, actors, i, building);
            }
            let received = b.get(company.received);
            let share = company.supplier_share(b);
            let costs = (F8::ONE - b.get(company.margin) - share).positive_part() * received;
            let mut passed = share * received;
            let mut ahead = F8::ZERO;
            if let Some(building) = &chain.building {
                passed = (passed - b.get(building.recovered).positive_part()).positive_part();
                ahead = b.get(building.ahead).positive_part();
            }
            let due = costs + passed + ahead;
            let short = due.gt(company.account.total(b));
            if short.any() {
                borrow(b, now, company, due, short);
            }
            let mut payment = Payment::open(b, company.account);
            let fraction = payment.total.ge(due).select(F8::ONE, payment.total.share_of(due));
            payment.out(b, chain.costs_edge, costs * fraction);
            let per_share = F8::ONE.share_of(share);
            let per_received = F8::ONE.share_of(received);
            for ((j, part), (passed_edge, ahead_edge)) in company.suppliers.iter().zip(&chain.edges) {
                let supplier = &actors.companies[*j];
                let split = b.get(*part) * per_share * fraction;
                let passed_on = passed * split;
                payment.to(b, *passed_edge, supplier.account, passed_on);
                b.add(supplier.received, passed_on);
                if chain.building.is_some() {
                    let built = ahead * split;
                    payment.to(b, *ahead_edge, supplier.account, built);
                    b.add(supplier.received, built);
                }
                // A payment from each lab to the supplier, in proportion to what the lab paid here (5.5).
                for lab in &actors.labs {
                    let from_lab = b.get(lab.dealings[i].paid_now) * per_received;
                    b.add(lab.dealings[*j].paid_now, from_lab * passed_on);
                }
            }
            payment.close(b);
            if short.any() {
                b.add(chain.build_shortfall, due * (F8::ONE - fraction));
            }
            if let Some(building) = &chain.building {
                self.after_payment(b, now, actors, i, building, ahead, fraction);
            }
        }
    }

    /// Rates of building ahead and recovery at this step; contract by contract where a path has left the schedule.
    #[inline(always)]
    fn bring_to_step(&self, b: &mut Batch, now: &Now, actors: &Actors, company: usize, building: &Building) {
        let step = now.step as usize;
        let ahead = b.get(building.ahead_changes.plus(step));
        let recovered = b.get(building.recovered_changes.plus(step));
        b.add(building.ahead, ahead);
        b.add(building.recovered, recovered);
        let mut short = M8::NONE;
        for link in self.links.iter().filter(|l| l.company == company) {
            short = short | b.get(link.fraction_paid).lt(F8::ONE);
        }
        let left = b.get(building.left_schedule).gt(F8::ZERO);
        if (short | left).any() {
            for lane in (0..LANES).filter(|lane| (short | left).is_set(*lane)) {
                let path = lane;
                self.leave_schedule_at(b, path, now.step, actors, company);
                self.follow_at(b, path, now, actors, company, building);
            }
        }
    }

    /// One path's contracts: what each spends ahead and recovers in this step.
    fn follow_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        company: usize,
        building: &Building,
    ) {
        let share = actors.companies[company].supplier_share_at(b, path);
        let mut contracts = std::mem::take(&mut b.contracts[path]);
        let (mut ahead, mut recovered) = (0.0, 0.0);
        for contract in &mut contracts {
            let link = self.links[contract.link as usize];
            if link.company != company || contract.ahead <= 0.0 {
                continue;
            }
            if (contract.announced..contract.start).contains(&now.step) {
                ahead += contract.ahead;
            } else if (contract.start..contract.end).contains(&now.step) {
                let due = share * contract.amount * b.at(link.fraction_paid, path);
                let used = due.min(contract.prepaid);
                contract.prepaid -= used;
                recovered += used;
            }
        }
        b.contracts[path] = contracts;
        b.put(building.ahead, path, ahead);
        b.put(building.recovered, path, recovered);
    }

    /// What was really spent ahead: a short payment makes a path leave the schedule.
    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    fn after_payment(
        &self,
        b: &mut Batch,
        now: &Now,
        actors: &Actors,
        company: usize,
        building: &Building,
        ahead: F8,
        fraction: F8,
    ) {
        let short = fraction.lt(F8::ONE) & ahead.gt(F8::ZERO);
        let left = b.get(building.left_schedule).gt(F8::ZERO);
        let watch = short | (left & ahead.gt(F8::ZERO));
        if !watch.any() {
            return;
        }
        for lane in (0..LANES).filter(|lane| watch.is_set(*lane)) {
            let path = lane;
            let on_schedule = !left.is_set(lane);
            if on_schedule {
                self.leave_schedule_at(b, path, now.step, actors, company);
            }
            let share = actors.companies[company].supplier_share_at(b, path);
            let mut contracts = std::mem::take(&mut b.contracts[path]);
            for contract in &mut contracts {
                if self.links[contract.link as usize].company != company || contract.ahead <= 0.0 {
                    continue;
                }
                if (contract.announced..contract.start).contains(&now.step) {
                    contract.prepaid += contract.ahead * fraction.0[lane];
                } else if on_schedule && (contract.start..contract.end).contains(&now.step) {
                    // This step's recovery was still by the schedule.
                    contract.prepaid = (contract.prepaid - share * contract.amount).max(0.0);
                }
            }
            b.contracts[path] = contracts;
        }
    }
}

/// Borrows what cash does not cover, up to ltv·M − debt, on the lanes that are short.
#[inline(always)]
fn borrow(b: &mut Batch, now: &Now, company: &Company, due: F8, short: M8) {
    let missing = due - company.account.total(b);
    let room = b.get(company.max_ltv) * company.collateral(b, now.loops) - b.get(company.debt);
    let loan = short.select(missing.min(room.positive_part()), F8::ZERO);
    if !loan.gt(F8::ZERO).any() {
        return;
    }
    for lane in (0..LANES).filter(|lane| loan.0[*lane] > 0.0) {
        let path = lane;
        let purse = company_loan_at(b, path, company, now, loan.0[lane]);
        company.account.receive_at(b, path, company.loan_edge, &purse);
        b.add_at(company.debt, path, loan.0[lane]);
    }
}
