//! Exact Shapley values of k players from the values of all 2^k coalitions: who shares how in what all achieve beyond
//! none. For the loops of §9, and for the uncertain numbers of a sensitivity study.
//!
//! Coalitions are numbered by their members' bits: number 5 = 1 + 4 is players 0 and 2. φ_i is the mean, over the
//! orders in which players may join, of what i adds: Σ over coalitions S without i of
//! |S|!(k − |S| − 1)!/k! · (v(S ∪ i) − v(S)). It is linear in the coalition values, so each path (or each batch of
//! equal size) has its own φ_i, and the error of their mean is paired by construction.

use super::RatioEstimate;
use super::moments::{Column, Pairs};

/// Players in the largest game: 65,536 runs of it.
pub const MOST_PLAYERS: usize = 16;

#[derive(Debug, Clone)]
pub struct Shapley {
    players: usize,
    /// By players already there, the weight of what one adds.
    weights: Vec<f64>,
    values: Vec<Column>,
    /// φ_i over the value of all together.
    shares: Vec<Pairs>,
}

impl Shapley {
    /// # Panics
    /// With more than [`MOST_PLAYERS`].
    pub fn new(players: usize) -> Shapley {
        assert!(players <= MOST_PLAYERS, "{players} players");
        Shapley {
            players,
            weights: weights(players),
            values: vec![Column::default(); players],
            shares: vec![Pairs::default(); players],
        }
    }

    /// Adds the next paths: for each coalition in the order of its number, the value on each path.
    ///
    /// # Panics
    /// Unless there are 2^k coalitions of one length.
    pub fn add(&mut self, coalitions: &[&[f64]]) {
        assert_eq!(coalitions.len(), 1 << self.players, "coalitions");
        let everyone = coalitions[coalitions.len() - 1];
        assert!(coalitions.iter().all(|values| values.len() == everyone.len()), "paths of the coalitions");
        for player in 0..self.players {
            let mut added = vec![0.0; everyone.len()];
            for without in (0..coalitions.len()).filter(|coalition| coalition >> player & 1 == 0) {
                let weight = self.weights[without.count_ones() as usize];
                let (before, after) = (coalitions[without], coalitions[without | 1 << player]);
                for (path, sum) in added.iter_mut().enumerate() {
                    *sum += weight * (after[path] - before[path]);
                }
            }
            self.values[player].add(&added);
            self.shares[player].add(&added, everyone);
        }
    }

    /// φ_i of each player, in the unit of the values. They sum to what all achieve beyond none.
    pub fn values(&self) -> Vec<RatioEstimate> {
        let of = |column: &Column| {
            let moments = column.moments();
            RatioEstimate::around(moments.mean, moments.se())
        };
        self.values.iter().map(of).collect()
    }

    /// φ_i over the mean value of all together. They sum to the share of it that none would not have achieved.
    pub fn shares(&self) -> Vec<RatioEstimate> {
        self.shares.iter().map(Pairs::ratio).collect()
    }
}

/// Shapley interaction indices of all pairs of players (Owen 1972; Grabisch and Roubens 1999): what two achieve together
/// beyond what each adds without the other,
/// I_ij = Σ over coalitions S without i and j of |S|!(k − |S| − 2)!/(k − 1)! · (v(S ∪ ij) − v(S ∪ i) − v(S ∪ j) + v(S)).
/// Above 0 the two need each other, below 0 each stands in for the other. For two players it is the plain interaction.
#[derive(Debug, Clone)]
pub struct Interactions {
    players: usize,
    weights: Vec<f64>,
    /// In the order (0, 1), (0, 2), … (1, 2), ….
    pairs: Vec<(usize, usize, Column)>,
}

impl Interactions {
    /// # Panics
    /// With more than [`MOST_PLAYERS`].
    pub fn new(players: usize) -> Interactions {
        assert!(players <= MOST_PLAYERS, "{players} players");
        // |S|!(k − |S| − 2)!/(k − 1)!: the weights of a game of k − 1 players.
        let weights = weights(players.saturating_sub(1));
        let pair = |i: usize| (i + 1..players).map(move |j| (i, j, Column::default()));
        Interactions { players, weights, pairs: (0..players).flat_map(pair).collect() }
    }

    /// Adds the next paths, as [`Shapley::add`] takes them.
    ///
    /// # Panics
    /// Unless there are 2^k coalitions of one length.
    pub fn add(&mut self, coalitions: &[&[f64]]) {
        assert_eq!(coalitions.len(), 1 << self.players, "coalitions");
        let paths = coalitions[0].len();
        let mut together = vec![0.0; paths];
        for (i, j, column) in &mut self.pairs {
            together.fill(0.0);
            let (i, j) = (1 << *i, 1 << *j);
            for without in (0..coalitions.len()).filter(|coalition| coalition & (i | j) == 0) {
                let weight = self.weights[without.count_ones() as usize];
                let [none, first, second, both] =
                    [without, without | i, without | j, without | i | j].map(|s| coalitions[s]);
                for (path, sum) in together.iter_mut().enumerate() {
                    *sum += weight * ((both[path] - first[path]) - (second[path] - none[path]));
                }
            }
            column.add(&together);
        }
    }

    /// (i, j, I_ij) in the unit of the values.
    pub fn values(&self) -> Vec<(usize, usize, RatioEstimate)> {
        let of = |column: &Column| {
            let moments = column.moments();
            RatioEstimate::around(moments.mean, moments.se())
        };
        self.pairs.iter().map(|(i, j, column)| (*i, *j, of(column))).collect()
    }
}

/// |S|!(k − |S| − 1)!/k! by |S|.
fn weights(players: usize) -> Vec<f64> {
    // = 1/(k · C(k − 1, |S|))
    let mut choose = 1.0;
    (0..players)
        .map(|there| {
            let weight = 1.0 / (players as f64 * choose);
            choose = choose * (players - 1 - there) as f64 / (there + 1) as f64;
            weight
        })
        .collect()
}

/// φ_i of each player of one path, or of one of several values of it: `value(S)` is what coalition S achieves.
pub fn of_one(players: usize, value: impl Fn(usize) -> f64, out: &mut [f64]) {
    let weights = weights(players);
    for (player, sum) in out.iter_mut().enumerate().take(players) {
        let without = (0..1usize << players).filter(|coalition| coalition >> player & 1 == 0);
        *sum = without
            .map(|set| weights[set.count_ones() as usize] * (value(set | 1 << player) - value(set)))
            .sum();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    fn of(game: impl Fn(usize) -> f64, players: usize) -> Vec<f64> {
        let columns: Vec<Vec<f64>> = (0..1 << players).map(|coalition| vec![game(coalition)]).collect();
        let mut shapley = Shapley::new(players);
        shapley.add(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
        shapley.values().iter().map(|estimate| estimate.value).collect()
    }

    fn close(obtained: &[f64], expected: &[f64]) {
        assert_eq!(obtained.len(), expected.len());
        for (obtained, expected) in obtained.iter().zip(expected) {
            assert!((obtained - expected).abs() < 1e-12, "{obtained} {expected}");
        }
    }

    #[test]
    fn known_games() {
        // A left glove and two right ones (Shapley's example): 2/3, 1/6, 1/6.
        let gloves = |coalition: usize| f64::from(coalition & 1 == 1 && coalition & 6 != 0);
        close(&of(gloves, 3), &[2.0 / 3.0, 1.0 / 6.0, 1.0 / 6.0]);
        // The airport game of Littlechild and Owen, runways of 1, 2, 4: 1/3, 1/3 + 1/2, 1/3 + 1/2 + 2.
        let runway = |coalition: usize| if coalition == 0 { 0.0 } else { f64::from(1 << coalition.ilog2()) };
        close(&of(runway, 3), &[1.0 / 3.0, 5.0 / 6.0, 17.0 / 6.0]);
        // The United Nations' Security Council in little: two with a veto, three without, of whom one must agree.
        let council = |coalition: usize| f64::from(coalition & 3 == 3 && coalition >> 2 != 0);
        close(&of(council, 5), &[9.0 / 20.0, 9.0 / 20.0, 1.0 / 30.0, 1.0 / 30.0, 1.0 / 30.0]);
        close(&of(|_| 7.0, 1), &[0.0]);
        assert!(of(|_| 7.0, 0).is_empty());
    }

    #[test]
    fn linear_gaussian_effects() {
        // X₁ + X₂ with standard deviations 1 and 2 and correlation 1/2: the variance that S explains is
        // (1 + ρ·2)² = 4 for X₁, (2 + ρ·1)² = 25/4 for X₂, 7 together; Song, Nelson and Staum (2016).
        let explained = [0.0, 4.0, 6.25, 7.0];
        close(&of(|coalition| explained[coalition], 2), &[19.0 / 8.0, 37.0 / 8.0]);
    }

    #[test]
    fn values_and_shares_add_up_path_by_path() {
        let mut rng = SmallRng::seed_from_u64(1);
        let columns: Vec<Vec<f64>> =
            (0..16).map(|_| (0..3000).map(|_| rng.random::<f64>()).collect()).collect();
        let slices: Vec<&[f64]> = columns.iter().map(Vec::as_slice).collect();
        let mut shapley = Shapley::new(4);
        shapley.add(&slices);
        let mean = |column: &[f64]| column.iter().sum::<f64>() / column.len() as f64;
        let sum: f64 = shapley.values().iter().map(|estimate| estimate.value).sum();
        assert!((sum - (mean(slices[15]) - mean(slices[0]))).abs() < 1e-12);
        let sum: f64 = shapley.shares().iter().map(|estimate| estimate.value).sum();
        assert!((sum - (1.0 - mean(slices[0]) / mean(slices[15]))).abs() < 1e-12);
        let mut cut = Shapley::new(4);
        for start in (0..3000).step_by(500) {
            cut.add(&slices.iter().map(|column| &column[start..start + 500]).collect::<Vec<_>>());
        }
        assert_eq!(cut.values(), shapley.values());
        assert_eq!(cut.shares(), shapley.shares());
    }

    #[test]
    fn the_error_is_paired() {
        // Every coalition's value shares a path's luck, which cancels: player 0 adds 1 ± noise of sd 0.1, player 1
        // nothing. The luck has sd 10.
        let n = 4000;
        let values = |adds: f64| {
            let mut rng = SmallRng::seed_from_u64(2);
            let normal = rand_distr::Normal::new(0.0, 1.0).unwrap();
            let mut columns = vec![Vec::new(); 4];
            for _ in 0..n {
                let luck = 50.0 + 10.0 * rng.sample::<f64, _>(normal);
                let added = adds + 0.1 * rng.sample::<f64, _>(normal);
                for (coalition, column) in columns.iter_mut().enumerate() {
                    column.push(if coalition & 1 == 1 { luck + added } else { luck });
                }
            }
            let mut shapley = Shapley::new(2);
            shapley.add(&columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
            shapley.values()
        };
        let exact = 0.1 / (n as f64).sqrt();
        let is_one = |value: f64| (value - 1.0).abs() < 5.0 * exact;
        let spoilt = values(1.0 + 10.0 * exact);
        assert!(!is_one(spoilt[0].value), "a hundredth more is seen: {:?}", spoilt[0]);
        let values = values(1.0);
        assert!(
            (values[0].se / exact - 1.0).abs() < 5.0 / (2.0 * n as f64).sqrt(),
            "{} {exact}",
            values[0].se
        );
        assert!(is_one(values[0].value));
        assert_eq!((values[1].value, values[1].se), (0.0, 0.0));
    }
}
