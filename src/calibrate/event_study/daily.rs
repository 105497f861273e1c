//! The file of daily returns: a row per share and day, with the market's return of that day. How it is read cell by cell
//! is in [`crate::input::table`].
//!
//! A row whose `event_id` is filled is also an event: so one file is enough. An empty return means that there is none.

use crate::calibrate::events::Returns;
use crate::input::days::date_of;
use crate::input::sessions::closed;
use crate::input::table::{Columns, Row, Table, text_of};
use crate::input::{Finding, Findings, Span};
use std::collections::{BTreeMap, HashMap};
use std::path::Path;

pub const REQUIRED: [&str; 3] = ["date", "ticker", "return_pct"];
pub const OPTIONAL: [&str; 2] = ["market_return_pct", "event_id"];

const COLUMNS: Columns = Columns { required: &REQUIRED, optional: &OPTIONAL };

/// A day of a share: simple returns, 0.05 for 5%.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Day {
    /// Days since 1970-01-01.
    pub day: i32,
    pub own: Option<f64>,
    pub market: Option<f64>,
}

#[derive(Debug, Clone, PartialEq)]
pub struct Share {
    pub ticker: String,
    /// In the order of dates.
    pub days: Vec<Day>,
}

/// An event that is marked in the file itself.
#[derive(Debug, Clone, PartialEq)]
pub struct Marked {
    pub id: String,
    pub ticker: String,
    pub day: i32,
}

#[derive(Debug, Clone)]
pub struct Daily {
    pub file: String,
    pub text: String,
    /// In the order in which the file first names them.
    pub shares: Vec<Share>,
    pub marked: Vec<Marked>,
    /// What is doubtful in it.
    pub warnings: Findings,
}

impl Daily {
    /// `market` names the rows whose returns are the market's, where they have no column of their own.
    pub fn read(path: &Path, returns: Returns, market: Option<&str>) -> Result<Daily, Findings> {
        let (file, text) = text_of(path)?;
        Daily::parse(&file, &text, returns, market)
    }

    pub fn parse(file: &str, text: &str, returns: Returns, market: Option<&str>) -> Result<Daily, Findings> {
        let mut table = Table::new(file, text);
        let rows = table.rows(&COLUMNS);
        let mut reading = Reading::default();
        for row in &rows {
            reading.take(&mut table, row, returns);
        }
        if table.findings.is_empty() && reading.shares.is_empty() {
            let finding = Finding::error("there are no returns").at(&(0..0));
            table.findings.push(finding.help("give a line of column names, then a line per share and day"));
        }
        if returns == Returns::Unsaid && reading.look_like_fractions() {
            let message = "every return lies between -1 and 1: is 0.05 five per cent, or a twentieth of one?";
            let help = "say it with --returns fractions or --returns percent";
            table.findings.push(Finding::error(message).at(&reading.first).help(help));
        }
        reading.warn_of_closed(&mut table);
        if !table.findings.has_errors() {
            reading.set_market(&mut table, market);
        }
        for share in &mut reading.shares {
            share.days.sort_by_key(|day| day.day);
        }
        table.findings.sort();
        if table.findings.has_errors() {
            return Err(table.findings);
        }
        let Reading { shares, marked, .. } = reading;
        Ok(Daily { file: file.into(), text: text.into(), shares, marked, warnings: table.findings })
    }

    pub fn share(&self, ticker: &str) -> Option<&Share> {
        self.shares.iter().find(|share| share.ticker == ticker)
    }
}

/// Returns below which a file may be in fractions, and how many rows it takes to ask.
const FEWEST: usize = 60;

#[derive(Default)]
struct Reading {
    shares: Vec<Share>,
    marked: Vec<Marked>,
    by_ticker: HashMap<String, usize>,
    places: HashMap<(usize, i32), Span>,
    ids: HashMap<String, Span>,
    /// By share: the first row of a day without a session, what day, how many such rows.
    closed: BTreeMap<usize, (Span, String, usize)>,
    /// Of the first row.
    first: Span,
    /// The largest return as it is written, without its sign; how many there are.
    largest: f64,
    count: usize,
}

impl Reading {
    fn take(&mut self, table: &mut Table, row: &Row, returns: Returns) {
        let ticker = table.cell(row, "ticker").to_string();
        if ticker.is_empty() {
            table.wrong(row, "ticker", "`ticker` is empty".into(), "every row needs one".into());
        }
        let day = table.day(row, "date");
        let (unit, words) = match returns {
            Returns::Fractions => (1.0, "as a fraction, above -1 and at most 10: 0.052 means 5.2%"),
            _ => (100.0, "in per cent, above -100 and at most 1000: 5.2 means 5.2%"),
        };
        let range = (-unit, 10.0 * unit);
        let own = table.number(row, "return_pct", range, words);
        let market = table.number(row, "market_return_pct", range, words);
        let (Some(day), Some(own), Some(market)) = (day, own, market) else { return };
        if let Some(own) = own {
            self.largest = self.largest.max(own.abs());
            self.count += 1;
        }
        if self.shares.is_empty() {
            self.first = table.span(row, "return_pct");
        }
        let place = *self.by_ticker.entry(ticker.clone()).or_insert_with(|| {
            self.shares.push(Share { ticker: ticker.clone(), days: Vec::new() });
            self.shares.len() - 1
        });
        if let Some(why) = closed(&ticker, day) {
            let words = || (table.span(row, "date"), format!("{}: {why}", date_of(day)), 0);
            self.closed.entry(place).or_insert_with(words).2 += 1;
        }
        if let Some(first) = self.places.get(&(place, day)) {
            let message = format!("`{ticker}` has two rows for {}", date_of(day));
            let here = table.span(row, "date");
            let finding = Finding::error(message).at(&here).marked(first, "first here");
            table.findings.push(finding.help("keep one row a share and day"));
            return;
        }
        self.places.insert((place, day), table.span(row, "date"));
        let of = |value: Option<f64>| value.map(|value| value / unit);
        self.shares[place].days.push(Day { day, own: of(own), market: of(market) });
        let id = table.cell(row, "event_id").to_string();
        if id.is_empty() {
            return;
        }
        let here = table.span(row, "event_id");
        if let Some(first) = self.ids.get(&id) {
            let finding = Finding::error(format!("event `{id}` is there twice")).at(&here);
            let finding = finding.marked(first, "first here");
            table.findings.push(finding.help("fill `event_id` on the day of the event alone"));
            return;
        }
        self.ids.insert(id.clone(), here);
        self.marked.push(Marked { id, ticker, day });
    }

    fn warn_of_closed(&self, table: &mut Table) {
        for (place, (span, what, count)) in &self.closed {
            let ticker = &self.shares[*place].ticker;
            let others = match count - 1 {
                0 => String::new(),
                1 => ", and 1 more such row".into(),
                more => format!(", and {more} more such rows"),
            };
            let message = format!("the exchange of `{ticker}` was closed on {what}{others}");
            let help = "each counts as a day of the share; remove what is no session";
            table.findings.push(Finding::warning(message).at(span).help(help));
        }
    }

    fn look_like_fractions(&self) -> bool {
        self.count >= FEWEST && self.largest <= 1.0
    }

    /// Takes the market's returns from its own rows, and says where there are none at all.
    fn set_market(&mut self, table: &mut Table, market: Option<&str>) {
        if let Some(name) = market {
            let Some(place) = self.shares.iter().position(|share| share.ticker == name) else {
                let message = format!("there are no rows of `{name}`, which `--market` names");
                let finding = Finding::error(message).at(&self.first);
                table.findings.push(finding.help("name a `ticker` of the file"));
                return;
            };
            let of_day: HashMap<i32, Option<f64>> =
                self.shares[place].days.iter().map(|day| (day.day, day.own)).collect();
            for day in self.shares.iter_mut().flat_map(|share| &mut share.days) {
                day.market = of_day.get(&day.day).copied().flatten();
            }
            self.shares.remove(place);
            return;
        }
        if self.shares.iter().flat_map(|share| &share.days).all(|day| day.market.is_none()) {
            let message = "there are no returns of the market";
            let help = "fill a column `market_return_pct`, or name the rows that hold them: --market QQQ";
            table.findings.push(Finding::error(message).at(&self.first).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "date,ticker,return_pct,market_return_pct,event_id\n";

    fn parse(rows: &str) -> Result<Daily, Findings> {
        Daily::parse("d.csv", &format!("{HEAD}{rows}"), Returns::Unsaid, None)
    }

    #[test]
    fn rows_are_sorted_by_share_and_day() {
        let rows = "2025-09-11,ORCL,-1.5,0.2,\n2025-09-10,ORCL,35.95,0.3,E1\n2025-09-10,AMD,,0.3,\n";
        let daily = parse(rows).unwrap();
        assert_eq!(daily.shares.len(), 2);
        let oracle = daily.share("ORCL").unwrap();
        assert_eq!(oracle.days[0].day + 1, oracle.days[1].day);
        assert!((oracle.days[0].own.unwrap() - 0.3595).abs() < 1e-15);
        assert_eq!(daily.share("AMD").unwrap().days[0].own, None);
        assert_eq!((daily.marked[0].id.as_str(), daily.marked[0].day), ("E1", oracle.days[0].day));
        assert!(daily.warnings.is_empty());
    }

    /// The market as rows of its own: `;` and decimal commas, as spreadsheets write them.
    #[test]
    fn the_market_may_be_a_ticker() {
        let text = "date;ticker;return_pct\n2025-09-10;QQQ;0,5\n2025-09-10;ORCL;35,95\n2025-09-11;ORCL;1,0\n";
        let daily = Daily::parse("d.csv", text, Returns::Percent, Some("QQQ")).unwrap();
        let days = &daily.share("ORCL").unwrap().days;
        assert_eq!((days[0].market, days[1].market), (Some(0.005), None));
        assert!(daily.share("QQQ").is_none());
        let said = Daily::parse("d.csv", text, Returns::Percent, Some("SPY")).unwrap_err().to_string();
        assert!(said.contains("no rows of `SPY`"), "{said}");
        let said = Daily::parse("d.csv", text, Returns::Percent, None).unwrap_err().to_string();
        assert!(said.contains("no returns of the market") && said.contains("--market"), "{said}");
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once() {
        let rows = "2025-09-31,ORCL,1,0.2,\n2025-09-10,,1,0.2,\n2025-09-10,ORCL,x,0.2,\n2025-09-10,ORCL,1,-100,\n\
            2025-09-10,AMD,1,1,E1\n2025-09-10,AMD,2,1,\n2025-09-11,AMD,2,1,E1\n";
        let said = parse(rows).unwrap_err().to_string();
        for part in [
            "d.csv:2:1",
            "`2025-09-31` is not a date",
            "`ticker` is empty",
            "`x` is not a number",
            "-100 cannot be a `market_return_pct`",
            "`AMD` has two rows for 2025-09-10",
            "keep one row a share and day",
            "event `E1` is there twice",
            "6 errors",
        ] {
            assert!(said.contains(part), "{part} in\n{said}");
        }
        assert!(parse("").unwrap_err().to_string().contains("there are no returns"));
        let said = Daily::parse("d.csv", "date,ticker\n", Returns::Unsaid, None).unwrap_err().to_string();
        assert!(said.contains("no column `return_pct`"), "{said}");
    }

    #[test]
    fn returns_that_look_like_fractions_are_asked_about() {
        let mut text = HEAD.to_string();
        for k in 0..60 {
            text += &format!("{},A.X,0.0{},0.01,\n", date_of(20_000 + k), k % 10);
        }
        let read = |returns| Daily::parse("d.csv", &text, returns, None);
        let said = read(Returns::Unsaid).unwrap_err().to_string();
        assert!(said.contains("--returns fractions or --returns percent"), "{said}");
        assert_eq!(read(Returns::Percent).unwrap().shares[0].days[1].own, Some(0.0001));
        assert_eq!(read(Returns::Fractions).unwrap().shares[0].days[1].own, Some(0.01));
    }

    /// Of a share with many such days one warning, with their number.
    #[test]
    fn days_without_a_session_are_warned_of() {
        let rows = "2025-11-27,ORCL,1,0.2,\n2025-11-29,ORCL,1,0.2,\n2025-11-28,ORCL,1,0.2,\n";
        let said = parse(rows).unwrap().warnings.to_string();
        assert!(
            said.contains("`ORCL` was closed on 2025-11-27: a holiday in New York, and 1 more such row"),
            "{said}"
        );
        assert!(said.contains("1 warning"), "{said}");
    }
}
