//! Is the mean abnormal return told from chance? Parametric tests of a span of days, over events:
//!
//! | test | compares the mean with | what it bears |
//! |---|---|---|
//! | cross-section | the spread of the events' sums | more variance after an event |
//! | Patell (1976) | the prediction errors of the market models | different noise of shares, no more variance after an event |
//! | BMP: Boehmer, Musumeci and Poulsen (1991) | the spread of standardised sums | both |
//! | adjusted BMP: Kolari and Pynnönen (2010), overlaps as Kolari, Pape and Pynnönen (2018) | the same, with their correlation | both, and events of the same days |
//!
//! and those of [`super::ranks`]. What cannot be computed is NaN.

use super::cut::{Measured, Windows};
use super::ranks::{Ranks, generalised};
use crate::state::beta::{Beta, student_cdf, student_quantile};

/// A statistic and its probability, two-sided, if there is no effect.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tested {
    pub statistic: f64,
    pub p: f64,
}

pub fn by_normal(statistic: f64) -> Tested {
    Tested { statistic, p: libm::erfc(statistic.abs() * std::f64::consts::FRAC_1_SQRT_2) }
}

pub fn by_student(statistic: f64, df: f64) -> Tested {
    let p = 2.0 * student_cdf(-statistic.abs(), df, &Beta::new(df / 2.0, 0.5));
    Tested { statistic, p }
}

/// What the events say of a span of days.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// First and last day, from the event.
    pub days: (i32, i32),
    pub mean: f64,
    /// With the correlation of events of the same days.
    pub se: f64,
    /// 95%: mean and error by Student's t with a degree of freedom fewer than events.
    pub low: f64,
    pub high: f64,
    pub median: f64,
    /// Events whose sum is above 0.
    pub positive: usize,
    /// r̄: mean correlation of two events' sums.
    pub correlation: f64,
    pub cross_section: Tested,
    pub patell: Tested,
    pub bmp: Tested,
    pub bmp_adjusted: Tested,
    pub rank: Tested,
    pub generalised_rank: Tested,
}

impl Span {
    /// By name, in the order of the table.
    pub fn tests(&self) -> [(&'static str, Tested); 6] {
        [
            ("cross_section", self.cross_section),
            ("patell", self.patell),
            ("bmp", self.bmp),
            ("bmp_adjusted", self.bmp_adjusted),
            ("rank", self.rank),
            ("generalised_rank", self.generalised_rank),
        ]
    }
}

/// Two events whose event windows share days, and how their residuals correlate on the days that both estimation windows
/// have.
#[derive(Debug, Clone)]
pub struct Pairs {
    pairs: Vec<(usize, usize, f64)>,
    /// Pairs with fewer common days than `FEWEST_COMMON`, taken as uncorrelated.
    pub unknown: usize,
}

/// Days that a correlation is worth computing from.
const FEWEST_COMMON: usize = 30;

impl Pairs {
    pub fn of(events: &[Measured]) -> Pairs {
        let mut out = Pairs { pairs: Vec::new(), unknown: 0 };
        for (i, one) in events.iter().enumerate() {
            for (j, other) in events.iter().enumerate().skip(i + 1) {
                if shared(&one.dates, &other.dates) == 0 {
                    continue;
                }
                match correlation(one, other) {
                    Some(r) => out.pairs.push((i, j, r)),
                    None => out.unknown += 1,
                }
            }
        }
        out
    }

    /// Mean over all pairs of the correlation of their sums: that of a day, times the share of days that they have in common.
    fn mean(&self, events: &[Measured], places: std::ops::RangeInclusive<usize>) -> f64 {
        let n = events.len() as f64;
        let length = places.clone().count() as f64;
        let of_pair = |(i, j, r): &(usize, usize, f64)| {
            let days = |k: usize| &events[k].dates[places.clone()];
            r * shared(days(*i), days(*j)) as f64 / length
        };
        self.pairs.iter().map(of_pair).sum::<f64>() / (n * (n - 1.0) / 2.0)
    }
}

/// How many days two rising lists share.
fn shared(one: &[i32], other: &[i32]) -> usize {
    let (mut i, mut j, mut count) = (0, 0, 0);
    while i < one.len() && j < other.len() {
        match one[i].cmp(&other[j]) {
            std::cmp::Ordering::Less => i += 1,
            std::cmp::Ordering::Greater => j += 1,
            std::cmp::Ordering::Equal => {
                (i, j, count) = (i + 1, j + 1, count + 1);
            }
        }
    }
    count
}

fn correlation(one: &Measured, other: &Measured) -> Option<f64> {
    let mut common = Vec::new();
    let mut j = 0;
    for residual in &one.residuals {
        while j < other.residuals.len() && other.residuals[j].day < residual.day {
            j += 1;
        }
        if j < other.residuals.len() && other.residuals[j].day == residual.day {
            common.push((residual.value, other.residuals[j].value));
        }
    }
    if common.len() < FEWEST_COMMON {
        return None;
    }
    let n = common.len() as f64;
    let (mean_x, mean_y) =
        (common.iter().map(|c| c.0).sum::<f64>() / n, common.iter().map(|c| c.1).sum::<f64>() / n);
    let (mut xx, mut xy, mut yy) = (0.0, 0.0, 0.0);
    for (x, y) in common {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        xy += x * y;
        yy += y * y;
    }
    Some(xy / (xx * yy).sqrt()).filter(|r| r.is_finite())
}

/// A span of days; two events at least.
pub fn span(events: &[Measured], windows: &Windows, days: (i32, i32), ranks: &Ranks, pairs: &Pairs) -> Span {
    let places = windows.places(days);
    let n = events.len() as f64;
    let df = n - 1.0;
    let sums: Vec<f64> = events.iter().map(|event| event.sum(places.clone())).collect();
    let standard: Vec<f64> = events.iter().map(|event| event.standard_sum(places.clone())).collect();
    let (mean, sd) = mean_and_sd(&sums);
    let (standard_mean, standard_sd) = mean_and_sd(&standard);
    let correlation = pairs.mean(events, places.clone());
    // The spread of correlated sums is too narrow by 1 − r̄, and their mean's variance is larger by 1 + (N − 1)·r̄.
    let inflation = ((1.0 + df * correlation) / (1.0 - correlation)).sqrt();
    let bmp = standard_mean * n.sqrt() / standard_sd;
    let patell_variance: f64 = events.iter().map(|event| student_variance(event.model.days)).sum();
    let se = sd / n.sqrt() * inflation;
    let half = se * student_quantile(0.975, df, &Beta::new(df / 2.0, 0.5));
    let mut sorted = sums.clone();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    let median = if sorted.len().is_multiple_of(2) {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    } else {
        sorted[middle]
    };
    Span {
        days,
        mean,
        se,
        low: mean - half,
        high: mean + half,
        median,
        positive: sums.iter().filter(|sum| **sum > 0.0).count(),
        correlation,
        cross_section: by_student(mean * n.sqrt() / sd, df),
        patell: by_normal(standard.iter().sum::<f64>() / patell_variance.sqrt()),
        bmp: by_student(bmp, df),
        bmp_adjusted: by_student(bmp / inflation, df),
        rank: ranks.test(places),
        generalised_rank: generalised(events, &standard),
    }
}

/// Variance of Student's t with L − 2 degrees of freedom, which a standardised abnormal return has.
fn student_variance(days: usize) -> f64 {
    (days as f64 - 2.0) / (days as f64 - 4.0)
}

fn mean_and_sd(values: &[f64]) -> (f64, f64) {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let squares: f64 = values.iter().map(|value| (value - mean) * (value - mean)).sum();
    (mean, (squares / (n - 1.0)).sqrt())
}
