//! `roundtrip sensitivity`: which uncertain number matters, and how much is luck.

use crate::charts::{Figures, Run as Shown};
use crate::console::options::{
    Format, Output, SamplerName, Sampling, interrupted, listen_for_interrupt, parse_duration,
};
use crate::console::progress::Progress;
use crate::console::{BAD_INPUT, FAILED, print, say};
use crate::estimate::Estimates;
use crate::plan::Plan;
use crate::studies::driver::{Finished, are_measures, look, paths_kept, prepare, read_one};
use crate::studies::sensitivity::words as report;
use crate::studies::sensitivity::{
    ROWS_TOGETHER, Screening, Terms, paths_of, players, screen, sensitivity as study, shortlist,
};
use crate::words::numbers::{changed, count};
use clap::Args;
use std::path::PathBuf;
use std::time::{Duration, Instant};

#[derive(Args)]
#[command(
    mut_arg("paths", |rows| rows.help("Rows of the design [default: as many as a million paths allow, 8192 at most]")),
    after_help = "Examples:\n  roundtrip sensitivity configs/oracle.toml\n  roundtrip sensitivity configs/oracle.toml --measure unwind --paths 8192\n  roundtrip sensitivity configs/oracle.toml --budget 30s\n\nA row of the design takes about twice as many paths as there are uncertain numbers."
)]
pub struct SensitivityArgs {
    /// Scenario file
    #[arg(value_name = "SCENARIO")]
    pub scenario: PathBuf,
    /// Measures to explain
    #[arg(
        long = "measure",
        value_name = "MEASURE,…",
        value_delimiter = ',',
        default_value = "share.traced,capital.raised,unwind"
    )]
    pub measures: Vec<String>,
    /// Numbers studied one by one, those that screening ranks first; the others are studied together
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub most: u16,
    /// Take as many rows as fit into that much time: 30s, 5m, 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub budget: Option<Duration>,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub output: Output,
}

/// Rows unless --paths or --budget says otherwise: as many as this many paths allow, within bounds.
const PATHS: u64 = 1_000_000;
const ROWS: (u64, u64) = (1024, 8192);
/// With --budget.
const LEAST_ROWS: u64 = 256;
const MOST_ROWS: u64 = 1 << 18;
/// Values kept in memory, 8 bytes each.
const MOST_VALUES: u64 = 1 << 28;
/// Rows of the screening.
const TRAJECTORIES: usize = 256;

pub fn sensitivity(args: &SensitivityArgs) -> u8 {
    match whole(args) {
        Ok(code) | Err(code) => code,
    }
}

fn whole(args: &SensitivityArgs) -> Result<u8, u8> {
    let began = Instant::now();
    let scenario = read_one(&args.scenario, &args.sampling.overrides).ok_or(BAD_INPUT)?;
    let look = look(&args.output)?;
    if args.sampling.sampler != SamplerName::Plain {
        say(
            "error: the rows of a sensitivity study are drawn plainly, so that their spread tells the error; leave --sampler out",
        );
        return Err(BAD_INPUT);
    }
    let plan = Plan::compile(&scenario);
    if !are_measures(&plan, &args.measures) {
        return Err(BAD_INPUT);
    }
    let asked = paths_kept(&args.sampling, ROWS.1, MOST_ROWS)?;
    let folder = prepare(&args.output, &args.scenario, "sensitivity")?;
    args.sampling.use_threads();
    listen_for_interrupt();

    let all = players(&scenario, &plan);
    let mut measures: Vec<String> = Vec::new();
    for name in &args.measures {
        if !measures.contains(name) {
            measures.push(name.clone());
        }
    }
    let mut terms = Terms {
        run: args.sampling.run(asked),
        measures,
        trajectories: TRAJECTORIES,
        rows: rounded(asked),
        most: usize::from(args.most),
    };
    let stopped = || {
        say("Interrupted: a study that is not whole has no result, and none was written.");
        FAILED
    };
    let screened_in = Instant::now();
    let screening = if all.is_empty() {
        Screening { effects: Vec::new(), trajectories: 0, paths: 0 }
    } else {
        screen(&plan, &terms, &all, |_| interrupted()).ok_or_else(stopped)?
    };
    let (listed, effects) = shortlist(&all, &screening, terms.most);
    let of_row = paths_of(&listed, 1);
    if args.sampling.paths.is_some() {
        // As asked.
    } else if let Some(budget) = args.budget {
        let rate = screening.paths.max(1) as f64 / screened_in.elapsed().as_secs_f64().max(1e-3);
        let left = budget.saturating_sub(began.elapsed()).as_secs_f64();
        let affordable = left * rate / of_row as f64;
        terms.rows = rounded((affordable as u64).clamp(LEAST_ROWS, MOST_ROWS));
    } else {
        terms.rows = rounded((PATHS / of_row).clamp(ROWS.0, ROWS.1));
    }
    let most = MOST_VALUES / (of_row * (terms.measures.len() as u64 + 1));
    if terms.rows as u64 > most {
        let rows = count(most);
        say(&format!(
            "error: this study keeps all its paths in memory: --paths {rows} at most, or fewer measures"
        ));
        return Err(BAD_INPUT);
    }
    let mut progress = Progress::new(paths_of(&listed, terms.rows), args.output.quiet, &scenario.name);
    let found = study(&plan, &terms, listed, &effects, &screening, |done| {
        progress.at(done, || format!("{} rows", terms.rows));
        interrupted()
    })
    .ok_or_else(stopped)?;
    progress.done();

    let measures: Vec<_> = found.outcomes.iter().map(|o| (o.name.clone(), o.estimate)).collect();
    let estimates = Estimates { paths: 2 * terms.rows as u64, measures, ratios: Vec::new() };
    let called = changed(&scenario.name, &scenario.set, &args.sampling.off);
    let shown = Shown { scenario: called, paths: found.paths, seed: args.sampling.seed };
    let finished = Finished {
        study: "sensitivity",
        scenario: &scenario,
        sampling: &args.sampling,
        estimates: &estimates,
        details: report::details(&found),
        figures: Figures { drivers: report::figure(&found, shown), ..Figures::default() },
        began,
        simulated: found.paths,
    };
    let failed = |error: Box<dyn std::error::Error>| {
        say(&format!("error: {error}"));
        FAILED
    };
    let table = report::csv(&found).map_err(|error| failed(error.into()))?;
    let text = match args.output.format {
        Format::Table => report::text(&scenario.name, &found),
        Format::Json => finished.json().map_err(|error| failed(error.into()))?,
        Format::Csv => table.clone(),
    };
    let written = finished.write(&folder, &look, &[("drivers.csv", &table)], &args.output);
    let code = print(&text);
    written.map_err(failed)?;
    Ok(code)
}

/// Whole parts of the engine's work.
fn rounded(rows: u64) -> usize {
    (rows as usize).div_ceil(ROWS_TOGETHER).max(1) * ROWS_TOGETHER
}
