//! From blocks of finished paths to [`Estimates`]: one [`Accumulator`] for a run, fed in path order; or several, each fed
//! with some of the paths, and merged in any order.
//!
//! Quantiles are exact while all values would fit into the bytes that [`Keep`] allows; beyond, every column becomes a
//! histogram. Exact ones need all values, or in a run that is fed in one piece ([`Accumulator::in_one_piece`]) those
//! near the quantiles. Which of the two depends on the number of paths alone, so does every bit of the result.

use rayon::prelude::*;

use super::brackets::Brackets;
use super::moments::{CHUNK, Column, Moments, Pairs, Spread};
use super::quantile::{Histogram, quantiles_of};
use super::ratio::MeansRatio;
use super::replicates::{ByReplicate, Replicates};
use super::{Block, Estimate, Estimates, Quantile, RatioSpec};
use serde::{Deserialize, Serialize};

/// What is kept of the values for quantiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Keep {
    /// Nothing: quantiles are NaN.
    Moments,
    /// All values up to `bytes` over all columns, then counts in 2^bits buckets for each power of two.
    Quantiles { bytes: usize, bits: u32 },
}

impl Keep {
    /// For measures: exact up to 256 MB (160,000 paths of 200 measures), then to one part in a thousand.
    pub const MEASURES: Keep = Keep::Quantiles { bytes: 256 << 20, bits: 10 };
    /// For courses, a column for each series and time: exact up to 64 MB, then to one part in 128.
    pub const COURSES: Keep = Keep::Quantiles { bytes: 64 << 20, bits: 7 };
}

/// Values of a column that are counted at a time, at least.
const COUNTED_TOGETHER: usize = 1 << 12;

#[derive(Debug, Clone, Serialize, Deserialize)]
enum Values {
    Dropped,
    Kept(Vec<f64>),
    /// The counts, and values not yet counted: many of one column at a time, while its counts are in the cache.
    Counted(Box<Histogram>, Vec<f64>),
    /// Those near the quantiles; and the counts of a run that may come to have too many values for exact ones.
    #[serde(skip)]
    Near(Box<Brackets>, Option<Box<Histogram>>),
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Measure {
    name: String,
    column: Column,
    replicates: Replicates,
    values: Values,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Ratio {
    spec: RatioSpec,
    pairs: MeansRatio,
    replicates: Replicates,
    /// The shape of the spread, for a rule that stops a run, which has its paths in order.
    #[serde(skip)]
    watched: Pairs,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Accumulator {
    keep: Keep,
    paths: u64,
    /// Errors are those of randomised replicates.
    replicated: bool,
    /// The path that the next block must begin with, once there was one.
    #[serde(skip)]
    next: Option<u64>,
    measures: Vec<Measure>,
    ratios: Vec<Ratio>,
}

/// Fewer are not worth handing to another thread.
const VALUES_PER_THREAD: usize = 1 << 15;

const AT: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

impl Accumulator {
    pub fn new(names: Vec<String>, ratios: Vec<RatioSpec>, keep: Keep) -> Accumulator {
        let values = if keep == Keep::Moments { Values::Dropped } else { Values::Kept(Vec::new()) };
        for ratio in &ratios {
            let columns = ratio.numerator.iter().chain([&ratio.denominator]);
            assert!(columns.copied().all(|column| column < names.len()), "the columns of {}", ratio.name);
        }
        let measure = |name| Measure {
            name,
            column: Column::default(),
            replicates: Replicates::default(),
            values: values.clone(),
        };
        let ratio = |spec| Ratio {
            spec,
            pairs: MeansRatio::of_chunks(CHUNK as u64),
            replicates: Replicates::default(),
            watched: Pairs::default(),
        };
        Accumulator {
            keep,
            paths: 0,
            replicated: false,
            next: None,
            measures: names.into_iter().map(measure).collect(),
            ratios: ratios.into_iter().map(ratio).collect(),
        }
    }

    /// Takes the standard errors of means and ratios from the randomised replicates that the paths are of. Errors of
    /// quantiles stay those of independent paths, which are too large rather than too small.
    pub fn replicated(mut self, replicated: bool) -> Accumulator {
        self.replicated = replicated;
        self
    }

    /// For at most so many paths that are all added here, and neither stored nor merged: exact quantiles without all values.
    pub fn in_one_piece(mut self, paths: u64) -> Accumulator {
        if let Keep::Quantiles { bits, .. } = self.keep {
            let counts = self.are_too_many(paths).then(|| Box::new(Histogram::new(bits)));
            for measure in &mut self.measures {
                measure.values = Values::Near(Box::new(Brackets::new(&AT)), counts.clone());
            }
        }
        self
    }

    /// # Panics
    /// If the block does not follow the one before, or has not a column of its length for each measure.
    pub fn add(&mut self, block: &Block) {
        assert_eq!(block.columns.len(), self.measures.len(), "columns of a block");
        assert!(
            block.columns.iter().all(|column| column.len() == block.paths),
            "length of a block's columns"
        );
        assert_eq!(block.first, self.next.unwrap_or(block.first), "first path of a block");
        self.next = Some(block.first + block.paths as u64);
        self.paths += block.paths as u64;
        self.count_from(self.paths);
        // Columns do not know of each other: which thread takes which changes nothing.
        let replicated = self.replicated;
        let measures = self.measures.par_iter_mut().zip(&block.columns);
        measures.with_min_len(VALUES_PER_THREAD / block.paths.max(1) + 1).for_each(|(measure, values)| {
            measure.column.add_at(block.first, values);
            if replicated {
                measure.replicates.add(block.first, values);
            }
            measure.values.add(values);
        });
        for Ratio { spec, pairs, replicates, watched } in &mut self.ratios {
            let denominator = &block.columns[spec.denominator];
            for (path, (place, &below)) in (block.first..).zip(denominator.iter().enumerate()) {
                let above = spec.numerator.iter().map(|&column| block.columns[column][place]).sum();
                pairs.push(path, above, below);
                watched.push(above, below);
                if replicated {
                    replicates.push(path, above, below);
                }
            }
        }
    }

    /// Of so many paths in all, values are counted instead of kept where they would be too many.
    pub fn count_from(&mut self, paths: u64) {
        if let Keep::Quantiles { bits, .. } = self.keep
            && self.are_too_many(paths)
        {
            self.measures.iter_mut().for_each(|measure| measure.values.count(bits));
        }
    }

    /// Are the values of so many paths more than may be kept?
    fn are_too_many(&self, paths: u64) -> bool {
        let all = u128::from(paths) * self.measures.len() as u128 * 8;
        matches!(self.keep, Keep::Quantiles { bytes, .. } if all > bytes as u128)
    }

    /// No path is added any more: ready to be stored, or to be merged into another.
    pub fn close(&mut self) {
        for measure in &mut self.measures {
            measure.column.close();
            measure.replicates.close();
            if let Values::Counted(histogram, waiting) = &mut measure.values {
                histogram.add(waiting);
                *waiting = Vec::new();
            }
        }
        for ratio in &mut self.ratios {
            ratio.pairs.close();
            ratio.replicates.close();
        }
    }

    /// Takes in other paths of the same run, gathered apart and closed; `None` where they are of other columns, or some of
    /// them are here already. What is left then is of no use.
    #[must_use]
    pub fn merge(&mut self, other: Accumulator) -> Option<()> {
        let is_alike = (self.keep, self.replicated) == (other.keep, other.replicated)
            && self.measures.len() == other.measures.len()
            && self.ratios.len() == other.ratios.len();
        is_alike.then_some(())?;
        let measures = self.measures.par_iter_mut().zip(other.measures);
        measures.map(|(measure, more)| measure.merge(more)).collect::<Option<()>>()?;
        for (ratio, more) in self.ratios.iter_mut().zip(other.ratios) {
            (ratio.spec == more.spec).then_some(())?;
            ratio.pairs.merge(more.pairs)?;
            ratio.replicates.merge(more.replicates)?;
        }
        self.paths = self.paths.checked_add(other.paths)?;
        self.count_from(self.paths);
        Some(())
    }

    /// Values that are kept stand in an order that does not depend on who was merged first.
    pub fn put_in_order(&mut self) {
        self.measures.par_iter_mut().for_each(|measure| {
            if let Values::Kept(values) = &mut measure.values {
                values.sort_unstable_by(f64::total_cmp);
            }
        });
    }

    /// Paths added.
    pub fn paths(&self) -> u64 {
        self.paths
    }

    /// A ratio's or a measure's value and standard error so far (a ratio first, where both have the name).
    pub fn current(&self, name: &str) -> Option<(f64, f64)> {
        self.spread(name).map(|spread| (spread.value, spread.se()))
    }

    /// How the values behind a ratio or a measure spread.
    pub fn spread(&self, name: &str) -> Option<Spread> {
        let pick = |by_replicate: &ByReplicate, spread: Spread| {
            if self.replicated { by_replicate.spread(spread) } else { spread }
        };
        let ratio = self.ratios.iter().find(|ratio| ratio.spec.name == name);
        let of_ratio = |ratio: &Ratio| {
            let Spread { kurtosis, farthest, .. } = ratio.watched.spread();
            pick(&ratio.replicates.all(), Spread { kurtosis, farthest, ..ratio.pairs.spread() })
        };
        ratio.map(of_ratio).or_else(|| {
            let measure = self.measures.iter().find(|measure| measure.name == name)?;
            Some(pick(&measure.replicates.all(), measure.column.moments().spread()))
        })
    }

    /// A measure's values in path order, as long as they are kept.
    pub fn values(&self, name: &str) -> Option<&[f64]> {
        match &self.measures.iter().find(|measure| measure.name == name)?.values {
            Values::Kept(values) => Some(values),
            _ => None,
        }
    }

    /// The quantiles of every measure at some p.
    pub fn quantiles(&self, at: &[f64]) -> Vec<Vec<Quantile>> {
        let of = |measure: &Measure| measure.values.clone().quantiles(at, &measure.column.moments());
        self.measures.iter().map(of).collect()
    }

    pub fn finish(self) -> Estimates {
        let replicated = self.replicated;
        Estimates {
            paths: self.paths,
            measures: self.measures.into_par_iter().map(|measure| measure.finish(replicated)).collect(),
            ratios: self
                .ratios
                .into_iter()
                .map(|Ratio { spec, pairs, replicates, .. }| {
                    let estimate = if replicated { replicates.all().ratio() } else { pairs.ratio() };
                    (spec.name, estimate)
                })
                .collect(),
        }
    }
}

impl Values {
    fn add(&mut self, values: &[f64]) {
        match self {
            Values::Dropped => {}
            Values::Kept(kept) => {
                // By an eighth at a time: doubling would take twice the bytes that were allowed.
                let needed = kept.len() + values.len();
                if needed > kept.capacity() {
                    kept.reserve_exact((needed / 8).max(1024) + values.len());
                }
                kept.extend_from_slice(values);
            }
            Values::Near(near, counts) => {
                near.add(values);
                if let Some(counts) = counts {
                    counts.add(values);
                }
            }
            Values::Counted(histogram, waiting) if waiting.is_empty() && values.len() >= COUNTED_TOGETHER => {
                histogram.add(values);
            }
            Values::Counted(histogram, waiting) => {
                waiting.extend_from_slice(values);
                if waiting.len() >= COUNTED_TOGETHER {
                    histogram.add(waiting);
                    waiting.clear();
                }
            }
        }
    }

    fn quantiles(self, at: &[f64], moments: &Moments) -> Vec<Quantile> {
        match self {
            Values::Dropped => vec![Quantile { value: f64::NAN, se: f64::NAN }; at.len()],
            Values::Kept(mut values) => quantiles_of(&mut values, at),
            Values::Near(near, _) => near.quantiles(at),
            Values::Counted(mut histogram, waiting) => {
                histogram.add(&waiting);
                histogram.quantiles(at, moments.min, moments.max)
            }
        }
    }

    /// Takes in others; values are counted where those of either are.
    fn merge(&mut self, mut other: Values) -> Option<()> {
        match (&*self, &other) {
            (Values::Counted(histogram, _), _) => other.count(histogram.bits()),
            (_, Values::Counted(histogram, _)) => self.count(histogram.bits()),
            _ => {}
        }
        match (self, other) {
            (Values::Dropped, Values::Dropped) => {}
            (Values::Kept(kept), Values::Kept(more)) => kept.extend(more),
            (Values::Counted(histogram, _), Values::Counted(more, _)) => histogram.merge(&more)?,
            _ => return None,
        }
        Some(())
    }

    /// From values to counts.
    fn count(&mut self, bits: u32) {
        let counts = match self {
            Values::Kept(values) => {
                let mut histogram = Box::new(Histogram::new(bits));
                histogram.add(values);
                Some(histogram)
            }
            Values::Near(_, counts) => counts.take(),
            Values::Dropped | Values::Counted(..) => None,
        };
        if let Some(histogram) = counts {
            *self = Values::Counted(histogram, Vec::new());
        }
    }
}

impl Measure {
    fn merge(&mut self, other: Measure) -> Option<()> {
        (self.name == other.name).then_some(())?;
        self.column.merge(other.column)?;
        self.replicates.merge(other.replicates)?;
        self.values.merge(other.values)
    }

    fn finish(self, replicated: bool) -> (String, Estimate) {
        let moments = self.column.moments();
        let quantiles = self.values.quantiles(&AT, &moments);
        let mut estimate = Estimate::new(&moments, &quantiles);
        if replicated {
            estimate.se = self.replicates.all().ratio().se;
        }
        (self.name, estimate)
    }
}

impl Estimate {
    /// Of a column that is there as a whole.
    pub fn of(mut values: Vec<f64>) -> Estimate {
        Estimate::new(&Moments::of_all(&values), &quantiles_of(&mut values, &AT))
    }

    fn new(moments: &Moments, quantiles: &[Quantile]) -> Estimate {
        Estimate {
            mean: moments.mean,
            se: moments.se(),
            sd: moments.sd(),
            p5: quantiles[0],
            p25: quantiles[1],
            p50: quantiles[2],
            p75: quantiles[3],
            p95: quantiles[4],
            n: moments.n,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    fn names() -> Vec<String> {
        ["raised", "premium", "mark", "share", "never"].map(String::from).to_vec()
    }

    fn ratios() -> Vec<RatioSpec> {
        vec![RatioSpec { name: "share.traced".into(), numerator: vec![1, 2], denominator: 0 }]
    }

    fn paths(n: usize, seed: u64) -> Block {
        let mut rng = SmallRng::seed_from_u64(seed);
        let mut columns = vec![Vec::new(); 5];
        for _ in 0..n {
            let raised = if rng.random::<f64>() < 0.2 { 0.0 } else { 100.0 * rng.random::<f64>() };
            let (premium, mark) = (raised * 0.3 * rng.random::<f64>(), raised * 0.1);
            let share = if raised == 0.0 { f64::NAN } else { (premium + mark) / raised };
            for (column, value) in columns.iter_mut().zip([raised, premium, mark, share, f64::NAN]) {
                column.push(value);
            }
        }
        Block { first: 0, paths: n, columns }
    }

    fn cut(block: &Block, lengths: &[usize]) -> Vec<Block> {
        let mut blocks = Vec::new();
        let mut start = 0;
        for &length in lengths.iter().cycle() {
            if start == block.paths {
                return blocks;
            }
            let end = (start + length).min(block.paths);
            blocks.push(Block {
                first: block.first + start as u64,
                paths: end - start,
                columns: block.columns.iter().map(|column| column[start..end].to_vec()).collect(),
            });
            start = end;
        }
        blocks
    }

    fn estimates(blocks: &[Block], keep: Keep) -> Estimates {
        let mut accumulator = Accumulator::new(names(), ratios(), keep);
        blocks.iter().for_each(|block| accumulator.add(block));
        accumulator.finish()
    }

    /// Every bit of every number.
    fn bits(estimates: &Estimates) -> Vec<u64> {
        let measures = estimates.measures.iter().flat_map(|(_, e)| {
            let quantiles = [e.p5, e.p25, e.p50, e.p75, e.p95].into_iter().flat_map(|q| [q.value, q.se]);
            [e.mean, e.se, e.sd, e.n as f64].into_iter().chain(quantiles).collect::<Vec<_>>()
        });
        let ratios = estimates.ratios.iter().flat_map(|(_, r)| [r.value, r.se, r.low, r.high]);
        measures.chain(ratios).map(f64::to_bits).collect()
    }

    #[test]
    fn the_bits_do_not_depend_on_the_blocks() {
        let block = paths(40_000, 1);
        // Kept to the end, counted from the start, and turned from the one into the other half way.
        for bytes in [1 << 30, 0, 20_000 * 5 * 8] {
            let keep = Keep::Quantiles { bytes, bits: 10 };
            let whole = bits(&estimates(std::slice::from_ref(&block), keep));
            for lengths in [&[1][..], &[64], &[1024], &[1000, 24, 7], &[4096, 1]] {
                let blocks = cut(&block, lengths);
                assert_eq!(bits(&estimates(&blocks, keep)), whole, "{bytes} {lengths:?}");
                // Planned are so many paths or, of a run that stops when it may, more.
                for planned in [40_000, 1 << 40] {
                    let mut near = Accumulator::new(names(), ratios(), keep).in_one_piece(planned);
                    blocks.iter().for_each(|block| near.add(block));
                    assert_eq!(bits(&near.finish()), whole, "{bytes} {lengths:?} of {planned}");
                }
            }
        }
        // The comparison would see a path out of place.
        let mut other = block.clone();
        other.columns[0].swap(0, 1);
        assert_ne!(bits(&estimates(&[other], Keep::MEASURES)), bits(&estimates(&[block], Keep::MEASURES)));
    }

    /// Gathered apart and merged in any order, as a tree: the same bits; values that are kept, counted, or first the one and
    /// then the other.
    #[test]
    fn parts_merge_in_any_order() {
        let block = paths(9000, 6);
        let parts = cut(&block, &[1024, 2048, 1024, 4096, 808]);
        for (bytes, replicated) in [(1 << 30, false), (0, true), (4500 * 5 * 8, false)] {
            let keep = Keep::Quantiles { bytes, bits: 10 };
            let of = |blocks: &[Block]| {
                let mut accumulator = Accumulator::new(names(), ratios(), keep).replicated(replicated);
                blocks.iter().for_each(|block| accumulator.add(block));
                accumulator
            };
            let whole = bits(&of(std::slice::from_ref(&block)).finish());
            let stored = |part: usize| {
                let mut accumulator = of(&parts[part..part + 1]);
                accumulator.close();
                let bytes = postcard::to_allocvec(&accumulator).unwrap();
                postcard::from_bytes::<Accumulator>(&bytes).unwrap()
            };
            for [a, b, c, d, e] in [[0, 1, 2, 3, 4], [4, 0, 3, 1, 2], [2, 4, 1, 3, 0]] {
                let mut one = stored(a);
                one.merge(stored(b)).unwrap();
                let mut other = stored(c);
                other.merge(stored(d)).unwrap();
                other.merge(one).unwrap();
                let mut all = of(&[]);
                all.merge(stored(e)).unwrap();
                all.merge(other).unwrap();
                assert_eq!(all.paths(), 9000);
                assert!(all.clone().merge(stored(a)).is_none(), "they are there already");
                assert_eq!(bits(&all.finish()), whole, "{bytes} {:?}", [a, b, c, d, e]);
            }
            let other = Accumulator::new(names(), vec![], keep).replicated(replicated);
            assert!(of(&[]).merge(other).is_none());
        }
    }

    #[test]
    fn a_hand_worked_block() {
        let block = Block {
            first: 0,
            paths: 4,
            columns: vec![
                vec![10.0, 20.0, 0.0, 30.0],
                vec![1.0, 2.0, 0.0, 3.0],
                vec![1.0, 0.0, 0.0, 5.0],
                vec![0.2, 0.1, f64::NAN, 8.0 / 30.0],
                vec![f64::NAN; 4],
            ],
        };
        let found = estimates(&[block], Keep::MEASURES);
        let raised = found.measure("raised").unwrap();
        assert_eq!((raised.mean, raised.n, raised.p50.value), (15.0, 4, 15.0));
        assert!((raised.sd - (500f64 / 3.0).sqrt()).abs() < 1e-12);
        assert!((raised.se - raised.sd / 2.0).abs() < 1e-12);
        assert_eq!(found.measure("share").unwrap().n, 3);
        assert_eq!(found.measure("never").unwrap().n, 0);
        assert!(found.measure("never").unwrap().mean.is_nan());
        let share = found.ratio("share.traced").unwrap();
        // R = 12/60; y − R·x = 0, −2, 0, 2; sd √(8/3); over √4 · 15.
        assert!((share.value - 0.2).abs() < 1e-15);
        assert!((share.se - (8f64 / 3.0).sqrt() / 30.0).abs() < 1e-15);
        assert_eq!(found.paths, 4);
    }

    #[test]
    fn one_path_and_none() {
        let one = estimates(&[paths(1, 3)], Keep::MEASURES);
        let raised = one.measure("raised").unwrap();
        assert!(
            raised.mean == raised.p5.value && raised.se.is_nan() && raised.p5.se.is_nan() && raised.n == 1
        );
        let none = estimates(&[], Keep::MEASURES);
        assert!(
            none.measure("raised").unwrap().mean.is_nan()
                && none.ratio("share.traced").unwrap().value.is_nan()
        );
        assert_eq!(none.paths, 0);
    }

    #[test]
    fn without_randomness_there_is_no_error() {
        let mut block = paths(1, 4);
        block.columns.iter_mut().for_each(|column| *column = vec![column[0]; 2000]);
        block.paths = 2000;
        for keep in [Keep::MEASURES, Keep::Quantiles { bytes: 0, bits: 10 }] {
            let found = estimates(std::slice::from_ref(&block), keep);
            for (name, estimate) in &found.measures[..4] {
                let value = block.columns[names().iter().position(|other| other == name).unwrap()][0];
                assert_eq!((estimate.mean, estimate.se, estimate.sd), (value, 0.0, 0.0), "{name}");
                assert_eq!(
                    (estimate.p5, estimate.p95),
                    (Quantile { value, se: 0.0 }, Quantile { value, se: 0.0 })
                );
            }
            assert_eq!(found.ratio("share.traced").unwrap().se, 0.0);
        }
    }

    #[test]
    fn running_values_are_those_at_the_end() {
        let block = paths(5000, 5);
        let mut accumulator = Accumulator::new(names(), ratios(), Keep::MEASURES);
        accumulator.add(&block);
        assert_eq!(accumulator.values("raised"), Some(&block.columns[0][..]));
        let (of_ratio, of_measure) =
            (accumulator.current("share.traced").unwrap(), accumulator.current("raised").unwrap());
        assert_eq!(accumulator.current("unknown"), None);
        let found = accumulator.finish();
        let (ratio, measure) = (found.ratio("share.traced").unwrap(), found.measure("raised").unwrap());
        assert_eq!(of_ratio, (ratio.value, ratio.se));
        assert_eq!(of_measure, (measure.mean, measure.se));
    }

    #[test]
    #[should_panic(expected = "first path of a block")]
    fn a_gap_is_refused() {
        let mut accumulator = Accumulator::new(names(), ratios(), Keep::MEASURES);
        accumulator.add(&paths(10, 1));
        accumulator.add(&Block { first: 11, ..paths(10, 1) });
    }

    #[test]
    fn intervals_cover() {
        // 95% intervals of the mean and the ratio of 400 runs of 300 paths each, against the truth.
        let (runs, n) = (400, 300);
        let (mut mean, mut ratio, mut shifted) = (0, 0, 0);
        for run in 0..runs {
            let found = estimates(&[paths(n, 1000 + run)], Keep::MEASURES);
            let raised = found.measure("raised").unwrap();
            let share = found.ratio("share.traced").unwrap();
            // E[raised] = 0.8·50; E[premium + mark]/E[raised] = 0.15 + 0.1.
            mean += u32::from((raised.mean - 40.0).abs() <= crate::estimate::NORMAL_95 * raised.se);
            ratio += u32::from(share.low <= 0.25 && 0.25 <= share.high);
            shifted += u32::from(share.low <= 0.25 + 5.0 * share.se && 0.25 + 5.0 * share.se <= share.high);
        }
        let covers = |hits: u32| {
            (f64::from(hits) / runs as f64 - 0.95).abs() < 5.0 * (0.95 * 0.05 / runs as f64).sqrt()
        };
        assert!(covers(mean) && covers(ratio), "{mean} {ratio} of {runs}");
        assert!(!covers(shifted), "the check cannot fail");
    }
}
