//! `roundtrip init`: writes a starter scenario that runs.

use crate::console::{Ending, Leave, OK, say};
use clap::Args;
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(after_help = "Example:\n  roundtrip init my-scenario && roundtrip run my-scenario.toml")]
pub struct InitArgs {
    /// Name of the scenario; the file is NAME.toml
    pub name: String,
}

pub fn init(args: &InitArgs) -> Ending {
    let stem = args.name.strip_suffix(".toml").unwrap_or(&args.name);
    let path = PathBuf::from(format!("{stem}.toml"));
    let title = Path::new(stem).file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    if title.trim().is_empty() || stem.ends_with('/') {
        return Err(Leave::bad_input("the name is empty; write for example `roundtrip init my-scenario`"));
    }
    let text = crate::scenario::starter(&title);
    let written = std::fs::OpenOptions::new().write(true).create_new(true).open(&path);
    match written.and_then(|mut file| file.write_all(text.as_bytes())) {
        Ok(()) => {
            let typed = quoted(&path.display().to_string());
            say(&format!("wrote {}; run it with `roundtrip run {typed}`", path.display()));
            Ok(OK)
        }
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => Err(Leave::bad_input(format!(
            "{} exists already; choose another name or move it away",
            path.display()
        ))),
        Err(error) => Err(Leave::failed(format!("cannot write {}: {error}", path.display()))),
    }
}

/// A file's name as a shell takes it: in quotes where it would read more into it.
fn quoted(name: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+@%:,".contains(c);
    match name.chars().all(is_plain) && !name.starts_with('-') {
        true => name.to_string(),
        // After -- or behind ./ a name may begin with a dash.
        false if name.starts_with('-') => quoted(&format!("./{name}")),
        false => format!("'{}'", name.replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_quoted_where_a_shell_would_read_more_into_it() {
        for (name, typed) in [
            ("my-scenario.toml", "my-scenario.toml"),
            ("größer/a_1.toml", "größer/a_1.toml"),
            ("a b.toml", "'a b.toml'"),
            ("it's.toml", r"'it'\''s.toml'"),
            ("$HOME.toml", "'$HOME.toml'"),
            ("-x.toml", "./-x.toml"),
        ] {
            assert_eq!(quoted(name), typed);
        }
    }
}
