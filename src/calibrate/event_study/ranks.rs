//! Tests by ranks: how an abnormal return ranks among those of the same share, which asks nothing of their law.
//!
//! Ranks are put on (0, 1), rank/(days + 1), less a half (Corrado and Zivney 1992), so that events with different numbers
//! of days can be added. Ties share their mean rank.

use super::cut::{Measured, Windows};
use super::significance::{Tested, by_normal, by_student};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;

/// Corrado (1989), with Corrado and Zivney's ranks: of an event's abnormal returns over estimation and event windows
/// together. A sum over w days is divided by √w (Cowan 1992).
#[derive(Debug, Clone)]
pub struct Ranks {
    /// Σ over events of the ranks, over √(events), by day of the event window.
    by_day: Vec<f64>,
    /// Root mean square of the same over all days of both windows.
    sd: f64,
}

impl Ranks {
    pub fn of(events: &[Measured], windows: &Windows) -> Ranks {
        let mut sums: BTreeMap<i32, (f64, usize)> = BTreeMap::new();
        for event in events {
            let estimation = event.residuals.iter().map(|residual| (residual.offset, residual.value));
            let days = (windows.event.0..).zip(event.abnormal.iter().copied());
            let all: Vec<(i32, f64)> = estimation.chain(days).collect();
            let values: Vec<f64> = all.iter().map(|(_, value)| *value).collect();
            for ((offset, _), rank) in all.iter().zip(ranks(&values)) {
                let sum = sums.entry(*offset).or_default();
                sum.0 += rank;
                sum.1 += 1;
            }
        }
        let scaled = |(sum, n): &(f64, usize)| sum / (*n as f64).sqrt();
        let squares: f64 = sums.values().map(scaled).map(|mean| mean * mean).sum();
        let by_day = sums.range(windows.event.0..).map(|(_, sum)| scaled(sum)).collect();
        Ranks { by_day, sd: (squares / sums.len() as f64).sqrt() }
    }

    pub fn test(&self, places: RangeInclusive<usize>) -> Tested {
        let days = &self.by_day[places];
        by_normal(days.iter().sum::<f64>() / (days.len() as f64).sqrt() / self.sd)
    }
}

/// The generalised rank test of Kolari and Pynnönen (2011): the event's standardised sum, over the spread of such sums
/// across events, is one day more beside the standardised residuals, whatever the number of days in it. T − 2 degrees of
/// freedom, with T − 1 days of estimation.
pub fn generalised(events: &[Measured], sums: &[f64]) -> Tested {
    let n = events.len() as f64;
    let mean = sums.iter().sum::<f64>() / n;
    let sd = (sums.iter().map(|sum| (sum - mean) * (sum - mean)).sum::<f64>() / (n - 1.0)).sqrt();
    let mut days: BTreeMap<i32, (f64, usize)> = BTreeMap::new();
    let mut event_day = 0.0;
    for (event, sum) in events.iter().zip(sums) {
        let mut values: Vec<f64> = event.residuals.iter().map(|residual| residual.standard).collect();
        values.push(sum / sd);
        let ranks = ranks(&values);
        for (residual, rank) in event.residuals.iter().zip(&ranks) {
            let day = days.entry(residual.offset).or_default();
            day.0 += rank;
            day.1 += 1;
        }
        event_day += ranks[ranks.len() - 1];
    }
    let here = event_day / n;
    let total = days.len() as f64 + 1.0;
    // Days that some events lack count by their share of the events.
    let of_days = days.values().map(|(sum, count)| {
        let mean = sum / *count as f64;
        mean * mean * *count as f64 / n
    });
    let z = here / ((of_days.sum::<f64>() + here * here) / total).sqrt();
    by_student(z * ((total - 2.0) / (total - 1.0 - z * z)).sqrt(), total - 2.0)
}

/// Rank/(n + 1) − ½ of each; what is tied shares its mean rank.
fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| values[*a].total_cmp(&values[*b]));
    let scale = 1.0 / (values.len() as f64 + 1.0);
    let mut out = vec![0.0; values.len()];
    let mut from = 0;
    for tied in order.chunk_by(|a, b| values[*a] == values[*b]) {
        let mean = from as f64 + (tied.len() as f64 + 1.0) / 2.0;
        for place in tied {
            out[*place] = mean * scale - 0.5;
        }
        from += tied.len();
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ties_share_their_mean_rank() {
        let found = ranks(&[3.0, 1.0, 3.0, 2.0]);
        let expected = [3.5, 1.0, 3.5, 2.0].map(|rank| rank / 5.0 - 0.5);
        assert!(found.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-15), "{found:?}");
    }
}
