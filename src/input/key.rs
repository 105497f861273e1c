//! What a key is: its shape, unit, range, default and meaning. A section's owner declares its keys with these;
//! parsing, unknown-key errors, the schema, the key reference and addresses are made from the declarations.

use super::{Check, Node};

/// A key of a section or of a table inside one.
#[derive(Debug)]
pub struct Key {
    pub name: &'static str,
    pub shape: Shape,
    pub unit: Unit,
    pub range: Range,
    pub default: Default,
    /// One sentence for the key reference, the schema and the editor.
    pub doc: &'static str,
    /// What its number is called in sentences and charts: `{0}` stands for the section's first actor, then come the
    /// others and what the key's own names and places are.
    pub words: &'static str,
}

impl Key {
    /// A key of any shape; required unless the calls below say otherwise.
    pub const fn of(name: &'static str, shape: Shape) -> Key {
        Key {
            name,
            shape,
            unit: Unit::None,
            range: Range::Any,
            default: Default::Required,
            doc: "",
            words: "",
        }
    }

    /// A number; required unless the calls below say otherwise.
    pub const fn number(name: &'static str, unit: Unit, range: Range) -> Key {
        Key::of(name, Shape::Number).within(unit, range)
    }

    /// The unit and range of every number in the key.
    pub const fn within(self, unit: Unit, range: Range) -> Key {
        Key { unit, range, ..self }
    }

    pub const fn or(self, default: Default) -> Key {
        Key { default, ..self }
    }

    pub const fn or_value(self, value: f64) -> Key {
        self.or(Default::Value(value))
    }

    pub const fn or_words(self, words: &'static [&'static str]) -> Key {
        self.or(Default::Words(words))
    }

    /// A missing table holds its own keys' defaults.
    pub const fn or_keys(self) -> Key {
        self.or(Default::Keys)
    }

    /// Absent means that the thing is not there.
    pub const fn optional(self) -> Key {
        self.or(Default::Absent)
    }

    /// Absent means what the sentence says.
    pub const fn or_owner(self, sentence: &'static str) -> Key {
        self.or(Default::Owner(sentence))
    }

    /// What its number is called, where it has no label.
    pub const fn called(self, words: &'static str) -> Key {
        Key { words, ..self }
    }

    /// One sentence for the key reference, the schema and the editor.
    pub const fn doc(self, doc: &'static str) -> Key {
        Key { doc, ..self }
    }
}

/// What a key holds.
#[derive(Debug)]
pub enum Shape {
    /// The name of this section's actor; others refer to it.
    Name,
    Text,
    /// A list of folders, which files named in the scenario may lie in.
    Folders,
    /// One of the words.
    Choice(&'static [&'static str]),
    /// A list of distinct words, in the user's order.
    Choices(&'static [&'static str]),
    /// One of the whole numbers.
    Whole(&'static [i64]),
    Date,
    Number,
    /// A number that may not be a distribution: the length of the run, a correlation.
    Certain,
    /// Three numbers, in the order hype, neutral, suspicion.
    States,
    /// Three rows of three numbers, row from, column to.
    StateMatrix,
    Table(&'static [Key]),
    /// A list of tables.
    List(&'static [Key]),
    /// From an actor's name to a number: `suppliers = { NVIDIA = 0.5 }`.
    NumberBy(Whom),
    /// From an actor's name to a table: `lab_stakes = { OpenAI = { stake = 0.1, cost = 1.0 } }`.
    TableBy(Whom, &'static [Key]),
    /// The name of an actor.
    Actor(Whom),
    /// The two addresses of a correlation.
    Addresses,
}

/// Whom a name may mean.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    Lab,
    Company,
    /// A company, a person or a holding.
    Investor,
}

/// The unit of a number, as the key reference prints it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    UsdBn,
    UsdBnPerYear,
    PerYear,
    /// How often something happens.
    TimesPerYear,
    Years,
    Fraction,
    Multiple,
    /// Log units (premium).
    Log,
    /// A pure number.
    Pure,
    /// A pure number that stands in an exponent.
    Exponent,
    /// Not a number.
    None,
}

/// The numbers that a key allows, for constants and for the support of distributions alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Range {
    Any,
    NonNegative,
    Positive,
    /// 0 to 1, both included.
    Unit,
    /// Above 0 and up to 1: a part of something, never nothing.
    Part,
    /// 1 or more.
    AtLeastOne,
    /// −1 to 1, both included.
    Signed,
    /// −1 to 1, both excluded.
    Correlation,
}

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Default {
    /// A missing key is an error that says which.
    Required,
    Value(f64),
    /// A list of words.
    Words(&'static [&'static str]),
    /// A table that is always there: a missing one holds its own keys' defaults.
    Keys,
    /// Absent means that the thing is not there (a table, a list, an optional number).
    Absent,
    /// Absent means what the sentence says; the owner supplies it.
    Owner(&'static str),
}

/// A section: `[market]` or `[[lab]]`.
#[derive(Debug)]
pub struct Section {
    pub name: &'static str,
    /// `[[name]]`, any number of times.
    pub repeated: bool,
    pub required: bool,
    pub keys: &'static [Key],
    /// The keys whose values follow the section's name in an address: `compute.OpenAI.Oracle`. A repeated section
    /// without any is numbered in the file's order: `correlation.0`. Where the same values may occur again, the second
    /// is `commitment.SoftBank.OpenAI.2`.
    pub address: &'static [&'static str],
    /// What the owner refuses beyond the shapes and ranges of its keys; sees all sections of the name, in file order.
    pub refuse: fn(&[&Node], &mut Check),
    pub doc: &'static str,
}

/// The `refuse` of a section that has nothing to add.
pub fn nothing(_: &[&Node], _: &mut Check) {}

/// The states of sentiment, in the order of every list of three and as addresses name them.
pub const STATES: [&str; 3] = ["hype", "neutral", "suspicion"];

impl Section {
    /// As the file writes its heading.
    pub fn heading(&self) -> String {
        if self.repeated { format!("[[{}]]", self.name) } else { format!("[{}]", self.name) }
    }
}

impl Whom {
    /// The sections whose actors it may be.
    pub fn sections(self) -> &'static [&'static str] {
        match self {
            Whom::Lab => &["lab"],
            Whom::Company => &["company"],
            Whom::Investor => &["company", "person", "holding"],
        }
    }

    /// `lab`, `company`, `company, person or holding`
    pub fn text(self) -> &'static str {
        match self {
            Whom::Lab => "lab",
            Whom::Company => "company",
            Whom::Investor => "company, person or holding",
        }
    }
}

impl Unit {
    /// As the key reference prints it; empty for a pure number.
    pub fn text(self) -> &'static str {
        match self {
            Unit::UsdBn => "USD bn",
            Unit::UsdBnPerYear => "USD bn a year",
            Unit::PerYear => "a year",
            Unit::TimesPerYear => "times a year",
            Unit::Years => "years",
            Unit::Fraction => "fraction",
            Unit::Multiple => "multiple",
            Unit::Log => "log",
            Unit::Pure | Unit::Exponent | Unit::None => "",
        }
    }
}

impl Range {
    pub fn text(self) -> &'static str {
        match self {
            Range::Any => "any number",
            Range::NonNegative => "0 or more",
            Range::Positive => "above 0",
            Range::Unit => "0 to 1",
            Range::Part => "above 0 and at most 1",
            Range::AtLeastOne => "1 or more",
            Range::Signed => "-1 to 1",
            Range::Correlation => "between -1 and 1",
        }
    }
}
