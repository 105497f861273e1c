//! A listing (5.10): when a lab goes public. It is a round by choice with a target and an appetite of its own, raised in
//! [`super::round`]; from the next step on the lab's V is what the market pays, P.

use crate::books::{Edge, Flow, Party};
use crate::compiler::Compiler;
use crate::input::Node;
use crate::market::sentiment::{SUSPICION, Sentiment};
use crate::state::{Cells, F8, M8, Row};

/// Cash of a listing.
pub const LISTING_PAID: Flow = Flow::new("listing").capital();

#[derive(Debug, Clone)]
pub struct Listing {
    /// Step before which there is none.
    pub earliest: i32,
    /// Least R.
    pub revenue: Row,
    /// f
    pub sell: Row,
    /// d
    pub depth: Row,
    /// Where its cash is booked: from the outside, then from companies, persons, holdings in the order of the lab's rounds.
    pub edges: Vec<Edge>,
}

impl Listing {
    /// `from`: who may buy, in the order of the lab's rounds.
    pub fn compile(
        c: &mut Compiler,
        l: usize,
        node: &Node,
        from: impl Iterator<Item = Party>,
    ) -> Option<Listing> {
        let listing = node.table("listing")?;
        Some(Listing {
            earliest: c.clock.step_of(listing.date("earliest")),
            revenue: c.row(listing, "revenue"),
            sell: c.row(listing, "sell"),
            depth: c.row(listing, "depth"),
            edges: from.map(|from| c.edge(from, Party::Lab(l as u16), LISTING_PAID)).collect(),
        })
    }

    /// Paths that meet every condition but the price and the gap since the last round.
    #[inline(always)]
    pub fn is_ready(&self, b: &Cells, step: i32, revenue: Row, listed: Row, sentiment: &Sentiment) -> M8 {
        if step < self.earliest {
            return M8::NONE;
        }
        let is_private = b.get(listed).equals(F8::ZERO);
        let is_large = b.get(revenue).ge(b.get(self.revenue));
        let is_afraid = b.get(sentiment.state).equals(F8::splat(SUSPICION as f64));
        is_private & is_large & !is_afraid
    }
}
