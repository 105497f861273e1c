//! What the page says in words and tables: everything a reader is told of a run besides its pictures, taken once from
//! the results, so that the page can be written again without them.

use crate::books::ByOrigin;
use crate::charts::Estimated;
use crate::charts::number;
use crate::words::answer::Told;
use crate::words::measure::Kind;
use crate::words::numbers::{NO_BREAK, capitalised, count, percent, usd};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Facts {
    /// Of the program.
    pub version: String,
    pub scenario: String,
    /// The scenario file as it was named, and what was overridden.
    pub file: String,
    pub sha256: String,
    pub set: Vec<(String, String)>,
    pub off: Vec<String>,
    pub paths: u64,
    pub seed: u64,
    pub sampler: String,
    /// False when the run was interrupted.
    pub complete: bool,
    /// First day, `2025-09-08`.
    pub start: String,
    pub years: f64,
    pub steps_per_year: u32,
    pub labs: Vec<String>,
    pub raised: Quantiles,
    /// Insiders, traced, netted, causal; what is not defined or was not run is missing.
    pub lenses: Vec<LensFact>,
    pub causal_paths: u64,
    pub told: Told,
    /// Questions of one's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub asked: Vec<Answered>,
    /// Gt of the mean flows.
    pub circular: Option<Estimated>,
    /// USD bn by instrument and origin.
    pub instruments: Vec<(String, ByOrigin<Estimated>)>,
    /// USD bn by class of investor.
    pub investors: Vec<(String, Estimated)>,
    /// Rank correlations of the traced share with uncertain numbers.
    pub drivers: Vec<(String, Estimated)>,
    /// What happens when it breaks, with its unit.
    pub breaking: Vec<Amount>,
    pub numbers: Vec<GivenNumber>,
    /// Links that nobody has documented and that bring money to rounds.
    pub assumed_links: Vec<AssumedLink>,
}

/// A mean and how it spreads over the paths.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    pub mean: Estimated,
    #[serde(deserialize_with = "number")]
    pub p5: f64,
    #[serde(deserialize_with = "number")]
    pub p50: f64,
    #[serde(deserialize_with = "number")]
    pub p95: f64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LensFact {
    pub name: String,
    /// The mean is the ratio of means.
    pub share: Quantiles,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Measured {
    UsdBn,
    Share,
    Count,
    Years,
}

impl Measured {
    pub fn kind(self) -> Kind {
        match self {
            Measured::UsdBn => Kind::UsdBn,
            Measured::Share => Kind::Share,
            Measured::Count => Kind::Plain,
            Measured::Years => Kind::Years,
        }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Amount {
    pub what: String,
    pub unit: Measured,
    pub value: Estimated,
    /// Of a proportion of the paths its 95% interval.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
}

/// A question of one's own, and what the paths say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// As it was typed.
    pub question: String,
    pub unit: Kind,
    #[serde(deserialize_with = "number")]
    pub value: f64,
    #[serde(deserialize_with = "number")]
    pub se: f64,
    /// 95%.
    #[serde(deserialize_with = "number")]
    pub low: f64,
    #[serde(deserialize_with = "number")]
    pub high: f64,
    /// Paths that count, and all.
    pub n: u64,
    pub of: u64,
}

impl Answered {
    pub fn said(&self) -> String {
        self.unit.value(self.value, self.se)
    }

    /// Its ends, rounded outwards where it is one of shares.
    pub fn interval(&self) -> String {
        if !(self.low.is_finite() && self.high.is_finite()) {
            return "–".into();
        }
        self.unit.range(self.low, self.high, self.se)
    }

    fn is_mean_of_shares(&self) -> bool {
        self.unit == Kind::Share && self.question.to_lowercase().starts_with("mean")
    }
}

/// What has to be known to read the answers.
pub fn notes(answers: &[Answered]) -> String {
    let mut notes = Vec::new();
    if answers.iter().any(|answered| answered.n < answered.of) {
        notes.push(
            "Paths are those on which everything that is asked for is defined and what is given holds.",
        );
    }
    if answers.iter().any(|answered| answered.is_mean_of_shares()) {
        notes.push("A mean of shares is over the paths; the headline is a ratio of means.");
    }
    notes.join(" ")
}

/// A number that the scenario file gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenNumber {
    pub address: String,
    pub value: String,
    pub unit: String,
    pub grade: String,
    pub source: String,
    /// Where words of the source lead.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub links: BTreeMap<String, String>,
}

impl Facts {
    /// The command that makes the same results, whatever was typed about folders, threads and time; but of a Latin
    /// hypercube that was stopped early, which is laid out for the paths that were asked for.
    pub fn command(&self) -> String {
        let mut words = vec!["roundtrip".to_string(), "run".into(), shell(&self.file)];
        words.extend(["--paths".into(), self.paths.to_string(), "--seed".into(), self.seed.to_string()]);
        if self.sampler != "plain" {
            words.extend(["--sampler".into(), self.sampler.clone()]);
        }
        for (path, value) in &self.set {
            words.extend(["--set".into(), shell(&format!("{path}={value}"))]);
        }
        if !self.off.is_empty() {
            words.extend(["--off".into(), self.off.join(",")]);
        }
        words.join(" ")
    }

    /// Given numbers of a grade.
    pub fn of_grade<'a>(&'a self, grade: &'a str) -> impl Iterator<Item = &'a GivenNumber> {
        self.numbers.iter().filter(move |number| number.grade == grade)
    }
}

/// A word for a shell, quoted where it has to be.
fn shell(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./=,:+@%".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_string()
    } else {
        format!("'{}'", word.replace('\'', "'\\''"))
    }
}

/// That somebody puts money into a lab's rounds, which the scenario assumes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AssumedLink {
    pub investor: String,
    pub lab: String,
    /// The number comes with words on why it is assumed.
    pub is_sourced: bool,
    /// The same investor has commitments to the lab whose amounts are not assumed.
    pub beyond_commitments: bool,
    /// USD bn brought to rounds, per path.
    pub brought: Estimated,
}

/// Links said one by one; with more of a kind, the largest are named and the others summed up.
const LINKS_NAMED: usize = 4;

/// What is said of links that nobody has documented, `raised` being all capital.
pub fn undocumented(links: &[AssumedLink], raised: f64) -> Vec<String> {
    let part = |brought: &Estimated| {
        let share = percent(brought.value / raised, brought.se / raised);
        format!("{} ({share} of the capital)", usd(brought.value, brought.se))
    };
    let mut said = Vec::new();
    for is_sourced in [true, false] {
        let mut alike: Vec<&AssumedLink> =
            links.iter().filter(|link| link.is_sourced == is_sourced).collect();
        alike.sort_by(|a, b| b.brought.value.total_cmp(&a.brought.value));
        let beyond =
            |link: &AssumedLink| if link.beyond_commitments { " beyond its commitments" } else { "" };
        if alike.len() <= LINKS_NAMED {
            said.extend(alike.into_iter().map(|link| {
                let AssumedLink { investor, lab, brought, .. } = link;
                let what = format!("{investor} puts money into {lab}’s rounds{}", beyond(link));
                match is_sourced {
                    true => format!(
                        "Nobody has documented that {what}: the link is assumed, and brings {}.",
                        part(brought)
                    ),
                    false => format!(
                        "That {what} is assumed, no source is given: the link brings {}.",
                        part(brought)
                    ),
                }
            }));
            continue;
        }
        let all = Estimated::new(
            alike.iter().map(|link| link.brought.value).sum(),
            alike.iter().map(|link| link.brought.se).sum(),
        );
        let named: Vec<String> = alike
            .iter()
            .take(LINKS_NAMED)
            .map(|link| {
                let AssumedLink { investor, lab, brought, .. } = link;
                format!("{investor} to {lab}{} {}", beyond(link), usd(brought.value, brought.se))
            })
            .collect();
        let how = if is_sourced { "nobody has documented" } else { "no source is given for" };
        said.push(capitalised(&format!(
            "{how} {}{NO_BREAK}links by which investors put money into labs’ rounds. They are assumed, and bring {}; the \
             largest: {}.",
            count(alike.len() as u64),
            part(&all),
            named.join(", ")
        )));
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    fn link(place: usize, is_sourced: bool) -> AssumedLink {
        AssumedLink {
            investor: format!("I{place}"),
            lab: "L".into(),
            is_sourced,
            beyond_commitments: place == 0,
            brought: Estimated::new(10.0 - place as f64, 0.01),
        }
    }

    #[test]
    fn few_links_are_said_one_by_one_and_many_together() {
        let few = undocumented(&[link(0, true), link(1, true), link(2, false)], 100.0);
        assert_eq!(few.len(), 3);
        assert!(few[0].starts_with("Nobody has documented that I0 puts money into L’s rounds beyond its"));
        assert!(few[0].ends_with("brings $10.0\u{a0}bn (10.0% of the capital)."), "{}", few[0]);
        assert!(few[1].contains("I1 puts money into L’s rounds: the link is assumed"));
        assert!(few[2].starts_with("That I2 puts money into L’s rounds is assumed, no source is given"));
        let links: Vec<AssumedLink> = (0..9).map(|place| link(place, false)).collect();
        let many = undocumented(&links, 100.0);
        assert_eq!(many.len(), 1);
        assert!(many[0].starts_with("No source is given for 9\u{a0}links") && many[0].contains("bring $54"));
        assert!(many[0].contains("I0 to L beyond its commitments $10") && !many[0].contains("I4"));
        assert!(undocumented(&[], 100.0).is_empty());
    }

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell("configs/oracle.toml"), "configs/oracle.toml");
        assert_eq!(shell("a=2 to 9"), "'a=2 to 9'");
        assert_eq!(shell("it's"), "'it'\\''s'");
        assert_eq!(shell(""), "''");
    }
}
