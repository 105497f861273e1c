//! Mean flows between parties by origin, with standard errors, and the mean network in batches of paths (§8). Sums
//! are taken over eight paths at a time in path order, so they do not depend on how paths were split into batches.

use crate::books::{Flow, Ledger, Origin, Party};
use crate::estimate::batches::BatchMeans;
use crate::outcome::{Network, network};
use crate::plan::Plan;
use crate::state::{Batch, F8};
use std::ops::Range;

/// Numbers that [`read`] writes: sums over a batch's paths by edge and origin, then sums of squares.
pub fn room(plan: &Plan) -> usize {
    let Ledger { edges, .. } = &plan.actors.ledger;
    2 * plan.actors.ledger.origins().len() * edges.len()
}

/// What flowed on the paths `live` of a batch.
pub fn read(plan: &Plan, b: &Batch, live: Range<usize>, out: &mut [f64]) {
    let (sums, squares) = out.split_at_mut(out.len() / 2);
    let rows = plan.actors.ledger.edges.iter().flat_map(|entry| entry.edge.rows());
    for ((row, sum), square) in rows.zip(sums).zip(squares) {
        (*sum, *square) = (0.0, 0.0);
        let values = b.get(row);
        // Half of the rows are empty: most money has few origins.
        if values == F8::ZERO {
            continue;
        }
        for value in &values.0[live.clone()] {
            *sum += value;
            *square += value * value;
        }
    }
}

/// Totals over all paths so far.
pub struct Flows {
    /// (payer, payee, flow)
    pub edges: Vec<(Party, Party, Flow)>,
    /// Of each edge, in this order.
    pub origins: &'static [Origin],
    sums: Vec<f64>,
    squares: Vec<f64>,
    pub paths: u64,
    network: Network,
    /// Which edge of the ledger each of the network's is.
    network_edges: Vec<usize>,
    batches: BatchMeans,
}

/// Below this part of its square, the variance of a flow is the rounding of sums: the flow does not vary.
const ROUNDING: f64 = 1e-13;

impl Flows {
    pub fn new(plan: &Plan) -> Flows {
        let entries = &plan.actors.ledger.edges;
        let origins = plan.actors.ledger.origins();
        let network_edges: Vec<usize> =
            (0..entries.len()).filter(|k| entries[*k].flow.is_between_actors()).collect();
        Flows {
            edges: entries.iter().map(|e| (e.payer, e.payee, e.flow)).collect(),
            sums: vec![0.0; entries.len() * origins.len()],
            squares: vec![0.0; entries.len() * origins.len()],
            origins,
            paths: 0,
            network: network(plan),
            batches: BatchMeans::new(network_edges.len()),
            network_edges,
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
        let width = self.origins.len();
        let total = |edge: &usize| sums[edge * width..(edge + 1) * width].iter().sum();
        self.batches.add(paths, self.network_edges.iter().map(total));
    }

    /// Mean and standard error per path, USD bn, of edge `k` and origin.
    pub fn mean(&self, k: usize, origin: Origin) -> (f64, f64) {
        let n = self.paths as f64;
        let Some(place) = self.origins.iter().position(|known| *known == origin) else { return (0.0, 0.0) };
        let place = k * self.origins.len() + place;
        let (sum, square) = (self.sums[place], self.squares[place]);
        let mean = sum / n;
        let variance = ((square - sum * mean) / (n - 1.0)).max(0.0);
        let variance = if variance > ROUNDING * mean * mean { variance } else { 0.0 };
        (mean, if self.paths > 1 { (variance / n).sqrt() } else { f64::NAN })
    }

    pub fn nodes(&self) -> usize {
        self.network.nodes
    }

    /// The network of flows by edge as a dense matrix, payer by payee.
    fn matrix(&self, by_edge: &[f64]) -> Vec<f64> {
        let nodes = self.network.nodes;
        let mut matrix = vec![0.0; nodes * nodes];
        for ((from, to, _), amount) in self.network.edges.iter().zip(by_edge) {
            matrix[from * nodes + to] += amount;
        }
        matrix
    }

    /// The mean network, USD bn per path.
    pub fn mean_network(&self) -> Vec<f64> {
        let paths = self.paths.max(1) as f64;
        let width = self.origins.len();
        let mean = |edge: &usize| self.sums[edge * width..(edge + 1) * width].iter().sum::<f64>() / paths;
        self.matrix(&self.network_edges.iter().map(mean).collect::<Vec<f64>>())
    }

    /// Batches of paths and their mean networks, for the standard error of Gt.
    pub fn batch_networks(&self) -> Vec<(u64, Vec<f64>)> {
        self.batches.means().into_iter().map(|(paths, means)| (paths, self.matrix(&means))).collect()
    }
}
