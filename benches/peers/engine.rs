//! The engine alone on one thread, for `benches/peers/run.py`, which starts it in turn with other programs: a scenario and paths in,
//! seconds out, all columns of outcomes worked out and no file written. What `cargo bench --bench step` measures is its stages.

use roundtrip::engine::Run;
use roundtrip::engine::simulate::simulate;
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use std::hint::black_box;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

fn main() {
    let mut words = std::env::args().skip(1).filter(|word| !word.starts_with("--"));
    let (Some(file), Some(paths)) = (words.next(), words.next().and_then(|paths| paths.parse().ok())) else {
        println!("started by benches/peers/run.py: SCENARIO PATHS");
        return;
    };
    let scenario =
        Scenario::read(Path::new(&file), &[]).unwrap_or_else(|findings| panic!("{}", findings.render(false)));
    let plan = Plan::compile(&scenario);
    let mut run = Run::new(1, paths);
    run.courses = 0;
    let one = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("a thread");
    let start = Instant::now();
    one.install(|| {
        simulate(&plan, &run, |block| {
            black_box(&block.columns);
            ControlFlow::Continue(())
        })
        .expect("every state is finite");
    });
    println!("{{\"paths\": {paths}, \"seconds\": {:.6}}}", start.elapsed().as_secs_f64());
}
