//! The No-U-Turn sampler (Hoffman and Gelman 2014, Journal of Machine Learning Research 15) with multinomial draws from
//! a trajectory (Betancourt 2017, arXiv:1701.02434), for a density of some dozens of numbers. Step size and metric are
//! adapted as Stan does it: dual averaging, and windows that double; the metric is the covariance of a window's draws,
//! shrunk towards its diagonal by as much as the window is short. It is applied by whitening: the trajectory runs in
//! coordinates in which the metric is the identity.
//!
//! All arithmetic is plain f64 and libm, the random numbers are addressed: a seed gives the same draws on every machine.

use crate::state::draw::{AddressedRng, Purpose};
use crate::state::maths::normal_quantile1;

/// ln of a density up to a constant; writes its gradient. Not finite: outside.
pub trait Target {
    fn ln_density(&mut self, at: &[f64], gradient: &mut [f64]) -> f64;
}

/// Doublings of a trajectory at most.
const MOST_DEPTH: usize = 9;
/// An energy that is off by more has diverged.
const DIVERGED: f64 = 1000.0;

/// Lower triangle L, rows one after the other: coordinates x = L⁻¹(position).
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    n: usize,
    lower: Vec<f64>,
}

impl Metric {
    pub fn diagonal(sd: &[f64]) -> Metric {
        let n = sd.len();
        let mut lower = vec![0.0; n * n];
        for (k, sd) in sd.iter().enumerate() {
            lower[k * n + k] = *sd;
        }
        Metric { n, lower }
    }

    /// Cholesky factor of the covariance of draws, shrunk towards the diagonal; none where they do not spread.
    fn of(draws: &[Vec<f64>]) -> Option<Metric> {
        let n = draws.first()?.len();
        let m = draws.len() as f64;
        let mean: Vec<f64> = (0..n).map(|k| draws.iter().map(|draw| draw[k]).sum::<f64>() / m).collect();
        let keep = m / (m + n as f64);
        let mut lower = vec![0.0; n * n];
        for i in 0..n {
            for j in 0..=i {
                let products = draws.iter().map(|draw| (draw[i] - mean[i]) * (draw[j] - mean[j]));
                let covariance = products.sum::<f64>() / (m - 1.0);
                let mut rest = if i == j { covariance } else { keep * covariance };
                for k in 0..j {
                    rest -= lower[i * n + k] * lower[j * n + k];
                }
                lower[i * n + j] = if i == j { rest.sqrt() } else { rest / lower[j * n + j] };
            }
            let pivot = lower[i * n + i];
            if pivot.is_nan() || pivot <= 0.0 {
                return None;
            }
        }
        Some(Metric { n, lower })
    }

    fn position(&self, x: &[f64], out: &mut [f64]) {
        for i in 0..self.n {
            let row = &self.lower[i * self.n..=i * self.n + i];
            out[i] = row.iter().zip(x).map(|(l, x)| l * x).sum();
        }
    }

    /// L'g: the gradient by x.
    fn turned(&self, gradient: &[f64], out: &mut [f64]) {
        out.fill(0.0);
        for i in 0..self.n {
            for j in 0..=i {
                out[j] += self.lower[i * self.n + j] * gradient[i];
            }
        }
    }

    fn coordinates(&self, position: &[f64]) -> Vec<f64> {
        let mut x = vec![0.0; self.n];
        for i in 0..self.n {
            let before: f64 = (0..i).map(|j| self.lower[i * self.n + j] * x[j]).sum();
            x[i] = (position[i] - before) / self.lower[i * self.n + i];
        }
        x
    }
}

/// A point of a trajectory.
#[derive(Debug, Clone)]
struct State {
    x: Vec<f64>,
    momentum: Vec<f64>,
    gradient: Vec<f64>,
    ln: f64,
}

impl State {
    fn energy(&self) -> f64 {
        dot(&self.momentum, &self.momentum) / 2.0 - self.ln
    }
}

/// A piece of a trajectory, from `first` to `last` in the direction in which it grew.
struct Tree {
    first: State,
    last: State,
    /// Sum of the momenta.
    sum: Vec<f64>,
    drawn: State,
    ln_weight: f64,
}

/// A chain: where it stands, how it steps.
pub struct Chain<'t, T: Target> {
    target: &'t mut T,
    rng: AddressedRng,
    metric: Metric,
    step: f64,
    state: State,
    position: Vec<f64>,
    slope: Vec<f64>,
    /// Gradients computed so far.
    pub gradients: u64,
    /// Of the trajectory that runs.
    accepted: f64,
    steps: f64,
    diverged: bool,
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn plus(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a + b).collect()
}

/// Do the ends of a piece still move apart?
fn apart(sum: &[f64], first: &State, last: &State) -> bool {
    dot(sum, &first.momentum) > 0.0 && dot(sum, &last.momentum) > 0.0
}

fn ln_sum(a: f64, b: f64) -> f64 {
    let (high, low) = if a > b { (a, b) } else { (b, a) };
    high + libm::log1p(libm::exp(low - high))
}

impl<'t, T: Target> Chain<'t, T> {
    /// Starts at a position; `None` where the density is not finite there.
    pub fn start(
        target: &'t mut T,
        metric: Metric,
        position: &[f64],
        seed: u64,
        index: u32,
        chain: u32,
    ) -> Option<Chain<'t, T>> {
        let n = position.len();
        let nothing = State { x: vec![0.0; n], momentum: vec![0.0; n], gradient: vec![0.0; n], ln: 0.0 };
        let mut chain = Chain {
            target,
            rng: AddressedRng::new(seed, u64::from(index), Purpose::chain(chain)),
            metric,
            step: 0.1,
            state: nothing,
            position: vec![0.0; n],
            slope: vec![0.0; n],
            gradients: 0,
            accepted: 0.0,
            steps: 0.0,
            diverged: false,
        };
        chain.stand(position);
        chain.state.ln.is_finite().then_some(chain)
    }

    pub fn metric(&self) -> &Metric {
        &self.metric
    }

    fn stand(&mut self, position: &[f64]) {
        let mut state = self.state.clone();
        state.x = self.metric.coordinates(position);
        self.look(&mut state);
        self.state = state;
    }

    /// Density and gradient where a state is.
    fn look(&mut self, state: &mut State) {
        self.metric.position(&state.x, &mut self.position);
        state.ln = self.target.ln_density(&self.position, &mut self.slope);
        self.gradients += 1;
        if !state.ln.is_finite() || !self.slope.iter().all(|slope| slope.is_finite()) {
            state.ln = f64::NEG_INFINITY;
            self.slope.fill(0.0);
        }
        self.metric.turned(&self.slope, &mut state.gradient);
    }

    fn uniform(&mut self) -> f64 {
        self.rng.open_unit()
    }

    fn push(&mut self) {
        for k in 0..self.state.momentum.len() {
            let u = self.uniform();
            self.state.momentum[k] = normal_quantile1(u);
        }
    }

    fn leap(&mut self, from: &State, step: f64) -> State {
        let mut state = from.clone();
        for k in 0..state.x.len() {
            state.momentum[k] += 0.5 * step * state.gradient[k];
            state.x[k] += step * state.momentum[k];
        }
        self.look(&mut state);
        for k in 0..state.x.len() {
            state.momentum[k] += 0.5 * step * state.gradient[k];
        }
        state
    }

    /// A piece of 2^depth steps; `None` where it turns back or diverges.
    fn tree(&mut self, from: &State, depth: usize, step: f64, energy: f64) -> Option<Tree> {
        if depth == 0 {
            let state = self.leap(from, step);
            let gained = energy - state.energy();
            self.steps += 1.0;
            if gained.is_nan() || gained < -DIVERGED {
                self.diverged = true;
                return None;
            }
            self.accepted += libm::exp(gained.min(0.0));
            return Some(Tree {
                first: state.clone(),
                sum: state.momentum.clone(),
                drawn: state.clone(),
                last: state,
                ln_weight: gained,
            });
        }
        let near = self.tree(from, depth - 1, step, energy)?;
        let far = self.tree(&near.last, depth - 1, step, energy)?;
        let ln_weight = ln_sum(near.ln_weight, far.ln_weight);
        let is_far = self.uniform() < libm::exp(far.ln_weight - ln_weight);
        let sum = plus(&near.sum, &far.sum);
        let goes_on = apart(&sum, &near.first, &far.last)
            && apart(&plus(&near.sum, &far.first.momentum), &near.first, &far.first)
            && apart(&plus(&far.sum, &near.last.momentum), &near.last, &far.last);
        goes_on.then_some(Tree {
            first: near.first,
            last: far.last,
            sum,
            drawn: if is_far { far.drawn } else { near.drawn },
            ln_weight,
        })
    }

    /// The next draw; whether its trajectory diverged, and the share of its steps that would be accepted.
    pub fn next(&mut self, out: &mut Vec<f64>) -> (bool, f64) {
        self.push();
        (self.accepted, self.steps, self.diverged) = (0.0, 0.0, false);
        let energy = self.state.energy();
        // Backward and forward ends.
        let mut ends = [self.state.clone(), self.state.clone()];
        let mut sum = self.state.momentum.clone();
        let mut ln_weight = 0.0;
        for depth in 0..MOST_DEPTH {
            let forward = usize::from(self.uniform() < 0.5);
            let step = if forward == 1 { self.step } else { -self.step };
            let from = ends[forward].clone();
            let Some(tree) = self.tree(&from, depth, step, energy) else { break };
            if libm::log(self.uniform()) < tree.ln_weight - ln_weight {
                self.state = tree.drawn.clone();
            }
            ln_weight = ln_sum(ln_weight, tree.ln_weight);
            let whole = plus(&sum, &tree.sum);
            let other = &ends[1 - forward];
            let goes_on = apart(&whole, other, &tree.last)
                && apart(&plus(&sum, &tree.first.momentum), other, &tree.first)
                && apart(&plus(&tree.sum, &from.momentum), &from, &tree.last);
            sum = whole;
            ends[forward] = tree.last;
            if !goes_on {
                break;
            }
        }
        out.resize(self.state.x.len(), 0.0);
        self.metric.position(&self.state.x, out);
        (self.diverged, self.accepted / self.steps.max(1.0))
    }

    /// A step of which about four in five would be accepted, by doubling or halving.
    fn find_step(&mut self) {
        self.push();
        let begin = self.state.clone();
        let energy = begin.energy();
        let gained = |chain: &mut Self, step: f64| energy - chain.leap(&begin, step).energy();
        let ln_wanted = libm::log(0.8);
        let grows = gained(self, self.step) > ln_wanted;
        for _ in 0..40 {
            let next = self.step * if grows { 2.0 } else { 0.5 };
            let is_good = gained(self, next) > ln_wanted;
            if is_good != grows {
                if !grows {
                    self.step = next;
                }
                break;
            }
            self.step = next;
        }
    }

    /// Adapts step and metric over so many draws that are thrown away; false where `go_on` says to stop.
    pub fn tune(&mut self, draws: usize, acceptance: f64, go_on: &impl Fn() -> bool) -> bool {
        let (first, last) = ((draws * 15 / 100).min(75), (draws / 10).min(50));
        let mut window = (draws / 20).max(25);
        let mut ends = first + window;
        let mut kept: Vec<Vec<f64>> = Vec::new();
        self.find_step();
        let mut averaging = Averaging::at(self.step);
        let mut out = Vec::new();
        for draw in 0..draws {
            let (_, accepted) = self.next(&mut out);
            self.step = averaging.next(acceptance - accepted);
            if !go_on() {
                return false;
            }
            if draw < first || draw >= draws - last {
                continue;
            }
            kept.push(out.clone());
            if draw + 1 == ends {
                if let Some(metric) = Metric::of(&kept) {
                    self.metric = metric;
                    self.stand(&out);
                    self.find_step();
                    averaging = Averaging::at(self.step);
                }
                kept.clear();
                window *= 2;
                // The last window takes what would be too short for one more.
                ends += if ends + 3 * window > draws - last { draws - last - ends } else { window };
            }
        }
        self.step = averaging.mean();
        true
    }
}

/// Nesterov's dual averaging of ln step, with Hoffman and Gelman's constants.
struct Averaging {
    centre: f64,
    error: f64,
    mean: f64,
    count: f64,
}

impl Averaging {
    fn at(step: f64) -> Averaging {
        Averaging { centre: libm::log(10.0 * step), error: 0.0, mean: 0.0, count: 0.0 }
    }

    fn next(&mut self, missed: f64) -> f64 {
        self.count += 1.0;
        let weight = 1.0 / (self.count + 10.0);
        self.error = (1.0 - weight) * self.error + weight * missed;
        let ln = self.centre - self.count.sqrt() / 0.05 * self.error;
        let share = libm::pow(self.count, -0.75);
        self.mean = share * ln + (1.0 - share) * self.mean;
        libm::exp(ln)
    }

    fn mean(&self) -> f64 {
        libm::exp(self.mean)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::laws::STANDARD_ERRORS;

    /// Two normals with correlation 0.95, one of a thousand times the other's spread; and a Student's t.
    struct Known;

    impl Target for Known {
        fn ln_density(&mut self, at: &[f64], gradient: &mut [f64]) -> f64 {
            let (r, x, y, t) = (0.95, at[0], at[1] / 1000.0, at[2]);
            let one = 1.0 - r * r;
            gradient[0] = -(x - r * y) / one;
            gradient[1] = -(y - r * x) / one / 1000.0;
            gradient[2] = -9.0 * t / (8.0 + t * t);
            -(x * x - 2.0 * r * x * y + y * y) / (2.0 * one) - 4.5 * libm::log1p(t * t / 8.0)
        }
    }

    #[test]
    fn moments_of_known_densities() {
        let mut found: Vec<[f64; 5]> = Vec::new();
        for chain in 0..4 {
            let mut target = Known;
            let metric = Metric::diagonal(&[1.0, 1.0, 1.0]);
            let mut chain = Chain::start(&mut target, metric, &[0.5, 300.0, -1.0], 4, 0, chain).unwrap();
            assert!(chain.tune(600, 0.85, &|| true));
            let mut draw = Vec::new();
            for _ in 0..2000 {
                chain.next(&mut draw);
                let (x, y, t) = (draw[0], draw[1] / 1000.0, draw[2]);
                found.push([x, x * x, y * y, x * y, t * t]);
            }
        }
        // Variance of t₈ is 8/6. Effective draws are at least a quarter of the draws here, batches of 100 say the errors.
        for (k, expected) in [0.0, 1.0, 1.0, 0.95, 8.0 / 6.0].into_iter().enumerate() {
            let batches: Vec<f64> =
                found.chunks(100).map(|part| part.iter().map(|f| f[k]).sum::<f64>() / 100.0).collect();
            let n = batches.len() as f64;
            let mean = batches.iter().sum::<f64>() / n;
            let se = (batches.iter().map(|b| (b - mean) * (b - mean)).sum::<f64>() / (n - 1.0) / n).sqrt();
            assert!((mean - expected).abs() < STANDARD_ERRORS * se, "{k}: {mean} ± {se}, {expected}");
            assert!((mean - expected - 0.3).abs() > STANDARD_ERRORS * se, "{k}: ± {se}");
        }
    }

    #[test]
    fn coordinates_and_positions_are_inverse() {
        let draws: Vec<Vec<f64>> = (0..40)
            .map(|k| {
                let k = f64::from(k);
                vec![libm::sin(k), libm::sin(k) + 0.3 * libm::cos(3.0 * k), 10.0 * libm::cos(k * k)]
            })
            .collect();
        let metric = Metric::of(&draws).unwrap();
        let mut back = vec![0.0; 3];
        metric.position(&metric.coordinates(&draws[7]), &mut back);
        assert!(back.iter().zip(&draws[7]).all(|(a, b)| (a - b).abs() < 1e-12));
        assert!(Metric::of(&[vec![1.0], vec![1.0]]).is_none());
    }
}
