//! The main job: what a scenario's paths say, gathered as they come, written and told.

pub mod around_unwind;
pub mod causal;
pub mod command;
pub mod corners;
pub mod facts;
pub mod folder;
pub mod merge;
pub mod picture;
pub mod recorded;
pub mod redraw;
pub mod reproduce;
pub mod results;
pub mod source;
pub mod told;
pub mod words;
