//! `roundtrip sensitivity`: which uncertain number matters, and how much is luck.

use super::{ROWS_TOGETHER, Screening, Terms, paths_of, players, screen, sensitivity as study_of, shortlist};
use crate::console::options::{Output, SamplerName, Sampling, interrupted, parse_duration};
use crate::console::{BAD_INPUT, Ending, Leave};
use crate::files::journal::Header;
use crate::studies::driver::{Study, is_defined, parse_measure, paths_kept};
use crate::studies::simulator::Pieces;
use crate::words::numbers::count;
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
        value_parser = parse_measure,
        default_value = "share.traced,capital.raised,unwind"
    )]
    pub measures: Vec<String>,
    /// Numbers studied one by one, those that screening ranks first; the others are studied together
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=2000))]
    pub most: u16,
    /// Take as many rows as fit into that much time: 30s, 5m, 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration, conflicts_with = "shard")]
    pub budget: Option<Duration>,
    #[command(flatten)]
    pub sampling: Sampling,
    #[command(flatten)]
    pub pieces: Pieces,
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

/// Of paths that are simulated, or that shards hold.
pub fn sensitivity(args: &SensitivityArgs, shards: &[(PathBuf, Header)]) -> Ending {
    let study = Study::read("sensitivity", &args.scenario, &args.sampling, &args.output)?;
    if args.sampling.sampler != SamplerName::Plain {
        return Err(Leave::bad_input(
            "the rows of a sensitivity study are drawn plainly, so that their spread tells the error; leave --sampler out",
        ));
    }
    if !study.are_measures(&args.measures) {
        return Err(Leave::with_code(BAD_INPUT));
    }
    let asked = paths_kept(&args.sampling, ROWS.1, MOST_ROWS, args.measures.len())?;
    let pieces = args.pieces.unless(args.budget.is_some());
    let mut simulator =
        study.begin::<SensitivityArgs>(&pieces, shards, std::slice::from_ref(&args.scenario), &[])?;
    if simulator.is_idle() {
        // Before it is screened for nothing.
        study.leave_with_shard(&mut simulator)?;
    }

    let plan = &study.plan;
    let all = players(&study.scenario, plan);
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
    let whole = "a study";
    let screened_in = Instant::now();
    let screening = if all.is_empty() {
        Screening { effects: Vec::new(), trajectories: 0, paths: 0 }
    } else {
        screen(plan, &terms, &all, |_| interrupted()).map_err(|why| study.left(&mut simulator, whole, why))?
    };
    let (listed, effects) = shortlist(&all, &screening, terms.most);
    let of_row = paths_of(&listed, 1);
    if args.sampling.paths.is_some() {
        // As asked.
    } else if let Some(budget) = args.budget {
        let rate = screening.paths.max(1) as f64 / screened_in.elapsed().as_secs_f64().max(1e-3);
        let left = budget.saturating_sub(study.began().elapsed()).as_secs_f64();
        let affordable = left * rate / of_row as f64;
        terms.rows = rounded((affordable as u64).clamp(LEAST_ROWS, MOST_ROWS));
    } else {
        terms.rows = rounded((PATHS / of_row).clamp(ROWS.0, ROWS.1));
    }
    let most = MOST_VALUES / (of_row * (terms.measures.len() as u64 + 1));
    if terms.rows as u64 > most {
        return Err(Leave::bad_input(format!(
            "this study keeps all its paths in memory: --paths {} at most, or fewer measures",
            count(most)
        )));
    }
    let mut progress = study.progress(paths_of(&listed, terms.rows));
    let found = study_of(&mut simulator, plan, &terms, listed, &effects, &screening, |done| {
        progress.at(done, || format!("{} rows", terms.rows));
        interrupted()
    });
    progress.done();
    let found = found.map_err(|why| study.left(&mut simulator, whole, why))?;
    study.leave_with_shard(&mut simulator)?;
    for outcome in &found.outcomes {
        is_defined(&outcome.name, found.paths, outcome.estimate.n > 0)?;
    }
    study.end(&found, simulator)
}

/// Whole parts of the engine's work.
fn rounded(rows: u64) -> usize {
    (rows as usize).div_ceil(ROWS_TOGETHER).max(1) * ROWS_TOGETHER
}
