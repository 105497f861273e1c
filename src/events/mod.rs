//! What happens to a path now and then: contracts become public, a lab raises a round, a lab asks for time, a lab
//! restructures.

pub mod deferral;
pub mod new_contracts;
pub mod restructuring;
pub mod round;
