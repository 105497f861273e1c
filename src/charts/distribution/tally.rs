//! Shares counted in cells: what a histogram of any number of paths is drawn from, and how far its axis goes.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Cells between 0 and 1 in which shares are counted.
pub const CELLS: usize = 10_000;
/// Nearer than this to 0 or 1 is 0 or 1: the slack with which amounts are compared (§4).
pub(super) const SLACK: f64 = 1e-9;

/// Shares counted: those of 0, those of 1, and those between, in `CELLS` equal cells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tally {
    pub zero: u64,
    pub one: u64,
    #[serde(serialize_with = "sparse", deserialize_with = "dense")]
    pub between: Vec<u64>,
}

/// Most cells are empty: those that are not, as pairs of place and count.
fn sparse<S: Serializer>(cells: &[u64], serializer: S) -> Result<S::Ok, S::Error> {
    let occupied: Vec<(usize, &u64)> = cells.iter().enumerate().filter(|(_, count)| **count > 0).collect();
    occupied.serialize(serializer)
}

fn dense<'de, D: Deserializer<'de>>(from: D) -> Result<Vec<u64>, D::Error> {
    let mut cells = vec![0; CELLS];
    for (place, count) in Vec::<(usize, u64)>::deserialize(from)? {
        let cell = cells.get_mut(place).ok_or_else(|| serde::de::Error::custom("no such cell"))?;
        *cell = count;
    }
    Ok(cells)
}

/// The part of the paths that may lie beyond each end of the axis.
const BEYOND: f64 = 0.0025;

/// What the axis covers, in cells, and how many paths lie beyond it.
pub(super) struct Extent {
    pub(super) first: usize,
    pub(super) last: usize,
    pub(super) zero: bool,
    pub(super) one: bool,
    pub(super) below: u64,
    pub(super) above: u64,
}

impl Extent {
    /// Out to the ends of an axis, which has round numbers there.
    pub(super) fn out_to(self, tally: &Tally, low: f64, high: f64) -> Extent {
        let cell = |share: f64| ((share * CELLS as f64).round() as usize).min(CELLS);
        let held = |cells: &[u64]| cells.iter().sum::<u64>();
        let below = if self.zero { 0 } else { tally.zero } + held(&tally.between[..cell(low.max(0.0))]);
        let above = if self.one { 0 } else { tally.one } + held(&tally.between[cell(high)..]);
        Extent { below, above, ..self }
    }
}

impl Tally {
    /// Shares that are not defined (NaN, where nothing was raised) are left out.
    pub fn of(shares: impl IntoIterator<Item = f64>) -> Tally {
        let mut tally = Tally { zero: 0, one: 0, between: vec![0; CELLS] };
        tally.add(shares);
        tally
    }

    pub fn add(&mut self, shares: impl IntoIterator<Item = f64>) {
        for share in shares {
            if share.is_nan() {
                continue;
            }
            if share <= SLACK {
                self.zero += 1;
            } else if share >= 1.0 - SLACK {
                self.one += 1;
            } else {
                self.between[((share * CELLS as f64) as usize).min(CELLS - 1)] += 1;
            }
        }
    }

    /// Takes in other shares; `None` where they were counted in other cells.
    #[must_use]
    pub fn merge(&mut self, other: Tally) -> Option<()> {
        (self.between.len() == other.between.len()).then_some(())?;
        self.zero = self.zero.checked_add(other.zero)?;
        self.one = self.one.checked_add(other.one)?;
        for (count, more) in self.between.iter_mut().zip(other.between) {
            *count = count.checked_add(more)?;
        }
        Some(())
    }

    pub fn total(&self) -> u64 {
        self.zero + self.one + self.between.iter().sum::<u64>()
    }

    /// First and one past the last cell that holds any, less those with so few paths before or after them that more
    /// paths would make a worse picture; and whether 0 and 1 are shown.
    pub(super) fn extent(&self) -> Extent {
        let few = (self.total() as f64 * BEYOND) as u64;
        let below = |cell: usize| self.zero + self.between[..cell].iter().sum::<u64>();
        let (mut first, mut seen) = (0, self.zero);
        while first + 1 < CELLS && seen + self.between[first] <= few {
            seen += self.between[first];
            first += 1;
        }
        let (mut last, mut seen) = (CELLS, self.one);
        while last > first + 1 && seen + self.between[last - 1] <= few {
            seen += self.between[last - 1];
            last -= 1;
        }
        // Nothing but empty cells is cut off for nothing.
        let zero = self.zero > few || (self.zero > 0 && first == 0);
        let one = self.one > few || (self.one > 0 && last == CELLS);
        Extent {
            first: if zero { 0 } else { first },
            last: if one { CELLS } else { last },
            zero,
            one,
            below: if zero { 0 } else { below(first) },
            above: if one { 0 } else { self.total() - below(last) },
        }
    }

    /// The largest share counted, and the smallest, to a cell.
    pub(super) fn ends(&self) -> (f64, f64) {
        let edge = |cell: usize| cell as f64 / CELLS as f64;
        let first = self.between.iter().position(|count| *count > 0);
        let last = self.between.iter().rposition(|count| *count > 0);
        let low = if self.zero > 0 { 0.0 } else { first.map_or(1.0, edge) };
        (low, if self.one > 0 { 1.0 } else { last.map_or(0.0, |cell| edge(cell + 1)) })
    }

    /// How many cells make a bar: the rule of Freedman and Diaconis on what lies between 0 and 1, no more than sixty
    /// bars over `shown` cells.
    pub(super) fn cells_per_bar(&self, shown: usize) -> usize {
        let inside: u64 = self.between.iter().sum();
        let quantile = |part: f64| {
            let wanted = (inside as f64 * part) as u64;
            let mut seen = 0;
            self.between.iter().position(|count| {
                seen += count;
                seen > wanted
            })
        };
        let between_quartiles = match (quantile(0.25), quantile(0.75)) {
            (Some(low), Some(high)) => (high - low) as f64,
            _ => 0.0,
        };
        let rule = 2.0 * between_quartiles / libm::cbrt(inside.max(1) as f64);
        let least = rule.max(shown as f64 / 60.0);
        const WIDTHS: [usize; 11] = [1, 2, 5, 10, 20, 50, 100, 200, 250, 500, 1000];
        WIDTHS.into_iter().find(|cells| *cells as f64 >= least).unwrap_or(1000)
    }
}
