//! The engine against an independent program (`tests/reference/reference.py`, written from the model's text alone),
//! measure by measure: cases without randomness, each with a derivation by hand beside it, and cases that use
//! everything at once, followed on the engine's own random numbers. The identities of §11 are checked after each step.
//!
//! `NN_name.json` is the expected result; `.pathK` names the path (seed 1), `.off_LOOP` the loops that are off,
//! `.extra_D` the extra dollar. `DRAWS=folder cargo test --test reference` writes the random numbers of every path
//! that a case follows, for the other program.

use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Run, replay, simulate};
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use roundtrip::state::Loops;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

/// Relative to a throughput of 1 or more.
const TOLERANCE: f64 = 1e-8;

struct Case {
    scenario: PathBuf,
    expected: PathBuf,
    path: u64,
    off: Vec<String>,
    extra: f64,
}

/// The first edition of the model, and the second; of its cases those whose mechanisms are all there.
const FOLDERS: [(&str, std::ops::RangeInclusive<u32>); 2] = [("cases", 0..=99), ("cases2", 100..=149)];

fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> =
        FOLDERS.into_iter().flat_map(|(folder, numbers)| cases_in(folder, &numbers)).collect();
    cases.sort_by(|a, b| a.expected.cmp(&b.expected));
    cases
}

fn cases_in(folder: &str, numbers: &std::ops::RangeInclusive<u32>) -> Vec<Case> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference").join(folder);
    let mut cases = Vec::new();
    for entry in std::fs::read_dir(&folder).unwrap() {
        let expected = entry.unwrap().path();
        let name = expected.file_name().unwrap().to_str().unwrap().to_string();
        let Some(stem) = name.strip_suffix(".json") else { continue };
        // The causal lens of a path, and runs without tied contracts, are no runs of one path of this program.
        if [".lens", ".tied"].iter().any(|end| stem.ends_with(end)) {
            continue;
        }
        let digits: String = stem.chars().take_while(char::is_ascii_digit).collect();
        if !numbers.contains(&digits.parse().unwrap()) {
            continue;
        }
        let mut parts = stem.split('.').collect::<Vec<_>>();
        // A number such as 0.5 is split at its point.
        let (mut path, mut off, mut extra) = (0, Vec::new(), 0.0);
        if let Some(at) = stem.find(".extra_") {
            extra = stem[at + 7..].parse().unwrap();
            parts = stem[..at].split('.').collect();
        }
        for part in &parts[1..] {
            if let Some(number) = part.strip_prefix("path") {
                path = number.parse().unwrap();
            } else if let Some(word) = part.strip_prefix("off_") {
                off.push(word.to_string());
            } else {
                panic!("what is `{part}` in {name}?");
            }
        }
        cases.push(Case { scenario: folder.join(format!("{}.toml", parts[0])), expected, path, off, extra });
    }
    cases
}

fn loops(off: &[String]) -> Loops {
    let mut loops = Loops::ALL_ON;
    for word in off {
        loops = match word.as_str() {
            "causal" => loops.causal_off(),
            "all" => Loops::ALL_OFF,
            name => loops.without(roundtrip::deals::loop_named(name).unwrap()),
        };
    }
    loops
}

fn plan_of(path: &Path) -> Plan {
    let scenario = Scenario::read(path, &[]).unwrap_or_else(|findings| panic!("{}", findings.render(false)));
    Plan::compile(&scenario)
}

fn measures_of(plan: &Plan, case: &Case) -> BTreeMap<String, f64> {
    let mut run = Run::new(1, case.path + 1);
    (run.first, run.end) = (case.path, case.path + 1);
    run.loops = loops(&case.off);
    run.extra = case.extra;
    // One path: the audit looks at every lane.
    run.width = 8;
    run.audit = case.extra >= 0.0;
    let names = column_names(plan);
    let mut measures = BTreeMap::new();
    simulate(plan, &run, |block| {
        for (name, column) in names.iter().zip(&block.columns) {
            measures.insert(name.clone(), column[0]);
        }
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    measures
}

/// The measures that differ, in words.
fn differences(got: &BTreeMap<String, f64>, expected: &serde_json::Value) -> Vec<String> {
    let mut differences = Vec::new();
    for (name, value) in expected.as_object().unwrap() {
        let Some(got) = got.get(name) else {
            differences.push(format!("{name}: missing"));
            continue;
        };
        let same = match value.as_f64() {
            None => got.is_nan(),
            Some(want) => (got - want).abs() <= TOLERANCE * want.abs().max(1.0),
        };
        if !same {
            differences.push(format!("{name}: expected {value}, got {got}"));
        }
    }
    differences
}

#[test]
fn every_case_agrees_with_the_reference() {
    let cases = cases();
    assert!(cases.len() > 150, "only {} cases found", cases.len());
    let mut failures = Vec::new();
    for case in &cases {
        let plan = plan_of(&case.scenario);
        let expected = serde_json::from_str(&std::fs::read_to_string(&case.expected).unwrap()).unwrap();
        let differences = differences(&measures_of(&plan, case), &expected);
        if !differences.is_empty() {
            let name = case.expected.file_name().unwrap().to_string_lossy();
            failures.push(format!("{name}: {} measures, first {}", differences.len(), differences[0]));
        }
    }
    assert!(failures.is_empty(), "{} of {} cases:\n{}", failures.len(), cases.len(), failures.join("\n"));
}

/// The comparison can fail: a result moved by a millionth is found.
#[test]
fn a_small_difference_is_found() {
    let case = cases().into_iter().find(|c| c.expected.ends_with("90_everything_weekly.path0.json")).unwrap();
    let mut measures = measures_of(&plan_of(&case.scenario), &case);
    let expected = serde_json::from_str(&std::fs::read_to_string(&case.expected).unwrap()).unwrap();
    assert!(differences(&measures, &expected).is_empty());
    *measures.get_mut("capital.raised").unwrap() *= 1.0 + 1e-6;
    assert_eq!(differences(&measures, &expected).len(), 1);
}

/// Every case has its derivation or, where it follows random numbers, says so.
#[test]
fn every_case_is_derived_beside_it() {
    for case in cases() {
        let derivation = case.scenario.with_extension("md");
        assert!(derivation.exists(), "{} has no derivation", derivation.display());
    }
}

#[test]
fn draws_are_written_when_asked() {
    let Some(to) = std::env::var_os("DRAWS") else { return };
    for case in cases().iter().filter(|c| c.expected.to_string_lossy().contains(".path") && c.off.is_empty())
    {
        let draws = replay::draws(&plan_of(&case.scenario), 1, case.path);
        let named = |columns: Vec<(String, Vec<f64>)>| -> serde_json::Value {
            columns.into_iter().map(|(name, values)| (name, serde_json::Value::from(values))).collect()
        };
        let (mut shocks, mut noises) = (Vec::new(), Vec::new());
        for (name, shock, noise) in draws.companies {
            shocks.push((name.clone(), shock));
            noises.push((name, noise));
        }
        let text = serde_json::json!({
            "z_market": draws.market, "z_sector": draws.sector, "z_company": named(shocks),
            "z_announcement": named(noises), "z_lab": named(draws.labs), "z_factor": named(draws.factors),
            "u_sentiment": draws.sentiment, "tender": named(draws.tenders), "deferral": named(draws.deferrals),
        });
        let stem = case.expected.file_stem().unwrap().to_string_lossy().to_string();
        std::fs::write(Path::new(&to).join(format!("{stem}.draws.json")), text.to_string()).unwrap();
    }
}
