//! A table for other programs: a line per thing, numbers in full, what is not known left empty. A text that a spreadsheet
//! would take for a formula has an apostrophe before it.

use crate::charts::data::{self, Data};
use std::borrow::Cow;

/// A table in the making.
pub struct Table(csv::Writer<Vec<u8>>);

/// What stands in a cell.
pub struct Cell(String);

impl From<f64> for Cell {
    /// The shortest digits that read back to the same bits.
    fn from(value: f64) -> Cell {
        Cell(if value.is_finite() { value.to_string() } else { String::new() })
    }
}

impl From<&str> for Cell {
    fn from(words: &str) -> Cell {
        Cell(as_text(words).into_owned())
    }
}

/// A text as it stands in a cell.
pub fn as_text(words: &str) -> Cow<'_, str> {
    let is_formula = words.starts_with(['=', '+', '-', '@', '\t', '\r']) && words.parse::<f64>().is_err();
    if is_formula { format!("'{words}").into() } else { words.into() }
}

macro_rules! in_words {
    ($($of:ty),*) => {
        $(impl From<$of> for Cell {
            fn from(words: $of) -> Cell {
                Cell::from(words.to_string().as_str())
            }
        })*
    };
}
in_words!(&String, String, u64, usize, bool);

impl From<&data::Cell> for Cell {
    fn from(cell: &data::Cell) -> Cell {
        match cell {
            data::Cell::Empty => "".into(),
            data::Cell::Words(words) => words.into(),
            data::Cell::Number(value) => (*value).into(),
            data::Cell::Day(day) => day.to_string().into(),
            data::Cell::Unit(unit) => unit.text().into(),
        }
    }
}

impl Table {
    pub fn new<'a>(header: impl IntoIterator<Item = &'a str>) -> Table {
        let mut table = Table(csv::WriterBuilder::new().flexible(true).from_writer(Vec::new()));
        let mut header = header.into_iter().peekable();
        // Without a header the rows go below another table's.
        if header.peek().is_some() {
            table.row(header.map(Cell::from));
        }
        table
    }

    /// What a chart shows.
    pub fn of(data: &Data) -> Table {
        let header: Vec<String> = data.columns.iter().map(data::Column::key).collect();
        let mut table = Table::new(header.iter().map(String::as_str));
        for row in &data.rows {
            table.row(row.iter().map(Cell::from));
        }
        table
    }

    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        let cells = cells.into_iter().map(|Cell(words)| words);
        self.0.write_record(cells).expect("writing to memory");
    }

    pub fn text(self) -> String {
        let bytes = self.0.into_inner().unwrap_or_else(|_| unreachable!("writing to memory"));
        String::from_utf8(bytes).expect("written from text")
    }
}

/// A row of cells of several kinds.
macro_rules! cells {
    ($($cell:expr),* $(,)?) => { [$($crate::files::table::Cell::from($cell)),*] };
}
pub(crate) use cells;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back_and_unknown_ones_are_empty() {
        let mut table = Table::new(["what", "value", "n"]);
        table.row(cells!["one, \"quoted\"", 1.0 / 3.0, 7u64]);
        table.row(cells!["none", f64::NAN, 0u64]);
        let text = table.text();
        assert_eq!(text, "what,value,n\n\"one, \"\"quoted\"\"\",0.3333333333333333,7\nnone,,0\n");
    }

    #[test]
    fn no_text_is_a_formula() {
        let mut table = Table::new(["what"]);
        for words in ["=1+1", "+A1", "-A1", "@sum", "\tx", "-1.5", "a=b", ""] {
            table.row(cells![words]);
        }
        table.row(cells![-1.5]);
        assert_eq!(table.text(), "what\n'=1+1\n'+A1\n'-A1\n'@sum\n'\tx\n-1.5\na=b\n\"\"\n-1.5\n");
    }
}
