//! Results as people read them: tables, charts, the page, the manifest. The only code that writes result files.
//!
//! A file per file: [`summary`] (summary.json), [`parquet`] (paths.parquet, courses.parquet), [`flows`] (flows.csv),
//! [`manifest`] (manifest.json); [`atomic`] brings each to the disk whole or not at all.

pub mod around_unwind;
pub mod atomic;
pub mod attribute;
pub mod compare;
pub mod facts;
pub mod figures;
pub mod flows;
pub mod folder;
pub mod journal;
pub mod manifest;
pub mod measure;
pub mod page;
pub mod parquet;
pub mod replay;
pub mod results;
pub mod score;
pub mod sensitivity;
pub mod solve;
pub mod stored;
pub mod summary;
pub mod sweep;
pub mod terminal;
pub mod verify;
pub mod why;

pub mod backtest;
pub mod calibration;
pub mod charts;
pub mod layout;
pub mod render;
pub mod theme;
pub mod wording;
