//! What deals that live on a lab's bills ask of the file: that there are any.

use crate::compiler::paid_by;
use crate::input::{Check, Finding, Node, Span};

/// The compute link of the company and the lab that a deal's section names. Where they have none the deal is refused:
/// `what` it does is said of the company and the lab, and `thing` is what may be left out instead.
pub fn link_of<'a>(
    node: &Node,
    what: impl Fn(&str, &str) -> String,
    thing: &str,
    check: &mut Check<'a>,
) -> Option<&'a Node> {
    let (company, lab) = (node.text_if("company")?, node.text_if("lab")?);
    let joins = |link: &&Node| link.text_if("lab") == Some(lab) && link.text_if("company") == Some(company);
    let link = check.named("compute").find(joins);
    if link.is_none() {
        let help = format!("add [[compute]] from `{lab}` to `{company}`, or leave {thing} out");
        check.push(Finding::error(what(company, lab)).at(node.place("company")).help(help));
    }
    link
}

/// Warns of a term that waits for payments from a lab to a company to which none ever goes.
pub fn warn_if_never_paid(lab: &str, company: &str, place: &Span, check: &mut Check) {
    // Of payments that could not be read it cannot be said whom they reach.
    let is_unreadable = |node: &Node, key: &str| node.was_given(key) && !node.has(key);
    if check.named("compute").any(|link| is_unreadable(link, "lab") || is_unreadable(link, "company"))
        || check.named("company").any(|node| is_unreadable(node, "suppliers"))
    {
        return;
    }
    if !paid_by(check.sections, lab, |share| check.highest(share) > 0.0).contains(&company) {
        let message = format!("`{lab}` pays nothing to `{company}`: this has no effect");
        let help = format!(
            "add [[compute]] from `{lab}` to `{company}`, or make `{company}` a supplier of a company that it pays"
        );
        check.push(Finding::warning(message).at(place).help(help));
    }
}
