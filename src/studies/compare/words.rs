//! The results of `compare`: as text, as JSON, as CSV, and as the numbers of its chart.

use crate::charts::comparison::{Comparison, Row, sentence};
use crate::charts::{Estimated, Run};
use crate::estimate::RatioEstimate;
use crate::estimate::sensitivity::is_told;
use crate::studies::compare::{Difference, Term};
use crate::words::measure::{Kind, estimate_json};
use crate::words::numbers::count;
use crate::words::table::{clip, heading_line, in_lines, plain_table, printed, right, wrap};
use serde_json::{Value, json};
use std::fmt::Write;

/// A finished comparison.
#[derive(Debug, Clone)]
pub struct Compared {
    pub names: [String; 2],
    pub terms: Vec<Term>,
    /// Dates, names or lists differ, and no number.
    pub differ_otherwise: bool,
    /// Loops switched off in each.
    pub off: [Vec<String>; 2],
    pub paths: [u64; 2],
    pub is_paired: bool,
    /// Measures that are shown, the first of them in the sentence.
    pub shown: Vec<String>,
    /// Of all measures in both.
    pub differences: Vec<Difference>,
    /// Measures that only one of them has.
    pub alone: [Vec<String>; 2],
}

/// Terms listed.
const LISTED: usize = 12;

impl Compared {
    fn shown(&self) -> Vec<&Difference> {
        let find = |name: &String| self.differences.iter().find(|difference| difference.measure == *name);
        self.shown.iter().filter_map(find).collect()
    }
}

pub fn figure(compared: &Compared, run: Run) -> Comparison {
    let estimated = |e: &RatioEstimate| Estimated::new(e.value, e.se);
    let row = |d: &Difference| Row {
        measure: d.measure.clone(),
        kind: Kind::of(&d.measure),
        sides: [estimated(&d.sides[0]), estimated(&d.sides[1])],
        change: estimated(&d.change),
    };
    Comparison {
        run,
        names: compared.names.clone(),
        is_paired: compared.is_paired,
        rows: compared.shown().into_iter().map(row).collect(),
    }
}

pub fn text(compared: &Compared, figure: &Comparison) -> String {
    let mut out = heading_line("A against B");
    let _ = writeln!(out, "A: {}", clip(&compared.names[0], 77));
    let _ = writeln!(out, "B: {}\n", clip(&compared.names[1], 77));
    out += &wrap(&format!("{}.", sentence(figure)));
    out.push('\n');
    out += &given(compared);
    let mut table = plain_table();
    table.set_header(["measure", "A", "B", "B less A", "± s.e."]);
    for d in compared.shown() {
        let kind = Kind::of(&d.measure);
        let change = if !d.change.value.is_finite() || d.change.value == 0.0 && d.change.se == 0.0 {
            "–".to_string()
        } else if is_told(&d.change) {
            format!(
                "{}{}",
                if d.change.value > 0.0 { "+" } else { "" },
                kind.number(d.change.value, d.change.se)
            )
        } else {
            "≈ 0".into()
        };
        table.add_row([
            clip(&d.measure, 34),
            kind.number(d.sides[0].value, d.sides[0].se),
            kind.number(d.sides[1].value, d.sides[1].se),
            change,
            kind.error(d.change.se),
        ]);
    }
    right(&mut table, 1..5);
    out += &printed(&table);
    let told = compared.differences.iter().filter(|d| is_told(&d.change)).count();
    let how = if compared.is_paired {
        format!("Paired over {} paths", count(compared.paths[0]))
    } else {
        format!(
            "Not paired: {} and {} paths of different random numbers",
            count(compared.paths[0]),
            count(compared.paths[1])
        )
    };
    out += &wrap(&format!(
        "{how}. ≈ 0: not told from 0 (within three standard errors). Of {} measures in both, {told} differ; all are in \
         compare.csv.",
        compared.differences.len()
    ));
    out
}

/// What differs in what was given.
fn given(compared: &Compared) -> String {
    let mut text = String::new();
    let [off_a, off_b] = &compared.off;
    let is_same = compared.terms.is_empty() && off_a == off_b && !compared.differ_otherwise;
    if is_same {
        return "The same numbers and loops in both.\n\n".into();
    }
    if !compared.terms.is_empty() {
        let mut table = plain_table();
        table.set_header(["what differs", "A", "B"]);
        let side = |side: &Option<String>| side.as_ref().map_or("–".into(), |words| in_lines(words, 21));
        for term in compared.terms.iter().take(LISTED) {
            table.add_row([clip(&term.address, 32), side(&term.sides[0]), side(&term.sides[1])]);
        }
        text += &printed(&table);
        let more = compared.terms.len().saturating_sub(LISTED);
        if more > 0 {
            text += &wrap(&format!("{more} more are in summary.json."));
        }
    }
    if off_a != off_b {
        let named = |off: &[String]| if off.is_empty() { "none".to_string() } else { off.join(", ") };
        text += &wrap(&format!("Loops off in A: {}; in B: {}.", named(off_a), named(off_b)));
    }
    if compared.differ_otherwise {
        text += &wrap("Dates, names or lists differ: see `roundtrip check` of both.");
    }
    text + "\n"
}

/// The key `compare` of `summary.json`.
pub fn details(compared: &Compared) -> Value {
    let term = |term: &Term| json!({ "address": term.address, "a": term.sides[0], "b": term.sides[1] });
    let measures: serde_json::Map<String, Value> = compared
        .differences
        .iter()
        .map(|d| {
            let value = json!({
                "a": estimate_json(&d.sides[0]),
                "b": estimate_json(&d.sides[1]),
                "b_less_a": estimate_json(&d.change),
                "told_from_0": is_told(&d.change),
            });
            (d.measure.clone(), value)
        })
        .collect();
    json!({
        "a": compared.names[0],
        "b": compared.names[1],
        "paired": compared.is_paired,
        "paths": compared.paths,
        "differing": compared.terms.iter().map(term).collect::<Vec<_>>(),
        "differ_otherwise": compared.differ_otherwise,
        "off": { "a": compared.off[0], "b": compared.off[1] },
        "measures": measures,
        "only_in_a": compared.alone[0],
        "only_in_b": compared.alone[1],
    })
}

/// A line per measure.
pub fn csv(compared: &Compared) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["measure", "a", "a_se", "b", "b_se", "b_less_a", "se", "low", "high"])?;
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    for d in &compared.differences {
        let [a, b] = &d.sides;
        let c = &d.change;
        let mut record = vec![d.measure.clone()];
        record.extend([a.value, a.se, b.value, b.se, c.value, c.se, c.low, c.high].map(number));
        table.write_record(&record)?;
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}
