//! The state of a batch of paths: `cells[row][path]`, rows handed out by the layout. A mechanism asks for the
//! rows that it needs when the plan is compiled and keeps the handles; there is no central struct to edit.
//!
//! A batch is eight paths, one group of lanes: everything that a step of an ordinary scenario touches then stays in
//! a core's first-level cache. Wider batches, which spread the cost of finding the rows over more paths, are slower:
//! they go through the second-level cache at every stage.
//!
//! Index law: cell of (row, path) = `cells[row].0[path]`. The first rows are the scenario's numbers, in their order:
//! row k holds number k. Before them lies a cell that belongs to no row.

use super::contract::Deferral;
use super::contracts::{Contracts, Kinds};
use super::lanes::{F8, LANES, M8, Value};
use super::loops::{Loop, Loops};
use std::ops::{Deref, DerefMut};

/// A row of the batch: one value per path. Only a [`Layout`] hands them out. It holds where its cell begins, in bytes: a
/// number would be multiplied at every access, which is most of what a step does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Row(u32);

/// Lanes of the cell before the first row: whether flows are kept, and which loops have acted.
const KEEPS_FLOWS: usize = 0;
const ACTED: usize = 1;

/// Bytes of a cell.
const CELL: u32 = size_of::<F8>() as u32;

/// Cells before those of the rows: see [`Cells::keeps_flows`].
const AHEAD: usize = 1;

impl Row {
    /// Its place among the rows of a batch.
    pub fn number(self) -> u32 {
        self.0 / CELL - AHEAD as u32
    }

    /// Its place among the cells.
    fn index(self) -> usize {
        (self.0 / CELL) as usize
    }

    fn of_number(number: u32) -> Row {
        Row((number + AHEAD as u32) * CELL)
    }

    /// The k-th row after this one; only within a block that was asked for together.
    #[inline(always)]
    pub fn plus(self, k: usize) -> Row {
        Row(self.0 + k as u32 * CELL)
    }
}

impl From<crate::input::NumberId> for Row {
    fn from(id: crate::input::NumberId) -> Row {
        Row::of_number(id.0)
    }
}

/// What must hold of a row after every step, beside that it is a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    /// Nothing: it may have any sign, and rise and fall.
    Nothing,
    NeverNegative,
    /// A sum since the start: never negative, and it never falls.
    Sum,
    /// The highest so far: it never falls, and may be minus infinity until there was any.
    Peak,
    /// NaN until it happens.
    Undefined,
}

impl Holds {
    pub fn never_falls(self) -> bool {
        matches!(self, Holds::Sum | Holds::Peak)
    }

    pub fn is_never_negative(self) -> bool {
        matches!(self, Holds::NeverNegative | Holds::Sum)
    }
}

/// A row of which something must hold, or that has a name; who asks for it says so.
#[derive(Debug, Clone)]
pub struct Registered {
    pub row: Row,
    pub name: String,
    pub holds: Holds,
}

/// Hands out rows.
#[derive(Debug, Clone)]
pub struct Layout {
    rows: u32,
    registered: Vec<Registered>,
    /// Rows that need not be finite: what has not happened yet.
    open: Vec<Row>,
    /// Rows of the scenario's numbers: the first ones. No mechanism writes them.
    numbers: u32,
    /// Rows that hold the same value on every path of every run.
    constants: Vec<(Row, f64)>,
    /// Blocks with a row for each step, and how many rows they have.
    schedules: Vec<(Row, usize)>,
}

impl Layout {
    /// The first `numbers` rows are the scenario's numbers.
    pub fn new(numbers: usize) -> Layout {
        let rows = numbers as u32;
        Layout {
            rows,
            registered: Vec::new(),
            open: Vec::new(),
            numbers: rows,
            constants: Vec::new(),
            schedules: Vec::new(),
        }
    }

    /// A row that always holds the value.
    pub fn constant(&mut self, value: f64) -> Row {
        let row = self.row();
        self.constants.push((row, value));
        row
    }

    /// A row that holds what one step needs, or of which nothing must hold.
    pub fn row(&mut self) -> Row {
        self.block(1)
    }

    /// A row with its name ("debt of Oracle") and what must hold of it: the audit (§11 of the model) looks at it after
    /// every step.
    pub fn registered(&mut self, name: impl Into<String>, holds: Holds) -> Row {
        let row = self.row();
        self.registered.push(Registered { row, name: name.into(), holds });
        if matches!(holds, Holds::Peak | Holds::Undefined) {
            self.open.push(row);
        }
        row
    }

    /// An amount that is never negative.
    pub fn amount(&mut self, name: impl Into<String>) -> Row {
        self.registered(name, Holds::NeverNegative)
    }

    /// A sum or count since the start.
    pub fn sum(&mut self, name: impl Into<String>) -> Row {
        self.registered(name, Holds::Sum)
    }

    /// All rows that say what must hold of them, in the order in which they were asked for.
    pub fn all_registered(&self) -> &[Registered] {
        &self.registered
    }

    /// The first of `count` consecutive rows.
    pub fn block(&mut self, count: usize) -> Row {
        let first = Row::of_number(self.rows);
        self.rows += count as u32;
        first
    }

    /// A block with a row for each step. Whoever takes a step's row leaves it at zero ([`Cells::take_nth`]), so that a path
    /// that is behind leaves little to be cleared: these blocks are nearly all rows that there are.
    pub fn schedule(&mut self, steps: usize) -> Row {
        let first = self.block(steps);
        self.schedules.push((first, steps));
        first
    }

    pub fn rows(&self) -> usize {
        self.rows as usize
    }

    /// Every row that was handed out.
    pub fn every_row(&self) -> impl Iterator<Item = Row> + use<> {
        (0..self.rows).map(Row::of_number)
    }
}

/// The cells of eight paths, by row. What works on whole rows takes the cells and not the batch: the compiler then
/// keeps their address in a register.
#[derive(Debug)]
#[repr(transparent)]
pub struct Cells([F8]);

/// Which paths of a batch a formula is wanted of: all eight, or one by its number.
pub trait Place: Copy {
    type Value: Value;
    fn read(self, cells: &Cells, row: Row) -> Self::Value;
    /// The k-th row of a block.
    fn read_nth(self, cells: &Cells, first: Row, k: usize) -> Self::Value;
}

/// All eight paths.
#[derive(Debug, Clone, Copy)]
pub struct Eight;

impl Place for Eight {
    type Value = F8;
    #[inline(always)]
    fn read(self, cells: &Cells, row: Row) -> F8 {
        cells.get(row)
    }
    #[inline(always)]
    fn read_nth(self, cells: &Cells, first: Row, k: usize) -> F8 {
        cells.get_nth(first, k)
    }
}

impl Place for usize {
    type Value = f64;
    #[inline(always)]
    fn read(self, cells: &Cells, row: Row) -> f64 {
        cells.at(row, self)
    }
    #[inline(always)]
    fn read_nth(self, cells: &Cells, first: Row, k: usize) -> f64 {
        cells.nth(first, k).0[self]
    }
}

/// The shocks of eight paths, kept so that the paths can be run again without drawing them anew.
#[derive(Debug)]
pub struct Tape {
    /// Rows of a step.
    rows: usize,
    /// [step · rows + row], as far as they were drawn.
    shocks: Vec<F8>,
}

impl Tape {
    pub fn with_room(rows: usize, steps: usize) -> Tape {
        Tape { rows, shocks: Vec::with_capacity(rows * steps) }
    }

    /// For other paths.
    pub fn clear(&mut self) {
        self.shocks.clear();
    }

    /// Puts the shocks of a step into the rows from `first` on, if an earlier run of the same paths has drawn them.
    #[inline(always)]
    pub fn play(&self, step: usize, b: &mut Cells, first: Row) -> bool {
        let Some(shocks) = self.shocks.get(step * self.rows..(step + 1) * self.rows) else { return false };
        for (k, shock) in shocks.iter().enumerate() {
            b.set(first.plus(k), *shock);
        }
        true
    }

    /// Takes the shocks of the next step from there.
    #[inline(always)]
    pub fn record(&mut self, b: &Cells, first: Row) {
        for k in 0..self.rows {
            self.shocks.push(b.get(first.plus(k)));
        }
    }
}

/// The state of eight paths.
#[derive(Debug)]
pub struct Batch {
    /// The number of the batch's first path in the run.
    pub first_path: u64,
    cells: Box<[F8]>,
    /// Announced contracts by path.
    pub contracts: [Contracts; LANES],
    /// Time that vendors gave labs, by path, in order of time.
    pub deferrals: [Vec<Deferral>; LANES],
    /// For paths that are run several times.
    pub tape: Option<Tape>,
    /// Steps taken: rows of schedules before are zero.
    pub taken: usize,
}

impl Batch {
    /// A batch with all cells zero and room for so many contracts and deferrals on each path. The system lends memory as it is
    /// touched: room for more than most paths have costs nothing.
    pub fn open(layout: &Layout, contracts: usize, kinds: Kinds, deferrals: usize) -> Batch {
        let contracts = std::array::from_fn(|_| Contracts::with_room(contracts, kinds));
        let deferrals = std::array::from_fn(|_| Vec::with_capacity(deferrals));
        let mut cells = vec![F8::ZERO; AHEAD + layout.rows()].into_boxed_slice();
        cells[0].0[KEEPS_FLOWS] = 1.0;
        Batch { first_path: 0, cells, contracts, deferrals, tape: None, taken: 0 }
    }

    /// All state to zero and constants in place; the rows of the scenario's numbers stay.
    pub fn clear(&mut self, layout: &Layout, first_path: u64) {
        self.first_path = first_path;
        self.cells[0].0[ACTED] = 0.0;
        let mut from = AHEAD + layout.numbers as usize;
        for (first, rows) in &layout.schedules {
            let first = first.index();
            let behind = self.taken.min(*rows);
            debug_assert!(self.cells[first..first + behind].iter().all(|cell| *cell == F8::ZERO));
            self.cells[from..first].fill(F8::ZERO);
            from = first + behind;
        }
        self.cells[from..].fill(F8::ZERO);
        self.taken = 0;
        for (row, value) in &layout.constants {
            self.fill(*row, *value);
        }
        for list in &mut self.contracts {
            list.clear();
        }
        for list in &mut self.deferrals {
            list.clear();
        }
    }

    /// Whether the paths that follow keep their flows ([`Cells::keeps_flows`]); a batch keeps them unless told.
    pub fn keep_flows(&mut self, keep: bool) {
        self.cells[0].0[KEEPS_FLOWS] = if keep { 1.0 } else { 0.0 };
    }

    #[inline(always)]
    pub fn cells(&mut self) -> &mut Cells {
        self
    }

    /// Paths on which a row that must be a number is none, or is beyond [`super::lanes::LARGEST`].
    #[inline(always)]
    pub fn not_finite(&self, layout: &Layout) -> M8 {
        // Rows that need not be finite, and those of schedules that are behind, which are zero: each list rises.
        let mut open = layout.open.iter().map(|row| (row.index(), 1)).peekable();
        let mut behind =
            layout.schedules.iter().map(|(first, rows)| (first.index(), self.taken.min(*rows))).peekable();
        let (mut all, mut from) = (M8::ALL, 0);
        loop {
            let is_open = match (open.peek(), behind.peek()) {
                (Some((row, _)), Some((first, _))) => row < first,
                (row, _) => row.is_some(),
            };
            let next = if is_open { open.next() } else { behind.next() };
            let (until, skipped) = next.unwrap_or((self.cells.len(), 0));
            all = self.cells[from..until].iter().fold(all, |all, cell| all & cell.is_finite());
            if next.is_none() {
                return !all;
            }
            from = until + skipped;
        }
    }
}

impl Deref for Batch {
    type Target = Cells;

    #[inline(always)]
    fn deref(&self) -> &Cells {
        let cells: *const [F8] = &*self.cells;
        // SAFETY: `Cells` is a transparent wrapper of the slice.
        unsafe { &*(cells as *const Cells) }
    }
}

impl DerefMut for Batch {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Cells {
        let cells: *mut [F8] = &mut *self.cells;
        // SAFETY: as above.
        unsafe { &mut *(cells as *mut Cells) }
    }
}

impl Cells {
    /// Are flows between parties kept that are no capital, and tallies that a later step does not ask for? Who reads only
    /// capital off the paths is spared them.
    #[inline(always)]
    pub fn keeps_flows(&self) -> bool {
        self.0[0].0[KEEPS_FLOWS] != 0.0
    }

    /// A loop that is on has done what it would not have done if it were off, on one of the paths. Some loops
    /// note that ([`crate::compiler::LoopKind::notes`]).
    #[inline(always)]
    pub fn note(&mut self, which: Loop) {
        let acted = self.acted().with(which).bits();
        self.0[0].0[ACTED] = f64::from_bits(acted);
    }

    /// The loops that have been noted since the paths were opened.
    #[inline(always)]
    pub fn acted(&self) -> Loops {
        Loops::of_bits(self.0[0].0[ACTED].to_bits())
    }

    #[inline(always)]
    fn cell(&self, row: Row) -> &F8 {
        self.nth(row, 0)
    }

    #[inline(always)]
    fn cell_mut(&mut self, row: Row) -> &mut F8 {
        self.nth_mut(row, 0)
    }

    #[inline(always)]
    pub fn get(&self, row: Row) -> F8 {
        *self.cell(row)
    }

    #[inline(always)]
    pub fn set(&mut self, row: Row, value: F8) {
        *self.cell_mut(row) = value;
    }

    #[inline(always)]
    pub fn add(&mut self, row: Row, value: F8) {
        *self.cell_mut(row) += value;
    }

    /// Keeps the larger of what the row holds and a value, in each lane.
    #[inline(always)]
    pub fn raise(&mut self, row: Row, value: F8) {
        // Without the sum the compiler stores only the lanes that change, which takes AMD's processors ten times as long.
        self.set(row, self.get(row).max(value) + F8::ZERO);
    }

    /// The k-th row after `first`, of a block that was asked for together. The k is no part of the handle: the rows of a
    /// block are then read at fixed distances from one address.
    #[inline(always)]
    fn nth(&self, first: Row, k: usize) -> &F8 {
        debug_assert!(first.index() + k < self.0.len(), "a row of another layout");
        // SAFETY: a row comes from the layout with which the batch was opened, and that gave a cell to each of its
        // rows. Debug builds check it; in a release it would be every fourth instruction of a step.
        unsafe { &*self.0.as_ptr().byte_add(first.0 as usize).add(k) }
    }

    #[inline(always)]
    fn nth_mut(&mut self, first: Row, k: usize) -> &mut F8 {
        debug_assert!(first.index() + k < self.0.len(), "a row of another layout");
        // SAFETY: as in `nth`.
        unsafe { &mut *self.0.as_mut_ptr().byte_add(first.0 as usize).add(k) }
    }

    #[inline(always)]
    pub fn get_nth(&self, first: Row, k: usize) -> F8 {
        *self.nth(first, k)
    }

    #[inline(always)]
    pub fn set_nth(&mut self, first: Row, k: usize, value: F8) {
        *self.nth_mut(first, k) = value;
    }

    #[inline(always)]
    pub fn add_nth(&mut self, first: Row, k: usize, value: F8) {
        *self.nth_mut(first, k) += value;
    }

    /// What the row holds, which is then zero.
    #[inline(always)]
    pub fn take_nth(&mut self, first: Row, k: usize) -> F8 {
        std::mem::replace(self.nth_mut(first, k), F8::ZERO)
    }

    /// One path's value.
    #[inline(always)]
    pub fn at(&self, row: Row, path: usize) -> f64 {
        self.cell(row).0[path]
    }

    #[inline(always)]
    pub fn put(&mut self, row: Row, path: usize, value: f64) {
        self.cell_mut(row).0[path] = value;
    }

    #[inline(always)]
    pub fn add_at(&mut self, row: Row, path: usize, value: f64) {
        self.cell_mut(row).0[path] += value;
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
