//! What a path costs, stage by stage and end to end, beside the floor: drawing the same normals and uniforms, taking the
//! same exponentials and logarithms, and doing nothing with them. Every part's answer is checked before it is timed.
//!
//! The machine's other work slows everything alike, so the floor and the engine take turns and their ratio is what counts.

use roundtrip::engine::Run;
use roundtrip::engine::simulate::{Opening, column_names, run_batch, run_batch_by_stage, simulate};
use roundtrip::engine::step::{Compiled, Instructions, Stage, Witness};
use roundtrip::outcome::measures;
use roundtrip::plan::Plan;
use roundtrip::plan::parameters::{Sampler, Sampling};
use roundtrip::scenario::Scenario;
use roundtrip::state::draw::{Addresses, Purpose, first_normals, normals4, uniforms4};
use roundtrip::state::lanes::{F8, LANES};
use roundtrip::state::maths::{exp, ln, pow};
use roundtrip::state::{Batch, Loops, Row};
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
    if cfg!(feature = "stage-times") {
        stages(&plan, turns);
    } else {
        println!("\nstages: only with `--features stage-times`, which compiles each apart for this machine");
    }
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
    assert!((400.0..560.0).contains(&mean), "capital raised of {mean}");
    let normals = (f64::from(plan.clock.steps) * PATHS as f64 * 4.0 * blocks(plan) as f64).sqrt();
    let news = news(plan);
    let announced: u32 = news.iter().map(|eights| u32::from(*eights)).sum();
    assert!(announced > 0, "no path has news");
    println!(
        "news of {:.2} eights of a company and a path in a step",
        f64::from(announced) / news.len() as f64
    );
    assert!((floor(plan, &news) * normals).abs() < 5.0, "the floor's normals have a mean");
    let mut best = [f64::INFINITY; 3];
    for _ in 0..turns {
        let mut take = |k: usize, work: &mut dyn FnMut()| {
            let start = Instant::now();
            work();
            best[k] = best[k].min(start.elapsed().as_secs_f64() / PATHS as f64);
        };
        take(0, &mut || {
            black_box(floor(plan, &news));
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
    })
    .expect("every state is finite");
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

/// By batch and step: groups of eight, each a company and a path, for which the effect of news is worked out.
fn news(plan: &Plan) -> Vec<u8> {
    struct Moved<'a> {
        values: Vec<Row>,
        before: Vec<F8>,
        eights: &'a mut Vec<u8>,
    }
    impl Witness for Moved<'_> {
        fn stage_done(&mut self, b: &Batch, stage: Stage) {
            if stage == Stage::Sentiment {
                self.before = self.values.iter().map(|row| b.get(*row)).collect();
            }
            if stage == Stage::Announcements {
                let now = self.values.iter().flat_map(|row| b.get(*row).0);
                let moved = self.before.iter().flat_map(|row| row.0).zip(now).filter(|(was, is)| was != is);
                self.eights.push(moved.count().div_ceil(LANES) as u8);
            }
        }
    }
    let run = Run::new(SEED, PATHS);
    let sampling = Sampling { seed: SEED, sampler: Sampler::Plain, paths: PATHS };
    let mut parameters = vec![0.0; plan.uncertain.len() * LANES];
    let mut eights = Vec::new();
    for first in (0..PATHS).step_by(LANES) {
        plan.parameters.draw(&sampling, first, LANES, &mut parameters);
        let values = plan.actors.companies.iter().map(|company| company.value).collect();
        let mut moved = Moved { values, before: Vec::new(), eights: &mut eights };
        let opening = Opening { first, parameters: &parameters, stride: LANES };
        run_batch_by_stage(plan, &run, &mut plan.batch(), &opening, &mut moved);
    }
    eights
}

/// Draws what the paths draw, and takes the exponentials and logarithms that they take: every step two exponentials for
/// each company and one for each lab, and for each eight that has news three, and two logarithms. Returns the mean of
/// the steps' normals.
fn floor(plan: &Plan, news: &[u8]) -> f64 {
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
        {
            #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
            fn avx512(plan: &Plan, news: &[u8]) -> f64 {
                all_draws(plan, news)
            }
            // SAFETY: the features were detected.
            return unsafe { avx512(plan, news) };
        }
        if is_x86_feature_detected!("avx2") {
            #[target_feature(enable = "avx2")]
            fn avx2(plan: &Plan, news: &[u8]) -> f64 {
                all_draws(plan, news)
            }
            // SAFETY: the feature was detected.
            return unsafe { avx2(plan, news) };
        }
    }
    all_draws(plan, news)
}

#[inline(always)]
fn all_draws(plan: &Plan, news: &[u8]) -> f64 {
    let (companies, labs) = (plan.actors.companies.len(), plan.actors.labs.len());
    let blocks = blocks(plan);
    let (mut sum, mut exps, mut uniforms) = (F8::ZERO, F8::ZERO, F8::ZERO);
    // A seed that the compiler does not know, as in a run.
    let seed = black_box(SEED);
    let mut normals = vec![F8::ZERO; 4 * blocks];
    let mut news = news.iter();
    for first in (0..PATHS).step_by(LANES) {
        for step in 0..plan.clock.steps {
            for (block, four) in normals.as_chunks_mut::<4>().0.iter_mut().enumerate() {
                *four = normals4(seed, first, step, Purpose::shocks(block as u32));
            }
            if step.is_multiple_of(4) {
                for uniform in uniforms4(seed, first, step / 4, Purpose::SENTIMENT) {
                    uniforms += uniform;
                }
            }
            let own = &normals[2..2 + companies + labs];
            for normal in own {
                exps += exp(*normal);
            }
            for normal in &own[..companies] {
                exps += exp(*normal * 0.5);
            }
            for normal in &normals {
                sum += *normal;
            }
            for eight in 0..news.next().copied().unwrap_or_default() {
                let purposes = [Purpose::announcement(u32::from(eight)); LANES];
                let addresses = Addresses { paths: std::array::from_fn(|k| first + k as u64), purposes };
                let normal = first_normals(seed, step, &addresses);
                exps += exp(normal) * pow(own[0] * own[0], normal) + exp(normal + ln(own[1] * own[1]));
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
}

/// Looks at nothing.
struct Nobody;

impl Witness for Nobody {}

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
    fn stage_done(&mut self, _b: &Batch, stage: Stage) {
        let now = ticks();
        self.spent[stage as usize] += now - self.last;
        self.last = now;
    }
}

/// Each stage of a step, and what comes before and after the steps; the fastest of all turns, each for itself. What the
/// stopwatch costs, by which the stages together are slower than steps that nobody times, is taken off them in equal parts.
fn stages(plan: &Plan, turns: usize) {
    let run = Run::new(SEED, PATHS);
    let sampling = Sampling { seed: SEED, sampler: Sampler::Plain, paths: PATHS };
    let width = 64;
    let measures = measures(plan);
    let expected = columns(plan);
    let mut b = plan.batch();
    let compiled = Compiled::of(Instructions::Widest);
    let mut parameters = vec![0.0; plan.uncertain.len() * width];
    let mut best = [f64::INFINITY; STAGES.len()];
    let (mut best_draw, mut best_open, mut best_measures) = (f64::INFINITY, f64::INFINITY, f64::INFINITY);
    let mut best_untimed = f64::INFINITY;
    // How many ticks a nanosecond has.
    let (start, from) = (Instant::now(), ticks());
    while start.elapsed().as_millis() < 50 {}
    let per_ns = (ticks() - from) as f64 / start.elapsed().as_nanos() as f64;
    for turn in 0..turns {
        let mut watch = Stopwatch { last: 0, spent: [0; STAGES.len()] };
        let (mut drawing, mut opening, mut untimed, mut measuring) = (0, 0, 0, 0);
        for first in (0..PATHS).step_by(width) {
            let start = ticks();
            plan.parameters.draw(&sampling, first, width, &mut parameters);
            drawing += ticks() - start;
            for k in (0..width).step_by(LANES) {
                let from = Opening { first: first + k as u64, parameters: &parameters[k..], stride: width };
                let start = ticks();
                compiled.open(plan, &mut b, &from, 0.0, Loops::ALL_OFF);
                opening += ticks() - start;
                let start = ticks();
                run_batch(plan, &run, &mut b, &from, &mut Nobody);
                untimed += ticks() - start;
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
        for (best, spent) in best.iter_mut().zip(watch.spent) {
            *best = best.min(per_path(spent) / steps);
        }
        best_untimed = best_untimed.min(per_path(untimed) / steps);
        best_draw = best_draw.min(per_path(drawing));
        best_open = best_open.min(per_path(opening));
        best_measures = best_measures.min(per_path(measuring));
    }
    // The opening falls into the first stage. Taken off the least of many turns: in one turn the opening before may have been
    // interrupted and be longer than both.
    let steps = f64::from(plan.clock.steps);
    best[0] -= best_open / steps;
    best_untimed -= best_open / steps;
    let stopwatch = ((best.iter().sum::<f64>() - best_untimed) / STAGES.len() as f64).max(0.0);
    println!("\n{:28} {:>9}", "stage", "ns a path-step");
    for (stage, time) in STAGES.iter().zip(best) {
        println!("{:28} {:9.1}", format!("{stage:?}"), (time - stopwatch).max(0.0));
    }
    println!("{:28} {best_untimed:9.1}", "all, untimed");
    println!("\n{:28} {:>9}", "", "ns a path");
    for (name, time) in
        [("uncertain numbers", best_draw), ("opening", best_open), ("measures", best_measures)]
    {
        println!("{name:28} {time:9.0}");
    }
}
