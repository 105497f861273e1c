//! Runs paths: each batch from its opening to its last step, then its measures into columns. Batches are simulated
//! in parallel and handed on in path order, while the next are simulated.

use super::courses::Courses;
use super::flows::{Flows, GroupFlows};
use super::step::step;
use crate::actors::Now;
use crate::estimate::Block;
use crate::outcome::{Measure, measures};
use crate::plan::Plan;
use crate::plan::parameters::{Sampler, Sampling};
use crate::state::{Batch, LANES, Loops};
use rayon::prelude::*;
use std::ops::ControlFlow;
use std::sync::Mutex;

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
    /// Paths in a batch; rounded up to whole lanes.
    pub width: usize,
    /// The extra dollar of §9, USD bn.
    pub extra: f64,
    /// Paths whose course over time is kept.
    pub courses: u64,
    /// Check the identities of §11 after every step; a broken one is a panic that says which.
    pub audit: bool,
    /// Which vector instructions to use; for tests that all give the same bits.
    #[doc(hidden)]
    pub instructions: Instructions,
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

/// Width at which a batch of an ordinary scenario stays in a core's second-level cache.
pub const WIDTH: usize = 64;

/// Paths handed on at a time: the spacing of the stopping rule's checkpoints.
const CHUNK: u64 = 1024;

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
            width: WIDTH,
            extra: 0.0,
            courses: COURSES,
            audit: false,
            instructions: Instructions::Widest,
        }
    }
}

/// Everything that does not go through the columns.
pub struct Finished {
    pub paths: u64,
    pub flows: Flows,
    pub courses: Courses,
}

/// One batch's results.
struct Part {
    columns: Vec<Vec<f64>>,
    flows: Vec<GroupFlows>,
    courses: Vec<f32>,
}

/// Names of the columns of a block: the uncertain numbers by address, then the measures.
pub fn column_names(plan: &Plan) -> Vec<String> {
    let measures = measures(plan);
    plan.uncertain.iter().cloned().chain(measures.into_iter().map(|m| m.name)).collect()
}

/// Simulates the run's paths and hands blocks of finished ones to `take`, in path order, until it breaks.
pub fn simulate(plan: &Plan, run: &Run, mut take: impl FnMut(Block) -> ControlFlow<()> + Send) -> Finished {
    let measures = measures(plan);
    let width = run.width.div_ceil(LANES).max(1) * LANES;
    let per_batch = width as u64;
    let chunk = CHUNK.div_ceil(per_batch) * per_batch;
    let mut flows = Flows::new(plan);
    let mut courses = Courses::new(plan, run.courses.min(run.end.saturating_sub(run.first)));
    let pool: Mutex<Vec<Batch>> = Mutex::new(Vec::new());
    let simulate_chunk = |from: u64| -> Vec<Part> {
        let until = (from + chunk).min(run.end);
        let batches = (until - from).div_ceil(per_batch);
        (0..batches)
            .into_par_iter()
            .map(|k| {
                let first = from + k * per_batch;
                let count = per_batch.min(until - first) as usize;
                let spare = pool.lock().unwrap_or_else(|e| e.into_inner()).pop();
                let mut batch = spare.unwrap_or_else(|| Batch::open(&plan.layout, width));
                let part = run_batch(plan, run, &measures, &mut batch, first, count);
                pool.lock().unwrap_or_else(|e| e.into_inner()).push(batch);
                part
            })
            .collect()
    };
    let mut from = run.first;
    let mut done = run.first;
    let mut ready = if from < run.end { simulate_chunk(from) } else { Vec::new() };
    while from < run.end {
        let next = (from + chunk).min(run.end);
        let first = from;
        let parts = std::mem::take(&mut ready);
        let absorb = || {
            let mut block = Block { first, paths: 0, columns: Vec::new() };
            for part in parts {
                let count = part.columns.first().map_or(0, Vec::len);
                if block.columns.is_empty() {
                    block.columns = part.columns;
                } else {
                    for (all, more) in block.columns.iter_mut().zip(part.columns) {
                        all.extend_from_slice(&more);
                    }
                }
                flows.absorb(&part.flows);
                courses.absorb(&part.courses);
                block.paths += count;
            }
            take(block)
        };
        let (flow, more) =
            rayon::join(absorb, || if next < run.end { simulate_chunk(next) } else { Vec::new() });
        done = next;
        ready = more;
        from = next;
        if flow.is_break() {
            break;
        }
    }
    Finished { paths: done - run.first, flows, courses }
}

fn run_batch(plan: &Plan, run: &Run, measures: &[Measure], b: &mut Batch, first: u64, count: usize) -> Part {
    let width = b.width();
    let uncertain = plan.parameters.uncertain().len();
    let mut parameters = vec![0.0; uncertain * width];
    let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths };
    plan.parameters.draw(&sampling, first, width, &mut parameters);
    plan.open(b, first, &parameters, run.extra);
    let followed = run.courses.saturating_sub(first - run.first).min(count as u64) as usize;
    let mut courses = Courses::room(plan, followed);
    run_steps(plan, run, b, followed, &mut courses);
    let mut columns: Vec<Vec<f64>> = Vec::with_capacity(uncertain + measures.len());
    for k in 0..uncertain {
        columns.push(parameters[k * width..k * width + count].to_vec());
    }
    for measure in measures {
        let mut column = Vec::with_capacity(count);
        for group in 0..count.div_ceil(LANES) {
            let values = (measure.read)(b, group);
            column.extend_from_slice(&values.0[..LANES.min(count - group * LANES)]);
        }
        columns.push(column);
    }
    let flows = (0..count.div_ceil(LANES))
        .map(|g| GroupFlows::read(plan, b, g, LANES.min(count - g * LANES)))
        .collect();
    Part { columns, flows, courses }
}

/// Instruction sets beyond the machine's least that the engine makes use of.
pub fn instruction_sets() -> &'static [&'static str] {
    #[cfg(target_arch = "x86_64")]
    {
        if std::arch::is_x86_feature_detected!("avx512f") && std::arch::is_x86_feature_detected!("avx512dq") {
            return &["avx2", "avx512f", "avx512dq", "avx512vl", "avx512bw"];
        }
        if std::arch::is_x86_feature_detected!("avx2") {
            return &["avx2"];
        }
    }
    &[]
}

/// All steps, compiled for the widest lanes that the machine has. No instruction set contracts to fused
/// multiply-adds, so the bits are the same.
fn run_steps(plan: &Plan, run: &Run, b: &mut Batch, followed: usize, courses: &mut [f32]) {
    #[cfg(target_arch = "x86_64")]
    {
        if run.instructions == Instructions::Widest
            && std::arch::is_x86_feature_detected!("avx512f")
            && std::arch::is_x86_feature_detected!("avx512dq")
            && std::arch::is_x86_feature_detected!("avx512vl")
            && std::arch::is_x86_feature_detected!("avx512bw")
        {
            // SAFETY: the features were detected.
            return unsafe { steps_avx512(plan, run, b, followed, courses) };
        }
        if run.instructions != Instructions::Baseline && std::arch::is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was detected.
            return unsafe { steps_avx2(plan, run, b, followed, courses) };
        }
    }
    all_steps(plan, run, b, followed, courses);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
fn steps_avx512(plan: &Plan, run: &Run, b: &mut Batch, followed: usize, courses: &mut [f32]) {
    all_steps(plan, run, b, followed, courses);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
fn steps_avx2(plan: &Plan, run: &Run, b: &mut Batch, followed: usize, courses: &mut [f32]) {
    all_steps(plan, run, b, followed, courses);
}

#[inline(always)]
fn all_steps(plan: &Plan, run: &Run, b: &mut Batch, followed: usize, courses: &mut [f32]) {
    for n in 0..plan.clock.steps {
        let now = Now { step: n as i32, clock: plan.clock, loops: run.loops, seed: run.seed };
        step(plan, b, &now);
        if followed > 0 {
            Courses::note(plan, b, n, followed, courses);
        }
        if run.audit {
            audit(plan, b, n);
        }
    }
}

/// The identities of §11 on every path of the batch.
#[cold]
fn audit(plan: &Plan, b: &Batch, step: u32) {
    if let Some((path, what)) = super::audit::broken(plan, b, step) {
        panic!("step {step}, path {}: {what}", b.first_path + path as u64);
    }
}
