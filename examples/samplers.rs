//! How many paths each sampler needs for the same error, measured: a scenario is run with many seeds, the estimates of
//! the seeds spread as their true error, and the error that a run prints is compared with it. The table of
//! docs/methods/sampling.md is this program's output.
//!
//! ```text
//! cargo run --release --example samplers                                 # configs/oracle.toml, 64 seeds of 4096 paths
//! cargo run --release --example samplers -- configs/softbank.toml 32 2048
//! ```

use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, simulate};
use roundtrip::estimate::moments::Moments;
use roundtrip::estimate::{Accumulator, Keep, RatioSpec};
use roundtrip::plan::Plan;
use roundtrip::plan::parameters::Sampler;
use roundtrip::scenario::Scenario;
use std::ops::ControlFlow;
use std::path::PathBuf;

const MEASURES: [&str; 2] = ["capital.raised", "share.traced"];

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().map_or("configs/oracle.toml".into(), PathBuf::from);
    let mut number = |otherwise: u64| {
        arguments.next().map_or(otherwise, |text| text.parse().expect("seeds and paths are whole numbers"))
    };
    let (seeds, paths) = (number(64), number(4096));
    let scenario = Scenario::read(&file, &[]).unwrap_or_else(|findings| panic!("{}", findings.render(false)));
    let plan = Plan::compile(&scenario);
    println!("{}: {seeds} seeds of {paths} paths; {} uncertain numbers", plan.name, plan.uncertain.len());
    println!("{:16} {:6} {:>12} {:>14} {:>20}", "", "", "true error", "printed error", "paths for plain's");
    let mut plain = [f64::NAN; MEASURES.len()];
    for (name, sampler) in
        [("plain", Sampler::Plain), ("lhs", Sampler::LatinHypercube), ("sobol", Sampler::Sobol)]
    {
        let runs: Vec<[(f64, f64); MEASURES.len()]> =
            (1..=seeds).map(|seed| estimates(&plan, &Run { sampler, ..Run::new(seed, paths) })).collect();
        for (k, measure) in MEASURES.into_iter().enumerate() {
            let values: Vec<f64> = runs.iter().map(|run| run[k].0).collect();
            let printed = (runs.iter().map(|run| run[k].1.powi(2)).sum::<f64>() / seeds as f64).sqrt();
            let error = Moments::of_all(&values).sd();
            if sampler == Sampler::Plain {
                plain[k] = error;
            }
            let share = (error / plain[k]).powi(2);
            println!("{measure:16} {name:6} {error:12.3e} {printed:14.3e} {:19.0}%", 100.0 * share);
        }
    }
    println!("The last column is a ratio of variances of {seeds} seeds each: good to a quarter of itself.");
}

/// The measures of a run with the errors that it would print.
fn estimates(plan: &Plan, run: &Run) -> [(f64, f64); MEASURES.len()] {
    let names = column_names(plan);
    let column = |name: &str| names.iter().position(|other| other == name).expect("a measure of every run");
    let picked = ["capital.raised", "capital.manufactured"].map(column);
    let ratio = RatioSpec { name: "share.traced".into(), numerator: vec![1], denominator: 0 };
    let named = ["capital.raised", "capital.manufactured"].map(String::from).to_vec();
    let mut accumulator =
        Accumulator::new(named, vec![ratio], Keep::Moments).replicated(run.sampler.is_replicated());
    simulate(plan, &Run { courses: 0, ..*run }, |mut block| {
        block.columns = picked.map(|column| std::mem::take(&mut block.columns[column])).into();
        accumulator.add(&block);
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    MEASURES.map(|name| accumulator.current(name).expect("both were asked for"))
}
