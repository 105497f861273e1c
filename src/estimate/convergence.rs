//! Where an estimate stood after so many paths: a mean and a ratio of means at rising numbers of paths, in path order.

use super::RatioEstimate;
use super::moments::{Column, Pairs};
use super::replicates::{ByReplicate, ROUND};

/// An estimate after some paths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Standing {
    pub paths: u64,
    /// The mean of x.
    pub mean: RatioEstimate,
    /// Mean of y over mean of x.
    pub ratio: RatioEstimate,
}

/// Follows a column x and the ratio of another, y, to it. Looks at 128 paths and then about a fifth more each time, in
/// whole rounds of replicates: the same looks however the paths arrive and however many there will be.
#[derive(Debug, Clone)]
pub struct Running {
    replicated: bool,
    paths: u64,
    next: u64,
    x: Column,
    pairs: Pairs,
    x_by_replicate: ByReplicate,
    by_replicate: ByReplicate,
    standings: Vec<Standing>,
}

impl Running {
    pub fn new(replicated: bool) -> Running {
        Running {
            replicated,
            paths: 0,
            next: ROUND,
            x: Column::default(),
            pairs: Pairs::default(),
            x_by_replicate: ByReplicate::default(),
            by_replicate: ByReplicate::default(),
            standings: Vec::new(),
        }
    }

    /// Adds the next paths, in path order.
    pub fn add(&mut self, mut y: &[f64], mut x: &[f64]) {
        assert_eq!(y.len(), x.len(), "paths of the columns");
        while !x.is_empty() {
            let until = (x.len() as u64).min(self.next - self.paths) as usize;
            let ((now_y, later_y), (now_x, later_x)) = (y.split_at(until), x.split_at(until));
            self.x.add(now_x);
            self.pairs.add(now_y, now_x);
            if self.replicated {
                self.x_by_replicate.add(self.paths, now_x);
                for ((path, y), x) in (self.paths..).zip(now_y).zip(now_x) {
                    self.by_replicate.push(path, *y, *x);
                }
            }
            self.paths += until as u64;
            if self.paths == self.next {
                self.standings.push(self.standing());
                self.next = (self.next + self.next / 5).next_multiple_of(ROUND).max(self.next + ROUND);
            }
            (y, x) = (later_y, later_x);
        }
    }

    fn standing(&self) -> Standing {
        let (mean, ratio) = if self.replicated {
            (self.x_by_replicate.ratio(), self.by_replicate.ratio())
        } else {
            let moments = self.x.moments();
            (RatioEstimate::around(moments.mean, moments.se()), self.pairs.ratio())
        };
        Standing { paths: self.paths, mean, ratio }
    }

    /// At every look and at the end.
    pub fn finish(mut self) -> Vec<Standing> {
        if self.paths > 0 && self.standings.last().is_none_or(|last| last.paths < self.paths) {
            self.standings.push(self.standing());
        }
        self.standings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::moments::Moments;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    #[test]
    fn each_standing_is_that_of_a_run_which_ended_there() {
        let mut rng = SmallRng::seed_from_u64(1);
        let x: Vec<f64> = (0..5003).map(|_| 1.0 + rng.random::<f64>()).collect();
        let y: Vec<f64> = x.iter().map(|x| x * rng.random::<f64>()).collect();
        for replicated in [false, true] {
            let of = |cut: usize| {
                let mut running = Running::new(replicated);
                for (y, x) in y.chunks(cut).zip(x.chunks(cut)) {
                    running.add(y, x);
                }
                running.finish()
            };
            let standings = of(5003);
            assert_eq!(standings, of(7), "not where the columns are cut");
            let paths: Vec<u64> = standings.iter().map(|standing| standing.paths).collect();
            assert_eq!(paths[..6], [128, 256, 384, 512, 640, 768]);
            assert_eq!(*paths.last().unwrap(), 5003);
            assert!(paths.windows(2).all(|pair| pair[0] < pair[1]) && paths.len() < 25, "{paths:?}");
            for standing in &standings {
                let n = standing.paths as usize;
                if !replicated {
                    let moments = Moments::of_all(&x[..n]);
                    assert!((standing.mean.value - moments.mean).abs() < 1e-12);
                    assert!((standing.mean.se - moments.se()).abs() < 1e-12);
                }
                let ratio = y[..n].iter().sum::<f64>() / x[..n].iter().sum::<f64>();
                assert!((standing.ratio.value - ratio).abs() < 1e-12);
                assert!(standing.ratio.se > 0.0);
            }
        }
        assert!(Running::new(false).finish().is_empty());
    }
}
