//! A scenario against what happened: for each date of the outcomes its paths are run to the end of the step that the
//! date lies in, and the distribution of the measure over the paths is the forecast.
//!
//! The plan is the whole scenario's; only its last step is another. A path's numbers up to there are those of the whole
//! run, since a random number is found by its address; `tests/invariance.rs` checks it, and that a scenario whose
//! `years` end there gives the same.

pub mod command;
pub mod outcomes;
mod summary;
pub mod words;

use crate::engine::{Run, Unfinished};
use crate::estimate::forecast::{Coverage, Forecast, Place};
use crate::estimate::moments::Moments;
use crate::plan::Plan;
use crate::studies::sample::Sample;
use crate::studies::score::outcomes::{Concerned, Outcome, Outcomes, Role};
use crate::studies::simulator::Simulator;

/// An outcome against its forecast.
#[derive(Debug, Clone)]
pub struct Scored {
    /// Its place in the file.
    pub row: usize,
    pub role: Role,
    /// Steps that were run.
    pub steps: u32,
    /// Last day of the step, as days since 1970-01-01.
    pub until: i32,
    pub forecast: Forecast,
    pub place: Place,
    /// Would another number in the sources' range lie elsewhere?
    pub turns: bool,
}

/// How a scenario fared.
#[derive(Debug, Clone, Default)]
pub struct Score {
    /// By role, measure and date.
    pub scored: Vec<Scored>,
    /// Rows whose measure is defined on no path.
    pub undefined: Vec<usize>,
    /// Paths simulated in all.
    pub simulated: u64,
}

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
    pub fn row(&self, scored: &Scored) -> &Outcome {
        &self.outcomes.list[scored.row]
    }

    pub fn tallies(&self) -> Vec<(Role, Tally)> {
        let of = |role| Some((role, self.score.tally(self.outcomes, role)?));
        Role::ALL.into_iter().filter_map(of).collect()
    }

    pub fn forecasts(&self) -> Option<Tally> {
        self.score.tally(self.outcomes, Role::Forecast)
    }
}

/// What some of the outcomes say together.
#[derive(Debug, Clone, Copy)]
pub struct Tally {
    pub n: usize,
    pub dates: usize,
    pub inner: Coverage,
    pub outer: Coverage,
    pub above: usize,
    pub below: usize,
    /// Outcomes whose sources' range reaches another band.
    pub turns: usize,
    /// Mean CRPS of the logarithms, its standard error, over how many.
    pub crps_log: Option<(f64, f64, usize)>,
}

/// The steps that are run for the dates, each once, in order.
pub fn lengths(plan: &Plan, outcomes: &Outcomes, concerned: &Concerned) -> Vec<u32> {
    let of_row = |(row, _): &(usize, Role)| steps(plan, outcomes.list[*row].day);
    let mut lengths: Vec<u32> = concerned.rows.iter().map(of_row).collect();
    lengths.sort_unstable();
    lengths.dedup();
    lengths
}

/// Steps to the end of the one that holds the day.
fn steps(plan: &Plan, day: i32) -> u32 {
    plan.clock.step_of(day).max(0) as u32 + 1
}

/// Scores the rows that concern the scenario. `stop` sees how many paths are done, of all lengths.
pub fn score(
    simulator: &mut Simulator,
    plan: &Plan,
    run: &Run,
    outcomes: &Outcomes,
    concerned: &Concerned,
    mut stop: impl FnMut(u64) -> bool + Send,
) -> Result<Score, Unfinished> {
    let mut score = Score::default();
    let paths = run.end - run.first;
    let mut cut = plan.clone();
    for steps in lengths(plan, outcomes, concerned) {
        let here =
            || concerned.rows.iter().filter(|(row, _)| self::steps(plan, outcomes.list[*row].day) == steps);
        cut.clock.steps = steps;
        let names: Vec<String> = here().map(|(row, _)| outcomes.list[*row].measure.clone()).collect();
        let before = score.simulated;
        let sample = Sample::of(simulator, &cut, run, &names, |done| stop(before + done))?;
        score.simulated += paths;
        for (row, role) in here() {
            let outcome = &outcomes.list[*row];
            let Some(forecast) = Forecast::of(sample.column(&outcome.measure).to_vec(), outcome.value) else {
                score.undefined.push(*row);
                continue;
            };
            let place = forecast.place(outcome.value);
            let turns = [outcome.low, outcome.high].iter().any(|end| forecast.place(*end) != place);
            let until = plan.clock.day_of(steps) - 1;
            score.scored.push(Scored { row: *row, role: *role, steps, until, forecast, place, turns });
        }
    }
    // As the rows were sorted.
    let order = |row: usize| concerned.rows.iter().position(|(other, _)| *other == row);
    score.scored.sort_by_key(|scored| order(scored.row));
    score.undefined.sort_by_key(|row| order(*row));
    Ok(score)
}

impl Score {
    /// The outcomes of one role together; none where there are none.
    pub fn tally(&self, outcomes: &Outcomes, role: Role) -> Option<Tally> {
        let all: Vec<&Scored> = self.scored.iter().filter(|scored| scored.role == role).collect();
        if all.is_empty() {
            return None;
        }
        let mut days: Vec<i32> = all.iter().map(|scored| outcomes.list[scored.row].day).collect();
        days.sort_unstable();
        days.dedup();
        let count = |place: Place| all.iter().filter(|scored| scored.place == place).count();
        let (inner, outer) = (count(Place::Inner), count(Place::Inner) + count(Place::Outer));
        let logs: Vec<f64> = all.iter().filter_map(|scored| scored.forecast.crps_log).collect();
        let crps_log = (!logs.is_empty()).then(|| {
            let moments = Moments::of_all(&logs);
            (moments.mean, moments.se(), logs.len())
        });
        Some(Tally {
            n: all.len(),
            dates: days.len(),
            inner: Coverage { held: inner, of: all.len(), level: 0.5 },
            outer: Coverage { held: outer, of: all.len(), level: 0.9 },
            above: count(Place::Above),
            below: count(Place::Below),
            turns: all.iter().filter(|scored| scored.turns).count(),
            crps_log,
        })
    }
}
