//! Files that a user names. None is read beyond a limit, and a scenario, which may come from anybody, reads plain files of
//! its own folder and of those it declares, nothing else: no pipe that never ends, no device, no file that happens to lie
//! on the machine.

use super::names::visible;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::path::{Component, Path, PathBuf};

/// The largest scenario file and the largest table, in MiB.
pub const SCENARIO: u64 = 16;
pub const TABLE: u64 = 64;

/// The bytes of a file that was named on the command line, which may be a pipe; an error when there are more MiB.
pub fn read(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let too_large = || {
        let why = format!("it is larger than {most} MiB, the most that is read of such a file");
        Err(io::Error::new(ErrorKind::FileTooLarge, why))
    };
    let file = File::open(path)?;
    let limit = most << 20;
    if file.metadata()?.len() > limit {
        return too_large();
    }
    let mut bytes = Vec::new();
    file.take(limit + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > limit { too_large() } else { Ok(bytes) }
}

/// The same of a file that a scenario names: it must be a plain one, which is found out without opening it.
pub fn read_plain(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let found = std::fs::metadata(path)?;
    if !found.is_file() {
        let why = format!("it is {}; a scenario reads plain files only", kind(&found));
        return Err(io::Error::new(ErrorKind::InvalidInput, why));
    }
    read(path, most)
}

fn kind(found: &Metadata) -> &'static str {
    if found.is_dir() { "a folder" } else { "a pipe or a device" }
}

/// Why a file cannot be read, in the same words on every machine where it is simply not there.
pub fn cannot_read(path: &Path, error: &io::Error) -> String {
    match error.kind() {
        ErrorKind::NotFound => format!("there is no file `{}`", path.display()),
        _ => format!("cannot read `{}`: {error}", path.display()),
    }
}

/// What a scenario's results are called: its file's name without the ending, unless that leads out of the folder that
/// they go to, would be hidden there or cannot be shown.
pub fn stem(file: &Path) -> Option<&str> {
    let stem = file.file_stem()?.to_str()?;
    let is_shown = visible(stem) == stem && !stem.contains(['\n', '\t']);
    (!stem.starts_with('.') && is_shown).then_some(stem)
}

/// Where a scenario's files may lie.
#[derive(Debug, Clone)]
pub struct Folders {
    /// The scenario's own; relative names begin there.
    own: PathBuf,
    /// Those that it declares: `data` of [scenario].
    declared: Vec<PathBuf>,
}

/// In which of them a file lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lies {
    InOwn,
    InDeclared,
    Outside,
}

impl Folders {
    pub fn new(own: &Path) -> Folders {
        Folders { own: own.to_path_buf(), declared: Vec::new() }
    }

    pub fn declare<'n>(&mut self, names: impl IntoIterator<Item = &'n str>) {
        self.declared = names.into_iter().map(|name| self.own.join(name)).collect();
    }

    /// The path of a name in the scenario.
    pub fn path(&self, name: &str) -> PathBuf {
        self.own.join(name)
    }

    /// A link counts as what it leads to.
    pub fn lies(&self, path: &Path) -> Lies {
        let path = real(path);
        if path.starts_with(real(&self.own)) {
            Lies::InOwn
        } else if self.declared.iter().any(|folder| path.starts_with(real(folder))) {
            Lies::InDeclared
        } else {
            Lies::Outside
        }
    }
}

/// The path without links and detours; of a file that is not there, that of its folder, and of what has no folder without
/// detours.
fn real(path: &Path) -> PathBuf {
    let path = if path.as_os_str().is_empty() { Path::new(".") } else { path };
    let in_folder = || {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        Some(folder.canonicalize().ok()?.join(path.file_name()?))
    };
    let without_links = path.canonicalize().ok().or_else(in_folder);
    without_links.unwrap_or_else(|| plain(&std::path::absolute(path).unwrap_or_else(|_| path.to_path_buf())))
}

/// A path without the detours of `configs/../data`, as a person would name it.
pub fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir if matches!(plain.components().next_back(), Some(Component::Normal(_))) => {
                plain.pop();
            }
            Component::CurDir => {}
            part => plain.push(part),
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_without_detours() {
        for (path, shown) in [
            ("configs/../data/a.csv", "data/a.csv"),
            ("./a.csv", "a.csv"),
            ("../a.csv", "../a.csv"),
            ("x/../../a.csv", "../a.csv"),
            ("/x/y/../a.csv", "/x/a.csv"),
        ] {
            assert_eq!(plain(Path::new(path)), Path::new(shown), "{path}");
        }
    }

    #[test]
    fn results_do_not_leave_their_folder() {
        for (file, called) in
            [("configs/oracle.toml", "oracle"), ("a.b.toml", "a.b"), ("x/..y/Größe", "Größe"), ("-a", "-a")]
        {
            assert_eq!(stem(Path::new(file)), Some(called));
        }
        for file in
            ["", "/", "..", "x/..", "...toml", "..toml", ".toml", ".hidden.toml", "a\nb.toml", "\u{1b}c.toml"]
        {
            assert_eq!(stem(Path::new(file)), None, "{file:?}");
        }
    }

    #[test]
    fn a_file_lies_in_a_folder_or_outside_of_all() {
        let all = tempfile::tempdir().unwrap();
        for folder in ["own/below", "data", "data_of_others"] {
            std::fs::create_dir_all(all.path().join(folder)).unwrap();
            std::fs::write(all.path().join(folder).join("a.csv"), "a\n1\n").unwrap();
        }
        let mut folders = Folders::new(&all.path().join("own"));
        let lies = |folders: &Folders, name: &str| folders.lies(&folders.path(name));
        assert_eq!(lies(&folders, "below/a.csv"), Lies::InOwn);
        assert_eq!(lies(&folders, "below/../not_there.csv"), Lies::InOwn);
        assert_eq!(lies(&folders, "../data/a.csv"), Lies::Outside);
        assert_eq!(lies(&folders, "../not_there.csv"), Lies::Outside);
        assert_eq!(lies(&folders, "/etc/passwd"), Lies::Outside);
        folders.declare(["../data"]);
        assert_eq!(lies(&folders, "../data/a.csv"), Lies::InDeclared);
        assert_eq!(lies(&folders, "../data_of_others/a.csv"), Lies::Outside);
        #[cfg(unix)]
        {
            let link = |to: &str, at: &str| {
                std::os::unix::fs::symlink(all.path().join(to), all.path().join(at)).unwrap();
            };
            link("data_of_others/a.csv", "own/link.csv");
            link("data_of_others", "own/folder");
            link("data/a.csv", "own/declared.csv");
            assert_eq!(lies(&folders, "link.csv"), Lies::Outside);
            assert_eq!(lies(&folders, "folder/a.csv"), Lies::Outside);
            assert_eq!(lies(&folders, "declared.csv"), Lies::InDeclared);
        }
    }

    #[test]
    fn no_more_is_read_than_the_limit() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let file = File::create(&path).unwrap();
        file.set_len(1 << 20).unwrap();
        assert_eq!(read_plain(&path, 1).unwrap().len(), 1 << 20);
        file.set_len((1 << 20) + 1).unwrap();
        assert_eq!(read_plain(&path, 1).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert!(cannot_read(&path, &read(&path, 1).unwrap_err()).contains("larger than 1 MiB"));
        assert!(read_plain(folder.path(), 1).unwrap_err().to_string().contains("a folder"));
    }

    /// One without end, and one that nobody writes to.
    #[cfg(unix)]
    #[test]
    fn devices_and_pipes_are_not_waited_for() {
        let zeros = Path::new("/dev/zero");
        assert_eq!(read(zeros, 1).unwrap_err().kind(), ErrorKind::FileTooLarge);
        assert!(read_plain(zeros, 1).unwrap_err().to_string().contains("a pipe or a device"));
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("pipe");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status().unwrap();
        assert!(made.success());
        assert!(read_plain(&pipe, 1).unwrap_err().to_string().contains("a pipe or a device"));
    }
}
