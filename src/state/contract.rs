//! Compute contracts on one path (5.5): what is paid in which step. Payments are equal, or rise over a ramp and are equal
//! from then on; a deferral (5.12) moves a part of them behind the contract's own last one. Sums over any span are exact
//! and need no loop over steps.

/// A compute contract on one path: lab → company link, paid from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contract {
    pub link: u32,
    /// Step of the announcement; building ahead runs from here to `start`.
    pub announced: i32,
    pub start: i32,
    pub end: i32,
    /// D as it was announced, USD bn.
    pub signed: f64,
    /// USD bn a step, once the ramp is over.
    pub amount: f64,
    /// Building ahead (5.6): USD bn a step if all of it can be paid.
    pub ahead: f64,
    /// The company's running sum of what could be paid of each step's building when this contract's began.
    pub built_before: f64,
    /// From the first payment on: what is built and not yet recovered from pass-through, before step `prepaid_at`.
    pub prepaid: f64,
    pub prepaid_at: i32,
    /// Is its recovery in the company's plan?
    pub is_planned: bool,
    /// n_r: the steps in which payments rise; in step k of the term w_k = min(1, (k + ½)/n_r) times `amount` is paid.
    pub ramp: i32,
    /// What is paid late in each step after the term, as [`Payments::owed_late`] has it: worked out anew by whoever
    /// defers or cuts.
    pub late: f64,
}

/// Time that its vendors gave a lab: of what its contracts pay in `steps` steps from `from` on, `share` is paid later.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Deferral {
    pub lab: u32,
    pub from: i32,
    pub steps: i32,
    pub share: f64,
}

impl Deferral {
    fn until(&self) -> i32 {
        self.from + self.steps
    }
}

impl Contract {
    /// A contract of which nothing is built ahead.
    pub fn new(link: usize, announced: i32, start: i32, steps: i32, ramp: i32, notional: f64) -> Contract {
        // Σ w_k = steps − n_r/2
        let weights = f64::from(steps) - f64::from(ramp) / 2.0;
        Contract {
            link: link as u32,
            announced,
            start,
            end: start + steps,
            signed: notional,
            amount: notional / weights,
            ahead: 0.0,
            built_before: 0.0,
            prepaid: 0.0,
            prepaid_at: start,
            is_planned: false,
            ramp,
            late: 0.0,
        }
    }

    /// Σ of w over the first `k` steps of the term.
    fn weight_before(&self, k: i32) -> f64 {
        let (k, ramp) = (f64::from(k), f64::from(self.ramp));
        if k >= ramp { k - ramp / 2.0 } else { k * k / (2.0 * ramp) }
    }

    /// What falls into the steps `from..until`, of a contract of which nothing was deferred.
    #[inline(always)]
    pub fn due_within(&self, from: i32, until: i32) -> f64 {
        let (from, until) = (self.start.max(from), self.end.min(until));
        if self.ramp == 0 {
            return self.amount * f64::from((until - from).max(0));
        }
        if until <= from {
            return 0.0;
        }
        self.amount * (self.weight_before(until - self.start) - self.weight_before(from - self.start))
    }

    /// What falls into a step, of a contract of which nothing was deferred.
    pub fn due_at(&self, step: i32) -> f64 {
        if step < self.start || step >= self.end {
            0.0
        } else if step >= self.start + self.ramp {
            self.amount
        } else {
            self.amount * (f64::from(step - self.start) + 0.5) / f64::from(self.ramp)
        }
    }

    /// All that is paid over the term.
    pub fn notional(&self) -> f64 {
        self.due_within(self.start, self.end)
    }

    /// From the first step of the term to the mean date of payment, in steps: Σ w_k (k + ½) / Σ w_k.
    pub fn mean_date(&self) -> f64 {
        let (steps, ramp) = (f64::from(self.end - self.start), f64::from(self.ramp));
        if self.ramp == 0 {
            return steps / 2.0;
        }
        // Σ (k + ½)²/n_r over the ramp is (4 n_r² − 1)/12.
        let rising = (4.0 * ramp * ramp - 1.0) / 12.0;
        (rising + (steps * steps - ramp * ramp) / 2.0) / (steps - ramp / 2.0)
    }
}

/// What a contract pays by step, with what was deferred of it.
#[derive(Debug, Clone, Copy)]
pub struct Payments<'a> {
    pub contract: &'a Contract,
    lab: u32,
    deferrals: &'a [Deferral],
}

impl<'a> Payments<'a> {
    /// `deferrals`: those of the path, in order of time; `lab`: the contract's.
    #[inline(always)]
    pub fn of(contract: &'a Contract, lab: usize, deferrals: &'a [Deferral]) -> Payments<'a> {
        Payments { contract, lab: lab as u32, deferrals }
    }

    /// As they were before the deferral that begins with a step; what is paid late is as it is now.
    pub fn before(self, from: i32) -> Payments<'a> {
        let earlier = self.deferrals.partition_point(|deferral| deferral.from < from);
        Payments { deferrals: &self.deferrals[..earlier], ..self }
    }

    /// The deferrals that the contract is subject to: it was public when they were granted.
    fn deferrals(&self) -> impl Iterator<Item = &'a Deferral> + use<'a> {
        let (lab, announced) = (self.lab, self.contract.announced);
        self.deferrals.iter().filter(move |d| d.lab == lab && d.from > announced)
    }

    /// Of the contract's own schedule, what is left in the steps `from..until`.
    pub fn own_within(&self, from: i32, until: i32) -> f64 {
        let (mut at, until) = (from.max(self.contract.start), until.min(self.contract.end));
        let mut sum = 0.0;
        while at < until {
            let (mut kept, mut next) = (1.0, until);
            for deferral in self.deferrals() {
                if at < deferral.from {
                    next = next.min(deferral.from);
                } else if at < deferral.until() {
                    kept *= 1.0 - deferral.share;
                    next = next.min(deferral.until());
                }
            }
            sum += kept * self.contract.due_within(at, next);
            at = next;
        }
        sum
    }

    /// The same in one step.
    pub fn own_at(&self, step: i32) -> f64 {
        let applies = self.deferrals().filter(|d| (d.from..d.until()).contains(&step));
        applies.fold(self.contract.due_at(step), |due, deferral| due * (1.0 - deferral.share))
    }

    /// What deferrals took from the term, in each of the steps over which it is paid late, from `end` to [`Payments::until`].
    pub fn owed_late(&self) -> f64 {
        let Some(last) = self.deferrals().last() else { return 0.0 };
        let Contract { start, end, .. } = *self.contract;
        let late = (self.contract.notional() - self.own_within(start, end)).max(0.0);
        late / f64::from(last.steps)
    }

    /// Is the same paid in every step of the term, and nothing after it?
    #[inline(always)]
    pub fn are_equal(&self) -> bool {
        self.contract.ramp == 0 && (self.deferrals.is_empty() || self.deferrals().next().is_none())
    }

    /// The step after the last payment.
    #[inline(always)]
    pub fn until(&self) -> i32 {
        if self.deferrals.is_empty() {
            return self.contract.end;
        }
        self.contract.end + self.deferrals().last().map_or(0, |last| last.steps)
    }

    /// The next step after `step` in which something else is paid than in it.
    pub fn changes_after(&self, step: i32) -> i32 {
        self.part_from(step).0
    }

    /// That step, and what falls into each of those before it from `step` on.
    pub fn part_from(&self, step: i32) -> (i32, f64) {
        let Contract { start, end, ramp, .. } = *self.contract;
        if (start..start + ramp).contains(&step) {
            return (step + 1, self.own_at(step));
        }
        let mut next = i32::MAX;
        let mut note = |change: i32| {
            if change > step {
                next = next.min(change);
            }
        };
        let mut due = self.contract.due_at(step);
        let mut late = 0;
        for deferral in self.deferrals() {
            note(deferral.from);
            note(deferral.until());
            if (deferral.from..deferral.until()).contains(&step) {
                due *= 1.0 - deferral.share;
            }
            late = deferral.steps;
        }
        [start, end, end + late].into_iter().for_each(note);
        let is_late = (end..end + late).contains(&step);
        (next, due + if is_late { self.contract.late } else { 0.0 })
    }

    /// What falls into the steps `from..until`.
    pub fn within(&self, from: i32, until: i32) -> f64 {
        if self.deferrals.is_empty() {
            return self.contract.due_within(from, until);
        }
        let own = self.own_within(from, until);
        let end = self.contract.end;
        if until <= end {
            return own;
        }
        let late_steps = (self.until().min(until) - end.max(from)).max(0);
        own + self.contract.late * f64::from(late_steps)
    }

    /// What is still to be paid from step `from` on.
    pub fn remaining(&self, from: i32) -> f64 {
        self.within(from, i32::MAX)
    }

    /// What falls into a step.
    pub fn at(&self, step: i32) -> f64 {
        self.part_from(step).1
    }

    /// The steps in which a deferral takes something away, `from..until`; nothing where the second is not above the first.
    pub fn reduced_by(&self, deferral: &Deferral) -> (i32, i32) {
        let (mut from, until) =
            (deferral.from.max(self.contract.start), deferral.until().min(self.contract.end));
        if deferral.share >= 1.0 {
            // An earlier one has taken all of its steps.
            let earlier = self.deferrals().filter(|d| d.from < deferral.from);
            from = earlier.fold(from, |from, earlier| from.max(earlier.until()));
        }
        (from, until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(one: f64, other: f64) {
        assert!((one - other).abs() <= 1e-12 * other.abs().max(1.0), "{one} and {other}");
    }

    /// Every sum against a loop over steps that takes the definition word by word.
    #[test]
    fn sums_are_those_of_the_steps() {
        for (steps, ramp) in [(10, 0), (10, 1), (10, 4), (7, 7), (1, 1), (3, 2)] {
            for start in [-5, 0, 3] {
                let mut contract = Contract::new(0, start - 2, start, steps, ramp, 60.0);
                let weight =
                    |k: i32| if ramp == 0 { 1.0 } else { ((f64::from(k) + 0.5) / f64::from(ramp)).min(1.0) };
                let all: f64 = (0..steps).map(weight).sum();
                close(contract.notional(), 60.0);
                let mean: f64 = (0..steps).map(|k| weight(k) * (f64::from(k) + 0.5)).sum::<f64>() / all;
                close(contract.mean_date(), mean);
                // Two deferrals that overlap, one of another lab, one before the contract was public.
                let deferral = |lab, from, steps| Deferral { lab, from, steps, share: 0.6 };
                let lists = [
                    vec![],
                    vec![deferral(1, start + 1, 4)],
                    vec![deferral(1, start - 2, 4)],
                    vec![deferral(1, start - 1, 4), deferral(2, start, 9), deferral(1, start + 2, 4)],
                ];
                for list in lists {
                    let mut own: Vec<f64> = (0..steps).map(|k| 60.0 * weight(k) / all).collect();
                    let mut late = 0.0;
                    for d in list.iter().filter(|d| d.lab == 1 && d.from > contract.announced) {
                        for (k, own) in own.iter_mut().enumerate() {
                            let step = start + k as i32;
                            if step >= d.from && step < d.from + d.steps {
                                late += 0.6 * *own / 4.0;
                                *own *= 0.4;
                            }
                        }
                    }
                    let paid = |step: i32| {
                        let k = step - start;
                        if k < 0 || k >= steps + 4 {
                            0.0
                        } else if k < steps {
                            own[k as usize]
                        } else {
                            late
                        }
                    };
                    contract.late = Payments::of(&contract, 1, &list).owed_late();
                    let payments = Payments::of(&contract, 1, &list);
                    for from in start - 3..start + steps + 6 {
                        close(payments.at(from), paid(from));
                        let change = payments.changes_after(from);
                        assert!(change > from);
                        for step in from..change.min(start + steps + 9) {
                            close(paid(step), paid(from));
                        }
                        for until in from - 1..start + steps + 6 {
                            close(payments.within(from, until), (from..until).map(paid).sum());
                        }
                        close(payments.remaining(from), (from..start + steps + 9).map(paid).sum());
                    }
                    close(payments.remaining(start), 60.0);
                }
            }
        }
    }
}
