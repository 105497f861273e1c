//! Quantiles and their errors, from all the values where they fit into memory and from counts where they do not.
//!
//! A quantile at p of n values interpolates between order statistics at 1 + (n − 1)p (type 7 of Hyndman and Fan).
//! Its standard error is the width of the 95% binomial interval over 2·1.96: the number of values below the true
//! quantile is binomial, so with probability 95% the quantile lies between the order statistics of ranks
//! np + ½ ± 1.96 √(np(1 − p)), interpolated. Where a rank falls outside 1..n there is no such interval and the error
//! is NaN: p5 and p95 need 120 values, the median 6. An atom wider than the interval gives 0.
//!
//! [`Histogram`] counts values by the leading bits of their floating-point form: 2^bits buckets for each power of
//! two, so a value is known to one part in 2^bits of itself whatever its size. Counts are integers: merging is exact
//! in any order.

use super::{NORMAL_95, Quantile};

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
    let count = n as f64 * p;
    let half = NORMAL_95 * (count * (1.0 - p)).sqrt();
    let (low, high) = (count - 0.5 - half, count - 0.5 + half);
    let se = if low < 0.0 || high > last { f64::NAN } else { (at(high) - at(low)) / (2.0 * NORMAL_95) };
    Quantile { value: at(last * p), se }
}

/// Values counted by bucket.
#[derive(Debug, Clone)]
pub struct Histogram {
    bits: u32,
    /// For each sign and exponent, 1 + the number of its page; 0: no value yet.
    directory: Vec<u16>,
    /// Pages of 2^bits counts.
    counts: Vec<u64>,
    zeros: u64,
    n: u64,
    undefined: u64,
    min: f64,
    max: f64,
    /// Whether some value was not the least of its bucket in size. If none was, as with whole numbers up to
    /// 2^(bits + 1), buckets are points and quantiles exact.
    between: bool,
}

const EXPONENTS: usize = 2048;

impl Histogram {
    /// With 2^bits buckets for each power of two, bits ≤ 20.
    pub fn new(bits: u32) -> Histogram {
        assert!(bits <= 20, "{bits} bits");
        Histogram {
            bits,
            directory: vec![0; 2 * EXPONENTS],
            counts: Vec::new(),
            zeros: 0,
            n: 0,
            undefined: 0,
            min: f64::INFINITY,
            max: f64::NEG_INFINITY,
            between: false,
        }
    }

    pub fn add(&mut self, value: f64) {
        if value.is_nan() {
            self.undefined += 1;
            return;
        }
        self.n += 1;
        self.min = if value < self.min { value } else { self.min };
        self.max = if value > self.max { value } else { self.max };
        if value == 0.0 {
            self.zeros += 1;
            return;
        }
        let fine = 52 - self.bits;
        self.between |= value.to_bits() & ((1 << fine) - 1) != 0;
        let bucket = value.to_bits() >> fine;
        let page = self.page((bucket >> self.bits) as usize);
        self.counts[page + (bucket & ((1 << self.bits) - 1)) as usize] += 1;
    }

    /// Where the page of a sign and exponent begins; made on first touch.
    fn page(&mut self, sign_and_exponent: usize) -> usize {
        let length = 1 << self.bits;
        if self.directory[sign_and_exponent] == 0 {
            self.counts.reserve_exact(length);
            self.counts.resize(self.counts.len() + length, 0);
            self.directory[sign_and_exponent] = (self.counts.len() / length) as u16;
        }
        (usize::from(self.directory[sign_and_exponent]) - 1) * length
    }

    /// Adds the counts of another with as many bits.
    pub fn merge(&mut self, other: &Histogram) {
        assert_eq!(self.bits, other.bits, "histograms of different resolution");
        let length = 1 << self.bits;
        for (place, &page) in other.directory.iter().enumerate().filter(|(_, page)| **page != 0) {
            let from = (usize::from(page) - 1) * length;
            let to = self.page(place);
            for bucket in 0..length {
                self.counts[to + bucket] += other.counts[from + bucket];
            }
        }
        self.zeros += other.zeros;
        self.n += other.n;
        self.undefined += other.undefined;
        self.min = self.min.min(other.min);
        self.max = self.max.max(other.max);
        self.between |= other.between;
    }

    /// Values that are defined.
    pub fn n(&self) -> u64 {
        self.n
    }

    /// Values that are not.
    pub fn undefined(&self) -> u64 {
        self.undefined
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        self.directory.len() * 2 + self.counts.capacity() * 8
    }

    /// The occupied buckets from the lowest: the end nearer 0, the end farther from it, and the count.
    fn buckets(&self) -> impl Iterator<Item = (f64, f64, u64)> {
        let length = 1usize << self.bits;
        let page = move |place: usize| {
            let start = usize::from(self.directory[place]).checked_sub(1).map(|page| page * length);
            (0..if start.is_some() { length } else { 0 }).filter_map(move |within| {
                let count = self.counts[start? + within];
                let bucket = ((place << self.bits) | within) as u64;
                let fine = 52 - self.bits;
                let (near, far) = (f64::from_bits(bucket << fine), f64::from_bits((bucket + 1) << fine));
                (count > 0).then_some((near, far, count))
            })
        };
        let negative = (EXPONENTS..2 * EXPONENTS)
            .rev()
            .flat_map(move |place| page(place).collect::<Vec<_>>().into_iter().rev());
        let zeros = (self.zeros > 0).then_some((0.0, 0.0, self.zeros));
        negative.chain(zeros).chain((0..EXPONENTS).flat_map(page))
    }

    /// Quantiles at several p.
    pub fn quantiles(&self, at: &[f64]) -> Vec<Quantile> {
        let buckets: Vec<(f64, f64, u64, u64)> = self
            .buckets()
            .scan(0, |before, (near, far, count)| {
                let start = *before;
                *before += count;
                Some((near, far, start, count))
            })
            .collect();
        let order_statistic = |rank: u64| {
            let place = buckets.partition_point(|(_, _, start, _)| *start <= rank) - 1;
            let (near, far, start, count) = buckets[place];
            if !self.between || near == 0.0 {
                return near;
            }
            // As if a bucket's values were spread evenly over it.
            let along = ((rank - start) as f64 + 0.5) / count as f64;
            let along = if near < 0.0 { 1.0 - along } else { along };
            (near + (far - near) * along).clamp(self.min, self.max)
        };
        at.iter().map(|&p| quantile(p, self.n, order_statistic)).collect()
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
    defined.sort_unstable_by(f64::total_cmp);
    at.iter().map(|&p| quantile(p, n as u64, |rank| defined[rank as usize])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    const USUAL: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

    fn counted(values: &[f64], bits: u32) -> Histogram {
        let mut histogram = Histogram::new(bits);
        values.iter().for_each(|&value| histogram.add(value));
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
            let least = (1..1000).find(|&n| known(n, p)).unwrap();
            assert!(least <= 120 && !known(least - 1, p), "{least}");
        }
    }

    #[test]
    fn atoms() {
        let mut values: Vec<f64> = (0..1000).map(|path| f64::from(path % 10 == 0)).collect();
        let histogram = counted(&values, 10);
        let exact = quantiles_of(&mut values, &USUAL);
        assert_eq!(exact, histogram.quantiles(&USUAL));
        assert_eq!(exact.iter().map(|q| q.value).collect::<Vec<_>>(), [0.0, 0.0, 0.0, 0.0, 1.0]);
        assert_eq!(exact[2].se, 0.0);
    }

    #[test]
    fn counts_agree_with_values() {
        let mut rng = SmallRng::seed_from_u64(1);
        let normal = rand_distr::Normal::new(0.0, 3.0).unwrap();
        let mut values: Vec<f64> = (0..200_000)
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
            for (counted, exact) in histogram.quantiles(&USUAL).iter().zip(&exact) {
                let bucket = exact.value.abs() / f64::from(1 << bits);
                assert!((counted.value - exact.value).abs() <= bucket, "{counted:?} {exact:?}");
                assert!((counted.se - exact.se).abs() <= bucket, "{counted:?} {exact:?}");
            }
        }
        // Extremes are exact.
        let ends = counted(&values, 10).quantiles(&[0.0, 1.0]);
        let exact = quantiles_of(&mut values, &[0.0, 1.0]);
        assert!(
            (ends[0].value / exact[0].value - 1.0).abs() < 1e-3
                && (ends[1].value / exact[1].value - 1.0).abs() < 1e-3
        );
    }

    #[test]
    fn whole_numbers_are_exact() {
        let mut values: Vec<f64> = (0..5000).map(|path| f64::from(path % 37) - 5.0).collect();
        let histogram = counted(&values, 10);
        assert_eq!(histogram.quantiles(&USUAL), quantiles_of(&mut values, &USUAL));
    }

    #[test]
    fn merging_is_exact_in_any_order() {
        let mut rng = SmallRng::seed_from_u64(2);
        let values: Vec<f64> = (0..9000).map(|_| (rng.random::<f64>() - 0.3) * 100.0).collect();
        let whole = counted(&values, 10);
        let mut parts: Vec<Histogram> = values.chunks(1000).map(|part| counted(part, 10)).collect();
        parts.reverse();
        let mut merged = Histogram::new(10);
        parts.iter().for_each(|part| merged.merge(part));
        assert_eq!(merged.quantiles(&USUAL), whole.quantiles(&USUAL));
        assert_eq!(merged.n(), whole.n());
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
