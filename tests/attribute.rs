//! The binary's `attribute` and `verify`: what they print, write and refuse.

mod binary;

use binary::{call, stderr, stdout};
use std::path::{Path, PathBuf};
use std::process::Output;

fn case(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases").join(name)
}

fn attribute(file: &Path, out: &Path, more: &[&str]) -> Output {
    let mut args = vec!["attribute", file.to_str().unwrap(), "--out", out.to_str().unwrap(), "--quiet"];
    args.extend(more);
    call(&args)
}

fn summary(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("summary.json")).unwrap()).unwrap()
}

const FEW: [&str; 4] = ["--paths", "64", "--multiplier-paths", "128"];

#[test]
fn the_same_bytes_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let file = case("12_credits.toml");
    let outs = ["one", "two"].map(|name| folder.path().join(name));
    let shaken: [&str; 4] = ["--set", "lab.Lab.revenue.volatility=0.3", "--set", "market.volatility=0.2"];
    let printed = [("1", &outs[0]), ("2", &outs[1])].map(|(threads, out)| {
        let args = [&FEW[..], &shaken, &["--threads", threads]].concat();
        let output = attribute(&file, out, &args);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stderr(&output), "", "quiet");
        stdout(&output)
    });
    assert_eq!(printed[0], printed[1]);
    let folders = outs.map(|out| out.join("12_credits/attribute"));
    let [one, two] = folders.each_ref().map(|folder| std::fs::read(folder.join("summary.json")).unwrap());
    assert!(one == two, "summary.json differs");
    let body = summary(&folders[0]);
    let ratios = &body["ratio_of_means"];
    for name in
        ["share.causal", "share.causal.upper", "shapley.vendor_equity", "shapley.credits", "multiplier"]
    {
        assert!(ratios[name]["value"].is_number() && ratios[name]["se"].is_number(), "{name}: {ratios}");
    }
    assert!(ratios["loop_gain"].is_object());
    let found = &body["attribute"];
    // Efficiency, as the file has it.
    let values = found["loops"].as_object().unwrap();
    let sum: f64 = values.values().map(|effect| effect["value"].as_f64().unwrap()).sum();
    let added = found["raised"]["added_by_loops"]["value"].as_f64().unwrap();
    assert!((sum - added).abs() < 1e-9, "{sum} {added}");
    assert!(
        added > 0.0
            && found["raised"]["loops_on"]["value"].as_f64() > found["raised"]["loops_off"]["value"].as_f64()
    );
    assert_eq!(found["runs_of_a_path"], (1 << values.len()) + 1);
    assert!(folders[0].join("charts/loops.png").exists() && folders[0].join("manifest.json").exists());
    assert!(printed[0].contains("vendor equity") && printed[0].contains("all of them"), "{}", printed[0]);
}

#[test]
fn formats_and_samplers() {
    let folder = tempfile::tempdir().unwrap();
    let file = case("90_everything_weekly.toml");
    let output =
        attribute(&file, folder.path(), &[&FEW[..], &["--format", "json", "--sampler", "sobol"]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let body: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(body["paths"], 128, "whole rounds of replicates");
    assert!(body["ratio_of_means"]["share.causal"]["se"].as_f64().unwrap() > 0.0);
    assert_eq!(body, summary(&folder.path().join("90_everything_weekly/attribute")));
    let interactions = body["attribute"]["interactions"].as_array().unwrap();
    let loops = body["attribute"]["loops"].as_object().unwrap().len();
    assert_eq!(interactions.len(), loops * (loops - 1) / 2);
    let output =
        attribute(&file, folder.path(), &["--paths", "8", "--multiplier-paths", "0", "--format", "csv"]);
    let csv = stdout(&output);
    assert!(csv.starts_with("scenario,measure,value,se\n") && csv.contains("shapley.vendor_equity"), "{csv}");
    assert!(csv.contains(".carries_most."));
}

#[test]
fn without_chance_the_multiplier_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let output = attribute(&case("13_geometric_loop.toml"), folder.path(), &[]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let text = stdout(&output).replace('\n', " ");
    assert!(text.contains("Multiplier: refused, since without randomness"), "{text}");
    let body = summary(&folder.path().join("13_geometric_loop/attribute"));
    assert!(body["ratio_of_means"]["multiplier"]["value"].is_null());
    assert_eq!(body["ratio_of_means"]["share.causal"]["se"], 0.0);
    assert_eq!(body["ratio_of_means"]["share.causal"]["value"], 1.0, "all of it comes back round");
}

#[test]
fn wrong_input_is_exit_2_and_writes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let file = case("13_geometric_loop.toml");
    let refused: [(&[&str], &str); 4] = [
        (&["--set", "market.rte=0.1"], "market.rate"),
        (&["--off", "vendor_equitty"], "vendor_equity"),
        (&["--multiplier-paths", "few"], "is not a number"),
        (&["--budget", "soon"], "30s"),
    ];
    for (more, expected) in refused {
        let output = attribute(&file, &out, more);
        assert_eq!(output.status.code(), Some(2), "{more:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{more:?}: {}", stderr(&output));
        assert!(!out.exists(), "{more:?} wrote something");
    }
    let output = attribute(&folder.path().join("none.toml"), &out, &[]);
    assert_eq!(output.status.code(), Some(2));
}

#[test]
fn verify_holds_and_can_fail() {
    let output = call(&["verify"]);
    assert_eq!(output.status.code(), Some(0), "{}", stdout(&output));
    let text = stdout(&output);
    assert!(text.contains("All ") && text.contains("absorbing chain") && !text.contains("DIFFERS"), "{text}");
    let output = call(&["verify", "--perturb", "--format", "json"]);
    assert_eq!(output.status.code(), Some(1));
    let body: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!((&body["perturbed"], &body["holds"]), (&true.into(), &false.into()));
    assert!(body["cases"].as_array().unwrap().iter().all(|case| case["holds"] == false));
    assert!(stderr(&output).contains("as they must"), "{}", stderr(&output));
}
