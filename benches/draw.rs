//! What a normal, a uniform and an exp cost in lanes, for each set of vector instructions this machine has (§2). Every
//! kernel's answer is compared with the scalar's, to the bit, before it is timed.

use roundtrip::state::draw::{Purpose, normals4, normals4_1, uniform1, uniforms4};
use roundtrip::state::lanes::{F8, LANES};
use roundtrip::state::maths;
use std::hint::black_box;
use std::time::Instant;

/// Groups of eight paths: 4 Ki values of a kernel with one value a path, all in the first-level cache.
const GROUPS: usize = 128;
const REPEATS: usize = 200;
const SEED: u64 = 20_250_908;

type Kernel = unsafe fn(&[F8], &mut [F8]);

macro_rules! kernels {
    ($(#[$target:meta])* mod $name:ident) => {
        mod $name {
            use super::*;

            $(#[$target])*
            pub unsafe fn normals(_: &[F8], out: &mut [F8]) {
                for (group, four) in out.chunks_exact_mut(4).enumerate() {
                    four.copy_from_slice(&normals4(SEED, (group * LANES) as u64, 7, Purpose::shocks(0)));
                }
            }
            $(#[$target])*
            pub unsafe fn uniforms(_: &[F8], out: &mut [F8]) {
                for (group, four) in out.chunks_exact_mut(4).enumerate() {
                    four.copy_from_slice(&uniforms4(SEED, (group * LANES) as u64, 7, Purpose::SENTIMENT));
                }
            }
            $(#[$target])*
            pub unsafe fn exp(arguments: &[F8], out: &mut [F8]) {
                for (argument, value) in arguments.iter().zip(out) {
                    *value = maths::exp(*argument);
                }
            }
            $(#[$target])*
            pub unsafe fn ln(arguments: &[F8], out: &mut [F8]) {
                for (argument, value) in arguments.iter().zip(out) {
                    *value = maths::ln(*argument);
                }
            }
        }
    };
}

kernels!(
    mod baseline
);
#[cfg(target_arch = "x86_64")]
kernels!(
    #[target_feature(enable = "avx2")]
    mod avx2
);
#[cfg(target_arch = "x86_64")]
kernels!(
    #[target_feature(enable = "avx512f,avx512dq,avx512vl")]
    mod avx512
);

/// Eight numbers in [0, 4).
#[inline(always)]
fn argument(group: usize) -> [f64; LANES] {
    std::array::from_fn(|lane| (group * LANES + lane) as f64 * (4.0 / (4 * GROUPS * LANES) as f64))
}

fn expected(kernel: &str, index: usize, lane: usize) -> f64 {
    let path = (index / 4 * LANES + lane) as u64;
    match kernel {
        "normal" => normals4_1(SEED, path, 7, Purpose::shocks(0))[index % 4],
        "uniform" => uniform1(SEED, path, 7, Purpose::SENTIMENT, index % 4),
        "exp" => maths::exp1(argument(index)[lane]),
        _ => maths::ln1(argument(index)[lane]),
    }
}

fn time(target: &str, kernels: [(&str, Kernel); 4]) {
    let arguments: Vec<F8> = (0..4 * GROUPS).map(|index| F8(argument(index))).collect();
    let mut out = vec![F8::ZERO; 4 * GROUPS];
    print!("{target:10}");
    for (name, kernel) in kernels {
        // SAFETY: the caller has asked the processor for the kernel's instructions.
        unsafe { kernel(&arguments, &mut out) };
        for (index, value) in out.iter().enumerate() {
            for lane in 0..LANES {
                assert_eq!(
                    value.0[lane].to_bits(),
                    expected(name, index, lane).to_bits(),
                    "{target} {name} {index}"
                );
            }
        }
        let mut best = f64::INFINITY;
        for _ in 0..20 {
            let start = Instant::now();
            for _ in 0..REPEATS {
                // SAFETY: as above.
                unsafe { kernel(black_box(&arguments), black_box(&mut out)) };
            }
            best = best.min(start.elapsed().as_secs_f64());
        }
        print!("  {name} {:.2} ns", best * 1e9 / (REPEATS * out.len() * LANES) as f64);
    }
    println!();
}

fn main() {
    macro_rules! all {
        ($name:ident) => {
            [("normal", $name::normals), ("uniform", $name::uniforms), ("exp", $name::exp), ("ln", $name::ln)]
        };
    }
    time("baseline", all!(baseline));
    #[cfg(target_arch = "x86_64")]
    {
        if is_x86_feature_detected!("avx2") {
            time("avx2", all!(avx2));
        }
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
        {
            time("avx512", all!(avx512));
        }
    }
}
