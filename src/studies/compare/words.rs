//! The results of `compare`: as text, as a table, and as the numbers of its chart.

use super::{Against, Both, Compared, Difference};
use crate::charts::comparison::{Comparison, Other, Row};
use crate::charts::{Estimated, Figures, Run};
use crate::estimate::{Estimates, RatioEstimate};
use crate::files::table::{Table, cells};
use crate::scenario::Scenario;
use crate::studies::driver::Answer;
use crate::words::label::Named;
use crate::words::measure::{Column, Kind};
use crate::words::numbers::count;
use crate::words::table::{clip, heading_line, in_lines, plain_table, printed, right, wrap};

/// Terms listed of two, and named of more.
const LISTED: usize = 12;
const NAMED: usize = 3;

impl Answer for Against {
    const TABLE: Option<&str> = Some("compare.csv");

    fn estimates(&self) -> Estimates {
        self.estimates.clone()
    }

    fn figures(&self, _: &Scenario, run: Run) -> Figures {
        Figures::default().with(figure(self, run))
    }

    fn paths(&self) -> u64 {
        self.first().paths[0]
    }

    fn text(&self, _: &Scenario, figures: &Figures) -> String {
        let Some(figure) = figures.get() else { return String::new() };
        match self.pairs.as_slice() {
            [two] => text(two, &self.shown, figure),
            _ => of_many(self, figure),
        }
    }

    fn table(&self) -> Table {
        match self.pairs.as_slice() {
            [two] => table(two),
            _ => table_of_many(self),
        }
    }

    fn done(&self) -> String {
        format!("{} paths simulated", count(self.simulated))
    }
}

impl Against {
    fn first(&self) -> &Compared {
        &self.pairs[0]
    }

    fn names(&self) -> Vec<String> {
        let others = self.pairs.iter().map(|pair| &pair.names.b);
        std::iter::once(&self.first().names.a).chain(others).cloned().collect()
    }
}

impl Compared {
    fn find(&self, measure: &str) -> Option<&Difference> {
        self.differences.iter().find(|(name, _)| name == measure).map(|(_, difference)| difference)
    }
}

fn figure(against: &Against, run: Run) -> Comparison {
    let estimated = |e: &RatioEstimate| Estimated::new(e.value, e.se);
    let row = |measure: &String| -> Option<Row> {
        let of: Vec<&Difference> =
            against.pairs.iter().map(|pair| pair.find(measure)).collect::<Option<Vec<_>>>()?;
        Some(Row {
            measure: Named::measure(measure),
            kind: Kind::of(measure),
            first: estimated(&of.first()?.sides.a),
            others: of
                .iter()
                .map(|d| Other { value: estimated(&d.sides.b), change: estimated(&d.change) })
                .collect(),
        })
    };
    Comparison {
        run,
        names: against.names(),
        is_paired: against.pairs.iter().all(|pair| pair.is_paired),
        rows: against.shown.iter().filter_map(row).collect(),
    }
}

/// The difference of a measure, for a column of a table.
fn change(column: Column, d: &Difference) -> String {
    if !d.change.value.is_finite() || d.change.value == 0.0 && d.change.se == 0.0 {
        "–".to_string()
    } else if d.is_told {
        let sign = if d.change.value > 0.0 { "+" } else { "" };
        format!("{sign}{}", column.number(d.change.value, d.change.se))
    } else {
        "≈ 0".into()
    }
}

fn text(compared: &Compared, shown: &[String], figure: &Comparison) -> String {
    let Both { a, b } = &compared.names;
    let mut out = heading_line(&clip(&format!("{a} against {b}"), 77));
    out.push('\n');
    let [short_a, short_b] = [a, b].map(|name| clip(name, 40));
    out += &wrap(&format!("{}.", figure.told(&[&short_a, &short_b])));
    out.push('\n');
    out += &given(compared);
    let mut table = plain_table();
    let [name_a, name_b] = headings(compared);
    table.set_header(["measure", &name_a, &name_b, "difference", "± s.e."]);
    for (measure, d) in shown.iter().filter_map(|measure| Some((measure, compared.find(measure)?))) {
        let column = Column::of(Kind::of(measure), [d.sides.a.value, d.sides.b.value]);
        table.add_row([
            clip(measure, 34) + &column.unit(),
            column.number(d.sides.a.value, d.sides.a.se),
            column.number(d.sides.b.value, d.sides.b.se),
            change(column, d),
            column.error(d.change.se),
        ]);
    }
    right(&mut table, 1..5);
    out += &printed(&table);
    let told = compared.differences.iter().filter(|(_, d)| d.is_told).count();
    out += &wrap(&format!(
        "{}. A share is its ratio of means. ≈ 0: not told from 0 (within three standard errors). Of {} measures in both, {told} differ; all are in \
         compare.csv.",
        how(compared),
        compared.differences.len()
    ));
    out
}

fn how(compared: &Compared) -> String {
    let [a, b] = compared.paths.map(count);
    match compared.is_paired {
        true => format!("Paired over {a} paths"),
        false => format!("Not paired: {a} and {b} paths of different random numbers"),
    }
}

/// A block of lines per measure, a line per scenario.
fn of_many(against: &Against, figure: &Comparison) -> String {
    let names = against.names();
    let others = names.len() - 1;
    let mut out = heading_line(&clip(&format!("{} against {others} others", names[0]), 77));
    out.push('\n');
    let short: Vec<String> = names.iter().map(|name| clip(name, 40)).collect();
    out += &wrap(&format!("{}.", figure.told(&short.iter().map(String::as_str).collect::<Vec<_>>())));
    out.push('\n');
    for pair in &against.pairs {
        out += &wrap(&given_of_many(pair));
    }
    out.push('\n');
    let mut table = plain_table();
    table.set_header(["", "value", "less the first", "± s.e."]);
    for measure in &against.shown {
        let of: Vec<&Difference> = against.pairs.iter().filter_map(|pair| pair.find(measure)).collect();
        let Some(first) = of.first() else { continue };
        let a = first.sides.a;
        let values = of.iter().map(|d| d.sides.b.value).chain([a.value]);
        let column = Column::of(Kind::of(measure), values);
        table.add_row([measure.clone() + &column.unit()]);
        let name = |place: usize| format!("  {}", clip(&names[place], 40));
        table.add_row([name(0), column.number(a.value, a.se), String::new(), String::new()]);
        for (place, d) in of.iter().enumerate() {
            let b = d.sides.b;
            table.add_row([
                name(place + 1),
                column.number(b.value, b.se),
                change(column, d),
                column.error(d.change.se),
            ]);
        }
    }
    right(&mut table, 1..4);
    out += &printed(&table);
    let how: Vec<String> = match against.pairs.iter().all(|pair| pair.is_paired) {
        true => vec![how(against.first())],
        false => against
            .pairs
            .iter()
            .map(|pair| format!("{}: {}", pair.names.b, how(pair).to_lowercase()))
            .collect(),
    };
    out += &wrap(&format!(
        "{}. ≈ 0: not told from 0 (within three standard errors). All measures are in compare.csv.",
        how.join("; ")
    ));
    out
}

/// What differs in what was given, in a sentence.
fn given_of_many(pair: &Compared) -> String {
    let named: Vec<&str> = pair.terms.iter().take(NAMED).map(|term| term.address.as_str()).collect();
    let mut said = match pair.terms.len() {
        0 => format!("{}: the same terms as the first", pair.names.b),
        n if n <= NAMED => format!("{}: other {}", pair.names.b, named.join(", ")),
        n => format!("{}: {n} terms differ, {} and others", pair.names.b, named.join(", ")),
    };
    if pair.off.a != pair.off.b {
        let off = if pair.off.b.is_empty() { "none".to_string() } else { pair.off.b.join(", ") };
        said += &format!("; loops off: {off}");
    }
    said + "."
}

/// What the two are called above their columns.
fn headings(compared: &Compared) -> [String; 2] {
    [&compared.names.a, &compared.names.b].map(|name| in_lines(name, 21))
}

/// What differs in what was given.
fn given(compared: &Compared) -> String {
    let mut text = String::new();
    let Both { a: off_a, b: off_b } = &compared.off;
    if compared.terms.is_empty() && off_a == off_b {
        return "The same terms and loops in both.\n\n".into();
    }
    if !compared.terms.is_empty() {
        let mut table = plain_table();
        let [name_a, name_b] = headings(compared);
        table.set_header(["what differs", &name_a, &name_b]);
        let side = |side: &Option<String>| side.as_ref().map_or("–".into(), |words| in_lines(words, 21));
        for term in compared.terms.iter().take(LISTED) {
            table.add_row([clip(&term.address, 32), side(&term.sides.a), side(&term.sides.b)]);
        }
        text += &printed(&table);
        let more = compared.terms.len().saturating_sub(LISTED);
        if more > 0 {
            text += &wrap(&format!("{more} more are in summary.json."));
        }
    }
    if off_a != off_b {
        let named = |off: &[String]| if off.is_empty() { "none".to_string() } else { off.join(", ") };
        let Both { a, b } = &compared.names;
        text += &wrap(&format!("Loops off in {a}: {}; in {b}: {}.", named(off_a), named(off_b)));
    }
    text + "\n"
}

/// A line per measure.
fn table(compared: &Compared) -> Table {
    let mut table = Table::new(["measure", "a", "a_se", "b", "b_se", "b_less_a", "se", "low", "high"]);
    for (measure, Difference { sides: Both { a, b }, change: c, .. }) in &compared.differences {
        table.row(cells![measure, a.value, a.se, b.value, b.se, c.value, c.se, c.low, c.high]);
    }
    table
}

/// A line per measure and scenario; the first's has no difference.
fn table_of_many(against: &Against) -> Table {
    let mut table =
        Table::new(["measure", "scenario", "value", "value_se", "less_first", "se", "low", "high"]);
    let names = against.names();
    let mut measures: Vec<&String> = Vec::new();
    for (measure, _) in against.pairs.iter().flat_map(|pair| &pair.differences) {
        if !measures.contains(&measure) {
            measures.push(measure);
        }
    }
    for measure in measures {
        let of = against.pairs.iter().zip(&names[1..]);
        for (place, (d, name)) in of.filter_map(|(pair, name)| Some((pair.find(measure)?, name))).enumerate()
        {
            let (a, b, c) = (d.sides.a, d.sides.b, d.change);
            if place == 0 {
                table.row(cells![measure, &names[0], a.value, a.se, "", "", "", ""]);
            }
            table.row(cells![measure, name, b.value, b.se, c.value, c.se, c.low, c.high]);
        }
    }
    table
}
