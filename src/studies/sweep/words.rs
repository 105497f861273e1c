//! The results of `sweep`: as text, as JSON, as CSV, and as the numbers of its charts.

use crate::charts::map::{Map, of_gain, sentence as map_sentence};
use crate::charts::sweep::{Line, Place, Sweep, plain, sentence};
use crate::charts::{Figures, Run};
use crate::estimate::RatioEstimate;
use crate::studies::sweep::Point;
use crate::words::measure::{Kind, estimate_json};
use crate::words::table::{clip, heading_line, plain_table, printed, right, wrap};
use serde_json::{Value, json};

/// A finished sweep.
#[derive(Debug, Clone)]
pub struct Swept {
    /// Address, unit, values, and the file's own value where it is certain; the first one varies fastest.
    pub over: Vec<Over>,
    pub measures: Vec<String>,
    pub points: Vec<Point>,
    /// By measure, over one number: the last point less the first, paired.
    pub changes: Vec<RatioEstimate>,
}

#[derive(Debug, Clone)]
pub struct Over {
    pub address: String,
    pub unit: String,
    pub values: Vec<f64>,
    pub in_file: Option<f64>,
}

pub fn figures(swept: &Swept, run: Run) -> Figures {
    let mut figures = Figures::default();
    match swept.over.as_slice() {
        [over] => figures.sweep = Some(lines(swept, over, run)),
        [x, y] => {
            let first = |point: &Point| (point.values[0].headline.value, point.values[0].headline.se);
            let gain = |point: &Point| {
                let m = point.multiplier.unwrap_or(RatioEstimate::around(f64::NAN, f64::NAN));
                // Below 1 too, for the contour's sake: what it interpolates between.
                if m.value > 0.0 {
                    (1.0 - 1.0 / m.value, m.se / (m.value * m.value))
                } else {
                    (f64::NAN, f64::NAN)
                }
            };
            let has_gain = swept.points.iter().any(|point| point.multiplier.is_some());
            figures.map = Some(Map {
                run,
                axes: [x, y].map(|over| (over.address.clone(), over.values.clone())),
                measure: swept.measures[0].clone(),
                kind: Kind::of(&swept.measures[0]),
                cells: swept.points.iter().map(first).collect(),
                gain: if has_gain { swept.points.iter().map(gain).collect() } else { Vec::new() },
            });
        }
        _ => {}
    }
    figures
}

fn lines(swept: &Swept, over: &Over, run: Run) -> Sweep {
    let line = |(k, measure): (usize, &String)| {
        let is_indicator = measure == "unwind";
        let place = |point: &Point| {
            let value = &point.values[k];
            let of = |q: f64| if is_indicator { f64::NAN } else { q };
            let e = &value.by_path;
            Place {
                headline: value.headline.value,
                se: value.headline.se,
                p5: of(e.p5.value),
                p25: of(e.p25.value),
                p75: of(e.p75.value),
                p95: of(e.p95.value),
            }
        };
        Line {
            measure: measure.clone(),
            kind: Kind::of(measure),
            values: swept.points.iter().map(place).collect(),
            change: swept.changes.get(k).map_or((f64::NAN, f64::NAN), |change| (change.value, change.se)),
        }
    };
    Sweep {
        run,
        address: over.address.clone(),
        unit: over.unit.clone(),
        at: over.values.clone(),
        in_file: over.in_file,
        target: None,
        lines: swept.measures.iter().enumerate().map(line).collect(),
    }
}

pub fn text(scenario: &str, swept: &Swept, figures: &Figures) -> String {
    let addresses: Vec<&str> = swept.over.iter().map(|over| over.address.as_str()).collect();
    let mut out = heading_line(&format!("{scenario} · {}", addresses.join(" and ")));
    let answer = match (&figures.sweep, &figures.map) {
        (Some(data), _) => sentence(data),
        (_, Some(data)) => match of_gain(data) {
            gain if gain.is_empty() => map_sentence(data),
            gain => map_sentence(data) + "." + gain.trim_end_matches('.'),
        },
        _ => String::new(),
    };
    // The titles' sentences begin with an address or a measure, which keep their letters.
    out += &wrap(&format!("{answer}."));
    out.push('\n');
    match swept.over.as_slice() {
        [over] => out += &by_point(swept, over),
        [x, y] => out += &grid(swept, x, y),
        _ => {}
    }
    out + &wrap("The same random numbers at every point. A share is its ratio of means.")
}

fn by_point(swept: &Swept, over: &Over) -> String {
    let shown = &swept.measures[..swept.measures.len().min(3)];
    let mut table = plain_table();
    let mut header = vec![clip(&over.address, 26)];
    header.extend(shown.iter().map(|name| clip(name, 16)));
    table.set_header(header);
    for point in &swept.points {
        let mut row = vec![plain(point.at[0])];
        for (name, value) in shown.iter().zip(&point.values) {
            let (kind, e) = (Kind::of(name), &value.headline);
            row.push(format!("{} ± {}", kind.number(e.value, e.se), kind.error(e.se)));
        }
        table.add_row(row);
    }
    if shown.iter().zip(&swept.changes).any(|(_, change)| change.value.is_finite()) {
        let mut row = vec!["last less first".to_string()];
        for (name, change) in shown.iter().zip(&swept.changes) {
            let kind = Kind::of(name);
            row.push(format!("{} ± {}", kind.number(change.value, change.se), kind.error(change.se)));
        }
        table.add_row(row);
    }
    right(&mut table, 0..shown.len() + 1);
    let mut text = printed(&table);
    let left_out = swept.measures.len() - shown.len();
    if left_out > 0 {
        text += &wrap(&format!("{left_out} more measures are in sweep.csv."));
    }
    text
}

/// The first measure; as many columns as fit.
fn grid(swept: &Swept, x: &Over, y: &Over) -> String {
    const COLUMNS: usize = 7;
    let kind = Kind::of(&swept.measures[0]);
    let every = x.values.len().div_ceil(COLUMNS).max(1);
    let mut table = plain_table();
    let mut header = vec!["↓ ⟶".to_string()];
    header.extend(x.values.iter().step_by(every).map(|value| plain(*value)));
    let columns = header.len();
    table.set_header(header);
    for (row, at) in y.values.iter().enumerate().rev() {
        let mut cells = vec![plain(*at)];
        cells.extend((0..x.values.len()).step_by(every).map(|column| {
            let e = &swept.points[row * x.values.len() + column].values[0].headline;
            kind.number(e.value, e.se)
        }));
        table.add_row(cells);
    }
    right(&mut table, 0..columns);
    format!("{}: {} across, {} up\n", swept.measures[0], x.address, y.address) + &printed(&table)
}

/// The key `sweep` of `summary.json`.
pub fn details(swept: &Swept) -> Value {
    let over: Vec<Value> = swept
        .over
        .iter()
        .map(|over| json!({ "address": over.address, "values": over.values, "in_file": over.in_file }))
        .collect();
    let point = |point: &Point| {
        let values: serde_json::Map<String, Value> = swept
            .measures
            .iter()
            .zip(&point.values)
            .map(|(name, value)| (name.clone(), estimate_json(&value.headline)))
            .collect();
        json!({
            "at": point.at,
            "measures": values,
            "multiplier": point.multiplier.as_ref().map(estimate_json),
            "loop_gain": point.loop_gain.as_ref().map(estimate_json),
        })
    };
    let changes: serde_json::Map<String, Value> =
        swept.measures.iter().cloned().zip(swept.changes.iter().map(estimate_json)).collect();
    json!({
        "over": over,
        "points": swept.points.iter().map(point).collect::<Vec<_>>(),
        "last_less_first": changes,
    })
}

/// A line per point and measure.
pub fn csv(swept: &Swept) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    let mut header: Vec<String> = swept.over.iter().map(|over| over.address.clone()).collect();
    let columns = ["measure", "headline", "se", "mean", "sd", "p5", "p25", "p50", "p75", "p95", "n"];
    header.extend(columns.map(String::from));
    table.write_record(&header)?;
    for point in &swept.points {
        let at: Vec<String> = point.at.iter().map(|value| value.to_string()).collect();
        for (name, value) in swept.measures.iter().zip(&point.values) {
            let e = &value.by_path;
            let mut record = at.clone();
            record.push(name.clone());
            let quantiles = [e.p5.value, e.p25.value, e.p50.value, e.p75.value, e.p95.value];
            record.extend([value.headline.value, value.headline.se, e.mean, e.sd].map(number));
            record.extend(quantiles.map(number));
            record.push(e.n.to_string());
            table.write_record(&record)?;
        }
        if let Some(m) = &point.multiplier {
            let mut record = at;
            record.extend(["multiplier".into(), number(m.value), number(m.se)]);
            record.resize(swept.over.len() + columns.len(), String::new());
            table.write_record(&record)?;
        }
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
