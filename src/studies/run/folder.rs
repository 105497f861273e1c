//! The files of a run in its results folder, the manifest last; and its pictures and page again from what it stored, when
//! they are asked for or a study beside it is finished.

use super::results::Results;
use super::{facts, picture, sheets};
use crate::charts::theme::Look;
use crate::charts::{Chart, Figures};
use crate::engine::Series;
use crate::estimate::Estimate;
use crate::files::atomic::{self, WriteError, Written};
use crate::files::flows::{self, FlowLine};
use crate::files::folder::{self, Circumstances, draw, draw_picked, pictures};
use crate::files::manifest::{Changed, Manifest, ReadError, Settings};
use crate::files::owned::{self, MANIFEST, NotOwned, Owned};
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

/// Writes everything but `paths.parquet`, which grew with the run. Returns where it is, and the pictures' paths.
pub fn write(
    owned: &Owned,
    results: &Results,
    scenario: &Scenario,
    paths: Option<PathsWriter>,
    look: &Look,
    circumstances: Circumstances,
    settings: Settings,
) -> Result<(PathBuf, Vec<PathBuf>), NotOwned> {
    let folder = &owned.staging();
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
            results.beside(circumstances.complete),
        )?,
        write_courses(&folder.join("courses.parquet"), &courses)?,
        flows::write(&folder.join("flows.csv"), &flows)?,
        workbook::write(&folder.join(workbook::FILE), &sheets)?,
        numbers,
    ];
    if let Some(paths) = paths {
        files.insert(1, paths.finish()?);
    }
    files.extend(draw(folder, &stored.figures, look)?);
    let mut manifest = circumstances.manifest(&results.name, results.seed, results.sampler, results.paths);
    manifest.settings = Some(settings);
    let studies = studies::beside(owned.folder(), &manifest);
    files.push(write_page(folder, &stored, &studies, look, &|_| true)?);
    manifest.files = files;
    if !studies.is_empty() {
        // The run by itself knows of no studies.
        let alone = page_of(&stored, &[], look, &|_| true);
        let (bytes, sha256) = (alone.len() as u64, atomic::sha256(alone.as_bytes()));
        manifest.as_run.push(Written { file: PAGE.into(), bytes, sha256 });
    }
    let at = owned.commit(&manifest)?;
    let pictures = pictures(&at, &manifest.files);
    Ok((at, pictures))
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
/// scenario. A run that cannot be read is left as it is; one that is being written will find the study itself.
fn refresh_page(folder: &Path, study: &Manifest) -> Result<(), NotOwned> {
    let Ok((mut manifest, stored)) = stored_run(folder) else { return Ok(()) };
    if !manifest.is_of_the_scenario_of(study) {
        return Ok(());
    }
    let owned = match Owned::take(folder) {
        Err(NotOwned::InUse { .. }) => return Ok(()),
        taken => taken?,
    };
    let studies = studies::beside(folder, &manifest);
    manifest.replace(write_page(&owned.staging(), &stored, &studies, &stored.look, &|_| true)?);
    owned.commit(&manifest).map(drop)
}

/// The manifest of a run, and what the run stored.
fn stored_run(folder: &Path) -> Result<(Manifest, Stored), RedrawError> {
    owned::settle(folder);
    let manifest = match Manifest::read(&folder.join(MANIFEST)) {
        Ok(manifest) => manifest,
        Err(error) if error.cause.kind() == std::io::ErrorKind::NotFound => {
            return Err(RedrawError::NoRun(folder.to_path_buf()));
        }
        Err(error) => return Err(RedrawError::Unreadable(error)),
    };
    if !manifest.files.iter().any(|file| file.file == stored::FILE) {
        return Err(RedrawError::NoFigures(folder.to_path_buf()));
    }
    manifest.check(folder, stored::FILE).map_err(RedrawError::Changed)?;
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
    let owned = Owned::take(folder).map_err(RedrawError::Unwritable)?;
    let (mut manifest, mut stored) = stored_run(folder)?;
    manifest.check(folder, "summary.json").map_err(RedrawError::Changed)?;
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
    let unwritten = |error: WriteError| RedrawError::Unwritable(error.into());
    let written =
        atomic::write(&owned.staging().join("summary.json"), |file| file.write_all(text.as_bytes()));
    manifest.replace(written.map_err(unwritten)?);
    manifest.replace(stored.write(&owned.staging()).map_err(unwritten)?.0);
    owned.commit(&manifest).map_err(RedrawError::Unwritable).map(drop)
}

/// Draws the charts `picked` (all of them if empty) and writes the page again from what a run has stored. Returns the
/// pictures' paths; without any, nothing was written.
pub fn redraw(folder: &Path, picked: &[String], look: Look) -> Result<Vec<PathBuf>, RedrawError> {
    let owned = Owned::take(folder).map_err(RedrawError::Unwritable)?;
    let (mut manifest, stored) = stored_run(folder)?;
    let staging = &owned.staging();
    let unwritten = |error| RedrawError::Unwritable(NotOwned::Unwritable(error));
    let is_picked = |name: &str| picked.is_empty() || picked.iter().any(|wanted| wanted == name);
    let mut files = draw_picked(staging, &stored.figures, &look, &is_picked).map_err(unwritten)?;
    let pictures = pictures(folder, &files);
    if pictures.is_empty() {
        return Ok(pictures);
    }
    let studies = studies::beside(folder, &manifest);
    files.push(write_page(staging, &stored, &studies, &look, &is_picked).map_err(unwritten)?);
    for written in files {
        manifest.replace(written);
    }
    owned.commit(&manifest).map_err(RedrawError::Unwritable)?;
    Ok(pictures)
}

/// Do studies of the scenario lie beside the run, which its page then shows?
pub fn has_studies(folder: &Path) -> bool {
    let inside = std::fs::read_dir(folder).into_iter().flatten().flatten();
    inside.map(|entry| entry.path().join(MANIFEST)).any(|manifest| manifest.exists())
}

/// Why a run's pictures cannot be drawn again.
#[derive(Debug)]
pub enum RedrawError {
    NoRun(PathBuf),
    NoFigures(PathBuf),
    Changed(Changed),
    Unreadable(ReadError),
    Unwritable(NotOwned),
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
            RedrawError::Changed(changed) => write!(f, "{changed}"),
            RedrawError::Unreadable(error) => {
                write!(f, "{error}; restore the file or run the scenario again")
            }
            RedrawError::Unwritable(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for RedrawError {}

/// Writes a study's `summary.json`, its charts and, last, its manifest. Returns where it is, and the pictures' paths.
///
/// `body` is the whole summary: `scenario`, `paths`, `seed`, `measures` and `ratio_of_means` as a run's
/// ([`summary::value`]), and beside them one key of the study's own name.
pub fn write_study(
    owned: &Owned,
    body: &serde_json::Value,
    figures: &Figures,
    look: &Look,
    mut manifest: Manifest,
) -> Result<(PathBuf, Vec<PathBuf>), NotOwned> {
    let folder = &owned.staging();
    let text = atomic::write(&folder.join("summary.json"), |file| {
        serde_json::to_writer_pretty(&mut *file, body)?;
        file.write_all(b"\n")
    })?;
    manifest.files.push(text);
    manifest.files.extend(draw(folder, figures, look)?);
    let at = owned.commit(&manifest)?;
    if let Some(run) = at.parent() {
        refresh_page(run, &manifest)?;
    }
    let pictures = pictures(&at, &manifest.files);
    Ok((at, pictures))
}

/// The chart over several scenarios, beside their folders. Returns the picture's path.
pub fn overview(out: &Path, all: &[&Results], look: &Look) -> Result<PathBuf, WriteError> {
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
    // One series after another: all values of one are many.
    let of_series = |(number, of): (usize, &Series)| {
        let point = |(time, column): (&f64, Vec<f64>)| CoursePoint {
            series: of.name.clone(),
            time: *time,
            estimate: Estimate::of(column),
        };
        let columns = courses.columns(number);
        courses.times.par_iter().zip(columns).map(point).collect::<Vec<CoursePoint>>()
    };
    courses.series.iter().enumerate().flat_map(of_series).collect()
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
