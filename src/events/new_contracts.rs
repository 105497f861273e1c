//! Stage 3 (5.3, 5.10): contracts become public: those that the file dates to this step, and those that labs
//! committed to in the step before. What each is worth to the company depends on how well the lab's revenue covers
//! all that it has still to pay.

use super::deferral::Deferrals;
use crate::actors::{Actors, Lab, Now};
use crate::deals::compute::{Compute, FileContract, Link, ramp_at};
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
    /// What the file dates, by step, then link, then in the order of the file.
    dated: Vec<Dated>,
    /// By link: the place in its lab's spending of what the lab commits there.
    spending: Vec<Option<usize>>,
}

/// A contract of the file and its link.
#[derive(Debug, Clone, Copy)]
struct Dated {
    link: usize,
    contract: FileContract,
}

impl NewContracts {
    pub fn compile(rate: Row, labs: &[Lab], compute: &Compute) -> NewContracts {
        let of_link = |(link, of): (usize, &Link)| {
            of.contracts.iter().map(move |contract| Dated { link, contract: *contract }).collect::<Vec<_>>()
        };
        let mut dated: Vec<Dated> = compute.links.iter().enumerate().flat_map(of_link).collect();
        dated.sort_by_key(|dated| dated.contract.announced);
        let place = |link: &Link| {
            let lab = &labs[link.lab];
            lab.commit.as_ref().and_then(|_| lab.spending.iter().position(|s| s.company == link.company))
        };
        NewContracts { rate, dated, spending: compute.links.iter().map(place).collect() }
    }

    /// What the file dates to a step.
    fn dated(&self, step: i32) -> &[Dated] {
        let from = self.dated.partition_point(|dated| dated.contract.announced < step);
        let count = self.dated[from..].iter().take_while(|dated| dated.contract.announced == step).count();
        &self.dated[from..from + count]
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
        let dated = self.dated(now.step);
        let mut news = if !dated.is_empty() { M8::ALL } else { b.get(announcement.waiting).gt(F8::ZERO) };
        for lab in &actors.labs {
            news = news | b.get(lab.news).gt(F8::ZERO);
        }
        if news.any() {
            for lane in news.lanes() {
                self.announce_at(b, lane, now, dated, actors, compute, suppliers, announcement, deferrals);
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
        dated: &[Dated],
        actors: &Actors,
        compute: &Compute,
        suppliers: &Suppliers,
        announcement: &Announcement,
        deferrals: Option<&Deferrals>,
    ) {
        for (l, lab) in actors.labs.iter().enumerate() {
            if b.at(lab.news, path) > 0.0 || dated.iter().any(|dated| compute.links[dated.link].lab == l) {
                self.announce_of_lab_at(b, path, now, dated, actors, compute, suppliers, announcement, l);
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
        dated: &[Dated],
        actors: &Actors,
        compute: &Compute,
        suppliers: &Suppliers,
        announcement: &Announcement,
        l: usize,
    ) {
        let lab = &actors.labs[l];
        let first = b.contracts[path].len();
        // Lead, term and ramp of all that the lab commits to in a step.
        let mut agreed = None;
        // First all of the lab's contracts enter B_l, then each is valued.
        for k in compute.links_of(l) {
            let enter = |b: &mut Batch, mut contract: Contract| {
                suppliers.plan_at(b, path, now.step, actors, &mut contract);
                compute.insert_at(b, path, now.step, contract);
                b.add_at(lab.announced, path, contract.signed);
            };
            for Dated { contract: file, .. } in dated.iter().filter(|dated| dated.link == *k) {
                let contract = compute.contract_at(b, path, &now.clock, *k, file);
                if contract.signed != 0.0 {
                    enter(b, contract);
                }
            }
            let (Some(commit), Some(spending)) = (&lab.commit, self.spending[*k]) else { continue };
            let notional = b.at(lab.spending[spending].pending, path);
            if notional != 0.0 {
                let [start, steps, ramp] = *agreed.get_or_insert_with(|| {
                    let steps = now.clock.term(b.at(commit.term, path));
                    let start = now.step + now.clock.span(b.at(commit.lead, path));
                    [start, steps, ramp_at(b, path, &now.clock, commit.ramp, steps)]
                });
                enter(b, Contract::new(*k, now.step, start, steps, ramp, notional));
            }
        }
        // A lab's commitments of one step have the same lead and term.
        let mut last = Terms::NONE;
        for place in first..b.contracts[path].len() {
            let contract = b.contracts[path][place];
            if !last.are_of(&contract) {
                let revenue = b.at(lab.revenue, path);
                let rate = b.at(self.rate, path);
                let outstanding = compute.outstanding_at(b, path, l, now.step);
                last = Terms::of(&contract, &now.clock, revenue, rate, outstanding);
            }
            self.value_at(b, path, actors, compute, announcement, last, &contract);
        }
        for link in &lab.spending {
            b.put(link.pending, path, 0.0);
        }
        b.put(lab.news, path, 0.0);
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
        contract: &Contract,
    ) {
        let link = &compute.links[contract.link as usize];
        let note = |b: &mut Batch, of: usize, notional: f64| {
            let news = announcement.of(of);
            let worth = b.at(actors.companies[of].margin, path) * notional * cover * discount;
            b.add_at(news.notional, path, notional);
            b.add_at(news.worth, path, worth);
        };
        note(b, link.company, contract.signed);
        for (supplier, share) in &actors.companies[link.company].suppliers {
            let passed = b.at(*share, path) * contract.signed;
            note(b, *supplier, passed);
        }
    }
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

    fn are_of(&self, contract: &Contract) -> bool {
        let Contract { announced, start, end, ramp, .. } = *contract;
        (self.public, self.start, self.end, self.ramp) == (announced, start, end, ramp)
    }

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
