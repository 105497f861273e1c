//! Prices, revenue, announcements and sentiment against their laws, through the engine.

use crate::engine::Run;
use crate::estimate::moments::Moments;
use crate::studies::verify::{EXACT, Figure, columns, plan_of};

const PATHS: u64 = 20_000;

fn prices(drift: f64, half_life: f64) -> String {
    format!(
        r#"
[scenario]
name = "Prices"
start = 2025-01-01
years = 2.0
steps_per_year = 12

[market]
volatility = 0.2
sector_volatility = 0.15
rate = 0.04

[[company]]
name = "Cloud"
market_cap = 600.0
premium = 0.7
drift = {drift:?}
volatility = 0.3
beta = {{ market = 1.2, sector = 0.5 }}
cash = 10.0
earnings = 8.0
margin = 0.3
half_life = {half_life:?}
"#
    )
}

pub fn fundamental(perturb: bool) -> Vec<Figure> {
    let (drift, t) = (0.08, 2.0);
    let plan = plan_of(&prices(if perturb { 0.12 } else { drift }, 0.4));
    let ([values], _) = columns(&plan, &Run::new(1, PATHS), ["company.Cloud.fundamental_end"]);
    let opening = 600.0 * libm::exp(-0.7);
    let variance = (1.2 * 0.2_f64).powi(2) + (0.5 * 0.15_f64).powi(2) + 0.09;
    let mean = opening * libm::exp(drift * t);
    let n = PATHS as f64;
    let logs: Vec<f64> = values.iter().map(|value| libm::log(value / opening)).collect();
    let (of_values, of_logs) = (Moments::of_all(&values), Moments::of_all(&logs));
    vec![
        Figure::simulated("mean of F", mean, of_values.mean, mean * (libm::expm1(variance * t) / n).sqrt()),
        Figure::simulated(
            "mean of ln F/F₀",
            (drift - variance / 2.0) * t,
            of_logs.mean,
            (variance * t / n).sqrt(),
        ),
        Figure::simulated(
            "variance of ln F",
            variance * t,
            of_logs.sd() * of_logs.sd(),
            variance * t * (2.0 / (n - 1.0)).sqrt(),
        ),
    ]
}

pub fn premium(perturb: bool) -> Vec<Figure> {
    let half_life = 0.4;
    let plan = plan_of(&prices(0.08, if perturb { 0.41 } else { half_life }));
    let names = ["company.Cloud.value_end", "company.Cloud.fundamental_end"];
    let ([value, fundamental], _) = columns(&plan, &Run::new(1, 8), names);
    let expected = 0.7 * libm::exp2(-2.0 / half_life);
    value
        .iter()
        .zip(&fundamental)
        .take(3)
        .enumerate()
        .map(|(path, (m, f))| {
            Figure::exact(format!("ln M/F after 2 years, path {path}"), expected, libm::log(m / f))
        })
        .collect()
}

/// R(t) = R₀ exp(Σ g(nΔ)Δ), and what is raised of it by opex alone is nothing.
pub fn revenue(perturb: bool) -> Vec<Figure> {
    let (start, end, half_life) = (0.65, 0.15, 1.5);
    let given = if perturb { 1.6 } else { half_life };
    let plan = plan_of(&format!(
        r#"
[scenario]
name = "Revenue"
start = 2025-01-01
years = 3.0
steps_per_year = 12

[market]
volatility = 0.0
sector_volatility = 0.0
rate = 0.04

[[lab]]
name = "Lab"
cash = 10.0
revenue = {{ annual = 13.0, growth = {start:?}, growth_end = {end:?}, half_life = {given:?} }}
opex = 6.0
opex_growth = 0.3
mark = 100.0
"#
    ));
    let ([revenue, cash], _) = columns(&plan, &Run::new(1, 8), ["lab.Lab.revenue_end", "lab.Lab.cash_end"]);
    // A geometric series: Σ 2^(−nΔ/h) over 36 steps.
    let dt = 1.0 / 12.0;
    let series = |steps: i32| {
        let decay = libm::exp2(-dt / half_life);
        (1.0 - libm::pow(decay, f64::from(steps))) / (1.0 - decay)
    };
    let at = |steps: i32| 13.0 * libm::exp(end * f64::from(steps) * dt + (start - end) * dt * series(steps));
    let earned: f64 = (1..=36).map(|n| at(n) * dt).sum();
    // Opex grows from step to step: 6Δ Σ e^(0.3nΔ).
    let spent = 6.0 * dt * libm::expm1(0.3 * 3.0) / libm::expm1(0.3 * dt);
    vec![
        Figure::exact("revenue after 3 years", at(36), revenue[0]),
        Figure::exact("cash after 3 years", 10.0 + earned - spent, cash[0]),
    ]
}

pub fn announcement(perturb: bool) -> Vec<Figure> {
    let (elasticity, noise) = (0.5, 0.6);
    let margin = if perturb { 0.41 } else { 0.4 };
    let given = if perturb { 0.55 } else { elasticity };
    let plan = plan_of(&format!(
        r#"
[scenario]
name = "One contract"
start = 2025-01-01
years = 0.08333333
steps_per_year = 12

[market]
volatility = 0.0
sector_volatility = 0.0
rate = 0.05

[announcement]
elasticity = {given:?}
exponent = 0.7
noise = {noise:?}

[[lab]]
name = "Lab"
cash = 1000.0
revenue = {{ annual = 1000.0, growth = 0.0 }}
opex = 0.0
mark = 100.0

[[company]]
name = "Cloud"
market_cap = 600.0
volatility = 0.0
cash = 10.0
earnings = 0.0
margin = {margin:?}

[[compute]]
lab = "Lab"
company = "Cloud"
contracts = [{{ announced = 2025-01-01, notional = 300.0, starts = 2026-01-02, term = 5.0 }}]
"#
    ));
    let names = ["company.Cloud.value_end", "company.Cloud.fundamental_end"];
    let ([value, fundamental], _) = columns(&plan, &Run::new(1, PATHS), names);
    // v = m·D·q·exp(−r(lead + τ/2)), q = 1.
    let worth = 0.4 * 300.0 * libm::exp(-0.05 * (1.0 + 2.5));
    let returns: Vec<f64> = value.iter().zip(&fundamental).map(|(m, f)| libm::log(m / f)).collect();
    let mean = elasticity * libm::pow(300.0 / 600.0, 0.7);
    let se = mean * (libm::expm1(noise * noise) / PATHS as f64).sqrt();
    vec![
        Figure::exact("F after the news", 600.0 + worth, fundamental[0]),
        Figure::simulated("mean of a", mean, Moments::of_all(&returns).mean, se),
    ]
}

/// Shares of 504 daily steps. One move a step leaves out two moves in one: 1.5e-4 of the occupancy here, which a standard
/// error of 2e-3 does not see.
pub fn sentiment(perturb: bool) -> Vec<Figure> {
    let calming = if perturb { 1.0 } else { 0.7 };
    let plan = plan_of(&format!(
        r#"
[scenario]
name = "Sentiment"
start = 2025-01-01
years = 2.0
steps_per_year = 252

[market]
volatility = 0.2
sector_volatility = 0.2
rate = 0.04

[sentiment]
initial = "hype"
response = [1.0, 0.4, -0.5]
rates = [[0.0, {calming:?}, 0.3], [0.5, 0.0, 0.4], [0.1, 0.6, 0.0]]
circularity = {{ sensitivity = 2.0, reference = 0.3, half_life = 0.5 }}
"#
    ));
    let step =
        exponential([[-1.0, 0.7, 0.3], [0.5, -0.9, 0.4], [0.1, 0.6, -0.7]].map(|row| row.map(|x| x / 252.0)));
    let mut state = [1.0, 0.0, 0.0];
    let mut occupancy = [0.0; 3];
    for _ in 0..504 {
        state = std::array::from_fn(|to| (0..3).map(|from| state[from] * step[from][to]).sum());
        occupancy.iter_mut().zip(state).for_each(|(time, there)| *time += there / 504.0);
    }
    let names = ["sentiment.hype", "sentiment.neutral", "sentiment.suspicion"];
    let (found, _) = columns(&plan, &Run::new(1, PATHS), names);
    let figure = |k: usize| {
        let moments = Moments::of_all(&found[k]);
        Figure::simulated(names[k], occupancy[k], moments.mean, moments.se())
    };
    debug_assert!((occupancy.iter().sum::<f64>() - 1.0).abs() < EXACT);
    (0..3).map(figure).collect()
}

/// The exponential of a small matrix by its power series: entries below a hundredth need few terms.
fn exponential(matrix: [[f64; 3]; 3]) -> [[f64; 3]; 3] {
    let mut sum: [[f64; 3]; 3] =
        std::array::from_fn(|i| std::array::from_fn(|j| f64::from(u8::from(i == j))));
    let mut term = sum;
    for k in 1..20 {
        let product =
            |i: usize, j: usize| (0..3).map(|m| term[i][m] * matrix[m][j]).sum::<f64>() / f64::from(k);
        term = std::array::from_fn(|i| std::array::from_fn(|j| product(i, j)));
        sum = std::array::from_fn(|i| std::array::from_fn(|j| sum[i][j] + term[i][j]));
    }
    sum
}
