//! A results folder, `output/<scenario>/`: every file whole or not at all, the manifest last. A folder without a
//! manifest is not a finished run.

use super::atomic::{self, WriteError, Written};
use super::charts::{CHARTS, Figures};
use super::flows::FlowLine;
use super::manifest::{Machine, Manifest, ScenarioText, Settings};
use super::parquet::{CoursePoint, PathsWriter, write_courses};
use super::results::Results;
use super::theme::Look;
use super::{figures, flows, summary};
use crate::books::origin::ORIGIN_NAMES;
use crate::engine::simulate::instruction_sets;
use crate::estimate::Estimate;
use rayon::prelude::*;
use std::io::Write;
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
            scenario: ScenarioText::new(scenario, &self.scenario_text),
            seed,
            sampler: sampler.into(),
            paths,
            complete: self.complete,
            command: self.command,
            machine: Machine::here(instruction_sets().iter().map(|name| name.to_string()).collect()),
            threads: self.threads,
            duration_seconds: self.duration.as_secs_f64(),
            settings: None,
            files: Vec::new(),
        }
    }
}

/// Makes the folder ready before anything is simulated: it must be writable, and an older run's manifest goes first.
pub fn prepare(folder: &Path) -> Result<(), WriteError> {
    atomic::write(&folder.join(".writable"), |file| file.write_all(b"roundtrip\n"))?;
    for stale in [".writable", "manifest.json"] {
        match std::fs::remove_file(folder.join(stale)) {
            Err(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                return Err(WriteError { path: folder.join(stale), cause });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Writes everything but `paths.parquet`, which grew with the run. Returns the pictures' paths.
pub fn write(
    folder: &Path,
    results: &Results,
    paths: PathsWriter,
    look: &Look,
    circumstances: Circumstances,
    settings: Settings,
) -> Result<Vec<PathBuf>, WriteError> {
    let mut files = vec![
        summary::write(&folder.join("summary.json"), &results.name, results.seed, &results.estimates)?,
        paths.finish()?,
        write_courses(&folder.join("courses.parquet"), &course_points(results))?,
        flows::write(&folder.join("flows.csv"), &flow_lines(results))?,
    ];
    let (charts, pictures) = draw(folder, &figures::of(results), look)?;
    files.extend(charts);
    let mut manifest = circumstances.manifest(&results.name, results.seed, results.sampler, results.paths);
    manifest.settings = Some(settings);
    manifest.files = files;
    manifest.write(&folder.join("manifest.json"))?;
    Ok(pictures)
}

/// The folder of a study of a scenario, inside that scenario's: `output/oracle/attribute`.
pub fn of_study(out: &Path, scenario_file: &Path, study: &str) -> PathBuf {
    out.join(scenario_file.file_stem().unwrap_or_default()).join(study)
}

/// Writes a study's `summary.json`, its charts and, last, its manifest. Returns the pictures' paths.
///
/// `body` is the whole summary: `scenario`, `paths`, `seed`, `measures` and `ratio_of_means` as a run's
/// ([`summary::value`]), and beside them one key of the study's own name.
pub fn write_study(
    folder: &Path,
    body: &serde_json::Value,
    figures: &Figures,
    look: &Look,
    mut manifest: Manifest,
) -> Result<Vec<PathBuf>, WriteError> {
    let text = atomic::write(&folder.join("summary.json"), |file| {
        serde_json::to_writer_pretty(&mut *file, body)?;
        file.write_all(b"\n")
    })?;
    manifest.files.push(text);
    let (charts, pictures) = draw(folder, figures, look)?;
    manifest.files.extend(charts);
    manifest.write(&folder.join("manifest.json"))?;
    Ok(pictures)
}

/// Draws every chart that there is data for, SVG and PNG.
pub fn draw(
    folder: &Path,
    figures: &Figures,
    look: &Look,
) -> Result<(Vec<Written>, Vec<PathBuf>), WriteError> {
    let drawn: Vec<_> = CHARTS
        .par_iter()
        .filter_map(|chart| {
            let drawing = (chart.draw)(figures, look)?;
            Some((chart.name, drawing.svg(), drawing.png()))
        })
        .collect();
    let (mut files, mut pictures) = (Vec::new(), Vec::new());
    for (name, svg, png) in drawn {
        for (ending, bytes) in [("svg", svg.as_bytes()), ("png", png.as_slice())] {
            let path = folder.join("charts").join(format!("{name}.{ending}"));
            let mut written = atomic::write(&path, |file| file.write_all(bytes))?;
            written.file = format!("charts/{name}.{ending}");
            files.push(written);
            if ending == "png" {
                pictures.push(path);
            }
        }
    }
    Ok((files, pictures))
}

/// The chart over several scenarios, beside their folders. Returns the picture's path.
pub fn overview(out: &Path, all: &[Results], look: &Look) -> Result<PathBuf, WriteError> {
    let drawing = super::charts::overview::draw(&figures::overview(all), look);
    atomic::write(&out.join("overview.svg"), |file| file.write_all(drawing.svg().as_bytes()))?;
    let picture = out.join("overview.png");
    atomic::write(&picture, |file| file.write_all(&drawing.png()))?;
    Ok(picture)
}

fn course_points(results: &Results) -> Vec<CoursePoint> {
    let courses = &results.courses;
    let mut points = Vec::with_capacity(courses.series.len() * courses.times.len());
    for (index, series) in courses.series.iter().enumerate() {
        for (moment, time) in courses.times.iter().enumerate() {
            let estimate = Estimate::of(courses.column(index, moment));
            points.push(CoursePoint { series: series.name.clone(), time: *time, estimate });
        }
    }
    points
}

/// Flows that are zero on every path are left out.
fn flow_lines(results: &Results) -> Vec<FlowLine> {
    let mut lines = Vec::new();
    for (k, ((payer, payee), (_, _, flow))) in results.parties.iter().zip(&results.flows.edges).enumerate() {
        for (origin, (origin_name, _)) in ORIGIN_NAMES.iter().enumerate() {
            let (mean, se) = results.flows.mean(k, origin);
            if mean != 0.0 {
                lines.push(FlowLine {
                    payer: payer.clone(),
                    payee: payee.clone(),
                    kind: flow.name().into(),
                    origin: (*origin_name).into(),
                    mean,
                    se,
                });
            }
        }
    }
    lines
}
