//! A link as the file has it: its numbers, its contracts, what of them is tied to a loop.

use super::{COMPUTE, COMPUTE_CREDIT, FileContract, SET_OFF, Tie};
use crate::actors::{Company, Dealings, Lab};
use crate::books::{Account, Edge, Party};
use crate::compiler::Compiler;
use crate::input::Node;
use crate::state::Row;

/// What the file says of a link.
pub struct LinkTerms {
    pub lab: usize,
    pub company: usize,
    pub base: Row,
    pub contracts: Vec<FileContract>,
    pub ties: Vec<Tie>,
    pub account: Account,
    pub received: Row,
    pub dealings: Dealings,
    pub takes_credits: bool,
    pub is_built_for: bool,
    pub compute_edge: Edge,
    pub credit_edge: Edge,
    pub set_off_edge: Option<Edge>,
}

impl LinkTerms {
    pub fn compile(c: &mut Compiler, node: &Node, labs: &[Lab], companies: &[Company]) -> LinkTerms {
        let (lab, company) = (c.lab(node.text("lab")), c.company(node.text("company")));
        let (from, to) = (Party::Lab(lab as u16), Party::Company(company as u16));
        let mut ties = Vec::new();
        let contracts = node
            .list("contracts")
            .iter()
            .map(|contract| FileContract {
                announced: c.clock.step_of(contract.date("announced")),
                start: c.clock.step_of(contract.date("starts")),
                notional: Tie::compile(c, contract, &mut ties),
                term: c.row(contract, "term"),
                ramp: c.row_if(contract, "ramp"),
            })
            .collect();
        LinkTerms {
            lab,
            company,
            base: c.row(node, "base"),
            contracts,
            ties,
            account: companies[company].account,
            received: companies[company].received,
            dealings: labs[lab].dealings[company],
            takes_credits: grants_credits(c, node.text("company"), node.text("lab")),
            is_built_for: c.builds(company),
            compute_edge: c.edge(from, to, COMPUTE),
            credit_edge: c.edge(from, to, COMPUTE_CREDIT),
            set_off_edge: c.foreseen.set_off.contains(&(lab, company)).then(|| c.edge(from, to, SET_OFF)),
        }
    }
}

impl Tie {
    /// The row of a contract's notional: the file's number, or what a tie makes of it.
    fn compile(c: &mut Compiler, contract: &Node, ties: &mut Vec<Tie>) -> Row {
        let given = c.row(contract, "notional");
        let to = contract.text_if("tied_to").and_then(crate::deals::loop_named);
        let (Some(tied), Some(to)) = (contract.number_if("tied"), to) else { return given };
        let notional = c.layout.row();
        ties.push(Tie { tied: Row::from(tied), to, given, notional });
        notional
    }
}

/// Does the file let the company grant the lab compute credits?
fn grants_credits(c: &Compiler, company: &str, lab: &str) -> bool {
    let gives = |section: &str, giver: &str| {
        let mut nodes = c.sections_named(section);
        nodes.any(|node| {
            node.text(giver) == company && node.text("lab") == lab && c.matters(node.number("credits"))
        })
    };
    gives("vendor_equity", "company") || gives("commitment", "investor")
}
