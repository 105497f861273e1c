//! What an uncertain number costs a path (§2): by family, by sampler, and with a correlation. Answers are compared with
//! known ones before anything is timed.

use roundtrip::input::{Distribution, Family, Grade, Number, NumberId, Quantity, Range, Unit};
use roundtrip::plan::distribution::Marginal;
use roundtrip::plan::parameters::{Parameters, Sampler, Sampling};
use std::hint::black_box;
use std::time::Instant;

const PATHS: usize = 1024;
const NUMBERS: usize = 32;

/// The fastest of twenty, in ns for each of `count` things.
fn best(count: usize, mut work: impl FnMut()) -> f64 {
    let mut best = f64::INFINITY;
    for _ in 0..20 {
        let start = Instant::now();
        work();
        best = best.min(start.elapsed().as_secs_f64());
    }
    best * 1e9 / count as f64
}

fn untruncated(family: Family) -> Distribution {
    Distribution { family, min: f64::NEG_INFINITY, max: f64::INFINITY }
}

fn families() {
    // Medians by scipy.
    let families = [
        ("lognormal", Family::Lognormal { median: 4.0, sigma: 0.5 }, 4.0),
        ("triangular", Family::Triangular { low: 1.0, mode: 2.0, high: 5.0 }, 2.550510257217),
        ("pert", Family::Pert { low: 1.0, mode: 2.0, high: 5.0 }, 2.255240681823),
        ("beta(200, 300)", Family::Beta { alpha: 200.0, beta: 300.0, low: 0.0, high: 1.0 }, 0.3998665627141),
        ("student(3)", Family::StudentT { mean: 0.0, scale: 1.0, df: 3.0 }, 0.0),
    ];
    for (name, family, median) in families {
        let marginal = Marginal::of(&untruncated(family));
        assert!((marginal.quantile(0.5) - median).abs() < 1e-12, "{name}");
        let time = best(PATHS, || {
            for path in 0..PATHS {
                black_box(marginal.quantile(black_box((path as f64 + 0.5) / PATHS as f64)));
            }
        });
        println!("quantile {name:16} {time:6.0} ns");
    }
}

fn samplers() {
    let number = Number {
        address: "bench".into(),
        unit: Unit::Pure,
        range: Range::Any,
        quantity: Quantity::Uncertain(untruncated(Family::Lognormal { median: 4.0, sigma: 0.5 })),
        source: None,
        grade: Grade::Assumed,
        label: None,
        is_default: false,
        span: 0..0,
    };
    let numbers = vec![number; NUMBERS];
    let chain: Vec<_> = (1..NUMBERS as u32).map(|i| (NumberId(i - 1), NumberId(i), 0.4)).collect();
    for (name, correlations) in [("alone", &[][..]), ("correlated", &chain)] {
        let parameters = Parameters::compile(&numbers, correlations);
        for sampler in [Sampler::Plain, Sampler::LatinHypercube, Sampler::Sobol] {
            let run = Sampling { seed: 1, sampler, paths: PATHS as u64 };
            let mut out = vec![0.0; NUMBERS * PATHS];
            parameters.draw(&run, 0, PATHS, &mut out);
            // Half of a lognormal lies below its median; 4 ± 5 standard errors of a binomial at worst.
            let below = out.iter().filter(|value| **value < 4.0).count() as f64 / out.len() as f64;
            assert!((below - 0.5).abs() < 5.0 * 0.5 / (PATHS as f64).sqrt(), "{sampler:?} {below}");
            let time = best(out.len(), || parameters.draw(&run, 0, PATHS, black_box(&mut out)));
            println!("draw {name:10} {:15} {time:6.0} ns a number", format!("{sampler:?}"));
        }
    }
}

fn main() {
    families();
    samplers();
}
