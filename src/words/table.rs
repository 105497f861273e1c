//! Text for a terminal: headings, tables, lines that are wrapped, names that are cut. Laid out for 80 columns; where the
//! reader has fewer or more ([`set_width`]), names have less or more room, and what is still too wide is wrapped in its cells.

use crate::words::numbers::{NO_BREAK, capitalised, names};
use comfy_table::{CellAlignment, ColumnConstraint, ContentArrangement, Table, Width, presets};
use std::sync::atomic::{AtomicUsize, Ordering};

/// What texts are laid out for.
pub const USUAL_WIDTH: usize = 80;

/// Prose in longer lines is hard to read.
const LONGEST_LINE: usize = 100;

/// A name has at least so much room.
const LEAST_NAME: usize = 12;

/// 0 where there is no terminal: a table in a pipe or a file is as wide as it is.
static WIDTH: AtomicUsize = AtomicUsize::new(0);

/// How wide the reader's terminal is; to be called once, before anything is printed.
pub fn set_width(columns: usize) {
    WIDTH.store(columns, Ordering::Relaxed);
}

pub fn width() -> usize {
    match WIDTH.load(Ordering::Relaxed) {
        0 => USUAL_WIDTH,
        columns => columns,
    }
}

/// A title, underlined.
pub fn heading_line(title: &str) -> String {
    let title = wrap(title);
    let longest = title.lines().map(|line| line.chars().count()).max().unwrap_or(0);
    format!("{title}{}\n", "─".repeat(longest))
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
    let columns = WIDTH.load(Ordering::Relaxed);
    printed_within(table, if columns == 0 { usize::MAX } else { columns })
}

fn printed_within(table: &Table, width: usize) -> String {
    let print = |table: &Table| -> Vec<String> {
        table.lines().map(|line| line.strip_prefix(' ').unwrap_or(&line).trim_end().to_string()).collect()
    };
    let mut lines = print(table);
    // Numbers are never broken.
    let every: fn(&str) -> bool = |_| true;
    let numbers: fn(&str) -> bool = |word| word.contains(|c: char| c.is_ascii_digit());
    // Then blanks between columns are taken away, and at last words are broken.
    for (stays_whole, gap) in [(every, 2u16), (every, 1), (numbers, 1)] {
        if lines.iter().all(|line| line.chars().count() <= width) {
            break;
        }
        let mut narrow = table.clone();
        // A blank at either edge is not printed.
        narrow.set_width(width as u16 + gap).set_content_arrangement(ContentArrangement::Dynamic);
        for (column, longest) in longest_words(table, stays_whole).into_iter().enumerate() {
            if let Some(column) = narrow.column_mut(column) {
                column.set_padding((1, gap - 1));
                column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(longest as u16 + gap)));
            }
        }
        lines = print(&narrow);
    }
    lines.into_iter().map(|line| line + "\n").collect()
}

/// Of those that stay whole, by column.
fn longest_words(table: &Table, stays_whole: fn(&str) -> bool) -> Vec<usize> {
    let mut longest = Vec::new();
    for row in table.header().into_iter().chain(table.row_iter()) {
        for (column, cell) in row.cell_iter().enumerate() {
            longest.resize(longest.len().max(column + 1), 0);
            let content = cell.content();
            let words = content.split([' ', '\n']).filter(|word| stays_whole(word));
            longest[column] = words.map(|word| word.chars().count()).fold(longest[column], usize::max);
        }
    }
    longest
}

pub fn right(table: &mut Table, columns: std::ops::Range<usize>) {
    for index in columns {
        if let Some(column) = table.column_mut(index) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
}

/// A name too long for its column goes on below, broken between words.
pub fn in_lines(name: &str, width: usize) -> String {
    let mut lines = vec![String::new()];
    for word in name.split_whitespace() {
        let last = lines.last_mut().expect("there is one");
        if last.is_empty() {
            *last = cut(word, width);
        } else if last.chars().count() + 1 + word.chars().count() <= width {
            last.push(' ');
            last.push_str(word);
        } else {
            lines.push(cut(word, width));
        }
    }
    lines.join("\n")
}

/// A name with the room that it has where `usual` of 80 columns are its own.
pub fn clip(text: &str, usual: usize) -> String {
    cut(text, room(usual))
}

/// As many columns fewer or more than usual as the terminal has.
pub fn room(usual: usize) -> usize {
    (usual + width()).saturating_sub(USUAL_WIDTH).max(LEAST_NAME.min(usual))
}

fn cut(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_string();
    }
    let kept: String = text.chars().skip(text.chars().count() - width + 1).collect();
    format!("…{kept}")
}

/// Lines as they are, but where the terminal is narrower: their rest then stands below, further in.
pub fn hanging(text: &str) -> String {
    hanging_within(text, WIDTH.load(Ordering::Relaxed))
}

fn hanging_within(text: &str, width: usize) -> String {
    let fits = |line: &str| width == 0 || line.chars().count() <= width;
    let mut out = String::new();
    for line in text.lines() {
        if fits(line) {
            out += line;
            out.push('\n');
            continue;
        }
        let indent = line.chars().take_while(|c| *c == ' ').count();
        let deeper = " ".repeat(indent + 4);
        let room = width.saturating_sub(indent + 4).max(LEAST_NAME);
        for (place, part) in wrapped(line, room).lines().enumerate() {
            out += &if place == 0 {
                format!("{}{part}\n", " ".repeat(indent))
            } else {
                format!("{deeper}{part}\n")
            };
        }
    }
    out
}

/// Wraps at the terminal's width, or before lines become too long to read.
pub fn wrap(text: &str) -> String {
    wrapped(text, width().min(LONGEST_LINE))
}

fn wrapped(text: &str, width: usize) -> String {
    let mut out = String::new();
    let mut column = 0;
    // Not at a no-break space: an amount keeps its unit.
    for word in text.split([' ', '\n']).filter(|word| !word.is_empty()) {
        let length = word.chars().count();
        if column > 0 && column + 1 + length > width {
            out.push('\n');
            column = 0;
        } else if column > 0 {
            out.push(' ');
            column += 1;
        }
        out.push_str(&word.replace(NO_BREAK, " "));
        column += length;
    }
    out.push('\n');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_wide_is_wrapped_in_its_cells_and_numbers_stay_whole() {
        let mut table = plain_table();
        table.set_header(["a heading of several words", "mean and error", "and more words than fit"]);
        table.add_row(["some words about it", "1,234.5678 ± 0.0012", "the rest of what is said"]);
        right(&mut table, 1..2);
        let wide = printed_within(&table, 200);
        assert_eq!(wide.lines().count(), 2);
        for width in [40, 60] {
            let narrow = printed_within(&table, width);
            assert!(narrow.lines().all(|line| line.chars().count() <= width), "{width}:\n{narrow}");
            assert!(narrow.contains("1,234.5678"), "{narrow}");
            let words = |text: &str| {
                let mut words: Vec<String> = text.split_whitespace().map(String::from).collect();
                words.sort();
                words
            };
            assert_eq!(words(&narrow), words(&wide));
        }
    }

    #[test]
    fn a_long_line_hangs_below_its_beginning() {
        let text = "short\n\n  one two three four five six\n";
        assert_eq!(hanging_within(text, 0), text);
        assert_eq!(hanging_within(text, 80), text);
        assert_eq!(hanging_within(text, 20), "short\n\n  one two three\n      four five six\n");
    }

    #[test]
    fn lines_are_as_long_as_they_may_be() {
        let text = "one two three four five six seven eight nine ten";
        assert_eq!(wrapped(text, 14), "one two three\nfour five six\nseven eight\nnine ten\n");
        assert_eq!(wrapped(text, 80), format!("{text}\n"));
        assert_eq!(wrapped("it is $13\u{a0}bn", 10), "it is\n$13 bn\n");
    }
}
