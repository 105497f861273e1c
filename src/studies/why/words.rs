//! The causal ledger behind a number: on a path, by how much each stage of each step moved the measure, with the deals,
//! triggers and prices of that moment. The contributions add up to the number, or to
//! its change since the start where it is a level.

use crate::books::{ByOrigin, Flow, Party};
use crate::engine::replay::{Entry, Replay, What};
use crate::engine::step::Stage;
use crate::files::manifest::Manifest;
use crate::files::table::as_text;
use crate::input::days::date_of;
use crate::outcome::{OF_ALL_PATHS, RATIOS};
use crate::plan::Plan;
use crate::studies::replay::words::{amount, by_origin, sentence, six_digits, value};
use crate::words::numbers::{capitalised, count};
use serde_json::{Value, json};
use std::fmt::Write;

/// The paths that are explained: name and quantile.
pub const LEVELS: [(&str, f64); 2] = [("median", 0.5), ("95th percentile", 0.95)];

/// A path that was found, and replayed.
pub struct Found {
    pub level: &'static str,
    /// Of the measure.
    pub value: f64,
    pub replay: Replay,
    /// Of each uncertain number, the share of the run's paths that drew less.
    pub ranks: Vec<f64>,
}

/// Of how many paths the measure was looked at, and on how many it is defined.
#[derive(Clone, Copy)]
pub struct Of {
    pub paths: u64,
    pub defined: u64,
}

/// The measure whose changes explain a measure: of a share of capital, its numerator.
pub fn watched(measure: &str) -> &str {
    RATIOS.iter().find(|(name, _, _)| *name == measure).map_or(measure, |(_, part, _)| part)
}

/// One contribution.
struct Cause<'a> {
    step: u32,
    stage: Stage,
    /// In the measure's unit.
    by: f64,
    events: Vec<&'a Entry>,
    postings: Vec<&'a Entry>,
}

/// What a share's numerator is divided by; 1 for all else.
fn whole(measure: &str, replay: &Replay) -> f64 {
    let Some((_, _, whole)) = RATIOS.iter().find(|(name, _, _)| *name == measure) else { return 1.0 };
    replay.measures.iter().find(|(name, _)| name == whole).map_or(1.0, |(_, value)| *value)
}

/// All contributions, the largest first.
fn causes<'a>(measure: &str, replay: &'a Replay) -> Vec<Cause<'a>> {
    let whole = whole(measure, replay);
    let mut causes: Vec<Cause> = replay
        .changes
        .iter()
        .map(|change| {
            let here = replay.entries.iter().filter(|e| (e.step, e.stage) == (change.step, change.stage));
            let (postings, mut events): (Vec<&Entry>, Vec<&Entry>) =
                here.partition(|entry| matches!(entry.what, What::Posting { .. }));
            if change.stage == Stage::Default {
                // The bills that brought it about.
                let defaults = replay.entries.iter().filter(|e| e.step == change.step);
                events.splice(0..0, defaults.filter(|e| matches!(e.what, What::Default { .. })));
            }
            Cause { step: change.step, stage: change.stage, by: change.by / whole, events, postings }
        })
        .collect();
    causes.sort_by(|a, b| b.by.abs().total_cmp(&a.by.abs()));
    causes
}

/// Sums of the contributions by stage, the largest first.
fn by_stage(causes: &[Cause]) -> Vec<(&'static str, f64, usize)> {
    let mut sums: Vec<(&'static str, f64, usize)> = Vec::new();
    for cause in causes {
        let name = cause.stage.name();
        match sums.iter_mut().find(|(known, _, _)| *known == name) {
            Some((_, sum, times)) => {
                *sum += cause.by;
                *times += 1;
            }
            None => sums.push((name, cause.by, 1)),
        }
    }
    sums.sort_by(|a, b| b.1.abs().total_cmp(&a.1.abs()));
    sums
}

/// Is the measure one of capital, whose postings are those of rounds, tranches, credits, warrants?
fn is_of_capital(measure: &str) -> bool {
    ["capital.", "share.", "put_in."].iter().any(|start| measure.starts_with(start))
        || measure.ends_with(".raised")
}

/// The postings that make up a contribution, the largest first.
fn postings_of<'a>(measure: &str, cause: &Cause<'a>) -> Vec<(Party, Party, Flow, &'a ByOrigin<f64>)> {
    let mut postings: Vec<_> = cause
        .postings
        .iter()
        .filter_map(|entry| match &entry.what {
            What::Posting { payer, payee, flow, amounts } => Some((*payer, *payee, *flow, amounts)),
            _ => None,
        })
        .filter(|(_, _, flow, _)| !is_of_capital(measure) || flow.is_capital())
        .collect();
    let size = |amounts: &ByOrigin<f64>| amounts.sum().abs();
    postings.sort_by(|a, b| size(b.3).total_cmp(&size(a.3)));
    postings
}

/// Manufactured capital by origin, over the whole path.
fn origins(plan: &Plan, replay: &Replay) -> ByOrigin<f64> {
    let mut sums = ByOrigin::new(plan.actors.ledger.origins(), |_| 0.0);
    for entry in &replay.entries {
        if let What::Posting { flow, amounts, .. } = &entry.what
            && flow.is_capital()
        {
            sums.iter_mut().zip(amounts.values()).for_each(|((_, sum), more)| *sum += more);
        }
    }
    sums
}

/// Companies whose price a contribution hangs on: those of its parties, and of the stakes that its parties hold.
fn companies_of(plan: &Plan, cause: &Cause) -> Vec<usize> {
    let mut companies = Vec::new();
    let mut add = |i: usize| {
        if !companies.contains(&i) {
            companies.push(i);
        }
    };
    for entry in &cause.postings {
        let What::Posting { payer, flow, .. } = &entry.what else { continue };
        if !flow.is_capital() {
            continue;
        }
        match payer {
            Party::Company(i) => add(usize::from(*i)),
            Party::Person(i) => add(plan.actors.persons[usize::from(*i)].company),
            Party::Holding(i) => {
                plan.actors.holdings[usize::from(*i)].stakes.iter().for_each(|stake| add(stake.company));
            }
            Party::Lab(_) | Party::Outside => {}
        }
    }
    companies
}

fn day(plan: &Plan, step: u32) -> jiff::civil::Date {
    date_of(plan.clock.day_of(step))
}

/// Uncertain numbers in the outer tenths of what the run drew, the farthest out first.
fn unusual(found: &Found) -> Vec<(&str, f64, f64)> {
    let numbers = found.replay.parameters.iter().zip(&found.ranks);
    let mut unusual: Vec<(&str, f64, f64)> = numbers
        .map(|((name, value), rank)| (name.as_str(), *value, *rank))
        .filter(|(_, _, rank)| (rank - 0.5).abs() > 0.4)
        .collect();
    unusual.sort_by(|a, b| (b.2 - 0.5).abs().total_cmp(&(a.2 - 0.5).abs()));
    unusual
}

/// Events that set others off, each told once: of bills unpaid those that led to a restructuring, of margin calls those
/// that sold something.
fn triggers(replay: &Replay) -> Vec<&Entry> {
    let restructures = |of: usize, step: u32| {
        let is_it =
            |e: &Entry| matches!(e.what, What::Restructuring { lab, .. } if lab == of && e.step == step);
        replay.entries.iter().any(is_it)
    };
    let is_trigger = |entry: &&Entry| match &entry.what {
        What::Posting { .. } | What::Contract { .. } | What::Announcement(_) | What::Round(_) => false,
        What::Default { lab, .. } => restructures(*lab, entry.step),
        What::MarginCall { sold, lost, .. } => *sold > 0.0 || *lost > 0.0,
        _ => true,
    };
    replay.entries.iter().filter(is_trigger).collect()
}

/// Announcements by how much they moved market value, the largest first.
fn news(replay: &Replay) -> Vec<&Entry> {
    let moved = |entry: &Entry| match &entry.what {
        What::Announcement(a) => (a.value[1] - a.value[0]).abs(),
        _ => 0.0,
    };
    let mut news: Vec<&Entry> =
        replay.entries.iter().filter(|entry| matches!(entry.what, What::Announcement(_))).collect();
    news.sort_by(|a, b| moved(b).total_cmp(&moved(a)));
    news
}

/// The rounds of a lab before its restructuring, the last first: what it asked for and what it got.
fn rounds_before(replay: &Replay) -> Vec<&Entry> {
    let unwind = replay.entries.iter().find_map(|entry| match entry.what {
        What::Restructuring { lab, first: true, .. } => Some((lab, entry.step)),
        _ => None,
    });
    let Some((defaulter, step)) = unwind else { return Vec::new() };
    let rounds = replay
        .entries
        .iter()
        .rev()
        .filter(|entry| matches!(&entry.what, What::Round(r) if r.lab == defaulter && entry.step < step));
    rounds.take(LAST_ROUNDS).collect()
}

/// Lines of each list in the table.
const LINES: usize = 6;
const LAST_ROUNDS: usize = 3;

pub fn table(plan: &Plan, measure: &str, found: &[Found], of: Of, manifest: &Manifest, top: usize) -> String {
    let mut text = format!(
        "{}: why {measure} is what it is\n{} paths, seed {}",
        plan.name,
        count(manifest.paths),
        manifest.seed
    );
    if of.paths < manifest.paths {
        let _ = write!(text, "; run again without the loops: the first {}", count(of.paths));
    }
    if of.defined < of.paths {
        let _ = write!(text, "; defined on {}", count(of.defined));
    }
    text.push('\n');
    for path in found {
        one(plan, measure, path, top, &mut text);
    }
    text
}

fn one(plan: &Plan, measure: &str, found: &Found, top: usize, text: &mut String) {
    let replay = &found.replay;
    let causes = causes(measure, replay);
    let _ = writeln!(
        text,
        "\n{}: {measure} = {} on path {}",
        capitalised(found.level),
        six_digits(found.value),
        replay.path
    );
    let unusual = unusual(found);
    if !unusual.is_empty() {
        let all = replay.parameters.len();
        let _ = writeln!(
            text,
            "\n  Drawn in the outer tenths of the run ({} of {all}; {:.0} would be by chance)",
            unusual.len(),
            0.2 * all as f64
        );
        for (name, value, rank) in unusual.iter().take(LINES) {
            let _ = writeln!(
                text,
                "    {name} = {} (above {:.0}% of the paths)",
                six_digits(*value),
                100.0 * rank
            );
        }
    }
    if causes.is_empty() {
        let _ = writeln!(text, "\n  Nothing on this path moved it.");
    } else {
        text.push_str("\n  By stage of the step\n");
        let stages = by_stage(&causes);
        for (stage, sum, times) in stages.iter().take(LINES) {
            let often = if *times == 1 { "once".to_string() } else { format!("in {times} steps") };
            let _ = writeln!(text, "    {stage:<16}{:>14}  {often}", signed(*sum));
        }
        if measure == "share.traced" || measure == "capital.manufactured" {
            let whole = whole(measure, replay);
            text.push_str("\n  By origin\n");
            let sums = origins(plan, replay);
            for (origin, sum) in sums.iter().filter(|(origin, _)| origin.is_manufactured()) {
                let _ = writeln!(text, "    {:<16}{:>14}", origin.name(), signed(sum / whole));
            }
        }
        let shown = top.min(causes.len());
        let of = if shown < causes.len() { format!(" of {}", causes.len()) } else { String::new() };
        let _ = writeln!(text, "\n  Largest contributions ({shown}{of})");
        if OF_ALL_PATHS.iter().any(|(name, _)| *name == measure) {
            text.push_str("    What came with the loops less what came without them; without postings: only without them.\n");
        }
        for cause in causes.iter().take(top) {
            contribution(plan, measure, cause, replay, text);
        }
    }
    let before = rounds_before(replay);
    if !before.is_empty() {
        text.push_str("\n  Rounds before the unwind, the last first\n");
        entries(plan, &before, text);
    }
    let triggers = triggers(replay);
    if !triggers.is_empty() {
        let rest = triggers.len().saturating_sub(2 * LINES);
        text.push_str("\n  Triggers on the path\n");
        entries(plan, &triggers[..triggers.len() - rest], text);
        if rest > 0 {
            let _ = writeln!(text, "    … and {rest} more: roundtrip replay --path {} --events", replay.path);
        }
    }
    let news = news(replay);
    if !news.is_empty() {
        text.push_str("\n  News that moved prices most\n");
        entries(plan, &news[..news.len().min(LINES)], text);
    }
}

fn contribution(plan: &Plan, measure: &str, cause: &Cause, replay: &Replay, text: &mut String) {
    let _ =
        writeln!(text, "    {}  {:<14}{:>14}", day(plan, cause.step), cause.stage.name(), signed(cause.by));
    for event in &cause.events {
        let _ = writeln!(text, "        {}", sentence(plan, &event.what));
    }
    let postings = postings_of(measure, cause);
    // News tells of itself; what was paid besides is beside the point.
    if cause.events.is_empty() || is_of_capital(measure) {
        for (payer, payee, flow, amounts) in postings.iter().take(LINES) {
            let _ = writeln!(
                text,
                "        {} → {}  {} {}  ({})",
                plan.actors.name(*payer),
                plan.actors.name(*payee),
                flow.name(),
                amount(amounts.sum()),
                by_origin(amounts)
            );
        }
    }
    let prices = prices(plan, cause, replay);
    if !prices.is_empty() {
        let price = |(name, value, premium): &(String, f64, f64)| {
            format!("{name} {} (x {premium:+.3})", amount(*value))
        };
        let list: Vec<String> = prices.iter().map(price).collect();
        let _ = writeln!(text, "        market value then: {}", list.join(", "));
    }
}

/// Name, M and x of the companies that a contribution hangs on, at that time.
fn prices(plan: &Plan, cause: &Cause, replay: &Replay) -> Vec<(String, f64, f64)> {
    let of_step = replay.prices.get(cause.step as usize);
    companies_of(plan, cause)
        .into_iter()
        .filter_map(|i| {
            let [value, premium] = *of_step?.get(i)?;
            Some((plan.actors.companies[i].name.clone(), value, premium))
        })
        .collect()
}

fn entries(plan: &Plan, entries: &[&Entry], text: &mut String) {
    for entry in entries {
        let _ = writeln!(text, "    {}  {}", day(plan, entry.step), sentence(plan, &entry.what));
    }
}

fn signed(value: f64) -> String {
    if value < 0.0 { format!("−{}", six_digits(-value)) } else { format!("+{}", six_digits(value)) }
}

/// Every contribution of each path, with its events and postings.
pub fn json(plan: &Plan, measure: &str, found: &[Found], of: Of, manifest: &Manifest) -> Value {
    let paths: Vec<Value> = found
        .iter()
        .map(|path| {
            let causes = causes(measure, &path.replay);
            let contributions: Vec<Value> = causes
                .iter()
                .map(|cause| {
                    let prices: Vec<Value> = prices(plan, cause, &path.replay)
                        .into_iter()
                        .map(|(name, value, premium)| json!({"company": name, "value": value, "premium": premium}))
                        .collect();
                    json!({
                        "date": day(plan, cause.step).to_string(),
                        "step": cause.step,
                        "stage": cause.stage.name(),
                        "by": cause.by,
                        "events": cause.events.iter().map(|entry| value(plan, entry)).collect::<Vec<_>>(),
                        "postings": cause.postings.iter().map(|entry| value(plan, entry)).collect::<Vec<_>>(),
                        "prices": prices,
                    })
                })
                .collect();
            let parameters: Vec<Value> = path
                .replay
                .parameters
                .iter()
                .zip(&path.ranks)
                .map(|((name, value), rank)| json!({"path": name, "value": value, "rank": rank}))
                .collect();
            let triggers = triggers(&path.replay).into_iter();
            json!({
                "level": path.level,
                "path": path.replay.path,
                "value": path.value,
                "parameters": parameters,
                "contributions": contributions,
                "triggers": triggers.map(|entry| value(plan, entry)).collect::<Vec<_>>(),
            })
        })
        .collect();
    json!({
        "scenario": plan.name, "measure": measure, "paths": manifest.paths, "defined": of.defined,
        "seed": manifest.seed, "ledger": paths,
    })
}

/// A line per contribution.
pub fn csv(plan: &Plan, measure: &str, found: &[Found]) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["level", "path", "date", "step", "stage", "by", "events"])?;
    for path in found {
        for cause in causes(measure, &path.replay) {
            let events: Vec<String> = cause.events.iter().map(|entry| sentence(plan, &entry.what)).collect();
            table.write_record([
                path.level,
                &path.replay.path.to_string(),
                &day(plan, cause.step).to_string(),
                &cause.step.to_string(),
                cause.stage.name(),
                &cause.by.to_string(),
                &as_text(&events.join("; ")),
            ])?;
        }
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
