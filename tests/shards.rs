//! Studies in shards, and cut off: the bytes are those of the study in one piece and in one go.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

mod binary;
use binary::{call, code, program, starter, stderr, stdout, text};

/// A scenario, and what was published about it: where all that stands in it is enough for every study.
struct Desk {
    folder: tempfile::TempDir,
    file: PathBuf,
    outcomes: PathBuf,
}

impl Desk {
    fn new() -> Desk {
        let (folder, file) = starter();
        let outcomes = folder.path().join("outcomes.csv");
        let head = "date,measure,value,low,high,unit,scenarios,input_in,fitted_in,source,grade,notes\n";
        let rows = ["2026-12-31,capital.raised,50", "2027-12-31,capital.raised,100"];
        let rows: String = rows.iter().map(|row| format!("{row},,,USD bn,*,,,A001,filed,\n")).collect();
        std::fs::write(&outcomes, format!("{head}{rows}")).unwrap();
        Desk { folder, file, outcomes }
    }

    fn at(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Each study that has shards. The paths are three parts of the engine's work, the last of them short; of five shards
    /// some have none.
    fn studies(&self) -> Vec<Vec<&str>> {
        let file = text(&self.file);
        let few = ["--paths", "130"];
        let studies = [
            &["attribute", file, "--multiplier-paths", "200", "--sampler", "sobol"][..],
            &["sensitivity", file, "--measure", "share.traced,unwind", "--most", "3"],
            &["sweep", file, "--over", "market.rate=0.02..0.06:3", "--sampler", "lhs"],
            &[
                "sweep",
                file,
                "--over",
                "market.rate=0.02..0.06:2",
                "--over",
                "announcement.elasticity=0..0.5:2",
            ],
            &["compare", file, file, "--set-b", "market.rate=0.02", "--off-b", "announcement"],
            &["score", file, "--outcomes", text(&self.outcomes)],
        ];
        studies.into_iter().map(|study| [study, &few].concat()).collect()
    }

    fn call(&self, study: &[&str], out: &Path, more: &[&str]) -> Output {
        call(&[study, &["--quiet", "--out", text(out)], more].concat())
    }

    fn shard(&self, study: &[&str], out: &Path, shard: &str) -> Output {
        self.call(study, out, &["--shard", shard, "--format", "json"])
    }

    /// Where a study's results lie.
    fn results(&self, study: &[&str], out: &Path) -> PathBuf {
        out.join("start").join(study[0])
    }
}

fn done(output: &Output) -> serde_json::Value {
    assert_eq!(code(output), 0, "{}", stderr(output));
    serde_json::from_str(&stdout(output)).unwrap()
}

/// Every file of a result has the bytes of the other's; the manifest, which names times, lists the same.
fn same_results(one: &Path, other: &Path) {
    let listed = |folder: &Path| -> Vec<(String, String)> {
        let manifest = std::fs::read_to_string(folder.join("manifest.json")).unwrap();
        let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
        assert_eq!(manifest["complete"], true);
        let text = |value: &serde_json::Value| value.as_str().unwrap().to_string();
        let files = manifest["files"].as_array().unwrap().iter();
        files.map(|file| (text(&file["file"]), text(&file["sha256"]))).collect()
    };
    let files = listed(one);
    assert!(files.iter().any(|(name, _)| name == "summary.json") && files.len() >= 3, "{files:?}");
    assert_eq!(files, listed(other));
    for (name, _) in files {
        let bytes = [one, other].map(|folder| std::fs::read(folder.join(&name)).unwrap());
        assert!(bytes[0] == bytes[1], "{name} of {} and {}", one.display(), other.display());
    }
}

fn refused(output: &Output, expected: i32, message: &str) {
    assert!(code(output) == expected && stderr(output).contains(message), "{}", stderr(output));
}

#[test]
fn shards_of_a_study_merge_into_it() {
    let desk = Desk::new();
    for (which, study) in desk.studies().iter().enumerate() {
        let [whole, parts, merged] =
            ["whole", "parts", "merged"].map(|name| desk.at(&format!("{which}")).join(name));
        let one = desk.call(study, &whole, &[]);
        assert_eq!(code(&one), 0, "{study:?} {}", stderr(&one));
        for (count, threads) in [(3, "1"), (5, "2")] {
            let mut paths = 0;
            for number in (1..=count).rev() {
                let shard = format!("{number}/{count}");
                let said = done(&desk.call(
                    study,
                    &parts,
                    &["--shard", &shard, "--format", "json", "--threads", threads],
                ));
                assert_eq!((&said["study"], &said["state"]), (&study[0].into(), &"simulated".into()));
                assert_eq!((&said["shard"], &said["of"]), (&number.into(), &count.into()));
                assert!(Path::new(said["file"].as_str().unwrap()).exists());
                paths += said["paths"].as_u64().unwrap();
                // Where it is there, nothing is simulated.
                let again = done(&desk.shard(study, &parts, &shard));
                assert_eq!((&again["state"], &again["paths"]), (&"already there".into(), &said["paths"]));
            }
            assert!(paths >= 260 && !desk.results(study, &parts).join("summary.json").exists());
            let shards = (1..=count)
                .map(|number| desk.results(study, &parts).join(format!("shard-{number}-of-{count}.journal")));
            let shards: Vec<PathBuf> = shards.collect();
            let mut args = vec!["merge", "--quiet", "--out", text(&merged)];
            args.extend(shards.iter().rev().map(|shard| text(shard)));
            let output = call(&args);
            assert_eq!(code(&output), 0, "{study:?} {}", stderr(&output));
            // What is printed is the same, too.
            assert!(stdout(&output) == stdout(&one), "{study:?}");
            same_results(&desk.results(study, &whole), &desk.results(study, &merged));
            std::fs::remove_dir_all(&merged).unwrap();
            if count == 3 && which == 0 {
                // One of another seed would be seen.
                let other = desk.at("other");
                assert_eq!(code(&desk.call(study, &other, &["--seed", "2"])), 0);
                let summary = |out: &Path| std::fs::read(desk.results(study, out).join("summary.json"));
                assert_ne!(summary(&whole).unwrap(), summary(&other).unwrap());
                std::fs::remove_dir_all(&other).unwrap();
            }
        }
    }
}

/// More paths than the engine hands on at a time, by the folder, in a look of its own.
#[test]
fn a_study_of_several_chunks_merges_by_its_folder() {
    let desk = Desk::new();
    let study = [
        "sweep",
        text(&desk.file),
        "--over",
        "market.rate=0.02..0.06:2",
        "--measure",
        "unwind",
        "--paths",
        "20000",
    ];
    let [whole, parts, merged] = ["whole", "parts", "merged"].map(|name| desk.at(name));
    let look = ["--style", "print"];
    assert_eq!(code(&desk.call(&study, &whole, &look)), 0);
    for shard in ["1/2", "2/2"] {
        assert_eq!(
            done(&desk.shard(&study, &parts, shard))["paths"],
            if shard == "1/2" { 29_952 } else { 30_048 }
        );
    }
    let folder = desk.results(&study, &parts);
    let output = call(&[&["merge", text(&folder), "--quiet", "--out", text(&merged)], &look[..]].concat());
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    same_results(&desk.results(&study, &whole), &desk.results(&study, &merged));
}

#[test]
fn shards_that_do_not_belong_together_are_refused() {
    let desk = Desk::new();
    let study = ["sweep", text(&desk.file), "--over", "market.rate=0.02..0.06:2", "--paths", "130"];
    let [parts, merged] = ["parts", "merged"].map(|name| desk.at(name));
    for shard in ["1/2", "2/2"] {
        done(&desk.shard(&study, &parts, shard));
    }
    let folder = desk.results(&study, &parts);
    let shards = [1, 2].map(|number| folder.join(format!("shard-{number}-of-2.journal")));
    let merge = |more: &[&str]| call(&[&["merge", "--quiet", "--out", text(&merged)], more].concat());
    let both = shards.each_ref().map(|shard| text(shard));
    assert_eq!(code(&merge(&both)), 0);
    let summary = || std::fs::read(desk.results(&study, &merged).join("summary.json")).unwrap();
    let before = summary();
    refused(&merge(&both[..1]), 2, "shard 2 of 2 is missing; run it with --shard 2/2");
    refused(&merge(&[both[0], both[1], "--ask", "p50(unwind)"]), 2, "these are shards of `sweep`");

    // Of another command line, of another command, of a run.
    let other = desk.at("other");
    let finer = [&study[..3], &["market.rate=0.02..0.06:3", "--paths", "130"]].concat();
    done(&desk.shard(&finer, &other, "2/2"));
    let strange = desk.results(&finer, &other).join("shard-2-of-2.journal");
    refused(&merge(&[both[0], text(&strange)]), 2, "are of two runs (options: ");
    let compare = ["compare", text(&desk.file), text(&desk.file), "--paths", "130"];
    done(&desk.shard(&compare, &other, "2/2"));
    let strange = desk.results(&compare, &other).join("shard-2-of-2.journal");
    refused(&merge(&[both[0], text(&strange)]), 2, "are of two runs (command: sweep here, compare there)");
    refused(&desk.shard(&finer, &parts, "2/2"), 2, "it stays as it is");

    // Cut at its end, torn, or with the ending of another.
    let bytes = std::fs::read(&shards[1]).unwrap();
    for length in [bytes.len() - 1, bytes.len() - 52, bytes.len() - 1000] {
        std::fs::write(&shards[1], &bytes[..length]).unwrap();
        refused(&merge(&both), 3, "is damaged; remove it and run its shard again");
        assert!(summary() == before, "the earlier result stays");
        // Its own command makes it whole again.
        let again = desk.shard(&study, &parts, "2/2");
        assert!(stderr(&again).contains("is damaged: what is whole of it is kept"), "{}", stderr(&again));
        assert_eq!(done(&again)["state"], "simulated");
        assert!(std::fs::read(&shards[1]).unwrap() == bytes, "{length}");
    }
    assert_eq!(code(&merge(&both)), 0);

    // The scenario's text is another, or it is gone; it may have moved where a shard is simulated.
    let scenario = std::fs::read_to_string(&desk.file).unwrap();
    std::fs::write(&desk.file, format!("{scenario}\n# changed\n")).unwrap();
    refused(&merge(&both), 2, "start.toml, which has another text now");
    refused(&desk.shard(&study, &parts, "1/2"), 2, "text of the scenario");
    std::fs::remove_file(&desk.file).unwrap();
    refused(&merge(&both), 2, "start.toml, which is not there");
}

#[test]
fn what_has_no_shards_says_why() {
    let desk = Desk::new();
    let file = text(&desk.file);
    let out = desk.at("out");
    let solve = ["solve", file, "--vary", "market.rate", "--until", "unwind = 10%", "--shard", "1/2"];
    refused(&desk.call(&solve, &out, &[]), 2, "a search has no shards: where it looks next");
    for study in ["attribute", "sensitivity"] {
        let args = [study, file, "--budget", "1s", "--shard", "1/2"];
        refused(&desk.call(&args, &out, &[]), 2, "cannot be used with");
    }
    let many = ["sweep", file, "--over", "market.rate=0.02..0.06:2", "--shard", "1/1000"];
    refused(&desk.call(&many, &out, &[]), 2, "512 shards at most");
    assert!(!out.exists());
}

/// Killed or interrupted, a study goes on from its checkpoint; a shard from its journal.
#[cfg(unix)]
#[test]
fn a_study_that_was_cut_off_goes_on() {
    let desk = Desk::new();
    let file = text(&desk.file);
    let sweep =
        ["sweep", file, "--over", "market.rate=0.02..0.06:4", "--measure", "unwind", "--paths", "9000"];
    let solve = [
        "solve",
        file,
        "--vary",
        "lab.Lab.commit.multiple",
        "--until",
        "unwind = 30%",
        "--paths",
        "2000",
        "--reverse",
    ];
    let finer =
        ["sweep", file, "--over", "market.rate=0.02..0.06:15", "--measure", "unwind", "--paths", "2000"];
    // So many bytes are waited for: of the first more than a chunk of a call, of the others some calls.
    let cases = [(&sweep[..], None, 100_000), (&solve, None, 40_000), (&finer, Some("1/1"), 40_000)];
    for (study, shard, more) in cases {
        let [whole, cut] = ["whole", "cut"].map(|name| desk.at(name));
        let pieces = shard.map_or(vec!["--checkpoint", "0.001s"], |shard| vec!["--shard", shard]);
        let calling = |out: &Path| {
            let mut command = program();
            command.args(study).args(&pieces).args(["--out", text(out), "--format", "json"]);
            command
        };
        let one = calling(&whole).output().unwrap();
        let journal = desk.results(study, &cut).join(match shard {
            Some(_) => "shard-1-of-1.journal.part",
            None => "checkpoint.journal",
        });
        let size = || journal.metadata().map_or(0, |data| data.len());
        for signal in ["KILL", "INT"] {
            let before = size();
            let child = calling(&cut).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
            let began = Instant::now();
            while size() < before + more {
                assert!(began.elapsed() < Duration::from_secs(120), "{study:?} waits for {signal}");
                std::thread::sleep(Duration::from_millis(1));
            }
            let sent = Command::new("kill").args([format!("-{signal}"), child.id().to_string()]).status();
            assert!(sent.unwrap().success());
            let ended = child.wait_with_output().unwrap();
            assert!(journal.exists(), "{study:?} {signal}: it was over too soon");
            if signal == "INT" {
                assert_eq!(ended.status.code(), Some(75), "{study:?}: {}", stderr(&ended));
                assert!(stderr(&ended).contains("the same command goes on from there"), "{}", stderr(&ended));
                assert!(shard.is_none() || stdout(&ended).contains("\"interrupted\""), "{}", stdout(&ended));
            }
        }
        let again = calling(&cut).output().unwrap();
        assert_eq!(code(&again), code(&one), "{study:?}: {}", stderr(&again));
        assert!(stderr(&again).contains("Going on from"), "{}", stderr(&again));
        assert!(!journal.exists(), "{study:?}");
        let [whole, cut] = [&whole, &cut].map(|out| desk.results(study, out));
        match shard {
            Some(_) => {
                let of = |folder: &Path| std::fs::read(folder.join("shard-1-of-1.journal")).unwrap();
                assert!(of(&whole) == of(&cut));
            }
            None => same_results(&whole, &cut),
        }
    }
}
