//! What a path costs.
use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, simulate};
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use std::ops::ControlFlow;
use std::path::Path;
use std::time::Instant;

fn main() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
    let scenario = Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false)));
    let start = Instant::now();
    let plan = Plan::compile(&scenario);
    println!("compile {:.1} ms, rows {}", start.elapsed().as_secs_f64() * 1e3, plan.layout.rows());
    let paths: u64 = std::env::var("PATHS").ok().and_then(|p| p.parse().ok()).unwrap_or(20_000);
    let names = column_names(&plan);
    for _ in 0..3 {
        let mut run = Run::new(1, paths);
        if let Some(w) = std::env::var("WIDTH").ok().and_then(|p| p.parse().ok()) {
            run.width = w;
        }
        run.courses = std::env::var("COURSES").ok().and_then(|p| p.parse().ok()).unwrap_or(0);
        let mut sums = vec![(0.0f64, 0u64); names.len()];
        let start = Instant::now();
        simulate(&plan, &run, |block| {
            for (sum, column) in sums.iter_mut().zip(&block.columns) {
                for value in column.iter().filter(|v| !v.is_nan()) {
                    sum.0 += value;
                    sum.1 += 1;
                }
            }
            ControlFlow::Continue(())
        });
        let time = start.elapsed().as_secs_f64();
        println!("{:.2} µs a path", time * 1e6 / paths as f64);
        for wanted in [
            "capital.raised",
            "share.traced",
            "share.circular.volume",
            "rounds",
            "unwind",
            "margin_calls",
            "build_shortfall",
            "share.netted",
            "paid",
        ] {
            if let Some(k) = names.iter().position(|n| n == wanted) {
                print!("{wanted} {:.10}  ", sums[k].0 / sums[k].1 as f64);
            }
        }
        println!();
    }
}
