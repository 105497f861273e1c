//! The random numbers that a path is made of, by name, at the same addresses as in a run, so an independent program can
//! follow the path.

use crate::events::deferral;
use crate::events::marks::tender_at;
use crate::market::prices::{factor_shock_at, shock_at};
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
    /// Of the labs that have a factor, its normals.
    pub factors: Vec<(String, Vec<f64>)>,
    /// Of the labs that may ask for time, the uniform that decides a request.
    pub deferrals: Vec<(String, Vec<f64>)>,
    /// The uniform that decides sentiment's move.
    pub sentiment: Vec<f64>,
    /// Of the labs whose old shares change hands, the uniforms that say when.
    pub tenders: Vec<(String, Vec<f64>)>,
}

pub fn draws(plan: &Plan, seed: u64, path: u64) -> Draws {
    let steps = 0..plan.clock.steps;
    let shock =
        |which: usize| -> Vec<f64> { steps.clone().map(|n| shock_at(seed, path, n, which)).collect() };
    let count = plan.actors.companies.len();
    let noise = |i: usize| -> Vec<f64> {
        steps.clone().map(|n| normal1(seed, path, n, Purpose::announcement(i as u32), 0)).collect()
    };
    let labs = || plan.actors.labs.iter().enumerate();
    let factor =
        |l: usize| -> Vec<f64> { steps.clone().map(|n| factor_shock_at(seed, path, n, l)).collect() };
    let tender = |l: usize| {
        let uniforms = steps.clone().map(|n| tender_at(seed, path, n, l)).collect();
        (plan.actors.labs[l].name.clone(), uniforms)
    };
    let asked =
        |l: usize| -> Vec<f64> { steps.clone().map(|n| deferral::uniform_at(seed, path, n, l)).collect() };
    Draws {
        market: shock(0),
        sector: shock(1),
        companies: (0..count)
            .map(|i| (plan.actors.companies[i].name.clone(), shock(2 + i), noise(i)))
            .collect(),
        labs: labs().map(|(l, lab)| (lab.name.clone(), shock(2 + count + l))).collect(),
        factors: labs()
            .filter(|(_, lab)| lab.factor.is_some())
            .map(|(l, lab)| (lab.name.clone(), factor(l)))
            .collect(),
        deferrals: labs()
            .filter(|(l, _)| plan.deferrals.as_ref().is_some_and(|deferrals| deferrals.terms[*l].is_some()))
            .map(|(l, lab)| (lab.name.clone(), asked(l)))
            .collect(),
        sentiment: steps.clone().map(|n| uniform_at(seed, path, n)).collect(),
        tenders: plan.marks.tenders.iter().map(|t| tender(t.lab)).collect(),
    }
}
