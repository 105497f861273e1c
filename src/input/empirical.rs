//! Empirical columns: `{ empirical = "posterior.csv", column = "elasticity" }`. A file is read once; its columns share
//! the table's number, so that a path draws one row for all of them.

use super::file::{self, Folders, Lies, cannot_read, plain};
use super::names::{did_you_mean, quoted};
use super::separated::{Separated, last_name, warm_up};
use std::path::PathBuf;
use std::sync::Arc;

/// A file of empirical columns that the scenario draws from.
#[derive(Debug, Clone)]
pub struct Table {
    /// As the scenario writes it.
    pub name: String,
    /// Where it was found.
    pub path: PathBuf,
    /// Messages may say what stands in it: it lies in the scenario's own folder. A scenario from elsewhere that declares
    /// a folder of this machine does not bring its files to light.
    may_be_quoted: bool,
    separated: Separated,
    columns: Vec<String>,
    /// Cells by row, with the line of the file that the row begins on; by rising value of the file's first column where
    /// that holds numbers. A row's place is then the same whichever columns a scenario draws from, so that runs which
    /// set one of them stay paired in the others.
    rows: Vec<(u64, csv::StringRecord)>,
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
    /// Reads a file that lies where the scenario's may.
    pub fn read(name: &str, folders: &Folders) -> Result<Table, Unreadable> {
        let path = folders.path(name);
        let lies = folders.lies(&path);
        if lies == Lies::Outside {
            let message = format!("`{name}` lies outside the scenario's folder");
            let help = "put the file beside the scenario, or declare its folder: `data = [\"FOLDER\"]` in [scenario]";
            return Err(Unreadable::new(message, help));
        }
        let help = "a relative name is looked for beside the scenario file";
        let bytes = file::read_plain(&path, file::TABLE).map_err(|error| {
            let help = match error.kind() {
                std::io::ErrorKind::FileTooLarge => {
                    "leave out the columns that no number draws from, or keep every second row"
                }
                _ => help,
            };
            Unreadable::new(cannot_read(&plain(&path), &error), help)
        })?;
        Ok(Table { path, ..Table::parse(name, bytes, lies == Lies::InOwn)? })
    }

    /// The table in a file's bytes.
    pub fn parse(name: &str, bytes: Vec<u8>, may_be_quoted: bool) -> Result<Table, Unreadable> {
        let help = "the file must be a table: a line of column names, then a line per row with as many cells, separated by commas, semicolons or tabs";
        let broken = |why: &str| Unreadable::new(format!("`{name}` is not a table: {why}"), help);
        let text = String::from_utf8(bytes).map_err(|_| broken("it is not UTF-8 text"))?;
        let text = text.trim_start_matches('\u{feff}');
        if warm_up(text).is_some() {
            let message = format!("`{name}` has rows before its line `# Adaptation terminated`");
            return Err(Unreadable::new(
                message,
                "these are draws of the warm-up: run without saving it, or remove them",
            ));
        }
        let separated = Separated::of(text);
        let mut columns: Vec<String> = Vec::new();
        let mut rows: Vec<(u64, csv::StringRecord)> = Vec::new();
        for (k, record) in separated.reader(text).records().enumerate() {
            let mut record = record.map_err(|error| broken(&error.to_string()))?;
            let line = record.position().map_or(0, csv::Position::line);
            record.trim();
            if k == 0 {
                columns = record.iter().map(String::from).collect();
            } else {
                rows.push((line, record));
            }
        }
        if !columns.is_empty() && columns.iter().all(|name| separated.number(name).is_some()) {
            let message = format!("`{name}` has numbers where the column names should be");
            let help = "the first line that does not begin with `#` must name the columns; if the names stand behind a `#`, remove it";
            return Err(Unreadable::new(message, help));
        }
        // R's write.table names the rows and gives these names no heading.
        if !rows.is_empty() && rows.iter().all(|(_, cells)| cells.len() == columns.len() + 1) {
            columns.insert(0, String::new());
        }
        if let Some((line, cells)) = rows.iter().find(|(_, cells)| cells.len() != columns.len()) {
            let why =
                format!("line {line} has {} cells where there are {} columns", cells.len(), columns.len());
            return Err(broken(&why));
        }
        let is_twice =
            |(index, name): &(usize, &String)| !name.is_empty() && columns[..*index].contains(name);
        if let Some((_, column)) = columns.iter().enumerate().find(is_twice) {
            let help = "name each column once, so that it is certain which one is meant";
            let two = if may_be_quoted { format!("`{column}`") } else { "of one name".to_string() };
            return Err(Unreadable::new(format!("`{name}` has two columns {two}"), help));
        }
        if rows.is_empty() {
            return Err(Unreadable::new(format!("`{name}` has no rows"), help));
        }
        let first = |row: &(u64, csv::StringRecord)| row.1.get(0).and_then(|cell| separated.number(cell));
        if rows.iter().all(|row| first(row).is_some()) {
            rows.sort_by(|a, b| first(a).partial_cmp(&first(b)).unwrap_or(std::cmp::Ordering::Equal));
        }
        Ok(Table {
            name: name.to_string(),
            path: PathBuf::from(name),
            may_be_quoted,
            separated,
            columns,
            rows,
        })
    }

    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    /// The column of a name: its heading, or the only compound heading that ends in it.
    fn index(&self, column: &str) -> Result<usize, Unreadable> {
        if let Some(index) = self.columns.iter().position(|name| name == column) {
            return Ok(index);
        }
        let compound = |name: &&String| last_name(name) == Some(column);
        let ending: Vec<&String> = self.columns.iter().filter(compound).collect();
        match ending[..] {
            [only] => Ok(self.columns.iter().position(|name| name == only).unwrap_or(0)),
            [] => {
                let message = format!("`{}` has no column `{column}`", self.name);
                let help = match self.may_be_quoted {
                    true => did_you_mean(column, self.columns.iter().map(String::as_str)),
                    false => "name one of its columns".to_string(),
                };
                Err(Unreadable { message, help })
            }
            _ if !self.may_be_quoted => {
                let message = format!("`{}` has several columns that end in `{column}`", self.name);
                Err(Unreadable::new(message, "write the whole heading of the one that is meant"))
            }
            _ => {
                let several = quoted(ending.iter().map(|name| name.as_str()), "and");
                let message =
                    format!("`{}` has several columns that end in `{column}`: {several}", self.name);
                Err(Unreadable::new(message, "write the whole heading of the one that is meant"))
            }
        }
    }

    /// A column's values by row.
    pub fn column(&self, column: &str) -> Result<Arc<Vec<f64>>, Unreadable> {
        let index = self.index(column)?;
        let value = |(line, cells): &(u64, csv::StringRecord)| {
            let cell = cells.get(index).unwrap_or("");
            self.separated.number(cell).ok_or_else(|| {
                let what = if self.may_be_quoted { format!("`{cell}`") } else { "what stands".to_string() };
                let message =
                    format!("`{}` line {line}: {what} in column `{column}` is not a number", self.name);
                Unreadable::new(
                    message,
                    "every cell of the column must be a finite number; remove the row or mend it",
                )
            })
        };
        self.rows.iter().map(value).collect::<Result<Vec<f64>, Unreadable>>().map(Arc::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(text: &str) -> Result<Table, Unreadable> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::write(folder.path().join("t.csv"), text).expect("a file for the test");
        Table::read("t.csv", &Folders::new(folder.path()))
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

    /// A file that is not the scenario's own is named, and what stands in it is not.
    #[test]
    fn nothing_of_a_file_elsewhere_is_quoted() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        std::fs::create_dir(folder.path().join("own")).expect("a folder for the test");
        let mut folders = Folders::new(&folder.path().join("own"));
        let mut said = |text: &str, column: &str| {
            std::fs::write(folder.path().join("t.csv"), text).expect("a file for the test");
            folders.declare(["/nowhere"]);
            let outside = message(Table::read("../t.csv", &folders));
            assert_eq!(outside, "`../t.csv` lies outside the scenario's folder");
            folders.declare([".."]);
            match Table::read("../t.csv", &folders).and_then(|table| table.column(column)) {
                Ok(_) => panic!("accepted"),
                Err(why) => format!("{}; {}", why.message, why.help),
            }
        };
        for (text, column) in [
            ("root:x:0:0\nsecret:y\n", "a"),
            ("a,secret\n1,secret\n", "b"),
            ("a\nsecret\n", "a"),
            ("secret,secret\n1,2\n", "a"),
            ("secret\n1,2,secret\n", "a"),
            ("\"('secret', 'a')\",\"('x', 'a')\"\n1,2\n", "a"),
        ] {
            let said = said(text, column);
            assert!(!said.contains("secret") && !said.contains("root"), "{said}");
        }
        assert!(said("a\n1\nx\n", "a").contains("line 3: what stands in column `a` is not a number"));
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

    /// One posterior as five programs write it.
    #[test]
    fn files_of_other_programs_are_read() {
        for text in [
            "a;b\n0,25;1\n0,5;2\n",
            "a\tb\r\n0,25\t1\r\n0.5\t2\r\n",
            "# stan_version_major = 2\na,b\n# Adaptation terminated\n0.25,1\n0.5,2\n# Elapsed Time: 1 s\n",
            "chain,\"('posterior', 'a')\",\"('posterior', 'b')\"\n0,0.25,1\n0,0.5,2\n",
            "\"a\",\"b\"\n\"1\",0.25,1\n\"2\",0.5,2\n",
            "\u{feff}\"\",\"a\",\"b\"\n\"1\",0.25,1\n\"2\",0.5,2\n",
        ] {
            let table = table(text).ok().expect(text);
            assert_eq!(*table.column("a").ok().expect(text), [0.25, 0.5], "{text}");
            assert_eq!(*table.column("b").ok().expect(text), [1.0, 2.0], "{text}");
        }
    }

    #[test]
    fn what_is_unclear_in_such_files_is_said_with_what_to_do() {
        let twice = table("\"('posterior', 'a')\",\"('prior', 'a')\"\n1,2\n").ok().expect("a table");
        assert!(message(twice.column("a")).contains("several columns that end in `a`"));
        assert_eq!(*twice.column("('prior', 'a')").ok().expect("a column"), [2.0]);
        assert!(message(table("# a,b\n1,2\n3,4\n")).contains("numbers where the column names should be"));
        assert!(message(table("a,b\n1,2\n# Adaptation terminated\n3,4\n")).contains("Adaptation terminated"));
        let mixed = table("a;b\n1.234,5;1\n").ok().expect("a table");
        assert!(message(mixed.column("a")).contains("line 2: `1.234,5`"));
        assert!(message(table("a\n0,5\n0,6\n1\n")).contains("line 2 has 2 cells where there are 1 columns"));
    }
}
