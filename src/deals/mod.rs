//! Deals between a lab, companies and whoever finances them. A deal does not know another deal.

pub mod commitment;
pub mod compute;
pub mod margin_loan;
pub mod supplier;
pub mod vendor_equity;
pub mod warrant;
