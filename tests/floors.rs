//! What the architecture promises, read off the sources: who may name whom, who alone may print, write files, make
//! randomness, move money; and that every entry of a list has its own name and its doc.

use roundtrip::charts::CHARTS;
use roundtrip::deals::loops;
use roundtrip::outcome::MEASURES;
use roundtrip::scenario::SECTIONS;
use roundtrip::state::Loop;
use std::path::{Path, PathBuf};

/// Lowest first. A room names only rooms on lower floors, and itself.
const FLOORS: &[&[&str]] = &[
    &["state"],
    &["input"],
    &["books"],
    &["compiler", "measure"],
    &["actors"],
    &["market"],
    &["deals"],
    &["events"],
    &["scenario", "estimate"],
    &["plan"],
    &["outcome"],
    &["engine"],
    &["calibrate"],
    &["words"],
    &["charts"],
    &["files"],
    &["page"],
    &["console"],
    &["studies"],
    &["cli"],
];

/// (file, room that it names against the rule, why)
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    ("state/batch.rs", "input", "the first rows are the scenario's numbers: a NumberId is a row"),
    ("scenario.rs", "plan", "the section of correlations is checked where correlations are"),
];

/// A text of code, the rooms or files that may contain it (tests aside), and why no other may.
const ALONE: &[(&str, &[&str], &str)] = &[
    ("toml::", &["input/", "scenario"], "only the reader knows the file's syntax"),
    ("println!", &["console/", "main.rs"], "only the console prints"),
    ("eprintln!", &["console/", "main.rs"], "only the console prints"),
    ("print!(", &["console/", "main.rs"], "only the console prints"),
    ("dbg!", &[], "left over"),
    ("fs::write", &["files/"], "only what is for it writes files"),
    ("File::create", &["files/"], "only what is for it writes files"),
    // A starter scenario is not a result.
    ("OpenOptions", &["files/", "cli/init.rs"], "only what is for it writes files"),
    ("rand::", &["state/draw.rs"], "randomness has addresses"),
    ("rand_distr", &["state/draw.rs"], "randomness has addresses"),
    ("philox(", &["state/draw.rs"], "randomness has addresses"),
    ("SystemTime", &["files/", "console/", "studies/"], "a result depends on no clock"),
    ("Instant::now", &["files/", "console/", "studies/"], "a result depends on no clock"),
    ("Account(", &["books/"], "only the books move money"),
    ("todo!", &[], "not done"),
    ("unimplemented!", &[], "not done"),
];

struct Source {
    /// Below `src/`, with slashes.
    name: String,
    text: String,
}

impl Source {
    fn room(&self) -> &str {
        self.name.split(['/', '.']).next().unwrap_or("")
    }

    /// Lines of code, without comments and without the tests at the end.
    fn code(&self) -> Vec<&str> {
        let end = self.text.find("#[cfg(test)]\nmod ").unwrap_or(self.text.len());
        self.text[..end].lines().map(|line| line.split("//").next().unwrap_or("")).collect()
    }
}

fn sources() -> Vec<Source> {
    fn gather(folder: &Path, into: &mut Vec<PathBuf>) {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => gather(&path, into),
                false => into.push(path),
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    gather(&root, &mut paths);
    paths.sort();
    let rust = paths.iter().filter(|path| path.extension().is_some_and(|end| end == "rs"));
    rust.map(|path| Source {
        name: path.strip_prefix(&root).unwrap().to_string_lossy().replace('\\', "/"),
        text: std::fs::read_to_string(path).unwrap(),
    })
    .collect()
}

fn floor_of(room: &str) -> Option<usize> {
    FLOORS.iter().position(|rooms| rooms.contains(&room))
}

/// Paths that start with `crate::`, without it; `crate::{a, b::c}` is two.
fn crate_paths(code: &[&str]) -> Vec<String> {
    let text = code.join("\n");
    let mut found = Vec::new();
    for rest in text.split("crate::").skip(1) {
        let of_word = |text: &str| -> String {
            text.chars().take_while(|c| c.is_alphanumeric() || *c == '_' || *c == ':').collect()
        };
        match rest.strip_prefix('{') {
            None => found.push(of_word(rest)),
            Some(list) => {
                let (mut depth, mut word) = (1, String::new());
                for c in list.chars() {
                    match c {
                        '{' => depth += 1,
                        '}' => depth -= 1,
                        _ => {}
                    }
                    if depth == 0 || depth == 1 && c == ',' {
                        found.push(of_word(word.trim()));
                        word.clear();
                    } else {
                        word.push(c);
                    }
                    if depth == 0 {
                        break;
                    }
                }
                found.retain(|path| !path.is_empty());
            }
        }
    }
    found
}

/// What a source names that it should not.
fn names_above(source: &Source) -> Vec<String> {
    let room = source.room();
    let Some(floor) = floor_of(room) else { return Vec::new() };
    let mut wrong = Vec::new();
    for path in crate_paths(&source.code()) {
        let other = path.split("::").next().unwrap_or("").to_string();
        let excepted = EXCEPTIONS.iter().any(|(file, named, _)| source.name == *file && other == *named);
        match floor_of(&other) {
            _ if other == room || excepted => {}
            Some(below) if below < floor => {}
            Some(_) => wrong.push(format!("{} names {path}", source.name)),
            None => wrong.push(format!("{} names {path}, which has no floor", source.name)),
        }
    }
    wrong
}

#[test]
fn every_room_has_a_floor() {
    for source in sources() {
        let room = source.room().to_string();
        assert!(floor_of(&room).is_some() || ["lib", "main"].contains(&room.as_str()), "{room} has no floor");
    }
}

#[test]
fn a_room_names_only_lower_ones() {
    let wrong: Vec<String> = sources().iter().flat_map(names_above).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_exception_is_used() {
    let sources = sources();
    for (file, room, why) in EXCEPTIONS {
        let source = sources.iter().find(|source| source.name == *file);
        let paths = source.map_or(Vec::new(), |source| crate_paths(&source.code()));
        assert!(paths.iter().any(|path| path.starts_with(room)), "{file} does not name {room} ({why})");
    }
}

/// The check can fail.
#[test]
fn a_name_from_above_is_found() {
    let source = |text: &str| Source { name: "books/ledger.rs".to_string(), text: text.to_string() };
    assert_eq!(names_above(&source("use crate::state::Row;\n// crate::cli::run\n")), Vec::<String>::new());
    assert_eq!(names_above(&source("use crate::{state::Row, engine};")).len(), 1);
    assert_eq!(names_above(&source("fn f() -> crate::plan::Plan {}")).len(), 1);
    assert_eq!(names_above(&source("#[cfg(test)]\nmod tests { use crate::plan::Plan; }")).len(), 0);
}

/// (deal, what it knows of the others, why)
const KNOWS: &[(&str, &str, &str)] = &[
    ("remaining", "compute", "what is left of a pair's bills is read off its contracts"),
    ("project_debt", "remaining", "lenders lend against what of them is left"),
];

#[test]
fn a_deal_does_not_know_another_deal() {
    let sources = sources();
    // What is no deal: the list of them, and what they ask of the file in common.
    let is_deal = |name: &str| !["deals/mod.rs", "deals/bills.rs"].contains(&name);
    let deals: Vec<&Source> = sources.iter().filter(|s| s.room() == "deals" && is_deal(&s.name)).collect();
    let stem = |source: &Source| source.name["deals/".len()..].trim_end_matches(".rs").to_string();
    assert!(deals.len() >= 6);
    for deal in &deals {
        let code = deal.code().join("\n");
        for other in deals.iter().map(|other| stem(other)).filter(|other| *other != stem(deal)) {
            let named =
                code.contains(&format!("deals::{other}")) || code.contains(&format!("super::{other}"));
            let may = KNOWS.iter().any(|(who, whom, _)| *who == stem(deal) && *whom == other);
            assert!(!named || may, "{} knows {other}", deal.name);
        }
    }
}

#[test]
fn some_things_happen_in_one_place() {
    let mut wrong = Vec::new();
    for source in sources() {
        for (text, rooms, why) in ALONE {
            let allowed = rooms.iter().any(|room| source.name.starts_with(room));
            if !allowed && source.code().iter().any(|line| line.contains(text)) {
                wrong.push(format!("{} has `{text}`: {why}", source.name));
            }
        }
        if source.room() != "books" {
            for line in source.code() {
                let writes = ["b.set(", "b.put(", "b.add(", "b.add_at(", "b.fill("];
                if writes.iter().any(|write| line.contains(write)) && line.contains("edge.row(") {
                    wrong.push(format!("{} changes a flow: only the books do", source.name));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Functions that take or give lanes, and are not said to be part of who calls them. Left by the compiler as functions of their
/// own they would have the machine's least instruction set, and the step another. What ends in `_at` is for a single path.
fn out_of_the_step(source: &Source) -> Vec<String> {
    let code = source.code();
    let mut found = Vec::new();
    for (k, line) in code.iter().enumerate() {
        let Some(rest) = line.trim_start().trim_start_matches("pub ").strip_prefix("fn ") else { continue };
        let name: String = rest.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
        let ends = |line: &str| line.contains('{') || line.trim_end().ends_with(';');
        let lines = code[k..].iter().position(|line| ends(line)).map_or(1, |last| last + 1);
        let signature = code[k..k + lines].concat();
        let has_body = signature.contains('{');
        let words = signature.split(|c: char| !c.is_alphanumeric() && c != '_');
        let on_lanes = words.into_iter().any(|word| ["F8", "M8", "Cells"].contains(&word));
        let above =
            code[..k].iter().rev().take_while(|line| line.trim().is_empty() || line.trim().starts_with("#["));
        let inlined = above.into_iter().any(|line| line.contains("inline(always)"));
        if on_lanes && has_body && !inlined && !name.ends_with("_at") {
            found.push(format!("{}: {name}", source.name));
        }
    }
    found
}

#[test]
fn what_works_on_lanes_is_part_of_the_step() {
    let rooms = ["actors/", "books/", "market/", "deals/", "events/"];
    let of_a_step = |source: &Source| rooms.iter().any(|room| source.name.starts_with(room));
    let found: Vec<String> = sources().iter().filter(|s| of_a_step(s)).flat_map(out_of_the_step).collect();
    assert!(found.is_empty(), "#[inline(always)] is missing: {found:#?}");
    let text =
        "/// Doc.\nfn paid(\n    b: &Cells,\n) -> F8 {\n}\n#[inline(always)]\nfn due(b: &Cells) -> F8 {}\n";
    let wrong = Source { name: "deals/new.rs".into(), text: text.into() };
    assert_eq!(out_of_the_step(&wrong), ["deals/new.rs: paid"]);
}

#[test]
fn no_unwrap_on_what_a_user_wrote() {
    for source in sources().iter().filter(|s| ["input", "scenario"].contains(&s.room())) {
        assert!(!source.code().iter().any(|line| line.contains(".unwrap()")), "{}", source.name);
    }
}

#[test]
fn files_say_what_they_are_for() {
    for source in sources() {
        let stem = Path::new(&source.name).file_stem().unwrap().to_string_lossy().to_string();
        let vague = ["util", "utils", "helpers", "helper", "common", "misc", "manager"];
        assert!(!vague.contains(&stem.as_str()), "{}: a name that says nothing", source.name);
        // A stub has nothing to say yet.
        let stub = source.text.lines().count() < 5;
        assert!(stub || source.text.starts_with("//!"), "{} does not open with what it is for", source.name);
    }
}

fn assert_unique(list: &str, names: &[&str]) {
    for (k, name) in names.iter().enumerate() {
        assert!(!name.is_empty(), "{list}: entry {k} has no name");
        assert!(!names[..k].contains(name), "{list}: `{name}` twice");
    }
}

#[test]
fn every_entry_of_a_list_has_its_name_and_doc() {
    let names: Vec<&str> = loops().map(|kind| kind.name).collect();
    assert_unique("loops", &names);
    assert!(loops().all(|kind| !kind.off.is_empty()));
    for (k, kind) in loops().enumerate() {
        assert_eq!(kind.which, Loop::at(k as u8), "{} is not at its place", kind.name);
    }
    let patterns: Vec<&str> = MEASURES.iter().map(|family| family.names.pattern).collect();
    assert_unique("MEASURES", &patterns);
    for family in MEASURES {
        let names = &family.names;
        assert!(names.doc.ends_with('.'), "{}", names.pattern);
        let last = names.pattern.rsplit('.').next().unwrap_or("");
        let kinds = names.kinds.len();
        assert!(kinds == 1 || kinds == last.split('|').count(), "{}: a kind for each name", names.pattern);
    }
    let charts: Vec<&str> = CHARTS.iter().map(|chart| chart.name).collect();
    assert_unique("CHARTS", &charts);
    assert!(CHARTS.iter().all(|chart| chart.question.ends_with('?')));
    let sections: Vec<&str> = SECTIONS.iter().map(|section| section.name).collect();
    assert_unique("SECTIONS", &sections);
    for section in SECTIONS {
        assert!(section.doc.ends_with('.'), "[{}] has no doc", section.name);
        let keys: Vec<&str> = section.keys.iter().map(|key| key.name).collect();
        assert_unique(section.name, &keys);
        for key in section.keys {
            assert!(!key.doc.is_empty(), "{}.{} has no doc", section.name, key.name);
        }
    }
}
