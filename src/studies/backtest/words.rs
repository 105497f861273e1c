//! What `backtest` writes and prints: the table of coverage and scores, `predictions.csv`, `summary.json`, the chart.

use crate::calibrate::backtest::{Backtest, sign_name};
use crate::calibrate::events::Events;
use crate::calibrate::fit::group_name;
use crate::calibrate::tally::Tally;
use crate::charts::backtest::{Backtest as Picture, Forecast};
use crate::charts::theme::Look;
use crate::charts::{Figures, Run};
use crate::estimate::RatioEstimate;
use crate::files::atomic;
use crate::files::manifest::Manifest;
use crate::files::owned::{NotOwned, Owned};
use crate::files::table::{Cell, Table, cells};
use crate::studies::calibrate::words::date;
use crate::studies::run::folder::write_study;
use crate::words::numbers::{count, percent_ends};
use crate::words::table::{plain_table, printed, right};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;

pub fn text(b: &Backtest, events: &Events) -> String {
    let mut out = String::new();
    let _ = writeln!(
        out,
        "Backtest on {}: {} events predicted from what came before, at {} dates; {} not predicted\n",
        events.file,
        b.predictions.len(),
        b.refits.len(),
        b.not_predicted.len()
    );
    let Some(all) = b.tally(&events.list, |_| true) else {
        let _ = writeln!(out, "No event has {} deals before it: there is nothing to predict.", b.history);
        return out;
    };
    let _ = writeln!(out, "{}\n", sentence(&all));
    let mut t = plain_table();
    t.set_header([
        "",
        "events",
        "in 50%",
        "in 90%",
        "CRPS",
        "no reaction",
        "past reactions",
        "less none",
        "less past",
    ]);
    // One date tells nothing of its error.
    let error = |se: f64, digits: usize| {
        if se.is_finite() { format!("{:.digits$}", 100.0 * se) } else { "–".into() }
    };
    let share = |of: &RatioEstimate| {
        let [low, high] = percent_ends(of.low, of.high);
        format!("{:.0}% ({low} to {high})", 100.0 * of.value)
    };
    let points = |(value, se): (f64, f64)| format!("{:.2} ± {}", 100.0 * value, error(se, 2));
    for (name, which) in Backtest::subsets() {
        let Some(s) = b.tally(&events.list, which) else { continue };
        t.add_row([
            name.to_string(),
            s.n.to_string(),
            share(&s.held(s.within_50)),
            share(&s.held(s.within_90)),
            points(s.crps),
            points(s.nothing),
            points(s.past),
            points(s.less_nothing),
            points(s.less_past),
        ]);
    }
    right(&mut t, 1..9);
    out.push_str(&printed(&t));
    out.push('\n');
    out.push_str("CRPS (fair form) in per cent of log return: less is better; \"less none\" below 0: better than ordinary noise alone,\n\"less past\" below 0: better than mean and spread of past reactions of the same direction. ± is one standard error, by date; in brackets\n95% intervals of as many events as have that error (Wilson's).\n\n");
    let _ = writeln!(
        out,
        "PIT by tenths (even where forecasts are right): {}",
        b.pit().map(|k| k.to_string()).join(" ")
    );
    let _ = writeln!(
        out,
        "Chains at {} of {} dates, {} of them longer than asked: largest R̂ {:.3}, {} divergences in {} draws; at the other dates draws of the last fit, weighted ({} densities in all)",
        b.fitted(),
        b.refits.len(),
        b.longer(),
        b.worst_r_hat(),
        b.divergences(),
        count(b.draws() as u64),
        count(b.evaluations())
    );
    if !b.not_predicted.is_empty() {
        out.push_str("\nNot predicted:\n");
        let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
        for (place, why) in &b.not_predicted {
            let id = events.list[*place].id.as_str();
            match reasons.iter_mut().find(|(reason, _)| *reason == why.why()) {
                Some((_, ids)) => ids.push(id),
                None => reasons.push((why.why(), vec![id])),
            }
        }
        for (reason, ids) in reasons {
            let _ = writeln!(out, "  {reason} ({}): {}", ids.len(), ids.join(", "));
        }
    }
    out
}

/// The answer in a sentence.
pub fn sentence(all: &Tally) -> String {
    let against = |(value, se): (f64, f64), base: f64, what: &str| {
        let skill = -100.0 * value / base;
        if value.abs() < 2.0 * se {
            format!("no better or worse than {what} beyond chance ({skill:+.0}%)")
        } else if value < 0.0 {
            format!("{skill:.0}% better than {what}")
        } else {
            format!("{:.0}% worse than {what}", -skill)
        }
    };
    let held = |share: (f64, f64)| {
        let of = all.held(share);
        let [low, high] = percent_ends(of.low, of.high);
        format!("{:.0}% ({low} to {high})", 100.0 * of.value)
    };
    format!(
        "90% intervals held {} of the events and 50% intervals {}; by CRPS the forecasts were {} and {}.",
        held(all.within_90),
        held(all.within_50),
        against(all.less_nothing, all.nothing.0, "no reaction"),
        against(all.less_past, all.past.0, "the mean of past reactions"),
    )
}

fn tally(t: &Tally) -> Value {
    let pair = |(value, se): (f64, f64)| json!({ "value": value, "se": se });
    json!({
        "n": t.n, "within_50": t.held(t.within_50), "within_90": t.held(t.within_90), "crps": pair(t.crps),
        "crps_no_reaction": pair(t.nothing), "crps_past_reactions": pair(t.past),
        "crps_less_no_reaction": pair(t.less_nothing), "crps_less_past_reactions": pair(t.less_past),
    })
}

pub fn summary(b: &Backtest, events: &Events) -> Value {
    let subsets: serde_json::Map<String, Value> = Backtest::subsets()
        .into_iter()
        .filter_map(|(name, which)| Some((name.to_string(), tally(&b.tally(&events.list, which)?))))
        .collect();
    json!({
        "events": events.file,
        "seed": b.effort.seed,
        "chains": b.effort.chains, "tune": b.effort.tune, "draws": b.effort.draws,
        "history": b.history, "exact": b.exact, "refits": b.fitted(), "evaluations": b.evaluations(), "run_longer": b.longer(), "complete": b.complete,
        "diagnostics": { "r_hat": b.worst_r_hat(), "divergences": b.divergences(), "draws": b.draws() },
        "dates": b.refits.iter().map(|refit| json!({
            "date": date(refit.day), "events_before": refit.events, "deals_before": refit.deals, "tries": refit.tries, "k_hat": refit.k_hat.filter(|k| k.is_finite()), "evaluations": refit.evaluations,
            "r_hat": refit.r_hat, "divergences": refit.divergences, "draws": refit.draws,
            "refused": refit.refused.map(|why| why.why()),
        })).collect::<Vec<_>>(),
        "assumed": { "beta": b.assumed.beta, "worth": b.assumed.worth, "chance": b.assumed.chance, "threshold": b.assumed.threshold, "hype": b.assumed.hype.map(date) },
        "scores": subsets,
        "pit": b.pit(),
        "not_predicted": b.not_predicted.iter().map(|(k, why)| json!({ "event_id": events.list[*k].id, "line": events.list[*k].line, "why": why.why() })).collect::<Vec<_>>(),
    })
}

/// A line per prediction, log returns.
pub fn table(b: &Backtest, events: &Events) -> Table {
    let header = "event_id,date,ticker,group,sign_expected,sized,abnormal,p5,p25,p50,p75,p95,pit,crps,\
                  crps_no_reaction,crps_past_reactions";
    let mut table = Table::new(header.split(','));
    for p in &b.predictions {
        let (e, s) = (&events.list[p.event], &p.score);
        let what = cells![&e.id, &e.date, &e.ticker, group_name(p.group), sign_name(e), p.sized];
        let numbers = [p.y, s.p5, s.p25, s.p50, s.p75, s.p95, s.pit, s.crps, p.crps_nothing, p.crps_past];
        table.row(what.into_iter().chain(numbers.map(|x| Cell::from(format!("{x:.6}")))));
    }
    table
}

pub fn write(
    owned: &Owned,
    b: &Backtest,
    events: &Events,
    look: &Look,
    mut manifest: Manifest,
) -> Result<(PathBuf, Vec<PathBuf>), NotOwned> {
    manifest.files.push(atomic::write(&owned.staging().join("predictions.csv"), |file| {
        file.write_all(table(b, events).text().as_bytes())
    })?);
    let figures = Figures::default().with_some(picture(b, events));
    write_study(owned, &summary(b, events), &figures, look, manifest)
}

pub fn picture(b: &Backtest, events: &Events) -> Option<Picture> {
    let all = b.tally(&events.list, |_| true)?;
    Some(Picture {
        run: Run {
            scenario: events.file.clone(),
            paths: b.draws() as u64,
            seed: b.effort.seed,
            ..Run::default()
        },
        within_50: all.within_50,
        within_90: all.within_90,
        less_nothing: (all.less_nothing.0 / all.nothing.0, all.less_nothing.1 / all.nothing.0),
        less_past: (all.less_past.0 / all.past.0, all.less_past.1 / all.past.0),
        pit: b.pit().to_vec(),
        forecasts: b
            .predictions
            .iter()
            .map(|p| Forecast {
                name: events.list[p.event].ticker.clone(),
                date: date(events.list[p.event].day),
                band: [p.score.p5, p.score.p25, p.score.p50, p.score.p75, p.score.p95],
                y: p.y,
            })
            .collect(),
    })
}
