//! `flows.csv`: the money that moved between each payer and payee, by kind of flow and origin (§7): mean per path in
//! USD bn over the whole time, and its standard error (empty where one path cannot tell).

use std::io;
use std::path::Path;

use crate::files::atomic::{self, WriteError, Written};
use crate::files::table::{Table, cells};

/// A line of the file.
#[derive(Debug, Clone, PartialEq)]
pub struct FlowLine {
    pub payer: String,
    pub payee: String,
    pub kind: String,
    pub origin: String,
    /// USD bn per path.
    pub mean: f64,
    pub se: f64,
}

const HEADER: [&str; 6] = ["payer", "payee", "kind", "origin", "mean_usd_bn", "se"];

pub fn write(path: &Path, lines: &[FlowLine]) -> Result<Written, WriteError> {
    atomic::write(path, |file| write_to(file, lines))
}

fn write_to(mut file: impl io::Write, lines: &[FlowLine]) -> io::Result<()> {
    let mut table = Table::new(HEADER);
    for line in lines {
        table.row(cells![&line.payer, &line.payee, &line.kind, &line.origin, line.mean, line.se]);
    }
    file.write_all(table.text().as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files::atomic::tests::{names_in, on_a_disk_with_room};

    fn lines() -> Vec<FlowLine> {
        let line = |payer: &str, mean, se| FlowLine {
            payer: payer.into(),
            payee: "Oracle".into(),
            kind: "compute".into(),
            origin: "revenue".into(),
            mean,
            se,
        };
        vec![line("OpenAI", 1.0 / 3.0, 0.0125), line("Someone, \"else\"", 1e-9, f64::NAN)]
    }

    #[test]
    fn the_file_reads_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flows.csv");
        write(&path, &lines()).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert!(
            text.starts_with("payer,payee,kind,origin,mean_usd_bn,se\nOpenAI,Oracle,compute,revenue,0.333")
        );
        let mut table = csv::Reader::from_path(&path).unwrap();
        let records: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
        assert_eq!(records.len(), 2);
        assert_eq!(records[0][4].parse::<f64>().unwrap().to_bits(), (1.0f64 / 3.0).to_bits());
        assert_eq!(
            (&records[1][0], records[1][4].parse(), &records[1][5]),
            ("Someone, \"else\"", Ok(1e-9), "")
        );
    }

    #[test]
    fn a_full_disk_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("flows.csv");
        let mut file = on_a_disk_with_room(&path, 50);
        let failed =
            write_to(&mut file, &lines()).and_then(|()| file.commit().map(drop).map_err(|e| e.cause));
        assert_eq!(failed.unwrap_err().kind(), io::ErrorKind::StorageFull);
        assert!(names_in(folder.path()).is_empty());
    }
}
