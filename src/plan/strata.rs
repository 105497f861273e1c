//! Latin hypercube sampling of uncertain numbers (§2; McKay, Beckman, Conover 1979): of n paths, each has a stratum of
//! width 1/n of its own in every dimension, and a random place in it.
//!
//! Which stratum is a keyed permutation of 0 … n−1, computed for one path without a table (a Feistel network on the next
//! power of two, walked until it falls below n), so that any path can be drawn by itself, in any order.

use crate::state::draw::{Purpose, uniform53, words1};

const ROUNDS: usize = 8;

/// A permutation of 0 … size−1.
#[derive(Debug, Clone)]
pub struct Permutation {
    size: u64,
    /// Bits of the two halves of the power of two that holds `size`.
    left_bits: u32,
    right_bits: u32,
    keys: [u64; ROUNDS],
}

impl Permutation {
    pub fn new(seed: u64, replicate: u32, dimension: usize, size: u64) -> Permutation {
        let bits = size.max(2).next_power_of_two().trailing_zeros();
        let mut keys = [0; ROUNDS];
        for (block, pair) in keys.chunks_exact_mut(2).enumerate() {
            let words = words1(seed, dimension as u64, block as u32, Purpose::permutation(replicate));
            pair[0] = u64::from(words[0]) | u64::from(words[1]) << 32;
            pair[1] = u64::from(words[2]) | u64::from(words[3]) << 32;
        }
        Permutation { size, left_bits: bits / 2, right_bits: bits - bits / 2, keys }
    }

    /// Where `index` < size goes.
    pub fn of(&self, index: u64) -> u64 {
        debug_assert!(index < self.size);
        let mut value = index;
        // A permutation of the power of two: the walk from a number below `size` comes back below it, at the latest at
        // the number itself, and no two walks meet.
        loop {
            value = self.shuffle(value);
            if value < self.size {
                return value;
            }
        }
    }

    fn shuffle(&self, value: u64) -> u64 {
        let mut left = value >> self.right_bits;
        let mut right = value & mask(self.right_bits);
        for keys in self.keys.chunks_exact(2) {
            left ^= mix(right, keys[0]) & mask(self.left_bits);
            right ^= mix(left, keys[1]) & mask(self.right_bits);
        }
        left << self.right_bits | right
    }
}

fn mask(bits: u32) -> u64 {
    (1 << bits) - 1
}

/// Every bit of the result depends on all of value and key (the finaliser of SplitMix64, Stafford's mix 13).
fn mix(value: u64, key: u64) -> u64 {
    let mut x = value.wrapping_add(key);
    x = (x ^ x >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    x = (x ^ x >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    x ^ x >> 31
}

/// The points of one replicate.
#[derive(Debug, Clone, Copy)]
pub struct Strata {
    pub seed: u64,
    pub replicate: u32,
    pub dimension: usize,
    /// Paths of the replicate.
    pub size: u64,
}

/// The coordinates of the replicate's points first … in one dimension, on (0, 1); they are the run's paths first_path ….
/// Points from `size` on have no stratum left and are sampled plainly.
pub fn fill(strata: &Strata, first: u64, first_path: u64, out: &mut [f64]) {
    let Strata { seed, replicate, dimension, size } = *strata;
    let permutation = Permutation::new(seed, replicate, dimension, size);
    for ((point, path), out) in (first..).zip(first_path..).zip(out) {
        let place = uniform53(seed, path, Purpose::STRATUM, dimension as u32);
        *out = if point < size {
            // The last stratum's upper end may round to 1.
            ((permutation.of(point) as f64 + place) / size as f64).min(LARGEST_BELOW_ONE)
        } else {
            place
        };
    }
}

pub const LARGEST_BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::laws::{STANDARD_ERRORS, chi_square, correlation};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn permutation_is_a_bijection(seed: u64, dimension in 0..2000_usize, size in 1..5000_u64) {
            let permutation = Permutation::new(seed, 3, dimension, size);
            let mut seen = vec![false; size as usize];
            for index in 0..size {
                let to = permutation.of(index) as usize;
                prop_assert!(!std::mem::replace(&mut seen[to], true), "{to} twice");
            }
        }

        #[test]
        fn paths_do_not_depend_on_where_a_call_starts(seed: u64, size in 1..300_u64, first in 0..300_u64) {
            let mut together = [0.0; 300];
            let strata = Strata { seed, replicate: 1, dimension: 3, size };
            fill(&strata, 0, 0, &mut together);
            let mut from_there = vec![0.0; 300 - first as usize];
            fill(&strata, first, first, &mut from_there);
            prop_assert_eq!(&together[first as usize..], &from_there[..]);
        }
    }

    #[test]
    fn every_stratum_has_one_path() {
        for size in [1, 2, 3, 10, 1000, 4096, 100_003] {
            for dimension in [0, 1, 77] {
                let mut out = vec![0.0; size as usize];
                fill(&Strata { seed: 5, replicate: 0, dimension, size }, 0, 0, &mut out);
                let mut seen = vec![false; size as usize];
                for u in out {
                    assert!(u > 0.0 && u < 1.0);
                    assert!(!std::mem::replace(&mut seen[(u * size as f64) as usize], true), "of {size}");
                }
            }
        }
    }

    /// Over seeds, each of the 24 orders of four is as likely as any other, and each path of ten as likely in each stratum.
    #[test]
    fn all_orders_are_equally_likely() {
        let mut orders = vec![0; 256];
        let mut places = vec![0; 100];
        for seed in 0..48_000 {
            let four = Permutation::new(seed, 0, 0, 4);
            orders[(0..4).fold(0, |code, index| 4 * code + four.of(index) as usize)] += 1;
            let ten = Permutation::new(seed, 0, 1, 10);
            for index in 0..10 {
                places[(10 * index + ten.of(index)) as usize] += 1;
            }
        }
        orders.retain(|count| *count > 0);
        assert_eq!(orders.len(), 24);
        for mut counts in [orders, places] {
            assert!(chi_square(&counts).abs() < STANDARD_ERRORS, "{counts:?}");
            // Shown able to fail.
            counts[0] += counts[0] / 4;
            assert!(chi_square(&counts).abs() > STANDARD_ERRORS);
        }
    }

    #[test]
    fn dimensions_and_neighbouring_paths_are_uncorrelated() {
        let size = 1 << 16;
        let sample = |dimension| {
            let mut out = vec![0.0; size];
            fill(&Strata { seed: 5, replicate: 0, dimension, size: size as u64 }, 0, 0, &mut out);
            out.iter().map(|u| (u - 0.5) * 12.0_f64.sqrt()).collect::<Vec<f64>>()
        };
        let first = sample(0);
        for dimension in 1..20 {
            assert!(correlation(&first, &sample(dimension)).abs() < STANDARD_ERRORS);
        }
        for lag in [1, 2, 3, 4, 8, 256, 32_768] {
            assert!(correlation(&first, &first[lag..]).abs() < STANDARD_ERRORS, "{lag}");
        }
        assert!(correlation(&first, &first).abs() > STANDARD_ERRORS);
    }
}
