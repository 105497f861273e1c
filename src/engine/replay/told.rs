//! What is told of a path: entries in the order in which things happened.

use crate::books::{ByOrigin, Flow, Party};
use crate::deals::Event;
use crate::engine::step::Stage;

/// A path, entry by entry in the order in which things happened.
#[derive(Debug, Clone)]
pub struct Replay {
    pub path: u64,
    /// The uncertain numbers by address, as drawn.
    pub parameters: Vec<(String, f64)>,
    /// What a run reports of the path, to the bit.
    pub measures: Vec<(String, f64)>,
    pub entries: Vec<Entry>,
    /// M and x of every company in every step, after its announcements: `prices[step][company]`.
    pub prices: Vec<Vec<[f64; 2]>>,
    /// By how much the measure that was watched rose from stage to stage, where it did; what is not a number counts as 0.
    pub changes: Vec<Change>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Entry {
    pub step: u32,
    pub stage: Stage,
    pub what: What,
}

/// The change of a measure in a stage of a step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Change {
    pub step: u32,
    pub stage: Stage,
    pub by: f64,
}

/// What happens on a path. Money in USD bn.
#[derive(Debug, Clone, PartialEq)]
pub enum What {
    /// Money, or credits at face, by origin.
    Posting { payer: Party, payee: Party, flow: Flow, amounts: ByOrigin<f64> },
    /// Sentiment moves.
    Sentiment { from: usize, to: usize },
    /// A contract becomes public; first and last step of its bills.
    Contract { lab: usize, company: usize, notional: f64, start: i32, end: i32 },
    /// A company takes the news of a step (5.3).
    Announcement(Announcement),
    /// A lab could not pay in full: what was due, the cash and credits it had (credits are good with their company
    /// alone), what is written off (5.8).
    Default { lab: usize, due: f64, cash: f64, credits: f64, unpaid: f64 },
    /// A lab's future rates are cut; the path's first restructuring is its unwind.
    Restructuring { lab: usize, cut: f64, first: bool },
    /// A lab asks its vendors for time (5.12): its cash and credits, and what is put off if they agree.
    Request { lab: usize, has: f64, deferred: f64, granted: bool },
    /// What a deal tells.
    OfDeal { event: &'static Event, company: Option<usize>, lab: usize, amounts: Vec<f64> },
    /// A warrant's tranche vests: payments so far against its milestone, market value against its price.
    Vesting {
        company: usize,
        lab: usize,
        tranche: usize,
        fraction: f64,
        paid: f64,
        milestone: f64,
        value: f64,
        price: f64,
    },
    /// A lender calls. Debt before the call, what was sold to meet it, and what the lender lost.
    MarginCall { who: Party, debt: f64, collateral: f64, limit: f64, sold: f64, lost: f64 },
    /// A tranche falls due and could not be paid in full.
    MissedTranche { investor: Party, lab: usize, tranche: usize, amount: f64, left: f64 },
    /// A tranche falls due and waits for payments of the lab to a company.
    WaitingTranche { investor: Party, lab: usize, tranche: usize, company: usize, paid: f64, needed: f64 },
    /// A funding round (5.10).
    Round(Round),
    /// A mark between rounds (5.10): V before and after.
    Mark { lab: usize, value: [f64; 2] },
}

#[derive(Debug, Clone, PartialEq)]
pub struct Announcement {
    pub company: usize,
    /// D: its own contracts and those that its customers pass on; and what a restructuring removed.
    pub notional: f64,
    pub cut: f64,
    /// a
    pub log_return: f64,
    /// v
    pub worth: f64,
    /// M and x before and after.
    pub value: [f64; 2],
    pub premium: [f64; 2],
    pub sentiment: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Round {
    pub lab: usize,
    /// Cash before the round, and its need over the next year, which the trigger compares.
    pub cash: f64,
    pub need_next_year: f64,
    /// T
    pub target: f64,
    /// P and V
    pub pre_money: f64,
    pub post_money: f64,
    /// P, of which `pre_money` is what the round was sold at.
    pub asked: f64,
    /// The lab was in no need; it listed.
    pub by_choice: bool,
    pub lists: bool,
    /// T is what brings its cash and credits to `cash_target`.
    pub fills: bool,
    /// What all offered, at P, and what of it was taken: min(1, T/ΣQ).
    pub offered: f64,
    pub taken: f64,
    pub raised: f64,
    /// What each offered and paid; credits at face.
    pub offers: Vec<Offer>,
    pub sentiment: usize,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    pub investor: Party,
    pub flow: Flow,
    pub offered: f64,
    pub paid: f64,
}
