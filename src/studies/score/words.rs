//! What `score` prints and draws: a row per outcome with its forecast, the coverage of the bands by role, as text, as a
//! table, and as the numbers of its chart.

use super::outcomes::{Omission, Role};
use super::{Fared, Scored, Tally};
use crate::charts::outcomes::{Group, Mark, Outcomes as Picture};
use crate::charts::{Figures, Run};
use crate::estimate::Estimates;
use crate::estimate::forecast::{Coverage, Place};
use crate::files::table::{Table, cells};
use crate::input::days::date_of;
use crate::scenario::Scenario;
use crate::studies::driver::Answer;
use crate::words::label::Named;
use crate::words::measure::Kind;
use crate::words::numbers::{count, percent, percent_ends};
use crate::words::table::{heading_line, plain_table, printed, right, wrap};
use std::fmt::Write;

impl Answer for Fared<'_> {
    const TABLE: Option<&'static str> = Some("outcomes.csv");

    fn estimates(&self) -> Estimates {
        Estimates { paths: self.paths, measures: Vec::new(), ratios: Vec::new() }
    }

    fn figures(&self, _: &Scenario, run: Run) -> Figures {
        // Scenarios are scored as their files say: what was changed in them stands in no note.
        Figures::default().with(picture(self, Run { scenario: self.scenario.clone(), ..run }))
    }

    fn paths(&self) -> u64 {
        self.paths
    }

    fn text(&self, _: &Scenario, _: &Figures) -> String {
        text(self)
    }

    fn table(&self) -> Table {
        table(std::slice::from_ref(self))
    }

    fn done(&self) -> String {
        format!("{} paths simulated", count(self.score.simulated))
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

fn text(result: &Fared) -> String {
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
    let (low, high) = coverage.interval();
    let [low, high] = percent_ends(low, high);
    format!(
        "{text} ({:.0}%, 95% interval {low} to {high}; right bands would hold {band} ± {:.0}%)",
        100.0 * coverage.share(),
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
         happened, equal ones by half. Intervals (Wilson's) and \
         ± are as if outcomes were independent; they are one history, with companies and dates in common, so true errors \
         are larger.",
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

/// Last day of the step that was run, as a date.
pub fn until(scored: &Scored) -> String {
    date_of(scored.until).to_string()
}

const HEADER: [&str; 22] = [
    "scenario", "role", "date", "until", "measure", "unit", "value", "low", "high", "p5", "p25", "p50",
    "p75", "p95", "n", "rank", "rank_se", "verdict", "crps", "crps_log", "source", "grade",
];

/// A line per outcome.
pub fn table(results: &[Fared]) -> Table {
    let mut table = Table::new(HEADER);
    for result in results {
        for scored in &result.score.scored {
            let (row, f) = (result.row(scored), &scored.forecast);
            let [p5, p25, p50, p75, p95] = f.quantiles.map(|quantile| quantile.value);
            table.row(cells![
                &result.scenario,
                scored.role.name(),
                &row.date,
                until(scored),
                &row.measure,
                Kind::of(&row.measure).unit(),
                row.value,
                row.low,
                row.high,
                p5,
                p25,
                p50,
                p75,
                p95,
                f.n,
                f.rank,
                f.rank_se,
                place_name(scored.place),
                f.crps,
                f.crps_log.unwrap_or(f64::NAN),
                &row.source,
                row.grade.word(),
            ]);
        }
    }
    table
}

fn picture(result: &Fared, run: Run) -> Picture {
    let group = |role: Role| {
        let tally = result.score.tally(result.outcomes, role)?;
        let of_role = result.score.scored.iter().filter(|scored| scored.role == role);
        let mark = |scored: &Scored| {
            let row = result.row(scored);
            Mark {
                measure: Named::measure(&row.measure),
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
        run,
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
