//! The points of a design: which numbers each path takes from a and from b, and whose luck.

use super::{Player, ROWS_TOGETHER};
use crate::engine::{Design, Run};
use crate::plan::Plan;
use crate::plan::conditional::Conditional;
use crate::plan::parameters::{Parameters, Sampler, Sampling};
use crate::state::LANES;
use crate::state::draw::{Purpose, uniform53};

/// What a set of the design takes from b.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Set {
    A,
    B,
    /// Luck only.
    Luck,
    /// A player's numbers; those correlated with them follow.
    Swap(usize),
    /// A player's numbers, given all others.
    Redraw(usize),
    /// The first so many in the row's order, given the others.
    Walk(u16),
}

pub(super) fn sets(players: &[Player]) -> Vec<Set> {
    let mut sets = vec![Set::A, Set::B, Set::Luck];
    sets.extend((0..players.len()).map(Set::Swap));
    sets.extend((0..players.len()).filter(|p| players[*p].correlated).map(Set::Redraw));
    sets.extend((1..=players.len()).map(|l| Set::Walk(l as u16)));
    sets
}

/// The points of a design. Players by number; luck comes after them.
pub(super) struct Points<'a> {
    parameters: &'a Parameters,
    conditional: Conditional,
    sampling: Sampling,
    pub(super) rows: usize,
    /// By dimension.
    player_of: Vec<usize>,
    pub(super) sets: Vec<Set>,
    players: usize,
    /// By row and player, luck last: when it is redrawn, from 1.
    places: Vec<u16>,
    /// Points on four levels and steps over half of them, for elementary effects; else drawn.
    levels: bool,
}

impl<'a> Points<'a> {
    pub(super) fn new(
        plan: &'a Plan,
        run: &Run,
        players: &[Player],
        rows: usize,
        sets: Vec<Set>,
        levels: bool,
    ) -> Self {
        // Followers of a table's leader belong to nobody: their uniforms are not used.
        let mut player_of = vec![usize::MAX; plan.uncertain.len()];
        for (number, player) in players.iter().enumerate() {
            player.dimensions.iter().for_each(|d| player_of[*d] = number);
        }
        Points {
            parameters: &plan.parameters,
            conditional: if levels { Conditional::default() } else { plan.parameters.conditional() },
            sampling: Sampling { seed: run.seed, sampler: Sampler::Plain, paths: 2 * rows as u64 },
            rows,
            player_of,
            sets,
            players: players.len(),
            places: places(run.seed, rows, players.len(), levels),
            levels,
        }
    }

    pub(super) fn place(&self, row: usize, player: usize) -> u16 {
        self.places[row * (self.players + 1) + player]
    }

    /// The numbers' values on the first paths.
    pub(super) fn values(&self, paths: usize) -> Vec<Vec<f64>> {
        let numbers = self.player_of.len();
        let mut values = vec![Vec::with_capacity(paths); numbers];
        let mut some = vec![0.0; numbers * ROWS_TOGETHER];
        for first in (0..paths).step_by(ROWS_TOGETHER) {
            let count = ROWS_TOGETHER.min(paths - first);
            self.parameters(first as u64, count, &mut some[..numbers * count]);
            for (column, more) in values.iter_mut().zip(some.chunks_exact(count)) {
                column.extend_from_slice(more);
            }
        }
        values
    }

    /// Uniforms of rows of a and of b, by dimension and row.
    pub(super) fn latent(&self, row: usize, count: usize) -> [Vec<f64>; 2] {
        let size = self.player_of.len() * count;
        let mut a = vec![0.0; size];
        let mut b = vec![0.0; size];
        self.parameters.latent(&self.sampling, row as u64, count, &mut a);
        if self.levels {
            for (a, b) in a.iter_mut().zip(&mut b) {
                *a = ((*a * 4.0).floor() + 0.5) / 4.0;
                *b = if *a < 0.5 { *a + 0.5 } else { *a - 0.5 };
            }
        } else {
            self.parameters.latent(&self.sampling, (self.rows + row) as u64, count, &mut b);
        }
        [a, b]
    }
}

/// Orders of the players. Eight rows are one batch of the engine and have their luck redrawn at the same time; the other
/// players of a row come in an order of its own.
fn places(seed: u64, rows: usize, players: usize, levels: bool) -> Vec<u16> {
    let mut places = Vec::with_capacity(rows * (players + 1));
    let mut of_luck = 0;
    for row in 0..rows {
        let mut drawn = 0;
        let mut below = |bound: usize| {
            drawn += 1;
            let u = uniform53(seed, row as u64, Purpose::ORDER, drawn - 1);
            ((u * bound as f64) as usize).min(bound - 1)
        };
        let luck = 1 + below(players + 1);
        if row.is_multiple_of(LANES) {
            // Elementary effects are of numbers: luck stays as it is.
            of_luck = if levels { players + 1 } else { luck };
        }
        let mut order: Vec<usize> = (1..=players + 1).filter(|place| *place != of_luck).collect();
        for last in (1..order.len()).rev() {
            order.swap(last, below(last + 1));
        }
        places.extend(order.into_iter().chain([of_luck]).map(|place| place as u16));
    }
    places
}

impl Design for Points<'_> {
    fn parameters(&self, first: u64, paths: usize, out: &mut [f64]) {
        let numbers = self.player_of.len();
        let (mut base, mut from, mut point) = (vec![0.0; numbers], vec![0.0; numbers], vec![0.0; numbers]);
        let mut done = 0;
        while done < paths {
            let at = first as usize + done;
            let (set, row) = (at / self.rows, at % self.rows);
            let count = (self.rows - row).min(paths - done);
            // A part may reach past the last path.
            let set = self.sets.get(set).copied().unwrap_or(Set::A);
            let [a, b] = self.latent(row, count);
            for k in 0..count {
                let (one, other) = match set {
                    Set::Redraw(_) | Set::Walk(_) => (&b, &a),
                    _ => (&a, &b),
                };
                for d in 0..numbers {
                    base[d] = one[d * count + k];
                    from[d] = other[d * count + k];
                }
                let held = |d: usize| match set {
                    Set::A | Set::Luck => false,
                    Set::B => true,
                    Set::Swap(player) => self.player_of[d] == player,
                    Set::Redraw(player) => self.player_of[d] != player,
                    Set::Walk(l) => {
                        let player = self.player_of[d];
                        player != usize::MAX && self.place(row + k, player) > l
                    }
                };
                self.conditional.mix(&base, &from, held, &mut point);
                for d in 0..numbers {
                    out[d * paths + done + k] = point[d];
                }
            }
            done += count;
        }
        self.parameters.values(paths, out);
    }

    fn shocks(&self, first: u64) -> u64 {
        let (set, row) = (first as usize / self.rows, first as usize % self.rows);
        let others = match self.sets.get(set) {
            Some(Set::B | Set::Luck) => true,
            Some(Set::Walk(l)) => self.place(row, self.players) <= *l,
            _ => false,
        };
        if others { (self.rows + row) as u64 } else { row as u64 }
    }
}
