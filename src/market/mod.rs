//! Prices, sentiment and the announcement effect (§5.1–§5.3).

pub mod announcement;
pub mod prices;
pub mod sentiment;
