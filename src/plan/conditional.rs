//! Conditional draws of uncertain numbers under the Gaussian copula (§2): what the others are, given some. From two
//! independent points a and b, the point that has b's numbers in a set S, and for the rest a's innovations about what S
//! leads one to expect: z' = z_a + Σ_rest,S Σ_SS⁻¹ (z_b,S − z_a,S) in the normals behind the numbers. It has the law of
//! any point, shares S with b, and is otherwise as near to a as can be; numbers that nothing correlates are copied.

use super::strata::LARGEST_BELOW_ONE;
use crate::state::maths::{normal_cdf1, normal_quantile1};

/// In a larger set of correlated numbers only all or none can be held: [`Conditional::joined`] tells how large.
pub const MOST_JOINED: usize = 10;

/// The correlated numbers, in sets that hang together.
#[derive(Debug, Clone, Default)]
pub struct Conditional {
    components: Vec<Component>,
}

#[derive(Debug, Clone)]
struct Component {
    dimensions: Vec<usize>,
    /// By the members held, as bits: for each of the others in turn, its weight on each of those held.
    weights: Vec<Vec<f64>>,
}

impl Conditional {
    /// `matrix` is the correlation matrix of the dimensions, row after row.
    pub fn of(dimensions: &[usize], matrix: &[f64]) -> Conditional {
        let size = dimensions.len();
        let mut left: Vec<usize> = (0..size).collect();
        let mut components = Vec::new();
        while !left.is_empty() {
            let mut members = vec![left.remove(0)];
            while let Some(at) = left.iter().position(|i| members.iter().any(|j| matrix[i * size + j] != 0.0))
            {
                members.push(left.remove(at));
            }
            members.sort_unstable();
            if members.len() > 1 {
                let at = |i: usize, j: usize| matrix[members[i] * size + members[j]];
                let subsets = if members.len() <= MOST_JOINED { 1 << members.len() } else { 1 };
                components.push(Component {
                    dimensions: members.iter().map(|member| dimensions[*member]).collect(),
                    weights: (0..subsets).map(|held| weights(members.len(), held, &at)).collect(),
                });
            }
        }
        Conditional { components }
    }

    /// The sets of dimensions that correlations join.
    pub fn joined(&self) -> impl Iterator<Item = &[usize]> {
        self.components.iter().map(|component| component.dimensions.as_slice())
    }

    /// The point with `from`'s uniforms where `held`, and `base`'s innovations elsewhere; all by dimension.
    pub fn mix(&self, base: &[f64], from: &[f64], held: impl Fn(usize) -> bool, out: &mut [f64]) {
        for (dimension, value) in out.iter_mut().enumerate() {
            *value = if held(dimension) { from[dimension] } else { base[dimension] };
        }
        // Of a larger set all are held or none: every number of it has been copied.
        for component in self.components.iter().filter(|c| c.dimensions.len() <= MOST_JOINED) {
            let bits = component.dimensions.iter().enumerate();
            let held_bits = bits.fold(0, |bits, (k, dimension)| bits | usize::from(held(*dimension)) << k);
            let Some(weights) = component.weights.get(held_bits).filter(|weights| !weights.is_empty()) else {
                continue;
            };
            component.shift(held_bits, weights, base, from, out);
        }
    }
}

impl Component {
    fn shift(&self, held: usize, weights: &[f64], base: &[f64], from: &[f64], out: &mut [f64]) {
        let members = || self.dimensions.iter().enumerate();
        let mut apart = [0.0; MOST_JOINED];
        let mut count = 0;
        for (_, dimension) in members().filter(|(k, _)| held >> k & 1 == 1) {
            apart[count] = normal_quantile1(from[*dimension]) - normal_quantile1(base[*dimension]);
            count += 1;
        }
        let others = members().filter(|(k, _)| held >> k & 1 == 0);
        for ((_, dimension), row) in others.zip(weights.chunks_exact(count)) {
            let expected: f64 = row.iter().zip(&apart).map(|(weight, apart)| weight * apart).sum();
            let z = normal_quantile1(base[*dimension]) + expected;
            out[*dimension] = normal_cdf1(z).clamp(f64::MIN_POSITIVE, LARGEST_BELOW_ONE);
        }
    }
}

/// Σ_rest,S Σ_SS⁻¹, a row for each of the rest; empty where all or none are held. Of members that follow from the others
/// held (correlation 1) the later ones count for nothing.
fn weights(size: usize, held: usize, correlation: &impl Fn(usize, usize) -> f64) -> Vec<f64> {
    let of = |bit: usize| (0..size).filter(move |k| held >> k & 1 == bit).collect::<Vec<usize>>();
    let (given, rest) = (of(1), of(0));
    if given.is_empty() || rest.is_empty() {
        return Vec::new();
    }
    rest.iter().flat_map(|other| regression(&given, *other, correlation)).collect()
}

/// The weights of `given` in what is expected of `other`: Gaussian elimination without exchange of rows, which a positive
/// semi-definite matrix does not need.
fn regression(given: &[usize], other: usize, correlation: &impl Fn(usize, usize) -> f64) -> Vec<f64> {
    /// What rounding leaves of a pivot that should be zero.
    const NOTHING_LEFT: f64 = 1e-10;
    let n = given.len();
    let mut a: Vec<Vec<f64>> = given
        .iter()
        .map(|i| given.iter().map(|j| correlation(*i, *j)).chain([correlation(*i, other)]).collect())
        .collect();
    let mut used = vec![false; n];
    for k in 0..n {
        used[k] = a[k][k] > NOTHING_LEFT;
        if !used[k] {
            continue;
        }
        let pivot = a[k].clone();
        for row in a.iter_mut().skip(k + 1) {
            let factor = row[k] / pivot[k];
            for (value, above) in row.iter_mut().zip(&pivot).skip(k) {
                *value -= factor * above;
            }
        }
    }
    let mut weights = vec![0.0; n];
    for k in (0..n).rev().filter(|k| used[*k]) {
        let known: f64 = (k + 1..n).map(|j| a[k][j] * weights[j]).sum();
        weights[k] = (a[k][n] - known) / a[k][k];
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_of_two_and_three() {
        // Two: ρ. Three with ρ12 = ½, ρ13 = 0.3, ρ23 = −0.2: given 1 and 2, of 3: (ρ13 − ρ12ρ23, ρ23 − ρ12ρ13)/(1 − ρ12²).
        let rho = [1.0, 0.5, 0.3, 0.5, 1.0, -0.2, 0.3, -0.2, 1.0];
        let at = |i: usize, j: usize| rho[i * 3 + j];
        assert_eq!(weights(3, 0b001, &at), [0.5, 0.3]);
        let found = weights(3, 0b011, &at);
        for (found, expected) in found.iter().zip([0.4 / 0.75, -0.35 / 0.75]) {
            assert!((found - expected).abs() < 1e-15);
        }
        assert!(weights(3, 0, &at).is_empty() && weights(3, 0b111, &at).is_empty());
        // The second is the first: given both, the third follows the first alone.
        let twins = [1.0, 1.0, 0.4, 1.0, 1.0, 0.4, 0.4, 0.4, 1.0];
        assert_eq!(weights(3, 0b011, &|i, j| twins[i * 3 + j]), [0.4, 0.0]);
    }

    #[test]
    fn a_mixed_point_holds_what_is_held_and_copies_what_is_free() {
        let conditional = Conditional::of(&[1, 3], &[1.0, 0.6, 0.6, 1.0]);
        assert_eq!(conditional.joined().collect::<Vec<_>>(), [[1, 3]]);
        let (base, from) = ([0.1, 0.2, 0.3, 0.4], [0.9, 0.8, 0.7, 0.6]);
        let mut out = [0.0; 4];
        conditional.mix(&base, &from, |d| d == 1, &mut out);
        let z = normal_quantile1(0.4) + 0.6 * (normal_quantile1(0.8) - normal_quantile1(0.2));
        assert_eq!((out[0], out[1], out[2]), (0.1, 0.8, 0.3));
        assert!((out[3] - normal_cdf1(z)).abs() < 1e-15);
        conditional.mix(&base, &from, |_| true, &mut out);
        assert_eq!(out, from);
        conditional.mix(&base, &from, |d| d == 0, &mut out);
        assert_eq!(out, [0.9, 0.2, 0.3, 0.4]);
    }
}
