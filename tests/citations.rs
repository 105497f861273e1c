//! Comments cite the sections and rules of docs/model.md by number; each of them is there. Forms: `§9`, `section 9`,
//! `(5.10)`, `(5.5 to 5.8)`, and rules with their section, `§7 rule 4`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Sections by number, and how many numbered rules each has.
fn model() -> BTreeMap<String, usize> {
    let text = std::fs::read_to_string(repository().join("docs/model.md")).unwrap();
    let mut sections: BTreeMap<String, usize> = BTreeMap::new();
    let mut section = String::new();
    for line in text.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            section = number(heading.trim_start_matches('#').trim_start()).unwrap_or_default();
            sections.insert(section.clone(), 0);
        } else if number(line).is_some_and(|rule| line[rule.len()..].starts_with(". "))
            && let Some(rules) = sections.get_mut(&section)
        {
            *rules += 1;
        }
    }
    sections
}

/// "5.10" of "5.10, 5.12)": what the text begins with.
fn number(text: &str) -> Option<String> {
    let length = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let found = text[..length].trim_end_matches('.');
    (!found.is_empty() && found.starts_with(|c: char| c.is_ascii_digit())).then(|| found.to_string())
}

/// What a text cites that the model does not have, in words.
fn dangling(text: &str, model: &BTreeMap<String, usize>) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut section = |cited: &str| {
        if !model.contains_key(cited) {
            wrong.push(format!("section {cited}"));
        }
    };
    for sign in ["§", "section ", "Section ", "sections "] {
        text.match_indices(sign)
            .filter_map(|(at, _)| number(&text[at + sign.len()..]))
            .for_each(|n| section(&n));
    }
    // Within brackets numbers of the form 5.3 stand alone.
    for group in text.split('(').skip(1).filter_map(|rest| rest.split(')').next()) {
        let parts = group.split([',', ';']).flat_map(|part| part.split(" to ")).map(str::trim);
        for part in parts.filter(|part| part.starts_with("5.") && number(part).as_deref() == Some(*part)) {
            section(part);
        }
    }
    for sign in ["rule ", "rules "] {
        for (at, _) in text.match_indices(sign) {
            let Some(rule) = number(&text[at + sign.len()..]) else { continue };
            let before = text[..at].trim_end_matches([' ', ',']);
            let of = before.rfind(|c: char| !c.is_ascii_digit() && c != '.').map_or(before, |k| {
                let next = k + before[k..].chars().next().map_or(0, char::len_utf8);
                &before[next..]
            });
            let rules = model.get(of).copied().unwrap_or(0);
            if !rule.parse().is_ok_and(|rule: usize| (1..=rules).contains(&rule)) {
                wrong.push(format!("rule {rule} of section “{of}”"));
            }
        }
    }
    wrong
}

/// The comments of a source, each run of lines in one.
fn comments(source: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    for line in source.lines() {
        match line.find("//").filter(|at| !line[..*at].ends_with(':')) {
            Some(at) => {
                let words = line[at..].trim_start_matches(['/', '!']);
                let _ = write!(all.last_mut().unwrap(), "{words}");
            }
            None => all.push(String::new()),
        }
    }
    all
}

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn every_citation_is_in_the_model() {
    let model = model();
    let mut files = Vec::new();
    for folder in ["src", "tests", "benches", "examples"] {
        sources(&repository().join(folder), &mut files);
    }
    files.retain(|file| !file.ends_with("citations.rs"));
    assert!(files.len() > 150, "{} sources", files.len());
    let mut wrong = Vec::new();
    for file in &files {
        let source = std::fs::read_to_string(file).unwrap();
        for cited in comments(&source).iter().flat_map(|comment| dangling(comment, &model)) {
            wrong.push(format!("{}: {cited}", file.strip_prefix(repository()).unwrap().display()));
        }
    }
    let page = std::fs::read_to_string(repository().join("docs/model.md")).unwrap();
    wrong.extend(dangling(&page, &model).into_iter().map(|cited| format!("docs/model.md: {cited}")));
    assert!(wrong.is_empty(), "not in docs/model.md:\n{}", wrong.join("\n"));
}

/// The check can fail.
#[test]
fn a_citation_of_nothing_is_found() {
    let model = model();
    for right in [
        "(5.10)",
        "§9",
        "(5.5 to 5.8; §7 rule 4)",
        "as section 7 says",
        "(7, rule 1)",
        "rule of thumb",
        "(5.0 s)",
    ] {
        assert_eq!(dangling(right, &model), Vec::<String>::new(), "{right}");
    }
    for wrong in
        ["(5.99)", "§91", "(5.5 to 5.88)", "as section 77 says", "§7 rule 9", "by rule 2", "(8, rule 1)"]
    {
        assert_eq!(dangling(wrong, &model).len(), 1, "{wrong}");
    }
    let source = "let a = 1; // by §7\nlet b = \"http://x\";\n/// of §7,\n/// rule 9\n";
    let found: Vec<String> = comments(source).iter().flat_map(|comment| dangling(comment, &model)).collect();
    assert_eq!(found, ["rule 9 of section “7”"]);
}
