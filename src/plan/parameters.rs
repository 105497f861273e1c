//! Uncertain numbers, drawn once per path (§2, epistemic uncertainty): plainly, by Latin hypercube or by scrambled Sobol
//! points, correlated by a Gaussian copula.
//!
//! Each uncertain number has a dimension; a path's uniform in it goes through the copula, if a correlation names the
//! number, and then through the inverse of its distribution. Numbers that are columns of one table share one row a path:
//! the uniform of the first of them says which row, in the order of the first one's values, so that its correlations and
//! its strata mean what they say.
//!
//! Mixing normals moves points out of their strata. Under Latin hypercube a correlated number therefore takes of the mixed
//! normals their ranks alone (Stein 1987; Packham and Schmidt 2010): the path of the lowest has the lowest stratum, and so on.
//!
//! What a seed promises: a path's numbers depend on the seed, the path, the sampler and, for Latin hypercube only, the
//! number of paths; not on threads, batches, shards or other correlations' groups. A number's dimension is its position
//! among the uncertain numbers of the file, in its order, so making one more number of the file uncertain moves those after
//! it to other dimensions and changes their draws; changing a distribution changes the draws of that number only. What
//! `--set` makes certain keeps its place, and what it makes uncertain comes after all others: neither changes the draws of
//! another number.

use super::conditional::Conditional;
use super::distribution::Marginal;
use super::ranks::{self, Ranks};
use super::sobol::{self, Sobol};
use super::strata::{self, LARGEST_BELOW_ONE, Strata};
use crate::estimate::replicates::{self, TOGETHER, place};
use crate::input::{Distribution, Family, Number, NumberId, Quantity};
use crate::state::LANES;
use crate::state::draw::{Purpose, uniform53, uniforms53};
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

impl Sampler {
    /// Whether a run is made of randomised replicates, which tell its errors ([`replicates`]), and not of independent paths.
    pub fn is_replicated(self) -> bool {
        self != Sampler::Plain
    }

    pub fn name(self) -> &'static str {
        match self {
            Sampler::Plain => "plain",
            Sampler::LatinHypercube => "lhs",
            Sampler::Sobol => "sobol",
        }
    }
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
    /// Where the uniforms of some numbers are not those of their own place: the dimension of each, see [`Parameters::follow`].
    dimensions: Option<Vec<usize>>,
    /// Of the correlated numbers, under Latin hypercube.
    ranks: Arc<Ranks>,
    /// The first dimension that neither these numbers have nor those that they follow.
    free: usize,
}

/// Numbers that are columns of one file.
#[derive(Debug, Clone)]
struct Table {
    id: u32,
    /// Dimension and column; the first one's dimension draws the row.
    columns: Vec<(usize, Arc<Vec<f64>>)>,
    /// Rows inside every column's bounds, in the order of [`crate::input::empirical::Table`], or by rising value of the first
    /// column that is correlated with another number.
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

/// Fills uniforms of the paths of one replicate: replicate, its first point, the first path, where to.
type Fill<'a> = &'a dyn Fn(u32, u64, u64, &mut [f64]);

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
        let is_correlated = |(dimension, _): &&(usize, Arc<Vec<f64>>)| {
            let id = uncertain[*dimension];
            correlations.iter().any(|(a, b, _)| a != b && (*a == id || *b == id))
        };
        for table in &mut tables {
            table.keep_rows(&bounds);
            // The normal behind a correlated column must rise with it.
            if let Some((_, values)) = table.columns.iter().find(is_correlated) {
                table.rows.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
            }
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
        let free = uncertain.len();
        let sobol = Sobol::new(free.min(sobol::DIMENSIONS));
        Parameters {
            uncertain,
            marginals,
            tables,
            copula,
            sobol,
            dimensions: None,
            free,
            ranks: Arc::default(),
        }
    }

    /// The addresses of the uncertain numbers among these, of which it was compiled.
    pub fn addresses(&self, numbers: &[Number]) -> Vec<String> {
        self.uncertain.iter().map(|id| numbers[id.0 as usize].address.clone()).collect()
    }

    /// The uncertain numbers, in the order of [`Parameters::draw`]'s rows.
    pub fn uncertain(&self) -> &[NumberId] {
        &self.uncertain
    }

    /// The row of a number in what is drawn; none for a certain one.
    pub fn row(&self, number: NumberId) -> Option<usize> {
        self.uncertain.binary_search(&number).ok()
    }

    /// Takes the uniforms of another scenario's numbers of the same address, so that runs of the two are paired by path
    /// although the number before it is uncertain in one and certain in the other; a file of joint columns takes the
    /// uniform that draws its row there. `own` and `with` are the addresses of the uncertain numbers of this and of the
    /// other; a number that the other has not gets a dimension beyond all of its.
    pub fn follow(&mut self, own: &[String], (with, other): (&[String], &Parameters)) {
        let dimension_of =
            |place: usize| other.dimensions.as_ref().map_or(place, |dimensions| dimensions[place]);
        let mut next = other.free;
        let mut dimensions: Vec<usize> = own
            .iter()
            .map(|address| {
                with.iter().position(|other| other == address).map(dimension_of).unwrap_or_else(|| {
                    next += 1;
                    next - 1
                })
            })
            .collect();
        for table in &self.tables {
            let is_mine = |(column, _): &(usize, Arc<Vec<f64>>)| {
                table.columns.iter().any(|(own_column, _)| own[*own_column] == with[*column])
            };
            let same = other.tables.iter().find(|theirs| theirs.columns.iter().any(is_mine));
            if let Some(theirs) = same {
                dimensions[table.columns[0].0] = dimension_of(theirs.columns[0].0);
            }
        }
        self.free = next;
        self.sobol = Sobol::new(next.min(sobol::DIMENSIONS));
        let in_place = dimensions.iter().enumerate().all(|(place, dimension)| place == *dimension);
        self.dimensions = (!in_place).then_some(dimensions);
        self.ranks = Arc::default();
    }

    /// The values of the paths first_path … first_path+paths−1: `out[k * paths + p]` for uncertain number k. The same for
    /// any division of a run's paths into calls. Allocates nothing, but for the ranks of correlated numbers under Latin
    /// hypercube.
    pub fn draw(&self, run: &Sampling, first_path: u64, paths: usize, out: &mut [f64]) {
        self.latent(run, first_path, paths, out);
        self.values(paths, out);
    }

    /// The uniforms behind the values of [`Parameters::draw`], correlated by the copula.
    pub fn latent(&self, run: &Sampling, first_path: u64, paths: usize, out: &mut [f64]) {
        self.independent(run, first_path, paths, out);
        let is_ranked = run.sampler == Sampler::LatinHypercube && !self.copula.dimensions.is_empty();
        if is_ranked {
            // In place of their strata, which the ranks already know, the plain points: the places inside the strata.
            for dimension in &self.copula.dimensions {
                let address = self.address(*dimension) as u32;
                for (path, value) in (first_path..).zip(&mut out[dimension * paths..][..paths]) {
                    *value = uniform53(run.seed, path, Purpose::PARAMETER, address);
                }
            }
        }
        self.correlate(paths, out);
        if is_ranked {
            self.stratify(run, first_path, paths, out);
        }
    }

    /// Puts the correlated numbers into the strata of their ranks, each at the place that it has as a plain point: uniform,
    /// and correlated as the numbers are. Paths beyond the announced number have no stratum and stay plain.
    fn stratify(&self, run: &Sampling, first_path: u64, paths: usize, out: &mut [f64]) {
        let mut done = 0;
        while done < paths {
            let path = first_path + done as u64;
            let together = ((TOGETHER - path % TOGETHER) as usize).min(paths - done);
            let (replicate, point) = place(path);
            let size = replicates::size(replicate, run.paths);
            if point < size {
                let block = ranks::Block::of(run, replicate, point, size);
                let ranks = self.ranks.of(block, || self.mixed(run, &block));
                let (count, strata) = (block.points as usize, block.points as f64);
                for (row, dimension) in ranks.chunks_exact(count).zip(&self.copula.dimensions) {
                    let row = &row[(point - block.first) as usize..];
                    for (value, rank) in out[dimension * paths + done..][..together].iter_mut().zip(row) {
                        *value = ((f64::from(*rank) + *value) / strata).min(LARGEST_BELOW_ONE);
                    }
                }
            }
            done += together;
        }
    }

    /// The mixed normals of a block's points, a row for each correlated number.
    fn mixed(&self, run: &Sampling, block: &ranks::Block) -> Vec<f64> {
        let count = block.points as usize;
        let mut out = vec![0.0; self.copula.dimensions.len() * count];
        for (row, dimension) in out.chunks_exact_mut(count).zip(&self.copula.dimensions) {
            for (point, eight) in
                (block.first..).step_by(TOGETHER as usize).zip(row.chunks_mut(TOGETHER as usize))
            {
                let path = replicates::path(block.replicate, point);
                self.uniforms_of(run, self.address(*dimension), path, eight);
            }
        }
        let rows: Vec<usize> = (0..self.copula.dimensions.len()).collect();
        self.copula.mix(&rows, count, &mut out);
        out
    }

    /// The dimension in which a number's points are.
    fn address(&self, dimension: usize) -> usize {
        self.dimensions.as_ref().map_or(dimension, |dimensions| dimensions[dimension])
    }

    /// Independent uniforms to correlated ones, in place.
    pub fn correlate(&self, paths: usize, out: &mut [f64]) {
        self.copula.apply(paths, out);
    }

    /// The independent uniforms that everything begins with.
    pub fn independent(&self, run: &Sampling, first_path: u64, paths: usize, out: &mut [f64]) {
        assert_eq!(
            out.len(),
            self.uncertain.len() * paths,
            "a row of {paths} values for each uncertain number"
        );
        if paths == 0 {
            return;
        }
        match &self.dimensions {
            None => {
                for (pair, rows) in out.chunks_mut(2 * paths).enumerate() {
                    let (even, odd) = rows.split_at_mut(paths);
                    self.uniforms(run, 2 * pair, first_path, even, odd);
                }
            }
            Some(dimensions) => {
                for (dimension, row) in dimensions.iter().zip(out.chunks_exact_mut(paths)) {
                    self.uniforms_of(run, *dimension, first_path, row);
                }
            }
        }
    }

    /// Uniforms, as [`Parameters::latent`] gives them, to values, in place.
    pub fn values(&self, paths: usize, out: &mut [f64]) {
        if paths == 0 {
            return;
        }
        for (row, marginal) in out.chunks_exact_mut(paths).zip(&self.marginals) {
            if let Some(marginal) = marginal {
                marginal.quantiles(row);
            }
        }
        for table in &self.tables {
            table.look_up(paths, out);
        }
    }

    /// The dimensions that are drawn: of the columns of a table only the first one is, and the others follow. With each
    /// the dimensions that follow it, itself included.
    pub fn leaders(&self) -> Vec<Vec<usize>> {
        let follows = |dimension: usize| {
            let table = self.tables.iter().find(|table| table.columns.iter().any(|(d, _)| *d == dimension));
            table.map_or(vec![dimension], |table| table.columns.iter().map(|(d, _)| *d).collect())
        };
        (0..self.uncertain.len())
            .map(follows)
            .enumerate()
            .filter(|(d, all)| all[0] == *d)
            .map(|(_, all)| all)
            .collect()
    }

    /// The value below which a fraction `u` of an uncertain number's own distribution lies, bounds included, by its row.
    pub fn marginal_quantile(&self, row: usize, u: f64) -> f64 {
        if let Some(marginal) = &self.marginals[row] {
            return marginal.quantile(u);
        }
        let mut column: Vec<f64> = self
            .tables
            .iter()
            .flat_map(|table| table.columns.iter().map(move |(dimension, values)| (dimension, values, table)))
            .filter(|(dimension, ..)| **dimension == row)
            .flat_map(|(_, values, table)| table.rows.iter().map(|place| values[*place]))
            .collect();
        column.sort_by(f64::total_cmp);
        column[((u * column.len() as f64) as usize).min(column.len() - 1)]
    }

    /// Does the number share its uniform with others, or not rise with it: one of several columns of a file, or a column
    /// of a file in the order of another?
    pub fn is_joint(&self, dimension: usize) -> bool {
        self.tables.iter().any(|table| {
            let falls = |values: &[f64]| table.rows.windows(2).any(|pair| values[pair[0]] > values[pair[1]]);
            let mut mine = table.columns.iter().filter(|(column, _)| *column == dimension);
            mine.any(|(_, values)| table.columns.len() > 1 || falls(values))
        })
    }

    /// Conditional draws under the copula.
    pub fn conditional(&self) -> Conditional {
        Conditional::of(&self.copula.dimensions, &self.copula.matrix())
    }

    /// Uniforms on (0, 1), before the copula, of one dimension.
    fn uniforms_of(&self, run: &Sampling, dimension: usize, first_path: u64, out: &mut [f64]) {
        // The paths of one replicate at a time.
        let mut in_replicates = |fill: Fill| {
            let mut path = first_path;
            let mut rest = &mut *out;
            while !rest.is_empty() {
                let together = (TOGETHER - path % TOGETHER).min(rest.len() as u64);
                let (these, others) = rest.split_at_mut(together as usize);
                let (replicate, point) = place(path);
                fill(replicate as u32, point, path, these);
                (path, rest) = (path + together, others);
            }
        };
        match run.sampler {
            Sampler::LatinHypercube => in_replicates(&|replicate, point, path, out| {
                let size = replicates::size(u64::from(replicate), run.paths);
                strata::fill(&Strata { seed: run.seed, replicate, dimension, size }, point, path, out);
            }),
            Sampler::Sobol if dimension < self.sobol.dimensions() => {
                in_replicates(&|replicate, point, _, out| {
                    self.sobol.fill(run.seed, replicate, dimension, point, out);
                });
            }
            Sampler::Sobol | Sampler::Plain => {
                for (path, value) in (first_path..).zip(out) {
                    *value = uniform53(run.seed, path, Purpose::PARAMETER, dimension as u32);
                }
            }
        }
    }

    /// Uniforms on (0, 1), before the copula, of an even dimension and of the one after it, if there is one.
    fn uniforms(&self, run: &Sampling, even: usize, first_path: u64, out: &mut [f64], next: &mut [f64]) {
        // A scenario with more uncertain numbers than the table of Sobol points has dimensions: the rest is plain.
        let is_plain = |dimension: usize| match run.sampler {
            Sampler::LatinHypercube => false,
            Sampler::Sobol => dimension >= self.sobol.dimensions(),
            Sampler::Plain => true,
        };
        match (is_plain(even), is_plain(even + 1)) {
            (true, true) => plain(run.seed, even as u32, first_path, out, next),
            _ => {
                for (dimension, row) in [(even, out), (even + 1, next)] {
                    self.uniforms_of(run, dimension, first_path, row);
                }
            }
        }
    }
}

/// Plain uniforms of an even dimension and the next; the second may be wanted of no path. The bits are those of every
/// machine, whatever its vector instructions.
fn plain(seed: u64, even: u32, first_path: u64, out: &mut [f64], next: &mut [f64]) {
    #[cfg(target_arch = "x86_64")]
    {
        #[target_feature(enable = "avx512f,avx512dq,avx512vl,avx512bw")]
        fn avx512(seed: u64, even: u32, first_path: u64, out: &mut [f64], next: &mut [f64]) {
            plain_lanes(seed, even, first_path, out, next);
        }
        #[target_feature(enable = "avx2")]
        fn avx2(seed: u64, even: u32, first_path: u64, out: &mut [f64], next: &mut [f64]) {
            plain_lanes(seed, even, first_path, out, next);
        }
        if is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512dq")
            && is_x86_feature_detected!("avx512vl")
            && is_x86_feature_detected!("avx512bw")
        {
            // SAFETY: the features were detected.
            return unsafe { avx512(seed, even, first_path, out, next) };
        }
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the feature was detected.
            return unsafe { avx2(seed, even, first_path, out, next) };
        }
    }
    plain_lanes(seed, even, first_path, out, next);
}

#[inline(always)]
fn plain_lanes(seed: u64, even: u32, first_path: u64, out: &mut [f64], next: &mut [f64]) {
    let mut done = 0;
    if first_path.is_multiple_of(LANES as u64) {
        for (path, eight) in (first_path..).step_by(LANES).zip(out.chunks_exact_mut(LANES)) {
            let [first, second] = uniforms53(seed, path, Purpose::PARAMETER, even);
            eight.copy_from_slice(&first.0);
            if let Some(eight) = next.get_mut(done..done + LANES) {
                eight.copy_from_slice(&second.0);
            }
            done += LANES;
        }
    }
    for (dimension, row) in [(even, out), (even + 1, next)] {
        for (k, value) in row.iter_mut().enumerate().skip(done) {
            *value = uniform53(seed, first_path + k as u64, Purpose::PARAMETER, dimension);
        }
    }
}

impl Table {
    /// Rows inside every column's bounds. Bounds that leave no row are refused when the scenario is read; here they count
    /// as absent.
    fn keep_rows(&mut self, bounds: &[(usize, f64, f64)]) {
        let count = self.columns[0].1.len();
        let is_inside = |row: &usize| {
            self.columns.iter().all(|(dimension, values)| {
                let (_, min, max) = bounds
                    .iter()
                    .find(|(bounded, ..)| bounded == dimension)
                    .expect("every column has bounds");
                (*min..=*max).contains(&values[*row])
            })
        };
        let inside: Vec<usize> = (0..count).filter(is_inside).collect();
        self.rows = if inside.is_empty() { (0..count).collect() } else { inside };
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

    /// The correlation matrix, row after row: what the root squares to.
    fn matrix(&self) -> Vec<f64> {
        let size = self.dimensions.len();
        let row = |i: usize| &self.root[i * (i + 1) / 2..][..i + 1];
        let product = |i: usize, j: usize| row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum();
        (0..size * size).map(|at| product(at / size, at % size)).collect()
    }

    /// Uniforms of the correlated dimensions to mixed normals: those in the rows `rows` of `out`. In place, last row first: a
    /// row is mixed from itself and rows before it.
    fn mix(&self, rows: &[usize], paths: usize, out: &mut [f64]) {
        for row in rows {
            for value in &mut out[row * paths..][..paths] {
                *value = normal_quantile1(*value);
            }
        }
        for (i, row) in rows.iter().enumerate().rev() {
            let weights = &self.root[i * (i + 1) / 2..][..i + 1];
            for path in 0..paths {
                let mixed: f64 =
                    weights.iter().zip(rows).map(|(weight, from)| weight * out[from * paths + path]).sum();
                out[row * paths + path] = mixed;
            }
        }
    }

    /// Uniforms of the correlated dimensions to normals, mixed, and back.
    fn apply(&self, paths: usize, out: &mut [f64]) {
        self.mix(&self.dimensions, paths, out);
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
pub(super) fn triangular_root(matrix: &[f64], size: usize) -> Vec<f64> {
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::input::{Grade, Range, Unit};
    use crate::state::laws::{STANDARD_ERRORS, deviation, kolmogorov_smirnov};
    use crate::state::maths::ln1;

    const SAMPLERS: [Sampler; 3] = [Sampler::Plain, Sampler::LatinHypercube, Sampler::Sobol];

    fn number(quantity: Quantity) -> Number {
        Number {
            address: "test".into(),
            unit: Unit::Pure,
            range: Range::Any,
            quantity,
            source: None,
            grade: Grade::Assumed,
            label: None,
            is_default: false,
            span: 0..0,
        }
    }

    fn bounded(family: Family, min: f64, max: f64) -> Number {
        number(Quantity::Uncertain(Distribution { family, min, max }))
    }

    fn uncertain(family: Family) -> Number {
        bounded(family, f64::NEG_INFINITY, f64::INFINITY)
    }

    fn normal() -> Number {
        uncertain(Family::Normal { mean: 0.0, sd: 1.0 })
    }

    fn uniform() -> Number {
        uncertain(Family::Uniform { low: 0.0, high: 1.0 })
    }

    fn sampling(sampler: Sampler, seed: u64, paths: u64) -> Sampling {
        Sampling { seed, sampler, paths }
    }

    /// All paths of a run, a row per uncertain number.
    fn drawn(parameters: &Parameters, run: &Sampling) -> Vec<Vec<f64>> {
        let mut out = vec![0.0; parameters.uncertain().len() * run.paths as usize];
        parameters.draw(run, 0, run.paths as usize, &mut out);
        out.chunks_exact(run.paths as usize).map(<[f64]>::to_vec).collect()
    }

    fn mixture() -> Vec<Number> {
        vec![
            uniform(),
            number(Quantity::Certain(3.0)),
            uncertain(Family::Lognormal { median: 2.0, sigma: 0.4 }),
            uncertain(Family::Pert { low: 1.0, mode: 2.0, high: 5.0 }),
            bounded(Family::Normal { mean: 0.0, sd: 1.0 }, -1.0, 2.0),
            uncertain(Family::StudentT { mean: 0.0, scale: 1.0, df: 4.0 }),
            uncertain(Family::Beta { alpha: 2.0, beta: 3.0, low: 0.0, high: 1.0 }),
            uncertain(Family::Discrete { values: vec![1.0, 2.0], weights: vec![0.3, 0.7] }),
            uncertain(Family::Empirical { table: 0, values: Arc::new(vec![4.0, 1.0, 3.0]) }),
            uncertain(Family::Empirical { table: 0, values: Arc::new(vec![0.4, 0.1, 0.3]) }),
        ]
    }

    #[test]
    fn uncertain_numbers_are_found_in_their_order() {
        let parameters = Parameters::compile(&mixture(), &[]);
        assert_eq!(
            parameters.uncertain().iter().map(|id| id.0).collect::<Vec<_>>(),
            [0, 2, 3, 4, 5, 6, 7, 8, 9]
        );
        assert_eq!(parameters.row(NumberId(1)), None);
        assert_eq!(parameters.row(NumberId(4)), Some(3));
        let certain = Parameters::compile(&[number(Quantity::Certain(3.0))], &[]);
        certain.draw(&sampling(Sampler::Sobol, 0, 8), 0, 8, &mut []);
    }

    /// Every continuous number follows its distribution whatever the sampler, also behind correlations.
    #[test]
    fn marginals_are_the_distributions() {
        let numbers = mixture();
        let correlated = [(NumberId(0), NumberId(2), 0.7), (NumberId(3), NumberId(2), -0.5)];
        for correlations in [&[][..], &correlated] {
            let parameters = Parameters::compile(&numbers, correlations);
            for sampler in SAMPLERS {
                let rows = drawn(&parameters, &sampling(sampler, 4, 1 << 14));
                for (row, id) in rows.iter().zip(parameters.uncertain()).take(6) {
                    let Quantity::Uncertain(distribution) = &numbers[id.0 as usize].quantity else {
                        unreachable!()
                    };
                    let marginal = Marginal::of(distribution);
                    let u: Vec<f64> = row.iter().map(|x| marginal.cdf(*x)).collect();
                    let found = kolmogorov_smirnov(&u, |u| u);
                    assert!(found < STANDARD_ERRORS, "{sampler:?} {distribution:?}: {found}");
                    let spoilt: Vec<f64> = u.iter().map(|u| u * 0.9).collect();
                    assert!(kolmogorov_smirnov(&spoilt, |u| u) > STANDARD_ERRORS, "shown able to fail");
                }
                let n = rows[0].len() as f64;
                let twos = rows[6].iter().filter(|x| **x == 2.0).count() as f64 / n;
                assert!(deviation(twos, 0.7, (0.21 / n).sqrt()).abs() < STANDARD_ERRORS);
            }
        }
    }

    /// `rho` is the correlation of the normals behind the two numbers.
    #[test]
    fn correlations_are_those_of_the_normals_behind() {
        let numbers =
            [normal(), uncertain(Family::Lognormal { median: 2.0, sigma: 0.4 }), normal(), normal()];
        let [a, b, c] = [0, 1, 2].map(NumberId);
        let parameters = Parameters::compile(&numbers, &[(a, b, 0.6), (c, a, -0.6), (b, c, 0.1)]);
        for sampler in SAMPLERS {
            let mut rows = drawn(&parameters, &sampling(sampler, 9, 1 << 15));
            rows[1].iter_mut().for_each(|x| *x = ln1(*x / 2.0) / 0.4);
            let n = rows[0].len() as f64;
            let correlation =
                |i: usize, j: usize| rows[i].iter().zip(&rows[j]).map(|(x, y)| x * y).sum::<f64>() / n;
            for (i, j, rho) in [(0, 1, 0.6), (0, 2, -0.6), (1, 2, 0.1), (0, 3, 0.0), (1, 3, 0.0), (2, 3, 0.0)]
            {
                let standard_error = ((1.0_f64 + rho * rho) / n).sqrt();
                let found = deviation(correlation(i, j), rho, standard_error);
                assert!(found.abs() < STANDARD_ERRORS, "{sampler:?} {i} {j}: {found}");
                let wrong = deviation(correlation(i, j), rho + 10.0 * standard_error, standard_error);
                assert!(wrong.abs() > STANDARD_ERRORS, "shown able to fail");
            }
        }
    }

    /// One path in every stratum of every replicate, as without correlations; the mixed uniforms alone leave a third of
    /// them empty.
    #[test]
    fn correlated_numbers_keep_their_strata() {
        let numbers: Vec<Number> = (0..4).map(|_| uniform()).collect();
        let [a, b, c] = [0, 1, 2].map(NumberId);
        let parameters = Parameters::compile(&numbers, &[(a, b, 0.7), (c, b, -0.4)]);
        let empty = |rows: &[Vec<f64>], paths: u64| {
            let mut empty = 0;
            for row in rows {
                for replicate in 0..replicates::REPLICATES as u64 {
                    let size = replicates::size(replicate, paths);
                    let mut seen = vec![false; size as usize];
                    for point in 0..size {
                        let u = row[replicates::path(replicate, point) as usize];
                        seen[(u * size as f64) as usize] = true;
                    }
                    empty += seen.iter().filter(|seen| !**seen).count();
                }
            }
            empty as f64 / (rows.len() as u64 * paths) as f64
        };
        for paths in [16, 1000, 4096, 20_001] {
            let run = sampling(Sampler::LatinHypercube, 3, paths);
            assert_eq!(empty(&drawn(&parameters, &run), paths), 0.0, "{paths}");
            let mut mixed = vec![0.0; 4 * paths as usize];
            parameters.independent(&run, 0, paths as usize, &mut mixed);
            parameters.correlate(paths as usize, &mut mixed);
            let mixed: Vec<Vec<f64>> = mixed.chunks_exact(paths as usize).map(<[f64]>::to_vec).collect();
            // Of b and c; a is mixed from itself alone.
            assert!(
                paths < 1000 || (empty(&mixed, paths) - 0.5 * (-1.0_f64).exp()).abs() < 0.02,
                "shown able to fail"
            );
        }
    }

    #[test]
    fn perfectly_correlated_numbers_move_together() {
        let numbers =
            [normal(), normal(), normal(), uncertain(Family::Lognormal { median: 1.0, sigma: 1.0 })];
        let [a, b, c, d] = [0, 1, 2, 3].map(NumberId);
        // c = −a, and d leans on both alike.
        let correlations = [(a, b, 1.0), (a, c, -1.0), (b, c, -1.0), (a, d, 0.5), (b, d, 0.5), (c, d, -0.5)];
        for sampler in SAMPLERS {
            let rows = drawn(&Parameters::compile(&numbers, &correlations), &sampling(sampler, 1, 1000));
            let [a, b, c, d] = rows.as_slice() else { unreachable!("four numbers") };
            for (((a, b), c), d) in a.iter().zip(b).zip(c).zip(d) {
                assert!((a - b).abs() <= 1e-9 * a.abs() && (a + c).abs() <= 1e-9 * a.abs() && d.is_finite());
            }
        }
    }

    #[test]
    fn numbers_without_correlation_keep_their_bits() {
        let numbers = [normal(), normal(), normal(), uniform()];
        for sampler in SAMPLERS {
            let run = sampling(sampler, 2, 500);
            let alone = drawn(&Parameters::compile(&numbers, &[]), &run);
            let beside = drawn(&Parameters::compile(&numbers, &[(NumberId(0), NumberId(2), 0.8)]), &run);
            assert_eq!([&alone[1], &alone[3]], [&beside[1], &beside[3]]);
            assert_ne!(alone[2], beside[2]);
        }
    }

    /// A bound on one column drops the row for all.
    #[test]
    fn columns_of_one_table_stay_joined() {
        let first = Arc::new((0..100).map(|row| f64::from(row * 37 % 100)).collect::<Vec<_>>());
        let second = Arc::new(first.iter().map(|x| 1000.0 - x * x).collect::<Vec<_>>());
        let column = |table, values: &Arc<Vec<f64>>| Family::Empirical { table, values: values.clone() };
        let numbers = [
            normal(),
            uncertain(column(7, &first)),
            bounded(column(7, &second), -3000.0, f64::INFINITY),
            uncertain(column(8, &first)),
            normal(),
        ];
        // The second column falls where the first rises: so does what is correlated with it.
        for (by, sign) in [(1, 1.0), (2, -1.0)] {
            let parameters = Parameters::compile(&numbers, &[(NumberId(0), NumberId(by), 0.9)]);
            for sampler in SAMPLERS {
                let rows = drawn(&parameters, &sampling(sampler, 6, 20_000));
                for (first, second) in rows[1].iter().zip(&rows[2]) {
                    assert_eq!(*second, 1000.0 - first * first);
                    assert!(*first <= 63.0, "a row outside the second column's bounds");
                }
                let spearman = |i: usize, j: usize| {
                    let mean = |row: &[f64]| row.iter().sum::<f64>() / row.len() as f64;
                    let [a, b] = [mean(&rows[i]), mean(&rows[j])];
                    let sum = |f: &dyn Fn(usize) -> f64| (0..rows[i].len()).map(f).sum::<f64>();
                    let both = sum(&|p| (rows[i][p] - a) * (rows[j][p] - b));
                    both / (sum(&|p| (rows[i][p] - a).powi(2)) * sum(&|p| (rows[j][p] - b).powi(2))).sqrt()
                };
                // A normal and a uniform behind which stand normals with ρ correlate by ρ·√(3/π).
                let expected = sign * 0.9 * (3.0 / std::f64::consts::PI).sqrt();
                assert!((spearman(0, 1) - expected).abs() < 0.02, "{}", spearman(0, 1));
                assert!(spearman(0, 3).abs() < 0.05 && spearman(4, 1).abs() < 0.05);
                let mut seen: Vec<f64> = rows[3].clone();
                seen.sort_by(f64::total_cmp);
                seen.dedup();
                assert_eq!(seen.len(), 100, "every row of the other table occurs");
            }
        }
    }

    #[test]
    fn values_do_not_depend_on_how_paths_are_divided() {
        let correlations = [(NumberId(0), NumberId(2), 0.7), (NumberId(8), NumberId(3), -0.5)];
        let parameters = Parameters::compile(&mixture(), &correlations);
        let numbers = parameters.uncertain().len();
        for sampler in SAMPLERS {
            let run = sampling(sampler, 12, 257);
            let whole = drawn(&parameters, &run);
            for size in [1, 7, 64, 100] {
                for first in (0..257).step_by(size) {
                    let paths = size.min(257 - first);
                    let mut out = vec![0.0; numbers * paths];
                    parameters.draw(&run, first as u64, paths, &mut out);
                    for (row, part) in whole.iter().zip(out.chunks_exact(paths)) {
                        assert_eq!(&row[first..first + paths], part, "{sampler:?} from {first}");
                    }
                }
            }
        }
    }

    /// The mean of a sum of eight numbers over 4096 paths, repeated with 64 seeds: what LHS and Sobol are for.
    #[test]
    fn stratified_samplers_take_the_variance_out_of_sums() {
        let numbers: Vec<Number> = (0..8).map(|i| if i % 2 == 0 { uniform() } else { normal() }).collect();
        let variance = |sampler, correlations: &[_]| {
            let parameters = Parameters::compile(&numbers, correlations);
            let means: Vec<f64> = (0..64)
                .map(|seed| {
                    drawn(&parameters, &sampling(sampler, seed, 4096)).iter().flatten().sum::<f64>() / 4096.0
                })
                .collect();
            // Unbiased: the mean over seeds is 4 · ½.
            let mean = means.iter().sum::<f64>() / 64.0;
            let variance = means.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 63.0;
            assert!(
                deviation(mean, 2.0, (variance / 64.0).sqrt()).abs() < STANDARD_ERRORS,
                "{sampler:?} {mean}"
            );
            variance
        };
        let [plain, latin, sobol] = SAMPLERS.map(|sampler| variance(sampler, &[]));
        // Plain is 4 · (1/12 + 1)/4096; a variance from 64 seeds is good to √(2/63).
        let exact = 4.0 * (1.0 / 12.0 + 1.0) / 4096.0;
        assert!(deviation(plain, exact, exact * (2.0_f64 / 63.0).sqrt()).abs() < STANDARD_ERRORS);
        assert!(latin < plain / 50.0 && sobol < plain / 50.0, "{plain} {latin} {sobol}");
        // A sum rests on its numbers' own distributions, which correlations leave as they are.
        let correlations =
            [(0, 1, 0.8), (3, 2, -0.5), (1, 5, 0.3)].map(|(a, b, rho)| (NumberId(a), NumberId(b), rho));
        let correlated = variance(Sampler::LatinHypercube, &correlations);
        assert!(correlated < plain / 50.0, "{correlated}");
    }

    #[test]
    fn more_numbers_than_sobol_dimensions_are_drawn_all_the_same() {
        let numbers: Vec<Number> = (0..sobol::DIMENSIONS + 3).map(|_| uniform()).collect();
        let parameters = Parameters::compile(&numbers, &[]);
        for row in drawn(&parameters, &sampling(Sampler::Sobol, 0, 256)) {
            let mean = row.iter().sum::<f64>() / 256.0;
            assert!(deviation(mean, 0.5, (1.0_f64 / 12.0 / 256.0).sqrt()).abs() < STANDARD_ERRORS);
        }
    }

    #[test]
    fn paths_beyond_the_announced_number_are_drawn_plainly() {
        let parameters = Parameters::compile(&[uniform()], &[]);
        let mut out = [0.0; 64];
        parameters.draw(&sampling(Sampler::LatinHypercube, 0, 16), 8, 64, &mut out);
        assert!(out.iter().all(|u| *u > 0.0 && *u < 1.0));
    }
}
