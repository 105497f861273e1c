//! Distributions: a family with its parameters, cut to bounds.

use super::{FAMILIES, LARGEST};
use crate::input::empirical::Table;
use crate::input::finding::Finding;
use crate::input::item::{Field, Fields, Item};
use crate::input::names::{did_you_mean, quoted};
use crate::input::reader::Reader;
use crate::input::{Distribution, Family, Span};

/// A lognormal wider than this, and a Student t of fewer degrees of freedom, draw numbers that overflow.
const WIDEST_SIGMA: f64 = 10.0;
const LEAST_DF: f64 = 1.0;

/// Truncation must leave at least this probability; with less, the bounds decide and not the distribution.
const LEAST_MASS: f64 = 1e-6;

impl<'t> Reader<'t> {
    /// `{ normal = { mean = 0.7, sd = 0.08 }, min = 0 }`
    pub(super) fn distribution(&mut self, fields: &Fields<'t>) -> Option<Distribution> {
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
    pub(super) fn truncate(
        &mut self,
        distribution: &mut Distribution,
        fields: &Fields<'t>,
        span: Span,
    ) -> Option<()> {
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
