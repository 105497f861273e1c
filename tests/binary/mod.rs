//! The program as a process: how tests call it, and what comes back.

#![allow(dead_code, reason = "each test binary uses some of it")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

pub fn program() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_roundtrip"));
    command.env("NO_COLOR", "1").env_remove("COLUMNS");
    command
}

pub fn call(args: &[&str]) -> Output {
    program().args(args).output().unwrap()
}

pub fn code(output: &Output) -> i32 {
    output.status.code().unwrap()
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A path as an argument.
pub fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// The starter scenario in a folder of its own.
pub fn starter() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let made = program().current_dir(folder.path()).args(["init", "start"]).output().unwrap();
    assert_eq!(code(&made), 0, "{}", stderr(&made));
    let file = folder.path().join("start.toml");
    (folder, file)
}
