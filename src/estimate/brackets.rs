//! Exact quantiles of a column of which only some values are kept: those near the quantiles that are asked for. What lies
//! where none of these can come to lie is counted.
//!
//! Of n values at hand, the one that a quantile at p of many more will be has a rank of about np, give or take
//! √(np(1 − p)). A bracket reaches `FAR` times that to both sides; after every doubling of n brackets are drawn closer.
//! So the values kept grow with √n. A quantile that left its bracket would be taken for the bracket's nearer end: of
//! values in an order of their own that has a chance of some 10⁻²², and does not happen.

use super::Quantile;
use super::quantile::quantile;

/// Standard deviations of a quantile's rank to the ends of its bracket.
const FAR: f64 = 10.0;

/// Up to so many values all are kept.
const ALL: u64 = 1 << 13;

/// A value as a whole number in the order of `f64::total_cmp`.
fn key(value: f64) -> i64 {
    let bits = value.to_bits() as i64;
    bits ^ (((bits >> 63) as u64) >> 1) as i64
}

fn value(key: i64) -> f64 {
    f64::from_bits((key ^ (((key >> 63) as u64) >> 1) as i64) as u64)
}

/// Values between two ends, which are counted by themselves: many a measure is 0 on most paths.
#[derive(Debug, Clone)]
struct Bracket {
    low: i64,
    high: i64,
    at_low: u64,
    inside: Vec<i64>,
    at_high: u64,
}

impl Bracket {
    fn new(low: i64, high: i64) -> Bracket {
        Bracket { low, high, at_low: 0, inside: Vec::new(), at_high: 0 }
    }

    fn add(&mut self, key: i64, count: u64) {
        if key == self.low {
            self.at_low += count;
        } else if key == self.high {
            self.at_high += count;
        } else {
            self.inside.push(key);
        }
    }

    fn count(&self) -> u64 {
        self.at_low + self.inside.len() as u64 + self.at_high
    }

    /// The order statistic of that rank, once what is inside is sorted.
    fn at(&self, rank: u64) -> i64 {
        match rank.checked_sub(self.at_low) {
            None => self.low,
            Some(rank) => self.inside.get(rank as usize).copied().unwrap_or(self.high),
        }
    }
}

/// Which bracket, and the rank in it; or the gap before a bracket.
enum Place {
    Bracket(usize, u64),
    Gap(usize),
}

#[derive(Debug, Clone)]
pub struct Brackets {
    /// At which p quantiles are asked for.
    at: &'static [f64],
    /// Values that are defined.
    n: u64,
    /// How many of these there are when brackets are drawn closer.
    until: u64,
    /// From the lowest, without a common value.
    brackets: Vec<Bracket>,
    /// How many values lie before each bracket and after the one before it; and after the last.
    gaps: Vec<u64>,
}

impl Brackets {
    pub fn new(at: &'static [f64]) -> Brackets {
        let all = Bracket::new(i64::MIN, i64::MAX);
        Brackets { at, n: 0, until: ALL, brackets: vec![all], gaps: vec![0; 2] }
    }

    pub fn add(&mut self, values: &[f64]) {
        for piece in values.chunks(ALL as usize / 4) {
            for value in piece.iter().filter(|value| !value.is_nan()) {
                self.n += 1;
                self.put(key(*value), 1);
            }
            if self.n >= self.until {
                self.draw_closer();
                self.until = 2 * self.n;
            }
        }
    }

    fn put(&mut self, key: i64, count: u64) {
        let place: usize = self.brackets.iter().map(|bracket| usize::from(bracket.high < key)).sum();
        match self.brackets.get_mut(place) {
            Some(bracket) if bracket.low <= key => bracket.add(key, count),
            _ => self.gaps[place] += count,
        }
    }

    fn sort(&mut self) {
        self.brackets.iter_mut().for_each(|bracket| bracket.inside.sort_unstable());
    }

    fn place(&self, rank: u64) -> Place {
        let mut rank = rank;
        for (number, (gap, bracket)) in self.gaps.iter().zip(&self.brackets).enumerate() {
            if rank < *gap {
                return Place::Gap(number);
            }
            rank -= gap;
            if rank < bracket.count() {
                return Place::Bracket(number, rank);
            }
            rank -= bracket.count();
        }
        Place::Gap(self.brackets.len())
    }

    /// Of the bracket that is nearest to a gap, the end.
    fn end(&self, gap: usize) -> i64 {
        match self.brackets.get(gap) {
            Some(bracket) => bracket.low,
            None => self.brackets.last().map_or(i64::MAX, |bracket| bracket.high),
        }
    }

    fn draw_closer(&mut self) {
        self.sort();
        let last = self.n - 1;
        let ends = |p: f64| {
            let (middle, half) = (last as f64 * p, FAR * (self.n as f64 * p * (1.0 - p)).sqrt() + 1.0);
            let (number, within) = match self.place(middle as u64) {
                Place::Bracket(number, within) => (number, within),
                Place::Gap(number) => return (self.end(number), self.end(number)),
            };
            // No farther than what is kept around it.
            let bracket = &self.brackets[number];
            let before = middle as u64 - within;
            let low = ((middle - half).max(0.0) as u64).saturating_sub(before);
            let high = ((middle + half).ceil() as u64).min(last) - before;
            (bracket.at(low), bracket.at(high.min(bracket.count() - 1)))
        };
        let mut all: Vec<(i64, i64)> = self.at.iter().map(|p| ends(*p)).collect();
        all.sort_unstable();
        let mut closer: Vec<Bracket> = Vec::with_capacity(all.len());
        for (low, high) in all {
            match closer.last_mut() {
                Some(bracket) if low <= bracket.high => bracket.high = high.max(bracket.high),
                _ => closer.push(Bracket::new(low, high)),
            }
        }
        let gaps = vec![0; closer.len() + 1];
        let before = std::mem::replace(self, Brackets { brackets: closer, gaps, ..*self });
        let mut gaps = before.gaps.into_iter();
        self.gaps[0] += gaps.next().unwrap_or(0);
        for (Bracket { low, high, at_low, inside, at_high }, gap) in before.brackets.into_iter().zip(gaps) {
            self.put(low, at_low);
            inside.into_iter().for_each(|key| self.put(key, 1));
            self.put(high, at_high);
            let below: usize = self.brackets.iter().map(|bracket| usize::from(bracket.high <= high)).sum();
            self.gaps[below] += gap;
        }
    }

    /// Quantiles at p that were named.
    pub fn quantiles(mut self, at: &[f64]) -> Vec<Quantile> {
        self.sort();
        let order_statistic = |rank: u64| {
            value(match self.place(rank) {
                Place::Bracket(number, rank) => self.brackets[number].at(rank),
                Place::Gap(number) => self.end(number),
            })
        };
        at.iter().map(|p| quantile(*p, self.n, order_statistic)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::quantile::quantiles_of;
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    const AT: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

    fn bits(quantiles: Vec<Quantile>) -> Vec<[u64; 2]> {
        quantiles.iter().map(|q| [q.value.to_bits(), q.se.to_bits()]).collect()
    }

    fn of(values: &[f64], length: usize) -> Brackets {
        let mut brackets = Brackets::new(&AT);
        values.chunks(length).for_each(|piece| brackets.add(piece));
        brackets
    }

    fn kept(brackets: &Brackets) -> usize {
        brackets.brackets.iter().map(|bracket| bracket.inside.len()).sum()
    }

    /// To the bit what all values give: continuous ones, atoms, both zeros, infinities, whole numbers, values that are not
    /// defined; and of a continuous column a small part is kept.
    #[test]
    fn quantiles_are_those_of_all_values() {
        let mut rng = SmallRng::seed_from_u64(9);
        type Draw = fn(&mut SmallRng) -> f64;
        let columns: [Draw; 8] = [
            |rng| rng.random::<f64>() - 0.3,
            |rng| if rng.random::<f64>() < 0.6 { 0.0 } else { rng.random() },
            |rng| f64::from(rng.random_range(0..4)),
            |rng| if rng.random::<f64>() < 0.9 { f64::NAN } else { rng.random() },
            |rng| [0.0, -0.0, f64::INFINITY, f64::NEG_INFINITY, -1.0][rng.random_range(0..5)],
            |_| 0.28,
            |_| f64::NAN,
            |rng| f64::from(rng.random_range(0..300_000)),
        ];
        for n in [0, 1, 2, 100, 16_384, 16_385, 40_000, 100_000] {
            for (number, draw) in columns.iter().enumerate() {
                let values: Vec<f64> = (0..n).map(|_| draw(&mut rng)).collect();
                let expected = bits(quantiles_of(&mut values.clone(), &AT));
                for length in [8192, 1000] {
                    assert_eq!(bits(of(&values, length).quantiles(&AT)), expected, "column {number}, {n}");
                }
            }
        }
        let values: Vec<f64> = (0..100_000).map(|_| rng.random()).collect();
        let brackets = of(&values, 8192);
        assert!((5_000..25_000).contains(&kept(&brackets)), "{}", kept(&brackets));
        let atoms: Vec<f64> = (0..100_000).map(|_| columns[1](&mut rng)).collect();
        assert!(kept(&of(&atoms, 8192)) < 15_000);
    }

    /// Columns that drift as no run's do: a quantile is an end of a bracket then, not a panic.
    #[test]
    fn values_in_order_have_some_quantile() {
        let values: Vec<f64> = (0..100_000).map(f64::from).collect();
        let found = of(&values, 8192).quantiles(&AT);
        assert!(found.iter().all(|q| (0.0..100_000.0).contains(&q.value)), "{found:?}");
        let missed = quantiles_of(&mut values.clone(), &AT);
        assert_ne!(bits(found), bits(missed), "the comparison can fail");
        of(&values.iter().rev().copied().collect::<Vec<f64>>(), 8192).quantiles(&AT);
    }
}
