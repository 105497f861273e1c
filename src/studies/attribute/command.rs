//! `roundtrip attribute`: the causal lens in full: loops off one by one and together, Shapley values, loop gain.

use super::{Attributed, attribute, multiplier, runs, sharing};
use crate::console::options::{Output, Sampling, interrupted, parse_duration, parse_paths};
use crate::console::progress::Progress;
use crate::console::{Ending, say};
use crate::deals::loop_name;
use crate::engine::Unfinished;
use crate::estimate::replicates::ROUND;
use crate::files::journal::Header;
use crate::studies::driver::Study;
use crate::studies::simulator::Pieces;
use crate::words::numbers::{changed, count};
use clap::Args;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::Duration;

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths of each set of loops; 1e6 is accepted [default: as many as 600000 in all allow, 4000 to 20000]")),
    after_help = "Examples:\n  roundtrip attribute configs/oracle.toml\n  roundtrip attribute configs/oracle.toml --paths 1e5 --budget 5m\n  roundtrip attribute configs/oracle.toml --off suspicion --format json"
)]
pub struct AttributeArgs {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    #[command(flatten)]
    pub sampling: Sampling,
    /// Paths for the multiplier, of two runs each; 0 leaves it out [default: 100000]
    #[arg(long, value_parser = parse_some, allow_negative_numbers = true)]
    pub multiplier_paths: Option<u64>,
    /// Stop after that much time: 30s, 5m, 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "shard")]
    pub budget: Option<Duration>,
    #[command(flatten)]
    pub pieces: Pieces,
    #[command(flatten)]
    pub output: Output,
}

fn parse_some(text: &str) -> Result<u64, String> {
    if text == "0" { Ok(0) } else { parse_paths(text) }
}

/// Without --paths: so many runs of a path in all, within these bounds.
const RUNS: u64 = 600_000;
const PATHS: (u64, u64) = (4_000, 20_000);
const MULTIPLIER_PATHS: u64 = 100_000;
/// Where every path is the same, one batch shows it.
const PATHS_WITHOUT_CHANCE: u64 = 8;

/// Of paths that are simulated, or that shards hold.
pub fn run(args: &AttributeArgs, shards: &[(PathBuf, Header)]) -> Ending {
    let study = Study::read("attribute", &args.scenario, &args.sampling, &args.output)?;
    let (scenario, plan) = (&study.scenario, &study.plan);
    let pieces = args.pieces.unless(args.budget.is_some());
    let mut simulator =
        study.begin::<AttributeArgs>(&pieces, shards, std::slice::from_ref(&args.scenario), &[])?;
    let settings = args.sampling.run(0);
    let runs = runs(plan, settings.loops) as u64;
    let usual = if plan.is_random { (RUNS / runs).clamp(PATHS.0, PATHS.1) } else { PATHS_WITHOUT_CHANCE };
    // Replicates of equal size, where the sampler has any.
    let whole = |paths: u64| {
        if settings.sampler.is_replicated() { paths.next_multiple_of(ROUND) } else { paths }
    };
    let most = whole(args.sampling.paths.unwrap_or(usual));
    if !args.output.quiet {
        let names: Vec<_> = sharing(plan, settings.loops).iter().map(|which| loop_name(*which)).collect();
        say(&format!(
            "{}: {} runs of {} paths; loops: {}",
            scenario.name,
            count(runs),
            count(most),
            if names.is_empty() { "none is active".into() } else { names.join(", ") }
        ));
    }
    // What the multiplier may take of the time that is left.
    let over = |part: f64| {
        interrupted() || args.budget.is_some_and(|budget| study.began().elapsed() >= budget.mul_f64(part))
    };
    let mut progress = study.progress(most);
    let go_on = |over: bool| if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let wants_multiplier = plan.is_random && args.multiplier_paths != Some(0);
    let found = attribute(&mut simulator, plan, &args.sampling.run(most), |paths| {
        progress.at(paths, || format!("{} runs each", count(runs)));
        go_on(over(if wants_multiplier { 0.75 } else { 1.0 }))
    });
    progress.done();
    let attribution = found.map_err(|why| study.left(&mut simulator, "an attribution", why))?;
    let paths = args.multiplier_paths.or(args.sampling.paths.map(|paths| paths.max(MULTIPLIER_PATHS)));
    let paths = whole(paths.unwrap_or(MULTIPLIER_PATHS));
    let multiplier = if !plan.is_random {
        Err("refused, since without randomness capital jumps with a dollar instead of rising with it")
    } else if !wants_multiplier {
        Err("not asked for")
    } else if interrupted() {
        Err("not reached")
    } else {
        let mut progress = Progress::new(paths, args.output.quiet, "Multiplier");
        let found = multiplier(&mut simulator, plan, &args.sampling.run(paths), |done| {
            progress.at(done, || "2 runs each".into());
            go_on(over(1.0))
        });
        progress.done();
        match found {
            Ok(multiplier) => Ok(multiplier),
            Err(Unfinished::Stopped) => Err("not reached"),
            Err(why) => return Err(study.left(&mut simulator, "an attribution", why)),
        }
    };
    study.leave_with_shard(&mut simulator)?;
    let complete = !interrupted();
    let attributed = Attributed {
        scenario: scenario.name.clone(),
        called: changed(&scenario.name, &scenario.set, &args.sampling.off),
        labs: plan.actors.labs.iter().map(|lab| lab.name.clone()).collect(),
        attribution,
        multiplier,
    };
    study.end_after(&attributed, complete, simulator)
}
