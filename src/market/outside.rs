//! Stage 4 (5.4): money from outside. Customers pay labs and companies; companies pay their shareholders.

use crate::actors::{Actors, Now};
use crate::books::Origin;
use crate::books::ledger::Payment;
use crate::state::Batch;

#[inline(always)]
pub fn step(b: &mut Batch, now: &Now, actors: &Actors) {
    let dt = now.clock.step_years;
    for lab in &actors.labs {
        let revenue = b.get(lab.revenue) * dt;
        lab.account.receive(b, lab.revenue_edge, Origin::Revenue, revenue);
    }
    for company in &actors.companies {
        let earnings = b.get(company.earnings) * dt;
        company.account.receive(b, company.earnings_edge, Origin::Revenue, earnings);
        if company.pays_out {
            let mut payment = Payment::open(b, company.account);
            let spare = (payment.total - b.get(company.cash_floor)).positive_part();
            // A year's fraction above 1/Δ cannot pay more than there is.
            let paid = (spare * (b.get(company.payout) * dt)).min(spare);
            payment.out(b, company.payout_edge, paid);
            payment.close(b);
        }
    }
}
