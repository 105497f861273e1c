//! Random numbers by address (§2): (seed, path, step, purpose) says which number is meant; the order of drawing never
//! does. Nothing else in the program makes randomness.
//!
//! The generator is Philox4x32-10 (Salmon, Moraes, Dror, Shaw, SC11): a keyed bijection of 128 bits, so an address is
//! turned into four 32-bit words without any state.
//!
//! | word | holds |
//! |---|---|
//! | key 0, 1 | seed: low, high 32 bits |
//! | counter 0, 1 | path: low, high 32 bits |
//! | counter 2 | step; for what has no step, the number's index (below) |
//! | counter 3 | purpose: kind in the high 8 bits, index in the low 24 |
//!
//! | kind | purpose | path is | counter 2 is | one address gives |
//! |---|---|---|---|---|
//! | 1 | `shocks(block)` | path | step | normals 4·block … 4·block+3 of the market's vector (5.1) |
//! | 2 | `announcement(block)` | path | step | the noise z of companies 4·block … 4·block+3 (5.3) |
//! | 3 | `SENTIMENT` | path | step | uniforms: slot 0 moves the chain (5.2) |
//! | 4 | `PARAMETER` | path | dimension / 2 | two 53-bit uniforms (plain sampling) |
//! | 5 | `STRATUM` | path | dimension / 2 | the place within a stratum (Latin hypercube) |
//! | 6 | `PERMUTATION` | dimension | round | round keys of the permutation of strata |
//! | 7 | `SCRAMBLE` | dimension | 0 | seeds of the Sobol scrambling |
//! | 8 | `bootstrap(index)` | resample | block | an [`AddressedRng`] |
//! | 9 | `synthetic(index)` | row | block | an [`AddressedRng`] |
//!
//! Normals are Box–Muller in f32 (24 bits of precision, tails to 6.8 σ) widened to f64: the cheapest that the batteries do
//! not tell from the normal law. Its logarithm, sine and cosine are own polynomials, without fused multiply-add: the same
//! bits on every machine, whatever vector instructions the caller is compiled for.

use super::lanes::{F8, LANES};
use std::convert::Infallible;

/// What a random number is for: the fourth word of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Purpose(pub u32);

impl Purpose {
    pub const SENTIMENT: Purpose = Purpose::of(3, 0);
    pub const PARAMETER: Purpose = Purpose::of(4, 0);
    pub const STRATUM: Purpose = Purpose::of(5, 0);
    pub const PERMUTATION: Purpose = Purpose::of(6, 0);
    pub const SCRAMBLE: Purpose = Purpose::of(7, 0);

    const fn of(kind: u32, index: u32) -> Purpose {
        assert!(index < 1 << 24, "an index has 24 bits");
        Purpose(kind << 24 | index)
    }

    /// Four standard normals of a step's vector of shocks.
    pub const fn shocks(block: u32) -> Purpose {
        Purpose::of(1, block)
    }

    /// The announcement noise of four companies.
    pub const fn announcement(block: u32) -> Purpose {
        Purpose::of(2, block)
    }

    /// Resampling of finished paths.
    pub const fn bootstrap(index: u32) -> Purpose {
        Purpose::of(8, index)
    }

    /// Made-up data, to see whether an estimate finds what was put in.
    pub const fn synthetic(index: u32) -> Purpose {
        Purpose::of(9, index)
    }
}

const MULTIPLIER_0: u32 = 0xd251_1f53;
const MULTIPLIER_1: u32 = 0xcd9e_8d57;
const WEYL_0: u32 = 0x9e37_79b9;
const WEYL_1: u32 = 0xbb67_ae85;
const ROUNDS: usize = 10;

/// Philox4x32-10: four words of counter, two of key, four random words.
#[inline(always)]
pub fn philox(counter: [u32; 4], key: [u32; 2]) -> [u32; 4] {
    let [mut c0, mut c1, mut c2, mut c3] = counter;
    let [mut k0, mut k1] = key;
    for _ in 0..ROUNDS {
        let product_0 = u64::from(c0) * u64::from(MULTIPLIER_0);
        let product_1 = u64::from(c2) * u64::from(MULTIPLIER_1);
        c0 = (product_1 >> 32) as u32 ^ c1 ^ k0;
        c1 = product_1 as u32;
        c2 = (product_0 >> 32) as u32 ^ c3 ^ k1;
        c3 = product_0 as u32;
        k0 = k0.wrapping_add(WEYL_0);
        k1 = k1.wrapping_add(WEYL_1);
    }
    [c0, c1, c2, c3]
}

/// One word of eight paths; only the low 32 bits of each mean anything.
type Words = [u64; LANES];

#[inline(always)]
fn key_of(seed: u64) -> [u32; 2] {
    [seed as u32, (seed >> 32) as u32]
}

/// The four words at an address.
#[inline(always)]
pub fn words1(seed: u64, path: u64, step: u32, purpose: Purpose) -> [u32; 4] {
    philox([path as u32, (path >> 32) as u32, step, purpose.0], key_of(seed))
}

/// [`words1`] of the paths first_path … first_path+7; first_path must be a multiple of eight.
///
/// A word sits in the low half of a u64 with anything above it: the product reads low halves only, as the vector
/// instruction does.
#[inline(always)]
fn words_lanes(seed: u64, first_path: u64, step: u32, purpose: Purpose) -> [Words; 4] {
    debug_assert!(first_path.is_multiple_of(LANES as u64));
    let mut out = [[0; LANES]; 4];
    for i in 0..LANES {
        let mut c0 = first_path + i as u64; // a multiple of eight has room for seven more: no carry into the high word
        let mut c1 = first_path >> 32;
        let mut c2 = u64::from(step);
        let mut c3 = u64::from(purpose.0);
        let [mut k0, mut k1] = key_of(seed);
        for _ in 0..ROUNDS {
            let product_0 = (c0 & 0xffff_ffff) * u64::from(MULTIPLIER_0);
            let product_1 = (c2 & 0xffff_ffff) * u64::from(MULTIPLIER_1);
            c0 = product_1 >> 32 ^ c1 ^ u64::from(k0);
            c2 = product_0 >> 32 ^ c3 ^ u64::from(k1);
            c1 = product_1;
            c3 = product_0;
            k0 = k0.wrapping_add(WEYL_0);
            k1 = k1.wrapping_add(WEYL_1);
        }
        out[0][i] = c0;
        out[1][i] = c1;
        out[2][i] = c2;
        out[3][i] = c3;
    }
    out
}

/// (word + ½)/2³²: in (0, 1), never 0 or 1.
#[inline(always)]
fn centred(word: u64) -> f64 {
    // The word becomes the low bits of a double in [2⁵², 2⁵³): exact, and no conversion instruction is needed.
    let shifted = f64::from_bits((word & 0xffff_ffff) | 0x4330_0000_0000_0000);
    (shifted - 4_503_599_627_370_495.5) * (1.0 / 4_294_967_296.0)
}

/// (ln(1 + f) − f + f²/2)/f³ on [√½ − 1, √2 − 1], from the lowest power up. Chebyshev fit.
const LN: [f32; 9] = [
    0.333_333_3,
    -0.249_999_97,
    0.200_007_16,
    -0.166_678_03,
    0.142_490_58,
    -0.124_256_87,
    0.116_854_2,
    -0.114_797_34,
    0.069_716_12,
];
/// sin(π/2·t)/t in powers of t², and (cos(π/2·t) − 1)/t², for |t| ≤ ½. Chebyshev fits.
const SIN: [f32; 4] = [1.570_796_4, -0.645_963_5, 0.079_680_22, -0.004_602_149];
const COS: [f32; 4] = [-1.233_700_5, 0.253_669_4, -0.020_861_529, 0.000_906_739_9];

/// Two standard normals: the radius from u in (0, 1], the angle from a word.
#[inline(always)]
fn box_muller(u: f32, word: u32) -> (f32, f32) {
    // ln u, u = 2ᵏ·(1 + f) with 1 + f in [√½, √2), as in maths.rs. Rounding may take u to 1, the logarithm to 0.
    const SQRT_HALF: u32 = 0x3f35_04f3;
    const EXPONENT_OF_ONE: u32 = 0x3f80_0000;
    let bits = u.to_bits().wrapping_add(EXPONENT_OF_ONE - SQRT_HALF);
    let f = f32::from_bits((bits & 0x007f_ffff) + SQRT_HALF) - 1.0;
    let k = ((bits >> 23) as i32 - 127) as f32;
    let f2 = f * f;
    let f4 = f2 * f2;
    let low = (LN[0] + LN[1] * f) + (LN[2] + LN[3] * f) * f2;
    let high = (LN[4] + LN[5] * f) + (LN[6] + LN[7] * f) * f2;
    let polynomial = low + (high + LN[8] * f4) * f4;
    let ln = k * std::f32::consts::LN_2 + (f + f2 * (f * polynomial - 0.5));
    let radius = (-2.0 * ln).sqrt();

    // The angle is the word in units of 2π/2³²: the nearest quarter turn, and what is left as t in [−½, ½] quarter turns.
    let quarter = word.wrapping_add(1 << 29) >> 30;
    let t = word.wrapping_sub(quarter << 30) as i32 as f32 * (1.0 / 1_073_741_824.0);
    let t2 = t * t;
    let t4 = t2 * t2;
    let sin = t * ((SIN[0] + SIN[1] * t2) + (SIN[2] + SIN[3] * t2) * t4);
    let cos = 1.0 + t2 * ((COS[0] + COS[1] * t2) + (COS[2] + COS[3] * t2) * t4);
    let swapped = quarter & 1 == 1;
    let across = if swapped { sin } else { cos };
    let up = if swapped { cos } else { sin };
    // cos is negative in quarters 1 and 2, sin in 2 and 3.
    let across = f32::from_bits(across.to_bits() ^ ((quarter + 1) & 2) << 30);
    let up = f32::from_bits(up.to_bits() ^ (quarter & 2) << 30);
    (radius * across, radius * up)
}

/// Four standard normals for each of the paths first_path … first_path+7 (first_path a multiple of eight).
#[inline(always)]
pub fn normals4(seed: u64, first_path: u64, step: u32, purpose: Purpose) -> [F8; 4] {
    let words = words_lanes(seed, first_path, step, purpose);
    // Loops of one width each: a loop that mixes f64 and f32 is compiled for the lanes of f64, half of what f32 could use.
    let mut u = [0.0f32; 2 * LANES];
    let mut angle = [0u32; 2 * LANES];
    for i in 0..LANES {
        u[i] = centred(words[0][i]) as f32;
        u[LANES + i] = centred(words[2][i]) as f32;
        angle[i] = words[1][i] as u32;
        angle[LANES + i] = words[3][i] as u32;
    }
    let mut across = [0.0f32; 2 * LANES];
    let mut up = [0.0f32; 2 * LANES];
    for i in 0..2 * LANES {
        (across[i], up[i]) = box_muller(u[i], angle[i]);
    }
    let mut out = [F8::ZERO; 4];
    for i in 0..LANES {
        out[0].0[i] = f64::from(across[i]);
        out[1].0[i] = f64::from(up[i]);
        out[2].0[i] = f64::from(across[LANES + i]);
        out[3].0[i] = f64::from(up[LANES + i]);
    }
    out
}

/// The four normals of one path: the same bits as its lane of [`normals4`].
#[inline(always)]
pub fn normals4_1(seed: u64, path: u64, step: u32, purpose: Purpose) -> [f64; 4] {
    let [w0, w1, w2, w3] = words1(seed, path, step, purpose);
    let (a, b) = box_muller(centred(u64::from(w0)) as f32, w1);
    let (c, d) = box_muller(centred(u64::from(w2)) as f32, w3);
    [a, b, c, d].map(f64::from)
}

/// One normal of one path, `slot` in 0..4.
#[inline(always)]
pub fn normal1(seed: u64, path: u64, step: u32, purpose: Purpose, slot: usize) -> f64 {
    normals4_1(seed, path, step, purpose)[slot]
}

/// Four uniforms on (0, 1), of 32 bits each, for each of the paths first_path … first_path+7 (a multiple of eight).
#[inline(always)]
pub fn uniforms4(seed: u64, first_path: u64, step: u32, purpose: Purpose) -> [F8; 4] {
    words_lanes(seed, first_path, step, purpose).map(|words| F8(words.map(centred)))
}

/// One uniform of one path, `slot` in 0..4: the same bits as its lane of [`uniforms4`].
#[inline(always)]
pub fn uniform1(seed: u64, path: u64, step: u32, purpose: Purpose, slot: usize) -> f64 {
    centred(u64::from(words1(seed, path, step, purpose)[slot]))
}

/// A uniform on (0, 1) in odd multiples of 2⁻⁵³: never 0 or 1, and symmetric about ½.
#[inline(always)]
pub fn uniform53(seed: u64, path: u64, purpose: Purpose, index: u32) -> f64 {
    let [w0, w1, w2, w3] = words1(seed, path, index / 2, purpose);
    let (high, low) = if index.is_multiple_of(2) { (w0, w1) } else { (w2, w3) };
    let bits = u64::from(high) << 32 | u64::from(low);
    ((bits >> 12) * 2 + 1) as f64 * (1.0 / 9_007_199_254_740_992.0)
}

/// An ordinary generator that starts at an address, for what draws a number of words not known beforehand (the
/// bootstrap, synthetic data). Its blocks take the place of the step: a purpose is used with this or with steps, never both.
#[derive(Debug, Clone)]
pub struct AddressedRng {
    seed: u64,
    path: u64,
    purpose: Purpose,
    block: u32,
    words: [u32; 4],
    /// Words of the block already given out.
    given: usize,
}

impl AddressedRng {
    pub fn new(seed: u64, path: u64, purpose: Purpose) -> AddressedRng {
        AddressedRng { seed, path, purpose, block: 0, words: [0; 4], given: 4 }
    }

    fn next_word(&mut self) -> u32 {
        if self.given == 4 {
            self.words = words1(self.seed, self.path, self.block, self.purpose);
            self.block = self.block.checked_add(1).expect("an address holds 2³⁴ words");
            self.given = 0;
        }
        self.given += 1;
        self.words[self.given - 1]
    }
}

impl rand::TryRng for AddressedRng {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.next_word())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from(self.next_word()) | u64::from(self.next_word()) << 32)
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Infallible> {
        for chunk in bytes.chunks_mut(4) {
            chunk.copy_from_slice(&self.next_word().to_le_bytes()[..chunk.len()]);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Known answers of the Random123 distribution (kat_vectors).
    #[test]
    fn philox_gives_the_published_words() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let key = [0xa409_3822, 0x299f_31d0];
        assert_eq!(philox(counter, key), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    #[test]
    fn lanes_give_the_bits_of_the_scalar() {
        for first_path in [0, 8, 0xffff_fff8, 1 << 32, 0x1234_5678_9abc_def0] {
            for step in [0, 1, 259] {
                for purpose in
                    [Purpose::shocks(0), Purpose::shocks(3), Purpose::announcement(1), Purpose::SENTIMENT]
                {
                    let seed = 0x0123_4567_89ab_cdef;
                    let normals = normals4(seed, first_path, step, purpose);
                    let uniforms = uniforms4(seed, first_path, step, purpose);
                    for i in 0..LANES {
                        for slot in 0..4 {
                            let path = first_path + i as u64;
                            let normal = normal1(seed, path, step, purpose, slot);
                            assert_eq!(normals[slot].0[i].to_bits(), normal.to_bits());
                            let uniform = uniform1(seed, path, step, purpose, slot);
                            assert_eq!(uniforms[slot].0[i].to_bits(), uniform.to_bits());
                        }
                    }
                }
            }
        }
    }
}
