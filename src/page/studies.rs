//! Studies of the same scenario, found beside a run's results: `output/<scenario>/<study>/` with a manifest, a summary
//! and charts. The page takes them in. A study of another text of the scenario is left out.

use crate::charts::Estimated;
use crate::files::manifest::Manifest;
use crate::files::owned::{MANIFEST, PARTIAL, settle};
use crate::outcome::{self, Kind};
use std::path::Path;

/// What the page shows of a study.
#[derive(Debug)]
pub struct Study {
    /// The folder's name.
    pub name: String,
    pub command: String,
    pub paths: u64,
    pub pictures: Vec<Picture>,
    /// `ratio_of_means` of its summary.
    pub ratios: Vec<(String, Estimated)>,
}

#[derive(Debug)]
pub struct Picture {
    pub title: String,
    pub subtitle: String,
    pub svg: Vec<u8>,
}

impl Study {
    pub fn heading(&self) -> &str {
        match self.name.as_str() {
            "attribute" => "What each loop contributes",
            "sensitivity" => "Which uncertain number matters",
            "sweep" => "Two numbers over a grid",
            "solve" => "What it would take",
            "calibrate" => "The announcement effect, from events",
            "backtest" => "How earlier calibrations fared",
            "event-study" => "Abnormal returns around events",
            "compare" => "Against another scenario",
            "score" => "Against what happened",
            other => other,
        }
    }
}

/// The studies in a run's folder that are of its scenario, text and overrides, by name.
pub fn beside(folder: &Path, run: &Manifest) -> Vec<Study> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut names: Vec<String> =
        entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()).collect();
    names.sort();
    names.into_iter().filter_map(|name| study(&folder.join(&name), name, run)).collect()
}

fn study(folder: &Path, name: String, run: &Manifest) -> Option<Study> {
    settle(folder);
    let manifest = Manifest::read(&folder.join(MANIFEST)).ok()?;
    if name == PARTIAL || !manifest.is_of_the_scenario_of(run) {
        return None;
    }
    let read = |name: &str| {
        manifest.check(folder, name).ok()?;
        std::fs::read(folder.join(name)).ok()
    };
    let summary: serde_json::Value = serde_json::from_slice(&read("summary.json")?).ok()?;
    let number = |value: &serde_json::Value, key: &str| value[key].as_f64().unwrap_or(f64::NAN);
    let ratios = summary["ratio_of_means"].as_object().into_iter().flatten();
    let charts =
        manifest.files.iter().filter(|file| file.file.starts_with("charts/") && file.file.ends_with(".svg"));
    let pictures = charts.filter_map(|file| {
        let svg = read(&file.file)?;
        let text = String::from_utf8_lossy(&svg);
        Some(Picture {
            title: element(&text, "title")?,
            subtitle: element(&text, "desc").unwrap_or_default(),
            svg,
        })
    });
    Some(Study {
        name,
        command: command(&manifest.command),
        paths: manifest.paths,
        pictures: pictures.collect(),
        ratios: ratios
            .map(|(name, value)| (name.clone(), Estimated::new(number(value, "value"), number(value, "se"))))
            .collect(),
    })
}

/// What a result of a study is, in words, and its unit.
pub fn result(name: &str) -> (String, Kind) {
    let words = match (name, name.strip_prefix("shapley.")) {
        ("share.causal", _) => "Capital that would not have been raised without the loops".into(),
        ("share.causal.upper", _) => "The same, without persons’ and holdings’ money too".into(),
        ("loop_gain", _) => "Loop gain: what comes round of a dollar".into(),
        (_, Some(which)) => format!("Capital that the loop {} adds (Shapley value)", which.replace('_', " ")),
        _ => outcome::meaning(name).unwrap_or(name).trim_end_matches('.').into(),
    };
    (words, Kind::of(name))
}

/// As typed, but for where the program lies, which is the machine's affair.
fn command(words: &[String]) -> String {
    let mut words = words.to_vec();
    if let Some(program) = words.first_mut() {
        *program = "roundtrip".into();
    }
    words.join(" ")
}

/// The text of an element of a drawing, as it was before it was escaped.
fn element(svg: &str, name: &str) -> Option<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let start = svg.find(&open)? + open.len();
    let end = start + svg[start..].find(&close)?;
    let text = &svg[start..end];
    Some(text.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
}
