//! What the page says in words and tables: everything a reader is told of a run besides its pictures, taken once from
//! the results, so that the page can be written again without them.

use super::charts::Estimated;
use super::charts::number;
use super::results::{AssumedLink, Results};
use crate::books::origin::ORIGINS;
use crate::estimate::{Estimate, RatioEstimate};
use crate::scenario::{Scenario, date, quantity};
use serde::{Deserialize, Serialize};

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
    /// Traced, netted, causal; what is not defined or was not run is missing.
    pub lenses: Vec<LensFact>,
    pub causal_paths: u64,
    /// None where persons' and holdings' money makes no difference.
    pub causal_upper: Option<Estimated>,
    /// Gt of the mean flows.
    pub circular: Option<Estimated>,
    /// USD bn by instrument and origin.
    pub instruments: Vec<(String, [Estimated; ORIGINS])>,
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

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Amount {
    pub what: String,
    pub unit: Measured,
    pub value: Estimated,
}

/// A number that the scenario file gives.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct GivenNumber {
    pub address: String,
    pub value: String,
    pub unit: String,
    pub grade: String,
    pub source: String,
}

/// What breaks: measure, unit, words.
const BREAKING: [(&str, Measured, &str); 8] = [
    ("unwind", Measured::Share, "A lab restructures, share of the paths"),
    ("written_off", Measured::UsdBn, "Bills and costs written off, mean"),
    ("build_shortfall", Measured::UsdBn, "Not built for want of cash, mean"),
    ("forced_sales", Measured::UsdBn, "Shares sold on margin calls, mean"),
    ("lender_losses", Measured::UsdBn, "Lenders’ losses, mean"),
    ("tranches_missed", Measured::Count, "Tranches missed, mean number"),
    ("margin_calls", Measured::Count, "Margin calls, mean number"),
    ("sentiment.suspicion", Measured::Share, "Time in suspicion, mean"),
];

fn mean(estimate: &Estimate) -> Estimated {
    Estimated::new(estimate.mean, estimate.se)
}

fn quantiles(estimate: &Estimate, mean: Estimated) -> Quantiles {
    Quantiles { mean, p5: estimate.p5.value, p50: estimate.p50.value, p95: estimate.p95.value }
}

impl Facts {
    pub fn of(results: &Results, scenario: &Scenario, complete: bool) -> Facts {
        let ratio = |ratio: &RatioEstimate| Estimated::new(ratio.value, ratio.se);
        let lens = |name: &str, share: Option<&RatioEstimate>, by_path: Option<&Estimate>| {
            let (share, by_path) = (share?, by_path?);
            (share.value.is_finite() && by_path.n > 0)
                .then(|| LensFact { name: name.into(), share: quantiles(by_path, ratio(share)) })
        };
        let causal = results.causal.as_ref();
        let of = |measure: &str| (results.estimates.ratio(measure), results.measure(measure));
        let (traced, netted) = (of("share.traced"), of("share.netted"));
        let lenses = [
            lens("Traced", traced.0, traced.1),
            lens("Netted", netted.0, netted.1),
            lens("Causal", causal.map(|c| &c.share), causal.map(|c| &c.by_path)),
        ];
        let class = |class: &str, words: &str| {
            let measure = results.measure(&format!("capital.from.{class}"))?;
            (measure.mean > 0.0).then(|| (words.to_string(), mean(measure)))
        };
        let mut breaking: Vec<Amount> = BREAKING
            .iter()
            .filter_map(|(measure, unit, what)| {
                let measure = results.measure(measure)?;
                (measure.mean > 0.0 || *what == BREAKING[0].2).then(|| Amount {
                    what: (*what).into(),
                    unit: *unit,
                    value: mean(measure),
                })
            })
            .collect();
        if let Some(time) = results.measure("unwind.time").filter(|time| time.n > 0) {
            let value = Estimated::new(time.p50.value, time.p50.se);
            let what = "When it does, after (median)".into();
            breaking.insert(1, Amount { what, unit: Measured::Years, value });
        }
        let given = scenario.numbers.iter().filter(|n| !n.is_default && !n.address.starts_with("scenario."));
        let numbers = given.map(|given| GivenNumber {
            address: given.address.clone(),
            value: quantity(scenario, given),
            unit: given.unit.text().into(),
            grade: given.grade.word().into(),
            source: given.source.clone().unwrap_or_default(),
        });
        Facts {
            version: env!("CARGO_PKG_VERSION").into(),
            scenario: results.name.clone(),
            file: scenario.file.clone(),
            sha256: super::atomic::sha256(scenario.text.as_bytes()),
            set: scenario.set.clone(),
            off: results.off.clone(),
            paths: results.paths,
            seed: results.seed,
            sampler: results.sampler.into(),
            complete,
            start: date(scenario.start),
            years: results.years,
            steps_per_year: scenario.steps_per_year,
            labs: results.labs.clone(),
            raised: results
                .measure("capital.raised")
                .map_or(Quantiles { mean: Estimated::default(), p5: 0.0, p50: 0.0, p95: 0.0 }, |raised| {
                    quantiles(raised, mean(raised))
                }),
            lenses: lenses.into_iter().flatten().collect(),
            causal_paths: causal.map_or(0, |causal| causal.paths),
            causal_upper: results.causal_upper().map(ratio),
            circular: results.estimates.ratio("share.circular").filter(|r| r.value.is_finite()).map(ratio),
            instruments: results
                .instruments()
                .into_iter()
                .map(|(name, cells)| (name.to_string(), cells.map(mean)))
                .collect(),
            investors: [
                ("outside", "outside investors"),
                ("company", "companies"),
                ("person", "persons"),
                ("holding", "holdings"),
            ]
            .into_iter()
            .filter_map(|(name, words)| class(name, words))
            .collect(),
            drivers: results.drivers.iter().map(|(address, rho)| (address.clone(), ratio(rho))).collect(),
            breaking,
            numbers: numbers.collect(),
            assumed_links: results.assumed_links(),
        }
    }

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

#[cfg(test)]
mod tests {
    use super::shell;

    #[test]
    fn words_survive_a_shell() {
        assert_eq!(shell("configs/oracle.toml"), "configs/oracle.toml");
        assert_eq!(shell("a=2 to 9"), "'a=2 to 9'");
        assert_eq!(shell("it's"), "'it'\\''s'");
        assert_eq!(shell(""), "''");
    }
}
