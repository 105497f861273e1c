//! Mean flows between parties by origin, with standard errors, and the mean network in batches of paths (§8). Sums
//! are taken over eight paths at a time in path order, so they do not depend on how paths were split into batches.

use crate::books::origin::ORIGINS;
use crate::books::{Flow, Party};
use crate::outcome::{Network, network};
use crate::plan::Plan;
use crate::state::Batch;
use std::ops::Range;

/// Numbers that [`read`] writes: sums over a batch's paths by edge and origin, then sums of squares.
pub fn room(plan: &Plan) -> usize {
    2 * ORIGINS * plan.actors.ledger.edges.len()
}

/// What flowed on the paths `live` of a batch.
pub fn read(plan: &Plan, b: &Batch, live: Range<usize>, out: &mut [f64]) {
    let (sums, squares) = out.split_at_mut(out.len() / 2);
    let rows = plan.actors.ledger.edges.iter().flat_map(|entry| (0..ORIGINS).map(|o| entry.edge.row(o)));
    for ((row, sum), square) in rows.zip(sums).zip(squares) {
        (*sum, *square) = (0.0, 0.0);
        for value in &b.get(row).0[live.clone()] {
            *sum += value;
            *square += value * value;
        }
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
    /// Summed networks of equal spans of eights, and paths in each; the span doubles when there are too many.
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

    /// Takes what [`read`] found on the next `paths` paths.
    pub fn absorb(&mut self, read: &[f64], paths: u64) {
        let (sums, squares) = read.split_at(read.len() / 2);
        for (sum, more) in self.sums.iter_mut().zip(sums) {
            *sum += more;
        }
        for (sum, more) in self.squares.iter_mut().zip(squares) {
            *sum += more;
        }
        self.paths += paths;
        self.absorb_network(sums, paths);
    }

    fn absorb_network(&mut self, sums: &[f64], paths: u64) {
        let nodes = self.network.nodes;
        if self.filled == 0 {
            self.batches.push((vec![0.0; nodes * nodes], 0));
        }
        if let Some((matrix, of_batch)) = self.batches.last_mut() {
            for ((from, to, _), edge) in self.network.edges.iter().zip(&self.network_edges) {
                let total: f64 = sums[edge * ORIGINS..(edge + 1) * ORIGINS].iter().sum();
                matrix[from * nodes + to] += total;
            }
            *of_batch += paths;
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

    /// Mean networks of equal batches of paths, for the standard error of Gt; the last, smaller one is left out.
    pub fn batch_networks(&self) -> Vec<Vec<f64>> {
        let whole = self.batches.first().map_or(0, |(_, paths)| *paths);
        let full = self.batches.iter().filter(|(_, paths)| *paths == whole && whole > 0);
        full.map(|(sums, paths)| sums.iter().map(|sum| sum / *paths as f64).collect()).collect()
    }
}
