//! When a run stops of itself: at a standard error (`--until`), or where its budget ends.

use super::causal::{self, CAUSAL_PATHS};
use super::corners::corners;
use super::results::nodes;
use crate::console::Leave;
use crate::engine::Run;
use crate::engine::simulate::column_names;
use crate::estimate::circular::LARGEST_NETWORK;
use crate::input::names::nearest;
use crate::outcome::{OF_ALL_PATHS, RATIOS, full_name};
use crate::plan::Plan;
use crate::studies::driver::{is_amount_of, is_no_measure, parse_amount};
use std::path::Path;
use std::time::Duration;

#[derive(Clone)]
pub struct Until {
    pub measure: String,
    pub error: f64,
    /// As it was typed.
    pub typed: String,
}

/// Is it a ratio of the causal lens?
pub fn is_of_lens(measure: &str) -> bool {
    measure != CIRCULAR && OF_ALL_PATHS.iter().any(|(name, _)| *name == measure)
}

pub const CIRCULAR: &str = "share.circular";

pub fn parse_until(text: &str) -> Result<Until, String> {
    let wrong = || "write it as \"MEASURE: ERROR\", for example \"share.traced: 0.1%\"".to_string();
    let (measure, error) = text.rsplit_once(':').ok_or_else(wrong)?;
    let error = error.trim();
    match parse_amount(error) {
        Some(value) if value > 0.0 => {
            Ok(Until { measure: full_name(measure.trim()), error: value, typed: error.to_string() })
        }
        _ => Err(wrong()),
    }
}

/// Can a run stop at a standard error of the measure? Says why not.
pub fn can_stop(plan: &Plan, run: &Run, file: &Path, until: &Until) -> Result<(), Leave> {
    let measure = &until.measure;
    if let Some((_, why)) = OF_ALL_PATHS.iter().find(|(name, _)| name == measure) {
        let can_wait = match measure == CIRCULAR {
            true => nodes(plan).0.len() <= LARGEST_NETWORK,
            false => causal::has_spread(measure, plan, run),
        };
        if !can_wait {
            return Err(Leave::bad_input(format!(
                "--until cannot wait for `{measure}`: {why}, and it has no error in {}; wait for `share.causal` or `share.traced`",
                file.display()
            )));
        }
        return is_amount_of(measure, &until.typed, ": ");
    }
    let columns = column_names(plan);
    let names = || {
        let measures = columns[plan.uncertain.len()..].iter().map(String::as_str);
        let has = |name: &str| columns.iter().any(|column| column == name);
        measures.chain(RATIOS.iter().filter(move |(_, part, _)| has(part)).map(|(name, _, _)| *name))
    };
    if !names().any(|name| name == measure) {
        let near = nearest(measure, names()).unwrap_or_default();
        let of = file.display().to_string();
        return Err(Leave::bad_input(is_no_measure(measure, plan.uncertain.contains(measure), &of, near)));
    }
    is_amount_of(measure, &until.typed, ": ")
}

/// Is so much of a budget gone that the rest of it is the causal lens's, which runs the first paths again?
pub fn is_spent(budget: Duration, elapsed: Duration, begun: u64, [whole, corners]: [(u64, u64); 2]) -> bool {
    let again: u64 = [whole, corners].into_iter().map(|(runs, paths)| runs * begun.min(paths)).sum();
    elapsed.as_secs_f64() * (begun + again) as f64 >= budget.as_secs_f64() * begun as f64
}

/// Runs of a path that the causal lens takes, and of how many of the first paths: without the loops but one, without any,
/// and without what is tied to them; and with and without them at every corner.
pub fn runs_again(plan: &Plan, run: &Run, corner_paths: u64) -> [(u64, u64); 2] {
    let ties = run.loops.of_which_off(run.loops.causal_off());
    let at_corners = 2 * corners(plan).len() as u64;
    [(2 + u64::from(plan.compute.is_tied(ties)), CAUSAL_PATHS), (at_corners, corner_paths.min(CAUSAL_PATHS))]
}

/// After how many paths a run is likely to stop: where the error, which falls with the root of their number, is the one
/// that is asked for, and where the budget ends.
pub fn expected(paths: u64, error: Option<(f64, f64)>, budget: Option<Duration>, elapsed: Duration) -> u64 {
    let mut times = f64::INFINITY;
    if let Some((is, wanted)) = error
        && is > 0.0
    {
        times = (is / wanted) * (is / wanted);
    }
    if let Some(budget) = budget {
        times = times.min(budget.as_secs_f64() / elapsed.as_secs_f64().max(1e-9));
    }
    // Saturates where nothing is known.
    (paths as f64 * times.max(1.0)) as u64
}

#[cfg(test)]
mod tests {
    use super::super::corners::CORNER_PATHS;
    use super::*;

    #[test]
    fn a_budget_keeps_the_causal_lens_in_mind() {
        let again = [(2, CAUSAL_PATHS), (0, CORNER_PATHS)];
        let spent =
            |elapsed, begun| is_spent(Duration::from_secs(30), Duration::from_secs(elapsed), begun, again);
        // Few paths are all run twice again: a third of the time is theirs.
        assert!(!spent(9, 5_000) && spent(10, 5_000));
        // Of many only the first are.
        assert!(!spent(29, 4_000_000) && spent(30, 4_000_000));
        assert!(!spent(14, 40_000) && spent(15, 40_000));
        // Three corners, on and off, take as much as 12,000 paths.
        let corners = [(2, CAUSAL_PATHS), (6, CORNER_PATHS)];
        let spent =
            |elapsed| is_spent(Duration::from_secs(92), Duration::from_secs(elapsed), 40_000, corners);
        assert!(!spent(39) && spent(40));
    }

    #[test]
    fn a_run_is_expected_to_end_where_its_error_or_its_budget_does() {
        let [second, ten] = [1, 10].map(Duration::from_secs);
        assert_eq!(expected(1000, Some((0.02, 0.01)), None, second), 4000);
        assert_eq!(expected(1000, Some((0.02, 0.001)), Some(ten), second), 10_000);
        assert_eq!(expected(1000, Some((0.005, 0.01)), None, second), 1000, "the rule asks for more");
        assert_eq!(expected(1000, Some((f64::NAN, 0.01)), None, second), u64::MAX, "nothing is known");
    }
}
