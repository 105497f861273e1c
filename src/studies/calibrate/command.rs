//! `roundtrip calibrate`: dated events → the posterior of the announcement effect, with the fit and its diagnostics.

use crate::calibrate::events::{Events, Returns};
use crate::calibrate::fit::{Failure, calibrate, hype_outside};
use crate::calibrate::model::Assumptions;
use crate::calibrate::sampler::Effort;
use crate::console::options::{
    Format, Output, circumstances, interrupted, listen_for_interrupt, use_threads,
};
use crate::console::progress::Progress;
use crate::console::{Ending, Leave, print, refused, say, say_findings};
use crate::files::owned::Owned;
use crate::input::days::{date_of, day_number};
use crate::studies::calibrate::words;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

#[derive(Args)]
#[command(
    mut_arg("out", |out| out.default_value("output/calibration").help("Folder for results")),
    after_help = "Examples:\n  roundtrip calibrate data/announcements.csv --hype 2025-09-10\n  roundtrip calibrate my-events.csv --draws 4000 --format json\n  roundtrip calibrate data/announcements.csv --chance 0.25 --out output/selection\n  roundtrip calibrate data/announcements.csv --until 2025-09-08 --out output/then\n\nA scenario draws from the result with { empirical = \"posterior.csv\", column = \"elasticity\" }; columns of one file stay joined."
)]
pub struct CalibrateArgs {
    /// Dated events: data/announcements.csv or a file with the same columns
    #[arg(value_name = "EVENTS")]
    pub events: PathBuf,
    #[command(flatten)]
    pub market: Market,
    /// Use only what was known before this day, as 2025-09-08: earlier events, and of their returns over twenty days those that were over
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub until: Option<i32>,
    /// Chains
    #[arg(long, default_value_t = 4, value_parser = clap::value_parser!(u16).range(2..=64))]
    pub chains: u16,
    /// Draws kept of each chain
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub draws: u32,
    /// Draws of each chain that adapt the sampler and are thrown away
    #[arg(long, default_value_t = 500, value_parser = clap::value_parser!(u32).range(100..=1_000_000))]
    pub tune: u32,
    /// Acceptance that the step size aims at: nearer to 1 for fewer divergences
    #[arg(long, default_value_t = 0.8, value_parser = parse_acceptance)]
    pub acceptance: f64,
    /// Rows of posterior.csv, at most
    #[arg(long, default_value_t = 4000, value_parser = clap::value_parser!(u32).range(1..))]
    pub rows: u32,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1, value_parser = crate::console::options::parse_seed, allow_negative_numbers = true)]
    pub seed: u64,
    /// Threads [default: one per core]
    #[arg(long, value_parser = crate::console::options::parse_threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,
    #[command(flatten)]
    pub output: Output,
}

/// What is assumed of the market and of the file, not estimated.
#[derive(Args, Clone)]
pub struct Market {
    /// Beta to the benchmark of rows that have none of their own
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true)]
    pub beta: f64,
    /// What a dollar of a contract's headline value is worth to the company
    #[arg(long, default_value_t = 0.05, value_parser = parse_share)]
    pub worth: f64,
    /// Chance of a small move to be in the file, relative to a large one; 1: no selection
    #[arg(long, default_value_t = 1.0, value_parser = parse_chance)]
    pub chance: f64,
    /// A small move: within ± so much, as a fraction
    #[arg(long, default_value_t = 0.05, value_parser = parse_share)]
    pub threshold: f64,
    /// A day that is hype by definition, as 2025-09-10: it fixes what a response of 1 means
    #[arg(long, value_name = "DATE", value_parser = parse_day)]
    pub hype: Option<i32>,
    /// In what the file gives returns, where it could be either [default: percent]
    #[arg(long, value_enum)]
    pub returns: Option<ReturnUnit>,
}

/// In what the file gives returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ReturnUnit {
    Percent,
    Fractions,
}

impl ReturnUnit {
    pub fn returns(self) -> Returns {
        match self {
            ReturnUnit::Percent => Returns::Percent,
            ReturnUnit::Fractions => Returns::Fractions,
        }
    }
}

impl Market {
    pub fn assumptions(&self) -> Assumptions {
        Assumptions {
            beta: self.beta,
            worth: self.worth,
            chance: self.chance,
            threshold: self.threshold,
            hype: self.hype,
        }
    }
}

fn parse_day(text: &str) -> Result<i32, String> {
    text.parse().map(day_number).map_err(|_| "write it as 2025-09-10".into())
}

fn parse_within(text: &str, low: f64, high: f64, words: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value >= low && value <= high => Ok(value),
        _ => Err(format!("a number {words}")),
    }
}

fn parse_share(text: &str) -> Result<f64, String> {
    parse_within(text, 0.0, 1.0, "from 0 to 1")
}

fn parse_chance(text: &str) -> Result<f64, String> {
    parse_within(text, 0.01, 1.0, "from 0.01 to 1")
}

fn parse_acceptance(text: &str) -> Result<f64, String> {
    parse_within(text, 0.5, 0.999, "from 0.5 to 0.999")
}

/// The events; says what is wrong with them, and what is doubtful.
pub fn read(path: &Path, market: &Market) -> Result<Events, Leave> {
    let returns = market.returns.map_or(Returns::Unsaid, ReturnUnit::returns);
    let events = Events::read(path, returns).map_err(refused)?;
    if !events.warnings.is_empty() {
        say_findings(&events.warnings);
    }
    Ok(events)
}

/// A counter over threads that shows progress and says whether to go on.
pub struct Ticker {
    done: AtomicU64,
    progress: Mutex<Progress>,
    words: &'static str,
}

impl Ticker {
    pub fn new(progress: Progress, words: &'static str) -> Ticker {
        Ticker { done: AtomicU64::new(0), progress: Mutex::new(progress), words }
    }

    pub fn tick(&self) -> bool {
        let done = self.done.fetch_add(1, Ordering::Relaxed) + 1;
        if let Ok(mut progress) = self.progress.try_lock() {
            progress.at(done, || self.words.to_string());
        }
        !interrupted()
    }

    pub fn finish(&self) {
        if let Ok(progress) = self.progress.lock() {
            progress.done();
        }
    }
}

/// Does the day of `--hype` lie among the events?
pub fn hype_is_within(events: &Events, assumed: &Assumptions, until: Option<i32>) -> Result<(), Leave> {
    let Some((first, last)) = hype_outside(&events.list, assumed, until) else { return Ok(()) };
    Err(Leave::bad_input(format!(
        "the day of `--hype` lies outside the events that are used\n  help: they run from {} to {}; name a day between them",
        date_of(first),
        date_of(last)
    )))
}

pub fn run(args: &CalibrateArgs) -> Ending {
    let began = Instant::now();
    let events = read(&args.events, &args.market)?;
    let look = args.output.pictures.look()?;
    let assumed = args.market.assumptions();
    hype_is_within(&events, &assumed, args.until)?;
    let owned = Owned::take(&args.output.folder())?;
    use_threads(args.threads);
    listen_for_interrupt();
    let effort = Effort {
        chains: usize::from(args.chains),
        tune: args.tune as usize,
        draws: args.draws as usize,
        seed: args.seed,
        acceptance: args.acceptance,
    };
    let total = effort.chains as u64 * (effort.tune + effort.draws) as u64;
    let ticker = Ticker::new(Progress::of("draws", total, args.output.quiet, "calibrate"), "tuning included");
    let done = calibrate(&events.list, &assumed, args.until, &effort, &|| ticker.tick());
    ticker.finish();
    let calibration = done.map_err(|failure| match failure {
        Failure::TooFew(why) => Leave::bad_input(format!("{}: {why}", events.file)),
        Failure::Sampler(why) => {
            Leave::failed(format!("{why}; try another --seed, and look at the events for extreme values"))
        }
        Failure::Interrupted => {
            Leave::interrupted("Interrupted: nothing is written, half a chain is no posterior.")
        }
    })?;
    let complaints = calibration.health.complaints();
    if !complaints.is_empty() {
        say(&words::health(&calibration));
        for complaint in complaints {
            say(&format!("error: {complaint}"));
        }
        return Err(Leave::stopped("Refused: no posterior is written."));
    }
    let printed = match args.output.format {
        Format::Table => words::text(&calibration, &events),
        Format::Json => format!("{:#}\n", words::summary(&calibration, &events)),
        Format::Csv => words::table(&calibration).text(),
    };
    let manifest = circumstances(began, true, &events.text).manifest(
        &events.file,
        args.seed,
        "nuts",
        calibration.sample.len() as u64,
    );
    let (folder, _) = words::write(&owned, &calibration, &events, args.rows as usize, &look, manifest)?;
    let code = print(&printed);
    if !args.output.quiet {
        say(&format!(
            "{:.1} s. Scenarios draw from {}. Results: {}",
            began.elapsed().as_secs_f64(),
            folder.join("posterior.csv").display(),
            folder.display()
        ));
    }
    Ok(code)
}
