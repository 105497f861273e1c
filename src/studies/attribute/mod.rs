//! `attribute` (§9): who shares in what the loops add. Every path is run under each of the 2^k coalitions of the k active
//! loops (all but `related_wealth`, which stays as it is) and once with everything off; from the same runs come the causal
//! share, that without persons' and holdings' money too, the Shapley values with their interactions, and, quarter by quarter, which loop carries the
//! most. The multiplier takes two further runs, with the extra dollar up and down.

pub mod command;
pub mod words;

use crate::deals::loop_name;
use crate::engine::variants::{Variant, Variants};
use crate::engine::{Run, Unfinished};
use crate::estimate::moments::Column;
use crate::estimate::paired::Paired;
use crate::estimate::replicates::Collapsed;
use crate::estimate::shapley::{Interactions, MOST_PLAYERS, Shapley, of_one};
use crate::estimate::{Block, Estimate, Quantile, RatioEstimate, by_name};
use crate::input::days::{date_of, day_number, decimal_year};
use crate::plan::Plan;
use crate::state::{Clock, F8, LANES, Loop, Loops};
use crate::studies::simulator::Simulator;
use serde::{Serialize, Serializer};
use std::ops::ControlFlow;

/// What the loops add, and who shares in it.
#[derive(Debug, Clone, Serialize)]
pub struct Attribution {
    #[serde(skip)]
    pub paths: u64,
    /// Runs of every path.
    #[serde(rename = "runs_of_a_path")]
    pub runs: usize,
    pub raised: Raised,
    /// `1 − E[G_off]/E[G_on]`; not defined where nothing is raised.
    #[serde(skip)]
    pub share: RatioEstimate,
    #[serde(skip)]
    pub upper: RatioEstimate,
    /// The loops that share, in the model's order.
    #[serde(serialize_with = "by_name")]
    pub loops: Vec<(&'static str, LoopEffect)>,
    pub interactions: Vec<Interaction>,
    pub quarters: Vec<Quarter>,
}

/// G with the loops on, with all off but `related_wealth`, and with that off too.
#[derive(Debug, Clone, Serialize)]
pub struct Raised {
    #[serde(rename = "loops_on", serialize_with = "mean")]
    pub on: Estimate,
    #[serde(rename = "loops_off", serialize_with = "mean")]
    pub off: Estimate,
    #[serde(rename = "loops_and_related_wealth_off", serialize_with = "mean")]
    pub none: Estimate,
    /// `E[G_on] − E[G_off]`, paired.
    #[serde(rename = "added_by_loops", serialize_with = "pair")]
    pub added: RatioEstimate,
}

#[derive(Debug, Clone, Copy, Serialize)]
pub struct LoopEffect {
    #[serde(skip)]
    pub which: Loop,
    /// Shapley value, USD bn.
    #[serde(flatten, serialize_with = "pair")]
    pub value: RatioEstimate,
    /// The same over `E[G_on]`; they sum to the causal share.
    #[serde(flatten, serialize_with = "as_share")]
    pub share: RatioEstimate,
}

/// Of two loops the Shapley interaction index, USD bn.
#[derive(Debug, Clone, Serialize)]
pub struct Interaction {
    pub loops: [&'static str; 2],
    #[serde(flatten, serialize_with = "pair")]
    pub index: RatioEstimate,
}

/// A calendar quarter, the first and the last perhaps cut off.
#[derive(Debug, Clone, Serialize)]
pub struct Quarter {
    /// `2025 Q3`
    #[serde(rename = "quarter")]
    pub name: String,
    /// Decimal years.
    pub from: f64,
    pub to: f64,
    /// Raised in the quarter with the loops on, USD bn.
    #[serde(serialize_with = "pair")]
    pub raised: RatioEstimate,
    /// By loop: Shapley value of what is raised in the quarter, USD bn.
    #[serde(rename = "shapley", serialize_with = "pairs")]
    pub values: Vec<(&'static str, RatioEstimate)>,
    /// By loop: the probability that it carries the most, that is that its Shapley value on the path is above zero and the
    /// largest. Where nothing is added on a path no loop carries; equals share.
    #[serde(rename = "carries_most", serialize_with = "pairs")]
    pub carries: Vec<(&'static str, RatioEstimate)>,
}

/// `∂E[G]/∂d` by central difference, and the loop gain.
#[derive(Debug, Clone, Copy)]
pub struct Multiplier {
    pub paths: u64,
    /// Of all the run's paths.
    pub complete: bool,
    pub value: RatioEstimate,
    /// 1 − 1/multiplier; `None` where the multiplier is below 1.
    pub gain: Option<RatioEstimate>,
}

/// A finished study.
#[derive(Debug, Clone, Serialize)]
pub struct Attributed {
    #[serde(skip)]
    pub scenario: String,
    /// The same with what was changed in it.
    #[serde(skip)]
    pub called: String,
    #[serde(skip)]
    pub labs: Vec<String>,
    #[serde(flatten)]
    pub attribution: Attribution,
    /// Or why there is none: it was refused or not asked for.
    #[serde(serialize_with = "paths_and_step")]
    pub multiplier: Result<Multiplier, &'static str>,
}

// How they stand in `summary.json`: values with their errors, and no interval.

#[derive(Serialize)]
struct AsShare {
    share: f64,
    share_se: f64,
}

fn valued(estimate: &RatioEstimate) -> Quantile {
    Quantile { value: estimate.value, se: estimate.se }
}

fn pair<S: Serializer>(estimate: &RatioEstimate, to: S) -> Result<S::Ok, S::Error> {
    valued(estimate).serialize(to)
}

fn as_share<S: Serializer>(estimate: &RatioEstimate, to: S) -> Result<S::Ok, S::Error> {
    AsShare { share: estimate.value, share_se: estimate.se }.serialize(to)
}

fn mean<S: Serializer>(estimate: &Estimate, to: S) -> Result<S::Ok, S::Error> {
    Quantile { value: estimate.mean, se: estimate.se }.serialize(to)
}

fn pairs<S: Serializer>(estimates: &[(&str, RatioEstimate)], to: S) -> Result<S::Ok, S::Error> {
    by_name(&estimates.iter().map(|(name, estimate)| (*name, valued(estimate))).collect::<Vec<_>>(), to)
}

fn paths_and_step<S: Serializer>(found: &Result<Multiplier, &str>, to: S) -> Result<S::Ok, S::Error> {
    #[derive(Serialize)]
    struct Shown<'a> {
        paths: u64,
        step: f64,
        #[serde(skip_serializing_if = "Option::is_none")]
        why_none: Option<&'a str>,
    }
    let paths = found.map_or(0, |multiplier| multiplier.paths);
    Shown { paths, step: STEP, why_none: found.err() }.serialize(to)
}

/// The step to either side, USD bn (§9).
pub const STEP: f64 = 0.5;

/// The loops that share: active in the scenario, on in the run, and not `related_wealth`.
pub fn sharing(plan: &Plan, loops: Loops) -> Vec<Loop> {
    let shares = |which: &&Loop| **which != Loop::RELATED_WEALTH && loops.on(**which);
    plan.active.iter().filter(shares).copied().take(MOST_PLAYERS).collect()
}

/// Runs of every path that [`attribute`] makes.
pub fn runs(plan: &Plan, loops: Loops) -> usize {
    (1 << sharing(plan, loops).len()) + 1
}

/// Runs the paths `run.first..run.end` until `watch`, which is told how many are done, breaks; `Stopped` if none was done.
pub fn attribute(
    simulator: &mut Simulator,
    plan: &Plan,
    run: &Run,
    mut watch: impl FnMut(u64) -> ControlFlow<()> + Send,
) -> Result<Attribution, Unfinished> {
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
    let quarters = calendar(&plan.clock);
    let moments: Vec<u32> = quarters.iter().map(|quarter| quarter.last_step).collect();
    let layout = Layout { loops: k, quarters: moments.len() };
    let what = Variants { variants: &variants, moments: &moments, columns: layout.columns() };
    let mut gathered = Gathered::new(layout);
    let mut replicates = run.sampler.is_replicated().then(|| Collapsed::new(what.columns));
    let flow = simulator.raised(
        plan,
        run,
        &what,
        |raised, out| layout.reduce(raised, out),
        |block| {
            match &mut replicates {
                Some(replicates) => replicates.add(block.columns.iter().map(Vec::as_slice)),
                None => gathered.add(&block.columns),
            }
            gathered.keep(block);
            watch(gathered.paths)
        },
    )?;
    if let Some(replicates) = replicates {
        gathered.add(&replicates.rows());
    }
    if gathered.paths == 0 && flow.is_break() {
        return Err(Unfinished::Stopped);
    }
    Ok(gathered.finish(&loops, &quarters))
}

/// Runs the paths `run.first..run.end` with the extra dollar up and down until `watch` breaks; `Stopped` if it did
/// before any was done, or if the scenario has no randomness.
pub fn multiplier(
    simulator: &mut Simulator,
    plan: &Plan,
    run: &Run,
    mut watch: impl FnMut(u64) -> ControlFlow<()> + Send,
) -> Result<Multiplier, Unfinished> {
    if !plan.is_random {
        return Err(Unfinished::Stopped);
    }
    let variants = [STEP, -STEP].map(|extra| Variant { loops: run.loops, extra });
    let what = Variants { variants: &variants, moments: &[plan.clock.steps - 1], columns: 1 };
    let mut column = Column::default();
    let mut replicates = run.sampler.is_replicated().then(|| Collapsed::new(1));
    let mut paths = 0;
    let difference = |raised: &[F8], out: &mut [F8]| out[0] = (raised[0] - raised[1]) / (2.0 * STEP);
    let flow = simulator.raised(plan, run, &what, difference, |block| {
        match &mut replicates {
            Some(replicates) => replicates.add([block.columns[0].as_slice()]),
            None => column.add(&block.columns[0]),
        }
        paths += block.paths as u64;
        watch(paths)
    })?;
    if let Some(replicates) = replicates {
        column.add(&replicates.rows()[0]);
    }
    let moments = column.moments();
    if paths == 0 && flow.is_break() {
        return Err(Unfinished::Stopped);
    }
    Ok(Multiplier::of(paths, flow.is_continue(), RatioEstimate::around(moments.mean, moments.se())))
}

impl Multiplier {
    fn of(paths: u64, complete: bool, value: RatioEstimate) -> Multiplier {
        // 1 − 1/m, by the delete-nothing delta method: se(m)/m².
        let gain = (value.value >= 1.0)
            .then(|| RatioEstimate::around(1.0 - 1.0 / value.value, value.se / (value.value * value.value)));
        Multiplier { paths, complete, value, gain }
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
    /// G with everything off against G on, `related_wealth` left as it is or off too.
    paired_off: Paired,
    paired_none: Paired,
    /// G on, off, and with everything off: its mean, and path by path.
    means: [Column; 3],
    kept: [Vec<f64>; 3],
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
            paired_off: Paired::default(),
            paired_none: Paired::default(),
            means: Default::default(),
            kept: Default::default(),
            quarters: vec![Column::default(); layout.columns() - layout.quarter(0)],
        }
    }

    /// Rows of the columns: paths that are independent, or the means of replicates that are.
    fn add(&mut self, columns: &[Vec<f64>]) {
        let (coalitions, rest) = columns.split_at(self.layout.coalitions());
        let slices: Vec<&[f64]> = coalitions.iter().map(Vec::as_slice).collect();
        self.shapley.add(&slices);
        self.interactions.add(&slices);
        let on = slices[slices.len() - 1];
        self.paired_off.add(slices[0], on);
        self.paired_none.add(&rest[0], on);
        self.means.iter_mut().zip([on, slices[0], &rest[0]]).for_each(|(column, values)| column.add(values));
        self.quarters.iter_mut().zip(&rest[1..]).for_each(|(column, values)| column.add(values));
    }

    /// The paths themselves, for how they spread.
    fn keep(&mut self, block: &Block) {
        let coalitions = self.layout.coalitions();
        for (kept, column) in self.kept.iter_mut().zip([coalitions - 1, 0, coalitions]) {
            kept.extend_from_slice(&block.columns[column]);
        }
        self.paths += block.paths as u64;
    }

    fn finish(self, loops: &[Loop], calendar: &[Span]) -> Attribution {
        let of = |column: &Column| {
            let moments = column.moments();
            RatioEstimate::around(moments.mean, moments.se())
        };
        let difference = self.paired_off.difference();
        let [on, off, none] = self.kept.map(Estimate::of);
        let [on_mean, off_mean, none_mean] = self.means.each_ref().map(of);
        let with_error = |spread: Estimate, mean: RatioEstimate| Estimate { se: mean.se, ..spread };
        let values = self.shapley.values().into_iter().zip(self.shapley.shares());
        let names: Vec<&'static str> = loops.iter().map(|which| loop_name(*which)).collect();
        let effects = loops.iter().zip(values).map(|(which, (value, share))| LoopEffect {
            which: *which,
            value,
            share,
        });
        let k = self.layout.loops;
        let by_loop = |columns: &[Column]| names.iter().copied().zip(columns.iter().map(of)).collect();
        let quarters =
            calendar.iter().zip(self.quarters.chunks_exact(1 + 2 * k)).map(|(span, columns)| Quarter {
                name: span.name.clone(),
                from: span.from,
                to: span.to,
                raised: of(&columns[0]),
                values: by_loop(&columns[1..=k]),
                carries: by_loop(&columns[1 + k..]),
            });
        let interactions = self.interactions.values().into_iter();
        let interactions =
            interactions.map(|(i, j, index)| Interaction { loops: [names[i], names[j]], index });
        Attribution {
            paths: self.paths,
            runs: self.layout.coalitions() + 1,
            raised: Raised {
                on: with_error(on, on_mean),
                off: with_error(off, off_mean),
                none: with_error(none, none_mean),
                added: RatioEstimate::around(-difference.value, difference.se),
            },
            share: self.paired_off.share_lost(),
            upper: self.paired_none.share_lost(),
            interactions: interactions.collect(),
            quarters: quarters.collect(),
            loops: names.iter().copied().zip(effects).collect(),
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
fn calendar(clock: &Clock) -> Vec<Span> {
    let start = date_of(clock.start);
    let (mut year, mut quarter) = (i32::from(start.year()), i32::from(start.month() - 1) / 3);
    let begin = |year: i32, quarter: i32| f64::from(year) + f64::from(quarter) / 4.0;
    let opening = decimal_year(clock.start);
    let end = opening + f64::from(clock.steps) * clock.step_years;
    let mut spans: Vec<Span> = Vec::new();
    loop {
        let (next_year, next) = if quarter == 3 { (year + 1, 0) } else { (year, quarter + 1) };
        let day = i16::try_from(next_year)
            .ok()
            .and_then(|year| jiff::civil::Date::new(year, (3 * next + 1) as i8, 1).ok())
            .map(day_number);
        // Past the calendar's last year everything that is left is one quarter.
        let first_of_next = day.map_or(clock.steps, |day| first_step_in(clock, day).min(clock.steps));
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

/// The first step whose middle is not before a day: a step that two quarters share belongs to the one that has more of it.
fn first_step_in(clock: &Clock, day: i32) -> u32 {
    let steps_before = f64::from(day - clock.start) / 365.25 * f64::from(clock.steps_per_year);
    (steps_before - 0.5).ceil().max(0.0) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use crate::studies::run::causal::{Again, OnRun, causal};
    use std::path::Path;

    fn plan_of(case: &str) -> Plan {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases").join(case);
        Plan::compile(&Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false))))
    }

    fn found(plan: &Plan, run: &Run) -> Attribution {
        attribute(&mut Simulator::engine(), plan, run, |_| ControlFlow::Continue(())).expect("paths were run")
    }

    /// `capital.raised` of ordinary runs.
    fn column(plan: &Plan, run: &Run) -> Vec<f64> {
        let mut all = Vec::new();
        crate::engine::simulate(plan, &Run { courses: 0, ..*run }, |block| {
            all.extend_from_slice(&block.columns[plan.uncertain.len()]);
            ControlFlow::Continue(())
        })
        .expect("every state is finite");
        all
    }

    /// Every number against 2^k ordinary runs: the shortcuts change no bit.
    #[test]
    fn it_is_what_ordinary_runs_say() {
        for case in ["90_everything_weekly.toml"] {
            let plan = plan_of(case);
            let run = Run::new(3, 40);
            let found = found(&plan, &run);
            let loops = sharing(&plan, run.loops);
            assert!(loops.len() >= 5 && !loops.contains(&Loop::RELATED_WEALTH), "{loops:?}");
            assert_eq!(found.runs, (1 << loops.len()) + 1);
            let columns: Vec<Vec<f64>> = (0..1 << loops.len())
                .map(|set: usize| {
                    let off = loops.iter().enumerate().filter(|(k, _)| set >> k & 1 == 0);
                    let on = off.fold(Loops::ALL_ON, |on, (_, which)| on.without(*which));
                    column(&plan, &Run { loops: on, ..run })
                })
                .collect();
            let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
            let (mut shapley, mut interactions) = (Shapley::new(loops.len()), Interactions::new(loops.len()));
            shapley.add(&slices);
            interactions.add(&slices);
            let values: Vec<RatioEstimate> = found.loops.iter().map(|(_, effect)| effect.value).collect();
            assert_eq!(values, shapley.values(), "{case}");
            let pairs = found.interactions.iter().map(|pair| pair.index);
            let expected: Vec<RatioEstimate> =
                interactions.values().into_iter().map(|(.., index)| index).collect();
            assert_eq!(pairs.collect::<Vec<_>>(), expected, "{case}");
            assert!(values.iter().filter(|value| value.value != 0.0).count() >= 4, "{values:?}");
            let none = column(&plan, &Run { loops: Loops::ALL_OFF, ..run });
            assert_eq!(found.raised.none.mean, Estimate::of(none).mean);
            // Efficiency: of the run, and of every quarter.
            let sum: f64 = values.iter().map(|value| value.value).sum();
            assert!(
                (sum - found.raised.added.value).abs() < 1e-9 * found.raised.on.mean,
                "{sum} {:?}",
                found.raised.added
            );
            let raised: f64 = found.quarters.iter().map(|quarter| quarter.raised.value).sum();
            assert!((raised - found.raised.on.mean).abs() < 1e-9 * found.raised.on.mean);
            for (k, value) in values.iter().enumerate() {
                let over_time: f64 = found.quarters.iter().map(|quarter| quarter.values[k].1.value).sum();
                assert!(
                    (over_time - value.value).abs() < 1e-9 * found.raised.on.mean,
                    "{over_time} {value:?}"
                );
            }
            for quarter in &found.quarters {
                let carried: f64 = quarter.carries.iter().map(|(_, estimate)| estimate.value).sum();
                assert!((0.0..=1.0 + 1e-12).contains(&carried), "{quarter:?}");
            }
            assert!(found.quarters.iter().any(|quarter| quarter.carries.iter().any(|(_, c)| c.value > 0.0)));
        }
    }

    /// Not the threads, not where the run is cut.
    #[test]
    fn the_bits_do_not_depend_on_the_threads() {
        let plan = plan_of("90_everything_weekly.toml");
        let text = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            pool.install(|| format!("{:?}", found(&plan, &Run::new(5, 301))))
        };
        let one = text(1);
        assert!(one.contains("paths: 301"));
        assert_eq!(one, text(2));
        assert_eq!(one, text(3));
    }

    #[test]
    fn loops_that_are_off_do_not_share() {
        let plan = plan_of("90_everything_weekly.toml");
        let all = sharing(&plan, Loops::ALL_ON);
        let without = Loops::ALL_ON.without(Loop::VENDOR_EQUITY);
        let run = Run { loops: without, ..Run::new(1, 16) };
        let found = found(&plan, &run);
        assert_eq!(found.loops.len(), all.len() - 1);
        assert!(found.loops.iter().all(|(_, effect)| effect.which != Loop::VENDOR_EQUITY));
        assert_eq!(found.raised.on.mean, Estimate::of(column(&plan, &run)).mean);
        // The lower end has everything off that may be, with `related_wealth` as the run has it.
        assert_eq!(
            found.raised.off.mean,
            Estimate::of(column(&plan, &Run { loops: without.causal_off(), ..run })).mean
        );
    }

    /// A loop that acts in no usual way is active, too: a premium that stands from the start and spills over into a round's
    /// price, a stake that a holding gets in rounds and borrows on, a person's loan that is called. What all loops add
    /// together is then what `run` calls causal.
    #[test]
    fn whatever_acts_is_active() {
        for (file, which) in [
            ("acts_by_spillover.toml", Loop::ANNOUNCEMENT),
            ("acts_by_round_stakes.toml", Loop::MARKS),
            ("acts_by_loan.toml", Loop::COLLATERAL),
        ] {
            let case = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios").join(file);
            let scenario = Scenario::read(&case, &[]).unwrap_or_else(|f| panic!("{}", f.render(false)));
            let plan = Plan::compile(&scenario);
            let run = Run::new(1, 256);
            let off = Run { loops: Loops::ALL_ON.without(which), ..run };
            assert!(column(&plan, &run) != column(&plan, &off), "{file}: {which:?} acts");
            assert!(plan.active.contains(&which), "{file}: {:?}", plan.active);
            let on = OnRun::simulated(&plan, &run);
            let causal = causal(&plan, &run, &on, Again::default(), 0, || false).expect("nothing stops it");
            let causal = causal.expect("capital is raised");
            let share = found(&plan, &run).share.value;
            assert!((share - causal.share.value).abs() < 1e-12, "{file}: {share} {:?}", causal.share);
        }
    }

    #[test]
    fn without_chance_there_is_no_multiplier() {
        let plan = plan_of("13_geometric_loop.toml");
        assert!(!plan.is_random);
        assert!(
            multiplier(&mut Simulator::engine(), &plan, &Run::new(1, 8), |_| ControlFlow::Continue(()))
                .is_err()
        );
        let found = found(&plan, &Run::new(1, 8));
        assert_eq!(found.raised.added.se, 0.0);
        assert!(plan_of("90_everything_weekly.toml").is_random);
    }

    #[test]
    fn a_multiplier_below_one_has_no_gain() {
        let of = |value: f64| {
            Multiplier::of(10, true, RatioEstimate::around(value, 0.1)).gain.map(|gain| (gain.value, gain.se))
        };
        assert_eq!(of(0.99), None);
        assert_eq!(of(1.0), Some((0.0, 0.1)));
        assert_eq!(of(2.0), Some((0.5, 0.025)));
    }

    #[test]
    fn quarters_are_the_calendars() {
        let plan = plan_of("90_everything_weekly.toml");
        let spans = calendar(&plan.clock);
        assert_eq!(spans.last().map(|span| span.last_step), Some(plan.clock.steps - 1));
        assert!(
            spans.windows(2).all(|pair| pair[0].last_step < pair[1].last_step && pair[0].to == pair[1].from)
        );
        let start = date_of(plan.clock.start);
        assert!(spans[0].name.starts_with(&start.year().to_string()), "{}", spans[0].name);
        // By hand: a scenario from 8 September 2025 with weekly steps. Day 23 is 1 October, 3.27 steps on:
        // more of step 3 lies in the new quarter.
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
        let plan =
            Plan::compile(&Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false))));
        let spans = calendar(&plan.clock);
        let names: Vec<&str> = spans.iter().map(|span| span.name.as_str()).collect();
        assert_eq!(
            (names[0], names[1], names[2], names[20], names.len()),
            ("2025 Q3", "2025 Q4", "2026 Q1", "2030 Q3", 21)
        );
        assert_eq!((spans[0].last_step, spans[1].last_step), (2, 15));
        assert!((spans[0].from - (2025.0 + 250.0 / 365.0)).abs() < 1e-9 && spans[0].to == 2025.75);
    }

    /// A step lies in the quarter that has more of it, and none lies after the end.
    #[test]
    fn a_step_is_in_its_quarter() {
        let of = |start: (i16, i8, i8), years: f64, steps_per_year: u32| {
            let start = day_number(jiff::civil::date(start.0, start.1, start.2));
            let spans = calendar(&Clock::new(start, years, steps_per_year));
            spans.into_iter().map(|span| (span.name, span.last_step)).collect::<Vec<_>>()
        };
        let named = |spans: &[(&str, u32)]| -> Vec<(String, u32)> {
            spans.iter().map(|(name, last)| (name.to_string(), *last)).collect()
        };
        let calendar_year = [("2025 Q4", 2), ("2026 Q1", 5), ("2026 Q2", 8), ("2026 Q3", 11)];
        assert_eq!(of((2025, 10, 1), 1.0, 12), named(&calendar_year));
        // The first month lies in the third quarter but for a week.
        let from_september =
            [("2025 Q3", 0), ("2025 Q4", 3), ("2026 Q1", 6), ("2026 Q2", 9), ("2026 Q3", 11)];
        assert_eq!(of((2025, 9, 8), 1.0, 12), named(&from_september));
        assert_eq!(
            of((2025, 1, 1), 1.0, 4),
            named(&[("2025 Q1", 0), ("2025 Q2", 1), ("2025 Q3", 2), ("2025 Q4", 3)])
        );
    }
}
