//! Contracts that are tied to a loop (section 9 of the model) need one that the file lets act, which only the whole tells.

use crate::compiler::{Compiler, Sections};
use crate::deals;
use crate::input::{Finding, Findings, Node, Number};
use crate::state::{Clock, Loop};

/// Asked once everything else could be read.
pub fn refuse(nodes: &[(&'static str, Node)], numbers: &[Number], findings: &mut Findings) {
    let links = nodes.iter().filter(|(section, _)| *section == "compute");
    let tied: Vec<&Node> = links
        .flat_map(|(_, link)| link.list("contracts"))
        .filter(|contract| contract.text_if("tied_to").is_some())
        .collect();
    if tied.is_empty() {
        return;
    }
    // Whether a loop is active does not depend on the calendar.
    let compiler = Compiler::new(Sections { nodes, numbers }, Clock::new(0, 1.0, 12));
    let active: Vec<&str> = deals::loops()
        .filter(|kind| kind.which != Loop::RELATED_WEALTH && (kind.active)(&compiler))
        .map(|kind| kind.name)
        .collect();
    for contract in tied {
        let name = contract.text("tied_to");
        if active.contains(&name) {
            continue;
        }
        let message = if deals::loop_named(name) == Some(Loop::RELATED_WEALTH) {
            format!("a contract cannot be tied to `{name}`: the causal lens leaves that money in place")
        } else {
            format!("a contract is tied to `{name}`, which this file does not let act")
        };
        let help = match active.as_slice() {
            [] => "no loop of the file acts: leave `tied` and `tied_to` out".to_string(),
            names => format!("name one of the loops that act here: {}", names.join(", ")),
        };
        findings.push(Finding::error(message).at(contract.place("tied_to")).help(help));
    }
}
