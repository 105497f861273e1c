//! The scenario as it was understood, for `check`: every key, every number with its unit, grade and source, defaults
//! included, in the file's order; then how much of it rests on what.

use super::{SECTIONS, Scenario, Section};
use crate::input::days::date_of;
use crate::input::node::Entry;
use crate::input::{Default, Family, Grade, Key, Node, Number, NumberId, Quantity, STATES, Shape};
use crate::state::Clock;

/// A line of the table.
struct Line {
    key: String,
    is_number: bool,
    value: String,
    unit: &'static str,
    grade: &'static str,
    source: String,
}

/// The whole scenario as aligned text, a line for each key and number however long.
pub fn describe(scenario: &Scenario) -> String {
    describe_within(scenario, usize::MAX)
}

/// The same for a reader's width: where it is too narrow for a line, sources stand below their numbers, wrapped, and where
/// it is too narrow even for numbers beside their keys, these too.
pub fn describe_within(scenario: &Scenario, width: usize) -> String {
    let clock = Clock::new(scenario.start, scenario.years, scenario.steps_per_year);
    let heading = format!(
        "{}: {} steps, {} a year, from {}",
        scenario.name,
        clock.steps,
        scenario.steps_per_year,
        date(scenario.start)
    );
    let mut text = wrapped(&heading, width).join("\n") + "\n";
    let sections = sections(scenario, |section, parts| {
        format!("{} {}", section.heading(), parts.join(", ")).trim().to_string()
    });
    let all = || sections.iter().flat_map(|(_, lines)| lines);
    let longest = |of: fn(&Line) -> &str| all().map(|line| of(line).chars().count()).max().unwrap_or(0);
    let [key, value, unit, grade, source] = [
        longest(|line| &line.key),
        longest(|line| &line.value),
        longest(|line| line.unit),
        longest(|line| line.grade),
        longest(|line| &line.source),
    ];
    // Two blanks before each column.
    let others = 2 + key + 2 + 2 + unit + 2 + grade;
    let fits = others + value + 2 + source <= width;
    let value = if fits { value } else { value.min(width.saturating_sub(others).max(NARROWEST_VALUE)) };
    let widths = [key, value, unit, grade];
    let is_stacked = others.saturating_add(NARROWEST_VALUE) > width;
    for (heading, lines) in &sections {
        text.push_str(&format!("\n{heading}\n"));
        for line in lines {
            if is_stacked {
                let number = [line.value.as_str(), line.unit, line.grade].join(" ");
                for (indent, words) in [(2, &line.key), (4, &number), (6, &line.source)] {
                    let room = width.saturating_sub(indent).max(NARROWEST_VALUE);
                    text.extend(
                        wrapped(words, room)
                            .into_iter()
                            .map(|words| format!("{}{words}\n", " ".repeat(indent))),
                    );
                }
                continue;
            }
            let mut values = wrapped(&line.value, if fits { usize::MAX } else { value }).into_iter();
            let first = values.next().unwrap_or_default();
            let columns = [line.key.as_str(), &first, line.unit, line.grade].into_iter().zip(widths);
            let aligned: Vec<String> = columns.map(|(cell, width)| pad(cell, width)).collect();
            let beside = if fits { line.source.as_str() } else { "" };
            text.push_str(format!("  {}  {beside}", aligned.join("  ")).trim_end());
            text.push('\n');
            if !fits {
                let below = 2 + key + 2;
                let sources = wrapped(&line.source, width.saturating_sub(below + 2).max(NARROWEST_VALUE));
                let more = values.chain(sources.into_iter().map(|source| format!("  {source}")));
                text.extend(more.map(|more| format!("{}{more}\n", " ".repeat(below))));
            }
        }
    }
    text.push('\n');
    text.extend(wrapped(&summary(scenario), width).into_iter().map(|line| line + "\n"));
    text
}

/// The sections in the file's order, each by its heading.
fn sections(scenario: &Scenario, heading: impl Fn(&Section, &[&str]) -> String) -> Vec<(String, Vec<Line>)> {
    let mut sections = Vec::new();
    for (name, node) in &scenario.sections {
        let Some(section) = SECTIONS.iter().find(|section| section.name == *name) else { continue };
        let parts: Vec<&str> = section.address.iter().filter_map(|key| node.text_if(key)).collect();
        let mut lines = Lines { scenario, lines: Vec::new() };
        lines.node(node, section.keys, "");
        sections.push((heading(section, &parts), lines.lines));
    }
    sections
}

/// What is no number, by address in the file's order: dates, lists, words, and what an absent key means.
pub fn words(scenario: &Scenario) -> Vec<(String, String)> {
    let by_address = sections(scenario, |section, parts| [&[section.name], parts].concat().join("."));
    let words = by_address.into_iter().flat_map(|(address, lines)| {
        let words = lines.into_iter().filter(|line| !line.is_number);
        words.map(move |line| (format!("{address}.{}", line.key), line.value))
    });
    words.collect()
}

/// A column no narrower, however narrow the reader's width.
const NARROWEST_VALUE: usize = 24;

/// Lines of whole words; none for an empty text.
pub(super) fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ').filter(|word| !word.is_empty()) {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_string()),
        }
    }
    lines
}

/// How many numbers rest on what.
fn summary(scenario: &Scenario) -> String {
    let given = || scenario.numbers.iter().filter(|number| !number.is_default && is_evidence(number));
    let count = given().count();
    let uncertain = given().filter(|number| !number.is_certain()).count();
    let grades: Vec<String> = Grade::ALL
        .into_iter()
        .map(|grade| (grade, given().filter(|number| number.grade == grade).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(grade, count)| format!("{count} {}", grade.word()))
        .collect();
    let sourced = given().filter(|number| number.source.is_some()).count();
    let defaults = scenario.numbers.iter().filter(|number| number.is_default).count();
    format!(
        "{count} numbers given, {uncertain} of them uncertain: {}; {sourced} with a source. {defaults} defaults.",
        grades.join(", ")
    )
}

/// The length of the run is the user's choice; every other number says something about the world.
pub(super) fn is_evidence(number: &Number) -> bool {
    !number.address.starts_with("scenario.")
}

/// Gathers the lines of one section.
struct Lines<'a> {
    scenario: &'a Scenario,
    lines: Vec<Line>,
}

impl Lines<'_> {
    fn node(&mut self, node: &Node, keys: &[Key], before: &str) {
        for (key, (_, entry)) in keys.iter().zip(&node.entries) {
            let name = format!("{before}{}", key.name);
            match (entry, &key.shape) {
                (Entry::Absent, shape) => match (key.default, shape) {
                    (Default::Owner(sentence), _) => self.absent(name, sentence),
                    (_, Shape::Table(_)) => self.absent(name, "none"),
                    _ => {}
                },
                (Entry::Text(text), _) => self.plain(name, text.clone()),
                (Entry::Words(words), _) => self.plain(name, words.join(", ")),
                (Entry::Whole(number), _) => self.plain(name, number.to_string()),
                (Entry::Date(days), _) => self.plain(name, date(*days)),
                (Entry::Number(id), _) => self.number(name, *id),
                (Entry::States(ids), _) => self.states(&name, ids),
                (Entry::Matrix(rows), _) => {
                    for (row, state) in rows.iter().zip(STATES) {
                        self.states(&format!("{name}.{state}"), row);
                    }
                }
                (Entry::Table(inner), Shape::Table(keys)) => self.node(inner, keys, &format!("{name}.")),
                (Entry::List(nodes), Shape::List(keys)) => {
                    for (index, inner) in nodes.iter().enumerate() {
                        self.node(inner, keys, &format!("{name}.{index}."));
                    }
                }
                (Entry::NumberBy(pairs), _) => {
                    for (actor, id) in pairs {
                        self.number(format!("{name}.{actor}"), *id);
                    }
                }
                (Entry::TableBy(pairs), Shape::TableBy(_, keys)) => {
                    for (actor, inner) in pairs {
                        self.node(inner, keys, &format!("{name}.{actor}."));
                    }
                }
                (Entry::Pair(ids), _) => {
                    let addresses = ids.map(|id| self.scenario.number(id).address.clone());
                    self.plain(name, addresses.join(" and "));
                }
                (Entry::Table(_) | Entry::List(_) | Entry::TableBy(_), _) => {}
            }
        }
    }

    fn states(&mut self, key: &str, ids: &[NumberId; 3]) {
        for (id, state) in ids.iter().zip(STATES) {
            self.number(format!("{key}.{state}"), *id);
        }
    }

    fn plain(&mut self, key: String, value: String) {
        self.lines.push(Line { key, is_number: false, value, unit: "", grade: "", source: String::new() });
    }

    fn absent(&mut self, key: String, meaning: &str) {
        let value = meaning.to_string();
        self.lines.push(Line {
            key,
            is_number: false,
            value,
            unit: "",
            grade: "default",
            source: String::new(),
        });
    }

    fn number(&mut self, key: String, id: NumberId) {
        let number = self.scenario.number(id);
        self.lines.push(Line {
            key,
            is_number: true,
            value: quantity(self.scenario, number),
            unit: number.unit.text(),
            grade: match (number.is_default, is_evidence(number)) {
                (true, _) => "default",
                (false, true) => number.grade.word(),
                (false, false) => "",
            },
            source: [number.label.as_ref().map(|label| format!("“{label}”")), number.source.clone()]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join("; "),
        });
    }
}

/// A number as it was understood: `0.3`, `2 to 9`, `posterior.csv: …`.
pub fn quantity(scenario: &Scenario, number: &Number) -> String {
    let value = number.quantity.to_string();
    match &number.quantity {
        Quantity::Uncertain(distribution) => match distribution.family {
            Family::Empirical { table, .. } => format!("{}: {value}", scenario.tables[table as usize].name),
            _ => value,
        },
        Quantity::Certain(_) => value,
    }
}

fn pad(cell: &str, width: usize) -> String {
    let room = width.saturating_sub(cell.chars().count());
    format!("{cell}{}", " ".repeat(room))
}

/// `2025-09-08`
pub fn date(days: i32) -> String {
    date_of(days).to_string()
}
