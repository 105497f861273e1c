//! A journal: the finished chunks of a run, one record each, appended as they finish. It is what a shard is until it is
//! merged, and what a run that was cut off goes on from. A header says which run it is of; every record has its length
//! and a checksum, so what was being written when the machine stopped is found out and dropped.
//!
//! Numbers are little-endian. Magic, length of the header, the header as JSON, its CRC-32; then records: length, CRC-32,
//! first path, paths, and the counts and values of columns (doubles), flows (doubles) and courses (floats). A record's
//! CRC-32 goes on from the header's: under another header it is no record.
//!
//! A study asks the engine several times, for other columns each time: its records' numbers of paths rise through all of
//! that, with gaps (`studies/simulator.rs`), and the one with the last number there is, which has no columns, ends it.

use crate::engine::Chunk;
use crate::estimate::Block;
use crate::files::atomic::{WriteError, sha256};
use crate::files::kept::Keep;
use crate::files::manifest::{Build, DataFile, ReadError, ScenarioText, Settings};
use crate::state::LANES;
use serde::{Deserialize, Serialize};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

/// The first bytes of the file.
const MAGIC: &[u8; 20] = b"roundtrip journal 2\n";

/// Which run a journal is of, and which of its paths it holds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    /// Of the program.
    pub version: String,
    pub build: Build,
    pub scenario: ScenarioText,
    pub seed: u64,
    pub sampler: String,
    pub settings: Settings,
    /// Uncertain numbers and measures of a path; 0 where every record has its own.
    pub columns: u64,
    /// The study whose paths these are; none of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub study: Option<Studied>,
    /// Which shard of how many, the first being 1.
    pub shard: Option<(u64, u64)>,
    /// Where several were put together, all their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub merged: Vec<u64>,
    /// The journal's paths, when it is whole.
    pub first: u64,
    pub end: u64,
}

/// What a study's paths depend on besides.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Studied {
    /// Its command, and the options that were given it.
    pub name: String,
    pub options: Vec<String>,
    /// As they were named.
    pub scenarios: Vec<String>,
    /// All files that it read.
    pub files: Vec<DataFile>,
}

impl Studied {
    /// The last number of a path: of the record that ends a journal.
    const LAST: u64 = u64::MAX - 1;

    /// The numbers of all paths.
    pub const PATHS: std::ops::Range<u64> = 0..Studied::LAST + 1;

    /// The record that ends a journal.
    pub fn ending() -> Chunk {
        Chunk { block: Block { first: Studied::LAST, paths: 1, columns: Vec::new() }, ..Chunk::default() }
    }
}

impl Header {
    /// What tells the runs of two journals apart, in words; `None` when they are of one run. The look of charts and the
    /// scenario's file name do not matter.
    pub fn differs(&self, other: &Header) -> Option<String> {
        let mut both = self.identity().into_iter().zip(other.identity());
        let ((what, mine), (_, theirs)) = both.find(|(mine, theirs)| mine != theirs)?;
        Some(format!("{what}: {mine} here, {theirs} there"))
    }

    /// Is it of a shard that keeps no paths, only what they say together?
    pub fn is_of_aggregates(&self) -> bool {
        self.study.is_none()
            && self.shard.is_some()
            && self.settings.keep.as_ref().is_some_and(|kept| kept.paths == Keep::None)
    }

    /// Eight letters for all that tells runs apart.
    pub fn name(&self) -> String {
        sha256(format!("{:?}", self.identity()).as_bytes())[..8].to_string()
    }

    fn identity(&self) -> [(&'static str, String); 16] {
        let settings = &self.settings;
        let study = self.study.as_ref();
        [
            ("command", study.map_or("run", |study| &study.name).to_string()),
            ("version", self.version.clone()),
            ("source of the program", self.build.source.clone()),
            ("text of the scenario", short(&self.scenario.sha256)),
            ("overrides", format!("{:?}", settings.set())),
            ("loops off", settings.off.join(",")),
            ("seed", self.seed.to_string()),
            ("sampler", self.sampler.clone()),
            ("number of paths", settings.paths_planned.to_string()),
            ("files of columns", format!("{:?}", settings.data)),
            ("columns that are kept", format!("{:?}", settings.keep)),
            ("paths at the corners", format!("{:?}", settings.corner_paths)),
            ("number of measures", self.columns.to_string()),
            ("options", study.map_or(String::new(), |study| study.options.join(" "))),
            // Wherever they lie.
            (
                "files",
                study.map_or(String::new(), |study| {
                    study.files.iter().map(|file| short(&file.sha256)).collect()
                }),
            ),
            // Whoever keeps paths can answer others later.
            (
                "questions",
                if self.is_of_aggregates() { format!("{:?}", settings.ask) } else { String::new() },
            ),
        ]
    }
}

fn short(hash: &str) -> String {
    format!("SHA-256 {}…", hash.get(..12).unwrap_or(hash))
}

/// A journal that is read from its beginning, and written at its end.
pub struct Journal {
    pub header: Header,
    path: PathBuf,
    file: File,
    /// Where the records begin.
    start: u64,
    /// Where those read or written so far end.
    end: u64,
    /// The header's checksum.
    crc: u32,
    /// The path after them.
    next: u64,
    /// The file ended in the middle of a record.
    torn: bool,
    buffer: Vec<u8>,
}

/// Why there is no journal to go on with.
#[derive(Debug)]
pub enum Missing {
    /// There is none.
    NoFile,
    /// Another process writes it.
    InUse,
    /// Another version wrote it.
    OtherVersion(ReadError),
    /// It cannot be read, or it is no journal.
    Unreadable(ReadError),
}

impl Journal {
    /// Begins a journal; what stood under the name is gone.
    pub fn create(path: &Path, header: Header) -> Result<Journal, WriteError> {
        let error = |cause| WriteError { path: path.to_path_buf(), cause };
        let json = serde_json::to_vec(&header).map_err(|cause| error(cause.into()))?;
        let crc = crc32fast::hash(&json);
        let write = || {
            if let Some(folder) = path.parent() {
                std::fs::create_dir_all(folder)?;
            }
            let mut file =
                OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
            lock(&file)?;
            file.set_len(0)?;
            let mut bytes = MAGIC.to_vec();
            bytes.extend((json.len() as u64).to_le_bytes());
            bytes.extend(&json);
            bytes.extend(crc.to_le_bytes());
            file.write_all(&bytes)?;
            Ok((file, bytes.len() as u64))
        };
        let (file, end) = write().map_err(error)?;
        Ok(Journal::at_first_record(path, file, header, crc, end))
    }

    /// Opens a journal at its first record.
    pub fn open(path: &Path) -> Result<Journal, Missing> {
        let error = |cause| Missing::Unreadable(ReadError { path: path.to_path_buf(), cause });
        let no_journal = || error(io::Error::other("it is no journal that this version wrote"));
        let mut file = match OpenOptions::new().read(true).write(true).open(path) {
            Err(cause) if cause.kind() == ErrorKind::NotFound => return Err(Missing::NoFile),
            // A finished shard may lie on a disk that is not to be written.
            Err(cause)
                if matches!(cause.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem) =>
            {
                File::open(path).map_err(error)?
            }
            opened => opened.map_err(error)?,
        };
        match lock(&file) {
            Err(cause) if cause.kind() == ErrorKind::WouldBlock => return Err(Missing::InUse),
            locked => locked.map_err(error)?,
        }
        let length = file.metadata().map_err(error)?.len();
        let mut start = [0; MAGIC.len() + 8];
        file.read_exact(&mut start).map_err(|_| no_journal())?;
        let (magic, size) = start.split_at(MAGIC.len());
        let size = u64_at(size, 0);
        if magic != MAGIC && magic.starts_with(b"roundtrip journal ") {
            let cause = io::Error::other("it is a journal of another version of roundtrip");
            return Err(Missing::OtherVersion(ReadError { path: path.to_path_buf(), cause }));
        }
        if magic != MAGIC || size > length {
            return Err(no_journal());
        }
        let mut json = vec![0; size as usize];
        let mut crc = [0; 4];
        file.read_exact(&mut json).and_then(|()| file.read_exact(&mut crc)).map_err(|_| no_journal())?;
        let crc = u32::from_le_bytes(crc);
        if crc32fast::hash(&json) != crc {
            return Err(no_journal());
        }
        let header: Header = serde_json::from_slice(&json).map_err(|_| no_journal())?;
        let end = start.len() as u64 + size + 4;
        Ok(Journal::at_first_record(path, file, header, crc, end))
    }

    fn at_first_record(path: &Path, file: File, header: Header, crc: u32, end: u64) -> Journal {
        let next = header.first;
        let path = path.to_path_buf();
        Journal { header, path, file, start: end, end, crc, next, torn: false, buffer: Vec::new() }
    }

    /// Back to the first record.
    pub fn rewind(&mut self) {
        (self.end, self.next, self.torn) = (self.start, self.header.first, false);
    }

    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The path after those read or written so far.
    pub fn next_path(&self) -> u64 {
        self.next
    }

    /// The file ended in the middle of a record, which was dropped.
    pub fn is_torn(&self) -> bool {
        self.torn
    }

    /// The bytes of the next record, where records are no chunks; `None` as of [`Journal::next_chunk`].
    pub fn next_bytes(&mut self) -> Result<Option<&[u8]>, ReadError> {
        match self.read_whole() {
            Ok(false) => Ok(None),
            Ok(true) => {
                self.accept();
                Ok(Some(&self.buffer))
            }
            Err(cause) => Err(ReadError { path: self.path.clone(), cause }),
        }
    }

    /// The next record; `None` at the end, or where what follows is no whole record.
    pub fn next_chunk(&mut self) -> Result<Option<Chunk>, ReadError> {
        let read = self.read_record();
        match read {
            Ok(Some(chunk)) => Ok(Some(chunk)),
            Ok(None) => Ok(None),
            Err(cause) => Err(ReadError { path: self.path.clone(), cause }),
        }
    }

    /// Reads the next record into the buffer; it counts as torn until it is accepted.
    fn read_whole(&mut self) -> io::Result<bool> {
        let length = self.file.metadata()?.len();
        if self.torn || self.end >= length {
            return Ok(false);
        }
        self.torn = true;
        self.file.seek(SeekFrom::Start(self.end))?;
        let mut start = [0; RECORD_START];
        if self.end + start.len() as u64 > length {
            return Ok(false);
        }
        self.file.read_exact(&mut start)?;
        let size = u64_at(&start, 0);
        if size > length - self.end - start.len() as u64 {
            return Ok(false);
        }
        self.buffer.resize(size as usize, 0);
        self.file.read_exact(&mut self.buffer)?;
        Ok(checksum(self.crc, &self.buffer).to_le_bytes() == start[8..])
    }

    fn accept(&mut self) {
        self.torn = false;
        self.end += (RECORD_START + self.buffer.len()) as u64;
    }

    fn read_record(&mut self) -> io::Result<Option<Chunk>> {
        if !self.read_whole()? {
            return Ok(None);
        }
        let Some(chunk) = decode(&self.buffer) else { return Ok(None) };
        let (is_of_study, columns) = (self.header.study.is_some(), chunk.block.columns.len() as u64);
        if !(is_of_study || columns == self.header.columns) || !self.follows(chunk.block.first) {
            return Ok(None);
        }
        self.accept();
        self.next = chunk.block.first + chunk.block.paths as u64;
        Ok(Some(chunk))
    }

    /// May a record with that first path be the next?
    fn follows(&self, first: u64) -> bool {
        first == self.next || self.header.study.is_some() && first > self.next
    }

    /// Appends a record that is no chunk. Where that fails, the journal is as it was before.
    pub fn append_bytes(&mut self, bytes: &[u8]) -> Result<(), WriteError> {
        self.buffer.clear();
        self.buffer.resize(RECORD_START, 0);
        self.buffer.extend_from_slice(bytes);
        seal(&mut self.buffer, self.crc);
        let written = self.go_to_end().and_then(|()| self.file.write_all(&self.buffer));
        self.ended(written.map(|()| self.buffer.len() as u64))
    }

    /// A record of so many bytes was written, or some of it.
    fn ended(&mut self, written: io::Result<u64>) -> Result<(), WriteError> {
        match written {
            Ok(length) => self.end += length,
            Err(cause) => {
                let _ = self.file.set_len(self.end);
                return Err(WriteError { path: self.path.clone(), cause });
            }
        }
        Ok(())
    }

    /// Appends the chunk that follows. Where that fails, the journal is as it was before.
    pub fn append(&mut self, chunk: &Chunk) -> Result<(), WriteError> {
        assert!(self.follows(chunk.block.first), "chunks follow one another");
        let written = self.write_chunk(chunk);
        self.ended(written)?;
        self.next = chunk.block.first + chunk.block.paths as u64;
        Ok(())
    }

    /// A record is some tens of megabytes, so it is written in pieces; length and checksum, without which it is none, come last.
    fn write_chunk(&mut self, chunk: &Chunk) -> io::Result<u64> {
        self.go_to_end()?;
        self.file.write_all(&[0; RECORD_START])?;
        let mut hasher = crc32fast::Hasher::new_with_initial(self.crc);
        let mut size = 0;
        let file = &mut self.file;
        encode(chunk, &mut self.buffer, |piece| {
            hasher.update(piece);
            size += piece.len() as u64;
            file.write_all(piece)
        })?;
        file.seek(SeekFrom::Start(self.end))?;
        file.write_all(&record_start(size, hasher.finalize()))?;
        Ok(RECORD_START as u64 + size)
    }

    /// Where the next record begins.
    fn go_to_end(&mut self) -> io::Result<()> {
        if self.file.metadata()?.len() != self.end {
            // What was torn goes.
            self.file.set_len(self.end)?;
            self.torn = false;
        }
        self.file.seek(SeekFrom::Start(self.end)).map(drop)
    }

    /// Does it hold all its paths?
    pub fn is_whole(&self) -> bool {
        self.next == self.header.end
    }

    /// Brings a whole journal to the disk and gives it its final name.
    pub fn finish(self, name: &Path) -> Result<Journal, WriteError> {
        let finish = || {
            self.file.sync_all()?;
            std::fs::rename(&self.path, name)
        };
        finish().map_err(|cause| WriteError { path: name.to_path_buf(), cause })?;
        Ok(Journal { path: name.to_path_buf(), ..self })
    }

    /// Removes the file.
    pub fn remove(self) -> Result<(), WriteError> {
        std::fs::remove_file(&self.path).map_err(|cause| WriteError { path: self.path.clone(), cause })
    }
}

/// One process at a time. Where the system knows no locks, nobody is kept out.
fn lock(file: &File) -> io::Result<()> {
    match file.try_lock() {
        Err(TryLockError::WouldBlock) => Err(ErrorKind::WouldBlock.into()),
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut eight = [0; 8];
    eight.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(eight)
}

/// Of a record's bytes, under a header.
fn checksum(header: u32, bytes: &[u8]) -> u32 {
    let mut hasher = crc32fast::Hasher::new_with_initial(header);
    hasher.update(bytes);
    hasher.finalize()
}

/// Length and checksum of a record.
const RECORD_START: usize = 12;

/// Writes length and checksum before a record.
fn seal(record: &mut [u8], crc: u32) {
    let (start, bytes) = record.split_at_mut(RECORD_START);
    start.copy_from_slice(&record_start(bytes.len() as u64, checksum(crc, bytes)));
}

fn record_start(size: u64, crc: u32) -> [u8; RECORD_START] {
    let mut start = [0; RECORD_START];
    start[..8].copy_from_slice(&size.to_le_bytes());
    start[8..].copy_from_slice(&crc.to_le_bytes());
    start
}

/// Values that are written at a time.
const PIECE: usize = 1 << 13;

/// Puts out the bytes of a chunk, in pieces.
fn encode(
    chunk: &Chunk,
    piece: &mut Vec<u8>,
    mut put: impl FnMut(&[u8]) -> io::Result<()>,
) -> io::Result<()> {
    let block = &chunk.block;
    let counts = [
        block.first,
        block.paths as u64,
        block.columns.len() as u64,
        chunk.flows.len() as u64,
        chunk.courses.len() as u64,
    ];
    put(counts.map(u64::to_le_bytes).as_flattened())?;
    for values in block.columns.iter().chain([&chunk.flows]).flat_map(|values| values.chunks(PIECE)) {
        piece.clear();
        piece.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        put(piece)?;
    }
    for values in chunk.courses.as_flattened().chunks(PIECE) {
        piece.clear();
        piece.extend(values.iter().flat_map(|value| value.to_le_bytes()));
        put(piece)?;
    }
    Ok(())
}

/// The chunk of a record; `None` where its counts and its length do not agree.
fn decode(bytes: &[u8]) -> Option<Chunk> {
    const START: usize = 40;
    if bytes.len() < START {
        return None;
    }
    let [first, paths, of_columns, flows, courses] = [0, 8, 16, 24, 32].map(|at| u64_at(bytes, at));
    let size = of_columns.checked_mul(paths)?.checked_add(flows)?.checked_mul(8)?;
    let size = size.checked_add(courses.checked_mul(4 * LANES as u64)?)?;
    // Without columns a record is as short for any number of paths.
    if size != (bytes.len() - START) as u64 || paths == 0 || first.checked_add(paths).is_none() {
        return None;
    }
    let doubles = |bytes: &[u8]| -> Vec<f64> {
        bytes.as_chunks::<8>().0.iter().map(|eight| f64::from_le_bytes(*eight)).collect()
    };
    let paths = paths as usize;
    let (values, rest) = bytes[START..].split_at(8 * of_columns as usize * paths);
    let (flows, courses) = rest.split_at(8 * flows as usize);
    let floats: Vec<f32> = courses.as_chunks::<4>().0.iter().map(|four| f32::from_le_bytes(*four)).collect();
    let columns = match of_columns {
        0 => Vec::new(),
        _ => values.chunks_exact(8 * paths).map(doubles).collect(),
    };
    Some(Chunk {
        block: Block { first, paths, columns },
        flows: doubles(flows),
        courses: floats.as_chunks::<LANES>().0.to_vec(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::manifest::PictureSettings;

    fn header() -> Header {
        Header {
            version: "0.1.0".into(),
            build: Build::this(),
            scenario: ScenarioText::new("A loop", "[scenario]\n"),
            seed: 7,
            sampler: "plain".into(),
            settings: Settings {
                file: "a.toml".into(),
                overrides: Vec::new(),
                off: vec!["credits".into()],
                paths_planned: 100,
                corner_paths: None,
                causal_paths: None,
                keep: None,
                ask: Vec::new(),
                data: Vec::new(),
                pictures: PictureSettings {
                    width: 1600,
                    height: 1000,
                    dpi: 192.0,
                    style: "screen".into(),
                    outlines: false,
                    pdf: false,
                },
            },
            columns: 2,
            study: None,
            shard: Some((2, 3)),
            merged: Vec::new(),
            first: 24,
            end: 64,
        }
    }

    fn chunk(first: u64, paths: usize) -> Chunk {
        let column = |k: usize| (0..paths).map(|p| (first as f64 + p as f64) / (k + 3) as f64).collect();
        let mut columns: Vec<Vec<f64>> = (0..2).map(column).collect();
        columns[1][0] = f64::NAN;
        Chunk {
            block: Block { first, paths, columns },
            flows: vec![0.1, -0.0, f64::MIN_POSITIVE / 2.0],
            courses: vec![[first as f32; LANES], [0.5; LANES]],
        }
    }

    fn same(a: &Chunk, b: &Chunk) -> bool {
        let bits = |c: &Chunk| -> Vec<u64> {
            let values = c.block.columns.iter().flatten().chain(&c.flows);
            values
                .map(|v| v.to_bits())
                .chain(c.courses.iter().flatten().map(|v| u64::from(v.to_bits())))
                .collect()
        };
        (a.block.first, a.block.paths) == (b.block.first, b.block.paths) && bits(a) == bits(b)
    }

    fn read_all(path: &Path) -> (Vec<Chunk>, Journal) {
        let mut journal = Journal::open(path).unwrap();
        let mut chunks = Vec::new();
        while let Some(chunk) = journal.next_chunk().unwrap() {
            chunks.push(chunk);
        }
        (chunks, journal)
    }

    fn written(path: &Path) {
        let mut journal = Journal::create(path, header()).unwrap();
        for (first, paths) in [(24, 16), (40, 16), (56, 8)] {
            journal.append(&chunk(first, paths)).unwrap();
        }
        assert!(journal.is_whole());
    }

    #[test]
    fn what_was_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("new/a.journal");
        written(&path);
        let (chunks, journal) = read_all(&path);
        assert_eq!(journal.header, header());
        assert!(journal.is_whole() && !journal.is_torn());
        assert_eq!(chunks.len(), 3);
        for (found, expected) in chunks.iter().zip([chunk(24, 16), chunk(40, 16), chunk(56, 8)]) {
            assert!(same(found, &expected));
        }
        assert!(!same(&chunks[0], &chunks[1]));
    }

    /// Cut at any byte, the journal has the records before it, and goes on from there.
    #[test]
    fn a_torn_record_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        written(&path);
        let bytes = std::fs::read(&path).unwrap();
        let mut ends = vec![];
        let mut journal = Journal::open(&path).unwrap();
        let start = journal.end as usize;
        while journal.next_chunk().unwrap().is_some() {
            ends.push(journal.end as usize);
        }
        drop(journal);
        for length in start..bytes.len() {
            std::fs::write(&path, &bytes[..length]).unwrap();
            let (chunks, mut journal) = read_all(&path);
            assert_eq!(chunks.len(), ends.iter().filter(|end| **end <= length).count());
            assert_eq!(journal.is_torn(), length != start && !ends.contains(&length), "{length}");
            assert!(!journal.is_whole());
            for (first, paths) in [(24, 16), (40, 16), (56, 8)].into_iter().skip(chunks.len()) {
                journal.append(&chunk(first, paths)).unwrap();
            }
            drop(journal);
            assert!(std::fs::read(&path).unwrap() == bytes, "{length}");
        }
        for length in 0..start {
            std::fs::write(&path, &bytes[..length]).unwrap();
            assert!(matches!(Journal::open(&path), Err(Missing::Unreadable(_))), "{length}");
        }
    }

    #[test]
    fn a_flipped_bit_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        written(&path);
        let bytes = std::fs::read(&path).unwrap();
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 0x10;
            std::fs::write(&path, &flipped).unwrap();
            match Journal::open(&path) {
                Err(Missing::Unreadable(error) | Missing::OtherVersion(error)) => {
                    assert!(error.to_string().contains("a.journal"));
                }
                Err(other) => panic!("{other:?}"),
                Ok(journal) => {
                    drop(journal);
                    let (chunks, journal) = read_all(&path);
                    assert!(chunks.len() < 3 && journal.is_torn(), "byte {at}");
                }
            }
        }
    }

    /// Records belong to their header: another one with a right checksum of its own has none.
    #[test]
    fn a_forged_header_has_no_records() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        written(&path);
        let bytes = std::fs::read(&path).unwrap();
        let start = MAGIC.len() + 8;
        let size = u64_at(&bytes, MAGIC.len()) as usize;
        let json = std::str::from_utf8(&bytes[start..start + size]).unwrap();
        let forged = json.replace("\"seed\":7", "\"seed\":9");
        assert_ne!(json, forged);
        let crc = crc32fast::hash(forged.as_bytes()).to_le_bytes();
        std::fs::write(
            &path,
            [&bytes[..start], forged.as_bytes(), &crc, &bytes[start + size + 4..]].concat(),
        )
        .unwrap();
        let (chunks, journal) = read_all(&path);
        assert_eq!((chunks.len(), journal.header.seed), (0, 9));
        assert!(journal.is_torn() && !journal.is_whole());
        drop(journal);
        // Of an earlier version it is told apart from a file of something else.
        for (magic, is_of_roundtrip) in [("roundtrip journal 1\n", true), ("roundtrip JOURNAL 2\n", false)] {
            std::fs::write(&path, [magic.as_bytes(), &bytes[magic.len()..]].concat()).unwrap();
            let missing = Journal::open(&path).err().unwrap();
            assert_eq!(matches!(missing, Missing::OtherVersion(_)), is_of_roundtrip, "{missing:?}");
        }
    }

    /// A study's records are numbered with gaps and have columns of their own; what does not rise is no record, and only the
    /// ending makes it whole.
    #[test]
    fn a_study_has_calls() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        let studied = |options: &str| Studied {
            name: "sweep".into(),
            options: vec![options.into()],
            scenarios: vec!["a.toml".into()],
            files: Vec::new(),
        };
        let numbers = Studied::PATHS;
        let of = |options| Header {
            study: Some(studied(options)),
            columns: 0,
            first: numbers.start,
            end: numbers.end,
            ..header()
        };
        let mut journal = Journal::create(&path, of("--paths=9")).unwrap();
        let mut second = chunk(1 << 40, 8);
        second.block.columns.pop();
        for chunk in [&chunk(8, 16), &second] {
            journal.append(chunk).unwrap();
            assert!(!journal.is_whole());
        }
        journal.append(&Studied::ending()).unwrap();
        assert!(journal.is_whole());
        let (starts, end) = (journal.start as usize, journal.end as usize);
        drop(journal);
        let (chunks, mut journal) = read_all(&path);
        assert!(journal.is_whole() && same(&chunks[0], &chunk(8, 16)) && same(&chunks[1], &second));
        assert_eq!((chunks.len(), chunks[2].block.columns.len()), (3, 0));
        journal.rewind();
        assert!(same(&journal.next_chunk().unwrap().unwrap(), &chunk(8, 16)) && !journal.is_whole());
        drop(journal);
        // The first record again in the place of the second.
        let bytes = std::fs::read(&path).unwrap();
        let first = 12 + u64_at(&bytes, starts) as usize;
        let twice = [&bytes[..starts + first], &bytes[starts..starts + first], &bytes[end - 52..]].concat();
        std::fs::write(&path, twice).unwrap();
        let (chunks, journal) = read_all(&path);
        assert!(chunks.len() == 1 && journal.is_torn());
        let told = of("--paths=9").differs(&of("--paths=8"));
        assert_eq!(told.unwrap(), "options: --paths=9 here, --paths=8 there");
        assert!(of("").differs(&header()).unwrap().starts_with("command: sweep here, run there"));
    }

    #[test]
    fn another_run_is_told_apart() {
        let mine = header();
        assert_eq!(mine.differs(&header()), None);
        let seed = Header { seed: 8, ..header() };
        assert_eq!(mine.differs(&seed).unwrap(), "seed: 7 here, 8 there");
        let mut off = header();
        off.settings.off.clear();
        assert!(mine.differs(&off).unwrap().starts_with("loops off"));
        let text = Header { scenario: ScenarioText::new("A loop", "[scenario]\n\n"), ..header() };
        assert!(mine.differs(&text).unwrap().starts_with("text of the scenario"));
        let mut look = header();
        look.settings.pictures.dpi = 96.0;
        look.settings.file = "elsewhere/a.toml".into();
        assert_eq!(mine.differs(&look), None);
        assert_eq!(mine.name(), look.name());
        assert_ne!(mine.name(), text.name());
    }

    #[test]
    fn one_process_at_a_time() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.journal");
        assert!(matches!(Journal::open(&path), Err(Missing::NoFile)));
        let journal = Journal::create(&path, header()).unwrap();
        assert!(matches!(Journal::open(&path), Err(Missing::InUse)));
        drop(journal);
        assert!(Journal::open(&path).is_ok());
    }
}
