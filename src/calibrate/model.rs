//! The density of the events given the numbers of the announcement effect, with its gradient by hand.
//!
//! A deal that should lift a share (`sign_expected` positive), with ρ the response of the week's sentiment:
//!
//! ```text
//! m = ρ · η(kind, class) · (D/M)^θ · exp(σ z − σ²/2)       the jump, as in §5.3
//! y = m + s(class, confounded) · t₄                        abnormal log return less ln(1 + worth·D/M)
//! y₂₀ = d − (1 − 2^(−T/h)) · m + √20 · s(class) · n · t₄   log return of the twenty trading days after, T = 20/252
//! ln η(kind, class) = ln η(family) + τ_kind·ε_kind + τ_class·ε_class
//! ```
//!
//! θ and η are those of a family: contracts (compute, chips, warrants, backlogs), whose size is a notional, or stakes
//! (an investment, and the rest), whose size is a cheque. A size that is not known has x = ln(D/M) ~ N(mean, sd²)
//! ([`super::exposure`]); z and x are integrated out together: ln|m| is normal with variance σ² + θ²·sd². The rest of
//! the events (doubts, rivals' deals, ambiguous news) move a share by μ + t₄·√(s² + ω²), each group with its own μ and
//! ω, whatever the sentiment; they inform the noise.
//!
//! Sentiment is summed out ([`super::regimes`]). `hype` has ρ = 1, which is what makes η a number; ρ of neutral is
//! between 0 and 1, ρ of suspicion below that of neutral.
//!
//! Selection: large moves get noticed. If a move within ±`threshold` has only `chance` of a larger one's chance to be in
//! the file, each density is divided by P(in the file). The chance cannot be estimated from the file itself.
//!
//! Noise is Student's t with 4 degrees of freedom: about what daily returns of shares show (Blattberg and Gonedes 1974,
//! Journal of Business 47), and its distribution function is algebraic.

use super::events::{Event, Kind, Sign};
use super::exposure::{Class, Exposure, Observed};
use super::regimes::{self, Matrix, PerState, STATES, Smoothed, WEEK};
use crate::state::lanes::{F8, LANES};

/// A number of the model on the scale on which it is sampled, with its normal prior.
#[derive(Debug, Clone, Copy)]
pub struct Parameter {
    pub name: &'static str,
    pub mean: f64,
    pub sd: f64,
}

const fn number(name: &'static str, mean: f64, sd: f64) -> Parameter {
    Parameter { name, mean, sd }
}

pub const LN_ETA: usize = 0; // contracts, stakes
pub const LN_THETA: usize = 2; // contracts, stakes
pub const LN_SIGMA: usize = 4;
pub const LOGIT_NEUTRAL: usize = 5;
pub const LN_GAP: usize = 6;
pub const LN_TAU: usize = 7; // kind, class
pub const EPS_KIND: usize = 9;
pub const EPS_CLASS: usize = 15;
pub const LN_SCALE: usize = 19; // by class
pub const LN_CONFOUNDED: usize = 23;
pub const MU: usize = 24; // by group
pub const LN_OMEGA: usize = 27;
pub const LN_RATE: usize = 30; // hype→neutral, hype→suspicion, neutral→hype, …
pub const LN_HALF_LIFE: usize = 36;
pub const DRIFT: usize = 37;
pub const LN_AFTER: usize = 38;
pub const DIMENSION: usize = 39;

/// Every number that is sampled. ln unless the name says otherwise.
pub const PARAMETERS: [Parameter; DIMENSION] = [
    number("ln_eta.contract", -0.92, 0.8), // median 0.4
    number("ln_eta.stake", -2.0, 1.0),
    number("ln_theta.contract", -0.51, 0.4), // median 0.6
    number("ln_theta.stake", -1.6, 0.7),
    number("ln_sigma", -0.69, 0.4),     // median 0.5
    number("logit_neutral", -0.4, 0.8), // median 0.4
    number("ln_gap", -0.7, 0.6),        // median 0.5
    number("ln_tau.kind", -1.2, 0.5),   // median 0.3
    number("ln_tau.class", -1.2, 0.5),
    number("eps.compute_commitment", 0.0, 1.0),
    number("eps.chip_supply", 0.0, 1.0),
    number("eps.warrant", 0.0, 1.0),
    number("eps.earnings_backlog", 0.0, 1.0),
    number("eps.equity_investment", 0.0, 1.0),
    number("eps.other", 0.0, 1.0),
    number("eps.small", 0.0, 1.0),
    number("eps.middle", 0.0, 1.0),
    number("eps.large", 0.0, 1.0),
    number("eps.unknown", 0.0, 1.0),
    number("ln_scale.small", -3.1, 0.4),  // 4.5% a day
    number("ln_scale.middle", -3.4, 0.4), // 3.3%
    number("ln_scale.large", -4.1, 0.4),  // 1.7%
    number("ln_scale.unknown", -3.6, 0.4),
    number("ln_confounded", -0.7, 0.7), // noise × (1 + 0.5)
    number("mu.adverse", -0.03, 0.04),
    number("mu.doubt", -0.03, 0.04),
    number("mu.ambiguous", 0.0, 0.04),
    number("ln_omega.adverse", -3.5, 0.6),
    number("ln_omega.doubt", -3.5, 0.6),
    number("ln_omega.ambiguous", -3.5, 0.6),
    number("ln_rate.hype.neutral", -0.7, 0.8), // median 0.5 a year
    number("ln_rate.hype.suspicion", -0.7, 0.8),
    number("ln_rate.neutral.hype", -0.7, 0.8),
    number("ln_rate.neutral.suspicion", -0.7, 0.8),
    number("ln_rate.suspicion.hype", -0.7, 0.8),
    number("ln_rate.suspicion.neutral", -0.7, 0.8),
    number("ln_half_life", -0.29, 0.7), // median 0.75 years
    number("drift_20d", 0.0, 0.03),
    number("ln_noise_20d", 0.0, 0.3),
];

/// The kinds that have an own elasticity, in the order of their ε.
pub const KIND_EFFECTS: [&str; 6] =
    ["compute_commitment", "chip_supply", "warrant", "earnings_backlog", "equity_investment", "other"];

pub const GROUPS: [&str; 3] = ["adverse", "doubt", "ambiguous"];

/// How an event enters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Group {
    /// Good news of the share's own company; `kind` is its place in [`KIND_EFFECTS`].
    Deal { kind: usize },
    /// A place in [`GROUPS`].
    Rest(usize),
}

impl Group {
    pub fn of(event: &Event) -> Group {
        match (event.sign, event.kind) {
            (_, Kind::SkepticismNews) => Group::Rest(1),
            (Sign::Negative, _) => Group::Rest(0),
            (Sign::Ambiguous, _) => Group::Rest(2),
            (Sign::Positive, kind) => Group::Deal {
                kind: match kind {
                    Kind::ComputeCommitment => 0,
                    Kind::ChipSupply => 1,
                    Kind::Warrant => 2,
                    Kind::EarningsBacklog => 3,
                    Kind::EquityInvestment => 4,
                    _ => 5,
                },
            },
        }
    }
}

/// 0 contracts, 1 stakes.
pub fn family(kind: usize) -> usize {
    usize::from(kind >= 4)
}

/// An event as the density sees it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its place in the list of events.
    pub event: usize,
    pub day: i32,
    pub week: usize,
    pub group: Group,
    pub class: usize,
    /// ln(D/M) and its standard deviation.
    pub x: f64,
    pub x_sd: f64,
    pub confounded: bool,
    /// ln(1 + worth·D/M): what the market adds without any announcement effect.
    pub shift: f64,
    /// Abnormal log return less the shift.
    pub y: f64,
    /// Log return of the twenty trading days after.
    pub after: Option<f64>,
}

/// What is assumed and not estimated.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Assumptions {
    /// β where a row has none.
    pub beta: f64,
    /// What a dollar of headline value is worth to the company: m·q·exp(−r(lead + τ/2)) of §5.3.
    pub worth: f64,
    /// The chance of a small move to be in the file, relative to a large one's.
    pub chance: f64,
    /// What a small move is: within ± this, as a log return.
    pub threshold: f64,
    /// A day whose week is hype by definition: without one, what the model calls hype and what neutral can be exchanged
    /// where both are seen.
    pub hype: Option<i32>,
}

impl Default for Assumptions {
    /// Worth: margin 0.3, cover 0.2 and five years at 4.5% (0.82). Chance 1: no selection.
    fn default() -> Assumptions {
        Assumptions { beta: 1.0, worth: 0.05, chance: 1.0, threshold: 0.05, hype: None }
    }
}

/// The most that ln(1 + worth·D/M) can be.
const MOST_SHIFT: f64 = 0.25;

/// Twenty trading days in years.
pub const TWENTY_DAYS: f64 = 20.0 / 252.0;
const ROOT_20: f64 = 4.472_135_954_999_58;

/// Days after which the twenty trading days are over: a row knows its `after` only then.
pub const DAYS_TO_AFTER: i32 = 30;

/// The rows of the events that can be used, in the events' order; `until` leaves out later days and what was not known
/// then.
pub fn rows(events: &[Event], observed: &Observed, assumed: &Assumptions, until: Option<i32>) -> Vec<Row> {
    let usable = |event: &&(usize, &Event)| !event.1.post_hoc && event.1.reaction.is_some();
    let before = |event: &&(usize, &Event)| until.is_none_or(|until| event.1.day < until);
    let all: Vec<(usize, &Event)> = events.iter().enumerate().collect();
    let first = all.iter().find(usable).map_or(0, |(_, event)| event.day);
    let kept = all.iter().filter(|event| usable(event)).filter(|event| before(event));
    kept.filter_map(|(place, event)| {
        let exposure = observed.exposure(event);
        let mut row = row(event, &exposure, assumed, first);
        row.event = *place;
        row.y = event.abnormal(assumed.beta)? - row.shift;
        let known = until.is_none_or(|until| event.day + DAYS_TO_AFTER < until);
        row.after = event.after.filter(|_| known);
        Some(row)
    })
    .collect()
}

/// A row without its outcome. `first` is the day of the first week.
pub fn row(event: &Event, exposure: &Exposure, assumed: &Assumptions, first: i32) -> Row {
    let group = Group::of(event);
    let valued = matches!(group, Group::Deal { .. }) && event.kind.is_contract() && exposure.has_size;
    let shift =
        if valued { libm::log1p(assumed.worth * libm::exp(exposure.mean)).min(MOST_SHIFT) } else { 0.0 };
    Row {
        event: 0,
        day: event.day,
        week: week_of(event.day, first),
        group,
        class: exposure.class as usize,
        x: exposure.mean,
        x_sd: exposure.sd,
        confounded: event.confounded,
        shift,
        y: f64::NAN,
        after: None,
    }
}

pub fn week_of(day: i32, first: i32) -> usize {
    ((f64::from((day - first).max(0)) / 365.25) / WEEK) as usize
}

/// The numbers in the model's own terms.
#[derive(Debug, Clone)]
pub struct Numbers {
    pub eta: [f64; 2],
    pub theta: [f64; 2],
    pub sigma: f64,
    /// ρ by state.
    pub response: PerState,
    /// ln of what multiplies η.
    pub kind: [f64; 6],
    pub class: [f64; 4],
    pub scale: [f64; 4],
    /// What multiplies the noise of a confounded row.
    pub confounded: f64,
    pub mu: [f64; 3],
    pub omega: [f64; 3],
    pub rates: Matrix,
    pub half_life: f64,
    pub drift: f64,
    pub after: f64,
}

impl Numbers {
    pub fn of(u: &[f64]) -> Numbers {
        let exp = |k: usize| libm::exp(u[k]);
        let neutral = 1.0 / (1.0 + libm::exp(-u[LOGIT_NEUTRAL]));
        let (tau_kind, tau_class) = (exp(LN_TAU), exp(LN_TAU + 1));
        let mut rates = [[0.0; STATES]; STATES];
        for (k, (a, b)) in MOVES.iter().enumerate() {
            rates[*a][*b] = exp(LN_RATE + k);
        }
        Numbers {
            eta: [exp(LN_ETA), exp(LN_ETA + 1)],
            theta: [exp(LN_THETA), exp(LN_THETA + 1)],
            sigma: exp(LN_SIGMA),
            response: [1.0, neutral, neutral - exp(LN_GAP)],
            kind: std::array::from_fn(|k| tau_kind * u[EPS_KIND + k]),
            class: std::array::from_fn(|k| tau_class * u[EPS_CLASS + k]),
            scale: std::array::from_fn(|k| exp(LN_SCALE + k)),
            confounded: 1.0 + exp(LN_CONFOUNDED),
            mu: std::array::from_fn(|k| u[MU + k]),
            omega: std::array::from_fn(|k| exp(LN_OMEGA + k)),
            rates,
            half_life: exp(LN_HALF_LIFE),
            drift: u[DRIFT],
            after: exp(LN_AFTER),
        }
    }

    /// η of a kind for a class of company.
    pub fn elasticity(&self, kind: usize, class: Class) -> f64 {
        self.eta[family(kind)] * libm::exp(self.kind[kind] + self.class[class as usize])
    }

    /// ln of the jump's size at ρ = 1, z = 0, and the standard deviation of ln.
    pub fn jump(&self, kind: usize, class: usize, x: f64, x_sd: f64) -> (f64, f64) {
        let family = family(kind);
        let theta = self.theta[family];
        let ln = libm::log(self.eta[family]) + self.kind[kind] + self.class[class] + theta * x
            - self.sigma * self.sigma / 2.0;
        (ln, (self.sigma * self.sigma + theta * theta * x_sd * x_sd).sqrt())
    }

    pub fn noise(&self, row: &Row) -> f64 {
        self.scale[row.class] * if row.confounded { self.confounded } else { 1.0 }
    }

    /// 1 − 2^(−T/h): how much of a jump is gone after twenty trading days.
    pub fn gone(&self) -> f64 {
        -libm::expm1(-std::f64::consts::LN_2 * TWENTY_DAYS / self.half_life)
    }

    pub fn noise_after(&self, row: &Row) -> f64 {
        self.scale[row.class] * ROOT_20 * self.after
    }
}

/// Moves between states in the order of their rates.
pub const MOVES: [(usize, usize); 6] = [(0, 1), (0, 2), (1, 0), (1, 2), (2, 0), (2, 1)];

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

/// Which likelihood: the test of the calibration uses wrong ones to see that it notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Likelihood {
    #[default]
    Right,
    /// The size of a deal enters squared.
    #[cfg(test)]
    SizeSquared,
    /// Large deals move a share less than small ones: θ with the other sign.
    #[cfg(test)]
    ExponentTurned,
    /// A day has half the noise that it is said to have.
    #[cfg(test)]
    NoiseHalved,
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
    likelihood: Likelihood,
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
        Density::with(rows, assumed, Likelihood::Right)
    }

    pub fn with(rows: &'d [Row], assumed: &Assumptions, likelihood: Likelihood) -> Density<'d> {
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
            likelihood,
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
        let n = self.numbers(u);
        let mut total = 0.0;
        self.week_density.clear();
        self.week_density.resize(self.weeks, [0.0; STATES]);
        if let Some(week) = self.hype {
            self.week_density[week] = [0.0, IMPOSSIBLE, IMPOSSIBLE];
        }
        for k in 0..self.rows.len() {
            let row = &self.rows[k];
            match row.group {
                Group::Rest(group) => total += self.rest(row, group, &n, u, gradient),
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
        let by_rate = regimes::transition_gradient(&n.rates, &self.smoothed.by_move);
        for (k, (a, b)) in MOVES.iter().enumerate() {
            gradient[LN_RATE + k] += by_rate[*a][*b] * n.rates[*a][*b];
        }
        total
    }

    fn numbers(&self, u: &[f64]) -> Numbers {
        match self.likelihood {
            #[cfg(test)]
            Likelihood::NoiseHalved => {
                let mut n = Numbers::of(u);
                n.scale.iter_mut().for_each(|scale| *scale /= 2.0);
                n
            }
            _ => Numbers::of(u),
        }
    }

    fn exposure(&self, row: &Row) -> f64 {
        match self.likelihood {
            #[cfg(test)]
            Likelihood::SizeSquared => 2.0 * row.x,
            #[cfg(test)]
            Likelihood::ExponentTurned => -row.x,
            _ => row.x,
        }
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
        let (ln_jump, spread) = n.jump(kind, row.class, self.exposure(row), row.x_sd);
        let (noise, noise_after) = (n.noise(row), n.noise_after(row));
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
            let family = family(kind);
            let x = self.exposure(row);
            let (theta, sigma) = (n.theta[family], n.sigma);
            let (_, spread) = n.jump(kind, row.class, x, row.x_sd);
            gradient[LN_ETA + family] += sum.jump;
            gradient[EPS_KIND + kind] += sum.jump * libm::exp(u[LN_TAU]);
            gradient[LN_TAU] += sum.jump * n.kind[kind];
            gradient[EPS_CLASS + row.class] += sum.jump * libm::exp(u[LN_TAU + 1]);
            gradient[LN_TAU + 1] += sum.jump * n.class[row.class];
            gradient[LN_THETA + family] +=
                sum.jump * theta * x + sum.spread * theta * theta * row.x_sd * row.x_sd / spread;
            gradient[LN_SIGMA] += -sum.jump * sigma * sigma + sum.spread * sigma * sigma / spread;
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

    /// Doubts, rivals' deals, ambiguous news: ln density, with its gradient added.
    fn rest(&self, row: &Row, group: usize, n: &Numbers, _u: &[f64], gradient: &mut [f64]) -> f64 {
        let (noise, omega) = (n.noise(row), n.omega[group]);
        let all = (noise * noise + omega * omega).sqrt();
        let r = (row.y - n.mu[group]) / all;
        let q = 1.0 / (1.0 + 0.25 * r * r);
        let mut density = 2.5 * libm::log(q) - libm::log(all);
        let mut by_mu = 1.25 * r * q / all;
        let mut by_noise = 1.25 * r * r * q - 1.0;
        if self.assumed.chance < 1.0 {
            let c = self.assumed.threshold;
            let (a, b) = ((c - n.mu[group]) / all, (-c - n.mu[group]) / all);
            let (fa, fb) = (t4_density(a), t4_density(b));
            let less = 1.0 - self.assumed.chance;
            let chance = self.assumed.chance + less * (1.0 - t4_cdf(a) + t4_cdf(b));
            density -= libm::log(chance);
            by_mu -= less / chance * (fa - fb) / all;
            by_noise -= less / chance * (fa * a - fb * b);
        }
        gradient[MU + group] += by_mu;
        gradient[LN_OMEGA + group] += by_noise * omega * omega / (all * all);
        let own = by_noise * noise * noise / (all * all);
        gradient[LN_SCALE + row.class] += own;
        if row.confounded {
            gradient[LN_CONFOUNDED] += own * (1.0 - 1.0 / n.confounded);
        }
        density
    }

    /// P(state | all events) by week, at these numbers.
    pub fn states(&mut self, u: &[f64]) -> &Smoothed {
        let mut unused = [0.0; DIMENSION];
        self.log_likelihood(u, &mut unused);
        &self.smoothed
    }
}

/// Student's t with 4 degrees of freedom.
pub fn t4_density(r: f64) -> f64 {
    let q = 1.0 / (1.0 + 0.25 * r * r);
    0.375 * q * q * q.sqrt()
}

pub fn t4_cdf(r: f64) -> f64 {
    let v = r / (r * r + 4.0).sqrt();
    0.5 + 0.75 * (v - v * v * v / 3.0)
}

#[inline(always)]
fn t4_densities(r: F8) -> F8 {
    let q = F8::ONE / (F8::ONE + F8::splat(0.25) * r * r);
    F8::splat(0.375) * q * q * q.sqrt()
}

#[inline(always)]
fn t4_cdfs(r: F8) -> F8 {
    let v = r / (r * r + F8::splat(4.0)).sqrt();
    F8::splat(0.5) + F8::splat(0.75) * (v - v * v * v / 3.0)
}

/// Shaw (2006), Journal of Computational Finance 9: the quantile in closed form.
pub fn t4_quantile(p: f64) -> f64 {
    let alpha = (4.0 * p * (1.0 - p)).clamp(1e-300, 1.0);
    let root = alpha.sqrt();
    let q = libm::cos(libm::acos(root) / 3.0) / root;
    let size = 2.0 * (q - 1.0).max(0.0).sqrt();
    if p < 0.5 { -size } else { size }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calibrate::predict::{Draws, design};

    #[test]
    fn student_t_with_four_degrees() {
        // Tables: P(T₄ ≤ 2.131847) = 0.95, ≤ 4.604095 = 0.995.
        assert!((t4_cdf(2.131_846_786) - 0.95).abs() < 1e-9);
        assert!((t4_cdf(4.604_094_871) - 0.995).abs() < 1e-9);
        for p in [1e-6, 0.01, 0.3, 0.5, 0.8, 0.999_9] {
            assert!((t4_cdf(t4_quantile(p)) - p).abs() < 1e-10, "{p}");
        }
        let slope = (t4_cdf(1.3 + 1e-6) - t4_cdf(1.3 - 1e-6)) / 2e-6;
        assert!((slope - t4_density(1.3)).abs() < 1e-9);
    }

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
            let (ln, spread) = n.jump(0, class, x, 0.8);
            let (found, _) = density.deal(&row, 0, &n);
            let (mut sum, mut weights) = (0.0, 0.0);
            for k in 0..100_000 {
                let z = -8.0 + 16.0 * (k as f64 + 0.5) / 100_000.0;
                let weight = (-z * z / 2.0).exp();
                weights += weight;
                sum += weight * t4_density((y - (ln + spread * z).exp()) / n.scale[class]) / n.scale[class];
            }
            let expected = (sum / weights / 0.375).ln();
            assert!((found[0] - expected).abs() < 0.03, "{x} {y}: {} {expected}", found[0]);
        }
    }
}
