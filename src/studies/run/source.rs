//! Where the chunks of a run come from: from the engine, after those that a checkpoint holds; or from shards. And what
//! of them goes into a checkpoint: what is done after the run's first seconds.

use super::Gathered;
use super::shard::Shard;
use crate::console::options::Sampling;
use crate::console::{Leave, say};
use crate::engine::simulate::{CHUNK, Halt, Layout, column_names};
use crate::engine::{Chunk, Run, simulate_chunks_until};
use crate::files::atomic::WriteError;
use crate::files::journal::{Header, Journal, Missing};
use crate::files::manifest::{Build, PictureSettings, ScenarioText, Settings};
use crate::plan::Plan;
use crate::scenario::Scenario;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The checkpoint in a results folder; with the run's name in it where another run's lies there.
const CHECKPOINT: &str = "checkpoint.journal";

/// Takes the chunks of a run in path order, until it breaks.
pub type Take<'a> = dyn FnMut(Chunk) -> ControlFlow<()> + Send + 'a;

/// Where the chunks come from.
pub enum Source<'a> {
    /// The engine, with a checkpoint from some time on: what a run has done before, it can do again.
    Engine { folder: PathBuf, after: Duration },
    /// The engine alone.
    EngineOnly,
    /// Shards in path order, each with what it is of; one is open at a time.
    Shards(Vec<(PathBuf, Header)>),
    /// Nowhere: shards said what theirs say together.
    Gathered(Box<Gathered<'a>>),
}

/// What is left to do once the results are written.
#[must_use]
#[derive(Default)]
pub struct Leftover {
    checkpoint: Option<Journal>,
}

impl Leftover {
    /// The results are whole: the checkpoint goes.
    pub fn remove(self) {
        if let Some(Err(error)) = self.checkpoint.map(Journal::remove) {
            say(&format!("warning: {error}; remove it: the run is complete"));
        }
    }

    /// The run was cut off: says how it goes on, if it does.
    pub fn keep(self) -> bool {
        if let Some(journal) = &self.checkpoint {
            say(&format!(
                "{} keeps what is done: the same command goes on from there.",
                journal.path().display()
            ));
        }
        self.checkpoint.is_some()
    }
}

/// A checkpoint that is begun after some time, and given up where it cannot be written.
pub struct Checkpoint {
    /// What was done before, and is read first.
    pub journal: Option<Journal>,
    /// Where one may be.
    free: Option<PathBuf>,
    /// Of a journal of everything.
    header: Header,
    began: Instant,
    after: Duration,
}

impl Checkpoint {
    /// The one in the folder, if it is of this run.
    pub fn of(folder: &Path, header: &Header, after: Duration) -> Checkpoint {
        let began = Instant::now();
        let (journal, free) = earlier(folder, header);
        Checkpoint { journal, free, header: header.clone(), began, after }
    }

    /// Takes the chunk that follows, if there is to be a checkpoint by now.
    pub fn keep(&mut self, chunk: &Chunk) {
        let mut kept = || -> Result<(), WriteError> {
            if let Some(path) = &self.free
                && self.journal.is_none()
                && self.began.elapsed() >= self.after
            {
                let begins_here = Header { first: chunk.block.first, ..self.header.clone() };
                self.journal = Some(Journal::create(path, begins_here)?);
            }
            self.journal.as_mut().map_or(Ok(()), |journal| journal.append(chunk))
        };
        if let Err(error) = kept() {
            without_checkpoint(&error, self.journal.take());
            self.free = None;
        }
    }

    /// The same command would fail at the same path: there is nothing to go on from.
    pub fn remove(self) -> Result<(), WriteError> {
        self.journal.map_or(Ok(()), Journal::remove)
    }

    pub fn leftover(self) -> Leftover {
        Leftover { checkpoint: self.journal }
    }
}

/// The header of a run's journal.
pub fn header(
    scenario: &Scenario,
    plan: &Plan,
    sampling: &Sampling,
    run: &Run,
    shard: Option<Shard>,
    pictures: PictureSettings,
) -> Header {
    Header {
        version: env!("CARGO_PKG_VERSION").into(),
        build: Build::this(),
        scenario: ScenarioText::new(&scenario.name, &scenario.text),
        seed: run.seed,
        sampler: sampling.sampler.sampler().name().into(),
        settings: Settings::of(scenario, &sampling.off, run.paths, pictures),
        columns: column_names(plan).len() as u64,
        study: None,
        shard: shard.map(|shard| (shard.number, shard.of)),
        merged: Vec::new(),
        first: run.first,
        end: run.end,
    }
}

impl Source<'_> {
    /// Hands the run's chunks on; `header` is that of a journal of all of the run. Once `halt` says so, what the engine
    /// is at becomes the last chunk.
    pub fn each(
        self,
        plan: &Plan,
        run: &Run,
        header: &Header,
        halt: &Halt,
        take: &mut Take,
    ) -> Result<Leftover, Leave> {
        let layout = Layout::of(plan, run);
        match self {
            Source::Gathered(_) => Ok(Leftover::default()),
            Source::EngineOnly => {
                simulate_chunks_until(plan, run, halt, take)?;
                Ok(Leftover::default())
            }
            Source::Engine { folder, after } => {
                from_checkpoint(&folder, after, plan, run, header, halt, take)
            }
            Source::Shards(shards) => {
                for (path, header) in shards {
                    let mut journal = opened(&path, &header)?;
                    while let Some(chunk) = journal.next_chunk()? {
                        if !layout.fits(&chunk) {
                            return Err(Leave::damaged(damaged(&path)));
                        }
                        if take(chunk).is_break() {
                            return Ok(Leftover::default());
                        }
                    }
                    if !journal.is_whole() {
                        return Err(Leave::damaged(damaged(journal.path())));
                    }
                }
                Ok(Leftover::default())
            }
        }
    }
}

/// A shard that was looked at before.
pub fn opened(path: &Path, header: &Header) -> Result<Journal, Leave> {
    match Journal::open(path) {
        Ok(journal) if journal.header == *header => Ok(journal),
        Err(Missing::Unreadable(error)) => Err(error.into()),
        _ => Err(Leave::failed(format!("{} has changed while it was merged", path.display()))),
    }
}

/// What to do about a shard that does not hold all that it should.
pub fn damaged(path: &Path) -> String {
    format!("{} is damaged; remove it and run its shard again", path.display())
}

fn from_checkpoint(
    folder: &Path,
    after: Duration,
    plan: &Plan,
    run: &Run,
    header: &Header,
    halt: &Halt,
    take: &mut Take,
) -> Result<Leftover, Leave> {
    let mut checkpoint = Checkpoint::of(folder, header, after);
    let layout = Layout::of(plan, run);
    let mut from = run.first;
    if let Some(journal) = &mut checkpoint.journal {
        // What was done before the checkpoint was begun is done again.
        let head = Run { end: journal.header.first, ..*run };
        let mut flow = ControlFlow::Continue(());
        let mut done = head.first;
        simulate_chunks_until(plan, &head, halt, |chunk| {
            done += chunk.block.paths as u64;
            flow = take(chunk);
            flow
        })?;
        if done < head.end {
            // Halted before the journal's first path: what it holds does not follow.
            flow = ControlFlow::Break(());
        }
        while flow.is_continue()
            && let Some(chunk) = journal.next_chunk()?
        {
            if !layout.fits(&chunk) {
                let path = journal.path().display();
                return Err(Leave::damaged(format!("{path} is damaged; remove it and run again")));
            }
            flow = take(chunk);
        }
        from = if flow.is_continue() { journal.next_path() } else { run.end };
    }
    let simulated = simulate_chunks_until(plan, &part_of(run, from), halt, |chunk| {
        let end = chunk.block.first + chunk.block.paths as u64;
        // What is cut short is the last: a run that goes on has the chunks that it would have had in one go.
        if end == run.end || end.is_multiple_of(CHUNK) {
            checkpoint.keep(&chunk);
        }
        take(chunk)
    });
    if let Err(fault) = simulated {
        checkpoint.remove()?;
        return Err(fault.into());
    }
    Ok(checkpoint.leftover())
}

/// The run goes on without a checkpoint, whose room on the disk its results may need.
fn without_checkpoint(error: &WriteError, journal: Option<Journal>) {
    say(&format!("warning: {error}; the run goes on without a checkpoint"));
    if let Some(journal) = journal {
        let _ = journal.remove();
    }
}

/// The paths of a run from one on; courses are followed on the first paths of the whole.
pub fn part_of(run: &Run, from: u64) -> Run {
    Run { first: from, courses: (run.first + run.courses).saturating_sub(from), ..*run }
}

/// The checkpoint of this run when it was cut off, and the name that one of it has or may have. Those of other runs stay.
fn earlier(folder: &Path, header: &Header) -> (Option<Journal>, Option<PathBuf>) {
    let mut free = None;
    for path in [folder.join(CHECKPOINT), folder.join(format!("checkpoint-{}.journal", header.name()))] {
        let whose = match Journal::open(&path) {
            Ok(journal) => match header.differs(&journal.header) {
                None => {
                    say(&format!("Going on from {}", path.display()));
                    return (Some(journal), Some(path));
                }
                Some(what) => format!("{} is the checkpoint of another run ({what})", path.display()),
            },
            Err(Missing::InUse) => format!("another run is writing {}", path.display()),
            Err(Missing::OtherVersion(error)) => error.to_string(),
            Err(Missing::Unreadable(error)) => {
                say(&format!("{error}; starting afresh"));
                free.get_or_insert(path);
                continue;
            }
            Err(Missing::NoFile) => {
                free.get_or_insert(path);
                continue;
            }
        };
        say(&format!("{whose}; it stays as it is, and this run starts afresh"));
    }
    (None, free)
}
