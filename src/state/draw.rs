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
//! | 2 | `announcement(company)` | path | step | slot 0: the normal z of all that is announced for the company (5.3) |
//! | 3 | `SENTIMENT` | path | step / 4 | slot step mod 4: the uniform that moves the chain (5.2) |
//! | 4 | `PARAMETER` | path | dimension / 2 | two 53-bit uniforms (plain sampling) |
//! | 5 | `STRATUM` | path | dimension / 2 | the place within a stratum (Latin hypercube) |
//! | 6 | `permutation(r)` | dimension | round / 2 | round keys of the permutation of strata in replicate r |
//! | 7 | `scramble(r)` | dimension | path / 2³² | seeds of the Sobol scrambling of replicate r |
//! | 8 | `bootstrap(index)` | resample | block | an [`AddressedRng`] |
//! | 9 | `synthetic(index)` | row | block | an [`AddressedRng`] |
//! | 10 | `chain(index)` | 0 | block | an [`AddressedRng`]: a chain of the calibration |
//! | 11 | `ORDER` | row | index / 2 | two 53-bit uniforms: the order in which a study redraws its inputs |
//! | 12 | `prediction(index)` | event | block | an [`AddressedRng`]: draws from a predictive distribution |
//! | 13 | `factor(lab)` | path | step / 4 | slot step mod 4: the normal of the lab's own factor (5.1) |
//! | 14 | `deferral(lab)` | path | step | slot 0: the uniform that decides whether vendors give the lab time (5.12) |
//! | 15 | `tender(lab)` | path | step / 4 | slot step mod 4: the uniform of a sale of old shares that marks the lab (5.10) |
//!
//! Normals are Box–Muller in f32 (24 bits of precision, tails to 6.8 σ) widened to f64: the cheapest that the tests below do
//! not tell from the normal law. Its logarithm, sine and cosine are own polynomials, without fused multiply-add: the same
//! bits on every machine, whatever vector instructions the caller is compiled for.
//!
//! Batteries, TestU01 1.2.3 on the words in the order in which a run uses them (65,536 paths fastest, then 260 steps, then
//! purposes; written by `examples/random_words.rs`): all 144 statistics of Crush pass (3.4e10 words, 135 GB), as does
//! SmallCrush with the step fastest and with the bits of each word reversed; Philox cut to 4 rounds fails it. BigCrush and
//! PractRand were not run. Of 2³⁰ normals, counts in 4096 equally likely cells, four moments and the tails beyond 3, 4, 5 and
//! 6 σ lie within 2 standard errors of the normal law.

#![allow(
    clippy::needless_range_loop,
    reason = "a loop over the index of a lane is what compiles to vector instructions"
)]

use super::lanes::{F8, LANES};
use std::convert::Infallible;

/// Laws to draw from by an [`AddressedRng`].
pub use rand_distr::{Distribution, StandardNormal, StandardUniform, StudentT};

/// What a random number is for: the fourth word of its address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Purpose(pub u32);

impl Purpose {
    pub const SENTIMENT: Purpose = Purpose::of(3, 0);
    pub const PARAMETER: Purpose = Purpose::of(4, 0);
    pub const STRATUM: Purpose = Purpose::of(5, 0);

    pub const ORDER: Purpose = Purpose::of(11, 0);

    const fn of(kind: u32, index: u32) -> Purpose {
        assert!(index < 1 << 24, "an index has 24 bits");
        Purpose(kind << 24 | index)
    }

    /// Four standard normals of a step's vector of shocks.
    pub const fn shocks(block: u32) -> Purpose {
        Purpose::of(1, block)
    }

    /// A company's announcement noise.
    pub const fn announcement(company: u32) -> Purpose {
        Purpose::of(2, company)
    }

    /// A sale of a lab's old shares that sets a price.
    pub const fn tender(lab: u32) -> Purpose {
        Purpose::of(15, lab)
    }

    /// The order of strata in a replicate.
    pub const fn permutation(replicate: u32) -> Purpose {
        Purpose::of(6, replicate)
    }

    /// The scrambling of a replicate's Sobol points.
    pub const fn scramble(replicate: u32) -> Purpose {
        Purpose::of(7, replicate)
    }

    /// Resampling of finished paths.
    pub const fn bootstrap(index: u32) -> Purpose {
        Purpose::of(8, index)
    }

    /// Made-up data, to see whether an estimate finds what was put in.
    pub const fn synthetic(index: u32) -> Purpose {
        Purpose::of(9, index)
    }

    /// A chain of the sampler that calibrates.
    pub const fn chain(index: u32) -> Purpose {
        Purpose::of(10, index)
    }

    /// What a calibrated model predicts of an event.
    pub const fn prediction(index: u32) -> Purpose {
        Purpose::of(12, index)
    }

    /// A lab's own factor.
    pub const fn factor(lab: u32) -> Purpose {
        Purpose::of(13, lab)
    }

    /// Whether vendors give a lab the time that it asks for.
    pub const fn deferral(lab: u32) -> Purpose {
        Purpose::of(14, lab)
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

/// A path and a purpose for each lane.
#[derive(Debug, Clone, Copy)]
pub struct Addresses {
    pub paths: [u64; LANES],
    pub purposes: [Purpose; LANES],
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

/// [`words1`] of the paths first_path … first_path+7.
///
/// A word sits in the low half of a u64 with anything above it: the product reads low halves only, as the vector
/// instruction does.
#[inline(always)]
fn words_lanes(seed: u64, first_path: u64, step: u32, purpose: Purpose) -> [Words; 4] {
    let mut addresses = Addresses { paths: [first_path; LANES], purposes: [purpose; LANES] };
    for i in 0..LANES {
        addresses.paths[i] += i as u64;
    }
    words_at(seed, step, &addresses)
}

/// [`words1`] at an address of its own for each lane.
#[inline(always)]
fn words_at(seed: u64, step: u32, addresses: &Addresses) -> [Words; 4] {
    let mut out = [[0; LANES]; 4];
    for i in 0..LANES {
        let path = addresses.paths[i];
        let mut c0 = path;
        let mut c1 = path >> 32;
        let mut c2 = u64::from(step);
        let mut c3 = u64::from(addresses.purposes[i].0);
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

/// Four standard normals for each of the paths first_path … first_path+7.
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

/// The first of the four normals at each lane's address: the same bits as [`normals4`]'s.
#[inline(always)]
pub fn first_normals(seed: u64, step: u32, addresses: &Addresses) -> F8 {
    let words = words_at(seed, step, addresses);
    let mut u = [0.0f32; LANES];
    let mut angle = [0u32; LANES];
    for i in 0..LANES {
        u[i] = centred(words[0][i]) as f32;
        angle[i] = words[1][i] as u32;
    }
    let mut normal = [0.0f32; LANES];
    for i in 0..LANES {
        normal[i] = box_muller(u[i], angle[i]).0;
    }
    let mut out = F8::ZERO;
    for i in 0..LANES {
        out.0[i] = f64::from(normal[i]);
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

/// Four uniforms on (0, 1), of 32 bits each, for each of the paths first_path … first_path+7.
#[inline(always)]
pub fn uniforms4(seed: u64, first_path: u64, step: u32, purpose: Purpose) -> [F8; 4] {
    let words = words_lanes(seed, first_path, step, purpose);
    // Not `map`: that is a call, compiled without the caller's vector instructions.
    let mut out = [F8::ZERO; 4];
    for k in 0..4 {
        for i in 0..LANES {
            out[k].0[i] = centred(words[k][i]);
        }
    }
    out
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

/// [`uniform53`] of the paths first_path … first_path+7 (a multiple of eight), at the even index and the one after it.
#[inline(always)]
pub fn uniforms53(seed: u64, first_path: u64, purpose: Purpose, even: u32) -> [F8; 2] {
    let words = words_lanes(seed, first_path, even / 2, purpose);
    let mut out = [F8::ZERO; 2];
    for k in 0..2 {
        for i in 0..LANES {
            let bits = words[2 * k][i] << 32 | words[2 * k + 1][i] & 0xffff_ffff;
            // Below 2⁵³: a signed conversion, which every machine has, is exact.
            out[k].0[i] = ((bits >> 12) * 2 + 1) as i64 as f64 * (1.0 / 9_007_199_254_740_992.0);
        }
    }
    out
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

    /// A draw from a law of rand_distr: uniform on [0, 1), standard normal, Student's t.
    pub fn drawn<T>(&mut self, law: &impl Distribution<T>) -> T {
        law.sample(self)
    }

    /// A uniform on (0, 1) in odd multiples of 2⁻⁵³, as [`uniform53`].
    pub fn open_unit(&mut self) -> f64 {
        let bits = u64::from(self.next_word()) << 32 | u64::from(self.next_word());
        ((bits >> 12) * 2 + 1) as f64 * (1.0 / 9_007_199_254_740_992.0)
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
    use crate::state::laws::{
        STANDARD_ERRORS, chi_square, correlation, deviation, fingerprint, kolmogorov_smirnov, normal_moments,
    };
    use crate::state::maths::normal_cdf1;
    use rand::{Rng, RngExt};

    /// Known answers of the Random123 distribution (kat_vectors).
    #[test]
    fn philox_gives_the_published_words() {
        assert_eq!(philox([0; 4], [0; 2]), [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]);
        assert_eq!(philox([!0; 4], [!0; 2]), [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]);
        let counter = [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344];
        let key = [0xa409_3822, 0x299f_31d0];
        assert_eq!(philox(counter, key), [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]);
    }

    /// Paths on both sides of every carry, under each set of vector instructions that this machine has.
    #[test]
    fn lanes_give_the_bits_of_the_scalar() {
        type Four = [F8; 4];
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        fn avx2(seed: u64, path: u64, step: u32, purpose: Purpose) -> [Four; 2] {
            [normals4(seed, path, step, purpose), uniforms4(seed, path, step, purpose)]
        }
        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,fma")]
        fn avx512(seed: u64, path: u64, step: u32, purpose: Purpose) -> [Four; 2] {
            [normals4(seed, path, step, purpose), uniforms4(seed, path, step, purpose)]
        }
        let seed = 0x0123_4567_89ab_cdef;
        for first_path in [0, 8, 0xffff_fff8, 1 << 32, 0x1234_5678_9abc_def0, u64::MAX - 7] {
            for step in [0, 1, 259, u32::MAX] {
                for purpose in
                    [Purpose::shocks(0), Purpose::shocks(3), Purpose::announcement(1), Purpose::SENTIMENT]
                {
                    let check = |target: &str, [normals, uniforms]: [Four; 2]| {
                        for (lane, path) in (first_path..=first_path + 7).enumerate() {
                            for slot in 0..4 {
                                let normal = normal1(seed, path, step, purpose, slot);
                                assert_eq!(
                                    normals[slot].0[lane].to_bits(),
                                    normal.to_bits(),
                                    "{target} {path}"
                                );
                                let uniform = uniform1(seed, path, step, purpose, slot);
                                assert_eq!(
                                    uniforms[slot].0[lane].to_bits(),
                                    uniform.to_bits(),
                                    "{target} {path}"
                                );
                            }
                        }
                    };
                    let both = [
                        normals4(seed, first_path, step, purpose),
                        uniforms4(seed, first_path, step, purpose),
                    ];
                    check("baseline", both);
                    #[cfg(target_arch = "x86_64")]
                    {
                        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
                            // SAFETY: the processor has the instructions.
                            check("avx2", unsafe { avx2(seed, first_path, step, purpose) });
                        }
                        if is_x86_feature_detected!("avx512f")
                            && is_x86_feature_detected!("avx512dq")
                            && is_x86_feature_detected!("avx512vl")
                        {
                            // SAFETY: the processor has the instructions.
                            check("avx512", unsafe { avx512(seed, first_path, step, purpose) });
                        }
                    }
                }
            }
        }
    }

    /// Taken on x86-64 and found again on AArch64: any machine, compiler or set of instructions must give the same.
    #[test]
    fn bits_are_those_of_every_machine() {
        let paths = || (0..10_000).map(|path| path * 8);
        let found = [
            fingerprint(
                paths().flat_map(|path| normals4(7, path, 3, Purpose::shocks(1))).flat_map(|eight| eight.0),
            ),
            fingerprint(
                paths().flat_map(|path| uniforms4(7, path, 3, Purpose::SENTIMENT)).flat_map(|eight| eight.0),
            ),
            fingerprint(paths().map(|path| uniform53(7, path, Purpose::PARAMETER, 5))),
        ];
        assert_eq!(
            found.map(|hash| format!("{hash:016x}")),
            ["7d5f6d339392df43", "642f5796eade99c8", "9520d9d204351000"]
        );
    }

    /// Normals of a stretch of addresses: `count` groups of eight paths, one step, one slot.
    fn normals(first_path: u64, groups: u64, step: u32, purpose: Purpose, slot: usize) -> Vec<f64> {
        (0..groups).flat_map(|group| normals4(SEED, first_path + group * 8, step, purpose)[slot].0).collect()
    }

    const SEED: u64 = 20_250_908;
    /// Groups of eight paths in a sample of 2²⁰.
    const GROUPS: u64 = 1 << 17;

    fn is_chance(deviation: f64) -> bool {
        deviation.abs() < STANDARD_ERRORS
    }

    #[test]
    fn normals_have_the_moments_and_the_shape_of_the_normal_law() {
        for slot in 0..4 {
            let sample = normals(0, GROUPS, 11, Purpose::shocks(0), slot);
            let moments = normal_moments(&sample);
            assert!(moments.into_iter().all(is_chance), "slot {slot}: {moments:?}");
            let distance = kolmogorov_smirnov(&sample, normal_cdf1);
            assert!(is_chance(distance), "slot {slot}: {distance}");
            // Shown able to fail: a mean of 10 standard errors, a variance 1 + 10 standard errors, a thicker tail.
            let n = sample.len() as f64;
            let shifted: Vec<f64> = sample.iter().map(|z| z + 10.0 / n.sqrt()).collect();
            assert!(
                !is_chance(normal_moments(&shifted)[0])
                    && !is_chance(kolmogorov_smirnov(&shifted, normal_cdf1))
            );
            let wider: Vec<f64> = sample.iter().map(|z| z * (1.0 + 10.0 / (2.0 * n).sqrt())).collect();
            assert!(!is_chance(normal_moments(&wider)[1]));
            let skewed: Vec<f64> = sample.iter().map(|z| z + 0.01 * z * z).collect();
            assert!(!is_chance(normal_moments(&skewed)[2]));
            let heavy: Vec<f64> = sample.iter().map(|z| if z.abs() > 3.0 { z * 1.1 } else { *z }).collect();
            assert!(!is_chance(normal_moments(&heavy)[3]));
        }
    }

    /// A normal and its neighbours in every direction of the address; levels and squares.
    #[test]
    fn neighbouring_addresses_are_uncorrelated() {
        let shocks = Purpose::shocks(0);
        let here = normals(0, GROUPS, 11, shocks, 0);
        let neighbours = [
            ("slot 1", normals(0, GROUPS, 11, shocks, 1)),
            ("slot 2", normals(0, GROUPS, 11, shocks, 2)),
            ("slot 3", normals(0, GROUPS, 11, shocks, 3)),
            ("next step", normals(0, GROUPS, 12, shocks, 0)),
            ("step 75 on", normals(0, GROUPS, 86, shocks, 0)),
            ("next paths", normals(8, GROUPS, 11, shocks, 0)),
            ("next block", normals(0, GROUPS, 11, Purpose::shocks(1), 0)),
            ("other purpose", normals(0, GROUPS, 11, Purpose::announcement(0), 0)),
            ("next path", here[1..].to_vec()),
            ("2³² paths on", normals(1 << 32, GROUPS, 11, shocks, 0)),
        ];
        let square =
            |sample: &[f64]| sample.iter().map(|z| (z * z - 1.0) / 2.0_f64.sqrt()).collect::<Vec<_>>();
        for (name, there) in &neighbours {
            let found = [correlation(&here, there), correlation(&square(&here), &square(there))];
            assert!(found.into_iter().all(is_chance), "{name}: {found:?}");
        }
        // Shown able to fail: one part in a hundred of the same normal is 10 standard errors.
        let mixed: Vec<f64> = here.iter().zip(&neighbours[0].1).map(|(a, b)| 0.01 * a + b).collect();
        assert!(!is_chance(correlation(&here, &mixed)));
    }

    #[test]
    fn tails_are_as_thick_as_the_normal_law_says() {
        let groups = 1 << 19;
        let mut beyond = [0.0; 3];
        let mut largest = 0.0_f64;
        for group in 0..groups {
            for eight in normals4(SEED, group * 8, 11, Purpose::shocks(2)) {
                for z in eight.0 {
                    largest = largest.max(z.abs());
                    for (count, bound) in beyond.iter_mut().zip([3.0, 4.0, 5.0]) {
                        *count += f64::from(u8::from(z.abs() > bound));
                    }
                }
            }
        }
        let n = (groups * 32) as f64;
        for (count, bound) in beyond.into_iter().zip([3.0, 4.0, 5.0]) {
            let expected = 2.0 * n * normal_cdf1(-bound);
            assert!(
                is_chance(deviation(count, expected, expected.sqrt())),
                "{count} beyond {bound}, {expected} expected"
            );
            // Shown able to fail.
            assert!(!is_chance(deviation(count + 10.0 * expected.sqrt(), expected, expected.sqrt())));
        }
        assert!((5.0..6.8).contains(&largest), "{largest}");
    }

    #[test]
    fn uniforms_are_evenly_spread_alone_and_in_pairs() {
        let mut high = vec![0; 1 << 12];
        let mut low = vec![0; 1 << 12];
        let mut pairs = vec![0; 1 << 12];
        let mut steps = vec![0; 1 << 12];
        let mut before = [0.5; 8];
        for group in 0..GROUPS {
            let [a, b, ..] = uniforms4(SEED, group * 8, 11, Purpose::SENTIMENT);
            for (lane, (a, b)) in a.0.into_iter().zip(b.0).enumerate() {
                assert!(a > 0.0 && a < 1.0);
                high[(a * 4096.0) as usize] += 1;
                low[(a * 4_294_967_296.0) as usize % 4096] += 1;
                pairs[(a * 64.0) as usize * 64 + (b * 64.0) as usize] += 1;
                steps[(a * 64.0) as usize * 64 + (before[lane] * 64.0) as usize] += 1;
                before[lane] = a;
            }
        }
        for (name, mut counts) in [("high bits", high), ("low bits", low), ("slots", pairs), ("paths", steps)]
        {
            let found = chi_square(&counts);
            assert!(is_chance(found), "{name}: {found}");
            // Shown able to fail: one cell in sixteen holds a tenth more.
            counts.iter_mut().step_by(16).for_each(|count| *count += *count / 10);
            assert!(!is_chance(chi_square(&counts)), "{name}");
        }
    }

    #[test]
    fn first_normals_are_those_of_each_address() {
        let paths = [0, 7, 7, 8, 1 << 32, u64::MAX, 3, 12_345];
        let purposes = [0, 0, 1, 2, 3, 4, 9, 5].map(Purpose::announcement);
        let normals = first_normals(SEED, 259, &Addresses { paths, purposes });
        for lane in 0..LANES {
            let alone = normal1(SEED, paths[lane], 259, purposes[lane], 0);
            assert_eq!(normals.0[lane].to_bits(), alone.to_bits(), "lane {lane}");
        }
        assert!(normals.0[1] != normals.0[2], "another purpose, another number");
    }

    #[test]
    fn the_centred_ends_are_inside() {
        assert_eq!([centred(0), centred(0xffff_ffff)], [0.5 / 4_294_967_296.0, 1.0 - 0.5 / 4_294_967_296.0]);
        let (across, up) = box_muller(1.0, 0);
        assert_eq!([across.abs(), up.abs()], [0.0, 0.0], "the radius may be zero, never NaN");
        let (across, up) = box_muller(centred(0) as f32, 0);
        assert!((across - 6.76).abs() < 0.01 && up == 0.0, "{across} {up}");
    }

    /// Against the formula in f64, by another library: the polynomials are good to a few units of f32's last digit.
    #[test]
    fn box_muller_is_the_formula() {
        for path in 0..200_000 {
            let [radius_word, angle_word, ..] = words1(SEED, path, 0, Purpose::synthetic(0));
            let u = centred(u64::from(radius_word));
            let radius = (-2.0 * libm::log(f64::from(u as f32))).sqrt();
            let angle = f64::from(angle_word) * (std::f64::consts::TAU / 4_294_967_296.0);
            let (across, up) = box_muller(u as f32, angle_word);
            for (found, exact) in [(across, radius * libm::cos(angle)), (up, radius * libm::sin(angle))] {
                assert!(
                    (f64::from(found) - exact).abs() <= 4.0 * f64::from(f32::EPSILON) * radius,
                    "{found} {exact}"
                );
            }
        }
    }

    #[test]
    fn uniform53_is_centred_and_reads_all_four_words() {
        let sample: Vec<f64> =
            (0..1 << 20).map(|path| uniform53(SEED, path, Purpose::PARAMETER, 3)).collect();
        assert!(sample.iter().all(|u| *u > 0.0 && *u < 1.0 && (u * 9_007_199_254_740_992.0) % 2.0 == 1.0));
        assert!(is_chance(kolmogorov_smirnov(&sample, |u| u)));
        let next: Vec<f64> = (0..1 << 20).map(|path| uniform53(SEED, path, Purpose::PARAMETER, 2)).collect();
        let standardised =
            |sample: &[f64]| sample.iter().map(|u| (u - 0.5) * 12.0_f64.sqrt()).collect::<Vec<_>>();
        assert!(is_chance(correlation(&standardised(&sample), &standardised(&next))));
    }

    /// The stream is the address's words in order, and an ordinary generator to rand.
    #[test]
    fn addressed_rng_gives_the_words_of_its_address() {
        let mut rng = AddressedRng::new(SEED, 5, Purpose::bootstrap(1));
        let words: Vec<u32> = (0..12).map(|_| rng.next_u32()).collect();
        let expected: Vec<u32> =
            (0..3).flat_map(|block| words1(SEED, 5, block, Purpose::bootstrap(1))).collect();
        assert_eq!(words, expected);
        let mut rng = AddressedRng::new(SEED, 5, Purpose::bootstrap(1));
        assert_eq!(rng.next_u64(), u64::from(expected[0]) | u64::from(expected[1]) << 32);
        let mut bytes = [0; 6];
        rng.fill_bytes(&mut bytes);
        assert_eq!(bytes[..4], expected[2].to_le_bytes());
        assert_eq!(bytes[4..], expected[3].to_le_bytes()[..2]);
        let rng = AddressedRng::new(SEED, 6, Purpose::bootstrap(1));
        let sample: Vec<f64> = rng.sample_iter(rand_distr::StandardNormal).take(1 << 18).collect();
        assert!(normal_moments(&sample).into_iter().all(is_chance));
    }
}
