//! Which uncertain number matters (§2, epistemic against aleatory): first and total order, Shapley effects that stay
//! right when numbers are correlated, elementary effects, rank correlations, and which numbers separate the paths that
//! unwind from those that do not.
//!
//! A path is a function of its uncertain numbers and of luck: everything that is drawn anew in each step, addressed by
//! the path. Luck is treated as one more input. So the effects of all numbers and of luck share out one variance, and the
//! total effect of luck, E[Var(y | numbers)]/Var(y), is the part that no data about the numbers could remove.
//!
//! The rows of the design: a has the numbers and the luck of path j, b those of path N + j. Each set of the design takes
//! some from b, and the rest from a (by `Conditional::mix`, so that correlated numbers keep their law).
//!
//! A measure that is not defined on a path (a share of nothing) is put at the mean of the others there, where it adds
//! nothing of its own; whether it is defined is an outcome besides, with effects of its own.

pub mod command;
mod design;
mod summary;
pub mod words;

use crate::engine::{Run, Unfinished};
use crate::estimate::moments::{Moments, Pairs};
use crate::estimate::sensitivity::{
    Elementary, morris, rank_correlation, separation, shapley_walks, sobol, tail_means,
};
use crate::estimate::{Estimate, RatioEstimate};
use crate::input::{Distribution, Family, Grade, NumberId, Quantity};
use crate::plan::Plan;
use crate::plan::conditional::MOST_JOINED;
use crate::plan::parameters::Sampler;
use crate::scenario::Scenario;
use crate::state::LANES;
use crate::studies::sample::{needed, ratio};
use crate::studies::simulator::Simulator;
use design::{Points, Set, sets};
use serde::Serialize;
use std::ops::ControlFlow;

/// Rows are a multiple of this: a part of the engine's work.
pub const ROWS_TOGETHER: usize = 64;

/// The fraction of paths at either end of a number whose mean outcome is a bar of the tornado.
pub const TAIL: f64 = 0.1;

/// What moves by itself: an uncertain number, the columns of a file (whose rows are drawn as a whole), or what screening
/// put together.
#[derive(Debug, Clone)]
pub struct Player {
    pub name: String,
    /// Addresses of the numbers.
    pub addresses: Vec<String>,
    /// The least known of them.
    pub grade: Grade,
    /// Its numbers that are drawn.
    dimensions: Vec<usize>,
    /// Correlated with a number of another player.
    pub correlated: bool,
}

/// What is asked.
#[derive(Debug, Clone)]
pub struct Terms {
    /// Seed, loops; the paths are the design's.
    pub run: Run,
    pub measures: Vec<String>,
    /// Rows of the screening.
    pub trajectories: usize,
    /// Rows of the main design.
    pub rows: usize,
    /// Numbers studied one by one; those that screening ranks after them are one player together.
    pub most: usize,
}

/// One outcome and what drives it.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The measure; `… is defined` for the indicator beside a measure that is not defined on every path.
    pub name: String,
    /// Over the two independent samples, where defined.
    pub estimate: Estimate,
    /// Of a share: the ratio of means, which its mean over paths is not.
    pub headline: Option<RatioEstimate>,
    /// Paths of these samples on which it is not defined.
    pub undefined: u64,
    pub drivers: Vec<Driver>,
    pub luck: Luck,
    /// Shapley effects of the numbers by grade: filed, reported, estimated, assumed. With luck's they sum to 1.
    pub by_grade: [RatioEstimate; 4],
}

/// The part of luck.
#[derive(Debug, Clone, Copy, Serialize)]
pub struct Luck {
    /// E[Var(y | all numbers)]/Var(y): what no data could remove.
    #[serde(serialize_with = "summary::told")]
    pub total: RatioEstimate,
    /// Var(E[y | luck])/Var(y): luck alone, without its interplay with the numbers.
    #[serde(serialize_with = "summary::told")]
    pub first: RatioEstimate,
    #[serde(serialize_with = "summary::told")]
    pub shapley: RatioEstimate,
}

/// What a player does to an outcome.
#[derive(Debug, Clone, Copy)]
pub struct Driver {
    pub player: usize,
    pub first: RatioEstimate,
    pub total: RatioEstimate,
    pub shapley: RatioEstimate,
    /// Per unit of the number's probability. `None` for what screening put together.
    pub morris: Option<Elementary>,
    pub rank: RatioEstimate,
    /// Mean outcome where the number is in its lowest and highest tenth.
    pub tails: [RatioEstimate; 2],
}

/// A finished study.
#[derive(Debug, Clone)]
pub struct Sensitivity {
    pub players: Vec<Player>,
    pub outcomes: Vec<Outcome>,
    /// By player: how far apart its distributions are on paths that unwind and on those that do not.
    pub separation: Vec<RatioEstimate>,
    pub unwinds: u64,
    pub rows: usize,
    pub trajectories: usize,
    /// Paths simulated in all.
    pub paths: u64,
}

/// Drivers by Shapley effect, the largest first.
pub fn ranked(outcome: &Outcome) -> Vec<&Driver> {
    let mut drivers: Vec<&Driver> = outcome.drivers.iter().collect();
    drivers.sort_by(|a, b| b.shapley.value.total_cmp(&a.shapley.value).then(a.player.cmp(&b.player)));
    drivers
}

/// The players of a scenario.
pub fn players(scenario: &Scenario, plan: &Plan) -> Vec<Player> {
    let conditional = plan.parameters.conditional();
    let grade = |d: &usize| {
        let NumberId(id) = plan.parameters.uncertain()[*d];
        scenario.numbers[id as usize].grade
    };
    let mut players: Vec<Player> = Vec::new();
    for all in plan.parameters.leaders() {
        let leader = all[0];
        let joined = conditional.joined().find(|set| set.contains(&leader));
        // So many that hang together are held or redrawn as one.
        let together = joined.filter(|set| set.len() > MOST_JOINED);
        if let Some(set) = together
            && let Some(player) = players.iter_mut().find(|p| set.contains(&p.dimensions[0]))
        {
            player.dimensions.push(leader);
            player.addresses.extend(all.iter().map(|d| plan.uncertain[*d].clone()));
            player.grade = player.grade.max(all.iter().map(grade).max().unwrap_or(Grade::Assumed));
            continue;
        }
        players.push(Player {
            name: String::new(),
            addresses: all.iter().map(|d| plan.uncertain[*d].clone()).collect(),
            grade: all.iter().map(grade).max().unwrap_or(Grade::Assumed),
            dimensions: vec![leader],
            correlated: joined.is_some() && together.is_none(),
        });
    }
    for player in &mut players {
        player.name = match player.addresses.as_slice() {
            [one] => one.clone(),
            many => match table_of(scenario, many) {
                Some(file) => format!("{file}: {} numbers", many.len()),
                None => format!("{} and {} joined to it", many[0], many.len() - 1),
            },
        };
    }
    players
}

/// The file whose rows the numbers at all these addresses are drawn from; `None` where it is not one file.
fn table_of<'a>(scenario: &'a Scenario, addresses: &[String]) -> Option<&'a str> {
    let of = |address: &String| match &scenario.number(scenario.number_at(address)?).quantity {
        Quantity::Uncertain(Distribution { family: Family::Empirical { table, .. }, .. }) => Some(*table),
        _ => None,
    };
    let first = of(addresses.first()?)?;
    let is_one = addresses.iter().all(|address| of(address) == Some(first));
    let name = is_one.then(|| scenario.tables[first as usize].name.as_str())?;
    Some(name.rsplit('/').next().unwrap_or(name))
}

/// Paths that a design of so many rows simulates.
pub fn paths_of(players: &[Player], rows: usize) -> u64 {
    (sets(players).len() * rows) as u64
}

/// Outputs by measure and set.
struct Outputs {
    rows: usize,
    /// By measure: set after set.
    columns: Vec<Vec<f64>>,
}

impl Outputs {
    fn of(&self, measure: usize, set: usize) -> &[f64] {
        &self.columns[measure][set * self.rows..(set + 1) * self.rows]
    }
}

/// Simulates a design, unless `watch`, which sees how many paths are done, says stop.
fn simulate(
    simulator: &mut Simulator,
    plan: &Plan,
    run: &Run,
    points: &Points,
    measures: &[String],
    watch: &mut (impl FnMut(u64) -> bool + Send),
) -> Result<Outputs, Unfinished> {
    let paths = (points.sets.len() * points.rows) as u64;
    let run = Run { paths, first: 0, end: paths, sampler: Sampler::Plain, ..*run };
    let mut columns = vec![Vec::with_capacity(paths as usize); measures.len()];
    let _ = simulator.design(plan, &run, points, measures, |block| {
        for (kept, column) in columns.iter_mut().zip(&block.columns) {
            kept.extend_from_slice(column);
        }
        let done = block.first + block.paths as u64;
        if watch(done) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    // Those of one shard say nothing either.
    let is_whole = columns.iter().all(|column: &Vec<f64>| column.len() as u64 == paths);
    if is_whole { Ok(Outputs { rows: points.rows, columns }) } else { Err(Unfinished::Stopped) }
}

/// What screening found: by player and measure, elementary effects.
#[derive(Debug, Clone)]
pub struct Screening {
    pub effects: Vec<Vec<Elementary>>,
    pub trajectories: usize,
    /// Paths simulated.
    pub paths: u64,
}

/// Elementary effects (Morris 1991) on four levels of each number's probability, steps over half of them, luck kept:
/// `trajectories` walks of one step per player.
pub fn screen(
    plan: &Plan,
    terms: &Terms,
    players: &[Player],
    mut watch: impl FnMut(u64) -> bool + Send,
) -> Result<Screening, Unfinished> {
    let sets: Vec<Set> = (0..=players.len()).map(|l| Set::Walk(l as u16)).collect();
    let count = sets.len();
    let points = Points::new(plan, &terms.run, players, terms.trajectories, sets, true);
    // It decides what is simulated next: no shard has a part of it.
    let outputs = simulate(&mut Simulator::engine(), plan, &terms.run, &points, &terms.measures, &mut watch)?;
    let effect = |player: usize, measure: usize| {
        let (mut before, mut after, mut steps) = (Vec::new(), Vec::new(), Vec::new());
        let leader = players[player].dimensions[0];
        for row in 0..terms.trajectories {
            let place = usize::from(points.place(row, player));
            let [a, _] = points.latent(row, 1);
            let pair = [outputs.of(measure, place - 1)[row], outputs.of(measure, place)[row]];
            // A step out of or into where the measure is not defined says nothing of its size.
            if pair.iter().all(|value| !value.is_nan()) {
                before.push(pair[0]);
                after.push(pair[1]);
                steps.push(if a[leader] < 0.5 { 0.5 } else { -0.5 });
            }
        }
        morris(&before, &after, &steps)
    };
    let of_player = |player| (0..terms.measures.len()).map(|measure| effect(player, measure)).collect();
    Ok(Screening {
        effects: (0..players.len()).map(of_player).collect(),
        trajectories: terms.trajectories,
        paths: (count * terms.trajectories) as u64,
    })
}

/// The players that are studied one by one, the others together as the last one, and the effects that screening found
/// for the former.
pub fn shortlist(
    players: &[Player],
    screening: &Screening,
    most: usize,
) -> (Vec<Player>, Vec<Option<Vec<Elementary>>>) {
    let importance = |player: usize| {
        let measures = screening.effects[player].len();
        let of = |measure: usize| {
            let all: f64 = screening.effects.iter().map(|e| e[measure].mean_size.value.max(0.0)).sum();
            let own = screening.effects[player][measure].mean_size.value;
            if all > 0.0 && own.is_finite() { own / all } else { 0.0 }
        };
        (0..measures).map(of).fold(0.0, f64::max)
    };
    let mut ranked: Vec<usize> = (0..players.len()).collect();
    ranked.sort_by(|a, b| importance(*b).total_cmp(&importance(*a)).then(a.cmp(b)));
    let moves = |player: &usize| importance(*player) > 0.0;
    let mut one_by_one: Vec<usize> = ranked.iter().copied().filter(moves).take(most).collect();
    one_by_one.sort_unstable();
    let rest: Vec<usize> = (0..players.len()).filter(|p| !one_by_one.contains(p)).collect();
    let mut list: Vec<Player> = one_by_one.iter().map(|p| players[*p].clone()).collect();
    let mut effects: Vec<Option<Vec<Elementary>>> =
        one_by_one.iter().map(|p| Some(screening.effects[*p].clone())).collect();
    match rest.as_slice() {
        [] => {}
        [one] => {
            list.push(players[*one].clone());
            effects.push(Some(screening.effects[*one].clone()));
        }
        many => {
            list.push(Player {
                name: format!("{} other numbers", many.len()),
                addresses: many.iter().flat_map(|p| players[*p].addresses.clone()).collect(),
                grade: many.iter().map(|p| players[*p].grade).max().unwrap_or(Grade::Assumed),
                dimensions: many.iter().flat_map(|p| players[*p].dimensions.clone()).collect(),
                correlated: many.iter().any(|p| players[*p].correlated),
            });
            effects.push(None);
        }
    }
    (list, effects)
}

/// The main design, and everything that is read off it.
pub fn sensitivity(
    simulator: &mut Simulator,
    plan: &Plan,
    terms: &Terms,
    players: Vec<Player>,
    screened: &[Option<Vec<Elementary>>],
    screening: &Screening,
    mut watch: impl FnMut(u64) -> bool + Send,
) -> Result<Sensitivity, Unfinished> {
    let mut measures = terms.measures.clone();
    for name in needed(&terms.measures) {
        if !measures.contains(&name) {
            measures.push(name);
        }
    }
    let unwind = measures.iter().position(|name| name == "unwind").unwrap_or_else(|| {
        measures.push("unwind".into());
        measures.len() - 1
    });
    let points = Points::new(plan, &terms.run, &players, terms.rows, sets(&players), false);
    let outputs = simulate(simulator, plan, &terms.run, &points, &measures, &mut watch)?;
    let values = points.values(2 * terms.rows);
    let mut outcomes = Vec::new();
    for (measure, name) in terms.measures.iter().enumerate() {
        let sample = &outputs.columns[measure][..2 * terms.rows];
        let undefined = sample.iter().filter(|value| value.is_nan()).count() as u64;
        let middle = Moments::of_all(sample).mean;
        let elementary: Vec<Option<Elementary>> =
            screened.iter().map(|effects| effects.as_ref().map(|e| e[measure])).collect();
        let filled: Vec<f64> =
            outputs.columns[measure].iter().map(|y| if y.is_nan() { middle } else { *y }).collect();
        let estimate = Estimate::of(sample.to_vec());
        let headline = ratio(name).map(|(part, whole)| {
            let of = |name: &str| {
                let place = measures.iter().position(|other| other == name).expect("it is needed");
                &outputs.columns[place][..2 * terms.rows]
            };
            let mut pairs = Pairs::default();
            pairs.add(of(part), of(whole));
            pairs.ratio()
        });
        outcomes.push(Outcome {
            undefined,
            headline,
            ..outcome(name.clone(), estimate, &filled, &points, &players, &values, &elementary)
        });
        if undefined > 0 {
            let defined: Vec<f64> =
                outputs.columns[measure].iter().map(|y| f64::from(u8::from(!y.is_nan()))).collect();
            let estimate = Estimate::of(defined[..2 * terms.rows].to_vec());
            let name = format!("{name} is defined");
            let none = vec![None; players.len()];
            outcomes.push(outcome(name, estimate, &defined, &points, &players, &values, &none));
        }
    }
    let unwound: Vec<bool> = outputs.columns[unwind][..2 * terms.rows].iter().map(|u| *u > 0.0).collect();
    let of = |player: &Player| separation(&values[player.dimensions[0]], &unwound);
    Ok(Sensitivity {
        separation: players.iter().map(of).collect(),
        unwinds: unwound.iter().filter(|unwound| **unwound).count() as u64,
        rows: terms.rows,
        trajectories: terms.trajectories,
        paths: outputs.columns[0].len() as u64 + screening.paths,
        players,
        outcomes,
    })
}

/// The effects on one outcome, given by set after set.
fn outcome(
    name: String,
    estimate: Estimate,
    y: &[f64],
    points: &Points,
    players: &[Player],
    values: &[Vec<f64>],
    elementary: &[Option<Elementary>],
) -> Outcome {
    let rows = points.rows;
    let of = |set: Set| {
        let place = points.sets.iter().position(|s| *s == set).expect("a set of the design");
        &y[place * rows..(place + 1) * rows]
    };
    let (a, b) = (of(Set::A), of(Set::B));
    let swapped: Vec<&[f64]> = (0..players.len()).map(|p| of(Set::Swap(p))).chain([of(Set::Luck)]).collect();
    let mut effects = sobol(a, b, &swapped);
    for number in (0..players.len()).filter(|number| players[*number].correlated) {
        // Given the numbers that it is correlated with, not along with them.
        effects[number].total = sobol(a, b, &[of(Set::Redraw(number))])[0].total;
    }
    let of_luck = effects.pop().expect("luck is the last");
    let walks: Vec<&[f64]> =
        std::iter::once(a).chain((1..=players.len()).map(|l| of(Set::Walk(l as u16)))).chain([b]).collect();
    // Who is redrawn from l − 1 to l.
    let mut redrawn = vec![0u16; rows * (players.len() + 1)];
    for row in 0..rows {
        for player in 0..=players.len() {
            redrawn[row * (players.len() + 1) + usize::from(points.place(row, player)) - 1] = player as u16;
        }
    }
    let who = |row: usize, l: usize| usize::from(redrawn[row * (players.len() + 1) + l - 1]);
    let shapley = shapley_walks(&walks, who, players.len() + 1, LANES);
    let grade = |row: usize, l: usize| players.get(who(row, l)).map_or(4, |player| player.grade as usize);
    let by_grade = shapley_walks(&walks, grade, 5, LANES);
    let sample = &y[..2 * rows];
    let drivers = (0..players.len())
        .map(|player| {
            let x = &values[players[player].dimensions[0]];
            let together = elementary[player].is_none() && players[player].dimensions.len() > 1;
            let nothing = RatioEstimate::around(f64::NAN, f64::NAN);
            Driver {
                player,
                first: effects[player].first,
                total: effects[player].total,
                shapley: shapley[player],
                morris: elementary[player],
                rank: if together { nothing } else { rank_correlation(x, sample) },
                tails: if together { [nothing; 2] } else { tail_means(x, sample, TAIL) },
            }
        })
        .collect();
    Outcome {
        name,
        estimate,
        headline: None,
        undefined: 0,
        drivers,
        luck: match players {
            // Without an uncertain number there is nothing else, and nothing to estimate, where the outcome varies.
            [] if of_luck.total.value.is_finite() => {
                let all = RatioEstimate::around(1.0, 0.0);
                Luck { total: all, first: all, shapley: all }
            }
            _ => Luck { total: of_luck.total, first: of_luck.first, shapley: shapley[players.len()] },
        },
        by_grade: std::array::from_fn(|grade| by_grade[grade]),
    }
}
