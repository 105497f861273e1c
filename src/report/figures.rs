//! Fills the charts' data from a run's results. No drawing here, no statistics there.

use super::charts::answer::{Answer, LensShare};
use super::charts::course::{Course, Fan, Money, PremiumUnit};
use super::charts::distribution::Distribution;
use super::charts::{Estimated, Figures, Run, Spread};
use super::results::Results;
use crate::books::origin::ORIGIN_NAMES;
use crate::estimate::{Estimate, RatioEstimate};

pub fn of(results: &Results) -> Figures {
    let run = Run { scenario: results.name.clone(), paths: results.paths, seed: results.seed };
    Figures {
        answer: Some(answer(results, &run)),
        distribution: distribution(results, &run),
        course: Some(course(results, &run)),
        ..Figures::default()
    }
}

fn spread(estimate: &Estimate, point: Estimated) -> Spread {
    Spread {
        point,
        p5: estimate.p5.value,
        p25: estimate.p25.value,
        p75: estimate.p75.value,
        p95: estimate.p95.value,
    }
}

fn mean(estimate: &Estimate) -> Estimated {
    Estimated::new(estimate.mean, estimate.se)
}

fn measure(results: &Results, name: &str) -> Spread {
    results.measure(name).map_or(Spread::default(), |m| spread(m, mean(m)))
}

fn lens(by_path: Option<&Estimate>, ratio: Option<&RatioEstimate>) -> LensShare {
    match (by_path, ratio) {
        (Some(by_path), Some(ratio)) if ratio.value.is_finite() && by_path.n > 0 => {
            LensShare::Share(spread(by_path, Estimated::new(ratio.value, ratio.se)))
        }
        _ => LensShare::Undefined,
    }
}

fn answer(results: &Results, run: &Run) -> Answer {
    let of = |name: &str| lens(results.measure(name), results.estimates.ratio(name));
    let causal = match &results.causal {
        Some(causal) => lens(Some(&causal.by_path), Some(&causal.share)),
        None if results.mean("capital.raised") > 0.0 => LensShare::NotRun,
        None => LensShare::Undefined,
    };
    let by_origin = std::array::from_fn(|origin| {
        let name = format!("capital.origin.{}", ORIGIN_NAMES[origin].0);
        results.measure(&name).map_or(Estimated::default(), mean)
    });
    Answer {
        run: run.clone(),
        labs: results.labs.clone(),
        raised: measure(results, "capital.raised"),
        manufactured: measure(results, "capital.manufactured"),
        by_origin,
        lenses: [of("share.traced"), of("share.netted"), causal],
        causal_upper: results.causal.as_ref().map(|c| Estimated::new(c.upper.value, c.upper.se)),
    }
}

fn distribution(results: &Results, run: &Run) -> Option<Distribution> {
    let share = results.measure("share.traced")?;
    let quantiles = [share.p5, share.p50, share.p95].map(|q| Estimated::new(q.value, q.se));
    Some(Distribution {
        run: run.clone(),
        labs: results.labs.clone(),
        tally: results.traced.clone(),
        quantiles,
    })
}

/// Quantiles of a sum of series over time.
fn fan(results: &Results, names: &[String]) -> Fan {
    let courses = &results.courses;
    let series: Vec<usize> = names.iter().filter_map(|name| courses.find(name)).collect();
    let mut fan = Fan::default();
    // At the start nothing has been raised.
    for moment in 0..courses.times.len() {
        let mut sum = vec![0.0; courses.paths()];
        for index in &series {
            for (sum, value) in sum.iter_mut().zip(courses.column(*index, moment)) {
                *sum += value;
            }
        }
        let estimate = Estimate::of(sum);
        fan.p5.push(estimate.p5.value);
        fan.p25.push(estimate.p25.value);
        fan.p50.push(estimate.p50.value);
        fan.p75.push(estimate.p75.value);
        fan.p95.push(estimate.p95.value);
    }
    fan
}

fn course(results: &Results, run: &Run) -> Course {
    let origins = |manufactured: bool| -> Vec<String> {
        let of_kind = ORIGIN_NAMES.iter().filter(|(_, made)| *made == manufactured);
        of_kind.map(|(name, _)| format!("capital.origin.{name}")).collect()
    };
    let premiums = results
        .companies
        .iter()
        .map(|name| (name.clone(), fan(results, &[format!("company.{name}.premium")])))
        .collect();
    Course {
        run: run.clone(),
        labs: results.labs.clone(),
        start: results.start,
        times: results.courses.times.clone(),
        capital: vec![
            (Money::Organic, fan(results, &origins(false))),
            (Money::Manufactured, fan(results, &origins(true))),
        ],
        premium_unit: PremiumUnit::UsdBn,
        premiums,
    }
}
