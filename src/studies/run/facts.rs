//! What the page is told of a run, taken once from its results.

use super::results::Results;
use super::told;
use crate::charts::Estimated;
use crate::estimate::proportion::proportion;
use crate::estimate::{Estimate, RatioEstimate};
use crate::outcome::is_proportion;
use crate::page::facts::{Amount, Facts, GivenNumber, LensFact, Measured, Quantiles};
use crate::scenario::{Scenario, date, quantity};
use std::collections::BTreeMap;

/// What breaks: measure, unit, words.
const BREAKING: [(&str, Measured, &str); 9] = [
    ("distress", Measured::Share, "A lab gets time from its vendors or cannot pay, share of the paths"),
    ("unwind", Measured::Share, "A lab cannot pay and restructures, share of the paths"),
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

/// Of the facts that a source names, those that can be looked up.
fn links_in(source: &str, scenario: &Scenario) -> BTreeMap<String, String> {
    let words = source.split(|c: char| !c.is_alphanumeric());
    let known = words.filter_map(|word| scenario.links.get_key_value(word));
    known.map(|(id, address)| (id.clone(), address.clone())).collect()
}

pub fn of(results: &Results, scenario: &Scenario, complete: bool) -> Facts {
    let ratio = |ratio: &RatioEstimate| Estimated::new(ratio.value, ratio.se);
    let lens = |name: &str, share: Option<&RatioEstimate>, by_path: Option<&Estimate>| {
        let (share, by_path) = (share?, by_path?);
        (share.value.is_finite() && by_path.n > 0)
            .then(|| LensFact { name: name.into(), share: quantiles(by_path, ratio(share)) })
    };
    let causal = results.causal.as_ref();
    let of = |measure: &str| (results.estimates.ratio(measure), results.measure(measure));
    let [insiders, traced, netted] = ["share.insider", "share.traced", "share.netted"].map(of);
    let lenses = [
        lens("Insiders", insiders.0, insiders.1),
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
        .filter_map(|(measured, unit, what)| {
            let measure = results.measure(measured)?;
            (measure.mean > 0.0 || *measured == "unwind").then(|| Amount {
                what: (*what).into(),
                unit: *unit,
                value: mean(measure),
                interval: is_proportion(measured).then(|| {
                    let of_paths = proportion(measure.mean, measure.se, measure.n);
                    (of_paths.low, of_paths.high)
                }),
            })
        })
        .collect();
    // By when, after each of the two steps.
    for (measured, after) in [("unwind.time", "unwind"), ("distress.time", "distress")] {
        let Some(time) = results.measure(measured).filter(|time| time.n > 0) else { continue };
        let step = BREAKING.iter().find(|(measure, ..)| *measure == after).map_or("", |(_, _, what)| *what);
        let Some(place) = breaking.iter().position(|amount| amount.what == step) else { continue };
        let value = Estimated::new(time.p50.value, time.p50.se);
        let what = "When it does, after (median)".into();
        breaking.insert(place + 1, Amount { what, unit: Measured::Years, value, interval: None });
    }
    let numbers = scenario.given().map(|given| GivenNumber {
        address: given.address.clone(),
        value: quantity(scenario, given),
        unit: given.unit.text().into(),
        grade: given.grade.word().into(),
        source: given.source.clone().unwrap_or_default(),
        links: links_in(given.source.as_deref().unwrap_or_default(), scenario),
    });
    Facts {
        version: env!("CARGO_PKG_VERSION").into(),
        scenario: results.name.clone(),
        file: scenario.file.clone(),
        sha256: crate::files::atomic::sha256(scenario.text.as_bytes()),
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
        told: told::of(results),
        asked: results.asked.clone(),
        circular: results.estimates.ratio("share.circular").filter(|r| r.value.is_finite()).map(ratio),
        instruments: results
            .instruments()
            .into_iter()
            .map(|(name, cells)| (name.to_string(), cells.map(|cell| mean(cell))))
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
