//! Empirical columns: `{ empirical = "posterior.csv", column = "elasticity" }`. A file is read once; its columns share
//! the table's number, so that a path draws one row for all of them.

use super::names::did_you_mean;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

/// A file of empirical columns that the scenario draws from.
#[derive(Debug, Clone)]
pub struct Table {
    /// As the scenario writes it.
    pub name: String,
    /// Where it was found.
    pub path: PathBuf,
    columns: Vec<String>,
    /// Cells by row, with the line of the file that the row begins on; by rising value of the file's first column where
    /// that holds numbers. A row's place is then the same whichever columns a scenario draws from, so that runs which
    /// set one of them stay paired in the others.
    rows: Vec<(u64, Vec<String>)>,
}

/// Why a column cannot be had: what is wrong, and what to do.
pub struct Unreadable {
    pub message: String,
    pub help: String,
}

impl Unreadable {
    fn new(message: String, help: &str) -> Unreadable {
        Unreadable { message, help: help.to_string() }
    }
}

impl Table {
    /// Reads a file; `base` is the scenario's folder.
    pub fn read(name: &str, base: &Path) -> Result<Table, Unreadable> {
        let path = base.join(name);
        let help = "a relative name is looked for beside the scenario file";
        let bytes = std::fs::read(&path)
            .map_err(|error| Unreadable::new(cannot_read(&plain(&path), &error), help))?;
        let help = "the file must be CSV: a line of column names, then a line per row with as many cells";
        let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::All).from_reader(bytes.as_slice());
        let broken = |error: csv::Error| Unreadable::new(format!("`{name}` is not a table: {error}"), help);
        let columns: Vec<String> = reader.headers().map_err(broken)?.iter().map(String::from).collect();
        let is_twice =
            |(index, name): &(usize, &String)| !name.is_empty() && columns[..*index].contains(name);
        if let Some((_, column)) = columns.iter().enumerate().find(is_twice) {
            let help = "name each column once, so that it is certain which one is meant";
            return Err(Unreadable::new(format!("`{name}` has two columns `{column}`"), help));
        }
        let mut rows = Vec::new();
        for record in reader.records() {
            let record = record.map_err(broken)?;
            let line = record.position().map_or(0, csv::Position::line);
            rows.push((line, record.iter().map(String::from).collect()));
        }
        if rows.is_empty() {
            return Err(Unreadable::new(format!("`{name}` has no rows"), help));
        }
        let first = |row: &(u64, Vec<String>)| row.1.first().and_then(|cell| cell.parse::<f64>().ok());
        if rows.iter().all(|row| first(row).is_some_and(f64::is_finite)) {
            rows.sort_by(|a, b| first(a).partial_cmp(&first(b)).unwrap_or(std::cmp::Ordering::Equal));
        }
        Ok(Table { name: name.to_string(), path, columns, rows })
    }

    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// A column's values by row.
    pub fn column(&self, column: &str) -> Result<Arc<Vec<f64>>, Unreadable> {
        let Some(index) = self.columns.iter().position(|name| name == column) else {
            let message = format!("`{}` has no column `{column}`", self.name);
            let help = did_you_mean(column, self.columns.iter().map(String::as_str));
            return Err(Unreadable { message, help });
        };
        let value = |(line, cells): &(u64, Vec<String>)| {
            let cell = cells.get(index).map_or("", String::as_str);
            cell.parse::<f64>().ok().filter(|value| value.is_finite()).ok_or_else(|| {
                let message =
                    format!("`{}` line {line}: `{cell}` in column `{column}` is not a number", self.name);
                Unreadable::new(
                    message,
                    "every cell of the column must be a finite number; remove the row or mend it",
                )
            })
        };
        self.rows.iter().map(value).collect::<Result<Vec<f64>, Unreadable>>().map(Arc::new)
    }
}

/// A path without the detours of `configs/../data`, as a person would name it.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

/// Why a file cannot be read, in the same words on every machine where it is simply not there.
pub fn cannot_read(path: &Path, error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
        _ => format!("cannot read `{}`: {error}", path.display()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Table, Unreadable> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(folder.path().join("t.csv"), text).expect("a file for the test");
        Table::read("t.csv", folder.path())
    }

    fn message<T>(result: Result<T, Unreadable>) -> String {
        result.err().map_or(String::new(), |error| error.message)
    }

    #[test]
    fn rows_stay_whole_and_stand_by_the_first_column() {
        let table = table("a, b\n3, 1\n1, 2\n").ok().expect("a table");
        assert_eq!(*table.column("a").ok().expect("a column"), [1.0, 3.0]);
        assert_eq!(*table.column("b").ok().expect("a column"), [2.0, 1.0]);
    }

    #[test]
    fn rows_without_numbers_in_front_keep_the_order_of_the_file() {
        let table = table("name, b\ny, 1\nx, 2\n").ok().expect("a table");
        assert_eq!(*table.column("b").ok().expect("a column"), [1.0, 2.0]);
    }

    #[test]
    fn what_is_not_a_number_is_named_with_its_line() {
        let bad = table("a\n1\nx\n").ok().expect("a table");
        assert_eq!(message(bad.column("a")), "`t.csv` line 3: `x` in column `a` is not a number");
        let bad = table("a\n1\ninf\n").ok().expect("a table");
        assert_eq!(message(bad.column("a")), "`t.csv` line 3: `inf` in column `a` is not a number");
        assert_eq!(message(bad.column("b")), "`t.csv` has no column `b`");
        assert!(message(table("a,b\n1\n")).contains("is not a table"));
        assert_eq!(message(table("a,b\n")), "`t.csv` has no rows");
        assert_eq!(message(table("a,b,a\n1,2,3\n")), "`t.csv` has two columns `a`");
        assert!(table("a,,\n1,2,3\n").is_ok(), "columns without a name cannot be meant");
    }

    #[test]
    fn a_path_is_shown_without_detours() {
        for (path, shown) in [
            ("configs/../data/a.csv", "data/a.csv"),
            ("./a.csv", "a.csv"),
            ("../a.csv", "../a.csv"),
            ("x/../../a.csv", "../a.csv"),
            ("/x/y/../a.csv", "/x/a.csv"),
        ] {
            assert_eq!(plain(Path::new(path)), Path::new(shown), "{path}");
        }
    }
}
