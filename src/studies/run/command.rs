//! `roundtrip run`: the main job. Reads every scenario before it simulates any, streams paths to disk as they finish,
//! and prints the answer.

use super::Gathered;
use super::aggregates::simulate_together;
use super::asked::Asked;
use super::causal::{Again, CAUSAL_PATHS, causal};
use super::corners::CORNER_PATHS;
use super::folder::{overview, write};
use super::results::{Results, by_insiders};
use super::shard::{Done, Job, Shard, parse_shard, print_done, simulate_paths};
use super::source::{Leftover, Source, header};
use super::stops::{CIRCULAR, Until, can_stop, expected, is_of_lens, is_spent, parse_until, runs_again};
use super::words;
use crate::charts::theme::Look;
use crate::console::options::{
    Format, Output, SamplerName, Sampling, circumstances, interrupted, listen_for_interrupt, parse_duration,
    parse_paths,
};
use crate::console::progress::Progress;
use crate::console::{Ending, GOES_ON, INTERRUPTED, Leave, OK, print, read_all, refused, say};
use crate::engine::simulate::{CHUNK, column_names};
use crate::engine::{Chunk, Unfinished};
use crate::estimate::Estimates;
use crate::estimate::precision::Precision;
use crate::files::kept::{Keep, Kept};
use crate::files::manifest::{Manifest, PictureSettings, Settings};
use crate::files::owned::{MANIFEST, Owned};
use crate::files::parquet::PathsWriter;
use crate::files::summary;
use crate::files::table::{Cell, Table, cells};
use crate::input::names::nearest;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::studies::driver::partial;
use crate::studies::room;
use crate::words::measure::Kind;
use crate::words::numbers::{count, counted, percent};
use clap::Args;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

#[derive(Args)]
#[command(
    mut_arg("paths", |paths| paths.help("Paths to simulate; 1e6 is accepted [default: 100000, with --until at most 1e7]")),
    after_help = "Examples:\n  roundtrip run configs/oracle.toml\n  roundtrip run configs/oracle.toml configs/softbank.toml --paths 200000\n  roundtrip run configs/oracle.toml --until \"share.traced: 0.1%\" --budget 60s\n  roundtrip run configs/oracle.toml --off announcement,collateral --out without\n  roundtrip run configs/oracle.toml --ask 'P(share.traced > 15%)' --ask 'p90(capital.raised | unwind)'"
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
    /// Paths of the causal lens, of a run that is run again.
    #[arg(skip)]
    pub causal_paths: Option<u64>,
    /// Which paths to keep in paths.parquet [default: all; of a shard none]
    #[arg(long, value_enum)]
    pub keep: Option<Keep>,
    /// Of these only the columns of that name; `*` stands for anything: "capital.*,share.traced"
    #[arg(long, value_name = "COLUMN,…", value_delimiter = ',')]
    pub columns: Vec<String>,
    #[command(flatten)]
    pub questions: Questions,
    /// Simulate one shard of the run only, the I-th of N, `auto` in a task of a Slurm array, `auto/N` there or in an indexed job of Kubernetes; `roundtrip merge` puts them together
    #[arg(long, value_name = "I/N", value_parser = parse_shard, conflicts_with_all = ["until", "budget"])]
    pub shard: Option<Shard>,
    /// Keep a checkpoint from that time on, from which the same command goes on if it is cut off
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub checkpoint: Duration,
    #[command(flatten)]
    pub output: Output,
}

/// Questions that a command takes.
#[derive(Args, Clone, Default)]
pub struct Questions {
    /// A question to the paths: "P(share.traced > 15%)", "p90(capital.raised | unwind)", "mean(put_in.A.L - got_back.A.L)"; repeatable
    #[arg(long, value_name = "QUESTION")]
    pub ask: Vec<String>,
}

impl Questions {
    /// To the paths of a plan, or what is wrong with them.
    pub fn to(&self, scenario: &Scenario, plan: &Plan, sampling: &Sampling) -> Result<Asked, Leave> {
        let is_replicated = sampling.sampler.sampler().is_replicated();
        Asked::of(&self.ask, &column_names(plan), scenario.currency, is_replicated).map_err(refused)
    }
}

fn parse_corner_paths(text: &str) -> Result<u64, String> {
    if text == "0" { Ok(0) } else { parse_paths(text) }
}

impl RunArgs {
    /// A run that was described elsewhere, in one go.
    pub fn again(
        scenario: PathBuf,
        sampling: Sampling,
        settings: Option<&Settings>,
        output: Output,
    ) -> RunArgs {
        let kept = settings.and_then(|settings| settings.keep.clone());
        RunArgs {
            scenarios: vec![scenario],
            sampling,
            until: None,
            budget: None,
            corner_paths: settings.and_then(|settings| settings.corner_paths),
            causal_paths: settings.and_then(|settings| settings.causal_paths),
            questions: Questions { ask: settings.map_or(Vec::new(), |settings| settings.ask.clone()) },
            keep: kept.as_ref().map(|kept| kept.paths),
            columns: kept.map_or(Vec::new(), |kept| kept.columns),
            shard: None,
            checkpoint: Duration::MAX,
            output,
        }
    }
}

/// Which columns of its paths a run keeps; none where it keeps no paths.
fn picked(args: &RunArgs, plan: &Plan) -> Result<Option<Vec<usize>>, Leave> {
    let names = column_names(plan);
    let Some(kept) = Kept::of(args.keep, &args.columns) else { return Ok(Some((0..names.len()).collect())) };
    if kept.paths == Keep::None {
        return Ok(None);
    }
    let picked = kept.pick(&names, plan.uncertain.len()).map_err(|pattern| {
        let near = nearest(&pattern, names.iter().map(String::as_str)).unwrap_or_default();
        Leave::bad_input(format!(
            "--columns {pattern}: no column of {} that is kept is called so; the nearest is `{near}`",
            plan.name
        ))
    })?;
    Ok(Some(picked))
}

/// The paths' file in a results folder.
pub const PATHS_FILE: &str = "paths.parquet";

/// Paths without --paths, and at most with --until.
const PATHS: u64 = 100_000;
const MOST_PATHS: u64 = 10_000_000;

pub fn run(args: &RunArgs) -> Ending {
    let scenarios = read_all(&args.scenarios, &args.sampling.overrides)?;
    let look = args.output.pictures.look()?;
    if args.until.is_some() && args.sampling.sampler == SamplerName::Lhs {
        return Err(Leave::bad_input(
            "a Latin hypercube is laid out for a fixed number of paths; use --paths, or --sampler plain or sobol with --until",
        ));
    }
    let folders = folders(&args.scenarios, &args.sampling, &args.output)?;
    let plans: Vec<Plan> = scenarios.iter().map(Plan::compile).collect();
    if let Some(until) = &args.until {
        for (plan, file) in plans.iter().zip(&args.scenarios) {
            can_stop(plan, &args.sampling.run(MOST_PATHS), file, until)?;
        }
    }
    if args.keep == Some(Keep::None) && !args.columns.is_empty() {
        return Err(Leave::bad_input(
            "--keep none keeps no paths, and --columns says which of their columns; leave one of them out",
        ));
    }
    for (plan, scenario) in plans.iter().zip(&scenarios) {
        picked(args, plan)?;
        args.questions.to(scenario, plan, &args.sampling)?;
    }
    if let Some(shard) = args.shard {
        return shards(args, &scenarios, &plans, &folders, &look, shard);
    }
    let most = args.sampling.run(args.sampling.paths.unwrap_or(PATHS));
    let is_open = args.until.is_some() || args.budget.is_some();
    let mut checkpoint = args.checkpoint;
    for plan in &plans {
        let kept = picked(args, plan)?.map_or(0, |picked| picked.len());
        if !room::for_run(plan, &most, kept, args.output.out(), is_open)? {
            room::without_checkpoint(args.output.out());
            checkpoint = Duration::MAX;
        }
    }
    let owned = folders.iter().map(|folder| Owned::take(folder)).collect::<Result<Vec<Owned>, _>>()?;
    args.sampling.use_threads();
    listen_for_interrupt();
    let mut code = OK;
    let (mut printed, mut all) = (Vec::new(), Vec::new());
    for ((scenario, plan), owned) in scenarios.iter().zip(&plans).zip(&owned) {
        let source = Source::Engine { folder: owned.folder().to_path_buf(), after: checkpoint };
        match one(args, scenario, plan, owned, &look, source, None) {
            Ok((text, results, goes_on)) => {
                printed.push(text);
                all.push(results);
                if interrupted() {
                    code = if goes_on { GOES_ON } else { INTERRUPTED };
                    break;
                }
            }
            Err(leave) => {
                // What is done is done, and printed below.
                code = leave.at(&scenario.name).say();
                break;
            }
        }
    }
    if all.len() > 1 {
        let all = by_insiders(&all);
        match overview(args.output.out(), &all, &look) {
            Ok(picture) if !args.output.quiet => {
                say(&format!("Overview of {} scenarios: {}", all.len(), picture.display()))
            }
            Ok(_) => {}
            Err(error) => code = Leave::from(error).say(),
        }
        if args.output.format == Format::Table {
            printed.push(words::overview(&all));
        }
    }
    Ok(print(&joined(&printed, args.output.format)).max(code))
}

/// What is printed of several scenarios, or of one.
pub fn joined(printed: &[String], format: Format) -> String {
    match format {
        Format::Json => objects(printed),
        Format::Csv => Table::new(CSV_HEADER).text() + &printed.concat(),
        Format::Table => printed.join("\n"),
    }
}

/// JSON objects, one by itself and several in a list.
pub fn objects(printed: &[String]) -> String {
    let printed: Vec<&str> = printed.iter().map(|text| text.trim_end()).collect();
    match printed.as_slice() {
        several if several.len() > 1 => format!("[\n{}\n]\n", several.join(",\n")),
        one => one.concat() + "\n",
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
) -> Ending {
    let run = args.sampling.run(args.sampling.paths.unwrap_or(PATHS));
    if run.paths.div_ceil(CHUNK) < shard.of {
        return Err(Leave::bad_input(format!(
            "a run of {} has {} of {CHUNK}: too few for {} shards; ask for fewer, or for more paths",
            counted(run.paths, "path"),
            counted(run.paths.div_ceil(CHUNK), "chunk"),
            shard.of
        )));
    }
    // What paths say together is small: a shard keeps them where that was asked for.
    let keep = args.keep.or(if args.columns.is_empty() { Some(Keep::None) } else { None });
    let keeps_paths = keep != Some(Keep::None);
    for (plan, folder) in plans.iter().zip(folders) {
        room::for_shard(plan, &run, shard, folder, keeps_paths)?;
    }
    args.sampling.use_threads();
    listen_for_interrupt();
    let mut all: Vec<Done> = Vec::new();
    for ((scenario, plan), folder) in scenarios.iter().zip(plans).zip(folders) {
        let mut header = header(scenario, plan, &args.sampling, &run, Some(shard), PictureSettings::of(look));
        header.settings.corner_paths = args.corner_paths;
        header.settings.keep = Kept::of(keep, &args.columns);
        header.settings.ask = args.questions.ask.clone();
        let job = Job { scenario, plan, folder, header, run: &run, shard, quiet: args.output.quiet };
        let simulated = if keeps_paths {
            simulate_paths(job)
        } else {
            let asked = || args.questions.to(scenario, plan, &args.sampling);
            simulate_together(job, &asked, args.checkpoint)
        };
        match simulated {
            Ok(done) => all.push(done),
            Err(leave) => {
                let code = leave.at(&scenario.name).say();
                return Ok(print_done(&all, args.output.format)?.max(code));
            }
        }
        if !all.iter().all(Done::is_whole) {
            break;
        }
    }
    print_done(&all, args.output.format)
}

/// A results folder per scenario.
pub fn folders(scenarios: &[PathBuf], sampling: &Sampling, output: &Output) -> Result<Vec<PathBuf>, Leave> {
    let mut folders: Vec<PathBuf> = Vec::new();
    for file in scenarios {
        let folder = output.folder_of(file, &sampling.overrides.set, &sampling.off);
        if folders.contains(&folder) {
            return Err(Leave::bad_input(format!(
                "two scenarios would write to {}; rename one of the files or run them apart",
                folder.display()
            )));
        }
        folders.push(folder);
    }
    Ok(folders)
}

/// How a run that is run again had stopped: after how many of its paths, and whether of itself.
#[derive(Clone, Copy)]
pub struct Stopped {
    pub paths: u64,
    pub complete: bool,
}

/// One scenario: simulate, estimate, write. Returns what is to be printed, and whether the same command goes on from a
/// checkpoint.
pub fn one(
    args: &RunArgs,
    scenario: &Scenario,
    plan: &Plan,
    owned: &Owned,
    look: &Look,
    source: Source,
    stopped: Option<Stopped>,
) -> Result<(String, Results, bool), Leave> {
    let began = Instant::now();
    let look = &Look { currency: scenario.currency, ..*look };
    let most = args.sampling.paths.unwrap_or(if args.until.is_some() { MOST_PATHS } else { PATHS });
    let mut settings = args.sampling.run(most);
    settings.end = stopped.map_or(most, |stopped| stopped.paths);
    let mut header = header(scenario, plan, &args.sampling, &settings, None, PictureSettings::of(look));
    header.settings.corner_paths = args.corner_paths;
    header.settings.keep = Kept::of(args.keep, &args.columns);
    header.settings.ask = args.questions.ask.clone();
    // The lens is as sure as its paths are many: a run that waits for it has them all.
    let waits_for = args.until.as_ref().map(|until| until.measure.as_str());
    header.settings.causal_paths =
        if waits_for.is_some_and(is_of_lens) { Some(most) } else { args.causal_paths };
    let causal_paths = header.settings.causal_paths.unwrap_or(CAUSAL_PATHS);
    let (mut gathered, source) = match source {
        Source::Gathered(gathered) => (*gathered, None),
        source => {
            let asked = args.questions.to(scenario, plan, &args.sampling)?;
            let gathered = Gathered::new(scenario, plan, &settings).in_one_piece().asking(asked);
            (gathered.with_causal_paths(causal_paths), Some(source))
        }
    };
    let mut writer = match picked(args, plan)? {
        Some(picked) => {
            Some(PathsWriter::create(&owned.staging().join(PATHS_FILE), &column_names(plan), &picked)?)
        }
        None => None,
    };
    let mut failure = None;
    let mut precision = args.until.as_ref().map(|until| Precision::new(until.error, Precision::LEVEL));
    let mut reached = false;
    let mut already = Again::default();
    let mut looked = (f64::NAN, f64::NAN);
    let mut progress = Progress::new(most, args.output.quiet, &scenario.name);
    let corner_paths = args.corner_paths.unwrap_or(CORNER_PATHS);
    let again = runs_again(plan, &settings, corner_paths);
    let halt = |begun: u64| args.budget.is_some_and(|budget| is_spent(budget, began.elapsed(), begun, again));
    let mut take = |mut chunk: Chunk| {
        gathered.absorb(&mut chunk);
        if let Some(Err(error)) = writer.as_mut().map(|writer| writer.add(&chunk.block)) {
            failure = Some(Leave::from(error));
        }
        // A checkpoint inside a chunk is looked at when the chunk is there.
        if let (Some(rule), Some(until)) = (&mut precision, &args.until)
            && gathered.paths() >= rule.next_checkpoint()
        {
            let spread = match until.measure.as_str() {
                CIRCULAR => Some(gathered.circular()),
                name if is_of_lens(name) => {
                    match already.spread(name, plan, &settings, gathered.on_run(), interrupted) {
                        Ok(spread) => spread,
                        Err(Unfinished::Stopped) => None,
                        Err(Unfinished::Fault(fault)) => {
                            failure = Some(Leave::from(fault));
                            None
                        }
                    }
                }
                name => gathered.spread(name),
            };
            if let Some(spread) = spread {
                looked = (spread.value, spread.se());
                reached = rule.look(&spread).reached;
            }
        }
        let now = |measure: &str| gathered.current(measure).unwrap_or(looked);
        if args.until.is_some() || args.budget.is_some() {
            let error = args.until.as_ref().map(|until| (now(&until.measure).1, until.error));
            progress.expect(expected(gathered.paths(), error, args.budget, began.elapsed()).min(most));
        }
        progress.at(gathered.paths(), || match &args.until {
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
        match reached || failure.is_some() || interrupted() {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    };
    let leftover = match source {
        Some(source) => source.each(plan, &settings, &header, &halt, &mut take)?,
        None => Leftover::default(),
    };
    progress.done();
    if let Some(leave) = failure {
        return Err(leave);
    }
    let without_causal = interrupted() || stopped.is_some_and(|stopped| !stopped.complete);
    let causal = match without_causal {
        true => None,
        false => match causal(plan, &settings, gathered.on_run(), already, corner_paths, interrupted) {
            Err(Unfinished::Fault(fault)) => return Err(fault.into()),
            found => found.ok().flatten(),
        },
    };
    let cut_off = interrupted() || without_causal;
    let mut results = gathered.finish(causal);
    results.off = args.sampling.off.clone();
    let printed = match args.output.format {
        Format::Table => partial(!cut_off) + &words::text(&results),
        Format::Json => {
            summary::text(&results.name, results.seed, &results.estimates, results.beside(!cut_off))?
        }
        Format::Csv => csv_text(&results),
    };
    let circumstances = circumstances(began, !cut_off, &scenario.text);
    let simulated = began.elapsed();
    let earlier = Manifest::read(&owned.folder().join(MANIFEST)).ok().and_then(|earlier| earlier.settings);
    let is_of_a_what_if =
        |earlier: &Settings| earlier.set() != scenario.set || earlier.off != args.sampling.off;
    let replaces_another = earlier.as_ref().is_some_and(is_of_a_what_if);
    let (folder, pictures) = write(owned, &results, scenario, writer, look, circumstances, header.settings)?;
    // A run that was cut off is continued from its checkpoint.
    let goes_on = if cut_off {
        leftover.keep()
    } else {
        leftover.remove();
        false
    };
    if !args.output.quiet {
        let seconds = [simulated, began.elapsed()].map(|time| time.as_secs_f64());
        if replaces_another && folder == owned.folder() {
            say("What stood there had other --set or --off, and is replaced; --name keeps both.");
        }
        closing(args, &results, &folder, pictures.len(), seconds, cut_off, reached);
    }
    Ok((printed, results, goes_on))
}

const CSV_HEADER: [&str; 13] = [
    "scenario",
    "measure",
    "mean",
    "se",
    "sd",
    "p5",
    "p25",
    "p50",
    "p75",
    "p95",
    "n",
    "headline",
    "headline_se",
];

/// A line per measure and question, without the header.
pub fn csv_text(results: &Results) -> String {
    let mut table = Table::new([]);
    let Estimates { measures, ratios, .. } = &results.estimates;
    for (name, e) in measures {
        let [p5, p25, p50, p75, p95] = e.quantiles().map(|quantile| quantile.value);
        let headline = results.estimates.ratio(name).map_or([e.mean, e.se], |ratio| [ratio.value, ratio.se]);
        let cells = cells![&results.name, name, e.mean, e.se, e.sd, p5, p25, p50, p75, p95, e.n];
        table.row(cells.into_iter().chain(headline.map(Cell::from)));
    }
    // Shares of the run as a whole, which no path has.
    for (name, ratio) in ratios.iter().filter(|(name, _)| results.measure(name).is_none()) {
        let nothing = (2..CSV_HEADER.len() - 2).map(|_| Cell::from(""));
        let cells = cells![&results.name, name].into_iter().chain(nothing);
        table.row(cells.chain(cells![ratio.value, ratio.se]));
    }
    for a in &results.asked {
        let headline = cells![a.value, a.se];
        let cells = cells![&results.name, &a.question, a.value, a.se, "", "", "", "", "", "", a.n];
        table.row(cells.into_iter().chain(headline));
    }
    table.text()
}

fn closing(
    args: &RunArgs,
    results: &Results,
    folder: &Path,
    pictures: usize,
    [simulated, whole]: [f64; 2],
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
        "{}, {}, seed {}, in {:.1} s ({:.1} s with files). Results: {}",
        counted(results.paths, "path"),
        counted(pictures as u64, "chart"),
        results.seed,
        simulated,
        whole,
        folder.display()
    ));
}
