//! A results folder while one command writes it. Nobody else may; what is written lies apart, in a folder inside, until
//! it is whole, and then takes its place file by file, the manifest last. A command that fails or is killed before leaves
//! the earlier result as it was; one that is killed between the first file and the last is finished by the next command
//! that looks. Studies have folders of their own inside a run's, and lock these.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{ErrorKind, Read, Seek, Write};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::atomic::{self, WriteError};
use super::manifest::Manifest;

/// The manifest in a results folder.
pub const MANIFEST: &str = "manifest.json";
/// Where an interrupted command's results go when whole ones stand in its folder.
pub const PARTIAL: &str = "partial";
const LOCK: &str = ".lock";
const WRITING: &str = ".writing-";
const WRITTEN: &str = ".written";

/// The right to write a results folder. Dropped before [`Owned::commit`], it leaves the folder as it was.
#[derive(Debug)]
pub struct Owned {
    folder: PathBuf,
    /// None where the system knows no locks: nobody is kept out.
    lock: Option<File>,
    /// The folder was not there before.
    is_new: bool,
}

/// Why a folder cannot be had.
#[derive(Debug)]
pub enum NotOwned {
    InUse { folder: PathBuf, by: String },
    Unwritable(WriteError),
}

impl std::fmt::Display for NotOwned {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NotOwned::InUse { folder, by } => write!(
                f,
                "another command{by} is writing {}; wait for it, or write elsewhere with --name or --out",
                folder.display()
            ),
            NotOwned::Unwritable(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for NotOwned {}

impl From<WriteError> for NotOwned {
    fn from(error: WriteError) -> NotOwned {
        NotOwned::Unwritable(error)
    }
}

impl Owned {
    /// Takes the folder, makes it where there is none, and asks whether it can be written; finishes what a killed command
    /// left whole and sweeps what it left in pieces.
    pub fn take(folder: &Path) -> Result<Owned, NotOwned> {
        let error = |cause| WriteError { path: folder.join(LOCK), cause };
        loop {
            let is_new = !folder.exists();
            fs::create_dir_all(folder).map_err(|cause| WriteError { path: folder.to_path_buf(), cause })?;
            let path = folder.join(LOCK);
            let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&path);
            let mut file = match opened {
                // Between the two lines somebody removed the folder that he had made.
                Err(cause) if cause.kind() == ErrorKind::NotFound && is_new => continue,
                opened => opened.map_err(error)?,
            };
            let lock = match file.try_lock() {
                Err(TryLockError::WouldBlock) => {
                    let mut by = String::new();
                    let _ = file.read_to_string(&mut by);
                    let by = by.trim().parse::<u32>().map_or(String::new(), |id| format!(" (process {id})"));
                    return Err(NotOwned::InUse { folder: folder.to_path_buf(), by });
                }
                Err(TryLockError::Error(_)) => None,
                Ok(()) if !is_the_file_at(&file, &path) => continue,
                Ok(()) => {
                    let named = file.set_len(0).and_then(|()| file.rewind());
                    named.and_then(|()| writeln!(file, "{}", std::process::id())).map_err(error)?;
                    Some(file)
                }
            };
            let owned = Owned { folder: folder.to_path_buf(), lock, is_new };
            if folder.join(WRITTEN).exists() {
                owned.settle()?;
            }
            if owned.lock.is_some() {
                owned.sweep();
            }
            let probe = owned.staging().join("writable");
            atomic::write(&probe, |file| file.write_all(b"roundtrip\n"))?;
            fs::remove_file(&probe).map_err(|cause| WriteError { path: probe, cause })?;
            return Ok(owned);
        }
    }

    /// The folder itself: what stands in it is of an earlier command.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Where this command's files are written.
    pub fn staging(&self) -> PathBuf {
        self.folder.join(format!("{WRITING}{}", std::process::id()))
    }

    /// Everything is written: the files take their places, and those that the earlier manifest lists and this one does
    /// not go. Returns where they are: an interrupted command's beside whole ones of before, which stay.
    pub fn commit(&self, manifest: &Manifest) -> Result<PathBuf, NotOwned> {
        let earlier = Manifest::read(&self.folder.join(MANIFEST));
        if !manifest.complete && earlier.is_ok_and(|earlier| earlier.complete) {
            let partial = Owned::take(&self.folder.join(PARTIAL))?;
            let _ = fs::remove_dir_all(partial.staging());
            rename(&self.staging(), &partial.staging())?;
            partial.place(manifest)?;
            return Ok(partial.folder.clone());
        }
        self.place(manifest)?;
        Ok(self.folder.clone())
    }

    fn place(&self, manifest: &Manifest) -> Result<(), WriteError> {
        manifest.write(&self.staging().join(MANIFEST))?;
        // From here on the result is there, wherever the rest of the way is cut off.
        rename(&self.staging(), &self.folder.join(WRITTEN))?;
        self.settle()
    }

    /// Brings the files of [`WRITTEN`] to their places. Done again after it was cut off, it ends as if it had not been.
    fn settle(&self) -> Result<(), WriteError> {
        let from = self.folder.join(WRITTEN);
        let [new, old] = [&from, &self.folder].map(|folder| Manifest::read(&folder.join(MANIFEST)));
        if let Ok(new) = new {
            move_files(&from, &self.folder)?;
            let stays = |name: &str| new.files.iter().any(|file| file.file == name);
            for file in old.iter().flat_map(|old| &old.files) {
                if !stays(&file.file) && is_inside(&file.file) {
                    let _ = fs::remove_file(self.folder.join(&file.file));
                }
            }
            rename(&from.join(MANIFEST), &self.folder.join(MANIFEST))?;
        }
        fs::remove_dir_all(&from).map_err(|cause| WriteError { path: from, cause })?;
        if let Ok(folder) = File::open(&self.folder) {
            let _ = folder.sync_all();
        }
        Ok(())
    }

    /// Removes what killed commands were writing.
    fn sweep(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.starts_with(WRITING) {
                let _ = fs::remove_dir_all(entry.path());
            } else if name.starts_with('.') && name.ends_with(".part") {
                let _ = fs::remove_file(entry.path());
            }
        }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(self.staging());
        // Still locked: who has opened it meanwhile finds that it is gone.
        let _ = fs::remove_file(self.folder.join(LOCK));
        if self.is_new {
            // Not where something is in it.
            let _ = fs::remove_dir(&self.folder);
        }
    }
}

/// Before a folder is read: if a command was killed while its files took their places, or is at that now, they are there
/// afterwards. Where they cannot be brought there, the manifest's hashes say so.
pub fn settle(folder: &Path) {
    for _ in 0..100 {
        if !folder.join(WRITTEN).exists() || !matches!(Owned::take(folder), Err(NotOwned::InUse { .. })) {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// All but the manifest.
fn move_files(from: &Path, to: &Path) -> Result<(), WriteError> {
    let error = |cause| WriteError { path: from.to_path_buf(), cause };
    for entry in fs::read_dir(from).map_err(error)? {
        let entry = entry.map_err(error)?;
        let target = to.join(entry.file_name());
        if entry.file_type().map_err(error)?.is_dir() {
            fs::create_dir_all(&target).map_err(|cause| WriteError { path: target.clone(), cause })?;
            move_files(&entry.path(), &target)?;
        } else if entry.file_name() != MANIFEST {
            rename(&entry.path(), &target)?;
        }
    }
    Ok(())
}

fn rename(from: &Path, to: &Path) -> Result<(), WriteError> {
    fs::rename(from, to).map_err(|cause| WriteError { path: to.to_path_buf(), cause })
}

/// Does a name that a manifest lists lie in its folder?
pub fn is_inside(name: &str) -> bool {
    Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

/// A file that was locked may have been removed between its opening and its locking.
#[cfg(unix)]
fn is_the_file_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let of = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
    file.metadata().map(of).is_ok_and(|held| fs::metadata(path).map(of).is_ok_and(|there| held == there))
}

#[cfg(not(unix))]
fn is_the_file_at(_: &File, path: &Path) -> bool {
    path.exists()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::folder::Circumstances;

    fn manifest(owned: &Owned, files: &[(&str, &str)], complete: bool) -> Manifest {
        let circumstances = Circumstances {
            command: Vec::new(),
            threads: 1,
            duration: Duration::ZERO,
            complete,
            scenario_text: String::new(),
        };
        let mut manifest = circumstances.manifest("A loop", 1, "plain", 1);
        for (name, text) in files {
            let path = owned.staging().join(name);
            let mut written = atomic::write(&path, |file| file.write_all(text.as_bytes())).unwrap();
            written.file = name.to_string();
            manifest.files.push(written);
        }
        manifest
    }

    fn put(folder: &Path, files: &[(&str, &str)], complete: bool) -> PathBuf {
        let owned = Owned::take(folder).unwrap();
        owned.commit(&manifest(&owned, files, complete)).unwrap()
    }

    fn text(folder: &Path, name: &str) -> Option<String> {
        fs::read_to_string(folder.join(name)).ok()
    }

    #[test]
    fn one_command_at_a_time() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path().join("results");
        let owned = Owned::take(&folder).unwrap();
        let second = Owned::take(&folder).unwrap_err();
        assert!(matches!(second, NotOwned::InUse { .. }));
        let message = second.to_string();
        assert!(message.contains(&format!("process {}", std::process::id())), "{message}");
        // Nothing was written: nothing is left.
        drop(owned);
        assert!(!folder.exists());
        drop(Owned::take(&folder).unwrap());
        let notes = folder.join("notes.txt");
        fs::create_dir(&folder).unwrap();
        fs::write(&notes, "mine").unwrap();
        drop(Owned::take(&folder).unwrap());
        assert!(notes.exists());
    }

    #[test]
    fn results_are_replaced_as_a_whole() {
        let place = tempfile::tempdir().unwrap();
        let folder = place.path();
        put(folder, &[("a.csv", "1"), ("charts/b.svg", "1"), ("charts/c.pdf", "1")], true);
        fs::write(folder.join("notes.txt"), "mine").unwrap();
        // One that fails leaves it alone.
        let owned = Owned::take(folder).unwrap();
        let _ = manifest(&owned, &[("a.csv", "2")], true);
        drop(owned);
        assert_eq!(text(folder, "a.csv").unwrap(), "1");
        assert_eq!(put(folder, &[("a.csv", "2"), ("charts/b.svg", "2")], true), folder);
        let manifest = Manifest::read(&folder.join(MANIFEST)).unwrap();
        assert!(manifest.differing(folder).is_empty());
        assert_eq!([text(folder, "a.csv"), text(folder, "charts/b.svg")].map(Option::unwrap), ["2", "2"]);
        assert!(text(folder, "charts/c.pdf").is_none() && text(folder, "notes.txt").is_some());
        // What is not whole does not take the place of what is.
        let partial = put(folder, &[("a.csv", "3")], false);
        assert_eq!(partial, folder.join(PARTIAL));
        assert_eq!([text(folder, "a.csv"), text(&partial, "a.csv")].map(Option::unwrap), ["2", "3"]);
    }

    /// Cut off anywhere on their way, the files are in their places after the next look.
    #[test]
    fn what_was_cut_off_is_finished() {
        let files = [("a.csv", "2"), ("charts/b.svg", "2"), ("d.json", "2")];
        for moved in 0..=files.len() {
            let place = tempfile::tempdir().unwrap();
            let folder = place.path();
            put(folder, &[("a.csv", "1"), ("charts/b.svg", "1"), ("gone.csv", "1")], true);
            let owned = Owned::take(folder).unwrap();
            manifest(&owned, &files, true).write(&owned.staging().join(MANIFEST)).unwrap();
            rename(&owned.staging(), &folder.join(WRITTEN)).unwrap();
            for (name, _) in &files[..moved] {
                rename(&folder.join(WRITTEN).join(name), &folder.join(name)).unwrap();
            }
            drop(owned);
            assert!(text(folder, "gone.csv").is_some());
            settle(folder);
            let manifest = Manifest::read(&folder.join(MANIFEST)).unwrap();
            assert!(manifest.differing(folder).is_empty(), "{moved}: {:?}", manifest.differing(folder));
            assert_eq!(manifest.files.len(), 3);
            assert!(text(folder, "gone.csv").is_none() && !folder.join(WRITTEN).exists());
        }
    }

    /// A manifest cannot name a file elsewhere.
    #[test]
    fn names_stay_inside() {
        for (name, inside) in [
            ("a.csv", true),
            ("charts/b.svg", true),
            ("../a", false),
            ("/etc/a", false),
            ("a/../../b", false),
        ] {
            assert_eq!(is_inside(name), inside, "{name}");
        }
    }
}
