//! What every study of a scenario does before and after its own work: it reads the scenario, asks whether what is named
//! exists, makes its folder ready, listens for Ctrl-C, shows progress; and then writes `summary.json`, its table, its
//! pictures and the manifest, prints, and says where everything is.

use crate::charts::theme::Look;
use crate::charts::{Figures, Run as Shown};
use crate::console::options::{
    Format, Output, Sampling, circumstances, is_of_output, listen_for_interrupt, typed,
};
use crate::console::progress::Progress;
use crate::console::{Ending, GOES_ON, INTERRUPTED, Leave, Overrides, print, read_all, refused, say};
use crate::engine::Unfinished;
use crate::estimate::Estimates;
use crate::files::folder;
use crate::files::journal::{Header, Studied};
use crate::files::manifest::{Build, DataFile, PictureSettings, ScenarioText, Settings};
use crate::files::owned::Owned;
use crate::files::summary;
use crate::files::table::Table;
use crate::input::names::nearest;
use crate::input::{Findings, Number, Quantity};
use crate::outcome::{bounds, full_name, measures};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::studies::room;
use crate::studies::run::folder::write_study;
use crate::studies::run::results::Evidence;
use crate::studies::run::shard::{Shard, print_done};
use crate::studies::simulator::{Pieces, Simulator};
use crate::words::measure::Kind;
use crate::words::numbers::{changed, count, counted};
use clap::Args;
use serde::Serialize;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::Instant;

/// What a study has found. Serialised it is the key of the study's name in `summary.json`.
pub trait Answer: Serialize {
    /// As `summary.json` names them.
    fn estimates(&self) -> Estimates;
    /// The pictures, `run` being what stands under them; numbers are called as the scenario does.
    fn figures(&self, scenario: &Scenario, run: Shown) -> Figures;
    /// Paths that the pictures speak of.
    fn paths(&self) -> u64;
    /// For a person.
    fn text(&self, scenario: &Scenario, figures: &Figures) -> String;
    fn table(&self) -> Table;
    /// The table's file, if it is written beside the summary.
    const TABLE: Option<&'static str>;
    /// What was done, for the closing line: "20,000 paths simulated".
    fn done(&self) -> String;
}

/// A study of one scenario under way.
pub struct Study<'a> {
    /// Its folder, and the key of its details.
    pub name: &'static str,
    file: &'a Path,
    sampling: &'a Sampling,
    output: &'a Output,
    began: Instant,
    look: Look,
    folder: PathBuf,
    owned: OnceLock<Owned>,
    pub scenario: Scenario,
    pub plan: Plan,
}

impl<'a> Study<'a> {
    /// Reads the scenario.
    pub fn read(
        name: &'static str,
        file: &'a Path,
        sampling: &'a Sampling,
        output: &'a Output,
    ) -> Result<Study<'a>, Leave> {
        let began = Instant::now();
        Study::of(name, file, began, read_one(file, &sampling.overrides)?, sampling, output)
    }

    /// Of a scenario that was read.
    pub fn of(
        name: &'static str,
        file: &'a Path,
        began: Instant,
        scenario: Scenario,
        sampling: &'a Sampling,
        output: &'a Output,
    ) -> Result<Study<'a>, Leave> {
        let look = Look { currency: scenario.currency, ..output.pictures.look()? };
        let plan = Plan::compile(&scenario);
        let folder = output.folder_of(file, &sampling.overrides.set, &sampling.off).join(name);
        Ok(Study {
            name,
            file,
            sampling,
            output,
            began,
            look,
            folder,
            owned: OnceLock::new(),
            scenario,
            plan,
        })
    }

    /// All that was asked for exists: the folder is taken, but by no shard, threads are set up, and Ctrl-C is listened for.
    /// The paths come from `shards`, if there are some. `A` are the arguments of the study's command, `scenarios` the files
    /// that it names, `others` those that it reads besides.
    pub fn begin<A: Args>(
        &self,
        pieces: &Pieces,
        shards: &[(PathBuf, Header)],
        scenarios: &[PathBuf],
        others: &[PathBuf],
    ) -> Result<Simulator, Leave> {
        self.sampling.use_threads();
        listen_for_interrupt();
        let header = || self.header::<A>(pieces.shard, scenarios, others);
        if let Some(shard) = pieces.shard {
            return Simulator::shard(shard, &self.folder, header()?);
        }
        self.take_folder()?;
        match shards {
            [] => Ok(Simulator::with_checkpoint(&self.folder, &header()?, pieces.checkpoint)),
            all => Simulator::shards(all),
        }
    }

    /// Of the study's journals.
    fn header<A: Args>(
        &self,
        shard: Option<Shard>,
        scenarios: &[PathBuf],
        others: &[PathBuf],
    ) -> Result<Header, Leave> {
        let decides = |id: &str| !is_of_output(id) && !Pieces::has(id);
        let named = |path: &PathBuf| path.display().to_string();
        let tables = self.scenario.tables.iter().map(|table| &table.path);
        let files = scenarios.iter().chain(others).chain(tables);
        let (first, end) = (Studied::PATHS.start, Studied::PATHS.end);
        Ok(Header {
            version: env!("CARGO_PKG_VERSION").into(),
            build: Build::this(),
            scenario: ScenarioText::new(&self.scenario.name, &self.scenario.text),
            seed: self.sampling.seed,
            sampler: self.sampling.sampler.sampler().name().into(),
            settings: Settings::of(&self.scenario, &self.sampling.off, 0, PictureSettings::of(&self.look)),
            columns: 0,
            study: Some(Studied {
                name: self.name.into(),
                options: typed::<A>(self.name, decides)?,
                scenarios: scenarios.iter().map(named).collect(),
                files: files.map(|path| DataFile::at(named(path), path)).collect(),
            }),
            shard: shard.map(|shard| (shard.number, shard.of)),
            merged: Vec::new(),
            first,
            end,
        })
    }

    /// A shard has no answer: leaves with what became of it, and where a journal could not be read or written.
    pub fn leave_with_shard(&self, simulator: &mut Simulator) -> Result<(), Leave> {
        match simulator.end_shard(&self.scenario, self.name)? {
            Some(done) => Err(Leave::with_code(print_done(&[done], self.output.format)?)),
            None => Ok(()),
        }
    }

    /// Why there is no answer, and how to go on: half of `what` is nothing.
    pub fn left(&self, simulator: &mut Simulator, what: &str, why: Unfinished) -> Leave {
        match why {
            Unfinished::Fault(fault) => simulator.give_up().err().map_or_else(|| fault.into(), Leave::from),
            Unfinished::Stopped => {
                let ended = self.leave_with_shard(simulator).err();
                ended.unwrap_or_else(|| not_whole(what, simulator.leftover().keep()))
            }
        }
    }

    /// The folder alone.
    pub fn take_folder(&self) -> Result<&Owned, Leave> {
        if self.owned.get().is_none() {
            let _ = self.owned.set(Owned::take(&self.folder)?);
        }
        self.owned.get().ok_or_else(|| Leave::failed("the folder was not taken"))
    }

    /// When it began.
    pub fn began(&self) -> Instant {
        self.began
    }

    /// What was read before is no part of the time it takes.
    pub fn begins_now(&mut self) {
        self.began = Instant::now();
    }

    pub fn progress(&self, total: u64) -> Progress {
        Progress::new(total, self.output.quiet, &self.scenario.name)
    }

    /// The plan with some numbers set by an option, on the draws of the scenario as it stands.
    pub fn plan_with(&self, option: &str, set: &[(String, String)]) -> Result<Plan, Leave> {
        let mut plan = Plan::compile(&self.scenario_with(option, set).map_err(refused)?);
        plan.parameters.follow(&plan.uncertain, (&self.plan.uncertain, &self.plan.parameters));
        Ok(plan)
    }

    /// The scenario with more numbers set by an option; what is doubtful has been said.
    pub fn scenario_with(&self, option: &str, more: &[(String, String)]) -> Result<Scenario, Findings> {
        Scenario::read_again(self.file, &self.sampling.overrides.set, option, more)
    }

    /// Writes everything, prints the answer, says where it is.
    pub fn end<A: Answer>(&self, answer: &A, simulator: Simulator) -> Ending {
        self.end_after(answer, true, simulator)
    }

    /// The same of a study that can be cut short.
    pub fn end_after<A: Answer>(&self, answer: &A, complete: bool, mut simulator: Simulator) -> Ending {
        if complete {
            simulator.end()?;
        }
        let (text, written) = self.write(answer, complete)?;
        let code = print(&text);
        written?;
        let leftover = simulator.leftover();
        if complete {
            leftover.remove();
            return Ok(code);
        }
        Ok(if leftover.keep() { GOES_ON } else { INTERRUPTED })
    }

    /// Writes everything; what is to be printed, and what came of the writing.
    pub fn write<A: Answer>(&self, answer: &A, complete: bool) -> Result<(String, Result<(), Leave>), Leave> {
        let took = self.began.elapsed();
        let called = changed(&self.scenario.name, &self.scenario.set, &self.sampling.off);
        let evidence = Evidence::of(&self.scenario).said();
        let shown = Shown { scenario: called, paths: answer.paths(), seed: self.sampling.seed, evidence };
        let figures = answer.figures(&self.scenario, shown);
        let estimates = answer.estimates();
        let mut body = summary::value(&self.scenario.name, self.sampling.seed, &estimates)?;
        if !complete {
            body["complete"] = false.into();
        }
        body[self.name] = serde_json::to_value(answer)?;
        let table = answer.table().text();
        let text = match self.output.format {
            Format::Table => partial(complete) + &answer.text(&self.scenario, &figures),
            Format::Json => serde_json::to_string_pretty(&body)? + "\n",
            Format::Csv => table.clone(),
        };
        let files = || -> Result<(), Leave> {
            let owned = self.take_folder()?;
            let circumstances = circumstances(self.began, complete, &self.scenario.text);
            let sampler = self.sampling.sampler.sampler().name();
            let mut manifest =
                circumstances.manifest(&self.scenario.name, self.sampling.seed, sampler, estimates.paths);
            let pictures = PictureSettings::of(&self.look);
            manifest.settings =
                Some(Settings::of(&self.scenario, &self.sampling.off, answer.paths(), pictures));
            manifest.study = Some(self.name.into());
            if let Some(name) = A::TABLE {
                manifest.files.push(folder::table(&owned.staging(), name, &table)?);
            }
            let (folder, pictures) = write_study(owned, &body, &figures, &self.look, manifest)?;
            if !complete && !self.output.quiet {
                say(&format!(
                    "Interrupted: the results are of the {} paths done until then.",
                    count(estimates.paths)
                ));
            }
            if !self.output.quiet {
                say(&format!(
                    "{}, {}, seed {}, in {:.1} s. Results: {}",
                    answer.done(),
                    counted(pictures.len() as u64, "chart"),
                    self.sampling.seed,
                    took.as_secs_f64(),
                    folder.display()
                ));
            }
            Ok(())
        };
        Ok((text, files()))
    }

    /// Is every one of these a measure? Says which is not, and what it might be.
    pub fn are_measures(&self, names: &[String]) -> bool {
        let known: Vec<String> = measures(&self.plan).into_iter().map(|measure| measure.name).collect();
        let mut all = true;
        for name in names.iter().filter(|name| !known.contains(name)) {
            let near = nearest(name, known.iter().map(String::as_str)).unwrap_or_default();
            say(&format!(
                "error: {}",
                is_no_measure(name, self.plan.uncertain.contains(name), &self.plan.name, near)
            ));
            all = false;
        }
        all
    }

    /// Is it the address of a number that may vary? Says what it might be when it is none.
    pub fn is_number(&self, address: &str) -> bool {
        let varies = |number: &&Number| !number.address.starts_with("scenario.");
        let known = || self.scenario.numbers.iter().filter(varies).map(|number| number.address.as_str());
        if known().any(|number| number == address) {
            return true;
        }
        say(&match address.starts_with("scenario.") {
            true => format!("error: `{address}` is certain and stays so: vary a number of another section"),
            false => format!(
                "error: {} has no number `{address}`; the nearest is `{}` (`roundtrip check` lists all)",
                self.scenario.file,
                nearest(address, known()).unwrap_or_default()
            ),
        });
        false
    }

    /// The number of an address, and its value in the file where it is certain.
    pub fn number(&self, address: &str) -> Option<(&Number, Option<f64>)> {
        let number = self.scenario.number(self.scenario.number_at(address)?);
        let certain = match number.quantity {
            Quantity::Certain(value) => Some(value),
            Quantity::Uncertain(_) => None,
        };
        Some((number, certain))
    }
}

/// Reads one scenario; says what is wrong with it.
pub fn read_one(file: &Path, overrides: &Overrides) -> Result<Scenario, Leave> {
    Ok(read_all(&[file.to_path_buf()], overrides)?.remove(0))
}

/// What is said of a name that is no measure of a scenario or a run.
pub fn is_no_measure(name: &str, is_uncertain: bool, of: &str, near: &str) -> String {
    let what = if is_uncertain { "an uncertain number, no measure" } else { "no measure" };
    format!("`{name}` is {what} of {of}; the nearest measure is `{near}`")
}

/// A measure's name, short or in full.
pub fn parse_measure(text: &str) -> Result<String, String> {
    Ok(full_name(text.trim()))
}

/// A number with its sign of per cent, as `10%`.
pub fn parse_amount(text: &str) -> Option<f64> {
    let number = match text.strip_suffix('%') {
        Some(percent) => percent.trim().parse::<f64>().map(|percent| percent / 100.0),
        None => text.parse(),
    };
    number.ok().filter(|value| value.is_finite())
}

/// Is what was typed an amount in the measure's unit? Per cent are of shares only.
pub fn is_amount_of(measure: &str, typed: &str, separator: &str) -> Result<(), Leave> {
    let unit = match Kind::of(measure) {
        Kind::Share => return Ok(()),
        Kind::UsdBn => "USD bn",
        Kind::Years => "years",
        Kind::Plain => "a plain number",
    };
    if !typed.ends_with('%') {
        return Ok(());
    }
    Err(Leave::bad_input(format!(
        "`{measure}` is no share, and {typed} says nothing of it; write {unit}, for example \"{measure}{separator}0.5\""
    )))
}

/// Refuses a target that no mean of the measure can reach.
pub fn can_be(measure: &str, value: f64, typed: &str, years: f64) -> Result<(), Leave> {
    let (low, high) = bounds(measure, years);
    if (low..=high).contains(&value) {
        return Ok(());
    }
    let kind = Kind::of(measure);
    let [least, most] = [low, high].map(|end| kind.value(end, 0.0));
    let within =
        if high.is_finite() { format!("between {least} and {most}") } else { format!("{least} or more") };
    Err(Leave::bad_input(format!("`{measure}` cannot be {typed}: it is {within}")))
}

/// Leaves where a measure that was asked for has no value on any path.
pub fn is_defined(measure: &str, paths: u64, has_value: bool) -> Result<(), Leave> {
    if has_value {
        return Ok(());
    }
    Err(Leave::failed(format!(
        "`{measure}` is not defined on any of the {} paths: there is nothing to say of it; ask for another measure, or for \
         more --paths",
        count(paths)
    )))
}

/// As `--set` writes it. Numbers nearer to 0 than the file takes are 0.
pub fn setting(address: &str, value: f64) -> (String, String) {
    let value = if value.abs() < 1e-12 { 0.0 } else { value };
    (address.to_string(), format!("{value:?}"))
}

/// Paths of a study that keeps so many columns of every one of them: what was asked for, or the default, unless they are
/// too many.
pub fn paths_kept(sampling: &Sampling, default: u64, most: u64, columns: usize) -> Result<u64, Leave> {
    let paths = sampling.paths.unwrap_or(default);
    if paths <= most {
        room::memory(&format!("A study of {} paths", count(paths)), 8 * columns as u64 * paths)?;
        return Ok(paths);
    }
    Err(Leave::bad_input(format!(
        "this study keeps all its paths in memory: --paths {} at most",
        count(most)
    )))
}

/// What stands above an answer that is not whole; nothing above one that is.
pub fn partial(complete: bool) -> String {
    if complete {
        String::new()
    } else {
        "INTERRUPTED: a partial answer, of what was done until then.\n\n".into()
    }
}

/// Cut short, and half of it is nothing; or a path of it has no finite state.
pub fn unfinished(what: &str) -> impl Fn(Unfinished) -> Leave {
    move |why| match why {
        Unfinished::Stopped => not_whole(what, false),
        Unfinished::Fault(fault) => fault.into(),
    }
}

fn not_whole(what: &str, goes_on: bool) -> Leave {
    let why = format!("Interrupted: {what} that is not whole has no result, and none was written.");
    if goes_on { Leave::goes_on(why) } else { Leave::interrupted(why) }
}
