//! A checked section or table: every key present or defaulted, every name known. Reading it cannot fail.

use super::NumberId;
use super::finding::Span;

/// A checked table. Asking for a key that the declaration does not have, or with the wrong shape, is a
/// programming error and panics with the key's name.
#[derive(Debug, Clone)]
pub struct Node {
    pub entries: Vec<(&'static str, Entry)>,
    /// The table's heading or braces; for a table that nobody wrote, those of the one around it.
    pub at: Span,
    /// Where each entry's value stands; none for those that nobody wrote.
    pub places: Vec<Option<Span>>,
}

#[derive(Debug, Clone)]
pub enum Entry {
    Absent,
    Text(String),
    Words(Vec<String>),
    Whole(i64),
    /// Days since 1970-01-01.
    Date(i32),
    Number(NumberId),
    States([NumberId; 3]),
    Matrix([[NumberId; 3]; 3]),
    Table(Node),
    List(Vec<Node>),
    NumberBy(Vec<(String, NumberId)>),
    TableBy(Vec<(String, Node)>),
    Pair([NumberId; 2]),
}

impl Node {
    fn entry(&self, key: &str) -> &Entry {
        self.entries
            .iter()
            .find(|(name, _)| *name == key)
            .map(|(_, e)| e)
            .unwrap_or_else(|| panic!("no key {key}"))
    }

    /// Where the key's value stands; the table's own place if nobody wrote it.
    pub fn place(&self, key: &str) -> &Span {
        let index = self.entries.iter().position(|(name, _)| *name == key);
        index.and_then(|index| self.places[index].as_ref()).unwrap_or(&self.at)
    }

    /// Does the file, or an override, give the key, readable or not?
    pub fn was_given(&self, key: &str) -> bool {
        self.entries.iter().zip(&self.places).any(|((name, _), place)| *name == key && place.is_some())
    }

    /// Does the key hold anything?
    pub fn has(&self, key: &str) -> bool {
        !matches!(self.entry(key), Entry::Absent)
    }

    /// The actor's name, for findings.
    pub fn name(&self) -> &str {
        self.text_if("name").unwrap_or("?")
    }

    /// A number that is required or has a default.
    pub fn number(&self, key: &str) -> NumberId {
        self.number_if(key).unwrap_or_else(|| panic!("key {key} is absent"))
    }

    /// A number that may be absent.
    pub fn number_if(&self, key: &str) -> Option<NumberId> {
        match self.entry(key) {
            Entry::Number(id) => Some(*id),
            Entry::Absent => None,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    pub fn states(&self, key: &str) -> [NumberId; 3] {
        match self.entry(key) {
            Entry::States(ids) => *ids,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    pub fn matrix(&self, key: &str) -> [[NumberId; 3]; 3] {
        match self.entry(key) {
            Entry::Matrix(ids) => *ids,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    pub fn pair(&self, key: &str) -> [NumberId; 2] {
        match self.entry(key) {
            Entry::Pair(ids) => *ids,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    pub fn text(&self, key: &str) -> &str {
        match self.entry(key) {
            Entry::Text(text) => text,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    pub fn words(&self, key: &str) -> &[String] {
        match self.entry(key) {
            Entry::Words(words) => words,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    pub fn whole(&self, key: &str) -> i64 {
        match self.entry(key) {
            Entry::Whole(n) => *n,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    /// Days since 1970-01-01.
    pub fn date(&self, key: &str) -> i32 {
        match self.entry(key) {
            Entry::Date(days) => *days,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    pub fn table(&self, key: &str) -> Option<&Node> {
        match self.entry(key) {
            Entry::Table(node) => Some(node),
            Entry::Absent => None,
            other => panic!("key {key} holds {other:?}"),
        }
    }

    /// As [`Node::text`], for refusals: absent where the file's value could not be read.
    pub fn text_if(&self, key: &str) -> Option<&str> {
        match self.entry(key) {
            Entry::Absent => None,
            _ => Some(self.text(key)),
        }
    }

    /// As [`Node::date`], for refusals: absent where the file's value could not be read.
    pub fn date_if(&self, key: &str) -> Option<i32> {
        match self.entry(key) {
            Entry::Absent => None,
            _ => Some(self.date(key)),
        }
    }

    /// As [`Node::whole`], for refusals: absent where the file's value could not be read.
    pub fn whole_if(&self, key: &str) -> Option<i64> {
        match self.entry(key) {
            Entry::Absent => None,
            _ => Some(self.whole(key)),
        }
    }

    /// As [`Node::matrix`], for refusals: absent where the file's value could not be read.
    pub fn matrix_if(&self, key: &str) -> Option<[[NumberId; 3]; 3]> {
        match self.entry(key) {
            Entry::Absent => None,
            _ => Some(self.matrix(key)),
        }
    }

    /// As [`Node::pair`], for refusals: absent where the file's value could not be read.
    pub fn pair_if(&self, key: &str) -> Option<[NumberId; 2]> {
        match self.entry(key) {
            Entry::Absent => None,
            _ => Some(self.pair(key)),
        }
    }

    /// A list of tables; empty when absent.
    pub fn list(&self, key: &str) -> &[Node] {
        match self.entry(key) {
            Entry::List(nodes) => nodes,
            Entry::Absent => &[],
            other => panic!("key {key} holds {other:?}"),
        }
    }

    /// Names and numbers in the user's order; empty when absent.
    pub fn numbers_by(&self, key: &str) -> &[(String, NumberId)] {
        match self.entry(key) {
            Entry::NumberBy(pairs) => pairs,
            Entry::Absent => &[],
            other => panic!("key {key} holds {other:?}"),
        }
    }

    /// Names and tables in the user's order; empty when absent.
    pub fn tables_by(&self, key: &str) -> &[(String, Node)] {
        match self.entry(key) {
            Entry::TableBy(pairs) => pairs,
            Entry::Absent => &[],
            other => panic!("key {key} holds {other:?}"),
        }
    }
}
