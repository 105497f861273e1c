//! How a measure's values are written: in USD bn, as a share, as a probability, or as a plain number.

use crate::estimate::RatioEstimate;
pub use crate::outcome::Kind;
use crate::outcome::is_proportion;
use crate::words::numbers::{number, percent, percent_ends, usd, with_commas};

impl Kind {
    /// For a sentence, with its unit, no further than its standard error.
    pub fn value(self, value: f64, se: f64) -> String {
        if !value.is_finite() {
            return "not defined".into();
        }
        match self {
            Kind::UsdBn => usd(value, se),
            Kind::Share => percent(value, se),
            Kind::Years => format!("{} years", number(value, se)),
            Kind::Plain => significant(value, se),
        }
    }

    /// For a table whose heading names the unit, beside its error and to its second figure: shares in per cent.
    pub fn number(self, value: f64, se: f64) -> String {
        match self {
            Kind::Share if value.is_finite() => significant(100.0 * value, 100.0 * se) + "%",
            _ => significant(value, se),
        }
    }

    /// A standard error, to two figures.
    pub fn error(self, se: f64) -> String {
        match self {
            Kind::Share if se.is_finite() => two_figures(100.0 * se) + "%",
            _ => two_figures(se),
        }
    }
}

impl Kind {
    /// For a table: the value and its error.
    pub fn with_error(self, estimate: &RatioEstimate) -> String {
        let value = self.number(estimate.value, estimate.se);
        if estimate.value.is_finite() { format!("{value} ± {}", self.error(estimate.se)) } else { value }
    }
}

/// For a table: a measure's value and its error; of a proportion its 95% interval.
pub fn told(measure: &str, estimate: &RatioEstimate) -> String {
    if is_proportion(measure) { proportion(estimate) } else { Kind::of(measure).with_error(estimate) }
}

/// A proportion with its 95% interval: `1.32% (1.2% to 1.5%)`.
pub fn proportion(estimate: &RatioEstimate) -> String {
    let value = Kind::Share.number(estimate.value, estimate.se);
    if !estimate.low.is_finite() {
        return value;
    }
    let [low, high] = percent_ends(estimate.low, estimate.high);
    format!("{value} ({low} to {high})")
}

/// Decimals that a value known to `se` is worth: to the error's second figure, at most four significant ones.
fn decimals(value: f64, se: f64) -> usize {
    let magnitude = |x: f64| libm::floor(libm::log10(x.abs()) + 1e-12) as i32;
    let by_error = if se > 0.0 && se.is_finite() { 1 - magnitude(se) } else { 4 };
    let by_value = if value == 0.0 { 0 } else { 3 - magnitude(value) };
    by_error.min(by_value).clamp(0, 6) as usize
}

fn significant(value: f64, se: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let digits = decimals(value, se);
    let text = format!("{value:.digits$}");
    if text.trim_start_matches('-').bytes().all(|b| matches!(b, b'0' | b'.')) {
        "0".into()
    } else {
        with_commas(&text)
    }
}

pub fn two_figures(se: f64) -> String {
    if !se.is_finite() {
        return "–".into();
    }
    let digits = if se > 0.0 { (1 - libm::floor(libm::log10(se)) as i32).clamp(0, 6) as usize } else { 0 };
    with_commas(&format!("{se:.digits$}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_words() {
        assert_eq!(Kind::Share.number(0.08312, 0.00038), "8.312%");
        assert_eq!(Kind::Share.number(0.08312, 0.0038), "8.31%");
        assert_eq!(Kind::UsdBn.number(190.2341, 1.7), "190.2");
        assert_eq!(Kind::UsdBn.number(0.0, 0.0), "0");
        assert_eq!(Kind::UsdBn.error(1.72), "1.7");
        assert_eq!(Kind::UsdBn.number(3_557_522.4, 12_000.0), "3,557,522");
        assert_eq!(Kind::Share.number(-0.026, 0.001), "−2.60%");
        assert_eq!(Kind::Share.number(f64::NAN, f64::NAN), "–");
        assert_eq!(Kind::Share.error(f64::NAN), "–");
        assert_eq!(Kind::Plain.value(f64::NAN, 0.0), "not defined");
    }
}
