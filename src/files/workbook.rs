//! `results.xlsx`: the run for who works in a spreadsheet. A sheet is a table: a heading with units, which stays in view,
//! numbers as numbers, texts as texts, never a formula. Its bytes depend on the results alone.

use super::atomic::{self, WriteError, Written};
use crate::charts::data::{Cell, Data, Unit};
use jiff::civil::Date;
use rust_xlsxwriter::{
    DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Workbook, Worksheet, XlsxError,
};
use std::io::{self, Write};
use std::path::Path;

/// The file's name in a results folder.
pub const FILE: &str = "results.xlsx";

/// What the format allows: rows below the heading, and letters of a text.
const MOST_ROWS: usize = 1_048_575;
const MOST_LETTERS: usize = 32_767;

/// Widths of columns, in letters.
const WIDTHS: std::ops::RangeInclusive<usize> = 9..=70;
/// A number takes no more than that.
const NUMBER: usize = 12;
/// Longer headings are broken.
const HEADING: usize = 24;

/// Writes sheets by name, in that order; no more than 31 letters in a name.
pub fn write(path: &Path, sheets: &[(String, Data)]) -> Result<Written, WriteError> {
    let bytes =
        bytes(sheets).map_err(|cause| WriteError { path: path.into(), cause: io::Error::other(cause) })?;
    atomic::write(path, |file| file.write_all(&bytes))
}

fn bytes(sheets: &[(String, Data)]) -> Result<Vec<u8>, XlsxError> {
    let mut workbook = Workbook::new();
    let formats = Formats::new();
    for (name, data) in sheets {
        fill(workbook.add_worksheet().set_name(name)?, data, &formats)?;
    }
    // The file says when it was made: the same for all.
    let made = ExcelDateTime::from_ymd(2000, 1, 1)?;
    workbook.set_properties(&DocProperties::new().set_creation_datetime(&made));
    workbook.save_to_buffer()
}

struct Formats {
    heading: Format,
    words: Format,
    wrapped: Format,
    day: Format,
    count: Format,
    amount: Format,
    share: Format,
    years: Format,
    number: Format,
}

impl Formats {
    fn new() -> Formats {
        let number = |format: &str| Format::new().set_num_format(format);
        Formats {
            heading: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::Top)
                .set_border_bottom(FormatBorder::Thin),
            words: number("@"),
            wrapped: number("@").set_text_wrap().set_align(FormatAlign::Top),
            day: number("yyyy-mm-dd"),
            count: number("#,##0"),
            amount: number("#,##0.00"),
            share: number("0.00%"),
            years: number("0.00"),
            number: Format::new(),
        }
    }

    fn of(&self, unit: &Unit) -> &Format {
        match unit {
            Unit::Count => &self.count,
            Unit::Billions => &self.amount,
            Unit::Share => &self.share,
            Unit::Years => &self.years,
            Unit::Words | Unit::Number | Unit::Other(_) | Unit::OfRow => &self.number,
        }
    }
}

fn fill(sheet: &mut Worksheet, data: &Data, formats: &Formats) -> Result<(), XlsxError> {
    sheet.set_freeze_panes(1, 0)?;
    sheet.set_repeat_rows(0, 0)?.set_landscape().set_print_fit_to_pages(1, 0);
    let mut widths: Vec<usize> = Vec::new();
    for (at, column) in data.columns.iter().enumerate() {
        let heading = column.heading();
        widths.push(heading.chars().count().min(HEADING));
        sheet.write_string_with_format(0, at as u16, heading, &formats.heading)?;
    }
    for (row, cells) in data.rows.iter().take(MOST_ROWS).enumerate() {
        let place = row as u32 + 1;
        let of_row = cells.iter().find_map(|cell| match cell {
            Cell::Unit(unit) => Some(unit),
            _ => None,
        });
        for (at, cell) in cells.iter().enumerate() {
            let column = at as u16;
            let mut words = |words: &str| -> Result<(), XlsxError> {
                let words: String = words.chars().take(MOST_LETTERS).collect();
                let letters = words.chars().count();
                widths[at] = widths[at].max(letters);
                let format = if letters > *WIDTHS.end() { &formats.wrapped } else { &formats.words };
                sheet.write_string_with_format(place, column, words, format).map(drop)
            };
            match cell {
                Cell::Empty => {}
                Cell::Words(text) => words(text)?,
                Cell::Unit(unit) => words(&unit.text())?,
                Cell::Day(day) => match serial(*day) {
                    Some(day) => {
                        widths[at] = widths[at].max(NUMBER);
                        sheet.write_datetime_with_format(place, column, &day, &formats.day)?;
                    }
                    None => words(&day.to_string())?,
                },
                Cell::Number(value) => {
                    widths[at] = widths[at].max(NUMBER);
                    let unit = match &data.columns[at].unit {
                        Unit::OfRow => of_row.unwrap_or(&Unit::Number),
                        unit => unit,
                    };
                    sheet.write_number_with_format(place, column, *value, formats.of(unit))?;
                }
            }
        }
    }
    for (at, width) in widths.into_iter().enumerate() {
        sheet.set_column_width(at as u16, (width + 1).clamp(*WIDTHS.start(), *WIDTHS.end()) as f64)?;
    }
    Ok(())
}

/// A date as spreadsheets have them, which begin with 1900.
fn serial(day: Date) -> Option<ExcelDateTime> {
    let [month, of_month] = [day.month(), day.day()].map(|part| part as u8);
    ExcelDateTime::from_ymd(u16::try_from(day.year()).ok()?, month, of_month).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::charts::data::{self, Column, row};
    use calamine::{Data as Read, Reader, Xlsx};

    fn sheets() -> Vec<(String, Data)> {
        let columns = data::words(["what", "unit"]).chain([Column::new("value", Unit::OfRow)]);
        let mut data = Data::new(columns.chain(data::dated()));
        data.row(row!["=1+1", Unit::Share, 0.25, jiff::civil::date(2025, 9, 10), 0.5]);
        data.row(row!["+A1", Unit::Billions, 1.0 / 3.0, jiff::civil::date(1850, 1, 1), f64::NAN]);
        data.row(row!["@sum", Unit::Words, f64::INFINITY, None::<Date>, -2.0]);
        vec![("one".into(), data.clone()), ("two".into(), data)]
    }

    #[test]
    fn numbers_texts_and_dates_come_back_and_nothing_is_a_formula() {
        let bytes = bytes(&sheets()).unwrap();
        let mut read = Xlsx::new(io::Cursor::new(&bytes)).unwrap();
        assert_eq!(read.sheet_names(), ["one", "two"]);
        let range = read.worksheet_range("one").unwrap();
        let cell = |row: u32, column: u32| range.get_value((row, column)).cloned().unwrap_or(Read::Empty);
        let words = |text: &str| Read::String(text.into());
        assert_eq!(cell(0, 2), words("value"));
        assert_eq!(cell(0, 4), words("since the start (years)"));
        assert_eq!([cell(1, 0), cell(1, 1), cell(1, 2)], [words("=1+1"), words("share"), Read::Float(0.25)]);
        assert_eq!([cell(2, 0), cell(2, 2)], [words("+A1"), Read::Float(1.0 / 3.0)]);
        assert_eq!([cell(2, 3), cell(2, 4)], [words("1850-01-01"), Read::Empty]);
        assert_eq!([cell(3, 0), cell(3, 2), cell(3, 4)], [words("@sum"), Read::Empty, Read::Float(-2.0)]);
        // 45910 days after the last of December 1899.
        assert!(matches!(&cell(1, 3), Read::DateTime(day) if day.as_f64() == 45_910.0), "{:?}", cell(1, 3));
        for name in ["one", "two"] {
            assert!(read.worksheet_formula(name).unwrap().is_empty());
        }
    }

    #[test]
    fn the_same_sheets_are_the_same_bytes() {
        assert!(bytes(&sheets()).unwrap() == bytes(&sheets()).unwrap());
    }

    #[test]
    fn a_text_too_long_for_a_cell_is_cut() {
        let mut data = Data::new(data::words(["source"]));
        data.row(row!["é".repeat(40_000)]);
        let bytes = bytes(&[("one".into(), data)]).unwrap();
        let mut read = Xlsx::new(io::Cursor::new(&bytes)).unwrap();
        let range = read.worksheet_range("one").unwrap();
        assert!(
            matches!(range.get_value((1, 0)), Some(Read::String(text)) if text.chars().count() == 32_767)
        );
    }
}
