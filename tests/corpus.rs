//! The fuzz corpus on every test run, whole and cut short: fuzz/README.md says how to go on from it.

#[path = "../fuzz/entries.rs"]
mod entries;

use std::path::Path;

/// Every file of a corpus, whole, cut at some places, and with a byte changed at some.
fn each(of: &str, entry: fn(&[u8]), places: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(of);
    let mut files = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let bytes = std::fs::read(file.unwrap().path()).unwrap();
        entry(&bytes);
        for k in 1..places {
            let at = bytes.len() * k / places;
            entry(&bytes[..at]);
            let mut changed = bytes.clone();
            if let Some(byte) = changed.get_mut(at) {
                *byte = byte.wrapping_mul(7).wrapping_add(k as u8);
                entry(&changed);
            }
        }
        files += 1;
    }
    assert!(files >= 3, "{files} files in the corpus of {of}");
}

#[test]
fn scenarios() {
    each("scenario", entries::scenario, 20);
}

#[test]
fn tables() {
    each("csv", entries::csv, 40);
}

#[test]
fn journals() {
    each("journal", entries::journal, 40);
}
