//! A finished run as its manifest recorded it: scenario, overrides, loops, sampler, paths; for `why` and `reproduce`.

use super::command::{PATHS_FILE, RunArgs};
use crate::console::options::{Pictures, SamplerName, Sampling};
use crate::console::{Leave, Overrides, refused};
use crate::engine::Run;
use crate::files::kept::Keep;
use crate::files::manifest::{Manifest, Settings, data_of};
use crate::files::owned::{MANIFEST, settle};
use crate::files::parquet::PathsReader;
use crate::scenario::Scenario;
use clap::{Parser, Subcommand, ValueEnum};
use std::path::{Path, PathBuf};

pub struct Recorded {
    pub folder: PathBuf,
    pub manifest: Manifest,
    pub scenario: Scenario,
    pub sampling: Sampling,
    pub pictures: Pictures,
    /// Paths that were asked for, of which the manifest's were done.
    pub planned: u64,
}

impl Recorded {
    /// From a manifest, or the folder that holds one; or why it cannot be run again.
    pub fn read(run: &Path) -> Result<Recorded, Leave> {
        let file = if run.is_dir() { run.join(MANIFEST) } else { run.to_path_buf() };
        if run.is_dir() && !file.exists() {
            return Err(Leave::bad_input(format!(
                "{} has no manifest.json: no finished run is in it; name a results folder, for example output/oracle",
                run.display()
            )));
        }
        settle(file.parent().unwrap_or(Path::new("")));
        let manifest = Manifest::read(&file).map_err(|error| match error.cause.kind() {
            std::io::ErrorKind::NotFound => Leave::bad_input(error.to_string()),
            _ => Leave::damaged(error.to_string()),
        })?;
        let wrong = |why: String| Leave::bad_input(why).at(&file.display().to_string());
        if let Some(study) = &manifest.study {
            return Err(wrong(format!("these are the results of `{study}`, and a run is asked for")));
        }
        let Some((set, off, planned, pictures, named)) = settings(&manifest) else {
            return Err(wrong(format!(
                "the manifest does not say how to run again: its command `{}` is of another version or no `run`",
                manifest.command.join(" ")
            )));
        };
        let sampler = SamplerName::from_str(&manifest.sampler, false)
            .map_err(|_| wrong(format!("no sampler is called `{}`", manifest.sampler)))?;
        let base = base(&manifest, &named).map_err(wrong)?;
        let scenario = Scenario::parse(&named, &manifest.scenario.text, &base, &set).map_err(|findings| {
            refused(findings);
            wrong("this version does not read the scenario of the manifest".into())
        })?;
        if let Some(settings) = &manifest.settings {
            let now = data_of(&scenario);
            if let Some(changed) = settings.data.iter().find(|data| !now.contains(data)) {
                return Err(Leave::bad_input(format!(
                    "{} beside {named} is not the file that the run drew from; bring back the one with SHA-256 {}",
                    changed.name, changed.sha256
                )));
            }
        }
        let sampling = Sampling {
            paths: Some(manifest.paths),
            seed: manifest.seed,
            sampler,
            overrides: Overrides { set },
            off,
            threads: None,
        };
        let folder = file.parent().unwrap_or(Path::new("")).to_path_buf();
        Ok(Recorded { folder, manifest, scenario, sampling, pictures, planned })
    }

    /// The run's paths, if it kept them and they are as it wrote them.
    pub fn paths(&self) -> Result<PathsReader, Leave> {
        let kept = self.manifest.settings.as_ref().and_then(|settings| settings.keep.as_ref());
        if kept.is_some_and(|kept| kept.paths == Keep::None) {
            return Err(Leave::bad_input(format!(
                "the run in {} kept no paths (--keep none); run it again without that",
                self.folder.display()
            )));
        }
        let wrong = |error: &dyn std::error::Error| Leave::bad_input(error.to_string());
        self.manifest.check(&self.folder, PATHS_FILE).map_err(|changed| wrong(&changed))?;
        PathsReader::open(&self.folder.join(PATHS_FILE)).map_err(|error| wrong(&error))
    }

    /// The engine's settings, as the run had them.
    pub fn run(&self) -> Run {
        self.sampling.run(self.planned)
    }
}

/// The folder beside which the run's files of columns are looked for: that of the scenario as it was named, from here or
/// from where the run was started.
fn base(manifest: &Manifest, named: &str) -> Result<PathBuf, String> {
    let beside = Path::new(named).parent().unwrap_or(Path::new("")).to_path_buf();
    let data = manifest.settings.as_ref().map_or(&[][..], |settings| &settings.data);
    let started = manifest.directory.as_ref().map(|directory| Path::new(directory).join(&beside));
    let places: Vec<PathBuf> = std::iter::once(beside).chain(started).collect();
    let has_all = |place: &&PathBuf| data.iter().all(|file| place.join(&file.name).is_file());
    let is_as_drawn = |place: &&PathBuf| data.iter().all(|file| file.is_at(&place.join(&file.name)));
    if let Some(place) = places.iter().find(is_as_drawn).or_else(|| places.iter().find(has_all)) {
        return Ok(place.clone());
    }
    let names: Vec<String> = data.iter().map(|file| format!("`{}`", file.name)).collect();
    Err(format!(
        "the run drew from {}, looked for beside {named}; call from where the run was started, or bring the data back",
        names.join(" and ")
    ))
}

/// The command of a manifest, if it is one that makes a run.
#[derive(Parser)]
struct Typed {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Run(RunArgs),
}

type Known = (Vec<(String, String)>, Vec<String>, u64, Pictures, String);

/// Overrides, loops off, paths planned, look of the pictures, the scenario's file. A manifest of the first version has
/// them only in its command.
fn settings(manifest: &Manifest) -> Option<Known> {
    if let Some(settings) = &manifest.settings {
        let Settings { off, paths_planned, file, .. } = settings.clone();
        return Some((settings.set(), off, paths_planned, Pictures::of(&settings.pictures)?, file));
    }
    let Ok(Typed { command: Command::Run(args) }) = Typed::try_parse_from(&manifest.command) else {
        return None;
    };
    let file = match args.scenarios.as_slice() {
        [only] => only.display().to_string(),
        several => {
            // Which of several it was, the folder's name says no more than the scenario's own.
            let names = |file: &&PathBuf| {
                std::fs::read_to_string(file).is_ok_and(|text| text == manifest.scenario.text)
            };
            several.iter().find(names)?.display().to_string()
        }
    };
    let planned = args.sampling.paths.unwrap_or(manifest.paths);
    Some((args.sampling.overrides.set, args.sampling.off, planned, args.output.pictures, file))
}
