//! `roundtrip sweep`: one or two numbers over a grid, on the same paths.

use super::{Over, Point, Swept, evenly, point};
use crate::console::options::{Output, Sampling, interrupted};
use crate::console::{BAD_INPUT, Ending, Leave, refused, say};
use crate::files::journal::Header;
use crate::studies::driver::{Study, is_defined, parse_measure, paths_kept, setting};
use crate::studies::sample::{Sample, needed};
use crate::studies::simulator::Pieces;
use clap::Args;
use std::path::PathBuf;

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
        value_parser = parse_measure,
        default_value = "share.traced,capital.raised,unwind"
    )]
    pub measures: Vec<String>,
    /// Leave the loop gain out of a map: it takes two thirds of the time
    #[arg(long)]
    pub no_gain: bool,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub pieces: Pieces,
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

/// Of paths that are simulated, or that shards hold.
pub fn sweep(args: &SweepArgs, shards: &[(PathBuf, Header)]) -> Ending {
    let study = Study::read("sweep", &args.scenario, &args.sampling, &args.output)?;
    let grids = check(args, &study)?;
    let points: Vec<Vec<f64>> = match grids.as_slice() {
        [one] => one.iter().map(|x| vec![*x]).collect(),
        [across, up] => up.iter().flat_map(|y| across.iter().map(|x| vec![*x, *y])).collect(),
        _ => Vec::new(),
    };
    let is_map = grids.len() == 2;
    let default = if is_map { PATHS_OF_A_MAP } else { PATHS_OF_A_LINE };
    // The grid's ends, the point at hand, and the scenario as it stands.
    let paths = paths_kept(&args.sampling, default, MOST_PATHS, 4 * needed(&args.measures).len())?;
    let set = |point: &[f64]| -> Vec<(String, String)> {
        args.over.iter().zip(point).map(|(grid, value)| setting(&grid.address, *value)).collect()
    };
    // What the keys do not allow is said of the corners, before anything is run.
    for corner in [0, points.len() - 1] {
        study.scenario_with("--over", &set(&points[corner])).map_err(refused)?;
    }
    let mut simulator =
        study.begin::<SweepArgs>(&args.pieces, shards, std::slice::from_ref(&args.scenario), &[])?;

    let with_gain = is_map && !args.no_gain;
    let run = args.sampling.run(paths);
    let of_point = if with_gain { 3 * paths } else { paths };
    let simulated = of_point * points.len() as u64 + paths;
    let mut progress = study.progress(simulated);
    let grid = "a grid";
    let mut done = 0;
    let (mut found, mut ends) = (Vec::new(), Vec::new());
    for (place, at) in points.iter().enumerate() {
        // A point's plan lives as long as its run: a map of a large scenario has more of them than a machine has room for.
        let plan = study.plan_with("--over", &set(at))?;
        let swept = point(&mut simulator, &plan, &run, at.clone(), &args.measures, with_gain, |now| {
            progress.at(done + now, || format!("point {} of {}", place + 1, points.len()));
            interrupted()
        });
        let (point, sample) = swept.map_err(|why| study.left(&mut simulator, grid, why))?;
        found.push(point);
        done += of_point;
        if place == 0 || place + 1 == points.len() {
            ends.push(sample);
        }
    }
    // The scenario as it stands, beside the grid.
    let itself = Sample::of(&mut simulator, &study.plan, &run, &args.measures, |_| interrupted());
    progress.done();
    let itself = itself.map_err(|why| study.left(&mut simulator, grid, why))?;
    study.leave_with_shard(&mut simulator)?;
    for (k, name) in args.measures.iter().enumerate() {
        let has_value = |point: &Point| point.values[k].1.headline.value.is_finite();
        is_defined(name, paths, found.iter().any(has_value))?;
    }
    let changes = match ends.as_slice() {
        [first, last] if !is_map => {
            args.measures.iter().map(|name| (name.clone(), last.less(first, name))).collect()
        }
        _ => Vec::new(),
    };
    let described = |(grid, values): (&Grid, Vec<f64>)| {
        let number = study.number(&grid.address);
        Over {
            address: grid.address.clone(),
            unit: number.map_or(String::new(), |(number, _)| number.unit.text().to_string()),
            values,
            in_file: number.and_then(|(_, certain)| certain),
        }
    };
    let over = args.over.iter().zip(grids).map(described).collect();
    let measures = args.measures.clone();
    study.end(&Swept { over, points: found, changes, measures, itself, paths, simulated }, simulator)
}

/// The values of each grid, if all that is asked for exists.
fn check(args: &SweepArgs, study: &Study) -> Result<Vec<Vec<f64>>, Leave> {
    let mut sound = study.are_measures(&args.measures);
    for grid in &args.over {
        sound &= study.is_number(&grid.address);
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
    if sound { Ok(args.over.iter().map(values).collect()) } else { Err(Leave::with_code(BAD_INPUT)) }
}
