//! Deferral before default (5.12): a lab that sees that it will not be able to pay asks its vendors for time. If they
//! agree, a part of what its contracts pay over the next while is paid after their last payments instead; the companies
//! take the news in the next step.

use super::need;
use super::restructuring::Reach;
use crate::actors::{Actors, Lab, Now, SLACK};
use crate::compiler::{Compiler, Foreseen};
use crate::deals::Scene;
use crate::deals::compute::{Claims, Compute};
use crate::deals::remaining::cover;
use crate::input::Node;
use crate::market::announcement::Announcement;
use crate::state::draw::{Purpose, uniform1};
use crate::state::maths::exp1;
use crate::state::{Batch, Cells, Clock, Deferral, F8, Holds, M8, Row};

#[derive(Debug, Clone)]
pub struct Deferrals {
    /// By lab; `None` for a lab that never asks.
    pub terms: Vec<Option<DeferralTerms>>,
    /// Time of the path's first deferral, years; NaN while there is none.
    pub first_time: Row,
    /// Deferrals that a path can have at most.
    pub most: usize,
}

#[derive(Debug, Clone)]
pub struct DeferralTerms {
    pub runway: Row,
    /// ξ
    pub share: Row,
    /// δ
    pub delay: Row,
    pub accept: Row,
    pub gap: Row,
    pub most: Row,
    /// τ for the cover: `commit.term`; without it each contract's own.
    pub term: Option<Row>,
    /// `runway` in steps.
    pub span: Row,
    /// Step from which the lab may ask again.
    pub earliest: Row,
    /// Granted so far, and what they moved, USD bn.
    pub count: Row,
    pub amount: Row,
}

impl DeferralTerms {
    fn compile(c: &mut Compiler, node: &Node, lab: &Lab) -> DeferralTerms {
        DeferralTerms {
            runway: c.row(node, "runway"),
            share: c.row(node, "deferred"),
            delay: c.row(node, "delay"),
            accept: c.row(node, "accept"),
            gap: c.row(node, "gap"),
            most: c.row(node, "most"),
            term: lab.commit.as_ref().map(|commit| commit.term),
            span: c.layout.row(),
            earliest: c.layout.row(),
            count: c.layout.sum(format!("deferrals of {}", lab.name)),
            amount: c.layout.sum(format!("deferred payments of {}", lab.name)),
        }
    }

    /// What lab `l` asks for in step `step`.
    pub fn deferral_at(&self, b: &Batch, path: usize, clock: &Clock, l: usize, step: i32) -> Deferral {
        let (steps, share) = (clock.span(b.at(self.delay, path)), b.at(self.share, path));
        Deferral { lab: l as u32, from: step + 1, steps, share }
    }
}

/// The vendors of a lab that may ask for time, and their suppliers, lose by being paid later.
pub fn foresee(c: &Compiler, foreseen: &mut Foreseen) {
    let defers = |lab: &str| c.any("lab", |node| node.text("name") == lab && node.table("defer").is_some());
    for link in c.sections_named("compute").filter(|link| defers(link.text("lab"))) {
        let company = link.text("company");
        let customers = c.sections_named("company").filter(|node| node.text("name") == company);
        let suppliers = customers.flat_map(|node| node.numbers_by("suppliers"));
        foreseen.losers.push(c.company(company));
        foreseen.losers.extend(suppliers.map(|(supplier, _)| c.company(supplier)));
    }
}

impl Deferrals {
    /// None where no lab may ask.
    pub fn compile(c: &mut Compiler, labs: &[Lab]) -> Option<Deferrals> {
        let nodes = c.sections_named("lab");
        let (mut terms, mut most) = (Vec::new(), 0);
        for (node, lab) in nodes.zip(labs) {
            let defer = node.table("defer");
            terms.push(defer.map(|defer| DeferralTerms::compile(c, defer, lab)));
            // One request a step at most.
            let granted = defer.map_or(0.0, |defer| c.highest(defer, "most").ceil());
            most += granted.min(f64::from(c.clock.steps)) as usize;
        }
        let any = terms.iter().any(Option::is_some);
        any.then(|| Deferrals {
            terms,
            first_time: c.layout.registered("time of the first deferral", Holds::Undefined),
            most,
        })
    }

    pub fn open(&self, b: &mut Batch, clock: &Clock) {
        b.fill(self.first_time, f64::NAN);
        for terms in self.terms.iter().flatten() {
            let runway = b.get(terms.runway);
            b.set(terms.span, F8(runway.0.map(|years| f64::from(clock.span(years)))));
        }
    }

    /// End of stage 8.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, reach: &Reach) {
        let Scene { now, actors, .. } = reach.scene;
        let step = F8::splat(f64::from(now.step));
        let year = F8::splat(f64::from(now.clock.span(1.0)));
        for (l, terms) in self.terms.iter().enumerate() {
            let Some(terms) = terms else { continue };
            let lab = &actors.labs[l];
            let may = step.ge(b.get(terms.earliest)) & b.get(terms.count).lt(b.get(terms.most));
            if !may.any() {
                continue;
            }
            let short = self.may_lack(b, reach, l, terms, may);
            if short.any() {
                // `restructured` is the step plus one: 0 means never.
                let last = b.get(lab.restructured);
                let asks = short & (last.le(F8::ZERO) | (step - (last - F8::ONE)).ge(year));
                for lane in asks.lanes() {
                    self.ask_at(b, lane, reach, l, terms);
                }
            }
        }
    }

    /// The paths of `may` on which the lab could lack money over its runway: first by what falls due in a year, which
    /// stands ready and is no less than what falls due in less, then by the runway's own bills with room for rounding.
    #[inline(always)]
    fn may_lack(&self, b: &Cells, reach: &Reach, l: usize, terms: &DeferralTerms, may: M8) -> M8 {
        let Scene { now, actors, compute, .. } = reach.scene;
        let (lab, deals) = (&actors.labs[l], reach.deals);
        let span = b.get(terms.span);
        let mut beside = (b.get(lab.opex) - b.get(lab.revenue)) * now.clock.step_years * span;
        if deals.any(l) {
            beside += deals.most_service(b, l) * span;
        }
        let is_longer = may & span.gt(F8::splat(f64::from(now.clock.steps_per_year)));
        let cash = lab.account.total(b) + SLACK;
        let short = may & cash.lt(compute.bills_next_year(b, l) + beside);
        if !short.any() {
            return is_longer;
        }
        let bills = compute.bills_over(b, l, now.step, short.select(span, F8::ZERO));
        let has = cash + lab.credits(b);
        let rounding = (bills + has) * SLACK;
        is_longer | (short & has.lt(bills + beside + rounding))
    }

    fn ask_at(&self, b: &mut Batch, path: usize, reach: &Reach, l: usize, terms: &DeferralTerms) {
        let Scene { now, actors, compute, announcement, .. } = reach.scene;
        let (lab, clock) = (&actors.labs[l], &now.clock);
        let span = b.at(terms.span, path) as i32;
        let need = need::over_at(b, path, now, actors, compute, reach.deals, l, span);
        let has = lab.account.total_at(b, path) + lab.credits_at(b, path);
        if has + SLACK >= need {
            return;
        }
        let deferral = terms.deferral_at(b, path, clock, l, now.step);
        let moved = compute.deferrable_at(b, path, &deferral);
        if moved <= SLACK {
            return;
        }
        let gap = clock.span(b.at(terms.gap, path)).max(1);
        b.put(terms.earliest, path, f64::from(now.step.saturating_add(gap)));
        if uniform_at(now.seed, b.first_path + path as u64, now.step as u32, l) >= b.at(terms.accept, path) {
            return;
        }
        let companies = || compute.links_of(l).iter().map(|k| compute.links[*k].company);
        for company in companies() {
            reach.suppliers.suspend_at(b, path, now.step, actors, company);
        }
        compute.defer_at(b, path, deferral);
        for company in companies() {
            reach.suppliers.resume_at(b, path, now.step, actors, company);
        }
        b.add_at(terms.count, path, 1.0);
        b.add_at(terms.amount, path, moved);
        if b.at(self.first_time, path).is_nan() {
            b.put(self.first_time, path, f64::from(now.step) * clock.step_years);
        }
        b.put(announcement.waiting, path, 1.0);
    }

    /// Stage 3 of the step after: what a deferral of lab `l` costs its vendors, and one level down their suppliers.
    /// `rate`: r.
    #[allow(clippy::too_many_arguments)]
    pub fn take_news_at(
        &self,
        b: &mut Batch,
        path: usize,
        now: &Now,
        actors: &Actors,
        compute: &Compute,
        announcement: &Announcement,
        l: usize,
        rate: f64,
    ) {
        let newest = b.deferrals[path].iter().rev().find(|d| d.lab as usize == l && d.from == now.step);
        let (Some(deferral), Some(terms)) = (newest.copied(), &self.terms[l]) else { return };
        // B_l, this step's announcements included.
        let outstanding = compute.outstanding_at(b, path, l, now.step);
        let step_years = now.clock.step_years;
        let agreed = terms.term.map(|row| f64::from(now.clock.term(b.at(row, path))) * step_years);
        let revenue = b.at(actors.labs[l].revenue, path);
        for index in 0..b.contracts[path].len() {
            let contract = b.contracts[path][index];
            let link = &compute.links[contract.link as usize];
            if link.lab != l || contract.announced >= deferral.from {
                continue;
            }
            let before = compute.payments(b, path, &contract).before(deferral.from);
            let (first, until) = before.reduced_by(&deferral);
            if until <= first {
                continue;
            }
            let moved = deferral.share * before.own_within(first, until);
            // s: from the middle of the steps that were reduced to the middle of the late ones.
            let middle = f64::from(first + until) / 2.0;
            let late = f64::from(contract.end) + f64::from(deferral.steps) / 2.0;
            let wait = (late - middle) * step_years;
            let term = agreed.unwrap_or(f64::from(contract.end - contract.start) * step_years);
            let lost = moved * cover(revenue, term, outstanding) * (1.0 - exp1(-rate * wait));
            let margin = |b: &Batch, of: usize| b.at(actors.companies[of].margin, path);
            announcement.note_loss_at(b, path, link.company, margin(b, link.company) * lost);
            for (supplier, share) in &actors.companies[link.company].suppliers {
                let passed = b.at(*share, path) * lost;
                announcement.note_loss_at(b, path, *supplier, margin(b, *supplier) * passed);
            }
        }
    }
}

/// The uniform that decides a request: below `accept` it is granted.
pub fn uniform_at(seed: u64, path: u64, step: u32, lab: usize) -> f64 {
    uniform1(seed, path, step, Purpose::deferral(lab as u32), 0)
}
