//! Functions whose sensitivity indices are known.

use crate::estimate::RatioEstimate;
use crate::estimate::moments::Moments;
use crate::estimate::sensitivity;
use crate::state::draw::{Purpose, uniform53};
use crate::state::maths::normal_quantile1;
use crate::studies::verify::{Figure, SIX_DECIMALS, Tolerance};
use std::f64::consts::PI;

const POINTS: u64 = 1 << 16;

fn published(what: String, expected: f64, estimate: &RatioEstimate) -> Figure {
    let tolerance = Tolerance::StandardError { se: estimate.se, rounding: SIX_DECIMALS };
    Figure { what, expected, obtained: estimate.value, tolerance }
}

/// Mean and variance of a function of independent uniform numbers, and its indices.
fn figures<const D: usize>(
    function: impl Fn([f64; D]) -> f64,
    mean: f64,
    variance: f64,
    indices: &[(f64, f64)],
) -> Vec<Figure> {
    let uniforms = |path: u64, which: u32| -> [f64; D] {
        std::array::from_fn(|k| uniform53(1, path, Purpose::synthetic(which), k as u32))
    };
    let (mut a, mut b) = (Vec::new(), Vec::new());
    let mut swapped = vec![Vec::new(); D];
    for path in 0..POINTS {
        let (of_a, of_b) = (uniforms(path, 2), uniforms(path, 3));
        a.push(function(of_a));
        b.push(function(of_b));
        for (input, column) in swapped.iter_mut().enumerate() {
            let mut mixed = of_a;
            mixed[input] = of_b[input];
            column.push(function(mixed));
        }
    }
    let moments = Moments::of_all(&a).then(&Moments::of_all(&b));
    let n = moments.n as f64;
    let of_variance = moments.squares / (n - 1.0);
    // The variance of a variance: (μ₄ − σ⁴)/n.
    let se = ((moments.fourths / n - of_variance * of_variance) / n).sqrt();
    let mut figures = vec![
        published("mean".into(), mean, &RatioEstimate::around(moments.mean, moments.se())),
        published("variance".into(), variance, &RatioEstimate::around(of_variance, se)),
    ];
    let effects = sensitivity::sobol(&a, &b, &swapped.iter().map(Vec::as_slice).collect::<Vec<_>>());
    for (k, (effect, (first, total))) in effects.iter().zip(indices).enumerate() {
        figures.push(published(format!("first order, x{}", k + 1), *first, &effect.first));
        figures.push(published(format!("total order, x{}", k + 1), *total, &effect.total));
    }
    figures
}

pub fn ishigami(perturb: bool) -> Vec<Figure> {
    let a = if perturb { 6.0 } else { 7.0 };
    let function = |u: [f64; 3]| {
        let x = u.map(|u| PI * (2.0 * u - 1.0));
        let sine = libm::sin(x[0]);
        sine + a * libm::pow(libm::sin(x[1]), 2.0) + 0.1 * libm::pow(x[2], 4.0) * sine
    };
    let indices = [(0.313905, 0.557589), (0.442411, 0.442411), (0.0, 0.243684)];
    figures(function, 3.5, 13.844588, &indices)
}

pub fn sobol_g(perturb: bool) -> Vec<Figure> {
    let mut a = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0];
    if perturb {
        a[0] = 0.5;
    }
    let function =
        |u: [f64; 8]| u.iter().zip(a).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product::<f64>();
    let indices = [(0.716192, 0.787144), (0.179048, 0.242198), (0.023676, 0.034317), (0.007162, 0.010460)];
    figures(function, 1.0, 0.465424, &indices)
}

/// x₁ + x₂, standard deviations 1 and 2, correlation 1/2.
pub fn shapley_effects(perturb: bool) -> Vec<Figure> {
    let rho: f64 = if perturb { 0.8 } else { 0.5 };
    let rest = (1.0 - rho * rho).sqrt();
    let mut columns = vec![Vec::new(); 4];
    let mut y = Vec::new();
    for path in 0..POINTS {
        let z: [f64; 6] =
            std::array::from_fn(|k| normal_quantile1(uniform53(1, path, Purpose::synthetic(4), k as u32)));
        let (x1, x2) = (z[0], 2.0 * (rho * z[0] + rest * z[1]));
        y.push(x1 + x2);
        columns[0].push(z[2] + 2.0 * (rho * z[2] + rest * z[3]));
        columns[1].push(x1 + 2.0 * (rho * x1 + rest * z[4]));
        columns[2].push(rho * x2 / 2.0 + rest * z[5] + x2);
        columns[3].push(x1 + x2);
    }
    let moments = Moments::of_all(&y);
    let n = moments.n as f64;
    let variance = moments.squares / (n - 1.0);
    let found = sensitivity::shapley_effects(&y, &columns.iter().map(Vec::as_slice).collect::<Vec<_>>());
    vec![
        // Of a normal: 2σ⁴/(n − 1).
        Figure::simulated("variance", 7.0, variance, 7.0 * (2.0 / (n - 1.0)).sqrt()),
        Figure::simulated("effect of x1", 19.0 / 56.0, found[0].value, found[0].se),
        Figure::simulated("effect of x2", 37.0 / 56.0, found[1].value, found[1].se),
    ]
}
