//! Whether a sample follows a law: the checks of the statistical tests, in standard errors. Each says how far off a sample
//! is; a test asserts that it is near enough and that a spoilt sample is not.

/// What counts as chance: once in 1.7 million for a normal deviation. Seeds are fixed, so a test that passes stays passed.
pub const STANDARD_ERRORS: f64 = 5.0;

/// (found − expected) in standard errors.
pub fn deviation(found: f64, expected: f64, standard_error: f64) -> f64 {
    (found - expected) / standard_error
}

/// Of a sample that should be standard normal, mean, variance, skewness and excess kurtosis in standard errors.
pub fn normal_moments(sample: &[f64]) -> [f64; 4] {
    let n = sample.len() as f64;
    let about = |centre: f64, power: i32| sample.iter().map(|x| (x - centre).powi(power)).sum::<f64>() / n;
    [
        deviation(about(0.0, 1), 0.0, (1.0 / n).sqrt()),
        deviation(about(0.0, 2), 1.0, (2.0 / n).sqrt()),
        deviation(about(0.0, 3), 0.0, (15.0 / n).sqrt()),
        deviation(about(0.0, 4), 3.0, (96.0 / n).sqrt()),
    ]
}

/// The correlation of two samples that should be independent with mean 0 and variance 1, in standard errors.
pub fn correlation(a: &[f64], b: &[f64]) -> f64 {
    let n = a.len().min(b.len()) as f64;
    deviation(a.iter().zip(b).map(|(x, y)| x * y).sum::<f64>() / n, 0.0, (1.0 / n).sqrt())
}

/// Kolmogorov–Smirnov: the largest gap between a sample's distribution and `cdf`, as the number of standard errors of a
/// normal with the same (asymptotic, two-sided) probability, so that one bound serves all checks.
pub fn kolmogorov_smirnov(sample: &[f64], cdf: impl Fn(f64) -> f64) -> f64 {
    let mut sorted = sample.to_vec();
    sorted.sort_by(f64::total_cmp);
    let n = sorted.len() as f64;
    let gap = sorted.iter().enumerate().fold(0.0_f64, |gap, (i, x)| {
        let p = cdf(*x);
        gap.max(p - i as f64 / n).max((i as f64 + 1.0) / n - p)
    });
    // P(gap > d) ≈ 2 exp(−2 n d²), as a tail on both sides of a normal.
    let probability = 2.0 * libm::exp(-2.0 * n * gap * gap);
    if probability >= 1.0 { 0.0 } else { -super::maths::normal_quantile1((probability / 2.0).max(1e-300)) }
}

/// χ² of counts that should be equal, less its mean, over its standard deviation.
pub fn chi_square(counts: &[u32]) -> f64 {
    let expected = counts.iter().map(|count| f64::from(*count)).sum::<f64>() / counts.len() as f64;
    let chi_square: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
    let freedom = counts.len() as f64 - 1.0;
    deviation(chi_square, freedom, (2.0 * freedom).sqrt())
}

/// FNV-1a over the bits of a sample: a fingerprint that is the same on every machine if every bit is.
pub fn fingerprint(values: impl IntoIterator<Item = f64>) -> u64 {
    values
        .into_iter()
        .flat_map(|value| value.to_bits().to_le_bytes())
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
}
