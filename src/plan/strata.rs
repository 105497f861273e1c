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
    pub fn new(seed: u64, dimension: usize, size: u64) -> Permutation {
        let bits = size.max(2).next_power_of_two().trailing_zeros();
        let mut keys = [0; ROUNDS];
        for (block, pair) in keys.chunks_exact_mut(2).enumerate() {
            let words = words1(seed, dimension as u64, block as u32, Purpose::PERMUTATION);
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

/// The coordinates of the paths first_path … in one dimension, on (0, 1). Paths from `size` on have no stratum left and
/// are sampled plainly.
pub fn fill(seed: u64, dimension: usize, size: u64, first_path: u64, out: &mut [f64]) {
    let permutation = Permutation::new(seed, dimension, size);
    for (path, out) in (first_path..).zip(out) {
        let place = uniform53(seed, path, Purpose::STRATUM, dimension as u32);
        *out = if path < size {
            // The last stratum's upper end may round to 1.
            ((permutation.of(path) as f64 + place) / size as f64).min(LARGEST_BELOW_ONE)
        } else {
            place
        };
    }
}

pub const LARGEST_BELOW_ONE: f64 = 1.0 - f64::EPSILON / 2.0;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn permutation_is_a_bijection(seed: u64, dimension in 0..2000_usize, size in 1..5000_u64) {
            let permutation = Permutation::new(seed, dimension, size);
            let mut seen = vec![false; size as usize];
            for index in 0..size {
                let to = permutation.of(index) as usize;
                prop_assert!(!std::mem::replace(&mut seen[to], true), "{to} twice");
            }
        }
    }
}
