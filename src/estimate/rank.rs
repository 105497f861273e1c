//! Rank correlation from given data (Spearman 1904): how far a measure rises with an uncertain number, whatever the
//! shape, from the paths that were run anyway. It sees monotone dependence only.

use super::RatioEstimate;

/// Spearman's rank correlation with the standard error of Fisher's transform for ranks, 1.03/√(n − 3) (Fieller,
/// Hartley and Pearson 1957), carried back by the delta method. Pairs with an undefined value are left out; NaN with
/// fewer than ten pairs, or when one side never changes.
pub fn spearman(one: &[f64], other: &[f64]) -> RatioEstimate {
    let pairs: Vec<(f64, f64)> = one
        .iter()
        .zip(other)
        .filter(|(a, b)| a.is_finite() && b.is_finite())
        .map(|(a, b)| (*a, *b))
        .collect();
    if pairs.len() < 10 {
        return RatioEstimate::around(f64::NAN, f64::NAN);
    }
    let a = ranks(pairs.iter().map(|p| p.0));
    let b = ranks(pairs.iter().map(|p| p.1));
    let n = pairs.len() as f64;
    let middle = (n + 1.0) / 2.0;
    let (mut aa, mut bb, mut ab) = (0.0, 0.0, 0.0);
    for (x, y) in a.iter().zip(&b) {
        aa += (x - middle) * (x - middle);
        bb += (y - middle) * (y - middle);
        ab += (x - middle) * (y - middle);
    }
    if aa == 0.0 || bb == 0.0 {
        return RatioEstimate::around(f64::NAN, f64::NAN);
    }
    let rho = ab / (aa * bb).sqrt();
    RatioEstimate::around(rho, 1.03 / (n - 3.0).sqrt() * (1.0 - rho * rho))
}

/// Ranks from 1; equal values share the mean of theirs.
fn ranks(values: impl Iterator<Item = f64>) -> Vec<f64> {
    let values: Vec<f64> = values.collect();
    let mut order: Vec<u32> = (0..values.len() as u32).collect();
    order.sort_by(|a, b| values[*a as usize].total_cmp(&values[*b as usize]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let value = values[order[from] as usize];
        let mut until = from + 1;
        while until < order.len() && values[order[until] as usize] == value {
            until += 1;
        }
        let shared = (from + 1 + until) as f64 / 2.0;
        for index in &order[from..until] {
            ranks[*index as usize] = shared;
        }
        from = until;
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spearman's own example, IQ against hours of television: ρ = −29/165.
    #[test]
    fn a_worked_example() {
        let iq = [106.0, 100.0, 86.0, 101.0, 99.0, 103.0, 97.0, 113.0, 112.0, 110.0];
        let hours = [7.0, 27.0, 2.0, 50.0, 28.0, 29.0, 20.0, 12.0, 6.0, 17.0];
        assert!((spearman(&iq, &hours).value + 29.0 / 165.0).abs() < 1e-12);
    }

    #[test]
    fn any_rising_function_is_one_and_ties_share_their_rank() {
        let x: Vec<f64> = (0..50).map(f64::from).collect();
        let y: Vec<f64> = x.iter().map(|x| x.powi(3) - 5.0).collect();
        assert!((spearman(&x, &y).value - 1.0).abs() < 1e-12);
        assert_eq!(ranks([3.0, 1.0, 3.0, 2.0].into_iter()), [3.5, 1.0, 3.5, 2.0]);
    }

    #[test]
    fn a_constant_has_no_correlation() {
        assert!(spearman(&[1.0; 20], &(0..20).map(f64::from).collect::<Vec<_>>()).value.is_nan());
    }
}
