//! `results.xlsx` as another program reads it: every sheet, against the other files of the run.

mod binary;

use binary::{call, code, starter, stderr, text};
use calamine::{Data, Range, Reader, Xlsx, open_workbook};
use std::path::Path;

/// What differs between a sheet below its heading and the rows of a CSV file, whose texts may have an apostrophe before them.
fn differing(sheet: &Range<Data>, csv: &Path) -> Vec<String> {
    let mut table = csv::Reader::from_path(csv).unwrap();
    let rows: Vec<csv::StringRecord> = table.records().map(Result::unwrap).collect();
    let mut said = Vec::new();
    if sheet.height() != rows.len() + 1 {
        said.push(format!("{} rows, not {}", sheet.height() - 1, rows.len()));
    }
    for (row, record) in rows.iter().enumerate() {
        for (column, wanted) in record.iter().enumerate() {
            let found = sheet.get_value((row as u32 + 1, column as u32)).unwrap_or(&Data::Empty);
            let is_same = match found {
                Data::Empty => wanted.is_empty(),
                Data::Float(value) => wanted.parse() == Ok(*value),
                Data::String(words) => wanted == words || wanted.strip_prefix('\'') == Some(words),
                Data::DateTime(day) => {
                    let (year, month, of_month, ..) = day.to_ymd_hms_milli();
                    wanted == format!("{year:04}-{month:02}-{of_month:02}")
                }
                _ => false,
            };
            if !is_same {
                said.push(format!("row {row}, column {column}: {found:?}, not {wanted}"));
            }
        }
    }
    said
}

#[test]
fn every_sheet_says_what_the_other_files_say() {
    let (folder, file) = starter();
    // A name that a spreadsheet would work out.
    let scenario = std::fs::read_to_string(&file).unwrap();
    let name = scenario.lines().find(|line| line.starts_with("name = ")).unwrap();
    std::fs::write(&file, scenario.replacen(name, "name = \"=1+1\"", 1)).unwrap();
    let out = folder.path().join("out");
    let question = "P(share.traced > 5%)";
    let output =
        call(&["run", text(&file), "--paths", "500", "--ask", question, "--out", text(&out), "--quiet"]);
    assert_eq!(code(&output), 0, "{}", stderr(&output));
    let run = out.join("start");
    let json = |name: &str| -> serde_json::Value {
        serde_json::from_slice(&std::fs::read(run.join(name)).unwrap()).unwrap()
    };
    let mut workbook: Xlsx<_> = open_workbook(run.join("results.xlsx")).unwrap();
    let names = workbook.sheet_names();
    let tables =
        ["answer", "lenses", "capital", "drivers", "breaking", "measures", "flows", "courses", "inputs"];
    assert_eq!(names[..tables.len()], tables);
    let mut sheet = |name: &str| {
        assert!(workbook.worksheet_formula(name).unwrap().is_empty(), "{name}");
        workbook.worksheet_range(name).unwrap()
    };
    // The answer to a question of one's own is the one that summary.json has.
    let asked = &json("summary.json")["asked"][0];
    assert_eq!(asked["question"], question);
    let answer = sheet("answer");
    let said = answer.rows().find(|row| row[0] == question).expect("a row of its own");
    let of_paths = format!("{} of {} paths)", asked["n"], asked["of"]);
    let percent: f64 = said[1].to_string().split_once('%').unwrap().0.parse().unwrap();
    assert!(said[1].to_string().ends_with(&of_paths), "{said:?}");
    assert!((percent / 100.0 - asked["value"].as_f64().unwrap()).abs() < 0.01, "{said:?} {asked}");
    let words =
        |sheet: &Range<Data>, row: u32, column: u32| sheet.get_value((row, column)).unwrap().to_string();

    let answer = sheet("answer");
    assert_eq!(words(&answer, 1, 1), "=1+1");
    assert!(answer.rows().any(|row| row[0] == *"answer" && row[1].to_string().contains("inflated values")));

    // Numbers are compared by their bits.
    let measures = sheet("measures");
    let summary = json("summary.json");
    let known = summary["measures"].as_object().unwrap();
    assert_eq!(measures.height(), known.len() + 1);
    for (row, (name, of)) in known.iter().enumerate() {
        let row = row as u32 + 1;
        assert_eq!(words(&measures, row, 0), *name);
        for column in 2..measures.width() as u32 {
            let heading = words(&measures, 0, column);
            let found = measures.get_value((row, column)).and_then(calamine::DataType::get_float);
            assert_eq!(found, of[&heading].as_f64(), "{name} {heading}");
        }
    }
    let unit = |name: &str| measures.rows().find(|row| row[0] == *name).unwrap()[1].to_string();
    assert_eq!([unit("capital.raised"), unit("share.traced")], ["USD bn", "share"]);

    let inputs = sheet("inputs");
    let sources = inputs.rows().skip(1).filter(|row| scenario.contains(&row[9].to_string())).count();
    assert!(sources == inputs.height() - 1 && sources > 10, "{sources}");

    let flows = sheet("flows");
    assert_eq!(differing(&flows, &run.join("flows.csv")), Vec::<String>::new());
    let mut charts = 0;
    for name in names.iter().filter_map(|name| name.strip_prefix("chart ")) {
        let csv = run.join(format!("charts/{name}.csv"));
        assert_eq!(differing(&sheet(&format!("chart {name}")), &csv), Vec::<String>::new(), "{name}");
        charts += 1;
    }
    let files = json("manifest.json")["files"].as_array().unwrap().clone();
    let listed =
        |ending: &str| files.iter().filter(|file| file["file"].as_str().unwrap().ends_with(ending)).count();
    assert_eq!((charts, listed(".xlsx")), (listed(".svg"), 1));
    // It can fail: another table.
    assert!(!differing(&measures, &run.join("flows.csv")).is_empty());
}
