//! `roundtrip merge`: the shards of one run or study, from as many machines as one likes, into the run or study: the same
//! bytes as if it had been simulated in one piece.

use super::command::{Questions, RunArgs, joined, one};
use super::shard::Shard;
use super::source::{Source, damaged};
use crate::console::options::{
    Output, SamplerName, Sampling, interrupted, is_of_output, listen_for_interrupt, parse_threads, typed,
};
use crate::console::{Ending, INTERRUPTED, Leave, Overrides, print, refused};
use crate::files::journal::{Header, Journal, Missing, Studied};
use crate::files::manifest::{Build, data_of};
use crate::files::owned::Owned;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::studies::merged;
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip run configs/oracle.toml --paths 1e6 --shard 1/2\n  roundtrip run configs/oracle.toml --paths 1e6 --shard 2/2        (perhaps on another machine)\n  roundtrip merge output/oracle/shard-*-of-2.journal\n  roundtrip merge output/oracle/sweep"
)]
pub struct MergeArgs {
    /// The shards' files, in any order, or the folder that they lie in
    #[arg(required = true, value_name = "SHARD")]
    pub shards: Vec<PathBuf>,
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
    let shards = shards(&listed(&args.shards)?)?;
    let header = shards[0].1.clone();
    if let Some(study) = &header.study {
        if !args.questions.ask.is_empty() {
            return Err(Leave::bad_input(format!(
                "--ask asks the paths of a run, and these are shards of `{}`",
                study.name
            )));
        }
        return merged::merge(study, typed::<MergeArgs>("merge", is_of_output)?, &shards);
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
    run.questions.ask.extend(args.questions.ask.iter().cloned());
    let folder = args.output.folder_of(Path::new(&named), &header.settings.set(), &header.settings.off);
    let owned = Owned::take(&folder)?;
    run.sampling.use_threads();
    listen_for_interrupt();
    let plan = Plan::compile(&scenario);
    let (text, ..) = one(&run, &scenario, &plan, &owned, &look, Source::Shards(shards), None)
        .map_err(|leave| leave.at(&scenario.name))?;
    let code = print(&joined(&[text], args.output.format));
    Ok(if interrupted() { INTERRUPTED } else { code })
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

/// The shards in path order, or what is wrong with them.
fn shards(files: &[PathBuf]) -> Result<Vec<(PathBuf, Header)>, Leave> {
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
    let of = shards[0].1.shard.map_or(0, |shard| shard.1);
    let numbers: Vec<u64> = shards.iter().filter_map(|(_, header)| Some(header.shard?.0)).collect();
    if let Some(pair) = numbers.windows(2).find(|pair| pair[0] == pair[1]) {
        return Err(Leave::bad_input(format!("shard {} of {of} is given twice", pair[0])));
    }
    if let Some(missing) = (1..=of).find(|number| !numbers.contains(number)) {
        return Err(Leave::bad_input(format!(
            "shard {missing} of {of} is missing; run it with --shard {missing}/{of}"
        )));
    }
    for (file, header) in &shards {
        let shard = header.shard.and_then(|(number, of)| Shard::new(number, of));
        let paths = shard.map(|shard| match header.study {
            Some(_) => Studied::PATHS,
            None => shard.paths(header.settings.paths_planned),
        });
        if paths != Some(header.first..header.end) {
            return Err(Leave::damaged(damaged(file)));
        }
    }
    Ok(shards)
}
