//! Leave forward out: calibrate on everything before a date, predict the distribution of that date's reactions, go on.
//!
//! A forecast knows of its event what is known when it is announced (kind, size, market value, expected direction) and
//! of earlier events everything but returns over twenty days that were not over. Each date has its own posterior, by
//! shorter chains than a calibration; where these disagree they run again, longer, and if they still do, the date is
//! not predicted. The scores are those of [`super::predict`].

use super::diagnostics::Health;
use super::events::{Event, SIGNS};
use super::exposure::Observed;
use super::fit::{LEAST_DEALS, LeftOut, left_out};
use super::model::{self, Assumptions, Density, Group, Likelihood, Numbers, Row, rows, t4_quantile};
use super::predict::{Draws, Score, crps_normal, reaction, score};
use super::regimes::{advance, transition};
use super::sampler::{Effort, sample};
use crate::state::draw::Purpose;
use rayon::prelude::*;

/// Beyond this the chains of a refit disagree.
const MOST_R_HAT: f64 = 1.05;
/// How much longer the second try is.
const LONGER: usize = 4;
/// Draws from each forecast.
const FORECAST: usize = 2000;

/// Effort of each refit.
pub fn effort(seed: u64) -> Effort {
    Effort { chains: 2, tune: 400, draws: 400, seed, acceptance: 0.8 }
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
    /// The chains disagreed, twice.
    Unreliable,
}

impl NotPredicted {
    pub fn why(self) -> &'static str {
        match self {
            NotPredicted::LeftOut(why) => why.why(),
            NotPredicted::TooEarly => "has too few deals before it",
            NotPredicted::Unreliable => "the chains disagreed",
        }
    }
}

#[derive(Debug, Clone)]
pub struct Backtest {
    pub assumed: Assumptions,
    pub effort: Effort,
    pub history: usize,
    pub predictions: Vec<Prediction>,
    pub not_predicted: Vec<(usize, NotPredicted)>,
    /// Dates with a posterior of their own; how many had to run longer; the largest R̂ that was accepted.
    pub refits: usize,
    pub longer: usize,
    pub worst_r_hat: f64,
    pub divergences: usize,
    pub draws: usize,
    /// False when the run was interrupted.
    pub complete: bool,
}

/// The events of one date.
struct Date {
    day: i32,
    events: Vec<usize>,
}

struct Refit {
    predictions: Vec<Prediction>,
    not: Vec<(usize, NotPredicted)>,
    r_hat: f64,
    longer: bool,
    divergences: usize,
    draws: usize,
}

/// How many dates a backtest of these events refits at.
pub fn dates(events: &[Event], history: usize) -> usize {
    plan(events, history).0.len()
}

/// Dates that can be predicted, and the events that cannot.
fn plan(events: &[Event], history: usize) -> (Vec<Date>, Vec<(usize, NotPredicted)>) {
    let is_deal = |event: &Event| left_out(event).is_none() && matches!(Group::of(event), Group::Deal { .. });
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

/// `tick` is called after each date; it says whether to go on.
pub fn backtest(
    events: &[Event],
    assumed: &Assumptions,
    effort: &Effort,
    history: usize,
    tick: &(impl Fn() -> bool + Sync),
) -> Result<Backtest, String> {
    let (dates, mut not_predicted) = plan(events, history);
    let refits: Result<Vec<Option<Refit>>, String> = dates
        .par_iter()
        .enumerate()
        .map(|(index, date)| {
            if !tick() {
                return Ok(None);
            }
            refit(events, assumed, effort, index as u32, date, &tick).map(Some)
        })
        .collect();
    let refits = refits?;
    let complete = refits.iter().all(Option::is_some);
    let mut out = Backtest {
        assumed: *assumed,
        effort: *effort,
        history,
        predictions: Vec::new(),
        not_predicted: Vec::new(),
        refits: 0,
        longer: 0,
        worst_r_hat: 1.0,
        divergences: 0,
        draws: 0,
        complete,
    };
    for refit in refits.into_iter().flatten() {
        out.refits += 1;
        out.longer += usize::from(refit.longer);
        if refit.not.is_empty() {
            out.worst_r_hat = out.worst_r_hat.max(refit.r_hat);
        }
        out.divergences += refit.divergences;
        out.draws += refit.draws;
        out.predictions.extend(refit.predictions);
        not_predicted.extend(refit.not);
    }
    not_predicted.sort_by_key(|(place, _)| *place);
    out.not_predicted = not_predicted;
    Ok(out)
}

fn refit(
    events: &[Event],
    assumed: &Assumptions,
    effort: &Effort,
    index: u32,
    date: &Date,
    _tick: &(impl Fn() -> bool + Sync),
) -> Result<Refit, String> {
    let earlier = events.iter().filter(|event| event.day < date.day && left_out(event).is_none());
    let observed = Observed::of(earlier);
    let past = rows(events, &observed, assumed, Some(date.day));
    let first = past.iter().map(|row| events[row.event].day).min().unwrap_or(date.day);
    let go_on = || true;
    let mut longer = false;
    let draw = |effort: &Effort| {
        sample(&past, assumed, Likelihood::Right, effort, index + 1, None, &go_on)
            .map(|sample| sample.expect("nobody stops it"))
    };
    let mut drawn = draw(effort)?;
    let r_hat = |drawn: &super::sampler::Sample| Health::of(drawn).worst_r_hat().1;
    let mut worst = r_hat(&drawn);
    if worst.is_nan() || worst > MOST_R_HAT {
        longer = true;
        drawn = draw(&Effort { tune: effort.tune * LONGER, draws: effort.draws * LONGER, ..*effort })?;
        worst = r_hat(&drawn);
    }
    let mut refit = Refit {
        predictions: Vec::new(),
        not: Vec::new(),
        r_hat: worst,
        longer,
        divergences: drawn.divergences,
        draws: drawn.len(),
    };
    if worst.is_nan() || worst > MOST_R_HAT {
        refit.not = date.events.iter().map(|place| (*place, NotPredicted::Unreliable)).collect();
        return Ok(refit);
    }
    let week = model::week_of(date.day, first);
    let mut density = Density::new(&past, assumed);
    let numbers: Vec<_> = drawn
        .draws()
        .map(|u| {
            let n = Numbers::of(u);
            let moves = transition(&n.rates);
            let mut states = density.states(u).given_past.last().copied().unwrap_or([1.0 / 3.0; 3]);
            for _ in past.last().map_or(0, |row| row.week)..week {
                states = advance(&states, &moves);
            }
            (n, states)
        })
        .collect();
    for (k, place) in date.events.iter().enumerate() {
        let event = &events[*place];
        let exposure = observed.exposure(event);
        let row: Row = model::row(event, &exposure, assumed, first);
        let Some(y) = event.abnormal(assumed.beta) else { continue };
        let times = FORECAST.div_ceil(numbers.len());
        let mut forecast = Vec::with_capacity(times * numbers.len());
        let mut nothing = Vec::with_capacity(times * numbers.len());
        for round in 0..times {
            let mut draws =
                Draws::new(effort.seed, index, Purpose::prediction(0x10_0000 + (k * 64 + round) as u32));
            for (n, states) in &numbers {
                forecast.push(reaction(n, &row, states, &mut draws).0);
                nothing.push(n.noise(&row) * t4_quantile(draws.uniform()));
            }
        }
        refit.predictions.push(Prediction {
            event: *place,
            group: row.group,
            sized: exposure.has_size && exposure.has_market_value,
            y,
            score: score(&mut forecast, y),
            crps_nothing: score(&mut nothing, y).crps,
            crps_past: past_forecast(events, assumed, event, y),
        });
    }
    Ok(refit)
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

/// Means over a set of predictions; errors by dates, since the events of a date share their market and sentiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    pub n: usize,
    pub within_50: (f64, f64),
    pub within_90: (f64, f64),
    pub crps: (f64, f64),
    pub nothing: (f64, f64),
    pub past: (f64, f64),
    /// CRPS less that of the naive forecast, paired: below 0 where the model is better.
    pub less_nothing: (f64, f64),
    pub less_past: (f64, f64),
}

impl Backtest {
    /// Over the predictions that `which` takes.
    pub fn tally(&self, events: &[Event], which: impl Fn(&Prediction) -> bool) -> Option<Tally> {
        let kept: Vec<&Prediction> = self.predictions.iter().filter(|p| which(p)).collect();
        let of = |value: &dyn Fn(&Prediction) -> f64| {
            clustered(kept.iter().map(|p| (events[p.event].day, value(p))))
        };
        (!kept.is_empty()).then(|| Tally {
            n: kept.len(),
            within_50: of(&|p| f64::from(p.score.within(0.5))),
            within_90: of(&|p| f64::from(p.score.within(0.9))),
            crps: of(&|p| p.score.crps),
            nothing: of(&|p| p.crps_nothing),
            past: of(&|p| p.crps_past),
            less_nothing: of(&|p| p.score.crps - p.crps_nothing),
            less_past: of(&|p| p.score.crps - p.crps_past),
        })
    }

    /// Predictions by tenth of the PIT.
    pub fn pit(&self) -> [usize; 10] {
        let mut bins = [0; 10];
        for p in &self.predictions {
            bins[((p.score.pit * 10.0) as usize).min(9)] += 1;
        }
        bins
    }

    /// The subsets of the table: a name and which predictions are in it.
    pub fn subsets() -> [Subset; 5] {
        [
            ("all", |_| true),
            ("deals", |p| matches!(p.group, Group::Deal { .. })),
            ("deals with size and market value", |p| matches!(p.group, Group::Deal { .. }) && p.sized),
            ("deals with one of them missing", |p| matches!(p.group, Group::Deal { .. }) && !p.sized),
            ("doubts, rivals, ambiguous", |p| matches!(p.group, Group::Rest(_))),
        ]
    }
}

/// A name and which predictions are in it.
pub type Subset = (&'static str, fn(&Prediction) -> bool);

/// Mean with a standard error over clusters: the values of a day are one.
fn clustered(values: impl Iterator<Item = (i32, f64)>) -> (f64, f64) {
    let values: Vec<(i32, f64)> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().map(|(_, x)| x).sum::<f64>() / n;
    let mut sums: Vec<(i32, f64)> = Vec::new();
    for (day, x) in &values {
        match sums.last_mut() {
            Some(last) if last.0 == *day => last.1 += x - mean,
            _ => sums.push((*day, x - mean)),
        }
    }
    let m = sums.len() as f64;
    let square: f64 = sums.iter().map(|(_, sum)| sum * sum).sum();
    let se = if m > 1.0 { (square * m / (m - 1.0)).sqrt() / n } else { f64::NAN };
    (mean, se)
}

/// Name of an expected direction.
pub fn sign_name(event: &Event) -> &'static str {
    SIGNS.iter().find(|(sign, _)| *sign == event.sign).map_or("", |(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a value a day the clustered error is the ordinary one; two equal values a day weigh as one.
    #[test]
    fn errors_are_by_day() {
        let (mean, se) = clustered([(1, 1.0), (2, 2.0), (3, 3.0), (4, 6.0)].into_iter());
        // Standard deviation 2.1602 over √4.
        assert!((mean - 3.0).abs() < 1e-12 && (se - 1.080_123_4).abs() < 1e-6, "{se}");
        let twice = [(1, 1.0), (1, 1.0), (2, 2.0), (2, 2.0), (3, 3.0), (3, 3.0), (4, 6.0), (4, 6.0)];
        let (mean, se) = clustered(twice.into_iter());
        assert!((mean - 3.0).abs() < 1e-12 && (se - 1.080_123_4).abs() < 1e-6, "{se}");
    }

    /// What came later must not matter: neither events nor twenty days that were not over.
    #[test]
    fn a_forecast_knows_nothing_of_what_came_later() {
        use crate::calibrate::events::Events;
        let head = "event_id,date,ticker,deal_kind,headline_value_usd_bn,market_cap_before_usd_bn,return_1d_pct,sign_expected,return_20d_pct\n";
        let text = |last: &str| {
            let mut rows = head.to_string();
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
        let run = |last: &str| {
            let events = Events::parse("e.csv", &text(last)).unwrap().list;
            let effort = Effort { chains: 2, tune: 60, draws: 60, seed: 1, acceptance: 0.8 };
            let done = backtest(&events, &Assumptions::default(), &effort, 10, &|| true).unwrap();
            (done.predictions.iter().map(|p| p.score.p50).collect::<Vec<f64>>(), done.not_predicted.len())
        };
        let (plain, not) = run("");
        let (later, _) = run("z,2025-12-01,Z,warrant,1,50,90,positive,\n");
        assert!(not >= 10);
        assert_eq!(plain[..], later[..plain.len()]);
    }
}
