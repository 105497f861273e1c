//! Result files, each whole or not at all: the only code that writes them.
//!
//! A file per file: [`summary`] (summary.json), [`parquet`] (paths.parquet, courses.parquet), [`flows`] (flows.csv), [`workbook`] (results.xlsx),
//! [`manifest`] (manifest.json); [`atomic`] brings each to the disk, [`owned`] all of a command to their folder.

pub mod atomic;
pub mod flows;
pub mod folder;
pub mod journal;
pub mod kept;
pub mod manifest;
pub mod owned;
pub mod parquet;
pub mod summary;
pub mod table;
pub mod workbook;
