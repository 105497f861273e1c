//! A checked section or table: every key present or defaulted, every name known. Reading it cannot fail.

use super::NumberId;

/// A checked table. Asking for a key that the declaration does not have, or with the wrong shape, is a
/// programming error and panics with the key's name.
#[derive(Debug, Clone)]
pub struct Node {
    pub entries: Vec<(&'static str, Entry)>,
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
