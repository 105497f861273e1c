//! How often the 95% intervals hold the true value, measured: a scenario is run with many seeds, and each run's intervals
//! are held against the estimate from all of them together, which is some fourteen times as sure. The table of
//! docs/methods/errors.md is this program's output.
//!
//! ```text
//! cargo run --release --example coverage                     # configs/oracle.toml, 200 seeds, 2048 paths; 256 for attribute
//! cargo run --release --example coverage -- configs/oracle.toml 200 2048 256
//! ```

use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, simulate};
use roundtrip::estimate::{Accumulator, Keep, NORMAL_95, RatioEstimate, RatioSpec};
use roundtrip::plan::Plan;
use roundtrip::plan::parameters::Sampler;
use roundtrip::scenario::Scenario;
use roundtrip::studies::attribute::attribute;
use roundtrip::studies::simulator::Simulator;
use std::ops::ControlFlow;
use std::path::PathBuf;

/// An estimate of one run, and the weight that it has in the estimate from all: 1 for a mean, the denominator for a ratio.
#[derive(Clone, Copy)]
struct Found {
    estimate: RatioEstimate,
    weight: f64,
}

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().map_or("configs/oracle.toml".into(), PathBuf::from);
    let mut number = |otherwise: u64| {
        arguments.next().map_or(otherwise, |text| text.parse().expect("seeds and paths are whole numbers"))
    };
    let (seeds, paths, few) = (number(200), number(2048), number(256));
    let scenario = Scenario::read(&file, &[]).unwrap_or_else(|findings| panic!("{}", findings.render(false)));
    let plan = Plan::compile(&scenario);
    println!("{}: {seeds} seeds", plan.name);
    println!("{:28} {:>7} {:>6} {:>9} {:>24}", "", "sampler", "paths", "covered", "printed over true error");
    for (name, sampler) in
        [("plain", Sampler::Plain), ("lhs", Sampler::LatinHypercube), ("sobol", Sampler::Sobol)]
    {
        let run = |seed| Run { sampler, ..Run::new(seed, paths) };
        table(name, paths, (1..=seeds).map(|seed| of_run(&plan, &run(seed))).collect());
    }
    table("plain", few, (1..=seeds).map(|seed| of_study(&plan, &Run::new(seed, few))).collect());
    let chance = 100.0 * (0.95 * 0.05 / seeds as f64).sqrt();
    println!("A coverage of {seeds} intervals is itself uncertain by {chance:.1} points.");
}

fn table(sampler: &str, paths: u64, runs: Vec<Vec<(String, Found)>>) {
    for k in 0..runs[0].len() {
        let found: Vec<Found> = runs.iter().map(|run| run[k].1).collect();
        let weights: f64 = found.iter().map(|found| found.weight).sum();
        let all = found.iter().map(|found| found.weight * found.estimate.value).sum::<f64>() / weights;
        let n = found.len() as f64;
        let covered =
            found.iter().filter(|found| (found.estimate.low..=found.estimate.high).contains(&all)).count();
        let printed = (found.iter().map(|found| found.estimate.se.powi(2)).sum::<f64>() / n).sqrt();
        let spread =
            (found.iter().map(|found| (found.estimate.value - all).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
        println!(
            "{:28} {sampler:>7} {paths:6} {:8.1}% {:24.2}",
            runs[0][k].0,
            100.0 * covered as f64 / n,
            printed / spread
        );
    }
}

/// capital.raised and two shares of an ordinary run.
fn of_run(plan: &Plan, run: &Run) -> Vec<(String, Found)> {
    const COLUMNS: [&str; 3] = ["capital.raised", "capital.manufactured", "capital.netted"];
    let names = column_names(plan);
    let picked =
        COLUMNS.map(|name| names.iter().position(|other| other == name).expect("a measure of every run"));
    let ratio = |name: &str, numerator: usize| RatioSpec {
        name: name.into(),
        numerator: vec![numerator],
        denominator: 0,
    };
    let ratios = vec![ratio("share.traced", 1), ratio("share.netted", 2)];
    let replicated = run.sampler.is_replicated();
    let mut accumulator =
        Accumulator::new(COLUMNS.map(String::from).to_vec(), ratios, Keep::Moments).replicated(replicated);
    simulate(plan, &Run { courses: 0, ..*run }, |mut block| {
        block.columns = picked.map(|column| std::mem::take(&mut block.columns[column])).into();
        accumulator.add(&block);
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    let estimates = accumulator.finish();
    let raised = estimates.measure("capital.raised").expect("it was asked for");
    // With 16 replicates the 2.5% point of Student's t with 15 degrees of freedom takes the place of the normal's.
    let errors = if replicated { 2.131_449_545_559_323 } else { NORMAL_95 };
    let mean = RatioEstimate {
        value: raised.mean,
        se: raised.se,
        low: raised.mean - errors * raised.se,
        high: raised.mean + errors * raised.se,
    };
    let share = |name: &str| Found {
        estimate: *estimates.ratio(name).expect("it was asked for"),
        weight: raised.mean,
    };
    vec![
        ("capital.raised".into(), Found { estimate: mean, weight: 1.0 }),
        ("share.traced".into(), share("share.traced")),
        ("share.netted".into(), share("share.netted")),
    ]
}

/// What the study of the loops adds.
fn of_study(plan: &Plan, run: &Run) -> Vec<(String, Found)> {
    let found = attribute(&mut Simulator::engine(), plan, run, |_| ControlFlow::Continue(()))
        .expect("paths were run");
    let share = |estimate| Found { estimate, weight: found.raised.on.mean };
    let mut all = vec![
        ("share.causal".to_string(), share(found.share)),
        ("share.causal.upper".to_string(), share(found.upper)),
    ];
    let value = |estimate| Found { estimate, weight: 1.0 };
    all.extend(found.loops.iter().map(|(name, effect)| (format!("shapley.{name}"), value(effect.value))));
    all.extend(found.interactions.iter().map(|pair| {
        let [one, other] = pair.loops;
        (format!("{one} with {other}"), value(pair.index))
    }));
    all
}
