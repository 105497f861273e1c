//! Writes the random words that a run uses to standard output, little-endian, without end: for an outside battery (the
//! module doc of `state/draw.rs` says which were run).
//!
//! ```text
//! cargo run --release --example random_words            | RNG_test stdin32
//! cargo run --release --example random_words -- 7 steps | RNG_test stdin32
//! ```
//!
//! The first argument is the seed. The order is the engine's: paths fastest (65,536 of them), then 260 steps, then
//! purposes, all four words of an address together; with `steps`, one word an address and the step fastest.

use roundtrip::state::draw::{Purpose, words1};
use std::io::Write;

const PATHS: u64 = 65_536;
const STEPS: u32 = 260;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seed = arguments.next().map_or(1, |text| text.parse().expect("a seed is a whole number"));
    let steps_first = arguments.next().is_some();
    let mut out = std::io::BufWriter::with_capacity(1 << 20, std::io::stdout().lock());
    for block in 0..1 << 24 {
        let purpose = Purpose::shocks(block);
        let written = if steps_first {
            (0..PATHS).try_for_each(|path| {
                (0..STEPS)
                    .try_for_each(|step| out.write_all(&words1(seed, path, step, purpose)[0].to_le_bytes()))
            })
        } else {
            (0..STEPS).try_for_each(|step| {
                (0..PATHS).try_for_each(|path| {
                    words1(seed, path, step, purpose)
                        .iter()
                        .try_for_each(|word| out.write_all(&word.to_le_bytes()))
                })
            })
        };
        if written.is_err() {
            return; // the reader has had enough
        }
    }
}
