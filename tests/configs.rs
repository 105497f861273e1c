//! The shipped scenarios: every number has a source and a grade, and none disagrees with the facts in `data/` that it
//! is said to come from.

use roundtrip::input::{Distribution, Quantity};
use roundtrip::plan::distribution::Marginal;
use roundtrip::scenario::Scenario;
use std::collections::HashMap;
use std::path::{Path, PathBuf};

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn configs() -> Vec<(String, Scenario)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(repository().join("configs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    assert!(files.len() >= 2);
    files
        .into_iter()
        .map(|file| {
            let scenario = Scenario::read(&file, &[]).unwrap_or_else(|f| panic!("{}", f.render(false)));
            (file.file_stem().unwrap().to_string_lossy().into_owned(), scenario)
        })
        .collect()
}

#[test]
fn every_number_has_a_source() {
    for (config, scenario) in configs() {
        let bare: Vec<&str> = scenario
            .numbers
            .iter()
            .filter(|number| !number.is_default && !number.address.starts_with("scenario."))
            .filter(|number| number.source.as_deref().unwrap_or("").trim().is_empty())
            .map(|number| number.address.as_str())
            .collect();
        assert!(bare.is_empty(), "{config}: no source for {bare:?}");
    }
}

#[test]
fn shipped_scenarios_give_no_warning() {
    for (config, scenario) in configs() {
        assert!(scenario.warnings.is_empty(), "{config}: {}", scenario.warnings.render(false));
    }
}

/// Scenarios give their numbers rounded to three figures.
const ROUNDED: f64 = 0.003;

/// Where a number's distribution reaches, and its mean.
fn reach(quantity: &Quantity) -> (f64, f64, f64) {
    match quantity {
        Quantity::Certain(value) => (*value, *value, *value),
        Quantity::Uncertain(distribution) => {
            let marginal = Marginal::of(distribution as &Distribution);
            let (low, high) = marginal.support();
            (low, high, marginal.mean())
        }
    }
}

/// Addresses of commitments as `in_configs.csv` has them (by their place in the file) to those of the scenario.
fn address_in(scenario: &Scenario, address: &str) -> String {
    let Some(rest) = address.strip_prefix("commitment.") else { return address.to_string() };
    let Some((place, key)) = rest.split_once('.') else { return address.to_string() };
    let Ok(place) = place.parse::<usize>() else { return address.to_string() };
    let pairs: Vec<(String, String)> = scenario
        .sections_named("commitment")
        .map(|node| (node.text("investor").to_string(), node.text("lab").to_string()))
        .collect();
    let earlier = pairs[..place].iter().filter(|pair| **pair == pairs[place]).count();
    let (investor, lab) = &pairs[place];
    match earlier {
        0 => format!("commitment.{investor}.{lab}.{key}"),
        n => format!("commitment.{investor}.{lab}.{}.{key}", n + 1),
    }
}

/// The facts that disagree with a scenario's numbers, in words.
fn disagreements(facts: &HashMap<String, String>, configs: &[(String, Scenario)]) -> (usize, Vec<String>) {
    let mut rows = csv::Reader::from_path(repository().join("data/in_configs.csv")).unwrap();
    let (mut checked, mut wrong) = (0, Vec::new());
    for row in rows.records().map(Result::unwrap) {
        let (config, address, fact, relation) = (&row[0], &row[1], &row[2], &row[5]);
        let (value, factor): (f64, f64) =
            (row[3].parse().unwrap_or(f64::NAN), row[4].parse().unwrap_or(f64::NAN));
        let known = facts.get(fact).map(String::as_str);
        if known.is_some_and(|known| known.parse() != Ok(value)) && !value.is_nan() {
            wrong.push(format!("{fact}: data/facts.csv says {known:?}, in_configs.csv {value}"));
        }
        if relation != "equal" && relation != "within" {
            continue;
        }
        let Some((_, scenario)) = configs.iter().find(|(name, _)| name == config) else {
            wrong.push(format!("no scenario {config}"));
            continue;
        };
        let at = address_in(scenario, address);
        let Some(id) = scenario.number_at(&at) else {
            wrong.push(format!("{config}: no number {at}"));
            continue;
        };
        checked += 1;
        let (low, high, mean) = reach(&scenario.number(id).quantity);
        let fact_value = value * factor;
        let slack = ROUNDED * fact_value.abs();
        let agrees = match relation {
            "equal" => (mean - fact_value).abs() <= slack,
            _ => low - slack <= fact_value && fact_value <= high + slack,
        };
        if !agrees {
            wrong.push(format!(
                "{config}: {at} is {mean} ({low} to {high}), {fact} says {fact_value} ({relation})"
            ));
        }
    }
    (checked, wrong)
}

fn facts() -> HashMap<String, String> {
    let mut rows = csv::Reader::from_path(repository().join("data/facts.csv")).unwrap();
    rows.records().map(Result::unwrap).map(|row| (row[0].to_string(), row[4].to_string())).collect()
}

#[test]
fn numbers_agree_with_their_facts() {
    let (checked, wrong) = disagreements(&facts(), &configs());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(checked > 80, "only {checked} numbers are compared");
}

/// The comparison can fail: a fact that says something else is found.
#[test]
fn a_changed_fact_is_found() {
    let mut facts = facts();
    facts.insert("A001".into(), "301".into());
    let (_, wrong) = disagreements(&facts, &configs());
    assert!(wrong.iter().any(|line| line.contains("A001")), "{wrong:?}");
}
