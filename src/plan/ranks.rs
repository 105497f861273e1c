//! Ranks of correlated numbers among the points of a Latin hypercube (§2). A rank asks for all points: they are worked out
//! once, [`TOGETHER`] points of a replicate at a time, so that neither the memory nor what a shard works out beside its own
//! paths grows with the run. A run of up to sixteen times as many paths has one path in every stratum; in a longer one
//! each such block of a replicate is a hypercube.

use super::parameters::Sampling;
use crate::estimate::replicates::REPLICATES;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, OnceLock};

/// Points that are ranked together.
const TOGETHER: u64 = 1 << 16;

/// Two blocks of every replicate: threads that simulate neighbouring paths may be on either side of a block's end.
const KEPT: usize = 2 * REPLICATES;

/// Points of a replicate that are ranked together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Block {
    pub seed: u64,
    /// Of the run: the points depend on it.
    pub paths: u64,
    pub replicate: u64,
    pub first: u64,
    pub points: u64,
}

impl Block {
    /// The block of a point of a replicate of `size` points.
    pub fn of(run: &Sampling, replicate: u64, point: u64, size: u64) -> Block {
        let first = point / TOGETHER * TOGETHER;
        Block { seed: run.seed, paths: run.paths, replicate, first, points: TOGETHER.min(size - first) }
    }
}

type Worked = Arc<OnceLock<Arc<[u32]>>>;

/// Blocks' ranks, the latest kept.
#[derive(Debug, Default)]
pub struct Ranks(Mutex<VecDeque<(Block, Worked)>>);

impl Ranks {
    /// The ranks of a block, a row for each row of `values`, which is asked for once. Other threads may work out other blocks
    /// meanwhile.
    pub fn of(&self, block: Block, values: impl FnOnce() -> Vec<f64>) -> Arc<[u32]> {
        let worked = {
            let mut kept = self.0.lock().unwrap_or_else(|e| e.into_inner());
            match kept.iter().find(|(other, _)| *other == block) {
                Some((_, worked)) => worked.clone(),
                None => {
                    if kept.len() == KEPT {
                        kept.pop_front();
                    }
                    let worked = Worked::default();
                    kept.push_back((block, worked.clone()));
                    worked
                }
            }
        };
        worked.get_or_init(|| values().chunks_exact(block.points as usize).flat_map(ranks).collect()).clone()
    }
}

/// How many values are less than each; of equal ones the earlier counts as less.
fn ranks(values: &[f64]) -> Vec<u32> {
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    let mut ranks = vec![0; values.len()];
    for (rank, at) in (0..).zip(order) {
        ranks[at as usize] = rank;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::parameters::Sampler;

    #[test]
    fn blocks_are_worked_out_once_and_the_latest_kept() {
        let run = Sampling { seed: 1, sampler: Sampler::LatinHypercube, paths: 1 << 30 };
        let ranks = Ranks::default();
        let size = 2 * TOGETHER + 3;
        let last = Block::of(&run, 0, size - 1, size);
        assert_eq!((last.first, last.points), (2 * TOGETHER, 3));
        assert_eq!(ranks.of(last, || vec![2.0, -1.0, 2.0, 0.0, 1.0, -1.0])[..], [1, 0, 2, 1, 2, 0]);
        assert_eq!(ranks.of(last, || unreachable!("worked out before")).len(), 6);
        for replicate in 0..KEPT as u64 {
            ranks.of(Block { replicate, first: 0, ..last }, || vec![0.0; 3]);
        }
        assert_eq!(ranks.of(last, || vec![0.0, 1.0, 2.0])[..], [0, 1, 2], "forgotten since");
    }
}
