//! Where the sources of numbers lead: a table of facts that the scenario names, for the links of a page.

use crate::input::file::{Folders, Lies};
use crate::input::table::{Columns, Table, text_of_plain};
use crate::input::{Finding, Findings, Node};
use std::collections::BTreeMap;

const COLUMNS: Columns = Columns { required: &["fact_id", "source_url"], optional: &[] };

/// Web addresses by fact. A table that is not there, or is none, costs the links and nothing else.
pub fn read(terms: &Node, folders: &Folders, findings: &mut Findings) -> BTreeMap<String, String> {
    let Some(name) = terms.text_if("facts") else { return BTreeMap::new() };
    let path = folders.path(name);
    let aside = |why: &str| {
        let finding =
            Finding::warning(format!("the table of facts is left aside: {why}")).at(terms.place("facts"));
        finding.help(
            "sources are no links on the page; name a CSV file beside the scenario, or in a folder of its key `data`, with columns `fact_id` and `source_url`",
        )
    };
    if folders.lies(&path) == Lies::Outside {
        findings.push(aside(&format!("`{name}` lies outside the scenario's folder")));
        return BTreeMap::new();
    }
    let links = text_of_plain(&path).and_then(|(file, text)| {
        let mut table = Table::new(&file, &text);
        let rows = table.rows(&COLUMNS);
        // A remark may stand behind the address.
        let links = rows.iter().map(|row| {
            let address = table.cell(row, "source_url").split_whitespace().next().unwrap_or_default();
            (table.cell(row, "fact_id").to_string(), address.to_string())
        });
        let links = links.filter(|(_, to)| to.starts_with("https://") || to.starts_with("http://")).collect();
        if table.findings.has_errors() { Err(table.findings) } else { Ok(links) }
    });
    links.unwrap_or_else(|wrong| {
        let why = wrong.iter().next().map_or("", |finding| finding.message.as_str());
        findings.push(aside(why));
        BTreeMap::new()
    })
}
