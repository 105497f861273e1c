//! How much of the capital behind AI is manufactured by its own financing loops?
//!
//! text → [`scenario::Scenario`] → [`plan`] → outcomes → estimates → files. The two ends can fail, the middle cannot.

pub mod actors;
pub mod books;
pub mod calibrate;
pub mod charts;
pub mod cli;
pub mod compiler;
pub mod console;
pub mod deals;
pub mod engine;
pub mod estimate;
pub mod events;
pub mod files;
pub mod input;
pub mod market;
pub mod measure;
pub mod outcome;
pub mod page;
pub mod plan;
pub mod scenario;
pub mod state;
pub mod studies;
pub mod words;
