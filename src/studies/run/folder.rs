//! The files of a run in its results folder, the manifest last; and its pictures and page again from what it stored, when
//! they are asked for or a study beside it is finished.

use super::results::Results;
use super::{facts, picture, sheets};
use crate::charts::theme::Look;
use crate::charts::{Chart, Figures};
use crate::estimate::Estimate;
use crate::files::atomic::{self, WriteError, Written};
use crate::files::flows::{self, FlowLine};
use crate::files::folder::{self, Circumstances, draw, draw_picked};
use crate::files::manifest::{Manifest, ReadError, Settings};
use crate::files::parquet::{CoursePoint, PathsWriter, write_courses};
use crate::files::summary;
use crate::files::table::Table;
use crate::files::workbook;
use crate::page;
use crate::page::facts::Answered;
use crate::page::stored::{self, Stored};
use crate::page::studies::{self, Study};
use crate::scenario::Scenario;
use crate::words::currency::{self, Currency};
use rayon::prelude::*;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};

/// Writes everything but `paths.parquet`, which grew with the run. Returns the pictures' paths.
pub fn write(
    folder: &Path,
    results: &Results,
    scenario: &Scenario,
    paths: Option<PathsWriter>,
    look: &Look,
    circumstances: Circumstances,
    settings: Settings,
) -> Result<Vec<PathBuf>, WriteError> {
    let facts = facts::of(results, scenario, circumstances.complete);
    let (numbers, stored) = Stored::new(look, facts, picture::of(results)).write(folder)?;
    let (flows, courses) = (flow_lines(results), course_points(results));
    let sheets = currency::speaking(look.currency, || {
        sheets::of(results, scenario, &stored.facts, &stored.figures, &flows, &courses)
    });
    let mut files = vec![
        summary::write(
            &folder.join("summary.json"),
            &results.name,
            results.seed,
            &results.estimates,
            results.beside(),
        )?,
        write_courses(&folder.join("courses.parquet"), &courses)?,
        flows::write(&folder.join("flows.csv"), &flows)?,
        workbook::write(&folder.join(workbook::FILE), &sheets)?,
        numbers,
    ];
    if let Some(paths) = paths {
        files.insert(1, paths.finish()?);
    }
    let (charts, pictures) = draw(folder, &stored.figures, look)?;
    files.extend(charts);
    let studies = studies::beside(folder, &stored.facts.sha256);
    files.push(write_page(folder, &stored, &studies, look, &|_| true)?);
    let mut manifest = circumstances.manifest(&results.name, results.seed, results.sampler, results.paths);
    manifest.settings = Some(settings);
    manifest.files = files;
    if !studies.is_empty() {
        // The run by itself knows of no studies.
        let alone = page_of(&stored, &[], look, &|_| true);
        let (bytes, sha256) = (alone.len() as u64, atomic::sha256(alone.as_bytes()));
        manifest.as_run.push(Written { file: PAGE.into(), bytes, sha256 });
    }
    manifest.write(&folder.join("manifest.json"))?;
    Ok(pictures)
}

/// The page's name in a results folder.
const PAGE: &str = "report.html";

fn page_of(stored: &Stored, studies: &[Study], look: &Look, picked: &dyn Fn(&str) -> bool) -> String {
    currency::speaking(look.currency, || page::page(&stored.facts, &stored.figures, studies, look, picked))
}

fn write_page(
    folder: &Path,
    stored: &Stored,
    studies: &[Study],
    look: &Look,
    picked: &dyn Fn(&str) -> bool,
) -> Result<Written, WriteError> {
    let html = page_of(stored, studies, look, picked);
    atomic::write(&folder.join(PAGE), |file| file.write_all(html.as_bytes()))
}

/// A study was finished: takes it into the page of the run whose folder it lies in, if there is one of the same
/// scenario. A run that cannot be read is left as it is.
fn refresh_page(folder: &Path, sha256: &str) -> Result<(), WriteError> {
    let Ok((mut manifest, stored)) = stored_run(folder) else { return Ok(()) };
    if manifest.scenario.sha256 != sha256 {
        return Ok(());
    }
    let studies = studies::beside(folder, sha256);
    manifest.replace(write_page(folder, &stored, &studies, &stored.look, &|_| true)?);
    manifest.write(&folder.join("manifest.json")).map(drop)
}

/// The manifest of a run, and what the run stored.
fn stored_run(folder: &Path) -> Result<(Manifest, Stored), RedrawError> {
    let manifest = match Manifest::read(&folder.join("manifest.json")) {
        Ok(manifest) => manifest,
        Err(error) if error.cause.kind() == std::io::ErrorKind::NotFound => {
            return Err(RedrawError::NoRun(folder.to_path_buf()));
        }
        Err(error) => return Err(RedrawError::Unreadable(error)),
    };
    let Some(listed) = manifest.files.iter().find(|file| file.file == stored::FILE) else {
        return Err(RedrawError::NoFigures(folder.to_path_buf()));
    };
    let bytes = std::fs::read(folder.join(stored::FILE));
    if bytes.is_ok_and(|bytes| atomic::sha256(&bytes) != listed.sha256) {
        return Err(RedrawError::Changed(folder.join(stored::FILE)));
    }
    let stored = Stored::read(folder).map_err(RedrawError::Unreadable)?;
    Ok((manifest, stored))
}

/// How a run drew its charts.
pub fn stored_look(folder: &Path) -> Result<Look, RedrawError> {
    stored_run(folder).map(|(_, stored)| stored.look)
}

/// Adds answers to those that the run has, in `figures.json` and `summary.json`; a question that was asked before is
/// answered anew. The page is written by who draws again.
pub fn add_answers(folder: &Path, answers: &[Answered]) -> Result<(), RedrawError> {
    let (mut manifest, mut stored) = stored_run(folder)?;
    let asked = &mut stored.facts.asked;
    for answer in answers {
        match asked.iter_mut().find(|known| known.question == answer.question) {
            Some(known) => *known = answer.clone(),
            None => asked.push(answer.clone()),
        }
    }
    let path = folder.join("summary.json");
    let unreadable = |cause: std::io::Error| RedrawError::Unreadable(ReadError { path: path.clone(), cause });
    let text = std::fs::read_to_string(&path).map_err(unreadable)?;
    let mut summary: serde_json::Value =
        serde_json::from_str(&text).map_err(|cause| unreadable(cause.into()))?;
    summary["asked"] = serde_json::json!(asked);
    let text = format!("{summary:#}\n");
    let written = atomic::write(&path, |file| file.write_all(text.as_bytes()));
    manifest.replace(written.map_err(RedrawError::Unwritable)?);
    manifest.replace(stored.write(folder).map_err(RedrawError::Unwritable)?.0);
    manifest.write(&folder.join("manifest.json")).map_err(RedrawError::Unwritable)?;
    Ok(())
}

/// Draws the charts `picked` (all of them if empty) and writes the page again from what a run has stored. Returns the
/// pictures' paths; without any, nothing was written.
pub fn redraw(folder: &Path, picked: &[String], look: Look) -> Result<Vec<PathBuf>, RedrawError> {
    let (mut manifest, stored) = stored_run(folder)?;
    let is_picked = |name: &str| picked.is_empty() || picked.iter().any(|wanted| wanted == name);
    let (mut files, pictures) =
        draw_picked(folder, &stored.figures, &look, &is_picked).map_err(RedrawError::Unwritable)?;
    if pictures.is_empty() {
        return Ok(pictures);
    }
    let studies = studies::beside(folder, &stored.facts.sha256);
    let page = write_page(folder, &stored, &studies, &look, &is_picked);
    files.push(page.map_err(RedrawError::Unwritable)?);
    for written in files {
        manifest.replace(written);
    }
    manifest.write(&folder.join("manifest.json")).map_err(RedrawError::Unwritable)?;
    Ok(pictures)
}

/// Do studies of the scenario lie beside the run, which its page then shows?
pub fn has_studies(folder: &Path) -> bool {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    inside.map(|entry| entry.path().join("manifest.json")).any(|manifest| manifest.exists())
}

/// Why a run's pictures cannot be drawn again.
#[derive(Debug)]
pub enum RedrawError {
    NoRun(PathBuf),
    NoFigures(PathBuf),
    Changed(PathBuf),
    Unreadable(ReadError),
    Unwritable(WriteError),
}

impl fmt::Display for RedrawError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RedrawError::NoRun(folder) => write!(
                f,
                "{} holds no finished run: it has no manifest.json; name a folder that `roundtrip run` wrote, such as output/oracle",
                folder.display()
            ),
            RedrawError::NoFigures(folder) => write!(
                f,
                "{} holds no numbers to draw from: its manifest does not list {}; name the folder of a run, not of a study, or run the scenario again",
                folder.display(),
                stored::FILE
            ),
            RedrawError::Changed(file) => write!(
                f,
                "{} is not what the run wrote: its hash differs from the manifest's; restore it or run the scenario again",
                file.display()
            ),
            RedrawError::Unreadable(error) => {
                write!(f, "{error}; restore the file or run the scenario again")
            }
            RedrawError::Unwritable(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for RedrawError {}

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
    if let Some(run) = folder.parent() {
        refresh_page(run, &manifest.scenario.sha256)?;
    }
    Ok(pictures)
}

/// The chart over several scenarios, beside their folders. Returns the picture's path.
pub fn overview(out: &Path, all: &[Results], look: &Look) -> Result<PathBuf, WriteError> {
    let look = &Look { currency: Currency::common(all.iter().map(|results| results.currency)), ..*look };
    let chart = picture::overview(all);
    let (drawing, numbers) =
        currency::speaking(look.currency, || (chart.draw(look), Table::of(&Chart::data(&chart)).text()));
    folder::table(out, "overview.csv", &numbers)?;
    atomic::write(&out.join("overview.svg"), |file| file.write_all(drawing.svg().as_bytes()))?;
    let picture = out.join("overview.png");
    let (png, pdf) = drawing.png_and_pdf();
    atomic::write(&picture, |file| file.write_all(&png))?;
    if let Some(pdf) = pdf {
        atomic::write(&out.join("overview.pdf"), |file| file.write_all(&pdf))?;
    }
    Ok(picture)
}

fn course_points(results: &Results) -> Vec<CoursePoint> {
    let courses = &results.courses;
    let moments = courses.times.len();
    let point = |place: usize| {
        let (series, moment) = (place / moments, place % moments);
        let estimate = Estimate::of(courses.column(series, moment));
        CoursePoint { series: courses.series[series].name.clone(), time: courses.times[moment], estimate }
    };
    (0..courses.series.len() * moments).into_par_iter().map(point).collect()
}

/// Flows that are zero on every path are left out.
fn flow_lines(results: &Results) -> Vec<FlowLine> {
    let mut lines = Vec::new();
    for (k, ((payer, payee), (_, _, flow))) in results.parties.iter().zip(&results.flows.edges).enumerate() {
        for origin in results.flows.origins {
            let (mean, se) = results.flows.mean(k, *origin);
            if mean != 0.0 {
                lines.push(FlowLine {
                    payer: payer.clone(),
                    payee: payee.clone(),
                    kind: flow.name().into(),
                    origin: origin.name().into(),
                    mean,
                    se,
                });
            }
        }
    }
    lines
}
