//! How good a forecast by a sample was, once the outcome is known: its place among the values, the bands that hold it,
//! the distance of the whole distribution from it.
//!
//! Equal values count half below (the mid-rank), so an outcome that every path has is in the middle. Values within one part in
//! 10⁹ of the outcome are equal to it. A central band holds its ends.

use super::Quantile;
use super::proportion::{interval, wilson};
use super::quantile::quantile;

/// Where an outcome lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the central 50%.
    Inner,
    /// In the central 90%, not in the central 50%.
    Outer,
    /// Above the 95th percentile.
    Above,
    /// Below the 5th.
    Below,
}

/// A forecast and how it fared.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Forecast {
    /// Values of the sample that are defined.
    pub n: u64,
    /// 5%, 25%, 50%, 75%, 95%.
    pub quantiles: [Quantile; 5],
    /// Share of the values below the outcome, equal ones by half.
    pub rank: f64,
    pub rank_se: f64,
    /// Its 95% interval.
    pub rank_interval: (f64, f64),
    /// Continuous ranked probability score, in the outcome's unit.
    pub crps: f64,
    /// The same of the logarithms, where the outcome and all values are above 0: free of units.
    pub crps_log: Option<f64>,
}

const AT: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];

/// What is the same to the model.
const SLACK: f64 = 1e-9;

fn slack(value: f64) -> f64 {
    SLACK * value.abs().max(1.0)
}

impl Forecast {
    /// None where no value is defined.
    pub fn of(mut values: Vec<f64>, outcome: f64) -> Option<Forecast> {
        values.retain(|value| !value.is_nan());
        if values.is_empty() {
            return None;
        }
        values.sort_unstable_by(f64::total_cmp);
        let quantiles = AT.map(|p| quantile(p, values.len() as u64, |rank| values[rank as usize]));
        let n = values.len() as f64;
        let reach = slack(outcome);
        let below = values.partition_point(|x| *x < outcome - reach) as f64;
        let not_above = values.partition_point(|x| *x <= outcome + reach) as f64;
        let rank = 0.5 * (below + not_above) / n;
        let crps_log = (outcome > 0.0 && values[0] > 0.0).then(|| {
            let logs: Vec<f64> = values.iter().map(|x| libm::log(*x)).collect();
            crps(&logs, libm::log(outcome))
        });
        Some(Forecast {
            n: values.len() as u64,
            quantiles,
            rank,
            rank_se: if n > 1.0 { (rank * (1.0 - rank) / n).sqrt() } else { f64::NAN },
            rank_interval: interval(rank, n),
            crps: crps(&values, outcome),
            crps_log,
        })
    }

    /// Where a value would lie.
    pub fn place(&self, outcome: f64) -> Place {
        let [p5, p25, _, p75, p95] = self.quantiles.map(|quantile| quantile.value);
        let holds = |low: f64, high: f64| outcome >= low - slack(low) && outcome <= high + slack(high);
        if holds(p25, p75) {
            Place::Inner
        } else if holds(p5, p95) {
            Place::Outer
        } else if outcome > p95 {
            Place::Above
        } else {
            Place::Below
        }
    }
}

/// CRPS of a sample in ascending order: E|X − y| − E|X − X'|/2 (Gneiting and Raftery 2007), from the order statistics;
/// without bias for a sample of any size (Fricker, Ferro and Stephenson 2013). Of one value: the distance.
pub fn crps(sorted: &[f64], outcome: f64) -> f64 {
    let n = sorted.len() as f64;
    let distance = sorted.iter().map(|x| (x - outcome).abs()).sum::<f64>() / n;
    if sorted.len() < 2 {
        return distance;
    }
    let spread: f64 =
        sorted.iter().enumerate().map(|(k, x)| (2.0 * k as f64 + 1.0 - n) * x).sum::<f64>() / (n * (n - 1.0));
    distance - spread
}

/// How many of some outcomes a central band held, its standard error, and what that would be if the band were right
/// and the outcomes independent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Coverage {
    pub held: usize,
    pub of: usize,
    pub level: f64,
}

impl Coverage {
    pub fn share(&self) -> f64 {
        self.held as f64 / self.of as f64
    }

    /// Of the share found, as if outcomes were independent.
    pub fn se(&self) -> f64 {
        (self.share() * (1.0 - self.share()) / self.of as f64).sqrt()
    }

    /// Its 95% interval, likewise.
    pub fn interval(&self) -> (f64, f64) {
        wilson(self.held as u64, self.of as u64)
    }

    /// Of the share that right bands would hold of so many independent outcomes.
    pub fn se_if_right(&self) -> f64 {
        (self.level * (1.0 - self.level) / self.of as f64).sqrt()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::maths::normal_quantile1;

    #[test]
    fn an_outcome_among_a_hundred_and_one() {
        let values: Vec<f64> = (0..=100).rev().map(f64::from).collect();
        let f = Forecast::of(values.clone(), 30.0).unwrap();
        // 30 below, one equal: 30.5 of 101.
        assert_eq!((f.n, f.rank), (101, 30.5 / 101.0));
        assert_eq!(f.quantiles.map(|q| q.value), [5.0, 25.0, 50.0, 75.0, 95.0]);
        let place = |outcome| f.place(outcome);
        assert_eq!([25.0, 75.0, 30.0].map(place), [Place::Inner; 3]);
        assert_eq!([5.0, 24.9, 95.0].map(place), [Place::Outer; 3]);
        assert_eq!((place(95.1), place(4.9)), (Place::Above, Place::Below));
        // 0 is among the values: no logarithms.
        assert_eq!(f.crps_log, None);
        // Σ|k − 30| = 30·31/2 + 70·71/2 = 2950; E|X − X'| over pairs of 0..=100 is 102/3.
        assert!((f.crps - (2950.0 / 101.0 - 17.0)).abs() < 1e-12, "{}", f.crps);
    }

    /// Whatever the order of the values, and with more of them than there are ranks that the quantiles ask for.
    #[test]
    fn the_order_of_the_values_does_not_matter() {
        let sorted: Vec<f64> = (0..10_007).map(|k| f64::from(k * k)).collect();
        let mixed: Vec<f64> = (0..10_007).map(|k| sorted[k * 4001 % 10_007]).collect();
        for outcome in [-1.0, 1_500.5, 4_000_000.5, 9e7 + 0.5, 2e8] {
            let f = Forecast::of(mixed.clone(), outcome).unwrap();
            let below = sorted.iter().filter(|x| **x < outcome).count() as f64;
            assert_eq!((f.rank, f.crps), (below / 10_007.0, crps(&sorted, outcome)), "{outcome}");
        }
    }

    #[test]
    fn all_alike() {
        let f = Forecast::of(vec![45.0, 45.0 + 1e-12, 45.0, 45.0], 45.0).unwrap();
        assert_eq!((f.rank, f.place(45.0)), (0.5, Place::Inner));
        assert!(f.crps.abs() < 1e-9);
        assert_eq!((f.place(45.1), f.place(44.9)), (Place::Above, Place::Below));
        let one = Forecast::of(vec![f64::NAN, 2.0], 5.0).unwrap();
        assert_eq!((one.n, one.rank, one.crps), (1, 1.0, 3.0));
        assert!(one.rank_se.is_nan() && one.rank_interval.0 < 0.25 && one.rank_interval.1 == 1.0);
        assert!((one.crps_log.unwrap() - 2.5f64.ln()).abs() < 1e-15);
        assert!(Forecast::of(vec![f64::NAN], 1.0).is_none());
    }

    /// CRPS of a lognormal's logarithms is that of a normal: σ(z(2Φ(z) − 1) + 2φ(z) − 1/√π), z = (ln y − μ)/σ.
    #[test]
    fn logarithms_of_a_lognormal() {
        let (mu, sigma, n) = (3.0, 0.4, 20_000);
        let values: Vec<f64> = (0..n)
            .map(|k| (mu + sigma * normal_quantile1((f64::from(k) + 0.5) / f64::from(n))).exp())
            .collect();
        let f = Forecast::of(values, (mu + sigma).exp()).unwrap();
        assert!((f.rank - 0.841_344_746).abs() < 1e-4, "{}", f.rank);
        // z = 1: 0.4·(0.682689 + 0.483941 − 0.564190).
        assert!((f.crps_log.unwrap() - 0.240_976).abs() < 2e-4, "{:?}", f.crps_log);
        assert_eq!(f.place((mu + 1.7 * sigma).exp()), Place::Above);
        assert_eq!(f.place((mu + 1.6 * sigma).exp()), Place::Outer);
        assert_eq!(f.place((mu + 0.6 * sigma).exp()), Place::Inner);
    }

    #[test]
    fn coverage_has_two_errors() {
        let c = Coverage { held: 6, of: 9, level: 0.9 };
        assert!((c.share() - 2.0 / 3.0).abs() < 1e-15);
        assert!((c.se() - (2.0f64 / 81.0).sqrt()).abs() < 1e-15);
        assert!((c.se_if_right() - 0.1).abs() < 1e-15);
        let (low, high) = Coverage { held: 9, ..c }.interval();
        assert!(low > 0.69 && low < 0.71 && high == 1.0, "{low} {high}");
    }
}
