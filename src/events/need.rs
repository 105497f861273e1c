//! What a lab needs over a span (5.10): scheduled bills and opex beyond its revenue at their present rates, from the next
//! step on, and what its loans cost and bring (5.13). Rounds and deferrals both ask.

use crate::actors::{Actors, Now};
use crate::deals::BillsAhead;
use crate::deals::Deals;
use crate::deals::compute::{Claims, Compute};
use crate::state::{Batch, Cells, F8};

/// Over the next year, USD bn; below zero where revenue is more than enough.
#[inline(always)]
pub fn next_year(b: &Cells, now: &Now, actors: &Actors, compute: &Compute, deals: &Deals, lab: usize) -> F8 {
    let need = without_loans(b, now, actors, compute, lab);
    if !deals.any(lab) {
        return need;
    }
    let mut ahead = Ahead { compute, first: now.step as usize + 1, rate: F8::ZERO };
    need + deals.need_next_year(b, now, actors, lab, &mut ahead)
}

/// Not less than [`next_year`]: with all loans at their highest, and nothing lent.
#[inline(always)]
pub fn most_in_next_year(
    b: &Cells,
    now: &Now,
    actors: &Actors,
    compute: &Compute,
    deals: &Deals,
    lab: usize,
) -> F8 {
    let year = F8::splat(f64::from(now.clock.steps_per_year));
    without_loans(b, now, actors, compute, lab) + deals.most_service(b, lab) * year
}

/// Bills, costs and revenue.
#[inline(always)]
fn without_loans(b: &Cells, now: &Now, actors: &Actors, compute: &Compute, lab: usize) -> F8 {
    let year = F8::splat(f64::from(now.clock.steps_per_year));
    let net = (b.get(actors.labs[lab].opex) - b.get(actors.labs[lab].revenue)) * now.clock.step_years;
    compute.bills_next_year(b, lab) + net * year
}

/// Bills from the next step on. A type and no closure, which might be left as a function without the step's instruction set.
struct Ahead<'a> {
    compute: &'a Compute,
    first: usize,
    rate: F8,
}

impl BillsAhead for Ahead<'_> {
    #[inline(always)]
    fn next(&mut self, b: &Cells, link: usize, k: usize) -> F8 {
        if k == 0 {
            self.rate = self.compute.rate(b, link);
        }
        self.rate += self.compute.change(b, link, self.first + k);
        self.compute.bill_at_rate(b, link, self.rate)
    }
}

/// What the lab has to pay over the next year, USD bn: its need if it had no revenue.
#[inline(always)]
pub fn costs_next_year(
    b: &Cells,
    now: &Now,
    actors: &Actors,
    compute: &Compute,
    deals: &Deals,
    lab: usize,
) -> F8 {
    next_year(b, now, actors, compute, deals, lab) + b.get(actors.labs[lab].revenue)
}

/// Over the `span` steps from the next one on, on one path, USD bn; 0 where revenue is enough.
#[allow(clippy::too_many_arguments)]
pub fn over_at(
    b: &Batch,
    path: usize,
    now: &Now,
    actors: &Actors,
    compute: &Compute,
    deals: &Deals,
    lab: usize,
    span: i32,
) -> f64 {
    let terms = &actors.labs[lab];
    let net = (b.at(terms.opex, path) - b.at(terms.revenue, path)) * now.clock.step_years * f64::from(span);
    let need = compute.bills_over_at(b, path, lab, now.step, span) + net;
    let loans = if deals.any(lab) {
        let bill = |link: usize, step: i32| compute.scheduled_at(b, path, link, step);
        deals.need_at(b, path, now, actors, lab, span, bill)
    } else {
        0.0
    };
    (need + loans).max(0.0)
}
