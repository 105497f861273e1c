//! What numbers rest on, over several scenarios: every number that a scenario gives, its value, grade and source, and
//! which of the scenarios use it. A number is one line as long as address, value, grade and source are the same.

use super::Scenario;
use super::describe::{is_evidence, quantity};
use crate::input::{Grade, Number};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What makes two numbers of two scenarios the same line.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    address: String,
    value: String,
    unit: &'static str,
    source: String,
}

/// The evidence behind scenarios as a Markdown page; each comes with the name by which the page refers to it.
pub fn markdown(scenarios: &[(String, Scenario)]) -> String {
    let mut text = String::from(concat!(
        "<!-- Printed by `roundtrip evidence`. -->\n",
        "# Evidence\n\n",
        "Every number of the scenarios below, with its grade and source, and which scenarios use it. A number stands once\n",
        "where address, value and source are the same. Letters with three digits are rows of `data/facts.csv`.\n\n",
    ));
    counts(&mut text, scenarios);
    for grade in Grade::ALL.into_iter().rev() {
        section(&mut text, scenarios, grade);
    }
    text
}

fn given(scenario: &Scenario) -> impl Iterator<Item = &Number> {
    scenario.numbers.iter().filter(|number| !number.is_default && is_evidence(number))
}

/// How many numbers of each scenario have which grade.
fn counts(text: &mut String, scenarios: &[(String, Scenario)]) {
    let grades: Vec<Grade> = Grade::ALL.into_iter().rev().collect();
    let words: Vec<&str> = grades.iter().map(|grade| grade.word()).collect();
    let _ = writeln!(text, "| scenario | numbers | uncertain | {} |", words.join(" | "));
    let _ = writeln!(text, "|---|--:|--:|{}", "--:|".repeat(grades.len()));
    for (name, scenario) in scenarios {
        let of = |grade: Grade| given(scenario).filter(|number| number.grade == grade).count().to_string();
        let cells: Vec<String> = grades.iter().map(|grade| of(*grade)).collect();
        let all = given(scenario).count();
        let uncertain = given(scenario).filter(|number| !number.is_certain()).count();
        let _ = writeln!(text, "| {} | {all} | {uncertain} | {} |", cell(name), cells.join(" | "));
    }
}

/// The numbers of one grade, by the section of the file in which they stand.
fn section(text: &mut String, scenarios: &[(String, Scenario)], grade: Grade) {
    let mut lines: BTreeMap<Line, Vec<&str>> = BTreeMap::new();
    for (name, scenario) in scenarios {
        for number in given(scenario).filter(|number| number.grade == grade) {
            let line = Line {
                address: number.address.clone(),
                value: quantity(scenario, number),
                unit: number.unit.text(),
                source: number.source.clone().unwrap_or_default(),
            };
            lines.entry(line).or_default().push(name);
        }
    }
    if lines.is_empty() {
        return;
    }
    let uses: usize = lines.values().map(Vec::len).sum();
    let _ = writeln!(text, "\n## {}: {} numbers, {uses} uses", grade.word(), lines.len());
    let mut heading = String::new();
    for (line, users) in &lines {
        let here = heading_of(&line.address);
        if here != heading {
            let _ = writeln!(
                text,
                "\n### {}\n\n| number | value | source | scenarios |\n|---|---|---|---|",
                cell(&here)
            );
            heading = here;
        }
        let source = if line.source.is_empty() { "none" } else { &line.source };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} |",
            line.address.strip_prefix(&format!("{heading}.")).unwrap_or(&line.address),
            cell(format!("{} {}", line.value, line.unit).trim()),
            cell(source),
            used_by(users, scenarios.len()),
        );
    }
}

/// `lab.OpenAI` for `lab.OpenAI.round.gap`; sections that stand once in a file have one part, links have three.
fn heading_of(address: &str) -> String {
    let section = address.split('.').next().unwrap_or(address);
    let parts = super::SECTIONS
        .iter()
        .find(|known| known.name == section)
        .map_or(1, |known| if known.repeated { 1 + known.address.len() } else { 1 });
    address.split('.').take(parts).collect::<Vec<&str>>().join(".")
}

fn used_by(users: &[&str], scenarios: usize) -> String {
    match users.len() {
        all if all == scenarios && scenarios > 1 => "all".to_string(),
        _ => users.iter().map(|name| cell(name)).collect::<Vec<_>>().join(", "),
    }
}

/// A cell of a Markdown table holds no bar and no line break.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").split_whitespace().collect::<Vec<&str>>().join(" ")
}
