//! Sobol points and the sizes of samples that bound a quantile.

use crate::estimate::quantile::runs_to_bound;
use crate::plan::sobol::Sobol;
use crate::state::draw::{Purpose, uniform53};
use crate::studies::verify::Figure;

pub fn points(perturb: bool) -> Vec<Figure> {
    let sobol = Sobol::new(3);
    let expected = [
        [0.0, 0.0, 0.0],
        [0.5, 0.5, 0.5],
        [0.75, 0.25, 0.25],
        [0.25, 0.75, 0.75],
        [0.375, 0.375, 0.625],
        [0.875, 0.875, 0.125],
    ];
    let mut figures = Vec::new();
    for (index, point) in expected.iter().enumerate() {
        for (dimension, coordinate) in point.iter().enumerate() {
            let obtained =
                f64::from(sobol.point(dimension, index as u32 + u32::from(perturb))) / 4_294_967_296.0;
            figures.push(Figure::exact(format!("point {index}, {}", dimension + 1), *coordinate, obtained));
        }
    }
    figures
}

/// How many runs hold a quantile below their largest, and that so many do.
pub fn wilks(perturb: bool) -> Vec<Figure> {
    let spoilt = if perturb { 0.01 } else { 0.0 };
    let runs =
        |content: f64, confidence: f64, sides: u32| runs_to_bound(content - spoilt, confidence, sides) as f64;
    let mut figures = vec![
        Figure::exact("95/95, one side", 59.0, runs(0.95, 0.95, 1)),
        Figure::exact("95/95, two sides", 93.0, runs(0.95, 0.95, 2)),
        Figure::exact("99/95, one side", 299.0, runs(0.99, 0.95, 1)),
    ];
    // The largest of 59 uniforms lies above 0.95 with probability 1 − 0.95⁵⁹.
    let samples = 20_000;
    let bounds = (0..samples)
        .filter(|sample| (0..59).any(|k| uniform53(1, *sample, Purpose::synthetic(1), k) > 0.95 - spoilt));
    let expected = 1.0 - libm::pow(0.95, 59.0);
    let found = bounds.count() as f64 / samples as f64;
    let se = (expected * (1.0 - expected) / samples as f64).sqrt();
    figures.push(Figure::simulated("largest of 59 above the quantile", expected, found, se));
    figures
}
