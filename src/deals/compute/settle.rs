//! Stage 5, first part: every lab pays its costs and its bills, credits first; where cash does not cover all bills each gets
//! the same fraction.

use super::Compute;
use crate::actors::{Actors, Now, SLACK};
use crate::books::ledger::Payment;
use crate::state::{Batch, Cells, F8};

/// What else a lab settles with its bills, in [`Compute::settle`]: loans of the companies that it pays.
pub trait Claims {
    /// Of this lab?
    fn any(&self, lab: usize) -> bool;
    /// What of a link's bill, beyond credits, is settled by lending it.
    fn set_off(&self, b: &mut Cells, now: &Now, actors: &Actors, link: usize, left: F8) -> F8;
    /// That amount again.
    fn set_off_now(&self, b: &Cells, link: usize) -> F8;
    /// Interest and principal due with the bills.
    fn due(&self, b: &Cells, lab: usize) -> [F8; 2];
    /// The fraction of both that cash covers.
    fn pay(&self, b: &mut Cells, actors: &Actors, lab: usize, payment: &mut Payment, covered: F8);
}

impl Compute {
    /// Stage 5, first part: opex and bills of every lab, in order. Whether all paid all bills on every path.
    #[inline(always)]
    pub fn settle(&self, b: &mut Batch, now: &Now, actors: &Actors, claims: &impl Claims) -> bool {
        let b = b.cells();
        let mut in_full = true;
        for (l, (lab, bills)) in actors.labs.iter().zip(&self.labs).enumerate() {
            let lends = claims.any(l);
            let mut payment = Payment::open(b, lab.account);
            let opex = b.get(lab.opex) * now.clock.step_years;
            let opex_paid = opex.min(payment.total);
            payment.out(b, lab.opex_edge, opex_paid);
            let left = payment.total - opex_paid;
            let mut cash_due = F8::ZERO;
            for k in &bills.links {
                let link = &self.links[*k];
                let bill = link.bill(b);
                let mut left = bill - link.credit_for(b, bill);
                if lends {
                    left = left - claims.set_off(b, now, actors, *k, left);
                }
                cash_due += left;
            }
            let [interest, principal] = if lends { claims.due(b, l) } else { [F8::ZERO; 2] };
            if lends {
                cash_due += interest + principal;
            }
            let enough = left.ge(cash_due);
            let all_enough = !(!enough).any();
            in_full &= all_enough;
            let covered = if all_enough { F8::ONE } else { enough.select(F8::ONE, left.share_of(cash_due)) };
            for k in &bills.links {
                let link = &self.links[*k];
                let bill = link.bill(b);
                let credit = link.credit_for(b, bill);
                let set_off = if lends { claims.set_off_now(b, *k) } else { F8::ZERO };
                let due = if lends { bill - credit - set_off } else { bill - credit };
                let cash = due * covered;
                payment.lap(b, link.compute_edge, link.account, cash);
                if link.takes_credits {
                    link.credit_edge.post_credit(b, credit);
                    b.set(link.dealings.credits, b.get(link.dealings.credits) - credit);
                    b.add(link.dealings.credits_used, credit);
                }
                let mut settled = cash + credit;
                if let (true, Some(edge)) = (lends, link.set_off_edge) {
                    edge.post_credit(b, set_off);
                    settled += set_off;
                }
                b.set(link.cash_paid, cash);
                if link.is_built_for {
                    let fraction = if all_enough {
                        F8::ONE
                    } else {
                        bill.gt(F8::ZERO).select(settled.share_of(bill), F8::ONE)
                    };
                    b.set(link.fraction_paid, fraction);
                }
                b.set(link.dealings.paid_now, settled);
                if link.opens {
                    b.set(link.received, settled);
                } else {
                    b.add(link.received, settled);
                }
            }
            if lends {
                claims.pay(b, actors, l, &mut payment, covered);
            }
            payment.close(b);
            let unpaid = (opex - opex_paid) + cash_due * (F8::ONE - covered);
            let short = unpaid.gt(F8::splat(SLACK));
            let unpaid = short.select(unpaid, F8::ZERO);
            b.set(lab.unpaid, unpaid);
            if short.any() {
                // Principal that is not paid is still owed.
                let still_owed = principal * (F8::ONE - covered);
                b.add(lab.written_off, if lends { (unpaid - still_owed).positive_part() } else { unpaid });
            }
        }
        in_full
    }
}
