//! What `verify` has found, as a table for a person and for other programs.

use super::{Figure, Tolerance, Verdict, Verified};
use crate::files::table::{Table, cells};
use crate::words::table::{plain_table, printed, right, wrap};

/// Every figure of every case, then a sentence.
pub fn text(verified: &Verified) -> String {
    let mut table = plain_table();
    table.set_header(["case", "number", "expected", "obtained", "within", "verdict"]);
    for verdict in &verified.cases {
        for (k, figure) in verdict.figures.iter().enumerate() {
            let name = if k == 0 { format!("{}: {}", verdict.subject, verdict.name) } else { String::new() };
            table.add_row([
                name,
                figure.what.clone(),
                number(figure.expected),
                number(figure.obtained),
                tolerance(figure),
                (if figure.holds() { "ok" } else { "DIFFERS" }).to_string(),
            ]);
        }
    }
    right(&mut table, 2..5);
    printed(&table) + "\n" + &wrap(&sentence(verified))
}

/// The outcome in words.
pub fn sentence(verified: &Verified) -> String {
    let Verified { cases: verdicts, perturbed, .. } = verified;
    let named = |passed: bool| -> Vec<String> {
        let those = verdicts.iter().filter(|verdict| verdict.passed == passed);
        those.map(|verdict| format!("{}: {}", verdict.subject, verdict.name)).collect()
    };
    let (passing, failing) = (named(true), named(false));
    let figures: usize = verdicts.iter().map(|verdict| verdict.figures.len()).sum();
    match (*perturbed, passing.is_empty(), failing.is_empty()) {
        (false, _, true) => format!("All {} cases hold ({figures} numbers).", verdicts.len()),
        (false, ..) => {
            format!("{} of {} cases do not hold: {}.", failing.len(), verdicts.len(), failing.join("; "))
        }
        (true, true, _) => format!(
            "With an input of each perturbed, all {} cases fail, as they must: the checks can fail. The exit code is 1.",
            verdicts.len()
        ),
        (true, ..) => format!(
            "{} of {} cases still hold with an input perturbed and so check nothing: {}.",
            passing.len(),
            verdicts.len(),
            passing.join("; ")
        ),
    }
}

/// A line per number.
pub fn table(verified: &Verified) -> Table {
    let mut table = Table::new(["subject", "case", "number", "expected", "obtained", "tolerance", "holds"]);
    for Verdict { subject, name, figures, .. } in &verified.cases {
        for f in figures {
            table.row(cells![*subject, *name, &f.what, f.expected, f.obtained, f.allowed(), f.holds()]);
        }
    }
    table
}

fn number(value: f64) -> String {
    if value.abs() >= 1000.0 { format!("{value:.3}") } else { format!("{value:.6}") }
}

fn tolerance(figure: &Figure) -> String {
    match figure.tolerance {
        Tolerance::Exact(relative) => format!("{relative:.0e}"),
        Tolerance::StandardError { .. } => format!("{:.1e} (5 s.e.)", figure.allowed()),
    }
}
