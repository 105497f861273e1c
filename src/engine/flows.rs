//! Mean flows between parties by origin, with standard errors, and the mean network in batches of paths (§8). Sums
//! are taken over eight paths at a time in path order and then over pieces that are joined by their place, so they do not
//! depend on how paths were split into batches or shards.

use crate::books::{Flow, Ledger, Origin, Party};
use crate::estimate::batches::BatchMeans;
use crate::estimate::tree::{Growing, Join};
use crate::outcome::{Network, network};
use crate::plan::Plan;
use crate::state::{Batch, F8, LANES};
use serde::{Deserialize, Serialize};
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

/// Groups of eight paths that are summed in sequence.
const PIECE: u64 = 1024;

/// Flows while they are gathered.
#[derive(Clone, Serialize, Deserialize)]
pub struct FlowSums {
    /// Numbers that [`read`] writes.
    room: usize,
    paths: u64,
    /// By edge and origin, as [`read`] wrote them.
    sums: Growing<Sums>,
    /// By edge of the network.
    batches: BatchMeans,
}

#[derive(Clone, Serialize, Deserialize)]
struct Sums(Vec<f64>);

impl Join for Sums {
    fn join(&self, later: &Sums) -> Sums {
        Sums(self.0.iter().zip(&later.0).map(|(sum, more)| sum + more).collect())
    }
}

/// The edges of the ledger that the network has.
fn network_edges(plan: &Plan) -> impl Iterator<Item = usize> {
    let edges = plan.actors.ledger.edges.iter().enumerate();
    edges.filter(|(_, edge)| edge.flow.is_between_actors()).map(|(k, _)| k)
}

impl FlowSums {
    pub fn new(plan: &Plan) -> FlowSums {
        FlowSums {
            room: room(plan),
            paths: 0,
            sums: Growing::default(),
            batches: BatchMeans::new(network_edges(plan).count()),
        }
    }

    /// Takes what [`read`] found on `paths` of the eight paths from `first` on, which are later than all before.
    pub fn absorb(&mut self, plan: &Plan, first: u64, read: &[f64], paths: u64) {
        let eight = first / LANES as u64;
        let piece = self.sums.at(eight / PIECE, || Sums(vec![0.0; read.len()]));
        for (sum, more) in piece.0.iter_mut().zip(read) {
            *sum += more;
        }
        self.paths += paths;
        let width = plan.actors.ledger.origins().len();
        let total = |edge: usize| read[edge * width..(edge + 1) * width].iter().sum();
        self.batches.add(eight, paths, network_edges(plan).map(total));
    }

    /// No more paths will be added.
    pub fn close(&mut self) {
        self.sums.close();
    }

    /// Merges paths of the same plan that were gathered separately and closed; `None` where some of them are here already.
    #[must_use]
    pub fn merge(&mut self, other: FlowSums) -> Option<()> {
        let fits = other.sums.values().all(|sums| sums.0.len() == self.room);
        (self.room == other.room && fits).then_some(())?;
        self.paths = self.paths.checked_add(other.paths)?;
        self.sums.merge(other.sums)?;
        self.batches.merge(other.batches)
    }

    /// The flows of all paths so far.
    pub fn so_far(&self, plan: &Plan) -> Flows {
        let entries = &plan.actors.ledger.edges;
        let mut sums = self.sums.all().map_or_else(|| vec![0.0; self.room], |sums| sums.0);
        let squares = sums.split_off(self.room / 2);
        Flows {
            edges: entries.iter().map(|e| (e.payer, e.payee, e.flow)).collect(),
            origins: plan.actors.ledger.origins(),
            sums,
            squares,
            paths: self.paths,
            network: network(plan),
            network_edges: network_edges(plan).collect(),
            batches: self.batches.clone(),
        }
    }
}

/// Totals over all paths.
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
