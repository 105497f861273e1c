//! What numbers and measures are called where a reader meets them: `written_off` is "written off", `lab.OpenAI.round.trigger` is
//! "OpenAI’s round trigger", or what the file's `label` says. Tables for other programs keep the keys.

use crate::scenario::{SECTIONS, Scenario};
use crate::words::numbers::capitalised;
use serde::{Deserialize, Serialize};
use std::fmt;

/// A number or a measure: its key, and what it is called within a sentence.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Named {
    pub key: String,
    pub words: String,
    /// The file's own words, which keep their letters.
    pub is_given: bool,
}

impl Named {
    pub fn measure(name: &str) -> Named {
        Named { key: name.into(), words: of_measure(name), is_given: false }
    }

    pub fn number(scenario: &Scenario, address: &str) -> Named {
        let given = scenario.number_at(address).and_then(|id| scenario.number(id).label.clone());
        let is_given = given.is_some();
        Named { key: address.into(), words: given.unwrap_or_else(|| of_number(address)), is_given }
    }

    /// Where it stands alone, or a sentence begins with it.
    pub fn heading(&self) -> String {
        if self.is_given { self.words.clone() } else { capitalised(&self.words) }
    }
}

impl fmt::Display for Named {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.words)
    }
}

/// Measures, by the patterns of their names; `{}` stands for what the star at its place is.
const MEASURES: &[(&str, &str)] = &[
    ("capital.raised", "capital raised"),
    ("capital.origin.*", "capital from {}"),
    ("capital.from.outside", "capital from outside investors"),
    ("capital.from.company", "capital from companies"),
    ("capital.from.person", "capital from persons"),
    ("capital.from.holding", "capital from holdings"),
    ("capital.manufactured", "capital from inflated values"),
    ("capital.netted", "capital that came straight back"),
    ("capital.insider", "capital from insiders"),
    ("capital.stranger", "capital from companies that are owed nothing"),
    ("capital.through_loops", "capital through the loops"),
    ("capital.concession", "given away to labs"),
    ("capital.concession.*", "given away to labs: {}"),
    ("capital.*.*", "capital: {} from {}"),
    ("share.insider", "insiders’ share of the capital"),
    ("share.concession", "share of the capital given away"),
    ("share.traced", "share from inflated values"),
    ("share.netted", "share that came straight back"),
    ("share.causal", "causal share"),
    ("share.causal.upper", "causal share, insiders’ wealth gone too"),
    ("share.causal.demand", "causal share of tied contracts"),
    ("share.causal.low", "causal share, lowest of those assumed"),
    ("share.causal.high", "causal share, highest of those assumed"),
    ("share.circular", "circular share of payments"),
    ("share.circular.volume", "circular share of all flows"),
    ("share.financing.insider", "insiders’ share of all financing"),
    ("share.financing.manufactured", "share of all financing from inflated values"),
    ("share.financing.causal", "causal share of all financing"),
    ("financing", "capital and project debt"),
    ("financing.insider", "capital and project debt from insiders"),
    ("financing.manufactured", "capital and project debt from inflated values"),
    ("rounds", "funding rounds"),
    ("announced", "announced"),
    ("committed", "committed"),
    ("paid", "compute bills paid"),
    ("written_off", "written off"),
    ("unwind", "probability of an unwind"),
    ("unwind.time", "time of the first unwind"),
    ("deferrals", "deferrals by vendors"),
    ("deferred", "payments deferred"),
    ("distress", "probability of distress"),
    ("distress.time", "time of the first distress"),
    ("margin_calls", "margin calls"),
    ("forced_sales", "shares sold on margin calls"),
    ("tranches_missed", "tranches missed"),
    ("build_shortfall", "not built for want of cash"),
    ("lender_losses", "lenders’ losses"),
    ("project_debt_peak", "highest project debt"),
    ("guarantee_calls", "project debt paid by guarantors"),
    ("project_losses", "project lenders’ losses"),
    ("loan_lent", "lent to labs by vendors"),
    ("loan_repaid", "vendors’ loans repaid"),
    ("sentiment.*", "share of time in {}"),
    ("replacement", "replacement by others"),
    ("replacement.at_10_percent", "replacement at a causal share of 10%"),
    ("multiplier", "capital raised for a dollar more"),
    ("loop_gain", "loop gain"),
    ("shapley.*", "added by {}"),
    ("put_in.*.*", "put by {} into {}"),
    ("got_back.*.*", "got back by {} from {}"),
    ("lab.*.raised", "capital raised by {}"),
    ("lab.*.rounds", "{}’s funding rounds"),
    ("lab.*.rounds_by_choice", "{}’s rounds without need"),
    ("lab.*.paid", "compute bills paid by {}"),
    ("lab.*.announced", "announced by {}"),
    ("lab.*.written_off", "written off of {}’s bills"),
    ("lab.*.listed", "probability that {} lists"),
    ("lab.*.listed.time", "time of {}’s listing"),
    ("company.*.value_end", "{}’s market value at the end"),
    ("company.*.premium_peak", "{}’s highest premium"),
    ("company.*.premium_year_after", "{}’s premium a year after its largest announcement"),
    ("company.*.lab_revenue", "{}’s revenue from labs"),
    ("company.*.uncovered_revenue", "{}’s revenue that no customer has paid for"),
    ("company.*.announcement_gain", "added to {}’s value by announcements"),
    ("holding.*.booked_gain_peak", "{}’s highest booked gain"),
];

/// What a measure is called.
pub fn of_measure(name: &str) -> String {
    // The second outcome of a measure that is not always defined.
    if let Some(measure) = name.strip_suffix(" is defined") {
        return format!("{} is defined", of_measure(measure));
    }
    let parts: Vec<&str> = name.split('.').collect();
    for (pattern, words) in MEASURES {
        if let Some(stars) = stars(pattern, &parts) {
            return filled(words, &stars);
        }
    }
    // Of one actor: `company.Oracle.cash_end`.
    match parts.as_slice() {
        [_, actor, of] => match of.strip_suffix("_end") {
            Some(of) => format!("{actor}’s {} at the end", spaced(of)),
            None => format!("{actor}’s {}", spaced(of)),
        },
        _ => spaced(name),
    }
}

/// What the stars of a pattern stand for in a name; none if it is of another.
fn stars<'a>(pattern: &str, parts: &[&'a str]) -> Option<Vec<&'a str>> {
    let of_pattern: Vec<&str> = pattern.split('.').collect();
    if of_pattern.len() != parts.len() {
        return None;
    }
    let pairs = of_pattern.iter().zip(parts);
    let mut stars = Vec::new();
    for (pattern, part) in pairs {
        match *pattern {
            "*" => stars.push(*part),
            word if word == *part => {}
            _ => return None,
        }
    }
    Some(stars)
}

fn filled(words: &str, stars: &[&str]) -> String {
    // Names of actors keep their letters; instruments and origins are keys.
    let is_key = |star: &str| star.chars().all(|c| c.is_ascii_lowercase() || c == '_');
    let said = |star: &str| if is_key(star) { spaced(star) } else { star.to_string() };
    stars.iter().fold(words.to_string(), |words, star| words.replacen("{}", &said(star), 1))
}

fn spaced(key: &str) -> String {
    key.replace(['_', '.'], " ")
}

/// Numbers, by their section and the pattern of their key; `{0}` stands for the section's first actor, then come the others and
/// what the stars are.
const NUMBERS: &[(&str, &str)] = &[
    ("market.volatility", "market volatility"),
    ("market.sector_volatility", "volatility of the AI sector"),
    ("market.rate", "market rate"),
    ("announcement.elasticity", "elasticity of announcements"),
    ("announcement.exponent", "exponent of announcements"),
    ("announcement.least", "least contract that moves a share"),
    ("announcement.noise", "noise of announcements"),
    ("announcement.half_life", "half-life of premiums"),
    ("announcement.impact", "price impact of sales"),
    ("sentiment.response.*", "market’s response in {0}"),
    ("sentiment.rates.*.*", "rate of moving from {0} to {1}"),
    ("sentiment.circularity.sensitivity", "sensitivity to circularity"),
    ("sentiment.circularity.reference", "circularity taken for normal"),
    ("sentiment.circularity.half_life", "half-life of the market’s memory"),
    ("sentiment.circularity.weight", "weight of the normal circularity"),
    ("lab.cash", "{0}’s cash at the start"),
    ("lab.revenue.annual", "{0}’s revenue at the start"),
    ("lab.revenue.growth", "growth of {0}’s revenue"),
    ("lab.revenue.growth_end", "growth of {0}’s revenue in the long run"),
    ("lab.revenue.half_life", "half-life of {0}’s growth"),
    ("lab.revenue.volatility", "volatility of {0}’s revenue"),
    ("lab.opex", "{0}’s other costs at the start"),
    ("lab.opex_growth", "growth of {0}’s other costs"),
    ("lab.mark", "{0}’s valuation before the start"),
    ("lab.factor_volatility", "volatility of {0}’s own factor"),
    ("lab.tender", "{0}’s sales of old shares in a year"),
    ("lab.remarks.*.post_money", "{0}’s valuation at mark no. {1}"),
    ("lab.round.trigger", "{0}’s cash trigger for a round"),
    ("lab.round.gap", "least time between {0}’s rounds"),
    ("lab.round.runway", "runway that {0}’s rounds cover"),
    ("lab.round.multiple.*", "{0}’s valuation over revenue in {1}"),
    ("lab.round.appetite.*", "outside investors’ appetite for {0} in {1}"),
    ("lab.round.spillover", "spillover of premiums to {0}’s price"),
    ("lab.round.step_up", "step-up at which {0} raises by choice"),
    ("lab.round.sell", "part of {0} sold in a round by choice"),
    ("lab.round.cash_target", "{0}’s cash target in a round by choice"),
    ("lab.round.price_elasticity", "price elasticity of outside offers to {0}"),
    ("lab.round.price_floor", "price floor of {0}’s rounds"),
    ("lab.round.oversubscribed", "oversubscription of {0}’s rounds"),
    ("lab.round.endorsement", "worth to {0} of companies’ endorsement"),
    ("lab.round.endorsement_reference", "companies’ usual share of {0}’s rounds"),
    ("lab.commit.multiple", "{0}’s commitments over capital raised"),
    ("lab.commit.term", "term of {0}’s commitments"),
    ("lab.commit.lead", "lead time of {0}’s commitments"),
    ("lab.commit.tie", "leaning of {0}’s commitments towards investors"),
    ("lab.commit.ramp", "ramp of {0}’s commitments"),
    ("lab.listing.revenue", "revenue at which {0} lists"),
    ("lab.listing.sell", "part of {0} sold at its listing"),
    ("lab.listing.depth", "depth of the public market for {0}"),
    ("lab.defer.runway", "runway below which {0} asks for time"),
    ("lab.defer.deferred", "part of {0}’s payments that is deferred"),
    ("lab.defer.delay", "delay of {0}’s deferred payments"),
    ("lab.defer.accept", "probability that vendors give {0} time"),
    ("lab.defer.gap", "least time between {0}’s deferrals"),
    ("lab.defer.most", "most deferrals granted to {0}"),
    ("lab.restructure.cut", "cut in {0}’s restructuring"),
    ("company.market_cap", "{0}’s market value at the start"),
    ("company.premium", "{0}’s premium at the start"),
    ("company.drift", "drift of {0}’s value"),
    ("company.volatility", "{0}’s own volatility"),
    ("company.beta.market", "{0}’s beta to the market"),
    ("company.beta.sector", "{0}’s beta to the AI sector"),
    ("company.beta.labs.*", "{0}’s beta to {1}"),
    ("company.cash", "{0}’s cash at the start"),
    ("company.cash_floor", "{0}’s cash floor"),
    ("company.earnings", "{0}’s cash flow outside the loop"),
    ("company.payout", "{0}’s payout to shareholders"),
    ("company.margin", "{0}’s gross margin"),
    ("company.debt", "{0}’s debt at the start"),
    ("company.max_ltv", "loan-to-value up to which {0} borrows"),
    ("company.rate", "{0}’s interest rate"),
    ("company.build_ahead", "part of contracts that {0} builds ahead"),
    ("company.elasticity", "elasticity of {0}’s announcements"),
    ("company.half_life", "half-life of {0}’s premium"),
    ("company.suppliers.*", "part of {0}’s revenue that goes on to {1}"),
    ("company.lab_stakes.*.stake", "{0}’s opening stake in {1}"),
    ("company.lab_stakes.*.cost", "cost of {0}’s stake in {1}"),
    ("person.stake.*", "{0}’s stake in {1} at the start"),
    ("person.loan", "{0}’s loan at the start"),
    ("person.max_ltv", "loan-to-value up to which {0} borrows"),
    ("person.rate", "{0}’s interest rate"),
    ("person.call_ltv", "loan-to-value at which {0}’s lenders call"),
    ("person.invests.*", "part of {0}’s means offered to {1}"),
    ("person.lab_stakes.*.stake", "{0}’s opening stake in {1}"),
    ("person.lab_stakes.*.cost", "cost of {0}’s stake in {1}"),
    ("holding.cash", "{0}’s cash at the start"),
    ("holding.cash_floor", "{0}’s cash floor"),
    ("holding.debt", "{0}’s debt at the start"),
    ("holding.max_ltv", "loan-to-value up to which {0} borrows"),
    ("holding.rate", "{0}’s interest rate"),
    ("holding.call_ltv", "loan-to-value at which {0}’s lenders call"),
    ("holding.stakes.*", "{0}’s stake in {1} at the start"),
    ("holding.other_assets", "{0}’s other assets"),
    ("holding.lab_stakes.*.stake", "{0}’s opening stake in {1}"),
    ("holding.lab_stakes.*.cost", "cost of {0}’s stake in {1}"),
    ("holding.invests.*", "part of {0}’s means offered to {1}"),
    ("compute.base", "{0}’s spend at {1} outside contracts"),
    ("compute.weight", "{1}’s weight in {0}’s new commitments"),
    ("compute.contracts.*.notional", "notional of {0}’s contract no. {2} with {1}"),
    ("compute.contracts.*.term", "term of {0}’s contract no. {2} with {1}"),
    ("compute.contracts.*.ramp", "ramp of {0}’s contract no. {2} with {1}"),
    ("compute.contracts.*.tied", "tied part of {0}’s contract no. {2} with {1}"),
    ("vendor_equity.ratio", "part of {1}’s payments that {0} reinvests"),
    ("vendor_equity.credits", "part of {0}’s investment in {1} made in credits"),
    ("vendor_equity.reciprocal", "part of {1}’s payments that {0} spends on it"),
    ("commitment.pre_money", "pre-money valuation of {0}’s commitment to {1}"),
    ("commitment.credits", "part of {0}’s commitment to {1} paid in credits"),
    ("commitment.tranches.*.amount", "tranche no. {2} of {0}’s commitment to {1}"),
    ("commitment.tranches.*.needs.paid", "milestone of tranche no. {2} of {0}’s commitment to {1}"),
    ("warrant.tranches.*.fraction", "tranche no. {2} of {0}’s warrant for {1}"),
    ("warrant.tranches.*.milestone", "milestone of tranche no. {2} of {0}’s warrant for {1}"),
    ("warrant.tranches.*.price", "price of tranche no. {2} of {0}’s warrant for {1}"),
    ("vendor_credit.lent", "part of {1}’s bills that {0} lends"),
    ("vendor_credit.cap", "cap of {0}’s loan to {1}"),
    ("vendor_credit.life", "life of {0}’s loan to {1}"),
    ("vendor_credit.rate", "rate of {0}’s loan to {1}"),
    ("vendor_credit.market_rate", "market rate of a loan to {1}"),
    ("project_debt.advance", "advance on {1}’s payments to {0}"),
    ("project_debt.guarantee", "guaranteed part of {0}’s debt on {1}’s contracts"),
    ("project_debt.spread", "spread of {0}’s debt on {1}’s contracts"),
    ("project_debt.recovery", "recovery of {0}’s debt on {1}’s contracts"),
    ("project_debt.opening", "{0}’s debt on {1}’s contracts at the start"),
];

/// What a number is called that has no label: by its actors and what it is of them.
pub fn of_number(address: &str) -> String {
    let parts: Vec<&str> = address.split('.').collect();
    let section = SECTIONS.iter().find(|section| section.name == parts[0]);
    let actors = section.map_or(0, |section| section.address.len()).min(parts.len() - 1);
    let (who, mut key) = parts[1..].split_at(actors);
    // A further section of the same actors: `commitment.SoftBank.OpenAI.2.pre_money`.
    let mut further = String::new();
    if let (true, Some(Ok(place))) = (actors > 0, key.first().map(|part| part.parse::<usize>())) {
        further = format!(" (no. {place})");
        key = &key[1..];
    }
    let pattern_of = [&parts[..1], key].concat();
    for (pattern, words) in NUMBERS {
        if let Some(stars) = stars(pattern, &pattern_of) {
            let said =
                who.iter().chain(&stars).enumerate().fold(words.to_string(), |words, (place, what)| {
                    // Places in lists are counted from 0, which no reader does.
                    let what = what
                        .parse::<usize>()
                        .map_or_else(|_| what.to_string(), |place| (place + 1).to_string());
                    words.replace(&format!("{{{place}}}"), &what)
                });
            return said + &further;
        }
    }
    let (section, key) = (spaced(parts[0]), spaced(&key.join(" ")));
    match who {
        [] => format!("{section} {key}"),
        [actor] => format!("{actor}’s {key}"),
        several => format!("{key} of the {} {section}{further}", several.join("–")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outcome::measures;
    use crate::plan::Plan;
    use std::path::Path;

    #[test]
    fn no_key_is_left_in_words() {
        let mut seen = 0;
        for file in ["configs/web_2026.toml", "configs/oracle.toml", "tests/scenarios/every_key.toml"] {
            let scenario = Scenario::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(file), &[]).unwrap();
            let plan = Plan::compile(&scenario);
            let measures = measures(&plan).into_iter().map(|measure| of_measure(&measure.name));
            let numbers = scenario.numbers.iter().map(|number| of_number(&number.address));
            for words in measures.chain(numbers) {
                let is_key = |word: &str| word.contains('_') || word.trim_end_matches('.').contains('.');
                assert!(!words.split(' ').any(is_key) && !words.contains('{'), "{words}");
                seen += 1;
            }
        }
        assert!(seen > 500, "{seen}");
    }

    #[test]
    fn words_of_measures_and_numbers() {
        for (name, words) in [
            ("written_off", "written off"),
            ("capital.vendor_loan.credit", "capital: vendor loan from credit"),
            ("put_in.SoftBank.OpenAI", "put by SoftBank into OpenAI"),
            ("company.Oracle.value_end", "Oracle’s market value at the end"),
            ("holding.SoftBank.debt_end", "SoftBank’s debt at the end"),
            ("lab.OpenAI.listed.time", "time of OpenAI’s listing"),
            ("share.netted is defined", "share that came straight back is defined"),
            ("new_measure", "new measure"),
        ] {
            assert_eq!(of_measure(name), words);
        }
        for (address, words) in [
            ("market.rate", "market rate"),
            ("lab.OpenAI.round.trigger", "OpenAI’s cash trigger for a round"),
            (
                "commitment.SoftBank.OpenAI.tranches.0.amount",
                "tranche no. 1 of SoftBank’s commitment to OpenAI",
            ),
            (
                "commitment.SoftBank.OpenAI.2.pre_money",
                "pre-money valuation of SoftBank’s commitment to OpenAI (no. 2)",
            ),
            ("compute.OpenAI.Oracle.weight", "Oracle’s weight in OpenAI’s new commitments"),
            ("sentiment.rates.hype.suspicion", "rate of moving from hype to suspicion"),
            ("new_deal.A.B.some_key", "new deal A B some key"),
        ] {
            assert_eq!(of_number(address), words);
        }
    }

    /// Numbers of a section are called by `NUMBERS`, none by its key, and no two alike.
    #[test]
    fn every_number_has_words_of_its_own() {
        use crate::input::{Key, Shape};
        fn numbers(keys: &[Key], before: &str, found: &mut Vec<String>) {
            for key in keys {
                let name = format!("{before}{}", key.name);
                match &key.shape {
                    Shape::Number => found.push(name),
                    Shape::NumberBy(_) | Shape::States => found.push(name + ".*"),
                    Shape::StateMatrix => found.push(name + ".*.*"),
                    Shape::Table(keys) => numbers(keys, &format!("{name}."), found),
                    Shape::List(keys) | Shape::TableBy(_, keys) => {
                        numbers(keys, &format!("{name}.*."), found);
                    }
                    _ => {}
                }
            }
        }
        let mut found = Vec::new();
        for section in SECTIONS.iter().filter(|section| !["scenario", "correlation"].contains(&section.name))
        {
            numbers(section.keys, &format!("{}.", section.name), &mut found);
        }
        let known: Vec<&str> = NUMBERS.iter().map(|(pattern, _)| *pattern).collect();
        for pattern in &found {
            assert!(known.contains(&pattern.as_str()), "{pattern} has no words");
        }
        for (pattern, words) in NUMBERS {
            assert!(found.iter().any(|other| other == pattern), "{pattern} is no number");
            let section = pattern.split('.').next();
            let alike =
                NUMBERS.iter().filter(|(other, also)| other.split('.').next() == section && also == words);
            assert_eq!(alike.count(), 1, "{words}");
            assert!(words.chars().count() <= 60, "{words}");
        }
    }
}
