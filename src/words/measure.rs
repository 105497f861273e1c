//! How a measure's values are written: in USD bn, as a share, as a probability, or as a plain number.

use crate::estimate::RatioEstimate;
pub use crate::outcome::Kind;
use crate::outcome::is_proportion;
use crate::words::numbers::{
    Scale, beside_error, figures, number, percent, percent_ends, plain, usd, usd_range,
};

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
            Kind::Plain => plain(value, se),
        }
    }
}

impl Kind {
    /// The ends of a range; of amounts and shares rounded outwards.
    pub fn range(self, low: f64, high: f64, se: f64) -> String {
        match self {
            Kind::UsdBn => usd_range(low, high, se),
            Kind::Share => percent_ends(low, high).join(" to "),
            Kind::Years | Kind::Plain => [low, high].map(|end| self.value(end, se)).join(" to "),
        }
    }

    /// Beside its error, shares in per cent; amounts have a column's unit.
    pub fn number(self, value: f64, se: f64) -> String {
        Column::of(self, []).number(value, se)
    }

    /// A standard error, to two figures.
    pub fn error(self, se: f64) -> String {
        Column::of(self, []).error(se)
    }

    /// For a sentence: the value and its error, to the error's second figure.
    pub fn with_error(self, estimate: &RatioEstimate) -> String {
        let column = Column::of(self, [estimate.value]);
        let said = column.with_error(estimate);
        match self {
            Kind::UsdBn if estimate.value.is_finite() => format!("{said} {}", column.scale.heading()),
            _ => said,
        }
    }
}

/// How the values of one measure are written that stand in one column, or one chart: amounts in the unit that fits the
/// largest of them, which the heading names; shares in per cent.
#[derive(Debug, Clone, Copy)]
pub struct Column {
    kind: Kind,
    scale: Scale,
}

impl Column {
    pub fn of(kind: Kind, values: impl IntoIterator<Item = f64>) -> Column {
        Column { kind, scale: Scale::of_column(values) }
    }

    /// What the heading adds: `, USD bn`.
    pub fn unit(self) -> String {
        match self.kind {
            Kind::UsdBn => format!(", {}", self.scale.heading()),
            Kind::Years => format!(", {}", self.kind.unit()),
            Kind::Share | Kind::Plain => String::new(),
        }
    }

    fn shown(self, value: f64) -> f64 {
        match self.kind {
            Kind::UsdBn => self.scale.of_billions(value),
            Kind::Share => 100.0 * value,
            Kind::Years | Kind::Plain => value,
        }
    }

    fn with_sign(self, digits: String) -> String {
        if self.kind == Kind::Share && digits != "–" { digits + "%" } else { digits }
    }

    /// Beside its error.
    pub fn number(self, value: f64, se: f64) -> String {
        self.with_sign(beside_error(self.shown(value), self.shown(se)))
    }

    pub fn error(self, se: f64) -> String {
        self.with_sign(figures(self.shown(se), 2))
    }

    /// Without its error.
    pub fn alone(self, value: f64, se: f64) -> String {
        match self.kind {
            Kind::UsdBn => self.scale.cell(value, se),
            _ => self.kind.value(value, se),
        }
    }

    /// A measure's value and its error; of a proportion its 95% interval.
    pub fn told(self, measure: &str, estimate: &RatioEstimate) -> String {
        if is_proportion(measure) { proportion(estimate) } else { self.with_error(estimate) }
    }

    pub fn with_error(self, estimate: &RatioEstimate) -> String {
        let value = self.number(estimate.value, estimate.se);
        if estimate.value.is_finite() { format!("{value} ± {}", self.error(estimate.se)) } else { value }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_have_their_words() {
        assert_eq!(Kind::Share.number(0.08312, 0.00038), "8.312%");
        assert_eq!(Kind::Share.number(0.08312, 0.0038), "8.31%");
        let said = |value: f64, se: f64| Kind::UsdBn.with_error(&RatioEstimate::around(value, se));
        assert_eq!(said(190.2341, 1.7), "190.2 ± 1.7 USD bn");
        assert_eq!(said(0.0321, 0.0017), "32.1 ± 1.7 USD mn");
        assert_eq!(said(3_557_522.4, 12_000.0), "3,558 ± 12 USD tn");
        let column = Column::of(Kind::UsdBn, [190.2341, 12_000.0, f64::NAN]);
        let cells = [column.number(190.2341, 1.7), column.number(12_000.0, 55.0), column.number(0.0, 0.0)];
        assert_eq!((column.unit(), cells), (", USD tn".into(), ["0.1902", "12.00", "0"].map(String::from)));
        assert_eq!(Kind::Share.number(-0.026, 0.001), "−2.60%");
        assert_eq!(Kind::Share.number(f64::NAN, f64::NAN), "–");
        assert_eq!(Kind::Share.error(f64::NAN), "–");
        assert_eq!(Kind::Plain.value(f64::NAN, 0.0), "not defined");
    }
}
