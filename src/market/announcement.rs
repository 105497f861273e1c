//! Stage 3 (5.3): what an announced contract, one that is cut or deferred, or a loss does to a company's value. Who
//! announced what is found out in [`crate::deals::compute`]; here the company takes all of a step's news at once: one v.

use super::prices::note_premium;
use crate::actors::{Actors, Now};
use crate::compiler::{Compiler, LoopKind};
use crate::input::{
    Key,
    Range::{Any, NonNegative, Positive},
    Section,
    Unit::{Exponent, Fraction, Pure, Years},
};
use crate::state::draw::{Addresses, Purpose, first_normals};
use crate::state::maths::{exp, ln, pow};
use crate::state::{Batch, F8, Holds, LANES, Loop, Row};

pub const SECTION: Section = Section {
    name: "announcement",
    repeated: false,
    required: false,
    keys: KEYS,
    address: &[],
    refuse: crate::input::key::nothing,
    doc: "What the announcement of a contract does to market value beyond what the contract is worth (5.3). Without the section: nothing.",
};

/// The jump of a share on the news of a contract.
pub const LOOP: LoopKind = LoopKind {
    which: Loop::ANNOUNCEMENT,
    name: "announcement",
    off: "the market adds what a contract is worth, no more",
    notes: true,
    active: |c| {
        let elastic = c.any("announcement", |n| c.matters(n.number("elasticity")))
            || c.any("company", |n| n.number_if("elasticity").is_some_and(|id| c.matters(id)));
        // Off, it also takes the premium out of what a round is priced at.
        let spills = c.any("lab", |n| {
            n.table("round").and_then(|round| round.number_if("spillover")).is_some_and(|id| c.matters(id))
        }) && c.any("company", |n| n.number_if("premium").is_some_and(|id| c.matters(id)));
        elastic || spills
    },
};

/// The keys of `[announcement]`.
const KEYS: &[Key] = &[
    Key::number("elasticity", Pure, NonNegative).called("elasticity of announcements").doc("η: log return of an announcement as large as the market value, for companies that give none of their own."),
    Key::number("exponent", Exponent, Any).called("exponent of announcements").doc("θ: power of notional over market value."),
    Key::number("least", Fraction, NonNegative).called("least contract that moves a share").or_value(0.0).doc("Least notional over market value that moves a share beyond what the contract is worth: smaller ones have no effect of their own."),
    Key::number("noise", Exponent, NonNegative).called("noise of announcements").doc("σ_a: log standard deviation of the effect from one announcement to the next."),
    Key::number("half_life", Years, Positive).called("half-life of premiums").or_value(1.0).doc("h: half-life of the premium, for companies that give none of their own."),
    Key::number("impact", Pure, NonNegative).called("price impact of sales").or_value(0.0).doc("Price impact of forced and funding sales: log return for a sale of the whole market value."),
];

#[derive(Debug, Clone)]
pub struct Announcement {
    /// θ
    exponent: Row,
    /// D/M below which there is no effect
    least: Row,
    /// σ_a
    noise: Row,
    /// 1 when something has happened that is news in the next step, whatever is announced in it.
    pub waiting: Row,
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
    /// Lost without any effect beyond the loss, where the file lets the company lose so: deferrals, flat losses.
    loss: Option<Row>,
    /// Market value added by announcements so far.
    pub value_added: Row,
    /// Largest announcement so far, the step a year after it, and the premium then.
    pub largest: Row,
    pub year_after: Row,
    pub premium_year_after: Row,
}

/// Up to eight pairs of a company and a path of the batch.
struct Eight {
    pairs: [(usize, usize); LANES],
    count: usize,
}

impl Eight {
    const EMPTY: Eight = Eight { pairs: [(0, 0); LANES], count: 0 };
}

/// Bounds that keep the effect of a contract finite on a company that is worth next to nothing beside it: notional over
/// market value, and |x|. Nothing that has a price comes near them. e⁴⁰ is 2·10¹⁷: a market value at the bound is below
/// [`crate::state::lanes::LARGEST`], and a path on which a log-normal effect is that large does not end its run.
const LARGEST_RATIO: f64 = 1e12;
const LARGEST_PREMIUM: f64 = 40.0;

impl Announcement {
    pub fn compile(
        c: &mut Compiler,
        exponent: Row,
        least: Row,
        noise: Row,
        companies: usize,
    ) -> Announcement {
        let (layout, losers) = (&mut c.layout, &c.foreseen.losers);
        let waiting = layout.row();
        let mut news = |company: usize| News {
            notional: layout.row(),
            worth: layout.row(),
            cut_notional: layout.row(),
            cut_worth: layout.row(),
            loss: losers.contains(&company).then(|| layout.row()),
            value_added: layout.row(),
            largest: layout.row(),
            year_after: layout.row(),
            premium_year_after: layout
                .registered("x a year after the largest announcement", Holds::Undefined),
        };
        Announcement { exponent, least, noise, waiting, companies: (0..companies).map(&mut news).collect() }
    }

    /// A flat loss of a company, USD bn: no margin, no effect beyond it, nothing for suppliers. It comes off F and M in
    /// the next stage 3, with or without other news.
    pub fn note_loss_at(&self, b: &mut Batch, path: usize, company: usize, amount: f64) {
        let Some(loss) = self.companies[company].loss else {
            return debug_assert!(amount == 0.0, "the plan does not let the company lose");
        };
        b.add_at(loss, path, amount);
        b.put(self.waiting, path, 1.0);
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
    /// worths added. Few paths of a batch have news in the same step, but news reaches most companies: so what is worked
    /// out in one go is eight pairs of a company and a path.
    #[inline(always)]
    pub fn react(&self, b: &mut Batch, now: &Now, actors: &Actors, response: F8) {
        let mut eight = Eight::EMPTY;
        for (i, news) in self.companies.iter().enumerate() {
            let calm = b.get(news.notional).equals(F8::ZERO) & b.get(news.cut_notional).equals(F8::ZERO);
            let moved = match news.loss {
                None => !calm,
                Some(loss) => !(calm & b.get(loss).equals(F8::ZERO)),
            };
            if !moved.any() {
                continue;
            }
            for lane in moved.lanes() {
                eight.pairs[eight.count] = (i, lane);
                eight.count += 1;
                if eight.count == LANES {
                    self.react_at(b, now, actors, &response, &eight);
                    eight.count = 0;
                }
            }
        }
        if eight.count > 0 {
            self.react_at(b, now, actors, &response, &eight);
        }
    }

    /// Companies on paths take their news: gathered into lanes, worked out, put back.
    #[inline(always)]
    fn react_at(&self, b: &mut Batch, now: &Now, actors: &Actors, response: &F8, eight: &Eight) {
        let mut addresses = Addresses { paths: [0; LANES], purposes: [Purpose::announcement(0); LANES] };
        let [mut notional, mut cut, mut gained, mut lost] = [F8::ZERO; 4];
        let [mut value, mut fundamental, mut premium] = [F8::ONE; 3];
        let [mut exponent, mut least, mut noise, mut elasticity, mut reply] = [F8::ZERO; 5];
        for (k, &(i, path)) in eight.pairs[..eight.count].iter().enumerate() {
            let (company, news) = (&actors.companies[i], &self.companies[i]);
            addresses.paths[k] = b.first_path + path as u64;
            addresses.purposes[k] = Purpose::announcement(i as u32);
            notional.0[k] = b.at(news.notional, path);
            cut.0[k] = b.at(news.cut_notional, path);
            gained.0[k] = b.at(news.worth, path);
            lost.0[k] = b.at(news.cut_worth, path) + news.loss.map_or(0.0, |loss| b.at(loss, path));
            value.0[k] = b.at(company.value, path);
            fundamental.0[k] = b.at(company.fundamental, path);
            premium.0[k] = b.at(company.premium, path);
            elasticity.0[k] = b.at(company.elasticity, path);
            exponent.0[k] = b.at(self.exponent, path);
            least.0[k] = b.at(self.least, path);
            noise.0[k] = b.at(self.noise, path);
            reply.0[k] = response.0[path];
        }
        let mut log_return = F8::ZERO;
        if now.loops.on(Loop::ANNOUNCEMENT) {
            let normal = first_normals(now.seed, now.step as u32, &addresses);
            let shock = exp(noise * normal - noise * noise / 2.0);
            let mut returns = reply * effect(notional, value, exponent, least);
            if cut.gt(F8::ZERO).any() {
                returns -= effect(cut, value, exponent, least);
            }
            log_return = elasticity * shock * returns;
        }
        // Never below −0.9 F; where M is less than that, it keeps a thousandth, or ln(M + v) is not defined.
        let lowest = (fundamental * -0.9).max(value * -0.999);
        let worth = (gained - lost).max(lowest);
        let fundamental_after = fundamental + worth;
        let ratio = (value + worth) / fundamental_after;
        // Where nothing is left of a company, news leaves x alone.
        let is_normal = ratio.ge(F8::splat(f64::MIN_POSITIVE)) & ratio.le(F8::splat(f64::MAX));
        let before_effect = is_normal.select(ln(is_normal.select(ratio, F8::ONE)), premium);
        let bound = F8::splat(LARGEST_PREMIUM);
        let premium_after = (before_effect + log_return).max(-bound).min(bound);
        let value_after = fundamental_after * exp(premium_after);
        note_premium(b, premium_after);
        if (!log_return.equals(F8::ZERO)).any() {
            b.note(Loop::ANNOUNCEMENT);
        }
        let added = value_after - value;
        let year_after = f64::from(now.step + now.clock.span(1.0));
        for (k, &(i, path)) in eight.pairs[..eight.count].iter().enumerate() {
            let (company, news) = (&actors.companies[i], &self.companies[i]);
            b.put(company.fundamental, path, fundamental_after.0[k]);
            b.put(company.premium, path, premium_after.0[k]);
            b.put(company.value, path, value_after.0[k]);
            b.add_at(news.value_added, path, added.0[k]);
            if notional.0[k] > b.at(news.largest, path) {
                b.put(news.largest, path, notional.0[k]);
                b.put(news.year_after, path, year_after);
                b.put(news.premium_year_after, path, f64::NAN);
            }
            for row in [news.notional, news.worth, news.cut_notional, news.cut_worth] {
                b.put(row, path, 0.0);
            }
            if let Some(loss) = news.loss {
                b.put(loss, path, 0.0);
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

/// (size/M)^θ with the size's sign, or 0 where size/M is below the least: the central difference of §9 announces a little
/// less than nothing.
#[inline(always)]
fn effect(size: F8, value: F8, exponent: F8, least: F8) -> F8 {
    let ratio = (size.max(-size) / value).min(F8::splat(LARGEST_RATIO));
    let magnitude = ratio.ge(least).select(pow(ratio, exponent), F8::ZERO);
    size.gt(F8::ZERO).select(magnitude, size.lt(F8::ZERO).select(-magnitude, F8::ZERO))
}
