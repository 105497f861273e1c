//! What numbers and measures are called where a reader meets them: `written_off` is "written off", `lab.OpenAI.round.trigger` is
//! "OpenAI’s round trigger", or what the file's `label` says. Tables for other programs keep the keys.

use crate::input::{Key, Shape};
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

/// The words of the key that a path leads to from these, and what the names and places on the path are.
fn words_of<'a>(keys: &[Key], path: &[&'a str]) -> Option<(&'static str, Vec<&'a str>)> {
    let (name, rest) = path.split_first()?;
    let key = keys.iter().find(|key| key.name == *name)?;
    match &key.shape {
        Shape::Table(keys) => words_of(keys, rest),
        Shape::List(keys) | Shape::TableBy(_, keys) => {
            let (of, rest) = rest.split_first()?;
            let (words, further) = words_of(keys, rest)?;
            Some((words, [&[*of], further.as_slice()].concat()))
        }
        _ => (!key.words.is_empty()).then(|| (key.words, rest.to_vec())),
    }
}

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
    if let Some((words, of)) = section.and_then(|section| words_of(section.keys, key)) {
        let said = who.iter().chain(&of).enumerate().fold(words.to_string(), |words, (place, what)| {
            // Places in lists are counted from 0, which no reader does.
            let what =
                what.parse::<usize>().map_or_else(|_| what.to_string(), |place| (place + 1).to_string());
            words.replace(&format!("{{{place}}}"), &what)
        });
        return said + &further;
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

    /// Every key of a number has words, and no two of a section the same.
    #[test]
    fn every_number_has_words_of_its_own() {
        fn numbers(keys: &[Key], before: &str, found: &mut Vec<(String, &'static str)>) {
            for key in keys {
                let name = format!("{before}.{}", key.name);
                match &key.shape {
                    Shape::Number | Shape::NumberBy(_) | Shape::States | Shape::StateMatrix => {
                        found.push((name, key.words));
                    }
                    Shape::Table(keys) | Shape::List(keys) | Shape::TableBy(_, keys) => {
                        numbers(keys, &name, found);
                    }
                    _ => assert_eq!(key.words, "", "{name} is no number"),
                }
            }
        }
        for section in SECTIONS {
            let mut found = Vec::new();
            numbers(section.keys, section.name, &mut found);
            for (name, words) in &found {
                assert!(!words.is_empty(), "{name} has no words");
                assert_eq!(found.iter().filter(|(_, also)| also == words).count(), 1, "{words}");
                assert!(words.chars().count() <= 60, "{words}");
            }
        }
    }
}
