//! What a set of numbers predicts: draws of an event's reaction, the scores of such predictions, and made-up events for
//! tests of the calibration itself. Drawn from laws on addressed streams: nothing here is a function of a uniform
//! that a design would choose.

use super::model::{Assumptions, Group, Numbers, Row};
use super::regimes::PerState;
use super::results::Signs;
use crate::estimate::forecast::crps;
use crate::state::draw::{AddressedRng, Purpose, StandardNormal, StandardUniform, StudentT};

/// A stream of random numbers at an address.
#[derive(Debug, Clone)]
pub struct Draws {
    rng: AddressedRng,
    student: StudentT<f64>,
}

impl Draws {
    pub fn new(seed: u64, path: u32, purpose: Purpose) -> Draws {
        let student = StudentT::new(4.0).expect("4 degrees of freedom are a number of them");
        Draws { rng: AddressedRng::new(seed, u64::from(path), purpose), student }
    }

    pub fn synthetic(seed: u64, path: u32) -> Draws {
        Draws::new(seed, path, Purpose::synthetic(7))
    }

    pub fn uniform(&mut self) -> f64 {
        self.rng.drawn(&StandardUniform)
    }

    pub fn normal(&mut self) -> f64 {
        self.rng.drawn(&StandardNormal)
    }

    /// With 4 degrees of freedom.
    pub fn student(&mut self) -> f64 {
        self.rng.drawn(&self.student)
    }

    pub fn state(&mut self, chances: &PerState) -> usize {
        let u = self.uniform();
        if u < chances[0] {
            0
        } else if u < chances[0] + chances[1] {
            1
        } else {
            2
        }
    }
}

/// How likely each sentiment of a row's week is, and each sign of results on its day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Mood {
    pub states: PerState,
    pub signs: Signs,
}

/// A draw of y + shift, and for a deal of its jump.
pub fn reaction(n: &Numbers, row: &Row, mood: &Mood, draws: &mut Draws) -> (f64, f64) {
    let noise = n.noise_around(row) * draws.student();
    match row.group {
        Group::Deal { kind } => {
            let state = draws.state(&mood.states);
            let (ln, spread) = n.jump(kind, row, row.x);
            let jump = n.response[state] * libm::exp(ln + spread * draws.normal());
            (jump + noise + row.shift, jump)
        }
        Group::Results => {
            let step = if draws.uniform() < mood.signs[0] { n.results.step } else { -n.results.step };
            (n.results.mu + step + noise, 0.0)
        }
        Group::Rest(group) => (n.mu[group] + noise, 0.0),
    }
}

/// Draws after which an event gets into the file whatever its size: no likely numbers need as many.
const MOST_TRIES: usize = 10_000;

/// A draw of y + shift of an event that got into the file, which small moves do more rarely.
pub fn noticed_reaction(
    n: &Numbers,
    row: &Row,
    mood: &Mood,
    assumed: &Assumptions,
    draws: &mut Draws,
) -> f64 {
    for _ in 0..MOST_TRIES {
        let y = reaction(n, row, mood, draws).0;
        if assumed.chance >= 1.0 || y.abs() >= assumed.threshold || draws.uniform() < assumed.chance {
            return y;
        }
    }
    reaction(n, row, mood, draws).0
}

/// How good a prediction by a sample was, once the outcome is known.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Score {
    /// Share of the sample below the outcome: uniform over events where the predictions are right.
    pub pit: f64,
    /// Continuous ranked probability score, in the outcome's unit; less is better.
    pub crps: f64,
    pub p5: f64,
    pub p25: f64,
    pub p50: f64,
    pub p75: f64,
    pub p95: f64,
}

/// Scores a sample, which it sorts.
pub fn score(sample: &mut [f64], outcome: f64) -> Score {
    sample.sort_by(f64::total_cmp);
    let n = sample.len() as f64;
    let below = sample.partition_point(|x| *x < outcome) as f64;
    let at = |p: f64| sample[((n - 1.0) * p).round() as usize];
    Score {
        pit: (below + 0.5) / (n + 1.0),
        crps: crps(sample, outcome),
        p5: at(0.05),
        p25: at(0.25),
        p50: at(0.5),
        p75: at(0.75),
        p95: at(0.95),
    }
}

impl Score {
    /// Does the central interval of 50% or 90% hold the outcome?
    pub fn within(&self, level: f64) -> bool {
        (self.pit - 0.5).abs() <= level / 2.0
    }
}

/// CRPS of a normal forecast, in closed form (Gneiting and Raftery 2007).
pub fn crps_normal(mean: f64, sd: f64, outcome: f64) -> f64 {
    let z = (outcome - mean) / sd;
    let cdf = crate::state::maths::normal_cdf1(z);
    let density = libm::exp(-z * z / 2.0) / (2.0 * std::f64::consts::PI).sqrt();
    sd * (z * (2.0 * cdf - 1.0) + 2.0 * density - 1.0 / std::f64::consts::PI.sqrt())
}

/// Numbers drawn from the prior.
#[cfg(test)]
pub fn from_prior(draws: &mut Draws) -> Vec<f64> {
    super::model::PARAMETERS.iter().map(|number| number.mean + number.sd * draws.normal()).collect()
}

/// Rows without outcomes: kinds, classes, sizes and dates by a fixed pattern over two and a half years.
#[cfg(test)]
pub fn design(n: usize) -> Vec<Row> {
    (0..n)
        .map(|k| Row {
            event: k,
            day: 0,
            week: k * 130 / n,
            years: k as f64 * 2.5 / n as f64,
            group: match k % 8 {
                6 => Group::Rest(k / 8 % 3),
                3 => Group::Results,
                _ => Group::Deal { kind: [0, 4, 1, 2, 3, 5, 0][k % 7] },
            },
            class: k % 4,
            x: -5.0 + 6.0 * ((k * 7 % n) as f64 / n as f64),
            x_sd: if k % 3 == 0 { 0.6 } else { 0.0 },
            confounded: k % 9 == 4,
            shift: 0.0,
            y: f64::NAN,
            after: (k % 2 == 0).then_some(f64::NAN),
        })
        .collect()
}

/// Outcomes for rows, with a course of sentiment of their own.
#[cfg(test)]
pub fn simulate(n: &Numbers, design: &[Row], draws: &mut Draws) -> Vec<Row> {
    use super::regimes::{STATES, transition};
    use super::results::later;
    let moves = transition(&n.rates);
    let weeks = design.iter().map(|row| row.week + 1).max().unwrap_or(1);
    let mut course = vec![draws.state(&[1.0 / STATES as f64; STATES])];
    for week in 1..weeks {
        let next = draws.state(&moves[course[week - 1]]);
        course.push(next);
    }
    let mut last = ([0.5; 2], 0.0);
    design
        .iter()
        .map(|row| {
            let mut mood = Mood { states: [0.0; STATES], signs: [0.0; 2] };
            mood.states[course[row.week]] = 1.0;
            if row.group == Group::Results {
                let chances = later(last.0, n.results.turn, row.years - last.1);
                let sign = usize::from(draws.uniform() >= chances[0]);
                mood.signs[sign] = 1.0;
                last = (mood.signs, row.years);
            }
            let (y, jump) = reaction(n, row, &mood, draws);
            let after = n.drift - n.gone() * jump + n.noise_after(row) * draws.student();
            let deal = matches!(row.group, Group::Deal { .. });
            Row { y: y - row.shift, after: row.after.filter(|_| deal).map(|_| after), ..row.clone() }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::maths::normal_quantile1;

    /// With a quarter of the chance, the odds of a small move are a quarter of what they were.
    #[test]
    fn small_moves_are_noticed_more_rarely() {
        let n = Numbers::of(&from_prior(&mut Draws::synthetic(1, 3)));
        let mood = Mood { states: [0.2, 0.5, 0.3], signs: [0.4, 0.6] };
        for row in design(8) {
            let odds = |chance: f64| {
                let assumed = Assumptions { chance, ..Assumptions::default() };
                let mut draws = Draws::synthetic(2, 11);
                let is_small = |_| {
                    let y = noticed_reaction(&n, &row, &mood, &assumed, &mut draws);
                    f64::from(y.abs() < assumed.threshold)
                };
                let small: f64 = (0..20_000).map(is_small).sum();
                small / (20_000.0 - small)
            };
            let ratio = odds(0.25) / odds(1.0);
            assert!((ratio / 0.25 - 1.0).abs() < 0.1, "{:?}: {ratio}", row.group);
        }
    }

    #[test]
    fn scores_of_known_predictions() {
        // N(0, 1) at 0: 2φ(0) − 1/√π = 0.233695; at 1: 0.602441 (scoringRules, crps_norm).
        assert!((crps_normal(0.0, 1.0, 0.0) - 0.233_694_97).abs() < 1e-7);
        assert!((crps_normal(0.0, 1.0, 1.0) - 0.602_440_9).abs() < 1e-6);
        assert!((crps_normal(1.0, 2.0, 3.0) - 2.0 * 0.602_440_9).abs() < 1e-6);
        let n = 20_001;
        let mut sample: Vec<f64> =
            (0..n).map(|k| normal_quantile1((f64::from(k) + 0.5) / f64::from(n))).collect();
        let found = score(&mut sample, 1.0);
        assert!((found.crps - 0.602_440_9).abs() < 1e-3, "{found:?}");
        assert!((found.pit - 0.841_344_7).abs() < 1e-3 && (found.p95 - 1.644_85).abs() < 1e-3);
        assert!(found.within(0.9) && !found.within(0.5));
    }
}
