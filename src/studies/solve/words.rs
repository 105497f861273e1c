//! The results of `solve`: as text, as JSON, as CSV, and as the numbers of its chart.

use crate::charts::Run;
use crate::charts::sweep::{Line, Place, Reached, Sweep, Target, plain, sentence};
use crate::studies::solve::Solved;
use crate::studies::solve::design_point::{Found, Reverse};
use crate::words::measure::{Kind, estimate_json};
use crate::words::numbers::count;
use crate::words::table::{clip, heading_line, plain_table, printed, right, wrap};
use serde_json::{Value, json};

/// A finished search.
#[derive(Debug, Clone)]
pub struct Search {
    pub address: String,
    pub unit: String,
    pub in_file: Option<f64>,
    pub range: (f64, f64),
    pub measure: String,
    pub target: f64,
    pub solved: Solved,
    pub reverse: Option<Reverse>,
}

/// Numbers listed at the design point.
const LISTED: usize = 10;

pub fn figure(search: &Search, run: Run) -> Sweep {
    let place = |value: f64, se: f64| Place {
        headline: value,
        se,
        p5: f64::NAN,
        p25: f64::NAN,
        p75: f64::NAN,
        p95: f64::NAN,
    };
    let trials = &search.solved.trials;
    let crossing = |c: &crate::studies::solve::Crossing| Reached {
        at: c.at,
        low: c.low,
        high: c.high,
        is_open: c.open_low || c.open_high,
    };
    Sweep {
        run,
        address: search.address.clone(),
        unit: search.unit.clone(),
        at: trials.iter().map(|trial| trial.at).collect(),
        in_file: search.in_file,
        lines: vec![Line {
            measure: search.measure.clone(),
            kind: Kind::of(&search.measure),
            values: trials.iter().map(|trial| place(trial.measure.value, trial.measure.se)).collect(),
            change: (f64::NAN, f64::NAN),
        }],
        target: Some(Target {
            value: search.target,
            crossings: search.solved.crossings.iter().map(crossing).collect(),
        }),
    }
}

pub fn text(scenario: &str, search: &Search, figure: &Sweep) -> String {
    let mut out = heading_line(&format!("{scenario} · what brings it about"));
    let kind = Kind::of(&search.measure);
    let mut answer = sentence(figure) + ".";
    if search.solved.crossings.is_empty()
        && let (Some(first), Some(last)) = (search.solved.trials.first(), search.solved.trials.last())
    {
        let said = |m: &crate::estimate::RatioEstimate| {
            format!("{} ± {}", kind.number(m.value, m.se), kind.error(m.se))
        };
        answer += &format!(
            " It is {} at {} and {} at {}.",
            said(&first.measure),
            plain(first.at),
            said(&last.measure),
            plain(last.at)
        );
    }
    for (from, to) in search.solved.crossings.iter().filter_map(|crossing| crossing.jump) {
        answer += &format!(
            " It does not pass through the target there but jumps from {} to {}.",
            kind.number(from, 0.0),
            kind.number(to, 0.0)
        );
    }
    out += &wrap(&answer);
    out.push('\n');
    let mut table = plain_table();
    table.set_header([clip(&search.address, 40), search.measure.clone()]);
    let mut last = String::new();
    for trial in &search.solved.trials {
        let m = &trial.measure;
        // Values tried that differ beyond the fourth digit are one to a reader.
        let at = plain(trial.at);
        if std::mem::replace(&mut last, at.clone()) == at {
            continue;
        }
        table.add_row([at, format!("{} ± {}", kind.number(m.value, m.se), kind.error(m.se))]);
    }
    right(&mut table, 0..2);
    out += &printed(&table);
    out += &wrap("In brackets the 95% interval. The same random numbers at every value.");
    if let Some(reverse) = &search.reverse {
        out.push('\n');
        out += &plausible(reverse);
    }
    out
}

/// The most plausible way to an unwind.
fn plausible(reverse: &Reverse) -> String {
    let share = |e: &crate::estimate::RatioEstimate| {
        format!("{} ± {}", Kind::Share.number(e.value, e.se), Kind::Share.error(e.se))
    };
    let (every, drawn) = match reverse.joint {
        0 => ("every", String::new()),
        joint => (
            "every other",
            format!(
                " The {joint} numbers that are drawn together from a file have no middle: they stay drawn."
            ),
        ),
    };
    let mut text = match &reverse.found {
        Found::Nowhere(why) => wrap(&format!("The most plausible way to an unwind cannot be told: {why}.")),
        Found::AtMedians(at) => wrap(&format!(
            "No stress is needed: with {every} uncertain number at its median {} of paths unwind.{drawn}",
            share(at)
        )),
        Found::Point(point) => {
            // Where the probability jumps over one half, no point has it.
            let half = (point.probability.value - 0.5).abs() <= 0.02 + 3.0 * point.probability.se;
            let brought =
                if half { "make an unwind as likely as not" } else { "bring its probability past one half" };
            let mut text = wrap(&format!(
                "The most plausible values of the uncertain numbers that {brought} are {:.2} \
                 ({:.2} to {:.2}) standard deviations from the middle of all: there {} of paths unwind, with {every} \
                 number at its median {}.{drawn}",
                point.distance,
                point.low,
                point.high,
                share(&point.probability),
                share(&point.at_medians)
            ));
            text.push('\n');
            let mut table = plain_table();
            table.set_header(["number", "median", "there", "percentile"]);
            for c in point.coordinates.iter().take(LISTED) {
                table.add_row([
                    clip(&c.address, 44),
                    plain(c.median),
                    plain(c.value),
                    format!("{:.0}", 100.0 * c.percentile),
                ]);
            }
            right(&mut table, 1..4);
            text += &printed(&table);
            let more = point.coordinates.len().saturating_sub(LISTED);
            if more > 0 {
                text += &wrap(&format!("{more} more numbers lie nearer to their medians."));
            }
            text
        }
    };
    if let Some(nearest) = &reverse.nearest {
        text += &wrap(&format!(
            "Of the {} paths of this run that unwind, the one with the most plausible numbers is path {} (`roundtrip \
             replay SCENARIO --path {}`, with this command's seed and settings).",
            count((reverse.unwind.mean * reverse.unwind.n as f64).round() as u64),
            nearest.path,
            nearest.path
        ));
    }
    text
}

/// The key `solve` of `summary.json`.
pub fn details(search: &Search) -> Value {
    let trials: Vec<Value> = search
        .solved
        .trials
        .iter()
        .map(|trial| json!({ "at": trial.at, "measure": estimate_json(&trial.measure) }))
        .collect();
    let crossings: Vec<Value> = search
        .solved
        .crossings
        .iter()
        .map(|c| {
            json!({
                "at": c.at, "low": c.low, "high": c.high,
                "open_low": c.open_low, "open_high": c.open_high,
                "jump": c.jump.map(|(from, to)| [from, to]),
            })
        })
        .collect();
    let reverse = search.reverse.as_ref().map(|reverse| {
        let found = match &reverse.found {
            Found::Nowhere(why) => json!({ "none": why }),
            Found::AtMedians(at) => json!({ "at_medians": estimate_json(at) }),
            Found::Point(point) => json!({
                "distance": point.distance,
                "low": point.low,
                "high": point.high,
                "probability": estimate_json(&point.probability),
                "at_medians": estimate_json(&point.at_medians),
                "numbers": point.coordinates.iter().map(|c| json!({
                    "number": c.address, "median": c.median, "value": c.value, "percentile": c.percentile,
                })).collect::<Vec<_>>(),
            }),
        };
        json!({
            "unwind": reverse.unwind.mean,
            "nearest_path": reverse.nearest.map(|n| json!({ "path": n.path, "distance": n.distance })),
            "design_point": found,
            "numbers_that_stay_drawn": reverse.joint,
        })
    });
    json!({
        "vary": search.address,
        "from": search.range.0,
        "to": search.range.1,
        "measure": search.measure,
        "target": search.target,
        "crossings": crossings,
        "trials": trials,
        "reverse": reverse,
    })
}

/// A line per value tried.
pub fn csv(search: &Search) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record([search.address.as_str(), search.measure.as_str(), "se"])?;
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    for trial in &search.solved.trials {
        table.write_record([trial.at.to_string(), number(trial.measure.value), number(trial.measure.se)])?;
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
