//! What companies gave away to labs (§9), by instrument: the mark-up of credits granted, what shares given away
//! sold for, what shares were bought above the price that others would have paid, interest below the market's.
//! No second run is needed for it, and it takes no side on what would have happened otherwise. Sums keep their sign.

use super::{Measure, Reading, rows_of, sum_of};
use crate::books::{Flow, Party};
use crate::deals::warrant;
use crate::measure::{push, push_where_defined, ratio};
use crate::plan::Plan;
use crate::state::{Batch, F8, Row};

/// An instrument's name and what was given away through it so far.
type Conceded = (&'static str, Reading);

/// The first deals', and what further ones say of themselves.
fn instruments(plan: &Plan) -> Vec<Conceded> {
    let first = [("credit", credits(plan)), ("warrant", warrants(plan)), ("equity", equity(plan))];
    first.into_iter().chain(plan.deals.conceded()).collect()
}

/// m·f of every credit granted as capital.
fn credits(plan: &Plan) -> Reading {
    let granted: Vec<(Row, Vec<Row>)> = (plan.actors.companies.iter().enumerate())
        .map(|(i, company)| {
            let by_it = |payer, _, flow| payer == Party::Company(i as u16) && flow == Flow::CREDIT;
            (company.margin, rows_of(plan, by_it))
        })
        .collect();
    Box::new(move |b| granted.iter().fold(F8::ZERO, |sum, (m, face)| sum + b.get(*m) * sum_of(face, b)))
}

fn warrants(plan: &Plan) -> Reading {
    let proceeds = rows_of(plan, |_, _, flow| flow == warrant::WARRANT);
    Box::new(move |b| sum_of(&proceeds, b))
}

/// What rounds priced above what they would have been without companies' offers.
fn equity(plan: &Plan) -> Reading {
    let rows: Vec<Row> = plan.rounds.terms.iter().flatten().filter_map(|terms| terms.conceded).collect();
    Box::new(move |b| sum_of(&rows, b))
}

fn all(by_instrument: &[Conceded], b: &Batch) -> F8 {
    by_instrument.iter().fold(F8::ZERO, |sum, (_, given)| sum + given(b))
}

pub fn concession(plan: &Plan, out: &mut Vec<Measure>) {
    let by_instrument = instruments(plan);
    push(out, "capital.concession", move |b| all(&by_instrument, b));
}

pub fn by_instrument(plan: &Plan, out: &mut Vec<Measure>) {
    for (name, given) in instruments(plan) {
        push(out, format!("capital.concession.{name}"), given);
    }
}

pub fn share(plan: &Plan, out: &mut Vec<Measure>) {
    let by_instrument = instruments(plan);
    let raised = rows_of(plan, |_, _, flow| flow.is_capital());
    push_where_defined(out, "share.concession", move |b| ratio(all(&by_instrument, b), sum_of(&raised, b)));
}
