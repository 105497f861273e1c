//! Uncertain numbers, drawn once per path (§2, epistemic uncertainty): plainly, by Latin hypercube or by scrambled Sobol
//! points, correlated by a Gaussian copula.
//!
//! Each uncertain number has a dimension; a path's uniform in it goes through the copula, if a correlation names the
//! number, and then through the inverse of its distribution. Numbers that are columns of one table share one row a path:
//! the uniform of the first of them says which row, in the order of the first one's values, so that its correlations and
//! its strata mean what they say.
//!
//! What a seed promises: a path's numbers depend on the seed, the path, the sampler and, for Latin hypercube only, the
//! number of paths; not on threads, batches, shards or other correlations' groups. A number's dimension is its position
//! among the uncertain numbers in the scenario's order, so making one more number uncertain moves those after it to other
//! dimensions and changes their draws; changing a distribution changes the draws of that number only.

use super::distribution::Marginal;
use super::sobol::{self, Sobol};
use super::strata::{self, LARGEST_BELOW_ONE};
use crate::input::{Distribution, Family, Number, NumberId, Quantity};
use crate::state::draw::{Purpose, uniform53};
use crate::state::maths::{normal_cdf1, normal_quantile1};
use std::sync::Arc;

/// How the uncertain numbers of a run are sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sampling {
    pub seed: u64,
    pub sampler: Sampler,
    /// Paths of the whole run, all shards together: Latin hypercube divides each dimension among them.
    pub paths: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sampler {
    Plain,
    LatinHypercube,
    /// Best with a power of two of paths.
    Sobol,
}

/// The uncertain numbers of a scenario, ready to be drawn.
#[derive(Debug, Clone)]
pub struct Parameters {
    uncertain: Vec<NumberId>,
    /// Per uncertain number; columns of tables have none of their own.
    marginals: Vec<Option<Marginal>>,
    tables: Vec<Table>,
    copula: Copula,
    sobol: Sobol,
}

/// Numbers that are columns of one file.
#[derive(Debug, Clone)]
struct Table {
    id: u32,
    /// Dimension and column; the first one's dimension draws the row.
    columns: Vec<(usize, Arc<Vec<f64>>)>,
    /// Rows inside every column's bounds, by rising value of the first column.
    rows: Vec<usize>,
}

/// Correlated normals behind the uniforms of some dimensions.
#[derive(Debug, Clone, Default)]
struct Copula {
    /// Rising.
    dimensions: Vec<usize>,
    /// Lower triangle of the correlation matrix's root, row after row: row i has i + 1 entries and length 1.
    root: Vec<f64>,
}

impl Parameters {
    /// `correlations` are between uncertain numbers and positive semi-definite together; reading the scenario saw to it.
    pub fn compile(numbers: &[Number], correlations: &[(NumberId, NumberId, f64)]) -> Parameters {
        let mut uncertain = Vec::new();
        let mut marginals = Vec::new();
        let mut tables: Vec<Table> = Vec::new();
        let mut bounds: Vec<(usize, f64, f64)> = Vec::new();
        for (index, number) in numbers.iter().enumerate() {
            let Quantity::Uncertain(distribution) = &number.quantity else { continue };
            let dimension = uncertain.len();
            uncertain.push(NumberId(index as u32));
            let Distribution { family: Family::Empirical { table: id, values }, min, max } = distribution
            else {
                marginals.push(Some(Marginal::of(distribution)));
                continue;
            };
            marginals.push(None);
            bounds.push((dimension, *min, *max));
            match tables.iter_mut().find(|table| table.id == *id) {
                Some(table) => table.columns.push((dimension, values.clone())),
                None => tables.push(Table {
                    id: *id,
                    columns: vec![(dimension, values.clone())],
                    rows: Vec::new(),
                }),
            }
        }
        for table in &mut tables {
            table.keep_rows(&bounds);
        }
        // A column of a table is correlated through the dimension that draws the table's row.
        let drawn_by = |id: NumberId| {
            let dimension = uncertain.binary_search(&id).ok()?;
            let table =
                tables.iter().find(|table| table.columns.iter().any(|(column, _)| *column == dimension));
            Some(table.map_or(dimension, |table| table.columns[0].0))
        };
        let pairs: Vec<(usize, usize, f64)> = correlations
            .iter()
            .filter_map(|(a, b, rho)| Some((drawn_by(*a)?, drawn_by(*b)?, *rho)))
            .collect();
        let copula = Copula::of(&pairs);
        let sobol = Sobol::new(uncertain.len().min(sobol::DIMENSIONS));
        Parameters { uncertain, marginals, tables, copula, sobol }
    }

    /// The uncertain numbers, in the order of [`Parameters::draw`]'s rows.
    pub fn uncertain(&self) -> &[NumberId] {
        &self.uncertain
    }

    /// The row of a number in what is drawn; none for a certain one.
    pub fn row(&self, number: NumberId) -> Option<usize> {
        self.uncertain.binary_search(&number).ok()
    }

    /// The values of the paths first_path … first_path+paths−1: `out[k * paths + p]` for uncertain number k. The same for
    /// any division of a run's paths into calls. Allocates nothing.
    pub fn draw(&self, run: &Sampling, first_path: u64, paths: usize, out: &mut [f64]) {
        assert_eq!(
            out.len(),
            self.uncertain.len() * paths,
            "a row of {paths} values for each uncertain number"
        );
        if paths == 0 {
            return;
        }
        for (dimension, row) in out.chunks_exact_mut(paths).enumerate() {
            self.uniforms(run, dimension, first_path, row);
        }
        self.copula.apply(paths, out);
        for (row, marginal) in out.chunks_exact_mut(paths).zip(&self.marginals) {
            if let Some(marginal) = marginal {
                for value in row {
                    *value = marginal.quantile(*value);
                }
            }
        }
        for table in &self.tables {
            table.look_up(paths, out);
        }
    }

    /// One dimension's uniforms on (0, 1), before the copula.
    fn uniforms(&self, run: &Sampling, dimension: usize, first_path: u64, out: &mut [f64]) {
        match run.sampler {
            Sampler::LatinHypercube => strata::fill(run.seed, dimension, run.paths, first_path, out),
            Sampler::Sobol if dimension < self.sobol.dimensions() => {
                self.sobol.fill(run.seed, dimension, first_path, out);
            }
            // A scenario with more uncertain numbers than the table of Sobol points has dimensions: the rest is plain.
            Sampler::Plain | Sampler::Sobol => {
                for (path, out) in (first_path..).zip(out) {
                    *out = uniform53(run.seed, path, Purpose::PARAMETER, dimension as u32);
                }
            }
        }
    }
}

impl Table {
    /// Rows inside every column's bounds, in the order of the first column. Bounds that leave no row are refused when the
    /// scenario is read; here they count as absent.
    fn keep_rows(&mut self, bounds: &[(usize, f64, f64)]) {
        let first = self.columns[0].1.clone();
        let is_inside = |row: &usize| {
            self.columns.iter().all(|(dimension, values)| {
                let (_, min, max) = bounds
                    .iter()
                    .find(|(bounded, ..)| bounded == dimension)
                    .expect("every column has bounds");
                (*min..=*max).contains(&values[*row])
            })
        };
        let inside: Vec<usize> = (0..first.len()).filter(is_inside).collect();
        self.rows = if inside.is_empty() { (0..first.len()).collect() } else { inside };
        self.rows.sort_by(|a, b| first[*a].total_cmp(&first[*b]));
    }

    fn look_up(&self, paths: usize, out: &mut [f64]) {
        let first = self.columns[0].0;
        for path in 0..paths {
            let u = out[first * paths + path];
            let row = self.rows[((u * self.rows.len() as f64) as usize).min(self.rows.len() - 1)];
            for (dimension, values) in &self.columns {
                out[dimension * paths + path] = values[row];
            }
        }
    }
}

impl Copula {
    fn of(pairs: &[(usize, usize, f64)]) -> Copula {
        let mut dimensions: Vec<usize> =
            pairs.iter().filter(|(a, b, _)| a != b).flat_map(|(a, b, _)| [*a, *b]).collect();
        dimensions.sort_unstable();
        dimensions.dedup();
        let size = dimensions.len();
        let mut matrix = vec![0.0; size * size];
        for i in 0..size {
            matrix[i * size + i] = 1.0;
        }
        for (a, b, rho) in pairs.iter().filter(|(a, b, _)| a != b) {
            let at = |dimension: &usize| dimensions.binary_search(dimension).expect("collected above");
            let (a, b) = (at(a), at(b));
            matrix[a * size + b] = *rho;
            matrix[b * size + a] = *rho;
        }
        Copula { root: triangular_root(&matrix, size), dimensions }
    }

    /// Uniforms of the correlated dimensions to normals, mixed, and back. In place, last row first: a row is mixed from
    /// itself and rows before it.
    fn apply(&self, paths: usize, out: &mut [f64]) {
        for dimension in &self.dimensions {
            for value in &mut out[dimension * paths..][..paths] {
                *value = normal_quantile1(*value);
            }
        }
        for (i, dimension) in self.dimensions.iter().enumerate().rev() {
            let weights = &self.root[i * (i + 1) / 2..][..i + 1];
            for path in 0..paths {
                let mixed: f64 = weights
                    .iter()
                    .zip(&self.dimensions)
                    .map(|(weight, from)| weight * out[from * paths + path])
                    .sum();
                out[dimension * paths + path] = mixed;
            }
        }
        for dimension in &self.dimensions {
            for value in &mut out[dimension * paths..][..paths] {
                *value = normal_cdf1(*value).clamp(f64::MIN_POSITIVE, LARGEST_BELOW_ONE);
            }
        }
    }
}

/// Cholesky's lower triangle, row after row, of a positive semi-definite matrix with unit diagonal. A row without anything
/// left of its own (perfect correlation) gets a zero pivot. Written out because the bits of library code differ with the
/// machine's vector instructions.
fn triangular_root(matrix: &[f64], size: usize) -> Vec<f64> {
    /// What rounding leaves of a pivot that should be zero.
    const NOTHING_LEFT: f64 = 1e-12;
    let start = |row: usize| row * (row + 1) / 2;
    let mut root = vec![0.0; start(size)];
    for i in 0..size {
        for j in 0..=i {
            let shared: f64 = (0..j).map(|k| root[start(i) + k] * root[start(j) + k]).sum();
            let left = matrix[i * size + j] - shared;
            root[start(i) + j] = if i == j {
                if left > NOTHING_LEFT { left.sqrt() } else { 0.0 }
            } else if root[start(j) + j] > 0.0 {
                left / root[start(j) + j]
            } else {
                0.0
            };
        }
        // To length 1, so that rounding never changes a number's own distribution.
        let row = &mut root[start(i)..start(i + 1)];
        let length = row.iter().map(|x| x * x).sum::<f64>().sqrt();
        row.iter_mut().for_each(|x| *x /= length);
    }
    root
}
