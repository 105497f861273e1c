//! The same paths under several sets of loops, and with the extra dollar (§9): what was raised, and when. Each batch of
//! eight is opened with the same uncertain numbers for every variant, and only capital is read off it. What is made of
//! the variants of a path is said by whoever asks, on the thread that ran them, so that no more is kept than is wanted.
//!
//! Shocks are drawn once for all variants. A variant is not run where another has already shown its result: a run in which a loop
//! has not acted ([`crate::state::Cells::note`]) is the run with that loop switched off, bit for bit.

use super::finite::{self, Fault};
use super::simulate::{Opening, Run, run_batch};
use super::step::Witness;
use crate::deals;
use crate::estimate::Block;
use crate::outcome::{rows_of, sum_of};
use crate::plan::Plan;
use crate::plan::parameters::Sampling;
use crate::state::{Batch, F8, LANES, Loop, Loops, Row, Tape};
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::sync::Mutex;

/// One way to run the paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Variant {
    pub loops: Loops,
    /// The extra dollar of §9, USD bn.
    pub extra: f64,
}

/// What is run and read.
#[derive(Debug, Clone, Copy)]
pub struct Variants<'a> {
    /// In this order; a variant that is another one without a loop comes after that one.
    pub variants: &'a [Variant],
    /// Steps, rising, at whose ends the capital raised so far is noted.
    pub moments: &'a [u32],
    /// How many numbers are kept per path.
    pub columns: usize,
}

/// Path runs between two progress reports: about a second's work.
const RUNS_AT_A_TIME: u64 = 1 << 15;

const EIGHT: u64 = LANES as u64;

/// Runs the paths `run.first..run.end` (from and to multiples of eight, or the run's end) under every variant. `reduce`
/// makes of `[variant · moments + moment]`, capital raised so far, the columns that are kept of eight paths; `take` gets
/// them in path order until it breaks. The run's own loops and extra dollar are not looked at.
pub fn raised(
    plan: &Plan,
    run: &Run,
    what: &Variants,
    reduce: impl Fn(&[F8], &mut [F8]) + Sync,
    mut take: impl FnMut(&Block) -> ControlFlow<()>,
) -> Result<(), Fault> {
    let task = Task {
        plan,
        run,
        what,
        rows: rows_of(plan, |_, _, flow| flow.is_capital()),
        one_loop_more: one_loop_more(what.variants),
        sampling: Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths },
        rooms: Mutex::new(Vec::new()),
    };
    let at_a_time = (RUNS_AT_A_TIME / what.variants.len().max(1) as u64).clamp(128, 8192) / 128 * 128 / EIGHT;
    let (mut batch, last) = (run.first / EIGHT, run.end.div_ceil(EIGHT));
    while batch < last {
        let until = (batch + at_a_time).min(last);
        let found: Vec<Result<Vec<F8>, Fault>> =
            (batch..until).into_par_iter().map(|batch| task.eight(batch * EIGHT, &reduce)).collect();
        let eights: Vec<Vec<F8>> = found.into_iter().collect::<Result<_, _>>()?;
        let first = (batch * EIGHT).max(run.first);
        let end = (until * EIGHT).min(run.end);
        let mut columns = vec![Vec::with_capacity((end - first) as usize); what.columns];
        for (batch, eight) in (batch..).zip(&eights) {
            let at = batch * EIGHT;
            let live = (first.max(at) - at) as usize..(end.min(at + EIGHT) - at) as usize;
            for (column, values) in columns.iter_mut().zip(eight) {
                column.extend_from_slice(&values.0[live.clone()]);
            }
        }
        if take(&Block { first, paths: (end - first) as usize, columns }).is_break() {
            break;
        }
        batch = until;
    }
    Ok(())
}

struct Task<'a> {
    plan: &'a Plan,
    run: &'a Run,
    what: &'a Variants<'a>,
    /// Capital by edge and origin.
    rows: Vec<Row>,
    one_loop_more: Vec<Vec<(usize, Loop)>>,
    sampling: Sampling,
    /// Batches and buffers for reuse.
    rooms: Mutex<Vec<Room>>,
}

struct Room {
    batch: Batch,
    parameters: Vec<f64>,
    /// [variant · moments + moment]
    raised: Vec<F8>,
    /// By variant: the loops that acted on one of the eight paths.
    acted: Vec<Loops>,
}

impl Task<'_> {
    /// The paths of one batch under every variant.
    fn eight(&self, first: u64, reduce: &(impl Fn(&[F8], &mut [F8]) + Sync)) -> Result<Vec<F8>, Fault> {
        let (plan, variants, moments) = (self.plan, self.what.variants, self.what.moments);
        let spare = self.rooms.lock().unwrap_or_else(|e| e.into_inner()).pop();
        let mut room = spare.unwrap_or_else(|| Room {
            batch: {
                let mut batch = plan.batch();
                batch.tape = Some(plan.prices.tape(plan.clock.steps));
                batch
            },
            parameters: vec![0.0; plan.uncertain.len() * LANES],
            raised: vec![F8::ZERO; variants.len() * moments.len()],
            acted: vec![Loops::ALL_ON; variants.len()],
        });
        room.batch.tape.iter_mut().for_each(Tape::clear);
        plan.parameters.draw(&self.sampling, first, LANES, &mut room.parameters);
        for (k, variant) in variants.iter().enumerate() {
            let place = k * moments.len()..(k + 1) * moments.len();
            // Whose loop more has not acted has shown this one's result.
            let idle = |(other, which): &&(usize, Loop)| !room.acted[*other].on(*which);
            if let Some((same, _)) = self.one_loop_more[k].iter().find(idle).copied() {
                room.raised.copy_within(same * moments.len()..(same + 1) * moments.len(), place.start);
                room.acted[k] = room.acted[same];
                continue;
            }
            let run = Run { loops: variant.loops, extra: variant.extra, flows: false, ..*self.run };
            let opening = Opening { first, parameters: &room.parameters, stride: LANES };
            let mut noting = Noting { rows: &self.rows, moments, out: &mut room.raised[place] };
            let not_finite = run_batch(plan, &run, &mut room.batch, &opening, &mut noting);
            let live = self.run.first.max(first)..self.run.end;
            let lane = not_finite.lanes().find(|lane| live.contains(&(first + *lane as u64)));
            if let Some(lane) = lane {
                return Err(finite::why(plan, &run, &opening, lane, first + lane as u64).into());
            }
            room.acted[k] = room.batch.acted();
        }
        let mut kept = vec![F8::ZERO; self.what.columns];
        reduce(&room.raised, &mut kept);
        self.rooms.lock().unwrap_or_else(|e| e.into_inner()).push(room);
        Ok(kept)
    }
}

/// By variant: the earlier ones that have one loop more, of those that note when they act, and that loop.
fn one_loop_more(variants: &[Variant]) -> Vec<Vec<(usize, Loop)>> {
    let of = |(k, variant): (usize, &Variant)| {
        let telling = deals::loops().filter(|kind| kind.notes && !variant.loops.on(kind.which));
        let earlier = telling.filter_map(|kind| {
            let with = Variant { loops: variant.loops.with(kind.which), ..*variant };
            Some((variants[..k].iter().position(|other| *other == with)?, kind.which))
        });
        earlier.collect()
    };
    variants.iter().enumerate().map(of).collect()
}

/// Notes the capital raised at the ends of some steps.
struct Noting<'a> {
    rows: &'a [Row],
    moments: &'a [u32],
    out: &'a mut [F8],
}

impl Witness for Noting<'_> {
    #[inline(always)]
    fn step_done(&mut self, b: &Batch, step: u32) {
        if self.moments.first() == Some(&step) {
            let (now, later) = std::mem::take(&mut self.out).split_at_mut(1);
            now[0] = sum_of(self.rows, b);
            (self.out, self.moments) = (later, &self.moments[1..]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;
    use std::collections::BTreeMap;
    use std::path::Path;

    /// What a run without a loop is taken from, where the loop has not acted, is what that run gives: to the bit, in every
    /// scenario and with other loops off. Each loop that notes is found idle somewhere, and at work elsewhere.
    #[test]
    fn a_loop_that_has_not_acted_changes_nothing() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut seen: BTreeMap<&str, [u32; 2]> = BTreeMap::new();
        for folder in ["configs", "tests/scenarios", "tests/reference/cases"] {
            let files =
                std::fs::read_dir(root.join(folder)).expect("a folder").flatten().map(|file| file.path());
            for file in files.filter(|file| file.extension().is_some_and(|end| end == "toml")) {
                let Ok(scenario) = Scenario::read(&file, &[]) else { continue };
                let plan = Plan::compile(&scenario);
                let sampling = Sampling { seed: 7, sampler: Run::new(7, 8).sampler, paths: 8 };
                let mut parameters = vec![0.0; plan.uncertain.len() * LANES];
                plan.parameters.draw(&sampling, 0, LANES, &mut parameters);
                let rows = rows_of(&plan, |_, _, flow| flow.is_capital());
                let mut batch = plan.batch();
                let mut raised = |loops: Loops| {
                    let run = Run { loops, flows: false, ..Run::new(7, 8) };
                    let opening = Opening { first: 0, parameters: &parameters, stride: LANES };
                    let moments: Vec<u32> = (0..plan.clock.steps).collect();
                    let mut out = vec![F8::ZERO; moments.len()];
                    let mut noting = Noting { rows: &rows, moments: &moments, out: &mut out };
                    run_batch(&plan, &run, &mut batch, &opening, &mut noting);
                    let bits: Vec<[u64; LANES]> =
                        out.iter().map(|raised| raised.0.map(f64::to_bits)).collect();
                    (bits, batch.acted())
                };
                let kinds = || deals::loops().filter(|kind| kind.notes);
                let mut sets = vec![Loops::ALL_ON];
                sets.extend(deals::loops().map(|kind| Loops::ALL_ON.without(kind.which)));
                for loops in sets {
                    let (with, acted) = raised(loops);
                    for kind in kinds().filter(|kind| loops.on(kind.which)) {
                        let [idle, at_work] = seen.entry(kind.name).or_default();
                        if acted.on(kind.which) {
                            *at_work += 1;
                        } else {
                            *idle += 1;
                            let without = raised(loops.without(kind.which)).0;
                            assert!(without == with, "{}: {} with {loops:?}", file.display(), kind.name);
                        }
                    }
                }
            }
        }
        assert!(
            seen.len() >= 5 && seen.values().all(|[idle, at_work]| *idle > 0 && *at_work > 0),
            "{seen:?}"
        );
    }
}
