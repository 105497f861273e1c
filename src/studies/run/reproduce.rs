//! `roundtrip reproduce`: runs again as a manifest says, into a temporary folder, and compares every result file that
//! the manifest lists, byte by byte.

use super::command::{RunArgs, Stopped, one};
use super::folder::has_studies;
use super::recorded::Recorded;
use super::source::Source;
use crate::console::options::{Format, Output, interrupted, listen_for_interrupt, parse_threads};
use crate::console::{Ending, FAILED, Leave, OK, print, say};
use crate::engine::simulate::instruction_sets;
use crate::files::atomic::Written;
use crate::files::folder::{first_difference, scratch};
use crate::files::manifest::{Machine, Manifest};
use crate::files::owned::{MANIFEST, Owned};
use crate::plan::Plan;
use crate::words::numbers::count;
use clap::Args;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip reproduce output/oracle/manifest.json\n  roundtrip reproduce output/oracle --threads 1"
)]
pub struct ReproduceArgs {
    /// A run's manifest, or its folder
    #[arg(value_name = "MANIFEST")]
    pub manifest: PathBuf,
    /// Threads [default: one per core]
    #[arg(long, value_parser = parse_threads, allow_negative_numbers = true)]
    pub threads: Option<u16>,
    /// No progress
    #[arg(long, short)]
    pub quiet: bool,
}

pub fn reproduce(args: &ReproduceArgs) -> Ending {
    let recorded = Recorded::read(&args.manifest)?;
    let look = recorded.pictures.look()?;
    let manifest = &recorded.manifest;
    circumstances(manifest);
    let scratch = scratch()?;
    let mut sampling = recorded.sampling.clone();
    (sampling.paths, sampling.threads) = (Some(recorded.planned), args.threads);
    let output = Output {
        out: Some(scratch.path().to_path_buf()),
        name: None,
        format: Format::Csv,
        pictures: recorded.pictures.clone(),
        quiet: true,
    };
    let run =
        RunArgs::again(PathBuf::from(&recorded.scenario.file), sampling, manifest.settings.as_ref(), output);
    if !args.quiet {
        say(&format!("Running {} paths of {} again", count(manifest.paths), recorded.scenario.name));
    }
    run.sampling.use_threads();
    listen_for_interrupt();
    let plan = Plan::compile(&recorded.scenario);
    let stopped = Stopped { paths: manifest.paths, complete: manifest.complete };
    let owned = Owned::take(scratch.path())?;
    one(&run, &recorded.scenario, &plan, &owned, &look, Source::EngineOnly, Some(stopped))?;
    if interrupted() {
        return Err(Leave::interrupted("Interrupted: nothing was compared."));
    }
    let found = Manifest::read(&scratch.path().join(MANIFEST))?;
    let disturbed = if is_alone(&args.manifest, &recorded) {
        say(
            "No result file lies beside the manifest: what is written now is compared with its hashes alone.",
        );
        Vec::new()
    } else {
        manifest.differing(&recorded.folder)
    };
    let lines = compare(&recorded, &found, scratch.path(), &disturbed);
    let count_of = |verdict: Verdict| lines.iter().filter(|(found, _)| *found == verdict).count();
    let (same, differ) = (count_of(Verdict::Same), count_of(Verdict::Differs));
    let mut text: String = lines.iter().map(|(_, line)| format!("{line}\n")).collect();
    let all = differ == 0;
    text.push_str(&if all {
        format!("{same} files are the same, byte by byte.\n")
    } else {
        format!("{differ} of {} files differ.\n", lines.len())
    });
    Ok(print(&text).max(if all { OK } else { FAILED }))
}

/// Says where version or machine are not those of the manifest.
fn circumstances(manifest: &Manifest) {
    let version = env!("CARGO_PKG_VERSION");
    if manifest.version != version {
        say(&format!(
            "The run is of version {}, this is {version}: across versions a seed promises nothing unless CHANGELOG.md says so.",
            manifest.version
        ));
    }
    let here = Machine::here(instruction_sets().iter().map(|name| name.to_string()).collect());
    let (was, is) = (&manifest.machine, &here);
    if (&was.arch, &was.os, &was.cpu_features) != (&is.arch, &is.os, &is.cpu_features) {
        let features = |machine: &Machine| match machine.cpu_features.as_slice() {
            [] => "no vector extensions".to_string(),
            all => all.join(" "),
        };
        say(&format!(
            "The run was made on {} {} ({}), this is {} {} ({}): results must be the same, the bytes of PNG are promised on one family of processors only.",
            was.os,
            was.arch,
            features(was),
            is.os,
            is.arch,
            features(is)
        ));
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Verdict {
    Same,
    Differs,
    NotCompared,
}

/// Is it a manifest that somebody sent, without the folder that it describes?
fn is_alone(named: &Path, recorded: &Recorded) -> bool {
    let is_there = |file: &Written| recorded.folder.join(&file.file).exists();
    !named.is_dir() && !recorded.manifest.files.iter().any(is_there)
}

/// A line for each file of the manifest, and for each that it should have listed. `disturbed` are those of the folder
/// that are not what the manifest says, whatever is written now.
fn compare(
    recorded: &Recorded,
    found: &Manifest,
    scratch: &Path,
    disturbed: &[String],
) -> Vec<(Verdict, String)> {
    let mut lines = Vec::new();
    for listed in recorded.manifest.written_by_run() {
        let again = found.files.iter().find(|file| file.file == listed.file);
        let (verdict, line) = match again {
            None => (Verdict::Differs, format!("{}: differs: this version does not write it", listed.file)),
            Some(again) if again.sha256 == listed.sha256 && again.bytes == listed.bytes => {
                (Verdict::Same, format!("{}: the same", listed.file))
            }
            // The page shows the studies beside the run, which other commands wrote.
            Some(again) if again.file == "report.html" && has_studies(&recorded.folder) => (
                Verdict::NotCompared,
                format!("{}: not compared: it shows studies that are no part of the run", again.file),
            ),
            Some(again) => {
                let before = recorded.folder.join(&listed.file);
                let place = first_difference(&before, &scratch.join(&listed.file));
                let drawn_again = recorded.manifest.as_run.contains(listed);
                let place = match place {
                    _ if drawn_again => {
                        "its hash; the file in the folder was written again since".to_string()
                    }
                    Ok(Some(byte)) => format!("first at byte {}", count(byte)),
                    // The file on disk is what is written now: the manifest's own was another.
                    Ok(None) => "the file in the folder is not the one that the manifest lists".to_string(),
                    Err(_) => "the file is no longer in the folder; its hash differs".to_string(),
                };
                let sizes = if again.bytes == listed.bytes {
                    String::new()
                } else {
                    format!(", {} bytes against {}", count(listed.bytes), count(again.bytes))
                };
                (Verdict::Differs, format!("{}: differs: {place}{sizes}", listed.file))
            }
        };
        lines.push(if verdict != Verdict::Differs && disturbed.contains(&listed.file) {
            (
                Verdict::Differs,
                format!("{}: differs: {}", listed.file, disturbance(recorded, &listed.file, scratch)),
            )
        } else {
            (verdict, line)
        });
    }
    for file in &found.files {
        if !recorded.manifest.files.iter().any(|listed| listed.file == file.file) {
            lines.push((Verdict::Differs, format!("{}: differs: the manifest does not list it", file.file)));
        }
    }
    lines
}

/// What became of a file of the folder, which the manifest lists otherwise.
fn disturbance(recorded: &Recorded, file: &str, scratch: &Path) -> String {
    let there = recorded.folder.join(file);
    let Ok(now) = there.metadata() else { return "it is no longer in the folder".into() };
    let listed = recorded.manifest.files.iter().find(|listed| listed.file == file);
    let bytes = listed.map_or(0, |listed| listed.bytes);
    let sizes = if now.len() == bytes {
        String::new()
    } else {
        format!(", {} bytes against {}", count(now.len()), count(bytes))
    };
    // A chart that was drawn again since is not the one that the run drew: only a file of the run has a counterpart.
    let is_of_run = !recorded.manifest.as_run.iter().any(|of_run| of_run.file == file);
    let place = match first_difference(&there, &scratch.join(file)) {
        Ok(Some(byte)) if is_of_run => format!(": first at byte {}", count(byte)),
        _ => String::new(),
    };
    format!("the file in the folder is not the one that the manifest lists{place}{sizes}")
}
