//! The results of `sensitivity`: as text, as a table, and as the numbers of its chart.

use super::{Driver, Outcome, Player, Sensitivity, ranked};
use crate::charts::drivers::{Bar, Drivers, Part};
use crate::charts::{Figures, Run};
use crate::estimate::sensitivity::{is_separated, is_told};
use crate::estimate::{Estimates, RatioEstimate};
use crate::files::table::{Cell, Table, cells};
use crate::input::Grade;
use crate::scenario::Scenario;
use crate::studies::driver::Answer;
use crate::words::label::Named;
use crate::words::measure::{Column, Kind};
use crate::words::numbers::{count, counted};
use crate::words::table::{USUAL_WIDTH, clip, heading_line, plain_table, printed, right, room, width, wrap};
use std::fmt::Write;

impl Answer for Sensitivity {
    const TABLE: Option<&str> = Some("drivers.csv");

    fn estimates(&self) -> Estimates {
        let measures = self.outcomes.iter().map(|outcome| (outcome.name.clone(), outcome.estimate));
        let ratio = |outcome: &Outcome| Some((outcome.name.clone(), outcome.headline?));
        let ratios = self.outcomes.iter().filter_map(ratio).collect();
        Estimates { paths: 2 * self.rows as u64, measures: measures.collect(), ratios }
    }

    fn figures(&self, scenario: &Scenario, run: Run) -> Figures {
        Figures::default().with_some(figure(self, scenario, run))
    }

    fn paths(&self) -> u64 {
        self.paths
    }

    fn text(&self, scenario: &Scenario, _: &Figures) -> String {
        text(&scenario.name, self)
    }

    fn table(&self) -> Table {
        table_of(self)
    }

    fn done(&self) -> String {
        format!("{} paths simulated", count(self.paths))
    }
}

/// Numbers listed under an outcome.
const LISTED: usize = 12;
/// Numbers listed that separate unwinding paths from others.
const SEPARATING: usize = 6;

/// In per cent, with its standard error; `≈ 0` where it cannot be told from 0.
fn index(estimate: &RatioEstimate) -> String {
    if !estimate.value.is_finite() {
        return "–".into();
    }
    if !is_told(estimate) {
        return "≈ 0".into();
    }
    Kind::Share.with_error(estimate)
}

/// With its standard error and a word where it cannot be told from 0: for parts that sum to a whole.
fn part_of_whole(estimate: &RatioEstimate) -> String {
    if estimate.value == 0.0 || !estimate.value.is_finite() {
        return index(estimate);
    }
    let untold = if is_told(estimate) { "" } else { " (not told from 0)" };
    Kind::Share.with_error(estimate) + untold
}

/// The same for a column whose heading says per cent; the error goes below where there is no room beside.
fn narrow(estimate: &RatioEstimate) -> String {
    let beside = if width() < USUAL_WIDTH { " ±" } else { "±" };
    index(estimate).replace([' ', '%'], "").replace("≈0", "≈ 0").replace('±', beside)
}

fn varies(outcome: &Outcome) -> bool {
    outcome.luck.total.value.is_finite()
}

fn is_any_told(driver: &Driver) -> bool {
    [&driver.shapley, &driver.first, &driver.total].into_iter().any(is_told)
}

fn text(scenario: &str, study: &Sensitivity) -> String {
    let mut out = heading_line(&format!("{scenario} · what drives it"));
    if let Some(first) = study.outcomes.first() {
        out += &wrap(&answer(study, first));
        out.push('\n');
    }
    for outcome in &study.outcomes {
        out += &table(study, outcome);
        out.push('\n');
    }
    out += &separating(study);
    out += &wrap(
        "≈ 0: not told from 0 (within three standard errors). Shapley effects of all numbers and luck sum to 100%, \
         and stay right when numbers are correlated: what luck and numbers do together is shared out, so luck's is smaller \
         than the part that no data could remove, its total. First: what knowing the number alone would take off the \
         variance. Total: what is left if all else, luck too, were known. Low and high: mean outcome where the \
         number lies in its lowest and in its highest tenth.",
    );
    out
}

/// The sentence that answers.
fn answer(study: &Sensitivity, outcome: &Outcome) -> String {
    let paths = counted(2 * study.rows as u64, "path");
    if outcome.estimate.n == 0 {
        return format!("{} is defined on none of {paths}: there is nothing to drive.", outcome.name);
    }
    if !varies(outcome) {
        return format!("{} is the same on all of {paths}: nothing drives it.", outcome.name);
    }
    if study.players.is_empty() {
        return format!(
            "All of the variance of {} over paths is luck: the scenario has no uncertain number.",
            outcome.name
        );
    }
    let luck = &outcome.luck.total;
    let known = format!(
        "Of the variance of {} over paths, {} is luck that no data about the numbers could remove",
        outcome.name,
        Kind::Share.with_error(luck)
    );
    match ranked(outcome).first() {
        Some(driver) if is_told(&driver.shapley) => format!(
            "{known}. Of the numbers, {} carries most: a Shapley effect of {}.",
            study.players[driver.player].name,
            index(&driver.shapley)
        ),
        _ => {
            let first = |driver: &&Driver| is_told(&driver.first);
            let by_itself = outcome
                .drivers
                .iter()
                .filter(first)
                .max_by(|a, b| a.first.value.total_cmp(&b.first.value))
                .map(|driver| {
                    format!(
                        "; by itself {} carries most: a first-order effect of {}",
                        study.players[driver.player].name,
                        index(&driver.first)
                    )
                });
            format!(
                "{known}. No single number's Shapley effect can be told from 0 with so few paths{}.",
                by_itself.unwrap_or_default()
            )
        }
    }
}

fn table(study: &Sensitivity, outcome: &Outcome) -> String {
    let kind = Kind::of(&outcome.name);
    let e = &outcome.estimate;
    if e.n == 0 {
        let paths = counted(2 * study.rows as u64, "path");
        return wrap(&format!("{}: defined on none of {paths}", outcome.name));
    }
    let mean = if outcome.headline.is_some() { "mean of the paths' shares" } else { "mean" };
    let mut text = format!(
        "{}: {mean} {}, standard deviation {}",
        outcome.name,
        kind.with_error(&RatioEstimate::around(e.mean, e.se)),
        kind.value(e.sd, e.se)
    );
    if let Some(headline) = &outcome.headline {
        let _ = write!(text, "; as `run` says it, the ratio of means, {}", kind.with_error(headline));
    }
    if outcome.undefined > 0 {
        let _ = write!(
            text,
            "; not defined on {} of {} paths, where it is put at this mean",
            count(outcome.undefined),
            count(2 * study.rows as u64)
        );
    }
    let mut text = wrap(&text);
    if !varies(outcome) {
        return text + "  the same on every path\n";
    }
    let mut table = plain_table();
    let ranked = ranked(outcome);
    let listed: Vec<&&Driver> = ranked.iter().filter(|d| is_any_told(d)).take(LISTED).collect();
    let tails = Column::of(kind, listed.iter().flat_map(|driver| driver.tails.map(|tail| tail.value)));
    let [low, high] = ["low", "high"].map(|tail| format!("{tail}{}", tails.unit()));
    table.set_header(["number", "Shapley, %", "first, %", "total, %", &low, &high]);
    for driver in &listed {
        let [low, high] = driver
            .tails
            .map(|tail| if tail.value.is_finite() { tails.alone(tail.value, tail.se) } else { "–".into() });
        table.add_row([
            clip(&study.players[driver.player].name, 29),
            narrow(&driver.shapley),
            narrow(&driver.first),
            narrow(&driver.total),
            low,
            high,
        ]);
    }
    let luck = &outcome.luck;
    table.add_row([
        "luck".to_string(),
        narrow(&luck.shapley),
        narrow(&luck.first),
        narrow(&luck.total),
        String::new(),
        String::new(),
    ]);
    right(&mut table, 1..6);
    text += &printed(&table);
    let left = ranked.iter().filter(|d| is_any_told(d)).count() - listed.len();
    let none = ranked.iter().filter(|d| !is_any_told(d)).count();
    let mut more = Vec::new();
    if left > 0 {
        more.push(format!("{left} more with smaller effects are in summary.json"));
    }
    if none > 0 {
        more.push(format!("no effect of {none} can be told from 0"));
    }
    if !more.is_empty() {
        text += &wrap(&format!("Of {} numbers, {}.", ranked.len(), more.join("; ")));
    }
    let grades: Vec<String> = Grade::ALL
        .into_iter()
        .filter(|grade| outcome.by_grade[*grade as usize].value != 0.0)
        .map(|grade| format!("{} {}", grade.word(), part_of_whole(&outcome.by_grade[grade as usize])))
        .collect();
    if !grades.is_empty() {
        let evidence = grades.join(", ");
        text += &wrap(&format!("Variance by evidence: {evidence}, luck {}.", part_of_whole(&luck.shapley)));
    }
    for driver in listed {
        let player = &study.players[driver.player];
        if player.addresses.len() > 1 && driver.tails[0].value.is_finite() {
            text += &wrap(&format!("Low and high of {}: by {}.", player.name, player.addresses[0]));
        }
    }
    text
}

/// Which numbers separate the paths that unwind from the others.
fn separating(study: &Sensitivity) -> String {
    let paths = 2 * study.rows as u64;
    if study.unwinds == 0 || study.unwinds == paths {
        let which = if study.unwinds == 0 { "No path unwinds" } else { "Every path unwinds" };
        return wrap(&format!("{which}: there is nothing to separate."));
    }
    let mut found: Vec<(usize, &RatioEstimate)> =
        study.separation.iter().enumerate().filter(|(_, distance)| is_separated(distance)).collect();
    found.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    let mut text = format!(
        "What separates the {} paths that unwind from the other {}\n",
        count(study.unwinds),
        count(paths - study.unwinds)
    );
    let longest = found.iter().map(|(player, _)| study.players[*player].name.chars().count()).max();
    let name = room(46).min(longest.unwrap_or(0).max(46));
    for (player, distance) in found.iter().take(SEPARATING) {
        let _ = writeln!(
            text,
            "  {:<name$} {:.2}  ({:.2} to {:.2})",
            clip(&study.players[*player].name, 46),
            distance.value,
            distance.low,
            distance.high
        );
    }
    if found.is_empty() {
        text += "  no number is told from chance\n";
    } else {
        text += &wrap(
            "Kolmogorov and Smirnov's distance between the number's two distributions, 0 to 1, and its 95% band.",
        );
    }
    text + "\n"
}

/// A line per outcome and number.
fn table_of(study: &Sensitivity) -> Table {
    let mut table = Table::new([
        "measure",
        "number",
        "grade",
        "shapley",
        "shapley_se",
        "first",
        "first_se",
        "total",
        "total_se",
        "morris_mean_size",
        "morris_se",
        "rank_correlation",
        "rank_se",
        "lowest_tenth",
        "highest_tenth",
        "mean",
        "mean_se",
        "headline",
        "headline_se",
    ]);
    let with_errors = |estimates: &[RatioEstimate]| -> Vec<Cell> {
        estimates.iter().flat_map(|e| cells![e.value, e.se]).collect()
    };
    for outcome in &study.outcomes {
        let (e, nothing) = (&outcome.estimate, RatioEstimate::around(f64::NAN, f64::NAN));
        let headline = outcome.headline.unwrap_or_else(|| RatioEstimate::around(e.mean, e.se));
        let whole = || cells![e.mean, e.se, headline.value, headline.se];
        for driver in ranked(outcome) {
            let player = &study.players[driver.player];
            let size = driver.morris.map_or(nothing, |m| m.mean_size);
            let effects = [driver.shapley, driver.first, driver.total, size, driver.rank];
            let whose = cells![&outcome.name, &player.name, player.grade.word()];
            let tails = driver.tails.map(|tail| Cell::from(tail.value));
            table.row(whose.into_iter().chain(with_errors(&effects)).chain(tails).chain(whole()));
        }
        let luck = &outcome.luck;
        let effects = with_errors(&[luck.shapley, luck.first, luck.total]);
        let nothing = (0..6).map(|_| Cell::from(""));
        let whose = cells![&outcome.name, "luck", ""];
        table.row(whose.into_iter().chain(effects).chain(nothing).chain(whole()));
    }
    table
}

/// The chart shows the first outcome.
fn figure(study: &Sensitivity, scenario: &Scenario, run: Run) -> Option<Drivers> {
    let outcome = study.outcomes.first()?;
    // Numbers that are drawn together have a name of their own.
    let called = |player: &Player| match player.addresses.as_slice() {
        [address] => Named::number(scenario, address),
        _ => Named { key: player.name.clone(), words: player.name.clone(), is_given: true },
    };
    let told = |driver: &&Driver| is_any_told(driver) && driver.tails[0].value.is_finite();
    let bars = ranked(outcome).into_iter().filter(told).map(|driver| Bar {
        name: called(&study.players[driver.player]),
        low: driver.tails[0].value,
        high: driver.tails[1].value,
        effect: driver.shapley.value,
        effect_low: driver.shapley.low,
        effect_high: driver.shapley.high,
        is_told: is_told(&driver.shapley),
    });
    let part = |name: &str, e: &RatioEstimate| Part {
        name: name.into(),
        share: e.value,
        se: e.se,
        is_told: is_told(e),
    };
    let grades = Grade::ALL.into_iter().map(|grade| part(grade.word(), &outcome.by_grade[grade as usize]));
    Some(Drivers {
        run,
        measure: Named::measure(&outcome.name),
        kind: Kind::of(&outcome.name),
        mean: outcome.estimate.mean,
        bars: bars.collect(),
        numbers: study.players.iter().map(|player| player.addresses.len()).sum(),
        parts: if varies(outcome) {
            grades.chain([part("luck", &outcome.luck.shapley)]).collect()
        } else {
            Vec::new()
        },
        luck: (outcome.luck.total.value, outcome.luck.total.se),
    })
}
