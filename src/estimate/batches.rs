//! Means of batches of paths: for quantities that are not means of a column (the throughput share of mean flows, §8),
//! and for runs whose paths are not independent (Latin hypercube, Sobol points), where only independent batches tell
//! the error.
//!
//! [`BatchMeans`] keeps 64 to 128 batches of equal length however many paths come: where a 129th would begin,
//! neighbours merge and batches are twice as long from there on. Which path is in which batch depends on the number
//! of paths alone.

use super::Block;

/// Batches are merged in pairs when there are this many and another path comes.
const MOST: usize = 128;

/// Paths in a batch at the beginning.
const SHORTEST: u64 = 16;

/// Means of several columns by batch.
#[derive(Debug, Clone)]
pub struct BatchMeans {
    columns: usize,
    /// Paths in a full batch.
    length: u64,
    paths: u64,
    /// `sums[batch * columns + column]`
    sums: Vec<f64>,
}

impl BatchMeans {
    pub fn new(columns: usize) -> BatchMeans {
        BatchMeans { columns, length: SHORTEST, paths: 0, sums: Vec::new() }
    }

    /// Adds a block in path order.
    pub fn add(&mut self, block: &Block) {
        assert_eq!(block.columns.len(), self.columns, "columns of a block");
        for path in 0..block.paths {
            if self.paths.is_multiple_of(self.length) {
                if self.paths == self.length * MOST as u64 {
                    self.merge();
                }
                self.sums.extend(std::iter::repeat_n(0.0, self.columns));
            }
            let open = self.sums.len() - self.columns;
            for (sum, column) in self.sums[open..].iter_mut().zip(&block.columns) {
                *sum += column[path];
            }
            self.paths += 1;
        }
    }

    fn merge(&mut self) {
        for batch in 0..MOST / 2 {
            for column in 0..self.columns {
                let (first, second) =
                    (2 * batch * self.columns + column, (2 * batch + 1) * self.columns + column);
                self.sums[batch * self.columns + column] = self.sums[first] + self.sums[second];
            }
        }
        self.sums.truncate(MOST / 2 * self.columns);
        self.length *= 2;
    }

    /// The number of paths and the means of each batch, the last one perhaps shorter.
    pub fn means(&self) -> Vec<(u64, Vec<f64>)> {
        let mut left = self.paths;
        self.sums
            .chunks(self.columns.max(1))
            .map(|sums| {
                let paths = left.min(self.length);
                left -= paths;
                (paths, sums.iter().map(|sum| sum / paths as f64).collect())
            })
            .collect()
    }
}

/// The standard error of the mean of independent batches of equal size; NaN with fewer than two.
pub fn batch_standard_error(means: &[f64]) -> f64 {
    super::moments::Moments::of_all(means).se()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn block(first: u64, paths: usize) -> Block {
        let numbers = (first..first + paths as u64).map(|path| path as f64);
        Block {
            first,
            paths,
            columns: vec![numbers.clone().collect(), numbers.map(|path| -0.3 * path).collect()],
        }
    }

    #[test]
    fn every_path_is_in_the_batch_of_its_number() {
        for paths in [1, 16, 17, 2048, 2049, 10_000] {
            let mut whole = BatchMeans::new(2);
            whole.add(&block(0, paths));
            let mut cut = BatchMeans::new(2);
            (0..paths).for_each(|path| cut.add(&block(path as u64, 1)));
            let means = whole.means();
            assert_eq!(means, cut.means());
            assert_eq!(means.iter().map(|(paths, _)| paths).sum::<u64>(), paths as u64);
            assert!(means.len() <= MOST && (paths <= 2048 || means.len() > MOST / 2), "{}", means.len());
            let mut first = 0;
            for (length, mean) in &means {
                assert_eq!(mean[0], first as f64 + (*length - 1) as f64 / 2.0);
                first += length;
            }
        }
    }

    #[test]
    fn no_paths_no_batches() {
        assert!(BatchMeans::new(2).means().is_empty());
    }

    #[test]
    fn the_error_of_batches() {
        assert!(batch_standard_error(&[]).is_nan() && batch_standard_error(&[1.0]).is_nan());
        assert_eq!(batch_standard_error(&[0.1; 10]), 0.0);
        // 1, 2, 3, 4: variance 5/3, over 4.
        assert!((batch_standard_error(&[1.0, 2.0, 3.0, 4.0]) - (5.0f64 / 12.0).sqrt()).abs() < 1e-15);
    }
}
