//! Scores of a backtest over sets of predictions, with errors by dates: the events of a date share their market and
//! sentiment.

use super::backtest::{Backtest, Prediction, Refit};
use super::events::Event;
use super::model::Group;
use crate::estimate::RatioEstimate;
use crate::estimate::proportion::proportion;

/// Means over a set of predictions; errors by dates, since the events of a date share their market and sentiment.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Tally {
    pub n: usize,
    pub within_50: (f64, f64),
    pub within_90: (f64, f64),
    pub crps: (f64, f64),
    pub nothing: (f64, f64),
    pub past: (f64, f64),
    /// CRPS less that of the naive forecast, paired: below 0 where the model is better.
    pub less_nothing: (f64, f64),
    pub less_past: (f64, f64),
}

impl Tally {
    /// A share of the events with its 95% interval: of as many independent ones as have its error by dates.
    pub fn held(&self, (share, se): (f64, f64)) -> RatioEstimate {
        proportion(share, se, self.n as u64)
    }
}

impl Backtest {
    /// Dates at which chains were run.
    pub fn fitted(&self) -> usize {
        self.refits.iter().filter(|refit| refit.tries > 0).count()
    }

    /// Densities computed.
    pub fn evaluations(&self) -> u64 {
        self.refits.iter().map(|refit| refit.evaluations).sum()
    }

    /// Dates that needed more than one try.
    pub fn longer(&self) -> usize {
        self.refits.iter().filter(|refit| refit.tries > 1).count()
    }

    fn accepted(&self) -> impl Iterator<Item = &Refit> {
        self.refits.iter().filter(|refit| refit.refused.is_none() && refit.tries > 0)
    }

    /// The largest that was accepted.
    pub fn worst_r_hat(&self) -> f64 {
        self.accepted().map(|refit| refit.r_hat).fold(1.0, f64::max)
    }

    /// Of the posteriors that forecasts were made from.
    pub fn divergences(&self) -> usize {
        self.accepted().map(|refit| refit.divergences).sum()
    }

    pub fn draws(&self) -> usize {
        self.accepted().map(|refit| refit.draws).sum()
    }

    /// Over the predictions that `which` takes.
    pub fn tally(&self, events: &[Event], which: impl Fn(&Prediction) -> bool) -> Option<Tally> {
        let kept: Vec<&Prediction> = self.predictions.iter().filter(|p| which(p)).collect();
        let of = |value: &dyn Fn(&Prediction) -> f64| {
            clustered(kept.iter().map(|p| (events[p.event].day, value(p))))
        };
        (!kept.is_empty()).then(|| Tally {
            n: kept.len(),
            within_50: of(&|p| f64::from(p.score.within(0.5))),
            within_90: of(&|p| f64::from(p.score.within(0.9))),
            crps: of(&|p| p.score.crps),
            nothing: of(&|p| p.crps_nothing),
            past: of(&|p| p.crps_past),
            less_nothing: of(&|p| p.score.crps - p.crps_nothing),
            less_past: of(&|p| p.score.crps - p.crps_past),
        })
    }

    /// Predictions by tenth of the PIT.
    pub fn pit(&self) -> [usize; 10] {
        let mut bins = [0; 10];
        for p in &self.predictions {
            bins[((p.score.pit * 10.0) as usize).min(9)] += 1;
        }
        bins
    }

    /// The subsets of the table: a name and which predictions are in it.
    pub fn subsets() -> [Subset; 7] {
        [
            ("all", |_| true),
            ("deals", |p| p.group.is_deal()),
            ("deals with size and market value", |p| p.group.is_deal() && p.sized),
            ("deals with one of them missing", |p| p.group.is_deal() && !p.sized),
            ("deals on days of results", |p| p.group == Group::Results),
            ("deals on other days", |p| matches!(p.group, Group::Deal { .. })),
            ("doubts, rivals, ambiguous", |p| matches!(p.group, Group::Rest(_))),
        ]
    }
}

/// A name and which predictions are in it.
pub type Subset = (&'static str, fn(&Prediction) -> bool);

/// Mean with a standard error over clusters: the values of a day are one.
fn clustered(values: impl Iterator<Item = (i32, f64)>) -> (f64, f64) {
    let values: Vec<(i32, f64)> = values.collect();
    let n = values.len() as f64;
    let mean = values.iter().map(|(_, x)| x).sum::<f64>() / n;
    let mut sums: Vec<(i32, f64)> = Vec::new();
    for (day, x) in &values {
        match sums.last_mut() {
            Some(last) if last.0 == *day => last.1 += x - mean,
            _ => sums.push((*day, x - mean)),
        }
    }
    let m = sums.len() as f64;
    let square: f64 = sums.iter().map(|(_, sum)| sum * sum).sum();
    let se = if m > 1.0 { (square * m / (m - 1.0)).sqrt() / n } else { f64::NAN };
    (mean, se)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// With a value a day the clustered error is the ordinary one; two equal values a day weigh as one.
    #[test]
    fn errors_are_by_day() {
        let (mean, se) = clustered([(1, 1.0), (2, 2.0), (3, 3.0), (4, 6.0)].into_iter());
        // Standard deviation 2.1602 over √4.
        assert!((mean - 3.0).abs() < 1e-12 && (se - 1.080_123_4).abs() < 1e-6, "{se}");
        let twice = [(1, 1.0), (1, 1.0), (2, 2.0), (2, 2.0), (3, 3.0), (3, 3.0), (4, 6.0), (4, 6.0)];
        let (mean, se) = clustered(twice.into_iter());
        assert!((mean - 3.0).abs() < 1e-12 && (se - 1.080_123_4).abs() < 1e-6, "{se}");
    }
}
