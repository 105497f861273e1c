//! The binary itself: what it prints, writes and refuses, and with which exit code.

mod binary;

use binary::{call, code, program, starter, stderr, stdout, text};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn summary(folder: &Path) -> serde_json::Value {
    serde_json::from_str(&std::fs::read_to_string(folder.join("summary.json")).unwrap()).unwrap()
}

const RESULTS: [&str; 7] = [
    "summary.json",
    "paths.parquet",
    "courses.parquet",
    "flows.csv",
    "results.xlsx",
    "figures.json",
    "report.html",
];

#[test]
fn a_run_repeated_has_the_same_bytes_whatever_the_threads() {
    let (folder, file) = starter();
    let outs = ["one", "two", "three"].map(|name| folder.path().join(name));
    for (out, more) in outs.iter().zip([&[][..], &[], &["--threads", "1"]]) {
        let mut args =
            vec!["run", text(&file), "--paths", "3000", "--seed", "7", "--out", text(out), "--quiet"];
        args.extend(more);
        let output = call(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert_eq!(stderr(&output), "", "quiet");
    }
    for name in RESULTS.iter().chain(&["charts/answer.svg", "charts/answer.png", "charts/money_map.png"]) {
        let bytes = outs.clone().map(|out| std::fs::read(out.join("start").join(name)).unwrap());
        assert!(bytes[0] == bytes[1] && bytes[1] == bytes[2], "{name} differs");
    }
    // Another seed is another run.
    let other = folder.path().join("other");
    call(&["run", text(&file), "--paths", "3000", "--seed", "8", "--out", text(&other), "--quiet"]);
    assert_ne!(
        std::fs::read(outs[0].join("start/summary.json")).unwrap(),
        std::fs::read(other.join("start/summary.json")).unwrap()
    );
}

#[test]
fn a_wrong_scenario_is_exit_2_and_nothing_is_written() {
    let (folder, file) = starter();
    let bad = folder.path().join("bad.toml");
    let broken = std::fs::read_to_string(&file).unwrap().replace("margin", "magrin");
    std::fs::write(&bad, broken).unwrap();
    let out = folder.path().join("out");
    let output = call(&["run", text(&file), text(&bad), "--out", text(&out)]);
    assert_eq!(code(&output), 2);
    assert_eq!(stdout(&output), "");
    assert!(!out.exists(), "a result was written");
    let message = stderr(&output);
    assert!(
        message.contains("bad.toml:") && message.contains("magrin") && message.contains("margin"),
        "{message}"
    );
    assert_eq!(code(&call(&["check", text(&bad)])), 2);
}

#[test]
fn usage_errors_are_exit_2_and_say_what_to_do() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let cases: [(&[&str], &str); 21] = [
        (&["--set", "market.rte=0.1"], "market.rate"),
        (&["--set", "market.rate"], "PATH=VALUE"),
        (&["--set", "market.rate=0.1", "--set", "market.rate=0.2"], "twice, 0.1 and 0.2: keep one of them"),
        (&["--off", "colateral"], "collateral"),
        (&["--until", "share.traced"], "MEASURE: ERROR"),
        (&["--until", "share.trace: 1%"], "share.traced"),
        (&["--until", "share.traced: 1%", "--sampler", "lhs"], "--paths"),
        (&["--budget", "soon"], "30s"),
        (&["--paths", "0"], "1e10"),
        (&["--size", "100x100"], "ask for at least"),
        (&["--threads", "0"], "a whole number from 1 to"),
        (&["--threads", "9999"], "a whole number from 1 to"),
        (&["--threads", "-2"], "a whole number from 1 to"),
        (&["--paths", "-3"], "a whole number from 1 to 1e10"),
        (&["--seed", "-1"], "a whole number from 0 to 18446744073709551615"),
        (&["--until", "capital.raised: 1%"], "write USD bn, for example \"capital.raised: 0.5\""),
        (&["--until", "rounds: 1%"], "write a plain number"),
        (&["--until", "share.causal.low: 1%"], "cannot wait for `share.causal.low`"),
        (&["--until", "announcement.elasticity: 1%"], "is an uncertain number, no measure"),
        (&["--until", "no.such: 1%"], "is no measure"),
        (&["--dpi", "-5"], "dpi"),
    ];
    for (more, expected) in cases {
        let mut args = vec!["run", text(&file), "--out", text(&out)];
        args.extend(more);
        let output = call(&args);
        assert_eq!(code(&output), 2, "{more:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(expected), "{more:?}: {}", stderr(&output));
        assert!(!out.exists(), "{more:?} wrote something");
    }
    assert_eq!(code(&call(&["run", "no-such-file.toml"])), 2);
    assert_eq!(code(&call(&["run"])), 2);
}

#[test]
fn two_scenarios_of_one_name_do_not_share_a_folder() {
    let (folder, file) = starter();
    let other = folder.path().join("sub");
    std::fs::create_dir(&other).unwrap();
    std::fs::copy(&file, other.join("start.toml")).unwrap();
    let out = folder.path().join("out");
    let output = call(&["run", text(&file), text(&other.join("start.toml")), "--out", text(&out)]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("two scenarios would write to"));
    assert!(!out.exists());
}

#[test]
fn a_folder_that_cannot_be_written_to_fails_before_anything_is_simulated() {
    let (folder, file) = starter();
    let blocked = folder.path().join("blocked");
    std::fs::write(&blocked, "a file").unwrap();
    let output = call(&["run", text(&file), "--paths", "1e7", "--out", text(&blocked)]);
    assert_eq!(code(&output), 1);
    assert!(stderr(&output).contains("--out"), "{}", stderr(&output));
    assert_eq!(std::fs::read_to_string(&blocked).unwrap(), "a file");
}

#[test]
fn a_reader_that_goes_away_is_not_an_error() {
    let mut child = program()
        .args(["schema", "--markdown"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut message = String::new();
    child.stderr.take().unwrap().read_to_string(&mut message).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0), "{message}");
    assert_eq!(message, "");
}

#[test]
fn an_interrupted_run_writes_what_is_done_and_says_so() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let mut child = program()
        .args(["run", text(&file), "--paths", "3e6", "--keep", "none", "--out", text(&out)])
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
    let ended = child.wait().unwrap().code();
    let goes_on = out.join("start/checkpoint.journal").exists();
    assert_eq!(ended, Some(if goes_on { 75 } else { 130 }));
    assert!(rest.iter().any(|line| line.starts_with("Interrupted: finishing")), "{rest:?}");
    assert!(rest.iter().any(|line| line.starts_with("Interrupted: the results are of")), "{rest:?}");
    let mut answer = String::new();
    child.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("INTERRUPTED: a partial answer"), "{answer}");
    assert_eq!(summary(&out.join("start"))["complete"], false);
    let results = out.join("start");
    let paths = summary(&results)["paths"].as_u64().unwrap();
    assert!(paths > 0 && paths < 100_000_000);
    let manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(results.join("manifest.json")).unwrap()).unwrap();
    assert_eq!(manifest["complete"], false);
    assert_eq!(manifest["paths"], paths);
    let left: Vec<_> = std::fs::read_dir(&results).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert!(left.iter().all(|name| !name.to_string_lossy().ends_with(".part")), "{left:?}");
}

#[test]
fn until_stops_when_the_error_is_small_enough() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let output = call(&["run", text(&file), "--until", "share.traced: 0.3%", "--out", text(&out), "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let summary = summary(&out.join("start"));
    assert!(summary["ratio_of_means"]["share.traced"]["se"].as_f64().unwrap() <= 0.003);
    assert!(summary["paths"].as_u64().unwrap() < 1_000_000);
}

#[test]
fn a_scenario_without_randomness_has_no_error_and_one_path_has_none_to_tell() {
    let folder = tempfile::tempdir().unwrap();
    let case = repository().join("tests/reference/cases/13_geometric_loop.toml");
    let (many, single) = (folder.path().join("many"), folder.path().join("single"));
    assert_eq!(code(&call(&["run", text(&case), "--paths", "100", "--out", text(&many), "--quiet"])), 0);
    let raised = &summary(&many.join("13_geometric_loop"))["measures"]["capital.raised"];
    assert_eq!(raised["se"], 0.0);
    assert_eq!(raised["p5"], raised["p95"]);
    assert_eq!(code(&call(&["run", text(&case), "--paths", "1", "--out", text(&single), "--quiet"])), 0);
    let alone = &summary(&single.join("13_geometric_loop"))["measures"]["capital.raised"];
    assert_eq!(alone["mean"], raised["mean"]);
    assert!(alone["se"].is_null());
}

#[test]
fn no_round_on_any_path_is_said_in_words() {
    let folder = tempfile::tempdir().unwrap();
    let case = repository().join("tests/reference/cases/01_market_premium.toml");
    let output = call(&["run", text(&case), "--paths", "50", "--out", text(folder.path())]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("no capital on any of 50 paths"), "{}", stdout(&output));
    let summary = summary(&folder.path().join("01_market_premium"));
    assert!(summary["ratio_of_means"]["share.traced"]["value"].is_null());
    assert_eq!(summary["measures"]["share.traced"]["n"], 0);
    assert!(folder.path().join("01_market_premium/charts/answer.png").exists());
}

#[test]
fn overrides_and_loops_change_the_result() {
    let (folder, file) = starter();
    let run = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let mut args = vec!["run", text(&file), "--paths", "2000", "--out", text(&out), "--quiet"];
        args.extend(more);
        let output = call(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        summary(&out.join("start"))["measures"]["capital.raised"]["mean"].as_f64().unwrap()
    };
    let plain = run("plain", &[]);
    assert_ne!(plain, run("set", &["--set", "lab.Lab.opex=1.0"]));
    assert_ne!(plain, run("off", &["--off", "announcement,related_wealth"]));
}

#[test]
fn results_are_printed_as_json_and_csv() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let args = ["run", text(&file), "--paths", "500", "--out", text(&out), "--quiet", "--format"];
    let json = call(&[&args[..], &["json"]].concat());
    let printed: serde_json::Value = serde_json::from_str(&stdout(&json)).unwrap();
    assert_eq!(printed, summary(&out.join("start")));
    let table = stdout(&call(&[&args[..], &["csv"]].concat()));
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    let header = reader.headers().unwrap().clone();
    let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
    let figure = |measure: &str, column: &str| -> Option<f64> {
        let place = header.iter().position(|name| name == column).unwrap();
        rows.iter().find(|row| &row[1] == measure).unwrap()[place].parse().ok()
    };
    let mean = |name: &str| printed["measures"][name]["mean"].as_f64();
    let ratio = |name: &str| printed["ratio_of_means"][name]["value"].as_f64();
    assert_eq!(figure("capital.raised", "mean"), mean("capital.raised"));
    assert_eq!(figure("capital.raised", "headline"), mean("capital.raised"));
    // The mean of the paths' shares is not the share of the answer: both stand there under their names.
    assert_eq!(figure("share.traced", "mean"), mean("share.traced"));
    assert_eq!(figure("share.traced", "headline"), ratio("share.traced"));
    assert_ne!(mean("share.traced"), ratio("share.traced"));
    assert_eq!(figure("share.causal", "mean"), None);
    assert_eq!(figure("share.causal", "headline"), ratio("share.causal"));
}

#[test]
fn init_does_not_overwrite() {
    let (folder, file) = starter();
    std::fs::write(&file, "mine").unwrap();
    let again = program().current_dir(folder.path()).args(["init", "start"]).output().unwrap();
    assert_eq!(code(&again), 2);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn init_needs_a_name_and_quotes_it_for_the_shell() {
    let folder = tempfile::tempdir().unwrap();
    let init = |name: &str| program().current_dir(folder.path()).args(["init", name]).output().unwrap();
    for nameless in ["", " ", ".toml", "sub/", ".", ".."] {
        let output = init(nameless);
        assert_eq!(code(&output), 2, "`{nameless}`: {}", stderr(&output));
        assert!(stderr(&output).contains("the name is empty"), "`{nameless}`: {}", stderr(&output));
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let output = init("a b");
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("`roundtrip run 'a b.toml'`"), "{}", stderr(&output));
    assert!(folder.path().join("a b.toml").exists());
}

/// Every command that takes --paths says what it does without.
#[test]
fn help_tells_each_command_its_own_default() {
    for (command, expected) in [
        ("run", "[default: 100000, with --until at most 1e7]"),
        ("sweep", "[default: 20000 for a line, 4000 for a map]"),
        ("solve", "[default: 10000]"),
        ("compare", "[default: 20000]"),
        ("attribute", "4000 to 20000]"),
        ("sensitivity", "8192 at most]"),
        ("replay", "[default: 100000, or enough for the path]"),
    ] {
        let help = stdout(&call(&[command, "--help"])).split_whitespace().collect::<Vec<_>>().join(" ");
        let of_paths = help.split("--paths <").nth(1).unwrap_or_else(|| panic!("{command}: {help}"));
        let of_paths = of_paths.split("--seed <").next().unwrap();
        assert!(of_paths.contains(expected), "{command}: {of_paths}");
        assert!(!help.contains("default of run") && !help.contains("default here"), "{command}");
        assert!(!help.contains("={") || help.contains("'market.rate={ uniform"), "{command}: not quoted");
    }
}

/// What goes to a file or a pipe is 120 columns wide: sources stand below their numbers, and nothing is left out.
#[test]
fn check_keeps_to_a_width() {
    let file = repository().join("configs/web_2025.toml");
    let output = call(&["check", text(&file)]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let printed = stdout(&output);
    let widest = printed.lines().max_by_key(|line| line.chars().count()).unwrap();
    assert!(widest.chars().count() <= 120, "{widest}");
    let scenario = roundtrip::scenario::Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{f}"));
    let words = |text: &str| text.split_whitespace().map(String::from).collect::<Vec<_>>().join(" ");
    let all = words(&printed);
    for number in &scenario.numbers {
        let source = words(number.source.as_deref().unwrap_or_default());
        assert!(all.contains(&source), "{}: {source}", number.address);
    }
}

/// Whatever the terminal's width, no line is longer, no number is cut, and the folder is the last thing said.
#[test]
fn tables_keep_to_the_terminals_width() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let over = "lab.Lab.commit.multiple=1..3:3";
    let until = ["--vary", "lab.Lab.commit.multiple", "--until", "capital.raised = 60", "--no-reverse"];
    let commands: [Vec<&str>; 6] = [
        vec!["check", text(&file)],
        vec!["run", text(&file), "--paths", "200"],
        vec!["compare", text(&file), text(&file), "--set-b", "lab.Lab.cash=13", "--paths", "200"],
        vec!["sweep", text(&file), "--over", over, "--paths", "64"],
        [&["solve", text(&file), "--paths", "64"][..], &until].concat(),
        vec!["sensitivity", text(&file), "--paths", "64"],
    ];
    for command in commands {
        let results = if command[0] == "check" { &[][..] } else { &["--out", text(&out)] };
        let printed = ["60", "80", "120", "200"].map(|columns| {
            let output = program().env("COLUMNS", columns).args(&command).args(results).output().unwrap();
            let (said, printed) = (stderr(&output), stdout(&output));
            assert!(code(&output) <= 1 && !printed.is_empty(), "{command:?}: {said}");
            let widest = printed.lines().max_by_key(|line| line.chars().count()).unwrap();
            let columns: usize = columns.parse().unwrap();
            assert!(widest.chars().count() <= columns, "{command:?}, {columns} columns: {widest}\n{printed}");
            assert!(
                results.is_empty() || said.trim_end().lines().last().unwrap().contains("Results: "),
                "{said}"
            );
            printed
        });
        let numbers = |text: &str| -> Vec<String> {
            // A name may be cut, an error stand below its value, and a scale have no middle.
            let is_number = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit()) && *word != "50%";
            let mut numbers: Vec<String> =
                text.replace('±', " ").split_whitespace().filter(is_number).map(String::from).collect();
            numbers.sort();
            numbers
        };
        if command[0] != "check" {
            let of_usual = numbers(&printed[1]);
            let lost = of_usual.iter().filter(|number| !printed[0].contains(number.as_str()));
            assert_eq!(lost.count(), 0, "{command:?}: {}", printed[0]);
        }
        // More room shows more of a name, never less.
        assert!(printed[2].matches('…').count() <= printed[1].matches('…').count(), "{}", printed[2]);
    }
}

#[test]
fn help_version_completions_and_man_page_are_there() {
    for (args, expected) in [
        (&["--help"][..], "Examples:"),
        (&["run", "--help"], "--until"),
        (&["--version"], env!("CARGO_PKG_VERSION")),
        (&["completions", "bash"], "roundtrip"),
        (&["man"], ".TH"),
        (&["schema"], "https://json-schema.org/draft/2020-12/schema"),
        (&["schema", "--markdown"], "lab"),
        (&["evidence", "configs/oracle.toml"], "## assumed"),
    ] {
        let output = call(args);
        assert_eq!(code(&output), 0, "{args:?}");
        assert!(stdout(&output).contains(expected), "{args:?}");
    }
}

const EVENTS: &str = "event_id,date,ticker,deal_kind,headline_value_usd_bn,market_cap_before_usd_bn,return_1d_pct,sign_expected\n";

/// Fourteen deals over nine months.
fn events(folder: &Path) -> PathBuf {
    let mut rows = EVENTS.to_string();
    for k in 0..14 {
        let month = 1 + k * 9 / 14;
        rows += &format!("e{k},2025-0{month}-1{},T{k},warrant,{},50,{}.5,positive\n", k % 5, k + 1, k % 6);
    }
    let file = folder.join("events.csv");
    std::fs::write(&file, rows).unwrap();
    file
}

#[test]
fn wrong_events_are_exit_2_all_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("events.csv");
    let rows = "a,2025-02-30,X,warrant,1,,2,positive\nb,2025-02-01,X,warant,1,,-200,positive\n";
    std::fs::write(&file, format!("{EVENTS}{rows}")).unwrap();
    for command in ["calibrate", "backtest"] {
        let out = folder.path().join(command);
        let output = call(&[command, text(&file), "--out", text(&out)]);
        assert_eq!(code(&output), 2);
        let said = stderr(&output);
        for part in
            ["is not a date", "did you mean `warrant`?", "-200 cannot be", "events.csv:2:3", "3 errors"]
        {
            assert!(said.contains(part), "{part} in {said}");
        }
        assert!(!out.exists());
    }
    // The file's end of line and its columns are of no account to where a finding stands.
    let other = "date,event_id,ticker,deal_kind,headline_value_usd_bn,market_cap_before_usd_bn,return_1d_pct,sign_expected\r\n";
    std::fs::write(
        &file,
        format!("{other}2025-02-01,a,X,warrant,1,,2,positive\r\n2025-02-29,b,X,warrant,one,,2,up\r\n"),
    )
    .unwrap();
    let output = call(&["calibrate", text(&file), "--out", text(&folder.path().join("calibrate"))]);
    let said = stderr(&output);
    for part in [
        "events.csv:3:1",
        "`2025-02-29` is not a date",
        "events.csv:3:24",
        "`one` is not a number",
        "events.csv:3:31",
        "`up` is not",
        "3 errors",
        "help: ",
    ] {
        assert!(said.contains(part), "{part} in {said}");
    }
    assert!(code(&output) == 2 && !folder.path().join("calibrate").exists());
    let output = call(&["calibrate", text(&file), "--hype", "2025-09-10", "--until", "2025-09-08"]);
    assert!(code(&output) == 2 && stderr(&output).contains("events.csv"));
    std::fs::write(&file, format!("{EVENTS}a,2025-02-01,X,warrant,1,,2,positive\n")).unwrap();
    let out = folder.path().join("then");
    let output = call(&[
        "calibrate",
        text(&file),
        "--hype",
        "2025-09-10",
        "--until",
        "2025-09-08",
        "--out",
        text(&out),
    ]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("`--hype`") && !out.exists(), "{}", stderr(&output));
    for day in ["2001-01-01", "2030-01-01"] {
        for command in ["calibrate", "backtest"] {
            let output = call(&[command, text(&file), "--hype", day, "--out", text(&out)]);
            assert_eq!(code(&output), 2);
            let said = stderr(&output);
            assert!(said.contains("they run from 2025-02-01 to 2025-02-01") && !out.exists(), "{said}");
        }
    }
    let output = call(&["calibrate", text(&file), "--out", text(&folder.path().join("few"))]);
    assert_eq!(code(&output), 2);
    assert!(stderr(&output).contains("at least 10"), "{}", stderr(&output));
}

/// A hundred draws cannot be a hundred effective ones in both tails of every number.
#[test]
fn a_calibration_that_is_too_short_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = events(folder.path());
    let out = folder.path().join("out");
    let output =
        call(&["calibrate", text(&file), "--draws", "100", "--tune", "100", "--out", text(&out), "--quiet"]);
    assert_eq!(code(&output), 1, "{}", stdout(&output));
    assert!(
        stderr(&output).contains("--draws") && stderr(&output).contains("Refused"),
        "{}",
        stderr(&output)
    );
    assert!(!out.join("posterior.csv").exists() && !out.join("manifest.json").exists());
}

#[test]
fn a_backtest_repeated_has_the_same_bytes_whatever_the_threads() {
    let folder = tempfile::tempdir().unwrap();
    let file = events(folder.path());
    let mut seen = Vec::new();
    for threads in ["1", "2"] {
        let out = folder.path().join(threads);
        let mut args = vec!["backtest", text(&file), "--history", "11", "--draws", "100", "--tune", "100"];
        args.extend(["--threads", threads, "--out", text(&out), "--format", "json", "--quiet"]);
        let output = call(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        assert!(out.join("charts/backtest.svg").exists() && out.join("predictions.csv").exists());
        let printed: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
        assert!(printed["refits"].as_u64().unwrap() >= 1);
        seen.push((
            std::fs::read(out.join("summary.json")).unwrap(),
            std::fs::read(out.join("predictions.csv")).unwrap(),
        ));
    }
    assert!(seen[0] == seen[1]);
}

const SYNTHETIC: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/event_study/daily.csv");

/// The example of docs/methods/event_study.md: made-up returns with an effect of 3% on the day.
#[test]
fn an_event_study_is_printed_and_written() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let output = call(&["event-study", SYNTHETIC, "--out", text(&out)]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let said = stdout(&output);
    for part in [
        "10 events, days -5 to 20; 0 left out",
        "On day 0 the shares moved +2.76%",
        "6.06 (<0.001)",
        "B1 and B2; E1 and E2",
    ] {
        assert!(said.contains(part), "{part} in\n{said}");
    }
    for name in ["summary.json", "spans.csv", "abnormal_returns.csv", "events.csv", "charts/event_study.svg"]
    {
        assert!(out.join(name).exists(), "{name}");
    }
    let spans = std::fs::read_to_string(out.join("spans.csv")).unwrap();
    assert_eq!(spans.lines().count(), 1 + 4 + 2 * 26);
    // Another window, from a file of events: two that can be measured, and why the others cannot.
    let events = folder.path().join("events.csv");
    let rows = "a,2025-06-24,SYN-F,warrant,1,,2,positive\nb,2025-06-02,SYN-C,warrant,1,,2,positive\n\
        c,2025-06-03,SYN-X,warrant,1,,2,positive\nd,2025-06-02,SYN-C,other,1,,3,positive\ne,2025-09-30,SYN-A,warrant,1,,3,positive\n\
        f,2025-05-12,SYN-A,warrant,1,,3,negative\n";
    std::fs::write(&events, format!("{EVENTS}{rows}")).unwrap();
    let args =
        ["event-study", SYNTHETIC, "--events", text(&events), "--sign", "positive", "--window", "-2..3"];
    let output = call(&[&args[..], &["--sum", "-1..1", "--out", text(&out), "--format", "json"]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let found: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    assert_eq!(found["events"].as_array().unwrap().len(), 2);
    assert_eq!((found["sums"][0]["from"].as_i64(), found["days"].as_array().unwrap().len()), (Some(-1), 6));
    let left = found["left_out"].as_array().unwrap();
    let why: Vec<&str> = left.iter().map(|one| one["why"].as_str().unwrap()).collect();
    assert_eq!(why.len(), 3);
    assert!(why.iter().any(|why| why.contains("no rows of its share")));
    assert!(why.iter().any(|why| why.contains("the same share and day as b")));
    assert!(why.iter().any(|why| why.contains("only 0 days after it")));
}

#[test]
fn an_event_study_that_cannot_be_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let out = folder.path().join("out");
    let refused = |args: &[&str], parts: &[&str]| {
        let output = call(&[&["event-study"], args, &["--out", text(&out)]].concat());
        assert_eq!(code(&output), 2, "{args:?}: {}", stdout(&output));
        let said = stderr(&output);
        for part in parts {
            assert!(said.contains(part), "{part} in\n{said}");
        }
        assert!(!out.exists(), "{args:?}");
    };
    refused(&[SYNTHETIC, "--estimation", "-60..-21"], &["has 40 days", "--least"]);
    refused(&[SYNTHETIC, "--window", "-30..5"], &["overlaps the event window"]);
    refused(&[SYNTHETIC, "--window", "5..1"], &["the first day comes after the last"]);
    refused(&[SYNTHETIC, "--sum", "0..40"], &["0..40 is not within"]);
    refused(&[SYNTHETIC, "--sign", "positive"], &["--events"]);
    refused(&[SYNTHETIC, "--market", "QQQ"], &["no rows of `QQQ`"]);
    let events = folder.path().join("events.csv");
    std::fs::write(&events, format!("{EVENTS}a,2025-06-24,SYN-F,warrant,1,,2,positive\n")).unwrap();
    refused(&[SYNTHETIC, "--events", text(&events)], &["1 event of 1 can be measured"]);
    refused(&[SYNTHETIC, "--events", text(&events), "--kind", "other"], &["no event of"]);
    let synthetic = std::fs::read_to_string(SYNTHETIC).unwrap();
    let file = folder.path().join("daily.csv");
    let unmarked: String =
        synthetic.lines().map(|line| line[..line.rfind(',').unwrap_or(0)].to_string() + ",\n").collect();
    let unmarked = unmarked.replacen("market_return_pct,\n", "market_return_pct,event_id\n", 1);
    std::fs::write(&file, unmarked).unwrap();
    refused(&[text(&file)], &["marks no events", "--events"]);
    std::fs::write(&file, format!("{synthetic}2025-06-24,SYN-F,1,1,\n")).unwrap();
    refused(&[text(&file)], &["`SYN-F` has two rows for 2025-06-24", "keep one row"]);
}
