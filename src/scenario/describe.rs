//! The scenario as it was understood, for `check`: every key, every number with its unit, grade and source, defaults
//! included, in the file's order; then how much of it rests on what.

use super::{SECTIONS, Scenario};
use crate::input::node::Entry;
use crate::input::{Family, Grade, Node, NumberId, Quantity, STATES};
use crate::state::Clock;

/// A line of the table.
struct Line {
    key: String,
    value: String,
    unit: &'static str,
    grade: &'static str,
    source: String,
}

/// The whole scenario as aligned text.
pub fn describe(scenario: &Scenario) -> String {
    let clock = Clock::new(scenario.start, scenario.years, scenario.steps_per_year);
    let mut text = format!(
        "{}: {} steps, {} a year, from {}\n",
        scenario.name,
        clock.steps,
        scenario.steps_per_year,
        date(scenario.start)
    );
    let mut sections: Vec<(String, Vec<Line>)> = Vec::new();
    for (name, node) in &scenario.sections {
        let lines = Lines::of(scenario, node);
        let heading = SECTIONS.iter().find(|section| section.name == *name).map_or(String::new(), |section| {
            let parts: Vec<&str> = section.address.iter().filter_map(|key| node.text_if(key)).collect();
            format!("{} {}", section.heading(), parts.join(", ")).trim().to_string()
        });
        sections.push((heading, lines));
    }
    let all = || sections.iter().flat_map(|(_, lines)| lines);
    let width = |of: fn(&Line) -> &str| all().map(|line| of(line).chars().count()).max().unwrap_or(0);
    let widths =
        [width(|line| &line.key), width(|line| &line.value), width(|line| line.unit), width(|line| line.grade)];
    for (heading, lines) in &sections {
        text.push_str(&format!("\n{heading}\n"));
        for line in lines {
            let columns = [line.key.as_str(), &line.value, line.unit, line.grade].into_iter().zip(widths);
            let aligned: Vec<String> = columns.map(|(cell, width)| pad(cell, width)).collect();
            text.push_str(format!("  {}  {}", aligned.join("  "), line.source).trim_end());
            text.push('\n');
        }
    }
    text.push_str(&summary(scenario));
    text
}

/// `89 numbers in the file, 3 of them uncertain; 12 filed, 30 reported, ...; 41 defaults`
fn summary(scenario: &Scenario) -> String {
    let given = || scenario.numbers.iter().filter(|number| !number.is_default);
    let count = given().count();
    let uncertain = given().filter(|number| !number.is_certain()).count();
    let grades: Vec<String> = Grade::ALL
        .into_iter()
        .map(|grade| (grade, given().filter(|number| number.grade == grade).count()))
        .filter(|(_, count)| *count > 0)
        .map(|(grade, count)| format!("{count} {}", grade.word()))
        .collect();
    let sourced = given().filter(|number| number.source.is_some()).count();
    let defaults = scenario.numbers.len() - count;
    format!(
        "\n{count} numbers given, {uncertain} of them uncertain: {}; {sourced} with a source. {defaults} defaults.\n",
        grades.join(", ")
    )
}

/// Gathers the lines of one section.
struct Lines<'a> {
    scenario: &'a Scenario,
    lines: Vec<Line>,
}

impl Lines<'_> {
    fn of(scenario: &Scenario, node: &Node) -> Vec<Line> {
        let mut lines = Lines { scenario, lines: Vec::new() };
        lines.node(node, "");
        lines.lines
    }

    fn node(&mut self, node: &Node, before: &str) {
        for (key, entry) in &node.entries {
            let key = format!("{before}{key}");
            match entry {
                Entry::Absent => {}
                Entry::Text(text) => self.plain(key, text.clone()),
                Entry::Words(words) => self.plain(key, words.join(", ")),
                Entry::Whole(number) => self.plain(key, number.to_string()),
                Entry::Date(days) => self.plain(key, date(*days)),
                Entry::Number(id) => self.number(key, *id),
                Entry::States(ids) => self.states(&key, ids),
                Entry::Matrix(rows) => {
                    for (row, state) in rows.iter().zip(STATES) {
                        self.states(&format!("{key}.{state}"), row);
                    }
                }
                Entry::Table(inner) => self.node(inner, &format!("{key}.")),
                Entry::List(nodes) => {
                    for (index, inner) in nodes.iter().enumerate() {
                        self.node(inner, &format!("{key}.{index}."));
                    }
                }
                Entry::NumberBy(pairs) => {
                    for (name, id) in pairs {
                        self.number(format!("{key}.{name}"), *id);
                    }
                }
                Entry::TableBy(pairs) => {
                    for (name, inner) in pairs {
                        self.node(inner, &format!("{key}.{name}."));
                    }
                }
                Entry::Pair(ids) => {
                    let addresses = ids.map(|id| self.scenario.number(id).address.clone());
                    self.plain(key, addresses.join(" and "));
                }
            }
        }
    }

    fn states(&mut self, key: &str, ids: &[NumberId; 3]) {
        for (id, state) in ids.iter().zip(STATES) {
            self.number(format!("{key}.{state}"), *id);
        }
    }

    fn plain(&mut self, key: String, value: String) {
        self.lines.push(Line { key, value, unit: "", grade: "", source: String::new() });
    }

    fn number(&mut self, key: String, id: NumberId) {
        let number = self.scenario.number(id);
        let mut value = number.quantity.to_string();
        if let Quantity::Uncertain(distribution) = &number.quantity
            && let Family::Empirical { table, .. } = distribution.family
        {
            value = format!("{}: {value}", self.scenario.tables[table as usize].name);
        }
        self.lines.push(Line {
            key,
            value,
            unit: number.unit.text(),
            grade: if number.is_default { "default" } else { number.grade.word() },
            source: number.source.clone().unwrap_or_default(),
        });
    }
}

fn pad(cell: &str, width: usize) -> String {
    let room = width.saturating_sub(cell.chars().count());
    format!("{cell}{}", " ".repeat(room))
}

/// `2025-09-08`
fn date(days: i32) -> String {
    let span = jiff::Span::new().try_days(days);
    let date = span.and_then(|span| jiff::civil::date(1970, 1, 1).checked_add(span));
    date.map_or_else(|_| format!("day {days}"), |date| date.to_string())
}
