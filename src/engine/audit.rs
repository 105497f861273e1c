//! What must always hold (§11), checked on a batch after any step: the ledger's identities of
//! [`crate::books::identities`], and those that need the actors: what each row's owner registered of it (a number,
//! never negative, never falling), credits and capital and commitments add up, value is F·eˣ, time in the states of sentiment adds up.

use super::simulate::Run;
use super::step::{Compiled, Opening};
use crate::actors::{Now, SLACK};
use crate::books::identities;
use crate::books::{Flow, Ledger, Origin, Party};
use crate::deals::{compute, margin_loan, supplier};
use crate::events::listing::LISTING_PAID;
use crate::plan::Plan;
use crate::state::{Batch, F8, Holds, LANES};
use std::fmt;

/// Relative to the sum that is compared, at least 1; beyond [`identities::rounding`] of all that has flowed.
const TOLERANCE: f64 = 1e-9;

/// An identity that does not hold: a defect of the program, and no result.
#[derive(Debug, Clone, PartialEq)]
pub struct Broken {
    pub path: u64,
    /// From 0.
    pub step: u32,
    pub what: String,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Broken { path, step, what } = self;
        write!(
            f,
            "path {path} in step {}: {what}. An identity of the model does not hold: this is a defect of the program, and \
             what it would print is no result. Please report it with the scenario, the seed and `roundtrip --version`",
            step + 1
        )
    }
}

/// One batch in so many paths of a run is simulated again under audit: for a run of 100,000 paths, auditing two batches
/// adds less than 1% to its instructions.
const SAMPLE: u64 = 1 << 16;

/// Is the batch that begins at a path of the sample? The extra dollar taken away (§9) is a flow with the wrong sign.
pub fn is_sampled(run: &Run, first: u64) -> bool {
    first.is_multiple_of(SAMPLE) && run.extra >= 0.0
}

/// Simulates a batch again under audit; `first` is the number of its first path in the run.
#[cold]
pub fn again(plan: &Plan, run: &Run, opening: &Opening, first: u64) -> Result<(), Broken> {
    let compiled = Compiled::of(run.instructions);
    let mut b = plan.batch();
    compiled.open(plan, &mut b, opening, run.extra, run.ties);
    let mut audit = Audit::default();
    for step in 0..plan.clock.steps {
        let now = Now { step: step as i32, clock: plan.clock, loops: run.loops, seed: run.seed };
        compiled.step(plan, &mut b, &now);
        if let Some((path, what)) = audit.broken(plan, &b, step) {
            return Err(Broken { path: first + path as u64, step, what });
        }
    }
    Ok(())
}

/// Follows a batch through its steps.
#[derive(Debug, Default)]
pub struct Audit {
    /// What never falls, as it was after the step before; empty before the first.
    before: Vec<F8>,
}

impl Audit {
    /// The first identity that the batch breaks after step `step`, and what has fallen since the step before that never
    /// does: path of the batch, and what. None when all hold.
    pub fn broken(&mut self, plan: &Plan, b: &Batch, step: u32) -> Option<(usize, String)> {
        let rising = || plan.layout.all_registered().iter().filter(|known| known.holds.never_falls());
        let mut fell = None;
        for (known, before) in rising().zip(&self.before) {
            let now = b.get(known.row);
            let is_less = |path: &usize| {
                let (now, before) = (now.0[*path], before.0[*path]);
                now < before && now < before - rounding(plan, b, *path)
            };
            let path = (0..LANES).find(is_less);
            fell = fell.or(path.map(|path| {
                (path, format!("{} fell from {} to {}", known.name, before.0[path], now.0[path]))
            }));
        }
        self.before.clear();
        self.before.extend(rising().map(|known| b.get(known.row)));
        fell.or_else(|| broken(plan, b, step))
    }
}

/// The first identity that the batch breaks after step `step`, as it stands: path of the batch, and what.
pub fn broken(plan: &Plan, b: &Batch, step: u32) -> Option<(usize, String)> {
    let mut rows = vec![(Holds::Nothing, None); plan.layout.rows()];
    for known in plan.layout.all_registered() {
        rows[known.row.number() as usize] = (known.holds, Some(known.name.as_str()));
    }
    for (row, (holds, name)) in plan.layout.every_row().zip(rows) {
        let wrong = |path: usize| {
            let value = b.at(row, path);
            match holds {
                Holds::Undefined => value.is_infinite(),
                _ if !value.is_finite() => true,
                _ => holds.is_never_negative() && value < 0.0 && value < -rounding(plan, b, path),
            }
        };
        if let Some(path) = (0..LANES).find(|path| wrong(*path)) {
            let name = name.map_or_else(|| format!("row {}", row.number()), str::to_string);
            return Some((path, format!("{name} is {}", b.at(row, path))));
        }
    }
    (0..LANES).find_map(|path| broken_at(plan, b, path, step).map(|what| (path, what)))
}

/// The rounding error to allow for on a path: [`identities::rounding`].
fn rounding(plan: &Plan, b: &Batch, path: usize) -> f64 {
    identities::rounding(identities::throughput(b, path, &plan.actors.ledger))
}

/// Whether two numbers agree to 1e-9 of a third (at least 1), or within the rounding error.
fn closeness(plan: &Plan, b: &Batch, path: usize) -> impl Fn(f64, f64, f64) -> bool {
    let rounding = rounding(plan, b, path);
    move |one, other, scale| (one - other).abs() <= rounding.max(TOLERANCE * scale.abs().max(1.0))
}

fn broken_at(plan: &Plan, b: &Batch, path: usize, step: u32) -> Option<String> {
    let actors = &plan.actors;
    identities::broken(b, path, &actors.ledger, &actors.lab_stakes, actors.labs.len())
        .or_else(|| labs(plan, b, path, step))
        .or_else(|| prices(plan, b, path, step))
        .or_else(|| companies(plan, b, path))
        .or_else(|| commitments(plan, b, path))
        .or_else(|| margin_calls(plan, b, path))
        .or_else(|| sentiment(plan, b, path, step))
        .or_else(|| contracts(plan, b, path))
        .or_else(|| schedules(plan, b, path, step as i32))
        .or_else(|| deferrals(plan, b, path))
        .or_else(|| plan.deals.broken_at(b, path, actors))
}

/// Sum of a path's flows that a test picks.
fn flows(plan: &Plan, b: &Batch, path: usize, pick: impl Fn(Party, Party, Flow) -> bool) -> f64 {
    let Ledger { edges, memos, .. } = &plan.actors.ledger;
    let picked = edges.iter().chain(memos).filter(|e| pick(e.payer, e.payee, e.flow));
    picked.map(|e| e.edge.total_at(b, path)).sum()
}

/// What margin calls sold, and what that repaid.
fn margin_calls(plan: &Plan, b: &Batch, path: usize) -> Option<String> {
    let sold = b.at(plan.margin_loans.forced_sales, path);
    [margin_loan::FORCED_SALE, margin_loan::REPAYMENT].into_iter().find_map(|which| {
        let by_flows = flows(plan, b, path, |_, _, flow| flow == which);
        let name = which.name();
        let close = closeness(plan, b, path);
        (!close(sold, by_flows, sold))
            .then(|| format!("margin calls sold {sold}, flows of {name} say {by_flows}"))
    })
}

/// Capital by investor, credits granted and used, commitments announced and pending.
fn labs(plan: &Plan, b: &Batch, path: usize, step: u32) -> Option<String> {
    let actors = &plan.actors;
    let close = closeness(plan, b, path);
    for (l, lab) in actors.labs.iter().enumerate() {
        let me = Party::Lab(l as u16);
        let whole = b.at(lab.capital, path);
        let by_flows = flows(plan, b, path, |_, payee, flow| payee == me && flow.is_capital());
        if !close(whole, by_flows, whole) {
            return Some(format!("{} raised {whole}, its flows say {by_flows}", lab.name));
        }
        for (party, row) in &lab.put_in {
            let put_in = b.at(*row, path);
            let from = |payer, payee, flow: Flow| payer == *party && payee == me && flow.is_capital();
            let by_flows = flows(plan, b, path, from);
            if !close(put_in, by_flows, whole) {
                let who = actors.name(*party);
                return Some(format!("{who} put {put_in} into {}, its flows say {by_flows}", lab.name));
            }
        }
        for (i, dealings) in lab.dealings.iter().enumerate() {
            let company = Party::Company(i as u16);
            let granted = flows(plan, b, path, |p, q, flow| (p, q, flow) == (company, me, Flow::CREDIT));
            let used =
                flows(plan, b, path, |p, q, flow| (p, q, flow) == (me, company, compute::COMPUTE_CREDIT));
            let (held, counted) = (b.at(dealings.credits, path), b.at(dealings.credits_used, path));
            if !close(granted - used, held, granted) || !close(used, counted, used) {
                let name = &actors.companies[i].name;
                return Some(format!("{name} granted {granted} in credits, {used} used, {held} left"));
            }
            // §7 rule 4: the mark-up is m of the face.
            let mark_up = actors
                .ledger
                .edges
                .iter()
                .filter(|e| (e.payer, e.payee, e.flow) == (company, me, Flow::CREDIT));
            let mark_up = mark_up.filter_map(|e| e.edge.row(Origin::Credit));
            let mark_up: f64 = mark_up.map(|row| b.at(row, path)).sum();
            let margin = b.at(actors.companies[i].margin, path);
            if !close(mark_up, margin * granted, granted) {
                return Some(format!("mark-up of {mark_up} in credits of {granted}, the margin is {margin}"));
            }
            if b.at(dealings.paid_since_round, path) > b.at(dealings.paid, path) * (1.0 + TOLERANCE) {
                return Some(format!("{} paid more since its last round than ever", lab.name));
            }
        }
        let pending: f64 = lab.spending.iter().map(|link| b.at(link.pending, path)).sum();
        let in_file = plan.compute.links.iter().filter(|link| link.lab == l).flat_map(|link| &link.contracts);
        let due = in_file.filter(|file| (0..=step as i32).contains(&file.announced));
        let due: f64 = due.map(|file| b.at(file.notional, path)).sum();
        let (announced, committed) = (b.at(lab.announced, path), b.at(lab.committed, path));
        if !close(announced + pending, due + committed, announced + pending) {
            return Some(format!(
                "{} announced {announced}, {pending} waits; the file has {due}, committed are {committed}",
                lab.name
            ));
        }
        let dilution = b.at(lab.dilution, path);
        if dilution > 1.0 {
            return Some(format!("rounds of {} multiply stakes by {dilution}", lab.name));
        }
    }
    None
}

/// Rounds by choice and discounts are some of the rounds; a price is the mark until there is a quoted one; a listing
/// comes once, and its cash with it.
fn prices(plan: &Plan, b: &Batch, path: usize, step: u32) -> Option<String> {
    for (l, (lab, terms)) in plan.actors.labs.iter().zip(&plan.rounds.terms).enumerate() {
        let Some(terms) = terms else { continue };
        let name = &lab.name;
        if let Some(told) = terms.told {
            let (count, by_choice) = (b.at(terms.count, path), b.at(told.by_choice, path));
            let floor = terms.demand.map_or(1.0, |demand| b.at(demand.floor, path));
            let discounts = b.at(told.discounts, path);
            if by_choice > count || discounts > count * (1.0 - floor) + TOLERANCE {
                return Some(format!("{name}: {count} rounds, {by_choice} by choice, discounts {discounts}"));
            }
        }
        let listed = lab.listed.map_or(0.0, |row| b.at(row, path));
        if listed > f64::from(step + 1) {
            return Some(format!("{name} lists in step {listed}, after {step}"));
        }
        if let Some(priced) = lab.priced
            && (listed == 0.0 || listed == f64::from(step + 1))
            && b.at(priced, path) != b.at(lab.mark, path)
        {
            return Some(format!(
                "{name} is marked {} after a price of {}",
                b.at(lab.mark, path),
                b.at(priced, path)
            ));
        }
        let me = Party::Lab(l as u16);
        let cash = flows(plan, b, path, |_, payee, flow| payee == me && flow == LISTING_PAID);
        if listed == 0.0 && cash > SLACK + rounding(plan, b, path) {
            return Some(format!("{name} has {cash} of a listing that has not been"));
        }
    }
    None
}

/// M = F·eˣ; nobody sells more of a company than there is; what others pass on is counted once.
fn companies(plan: &Plan, b: &Batch, path: usize) -> Option<String> {
    let actors = &plan.actors;
    for (i, company) in actors.companies.iter().enumerate() {
        let me = Party::Company(i as u16);
        let (value, fundamental) = (b.at(company.value, path), b.at(company.fundamental, path));
        let again = fundamental * crate::state::maths::exp1(b.at(company.premium, path));
        if (value - again).abs() > TOLERANCE * value {
            return Some(format!("{} is worth {value}, F and x say {again}", company.name));
        }
        let by_persons = actors.persons.iter().filter(|p| p.company == i).map(|p| (p.stake, p.stake_opening));
        let of_holdings = actors.holdings.iter().flat_map(|h| &h.stakes).filter(|s| s.company == i);
        let stakes = by_persons.chain(of_holdings.map(|s| (s.fraction, s.opening)));
        let mut sum = 0.0;
        for (now, opening) in stakes {
            sum += b.at(now, path);
            if b.at(now, path) > b.at(opening, path) {
                return Some(format!("a stake in {} grew", company.name));
            }
        }
        if sum > 1.0 + TOLERANCE {
            return Some(format!("stakes in {} sum to {sum}", company.name));
        }
        let counted: f64 = actors.labs.iter().map(|lab| b.at(lab.dealings[i].paid, path)).sum();
        let direct = |_, q, flow| q == me && compute::is_bill(flow);
        let bills = flows(plan, b, path, direct);
        let passed = flows(plan, b, path, |_, payee, flow| payee == me && flow == supplier::SUPPLIER);
        let slack = rounding(plan, b, path).max(TOLERANCE * (bills + passed).max(1.0));
        if counted < bills - slack || counted > bills + passed + slack {
            return Some(format!(
                "labs' payments to {} are {counted}: bills of {bills}, {passed} passed on",
                company.name
            ));
        }
    }
    None
}

/// What is unpaid of a commitment is what its tranches have left; what is paid has arrived.
fn commitments(plan: &Plan, b: &Batch, path: usize) -> Option<String> {
    let close = closeness(plan, b, path);
    let all = &plan.commitments.commitments;
    for commitment in all {
        let same = all.iter().filter(|c| (c.investor, c.lab) == (commitment.investor, commitment.lab));
        let (mut promised, mut left) = (0.0, 0.0);
        for other in same {
            let open: f64 =
                other.tranches.iter().map(|t| b.at(t.cash_left, path) + b.at(t.credits_left, path)).sum();
            if !close(open, b.at(other.unpaid, path), open) {
                return Some(format!("{} unpaid, tranches have {open} left", b.at(other.unpaid, path)));
            }
            left += open;
            let ahead = other.tranches.iter().filter(|t| t.due.is_ahead());
            // Only the part in cash goes over the edge of tranches; credits may come from rounds too.
            promised += ahead
                .map(|t| b.at(t.amount, path) * (1.0 - b.at(other.credits, path)) - b.at(t.cash_left, path))
                .sum::<f64>();
        }
        let paid = commitment.tranche_edge.total_at(b, path);
        if !close(paid, promised, paid + left) {
            return Some(format!("tranches of {paid} arrived, {promised} are paid"));
        }
    }
    None
}

fn sentiment(plan: &Plan, b: &Batch, path: usize, step: u32) -> Option<String> {
    let time: f64 = plan.sentiment.time.iter().map(|row| b.at(*row, path)).sum();
    if time != f64::from(step + 1) {
        return Some(format!("{time} steps in some state of sentiment"));
    }
    let state = b.at(plan.sentiment.state, path);
    (![0.0, 1.0, 2.0].contains(&state)).then(|| format!("sentiment is in state {state}"))
}

fn contracts(plan: &Plan, b: &Batch, path: usize) -> Option<String> {
    let wrong = b.contracts[path].iter().find(|c| {
        let amounts = [c.amount, c.ahead, c.prepaid];
        amounts.iter().any(|amount| !amount.is_finite() || *amount < 0.0)
            || c.start < c.announced
            || c.end <= c.start
            || c.link as usize >= plan.compute.links.len()
    });
    wrong.map(|contract| format!("{contract:?}"))
}

/// What bills say of a step and of the year after it is what the contracts say.
fn schedules(plan: &Plan, b: &Batch, path: usize, step: i32) -> Option<String> {
    let close = closeness(plan, b, path);
    let compute = &plan.compute;
    // Due in the step, and in all.
    let mut of_links = vec![[0.0; 2]; compute.links.len()];
    // Due in the year from the next step on, and in all.
    let mut of_labs = vec![[0.0; 2]; plan.actors.labs.len()];
    let year = plan.clock.steps_per_year as i32;
    for contract in b.contracts[path].iter() {
        let payments = compute.payments(b, path, contract);
        let (link, all) = (contract.link as usize, payments.remaining(i32::MIN));
        let lab = compute.links[link].lab;
        of_links[link][0] += payments.at(step);
        of_links[link][1] += all;
        of_labs[lab][0] += payments.within(step + 1, step + year + 1);
        of_labs[lab][1] += all;
    }
    for (k, [due, all]) in of_links.into_iter().enumerate() {
        let rate = compute.rate_at(b, path, k);
        if !close(rate, due, all) {
            let name = &plan.actors.companies[compute.links[k].company].name;
            return Some(format!("instalments of {rate} to {name}, its contracts say {due}"));
        }
    }
    for (l, [due, all]) in of_labs.into_iter().enumerate() {
        let bills = compute.year_at(b, path, l);
        if !close(bills, due, all) {
            let name = &plan.actors.labs[l].name;
            return Some(format!("{name} will be billed {bills} in a year, its contracts say {due}"));
        }
    }
    None
}

/// As many deferrals as are counted, and no more than the file allows.
fn deferrals(plan: &Plan, b: &Batch, path: usize) -> Option<String> {
    let terms = plan.deferrals.as_ref()?.terms.iter().enumerate();
    terms.filter_map(|(l, terms)| Some((l, terms.as_ref()?))).find_map(|(l, terms)| {
        let granted = b.deferrals[path].iter().filter(|d| d.lab as usize == l).count() as f64;
        let (count, most) = (b.at(terms.count, path), b.at(terms.most, path).ceil());
        let name = &plan.actors.labs[l].name;
        let wrong = count != granted || count > most;
        wrong.then(|| format!("{name} got time {count} times, {granted} stand; at most {most} are given"))
    })
}
