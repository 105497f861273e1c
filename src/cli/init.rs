//! `roundtrip init`: writes a scenario that runs, to start from.

use crate::console::{Ending, Leave, OK, print, say};
use crate::input::file;
use crate::scenario::{TEMPLATES, starter};
use clap::Args;
use clap::builder::{PossibleValue, PossibleValuesParser};
use std::io::Write;
use std::path::{Path, PathBuf};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  roundtrip init my-scenario && roundtrip run my-scenario.toml\n  roundtrip init mine --deal vendor_credit\n  roundtrip init --list"
)]
pub struct InitArgs {
    /// Name of the scenario; the file is NAME.toml
    #[arg(required_unless_present = "list")]
    pub name: Option<String>,
    /// A scenario of one kind of deal, with comments that say what it is and what to change
    #[arg(long, value_name = "KIND", value_parser = kinds())]
    pub deal: Option<String>,
    /// Say which kinds there are, and write nothing
    #[arg(long, conflicts_with_all = ["name", "deal"])]
    pub list: bool,
}

/// The kinds of deals, each with its sentence.
fn kinds() -> PossibleValuesParser {
    PossibleValuesParser::new(
        TEMPLATES.iter().map(|kind| PossibleValue::new(kind.deal).help(kind.sentence())),
    )
}

/// A line for each kind of deal.
fn list() -> String {
    let width = TEMPLATES.iter().map(|kind| kind.deal.len()).max().unwrap_or(0);
    let lines = TEMPLATES.iter().map(|kind| format!("{:<width$}  {}\n", kind.deal, kind.sentence()));
    lines.collect::<String>() + "\nwrite one with `roundtrip init NAME --deal KIND`\n"
}

pub fn init(args: &InitArgs) -> Ending {
    if args.list {
        return Ok(print(&list()));
    }
    let name = args.name.as_deref().unwrap_or_default();
    let stem = name.strip_suffix(".toml").unwrap_or(name);
    let path = PathBuf::from(format!("{stem}.toml"));
    let title = Path::new(stem).file_name().map_or(String::new(), |name| name.to_string_lossy().into_owned());
    if title.trim().is_empty() || stem.ends_with('/') {
        return Err(Leave::bad_input("the name is empty; write for example `roundtrip init my-scenario`"));
    }
    if file::stem(&path).is_none() {
        return Err(Leave::bad_input(
            "no scenario can be called so: a name does not begin with a dot and has no control characters",
        ));
    }
    let kind = TEMPLATES.iter().find(|kind| args.deal.as_deref() == Some(kind.deal));
    let text = kind.map_or_else(|| starter(&title), |kind| kind.scenario(&title));
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
