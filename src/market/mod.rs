//! Prices, sentiment, the announcement effect, and how a person or holding finds money.

pub mod announcement;
pub mod asset_sale;
pub mod funding;
pub mod outside;
pub mod prices;
pub mod sentiment;
