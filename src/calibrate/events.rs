//! The file of dated events: a row per deal or doubt and share, with the share's return of the day. How it is read cell
//! by cell is in [`crate::input::table`].
//!
//! Columns that must be there: [`REQUIRED`]; read where they are: [`OPTIONAL`]; others are ignored. An empty cell means
//! "not known". What the notes say of a row is read by the words of [`WORDS`].

use crate::input::sessions::closed;
use crate::input::table::{Columns, Row, Table, text_of};
use crate::input::{Finding, Findings, Span};
use std::collections::HashMap;
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
///
/// `value_class` (small, middle, large) is the company's class where no row of the share has a market value; `on_results`
/// (yes, no) says whether the session was the first that could react to the company's own results. Where it is not filled,
/// an `earnings_backlog` of the company's own counts as such a day.
pub const OPTIONAL: [&str; 7] =
    ["event", "benchmark_return_1d_pct", "notes", "beta", "return_20d_pct", "value_class", "on_results"];

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

/// Companies by market value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// Below USD 10 bn.
    Small,
    /// USD 10 to 200 bn.
    Middle,
    /// USD 200 bn and above.
    Large,
    /// The file has no market value of the share.
    Unknown,
}

pub const CLASSES: [(Class, &str); 4] = [
    (Class::Small, "small"),
    (Class::Middle, "middle"),
    (Class::Large, "large"),
    (Class::Unknown, "unknown"),
];

const YES_NO: [(bool, &str); 2] = [(true, "yes"), (false, "no")];

/// What a return of 0.05 means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Returns {
    /// Per cent, unless the file looks as if it were not: then it is asked.
    #[default]
    Unsaid,
    /// Twentieths of a per cent.
    Percent,
    /// Five per cent.
    Fractions,
}

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
    /// The company's class, where the row names it.
    pub class: Option<Class>,
    /// The session was the first that could react to the company's results.
    pub on_results: bool,
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
    /// What is doubtful in it.
    pub warnings: Findings,
}

const COLUMNS: Columns = Columns { required: &REQUIRED, optional: &OPTIONAL };

impl Events {
    pub fn read(path: &Path, returns: Returns) -> Result<Events, Findings> {
        let (file, text) = text_of(path)?;
        Events::parse(&file, &text, returns)
    }

    pub fn parse(file: &str, text: &str, returns: Returns) -> Result<Events, Findings> {
        let mut table = Table::new(file, text);
        let mut list: Vec<Event> = Vec::new();
        let mut places: Vec<Span> = Vec::new();
        // Where a name, and where a move, was there first.
        let (mut ids, mut moves) = (HashMap::new(), HashMap::new());
        for row in table.rows(&COLUMNS) {
            let Some(event) = event(&mut table, &row, returns) else { continue };
            let reaction = event.reaction.map(f64::to_bits);
            let earlier = *moves.entry((event.ticker.clone(), event.day, reaction)).or_insert(list.len());
            doubt(&mut table, &row, &event, places.get(earlier));
            let span = table.span(&row, "event_id");
            let first = *ids.entry(event.id.clone()).or_insert(list.len());
            if first < list.len() {
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
        if returns == Returns::Unsaid && look_like_fractions(&list) {
            let message = "every return lies between -1 and 1: is 0.05 five per cent, or a twentieth of one?";
            let finding = Finding::error(message).at(&places[0]);
            table.findings.push(finding.help("say it with --returns fractions or --returns percent"));
        }
        table.findings.sort();
        if table.findings.has_errors() {
            return Err(table.findings);
        }
        list.sort_by_key(|event| event.day);
        Ok(Events { file: file.to_string(), text: text.to_string(), list, warnings: table.findings })
    }
}

/// A row that can be read and hardly means what it says: the same move twice, or a day without a session.
fn doubt(table: &mut Table, row: &Row, event: &Event, same_move: Option<&Span>) {
    if let Some(why) = closed(&event.ticker, event.day) {
        let message = format!("the exchange of `{}` was closed on {}: {why}", event.ticker, event.date);
        let finding = Finding::warning(message).at(&table.span(row, "date"));
        let help = "give the first session that could react, with the return of that session";
        table.findings.push(finding.help(help));
    }
    if event.reaction.is_some()
        && let Some(first) = same_move
    {
        let message =
            format!("the move of `{}` on {} is entered twice and counts double", event.ticker, event.date);
        let finding = Finding::warning(message).at(&table.span(row, "event_id"));
        table.findings.push(finding.marked(first, "first here").help("keep one row a move"));
    }
}

/// Returns of days on which something was announced are seldom all below one per cent.
const FEWEST: usize = 8;

fn look_like_fractions(list: &[Event]) -> bool {
    let returns: Vec<f64> = list.iter().filter_map(|event| event.reaction).collect();
    // Read as per cent: within 1% each.
    returns.len() >= FEWEST && returns.iter().all(|reaction| libm::expm1(*reaction).abs() <= 0.01)
}

fn event(table: &mut Table, row: &Row, returns: Returns) -> Option<Event> {
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
    let in_fractions = returns == Returns::Fractions;
    let (unit, percent) = if in_fractions {
        (0.01, "as a fraction, above -1 and at most 10: 0.052 means 5.2%")
    } else {
        (1.0, "in per cent, above -100 and at most 1000: 5.2 means 5.2%")
    };
    let range = (-100.0 * unit, 1000.0 * unit);
    let reaction = table.number(row, "return_1d_pct", range, percent);
    let benchmark = table.number(row, "benchmark_return_1d_pct", range, percent);
    let beta = table.number(row, "beta", (-20.0, 20.0), "as a plain number between -20 and 20: 1.2");
    let after = table.number(row, "return_20d_pct", range, percent);
    let after =
        after.map(|after| after.map_or_else(|| in_notes(&notes, "next20d"), |after| Some(after / unit)));
    let log = |percent: f64| libm::log1p(percent / 100.0);
    let read_across = what.to_lowercase().contains("read-across");
    let foreign = notes.contains("value is annual") || read_across;
    let class = optional_word(table, row, "value_class", &CLASSES[..3]);
    let on_results = optional_word(table, row, "on_results", &YES_NO);
    let kind_reports = kind == Some(Kind::EarningsBacklog) && !read_across;
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
        reaction: reaction?.map(|x| log(x / unit)),
        benchmark: benchmark?.map(|x| log(x / unit)),
        beta: beta?,
        after: after?.map(log),
        class: class?,
        on_results: on_results?.unwrap_or(kind_reports),
        confounded: notes.to_lowercase().contains("confound"),
        post_hoc: notes.contains("POST-HOC"),
    })
}

/// `None` where the cell is wrong, `Some(None)` where it is empty or the column is not there.
fn optional_word<T: Copy>(
    table: &mut Table,
    row: &Row,
    column: &str,
    known: &[(T, &'static str)],
) -> Option<Option<T>> {
    if table.cell(row, column).is_empty() {
        return Some(None);
    }
    table.word(row, column, known).map(Some)
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
        Events::parse("e.csv", &format!("{HEAD}{rows}"), Returns::Unsaid)
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
            let said = Events::parse("e.csv", &text, Returns::Unsaid).unwrap_err().to_string();
            // b,2025-09-10,ORCL,warrant,1,,,,: the ninth cell begins at the 32nd character.
            assert!(said.contains("e.csv:3:32") && said.contains("`sign_expected` is empty"), "{said}");
            assert!(said.contains("column sign_expected") && said.contains("e.csv: 1 error"), "{said}");
        }
    }

    /// Only what must be there, and a column of the user's own, which is ignored.
    #[test]
    fn a_file_without_the_optional_columns_is_read() {
        let text = format!("{},own\na,2025-09-10,ORCL,warrant,1,,5,positive,x\n", REQUIRED.join(","));
        let event = &Events::parse("e.csv", &text, Returns::Unsaid).unwrap().list[0];
        assert_eq!((event.benchmark, event.beta, event.after, event.confounded), (None, None, None, false));
        assert_eq!(event.abnormal(1.0), Some(libm::log1p(0.05)));
    }

    #[test]
    fn classes_and_days_of_results_are_read() {
        let head = format!("{},value_class,on_results\n", HEAD.trim());
        let rows = "a,2025-09-10,ORCL,earnings_backlog,,,5,,positive,,,large,yes\n\
            b,2025-09-11,ORCL,earnings_backlog,,,5,,positive,,,,no\n\
            c,2025-09-12,ORCL,earnings_backlog,,,5,,positive,,,,\n\
            d,2025-09-15,ORCL,earnings_backlog,,,5,,positive,Read-across,,,\n";
        let list = Events::parse("e.csv", &format!("{head}{rows}"), Returns::Unsaid).unwrap().list;
        assert_eq!(list.iter().map(|e| e.on_results).collect::<Vec<_>>(), [true, false, true, false]);
        assert_eq!((list[0].class, list[1].class), (Some(Class::Large), None));
        let wrong = format!("{head}a,2025-09-10,ORCL,warrant,,,5,,positive,,,huge,maybe\n");
        let said = Events::parse("e.csv", &wrong, Returns::Unsaid).unwrap_err().to_string();
        assert!(
            said.contains("`huge` is not a value_class") && said.contains("`maybe` is not a on_results"),
            "{said}"
        );
    }

    #[test]
    fn what_is_doubtful_is_warned_of() {
        let rows = "a,2025-09-10,ORCL,warrant,1,,5,,positive,,\nb,2025-09-10,ORCL,chip_supply,1,,5,,positive,,\n\
            c,2025-09-10,ORCL,warrant,1,,4,,positive,,\nd,2025-11-27,ORCL,warrant,1,,5,,positive,,\n";
        let said = parse(rows).unwrap().warnings.to_string();
        assert!(said.contains("the move of `ORCL` on 2025-09-10 is entered twice"), "{said}");
        assert!(said.contains("closed on 2025-11-27: a holiday in New York"), "{said}");
        assert!(said.contains("2 warnings"), "{said}");
        assert!(parse("a,2025-09-10,ORCL,warrant,1,,5,,positive,,\n").unwrap().warnings.is_empty());
    }

    #[test]
    fn returns_that_look_like_fractions_are_asked_about() {
        let mut rows = String::new();
        for day in 1..=8 {
            rows += &format!("e{day},2025-10-0{day},O.X,warrant,1,,0.0{day},0.01,positive,,next20d +2.0\n");
        }
        let rows = rows.replace("2025-10-04", "2025-10-09").replace("2025-10-05", "2025-10-10");
        let said = parse(&rows).unwrap_err().to_string();
        assert!(said.contains("--returns fractions or --returns percent"), "{said}");
        let text = format!("{HEAD}{rows}");
        let first = |returns| Events::parse("e.csv", &text, returns).unwrap().list[0].clone();
        assert_eq!(first(Returns::Percent).reaction, Some(libm::log1p(0.0001)));
        let read = first(Returns::Fractions);
        assert!((read.reaction.unwrap() - libm::log1p(0.01)).abs() < 1e-15);
        assert_eq!(read.after, Some(libm::log1p(0.02)), "notes are in per cent");
        assert!(parse(&rows.replace(",0.08,", ",1.08,")).is_ok());
    }

    #[test]
    fn a_missing_column_is_named() {
        let text = Events::parse("e.csv", "event_id,date,ticker,deal_kinds\n", Returns::Unsaid)
            .unwrap_err()
            .to_string();
        assert!(text.contains("no column `deal_kind`") && text.contains("is it `deal_kinds`?"), "{text}");
        assert!(text.contains("`return_1d_pct` and `sign_expected`"), "{text}");
        assert!(text.contains("e.csv: 2 errors"), "{text}");
        let twice = format!("{},beta,beta\n", HEAD.trim());
        let text = Events::parse("e.csv", &twice, Returns::Unsaid).unwrap_err().to_string();
        assert!(text.contains("`beta` is there twice"), "{text}");
        assert!(parse("").unwrap_err().to_string().contains("there are no events"));
        assert!(Events::parse("e.csv", "", Returns::Unsaid).is_err());
    }
}
