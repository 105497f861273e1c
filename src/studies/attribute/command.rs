//! `roundtrip attribute`: the causal lens in full: loops off one by one and together, Shapley values, loop gain.

use crate::console::options::{
    Format, Output, Sampling, circumstances, interrupted, listen_for_interrupt, parse_duration, parse_paths,
};
use crate::console::progress::Progress;
use crate::console::{BAD_INPUT, FAILED, print, read_all, say};
use crate::estimate::replicates::ROUND;
use crate::files::folder;
use crate::plan::Plan;
use crate::studies::attribute::words::Attributed;
use crate::studies::attribute::{attribute, multiplier, runs, sharing};
use crate::words::numbers::{changed, count};
use clap::Args;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::time::{Duration, Instant};

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
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub budget: Option<Duration>,
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

pub fn run(args: &AttributeArgs) -> u8 {
    let files = std::slice::from_ref(&args.scenario);
    let Some(scenarios) = read_all(files, &args.sampling.overrides) else { return BAD_INPUT };
    let Some(look) = args.output.pictures.look() else { return BAD_INPUT };
    let scenario = &scenarios[0];
    let plan = Plan::compile(scenario);
    let folder = folder::of_study(&args.output.out, &args.scenario, "attribute");
    if let Err(error) = folder::prepare(&folder) {
        say(&format!("error: {error}"));
        return FAILED;
    }
    args.sampling.use_threads();
    listen_for_interrupt();
    let began = Instant::now();
    let settings = args.sampling.run(0);
    let runs = runs(&plan, settings.loops) as u64;
    let usual = if plan.is_random { (RUNS / runs).clamp(PATHS.0, PATHS.1) } else { PATHS_WITHOUT_CHANCE };
    // Replicates of equal size, where the sampler has any.
    let whole = |paths: u64| {
        if settings.sampler.is_replicated() { paths.next_multiple_of(ROUND) } else { paths }
    };
    let most = whole(args.sampling.paths.unwrap_or(usual));
    if !args.output.quiet {
        let names: Vec<_> =
            sharing(&plan, settings.loops).iter().map(|which| crate::deals::loop_name(*which)).collect();
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
        interrupted() || args.budget.is_some_and(|budget| began.elapsed() >= budget.mul_f64(part))
    };
    let mut progress = Progress::new(most, args.output.quiet, &scenario.name);
    let go_on = |over: bool| if over { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let wants_multiplier = plan.is_random && args.multiplier_paths != Some(0);
    let found = attribute(&plan, &args.sampling.run(most), |paths| {
        progress.at(paths, || format!("{} runs each", count(runs)));
        go_on(over(if wants_multiplier { 0.75 } else { 1.0 }))
    });
    progress.done();
    let Some(attribution) = found else {
        say("error: stopped before any path was done");
        return FAILED;
    };
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
        let found = multiplier(&plan, &args.sampling.run(paths), |done| {
            progress.at(done, || "2 runs each".into());
            go_on(over(1.0))
        });
        progress.done();
        found.ok_or("not reached")
    };
    let complete = !interrupted();
    let attributed = Attributed {
        scenario: scenario.name.clone(),
        called: changed(&scenario.name, &scenario.set, &args.sampling.off),
        seed: args.sampling.seed,
        labs: plan.actors.labs.iter().map(|lab| lab.name.clone()).collect(),
        attribution,
        multiplier,
    };
    let manifest = circumstances(began, complete, &scenario.text).manifest(
        &scenario.name,
        args.sampling.seed,
        args.sampling.sampler.sampler().1,
        attributed.attribution.paths,
    );
    let written = attributed.body().map_err(|error| error.to_string()).and_then(|body| {
        let pictures =
            crate::studies::run::folder::write_study(&folder, &body, &attributed.figures(), &look, manifest)
                .map_err(|error| error.to_string())?;
        Ok((body, pictures))
    });
    let (body, pictures) = match written {
        Ok(written) => written,
        Err(error) => {
            say(&format!("error: {error}"));
            return FAILED;
        }
    };
    let text = match args.output.format {
        Format::Table => Ok(attributed.text()),
        Format::Json => {
            serde_json::to_string_pretty(&body).map(|text| text + "\n").map_err(|e| e.to_string())
        }
        Format::Csv => attributed.csv().map_err(|error| error.to_string()),
    };
    let code = match text {
        Ok(text) => print(&text),
        Err(error) => {
            say(&format!("error: {error}"));
            FAILED
        }
    };
    if !args.output.quiet {
        if !complete {
            say(&format!(
                "Interrupted: the results are of the {} paths done until then.",
                count(attributed.attribution.paths)
            ));
        }
        say(&format!(
            "{} paths, {} runs of each, seed {}, in {:.1} s. Results: {}{}",
            count(attributed.attribution.paths),
            count(runs),
            args.sampling.seed,
            began.elapsed().as_secs_f64(),
            folder.display(),
            pictures.first().map_or(String::new(), |picture| format!(", chart {}", picture.display()))
        ));
    }
    if complete { code } else { FAILED }
}
