//! Means of batches of paths: for quantities that are not means of a column (the throughput share of mean flows, §8).
//!
//! [`BatchMeans`] keeps 64 to 128 batches of equal length however many paths come: where a 129th would begin,
//! neighbours merge and batches are twice as long from there on. Which path is in which batch depends on the number
//! of paths alone, if the pieces handed over are of one length.

/// Batches are merged in pairs when there are this many and another piece comes.
const MOST: usize = 128;

/// Means of several columns by batch.
#[derive(Debug, Clone)]
pub struct BatchMeans {
    columns: usize,
    /// Pieces in a full batch, and in the open one.
    length: u64,
    filled: u64,
    /// Paths and sums of each batch.
    batches: Vec<(u64, Vec<f64>)>,
}

impl BatchMeans {
    pub fn new(columns: usize) -> BatchMeans {
        BatchMeans { columns, length: 1, filled: 0, batches: Vec::new() }
    }

    /// Adds a piece in path order: the columns' sums over the next paths.
    pub fn add(&mut self, paths: u64, sums: impl IntoIterator<Item = f64>) {
        if self.filled == self.length {
            self.filled = 0;
            if self.batches.len() == MOST {
                self.merge();
            }
        }
        if self.filled == 0 {
            self.batches.push((0, vec![0.0; self.columns]));
        }
        if let Some((count, totals)) = self.batches.last_mut() {
            *count += paths;
            totals.iter_mut().zip(sums).for_each(|(total, sum)| *total += sum);
            self.filled += 1;
        }
    }

    /// Neighbours become one.
    fn merge(&mut self) {
        let mut single = std::mem::take(&mut self.batches).into_iter();
        while let (Some((paths, sums)), Some((more, others))) = (single.next(), single.next()) {
            let sums = sums.iter().zip(&others).map(|(sum, other)| sum + other).collect();
            self.batches.push((paths + more, sums));
        }
        self.length *= 2;
    }

    /// The number of paths and the means of each batch, the last one perhaps shorter.
    pub fn means(&self) -> Vec<(u64, Vec<f64>)> {
        let mean =
            |(paths, sums): &(u64, Vec<f64>)| (*paths, sums.iter().map(|sum| sum / *paths as f64).collect());
        self.batches.iter().map(mean).collect()
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
                batches.add(piece.end - first, [sum, -2.0 * sum]);
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
    fn no_paths_no_batches() {
        assert!(BatchMeans::new(2).means().is_empty());
    }
}
