//! Stage 3 (5.3, 5.10): contracts become public: those that the file dates to this step, and those that labs
//! committed to in the step before. What each is worth to the company depends on how well the lab's revenue covers
//! all that it has still to pay.

use super::deferral::Deferrals;
use crate::actors::{Actors, Now};
use crate::deals::compute::{Compute, ramp_at};
use crate::deals::remaining::cover;
use crate::deals::supplier::Suppliers;
use crate::market::announcement::Announcement;
use crate::market::sentiment::Sentiment;
use crate::state::maths::exp1;
use crate::state::{Batch, Clock, Contract, F8, LANES, M8, Row};

#[derive(Debug, Clone)]
pub struct NewContracts {
    /// r
    pub rate: Row,
    /// Steps to which the file dates a contract, rising.
    dated: Vec<i32>,
}

/// What is announced in one step on one path, in the order of links, file before commitments.
struct Announced {
    link: usize,
    notional: f64,
    contract: Contract,
}

impl NewContracts {
    pub fn compile(rate: Row, compute: &Compute) -> NewContracts {
        let contracts = compute.links.iter().flat_map(|link| &link.contracts);
        let mut dated: Vec<i32> = contracts.map(|contract| contract.announced).collect();
        dated.sort_unstable();
        dated.dedup();
        NewContracts { rate, dated }
    }

    /// Contracts announced before the start: no jump, but bills with their true end.
    pub fn open(
        &self,
        b: &mut Batch,
        clock: &Clock,
        actors: &Actors,
        compute: &Compute,
        suppliers: &Suppliers,
    ) {
        for (k, link) in compute.links.iter().enumerate() {
            for file in link.contracts.iter().filter(|c| c.announced < 0) {
                for path in 0..LANES {
                    let mut contract = compute.contract_at(b, path, clock, k, file);
                    suppliers.plan_at(b, path, -1, actors, &mut contract);
                    compute.insert_at(b, path, -1, contract);
                }
            }
        }
    }

    #[inline(always)]
    #[allow(clippy::too_many_arguments)]
    pub fn step(
        &self,
        b: &mut Batch,
        now: &Now,
        actors: &Actors,
        compute: &Compute,
        suppliers: &Suppliers,
        announcement: &Announcement,
        sentiment: &Sentiment,
        deferrals: Option<&Deferrals>,
    ) {
        let in_file = self.dated.binary_search(&now.step).is_ok();
        let mut news = if in_file { M8::ALL } else { b.get(announcement.waiting).gt(F8::ZERO) };
        for lab in &actors.labs {
            news = news | b.get(lab.news).gt(F8::ZERO);
        }
        if news.any() {
            for lane in news.lanes() {
                self.announce_at(b, lane, now, actors, compute, suppliers, announcement, deferrals);
            }
            announcement.react(b, now, actors, sentiment.response(b));
            b.fill(announcement.waiting, 0.0);
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn announce_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        compute: &Compute,
        suppliers: &Suppliers,
        announcement: &Announcement,
        deferrals: Option<&Deferrals>,
    ) {
        for (l, lab) in actors.labs.iter().enumerate() {
            if b.at(lab.news, path) > 0.0
                || compute.links_of(l).iter().any(|k| is_dated(compute, *k, now.step))
            {
                self.announce_of_lab_at(b, path, now, actors, compute, suppliers, announcement, l);
            }
            if let Some(deferrals) = deferrals {
                let rate = b.at(self.rate, path);
                deferrals.take_news_at(b, path, now, actors, compute, announcement, l, rate);
            }
        }
    }

    #[allow(clippy::too_many_arguments)]
    fn announce_of_lab_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        compute: &Compute,
        suppliers: &Suppliers,
        announcement: &Announcement,
        l: usize,
    ) {
        let lab = &actors.labs[l];
        // First all of the lab's contracts enter B_l, then each is valued.
        for k in compute.links_of(l) {
            self.each_at(b, path, now, actors, compute, *k, |b, announced| {
                let mut contract = announced.contract;
                suppliers.plan_at(b, path, now.step, actors, &mut contract);
                compute.insert_at(b, path, now.step, contract);
                b.add_at(lab.announced, path, announced.notional);
            });
        }
        // A lab's commitments of one step have the same lead and term.
        let mut last = Terms::NONE;
        for k in compute.links_of(l) {
            self.each_at(b, path, now, actors, compute, *k, |b, announced| {
                let Contract { announced: public, start, end, ramp, .. } = announced.contract;
                if (last.public, last.start, last.end, last.ramp) != (public, start, end, ramp) {
                    let revenue = b.at(lab.revenue, path);
                    let rate = b.at(self.rate, path);
                    let outstanding = compute.outstanding_at(b, path, l, now.step);
                    last = Terms::of(&announced.contract, &now.clock, revenue, rate, outstanding);
                }
                self.value_at(b, path, actors, compute, announcement, last, &announced);
            });
        }
        for link in &lab.spending {
            b.put(link.pending, path, 0.0);
        }
        b.put(lab.news, path, 0.0);
    }

    /// Every contract that becomes public on a link in this step.
    #[allow(clippy::too_many_arguments)]
    fn each_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        compute: &Compute,
        k: usize,
        mut take: impl FnMut(&mut Batch, Announced),
    ) {
        let link = &compute.links[k];
        for file in link.contracts.iter().filter(|c| c.announced == now.step) {
            let contract = compute.contract_at(b, path, &now.clock, k, file);
            let announced = Announced { link: k, notional: b.at(file.notional, path), contract };
            if announced.notional != 0.0 {
                take(b, announced);
            }
        }
        let lab = &actors.labs[link.lab];
        let Some(commit) = &lab.commit else { return };
        let Some(spending) = lab.spending.iter().find(|s| s.company == link.company) else { return };
        let notional = b.at(spending.pending, path);
        if notional != 0.0 {
            let steps = now.clock.term(b.at(commit.term, path));
            let start = now.step + now.clock.span(b.at(commit.lead, path));
            let ramp = ramp_at(b, path, &now.clock, commit.ramp, steps);
            let contract = Contract::new(k, now.step, start, steps, ramp, notional);
            take(b, Announced { link: k, notional, contract });
        }
    }

    /// v = m·D·q·exp(−r(lead + mean date of payment)), for the company and, one level down, for its suppliers.
    #[allow(clippy::too_many_arguments)]
    fn value_at(
        &self,
        b: &mut Batch,
        path: usize,
        actors: &Actors,
        compute: &Compute,
        announcement: &Announcement,
        Terms { cover, discount, .. }: Terms,
        announced: &Announced,
    ) {
        let link = &compute.links[announced.link];
        let note = |b: &mut Batch, of: usize, notional: f64| {
            let news = announcement.of(of);
            let worth = b.at(actors.companies[of].margin, path) * notional * cover * discount;
            b.add_at(news.notional, path, notional);
            b.add_at(news.worth, path, worth);
        };
        note(b, link.company, announced.notional);
        for (supplier, share) in &actors.companies[link.company].suppliers {
            let passed = b.at(*share, path) * announced.notional;
            note(b, *supplier, passed);
        }
    }
}

/// Does the file date a contract of the link to the step?
fn is_dated(compute: &Compute, link: usize, step: i32) -> bool {
    compute.links[link].contracts.iter().any(|contract| contract.announced == step)
}

/// What contracts of the same dates have in common.
#[derive(Clone, Copy)]
struct Terms {
    public: i32,
    start: i32,
    end: i32,
    ramp: i32,
    /// q
    cover: f64,
    /// exp(−r(lead + mean date of payment)); that date is τ/2 without a ramp
    discount: f64,
}

impl Terms {
    const NONE: Terms =
        Terms { public: i32::MIN, start: i32::MIN, end: i32::MIN, ramp: 0, cover: 0.0, discount: 0.0 };

    /// Lead and term as the bills have them: on the grid of steps.
    fn of(contract: &Contract, clock: &Clock, revenue: f64, rate: f64, outstanding: f64) -> Terms {
        let Contract { announced: public, start, end, ramp, .. } = *contract;
        let lead = f64::from(start - public) * clock.step_years;
        let term = f64::from(end - start) * clock.step_years;
        let middle = if ramp == 0 { term / 2.0 } else { contract.mean_date() * clock.step_years };
        let discount = exp1(-rate * (lead + middle));
        Terms { public, start, end, ramp, cover: cover(revenue, term, outstanding), discount }
    }
}
