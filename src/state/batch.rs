//! The state of a batch of paths: `cells[row][path]`, rows handed out by the layout. A mechanism asks for the
//! rows that it needs when the plan is compiled and keeps the handles; there is no central struct to edit.
//!
//! A batch is eight paths, one group of lanes: everything that a step of an ordinary scenario touches then stays in
//! a core's first-level cache. Wider batches, which spread the cost of finding the rows over more paths, are slower:
//! they go through the second-level cache at every stage.
//!
//! Index law: cell of (row, path) = `cells[row].0[path]`. The first rows are the scenario's numbers, in their order:
//! row k holds number k.

use super::lanes::{F8, LANES};

/// A row of the batch: one value per path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row(pub u32);

impl Row {
    /// The k-th row after this one; only within a block that was asked for together.
    #[inline(always)]
    pub fn plus(self, k: usize) -> Row {
        Row(self.0 + k as u32)
    }
}

impl From<crate::input::NumberId> for Row {
    fn from(id: crate::input::NumberId) -> Row {
        Row(id.0)
    }
}

/// Hands out rows.
#[derive(Debug, Clone)]
pub struct Layout {
    rows: u32,
    /// Rows of the scenario's numbers: the first ones. No mechanism writes them.
    numbers: u32,
    /// Rows that hold the same value on every path of every run.
    constants: Vec<(Row, f64)>,
}

impl Layout {
    /// The first `numbers` rows are the scenario's numbers.
    pub fn new(numbers: usize) -> Layout {
        Layout { rows: numbers as u32, numbers: numbers as u32, constants: Vec::new() }
    }

    /// A row that always holds the value.
    pub fn constant(&mut self, value: f64) -> Row {
        let row = self.row();
        self.constants.push((row, value));
        row
    }

    pub fn row(&mut self) -> Row {
        self.block(1)
    }

    /// The first of `count` consecutive rows.
    pub fn block(&mut self, count: usize) -> Row {
        let first = Row(self.rows);
        self.rows += count as u32;
        first
    }

    pub fn rows(&self) -> usize {
        self.rows as usize
    }
}

/// A compute contract on one path (5.5): lab → company link, paid in equal amounts from `start` to before `end`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Contract {
    pub link: u32,
    /// Step of the announcement; building ahead runs from here to `start`.
    pub announced: i32,
    pub start: i32,
    pub end: i32,
    /// USD bn a step.
    pub amount: f64,
    /// Building ahead: USD bn a step, and what of it is spent and not yet recovered from later pass-through.
    /// `recovered_until` is the step up to which `prepaid` is exact on a path that left the schedule (5.6).
    pub ahead: f64,
    pub prepaid: f64,
}

impl Contract {
    /// What is still to be paid from step `from` on.
    pub fn remaining(&self, from: i32) -> f64 {
        self.amount * f64::from((self.end - self.start.max(from)).max(0))
    }

    /// What falls into the steps `from..until`.
    pub fn due_within(&self, from: i32, until: i32) -> f64 {
        self.amount * f64::from((self.end.min(until) - self.start.max(from)).max(0))
    }
}

/// The state of eight paths.
#[derive(Debug)]
pub struct Batch {
    /// The number of the batch's first path in the run.
    pub first_path: u64,
    cells: Box<[F8]>,
    /// Announced contracts by path, in order of announcement.
    pub contracts: [Vec<Contract>; LANES],
}

/// Room kept for announced contracts per path, so that the step does not allocate on ordinary scenarios.
const CONTRACTS_KEPT: usize = 96;

impl Batch {
    /// A batch with all cells zero.
    pub fn open(layout: &Layout) -> Batch {
        let contracts = std::array::from_fn(|_| Vec::with_capacity(CONTRACTS_KEPT));
        Batch { first_path: 0, cells: vec![F8::ZERO; layout.rows()].into_boxed_slice(), contracts }
    }

    /// All state to zero and constants in place; the rows of the scenario's numbers stay.
    pub fn clear(&mut self, layout: &Layout, first_path: u64) {
        self.first_path = first_path;
        self.cells[layout.numbers as usize..].fill(F8::ZERO);
        for (row, value) in &layout.constants {
            self.fill(*row, *value);
        }
        for list in &mut self.contracts {
            list.clear();
        }
    }

    #[inline(always)]
    pub fn get(&self, row: Row) -> F8 {
        self.cells[row.0 as usize]
    }

    #[inline(always)]
    pub fn set(&mut self, row: Row, value: F8) {
        self.cells[row.0 as usize] = value;
    }

    #[inline(always)]
    pub fn add(&mut self, row: Row, value: F8) {
        self.cells[row.0 as usize] += value;
    }

    /// One path's value.
    #[inline(always)]
    pub fn at(&self, row: Row, path: usize) -> f64 {
        self.cells[row.0 as usize].0[path]
    }

    #[inline(always)]
    pub fn put(&mut self, row: Row, path: usize, value: f64) {
        self.cells[row.0 as usize].0[path] = value;
    }

    #[inline(always)]
    pub fn add_at(&mut self, row: Row, path: usize, value: f64) {
        self.cells[row.0 as usize].0[path] += value;
    }

    /// The same value for every path.
    #[inline(always)]
    pub fn fill(&mut self, row: Row, value: f64) {
        self.set(row, F8::splat(value));
    }

    /// Copies a row.
    #[inline(always)]
    pub fn copy(&mut self, from: Row, to: Row) {
        self.set(to, self.get(from));
    }
}
