//! A table for other programs: a line per thing, numbers in full, what is not known left empty.

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

macro_rules! in_words {
    ($($of:ty),*) => {
        $(impl From<$of> for Cell {
            fn from(words: $of) -> Cell {
                Cell(words.to_string())
            }
        })*
    };
}
in_words!(&str, &String, String, u64, usize, bool);

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
}
