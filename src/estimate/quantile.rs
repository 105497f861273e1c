//! Quantiles and their errors, from all the values where they fit into memory and from counts where they do not.
//!
//! A quantile at p of n values interpolates between order statistics at 1 + (n − 1)p (type 7 of Hyndman and Fan).
//! Its standard error is the width of the 95% binomial interval over 2·1.96: the number of values below the true
//! quantile is binomial, so with probability 95% the quantile lies between the order statistics of ranks
//! np + ½ ± 1.96 √(np(1 − p)), interpolated. Where a rank falls outside 1..n there is no such interval and the error
//! is NaN: p5 and p95 need 92 values, the median 6. An atom wider than the interval gives 0.
//!
//! [`Histogram`] counts values by the leading bits of their floating-point form: 2^bits buckets for each power of
//! two, so a value is known to one part in 2^bits of itself whatever its size. Counts are integers: merging is exact
//! in any order.

use super::{NORMAL_95, Quantile};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;

/// The quantile at `p` of n values, given their order statistics, number 0 the smallest.
pub fn quantile(p: f64, n: u64, order_statistic: impl Fn(u64) -> f64) -> Quantile {
    if n == 0 {
        return Quantile { value: f64::NAN, se: f64::NAN };
    }
    let last = (n - 1) as f64;
    let at = |place: f64| {
        let below = place.floor();
        let low = order_statistic(below as u64);
        if place == below {
            return low;
        }
        let high = order_statistic(below as u64 + 1);
        if low == high { low } else { low + (high - low) * (place - below) }
    };
    let se = places(p, n).map_or(f64::NAN, |[low, high]| (at(high) - at(low)) / (2.0 * NORMAL_95));
    Quantile { value: at(last * p), se }
}

/// Between which order statistics the quantile at `p` lies with 95%; none where there are too few.
fn places(p: f64, n: u64) -> Option<[f64; 2]> {
    let count = n as f64 * p;
    let half = NORMAL_95 * (count * (1.0 - p)).sqrt();
    let [low, high] = [count - 0.5 - half, count - 0.5 + half];
    (n > 0 && low >= 0.0 && high <= (n - 1) as f64).then_some([low, high])
}

/// At which p the ends of that interval are quantiles themselves.
pub fn interval(p: f64, n: u64) -> Option<[f64; 2]> {
    places(p, n).map(|ends| ends.map(|place| if n > 1 { place / (n - 1) as f64 } else { p }))
}

/// The least number of runs whose largest, or with two sides whose smallest and largest, hold `content` of what may come
/// with that confidence (Wilks 1941).
///
/// # Panics
/// Unless content and confidence lie between 0 and 1 and there are one or two sides.
pub fn runs_to_bound(content: f64, confidence: f64, sides: u32) -> u64 {
    assert!((1..=2).contains(&sides), "{sides} sides");
    assert!([content, confidence].into_iter().all(|p| 0.0 < p && p < 1.0), "{content}, {confidence}");
    // The chance that fewer than `sides` of n fall into the 1 − content outside.
    let missed = |n: u64| {
        let none = libm::pow(content, n as f64);
        if sides == 1 { none } else { none + n as f64 * (1.0 - content) * none / content }
    };
    (u64::from(sides)..).find(|n| 1.0 - missed(*n) >= confidence).unwrap_or(u64::MAX)
}

/// Values counted by bucket. NaN and zero have buckets of their own, so that counting has no branches.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(into = "Stored", try_from = "Stored")]
pub struct Histogram {
    bits: u32,
    /// For each sign and exponent, 1 + the number of its page; 0: no value yet.
    directory: Vec<u16>,
    /// Pages of 2^bits counts.
    counts: Vec<u64>,
    /// Whether some value was not the least of its bucket in size. If none was, as with whole numbers up to
    /// 2^(bits + 1), buckets are points and quantiles exact.
    between: bool,
}

/// Binary exponents, of which the last is that of infinity and NaN.
const EXPONENTS: usize = 2048;

/// A histogram in a file: its occupied buckets in the order of their bits, each as its distance from the one before and
/// its count, so that who counted first does not matter.
#[derive(Serialize, Deserialize)]
struct Stored {
    bits: u32,
    between: bool,
    buckets: Vec<(u32, u64)>,
}

/// The finest that is read from a file.
const FINEST_STORED: u32 = 10;

impl From<Histogram> for Stored {
    fn from(histogram: Histogram) -> Stored {
        let mut buckets = Vec::new();
        let mut before = 0;
        for place in 0..histogram.directory.len() {
            let counts = histogram.page(place).unwrap_or_default();
            for (within, count) in counts.iter().enumerate().filter(|(_, count)| **count > 0) {
                let bucket = (place << histogram.bits | within) as u32;
                buckets.push((bucket - before, *count));
                before = bucket;
            }
        }
        Stored { bits: histogram.bits, between: histogram.between, buckets }
    }
}

impl TryFrom<Stored> for Histogram {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Histogram, &'static str> {
        if stored.bits > FINEST_STORED {
            return Err("a histogram finer than any");
        }
        let mut histogram = Histogram { between: stored.between, ..Histogram::new(stored.bits) };
        let mut bucket = 0u32;
        for (distance, count) in stored.buckets {
            bucket = bucket.checked_add(distance).ok_or("no such bucket")?;
            let (place, within) = ((bucket >> stored.bits) as usize, bucket & ((1 << stored.bits) - 1));
            let page = match histogram.directory.get(place) {
                None => return Err("no such bucket"),
                Some(0) => histogram.open(place),
                Some(page) => *page,
            };
            histogram.counts[((usize::from(page) - 1) << stored.bits) + within as usize] = count;
        }
        Ok(histogram)
    }
}

impl Histogram {
    /// With 2^bits buckets for each power of two, bits ≤ 20.
    pub fn new(bits: u32) -> Histogram {
        assert!(bits <= 20, "{bits} bits");
        Histogram { bits, directory: vec![0; 2 * EXPONENTS], counts: Vec::new(), between: false }
    }

    pub fn add(&mut self, values: &[f64]) {
        let fine = 52 - self.bits;
        let mut residue = 0;
        for &value in values {
            let bits = value.to_bits();
            residue |= if value.is_nan() { 0 } else { bits & ((1 << fine) - 1) };
            let mut page = self.directory[(bits >> 52) as usize];
            if page == 0 {
                page = self.open((bits >> 52) as usize);
            }
            let within = (bits >> fine) as usize & ((1 << self.bits) - 1);
            self.counts[((usize::from(page) - 1) << self.bits) + within] += 1;
        }
        self.between |= residue != 0;
    }

    /// Makes the page of a sign and exponent; 1 + its number.
    #[cold]
    fn open(&mut self, place: usize) -> u16 {
        let length = 1 << self.bits;
        self.counts.reserve_exact(length);
        self.counts.resize(self.counts.len() + length, 0);
        self.directory[place] = (self.counts.len() >> self.bits) as u16;
        self.directory[place]
    }

    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Adds the counts of another; `None` where it has not as many bits.
    #[must_use]
    pub fn merge(&mut self, other: &Histogram) -> Option<()> {
        (self.bits == other.bits).then_some(())?;
        for place in 0..self.directory.len() {
            let Some(counts) = other.page(place) else { continue };
            let page = if self.directory[place] == 0 { self.open(place) } else { self.directory[place] };
            let start = (usize::from(page) - 1) << self.bits;
            let sum = |(count, more): (&mut u64, &u64)| *count = count.saturating_add(*more);
            self.counts[start..].iter_mut().zip(counts).for_each(sum);
        }
        self.between |= other.between;
        Some(())
    }

    /// The counts of a sign and exponent, if there are any.
    fn page(&self, place: usize) -> Option<&[u64]> {
        let page = usize::from(self.directory[place]).checked_sub(1)?;
        Some(&self.counts[page << self.bits..(page + 1) << self.bits])
    }

    /// Values that are defined.
    pub fn n(&self) -> u64 {
        self.buckets().map(|(_, _, count)| count).sum()
    }

    /// Values that are not.
    pub fn undefined(&self) -> u64 {
        self.counts.iter().sum::<u64>() - self.n()
    }

    /// The occupied buckets from the lowest value: the end nearer 0, the end farther from it, and the count.
    fn buckets(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        let fine = 52 - self.bits;
        let of = move |place: usize| {
            let counts = self.page(place).unwrap_or_default();
            // Of infinity's exponent the first bucket is infinity and the others are NaN.
            let counts =
                if place % EXPONENTS == EXPONENTS - 1 { &counts[..counts.len().min(1)] } else { counts };
            counts.iter().enumerate().filter(|(_, count)| **count > 0).map(move |(within, count)| {
                let bucket = (place << self.bits | within) as u64;
                (f64::from_bits(bucket << fine), f64::from_bits((bucket + 1) << fine), *count)
            })
        };
        let negative = (EXPONENTS..2 * EXPONENTS).rev().flat_map(move |place| of(place).rev());
        negative.chain((0..EXPONENTS).flat_map(of))
    }

    /// Quantiles at several p, given the least and the largest value.
    pub fn quantiles(&self, at: &[f64], min: f64, max: f64) -> Vec<Quantile> {
        let mut n = 0;
        let buckets: Vec<(f64, f64, u64, u64)> = self
            .buckets()
            .map(|(near, far, count)| {
                n += count;
                (near, far, count, n - count)
            })
            .collect();
        let order_statistic = |rank: u64| {
            let place = buckets.partition_point(|(_, _, _, before)| *before <= rank) - 1;
            let (near, far, count, before) = buckets[place];
            if !self.between || near == 0.0 || near.is_infinite() {
                return near + 0.0;
            }
            // As if a bucket's values were spread evenly over it.
            let along = ((rank - before) as f64 + 0.5) / count as f64;
            let along = if near < 0.0 { 1.0 - along } else { along };
            (near + (far - near) * along).clamp(min, max)
        };
        at.iter().map(|&p| quantile(p, n, order_statistic)).collect()
    }
}

/// Quantiles at several p of values of which some may be NaN; reorders them.
pub fn quantiles_of(values: &mut [f64], at: &[f64]) -> Vec<Quantile> {
    let mut n = 0;
    for place in 0..values.len() {
        if !values[place].is_nan() {
            values.swap(n, place);
            n += 1;
        }
    }
    let defined = &mut values[..n];
    // Sorting all values would cost a run of many paths more than its charts: only the ranks asked for are put in
    // their places.
    let asked = RefCell::new(Vec::new());
    for &p in at {
        quantile(p, n as u64, |rank| {
            asked.borrow_mut().push(rank as usize);
            f64::NAN
        });
    }
    let mut ranks = asked.into_inner();
    ranks.sort_unstable();
    ranks.dedup();
    put_in_place(defined, 0, &ranks);
    at.iter().map(|&p| quantile(p, n as u64, |rank| defined[rank as usize])).collect()
}

/// Reorders values, of which the first has rank `first`, so that those of some rising ranks stand where sorting would
/// put them.
fn put_in_place(values: &mut [f64], first: usize, ranks: &[usize]) {
    let Some(&middle) = ranks.get(ranks.len() / 2) else { return };
    let (below, _, above) = values.select_nth_unstable_by(middle - first, f64::total_cmp);
    put_in_place(below, first, &ranks[..ranks.len() / 2]);
    put_in_place(above, middle + 1, &ranks[ranks.len() / 2 + 1..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    const USUAL: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

    fn quantiles(histogram: &Histogram, values: &[f64]) -> Vec<Quantile> {
        let min = values.iter().copied().fold(f64::INFINITY, f64::min);
        let max = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        histogram.quantiles(&USUAL, min, max)
    }

    fn counted(values: &[f64], bits: u32) -> Histogram {
        let mut histogram = Histogram::new(bits);
        histogram.add(values);
        histogram
    }

    #[test]
    fn a_hand_worked_quantile() {
        // 1 + (5 − 1)·0.25 = 2: the second of five.
        let mut values = [30.0, 10.0, f64::NAN, 50.0, 20.0, 40.0];
        let found = quantiles_of(&mut values, &[0.0, 0.25, 0.4, 1.0]);
        assert_eq!(found.iter().map(|q| q.value).collect::<Vec<_>>(), [10.0, 20.0, 26.0, 50.0]);
        // The error at the median of 0..=99: ranks 50.5 ± 1.96·5, so a width of 19.6 ranks, 5 for one s.e.
        let mut values: Vec<f64> = (0..100).map(f64::from).collect();
        assert!((quantiles_of(&mut values, &[0.5])[0].se - 5.0).abs() < 1e-12);
    }

    /// To the bit what the sorted values give, with ties, both zeros and infinities among them.
    #[test]
    fn only_the_ranks_asked_for_are_sorted() {
        let mut rng = SmallRng::seed_from_u64(4);
        for n in [1, 2, 7, 120, 1000, 12_345] {
            let values: Vec<f64> = (0..n)
                .map(|_| match rng.random_range(0..6) {
                    0 => 0.0,
                    1 => -0.0,
                    2 => f64::from(rng.random_range(-3..3)),
                    3 => f64::INFINITY,
                    _ => rng.random::<f64>() - 0.5,
                })
                .collect();
            let mut sorted = values.clone();
            sorted.sort_by(f64::total_cmp);
            let bits = |q: Quantile| [q.value.to_bits(), q.se.to_bits()];
            let found: Vec<_> = quantiles_of(&mut values.clone(), &USUAL).into_iter().map(bits).collect();
            let expected = USUAL.map(|p| bits(quantile(p, n as u64, |rank| sorted[rank as usize])));
            assert_eq!(found, expected, "{n}");
        }
    }

    #[test]
    fn too_few_values_for_an_error() {
        assert!(quantiles_of(&mut [], &[0.5])[0].value.is_nan());
        let one = quantiles_of(&mut [7.0], &[0.05])[0];
        assert!(one.value == 7.0 && one.se.is_nan());
        let known = |n: usize, p: f64| {
            let mut values: Vec<f64> = (0..n).map(|value| value as f64).collect();
            !quantiles_of(&mut values, &[p])[0].se.is_nan()
        };
        assert!(!known(5, 0.5) && known(6, 0.5));
        for p in [0.05, 0.95] {
            assert_eq!((1..1000).find(|&n| known(n, p)), Some(92));
        }
    }

    #[test]
    fn atoms() {
        let mut values: Vec<f64> = (0..1000).map(|path| f64::from(path % 10 == 0)).collect();
        let histogram = counted(&values, 10);
        let exact = quantiles_of(&mut values, &USUAL);
        assert_eq!(exact, quantiles(&histogram, &values));
        assert_eq!(exact.iter().map(|q| q.value).collect::<Vec<_>>(), [0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(exact[2].se, 0.0);
    }

    #[test]
    fn counts_agree_with_values() {
        let mut rng = SmallRng::seed_from_u64(1);
        let normal = rand_distr::Normal::new(0.0, 3.0).unwrap();
        let values: Vec<f64> = (0..200_000)
            .map(|path| {
                let z: f64 = rng.sample(normal);
                match path % 7 {
                    0 => 0.0,
                    1 => -z.exp(),
                    2 => f64::NAN,
                    _ => z.exp() * 1e-3,
                }
            })
            .collect();
        for bits in [7, 10] {
            let histogram = counted(&values, bits);
            assert_eq!(histogram.undefined(), values.iter().filter(|value| value.is_nan()).count() as u64);
            let exact = quantiles_of(&mut values.clone(), &USUAL);
            for (counted, exact) in quantiles(&histogram, &values).iter().zip(&exact) {
                let bucket = exact.value.abs() / f64::from(1 << bits);
                assert!((counted.value - exact.value).abs() <= bucket, "{counted:?} {exact:?}");
                assert!((counted.se - exact.se).abs() <= bucket, "{counted:?} {exact:?}");
            }
        }
    }

    #[test]
    fn the_ends_of_the_line() {
        let mut values = [f64::NEG_INFINITY, -1e-310, -0.0, 0.0, 5e-324, f64::MAX, f64::INFINITY, f64::NAN];
        let histogram = counted(&values, 10);
        assert_eq!((histogram.n(), histogram.undefined()), (7, 1));
        let at = [0.0, 0.5, 1.0];
        let counted: Vec<f64> =
            histogram.quantiles(&at, f64::MIN, f64::MAX).iter().map(|q| q.value).collect();
        assert_eq!(counted, [f64::NEG_INFINITY, 0.0, f64::INFINITY]);
        assert_eq!(quantiles_of(&mut values, &at)[2].value, f64::INFINITY);
        assert!(Histogram::new(10).quantiles(&at, f64::INFINITY, f64::NEG_INFINITY)[0].value.is_nan());
    }

    #[test]
    fn whole_numbers_are_exact() {
        let mut values: Vec<f64> = (0..5000).map(|path| f64::from(path % 37) - 5.0).collect();
        let histogram = counted(&values, 10);
        assert_eq!(quantiles(&histogram, &values), quantiles_of(&mut values, &USUAL));
    }

    #[test]
    fn merging_is_exact_in_any_order() {
        let mut rng = SmallRng::seed_from_u64(2);
        let values: Vec<f64> = (0..9000).map(|_| (rng.random::<f64>() - 0.3) * 100.0).collect();
        let whole = counted(&values, 10);
        let mut parts: Vec<Histogram> = values.chunks(1000).map(|part| counted(part, 10)).collect();
        parts.reverse();
        let mut merged = Histogram::new(10);
        parts.iter().for_each(|part| merged.merge(part).unwrap());
        assert_eq!(quantiles(&merged, &values), quantiles(&whole, &values));
        assert_eq!(merged.n(), whole.n());
        assert!(merged.merge(&Histogram::new(7)).is_none());
        // Pages were opened in another order; in a file both are the same.
        let bytes = |histogram: &Histogram| postcard::to_allocvec(histogram).unwrap();
        assert_ne!(merged.directory, whole.directory);
        assert!(bytes(&merged) == bytes(&whole));
        let read: Histogram = postcard::from_bytes(&bytes(&whole)).unwrap();
        assert_eq!(quantiles(&read, &values), quantiles(&whole, &values));
        for buckets in [vec![(u32::MAX, 1)], vec![(4096 << 10, 1)], vec![(5, 1), (u32::MAX, 1)]] {
            let forged = Stored { bits: 10, between: true, buckets };
            assert!(Histogram::try_from(forged).is_err());
        }
    }

    #[test]
    fn the_error_of_a_quantile_is_that_of_its_density() {
        // Exponential: the quantile at p is −ln(1 − p), its density 1 − p, its error √(p(1 − p)/n)/(1 − p).
        let mut rng = SmallRng::seed_from_u64(3);
        let (n, repeats) = (1000, 1000);
        let mut errors = vec![Vec::new(); USUAL.len()];
        let mut found = vec![Vec::new(); USUAL.len()];
        for _ in 0..repeats {
            let mut values: Vec<f64> = (0..n).map(|_| rng.sample(rand_distr::Exp1)).collect();
            for (place, quantile) in quantiles_of(&mut values, &USUAL).iter().enumerate() {
                errors[place].push(quantile.se);
                found[place].push(quantile.value);
            }
        }
        let mean = |values: &[f64]| values.iter().sum::<f64>() / repeats as f64;
        let sd = |values: &[f64]| {
            (values.iter().map(|v| (v - mean(values)).powi(2)).sum::<f64>() / (repeats - 1) as f64).sqrt()
        };
        for (place, p) in USUAL.into_iter().enumerate() {
            let exact = (p * (1.0 - p) / n as f64).sqrt() / (1.0 - p);
            // 5 standard errors of each over `repeats`; the formula itself drops terms of 1/(np(1 − p)).
            let dropped = 1.0 / (n as f64 * p * (1.0 - p));
            let of_errors = 5.0 * sd(&errors[place]) / (repeats as f64).sqrt() / exact + dropped;
            let of_found = 5.0 / (2.0 * repeats as f64).sqrt() + dropped;
            assert!(
                (mean(&errors[place]) / exact - 1.0).abs() < of_errors,
                "{p}: {} {exact}",
                mean(&errors[place])
            );
            assert!((sd(&found[place]) / exact - 1.0).abs() < of_found, "{p}: {} {exact}", sd(&found[place]));
            assert!((2.0 * mean(&errors[place]) / exact - 1.0).abs() > of_errors, "the check cannot fail");
        }
    }
}
