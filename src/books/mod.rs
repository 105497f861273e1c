//! The only code that moves money or shares (§7, §11): origins, purses, the ledger of flows, stakes.

pub mod identities;
pub mod ledger;
pub mod origin;
pub mod shares;

pub use ledger::{Account, Edge, Flow, Ledger, Party};
pub use origin::{ByOrigin, ORIGINS, Origin, Purse};
