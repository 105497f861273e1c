//! One shard of a run: which it is, as typed or as a scheduler says; its paths; and its journal, which is the shard. The
//! same command again does nothing where the shard is there, and goes on where it was cut off.

use super::source::part_of;
use crate::console::options::interrupted;
use crate::console::progress::Progress;
use crate::console::{Leave, say};
use crate::engine::simulate::{CHUNK, Layout};
use crate::engine::{Run, simulate_chunks};
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
    pub fn paths(self, all: u64) -> std::ops::Range<u64> {
        let chunks = u128::from(all.div_ceil(CHUNK));
        let bound = |k: u64| ((chunks * u128::from(k) / u128::from(self.of)) as u64 * CHUNK).min(all);
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
    pub shard: u64,
    pub of: u64,
    /// `simulated`, `already there` or `interrupted`.
    pub state: &'static str,
    /// Its journal: what `merge` takes, or what the same command goes on from.
    pub file: String,
    /// Its paths: from this one up to but not including that one, and the first that is not done.
    pub first: u64,
    pub end: u64,
    pub next: u64,
}

impl Done {
    fn new(
        scenario: &Scenario,
        shard: Shard,
        state: &'static str,
        file: &Path,
        paths: &Range<u64>,
        next: u64,
    ) -> Done {
        Done {
            scenario: scenario.name.clone(),
            shard: shard.number,
            of: shard.of,
            state,
            file: file.display().to_string(),
            first: paths.start,
            end: paths.end,
            next,
        }
    }

    pub fn is_whole(&self) -> bool {
        self.next == self.end
    }
}

/// Simulates one shard into its journal, which has its name once it is whole.
pub fn simulate_shard(
    scenario: &Scenario,
    plan: &Plan,
    folder: &Path,
    mut header: Header,
    run: &Run,
    shard: Shard,
    quiet: bool,
) -> Result<Done, Leave> {
    let range = shard.paths(run.paths);
    (header.first, header.end) = (range.start, range.end);
    let file = shard.file(folder);
    let open = file.with_extension("journal.part");
    let layout = Layout::of(plan, run);
    if let Some(done) = earlier(&file, &header, &layout)? {
        if done.is_whole() {
            say(&format!("{} is done already", file.display()));
            return Ok(Done::new(scenario, shard, "already there", &file, &range, range.end));
        }
        say(&format!("{} is damaged: what is whole of it is kept", file.display()));
        done.finish(&open)?;
    }
    let mut journal = match earlier(&open, &header, &layout)? {
        Some(journal) => {
            say(&format!("Going on from {}", open.display()));
            journal
        }
        None => Journal::create(&open, header)?,
    };
    let part = Run { end: range.end, ..part_of(run, journal.next_path()) };
    let mut progress = Progress::new(range.end - range.start, quiet, &scenario.name);
    let mut failure = None;
    let simulated = simulate_chunks(plan, &part, |chunk| {
        if let Err(error) = journal.append(&chunk) {
            failure = Some(error);
        }
        progress.at(journal.next_path() - range.start, String::new);
        if failure.is_some() || interrupted() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    });
    progress.done();
    if let Err(fault) = simulated {
        journal.remove()?;
        return Err(fault.into());
    }
    if let Some(error) = failure {
        return Err(error.into());
    }
    if !journal.is_whole() {
        say(&format!(
            "Interrupted at path {}: the same command goes on from there.",
            count(journal.next_path())
        ));
        return Ok(Done::new(scenario, shard, "interrupted", &open, &range, journal.next_path()));
    }
    journal.finish(&file)?;
    Ok(Done::new(scenario, shard, "simulated", &file, &range, range.end))
}

/// The shard's journal as far as it is whole, ready to go on with; of another run's there is nothing to take, and nobody
/// takes its place.
fn earlier(path: &Path, header: &Header, layout: &Layout) -> Result<Option<Journal>, Leave> {
    let stays = |what: String| {
        Leave::bad_input(format!(
            "{what}; it stays as it is: name another folder with --name or --out, or remove it"
        ))
    };
    let mut journal = match Journal::open(path) {
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
    if (journal.header.shard, journal.header.first, journal.header.end)
        != (header.shard, header.first, header.end)
    {
        return Err(stays(format!("{} is another shard under this one's name", path.display())));
    }
    while let Some(chunk) = journal.next_chunk()? {
        if !layout.fits(&chunk) {
            return Err(stays(format!("{} has records of another layout", path.display())));
        }
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
