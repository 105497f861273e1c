//! What actors agree on: a file per kind of deal (§5.5–§5.11).

pub mod commitment;
pub mod compute;
pub mod vendor_equity;
pub mod warrant;
