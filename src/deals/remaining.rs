//! What a lab has still to pay a company on announced contracts, and how far the lab's revenue covers it (5.3), from step
//! to step. As long as no contract of the pair begins, ends, is announced or cut, and no deferral is granted, begins or ends, both fall by the bill: only
//! then a path's list of contracts is gone through. Section 5.14 of docs/model.md.

use super::Cut;
use super::compute::Compute;
use crate::actors::{Lab, Now};
use crate::state::{Batch, Cells, Clock, F8, LANES, Layout, M8, Payments, Row};

/// q = min(1, R·τ/B)
pub fn cover(revenue: f64, term: f64, outstanding: f64) -> f64 {
    if outstanding > 0.0 { (revenue * term / outstanding).min(1.0) } else { 1.0 }
}

/// Contracts and deferrals of the path, neither of which is ever taken off its list.
fn to_see(b: &Batch, path: usize) -> f64 {
    b.contracts[path].len() as f64 + 1e6 * b.deferrals[path].len() as f64
}

#[derive(Debug, Clone)]
pub struct Remaining {
    lab: usize,
    link: usize,
    /// Contracts of the pair with the same term.
    slots: Vec<Slot>,
    /// B: what the lab has still to pay all companies.
    owed: Row,
    /// Σ Rem, Σ Rem·q, and Σ Rem times the years until it is paid: as of stage 3, including this step's bill.
    pub all: Row,
    pub covered: Row,
    pub waits: Row,
    /// This step's bill, without `base`.
    pub bill: Row,
    /// The step in which the list is gone through again, and [`to_see`] when it last was.
    next: Row,
    seen: Row,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// τ, years
    term: Row,
    /// Rem, and what of it is paid in this step.
    left: Row,
    rate: Row,
}

/// Before any step: the list has not been gone through.
const STALE: f64 = -1.0;

impl Remaining {
    pub fn compile(layout: &mut Layout, compute: &Compute, link: usize) -> Remaining {
        // Every contract of the file may have a term of its own; all commitments have the lab's.
        let terms = compute.links[link].contracts.len() + 1;
        let slot = |layout: &mut Layout| Slot { term: layout.row(), left: layout.row(), rate: layout.row() };
        Remaining {
            lab: compute.links[link].lab,
            link,
            slots: (0..terms).map(|_| slot(layout)).collect(),
            owed: layout.row(),
            all: layout.row(),
            covered: layout.row(),
            waits: layout.row(),
            bill: layout.row(),
            next: layout.row(),
            seen: layout.row(),
        }
    }

    pub fn open(&self, b: &mut Batch) {
        b.fill(self.next, STALE);
    }

    /// The path's list is gone through in the next step.
    pub fn forget_at(&self, b: &mut Batch, path: usize) {
        b.put(self.next, path, STALE);
    }

    /// Stage 3, after the announcements.
    #[inline(always)]
    pub fn bring_to_step(&self, b: &mut Batch, now: &Now, labs: &[Lab], compute: &Compute) {
        let mut stale = b.get(self.next).le(F8::splat(f64::from(now.step)));
        for path in 0..LANES {
            if b.at(self.seen, path) != to_see(b, path) {
                stale = stale | M8::only(path);
            }
        }
        for path in stale.lanes() {
            self.recount_at(b, path, now, compute);
        }
        let b = b.cells();
        let (revenue, owed) = (b.get(labs[self.lab].revenue), b.get(self.owed));
        let [mut all, mut covered, mut bill] = [F8::ZERO; 3];
        for slot in &self.slots {
            let left = b.get(slot.left);
            all += left;
            covered += left * (revenue * b.get(slot.term)).share_of(owed).min(F8::ONE);
            bill += b.get(slot.rate);
        }
        b.set(self.all, all);
        b.set(self.covered, covered);
        b.set(self.bill, bill);
    }

    /// After the step's bill has been paid.
    #[inline(always)]
    pub fn leave_step(&self, b: &mut Cells, now: &Now, compute: &Compute) {
        let mut all = F8::ZERO;
        for slot in &self.slots {
            let left = (b.get(slot.left) - b.get(slot.rate)).positive_part();
            b.set(slot.left, left);
            all += left;
        }
        let owed = b.get(self.owed) - compute.instalments(b, self.lab);
        b.set(self.owed, owed.positive_part());
        // What was half a step away is paid; the rest has come nearer by a step.
        let nearer = (b.get(self.bill) / 2.0 + all) * now.clock.step_years;
        b.set(self.waits, (b.get(self.waits) - nearer).positive_part());
    }

    #[inline(never)]
    fn recount_at(&self, b: &mut Batch, path: usize, now: &Now, compute: &Compute) {
        let step = now.step;
        let step_years = now.clock.step_years;
        for slot in &self.slots {
            for row in [slot.term, slot.left, slot.rate] {
                b.put(row, path, 0.0);
            }
        }
        let (mut waits, mut next) = (0.0, i32::MAX);
        let contracts = std::mem::take(&mut b.contracts[path]);
        let deferrals = std::mem::take(&mut b.deferrals[path]);
        for contract in contracts.of_link(self.link) {
            let payments = Payments::of(contract, self.lab, &deferrals);
            let left = payments.remaining(step);
            if left <= 0.0 {
                continue;
            }
            let term = f64::from(contract.end - contract.start) * step_years;
            // As many slots as there can be terms.
            let slot = self.slots.iter().find(|slot| [0.0, term].contains(&b.at(slot.term, path)));
            let slot = slot.unwrap_or(&self.slots[0]);
            b.put(slot.term, path, term);
            b.add_at(slot.left, path, left);
            b.add_at(slot.rate, path, payments.within(step, step + 1));
            waits += waits_from(&payments, step) * step_years;
            next = next.min(payments.changes_after(step));
        }
        b.contracts[path] = contracts;
        b.deferrals[path] = deferrals;
        let owed = compute.outstanding_at(b, path, self.lab, step);
        b.put(self.owed, path, owed);
        b.put(self.waits, path, waits);
        b.put(self.next, path, f64::from(next));
        let seen = to_see(b, path);
        b.put(self.seen, path, seen);
    }

    /// Σ Rem·(g + (1 − g)·q) once a restructuring in this step has cut what is left; `outstanding` and q before it.
    pub fn backed_after_cut_at(
        &self,
        b: &Batch,
        path: usize,
        clock: &Clock,
        compute: &Compute,
        cut: &Cut,
        guaranteed: f64,
    ) -> f64 {
        let of_pair = b.contracts[path].of_link(self.link);
        let backed = of_pair.map(|contract| {
            let term = f64::from(contract.end - contract.start) * clock.step_years;
            let q = cover(cut.revenue, term, cut.outstanding);
            let left = (1.0 - cut.cut) * compute.payments(b, path, contract).remaining(cut.next);
            left * (guaranteed + (1.0 - guaranteed) * q)
        });
        backed.sum()
    }
}

/// Σ over the payments from a step on of the amount times the steps until the middle of the step it is paid in.
fn waits_from(payments: &Payments, step: i32) -> f64 {
    let contract = payments.contract;
    if payments.are_equal() {
        let first = contract.start.max(step);
        let middle = f64::from(first + contract.end) / 2.0 - f64::from(step);
        return contract.due_within(first, contract.end) * middle;
    }
    // In parts in which the same is paid in every step; the middle of a part is its mean date.
    let (mut from, until) = (contract.start.max(step), payments.until());
    let mut sum = 0.0;
    while from < until {
        let (next, due) = payments.part_from(from);
        let next = next.min(until);
        let middle = f64::from(from + next) / 2.0 - f64::from(step);
        sum += due * f64::from(next - from) * middle;
        from = next;
    }
    sum
}
