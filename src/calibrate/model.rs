//! The numbers of the announcement effect, their priors, and the events as the density sees them.
//!
//! A deal that should lift a share (`sign_expected` positive), announced on no day of results, with ρ the response of the
//! week's sentiment and t the years since the file's first event:
//!
//! ```text
//! m = ρ · η(kind, class) · e^(−κt) · (D/M)^θ · exp(σ z − σ²/2)   the jump, as in §5.3
//! y = m + s(class, confounded) · (1 + k) · t₄                    abnormal log return less ln(1 + worth·D/M)
//! y₂₀ = d − (1 − 2^(−T/h)) · m + √20 · s(class) · n · t₄         log return of the twenty trading days after, T = 20/252
//! ln η(kind, class) = ln η + τ_kind·ε_kind + τ_class·ε_class
//! ```
//!
//! κ is how fast the market gets used to such news. A size that is not known has x = ln(D/M) ~ N(mean, sd²)
//! ([`super::exposure`]); z and x are integrated out together: ln|m| is normal with variance σ² + θ²·sd².
//!
//! On a day of the company's own results the share moves by what the results were, whatever the size of the deal that is
//! reported with them: y = μ ± a + t₄·√(s² + ω²), where the sign keeps for a while ([`super::results`]). Doubts, rivals' deals
//! and ambiguous news move a share by μ + t₄·√(s² + ω²), each group with its own μ and ω, whatever the sentiment. These
//! inform the noise of ordinary days, to which deals add k.
//!
//! Sentiment is summed out ([`super::regimes`]). `hype` has ρ = 1, which is what makes η a number; ρ of neutral is
//! between 0 and 1, ρ of suspicion below that of neutral.
//!
//! Noise is Student's t with 4 degrees of freedom: about what daily returns of shares show (Blattberg and Gonedes 1974,
//! Journal of Business 47), and its distribution function is algebraic. Density and gradient are [`super::density`]'s.

use super::events::{Event, Kind, Sign};
use super::exposure::{Class, Exposure, Observed};
use super::regimes::{Matrix, PerState, STATES, WEEK};

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

pub const LN_RISE: usize = 0;
pub const THETA: usize = 1;
pub const LN_SIGMA: usize = 2;
pub const LN_DECAY: usize = 3;
pub const LOGIT_NEUTRAL: usize = 4;
pub const LN_GAP: usize = 5;
pub const LN_TAU: usize = 6; // kind, class
pub const EPS_KIND: usize = 8;
pub const EPS_CLASS: usize = 14;
pub const LN_SCALE: usize = 18; // by class
pub const LN_CONFOUNDED: usize = 22;
pub const LN_DEAL: usize = 23;
pub const MU: usize = 24; // by group
pub const LN_OMEGA: usize = 27;
pub const LN_RATE: usize = 30; // hype→neutral, hype→suspicion, neutral→hype, …
pub const LN_HALF_LIFE: usize = 36;
pub const DRIFT: usize = 37;
pub const LN_AFTER: usize = 38;
/// Mean, ln of the step, ln of the spread, ln of the rate of turning.
pub const RESULTS: usize = 39;
pub const DIMENSION: usize = 43;

/// Every number that is sampled. ln unless the name says otherwise.
pub const PARAMETERS: [Parameter; DIMENSION] = [
    number("ln_rise", -1.9, 0.9), // of a deal of a tenth of the market value, at the first event: median 15%
    number("theta", 0.1, 0.15),   // of no account, or growing a little with the size
    number("ln_sigma", -0.69, 0.4), // median 0.5
    number("ln_decay", -0.7, 0.8), // median 0.5 a year
    number("logit_neutral", -0.4, 0.8), // median 0.4
    number("ln_gap", -0.7, 0.6),  // median 0.5
    number("ln_tau.kind", -1.2, 0.5), // median 0.3
    number("ln_tau.class", -0.5, 0.5), // median 0.6
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
    number("ln_deal", 0.0, 0.6),        // noise × (1 + 1)
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
    number("mu.results", 0.0, 0.06),
    number("ln_step.results", -2.5, 0.5),  // 8%
    number("ln_omega.results", -2.5, 0.5), // 8%
    number("ln_turn.results", 0.5, 0.8),   // 1.6 a year
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
    /// The same, on a day of the company's own results.
    Results,
    /// A place in [`GROUPS`].
    Rest(usize),
}

impl Group {
    pub fn of(event: &Event) -> Group {
        match (event.sign, event.kind) {
            (_, Kind::SkepticismNews) => Group::Rest(1),
            (Sign::Negative, _) => Group::Rest(0),
            (Sign::Ambiguous, _) => Group::Rest(2),
            (Sign::Positive, _) if event.on_results => Group::Results,
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

    /// Good news of the share's own company, on whatever day.
    pub fn is_deal(self) -> bool {
        matches!(self, Group::Deal { .. } | Group::Results)
    }
}

/// An event as the density sees it.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its place in the list of events.
    pub event: usize,
    pub day: i32,
    pub week: usize,
    /// Years since the day of the first week.
    pub years: f64,
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
pub const ROOT_20: f64 = 4.472_135_954_999_58;

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
        years: years_since(event.day, first),
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

pub fn years_since(day: i32, first: i32) -> f64 {
    f64::from((day - first).max(0)) / 365.25
}

pub fn week_of(day: i32, first: i32) -> usize {
    (years_since(day, first) / WEEK) as usize
}

/// The numbers in the model's own terms.
#[derive(Debug, Clone)]
pub struct Numbers {
    /// ln of the rise by a deal of a tenth of the market value at the first event, in hype.
    pub ln_rise: f64,
    pub theta: f64,
    pub sigma: f64,
    /// κ, a year.
    pub decay: f64,
    /// ρ by state.
    pub response: PerState,
    /// ln of what multiplies η.
    pub kind: [f64; 6],
    pub class: [f64; 4],
    pub scale: [f64; 4],
    /// What multiplies the noise of a confounded row, and that of a deal.
    pub confounded: f64,
    pub deal: f64,
    pub mu: [f64; 3],
    pub omega: [f64; 3],
    pub rates: Matrix,
    pub half_life: f64,
    pub drift: f64,
    pub after: f64,
    pub results: Results,
}

/// How shares move on days of results.
#[derive(Debug, Clone, Copy)]
pub struct Results {
    pub mu: f64,
    pub step: f64,
    pub omega: f64,
    /// How often the sign turns, a year.
    pub turn: f64,
}

/// ln(D/M) at which the rise is counted.
pub const TENTH: f64 = -std::f64::consts::LN_10;

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
            ln_rise: u[LN_RISE],
            theta: u[THETA],
            sigma: exp(LN_SIGMA),
            decay: exp(LN_DECAY),
            response: [1.0, neutral, neutral - exp(LN_GAP)],
            kind: std::array::from_fn(|k| tau_kind * u[EPS_KIND + k]),
            class: std::array::from_fn(|k| tau_class * u[EPS_CLASS + k]),
            scale: std::array::from_fn(|k| exp(LN_SCALE + k)),
            confounded: 1.0 + exp(LN_CONFOUNDED),
            deal: 1.0 + exp(LN_DEAL),
            mu: std::array::from_fn(|k| u[MU + k]),
            omega: std::array::from_fn(|k| exp(LN_OMEGA + k)),
            rates,
            half_life: exp(LN_HALF_LIFE),
            drift: u[DRIFT],
            after: exp(LN_AFTER),
            results: Results {
                mu: u[RESULTS],
                step: exp(RESULTS + 1),
                omega: exp(RESULTS + 2),
                turn: exp(RESULTS + 3),
            },
        }
    }

    /// ln of the average over kinds of η, for a class, so many years after the first event.
    pub fn ln_elasticity(&self, class: Class, years: f64) -> f64 {
        self.ln_rise - self.theta * TENTH + self.class[class as usize] - self.decay * years
    }

    /// ln of the jump's size at ρ = 1, z = 0, and the standard deviation of ln.
    pub fn jump(&self, kind: usize, row: &Row, x: f64) -> (f64, f64) {
        let ln = self.ln_rise + self.kind[kind] + self.class[row.class] + self.theta * (x - TENTH)
            - self.decay * row.years
            - self.sigma * self.sigma / 2.0;
        let spread = self.theta * row.x_sd;
        (ln, (self.sigma * self.sigma + spread * spread).sqrt())
    }

    /// Scale of an ordinary day.
    pub fn noise(&self, row: &Row) -> f64 {
        self.scale[row.class] * if row.confounded { self.confounded } else { 1.0 }
    }

    /// Scale of the noise around a row's mean.
    pub fn noise_around(&self, row: &Row) -> f64 {
        let noise = self.noise(row);
        let with = |omega: f64| (noise * noise + omega * omega).sqrt();
        match row.group {
            Group::Deal { .. } => noise * self.deal,
            Group::Results => with(self.results.omega),
            Group::Rest(group) => with(self.omega[group]),
        }
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
