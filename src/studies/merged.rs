//! A study from its shards: the command that they are of, with the paths that they hold.

use crate::console::{Ending, Leave};
use crate::files::journal::{Header, Studied};
use crate::files::manifest::DataFile;
use crate::studies::attribute::command::{self as attribute, AttributeArgs};
use crate::studies::compare::command::{self as compare, CompareArgs};
use crate::studies::score::command::{self as score, ScoreArgs};
use crate::studies::sensitivity::command::{self as sensitivity, SensitivityArgs};
use crate::studies::sweep::command::{self as sweep, SweepArgs};
use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};

/// The command of a shard.
#[derive(Parser)]
struct Typed {
    #[command(subcommand)]
    study: Study,
}

#[derive(Subcommand)]
enum Study {
    Attribute(AttributeArgs),
    Sensitivity(SensitivityArgs),
    Sweep(SweepArgs),
    Compare(CompareArgs),
    Score(ScoreArgs),
}

/// `output` are the options that say where results go and how they look.
pub fn merge(study: &Studied, output: Vec<String>, shards: &[(PathBuf, Header)]) -> Ending {
    let is_another = |file: &&DataFile| !file.is_at(Path::new(&file.name));
    if let Some(file) = study.files.iter().find(is_another) {
        let what = if Path::new(&file.name).exists() { "has another text now" } else { "is not there" };
        return Err(Leave::bad_input(format!(
            "the shards were simulated from {}, which {what}: bring it back as it was, and merge in the folder in which they were \
             simulated, as far as files are named from there",
            file.name
        )));
    }
    let command =
        ["roundtrip", &study.name].map(String::from).into_iter().chain(study.options.iter().cloned());
    let files = std::iter::once("--".to_string()).chain(study.scenarios.iter().cloned());
    match Typed::try_parse_from(command.chain(output).chain(files))?.study {
        Study::Attribute(args) => attribute::run(&args, shards),
        Study::Sensitivity(args) => sensitivity::sensitivity(&args, shards),
        Study::Sweep(args) => sweep::sweep(&args, shards),
        Study::Compare(args) => compare::compare(&args, shards),
        Study::Score(args) => score::score(&args, shards),
    }
}
