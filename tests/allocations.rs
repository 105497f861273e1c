//! What a run allocates: nothing in the steps of a batch, nothing more for a run of many paths than for one of few. One
//! test binary of its own: the counting allocator serves the whole process, so the checks are one test, one after another.

use roundtrip::engine::simulate::{Opening, run_batch, simulate};
use roundtrip::engine::step::Witness;
use roundtrip::engine::{Run, replay};
use roundtrip::plan::Plan;
use roundtrip::plan::parameters::{Sampler, Sampling};
use roundtrip::scenario::Scenario;
use roundtrip::state::{Batch, LANES};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

struct Counting;

thread_local! {
    /// By this thread: the test harness has others.
    static ALLOCATIONS: Cell<usize> = const { Cell::new(0) };
}
static HELD: AtomicUsize = AtomicUsize::new(0);
static MOST_HELD: AtomicUsize = AtomicUsize::new(0);

fn took(bytes: usize) {
    ALLOCATIONS.set(ALLOCATIONS.get() + 1);
    let held = HELD.fetch_add(bytes, Relaxed) + bytes;
    MOST_HELD.fetch_max(held, Relaxed);
}

// SAFETY: hands everything on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        took(layout.size());
        // SAFETY: the caller's promises are the system allocator's.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        took(size);
        HELD.fetch_sub(layout.size(), Relaxed);
        // SAFETY: as above.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

fn plan(case: &str) -> Plan {
    plan_with(case, &[])
}

fn plan_with(case: &str, set: &[(&str, &str)]) -> Plan {
    let set: Vec<(String, String)> =
        set.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases");
    let scenario = Scenario::read(&folder.join(case), &set).unwrap_or_else(|f| panic!("{}", f.render(false)));
    Plan::compile(&scenario)
}

/// What happens on a path now and then, often: deferrals, ramps.
const MORE: &[(&str, &str)] = &[
    ("lab.OpenAI.factor_volatility", "0.5"),
    ("lab.OpenAI.commit.ramp", "0.5"),
    ("compute.OpenAI.Oracle.contracts.0.ramp", "1"),
    ("lab.OpenAI.defer.runway", "1.5"),
    ("lab.OpenAI.defer.deferred", "0.5"),
    ("lab.OpenAI.defer.delay", "1"),
    ("lab.OpenAI.defer.accept", "1"),
    ("lab.OpenAI.defer.gap", "0"),
    ("lab.OpenAI.defer.most", "8"),
];

/// The cases that use everything that the model has at once.
const EVERYTHING: [&str; 3] =
    ["90_everything_weekly.toml", "91_everything_stress.toml", "92_everything_long.toml"];

/// Counts what is allocated from one step to the next, and can be told to allocate itself.
#[derive(Default)]
struct Watchman {
    at_last: Option<usize>,
    in_steps: usize,
    steps: u32,
    spoils: bool,
}

impl Witness for Watchman {
    fn step_done(&mut self, _b: &Batch, _step: u32) {
        if self.spoils {
            black_box(Box::new(0));
        }
        let now = ALLOCATIONS.get();
        // The first step counts from the opening's end; the opening is before it.
        self.in_steps += now - self.at_last.unwrap_or(now);
        self.at_last = Some(now);
        self.steps += 1;
    }
}

/// Allocations in the steps of some batches.
fn in_steps(plan: &Plan, spoils: bool) -> usize {
    let paths = 32 * LANES as u64;
    let run = Run::new(1, paths);
    let sampling = Sampling { seed: run.seed, sampler: Sampler::Plain, paths };
    let mut b = plan.batch();
    let mut parameters = vec![0.0; plan.uncertain.len() * LANES];
    let mut watchman = Watchman { spoils, ..Watchman::default() };
    for first in (0..paths).step_by(LANES) {
        plan.parameters.draw(&sampling, first, LANES, &mut parameters);
        let opening = Opening { first, parameters: &parameters, stride: LANES };
        run_batch(plan, &run, &mut b, &opening, &mut watchman);
    }
    assert_eq!(watchman.steps, 32 * plan.clock.steps);
    watchman.in_steps
}

/// The most bytes held at once while paths are simulated and their blocks dropped.
fn most_held(plan: &Plan, paths: u64) -> usize {
    let mut run = Run::new(1, paths);
    run.courses = 1000;
    let before = HELD.load(Relaxed);
    MOST_HELD.store(before, Relaxed);
    let mut seen = 0;
    let finished = simulate(plan, &run, |block| {
        seen += block.paths as u64;
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    assert_eq!((seen, finished.paths), (paths, paths));
    MOST_HELD.load(Relaxed) - before
}

/// The most memory that the process has had, where the system tells.
fn peak_resident() -> Option<usize> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    Some(line.split_whitespace().nth(1)?.parse::<usize>().ok()? * 1024)
}

#[test]
fn steps_allocate_nothing_and_many_paths_no_more_than_few() {
    for case in EVERYTHING {
        let plan = plan(case);
        assert!(replay::draws(&plan, 1, 0).market.len() == plan.clock.steps as usize);
        assert_eq!(in_steps(&plan, false), 0, "{case}");
        assert!(in_steps(&plan, true) > 0, "shown able to fail");
    }
    for case in EVERYTHING {
        assert_eq!(in_steps(&plan_with(case, MORE), false), 0, "{case} with deferrals");
    }
    // A scenario of one company over a few steps: what a path leaves behind would show.
    let small = plan("01_market_premium.toml");
    let few = most_held(&small, 20_000);
    let many = most_held(&small, 1_000_000);
    // Fifty times the paths; what is held varies with how far the threads run ahead of one another.
    assert!(many < 2 * few, "{few} bytes for 20,000 paths, {many} for 1,000,000");
    if let Some(peak) = peak_resident() {
        assert!(peak < 500 << 20, "{} MB", peak >> 20);
    }
}
