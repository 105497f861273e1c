//! Means of batches of paths: for quantities that are not means of a column (the throughput share of mean flows, §8).
//!
//! [`BatchMeans`] keeps 64 to 128 batches of equal length however many paths come: where a 129th would begin, neighbours
//! merge and batches are twice as long from there on. Which path is in which batch depends on the number of paths alone,
//! if the pieces handed over are of one length; so do the sums' bits, whether the pieces came one after another or were
//! gathered apart and merged.

use super::tree::{Join, Tree};
use serde::{Deserialize, Serialize};

/// No more batches than this.
const MOST: usize = 128;

/// Means of several columns by batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct BatchMeans {
    columns: usize,
    batches: Tree<Sums>,
}

/// Sums over some paths.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Sums {
    paths: u64,
    sums: Vec<f64>,
}

impl Join for Sums {
    fn join(&self, later: &Sums) -> Sums {
        let sums = self.sums.iter().zip(&later.sums).map(|(sum, other)| sum + other).collect();
        Sums { paths: self.paths + later.paths, sums }
    }
}

impl BatchMeans {
    pub fn new(columns: usize) -> BatchMeans {
        BatchMeans { columns, batches: Tree::of_pieces() }
    }

    /// Adds the piece of a place, later than all before: the columns' sums over its paths.
    pub fn add(&mut self, place: u64, paths: u64, sums: impl IntoIterator<Item = f64>) {
        self.batches.push(place, Sums { paths, sums: sums.into_iter().collect() });
        self.merge_neighbours();
    }

    fn merge_neighbours(&mut self) {
        while self.count() > MOST {
            self.batches.raise();
        }
    }

    /// Takes in other paths of the same columns; `None` where they have other columns or some of the same paths.
    #[must_use]
    pub fn merge(&mut self, other: BatchMeans) -> Option<()> {
        let fits = |sums: &Sums| sums.sums.len() == self.columns;
        (self.columns == other.columns && other.batches.values().all(fits)).then_some(())?;
        self.batches.merge(other.batches)?;
        self.merge_neighbours();
        Some(())
    }

    fn count(&self) -> usize {
        let mut last = None;
        self.batches.joints().filter(|(number, _)| last.replace(*number) != Some(*number)).count()
    }

    /// The sums of each batch, the last one perhaps of fewer paths.
    fn sums(&self) -> Vec<Sums> {
        let mut batches: Vec<(u64, Sums)> = Vec::new();
        for (number, part) in self.batches.joints() {
            match batches.last_mut() {
                Some((last, sums)) if *last == number => *sums = sums.join(part),
                _ => batches.push((number, part.clone())),
            }
        }
        batches.into_iter().map(|(_, sums)| sums).collect()
    }

    /// The number of paths and the means of each batch, the last one perhaps shorter.
    pub fn means(&self) -> Vec<(u64, Vec<f64>)> {
        let mean = |Sums { paths, sums }: Sums| (paths, sums.iter().map(|sum| sum / paths as f64).collect());
        self.sums().into_iter().map(mean).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_path_is_in_the_batch_of_its_number() {
        for paths in [1u64, 8, 9, 1024, 1025, 1600, 10_000] {
            let mut batches = BatchMeans::new(2);
            for first in (0..paths).step_by(8) {
                let piece = first..paths.min(first + 8);
                let sum = piece.clone().map(|path| path as f64).sum::<f64>();
                batches.add(first / 8, piece.end - first, [sum, -2.0 * sum]);
            }
            let means = batches.means();
            assert_eq!(means.iter().map(|(paths, _)| paths).sum::<u64>(), paths);
            assert!(means.len() <= MOST && (paths <= 1024 || means.len() > MOST / 2), "{}", means.len());
            let mut first = 0;
            for (length, mean) in &means {
                assert!(*length == means[0].0 || first + length == paths, "only the last is shorter");
                let middle = first as f64 + (*length - 1) as f64 / 2.0;
                assert_eq!(mean, &[middle, -2.0 * middle]);
                first += length;
            }
        }
    }

    #[test]
    fn pieces_gathered_apart_are_the_same_batches() {
        let of = |pieces: std::ops::Range<u64>| {
            let mut batches = BatchMeans::new(1);
            pieces.for_each(|place| batches.add(place, 8, [1.0 / (place as f64 + 3.0)]));
            batches
        };
        for pieces in [100, 1000, 5000] {
            let whole = of(0..pieces).means();
            let cuts = [0, pieces / 7, pieces / 7 + 1, pieces / 2 + 3, pieces];
            for order in [[0, 1, 2, 3], [3, 1, 0, 2], [2, 0, 3, 1]] {
                let mut merged = BatchMeans::new(1);
                for k in order {
                    merged.merge(of(cuts[k]..cuts[k + 1])).unwrap();
                }
                assert_eq!(merged.means(), whole);
            }
        }
        assert!(of(0..5).merge(of(4..9)).is_none());
        assert!(of(0..5).merge(BatchMeans::new(2)).is_none());
    }

    #[test]
    fn no_paths_no_batches() {
        assert!(BatchMeans::new(2).means().is_empty());
    }
}
