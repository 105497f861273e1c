//! Marks between rounds (5.10), at the start of stage 7: old shares change hands, or somebody sets a price on a day of
//! the file. V and the last price change; no cash, stake or dilution does.

use super::round::Rounds;
use crate::actors::{Actors, Now};
use crate::compiler::Compiler;
use crate::deals::commitment::Commitments;
use crate::market::sentiment::Sentiment;
use crate::state::draw::{Purpose, uniform1, uniforms4};
use crate::state::maths::exp;
use crate::state::{Batch, Cells, Clock, Eight, F8, M8, Row};

#[derive(Debug, Clone)]
pub struct Marks {
    pub tenders: Vec<Tender>,
    /// In the order in which they count: days of labs, then commitments that mark.
    pub dated: Vec<DatedMark>,
}

/// Sales of a lab's old shares.
#[derive(Debug, Clone, Copy)]
pub struct Tender {
    pub lab: usize,
    /// λ
    pub rate: Row,
    /// 1 − e^(−λΔ)
    pub probability: Row,
    /// Of four steps.
    pub uniforms: Row,
}

#[derive(Debug, Clone, Copy)]
pub struct DatedMark {
    pub step: i32,
    pub lab: usize,
    pub value: Row,
}

impl Marks {
    pub fn compile(c: &mut Compiler, commitments: &Commitments) -> Marks {
        let (mut tenders, mut dated) = (Vec::new(), Vec::new());
        for (lab, node) in c.sections_named("lab").enumerate() {
            let rate = node.number("tender");
            if node.has("round") && c.matters(rate) {
                let (probability, uniforms) = (c.layout.row(), c.layout.block(4));
                tenders.push(Tender { lab, rate: Row::from(rate), probability, uniforms });
            }
            for remark in node.list("remarks") {
                let (step, value) = (c.clock.step_of(remark.date("on")), c.row(remark, "post_money"));
                dated.push(DatedMark { step, lab, value });
            }
        }
        let marked = commitments.marked.iter();
        dated.extend(marked.map(|&(step, lab, value)| DatedMark { step, lab, value }));
        Marks { tenders, dated }
    }

    pub fn open(&self, b: &mut Batch, clock: &Clock) {
        for tender in &self.tenders {
            let stays = exp(-(b.get(tender.rate) * clock.step_years));
            b.set(tender.probability, F8::ONE - stays);
        }
    }

    /// Whether any V has changed.
    #[inline(always)]
    pub fn step(
        &self,
        b: &mut Batch,
        now: &Now,
        actors: &Actors,
        rounds: &Rounds,
        sentiment: &Sentiment,
    ) -> bool {
        let (first_path, b) = (b.first_path, b.cells());
        let mut marked = false;
        for tender in &self.tenders {
            let uniform = tender.uniform(b, first_path, now);
            let trades = uniform.lt(b.get(tender.probability));
            let Some(terms) = rounds.terms[tender.lab].as_ref().filter(|_| trades.any()) else { continue };
            let lab = &actors.labs[tender.lab];
            let price = terms.pre_money(b, Eight, now, actors, sentiment, tender.lab);
            lab.price(b, trades & price.gt(F8::ZERO) & !lab.is_listed(b, now.step), price);
            marked = true;
        }
        for mark in self.dated.iter().filter(|mark| mark.step == now.step) {
            let value = b.get(mark.value);
            actors.labs[mark.lab].price(b, M8::ALL, value);
            marked = true;
        }
        marked
    }
}

impl Tender {
    /// One word of every fourth step's block.
    #[inline(always)]
    fn uniform(&self, b: &mut Cells, first_path: u64, now: &Now) -> F8 {
        let step = now.step as u32;
        if step.is_multiple_of(4) {
            let block = uniforms4(now.seed, first_path, step / 4, Purpose::tender(self.lab as u32));
            for (k, value) in block.into_iter().enumerate() {
                b.set_nth(self.uniforms, k, value);
            }
        }
        b.get_nth(self.uniforms, (step % 4) as usize)
    }
}

/// The uniform that says whether old shares of a lab change hands in a step.
pub fn tender_at(seed: u64, path: u64, step: u32, lab: usize) -> f64 {
    uniform1(seed, path, step / 4, Purpose::tender(lab as u32), (step % 4) as usize)
}
