//! Default and restructuring (5.8): a lab that could not pay in full writes off what is unpaid and cuts every future
//! rate on its links, what was deferred included; the companies take the news in the next step, and sentiment turns at once.

use crate::deals::remaining::cover;
use crate::deals::supplier::Suppliers;
use crate::deals::{Cut, Deals, Scene};
use crate::state::{Batch, F8, Row};

#[derive(Debug, Clone)]
pub struct Restructuring {
    /// Time of the path's first restructuring, years; NaN while there is none.
    pub unwind_time: Row,
    /// Restructurings so far.
    pub count: Row,
    /// τ for the cut's cover, by lab: `commit.term`; without it each contract's own.
    pub terms: Vec<Option<Row>>,
}

/// What a restructuring or a deferral acts on.
pub struct Reach<'a> {
    pub scene: Scene<'a>,
    pub deals: &'a Deals,
    pub suppliers: &'a Suppliers,
}

impl Restructuring {
    pub fn open(&self, b: &mut Batch) {
        b.fill(self.unwind_time, f64::NAN);
    }

    /// Stage 5, last part.
    #[inline(always)]
    pub fn step(&self, b: &mut Batch, reach: &Reach) {
        let Scene { now, actors, .. } = reach.scene;
        for (l, lab) in actors.labs.iter().enumerate() {
            let unpaid = b.get(lab.unpaid).gt(F8::ZERO);
            if unpaid.any() {
                // `restructured` is the step plus one: 0 means never. It happens at most once a year.
                let last = b.get(lab.restructured);
                let since = F8::splat(f64::from(now.step)) - (last - F8::ONE);
                let may = last.le(F8::ZERO) | since.ge(F8::splat(f64::from(now.clock.span(1.0))));
                let defaults = unpaid & may;
                for lane in defaults.lanes() {
                    self.default_at(b, lane, reach, l);
                }
            }
        }
    }

    fn default_at(&self, b: &mut Batch, path: usize, reach: &Reach, l: usize) {
        let Scene { now, actors, compute, announcement, sentiment, .. } = reach.scene;
        let lab = &actors.labs[l];
        let step = f64::from(now.step);
        b.put(lab.restructured, path, step + 1.0);
        b.add_at(self.count, path, 1.0);
        if b.at(self.unwind_time, path).is_nan() {
            b.put(self.unwind_time, path, step * now.clock.step_years);
        }
        let cut = b.at(lab.cut, path);
        let next = now.step + 1;
        let outstanding = compute.outstanding_at(b, path, l, next);
        let revenue = b.at(lab.revenue, path);
        let step_years = now.clock.step_years;
        let agreed = self.terms[l].map(|row| f64::from(now.clock.term(b.at(row, path))) * step_years);
        for k in compute.links_of(l) {
            let company = compute.links[*k].company;
            // What the cut removes of each contract on the link, and the part of it that was covered.
            let (mut removed, mut covered) = (0.0, 0.0);
            for contract in b.contracts[path].of_link(*k) {
                let term = agreed.unwrap_or(f64::from(contract.end - contract.start) * step_years);
                let part = cut * compute.payments(b, path, contract).remaining(next);
                removed += part;
                covered += part * cover(revenue, term, outstanding);
            }
            if removed > 0.0 {
                let note = |b: &mut Batch, of: usize, share: f64| {
                    let news = announcement.of(of);
                    let worth = b.at(actors.companies[of].margin, path) * share * covered;
                    b.add_at(news.cut_notional, path, share * removed);
                    b.add_at(news.cut_worth, path, worth);
                };
                note(b, company, 1.0);
                for (supplier, share) in &actors.companies[company].suppliers {
                    let share = b.at(*share, path);
                    note(b, *supplier, share);
                }
                b.put(announcement.waiting, path, 1.0);
            }
            reach.suppliers.suspend_at(b, path, now.step, actors, company);
        }
        let event = Cut { lab: l, cut, next, revenue, outstanding };
        reach.deals.cut_at(b, path, &reach.scene, &event);
        compute.cut_at(b, path, l, now.step, 1.0 - cut);
        for k in compute.links_of(l) {
            reach.suppliers.resume_at(b, path, now.step, actors, compute.links[*k].company);
        }
        sentiment.frighten_at(b, path);
    }
}
