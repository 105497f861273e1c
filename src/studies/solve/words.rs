//! The results of `solve`: as text, as a table, and as the numbers of its chart.

use super::design_point::{Found, Reverse};
use super::{Crossing, Search};
use crate::charts::sweep::{Line, Place, Reached, Sweep, Target, plain};
use crate::charts::{Chart, Figures, Run};
use crate::estimate::Estimates;
use crate::files::table::{Table, cells};
use crate::scenario::Scenario;
use crate::studies::driver::Answer;
use crate::words::label::Named;
use crate::words::measure::{Column, Kind, proportion};
use crate::words::numbers::count;
use crate::words::table::{clip, heading_line, plain_table, printed, right, wrap};

impl Answer for Search {
    const TABLE: Option<&str> = Some("solve.csv");

    fn estimates(&self) -> Estimates {
        self.itself.estimates()
    }

    fn figures(&self, scenario: &Scenario, run: Run) -> Figures {
        Figures::default().with(figure(self, scenario, run))
    }

    fn paths(&self) -> u64 {
        self.paths
    }

    fn text(&self, scenario: &Scenario, figures: &Figures) -> String {
        figures.get().map_or(String::new(), |figure| text(&scenario.name, self, figure))
    }

    fn table(&self) -> Table {
        table(self)
    }

    fn done(&self) -> String {
        format!("{} paths simulated", count(self.simulated))
    }
}

/// Numbers listed at the design point.
const LISTED: usize = 10;

fn figure(search: &Search, scenario: &Scenario, run: Run) -> Sweep {
    let place = |value: f64, se: f64| Place {
        headline: value,
        se,
        p5: f64::NAN,
        p25: f64::NAN,
        p75: f64::NAN,
        p95: f64::NAN,
    };
    let trials = &search.solved.trials;
    let crossing =
        |c: &Crossing| Reached { at: c.at, low: c.low, high: c.high, is_open: c.open_low || c.open_high };
    Sweep {
        run,
        number: Named::number(scenario, &search.address),
        unit: search.unit.clone(),
        at: trials.iter().map(|trial| trial.at).collect(),
        in_file: search.in_file,
        lines: vec![Line {
            measure: Named::measure(&search.measure),
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

fn text(scenario: &str, search: &Search, figure: &Sweep) -> String {
    let mut out = heading_line(&format!("{scenario} · what brings it about"));
    let kind = Kind::of(&search.measure);
    let mut answer = figure.sentence() + ".";
    if search.solved.crossings.is_empty()
        && let (Some(first), Some(last)) = (search.solved.trials.first(), search.solved.trials.last())
    {
        answer += &format!(
            " It is {} at {} and {} at {}.",
            kind.with_error(&first.measure),
            plain(first.at),
            kind.with_error(&last.measure),
            plain(last.at)
        );
    }
    for (from, to) in search.solved.crossings.iter().filter_map(|crossing| crossing.jump) {
        answer += &format!(
            " It does not pass through the target there but jumps from {} to {}.",
            kind.value(from, 0.0),
            kind.value(to, 0.0)
        );
    }
    out += &wrap(&answer);
    out.push('\n');
    let mut table = plain_table();
    let column = Column::of(kind, search.solved.trials.iter().map(|trial| trial.measure.value));
    table.set_header([clip(&search.address, 40), search.measure.clone() + &column.unit()]);
    let mut last = String::new();
    for trial in &search.solved.trials {
        let m = &trial.measure;
        // Values tried that differ beyond the fourth digit are one to a reader.
        let at = plain(trial.at);
        if std::mem::replace(&mut last, at.clone()) == at {
            continue;
        }
        table.add_row([at, column.with_error(m)]);
    }
    right(&mut table, 0..2);
    out += &printed(&table);
    out += &wrap(
        "In brackets the 95% interval. The same random numbers at every value. A share is its ratio of means.",
    );
    if let Some(reverse) = &search.reverse {
        out.push('\n');
        out += &plausible(reverse);
    }
    out
}

/// The most plausible way to an unwind.
fn plausible(reverse: &Reverse) -> String {
    let share = proportion;
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
        Found::Nowhere { none: why } => {
            wrap(&format!("The most plausible way to an unwind cannot be told: {why}."))
        }
        Found::AtMedians { at_medians: at } => wrap(&format!(
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

/// A line per value tried.
fn table(search: &Search) -> Table {
    let mut table = Table::new([search.address.as_str(), search.measure.as_str(), "se"]);
    for trial in &search.solved.trials {
        table.row(cells![trial.at, trial.measure.value, trial.measure.se]);
    }
    table
}
