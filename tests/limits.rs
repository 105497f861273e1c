//! What does not fit, does not end or would do harm: inputs that are refused, mistakes that are counted, names that are
//! shown, results that stay in their folder, runs that are refused with the numbers, and exit codes that say which.

mod binary;

use binary::{call, code, program, starter, stderr, stdout, text};
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The starter scenario with another text in place of one of its own.
fn with(file: &Path, of: &str, instead: &str) -> String {
    let scenario = std::fs::read_to_string(file).unwrap();
    assert!(scenario.contains(of), "{of}");
    scenario.replacen(of, instead, 1)
}

fn drawing_from(file: &Path, name: &str) -> String {
    with(file, "opex = 14.0", &format!("opex = {{ empirical = \"{name}\", column = \"a\" }}"))
}

#[cfg(unix)]
#[test]
fn a_scenario_reads_plain_files_of_its_folders_only() {
    let (folder, file) = starter();
    let at = |name: &str| folder.path().join(name);
    std::fs::create_dir(at("own")).unwrap();
    let scenario = at("own/case.toml");
    std::fs::write(at("elsewhere.csv"), "secret\n1\nsecret\n").unwrap();
    std::fs::write(at("own/good.csv"), "a\n9\n10\n").unwrap();
    std::fs::File::create(at("own/large.csv")).unwrap().set_len((64 << 20) + 1).unwrap();
    std::os::unix::fs::symlink(at("elsewhere.csv"), at("own/link.csv")).unwrap();
    assert!(Command::new("mkfifo").arg(at("own/pipe.csv")).status().unwrap().success());
    let check = |name: &str, more: &[&str]| {
        std::fs::write(&scenario, drawing_from(&file, name)).unwrap();
        let output = call(&[&["check", text(&scenario)], more].concat());
        (code(&output), stderr(&output))
    };
    assert_eq!(check("good.csv", &[]).0, 0);
    for (name, why) in [
        ("pipe.csv", "a pipe or a device"),
        (".", "a folder"),
        ("large.csv", "larger than 64 MiB"),
        ("/dev/zero", "outside the scenario's folder"),
        ("../elsewhere.csv", "outside the scenario's folder"),
        ("link.csv", "outside the scenario's folder"),
        ("/etc/passwd", "outside the scenario's folder"),
        ("/etc/no_such_file", "outside the scenario's folder"),
    ] {
        let (code, said) = check(name, &[]);
        assert!(code == 2 && said.contains(why) && !said.contains("secret"), "{name}: {said}");
    }
    // Declared in the file, or by who runs it.
    let declared = ["--set", "scenario.data=[\"..\"]"];
    let (code, said) = check("../elsewhere.csv", &declared);
    assert!(code == 2 && said.contains("has no column `a`") && !said.contains("secret"), "{said}");
    std::fs::write(at("elsewhere.csv"), "a\n9\n10\n").unwrap();
    assert_eq!(check("../elsewhere.csv", &declared).0, 0);
    assert_eq!(check("link.csv", &declared).0, 0);
    let with_key = drawing_from(&file, "link.csv").replacen("years = ", "data = [\"..\"]\nyears = ", 1);
    std::fs::write(&scenario, with_key).unwrap();
    assert_eq!(self::code(&call(&["check", text(&scenario)])), 0);
    // A device, where its folder is declared.
    let (code, said) = check("/dev/zero", &["--set", "scenario.data=[\"/dev\"]"]);
    assert!(code == 2 && said.contains("a pipe or a device"), "{said}");
    // What is named on the command line may be a pipe, but must end.
    let output = call(&["check", "/dev/zero"]);
    assert!(
        self::code(&output) == 2 && stderr(&output).contains("larger than 16 MiB"),
        "{}",
        stderr(&output)
    );
    let output = call(&["calibrate", "/dev/zero", "--out", text(&at("out"))]);
    assert!(
        self::code(&output) == 2 && stderr(&output).contains("larger than 64 MiB"),
        "{}",
        stderr(&output)
    );
}

/// Thousands of mistakes of every kind are counted, and take no longer than their number.
#[test]
fn many_mistakes_are_counted() {
    let (folder, file) = starter();
    let scenario = std::fs::read_to_string(&file).unwrap();
    let lines = |line: &dyn Fn(usize) -> String| -> String { (0..8000).map(|k| line(k) + "\n").collect() };
    let kinds: [&dyn Fn(usize) -> String; 5] = [
        &|k| format!("unknown{k} = 1"),
        &|k| format!("[section{k}]\nx = 1"),
        &|k| format!("[[correlation]]\nbetween = [\"a{k}\", \"b{k}\"]\nrho = 0.5"),
        &|k| format!("[[warrant]]\nissuer = \"X{k}\"\nholder = \"Y{k}\""),
        &|k| format!("[[company]]\nname = \"C{k}\""),
    ];
    for kind in kinds {
        let path = folder.path().join("many.toml");
        std::fs::write(&path, format!("{scenario}\n{}", lines(kind))).unwrap();
        let began = std::time::Instant::now();
        let output = call(&["check", text(&path)]);
        let said = stderr(&output);
        assert_eq!(code(&output), 2);
        assert!(said.contains("more of the kind, not shown"), "{}", &said[said.len() - 200..]);
        assert!(said.matches("error: ").count() <= 100 && said.len() < 200_000, "{}", kind(0));
        // Of the order of a second here; quadratic, they took up to a minute.
        assert!(began.elapsed().as_secs() < 20, "{}: {:?}", kind(0), began.elapsed());
    }
}

#[test]
fn no_name_steers_the_terminal() {
    let (folder, file) = starter();
    let is_plain = |said: &str| !said.contains(|c: char| c.is_control() && c != '\n');
    for (of, instead) in [
        ("name = \"start\"", "name = \"\\u001B[2Jstart\""),
        ("name = \"start\"", "name = \"a\\u202Eb\""),
        ("source = \"made up\"", "source = \"\\u001B]0;title\\u0007\""),
        ("opex = 14.0", "\"\\u001B[31m\" = 9.0"),
        ("[market]", "[\"\\u009B31m\"]\n[market]"),
        ("# What an announced", "# \u{9b}31m\nx = ["),
    ] {
        let bad = folder.path().join("bad.toml");
        std::fs::write(&bad, with(&file, of, instead)).unwrap();
        let output = call(&["check", text(&bad)]);
        assert_eq!(code(&output), 2, "{instead}");
        assert!(is_plain(&stderr(&output)) && is_plain(&stdout(&output)), "{instead}: {:?}", stderr(&output));
    }
    let missing = call(&["check", "no\u{1b}[31msuch.toml"]);
    assert!(code(&missing) == 2 && is_plain(&stderr(&missing)), "{:?}", stderr(&missing));
}

#[test]
fn results_stay_in_their_folder() {
    let (folder, file) = starter();
    let out = folder.path().join("in/out");
    let names = |of: &Path| {
        let mut names: Vec<PathBuf> =
            std::fs::read_dir(of).unwrap().map(|entry| entry.unwrap().path()).collect();
        names.sort();
        names
    };
    for odd in ["...toml", "..toml", ".toml", ".hidden.toml", "a\nb.toml"] {
        let scenario = folder.path().join(odd);
        std::fs::copy(&file, &scenario).unwrap();
        let before = names(folder.path());
        for command in ["run", "sweep"] {
            let more: &[&str] = if command == "run" { &[] } else { &["--over", "market.rate=0..0.1:2"] };
            let args =
                [&[command, text(&scenario), "--paths", "100", "-q", "--out", text(&out)], more].concat();
            let output = call(&args);
            assert_eq!(code(&output), 2, "{odd:?} {command}: {}", stderr(&output));
            assert!(stderr(&output).contains("rename it"), "{odd:?}: {}", stderr(&output));
        }
        assert!(names(folder.path()) == before && !out.exists(), "{odd:?}");
    }
    let output = program().current_dir(folder.path()).args(["init", ".x"]).output().unwrap();
    assert_eq!(code(&output), 2);
}

#[test]
fn a_run_that_does_not_fit_is_refused_with_the_numbers() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let earlier = call(&["run", text(&file), "--paths", "100", "-q", "--out", text(&out)]);
    assert_eq!(code(&earlier), 0);
    // Beyond any disk: 200 columns of 1e10 paths are terabytes.
    let oracle = format!("{}/configs/web_2026.toml", env!("CARGO_MANIFEST_DIR"));
    let output = call(&["run", text(&file), &oracle, "--paths", "1e10", "--out", text(&out)]);
    assert_eq!(code(&output), 2, "{}", stderr(&output));
    let said = stderr(&output);
    assert!(said.contains("TB on the disk of") && said.contains("are free; ask for fewer --paths"), "{said}");
    assert!(out.join("start/manifest.json").exists(), "the earlier run is still there");
    let output =
        call(&["run", &oracle, "--paths", "1e10", "--shard", "1/1", "--keep", "all", "--out", text(&out)]);
    assert!(code(&output) == 2 && stderr(&output).contains("shard 1 of 1 takes"), "{}", stderr(&output));
}

#[test]
fn damaged_files_have_a_code_of_their_own() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let run = |more: &[&str]| {
        call(&[&["run", text(&file), "--paths", "16384", "-q", "--out", text(&out)], more].concat())
    };
    assert_eq!(code(&run(&[])), 0);
    let figures = out.join("start/figures.json");
    let was = std::fs::read_to_string(&figures).unwrap();
    std::fs::write(&figures, was.replacen('1', "2", 1)).unwrap();
    let output = call(&["report", text(&out.join("start"))]);
    assert_eq!(code(&output), 3, "{}", stderr(&output));
    assert_eq!(code(&run(&["--shard", "1/1"])), 0);
    let shard = out.join("start/shard-1-of-1.journal");
    let bytes = std::fs::read(&shard).unwrap();
    let merge = || call(&["merge", text(&shard), "-q", "--out", text(&folder.path().join("merged"))]);
    assert_eq!(code(&merge()), 0);
    for damage in [10, bytes.len() / 2] {
        let mut damaged = bytes.clone();
        damaged[damage] ^= 1;
        std::fs::write(&shard, &damaged).unwrap();
        let output = merge();
        assert_eq!(code(&output), 3, "{}", stderr(&output));
    }
    let missing = call(&["merge", "no-such.journal"]);
    assert_eq!(code(&missing), 2);
}

/// Acknowledged at once, on stderr even with --quiet, and in JSON the answer says that it is a part.
#[cfg(unix)]
#[test]
fn an_interrupt_is_acknowledged_and_the_part_says_that_it_is_one() {
    let (folder, file) = starter();
    let out = folder.path().join("out");
    let journal = out.join("start/checkpoint.journal");
    let mut child = program()
        .args(["run", text(&file), "--paths", "3e6", "--keep", "none", "--checkpoint", "0.001s", "-q"])
        .args(["--format", "json", "--out", text(&out)])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let began = std::time::Instant::now();
    while journal.metadata().map_or(0, |found| found.len()) < 1_000_000 {
        assert!(began.elapsed().as_secs() < 120, "no checkpoint");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let first = lines.next().unwrap().unwrap();
    assert!(first.starts_with("Interrupted: finishing with what is done"), "{first}");
    let mut answer = String::new();
    child.stdout.take().unwrap().read_to_string(&mut answer).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(75));
    let answer: serde_json::Value = serde_json::from_str(&answer).unwrap();
    assert_eq!(answer["complete"], false);
    let summary: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(out.join("start/summary.json")).unwrap()).unwrap();
    assert_eq!(summary, answer);
}
