//! `replay`: one path, step by step; what is computed is in [`crate::engine::replay`].

pub mod command;
pub mod words;
