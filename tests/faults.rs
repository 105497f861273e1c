//! Scenarios that `check` accepts and whose paths leave what numbers can hold: every command that simulates says which
//! path, where and by which key, ends with 1, and leaves nothing that looks whole.

mod binary;

use binary::{call, code, stderr, stdout, text};
use roundtrip::engine::{Arose, Fault, NotFinite, Run, simulate};
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases").join(name)
}

/// A file of everything at once, with numbers changed.
fn fault_of(set: &[(&str, &str)]) -> Option<NotFinite> {
    let set: Vec<(String, String)> = set.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
    let scenario = Scenario::read(&case("90_everything_weekly.toml"), &set);
    let plan = Plan::compile(&scenario.unwrap_or_else(|findings| panic!("{}", findings.render(false))));
    let run = Run { courses: 0, ..Run::new(1, 64) };
    match simulate(&plan, &run, |_| ControlFlow::Continue(())).err()? {
        Fault::NotFinite(fault) => Some(fault),
        Fault::Broken(broken) => panic!("{broken}"),
    }
}

/// What makes a path leave the numbers is found by trying, and named.
#[test]
fn the_key_is_named() {
    let cases: [&[(&str, &str)]; 2] = [
        &[
            ("lab.OpenAI.revenue.growth", "10"),
            ("lab.OpenAI.revenue.half_life", "1000"),
            ("scenario.years", "8"),
        ],
        &[("company.Oracle.drift", "10"), ("scenario.years", "8")],
    ];
    for set in cases {
        let fault = fault_of(set).unwrap_or_else(|| panic!("{set:?} stays finite"));
        let Some(Arose { step, of, .. }) = fault.arose else { panic!("{fault}") };
        assert!(step < of && fault.path < 64, "{fault}");
        assert!(fault.causes.iter().any(|(address, _)| address == set[0].0), "{set:?}: {fault}");
        assert!(fault.to_string().contains(set[0].0), "{fault}");
    }
    assert_eq!(fault_of(&[]), None);
}

/// Not one result of a path is lost in silence, whoever simulates it.
#[test]
fn every_command_that_simulates_says_so() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let file = case("90_everything_weekly.toml");
    let (file, out_text) = (text(&file).to_string(), text(&out).to_string());
    let wild = ["lab.OpenAI.revenue.growth=10", "lab.OpenAI.revenue.half_life=1000", "scenario.years=8"]
        .map(|set| ["--set", set])
        .concat();
    let commands: [&[&str]; 8] = [
        &["run", &file, "--paths", "64"],
        &["run", &file, "--paths", "16384", "--shard", "1/2"],
        &["attribute", &file, "--paths", "64"],
        &["sensitivity", &file, "--paths", "64"],
        &["sweep", &file, "--over", "market.rate=0.02..0.06:3", "--paths", "64"],
        &[
            "solve",
            &file,
            "--vary",
            "market.rate",
            "--until",
            "unwind = 50%",
            "--between",
            "0.02..0.06",
            "--paths",
            "64",
        ],
        &["compare", &file, &file, "--paths", "64"],
        &["replay", &file, "--path", "3"],
    ];
    for command in commands {
        let mut args = [command, &wild].concat();
        if command[0] != "replay" {
            args.extend(["--out", &out_text, "--quiet"]);
        }
        let output = call(&args);
        let said = stderr(&output);
        assert_eq!(code(&output), 1, "{args:?}: {said}{}", stdout(&output));
        assert!(
            said.contains("which is no result") && said.contains("lab.OpenAI.revenue.growth"),
            "{args:?}: {said}"
        );
        assert_eq!(stdout(&output), "", "{args:?}");
        assert_eq!(files_in(&out), Vec::<PathBuf>::new(), "{args:?} left something");
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let entries = entries.map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

/// What no mean of the measure can be is refused before a path is simulated, with what it can be.
#[test]
fn impossible_targets_are_refused() {
    let file = case("13_geometric_loop.toml");
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    for (target, within) in [
        ("unwind = 150%", "between 0% and 100%"),
        ("share.traced = -1%", "between 0% and 100%"),
        ("capital.raised = -5", "0 or more"),
        ("rounds = -1", "0 or more"),
        ("unwind.time = 1000", "between 0"),
    ] {
        let args = ["solve", text(&file), "--vary", "market.rate", "--until", target, "--out", text(&out)];
        let output = call(&args);
        assert_eq!(code(&output), 2, "{target}: {}", stderr(&output));
        assert!(
            stderr(&output).contains("cannot be") && stderr(&output).contains(within),
            "{}",
            stderr(&output)
        );
        assert!(!out.exists(), "{target} began");
    }
}

/// No path unwinds: its time is nothing to print, and its probability is not told as 0 without an end above.
#[test]
fn nothing_is_said_of_nothing() {
    let file = case("02_growth_fade.toml");
    let folder = tempfile::tempdir().unwrap();
    let common = ["--paths", "64", "--quiet", "--out", text(folder.path())];
    let commands: [&[&str]; 4] = [
        &["sweep", text(&file), "--over", "market.rate=0.02..0.04:2", "--measure", "unwind.time"],
        &["solve", text(&file), "--vary", "market.rate", "--until", "unwind.time = 1", "--no-reverse"],
        &["sensitivity", text(&file), "--measure", "unwind.time"],
        &["compare", text(&file), text(&file), "--measure", "unwind.time"],
    ];
    for command in commands {
        let output = call(&[command, &common].concat());
        assert_eq!(code(&output), 1, "{command:?}: {}{}", stderr(&output), stdout(&output));
        assert!(stderr(&output).contains("`unwind.time` is not defined on any of"), "{}", stderr(&output));
        assert_eq!(stdout(&output), "", "{command:?}");
    }
    let output = call(
        &[&["sweep", text(&file), "--over", "market.rate=0.02..0.04:2", "--measure", "unwind"][..], &common]
            .concat(),
    );
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    // Wilson's interval of 0 among 64 ends at z²/(64 + z²).
    assert!(stdout(&output).contains("0% (0% to 5.7%)"), "{}", stdout(&output));
    let output = call(&[&["run", text(&file), "--format", "json"][..], &common].concat());
    let body: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let unwind = &body["measures"]["unwind"];
    assert_eq!((&unwind["mean"], &unwind["low"]), (&0.0.into(), &0.0.into()));
    assert!((unwind["high"].as_f64().unwrap() - 3.8415 / 67.8415).abs() < 1e-4, "{unwind}");
    assert!(body["measures"]["capital.raised"]["low"].is_null());
}
