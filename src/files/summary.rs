//! `summary.json`: every measure with its errors, and the ratios of means. Numbers in full precision (the shortest
//! digits that read back to the same bits); what is not defined or not known is null.

use std::io::Write;
use std::path::Path;

use serde::Serialize;

use crate::estimate::proportion::proportion;
use crate::estimate::{Estimate, Estimates, RatioEstimate, by_name};
use crate::files::atomic::{self, WriteError, Written};
use crate::outcome::is_proportion;

#[derive(Serialize)]
struct Summary<'a> {
    scenario: &'a str,
    paths: u64,
    seed: u64,
    #[serde(serialize_with = "by_name")]
    measures: Vec<(&'a str, Measure)>,
    #[serde(serialize_with = "by_name")]
    ratio_of_means: Vec<(&'a str, Ratio)>,
    /// What a run knows beside its estimates.
    #[serde(flatten)]
    beside: Beside,
}

/// Keys beside the estimates: `causal`, `asked`.
pub type Beside = serde_json::Map<String, serde_json::Value>;

#[derive(Serialize)]
struct Measure {
    mean: f64,
    se: f64,
    sd: f64,
    p5: f64,
    p25: f64,
    p50: f64,
    p75: f64,
    p95: f64,
    n: u64,
    p5_se: f64,
    p25_se: f64,
    p50_se: f64,
    p75_se: f64,
    p95_se: f64,
    /// Of a proportion its 95% interval.
    #[serde(skip_serializing_if = "Option::is_none")]
    low: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    high: Option<f64>,
}

#[derive(Serialize)]
struct Ratio {
    value: f64,
    se: f64,
}

impl Measure {
    fn of(name: &str, estimate: &Estimate) -> Measure {
        let interval = is_proportion(name).then(|| proportion(estimate.mean, estimate.se, estimate.n));
        let interval = interval.filter(|interval| interval.low.is_finite());
        let Estimate { mean, se, sd, p5, p25, p50, p75, p95, n } = *estimate;
        Measure {
            mean,
            se,
            sd,
            p5: p5.value,
            p25: p25.value,
            p50: p50.value,
            p75: p75.value,
            p95: p95.value,
            n,
            p5_se: p5.se,
            p25_se: p25.se,
            p50_se: p50.se,
            p75_se: p75.se,
            p95_se: p95.se,
            low: interval.map(|interval| interval.low),
            high: interval.map(|interval| interval.high),
        }
    }
}

impl From<&RatioEstimate> for Ratio {
    fn from(estimate: &RatioEstimate) -> Ratio {
        Ratio { value: estimate.value, se: estimate.se }
    }
}

/// The file's text, for `--format json` too.
pub fn text(scenario: &str, seed: u64, estimates: &Estimates, beside: Beside) -> serde_json::Result<String> {
    let summary = Summary { beside, ..summary(scenario, seed, estimates) };
    Ok(serde_json::to_string_pretty(&summary)? + "\n")
}

/// The same as a value, to which a study adds a key of its own.
pub fn value(scenario: &str, seed: u64, estimates: &Estimates) -> serde_json::Result<serde_json::Value> {
    serde_json::to_value(summary(scenario, seed, estimates))
}

fn summary<'a>(scenario: &'a str, seed: u64, estimates: &'a Estimates) -> Summary<'a> {
    Summary {
        scenario,
        paths: estimates.paths,
        seed,
        measures: estimates
            .measures
            .iter()
            .map(|(name, estimate)| (name.as_str(), Measure::of(name, estimate)))
            .collect(),
        ratio_of_means: estimates
            .ratios
            .iter()
            .map(|(name, estimate)| (name.as_str(), estimate.into()))
            .collect(),
        beside: Beside::new(),
    }
}

pub fn write(
    path: &Path,
    scenario: &str,
    seed: u64,
    estimates: &Estimates,
    beside: Beside,
) -> Result<Written, WriteError> {
    atomic::write(path, |file| file.write_all(text(scenario, seed, estimates, beside)?.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::estimate::{Accumulator, Block, Keep, RatioSpec};

    fn estimates(columns: Vec<Vec<f64>>) -> Estimates {
        let names = ["capital.raised", "capital.manufactured", "share.traced"].map(String::from).to_vec();
        let ratio = RatioSpec { name: "share.traced".into(), numerator: vec![1], denominator: 0 };
        let mut accumulator = Accumulator::new(names, vec![ratio], Keep::MEASURES);
        accumulator.add(&Block { first: 0, paths: columns[0].len(), columns });
        accumulator.finish()
    }

    #[test]
    fn the_file_is_what_the_contract_says() {
        let estimates = estimates(vec![vec![10.0, 20.0], vec![1.0, 6.0], vec![0.1, 0.3]]);
        let text = text("Every key once", 7, &estimates, Beside::new()).unwrap();
        let value: serde_json::Value = serde_json::from_str(&text).unwrap();
        let keys = |value: &serde_json::Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
        assert_eq!(keys(&value), ["scenario", "paths", "seed", "measures", "ratio_of_means"]);
        assert_eq!(
            (&value["scenario"], &value["paths"], &value["seed"]),
            (&"Every key once".into(), &2.into(), &7.into())
        );
        assert_eq!(keys(&value["measures"]), ["capital.raised", "capital.manufactured", "share.traced"]);
        let raised = &value["measures"]["capital.raised"];
        let contract = ["mean", "se", "sd", "p5", "p25", "p50", "p75", "p95", "n"];
        let errors = ["p5_se", "p25_se", "p50_se", "p75_se", "p95_se"];
        assert_eq!(keys(raised), [&contract[..], &errors[..]].concat());
        assert_eq!(raised["mean"], 15.0);
        assert_eq!(raised["se"], 5.0);
        assert_eq!(raised["p50"], 15.0);
        assert_eq!(raised["n"], 2);
        assert!(raised["p5_se"].is_null());
        let share = &value["ratio_of_means"]["share.traced"];
        assert_eq!(keys(share), ["value", "se"]);
        assert!((share["value"].as_f64().unwrap() - 7.0 / 30.0).abs() < 1e-15);
    }

    #[test]
    fn every_bit_comes_back() {
        let third = vec![1.0 / 3.0, 2.0f64.sqrt() * 1e-7, 1e17 / 3.0];
        let estimates = estimates(vec![third.clone(), third.clone(), third]);
        let value: serde_json::Value =
            serde_json::from_str(&text("s", 1, &estimates, Beside::new()).unwrap()).unwrap();
        let raised = estimates.measure("capital.raised").unwrap();
        for (key, number) in [("mean", raised.mean), ("se", raised.se), ("p25", raised.p25.value)] {
            let read = value["measures"]["capital.raised"][key].as_f64().unwrap();
            assert_eq!(read.to_bits(), number.to_bits(), "{key}");
        }
    }

    #[test]
    fn what_is_not_defined_is_null() {
        let estimates = estimates(vec![vec![0.0], vec![0.0], vec![f64::NAN]]);
        let value: serde_json::Value =
            serde_json::from_str(&text("s", 1, &estimates, Beside::new()).unwrap()).unwrap();
        assert_eq!(value["measures"]["capital.raised"]["mean"], 0.0);
        assert!(value["measures"]["capital.raised"]["se"].is_null());
        assert!(value["measures"]["share.traced"]["mean"].is_null());
        assert_eq!(value["measures"]["share.traced"]["n"], 0);
        assert!(value["ratio_of_means"]["share.traced"]["value"].is_null());
    }

    #[test]
    fn writing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.json");
        let estimates = estimates(vec![vec![1.0], vec![1.0], vec![1.0]]);
        let written = write(&path, "s", 1, &estimates, Beside::new()).unwrap();
        let content = std::fs::read_to_string(&path).unwrap();
        assert_eq!(content, text("s", 1, &estimates, Beside::new()).unwrap());
        assert_eq!(
            (written.bytes, written.sha256),
            (content.len() as u64, atomic::sha256(content.as_bytes()))
        );
    }
}
