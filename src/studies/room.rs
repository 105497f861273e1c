//! Is there room for what was asked? What it takes of the memory and of the disk is worked out before anything is
//! simulated, and refused with the numbers where it does not fit. How long it takes is told on the way (`console/progress`).

use super::run::shard::Shard;
use crate::console::{Leave, say};
use crate::engine::courses::Watch;
use crate::engine::simulate::{CHUNK, column_names};
use crate::engine::{Run, flows};
use crate::plan::Plan;
use crate::state::LANES;
use crate::words::numbers::count;
use std::ops::Range;
use std::path::Path;
use sysinfo::System;

/// What a run takes, in bytes.
struct Needs {
    memory: u64,
    /// A path in a journal, and what one whose course is kept takes besides.
    path: u64,
    course: u64,
    columns: u64,
}

/// A value in `paths.parquet`, as measured: 2.5 bytes in `oracle`, constants and copies counted.
const KEPT: f64 = 2.5;

/// What a column's counts take in a shard, at most.
const COUNTS: u64 = 50 << 10;

/// Values of which quantiles are exact (`Keep::MEASURES`).
const EXACT: u64 = 256 << 20;

/// Tables, charts and the page of a run.
const BESIDES: u64 = 10 << 20;

/// What the program, its fonts and its charts take.
const PROGRAM: u64 = 100 << 20;

/// First paths whose measures a run keeps for the causal lens and the drivers.
const FIRST: u64 = super::run::causal::CAUSAL_PATHS;

impl Needs {
    fn of(plan: &Plan, run: &Run) -> Needs {
        let [columns, flows, courses] =
            [column_names(plan).len(), flows::room(plan), Watch::of(plan).room()].map(|room| room as u64);
        let chunk = 8 * CHUNK * columns + CHUNK / LANES as u64 * 8 * flows;
        // One chunk is simulated while the one before is taken in; and what the run keeps of
        // them: courses, the first paths; values come on top.
        let followed = 4 * courses * run.courses.min(run.paths);
        let memory = PROGRAM + 2 * chunk + followed + 8 * FIRST.min(run.paths) * columns;
        Needs { memory, path: 8 * columns + flows, course: 4 * courses, columns }
    }

    /// For quantiles, of a run in one piece: values near them, and counts where there are many.
    fn near(&self, run: &Run) -> u64 {
        let paths = run.paths.min(EXACT / (8 * self.columns.max(1)));
        let near = paths.min((1 << 13).max(52 * paths.isqrt()));
        self.columns * (8 * near + if self.are_exact(run) { 0 } else { COUNTS })
    }

    /// Of a shard: all values, or counts.
    fn values(&self, run: &Run, paths: &Range<u64>) -> u64 {
        let all = 8 * (paths.end - paths.start);
        self.columns * if self.are_exact(run) { all } else { all.min(COUNTS) }
    }

    fn are_exact(&self, run: &Run) -> bool {
        8 * self.columns * run.paths <= EXACT
    }

    /// A journal of these paths.
    fn journal(&self, run: &Run, paths: Range<u64>) -> u64 {
        let courses = paths.end.min(run.courses).saturating_sub(paths.start);
        self.path * (paths.end - paths.start) + self.course * courses
    }

    /// What these paths say together: values or, of a run of many paths, counts; and of the first paths more.
    fn aggregates(&self, run: &Run, paths: Range<u64>) -> u64 {
        let of = |until: u64| paths.end.min(until).saturating_sub(paths.start);
        self.values(run, &paths) + 8 * self.columns * of(FIRST) + self.course * of(run.courses)
    }
}

/// Refuses a run that does not fit. `kept` columns of every path go to the disk. Says whether a checkpoint fits beside
/// the results, where the number of paths is known.
pub fn for_run(plan: &Plan, run: &Run, kept: usize, out: &Path, is_open: bool) -> Result<bool, Leave> {
    let needs = Needs::of(plan, run);
    memory(&plan.name, needs.memory + needs.near(run))?;
    // Where a rule ends the run nobody knows how many paths there will be.
    if is_open {
        return Ok(true);
    }
    let results = BESIDES + (KEPT * kept as f64 * run.paths as f64) as u64;
    let Some(free) = free_disk(out) else { return Ok(true) };
    if results > free {
        return Err(Leave::bad_input(format!(
            "{} paths of {} take about {} on the disk of {}, where {} are free; ask for fewer --paths or columns (--keep, --columns), or name another --out",
            count(run.paths),
            plan.name,
            size(results),
            out.display(),
            size(free)
        )));
    }
    Ok(results + needs.journal(run, 0..run.paths) <= free)
}

/// The same of one shard, which keeps every path in its journal, or none.
pub fn for_shard(
    plan: &Plan,
    run: &Run,
    shard: Shard,
    folder: &Path,
    keeps_paths: bool,
) -> Result<(), Leave> {
    let needs = Needs::of(plan, run);
    let paths = shard.paths(run.paths);
    memory(&plan.name, needs.memory + needs.values(run, &paths))?;
    let file = shard.file(folder);
    let there = |path: &Path| path.metadata().map_or(0, |found| found.len());
    if there(&file) > 0 {
        return Ok(());
    }
    let begun = there(&file.with_extension("journal.part"));
    let file = if keeps_paths { needs.journal(run, paths) } else { needs.aggregates(run, paths) };
    let more = file.saturating_sub(begun);
    match free_disk(folder) {
        Some(free) if more > free => Err(Leave::bad_input(format!(
            "shard {} of {} takes {} on the disk of {}, where {} are free; ask for more shards, or name another --out",
            shard.number,
            shard.of,
            size(more),
            folder.display(),
            size(free)
        ))),
        _ => Ok(()),
    }
}

/// Refuses what takes more memory than there is.
pub fn memory(what: &str, bytes: u64) -> Result<(), Leave> {
    match free_memory() {
        Some(free) if bytes > free => Err(Leave::bad_input(format!(
            "{what} takes about {} of memory, and {} are available; ask for fewer --paths or measures, or use another machine",
            size(bytes),
            size(free)
        ))),
        _ => Ok(()),
    }
}

/// Said of a run whose checkpoint would not fit.
pub fn without_checkpoint(folder: &Path) {
    say(&format!(
        "No checkpoint is kept: the disk of {} has room for the results, not for both. A run that is cut off begins again.",
        folder.display()
    ));
}

/// What this process may still have, within the limits of its container; `None` where the system does not say.
fn free_memory() -> Option<u64> {
    let mut system = System::new();
    system.refresh_memory();
    let free = system.available_memory();
    // The container's cache is given back when memory is asked for, and so is not counted as taken.
    let in_container =
        system.cgroup_limits().map_or(u64::MAX, |limits| limits.total_memory.saturating_sub(limits.rss));
    (free > 0).then_some(free.min(in_container))
}

/// Free bytes on the disk of a folder that may not be there yet.
fn free_disk(folder: &Path) -> Option<u64> {
    let folder = std::path::absolute(folder).ok()?;
    fs4::available_space(folder.ancestors().find(|folder| folder.exists())?).ok()
}

/// `4.9 TB`
fn size(bytes: u64) -> String {
    let units = ["kB", "MB", "GB", "TB", "PB"];
    let (mut value, mut unit) = (bytes as f64 / 1e3, 0);
    while value >= 999.5 && unit + 1 < units.len() {
        (value, unit) = (value / 1e3, unit + 1);
    }
    if value < 9.95 { format!("{value:.1} {}", units[unit]) } else { format!("{value:.0} {}", units[unit]) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Scenario;

    #[test]
    fn sizes_read_well() {
        for (bytes, text) in
            [(0, "0.0 kB"), (4_940_000_000_000, "4.9 TB"), (999_600, "1.0 MB"), (76_300_000_000, "76 GB")]
        {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn what_does_not_fit_is_refused_with_the_numbers() {
        let oracle = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
        let plan = Plan::compile(&Scenario::read(&oracle, &[]).unwrap());
        let folder = tempfile::tempdir().unwrap();
        let columns = column_names(&plan).len();
        let said = |refused: Result<(), Leave>| format!("{:?}", refused.err());
        let run =
            |paths| for_run(&plan, &Run::new(1, paths), columns, &folder.path().join("not/there"), false);
        assert!(run(1000).unwrap());
        let refused = said(run(10_000_000_000_000).map(drop));
        assert!(refused.contains("PB on the disk of") && refused.contains("are free"), "{refused}");
        assert!(for_run(&plan, &Run::new(1, 10_000_000_000_000), columns, folder.path(), true).unwrap());
        let shard = Shard { number: 1, of: 2 };
        let refused = said(for_shard(&plan, &Run::new(1, 10_000_000_000_000), shard, folder.path(), true));
        assert!(refused.contains("shard 1 of 2 takes") && refused.contains("PB"), "{refused}");
        for_shard(&plan, &Run::new(1, 1000), shard, folder.path(), true).unwrap();
        for_shard(&plan, &Run::new(1, 10_000_000_000_000), shard, folder.path(), false).unwrap();
        assert!(said(memory("it", u64::MAX)).contains("of memory, and "));
        memory("it", 1 << 20).unwrap();
    }
}
