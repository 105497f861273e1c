//! Runs paths: each batch of eight from its opening to its last step, then its measures into columns. Parts of some
//! batches are simulated in parallel and handed on in path order, while the next are simulated.

use super::audit::{self, Audit};
use super::courses::{Courses, Watch};
use super::finite::{self, Fault};
use super::flows::{self, FlowSums, Flows};
use super::step::{Compiled, Witness};
pub use super::step::{Instructions, Opening};

use crate::actors::Now;
use crate::estimate::Block;
use crate::outcome::{Measure, measures};
use crate::plan::Plan;
use crate::plan::parameters::{Sampler, Sampling};
use crate::state::{Batch, LANES, Loops, M8};
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use std::ops::{ControlFlow, Range};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// Which paths to run, and how.
#[derive(Debug, Clone, Copy)]
pub struct Run {
    pub seed: u64,
    pub sampler: Sampler,
    /// Paths of the whole run, of which `first..end` are simulated here; Latin hypercubes depend on it.
    pub paths: u64,
    pub first: u64,
    pub end: u64,
    pub loops: Loops,
    /// The loops without which contracts that are tied to them lose their tied part (§9); none but in the causal lens.
    pub ties: Loops,
    /// Paths that one thread simulates in one go; rounded up to whole batches of eight.
    pub width: usize,
    /// The extra dollar of §9, USD bn.
    pub extra: f64,
    /// Paths whose course over time is kept.
    pub courses: u64,
    /// Keep all flows between parties, and peaks and tallies; without it only capital is. Who hands flows on keeps them whatever
    /// it says.
    pub flows: bool,
    /// Check the identities of §11 after every step; a broken one is a panic that says which.
    pub audit: bool,
    /// Go through a sample of the batches again with the audit.
    pub samples: bool,
    /// Which vector instructions to use; for tests that all give the same bits.
    #[doc(hidden)]
    pub instructions: Instructions,
}

/// Enough paths that starting a part costs little in comparison, few enough that its uncertain numbers stay in cache.
pub const WIDTH: usize = 64;

/// Paths handed on at a time: at the end of a chunk threads wait for the slowest part.
pub const CHUNK: u64 = 8192;

/// Paths whose courses are kept unless asked otherwise: enough for a fan chart's 5th percentile to ±0.4 points.
pub const COURSES: u64 = 10_000;

impl Run {
    pub fn new(seed: u64, paths: u64) -> Run {
        Run {
            seed,
            sampler: Sampler::Plain,
            paths,
            first: 0,
            end: paths,
            loops: Loops::ALL_ON,
            ties: Loops::ALL_OFF,
            width: WIDTH,
            extra: 0.0,
            courses: COURSES,
            flows: true,
            audit: false,
            samples: false,
            instructions: Instructions::Widest,
        }
    }
}

/// The results other than the columns.
pub struct Finished {
    pub paths: u64,
    pub flows: Flows,
    pub courses: Courses,
}

/// The results of some consecutive paths, and the room in which they were worked out.
#[derive(Default)]
struct Part {
    /// Which of the run's paths.
    paths: Range<u64>,
    /// [column · paths + path]: the uncertain numbers, then the measures.
    columns: Vec<f64>,
    /// [batch · room + …]
    flows: Vec<f64>,
    courses: Vec<[f32; LANES]>,
    /// Uncertain numbers of whole batches: [number · width + path].
    parameters: Vec<f64>,
}

/// Names of the columns of a block: the uncertain numbers by address, then the measures.
pub fn column_names(plan: &Plan) -> Vec<String> {
    let measures = measures(plan);
    plan.uncertain.iter().cloned().chain(measures.into_iter().map(|m| m.name)).collect()
}

/// Which points of the uncertain numbers are simulated, and with whose shocks: a study's own paths.
pub trait Design: Sync {
    /// The uncertain numbers of the paths first … first+paths−1: number k of path p is `out[k * paths + p - first]`.
    fn parameters(&self, first: u64, paths: usize, out: &mut [f64]);

    /// The path whose shocks the path `first`, a multiple of eight, has; the seven after it have those that follow.
    fn shocks(&self, first: u64) -> u64 {
        first
    }
}

/// A run's own draws.
struct Drawn<'a> {
    plan: &'a Plan,
    sampling: Sampling,
}

impl Design for Drawn<'_> {
    fn parameters(&self, first: u64, paths: usize, out: &mut [f64]) {
        self.plan.parameters.draw(&self.sampling, first, paths, out);
    }
}

/// What all parts of a run share.
struct Task<'a> {
    plan: &'a Plan,
    run: &'a Run,
    design: &'a dyn Design,
    measures: Vec<Measure>,
    watch: Watch,
    /// Paths of a part, a multiple of eight.
    width: u64,
    /// Batches and parts for reuse: nothing is allocated for a part once every thread has had one.
    batches: Mutex<Vec<Batch>>,
    parts: Mutex<Vec<Part>>,
    halt: &'a Halt<'a>,
    /// `halt` has returned true: no further part is begun.
    halted: AtomicBool,
}

/// Whether to stop beginning parts, given how many paths have been begun: asked before each part but the first.
pub type Halt<'a> = dyn Fn(u64) -> bool + Sync + 'a;

/// The results of consecutive paths, all that a run gathers of them; what a journal keeps.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Chunk {
    pub block: Block,
    /// [batch · room + …], as [`flows::read`] wrote it
    pub flows: Vec<f64>,
    /// [batch · room + …], as [`Watch::note`] wrote it, of the batches that are followed
    pub courses: Vec<[f32; LANES]>,
}

/// What is kept of a batch's flows.
fn room_of_flows(plan: &Plan, run: &Run) -> usize {
    if run.flows { flows::room(plan) } else { 0 }
}

/// What a run's chunks hold.
pub struct Layout {
    columns: usize,
    followed: Range<u64>,
    flows: usize,
    courses: usize,
}

impl Layout {
    pub fn of(plan: &Plan, run: &Run) -> Layout {
        Layout {
            columns: column_names(plan).len(),
            followed: run.first..run.first.saturating_add(run.courses),
            flows: room_of_flows(plan, run),
            courses: Watch::of(plan).room(),
        }
    }

    /// Of a chunk's batches those that are followed.
    fn followed(&self, paths: &Range<u64>) -> impl ExactSizeIterator<Item = (u64, Range<usize>)> + use<> {
        let last = self.followed.end.min(paths.end).max(paths.start);
        batches_of(&(paths.start..last))
    }

    /// Has a chunk, wherever it comes from, the layout of this run?
    pub fn fits(&self, chunk: &Chunk) -> bool {
        let block = &chunk.block;
        let paths = block.first..block.first.saturating_add(block.paths as u64);
        block.columns.len() == self.columns
            && block.columns.iter().all(|column| column.len() == block.paths)
            && chunk.flows.len() == batches_of(&paths).len() * self.flows
            && self.courses_fit(chunk)
    }

    fn courses_fit(&self, chunk: &Chunk) -> bool {
        let block = &chunk.block;
        let paths = block.first..block.first.saturating_add(block.paths as u64);
        chunk.courses.len() == self.followed(&paths).len() * self.courses
    }
}

/// Flows and courses of a run's chunks, gathered in path order.
pub struct Gathering<'a> {
    plan: &'a Plan,
    layout: Layout,
    paths: u64,
    pub flows: FlowSums,
    courses: Courses,
}

impl<'a> Gathering<'a> {
    /// For all of a run, wherever its chunks come from.
    pub fn new(plan: &'a Plan, run: &Run) -> Gathering<'a> {
        let (layout, flows, courses) = (Layout::of(plan, run), FlowSums::new(plan), Courses::new(plan));
        Gathering { plan, layout, paths: 0, flows, courses }
    }

    /// Takes the chunk that follows.
    pub fn absorb(&mut self, chunk: &Chunk) {
        self.absorb_flows(chunk);
        self.absorb_courses(chunk);
    }

    pub fn absorb_flows(&mut self, chunk: &Chunk) {
        let paths = chunk.block.first..chunk.block.first + chunk.block.paths as u64;
        for (k, (first, live)) in batches_of(&paths).enumerate() {
            let room = self.layout.flows;
            self.flows.absorb(self.plan, first, &chunk.flows[k * room..][..room], live.len() as u64);
        }
        self.paths += chunk.block.paths as u64;
    }

    pub fn absorb_courses(&mut self, chunk: &Chunk) {
        let paths = chunk.block.first..chunk.block.first + chunk.block.paths as u64;
        let followed = self.layout.followed(&paths);
        for ((_, live), values) in followed.zip(chunk.courses.chunks_exact(self.layout.courses.max(1))) {
            self.courses.absorb(values, live);
        }
    }

    /// Are a chunk's courses, wherever it comes from, those of this run?
    pub fn courses_fit(&self, chunk: &Chunk) -> bool {
        self.layout.courses_fit(chunk)
    }

    pub fn finish(self) -> Finished {
        Finished { paths: self.paths, flows: self.flows.so_far(self.plan), courses: self.courses }
    }
}

/// Simulates the run's paths and hands blocks of finished ones to `take`, in path order, until it breaks.
pub fn simulate(
    plan: &Plan,
    run: &Run,
    mut take: impl FnMut(Block) -> ControlFlow<()> + Send,
) -> Result<Finished, Fault> {
    let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths };
    let run = &Run { flows: true, ..*run };
    let mut gathering = Gathering::new(plan, run);
    each_chunk(plan, run, &Drawn { plan, sampling }, measures(plan), &|_| false, &mut |chunk: Chunk| {
        gathering.absorb(&chunk);
        take(chunk.block)
    })?;
    Ok(gathering.finish())
}

/// [`simulate`] at the points of a design, with some measures only: the blocks' columns are the uncertain numbers, then
/// those measures, in the order of `wanted`. A name that is no measure of the plan has no column. Flows are not handed
/// on, and not kept where the measures need none but capital.
pub fn simulate_design(
    plan: &Plan,
    run: &Run,
    design: &dyn Design,
    wanted: &[String],
    mut take: impl FnMut(Block) -> ControlFlow<()> + Send,
) -> Result<(), Fault> {
    let mut all: Vec<Option<Measure>> = measures(plan).into_iter().map(Some).collect();
    let mut pick = |name: &String| {
        let place = all.iter().position(|m| m.as_ref().is_some_and(|m| m.name == *name))?;
        all[place].take()
    };
    let picked: Vec<Measure> = wanted.iter().filter_map(&mut pick).collect();
    let needs_flows = picked.iter().any(|measure| !measure.is_of_capital);
    let run = Run { flows: needs_flows, ..*run };
    each_chunk(plan, &run, design, picked, &|_| false, &mut |chunk| take(chunk.block))
}

/// [`simulate_design`] at the run's own draws.
pub fn simulate_some(
    plan: &Plan,
    run: &Run,
    wanted: &[String],
    take: impl FnMut(Block) -> ControlFlow<()> + Send,
) -> Result<(), Fault> {
    let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths };
    simulate_design(plan, run, &Drawn { plan, sampling }, wanted, take)
}

/// Simulates the run's paths and hands them to `take`, chunk by chunk in path order, until it breaks. No chunk is handed
/// on that has a path whose state is not finite, and none after it.
pub fn simulate_chunks(
    plan: &Plan,
    run: &Run,
    take: impl FnMut(Chunk) -> ControlFlow<()> + Send,
) -> Result<(), Fault> {
    simulate_chunks_until(plan, run, &|_| false, take)
}

/// [`simulate_chunks`] that can stop inside a chunk: once `halt` says so no part is begun. Those that were are finished
/// and handed on, so the last chunk may be shorter, and is followed by no other.
pub fn simulate_chunks_until(
    plan: &Plan,
    run: &Run,
    halt: &Halt,
    mut take: impl FnMut(Chunk) -> ControlFlow<()> + Send,
) -> Result<(), Fault> {
    let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths };
    let run = &Run { samples: true, flows: true, ..*run };
    each_chunk(plan, run, &Drawn { plan, sampling }, measures(plan), halt, &mut take)
}

fn each_chunk(
    plan: &Plan,
    run: &Run,
    design: &dyn Design,
    measures: Vec<Measure>,
    halt: &Halt,
    take: &mut (dyn FnMut(Chunk) -> ControlFlow<()> + Send),
) -> Result<(), Fault> {
    // A run that goes on may have had its last path.
    if run.first >= run.end {
        return Ok(());
    }
    let task = Task {
        plan,
        run,
        design,
        measures,
        watch: Watch::of(plan),
        width: (run.width.div_ceil(LANES).max(1) * LANES) as u64,
        batches: Mutex::new(Vec::new()),
        parts: Mutex::new(Vec::new()),
        halt,
        halted: AtomicBool::new(false),
    };
    let chunk = CHUNK.div_ceil(task.width) * task.width;
    let mut done = run.first;
    // Batches begin at multiples of eight, so that the eights over which flows are summed are those of every shard.
    let mut from = run.first - run.first % LANES as u64;
    let mut ready = task.chunk(from, chunk)?;
    while !ready.is_empty() {
        from += chunk;
        let first = done;
        let parts = std::mem::take(&mut ready);
        let absorb = || {
            let mut parts = parts;
            let joined = task.join(first, &mut parts);
            done += joined.block.paths as u64;
            task.parts.lock().unwrap_or_else(|e| e.into_inner()).extend(parts);
            take(joined)
        };
        let (flow, more) = rayon::join(absorb, || task.chunk(from, chunk));
        if flow.is_break() {
            break;
        }
        ready = more?;
    }
    Ok(())
}

impl Task<'_> {
    /// The parts of the chunk that begins at a path, in path order: all of them, or where the run is halted those begun before.
    fn chunk(&self, from: u64, paths: u64) -> Result<Vec<Part>, Fault> {
        let until = (from + paths).min(self.run.end);
        let parts = until.saturating_sub(from).div_ceil(self.width);
        // Parts are begun in path order, so that those which are done when the run is halted have no gap.
        let next = AtomicU64::new(0);
        let one_after_another = |_| {
            let mut done = Vec::new();
            while !self.is_halted(from + next.load(Ordering::Relaxed) * self.width) {
                let k = next.fetch_add(1, Ordering::Relaxed);
                if k >= parts {
                    break;
                }
                let part = self.part(from + k * self.width);
                if part.is_err() {
                    self.halted.store(true, Ordering::Relaxed);
                }
                done.push((k, part));
            }
            done
        };
        let threads = rayon::current_num_threads().min(parts as usize);
        let mut done: Vec<(u64, Result<Part, Fault>)> =
            (0..threads).into_par_iter().with_max_len(1).flat_map_iter(one_after_another).collect();
        done.sort_unstable_by_key(|(k, _)| *k);
        done.into_iter().map(|(_, part)| part).collect()
    }

    /// Is the part that begins at a path not to be begun? The run's first always is.
    fn is_halted(&self, at: u64) -> bool {
        if at <= self.run.first {
            return false;
        }
        // A clock may say yes and then no again; the parts between would be a gap.
        if !self.halted.load(Ordering::Relaxed) && (self.halt)(at - self.run.first) {
            self.halted.store(true, Ordering::Relaxed);
        }
        self.halted.load(Ordering::Relaxed)
    }

    /// Simulates the part that begins at a path, a multiple of eight.
    fn part(&self, at: u64) -> Result<Part, Fault> {
        fn spare<T>(of: &Mutex<Vec<T>>) -> Option<T> {
            of.lock().unwrap_or_else(|e| e.into_inner()).pop()
        }
        let (plan, run) = (self.plan, self.run);
        let mut b = spare(&self.batches).unwrap_or_else(|| plan.batch());
        let mut part = spare(&self.parts).unwrap_or_default();
        let width = self.width as usize;
        let uncertain = plan.parameters.uncertain().len();
        part.paths = run.first.max(at)..run.end.min(at + self.width);
        let count = (part.paths.end - part.paths.start) as usize;
        let batches = batches_of(&part.paths).len();
        part.parameters.resize(uncertain * width, 0.0);
        part.columns.resize((uncertain + self.measures.len()) * count, 0.0);
        part.flows.resize(batches * room_of_flows(plan, run), 0.0);
        part.courses.resize(self.followed(&part.paths).len() * self.watch.room(), [0.0; LANES]);
        self.design.parameters(at, width, &mut part.parameters);
        let (drawn, measured) = part.columns.split_at_mut(uncertain * count);
        let skipped = (part.paths.start - at) as usize;
        for (column, row) in drawn.chunks_exact_mut(count).zip(part.parameters.chunks_exact(width)) {
            column.copy_from_slice(&row[skipped..skipped + count]);
        }
        let mut courses = part.courses.chunks_exact_mut(self.watch.room());
        let mut filled = 0;
        for (k, (first, live)) in batches_of(&part.paths).enumerate() {
            let mut witness = Observer { task: self, courses: courses.next(), audit: Audit::default() };
            // Without uncertain numbers there is nothing to skip.
            let parameters = part.parameters.get(k * LANES..).unwrap_or_default();
            let opening = Opening { first: self.design.shocks(first), parameters, stride: width };
            let not_finite = run_batch(plan, run, &mut b, &opening, &mut witness);
            if let Some(lane) = not_finite.lanes().find(|lane| live.contains(lane)) {
                return Err(finite::why(plan, run, &opening, lane, first + lane as u64).into());
            }
            if run.samples && audit::is_sampled(run, first) {
                audit::again(plan, run, &opening, first)?;
            }
            for (measure, column) in self.measures.iter().zip(measured.chunks_exact_mut(count)) {
                let values = &(measure.read)(&b).0;
                let is_wrong =
                    |value: &f64| value.is_infinite() || (measure.is_always_defined && value.is_nan());
                if let Some(lane) = live.clone().find(|lane| is_wrong(&values[*lane])) {
                    return Err(finite::measure(&measure.name, values[lane], first + lane as u64).into());
                }
                column[filled..filled + live.len()].copy_from_slice(&values[live.clone()]);
            }
            filled += live.len();
            if run.flows {
                let room = flows::room(plan);
                flows::read(plan, &b, live, &mut part.flows[k * room..][..room]);
            }
        }
        self.batches.lock().unwrap_or_else(|e| e.into_inner()).push(b);
        Ok(part)
    }

    /// The batches of a part whose courses are kept.
    fn followed(&self, paths: &Range<u64>) -> impl ExactSizeIterator<Item = Range<usize>> + use<> {
        let last = self.run.first.saturating_add(self.run.courses).min(paths.end);
        batches_of(&(paths.start..last.max(paths.start))).map(|(_, live)| live)
    }

    /// Joins parts in path order. Courses, which are many and of the first paths only, leave their parts.
    fn join(&self, first: u64, parts: &mut [Part]) -> Chunk {
        let paths = parts.iter().map(Part::count).sum();
        let columns = self.plan.uncertain.len() + self.measures.len();
        let mut block = Block { first, paths, columns: vec![Vec::with_capacity(paths); columns] };
        let mut flows = Vec::with_capacity(parts.iter().map(|part| part.flows.len()).sum());
        let mut courses = Vec::with_capacity(parts.iter().map(|part| part.courses.len()).sum());
        for part in parts {
            for (column, more) in block.columns.iter_mut().zip(part.columns.chunks_exact(part.count())) {
                column.extend_from_slice(more);
            }
            flows.extend_from_slice(&part.flows);
            courses.append(&mut std::mem::take(&mut part.courses));
        }
        Chunk { block, flows, courses }
    }
}

/// Instruction sets beyond the machine's least that the engine makes use of.
pub fn instruction_sets() -> &'static [&'static str] {
    Compiled::of(Instructions::Widest).needs
}

impl Part {
    fn count(&self) -> usize {
        (self.paths.end - self.paths.start) as usize
    }
}

/// The batches that hold a span of paths: the first path of each, and which of the eight are in the span.
fn batches_of(paths: &Range<u64>) -> impl ExactSizeIterator<Item = (u64, Range<usize>)> + use<> {
    const EIGHT: u64 = LANES as u64;
    let Range { start, end } = *paths;
    let first = start / EIGHT;
    let count = if start < end { (end.div_ceil(EIGHT) - first) as usize } else { 0 };
    (0..count).map(move |k| {
        let at = (first + k as u64) * EIGHT;
        (at, (start.max(at) - at) as usize..(end.min(at + EIGHT) - at) as usize)
    })
}

/// What a run records while a batch is stepped.
struct Observer<'a> {
    task: &'a Task<'a>,
    courses: Option<&'a mut [[f32; LANES]]>,
    audit: Audit,
}

impl Witness for Observer<'_> {
    #[inline(always)]
    fn step_done(&mut self, b: &Batch, step: u32) {
        if let Some(room) = &mut self.courses {
            self.task.watch.note(b, step, room);
        }
        if self.task.run.audit {
            assert_holds(&mut self.audit, self.task.plan, b, step);
        }
    }
}

/// Opens a batch and takes all its steps, in the widest lanes that the machine has; the paths whose state is not finite.
/// Allocates nothing. The witness is asked after each step, not between the stages, through a pointer: one function,
/// whoever looks on.
#[inline(never)]
pub fn run_batch(plan: &Plan, run: &Run, b: &mut Batch, opening: &Opening, witness: &mut dyn Witness) -> M8 {
    take_steps(plan, run, b, opening, |compiled, b, now| {
        let senseless = compiled.step(plan, b, now);
        witness.step_done(b, now.step as u32);
        senseless
    })
}

/// [`run_batch`] with a witness that also looks on between the stages.
pub fn run_batch_by_stage(
    plan: &Plan,
    run: &Run,
    b: &mut Batch,
    opening: &Opening,
    witness: &mut impl Witness,
) -> M8 {
    take_steps(plan, run, b, opening, |compiled, b, now| {
        let senseless = compiled.step_by_stage(plan, b, now, witness);
        witness.step_done(b, now.step as u32);
        senseless
    })
}

#[inline(always)]
fn take_steps(
    plan: &Plan,
    run: &Run,
    b: &mut Batch,
    opening: &Opening,
    mut step: impl FnMut(&Compiled, &mut Batch, &Now) -> M8,
) -> M8 {
    let compiled = Compiled::of(run.instructions);
    b.keep_flows(run.flows);
    compiled.open(plan, b, opening, run.extra, run.ties);
    let mut not_finite = M8::NONE;
    for n in 0..plan.clock.steps {
        let now = Now { step: n as i32, clock: plan.clock, loops: run.loops, seed: run.seed };
        not_finite = not_finite | step(&compiled, b, &now);
    }
    not_finite | compiled.not_finite(plan, b)
}

/// The identities of §11 on every path of the batch.
#[cold]
fn assert_holds(audit: &mut Audit, plan: &Plan, b: &Batch, step: u32) {
    if let Some((path, what)) = audit.broken(plan, b, step) {
        panic!("step {step}, path {}: {what}", b.first_path + path as u64);
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;
    use crate::books::Origin;
    use crate::scenario::Scenario;
    use std::path::Path;

    /// The bits of everything that comes out of the paths `first..end` of a run.
    fn bits(plan: &Plan, width: usize, spans: &[Range<u64>]) -> Vec<Vec<u64>> {
        let mut columns: Vec<Vec<u64>> = Vec::new();
        for span in spans {
            let run = Run { width, first: span.start, end: span.end, courses: 33, ..Run::new(5, 300) };
            let finished = simulate(plan, &run, |block| {
                columns.resize(block.columns.len(), Vec::new());
                for (all, column) in columns.iter_mut().zip(&block.columns) {
                    all.extend(column.iter().map(|value| value.to_bits()));
                }
                ControlFlow::Continue(())
            })
            .expect("every state is finite");
            assert_eq!(finished.paths, span.end - span.start);
            assert_eq!(finished.courses.paths() as u64, finished.paths.min(33));
        }
        columns
    }

    /// Not the width of a part, not the number of threads, not where a shard begins changes a bit of a path.
    #[test]
    fn bits_do_not_depend_on_how_paths_are_split() {
        let case =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases/90_everything_weekly.toml");
        let plan =
            Plan::compile(&Scenario::read(&case, &[]).unwrap_or_else(|f| panic!("{}", f.render(false))));
        let expected = bits(&plan, 64, &[0..300]);
        assert!(expected[plan.uncertain.len()].windows(2).any(|pair| pair[0] != pair[1]), "paths differ");
        for width in [8, 24, 200, 256] {
            assert_eq!(bits(&plan, width, &[0..300]), expected, "width {width}");
        }
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            assert_eq!(pool.install(|| bits(&plan, 64, &[0..300])), expected, "{threads} threads");
        }
        assert_eq!(bits(&plan, 64, &[0..1, 1..129, 129..131, 131..300]), expected, "shards");
    }

    /// Halted in the middle of a chunk, a run has the first of its paths, without a gap and to the bit.
    #[test]
    fn a_run_that_is_halted_has_its_first_paths() {
        let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases/01_market_premium.toml");
        let plan =
            Plan::compile(&Scenario::read(&case, &[]).unwrap_or_else(|f| panic!("{}", f.render(false))));
        let run = Run { courses: 33, ..Run::new(5, 3 * CHUNK) };
        let until = |halt: &Halt| {
            let mut columns: Vec<Vec<u64>> = Vec::new();
            let mut chunks = Vec::new();
            simulate_chunks_until(&plan, &run, halt, |chunk| {
                assert_eq!(chunk.block.first, chunks.iter().sum::<usize>() as u64);
                assert_eq!(chunk.flows.len(), flows::room(&plan) * chunk.block.paths.div_ceil(LANES));
                chunks.push(chunk.block.paths);
                columns.resize(chunk.block.columns.len(), Vec::new());
                for (all, column) in columns.iter_mut().zip(&chunk.block.columns) {
                    all.extend(column.iter().map(|value| value.to_bits()));
                }
                ControlFlow::Continue(())
            })
            .expect("every state is finite");
            (columns, chunks)
        };
        let (whole, chunks) = until(&|_| false);
        assert_eq!(chunks, [CHUNK as usize; 3]);
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            // The clock of the second case says no again afterwards.
            let asked = AtomicU64::new(0);
            let once = |begun: u64| begun > CHUNK + 1000 && asked.fetch_add(1, Ordering::Relaxed) == 0;
            for halt in [&(|begun| begun > CHUNK + 1000) as &Halt, &once, &|_| true] {
                let (cut, chunks) = pool.install(|| until(halt));
                let paths: usize = chunks.iter().sum();
                assert!(paths > 0 && paths.is_multiple_of(WIDTH), "{chunks:?}");
                assert!(
                    chunks[..chunks.len() - 1].iter().all(|paths| *paths == CHUNK as usize),
                    "{chunks:?}"
                );
                assert!(paths < (CHUNK as usize) + 1000 + (threads + 2) * WIDTH, "{threads}: {chunks:?}");
                for (cut, whole) in cut.iter().zip(&whole) {
                    assert_eq!(cut[..], whole[..paths]);
                }
            }
        }
    }

    /// The sums over paths are the same to the bit however the run is split into parts.
    #[test]
    fn flows_and_courses_do_not_depend_on_the_width() {
        let case =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases/90_everything_weekly.toml");
        let plan =
            Plan::compile(&Scenario::read(&case, &[]).unwrap_or_else(|f| panic!("{}", f.render(false))));
        let of = |width: usize| {
            let run = Run { width, courses: 21, ..Run::new(5, 100) };
            let finished = simulate(&plan, &run, |_| ControlFlow::Continue(())).unwrap();
            let flows: Vec<u64> = (0..finished.flows.edges.len())
                .flat_map(|k| [Origin::Revenue, Origin::Savings].map(|origin| finished.flows.mean(k, origin)))
                .flat_map(|(mean, error)| [mean.to_bits(), error.to_bits()])
                .collect();
            let last = finished.courses.times.len() - 1;
            let series = finished.courses.series.len();
            let courses: Vec<Vec<f64>> =
                (0..series).map(|k| finished.courses.columns(k).swap_remove(last)).collect();
            (flows, courses)
        };
        let expected = of(64);
        assert_eq!(expected.1[0].len(), 21);
        assert!(of(8) == expected && of(256) == expected);
    }
}
