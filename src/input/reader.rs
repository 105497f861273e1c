//! From TOML to checked tables, led by the declarations of keys: every key is present or defaulted, every name known,
//! every number entered under its address. All findings are collected; what could not be read is absent. What a single key
//! may hold is in `entry`.

mod entry;

use super::empirical::{Table, Unreadable};
use super::file::Folders;
use super::finding::{Finding, Findings, Sources, Span};
use super::item::{Fields, Item};
use super::key::{Default, Key, Section, Shape, Whom};
use super::names::{did_you_mean, meant, quoted, visible};
use super::node::{Entry, Node};
use super::number::{Distribution, Family, Number, NumberId, Quantity};
use super::quantity::Evidence;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// What was read. With errors among the findings the rest is incomplete.
pub struct Reading {
    /// The sections in file order, by name.
    pub sections: Vec<(&'static str, Node)>,
    pub numbers: Vec<Number>,
    /// Files of empirical columns; [`Family::Empirical`] counts them in this order.
    pub tables: Vec<Table>,
    /// The name and section of each actor.
    pub actors: Vec<(String, &'static str)>,
    pub findings: Findings,
    /// Where files named in the scenario may lie.
    pub folders: Folders,
}

/// Reads the file and the overrides; `base` is the folder that relative file names start from.
pub fn read(sections: &'static [&'static Section], sources: &Arc<Sources>, base: &Path) -> Reading {
    let (document, errors) = DeTable::parse_recoverable(sources.file());
    let mut findings = Findings::new(Arc::clone(sources));
    refuse_syntax(&errors, &mut findings);
    let values: Vec<Given> = sources.overrides().map(|(base, text)| Given::parse(base, text)).collect();
    let overrides = values.iter().filter_map(|given| given.checked(&mut findings)).collect();
    let mut reader = Reader {
        findings,
        tables: Vec::new(),
        unreadable: Vec::new(),
        folders: Folders::new(base),
        numbers: Vec::new(),
        actors: Vec::new(),
        sections_of: BTreeMap::new(),
        by_address: BTreeMap::new(),
        overrides,
        settable: BTreeSet::new(),
        fixed: BTreeSet::new(),
        evidence: Evidence::default(),
        current: String::new(),
        sources,
    };
    // A tree mended by the parser would raise findings about what the mending left out.
    let nodes = if errors.is_empty() { reader.document(sections, document.get_ref()) } else { Vec::new() };
    let Reader { findings, tables, numbers, actors, folders, .. } = reader;
    Reading { sections: nodes, numbers, tables, actors, findings, folders }
}

/// One missing bracket makes nonsense of all that follows it: the first of the errors say where to look.
const SYNTAX_ERRORS: usize = 3;

fn refuse_syntax(errors: &[toml::de::Error], findings: &mut Findings) {
    let mut errors: Vec<&toml::de::Error> = errors.iter().collect();
    errors.sort_by_key(|error| error.span().map_or(0, |span| span.start));
    let more = errors.len().saturating_sub(SYNTAX_ERRORS);
    errors.truncate(SYNTAX_ERRORS);
    for (index, error) in errors.iter().enumerate() {
        let mut finding = Finding::error(format!("this is not TOML: {}", error.message()));
        if let Some(span) = error.span() {
            finding = finding.at(&span);
        }
        let mut help = syntax_help(error.message()).to_string();
        if more > 0 && index + 1 == errors.len() {
            help += &format!(
                "\n{more} more of the kind follow, which may come of the first: mend that and check again"
            );
        }
        findings.push(finding.help(help));
    }
}

fn syntax_help(message: &str) -> &'static str {
    if message.contains("duplicate key") {
        "a key or [section] is written once; sections that may be repeated are written [[section]]"
    } else if message.contains("date") {
        "write a date such as 2025-09-10"
    } else {
        "a line is `key = value` or a [section]; texts stand in quotes, lists in brackets, tables in braces"
    }
}

/// An override as it was typed: `PATH=VALUE`.
struct Given<'t> {
    base: usize,
    address: &'t str,
    text: &'t str,
    value: Result<Spanned<DeValue<'t>>, toml::de::Error>,
}

#[derive(Clone, Copy)]
struct Override<'t> {
    address: &'t str,
    item: Item<'t>,
    start: usize,
}

impl<'t> Given<'t> {
    /// The value is TOML, or bare text such as `2 to 9` or `hype`.
    fn parse(base: usize, text: &'t str) -> Given<'t> {
        let (address, value) = text.split_once('=').unwrap_or((text, ""));
        let bare =
            !value.trim().is_empty() && !value.contains(['[', ']', '{', '}', '"', '\'', '=', '#', '\n']);
        let parsed = DeValue::parse(value).or_else(|error| match bare {
            true => Ok(Spanned::new(0..value.len(), DeValue::String(value.trim().into()))),
            false => Err(error),
        });
        Given { base, address, text: value, value: parsed }
    }

    fn checked(&'t self, findings: &mut Findings) -> Option<Override<'t>> {
        let start = self.base + self.address.len() + 1;
        match &self.value {
            Ok(value) => Some(Override {
                address: self.address.trim(),
                item: Item::new(value, start),
                start: self.base,
            }),
            Err(error) => {
                let span = error.span().map_or(start..start, |span| start + span.start..start + span.end);
                let wrong = if self.text.trim().is_empty() { "there is none" } else { error.message() };
                let message = format!("cannot read the value of `{}`: {wrong}", self.address.trim());
                findings.push(
                    Finding::error(message).at(&span).help("write a TOML value, or a range such as 2 to 9"),
                );
                None
            }
        }
    }
}

/// What reading knows so far.
pub struct Reader<'t> {
    pub(super) findings: Findings,
    pub(super) tables: Vec<Table>,
    /// Files of columns that cannot be had, each with the places that name it.
    pub(super) unreadable: Vec<(String, Unreadable, Vec<Span>)>,
    pub(super) folders: Folders,
    numbers: Vec<Number>,
    actors: Vec<(String, &'static str)>,
    /// The sections in which there is an actor of a name.
    sections_of: BTreeMap<String, Vec<&'static str>>,
    by_address: BTreeMap<String, NumberId>,
    overrides: Vec<Override<'t>>,
    /// Addresses that an override may name.
    settable: BTreeSet<String>,
    /// Addresses that it may not, although the file has them: those that make up addresses.
    fixed: BTreeSet<String>,
    /// The source and the grade of the section that is being read.
    evidence: Evidence,
    /// The address of the number that is being read.
    pub(super) current: String,
    sources: &'t Sources,
}

/// A section of the file that is about to be read.
struct Found<'t> {
    section: &'static Section,
    fields: Fields<'t>,
    address: String,
}

impl<'t> Reader<'t> {
    fn document(
        &mut self,
        sections: &'static [&'static Section],
        document: &'t DeTable<'t>,
    ) -> Vec<(&'static str, Node)> {
        let mut found = self.find_sections(sections, document);
        give_addresses(&mut found);
        self.find_names(&found);
        self.find_folders(&found);
        let mut nodes: Vec<Option<Node>> = found.iter().map(|_| None).collect();
        // Correlations name numbers of any section, so they are read when all numbers are known.
        let names_numbers =
            |found: &Found| found.section.keys.iter().any(|key| matches!(key.shape, Shape::Addresses));
        for late in [false, true] {
            for (node, found) in
                nodes.iter_mut().zip(&found).filter(|(_, found)| names_numbers(found) == late)
            {
                *node = Some(self.section(found));
            }
        }
        for section in sections.iter().filter(|section| section.required) {
            let is_given = document.contains_key(section.name);
            if !is_given && !found.iter().any(|found| found.section.name == section.name) {
                let end = self.sources.file().trim_end().len();
                let finding = Finding::error(format!("the section `{}` is missing", section.heading()));
                let finding = finding.marked(&(end..end), "the file ends without it");
                let keys = quoted(required(section.keys).map(|key| key.name), "and");
                self.findings.push(finding.help(format!("add it with {keys}. {}", section.doc)));
            }
        }
        self.refuse_unknown_overrides();
        self.refuse_unreadable_tables();
        self.refuse_empty_tables();
        found.iter().map(|found| found.section.name).zip(nodes.into_iter().flatten()).collect()
    }

    /// The file's sections in the order of the text.
    fn find_sections(
        &mut self,
        sections: &'static [&'static Section],
        document: &'t DeTable<'t>,
    ) -> Vec<Found<'t>> {
        let mut found: Vec<Found<'t>> = Vec::new();
        for field in Fields::new(document, 0..0, 0).entries {
            let names = sections.iter().map(|section| section.name);
            let Some(section) = sections.iter().copied().find(|section| section.name == field.name) else {
                let is_section = matches!(field.item.get(), DeValue::Table(_))
                    || field
                        .item
                        .items()
                        .is_some_and(|items| items.iter().any(|item| item.fields().is_some()));
                let (message, help) = if is_section {
                    (format!("unknown section `{}`", field.name), did_you_mean(field.name, names))
                } else {
                    let help = "every key belongs to a section: put it below a line such as [scenario]";
                    (format!("`{}` stands outside any section", field.name), help.to_string())
                };
                self.findings.push(Finding::error(message).at(&field.key()).help(help));
                continue;
            };
            let mut add = |fields| found.push(Found { section, fields, address: String::new() });
            let wrong = |message: String| {
                Finding::error(message).at(&field.item.span()).help(format!("write `{}`", section.heading()))
            };
            match (section.repeated, field.item.fields(), field.item.items()) {
                (false, Some(fields), _) => add(fields),
                (true, Some(fields), _) => {
                    self.findings.push(wrong(format!("`{}` may be repeated, so it is a list", section.name)));
                    add(fields);
                }
                (repeated, None, Some(items)) => {
                    if !repeated {
                        self.findings.push(wrong(format!("`{}` is given once", section.name)));
                    }
                    for item in items {
                        match item.fields() {
                            Some(fields) => add(fields),
                            None => {
                                let message = format!("expected a section, found {}", item.kind());
                                let help = format!("write `{}` with its keys below", section.heading());
                                self.findings.push(Finding::error(message).at(&item.span()).help(help));
                            }
                        }
                    }
                }
                (_, None, None) => {
                    let message = format!("`{}` is a section, not {}", section.name, field.item.kind());
                    self.findings.push(wrong(message));
                }
            }
        }
        // An override may bring in an optional section, which then lacks whatever else it requires.
        for section in sections.iter().copied().filter(|section| !section.repeated) {
            if !found.iter().any(|found| found.section.name == section.name)
                && let Some(given) = self.override_below(section.name)
            {
                let fields = Fields::none(given.item.span());
                found.push(Found { section, fields, address: String::new() });
            }
        }
        found.sort_by_key(|found| found.fields.at.start);
        found
    }

    /// Enters the actors' names, which other sections refer to.
    fn find_names(&mut self, found: &[Found<'t>]) {
        let mut first: BTreeMap<&str, Span> = BTreeMap::new();
        for found in found {
            let Some(key) = found.section.keys.iter().find(|key| matches!(key.shape, Shape::Name)) else {
                continue;
            };
            let Some(item) = found.fields.find(key.name) else { continue };
            // A text that is empty or cannot be shown is refused where the key is read.
            let Some(name) = item.text().filter(|name| is_line(name)) else { continue };
            if let Some(wrong) = unfit_name(name) {
                let finding =
                    Finding::error(format!("`{name}` cannot be a name")).marked(&item.span(), wrong);
                self.findings.push(finding.help("names stand in addresses such as `company.Oracle.cash`"));
            } else if let Some(earlier) = first.get(name) {
                let finding = Finding::error(format!("the name `{name}` is given twice")).at(&item.span());
                let help = "every lab, company, person and holding has a name of its own";
                self.findings.push(finding.marked(earlier, "first here").help(help));
            } else {
                first.insert(name, item.span());
            }
            let sections = self.sections_of.entry(name.to_string()).or_default();
            if !sections.contains(&found.section.name) {
                sections.push(found.section.name);
                self.actors.push((name.to_string(), found.section.name));
            }
        }
    }

    /// Finds the folders that files may lie in, before any file is read.
    fn find_folders(&mut self, found: &[Found<'t>]) {
        for found in found {
            let keys = found.section.keys.iter().filter(|key| matches!(key.shape, Shape::Folders));
            for key in keys {
                let given = found.fields.find(key.name);
                let item = self.overridden(&format!("{}.{}", found.address, key.name), given);
                let names = item.and_then(|item| item.items()).unwrap_or_default();
                self.folders.declare(names.iter().filter_map(|name| name.text()));
            }
        }
    }

    fn section(&mut self, found: &Found<'t>) -> Node {
        self.evidence = Evidence {
            source: found.fields.find("source").and_then(|item| self.source(item)),
            grade: found.fields.find("grade").and_then(|item| self.grade(item)),
            label: None,
        };
        for key in found.section.address {
            self.fixed.insert(format!("{}.{key}", found.address));
        }
        let title = format!("`{}`", found.section.heading());
        self.table(found.section.keys, &found.fields, &found.address, &title, true)
    }

    /// A table with these keys. A section may carry a source and a grade beside them.
    fn table(
        &mut self,
        keys: &'static [Key],
        fields: &Fields<'t>,
        address: &str,
        title: &str,
        is_section: bool,
    ) -> Node {
        let mut node = Node { entries: Vec::new(), at: fields.at.clone(), places: Vec::new() };
        let mut missing: Vec<&Key> = Vec::new();
        for key in keys {
            let address = format!("{address}.{}", key.name);
            let item = self.overridden(&address, fields.find(key.name));
            node.places.push(item.map(|item| item.span()));
            let entry = match item {
                Some(item) => self.entry(key, item, &address),
                None => self.absent(key, &address, &fields.at, &mut missing),
            };
            node.entries.push((key.name, entry.unwrap_or(Entry::Absent)));
        }
        for field in &fields.entries {
            let is_evidence = matches!(field.name, "source" | "grade");
            if keys.iter().any(|key| key.name == field.name) || (is_section && is_evidence) {
                continue;
            }
            let help = if is_evidence {
                "a source and a grade belong to a number, `cash = { value = 10.0, source = \"...\", grade = \
                 \"filed\" }`, or to the whole section"
                    .to_string()
            } else if field.name == "label" {
                "a label belongs to a number: `cash = { value = 10.0, label = \"OpenAI’s cash\" }`"
                    .to_string()
            } else {
                did_you_mean(field.name, keys.iter().map(|key| key.name))
            };
            let message = format!("unknown key `{}` in {title}", field.name);
            self.findings.push(Finding::error(message).at(&field.key()).help(help));
            // A misspelt key is not missing as well.
            let meant = meant(field.name, missing.iter().map(|key| key.name));
            missing.retain(|key| Some(key.name) != meant);
        }
        if !missing.is_empty() {
            let message = format!("{title} lacks {}", quoted(missing.iter().map(|key| key.name), "and"));
            let help: Vec<String> = missing.iter().map(|key| add_line(key)).collect();
            self.findings.push(Finding::error(message).at(&fields.at).help(help.join("\n")));
        }
        node
    }

    /// What a key holds that the file does not mention.
    fn absent(
        &mut self,
        key: &'static Key,
        address: &str,
        at: &Span,
        missing: &mut Vec<&'static Key>,
    ) -> Option<Entry> {
        self.offer(key, address);
        // An override below a table that the file leaves out brings the table in.
        let brought = self.override_below(address).map(|given| given.item.span());
        match (&key.shape, key.default, brought) {
            (Shape::Table(keys), Default::Keys, None) => Some(Entry::Table(self.table(
                keys,
                &Fields::none(at.clone()),
                address,
                &tick(address),
                false,
            ))),
            (Shape::Table(keys), _, Some(span)) => {
                Some(Entry::Table(self.table(keys, &Fields::none(span), address, &tick(address), false)))
            }
            (Shape::NumberBy(_) | Shape::TableBy(..), _, Some(span)) => {
                self.by_name(key, &Fields::none(span), address)
            }
            (_, Default::Value(value), _) => self.default_number(key, value, address).map(Entry::Number),
            (_, Default::Words(words), _) => {
                Some(Entry::Words(words.iter().map(|word| word.to_string()).collect()))
            }
            (_, Default::Required, _) => {
                missing.push(key);
                None
            }
            (_, Default::Absent | Default::Owner(_) | Default::Keys, _) => None,
        }
    }

    fn is_actor(&self, name: &str, whom: Whom) -> bool {
        let sections = self.sections_of.get(name).map_or(&[][..], Vec::as_slice);
        sections.iter().any(|section| whom.sections().contains(section))
    }

    /// What may have been meant. Of a file full of mistakes only the first are shown: for the others nothing is looked for.
    fn near<'n>(&self, word: &str, known: impl IntoIterator<Item = &'n str>) -> String {
        if self.findings.is_full() { String::new() } else { did_you_mean(word, known) }
    }

    pub(super) fn enter(&mut self, number: Number) -> Option<NumberId> {
        let id = NumberId(u32::try_from(self.numbers.len()).ok()?);
        self.by_address.insert(number.address.clone(), id);
        self.numbers.push(number);
        Some(id)
    }

    /// Source and grade of the section for what the file gives; an override has been typed by hand.
    pub(super) fn section_evidence(&self, item: &Item<'t>) -> Evidence {
        if self.sources.in_file(&item.span()) {
            self.evidence.clone()
        } else {
            Evidence { source: Some("--set".to_string()), ..Evidence::default() }
        }
    }

    /// The override of an address if there is one; the last of several counts.
    fn overridden(&self, address: &str, item: Option<Item<'t>>) -> Option<Item<'t>> {
        let given = self.overrides.iter().rev().find(|given| given.address == address);
        given.map(|given| given.item).filter(|_| !self.fixed.contains(address)).or(item)
    }

    /// An override of something below an address.
    fn override_below(&self, address: &str) -> Option<Override<'t>> {
        let below =
            |given: &&Override| given.address.strip_prefix(address).is_some_and(|rest| rest.starts_with('.'));
        self.overrides.iter().find(below).copied()
    }

    /// Enters the addresses of a key that the file leaves out, so that overrides can name them.
    fn offer(&mut self, key: &Key, address: &str) {
        self.settable.insert(address.to_string());
        if let Shape::Table(keys) = &key.shape {
            for key in *keys {
                self.offer(key, &format!("{address}.{}", key.name));
            }
        }
    }

    fn refuse_unknown_overrides(&mut self) {
        for given in self.overrides.clone() {
            let place = given.start..given.start + given.address.len();
            if self.fixed.contains(given.address) {
                let finding = Finding::error(format!("`{}` cannot be set", given.address)).at(&place);
                self.findings.push(finding.help("it is part of the address; change the file"));
            } else if !self.settable.contains(given.address) {
                let finding =
                    Finding::error(format!("nothing has the address `{}`", given.address)).at(&place);
                let help = self.near(given.address, self.settable.iter().map(String::as_str));
                self.findings.push(finding.help(help));
            }
        }
    }

    /// A file that cannot be read is one mistake, however many numbers are columns of it.
    fn refuse_unreadable_tables(&mut self) {
        for (_, Unreadable { message, help }, places) in std::mem::take(&mut self.unreadable) {
            let label = match places.len() {
                1 => String::new(),
                2 => "here, and in one more place".to_string(),
                several => format!("here, and in {} more places", several - 1),
            };
            let finding = Finding::error(message).help(help);
            self.findings.push(
                places
                    .first()
                    .into_iter()
                    .fold(finding, |finding, place| finding.marked(place, label.as_str())),
            );
        }
    }

    /// Bounds on several columns of a file keep the rows inside all of them: some must be left.
    fn refuse_empty_tables(&mut self) {
        for (index, table) in self.tables.iter().enumerate() {
            let columns: Vec<(&Number, &Distribution, &Arc<Vec<f64>>)> = self
                .numbers
                .iter()
                .filter_map(|number| match &number.quantity {
                    Quantity::Uncertain(distribution) => match &distribution.family {
                        Family::Empirical { table, values } if *table as usize == index => {
                            Some((number, distribution, values))
                        }
                        _ => None,
                    },
                    Quantity::Certain(_) => None,
                })
                .collect();
            let inside = |row: usize| {
                columns.iter().all(|(_, law, values)| values[row] >= law.min && values[row] <= law.max)
            };
            if !columns.is_empty() && !(0..table.row_count()).any(inside) {
                let mut finding = Finding::error(format!("no row of `{}` is inside all bounds", table.name));
                for (number, ..) in &columns {
                    finding = finding.at(&number.span);
                }
                self.findings
                    .push(finding.help("columns of one file stay joined row by row: widen the bounds"));
            }
        }
    }
}

/// Gives every section its address; the second of the same texts is `commitment.SoftBank.OpenAI.2`.
fn give_addresses(found: &mut [Found]) {
    let mut times: BTreeMap<String, usize> = BTreeMap::new();
    for found in found {
        let mut address = found.section.name.to_string();
        for key in found.section.address {
            let text = found.fields.find(key).and_then(|item| item.text()).unwrap_or("?");
            address = format!("{address}.{text}");
        }
        let count = times.entry(address.clone()).or_insert(0);
        found.address = match (found.section.repeated, found.section.address.is_empty(), *count) {
            (true, true, index) => format!("{address}.{index}"),
            (_, _, 0) => address,
            (_, _, earlier) => format!("{address}.{}", earlier + 1),
        };
        *count += 1;
    }
}

/// Can it stand in a line that is shown?
fn is_line(text: &str) -> bool {
    !text.trim().is_empty() && visible(text) == text && !text.contains(['\n', '\t'])
}

/// Why a text cannot be an actor's name.
fn unfit_name(name: &str) -> Option<&'static str> {
    if name == "outside" {
        Some("this is what the model calls everybody else")
    } else if name.trim() != name {
        Some("it must not begin or end with a space")
    } else if name.contains(['.', '=', ',', '"', '`', '\\', '/']) {
        Some("it must not contain . = , / \\ or quotes")
    } else {
        None
    }
}

fn required(keys: &'static [Key]) -> impl Iterator<Item = &'static Key> {
    keys.iter().filter(|key| key.default == Default::Required)
}

/// `add `cash = ...` (USD bn): Cash at the start.`
fn add_line(key: &Key) -> String {
    let unit = key.unit.text();
    let unit = if unit.is_empty() { String::new() } else { format!(" ({unit})") };
    format!("add `{} = ...`{unit}: {}", key.name, key.doc)
}

fn tick(address: &str) -> String {
    format!("`{address}`")
}
