//! What `calibrate` writes and prints: `posterior.csv`, `summary.json`, the chart, the manifest; the table with
//! intervals.

use crate::calibrate::diagnostics::{Diagnosis, MOST_R_HAT};
use crate::calibrate::events::Events;
use crate::calibrate::fit::{COLUMNS, Calibration, Estimated, LeftOut, Summary, group_name};
use crate::calibrate::model::{Group, Numbers, years_since};
use crate::calibrate::regimes::{STATE_NAMES, STATES};
use crate::charts::calibration::{Calibration as Picture, Dot, Sentiment};
use crate::charts::theme::Look;
use crate::charts::{Figures, Run};
use crate::files::atomic::{self, WriteError, Written};
use crate::files::manifest::Manifest;
use crate::files::owned::{NotOwned, Owned};
use crate::files::table::{Table, cells};
use crate::input::days::date_of;
use crate::studies::run::folder::write_study;
use crate::words::numbers::{count, percent_ends};
use crate::words::table::{plain_table, printed, right};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::io::Write;
use std::path::{Path, PathBuf};

/// A day as 2025-09-10.
pub fn date(day: i32) -> String {
    date_of(day).to_string()
}

/// A number to so many significant digits that its error allows; four where it has none.
fn digits(value: f64, se: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let size = if se > 0.0 && se.is_finite() { se } else { value.abs() / 1000.0 };
    let places = if size > 0.0 { (-libm::log10(size).floor()).clamp(0.0, 5.0) as usize } else { 2 };
    format!("{value:.places$}")
}

/// The whole result as text.
pub fn text(c: &Calibration, events: &Events) -> String {
    let mut out = String::new();
    let deals = c.fitted.iter().filter(|f| f.group.is_deal()).count();
    let _ = writeln!(
        out,
        "Announcement effect from {}: {} events used ({deals} deals), {} left out",
        events.file,
        c.fitted.len(),
        c.left_out.len()
    );
    out.push_str(&format!("\n{}\n\n", sentence(c)));
    let mut t = plain_table();
    t.set_header(["", "mean ± se", "sd", "5%", "median", "95%", "prior 5%–95%", "R̂", "draws", ""]);
    for e in &c.columns {
        let s = &e.posterior;
        if s.sd == 0.0 {
            t.add_row([
                e.name.to_string(),
                digits(s.mean, 0.01),
                "0".into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
                "".into(),
                "fixed".into(),
            ]);
            continue;
        }
        t.add_row([
            e.name.to_string(),
            format!("{} ± {}", digits(s.mean, e.se), digits(e.se, e.se)),
            digits(s.sd, e.se),
            digits(s.p5, e.se),
            digits(s.p50, e.se),
            digits(s.p95, e.se),
            format!("{}–{}", digits(e.prior.p5, s.sd / 5.0), digits(e.prior.p95, s.sd / 5.0)),
            format!("{:.3}", e.diagnosis.r_hat),
            format!("{:.0}", e.diagnosis.ess_bulk.min(e.diagnosis.ess_tail)),
            if e.identified { "".into() } else { "mostly prior".into() },
        ]);
    }
    right(&mut t, 1..9);
    out.push_str(&printed(&t));
    out.push_str(
        "\nη multiplies (D/M)^θ; a column marked \"mostly prior\" is hardly narrowed by these events.\n",
    );
    out.push_str("\nSentiment, likeliest by week:\n");
    for (from, to, state, p) in c.spans() {
        let _ = writeln!(out, "  {} to {}  {state:<9}  probability {:.0}%", date(from), date(to), 100.0 * p);
    }
    out.push_str("\nFit: events against what the posterior predicts of them\n");
    let n = c.fitted.len() as f64;
    for level in [0.5, 0.9] {
        let share = c.coverage(level);
        let (low, high) = c.coverage_interval(level);
        let [low, high] = percent_ends(low, high);
        let se = (level * (1.0 - level) / n).sqrt();
        let _ = writeln!(
            out,
            "  {:.0}% intervals hold {:.0}% of the events ({low} to {high}; ± {:.0} if the model is right)",
            100.0 * level,
            100.0 * share,
            100.0 * se
        );
    }
    let mut t = plain_table();
    t.set_header(["", "observed", "replicated 5%", "median", "95%", "P(replicated ≥ observed)"]);
    for check in &c.checks {
        t.add_row([
            check.what.to_string(),
            format!("{:.3}", check.observed),
            format!("{:.3}", check.p5),
            format!("{:.3}", check.p50),
            format!("{:.3}", check.p95),
            format!("{:.2}", check.p_value),
        ]);
    }
    right(&mut t, 1..6);
    out.push_str(&printed(&t));
    let later = c.left_out.iter().filter(|(_, why)| *why == LeftOut::Later).count();
    if !c.left_out.is_empty() {
        out.push_str("\nLeft out:\n");
        if let Some(until) = c.until {
            let _ = writeln!(out, "  {later} events on {} or later", date(until));
        }
        for (place, why) in c.left_out.iter().filter(|(_, why)| *why != LeftOut::Later) {
            let event = &events.list[*place];
            let _ = writeln!(out, "  line {}: {} {}", event.line, event.id, why.why());
        }
    }
    let missing = events_with_missing(c);
    let _ = writeln!(
        out,
        "\n{missing} of {deals} deals have no size or no market value of their own share: these have a distribution, see docs/methods/calibration.md."
    );
    let _ = writeln!(out, "\n{}", health(c));
    out
}

fn events_with_missing(c: &Calibration) -> usize {
    c.fitted.iter().filter(|f| matches!(f.group, Group::Deal { .. }) && f.x_sd >= 1.0).count()
}

/// The sampler's state of health in a sentence.
pub fn health(c: &Calibration) -> String {
    let h = &c.health;
    let (r_name, r_hat) = h.worst_r_hat();
    let (b_name, bulk) = h.least_bulk();
    let (t_name, tail) = h.least_tail();
    format!(
        "{} chains, {} draws: largest R̂ {r_hat:.3} ({r_name}), fewest effective draws {bulk:.0} in the bulk ({b_name}) and {tail:.0} in a tail ({t_name}), {} divergences.",
        h.chains,
        count(h.draws as u64),
        h.divergences
    )
}

/// The answer in a sentence.
pub fn sentence(c: &Calibration) -> String {
    let of = |name: &str| c.column(name).map(|e| e.posterior).unwrap_or(EMPTY);
    let (eta, theta) = (of("elasticity"), of("exponent"));
    let rise = |share: f64| 100.0 * libm::expm1(eta.p50 * libm::pow(share, theta.p50));
    let suspicion = of("response_suspicion");
    let response = if suspicion.p95 < 0.0 {
        "in suspicion it falls"
    } else if suspicion.p5 > 0.0 {
        "in suspicion it still rises, but less"
    } else {
        "in suspicion it may rise or fall"
    };
    format!(
        "In hype a contract worth a tenth of its company's market value lifts the share by {:.1}% (median), one worth a hundredth by {:.1}%; {response} ({:.2} times that, 90% from {:.2} to {:.2}).",
        rise(0.1),
        rise(0.01),
        suspicion.p50,
        suspicion.p5,
        suspicion.p95
    )
}

const EMPTY: Summary = Summary { mean: 0.0, sd: 0.0, p5: 0.0, p25: 0.0, p50: 0.0, p75: 0.0, p95: 0.0 };

fn spread(s: &Summary) -> Value {
    json!({ "mean": s.mean, "sd": s.sd, "p5": s.p5, "p25": s.p25, "p50": s.p50, "p75": s.p75, "p95": s.p95 })
}

fn diagnosis(d: &Diagnosis) -> Value {
    json!({ "r_hat": d.r_hat, "ess_bulk": d.ess_bulk, "ess_tail": d.ess_tail })
}

/// `summary.json`.
pub fn summary(c: &Calibration, events: &Events) -> Value {
    let numbers: serde_json::Map<String, Value> = c
        .columns
        .iter()
        .map(|e: &Estimated| {
            let mut value = spread(&e.posterior);
            value["se"] = json!(e.se);
            value["meaning"] = json!(e.doc);
            value["prior"] = spread(&e.prior);
            value["identified"] = json!(e.identified);
            value["diagnosis"] = diagnosis(&e.diagnosis);
            (e.name.to_string(), value)
        })
        .collect();
    let fitted: Vec<Value> = c
        .fitted
        .iter()
        .map(|f| {
            let event = &events.list[f.event];
            let known = |value: f64| if value.is_finite() { json!(value) } else { Value::Null };
            json!({
                "event_id": event.id, "date": event.date, "ticker": event.ticker, "group": group_name(f.group),
                "abnormal": f.y, "p5": f.p5, "p50": f.p50, "p95": f.p95, "pit": f.pit,
                "ln_size_over_value": known(f.x), "ln_size_over_value_sd": known(f.x_sd),
                "sentiment": { "hype": f.states[0], "neutral": f.states[1], "suspicion": f.states[2] },
            })
        })
        .collect();
    let h = &c.health;
    let mut summary = json!({
        "events": events.file,
        "used": c.fitted.len(),
        "left_out": c.left_out.iter().map(|(k, why)| json!({ "event_id": events.list[*k].id, "line": events.list[*k].line, "why": why.why() })).collect::<Vec<_>>(),
        "seed": c.effort.seed,
        "chains": c.effort.chains, "tune": c.effort.tune, "draws": c.effort.draws, "acceptance": c.effort.acceptance,
        "assumed": { "beta": c.assumed.beta, "worth": c.assumed.worth, "chance": c.assumed.chance, "threshold": c.assumed.threshold, "hype": c.assumed.hype.map(date) },
        "diagnostics": {
            "r_hat": h.worst_r_hat().1, "r_hat_allowed": MOST_R_HAT, "ess_bulk": h.least_bulk().1,
            "ess_tail": h.least_tail().1, "divergences": h.divergences, "gradients": c.sample.gradients,
        },
        "numbers": numbers,
        "sentiment": c.spans().iter().map(|(from, to, state, p)| json!({ "from": date(*from), "to": date(*to), "state": state, "probability": p })).collect::<Vec<_>>(),
        "checks": c.checks.iter().map(|k| json!({ "what": k.what, "observed": k.observed, "p5": k.p5, "p50": k.p50, "p95": k.p95, "p_value": k.p_value })).collect::<Vec<_>>(),
        "coverage": { "50": c.coverage(0.5), "90": c.coverage(0.9) },
        "coverage_interval": { "50": c.coverage_interval(0.5), "90": c.coverage_interval(0.9) },
        "fitted": fitted,
    });
    summary["elasticities_as_of"] = json!(date(c.as_of));
    if let Some(until) = c.until {
        summary["until"] = json!(date(until));
    }
    summary
}

/// A line per number.
pub fn table(c: &Calibration) -> Table {
    let header = "name,mean,se,sd,p5,p25,p50,p75,p95,prior_p5,prior_p95,r_hat,ess_bulk,ess_tail,identified";
    let mut table = Table::new(header.split(','));
    for e in &c.columns {
        let (s, d, prior) = (&e.posterior, &e.diagnosis, &e.prior);
        let spread =
            cells![e.name, s.mean, e.se, s.sd, s.p5, s.p25, s.p50, s.p75, s.p95, prior.p5, prior.p95];
        table.row(spread.into_iter().chain(cells![d.r_hat, d.ess_bulk, d.ess_tail, e.identified]));
    }
    table
}

/// `posterior.csv`: a row per draw, every `every`-th, seven significant digits.
fn posterior(path: &Path, c: &Calibration, every: usize) -> Result<Written, WriteError> {
    atomic::write(path, |file| {
        let names: Vec<&str> = COLUMNS.iter().map(|column| column.name).collect();
        writeln!(file, "{}", names.join(","))?;
        let years = years_since(c.as_of, c.first_day);
        for u in c.sample.draws().step_by(every.max(1)) {
            let n = Numbers::of(u);
            let cells: Vec<String> =
                COLUMNS.iter().map(|column| significant((column.of)(&n, years))).collect();
            writeln!(file, "{}", cells.join(","))?;
        }
        Ok(())
    })
}

fn significant(value: f64) -> String {
    // Through a number again, so that 0.5000000 is 0.5.
    format!("{value:.6e}").parse::<f64>().map_or_else(|_| value.to_string(), |value| value.to_string())
}

/// Writes everything; returns the pictures' paths.
pub fn write(
    owned: &Owned,
    c: &Calibration,
    events: &Events,
    rows: usize,
    look: &Look,
    mut manifest: Manifest,
) -> Result<(PathBuf, Vec<PathBuf>), NotOwned> {
    let every = c.sample.len().div_ceil(rows.max(1));
    manifest.files.push(posterior(&owned.staging().join("posterior.csv"), c, every)?);
    let figures = Figures::default().with(picture(c, events));
    write_study(owned, &summary(c, events), &figures, look, manifest)
}

/// The data of the chart.
pub fn picture(c: &Calibration, events: &Events) -> Picture {
    let likeliest =
        |states: &[f64; STATES]| (0..STATES).max_by(|a, b| states[*a].total_cmp(&states[*b])).unwrap_or(0);
    let sentiments = (0..STATES)
        .map(|state| Sentiment {
            name: STATE_NAMES[state].to_string(),
            response: c
                .column(["response_hype", "response_neutral", "response_suspicion"][state])
                .map_or([0.0; 3], |e| [e.posterior.p5, e.posterior.p50, e.posterior.p95]),
            bands: c
                .bands
                .iter()
                .map(|band| {
                    let s = &band.by_state[state];
                    [band.x, s.p5, s.p25, s.p50, s.p75, s.p95]
                })
                .collect(),
            dots: c
                .fitted
                .iter()
                .filter(|f| matches!(f.group, Group::Deal { .. }) && likeliest(&f.states) == state)
                .map(|f| Dot {
                    name: events.list[f.event].ticker.clone(),
                    x: f.x,
                    x_sd: f.x_sd,
                    y: f.y,
                    contract: matches!(f.group, Group::Deal { kind } if kind < 4),
                })
                .collect(),
        })
        .collect();
    let elasticity = c.column("elasticity").map_or(EMPTY, |e| e.posterior);
    let exponent = c.column("exponent").map_or(EMPTY, |e| e.posterior);
    Picture {
        run: Run {
            scenario: events.file.clone(),
            paths: c.sample.len() as u64,
            seed: c.effort.seed,
            ..Run::default()
        },
        events: c.fitted.len(),
        elasticity: [elasticity.p5, elasticity.p50, elasticity.p95],
        exponent: [exponent.p5, exponent.p50, exponent.p95],
        coverage_90: c.coverage(0.9),
        sentiments,
    }
}
