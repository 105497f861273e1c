//! One step of a batch: §4, stage by stage, and nothing else.

use crate::actors::Now;
use crate::events::restructuring::Reach;
use crate::market::outside;
use crate::plan::Plan;
use crate::state::{Batch, F8};

#[inline(always)]
pub fn step(plan: &Plan, b: &mut Batch, now: &Now) {
    let actors = &plan.actors;
    plan.compute.advance(b, now);
    // 1. Market
    plan.prices.step(b, now, actors);
    // 2. Sentiment
    plan.sentiment.step(b, now);
    // 3. Announcements due now
    plan.new_contracts.step(
        b,
        now,
        actors,
        &plan.compute,
        &plan.suppliers,
        &plan.announcement,
        &plan.sentiment,
    );
    // 4. Outside money in
    outside::step(b, now, actors);
    // 5. Opex and compute bills; suppliers and costs; reciprocal purchases; warrants; default
    open_bills(plan, b);
    plan.compute.settle(b, now, actors);
    plan.suppliers.step(b, now, actors);
    tally_payments(plan, b);
    plan.vendor_equity.buy_back(b, now, actors);
    plan.warrants.step(b, now, actors);
    let reach = Reach {
        compute: &plan.compute,
        suppliers: &plan.suppliers,
        announcement: &plan.announcement,
        sentiment: &plan.sentiment,
        new_contracts: &plan.new_contracts,
    };
    plan.restructuring.step(b, now, actors, &reach);
    // 6. Collateral: interest, margin calls
    plan.margin_loans.step(b, now, actors);
    // 7. Forward tranches due now
    plan.commitments.step(b, now, actors, &plan.sentiment);
    // 8. Funding rounds
    plan.rounds.step(b, now, actors, &plan.compute, &plan.vendor_equity, &plan.sentiment);
    // 9. Record
    plan.sentiment.record(b);
    plan.announcement.record(b, now, actors);
    plan.record.step(b, now, actors);
}

/// Nothing is paid yet in this step.
#[inline(always)]
fn open_bills(plan: &Plan, b: &mut Batch) {
    for group in 0..b.groups {
        for company in &plan.actors.companies {
            b.set(company.received, group, F8::ZERO);
        }
        for lab in &plan.actors.labs {
            for dealings in &lab.dealings {
                b.set(dealings.paid_now, group, F8::ZERO);
            }
        }
    }
}

/// This step's payments, direct and passed on (5.5), enter the sums that milestones, vendors' offers and the netted
/// lens look at.
#[inline(always)]
fn tally_payments(plan: &Plan, b: &mut Batch) {
    let actors = &plan.actors;
    for (l, lab) in actors.labs.iter().enumerate() {
        for group in 0..b.groups {
            for dealings in &lab.dealings {
                let paid = b.get(dealings.paid_now, group);
                b.add(dealings.paid, group, paid);
                b.add(dealings.paid_since_round, group, paid);
            }
            for person in &actors.persons {
                let paid = b.get(lab.dealings[person.company].paid_now, group);
                b.add(person.got_back[l], group, b.get(person.stake, group) * paid);
            }
            for holding in &actors.holdings {
                for stake in &holding.stakes {
                    let paid = b.get(lab.dealings[stake.company].paid_now, group);
                    b.add(holding.got_back[l], group, b.get(stake.fraction, group) * paid);
                }
            }
        }
    }
}
