//! `roundtrip event-study`: daily returns and dated events → abnormal returns against the market model, and whether they
//! are told from chance.

use crate::calibrate::event_study::cut::{Asked, Windows};
use crate::calibrate::event_study::daily::Daily;
use crate::calibrate::event_study::{Refused, event_study};
use crate::calibrate::events::{Events, KINDS, Kind, Returns, SIGNS, Sign};
use crate::console::options::{Format, Output, circumstances};
use crate::console::{Ending, Leave, print, refused, say, say_findings};
use crate::files::owned::Owned;
use crate::studies::calibrate::command::ReturnUnit;
use crate::studies::event_study::words;
use clap::Args;
use std::path::PathBuf;
use std::time::Instant;

#[derive(Args)]
#[command(
    mut_arg("out", |out| out.default_value("output/event-study").help("Folder for results")),
    after_help = "Examples:\n  roundtrip event-study daily.csv --events data/announcements.csv --sign positive\n  roundtrip event-study daily.csv --market QQQ --window -5..20 --sum 0..0,-1..1\n  roundtrip event-study tests/event_study/daily.csv     # an example, made up\n\nA row of DAILY is a share and a day: date, ticker, return_pct, market_return_pct; a filled event_id marks an event."
)]
pub struct EventStudyArgs {
    /// Daily returns: a row per share and day
    #[arg(value_name = "DAILY")]
    pub daily: PathBuf,
    /// Dated events: data/announcements.csv or a file with the same columns [default: the rows of DAILY with an event_id]
    #[arg(long, value_name = "FILE")]
    pub events: Option<PathBuf>,
    /// Of the file of events only those that should move a share this way: positive, negative or ambiguous
    #[arg(long, value_name = "WORD", value_parser = parse_sign)]
    pub sign: Option<Sign>,
    /// Of the file of events only those of these kinds, as compute_commitment,warrant
    #[arg(long, value_name = "KINDS", value_delimiter = ',', value_parser = parse_kind)]
    pub kind: Vec<Kind>,
    /// The ticker whose returns are the market's, where DAILY has no column market_return_pct
    #[arg(long, value_name = "TICKER")]
    pub market: Option<String>,
    /// Days around the event, counted in rows of the share
    #[arg(long, value_name = "FROM..TO", default_value = "-5..20", value_parser = parse_days, allow_hyphen_values = true)]
    pub window: (i32, i32),
    /// Days from which the market model is estimated
    #[arg(long, value_name = "FROM..TO", default_value = "-250..-21", value_parser = parse_days, allow_hyphen_values = true)]
    pub estimation: (i32, i32),
    /// Days with returns that it takes at least
    #[arg(long, value_name = "DAYS", default_value_t = 100)]
    pub least: u16,
    /// Days over which abnormal returns are added up, as 0..0,-1..1 [default: 0..0, -1..1, from 0 on, all of the window]
    #[arg(long, value_name = "FROM..TO", value_delimiter = ',', value_parser = parse_days, allow_hyphen_values = true)]
    pub sum: Vec<(i32, i32)>,
    /// Log returns instead of simple ones
    #[arg(long)]
    pub log: bool,
    /// In what DAILY gives returns, where it could be either [default: percent]
    #[arg(long, value_enum)]
    pub returns: Option<ReturnUnit>,
    #[command(flatten)]
    pub output: Output,
}

fn parse_days(text: &str) -> Result<(i32, i32), String> {
    let days = text.split_once("..").and_then(|(from, to)| Some((day(from)?, day(to)?)));
    match days {
        Some((from, to)) if from <= to => Ok((from, to)),
        Some(_) => Err("the first day comes after the last".into()),
        None => Err("write it as -5..20: first and last day, counted from the event".into()),
    }
}

fn day(text: &str) -> Option<i32> {
    text.trim().parse().ok().filter(|day: &i32| day.abs() <= 100_000)
}

fn parse_sign(text: &str) -> Result<Sign, String> {
    let found = SIGNS.iter().find(|(_, name)| *name == text).map(|(sign, _)| *sign);
    found.ok_or_else(|| "positive, negative or ambiguous".into())
}

fn parse_kind(text: &str) -> Result<Kind, String> {
    let found = KINDS.iter().find(|(_, name)| *name == text).map(|(kind, _)| *kind);
    found.ok_or_else(|| KINDS.map(|(_, name)| name).join(", "))
}

impl EventStudyArgs {
    fn windows(&self) -> Windows {
        let (from, to) = self.window;
        let within = |days: &(i32, i32)| days.0 >= from && days.1 <= to;
        let mut sums = self.sum.clone();
        if sums.is_empty() {
            sums.extend([(0, 0), (-1, 1), (0, to), (from, to)].iter().filter(|days| within(days)));
            sums.dedup();
        }
        let least = usize::from(self.least);
        Windows { event: self.window, estimation: self.estimation, least, sums, log: self.log }
    }

    /// The events that are asked for, from their own file or from among the returns.
    fn asked(&self, daily: &Daily) -> Result<Vec<Asked>, Leave> {
        let Some(path) = &self.events else {
            if self.sign.is_some() || !self.kind.is_empty() {
                return Err(Leave::bad_input(
                    "`--sign` and `--kind` choose from a file of events: name it with --events",
                ));
            }
            if daily.marked.is_empty() {
                return Err(Leave::bad_input(format!(
                    "{} marks no events: fill a column `event_id` on their days, or name a file of events with --events",
                    daily.file
                )));
            }
            let of = |marked: &crate::calibrate::event_study::daily::Marked| Asked {
                id: marked.id.clone(),
                ticker: marked.ticker.clone(),
                day: marked.day,
                post_hoc: false,
            };
            return Ok(daily.marked.iter().map(of).collect());
        };
        // Its own returns are not used: in what unit they are does not matter.
        let events = Events::read(path, Returns::Percent).map_err(refused)?;
        if !events.warnings.is_empty() {
            say_findings(&events.warnings);
        }
        let chosen = events.list.iter().filter(|event| {
            self.sign.is_none_or(|sign| event.sign == sign)
                && (self.kind.is_empty() || self.kind.contains(&event.kind))
        });
        let asked: Vec<Asked> = chosen
            .map(|event| Asked {
                id: event.id.clone(),
                ticker: event.ticker.clone(),
                day: event.day,
                post_hoc: event.post_hoc,
            })
            .collect();
        if asked.is_empty() {
            return Err(Leave::bad_input(format!("no event of {} is of that sign and kind", events.file)));
        }
        Ok(asked)
    }
}

pub fn run(args: &EventStudyArgs) -> Ending {
    let began = Instant::now();
    let windows = args.windows();
    windows.check().map_err(Leave::bad_input)?;
    let returns = args.returns.map_or(Returns::Unsaid, ReturnUnit::returns);
    let daily = Daily::read(&args.daily, returns, args.market.as_deref()).map_err(refused)?;
    if !daily.warnings.is_empty() {
        say_findings(&daily.warnings);
    }
    let asked = args.asked(&daily)?;
    let look = args.output.pictures.look()?;
    let study = event_study(&daily, &asked, &windows).map_err(|refused| match refused {
        Refused::Windows(why) => Leave::bad_input(why),
        Refused::TooFew { measured, left_out } => {
            let events = if measured == 1 { "event" } else { "events" };
            Leave::bad_input(format!(
                "{}: {measured} {events} of {} can be measured, and a test over events takes two\n{}",
                daily.file,
                asked.len(),
                words::left_out(&left_out)
            ))
        }
    })?;
    let owned = Owned::take(&args.output.folder())?;
    let printed = match args.output.format {
        Format::Table => words::text(&study, &daily.file),
        Format::Json => format!("{:#}\n", words::summary(&study, &daily.file)),
        Format::Csv => words::spans(&study).text(),
    };
    let manifest =
        circumstances(began, true, &daily.text).manifest(&daily.file, 0, "none", study.events.len() as u64);
    let (folder, _) = words::write(&owned, &study, &daily.file, &look, manifest)?;
    let code = print(&printed);
    if !args.output.quiet {
        say(&format!("{:.1} s. Results: {}", began.elapsed().as_secs_f64(), folder.display()));
    }
    Ok(code)
}
