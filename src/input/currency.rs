//! The currency in which a scenario's amounts are given: a word for readers. Nothing is converted, and no number of a
//! result depends on it. How amounts are said in it is in `words`.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A currency by its code (ISO 4217).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Currency(usize);

/// Codes, and signs where a reader anywhere knows them; the key takes these.
const KNOWN: [(&str, &str); CODES.len()] = {
    let mut known = [("", ""); CODES.len()];
    let mut k = 0;
    while k < CODES.len() {
        known[k] = (CODES[k], "");
        k += 1;
    }
    known[0].1 = "$";
    known[1].1 = "€";
    known[2].1 = "£";
    known[3].1 = "¥";
    known
};

/// What the key takes.
pub const CODES: [&str; 25] = [
    "USD", "EUR", "GBP", "JPY", "AED", "AUD", "BRL", "CAD", "CHF", "CNY", "CZK", "DKK", "HKD", "ILS", "INR",
    "KRW", "MXN", "NOK", "NZD", "PLN", "SAR", "SEK", "SGD", "TWD", "ZAR",
];

impl Currency {
    pub const USD: Currency = Currency(0);
    /// Of several scenarios that differ in it.
    pub const OWN: Currency = Currency(CODES.len());

    pub fn of_code(code: &str) -> Option<Currency> {
        CODES.iter().position(|known| *known == code).map(Currency)
    }

    /// `USD`
    pub fn code(self) -> &'static str {
        KNOWN.get(self.0).map_or("own currency", |(code, _)| code)
    }

    /// What stands before an amount: `$`, or the code and a blank.
    pub fn sign(self) -> String {
        match KNOWN.get(self.0) {
            Some((code, "")) => format!("{code}\u{a0}"),
            Some((_, sign)) => sign.to_string(),
            None => String::new(),
        }
    }

    /// The one of all of them, if it is one.
    pub fn common(mut all: impl Iterator<Item = Currency>) -> Currency {
        let first = all.next().unwrap_or(Currency::USD);
        if all.all(|other| other == first) { first } else { Currency::OWN }
    }

    pub fn is_usd(&self) -> bool {
        *self == Currency::USD
    }
}

impl Default for Currency {
    fn default() -> Currency {
        Currency::USD
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Currency, D::Error> {
        let code = String::deserialize(from)?;
        Ok(Currency::of_code(&code).unwrap_or(Currency::OWN))
    }
}
