//! The scenario file as text: sections and keys with spans, numbers and distributions, addresses, findings.

pub mod key;
pub mod node;
pub mod number;

pub use key::{Default, Key, Range, Section, Shape, Unit, Whom};
pub use node::Node;
pub use number::{Distribution, Family, Grade, Number, NumberId, Quantity};
