//! Where an estimate stood after so many paths: a mean and a ratio of means at rising numbers of paths. What comes between
//! two looks is gathered by itself, so that paths may come from anywhere.

use super::RatioEstimate;
use super::moments::{Column, Moments, Spread};
use super::ratio::MeansRatio;
use super::replicates::{ByReplicate, ROUND, Replicates};
use super::tree::Join;
use serde::{Deserialize, Serialize};

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
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Running {
    replicated: bool,
    /// By look: the paths that came after the one before.
    parts: Vec<Part>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Part {
    paths: u64,
    x: Column,
    ratio: MeansRatio,
    x_replicates: Replicates,
    replicates: Replicates,
}

impl Part {
    fn new() -> Part {
        // Looks fall between chunks of a round.
        Part {
            paths: 0,
            x: Column::of_chunks(ROUND),
            ratio: MeansRatio::of_chunks(ROUND),
            x_replicates: Replicates::default(),
            replicates: Replicates::default(),
        }
    }

    fn close(&mut self) {
        self.x.close();
        self.ratio.close();
        self.x_replicates.close();
        self.replicates.close();
    }

    fn merge(&mut self, other: Part) -> Option<()> {
        self.paths = self.paths.checked_add(other.paths)?;
        self.x.merge(other.x)?;
        self.ratio.merge(other.ratio)?;
        self.x_replicates.merge(other.x_replicates)?;
        self.replicates.merge(other.replicates)
    }
}

/// After how many paths the looks are, as far as numbers go.
fn looks() -> impl Iterator<Item = u64> {
    let next = |look: &u64| look.checked_add(look / 5)?.checked_next_multiple_of(ROUND);
    std::iter::successors(Some(ROUND), move |look| Some(next(look)?.max(look + ROUND)))
}

impl Running {
    pub fn new(replicated: bool) -> Running {
        Running { replicated, parts: Vec::new() }
    }

    /// Adds the paths from `first` on, later than all before.
    pub fn add(&mut self, first: u64, y: &[f64], x: &[f64]) {
        assert_eq!(y.len(), x.len(), "paths of the columns");
        let end = first + x.len() as u64;
        let mut from = first;
        for (k, look) in looks().enumerate().skip_while(|(_, look)| *look <= first) {
            if from == end {
                break;
            }
            let until = look.min(end);
            let [y, x] = [y, x].map(|column| &column[(from - first) as usize..(until - first) as usize]);
            self.parts.resize_with(self.parts.len().max(k + 1), Part::new);
            let part = &mut self.parts[k];
            part.paths += until - from;
            part.x.add_at(from, x);
            for ((path, y), x) in (from..).zip(y).zip(x) {
                part.ratio.push(path, *y, *x);
            }
            if self.replicated {
                part.x_replicates.add(from, x);
                for ((path, y), x) in (from..).zip(y).zip(x) {
                    part.replicates.push(path, *y, *x);
                }
            }
            from = until;
        }
    }

    /// No path is added any more.
    pub fn close(&mut self) {
        self.parts.iter_mut().for_each(Part::close);
    }

    /// Takes in other paths, gathered apart and closed; `None` where some of them are here already.
    #[must_use]
    pub fn merge(&mut self, other: Running) -> Option<()> {
        (self.replicated == other.replicated).then_some(())?;
        self.parts.resize_with(self.parts.len().max(other.parts.len()), Part::new);
        self.parts.iter_mut().zip(other.parts).try_for_each(|(part, more)| part.merge(more))
    }

    /// At every look and at the end.
    pub fn finish(self) -> Vec<Standing> {
        let (mut paths, mut x) = (0, Moments::NONE);
        let (mut x_by_replicate, mut by_replicate) = (ByReplicate::default(), ByReplicate::default());
        let ratios = MeansRatio::so_far(self.parts.iter().map(|part| &part.ratio));
        let after = |(part, ratio): (&Part, Spread)| {
            if part.paths == 0 {
                return None;
            }
            paths += part.paths;
            x = x.then(&part.x.moments());
            x_by_replicate = x_by_replicate.join(&part.x_replicates.all());
            by_replicate = by_replicate.join(&part.replicates.all());
            let (mean, ratio) = match self.replicated {
                true => (x_by_replicate.ratio(), by_replicate.ratio()),
                false => {
                    (RatioEstimate::around(x.mean, x.se()), RatioEstimate::around(ratio.value, ratio.se()))
                }
            };
            Some(Standing { paths, mean, ratio })
        };
        self.parts.iter().zip(ratios).filter_map(after).collect()
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
                for (k, (y, x)) in y.chunks(cut).zip(x.chunks(cut)).enumerate() {
                    running.add((k * cut) as u64, y, x);
                }
                running.finish()
            };
            let standings = of(5003);
            assert_eq!(standings, of(7), "not where the columns are cut");
            // Gathered apart, and the last first.
            let apart = |paths: std::ops::Range<usize>| {
                let mut running = Running::new(replicated);
                running.add(paths.start as u64, &y[paths.clone()], &x[paths]);
                running.close();
                running
            };
            let mut merged = Running::new(replicated);
            for paths in [4096..5003, 1024..2048, 0..1024, 2048..4096] {
                merged.merge(apart(paths)).unwrap();
            }
            assert!(merged.clone().merge(apart(0..1024)).is_none());
            assert_eq!(merged.finish(), standings);
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
