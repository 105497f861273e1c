//! A calibration: from events to the posterior, what it says in the scenario's terms, how well it fits.

use super::density::Density;
use super::diagnostics::{Diagnosis, Health, diagnose};
use super::events::Event;
use super::exposure::{Class, Observed};
use super::model::{Assumptions, DIMENSION, GROUPS, Group, Numbers, PARAMETERS, Row, rows, years_since};
use super::predict::{Draws, Mood, noticed_reaction, reaction, score};
use super::regimes::{PerState, STATE_NAMES, STATES};
use super::sampler::{Effort, Sample, sample};
use crate::estimate::proportion::wilson;
use crate::state::draw::Purpose;

/// A number of the posterior file: its name, what it is, and how it is read off a draw.
pub struct Column {
    pub name: &'static str,
    pub doc: &'static str,
    /// Scenarios draw from it. The years are those from the first event to the day as of which elasticities are given.
    pub of: fn(&Numbers, f64) -> f64,
}

const fn column(name: &'static str, doc: &'static str, of: fn(&Numbers, f64) -> f64) -> Column {
    Column { name, doc, of }
}

/// The columns of `posterior.csv`. A contract's elasticity is the geometric mean over the four kinds of contracts: how a
/// contract that is still to come will be made known, nobody knows.
pub const COLUMNS: &[Column] = &[
    column("elasticity", "η of a contract, company of USD 200 bn or more", |n, t| {
        contract(n, Class::Large, t)
    }),
    column("elasticity_middle", "the same, USD 10 to 200 bn", |n, t| contract(n, Class::Middle, t)),
    column("elasticity_small", "the same, below USD 10 bn", |n, t| contract(n, Class::Small, t)),
    column("exponent", "θ", |n, _| n.theta),
    column("noise", "σ_a", |n, _| n.sigma),
    column("response_hype", "ρ in hype: 1, which fixes the scale", |n, _| n.response[0]),
    column("response_neutral", "ρ in neutral", |n, _| n.response[1]),
    column("response_suspicion", "ρ in suspicion", |n, _| n.response[2]),
    column("half_life", "h of the premium, years", |n, _| n.half_life),
    column("decay", "κ: how fast the market gets used to such news, a year", |n, _| n.decay),
    column("elasticity_stake", "η of an investment in the company, USD 200 bn or more", |n, t| {
        libm::exp(n.ln_elasticity(Class::Large, t) + n.kind[4])
    }),
    column("exponent_stake", "θ: one exponent for contracts and stakes", |n, _| n.theta),
    column("times_compute_commitment", "η of a compute contract over that of a contract", |n, _| over(n, 0)),
    column("times_chip_supply", "η of chip supply over that of a contract", |n, _| over(n, 1)),
    column("times_warrant", "η of a contract with a warrant over that of a contract", |n, _| over(n, 2)),
    column("times_earnings_backlog", "η of a reported backlog over that of a contract", |n, _| over(n, 3)),
    column("rate_hype_neutral", "λ from hype to neutral, a year", |n, _| n.rates[0][1]),
    column("rate_hype_suspicion", "λ from hype to suspicion", |n, _| n.rates[0][2]),
    column("rate_neutral_hype", "λ from neutral to hype", |n, _| n.rates[1][0]),
    column("rate_neutral_suspicion", "λ from neutral to suspicion", |n, _| n.rates[1][2]),
    column("rate_suspicion_hype", "λ from suspicion to hype", |n, _| n.rates[2][0]),
    column("rate_suspicion_neutral", "λ from suspicion to neutral", |n, _| n.rates[2][1]),
    column("noise_day_large", "scale of a day's noise, USD 200 bn or more", |n, _| {
        n.scale[Class::Large as usize]
    }),
    column("noise_day_middle", "the same, USD 10 to 200 bn", |n, _| n.scale[Class::Middle as usize]),
    column("noise_day_small", "the same, below USD 10 bn", |n, _| n.scale[Class::Small as usize]),
    column("times_confounded", "noise of a confounded day over that of another", |n, _| n.confounded),
    column("times_deal", "noise around a deal's jump over that of an ordinary day", |n, _| n.deal),
    column("move_results", "log return on a day of results, over good and bad times", |n, _| n.results.mu),
    column("step_results", "how far good and bad times lie from that", |n, _| n.results.step),
    column("spread_results", "scale of results beside the day's noise", |n, _| n.results.omega),
    column("turns_results", "how often good and bad times of results turn, a year", |n, _| n.results.turn),
    column("move_adverse", "log return on a rival's or customer's move away", |n, _| n.mu[0]),
    column("move_doubt", "log return on a report of doubt", |n, _| n.mu[1]),
    column("move_ambiguous", "log return on news that can be read either way", |n, _| n.mu[2]),
];

/// ln of what a contract's kind multiplies η by, on average over the four kinds.
fn average_kind(n: &Numbers) -> f64 {
    n.kind[..4].iter().sum::<f64>() / 4.0
}

fn contract(n: &Numbers, class: Class, years: f64) -> f64 {
    libm::exp(n.ln_elasticity(class, years) + average_kind(n))
}

fn over(n: &Numbers, kind: usize) -> f64 {
    libm::exp(n.kind[kind] - average_kind(n))
}

/// How a column is distributed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    pub mean: f64,
    pub sd: f64,
    pub p5: f64,
    pub p25: f64,
    pub p50: f64,
    pub p75: f64,
    pub p95: f64,
}

impl Summary {
    pub fn of(mut values: Vec<f64>) -> Summary {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let sd = (values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)).sqrt();
        values.sort_by(f64::total_cmp);
        let at = |p: f64| values[((n - 1.0) * p).round() as usize];
        Summary { mean, sd, p5: at(0.05), p25: at(0.25), p50: at(0.5), p75: at(0.75), p95: at(0.95) }
    }
}

/// A column's posterior beside its prior.
#[derive(Debug, Clone)]
pub struct Estimated {
    pub name: &'static str,
    pub doc: &'static str,
    pub posterior: Summary,
    pub prior: Summary,
    pub diagnosis: Diagnosis,
    /// Of the mean: sd over the root of the effective draws.
    pub se: f64,
    /// The events narrow its 90% interval to less than [`NARROWED`] of the prior's.
    pub identified: bool,
}

pub const NARROWED: f64 = 0.75;

/// Why an event was not used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeftOut {
    PostHoc,
    NoReturn,
    /// Not before the day that the calibration pretends to be made on.
    Later,
}

impl LeftOut {
    pub fn why(self) -> &'static str {
        match self {
            LeftOut::PostHoc => "explains a move already under way",
            LeftOut::NoReturn => "has no return",
            LeftOut::Later => "comes later",
        }
    }
}

pub fn left_out(event: &Event) -> Option<LeftOut> {
    match (event.post_hoc, event.reaction) {
        (true, _) => Some(LeftOut::PostHoc),
        (_, None) => Some(LeftOut::NoReturn),
        _ => None,
    }
}

/// How an event that was used compares with what the posterior predicts of it.
#[derive(Debug, Clone)]
pub struct Fitted {
    pub event: usize,
    pub group: Group,
    pub class: usize,
    /// ln(D/M) and its standard deviation.
    pub x: f64,
    pub x_sd: f64,
    /// Abnormal log return, and the predictive quantiles and rank.
    pub y: f64,
    pub p5: f64,
    pub p50: f64,
    pub p95: f64,
    pub pit: f64,
    /// P(sentiment of its week | all events).
    pub states: PerState,
}

/// A figure of the events beside the same figure of replicated events.
#[derive(Debug, Clone)]
pub struct Check {
    pub what: &'static str,
    pub observed: f64,
    pub p5: f64,
    pub p50: f64,
    pub p95: f64,
    /// P(replicated ≥ observed).
    pub p_value: f64,
}

#[derive(Debug, Clone)]
pub struct Calibration {
    pub assumed: Assumptions,
    /// Only what was known before this day was used.
    pub until: Option<i32>,
    pub effort: Effort,
    pub sample: Sample,
    pub health: Health,
    pub columns: Vec<Estimated>,
    pub fitted: Vec<Fitted>,
    /// Mean probability of each sentiment by week, from the first usable event's.
    pub weeks: Vec<PerState>,
    pub first_day: i32,
    /// The day as of which elasticities are given: that of `--hype`, else the last event's.
    pub as_of: i32,
    pub checks: Vec<Check>,
    pub left_out: Vec<(usize, LeftOut)>,
    /// Predicted reaction to a contract of a large company by ln(D/M), for each sentiment.
    pub bands: Vec<Band>,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Band {
    pub x: f64,
    pub by_state: [Summary; STATES],
}

/// Why there is no calibration.
#[derive(Debug)]
pub enum Failure {
    /// Too few events of a kind that says anything.
    TooFew(String),
    Sampler(String),
    Interrupted,
}

/// First and last day of the events that are used, where the day that is hype by definition does not lie between them:
/// it would define nothing.
pub fn hype_outside(events: &[Event], assumed: &Assumptions, until: Option<i32>) -> Option<(i32, i32)> {
    let hype = assumed.hype?;
    let used = events.iter().filter(|event| left_out(event).is_none());
    let days = used.map(|event| event.day).filter(|day| until.is_none_or(|until| *day < until));
    let (first, last) = days.fold((i32::MAX, i32::MIN), |(a, b), day| (a.min(day), b.max(day)));
    (first <= last && !(first..=last).contains(&hype)).then_some((first, last))
}

/// Fewer deals than this say nothing.
pub const LEAST_DEALS: usize = 10;
/// Draws that predictions are made from.
const PREDICTIONS: usize = 1000;

/// `until` leaves out what was not known before that day: later events, and returns over twenty days that were not over.
pub fn calibrate(
    events: &[Event],
    assumed: &Assumptions,
    until: Option<i32>,
    effort: &Effort,
    tick: &(impl Fn() -> bool + Sync),
) -> Result<Calibration, Failure> {
    let left_out = |event: &Event| match until {
        Some(until) if event.day >= until => Some(LeftOut::Later),
        _ => left_out(event),
    };
    let observed = Observed::of(events.iter().filter(|event| left_out(event).is_none()));
    let rows = rows(events, &observed, assumed, until);
    let deals = rows.iter().filter(|row| row.group.is_deal()).count();
    if deals < LEAST_DEALS {
        return Err(Failure::TooFew(format!(
            "{deals} deals with a return and `positive` in sign_expected; at least {LEAST_DEALS} are needed"
        )));
    }
    let sample = sample(&rows, assumed, effort, 0, None, tick)
        .map_err(Failure::Sampler)?
        .ok_or(Failure::Interrupted)?;
    let health = Health::of(&sample);
    let first_day = rows.iter().map(|row| row.day).min().unwrap_or(0);
    let last_day = rows.iter().map(|row| row.day).max().unwrap_or(0);
    let as_of = assumed.hype.unwrap_or(last_day);
    let as_of_years = years_since(as_of, first_day);
    let columns = columns(&sample, as_of_years, effort.seed);
    let thinned = thin(&sample, PREDICTIONS);
    let (fitted, weeks, checks) = check(events, &rows, assumed, &thinned, effort.seed);
    let left = events.iter().enumerate().filter_map(|(k, event)| Some((k, left_out(event)?))).collect();
    let bands = bands(&rows, &thinned, as_of_years, effort.seed);
    Ok(Calibration {
        assumed: *assumed,
        until,
        effort: *effort,
        sample,
        health,
        columns,
        fitted,
        weeks,
        first_day,
        as_of,
        checks,
        left_out: left,
        bands,
    })
}

/// Every so many draws, about `wanted` of them.
pub fn thin(sample: &Sample, wanted: usize) -> Vec<Vec<f64>> {
    let every = (sample.len() / wanted).max(1);
    sample.draws().step_by(every).cloned().collect()
}

fn columns(sample: &Sample, years: f64, seed: u64) -> Vec<Estimated> {
    let numbers: Vec<Vec<Numbers>> =
        sample.chains.iter().map(|chain| chain.iter().map(|draw| Numbers::of(draw)).collect()).collect();
    let mut draws = Draws::new(seed, 0, Purpose::prediction(1));
    let prior: Vec<Numbers> = (0..4000)
        .map(|_| {
            let u: Vec<f64> = PARAMETERS.iter().map(|p| p.mean + p.sd * draws.normal()).collect();
            Numbers::of(&u)
        })
        .collect();
    COLUMNS
        .iter()
        .map(|column| {
            let chains: Vec<Vec<f64>> =
                numbers.iter().map(|chain| chain.iter().map(|n| (column.of)(n, years)).collect()).collect();
            let posterior = Summary::of(chains.iter().flatten().copied().collect());
            let before = Summary::of(prior.iter().map(|n| (column.of)(n, years)).collect());
            let fixed = posterior.sd == 0.0;
            let diagnosis = if fixed {
                Diagnosis { r_hat: f64::NAN, ess_bulk: f64::NAN, ess_tail: f64::NAN }
            } else {
                diagnose(&chains)
            };
            let se = if fixed { 0.0 } else { posterior.sd / diagnosis.ess_bulk.sqrt() };
            let identified = (posterior.p95 - posterior.p5) < NARROWED * (before.p95 - before.p5);
            Estimated {
                name: column.name,
                doc: column.doc,
                posterior,
                prior: before,
                diagnosis,
                se,
                identified,
            }
        })
        .collect()
}

/// Predictions of the events that were fitted, and figures of replicated event files. A replication draws, for each
/// draw of the numbers, a sentiment for each week from its probability given all events, then every reaction; under
/// selection, those that would be in the file.
fn check(
    events: &[Event],
    rows: &[Row],
    assumed: &Assumptions,
    thinned: &[Vec<f64>],
    seed: u64,
) -> (Vec<Fitted>, Vec<PerState>, Vec<Check>) {
    let mut density = Density::new(rows, assumed);
    let weeks = rows.iter().map(|row| row.week + 1).max().unwrap_or(1);
    let mut mean = vec![[0.0; STATES]; weeks];
    let mut replicated: Vec<Vec<f64>> = vec![Vec::with_capacity(thinned.len()); rows.len()];
    let mut files: Vec<Vec<f64>> = Vec::with_capacity(thinned.len());
    for (k, u) in thinned.iter().enumerate() {
        let n = Numbers::of(u);
        let given = density.states(u).given_all.clone();
        let mut signs = density.signs().iter();
        let mut draws = Draws::new(seed, k as u32, Purpose::prediction(2));
        let course: Vec<usize> = given.iter().map(|states| draws.state(states)).collect();
        for (sum, states) in mean.iter_mut().zip(&given) {
            for s in 0..STATES {
                sum[s] += states[s] / thinned.len() as f64;
            }
        }
        let mut file = Vec::with_capacity(rows.len());
        for (place, row) in rows.iter().enumerate() {
            let mut mood = Mood { states: [0.0; STATES], signs: [0.5; 2] };
            mood.states[course[row.week]] = 1.0;
            if row.group == Group::Results
                && let Some(given) = signs.next()
            {
                mood.signs = *given;
            }
            let y = noticed_reaction(&n, row, &mood, assumed, &mut draws);
            replicated[place].push(y);
            file.push(y);
        }
        files.push(file);
    }
    let outcome: Vec<f64> = rows.iter().map(|row| row.y + row.shift).collect();
    let fitted: Vec<Fitted> = rows
        .iter()
        .zip(&mut replicated)
        .zip(&outcome)
        .map(|((row, sample), y)| {
            let score = score(sample, *y);
            Fitted {
                event: row.event,
                group: row.group,
                class: row.class,
                x: row.x,
                x_sd: row.x_sd,
                y: *y,
                p5: score.p5,
                p50: score.p50,
                p95: score.p95,
                pit: score.pit,
                states: mean[row.week],
            }
        })
        .collect();
    debug_assert!(fitted.iter().all(|f| f.event < events.len()));
    let checks = FIGURES
        .iter()
        .filter_map(|(what, figure)| {
            let observed = figure(rows, &outcome)?;
            let values: Vec<f64> = files.iter().filter_map(|file| figure(rows, file)).collect();
            let above = values.iter().filter(|value| **value >= observed).count();
            let p_value = above as f64 / values.len() as f64;
            let s = Summary::of(values);
            Some(Check { what, observed, p5: s.p5, p50: s.p50, p95: s.p95, p_value })
        })
        .collect();
    (fitted, mean, checks)
}

type Figure = fn(&[Row], &[f64]) -> Option<f64>;

/// What replicated events are compared by.
const FIGURES: &[(&str, Figure)] = &[
    ("median reaction to a deal", |rows, y| median(deals(rows, y))),
    ("spread of reactions to deals (sd)", |rows, y| spread(deals(rows, y))),
    ("largest reaction to a deal", |rows, y| deals(rows, y).into_iter().reduce(f64::max)),
    ("smallest reaction to a deal", |rows, y| deals(rows, y).into_iter().reduce(f64::min)),
    ("share of deals on which the share fell", |rows, y| {
        let all = deals(rows, y);
        let fell = all.iter().filter(|y| **y < 0.0).count();
        (!all.is_empty()).then(|| fell as f64 / all.len() as f64)
    }),
    ("reactions by size: slope of |y| on ln(D/M), contracts", |rows, y| {
        let pairs: Vec<(f64, f64)> = rows
            .iter()
            .zip(y)
            .filter(|(row, _)| matches!(row.group, Group::Deal { kind } if kind < 4))
            .map(|(row, y)| (row.x, y.abs()))
            .collect();
        let n = pairs.len() as f64;
        let (mx, my) =
            (pairs.iter().map(|p| p.0).sum::<f64>() / n, pairs.iter().map(|p| p.1).sum::<f64>() / n);
        let sxx: f64 = pairs.iter().map(|p| (p.0 - mx) * (p.0 - mx)).sum();
        let sxy: f64 = pairs.iter().map(|p| (p.0 - mx) * (p.1 - my)).sum();
        (pairs.len() > 2 && sxx > 0.0).then_some(sxy / sxx)
    }),
    ("median reaction to a doubt", |rows, y| {
        median(rows.iter().zip(y).filter(|(row, _)| row.group == Group::Rest(1)).map(|(_, y)| *y).collect())
    }),
];

fn deals(rows: &[Row], y: &[f64]) -> Vec<f64> {
    rows.iter().zip(y).filter(|(row, _)| row.group.is_deal()).map(|(_, y)| *y).collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}

fn spread(values: Vec<f64>) -> Option<f64> {
    (values.len() > 1).then(|| Summary::of(values).sd)
}

/// Predicted reactions to contracts, the four kinds in turn, over the sizes that the events have.
fn bands(rows: &[Row], thinned: &[Vec<f64>], years: f64, seed: u64) -> Vec<Band> {
    let sizes: Vec<f64> = rows
        .iter()
        .filter(|row| matches!(row.group, Group::Deal { kind } if kind < 4) && row.x_sd < 1.0)
        .map(|row| row.x)
        .collect();
    let low = sizes.iter().copied().fold(f64::INFINITY, f64::min);
    let high = sizes.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low >= high || !low.is_finite() {
        return Vec::new();
    }
    const STEPS: usize = 24;
    (0..=STEPS)
        .map(|step| {
            let x = low + (high - low) * step as f64 / STEPS as f64;
            let row = Row {
                event: 0,
                day: 0,
                week: 0,
                years,
                group: Group::Deal { kind: 0 },
                class: Class::Large as usize,
                x,
                x_sd: 0.0,
                confounded: false,
                shift: 0.0,
                y: 0.0,
                after: None,
            };
            let by_state = std::array::from_fn(|state| {
                let mut mood = Mood { states: [0.0; STATES], signs: [0.5; 2] };
                mood.states[state] = 1.0;
                let values = (0..4 * thinned.len()).map(|k| {
                    let n = Numbers::of(&thinned[k % thinned.len()]);
                    let row = Row { group: Group::Deal { kind: k % 4 }, ..row.clone() };
                    // The same shocks at every size, so that the bands are smooth.
                    let mut draws = Draws::new(seed, k as u32, Purpose::prediction(3));
                    reaction(&n, &row, &mood, &mut draws).0
                });
                Summary::of(values.collect())
            });
            Band { x, by_state }
        })
        .collect()
}

impl Calibration {
    pub fn column(&self, name: &str) -> Option<&Estimated> {
        self.columns.iter().find(|column| column.name == name)
    }

    /// Share of the events in the central interval of a level.
    pub fn coverage(&self, level: f64) -> f64 {
        let within = self.fitted.iter().filter(|f| (f.pit - 0.5).abs() <= level / 2.0).count();
        within as f64 / self.fitted.len() as f64
    }

    /// Its 95% interval, as if events were independent.
    pub fn coverage_interval(&self, level: f64) -> (f64, f64) {
        let n = self.fitted.len() as u64;
        wilson((self.coverage(level) * n as f64).round() as u64, n)
    }

    /// The likeliest sentiment by spans of weeks: from day, to day, state, its mean probability.
    pub fn spans(&self) -> Vec<(i32, i32, &'static str, f64)> {
        let likeliest =
            |states: &PerState| (0..STATES).max_by(|a, b| states[*a].total_cmp(&states[*b])).unwrap_or(0);
        let day = |week: usize| self.first_day + (week as f64 * 365.25 / 52.0).ceil() as i32;
        let mut spans: Vec<(usize, usize, usize, f64)> = Vec::new();
        for (week, states) in self.weeks.iter().enumerate() {
            let state = likeliest(states);
            match spans.last_mut() {
                Some(last) if last.2 == state => {
                    last.1 = week;
                    last.3 += states[state];
                }
                _ => spans.push((week, week, state, states[state])),
            }
        }
        spans
            .into_iter()
            .map(|(from, to, state, sum)| {
                (day(from), day(to + 1) - 1, STATE_NAMES[state], sum / (to + 1 - from) as f64)
            })
            .collect()
    }
}

/// What a group is called in tables.
pub fn group_name(group: Group) -> &'static str {
    match group {
        Group::Deal { kind } => super::model::KIND_EFFECTS[kind],
        Group::Results => "on_results",
        Group::Rest(group) => GROUPS[group],
    }
}

const _: () = assert!(DIMENSION == PARAMETERS.len());

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::events::{Events, Returns};

    fn head() -> String {
        "event_id,date,ticker,deal_kind,headline_value_usd_bn,market_cap_before_usd_bn,return_1d_pct,sign_expected,return_20d_pct\n".into()
    }

    fn run(rows: &str, until: Option<i32>) -> Calibration {
        let events = Events::parse("e.csv", &(head() + rows), Returns::Unsaid).unwrap().list;
        let effort = Effort { chains: 2, tune: 40, draws: 40, seed: 1, acceptance: 0.8 };
        calibrate(&events, &Assumptions::default(), until, &effort, &|| true).unwrap()
    }

    /// Against a file that somebody would have kept until that day.
    #[test]
    fn a_calibration_until_a_day_knows_nothing_of_what_came_later() {
        let row = |k: usize, date: &str, after: &str| {
            let value = if k.is_multiple_of(3) { "" } else { "50" };
            format!("e{k},{date},T{},warrant,{},{value},{}.5,positive,{after}\n", k % 7, k + 1, k % 5)
        };
        let early: String = (0..12).map(|k| row(k, &format!("2025-0{}-10", 1 + k % 6), "3")).collect();
        let until = 20_300; // 2025-07-31
        // Of 2025-07-15 twenty trading days are not over; 2025-07-31 is not before.
        let whole = early.clone()
            + &row(12, "2025-07-15", "90")
            + &row(13, "2025-07-31", "90")
            + &row(14, "2025-09-01", "9");
        let kept = early.clone() + &row(12, "2025-07-15", "");
        let (then, kept) = (run(&whole, Some(until)), run(&kept, None));
        assert_eq!(then.sample.chains, kept.sample.chains);
        assert_eq!(then.left_out, [(13, LeftOut::Later), (14, LeftOut::Later)]);
        // Each of the two matters.
        let known = early.clone() + &row(12, "2025-07-15", "90");
        assert!(run(&known, None).sample.chains != kept.sample.chains);
        assert!(run(&whole, Some(until + 1)).sample.chains != kept.sample.chains);
    }
}
