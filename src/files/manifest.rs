//! `manifest.json`: what it takes to run again and to tell whether the result is the same: the program's version, the
//! scenario's text, seed, sampler and paths, the command; beside these, which must not change a byte, the machine,
//! its threads and the time it took; and the length and hash of every result file. Written last: a folder with a
//! manifest holds a finished run.

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::charts::theme::{Look, Style, Text};
use crate::files::atomic::{self, WriteError, Written};
use crate::files::kept::Kept;
use crate::files::owned::is_inside;
use crate::input::empirical::Table;
use crate::scenario::Scenario;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Of the program.
    pub version: String,
    /// What that was compiled from; manifests of 0.1.0 do not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub build: Option<Build>,
    pub scenario: ScenarioText,
    pub seed: u64,
    pub sampler: String,
    pub paths: u64,
    /// False when the run was interrupted: the results are of the paths done until then.
    pub complete: bool,
    /// As it was typed, the program's name first.
    pub command: Vec<String>,
    /// Where: relative names of files begin there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub directory: Option<String>,
    pub machine: Machine,
    pub threads: usize,
    pub duration_seconds: f64,
    /// The study whose results these are; none of a run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub study: Option<String>,
    /// What else the results depend on; manifests of 0.1.0 have only the command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub settings: Option<Settings>,
    /// As they lie in the folder.
    pub files: Vec<Written>,
    /// Pictures and pages that were written again since, in another look or with more in them: as the run itself
    /// wrote them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub as_run: Vec<Written>,
    /// Of the files, those that the run itself did not write: charts as PDF that were asked for later.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub added: Vec<String>,
}

/// The identity of a build.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Build {
    /// Raised by a change that alters the results of a seed.
    pub model: u32,
    /// The first 64 bits of a SHA-256 over its source files, in hexadecimal.
    pub source: String,
}

impl Build {
    const MODEL: u32 = 3;

    /// This one.
    pub fn this() -> Build {
        Build { model: Build::MODEL, source: env!("ROUNDTRIP_SOURCE").into() }
    }
}

/// What a run's results depend on besides scenario, seed and sampler.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// The scenario's file as it was named; files of empirical columns are looked for beside it.
    pub file: String,
    /// Numbers and keys that were overridden, in order.
    pub overrides: Vec<Override>,
    /// Loops switched off.
    pub off: Vec<String>,
    /// Paths that were asked for, of which `paths` were done; Latin hypercubes are laid out for these.
    pub paths_planned: u64,
    /// Paths at each corner of the causal share's range, where they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub corner_paths: Option<u64>,
    /// Paths of the causal lens, where they are others than usual: of a run that waited for one of its errors.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub causal_paths: Option<u64>,
    /// Which columns of the paths are kept, where they are not all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<Kept>,
    /// Questions of one's own, as they were typed.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub ask: Vec<String>,
    /// Files of empirical columns.
    pub data: Vec<DataFile>,
    pub pictures: PictureSettings,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Override {
    pub path: String,
    pub value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataFile {
    pub name: String,
    pub sha256: String,
}

impl DataFile {
    /// The file that lies there; one that cannot be read has no hash.
    pub fn at(name: String, path: &Path) -> DataFile {
        DataFile { name, sha256: describe(path).map_or(String::new(), |(_, sha256)| sha256) }
    }

    /// Is that file there, with the bytes that the run drew from?
    pub fn is_at(&self, path: &Path) -> bool {
        describe(path).is_ok_and(|(_, sha256)| sha256 == self.sha256)
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PictureSettings {
    pub width: u32,
    pub height: u32,
    pub dpi: f64,
    pub style: String,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub outlines: bool,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub pdf: bool,
}

impl PictureSettings {
    pub fn of(look: &Look) -> PictureSettings {
        let pixels = |points: f64| (points * look.dpi / 96.0).round() as u32;
        let style = match look.style {
            Style::Screen => "screen",
            Style::Print => "print",
            Style::Dark => "dark",
        };
        PictureSettings {
            width: pixels(look.width),
            height: pixels(look.height),
            dpi: look.dpi,
            style: style.into(),
            outlines: look.text == Text::Outlines,
            pdf: look.pdf,
        }
    }
}

impl Settings {
    /// The overrides as [`crate::scenario::Scenario::parse`] takes them.
    pub fn set(&self) -> Vec<(String, String)> {
        self.overrides.iter().map(|set| (set.path.clone(), set.value.clone())).collect()
    }

    /// Takes what the scenario says of itself: its file, its overrides, its files of columns.
    pub fn of(
        scenario: &Scenario,
        off: &[String],
        paths_planned: u64,
        pictures: PictureSettings,
    ) -> Settings {
        let overrides = scenario.set.iter();
        Settings {
            file: scenario.file.clone(),
            overrides: overrides
                .map(|(path, value)| Override { path: path.clone(), value: value.clone() })
                .collect(),
            off: off.to_vec(),
            paths_planned,
            corner_paths: None,
            causal_paths: None,
            keep: None,
            ask: Vec::new(),
            data: data_of(scenario),
            pictures,
        }
    }
}

/// The scenario's files of columns as they are now.
pub fn data_of(scenario: &Scenario) -> Vec<DataFile> {
    let of_table = |table: &Table| DataFile::at(table.name.clone(), &table.path);
    scenario.tables.iter().map(of_table).collect()
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScenarioText {
    pub name: String,
    pub sha256: String,
    pub text: String,
}

impl ScenarioText {
    pub fn new(name: &str, text: &str) -> ScenarioText {
        ScenarioText { name: name.into(), sha256: atomic::sha256(text.as_bytes()), text: text.into() }
    }
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    pub os: String,
    pub arch: String,
    pub cores: usize,
    /// Instruction sets that the engine made use of.
    pub cpu_features: Vec<String>,
}

impl Machine {
    /// The one we are on.
    pub fn here(cpu_features: Vec<String>) -> Machine {
        Machine {
            os: std::env::consts::OS.into(),
            arch: std::env::consts::ARCH.into(),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            cpu_features,
        }
    }
}

impl Manifest {
    pub fn write(&self, path: &Path) -> Result<Written, WriteError> {
        atomic::write(path, |file| {
            serde_json::to_writer_pretty(&mut *file, self)?;
            file.write_all(b"\n")
        })
    }

    /// # Errors
    /// Says which file cannot be read, or is not a manifest, and where.
    pub fn read(path: &Path) -> Result<Manifest, ReadError> {
        let error = |cause| ReadError { path: path.to_path_buf(), cause };
        let text = std::fs::read_to_string(path).map_err(error)?;
        serde_json::from_str(&text).map_err(|cause| error(cause.into()))
    }

    /// A file was written again.
    pub fn replace(&mut self, written: Written) {
        let original = self.as_run.iter().position(|file| file.file == written.file);
        let Some(listed) = self.files.iter_mut().find(|file| file.file == written.file) else {
            self.added.push(written.file.clone());
            self.files.push(written);
            return;
        };
        match original {
            Some(place) if self.as_run[place] == written => {
                self.as_run.remove(place);
            }
            None if *listed != written => self.as_run.push(listed.clone()),
            _ => {}
        }
        *listed = written;
    }

    /// The files as the run itself wrote them.
    pub fn written_by_run(&self) -> impl Iterator<Item = &Written> {
        let original = |file: &Written| self.as_run.iter().find(|original| original.file == file.file);
        let by_run = self.files.iter().filter(|file| !self.added.contains(&file.file));
        by_run.map(move |file| original(file).unwrap_or(file))
    }

    /// Are both of the same scenario: text, overrides, loops switched off? A manifest of 0.1.0 does not say the latter.
    pub fn is_of_the_scenario_of(&self, other: &Manifest) -> bool {
        let changed = |manifest: &Manifest| {
            manifest.settings.as_ref().map(|settings| (settings.overrides.clone(), settings.off.clone()))
        };
        self.scenario.sha256 == other.scenario.sha256 && changed(self) == changed(other)
    }

    /// Is a file of the folder what the manifest says? One that is not listed is nobody's.
    pub fn check(&self, folder: &Path, name: &str) -> Result<(), Changed> {
        let listed = self.files.iter().find(|file| file.file == name && is_inside(name));
        let is_as_listed = |listed: &Written| {
            describe(&folder.join(name))
                .is_ok_and(|(bytes, sha256)| bytes == listed.bytes && sha256 == listed.sha256)
        };
        match listed.is_some_and(is_as_listed) {
            true => Ok(()),
            false => Err(Changed(folder.join(name))),
        }
    }

    /// The files in the folder that are not what the manifest says: missing, shorter or longer, or of other content.
    pub fn differing(&self, folder: &Path) -> Vec<String> {
        let differs = |name: &&str| self.check(folder, name).is_err();
        self.files.iter().map(|listed| listed.file.as_str()).filter(differs).map(str::to_string).collect()
    }
}

/// Length and hash of a file, without holding it whole.
fn describe(path: &Path) -> io::Result<(u64, String)> {
    let mut file = std::fs::File::open(path)?;
    let mut hash = atomic::Hash::default();
    let mut buffer = vec![0; 1 << 16];
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hash.finish()),
            read => hash.update(&buffer[..read]),
        }
    }
}

/// A result file that is missing or is not what its manifest says.
#[derive(Debug)]
pub struct Changed(PathBuf);

impl std::fmt::Display for Changed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let file = self.0.display();
        match self.0.exists() {
            true => write!(f, "{file} is not what the run wrote: its hash differs from the manifest's")?,
            false => write!(f, "cannot read {file}: it is not there")?,
        }
        f.write_str("; restore it or run the scenario again")
    }
}

impl std::error::Error for Changed {}

/// A result file that could not be read.
#[derive(Debug)]
pub struct ReadError {
    pub path: PathBuf,
    pub cause: io::Error,
}

impl std::fmt::Display for ReadError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "cannot read {}: {}", self.path.display(), self.cause)
    }
}

impl std::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.cause)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: Vec<Written>) -> Manifest {
        Manifest {
            version: "0.1.0".into(),
            build: Some(Build::this()),
            scenario: ScenarioText::new("Every key once", "[scenario]\nname = \"Every key once\"\n"),
            seed: u64::MAX,
            sampler: "sobol".into(),
            paths: 1_000_000,
            complete: true,
            command: vec!["roundtrip".into(), "run".into(), "a \"b\".toml".into()],
            directory: Some("/somewhere".into()),
            machine: Machine::here(vec!["avx2".into()]),
            threads: 2,
            duration_seconds: 1.5,
            study: None,
            settings: None,
            files,
            as_run: Vec::new(),
            added: Vec::new(),
        }
    }

    #[test]
    fn it_reads_back_and_checks_the_files() {
        let folder = tempfile::tempdir().unwrap();
        let put = |name: &str, content: &str| {
            atomic::write(&folder.path().join(name), |file| file.write_all(content.as_bytes())).unwrap()
        };
        let files = vec![put("summary.json", "{}"), put("flows.csv", "payer"), put("paths.parquet", "PAR1")];
        let path = folder.path().join("manifest.json");
        let manifest = manifest(files);
        manifest.write(&path).unwrap();
        let read = Manifest::read(&path).unwrap();
        assert_eq!(read, manifest);
        assert_eq!(read.seed, u64::MAX);
        assert!(read.differing(folder.path()).is_empty());
        put("summary.json", "[]");
        std::fs::remove_file(folder.path().join("flows.csv")).unwrap();
        assert_eq!(read.differing(folder.path()), ["summary.json", "flows.csv"]);
        // printf '' | sha256sum
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(ScenarioText::new("", "").sha256, empty);
    }

    #[test]
    fn what_a_run_wrote_is_kept_when_it_is_written_again() {
        let written = |sha256: &str| Written { file: "report.html".into(), bytes: 3, sha256: sha256.into() };
        let mut manifest = manifest(vec![written("a")]);
        for (again, kept) in [("a", 0), ("b", 1), ("c", 1), ("a", 0)] {
            manifest.replace(written(again));
            assert_eq!((manifest.files.clone(), manifest.as_run.len()), (vec![written(again)], kept));
            assert_eq!(manifest.written_by_run().collect::<Vec<_>>(), [&written("a")]);
        }
        manifest.replace(Written { file: "charts/a.png".into(), ..written("x") });
        assert_eq!((manifest.files.len(), manifest.as_run.len()), (2, 0));
    }

    #[test]
    fn what_is_no_manifest_is_said() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("manifest.json");
        assert!(Manifest::read(&path).unwrap_err().to_string().contains("manifest.json"));
        std::fs::write(&path, "{\"version\": 3}").unwrap();
        let message = Manifest::read(&path).unwrap_err().to_string();
        assert!(message.contains("manifest.json") && message.contains("line 1"), "{message}");
    }
}
