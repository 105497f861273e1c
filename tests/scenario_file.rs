//! The scenario file: what is accepted, what is refused and in which words, and what the program prints about it.
//! `UPDATE_GOLDEN=1` writes the goldens; a mismatch leaves the new text beside the old one.

use roundtrip::input::Findings;
use roundtrip::scenario::Scenario;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read_text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// Compares with a golden file, or writes it. Says what differs, if anything.
fn differs_from_golden(path: &Path, text: &str) -> Option<String> {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        return None;
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    if golden == text {
        return None;
    }
    let beside = path.with_added_extension("new");
    std::fs::write(&beside, text)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", beside.display()));
    Some(format!("{} is not {}:\n{text}", path.display(), beside.display()))
}

/// The scenarios of a folder, by file name.
fn scenarios_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

/// Every finding says where and what to do; all of them together are in the golden file beside the scenario.
fn compare_findings(path: &Path, findings: &Findings, wrong: &mut Vec<String>) {
    for finding in findings.iter().filter(|finding| finding.help.is_empty() || finding.places.is_empty()) {
        wrong.push(format!("{}: `{}` has no place or no help", path.display(), finding.message));
    }
    let folder = path.parent().expect("a folder");
    let text = findings.to_string().replace(&format!("{}/", folder.display()), "");
    wrong.extend(differs_from_golden(&path.with_extension("txt"), &text));
}

fn parse(path: &Path) -> Result<Scenario, Findings> {
    let name = path.file_name().expect("a file name").to_string_lossy();
    Scenario::parse(&name, &read_text(path), path.parent().expect("a folder"), &[])
}

#[test]
fn what_is_refused_says_why_where_and_what_to_do() {
    let files = scenarios_in(&folder("tests/refused"));
    assert!(files.len() >= 90, "only {} refused scenarios", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        match parse(path) {
            Ok(_) => wrong.push(format!("{} is accepted", path.display())),
            Err(findings) => compare_findings(path, &findings, &mut wrong),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_is_doubtful_is_accepted_with_a_warning() {
    let files = scenarios_in(&folder("tests/doubtful"));
    assert!(files.len() >= 5, "only {} doubtful scenarios", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        match parse(path) {
            Ok(scenario) if scenario.warnings.is_empty() => {
                wrong.push(format!("{}: no warning", path.display()))
            }
            Ok(scenario) => compare_findings(path, &scenario.warnings, &mut wrong),
            Err(findings) => wrong.push(format!("{} is refused:\n{findings}", path.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
