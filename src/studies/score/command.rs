//! `roundtrip score`: scenarios against what happened.
//!
//! A command of its own and no mode of `backtest`: that one fits a posterior to dated events, this one simulates
//! scenarios, and no flag but the seed, the threads and the look of the charts means anything to both.

use super::outcomes::{Outcomes, Subject};
use super::words::{overview, table};
use super::{Fared, lengths, score as scored};
use crate::console::options::{Format, Output, Sampling, interrupted};
use crate::console::{Ending, Leave, print, read_all, refused};
use crate::engine::Unfinished;
use crate::files::journal::Header;
use crate::plan::Plan;
use crate::studies::driver::{Study, partial, paths_kept};
use crate::studies::run::command::{folders, objects};
use crate::studies::run::shard::print_done;
use crate::studies::simulator::{Pieces, Simulator};
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
    pub pieces: Pieces,
    #[command(flatten)]
    pub output: Output,
}

const PATHS: u64 = 10_000;
const MOST_PATHS: u64 = 1_000_000;

/// Of paths that are simulated, or that shards hold.
pub fn score(args: &ScoreArgs, shards: &[(PathBuf, Header)]) -> Ending {
    args.output.pictures.look()?;
    folders(&args.scenarios, &args.sampling, &args.output)?;
    let scenarios = read_all(&args.scenarios, &args.sampling.overrides)?;
    let studies: Vec<Study> = scenarios
        .into_iter()
        .zip(&args.scenarios)
        .map(|(scenario, file)| {
            Study::of("score", file, Instant::now(), scenario, &args.sampling, &args.output)
        })
        .collect::<Result<_, _>>()?;
    let names: Vec<String> = args.scenarios.iter().map(|file| stem(file)).collect();
    let plans = studies.iter().map(|study| &study.plan);
    let subjects: Vec<Subject> =
        names.iter().zip(plans).map(|(name, plan): (_, &Plan)| Subject { name, plan }).collect();
    let (outcomes, concerned) = Outcomes::read(&args.outcomes, &subjects).map_err(refused)?;
    let paths = paths_kept(&args.sampling, PATHS, MOST_PATHS, outcomes.list.len())?;
    let others = std::slice::from_ref(&args.outcomes);
    let begin = |(study, file): (&Study, &PathBuf)| {
        study.begin::<ScoreArgs>(&args.pieces, shards, std::slice::from_ref(file), others)
    };
    let simulators: Vec<Simulator> =
        studies.iter().zip(&args.scenarios).map(begin).collect::<Result<_, _>>()?;
    let run = args.sampling.run(paths);
    let mut fared: Vec<Fared> = Vec::new();
    let mut printed = Vec::new();
    let mut parts = Vec::new();
    let mut complete = true;
    let mut goes_on = false;
    let all = studies.len();
    for ((mut study, mut simulator), concerned) in studies.into_iter().zip(simulators).zip(&concerned) {
        study.begins_now();
        let total = lengths(&study.plan, &outcomes, concerned).len() as u64 * paths;
        let mut progress = study.progress(total);
        let found = scored(&mut simulator, &study.plan, &run, &outcomes, concerned, |done| {
            progress.at(done, || "to each date".into());
            interrupted()
        });
        progress.done();
        if let Err(Unfinished::Fault(fault)) = found {
            simulator.give_up()?;
            return Err(Leave::from(fault).at(&study.scenario.name));
        }
        if let Some(part) = simulator.end_shard(&study.scenario, study.name)? {
            parts.push(part);
            if interrupted() {
                break;
            }
            continue;
        }
        let Ok(score) = found else {
            complete = false;
            goes_on = simulator.leftover().keep();
            break;
        };
        simulator.end()?;
        if score.scored.is_empty() {
            return Err(Leave::failed(format!(
                "{}: none of the {} rows that concern it is of a measure that is defined on some path: there is nothing to score",
                study.scenario.name,
                concerned.rows.len()
            )));
        }
        let scenario = study.scenario.name.clone();
        let one = Fared { scenario, paths, seed: run.seed, outcomes: &outcomes, concerned, score };
        let (text, written) = study.write(&one, true)?;
        written?;
        simulator.leftover().remove();
        printed.push(text);
        fared.push(one);
    }
    if args.pieces.shard.is_some() {
        return print_done(&parts, args.output.format);
    }
    let text = match args.output.format {
        Format::Table if fared.len() > 1 => printed.join("\n") + "\n" + &overview(&fared),
        Format::Table => printed.concat(),
        Format::Json => objects(&printed),
        Format::Csv => table(&fared).text(),
    };
    if !complete {
        let done = match fared.len() {
            0 => "no scenario was scored, and nothing was written".to_string(),
            n => format!("{n} of {all} scenarios were scored and written"),
        };
        if !fared.is_empty() {
            let is_text = args.output.format == Format::Table;
            print(&(partial(!is_text) + &text));
        }
        let why = format!("Interrupted: {done}.");
        return Err(if goes_on { Leave::goes_on(why) } else { Leave::interrupted(why) });
    }
    Ok(print(&text))
}

/// By which the outcomes' rows mean a scenario.
fn stem(file: &Path) -> String {
    file.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}
