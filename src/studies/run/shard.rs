//! One shard of a run: which it is, as typed or as a scheduler says; its paths; and its journal, which is the shard. The
//! same command again does nothing where the shard is there, and goes on where it was cut off.

use super::command::objects;
use super::source::part_of;
use crate::console::options::{Format, interrupted};
use crate::console::progress::Progress;
use crate::console::{Ending, GOES_ON, Leave, print, say};
use crate::engine::simulate::{CHUNK, Layout};
use crate::engine::{Chunk, Run, simulate_chunks};
use crate::files::journal::{Header, Journal, Missing};
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::words::numbers::count;
use serde::Serialize;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};

/// One shard of several: `2/4`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    pub number: u64,
    pub of: u64,
}

/// `2/4`; `auto`, what Slurm says of the task of an array; or `auto/4`, what Slurm or Kubernetes says of this one of four.
pub fn parse_shard(text: &str) -> Result<Shard, String> {
    shard(text, |name| std::env::var(name).ok())
}

fn shard(text: &str, environment: impl Fn(&str) -> Option<String>) -> Result<Shard, String> {
    let wrong = || {
        "write it as I/N, for example 2/4: the second of four shards; or as auto or auto/N in a job"
            .to_string()
    };
    let variable = |name: &str| environment(name).and_then(|value| value.trim().parse::<u64>().ok());
    let (number, of) = match text.split_once('/') {
        None if text == "auto" => {
            let task = variable("SLURM_ARRAY_TASK_ID").ok_or(
                "no SLURM_ARRAY_TASK_ID in the environment: this is no task of a Slurm array; in an indexed job of Kubernetes write auto/N",
            )?;
            let missing = || "no SLURM_ARRAY_TASK_COUNT in the environment: write auto/N".to_string();
            let of = variable("SLURM_ARRAY_TASK_COUNT").ok_or_else(missing)?;
            let first = variable("SLURM_ARRAY_TASK_MIN").unwrap_or(1);
            (task.checked_sub(first).map_or(0, |place| place + 1), of)
        }
        Some(("auto", of)) => {
            let number = match variable("SLURM_ARRAY_TASK_ID") {
                Some(task) => task,
                None => variable("JOB_COMPLETION_INDEX").map(|index| index.saturating_add(1)).ok_or(
                    "neither SLURM_ARRAY_TASK_ID nor JOB_COMPLETION_INDEX in the environment: this is no task of a Slurm array and no pod of an indexed job; write I/N",
                )?,
            };
            (number, of.trim().parse().map_err(|_| wrong())?)
        }
        Some((number, of)) => {
            (number.trim().parse().map_err(|_| wrong())?, of.trim().parse().map_err(|_| wrong())?)
        }
        None => return Err(wrong()),
    };
    if !(1..=Shard::MOST).contains(&of) {
        return Err(wrong());
    }
    Shard::new(number, of).ok_or_else(|| format!("there is no shard {number} of {of}; {}", wrong()))
}

impl Shard {
    const MOST: u64 = 1_000_000;

    pub fn new(number: u64, of: u64) -> Option<Shard> {
        (of <= Shard::MOST && (1..=of).contains(&number)).then_some(Shard { number, of })
    }

    /// The shard's paths: whole chunks, shared out as evenly as they go.
    pub fn paths(self, all: u64) -> Range<u64> {
        self.share(&(0..all), CHUNK)
    }

    /// Its share of some paths, so many at a time.
    pub fn share(self, all: &Range<u64>, at_a_time: u64) -> Range<u64> {
        let count = u128::from((all.end - all.start).div_ceil(at_a_time));
        let bound = |k: u64| {
            let before = (count * u128::from(k) / u128::from(self.of)) as u64;
            (all.start + before * at_a_time).min(all.end)
        };
        bound(self.number - 1)..bound(self.number)
    }

    /// Its file in the scenario's folder.
    pub fn file(self, folder: &Path) -> PathBuf {
        folder.join(format!("shard-{}-of-{}.journal", self.number, self.of))
    }
}

/// What became of a shard, for programs.
#[derive(Serialize)]
pub struct Done {
    pub scenario: String,
    /// None of a run.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub study: Option<&'static str>,
    pub shard: u64,
    pub of: u64,
    pub state: State,
    /// Its journal: what `merge` takes, or what the same command goes on from.
    pub file: String,
    #[serde(flatten)]
    pub paths: Paths,
}

#[derive(Clone, Copy, PartialEq, Serialize)]
pub enum State {
    #[serde(rename = "simulated")]
    Simulated,
    #[serde(rename = "already there")]
    AlreadyThere,
    #[serde(rename = "interrupted")]
    Interrupted,
}

#[derive(Serialize)]
#[serde(untagged)]
pub enum Paths {
    /// Of a run from this one up to but not including that one, and the first that is not done.
    OfRun { first: u64, end: u64, next: u64 },
    /// How many a study has in the shard so far.
    OfStudy { paths: u64 },
}

impl Done {
    pub fn new(scenario: &Scenario, shard: Shard, state: State, file: &Path, paths: Paths) -> Done {
        Done {
            scenario: scenario.name.clone(),
            study: None,
            shard: shard.number,
            of: shard.of,
            state,
            file: file.display().to_string(),
            paths,
        }
    }

    pub fn is_whole(&self) -> bool {
        self.state != State::Interrupted
    }
}

/// Prints what became of shards: all of it for programs, for a person the files of those that are whole.
pub fn print_done(all: &[Done], format: Format) -> Ending {
    let whole = all.iter().filter(|done| done.is_whole());
    let text = match format {
        Format::Json if all.is_empty() => String::new(),
        Format::Json => {
            objects(&all.iter().map(serde_json::to_string_pretty).collect::<Result<Vec<_>, _>>()?)
        }
        Format::Table | Format::Csv => whole.map(|done| format!("{}\n", done.file)).collect(),
    };
    let code = print(&text);
    Ok(if all.iter().all(Done::is_whole) { code } else { code.max(GOES_ON) })
}

/// A shard's journal, when its command begins.
pub enum Begun {
    /// Whole already.
    Before(Journal),
    /// To go on with, from behind what it has.
    Open(Journal),
}

/// Takes up the shard of that name: as it is if it is whole, what is whole of it if it was cut off or is damaged, else a new
/// one. Every record that `fits` not is another layout's.
pub fn begin_shard(file: &Path, header: Header, fits: &dyn Fn(&Chunk) -> bool) -> Result<Begun, Leave> {
    let open = open_name(file);
    if let Some(journal) = earlier(file, &header, fits)? {
        if journal.is_whole() {
            say(&format!("{} is done already", file.display()));
            return Ok(Begun::Before(journal));
        }
        say(&format!("{} is damaged: what is whole of it is kept", file.display()));
        journal.finish(&open)?;
    }
    Ok(Begun::Open(match earlier(&open, &header, fits)? {
        Some(journal) => {
            say(&format!("Going on from {}", open.display()));
            journal
        }
        None => Journal::create(&open, header)?,
    }))
}

/// What a shard is called until it is whole.
pub fn open_name(file: &Path) -> PathBuf {
    file.with_extension("journal.part")
}

/// A shard to simulate.
pub struct Job<'a> {
    pub scenario: &'a Scenario,
    pub plan: &'a Plan,
    /// Where its file goes.
    pub folder: &'a Path,
    pub header: Header,
    pub run: &'a Run,
    pub shard: Shard,
    pub quiet: bool,
}

/// What a shard keeps of its paths while they are simulated, in the file that the same command goes on from.
pub trait Record {
    /// The first path that is not in it.
    fn next_path(&self) -> u64;
    fn take(&mut self, chunk: &mut Chunk) -> Result<(), Leave>;
    /// It is whole: it gets its name.
    fn finish(self, file: &Path) -> Result<(), Leave>;
    fn remove(self) -> Result<(), Leave>;
}

/// Every path, a record for each chunk.
impl Record for Journal {
    fn next_path(&self) -> u64 {
        Journal::next_path(self)
    }

    fn take(&mut self, chunk: &mut Chunk) -> Result<(), Leave> {
        Ok(self.append(chunk)?)
    }

    fn finish(self, file: &Path) -> Result<(), Leave> {
        Journal::finish(self, file)?;
        Ok(())
    }

    fn remove(self) -> Result<(), Leave> {
        Ok(Journal::remove(self)?)
    }
}

/// Simulates a shard that keeps its paths.
pub fn simulate_paths(job: Job) -> Result<Done, Leave> {
    let layout = Layout::of(job.plan, job.run);
    simulate_shard(job, |file, header| {
        Ok(match begin_shard(file, header.clone(), &|chunk| layout.fits(chunk))? {
            Begun::Before(_) => None,
            Begun::Open(journal) => Some(journal),
        })
    })
}

/// Simulates one shard into its file, which has its name once it is whole. `begin` takes up what there is of it: nothing
/// where the file is whole already.
pub fn simulate_shard<R: Record + Send>(
    job: Job,
    begin: impl FnOnce(&Path, &Header) -> Result<Option<R>, Leave>,
) -> Result<Done, Leave> {
    let Job { scenario, plan, folder, mut header, run, shard, quiet } = job;
    let range = shard.paths(run.paths);
    (header.first, header.end) = (range.start, range.end);
    let file = shard.file(folder);
    let done = |state: State, file: &Path, next: u64| {
        Done::new(scenario, shard, state, file, Paths::OfRun { first: range.start, end: range.end, next })
    };
    let Some(mut record) = begin(&file, &header)? else {
        return Ok(done(State::AlreadyThere, &file, range.end));
    };
    let part = Run { end: range.end, ..part_of(run, record.next_path()) };
    let mut progress = Progress::new(range.end - range.start, quiet, &scenario.name);
    let mut failure = None;
    let simulated = simulate_chunks(plan, &part, |mut chunk| {
        failure = record.take(&mut chunk).err();
        progress.at(record.next_path() - range.start, String::new);
        if failure.is_some() || interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.done();
    if let Err(fault) = simulated {
        record.remove()?;
        return Err(fault.into());
    }
    if let Some(leave) = failure {
        return Err(leave);
    }
    let next = record.next_path();
    if next < range.end {
        say(&format!("Interrupted at path {}: the same command goes on from there.", count(next)));
        return Ok(done(State::Interrupted, &open_name(&file), next));
    }
    record.finish(&file)?;
    Ok(done(State::Simulated, &file, range.end))
}

/// The shard's journal as far as it is whole, ready to go on with.
fn earlier(path: &Path, header: &Header, fits: &dyn Fn(&Chunk) -> bool) -> Result<Option<Journal>, Leave> {
    let Some(mut journal) = same_run(path, header)? else { return Ok(None) };
    while let Some(chunk) = journal.next_chunk()? {
        if !fits(&chunk) {
            return Err(stays(format!("{} has records of another layout", path.display())));
        }
    }
    Ok(Some(journal))
}

fn stays(what: String) -> Leave {
    Leave::bad_input(format!(
        "{what}; it stays as it is: name another folder with --name or --out, or remove it"
    ))
}

/// The journal of that name, at its first record; of another run's there is nothing to take, and nobody takes its place.
pub fn same_run(path: &Path, header: &Header) -> Result<Option<Journal>, Leave> {
    let journal = match Journal::open(path) {
        Ok(journal) => journal,
        Err(Missing::NoFile | Missing::Unreadable(_)) => return Ok(None),
        Err(Missing::OtherVersion(error)) => return Err(stays(error.to_string())),
        Err(Missing::InUse) => {
            return Err(Leave::failed(format!("another process is writing {}; wait for it", path.display())));
        }
    };
    if let Some(what) = header.differs(&journal.header) {
        return Err(stays(format!("{} is a shard of another run ({what})", path.display())));
    }
    let held = |header: &Header| (header.shard, header.merged.clone(), header.first, header.end);
    if held(&journal.header) != held(header) {
        return Err(stays(format!("{} is another shard under this one's name", path.display())));
    }
    Ok(Some(journal))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(text: &str, environment: &[(&str, &str)]) -> Result<(u64, u64), String> {
        let of = |name: &str| {
            environment.iter().find(|(known, _)| *known == name).map(|(_, value)| value.to_string())
        };
        shard(text, of).map(|shard| (shard.number, shard.of))
    }

    #[test]
    fn schedulers_say_which_shard_it_is() {
        let slurm =
            [("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_COUNT", "4"), ("SLURM_ARRAY_TASK_MIN", "5")];
        assert_eq!(told("auto", &slurm), Ok((3, 4)));
        // One task of an array sent again is the shard that it was.
        let again =
            [("SLURM_ARRAY_TASK_ID", "7"), ("SLURM_ARRAY_TASK_COUNT", "1"), ("SLURM_ARRAY_TASK_MIN", "7")];
        assert_eq!(told("auto/8", &again), Ok((7, 8)));
        let first = [("JOB_COMPLETION_INDEX", "0")];
        assert_eq!(told("auto/8", &first), Ok((1, 8)));
        assert_eq!(told("auto/8", &[("JOB_COMPLETION_INDEX", "7")]), Ok((8, 8)));
        assert!(told("auto/8", &[("JOB_COMPLETION_INDEX", "8")]).unwrap_err().contains("no shard 9 of 8"));
        assert!(told("auto", &first).unwrap_err().contains("auto/N"));
        assert!(told("auto/8", &[]).unwrap_err().contains("JOB_COMPLETION_INDEX"));
        assert_eq!(told("2/4", &slurm), Ok((2, 4)), "what is typed counts");
        for wrong in ["", "auto/", "auto/0", "3/2", "0/2", "a/b", "automatic"] {
            assert!(told(wrong, &slurm).unwrap_err().contains("2/4"), "{wrong}");
        }
    }
}
