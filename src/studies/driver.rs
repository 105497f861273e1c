//! What the commands that run a scenario several times share: reading the one scenario, the measures that are asked for,
//! the folder, the summary's body, the closing line.

use crate::charts::Figures;
use crate::charts::theme::Look;
use crate::console::options::{Output, Sampling, circumstances};
use crate::console::{BAD_INPUT, FAILED, Overrides, read_all, say};
use crate::estimate::Estimates;
use crate::files::folder;
use crate::files::summary;
use crate::input::names::nearest;
use crate::outcome::measures;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::words::measure::Kind;
use crate::words::numbers::count;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// Reads one scenario; says what is wrong with it.
pub fn read_one(file: &Path, overrides: &Overrides) -> Option<Scenario> {
    read_all(&[file.to_path_buf()], overrides)?.pop()
}

/// Reads a scenario with more numbers set; what is wrong is said, what is doubtful is not said again.
pub fn read_with(file: &Path, overrides: &Overrides, more: &[(String, String)]) -> Option<Scenario> {
    let set: Vec<(String, String)> = overrides.set.iter().chain(more).cloned().collect();
    Scenario::read(file, &set).map_err(|findings| say(&findings.render(crate::console::colour()))).ok()
}

/// Are these all measures of the plan? Says which is not, and what it might be.
pub fn are_measures(plan: &Plan, names: &[String]) -> bool {
    let known: Vec<String> = measures(plan).into_iter().map(|measure| measure.name).collect();
    let mut all = true;
    for name in names.iter().filter(|name| !known.contains(name)) {
        let near = nearest(name, known.iter().map(String::as_str)).unwrap_or_default();
        say(&is_no_measure(name, plan.uncertain.contains(name), &plan.name, near));
        all = false;
    }
    all
}

/// What is said of a name that is no measure of a scenario or a run.
pub fn is_no_measure(name: &str, is_uncertain: bool, of: &str, near: &str) -> String {
    let what = if is_uncertain { "an uncertain number, no measure" } else { "no measure" };
    format!("error: `{name}` is {what} of {of}; the nearest measure is `{near}`")
}

/// Is what was typed an amount in the measure's unit? Per cent are of shares only.
pub fn is_amount_of(measure: &str, typed: &str, separator: &str) -> bool {
    let unit = match Kind::of(measure) {
        Kind::Share => return true,
        Kind::UsdBn => "USD bn",
        Kind::Years => "years",
        Kind::Plain => "a plain number",
    };
    if !typed.ends_with('%') {
        return true;
    }
    say(&format!(
        "error: `{measure}` is no share, and {typed} says nothing of it; write {unit}, for example \"{measure}{separator}0.5\""
    ));
    false
}

/// The address of a number of the scenario; says what it might be when it is none.
pub fn is_number(scenario: &Scenario, address: &str) -> bool {
    let may_vary = |number: &&crate::input::Number| !number.address.starts_with("scenario.");
    if scenario.numbers.iter().filter(may_vary).any(|number| number.address == address) {
        return true;
    }
    if address.starts_with("scenario.") {
        say(&format!("error: `{address}` is certain and stays so: vary a number of another section"));
        return false;
    }
    let known = scenario.numbers.iter().filter(may_vary).map(|number| number.address.as_str());
    say(&format!(
        "error: {} has no number `{address}`; the nearest is `{}` (`roundtrip check` lists all)",
        scenario.file,
        nearest(address, known).unwrap_or_default()
    ));
    false
}

/// Paths of a study that keeps every one of them: what was asked for, or the default; says when they are too many.
pub fn paths_kept(sampling: &Sampling, default: u64, most: u64) -> Result<u64, u8> {
    let paths = sampling.paths.unwrap_or(default);
    if paths <= most {
        return Ok(paths);
    }
    say(&format!("error: this study keeps all its paths in memory: --paths {} at most", count(most)));
    Err(BAD_INPUT)
}

/// The study's folder, made ready; says why it cannot be.
pub fn prepare(output: &Output, file: &Path, study: &str) -> Result<PathBuf, u8> {
    let folder = folder::of_study(&output.out, file, study);
    match folder::prepare(&folder) {
        Ok(()) => Ok(folder),
        Err(error) => {
            say(&format!("error: {error}"));
            Err(FAILED)
        }
    }
}

/// The charts' look, or the code to leave with.
pub fn look(output: &Output) -> Result<Look, u8> {
    output.pictures.look().ok_or(BAD_INPUT)
}

/// A study on its way to disk.
pub struct Finished<'a> {
    /// Its name: the folder, and the key of its details.
    pub study: &'static str,
    pub scenario: &'a Scenario,
    pub sampling: &'a Sampling,
    pub estimates: &'a Estimates,
    pub details: serde_json::Value,
    pub figures: Figures,
    pub began: Instant,
    /// Paths simulated in all.
    pub simulated: u64,
}

impl Finished<'_> {
    /// `summary.json` as a value: a run's, and the details.
    pub fn body(&self) -> Result<serde_json::Value, serde_json::Error> {
        let mut body = summary::value(&self.scenario.name, self.sampling.seed, self.estimates)?;
        body[self.study] = self.details.clone();
        Ok(body)
    }

    /// The same as text.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        Ok(serde_json::to_string_pretty(&self.body()?)? + "\n")
    }

    /// Writes the folder, with tables beside the summary, and says where it is.
    pub fn write(
        &self,
        folder: &Path,
        look: &Look,
        tables: &[(&str, &str)],
        output: &Output,
    ) -> Result<(), Box<dyn std::error::Error>> {
        let took = self.began.elapsed();
        let circumstances = circumstances(self.began, true, &self.scenario.text);
        let sampler = self.sampling.sampler.sampler().1;
        let mut manifest =
            circumstances.manifest(&self.scenario.name, self.sampling.seed, sampler, self.estimates.paths);
        for (name, text) in tables {
            manifest.files.push(folder::table(folder, name, text)?);
        }
        let pictures =
            crate::studies::run::folder::write_study(folder, &self.body()?, &self.figures, look, manifest)?;
        if !output.quiet {
            say(&closing(self.simulated, self.sampling.seed, took, folder, pictures.len()));
        }
        Ok(())
    }
}

fn closing(paths: u64, seed: u64, took: Duration, folder: &Path, pictures: usize) -> String {
    let charts = if pictures == 1 { "1 chart" } else { &format!("{pictures} charts") };
    format!(
        "{} paths simulated, seed {seed}, in {:.1} s. Results: {}, {charts}",
        count(paths),
        took.as_secs_f64(),
        folder.display()
    )
}
