//! A shard that keeps no paths: what its paths say together. All of it is gathered by place (`estimate/tree.rs`) or
//! counted, so that shards are put together in any order, one file open at a time, and as a tree of files that hold several,
//! and say what the run in one piece says, to the byte. Of the run's first paths a shard keeps what is looked at path by
//! path: measures for the causal lens and the drivers, courses for the fan charts.
//!
//! The file is a journal (`files/journal.rs`). Its records are those first paths, a chunk each, and then what all say.

use super::Gathered;
use super::asked::Asked;
use super::shard::{Done, Job, Record, Shard, open_name, same_run, simulate_shard};
use super::source::{damaged, opened};
use crate::console::options::interrupted;
use crate::console::{Leave, say};
use crate::engine::Chunk;
use crate::files::journal::{Header, Journal};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// What a record is of: its first byte.
const FIRST_PATHS: u8 = 0;
const TOGETHER: u8 = 1;

/// What was done is written anew after so many times as long as that takes.
const SELDOM: u32 = 20;

/// Simulates a shard that keeps no paths. What is done so far is written after `every` so long.
pub fn simulate_together(
    job: Job,
    asked: &dyn Fn() -> Result<Asked, Leave>,
    every: Duration,
) -> Result<Done, Leave> {
    let (scenario, plan, run) = (job.scenario, job.plan, job.run);
    let nothing = || Ok::<_, Leave>(Gathered::new(scenario, plan, run).asking(asked()?).of_a_shard());
    simulate_shard(job, |file, header| {
        if let Some(mut done) = same_run(file, header)? {
            if let Some(gathered) = read(nothing()?, &mut done)?
                && gathered.paths() == header.end - header.first
            {
                say(&format!("{} is done already", file.display()));
                return Ok(None);
            }
            say(&format!("{} is damaged: its paths are simulated again", file.display()));
        }
        let open = open_name(file);
        let (held, before) = match same_run(&open, header)? {
            Some(mut journal) => {
                let before = read(nothing()?, &mut journal)?;
                (journal, before)
            }
            None => (Journal::create(&open, header.clone())?, None),
        };
        let gathered = match before {
            Some(before) => {
                say(&format!("Going on from {}", open.display()));
                before
            }
            None => nothing()?,
        };
        let header = header.clone();
        Ok(Some(Together { gathered, header, open, held, every, written: Instant::now(), wait: every }))
    })
}

/// What a shard's paths say together, and the file that it is written to from time to time.
struct Together<'a> {
    gathered: Gathered<'a>,
    header: Header,
    open: PathBuf,
    /// Whoever holds it open is the only one who simulates the shard.
    held: Journal,
    every: Duration,
    written: Instant,
    wait: Duration,
}

impl Record for Together<'_> {
    fn next_path(&self) -> u64 {
        self.header.first + self.gathered.paths()
    }

    fn take(&mut self, chunk: &mut Chunk) -> Result<(), Leave> {
        self.gathered.absorb_apart(chunk);
        let is_last = self.next_path() == self.header.end;
        if !is_last && (interrupted() || self.written.elapsed() >= self.wait) {
            let began = Instant::now();
            self.held = write(&mut self.gathered, &self.header, &self.open)?;
            (self.written, self.wait) = (Instant::now(), self.every.max(SELDOM * began.elapsed()));
        }
        Ok(())
    }

    fn finish(mut self, file: &Path) -> Result<(), Leave> {
        write(&mut self.gathered, &self.header, &self.open)?.finish(file)?;
        Ok(())
    }

    fn remove(self) -> Result<(), Leave> {
        Ok(self.held.remove()?)
    }
}

/// Writes what was gathered under a name, in place of what stood there; the file, still open.
pub fn write(gathered: &mut Gathered, header: &Header, name: &Path) -> Result<Journal, Leave> {
    gathered.close();
    let mut fresh = name.as_os_str().to_owned();
    fresh.push(".new");
    let mut journal = Journal::create(Path::new(&fresh), header.clone())?;
    for first in gathered.firsts() {
        journal.append_bytes(&record(FIRST_PATHS, first)?)?;
    }
    journal.append_bytes(&record(TOGETHER, &gathered.together())?)?;
    Ok(journal.finish(name)?)
}

fn record(kind: u8, of: &impl serde::Serialize) -> Result<Vec<u8>, Leave> {
    Ok(postcard::to_extend(of, vec![kind])?)
}

/// Adds what a file holds to what was gathered; `None` where it does not hold all of it, or of another run.
fn read<'a>(mut gathered: Gathered<'a>, journal: &mut Journal) -> Result<Option<Gathered<'a>>, Leave> {
    while let Some(bytes) = journal.next_bytes()? {
        match bytes.split_first() {
            Some((&FIRST_PATHS, rest)) => {
                let first = postcard::from_bytes::<Chunk>(rest).ok();
                if first.and_then(|first| gathered.keep_first(first)).is_none() {
                    return Ok(None);
                }
            }
            Some((&TOGETHER, rest)) => return Ok(gathered.merge(rest).map(|()| gathered)),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Puts shards together, one open at a time.
pub fn merge<'a>(mut gathered: Gathered<'a>, shards: &[(PathBuf, Header)]) -> Result<Gathered<'a>, Leave> {
    for (path, header) in shards {
        let mut journal = opened(path, header)?;
        let before = gathered.paths();
        gathered = match read(gathered, &mut journal)? {
            Some(gathered) if gathered.paths() - before == paths_of(header) => gathered,
            _ => return Err(Leave::damaged(damaged(path))),
        };
    }
    Ok(gathered)
}

/// The shards that a file holds.
pub fn numbers(header: &Header) -> Vec<u64> {
    match header.merged.as_slice() {
        [] => header.shard.map(|shard| shard.0).into_iter().collect(),
        merged => merged.to_vec(),
    }
}

/// Paths of all its shards.
fn paths_of(header: &Header) -> u64 {
    let of = header.shard.map_or(1, |shard| shard.1);
    let shards = numbers(header).into_iter().filter_map(|number| Shard::new(number, of));
    let paths = shards.map(|shard| shard.paths(header.settings.paths_planned));
    paths.map(|paths| paths.end - paths.start).sum()
}
