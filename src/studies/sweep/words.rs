//! The results of `sweep`: as text, as a table, and as the numbers of its charts.

use super::{Over, Point, Swept};
use crate::charts::map::{Map, of_gain};
use crate::charts::sweep::{Line, Place, Sweep, plain};
use crate::charts::{Figures, Run};
use crate::estimate::{Estimates, RatioEstimate};
use crate::files::table::{Cell, Table, cells};
use crate::outcome::is_proportion;
use crate::scenario::Scenario;
use crate::studies::driver::Answer;
use crate::words::label::Named;
use crate::words::measure::{Column, Kind};
use crate::words::numbers::count;
use crate::words::table::{clip, heading_line, in_lines, plain_table, printed, right, wrap};

impl Answer for Swept {
    const TABLE: Option<&str> = Some("sweep.csv");

    fn estimates(&self) -> Estimates {
        self.itself.estimates()
    }

    fn figures(&self, scenario: &Scenario, run: Run) -> Figures {
        figures(self, scenario, run)
    }

    fn paths(&self) -> u64 {
        self.paths
    }

    fn text(&self, scenario: &Scenario, figures: &Figures) -> String {
        text(&scenario.name, self, figures)
    }

    fn table(&self) -> Table {
        table(self)
    }

    fn done(&self) -> String {
        format!("{} paths simulated", count(self.simulated))
    }
}

fn figures(swept: &Swept, scenario: &Scenario, run: Run) -> Figures {
    match swept.over.as_slice() {
        [over] => Figures::default().with(lines(swept, over, scenario, run)),
        [x, y] => {
            let first = |point: &Point| {
                let (_, value) = &point.values[0];
                (value.headline.value, value.headline.se)
            };
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
            Figures::default().with(Map {
                run,
                axes: [x, y].map(|over| (Named::number(scenario, &over.address), over.values.clone())),
                measure: Named::measure(&swept.measures[0]),
                kind: Kind::of(&swept.measures[0]),
                cells: swept.points.iter().map(first).collect(),
                gain: if has_gain { swept.points.iter().map(gain).collect() } else { Vec::new() },
            })
        }
        _ => Figures::default(),
    }
}

fn lines(swept: &Swept, over: &Over, scenario: &Scenario, run: Run) -> Sweep {
    let line = |(k, measure): (usize, &String)| {
        let is_indicator = is_proportion(measure);
        let place = |point: &Point| {
            let (_, value) = &point.values[k];
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
            measure: Named::measure(measure),
            kind: Kind::of(measure),
            values: swept.points.iter().map(place).collect(),
            change: swept
                .changes
                .get(k)
                .map_or((f64::NAN, f64::NAN), |(_, change)| (change.value, change.se)),
        }
    };
    Sweep {
        run,
        number: Named::number(scenario, &over.address),
        unit: over.unit.clone(),
        at: over.values.clone(),
        in_file: over.in_file,
        target: None,
        lines: swept.measures.iter().enumerate().map(line).collect(),
    }
}

fn text(scenario: &str, swept: &Swept, figures: &Figures) -> String {
    let addresses: Vec<&str> = swept.over.iter().map(|over| over.address.as_str()).collect();
    let mut out = heading_line(&format!("{scenario} · {}", addresses.join(" and ")));
    let answer: String = figures.all().iter().map(|picture| picture.sentence()).collect();
    let gain = figures.get::<Map>().map_or(String::new(), of_gain);
    let answer = if gain.is_empty() { answer } else { answer + "." + gain.trim_end_matches('.') };
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
    let mut header = vec![clip(&over.address, 22)];
    let columns: Vec<Column> = (0..shown.len())
        .map(|place| {
            let values = swept.points.iter().map(|point| point.values[place].1.headline.value);
            Column::of(Kind::of(&shown[place]), values)
        })
        .collect();
    header.extend(
        shown.iter().zip(&columns).map(|(name, column)| in_lines(&(clip(name, 16) + &column.unit()), 17)),
    );
    table.set_header(header);
    for point in &swept.points {
        let mut row = vec![plain(point.at[0])];
        let values = point.values[..shown.len()].iter();
        row.extend(values.zip(&columns).map(|((name, value), column)| column.told(name, &value.headline)));
        table.add_row(row);
    }
    let changes = &swept.changes[..swept.changes.len().min(shown.len())];
    if changes.iter().any(|(_, change)| change.value.is_finite()) {
        let mut row = vec!["last less first".to_string()];
        row.extend(changes.iter().zip(&columns).map(|((_, change), column)| column.with_error(change)));
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
    let shown = swept.points.iter().map(|point| point.values[0].1.headline.value);
    let column_of = Column::of(Kind::of(&swept.measures[0]), shown);
    let every = x.values.len().div_ceil(COLUMNS).max(1);
    let mut table = plain_table();
    let mut header = vec!["↓ ⟶".to_string()];
    header.extend(x.values.iter().step_by(every).map(|value| plain(*value)));
    let columns = header.len();
    table.set_header(header);
    for (row, at) in y.values.iter().enumerate().rev() {
        let mut cells = vec![plain(*at)];
        cells.extend((0..x.values.len()).step_by(every).map(|column| {
            let e = &swept.points[row * x.values.len() + column].values[0].1.headline;
            column_of.alone(e.value, e.se)
        }));
        table.add_row(cells);
    }
    right(&mut table, 0..columns);
    format!("{}{}: {} across, {} up\n", swept.measures[0], column_of.unit(), x.address, y.address)
        + &printed(&table)
}

/// A line per point and measure.
fn table(swept: &Swept) -> Table {
    const COLUMNS: [&str; 11] =
        ["measure", "headline", "se", "mean", "sd", "p5", "p25", "p50", "p75", "p95", "n"];
    let addresses = swept.over.iter().map(|over| over.address.as_str());
    let mut table = Table::new(addresses.chain(COLUMNS));
    for point in &swept.points {
        let at = || point.at.iter().map(|value| Cell::from(*value));
        for (name, value) in &point.values {
            let (h, e) = (&value.headline, &value.by_path);
            let [p5, p25, p50, p75, p95] = e.quantiles().map(|quantile| quantile.value);
            table.row(at().chain(cells![name, h.value, h.se, e.mean, e.sd, p5, p25, p50, p75, p95, e.n]));
        }
        if let Some(m) = &point.multiplier {
            let cells = at().chain(cells!["multiplier", m.value, m.se]);
            table.row(cells.chain((3..COLUMNS.len()).map(|_| Cell::from(""))));
        }
    }
    table
}
