//! One path by its number: the random numbers that it is made of, and everything that happens on it. Postings are read off
//! the ledger's edges from stage to stage; rounds and what deals tell come from the mechanism, other events are read off
//! the state before and after a stage: the step is the one that a run takes.

mod draws;
mod told;

pub use draws::{Draws, draws};
pub use told::*;

use super::finite::{self, Fault};
use super::simulate::Run;
use super::step::{Compiled, Instructions, Opening, Stage, Told, Witness};
use crate::actors::{Now, SLACK};
use crate::books::{ByOrigin, Flow, Party};
use crate::deals::Happening;
use crate::deals::commitment::Due;
use crate::deals::compute;
use crate::events::listing::LISTING_PAID;
use crate::events::need;
use crate::events::round::Agreed;
use crate::outcome::{Measure, measures};
use crate::plan::Plan;
use crate::plan::parameters::Sampling;
use crate::state::maths::exp1;
use crate::state::{Batch, LANES, Loop, M8, Row};

/// Runs one path of a run; `watch` is the measure whose changes are wanted.
pub fn replay(plan: &Plan, run: &Run, path: u64, watch: Option<&str>) -> Result<Replay, Fault> {
    let measures = measures(plan);
    let lane = (path % LANES as u64) as usize;
    let first = path - lane as u64;
    let mut b = plan.batch();
    let mut parameters = vec![0.0; plan.uncertain.len() * LANES];
    let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths };
    plan.parameters.draw(&sampling, first, LANES, &mut parameters);
    plan.open(&mut b, first, &parameters, LANES, run.extra, run.ties);
    let mut scribe = Scribe {
        plan,
        lane,
        now: Now { step: 0, clock: plan.clock, loops: run.loops, seed: run.seed },
        watched: watch.and_then(|name| measures.iter().find(|measure| measure.name == name)),
        value: 0.0,
        before: Vec::new(),
        contracts: b.contracts[lane].len(),
        needs: Vec::new(),
        agreed: Vec::new(),
        of_deals: Vec::new(),
        entries: Vec::new(),
        prices: Vec::new(),
        changes: Vec::new(),
    };
    scribe.remember(&b);
    scribe.value = scribe.watched_value(&b);
    let compiled = Compiled::of(Instructions::Widest);
    let mut not_finite = M8::NONE;
    for n in 0..plan.clock.steps {
        let now = Now { step: n as i32, ..scribe.now };
        scribe.now = now;
        not_finite = not_finite | compiled.step_by_stage(plan, &mut b, &now, &mut scribe);
    }
    if (not_finite | b.not_finite(&plan.layout)).at(lane) {
        let opening = Opening { first, parameters: &parameters, stride: LANES };
        return Err(finite::why(plan, run, &opening, lane, path).into());
    }
    let drawn =
        plan.uncertain.iter().enumerate().map(|(k, name)| (name.clone(), parameters[k * LANES + lane]));
    Ok(Replay {
        path,
        parameters: drawn.collect(),
        measures: measures.iter().map(|m| (m.name.clone(), (m.read)(&b).0[lane])).collect(),
        entries: scribe.entries,
        prices: scribe.prices,
        changes: scribe.changes,
    })
}

/// What a lab has just before the rounds, and needs over the next year.
#[derive(Debug, Clone, Copy, Default)]
struct Need {
    next_year: f64,
    cash: f64,
}

/// Writes down what a stage has changed.
struct Scribe<'a> {
    plan: &'a Plan,
    lane: usize,
    now: Now,
    watched: Option<&'a Measure>,
    value: f64,
    /// Every cell of the path before the stage, by row.
    before: Vec<f64>,
    contracts: usize,
    needs: Vec<Need>,
    /// Rounds of the stage, by lab, and what deals told of it.
    agreed: Vec<(usize, Agreed)>,
    of_deals: Vec<What>,
    entries: Vec<Entry>,
    prices: Vec<Vec<[f64; 2]>>,
    changes: Vec<Change>,
}

impl Witness for Scribe<'_> {
    fn told(&mut self, path: usize, what: Told) {
        if path != self.lane {
            return;
        }
        match what {
            Told::Round(lab, agreed) => self.agreed.push((lab, agreed.clone())),
            Told::OfDeal(Happening { event, company, lab, amounts }) => {
                let (company, lab, amounts) = (*company, *lab, amounts.to_vec());
                self.of_deals.push(What::OfDeal { event, company, lab, amounts });
            }
        }
    }

    fn stage_done(&mut self, b: &Batch, stage: Stage) {
        match stage {
            Stage::Sentiment => self.sentiment(b, stage),
            Stage::Announcements => {
                self.announcements(b);
                let companies = &self.plan.actors.companies;
                let at = |row: Row| b.at(row, self.lane);
                self.prices.push(companies.iter().map(|i| [at(i.value), at(i.premium)]).collect());
            }
            Stage::Bills => self.bills(b),
            Stage::Warrants => self.warrants(b),
            Stage::Default => self.restructurings(b),
            Stage::Collateral => self.margin_calls(b),
            Stage::Tranches => {
                self.tranches(b);
                self.needs = (0..self.plan.actors.labs.len()).map(|l| self.need(b, l)).collect();
            }
            Stage::Rounds => {
                self.rounds(b);
                self.requests(b);
            }
            _ => {}
        }
        for what in std::mem::take(&mut self.of_deals) {
            self.note(stage, what);
        }
        self.postings(b, stage);
        let value = self.watched_value(b);
        if value != self.value {
            self.changes.push(Change { step: self.now.step as u32, stage, by: value - self.value });
            self.value = value;
        }
        self.remember(b);
    }
}

impl Scribe<'_> {
    fn remember(&mut self, b: &Batch) {
        self.before.clear();
        self.before.extend(self.plan.layout.every_row().map(|row| b.at(row, self.lane)));
        self.contracts = b.contracts[self.lane].len();
    }

    fn was(&self, row: Row) -> f64 {
        self.before[row.number() as usize]
    }

    fn watched_value(&self, b: &Batch) -> f64 {
        let value = self.watched.map_or(0.0, |measure| (measure.read)(b).0[self.lane]);
        // Peaks begin at −∞.
        if value.is_finite() { value } else { 0.0 }
    }

    fn note(&mut self, stage: Stage, what: What) {
        self.entries.push(Entry { step: self.now.step as u32, stage, what });
    }

    /// What flowed in the stage, edge by edge.
    fn postings(&mut self, b: &Batch, stage: Stage) {
        let ledger = &self.plan.actors.ledger;
        for entry in &ledger.edges {
            let mut rows = entry.edge.rows();
            let amounts = ByOrigin::new(ledger.origins(), |_| {
                rows.next().map_or(0.0, |row| b.at(row, self.lane) - self.was(row))
            });
            if amounts.values().iter().any(|amount| *amount != 0.0) {
                let (payer, payee, flow) = (entry.payer, entry.payee, entry.flow);
                self.note(stage, What::Posting { payer, payee, flow, amounts });
            }
        }
    }

    fn sentiment(&mut self, b: &Batch, stage: Stage) {
        let state = self.plan.sentiment.state;
        let (from, to) = (self.was(state) as usize, b.at(state, self.lane) as usize);
        if from != to {
            self.note(stage, What::Sentiment { from, to });
        }
    }

    fn announcements(&mut self, b: &Batch) {
        let plan = self.plan;
        let mut notional = vec![0.0; plan.actors.companies.len()];
        for contract in &b.contracts[self.lane][self.contracts..] {
            let link = &plan.compute.links[contract.link as usize];
            let size = contract.notional();
            notional[link.company] += size;
            for (supplier, share) in &plan.actors.companies[link.company].suppliers {
                notional[*supplier] += b.at(*share, self.lane) * size;
            }
            let (lab, company) = (link.lab, link.company);
            let what =
                What::Contract { lab, company, notional: size, start: contract.start, end: contract.end };
            self.note(Stage::Announcements, what);
        }
        for (i, company) in plan.actors.companies.iter().enumerate() {
            let cut = self.was(plan.announcement.of(i).cut_notional);
            let worth = b.at(company.fundamental, self.lane) - self.was(company.fundamental);
            let is_loss = notional[i] == 0.0 && cut == 0.0;
            if is_loss && worth == 0.0 {
                continue;
            }
            let value = [self.was(company.value), b.at(company.value, self.lane)];
            let announcement = Announcement {
                company: i,
                notional: notional[i],
                cut,
                log_return: if is_loss { 0.0 } else { libm::log(value[1] / (value[0] + worth)) },
                worth,
                value,
                premium: [self.was(company.premium), b.at(company.premium, self.lane)],
                sentiment: b.at(plan.sentiment.state, self.lane) as usize,
            };
            self.note(Stage::Announcements, What::Announcement(announcement));
        }
    }

    /// A lab that could not pay: what was due is what it paid plus what it left unpaid.
    fn bills(&mut self, b: &Batch) {
        let plan = self.plan;
        for (l, lab) in plan.actors.labs.iter().enumerate() {
            let unpaid = b.at(lab.unpaid, self.lane);
            if unpaid <= 0.0 {
                continue;
            }
            let me = Party::Lab(l as u16);
            let paid: f64 = plan
                .actors
                .ledger
                .edges
                .iter()
                .filter(|e| {
                    e.payer == me && matches!(e.flow, Flow::OPEX | compute::COMPUTE | compute::COMPUTE_CREDIT)
                })
                .flat_map(|e| e.edge.rows())
                .map(|row| b.at(row, self.lane) - self.was(row))
                .sum();
            let cash: f64 = self.cash_was(me);
            let credits: f64 = lab.dealings.iter().map(|dealings| self.was(dealings.credits)).sum();
            let what = What::Default { lab: l, due: paid + unpaid, cash, credits, unpaid };
            self.note(Stage::Bills, what);
        }
    }

    /// A party's cash before the stage: its opening, what came in, less what went out.
    fn cash_was(&self, party: Party) -> f64 {
        let ledger = &self.plan.actors.ledger;
        let opening: f64 = ledger.accounts.iter().filter(|a| a.0 == party).map(|a| self.was(a.2)).sum();
        let edges = ledger.edges.iter().filter(|e| !e.flow.is_cashless());
        edges.fold(opening, |cash, entry| {
            let amount: f64 = entry.edge.rows().map(|row| self.was(row)).sum();
            cash + if entry.payee == party { amount } else { 0.0 }
                - if entry.payer == party { amount } else { 0.0 }
        })
    }

    fn warrants(&mut self, b: &Batch) {
        let plan = self.plan;
        for warrant in &plan.warrants.warrants {
            let company = &plan.actors.companies[warrant.company];
            let dealings = &plan.actors.labs[warrant.lab].dealings[warrant.company];
            for (k, tranche) in warrant.tranches.iter().enumerate() {
                if self.was(tranche.vested) == b.at(tranche.vested, self.lane) {
                    continue;
                }
                let what = What::Vesting {
                    company: warrant.company,
                    lab: warrant.lab,
                    tranche: k,
                    fraction: b.at(tranche.fraction, self.lane),
                    paid: b.at(dealings.paid, self.lane),
                    milestone: b.at(tranche.milestone, self.lane),
                    value: self.was(company.value),
                    price: b.at(tranche.price, self.lane) * b.at(company.market_cap, self.lane),
                };
                self.note(Stage::Warrants, what);
            }
        }
    }

    fn restructurings(&mut self, b: &Batch) {
        for (l, lab) in self.plan.actors.labs.iter().enumerate() {
            if self.was(lab.restructured) != b.at(lab.restructured, self.lane) {
                let first = self.was(self.plan.restructuring.count) == 0.0;
                let cut = b.at(lab.cut, self.lane);
                self.note(Stage::Default, What::Restructuring { lab: l, cut, first });
            }
        }
        self.sentiment(b, Stage::Default);
    }

    /// Who got a margin call: a person whose loan fell, a holding whose debt fell, or a holding above its limit with
    /// nothing left to sell.
    fn margin_calls(&mut self, b: &Batch) {
        let plan = self.plan;
        let loans = &plan.margin_loans;
        let mut calls = b.at(loans.calls, self.lane) - self.was(loans.calls);
        if calls == 0.0 {
            return;
        }
        let lane = self.lane;
        let grown = |rate: Row| exp1(b.at(rate, lane) * plan.clock.step_years);
        for (i, person) in plan.actors.persons.iter().enumerate() {
            let Some(call_ltv) = person.call_ltv else { continue };
            let debt = self.was(person.loan) * grown(person.rate);
            let after = b.at(person.loan, self.lane);
            // Interest alone leaves the loan at `debt`, to a rounding.
            if debt - after > SLACK {
                let company = &plan.actors.companies[person.company];
                let price = if self.now.loops.on(Loop::COLLATERAL) {
                    self.was(company.value)
                } else {
                    self.was(company.value).min(self.was(company.fundamental))
                };
                let collateral = self.was(person.stake) * price;
                let lost = if b.at(person.stake, self.lane) == 0.0 {
                    (debt - after - collateral)
                        .clamp(0.0, b.at(loans.lender_losses, self.lane) - self.was(loans.lender_losses))
                } else {
                    0.0
                };
                let what = What::MarginCall {
                    who: Party::Person(i as u16),
                    debt,
                    collateral,
                    limit: b.at(call_ltv, self.lane),
                    sold: debt - after - lost,
                    lost,
                };
                self.note(Stage::Collateral, what);
                calls -= 1.0;
            }
        }
        for (i, holding) in plan.actors.holdings.iter().enumerate() {
            let Some(call_ltv) = holding.call_ltv else { continue };
            let sold_some = holding.stakes.iter().any(|s| b.at(s.fraction, self.lane) < self.was(s.fraction));
            let nav = |b: &Batch| {
                let actors = &plan.actors;
                holding
                    .nav(b, self.lane, &actors.companies, &actors.labs, &actors.lab_stakes, self.now.loops)
                    .full
            };
            let me = Party::Holding(i as u16);
            let paid = self.paid_now(b, me, Flow::INTEREST);
            let debt = self.was(holding.debt) * grown(holding.rate) - paid;
            let after = b.at(holding.debt, self.lane);
            let limit = b.at(call_ltv, self.lane);
            let above = calls > 0.0 && after > limit * nav(b);
            if sold_some || above {
                // What was sold left the net asset value; its impact on the price did too.
                let sold = (debt - after).max(0.0);
                let what =
                    What::MarginCall { who: me, debt, collateral: nav(b) + sold, limit, sold, lost: 0.0 };
                self.note(Stage::Collateral, what);
                calls -= 1.0;
            }
        }
    }

    fn paid_now(&self, b: &Batch, payer: Party, flow: Flow) -> f64 {
        let edges = self.plan.actors.ledger.edges.iter().filter(|e| e.payer == payer && e.flow == flow);
        let rows = edges.flat_map(|e| e.edge.rows());
        rows.map(|row| b.at(row, self.lane) - self.was(row)).sum()
    }

    fn tranches(&mut self, b: &Batch) {
        let plan = self.plan;
        for (l, lab) in plan.actors.labs.iter().enumerate() {
            let value = [self.was(lab.mark), b.at(lab.mark, self.lane)];
            if value[0] != value[1] {
                self.note(Stage::Tranches, What::Mark { lab: l, value });
            }
        }
        for commitment in &plan.commitments.commitments {
            for (k, tranche) in commitment.tranches.iter().enumerate() {
                let (investor, lab) = (commitment.investor, commitment.lab);
                let amount = b.at(tranche.amount, self.lane);
                let left = b.at(tranche.cash_left, self.lane) + b.at(tranche.credits_left, self.lane);
                if self.was(tranche.missed) != b.at(tranche.missed, self.lane) {
                    let what = What::MissedTranche { investor, lab, tranche: k, amount, left };
                    self.note(Stage::Tranches, what);
                }
                if let Some((company, needed)) = tranche.needs
                    && tranche.due == Due::Step(self.now.step)
                    && left > 0.0
                {
                    let paid = b.at(plan.actors.labs[lab].dealings[company].paid, self.lane);
                    let needed = b.at(needed, self.lane);
                    if paid + SLACK < needed {
                        let what = What::WaitingTranche { investor, lab, tranche: k, company, paid, needed };
                        self.note(Stage::Tranches, what);
                    }
                }
            }
        }
    }

    /// Who asked for time: from then on it may not ask again for a while.
    fn requests(&mut self, b: &Batch) {
        let Some(deferrals) = &self.plan.deferrals else { return };
        let (lane, step) = (self.lane, self.now.step);
        for (l, lab) in self.plan.actors.labs.iter().enumerate() {
            let Some(terms) = &deferrals.terms[l] else { continue };
            if self.was(terms.earliest) == b.at(terms.earliest, lane) {
                continue;
            }
            let granted = self.was(terms.count) != b.at(terms.count, lane);
            let deferred = if granted {
                b.at(terms.amount, lane) - self.was(terms.amount)
            } else {
                let asked = terms.deferral_at(b, lane, &self.now.clock, l, step);
                self.plan.compute.deferrable_at(b, lane, &asked)
            };
            let has = lab.account.total_at(b, lane) + lab.credits_at(b, lane);
            let what = What::Request { lab: l, has, deferred, granted };
            self.note(Stage::Rounds, what);
        }
    }

    fn need(&self, b: &Batch, l: usize) -> Need {
        let Plan { actors, compute, deals, clock, .. } = self.plan;
        let year = clock.steps_per_year as i32;
        Need {
            next_year: need::over_at(b, self.lane, &self.now, actors, compute, deals, l, year),
            cash: actors.labs[l].account.total_at(b, self.lane),
        }
    }

    /// What was paid into a lab in the stage, by investor and flow.
    fn paid_into(&self, b: &Batch, lab: usize) -> Vec<(Party, Flow, f64)> {
        let me = Party::Lab(lab as u16);
        let capital = self.plan.actors.ledger.edges.iter().filter(|e| e.payee == me && e.flow.is_capital());
        let paid = capital.map(|entry| {
            let rows = entry.edge.rows();
            (entry.payer, entry.flow, rows.map(|row| b.at(row, self.lane) - self.was(row)).sum())
        });
        paid.collect()
    }

    fn rounds(&mut self, b: &Batch) {
        let plan = self.plan;
        for (l, agreed) in std::mem::take(&mut self.agreed) {
            let (outside, target) = (agreed.outside_bids(), agreed.ask.target);
            let Agreed { why, fills, pre_money, offers: by, cleared, .. } = agreed;
            let terms = plan.rounds.terms[l].as_ref().expect("who raises has terms");
            let in_cash = if why.lists { LISTING_PAID } else { Flow::ROUND };
            let mut made = vec![(Party::Outside, in_cash, outside)];
            for (index, offer) in terms.vendors.iter().zip(by.of_companies()) {
                let company = plan.vendor_equity.offers[*index].investor();
                made.extend([(company, in_cash, offer.cash), (company, Flow::CREDIT, offer.credits)]);
            }
            let persons = terms.persons.iter().zip(by.of_persons());
            made.extend(persons.map(|(who, offer)| (Party::Person(who.index as u16), in_cash, offer.cash)));
            let holdings = terms.holdings.iter().zip(by.of_holdings());
            made.extend(holdings.map(|(who, offer)| (Party::Holding(who.index as u16), in_cash, offer.cash)));
            let paid = self.paid_into(b, l);
            let paid_by = |who: Party, flow: Flow| {
                paid.iter().filter(|p| (p.0, p.1) == (who, flow)).map(|p| p.2).sum::<f64>()
            };
            let offers: Vec<Offer> = made
                .into_iter()
                .filter(|(_, _, offered)| *offered > 0.0)
                .map(|(investor, flow, offered)| Offer {
                    investor,
                    flow,
                    offered,
                    paid: paid_by(investor, flow),
                })
                .collect();
            let need = self.needs.get(l).copied().unwrap_or_default();
            let raised: f64 = offers.iter().map(|offer| offer.paid).sum();
            let sold_at = cleared.price * pre_money;
            let round = Round {
                lab: l,
                cash: need.cash,
                need_next_year: need.next_year,
                target,
                asked: pre_money,
                by_choice: !why.in_need,
                lists: why.lists,
                fills,
                pre_money: sold_at,
                post_money: sold_at + raised,
                offered: offers.iter().map(|offer| offer.offered).sum(),
                taken: cleared.taken,
                raised,
                offers,
                sentiment: b.at(plan.sentiment.state, self.lane) as usize,
            };
            self.note(Stage::Rounds, What::Round(round));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::simulate;
    use crate::plan::parameters::Sampler;
    use crate::scenario::Scenario;
    use std::ops::ControlFlow;
    use std::path::Path;

    fn plan(case: &str) -> Plan {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases");
        Plan::compile(
            &Scenario::read(&folder.join(case), &[]).unwrap_or_else(|f| panic!("{}", f.render(false))),
        )
    }

    const EVERYTHING: [&str; 3] =
        ["90_everything_weekly.toml", "91_everything_stress.toml", "92_everything_long.toml"];

    /// Rows of a run, path by path.
    fn rows(plan: &Plan, run: &Run) -> Vec<Vec<f64>> {
        let mut rows: Vec<Vec<f64>> = Vec::new();
        simulate(plan, run, |block| {
            for k in 0..block.paths {
                rows.push(block.columns.iter().map(|column| column[k]).collect());
            }
            ControlFlow::Continue(())
        })
        .expect("every state is finite");
        rows
    }

    fn bits(values: impl IntoIterator<Item = f64>) -> Vec<u64> {
        values.into_iter().map(f64::to_bits).collect()
    }

    #[test]
    fn a_replay_is_the_row_of_the_run() {
        for case in EVERYTHING {
            let plan = plan(case);
            for sampler in [Sampler::Plain, Sampler::LatinHypercube, Sampler::Sobol] {
                for loops in [Run::new(3, 20).loops, Run::new(3, 20).loops.without(Loop::ANNOUNCEMENT)] {
                    let run = Run { sampler, loops, ..Run::new(3, 20) };
                    let rows = rows(&plan, &run);
                    assert!(bits(rows[0].clone()) != bits(rows[1].clone()), "paths differ");
                    for path in [0, 7, 8, 19] {
                        let replay = replay(&plan, &run, path, None).expect("finite");
                        let named = replay.parameters.iter().chain(&replay.measures);
                        let found = bits(named.map(|(_, value)| *value));
                        assert!(found == bits(rows[path as usize].clone()), "{case}, path {path}");
                    }
                }
            }
        }
    }

    /// What is told of rounds by choice, of a lower price and of listings is what is measured of them; offers are those that
    /// were made, not what was paid of them.
    #[test]
    fn rounds_are_told_as_they_were_agreed() {
        let (mut cut, mut lower, mut chosen, mut lists, mut fills, mut marks) = (0, 0, 0, 0, 0, 0);
        for case in [
            "100_step_up.toml",
            "101_need_first_and_last.toml",
            "102_price_clears.toml",
            "104_reserve_fills.toml",
            "107_marks.toml",
            "109_listing.toml",
            "134_cash_target.toml",
        ] {
            let plan = plan(&format!("../cases2/{case}"));
            let told = replay(&plan, &Run::new(1, 1), 0, None).expect("finite");
            let entries = || told.entries.iter().map(|entry| &entry.what);
            marks += entries().filter(|what| matches!(what, What::Mark { .. })).count();
            for (l, lab) in plan.actors.labs.iter().enumerate() {
                let rounds: Vec<&Round> = entries()
                    .filter_map(|what| match what {
                        What::Round(round) if round.lab == l => Some(round),
                        _ => None,
                    })
                    .collect();
                let is = |name: &str, counted: usize| {
                    let measured = measure(&told, &format!("lab.{}.{name}", lab.name));
                    assert!(counted as f64 == measured, "{case}, {name} of {}: {measured}", lab.name);
                };
                is("rounds", rounds.len());
                is("rounds_by_choice", rounds.iter().filter(|round| round.by_choice).count());
                let discounts: f64 = rounds.iter().map(|round| 1.0 - round.pre_money / round.asked).sum();
                let discount = measure(&told, &format!("lab.{}.discount", lab.name));
                assert!(rounds.is_empty() || (discounts - discount * rounds.len() as f64).abs() < 1e-12);
                for round in rounds {
                    let paid: f64 = round.offers.iter().map(|offer| offer.paid).sum();
                    assert!((paid - round.raised).abs() < 1e-12 && paid <= round.target + 1e-9);
                    assert!((round.pre_money + paid - round.post_money).abs() < 1e-9);
                    chosen += usize::from(round.by_choice);
                    lists += usize::from(round.lists);
                    fills += usize::from(round.fills);
                    lower += usize::from(round.pre_money < round.asked);
                    cut += usize::from(round.taken < 1.0);
                }
            }
        }
        let seen = [cut, lower, chosen, lists, marks];
        assert_eq!(fills, 5, "all rounds of case 134 but Four's");
        assert!(seen.iter().all(|times| *times > 0), "all of it happens: {seen:?}");
        // 102: outside investors offer 6 of a target of 11 at P = 120, and bring 7 at a lower price.
        let told =
            replay(&plan("../cases2/102_price_clears.toml"), &Run::new(1, 1), 0, None).expect("finite");
        let first = told.entries.iter().find_map(|entry| match &entry.what {
            What::Round(round) => Some(round),
            _ => None,
        });
        let first = first.unwrap();
        let outside = first.offers.iter().find(|offer| offer.investor == Party::Outside).unwrap();
        assert_eq!((first.asked, first.target), (120.0, 11.0));
        assert!((outside.offered - 6.0).abs() < 1e-12 && (outside.paid - 7.0).abs() < 1e-12, "{outside:?}");
    }

    fn measure(replay: &Replay, name: &str) -> f64 {
        replay.measures.iter().find(|(known, _)| known == name).map_or(f64::NAN, |(_, value)| *value)
    }

    /// What is told adds up to what is reported.
    #[test]
    fn entries_add_up_to_the_measures() {
        let mut short_of_offers = 0;
        let (mut rounds, mut calls, mut missed, mut vested, mut unwound, mut cut_offers) = (0, 0, 0, 0, 0, 0);
        for case in EVERYTHING {
            let plan = plan(case);
            let run = Run::new(1, 24);
            for path in 0..24 {
                let replay = replay(&plan, &run, path, Some("capital.raised")).expect("finite");
                let count = |is: fn(&What) -> bool| replay.entries.iter().filter(|e| is(&e.what)).count();
                let close = |a: f64, b: f64, what: &str| {
                    assert!(
                        (a - b).abs() <= 1e-9 * b.abs().max(1.0),
                        "{case}, path {path}, {what}: {a}, {b}"
                    );
                };
                let capital: f64 = replay
                    .entries
                    .iter()
                    .map(|entry| match &entry.what {
                        What::Posting { flow, amounts, .. } if flow.is_capital() => amounts.sum(),
                        _ => 0.0,
                    })
                    .sum();
                let raised = measure(&replay, "capital.raised");
                close(capital, raised, "capital");
                close(replay.changes.iter().map(|change| change.by).sum(), raised, "changes");
                let announced: f64 = replay
                    .entries
                    .iter()
                    .map(
                        |entry| if let What::Contract { notional, .. } = entry.what { notional } else { 0.0 },
                    )
                    .sum();
                close(announced, measure(&replay, "announced"), "announced");
                let unpaid: f64 = replay
                    .entries
                    .iter()
                    .map(|entry| if let What::Default { unpaid, .. } = entry.what { unpaid } else { 0.0 })
                    .sum();
                close(unpaid, measure(&replay, "written_off"), "written off");
                let sold: f64 = replay
                    .entries
                    .iter()
                    .map(|entry| if let What::MarginCall { sold, .. } = entry.what { sold } else { 0.0 })
                    .sum();
                close(sold, measure(&replay, "forced_sales"), "forced sales");
                let lost: f64 = replay
                    .entries
                    .iter()
                    .map(|entry| if let What::MarginCall { lost, .. } = entry.what { lost } else { 0.0 })
                    .sum();
                close(lost, measure(&replay, "lender_losses"), "lenders' losses");
                let found = count(|what| matches!(what, What::Round(_)));
                assert_eq!(found as f64, measure(&replay, "rounds"), "{case}, path {path}");
                rounds += found;
                let found = count(|what| matches!(what, What::MarginCall { .. }));
                assert_eq!(found as f64, measure(&replay, "margin_calls"), "{case}, path {path}");
                calls += found;
                let found = count(|what| matches!(what, What::MissedTranche { .. }));
                assert_eq!(found as f64, measure(&replay, "tranches_missed"), "{case}, path {path}");
                missed += found;
                vested += count(|what| matches!(what, What::Vesting { .. }));
                let found = count(|what| matches!(what, What::Restructuring { first: true, .. }));
                assert_eq!(found as f64, measure(&replay, "unwind"), "{case}, path {path}");
                unwound += found;
                for entry in &replay.entries {
                    match &entry.what {
                        What::Default { due, cash, credits, unpaid, .. } => {
                            let paid = due - unpaid;
                            assert!(
                                paid <= cash + credits + 1e-9 && paid >= cash - 1e-9,
                                "all its cash: {entry:?}"
                            );
                        }
                        What::Round(r) => {
                            // A sale for one offer may leave another with less than it was.
                            let most = r.target.min(r.offered);
                            assert!(r.raised <= most + 1e-9 && r.raised > 0.0, "min(T, ΣQ): {entry:?}");
                            short_of_offers += usize::from(r.raised < most - 1e-6);
                            for offer in &r.offers {
                                assert!(offer.paid <= r.taken * offer.offered + 1e-9, "{entry:?}");
                            }
                            cut_offers += usize::from(r.taken < 1.0);
                        }
                        What::Announcement(a) => {
                            let after = (a.value[0] + a.worth) * libm::exp(a.log_return);
                            close(a.value[1], after, "M' = (M + v)eᵃ");
                        }
                        _ => {}
                    }
                }
            }
        }
        let seen = [rounds, calls, missed, vested, unwound, cut_offers];
        assert!(seen.iter().all(|times| *times > 0), "every kind of event happens: {seen:?}");
        assert!(short_of_offers < rounds / 4, "{short_of_offers} of {rounds} rounds");
    }
}
