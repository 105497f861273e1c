//! Loops whose sums are known: the geometric loop through the engine, and games whose Shapley values are published.

use crate::books::{Origin, Party};
use crate::deals::compute;
use crate::engine::Run;
use crate::estimate::shapley::Shapley;
use crate::studies::attribute::{attribute, multiplier};
use crate::studies::simulator::Simulator;
use crate::studies::verify::{Figure, Tolerance, columns, plan_of};
use std::ops::ControlFlow;

/// A vendor puts back ψ of what the lab pays it, the part c of that in credits; the lab pays out all it has from the
/// second step on. `revenue` is the lab's, a year.
fn scenario(psi: f64, credits: f64, cash: f64, revenue: f64) -> String {
    format!(
        r#"
[scenario]
name = "Geometric loop"
start = 2025-01-01
years = 4.0
steps_per_year = 12

[market]
volatility = 0.1
sector_volatility = 0.0
rate = 0.04

[[lab]]
name = "Lab"
cash = {cash:?}
revenue = {{ annual = {revenue:?}, growth = 0.0, volatility = 0.3 }}
opex = 0.0
mark = 100.0
restructure = {{ cut = 0.0 }}
round = {{ trigger = 1.0, gap = 0.0, runway = 1.0, multiple = [10.0, 10.0, 10.0], appetite = [0.0, 0.0, 0.0] }}

[[company]]
name = "Vendor"
market_cap = 100.0
volatility = 0.0
cash = 0.0
earnings = 0.0
margin = 1.0

[[compute]]
lab = "Lab"
company = "Vendor"
contracts = [{{ announced = 2024-12-01, notional = 50000.0, starts = 2025-02-01, term = 10.0 }}]

[[vendor_equity]]
company = "Vendor"
lab = "Lab"
ratio = {psi:?}
credits = {credits:?}
"#
    )
}

/// Rounds below the model's slack of 1e-9 do not take place, and 47 is not for ever.
fn nearly(what: impl Into<String>, expected: f64, obtained: f64) -> Figure {
    Figure { what: what.into(), expected, obtained, tolerance: Tolerance::Exact(1e-8) }
}

const OUTSIDE: f64 = 10.0;

pub fn geometric(perturb: bool) -> Vec<Figure> {
    let psi = 0.5;
    let plan = plan_of(&scenario(if perturb { 0.51 } else { psi }, 0.0, OUTSIDE, 0.0));
    let ([paid, raised], finished) = columns(&plan, &Run::new(1, 8), ["paid", "capital.raised"]);
    let bills = (Party::Lab(0), Party::Company(0), compute::COMPUTE);
    let edge = finished.flows.edges.iter().position(|edge| *edge == bills).unwrap_or_default();
    let [first, again] = [Origin::Savings, Origin::Recycled].map(|o| finished.flows.mean(edge, o).0);
    vec![
        nearly("paid", OUTSIDE / (1.0 - psi), paid[0]),
        nearly("raised", OUTSIDE * psi / (1.0 - psi), raised[0]),
        nearly("recycled share of payments", psi, again / (first + again)),
    ]
}

pub fn multiplier_of_loop(perturb: bool) -> Vec<Figure> {
    let psi = 0.4;
    let plan = plan_of(&scenario(if perturb { 0.41 } else { psi }, 0.0, 5.0, 12.0));
    let found = multiplier(&mut Simulator::engine(), &plan, &Run::new(1, 64), |_| ControlFlow::Continue(()));
    let found = found.ok().map_or((f64::NAN, f64::NAN), |found| {
        (found.value.value, found.gain.map_or(f64::NAN, |gain| gain.value))
    });
    vec![nearly("multiplier", 1.0 / (1.0 - psi), found.0), nearly("loop gain", psi, found.1)]
}

/// Cash and credits of one vendor are two loops: with ψ_S the part of a payment that comes back under S, G = Oψ_S/(1 − ψ_S).
pub fn attribution(perturb: bool) -> Vec<Figure> {
    let (psi, credits) = (0.6, 0.25);
    let plan = plan_of(&scenario(psi, if perturb { 0.26 } else { credits }, OUTSIDE, 0.0));
    let Ok(found) =
        attribute(&mut Simulator::engine(), &plan, &Run::new(1, 8), |_| ControlFlow::Continue(()))
    else {
        return Vec::new();
    };
    let raised = |psi: f64| OUTSIDE * psi / (1.0 - psi);
    let (cash, credit, both) = (raised((1.0 - credits) * psi), raised(credits * psi), raised(psi));
    let value = |name: &str| {
        found
            .loops
            .iter()
            .find(|(which, _)| *which == name)
            .map_or(f64::NAN, |(_, effect)| effect.value.value)
    };
    vec![
        nearly("cash cheques", (cash + both - credit) / 2.0, value("vendor_equity")),
        nearly("credits", (credit + both - cash) / 2.0, value("credits")),
        nearly(
            "interaction",
            both - cash - credit,
            found.interactions.first().map_or(f64::NAN, |pair| pair.index.value),
        ),
        nearly("all loops", both, found.raised.added.value),
        nearly("causal share", 1.0, found.share.value),
    ]
}

fn values(players: usize, game: impl Fn(usize) -> f64) -> Vec<f64> {
    let coalitions: Vec<Vec<f64>> = (0..1 << players).map(|coalition| vec![game(coalition)]).collect();
    let mut shapley = Shapley::new(players);
    shapley.add(&coalitions.iter().map(Vec::as_slice).collect::<Vec<_>>());
    shapley.values().iter().map(|value| value.value).collect()
}

/// A left glove and two right ones.
pub fn gloves(perturb: bool) -> Vec<Figure> {
    let worth = if perturb { 1.1 } else { 1.0 };
    let found = values(3, |coalition| if coalition & 1 == 1 && coalition & 6 != 0 { worth } else { 0.0 });
    let expected = [2.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0];
    (0..3).map(|k| Figure::exact(format!("player {}", k + 1), expected[k], found[k])).collect()
}

/// Runways of 1, 2 and 4.
pub fn airport(perturb: bool) -> Vec<Figure> {
    let longest = if perturb { 5.0 } else { 4.0 };
    let found = values(3, |coalition| match coalition {
        0 => 0.0,
        1 => 1.0,
        2 | 3 => 2.0,
        _ => longest,
    });
    let expected = [1.0 / 3.0, 5.0 / 6.0, 17.0 / 6.0];
    (0..3).map(|k| Figure::exact(format!("player {}", k + 1), expected[k], found[k])).collect()
}
