//! Whether what a number can become lies in the range of its key, and is plausible there.

use super::{LARGEST, range_of_percent};
use crate::input::finding::Finding;
use crate::input::item::Item;
use crate::input::number::four_digits;
use crate::input::reader::Reader;
use crate::input::{Distribution, Family, Key, Quantity, Range, Shape, Unit};

/// What grows or spreads exponentially is beyond any market, and soon beyond floating point, at ten times a year; so is
/// what multiplies an exponent.
const LARGEST_RATE: f64 = 10.0;

/// Interest and volatility above that are hardly meant: 4.5 for 4.5%. What grows may be small, and grow twentyfold.
const DOUBTFUL_RATE: f64 = 1.0;
const DOUBTFUL_GROWTH: f64 = 3.0;

impl<'t> Reader<'t> {
    /// Does everything that the number can become lie in the key's range?
    pub(super) fn within_range(
        &mut self,
        key: &Key,
        quantity: &Quantity,
        item: &Item<'t>,
        address: &str,
    ) -> bool {
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
}

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
