//! Studies on scenarios small enough for closed forms, and through the binary: what they print, write and refuse, and
//! that threads do not change a byte.

mod binary;

use binary::{call, code, program, starter, stderr, stdout, text};
use roundtrip::engine::{Run, simulate_some};
use roundtrip::estimate::RatioEstimate;
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use roundtrip::studies::sample::Sample;
use roundtrip::studies::sensitivity::{Sensitivity, Terms, players, screen, sensitivity, shortlist};
use roundtrip::studies::simulator::Simulator;
use roundtrip::studies::solve::design_point::{Found, reverse};
use std::ops::ControlFlow;
use std::path::Path;

/// A company alone. Its cash after five years is cash + 5·earnings; its fundamental value is the market value at the
/// start times a lognormal factor with variance 0.2 of the logarithm.
fn company(cash: &str, earnings: &str, market_cap: &str, more: &str) -> String {
    format!(
        "[scenario]\nname = \"A company\"\nstart = 2025-09-08\nyears = 5.0\nsteps_per_year = 12\n\
         [market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.0\n\
         [[company]]\nname = \"Solo\"\nmarket_cap = {market_cap}\nvolatility = 0.2\ncash = {cash}\n\
         earnings = {earnings}\nmargin = 0.5\n{more}"
    )
}

fn scenario(text: &str) -> Scenario {
    Scenario::parse("solo.toml", text, Path::new(""), &[]).unwrap_or_else(|f| panic!("{}", f.render(false)))
}

fn study(text: &str, measures: &[&str], rows: usize) -> Sensitivity {
    let scenario = scenario(text);
    let plan = Plan::compile(&scenario);
    let measures = measures.iter().map(|name| name.to_string()).collect();
    let terms = Terms { run: Run::new(3, 0), measures, trajectories: 64, rows, most: 100 };
    let all = players(&scenario, &plan);
    let screening = screen(&plan, &terms, &all, |_| false).expect("nothing stops it");
    let (listed, effects) = shortlist(&all, &screening, terms.most);
    sensitivity(&mut Simulator::engine(), &plan, &terms, listed, &effects, &screening, |_| false)
        .expect("nothing stops it")
}

/// Within five standard errors.
fn agrees(estimate: &RatioEstimate, expected: f64) -> bool {
    (estimate.value - expected).abs() <= 5.0 * estimate.se + 1e-9
}

fn agree(estimate: &RatioEstimate, expected: f64, largest_error: f64, what: &str) {
    assert!(agrees(estimate, expected), "{what}: {estimate:?}, not {expected}");
    assert!(estimate.se <= largest_error, "{what}: {estimate:?} tells too little");
}

const CASH: &str = "{ normal = { mean = 40.0, sd = 1.0 }, min = 0.0 }";
const EARNINGS: &str = "{ normal = { mean = 8.0, sd = 0.4 }, min = 0.0 }";

/// y = x₁ + x₂, standard deviations 1 and 2, correlation ρ. First order of x₁: (1 + 2ρ)²/V, of x₂: (2 + ρ)²/V; total
/// order given the other: (1 − ρ²)/V and 4(1 − ρ²)/V; Shapley effects: the means of the two (two inputs have two orders).
fn linear(rho: f64) {
    let more = if rho == 0.0 {
        String::new()
    } else {
        format!(
            "[[correlation]]\nbetween = [\"company.Solo.cash\", \"company.Solo.earnings\"]\nrho = {rho}\n"
        )
    };
    let found = study(&company(CASH, EARNINGS, "100.0", &more), &["company.Solo.cash_end"], 8192);
    let outcome = &found.outcomes[0];
    let variance = 5.0 + 4.0 * rho;
    let first = [(1.0 + 2.0 * rho).powi(2) / variance, (2.0 + rho).powi(2) / variance];
    let total = [(1.0 - rho * rho) / variance, 4.0 * (1.0 - rho * rho) / variance];
    for (k, address) in ["company.Solo.cash", "company.Solo.earnings"].into_iter().enumerate() {
        let driver = outcome.drivers.iter().find(|d| found.players[d.player].name == address).unwrap();
        agree(&driver.first, first[k], 0.03, "first order");
        agree(&driver.total, total[k], 0.03, "total order");
        agree(&driver.shapley, 0.5 * (first[k] + total[k]), 0.03, "Shapley effect");
    }
    agree(&outcome.luck.total, 0.0, 1e-9, "luck");
    agree(&outcome.by_grade[3], 1.0, 1e-9, "all numbers are assumed");
    // A step over half of the probability moves cash linearly in its normal: never nothing, and of one sign.
    let morris = outcome.drivers[0].morris.unwrap();
    assert!(morris.mean.value > 0.0 && morris.mean_size.value == morris.mean.value);
}

#[test]
fn effects_of_a_linear_outcome() {
    linear(0.0);
}

#[test]
fn effects_of_correlated_inputs() {
    linear(0.5);
    linear(-0.6);
}

/// y = M·L, M normal with coefficient of variation 0.3 (c its square), L luck with v = e^0.2 − 1 its squared one:
/// V = (1 + c)(1 + v) − 1; luck alone v, with M (1 + c)v; M alone c, with luck c(1 + v).
#[test]
fn luck_against_a_number() {
    let market_cap = "{ normal = { mean = 100.0, sd = 30.0 }, min = 1.0 }";
    let found = study(&company("20.0", "1.0", market_cap, ""), &["company.Solo.fundamental_end"], 65_536);
    let outcome = &found.outcomes[0];
    let (c, v) = (0.09, 0.2f64.exp() - 1.0);
    let variance = (1.0 + c) * (1.0 + v) - 1.0;
    agree(&outcome.luck.first, v / variance, 0.02, "luck alone");
    agree(&outcome.luck.total, (1.0 + c) * v / variance, 0.02, "luck");
    agree(&outcome.luck.shapley, (1.0 + c / 2.0) * v / variance, 0.02, "luck's Shapley effect");
    let driver = &outcome.drivers[0];
    agree(&driver.first, c / variance, 0.02, "M alone");
    agree(&driver.total, c * (1.0 + v) / variance, 0.02, "M");
    assert!((driver.shapley.value + outcome.luck.shapley.value - 1.0).abs() < 1e-9);
    // The checks can fail: M that varies half as much again is seen.
    let wider = market_cap.replace("30.0", "45.0");
    let spoilt = study(&company("20.0", "1.0", &wider, ""), &["company.Solo.fundamental_end"], 16_384);
    let spoilt = &spoilt.outcomes[0];
    assert!(!agrees(&spoilt.luck.first, v / variance), "{:?}", spoilt.luck.first);
    assert!(!agrees(&spoilt.drivers[0].first, c / variance), "{:?}", spoilt.drivers[0].first);
}

/// 95% intervals hold the true effects about as often as they say.
#[test]
fn intervals_of_effects_cover() {
    let text = company(CASH, EARNINGS, "100.0", "");
    let scenario = scenario(&text);
    let plan = Plan::compile(&scenario);
    let all = players(&scenario, &plan);
    let (mut covered, mut shifted, mut asked) = (0u32, 0u32, 0u32);
    for seed in 0..200 {
        let terms = Terms {
            run: Run::new(seed, 0),
            measures: vec!["company.Solo.cash_end".into()],
            trajectories: 64,
            rows: 512,
            most: 100,
        };
        let screening = screen(&plan, &terms, &all, |_| false).unwrap();
        let (listed, effects) = shortlist(&all, &screening, terms.most);
        let found =
            sensitivity(&mut Simulator::engine(), &plan, &terms, listed, &effects, &screening, |_| false)
                .unwrap();
        for (driver, expected) in found.outcomes[0].drivers.iter().zip([0.2, 0.8]) {
            for estimate in [driver.first, driver.total, driver.shapley] {
                let holds = |at: f64| estimate.low <= at && at <= estimate.high;
                asked += 1;
                covered += u32::from(holds(expected));
                shifted += u32::from(holds(expected + 5.0 * estimate.se));
            }
        }
    }
    // Three indices of one study go together: as if there were 200 of each input.
    let right =
        |hits: u32| (f64::from(hits) / f64::from(asked) - 0.95).abs() < 5.0 * (0.95 * 0.05 / 400.0f64).sqrt();
    assert!(right(covered), "{covered} of {asked}");
    assert!(!right(shifted), "the check cannot fail");
}

/// A number that is fixed moves no other's draw when it follows the scenario as it stood.
#[test]
fn a_fixed_number_does_not_shift_the_others() {
    let text = company(CASH, EARNINGS, "\"80 to 120\"", "");
    let base = Plan::compile(&scenario(&text));
    let fixed = company("40.0", EARNINGS, "\"80 to 120\"", "");
    let of = |follow: bool| {
        let mut plan = Plan::compile(&scenario(&fixed));
        if follow {
            plan.parameters.follow(&plan.uncertain, (&base.uncertain, &base.parameters));
        }
        drawn(&plan, "company.Solo.earnings")
    };
    assert_eq!(of(true), drawn(&base, "company.Solo.earnings"));
    assert_ne!(of(false), drawn(&base, "company.Solo.earnings"));
}

/// Nor does fixing one column of a file move the row from which the others are drawn.
#[test]
fn a_fixed_column_does_not_shift_the_rows_of_its_file() {
    let folder = tempfile::tempdir().unwrap();
    let rows: String =
        (0..40).map(|k| format!("{},{},{}\n", 30 + (k * 7) % 40, 5 + (k * 3) % 11, 80 + k)).collect();
    std::fs::write(folder.path().join("draws.csv"), format!("cash,earnings,value\n{rows}")).unwrap();
    let column = |name: &str| format!("{{ empirical = \"draws.csv\", column = \"{name}\" }}");
    let read = |market_cap: &str| {
        let text = company(&column("cash"), &column("earnings"), market_cap, "");
        let scenario = Scenario::parse("solo.toml", &text, folder.path(), &[]);
        scenario.unwrap_or_else(|f| panic!("{}", f.render(false)))
    };
    let base = Plan::compile(&read(&column("value")));
    let mut plan = Plan::compile(&read("100.0"));
    plan.parameters.follow(&plan.uncertain, (&base.uncertain, &base.parameters));
    for address in ["company.Solo.earnings", "company.Solo.cash"] {
        assert_eq!(drawn(&plan, address), drawn(&base, address), "{address}");
    }
    assert!((0..base.uncertain.len()).all(|number| base.parameters.is_joint(number)));
}

fn drawn(plan: &Plan, address: &str) -> Vec<u64> {
    let column = plan.uncertain.iter().position(|name| name == address).unwrap();
    let mut values = Vec::new();
    simulate_some(plan, &Run::new(1, 200), &[], |block| {
        values.extend(block.columns[column].iter().map(|value| value.to_bits()));
        ControlFlow::Continue(())
    })
    .expect("every state is finite");
    values
}

/// With a scenario that cannot unwind there is no plausible way to it.
#[test]
fn no_unwind_no_design_point() {
    let plan = Plan::compile(&scenario(&company(CASH, EARNINGS, "100.0", "")));
    let found = reverse(&mut Simulator::engine(), &plan, &Run::new(1, 256), |_| false).unwrap();
    assert!(matches!(found.found, Found::Nowhere { .. }) && found.nearest.is_none());
    let sample =
        Sample::of(&mut Simulator::engine(), &plan, &Run::new(1, 256), &["unwind".to_string()], |_| false)
            .unwrap();
    assert_eq!(sample.headline("unwind").value, 0.0);
}

const ONE_NUMBER: &str = "[scenario]\nname = \"A lab\"\nstart = 2025-09-08\nyears = 5.0\nsteps_per_year = 12\n\
     [market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.0\n\
     [[lab]]\nname = \"Lab\"\ncash = { normal = { mean = 8.0, sd = 1.5 }, min = 0.0 }\n\
     revenue = { annual = 0.0, growth = \"0.1 to 0.2\" }\nopex = 1.0\nmark = 10.0\n\
     [[company]]\nname = \"Cloud\"\nmarket_cap = 100.0\nvolatility = 0.0\ncash = 1.0\nearnings = 1.0\nmargin = 0.5\n\
     [[compute]]\nlab = \"Lab\"\ncompany = \"Cloud\"\nweight = 1.0\n\
     contracts = [{ announced = 2025-09-01, notional = 0.001, starts = 2025-10-01, term = 5.0 }]\n";

/// Numbers drawn together from a file stay drawn: the lab above with opex of 0.9 or 1.1, so that cash below 4.5 or 5.5 is short
/// and the probability of an unwind jumps from 0 over about one half to 1.
#[test]
fn joint_numbers_stay_drawn_at_the_design_point() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("draws.csv"), "opex,base\n0.9,0.0\n1.1,0.0\n").unwrap();
    let text = ONE_NUMBER
        .replace("opex = 1.0", "opex = { empirical = \"draws.csv\", column = \"opex\" }")
        .replace("weight = 1.0", "weight = 1.0\nbase = { empirical = \"draws.csv\", column = \"base\" }");
    let scenario = Scenario::parse("lab.toml", &text, folder.path(), &[]);
    let plan = Plan::compile(&scenario.unwrap_or_else(|f| panic!("{}", f.render(false))));
    let found = reverse(&mut Simulator::engine(), &plan, &Run::new(1, 4096), |_| false).unwrap();
    let Found::Point(point) = &found.found else { panic!("{:?}", found.found) };
    assert_eq!(found.joint, 2);
    let cash = &point.coordinates[0];
    assert_eq!(cash.address, "lab.Lab.cash");
    assert!((4.35..5.65).contains(&cash.value), "{cash:?}");
    assert_eq!(point.at_medians.value, 0.0);
    assert!(point.coordinates.iter().all(|c| !c.address.contains("opex")), "{point:?}");
}

/// A lab that restructures when its opening cash is short: by hand. It pays 1 bn of costs a year without revenue; with
/// cash below 5 bn it cannot for five years. Cash is normal with mean 8 and sd 1.5: the limit is 2 sd away.
#[test]
fn the_design_point_of_a_single_number() {
    let plan = Plan::compile(&scenario(ONE_NUMBER));
    let found = reverse(&mut Simulator::engine(), &plan, &Run::new(1, 4096), |_| false).unwrap();
    let share = found.unwind.mean;
    assert!(share > 0.01 && share < 0.04, "P(z < −2) is 0.023, not {share}");
    let Found::Point(point) = &found.found else { panic!("{:?}", found.found) };
    assert!((point.distance - 2.0).abs() < 0.08, "{point:?}");
    let cash = &point.coordinates[0];
    assert_eq!(cash.address, "lab.Lab.cash");
    assert!((cash.value - 5.0).abs() < 0.12 && (cash.median - 8.0).abs() < 1e-6, "{cash:?}");
}

/// The first uncertain number of the starter scenario.
fn an_uncertain_number(file: &Path) -> String {
    let scenario = Scenario::read(file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false)));
    Plan::compile(&scenario).uncertain[0].clone()
}

#[test]
fn studies_are_the_same_bytes_whatever_the_threads() {
    let (folder, file) = starter();
    let number = an_uncertain_number(&file);
    let over = format!("{number}=0.1..0.3:3");
    let cases: [(&str, Vec<&str>); 4] = [
        ("sensitivity", vec!["--paths", "64"]),
        ("sweep", vec!["--over", &over, "--paths", "200"]),
        (
            "solve",
            vec![
                "--vary",
                "market.rate",
                "--until",
                "share.traced = 5%",
                "--between",
                "0.01..0.1",
                "--paths",
                "200",
                "--reverse",
            ],
        ),
        ("compare", vec!["--off-b", "announcement", "--paths", "200"]),
    ];
    for (study, more) in cases {
        let mut printed = Vec::new();
        for threads in ["1", "2"] {
            let to = folder.path().join(threads);
            let mut args = vec![study, text(&file)];
            if study == "compare" {
                args.push(text(&file));
            }
            args.extend(more.iter().copied());
            args.extend(["--threads", threads, "--out", text(&to), "--quiet"]);
            let output = program().env("COLUMNS", "80").args(&args).output().unwrap();
            assert!(code(&output) == 0 || study == "solve", "{study}: {}", stderr(&output));
            assert_eq!(stderr(&output), "", "{study}: quiet");
            printed.push(stdout(&output));
        }
        assert_eq!(printed[0], printed[1], "{study}");
        let widest = printed[0].lines().map(|line| line.chars().count()).max().unwrap();
        assert!(widest <= 80, "{study}: a line of {widest} columns:\n{}", printed[0]);
        let at = |threads: &str, name: &str| {
            std::fs::read(folder.path().join(threads).join("start").join(study).join(name)).unwrap()
        };
        assert!(at("1", "summary.json") == at("2", "summary.json"), "{study}");
        let summary: serde_json::Value = serde_json::from_slice(&at("1", "summary.json")).unwrap();
        for key in ["scenario", "paths", "seed", "measures", "ratio_of_means", study] {
            assert!(!summary[key].is_null(), "{study}: no {key}");
        }
        assert!(folder.path().join("1/start").join(study).join("manifest.json").exists());
        let charts = std::fs::read_dir(folder.path().join("1/start").join(study).join("charts")).unwrap();
        assert!(charts.count() >= 2, "{study}: PNG and SVG");
    }
}

#[test]
fn wrong_questions_are_exit_2() {
    let (folder, file) = starter();
    let file = text(&file);
    let to = text(folder.path()).to_string();
    for (args, expected) in [
        (vec!["sweep", file, "--over", "market.rat=0..1:3"], "nearest is `market.rate`"),
        (vec!["sweep", file, "--over", "market.rate=0..1:1"], "a grid of 1 values"),
        (vec!["sweep", file, "--over", "market.rate=0.1..0.1:3"], "one value"),
        (vec!["sweep", file, "--over", "market.volatility=-0.1..0.3:3"], "market.volatility"),
        (vec!["sweep", file, "--over", "scenario.years=1..3:3"], "certain and stays so"),
        (vec!["sweep", file, "--over", "market.rate=0..0.1:3", "--measure", "share.trced"], "`share.traced`"),
        (
            vec!["sweep", file, "--over", "market.rate=0..0.1:3", "--over", "market.rate=0..0.2:3"],
            "swept twice",
        ),
        (vec!["solve", file, "--vary", "market.rat", "--until", "unwind = 10%"], "nearest is `market.rate`"),
        (vec!["solve", file, "--vary", "market.rate", "--until", "unwind: 10%"], "MEASURE = VALUE"),
        (
            vec!["solve", file, "--vary", "market.volatility", "--until", "unwind = 1", "--between", "-1..1"],
            "market.volatility",
        ),
        (vec!["sensitivity", file, "--measure", "capital.rased"], "`capital.raised`"),
        (vec!["sensitivity", file, "--sampler", "sobol"], "drawn plainly"),
        (vec!["compare", file, &to], "two scenarios or two runs"),
        (vec!["compare", file, file, "--measure", "nothing"], "is no measure"),
        (vec!["compare", file, file, "--off-b", "anouncement"], "announcement"),
    ] {
        let output = call(&args);
        assert_eq!(code(&output), 2, "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{args:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{args:?}");
    }
}

#[test]
fn a_target_out_of_reach_is_exit_1_with_the_values_at_the_ends() {
    let (folder, file) = starter();
    let to = folder.path().join("out");
    let output = call(&[
        "solve",
        text(&file),
        "--vary",
        "market.rate",
        "--until",
        "capital.raised = 1e9",
        "--between",
        "0.01..0.1",
        "--paths",
        "200",
        "--out",
        text(&to),
        "--quiet",
    ]);
    assert_eq!(code(&output), 1, "{}", stderr(&output));
    let said = stdout(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        said.contains("does not reach")
            && said.contains(": it is below throughout")
            && said.contains("at 0.01 and")
            && said.contains("at 0.1."),
        "{said}"
    );
}

#[test]
fn runs_are_compared_from_their_folders() {
    let (folder, file) = starter();
    let run = |name: &str, more: &[&str]| {
        let to = folder.path().join(name);
        let mut args = vec!["run", text(&file), "--paths", "500", "--quiet", "--out", text(&to)];
        args.extend(more);
        let output = call(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        to.join("start")
    };
    let (a, b, other) = (run("a", &[]), run("b", &["--off", "announcement"]), run("c", &["--seed", "2"]));
    let to = folder.path().join("out");
    let compare = |a: &Path, b: &Path| {
        let output = call(&["compare", text(a), text(b), "--out", text(&to), "--quiet", "--format", "json"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        value["compare"].clone()
    };
    let paired = compare(&a, &b);
    assert_eq!(paired["paired"], true);
    assert_eq!(paired["off"]["b"][0], "announcement");
    let change = &paired["measures"]["capital.raised"]["b_less_a"];
    // The same as simulating both at once.
    let output = call(&[
        "compare",
        text(&file),
        text(&file),
        "--off-b",
        "announcement",
        "--paths",
        "500",
        "--quiet",
        "--out",
        text(&to),
        "--format",
        "json",
    ]);
    let simulated: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    // But for the rounding of paths.parquet to single precision.
    let at_once = &simulated["compare"]["measures"]["capital.raised"]["b_less_a"];
    for key in ["value", "se", "low", "high"] {
        let (one, other) = (change[key].as_f64().unwrap(), at_once[key].as_f64().unwrap());
        assert!((one - other).abs() < 1e-6 * other.abs(), "{key}: {one} and {other}");
    }
    let itself = compare(&a, &a);
    assert_eq!(itself["measures"]["capital.raised"]["b_less_a"]["value"], 0.0);
    assert_eq!(itself["differing"].as_array().unwrap().len(), 0);
    let apart = compare(&a, &other);
    assert_eq!(apart["paired"], false);
    let se = |of: &serde_json::Value| of["measures"]["capital.raised"]["b_less_a"]["se"].as_f64().unwrap();
    assert!(se(&apart) > 2.0 * se(&paired), "pairing narrows: {} {}", se(&apart), se(&paired));
}

/// A map without the loop gain ends its sentence once; a measure that is defined nowhere is said to be so.
#[test]
fn sentences_of_studies_end_once_and_own_up_to_what_is_not_defined() {
    let (folder, file) = starter();
    let out_folder = folder.path().join("out");
    let args = [
        "sweep",
        text(&file),
        "--over",
        "market.rate=0.02..0.04:2",
        "--over",
        "market.volatility=0.1..0.2:2",
        "--no-gain",
        "--paths",
        "64",
        "--quiet",
        "--out",
        text(&out_folder),
    ];
    let swept = call(&args);
    assert_eq!(code(&swept), 0, "{}", stderr(&swept));
    assert!(!stdout(&swept).contains(".."), "{}", stdout(&swept));

    let solo = folder.path().join("solo.toml");
    std::fs::write(&solo, company(CASH, EARNINGS, "100.0", "")).unwrap();
    let args = [
        "sensitivity",
        text(&solo),
        "--paths",
        "128",
        "--quiet",
        "--measure",
        "share.traced",
        "--out",
        text(&out_folder),
    ];
    let nothing = call(&args);
    assert_eq!((code(&nothing), stdout(&nothing)), (1, String::new()), "{}", stderr(&nothing));
    assert!(stderr(&nothing).contains("`share.traced` is not defined on any of the"), "{}", stderr(&nothing));
}

/// Numbers drawn from the rows of one file move together and are called by it.
#[test]
fn numbers_of_one_file_are_called_by_the_file() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("configs/oracle.toml");
    let scenario = Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false)));
    let all = players(&scenario, &Plan::compile(&scenario));
    let joined: Vec<_> = all.iter().filter(|player| player.addresses.len() > 1).collect();
    assert!(!joined.is_empty());
    for player in joined {
        assert_eq!(player.name, format!("posterior.csv: {} numbers", player.addresses.len()));
    }
}

/// Without an uncertain number all variance is luck's, without an error.
#[test]
fn without_uncertain_numbers_all_is_luck() {
    let found = study(&company("40.0", "8.0", "100.0", ""), &["company.Solo.value_end"], 256);
    let luck = found.outcomes[0].luck;
    for part in [luck.total, luck.first, luck.shapley] {
        assert_eq!((part.value, part.se), (1.0, 0.0));
    }
}

/// Each of several is what it is against the first alone.
#[test]
fn several_scenarios_are_compared_with_the_first() {
    let (folder, file) = starter();
    let scenario = std::fs::read_to_string(&file).unwrap();
    let name = scenario.lines().find(|line| line.starts_with("name = ")).unwrap();
    let rate = scenario.lines().find(|line| line.starts_with("rate = ")).unwrap();
    let files: Vec<String> = [("One", "rate = 0.03"), ("Two", "rate = 0.06"), ("=Three", "rate = 0.03")]
        .into_iter()
        .map(|(called, with)| {
            let file = folder.path().join(format!("{}.toml", called.trim_start_matches('=')));
            let text = scenario.replacen(name, &format!("name = \"{called}\""), 1).replacen(rate, with, 1);
            std::fs::write(&file, text).unwrap();
            file.to_str().unwrap().to_string()
        })
        .collect();
    let to = text(folder.path()).to_string();
    let compare = |files: &[&String], format: &str| {
        let mut args = vec!["compare"];
        args.extend(files.iter().map(|file| file.as_str()));
        args.extend(["--paths", "300", "--out", &to, "--quiet", "--format", format]);
        let output = call(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        stdout(&output)
    };
    let json = |files: &[&String]| -> serde_json::Value {
        serde_json::from_str::<serde_json::Value>(&compare(files, "json")).unwrap()["compare"].clone()
    };
    let [one, two, three] = [0, 1, 2].map(|k| &files[k]);
    let all = json(&[one, two, three]);
    assert_eq!(all, serde_json::json!([json(&[one, two]), json(&[one, three])]));
    assert_ne!(all[0]["measures"], all[1]["measures"], "the rate makes a difference");
    assert_eq!(all[1]["measures"]["capital.raised"]["b_less_a"]["value"], 0.0);

    let csv = compare(&[one, two, three], "csv");
    let mut table = csv::Reader::from_reader(csv.as_bytes());
    assert_eq!(
        table.headers().unwrap(),
        ["measure", "scenario", "value", "value_se", "less_first", "se", "low", "high"].as_slice()
    );
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let measures = all[0]["measures"].as_object().unwrap();
    assert_eq!(rows.len(), 3 * measures.len());
    for row in &rows {
        let of = &measures[&row[0]];
        let number = |place: usize| row[place].parse::<f64>().ok();
        match &row[1] {
            "One" => assert_eq!((number(2), number(4)), (of["a"]["value"].as_f64(), None)),
            "Two" => {
                assert_eq!((number(2), number(5)), (of["b"]["value"].as_f64(), of["b_less_a"]["se"].as_f64()))
            }
            third => assert_eq!(third, "'=Three"),
        }
    }

    let table = compare(&[one, two, three], "table");
    assert!(table.lines().all(|line| line.chars().count() <= 80), "{table}");
    for words in
        ["One against 2 others", "Two: other market.rate.", "=Three: the same terms as the first.", "  Two "]
    {
        assert!(table.contains(words), "{words}:\n{table}");
    }
    let refused = call(&["compare", one, two, three, "--off-b", "announcement"]);
    assert_eq!(code(&refused), 2);
    assert!(stderr(&refused).contains("write a file for each"), "{}", stderr(&refused));
}

/// Charts call a number by its label; tables and keys keep the address.
#[test]
fn a_label_is_what_charts_say() {
    let (folder, file) = starter();
    let scenario = std::fs::read_to_string(&file).unwrap();
    let rate = scenario.lines().find(|line| line.starts_with("rate = ")).unwrap();
    let sweep = |with: &str| {
        std::fs::write(&file, scenario.replacen(rate, with, 1)).unwrap();
        let to = folder.path().join("out");
        let over = ["--over", "market.rate=0.03..0.05:2", "--measure", "written_off,share.traced"];
        let mut args = vec!["sweep", text(&file)];
        args.extend(over);
        args.extend(["--paths", "200", "--quiet", "--out", text(&to)]);
        let output = call(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let read = |name: &str| std::fs::read_to_string(to.join("start/sweep").join(name)).unwrap();
        (read("charts/sweep.svg"), read("charts/sweep.csv"), read("sweep.csv"), read("summary.json"))
    };
    let (svg, ..) = sweep("rate = 0.04");
    assert!(svg.contains("Market rate") && svg.contains("Written off") && !svg.contains("market.rate"));
    let (svg, numbers, table, summary) =
        sweep("rate = { value = 0.04, label = \"what a 10-year note yields\" }");
    assert!(svg.contains("what a 10-year note yields") && !svg.contains("arket rate"), "{svg}");
    for file in [numbers, table, summary] {
        assert!(file.contains("market.rate") && file.contains("written_off") && !file.contains("10-year"));
    }
}
