//! A results folder, `output/<scenario>/`: every file whole or not at all, the manifest last. A folder without a
//! manifest is not a finished run.

use super::atomic::{self, WriteError, Written};
use super::manifest::{Build, Machine, Manifest, ScenarioText};
use crate::charts::Figures;
use crate::charts::theme::Look;
use crate::engine::simulate::instruction_sets;
use crate::files::table::Table;
use crate::words::currency;
use rayon::prelude::*;
use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// What the manifest says of a run besides its results.
pub struct Circumstances {
    pub command: Vec<String>,
    pub threads: usize,
    pub duration: Duration,
    /// False when the run was interrupted.
    pub complete: bool,
    pub scenario_text: String,
}

impl Circumstances {
    /// A manifest that lists no files yet.
    pub fn manifest(self, scenario: &str, seed: u64, sampler: &str, paths: u64) -> Manifest {
        Manifest {
            version: env!("CARGO_PKG_VERSION").into(),
            build: Some(Build::this()),
            scenario: ScenarioText::new(scenario, &self.scenario_text),
            seed,
            sampler: sampler.into(),
            paths,
            complete: self.complete,
            command: self.command,
            directory: std::env::current_dir().ok().map(|folder| folder.display().to_string()),
            machine: Machine::here(instruction_sets().iter().map(|name| name.to_string()).collect()),
            threads: self.threads,
            duration_seconds: self.duration.as_secs_f64(),
            study: None,
            settings: None,
            files: Vec::new(),
            as_run: Vec::new(),
            added: Vec::new(),
        }
    }
}

/// The name of a scenario's folder: its file's, and what was changed: `oracle`, `oracle+market.rate=0.05`,
/// `oracle+off=announcement`. What cannot stand in a name, or is too long for one, is told apart by a hash.
pub fn named(scenario_file: &Path, set: &[(String, String)], off: &[String]) -> String {
    const LONGEST: usize = 80;
    let stem = scenario_file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
    let mut changes: Vec<String> = set.iter().map(|(path, value)| format!("{path}={value}")).collect();
    if !off.is_empty() {
        let mut off = off.to_vec();
        off.sort();
        changes.push(format!("off={}", off.join("-")));
    }
    changes.sort();
    let exact: String = changes.iter().map(|change| format!("+{change}")).collect();
    let in_name = |c: char| if c.is_ascii_alphanumeric() || "._+=-".contains(c) { c } else { '-' };
    let plain: String = exact.chars().map(in_name).take(LONGEST).collect();
    if plain == exact {
        stem + &exact
    } else {
        format!("{stem}{plain}-{}", &atomic::sha256(exact.as_bytes())[..8])
    }
}

/// Writes a table of a study beside its summary.
pub fn table(folder: &Path, name: &str, text: &str) -> Result<Written, WriteError> {
    atomic::write(&folder.join(name), |file| file.write_all(text.as_bytes()))
}

/// Draws every chart that there is data for, SVG and PNG, and writes its numbers beside it.
pub fn draw(folder: &Path, figures: &Figures, look: &Look) -> Result<Vec<Written>, WriteError> {
    draw_picked(folder, figures, look, &|_| true)
}

pub fn draw_picked(
    folder: &Path,
    figures: &Figures,
    look: &Look,
    picked: &(dyn Fn(&str) -> bool + Sync),
) -> Result<Vec<Written>, WriteError> {
    let wanted = figures.all().par_iter().filter(|picture| picked(picture.name()));
    let drawn: Vec<_> = wanted
        .map(|picture| {
            let (drawing, numbers) =
                currency::speaking(look.currency, || (picture.draw(look), Table::of(&picture.data()).text()));
            let (png, pdf) = drawing.png_and_pdf();
            (picture.name(), drawing.svg(), png, pdf, numbers)
        })
        .collect();
    let mut files = Vec::new();
    for (name, svg, png, pdf, numbers) in drawn {
        let pdf = pdf.as_deref().map(|bytes| ("pdf", bytes));
        let always = [("svg", svg.as_bytes()), ("png", png.as_slice()), ("csv", numbers.as_bytes())];
        for (ending, bytes) in always.into_iter().chain(pdf) {
            let path = folder.join("charts").join(format!("{name}.{ending}"));
            let mut written = atomic::write(&path, |file| file.write_all(bytes))?;
            written.file = format!("charts/{name}.{ending}");
            files.push(written);
        }
    }
    Ok(files)
}

/// The pictures among a command's files, where these are.
pub fn pictures(folder: &Path, files: &[Written]) -> Vec<PathBuf> {
    let drawn = files.iter().filter(|file| file.file.ends_with(".png"));
    drawn.map(|file| folder.join(&file.file)).collect()
}

/// A folder for results that are only compared; it goes when it is dropped.
pub fn scratch() -> Result<tempfile::TempDir, WriteError> {
    let made = tempfile::Builder::new().prefix("roundtrip-").tempdir();
    made.map_err(|cause| WriteError { path: std::env::temp_dir(), cause })
}

/// The first byte, counted from 0, in which two files differ; where one goes on, its end. `None` when they are the same.
pub fn first_difference(one: &Path, other: &Path) -> std::io::Result<Option<u64>> {
    let open = |path: &Path| std::fs::File::open(path).map(std::io::BufReader::new);
    let (mut one, mut other) = (open(one)?, open(other)?);
    let mut at = 0;
    loop {
        let (a, b) = (one.fill_buf()?, other.fill_buf()?);
        let length = a.len().min(b.len());
        if let Some(k) = a.iter().zip(b).position(|(a, b)| a != b) {
            return Ok(Some(at + k as u64));
        }
        if length == 0 {
            return Ok(if a.len() == b.len() { None } else { Some(at) });
        }
        one.consume(length);
        other.consume(length);
        at += length as u64;
    }
}
