//! Stage 3 (5.3): what an announced contract, or one that is cut, does to a company's value. Who announced what is
//! found out in [`crate::deals::compute`]; here the company takes all of a step's news at once.

use crate::actors::{Actors, Now};
use crate::input::{
    Key,
    Range::{Any, NonNegative, Positive},
    Section,
    Unit::{Pure, Years},
};
use crate::state::draw::{Purpose, normals4};
use crate::state::maths::{exp, ln, pow};
use crate::state::{Batch, F8, Layout, Loop, Row};

pub const SECTION: Section = Section {
    name: "announcement",
    repeated: false,
    required: false,
    keys: KEYS,
    address: &[],
    refuse: crate::input::key::nothing,
    doc: "What the announcement of a contract does to market value beyond what the contract is worth (5.3). Without the section: nothing.",
};

/// The keys of `[announcement]`.
const KEYS: &[Key] = &[
    Key::number("elasticity", Pure, NonNegative).doc("η: log return of an announcement as large as the market value, for companies that give none of their own."),
    Key::number("exponent", Pure, Any).doc("θ: power of notional over market value."),
    Key::number("noise", Pure, NonNegative).doc("σ_a: log standard deviation of the effect from one announcement to the next."),
    Key::number("half_life", Years, Positive).or_value(1.0).doc("h: half-life of the premium, for companies that give none of their own."),
    Key::number("impact", Pure, NonNegative).or_value(0.0).doc("Price impact of forced and funding sales: log return for a sale of the whole market value."),
];

#[derive(Debug, Clone)]
pub struct Announcement {
    /// θ
    exponent: Row,
    /// σ_a
    noise: Row,
    companies: Vec<News>,
}

/// One company's news of a step.
#[derive(Debug, Clone, Copy)]
pub struct News {
    /// D: announced notional, suppliers' pass-through included
    pub notional: Row,
    /// v: what it is worth to the company
    pub worth: Row,
    /// The notional that a restructuring removed in the step before, and the worth lost with it (5.8).
    pub cut_notional: Row,
    pub cut_worth: Row,
    /// Market value added by announcements so far.
    pub value_added: Row,
    /// Largest announcement so far, the step a year after it, and the premium then.
    pub largest: Row,
    pub year_after: Row,
    pub premium_year_after: Row,
}

/// Bounds that keep the effect of a contract finite on a company that is worth next to nothing beside it: notional over
/// market value, and |x|. Nothing that has a price comes near them.
const LARGEST_RATIO: f64 = 1e12;
const LARGEST_PREMIUM: f64 = 100.0;

impl Announcement {
    pub fn compile(layout: &mut Layout, exponent: Row, noise: Row, companies: usize) -> Announcement {
        let news = |layout: &mut Layout| News {
            notional: layout.row(),
            worth: layout.row(),
            cut_notional: layout.row(),
            cut_worth: layout.row(),
            value_added: layout.row(),
            largest: layout.row(),
            year_after: layout.row(),
            premium_year_after: layout.row(),
        };
        Announcement { exponent, noise, companies: (0..companies).map(|_| news(layout)).collect() }
    }

    pub fn of(&self, company: usize) -> &News {
        &self.companies[company]
    }

    pub fn open(&self, b: &mut Batch) {
        for news in &self.companies {
            b.fill(news.premium_year_after, f64::NAN);
            b.fill(news.year_after, -1.0);
        }
    }

    /// Every company takes its news, on the paths that have some: M before it, one noise, the log returns and the
    /// worths added.
    #[inline(always)]
    pub fn react(&self, b: &mut Batch, now: &Now, actors: &Actors, response: F8) {
        let (first_path, b) = (b.first_path, b.cells());
        for (i, (company, news)) in actors.companies.iter().zip(&self.companies).enumerate() {
            let notional = b.get(news.notional);
            let cut = b.get(news.cut_notional);
            let calm = notional.equals(F8::ZERO) & cut.equals(F8::ZERO);
            let moved = !calm;
            if !moved.any() {
                continue;
            }
            let value = b.get(company.value);
            let fundamental = b.get(company.fundamental);
            let mut log_return = F8::ZERO;
            if now.loops.on(Loop::Announcement) {
                let exponent = b.get(self.exponent);
                let noise = b.get(self.noise);
                let normal =
                    normals4(now.seed, first_path, now.step as u32, Purpose::announcement(i as u32))[0];
                let shock = exp(noise * normal - noise * noise / 2.0);
                let mut returns = response * effect(notional, value, exponent);
                if cut.gt(F8::ZERO).any() {
                    returns -= effect(cut, value, exponent);
                }
                log_return = b.get(company.elasticity) * shock * returns;
            }
            // Never below −0.9 F; where M is less than that, it keeps a thousandth, or ln(M + v) is not defined.
            let lowest = (fundamental * -0.9).max(value * -0.999);
            let worth = (b.get(news.worth) - b.get(news.cut_worth)).max(lowest);
            let fundamental_after = fundamental + worth;
            let ratio = (value + worth) / fundamental_after;
            // Where nothing is left of a company, news leaves x alone.
            let is_normal = ratio.ge(F8::splat(f64::MIN_POSITIVE)) & ratio.le(F8::splat(f64::MAX));
            let before_effect =
                is_normal.select(ln(is_normal.select(ratio, F8::ONE)), b.get(company.premium));
            let bound = F8::splat(LARGEST_PREMIUM);
            let premium_after = (before_effect + log_return).max(-bound).min(bound);
            let value_after = fundamental_after * exp(premium_after);
            b.set(company.fundamental, moved.select(fundamental_after, fundamental));
            b.set(company.premium, moved.select(premium_after, b.get(company.premium)));
            b.set(company.value, moved.select(value_after, value));
            b.add(news.value_added, moved.select(value_after - value, F8::ZERO));
            let largest = b.get(news.largest);
            let larger = notional.gt(largest);
            b.set(news.largest, larger.select(notional, largest));
            let year_after = F8::splat(f64::from(now.step + now.clock.span(1.0)));
            b.set(news.year_after, larger.select(year_after, b.get(news.year_after)));
            for row in [news.notional, news.worth, news.cut_notional, news.cut_worth] {
                b.set(row, F8::ZERO);
            }
        }
    }

    /// Stage 9: the premium a year after the largest announcement so far.
    #[inline(always)]
    pub fn record(&self, b: &mut Batch, now: &Now, actors: &Actors) {
        let b = b.cells();
        let step = F8::splat(f64::from(now.step));
        for (company, news) in actors.companies.iter().zip(&self.companies) {
            let is_due = b.get(news.year_after).equals(step);
            if is_due.any() {
                let premium = b.get(company.value) - b.get(company.fundamental);
                let before = b.get(news.premium_year_after);
                b.set(news.premium_year_after, is_due.select(premium, before));
            }
        }
    }
}

/// (size/M)^θ with the size's sign: the central difference of §9 announces a little less than nothing.
#[inline(always)]
fn effect(size: F8, value: F8, exponent: F8) -> F8 {
    let ratio = (size.max(-size) / value).min(F8::splat(LARGEST_RATIO));
    let magnitude = pow(ratio, exponent);
    size.gt(F8::ZERO).select(magnitude, size.lt(F8::ZERO).select(-magnitude, F8::ZERO))
}
