//! Numbers as the file writes them: plain, `"2 to 9"`, a distribution, or any of these with a source and a grade; and
//! whether what they can become lies in the range of their key (`bounds`).

mod bounds;
mod family;

use super::finding::Finding;
use super::item::{Fields, Item};
use super::names::{did_you_mean, quoted, visible};
use super::number::{Z95, four_digits};
use super::reader::Reader;
use super::{Distribution, Family, Grade, Key, Number, NumberId, Quantity, Shape, Span};
use toml::de::{DeInteger, DeValue};

/// The kinds of distribution, as the file writes them.
pub const FAMILIES: [(&str, &str); 9] = [
    ("uniform", "[a, b]"),
    ("triangular", "[min, mode, max]"),
    ("pert", "[min, mode, max]"),
    ("normal", "{ mean = ..., sd = ... }"),
    ("lognormal", "{ median = ..., sigma = ... }"),
    ("beta", "{ alpha = ..., beta = ..., min = ..., max = ... }"),
    ("student_t", "{ mean = ..., scale = ..., df = ... }"),
    ("discrete", "[[value, weight], ...]"),
    ("empirical", "\"file.csv\", column = \"name\""),
];

/// Numbers larger or smaller than this have no meaning in any unit of the file and would overflow, or vanish, when
/// multiplied.
pub const LARGEST: f64 = 1e12;
const SMALLEST: f64 = 1e-12;

const EXPECTED: &str = "write a number, a range such as \"2 to 9\" (5th and 95th percentile), or a distribution such as \
     { uniform = [2, 9] }";

/// Where a number came from, and what it is called.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    pub source: Option<String>,
    pub grade: Option<Grade>,
    pub label: Option<String>,
}

/// Letters of a label: as many as a line of a chart has room for.
pub const LONGEST_LABEL: usize = 60;

impl<'t> Reader<'t> {
    /// Reads a key's number and enters it; absent if it cannot be read.
    pub fn number(&mut self, key: &Key, item: Item<'t>, address: &str) -> Option<NumberId> {
        self.current = address.to_string();
        let mut evidence = self.section_evidence(&item);
        let quantity = match item.fields() {
            Some(fields) if fields.find("value").is_some() => {
                self.number_with_evidence(key, &fields, &mut evidence)?
            }
            _ => self.quantity(key, item)?,
        };
        let span = item.span();
        let sound = self.within_range(key, &quantity, &item, address);
        self.enter(Number {
            address: address.to_string(),
            unit: key.unit,
            range: key.range,
            quantity,
            source: evidence.source,
            grade: evidence.grade.unwrap_or(Grade::Assumed),
            label: evidence.label,
            is_default: false,
            span,
        })
        .filter(|_| sound)
    }

    /// Enters the default of a key that the file does not mention.
    pub fn default_number(&mut self, key: &Key, value: f64, address: &str) -> Option<NumberId> {
        self.enter(Number {
            address: address.to_string(),
            unit: key.unit,
            range: key.range,
            quantity: Quantity::Certain(value),
            source: None,
            grade: Grade::Assumed,
            label: None,
            is_default: true,
            span: 0..0,
        })
    }

    /// `{ value = 300.0, source = "WSJ", grade = "reported" }`, with `min` and `max` where the value is a range.
    fn number_with_evidence(
        &mut self,
        key: &Key,
        fields: &Fields<'t>,
        evidence: &mut Evidence,
    ) -> Option<Quantity> {
        let value = fields.find("value")?;
        let truncates = value.text().is_some();
        let known: &[&str] = if truncates {
            &["value", "source", "grade", "label", "min", "max"]
        } else {
            &["value", "source", "grade", "label"]
        };
        let mut sound = true;
        for field in fields.entries.iter().filter(|field| !known.contains(&field.name)) {
            let help = match field.name {
                "min" | "max" => "`min` and `max` go into the distribution's own braces".to_string(),
                other => did_you_mean(other, known.iter().copied()),
            };
            let message = format!("unknown key `{}` beside the value of `{}`", field.name, self.current);
            self.findings.push(Finding::error(message).at(&field.key()).help(help));
            sound = false;
        }
        if let Some(source) = fields.find("source").and_then(|item| self.source(item)) {
            evidence.source = Some(source);
        }
        if let Some(grade) = fields.find("grade").and_then(|item| self.grade(item)) {
            evidence.grade = Some(grade);
        }
        evidence.label = fields.find("label").and_then(|item| self.label(item));
        let mut quantity = self.quantity(key, value)?;
        if truncates && let Quantity::Uncertain(distribution) = &mut quantity {
            self.truncate(distribution, fields, value.span())?;
        }
        sound.then_some(quantity)
    }

    /// The source of a number or of a section.
    pub fn source(&mut self, item: Item<'t>) -> Option<String> {
        let text = item.text().map(str::trim);
        let message = match text {
            Some("") => "the source is empty".to_string(),
            Some(text) if visible(text) != text => {
                "the source has a character that cannot be shown".to_string()
            }
            Some(text) => return Some(text.to_string()),
            None => format!("a source must be a text, not {}", item.kind()),
        };
        let help = match text {
            Some(_) => {
                "write who says so and when, \"WSJ 2025-09-10\", or leave the source out: the number is assumed"
            }
            None => "write who says so and when, as a text: \"WSJ 2025-09-10\"",
        };
        self.findings.push(Finding::error(message).at(&item.span()).help(help));
        None
    }

    /// What readers call a number.
    fn label(&mut self, item: Item<'t>) -> Option<String> {
        let text = item.text().map(str::trim);
        let wrong = match text {
            None => format!("a label must be a text, not {}", item.kind()),
            Some("") => "the label is empty".to_string(),
            Some(text) if text.chars().any(char::is_control) => "a label is one line".to_string(),
            Some(text) if text.chars().count() > LONGEST_LABEL => {
                format!("the label has {} letters, {LONGEST_LABEL} are the most", text.chars().count())
            }
            Some(text) => return Some(text.to_string()),
        };
        let help = "write what charts are to call the number, as within a sentence: \"OpenAI’s cash trigger for a round\"";
        self.findings.push(Finding::error(wrong).at(&item.span()).help(help));
        None
    }

    /// The grade of a number or of a section.
    pub fn grade(&mut self, item: Item<'t>) -> Option<Grade> {
        let words = Grade::ALL.map(Grade::word);
        let grade = item.text().and_then(|text| Grade::ALL.into_iter().find(|grade| grade.word() == text));
        if grade.is_none() {
            let (message, help) = match item.text() {
                Some(text) => (format!("unknown grade `{text}`"), did_you_mean(text, words)),
                None => (
                    format!("a grade must be a word, not {}", item.kind()),
                    format!("write one of the words {}", quoted(words, "or")),
                ),
            };
            self.findings.push(Finding::error(message).at(&item.span()).help(help));
        }
        grade
    }

    /// A number or a distribution, without evidence.
    fn quantity(&mut self, key: &Key, item: Item<'t>) -> Option<Quantity> {
        let certain = matches!(key.shape, Shape::Certain);
        match item.get() {
            DeValue::Integer(_) | DeValue::Float(_) => self.plain(item).map(Quantity::Certain),
            DeValue::String(_) | DeValue::Table(_) if certain => {
                let finding = Finding::error(format!("`{}` must be certain", self.current)).at(&item.span());
                self.findings.push(finding.help("write a plain number"));
                None
            }
            DeValue::String(text) => self.range(text, item.span()).map(Quantity::Uncertain),
            DeValue::Table(_) => {
                let fields = item.fields()?;
                self.distribution(&fields).map(Quantity::Uncertain)
            }
            DeValue::Boolean(_) | DeValue::Datetime(_) | DeValue::Array(_) => {
                let message = format!("`{}` must be a number, not {}", self.current, item.kind());
                let help = if certain { "write a plain number" } else { EXPECTED };
                self.findings.push(Finding::error(message).at(&item.span()).help(help));
                None
            }
        }
    }

    /// A finite number that is no distribution.
    fn plain(&mut self, item: Item<'t>) -> Option<f64> {
        let value = match item.get() {
            DeValue::Integer(integer) => whole(integer).map(|value| value as f64),
            DeValue::Float(float) => float.as_str().parse::<f64>().ok(),
            _ => {
                let message =
                    format!("a parameter of `{}` must be a number, not {}", self.current, item.kind());
                let finding = Finding::error(message).at(&item.span());
                self.findings.push(finding.help("write the parameters of a distribution as plain numbers"));
                return None;
            }
        };
        // Whole numbers too large for 64 bits are too large in any case.
        self.finite(value.unwrap_or(f64::MAX), item.span())
    }

    fn finite(&mut self, value: f64, span: Span) -> Option<f64> {
        if value == 0.0 || (value.is_finite() && (SMALLEST..=LARGEST).contains(&value.abs())) {
            return Some(value);
        }
        let wrong = match (value.is_finite(), value.abs() < 1.0) {
            (true, true) => "nearer to 0 than 1e-12",
            (true, false) => "beyond 1e12",
            (false, _) => "not a finite number",
        };
        let finding = Finding::error(format!("`{}` is {wrong}", self.current)).at(&span);
        self.findings
            .push(finding.help("numbers are 0 or between 1e-12 and 1e12 in size; money is in USD bn"));
        None
    }

    /// `"2 to 9"`: the 5th and the 95th percentile; lognormal when both are positive, else normal.
    fn range(&mut self, text: &str, span: Span) -> Option<Distribution> {
        let Some((low, high)) = ends(text) else {
            let finding = match number(text) {
                Some(_) => Finding::error(format!("the number of `{}` stands in quotes", self.current))
                    .help(format!("take the quotes away: {}", text.trim())),
                None => Finding::error(format!("`{text}` is neither a number nor a range")).help(EXPECTED),
            };
            self.findings.push(finding.at(&span));
            return None;
        };
        let (low, high) = (self.finite(low, span.clone())?, self.finite(high, span.clone())?);
        if low >= high {
            let finding = Finding::error(format!("the range `{text}` does not rise")).at(&span);
            self.findings.push(finding.help("write the 5th percentile first, then a greater 95th"));
            return None;
        }
        let family = if low > 0.0 {
            Family::Lognormal {
                median: low.sqrt() * high.sqrt(),
                sigma: (libm::log(high) - libm::log(low)) / (2.0 * Z95),
            }
        } else {
            Family::Normal { mean: low + 0.5 * (high - low), sd: (high - low) / (2.0 * Z95) }
        };
        Some(Distribution { family, min: f64::NEG_INFINITY, max: f64::INFINITY })
    }
}

/// A whole number in any of TOML's bases.
pub fn whole(integer: &DeInteger) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

/// A number as a text has it.
fn number(text: &str) -> Option<f64> {
    text.trim().replace('_', "").parse().ok()
}

/// The two ends of `"2 to 9"`.
fn ends(text: &str) -> Option<(f64, f64)> {
    let (low, high) = text.split_once(" to ")?;
    Some((number(low)?, number(high)?))
}

/// What to write for a range whose ends are both meant as percentages, 20 to 40 for 20% to 40%.
fn range_of_percent(item: &Item<'_>) -> Option<String> {
    let value = item.fields().and_then(|fields| fields.find("value"));
    let (low, high) = ends(value.as_ref().unwrap_or(item).text()?)?;
    let is_percent = low >= 1.0 && high > 1.0 && high <= 100.0;
    let [low, high, of_low, of_high] = [low, high, low / 100.0, high / 100.0].map(four_digits);
    is_percent.then(|| format!("write \"{of_low} to {of_high}\" for {low}% to {high}%"))
}
