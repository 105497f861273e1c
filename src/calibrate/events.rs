//! The file of dated events: a row per deal or doubt and share, with the share's return of the day. Every wrong row is
//! reported with its line, column, text and what to do, all at once.
//!
//! Columns that must be there: [`REQUIRED`]; read where they are: [`OPTIONAL`]; others are ignored. An empty cell means
//! "not known". What the notes say of a row is read by the words of [`WORDS`].

use crate::input::empirical::cannot_read;
use crate::input::names::{did_you_mean, meant, quoted};
use crate::input::{Finding, Findings, Sources, Span};
use std::path::Path;
use std::sync::Arc;

pub const REQUIRED: [&str; 8] = [
    "event_id",
    "date",
    "ticker",
    "deal_kind",
    "headline_value_usd_bn",
    "market_cap_before_usd_bn",
    "return_1d_pct",
    "sign_expected",
];
/// `beta` multiplies the benchmark's return (else the command's `--beta`); `return_20d_pct` is the return of the twenty
/// trading days after the event, which is also read from notes that say `next20d +1.2`.
pub const OPTIONAL: [&str; 5] = ["event", "benchmark_return_1d_pct", "notes", "beta", "return_20d_pct"];

/// Words in `notes` (capitals as given) or `event` that change how a row is used.
pub const WORDS: [(&str, &str); 4] = [
    ("POST-HOC", "written to explain a fall already under way: the row is left out"),
    ("confounded", "something else happened that day: the row has more noise (any form of the word)"),
    ("value is annual", "the size is of one year, not of the whole term: taken as not known"),
    ("Read-across", "the size is another company's: taken as not known"),
];

/// What the deal is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    ComputeCommitment,
    ChipSupply,
    Warrant,
    EarningsBacklog,
    EquityInvestment,
    AssetSale,
    DebtFinancing,
    SkepticismNews,
    Other,
}

pub const KINDS: [(Kind, &str); 9] = [
    (Kind::ComputeCommitment, "compute_commitment"),
    (Kind::ChipSupply, "chip_supply"),
    (Kind::Warrant, "warrant"),
    (Kind::EarningsBacklog, "earnings_backlog"),
    (Kind::EquityInvestment, "equity_investment"),
    (Kind::AssetSale, "asset_sale"),
    (Kind::DebtFinancing, "debt_financing"),
    (Kind::SkepticismNews, "skepticism_news"),
    (Kind::Other, "other"),
];

impl Kind {
    /// A contract for compute or chips, which has a notional; the rest are stakes and news.
    pub fn is_contract(self) -> bool {
        use Kind::*;
        matches!(self, ComputeCommitment | ChipSupply | Warrant | EarningsBacklog)
    }
}

/// The direction that the news suggests.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sign {
    Positive,
    Negative,
    Ambiguous,
}

pub const SIGNS: [(Sign, &str); 3] =
    [(Sign::Positive, "positive"), (Sign::Negative, "negative"), (Sign::Ambiguous, "ambiguous")];

#[derive(Debug, Clone)]
pub struct Event {
    pub id: String,
    /// Line of the file that the row begins on.
    pub line: usize,
    /// Days since 1970-01-01.
    pub day: i32,
    pub date: String,
    pub ticker: String,
    pub kind: Kind,
    pub sign: Sign,
    /// D, USD bn; none where the row has none or its notes say that it is not the deal's own.
    pub size: Option<f64>,
    /// M before the event, USD bn.
    pub market_value: Option<f64>,
    /// Return of the day, as a log return.
    pub reaction: Option<f64>,
    /// The benchmark's.
    pub benchmark: Option<f64>,
    pub beta: Option<f64>,
    /// Log return of the twenty trading days after.
    pub after: Option<f64>,
    pub confounded: bool,
    pub post_hoc: bool,
}

impl Event {
    /// Return less β times the benchmark's, both as log returns; a row without a benchmark has its plain return.
    pub fn abnormal(&self, beta: f64) -> Option<f64> {
        let market = self.beta.unwrap_or(beta) * self.benchmark.unwrap_or(0.0);
        self.reaction.map(|reaction| reaction - market)
    }
}

/// All rows of a file, in the order of their dates; rows of one date keep the file's order.
#[derive(Debug, Clone)]
pub struct Events {
    pub file: String,
    pub text: String,
    pub list: Vec<Event>,
}

impl Events {
    pub fn read(path: &Path) -> Result<Events, Findings> {
        let file = path.display().to_string();
        match std::fs::read(path).map(String::from_utf8) {
            Ok(Ok(text)) => Events::parse(&file, &text),
            Ok(Err(_)) => {
                let finding = Finding::error(format!("`{file}` is not UTF-8 text"));
                Err(lone(&file, finding.help("save it as CSV in UTF-8")))
            }
            Err(error) => Err(lone(&file, Finding::error(cannot_read(path, &error)))),
        }
    }

    pub fn parse(file: &str, text: &str) -> Result<Events, Findings> {
        let mut reading = Reading {
            text,
            findings: Findings::new(Arc::new(Sources::new(file, text, &[]))),
            columns: Vec::new(),
        };
        let mut list = reading.rows();
        if reading.findings.is_empty() && list.is_empty() {
            let finding = Finding::error("there are no events").at(&(0..0));
            reading.findings.push(finding.help("give a line of column names, then a line per event"));
        }
        if reading.findings.has_errors() {
            reading.findings.sort();
            return Err(reading.findings);
        }
        list.sort_by_key(|event| event.day);
        Ok(Events { file: file.to_string(), text: text.to_string(), list })
    }
}

fn lone(file: &str, finding: Finding) -> Findings {
    let mut findings = Findings::new(Arc::new(Sources::new(file, "", &[])));
    findings.push(finding);
    findings
}

struct Reading<'t> {
    text: &'t str,
    findings: Findings,
    /// Column names as the file has them.
    columns: Vec<String>,
}

/// One row: its cells and where it begins.
struct Row<'r> {
    cells: &'r csv::StringRecord,
    start: usize,
}

impl Reading<'_> {
    fn rows(&mut self) -> Vec<Event> {
        let mut reader =
            csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(self.text.as_bytes());
        let mut list: Vec<Event> = Vec::new();
        let mut places: Vec<Span> = Vec::new();
        for (k, record) in reader.records().enumerate() {
            let record = match record {
                Ok(record) => record,
                Err(error) => {
                    self.findings.push(Finding::error(format!("not a table: {error}")));
                    break;
                }
            };
            let position = record.position();
            // Between a carriage return and its line feed the reader has begun the next row.
            let start = position.map_or(0, |p| p.byte() as usize);
            let breaks =
                self.text.as_bytes()[start..].iter().take_while(|byte| b"\r\n".contains(byte)).count();
            let row = Row { cells: &record, start: start + breaks };
            if k == 0 {
                self.columns = record
                    .iter()
                    .map(|cell| cell.trim().trim_start_matches('\u{feff}').to_string())
                    .collect();
                if !self.check_columns() {
                    return Vec::new();
                }
                continue;
            }
            if record.len() != self.columns.len() {
                let cells = if record.len() == 1 { "cell" } else { "cells" };
                let message =
                    format!("{} {cells} where there are {} columns", record.len(), self.columns.len());
                let end = self.text[row.start..].find('\n').map_or(self.text.len(), |end| row.start + end);
                let help = "a cell that holds a comma or a line break must stand in double quotes";
                self.findings.push(Finding::error(message).at(&(row.start..end)).help(help));
                continue;
            }
            let line = self.text[..row.start].matches('\n').count() + 1;
            if let Some(event) = self.event(&row, line) {
                let span = self.span(&row, "event_id");
                if let Some(first) = list.iter().position(|other| other.id == event.id) {
                    let finding = Finding::error(format!("event `{}` is there twice", event.id));
                    let finding = finding.at(&span).marked(&places[first], "first here");
                    self.findings.push(finding.help("remove one of the rows, or give it another event_id"));
                }
                places.push(span);
                list.push(event);
            }
        }
        list
    }

    fn check_columns(&mut self) -> bool {
        let end = self.text.find(['\r', '\n']).unwrap_or(self.text.len());
        let mut findings = Vec::new();
        let mut missing = Vec::new();
        for name in REQUIRED.into_iter().chain(OPTIONAL) {
            match self.columns.iter().filter(|column| *column == name).count() {
                0 if OPTIONAL.contains(&name) => {}
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
            let columns = if missing.len() == 1 { "column" } else { "columns" };
            let message = format!("there is no {columns} {}", quoted(missing, "and"));
            findings.push(Finding::error(message).help(format!(
                "the first line must name {}, between commas; {} are read where they are",
                quoted(REQUIRED, "and"),
                quoted(OPTIONAL, "and")
            )));
        }
        let whole = findings.is_empty();
        for finding in findings {
            self.findings.push(finding.at(&(0..end)));
        }
        whole
    }

    fn index(&self, column: &str) -> Option<usize> {
        self.columns.iter().position(|name| name == column)
    }

    fn cell<'r>(&self, row: &Row<'r>, column: &str) -> &'r str {
        self.index(column).and_then(|k| row.cells.get(k)).unwrap_or("").trim()
    }

    /// Where a cell stands in the text.
    fn span(&self, row: &Row, column: &str) -> Span {
        let wanted = self.index(column).unwrap_or(0);
        let (mut cell, mut quoted, mut start) = (0, false, row.start);
        for (at, byte) in self.text.bytes().enumerate().skip(row.start) {
            match byte {
                b'"' => quoted = !quoted,
                b',' | b'\n' if !quoted => {
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

    fn wrong(&mut self, row: &Row, column: &str, message: String, help: String) {
        let span = self.span(row, column);
        self.findings.push(Finding::error(message).marked(&span, format!("column {column}")).help(help));
    }

    fn event(&mut self, row: &Row, line: usize) -> Option<Event> {
        let text = |column: &str| self.cell(row, column).to_string();
        let (id, ticker, notes, what) = (text("event_id"), text("ticker"), text("notes"), text("event"));
        for (column, cell) in [("event_id", &id), ("ticker", &ticker)] {
            if cell.is_empty() {
                self.wrong(row, column, format!("`{column}` is empty"), "every row needs one".into());
            }
        }
        let day = self.day(row);
        let kind = self.word(row, "deal_kind", &KINDS);
        let sign = self.word(row, "sign_expected", &SIGNS);
        let size = self.number(row, "headline_value_usd_bn", (0.0, 1e6), "in USD bn, above 0");
        let market_value = self.number(row, "market_cap_before_usd_bn", (0.0, 1e6), "in USD bn, above 0");
        let percent = "in per cent, above -100 and at most 1000: 5.2 means 5.2%";
        let reaction = self.number(row, "return_1d_pct", (-100.0, 1000.0), percent);
        let benchmark = self.number(row, "benchmark_return_1d_pct", (-100.0, 1000.0), percent);
        let beta = self.number(row, "beta", (-20.0, 20.0), "as a plain number between -20 and 20: 1.2");
        let after = self.number(row, "return_20d_pct", (-100.0, 1000.0), percent);
        let after = after.map(|after| after.or_else(|| in_notes(&notes, "next20d")));
        let log = |percent: f64| libm::log1p(percent / 100.0);
        let foreign = notes.contains("value is annual") || what.to_lowercase().contains("read-across");
        Some(Event {
            id,
            line,
            day: day?,
            date: self.cell(row, "date").to_string(),
            ticker,
            kind: kind?,
            sign: sign?,
            size: size?.filter(|_| !foreign),
            market_value: market_value?,
            reaction: reaction?.map(log),
            benchmark: benchmark?.map(log),
            beta: beta?,
            after: after?.map(log),
            confounded: notes.to_lowercase().contains("confound"),
            post_hoc: notes.contains("POST-HOC"),
        })
    }

    fn day(&mut self, row: &Row) -> Option<i32> {
        let cell = self.cell(row, "date");
        let date = cell.parse::<jiff::civil::Date>().ok().filter(|_| cell.len() == 10);
        let days = date.and_then(|date| date.since(jiff::civil::date(1970, 1, 1)).ok());
        if days.is_none() {
            let message = format!("`{cell}` is not a date");
            self.wrong(row, "date", message, "write it as 2025-09-10, a day of the calendar".into());
        }
        days.map(|days| days.get_days())
    }

    fn word<T: Copy>(&mut self, row: &Row, column: &str, known: &[(T, &'static str)]) -> Option<T> {
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
    fn number(&mut self, row: &Row, column: &str, range: (f64, f64), unit: &str) -> Option<Option<f64>> {
        let cell = self.cell(row, column);
        if cell.is_empty() {
            return Some(None);
        }
        match cell.parse::<f64>() {
            Ok(value) if value > range.0 && value <= range.1 => Some(Some(value)),
            Ok(value) if value.is_finite() => {
                let message = format!("{value} cannot be a `{column}`");
                self.wrong(
                    row,
                    column,
                    message,
                    format!("give it {unit}; leave the cell empty if it is not known"),
                );
                None
            }
            _ => {
                let message = format!("`{cell}` is not a number");
                let help =
                    format!("give it {unit}, with a decimal point; leave the cell empty if it is not known");
                self.wrong(row, column, message, help);
                None
            }
        }
    }
}

/// The number after a word in the notes: `next20d +4.4` is 4.4.
fn in_notes(notes: &str, word: &str) -> Option<f64> {
    let rest = notes.split(word).nth(1)?.trim_start();
    let number: String = rest.chars().take_while(|c| c.is_ascii_digit() || "+-.".contains(*c)).collect();
    number.trim_end_matches('.').parse().ok().filter(|value: &f64| *value > -100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "event_id,date,ticker,deal_kind,headline_value_usd_bn,market_cap_before_usd_bn,return_1d_pct,benchmark_return_1d_pct,sign_expected,event,notes\n";

    fn parse(rows: &str) -> Result<Events, Findings> {
        Events::parse("e.csv", &format!("{HEAD}{rows}"))
    }

    #[test]
    fn a_row_is_read_with_its_notes() {
        let rows = "b,2025-09-10,ORCL,earnings_backlog,300,678,35.95,0.03,positive,\"Backlog, up\",\"mcap stated; next5d -8.2; next20d -12.1\"\n\
            a,2025-06-30,ORCL,earnings_backlog,30,,3.99,0.65,positive,Filing,value is annual; confounded by results\n\
            c,2025-11-06,CRWV,skepticism_news,,,-6.55,,negative,x,POST-HOC: press\n";
        let events = parse(rows).unwrap();
        let ids: Vec<&str> = events.list.iter().map(|event| event.id.as_str()).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        let [a, b, c] = &events.list[..] else { panic!() };
        assert_eq!((a.size, a.confounded, a.line), (None, true, 3));
        // 2025-09-10 is 20341 days after 1970-01-01 (GNU date).
        assert_eq!((b.day, b.size, b.market_value, b.post_hoc), (20341, Some(300.0), Some(678.0), false));
        assert!((b.abnormal(1.0).unwrap() - 0.306_817).abs() < 1e-6, "{:?}", b.abnormal(1.0));
        assert!((b.after.unwrap() + 0.128_970).abs() < 1e-6);
        assert!(c.post_hoc && c.abnormal(1.0) == c.reaction);
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let rows = "a,2025-13-10,ORCL,earnings_backlog,300,678,35.95,0.03,positive,,\n\
            b,2025-09-10,ORCL,earnings_baklog,300,678,35.95,0.03,positive,,\n\
            c,2025-09-10,ORCL,warrant,\"1,5\",678,-120,0.03,up,,\n\
            d,2025-09-10,,warrant,1,0,,0.03,positive,,\n\
            d,2025-09-10,ORCL,warrant,1,,,0.03,positive,,\n\
            e,2025-09-10,ORCL\n";
        let text = parse(rows).unwrap_err().to_string();
        for part in [
            "`2025-13-10` is not a date",
            "e.csv:2:3",
            "did you mean `earnings_backlog`?",
            "`1,5` is not a number",
            "-120 cannot be a `return_1d_pct`",
            "`up` is not a sign_expected",
            "`ticker` is empty",
            "0 cannot be a `market_cap_before_usd_bn`",
            "3 cells where there are 11 columns",
            "e.csv: 8 errors",
        ] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
        assert!(
            parse("d,2025-09-10,O,warrant,1,,,,positive,,\nd,2025-09-10,O,warrant,1,,,,positive,,\n")
                .unwrap_err()
                .to_string()
                .contains("there twice")
        );
    }

    /// Whatever ends the lines, and with or without a mark of byte order.
    #[test]
    fn a_finding_stands_at_its_cell() {
        let rows =
            format!("{HEAD}a,2025-09-10,ORCL,warrant,1,,,,positive,,\nb,2025-09-10,ORCL,warrant,1,,,,,,\n");
        for text in [rows.clone(), rows.replace('\n', "\r\n"), format!("\u{feff}{rows}")] {
            let said = Events::parse("e.csv", &text).unwrap_err().to_string();
            // b,2025-09-10,ORCL,warrant,1,,,,: the ninth cell begins at the 32nd character.
            assert!(said.contains("e.csv:3:32") && said.contains("`sign_expected` is empty"), "{said}");
            assert!(said.contains("column sign_expected") && said.contains("e.csv: 1 error"), "{said}");
        }
    }

    /// Only what must be there, and a column of the user's own, which is ignored.
    #[test]
    fn a_file_without_the_optional_columns_is_read() {
        let text = format!("{},own\na,2025-09-10,ORCL,warrant,1,,5,positive,x\n", REQUIRED.join(","));
        let event = &Events::parse("e.csv", &text).unwrap().list[0];
        assert_eq!((event.benchmark, event.beta, event.after, event.confounded), (None, None, None, false));
        assert_eq!(event.abnormal(1.0), Some(libm::log1p(0.05)));
    }

    #[test]
    fn a_missing_column_is_named() {
        let text = Events::parse("e.csv", "event_id,date,ticker,deal_kinds\n").unwrap_err().to_string();
        assert!(text.contains("no column `deal_kind`") && text.contains("is it `deal_kinds`?"), "{text}");
        assert!(text.contains("`return_1d_pct` and `sign_expected`"), "{text}");
        assert!(text.contains("e.csv: 2 errors"), "{text}");
        let twice = format!("{},beta,beta\n", HEAD.trim());
        let text = Events::parse("e.csv", &twice).unwrap_err().to_string();
        assert!(text.contains("`beta` is there twice"), "{text}");
        assert!(parse("").unwrap_err().to_string().contains("there are no events"));
        assert!(Events::parse("e.csv", "").is_err());
    }
}
