//! Numbers as the file writes them: plain, `"2 to 9"`, a distribution, or any of these with a source and a grade; and
//! whether what they can become lies in the range of their key.

use super::empirical::Table;
use super::finding::Finding;
use super::item::{Field, Fields, Item};
use super::names::{did_you_mean, quoted, visible};
use super::number::{Z95, four_digits};
use super::reader::Reader;
use super::{Distribution, Family, Grade, Key, Number, NumberId, Quantity, Range, Shape, Span, Unit};
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

/// A lognormal wider than this, and a Student t of fewer degrees of freedom, draw numbers that overflow.
const WIDEST_SIGMA: f64 = 10.0;
const LEAST_DF: f64 = 1.0;

/// Truncation must leave at least this probability; with less, the bounds decide and not the distribution.
const LEAST_MASS: f64 = 1e-6;

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

    /// `{ normal = { mean = 0.7, sd = 0.08 }, min = 0 }`
    fn distribution(&mut self, fields: &Fields<'t>) -> Option<Distribution> {
        let is_family = |name: &str| FAMILIES.iter().any(|(family, _)| *family == name);
        let mut families = fields.entries.iter().filter(|field| is_family(field.name));
        let Some(field) = families.next() else {
            self.refuse_no_distribution(fields);
            return None;
        };
        if let Some(second) = families.next() {
            let finding = Finding::error(format!("`{}` is given two distributions", self.current));
            let finding = finding.at(&second.key()).marked(&field.key(), "the first");
            self.findings.push(finding.help("keep one of them"));
            return None;
        }
        let is_empirical = field.name == "empirical";
        let mut sound = true;
        for other in &fields.entries {
            let help = match other.name {
                name if name == field.name => continue,
                "min" | "max" => continue,
                "column" if is_empirical => continue,
                "source" | "grade" | "label" => format!(
                    "a source, a grade and a label stand beside `value`: {{ value = {{ {} = ... }}, source = \"...\" }}",
                    field.name
                ),
                name if is_empirical => did_you_mean(name, ["column", "min", "max"]),
                name => did_you_mean(name, ["min", "max"]),
            };
            let message = format!("unknown key `{}` beside `{}`", other.name, field.name);
            self.findings.push(Finding::error(message).at(&other.key()).help(help));
            sound = false;
        }
        let family = if is_empirical {
            self.empirical(fields, field.item)?
        } else {
            self.family(field.name, field.item)?
        };
        let mut distribution = Distribution { family, min: f64::NEG_INFINITY, max: f64::INFINITY };
        self.truncate(&mut distribution, fields, field.item.span())?;
        sound.then_some(distribution)
    }

    fn refuse_no_distribution(&mut self, fields: &Fields<'t>) {
        let kinds = FAMILIES.map(|(family, _)| family).into_iter().chain(["value"]);
        let other = |field: &&Field| !["min", "max", "source", "grade", "label"].contains(&field.name);
        let (message, place, help) = match fields.entries.iter().find(other) {
            Some(field) => {
                let message = format!("unknown distribution `{}` for `{}`", field.name, self.current);
                (message, field.key(), did_you_mean(field.name, kinds))
            }
            None => {
                let message = format!("`{}` is a table without a value", self.current);
                (message, fields.at.clone(), format!("add `value`, or one of {}", quoted(kinds, "and")))
            }
        };
        self.findings.push(Finding::error(message).at(&place).help(help));
    }

    /// Sets the bounds that the user added and refuses those that leave nothing.
    fn truncate(&mut self, distribution: &mut Distribution, fields: &Fields<'t>, span: Span) -> Option<()> {
        for (name, is_min) in [("min", true), ("max", false)] {
            if let Some(item) = fields.find(name) {
                let bound = self.plain(item)?;
                *(if is_min { &mut distribution.min } else { &mut distribution.max }) = bound;
            }
        }
        let Distribution { min, max, .. } = *distribution;
        if min >= max {
            let finding =
                Finding::error(format!("`min` of `{}` is not below its `max`", self.current)).at(&fields.at);
            self.findings.push(finding.help("write the lesser bound as `min`"));
            return None;
        }
        let mass = distribution.mass();
        if mass.is_nan() || mass < LEAST_MASS {
            let finding = Finding::error(format!("the bounds of `{}` leave nothing of it", self.current));
            let finding = finding.at(&fields.at).marked(&span, distribution.family.to_string());
            self.findings.push(finding.help("widen `min` and `max`, or choose another distribution"));
            return None;
        }
        Some(())
    }

    /// The parameters of every kind but empirical.
    fn family(&mut self, name: &str, item: Item<'t>) -> Option<Family> {
        let (family, wrong) = match name {
            "uniform" => {
                let [low, high] = self.listed(name, item)?;
                (Family::Uniform { low, high }, rising(low, high))
            }
            "triangular" | "pert" => {
                let [low, mode, high] = self.listed(name, item)?;
                let family = if name == "pert" {
                    Family::Pert { low, mode, high }
                } else {
                    Family::Triangular { low, mode, high }
                };
                let outside = (mode < low || mode > high).then_some("the mode lies outside the ends");
                (family, rising(low, high).or(outside))
            }
            "normal" => {
                let [mean, sd] = self.named(name, item, ["mean", "sd"])?;
                (Family::Normal { mean, sd }, positive(sd, "sd must be above 0"))
            }
            "lognormal" => {
                let [median, sigma] = self.named(name, item, ["median", "sigma"])?;
                let wrong = positive(median, "the median must be above 0")
                    .or(positive(sigma, "sigma must be above 0"))
                    .or((sigma > WIDEST_SIGMA)
                        .then_some("sigma must be at most 10: it spans e^10 either way"));
                (Family::Lognormal { median, sigma }, wrong)
            }
            "beta" => {
                let [alpha, beta, low, high] = self.named(name, item, ["alpha", "beta", "min", "max"])?;
                let wrong = positive(alpha.min(beta), "alpha and beta must be above 0").or(rising(low, high));
                (Family::Beta { alpha, beta, low, high }, wrong)
            }
            "student_t" => {
                let [mean, scale, df] = self.named(name, item, ["mean", "scale", "df"])?;
                let wrong = positive(scale, "scale must be above 0")
                    .or((df < LEAST_DF).then_some("df must be at least 1: less has no middle to speak of"));
                (Family::StudentT { mean, scale, df }, wrong)
            }
            _ => self.discrete(item)?,
        };
        if let Some(wrong) = wrong {
            let finding = Finding::error(format!("`{}` has an impossible distribution", self.current));
            let finding = finding.marked(&item.span(), wrong);
            self.findings.push(finding.help(format!("write {}", pattern(name))));
            return None;
        }
        Some(family)
    }

    /// `[[value, weight], ...]`
    fn discrete(&mut self, item: Item<'t>) -> Option<(Family, Option<&'static str>)> {
        let mut pairs: Vec<(f64, f64)> = Vec::new();
        let entries = item.items().unwrap_or_default();
        for entry in &entries {
            let [value, weight] = self.listed("discrete", *entry)?;
            pairs.push((value, weight));
        }
        let wrong = if pairs.is_empty() {
            Some("it lists no values")
        } else if pairs.iter().any(|(_, weight)| *weight <= 0.0) {
            Some("weights must be above 0")
        } else {
            None
        };
        pairs.sort_by(|one, other| one.0.total_cmp(&other.0));
        let total: f64 = pairs.iter().map(|(_, weight)| weight).sum();
        let (values, weights) = pairs.into_iter().map(|(value, weight)| (value, weight / total)).unzip();
        Some((Family::Discrete { values, weights }, wrong))
    }

    /// `{ empirical = "file.csv", column = "name" }`
    fn empirical(&mut self, fields: &Fields<'t>, file: Item<'t>) -> Option<Family> {
        let column = fields.find("column");
        let (Some(name), Some(column_name)) = (file.text(), column.and_then(|item| item.text())) else {
            let finding =
                Finding::error(format!("`{}` needs a file and a column", self.current)).at(&fields.at);
            self.findings.push(finding.help("write { empirical = \"file.csv\", column = \"name\" }"));
            return None;
        };
        if let Some((.., places)) = self.unreadable.iter_mut().find(|(known, ..)| known == name) {
            places.push(file.span());
            return None;
        }
        let index = match self.tables.iter().position(|table| table.name == name) {
            Some(index) => index,
            None => match Table::read(name, &self.folders) {
                Ok(table) => {
                    self.tables.push(table);
                    self.tables.len() - 1
                }
                Err(why) => {
                    self.unreadable.push((name.to_string(), why, vec![file.span()]));
                    return None;
                }
            },
        };
        let place = column.map_or(file.span(), |item| item.span());
        self.tables[index]
            .column(column_name)
            .map(|values| Family::Empirical { table: index as u32, values })
            .map_err(|why| self.findings.push(Finding::error(why.message).at(&place).help(why.help)))
            .ok()
            .and_then(|family| {
                let too_large = matches!(&family, Family::Empirical { values, .. }
                    if values.iter().any(|value| value.abs() > LARGEST));
                if too_large { self.finite(f64::INFINITY, place).map(|_| family) } else { Some(family) }
            })
    }

    /// A list of as many plain numbers as the array has room for.
    fn listed<const N: usize>(&mut self, name: &str, item: Item<'t>) -> Option<[f64; N]> {
        let items = item.items().unwrap_or_default();
        if items.len() != N {
            let message =
                format!("the {name} distribution of `{}` lacks parameters or has too many", self.current);
            self.findings
                .push(Finding::error(message).at(&item.span()).help(format!("write {}", pattern(name))));
            return None;
        }
        let mut values = [0.0; N];
        for (value, item) in values.iter_mut().zip(items) {
            *value = self.plain(item)?;
        }
        Some(values)
    }

    /// A table with exactly these keys, all plain numbers.
    fn named<const N: usize>(&mut self, name: &str, item: Item<'t>, keys: [&str; N]) -> Option<[f64; N]> {
        let Some(fields) = item.fields() else {
            let message = format!("the {name} distribution of `{}` takes a table", self.current);
            self.findings
                .push(Finding::error(message).at(&item.span()).help(format!("write {}", pattern(name))));
            return None;
        };
        let mut sound = true;
        for field in fields.entries.iter().filter(|field| !keys.contains(&field.name)) {
            let message = format!("unknown key `{}` in a {name} distribution", field.name);
            self.findings.push(Finding::error(message).at(&field.key()).help(did_you_mean(field.name, keys)));
            sound = false;
        }
        let missing: Vec<&str> = keys.into_iter().filter(|key| fields.find(key).is_none()).collect();
        if !missing.is_empty() && !sound {
            return None;
        }
        if !missing.is_empty() {
            let message =
                format!("the {name} distribution of `{}` lacks {}", self.current, quoted(missing, "and"));
            self.findings
                .push(Finding::error(message).at(&item.span()).help(format!("write {}", pattern(name))));
            return None;
        }
        let mut values = [0.0; N];
        for (value, key) in values.iter_mut().zip(keys) {
            *value = self.plain(fields.find(key)?)?;
        }
        sound.then_some(values)
    }

    /// Refuses a percentage where a rate belongs, 28 for 28%, asks about one that may be meant, 4.5, and refuses a
    /// distribution that comes to what no number of its key may be.
    fn plausible(&mut self, key: &Key, quantity: &Quantity, item: &Item<'t>, address: &str) -> bool {
        let is_number = matches!(key.shape, Shape::Number);
        let is_rate = is_number && matches!(key.unit, Unit::PerYear | Unit::Log);
        let is_exponent = is_number && key.unit == Unit::Exponent;
        let most = if is_rate || is_exponent { LARGEST_RATE } else { LARGEST };
        let (value, (low, high)) = match quantity {
            Quantity::Certain(value) => (*value, (*value, *value)),
            Quantity::Uncertain(distribution) => (distribution.middle(), distribution.usual()),
        };
        let farthest = if -low > high { low } else { high };
        let rate = || {
            let one = || match is_rate {
                true => format!("write {} for {}%", four_digits(value / 100.0), four_digits(value)),
                false => format!("write a number of at most {most}. {}", key.doc),
            };
            range_of_percent(item).unwrap_or_else(one)
        };
        if farthest.abs() <= most {
            let doubtful = if key.range == Range::Any { DOUBTFUL_GROWTH } else { DOUBTFUL_RATE };
            if is_rate && key.unit == Unit::PerYear && value.abs() > doubtful {
                let percent = four_digits(100.0 * value);
                let message = format!("`{address}` is {}, or {percent}% a year", four_digits(value));
                let help = format!("{}; if {percent}% is meant, leave it as it is", rate());
                self.findings.push(Finding::warning(message).at(&item.span()).help(help));
            }
            return true;
        }
        let limit = match (is_rate, is_exponent) {
            (true, _) => format!("beyond {most}, or {}%", 100.0 * most),
            (_, true) => format!("beyond {most}"),
            _ => "beyond 1e12".to_string(),
        };
        let (message, help) = if value.abs() > most {
            (format!("`{address}` is {limit}"), rate())
        } else {
            let ends = match (-low > most, high > most) {
                (true, true) => "min = ..., max = ...",
                (true, false) => "min = ...",
                (false, _) => "max = ...",
            };
            let help = format!("narrow it, or cut it with `{ends}`");
            (format!("`{address}` can come to {}, {limit}", four_digits(farthest)), help)
        };
        self.findings.push(Finding::error(message).at(&item.span()).help(help));
        false
    }

    /// Does everything that the number can become lie in the key's range?
    fn within_range(&mut self, key: &Key, quantity: &Quantity, item: &Item<'t>, address: &str) -> bool {
        let (low, high) = quantity.support();
        let (below, above) = outside(key.range, low, high, quantity);
        if !below && !above {
            return self.plausible(key, quantity, item, address);
        }
        let must = format!("must be {}", key.range.text());
        let finding = match quantity {
            Quantity::Certain(value) => {
                let what = match key.range {
                    Range::Unit | Range::Part | Range::Signed if *value > 1.0 => "above 1",
                    Range::Positive | Range::Part if *value == 0.0 => "0",
                    Range::AtLeastOne => "below 1",
                    Range::Signed => "below -1",
                    Range::Any | Range::NonNegative | Range::Positive | Range::Unit | Range::Part => {
                        "negative"
                    }
                    Range::Correlation => "not between -1 and 1",
                };
                let help = match (key.range, *value) {
                    (Range::Unit | Range::Part, value) if value > 1.0 && value <= 100.0 => {
                        format!("it is a fraction: {}% is {}", four_digits(value), four_digits(value / 100.0))
                    }
                    (Range::Correlation, _) => {
                        "two numbers that always move together are one number".to_string()
                    }
                    _ if key.doc.is_empty() => format!("write a number that is {}", key.range.text()),
                    _ => format!("write a number that is {}. {}", key.range.text(), key.doc),
                };
                Finding::error(format!("`{address}` is {what}")).marked(&item.span(), must).help(help)
            }
            Quantity::Uncertain(_) => {
                let open = matches!(key.range, Range::Positive | Range::Part);
                let (can, bound) = match (below, above) {
                    _ if key.range == Range::AtLeastOne => ("fall below 1", "min = 1"),
                    (true, true) if key.range == Range::Signed => {
                        ("fall below -1 and rise above 1", "min = -1, max = 1")
                    }
                    (true, false) if key.range == Range::Signed => ("fall below -1", "min = -1"),
                    (true, true) if open => ("be 0 or less and rise above 1", "min = ..., max = 1"),
                    (true, true) => ("fall below 0 and rise above 1", "min = 0, max = 1"),
                    (true, false) if open => ("be 0 or less", "min = ..."),
                    (true, false) => ("fall below 0", "min = 0"),
                    (false, _) => ("rise above 1", "max = 1"),
                };
                let end = |value: f64, word: &str| match value.is_finite() {
                    true => format!("{word} {}", four_digits(value)),
                    false => format!("{word} any number"),
                };
                let reach = if below { end(low, "down to") } else { end(high, "up to") };
                let is_fraction = matches!(key.range, Range::Unit | Range::Part);
                let help = match item.text() {
                    _ if is_fraction && let Some(help) = range_of_percent(item) => help,
                    Some(text) => format!("cut it: {{ value = \"{text}\", {bound} }}"),
                    None => format!("cut it with `{bound}`, or choose a distribution that stays inside"),
                };
                let message = format!("`{address}` can {can}");
                Finding::error(message).marked(&item.span(), format!("{must}, goes {reach}")).help(help)
            }
        };
        self.findings.push(finding);
        false
    }
}

/// What grows or spreads exponentially is beyond any market, and soon beyond floating point, at ten times a year; so is
/// what multiplies an exponent.
const LARGEST_RATE: f64 = 10.0;

/// Interest and volatility above that are hardly meant: 4.5 for 4.5%. What grows may be small, and grow twentyfold.
const DOUBTFUL_RATE: f64 = 1.0;
const DOUBTFUL_GROWTH: f64 = 3.0;

/// Does the support from `low` to `high` leave the range below, and above?
fn outside(range: Range, low: f64, high: f64, quantity: &Quantity) -> (bool, bool) {
    // A lognormal comes as near to 0 as it likes and never reaches it.
    let open_at_zero = matches!(
        quantity,
        Quantity::Uncertain(Distribution { family: Family::Lognormal { .. }, min, .. }) if *min <= 0.0
    );
    match range {
        Range::Any => (false, false),
        Range::NonNegative => (low < 0.0, false),
        Range::Positive => (low < 0.0 || (low == 0.0 && !open_at_zero), false),
        Range::Unit => (low < 0.0, high > 1.0),
        Range::Part => (low < 0.0 || (low == 0.0 && !open_at_zero), high > 1.0),
        Range::AtLeastOne => (low < 1.0, false),
        Range::Signed => (low < -1.0, high > 1.0),
        Range::Correlation => (low <= -1.0, high >= 1.0),
    }
}

/// A whole number in any of TOML's bases.
pub fn whole(integer: &DeInteger) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn rising(low: f64, high: f64) -> Option<&'static str> {
    (low >= high).then_some("the lower end is not below the upper end")
}

fn positive(value: f64, wrong: &'static str) -> Option<&'static str> {
    (value <= 0.0).then_some(wrong)
}

/// How a kind of distribution is written.
fn pattern(name: &str) -> String {
    FAMILIES
        .iter()
        .find(|(family, _)| *family == name)
        .map_or(String::new(), |(_, form)| format!("{name} = {form}"))
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
