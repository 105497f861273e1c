//! `roundtrip score`: scenarios against what happened.
//!
//! A command of its own and no mode of `backtest`: that one fits a posterior to dated events, this one simulates
//! scenarios, and no flag but the seed, the threads and the look of the charts means anything to both.

use crate::charts::Figures;
use crate::charts::theme::Look;
use crate::console::options::{Format, Output, Sampling, interrupted, listen_for_interrupt};
use crate::console::progress::Progress;
use crate::console::{BAD_INPUT, FAILED, colour, print, read_all, say};
use crate::estimate::Estimates;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::studies::driver::{Finished, look, paths_kept, prepare};
use crate::studies::run::command::folders;
use crate::studies::score::outcomes::{Outcomes, Subject};
use crate::studies::score::words::{self as report, Fared};
use crate::studies::score::{lengths, score as scored};
use clap::Args;
use std::path::{Path, PathBuf};
use std::time::Instant;

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths to each date; 1e6 is accepted [default: 10000]")),
    after_help = "Examples:\n  roundtrip score configs/web_2025.toml --outcomes data/outcomes.csv\n  roundtrip score configs/oracle.toml configs/softbank.toml --outcomes data/outcomes.csv --paths 1e5\n  roundtrip score configs/oracle.toml --off announcement --outcomes data/outcomes.csv --format csv\n\nEvery path is run to the end of the step that holds the date; data/README.md says what the columns of the outcomes mean."
)]
pub struct ScoreArgs {
    /// Scenario files
    #[arg(value_name = "SCENARIO", required = true)]
    pub scenarios: Vec<PathBuf>,
    /// What happened: data/outcomes.csv or a file with the same columns
    #[arg(long, value_name = "FILE")]
    pub outcomes: PathBuf,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub output: Output,
}

const PATHS: u64 = 10_000;
const MOST_PATHS: u64 = 1_000_000;

pub fn score(args: &ScoreArgs) -> u8 {
    match whole(args) {
        Ok(code) | Err(code) => code,
    }
}

fn whole(args: &ScoreArgs) -> Result<u8, u8> {
    let look = look(&args.output)?;
    folders(&args.scenarios, &args.output.out).ok_or(BAD_INPUT)?;
    let scenarios = read_all(&args.scenarios, &args.sampling.overrides).ok_or(BAD_INPUT)?;
    let plans: Vec<Plan> = scenarios.iter().map(Plan::compile).collect();
    let names: Vec<String> = args.scenarios.iter().map(|file| stem(file)).collect();
    let subjects: Vec<Subject> =
        names.iter().zip(&plans).map(|(name, plan)| Subject { name, plan }).collect();
    let (outcomes, concerned) = Outcomes::read(&args.outcomes, &subjects).map_err(|findings| {
        say(&findings.render(colour()));
        BAD_INPUT
    })?;
    let paths = paths_kept(&args.sampling, PATHS, MOST_PATHS)?;
    let targets: Vec<PathBuf> =
        args.scenarios.iter().map(|file| prepare(&args.output, file, "score")).collect::<Result<_, _>>()?;
    args.sampling.use_threads();
    listen_for_interrupt();
    let run = args.sampling.run(paths);
    let mut fared: Vec<Fared> = Vec::new();
    let mut printed = Vec::new();
    let mut complete = true;
    for (((scenario, plan), concerned), target) in scenarios.iter().zip(&plans).zip(&concerned).zip(&targets)
    {
        let began = Instant::now();
        let total = lengths(plan, &outcomes, concerned).len() as u64 * paths;
        let mut progress = Progress::new(total, args.output.quiet, &scenario.name);
        let found = scored(plan, &run, &outcomes, concerned, |done| {
            progress.at(done, || "to each date".into());
            interrupted()
        });
        progress.done();
        let Some(score) = found else {
            complete = false;
            break;
        };
        let (scenario_name, seed) = (scenario.name.clone(), args.sampling.seed);
        let one = Fared { scenario: scenario_name, paths, seed, outcomes: &outcomes, concerned, score };
        printed.push(write(args, scenario, &one, target, &look, began)?);
        fared.push(one);
    }
    let text = match args.output.format {
        Format::Table if fared.len() > 1 => printed.join("\n") + "\n" + &report::overview(&fared),
        Format::Table => printed.concat(),
        Format::Json if printed.len() > 1 => format!("[\n{}\n]\n", printed.join(",\n")),
        Format::Json => printed.concat() + "\n",
        Format::Csv => table(&fared)?,
    };
    if !complete {
        let done = match fared.len() {
            0 => "no scenario was scored, and nothing was written".to_string(),
            n => format!("{n} of {} scenarios were scored and written", scenarios.len()),
        };
        if !fared.is_empty() {
            print(&text);
        }
        say(&format!("Interrupted: {done}."));
        return Err(FAILED);
    }
    Ok(print(&text))
}

/// By which the outcomes' rows mean a scenario.
fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

fn failed(error: &dyn std::error::Error) -> u8 {
    say(&format!("error: {error}"));
    FAILED
}

fn table(fared: &[Fared]) -> Result<String, u8> {
    report::csv(fared).map_err(|error| failed(&error))
}

/// Writes one scenario's folder; what is printed of it.
fn write(
    args: &ScoreArgs,
    scenario: &Scenario,
    fared: &Fared,
    folder: &Path,
    look: &Look,
    began: Instant,
) -> Result<String, u8> {
    let estimates = Estimates { paths: fared.paths, measures: Vec::new(), ratios: Vec::new() };
    let finished = Finished {
        study: "score",
        scenario,
        sampling: &args.sampling,
        estimates: &estimates,
        details: report::details(fared),
        figures: Figures { outcomes: Some(report::picture(fared)), ..Figures::default() },
        began,
        simulated: fared.score.simulated,
    };
    let text = match args.output.format {
        Format::Table => report::text(fared),
        Format::Json => finished.json().map_err(|error| failed(&error))?.trim_end().to_string(),
        Format::Csv => String::new(),
    };
    let lines = table(std::slice::from_ref(fared))?;
    let written = finished.write(folder, look, &[("outcomes.csv", &lines)], &args.output);
    written.map_err(|error| failed(error.as_ref()))?;
    Ok(text)
}
