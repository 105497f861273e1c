//! `roundtrip why`: the causal ledger behind a number of a finished run, on its median and its 95th-percentile path.

use crate::console::options::Format;
use crate::console::{Ending, Leave, print};
use crate::engine::replay::replay;
use crate::files::manifest::ReadError;
use crate::files::parquet::PathsReader;
use crate::input::names::nearest;
use crate::plan::Plan;
use crate::studies::driver::is_no_measure;
use crate::studies::run::recorded::Recorded;
use crate::studies::why::words::{Found, LEVELS, csv, json, table, watched};
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip why output/oracle share.traced\n  roundtrip why output/oracle unwind\n  roundtrip why output/softbank capital.tranche.mark --top 20\n  roundtrip why output/oracle company.Oracle.premium_peak --format json"
)]
pub struct WhyArgs {
    /// Results folder of a run, or its manifest
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// A measure, as summary.json names it
    #[arg(value_name = "MEASURE")]
    pub measure: String,
    /// Contributions to print of each path
    #[arg(long, default_value_t = 8, value_parser = parse_top, allow_negative_numbers = true)]
    pub top: usize,
    /// What is printed
    #[arg(long, value_enum, default_value_t = Format::Table)]
    pub format: Format,
}

fn parse_top(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| "write a whole number, for example 20".to_string())
}

pub fn why(args: &WhyArgs) -> Ending {
    let recorded = Recorded::read(&args.run)?;
    let reader = PathsReader::open(&recorded.folder.join("paths.parquet"))
        .map_err(|error| Leave::bad_input(error.to_string()))?;
    let names = reader.names().to_vec();
    let plan = Plan::compile(&recorded.scenario);
    let Some(column) = names.iter().skip(plan.uncertain.len()).position(|name| *name == args.measure) else {
        let measures = names.iter().skip(plan.uncertain.len());
        let near = nearest(&args.measure, measures.map(String::as_str)).unwrap_or_default();
        let is_uncertain = plan.uncertain.contains(&args.measure);
        return Err(Leave::bad_input(is_no_measure(&args.measure, is_uncertain, "the run", near)));
    };
    let column = plan.uncertain.len() + column;
    let values = column_of(&reader, column)?;
    let mut order: Vec<usize> = (0..values.len()).filter(|path| !values[*path].is_nan()).collect();
    if order.is_empty() {
        return Err(Leave::failed(format!(
            "`{}` is not defined on any of the {} paths: there is nothing to explain",
            args.measure,
            values.len()
        )));
    }
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let run = recorded.run();
    let mut found = Vec::new();
    for (level, at) in LEVELS {
        // Of paths of one value the first.
        let value = values[order[((order.len() - 1) as f64 * at) as usize]];
        let path = values.iter().position(|other| *other == value).unwrap_or(order[0]);
        let replay = replay(&plan, &run, path as u64, Some(watched(&args.measure)));
        let again = replay.measures.iter().find(|(name, _)| *name == args.measure).map(|(_, value)| *value);
        if again.map(f64::to_bits) != Some(value.to_bits()) {
            return Err(Leave::failed(format!(
                "path {path} of the run has {} = {value}, replayed it has {}; the run is of version {}, this is {}: run the scenario again",
                args.measure,
                again.map_or("none".to_string(), |value| value.to_string()),
                recorded.manifest.version,
                env!("CARGO_PKG_VERSION")
            )));
        }
        found.push(Found { level, value, replay, ranks: Vec::new() });
    }
    for number in 0..plan.uncertain.len() {
        // One column at a time: all of them need not fit into memory.
        let drawn = column_of(&reader, number)?;
        for path in &mut found {
            path.ranks.push(rank(&drawn, path.replay.parameters[number].1));
        }
    }
    let defined = order.len() as u64;
    Ok(print(&match args.format {
        Format::Table => table(&plan, &args.measure, &found, defined, &recorded.manifest, args.top),
        Format::Json => format!("{:#}\n", json(&plan, &args.measure, &found, defined, &recorded.manifest)),
        Format::Csv => csv(&plan, &args.measure, &found)?,
    }))
}

fn column_of(reader: &PathsReader, number: usize) -> Result<Vec<f64>, ReadError> {
    let mut all = Vec::with_capacity(reader.paths() as usize);
    for block in reader.blocks(&[number]) {
        all.extend_from_slice(&block?.columns[0]);
    }
    Ok(all)
}

/// The share of paths whose number is below a value, ties counted half.
fn rank(column: &[f64], value: f64) -> f64 {
    let below = column.iter().filter(|other| **other < value).count() as f64;
    let equal = column.iter().filter(|other| **other == value).count() as f64;
    (below + equal / 2.0) / column.len() as f64
}
