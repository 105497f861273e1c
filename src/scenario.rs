//! The scenario: checked terms in the user's words (docs/scenario-keys.md). Made only by [`Scenario::read`]. Each section
//! belongs to its owner, who declares its keys and refuses what only it can judge; what only the whole can tell is in
//! `whole.rs`.

mod describe;
pub mod evidence;
mod good;
mod links;
mod starter;
mod ties;
mod whole;

pub use describe::{date, describe, describe_within, quantity, words};
pub use good::Good;
pub use starter::{TEMPLATES, starter};

use crate::input::currency::{CODES, Currency};
use crate::input::{
    Check, Finding, Findings, Key, Node, Number, NumberId, Quantity, Range, Section, Shape, Sources, Unit,
    empirical, file, reader,
};
use crate::{actors, deals, market, plan};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Every section of the file. Unknown keys, schema, key reference, addresses walk this list.
pub const SECTIONS: &[&Section] = &ALL_SECTIONS;

const ALL_SECTIONS: [&Section; FIRST_SECTIONS.len() + deals::SECTIONS.len()] = {
    let mut all = [&SECTION; FIRST_SECTIONS.len() + deals::SECTIONS.len()];
    let mut k = 0;
    while k < all.len() {
        let first = FIRST_SECTIONS.len();
        all[k] = if k < first { FIRST_SECTIONS[k] } else { deals::SECTIONS[k - first] };
        k += 1;
    }
    all
};

/// One line each; those of deals besides the first ones stand with them.
const FIRST_SECTIONS: &[&Section] = &[
    &SECTION,
    &market::prices::SECTION,
    &market::announcement::SECTION,
    &market::sentiment::SECTION,
    &actors::lab::SECTION,
    &actors::company::SECTION,
    &actors::person::SECTION,
    &actors::holding::SECTION,
    &deals::compute::SECTION,
    &deals::vendor_equity::SECTION,
    &deals::commitment::SECTION,
    &deals::warrant::SECTION,
    &plan::correlation::SECTION,
];

pub const SECTION: Section = Section {
    name: "scenario",
    repeated: false,
    required: true,
    keys: KEYS,
    address: &[],
    refuse,
    doc: "What the run covers. Its numbers are certain.",
};

/// The keys of `[scenario]`.
const KEYS: &[Key] = &[
    Key::of("name", Shape::Text).doc("Title of charts and of the results' folder."),
    Key::of("start", Shape::Date).doc("First day."),
    Key::of("years", Shape::Certain).within(Unit::Years, Range::Positive).doc("Length."),
    Key::of("steps_per_year", Shape::Whole(&[12, 52, 252])).doc("Months, weeks or trading days."),
    Key::of("data", Shape::Folders).optional().doc(
        "Folders besides the scenario's own, and what is below them, that files named in the scenario may lie in; relative ones begin beside the scenario file.",
    ),
    Key::of("currency", Shape::Choice(&CODES)).or_owner("USD").doc(
        "In which the file's amounts are, in billions: a word for charts, pages and sentences. Nothing is converted.",
    ),
    Key::of("good", Shape::Text).or_owner(good::COMPUTE).doc(
        "What labs buy from companies, as charts, pages and sentences call it, such as `network equipment`.",
    ),
    Key::of("facts", Shape::Text).optional().doc(
        "A CSV file beside the scenario, or in a folder of `data`, with columns `fact_id` and `source_url`: where the ids in sources lead, as links on the page.",
    ),
];

/// No run is longer: a century of capital flows is beyond any scenario, and its steps beyond any machine.
const LONGEST_YEARS: f64 = 200.0;

fn refuse(nodes: &[&Node], check: &mut Check) {
    for node in nodes {
        let Some(id) = node.number_if("years") else { continue };
        let years = check.lowest(id);
        let wrong = if years > LONGEST_YEARS {
            "a run lasts 200 years at most"
        } else if node.whole_if("steps_per_year").is_some_and(|steps| years * (steps as f64) < 0.5) {
            "a run has one step at least"
        } else {
            continue;
        };
        let finding = Finding::error(wrong).at(node.place("years"));
        check.push(finding.help("write the length in years: 5.0, or 0.5 for half a year"));
    }
}

/// A checked scenario.
#[derive(Debug, Clone)]
pub struct Scenario {
    pub name: String,
    /// The file's name as it was given.
    pub file: String,
    /// The file's text, for the manifest.
    pub text: String,
    /// The overrides that were applied, address and value, for the manifest.
    pub set: Vec<(String, String)>,
    /// First day, as days since 1970-01-01.
    pub start: i32,
    pub years: f64,
    pub steps_per_year: u32,
    /// A word: nothing is converted.
    pub currency: Currency,
    /// What labs buy.
    pub good: Good,
    /// Web addresses of facts by their ids, which sources name.
    pub links: BTreeMap<String, String>,
    /// The numbers as the file has them, where some are set otherwise: the uncertain ones keep their draws.
    pub numbers_in_file: Option<Vec<Number>>,
    /// Every number of the scenario, defaults included; a [`crate::input::NumberId`] points into it.
    pub numbers: Vec<Number>,
    /// Files of empirical columns that numbers draw from, in the order of [`crate::input::Family::Empirical`].
    pub tables: Vec<empirical::Table>,
    /// The checked sections in file order, by section name.
    pub sections: Vec<(&'static str, Node)>,
    /// What is doubtful and yet allowed.
    pub warnings: Findings,
}

impl Scenario {
    /// Reads a file, with overrides (`--set PATH=VALUE`). All findings at once.
    pub fn read(path: &Path, set: &[(String, String)]) -> Result<Scenario, Findings> {
        Scenario::read_again(path, set, "", &[])
    }

    /// The same with what another option of the command sets: it counts where both set the same, and findings name the
    /// option.
    pub fn read_again(
        path: &Path,
        set: &[(String, String)],
        option: &str,
        again: &[(String, String)],
    ) -> Result<Scenario, Findings> {
        let file = path.display().to_string();
        let unreadable = |text: &str, finding: Finding| {
            let mut findings = Findings::new(Arc::new(Sources::new(&file, text)));
            findings.push(finding);
            findings
        };
        let bytes = file::read(path, file::SCENARIO).map_err(|error| {
            let finding = Finding::error(file::cannot_read(path, &error));
            unreadable(
                "",
                finding.help("name a scenario file; `roundtrip init NAME` writes one to start from"),
            )
        })?;
        let text = String::from_utf8(bytes).map_err(|error| {
            let valid = error.utf8_error().valid_up_to();
            let finding =
                Finding::error("the file is not UTF-8 text").marked(&(valid..valid), "up to here it is");
            let text = String::from_utf8_lossy(error.as_bytes()).into_owned();
            unreadable(&text, finding.help("save it as UTF-8"))
        })?;
        let base: PathBuf = path.parent().map_or(PathBuf::new(), Path::to_path_buf);
        let is_again = |(address, _): &&(String, String)| again.iter().any(|(other, _)| other == address);
        let first: Vec<(String, String)> = set.iter().filter(|given| !is_again(given)).cloned().collect();
        let sources = Sources::new(&file, &text).with("--set", &first).with(option, again);
        Scenario::checked(sources, &file, &text, &base, [&first, again].concat())
    }

    /// As [`Scenario::read`] of a text; `file` is what findings call it, `base` the folder that file names start from.
    pub fn parse(
        file: &str,
        text: &str,
        base: &Path,
        set: &[(String, String)],
    ) -> Result<Scenario, Findings> {
        let sources = Sources::new(file, text).with("--set", set);
        Scenario::checked(sources, file, text, base, set.to_vec())
    }

    fn checked(
        sources: Sources,
        file: &str,
        text: &str,
        base: &Path,
        set: Vec<(String, String)>,
    ) -> Result<Scenario, Findings> {
        let numbers_in_file = (!set.is_empty())
            .then(|| reader::read(SECTIONS, &Arc::new(Sources::new(file, text)), base).numbers);
        let sources = Arc::new(sources);
        let mut read = reader::read(SECTIONS, &sources, base);
        let mut check = Check::new(&read.sections, &read.numbers, &read.actors, &mut read.findings);
        for section in SECTIONS {
            let of_section = read.sections.iter().filter(|(name, _)| *name == section.name);
            let nodes: Vec<&Node> = of_section.map(|(_, node)| node).collect();
            (section.refuse)(&nodes, &mut check);
        }
        whole::refuse(&mut check);
        let mut findings = read.findings;
        if file::stem(Path::new(file)).is_none() {
            let finding = Finding::error("no folder of results can have the name of this file");
            findings.push(finding.help(
                "rename it: results go to a folder that is called as the file without its ending, so it must not be empty, begin with a dot or contain control characters",
            ));
        }
        if !findings.has_errors() {
            ties::refuse(&read.sections, &read.numbers, &mut findings);
        }
        let terms = read.sections.iter().find(|(name, _)| *name == SECTION.name).map(|(_, node)| node);
        let links = terms.map(|terms| links::read(terms, &read.folders, &mut findings)).unwrap_or_default();
        findings.sort();
        // A reader of the scenario has the file's text at hand, not those of overrides.
        for number in read.numbers.iter_mut().filter(|number| !sources.in_file(&number.span)) {
            number.span = 0..0;
        }
        // A number that is set otherwise is still called as the file calls it.
        let labels: BTreeMap<&str, &String> = numbers_in_file
            .iter()
            .flatten()
            .filter_map(|number| Some((number.address.as_str(), number.label.as_ref()?)))
            .collect();
        for number in read.numbers.iter_mut().filter(|number| number.label.is_none()) {
            number.label = labels.get(number.address.as_str()).map(|label| label.to_string());
        }
        match terms {
            Some(terms) if !findings.has_errors() => Ok(Scenario {
                name: terms.text("name").to_string(),
                file: file.to_string(),
                text: text.to_string(),
                set,
                start: terms.date("start"),
                years: read.numbers[terms.number("years").0 as usize].quantity.support().0,
                steps_per_year: terms.whole("steps_per_year") as u32,
                currency: terms.text_if("currency").and_then(Currency::of_code).unwrap_or_default(),
                good: Good::named(terms.text_if("good")),
                links,
                numbers_in_file,
                numbers: read.numbers,
                tables: read.tables,
                sections: read.sections,
                warnings: findings,
            }),
            _ => Err(findings),
        }
    }

    /// The sections of a name in file order.
    pub fn sections_named<'s>(&'s self, name: &str) -> impl Iterator<Item = &'s Node> {
        self.sections.iter().filter(move |(section, _)| *section == name).map(|(_, node)| node)
    }

    pub fn number(&self, id: NumberId) -> &Number {
        &self.numbers[id.0 as usize]
    }

    /// The numbers that the file or an override gives, of what is simulated.
    pub fn given(&self) -> impl Iterator<Item = &Number> {
        self.numbers.iter().filter(|n| !n.is_default && !n.address.starts_with("scenario."))
    }

    /// The number at an address such as `company.Oracle.volatility`.
    pub fn number_at(&self, address: &str) -> Option<NumberId> {
        self.numbers.iter().position(|number| number.address == address).map(|index| NumberId(index as u32))
    }

    /// Correlated pairs of uncertain numbers and the correlation of the normals behind them.
    pub fn correlations(&self) -> Vec<(NumberId, NumberId, f64)> {
        self.sections_named("correlation")
            .map(|node| {
                let [one, other] = node.pair("between");
                match self.number(node.number("rho")).quantity {
                    Quantity::Certain(rho) => (one, other, rho),
                    Quantity::Uncertain(_) => unreachable!("rho is read as a certain number"),
                }
            })
            .collect()
    }
}
