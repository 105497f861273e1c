//! Mean flows between parties by origin, with standard errors, and the mean network in batches of paths (§8). Sums
//! are taken over eight paths at a time in path order, so they do not depend on how paths were split into batches.

use crate::books::origin::ORIGINS;
use crate::books::{Flow, Party};
use crate::outcome::{Network, network};
use crate::plan::Plan;
use crate::state::{Batch, LANES};

/// Sums over one group of paths.
#[derive(Debug, Clone)]
pub struct GroupFlows {
    /// [edge · origins + origin] and the same of squares.
    sums: Vec<f64>,
    squares: Vec<f64>,
    paths: u64,
}

impl GroupFlows {
    pub fn read(plan: &Plan, b: &Batch, group: usize, count: usize) -> GroupFlows {
        let edges = &plan.actors.ledger.edges;
        let mut sums = Vec::with_capacity(edges.len() * ORIGINS);
        let mut squares = Vec::with_capacity(edges.len() * ORIGINS);
        for entry in edges {
            for origin in 0..ORIGINS {
                let values = b.get(entry.edge.row(origin), group).0;
                let (mut sum, mut square) = (0.0, 0.0);
                for value in &values[..count.min(LANES)] {
                    sum += value;
                    square += value * value;
                }
                sums.push(sum);
                squares.push(square);
            }
        }
        GroupFlows { sums, squares, paths: count as u64 }
    }
}

/// Totals over all paths so far.
pub struct Flows {
    /// (payer, payee, flow)
    pub edges: Vec<(Party, Party, Flow)>,
    sums: Vec<f64>,
    squares: Vec<f64>,
    pub paths: u64,
    network: Network,
    /// Which edge of the ledger each of the network's is.
    network_edges: Vec<usize>,
    /// Summed networks of equal spans of groups, and paths in each; the span doubles when there are too many.
    batches: Vec<(Vec<f64>, u64)>,
    span: u64,
    filled: u64,
}

/// Batches kept for the standard error of Gt.
const MOST_BATCHES: usize = 64;

impl Flows {
    pub fn new(plan: &Plan) -> Flows {
        let entries = &plan.actors.ledger.edges;
        let network_edges = (0..entries.len()).filter(|k| entries[*k].flow.is_between_actors()).collect();
        Flows {
            edges: entries.iter().map(|e| (e.payer, e.payee, e.flow)).collect(),
            sums: vec![0.0; entries.len() * ORIGINS],
            squares: vec![0.0; entries.len() * ORIGINS],
            paths: 0,
            network: network(plan),
            network_edges,
            batches: Vec::new(),
            span: 1,
            filled: 0,
        }
    }

    pub fn absorb(&mut self, _first: u64, groups: &[GroupFlows]) {
        for group in groups {
            for (sum, more) in self.sums.iter_mut().zip(&group.sums) {
                *sum += more;
            }
            for (sum, more) in self.squares.iter_mut().zip(&group.squares) {
                *sum += more;
            }
            self.paths += group.paths;
            self.absorb_network(group);
        }
    }

    fn absorb_network(&mut self, group: &GroupFlows) {
        let nodes = self.network.nodes;
        if self.filled == 0 {
            self.batches.push((vec![0.0; nodes * nodes], 0));
        }
        if let Some((matrix, paths)) = self.batches.last_mut() {
            for ((from, to, _), edge) in self.network.edges.iter().zip(&self.network_edges) {
                let total: f64 = group.sums[edge * ORIGINS..(edge + 1) * ORIGINS].iter().sum();
                matrix[from * nodes + to] += total;
            }
            *paths += group.paths;
        }
        self.filled += 1;
        if self.filled == self.span {
            self.filled = 0;
            if self.batches.len() == MOST_BATCHES {
                self.span *= 2;
                let pairs: Vec<(Vec<f64>, u64)> = self
                    .batches
                    .chunks(2)
                    .map(|pair| {
                        let mut matrix = pair[0].0.clone();
                        let mut paths = pair[0].1;
                        for (other, count) in &pair[1..] {
                            for (sum, more) in matrix.iter_mut().zip(other) {
                                *sum += more;
                            }
                            paths += count;
                        }
                        (matrix, paths)
                    })
                    .collect();
                self.batches = pairs;
            }
        }
    }

    /// Mean and standard error per path, USD bn, of edge `k` and origin.
    pub fn mean(&self, k: usize, origin: usize) -> (f64, f64) {
        let n = self.paths as f64;
        let (sum, square) = (self.sums[k * ORIGINS + origin], self.squares[k * ORIGINS + origin]);
        let mean = sum / n;
        let variance = ((square - sum * mean) / (n - 1.0)).max(0.0);
        (mean, if self.paths > 1 { (variance / n).sqrt() } else { f64::NAN })
    }

    pub fn nodes(&self) -> usize {
        self.network.nodes
    }

    /// The mean network, USD bn per path.
    pub fn mean_network(&self) -> Vec<f64> {
        let nodes = self.network.nodes;
        let mut matrix = vec![0.0; nodes * nodes];
        for (sums, _) in &self.batches {
            for (sum, more) in matrix.iter_mut().zip(sums) {
                *sum += more;
            }
        }
        for value in &mut matrix {
            *value /= self.paths.max(1) as f64;
        }
        matrix
    }

    /// Batches of paths and their mean networks, for the standard error of Gt.
    pub fn batch_networks(&self) -> Vec<(u64, Vec<f64>)> {
        let mean =
            |(sums, paths): &(Vec<f64>, u64)| (*paths, sums.iter().map(|sum| sum / *paths as f64).collect());
        self.batches.iter().filter(|(_, paths)| *paths > 0).map(mean).collect()
    }
}
