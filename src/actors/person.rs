//! A person (§3): a stake in one company and a loan against it.

use crate::books::Edge;
use crate::state::Row;

#[derive(Debug, Clone)]
pub struct Person {
    pub name: String,
    pub company: usize,
    pub stake_opening: Row,
    pub loan_opening: Row,
    pub max_ltv: Row,
    pub call_ltv: Option<Row>,
    /// (lab, φ)
    pub invests: Vec<(usize, Row)>,
    // State.
    /// S: fraction of the company
    pub stake: Row,
    pub loan: Row,
    /// Payments that came back through the stake, by lab (§8).
    pub got_back: Vec<Row>,
    /// Borrowed outside to be handed on.
    pub loan_edge: Edge,
}
