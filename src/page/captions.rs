//! What stands under a picture, and what a screen reader says in its place: sentences from the picture's numbers.

use crate::books::Origin;
use crate::charts::answer::{Answer, LOOKED, LensShare};
use crate::charts::axes::month_in_full;
use crate::charts::breaking::{self, Breaking};
use crate::charts::convergence::Convergence;
use crate::charts::course::{Course, Money, PremiumUnit};
use crate::charts::distribution::Distribution;
use crate::charts::headline::{self, Headline};
use crate::charts::money_map::{ActorKind, MoneyMap, NOT_TAKEN_APART};
use crate::charts::{Estimated, Figures};
use crate::words::numbers::{count, percent, percent_ends, usd, usd_range};

/// The caption of a run's picture, by the chart's name.
pub fn caption(name: &str, figures: &Figures) -> String {
    match name {
        "answer" => figures.answer.as_ref().map(answer),
        "distribution" => figures.distribution.as_ref().map(distribution),
        "course" => figures.course.as_ref().map(course),
        "money_map" => figures.money_map.as_ref().map(money_map),
        "breaking" => figures.breaking.as_ref().map(breaking),
        "headline" => figures.headline.as_ref().map(headline),
        "convergence" => figures.convergence.as_ref().map(convergence),
        _ => None,
    }
    .unwrap_or_default()
}

fn convergence(data: &Convergence) -> String {
    let stood = |at: usize| {
        let (raised, share) = (data.raised[at], data.share[at]);
        let raised = format!("{} \u{b1} {}", usd(raised.value, raised.se), usd(raised.se, 0.1 * raised.se));
        match share.value.is_finite() {
            true => format!("capital raised {raised}, traced share {}", percent(share.value, share.se)),
            false => format!("capital raised {raised}"),
        }
    };
    let last = data.paths.len().min(data.raised.len()).min(data.share.len());
    // One path has no error.
    let mut known = (0..last).filter(|at| data.raised[*at].se.is_finite());
    match (known.next(), known.next_back()) {
        (Some(first), Some(last)) => format!(
            "After {} paths: {}. After {}: {}.",
            count(data.paths[first]),
            stood(first),
            count(data.paths[last]),
            stood(last)
        ),
        _ => "Too few paths to tell an error.".into(),
    }
}

/// Whole points, tenths of one below one.
fn rough(share: f64) -> String {
    percent(share, if share.abs() >= 0.01 { 0.01 } else { 0.001 })
}

fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

fn answer(data: &Answer) -> String {
    let amounts = data.by_origin.iter().map(|(origin, amount)| (origin, *amount));
    let mut parts: Vec<(Origin, Estimated)> = amounts.filter(|(_, amount)| amount.value > 0.0).collect();
    parts.sort_by(|a, b| b.1.value.total_cmp(&a.1.value));
    if parts.is_empty() {
        return "No capital is raised on any path.".into();
    }
    let of = |made: bool| -> Vec<String> {
        let kind = parts.iter().filter(|(origin, _)| origin.is_manufactured() == made);
        kind.map(|(origin, amount)| format!("{} {}", usd(amount.value, amount.se), origin.name())).collect()
    };
    let mut text = String::new();
    if !of(false).is_empty() {
        text += &format!("At face value: {}. ", list(&of(false)));
    }
    if !of(true).is_empty() {
        text += &format!("From inflated values: {}. ", list(&of(true)));
    }
    let shares: Vec<String> = LOOKED
        .iter()
        .filter_map(|looked| {
            let LensShare::Share(spread) = looked.share(data) else { return None };
            let [low, high] = percent_ends(spread.p5, spread.p95);
            let name = looked.name().to_lowercase();
            Some(format!(
                "{name} {} ({low} to {high} on nine of ten paths)",
                percent(spread.point.value, spread.point.se)
            ))
        })
        .collect();
    if !shares.is_empty() {
        text += &format!("Shares: {}. ", list(&shares));
    }
    if let Some(range) = data.told.causal.as_ref().and_then(|causal| causal.range.as_ref()) {
        text += &range.said();
    }
    text.trim_end().to_string()
}

fn distribution(data: &Distribution) -> String {
    let total = data.tally.total();
    if total == 0 {
        return "No path raises capital.".into();
    }
    let [low, median, high] = data.quantiles;
    let mut text = format!(
        "Traced share over the {} paths that raise capital: median {}, 5th percentile {}, 95th {}.",
        count(total),
        percent(median.value, median.se),
        percent(low.value, low.se),
        percent(high.value, high.se)
    );
    if data.tally.zero > 0 {
        let share = data.tally.zero as f64 / total as f64;
        text += &format!(
            " On {} the share is exactly 0.",
            percent(share, (share * (1.0 - share) / total as f64).sqrt())
        );
    }
    if data.tally.one > 0 {
        let share = data.tally.one as f64 / total as f64;
        text += &format!(
            " On {} it is exactly 1.",
            percent(share, (share * (1.0 - share) / total as f64).sqrt())
        );
    }
    text
}

fn course(data: &Course) -> String {
    let last = |values: &[f64]| values.last().copied().unwrap_or(0.0).max(0.0);
    let parts: Vec<String> = data
        .capital
        .iter()
        .map(|(money, fan)| {
            let name = match money {
                Money::Organic => "organic",
                Money::Manufactured => "manufactured",
                Money::Of(origin) => origin.name(),
            };
            let (low, high) = (last(&fan.p5), last(&fan.p95));
            format!(
                "{name} {} (median; 90% of the paths: {})",
                usd(last(&fan.p50), last(&fan.p50) * 0.02),
                usd_range(low, high, high * 0.02)
            )
        })
        .collect();
    let mut text =
        if parts.is_empty() { String::new() } else { format!("Raised by the end: {}.", list(&parts)) };
    // Where the median premium of any company stands highest.
    let medians = data.premiums.iter().flat_map(|(name, fan)| {
        fan.p50.iter().zip(&data.times).map(move |(premium, time)| (name, *premium, data.start + time))
    });
    let highest = medians.filter(|(_, premium, _)| *premium > 0.0).max_by(|a, b| a.1.total_cmp(&b.1));
    if let Some((name, premium, date)) = highest {
        let amount = match data.premium_unit {
            PremiumUnit::UsdBn => usd(premium, premium * 0.02),
            PremiumUnit::ShareOfFundamental => format!("{} of its fundamental value", rough(premium)),
        };
        text += &format!(" The largest median premium is {name}’s in {}, {amount}.", month_in_full(date));
    }
    text
}

fn money_map(data: &MoneyMap) -> String {
    let inside = |actor: usize| data.actors[actor].kind != ActorKind::Outside;
    let mut between: Vec<(&str, &str, f64)> = data
        .payments
        .iter()
        .filter(|payment| inside(payment.payer) && inside(payment.payee))
        .map(|payment| {
            let amount = payment.by_origin.sum();
            (data.actors[payment.payer].name.as_str(), data.actors[payment.payee].name.as_str(), amount)
        })
        .collect();
    between.sort_by(|a, b| b.2.total_cmp(&a.2));
    if between.is_empty() {
        return "The actors pay one another nothing.".into();
    }
    let largest: Vec<String> = between
        .iter()
        .take(4)
        .map(|(payer, payee, amount)| format!("{payer} to {payee} {}", usd(*amount, amount * 0.02)))
        .collect();
    let mut text = format!("The largest mean payments between actors: {}.", list(&largest));
    if let Some(share) = data.circular_throughput {
        text += &format!(
            " {} of the throughput of this network, where a dollar counts once through however many hands it goes, runs in circles.",
            percent(share.value, share.se)
        );
    }
    if !data.is_taken_apart() {
        text += &format!(" What runs in circles is {NOT_TAKEN_APART}.");
    }
    text
}

fn breaking(data: &Breaking) -> String {
    let probability = data.probability();
    let mut text = if data.broken() == 0 {
        let (_, high) = breaking::wilson(0, data.run.paths);
        format!(
            "None of the paths broke: with 95% confidence the probability is below {}.",
            percent(high, high / 10.0)
        )
    } else {
        format!(
            "The probability of a restructuring is {} with a standard error of {} points.",
            percent(probability.value, probability.se),
            percent(probability.se, probability.se / 3.0).trim_end_matches('%')
        )
    };
    let widest = data.before.iter().max_by(|a, b| {
        (a.breaking.value - a.standing.value).total_cmp(&(b.breaking.value - b.standing.value))
    });
    if let Some(precursor) = widest.filter(|p| p.breaking.value > p.standing.value) {
        text += &format!(
            " What sets the breaking paths apart most is “{}”: {} of them, against {} of the paths still standing at the same dates.",
            precursor.what,
            percent(precursor.breaking.value, precursor.breaking.se.max(0.01)),
            percent(precursor.standing.value, precursor.standing.se.max(0.01))
        );
    }
    let deepest = data
        .falls
        .iter()
        .filter(|(_, spread)| spread.point.value.is_finite())
        .min_by(|a, b| a.1.point.value.total_cmp(&b.1.point.value));
    if let Some((name, spread)) = deepest.filter(|(_, spread)| spread.point.value < 0.0) {
        text += &format!(
            " Of the companies {name} falls most around it: by {} at the median.",
            rough(-spread.point.value)
        );
    }
    text
}

fn headline(data: &Headline) -> String {
    let (announced, committed, paid) =
        (headline::end(&data.announced), headline::end(&data.committed), headline::end(&data.paid));
    let amount = |value: f64| usd(value, value * headline::KNOWN);
    let mut text = format!(
        "Medians at the end: {} announced, {} committed on raising capital, {} paid.",
        amount(announced),
        amount(committed),
        amount(paid)
    );
    if announced > 0.0 && paid > 0.0 {
        text += " What is paid includes older contracts and what labs spend without any contract: it is not a part of what \
                 was announced, of which most falls due later.";
    }
    if let (Some(low), Some(high)) = (data.paid.p5.last(), data.paid.p95.last()) {
        text += &format!(
            " On nine of ten paths, between {} and {} were paid.",
            usd(low.max(0.0), high * headline::KNOWN),
            usd(high.max(0.0), high * headline::KNOWN)
        );
    }
    text
}
