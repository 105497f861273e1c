//! A result file is there whole or not at all: it is written under a temporary name in its own folder, its bytes
//! hashed as they pass for the manifest, brought to the disk, and renamed. Whatever fails on the way, the temporary
//! file is removed, what stood under the name before stays, and the error says which file and what to do.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A result file as the manifest lists it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// Its name within the folder of the run.
    pub file: String,
    pub bytes: u64,
    pub sha256: String,
}

/// A file that could not be written.
#[derive(Debug)]
pub struct WriteError {
    pub path: PathBuf,
    pub cause: io::Error,
}

impl fmt::Display for WriteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use io::ErrorKind;
        write!(f, "cannot write {}: {}", self.path.display(), self.cause)?;
        let advice = match self.cause.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
                "the disk has no room left; free some or choose a folder elsewhere with --out"
            }
            ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem => {
                "the folder may not be written to; change its permissions or choose another with --out"
            }
            ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
                "a part of the path is a file; move it away or choose another folder with --out"
            }
            ErrorKind::IsADirectory | ErrorKind::DirectoryNotEmpty => {
                "a folder has that name; move it away or choose another with --out"
            }
            ErrorKind::FileTooLarge => {
                "the disk does not take files of that size; choose one that does with --out"
            }
            _ => return Ok(()),
        };
        write!(f, "; {advice}")
    }
}

impl std::error::Error for WriteError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

/// What the bytes go to: a file; in tests, a disk that fills up.
trait Medium: Write + Send {
    /// Brings everything to the disk.
    fn sync(&mut self) -> io::Result<()>;
}

impl Medium for File {
    fn sync(&mut self) -> io::Result<()> {
        self.sync_all()
    }
}

/// A file being written. Dropped before [`AtomicFile::commit`], it leaves nothing.
pub struct AtomicFile {
    path: PathBuf,
    temporary: PathBuf,
    /// Closed before the rename; some systems do not rename open files.
    medium: Option<BufWriter<Box<dyn Medium>>>,
    hash: Hash,
}

impl AtomicFile {
    /// Begins the file that will be `path`; makes its folder where there is none.
    pub fn create(path: &Path) -> Result<AtomicFile, WriteError> {
        AtomicFile::create_on(path, |file| Box::new(file))
    }

    fn create_on(
        path: &Path,
        medium: impl FnOnce(File) -> Box<dyn Medium>,
    ) -> Result<AtomicFile, WriteError> {
        let create = || {
            if path.is_dir() {
                return Err(io::Error::from(io::ErrorKind::IsADirectory));
            }
            let name = path.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
            let folder =
                path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            // Another run may be writing the same file; each has its own temporary one.
            for attempt in 0u32.. {
                let mut temporary = std::ffi::OsString::from(".");
                temporary.push(name);
                temporary.push(format!(".{}-{attempt}.part", std::process::id()));
                let temporary = folder.join(temporary);
                match OpenOptions::new().write(true).create_new(true).open(&temporary) {
                    Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                    opened => return Ok((opened?, temporary)),
                }
            }
            Err(io::ErrorKind::AlreadyExists.into())
        };
        let (file, temporary) = create().map_err(|cause| WriteError { path: path.to_path_buf(), cause })?;
        Ok(AtomicFile {
            path: path.to_path_buf(),
            temporary,
            medium: Some(BufWriter::with_capacity(1 << 16, medium(file))),
            hash: Hash::default(),
        })
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Bytes that were written before, read back.
    pub fn written(&mut self, from: u64, length: usize) -> io::Result<Vec<u8>> {
        self.flush()?;
        let mut file = File::open(&self.temporary)?;
        file.seek(SeekFrom::Start(from))?;
        let mut bytes = vec![0; length];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Says which file an error while writing it concerns.
    pub fn error(&self, cause: io::Error) -> WriteError {
        WriteError { path: self.path.clone(), cause }
    }

    /// The file is whole: brings it to the disk and gives it its name.
    pub fn commit(mut self) -> Result<Written, WriteError> {
        self.finish().map_err(|cause| self.error(cause))?;
        let file = self.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let (bytes, sha256) = std::mem::take(&mut self.hash).finish();
        Ok(Written { file, bytes, sha256 })
    }

    fn finish(&mut self) -> io::Result<()> {
        if let Some(mut medium) = self.medium.take() {
            medium.flush()?;
            medium.get_mut().sync()?;
        }
        fs::rename(&self.temporary, &self.path)?;
        // The rename itself must reach the disk; systems that cannot open a folder for that do it on their own.
        if let Some(Ok(folder)) = self.path.parent().map(File::open) {
            let _ = folder.sync_all();
        }
        Ok(())
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let medium = self.medium.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        let written = medium.write(bytes)?;
        self.hash.update(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.medium.as_mut().map_or(Ok(()), |medium| medium.flush())
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        // What is still in the buffer is not wanted. After the rename there is nothing of the temporary name.
        if let Some(medium) = self.medium.take() {
            let (medium, _) = medium.into_parts();
            drop(medium);
        }
        let _ = fs::remove_file(&self.temporary);
    }
}

/// Writes a whole file from one function.
pub fn write(
    path: &Path,
    content: impl FnOnce(&mut AtomicFile) -> io::Result<()>,
) -> Result<Written, WriteError> {
    let mut file = AtomicFile::create(path)?;
    content(&mut file).map_err(|cause| file.error(cause))?;
    file.commit()
}

/// SHA-256 in hexadecimal.
pub fn sha256(bytes: &[u8]) -> String {
    let mut hash = Hash::default();
    hash.update(bytes);
    hash.finish().1
}

/// Length and SHA-256 of what passes.
#[derive(Default)]
pub struct Hash {
    bytes: u64,
    hash: Sha256,
}

impl Hash {
    pub fn update(&mut self, bytes: &[u8]) {
        self.bytes += bytes.len() as u64;
        self.hash.update(bytes);
    }

    /// Bytes, and the hash in hexadecimal.
    pub fn finish(self) -> (u64, String) {
        (self.bytes, self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// A disk with room for so many bytes.
    struct Filling {
        file: File,
        room: usize,
    }

    impl Write for Filling {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(io::ErrorKind::StorageFull.into());
            }
            let written = self.file.write(&bytes[..bytes.len().min(self.room)])?;
            self.room -= written;
            Ok(written)
        }

        fn flush(&mut self) -> io::Result<()> {
            self.file.flush()
        }
    }

    impl Medium for Filling {
        fn sync(&mut self) -> io::Result<()> {
            if self.room == 0 { Err(io::ErrorKind::StorageFull.into()) } else { self.file.sync() }
        }
    }

    /// A file on a disk with room for so many bytes, for the tests of the writers.
    pub(crate) fn on_a_disk_with_room(path: &Path, room: usize) -> AtomicFile {
        AtomicFile::create_on(path, |file| Box::new(Filling { file, room })).unwrap()
    }

    /// Everything in a folder, temporary files included.
    pub(crate) fn names_in(folder: &Path) -> Vec<String> {
        let mut names: Vec<String> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_file_is_whole_or_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deeper/still/summary.json");
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(b"abc").unwrap();
        assert!(!path.exists());
        let written = file.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abc");
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(written, Written { file: "summary.json".into(), bytes: 3, sha256: expected.into() });
        assert_eq!(sha256(b"abc"), expected);
        assert_eq!(names_in(path.parent().unwrap()), ["summary.json"]);
    }

    #[test]
    fn a_run_cut_off_leaves_what_was_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.json");
        fs::write(&path, "old").unwrap();
        let mut file = AtomicFile::create(&path).unwrap();
        file.write_all(&[b'x'; 1 << 20]).unwrap();
        assert_eq!(names_in(folder.path()).len(), 2, "the temporary file");
        drop(file);
        assert_eq!(names_in(folder.path()), ["summary.json"]);
        assert_eq!(fs::read(&path).unwrap(), b"old");
    }

    #[test]
    fn two_may_write_the_same_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("summary.json");
        let (mut first, mut second) =
            (AtomicFile::create(&path).unwrap(), AtomicFile::create(&path).unwrap());
        first.write_all(b"first").unwrap();
        second.write_all(b"second").unwrap();
        second.commit().unwrap();
        first.commit().unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"first");
        assert_eq!(names_in(folder.path()), ["summary.json"]);
    }

    #[test]
    fn a_full_disk_leaves_nothing_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("paths.parquet");
        // Full at once, in the middle of the buffer, when the buffer is flushed, and only when it is synchronised.
        for room in [0, 10, 100_000, 200_000] {
            let mut file = on_a_disk_with_room(&path, room);
            let error = match file.write_all(&[7; 200_000]) {
                Err(cause) => {
                    let error = file.error(cause);
                    drop(file);
                    error
                }
                Ok(()) => file.commit().unwrap_err(),
            };
            let message = error.to_string();
            assert!(message.contains("paths.parquet") && message.contains("free some"), "{message}");
            assert!(names_in(folder.path()).is_empty(), "{room}: {:?}", names_in(folder.path()));
        }
        let mut file = on_a_disk_with_room(&path, 200_001);
        file.write_all(&[7; 200_000]).unwrap();
        file.commit().unwrap();
        assert_eq!(names_in(folder.path()), ["paths.parquet"]);
    }

    #[test]
    fn what_is_in_the_way_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("results");
        fs::write(&file, "").unwrap();
        let message = AtomicFile::create(&file.join("summary.json")).err().unwrap().to_string();
        assert!(message.contains("summary.json") && message.contains("is a file"), "{message}");
        let taken = folder.path().join("summary.json");
        fs::create_dir(&taken).unwrap();
        let message = AtomicFile::create(&taken).err().unwrap().to_string();
        assert!(message.contains("summary.json") && message.contains("a folder has that name"), "{message}");
    }

    /// A folder that may not be written to. For one who may everything, that is only what the kernel itself keeps.
    #[cfg(unix)]
    #[test]
    fn a_read_only_folder_is_said() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
        let folder = if File::create(folder.path().join("probe")).is_err() {
            folder.path()
        } else {
            Path::new("/sys")
        };
        if !folder.is_dir() {
            return;
        }
        let error = write(&folder.join("summary.json"), |file| file.write_all(b"{}")).unwrap_err();
        let message = error.to_string();
        assert!(message.contains("summary.json") && message.contains("permissions"), "{message}");
        assert!(!folder.join("summary.json").exists());
    }
}
