//! "On any machine": the bytes of results do not depend on the platform's elementary functions. A library put before the
//! platform's makes each of them wrong by a millionth, far more than any two platforms differ; results must not notice.
//! Needs Linux and a C compiler; elsewhere it says that it was skipped.

#![cfg(target_os = "linux")]

use std::path::{Path, PathBuf};
use std::process::Command;

const WRONG: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#define ONE(name) double name(double x) { double (*real)(double) = (double (*)(double))dlsym(RTLD_NEXT, #name); return real(x) * (1.0 + 1e-6); }
#define TWO(name) double name(double x, double y) { double (*real)(double, double) = (double (*)(double, double))dlsym(RTLD_NEXT, #name); return real(x, y) * (1.0 + 1e-6); }
ONE(exp) ONE(exp2) ONE(expm1) ONE(log) ONE(log2) ONE(log10) ONE(log1p) ONE(sin) ONE(cos) ONE(tan) ONE(acos) ONE(cbrt)
TWO(pow) TWO(atan2) TWO(hypot)
"#;

fn wrong_functions(folder: &Path) -> Option<PathBuf> {
    let (source, library) = (folder.join("wrong.c"), folder.join("wrong.so"));
    std::fs::write(&source, WRONG).unwrap();
    let flags = ["-shared", "-fPIC", "-fno-builtin", "-o"];
    let made = Command::new("cc").args(flags).arg(&library).arg(&source).arg("-ldl").status();
    made.is_ok_and(|status| status.success()).then_some(library)
}

fn call(args: &[&str], before: Option<&Path>) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
    command.args(args).arg("--quiet").current_dir(env!("CARGO_MANIFEST_DIR"));
    if let Some(library) = before {
        command.env("LD_PRELOAD", library);
    }
    let output = command.output().unwrap();
    assert!(output.status.success(), "{args:?}: {}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn results_do_not_depend_on_the_platforms_functions() {
    let folder = tempfile::tempdir().unwrap();
    let Some(wrong) = wrong_functions(folder.path()) else {
        eprintln!("skipped: there is no C compiler `cc`");
        return;
    };
    let of = |name: &str, library: Option<&Path>| {
        let out = folder.path().join(name);
        let out = |study: &str| out.join(study).display().to_string();
        call(&["run", "configs/oracle.toml", "--paths", "400", "--out", &out("run")], library);
        let events = "data/announcements.csv";
        let effort = ["--chains", "2", "--draws", "500", "--tune", "300", "--until", "2025-06-01"];
        call(&[&["calibrate", events, "--out", &out("calibrate")][..], &effort[..]].concat(), library);
    };
    of("right", None);
    of("wrong", Some(&wrong));
    let same = |file: &str| {
        let read = |of: &str| std::fs::read(folder.path().join(of).join(file)).unwrap();
        read("right") == read("wrong")
    };
    for file in ["summary.json", "paths.parquet", "courses.parquet", "flows.csv", "charts/answer.svg"] {
        assert!(same(&format!("run/oracle/{file}")), "{file}");
    }
    assert!(same("calibrate/posterior.csv"));
    // Predictions are drawn by rand_distr, which calls the platform: so the functions that are wrong were called.
    assert!(!same("calibrate/summary.json"));
}
