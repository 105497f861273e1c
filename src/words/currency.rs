//! In which currency amounts are said. Who writes of a scenario says it once ([`speaking`]); `usd` and the headings of axes
//! and tables, wherever they stand below, follow. It holds for the thread that says it: what is drawn on another thread
//! says it there.

pub use crate::input::currency::Currency;

use std::cell::Cell;

thread_local! {
    static SPOKEN: Cell<Currency> = const { Cell::new(Currency::USD) };
}

/// Does what is to be done with all amounts said in a currency.
pub fn speaking<R>(currency: Currency, act: impl FnOnce() -> R) -> R {
    struct Before(Currency);
    impl Drop for Before {
        fn drop(&mut self) {
            SPOKEN.set(self.0);
        }
    }
    let _before = Before(SPOKEN.replace(currency));
    act()
}

/// What stands before an amount: `$`, `€`, `CHF `.
pub fn sign() -> String {
    SPOKEN.get().sign()
}

/// The unit of amounts in a heading: `USD tn`.
pub fn unit_of(scale: &str) -> String {
    match SPOKEN.get() {
        Currency::OWN => format!("{scale} of its own currency"),
        currency => format!("{} {scale}", currency.code()),
    }
}

/// The unit of amounts in tables for programs.
pub fn billions() -> String {
    unit_of("bn")
}

/// A unit as keys and measures have it, in the currency that is spoken: `USD bn a year`, `EUR bn a year`.
pub fn unit(text: &str) -> String {
    text.replace("USD bn", &billions())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::words::numbers::{usd, usd_range, usd_signed};

    #[test]
    fn amounts_are_said_in_the_currency_and_dollars_after_it() {
        let said = |code: &str| {
            speaking(Currency::of_code(code).unwrap(), || {
                [
                    usd(148.2, 0.6),
                    usd(-0.5, 0.0),
                    usd_signed(3.2, 0.1),
                    usd_range(-2.0, 5.0, 0.1),
                    usd(0.001, 0.0),
                    usd(0.0, 0.0),
                    billions(),
                ]
                .map(|text| text.replace('\u{a0}', " "))
            })
        };
        let euros = ["€148 bn", "−€500 mn", "+€3.2 bn", "−€2.0 to €5.0 bn", "€1.0 mn", "€0", "EUR bn"];
        assert_eq!(said("EUR"), euros);
        let francs = [
            "CHF 148 bn",
            "−CHF 500 mn",
            "+CHF 3.2 bn",
            "−CHF 2.0 to CHF 5.0 bn",
            "CHF 1.0 mn",
            "CHF 0",
            "CHF bn",
        ];
        assert_eq!(said("CHF"), francs);
        assert_eq!(said("USD")[0], "$148 bn");
        let nested = speaking(Currency::of_code("GBP").unwrap(), || {
            let inner = speaking(Currency::OWN, || usd(2.0, 0.1));
            [inner, usd(2.0, 0.1)]
        });
        assert_eq!(nested.map(|text| text.replace('\u{a0}', " ")), ["2.0 bn", "£2.0 bn"]);
        assert_eq!(usd(148.2, 0.6), "$148\u{a0}bn");
    }
}
