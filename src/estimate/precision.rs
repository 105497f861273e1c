//! When to stop: the rule behind `--until "share.traced: 0.1%"`.
//!
//! Stopping as soon as the estimated standard error is below the target stops too early too often: the error is an
//! estimate too, it is looked at many times, and the look at which it happens to be too small is the one that counts.
//! So the rule asks for more:
//!
//! 1. It looks at checkpoints only: 1024 paths, then a quarter more each time, in whole thousands of 1024. They do
//!    not depend on speed, threads or batches, so the same command always stops at the same path. A run looks at the end
//!    of the chunk ([`crate::engine::simulate::CHUNK`]) in which a checkpoint lies: no more often, and never before 8,192 paths.
//! 2. At checkpoint k it may be wrong with probability δ = level/(k(k + 1)); over all checkpoints these sum to the level.
//! 3. It stops if an upper bound of the standard error is below the target. The bound at confidence 1 − δ is the
//!    empirical Bernstein bound (Maurer and Pontil 2009, theorem 4) of the squared deviations, whose mean is the
//!    variance: with t = ln(2/δ), κ the kurtosis and f the largest deviation in standard deviations,
//!    variance ≤ estimate · (1 + √(2(κ − 1)t/n) + 7f²t/(3(n − 1))).
//! 4. Where all n values agree, nothing is known of their spread but that those which differ are rare: fewer than a
//!    fraction t/n. The bound is then √t/n times the value's size, or times 1 for a smaller value (a probability).
//!
//! 5. Where the error comes from the means of 16 randomised replicates ([`super::replicates`]), whose distribution is
//!    close to normal, the bound is that of χ² with 15 degrees of freedom, or the one of points 3 and 4 for independent
//!    paths, whichever is lower, each at half the probability: points that are spread evenly do no worse than
//!    independent ones (Owen 1997: by a factor at the most, for scrambled nets; not at all, for a Latin hypercube's mean).
//!
//! So a run ends before its true standard error has reached the target with at most the probability `level`: exactly
//! for values whose range has been seen, in the limit for others; a tail that no path has met nobody can allow for.
//! The price, at ten thousand paths: a tenth more for normal values, twice as many for a heavy tail or a rare event
//! (and up to a quarter for the distance between checkpoints); at a million, some hundredths.

use super::moments::Spread;
use super::replicates::variance_bound;

/// Where the first look is taken; later ones are at multiples of it.
const FIRST: u64 = 1024;

/// The rule of one run, for one measure or ratio.
#[derive(Debug, Clone, PartialEq)]
pub struct Precision {
    target: f64,
    level: f64,
    looks: u32,
    next: u64,
}

/// What a look has shown.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Look {
    /// The target is reached: stop.
    pub reached: bool,
    /// The estimated standard error.
    pub se: f64,
    /// Its upper bound, which the target is compared with.
    pub bound: f64,
}

impl Precision {
    /// The level of point 2 unless the user says otherwise.
    pub const LEVEL: f64 = 0.05;

    /// Stop when the standard error is `target`, being wrong about it with a probability of at most `level`.
    pub fn new(target: f64, level: f64) -> Precision {
        Precision { target, level, looks: 0, next: FIRST }
    }

    /// Paths at which to look next.
    pub fn next_checkpoint(&self) -> u64 {
        self.next
    }

    /// Looks at the checkpoint, which every path up to it and none beyond has reached.
    pub fn look(&mut self, spread: &Spread) -> Look {
        self.looks += 1;
        self.next = (self.next + self.next / 4).div_ceil(FIRST) * FIRST;
        let error = self.level / (f64::from(self.looks) * f64::from(self.looks + 1));
        let bound = upper_bound(spread, error);
        Look { reached: bound <= self.target, se: spread.se(), bound }
    }
}

/// What the true standard error exceeds with a probability of at most `error`. NaN with fewer than two values.
fn upper_bound(spread: &Spread, error: f64) -> f64 {
    match spread.replicated {
        None => bound_of_independent_paths(spread, error),
        Some(se) => {
            let independent = bound_of_independent_paths(spread, error / 2.0);
            let replicated = se * variance_bound(error / 2.0).sqrt();
            // What is not known is not below anything.
            if replicated < independent || independent.is_nan() { replicated } else { independent }
        }
    }
}

fn bound_of_independent_paths(spread: &Spread, error: f64) -> f64 {
    let n = spread.n as f64;
    let t = libm::log(2.0 / error);
    if spread.sd == 0.0 {
        return t.sqrt() / n * spread.value.abs().max(1.0);
    }
    let shape = (2.0 * (spread.kurtosis - 1.0).max(0.0) * t / n).sqrt();
    let range = 7.0 * spread.farthest * spread.farthest * t / (3.0 * (n - 1.0));
    spread.of_independent_paths() * (1.0 + shape + range).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::moments::{Column, Pairs};
    use rand::{Rng, RngExt, SeedableRng, rngs::SmallRng};

    #[test]
    fn checkpoints_grow_by_a_quarter() {
        let mut rule = Precision::new(0.0, Precision::LEVEL);
        let spread = Column::default().moments().spread();
        let checkpoints: Vec<u64> = (0..40)
            .map(|_| {
                let checkpoint = rule.next_checkpoint();
                assert!(!rule.look(&spread).reached);
                checkpoint
            })
            .collect();
        assert_eq!(checkpoints[..6], [1024, 2048, 3072, 4096, 5120, 7168]);
        assert!(checkpoints.iter().all(|paths| paths % 1024 == 0));
        let growth = checkpoints[39] as f64 / checkpoints[38] as f64;
        assert!((growth - 1.25).abs() < 0.01, "{growth}");
    }

    /// Of `runs`, how many stop while the true error is above the target, under the rule and under the naive one;
    /// and the mean number of paths over the number needed.
    fn early(runs: u32, sd: f64, needed: f64, draw: impl Fn(&mut SmallRng) -> f64) -> (u32, u32, f64) {
        let target = sd / needed.sqrt();
        let (mut early, mut naive, mut paths) = (0, 0, 0);
        for run in 0..runs {
            let mut rng = SmallRng::seed_from_u64(u64::from(run));
            let mut column = Column::default();
            let mut rule = Precision::new(target, Precision::LEVEL);
            let mut naive_stop = None;
            loop {
                let checkpoint = rule.next_checkpoint();
                while column.moments().n < checkpoint {
                    let values: Vec<f64> = (0..1024).map(|_| draw(&mut rng)).collect();
                    column.add(&values);
                }
                let look = rule.look(&column.moments().spread());
                if look.se <= target && naive_stop.is_none() {
                    naive_stop = Some(checkpoint);
                }
                if look.reached {
                    early += u32::from(sd / (checkpoint as f64).sqrt() > target);
                    naive += u32::from(sd / (naive_stop.unwrap() as f64).sqrt() > target);
                    paths += checkpoint;
                    break;
                }
            }
        }
        (early, naive, paths as f64 / f64::from(runs) / needed)
    }

    fn uniform(rng: &mut impl Rng) -> f64 {
        rng.random()
    }

    #[test]
    fn it_does_not_stop_early_more_often_than_its_level_says() {
        let runs = 400;
        let level = Precision::LEVEL;
        let allowed = level + 5.0 * (level * (1.0 - level) / f64::from(runs)).sqrt();
        let rate = |count: u32| f64::from(count) / f64::from(runs);
        let lognormal = |sigma: f64| {
            move |rng: &mut SmallRng| (sigma * rng.sample::<f64, _>(rand_distr::StandardNormal)).exp()
        };
        let lognormal_sd = |sigma: f64| ((sigma * sigma).exp() - 1.0).sqrt() * (sigma * sigma / 2.0).exp();
        // The number needed lies just above a checkpoint (9216), where looking early is most tempting.
        let needed = 9300.0;
        let cases = [
            early(runs, 1.0, needed, |rng| rng.sample(rand_distr::StandardNormal)),
            early(runs, 1.0, needed, |rng| rng.sample(rand_distr::Exp1)),
            early(runs, lognormal_sd(1.0), needed, lognormal(1.0)),
            early(runs, (0.3f64 * 0.7).sqrt(), needed, |rng| f64::from(uniform(rng) < 0.3)),
            early(runs, (0.002f64 * 0.998).sqrt(), needed, |rng| f64::from(uniform(rng) < 0.002)),
        ];
        for (case, (early, _, paths)) in cases.iter().enumerate() {
            assert!(rate(*early) <= allowed, "case {case}: {early} of {runs} stopped early");
            assert!(*paths < 2.5, "case {case}: {paths} times the paths needed");
        }
        // Normal values: a third more paths at most.
        assert!(cases[0].2 < 1.34, "{}", cases[0].2);
        // The naive rule is caught by the same check, in most cases.
        assert!(
            cases.iter().filter(|(_, naive, _)| rate(*naive) > allowed).count() >= 4,
            "the check cannot fail"
        );
    }

    /// Replicates of independent normal paths, and of paths whose replicates' means alone vary: the level holds for both.
    #[test]
    fn replicates_do_not_stop_early_either() {
        use crate::estimate::replicates::{ByReplicate, ROUND};
        let runs = 400;
        let needed: f64 = 9300.0;
        let allowed = 0.05 + 5.0 * (0.05f64 * 0.95 / f64::from(runs)).sqrt();
        // Even points: within a round of 128 paths a sum without luck, so that the error is that of `even` of the rounds' sd.
        for (even, name) in [(1.0, "independent"), (0.1, "even")] {
            let target = even / needed.sqrt();
            let (mut early, mut naive) = (0, 0);
            for run in 0..runs {
                let mut rng = SmallRng::seed_from_u64(1000 + run as u64);
                let (mut column, mut by_replicate) = (Column::default(), ByReplicate::default());
                let mut rule = Precision::new(target, Precision::LEVEL);
                let mut naive_stop = None;
                loop {
                    let checkpoint = rule.next_checkpoint();
                    let mut path = column.moments().n;
                    while path < checkpoint {
                        // Eights of one replicate: noise that cancels in its sum, and a part that does not.
                        let noise: [f64; 8] = std::array::from_fn(|_| rng.sample(rand_distr::StandardNormal));
                        let middle = noise.iter().sum::<f64>() / 8.0;
                        let values = noise.map(|z| z - middle + even * middle);
                        column.add(&values);
                        by_replicate.add(path, &values);
                        path += 8;
                    }
                    assert!(checkpoint.is_multiple_of(ROUND));
                    let look = rule.look(&by_replicate.spread(column.moments().spread()));
                    if look.se <= target && naive_stop.is_none() {
                        naive_stop = Some(checkpoint);
                    }
                    let too_soon = |paths: u64| u32::from(even / (paths as f64).sqrt() > target);
                    if look.reached {
                        early += too_soon(checkpoint);
                        naive += too_soon(naive_stop.unwrap_or(checkpoint));
                        break;
                    }
                }
            }
            let rate = |count: u32| f64::from(count) / f64::from(runs);
            assert!(rate(early) <= allowed, "{name}: {early} of {runs}");
            assert!(rate(naive) > allowed, "{name}: the check cannot fail: {naive}");
        }
    }

    #[test]
    fn a_rare_event_not_yet_seen_does_not_stop_a_run() {
        // Probability 1/2000, error asked for 0.0003: needs 5553 paths; in 1024 the event is unseen six times of ten.
        let p: f64 = 1.0 / 2000.0;
        let sd = (p * (1.0 - p)).sqrt();
        let (early, naive, _) = early(400, sd, sd * sd / 9e-8, |rng| f64::from(uniform(rng) < p));
        assert!(f64::from(early) / 400.0 <= 0.05 + 5.0 * (0.05f64 * 0.95 / 400.0).sqrt(), "{early}");
        assert!(naive > 200, "the check cannot fail: {naive}");
    }

    #[test]
    fn certainty_stops_soon() {
        let mut column = Column::default();
        column.add(&[0.25; 1024]);
        let look = Precision::new(0.01, Precision::LEVEL).look(&column.moments().spread());
        assert!(look.reached && look.se == 0.0);
    }

    #[test]
    fn a_ratio_has_a_spread_too() {
        let mut rng = SmallRng::seed_from_u64(1);
        let mut pairs = Pairs::default();
        for _ in 0..4096 {
            let x = 1.0 + uniform(&mut rng);
            pairs.push(x * uniform(&mut rng), x);
        }
        let look = Precision::new(1.0, Precision::LEVEL).look(&pairs.spread());
        assert!(look.reached && look.bound > look.se && look.bound < 1.25 * look.se, "{look:?}");
    }
}
