//! Where the paths of a study come from. A study asks for paths call by call, and what it asks next never hangs on which
//! way they come: from the engine; from the engine after those that a checkpoint holds; one shard's part of each call, which
//! is recorded, and of which the study's answer is nothing; or from the shards of all.
//!
//! A record is of some paths of one call. Its first path is numbered through all calls, so that a record that is no longer
//! in its place is none. What is recorded are the columns that the study asked for: the numbers of a path are drawn again.

use super::run::shard::{Begun, Done, Paths, Shard, State, begin_shard, parse_shard};
use super::run::source::{Checkpoint, Leftover, damaged, opened};
use crate::console::options::{interrupted, parse_duration};
use crate::console::{Leave, say};
use crate::engine::variants::{Variants, raised};
use crate::engine::{Chunk, Design, Fault, Run, Unfinished, simulate_design, simulate_some};
use crate::estimate::Block;
use crate::files::atomic::WriteError;
use crate::files::journal::{Header, Journal, Studied};
use crate::files::manifest::ReadError;
use crate::plan::Plan;
use crate::scenario::Scenario;
use crate::state::F8;
use clap::Args;
use std::ops::{ControlFlow, Range};
use std::path::{Path, PathBuf};
use std::time::Duration;

/// In how many pieces a study is simulated.
#[derive(Args, Clone)]
pub struct Pieces {
    /// Simulate one shard of the study only, the I-th of N, `auto` in a task of a Slurm array, `auto/N` there or in an indexed job of Kubernetes; `roundtrip merge` puts them together
    #[arg(long, value_name = "I/N", value_parser = parse_shard)]
    pub shard: Option<Shard>,
    /// Keep a checkpoint from that time on, from which the same command goes on if it is cut off
    #[arg(long, value_name = "TIME", default_value = "5s", value_parser = parse_duration)]
    pub checkpoint: Duration,
}

impl Pieces {
    /// Without a checkpoint where what is simulated hangs on the time that it took.
    pub fn unless(&self, by_time: bool) -> Pieces {
        Pieces { checkpoint: if by_time { Duration::MAX } else { self.checkpoint }, ..self.clone() }
    }

    /// Is it the id of one of these options?
    pub fn has(id: &str) -> bool {
        ["shard", "checkpoint"].contains(&id)
    }
}

/// Paths that are shared out together: a part of the engine's work.
const TOGETHER: u64 = 64;

/// Numbers of paths between two calls: more than a call may ask for.
const OF_CALL: u64 = 1 << 40;

/// `merge` has all of them open at once, and systems let a program have about a thousand files open.
const MOST_SHARDS: u64 = 512;

/// Takes what was simulated, in path order, until it breaks.
type Take<'a> = dyn FnMut(&Block) -> ControlFlow<()> + Send + 'a;

/// Simulates the paths of a run.
type Engine<'a> = dyn Fn(&Run, &mut Take) -> Result<(), Fault> + 'a;

pub struct Simulator {
    source: Source,
    /// Calls so far.
    calls: u64,
    /// Why a journal cut one of them short.
    failure: Option<Leave>,
}

enum Source {
    Engine,
    Checkpoint(Box<Checkpoint>),
    Shard {
        shard: Shard,
        file: PathBuf,
        journal: Box<Journal>,
        paths: u64,
    },
    /// The shard that is asked for is there, with so many paths.
    Before {
        shard: Shard,
        file: PathBuf,
        paths: u64,
    },
    Shards(Vec<Journal>),
}

/// Why a call ended.
enum Ended {
    Fault(Fault),
    Failed(Leave),
}

impl From<Fault> for Ended {
    fn from(fault: Fault) -> Ended {
        Ended::Fault(fault)
    }
}

impl From<ReadError> for Ended {
    fn from(error: ReadError) -> Ended {
        Ended::Failed(error.into())
    }
}

/// A call under way.
struct Call<'a> {
    run: &'a Run,
    number: u64,
    /// Of a block.
    columns: usize,
    /// The paths that are wanted, and the first of them that has not been taken.
    paths: Range<u64>,
    next: u64,
    take: &'a mut Take<'a>,
    broke: bool,
}

impl Call<'_> {
    fn is_over(&self) -> bool {
        self.broke || self.next >= self.paths.end
    }

    fn pass(&mut self, block: &Block) -> ControlFlow<()> {
        self.next = block.first + block.paths as u64;
        let flow = (self.take)(block);
        self.broke = flow.is_break();
        flow
    }

    /// The number of a path among those of all calls.
    fn at(&self, path: u64) -> u64 {
        self.number * OF_CALL + path
    }

    /// Has the engine simulate up to a path, and `keep` what it did.
    fn simulate(
        &mut self,
        engine: &Engine,
        until: u64,
        keep: &mut (dyn FnMut(&Chunk) -> Result<(), WriteError> + Send),
    ) -> Result<(), Ended> {
        if self.broke || self.next >= until {
            return Ok(());
        }
        let mut failure = None;
        let run = Run { first: self.next, end: until, ..*self.run };
        engine(&run, &mut |block| {
            let numbered = Block { first: self.at(block.first), ..block.clone() };
            match keep(&Chunk { block: numbered, ..Chunk::default() }) {
                Ok(()) => self.pass(block),
                Err(error) => {
                    failure = Some(error);
                    ControlFlow::Break(())
                }
            }
        })?;
        failure.map_or(Ok(()), |error| Err(Ended::Failed(error.into())))
    }

    /// Takes what a journal has of these paths.
    fn read(&mut self, journal: &mut Journal) -> Result<(), Ended> {
        while !self.is_over()
            && let Some(mut chunk) = journal.next_chunk()?
        {
            let block = &mut chunk.block;
            let left = self.paths.end - self.next;
            let is_next = block.first == self.at(self.next) && block.paths as u64 <= left;
            if !is_next || block.columns.len() != self.columns {
                return Err(Ended::Failed(Leave::damaged(damaged(journal.path()))));
            }
            block.first = self.next;
            let _ = self.pass(block);
        }
        Ok(())
    }
}

impl Simulator {
    fn of(source: Source) -> Simulator {
        Simulator { source, calls: 0, failure: None }
    }

    /// The engine alone.
    pub fn engine() -> Simulator {
        Simulator::of(Source::Engine)
    }

    /// The engine, and a checkpoint in that folder from some time on.
    pub fn with_checkpoint(folder: &Path, header: &Header, after: Duration) -> Simulator {
        Simulator::of(Source::Checkpoint(Box::new(Checkpoint::of(folder, header, after))))
    }

    /// One shard, in that folder.
    pub fn shard(shard: Shard, folder: &Path, header: Header) -> Result<Simulator, Leave> {
        if shard.of > MOST_SHARDS {
            return Err(Leave::bad_input(format!(
                "a study has {MOST_SHARDS} shards at most, since `merge` has all of them open; ask for fewer"
            )));
        }
        let file = shard.file(folder);
        Ok(Simulator::of(match begin_shard(&file, header, &|_| true)? {
            Begun::Open(mut journal) => {
                journal.rewind();
                Source::Shard { shard, file, journal: Box::new(journal), paths: 0 }
            }
            Begun::Before(mut journal) => {
                journal.rewind();
                let mut paths = 0;
                while let Some(chunk) = journal.next_chunk()?
                    && !journal.is_whole()
                {
                    paths += chunk.block.paths as u64;
                }
                Source::Before { shard, file, paths }
            }
        }))
    }

    /// All shards, in order.
    pub fn shards(all: &[(PathBuf, Header)]) -> Result<Simulator, Leave> {
        let journals = all.iter().map(|(path, header)| opened(path, header));
        Ok(Simulator::of(Source::Shards(journals.collect::<Result<_, _>>()?)))
    }

    /// The shard that was asked for is there: calls have no paths.
    pub fn is_idle(&self) -> bool {
        matches!(self.source, Source::Before { .. })
    }

    /// What became of the shard, if it was one, or why a call failed: no other follows.
    pub fn end_shard(&mut self, scenario: &Scenario, study: &'static str) -> Result<Option<Done>, Leave> {
        if let Some(failure) = self.failure.take() {
            return Err(failure);
        }
        let done = |shard, state, file: &Path, paths| {
            let paths = Paths::OfStudy { paths };
            Ok(Some(Done { study: Some(study), ..Done::new(scenario, shard, state, file, paths) }))
        };
        match std::mem::replace(&mut self.source, Source::Engine) {
            Source::Before { shard, file, paths } => done(shard, State::AlreadyThere, &file, paths),
            Source::Shard { shard, journal, paths, .. } if interrupted() => {
                say("Interrupted: the same command goes on from there.");
                done(shard, State::Interrupted, journal.path(), paths)
            }
            Source::Shard { shard, file, mut journal, paths } => {
                // It may have been cut off between its ending and its name.
                match journal.next_chunk()? {
                    None => journal.append(&Studied::ending())?,
                    Some(_) if journal.is_whole() => {}
                    Some(_) => return Err(Leave::damaged(damaged(journal.path()))),
                }
                journal.finish(&file)?;
                done(shard, State::Simulated, &file, paths)
            }
            other => {
                self.source = other;
                Ok(None)
            }
        }
    }

    /// No call follows: do shards say so, too?
    pub fn end(&mut self) -> Result<(), Leave> {
        let Source::Shards(journals) = &mut self.source else { return Ok(()) };
        for journal in journals {
            journal.next_chunk()?;
            if !journal.is_whole() {
                return Err(Leave::damaged(damaged(journal.path())));
            }
        }
        Ok(())
    }

    /// The same command would fail at the same path: there is nothing to go on from.
    pub fn give_up(&mut self) -> Result<(), WriteError> {
        match std::mem::replace(&mut self.source, Source::Engine) {
            Source::Checkpoint(checkpoint) => checkpoint.remove(),
            Source::Shard { journal, .. } => journal.remove(),
            _ => Ok(()),
        }
    }

    /// The checkpoint, if there is one.
    pub fn leftover(&mut self) -> Leftover {
        match std::mem::replace(&mut self.source, Source::Engine) {
            Source::Checkpoint(checkpoint) => checkpoint.leftover(),
            _ => Leftover::default(),
        }
    }

    /// [`simulate_some`]: the blocks have these measures alone.
    pub fn some(
        &mut self,
        plan: &Plan,
        run: &Run,
        wanted: &[String],
        mut take: impl FnMut(&Block) -> ControlFlow<()> + Send,
    ) -> Result<ControlFlow<()>, Unfinished> {
        let engine = |run: &Run, take: &mut Take| {
            simulate_some(plan, run, wanted, |block| take(&measures_of(plan, block))).map(|_| ())
        };
        self.call(run, wanted.len(), &engine, &mut take)
    }

    /// [`simulate_design`]: the blocks have these measures alone.
    pub fn design(
        &mut self,
        plan: &Plan,
        run: &Run,
        design: &dyn Design,
        wanted: &[String],
        mut take: impl FnMut(&Block) -> ControlFlow<()> + Send,
    ) -> Result<ControlFlow<()>, Unfinished> {
        let engine = |run: &Run, take: &mut Take| {
            simulate_design(plan, run, design, wanted, |block| take(&measures_of(plan, block))).map(|_| ())
        };
        self.call(run, wanted.len(), &engine, &mut take)
    }

    /// [`raised`].
    pub fn raised(
        &mut self,
        plan: &Plan,
        run: &Run,
        what: &Variants,
        reduce: impl Fn(&[F8], &mut [F8]) + Sync,
        mut take: impl FnMut(&Block) -> ControlFlow<()> + Send,
    ) -> Result<ControlFlow<()>, Unfinished> {
        let engine = |run: &Run, take: &mut Take| raised(plan, run, what, &reduce, take);
        self.call(run, what.columns, &engine, &mut take)
    }

    /// Hands on the paths of a run; breaks where `take` broke.
    fn call(
        &mut self,
        run: &Run,
        columns: usize,
        engine: &Engine,
        take: &mut Take,
    ) -> Result<ControlFlow<()>, Unfinished> {
        let all = run.first..run.end;
        let paths = match &self.source {
            Source::Shard { shard, .. } => shard.share(&all, TOGETHER),
            Source::Before { .. } => all.start..all.start,
            _ => all,
        };
        // Courses are followed in no study; a sample is audited of the first paths that it asks for, which are of the
        // scenario as it stands.
        let run = &Run { courses: 0, samples: self.calls == 0, ..*run };
        let (number, next) = (self.calls, paths.start);
        self.calls += 1;
        let mut call = Call { run, number, columns, paths, next, take, broke: false };
        let ended = match &mut self.source {
            Source::Engine => engine(call.run, &mut |block| call.pass(block)).map_err(Ended::from),
            Source::Checkpoint(checkpoint) => from_checkpoint(&mut call, engine, checkpoint),
            Source::Shard { journal, paths, .. } => {
                let ended = call.read(journal).and_then(|()| {
                    let end = call.paths.end;
                    call.simulate(engine, end, &mut |chunk| journal.append(chunk))
                });
                *paths += call.next - call.paths.start;
                ended
            }
            Source::Before { .. } => Ok(()),
            Source::Shards(journals) => from_shards(&mut call, journals),
        };
        match ended {
            // Also at its last path: a call of few paths is a single block, and Ctrl-C would not be seen in any of them.
            Ok(()) if call.broke => Ok(ControlFlow::Break(())),
            Ok(()) => Ok(ControlFlow::Continue(())),
            Err(Ended::Fault(fault)) => Err(fault.into()),
            Err(Ended::Failed(leave)) => {
                self.failure = Some(leave);
                Err(Unfinished::Stopped)
            }
        }
    }
}

/// What was done before the checkpoint was begun is done again, what it holds is taken, and what follows is kept.
fn from_checkpoint(call: &mut Call, engine: &Engine, checkpoint: &mut Checkpoint) -> Result<(), Ended> {
    if let Some(journal) = &mut checkpoint.journal {
        let Range { start, end } = call.paths;
        let begins = journal.header.first.clamp(call.at(start), call.at(end)) - call.at(0);
        call.simulate(engine, begins, &mut |_| Ok(()))?;
        call.read(journal)?;
    }
    call.simulate(engine, call.paths.end, &mut |chunk| {
        checkpoint.keep(chunk);
        Ok(())
    })
}

/// Each shard has its part of every call.
fn from_shards(call: &mut Call, shards: &mut [Journal]) -> Result<(), Ended> {
    let all = call.paths.clone();
    for journal in shards {
        if call.broke {
            break;
        }
        let shard = journal.header.shard.and_then(|(number, of)| Shard::new(number, of));
        call.paths.end = shard.map_or(all.end, |shard| shard.share(&all, TOGETHER).end);
        call.read(journal)?;
        if !call.is_over() {
            return Err(Ended::Failed(Leave::damaged(damaged(journal.path()))));
        }
    }
    call.paths.end = all.end;
    Ok(())
}

/// The measures of a block, without the uncertain numbers before them.
fn measures_of(plan: &Plan, mut block: Block) -> Block {
    block.columns.drain(..plan.uncertain.len());
    block
}
