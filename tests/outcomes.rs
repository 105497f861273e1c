//! Scenarios against what happened: scores where every outcome, or its rank, is known in closed form; the command; the
//! shipped file of outcomes against the facts; the page that the program prints.

mod binary;

use binary::{call, program, stderr, stdout, text};
use roundtrip::engine::Run;
use roundtrip::estimate::forecast::Place;
use roundtrip::plan::Plan;
use roundtrip::scenario::Scenario;
use roundtrip::studies::score::outcomes::{Concerned, Outcomes, Role, Subject};
use roundtrip::studies::score::{Score, score};
use roundtrip::studies::simulator::Simulator;
use std::collections::{HashMap, HashSet};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

const HEAD: &str = "date,measure,value,low,high,unit,scenarios,input_in,fitted_in,source,grade,notes\n";

/// A company alone, two years from 8 September 2025 in monthly steps. Its cash after n steps is 1 + 2n/12, its
/// value 100·e^(0.12·n/12) times a lognormal factor of mean 1 with variance of the logarithm volatility²·n/12.
fn company(volatility: f64) -> String {
    format!(
        "[scenario]\nname = \"A company\"\nstart = 2025-09-08\nyears = 2.0\nsteps_per_year = 12\n\
         [market]\nvolatility = 0.0\nsector_volatility = 0.0\nrate = 0.0\n\
         [[company]]\nname = \"Solo\"\nmarket_cap = 100.0\ndrift = 0.12\nvolatility = {volatility}\ncash = 1.0\n\
         earnings = 2.0\nmargin = 0.5\n"
    )
}

fn scored(volatility: f64, paths: u64, rows: &str) -> (Outcomes, Concerned, Score) {
    let scenario = Scenario::parse("solo.toml", &company(volatility), Path::new(""), &[])
        .unwrap_or_else(|f| panic!("{}", f.render(false)));
    let plan = Plan::compile(&scenario);
    let subjects = [Subject { name: "solo", plan: &plan }];
    let (outcomes, mut concerned) =
        Outcomes::parse("o.csv", &format!("{HEAD}{rows}"), &subjects).unwrap_or_else(|f| panic!("{f}"));
    let concerned = concerned.remove(0);
    let score = score(&mut Simulator::engine(), &plan, &Run::new(7, paths), &outcomes, &concerned, |_| false)
        .expect("nothing stops it");
    (outcomes, concerned, score)
}

/// Without randomness every path is the same, and every verdict is known. 31 December is in the fourth step, 31 January
/// in the fifth.
#[test]
fn a_scenario_without_randomness_is_right_or_wrong() {
    let value = 100.0 * f64::exp(0.12 * 4.0 / 12.0);
    let rows = format!(
        "2025-12-31,company.Solo.value_end,{value},,,USD bn,,,,A001,filed,\n\
         2025-12-31,company.Solo.cash_end,1.7,1.6,1.8,USD bn,,,,A001,filed,\n\
         2026-01-31,company.Solo.cash_end,1.8,,,USD bn,,,,A001,filed,\n\
         2026-01-31,company.Solo.debt_end,0,,,USD bn,,solo,,A001,filed,\n\
         2026-01-31,unwind.time,0.2,,,years,,,,A001,filed,\n"
    );
    let (outcomes, _, found) = scored(0.0, 64, &rows);
    assert_eq!(found.undefined, [4], "no path unwinds");
    assert_eq!(found.simulated, 2 * 64);
    let of = |row: usize| found.scored.iter().find(|scored| scored.row == row).unwrap();
    assert!(found.scored.iter().all(|scored| scored.forecast.n == 64));
    let exact = of(0);
    assert_eq!((exact.place, exact.forecast.rank, exact.turns, exact.steps), (Place::Inner, 0.5, false, 4));
    assert!(exact.forecast.crps < 1e-9, "{}", exact.forecast.crps);
    // Cash is 1 + 8/12 = 1.667 after four steps, 1.833 after five.
    let high = of(1);
    assert!((high.forecast.quantiles[2].value - 5.0 / 3.0).abs() < 1e-12);
    assert_eq!((high.place, high.forecast.rank, high.turns), (Place::Above, 1.0, true));
    assert!((high.forecast.crps - (1.7 - 5.0 / 3.0)).abs() < 1e-12);
    assert!((high.forecast.crps_log.unwrap() - (1.7f64 * 0.6).ln()).abs() < 1e-12);
    let low = of(2);
    assert_eq!((low.place, low.forecast.rank, low.steps), (Place::Below, 0.0, 5));
    assert_eq!((of(3).role, of(3).forecast.crps_log), (Role::Input, None));
    let forecasts = found.tally(&outcomes, Role::Forecast).unwrap();
    assert_eq!((forecasts.n, forecasts.dates), (3, 2));
    assert_eq!((forecasts.inner.held, forecasts.outer.held), (1, 1));
    assert_eq!((forecasts.above, forecasts.below, forecasts.turns), (1, 1, 1));
    assert_eq!(found.tally(&outcomes, Role::Input).unwrap().outer.held, 1);
    assert!(found.tally(&outcomes, Role::Fitted).is_none());
}

/// ln of the value is normal: the rank of an outcome z standard deviations from its middle is Φ(z), its 90% band is
/// ±1.645 of them, and CRPS of the logarithms is σ(z(2Φ(z) − 1) + 2φ(z) − 1/√π).
#[test]
fn a_lognormal_value_has_the_rank_of_a_normal() {
    const PATHS: u64 = 20_000;
    let (mu, sigma) = (100f64.ln() + (0.12 - 0.08) * 0.5, 0.4 * 0.5f64.sqrt());
    let cases = [(-2.0, 0.022_750), (-1.0, 0.158_655), (0.3, 0.617_911), (1.7, 0.955_435)];
    // Six steps: 28 February is in the sixth.
    let rows: String = cases
        .iter()
        .enumerate()
        .map(|(k, (z, _))| {
            format!(
                "2026-02-2{k},company.Solo.value_end,{},,,USD bn,,,,A001,filed,\n",
                (mu + z * sigma).exp()
            )
        })
        .collect();
    let (_, _, found) = scored(0.4, PATHS, &rows);
    assert_eq!(found.scored.len(), 4);
    let within = |found: f64, rank: f64| {
        let se = (rank * (1.0 - rank) / PATHS as f64).sqrt();
        (found - rank).abs() <= 5.0 * se
    };
    // A value that moves more has outcomes nearer its middle.
    let (_, _, spoilt) = scored(0.5, PATHS, &rows);
    for (scored, (z, rank)) in spoilt.scored.iter().zip(cases).filter(|(_, (z, _))| *z < 0.0) {
        assert!(
            !within(scored.forecast.rank, rank),
            "z = {z}: {} is not told from {rank}",
            scored.forecast.rank
        );
    }
    for ((scored, spoilt), (z, rank)) in found.scored.iter().zip(&spoilt.scored).zip(cases) {
        assert_eq!(scored.steps, 6);
        let se = (rank * (1.0 - rank) / PATHS as f64).sqrt();
        assert!((scored.forecast.rank_se / se - 1.0).abs() < 0.2);
        assert!(within(scored.forecast.rank, rank), "z = {z}: {} not {rank}", scored.forecast.rank);
        let density = (-z * z / 2.0f64).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let crps = sigma * (z * (2.0 * rank - 1.0) + 2.0 * density - 1.0 / std::f64::consts::PI.sqrt());
        // The mean distance of n normals from a point has a standard error below σ/√n.
        let tolerance = 5.0 * sigma / (PATHS as f64).sqrt();
        let found = scored.forecast.crps_log.unwrap();
        assert!((found - crps).abs() <= tolerance, "z = {z}: {found} not {crps}");
        if z < -1.5 {
            let spoilt = spoilt.forecast.crps_log.unwrap();
            assert!((spoilt - crps).abs() > tolerance, "z = {z}: {spoilt} is not told from {crps}");
        }
        let place = match z {
            z if z < -1.645 => Place::Below,
            z if z > 1.645 => Place::Above,
            z if z.abs() < 0.67 => Place::Inner,
            _ => Place::Outer,
        };
        assert_eq!(scored.place, place, "z = {z}");
    }
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Two scenarios and a file of outcomes in a folder of their own.
fn desk(rows: &str) -> (tempfile::TempDir, [PathBuf; 3]) {
    let folder = tempfile::tempdir().unwrap();
    let files = ["solo.toml", "calm.toml", "o.csv"].map(|name| folder.path().join(name));
    std::fs::write(&files[0], company(0.3)).unwrap();
    std::fs::write(&files[1], company(0.1).replace("A company", "A calm company")).unwrap();
    std::fs::write(&files[2], format!("{HEAD}{rows}")).unwrap();
    (folder, files)
}

const ROWS: &str = "2026-03-31,company.Solo.value_end,150,140,,USD bn,,,calm,A001,filed,\"a note, with a comma\"\n\
    2026-03-31,company.Solo.cash_end,2.2,,,USD bn,,*,,A002,reported,\n\
    2027-03-31,company.Solo.value_end,100,,,USD bn,solo,,,A003,estimated,\n\
    2024-03-31,company.Solo.value_end,100,,,USD bn,,,,A003,estimated,\n";

#[test]
fn scores_are_printed_and_written_with_the_same_bytes_whatever_the_threads() {
    let (folder, [solo, calm, outcomes]) = desk(ROWS);
    let mut seen: Vec<Vec<Vec<u8>>> = Vec::new();
    for threads in ["1", "2"] {
        let out = folder.path().join(threads);
        let mut files = Vec::new();
        for format in ["table", "json", "csv"] {
            let mut args = vec!["score", text(&solo), text(&calm), "--outcomes", text(&outcomes)];
            args.extend(["--paths", "2000", "--threads", threads, "--out", text(&out)]);
            args.extend(["--format", format, "--quiet"]);
            let output = call(&args);
            assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
            // A company alone is warned of; how the scoring goes is not told.
            assert!(!stderr(&output).contains("paths"), "{}", stderr(&output));
            files.push(output.stdout);
        }
        for scenario in ["solo", "calm"] {
            let results = out.join(scenario).join("score");
            assert!(results.join("manifest.json").exists() && results.join("charts/outcomes.png").exists());
            for file in ["summary.json", "outcomes.csv", "charts/outcomes.svg"] {
                files.push(std::fs::read(results.join(file)).unwrap());
            }
        }
        seen.push(files);
    }
    assert!(seen[0] == seen[1]);
    let table = String::from_utf8_lossy(&seen[0][0]).into_owned();
    for part in [
        "A company, against what happened",
        "A calm company, against what happened",
        "inside 90%",
        "outside",
        "Rows left out: 1 before its start.",
        "they are one history",
        "the lines are not to be added",
    ] {
        assert!(table.contains(part), "{part} in\n{table}");
    }
    let json: serde_json::Value = serde_json::from_slice(&seen[0][1]).unwrap();
    let solo = &json[0]["score"];
    assert_eq!(solo["coverage"]["forecast"]["n"], 2);
    // Cash is certain, 1 + 2·7/12, and not what the file says.
    assert_eq!(solo["coverage"]["input"]["within_90"]["held"], 0);
    assert_eq!(json[1]["score"]["coverage"]["fitted"]["n"], 1);
    assert!(json[1]["score"]["coverage"]["forecast"].is_null());
    let row = &solo["rows"][0];
    assert_eq!((row["measure"].as_str(), row["line"].as_u64()), (Some("company.Solo.value_end"), Some(2)));
    assert_eq!(row["notes"], "a note, with a comma");
    assert!(row["p95"]["se"].as_f64().unwrap() > 0.0 && row["rank_se"].as_f64().unwrap() > 0.0);
    assert_eq!(solo["left_out"][0]["why"], "before its start");
    let csv = String::from_utf8_lossy(&seen[0][2]).into_owned();
    assert_eq!(csv.lines().count(), 1 + 3 + 2, "{csv}");
    assert!(csv.lines().nth(1).unwrap().starts_with("A company,forecast,2026-03-31,"), "{csv}");
}

#[test]
fn wrong_outcomes_are_exit_2_all_at_once_and_nothing_is_written() {
    let rows = "2026-03-32,company.Solo.value_end,1,,,USD bn,,,,A001,filed,\n\
        2026-03-31,company.Solo.value_ende,1,,,USD bn,,,,A001,filed,\n\
        2026-03-31,company.Solo.cash_end,1,,,share,,,,A001,filed,\n\
        2029-03-31,company.Solo.cash_end,1,,,USD bn,solo,,,A001,filed,\n\
        2025-09-01,company.Solo.cash_end,1,,,USD bn,solo,,,A001,filed,\n\
        2026-03-31,lab.OpenAI.raised,1,,,USD bn,solo,,,A001,filed,\n";
    let (folder, [solo, _, outcomes]) = desk(rows);
    let out = folder.path().join("out");
    let refused = |args: &[&str]| {
        let output = call(&[args, &["--out", text(&out)]].concat());
        assert_eq!(output.status.code(), Some(2), "{args:?}: {}", stdout(&output));
        assert_eq!(stdout(&output), "");
        assert!(!out.exists(), "{args:?}");
        stderr(&output)
    };
    let said = refused(&["score", text(&solo), "--outcomes", text(&outcomes)]);
    for part in [
        "`2026-03-32` is not a date",
        "o.csv:2:1",
        "there is no measure `company.Solo.value_ende`",
        "the nearest is `company.Solo.value_end`",
        "is not counted in `share`",
        "2029-03-31 is past the end of `solo`",
        "2025-09-01 is before the start of `solo`",
        "`solo` has no measure `lab.OpenAI.raised`",
        "o.csv: 6 errors",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    let missing = folder.path().join("none.csv");
    assert!(refused(&["score", text(&solo), "--outcomes", text(&missing)]).contains("none.csv"));
    assert!(refused(&["score", text(&solo)]).contains("--outcomes"));
    assert!(
        refused(&["score", text(&solo), text(&solo), "--outcomes", text(&outcomes)])
            .contains("two scenarios")
    );
    // A run cut short by an override no longer reaches what the file says of it.
    std::fs::write(&outcomes, format!("{HEAD}2027-03-31,company.Solo.cash_end,1,,,USD bn,,,,A001,filed,\n"))
        .unwrap();
    let said = refused(&["score", text(&solo), "--outcomes", text(&outcomes), "--set", "scenario.years=1"]);
    assert!(said.contains("no row can be set against `solo`") && said.contains("1 past its end"), "{said}");
    let said = refused(&["backtest", text(&solo)]);
    assert!(said.contains("roundtrip score"), "{said}");
}

#[test]
fn an_interrupted_score_says_so_and_leaves_no_result() {
    let out = tempfile::tempdir().unwrap();
    let mut child = program()
        .args([
            "score",
            "configs/web_2025.toml",
            "--outcomes",
            "data/outcomes.csv",
            "--paths",
            "1e6",
            "--checkpoint",
            "1h",
            "--out",
        ])
        .arg(out.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    // The first line of progress: paths are being simulated.
    let first = lines.next().unwrap().unwrap();
    assert!(first.contains("paths"), "{first}");
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let rest: Vec<String> = lines.map(Result::unwrap).collect();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert!(rest.iter().any(|line| line.starts_with("Interrupted: no scenario was scored")), "{rest:?}");
    assert!(!out.path().join("web_2025/score").exists());
}

fn shipped() -> Vec<(String, Plan, toml::Table)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(repository().join("configs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    files
        .into_iter()
        .map(|file| {
            let scenario = Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false)));
            let table = std::fs::read_to_string(&file).unwrap().parse().unwrap();
            (file.file_stem().unwrap().to_string_lossy().into_owned(), Plan::compile(&scenario), table)
        })
        .collect()
}

fn shipped_outcomes(plans: &[(String, Plan, toml::Table)]) -> (Outcomes, Vec<(&str, &Plan, Concerned)>) {
    let text = std::fs::read_to_string(repository().join("data/outcomes.csv")).unwrap();
    let of = |subjects: &[Subject]| Outcomes::parse("data/outcomes.csv", &text, subjects);
    // Scenarios of which nothing has happened yet, or long ago.
    let concerned: Vec<_> = plans
        .iter()
        .filter_map(|(name, plan, _)| {
            let found = of(&[Subject { name, plan }]);
            if ["anthropic_broadcom", "guarantees", "neocloud", "telecom_1999", "web_2026"]
                .contains(&name.as_str())
            {
                assert!(found.err().unwrap().to_string().contains("no row can be set against"), "{name}");
                return None;
            }
            let (_, mut found) = found.unwrap_or_else(|f| panic!("{name}: {f}"));
            Some((name.as_str(), plan, found.remove(0)))
        })
        .collect();
    let (outcomes, _) = of(&[]).unwrap_or_else(|f| panic!("{f}"));
    (outcomes, concerned)
}

/// The words of a cell that look like the id of a fact: a letter and three digits.
fn fact_ids(source: &str) -> Vec<&str> {
    let is_fact = |word: &&str| {
        word.len() == 4
            && word.as_bytes()[0].is_ascii_uppercase()
            && word[1..].bytes().all(|b| b.is_ascii_digit())
    };
    source.split_whitespace().filter(is_fact).collect()
}

fn records(file: &str) -> Vec<HashMap<String, String>> {
    let mut rows = csv::Reader::from_path(repository().join("data").join(file)).unwrap();
    rows.deserialize().map(Result::unwrap).collect()
}

/// What is wrong with how rows rest on the data.
fn unsound(outcomes: &Outcomes) -> Vec<String> {
    let facts: HashMap<String, String> = records("facts.csv")
        .into_iter()
        .map(|row| {
            (
                row["fact_id"].clone(),
                format!("{} {} {} {}", row["value"], row["low"], row["high"], row["notes"]),
            )
        })
        .collect();
    let events: HashMap<String, String> = records("announcements.csv")
        .into_iter()
        .map(|row| (row["event_id"].clone(), format!("{} {}", row["market_cap_before_usd_bn"], row["notes"])))
        .collect();
    let rounds: HashSet<String> = records("rounds.csv").into_iter().map(|row| row["date"].clone()).collect();
    let mut wrong = Vec::new();
    for row in &outcomes.list {
        let mut said = String::new();
        let mut words = row.source.split_whitespace();
        while let Some(word) = words.next() {
            let known = match word {
                "rounds.csv" => words.next().filter(|date| rounds.contains(*date)).map(|_| ""),
                word => facts.get(word).or_else(|| events.get(word)).map(String::as_str),
            };
            match known {
                Some(more) => said = format!("{said} {more}"),
                None => wrong.push(format!("line {}: no source {word}", row.line)),
            }
        }
        let grade = row.grade.word();
        // What was not computed stands in one of the sources as it is.
        let numbers: Vec<f64> = said
            .split(|c: char| !(c.is_ascii_digit() || c == '.' || c == '-'))
            .filter_map(|word| word.trim_matches(|c| c == '.' || c == '-').parse().ok())
            .collect();
        if matches!(grade, "filed" | "reported") && !numbers.contains(&row.value) {
            wrong.push(format!("line {}: {} is not in {}", row.line, row.value, row.source));
        }
        if matches!(grade, "estimated" | "assumed") && row.notes.is_empty() {
            wrong.push(format!("line {}: how was {} computed?", row.line, row.value));
        }
    }
    wrong
}

#[test]
fn every_outcome_rests_on_the_data() {
    let plans = shipped();
    let (mut outcomes, concerned) = shipped_outcomes(&plans);
    assert!(outcomes.list.len() > 50 && concerned.len() > 8);
    let wrong = unsound(&outcomes);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let used: HashSet<usize> =
        concerned.iter().flat_map(|(.., found)| found.rows.iter().map(|(row, _)| *row)).collect();
    assert_eq!(used.len(), outcomes.list.len(), "rows that concern no scenario");
    // It can fail.
    outcomes.list[1].value += 0.5;
    outcomes.list[2].source = "Z999".into();
    assert_eq!(unsound(&outcomes).len(), 2);
}

/// What was known when a scenario's ranges were chosen is no forecast: its facts stand in `in_configs.csv`.
#[test]
fn a_forecast_rests_on_no_fact_that_its_scenario_used() {
    let plans = shipped();
    let (outcomes, concerned) = shipped_outcomes(&plans);
    let used: HashSet<(String, String)> = records("in_configs.csv")
        .into_iter()
        .map(|row| (row["config"].clone(), row["fact_id"].clone()))
        .collect();
    let mut told = 0;
    for (name, _, found) in &concerned {
        for (place, role) in &found.rows {
            let row = &outcomes.list[*place];
            let known =
                fact_ids(&row.source).iter().any(|fact| used.contains(&(name.to_string(), fact.to_string())));
            assert!(
                !known || *role != Role::Forecast,
                "line {}: {} was known to {name}",
                row.line,
                row.source
            );
            told += usize::from(known);
        }
    }
    assert!(told > 50, "only {told} rows were known to a scenario");
}

/// A value of a day before a contract is announced cannot be set against a step that has the contract behind it.
#[test]
fn no_contract_comes_between_an_outcome_and_the_end_of_its_step() {
    let plans = shipped();
    let (outcomes, concerned) = shipped_outcomes(&plans);
    let day = |date: &str| {
        let date: jiff::civil::Date = date.parse().unwrap();
        date.since(jiff::civil::date(1970, 1, 1)).unwrap().get_days()
    };
    let mut contracts_seen = 0;
    for (name, plan, found) in &concerned {
        let (_, _, table) = plans.iter().find(|(other, ..)| other == name).unwrap();
        let links = table["compute"].as_array().unwrap();
        for (place, _) in &found.rows {
            let row = &outcomes.list[*place];
            let end = plan.clock.day_of(plan.clock.step_of(row.day) as u32 + 1);
            for link in links {
                if !row.measure.starts_with(&format!("company.{}.", link["company"].as_str().unwrap())) {
                    continue;
                }
                for contract in link.get("contracts").and_then(|list| list.as_array()).into_iter().flatten() {
                    contracts_seen += 1;
                    let announced = day(&contract["announced"].as_datetime().unwrap().to_string());
                    assert!(
                        announced <= row.day || announced >= end,
                        "{name}: {} of {} is compared with a step that holds the contract of day {announced}",
                        row.measure,
                        row.date
                    );
                }
            }
        }
    }
    assert!(contracts_seen > 50);
}

/// The page as the program prints it. `UPDATE_GOLDEN=1` writes it anew.
#[test]
fn the_page_of_the_backtest_is_what_the_program_prints() {
    const PAGE: &str = "docs/backtest_scenarios.md";
    const COMMAND: [&str; 7] = [
        "score",
        "configs/oracle.toml",
        "configs/softbank.toml",
        "configs/web_2025.toml",
        "configs/anthropic_web.toml",
        "--outcomes",
        "data/outcomes.csv",
    ];
    let out = tempfile::tempdir().unwrap();
    let output = call(&[&COMMAND[..], &["--quiet", "--out", text(out.path())]].concat());
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let page = std::fs::read_to_string(repository().join(PAGE)).unwrap();
    let fence = format!("```text\n$ roundtrip {}\n\n", COMMAND.join(" "));
    let start = page.find(&fence).unwrap_or_else(|| panic!("{PAGE} has no {fence}")) + fence.len();
    let end = start + page[start..].find("```").expect("the fence ends");
    let printed = stdout(&output);
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        let new = format!("{}{printed}{}", &page[..start], &page[end..]);
        std::fs::write(repository().join(PAGE), new).unwrap();
    } else if page[start..end] != printed {
        let beside = repository().join(format!("{PAGE}.new"));
        std::fs::write(&beside, format!("{}{printed}{}", &page[..start], &page[end..])).unwrap();
        panic!("{PAGE} is not what the program prints, which is in {}: UPDATE_GOLDEN=1", beside.display());
    }
}
