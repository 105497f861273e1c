//! TOML values with their places: a thin view that counts bytes through the file and the overrides alike, and gives
//! the entries of a table in the order of the text.

use super::finding::Span;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A value and where it stands.
#[derive(Clone, Copy)]
pub struct Item<'t> {
    value: &'t Spanned<DeValue<'t>>,
    /// Position of the first byte of its text among all sources.
    base: usize,
}

/// The entries of a table, in the order of the text.
pub struct Fields<'t> {
    pub entries: Vec<Field<'t>>,
    /// The table's header, or its braces.
    pub at: Span,
}

#[derive(Clone, Copy)]
pub struct Field<'t> {
    pub name: &'t str,
    start: usize,
    end: usize,
    pub item: Item<'t>,
}

impl<'t> Item<'t> {
    pub fn new(value: &'t Spanned<DeValue<'t>>, base: usize) -> Item<'t> {
        Item { value, base }
    }

    pub fn get(&self) -> &'t DeValue<'t> {
        self.value.get_ref()
    }

    pub fn span(&self) -> Span {
        let span = self.value.span();
        span.start + self.base..span.end + self.base
    }

    /// The elements of an array.
    pub fn items(&self) -> Option<Vec<Item<'t>>> {
        let array = self.get().as_array()?;
        Some(array.iter().map(|value| Item { value, base: self.base }).collect())
    }

    pub fn text(&self) -> Option<&'t str> {
        self.get().as_str()
    }

    pub fn fields(&self) -> Option<Fields<'t>> {
        Some(Fields::new(self.get().as_table()?, self.span(), self.base))
    }

    /// What it is, in TOML's words.
    pub fn kind(&self) -> &'static str {
        match self.get() {
            DeValue::String(_) => "a text",
            DeValue::Integer(_) | DeValue::Float(_) => "a number",
            DeValue::Boolean(_) => "true or false",
            DeValue::Datetime(_) => "a date or time",
            DeValue::Array(_) => "a list",
            DeValue::Table(_) => "a table",
        }
    }
}

impl<'t> Fields<'t> {
    pub fn new(table: &'t DeTable<'t>, at: Span, base: usize) -> Fields<'t> {
        let mut entries: Vec<Field<'t>> = table
            .iter()
            .map(|(key, value)| Field {
                name: key.get_ref(),
                start: key.span().start + base,
                end: key.span().end + base,
                item: Item { value, base },
            })
            .collect();
        entries.sort_by_key(|field| field.start);
        Fields { entries, at }
    }

    /// A table that nobody wrote.
    pub fn none(at: Span) -> Fields<'t> {
        Fields { entries: Vec::new(), at }
    }

    pub fn find(&self, name: &str) -> Option<Item<'t>> {
        self.entries.iter().find(|field| field.name == name).map(|field| field.item)
    }
}

impl Field<'_> {
    /// Where the key stands.
    pub fn key(&self) -> Span {
        self.start..self.end
    }
}
