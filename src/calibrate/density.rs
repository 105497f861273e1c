//! The density of the events given the numbers of [`super::model`], with its gradient by hand. Deals are integrated over
//! the size of their jump by the trapezoid rule, sentiment and the sign of results are summed out.
//!
//! Selection: large moves get noticed. If a move within ±`threshold` has only `chance` of a larger one's chance to be in
//! the file, each density is divided by P(in the file). The chance cannot be estimated from the file itself.

use super::model::{
    Assumptions, DIMENSION, DRIFT, EPS_CLASS, EPS_KIND, Group, LN_AFTER, LN_CONFOUNDED, LN_DEAL, LN_DECAY,
    LN_GAP, LN_HALF_LIFE, LN_OMEGA, LN_RATE, LN_RISE, LN_SCALE, LN_SIGMA, LN_TAU, LOGIT_NEUTRAL, MOVES, MU,
    Numbers, PARAMETERS, RESULTS, Row, TENTH, THETA, TWENTY_DAYS, week_of,
};
use super::regimes::{self, PerState, STATES, Smoothed};
use super::results::{Signs, Summed, sum_out};
use super::student::{t4_cdf, t4_cdfs, t4_densities, t4_density};
use crate::state::lanes::{F8, LANES};

/// ln of a probability that is none.
const IMPOSSIBLE: f64 = -1e4;

/// Most nodes of the trapezoid rule over z from −4 to 4: near enough to one another to resolve a jump of 1 with noise of 4%.
const NODES: usize = 96;
const REACH: f64 = 4.0;

/// The trapezoid rule over a normal z.
#[derive(Debug, Clone)]
struct Rule {
    /// How many of the nodes are in use.
    n: usize,
    apart: f64,
    nodes: Nodes,
    weights: Nodes,
}

/// A number for each node, by groups of lanes.
type Nodes = [F8; NODES / LANES];

impl Rule {
    fn of(n: usize) -> Rule {
        let apart = 2.0 * REACH / (n - 1) as f64;
        let mut rule =
            Rule { n, apart, nodes: [F8::ZERO; NODES / LANES], weights: [F8::ZERO; NODES / LANES] };
        let mut sum = 0.0;
        for k in 0..n {
            let (group, lane) = (k / LANES, k % LANES);
            let node = -REACH + apart * k as f64;
            rule.nodes[group].0[lane] = node;
            rule.weights[group].0[lane] = libm::exp(-node * node / 2.0);
            sum += rule.weights[group].0[lane];
        }
        rule.weights.iter_mut().flat_map(|group| &mut group.0).for_each(|weight| *weight /= sum);
        rule
    }
}

/// The posterior density over the numbers of [`PARAMETERS`].
#[derive(Debug, Clone)]
pub struct Density<'d> {
    rows: &'d [Row],
    weeks: usize,
    /// Hype by definition.
    hype: Option<usize>,
    assumed: Assumptions,
    /// From coarse to fine.
    rules: [Rule; 4],
    slopes: Vec<[Slopes; STATES]>,
    week_density: Vec<PerState>,
    smoothed: Smoothed,
    /// Of the rows on days of results: ln density by sign, its slopes by mean and by ln of the noise around it, years.
    on_results: Vec<Signs>,
    results_slopes: Vec<[(f64, f64); 2]>,
    results_years: Vec<f64>,
    signs: Summed,
}

/// What a row's return over the twenty days after brings in.
#[derive(Debug, Clone, Copy, Default)]
struct After {
    /// The return less the drift.
    off: f64,
    noise: f64,
    ln_noise: f64,
    /// 1 − 2^(−T/h).
    gone: f64,
}

/// Sums over the nodes: the density, and what its slopes are made of (by ρ, by the standard deviation of ln of the
/// jump, by ln of the noise, by ln of the noise after, by drift, by what is gone). `AFTER` is a constant and the sums
/// are by lane, so that the loop compiles to vector instructions.
#[inline(always)]
fn sums<const AFTER: bool>(
    rule: &Rule,
    jumps: &Nodes,
    response: f64,
    (y, noise): (f64, f64),
    after: &After,
) -> [f64; 7] {
    let splat = F8::splat;
    let mut sums = [F8::ZERO; 7];
    for group in 0..rule.n / LANES {
        let jump = jumps[group];
        let m = splat(response) * jump;
        let r = (splat(y) - m) / noise;
        let q = F8::ONE / (F8::ONE + splat(0.25) * r * r);
        let mut p = rule.weights[group] * q * q * q.sqrt();
        let steep = splat(1.25) * r;
        let mut pull = steep * q / noise;
        if AFTER {
            let r2 = (splat(after.off) + splat(after.gone) * m) / after.noise;
            let q2 = F8::ONE / (F8::ONE + splat(0.25) * r2 * r2);
            p *= q2 * q2 * q2.sqrt();
            let back = splat(1.25) * r2 * q2;
            pull -= back * after.gone / after.noise;
            sums[4] += p * (back * r2 - F8::ONE);
            sums[5] += p * back / after.noise;
            sums[6] -= p * back * m / after.noise;
        }
        sums[0] += p;
        let by_response = p * pull * jump;
        sums[1] += by_response;
        sums[2] += by_response * rule.nodes[group];
        sums[3] += p * (steep * r * q - F8::ONE);
    }
    sums.map(|sum| sum.0.iter().sum())
}

/// How the density of a row in a state changes, divided by it.
#[derive(Debug, Clone, Copy, Default)]
struct Slopes {
    /// By ρ.
    response: f64,
    /// By ln of the jump, and by the standard deviation of its ln.
    jump: f64,
    spread: f64,
    /// By ln of the noise of the day, and of the twenty days.
    noise: f64,
    noise_after: f64,
    drift: f64,
    gone: f64,
}

impl<'d> Density<'d> {
    pub fn new(rows: &'d [Row], assumed: &Assumptions) -> Density<'d> {
        let weeks = rows.iter().map(|row| row.week + 1).max().unwrap_or(1);
        let first = rows.iter().map(|row| row.day).min().unwrap_or(0);
        let hype = assumed.hype.filter(|day| *day >= first).map(|day| week_of(day, first));
        Density {
            rows,
            weeks,
            hype: hype.filter(|week| *week < weeks),
            assumed: *assumed,
            rules: [NODES / 4, NODES / 3, NODES / 2, NODES].map(Rule::of),
            slopes: vec![[Slopes::default(); STATES]; rows.len()],
            week_density: vec![[0.0; STATES]; weeks],
            smoothed: Smoothed::default(),
            on_results: Vec::new(),
            results_slopes: Vec::new(),
            results_years: Vec::new(),
            signs: Summed::default(),
        }
    }

    /// ln of the posterior density up to a constant, and its gradient.
    pub fn log_density(&mut self, u: &[f64], gradient: &mut [f64]) -> f64 {
        let mut total = 0.0;
        for k in 0..DIMENSION {
            let off = (u[k] - PARAMETERS[k].mean) / PARAMETERS[k].sd;
            total -= off * off / 2.0;
            gradient[k] = -off / PARAMETERS[k].sd;
        }
        total + self.log_likelihood(u, gradient)
    }

    /// ln density of the events; adds its gradient.
    pub fn log_likelihood(&mut self, u: &[f64], gradient: &mut [f64]) -> f64 {
        let n = Numbers::of(u);
        let mut total = 0.0;
        self.week_density.clear();
        self.week_density.resize(self.weeks, [0.0; STATES]);
        if let Some(week) = self.hype {
            self.week_density[week] = [0.0, IMPOSSIBLE, IMPOSSIBLE];
        }
        self.on_results.clear();
        self.results_slopes.clear();
        self.results_years.clear();
        for k in 0..self.rows.len() {
            let row = &self.rows[k];
            match row.group {
                Group::Rest(group) => {
                    let (density, by_mu, by_noise) = self.around(row, n.mu[group], n.noise_around(row));
                    total += density;
                    gradient[MU + group] += by_mu;
                    noise_gradient(row, &n, by_noise, n.omega[group], LN_OMEGA + group, gradient);
                }
                Group::Results => {
                    let noise = n.noise_around(row);
                    let by_sign =
                        [1.0, -1.0].map(|sign| self.around(row, n.results.mu + sign * n.results.step, noise));
                    self.on_results.push(by_sign.map(|(density, ..)| density));
                    self.results_slopes.push(by_sign.map(|(_, by_mu, by_noise)| (by_mu, by_noise)));
                    self.results_years.push(row.years);
                }
                Group::Deal { kind } => {
                    let (density, slopes) = self.deal(row, kind, &n);
                    for s in 0..STATES {
                        self.week_density[row.week][s] += density[s];
                    }
                    self.slopes[k] = slopes;
                }
            }
        }
        regimes::smooth(&self.week_density, &regimes::transition(&n.rates), &mut self.smoothed);
        total += self.smoothed.log_likelihood;
        self.deal_gradient(&n, u, gradient);
        self.signs = sum_out(&self.on_results, &self.results_years, n.results.turn);
        total += self.signs.log_likelihood;
        self.results_gradient(&n, gradient);
        let by_rate = regimes::transition_gradient(&n.rates, &self.smoothed.by_move);
        for (k, (a, b)) in MOVES.iter().enumerate() {
            gradient[LN_RATE + k] += by_rate[*a][*b] * n.rates[*a][*b];
        }
        total
    }

    /// ln density in each state, and its slopes.
    fn deal(&self, row: &Row, kind: usize, n: &Numbers) -> (PerState, [Slopes; STATES]) {
        #[cfg(target_arch = "x86_64")]
        if is_x86_feature_detected!("avx2") {
            // SAFETY: the processor has the instructions.
            return unsafe { self.deal_avx2(row, kind, n) };
        }
        self.deal_plain(row, kind, n)
    }

    /// The same code, compiled for wider vectors; no fused multiply-adds, so the same bits.
    #[cfg(target_arch = "x86_64")]
    #[target_feature(enable = "avx2")]
    fn deal_avx2(&self, row: &Row, kind: usize, n: &Numbers) -> (PerState, [Slopes; STATES]) {
        self.deal_plain(row, kind, n)
    }

    #[inline(always)]
    fn deal_plain(&self, row: &Row, kind: usize, n: &Numbers) -> (PerState, [Slopes; STATES]) {
        let (ln_jump, spread) = n.jump(kind, row, row.x);
        let (noise, noise_after) = (n.noise_around(row), n.noise_after(row));
        // Nodes so near that the jumps around what was observed are less than the noise apart.
        let around = (row.y.abs() + 3.0 * noise) * spread;
        let rule = self.rules.iter().find(|rule| around * rule.apart <= noise).unwrap_or(&self.rules[3]);
        let mut jumps = [F8::ZERO; NODES / LANES];
        let step = libm::exp(spread * rule.apart);
        let mut jump = libm::exp(ln_jump - spread * REACH);
        for group in &mut jumps[..rule.n / LANES] {
            for lane in &mut group.0 {
                *lane = jump;
                jump *= step;
            }
        }
        let ln_noise = libm::log(noise);
        let after = row.after.map(|after| After {
            off: after - n.drift,
            noise: noise_after,
            ln_noise: libm::log(noise_after),
            gone: n.gone(),
        });
        let mut density = [0.0; STATES];
        let mut slopes = [Slopes::default(); STATES];
        for s in 0..STATES {
            let response = n.response[s];
            let sum = match &after {
                Some(after) => sums::<true>(rule, &jumps, response, (row.y, noise), after),
                None => sums::<false>(rule, &jumps, response, (row.y, noise), &After::default()),
            };
            let all = sum[0].max(1e-300);
            density[s] = libm::log(all) - ln_noise - after.map_or(0.0, |after| after.ln_noise);
            slopes[s] = Slopes {
                response: sum[1] / all,
                jump: response * sum[1] / all,
                spread: response * sum[2] / all,
                noise: sum[3] / all,
                noise_after: sum[4] / all,
                drift: sum[5] / all,
                gone: sum[6] / all,
            };
            if self.assumed.chance < 1.0 {
                self.select(row, response, noise, (rule, &jumps), &mut density[s], &mut slopes[s]);
            }
        }
        (density, slopes)
    }

    /// Divides by the probability that the row is in the file.
    #[inline(always)]
    fn select(
        &self,
        row: &Row,
        response: f64,
        noise: f64,
        (rule, jumps): (&Rule, &Nodes),
        density: &mut f64,
        slopes: &mut Slopes,
    ) {
        let (high, low) = (self.assumed.threshold - row.shift, -self.assumed.threshold - row.shift);
        let (mut chance, mut by_response, mut by_spread, mut by_noise) = (0.0, 0.0, 0.0, 0.0);
        for group in 0..rule.n / LANES {
            let (weight, jump) = (rule.weights[group], jumps[group]);
            let m = F8::splat(response) * jump;
            let (a, b) = ((F8::splat(high) - m) / noise, (F8::splat(low) - m) / noise);
            let (fa, fb) = (t4_densities(a), t4_densities(b));
            let noticed = weight * (F8::ONE - t4_cdfs(a) + t4_cdfs(b));
            let slope = weight * (fa - fb) / noise * jump;
            let spread = slope * rule.nodes[group];
            let wide = weight * (fa * a - fb * b);
            for lane in 0..LANES {
                chance += noticed.0[lane];
                by_response += slope.0[lane];
                by_spread += spread.0[lane];
                by_noise += wide.0[lane];
            }
        }
        let less = 1.0 - self.assumed.chance;
        let all = self.assumed.chance + less * chance;
        *density -= libm::log(all);
        let part = less / all;
        slopes.response -= part * by_response;
        slopes.jump -= part * by_response * response;
        slopes.spread -= part * by_spread * response;
        slopes.noise -= part * by_noise;
    }

    fn deal_gradient(&self, n: &Numbers, u: &[f64], gradient: &mut [f64]) {
        let gone_by_half_life = {
            let decay = std::f64::consts::LN_2 * TWENTY_DAYS / n.half_life;
            -decay * libm::exp(-decay)
        };
        let mut by_response = [0.0; STATES];
        for (row, slopes) in self.rows.iter().zip(&self.slopes) {
            let Group::Deal { kind } = row.group else { continue };
            let given = self.smoothed.given_all[row.week];
            let mut sum = Slopes::default();
            for s in 0..STATES {
                by_response[s] += given[s] * slopes[s].response;
                sum.jump += given[s] * slopes[s].jump;
                sum.spread += given[s] * slopes[s].spread;
                sum.noise += given[s] * slopes[s].noise;
                sum.noise_after += given[s] * slopes[s].noise_after;
                sum.drift += given[s] * slopes[s].drift;
                sum.gone += given[s] * slopes[s].gone;
            }
            let (theta, sigma) = (n.theta, n.sigma);
            let (_, spread) = n.jump(kind, row, row.x);
            gradient[LN_RISE] += sum.jump;
            gradient[LN_DECAY] -= sum.jump * libm::exp(u[LN_DECAY]) * row.years;
            gradient[EPS_KIND + kind] += sum.jump * libm::exp(u[LN_TAU]);
            gradient[LN_TAU] += sum.jump * n.kind[kind];
            gradient[EPS_CLASS + row.class] += sum.jump * libm::exp(u[LN_TAU + 1]);
            gradient[LN_TAU + 1] += sum.jump * n.class[row.class];
            gradient[THETA] += sum.jump * (row.x - TENTH) + sum.spread * theta * row.x_sd * row.x_sd / spread;
            gradient[LN_SIGMA] += -sum.jump * sigma * sigma + sum.spread * sigma * sigma / spread;
            gradient[LN_DEAL] += sum.noise * (1.0 - 1.0 / n.deal);
            gradient[LN_SCALE + row.class] += sum.noise + sum.noise_after;
            if row.confounded {
                gradient[LN_CONFOUNDED] += sum.noise * (1.0 - 1.0 / n.confounded);
            }
            gradient[LN_AFTER] += sum.noise_after;
            gradient[DRIFT] += sum.drift;
            gradient[LN_HALF_LIFE] += sum.gone * gone_by_half_life;
        }
        let neutral = n.response[1];
        gradient[LOGIT_NEUTRAL] += (by_response[1] + by_response[2]) * neutral * (1.0 - neutral);
        gradient[LN_GAP] -= by_response[2] * (neutral - n.response[2]);
    }

    /// A row around a mean that no sentiment moves: ln density, its slopes by the mean and by ln of the noise.
    fn around(&self, row: &Row, mean: f64, noise: f64) -> (f64, f64, f64) {
        let r = (row.y - mean) / noise;
        let q = 1.0 / (1.0 + 0.25 * r * r);
        let mut density = 2.5 * libm::log(q) - libm::log(noise);
        let mut by_mean = 1.25 * r * q / noise;
        let mut by_noise = 1.25 * r * r * q - 1.0;
        if self.assumed.chance < 1.0 {
            let c = self.assumed.threshold;
            let (a, b) = ((c - mean) / noise, (-c - mean) / noise);
            let (fa, fb) = (t4_density(a), t4_density(b));
            let less = 1.0 - self.assumed.chance;
            let chance = self.assumed.chance + less * (1.0 - t4_cdf(a) + t4_cdf(b));
            density -= libm::log(chance);
            by_mean -= less / chance * (fa - fb) / noise;
            by_noise -= less / chance * (fa * a - fb * b);
        }
        (density, by_mean, by_noise)
    }

    fn results_gradient(&self, n: &Numbers, gradient: &mut [f64]) {
        let rows = self.rows.iter().filter(|row| row.group == Group::Results);
        for ((row, slopes), given) in rows.zip(&self.results_slopes).zip(&self.signs.given_all) {
            let (good, bad) = (given[0] * slopes[0].0, given[1] * slopes[1].0);
            gradient[RESULTS] += good + bad;
            gradient[RESULTS + 1] += (good - bad) * n.results.step;
            let by_noise = given[0] * slopes[0].1 + given[1] * slopes[1].1;
            noise_gradient(row, n, by_noise, n.results.omega, RESULTS + 2, gradient);
        }
        gradient[RESULTS + 3] += self.signs.by_ln_turn;
    }

    /// ln density of the events alone.
    pub fn events(&mut self, u: &[f64]) -> f64 {
        let mut unused = [0.0; DIMENSION];
        self.log_likelihood(u, &mut unused)
    }

    /// P(state | …) by week, at the numbers looked at last.
    pub fn smoothed(&self) -> &Smoothed {
        &self.smoothed
    }

    /// P(good, bad | all events) of the rows on days of results, at the numbers looked at last.
    pub fn signs(&self) -> &[Signs] {
        &self.signs.given_all
    }

    /// P(sign at the last day of results | all events), at the numbers looked at last, and in what year that was.
    pub fn last_sign(&self) -> (Signs, f64) {
        (self.signs.last, self.results_years.last().copied().unwrap_or(0.0))
    }

    /// P(state | all events) by week, at these numbers.
    pub fn states(&mut self, u: &[f64]) -> &Smoothed {
        self.events(u);
        &self.smoothed
    }
}

/// What a slope by ln of √(noise² + ω²) adds to those by ln of scale, ω and the factor of confounded days.
fn noise_gradient(row: &Row, n: &Numbers, by_noise: f64, omega: f64, ln_omega: usize, gradient: &mut [f64]) {
    let noise = n.noise(row);
    let all = noise * noise + omega * omega;
    gradient[ln_omega] += by_noise * omega * omega / all;
    let own = by_noise * noise * noise / all;
    gradient[LN_SCALE + row.class] += own;
    if row.confounded {
        gradient[LN_CONFOUNDED] += own * (1.0 - 1.0 / n.confounded);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::predict::{Draws, design};

    /// Each number in turn, at several points, with and without selection; and a wrong gradient is noticed.
    #[test]
    fn the_gradient_is_that_of_finite_differences() {
        let mut draws = Draws::synthetic(3, 0);
        for chance in [1.0, 0.4] {
            let assumed = Assumptions { chance, ..Assumptions::default() };
            for _ in 0..3 {
                let truth = crate::calibrate::predict::from_prior(&mut draws);
                let rows = crate::calibrate::predict::simulate(&Numbers::of(&truth), &design(30), &mut draws);
                let mut density = Density::new(&rows, &assumed);
                let u: Vec<f64> = truth.iter().map(|u| u + 0.3 * draws.normal()).collect();
                let mut gradient = vec![0.0; DIMENSION];
                density.log_density(&u, &mut gradient);
                let mut unused = vec![0.0; DIMENSION];
                for k in 0..DIMENSION {
                    let h = 1e-5;
                    let mut at = |off: f64| {
                        let mut v = u.clone();
                        v[k] += off;
                        density.log_density(&v, &mut unused)
                    };
                    let slope = (8.0 * (at(h) - at(-h)) - (at(2.0 * h) - at(-2.0 * h))) / (12.0 * h);
                    let name = PARAMETERS[k].name;
                    let error = (slope - gradient[k]).abs() / (1.0 + slope.abs());
                    assert!(error < 1e-6, "{name}: {slope} {}", gradient[k]);
                    assert!((slope - gradient[k] - 0.01).abs() / (1.0 + slope.abs()) > 1e-6);
                }
            }
        }
    }

    /// The integral over z against a sum of 100,000 terms.
    #[test]
    fn the_nodes_are_enough() {
        let mut u: Vec<f64> = PARAMETERS.iter().map(|p| p.mean).collect();
        u[LN_SIGMA] = -0.3;
        u[LN_RATE] = -40.0;
        u[LN_RATE + 1] = -40.0;
        let n = Numbers::of(&u);
        for (x, y, class) in [(1.0, 0.4, 0), (-3.0, 0.02, 2), (-1.0, 0.9, 3), (0.5, -0.1, 1)] {
            let row = Row {
                event: 0,
                day: 0,
                week: 0,
                years: 0.4,
                group: Group::Deal { kind: 0 },
                class,
                x,
                x_sd: 0.8,
                confounded: false,
                shift: 0.0,
                y,
                after: None,
            };
            let rows = [row.clone()];
            let density = Density::new(&rows, &Assumptions::default());
            let (ln, spread) = n.jump(0, &row, x);
            let noise = n.noise_around(&row);
            let (found, _) = density.deal(&row, 0, &n);
            let (mut sum, mut weights) = (0.0, 0.0);
            for k in 0..100_000 {
                let z = -8.0 + 16.0 * (k as f64 + 0.5) / 100_000.0;
                let weight = (-z * z / 2.0).exp();
                weights += weight;
                sum += weight * t4_density((y - (ln + spread * z).exp()) / noise) / noise;
            }
            let expected = (sum / weights / 0.375).ln();
            assert!((found[0] - expected).abs() < 0.03, "{x} {y}: {} {expected}", found[0]);
        }
    }
}
