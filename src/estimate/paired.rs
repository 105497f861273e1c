//! Two runs on the same random numbers, compared path by path: differences and ratios of means with the error of
//! their pairing, which is far smaller than that of two runs apart. A path on which either run's value is not
//! defined counts for neither.

use super::RatioEstimate;
use super::moments::{Column, Moments, Pairs};

/// A measure in run a against the same, or another, in run b.
#[derive(Debug, Clone, Default)]
pub struct Paired {
    differences: Column,
    pairs: Pairs,
}

impl Paired {
    /// Adds the next paths' values in each run, in path order.
    pub fn add(&mut self, a: &[f64], b: &[f64]) {
        assert_eq!(a.len(), b.len(), "paths of the two runs");
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        self.differences.add(&differences);
        self.pairs.add(a, b);
    }

    /// Paths on which both are defined.
    pub fn n(&self) -> u64 {
        self.differences.moments().n
    }

    /// Mean of a − b.
    pub fn difference(&self) -> RatioEstimate {
        let moments = self.differences.moments();
        RatioEstimate::around(moments.mean, moments.se())
    }

    /// Mean of a over mean of b.
    pub fn ratio(&self) -> RatioEstimate {
        self.pairs.ratio()
    }

    /// 1 − mean of a over mean of b: the share of b that is lost in a (the causal share of §9, a with loops off).
    pub fn share_lost(&self) -> RatioEstimate {
        let ratio = self.ratio();
        RatioEstimate::around(1.0 - ratio.value, ratio.se)
    }
}

/// Mean of y over mean of x in run a, less the same in run b, for [y, x] of each, and what each path adds to the two ratios
/// together: the error of the difference is that of its mean (delta method). A path on which any is not defined counts for
/// neither, and adds NaN.
pub fn ratio_difference(a: [&[f64]; 2], b: [&[f64]; 2]) -> (f64, Vec<f64>) {
    let is_defined = |path: &usize| [a[0], a[1], b[0], b[1]].iter().all(|column| !column[*path].is_nan());
    let paths: Vec<usize> = (0..a[0].len()).filter(is_defined).collect();
    let mean =
        |column: &[f64]| Moments::of_all(&paths.iter().map(|path| column[*path]).collect::<Vec<f64>>()).mean;
    let ([y_a, x_a], [y_b, x_b]) = (a.map(mean), b.map(mean));
    let (ratio_a, ratio_b) = (y_a / x_a, y_b / x_b);
    let added = (0..a[0].len())
        .map(|path| (a[0][path] - ratio_a * a[1][path]) / x_a - (b[0][path] - ratio_b * b[1][path]) / x_b)
        .collect();
    (ratio_a - ratio_b, added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};

    #[test]
    fn a_hand_worked_pair() {
        let mut paired = Paired::default();
        paired.add(&[3.0, f64::NAN, 5.0], &[4.0, 1.0, 8.0]);
        paired.add(&[7.0], &[9.0]);
        // Differences −1, −3, −2: mean −2, sd 1. Ratio 15/21; residuals a − (5/7)b = 1/7, −5/7, 4/7, squares 42/49.
        assert_eq!((paired.n(), paired.difference().value), (3, -2.0));
        assert!((paired.difference().se - 1.0 / 3f64.sqrt()).abs() < 1e-15);
        assert!((paired.ratio().value - 5.0 / 7.0).abs() < 1e-15);
        assert!((paired.ratio().se - (42.0 / 49.0 / 2.0 / 3.0f64).sqrt() / 7.0).abs() < 1e-15);
        assert!((paired.share_lost().value - 2.0 / 7.0).abs() < 1e-15);
    }

    #[test]
    fn a_difference_of_ratios_by_hand() {
        // 15/20 and 6/12; residuals over mean x: ((1, −1) − 0)/10 where y = (8.5, 6.5), x = (10, 10), and b is exact.
        let (found, added) = ratio_difference([&[8.5, 6.5], &[10.0, 10.0]], [&[2.0, 4.0], &[4.0, 8.0]]);
        assert!((found - 0.25).abs() < 1e-15);
        assert!((added[0] - 0.1).abs() < 1e-15 && (added[1] + 0.1).abs() < 1e-15);
        let (same, added) = ratio_difference([&[8.5, 6.5], &[10.0, 10.0]], [&[8.5, 6.5], &[10.0, 10.0]]);
        assert_eq!((same, added), (0.0, vec![0.0; 2]));
    }

    #[test]
    fn equal_runs_do_not_differ() {
        let column: Vec<f64> = (0..3000).map(|path| (path as f64).sqrt()).collect();
        let mut paired = Paired::default();
        paired.add(&column, &column);
        assert_eq!((paired.difference().value, paired.difference().se), (0.0, 0.0));
        assert_eq!((paired.share_lost().value, paired.share_lost().se), (0.0, 0.0));
    }

    #[test]
    fn intervals_cover_and_pairing_narrows_them() {
        // b = lognormal; a = b·u, u uniform on (0.6, 1): E[a]/E[b] = 0.8 and E[a − b] = −0.2 E[b].
        let mut rng = SmallRng::seed_from_u64(1);
        let normal = rand_distr::Normal::new(0.0, 0.5).unwrap();
        let (runs, n) = (500, 400);
        let (mut ratios, mut differences, mut shifted, mut apart) = (0, 0, 0, 0);
        for _ in 0..runs {
            let b: Vec<f64> = (0..n).map(|_| rng.sample::<f64, _>(normal).exp()).collect();
            let a: Vec<f64> = b.iter().map(|b| b * (0.6 + 0.4 * rng.random::<f64>())).collect();
            let mut paired = Paired::default();
            paired.add(&a, &b);
            let (ratio, difference) = (paired.share_lost(), paired.difference());
            let expected = -0.2 * 0.125f64.exp();
            ratios += u32::from(ratio.low <= 0.2 && 0.2 <= ratio.high);
            differences += u32::from(difference.low <= expected && expected <= difference.high);
            shifted += u32::from(ratio.low <= 0.2 + 5.0 * ratio.se && 0.2 + 5.0 * ratio.se <= ratio.high);
            let alone = |values: &[f64]| crate::estimate::moments::Moments::of_all(values).se();
            apart += u32::from(alone(&a).hypot(alone(&b)) > 3.0 * difference.se);
        }
        // Lognormal skewness costs a normal interval some coverage at n = 400: allow 1% beside 5 standard errors.
        let tolerance = 0.01 + 5.0 * (0.95 * 0.05 / f64::from(runs)).sqrt();
        let covers = |hits: u32| (f64::from(hits) / f64::from(runs) - 0.95).abs() < tolerance;
        assert!(covers(ratios) && covers(differences), "{ratios} {differences}");
        assert!(!covers(shifted), "the check cannot fail");
        assert_eq!(apart, runs as u32);
    }
}
