//! Leave forward out: calibrate on everything before a date, predict the distribution of that date's reactions, go on.
//!
//! A forecast knows of its event what is known when it is announced (kind, size, market value, expected direction, whether
//! results came that day) and of earlier events everything but returns over twenty days that were not over. That a week is
//! hype by definition is known after its day, not before.
//!
//! From one date to the next the posterior hardly moves: the draws of the last fit are weighted by what the new events say
//! of them, smoothed by Pareto ([`crate::estimate::psis`]), and only where the shape k̂ of the weights says that they cannot be
//! trusted are chains run again, from where the last ones stopped (Bürkner, Gabry and Vehtari 2020, Journal of Statistical
//! Computation and Simulation 90). Where chains disagree, or trajectories diverge, they run again, longer and with shorter
//! steps (`TRIES`), and if the last try is no better, the date is not predicted. The scores are those of [`super::predict`].

use super::density::Density;
use super::diagnostics::{Health, MOST_DIVERGENT};
use super::events::{Event, SIGNS};
use super::exposure::Observed;
use super::fit::{LEAST_DEALS, LeftOut, left_out};
use super::model::{self, Assumptions, Group, Numbers, Row, rows, years_since};
use super::predict::{Draws, Mood, Score, crps_normal, noticed_reaction, score};
use super::regimes::{PerState, advance, transition};
use super::results::{Signs, later};
use super::sampler::{Effort, Sample, sample};
use crate::estimate::psis::{Smoothed, smooth};
use crate::state::draw::Purpose;
use rayon::prelude::*;

/// Beyond this the chains of a refit disagree.
const MOST_R_HAT: f64 = 1.05;
/// The tries at a date's posterior, as long as one is refused: how many times as long as asked, and the acceptance aimed
/// at. With few events of a group its mean is loose where the group's spread is large and held tight where it is small:
/// a step that suits the one is too long for the other, and the trajectory diverges.
const TRIES: [(usize, f64); 3] = [(1, 0.9), (2, 0.95), (4, 0.99)];
/// Draws from each forecast.
const FORECAST: usize = 2000;

/// Effort of each refit.
pub fn effort(seed: u64) -> Effort {
    Effort { chains: 2, tune: 400, draws: 400, seed, acceptance: TRIES[0].1 }
}

/// A forecast and what came.
#[derive(Debug, Clone)]
pub struct Prediction {
    pub event: usize,
    pub group: Group,
    /// Size and market value both known, the latter from the row or another of the share.
    pub sized: bool,
    /// Abnormal log return.
    pub y: f64,
    pub score: Score,
    /// CRPS of the naive forecasts: no reaction, but the ordinary noise; past reactions of the same expected direction,
    /// normal with their mean and spread.
    pub crps_nothing: f64,
    pub crps_past: f64,
}

/// Why an event was not predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotPredicted {
    LeftOut(LeftOut),
    /// Too few deals before it.
    TooEarly,
    /// The chains disagreed at every try.
    Disagreed,
    /// Too many trajectories diverged at every try.
    Diverged,
}

impl NotPredicted {
    pub fn why(self) -> &'static str {
        match self {
            NotPredicted::LeftOut(why) => why.why(),
            NotPredicted::TooEarly => "has too few deals before it",
            NotPredicted::Disagreed => "has chains that disagree, at every try",
            NotPredicted::Diverged => "has too many trajectories that diverged, at every try",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Backtest {
    pub assumed: Assumptions,
    pub effort: Effort,
    pub history: usize,
    /// A fit at every date.
    pub exact: bool,
    pub predictions: Vec<Prediction>,
    pub not_predicted: Vec<(usize, NotPredicted)>,
    /// Dates, each with how its posterior was had.
    pub refits: Vec<Refit>,
    /// False when the run was interrupted.
    pub complete: bool,
}

/// How a date's posterior was had, or why not.
#[derive(Debug, Clone, PartialEq)]
pub struct Refit {
    pub day: i32,
    /// The shape of the weights of an earlier date's draws, where these were tried; they are in use where `tries` is 0.
    pub k_hat: Option<f64>,
    /// Densities computed for this date.
    pub evaluations: u64,
    /// Events before it, and the deals among them.
    pub events: usize,
    pub deals: usize,
    /// Fits: 1 where the first was good enough. What follows is of the last, or of the one whose draws are weighted.
    pub tries: usize,
    pub r_hat: f64,
    pub divergences: usize,
    pub draws: usize,
    pub refused: Option<NotPredicted>,
}

/// The events of one date.
struct Date {
    day: i32,
    events: Vec<usize>,
}

/// How many dates a backtest of these events refits at.
pub fn dates(events: &[Event], history: usize) -> usize {
    plan(events, history).0.len()
}

/// Dates that can be predicted, and the events that cannot.
fn plan(events: &[Event], history: usize) -> (Vec<Date>, Vec<(usize, NotPredicted)>) {
    let is_deal = |event: &Event| left_out(event).is_none() && Group::of(event).is_deal();
    let mut dates: Vec<Date> = Vec::new();
    let mut not = Vec::new();
    for (place, event) in events.iter().enumerate() {
        let before = events.iter().filter(|other| other.day < event.day && is_deal(other)).count();
        if let Some(why) = left_out(event) {
            not.push((place, NotPredicted::LeftOut(why)));
        } else if before < history.max(LEAST_DEALS) {
            not.push((place, NotPredicted::TooEarly));
        } else {
            match dates.last_mut() {
                Some(date) if date.day == event.day => date.events.push(place),
                _ => dates.push(Date { day: event.day, events: vec![place] }),
            }
        }
    }
    (dates, not)
}

/// `exact` fits at every date. `done` is called after each date; `go_on` says whether to, after each draw.
pub fn backtest(
    events: &[Event],
    assumed: &Assumptions,
    effort: &Effort,
    (history, exact): (usize, bool),
    done: &(impl Fn() + Sync),
    go_on: &(impl Fn() -> bool + Sync),
) -> Result<Backtest, String> {
    let (dates, mut not_predicted) = plan(events, history);
    let mut result = Backtest {
        assumed: *assumed,
        effort: *effort,
        history,
        exact,
        predictions: Vec::new(),
        not_predicted: Vec::new(),
        refits: Vec::new(),
        complete: true,
    };
    let mut fit: Option<Fit> = None;
    for (index, date) in dates.iter().enumerate() {
        let past = Past::of(events, assumed, date.day);
        let mut refit = Refit::of(&past, date.day);
        let mut weighted = None;
        if let Some(fit) = fit.as_ref().filter(|_| !exact) {
            let looks = looks(&past, &fit.draws);
            refit.evaluations += looks.len() as u64;
            let ratios: Vec<f64> = looks.iter().zip(&fit.looks).map(|(now, then)| now.ln - then.ln).collect();
            let smoothed = smooth(&ratios);
            refit.k_hat = Some(smoothed.k_hat);
            weighted = smoothed.reliable().then_some((looks, smoothed));
        }
        if weighted.is_none() {
            let Some(fitted) = refit.fit(&past, effort, index as u32, fit.as_ref(), go_on)? else {
                result.complete = false;
                break;
            };
            fit = fitted;
        } else if let Some(fit) = &fit {
            (refit.r_hat, refit.divergences, refit.draws) = fit.health;
        }
        if let Some(fit) = &fit {
            let equal =
                || Smoothed { weights: vec![1.0 / fit.draws.len() as f64; fit.draws.len()], k_hat: 0.0 };
            let (looks, weights) = weighted.unwrap_or_else(|| (fit.looks.clone(), equal()));
            let forecast =
                Forecast { past: &past, fit, looks: &looks, weights: &weights.weights, seed: effort.seed };
            result.predictions.extend(forecast.date(events, date, index as u32));
        }
        if let Some(why) = refit.refused {
            not_predicted.extend(date.events.iter().map(|place| (*place, why)));
        }
        result.refits.push(refit);
        done();
    }
    not_predicted.sort_by_key(|(place, _)| *place);
    result.not_predicted = not_predicted;
    Ok(result)
}

/// What is known before a date.
struct Past {
    rows: Vec<Row>,
    observed: Observed,
    assumed: Assumptions,
    first: i32,
}

impl Past {
    fn of(events: &[Event], assumed: &Assumptions, day: i32) -> Past {
        let earlier = events.iter().filter(|event| event.day < day && left_out(event).is_none());
        let observed = Observed::of(earlier);
        let rows = rows(events, &observed, assumed, Some(day));
        let first = rows.iter().map(|row| row.day).min().unwrap_or(day);
        let assumed = Assumptions { hype: assumed.hype.filter(|hype| *hype < day), ..*assumed };
        Past { rows, observed, assumed, first }
    }
}

/// What the events say at one draw: their ln density, and where sentiment and the sign of results stand after the last.
#[derive(Debug, Clone, Copy)]
struct Look {
    ln: f64,
    states: PerState,
    signs: Signs,
    /// The year of the last day of results.
    signs_at: f64,
}

fn looks(past: &Past, draws: &[Vec<f64>]) -> Vec<Look> {
    let part = |draws: &[Vec<f64>]| -> Vec<Look> {
        let mut density = Density::new(&past.rows, &past.assumed);
        let look = |u: &Vec<f64>| {
            let ln = density.events(u);
            let (signs, signs_at) = density.last_sign();
            let states = density.smoothed().given_past.last().copied().unwrap_or([1.0 / 3.0; 3]);
            Look { ln, states, signs, signs_at }
        };
        draws.iter().map(look).collect()
    };
    draws.par_chunks(64).flat_map_iter(part).collect()
}

/// A posterior of some date.
struct Fit {
    sample: Sample,
    draws: Vec<Vec<f64>>,
    looks: Vec<Look>,
    /// R̂, divergences, draws.
    health: (f64, usize, usize),
}

impl Refit {
    fn of(past: &Past, day: i32) -> Refit {
        Refit {
            day,
            k_hat: None,
            evaluations: 0,
            events: past.rows.len(),
            deals: past.rows.iter().filter(|row| row.group.is_deal()).count(),
            tries: 0,
            r_hat: f64::NAN,
            divergences: 0,
            draws: 0,
            refused: None,
        }
    }

    /// Runs chains until they can be used. `None` where it was interrupted, `Some(None)` where they never can.
    fn fit(
        &mut self,
        past: &Past,
        effort: &Effort,
        index: u32,
        near: Option<&Fit>,
        go_on: &(impl Fn() -> bool + Sync),
    ) -> Result<Option<Option<Fit>>, String> {
        for (times, acceptance) in TRIES {
            // A chain that starts in a posterior that is near, with its metric, has half of the tuning behind it.
            let near = near.filter(|_| times == 1).map(|near| &near.sample);
            let tune = if near.is_some() { effort.tune / 2 } else { effort.tune * times };
            let effort = Effort { tune, draws: effort.draws * times, acceptance, ..*effort };
            let drawn = sample(&past.rows, &past.assumed, &effort, index + 1, near, go_on)?;
            let Some(sample) = drawn else { return Ok(None) };
            let health = Health::of(&sample);
            self.tries += 1;
            self.evaluations += sample.gradients;
            (self.r_hat, self.divergences, self.draws) =
                (health.worst_r_hat().1, health.divergences, health.draws);
            self.refused = refused(&health);
            if self.refused.is_none() {
                let draws: Vec<Vec<f64>> = sample.draws().cloned().collect();
                let looks = looks(past, &draws);
                self.evaluations += looks.len() as u64;
                let health = (self.r_hat, self.divergences, self.draws);
                return Ok(Some(Some(Fit { sample, draws, looks, health })));
            }
        }
        Ok(Some(None))
    }
}

/// Draws, what the past says of each, and their weights.
struct Forecast<'f> {
    past: &'f Past,
    fit: &'f Fit,
    looks: &'f [Look],
    weights: &'f [f64],
    seed: u64,
}

impl Forecast<'_> {
    /// Draws by their weights: so many places, evenly through the sum of the weights.
    fn picked(&self, index: u32) -> Vec<usize> {
        let mut draws = Draws::new(self.seed, index, Purpose::prediction(0x20_0000));
        let off = draws.uniform();
        let (mut place, mut sum) = (0, self.weights[0]);
        (0..FORECAST)
            .map(|k| {
                let wanted = (k as f64 + off) / FORECAST as f64;
                while sum < wanted && place + 1 < self.weights.len() {
                    place += 1;
                    sum += self.weights[place];
                }
                place
            })
            .collect()
    }

    fn date(&self, events: &[Event], date: &Date, index: u32) -> Vec<Prediction> {
        let past = self.past;
        let (week, years) = (model::week_of(date.day, past.first), years_since(date.day, past.first));
        let last_week = past.rows.last().map_or(0, |row| row.week);
        let picked = self.picked(index);
        let moods: Vec<(Numbers, Mood)> = picked
            .iter()
            .map(|place| {
                let n = Numbers::of(&self.fit.draws[*place]);
                let look = &self.looks[*place];
                let moves = transition(&n.rates);
                let states = (last_week..week).fold(look.states, |states, _| advance(&states, &moves));
                let signs = later(look.signs, n.results.turn, years - look.signs_at);
                (n, Mood { states, signs })
            })
            .collect();
        let predict = |(k, place): (usize, &usize)| {
            let event = &events[*place];
            let exposure = past.observed.exposure(event);
            let row: Row = model::row(event, &exposure, &past.assumed, past.first);
            let y = event.abnormal(past.assumed.beta)?;
            let mut draws = Draws::new(self.seed, index, Purpose::prediction(0x10_0000 + k as u32));
            let mut forecast = Vec::with_capacity(FORECAST);
            let mut nothing = Vec::with_capacity(FORECAST);
            for (n, mood) in &moods {
                forecast.push(noticed_reaction(n, &row, mood, &past.assumed, &mut draws));
                nothing.push(n.noise(&row) * draws.student());
            }
            Some(Prediction {
                event: *place,
                group: row.group,
                sized: exposure.has_size && exposure.has_market_value,
                y,
                score: score(&mut forecast, y),
                crps_nothing: score(&mut nothing, y).crps,
                crps_past: past_forecast(events, &past.assumed, event, y),
            })
        };
        date.events.iter().enumerate().filter_map(predict).collect()
    }
}

/// Why a date is not predicted from these draws; divergences by the rule of a calibration.
fn refused(health: &Health) -> Option<NotPredicted> {
    let r_hat = health.worst_r_hat().1;
    if r_hat.is_nan() || r_hat > MOST_R_HAT {
        Some(NotPredicted::Disagreed)
    } else if health.divergent() > MOST_DIVERGENT {
        Some(NotPredicted::Diverged)
    } else {
        None
    }
}

/// CRPS of the mean and spread of past reactions with the same expected direction; of all past reactions where there
/// are fewer than three.
fn past_forecast(events: &[Event], assumed: &Assumptions, event: &Event, y: f64) -> f64 {
    let all = events.iter().filter(|other| other.day < event.day && left_out(other).is_none());
    let reactions = |same: bool| -> Vec<f64> {
        all.clone()
            .filter(|other| !same || other.sign == event.sign)
            .filter_map(|other| other.abnormal(assumed.beta))
            .collect()
    };
    let mut past = reactions(true);
    if past.len() < 3 {
        past = reactions(false);
    }
    let n = past.len() as f64;
    let mean = past.iter().sum::<f64>() / n;
    let variance = past.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0);
    crps_normal(mean, variance.sqrt().max(1e-6), y)
}

/// Name of an expected direction.
pub fn sign_name(event: &Event) -> &'static str {
    SIGNS.iter().find(|(sign, _)| *sign == event.sign).map_or("", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "event_id,date,ticker,deal_kind,headline_value_usd_bn,market_cap_before_usd_bn,return_1d_pct,sign_expected,return_20d_pct\n";

    fn run(rows: &str, assumed: &Assumptions, draws: usize) -> Backtest {
        use crate::calibrate::events::{Events, Returns};
        let events = Events::parse("e.csv", &format!("{HEAD}{rows}"), Returns::Unsaid).unwrap().list;
        let effort = Effort { chains: 2, tune: draws, draws, seed: 1, acceptance: 0.8 };
        backtest(&events, assumed, &effort, (10, false), &|| (), &|| true).unwrap()
    }

    fn medians(of: &Backtest) -> Vec<f64> {
        of.predictions.iter().map(|p| p.score.p50).collect()
    }

    /// What came later must not matter: neither events nor twenty days that were not over.
    #[test]
    fn a_forecast_knows_nothing_of_what_came_later() {
        let text = |last: &str| {
            let mut rows = String::new();
            for k in 0..14 {
                let month = 1 + k % 9;
                rows += &format!(
                    "e{k},2025-0{month}-1{},T{k},warrant,{},50,{}.5,positive,3\n",
                    k % 3,
                    k + 1,
                    k % 5
                );
            }
            rows + last
        };
        let plain = run(&text(""), &Assumptions::default(), 60);
        let later = run(&text("z,2025-12-01,Z,warrant,1,50,90,positive,\n"), &Assumptions::default(), 60);
        assert!(plain.not_predicted.len() >= 10 && !plain.predictions.is_empty());
        assert_eq!(medians(&plain)[..], medians(&later)[..plain.predictions.len()]);
    }

    /// Events 10 to 12 lie in one week. That it is hype by definition of the last's day is no knowledge of the day before.
    #[test]
    fn a_forecast_does_not_know_that_its_own_week_is_hype() {
        let mut rows = String::new();
        for k in 0..10 {
            rows +=
                &format!("e{k},2025-0{}-01,T{k},warrant,{},50,{}.5,positive,3\n", 1 + k % 8, k + 1, k % 5);
        }
        for (k, day) in [4, 5, 6, 7].iter().enumerate() {
            rows += &format!("f{k},2025-09-0{day},F{k},warrant,{},50,8,positive,3\n", k + 1);
        }
        let hype = 20_337; // 2025-09-06
        let first = 20_089; // 2025-01-01
        assert_eq!(model::week_of(hype, first), model::week_of(hype - 2, first));
        let plain = run(&rows, &Assumptions::default(), 15);
        let told = run(&rows, &Assumptions { hype: Some(hype), ..Assumptions::default() }, 15);
        let days = |of: &Backtest| of.refits.iter().map(|refit| refit.day).collect::<Vec<i32>>();
        assert_eq!(days(&plain), [hype - 2, hype - 1, hype, hype + 1]);
        for (plain, told) in plain.refits.iter().zip(&told.refits) {
            assert_eq!(plain == told, plain.day <= hype, "{plain:?} {told:?}");
        }
    }

    #[test]
    fn draws_that_cannot_be_used_are_not_scored() {
        use crate::calibrate::diagnostics::Diagnosis;
        use crate::calibrate::model::DIMENSION;
        let good = Diagnosis { r_hat: 1.04, ess_bulk: 90.0, ess_tail: 80.0 };
        let mut health = Health { by_number: vec![good; DIMENSION], chains: 2, draws: 800, divergences: 1 };
        assert_eq!(refused(&health), None);
        health.divergences = 2;
        assert_eq!(refused(&health), Some(NotPredicted::Diverged));
        health.by_number[7].r_hat = 1.06;
        assert_eq!(refused(&health), Some(NotPredicted::Disagreed));
    }

    #[test]
    fn an_interrupted_backtest_says_so() {
        use crate::calibrate::events::{Events, Returns};
        let rows: String = (0..12)
            .map(|k| format!("e{k},2025-01-{},T{k},warrant,{},50,2,positive,3\n", 10 + k, k + 1))
            .collect();
        let events = Events::parse("e.csv", &format!("{HEAD}{rows}"), Returns::Unsaid).unwrap().list;
        let done =
            backtest(&events, &Assumptions::default(), &effort(1), (10, false), &|| (), &|| false).unwrap();
        assert!(!done.complete && done.predictions.is_empty() && done.refits.is_empty());
    }
}
