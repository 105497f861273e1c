//! `roundtrip solve`: which value of a number brings a measure to a target, and the most plausible draw of all numbers
//! that brings about an unwind.

use super::design_point::reverse;
use super::{LOOK, Search, solve as search};
use crate::console::options::{Output, Sampling, interrupted};
use crate::console::{BAD_INPUT, Ending, FAILED, Leave, refused};
use crate::input::{Quantity, Range};
use crate::outcome::full_name;
use crate::plan::distribution::Marginal;
use crate::studies::driver::{Study, can_be, is_amount_of, is_defined, parse_amount, paths_kept, setting};
use crate::studies::sample::{Sample, needed};
use crate::studies::simulator::Pieces;
use crate::words::numbers::count;
use clap::Args;
use std::path::PathBuf;

#[derive(Args)]
#[command(
    // Refused in words of our own.
    mut_arg("shard", |shard| shard.hide(true)),
    mut_arg("paths", |paths| paths.help("Paths at each value tried; 1e6 is accepted [default: 10000]")),
    after_help = "Examples:\n  roundtrip solve configs/oracle.toml --vary lab.OpenAI.commit.multiple --until \"unwind = 50%\"\n  roundtrip solve configs/oracle.toml --vary announcement.elasticity --until \"share.traced = 10%\" --between 0..1\n  roundtrip solve configs/oracle.toml --vary lab.OpenAI.commit.multiple --until \"unwind = 50%\" --reverse\n\nExit code 1 where the target is not reached in the range."
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
    /// The most plausible draw that brings about an unwind, too; twice the work
    #[arg(long)]
    pub reverse: bool,
    /// As without --reverse, which was once the default
    #[arg(long, hide = true, conflicts_with = "reverse")]
    pub no_reverse: bool,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub pieces: Pieces,
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
    match parse_amount(text) {
        Some(value) if !measure.trim().is_empty() => {
            Ok(Goal { measure: full_name(measure.trim()), value, typed: text.to_string() })
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

pub fn solve(args: &SolveArgs) -> Ending {
    let study = Study::read("solve", &args.scenario, &args.sampling, &args.output)?;
    let measures = vec![args.until.measure.clone()];
    if !(study.are_measures(&measures) & study.is_number(&args.vary)) {
        return Err(Leave::with_code(BAD_INPUT));
    }
    let Goal { measure, value, typed } = &args.until;
    is_amount_of(measure, typed, " = ")?;
    can_be(measure, *value, typed, study.scenario.years)?;
    let paths = paths_kept(&args.sampling, PATHS, MOST_PATHS, 2 * needed(&measures).len())?;
    if args.pieces.shard.is_some() {
        return Err(Leave::bad_input(format!(
            "a search has no shards: where it looks next hangs on all paths of where it looked before; leave --shard out: it goes \
             on where it was cut off, and tries some {} values with {} paths each",
            3 * LOOK,
            count(paths)
        )));
    }
    let range = range(args, &study)?;
    let mut simulator =
        study.begin::<SolveArgs>(&args.pieces, &[], std::slice::from_ref(&args.scenario), &[])?;

    let run = args.sampling.run(paths);
    // The first look is sure; what follows is about twice as much again, and the way to an unwind as much as all that.
    let runs = if args.reverse { 6 * LOOK } else { 3 * LOOK };
    let mut progress = study.progress(runs as u64 * paths);
    let whole = "a search";
    let mut done = 0;
    let solved = search(range, args.until.value, |at| -> Result<_, Leave> {
        // Between two values that the file allows every other is allowed, too.
        let plan = study.plan_with("--vary", &[setting(&args.vary, at)])?;
        let sample = Sample::of(&mut simulator, &plan, &run, &measures, |now| {
            progress.at(done + now, || format!("at {at}"));
            interrupted()
        });
        done += paths;
        let sample = sample.map_err(|why| study.left(&mut simulator, whole, why))?;
        Ok(sample.headline(&args.until.measure))
    })?;
    let has_value = solved.trials.iter().any(|trial| trial.measure.value.is_finite());
    is_defined(measure, paths, has_value)?;
    let itself = Sample::of(&mut simulator, &study.plan, &run, &measures, |_| interrupted());
    let itself = itself.map_err(|why| study.left(&mut simulator, whole, why))?;
    done += paths;
    let reverse = if !args.reverse {
        None
    } else {
        let found = reverse(&mut simulator, &study.plan, &run, |now| {
            progress.at(done + now, || "the most plausible way".into());
            interrupted()
        });
        Some(found.map_err(|why| study.left(&mut simulator, whole, why))?)
    };
    progress.done();

    let number = study.number(&args.vary);
    let search = Search {
        address: args.vary.clone(),
        unit: number.map_or(String::new(), |(number, _)| number.unit.text().to_string()),
        in_file: number.and_then(|(_, certain)| certain),
        from: range.0,
        to: range.1,
        measure: args.until.measure.clone(),
        target: args.until.value,
        itself,
        paths,
        simulated: done + reverse.as_ref().map_or(0, |reverse| reverse.paths),
        solved,
        reverse,
    };
    let code = study.end(&search, simulator)?;
    Ok(if search.solved.crossings.is_empty() { FAILED } else { code })
}

/// Where to look. The ends that the user gave are refused as they are; ends of our own are drawn in to what the file
/// allows.
fn range(args: &SolveArgs, study: &Study) -> Result<(f64, f64), Leave> {
    if let Some((from, to)) = args.between {
        for end in [from, to] {
            study.scenario_with("--between", &[setting(&args.vary, end)]).map_err(refused)?;
        }
        return Ok((from, to));
    }
    let (number, _) = study.number(&args.vary).expect("it was found before");
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
                return Err(Leave::bad_input(format!(
                    "`{}` is 0 in the file, which says nothing of its size: say where to look, --between a..b",
                    args.vary
                )));
            }
            Range::NonNegative | Range::Positive => (0.0, *value, 4.0 * value),
            Range::Any | Range::Correlation => (value - 3.0 * value.abs(), *value, value + 3.0 * value.abs()),
        },
    };
    let is_allowed = |value: f64| study.scenario_with("--vary", &[setting(&args.vary, value)]).is_ok();
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
    Err(Leave::bad_input(format!(
        "the file allows no other value of `{}`; say where to look, --between a..b",
        args.vary
    )))
}
