//! `roundtrip merge`: the shards of one run or study, from as many machines as one likes, into the run or study: the same
//! bytes as if it had been simulated in one piece. Of shards of a run that keep no paths also some, in any order, into a
//! file that merges further, or for a look at what they say so far.

use super::aggregates::{self, numbers};
use super::command::{Questions, RunArgs, csv_text, joined, one};
use super::shard::{Shard, same_run};
use super::source::{Source, damaged};
use super::{Gathered, words};
use crate::console::options::{
    Format, Output, SamplerName, Sampling, interrupted, is_of_output, listen_for_interrupt, parse_threads,
    typed,
};
use crate::console::{Ending, INTERRUPTED, Leave, Overrides, print, refused};
use crate::files::journal::{Header, Journal, Missing, Studied};
use crate::files::manifest::{Build, data_of};
use crate::files::owned::Owned;
use crate::files::summary;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::studies::merged;
use crate::studies::run::results::Results;
use crate::words::numbers::count;
use clap::{Args, ValueEnum};
use serde::Serialize;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip run configs/oracle.toml --paths 1e6 --shard 1/2\n  roundtrip run configs/oracle.toml --paths 1e6 --shard 2/2        (perhaps on another machine)\n  roundtrip merge output/oracle/shard-*-of-2.journal\n  roundtrip merge output/oracle/shard-[1-8]-of-64.journal --into output/oracle/first-eight.journal\n  roundtrip merge output/oracle/sweep"
)]
pub struct MergeArgs {
    /// The shards' files, in any order, or the folder that they lie in
    #[arg(required = true, value_name = "SHARD")]
    pub shards: Vec<PathBuf>,
    /// Put them into one file, which is merged like a shard, and write no results; of shards that keep no paths
    #[arg(long, value_name = "FILE")]
    pub into: Option<PathBuf>,
    /// Print what they say so far though others are missing, and write no results; of shards that keep no paths
    #[arg(long, conflicts_with = "into")]
    pub incomplete: bool,
    #[command(flatten)]
    pub questions: Questions,
    #[command(flatten)]
    pub output: Output,
    /// Threads [default: one per core]
    #[arg(long, value_parser = parse_threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,
}

pub fn merge(args: &MergeArgs) -> Ending {
    let look = args.output.pictures.look()?;
    let shards = shards(&listed(&args.shards)?, args.into.is_none() && !args.incomplete)?;
    let header = shards[0].1.clone();
    if !header.is_of_aggregates() && (args.into.is_some() || args.incomplete) {
        return Err(Leave::bad_input(format!(
            "{} keeps every path: such shards are merged all at once, without --into and --incomplete",
            shards[0].0.display()
        )));
    }
    if let Some(study) = &header.study {
        if !args.questions.ask.is_empty() {
            return Err(Leave::bad_input(format!(
                "--ask asks the paths of a run, and these are shards of `{}`",
                study.name
            )));
        }
        return merged::merge(study, typed::<MergeArgs>("merge", is_of_output)?, &shards);
    }
    if let Some(asked) = args.questions.ask.iter().find(|asked| !header.settings.ask.contains(asked))
        && header.is_of_aggregates()
    {
        return Err(Leave::bad_input(format!(
            "--ask {asked}: {} keeps no paths that could answer; ask when the shards are run, or run them with --keep all",
            shards[0].0.display()
        )));
    }
    let set = header.settings.set();
    let named = header.settings.file.clone();
    let base = Path::new(&named).parent().unwrap_or(Path::new("")).to_path_buf();
    let scenario = Scenario::parse(&named, &header.scenario.text, &base, &set).map_err(refused)?;
    if data_of(&scenario) != header.settings.data {
        return Err(Leave::bad_input(format!(
            "files of columns beside {named} are not those that the shards drew from"
        )));
    }
    let sampler = SamplerName::from_str(&header.sampler, false)
        .map_err(|_| Leave::bad_input(format!("no sampler is called `{}`", header.sampler)))?;
    let sampling = Sampling {
        paths: Some(header.settings.paths_planned),
        seed: header.seed,
        sampler,
        overrides: Overrides { set },
        off: header.settings.off.clone(),
        threads: args.threads,
    };
    let mut run =
        RunArgs::again(PathBuf::from(&named), sampling, Some(&header.settings), args.output.clone());
    let later = args.questions.ask.iter().filter(|asked| !header.settings.ask.contains(asked));
    run.questions.ask.extend(later.cloned());
    run.sampling.use_threads();
    listen_for_interrupt();
    let plan = Plan::compile(&scenario);
    let together = |shards: &[(PathBuf, Header)]| -> Result<Gathered, Leave> {
        let asked = run.questions.to(&scenario, &plan, &run.sampling)?;
        let settings = run.sampling.run(header.settings.paths_planned);
        aggregates::merge(Gathered::new(&scenario, &plan, &settings).asking(asked), shards)
    };
    if let Some(file) = &args.into {
        return put_into(file, together(&shards)?, &shards, args.output.format);
    }
    if args.incomplete {
        return look_at(together(&shards)?, &shards, args.output.format);
    }
    let source = if header.is_of_aggregates() {
        let mut gathered = together(&shards)?;
        gathered.absorb_firsts();
        Source::Gathered(Box::new(gathered))
    } else {
        Source::Shards(shards)
    };
    let folder = args.output.folder_of(Path::new(&named), &header.settings.set(), &header.settings.off);
    let owned = Owned::take(&folder)?;
    let (text, ..) =
        one(&run, &scenario, &plan, &owned, &look, source, None).map_err(|leave| leave.at(&scenario.name))?;
    let code = print(&joined(&[text], args.output.format));
    Ok(if interrupted() { INTERRUPTED } else { code })
}

/// What `--into` did, for programs.
#[derive(Serialize)]
struct Put<'a> {
    scenario: &'a str,
    shards: Vec<u64>,
    of: u64,
    file: String,
    paths: u64,
}

/// The numbers of all shards that files hold, in order, and how many there are of the run.
fn held(shards: &[(PathBuf, Header)]) -> (Vec<u64>, u64) {
    let mut all: Vec<u64> = shards.iter().flat_map(|(_, header)| numbers(header)).collect();
    all.sort_unstable();
    (all, shards[0].1.shard.map_or(0, |shard| shard.1))
}

/// Several shards as one file: the same bytes whichever was merged first.
fn put_into(file: &Path, mut gathered: Gathered, shards: &[(PathBuf, Header)], format: Format) -> Ending {
    let (all, of) = held(shards);
    let end = shards.iter().map(|(_, header)| header.end).max().unwrap_or(0);
    let header = Header { shard: Some((all[0], of)), merged: all.clone(), end, ..shards[0].1.clone() };
    // Another shard under that name is not replaced.
    drop(same_run(file, &header)?);
    gathered.put_in_order();
    drop(aggregates::write(&mut gathered, &header, file)?);
    let name = file.display().to_string();
    Ok(print(&match format {
        Format::Json => {
            let (scenario, paths) = (header.scenario.name.as_str(), gathered.paths());
            serde_json::to_string_pretty(&Put { scenario, shards: all, of, file: name, paths })? + "\n"
        }
        Format::Table | Format::Csv => name + "\n",
    }))
}

/// What some shards say, without what takes the run's first paths.
fn look_at(gathered: Gathered, shards: &[(PathBuf, Header)], format: Format) -> Ending {
    let (all, of) = held(shards);
    let settings = &shards[0].1.settings;
    let results = Results { off: settings.off.clone(), ..gathered.finish(None) };
    let text = match format {
        Format::Table => {
            let [paths, planned] = [results.paths, settings.paths_planned].map(count);
            let held = format!("{} of {of} shards, {paths} of {planned} paths", all.len());
            format!("INCOMPLETE: {held}; without the causal lens.\n\n{}", words::text(&results))
        }
        Format::Json => {
            summary::text(&results.name, results.seed, &results.estimates, results.beside(false))?
        }
        Format::Csv => csv_text(&results),
    };
    Ok(print(&joined(&[text], format)))
}

/// The files that are named; of a folder its shards, finished or not.
fn listed(named: &[PathBuf]) -> Result<Vec<PathBuf>, Leave> {
    let mut files = Vec::new();
    for path in named {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let before = files.len();
        for entry in std::fs::read_dir(path)? {
            let entry = entry?;
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with("shard-") && name.trim_end_matches(".part").ends_with(".journal") {
                files.push(entry.path());
            }
        }
        if files.len() == before {
            return Err(Leave::bad_input(format!("there is no shard in {}", path.display())));
        }
        files[before..].sort();
    }
    Ok(files)
}

/// The shards in path order, all of them if they are to be; or what is wrong with them.
fn shards(files: &[PathBuf], all: bool) -> Result<Vec<(PathBuf, Header)>, Leave> {
    let mut shards: Vec<(PathBuf, Header)> = Vec::with_capacity(files.len());
    for file in files {
        let journal = match Journal::open(file) {
            Ok(journal) => journal,
            Err(Missing::NoFile) => return Err(Leave::bad_input(format!("there is no {}", file.display()))),
            Err(Missing::InUse) => {
                return Err(Leave::bad_input(format!("{} is being written by a run", file.display())));
            }
            Err(Missing::OtherVersion(error)) => {
                return Err(Leave::bad_input(format!("{error}; merge with the version that ran the shards")));
            }
            Err(Missing::Unreadable(error)) => return Err(Leave::damaged(error.to_string())),
        };
        let Some((number, of)) = journal.header.shard else {
            return Err(Leave::bad_input(format!(
                "{} is a checkpoint, not a shard; the command that began the run goes on from it",
                file.display()
            )));
        };
        if file.extension().is_some_and(|ending| ending == "part") {
            return Err(Leave::bad_input(format!(
                "{} is not finished; run `--shard {number}/{of}` again: it goes on where it stopped",
                file.display()
            )));
        }
        // Closed again: of some thousand shards a system would not let all be open.
        shards.push((file.clone(), journal.header.clone()));
    }
    let first = &shards[0].1;
    if first.version != env!("CARGO_PKG_VERSION") {
        return Err(Leave::bad_input(format!(
            "{} is of version {}, this is {}; merge with the version that ran the shards",
            files[0].display(),
            first.version,
            env!("CARGO_PKG_VERSION")
        )));
    }
    if first.build != Build::this() {
        return Err(Leave::bad_input(format!(
            "{} is of a program of other source (model {}, source {}), this is model {}, source {}; merge with the program that ran the shards",
            files[0].display(),
            first.build.model,
            first.build.source,
            Build::this().model,
            Build::this().source
        )));
    }
    for (file, header) in shards.iter().skip(1) {
        let number_of = |header: &Header| header.shard.map_or(0, |shard| shard.1);
        let differs = first.differs(header).or_else(|| {
            let (mine, theirs) = (number_of(first), number_of(header));
            (mine != theirs).then(|| format!("number of shards: {mine} here, {theirs} there"))
        });
        if let Some(what) = differs {
            return Err(Leave::bad_input(format!(
                "{} and {} are of two runs ({what})",
                files[0].display(),
                file.display()
            )));
        }
    }
    shards.sort_by_key(|(_, header)| header.shard);
    let (there, of) = held(&shards);
    if let Some(pair) = there.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Leave::bad_input(format!("shard {} of {of} is given twice", pair[0])));
    }
    if let Some((missing, _)) = (1..=of).zip(there.iter().copied().chain([0])).find(|(k, number)| k != number)
        && all
    {
        return Err(Leave::bad_input(format!(
            "shard {missing} of {of} is missing; run it with --shard {missing}/{of}"
        )));
    }
    for (file, header) in &shards {
        let paths = |number: &u64| {
            Shard::new(*number, of).map(|shard| match header.study {
                Some(_) => Studied::PATHS,
                None => shard.paths(header.settings.paths_planned),
            })
        };
        let held = numbers(header);
        let (first, last) = (held.first().and_then(paths), held.last().and_then(paths));
        let (first, end) = (first.map(|paths| paths.start), last.map(|paths| paths.end));
        if (first, end) != (Some(header.first), Some(header.end)) || !held.iter().all(|n| paths(n).is_some())
        {
            return Err(Leave::damaged(damaged(file)));
        }
    }
    Ok(shards)
}
