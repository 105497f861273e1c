//! Deals between a lab, companies and whoever finances them. A deal does not know another deal.

pub mod commitment;
pub mod compute;
pub mod margin_loan;
pub mod supplier;
pub mod vendor_equity;
pub mod warrant;

use crate::actors::holding;
use crate::compiler::LoopKind;
use crate::market::{announcement, sentiment};
use crate::state::Loop;

/// Every loop that can be switched off, in the order of results.
pub const LOOPS: &[&LoopKind] = &[
    &announcement::LOOP,
    &margin_loan::LOOP,
    &holding::MARKS,
    &vendor_equity::CASH,
    &vendor_equity::CREDITS,
    &warrant::LOOP,
    &vendor_equity::RECIPROCAL,
    &sentiment::LOOP,
    &commitment::RELATED_WEALTH,
];

pub fn loops() -> impl Iterator<Item = &'static LoopKind> {
    LOOPS.iter().copied()
}

/// The loop of a name on the command line.
pub fn loop_named(name: &str) -> Option<Loop> {
    loops().find(|kind| kind.name == name).map(|kind| kind.which)
}

pub fn loop_name(which: Loop) -> &'static str {
    loops().find(|kind| kind.which == which).map_or("", |kind| kind.name)
}
