//! What a section's owner sees when it refuses something that the shapes and ranges of its keys allow. What could not
//! be read is absent from its tables, so that one mistake is not reported twice.

use super::finding::{Finding, Findings, Span};
use super::{Distribution, Family, Node, Number, NumberId, Quantity, Whom};
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// All numbers, all names, and where to put what is found.
pub struct Check<'a> {
    numbers: &'a [Number],
    /// The name and section of each actor.
    actors: &'a [(String, &'static str)],
    findings: &'a mut Findings,
}

impl<'a> Check<'a> {
    pub fn new(
        numbers: &'a [Number],
        actors: &'a [(String, &'static str)],
        findings: &'a mut Findings,
    ) -> Check<'a> {
        Check { numbers, actors, findings }
    }

    pub fn push(&mut self, finding: Finding) {
        self.findings.push(finding);
    }

    /// Every number that the file or an override gives.
    pub fn given(&self) -> impl Iterator<Item = &'a Number> {
        self.numbers.iter().filter(|number| !number.is_default)
    }

    pub fn number(&self, id: NumberId) -> &'a Number {
        &self.numbers[id.0 as usize]
    }

    /// Did an override give the number?
    pub fn is_override(&self, id: NumberId) -> bool {
        let number = self.number(id);
        !number.is_default && !self.findings.sources().in_file(&number.span)
    }

    /// The first of the numbers that are columns of a file: the one that its rows are drawn by.
    pub fn first_of(&self, table: u32) -> Option<NumberId> {
        let is_column = |number: &Number| {
            matches!(&number.quantity, Quantity::Uncertain(Distribution { family: Family::Empirical { table: id, .. }, .. })
                if *id == table)
        };
        self.numbers.iter().position(is_column).map(|index| NumberId(index as u32))
    }

    /// The least value that the number can take.
    pub fn lowest(&self, id: NumberId) -> f64 {
        self.number(id).quantity.support().0
    }

    /// The greatest value that the number can take.
    pub fn highest(&self, id: NumberId) -> f64 {
        self.number(id).quantity.support().1
    }

    /// The greatest value that the key's number can take; 0 where it is absent.
    pub fn highest_of(&self, node: &Node, key: &str) -> f64 {
        node.number_if(key).map_or(0.0, |id| self.highest(id))
    }

    /// Where the number stands; `otherwise` if it is a default.
    pub fn place(&self, id: NumberId, otherwise: &Span) -> Span {
        let number = self.number(id);
        if number.is_default { otherwise.clone() } else { number.span.clone() }
    }

    /// Is it the name of one of these?
    pub fn is(&self, whom: Whom, name: &str) -> bool {
        self.actors.iter().any(|(known, section)| known == name && whom.sections().contains(section))
    }
}

/// Refuses the second of two sections with the same texts under `keys`, such as a link given twice.
pub fn refuse_twice(nodes: &[&Node], keys: [&str; 2], what: &str, help: &str, check: &mut Check) {
    let mut firsts: BTreeMap<(&str, &str), &Span> = BTreeMap::new();
    for node in nodes {
        let (Some(one), Some(other)) = (node.text_if(keys[0]), node.text_if(keys[1])) else { continue };
        match firsts.entry((one, other)) {
            Entry::Vacant(place) => {
                place.insert(&node.at);
            }
            Entry::Occupied(first) => {
                let message = format!("{what} of `{one}` and `{other}` is given twice");
                check.push(Finding::error(message).at(&node.at).marked(first.get(), "first here").help(help));
            }
        }
    }
}
