//! `attribute` (§9): who shares in what the loops add. Every path is run under each of the 2^k coalitions of the k active
//! loops (all but `related_wealth`, which stays as it is) and once with everything off; from the same runs come the causal
//! share and its upper bound, the Shapley values with their interactions, and, quarter by quarter, which loop carries the
//! most. The multiplier takes two further runs, with the extra dollar up and down.

use crate::engine::Run;
use crate::engine::variants::{Variant, Variants, raised};
use crate::estimate::moments::Column;
use crate::estimate::paired::Paired;
use crate::estimate::shapley::{Interactions, MOST_PLAYERS, Shapley, of_one};
use crate::estimate::{Block, Estimate, RatioEstimate};
use crate::plan::Plan;
use crate::state::{F8, LANES, Loop, Loops};
use std::ops::ControlFlow;

/// What the loops add, and who shares in it.
#[derive(Debug, Clone)]
pub struct Attribution {
    pub paths: u64,
    /// Runs of every path.
    pub runs: usize,
    /// G with the loops on, with all off but `related_wealth`, and with that off too.
    pub on: Estimate,
    pub off: Estimate,
    pub none: Estimate,
    /// E[G_on] − E[G_off], paired.
    pub added: RatioEstimate,
    /// `1 − E[G_off]/E[G_on]`; not defined where nothing is raised.
    pub share: RatioEstimate,
    pub upper: RatioEstimate,
    /// The loops that share, in the model's order.
    pub loops: Vec<LoopEffect>,
    /// Of each two loops, by their places in `loops`: the Shapley interaction index, USD bn.
    pub interactions: Vec<(usize, usize, RatioEstimate)>,
    pub quarters: Vec<Quarter>,
}

#[derive(Debug, Clone, Copy)]
pub struct LoopEffect {
    pub which: Loop,
    pub name: &'static str,
    /// Shapley value, USD bn.
    pub value: RatioEstimate,
    /// The same over E[G_on]; they sum to the causal share.
    pub share: RatioEstimate,
}

/// A calendar quarter, the first and the last perhaps cut off.
#[derive(Debug, Clone)]
pub struct Quarter {
    /// `2025 Q3`
    pub name: String,
    /// Decimal years.
    pub from: f64,
    pub to: f64,
    /// Raised in the quarter with the loops on, USD bn.
    pub raised: RatioEstimate,
    /// By loop: Shapley value of what is raised in the quarter, USD bn.
    pub values: Vec<RatioEstimate>,
    /// By loop: the probability that it carries the most, that is that its Shapley value on the path is above zero and the
    /// largest. Where nothing is added on a path no loop carries; equals share.
    pub carries: Vec<RatioEstimate>,
}

/// ∂E[G]/∂d by central difference, and the loop gain.
#[derive(Debug, Clone, Copy)]
pub struct Multiplier {
    pub paths: u64,
    pub value: RatioEstimate,
    /// 1 − 1/multiplier; `None` where the multiplier is below 1.
    pub gain: Option<RatioEstimate>,
}

/// The step to either side, USD bn (§9).
pub const STEP: f64 = 0.5;

/// The loops that share: active in the scenario, on in the run, and not `related_wealth`.
pub fn sharing(plan: &Plan, loops: Loops) -> Vec<Loop> {
    let shares = |which: &&Loop| **which != Loop::RelatedWealth && loops.on(**which);
    plan.active.iter().filter(shares).copied().take(MOST_PLAYERS).collect()
}

/// Runs of every path that [`attribute`] makes.
pub fn runs(plan: &Plan, loops: Loops) -> usize {
    (1 << sharing(plan, loops).len()) + 1
}

/// Runs the paths `run.first..run.end` until `watch`, which is told how many are done, breaks. `None` if none was done.
pub fn attribute(
    plan: &Plan,
    run: &Run,
    mut watch: impl FnMut(u64) -> ControlFlow<()>,
) -> Option<Attribution> {
    let loops = sharing(plan, run.loops);
    let k = loops.len();
    // Coalition S by the bits of its members. The largest first: a run with a loop comes before the one without.
    let off = loops.iter().fold(run.loops, |set, which| set.without(*which));
    let coalition = |set: usize| {
        let members = loops.iter().enumerate().filter(|(player, _)| set >> player & 1 == 1);
        members.fold(off, |set, (_, which)| set.with(*which))
    };
    let mut variants: Vec<Variant> =
        (0..1 << k).rev().map(|set| Variant { loops: coalition(set), extra: 0.0 }).collect();
    variants.push(Variant { loops: Loops::ALL_OFF, extra: 0.0 });
    let quarters = calendar(plan);
    let moments: Vec<u32> = quarters.iter().map(|quarter| quarter.last_step).collect();
    let layout = Layout { loops: k, quarters: moments.len() };
    let what = Variants { variants: &variants, moments: &moments, columns: layout.columns() };
    let mut gathered = Gathered::new(layout);
    raised(
        plan,
        run,
        &what,
        |raised, out| layout.reduce(raised, out),
        |block| {
            gathered.add(block);
            watch(gathered.paths)
        },
    );
    (gathered.paths > 0).then(|| gathered.finish(&loops, &quarters))
}

/// Runs the paths `run.first..run.end` with the extra dollar up and down until `watch` breaks; `None` if it did before
/// any was done, or if the scenario has no randomness.
pub fn multiplier(
    plan: &Plan,
    run: &Run,
    mut watch: impl FnMut(u64) -> ControlFlow<()>,
) -> Option<Multiplier> {
    if !plan.is_random {
        return None;
    }
    let variants = [STEP, -STEP].map(|extra| Variant { loops: run.loops, extra });
    let what = Variants { variants: &variants, moments: &[plan.clock.steps - 1], columns: 1 };
    let mut column = Column::default();
    let mut paths = 0;
    let difference = |raised: &[F8], out: &mut [F8]| out[0] = (raised[0] - raised[1]) / (2.0 * STEP);
    raised(plan, run, &what, difference, |block| {
        column.add(&block.columns[0]);
        paths += block.paths as u64;
        watch(paths)
    });
    let moments = column.moments();
    (paths > 0).then(|| Multiplier::of(paths, RatioEstimate::around(moments.mean, moments.se())))
}

impl Multiplier {
    fn of(paths: u64, value: RatioEstimate) -> Multiplier {
        // 1 − 1/m, by the delete-nothing delta method: se(m)/m².
        let gain = (value.value >= 1.0)
            .then(|| RatioEstimate::around(1.0 - 1.0 / value.value, value.se / (value.value * value.value)));
        Multiplier { paths, value, gain }
    }
}

/// Which columns are kept of a path: G of every coalition by its number, G with everything off; then for each quarter what
/// was raised, the Shapley values by loop, and by loop whether it carries the most.
#[derive(Debug, Clone, Copy)]
struct Layout {
    loops: usize,
    quarters: usize,
}

impl Layout {
    fn coalitions(self) -> usize {
        1 << self.loops
    }

    /// Columns of a quarter, the first of them.
    fn quarter(self, quarter: usize) -> usize {
        self.coalitions() + 1 + quarter * (1 + 2 * self.loops)
    }

    fn columns(self) -> usize {
        self.quarter(self.quarters)
    }

    /// From capital raised so far by variant (coalitions from the largest to none, then everything off) and quarter.
    fn reduce(self, raised: &[F8], out: &mut [F8]) {
        let (coalitions, quarters) = (self.coalitions(), self.quarters);
        let so_far =
            |coalition: usize, quarter: usize| raised[(coalitions - 1 - coalition) * quarters + quarter];
        for (coalition, column) in out.iter_mut().enumerate().take(coalitions) {
            *column = so_far(coalition, quarters - 1);
        }
        out[coalitions] = raised[coalitions * quarters + quarters - 1];
        let mut values = [0.0; MOST_PLAYERS];
        for quarter in 0..quarters {
            let in_quarter = |coalition: usize| {
                let before = if quarter > 0 { so_far(coalition, quarter - 1) } else { F8::ZERO };
                so_far(coalition, quarter) - before
            };
            let columns = &mut out[self.quarter(quarter)..self.quarter(quarter + 1)];
            columns[0] = in_quarter(coalitions - 1);
            let achieved: Vec<F8> = (0..coalitions).map(in_quarter).collect();
            for lane in 0..LANES {
                of_one(self.loops, |set| achieved[set].0[lane], &mut values);
                let values = &values[..self.loops];
                let largest = values.iter().fold(CARRIES_NOTHING, |most: f64, value| most.max(*value));
                let ties = values.iter().filter(|value| **value == largest).count().max(1) as f64;
                for (player, value) in values.iter().enumerate() {
                    columns[1 + player].0[lane] = *value;
                    columns[1 + self.loops + player].0[lane] =
                        if *value == largest { 1.0 / ties } else { 0.0 };
                }
            }
        }
    }
}

/// What is not above the slack of amounts (§4) is the rounding of sums: no loop carries it.
const CARRIES_NOTHING: f64 = 1e-9;

/// Statistics as paths come in.
struct Gathered {
    layout: Layout,
    paths: u64,
    shapley: Shapley,
    interactions: Interactions,
    on: Vec<f64>,
    off: Vec<f64>,
    none: Vec<f64>,
    /// The columns of the quarters.
    quarters: Vec<Column>,
}

impl Gathered {
    fn new(layout: Layout) -> Gathered {
        Gathered {
            layout,
            paths: 0,
            shapley: Shapley::new(layout.loops),
            interactions: Interactions::new(layout.loops),
            on: Vec::new(),
            off: Vec::new(),
            none: Vec::new(),
            quarters: vec![Column::default(); layout.columns() - layout.quarter(0)],
        }
    }

    fn add(&mut self, block: &Block) {
        let (coalitions, rest) = block.columns.split_at(self.layout.coalitions());
        let slices: Vec<&[f64]> = coalitions.iter().map(Vec::as_slice).collect();
        self.shapley.add(&slices);
        self.interactions.add(&slices);
        self.off.extend_from_slice(slices[0]);
        self.on.extend_from_slice(slices[slices.len() - 1]);
        self.none.extend_from_slice(&rest[0]);
        self.quarters.iter_mut().zip(&rest[1..]).for_each(|(column, values)| column.add(values));
        self.paths += block.paths as u64;
    }

    fn finish(self, loops: &[Loop], calendar: &[Span]) -> Attribution {
        let of = |column: &Column| {
            let moments = column.moments();
            RatioEstimate::around(moments.mean, moments.se())
        };
        let paired = |other: &[f64]| {
            let mut paired = Paired::default();
            paired.add(other, &self.on);
            paired
        };
        let (off, none) = (paired(&self.off), paired(&self.none));
        let difference = off.difference();
        let values = self.shapley.values().into_iter().zip(self.shapley.shares());
        let loops = loops.iter().zip(values).map(|(which, (value, share))| LoopEffect {
            which: *which,
            name: Loops::name_of(*which),
            value,
            share,
        });
        let k = self.layout.loops;
        let quarters =
            calendar.iter().zip(self.quarters.chunks_exact(1 + 2 * k)).map(|(span, columns)| Quarter {
                name: span.name.clone(),
                from: span.from,
                to: span.to,
                raised: of(&columns[0]),
                values: columns[1..=k].iter().map(of).collect(),
                carries: columns[1 + k..].iter().map(of).collect(),
            });
        Attribution {
            paths: self.paths,
            runs: self.layout.coalitions() + 1,
            added: RatioEstimate::around(-difference.value, difference.se),
            share: off.share_lost(),
            upper: none.share_lost(),
            loops: loops.collect(),
            interactions: self.interactions.values(),
            quarters: quarters.collect(),
            on: Estimate::of(self.on),
            off: Estimate::of(self.off),
            none: Estimate::of(self.none),
        }
    }
}

/// A quarter of the calendar.
struct Span {
    name: String,
    from: f64,
    to: f64,
    /// The last step that begins in it.
    last_step: u32,
}

/// The quarters that the scenario's steps lie in.
fn calendar(plan: &Plan) -> Vec<Span> {
    let clock = &plan.clock;
    let epoch = jiff::civil::date(1970, 1, 1);
    let start = epoch.saturating_add(jiff::Span::new().days(i64::from(clock.start)));
    let (mut year, mut quarter) = (i32::from(start.year()), i32::from(start.month() - 1) / 3);
    let begin = |year: i32, quarter: i32| f64::from(year) + f64::from(quarter) / 4.0;
    let opening = f64::from(start.year())
        + (f64::from(start.day_of_year()) - 1.0) / if start.in_leap_year() { 366.0 } else { 365.0 };
    let end = opening + f64::from(clock.steps) * clock.step_years;
    let mut spans: Vec<Span> = Vec::new();
    loop {
        let (next_year, next) = if quarter == 3 { (year + 1, 0) } else { (year, quarter + 1) };
        let day = i16::try_from(next_year)
            .ok()
            .and_then(|year| jiff::civil::Date::new(year, (3 * next + 1) as i8, 1).ok())
            .and_then(|date| epoch.until(date).ok())
            .map(|span| span.get_days());
        // Past the calendar's last year everything that is left is one quarter.
        let first_of_next =
            day.map_or(clock.steps, |day| (clock.step_of(day).max(0) as u32).min(clock.steps));
        if first_of_next > spans.last().map_or(0, |span| span.last_step + 1) {
            spans.push(Span {
                name: format!("{year} Q{}", quarter + 1),
                from: begin(year, quarter).max(opening),
                to: begin(next_year, next).min(end),
                last_step: first_of_next - 1,
            });
        }
        if first_of_next >= clock.steps {
            return spans;
        }
        (year, quarter) = (next_year, next);
    }
}
