//! `roundtrip why`: the causal ledger behind a number of a finished run, on its median and its 95th-percentile path.

use crate::console::options::Format;
use crate::console::{Ending, Leave, print};
use crate::engine::replay::{Change, Replay, replay};
use crate::engine::simulate::column_names;
use crate::engine::{Fault, Run};
use crate::files::manifest::ReadError;
use crate::files::parquet::PathsReader;
use crate::input::names::nearest;
use crate::outcome::OF_ALL_PATHS;
use crate::plan::Plan;
use crate::plan::parameters::Sampling;
use crate::state::Loops;
use crate::studies::driver::{is_no_measure, parse_measure, unfinished};
use crate::studies::run::causal::{CAUSAL_PATHS, columns_of};
use crate::studies::run::recorded::Recorded;
use crate::studies::why::words::{Found, LEVELS, Of, csv, json, table, watched};
use crate::words::table::hanging;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip why output/oracle share.traced\n  roundtrip why output/oracle unwind\n  roundtrip why output/oracle causal\n  roundtrip why output/softbank capital.tranche.mark --top 20\n  roundtrip why output/oracle company.Oracle.premium_peak --format json"
)]
pub struct WhyArgs {
    /// Results folder of a run, or its manifest
    #[arg(value_name = "RUN")]
    pub run: PathBuf,
    /// A measure, as summary.json names it; `causal` is short for `share.causal`
    #[arg(value_name = "MEASURE", value_parser = parse_measure)]
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
    let plan = Plan::compile(&recorded.scenario);
    let run = recorded.run();
    let paths = recorded.manifest.paths;
    let settings = recorded.manifest.settings.as_ref();
    let again = settings.and_then(|settings| settings.causal_paths).unwrap_or(CAUSAL_PATHS);
    let lost = match OF_ALL_PATHS.iter().find(|(name, _)| *name == args.measure) {
        None => None,
        Some((name, why)) => Some(Lost::of(name, &plan, &run, paths.min(again)).ok_or_else(|| {
            let near = if *name == "share.circular" { "share.circular.volume" } else { "share.causal" };
            Leave::bad_input(format!(
                "`{name}` is no number of a path: {why}; ask why `{near}`, which is one"
            ))
        })?),
    };
    let values = match &lost {
        Some(lost) => lost.values()?,
        None => kept(&recorded, &plan, &args.measure)?,
    };
    let mut order: Vec<usize> = (0..values.len()).filter(|path| !values[*path].is_nan()).collect();
    if order.is_empty() {
        return Err(Leave::failed(format!(
            "`{}` is not defined on any of the {} paths: there is nothing to explain",
            args.measure,
            values.len()
        )));
    }
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let mut found = Vec::new();
    for (level, at) in LEVELS {
        // Of paths of one value the first.
        let value = values[order[((order.len() - 1) as f64 * at) as usize]];
        let path = values.iter().position(|other| *other == value).unwrap_or(order[0]);
        if let Some(lost) = &lost {
            found.push(Found { level, value, replay: lost.replay(path as u64)?, ranks: Vec::new() });
            continue;
        }
        let replay = replay(&plan, &run, path as u64, Some(watched(&args.measure)))?;
        let again = replay.measures.iter().find(|(name, _)| *name == args.measure).map(|(_, value)| *value);
        // Stored are floats; files of earlier versions have doubles.
        let Some(exact) = again.filter(|again| *again as f32 == value as f32) else {
            return Err(Leave::failed(format!(
                "path {path} of the run has {} = {value}, replayed it has {}; the run is of version {}, this is {}: run the scenario again",
                args.measure,
                again.map_or("none".to_string(), |value| value.to_string()),
                recorded.manifest.version,
                env!("CARGO_PKG_VERSION")
            )));
        };
        found.push(Found { level, value: exact, replay, ranks: Vec::new() });
    }
    rank(&mut found, &plan, &run, values.len() as u64);
    let of = Of { paths: values.len() as u64, defined: order.len() as u64 };
    Ok(print(&match args.format {
        Format::Table => hanging(&table(&plan, &args.measure, &found, of, &recorded.manifest, args.top)),
        Format::Json => format!("{:#}\n", json(&plan, &args.measure, &found, of, &recorded.manifest)),
        Format::Csv => csv(&plan, &args.measure, &found)?,
    }))
}

/// What a path raises less without some loops, as a part of what it raises: the causal shares, path by path. The same path
/// is replayed with and without them, and what each stage brings with them and not without them explains the share.
struct Lost<'a> {
    plan: &'a Plan,
    measure: String,
    /// The run itself, the one that has more, and the one that has less.
    whole: Run,
    more: Run,
    less: Run,
}

impl Lost<'_> {
    /// `None` for what has no value on a path.
    fn of<'a>(name: &str, plan: &'a Plan, run: &Run, paths: u64) -> Option<Lost<'a>> {
        let whole = Run { first: 0, end: paths, courses: 0, ..*run };
        let without = Run { loops: run.loops.causal_off(), ..whole };
        let ties = run.loops.of_which_off(without.loops);
        let (measure, more, less) = match name {
            "share.causal" => ("capital.raised", whole, without),
            "share.causal.upper" => ("capital.raised", whole, Run { loops: Loops::ALL_OFF, ..whole }),
            "share.causal.demand" if plan.compute.is_tied(ties) => {
                ("capital.raised", without, Run { ties, ..without })
            }
            "share.financing.causal" => ("financing", whole, without),
            _ => return None,
        };
        Some(Lost { plan, measure: measure.into(), whole, more, less })
    }

    fn values(&self) -> Result<Vec<f64>, Leave> {
        let of = |run: &Run| {
            let columns = columns_of(self.plan, run, std::slice::from_ref(&self.measure), &|| false);
            Ok::<_, Leave>(columns.map_err(unfinished("a measure"))?.remove(0))
        };
        let (whole, more, less) = (of(&self.whole)?, of(&self.more)?, of(&self.less)?);
        let lost = whole.iter().zip(more.iter().zip(&less));
        let share = |(whole, (more, less)): (&f64, (&f64, &f64))| {
            if *whole > 0.0 { (more - less) / whole } else { f64::NAN }
        };
        Ok(lost.map(share).collect())
    }

    fn replay(&self, path: u64) -> Result<Replay, Fault> {
        let of = |run: &Run| replay(self.plan, run, path, Some(&self.measure));
        let (mut with, without) = (of(&self.more)?, of(&self.less)?);
        let value = |(name, value): &(String, f64)| (*name == self.measure).then_some(*value);
        let whole = of(&self.whole)?.measures.iter().find_map(value).unwrap_or(f64::NAN);
        for taken in without.changes {
            let same = |change: &&mut Change| (change.step, change.stage) == (taken.step, taken.stage);
            match with.changes.iter_mut().find(same) {
                Some(change) => change.by -= taken.by,
                None => with.changes.push(Change { by: -taken.by, ..taken }),
            }
        }
        with.changes.iter_mut().for_each(|change| change.by /= whole);
        with.changes.retain(|change| change.by != 0.0);
        Ok(with)
    }
}

/// A measure's values that the run kept.
fn kept(recorded: &Recorded, plan: &Plan, measure: &str) -> Result<Vec<f64>, Leave> {
    let reader = recorded.paths()?;
    let names = reader.names();
    let is_uncertain = |name: &String| plan.uncertain.contains(name);
    let Some(column) = names.iter().position(|name| name == measure && !is_uncertain(name)) else {
        let measures = names.iter().filter(|name| !is_uncertain(name));
        let near = nearest(measure, measures.map(String::as_str)).unwrap_or_default();
        let uncertain = plan.uncertain.iter().any(|name| name == measure);
        if column_names(plan).iter().any(|name| name == measure) && !uncertain {
            return Err(Leave::bad_input(format!(
                "the run kept no column `{measure}` (--columns); run it again with it"
            )));
        }
        return Err(Leave::bad_input(is_no_measure(measure, uncertain, "the run", near)));
    };
    Ok(column_of(&reader, column)?)
}

fn column_of(reader: &PathsReader, number: usize) -> Result<Vec<f64>, ReadError> {
    let mut all = Vec::with_capacity(reader.paths() as usize);
    for block in reader.blocks(&[number]) {
        all.extend_from_slice(&block?.columns[0]);
    }
    Ok(all)
}

/// Of each uncertain number the share of the run's paths that drew less, ties counted half. The draws are made again,
/// some thousand paths at a time: a run need not have kept them.
fn rank(found: &mut [Found], plan: &Plan, run: &Run, paths: u64) {
    const TOGETHER: u64 = 4096;
    let sampling = Sampling { seed: run.seed, sampler: run.sampler, paths: run.paths };
    let numbers = plan.uncertain.len();
    let mut twice_below = vec![vec![0u64; numbers]; found.len()];
    for first in (0..paths).step_by(TOGETHER as usize) {
        let several = TOGETHER.min(paths - first) as usize;
        let mut drawn = vec![0.0; numbers * several];
        plan.parameters.draw(&sampling, first, several, &mut drawn);
        for (path, counts) in found.iter().zip(&mut twice_below) {
            for (number, count) in counts.iter_mut().enumerate() {
                let value = path.replay.parameters[number].1;
                let column = &drawn[number * several..][..several];
                *count += column
                    .iter()
                    .map(|other| u64::from(*other < value) + u64::from(*other <= value))
                    .sum::<u64>();
            }
        }
    }
    for (path, counts) in found.iter_mut().zip(twice_below) {
        path.ranks = counts.iter().map(|twice| *twice as f64 / 2.0 / paths as f64).collect();
    }
}
