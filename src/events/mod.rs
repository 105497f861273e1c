//! What happens to a path now and then: contracts become public, a lab raises a round or lists, is marked, asks for time,
//! restructures.

pub mod clearing;
pub mod deferral;
pub mod listing;
pub mod marks;
pub mod need;
pub mod new_contracts;
pub mod restructuring;
pub mod round;
pub mod round_terms;
