//! The identity of a build: a hash of what it was compiled from, for manifests and journals. And whether the step is
//! compiled for every instruction set, which is most of the work of a build: in those that are made to be run.

use sha2::{Digest, Sha256};
use std::fs;
use std::path::{Path, PathBuf};

fn main() {
    println!("cargo::rerun-if-changed=src");
    println!("cargo::rerun-if-changed=Cargo.lock");
    let mut files = vec![PathBuf::from("Cargo.lock")];
    walk(Path::new("src"), &mut files);
    files.sort();
    let mut hash = Sha256::new();
    for file in files {
        // A packaged copy may have no lock file; a checkout on Windows may have other ends of lines.
        let bytes: Vec<u8> =
            fs::read(&file).unwrap_or_default().into_iter().filter(|byte| *byte != b'\r').collect();
        let name = file.to_string_lossy().replace('\\', "/");
        hash.update(format!("{name} {}\n", bytes.len()));
        hash.update(&bytes);
    }
    let source: String = hash.finalize().iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    println!("cargo::rustc-env=ROUNDTRIP_SOURCE={source}");
    println!("cargo::rustc-check-cfg=cfg(every_instruction_set)");
    if std::env::var("OPT_LEVEL").is_ok_and(|level| !["0", "1"].contains(&level.as_str())) {
        println!("cargo::rustc-cfg=every_instruction_set");
    }
}

fn walk(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}
