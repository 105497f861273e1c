//! What a company builds ahead and gets back, as changes of a rate by step.

use crate::state::{Batch, Payments, Row};

/// A rate, its changes by step, and the step as of which they are.
#[derive(Debug, Clone, Copy)]
pub(super) struct Schedule {
    pub rate: Row,
    pub changes: Row,
    pub step: i32,
    pub horizon: i32,
}

impl Schedule {
    /// Adds an amount a step from step `from` to before `until`.
    #[inline(always)]
    pub fn spread_at(&self, b: &mut Batch, path: usize, from: i32, until: i32, amount: f64) {
        if until <= from.max(self.step) {
            return;
        }
        if from <= self.step {
            b.add_at(self.rate, path, amount);
        } else {
            self.change_at(b, path, from, amount);
        }
        self.change_at(b, path, until, -amount);
    }

    pub fn change_at(&self, b: &mut Batch, path: usize, step: i32, amount: f64) {
        // Later changes are never read.
        if step < self.horizon {
            b.add_at(self.changes.plus(step as usize), path, amount);
        }
    }

    /// Adds (or takes away: sign −1) the recovery of what is prepaid, `share` of what the contract pays a step.
    #[inline(always)]
    pub fn recover_at(&self, b: &mut Batch, path: usize, payments: &Payments, share: f64, sign: f64) {
        let contract = payments.contract;
        let per_step = share * contract.amount;
        if per_step <= 0.0 || contract.prepaid <= 0.0 {
            return;
        }
        if !payments.are_equal() {
            self.recover_by_step_at(b, path, payments, share, sign);
            return;
        }
        let from = contract.prepaid_at;
        let steps = f64::from((contract.end - from).max(0));
        let full = (contract.prepaid / per_step).min(steps) as i32;
        let rest = contract.prepaid - f64::from(full) * per_step;
        let last = from + full;
        self.spread_at(b, path, from, last, sign * per_step);
        self.spread_at(b, path, last, (last + 1).min(contract.end), sign * rest);
    }

    /// The same where payments differ from step to step: in parts in which they do not.
    #[inline(never)]
    pub fn recover_by_step_at(&self, b: &mut Batch, path: usize, payments: &Payments, share: f64, sign: f64) {
        let mut left = payments.contract.prepaid;
        let mut from = payments.contract.prepaid_at;
        let until = payments.until().min(self.horizon);
        while from < until && left > 0.0 {
            let (next, due) = payments.part_from(from);
            self.recover_part_at(b, path, [from, next], share * due, sign, &mut left);
            from = next;
        }
    }

    /// Steps in which as much is paid in each, of what is `left` to be recovered.
    #[inline(always)]
    pub fn recover_part_at(
        &self,
        b: &mut Batch,
        path: usize,
        [from, next]: [i32; 2],
        per_step: f64,
        sign: f64,
        left: &mut f64,
    ) {
        if per_step <= 0.0 {
            return;
        }
        let full = (*left / per_step).min(f64::from(next - from)) as i32;
        let last = from + full;
        self.spread_at(b, path, from, last, sign * per_step);
        *left -= per_step * f64::from(full);
        if last < next {
            self.spread_at(b, path, last, last + 1, sign * *left);
            *left = 0.0;
        }
    }
}

/// What is prepaid before step `step` if all has been paid in full since `prepaid_at`.
pub(super) fn prepaid_before(payments: &Payments, share: f64, step: i32) -> f64 {
    let contract = payments.contract;
    if payments.are_equal() {
        let steps = (step.min(contract.end) - contract.prepaid_at).max(0);
        return (contract.prepaid - share * contract.amount * f64::from(steps)).max(0.0);
    }
    if contract.prepaid_at >= step {
        return contract.prepaid;
    }
    (contract.prepaid - share * payments.within(contract.prepaid_at, step)).max(0.0)
}
