//! `roundtrip init`: writes a starter scenario that runs.

use super::{BAD_INPUT, FAILED, OK, say};
use clap::Args;
use std::io::Write;
use std::path::PathBuf;

#[derive(Args)]
#[command(after_help = "Example:\n  roundtrip init my-scenario && roundtrip run my-scenario.toml")]
pub struct InitArgs {
    /// Name of the scenario; the file is NAME.toml
    pub name: String,
}

pub fn init(args: &InitArgs) -> u8 {
    let stem = args.name.strip_suffix(".toml").unwrap_or(&args.name);
    let path = PathBuf::from(format!("{stem}.toml"));
    let title = path.file_stem().map_or(String::new(), |s| s.to_string_lossy().into_owned());
    if title.is_empty() || stem.ends_with('/') {
        say("error: the name is empty; write for example `roundtrip init my-scenario`");
        return BAD_INPUT;
    }
    let text = crate::scenario::starter(&title);
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    match written.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {
            say(&format!("wrote {0}; run it with `roundtrip run {0}`", path.display()));
            OK
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {
            say(&format!("error: {} exists already; choose another name or move it away", path.display()));
            BAD_INPUT
        }
        Err(error) => {
            say(&format!("error: cannot write {}: {error}", path.display()));
            FAILED
        }
    }
}
