//! Takes from a run's results what the answer is told from ([`crate::words::answer`]).

use crate::books::Origin;
use crate::deals::compute::COMPUTE;
use crate::estimate::RatioEstimate;
use crate::studies::run::causal::{AtTen, Causal};
use crate::studies::run::corners::Point;
use crate::studies::run::results::Results;
use crate::words::answer::{self, Compared, End, Financed, Insiders, Range, Told};
use crate::words::estimated::Estimated;
use crate::words::numbers::ROUNDING;

fn estimated(ratio: &RatioEstimate) -> Estimated {
    Estimated::new(ratio.value, ratio.se)
}

pub fn of(results: &Results) -> Told {
    let ratio = |name: &str| {
        let ratio = results.estimates.ratio(name).filter(|ratio| ratio.value.is_finite());
        ratio.map(estimated)
    };
    let raised =
        results.measure("capital.raised").map_or(Estimated::default(), |m| Estimated::new(m.mean, m.se));
    let instrument = |measure: &String| Some(measure.strip_prefix("capital.concession.")?.to_string());
    Told {
        labs: results.labs.clone(),
        good: results.good.clone(),
        raised,
        insiders: ratio("share.insider"),
        who: who(results, raised),
        traced: ratio("share.traced"),
        netted: ratio("share.netted"),
        causal: results.causal.as_ref().map(|causal| causal_of(results, causal)),
        concession: ratio("share.concession"),
        conceded: results
            .estimates
            .measures
            .iter()
            .filter_map(|(name, m)| Some((instrument(name)?, Estimated::new(m.mean, m.se))))
            .collect(),
        financing: financed(results),
    }
}

/// Where the scenario has vendor credit or project debt and something is financed.
pub fn financed(results: &Results) -> Option<Financed> {
    let whole = results.measure("financing")?;
    let ratio =
        |name: &str| results.estimates.ratio(name).filter(|ratio| ratio.value.is_finite()).map(estimated);
    // Differences of means that agree but for rounding are nothing; the whole's error says how many digits they have.
    let rest = |of: f64, less: f64| {
        let rest = of - less;
        Estimated::new(if rest.abs() > ROUNDING * whole.mean { rest } else { 0.0 }, whole.se)
    };
    Some(Financed {
        whole: Estimated::new(whole.mean, whole.se),
        lent: rest(whole.mean, results.mean("capital.raised")),
        guaranteed: rest(results.mean("financing.manufactured"), results.mean("capital.manufactured")),
        insiders: ratio("share.financing.insider")?,
        manufactured: ratio("share.financing.manufactured")?,
        causal: results.causal.as_ref().and_then(|causal| causal.financing.as_ref()).map(estimated),
    })
}

/// Who brings something.
fn who(results: &Results, raised: Estimated) -> Insiders {
    let strangers = results.measure("capital.stranger").filter(|m| m.mean > 0.0 && raised.value > 0.0);
    let companies = results.mean("capital.from.company");
    let of = |names: &[String]| -> Vec<String> {
        let brings = |name: &&String| {
            let to = |lab: &String| results.mean(&format!("put_in.{name}.{lab}"));
            results.labs.iter().map(to).sum::<f64>() > 0.0
        };
        names.iter().filter(brings).cloned().collect()
    };
    Insiders {
        vendors: companies - strangers.map_or(0.0, |m| m.mean) > 1e-9 * raised.value.max(1.0),
        holdings: of(&results.holdings),
        persons: of(&results.persons),
        strangers: strangers.map(|m| Estimated::new(m.mean / raised.value, m.se / raised.value)),
    }
}

fn causal_of(results: &Results, causal: &Causal) -> answer::Causal {
    let end = |point: &Point| End {
        share: estimated(&point.share),
        corner: point.corner.as_ref().map_or(String::new(), |corner| corner.words()),
        raised: estimated(&point.raised),
    };
    let replacement = &causal.replacement;
    answer::Causal {
        paths: causal.paths,
        share: estimated(&causal.share),
        without_wealth: results.causal_upper().map(estimated),
        range: causal.range.as_ref().map(|range| Range {
            paths: range.paths,
            low: end(range.low()),
            high: end(range.high()),
            points: range.points.iter().map(end).collect(),
        }),
        through_loops: estimated(&replacement.through_loops),
        replacement: replacement.rate.as_ref().map(estimated),
        at_ten: match &replacement.at_ten {
            Some(AtTen::Rate(rate)) => Some(estimated(rate)),
            Some(AtTen::AtAny) | None => None,
        },
        compared: causal
            .compared
            .iter()
            .map(|compared| Compared {
                measure: compared.measure.clone(),
                on: estimated(&compared.on),
                off: estimated(&compared.off),
                change: estimated(&compared.change),
            })
            .collect(),
        customers_pay: customers_pay(results),
        demand: causal.demand.as_ref().map(estimated),
    }
}

/// Does money from customers settle more than half of labs' bills?
fn customers_pay(results: &Results) -> bool {
    let bills = results.flows.edges.iter().enumerate().filter(|(_, (_, _, flow))| *flow == COMPUTE);
    let by_customers: f64 = bills.map(|(k, _)| results.flows.mean(k, Origin::Revenue).0).sum();
    by_customers > 0.5 * results.mean("paid")
}
