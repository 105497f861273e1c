//! One path by its number: the random numbers that it is made of, by name. The same addresses as in a run, so an
//! independent program can follow the path.

use crate::market::prices::shock_at;
use crate::market::sentiment::uniform_at;
use crate::plan::Plan;
use crate::state::draw::{Purpose, normal1};

/// Every random number of one path, step by step.
#[derive(Debug, Clone, PartialEq)]
pub struct Draws {
    pub market: Vec<f64>,
    pub sector: Vec<f64>,
    /// By company: the price shock and the announcement's noise.
    pub companies: Vec<(String, Vec<f64>, Vec<f64>)>,
    pub labs: Vec<(String, Vec<f64>)>,
    /// The uniform that decides sentiment's move.
    pub sentiment: Vec<f64>,
}

pub fn draws(plan: &Plan, seed: u64, path: u64) -> Draws {
    let steps = 0..plan.clock.steps;
    let shock =
        |which: usize| -> Vec<f64> { steps.clone().map(|n| shock_at(seed, path, n, which)).collect() };
    let count = plan.actors.companies.len();
    let noise = |i: usize| -> Vec<f64> {
        steps.clone().map(|n| normal1(seed, path, n, Purpose::announcement(i as u32), 0)).collect()
    };
    Draws {
        market: shock(0),
        sector: shock(1),
        companies: (0..count)
            .map(|i| (plan.actors.companies[i].name.clone(), shock(2 + i), noise(i)))
            .collect(),
        labs: plan
            .actors
            .labs
            .iter()
            .enumerate()
            .map(|(l, lab)| (lab.name.clone(), shock(2 + count + l)))
            .collect(),
        sentiment: steps.map(|n| uniform_at(seed, path, n)).collect(),
    }
}
