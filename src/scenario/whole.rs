//! What only the whole scenario can tell: sums over several owners, what lies past the end, what has no effect.

use crate::actors::SLACK;
use crate::compiler::paid_by;
use crate::events::round_terms::MOST_INVESTORS;
use crate::input::number::four_digits;
use crate::input::{Check, Finding, Node, Number, NumberId, Quantity, Span, Unit};
use crate::state::Clock;

/// Sections by name, in file order.
pub struct Sections<'a>(&'a [(&'static str, Node)]);

impl<'a> Sections<'a> {
    pub fn named(&self, name: &str) -> impl Iterator<Item = &'a Node> {
        self.0.iter().filter(move |(section, _)| *section == name).map(|(_, node)| node)
    }

    pub fn first(&self, name: &str) -> Option<&'a Node> {
        self.named(name).next()
    }
}

pub fn refuse(sections: &[(&'static str, Node)], check: &mut Check) {
    let sections = Sections(sections);
    refuse_sums_of_stakes(&sections, check);
    refuse_elasticity_without_announcement(&sections, check);
    refuse_payout_beyond_cash(&sections, check);
    refuse_too_many_investors(&sections, check);
    refuse_credit_without_bills(&sections, check);
    super::project_debt::refuse(&sections, check);
    refuse_a_later_last_round(&sections, check);
    refuse_an_endorsement_of_nobody(&sections, check);
    warn_of_dates(&sections, check);
    warn_of_dollars_for_billions(check);
    warn_of_what_does_nothing(&sections, check);
    warn_of_factors_and_rates(&sections, check);
    warn_of_rounds_that_never_come(&sections, check);
    warn_of_payments_that_never_come(&sections, check);
    warn_of_prices_that_never_move(&sections, check);
    warn_of_listings_that_never_come(&sections, check);
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

/// The last round before the start is not after it.
fn refuse_a_later_last_round(sections: &Sections, check: &mut Check) {
    let Some(start) = sections.first("scenario").and_then(|node| node.date_if("start")) else { return };
    for lab in sections.named("lab") {
        let Some(round) = lab.table("round") else { continue };
        if round.date_if("last").is_some_and(|last| last > start) {
            let message = format!("the last round of `{}` is after the start", lab.name());
            let help = "`last` is the day of its last round before the run: the run makes the later ones";
            check.push(Finding::error(message).at(round.place("last")).help(help));
        }
    }
}

/// Whose cheque is a signal if no company invests?
fn refuse_an_endorsement_of_nobody(sections: &Sections, check: &mut Check) {
    for lab in sections.named("lab") {
        let (Some(name), Some(round)) = (lab.text_if("name"), lab.table("round")) else { continue };
        let has_vendor = sections.named("vendor_equity").any(|node| node.text_if("lab") == Some(name));
        if round.was_given("endorsement") && !has_vendor {
            let message = format!("`endorsement` of `{name}`, and no company invests in its rounds");
            let help = format!("add [[vendor_equity]] with `lab = \"{name}\"`, or leave `endorsement` out");
            check.push(Finding::error(message).at(round.place("endorsement")).help(help));
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
    let outside = |day: i32| is_past(day) || clock.step_of(day) < 0;
    for lab in sections.named("lab") {
        for remark in lab.list("remarks") {
            if remark.date_if("on").is_some_and(outside) {
                let finding = Finding::warning("the mark is set outside the run").at(remark.place("on"));
                check.push(finding.help(format!("it has no effect: {help}")));
            }
        }
        if let Some(listing) = lab.table("listing")
            && listing.date_if("earliest").is_some_and(is_past)
        {
            let finding = Finding::warning("the listing comes past the end").at(listing.place("earliest"));
            check.push(finding.help(format!("it has no effect: {help}")));
        }
    }
    for commitment in sections.named("commitment") {
        if commitment.date_if("marked").is_some_and(outside) {
            let finding = Finding::warning("the mark is set outside the run").at(commitment.place("marked"));
            check.push(finding.help(format!("it has no effect: {help}")));
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

/// A vendor lends what it is owed: it needs a bill.
fn refuse_credit_without_bills(sections: &Sections, check: &mut Check) {
    for node in sections.named("vendor_credit") {
        let (Some(lab), Some(company)) = (node.text_if("lab"), node.text_if("company")) else { continue };
        let is_pair =
            |link: &Node| link.text_if("lab") == Some(lab) && link.text_if("company") == Some(company);
        if !sections.named("compute").any(is_pair) {
            let message = format!("`{company}` lends `{lab}` part of its bills, and bills it nothing");
            let help = format!("add [[compute]] from `{lab}` to `{company}`, or leave the loan out");
            check.push(Finding::error(message).at(node.place("company")).help(help));
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
        if !paid_by(sections.0, lab, |share| check.highest(share) > 0.0).contains(&company) {
            let message = format!("`{lab}` pays nothing to `{company}`: this has no effect");
            let help = format!(
                "add [[compute]] from `{lab}` to `{company}`, or make `{company}` a supplier of a company that it pays"
            );
            check.push(Finding::warning(message).at(&place).help(help));
        }
    }
}

/// What is said of a price that nothing moves.
fn warn_of_prices_that_never_move(sections: &Sections, check: &mut Check) {
    for lab in sections.named("lab") {
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

/// Tranches that wait for a listing of a lab that never lists.
fn warn_of_listings_that_never_come(sections: &Sections, check: &mut Check) {
    for node in sections.named("commitment") {
        let Some(lab) = node.text_if("lab") else { continue };
        let lists = sections
            .named("lab")
            .any(|other| other.text_if("name") == Some(lab) && other.was_given("listing"));
        for tranche in node.list("tranches").iter().filter(|tranche| tranche.was_given("when") && !lists) {
            let message = format!("`{lab}` has no `listing`: the tranche never falls due");
            let help = "add `listing` to the lab, or write `due = DATE`";
            check.push(Finding::warning(message).at(tranche.place("when")).help(help));
        }
    }
}
