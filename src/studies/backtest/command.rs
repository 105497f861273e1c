//! `roundtrip backtest`: calibrate on everything before a date, predict what comes at it, go on; and keep the score.

use crate::calibrate::backtest::{self as calibrated, backtest, dates};
use crate::console::options::{
    Format, Output, circumstances, interrupted, listen_for_interrupt, use_threads,
};
use crate::console::progress::Progress;
use crate::console::{Ending, Leave, print, say};
use crate::files::owned::Owned;
use crate::studies::backtest::words;
use crate::studies::calibrate::command::{Market, Ticker, hype_is_within, read};
use crate::studies::driver::partial;
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Args)]
#[command(
    mut_arg("out", |out| out.default_value("output/backtest").help("Folder for results")),
    after_help = "Examples:\n  roundtrip backtest data/announcements.csv --hype 2025-09-10\n  roundtrip backtest my-events.csv --history 30 --format csv\n\nScenarios are set against what happened with `roundtrip score`."
)]
pub struct BacktestArgs {
    /// Dated events: data/announcements.csv or a file with the same columns
    #[arg(value_name = "EVENTS")]
    pub events: PathBuf,
    #[command(flatten)]
    pub market: Market,
    /// Deals that must lie before an event for it to be predicted
    #[arg(long, default_value_t = 15, value_parser = clap::value_parser!(u16).range(10..))]
    pub history: u16,
    /// Draws kept of each of a date's two chains
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub draws: u32,
    /// Draws of each chain that adapt the sampler and are thrown away
    #[arg(long, default_value_t = 400, value_parser = clap::value_parser!(u32).range(100..=100_000))]
    pub tune: u32,
    /// Seed of the random numbers
    #[arg(long, default_value_t = 1, value_parser = crate::console::options::parse_seed, allow_negative_numbers = true)]
    pub seed: u64,
    /// Threads [default: one per core]
    #[arg(long, value_parser = crate::console::options::parse_threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,
    /// Fit at every date, instead of weighting the last fit's draws where the weights can be trusted
    #[arg(long)]
    pub exact: bool,
    #[command(flatten)]
    pub output: Output,
}

pub fn run(args: &BacktestArgs) -> Ending {
    let began = Instant::now();
    if args.events.extension().is_some_and(|ending| ending == "toml") {
        return Err(Leave::bad_input(format!(
            "{0} is a scenario, and this command takes dated events; set it against what happened with \
             `roundtrip score {0} --outcomes data/outcomes.csv`",
            args.events.display()
        )));
    }
    let events = read(&args.events, &args.market)?;
    let look = args.output.pictures.look()?;
    let assumed = args.market.assumptions();
    hype_is_within(&events, &assumed, None)?;
    let owned = Owned::take(&args.output.folder())?;
    use_threads(args.threads);
    listen_for_interrupt();
    let mut effort = calibrated::effort(args.seed);
    (effort.draws, effort.tune) = (args.draws as usize, args.tune as usize);
    let history = usize::from(args.history);
    let total = dates(&events.list, history) as u64;
    let ticker = Ticker::new(Progress::of("dates", total, args.output.quiet, "backtest"), "a posterior each");
    let counted = || {
        ticker.tick();
    };
    let done = backtest(&events.list, &assumed, &effort, (history, args.exact), &counted, &|| !interrupted());
    ticker.finish();
    let result = done.map_err(|why| Leave::failed(format!("{why}; try another --seed")))?;
    if result.predictions.is_empty() && result.complete {
        return Err(Leave::failed(format!(
            "{}: no event has {} deals before it, and none is predicted: there is nothing to score; give more events, or a \
             smaller --history",
            events.file, result.history
        )));
    }
    let printed = match args.output.format {
        Format::Table => partial(result.complete) + &words::text(&result, &events),
        Format::Json => format!("{:#}\n", words::summary(&result, &events)),
        Format::Csv => words::table(&result, &events).text(),
    };
    let manifest = circumstances(began, result.complete, &events.text).manifest(
        &events.file,
        args.seed,
        "nuts",
        result.draws() as u64,
    );
    let (folder, _) = words::write(&owned, &result, &events, &look, manifest)?;
    let code = print(&printed);
    if !args.output.quiet {
        say(&format!("{:.1} s. Results: {}", began.elapsed().as_secs_f64(), folder.display()));
    }
    if !result.complete {
        return Err(Leave::interrupted("Interrupted: the results are of the dates done until then."));
    }
    Ok(code)
}
