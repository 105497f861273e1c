//! Suppliers and costs (5.6): what a company that is paid for compute passes on to its suppliers and to the outside,
//! what it builds ahead of a contract's first payment, and what it borrows for that.
//!
//! Building ahead: b_i·D is spent in equal parts from the announcement to the first payment; the contract's later
//! pass-through is set against it until it is used up. What is spent ahead is known at the announcement, and what is
//! recovered at the first payment, as long as labs pay in full: both stand as changes by step, so that a step costs an
//! addition. What companies could pay of a step's building is kept as a running sum: its growth over a contract's
//! building says what the contract has built. On a path on which a lab does not pay in full, its contracts' recovery leaves
//! the plan and is worked out step by step, until all labs pay in full again; one that cuts has it planned anew from the
//! next step on.

mod schedule;

use schedule::{Schedule, prepaid_before};

use crate::actors::{Actors, Company, Now, SLACK};
use crate::books::ledger::Payment;
use crate::books::{Account, Edge, Flow, Party};
use crate::market::funding::company_borrows;
use crate::state::{Batch, Cells, Clock, Contract, Deferral, F8, Layout, M8, Payments, Row};

pub const SUPPLIER: Flow = Flow::new("supplier").network();
pub const BUILD_AHEAD: Flow = Flow::new("build_ahead").network();
pub const COSTS: Flow = Flow::new("costs");

#[derive(Debug, Clone)]
pub struct Suppliers {
    companies: Vec<Chain>,
    links: Vec<LinkOf>,
    /// Changes are kept for steps 0..horizon.
    horizon: i32,
}

/// What else stands in a company's sum of 5.6: debt of what it builds for single labs.
pub trait Projects {
    /// Does the company have any?
    fn any(&self, company: usize) -> bool;
    /// Of what is built ahead on a link: lent, and the part of that which only a guarantee brings about.
    fn lend(&self, b: &mut Cells, now: &Now, link: usize, ahead: F8) -> [F8; 2];
    /// Interest and principal that the company owes in this step.
    fn due(&self, b: &mut Cells, now: &Now, company: usize) -> F8;
    /// The fraction of it that its cash covers.
    fn pay(&self, b: &mut Cells, company: usize, payment: &mut Payment, fraction: F8);
}

/// A company's payments for what it delivers.
#[derive(Debug, Clone)]
struct Chain {
    /// Σ s_ij, and what is left of revenue beside it and the margin: costs.
    share: Row,
    costs: Row,
    costs_edge: Edge,
    suppliers: Vec<Supply>,
    build_shortfall: Row,
    building: Option<Building>,
}

/// A company's payments to one supplier.
#[derive(Debug, Clone, Copy)]
struct Supply {
    supplier: usize,
    /// s_ij
    share: Row,
    /// s_ij / Σ_j s_ij
    part: Row,
    passed_edge: Edge,
    ahead_edge: Edge,
    account: Account,
    received: Row,
}

#[derive(Debug, Clone)]
struct Building {
    /// What is built for labs whose building is not lent for on its own account, then for each of the others.
    parts: Vec<Part>,
    /// Pass-through of this step that was spent ahead before, if labs pay in full, and its changes.
    recovered: Row,
    recovered_changes: Row,
    /// 1 on a path on which a contract's recovery has left the plan.
    unplanned: Row,
    /// Fractions of their bills that the labs paid in this step.
    fractions_paid: Vec<Row>,
    /// The next step in which a contract with building ahead has its first payment.
    next_start: Row,
}

/// What a company builds ahead, as far as it is financed in one way.
#[derive(Debug, Clone, Copy)]
struct Part {
    /// The link of the lab that it is for, where lenders lend for that lab's contracts.
    link: Option<usize>,
    /// To be spent ahead in this step, USD bn, and its changes by step.
    ahead: Row,
    ahead_changes: Row,
    /// The fraction of it that was lent.
    lent: Row,
    /// Σ over the steps before this one of the fraction that could be built of what was due.
    built: Row,
}

impl Building {
    /// The part that a link's building belongs to.
    fn part(&self, link: u32) -> &Part {
        let own = self.parts.iter().find(|part| part.link == Some(link as usize));
        own.unwrap_or(&self.parts[0])
    }

    /// The fraction that could be paid of what own means had to pay for in this step.
    #[inline(always)]
    fn note_built(&self, b: &mut Cells, fraction: F8) {
        b.add(self.parts[0].built, fraction);
        for part in &self.parts[1..] {
            let lent = b.get(part.lent);
            b.add(part.built, lent + (F8::ONE - lent) * fraction);
        }
    }
}

/// "No contract waits for its first payment": later than any step.
const NEVER: f64 = 1e18;

/// A bill is paid in full when no more than rounding is missing.
const IN_FULL: f64 = 1.0 - 1e-12;

/// What is needed of a compute link.
#[derive(Debug, Clone, Copy)]
pub struct LinkOf {
    pub lab: usize,
    pub company: usize,
    pub fraction_paid: Row,
    /// Do lenders lend for what the company builds for this lab?
    pub is_lent_for: bool,
}

impl Suppliers {
    /// `builds[i]`: the file lets company i build ahead.
    pub fn compile(
        layout: &mut Layout,
        clock: &Clock,
        companies: &[Company],
        ledger: &mut crate::books::Ledger,
        builds: &[bool],
        links: Vec<LinkOf>,
    ) -> Suppliers {
        let horizon = clock.steps as usize + 2;
        let chains = companies
            .iter()
            .enumerate()
            .map(|(i, company)| {
                let me = Party::Company(i as u16);
                let building = builds[i] && !company.suppliers.is_empty();
                let suppliers = company
                    .suppliers
                    .iter()
                    .map(|(j, share)| {
                        let supplier = Party::Company(*j as u16);
                        let passed_edge = ledger.edge(layout, me, supplier, SUPPLIER);
                        let ahead_edge = if building {
                            ledger.edge(layout, me, supplier, BUILD_AHEAD)
                        } else {
                            passed_edge
                        };
                        let Company { account, received, .. } = companies[*j];
                        let part = layout.row();
                        Supply {
                            supplier: *j,
                            share: *share,
                            part,
                            passed_edge,
                            ahead_edge,
                            account,
                            received,
                        }
                    })
                    .collect();
                Chain {
                    share: layout.row(),
                    costs: layout.row(),
                    costs_edge: ledger.edge(layout, me, Party::Outside, COSTS),
                    suppliers,
                    build_shortfall: layout.amount(format!("build shortfall of {}", companies[i].name)),
                    building: building.then(|| Building {
                        parts: std::iter::once(None)
                            .chain((0..links.len()).filter(|k| links[*k].is_lent_for).map(Some))
                            .filter(|link| link.is_none_or(|k| links[k].company == i))
                            .map(|link| Part {
                                link,
                                ahead: layout.row(),
                                ahead_changes: layout.schedule(horizon),
                                lent: layout.row(),
                                built: layout.row(),
                            })
                            .collect(),
                        recovered: layout.row(),
                        recovered_changes: layout.schedule(horizon),
                        unplanned: layout.row(),
                        next_start: layout.row(),
                        fractions_paid: links
                            .iter()
                            .filter(|link| link.company == i)
                            .map(|link| link.fraction_paid)
                            .collect(),
                    }),
                }
            })
            .collect();
        Suppliers { companies: chains, links, horizon: horizon as i32 }
    }

    #[inline(always)]
    pub fn open(&self, b: &mut Batch, actors: &Actors) {
        let b = b.cells();
        for (company, chain) in actors.companies.iter().zip(&self.companies) {
            let whole = company.supplier_share(b);
            b.set(chain.share, whole);
            b.set(chain.costs, (F8::ONE - b.get(company.margin) - whole).positive_part());
            for supply in &chain.suppliers {
                b.set(supply.part, b.get(supply.share).share_of(whole));
            }
            if let Some(building) = &chain.building {
                b.fill(building.next_start, NEVER);
            }
        }
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
        let notional = contract.notional();
        let whole = b.at(actors.companies[company].build_ahead, path) * notional;
        if whole <= 0.0 {
            return;
        }
        contract.ahead = whole / f64::from(lead);
        let part = building.part(contract.link);
        contract.built_before = b.at(part.built, path);
        let schedule = self.schedule(part.ahead, part.ahead_changes, step);
        // What was spent before the start is gone, for both sides.
        schedule.spread_at(b, path, contract.announced.max(0), contract.start, contract.ahead);
        let start = f64::from(contract.start);
        if contract.start > step && start < b.at(building.next_start, path) {
            b.put(building.next_start, path, start);
        }
    }

    fn schedule(&self, rate: Row, changes: Row, step: i32) -> Schedule {
        Schedule { rate, changes, step, horizon: self.horizon }
    }

    /// Every contract of the company on the path whose payments have begun and that has something left to be recovered.
    fn each_begun_at(
        &self,
        b: &mut Batch,
        path: usize,
        step: i32,
        company: usize,
        mut take: impl FnMut(&mut Batch, &mut Contract, LinkOf, &[Deferral]),
    ) {
        let mut contracts = std::mem::take(&mut b.contracts[path]);
        let deferrals = std::mem::take(&mut b.deferrals[path]);
        contracts.change_of_company(company, |contract| {
            if contract.prepaid > 0.0 && contract.start <= step {
                take(b, contract, self.links[contract.link as usize], &deferrals);
            }
        });
        b.contracts[path] = contracts;
        b.deferrals[path] = deferrals;
    }

    /// A restructuring or a deferral in step `step` changes what contracts pass on: recovery from the next step on is taken out of
    /// the schedule.
    pub fn suspend_at(&self, b: &mut Batch, path: usize, step: i32, actors: &Actors, company: usize) {
        let Some(building) = &self.companies[company].building else { return };
        let share = actors.companies[company].supplier_share_at(b, path);
        let schedule = self.schedule(building.recovered, building.recovered_changes, step);
        self.each_begun_at(b, path, step, company, |b, contract, link, deferrals| {
            let payments = Payments::of(contract, link.lab, deferrals);
            if contract.is_planned {
                schedule.recover_at(b, path, &payments, share, -1.0);
            }
            contract.prepaid = prepaid_before(&payments, share, step + 1);
            contract.prepaid_at = contract.prepaid_at.max(step + 1);
            contract.is_planned = false;
        });
    }

    /// After it, recovery is planned with what is left of the contracts.
    pub fn resume_at(&self, b: &mut Batch, path: usize, step: i32, actors: &Actors, company: usize) {
        let Some(building) = &self.companies[company].building else { return };
        let share = actors.companies[company].supplier_share_at(b, path);
        let schedule = self.schedule(building.recovered, building.recovered_changes, step);
        self.each_begun_at(b, path, step, company, |b, contract, link, deferrals| {
            if !contract.is_planned {
                schedule.recover_at(b, path, &Payments::of(contract, link.lab, deferrals), share, 1.0);
                contract.is_planned = true;
            }
        });
        b.put(building.unplanned, path, 0.0);
    }

    /// Stage 5, second part: every company in order pays suppliers, costs and what it builds ahead.
    /// `in_full`: every lab has paid all its bills on every path.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, now: &Now, actors: &Actors, in_full: bool, projects: &impl Projects) {
        for (i, (company, chain)) in actors.companies.iter().zip(&self.companies).enumerate() {
            let recovered = match &chain.building {
                Some(building) => self.bring_to_step(b, now, actors, i, building, in_full),
                None => F8::ZERO,
            };
            let c = b.cells();
            let received = c.get(company.received);
            let costs = c.get(chain.costs) * received;
            let passed = (c.get(chain.share) * received - recovered).positive_part();
            let has_projects = projects.any(i);
            let mut ahead = match &chain.building {
                Some(building) => c.get(building.parts[0].ahead).positive_part(),
                None => F8::ZERO,
            };
            let mut service = F8::ZERO;
            if has_projects {
                ahead += self.build_on_debt(c, now, chain, projects);
                service = projects.due(c, now, i);
            }
            let own = costs + passed + ahead;
            let due = if has_projects { own + service } else { own };
            if !due.gt(F8::ZERO).any() {
                // Nothing came in and nothing is built.
                if let Some(building) = &chain.building {
                    building.note_built(c, F8::ONE);
                }
                continue;
            }
            let mut payment = Payment::open(c, company.account);
            let any_short = due.gt(payment.total).any();
            let mut fraction = F8::ONE;
            if any_short {
                company_borrows(c, now, company, due - payment.total);
                payment = Payment::open(c, company.account);
                fraction = payment.total.ge(due).select(F8::ONE, payment.total.share_of(due));
            }
            payment.out(c, chain.costs_edge, costs * fraction);
            if !chain.suppliers.is_empty() {
                let builds = ahead.gt(F8::ZERO).any();
                let per_received = F8::ONE.share_of(received);
                for supply in &chain.suppliers {
                    let split = c.get(supply.part) * fraction;
                    let passed_on = passed * split;
                    if builds {
                        let built = ahead * split;
                        let edges = [supply.passed_edge, supply.ahead_edge];
                        payment.to_for_both(c, edges, supply.account, [passed_on, built]);
                        c.set(supply.received, c.get(supply.received) + passed_on + built);
                    } else {
                        payment.to(c, supply.passed_edge, supply.account, passed_on);
                        c.add(supply.received, passed_on);
                    }
                    // A payment from each lab to the supplier, in proportion to what the lab paid here (5.5).
                    for lab in &actors.labs {
                        let from_lab = c.get(lab.dealings[i].paid_now) * per_received;
                        c.add(lab.dealings[supply.supplier].paid_now, from_lab * passed_on);
                    }
                }
            }
            if has_projects {
                projects.pay(c, i, &mut payment, fraction);
            }
            payment.close(c);
            if any_short {
                let unpaid = own * (F8::ONE - fraction);
                let short = unpaid.gt(F8::splat(SLACK));
                c.add(chain.build_shortfall, short.select(unpaid, F8::ZERO));
            }
            if let Some(building) = &chain.building {
                building.note_built(c, fraction);
            }
        }
    }

    /// What is lent for building passes through the company to its suppliers; what of the building is left to its own
    /// means.
    #[inline(always)]
    fn build_on_debt(&self, b: &mut Cells, now: &Now, chain: &Chain, projects: &impl Projects) -> F8 {
        let mut left = F8::ZERO;
        for part in chain.building.iter().flat_map(|building| &building.parts) {
            let Some(link) = part.link else { continue };
            let ahead = b.get(part.ahead).positive_part();
            if !ahead.gt(F8::ZERO).any() {
                continue;
            }
            let [lent, guaranteed] = projects.lend(b, now, link, ahead);
            for supply in &chain.suppliers {
                let share = b.get(supply.part);
                supply.account.pass(b, supply.ahead_edge, [lent - guaranteed, guaranteed].map(|y| y * share));
                b.add(supply.received, lent * share);
            }
            let unlent = (ahead - lent).positive_part();
            // That fraction is built for sure; [`Building::note_built`] adds what is built of the rest.
            b.set(part.lent, lent.share_of(ahead));
            left += unlent;
        }
        left
    }

    /// Brings the rates of building ahead and recovery to the step; what is recovered in it.
    #[inline(always)]
    fn bring_to_step(
        &self,
        b: &mut Batch,
        now: &Now,
        actors: &Actors,
        company: usize,
        building: &Building,
        in_full: bool,
    ) -> F8 {
        let step = now.step as usize;
        let c = b.cells();
        for part in &building.parts {
            let change = c.take_nth(part.ahead_changes, step);
            c.add(part.ahead, change);
        }
        let change = c.take_nth(building.recovered_changes, step);
        c.add(building.recovered, change);
        let begins = c.get(building.next_start).equals(F8::splat(f64::from(now.step)));
        if begins.any() {
            for lane in begins.lanes() {
                self.begin_at(b, lane, now.step, actors, company, building);
            }
        }
        let unplanned = b.get(building.unplanned).gt(F8::ZERO);
        let mut short = M8::NONE;
        if !in_full {
            for fraction in &building.fractions_paid {
                short = short | b.get(*fraction).lt(F8::splat(IN_FULL));
            }
        }
        let again = unplanned & !short;
        if again.any() {
            for lane in again.lanes() {
                self.resume_at(b, lane, now.step, actors, company);
            }
        }
        let mut recovered = b.get(building.recovered).positive_part();
        if short.any() {
            for lane in short.lanes() {
                recovered.0[lane] = self.recover_at(b, lane, now.step, actors, company, building);
            }
        }
        recovered
    }

    /// The first payment of one or more of a path's contracts: what was built for them is known, and recovered from
    /// now on.
    #[inline(never)]
    fn begin_at(
        &self,
        b: &mut Batch,
        path: usize,
        step: i32,
        actors: &Actors,
        company: usize,
        building: &Building,
    ) {
        let share = actors.companies[company].supplier_share_at(b, path);
        let schedule = self.schedule(building.recovered, building.recovered_changes, step);
        let mut next = i32::MAX;
        let mut contracts = std::mem::take(&mut b.contracts[path]);
        let deferrals = std::mem::take(&mut b.deferrals[path]);
        contracts.change_of_company(company, |contract| {
            if contract.start < step || contract.ahead <= 0.0 {
                return;
            }
            if contract.start > step {
                next = next.min(contract.start);
                return;
            }
            let lab = self.links[contract.link as usize].lab;
            let built = b.at(building.part(contract.link).built, path);
            contract.prepaid = contract.ahead * (built - contract.built_before);
            contract.prepaid_at = step;
            contract.is_planned = true;
            schedule.recover_at(b, path, &Payments::of(contract, lab, &deferrals), share, 1.0);
        });
        b.contracts[path] = contracts;
        b.deferrals[path] = deferrals;
        b.put(building.next_start, path, if next < i32::MAX { f64::from(next) } else { NEVER });
    }

    /// What a path recovers in a step in which a lab does not pay the company in full: less pass-through is due, and
    /// more is left to be recovered later.
    #[inline(never)]
    fn recover_at(
        &self,
        b: &mut Batch,
        path: usize,
        step: i32,
        actors: &Actors,
        company: usize,
        building: &Building,
    ) -> f64 {
        let share = actors.companies[company].supplier_share_at(b, path);
        let schedule = self.schedule(building.recovered, building.recovered_changes, step);
        let mut recovered = 0.0;
        self.each_begun_at(b, path, step, company, |b, contract, link, deferrals| {
            let payments = Payments::of(contract, link.lab, deferrals);
            let prepaid = prepaid_before(&payments, share, step);
            if prepaid <= 0.0 || step >= payments.until() {
                // All of its plan is behind.
                contract.prepaid = 0.0;
                return;
            }
            let due = if payments.are_equal() { contract.amount } else { payments.at(step) };
            let paid = b.at(link.fraction_paid, path);
            let used = (share * due * paid).min(prepaid);
            recovered += used;
            if contract.is_planned {
                if paid == 1.0 {
                    // What was planned comes true.
                    return;
                }
                schedule.recover_at(b, path, &payments, share, -1.0);
                contract.is_planned = false;
            }
            contract.prepaid = prepaid - used;
            contract.prepaid_at = step + 1;
        });
        b.put(building.unplanned, path, 1.0);
        recovered
    }
}
