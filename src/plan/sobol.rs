//! Scrambled Sobol points for uncertain numbers (§2): the sequence of Sobol (1967) with the direction numbers of Joe and
//! Kuo (2008), randomised by Owen's nested scrambling (1995), which keeps its even spread and makes every point uniform,
//! so that means are unbiased and several seeds give a standard error.
//!
//! The scrambling is a hash, without tables: bit k of a point is flipped by a function of the seed and of the bits above it
//! (Laine and Karras 2011, in Burley's form, JCGT 2020, with the constants of Vegdahl's better hash, 2021), twice with
//! seeds of their own, because one pass takes only 32 bits of seed.
//!
//! Points come in Gray-code order: the first 2ᵏ, and every aligned block of 2ᵏ, are the same set as in the plain order.

use crate::state::draw::{Purpose, words1};

/// Dimensions of the table; numbers beyond it are sampled plainly.
pub const DIMENSIONS: usize = 1024;
const BITS: usize = 32;

#[derive(Debug, Clone)]
pub struct Sobol {
    /// Per dimension, what the point is XORed with for each bit of the Gray code, lowest bit first.
    directions: Vec<[u32; BITS]>,
}

impl Sobol {
    /// The first `dimensions` of the table, at most [`DIMENSIONS`].
    pub fn new(dimensions: usize) -> Sobol {
        let first = std::array::from_fn(|bit| 1 << (BITS - 1 - bit));
        let others =
            include_str!("joe_kuo.txt").lines().filter(|line| !line.starts_with('#')).map(directions);
        Sobol { directions: std::iter::once(first).chain(others).take(dimensions).collect() }
    }

    pub fn dimensions(&self) -> usize {
        self.directions.len()
    }

    /// The point before scrambling, as a fraction of 2³².
    pub fn point(&self, dimension: usize, index: u32) -> u32 {
        let gray = index ^ index >> 1;
        let mut point = 0;
        for (bit, direction) in self.directions[dimension].iter().enumerate() {
            point ^= if gray >> bit & 1 == 1 { *direction } else { 0 };
        }
        point
    }

    /// The scrambled coordinates of a replicate's points first … in one dimension, on (0, 1). After 2³² points the
    /// sequence starts again with another scrambling.
    pub fn fill(&self, seed: u64, replicate: u32, dimension: usize, first: u64, out: &mut [f64]) {
        let mut turn = None;
        let mut seeds = [0; 4];
        let mut point = self.point(dimension, first as u32);
        for (path, out) in (first..).zip(out) {
            if turn != Some(path >> 32) {
                turn = Some(path >> 32);
                seeds = words1(seed, dimension as u64, (path >> 32) as u32, Purpose::scramble(replicate));
            }
            *out = (f64::from(scramble(point, seeds)) + 0.5) * (1.0 / 4_294_967_296.0);
            // From one Gray code to the next only one bit changes. At the turn, 32 zeros, the sequence starts again at 0.
            let changed = (path as u32).wrapping_add(1).trailing_zeros() as usize;
            point = if changed < BITS { point ^ self.directions[dimension][changed] } else { 0 };
        }
    }
}

/// The direction numbers of a line of the table, by the recurrence over its primitive polynomial.
fn directions(line: &str) -> [u32; BITS] {
    let mut numbers =
        line.split(' ').map(|number| number.parse::<u32>().expect("the table holds whole numbers"));
    let mut next = || numbers.next().expect("the table's lines are complete");
    let (degree, polynomial) = (next() as usize, next());
    let mut directions = [0; BITS];
    for bit in 0..BITS {
        directions[bit] = if bit < degree {
            next() << (BITS - 1 - bit)
        } else {
            let mut value = directions[bit - degree] ^ directions[bit - degree] >> degree;
            for back in 1..degree {
                if polynomial >> (degree - 1 - back) & 1 == 1 {
                    value ^= directions[bit - back];
                }
            }
            value
        };
    }
    directions
}

/// Owen's nested scrambling by hash. On reversed bits "a bit is changed by the bits above it" becomes "by the bits below
/// it", which is what adding and multiplying do.
fn scramble(point: u32, seeds: [u32; 4]) -> u32 {
    let mut x = point.reverse_bits();
    for (shift, factor) in [(seeds[0], seeds[1]), (seeds[2], seeds[3])] {
        x ^= x.wrapping_mul(0x3d20_adea);
        x = x.wrapping_add(shift);
        x = x.wrapping_mul(factor | 1);
        x ^= x.wrapping_mul(0x0552_6c56);
        x ^= x.wrapping_mul(0x53a2_2864);
    }
    x.reverse_bits()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::laws::{STANDARD_ERRORS, correlation, kolmogorov_smirnov};

    const TWO_TO_32: f64 = 4_294_967_296.0;

    /// Joe and Kuo's own first six points in three dimensions.
    #[test]
    fn unscrambled_points_are_the_published_ones() {
        let sobol = Sobol::new(3);
        let expected = [
            [0.0, 0.0, 0.0],
            [0.5, 0.5, 0.5],
            [0.75, 0.25, 0.25],
            [0.25, 0.75, 0.75],
            [0.375, 0.375, 0.625],
            [0.875, 0.875, 0.125],
        ];
        for (index, point) in expected.iter().enumerate() {
            for (dimension, coordinate) in point.iter().enumerate() {
                let found = f64::from(sobol.point(dimension, index as u32)) / TWO_TO_32;
                assert_eq!(found, *coordinate, "point {index}, dimension {dimension}");
            }
        }
    }

    /// scipy's qmc.Sobol, which reads the same authors' table.
    #[test]
    fn high_dimensions_are_scipys() {
        let sobol = Sobol::new(DIMENSIONS);
        assert_eq!(sobol.dimensions(), DIMENSIONS);
        let expected = [
            (1000, [2_227_175_424, 297_795_584, 801_112_064, 3_116_367_872, 2_428_502_016, 3_066_036_224]),
            (5000, [926_416_896, 4_251_451_392, 281_542_656, 289_931_264, 2_463_629_312, 233_308_160]),
        ];
        for (index, coordinates) in expected {
            for (dimension, coordinate) in [2, 9, 99, 500, 1000, 1023].into_iter().zip(coordinates) {
                assert_eq!(sobol.point(dimension, index), coordinate, "point {index}, dimension {dimension}");
            }
        }
    }

    fn coordinates(sobol: &Sobol, seed: u64, dimension: usize, first_path: u64, paths: usize) -> Vec<f64> {
        let mut out = vec![0.0; paths];
        sobol.fill(seed, 0, dimension, first_path, &mut out);
        out
    }

    /// In every dimension one of 1024 points lies in each of 1024 intervals, in the first block and in a later one.
    #[test]
    fn scrambled_points_are_stratified_in_one_dimension() {
        let sobol = Sobol::new(DIMENSIONS);
        for dimension in 0..DIMENSIONS {
            for first_path in [0, 7 * 1024] {
                let mut seen = [false; 1024];
                for u in coordinates(&sobol, 11, dimension, first_path, 1024) {
                    assert!(
                        !std::mem::replace(&mut seen[(u * 1024.0) as usize], true),
                        "dimension {dimension}"
                    );
                }
            }
        }
    }

    /// The first two dimensions are a (0, 2)-sequence: one of 1024 points in each of the 1024 boxes of any shape.
    #[test]
    fn scrambled_points_are_stratified_in_two_dimensions() {
        let sobol = Sobol::new(2);
        for seed in 0..8 {
            let [x, y] = [0, 1].map(|dimension| coordinates(&sobol, seed, dimension, 1024, 1024));
            for columns in (0..=10).map(|bits| 1_usize << bits) {
                let rows = 1024 / columns;
                let mut seen = [false; 1024];
                for (x, y) in x.iter().zip(&y) {
                    let cell = (x * columns as f64) as usize * rows + (y * rows as f64) as usize;
                    assert!(!std::mem::replace(&mut seen[cell], true), "{columns} columns");
                }
            }
        }
    }

    /// Over seeds each point is uniform, so that means are unbiased; and two points that share an interval are
    /// independent within it, which is Owen's condition on the variance.
    #[test]
    fn over_seeds_points_are_uniform_and_independent_within_intervals() {
        let sobol = Sobol::new(2);
        let over_seeds = |dimension, path| {
            (0..1 << 16).map(|seed| coordinates(&sobol, seed, dimension, path, 1)[0]).collect()
        };
        let within = |sample: &[f64], intervals: f64| -> Vec<f64> {
            sample.iter().map(|u| ((u * intervals).fract() - 0.5) * 12.0_f64.sqrt()).collect()
        };
        for dimension in [0, 1] {
            let samples: Vec<Vec<f64>> = (0..16).map(|path| over_seeds(dimension, path)).collect();
            for sample in &samples {
                assert!(kolmogorov_smirnov(sample, |u| u) < STANDARD_ERRORS);
            }
            for a in 0..16 {
                for b in 0..a {
                    // The widest interval that separates the two points: below it nothing should be shared.
                    let apart = sobol.point(dimension, a as u32) ^ sobol.point(dimension, b as u32);
                    let intervals = f64::from(apart.leading_zeros() + 1).exp2();
                    let found = correlation(&within(&samples[a], intervals), &within(&samples[b], intervals));
                    assert!(found.abs() < STANDARD_ERRORS, "{a} and {b}: {found}");
                    // Shown able to fail: in a wider interval the two avoid each other.
                    let avoiding = correlation(
                        &within(&samples[a], intervals / 2.0),
                        &within(&samples[b], intervals / 2.0),
                    );
                    assert!(avoiding < -STANDARD_ERRORS, "{a} and {b}: {avoiding}");
                }
            }
        }
        // The two dimensions are scrambled by seeds of their own.
        let [x, y] = [0, 1].map(|dimension| within(&over_seeds(dimension, 5), 1.0));
        assert!(correlation(&x, &y).abs() < STANDARD_ERRORS);
    }

    /// Any path by itself, also where 2³² paths are through and the sequence starts again with other seeds.
    #[test]
    fn paths_do_not_depend_on_where_a_call_starts() {
        let sobol = Sobol::new(5);
        for first_path in [0, 1000, (1 << 32) - 5] {
            let together = coordinates(&sobol, 3, 4, first_path, 10);
            for (path, value) in (first_path..).zip(&together) {
                assert_eq!(coordinates(&sobol, 3, 4, path, 1), [*value]);
            }
        }
        assert_ne!(coordinates(&sobol, 3, 4, 0, 5), coordinates(&sobol, 3, 4, 1 << 32, 5));
    }
}
