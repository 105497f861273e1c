//! The study as `summary.json` has it: drivers with their names, every effect with the word whether it is told from 0.

use super::{Driver, Luck, Outcome, Player, Sensitivity, ranked};
use crate::estimate::sensitivity::{Elementary, is_separated, is_told};
use crate::estimate::{RatioEstimate, by_name};
use crate::input::Grade;
use serde::{Serialize, Serializer};

#[derive(Serialize)]
struct Shown<'a> {
    rows: usize,
    trajectories: usize,
    paths_simulated: u64,
    unwinds: u64,
    outcomes: Vec<Explained<'a>>,
    separation: Vec<Separated<'a>>,
}

#[derive(Serialize)]
struct Explained<'a> {
    measure: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    headline: Option<RatioEstimate>,
    undefined: u64,
    luck: &'a Luck,
    #[serde(serialize_with = "by_name")]
    by_grade: Vec<(&'static str, Effect)>,
    numbers: Vec<Number<'a>>,
}

#[derive(Serialize)]
struct Number<'a> {
    number: &'a str,
    addresses: &'a [String],
    grade: &'static str,
    shapley: Effect,
    first: Effect,
    total: Effect,
    morris: Option<Elementary>,
    rank_correlation: Effect,
    lowest_tenth: RatioEstimate,
    highest_tenth: RatioEstimate,
}

/// An estimate and whether it is told from 0.
#[derive(Serialize)]
struct Effect {
    #[serde(flatten)]
    estimate: RatioEstimate,
    told_from_0: bool,
}

#[derive(Serialize)]
struct Separated<'a> {
    #[serde(flatten)]
    distance: RatioEstimate,
    number: &'a str,
    told_from_0: bool,
}

fn effect(estimate: RatioEstimate) -> Effect {
    Effect { estimate, told_from_0: is_told(&estimate) }
}

/// For serde: the estimate as an effect.
pub fn told<S: Serializer>(estimate: &RatioEstimate, to: S) -> Result<S::Ok, S::Error> {
    effect(*estimate).serialize(to)
}

fn number<'a>(players: &'a [Player], driver: &Driver) -> Number<'a> {
    let player = &players[driver.player];
    let [lowest_tenth, highest_tenth] = driver.tails;
    Number {
        number: &player.name,
        addresses: &player.addresses,
        grade: player.grade.word(),
        shapley: effect(driver.shapley),
        first: effect(driver.first),
        total: effect(driver.total),
        morris: driver.morris,
        rank_correlation: effect(driver.rank),
        lowest_tenth,
        highest_tenth,
    }
}

fn explained<'a>(players: &'a [Player], outcome: &'a Outcome) -> Explained<'a> {
    let grades = Grade::ALL.into_iter();
    Explained {
        measure: &outcome.name,
        headline: outcome.headline,
        undefined: outcome.undefined,
        luck: &outcome.luck,
        by_grade: grades.map(|grade| (grade.word(), effect(outcome.by_grade[grade as usize]))).collect(),
        numbers: ranked(outcome).into_iter().map(|driver| number(players, driver)).collect(),
    }
}

fn separated<'a>((player, distance): (&'a Player, &RatioEstimate)) -> Separated<'a> {
    Separated { distance: *distance, number: &player.name, told_from_0: is_separated(distance) }
}

impl Serialize for Sensitivity {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        Shown {
            rows: self.rows,
            trajectories: self.trajectories,
            paths_simulated: self.paths,
            unwinds: self.unwinds,
            outcomes: self.outcomes.iter().map(|outcome| explained(&self.players, outcome)).collect(),
            separation: self.players.iter().zip(&self.separation).map(separated).collect(),
        }
        .serialize(to)
    }
}
