//! Leave forward out: calibrate on everything before a date, predict the distribution of that date's reactions, go on.
//!
//! A forecast knows of its event what is known when it is announced (kind, size, market value, expected direction) and
//! of earlier events everything but returns over twenty days that were not over. That a week is hype by definition is
//! known after its day, not before. Each date has its own posterior, by shorter chains than a calibration; where these
//! disagree, or trajectories diverge, they run again, longer and with shorter steps (`TRIES`), and if the last try
//! is no better, the date is not predicted. The scores are those of [`super::predict`].

use super::diagnostics::{Health, MOST_DIVERGENT};
use super::events::{Event, SIGNS};
use super::exposure::Observed;
use super::fit::{LEAST_DEALS, LeftOut, left_out};
use super::model::{self, Assumptions, Density, Group, Likelihood, Numbers, Row, rows, t4_quantile};
use super::predict::{Draws, Score, crps_normal, noticed_reaction, score};
use super::regimes::{advance, transition};
use super::sampler::{Effort, sample};
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
    pub predictions: Vec<Prediction>,
    pub not_predicted: Vec<(usize, NotPredicted)>,
    /// Dates with a posterior of their own.
    pub refits: Vec<Refit>,
    /// False when the run was interrupted.
    pub complete: bool,
}

/// How a date's posterior was had, or why not.
#[derive(Debug, Clone, PartialEq)]
pub struct Refit {
    pub day: i32,
    /// Events before it, and the deals among them.
    pub events: usize,
    pub deals: usize,
    /// 1 where the first try was good enough; what follows is of the last.
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

/// `done` is called after each date; `go_on` says whether to, after each draw.
pub fn backtest(
    events: &[Event],
    assumed: &Assumptions,
    effort: &Effort,
    history: usize,
    done: &(impl Fn() + Sync),
    go_on: &(impl Fn() -> bool + Sync),
) -> Result<Backtest, String> {
    let (dates, mut not_predicted) = plan(events, history);
    // Dates cost more or less by the number of events before them and of tries: each is a task of its own.
    let refits: Result<Vec<_>, String> = dates
        .par_iter()
        .enumerate()
        .with_max_len(1)
        .map(|(index, date)| {
            let refit = refit(events, assumed, effort, index as u32, date, go_on)?;
            if refit.is_some() {
                done();
            }
            Ok(refit)
        })
        .collect();
    let all = refits?;
    let complete = all.iter().all(Option::is_some);
    let (mut predictions, mut refits) = (Vec::new(), Vec::new());
    for ((refit, predicted), date) in all.into_iter().zip(&dates).filter_map(|(all, date)| Some((all?, date)))
    {
        predictions.extend(predicted);
        if let Some(why) = refit.refused {
            not_predicted.extend(date.events.iter().map(|place| (*place, why)));
        }
        refits.push(refit);
    }
    not_predicted.sort_by_key(|(place, _)| *place);
    Ok(Backtest { assumed: *assumed, effort: *effort, history, predictions, not_predicted, refits, complete })
}

/// `None` where it was interrupted.
fn refit(
    events: &[Event],
    assumed: &Assumptions,
    effort: &Effort,
    index: u32,
    date: &Date,
    go_on: &(impl Fn() -> bool + Sync),
) -> Result<Option<(Refit, Vec<Prediction>)>, String> {
    let earlier = events.iter().filter(|event| event.day < date.day && left_out(event).is_none());
    let observed = Observed::of(earlier);
    let past = rows(events, &observed, assumed, Some(date.day));
    let first = past.iter().map(|row| row.day).min().unwrap_or(date.day);
    let assumed = &Assumptions { hype: assumed.hype.filter(|day| *day < date.day), ..*assumed };
    let mut refit = Refit {
        day: date.day,
        events: past.len(),
        deals: past.iter().filter(|row| matches!(row.group, Group::Deal { .. })).count(),
        tries: 0,
        r_hat: f64::NAN,
        divergences: 0,
        draws: 0,
        refused: None,
    };
    let mut drawn = None;
    for (times, acceptance) in TRIES {
        let effort = Effort { tune: effort.tune * times, draws: effort.draws * times, acceptance, ..*effort };
        let sample = sample(&past, assumed, Likelihood::Right, &effort, index + 1, None, go_on)?;
        let Some(sample) = sample else { return Ok(None) };
        let health = Health::of(&sample);
        refit.tries += 1;
        (refit.r_hat, refit.divergences, refit.draws) =
            (health.worst_r_hat().1, health.divergences, health.draws);
        refit.refused = refused(&health);
        if refit.refused.is_none() {
            drawn = Some(sample);
            break;
        }
    }
    let Some(drawn) = drawn else { return Ok(Some((refit, Vec::new()))) };
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
    let mut predictions = Vec::new();
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
                forecast.push(noticed_reaction(n, &row, states, assumed, &mut draws));
                nothing.push(n.noise(&row) * t4_quantile(draws.uniform()));
            }
        }
        predictions.push(Prediction {
            event: *place,
            group: row.group,
            sized: exposure.has_size && exposure.has_market_value,
            y,
            score: score(&mut forecast, y),
            crps_nothing: score(&mut nothing, y).crps,
            crps_past: past_forecast(events, assumed, event, y),
        });
    }
    Ok(Some((refit, predictions)))
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
    /// Dates that needed more than one try.
    pub fn longer(&self) -> usize {
        self.refits.iter().filter(|refit| refit.tries > 1).count()
    }

    fn accepted(&self) -> impl Iterator<Item = &Refit> {
        self.refits.iter().filter(|refit| refit.refused.is_none())
    }

    /// The largest that was accepted.
    pub fn worst_r_hat(&self) -> f64 {
        self.accepted().map(|refit| refit.r_hat).fold(1.0, f64::max)
    }

    /// Of the posteriors that forecasts were made from.
    pub fn divergences(&self) -> usize {
        self.accepted().map(|refit| refit.divergences).sum()
    }

    pub fn draws(&self) -> usize {
        self.accepted().map(|refit| refit.draws).sum()
    }

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

    const HEAD: &str = "event_id,date,ticker,deal_kind,headline_value_usd_bn,market_cap_before_usd_bn,return_1d_pct,sign_expected,return_20d_pct\n";

    fn run(rows: &str, assumed: &Assumptions, draws: usize) -> Backtest {
        use crate::calibrate::events::{Events, Returns};
        let events = Events::parse("e.csv", &format!("{HEAD}{rows}"), Returns::Unsaid).unwrap().list;
        let effort = Effort { chains: 2, tune: draws, draws, seed: 1, acceptance: 0.8 };
        backtest(&events, assumed, &effort, 10, &|| (), &|| true).unwrap()
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
        let done = backtest(&events, &Assumptions::default(), &effort(1), 10, &|| (), &|| false).unwrap();
        assert!(!done.complete && done.predictions.is_empty() && done.refits.is_empty());
    }
}
