//! One step of a batch: §4, stage by stage, and nothing else.

use super::finite;
use crate::actors::Now;
use crate::deals::{self, Happening, Scene};
use crate::events::restructuring::Reach;
use crate::events::round::{Agreed, Around};
use crate::market::outside;
use crate::plan::Plan;
use crate::state::{Batch, F8, Loops, M8};
use std::cell::RefCell;

/// The stages of §4; the parts of the fifth, and bringing the bills' rates to the step, apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Rates,
    Market,
    Sentiment,
    Announcements,
    OutsideMoney,
    Bills,
    Suppliers,
    Reciprocal,
    Warrants,
    Default,
    Collateral,
    Tranches,
    Rounds,
    Record,
}

impl Stage {
    /// As the contract of the model calls it.
    pub fn name(self) -> &'static str {
        match self {
            Stage::Rates => "rates",
            Stage::Market => "market",
            Stage::Sentiment => "sentiment",
            Stage::Announcements => "announcements",
            Stage::OutsideMoney => "outside money",
            Stage::Bills => "bills",
            Stage::Suppliers => "suppliers",
            Stage::Reciprocal => "reciprocal",
            Stage::Warrants => "warrants",
            Stage::Default => "default",
            Stage::Collateral => "collateral",
            Stage::Tranches => "tranches",
            Stage::Rounds => "rounds",
            Stage::Record => "record",
        }
    }
}

/// Vector instructions of x86-64.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instructions {
    /// The widest that the machine has.
    Widest,
    /// AVX2 at most.
    Avx2,
    /// Those that every machine has.
    Baseline,
}

/// How a batch begins.
#[derive(Debug, Clone, Copy)]
pub struct Opening<'a> {
    /// Its first path, a multiple of eight: whose shocks it has.
    pub first: u64,
    /// The uncertain numbers of the batch's paths: number k of path p is `parameters[k * stride + p]`.
    pub parameters: &'a [f64],
    pub stride: usize,
}

/// An observer of a batch; by default it observes nothing.
pub trait Witness {
    #[inline(always)]
    fn stage_done(&mut self, _b: &Batch, _stage: Stage) {}

    /// Something happens on a path of the batch, told by the mechanism.
    #[inline(always)]
    fn told(&mut self, _path: usize, _what: Told) {}

    #[inline(always)]
    fn step_done(&mut self, _b: &Batch, _step: u32) {}
}

/// Observes nothing.
pub struct Nobody;

impl Witness for Nobody {}

/// What a stage leaves for later ones of the same step.
#[derive(Debug, Default)]
struct Left {
    /// Every lab has paid all its bills on every path.
    in_full: bool,
    /// Margin loans have noted what holdings are worth.
    noted: bool,
}

/// What mechanisms report about a path as it happens.
pub enum Told<'a> {
    /// A round of a lab, before anybody has paid.
    Round(usize, &'a Agreed),
    OfDeal(&'a Happening<'a>),
}

/// Who is told, and on which path.
pub type Tell<'a> = &'a dyn Fn(usize, Told);

/// Compiles the opening and a whole step once for each instruction set, and every stage apart for the machine's least: for
/// processors that have no more, and for who looks on between stages. With the feature `stage-times` they are compiled apart
/// for all. No instruction set contracts to fused multiply-adds, so the bits are the same. A build that is optimised little
/// has the least instruction set only (`build.rs`): what matters there is how soon it is there.
macro_rules! stages {
    ($($stage:ident => $name:ident),* $(,)?) => {
        /// The order of §4.
        const ORDER: &[Stage] = &[$(Stage::$stage),*];

        stages!(@apart least_stages, [#[inline(never)]], $($name),*);
        #[cfg(all(target_arch = "x86_64", every_instruction_set))]
        stages!(@set avx2, avx2_stages, [#[inline(never)] #[target_feature(enable = "avx2")]], $($name),*);
        #[cfg(all(target_arch = "x86_64", every_instruction_set))]
        stages!(
            @set avx512,
            avx512_stages,
            [#[inline(never)] #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]],
            $($name),*
        );
    };
    (@set $set:ident, $stages:ident, [$(#[$attribute:meta])*], $($name:ident),*) => {
        mod $set {
            use super::{Batch, Left, Loops, M8, Now, Opening, Plan, Whole, finite};

            pub(super) const WHOLE: Whole = Whole { open, step, not_finite };

            $(#[$attribute])*
            fn open(plan: &Plan, b: &mut Batch, from: &Opening, extra: f64, ties: Loops) {
                plan.open(b, from.first, from.parameters, from.stride, extra, ties);
            }

            $(#[$attribute])*
            fn step(plan: &Plan, b: &mut Batch, now: &Now) -> M8 {
                let mut left = Left::default();
                $(super::$name(plan, b, now, &mut left, &|_, _| ());)*
                finite::senseless(plan, b)
            }

            $(#[$attribute])*
            fn not_finite(plan: &Plan, b: &Batch) -> M8 {
                b.not_finite(&plan.layout)
            }
        }
        #[cfg(feature = "stage-times")]
        stages!(@apart $stages, [$(#[$attribute])*], $($name),*);
    };
    (@apart $stages:ident, $attributes:tt, $($name:ident),*) => {
        mod $stages {
            use super::{Batch, Left, Now, Plan, Run, Tell};

            pub(super) const STAGES: &[Run] = &[$($name),*];

            stages!(@each $attributes $($name),*);
        }
    };
    (@each $attributes:tt $($name:ident),*) => {
        $(stages!(@one $attributes $name);)*
    };
    (@one [$(#[$attribute:meta])*] $name:ident) => {
        $(#[$attribute])*
        fn $name(plan: &Plan, b: &mut Batch, now: &Now, left: &mut Left, tell: Tell) {
            super::$name(plan, b, now, left, tell);
        }
    };
}

stages! {
    Rates => rates,
    Market => market,
    Sentiment => sentiment,
    Announcements => announcements,
    OutsideMoney => outside_money,
    Bills => bills,
    Suppliers => suppliers,
    Reciprocal => reciprocal,
    Warrants => warrants,
    Default => default,
    Collateral => collateral,
    Tranches => tranches,
    Rounds => rounds,
    Record => record,
}

/// A stage as compiled.
type Run = unsafe fn(&Plan, &mut Batch, &Now, &mut Left, Tell);

/// The opening, a step, and the look at what is left at the end, as compiled for an instruction set.
#[derive(Debug, Clone, Copy)]
struct Whole {
    open: unsafe fn(&Plan, &mut Batch, &Opening, f64, Loops),
    step: unsafe fn(&Plan, &mut Batch, &Now) -> M8,
    not_finite: unsafe fn(&Plan, &Batch) -> M8,
}

/// For the machine's least.
const LEAST: Whole = Whole {
    open: |plan, b, from, extra, ties| plan.open(b, from.first, from.parameters, from.stride, extra, ties),
    step: |plan, b, now| {
        let mut left = Left::default();
        for run in least_stages::STAGES {
            // SAFETY: every machine has what they need.
            unsafe { run(plan, b, now, &mut left, &|_, _| ()) };
        }
        finite::senseless(plan, b)
    },
    not_finite: |plan, b| b.not_finite(&plan.layout),
};

/// What is compiled for an instruction set. Those at hand are ones that the machine has.
#[derive(Debug, Clone, Copy)]
pub struct Compiled {
    whole: Whole,
    stages: &'static [Run],
    /// What it needs beyond the machine's least.
    pub needs: &'static [&'static str],
}

impl Compiled {
    /// For the widest lanes that the machine has and the run may use.
    pub fn of(
        #[cfg_attr(not(all(target_arch = "x86_64", every_instruction_set)), expect(unused_variables))]
        instructions: Instructions,
    ) -> Compiled {
        let least = Compiled { whole: LEAST, stages: least_stages::STAGES, needs: &[] };
        #[cfg(all(target_arch = "x86_64", every_instruction_set))]
        {
            if instructions == Instructions::Widest
                && std::arch::is_x86_feature_detected!("avx512f")
                && std::arch::is_x86_feature_detected!("avx512dq")
                && std::arch::is_x86_feature_detected!("avx512vl")
                && std::arch::is_x86_feature_detected!("avx512bw")
            {
                return Compiled {
                    whole: avx512::WHOLE,
                    #[cfg(feature = "stage-times")]
                    stages: avx512_stages::STAGES,
                    needs: &["avx2", "avx512f", "avx512dq", "avx512vl", "avx512bw"],
                    ..least
                };
            }
            if instructions != Instructions::Baseline && std::arch::is_x86_feature_detected!("avx2") {
                return Compiled {
                    whole: avx2::WHOLE,
                    #[cfg(feature = "stage-times")]
                    stages: avx2_stages::STAGES,
                    needs: &["avx2"],
                    ..least
                };
            }
        }
        least
    }

    /// Opens a batch: [`Plan::open`].
    pub fn open(&self, plan: &Plan, b: &mut Batch, from: &Opening, extra: f64, ties: Loops) {
        // SAFETY: the features were detected.
        unsafe { (self.whole.open)(plan, b, from, extra, ties) }
    }

    /// One step; the paths on which it makes no sense ([`finite::senseless`]).
    #[inline(always)]
    pub fn step(&self, plan: &Plan, b: &mut Batch, now: &Now) -> M8 {
        // SAFETY: the features were detected.
        let senseless = unsafe { (self.whole.step)(plan, b, now) };
        b.taken = now.step as usize + 1;
        senseless
    }

    /// One step, stage by stage, before somebody who looks on.
    #[inline(always)]
    pub fn step_by_stage(&self, plan: &Plan, b: &mut Batch, now: &Now, witness: &mut impl Witness) -> M8 {
        let mut left = Left::default();
        let witness = RefCell::new(witness);
        for (stage, run) in ORDER.iter().zip(self.stages) {
            // SAFETY: the features were detected.
            unsafe { run(plan, b, now, &mut left, &|path, what| witness.borrow_mut().told(path, what)) };
            witness.borrow_mut().stage_done(b, *stage);
        }
        b.taken = now.step as usize + 1;
        finite::senseless(plan, b)
    }

    /// Paths of which a row that must be a number is none ([`Batch::not_finite`]).
    pub fn not_finite(&self, plan: &Plan, b: &Batch) -> M8 {
        // SAFETY: the features were detected.
        unsafe { (self.whole.not_finite)(plan, b) }
    }
}

/// One step of a batch.
pub fn step(plan: &Plan, b: &mut Batch, now: &Now) {
    Compiled::of(Instructions::Widest).step(plan, b, now);
}

#[inline(always)]
fn rates(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, _: Tell) {
    plan.compute.advance(b, now);
}

/// 1. Market
#[inline(always)]
fn market(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, _: Tell) {
    plan.prices.step(b, now, &plan.actors);
}

/// 2. Sentiment
#[inline(always)]
fn sentiment(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, _: Tell) {
    plan.sentiment.step(b, now);
}

/// 3. Announcements due now
#[inline(always)]
fn announcements(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, tell: Tell) {
    let actors = &plan.actors;
    plan.new_contracts.step(
        b,
        now,
        actors,
        &plan.compute,
        &plan.suppliers,
        &plan.announcement,
        &plan.sentiment,
        plan.deferrals.as_ref(),
    );
    plan.deals.announced(b, &scene(plan, now, &of_deal(tell)));
}

/// 4. Outside money in
#[inline(always)]
fn outside_money(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, _: Tell) {
    outside::step(b, now, &plan.actors);
}

/// 5. Opex and compute bills; …
#[inline(always)]
fn bills(plan: &Plan, b: &mut Batch, now: &Now, left: &mut Left, tell: Tell) {
    open_bills(plan, b);
    left.in_full = plan.compute.settle(b, now, &plan.actors, &plan.deals);
    plan.deals.billed(b, &scene(plan, now, &of_deal(tell)));
}

/// … suppliers and costs; …
#[inline(always)]
fn suppliers(plan: &Plan, b: &mut Batch, now: &Now, left: &mut Left, tell: Tell) {
    let actors = &plan.actors;
    plan.suppliers.step(b, now, actors, left.in_full, &plan.deals);
    plan.deals.supplied(b, &scene(plan, now, &of_deal(tell)));
    tally_payments(plan, b);
}

/// … reciprocal purchases; …
#[inline(always)]
fn reciprocal(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, _: Tell) {
    plan.vendor_equity.buy_back(b, now, &plan.actors);
}

/// … warrants; …
#[inline(always)]
fn warrants(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, _: Tell) {
    plan.warrants.step(b, now, &plan.actors);
}

/// Passes on what deals report.
#[inline(always)]
fn of_deal(tell: Tell) -> impl Fn(usize, &Happening) {
    move |path, happening| tell(path, Told::OfDeal(happening))
}

/// What deals can see.
#[inline(always)]
fn scene<'a>(plan: &'a Plan, now: &'a Now, tell: deals::Tell<'a>) -> Scene<'a> {
    Scene {
        now,
        actors: &plan.actors,
        compute: &plan.compute,
        announcement: &plan.announcement,
        sentiment: &plan.sentiment,
        tell,
    }
}

/// What a restructuring or a deferral acts on.
#[inline(always)]
fn reach<'a>(plan: &'a Plan, now: &'a Now, tell: deals::Tell<'a>) -> Reach<'a> {
    Reach { scene: scene(plan, now, tell), deals: &plan.deals, suppliers: &plan.suppliers }
}

/// … default.
#[inline(always)]
fn default(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, tell: Tell) {
    plan.restructuring.step(b, &reach(plan, now, &of_deal(tell)));
}

/// 6. Collateral: interest, margin calls
#[inline(always)]
fn collateral(plan: &Plan, b: &mut Batch, now: &Now, left: &mut Left, _: Tell) {
    left.noted = plan.margin_loans.step(b, now, &plan.actors);
}

/// 7. Marks between rounds; forward tranches due now
#[inline(always)]
fn tranches(plan: &Plan, b: &mut Batch, now: &Now, left: &mut Left, _: Tell) {
    let actors = &plan.actors;
    let marked = plan.marks.step(b, now, actors, &plan.rounds, &plan.sentiment);
    plan.commitments.step(b, now, actors, &plan.sentiment, left.noted && !marked);
}

/// 8. Funding rounds; who still lacks money may ask for time
#[inline(always)]
fn rounds(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, tell: Tell) {
    let actors = &plan.actors;
    let around = Around {
        now,
        actors,
        compute: &plan.compute,
        deals: &plan.deals,
        vendors: &plan.vendor_equity,
        sentiment: &plan.sentiment,
    };
    plan.rounds.step(b, &around, &mut |path, lab, agreed| tell(path, Told::Round(lab, agreed)));
    if let Some(deferrals) = &plan.deferrals {
        deferrals.step(b, &reach(plan, now, &of_deal(tell)));
    }
}

/// 9. Record
#[inline(always)]
fn record(plan: &Plan, b: &mut Batch, now: &Now, _: &mut Left, _: Tell) {
    let actors = &plan.actors;
    if b.keeps_flows() {
        plan.sentiment.record(b);
        plan.announcement.record(b, now, actors);
        plan.record.step(b, now, actors);
    }
    plan.deals.recorded(b);
}

/// Where no bill says what is paid in this step: nothing yet.
#[inline(always)]
fn open_bills(plan: &Plan, b: &mut Batch) {
    let b = b.cells();
    for row in &plan.indirect {
        b.set(*row, F8::ZERO);
    }
}

/// This step's payments, direct and passed on (5.5), enter the sums that milestones, vendors' offers and the netted
/// lens look at.
#[inline(always)]
fn tally_payments(plan: &Plan, b: &mut Batch) {
    let b = b.cells();
    let actors = &plan.actors;
    for (l, lab) in actors.labs.iter().enumerate() {
        for dealings in &lab.dealings {
            let paid = b.get(dealings.paid_now);
            b.add(dealings.paid, paid);
            if dealings.offers {
                b.add(dealings.paid_since_round, paid);
            }
            if let Some(back) = dealings.back.filter(|_| b.keeps_flows()) {
                b.add(back.all, dealings.back_now(b));
            }
        }
        if !b.keeps_flows() {
            continue;
        }
        for person in &actors.persons {
            let back = lab.dealings[person.company].back_now(b);
            b.add(person.got_back[l], b.get(person.stake) * back);
        }
        for holding in &actors.holdings {
            for stake in &holding.stakes {
                let back = lab.dealings[stake.company].back_now(b);
                b.add(holding.got_back[l], b.get(stake.fraction) * back);
            }
        }
    }
}
