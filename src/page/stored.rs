//! `figures.json`: the numbers behind every picture and every sentence of the page, so that `report` draws and writes
//! them again without simulating. A run draws from what it has stored, too: the two cannot differ.

use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::charts::Figures;
use crate::charts::theme::Look;
use crate::files::atomic::{self, WriteError, Written};
use crate::files::manifest::ReadError;
use crate::page::facts::Facts;

/// The file's name in a results folder.
pub const FILE: &str = "figures.json";

/// Changes when what is stored does.
const FORMAT: u32 = 3;

const TOO_LARGE: &str = "some of its numbers are too large for any computer: what grows in the scenario grows without bound; \
                         lower a growth rate, a drift or a volatility, or `years`";

#[derive(Debug, Serialize, Deserialize)]
pub struct Stored {
    format: u32,
    /// How the run's pictures were drawn.
    pub look: Look,
    pub facts: Facts,
    #[serde(flatten)]
    pub figures: Figures,
}

impl Stored {
    pub fn new(look: &Look, facts: Facts, figures: Figures) -> Stored {
        Stored { format: FORMAT, look: *look, facts, figures }
    }

    /// Writes the file; returns what was stored as a reader of it finds it.
    pub fn write(self, folder: &Path) -> Result<(Written, Stored), WriteError> {
        let path = folder.join(FILE);
        let failed = |cause: serde_json::Error| WriteError { path: path.clone(), cause: cause.into() };
        let text = serde_json::to_string(&self).map_err(failed)? + "\n";
        // What is not finite is written as null, and cannot be read as a number.
        let infinite = |_| WriteError { path: path.clone(), cause: std::io::Error::other(TOO_LARGE) };
        let stored = serde_json::from_str(&text).map_err(infinite)?;
        let written = atomic::write(&path, |file| file.write_all(text.as_bytes()))?;
        Ok((written, stored))
    }

    /// # Errors
    /// Says which file cannot be read, or holds something else, and where.
    pub fn read(folder: &Path) -> Result<Stored, ReadError> {
        let path = folder.join(FILE);
        let error = |cause| ReadError { path: path.clone(), cause };
        let text = std::fs::read_to_string(&path).map_err(error)?;
        #[derive(Deserialize)]
        struct Header {
            format: u32,
        }
        let header: Header = serde_json::from_str(&text).map_err(|cause| error(cause.into()))?;
        if header.format != FORMAT {
            return Err(error(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("it has format {}, this version of roundtrip reads format {FORMAT}", header.format),
            )));
        }
        serde_json::from_str(&text).map_err(|cause| error(cause.into()))
    }
}
