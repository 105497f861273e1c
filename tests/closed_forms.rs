//! The engine against closed forms. Statistical tests allow 5 standard errors, computed from n, with a fixed seed, and
//! each is shown to fail when what it checks is moved by 5.

use nalgebra::Matrix3;
use roundtrip::books::{Origin, Party};
use roundtrip::deals::compute;
use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Finished, Run, simulate, simulate_some};
use roundtrip::plan::Plan;
use roundtrip::plan::parameters::Sampler;
use roundtrip::scenario::Scenario;
use roundtrip::state::Loops;
use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::path::Path;

const STANDARD_ERRORS: f64 = 5.0;

fn plan_of(text: &str) -> Plan {
    let scenario = Scenario::parse("text", text, Path::new(""), &[]);
    Plan::compile(&scenario.unwrap_or_else(|findings| panic!("{}\n{text}", findings.render(false))))
}

type Columns = BTreeMap<String, Vec<f64>>;

fn run(plan: &Plan, run: &Run) -> (Columns, Finished) {
    let mut columns = Columns::new();
    let names = column_names(plan);
    let finished = simulate(plan, run, |block| {
        for (name, column) in names.iter().zip(block.columns) {
            columns.entry(name.clone()).or_default().extend(column);
        }
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    (columns, finished)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn sd(values: &[f64]) -> f64 {
    let middle = mean(values);
    (values.iter().map(|v| (v - middle).powi(2)).sum::<f64>() / (values.len() as f64 - 1.0)).sqrt()
}

fn agrees(got: f64, want: f64, se: f64) -> bool {
    (got - want).abs() <= STANDARD_ERRORS * se
}

/// What was simulated, what a closed form says of it, and the standard error of the first.
struct Compared {
    what: &'static str,
    got: f64,
    want: f64,
    se: f64,
}

/// Within 5 standard errors of what is wanted; and of a scenario that is spoilt, those named are not.
fn assert_agrees(compared: &[Compared], spoilt: &[Compared], seen: &[&str]) {
    for Compared { what, got, want, se } in compared {
        assert!(*se > 0.0 && se.is_finite(), "{what}: a standard error of {se}");
        assert!(agrees(*got, *want, *se), "{what}: {got}, not {want} ± {se}");
    }
    for what in seen {
        let Compared { got, want, se, .. } = spoilt.iter().find(|compared| compared.what == *what).unwrap();
        assert!(!agrees(*got, *want, *se), "{what}: a spoilt {got} is not told from {want} ± {se}");
    }
}

/// The text with a number of it changed.
fn spoil(text: &str, number: &str, by: &str) -> String {
    assert_eq!(text.matches(number).count(), 1, "{number}");
    text.replace(number, by)
}

fn assert_close(what: &str, got: f64, want: f64) {
    assert!((got - want).abs() <= 1e-10 * want.abs().max(1.0), "{what}: {got}, not {want}");
}

/// Two companies whose prices move, and nothing else.
const PRICES: &str = r#"
[scenario]
name = "Prices"
start = 2025-01-01
years = 2.0
steps_per_year = 12

[market]
volatility = 0.2
sector_volatility = 0.15
rate = 0.04

[announcement]
elasticity = 0.5
exponent = 0.7
noise = 0.5
half_life = 0.4

[[company]]
name = "Cloud"
market_cap = 600.0
premium = 0.7
drift = 0.08
volatility = 0.3
beta = { market = 1.2, sector = 0.5 }
cash = 10.0
earnings = 8.0
margin = 0.3

[[company]]
name = "Chip"
market_cap = 3000.0
drift = -0.05
volatility = 0.1
beta = { market = 0.9, sector = 1.6 }
cash = 50.0
earnings = 60.0
margin = 0.7
half_life = 3.0
premium = -0.2
"#;

/// A company of the above, in the model's letters.
struct Prices {
    name: &'static str,
    opening: f64,
    drift: f64,
    /// s²
    variance: f64,
    beta_market: f64,
    beta_sector: f64,
    premium: f64,
    half_life: f64,
}

fn companies_of_prices() -> [Prices; 2] {
    let variance = |own: f64, by_market: f64, by_sector: f64| {
        (by_market * 0.2).powi(2) + (by_sector * 0.15).powi(2) + own * own
    };
    [
        Prices {
            name: "Cloud",
            opening: 600.0 * (-0.7_f64).exp(),
            drift: 0.08,
            variance: variance(0.3, 1.2, 0.5),
            beta_market: 1.2,
            beta_sector: 0.5,
            premium: 0.7,
            half_life: 0.4,
        },
        Prices {
            name: "Chip",
            opening: 3000.0 * 0.2_f64.exp(),
            drift: -0.05,
            variance: variance(0.1, 0.9, 1.6),
            beta_market: 0.9,
            beta_sector: 1.6,
            premium: -0.2,
            half_life: 3.0,
        },
    ]
}

#[test]
fn fundamental_value_is_lognormal_with_mean_f0_e_mu_t() {
    let spoilt = [("drift = 0.08", "drift = 0.1"), ("volatility = 0.3", "volatility = 0.33")];
    let [drift, volatility] = spoilt.map(|(number, by)| lognormal(&spoil(PRICES, number, by)));
    assert_agrees(&lognormal(PRICES), &drift, &["mean of F", "mean of ln F"]);
    assert_agrees(&[], &volatility, &["variance of ln F"]);
    let together = spoil(PRICES, "\nvolatility = 0.2\n", "\nvolatility = 0.25\n");
    assert_agrees(&[], &lognormal(&together), &["correlation of ln F"]);
}

/// The companies' F after two years against the closed forms of [`PRICES`].
fn lognormal(text: &str) -> Vec<Compared> {
    let plan = plan_of(text);
    let (columns, _) = run(&plan, &Run { courses: 0, ..Run::new(1, 60_000) });
    let t = 2.0;
    let mut all = Vec::new();
    let mut compare = |what, got, want, se| all.push(Compared { what, got, want, se });
    let mut logs = Vec::new();
    for Prices { name, opening, drift, variance, .. } in companies_of_prices() {
        let values = &columns[&format!("company.{name}.fundamental_end")];
        let n = values.len() as f64;
        let expected = opening * f64::exp(drift * t);
        let se = expected * ((variance * t).exp_m1() / n).sqrt();
        compare("mean of F", mean(values), expected, se);
        let log: Vec<f64> = values.iter().map(|value| (value / opening).ln()).collect();
        let se = (variance * t / n).sqrt();
        compare("mean of ln F", mean(&log), (drift - variance / 2.0) * t, se);
        let se = variance * t * (2.0 / (n - 1.0)).sqrt();
        compare("variance of ln F", sd(&log).powi(2), variance * t, se);
        // Skewness 0 and kurtosis 3, with standard errors √(6/n) and √(24/n).
        let (middle, width) = (mean(&log), sd(&log));
        let moment = |k: i32| mean(&log.iter().map(|v| ((v - middle) / width).powi(k)).collect::<Vec<_>>());
        compare("skewness of ln F", moment(3), 0.0, (6.0 / n).sqrt());
        compare("kurtosis of ln F", moment(4), 3.0, (24.0 / n).sqrt());
        logs.push(log);
    }
    // Both move with the market and the sector.
    let [one, other] = companies_of_prices();
    let shared = one.beta_market * other.beta_market * 0.04 + one.beta_sector * other.beta_sector * 0.0225;
    let rho = shared / (one.variance * other.variance).sqrt();
    let (a, b) = (mean(&logs[0]), mean(&logs[1]));
    let products: Vec<f64> = logs[0].iter().zip(&logs[1]).map(|(x, y)| (x - a) * (y - b)).collect();
    let got = mean(&products) / (sd(&logs[0]) * sd(&logs[1]));
    let se = (1.0 - rho * rho) / (products.len() as f64).sqrt();
    compare("correlation of ln F", got, rho, se);
    all
}

#[test]
fn a_premium_halves_in_its_half_life() {
    let plan = plan_of(PRICES);
    let (columns, _) = run(&plan, &Run::new(1, 50));
    for Prices { name, premium, half_life, .. } in companies_of_prices() {
        let of = |what: &str| &columns[&format!("company.{name}.{what}")];
        for (value, fundamental) in of("value_end").iter().zip(of("fundamental_end")) {
            let want = premium * 0.5_f64.powf(2.0 / half_life);
            assert_close(name, (value / fundamental).ln(), want);
        }
    }
}

#[test]
fn sentiment_follows_the_matrix_exponential() {
    let text = r#"
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
rates = [[0.0, 0.7, 0.3], [0.5, 0.0, 0.4], [0.1, 0.6, 0.0]]
circularity = { sensitivity = 2.0, reference = 0.3, half_life = 0.5 }
"#;
    let generator = Matrix3::new(-1.0, 0.7, 0.3, 0.5, -0.9, 0.4, 0.1, 0.6, -0.7);
    let step = (generator / 252.0).exp();
    let mut state = nalgebra::RowVector3::new(1.0, 0.0, 0.0);
    let mut occupancy = nalgebra::RowVector3::zeros();
    for _ in 0..504 {
        state *= step;
        occupancy += state / 504.0;
    }
    // One move a step leaves out two moves in one: 1.5e-4 of the occupancy here, a tenth of a standard error.
    let compared = |text: &str| -> Vec<Compared> {
        let plan = plan_of(text);
        let (columns, _) = run(&plan, &Run { courses: 0, ..Run::new(1, 20_000) });
        let states = ["hype", "neutral", "suspicion"].into_iter().enumerate();
        let compare = |(k, what): (usize, &'static str)| {
            let values = &columns[&format!("sentiment.{what}")];
            let se = sd(values) / (values.len() as f64).sqrt();
            Compared { what, got: mean(values), want: occupancy[k], se }
        };
        states.map(compare).collect()
    };
    let spoilt = spoil(text, "[0.0, 0.7, 0.3]", "[0.0, 0.8, 0.3]");
    assert_agrees(&compared(text), &compared(&spoilt), &["hype", "neutral"]);
}

/// One contract on the first day; nothing moves but by it.
fn one_contract(noise: f64, elasticity: f64) -> String {
    format!(
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
elasticity = {elasticity:?}
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
margin = 0.4

[[compute]]
lab = "Lab"
company = "Cloud"
contracts = [{{ announced = 2025-01-01, notional = 300.0, starts = 2026-01-02, term = 5.0 }}]
"#
    )
}

#[test]
fn an_announcement_has_its_mean_and_median() {
    let (noise, elasticity) = (0.6_f64, 0.5_f64);
    // v = m·D·q·exp(−r(lead + τ/2)), q = 1.
    let worth = 0.4 * 300.0 * f64::exp(-0.05 * (1.0 + 2.5));
    let compared = |text: &str| {
        let (columns, _) = run(&plan_of(text), &Run { courses: 0, ..Run::new(1, 100_000) });
        let (value, fundamental) =
            (&columns["company.Cloud.value_end"], &columns["company.Cloud.fundamental_end"]);
        assert_close("F", fundamental[0], 600.0 + worth);
        let mut returns: Vec<f64> = value.iter().zip(fundamental).map(|(m, f)| (m / f).ln()).collect();
        let n = returns.len() as f64;
        let expected = elasticity * (300.0_f64 / 600.0).powf(0.7);
        let se = expected * ((noise * noise).exp_m1() / n).sqrt();
        let of_mean = Compared { what: "mean of a", got: mean(&returns), want: expected, se };
        returns.sort_by(f64::total_cmp);
        let median = expected * f64::exp(-noise * noise / 2.0);
        // 1/(2·density·√n), the density of a lognormal at its median being 1/(σ·median·√(2π)).
        let se = noise * median * (std::f64::consts::PI / (2.0 * n)).sqrt();
        [of_mean, Compared { what: "median of a", got: returns[returns.len() / 2], want: median, se }]
    };
    let [truth, spoilt] = [elasticity, 1.03 * elasticity].map(|e| compared(&one_contract(noise, e)));
    assert_agrees(&truth, &spoilt, &["mean of a", "median of a"]);
    let plan = plan_of(&one_contract(noise, elasticity));
    // With the loop off the market adds v and no more.
    let off = Loops::ALL_ON.without(roundtrip::state::Loop::ANNOUNCEMENT);
    let (columns, _) = run(&plan, &Run { loops: off, ..Run::new(1, 10) });
    assert_close("M with the loop off", columns["company.Cloud.value_end"][0], 600.0 + worth);
    assert_close("premium with the loop off", columns["company.Cloud.premium_end"][0], 0.0);
}

/// A vendor puts back ψ of what the lab pays it; the lab pays out all it has from the second step on.
fn geometric(psi: f64, cash: f64, revenue_volatility: f64) -> String {
    format!(
        r#"
[scenario]
name = "Geometric loop"
start = 2025-01-01
years = 4.0
steps_per_year = 12

[market]
volatility = 0.1
sector_volatility = 0.0
rate = 0.04

[[lab]]
name = "Lab"
cash = {cash:?}
revenue = {{ annual = {annual:?}, growth = 0.0, volatility = {revenue_volatility:?} }}
opex = 0.0
mark = 100.0
restructure = {{ cut = 0.0 }}
round = {{ trigger = 1.0, gap = 0.0, runway = 1.0, multiple = [10.0, 10.0, 10.0], appetite = [0.0, 0.0, 0.0] }}

[[company]]
name = "Vendor"
market_cap = 100.0
volatility = 0.0
cash = 0.0
earnings = 0.0
margin = 1.0

[[compute]]
lab = "Lab"
company = "Vendor"
contracts = [{{ announced = 2024-12-01, notional = 50000.0, starts = 2025-02-01, term = 10.0 }}]

[[vendor_equity]]
company = "Vendor"
lab = "Lab"
ratio = {psi:?}
"#,
        annual = if revenue_volatility > 0.0 { 12.0 } else { 0.0 },
    )
}

#[test]
fn the_geometric_loop_pays_o_over_one_less_psi() {
    for (psi, outside) in [(0.5, 10.0), (0.3, 40.0), (0.6, 1.0)] {
        let plan = plan_of(&geometric(psi, outside, 0.0));
        let (columns, finished) = run(&plan, &Run { audit: true, ..Run::new(1, 8) });
        // 47 rounds of bills: what is missing of the limit is ψ⁴⁷, and rounds below the slack of 1e-9.
        let within = |what: &str, got: f64, want: f64| {
            let left_out = 2.0 * want * psi.powi(46) + 1e-8;
            assert!((got - want).abs() <= left_out, "{what}: {got}, not {want}");
        };
        within("paid", columns["paid"][0], outside / (1.0 - psi));
        within("raised", columns["capital.raised"][0], outside * psi / (1.0 - psi));
        // The lab's payments by origin: opening cash is savings on its first lap, what came back is recycled.
        let flows = &finished.flows;
        let bills = (Party::Lab(0), Party::Company(0), compute::COMPUTE);
        let edge = flows.edges.iter().position(|edge| *edge == bills).unwrap();
        let (first, _) = flows.mean(edge, Origin::Savings);
        let (again, _) = flows.mean(edge, Origin::Recycled);
        within("recycled share", again / (first + again), psi);
        within("traced", columns["share.traced"][0], 1.0);
        // It can fail: another ψ is another number.
        assert!((columns["paid"][0] - outside / (1.0 - psi - 0.01)).abs() > 1e-3);
    }
}

/// §9: the multiplier by central difference is the loop's closed form, path by path, since each path is linear in d.
#[test]
fn the_multiplier_is_one_over_one_less_psi() {
    for psi in [0.0, 0.4, 0.6] {
        let plan = plan_of(&geometric(psi, 5.0, 0.3));
        // Nothing else: a dollar taken away is a flow below 0, which no network has.
        let raised = |extra: f64| {
            let mut all = Vec::new();
            let only = ["capital.raised".to_string()];
            simulate_some(&plan, &Run { extra, ..Run::new(1, 200) }, &only, |block| {
                all.extend_from_slice(&block.columns[plan.uncertain.len()]);
                ControlFlow::Continue(())
            })
            .expect("every state is finite");
            all
        };
        let (up, down, plain) = (raised(0.5), raised(-0.5), raised(0.0));
        for path in 0..200 {
            let multiplier = up[path] - down[path];
            let want = 1.0 / (1.0 - psi);
            assert!((multiplier - want).abs() <= 1e-8, "ψ = {psi}: {multiplier}, not {want}");
            assert!((up[path] + down[path] - 2.0 * plain[path]).abs() <= 1e-8, "linear in d");
        }
        let gain = 1.0 - 1.0 / (up[0] - down[0]);
        assert!((gain - psi).abs() <= 1e-8, "the loop gain is ψ: {gain}");
    }
}

/// E[e^{gt}] over a uniform g, by each sampler; what the paths add is only the growth drawn.
#[test]
fn samplers_have_the_same_mean() {
    let text = r#"
[scenario]
name = "Samplers"
start = 2025-01-01
years = 3.0
steps_per_year = 12

[market]
volatility = 0.2
sector_volatility = 0.2
rate = 0.04

[[lab]]
name = "Lab"
cash = 10.0
revenue = { annual = 10.0, growth = { uniform = [-0.2, 0.6] } }
opex = { uniform = [0.0, 1.0] }
mark = 100.0
"#;
    let (plan, spoilt) = (plan_of(text), plan_of(&spoil(text, "0.6]", "0.65]")));
    let (low, high, t) = (-0.2_f64, 0.6_f64, 3.0);
    let expected = 10.0 * ((high * t).exp() - (low * t).exp()) / ((high - low) * t);
    let mut errors = Vec::new();
    for sampler in [Sampler::Plain, Sampler::LatinHypercube, Sampler::Sobol] {
        let compared = [&plan, &spoilt].map(|plan| {
            let (columns, _) = run(plan, &Run { sampler, courses: 0, ..Run::new(2, 8192) });
            let values = &columns["lab.Lab.revenue_end"];
            let se = sd(values) / (values.len() as f64).sqrt();
            Compared { what: "mean of R", got: mean(values), want: expected, se }
        });
        let [truth, spoilt] = compared.each_ref().map(std::slice::from_ref);
        assert_agrees(truth, spoilt, &["mean of R"]);
        errors.push((truth[0].got - expected).abs() / truth[0].se);
    }
    // Stratified in one dimension, the error is of a higher order than 1/√n.
    assert!(errors[1] < 0.05 && errors[2] < 0.05, "errors in plain standard errors: {errors:?}");
}

#[test]
fn with_loops_off_and_no_volatility_every_premium_is_zero() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/reference/cases/90_everything_weekly.toml");
    let zero = [
        "market.volatility",
        "market.sector_volatility",
        "company.Oracle.volatility",
        "company.Amazon.volatility",
        "company.NVIDIA.volatility",
        "company.AMD.volatility",
        "company.Oracle.premium",
        "company.AMD.premium",
        "lab.OpenAI.revenue.volatility",
        "lab.Anthropic.revenue.volatility",
    ];
    let set = zero.map(|path| (path.to_string(), "0.0".to_string()));
    let plan = Plan::compile(&Scenario::read(&file, &set).unwrap());
    let largest = |loops| {
        let (columns, _) = run(&plan, &Run { loops, ..Run::new(1, 16) });
        let premiums = columns.iter().filter(|(name, _)| name.contains(".premium_"));
        premiums
            .flat_map(|(_, column)| column)
            .filter(|v| !v.is_nan())
            .fold(0.0, |most: f64, v| most.max(v.abs()))
    };
    assert!(largest(Loops::ALL_OFF) < 1e-9, "{}", largest(Loops::ALL_OFF));
    assert!(largest(Loops::ALL_ON) > 1.0, "it can fail");
}
