//! What `score` writes and prints: a row per outcome with its forecast, the coverage of the bands by role, as text, as
//! JSON, as CSV, and as the numbers of its chart.

use crate::charts::Run;
use crate::charts::outcomes::{Group, Mark, Outcomes as Picture};
use crate::estimate::Quantile;
use crate::estimate::forecast::{Coverage, Place};
use crate::files::atomic::sha256;
use crate::input::days::date_of;
use crate::studies::score::outcomes::{Concerned, Omission, Outcome, Outcomes, Role};
use crate::studies::score::{Score, Scored, Tally};
use crate::words::measure::Kind;
use crate::words::numbers::{count, percent};
use crate::words::table::{heading_line, plain_table, printed, right, wrap};
use serde_json::{Value, json};
use std::fmt::Write;

/// How a scenario fared.
pub struct Fared<'a> {
    pub scenario: String,
    pub paths: u64,
    pub seed: u64,
    pub outcomes: &'a Outcomes,
    pub concerned: &'a Concerned,
    pub score: Score,
}

impl Fared<'_> {
    fn row(&self, scored: &Scored) -> &Outcome {
        &self.outcomes.list[scored.row]
    }

    fn tallies(&self) -> Vec<(Role, Tally)> {
        Role::ALL
            .into_iter()
            .filter_map(|role| Some((role, self.score.tally(self.outcomes, role)?)))
            .collect()
    }

    fn forecasts(&self) -> Option<Tally> {
        self.score.tally(self.outcomes, Role::Forecast)
    }
}

pub fn place_name(place: Place) -> &'static str {
    match place {
        Place::Inner => "inside 50%",
        Place::Outer => "inside 90%",
        Place::Above | Place::Below => "outside",
    }
}

/// The answer in a sentence.
pub fn sentence(forecasts: Option<&Tally>) -> String {
    let Some(t) = forecasts else {
        return "Nothing here is a forecast: all outcomes were put in, or known when ranges were chosen"
            .into();
    };
    let sides = match (t.above, t.below) {
        (0, 0) => String::new(),
        (1, 0) => "; the other lay above".into(),
        (0, 1) => "; the other lay below".into(),
        (above, 0) => format!("; the other {above} lay above"),
        (0, below) => format!("; the other {below} lay below"),
        (above, below) => format!("; {above} lay above them, {below} below"),
    };
    let outcomes = if t.n == 1 { "outcome" } else { "outcomes" };
    format!("Of {} {outcomes} not known to the scenario its 90% bands held {}{sides}", t.n, t.outer.held)
}

/// At most three figures.
fn figures(kind: Kind, value: f64) -> String {
    let value = if kind == Kind::Share { 100.0 * value } else { value };
    let sign = if kind == Kind::Share { "%" } else { "" };
    if !value.is_finite() {
        return "–".into();
    }
    if value.abs() < 5e-7 {
        return format!("0{sign}");
    }
    let magnitude = |x: f64| libm::floor(libm::log10(x.abs()) + 1e-12) as i32;
    let last = magnitude(value) - 2;
    if last > 0 {
        let unit = libm::exp10(f64::from(last));
        return format!("{:.0}{sign}", (value / unit).round() * unit);
    }
    let text = format!("{value:.*}", (-last) as usize);
    // 22.80 is 22.8, 45.0 is 45.
    let text = if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.') } else { &text };
    format!("{text}{sign}")
}

pub fn text(result: &Fared) -> String {
    let mut out = heading_line(&format!("{}, against what happened", result.scenario));
    let forecasts = result.forecasts();
    out += &wrap(&format!("{}.", sentence(forecasts.as_ref())));
    out.push('\n');
    let mut table = plain_table();
    table.set_header(["", "what", "date", "happened", "median", "5% to 95%", "rank", "verdict"]);
    let mut last: Option<(Role, &str)> = None;
    for scored in &result.score.scored {
        let row = result.row(scored);
        let kind = Kind::of(&row.measure);
        let band = scored.forecast.quantiles.map(|quantile| figures(kind, quantile.value));
        let (role, what) = match last {
            Some((role, _)) if role != scored.role => (scored.role.name(), row.measure.as_str()),
            Some((_, measure)) if measure == row.measure => ("", ""),
            Some(_) => ("", row.measure.as_str()),
            None => (scored.role.name(), row.measure.as_str()),
        };
        last = Some((scored.role, &row.measure));
        table.add_row([
            role.to_string(),
            what.to_string(),
            row.date.clone(),
            figures(kind, row.value),
            band[2].clone(),
            format!("{} to {}", band[0], band[4]),
            percent(scored.forecast.rank, scored.forecast.rank_se),
            format!("{}{}", place_name(scored.place), if scored.turns { " *" } else { "" }),
        ]);
    }
    right(&mut table, 3..7);
    out += &printed(&table);
    out.push('\n');
    for (role, tally) in result.tallies() {
        out += &wrap(&summed(role, &tally));
    }
    out.push('\n');
    out += &wrap(&remarks(result));
    out
}

fn held(coverage: &Coverage, with_error: bool) -> String {
    let band = format!("{:.0}%", 100.0 * coverage.level);
    let text = format!("{} of {} in {band}", coverage.held, coverage.of);
    if !with_error {
        return text;
    }
    format!(
        "{text} ({:.0}% ± {:.0}%; right bands would hold {band} ± {:.0}%)",
        100.0 * coverage.share(),
        100.0 * coverage.se(),
        100.0 * coverage.se_if_right()
    )
}

fn summed(role: Role, t: &Tally) -> String {
    let is_forecast = role == Role::Forecast;
    let name = match role {
        Role::Forecast => "Forecasts",
        Role::Fitted => "Fitted, known when a range was chosen",
        Role::Input => "Inputs, put into the scenario",
    };
    let mut text = format!("{name}: {}, {}", held(&t.outer, is_forecast), held(&t.inner, is_forecast));
    if is_forecast {
        let dates = if t.dates == 1 { "date" } else { "dates" };
        let _ = write!(text, "; {} above and {} below 90%; {} {dates}", t.above, t.below, t.dates);
        if let Some((mean, se, n)) = t.crps_log {
            let se = if se.is_finite() { format!(" ± {se:.2}") } else { String::new() };
            let of = if n == t.n { String::new() } else { format!(" ({n} of them, above 0 on all paths)") };
            let _ = write!(text, "; mean CRPS of logarithms {mean:.2}{se}{of}");
        }
    }
    text.push('.');
    text
}

/// What is to be kept in mind, and what is left out.
fn remarks(result: &Fared) -> String {
    let mut text = format!(
        "{} paths, seed {}, each run to the end of the step that holds the date. Rank: share of paths below what \
         happened, equal ones by half. ± is one standard error as if outcomes were independent; they are one history, \
         with companies and dates in common, so true errors are larger.",
        count(result.paths),
        result.seed
    );
    if result.score.scored.iter().any(|scored| scored.turns) {
        text.push_str(" *: within the range of its sources the verdict changes.");
    }
    let omitted = |why: Omission| result.concerned.omitted.iter().filter(|(_, other)| *other == why).count();
    let mut left: Vec<String> = Omission::ALL
        .into_iter()
        .filter(|why| omitted(*why) > 0)
        .map(|why| format!("{} {}", omitted(why), why.why()))
        .collect();
    if !result.score.undefined.is_empty() {
        left.push(format!("{} of measures defined on no path", result.score.undefined.len()));
    }
    if !left.is_empty() {
        let _ = write!(text, " Rows left out: {}.", left.join(", "));
    }
    text
}

/// Several scenarios, a line each.
pub fn overview(results: &[Fared]) -> String {
    let mut table = plain_table();
    table.set_header(["scenario", "forecasts", "in 90%", "in 50%", "fitted", "in 90%", "inputs", "in 90%"]);
    for result in results {
        let tally = |role| result.score.tally(result.outcomes, role);
        let number = |value: Option<usize>| value.map_or("–".into(), |value| value.to_string());
        let of = |role: Role| tally(role).map(|t| t.n);
        let outer = |role: Role| tally(role).map(|t| t.outer.held);
        table.add_row([
            result.scenario.clone(),
            number(of(Role::Forecast)),
            number(outer(Role::Forecast)),
            number(tally(Role::Forecast).map(|t| t.inner.held)),
            number(of(Role::Fitted)),
            number(outer(Role::Fitted)),
            number(of(Role::Input)),
            number(outer(Role::Input)),
        ]);
    }
    right(&mut table, 1..8);
    printed(&table) + &wrap("The scenarios share outcomes: the lines are not to be added.")
}

fn coverage_json(c: &Coverage) -> Value {
    json!({ "held": c.held, "of": c.of, "share": c.share(), "se": c.se(), "se_if_right": c.se_if_right() })
}

fn tally_json(t: &Tally) -> Value {
    json!({
        "n": t.n, "dates": t.dates, "within_90": coverage_json(&t.outer), "within_50": coverage_json(&t.inner),
        "above": t.above, "below": t.below, "verdict_turns_within_range": t.turns,
        "crps_log": t.crps_log.map(|(value, se, n)| json!({ "value": value, "se": se, "n": n })),
    })
}

/// Last day of the step that was run, as a date.
fn until(scored: &Scored) -> String {
    date_of(scored.until).to_string()
}

/// The key `score` of `summary.json`.
pub fn details(result: &Fared) -> Value {
    let row = |scored: &Scored| {
        let (row, f) = (result.row(scored), &scored.forecast);
        let quantile = |q: &Quantile| json!({ "value": q.value, "se": q.se });
        let [p5, p25, p50, p75, p95] = &f.quantiles;
        json!({
            "date": row.date, "until": until(scored), "steps": scored.steps, "measure": row.measure,
            "unit": Kind::of(&row.measure).unit(), "role": scored.role.name(),
            "value": row.value, "low": row.low, "high": row.high,
            "p5": quantile(p5), "p25": quantile(p25), "p50": quantile(p50), "p75": quantile(p75), "p95": quantile(p95),
            "n": f.n, "rank": f.rank, "rank_se": f.rank_se, "verdict": place_name(scored.place),
            "verdict_turns_within_range": scored.turns, "crps": f.crps, "crps_log": f.crps_log,
            "source": row.source, "grade": row.grade.word(), "notes": row.notes, "line": row.line,
        })
    };
    let left = |place: usize, why: &str| {
        let row = &result.outcomes.list[place];
        json!({ "date": row.date, "measure": row.measure, "line": row.line, "why": why })
    };
    let omitted = result.concerned.omitted.iter().map(|(place, why)| left(*place, why.why()));
    let undefined = result.score.undefined.iter().map(|place| left(*place, "defined on no path"));
    let tallies: serde_json::Map<String, Value> =
        result.tallies().into_iter().map(|(role, t)| (role.name().to_string(), tally_json(&t))).collect();
    json!({
        "outcomes": result.outcomes.file,
        "outcomes_sha256": sha256(result.outcomes.text.as_bytes()),
        "coverage": tallies,
        "rows": result.score.scored.iter().map(row).collect::<Vec<_>>(),
        "left_out": omitted.chain(undefined).collect::<Vec<_>>(),
    })
}

const HEADER: [&str; 22] = [
    "scenario", "role", "date", "until", "measure", "unit", "value", "low", "high", "p5", "p25", "p50",
    "p75", "p95", "n", "rank", "rank_se", "verdict", "crps", "crps_log", "source", "grade",
];

/// A line per outcome.
pub fn csv(results: &[Fared]) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(HEADER)?;
    let number = |value: f64| if value.is_finite() { value.to_string() } else { String::new() };
    for result in results {
        for scored in &result.score.scored {
            let (row, f) = (result.row(scored), &scored.forecast);
            let words = |words: &[&str]| words.iter().map(|word| word.to_string()).collect::<Vec<_>>();
            let mut record = words(&[
                &result.scenario,
                scored.role.name(),
                &row.date,
                &until(scored),
                &row.measure,
                Kind::of(&row.measure).unit(),
            ]);
            record.extend([row.value, row.low, row.high].map(number));
            record.extend(f.quantiles.map(|quantile| number(quantile.value)));
            record.push(f.n.to_string());
            record.extend([f.rank, f.rank_se].map(number));
            record.push(place_name(scored.place).into());
            record.extend([f.crps, f.crps_log.unwrap_or(f64::NAN)].map(number));
            record.extend(words(&[&row.source, row.grade.word()]));
            table.write_record(&record)?;
        }
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

pub fn picture(result: &Fared) -> Picture {
    let group = |role: Role| {
        let tally = result.score.tally(result.outcomes, role)?;
        let of_role = result.score.scored.iter().filter(|scored| scored.role == role);
        let mark = |scored: &Scored| {
            let row = result.row(scored);
            Mark {
                measure: row.measure.clone(),
                date: row.date.clone(),
                band: scored.forecast.quantiles.map(|quantile| quantile.value),
                happened: row.value,
                range: (row.low, row.high),
                inside: matches!(scored.place, Place::Inner | Place::Outer),
            }
        };
        Some(Group {
            name: match role {
                Role::Forecast => "Forecasts",
                Role::Fitted => "Known when a range was chosen",
                Role::Input => "Put into the scenario",
            }
            .into(),
            held: tally.outer.held,
            marks: of_role.map(mark).collect(),
        })
    };
    Picture {
        run: Run { scenario: result.scenario.clone(), paths: result.paths, seed: result.seed },
        title: sentence(result.forecasts().as_ref()),
        file: result.outcomes.file.clone(),
        groups: Role::ALL.into_iter().filter_map(group).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_figures_are_enough() {
        for (value, expected) in [
            (871.41, "871"),
            (5341.0, "5340"),
            (12_345.0, "12300"),
            (89.5, "89.5"),
            (45.0, "45"),
            (22.847, "22.8"),
            (9.996, "10"),
            (0.0, "0"),
            (-3.217, "-3.22"),
            (0.012_345, "0.0123"),
            (f64::NAN, "–"),
        ] {
            assert_eq!(figures(Kind::UsdBn, value), expected, "{value}");
        }
        assert_eq!(figures(Kind::Share, 0.3333), "33.3%");
    }

    #[test]
    fn the_sentence_says_on_which_side_the_misses_are() {
        let tally = |n: usize, held: usize, above: usize| Tally {
            n,
            dates: 2,
            inner: Coverage { held: 0, of: n, level: 0.5 },
            outer: Coverage { held, of: n, level: 0.9 },
            above,
            below: n - held - above,
            turns: 0,
            crps_log: None,
        };
        let say = |n, held, above| sentence(Some(&tally(n, held, above)));
        assert!(say(1, 1, 0).ends_with("Of 1 outcome not known to the scenario its 90% bands held 1"));
        assert!(say(4, 3, 1).ends_with("held 3; the other lay above"));
        assert!(say(4, 2, 0).ends_with("held 2; the other 2 lay below"));
        assert!(say(9, 4, 3).ends_with("held 4; 3 lay above them, 2 below"));
        assert!(sentence(None).starts_with("Nothing here is a forecast"));
    }
}
