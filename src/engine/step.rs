//! One step of a batch: §4, stage by stage, and nothing else.

use crate::actors::Now;
use crate::events::restructuring::Reach;
use crate::events::round::Around;
use crate::market::outside;
use crate::plan::Plan;
use crate::state::{Batch, F8};

/// The stages of §4; the parts of the fifth, and bringing the bills' rates to the step, apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Rates,
    Market,
    Sentiment,
    Announcements,
    OutsideMoney,
    Bills,
    Suppliers,
    Reciprocal,
    Warrants,
    Default,
    Collateral,
    Tranches,
    Rounds,
    Record,
}

/// Somebody who looks on: at nothing, unless he says so.
pub trait Witness {
    #[inline(always)]
    fn stage_done(&mut self, _b: &Batch, _stage: Stage) {}

    #[inline(always)]
    fn step_done(&mut self, _b: &Batch, _step: u32) {}
}

#[inline(always)]
pub fn step(plan: &Plan, b: &mut Batch, now: &Now, witness: &mut impl Witness) {
    let actors = &plan.actors;
    plan.compute.advance(b, now);
    witness.stage_done(b, Stage::Rates);
    // 1. Market
    plan.prices.step(b, now, actors);
    witness.stage_done(b, Stage::Market);
    // 2. Sentiment
    plan.sentiment.step(b, now);
    witness.stage_done(b, Stage::Sentiment);
    // 3. Announcements due now
    plan.new_contracts.step(
        b,
        now,
        actors,
        &plan.compute,
        &plan.suppliers,
        &plan.announcement,
        &plan.sentiment,
        plan.deferrals.as_ref(),
    );
    plan.deals.project_debt.bring_to_step(b, now, actors, &plan.compute);
    witness.stage_done(b, Stage::Announcements);
    // 4. Outside money in
    outside::step(b, now, actors);
    witness.stage_done(b, Stage::OutsideMoney);
    // 5. Opex and compute bills; suppliers and costs; reciprocal purchases; warrants; default
    open_bills(plan, b);
    let in_full = plan.compute.settle(b, now, actors, &plan.deals);
    plan.deals.vendor_credit.raise(b, actors, &plan.sentiment);
    witness.stage_done(b, Stage::Bills);
    plan.suppliers.step(b, now, actors, in_full, &plan.deals);
    plan.deals.project_debt.close_step(b, now, actors, &plan.compute, &plan.announcement);
    tally_payments(plan, b);
    witness.stage_done(b, Stage::Suppliers);
    plan.vendor_equity.buy_back(b, now, actors);
    witness.stage_done(b, Stage::Reciprocal);
    plan.warrants.step(b, now, actors);
    witness.stage_done(b, Stage::Warrants);
    let reach = Reach {
        compute: &plan.compute,
        deals: &plan.deals,
        suppliers: &plan.suppliers,
        announcement: &plan.announcement,
        sentiment: &plan.sentiment,
    };
    plan.restructuring.step(b, now, actors, &reach);
    witness.stage_done(b, Stage::Default);
    // 6. Collateral: interest, margin calls
    let noted = plan.margin_loans.step(b, now, actors);
    witness.stage_done(b, Stage::Collateral);
    // 7. Marks between rounds; forward tranches due now
    let marked = plan.marks.step(b, now, actors, &plan.rounds, &plan.sentiment);
    plan.commitments.step(b, now, actors, &plan.sentiment, noted && !marked);
    witness.stage_done(b, Stage::Tranches);
    // 8. Funding rounds; who still lacks money may ask for time
    let around = Around {
        now,
        actors,
        compute: &plan.compute,
        deals: &plan.deals,
        vendors: &plan.vendor_equity,
        sentiment: &plan.sentiment,
    };
    plan.rounds.step(b, &around);
    if let Some(deferrals) = &plan.deferrals {
        deferrals.step(b, now, actors, &reach);
    }
    witness.stage_done(b, Stage::Rounds);
    // 9. Record
    plan.sentiment.record(b);
    plan.announcement.record(b, now, actors);
    plan.record.step(b, now, actors);
    plan.deals.project_debt.record(b);
    witness.stage_done(b, Stage::Record);
}

/// Where no bill says what is paid in this step: nothing yet.
#[inline(always)]
fn open_bills(plan: &Plan, b: &mut Batch) {
    let b = b.cells();
    for row in &plan.indirect {
        b.set(*row, F8::ZERO);
    }
}

/// This step's payments, direct and passed on (5.5), enter the sums that milestones, vendors' offers and the netted
/// lens look at.
#[inline(always)]
fn tally_payments(plan: &Plan, b: &mut Batch) {
    let b = b.cells();
    let actors = &plan.actors;
    for (l, lab) in actors.labs.iter().enumerate() {
        for dealings in &lab.dealings {
            let paid = b.get(dealings.paid_now);
            b.add(dealings.paid, paid);
            if dealings.offers {
                b.add(dealings.paid_since_round, paid);
            }
            if let Some(back) = dealings.back {
                b.add(back.all, dealings.back_now(b));
            }
        }
        for person in &actors.persons {
            let back = lab.dealings[person.company].back_now(b);
            b.add(person.got_back[l], b.get(person.stake) * back);
        }
        for holding in &actors.holdings {
            for stake in &holding.stakes {
                let back = lab.dealings[stake.company].back_now(b);
                b.add(holding.got_back[l], b.get(stake.fraction) * back);
            }
        }
    }
}
