//! What `event-study` writes and prints: the tables of sums and of days, `spans.csv`, `abnormal_returns.csv`, `events.csv`,
//! `summary.json`, the chart.

use crate::calibrate::event_study::EventStudy;
use crate::calibrate::event_study::cut::{Asked, LeftOut};
use crate::calibrate::event_study::significance::{Span, Tested};
use crate::charts::event_study::{Course, EventStudy as Picture, Mean};
use crate::charts::theme::Look;
use crate::charts::{Figures, Run};
use crate::files::atomic;
use crate::files::manifest::Manifest;
use crate::files::owned::{NotOwned, Owned};
use crate::files::table::{Table, cells};
use crate::studies::calibrate::words::date;
use crate::studies::run::folder::write_study;
use crate::words::table::{plain_table, printed, right, wrap};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

/// Fewer events than this tell little by any test.
const FEW: usize = 10;

pub fn text(s: &EventStudy, file: &str) -> String {
    let mut out = String::new();
    let (from, to) = s.windows.event;
    let _ = writeln!(
        out,
        "Event study of {file}: {} events, days {from} to {to}; {} left out\n",
        s.events.len(),
        s.left_out.len()
    );
    let _ = writeln!(out, "{}", wrap(&sentence(s)));
    let mut t = plain_table();
    t.set_header(["days", "mean ± se", "95%", "median", "above 0", "r̄"]);
    for span in &s.sums {
        t.add_row([
            days(span.days),
            format!("{:+.2} ± {}%", 100.0 * span.mean, percent(span.se)),
            format!("{} to {}%", signed(span.low), signed(span.high)),
            format!("{}%", signed(span.median)),
            format!("{} of {}", span.positive, s.events.len()),
            if span.correlation.is_finite() { format!("{:.3}", span.correlation) } else { "–".into() },
        ]);
    }
    right(&mut t, 1..6);
    let _ = writeln!(out, "{}", printed(&t));
    let mut t = plain_table();
    t.set_header(["days", "cross-section", "Patell", "BMP", "BMP adjusted", "rank", "generalised rank"]);
    for span in &s.sums {
        let tests = span.tests().map(|(_, tested)| with_p(tested));
        t.add_row(std::iter::once(days(span.days)).chain(tests));
    }
    right(&mut t, 1..7);
    out.push_str(&printed(&t));
    out.push_str("Statistics, with the probability of one as large if there were no effect.\n\n");
    let mut t = plain_table();
    t.set_header(["day", "abnormal ± se", "BMP adjusted", "rank", "cumulated ± se", "BMP adjusted", "rank"]);
    for (day, sum) in s.days.iter().zip(&s.cumulated) {
        t.add_row([
            day.days.0.to_string(),
            format!("{:+.2} ± {}%", 100.0 * day.mean, percent(day.se)),
            with_p(day.bmp_adjusted),
            with_p(day.rank),
            format!("{:+.2} ± {}%", 100.0 * sum.mean, percent(sum.se)),
            with_p(sum.bmp_adjusted),
            with_p(sum.rank),
        ]);
    }
    right(&mut t, 0..7);
    out.push_str(&printed(&t));
    for caution in cautions(s) {
        let _ = writeln!(out, "\n{}", wrap(&caution).trim_end());
    }
    if !s.left_out.is_empty() {
        let _ = write!(out, "\nLeft out:\n{}", left_out(&s.left_out));
    }
    out
}

/// What to beware of in this study.
fn cautions(s: &EventStudy) -> Vec<String> {
    let mut out = Vec::new();
    if s.events.len() < FEW {
        out.push(format!("{} events are few: all that is said of probabilities is rough.", s.events.len()));
    }
    if !s.overlapping.is_empty() {
        let pairs = s
            .overlapping
            .iter()
            .take(5)
            .map(|(i, j)| format!("{} and {}", s.events[*i].asked.id, s.events[*j].asked.id));
        let mut pairs: Vec<String> = pairs.collect();
        if s.overlapping.len() > pairs.len() {
            pairs.push(format!("{} more pairs", s.overlapping.len() - pairs.len()));
        }
        out.push(format!(
            "The windows of events of one share overlap ({}): what one did is in the other's sum, too.",
            pairs.join("; ")
        ));
    }
    if s.unknown_correlations > 0 {
        out.push(format!(
            "{} pairs of events share days, but their estimation windows share too few to tell a correlation: they count as uncorrelated.",
            s.unknown_correlations
        ));
    }
    out
}

/// A line per reason.
pub fn left_out(list: &[(Asked, LeftOut)]) -> String {
    let mut reasons: Vec<(String, Vec<&str>)> = Vec::new();
    for (asked, why) in list {
        let why = why.why();
        match reasons.iter_mut().find(|(reason, _)| *reason == why) {
            Some((_, ids)) => ids.push(&asked.id),
            None => reasons.push((why, vec![&asked.id])),
        }
    }
    let line = |(why, ids): (String, Vec<&str>)| format!("  {why} ({}): {}\n", ids.len(), ids.join(", "));
    reasons.into_iter().map(line).collect()
}

/// −1..1, and a day alone by its number.
fn days((from, to): (i32, i32)) -> String {
    if from == to { from.to_string() } else { format!("{from}..{to}") }
}

fn percent(value: f64) -> String {
    if value.is_finite() { format!("{:.2}", 100.0 * value) } else { "–".into() }
}

fn signed(value: f64) -> String {
    if value.is_finite() { format!("{:+.2}", 100.0 * value) } else { "–".into() }
}

fn with_p(Tested { statistic, p }: Tested) -> String {
    if !statistic.is_finite() || !p.is_finite() {
        return "–".into();
    }
    let p = if p < 0.001 { "<0.001".into() } else { format!("{p:.3}") };
    format!("{statistic:.2} ({p})")
}

/// The answer in a sentence, of the first sum that was asked for.
pub fn sentence(s: &EventStudy) -> String {
    let Some(span) = s.sums.first() else { return String::new() };
    let when = if span.days.0 == span.days.1 {
        format!("On day {}", span.days.0)
    } else {
        format!("Over days {} to {}", span.days.0, span.days.1)
    };
    let found = span.tests().iter().filter(|(_, tested)| tested.p < 0.05).count();
    let adjusted = match span.bmp_adjusted.p {
        p if p < 0.05 => "and by the adjusted BMP test, which bears events of the same days",
        p if p.is_finite() => "not by the adjusted BMP test, which bears events of the same days",
        _ => "the adjusted BMP test cannot be computed",
    };
    format!(
        "{when} the shares moved {}% beyond what their market models foresaw, on average over {} events (95% from {} to {}%); at 5% that is told from chance by {found} of six tests, {adjusted}.",
        signed(span.mean),
        s.events.len(),
        signed(span.low),
        signed(span.high),
    )
}

fn number(value: f64) -> Value {
    if value.is_finite() { json!(value) } else { Value::Null }
}

fn span(span: &Span) -> Value {
    let tests: serde_json::Map<String, Value> = span
        .tests()
        .into_iter()
        .map(|(name, tested)| {
            (name.to_string(), json!({ "statistic": number(tested.statistic), "p": number(tested.p) }))
        })
        .collect();
    json!({
        "from": span.days.0, "to": span.days.1, "mean": number(span.mean), "se": number(span.se), "low": number(span.low), "high": number(span.high),
        "median": number(span.median), "positive": span.positive, "correlation": number(span.correlation), "tests": tests,
    })
}

pub fn summary(s: &EventStudy, file: &str) -> Value {
    let w = &s.windows;
    let all = |spans: &[Span]| spans.iter().map(span).collect::<Vec<_>>();
    let whole = w.places(w.event);
    json!({
        "daily": file,
        "window": [w.event.0, w.event.1], "estimation": [w.estimation.0, w.estimation.1], "least": w.least, "log": w.log,
        "events": s.events.iter().map(|e| json!({
            "event_id": e.asked.id, "ticker": e.asked.ticker, "date": date(e.asked.day), "alpha": e.model.alpha, "beta": e.model.beta,
            "sd": e.model.sd, "days": e.model.days, "sum": e.sum(whole.clone()), "standard_sum": e.standard_sum(whole.clone()),
        })).collect::<Vec<_>>(),
        "left_out": s.left_out.iter().map(|(asked, why)| json!({ "event_id": asked.id, "why": why.why() })).collect::<Vec<_>>(),
        "overlapping": s.overlapping.iter().map(|(i, j)| json!([s.events[*i].asked.id, s.events[*j].asked.id])).collect::<Vec<_>>(),
        "unknown_correlations": s.unknown_correlations,
        "sums": all(&s.sums), "days": all(&s.days), "cumulated": all(&s.cumulated),
    })
}

/// A line per span of days: sums, then days, then from the first day to each.
pub fn spans(s: &EventStudy) -> Table {
    let header = "what,from,to,events,mean,se,low,high,median,positive,correlation";
    let tests: Vec<String> =
        s.days[0].tests().iter().flat_map(|(name, _)| [name.to_string(), format!("{name}_p")]).collect();
    let mut table = Table::new(header.split(',').chain(tests.iter().map(String::as_str)));
    for (what, spans) in [("sum", &s.sums), ("day", &s.days), ("cumulated", &s.cumulated)] {
        for span in spans {
            let head = cells![
                what,
                span.days.0.to_string(),
                span.days.1.to_string(),
                s.events.len(),
                span.mean,
                span.se,
                span.low,
                span.high,
                span.median,
                span.positive,
                span.correlation
            ];
            let tests = span.tests().map(|(_, tested)| cells![tested.statistic, tested.p]);
            table.row(head.into_iter().chain(tests.into_iter().flatten()));
        }
    }
    table
}

/// A line per event and day.
fn abnormal(s: &EventStudy) -> Table {
    let mut table = Table::new("event_id,ticker,day,date,market,abnormal,cumulated,standardised".split(','));
    for event in &s.events {
        let mut sum = 0.0;
        for (place, abnormal) in event.abnormal.iter().enumerate() {
            sum += abnormal;
            table.row(cells![
                &event.asked.id,
                &event.asked.ticker,
                (s.windows.event.0 + place as i32).to_string(),
                date(event.dates[place]),
                event.market[place],
                *abnormal,
                sum,
                event.standard_sum(place..=place)
            ]);
        }
    }
    table
}

/// A line per event: its market model.
fn events(s: &EventStudy) -> Table {
    let mut table = Table::new("event_id,ticker,date,alpha,beta,sd,days,sum,standard_sum".split(','));
    let whole = s.windows.places(s.windows.event);
    for event in &s.events {
        let model = &event.model;
        table.row(cells![
            &event.asked.id,
            &event.asked.ticker,
            date(event.asked.day),
            model.alpha,
            model.beta,
            model.sd,
            model.days,
            event.sum(whole.clone()),
            event.standard_sum(whole.clone())
        ]);
    }
    table
}

pub fn write(
    owned: &Owned,
    s: &EventStudy,
    file: &str,
    look: &Look,
    mut manifest: Manifest,
) -> Result<(PathBuf, Vec<PathBuf>), NotOwned> {
    for (name, table) in
        [("spans.csv", spans(s)), ("abnormal_returns.csv", abnormal(s)), ("events.csv", events(s))]
    {
        let text = table.text();
        manifest
            .files
            .push(atomic::write(&owned.staging().join(name), |file| file.write_all(text.as_bytes()))?);
    }
    let figures = Figures::default().with(picture(s, file));
    write_study(owned, &summary(s, file), &figures, look, manifest)
}

pub fn picture(s: &EventStudy, file: &str) -> Picture {
    let mean = |span: &Span| Mean { mean: span.mean, low: span.low, high: span.high };
    let course = |event: &crate::calibrate::event_study::cut::Measured| Course {
        name: event.asked.id.clone(),
        sums: (0..event.abnormal.len()).map(|place| event.sum(0..=place)).collect(),
    };
    Picture {
        run: Run { scenario: file.to_string(), paths: s.events.len() as u64, ..Run::default() },
        first: s.windows.event.0,
        zero: s.days.iter().find(|day| day.days.0 == 0).map(mean).unwrap_or_default(),
        cumulated: s.cumulated.iter().map(mean).collect(),
        p: s.cumulated.last().map_or(f64::NAN, |span| span.bmp_adjusted.p),
        events: s.events.iter().map(course).collect(),
    }
}
