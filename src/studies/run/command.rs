//! `roundtrip run`: the main job. Reads every scenario before it simulates any, streams paths to disk as they finish,
//! and prints the answer.

use crate::charts::distribution::Tally;
use crate::charts::theme::Look;
use crate::console::options::{
    Format, Output, SamplerName, Sampling, circumstances, interrupted, listen_for_interrupt, parse_duration,
    parse_paths,
};
use crate::console::progress::Progress;
use crate::console::{BAD_INPUT, FAILED, OK, print, read_all, say};
use crate::engine::simulate::{CHUNK, column_names};
use crate::engine::{Chunk, Gathering, Run};
use crate::estimate::convergence::Running;
use crate::estimate::precision::Precision;
use crate::estimate::sensitivity::rank_correlation;
use crate::estimate::survival::Unwinds;
use crate::estimate::{Accumulator, Keep, RatioEstimate, RatioSpec};
use crate::files::folder;
use crate::files::manifest::PictureSettings;
use crate::files::parquet::PathsWriter;
use crate::files::summary;
use crate::input::days::decimal_year;
use crate::input::names::nearest;
use crate::outcome::RATIOS;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::studies::driver::{is_amount_of, is_no_measure};
use crate::studies::run::causal::{CAUSAL_PATHS, OnRun, causal};
use crate::studies::run::corners::{CORNER_PATHS, corners};
use crate::studies::run::folder as run_folder;
use crate::studies::run::results::{Evidence, Results, nodes, opening_premiums, parties, throughput_share};
use crate::studies::run::source::{CHECKPOINT, Shard, Source, header, parse_shard, simulate_shard};
use crate::studies::run::words as terminal;
use crate::words::measure::Kind;
use crate::words::numbers::{count, counted, percent};
use clap::Args;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths to simulate; 1e6 is accepted [default: 100000, with --until at most 1e7]")),
    after_help = "Examples:\n  roundtrip run configs/oracle.toml\n  roundtrip run configs/oracle.toml configs/softbank.toml --paths 200000\n  roundtrip run configs/oracle.toml --until \"share.traced: 0.1%\" --budget 60s\n  roundtrip run configs/oracle.toml --off announcement,collateral --out without"
)]
pub struct RunArgs {
    /// Scenario files
    #[arg(required = true, value_name = "SCENARIO")]
    pub scenarios: Vec<PathBuf>,
    #[command(flatten)]
    pub sampling: Sampling,
    /// Stop when the standard error of a measure or ratio of means is that small: "share.traced: 0.1%"
    #[arg(long, value_name = "MEASURE: ERROR", value_parser = parse_until)]
    pub until: Option<Until>,
    /// Stop after that much time, causal lens included and files not: 30s, 5m, 1h
    #[arg(long, value_name = "TIME", value_parser = parse_duration)]
    pub budget: Option<Duration>,
    /// Paths at each corner of what is assumed of outside money, for the causal share's range; 0 leaves it out [default: 2000]
    #[arg(long, value_name = "PATHS", value_parser = parse_corner_paths, allow_negative_numbers = true)]
    pub corner_paths: Option<u64>,
    /// Simulate one shard of the run only, the I-th of N; `roundtrip merge` puts them together
    #[arg(long, value_name = "I/N", value_parser = parse_shard, conflicts_with_all = ["until", "budget"])]
    pub shard: Option<Shard>,
    /// Keep a checkpoint from that time on, from which the same command goes on if it is cut off
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub checkpoint: Duration,
    #[command(flatten)]
    pub output: Output,
}

#[derive(Clone)]
pub struct Until {
    measure: String,
    error: f64,
    /// As it was typed.
    typed: String,
}

fn parse_until(text: &str) -> Result<Until, String> {
    let wrong = || "write it as \"MEASURE: ERROR\", for example \"share.traced: 0.1%\"".to_string();
    let (measure, error) = text.rsplit_once(':').ok_or_else(wrong)?;
    let error = error.trim();
    let value = match error.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|p| p / 100.0),
        None => error.parse(),
    };
    match value {
        Ok(value) if value > 0.0 && value.is_finite() => {
            Ok(Until { measure: measure.trim().to_string(), error: value, typed: error.to_string() })
        }
        _ => Err(wrong()),
    }
}

fn parse_corner_paths(text: &str) -> Result<u64, String> {
    if text == "0" { Ok(0) } else { parse_paths(text) }
}

/// Paths without --paths, and at most with --until.
const PATHS: u64 = 100_000;
const MOST_PATHS: u64 = 10_000_000;

/// Drivers named in the terminal.
const DRIVERS: usize = 5;

pub fn run(args: &RunArgs) -> u8 {
    let Some(scenarios) = read_all(&args.scenarios, &args.sampling.overrides) else { return BAD_INPUT };
    let Some(look) = args.output.pictures.look() else { return BAD_INPUT };
    if args.until.is_some() && args.sampling.sampler == SamplerName::Lhs {
        say(
            "error: a Latin hypercube is laid out for a fixed number of paths; use --paths, or --sampler plain or sobol with --until",
        );
        return BAD_INPUT;
    }
    let Some(folders) = folders(&args.scenarios, &args.output.out) else { return BAD_INPUT };
    let plans: Vec<Plan> = scenarios.iter().map(Plan::compile).collect();
    if let Some(until) = &args.until {
        for (plan, file) in plans.iter().zip(&args.scenarios) {
            if !can_stop(plan, file, until) {
                return BAD_INPUT;
            }
        }
    }
    if let Some(shard) = args.shard {
        return shards(args, &scenarios, &plans, &folders, &look, shard);
    }
    for folder in &folders {
        if let Err(error) = folder::prepare(folder) {
            say(&format!("error: {error}"));
            return FAILED;
        }
    }
    args.sampling.use_threads();
    listen_for_interrupt();
    let mut code = OK;
    let (mut printed, mut all) = (Vec::new(), Vec::new());
    for ((scenario, plan), folder) in scenarios.iter().zip(&plans).zip(&folders) {
        let source = Source::Engine { checkpoint: folder.join(CHECKPOINT), after: args.checkpoint };
        match one(args, scenario, plan, folder, &look, source, None) {
            Ok((text, results)) => {
                printed.push(text);
                all.push(results);
            }
            Err(error) => {
                // What is done is done, and printed below.
                say(&format!("error: {}: {error}", scenario.name));
                code = FAILED;
                break;
            }
        }
        if interrupted() {
            code = FAILED;
            break;
        }
    }
    if all.len() > 1 {
        match run_folder::overview(&args.output.out, &all, &look) {
            Ok(picture) if !args.output.quiet => {
                say(&format!("Overview of {} scenarios: {}", all.len(), picture.display()))
            }
            Ok(_) => {}
            Err(error) => {
                say(&format!("error: {error}"));
                code = FAILED;
            }
        }
        if args.output.format == Format::Table {
            printed.push(terminal::overview(&all));
        }
    }
    print(&joined(&printed, args.output.format)).max(code)
}

/// What is printed of several scenarios, or of one.
pub fn joined(printed: &[String], format: Format) -> String {
    match format {
        Format::Json if printed.len() > 1 => format!("[\n{}\n]\n", printed.join(",\n")),
        Format::Json => printed.concat() + "\n",
        Format::Csv => csv_header() + &printed.concat(),
        Format::Table => printed.join("\n"),
    }
}

/// One shard of every scenario.
fn shards(
    args: &RunArgs,
    scenarios: &[Scenario],
    plans: &[Plan],
    folders: &[PathBuf],
    look: &Look,
    shard: Shard,
) -> u8 {
    let run = args.sampling.run(args.sampling.paths.unwrap_or(PATHS));
    if run.paths.div_ceil(CHUNK) < shard.of {
        say(&format!(
            "error: a run of {} has {} of {CHUNK}: too few for {} shards; ask for fewer, or for more paths",
            counted(run.paths, "path"),
            counted(run.paths.div_ceil(CHUNK), "chunk"),
            shard.of
        ));
        return BAD_INPUT;
    }
    args.sampling.use_threads();
    listen_for_interrupt();
    let mut printed = String::new();
    for ((scenario, plan), folder) in scenarios.iter().zip(plans).zip(folders) {
        let mut header = header(scenario, plan, &args.sampling, &run, Some(shard), PictureSettings::of(look));
        header.settings.corner_paths = args.corner_paths;
        match simulate_shard(scenario, plan, folder, header, &run, shard, args.output.quiet) {
            Ok(true) => printed.push_str(&format!("{}\n", shard.file(folder).display())),
            Ok(false) => return print(&printed).max(FAILED),
            Err(error) => {
                say(&format!("error: {}: {error}", scenario.name));
                return print(&printed).max(FAILED);
            }
        }
    }
    print(&printed)
}

/// A results folder per scenario, named after its file.
pub fn folders(scenarios: &[PathBuf], out: &Path) -> Option<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for file in scenarios {
        let stem = file.file_stem().unwrap_or_default();
        let folder = out.join(stem);
        if folders.contains(&folder) {
            say(&format!(
                "error: two scenarios would write to {}; rename one of the files or run them apart",
                folder.display()
            ));
            return None;
        }
        folders.push(folder);
    }
    Some(folders)
}

/// Ratios of means that are there only when a run is over, and why.
const AFTERWARDS: [(&str, &str); 9] = [
    ("share.circular", "it is worked out from the flows of all paths together"),
    ("share.causal", "it comes from running paths again without the loops"),
    ("share.causal.upper", "it comes from running paths again without the loops"),
    ("share.causal.demand", "it comes from running paths again without the loops"),
    ("share.causal.low", "it comes from running paths again without the loops"),
    ("share.causal.high", "it comes from running paths again without the loops"),
    ("share.financing.causal", "it comes from running paths again without the loops"),
    ("replacement", "it comes from running paths again without the loops"),
    ("replacement.at_10_percent", "it comes from running paths again without the loops"),
];

/// Can a run stop at a standard error of the measure? Says why not.
fn can_stop(plan: &Plan, file: &Path, until: &Until) -> bool {
    let measure = &until.measure;
    if let Some((_, why)) = AFTERWARDS.iter().find(|(name, _)| name == measure) {
        say(&format!(
            "error: --until cannot wait for `{measure}`: {why}, when the run is over; wait for `share.traced`, or say how many --paths"
        ));
        return false;
    }
    let columns = column_names(plan);
    let names = || {
        let measures = columns[plan.uncertain.len()..].iter().map(String::as_str);
        let has = |name: &str| columns.iter().any(|column| column == name);
        measures.chain(RATIOS.iter().filter(move |(_, part, _)| has(part)).map(|(name, _, _)| *name))
    };
    if !names().any(|name| name == measure) {
        let near = nearest(measure, names()).unwrap_or_default();
        let of = file.display().to_string();
        say(&is_no_measure(measure, plan.uncertain.contains(measure), &of, near));
        return false;
    }
    is_amount_of(measure, &until.typed, ": ")
}

/// Ratios of means by column number.
fn ratios(names: &[String]) -> Vec<RatioSpec> {
    let column = |name: &str| names.iter().position(|n| n == name);
    RATIOS
        .iter()
        .filter_map(|(name, part, whole)| {
            let (numerator, denominator) = (vec![column(part)?], column(whole)?);
            Some(RatioSpec { name: name.to_string(), numerator, denominator })
        })
        .collect()
}

/// How a run that is run again had stopped: after how many of its paths, and whether of itself.
#[derive(Clone, Copy)]
pub struct Stopped {
    pub paths: u64,
    pub complete: bool,
}

/// One scenario: simulate, estimate, write. Returns what is to be printed.
pub fn one(
    args: &RunArgs,
    scenario: &Scenario,
    plan: &Plan,
    folder: &Path,
    look: &Look,
    source: Source,
    stopped: Option<Stopped>,
) -> Result<(String, Results), Box<dyn std::error::Error>> {
    let began = Instant::now();
    let names = column_names(plan);
    let (_, sampler_name) = args.sampling.sampler.sampler();
    let most = args.sampling.paths.unwrap_or(if args.until.is_some() { MOST_PATHS } else { PATHS });
    let mut settings = args.sampling.run(most);
    settings.end = stopped.map_or(most, |stopped| stopped.paths);
    let mut header = header(scenario, plan, &args.sampling, &settings, None, PictureSettings::of(look));
    header.settings.corner_paths = args.corner_paths;
    let column = |name: &str| names.iter().position(|n| n == name).expect("a measure of every run");
    let (raised_column, share_column) = (column("capital.raised"), column("share.traced"));
    let mut accumulator = Accumulator::new(names.clone(), ratios(&names), Keep::MEASURES)
        .replicated(settings.sampler.is_replicated());
    let mut writer = PathsWriter::create(&folder.join("paths.parquet"), &names)?;
    let mut failure = None;
    let mut on = OnRun::new(plan);
    let on_columns: Vec<usize> = on.names.iter().map(|name| column(name)).collect();
    let mut sample: Vec<Vec<f64>> = vec![Vec::new(); plan.uncertain.len() + 1];
    let mut shares = Tally::of([]);
    let mut running = Running::new(settings.sampler.is_replicated());
    let manufactured_column = column("capital.manufactured");
    let mut unwinds = Unwinds::over(&plan.clock);
    let unwind_column = column("unwind.time");
    let mut precision = args.until.as_ref().map(|until| Precision::new(until.error, Precision::LEVEL));
    let mut reached = false;
    let mut progress = Progress::new(most, args.output.quiet, &scenario.name);
    let corner_paths = args.corner_paths.unwrap_or(CORNER_PATHS);
    let again = runs_again(plan, &settings, corner_paths);
    let halt = |begun: u64| args.budget.is_some_and(|budget| is_spent(budget, began.elapsed(), begun, again));
    let mut gathering = Gathering::new(plan, &settings);
    let mut take = |chunk: &Chunk| {
        let block = &chunk.block;
        gathering.absorb(chunk);
        accumulator.add(block);
        unwinds.add(&block.columns[unwind_column]);
        running.add(&block.columns[manufactured_column], &block.columns[raised_column]);
        note(block, &on_columns, share_column, &mut on, &mut sample, &mut shares);
        if let Err(error) = writer.add(block) {
            failure = Some(error);
        }
        // A checkpoint inside a chunk is looked at when the chunk is there.
        if let (Some(rule), Some(until)) = (&mut precision, &args.until)
            && accumulator.paths() >= rule.next_checkpoint()
        {
            let spread = accumulator.spread(&until.measure);
            reached = spread.is_some_and(|spread| rule.look(&spread).reached);
        }
        let now = |measure: &str| accumulator.current(measure).unwrap_or((f64::NAN, f64::NAN));
        if args.until.is_some() || args.budget.is_some() {
            let error = args.until.as_ref().map(|until| (now(&until.measure).1, until.error));
            let expected = expected(accumulator.paths(), error, args.budget, began.elapsed());
            progress.expect(expected.min(most));
        }
        progress.at(accumulator.paths(), || match &args.until {
            None => {
                let (value, se) = now("share.traced");
                format!("traced {} ± {:.2}%", percent(value, se), 100.0 * se)
            }
            Some(until) => {
                let ((value, se), kind) = (now(&until.measure), Kind::of(&until.measure));
                let (is, wanted) = (kind.error(se), kind.error(until.error));
                format!("{} {} ± {is}, until ± {wanted}", until.measure, kind.value(value, se))
            }
        });
        if reached || failure.is_some() || interrupted() {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    };
    let leftover = source.each(plan, &settings, &header, &halt, &mut take)?;
    let finished = gathering.finish();
    progress.done();
    if let Some(error) = failure {
        return Err(error.into());
    }
    let cut_off = interrupted();
    let causal_run = Run { paths: settings.paths, ..settings };
    let without_causal = cut_off || stopped.is_some_and(|stopped| !stopped.complete);
    let causal =
        if without_causal { None } else { causal(plan, &causal_run, &on, corner_paths, interrupted) };
    let cut_off = interrupted() || without_causal;
    let paths = accumulator.paths();
    let mut estimates = accumulator.finish();
    let circular = throughput_share(&finished.flows);
    estimates.ratios.push(("share.circular".into(), circular));
    if let Some(causal) = &causal {
        estimates.ratios.extend(causal.ratios());
    }
    let (nodes, node_kinds) = nodes(plan);
    let companies: Vec<String> = plan.actors.companies.iter().map(|company| company.name.clone()).collect();
    let results = Results {
        name: scenario.name.clone(),
        seed: args.sampling.seed,
        sampler: sampler_name,
        paths,
        years: scenario.years,
        start: decimal_year(scenario.start),
        labs: plan.actors.labs.iter().map(|lab| lab.name.clone()).collect(),
        opening_premiums: opening_premiums(scenario, &estimates, &companies),
        companies,
        persons: plan.actors.persons.iter().map(|person| person.name.clone()).collect(),
        holdings: plan.actors.holdings.iter().map(|holding| holding.name.clone()).collect(),
        estimates,
        uncertain: plan.uncertain.len(),
        traced: shares,
        convergence: running.finish(),
        unwinds,
        causal,
        drivers: drivers(&plan.uncertain, &sample),
        parties: parties(plan, &finished.flows),
        nodes,
        node_kinds,
        flows: finished.flows,
        courses: finished.courses,
        evidence: Evidence::of(scenario),
        set: scenario.set.clone(),
        off: args.sampling.off.clone(),
    };
    let printed = match args.output.format {
        Format::Table => terminal::text(&results),
        Format::Json => {
            summary::text(&results.name, results.seed, &results.estimates, results.causal_json())?
                .trim_end()
                .to_string()
        }
        Format::Csv => csv_text(&results)?,
    };
    let circumstances = circumstances(began, !cut_off, &scenario.text);
    let simulated = began.elapsed();
    let pictures =
        run_folder::write(folder, &results, scenario, writer, look, circumstances, header.settings)?;
    // A run that was cut off is continued from its checkpoint.
    if cut_off {
        leftover.keep()
    } else {
        leftover.remove()
    }
    if !args.output.quiet {
        closing(args, &results, folder, &pictures, simulated, began.elapsed(), cut_off, reached);
    }
    Ok((printed, results))
}

/// Is so much of a budget gone that the rest of it is the causal lens's, which runs the first paths again?
fn is_spent(budget: Duration, elapsed: Duration, begun: u64, [whole, corners]: [(u64, u64); 2]) -> bool {
    let again: u64 = [whole, corners].into_iter().map(|(runs, paths)| runs * begun.min(paths)).sum();
    elapsed.as_secs_f64() * (begun + again) as f64 >= budget.as_secs_f64() * begun as f64
}

/// Runs of a path that the causal lens takes, and of how many of the first paths: without the loops but one, without any,
/// and without what is tied to them; and with and without them at every corner.
fn runs_again(plan: &Plan, run: &Run, corner_paths: u64) -> [(u64, u64); 2] {
    let ties = run.loops.of_which_off(run.loops.causal_off());
    let at_corners = 2 * corners(plan).len() as u64;
    [(2 + u64::from(plan.compute.is_tied(ties)), CAUSAL_PATHS), (at_corners, corner_paths.min(CAUSAL_PATHS))]
}

/// After how many paths a run is likely to stop: where the error, which falls with the root of their number, is the one
/// that is asked for, and where the budget ends.
fn expected(paths: u64, error: Option<(f64, f64)>, budget: Option<Duration>, elapsed: Duration) -> u64 {
    let mut times = f64::INFINITY;
    if let Some((is, wanted)) = error
        && is > 0.0
    {
        times = (is / wanted) * (is / wanted);
    }
    if let Some(budget) = budget {
        times = times.min(budget.as_secs_f64() / elapsed.as_secs_f64().max(1e-9));
    }
    // Saturates where nothing is known.
    (paths as f64 * times.max(1.0)) as u64
}

/// Keeps what the causal lens, the drivers and the distribution need of a block.
fn note(
    block: &crate::estimate::Block,
    on_columns: &[usize],
    share_column: usize,
    on: &mut OnRun,
    sample: &mut [Vec<f64>],
    shares: &mut Tally,
) {
    let room = (CAUSAL_PATHS as usize).saturating_sub(on.paths()).min(block.paths);
    for (kept, column) in on.columns.iter_mut().zip(on_columns) {
        kept.extend_from_slice(&block.columns[*column][..room]);
    }
    let last = sample.len() - 1;
    for (k, kept) in sample.iter_mut().enumerate() {
        let column = if k == last { share_column } else { k };
        kept.extend_from_slice(&block.columns[column][..room]);
    }
    let more = Tally::of(block.columns[share_column].iter().copied());
    shares.zero += more.zero;
    shares.one += more.one;
    for (sum, more) in shares.between.iter_mut().zip(more.between) {
        *sum += more;
    }
}

/// The uncertain numbers that the traced share moves with most, where the correlation can be told from zero.
fn drivers(uncertain: &[String], sample: &[Vec<f64>]) -> Vec<(String, RatioEstimate)> {
    let Some((share, numbers)) = sample.split_last() else { return Vec::new() };
    let mut all: Vec<(String, RatioEstimate)> = uncertain
        .iter()
        .zip(numbers)
        .map(|(address, values)| (address.clone(), rank_correlation(values, share)))
        .filter(|(_, rho)| rho.value.abs() > 3.0 * rho.se)
        .collect();
    all.sort_by(|a, b| b.1.value.abs().total_cmp(&a.1.value.abs()));
    all.truncate(DRIVERS);
    all
}

fn csv_header() -> String {
    ["scenario", "measure", "mean", "se", "sd", "p5", "p25", "p50", "p75", "p95", "n"].join(",") + "\n"
}

/// A line per measure.
fn csv_text(results: &Results) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    for (name, e) in &results.estimates.measures {
        let quantiles = [e.p5, e.p25, e.p50, e.p75, e.p95].map(|q| number(q.value));
        let mut record = vec![results.name.clone(), name.clone(), number(e.mean), number(e.se), number(e.sd)];
        record.extend(quantiles);
        record.push(e.n.to_string());
        table.write_record(&record)?;
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

#[allow(clippy::too_many_arguments)]
fn closing(
    args: &RunArgs,
    results: &Results,
    folder: &Path,
    pictures: &[PathBuf],
    simulated: Duration,
    whole: Duration,
    interrupted: bool,
    reached: bool,
) {
    if interrupted {
        say(&format!("Interrupted: the results are of the {} paths done until then.", count(results.paths)));
    }
    if let Some(until) = &args.until
        && !reached
        && !interrupted
    {
        say(&format!(
            "The standard error of {} has not reached {}: give it more --paths or a larger --budget.",
            until.measure, until.typed
        ));
    }
    say(&format!(
        "{}, seed {}, in {:.1} s ({:.1} s with files). Results: {}, {} in {}",
        counted(results.paths, "path"),
        results.seed,
        simulated.as_secs_f64(),
        whole.as_secs_f64(),
        folder.display(),
        counted(pictures.len() as u64, "chart"),
        folder.join("charts").display()
    ));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_keeps_the_causal_lens_in_mind() {
        let again = [(2, CAUSAL_PATHS), (0, CORNER_PATHS)];
        let spent =
            |elapsed, begun| is_spent(Duration::from_secs(30), Duration::from_secs(elapsed), begun, again);
        // Few paths are all run twice again: a third of the time is theirs.
        assert!(!spent(9, 5_000) && spent(10, 5_000));
        // Of many only the first are.
        assert!(!spent(29, 4_000_000) && spent(30, 4_000_000));
        assert!(!spent(14, 40_000) && spent(15, 40_000));
        // Three corners, on and off, take as much as 12,000 paths.
        let corners = [(2, CAUSAL_PATHS), (6, CORNER_PATHS)];
        let spent =
            |elapsed| is_spent(Duration::from_secs(92), Duration::from_secs(elapsed), 40_000, corners);
        assert!(!spent(39) && spent(40));
    }

    #[test]
    fn a_run_is_expected_to_end_where_its_error_or_its_budget_does() {
        let [second, ten] = [1, 10].map(Duration::from_secs);
        assert_eq!(expected(1000, Some((0.02, 0.01)), None, second), 4000);
        assert_eq!(expected(1000, Some((0.02, 0.001)), Some(ten), second), 10_000);
        assert_eq!(expected(1000, Some((0.005, 0.01)), None, second), 1000, "the rule asks for more");
        assert_eq!(expected(1000, Some((f64::NAN, 0.01)), None, second), u64::MAX, "nothing is known");
    }
}
