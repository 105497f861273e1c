//! Fills the charts' data from a run's results. No drawing here, no statistics there.

use crate::books::{ByOrigin, Origin};
use crate::charts::answer::{Answer, LensShare};
use crate::charts::convergence::Convergence;
use crate::charts::course::{Course, Fan, MOST_COMPANIES, Money, PremiumUnit};
use crate::charts::distribution::Distribution;
use crate::charts::financing::{Financing, Part};
use crate::charts::headline::Headline;
use crate::charts::money_map::{Actor, ActorKind, MoneyMap, Payment};
use crate::charts::overview::{Overview, Row};
use crate::charts::{Estimated, Figures, Run, Spread};
use crate::deals::vendor_credit::LOANS;
use crate::estimate::circular::{Decomposition, LARGEST_NETWORK};
use crate::estimate::{Estimate, RatioEstimate};
use crate::studies::run::around_unwind;
use crate::studies::run::results::Results;
use crate::studies::run::told;
use crate::words::answer::Financed;
use crate::words::numbers::{ROUNDING, changed};
use rayon::prelude::*;

pub fn of(results: &Results) -> Figures {
    let (paths, seed) = (results.paths, results.seed);
    let run = Run { scenario: results.called(), paths, seed, evidence: results.evidence.said() };
    Figures::default()
        .with(answer(results, &run))
        .with_some(distribution(results, &run))
        .with(course(results, &run))
        .with(money_map(results, &run))
        .with_some(financing(results, &run))
        .with_some(around_unwind::breaking(results, &run))
        .with(headline(results, &run))
        .with_some(convergence(results, &run))
}

fn convergence(results: &Results, run: &Run) -> Option<Convergence> {
    let standings = &results.convergence;
    let of = |estimate: &RatioEstimate| Estimated::new(estimate.value, estimate.se);
    (!standings.is_empty()).then(|| Convergence {
        run: run.clone(),
        paths: standings.iter().map(|standing| standing.paths).collect(),
        raised: standings.iter().map(|standing| of(&standing.mean)).collect(),
        share: standings.iter().map(|standing| of(&standing.ratio)).collect(),
    })
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

pub fn answer(results: &Results, run: &Run) -> Answer {
    let of = |name: &str| lens(results.measure(name), results.estimates.ratio(name));
    let causal = match &results.causal {
        Some(causal) => lens(Some(&causal.by_path), Some(&causal.share)),
        None if results.mean("capital.raised") > 0.0 => LensShare::NotRun,
        None => LensShare::Undefined,
    };
    let by_origin = ByOrigin::new(results.flows.origins, |origin| {
        let name = format!("capital.origin.{}", origin.name());
        results.measure(&name).map_or(Estimated::default(), mean)
    });
    Answer {
        run: run.clone(),
        labs: results.labs.clone(),
        raised: measure(results, "capital.raised"),
        manufactured: measure(results, "capital.manufactured"),
        by_origin,
        insiders: of("share.insider"),
        lenses: [of("share.traced"), of("share.netted"), causal],
        told: told::of(results),
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
        headline: results
            .estimates
            .ratio("share.traced")
            .filter(|ratio| ratio.value.is_finite())
            .map(|ratio| Estimated::new(ratio.value, ratio.se)),
    })
}

/// The start, and the moments at which courses are kept.
fn times(results: &Results) -> Vec<f64> {
    std::iter::once(0.0).chain(results.courses.times.iter().copied()).collect()
}

/// Quantiles over time of what `of` makes of some series on each path, from those at the start on.
fn fan(results: &Results, opening: [f64; 5], names: &[String], of: impl Fn(&[f64]) -> f64 + Sync) -> Fan {
    let courses = &results.courses;
    let found = names.iter().filter_map(|name| courses.find(name));
    let series: Vec<Vec<Vec<f64>>> = found.map(|number| courses.columns(number)).collect();
    let quantiles_at = |moment: usize| {
        let mut values = vec![0.0; series.len()];
        let on_path = (0..courses.paths()).map(|path| {
            for (value, columns) in values.iter_mut().zip(&series) {
                *value = columns[moment][path];
            }
            of(&values)
        });
        Estimate::of(on_path.collect())
    };
    let estimates: Vec<Estimate> = (0..courses.times.len()).into_par_iter().map(quantiles_at).collect();
    let [p5, p25, p50, p75, p95] = opening.map(|value| vec![value]);
    let mut fan = Fan { p5, p25, p50, p75, p95 };
    for estimate in estimates {
        fan.p5.push(estimate.p5.value);
        fan.p25.push(estimate.p25.value);
        fan.p50.push(estimate.p50.value);
        fan.p75.push(estimate.p75.value);
        fan.p95.push(estimate.p95.value);
    }
    fan
}

/// What is counted since the start is nothing then.
const NOTHING: [f64; 5] = [0.0; 5];

fn course(results: &Results, run: &Run) -> Course {
    let origins = |manufactured: bool| -> Vec<String> {
        let of_kind = Origin::ALL.iter().filter(|origin| origin.is_manufactured() == manufactured);
        of_kind.map(|origin| format!("capital.origin.{}", origin.name())).collect()
    };
    let sum = |values: &[f64]| values.iter().sum();
    // (M − F)/F from the premium and the market value.
    let premium_share = |values: &[f64]| values[0] / (values[1] - values[0]);
    let courses = &results.courses;
    let value = |name: &str| -> f64 {
        let found = courses.find(&format!("company.{name}.value"));
        found.map_or(0.0, |series| courses.columns(series).first().map_or(0.0, |first| first.iter().sum()))
    };
    let mut companies: Vec<(&String, &[f64; 5])> =
        results.companies.iter().zip(&results.opening_premiums).collect();
    if companies.len() > MOST_COMPANIES {
        let mut by_value: Vec<_> = companies.into_iter().map(|company| (value(company.0), company)).collect();
        by_value.sort_by(|(one, _), (other, _)| other.total_cmp(one));
        companies = by_value.into_iter().map(|(_, company)| company).collect();
    }
    let premiums = companies
        .into_iter()
        .map(|(name, opening)| {
            let series = [format!("company.{name}.premium"), format!("company.{name}.value")];
            (name.clone(), fan(results, *opening, &series, premium_share))
        })
        .collect();
    Course {
        run: run.clone(),
        labs: results.labs.clone(),
        start: results.start,
        times: times(results),
        capital: vec![
            (Money::Organic, fan(results, NOTHING, &origins(false), sum)),
            (Money::Manufactured, fan(results, NOTHING, &origins(true), sum)),
        ],
        premium_unit: PremiumUnit::ShareOfFundamental,
        premiums,
    }
}

/// Only where the scenario has vendor credit or project debt.
fn financing(results: &Results, run: &Run) -> Option<Financing> {
    let Financed { whole, lent, guaranteed, insiders, .. } = told::financed(results)?;
    let from = |class: &str| measure(results, &format!("capital.from.{class}")).point;
    let companies = from("company");
    let loans = results.instruments().into_iter().find(|(instrument, _)| *instrument == LOANS);
    let loans = loans.map_or(0.0, |(_, cells)| cells.values().iter().map(|cell| cell.mean).sum());
    let parts = [
        ("Investors who sell nothing to labs", from("outside"), false),
        (
            "Lenders to projects, on labs' revenue",
            Estimated::new(lent.value - guaranteed.value, lent.se),
            false,
        ),
        ("Companies, in rounds and in credits", Estimated::new(companies.value - loans, companies.se), true),
        ("Companies, as loans to labs", Estimated::new(loans, companies.se), true),
        ("Holdings", from("holding"), true),
        ("Named persons", from("person"), true),
        ("Lenders to projects, on a guarantee", guaranteed, true),
    ];
    Some(Financing {
        run: run.clone(),
        labs: results.labs.clone(),
        whole,
        capital: measure(results, "capital.raised").point,
        insiders,
        insiders_of_capital: results
            .estimates
            .ratio("share.insider")
            .map_or(Estimated::new(f64::NAN, f64::NAN), |ratio| Estimated::new(ratio.value, ratio.se)),
        guaranteed,
        parts: (parts.into_iter().filter(|(_, amount, _)| amount.value > ROUNDING * whole.value))
            .map(|(name, amount, is_insider)| Part { name: name.to_string(), amount, is_insider })
            .collect(),
    })
}

fn headline(results: &Results, run: &Run) -> Headline {
    let of = |name: &str| fan(results, NOTHING, &[name.to_string()], |values| values[0]);
    Headline {
        run: run.clone(),
        labs: results.labs.clone(),
        good: results.good.clone(),
        start: results.start,
        times: times(results),
        announced: of("announced"),
        committed: of("committed"),
        paid: of("paid"),
    }
}

fn money_map(results: &Results, run: &Run) -> MoneyMap {
    let nodes = results.nodes.len();
    let place = |name: &str| results.nodes.iter().position(|node| node == name);
    let kinds: Vec<ActorKind> = results.node_kinds.clone();
    let mut circular = if nodes <= LARGEST_NETWORK && results.paths > 0 {
        Decomposition::of(&results.flows.mean_network(), nodes).circular
    } else {
        vec![0.0; nodes * nodes]
    };
    let nothing = ByOrigin::new(results.flows.origins, |_| 0.0);
    // What each gets and pays off the map.
    let mut beside = vec![(0.0, 0.0); nodes];
    // What is paid, and what is lent and repaid.
    let mut amounts = [(); 2].map(|()| vec![nothing.clone(); nodes * nodes]);
    for (k, ((payer, payee), (from, to, flow))) in
        results.parties.iter().zip(&results.flows.edges).enumerate()
    {
        let (Some(i), Some(j)) = (place(payer), place(payee)) else { continue };
        if !flow.is_mapped(*from, *to) {
            let sum: f64 = results.flows.origins.iter().map(|origin| results.flows.mean(k, *origin).0).sum();
            (beside[i].1, beside[j].0) = (beside[i].1 + sum, beside[j].0 + sum);
            continue;
        }
        for (origin, amount) in amounts[usize::from(flow.is_lending())][i * nodes + j].iter_mut() {
            *amount += results.flows.mean(k, origin).0;
        }
    }
    // What a lab pays a company arrives on its second lap (§7 rule 1).
    for (pair, by_origin) in amounts.iter_mut().flat_map(|of| of.iter_mut().enumerate()) {
        if kinds[pair / nodes] == ActorKind::Lab && kinds[pair % nodes] == ActorKind::Company {
            let savings = by_origin.of(Origin::Savings);
            for (origin, amount) in by_origin.iter_mut() {
                match origin {
                    Origin::Savings => *amount = 0.0,
                    Origin::Recycled => *amount += savings,
                    _ => {}
                }
            }
        }
    }
    // Of a pair's circular part as much as is paid belongs to that.
    let mut payments = Vec::new();
    for (is_lending, of) in [false, true].into_iter().zip(amounts) {
        for (pair, by_origin) in of.into_iter().enumerate().filter(|(_, by_origin)| by_origin.sum() > 0.0) {
            let within = circular[pair].min(by_origin.sum());
            circular[pair] -= within;
            let (payer, payee) = (pair / nodes, pair % nodes);
            payments.push(Payment { payer, payee, by_origin, circular: within, is_lending });
        }
    }
    let actors =
        results.nodes.iter().zip(kinds).map(|(name, kind)| Actor { name: name.clone(), kind }).collect();
    let throughput = results.estimates.ratio("share.circular").filter(|ratio| ratio.value.is_finite());
    MoneyMap {
        run: run.clone(),
        from: results.start,
        to: results.start + results.years,
        actors,
        payments,
        beside,
        circular_throughput: throughput.map(|ratio| Estimated::new(ratio.value, ratio.se)),
    }
}

/// A row per run, by the share of insiders, the largest first.
pub fn overview(all: &[&Results]) -> Overview {
    let row = |results: &&Results| {
        let (paths, seed) = (results.paths, results.seed);
        let run = Run { scenario: results.name.clone(), paths, seed, ..Run::default() };
        let data = answer(results, &run);
        Row {
            scenario: run.scenario,
            paths: run.paths,
            seed: run.seed,
            raised: data.raised,
            insiders: data.insiders,
            lenses: data.lenses,
            range: data
                .told
                .causal
                .and_then(|causal| causal.range)
                .map(|range| [range.low.share, range.high.share]),
            unwind: measure(results, "unwind").point,
        }
    };
    // One command runs them all: what it changes, it changes in each.
    let changed = all.first().map_or(String::new(), |first| changed("", &first.set, &first.off));
    Overview { changed, rows: all.iter().map(row).collect() }
}
