//! What project debt needs of the rest of the file: a company that builds ahead for the lab, the lab's bills, and a
//! contract that an opening debt is owed for.

use super::whole::Sections;
use crate::input::{Check, Finding, Node};

pub fn refuse(sections: &Sections, check: &mut Check) {
    for node in sections.named("project_debt") {
        let (Some(company), Some(lab)) = (node.text_if("company"), node.text_if("lab")) else { continue };
        refuse_who_builds_nothing(sections, node, company, check);
        let mut links = sections
            .named("compute")
            .filter(|link| link.text_if("lab") == Some(lab) && link.text_if("company") == Some(company));
        match links.next() {
            Some(link) => refuse_an_opening_for_nothing(sections, node, link, check),
            None => {
                let message =
                    format!("lenders lend `{company}` against bills of `{lab}`, and it bills it nothing");
                let help = format!("add [[compute]] from `{lab}` to `{company}`, or leave the debt out");
                check.push(Finding::error(message).at(node.place("company")).help(help));
            }
        }
    }
}

fn refuse_who_builds_nothing(sections: &Sections, node: &Node, company: &str, check: &mut Check) {
    let Some(builder) = sections.named("company").find(|node| node.text_if("name") == Some(company)) else {
        return;
    };
    let builds = check.highest_of(builder, "build_ahead") > 0.0;
    let missing = match (builds, builder.was_given("suppliers")) {
        (true, true) => return,
        (true, false) => "`suppliers = { ... }`",
        (false, true) => "`build_ahead`",
        (false, false) => "`build_ahead` and `suppliers = { ... }`",
    };
    let message = format!("`{company}` builds nothing ahead that lenders could lend for");
    let help = format!("add {missing} to the company, or leave the debt out");
    check.push(
        Finding::error(message).at(node.place("company")).marked(&builder.at, "the company").help(help),
    );
}

fn refuse_an_opening_for_nothing(sections: &Sections, node: &Node, link: &Node, check: &mut Check) {
    if check.highest_of(node, "opening") <= 0.0 {
        return;
    }
    let Some(start) = sections.first("scenario").and_then(|node| node.date_if("start")) else { return };
    let is_public = |contract: &Node| contract.date_if("announced").is_none_or(|day| day <= start);
    if !link.list("contracts").iter().any(is_public) {
        let message = "an opening debt, and no contract was announced by the start";
        let help = "add the contract that it was lent against to [[compute]], or leave `opening` out";
        check
            .push(Finding::error(message).at(node.place("opening")).marked(&link.at, "the bills").help(help));
    }
}
