//! A table of facts as text, such as dated events or outcomes: columns by name, cells with their places. Every wrong cell
//! is reported with its line, column, text and what to do, all at once.
//!
//! Columns that are not asked for are ignored. An empty cell means "not known".

use super::days::day_number;
use super::file::{self, cannot_read};
use super::names::{did_you_mean, meant, quoted};
use super::separated::{Separated, start_of_record};
use super::{Finding, Findings, Sources, Span};
use std::io;
use std::path::Path;
use std::sync::Arc;

/// The text of a file that the command names, and the file as it was named.
pub fn text_of(path: &Path) -> Result<(String, String), Findings> {
    text(path, file::read(path, file::TABLE))
}

/// The same of a file that a scenario names.
pub fn text_of_plain(path: &Path) -> Result<(String, String), Findings> {
    text(path, file::read_plain(path, file::TABLE))
}

fn text(path: &Path, bytes: io::Result<Vec<u8>>) -> Result<(String, String), Findings> {
    let file = path.display().to_string();
    match bytes.map(String::from_utf8) {
        Ok(Ok(text)) => Ok((file, text)),
        Ok(Err(_)) => {
            let finding = Finding::error(format!("`{file}` is not UTF-8 text"));
            Err(lone(&file, finding.help("save it as CSV in UTF-8")))
        }
        Err(error) => Err(lone(&file, Finding::error(cannot_read(path, &error)))),
    }
}

fn lone(file: &str, finding: Finding) -> Findings {
    let mut findings = Findings::new(Arc::new(Sources::new(file, "")));
    findings.push(finding);
    findings
}

/// Which columns a kind of table has.
#[derive(Debug, Clone, Copy)]
pub struct Columns {
    pub required: &'static [&'static str],
    /// Read where they are.
    pub optional: &'static [&'static str],
}

/// A table that is being read.
pub struct Table<'t> {
    text: &'t str,
    separated: Separated,
    pub findings: Findings,
    /// Column names as the file has them.
    columns: Vec<String>,
}

/// One row: its cells, where it begins, and on which line.
pub struct Row {
    cells: csv::StringRecord,
    start: usize,
    pub line: usize,
}

impl<'t> Table<'t> {
    pub fn new(file: &str, text: &'t str) -> Table<'t> {
        let findings = Findings::new(Arc::new(Sources::new(file, text)));
        Table { text, separated: Separated::of(text), findings, columns: Vec::new() }
    }

    /// The rows that have as many cells as there are columns; none where a column is missing.
    pub fn rows(&mut self, columns: &Columns) -> Vec<Row> {
        let mut reader = self.separated.reader(self.text);
        let mut rows = Vec::new();
        // Counted on from row to row: a file of daily returns has a hundred thousand.
        let (mut line, mut counted) = (1, 0);
        for (k, record) in reader.records().enumerate() {
            let cells = match record {
                Ok(record) => record,
                Err(error) => {
                    self.findings.push(Finding::error(format!("not a table: {error}")));
                    break;
                }
            };
            let from = cells.position().map_or(0, |p| p.byte() as usize);
            let start = start_of_record(self.text, from);
            if k == 0 {
                self.columns =
                    cells.iter().map(|cell| cell.trim().trim_start_matches('\u{feff}').to_string()).collect();
                if !self.has(columns) {
                    return Vec::new();
                }
                continue;
            }
            if cells.len() != self.columns.len() {
                let what = if cells.len() == 1 { "cell" } else { "cells" };
                let message =
                    format!("{} {what} where there are {} columns", cells.len(), self.columns.len());
                let end = self.text[start..].find('\n').map_or(self.text.len(), |end| start + end);
                let help = format!(
                    "cells are separated by {} here; a cell that holds one, or a line break, must stand in double quotes",
                    self.separated.name()
                );
                self.findings.push(Finding::error(message).at(&(start..end)).help(help));
                continue;
            }
            line += self.text[counted..start].matches('\n').count();
            counted = start;
            rows.push(Row { cells, start, line });
        }
        rows
    }

    fn has(&mut self, columns: &Columns) -> bool {
        let begin = start_of_record(self.text, 0);
        let end = self.text[begin..].find(['\r', '\n']).map_or(self.text.len(), |end| begin + end);
        let mut findings = Vec::new();
        let mut missing = Vec::new();
        for name in columns.required.iter().chain(columns.optional).copied() {
            match self.columns.iter().filter(|column| *column == name).count() {
                0 if columns.optional.contains(&name) => {}
                0 => match meant(name, self.columns.iter().map(String::as_str)) {
                    Some(near) => findings.push(
                        Finding::error(format!("there is no column `{name}`"))
                            .help(format!("is it `{near}`? Rename it")),
                    ),
                    None => missing.push(name),
                },
                1 => {}
                _ => findings.push(
                    Finding::error(format!("column `{name}` is there twice")).help("remove one of them"),
                ),
            }
        }
        if !missing.is_empty() {
            let what = if missing.len() == 1 { "is no column" } else { "are no columns" };
            let message = format!("there {what} {}", quoted(missing, "and"));
            findings.push(Finding::error(message).help(format!(
                "the first line must name {}, between commas, semicolons or tabs; {} are read where they are",
                quoted(columns.required.iter().copied(), "and"),
                quoted(columns.optional.iter().copied(), "and")
            )));
        }
        let whole = findings.is_empty();
        for finding in findings {
            self.findings.push(finding.at(&(begin..end)));
        }
        whole
    }

    fn index(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    /// A cell's text without blanks around it; empty where the column is not there.
    pub fn cell<'r>(&self, row: &'r Row, column: &str) -> &'r str {
        self.index(column).and_then(|k| row.cells.get(k)).unwrap_or("").trim()
    }

    /// Where a cell stands in the text.
    pub fn span(&self, row: &Row, column: &str) -> Span {
        let wanted = self.index(column).unwrap_or(0);
        let (mut cell, mut quoted, mut start) = (0, false, row.start);
        for (at, byte) in self.text.bytes().enumerate().skip(row.start) {
            match byte {
                b'"' => quoted = !quoted,
                byte if !quoted && (byte == b'\n' || byte == self.separated.separator) => {
                    if cell == wanted {
                        let end = at - usize::from(byte == b'\n' && self.text[..at].ends_with('\r'));
                        return start..end;
                    }
                    if byte == b'\n' && at > row.start {
                        break;
                    }
                    cell += 1;
                    start = at + 1;
                }
                _ => {}
            }
        }
        start..self.text.len()
    }

    /// Reports a cell: what is wrong with it and what to do.
    pub fn wrong(&mut self, row: &Row, column: &str, message: String, help: String) {
        let span = self.span(row, column);
        self.findings.push(Finding::error(message).marked(&span, format!("column {column}")).help(help));
    }

    /// Days since 1970-01-01.
    pub fn day(&mut self, row: &Row, column: &str) -> Option<i32> {
        let cell = self.cell(row, column);
        let date = cell.parse::<jiff::civil::Date>().ok().filter(|_| cell.len() == 10);
        if date.is_none() {
            let message = format!("`{cell}` is not a date");
            self.wrong(row, column, message, "write it as 2025-09-10, a day of the calendar".into());
        }
        date.map(day_number)
    }

    /// One of the words that are known.
    pub fn word<T: Copy>(&mut self, row: &Row, column: &str, known: &[(T, &'static str)]) -> Option<T> {
        let cell = self.cell(row, column);
        let found = known.iter().find(|(_, name)| *name == cell).map(|(value, _)| *value);
        if found.is_none() {
            let names = known.iter().map(|(_, name)| *name);
            if cell.is_empty() {
                let help = format!("every row needs one of {}", quoted(names, "and"));
                self.wrong(row, column, format!("`{column}` is empty"), help);
            } else {
                self.wrong(row, column, format!("`{cell}` is not a {column}"), did_you_mean(cell, names));
            }
        }
        found
    }

    /// `None` where the cell is wrong, `Some(None)` where it is empty. The lower end is outside the range.
    pub fn number(&mut self, row: &Row, column: &str, range: (f64, f64), unit: &str) -> Option<Option<f64>> {
        let cell = self.cell(row, column);
        if cell.is_empty() {
            return Some(None);
        }
        match self.separated.number(cell) {
            Some(value) if value > range.0 && value <= range.1 => Some(Some(value)),
            Some(value) => {
                let message = format!("{value} cannot be a `{column}`");
                self.wrong(
                    row,
                    column,
                    message,
                    format!("give it {unit}; leave the cell empty if it is not known"),
                );
                None
            }
            None => {
                let message = format!("`{cell}` is not a number");
                let help =
                    format!("give it {unit}, with a decimal point; leave the cell empty if it is not known");
                self.wrong(row, column, message, help);
                None
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: Columns = Columns { required: &["a", "b"], optional: &["c"] };

    #[test]
    fn cells_have_their_places_behind_quotes_and_line_breaks() {
        let text = "a,x,b\n1,\"one, two\nthree\",2\r\n3,,4";
        let mut table = Table::new("t.csv", text);
        let rows = table.rows(&COLUMNS);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [2, 4]);
        assert_eq!(table.cell(&rows[0], "x"), "one, two\nthree");
        assert_eq!(&text[table.span(&rows[0], "x")], "\"one, two\nthree\"");
        assert_eq!(&text[table.span(&rows[0], "b")], "2");
        assert_eq!(&text[table.span(&rows[1], "b")], "4");
        assert_eq!((table.cell(&rows[1], "x"), table.cell(&rows[1], "c")), ("", ""));
        assert!(table.findings.is_empty());
    }

    /// Semicolons, decimal commas and comments; places stay those of the text.
    #[test]
    fn other_separators_and_comments_are_read() {
        let text = "# made elsewhere\na;x;b\n# half way\n0,5;\"one; two\";2\n1;;x\n";
        let mut table = Table::new("t.csv", text);
        let rows = table.rows(&COLUMNS);
        assert_eq!(rows.iter().map(|row| row.line).collect::<Vec<_>>(), [4, 5]);
        assert_eq!(table.number(&rows[0], "a", (0.0, 1.0), "a share"), Some(Some(0.5)));
        assert_eq!(&text[table.span(&rows[0], "b")], "2");
        assert_eq!(&text[table.span(&rows[1], "b")], "x");
        assert_eq!(table.number(&rows[1], "b", (0.0, 1.0), "a share"), None);
        assert!(table.findings.to_string().contains("t.csv:5:4"), "{}", table.findings);
    }

    #[test]
    fn columns_are_asked_for() {
        let mut table = Table::new("t.csv", "a,a,bb\n1,2,3\n");
        assert!(table.rows(&COLUMNS).is_empty());
        let text = table.findings.to_string();
        assert!(text.contains("column `a` is there twice"), "{text}");
        assert!(text.contains("no column `b`"), "{text}");
    }
}
