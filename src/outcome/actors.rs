//! Measures of single labs, companies, persons and holdings.

use super::{Measure, bills, rows_of, sum_of};
use crate::books::{Flow, Origin, Party};
use crate::deals::{commitment, compute, warrant};
use crate::events::listing;
use crate::measure::{cell, push, push_where_defined, ratio, sum};
use crate::plan::Plan;
use crate::state::{Batch, F8, Row};

pub fn labs(plan: &Plan, out: &mut Vec<Measure>) {
    for (l, lab) in plan.actors.labs.iter().enumerate() {
        let me = Party::Lab(l as u16);
        let name = |what: &str| format!("lab.{}.{what}", lab.name);
        cell(out, name("raised"), lab.capital);
        cell(out, name("revenue_end"), lab.revenue);
        cell(out, name("mark_end"), lab.mark);
        let account = lab.account;
        push(out, name("cash_end"), move |b| account.total(b));
        cell(out, name("announced"), lab.announced);
        let settled = rows_of(plan, |payer, _, flow| payer == me && bills(flow));
        sum(out, name("paid"), settled.clone());
        cell(out, name("written_off"), lab.written_off);
        match &plan.rounds.terms[l] {
            Some(terms) => cell(out, name("rounds"), terms.count),
            None => push(out, name("rounds"), |_| F8::ZERO),
        }
        let external = lab.revenue_edge;
        let reciprocal: Vec<Row> = lab.reciprocal.iter().map(|r| r.total).collect();
        push_where_defined(out, name("circular_revenue"), move |b| {
            let bought = sum_of(&reciprocal, b);
            ratio(bought, external.total(b) + bought)
        });
        let by_company: Vec<Vec<Row>> = (0..plan.actors.companies.len())
            .map(|i| {
                rows_of(plan, |payer, payee, flow| {
                    payer == me && payee == Party::Company(i as u16) && bills(flow)
                })
            })
            .collect();
        push_where_defined(out, name("concentration"), move |b| {
            let parts: Vec<F8> = by_company.iter().map(|rows| sum_of(rows, b)).collect();
            let whole = parts.iter().fold(F8::ZERO, |sum, part| sum + *part);
            let squares = parts.iter().fold(F8::ZERO, |sum, part| sum + *part * *part);
            ratio(squares, whole * whole)
        });
        let discounts = discounts(plan, l);
        let bills_settled = settled.clone();
        push_where_defined(out, name("effective_price"), move |b| {
            let whole = sum_of(&bills_settled, b);
            F8::ONE - ratio(discounts.given(b), whole)
        });
        let discounts = self::discounts(plan, l);
        push_where_defined(out, name("effective_price_after_equity"), move |b| {
            let whole = sum_of(&settled, b);
            F8::ONE - ratio(discounts.given(b) + discounts.equity(b), whole)
        });
    }
}

pub fn prices_of_rounds(plan: &Plan, out: &mut Vec<Measure>) {
    if !plan.rounds.are_priced {
        return;
    }
    for (lab, terms) in plan.actors.labs.iter().zip(&plan.rounds.terms) {
        let name = |what: &str| format!("lab.{}.{what}", lab.name);
        let told = terms.as_ref().and_then(|terms| Some((terms.told?, terms.count)));
        match told {
            Some((told, count)) => {
                cell(out, name("rounds_by_choice"), told.by_choice);
                push_where_defined(out, name("discount"), move |b| {
                    ratio(b.get(told.discounts), b.get(count))
                });
            }
            None => {
                push(out, name("rounds_by_choice"), |_| F8::ZERO);
                push_where_defined(out, name("discount"), |_| F8::splat(f64::NAN));
            }
        }
        let dilution = lab.dilution;
        push(out, name("dilution"), move |b| F8::ONE - b.get(dilution));
    }
}

pub fn listed(plan: &Plan, out: &mut Vec<Measure>) {
    each_listing(plan, out, "listed", true, |listed, _| listed.gt(F8::ZERO).select(F8::ONE, F8::ZERO));
}

pub fn listed_time(plan: &Plan, out: &mut Vec<Measure>) {
    each_listing(plan, out, "listed.time", false, |listed, step_years| {
        listed.gt(F8::ZERO).select((listed - F8::ONE) * step_years, F8::splat(f64::NAN))
    });
}

/// Of every lab, where one of them may list: the step of its listing plus one, 0 while there is none, and Δ.
fn each_listing(
    plan: &Plan,
    out: &mut Vec<Measure>,
    what: &str,
    is_always_defined: bool,
    read: fn(F8, f64) -> F8,
) {
    let labs = &plan.actors.labs;
    if labs.iter().all(|lab| lab.listed.is_none()) {
        return;
    }
    let step_years = plan.clock.step_years;
    for lab in labs {
        let row = lab.listed;
        let read = move |b: &Batch| read(row.map_or(F8::ZERO, |row| b.get(row)), step_years);
        out.push(Measure {
            name: format!("lab.{}.{what}", lab.name),
            read: Box::new(read),
            is_always_defined,
            is_of_capital: false,
        });
    }
}

/// What a lab got from its vendors besides compute.
struct Discounts {
    /// (m, credits used)
    credits: Vec<(Row, Row)>,
    warrants: Vec<Row>,
    /// Vendors' equity in cash, and in credits by company: (m, rows at face).
    equity: Vec<Row>,
    equity_in_credits: Vec<(Row, Vec<Row>)>,
    /// What vendors bought with it in the run: (fraction, V).
    stakes: Vec<(Row, Row)>,
}

impl Discounts {
    fn given(&self, b: &Batch) -> F8 {
        let credits = self.credits.iter().fold(F8::ZERO, |sum, (m, used)| sum + b.get(*m) * b.get(*used));
        credits + sum_of(&self.warrants, b)
    }

    /// Vendor equity, credits at what they cost the vendor since their mark-up is in the price already, less the value at
    /// V of the stakes that it bought.
    fn equity(&self, b: &Batch) -> F8 {
        let in_credits = self
            .equity_in_credits
            .iter()
            .fold(F8::ZERO, |sum, (m, granted)| sum + (F8::ONE - b.get(*m)) * sum_of(granted, b));
        let value = self.stakes.iter().fold(F8::ZERO, |sum, (held, mark)| sum + b.get(*held) * b.get(*mark));
        sum_of(&self.equity, b) + in_credits - value
    }
}

fn discounts(plan: &Plan, l: usize) -> Discounts {
    let lab = &plan.actors.labs[l];
    let me = Party::Lab(l as u16);
    let from_company = |p: Party| matches!(p, Party::Company(_));
    let credits =
        plan.actors.companies.iter().zip(&lab.dealings).map(|(c, d)| (c.margin, d.credits_used)).collect();
    let stakes = plan.actors.lab_stakes.stakes.iter().filter(|s| s.lab == l && from_company(s.holder));
    Discounts {
        credits,
        warrants: rows_of(plan, |_, payee, flow| payee == me && flow == warrant::WARRANT),
        equity: rows_of(plan, |payer, payee, flow| {
            payee == me
                && from_company(payer)
                && matches!(flow, Flow::ROUND | commitment::TRANCHE_PAID | listing::LISTING_PAID)
        }),
        equity_in_credits: (plan.actors.companies.iter().enumerate())
            .map(|(i, company)| {
                let granted = rows_of(plan, |payer, payee, flow| {
                    payee == me && payer == Party::Company(i as u16) && flow == Flow::CREDIT
                });
                (company.margin, granted)
            })
            .collect(),
        stakes: stakes.map(|s| (s.bought, lab.mark)).collect(),
    }
}

pub fn companies(plan: &Plan, out: &mut Vec<Measure>) {
    for (i, company) in plan.actors.companies.iter().enumerate() {
        let me = Party::Company(i as u16);
        let name = |what: &str| format!("company.{}.{what}", company.name);
        cell(out, name("value_end"), company.value);
        cell(out, name("fundamental_end"), company.fundamental);
        let (value, fundamental) = (company.value, company.fundamental);
        push(out, name("premium_end"), move |b| b.get(value) - b.get(fundamental));
        cell(out, name("premium_peak"), plan.record.premium_peak[i]);
        let year_after = plan.announcement.of(i).premium_year_after;
        push_where_defined(out, name("premium_year_after"), move |b| b.get(year_after));
        let account = company.account;
        push(out, name("cash_end"), move |b| account.total(b));
        cell(out, name("debt_end"), company.debt);
        let direct = rows_of(plan, |_, payee, flow| payee == me && bills(flow));
        sum(out, name("lab_revenue"), direct.clone());
        let to_me = plan.actors.ledger.edges.iter().filter(|e| e.payee == me && e.flow == compute::COMPUTE);
        let covered: Vec<Row> = to_me.filter_map(|e| e.edge.row(Origin::Revenue)).collect();
        push_where_defined(out, name("uncovered_revenue"), move |b| {
            F8::ONE - ratio(sum_of(&covered, b), sum_of(&direct, b))
        });
        cell(out, name("announcement_gain"), plan.announcement.of(i).value_added);
        sum(
            out,
            name("warrant_proceeds"),
            rows_of(plan, |payer, _, flow| payer == me && flow == warrant::WARRANT),
        );
        cell(out, name("build_shortfall"), plan.suppliers.shortfall(i));
    }
}

pub fn persons(plan: &Plan, out: &mut Vec<Measure>) {
    for person in &plan.actors.persons {
        cell(out, format!("person.{}.stake_end", person.name), person.stake);
        cell(out, format!("person.{}.loan_end", person.name), person.loan);
    }
}

pub fn holdings(plan: &Plan, out: &mut Vec<Measure>) {
    for holding in &plan.actors.holdings {
        cell(out, format!("holding.{}.debt_end", holding.name), holding.debt);
        let account = holding.account;
        push(out, format!("holding.{}.cash_end", holding.name), move |b| account.total(b));
        cell(out, format!("holding.{}.booked_gain_peak", holding.name), holding.booked_gain_peak);
    }
}
