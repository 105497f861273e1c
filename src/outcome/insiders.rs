//! Whose money it is (§9): a count of what companies, persons and holdings brought, which needs no model, and what of all
//! capital came through a loop, from which the causal share is read as a rate of replacement. A company to which the lab
//! owes no bill in the run is a stranger: it counts as an insider, but its money is no loop's.

use super::{Measure, rows_of, sum_of};
use crate::books::origin::Origin;
use crate::books::{Flow, Party};
use crate::measure::{push_where_defined, ratio, sum};
use crate::plan::Plan;
use crate::state::Row;

pub fn insider(plan: &Plan, out: &mut Vec<Measure>) {
    sum(out, "capital.insider", brought(plan, |payer| payer != Party::Outside));
}

pub fn share_insider(plan: &Plan, out: &mut Vec<Measure>) {
    let part = brought(plan, |payer| payer != Party::Outside);
    let whole = brought(plan, |_| true);
    push_where_defined(out, "share.insider", move |b| ratio(sum_of(&part, b), sum_of(&whole, b)));
}

/// Cash of strangers, where one may invest.
pub fn stranger(plan: &Plan, out: &mut Vec<Measure>) {
    let offers = plan.vendor_equity.offers.iter().any(|offer| is_stranger(plan, offer.company, offer.lab));
    if !offers && !plan.commitments.commitments.iter().any(|commitment| commitment.of_stranger) {
        return;
    }
    let cash = |payer, payee, flow: Flow| {
        flow.is_capital() && flow != Flow::CREDIT && is_stranger_of(plan, payer, payee)
    };
    sum(out, "capital.stranger", rows_of(plan, cash));
}

/// Each dollar once: all that companies which are no strangers brought, and of the rest what was raised on a premium or on
/// a mark.
pub fn through_loops(plan: &Plan, out: &mut Vec<Measure>) {
    let mut rows = Vec::new();
    for entry in plan.actors.ledger.capital() {
        let by_vendor =
            matches!(entry.payer, Party::Company(_)) && !is_stranger_of(plan, entry.payer, entry.payee);
        let counts = |origin: &Origin| by_vendor || [Origin::Premium, Origin::Mark].contains(origin);
        rows.extend(Origin::ALL.into_iter().filter(counts).filter_map(|origin| entry.edge.row(origin)));
    }
    sum(out, "capital.through_loops", rows);
}

fn brought(plan: &Plan, by: impl Fn(Party) -> bool) -> Vec<Row> {
    rows_of(plan, |payer, _, flow| flow.is_capital() && by(payer))
}

fn is_stranger_of(plan: &Plan, payer: Party, payee: Party) -> bool {
    match (payer, payee) {
        (Party::Company(company), Party::Lab(lab)) => is_stranger(plan, company.into(), lab.into()),
        _ => false,
    }
}

fn is_stranger(plan: &Plan, company: usize, lab: usize) -> bool {
    plan.actors.labs[lab].dealings[company].is_stranger
}
