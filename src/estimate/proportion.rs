//! A proportion: of so many, how many. Its 95% interval is Wilson's (1927), which says of none among n that there may be
//! some; a standard error would be 0.

use super::{NORMAL_95, RatioEstimate};

/// The interval of `hits` among `n`; all of 0 to 1 of none.
pub fn wilson(hits: u64, n: u64) -> (f64, f64) {
    if n == 0 { (0.0, 1.0) } else { interval(hits as f64 / n as f64, n as f64) }
}

/// The interval of a proportion among so many, which need be no whole number.
pub fn interval(p: f64, n: f64) -> (f64, f64) {
    const Z: f64 = NORMAL_95;
    let middle = p + Z * Z / (2.0 * n);
    let reach = Z * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
    let whole = 1.0 + Z * Z / n;
    // Exact at the ends, where rounding would leave a last digit.
    let low = if p <= 0.0 { 0.0 } else { ((middle - reach) / whole).max(0.0) };
    let high = if p >= 1.0 { 1.0 } else { ((middle + reach) / whole).min(1.0) };
    (low, high)
}

/// A proportion among n with the standard error that was found for it. Where that is another than that of n independent
/// ones (strata, weights, events of one day), the interval is of as many as would have it (Korn and Graubard 1998).
pub fn proportion(p: f64, se: f64, n: u64) -> RatioEstimate {
    if !p.is_finite() || n == 0 {
        return RatioEstimate { value: p, se, low: f64::NAN, high: f64::NAN };
    }
    let of_independent = p * (1.0 - p);
    let n = n as f64;
    // The error of n paths is over n − 1: the same to all who read it.
    let worth = if se > 0.0 { of_independent / (se * se) } else { n };
    let n = if (worth / n - 1.0).abs() < 2.0 / n { n } else { worth };
    let (low, high) = interval(p, n);
    RatioEstimate { value: p, se, low, high }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Newcombe (1998), table I: 81 of 263, 15 of 148, 0 of 20, 1 of 29.
    #[test]
    fn the_interval_is_wilsons() {
        for (hits, n, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let (a, b) = wilson(hits, n);
            assert!((a - low).abs() < 5e-5 && (b - high).abs() < 5e-5, "{hits} of {n}: {a} {b}");
        }
        assert_eq!(wilson(0, 0), (0.0, 1.0));
        assert_eq!(wilson(7, 7).1, 1.0);
    }

    /// With the error of independent ones it is Wilson's; with twice that, Wilson's of a quarter as many.
    #[test]
    fn the_error_says_how_many_it_is_worth() {
        let (p, n) = (0.2, 400u64);
        let se = |n: f64| (p * (1.0 - p) / n).sqrt();
        let plain = proportion(p, se(n as f64 - 1.0), n);
        assert_eq!((plain.low, plain.high), wilson(80, 400));
        let clustered = proportion(p, se(100.0), n);
        let (low, high) = wilson(20, 100);
        assert!((clustered.low - low).abs() < 1e-12 && (clustered.high - high).abs() < 1e-12);
        let none = proportion(0.0, 0.0, 1000);
        assert!(none.low == 0.0 && none.high > 0.003, "{none:?}");
        assert!(proportion(f64::NAN, f64::NAN, 0).high.is_nan());
    }
}
