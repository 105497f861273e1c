//! The file of dated events: a row per deal or doubt and share, with the share's return of the day. How it is read cell
//! by cell is in [`crate::input::table`].
//!
//! Columns that must be there: [`REQUIRED`]; read where they are: [`OPTIONAL`]; others are ignored. An empty cell means
//! "not known". What the notes say of a row is read by the words of [`WORDS`].

use crate::input::table::{Columns, Row, Table, text_of};
use crate::input::{Finding, Findings, Span};
use std::path::Path;

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

const COLUMNS: Columns = Columns { required: &REQUIRED, optional: &OPTIONAL };

impl Events {
    pub fn read(path: &Path) -> Result<Events, Findings> {
        let (file, text) = text_of(path)?;
        Events::parse(&file, &text)
    }

    pub fn parse(file: &str, text: &str) -> Result<Events, Findings> {
        let mut table = Table::new(file, text);
        let mut list: Vec<Event> = Vec::new();
        let mut places: Vec<Span> = Vec::new();
        for row in table.rows(&COLUMNS) {
            let Some(event) = event(&mut table, &row) else { continue };
            let span = table.span(&row, "event_id");
            if let Some(first) = list.iter().position(|other| other.id == event.id) {
                let finding = Finding::error(format!("event `{}` is there twice", event.id));
                let finding = finding.at(&span).marked(&places[first], "first here");
                table.findings.push(finding.help("remove one of the rows, or give it another event_id"));
            }
            places.push(span);
            list.push(event);
        }
        if table.findings.is_empty() && list.is_empty() {
            let finding = Finding::error("there are no events").at(&(0..0));
            table.findings.push(finding.help("give a line of column names, then a line per event"));
        }
        if table.findings.has_errors() {
            table.findings.sort();
            return Err(table.findings);
        }
        list.sort_by_key(|event| event.day);
        Ok(Events { file: file.to_string(), text: text.to_string(), list })
    }
}

fn event(table: &mut Table, row: &Row) -> Option<Event> {
    let text = |column: &str| table.cell(row, column).to_string();
    let (id, ticker, notes, what) = (text("event_id"), text("ticker"), text("notes"), text("event"));
    for (column, cell) in [("event_id", &id), ("ticker", &ticker)] {
        if cell.is_empty() {
            table.wrong(row, column, format!("`{column}` is empty"), "every row needs one".into());
        }
    }
    let day = table.day(row, "date");
    let kind = table.word(row, "deal_kind", &KINDS);
    let sign = table.word(row, "sign_expected", &SIGNS);
    let size = table.number(row, "headline_value_usd_bn", (0.0, 1e6), "in USD bn, above 0");
    let market_value = table.number(row, "market_cap_before_usd_bn", (0.0, 1e6), "in USD bn, above 0");
    let percent = "in per cent, above -100 and at most 1000: 5.2 means 5.2%";
    let reaction = table.number(row, "return_1d_pct", (-100.0, 1000.0), percent);
    let benchmark = table.number(row, "benchmark_return_1d_pct", (-100.0, 1000.0), percent);
    let beta = table.number(row, "beta", (-20.0, 20.0), "as a plain number between -20 and 20: 1.2");
    let after = table.number(row, "return_20d_pct", (-100.0, 1000.0), percent);
    let after = after.map(|after| after.or_else(|| in_notes(&notes, "next20d")));
    let log = |percent: f64| libm::log1p(percent / 100.0);
    let foreign = notes.contains("value is annual") || what.to_lowercase().contains("read-across");
    Some(Event {
        id,
        line: row.line,
        day: day?,
        date: table.cell(row, "date").to_string(),
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
