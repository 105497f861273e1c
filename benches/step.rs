//! What a path costs, stage by stage and end to end, beside the floor: drawing the same normals, uniforms and exponentials
//! and doing nothing with them. Every part's answer is checked before it is timed.
//!
//! The machine's other work slows everything alike, so the floor and the engine take turns and their ratio is what counts.

use roundtrip::engine::Run;
use roundtrip::engine::simulate::{Opening, column_names, run_batch_by_stage, simulate};
use roundtrip::engine::step::{Stage, Witness};
use roundtrip::outcome::measures;
use roundtrip::plan::Plan;
use roundtrip::plan::parameters::{Sampler, Sampling};
use roundtrip::scenario::Scenario;
use roundtrip::state::draw::{Purpose, normals4, uniforms4};
use roundtrip::state::lanes::{F8, LANES};
use roundtrip::state::maths::exp;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

const SEED: u64 = 1;
/// Paths of one turn.
const PATHS: u64 = 128;
/// Turns: the fastest counts.
const TURNS: usize = 400;

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
    let scenario = Scenario::read(&file, &[]).unwrap_or_else(|findings| panic!("{}", findings.render(false)));
    let plan = Plan::compile(&scenario);
    let turns = std::env::var("TURNS").ok().and_then(|turns| turns.parse().ok()).unwrap_or(TURNS);
    let steps = f64::from(plan.clock.steps);
    println!("{}: {} steps, {} uncertain numbers", plan.name, plan.clock.steps, plan.uncertain.len());
    let in_turns = end_to_end(&plan, turns);
    stages(&plan, turns);
    let [floor, one, two] = in_turns;
    println!("\n{:28} {:>9} {:>12}", "", "µs a path", "paths a s");
    for (name, time) in [("floor, 1 thread", floor), ("engine, 1 thread", one), ("engine, 2 threads", two)] {
        println!("{name:28} {:9.2} {:12.0}", time * 1e6, 1.0 / time);
    }
    println!("engine over floor            {:9.2}", one / floor);
    println!("floor                        {:9.1} ns a path-step", floor * 1e9 / steps);
}

/// The fastest turns of the floor, of the engine on one thread and on two, in seconds a path.
fn end_to_end(plan: &Plan, turns: usize) -> [f64; 3] {
    let pools =
        [1, 2].map(|threads| rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads"));
    let [one, two] = pools.each_ref().map(|pool| pool.install(|| columns(plan)));
    assert!(one.iter().zip(&two).all(|(a, b)| a.to_bits() == b.to_bits()), "threads changed a result");
    let raised = column_names(plan).iter().position(|name| name == "capital.raised").expect("a measure");
    let mean = one[raised * PATHS as usize..][..PATHS as usize].iter().sum::<f64>() / PATHS as f64;
    assert!((150.0..300.0).contains(&mean), "capital raised of {mean}");
    let normals = (f64::from(plan.clock.steps) * PATHS as f64 * 4.0 * blocks(plan) as f64).sqrt();
    assert!((floor(plan) * normals).abs() < 5.0, "the floor's normals have a mean");
    let mut best = [f64::INFINITY; 3];
    for _ in 0..turns {
        let mut take = |k: usize, work: &mut dyn FnMut()| {
            let start = Instant::now();
            work();
            best[k] = best[k].min(start.elapsed().as_secs_f64() / PATHS as f64);
        };
        take(0, &mut || {
            black_box(floor(plan));
        });
        for (k, pool) in pools.iter().enumerate() {
            take(1 + k, &mut || pool.install(|| run(plan, |_| ())));
        }
    }
    best
}

fn run(plan: &Plan, mut take: impl FnMut(&[Vec<f64>]) + Send) {
    let mut run = Run::new(SEED, PATHS);
    run.courses = 0;
    simulate(plan, &run, |block| {
        take(&block.columns);
        ControlFlow::Continue(())
    });
}

fn columns(plan: &Plan) -> Vec<f64> {
    let mut all = Vec::new();
    run(plan, |columns| all = columns.concat());
    all
}

/// Blocks of four normals that a step draws: market, sector, companies, labs.
fn blocks(plan: &Plan) -> usize {
    (2 + plan.actors.companies.len() + plan.actors.labs.len()).div_ceil(4)
}

/// Draws what the paths draw and takes the exponentials that the market takes: two for each company, one for each lab.
/// Returns the mean of the normals.
fn floor(plan: &Plan) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
        {
            #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
            fn avx512(plan: &Plan) -> f64 {
                all_draws(plan)
            }
            // SAFETY: the features were detected.
            return unsafe { avx512(plan) };
        }
        if is_x86_feature_detected!("avx2") {
            #[target_feature(enable = "avx2")]
            fn avx2(plan: &Plan) -> f64 {
                all_draws(plan)
            }
            // SAFETY: the feature was detected.
            return unsafe { avx2(plan) };
        }
    }
    all_draws(plan)
}

#[inline(always)]
fn all_draws(plan: &Plan) -> f64 {
    let (companies, labs) = (plan.actors.companies.len(), plan.actors.labs.len());
    let blocks = blocks(plan);
    let (mut sum, mut exps, mut uniforms) = (F8::ZERO, F8::ZERO, F8::ZERO);
    for first in (0..PATHS).step_by(LANES) {
        for step in 0..plan.clock.steps {
            let mut normals = [F8::ZERO; 64];
            for block in 0..blocks {
                let four = normals4(SEED, first, step, Purpose::shocks(block as u32));
                normals[4 * block..][..4].copy_from_slice(&four);
            }
            for normal in &normals[..4 * blocks] {
                sum += *normal;
            }
            if step.is_multiple_of(4) {
                for uniform in uniforms4(SEED, first, step / 4, Purpose::SENTIMENT) {
                    uniforms += uniform;
                }
            }
            for normal in &normals[2..2 + companies + labs] {
                exps += exp(*normal);
            }
            for normal in &normals[2..2 + companies] {
                exps += exp(*normal * 0.5);
            }
        }
    }
    black_box((exps, uniforms));
    let count = (PATHS as usize * plan.clock.steps as usize * 4 * blocks) as f64;
    sum.0.iter().sum::<f64>() / count
}

const STAGES: [Stage; 14] = [
    Stage::Rates,
    Stage::Market,
    Stage::Sentiment,
    Stage::Announcements,
    Stage::OutsideMoney,
    Stage::Bills,
    Stage::Suppliers,
    Stage::Reciprocal,
    Stage::Warrants,
    Stage::Default,
    Stage::Collateral,
    Stage::Tranches,
    Stage::Rounds,
    Stage::Record,
];

/// Time by stage, in ticks of the processor's counter.
struct Stopwatch {
    last: u64,
    spent: [u64; STAGES.len()],
    reads: u64,
}

#[inline(always)]
fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: every x86-64 processor has the counter.
    unsafe {
        std::arch::x86_64::_rdtsc()
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
        START.get_or_init(Instant::now).elapsed().as_nanos() as u64
    }
}

impl Witness for Stopwatch {
    #[inline(always)]
    fn stage_done(&mut self, _b: &roundtrip::state::Batch, stage: Stage) {
        let now = ticks();
        self.spent[stage as usize] += now - self.last;
        self.last = now;
        self.reads += 1;
    }
}

/// Each stage of a step, and what comes before and after the steps; the fastest of all turns, each for itself.
fn stages(plan: &Plan, turns: usize) {
    let run = Run::new(SEED, PATHS);
    let sampling = Sampling { seed: SEED, sampler: Sampler::Plain, paths: PATHS };
    let width = 64;
    let measures = measures(plan);
    let expected = columns(plan);
    let mut b = plan.batch();
    let mut parameters = vec![0.0; plan.uncertain.len() * width];
    let mut best = [f64::INFINITY; STAGES.len()];
    let (mut best_draw, mut best_open, mut best_measures) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
    // What reading the counter costs (in an undisturbed thousand of reads), and how many ticks a nanosecond has.
    let (start, from) = (Instant::now(), ticks());
    let mut read = f64::INFINITY;
    for _ in 0..1000 {
        let before = ticks();
        for _ in 0..1000 {
            black_box(ticks());
        }
        read = read.min((ticks() - before) as f64 / 1000.0);
    }
    while start.elapsed().as_millis() < 50 {}
    let per_ns = (ticks() - from) as f64 / start.elapsed().as_nanos() as f64;
    for turn in 0..turns {
        let mut watch = Stopwatch { last: 0, spent: [0; STAGES.len()], reads: 0 };
        let (mut drawing, mut opening, mut measuring) = (0, 0, 0);
        for first in (0..PATHS).step_by(width) {
            let start = ticks();
            plan.parameters.draw(&sampling, first, width, &mut parameters);
            drawing += ticks() - start;
            for k in (0..width).step_by(LANES) {
                let from = Opening { first: first + k as u64, parameters: &parameters[k..], stride: width };
                let start = ticks();
                plan.open(&mut b, from.first, from.parameters, from.stride, 0.0);
                opening += ticks() - start;
                watch.last = ticks();
                // Opens once more; that falls into the first stage and is taken off it below.
                run_batch_by_stage(plan, &run, &mut b, &from, &mut watch);
                let start = ticks();
                for (m, measure) in measures.iter().enumerate() {
                    let values = black_box((measure.read)(&b));
                    if turn == 0 {
                        let at = (plan.uncertain.len() + m) * PATHS as usize + first as usize + k;
                        let same =
                            values.0.iter().zip(&expected[at..]).all(|(a, b)| a.to_bits() == b.to_bits());
                        assert!(same, "{} is not the run's", measure.name);
                    }
                }
                measuring += ticks() - start;
            }
        }
        let per_path = |ticks: u64| ticks as f64 / per_ns / PATHS as f64;
        let steps = f64::from(plan.clock.steps);
        watch.spent[0] -= opening.min(watch.spent[0]);
        for (best, spent) in best.iter_mut().zip(watch.spent) {
            *best = best.min((per_path(spent) / steps - read / per_ns / LANES as f64).max(0.0));
        }
        best_draw = best_draw.min(per_path(drawing));
        best_open = best_open.min(per_path(opening));
        best_measures = best_measures.min(per_path(measuring));
    }
    println!("\n{:28} {:>9}", "stage", "ns a path-step");
    for (stage, time) in STAGES.iter().zip(best) {
        println!("{:28} {time:9.2}", format!("{stage:?}"));
    }
    println!("{:28} {:9.2}", "all", best.iter().sum::<f64>());
    println!("\n{:28} {:>9}", "", "ns a path");
    for (name, time) in
        [("uncertain numbers", best_draw), ("opening", best_open), ("measures", best_measures)]
    {
        println!("{name:28} {time:9.0}");
    }
}
