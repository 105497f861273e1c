//! Compute links (5.5): what a lab pays a company for compute. A link's bill is its `base` and the instalments
//! of every announced contract, equal or rising over a ramp ([`crate::state::contract`]); credits that the company granted are used first, then cash; if cash does not cover
//! all bills, each gets the same fraction. What the company passes on is in [`super::supplier`]; announcements are
//! gathered in [`crate::events::new_contracts`].
//!
//! A contract stands in two places: in its path's list, from which sums over any span are exact, and as changes of
//! the link's rate by step, so that a step's bill is one addition per link.

mod keys;
mod settle;
mod terms;

pub use keys::SECTION;
pub use settle::Claims;
pub use terms::LinkTerms;

use crate::actors::{Dealings, Now};
use crate::books::{Account, Edge, Flow};
use crate::state::{Batch, Cells, Clock, Contract, Deferral, F8, Layout, Loop, Loops, Payments, Row};

/// A bill paid in cash.
pub const COMPUTE: Flow = Flow::new("compute").network().laps();
/// A bill settled in credits, at face; no money moves.
pub const COMPUTE_CREDIT: Flow = Flow::new("compute_credit").network().cashless();
/// A bill settled by a loan of the company that it is owed to, at face; no money moves.
pub const SET_OFF: Flow = Flow::new("set_off").network().cashless();

/// Is it a bill settled, in cash, credits or by a loan?
pub fn is_bill(flow: Flow) -> bool {
    [COMPUTE, COMPUTE_CREDIT, SET_OFF].contains(&flow)
}

#[derive(Debug, Clone)]
pub struct Compute {
    pub links: Vec<Link>,
    labs: Vec<Bills>,
    ties: Vec<Tie>,
    /// Changes are kept for steps 0..horizon.
    horizon: i32,
    /// Steps in a year.
    year: i32,
}

#[derive(Debug, Clone)]
pub struct Link {
    pub lab: usize,
    pub company: usize,
    base: Row,
    /// USD bn a step, after cuts
    base_now: Row,
    /// Announced contracts' instalments, USD bn a step
    rate: Row,
    changes: Row,
    /// Settled in this step: in cash, and the fraction of the bill in cash and credits.
    pub cash_paid: Row,
    pub fraction_paid: Row,
    /// The company's account and what it receives in the step, what passes between the two, and whether the file lets
    /// the company grant the lab credits.
    account: Account,
    received: Row,
    dealings: Dealings,
    pub takes_credits: bool,
    /// The first of the company's links: nothing was received before it in the step.
    opens: bool,
    /// Does the company build ahead: somebody asks for the fraction paid?
    is_built_for: bool,
    pub compute_edge: Edge,
    pub credit_edge: Edge,
    /// Where the company lends the lab what it is owed.
    set_off_edge: Option<Edge>,
    pub contracts: Vec<FileContract>,
}

/// A contract of the scenario file.
#[derive(Debug, Clone, Copy)]
pub struct FileContract {
    pub announced: i32,
    pub start: i32,
    pub notional: Row,
    pub term: Row,
    pub ramp: Option<Row>,
}

/// A contract of which a part would not have been signed without a loop.
#[derive(Debug, Clone, Copy)]
pub struct Tie {
    /// ω, and the loop.
    tied: Row,
    to: Loop,
    /// D as the file gives it, and as the run has it.
    given: Row,
    notional: Row,
}

/// A lab's bills over all its links.
#[derive(Debug, Clone)]
struct Bills {
    links: Vec<usize>,
    /// Instalments in the step a year ahead, and their sum over the year that begins with the next step.
    far: Row,
    year: Row,
    changes: Row,
}

impl Link {
    /// What the lab owes on the link in this step.
    #[inline(always)]
    fn bill(&self, b: &Cells) -> F8 {
        (b.get(self.base_now) + b.get(self.rate)).positive_part()
    }

    /// What of it is settled in credits.
    #[inline(always)]
    fn credit_for(&self, b: &Cells, bill: F8) -> F8 {
        if self.takes_credits { bill.min(b.get(self.dealings.credits)) } else { F8::ZERO }
    }
}

impl Compute {
    pub fn compile(layout: &mut Layout, clock: &Clock, terms: Vec<LinkTerms>, labs: usize) -> Compute {
        let year = clock.steps_per_year as i32;
        let horizon = clock.steps as i32 + year + 1;
        let ties = terms.iter().flat_map(|t| t.ties.iter().copied()).collect();
        let mut links: Vec<Link> = terms
            .into_iter()
            .map(|t| Link {
                lab: t.lab,
                company: t.company,
                base: t.base,
                base_now: layout.row(),
                rate: layout.row(),
                changes: layout.schedule(horizon as usize),
                cash_paid: layout.row(),
                fraction_paid: layout.row(),
                account: t.account,
                received: t.received,
                dealings: t.dealings,
                takes_credits: t.takes_credits,
                opens: false,
                is_built_for: t.is_built_for,
                compute_edge: t.compute_edge,
                credit_edge: t.credit_edge,
                set_off_edge: t.set_off_edge,
                contracts: t.contracts,
            })
            .collect();
        let labs: Vec<Bills> = (0..labs)
            .map(|lab| Bills {
                links: (0..links.len()).filter(|k| links[*k].lab == lab).collect(),
                far: layout.row(),
                year: layout.row(),
                changes: layout.schedule(horizon as usize),
            })
            .collect();
        let mut opened = Vec::new();
        for k in labs.iter().flat_map(|bills| &bills.links) {
            links[*k].opens = !opened.contains(&links[*k].company);
            opened.push(links[*k].company);
        }
        Compute { links, labs, ties, horizon, year }
    }

    /// Contracts that a path can have at most: those of the file, and on each link one commitment a step.
    pub fn most_contracts(&self, clock: &Clock) -> usize {
        let in_file: usize = self.links.iter().map(|link| link.contracts.len()).sum();
        in_file + self.links.len() * clock.steps as usize
    }

    /// Is there a link between the two?
    pub fn is_linked(&self, lab: usize, company: usize) -> bool {
        self.links.iter().any(|link| (link.lab, link.company) == (lab, company))
    }

    /// Lab, company and the cash paid in this step, link by link.
    pub fn cash_links(&self) -> Vec<(usize, usize, Row)> {
        self.links.iter().map(|link| (link.lab, link.company, link.cash_paid)).collect()
    }

    /// Links of a lab, in the scenario's order.
    pub fn links_of(&self, lab: usize) -> &[usize] {
        &self.labs[lab].links
    }

    /// Is a contract tied to one of these loops?
    pub fn is_tied(&self, to: Loops) -> bool {
        self.ties.iter().any(|tie| to.on(tie.to))
    }

    /// `ties`: the loops without which tied contracts lose their tied part.
    pub fn open(&self, b: &mut Batch, clock: &Clock, ties: Loops) {
        for tie in &self.ties {
            let given = b.get(tie.given);
            let kept = if ties.on(tie.to) { F8::ONE - b.get(tie.tied) } else { F8::ONE };
            b.set(tie.notional, given * kept);
        }
        for link in &self.links {
            let base = b.get(link.base);
            b.set(link.base_now, base * clock.step_years);
        }
    }

    /// A file contract as it stands on a path.
    pub fn contract_at(
        &self,
        b: &Batch,
        path: usize,
        clock: &Clock,
        link: usize,
        file: &FileContract,
    ) -> Contract {
        let steps = clock.term(b.at(file.term, path));
        let ramp = ramp_at(b, path, clock, file.ramp, steps);
        Contract::new(link, file.announced, file.start, steps, ramp, b.at(file.notional, path))
    }

    /// What a contract pays by step on a path, deferrals included.
    pub fn payments<'a>(&self, b: &'a Batch, path: usize, contract: &'a Contract) -> Payments<'a> {
        Payments::of(contract, self.links[contract.link as usize].lab, &b.deferrals[path])
    }

    /// Enters a contract in the books as of step `step` (−1: before the first).
    pub fn insert_at(&self, b: &mut Batch, path: usize, step: i32, contract: Contract) {
        let Contract { link, start, end, amount, .. } = contract;
        let link = &self.links[link as usize];
        let bills = &self.labs[link.lab];
        b.contracts[path].push(contract, link.lab, link.company);
        if end <= step {
            return;
        }
        if contract.ramp > 0 {
            self.enter_ramp_at(b, path, step, &contract);
            return;
        }
        if start <= step && step >= 0 {
            b.add_at(link.rate, path, amount);
        } else {
            self.change_at(b, path, link, bills, start.max(0), amount);
        }
        self.change_at(b, path, link, bills, end, -amount);
        if start <= step + self.year && step + self.year < end {
            b.add_at(bills.far, path, amount);
        }
        b.add_at(bills.year, path, contract.due_within(step + 1, step + self.year + 1));
    }

    /// A contract whose payments rise: a change in every step of the ramp.
    fn enter_ramp_at(&self, b: &mut Batch, path: usize, step: i32, contract: &Contract) {
        let link = &self.links[contract.link as usize];
        let bills = &self.labs[link.lab];
        let mut before = if step >= 0 { contract.due_at(step) } else { 0.0 };
        b.add_at(link.rate, path, before);
        let first = contract.start.max(step + 1);
        let full = (contract.start + contract.ramp).min(contract.end - 1).max(first);
        for later in first..=full.min(self.horizon) {
            let due = contract.due_at(later);
            self.change_at(b, path, link, bills, later, due - before);
            before = due;
        }
        self.change_at(b, path, link, bills, contract.end, -before);
        b.add_at(bills.far, path, contract.due_at(step + self.year));
        b.add_at(bills.year, path, contract.due_within(step + 1, step + self.year + 1));
    }

    fn change_at(&self, b: &mut Batch, path: usize, link: &Link, bills: &Bills, step: i32, amount: f64) {
        if (0..self.horizon).contains(&step) {
            b.add_at(link.changes.plus(step as usize), path, amount);
            b.add_at(bills.changes.plus(step as usize), path, amount);
        }
    }

    /// Brings rates and sums to the step.
    #[inline(always)]
    pub fn advance(&self, b: &mut Batch, now: &Now) {
        let b = b.cells();
        let step = now.step as usize;
        for bills in &self.labs {
            let mut rate = F8::ZERO;
            for k in &bills.links {
                let link = &self.links[*k];
                let value = b.get(link.rate) + b.take_nth(link.changes, step);
                b.set(link.rate, value);
                rate += value;
            }
            let far = b.get(bills.far) + b.get_nth(bills.changes, step + self.year as usize);
            b.set(bills.far, far);
            b.add(bills.year, far - rate);
            b.set_nth(bills.changes, step, F8::ZERO);
        }
    }

    /// Instalments of the lab's announced contracts in this step.
    #[inline(always)]
    pub fn instalments(&self, b: &Cells, lab: usize) -> F8 {
        self.labs[lab].links.iter().fold(F8::ZERO, |sum, k| sum + b.get(self.links[*k].rate))
    }

    /// B_l: all that the lab has still to pay on announced contracts from step `from` on.
    pub fn outstanding_at(&self, b: &Batch, path: usize, lab: usize, from: i32) -> f64 {
        self.due_at(b, path, lab, from, i32::MAX)
    }

    /// What the lab's announced contracts pay in the steps `from..until`.
    fn due_at(&self, b: &Batch, path: usize, lab: usize, from: i32, until: i32) -> f64 {
        let (contracts, deferrals) = (&b.contracts[path], &b.deferrals[path]);
        if deferrals.is_empty() {
            return contracts.sum_of_lab(lab, |c| c.due_within(from, until));
        }
        contracts.sum_of_lab(lab, |c| Payments::of(c, lab, deferrals).within(from, until))
    }

    /// What a deferral would take out of the lab's steps from `deferral.from` on: ΣX.
    pub fn deferrable_at(&self, b: &Batch, path: usize, deferral: &Deferral) -> f64 {
        let (lab, until) = (deferral.lab as usize, deferral.from + deferral.steps);
        let own = |c: &Contract| self.payments(b, path, c).own_within(deferral.from, until);
        deferral.share * b.contracts[path].sum_of_lab(lab, own)
    }

    /// Vendors give the lab time, in step `deferral.from` − 1: a part of every announced contract's payments moves from the
    /// steps of the deferral behind the contract's own last one.
    pub fn defer_at(&self, b: &mut Batch, path: usize, deferral: Deferral) {
        let (lab, step) = (deferral.lab as usize, deferral.from - 1);
        let mut contracts = std::mem::take(&mut b.contracts[path]);
        let mut deferrals = std::mem::take(&mut b.deferrals[path]);
        let bills = &self.labs[lab];
        for contract in contracts.of_lab(lab) {
            let link = &self.links[contract.link as usize];
            let payments = Payments::of(contract, lab, &deferrals);
            let (first, until) = payments.reduced_by(&deferral);
            if until <= first {
                continue;
            }
            let (mut before, mut later) = (0.0, first);
            while later < until {
                let less = -deferral.share * payments.own_at(later);
                if less != before {
                    self.shift_at(b, path, step, link, bills, later, less - before);
                    before = less;
                }
                later = payments.changes_after(later);
            }
            self.shift_at(b, path, step, link, bills, until, -before);
            let late = deferral.share * payments.own_within(first, until) / f64::from(deferral.steps);
            self.shift_at(b, path, step, link, bills, contract.end, late);
            self.shift_at(b, path, step, link, bills, contract.end + deferral.steps, -late);
        }
        deferrals.push(deferral);
        contracts.change_of_lab(lab, |contract| {
            contract.late = Payments::of(contract, lab, &deferrals).owed_late();
        });
        b.contracts[path] = contracts;
        b.deferrals[path] = deferrals;
    }

    /// From step `from` on the link's rate is another; the lab's sums are as of step `step`.
    #[allow(clippy::too_many_arguments)]
    fn shift_at(
        &self,
        b: &mut Batch,
        path: usize,
        step: i32,
        link: &Link,
        bills: &Bills,
        from: i32,
        by: f64,
    ) {
        self.change_at(b, path, link, bills, from, by);
        let far = step + self.year;
        if from <= far {
            b.add_at(bills.far, path, by);
            b.add_at(bills.year, path, by * f64::from(far + 1 - from));
        }
    }

    /// Announced contracts' instalments on a link in this step, and those of a lab over the year from the next step on, as
    /// the bills have them.
    pub fn rate_at(&self, b: &Batch, path: usize, link: usize) -> f64 {
        b.at(self.links[link].rate, path)
    }

    pub fn year_at(&self, b: &Batch, path: usize, lab: usize) -> f64 {
        b.at(self.labs[lab].year, path)
    }

    /// `base` of all links of a lab, USD bn a step.
    #[inline(always)]
    fn base(&self, b: &Cells, lab: usize) -> F8 {
        self.labs[lab].links.iter().fold(F8::ZERO, |sum, k| sum + b.get(self.links[*k].base_now))
    }

    /// Bills over the year from the next step on.
    #[inline(always)]
    pub fn bills_next_year(&self, b: &Cells, lab: usize) -> F8 {
        b.get(self.labs[lab].year) + self.base(b, lab) * f64::from(self.year)
    }

    /// Bills over the `span` steps from the next one on, at most a year's, as rates change from step to step: what
    /// [`Compute::bills_over_at`] says, but for rounding.
    #[inline(always)]
    pub fn bills_over(&self, b: &Cells, lab: usize, step: i32, span: F8) -> F8 {
        let changes = self.labs[lab].changes;
        let longest = span.0.iter().fold(0.0f64, |longest, span| longest.max(*span)) as usize;
        let mut sum = (self.instalments(b, lab) + self.base(b, lab)) * span;
        // A change is paid in all steps of the span that are left.
        let mut left = span;
        for k in 1..=longest.min(self.year as usize) {
            sum += b.get_nth(changes, step as usize + k) * left.positive_part();
            left -= F8::ONE;
        }
        sum
    }

    /// Bills over the `span` steps from the next one on.
    pub fn bills_over_at(&self, b: &Batch, path: usize, lab: usize, step: i32, span: i32) -> f64 {
        let base: f64 = self.labs[lab].links.iter().map(|k| b.at(self.links[*k].base_now, path)).sum();
        let until = step.saturating_add(span).saturating_add(1);
        self.due_at(b, path, lab, step + 1, until) + base * f64::from(span)
    }

    /// A link's instalments in this step, USD bn.
    #[inline(always)]
    pub fn rate(&self, b: &Cells, link: usize) -> F8 {
        b.get(self.links[link].rate)
    }

    /// By how much they change in a later step.
    #[inline(always)]
    pub fn change(&self, b: &Cells, link: usize, step: usize) -> F8 {
        b.get_nth(self.links[link].changes, step)
    }

    /// The bill at such instalments, `base` included.
    #[inline(always)]
    pub fn bill_at_rate(&self, b: &Cells, link: usize, rate: F8) -> F8 {
        (b.get(self.links[link].base_now) + rate).positive_part()
    }

    /// What will be due on a link in a step after this one, as its contracts stand, USD bn.
    pub fn scheduled_at(&self, b: &Batch, path: usize, link: usize, step: i32) -> f64 {
        let own = b.contracts[path].of_link(link);
        let due = own.map(|contract| self.payments(b, path, contract).within(step, step + 1));
        b.at(self.links[link].base_now, path) + due.sum::<f64>()
    }

    /// A restructuring: everything that the lab's links will bill from the next step on, `base` included, times
    /// `kept`. What companies build ahead is their own and goes on as announced.
    pub fn cut_at(&self, b: &mut Batch, path: usize, lab: usize, step: i32, kept: f64) {
        let bills = &self.labs[lab];
        let scale = |b: &mut Batch, row: Row| {
            let value = b.at(row, path);
            b.put(row, path, value * kept);
        };
        for k in &bills.links {
            let link = &self.links[*k];
            scale(b, link.base_now);
            scale(b, link.rate);
            for later in step + 1..self.horizon {
                scale(b, link.changes.plus(later as usize));
            }
        }
        scale(b, bills.far);
        scale(b, bills.year);
        for later in step + 1..self.horizon {
            scale(b, bills.changes.plus(later as usize));
        }
        let (contracts, deferrals) = (&mut b.contracts[path], &b.deferrals[path]);
        contracts.change_of_lab(lab, |contract| {
            contract.amount *= kept;
            contract.late = Payments::of(contract, lab, deferrals).owed_late();
        });
    }
}

/// The steps of a ramp: at most the term.
pub fn ramp_at(b: &Batch, path: usize, clock: &Clock, years: Option<Row>, steps: i32) -> i32 {
    years.map_or(0, |row| clock.span(b.at(row, path)).min(steps))
}
