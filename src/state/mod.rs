//! Floor 0: numbers in lanes, elementary functions, random numbers by address, the batch of paths, the clock, the
//! loops that are on.

pub mod batch;
pub mod beta;
pub mod clock;
pub mod contract;
mod contracts;
pub mod draw;
pub mod grid;
pub mod lanes;
#[cfg(test)]
pub mod laws;
pub mod loops;
pub mod maths;

pub use batch::{Batch, Cells, Eight, Holds, Layout, Place, Registered, Row, Tape};
pub use clock::Clock;
pub use contract::{Contract, Deferral, Payments};
pub use contracts::{Contracts, Kinds};
pub use lanes::{F8, LANES, M8, Value};
pub use loops::{Loop, Loops};
