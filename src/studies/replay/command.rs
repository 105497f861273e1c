//! `roundtrip replay`: one path of a run, step by step, every posting.

use crate::console::options::{Format, Sampling, parse_path};
use crate::console::{Ending, Leave, print};
use crate::engine::replay::replay as run_path;
use crate::input::days::day_number;
use crate::plan::Plan;
use crate::studies::driver::read_one;
use crate::studies::replay::words::{Choice, csv, json, table};
use clap::Args;
use std::path::PathBuf;

/// Paths of a run where --paths does not say.
const PATHS: u64 = 100_000;

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths of the run that the path belongs to: a Latin hypercube depends on them [default: 100000, or enough for the path]")),
    after_help = "Examples:\n  roundtrip replay configs/oracle.toml --path 17\n  roundtrip replay configs/oracle.toml --path 17 --from 2026-01-01 --to 2026-12-31\n  roundtrip replay configs/oracle.toml --path 17 --events\n  roundtrip replay configs/oracle.toml --path 17 --off announcement --format csv > path17.csv"
)]
pub struct ReplayArgs {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// The path's number, as in paths.parquet; the first is 0
    #[arg(long, value_parser = parse_path, allow_negative_numbers = true)]
    pub path: u64,
    #[command(flatten)]
    pub sampling: Sampling,
    /// From that day on: 2026-01-01
    #[arg(long, value_name = "DATE")]
    pub from: Option<jiff::civil::Date>,
    /// Up to and including that day
    #[arg(long, value_name = "DATE")]
    pub to: Option<jiff::civil::Date>,
    /// Events only: no postings
    #[arg(long)]
    pub events: bool,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

pub fn replay(args: &ReplayArgs) -> Ending {
    let scenario = read_one(&args.scenario, &args.sampling.overrides)?;
    let paths = args.sampling.paths.unwrap_or(PATHS.max(args.path.saturating_add(1)));
    if args.path >= paths {
        return Err(Leave::bad_input(format!(
            "a run of {paths} paths has no path {}; the last is {}",
            args.path,
            paths - 1
        )));
    }
    if let (Some(from), Some(to)) = (args.from, args.to)
        && from > to
    {
        return Err(Leave::bad_input(format!("--from {from} is after --to {to}")));
    }
    let choice = Choice {
        from: args.from.map_or(i32::MIN, day_number),
        to: args.to.map_or(i32::MAX, day_number),
        events: args.events,
    };
    let plan = Plan::compile(&scenario);
    let replay = run_path(&plan, &args.sampling.run(paths), args.path, None)?;
    Ok(print(&match args.format {
        Format::Table => table(&plan, &replay, &choice),
        Format::Json => format!("{:#}\n", json(&plan, &replay, args.sampling.seed, &choice)),
        Format::Csv => csv(&plan, &replay, &choice)?,
    }))
}
