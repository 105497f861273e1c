//! The score as `summary.json` has it.

use super::words::{place_name, until};
use super::{Fared, Scored, Tally};
use crate::estimate::forecast::Coverage;
use crate::estimate::{Quantile, by_name};
use crate::files::atomic::sha256;
use crate::words::measure::Kind;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Shown<'a> {
    outcomes: &'a str,
    outcomes_sha256: String,
    #[serde(serialize_with = "by_name")]
    coverage: Vec<(&'static str, Together)>,
    rows: Vec<Row<'a>>,
    left_out: Vec<LeftOut<'a>>,
}

#[derive(Serialize)]
struct Together {
    n: usize,
    dates: usize,
    within_90: Held,
    within_50: Held,
    above: usize,
    below: usize,
    verdict_turns_within_range: usize,
    crps_log: Option<Mean>,
}

#[derive(Serialize)]
struct Held {
    held: usize,
    of: usize,
    share: f64,
    se: f64,
    low: f64,
    high: f64,
    se_if_right: f64,
}

#[derive(Serialize)]
struct Mean {
    value: f64,
    se: f64,
    n: usize,
}

#[derive(Serialize)]
struct Row<'a> {
    date: &'a str,
    until: String,
    steps: u32,
    measure: &'a str,
    unit: &'static str,
    role: &'static str,
    value: f64,
    low: f64,
    high: f64,
    p5: Quantile,
    p25: Quantile,
    p50: Quantile,
    p75: Quantile,
    p95: Quantile,
    n: u64,
    rank: f64,
    rank_se: f64,
    rank_low: f64,
    rank_high: f64,
    verdict: &'static str,
    verdict_turns_within_range: bool,
    crps: f64,
    crps_log: Option<f64>,
    source: &'a str,
    grade: &'static str,
    notes: &'a str,
    line: usize,
}

#[derive(Serialize)]
struct LeftOut<'a> {
    date: &'a str,
    measure: &'a str,
    line: usize,
    why: &'a str,
}

fn held(c: &Coverage) -> Held {
    let (low, high) = c.interval();
    let (held, of) = (c.held, c.of);
    Held { held, of, share: c.share(), se: c.se(), low, high, se_if_right: c.se_if_right() }
}

fn together(t: &Tally) -> Together {
    Together {
        n: t.n,
        dates: t.dates,
        within_90: held(&t.outer),
        within_50: held(&t.inner),
        above: t.above,
        below: t.below,
        verdict_turns_within_range: t.turns,
        crps_log: t.crps_log.map(|(value, se, n)| Mean { value, se, n }),
    }
}

fn row<'a>(fared: &'a Fared, scored: &Scored) -> Row<'a> {
    let (row, f) = (fared.row(scored), &scored.forecast);
    let [p5, p25, p50, p75, p95] = f.quantiles;
    Row {
        date: &row.date,
        until: until(scored),
        steps: scored.steps,
        measure: &row.measure,
        unit: Kind::of(&row.measure).unit(),
        role: scored.role.name(),
        value: row.value,
        low: row.low,
        high: row.high,
        p5,
        p25,
        p50,
        p75,
        p95,
        n: f.n,
        rank: f.rank,
        rank_se: f.rank_se,
        rank_low: f.rank_interval.0,
        rank_high: f.rank_interval.1,
        verdict: place_name(scored.place),
        verdict_turns_within_range: scored.turns,
        crps: f.crps,
        crps_log: f.crps_log,
        source: &row.source,
        grade: row.grade.word(),
        notes: &row.notes,
        line: row.line,
    }
}

impl Serialize for Fared<'_> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let left = |place: usize, why| {
            let row = &self.outcomes.list[place];
            LeftOut { date: &row.date, measure: &row.measure, line: row.line, why }
        };
        let omitted = self.concerned.omitted.iter().map(|(place, why)| left(*place, why.why()));
        let undefined = self.score.undefined.iter().map(|place| left(*place, "defined on no path"));
        Shown {
            outcomes: &self.outcomes.file,
            outcomes_sha256: sha256(self.outcomes.text.as_bytes()),
            coverage: self.tallies().iter().map(|(role, tally)| (role.name(), together(tally))).collect(),
            rows: self.score.scored.iter().map(|scored| row(self, scored)).collect(),
            left_out: omitted.chain(undefined).collect(),
        }
        .serialize(to)
    }
}
