//! What a picture or a sheet of the workbook shows, as a table: columns with their units, a row per thing. One method of a
//! chart makes it; `charts/NAME.csv` and the workbook are both written from it.

use crate::charts::{Estimated, Spread};
use crate::input::days::date_after;
use crate::words::currency::{self, billions};
use crate::words::measure::Kind;
use jiff::civil::Date;

/// In what the numbers of a column are.
#[derive(Debug, Clone, PartialEq)]
pub enum Unit {
    /// Texts and dates.
    Words,
    Count,
    /// A pure number.
    Number,
    Billions,
    /// A fraction: 0.05 for 5%.
    Share,
    Years,
    Other(String),
    /// Each row has its own, which a cell of it names.
    OfRow,
}

impl From<Kind> for Unit {
    fn from(kind: Kind) -> Unit {
        match kind {
            Kind::UsdBn => Unit::Billions,
            Kind::Share => Unit::Share,
            Kind::Years => Unit::Years,
            Kind::Plain => Unit::Number,
        }
    }
}

impl Unit {
    /// As keys of the scenario and followed series have it: `USD bn a year`; nothing of a pure number.
    pub fn of_key(text: &str) -> Unit {
        match text {
            "" => Unit::Number,
            "USD bn" => Unit::Billions,
            other => Unit::Other(currency::unit(other)),
        }
    }

    /// Empty where there is nothing to say.
    pub fn text(&self) -> String {
        match self {
            Unit::Billions => billions(),
            Unit::Share => "share".into(),
            Unit::Years => "years".into(),
            Unit::Other(unit) => unit.clone(),
            Unit::Words | Unit::Count | Unit::Number | Unit::OfRow => String::new(),
        }
    }
}

#[derive(Debug, Clone, PartialEq)]
pub struct Column {
    pub name: String,
    pub unit: Unit,
}

impl Column {
    pub fn new(name: impl Into<String>, unit: Unit) -> Column {
        Column { name: name.into(), unit }
    }

    /// For a person: `p5 (USD bn)`.
    pub fn heading(&self) -> String {
        match self.unit.text() {
            unit if unit.is_empty() => self.name.clone(),
            unit => format!("{} ({unit})", self.name),
        }
    }

    /// For a program: `p5_usd_bn`. Names of measures and numbers keep their letters.
    pub fn key(&self) -> String {
        let joined = |words: &str| words.replace(|c: char| !c.is_alphanumeric() && c != '.', "_");
        match self.unit.text() {
            unit if unit.is_empty() => joined(&self.name),
            unit => format!("{}_{}", joined(&self.name), joined(&unit).to_lowercase()),
        }
    }
}

/// What is not known is empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    Empty,
    Words(String),
    Number(f64),
    Day(Date),
    /// In what the row's numbers are.
    Unit(Unit),
}

#[derive(Debug, Clone, PartialEq)]
pub struct Data {
    pub columns: Vec<Column>,
    pub rows: Vec<Vec<Cell>>,
}

impl Data {
    pub fn new(columns: impl IntoIterator<Item = Column>) -> Data {
        Data { columns: columns.into_iter().collect(), rows: Vec::new() }
    }

    pub fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "a cell for each column");
        self.rows.push(cells);
    }
}

/// Columns that hold words or dates.
pub fn words<const N: usize>(names: [&str; N]) -> impl Iterator<Item = Column> {
    names.map(|name| Column::new(name, Unit::Words)).into_iter()
}

/// Columns of one unit.
pub fn of<const N: usize>(unit: Unit, names: [&str; N]) -> impl Iterator<Item = Column> {
    names.map(|name| Column::new(name, unit.clone())).into_iter()
}

/// Columns of an estimate: `what` goes before their names, if it is not empty.
pub fn estimated(what: &str, unit: Unit) -> impl Iterator<Item = Column> {
    of(unit, ["value", "se"]).map(after(what))
}

/// Columns of a [`Spread`].
pub fn spread(what: &str, unit: Unit) -> impl Iterator<Item = Column> {
    of(unit, ["value", "se", "p5", "p25", "p75", "p95"]).map(after(what))
}

fn after(what: &str) -> impl Fn(Column) -> Column {
    move |column| match what {
        "" => column,
        what => Column { name: format!("{what} {}", column.name), ..column },
    }
}

/// The five quantiles of a fan or a band.
pub const FIVE: [&str; 5] = ["p5", "p25", "p50", "p75", "p95"];

/// A date and the years since the start.
pub fn dated() -> impl Iterator<Item = Column> {
    words(["date"]).chain(of(Unit::Years, ["since the start"]))
}

/// The cells of [`dated`].
pub fn at(start: f64, years: f64) -> (Date, f64) {
    (date_after(start, years), years)
}

/// What fills cells of a row.
pub trait Cells {
    const WIDTH: usize;
    fn put(self, row: &mut Vec<Cell>);
}

/// What fills one.
impl<T: Into<Cell>> Cells for T {
    const WIDTH: usize = 1;
    fn put(self, row: &mut Vec<Cell>) {
        row.push(self.into());
    }
}

macro_rules! cells_from {
    ($($of:ty: |$value:ident| $cell:expr),* $(,)?) => {
        $(impl From<$of> for Cell {
            fn from($value: $of) -> Cell {
                $cell
            }
        })*
    };
}
cells_from!(
    f64: |value| if value.is_finite() { Cell::Number(value) } else { Cell::Empty },
    u64: |value| Cell::Number(value as f64),
    usize: |value| Cell::Number(value as f64),
    &str: |value| Cell::Words(value.to_string()),
    &String: |value| Cell::Words(value.clone()),
    String: |value| Cell::Words(value),
    bool: |value| Cell::Words(if value { "yes" } else { "no" }.into()),
    Date: |value| Cell::Day(value),
    Unit: |value| Cell::Unit(value),
);

impl Cells for Estimated {
    const WIDTH: usize = 2;
    fn put(self, row: &mut Vec<Cell>) {
        [self.value, self.se].put(row);
    }
}

impl Cells for Spread {
    const WIDTH: usize = 6;
    fn put(self, row: &mut Vec<Cell>) {
        self.point.put(row);
        [self.p5, self.p25, self.p75, self.p95].put(row);
    }
}

impl Cells for (Date, f64) {
    const WIDTH: usize = 2;
    fn put(self, row: &mut Vec<Cell>) {
        self.0.put(row);
        self.1.put(row);
    }
}

impl<const N: usize> Cells for [f64; N] {
    const WIDTH: usize = N;
    fn put(self, row: &mut Vec<Cell>) {
        row.extend(self.map(Cell::from));
    }
}

/// Nothing is as many empty cells.
impl<T: Cells> Cells for Option<T> {
    const WIDTH: usize = T::WIDTH;
    fn put(self, row: &mut Vec<Cell>) {
        match self {
            Some(cells) => cells.put(row),
            None => row.extend((0..T::WIDTH).map(|_| Cell::Empty)),
        }
    }
}

/// A row of cells of several kinds.
macro_rules! row {
    ($($cells:expr),* $(,)?) => {{
        let mut row = Vec::new();
        $($crate::charts::data::Cells::put($cells, &mut row);)*
        row
    }};
}
pub(crate) use row;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_say_the_unit_to_persons_and_to_programs() {
        let column = |name: &str, unit| {
            let column = Column::new(name, unit);
            (column.heading(), column.key())
        };
        let both = |heading: &str, key: &str| (heading.to_string(), key.to_string());
        assert_eq!(column("p5", Unit::Billions), both("p5 (USD bn)", "p5_usd_bn"));
        assert_eq!(
            column("company.SoftBank.premium", Unit::of_key("")),
            both("company.SoftBank.premium", "company.SoftBank.premium")
        );
        assert_eq!(
            column("at", Unit::of_key("USD bn a year")),
            both("at (USD bn a year)", "at_usd_bn_a_year")
        );
        let euros = currency::Currency::of_code("EUR").unwrap();
        let in_euros = currency::speaking(euros, || column("at", Unit::of_key("USD bn a year")));
        assert_eq!(in_euros, both("at (EUR bn a year)", "at_eur_bn_a_year"));
    }

    #[test]
    fn what_is_not_known_is_as_many_empty_cells() {
        let known = row!["a", Estimated::new(1.0, f64::NAN), 7u64];
        assert_eq!(known, [Cell::Words("a".into()), Cell::Number(1.0), Cell::Empty, Cell::Number(7.0)]);
        assert_eq!(row![None::<Spread>, None::<Estimated>], vec![Cell::Empty; 8]);
        assert_eq!(spread("", Unit::Share).count(), <Spread as Cells>::WIDTH);
    }
}
