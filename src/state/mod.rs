//! Floor 0: numbers in lanes, the batch of paths, random numbers by address.

pub mod draw;
pub mod lanes;
pub mod maths;
