//! What `verify` has found, as a table for a person and for other programs.

use crate::studies::verify::{Figure, Tolerance, Verdict};
use crate::words::table::{plain_table, printed, right, wrap};
use serde_json::{Value, json};

/// Every figure of every case, then a sentence.
pub fn text(verdicts: &[Verdict], perturbed: bool) -> String {
    let mut table = plain_table();
    table.set_header(["case", "number", "expected", "obtained", "within", "verdict"]);
    for verdict in verdicts {
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
    printed(&table) + "\n" + &wrap(&sentence(verdicts, perturbed))
}

/// The outcome in words.
pub fn sentence(verdicts: &[Verdict], perturbed: bool) -> String {
    let named = |passed: bool| -> Vec<String> {
        let those = verdicts.iter().filter(|verdict| verdict.passed() == passed);
        those.map(|verdict| format!("{}: {}", verdict.subject, verdict.name)).collect()
    };
    let (passing, failing) = (named(true), named(false));
    let figures: usize = verdicts.iter().map(|verdict| verdict.figures.len()).sum();
    match (perturbed, passing.is_empty(), failing.is_empty()) {
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

pub fn json(verdicts: &[Verdict], perturbed: bool) -> Value {
    let cases: Vec<Value> = verdicts
        .iter()
        .map(|verdict| {
            let figures: Vec<Value> = verdict
                .figures
                .iter()
                .map(|figure| {
                    json!({
                        "number": figure.what,
                        "expected": figure.expected,
                        "obtained": figure.obtained,
                        "tolerance": figure.allowed(),
                        "kind": match figure.tolerance {
                            Tolerance::Exact(_) => "exact",
                            Tolerance::StandardError { .. } => "5 standard errors",
                        },
                        "holds": figure.holds(),
                    })
                })
                .collect();
            json!({
                "subject": verdict.subject,
                "case": verdict.name,
                "source": verdict.source,
                "holds": verdict.passed(),
                "numbers": figures,
            })
        })
        .collect();
    json!({
        "perturbed": perturbed,
        "holds": verdicts.iter().all(Verdict::passed),
        "cases": cases,
    })
}

/// A line per number.
pub fn csv(verdicts: &[Verdict]) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(["subject", "case", "number", "expected", "obtained", "tolerance", "holds"])?;
    for verdict in verdicts {
        for figure in &verdict.figures {
            table.write_record([
                verdict.subject,
                verdict.name,
                &figure.what,
                &figure.expected.to_string(),
                &figure.obtained.to_string(),
                &figure.allowed().to_string(),
                if figure.holds() { "true" } else { "false" },
            ])?;
        }
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
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
