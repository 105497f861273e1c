//! The results of `compare`: as text, as a table, and as the numbers of its chart.

use super::{Both, Compared, Difference};
use crate::charts::comparison::{Comparison, Row};
use crate::charts::{Estimated, Figures, Run};
use crate::estimate::{Estimates, RatioEstimate};
use crate::files::table::{Table, cells};
use crate::scenario::Scenario;
use crate::studies::driver::Answer;
use crate::words::measure::Kind;
use crate::words::numbers::count;
use crate::words::table::{clip, heading_line, in_lines, plain_table, printed, right, wrap};

/// Terms listed.
const LISTED: usize = 12;

impl Answer for Compared {
    const TABLE: Option<&str> = Some("compare.csv");

    fn estimates(&self) -> Estimates {
        self.estimates.clone()
    }

    fn figures(&self, run: Run) -> Figures {
        Figures::default().with(figure(self, run))
    }

    fn paths(&self) -> u64 {
        self.paths[0]
    }

    fn text(&self, _: &Scenario, figures: &Figures) -> String {
        figures.get().map_or(String::new(), |figure| text(self, figure))
    }

    fn table(&self) -> Table {
        table(self)
    }

    fn done(&self) -> String {
        format!("{} paths simulated", count(self.simulated))
    }
}

impl Compared {
    fn shown(&self) -> impl Iterator<Item = &(String, Difference)> {
        let find = |name: &String| self.differences.iter().find(|(measure, _)| measure == name);
        self.shown.iter().filter_map(find)
    }
}

fn figure(compared: &Compared, run: Run) -> Comparison {
    let estimated = |e: &RatioEstimate| Estimated::new(e.value, e.se);
    let row = |(measure, d): &(String, Difference)| Row {
        measure: measure.clone(),
        kind: Kind::of(measure),
        sides: [estimated(&d.sides.a), estimated(&d.sides.b)],
        change: estimated(&d.change),
    };
    Comparison {
        run,
        names: [compared.names.a.clone(), compared.names.b.clone()],
        is_paired: compared.is_paired,
        rows: compared.shown().map(row).collect(),
    }
}

fn text(compared: &Compared, figure: &Comparison) -> String {
    let Both { a, b } = &compared.names;
    let mut out = heading_line(&clip(&format!("{a} against {b}"), 77));
    out.push('\n');
    let [short_a, short_b] = [a, b].map(|name| clip(name, 40));
    out += &wrap(&format!("{}.", figure.told(&short_a, &short_b)));
    out.push('\n');
    out += &given(compared);
    let mut table = plain_table();
    let [name_a, name_b] = headings(compared);
    table.set_header(["measure", &name_a, &name_b, "difference", "± s.e."]);
    for (measure, d) in compared.shown() {
        let kind = Kind::of(measure);
        let change = if !d.change.value.is_finite() || d.change.value == 0.0 && d.change.se == 0.0 {
            "–".to_string()
        } else if d.is_told {
            format!(
                "{}{}",
                if d.change.value > 0.0 { "+" } else { "" },
                kind.number(d.change.value, d.change.se)
            )
        } else {
            "≈ 0".into()
        };
        table.add_row([
            clip(measure, 34),
            kind.number(d.sides.a.value, d.sides.a.se),
            kind.number(d.sides.b.value, d.sides.b.se),
            change,
            kind.error(d.change.se),
        ]);
    }
    right(&mut table, 1..5);
    out += &printed(&table);
    let told = compared.differences.iter().filter(|(_, d)| d.is_told).count();
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
        "{how}. A share is its ratio of means. ≈ 0: not told from 0 (within three standard errors). Of {} measures in \
         both, {told} differ; all are in compare.csv.",
        compared.differences.len()
    ));
    out
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
