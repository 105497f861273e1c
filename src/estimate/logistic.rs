//! Logistic regression: how the probability of an event follows from some inputs, by penalised maximum likelihood
//! (Newton's method; the penalty is that of a normal prior, so that separated data have finite weights).

/// log p/(1 − p) = constant + Σ weight·x.
#[derive(Debug, Clone, PartialEq)]
pub struct Logistic {
    pub constant: f64,
    pub weights: Vec<f64>,
}

/// Standard deviation of the prior on each weight.
const PRIOR: f64 = 3.0;

const MOST_STEPS: usize = 50;

/// Fits to rows of inputs, `inputs[k][row]`, and whether the event happened. `None` without a row of either kind.
pub fn fit(inputs: &[Vec<f64>], happened: &[bool]) -> Option<Logistic> {
    let rows = happened.len();
    let events = happened.iter().filter(|happened| **happened).count();
    if events == 0 || events == rows {
        return None;
    }
    let size = inputs.len() + 1;
    let share = events as f64 / rows as f64;
    let mut beta = vec![0.0; size];
    beta[0] = libm::log(share / (1.0 - share));
    let mut x = vec![1.0; size];
    for _ in 0..MOST_STEPS {
        let mut gradient = vec![0.0; size];
        let mut curvature = vec![0.0; size * size];
        for k in 1..size {
            gradient[k] = -beta[k] / (PRIOR * PRIOR);
            curvature[k * size + k] = 1.0 / (PRIOR * PRIOR);
        }
        for row in 0..rows {
            for (x, column) in x[1..].iter_mut().zip(inputs) {
                *x = column[row];
            }
            let logit: f64 = beta.iter().zip(&x).map(|(b, x)| b * x).sum();
            let p = 1.0 / (1.0 + libm::exp(-logit));
            let residual = f64::from(u8::from(happened[row])) - p;
            let weight = (p * (1.0 - p)).max(1e-9);
            for i in 0..size {
                gradient[i] += residual * x[i];
                let scaled = weight * x[i];
                for (sum, x) in curvature[i * size..=i * size + i].iter_mut().zip(&x) {
                    *sum += scaled * x;
                }
            }
        }
        let step = solve(&mut curvature, gradient, size);
        // Far steps overshoot where hardly any row is near the boundary.
        let length = step.iter().map(|s| s * s).sum::<f64>().sqrt();
        let part = (5.0 / length).min(1.0);
        beta.iter_mut().zip(&step).for_each(|(b, s)| *b += part * s);
        if length < 1e-9 {
            break;
        }
    }
    Some(Logistic { constant: beta[0], weights: beta.split_off(1) })
}

/// Solves by Cholesky's method; only the lower triangle of the positive definite matrix is read, and overwritten.
fn solve(matrix: &mut [f64], mut right: Vec<f64>, size: usize) -> Vec<f64> {
    for i in 0..size {
        for j in 0..=i {
            let shared: f64 = (0..j).map(|k| matrix[i * size + k] * matrix[j * size + k]).sum();
            let left = matrix[i * size + j] - shared;
            matrix[i * size + j] = if i == j { left.max(1e-300).sqrt() } else { left / matrix[j * size + j] };
        }
    }
    for i in 0..size {
        let known: f64 = (0..i).map(|k| matrix[i * size + k] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i * size + i];
    }
    for i in (0..size).rev() {
        let known: f64 = (i + 1..size).map(|k| matrix[k * size + i] * right[k]).sum();
        right[i] = (right[i] - known) / matrix[i * size + i];
    }
    right
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng, rngs::SmallRng};
    use rand_distr::StandardNormal;

    #[test]
    fn two_groups_by_hand() {
        // One input, 0 or 1: the odds of each group are its events over its others, with hardly any penalty at this size.
        let rows = 40_000;
        let input: Vec<f64> = (0..rows).map(|row| f64::from(row % 2)).collect();
        // Of the even rows a quarter, of the odd ones four fifths.
        let happened: Vec<bool> =
            (0..rows).map(|row| if row % 2 == 0 { row / 2 % 4 == 0 } else { row / 2 % 5 != 0 }).collect();
        let found = fit(&[input], &happened).unwrap();
        assert!((found.constant - (1.0f64 / 3.0).ln()).abs() < 1e-3, "{found:?}");
        assert!((found.weights[0] - (4.0f64.ln() - (1.0f64 / 3.0).ln())).abs() < 1e-3, "{found:?}");
        assert!(fit(&[vec![0.0, 1.0]], &[true, true]).is_none());
    }

    #[test]
    fn weights_that_were_put_in_come_back() {
        let truth = [1.0, -0.5, 0.0];
        let mut rng = SmallRng::seed_from_u64(1);
        let rows = 40_000;
        let inputs: Vec<Vec<f64>> =
            truth.iter().map(|_| (0..rows).map(|_| rng.sample(StandardNormal)).collect()).collect();
        let mut fitted = |constant: f64| {
            let happened: Vec<bool> = (0..rows)
                .map(|row| {
                    let logit: f64 =
                        constant + truth.iter().zip(&inputs).map(|(b, x)| b * x[row]).sum::<f64>();
                    rng.random::<f64>() < 1.0 / (1.0 + (-logit).exp())
                })
                .collect();
            fit(&inputs, &happened).unwrap()
        };
        let found = fitted(-0.7);
        // The error of a weight is about 1/√(n·p(1 − p)), p(1 − p) at least 0.15 here.
        let tolerance = 5.0 / (rows as f64 * 0.15).sqrt();
        for (found, truth) in found.weights.iter().zip(truth) {
            assert!((found - truth).abs() < tolerance, "{found} {truth}");
        }
        assert!((found.constant + 0.7).abs() < tolerance);
        let spoilt = fitted(-0.7 + 2.0 * tolerance);
        assert!((spoilt.constant + 0.7).abs() > tolerance, "another constant is seen: {}", spoilt.constant);
    }

    #[test]
    fn separated_data_have_finite_weights() {
        let input: Vec<f64> = (0..100).map(|row| f64::from(row) - 49.5).collect();
        let happened: Vec<bool> = input.iter().map(|x| *x > 0.0).collect();
        let found = fit(&[input], &happened).unwrap();
        assert!(found.weights[0].is_finite() && found.weights[0] > 0.0);
    }
}
