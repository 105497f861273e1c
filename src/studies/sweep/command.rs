//! `roundtrip sweep`: one or two numbers over a grid, on the same paths.

use crate::charts::Run as Shown;
use crate::console::options::{Format, Output, Sampling, interrupted, listen_for_interrupt};
use crate::console::progress::Progress;
use crate::console::{BAD_INPUT, FAILED, print, say};
use crate::input::Quantity;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::studies::driver::{
    Finished, are_measures, is_number, look, paths_kept, prepare, read_one, read_with,
};
use crate::studies::sample::Sample;
use crate::studies::sweep::words::{self as report, Over, Swept};
use crate::studies::sweep::{evenly, point};
use crate::words::numbers::changed;
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths at each point; 1e6 is accepted [default: 20000 for a line, 4000 for a map]")),
    after_help = "Examples:\n  roundtrip sweep configs/oracle.toml --over lab.OpenAI.commit.multiple=1..6:11\n  roundtrip sweep configs/oracle.toml --over lab.OpenAI.commit.multiple=1..6:9 --over announcement.elasticity=0..0.6:7 --measure unwind\n\nAn uncertain number is fixed at each value of the grid; the others keep their draws."
)]
pub struct SweepArgs {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// A number, from a to b in n steps: lab.OpenAI.commit.multiple=1..6:11; once for a line, twice for a map
    #[arg(long, required = true, value_name = "PATH=a..b:n", value_parser = parse_over)]
    pub over: Vec<Grid>,
    /// Measures to follow; a map shows the first
    #[arg(
        long = "measure",
        value_name = "MEASURE,…",
        value_delimiter = ',',
        default_value = "share.traced,capital.raised,unwind"
    )]
    pub measures: Vec<String>,
    /// Leave the loop gain out of a map: it takes two thirds of the time
    #[arg(long)]
    pub no_gain: bool,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Debug)]
pub struct Grid {
    pub address: String,
    pub from: f64,
    pub to: f64,
    pub count: usize,
}

/// Points on a side, and in all.
const MOST_ON_A_SIDE: usize = 1000;
const MOST_POINTS: usize = 10_000;
const DEFAULT_COUNT: usize = 11;

const PATHS_OF_A_LINE: u64 = 20_000;
const PATHS_OF_A_MAP: u64 = 4_000;
const MOST_PATHS: u64 = 10_000_000;

pub fn parse_over(text: &str) -> Result<Grid, String> {
    let wrong = || "write it as PATH=a..b:n, for example market.rate=0.02..0.06:9".to_string();
    let (address, range) = text.split_once('=').ok_or_else(wrong)?;
    let (range, count) = match range.split_once(':') {
        Some((range, count)) => (range, count.trim().parse().map_err(|_| wrong())?),
        None => (range, DEFAULT_COUNT),
    };
    let (from, to) = range.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    let (from, to) = (number(from).ok_or_else(wrong)?, number(to).ok_or_else(wrong)?);
    if from == to {
        return Err(format!("{from}..{to} is one value; write two different ends"));
    }
    if !(2..=MOST_ON_A_SIDE).contains(&count) {
        return Err(format!("a grid of {count} values; 2 to {MOST_ON_A_SIDE} are possible"));
    }
    if address.trim().is_empty() {
        return Err(wrong());
    }
    Ok(Grid { address: address.trim().to_string(), from, to, count })
}

/// As `--set` writes it. Numbers nearer to 0 than the file takes are 0.
pub fn setting(address: &str, value: f64) -> (String, String) {
    let value = if value.abs() < 1e-12 { 0.0 } else { value };
    (address.to_string(), format!("{value:?}"))
}

pub fn sweep(args: &SweepArgs) -> u8 {
    match whole(args) {
        Ok(code) | Err(code) => code,
    }
}

fn whole(args: &SweepArgs) -> Result<u8, u8> {
    let began = Instant::now();
    let scenario = read_one(&args.scenario, &args.sampling.overrides).ok_or(BAD_INPUT)?;
    let look = look(&args.output)?;
    let base = Plan::compile(&scenario);
    let grids = check(args, &scenario, &base)?;
    let points: Vec<Vec<f64>> = match grids.as_slice() {
        [one] => one.iter().map(|x| vec![*x]).collect(),
        [across, up] => up.iter().flat_map(|y| across.iter().map(|x| vec![*x, *y])).collect(),
        _ => Vec::new(),
    };
    let is_map = grids.len() == 2;
    let default = if is_map { PATHS_OF_A_MAP } else { PATHS_OF_A_LINE };
    let paths = paths_kept(&args.sampling, default, MOST_PATHS)?;
    // What the keys do not allow is said of the corners, before anything is run.
    for corner in [0, points.len() - 1] {
        scenario_at(args, &points[corner])?;
    }
    let folder = prepare(&args.output, &args.scenario, "sweep")?;
    args.sampling.use_threads();
    listen_for_interrupt();

    let with_gain = is_map && !args.no_gain;
    let run = args.sampling.run(paths);
    let of_point = if with_gain { 3 * paths } else { paths };
    let total = of_point * points.len() as u64 + paths;
    let mut progress = Progress::new(total, args.output.quiet, &scenario.name);
    let stopped = || {
        say("Interrupted: a grid that is not whole has no result, and none was written.");
        FAILED
    };
    let mut done = 0;
    let (mut found, mut ends) = (Vec::new(), [None, None]);
    for (place, at) in points.iter().enumerate() {
        let plan = plan_at(args, &base, at)?;
        let swept = point(&plan, &run, at.clone(), &args.measures, with_gain, |now| {
            progress.at(done + now, || format!("point {} of {}", place + 1, points.len()));
            interrupted()
        });
        let (point, sample) = swept.ok_or_else(stopped)?;
        found.push(point);
        done += of_point;
        if place == 0 {
            ends[0] = Some(sample);
        } else if place + 1 == points.len() {
            ends[1] = Some(sample);
        }
    }
    // The scenario as it stands, beside the grid.
    let itself = Sample::of(&base, &run, &args.measures, |_| interrupted()).ok_or_else(stopped)?;
    progress.done();

    let changes = match (&ends, is_map) {
        ([Some(first), Some(last)], false) => {
            args.measures.iter().map(|name| last.less(first, name)).collect()
        }
        _ => Vec::new(),
    };
    let over = args.over.iter().zip(&grids).map(|(grid, values)| described(&scenario, grid, values));
    let swept = Swept { over: over.collect(), measures: args.measures.clone(), points: found, changes };
    let estimates = itself.estimates();
    let called = changed(&scenario.name, &scenario.set, &args.sampling.off);
    let shown = Shown { scenario: called, paths, seed: args.sampling.seed };
    let figures = report::figures(&swept, shown);
    let finished = Finished {
        study: "sweep",
        scenario: &scenario,
        sampling: &args.sampling,
        estimates: &estimates,
        details: report::details(&swept),
        figures,
        began,
        simulated: total,
    };
    let table = report::csv(&swept).map_err(|error| failed(&error))?;
    let text = match args.output.format {
        Format::Table => report::text(&scenario.name, &swept, &finished.figures),
        Format::Json => finished.json().map_err(|error| failed(&error))?,
        Format::Csv => table.clone(),
    };
    let written = finished.write(&folder, &look, &[("sweep.csv", &table)], &args.output);
    let code = print(&text);
    written.map_err(|error| failed(error.as_ref()))?;
    Ok(code)
}

fn failed(error: &dyn std::error::Error) -> u8 {
    say(&format!("error: {error}"));
    FAILED
}

/// The values of each grid, if all that is asked for exists.
fn check(args: &SweepArgs, scenario: &Scenario, plan: &Plan) -> Result<Vec<Vec<f64>>, u8> {
    let mut sound = are_measures(plan, &args.measures);
    for grid in &args.over {
        sound &= is_number(scenario, &grid.address);
    }
    if args.over.len() > 2 {
        say("error: a sweep is over one number or two; run it again for a third");
        sound = false;
    }
    if args.over.len() == 2 && args.over[0].address == args.over[1].address {
        say(&format!("error: `{}` is swept twice; name two numbers", args.over[0].address));
        sound = false;
    }
    let points: usize = args.over.iter().map(|grid| grid.count).product();
    if points > MOST_POINTS {
        say(&format!("error: a grid of {points} points; {MOST_POINTS} at most"));
        sound = false;
    }
    let values = |grid: &Grid| evenly(grid.from, grid.to, grid.count);
    if sound { Ok(args.over.iter().map(values).collect()) } else { Err(BAD_INPUT) }
}

fn scenario_at(args: &SweepArgs, point: &[f64]) -> Result<Scenario, u8> {
    let set: Vec<(String, String)> =
        args.over.iter().zip(point).map(|(grid, value)| setting(&grid.address, *value)).collect();
    read_with(&args.scenario, &args.sampling.overrides, &set).ok_or(BAD_INPUT)
}

/// The plan of a point, on the draws of the scenario as it stands. A point's plan lives as long as its run: a map of a
/// large scenario has more of them than a machine has room for.
fn plan_at(args: &SweepArgs, base: &Plan, point: &[f64]) -> Result<Plan, u8> {
    let mut plan = Plan::compile(&scenario_at(args, point)?);
    plan.parameters.follow(&plan.uncertain, (&base.uncertain, &base.parameters));
    Ok(plan)
}

fn described(scenario: &Scenario, grid: &Grid, values: &[f64]) -> Over {
    let number = scenario.number_at(&grid.address).map(|id| scenario.number(id));
    Over {
        address: grid.address.clone(),
        unit: number.map_or(String::new(), |number| number.unit.text().to_string()),
        values: values.to_vec(),
        in_file: number.and_then(|number| match number.quantity {
            Quantity::Certain(value) => Some(value),
            Quantity::Uncertain(_) => None,
        }),
    }
}
