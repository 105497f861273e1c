//! What the binary does with runs as such: replays one path, explains a number, runs in shards, goes on after being
//! killed, runs again and compares.

mod binary;

use binary::{call, code, program, starter, stderr, stdout, text};
use roundtrip::files::parquet::PathsReader;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

fn config(name: &str) -> String {
    format!("{}/configs/{name}.toml", env!("CARGO_MANIFEST_DIR"))
}

fn files_of(folder: &Path) -> Vec<String> {
    let manifest: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(folder.join("manifest.json")).unwrap()).unwrap();
    let files = manifest["files"].as_array().unwrap();
    files.iter().map(|file| file["file"].as_str().unwrap().to_string()).collect()
}

/// Every result file, charts included, has the same bytes in two folders.
fn same_results(one: &Path, other: &Path) {
    let files = files_of(one);
    assert!(files.len() > 6 && files == files_of(other), "{files:?}");
    for file in files {
        let [a, b] = [one, other].map(|folder| std::fs::read(folder.join(&file)).unwrap());
        assert!(a == b, "{file} differs");
    }
}

fn names_in(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_replay_agrees_with_its_run() {
    let folder = tempfile::tempdir().unwrap();
    let (oracle, out) = (config("oracle"), text(folder.path()).to_string());
    let flags = [
        "--paths",
        "400",
        "--seed",
        "5",
        "--sampler",
        "lhs",
        "--off",
        "credits",
        "--set",
        "market.rate=0.05",
        "--set",
        "lab.OpenAI.cash=22",
    ];
    let mut args = vec!["run", &oracle, "--quiet", "--out", &out];
    args.extend(flags);
    assert_eq!(code(&call(&args)), 0);
    // `why` replays two paths and fails where a single bit differs from the stored row.
    let run = folder.path().join("oracle");
    for measure in
        ["share.traced", "capital.raised", "unwind", "company.Oracle.value_end", "lab.OpenAI.cash_end"]
    {
        let why = call(&["why", text(&run), measure, "--format", "json"]);
        assert_eq!(code(&why), 0, "{}", stderr(&why));
        let why: serde_json::Value = serde_json::from_str(&stdout(&why)).unwrap();
        for path in why["ledger"].as_array().unwrap() {
            let value = path["value"].as_f64().unwrap();
            let parts: f64 =
                path["contributions"].as_array().unwrap().iter().map(|c| c["by"].as_f64().unwrap()).sum();
            // A level begins where it opens.
            let opening = match measure {
                "company.Oracle.value_end" => 678.0,
                "lab.OpenAI.cash_end" => 22.0,
                _ => 0.0,
            };
            assert!(
                (opening + parts - value).abs() < 1e-9 * value.abs().max(1.0),
                "{measure}: {parts}, {value}"
            );
        }
        let number = why["ledger"][1]["path"].to_string();
        let mut args = vec!["replay", &oracle, "--path", &number, "--format", "json"];
        args.extend(flags);
        let replay = call(&args);
        assert_eq!(code(&replay), 0, "{}", stderr(&replay));
        let replay: serde_json::Value = serde_json::from_str(&stdout(&replay)).unwrap();
        assert_eq!(replay["measures"][measure], why["ledger"][1]["value"], "{measure}");
        assert!(replay["entries"].as_array().unwrap().iter().all(|entry| entry["kind"] != "credit"));
    }
    // Another sampler is another path.
    let other =
        call(&["replay", &oracle, "--path", "3", "--paths", "400", "--seed", "5", "--format", "json"]);
    let mut args = vec!["replay", &oracle, "--path", "3", "--format", "json"];
    args.extend(flags);
    assert_ne!(stdout(&other), stdout(&call(&args)));
}

/// What a deal tells has its numbers in its sentence, and they add up to what is measured.
#[test]
fn a_replay_tells_what_deals_tell() {
    let case = |name: &str| format!("{}/tests/reference/cases2/{name}.toml", env!("CARGO_MANIFEST_DIR"));
    let sum = |file: &str, kind: &str, amount: &str| -> f64 {
        let told = stdout(&call(&["replay", file, "--path", "0", "--format", "json"]));
        let told: serde_json::Value = serde_json::from_str(&told).unwrap();
        let entries = told["entries"].as_array().unwrap().iter().filter(|entry| entry["kind"] == kind);
        entries.map(|entry| entry[amount].as_f64().unwrap()).sum()
    };
    let called = case("124_guarantee_called");
    let said = stdout(&call(&["replay", &called, "--path", "0", "--events"]));
    let sentence = "5.000 of what Cloud owes on its building for Lab is not repaid: 1.000 comes back, the guarantor pays 1.486, lenders lose 2.514";
    assert!(said.contains(&format!("project_loss    {sentence}")), "{said}");
    assert!((sum(&called, "project_loss", "lost") - 2.5144).abs() < 1e-9, "its derivation by hand says so");
    let loan = case("120_loan_and_default");
    let said = stdout(&call(&["replay", &loan, "--path", "0", "--events"]));
    assert!(said.contains("loan_loss       Cloud loses ") && !said.contains('{'), "{said}");
    // The lender's fundamental value of 500 loses that and nothing else.
    assert!((sum(&loan, "loan_loss", "lost") - (500.0 - 498.55535585208906)).abs() < 1e-9);
}

#[test]
fn a_replay_reads_well() {
    let oracle = config("oracle");
    let all = stdout(&call(&["replay", &oracle, "--path", "17"]));
    for line in ["The Oracle loop, path 17", "Uncertain numbers", "2025-09-08  step 0", "revenue", "Result"] {
        assert!(all.contains(line), "{line}");
    }
    assert!(all.contains("announcement    Oracle: D 300.0"), "{all}");
    let some =
        stdout(&call(&["replay", &oracle, "--path", "17", "--from", "2026-01-01", "--to", "2026-01-31"]));
    let dates: Vec<&str> = some.lines().filter(|line| line.contains("  step ")).collect();
    assert!(dates.len() >= 4 && dates.iter().all(|date| date.starts_with("2026-01-")), "{dates:?}");
    let events = stdout(&call(&["replay", &oracle, "--path", "17", "--events"]));
    assert!(events.contains("funding_round") && !events.contains("  earnings "));
    let table = stdout(&call(&["replay", &oracle, "--path", "17", "--format", "csv"]));
    let mut reader = csv::Reader::from_reader(table.as_bytes());
    assert_eq!(reader.headers().unwrap().len(), 14);
    let mut raised = 0.0;
    for record in reader.records().map(Result::unwrap) {
        let origins: f64 = (7..13).filter_map(|k| record[k].parse::<f64>().ok()).sum();
        if !record[6].is_empty() {
            assert!((record[6].parse::<f64>().unwrap() - origins).abs() < 1e-9);
            assert!(record[6].parse::<f64>().unwrap() != 0.0 && record[13].is_empty());
        }
        if ["round", "tranche", "credit", "warrant", "listing"].contains(&&record[3]) {
            raised += origins;
        }
    }
    let json = stdout(&call(&["replay", &oracle, "--path", "17", "--format", "json"]));
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let expected = json["measures"]["capital.raised"].as_f64().unwrap();
    assert!((raised - expected).abs() < 1e-9 * expected, "{raised}, {expected}");
}

/// However much circularity frightens, suspicion ends at its own rate: e to the power of it is not infinite.
#[test]
fn suspicion_ends_whatever_the_sensitivity() {
    let oracle = config("oracle");
    let set = "sentiment.circularity.sensitivity=1e9";
    let events = stdout(&call(&["replay", &oracle, "--path", "0", "--set", set, "--events"]));
    assert!(events.contains("suspicion →"), "{events}");
}

#[test]
fn what_cannot_be_replayed_or_explained_is_exit_2() {
    let folder = tempfile::tempdir().unwrap();
    let oracle = config("oracle");
    let refused = |args: &[&str], message: &str| {
        let output = call(args);
        assert_eq!(code(&output), 2, "{args:?}: {}", stderr(&output));
        assert!(stderr(&output).contains(message), "{args:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "");
    };
    refused(&["replay", &oracle], "--path");
    refused(&["replay", &oracle, "--path", "5", "--paths", "5"], "no path 5; the last is 4");
    refused(&["replay", &oracle, "--path", "1e20"], "a whole number from 0 to 1e10");
    refused(&["replay", &oracle, "--path", "-1"], "a whole number from 0 to 1e10");
    refused(&["solve", &oracle, "--vary", "market.rate", "--until", "capital.raised = 10%"], "write USD bn");
    refused(&["replay", &oracle, "--path", "5", "--from", "2026-13-01"], "--from");
    refused(&["replay", &oracle, "--path", "5", "--from", "2027-01-01", "--to", "2026-01-01"], "after --to");
    refused(&["why", text(folder.path()), "unwind"], "no finished run");
    refused(&["reproduce", text(folder.path())], "no finished run");
    refused(&["run", &oracle, "--shard", "3/2"], "2/4");
    refused(&["run", &oracle, "--shard", "1/2", "--until", "share.traced: 1%"], "cannot be used with");
    refused(
        &["run", &oracle, "--shard", "1/3", "--paths", "9000", "--out", text(folder.path())],
        "too few for 3 shards",
    );
    let missing = folder.path().join("shard.journal");
    refused(&["merge", text(&missing)], "there is no");
    std::fs::write(&missing, "no journal at all, but long enough").unwrap();
    let output = call(&["merge", text(&missing)]);
    assert_eq!(code(&output), 3);
    assert!(stderr(&output).contains("no journal that this version wrote"), "{}", stderr(&output));
    let out = text(folder.path());
    assert_eq!(code(&call(&["run", &oracle, "--paths", "100", "--quiet", "--out", out])), 0);
    let run = folder.path().join("oracle");
    refused(&["why", text(&run), "share.tracd"], "the nearest measure is `share.traced`");
    refused(
        &["why", text(&run), "market.rate"],
        "`market.rate` is an uncertain number, no measure of the run",
    );
}

/// What is wrong with a value is said of the option that it was typed with, and counted once.
#[test]
fn a_finding_names_the_option_that_was_typed() {
    let folder = tempfile::tempdir().unwrap();
    let oracle = config("oracle");
    let out = text(folder.path());
    let share = "lab.OpenAI.round.cash=1.5";
    let said = |args: &[&str]| {
        let output = call(&[args, &["--paths", "64", "--quiet", "--out", out]].concat());
        (code(&output), stderr(&output))
    };
    let sweep = ["sweep", &oracle, "--over", "market.rate=-0.5..0.06:3"];
    let until = ["--until", "share.traced = 10%"];
    let solve = [&["solve", &oracle, "--vary", "market.rate", "--between=-0.5..0.06"][..], &until].concat();
    let compare = ["compare", &oracle, &oracle, "--set-b", "market.rate=-0.5"];
    for (args, option) in [(&sweep[..], "--over"), (&solve[..], "--between"), (&compare[..], "--set-b")] {
        // Another option's value stands aside.
        for before in [&[][..], &["--set", "market.rate=0.05"]] {
            let (code, message) = said(&[args, before].concat());
            assert_eq!(code, 2, "{message}");
            assert!(message.contains(&format!("--> {option}:1:13")), "{option}: {message}");
            assert!(
                message.contains("`market.rate` is negative") && !message.contains("--> --set:"),
                "{message}"
            );
        }
        let (_, message) = said(&[args, &["--set", share]].concat());
        assert!(message.contains("--> --set:1:"), "{message}");
    }
    let twice =
        said(&["compare", &oracle, &oracle, "--set-b", "market.rate=0.1", "--set-b", "market.rate=0.2"]);
    assert_eq!(twice.0, 2);
    assert!(twice.1.contains("--set-b gives `market.rate` twice, 0.1 and 0.2"), "{}", twice.1);
    let (code, message) =
        said(&["compare", &oracle, &oracle, "--set", "market.rate=0.03", "--set-b", "market.rate=0.05"]);
    assert_eq!(code, 0, "{message}");
}

/// Three shards of five chunks, two of them by other threads, merge into the run.
#[test]
fn shards_merge_into_the_run() {
    let (folder, file) = starter();
    let common = ["--paths", "35000", "--seed", "3", "--quiet"];
    for sampler in ["plain", "lhs", "sobol"] {
        let [whole, parts, merged] =
            ["whole", "parts", "merged"].map(|name| folder.path().join(sampler).join(name));
        let mut args = vec!["run", text(&file), "--sampler", sampler, "--out", text(&whole)];
        args.extend(common);
        assert_eq!(code(&call(&args)), 0);
        for shard in ["2/3", "1/3", "3/3"] {
            let mut args = vec![
                "run",
                text(&file),
                "--sampler",
                sampler,
                "--out",
                text(&parts),
                "--shard",
                shard,
                "--keep",
                "all",
            ];
            args.extend(common);
            if shard == "2/3" {
                args.extend(["--threads", "1"]);
            }
            let output = call(&args);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            assert!(stdout(&output).contains(&format!("shard-{}-of-3.journal", &shard[..1])));
        }
        let shards = [3, 1, 2].map(|k| parts.join(format!("start/shard-{k}-of-3.journal")));
        let [third, first, second] = shards.each_ref().map(|path| text(path));
        let refused = |args: &[&str], message: &str| {
            let output = call(args);
            assert_eq!(code(&output), 2, "{}", stderr(&output));
            assert!(stderr(&output).contains(message), "{}", stderr(&output));
        };
        refused(&["merge", third, first, "--out", text(&merged)], "shard 2 of 3 is missing");
        refused(&["merge", first, first, "--out", text(&merged)], "twice");
        let output = call(&["merge", third, first, second, "--out", text(&merged), "--quiet"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        same_results(&whole.join("start"), &merged.join("start"));
        // By their folder.
        let by_folder = folder.path().join("by_folder");
        let output = call(&["merge", text(&parts.join("start")), "--out", text(&by_folder), "--quiet"]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        same_results(&whole.join("start"), &by_folder.join("start"));
        refused(&["merge", text(&by_folder), "--out", text(&merged)], "there is no shard in");
        if sampler != "plain" {
            continue;
        }
        // A shard of another seed, one that is damaged, one that is not finished.
        let other = folder.path().join("other");
        let args = [
            "run",
            text(&file),
            "--paths",
            "35000",
            "--seed",
            "4",
            "--shard",
            "2/3",
            "--keep",
            "all",
            "--out",
            text(&other),
            "--quiet",
        ];
        assert_eq!(code(&call(&args)), 0);
        let strange = other.join("start/shard-2-of-3.journal");
        refused(&["merge", first, text(&strange), third, "--out", text(&merged)], "seed: 3 here, 4 there");
        let part = strange.with_extension("journal.part");
        std::fs::rename(&strange, &part).unwrap();
        refused(&["merge", first, text(&part), third, "--out", text(&merged)], "is not finished");
        let mut bytes = std::fs::read(&shards[2]).unwrap();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        std::fs::write(&shards[2], bytes).unwrap();
        let output = call(&["merge", third, first, second, "--out", text(&merged), "--quiet"]);
        assert_eq!(code(&output), 3);
        assert!(stderr(&output).contains("is damaged; remove it"), "{}", stderr(&output));
        // The earlier result stays.
        same_results(&whole.join("start"), &merged.join("start"));
    }
}

/// Shards that keep no paths: merged at once, or as trees of files, in any order, they are the run to the byte; some of them
/// tell what they say so far, and what they cannot do is refused.
#[test]
fn shards_without_paths_merge_as_a_tree() {
    let (folder, file) = starter();
    let monthly =
        std::fs::read_to_string(&file).unwrap().replace("steps_per_year = 52", "steps_per_year = 12");
    std::fs::write(&file, monthly).unwrap();
    let common = ["--paths", "45000", "--seed", "3", "--corner-paths", "0", "--quiet"];
    let asking = ["--ask", "P(share.traced > 5%)", "--ask", "p90(capital.raised | not unwind)"];
    for sampler in ["plain", "sobol"] {
        let place = |name: &str| folder.path().join(sampler).join(name);
        let run = |out: &str, more: &[&str]| {
            let out = place(out);
            let args = [
                &["run", text(&file), "--sampler", sampler, "--out", text(&out)],
                &common[..],
                &asking,
                more,
            ];
            let output = call(&args.concat());
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            stdout(&output)
        };
        run("whole", &["--keep", "none"]);
        for shard in 1..=5 {
            let said = run("parts", &["--shard", &format!("{shard}/5")]);
            assert!(said.trim_end().ends_with(&format!("shard-{shard}-of-5.journal")), "{said}");
        }
        let shard = |k: usize| place("parts").join(format!("start/shard-{k}-of-5.journal"));
        let merge = |files: &[&Path], more: &[&str]| {
            let files = files.iter().map(|file| text(file));
            call(
                &["merge", "--quiet"]
                    .into_iter()
                    .chain(files)
                    .chain(more.iter().copied())
                    .collect::<Vec<_>>(),
            )
        };
        let into = |name: &str, files: &[&Path]| {
            let merged = place(name);
            let output = merge(files, &["--into", text(&merged)]);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            merged
        };
        let [one, two, three, four, five] = [1, 2, 3, 4, 5].map(shard);
        let together = |name: &str, files: &[&Path]| {
            let output = merge(files, &["--out", text(&place(name))]);
            assert_eq!(code(&output), 0, "{}", stderr(&output));
            same_results(&place("whole").join("start"), &place(name).join("start"));
        };
        let left = into("left.journal", &[&five, &two]);
        let left = into("left-and-four.journal", &[&four, &left]);
        let right = into("right.journal", &[&three, &one]);
        together("tree", &[&right, &left]);
        if sampler != "plain" {
            continue;
        }
        together("at-once", &[&four, &one, &three, &five, &two]);
        let other = into("other.journal", &[&two, &five]);
        let other = into("other-and-four.journal", &[&other, &four]);
        assert!(std::fs::read(&other).unwrap() == std::fs::read(&left).unwrap(), "whoever was merged first");
        let refused = |files: &[&Path], more: &[&str], expected: i32, message: &str| {
            let output = merge(files, &[&["--out", text(&place("refused"))], more].concat());
            assert_eq!(code(&output), expected, "{}", stderr(&output));
            assert!(stderr(&output).contains(message), "{}", stderr(&output));
            assert!(!place("refused").exists());
        };
        refused(&[&right, &five], &[], 2, "shard 2 of 5 is missing");
        refused(&[&right, &left, &four], &[], 2, "shard 4 of 5 is given twice");
        refused(&[&right, &left], &["--ask", "P(rounds < 0)"], 2, "keeps no paths that could answer");
        refused(&[&two, &five], &["--into", text(&one)], 2, "another shard under this one's name");
        let some = merge(&[&left], &["--incomplete"]);
        assert_eq!(code(&some), 0, "{}", stderr(&some));
        assert!(
            stdout(&some).starts_with("INCOMPLETE: 3 of 5 shards, 28,616 of 45,000 paths"),
            "{}",
            stdout(&some)
        );
        let some = merge(&[&five, &one], &["--incomplete", "--format", "json"]);
        let some: serde_json::Value = serde_json::from_str(&stdout(&some)).unwrap();
        assert_eq!((some["complete"].as_bool(), some["paths"].as_u64()), (Some(false), Some(20_424)));
        // A byte of the record that sums up, and one of the first paths.
        for (damaged, with) in [(&five, &right), (&one, &left)] {
            let mut bytes = std::fs::read(damaged).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(damaged, bytes).unwrap();
            refused(&[damaged, with], &["--incomplete"], 3, "is damaged; remove it");
        }
        refused(&[&one, &two, &three, &four, &five], &[], 3, "is damaged; remove it");
        run("parts", &["--shard", "1/5"]);
        run("parts", &["--shard", "5/5"]);
        together("mended", &[&one, &two, &three, &four, &five]);
    }
}

/// Killed in the middle, a shard without paths goes on from what it had written, and ends with the same bytes.
#[test]
fn a_shard_without_paths_that_was_killed_goes_on() {
    let (folder, file) = starter();
    let [whole, cut] = ["whole", "cut"].map(|name| folder.path().join(name));
    let call_in = |out: &Path| {
        let mut command = program();
        command.args(["run", text(&file), "--paths", "90000", "--shard", "1/1", "--checkpoint", "0.001s"]);
        command.args(["--out", text(out)]);
        command
    };
    assert_eq!(code(&call_in(&whole).output().unwrap()), 0);
    let shard = |out: &Path| std::fs::read(out.join("start/shard-1-of-1.journal")).unwrap();
    let part = cut.join("start/shard-1-of-1.journal.part");
    let mut child = call_in(&cut).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("something is written", || part.metadata().is_ok_and(|data| data.len() > 100_000));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!cut.join("start/shard-1-of-1.journal").exists(), "nothing that looks whole");
    let again = call_in(&cut).output().unwrap();
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    assert!(stderr(&again).contains("Going on from"), "{}", stderr(&again));
    assert!(shard(&whole) == shard(&cut), "the shard has other bytes");
    assert!(!part.exists());
}

fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let began = Instant::now();
    while !done() {
        assert!(began.elapsed() < Duration::from_secs(240), "waited too long until {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Killed in the middle, a shard goes on where it was, and ends with the same bytes.
#[test]
fn a_shard_that_was_killed_goes_on() {
    let (folder, file) = starter();
    let [whole, cut] = ["whole", "cut"].map(|name| folder.path().join(name));
    let call_in = |out: &Path| {
        let mut command = program();
        command.args(["run", text(&file), "--paths", "90000", "--shard", "1/1", "--keep", "all"]);
        command.args(["--out", text(out)]);
        command
    };
    assert_eq!(code(&call_in(&whole).output().unwrap()), 0);
    let shard = |out: &Path| std::fs::read(out.join("start/shard-1-of-1.journal")).unwrap();
    let size = shard(&whole).len() as u64;
    let part = cut.join("start/shard-1-of-1.journal.part");
    let mut child = call_in(&cut).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("a quarter is done", || part.metadata().is_ok_and(|data| data.len() > size / 4));
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!cut.join("start/shard-1-of-1.journal").exists(), "nothing that looks whole");
    // The power failed: the last record is torn.
    let done = part.metadata().unwrap().len();
    assert!(done < size);
    std::fs::OpenOptions::new().write(true).open(&part).unwrap().set_len(done - 1000).unwrap();
    let again = call_in(&cut).output().unwrap();
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    assert!(stderr(&again).contains("Going on from"), "{}", stderr(&again));
    assert!(shard(&whole) == shard(&cut), "the shard has other bytes");
}

/// Cut off after its last path and before its end, a run has nothing left to simulate, whatever its number of paths.
#[test]
fn a_shard_that_was_cut_off_at_its_very_end_is_finished() {
    let (folder, file) = starter();
    for paths in ["101", "104"] {
        let out = folder.path().join(paths);
        let shard = || call(&["run", text(&file), "--paths", paths, "--shard", "1/1", "--out", text(&out)]);
        assert_eq!(code(&shard()), 0);
        let journal = out.join("start").join("shard-1-of-1.journal");
        let bytes = std::fs::read(&journal).unwrap();
        std::fs::rename(&journal, journal.with_extension("journal.part")).unwrap();
        let again = shard();
        assert_eq!(code(&again), 0, "{paths}: {}", stderr(&again));
        assert!(std::fs::read(&journal).unwrap() == bytes, "{paths}");
    }
}

/// A run that is killed, or interrupted, and begun again ends as if nothing had happened.
#[cfg(unix)]
#[test]
fn a_run_that_was_cut_off_goes_on() {
    let (folder, file) = starter();
    let [whole, cut] = ["whole", "cut"].map(|name| folder.path().join(name));
    let run_in = |out: &Path, seed: &str| {
        let mut command = program();
        command.args(["run", text(&file), "--paths", "90000", "--seed", seed, "--checkpoint", "0.001s"]);
        command.args(["--out", text(out), "--sampler", "lhs"]);
        command
    };
    assert_eq!(code(&run_in(&whole, "1").output().unwrap()), 0);
    let results = |out: &Path| out.join("start");
    assert!(!results(&whole).join("checkpoint.journal").exists(), "removed once the run is complete");
    let journal = results(&cut).join("checkpoint.journal");
    let size = || journal.metadata().map_or(0, |data| data.len());
    for signal in ["KILL", "INT"] {
        let before = size();
        let mut child = run_in(&cut, "1").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        wait_until("more is done", || size() > before + 1_000_000);
        let sent =
            Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status().unwrap();
        assert!(sent.success());
        let ended = child.wait().unwrap();
        assert_eq!(ended.code(), (signal == "INT").then_some(75), "{signal}");
        assert!(journal.exists(), "{signal}");
        let manifest = results(&cut).join("manifest.json");
        if signal == "KILL" {
            assert!(!manifest.exists(), "nothing that looks whole");
        } else {
            assert!(std::fs::read_to_string(manifest).unwrap().contains("\"complete\": false"));
            // What an interrupted run wrote can be reproduced, too.
            let again = call(&["reproduce", text(&results(&cut)), "--quiet"]);
            assert_eq!(code(&again), 0, "{}{}", stdout(&again), stderr(&again));
        }
    }
    let again = run_in(&cut, "1").output().unwrap();
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    assert!(stderr(&again).contains("Going on from"), "{}", stderr(&again));
    same_results(&results(&whole), &results(&cut));
    assert!(!journal.exists());
    assert!(
        names_in(&results(&cut)).iter().all(|name| !name.ends_with(".part")),
        "{:?}",
        names_in(&results(&cut))
    );
    // The checkpoint of another run is not gone on from.
    let mut child = run_in(&cut, "1").stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("some is done", || size() > 1_000_000);
    child.kill().unwrap();
    child.wait().unwrap();
    let other = run_in(&cut, "2").output().unwrap();
    assert_eq!(code(&other), 0, "{}", stderr(&other));
    assert!(
        stderr(&other).contains("checkpoint of another run (seed: 2 here, 1 there)"),
        "{}",
        stderr(&other)
    );
    let summary = |out: &Path| std::fs::read(results(out).join("summary.json")).unwrap();
    assert_ne!(summary(&whole), summary(&cut));
}

#[test]
fn a_run_is_reproduced_and_a_changed_byte_is_found() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let args = [
        "run",
        text(&file),
        "--paths",
        "9000",
        "--seed",
        "11",
        "--sampler",
        "sobol",
        "--off",
        "announcement",
        "--set",
        "market.rate=0.02 to 0.05",
        "--style",
        "print",
        "--out",
        text(&out),
        "--quiet",
    ];
    assert_eq!(code(&call(&args)), 0);
    let run = out.join("start");
    // The scenario's file may be gone: its text is in the manifest.
    std::fs::remove_file(&file).unwrap();
    let again = call(&["reproduce", text(&run), "--threads", "1", "--quiet"]);
    assert_eq!(code(&again), 0, "{}{}", stdout(&again), stderr(&again));
    assert!(stdout(&again).contains("summary.json: the same") && stdout(&again).contains("byte by byte"));
    assert_eq!(names_in(&run).iter().filter(|name| name.starts_with('.')).count(), 0);

    let manifest = run.join("manifest.json");
    let whole = std::fs::read_to_string(&manifest).unwrap();
    let changed = |from: &str, to: &str| {
        assert!(whole.contains(from), "{from}");
        std::fs::write(&manifest, whole.replace(from, to)).unwrap();
        let output = call(&["reproduce", text(&manifest), "--quiet"]);
        std::fs::write(&manifest, &whole).unwrap();
        output
    };
    // Another seed: everything that is drawn differs.
    let other = changed("\"seed\": 11", "\"seed\": 12");
    assert_eq!(code(&other), 1);
    assert!(stdout(&other).contains("summary.json: differs: first at byte"), "{}", stdout(&other));
    // A single byte of a hash, and of a file.
    let json: serde_json::Value = serde_json::from_str(&whole).unwrap();
    let flows = json["files"].as_array().unwrap().iter().find(|f| f["file"] == "flows.csv").unwrap();
    let hash = flows["sha256"].as_str().unwrap();
    let tampered = changed(hash, &format!("{}{}", if hash.starts_with('0') { '1' } else { '0' }, &hash[1..]));
    assert_eq!(code(&tampered), 1);
    assert!(
        stdout(&tampered).contains("flows.csv: differs: the file in the folder is not the one")
            && stdout(&tampered).contains("1 of"),
        "{}",
        stdout(&tampered)
    );
    // Files of the folder that are not what the manifest says, although the run would write those again.
    let disturbed = ["flows.csv", "paths.parquet", "report.html", "charts/answer.png"];
    let kept = disturbed.map(|file| std::fs::read(run.join(file)).unwrap());
    for (file, bytes) in disturbed.iter().zip(&kept) {
        std::fs::write(run.join(file), [&bytes[..], b"x\n"].concat()).unwrap();
    }
    let longer = call(&["reproduce", text(&run), "--quiet"]);
    for file in disturbed {
        std::fs::remove_file(run.join(file)).unwrap();
    }
    let gone = call(&["reproduce", text(&run), "--quiet"]);
    assert_eq!((code(&longer), code(&gone)), (1, 1));
    assert!(stdout(&longer).contains("4 of") && stdout(&gone).contains("4 of"), "{}", stdout(&longer));
    for (file, bytes) in disturbed.iter().zip(&kept) {
        std::fs::write(run.join(file), bytes).unwrap();
        let place = format!(
            "{file}: differs: the file in the folder is not the one that the manifest lists: first at byte {}",
            roundtrip::words::numbers::count(bytes.len() as u64)
        );
        assert!(stdout(&longer).contains(&place), "{}", stdout(&longer));
        let missing = format!("{file}: differs: it is no longer in the folder");
        assert!(stdout(&gone).contains(&missing), "{}", stdout(&gone));
    }
    // A chart that was drawn again since is the folder's own, and is looked at, too.
    let redrawn = call(&["report", text(&run), "--style", "dark", "--quiet"]);
    assert_eq!(code(&redrawn), 0, "{}", stderr(&redrawn));
    let again = call(&["reproduce", text(&run), "--quiet"]);
    assert_eq!(code(&again), 0, "{}{}", stdout(&again), stderr(&again));
    let chart = run.join("charts/answer.svg");
    let kept = std::fs::read(&chart).unwrap();
    std::fs::write(&chart, &kept[..100]).unwrap();
    let cut = call(&["reproduce", text(&run), "--quiet"]);
    std::fs::write(&chart, &kept).unwrap();
    assert_eq!(code(&cut), 1);
    assert!(stdout(&cut).contains("charts/answer.svg: differs: the file in the folder"), "{}", stdout(&cut));
    let back = call(&["report", text(&run), "--style", "print", "--quiet"]);
    assert_eq!(code(&back), 0, "{}", stderr(&back));
    // A manifest that was sent alone has its hashes.
    let alone = folder.path().join("alone.json");
    std::fs::copy(&manifest, &alone).unwrap();
    let sent = call(&["reproduce", text(&alone), "--quiet"]);
    assert_eq!(code(&sent), 0, "{}{}", stdout(&sent), stderr(&sent));
    assert!(stderr(&sent).contains("its hashes alone"), "{}", stderr(&sent));

    let version = changed("\"version\": \"", "\"version\": \"9.");
    assert_eq!(code(&version), 0);
    assert!(stderr(&version).contains("The run is of version 9."), "{}", stderr(&version));
    let machine = changed(&format!("\"arch\": \"{}\"", std::env::consts::ARCH), "\"arch\": \"riscv64\"");
    assert!(stderr(&machine).contains("riscv64") && stderr(&machine).contains("PNG"), "{}", stderr(&machine));
    // A manifest of before it said what was overridden has it in its command.
    let mut old = json.clone();
    old.as_object_mut().unwrap().remove("settings");
    old["command"][2] = serde_json::Value::String(text(&file).to_string());
    std::fs::write(&manifest, old.to_string()).unwrap();
    let again = call(&["reproduce", text(&manifest), "--quiet"]);
    assert_eq!(code(&again), 0, "{}{}", stdout(&again), stderr(&again));
    let why = call(&["why", text(&run), "capital.raised"]);
    assert_eq!(code(&why), 0, "{}", stderr(&why));
}

/// A budget is kept to within parts of a chunk, and what was done in it can be reproduced.
#[test]
fn a_budget_ends_a_run_inside_a_chunk() {
    let folder = tempfile::tempdir().unwrap();
    let web = config("web_2025");
    let out = text(folder.path());
    for sampler in ["plain", "lhs"] {
        let output =
            call(&["run", &web, "--budget", "0.3s", "--threads", "1", "--sampler", sampler, "--out", out]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let run = folder.path().join("web_2025");
        let manifest: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(run.join("manifest.json")).unwrap()).unwrap();
        let paths = manifest["paths"].as_u64().unwrap();
        // A chunk of this scenario takes seconds on any machine.
        assert!(paths > 0 && paths < 8192 && paths.is_multiple_of(64), "{paths}");
        assert_eq!(manifest["complete"], true);
        assert!(!run.join("checkpoint.journal").exists());
        let again = call(&["reproduce", text(&run), "--quiet"]);
        assert_eq!(code(&again), 0, "{}{}", stdout(&again), stderr(&again));
    }
}

/// What a run keeps of its paths changes no other result, and what reads the paths says what is missing.
#[test]
fn paths_are_kept_as_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let oracle = config("oracle");
    let run = |name: &str, flags: &[&str]| {
        let out = folder.path().join(name);
        let mut args =
            vec!["run", &oracle, "-q", "--paths", "300", "--corner-paths", "0", "--out", text(&out)];
        args.extend(flags);
        let done = call(&args);
        assert_eq!(code(&done), 0, "{}", stderr(&done));
        out.join("oracle")
    };
    let names = |run: &Path| PathsReader::open(&run.join("paths.parquet")).unwrap().names().to_vec();
    let all = run("all", &[]);
    let uncertain = |name: &str| name == "market.volatility";
    assert!(names(&all).iter().any(|name| uncertain(name)));
    let measures = run("measures", &["--keep", "measures"]);
    assert!(!names(&measures).iter().any(|name| uncertain(name)));
    assert!(names(&measures).len() > 100 && names(&measures).len() < names(&all).len());
    let some = run("some", &["--columns", "capital.*,share.traced"]);
    assert!(names(&some).iter().all(|name| name.starts_with("capital.") || name == "share.traced"));
    let none = run("none", &["--keep", "none"]);
    assert!(!none.join("paths.parquet").exists());
    let read = |run: &Path| std::fs::read(run.join("summary.json")).unwrap();
    for run in [&measures, &some, &none] {
        assert_eq!(read(run), read(&all), "{}", run.display());
        let again = call(&["reproduce", text(run), "--quiet"]);
        assert_eq!(code(&again), 0, "{}", stdout(&again));
    }

    // The path that is told, and how unusual its draws are, does not depend on what else is kept.
    let why = |run: &Path, measure: &str| call(&["why", text(run), measure, "--format", "json"]);
    assert_eq!(stdout(&why(&all, "share.traced")), stdout(&why(&some, "share.traced")));
    assert_eq!(code(&why(&some, "share.traced")), 0);
    assert!(stderr(&why(&some, "rounds")).contains("kept no column `rounds`"));
    let refused = why(&none, "share.traced");
    assert!(code(&refused) == 2 && stderr(&refused).contains("kept no paths"), "{}", stderr(&refused));
    let out = folder.path().join("compared");
    let compare = |a: &Path, b: &Path| {
        call(&["compare", text(a), text(b), "-q", "--measure", "share.traced", "--out", text(&out)])
    };
    assert_eq!(code(&compare(&all, &some)), 0);
    let alone = run("alone", &["--columns", "share.traced,rounds"]);
    let refused = compare(&all, &alone);
    assert!(code(&refused) == 2 && stderr(&refused).contains("share.traced"), "{}", stderr(&refused));
    assert!(stderr(&compare(&all, &none)).contains("kept no paths"));
    // A run over it that keeps none leaves none of another.
    let over = run("all", &["--keep", "none"]);
    assert!(!over.join("paths.parquet").exists());

    let wrong = |flags: &[&str]| {
        let mut args = vec!["run", &oracle, "--out", text(&out)];
        args.extend(flags);
        let refused = call(&args);
        assert_eq!(code(&refused), 2);
        stderr(&refused)
    };
    assert!(wrong(&["--columns", "capital.raise"]).contains("the nearest is `capital.raised`"));
    assert!(wrong(&["--columns", "x*", "--keep", "none"]).contains("leave one of them out"));
}

/// A table of a run's usual 20,000 paths takes less than two fifths of what the same table of doubles, compressed in pages,
/// took: 1,243 bytes a path of 224 columns.
#[test]
fn a_table_of_paths_is_small() {
    let folder = tempfile::tempdir().unwrap();
    let out = text(folder.path()).to_string();
    let oracle = config("oracle");
    assert_eq!(
        code(&call(&["run", &oracle, "-q", "--paths", "20000", "--corner-paths", "0", "--out", &out])),
        0
    );
    let table = folder.path().join("oracle/paths.parquet");
    let columns = PathsReader::open(&table).unwrap().names().len() as f64;
    let bytes = std::fs::metadata(&table).unwrap().len() as f64;
    assert!(bytes / 20_000.0 < 0.40 * 1243.0 / 224.0 * columns, "{} bytes a path", bytes / 20_000.0);
}

/// `why` of a causal share replays a path with and without the loops: what the stages bring more adds up to what the same
/// two runs of the program say of the path.
#[test]
fn why_explains_the_causal_shares() {
    let folder = tempfile::tempdir().unwrap();
    let oracle = config("oracle");
    let run = |name: &str, off: &[&str]| {
        let out = folder.path().join(name);
        let mut args =
            vec!["run", &oracle, "--paths", "300", "--corner-paths", "0", "--quiet", "--out", text(&out)];
        args.extend(off);
        assert_eq!(code(&call(&args)), 0);
        out.join("oracle")
    };
    let but_wealth = "announcement,collateral,marks,vendor_equity,credits,warrants,reciprocal,suspicion";
    let on = run("on", &[]);
    let off = run("off", &["--off", but_wealth]);
    let [on_raised, off_raised] = [&on, &off].map(|folder| column(folder, "capital.raised"));
    for name in ["causal", "share.causal"] {
        let why = call(&["why", text(&on), name, "--format", "json", "--top", "3"]);
        assert_eq!(code(&why), 0, "{}", stderr(&why));
        let why: serde_json::Value = serde_json::from_str(&stdout(&why)).unwrap();
        assert_eq!(why["measure"], "share.causal");
        for path in why["ledger"].as_array().unwrap() {
            let (value, number) = (path["value"].as_f64().unwrap(), path["path"].as_u64().unwrap() as usize);
            let parts = path["contributions"].as_array().unwrap();
            let sum: f64 = parts.iter().map(|part| part["by"].as_f64().unwrap()).sum();
            let expected = 1.0 - off_raised[number] / on_raised[number];
            assert!((value - expected).abs() < 1e-6, "{value} {expected}");
            assert!((sum - value).abs() < 1e-9, "{sum} {value}");
        }
    }
    let median = |values: Vec<f64>| {
        let mut defined: Vec<f64> = values.into_iter().filter(|value| !value.is_nan()).collect();
        defined.sort_by(f64::total_cmp);
        defined[(defined.len() - 1) / 2]
    };
    let shares =
        on_raised.iter().zip(&off_raised).map(|(on, off)| if *on > 0.0 { 1.0 - off / on } else { f64::NAN });
    let why = stdout(&call(&["why", text(&on), "causal", "--format", "json"]));
    let why: serde_json::Value = serde_json::from_str(&why).unwrap();
    assert!((why["ledger"][0]["value"].as_f64().unwrap() - median(shares.collect())).abs() < 1e-6);
    for (name, said) in [
        ("circular", "ask why `share.circular.volume`"),
        ("replacement", "`replacement` is no number of a path"),
        ("share.causal.low", "the end of a range"),
    ] {
        let refused = call(&["why", text(&on), name]);
        assert_eq!(code(&refused), 2);
        assert!(stderr(&refused).contains(said), "{}", stderr(&refused));
    }
}

/// A column of a run's paths.
fn column(folder: &Path, name: &str) -> Vec<f64> {
    let reader = PathsReader::open(&folder.join("paths.parquet")).unwrap();
    let place = reader.names().iter().position(|known| known == name).unwrap();
    reader.blocks(&[place]).flat_map(|block| block.unwrap().columns.remove(0)).collect()
}

/// What the paths themselves say, counted here; the run, its shards and its folder answer alike.
#[test]
fn questions_have_one_answer() {
    let (folder, file) = starter();
    let monthly =
        std::fs::read_to_string(&file).unwrap().replace("steps_per_year = 52", "steps_per_year = 12");
    std::fs::write(&file, monthly).unwrap();
    let questions = [
        "P(share.traced > 5%)",
        "P(unwind | announced > $10 bn)",
        "p90(capital.raised | not unwind)",
        "mean(capital.raised - capital.manufactured)",
        "P(rounds < 0)",
    ];
    let asking: Vec<&str> = questions.iter().flat_map(|question| ["--ask", question]).collect();
    let settings = ["--paths", "17000", "--corner-paths", "0", "--quiet"];
    let summary = |folder: &Path| -> serde_json::Value {
        serde_json::from_str(&std::fs::read_to_string(folder.join("summary.json")).unwrap()).unwrap()
    };
    let run = |name: &str, more: &[&str]| {
        let out = folder.path().join(name);
        let mut args = vec!["run", text(&file), "--out", text(&out)];
        args.extend(settings);
        args.extend(more);
        let output = call(&args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        (out.join("start"), stdout(&output))
    };
    let (asked, said) = run("asked", &asking);
    assert!(questions.iter().all(|question| said.contains(&question[..20.min(question.len())])), "{said}");
    assert!(std::fs::read_to_string(asked.join("report.html")).unwrap().contains("P(share.traced &gt; 5%)"));
    let answers = summary(&asked)["asked"].clone();

    let shards: Vec<_> = ["1/2", "2/2"]
        .map(|shard| run("shards", &[&asking[..], &["--keep", "all", "--shard", shard]].concat()))
        .into();
    let files: Vec<_> = (1..=2).map(|k| shards[0].0.join(format!("shard-{k}-of-2.journal"))).collect();
    let merged = folder.path().join("merged");
    let output = call(&["merge", text(&files[0]), text(&files[1]), "--quiet", "--out", text(&merged)]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    same_results(&asked, &merged.join("start"));
    let (later, _) = run("later", &[]);
    assert!(summary(&later).get("asked").is_none());
    let mut args = vec!["report", text(&later), "--quiet"];
    args.extend(&asking);
    let output = call(&args);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stdout(&output).contains("p90(capital.raised"), "{}", stdout(&output));
    assert_eq!(summary(&later)["asked"], answers);
    assert_eq!(code(&call(&["reproduce", text(&later), "--quiet"])), 0, "as the run wrote it");
    assert_eq!(code(&call(&["reproduce", text(&asked), "--quiet"])), 0);

    let of = |name: &str| column(&asked, name);
    let (traced, unwind, announced, raised, made) =
        (of("share.traced"), of("unwind"), of("announced"), of("capital.raised"), of("capital.manufactured"));
    let number = |k: usize, key: &str| answers[k][key].as_f64().unwrap();
    let near = |found: f64, expected: f64| {
        assert!((found - expected).abs() < 1e-9 * expected.abs().max(1.0), "{found} {expected}")
    };
    let defined: Vec<f64> = traced.into_iter().filter(|share| !share.is_nan()).collect();
    let above = defined.iter().filter(|share| **share > 0.05).count() as f64;
    let given: Vec<f64> =
        unwind.iter().zip(&announced).filter(|(_, a)| **a > 10.0).map(|(u, _)| *u).collect();
    for (k, hits, n) in
        [(0, above, defined.len() as f64), (1, given.iter().sum(), given.len() as f64), (4, 0.0, 17_000.0)]
    {
        near(number(k, "n"), n);
        near(number(k, "value"), hits / n);
        // Wilson's ends are the probabilities of which the observed one is 1.96 standard errors away.
        for end in [number(k, "low"), number(k, "high")] {
            let se = (end * (1.0 - end) / n).sqrt();
            assert!(((hits / n - end).abs() - 1.959_963_984_540_054 * se).abs() < 1e-9, "{k} {end}");
        }
    }
    let mut standing: Vec<f64> =
        raised.iter().zip(&unwind).filter(|(_, u)| **u == 0.0).map(|(r, _)| *r).collect();
    standing.sort_by(f64::total_cmp);
    let place = 0.9 * (standing.len() - 1) as f64;
    let (below, part) = (place.floor() as usize, place.fract());
    near(number(2, "value"), standing[below] + part * (standing[below + 1] - standing[below]));
    assert!(number(2, "low") < number(2, "value") && number(2, "value") < number(2, "high"));
    let covered = standing.iter().filter(|r| **r < number(2, "high")).count()
        - standing.iter().filter(|r| **r < number(2, "low")).count();
    let expected = 2.0 * 1.96 * (standing.len() as f64 * 0.09).sqrt();
    assert!((covered as f64 - expected).abs() < 3.0, "{covered} {expected}");
    near(number(3, "value"), raised.iter().zip(&made).map(|(r, m)| r - m).sum::<f64>() / 17_000.0);

    let wrong = call(&["run", text(&file), "--ask", "P(share.trace > 5%)", "--ask", "p101(rounds)"]);
    assert_eq!((code(&wrong), stdout(&wrong)), (2, String::new()));
    assert!(
        stderr(&wrong).contains("did you mean `share.traced`?") && stderr(&wrong).contains("--ask: 2 errors"),
        "{}",
        stderr(&wrong)
    );
    let (bare, _) = run("bare", &["--keep", "none"]);
    let refused = call(&["report", text(&bare), "--ask", "P(unwind)"]);
    assert_eq!(code(&refused), 2);
    assert!(stderr(&refused).contains("kept no paths to ask"), "{}", stderr(&refused));
}

/// Of more than twelve companies the largest are drawn, whatever their order in the file; letters that the charts cannot
/// show are warned of.
#[test]
fn the_twelve_largest_companies_are_drawn() {
    let (folder, file) = starter();
    let starter = std::fs::read_to_string(&file).unwrap();
    let company = |name: &str, market_cap: f64| {
        format!(
            "\n[[company]]\nsource = \"made up\"\ngrade = \"assumed\"\nname = \"{name}\"\nmarket_cap = {market_cap:.1}\n\
             volatility = 0.2\ncash = 5.0\nearnings = 2.0\nmargin = 0.3\n"
        )
    };
    // Cloud has 300 bn. Rising, so that the file's order is the wrong one.
    let more: String = (1..=13).map(|k| company(&format!("C{k}"), 20.0 * f64::from(k))).collect();
    std::fs::write(&file, starter + &more + &company("字节", 1.0)).unwrap();
    let out = folder.path().join("out");
    let output =
        call(&["run", text(&file), "--paths", "50", "--corner-paths", "0", "--quiet", "--out", text(&out)]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    assert!(stderr(&output).contains("typeface has no 字节"), "{}", stderr(&output));
    let stored = std::fs::read_to_string(out.join("start/figures.json")).unwrap();
    let stored: serde_json::Value = serde_json::from_str(&stored).unwrap();
    let premiums = stored["course"]["premiums"].as_array().unwrap();
    let names: Vec<&str> = premiums.iter().map(|premium| premium[0].as_str().unwrap()).collect();
    let small: Vec<String> = (1..=13).rev().map(|k| format!("C{k}")).collect();
    let order: Vec<&str> = names
        .iter()
        .copied()
        .filter(|name| name.starts_with('C') && *name != "Cloud" && *name != "Chips")
        .collect();
    assert_eq!(order, small, "by falling market value");
    assert_eq!(names.last(), Some(&"字节"));
    let drawn = std::fs::read_to_string(out.join("start/charts/course.svg")).unwrap();
    assert!(drawn.contains(">C13<") && drawn.contains(">Cloud<"), "the largest are drawn");
    assert!(!drawn.contains(">C1<") && !drawn.contains("字节"), "the smallest are not");
}

/// A run waits for what is worked out from all its paths: the causal lens keeps up with it, and has as many.
#[test]
fn a_run_waits_for_the_lens_and_for_the_flows() {
    let (folder, file) = starter();
    let monthly =
        std::fs::read_to_string(&file).unwrap().replace("steps_per_year = 52", "steps_per_year = 12");
    std::fs::write(&file, monthly).unwrap();
    for (target, name, error) in
        [("causal: 0.4%", "share.causal", 0.004), ("share.circular: 0.3%", "share.circular", 0.003)]
    {
        let out = folder.path().join(name);
        let output = call(&[
            "run",
            text(&file),
            "--until",
            target,
            "--corner-paths",
            "0",
            "--quiet",
            "--out",
            text(&out),
        ]);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
        let read = |file: &str| -> serde_json::Value {
            serde_json::from_str(&std::fs::read_to_string(out.join("start").join(file)).unwrap()).unwrap()
        };
        let (summary, manifest) = (read("summary.json"), read("manifest.json"));
        let (se, paths) = (&summary["ratio_of_means"][name]["se"], summary["paths"].as_u64().unwrap());
        assert!(se.as_f64().unwrap() < error && paths < 10_000_000, "{name}: {se} after {paths}");
        if name == "share.causal" {
            assert_eq!(summary["causal"]["paths"], summary["paths"]);
            assert_eq!(manifest["settings"]["causal_paths"], 10_000_000);
            assert_eq!(code(&call(&["reproduce", text(&out.join("start")), "--quiet"])), 0);
        } else {
            assert!(manifest["settings"].get("causal_paths").is_none());
        }
    }
    for (target, said) in [
        ("causal.low: 1%", "cannot wait for `share.causal.low`"),
        ("share.causal.demand: 1%", "cannot wait for `share.causal.demand`"),
        ("causl: 1%", "the nearest measure is"),
    ] {
        let refused = call(&["run", text(&file), "--until", target, "--out", text(folder.path())]);
        assert_eq!(code(&refused), 2, "{target}");
        assert!(stderr(&refused).contains(said), "{target}: {}", stderr(&refused));
    }
}

fn manifest_of(folder: &Path) -> serde_json::Value {
    serde_json::from_slice(&std::fs::read(folder.join("manifest.json")).unwrap()).unwrap()
}

/// While a command writes a folder no other does; killed, it leaves the earlier result as it was, and the next sweeps up.
#[cfg(unix)]
#[test]
fn a_folder_has_one_owner() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let args = |paths: &'static str, seed: &'static str| {
        ["run", text(&file), "--paths", paths, "--seed", seed, "--out", text(&out), "--quiet"]
            .map(str::to_string)
    };
    let call_with = |paths, seed| program().args(args(paths, seed)).output().unwrap();
    assert_eq!(code(&call_with("500", "1")), 0);
    let results = out.join("start");
    let before: Vec<(String, Vec<u8>)> = files_of(&results)
        .into_iter()
        .map(|name| (name.clone(), std::fs::read(results.join(name)).unwrap()))
        .collect();
    let is_as_before =
        || before.iter().all(|(name, bytes)| std::fs::read(results.join(name)).unwrap() == *bytes);
    let mut child =
        program().args(args("1e7", "2")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let writes = || names_in(&results).iter().any(|name| name.starts_with(".writing"));
    wait_until("the folder is taken", writes);
    // `report` writes there, too, and a study below does not.
    for second in [call_with("500", "3"), call(&["report", text(&results)])] {
        assert_eq!(code(&second), 1);
        let said = stderr(&second);
        assert!(said.contains(&format!("(process {}) is writing", child.id())), "{said}");
        assert!(said.contains("--name"), "{said}");
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(writes() && is_as_before());
    assert!(manifest_of(&results)["complete"] == true && manifest_of(&results)["seed"] == 1);
    // An interrupted run has its results apart from whole ones.
    let mut child =
        program().args(args("1e7", "2")).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    wait_until("the folder is taken again", writes);
    std::thread::sleep(Duration::from_millis(300));
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert!(!child.wait().unwrap().success());
    assert!(is_as_before());
    assert_eq!(manifest_of(&results.join("partial"))["complete"], false);
    assert_eq!(code(&call_with("600", "3")), 0);
    assert!(!writes() && manifest_of(&results)["paths"] == 600);
}

/// Each set of overrides has a folder, and `--name` says which.
#[test]
fn a_what_if_does_not_take_the_place_of_the_base() {
    let (folder, file) = starter();
    let call_with = |more: &[&str]| {
        let mut command = program();
        command.current_dir(folder.path()).args(["run", text(&file), "--paths", "300", "--quiet"]).args(more);
        command.output().unwrap()
    };
    let what_if = ["--set", "market.rate=0.06"];
    let spread = ["--set", "market.rate=0.02 to 0.06", "--off", "collateral,announcement"];
    for more in [&[][..], &what_if, &spread, &["--set", "market.rate=0.06", "--name", "dear money"]] {
        let output = call_with(more);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    let names = names_in(&folder.path().join("output"));
    assert_eq!(names.len(), 4, "{names:?}");
    for name in ["start", "start+market.rate=0.06", "dear money"] {
        assert!(names.contains(&name.to_string()), "{names:?}");
    }
    assert!(
        names
            .iter()
            .any(|name| name.starts_with("start+market.rate=0.02-to-0.06+off=announcement-collateral-"))
    );
    // A folder that somebody names is his, and what he replaces is said.
    let out = text(folder.path());
    assert_eq!(code(&call_with(&["--out", out])), 0);
    let mut again = program();
    again.args(["run", text(&file), "--paths", "300", "--out", out, "--set", "market.rate=0.06"]);
    let again = again.output().unwrap();
    assert!(stderr(&again).contains("had other --set or --off"), "{}", stderr(&again));
    for wrong in ["..", "a/b", ".hidden", ""] {
        let output = call_with(&["--name", wrong]);
        assert_eq!(code(&output), 2, "{wrong}");
    }
}

/// What a command reads of a folder is what the run wrote, or nothing is said about it.
#[test]
fn changed_results_are_not_explained() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let args = ["run", text(&file), "--paths", "300", "--out", text(&out), "--quiet"];
    assert_eq!(code(&call(&args)), 0);
    let run = out.join("start");
    let copy = folder.path().join("copy");
    std::fs::create_dir(&copy).unwrap();
    for name in ["manifest.json", "paths.parquet"] {
        std::fs::copy(run.join(name), copy.join(name)).unwrap();
    }
    let commands = [vec!["why", text(&run), "share.traced"], vec!["compare", text(&copy), text(&run)]];
    for args in &commands {
        let output = call(args);
        assert_eq!(code(&output), 0, "{}", stderr(&output));
    }
    let paths = run.join("paths.parquet");
    let mut bytes = std::fs::read(&paths).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    std::fs::write(&paths, bytes).unwrap();
    for args in &commands {
        let output = call(args);
        assert_eq!(code(&output), 2);
        assert!(stderr(&output).contains("paths.parquet is not what the run wrote"), "{}", stderr(&output));
    }
    let study = call(&[
        "sweep",
        text(&file),
        "--paths",
        "100",
        "--out",
        text(&out),
        "--quiet",
        "--over",
        "market.rate=0.02:0.06:2",
        "--over",
        "lab.OpenAI.cash=10:30:2",
    ]);
    if code(&study) == 0 {
        let output = call(&["why", text(&run.join("sweep")), "share.traced"]);
        assert!(stderr(&output).contains("the results of `sweep`"), "{}", stderr(&output));
    }
}

/// A shard of another run stays; a damaged one is done again, from what is whole of it, and has the same bytes.
#[test]
fn a_shard_is_of_its_run() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let shard = |seed: &str| {
        call(&[
            "run",
            text(&file),
            "--paths",
            "20000",
            "--seed",
            seed,
            "--shard",
            "1/1",
            "--keep",
            "all",
            "--out",
            text(&out),
            "--quiet",
        ])
    };
    assert_eq!(code(&shard("1")), 0);
    let journal = out.join("start/shard-1-of-1.journal");
    let whole = std::fs::read(&journal).unwrap();
    let other = shard("2");
    assert_eq!(code(&other), 2);
    assert!(stderr(&other).contains("a shard of another run (seed: 2 here, 1 there)"), "{}", stderr(&other));
    assert!(std::fs::read(&journal).unwrap() == whole);
    let mut bytes = whole.clone();
    let late = bytes.len() / 10 * 9;
    bytes[late] ^= 1;
    std::fs::write(&journal, &bytes).unwrap();
    let again = shard("1");
    assert_eq!(code(&again), 0, "{}", stderr(&again));
    assert!(
        stderr(&again).contains("is damaged") && stderr(&again).contains("Going on"),
        "{}",
        stderr(&again)
    );
    assert!(std::fs::read(&journal).unwrap() == whole);
    assert!(stderr(&shard("1")).contains("is done already"));
}
