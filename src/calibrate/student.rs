//! Student's t with 4 degrees of freedom, the noise of the calibration: algebraic but for one square root.

use crate::state::lanes::F8;

pub fn t4_density(r: f64) -> f64 {
    let q = 1.0 / (1.0 + 0.25 * r * r);
    0.375 * q * q * q.sqrt()
}

pub fn t4_cdf(r: f64) -> f64 {
    let v = r / (r * r + 4.0).sqrt();
    0.5 + 0.75 * (v - v * v * v / 3.0)
}

#[inline(always)]
pub fn t4_densities(r: F8) -> F8 {
    let q = F8::ONE / (F8::ONE + F8::splat(0.25) * r * r);
    F8::splat(0.375) * q * q * q.sqrt()
}

#[inline(always)]
pub fn t4_cdfs(r: F8) -> F8 {
    let v = r / (r * r + F8::splat(4.0)).sqrt();
    F8::splat(0.5) + F8::splat(0.75) * (v - v * v * v / 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn student_t_with_four_degrees() {
        // Tables: P(T₄ ≤ 2.131847) = 0.95, ≤ 4.604095 = 0.995.
        assert!((t4_cdf(2.131_846_786) - 0.95).abs() < 1e-9);
        assert!((t4_cdf(4.604_094_871) - 0.995).abs() < 1e-9);
        let slope = (t4_cdf(1.3 + 1e-6) - t4_cdf(1.3 - 1e-6)) / 2e-6;
        assert!((slope - t4_density(1.3)).abs() < 1e-9);
    }
}
