//! Text for a terminal of 80 columns: headings, tables, lines that are wrapped, names that are cut.

use crate::words::numbers::{capitalised, names, with_commas};
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};

pub const WIDTH: usize = 80;

/// A title, underlined.
pub fn heading_line(title: &str) -> String {
    format!("{title}\n{}\n", "─".repeat(title.chars().count().min(WIDTH)))
}

/// What begins a sentence: a lab's name keeps its letters.
pub fn capitalised_unless_a_name(labs: &[String]) -> String {
    let words = names(labs, "lab");
    if labs.iter().any(|lab| words.starts_with(lab.as_str())) { words } else { capitalised(&words) }
}

pub fn plain_table() -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    table
}

/// Without the blanks that pad a table's edges.
pub fn printed(table: &Table) -> String {
    let lines = table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_string());
    lines.map(|line| line + "\n").collect()
}

pub fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

pub fn share(value: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    match format!("{:.1}%", 100.0 * value) {
        zero if zero == "-0.0%" => "0.0%".into(),
        digits => with_commas(&digits),
    }
}

/// A standard error of a share, to two figures.
pub fn points(se: f64) -> String {
    if !se.is_finite() {
        return "–".into();
    }
    let digits = if se > 0.0 { (1.0 - (100.0 * se).log10().floor()).clamp(1.0, 4.0) as usize } else { 1 };
    format!("{:.digits$}%", 100.0 * se)
}

/// A name too long for its column goes on below, broken between words.
pub fn in_lines(name: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in name.split_whitespace() {
        let last = lines.last_mut().expect("there is one");
        if last.is_empty() {
            *last = clip(word, width);
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(clip(word, width));
        }
    }
    lines.join("\n")
}

pub fn clip(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let kept: String = text.chars().skip(text.chars().count() - width + 1).collect();
    format!("…{kept}")
}

/// Wraps at 80 columns.
pub fn wrap(text: &str) -> String {
    let mut out = String::new();
    let mut column = 0;
    for word in text.split_whitespace() {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > WIDTH {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(word);
        column += length;
    }
    out.push('\n');
    out
}
