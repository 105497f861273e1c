//! What only the whole scenario can tell: sums over several owners, what lies past the end, what has no effect.

use crate::actors::SLACK;
use crate::events::round::MOST_INVESTORS;
use crate::input::number::four_digits;
use crate::input::{Check, Finding, Node, Number, NumberId, Quantity, Span, Unit};
use crate::state::Clock;

/// Sections by name, in file order.
struct Sections<'a>(&'a [(&'static str, Node)]);

impl<'a> Sections<'a> {
    fn named(&self, name: &str) -> impl Iterator<Item = &'a Node> {
        self.0.iter().filter(move |(section, _)| *section == name).map(|(_, node)| node)
    }

    fn first(&self, name: &str) -> Option<&'a Node> {
        self.named(name).next()
    }
}

pub fn refuse(sections: &[(&'static str, Node)], check: &mut Check) {
    let sections = Sections(sections);
    refuse_sums_of_stakes(&sections, check);
    refuse_elasticity_without_announcement(&sections, check);
    refuse_payout_beyond_cash(&sections, check);
    refuse_too_many_investors(&sections, check);
    warn_of_dates(&sections, check);
    warn_of_dollars_for_billions(check);
    warn_of_what_does_nothing(&sections, check);
    warn_of_factors_and_rates(&sections, check);
    warn_of_rounds_that_never_come(&sections, check);
    warn_of_payments_that_never_come(&sections, check);
}

/// Nobody owns more than all of a lab or a company.
fn refuse_sums_of_stakes(sections: &Sections, check: &mut Check) {
    let mut stakes: Vec<(&str, NumberId, &Node)> = Vec::new();
    for node in ["company", "person", "holding"].into_iter().flat_map(|section| sections.named(section)) {
        for (lab, stake) in node.tables_by("lab_stakes") {
            stakes.extend(stake.number_if("stake").map(|id| (lab.as_str(), id, node)));
        }
    }
    for (section, key) in [("person", "stake"), ("holding", "stakes")] {
        for node in sections.named(section) {
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

/// A company's elasticity needs the exponent and the noise that go with it.
fn refuse_elasticity_without_announcement(sections: &Sections, check: &mut Check) {
    if sections.first("announcement").is_some() {
        return;
    }
    for node in sections.named("company") {
        if let Some(id) = node.number_if("elasticity") {
            let message = format!("`elasticity` of `{}` without [announcement]", node.name());
            let help = "add [announcement] with `elasticity`, `exponent` and `noise`";
            check.push(Finding::error(message).at(&check.place(id, &node.at)).help(help));
        }
    }
}

/// In one step a company cannot pay out more than all of its cash above the floor.
fn refuse_payout_beyond_cash(sections: &Sections, check: &mut Check) {
    let Some(steps) = sections.first("scenario").and_then(|node| node.whole_if("steps_per_year")) else {
        return;
    };
    for node in sections.named("company") {
        let Some(id) = node.number_if("payout") else { continue };
        if check.highest(id) > steps as f64 {
            let message = format!("`payout` of `{}` can exceed all its cash in one step", node.name());
            let help = format!("it is a share a year, paid in {steps} steps: at most {steps}");
            check.push(Finding::error(message).at(&check.place(id, &node.at)).help(help));
        }
    }
}

/// A round has room for so many investors beside the outside ones.
fn refuse_too_many_investors(sections: &Sections, check: &mut Check) {
    for lab in sections.named("lab") {
        let Some(name) = lab.text_if("name") else { continue };
        let vendors =
            sections.named("vendor_equity").filter(|node| node.text_if("lab") == Some(name)).count();
        let others = ["person", "holding"].into_iter().flat_map(|section| sections.named(section));
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

fn warn_of_dates(sections: &Sections, check: &mut Check) {
    let Some(terms) = sections.first("scenario") else { return };
    let (Some(start), Some(years), Some(steps)) =
        (terms.date_if("start"), terms.number_if("years"), terms.whole_if("steps_per_year"))
    else {
        return;
    };
    let clock = Clock::new(start, check.lowest(years), steps as u32);
    let is_past = |day: i32| clock.step_of(day) >= clock.steps as i32;
    let help = "check the date, or lengthen `years` of [scenario]";
    for contract in sections.named("compute").flat_map(|node| node.list("contracts")) {
        let (Some(announced), Some(starts)) = (contract.date_if("announced"), contract.date_if("starts"))
        else {
            continue;
        };
        if is_past(announced) {
            let finding =
                Finding::warning("the contract is announced past the end").at(contract.place("announced"));
            check.push(finding.help(format!("it has no effect: {help}")));
        } else if is_past(starts) {
            let finding = Finding::warning("the contract starts past the end").at(contract.place("starts"));
            check.push(
                finding
                    .help("it is announced and nothing of it is paid: check the date, or lengthen `years`"),
            );
        } else if let Some(term) = contract.number_if("term")
            && clock.step_of(starts) + clock.term(check.highest(term)) <= 0
        {
            let finding =
                Finding::warning("the contract is over before the start").at(contract.place("starts"));
            check.push(finding.help("it has no effect: check the dates, or leave it out"));
        }
    }
    for tranche in sections.named("commitment").flat_map(|node| node.list("tranches")) {
        if tranche.date_if("due").is_some_and(is_past) {
            let finding = Finding::warning("the tranche falls due past the end").at(tranche.place("due"));
            check.push(finding.help(format!("it is never paid: {help}")));
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
fn warn_of_what_does_nothing(sections: &Sections, check: &mut Check) {
    if let (None, Some(terms)) = (sections.first("lab"), sections.first("scenario")) {
        let finding = Finding::warning("the scenario has no lab").at(&terms.at);
        check.push(finding.help("add [[lab]]: without one no capital is raised"));
    }
    let weighs = |node: &Node, check: &Check| check.highest_of(node, "weight") > 0.0;
    for lab in sections.named("lab") {
        let Some(name) = lab.text_if("name") else { continue };
        let links = || sections.named("compute").filter(|link| link.text_if("lab") == Some(name));
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
fn warn_of_factors_and_rates(sections: &Sections, check: &mut Check) {
    let mut exposed: Vec<&str> = Vec::new();
    for company in sections.named("company") {
        let Some(beta) = company.table("beta") else { continue };
        for (lab, id) in beta.numbers_by("labs") {
            exposed.push(lab);
            let lab_node = sections.named("lab").find(|node| node.text_if("name") == Some(lab));
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
    for lab in sections.named("lab") {
        let moves = lab.was_given("round") || exposed.contains(&lab.name());
        if !moves && check.highest_of(lab, "factor_volatility") > 0.0 {
            let message = format!("the factor of `{}` moves nothing", lab.name());
            let help = "add `round` to the lab, or `beta = { labs = { ... } }` to a company: a factor moves the \
                        price of rounds and the companies that are exposed to it";
            check.push(Finding::warning(message).at(lab.place("factor_volatility")).help(help));
        }
    }
    for (section, debt) in [("company", "debt"), ("person", "loan"), ("holding", "debt")] {
        for node in sections.named(section).filter(|node| node.was_given("rate")) {
            if [debt, "max_ltv"].into_iter().all(|key| check.highest_of(node, key) <= 0.0) {
                let message = format!("`{}` never owes anything: its `rate` has no effect", node.name());
                let help = format!("give it a `{debt}` or a `max_ltv`, or leave `rate` out");
                check.push(Finding::warning(message).at(node.place("rate")).help(help));
            }
        }
    }
}

/// Offers to a lab that never raises.
fn warn_of_rounds_that_never_come(sections: &Sections, check: &mut Check) {
    for lab in sections.named("lab").filter(|lab| !lab.was_given("round")) {
        let Some(name) = lab.text_if("name") else { continue };
        let mut offers: Vec<Span> = Vec::new();
        for node in sections.named("vendor_equity").filter(|node| node.text_if("lab") == Some(name)) {
            if check.highest_of(node, "ratio") > 0.0 {
                offers.push(node.place("ratio").clone());
            }
        }
        for node in ["person", "holding"].into_iter().flat_map(|section| sections.named(section)) {
            let to_lab = node.numbers_by("invests").iter().filter(|(of, _)| of == name);
            let to_lab = to_lab.filter(|(_, id)| check.highest(*id) > 0.0);
            offers.extend(to_lab.map(|(_, id)| check.place(*id, &node.at)));
        }
        for offer in offers {
            let message = format!("`{name}` has no `round`: this offer has no effect");
            let help = "add `round` to the lab, or leave the offer out";
            check.push(Finding::warning(message).at(&offer).help(help));
        }
    }
}

/// Deals that wait for payments from a lab to a company to which none ever goes.
fn warn_of_payments_that_never_come(sections: &Sections, check: &mut Check) {
    // Of payments that could not be read it cannot be said whom they reach.
    let is_unreadable = |node: &Node, key: &str| node.was_given(key) && !node.has(key);
    if sections.named("compute").any(|link| is_unreadable(link, "lab") || is_unreadable(link, "company"))
        || sections.named("company").any(|company| is_unreadable(company, "suppliers"))
    {
        return;
    }
    let mut waiting: Vec<(&str, &str, Span)> = Vec::new();
    for node in sections.named("vendor_equity") {
        if let (Some(lab), Some(company)) = (node.text_if("lab"), node.text_if("company"))
            && check.highest_of(node, "ratio") > 0.0
        {
            waiting.push((lab, company, node.place("ratio").clone()));
        }
    }
    for node in sections.named("warrant") {
        let (Some(lab), Some(company)) = (node.text_if("lab"), node.text_if("company")) else { continue };
        for tranche in node.list("tranches") {
            if tranche.number_if("milestone").is_some_and(|id| check.lowest(id) > 0.0) {
                waiting.push((lab, company, tranche.place("milestone").clone()));
            }
        }
    }
    for node in sections.named("commitment") {
        let Some(lab) = node.text_if("lab") else { continue };
        for needs in node.list("tranches").iter().filter_map(|tranche| tranche.table("needs")) {
            if let (Some(company), Some(paid)) = (needs.text_if("company"), needs.number_if("paid"))
                && check.lowest(paid) > 0.0
            {
                waiting.push((lab, company, needs.place("paid").clone()));
            }
        }
    }
    for (lab, company, place) in waiting {
        if !paid_by(sections, lab).contains(&company) {
            let message = format!("`{lab}` pays nothing to `{company}`: this has no effect");
            let help = format!(
                "add [[compute]] from `{lab}` to `{company}`, or make `{company}` a supplier of a company that it pays"
            );
            check.push(Finding::warning(message).at(&place).help(help));
        }
    }
}

/// The companies that money from a lab reaches for compute, directly or through others.
fn paid_by<'a>(sections: &Sections<'a>, lab: &str) -> Vec<&'a str> {
    let links = sections.named("compute").filter(|link| link.text_if("lab") == Some(lab));
    let mut reached: Vec<&str> = links.filter_map(|link| link.text_if("company")).collect();
    let mut next = 0;
    while let Some(company) = reached.get(next).copied() {
        let customers = sections.named("company").filter(|node| node.text_if("name") == Some(company));
        for (supplier, _) in customers.flat_map(|node| node.numbers_by("suppliers")) {
            if !reached.contains(&supplier.as_str()) {
                reached.push(supplier);
            }
        }
        next += 1;
    }
    reached
}
