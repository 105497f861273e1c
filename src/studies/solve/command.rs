//! `roundtrip solve`: which value of a number brings a measure to a target, and the most plausible draw of all numbers
//! that brings about an unwind.

use crate::charts::{Figures, Run as Shown};
use crate::console::options::{Format, Output, Sampling, interrupted, listen_for_interrupt};
use crate::console::progress::Progress;
use crate::console::{BAD_INPUT, FAILED, print, say};
use crate::input::{Number, Quantity, Range};
use crate::plan::Plan;
use crate::plan::distribution::Marginal;
use crate::scenario::Scenario;
use crate::studies::driver::{
    Finished, are_measures, is_amount_of, is_number, look, paths_kept, prepare, read_one, read_with,
};
use crate::studies::sample::Sample;
use crate::studies::solve::design_point::reverse;
use crate::studies::solve::words::{self as report, Search};
use crate::studies::solve::{LOOK, solve as search};
use crate::studies::sweep::command::setting;
use crate::words::numbers::changed;
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths at each value tried; 1e6 is accepted [default: 10000]")),
    after_help = "Examples:\n  roundtrip solve configs/oracle.toml --vary lab.OpenAI.commit.multiple --until \"unwind = 50%\"\n  roundtrip solve configs/oracle.toml --vary announcement.elasticity --until \"share.traced = 10%\" --between 0..1\n\nExit code 1 where the target is not reached in the range."
)]
pub struct SolveArgs {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// The number to vary
    #[arg(long, value_name = "PATH")]
    pub vary: String,
    /// The measure and the value that it is to reach: "unwind = 10%"
    #[arg(long, value_name = "MEASURE = VALUE", value_parser = parse_goal)]
    pub until: Goal,
    /// Where to look [default: of an uncertain number, where 99.8% of it lie; of a certain one, what its key allows up to
    /// four times its value]
    #[arg(long, value_name = "a..b", value_parser = parse_between, allow_hyphen_values = true)]
    pub between: Option<(f64, f64)>,
    /// Leave out the most plausible draw that brings about an unwind
    #[arg(long)]
    pub no_reverse: bool,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone, Debug)]
pub struct Goal {
    pub measure: String,
    pub value: f64,
    /// As it was typed.
    typed: String,
}

const PATHS: u64 = 10_000;
const MOST_PATHS: u64 = 1_000_000;

fn parse_goal(text: &str) -> Result<Goal, String> {
    let wrong = || "write it as \"MEASURE = VALUE\", for example \"unwind = 10%\"".to_string();
    let (measure, value) = text.split_once('=').ok_or_else(wrong)?;
    let text = value.trim();
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|value| value / 100.0),
        None => text.parse(),
    };
    match number {
        Ok(value) if value.is_finite() && !measure.trim().is_empty() => {
            Ok(Goal { measure: measure.trim().to_string(), value, typed: text.to_string() })
        }
        _ => Err(wrong()),
    }
}

fn parse_between(text: &str) -> Result<(f64, f64), String> {
    let wrong = || "write it as a..b, for example 0..0.6".to_string();
    let (from, to) = text.split_once("..").ok_or_else(wrong)?;
    let number = |text: &str| text.trim().parse::<f64>().ok().filter(|value| value.is_finite());
    match (number(from), number(to)) {
        (Some(from), Some(to)) if from < to => Ok((from, to)),
        (Some(_), Some(_)) => Err("the first end must lie below the second".into()),
        _ => Err(wrong()),
    }
}

pub fn solve(args: &SolveArgs) -> u8 {
    match whole(args) {
        Ok(code) | Err(code) => code,
    }
}

fn whole(args: &SolveArgs) -> Result<u8, u8> {
    let began = Instant::now();
    let scenario = read_one(&args.scenario, &args.sampling.overrides).ok_or(BAD_INPUT)?;
    let look = look(&args.output)?;
    let base = Plan::compile(&scenario);
    let measures = vec![args.until.measure.clone()];
    let is_sound = are_measures(&base, &measures) & is_number(&scenario, &args.vary)
        && is_amount_of(&args.until.measure, &args.until.typed, " = ");
    if !is_sound {
        return Err(BAD_INPUT);
    }
    let paths = paths_kept(&args.sampling, PATHS, MOST_PATHS)?;
    let range = range(args, &scenario)?;
    let folder = prepare(&args.output, &args.scenario, "solve")?;
    args.sampling.use_threads();
    listen_for_interrupt();

    let run = args.sampling.run(paths);
    // The first look is sure; what follows is about twice as much again, and the way to an unwind twice all that.
    let runs = if args.no_reverse { 3 * LOOK } else { 9 * LOOK };
    let mut progress = Progress::new(runs as u64 * paths, args.output.quiet, &scenario.name);
    let stopped = || {
        say("Interrupted: a search that is not whole has no result, and none was written.");
        FAILED
    };
    let mut done = 0;
    let solved = search(range, args.until.value, |at| {
        let set = [setting(&args.vary, at)];
        // Between two values that the file allows every other is allowed, too.
        let mut plan = Plan::compile(&read_with(&args.scenario, &args.sampling.overrides, &set)?);
        plan.parameters.follow(&plan.uncertain, (&base.uncertain, &base.parameters));
        let sample = Sample::of(&plan, &run, &measures, |now| {
            progress.at(done + now, || format!("at {at}"));
            interrupted()
        })?;
        done += paths;
        Some(sample.headline(&args.until.measure))
    })
    .ok_or_else(stopped)?;
    let itself = Sample::of(&base, &run, &measures, |_| interrupted()).ok_or_else(stopped)?;
    done += paths;
    let reverse = if args.no_reverse {
        None
    } else {
        let found = reverse(&base, &run, |now| {
            progress.at(done + now, || "the most plausible way".into());
            interrupted()
        });
        Some(found.ok_or_else(stopped)?)
    };
    progress.done();
    let simulated = done + reverse.as_ref().map_or(0, |reverse| reverse.paths);

    let number = scenario.number_at(&args.vary).map(|id| scenario.number(id));
    let search = Search {
        address: args.vary.clone(),
        unit: number.map_or(String::new(), |number| number.unit.text().to_string()),
        in_file: number.and_then(certain),
        range,
        measure: args.until.measure.clone(),
        target: args.until.value,
        solved,
        reverse,
    };
    let called = changed(&scenario.name, &scenario.set, &args.sampling.off);
    let shown = Shown { scenario: called, paths, seed: args.sampling.seed };
    let figure = report::figure(&search, shown);
    let estimates = itself.estimates();
    let finished = Finished {
        study: "solve",
        scenario: &scenario,
        sampling: &args.sampling,
        estimates: &estimates,
        details: report::details(&search),
        figures: Figures { sweep: Some(figure.clone()), ..Figures::default() },
        began,
        simulated,
    };
    let failed = |error: &dyn std::error::Error| {
        say(&format!("error: {error}"));
        FAILED
    };
    let table = report::csv(&search).map_err(|error| failed(&error))?;
    let text = match args.output.format {
        Format::Table => report::text(&scenario.name, &search, &figure),
        Format::Json => finished.json().map_err(|error| failed(&error))?,
        Format::Csv => table.clone(),
    };
    let written = finished.write(&folder, &look, &[("solve.csv", &table)], &args.output);
    let code = print(&text);
    written.map_err(|error| failed(error.as_ref()))?;
    Ok(if search.solved.crossings.is_empty() { FAILED } else { code })
}

fn certain(number: &Number) -> Option<f64> {
    match number.quantity {
        Quantity::Certain(value) => Some(value),
        Quantity::Uncertain(_) => None,
    }
}

/// Where to look. The ends that the user gave are refused as they are; ends of our own are drawn in to what the file
/// allows.
fn range(args: &SolveArgs, scenario: &Scenario) -> Result<(f64, f64), u8> {
    let overrides = &args.sampling.overrides;
    if let Some((from, to)) = args.between {
        for end in [from, to] {
            read_with(&args.scenario, overrides, &[setting(&args.vary, end)]).ok_or(BAD_INPUT)?;
        }
        return Ok((from, to));
    }
    let id = scenario.number_at(&args.vary).expect("it was found before");
    let number = scenario.number(id);
    let (from, middle, to) = match &number.quantity {
        Quantity::Uncertain(distribution) => {
            let law = Marginal::of(distribution);
            (law.quantile(0.001), law.quantile(0.5), law.quantile(0.999))
        }
        Quantity::Certain(value) => match number.range {
            Range::Unit | Range::Part => (0.0, *value, 1.0),
            Range::Signed => (-1.0, *value, 1.0),
            Range::AtLeastOne => (1.0, *value, 4.0 * value),
            _ if *value == 0.0 => {
                say(&format!(
                    "error: `{}` is 0 in the file, which says nothing of its size: say where to look, --between a..b",
                    args.vary
                ));
                return Err(BAD_INPUT);
            }
            Range::NonNegative | Range::Positive => (0.0, *value, 4.0 * value),
            Range::Any | Range::Correlation => (value - 3.0 * value.abs(), *value, value + 3.0 * value.abs()),
        },
    };
    let is_allowed = |value: f64| {
        let set: Vec<(String, String)> =
            overrides.set.iter().cloned().chain([setting(&args.vary, value)]).collect();
        Scenario::read(&args.scenario, &set).is_ok()
    };
    let drawn_in = |end: f64| {
        const HALVINGS: i32 = 12;
        let at = |part: f64| middle + part * (end - middle);
        if is_allowed(end) {
            return end;
        }
        let (mut allowed, mut refused) = (0.0, 1.0);
        for _ in 0..HALVINGS {
            let half = 0.5 * (allowed + refused);
            if is_allowed(at(half)) { allowed = half } else { refused = half }
        }
        at(allowed)
    };
    let (from, to) = (drawn_in(from), drawn_in(to));
    if from < to {
        return Ok((from, to));
    }
    say(&format!(
        "error: the file allows no other value of `{}`; say where to look, --between a..b",
        args.vary
    ));
    Err(BAD_INPUT)
}
