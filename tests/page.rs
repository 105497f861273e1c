//! `report.html` and `roundtrip report`: well-formed, readable by keyboard and by ear, sealed against what stands in
//! a scenario, the same bytes again from stored results, and a message for every file that is missing or damaged.

mod binary;

use binary::{call, stderr, text};
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// A name that would be markup if it were not escaped.
const NAME: &str = "A <b>\"bold\"</b> & <script>alert('x')</script> name";

/// The Oracle loop, to be written to any folder: with the whole path of the file it draws from.
fn oracle() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let scenario = std::fs::read_to_string(root.join("configs/oracle.toml")).unwrap();
    scenario.replace("\"../data", &format!("\"{}/data", text(root)))
}

/// A run of the Oracle loop under that name.
fn run(folder: &Path, more: &[&str]) -> PathBuf {
    let scenario = oracle();
    let line = scenario.lines().find(|line| line.starts_with("name = ")).unwrap();
    let scenario = scenario.replacen(line, &format!("name = '''{NAME}'''"), 1);
    let scenario =
        scenario.replacen("source = \"A013:", "source = \"(https://example.org/a?b=1&c=2), A013:", 1);
    let file = folder.join("loop.toml");
    std::fs::write(&file, scenario).unwrap();
    let out = folder.join("out");
    let mut args = vec!["run", text(&file), "--paths", "400", "--quiet", "--out", text(&out)];
    args.extend(more);
    let output = call(&args);
    assert!(output.status.success(), "{}", stderr(&output));
    out.join("loop")
}

fn page(run: &Path) -> String {
    std::fs::read_to_string(run.join("report.html")).unwrap()
}

/// A start or an end of an element.
#[derive(Debug)]
struct Tag<'a> {
    name: &'a str,
    closes: bool,
    /// With the brackets.
    text: &'a str,
    at: usize,
}

impl Tag<'_> {
    fn attribute(&self, name: &str) -> Option<&str> {
        let start = self.text.find(&format!(" {name}=\""))? + name.len() + 3;
        self.text[start..].split('"').next()
    }
}

/// Every tag but those inside `<style>`.
fn tags(html: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    let mut at = 0;
    while let Some(start) = html[at..].find('<').map(|start| at + start) {
        let end = start + html[start..].find('>').expect("a tag ends") + 1;
        let text = &html[start..end];
        let inside = text.trim_start_matches("</").trim_start_matches('<');
        let name = inside.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap();
        at = end;
        if !text.starts_with("<!") {
            tags.push(Tag { name, closes: text.starts_with("</"), text, at: start });
        }
        if text == "<style>" {
            at = html[end..].find("</style>").expect("a style ends") + end;
        }
    }
    tags
}

/// A link to where a number comes from: followed when a reader wants to, and not told from where.
fn is_source(tag: &Tag) -> bool {
    let to = tag.attribute("href").unwrap_or_default();
    let is_address = to.starts_with("https://") || to.starts_with("http://");
    tag.name == "a" && tag.attribute("rel") == Some("noreferrer") && is_address
}

/// What is wrong with a page.
fn faults(html: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let tags = tags(html);
    // Everything that is opened is closed, in order.
    let empty = ["meta", "img", "wbr"];
    let mut open: Vec<&str> = Vec::new();
    for tag in &tags {
        if tag.closes {
            if open.pop() != Some(tag.name) {
                faults.push(format!("</{}> closes something else", tag.name));
            }
        } else if !empty.contains(&tag.name) && !tag.text.ends_with("/>") {
            open.push(tag.name);
        }
    }
    if !open.is_empty() {
        faults.push(format!("left open: {open:?}"));
    }
    // Headings do not skip a level, and there is one first.
    let levels: Vec<u32> = tags
        .iter()
        .filter(|tag| !tag.closes && tag.name.len() == 2 && tag.name.starts_with('h') && tag.name != "hr")
        .map(|tag| tag.name[1..].parse().unwrap())
        .collect();
    if levels.first() != Some(&1) || levels.iter().filter(|level| **level == 1).count() != 1 {
        faults.push("there is not one first heading".into());
    }
    if levels.windows(2).any(|pair| pair[1] > pair[0] + 1) {
        faults.push(format!("a heading skips a level: {levels:?}"));
    }
    // Landmarks once each, and a way past the contents.
    for landmark in ["header", "nav", "main", "footer"] {
        if tags.iter().filter(|tag| !tag.closes && tag.name == landmark).count() != 1 {
            faults.push(format!("not one <{landmark}>"));
        }
    }
    let ids: Vec<&str> = tags.iter().filter_map(|tag| tag.attribute("id")).collect();
    if ids.iter().collect::<BTreeSet<_>>().len() != ids.len() {
        faults.push("an id is there twice".into());
    }
    for tag in tags.iter().filter(|tag| tag.name == "a" && !tag.closes) {
        let target = tag.attribute("href").unwrap_or_default();
        let leads = target.strip_prefix('#').is_some_and(|anchor| ids.contains(&anchor)) || is_source(tag);
        if !leads {
            faults.push(format!("a link leads nowhere: {target}"));
        }
    }
    for tag in tags.iter().filter(|tag| !tag.closes) {
        let label = match tag.name {
            "svg" => tag.attribute("aria-label"),
            "img" => tag.attribute("alt"),
            _ => continue,
        };
        if !label.is_some_and(|label| label.len() > 20 && label.chars().any(|c| c.is_ascii_digit())) {
            faults.push(format!("a picture without its answer in words: {label:?}"));
        }
    }
    // Tables have a caption, heads of columns and of rows.
    for (place, table) in tags.iter().enumerate().filter(|(_, tag)| tag.name == "table" && !tag.closes) {
        let end = tags[place..].iter().position(|tag| tag.name == "table" && tag.closes).unwrap();
        let inside = &tags[place..place + end];
        let heads =
            |scope: &str| inside.iter().any(|tag| tag.name == "th" && tag.attribute("scope") == Some(scope));
        if !inside.iter().any(|tag| tag.name == "caption") || !heads("col") || !heads("row") {
            faults.push(format!("a table without caption or heads at {}", table.at));
        }
        if inside.iter().any(|tag| tag.name == "th" && !tag.closes && tag.attribute("scope").is_none()) {
            faults.push("a head of a table without scope".into());
        }
    }
    // Nothing runs and nothing is fetched.
    for tag in tags.iter().filter(|tag| !tag.closes) {
        let loads = ["src", "href", "data", "poster", "action"].iter().filter_map(|name| tag.attribute(name));
        if ["script", "link", "iframe", "object", "embed", "base", "form"].contains(&tag.name) {
            faults.push(format!("<{}> in the page", tag.name));
        }
        for target in loads {
            if !target.starts_with('#') && !target.starts_with("data:") && !is_source(tag) {
                faults.push(format!("{} loads {target}", tag.name));
            }
        }
        if tag.text.contains(" on")
            && tag.text.split(' ').any(|part| part.starts_with("on") && part.contains('='))
        {
            faults.push(format!("a handler in {}", tag.text));
        }
    }
    // The typeface's base64 spells what it will.
    let mut from = html.find("</style>").unwrap_or(0);
    let mut besides_links = String::new();
    for link in tags.iter().filter(|tag| is_source(tag)) {
        besides_links += &html[from..link.at];
        from = link.at + html[link.at..].find("</a>").expect("a link ends");
    }
    besides_links += &html[from..];
    for fetched in ["http://", "https://", "@import", ">NaN", " NaN", " inf "] {
        if besides_links.contains(fetched) {
            faults.push(format!("{fetched} in the page"));
        }
    }
    faults
}

#[test]
fn the_page_is_whole_sealed_and_readable_without_eyes() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &[]);
    let html = page(&run);
    assert_eq!(faults(&html), Vec::<String>::new());
    assert!(html.starts_with("<!doctype html>\n<html lang=\"en\">"));
    assert!(!html.contains("<script") && html.contains("&lt;script&gt;"), "the name is escaped");
    assert!(html.contains("<a class=\"skip\" href=\"#content\">"));
    for words in
        ["The answer", "Three lenses", "What drives it", "What breaks it", "Every number, by grade", "Limits"]
    {
        assert!(html.contains(words), "{words}");
    }
    // Every chart of the run, numbered in order.
    let figures = html.matches("<figcaption>").count();
    assert_eq!(figures, std::fs::read_dir(run.join("charts")).unwrap().count() / 3, "SVG, PNG, CSV");
    for number in 1..=figures {
        let start = format!("<figcaption><b>Figure {number}.</b> ");
        let (_, after) = html.split_once(&start).unwrap_or_else(|| panic!("figure {number}"));
        let caption = after.split("</figcaption>").next().unwrap_or_default();
        assert!(caption.contains(|c: char| c.is_ascii_digit()), "figure {number} says nothing: {caption}");
    }
    // Every number that the scenario gives, with grade and source.
    assert!(html.contains("<code>lab.<wbr>OpenAI.<wbr>commit.<wbr>multiple</code>"));
    assert!(
        html.contains(
            "Nobody has documented that Ellison puts money into OpenAI’s rounds: the link is assumed"
        )
    );
    assert!(
        html.contains(
            "(<a href=\"https://example.org/a?b=1&amp;c=2\" rel=\"noreferrer\">https://example.org"
        )
    );
    // Facts are looked up in the scenario's table of them.
    assert!(html.contains("rel=\"noreferrer\">A001</a>: WSJ 2025-09-10"));
    assert!(html.contains("roundtrip run ") && html.contains("--paths 400 --seed 1"));
    // The check can fail.
    assert!(
        faults(&html.replacen("</section>", "", 1))
            .iter()
            .any(|fault| fault.contains("closes something else"))
    );
    assert!(!faults(&html.replacen("<h3>", "<h5>", 1).replacen("</h3>", "</h5>", 1)).is_empty());
    assert!(!faults(&html.replacen("role=\"img\" aria-label", "role=\"img\" data-label", 1)).is_empty());
    assert!(
        !faults(&html.replacen("<main", "<img src=\"https://example.org/x.png\" alt=\"\"><main", 1))
            .is_empty()
    );
}

#[test]
fn report_makes_the_same_bytes_from_what_was_stored() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &["--style", "print", "--size", "1500x1000"]);
    let read = |name: &str| std::fs::read(run.join(name)).unwrap();
    let names: Vec<String> = std::fs::read_dir(run.join("charts"))
        .unwrap()
        .map(|entry| format!("charts/{}", entry.unwrap().file_name().to_str().unwrap()))
        .chain(["report.html".into(), "manifest.json".into(), "summary.json".into()])
        .collect();
    assert!(names.len() > 10);
    let before: Vec<Vec<u8>> = names.iter().map(|name| read(name)).collect();
    std::fs::remove_dir_all(run.join("charts")).unwrap();
    std::fs::remove_file(run.join("report.html")).unwrap();
    // Not from the paths: these are not needed.
    std::fs::remove_file(run.join("paths.parquet")).unwrap();
    let output = call(&["report", text(&run)]);
    assert!(output.status.success(), "{}", stderr(&output));
    for (name, before) in names.iter().zip(&before) {
        assert!(read(name) == *before, "{name} differs");
    }

    // Some charts, larger and in another style; the manifest knows their hashes.
    let output =
        call(&["report", text(&run), "--charts", "answer,course", "--size", "2400x1500", "--style", "dark"]);
    assert!(output.status.success(), "{}", stderr(&output));
    assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), 2);
    let png = read("charts/course.png");
    assert_eq!(u32::from_be_bytes(png[16..20].try_into().unwrap()), 2400);
    let html = page(&run);
    assert_eq!(html.matches("<figcaption>").count(), 2);
    // A dark page has light drawings and colours for paper.
    assert_eq!(html.matches("class=\"on-paper\"").count(), 2);
    assert!(html.contains("@media print{:root{--paper:#ffffff;"));
    assert_eq!(faults(&html), Vec::<String>::new());
    let unchanged = names.iter().zip(&before).filter(|(name, before)| read(name) == **before).count();
    // Two charts in two formats, the page and the manifest.
    assert_eq!(names.len() - unchanged, 6);
    // What the run itself wrote is not forgotten, and drawn in the first look it is that again.
    let manifest: serde_json::Value = serde_json::from_slice(&read("manifest.json")).unwrap();
    assert_eq!(manifest["as_run"].as_array().unwrap().len(), 5);
    for file in manifest["files"].as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        if name != "paths.parquet" {
            assert_eq!(file["bytes"].as_u64().unwrap(), read(name).len() as u64, "{name}");
        }
    }
    assert!(call(&["report", text(&run), "--quiet"]).status.success());
    for (name, before) in names.iter().zip(&before) {
        assert!(read(name) == *before, "{name} differs");
    }
}

#[test]
fn a_folder_without_a_whole_run_is_refused_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &[]);
    let refused = |code: i32, words: &[&str], args: &[&str]| {
        let mut all = vec!["report", text(&run)];
        all.extend(args);
        let output = call(&all);
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{message}");
        for word in words {
            assert!(message.contains(word), "{word} in {message}");
        }
    };
    refused(2, &["nearest is `course`"], &["--charts", "curse"]);
    refused(2, &["none of these charts"], &["--charts", "overview"]);
    refused(2, &["leave no room"], &["--size", "300x200"]);
    let figures = std::fs::read(run.join("figures.json")).unwrap();
    std::fs::write(run.join("figures.json"), &figures[..figures.len() / 2]).unwrap();
    refused(3, &["figures.json", "hash differs", "run the scenario again"], &[]);
    std::fs::remove_file(run.join("figures.json")).unwrap();
    refused(3, &["cannot read", "figures.json", "run the scenario again"], &[]);
    std::fs::write(run.join("manifest.json"), "{").unwrap();
    refused(3, &["manifest.json", "line 1"], &[]);
    std::fs::remove_file(run.join("manifest.json")).unwrap();
    refused(2, &["no finished run", "roundtrip run"], &[]);
}

fn hash_of(text: &str) -> String {
    use sha2::Digest;
    sha2::Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A study in the run's folder, of this text of the scenario and of another.
#[test]
fn studies_beside_the_run_are_taken_in() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &[]);
    let manifest: serde_json::Value =
        serde_json::from_slice(&std::fs::read(run.join("manifest.json")).unwrap()).unwrap();
    for (name, sha256) in
        [("attribute", manifest["scenario"]["sha256"].clone()), ("sweep", "0".repeat(64).into())]
    {
        let study = run.join(name);
        std::fs::create_dir_all(study.join("charts")).unwrap();
        let svg = "<svg xmlns=\"http://www.w3.org/2000/svg\"><title>Of 9 loops &quot;credits&quot; &amp; marks carry 4%</title><desc>Why</desc><script>x()</script></svg>";
        std::fs::write(study.join("charts/loops.svg"), svg).unwrap();
        let mut about = manifest.clone();
        about["scenario"]["sha256"] = sha256;
        about["command"] = serde_json::json!(["/somewhere/roundtrip", name, "loop.toml"]);
        let ratios = serde_json::json!({
            "shapley.marks": {"value": 4.23, "se": 0.2},
            "share.causal": {"value": 0.0423, "se": null},
        });
        let summary = serde_json::json!({"paths": 7, "ratio_of_means": ratios}).to_string();
        std::fs::write(study.join("summary.json"), &summary).unwrap();
        let listed = |file: &str, text: &str| serde_json::json!({"file": file, "bytes": text.len(), "sha256": hash_of(text)});
        about["files"] =
            serde_json::json!([listed("charts/loops.svg", svg), listed("summary.json", &summary)]);
        std::fs::write(study.join("manifest.json"), about.to_string()).unwrap();
    }
    assert!(call(&["report", text(&run), "--quiet"]).status.success());
    let html = page(&run);
    assert_eq!(faults(&html), Vec::<String>::new());
    assert!(html.contains("What each loop contributes") && !html.contains("over a grid"));
    assert!(html.contains("<code>roundtrip attribute loop.toml</code>"));
    assert!(html.contains("alt=\"Chart. Of 9 loops &quot;credits&quot; &amp; marks carry 4%.\""));
    // What it found, in words and with its unit.
    for words in
        ["Capital that the loop marks adds (Shapley value)", "<code>shapley.marks</code>", "$4.2", "4.2%"]
    {
        assert!(html.contains(words), "{words}");
    }
    assert!(!html.contains("<script"));
    // A run made again takes them in, too, and can still be reproduced without them.
    let again = self::run(folder.path(), &[]);
    assert_eq!(page(&again), html);
    let output = call(&["reproduce", text(&run), "--quiet"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}

/// What the breaking chart shows against the run's other files: the curve's end is the measure `unwind`.
#[test]
fn the_curve_of_the_paths_that_stand_ends_at_the_measure() {
    let folder = tempfile::tempdir().unwrap();
    let run = run(folder.path(), &[]);
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(run.join(name)).unwrap()).unwrap()
    };
    let (figures, summary) = (json("figures.json"), json("summary.json"));
    let breaking = &figures["breaking"];
    let standing: Vec<f64> =
        breaking["standing"].as_array().unwrap().iter().map(|paths| paths.as_f64().unwrap()).collect();
    assert_eq!(standing.len(), 260);
    assert!(standing.windows(2).all(|pair| pair[1] <= pair[0]));
    let unwound = summary["measures"]["unwind"]["mean"].as_f64().unwrap() * 400.0;
    assert!(unwound > 10.0 && (400.0 - standing[259] - unwound).abs() < 1e-9, "{} {unwound}", standing[259]);
    // Fans begin at the start: nothing raised, nothing announced, and the premiums that the scenario gives.
    let quantile = |chart: &str, path: &[&str]| {
        let fan = path.iter().fold(&figures[chart], |at, key| match key.parse::<usize>() {
            Ok(place) => &at[place],
            Err(_) => &at[*key],
        });
        fan.as_array().unwrap()[0].as_f64().unwrap()
    };
    for at in [&["times"][..], &["capital", "0", "1", "p95"], &["premiums", "0", "1", "p95"]] {
        assert_eq!(quantile("course", at), 0.0, "{at:?}");
    }
    for at in [&["times"][..], &["announced", "p95"], &["paid", "p95"]] {
        assert_eq!(quantile("headline", at), 0.0, "{at:?}");
    }
    // All these paths are followed over time, and none breaks in the first month.
    assert_eq!(breaking["followed"].as_f64().unwrap(), unwound.round());
    let before = breaking["before"].as_array().unwrap();
    assert!(before.len() >= 4);
    for share in before.iter().flat_map(|precursor| [&precursor["breaking"], &precursor["standing"]]) {
        assert!((0.0..=1.0).contains(&share["value"].as_f64().unwrap()), "{share}");
    }
    // Half of the paths that stand lie below their median at any date; of those that broke, most did.
    let revenue = before.iter().find(|precursor| precursor["what"] == "revenue below its median").unwrap();
    assert!((revenue["standing"]["value"].as_f64().unwrap() - 0.5).abs() < 0.01, "{revenue}");
    assert!(revenue["breaking"]["value"].as_f64() > revenue["standing"]["value"].as_f64());
}

/// Whoever pastes a chart, a page or a table of a changed scenario pastes with it what was changed.
#[test]
fn what_was_changed_stands_on_everything() {
    let folder = tempfile::tempdir().unwrap();
    let changes = ["--set", "lab.OpenAI.commit.multiple=2", "--off", "suspicion"];
    let run = run(folder.path(), &changes);
    let words = "with lab.OpenAI.commit.multiple = 2; suspicion off";
    let figures = std::fs::read_to_string(run.join("figures.json")).unwrap();
    let figures: serde_json::Value = serde_json::from_str(&figures).unwrap();
    for chart in ["answer", "course", "money_map", "breaking", "headline", "convergence", "distribution"] {
        let called = figures[chart]["run"]["scenario"].as_str().unwrap();
        assert!(called.ends_with(words), "{chart}: {called}");
    }
    let svg = std::fs::read_to_string(run.join("charts/convergence.svg")).unwrap();
    assert!(svg.contains("lab.OpenAI.commit.multiple = 2"), "the note under a chart says so");
    let html = page(&run);
    assert!(html.contains(&format!("{words} · 5 years from")), "the page's head says so");
    assert!(html.contains("Not as in the scenario file: lab.OpenAI.commit.multiple = 2."));
    // The summary keeps the scenario's own name.
    let summary = std::fs::read_to_string(run.join("summary.json")).unwrap();
    assert!(!summary.contains(words));
    let file = folder.path().join("loop.toml");
    let other = folder.path().join("other");
    let mut args = vec!["run", text(&file), "--paths", "16", "--out", text(&other)];
    args.extend(changes);
    let printed = String::from_utf8(call(&args).stdout).unwrap();
    let head: String = printed.lines().take(3).collect::<Vec<_>>().join(" ");
    assert!(head.contains(words), "{head}");
}

/// A network too large to be taken apart is said to be so, wherever the others show what goes round.
#[test]
fn a_network_of_many_actors_claims_nothing_about_circles() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("many.toml");
    let mut scenario = oracle();
    for company in 0..14 {
        scenario += &format!(
            "\n[[company]]\nname = \"Company with a long name {company}\"\nmarket_cap = 100.0\nvolatility = 0.2\n\
             cash = 1.0\nearnings = 1.0\nmargin = 0.5\n\
             [[compute]]\nlab = \"OpenAI\"\ncompany = \"Company with a long name {company}\"\nbase = 0.1\n"
        );
    }
    std::fs::write(&file, scenario).unwrap();
    let out = folder.path().join("out");
    let output = call(&["run", text(&file), "--paths", "16", "--out", text(&out)]);
    assert!(output.status.success(), "{}", stderr(&output));
    let printed = String::from_utf8(output.stdout).unwrap();
    let svg = std::fs::read_to_string(out.join("many/charts/money_map.svg")).unwrap();
    assert!(!svg.contains("runs in circles</"), "no claim in the title");
    assert!(svg.contains("is not computed for more than 15 actors"));
    let html = page(&out.join("many"));
    assert!(printed.contains("circular  not computed for more than 15 actors"), "{printed}");
    assert!(html.contains("not computed for more than 15 actors"));
    assert_eq!(faults(&html), Vec::<String>::new());
}
