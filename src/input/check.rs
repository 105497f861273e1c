//! What a section's owner sees when it refuses something that the shapes and ranges of its keys allow. What could not
//! be read is absent from its tables, so that one mistake is not reported twice.

use super::finding::{Finding, Findings, Span};
use super::{Distribution, Family, Node, Number, NumberId, Quantity, Whom};
use crate::state::Clock;
use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

/// The whole file, and where to put what is found.
pub struct Check<'a> {
    /// In file order, by section name.
    pub sections: &'a [(&'static str, Node)],
    numbers: &'a [Number],
    /// The name and section of each actor.
    actors: &'a [(String, &'static str)],
    findings: &'a mut Findings,
}

impl<'a> Check<'a> {
    pub fn new(
        sections: &'a [(&'static str, Node)],
        numbers: &'a [Number],
        actors: &'a [(String, &'static str)],
        findings: &'a mut Findings,
    ) -> Check<'a> {
        Check { sections, numbers, actors, findings }
    }

    /// Sections of a name, in file order.
    pub fn named<'n>(&self, name: &'n str) -> impl Iterator<Item = &'a Node> + use<'a, 'n> {
        self.sections.iter().filter(move |(section, _)| *section == name).map(|(_, node)| node)
    }

    pub fn first(&self, name: &str) -> Option<&'a Node> {
        self.named(name).next()
    }

    /// The steps of the run; none where its dates could not be read.
    pub fn clock(&self) -> Option<Clock> {
        let terms = self.first("scenario")?;
        let (start, years) = (terms.date_if("start")?, terms.number_if("years")?);
        Some(Clock::new(start, self.lowest(years), terms.whole_if("steps_per_year")? as u32))
    }

    /// Is the day past the end of the run?
    pub fn is_past(&self, day: i32) -> bool {
        self.clock().is_some_and(|clock| clock.step_of(day) >= clock.steps as i32)
    }

    /// Is it past the end, or before the start?
    pub fn is_outside(&self, day: i32) -> bool {
        self.is_past(day) || self.clock().is_some_and(|clock| clock.step_of(day) < 0)
    }

    /// Warns of what stands at a day that the run does not reach.
    pub fn warn_of_day(&mut self, message: &str, place: &Span, so: &str) {
        let help = format!("{so}: check the date, or lengthen `years` of [scenario]");
        self.push(Finding::warning(message).at(place).help(help));
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
