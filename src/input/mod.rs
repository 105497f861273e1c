//! The scenario file as text: sections and keys with spans, numbers and distributions, addresses, findings.

pub mod check;
pub mod currency;
pub mod days;
pub mod empirical;
pub mod file;
pub mod finding;
pub mod item;
pub mod key;
pub mod names;
pub mod node;
pub mod number;
pub mod quantity;
pub mod reader;
pub mod reference;
pub mod schema;
pub mod separated;
pub mod sessions;
pub mod table;

pub use check::Check;
pub use finding::{Finding, Findings, Severity, Sources, Span};
pub use key::{Default, Key, Range, STATES, Section, Shape, Unit, Whom};
pub use node::Node;
pub use number::{Distribution, Family, Grade, Number, NumberId, Quantity};
