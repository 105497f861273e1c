//! What is refused or doubtful of several sections together, and of no one kind of deal: sums over several owners, rounds
//! and marks, what has no effect.

use crate::actors::SLACK;
use crate::events::round_terms::MOST_INVESTORS;
use crate::input::number::four_digits;
use crate::input::{Check, Finding, Node, Number, NumberId, Quantity, Unit};

pub fn refuse(check: &mut Check) {
    refuse_sums_of_stakes(check);
    refuse_too_many_investors(check);
    refuse_a_later_last_round(check);
    refuse_an_endorsement_of_nobody(check);
    warn_of_dates(check);
    warn_of_dollars_for_billions(check);
    warn_of_what_does_nothing(check);
    warn_of_factors_and_rates(check);
    warn_of_prices_that_never_move(check);
}

/// Nobody owns more than all of a lab or a company.
fn refuse_sums_of_stakes(check: &mut Check) {
    let mut stakes: Vec<(&str, NumberId, &Node)> = Vec::new();
    for node in ["company", "person", "holding"].into_iter().flat_map(|section| check.named(section)) {
        for (lab, stake) in node.tables_by("lab_stakes") {
            stakes.extend(stake.number_if("stake").map(|id| (lab.as_str(), id, node)));
        }
    }
    for (section, key) in [("person", "stake"), ("holding", "stakes")] {
        for node in check.named(section) {
            stakes.extend(node.numbers_by(key).iter().map(|(company, id)| (company.as_str(), *id, node)));
        }
    }
    let mut names: Vec<&str> = Vec::new();
    for (name, ..) in &stakes {
        if !names.contains(name) {
            names.push(name);
        }
    }
    for name in names {
        let of_one: Vec<(NumberId, &Node)> =
            stakes.iter().filter(|(of, ..)| *of == name).map(|(_, id, node)| (*id, *node)).collect();
        let total: f64 = of_one.iter().map(|(id, _)| check.highest(*id)).sum();
        if total > 1.0 + SLACK {
            let certain = of_one.iter().all(|(id, _)| check.number(*id).is_certain());
            let verb = if certain { "sum to" } else { "can sum to" };
            let mut finding = Finding::error(format!("the stakes in `{name}` {verb} {}", four_digits(total)));
            for (id, node) in of_one.iter().rev() {
                finding = finding.marked(&check.place(*id, &node.at), node.name());
            }
            check.push(finding.help("stakes are fractions and sum to at most 1; the rest belongs to others"));
        }
    }
}

/// A round has room for so many investors beside the outside ones.
fn refuse_too_many_investors(check: &mut Check) {
    for lab in check.named("lab") {
        let Some(name) = lab.text_if("name") else { continue };
        let vendors = check.named("vendor_equity").filter(|node| node.text_if("lab") == Some(name)).count();
        let others = ["person", "holding"].into_iter().flat_map(|section| check.named(section));
        let others =
            others.filter(|node| node.numbers_by("invests").iter().any(|(of, _)| of == name)).count();
        if vendors + others > MOST_INVESTORS {
            let message = format!(
                "{} companies, persons and holdings invest in the rounds of `{name}`",
                vendors + others
            );
            let help = format!("at most {MOST_INVESTORS}: put the smallest together into one [[holding]]");
            check.push(Finding::error(message).at(&lab.at).help(help));
        }
    }
}

/// The last round before the start is not after it.
fn refuse_a_later_last_round(check: &mut Check) {
    let Some(start) = check.first("scenario").and_then(|node| node.date_if("start")) else { return };
    for lab in check.named("lab") {
        let Some(round) = lab.table("round") else { continue };
        if round.date_if("last").is_some_and(|last| last > start) {
            let message = format!("the last round of `{}` is after the start", lab.name());
            let help = "`last` is the day of its last round before the run: the run makes the later ones";
            check.push(Finding::error(message).at(round.place("last")).help(help));
        }
    }
}

/// Whose cheque is a signal if no company invests?
fn refuse_an_endorsement_of_nobody(check: &mut Check) {
    for lab in check.named("lab") {
        let (Some(name), Some(round)) = (lab.text_if("name"), lab.table("round")) else { continue };
        let has_vendor = check.named("vendor_equity").any(|node| node.text_if("lab") == Some(name));
        if round.was_given("endorsement") && !has_vendor {
            let message = format!("`endorsement` of `{name}`, and no company invests in its rounds");
            let help = format!("add [[vendor_equity]] with `lab = \"{name}\"`, or leave `endorsement` out");
            check.push(Finding::error(message).at(round.place("endorsement")).help(help));
        }
    }
}

fn warn_of_dates(check: &mut Check) {
    let no_effect = "it has no effect";
    for lab in check.named("lab") {
        for remark in lab.list("remarks") {
            if remark.date_if("on").is_some_and(|day| check.is_outside(day)) {
                check.warn_of_day("the mark is set outside the run", remark.place("on"), no_effect);
            }
        }
        if let Some(listing) = lab.table("listing")
            && listing.date_if("earliest").is_some_and(|day| check.is_past(day))
        {
            check.warn_of_day("the listing comes past the end", listing.place("earliest"), no_effect);
        }
    }
}

/// No company, debt or deal is near to that, in USD bn: it is what the world produces in a year.
const LARGEST_AMOUNT: f64 = 1e5;

/// Money in dollars where billions belong.
fn warn_of_dollars_for_billions(check: &mut Check) {
    let middle = |number: &Number| match &number.quantity {
        Quantity::Certain(value) => *value,
        Quantity::Uncertain(distribution) => distribution.middle(),
    };
    let is_huge = |number: &&Number| {
        matches!(number.unit, Unit::UsdBn | Unit::UsdBnPerYear) && middle(number).abs() > LARGEST_AMOUNT
    };
    let huge: Vec<&Number> = check.given().filter(is_huge).collect();
    let Some(first) = huge.first() else { return };
    let mut message = format!("`{}` is {} USD bn", first.address, four_digits(middle(first)));
    if huge.len() > 1 {
        message += &format!(", and {} more of {LARGEST_AMOUNT} or more", huge.len() - 1);
    }
    let help = "money is in USD bn: write 300 for $300 bn";
    check.push(Finding::warning(message).at(&first.span).help(help));
}

/// What the file says without any effect.
fn warn_of_what_does_nothing(check: &mut Check) {
    if let (None, Some(terms)) = (check.first("lab"), check.first("scenario")) {
        let finding = Finding::warning("the scenario has no lab").at(&terms.at);
        check.push(finding.help("add [[lab]]: without one no capital is raised"));
    }
    let weighs = |node: &Node, check: &Check| check.highest_of(node, "weight") > 0.0;
    for lab in check.named("lab") {
        let Some(name) = lab.text_if("name") else { continue };
        let links = || check.named("compute").filter(|link| link.text_if("lab") == Some(name));
        match lab.table("commit") {
            None if !lab.was_given("commit") => {
                for link in links().filter(|link| weighs(link, check)).collect::<Vec<_>>() {
                    let message = format!("`{name}` has no `commit`: this `weight` has no effect");
                    let help = "add `commit` to the lab, or leave `weight` out";
                    check.push(Finding::warning(message).at(link.place("weight")).help(help));
                }
            }
            Some(commit)
                if check.highest_of(commit, "multiple") > 0.0 && !links().any(|link| weighs(link, check)) =>
            {
                let message = format!("`{name}` commits, and none of its compute links has a `weight`");
                let help = "add `weight = 1.0` to a [[compute]] of the lab: without one nothing is committed";
                check.push(Finding::warning(message).at(&commit.at).help(help));
            }
            _ => {}
        }
    }
}

/// Exposures to a factor that is not there, a factor that moves nothing, interest on a debt that is never owed.
fn warn_of_factors_and_rates(check: &mut Check) {
    let mut exposed: Vec<&str> = Vec::new();
    for company in check.named("company") {
        let Some(beta) = company.table("beta") else { continue };
        for (lab, id) in beta.numbers_by("labs") {
            exposed.push(lab);
            let lab_node = check.named("lab").find(|node| node.text_if("name") == Some(lab));
            let Some(lab_node) = lab_node.filter(|node| check.highest_of(node, "factor_volatility") <= 0.0)
            else {
                continue;
            };
            let message =
                format!("`{lab}` has no factor: this exposure of `{}` has no effect", company.name());
            let finding =
                Finding::warning(message).at(&check.place(*id, &company.at)).marked(&lab_node.at, "the lab");
            check.push(finding.help("add `factor_volatility = ...` to the lab, or leave the exposure out"));
        }
    }
    for lab in check.named("lab") {
        let moves = lab.was_given("round") || exposed.contains(&lab.name());
        if !moves && check.highest_of(lab, "factor_volatility") > 0.0 {
            let message = format!("the factor of `{}` moves nothing", lab.name());
            let help = "add `round` to the lab, or `beta = { labs = { ... } }` to a company: a factor moves the \
                        price of rounds and the companies that are exposed to it";
            check.push(Finding::warning(message).at(lab.place("factor_volatility")).help(help));
        }
    }
    for (section, debt) in [("company", "debt"), ("person", "loan"), ("holding", "debt")] {
        for node in check.named(section).filter(|node| node.was_given("rate")) {
            if [debt, "max_ltv"].into_iter().all(|key| check.highest_of(node, key) <= 0.0) {
                let message = format!("`{}` never owes anything: its `rate` has no effect", node.name());
                let help = format!("give it a `{debt}` or a `max_ltv`, or leave `rate` out");
                check.push(Finding::warning(message).at(node.place("rate")).help(help));
            }
        }
    }
}

/// What is said of a price that nothing moves.
fn warn_of_prices_that_never_move(check: &mut Check) {
    for lab in check.named("lab") {
        let Some(round) = lab.table("round") else {
            if !lab.was_given("round") && lab.was_given("tender") && check.highest_of(lab, "tender") > 0.0 {
                let message = format!("`{}` has no `round`: this `tender` has no effect", lab.name());
                let help = "add `round`: its `multiple` prices the shares; or leave `tender` out";
                check.push(Finding::warning(message).at(lab.place("tender")).help(help));
            }
            continue;
        };
        let floor = round.number_if("price_floor").map_or(1.0, |id| check.lowest(id));
        let elastic =
            round.was_given("price_elasticity") && check.highest_of(round, "price_elasticity") > 0.0;
        if elastic && floor == 1.0 && !round.was_given("endorsement") {
            let message =
                format!("`price_elasticity` of `{}` has no effect without `price_floor`", lab.name());
            let help = "add `price_floor`, below 1: the least price, over P, at which the lab sells in need";
            check.push(Finding::warning(message).at(round.place("price_elasticity")).help(help));
        }
        if round.was_given("price_floor") && !elastic {
            let message =
                format!("`price_floor` of `{}` has no effect without `price_elasticity`", lab.name());
            let help = "add `price_elasticity`: how much more money a lower price draws";
            check.push(Finding::warning(message).at(round.place("price_floor")).help(help));
        }
        if round.was_given("endorsement_reference") && !round.was_given("endorsement") {
            let message =
                format!("`endorsement_reference` of `{}` has no effect without `endorsement`", lab.name());
            let help = "add `endorsement`: what a company's cheque is worth as a signal";
            check.push(Finding::warning(message).at(round.place("endorsement_reference")).help(help));
        }
        if round.was_given("last") && !round.was_given("step_up") && !lab.was_given("listing") {
            let message = format!("`last` of `{}` has no effect without `step_up`", lab.name());
            let help = "add `step_up` and `sell`: a round in need does not wait for the first `gap`";
            check.push(Finding::warning(message).at(round.place("last")).help(help));
        }
    }
}
