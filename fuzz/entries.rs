//! What is fuzzed: each takes any bytes and must come back, with findings or without. The fuzz targets call these, and
//! tests/corpus.rs calls them with the corpus.

#![allow(dead_code, reason = "each target uses one of them")]

use roundtrip::calibrate::event_study::daily::Daily;
use roundtrip::calibrate::events::{Events, Returns};
use roundtrip::engine::Run;
use roundtrip::engine::simulate::simulate;
use roundtrip::files::journal::Journal;
use roundtrip::input::empirical::Table;
use roundtrip::plan::Plan;
use roundtrip::scenario::{Scenario, describe};
use roundtrip::studies::score::outcomes::Outcomes;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;

/// A scenario file: its findings, or what was understood, the plan, and where that is short eight paths.
pub fn scenario(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    match Scenario::parse("fuzz.toml", text, Path::new("/no/such/folder"), &[]) {
        Err(findings) => {
            assert!(findings.has_errors());
            is_plain(&findings.render(false));
        }
        Ok(scenario) => {
            is_plain(&describe(&scenario));
            let plan = Plan::compile(&scenario);
            if scenario.years * f64::from(scenario.steps_per_year) <= 600.0 {
                // A scenario may be wild: its run then says where.
                let _ =
                    simulate(&plan, &Run { audit: false, ..Run::new(1, 8) }, |_| ControlFlow::Continue(()));
            }
        }
    }
}

/// Tables of each kind.
pub fn csv(bytes: &[u8]) {
    if let Ok(table) = Table::parse("fuzz.csv", bytes.to_vec(), true) {
        for column in ["a", "elasticity", ""] {
            let _ = table.column(column);
        }
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for returns in [Returns::Unsaid, Returns::Percent, Returns::Fractions] {
        if let Err(findings) = Events::parse("fuzz.csv", text, returns) {
            is_plain(&findings.render(false));
        }
        if let Err(findings) = Daily::parse("fuzz.csv", text, returns, Some("SPY")) {
            is_plain(&findings.render(false));
        }
    }
    if let Err(findings) = Outcomes::parse("fuzz.csv", text, &[]) {
        is_plain(&findings.render(false));
    }
}

/// A journal: its header, and every record until one is not whole.
pub fn journal(bytes: &[u8]) {
    let mut file = tempfile::NamedTempFile::new().expect("a temporary file");
    file.write_all(bytes).and_then(|()| file.flush()).expect("room for it");
    let Ok(mut journal) = Journal::open(file.path()) else { return };
    if journal.header.is_of_aggregates() {
        while let Ok(Some(bytes)) = journal.next_bytes() {
            assert!(bytes.len() as u64 <= file.as_file().metadata().map_or(0, |file| file.len()));
        }
        return;
    }
    while let Ok(Some(chunk)) = journal.next_chunk() {
        let columns = chunk.block.columns.len() as u64;
        assert!(columns == journal.header.columns || journal.header.study.is_some());
        assert!(chunk.block.columns.iter().all(|column| column.len() == chunk.block.paths));
    }
}

/// Nothing of what was read steers a terminal.
fn is_plain(text: &str) {
    let steers = |c: char| c.is_control() && !matches!(c, '\n' | '\t');
    assert!(!text.contains(steers), "{text:?}");
}
