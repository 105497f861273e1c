//! Numbers as a reader meets them: "$148 bn", "34%", "a third". One rule for digits, wherever a number stands: alone it is
//! told to the first figure of its standard error, in three figures at most; beside its error to the error's second
//! figure, in four at most. A share that is above 0 never reads 0%, one that is not 1 never reads 100%; what is 0 but for
//! rounding is 0; the ends of a range are rounded outwards. Amounts are told in the unit that fits ([`Scale`]).

use crate::words::currency;

/// Between a number and its unit: never a line break.
pub const NO_BREAK: char = '\u{a0}';

/// What differences of equal numbers leave: nothing that is measured is so small (the slack with which amounts are
/// compared).
pub const ROUNDING: f64 = 1e-9;

/// A negative amount below the last digit that is printed: neither its sign nor its size is worth a word.
const ABOUT_0: &str = "about 0";

/// A dollar, in USD bn. Means of less are what rounding leaves of a purse that was paid out.
pub const A_DOLLAR: f64 = 1e-9;

/// The power of ten of the leading digit.
fn magnitude(value: f64) -> i32 {
    // log10 may land a hair below an exact power; the printed digits would still be right, one too many.
    libm::floor(libm::log10(value.abs()) + 1e-12) as i32
}

/// The power of ten of the last digit worth printing: at most three significant digits and, from 1 on, one decimal;
/// none finer than the standard error's first or than `finest`; but always one.
fn last_digit(value: f64, standard_error: f64, finest: i32) -> i32 {
    if value == 0.0 {
        return 0;
    }
    let leading = magnitude(value);
    let known = if standard_error > 0.0 { magnitude(standard_error) } else { i32::MIN };
    let worth = (leading - 2).max(if leading >= 0 { -1 } else { finest });
    worth.max(known).min(leading).max(finest)
}

/// Rounded at a power of ten, with commas between thousands.
fn rounded(value: f64, last: i32) -> String {
    if last < 0 {
        return with_commas(&format!("{value:.*}", (-last) as usize));
    }
    let unit = libm::exp10(f64::from(last));
    with_commas(&format!("{:.0}", (value / unit).round() * unit))
}

/// Digits with commas between thousands; a minus sign before them stays.
pub fn with_commas(digits: &str) -> String {
    if let Some(digits) = digits.strip_prefix(['-', '−']) {
        return format!("−{}", with_commas(digits));
    }
    let (whole, rest) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) && !out.is_empty() {
            out.push(',');
        }
        out.push(digit);
    }
    out + rest
}

/// `20,000`
pub fn count(number: u64) -> String {
    with_commas(&number.to_string())
}

/// A plain number in a sentence: a mean count, a duration.
pub fn number(value: f64, standard_error: f64) -> String {
    if value.abs() <= ROUNDING {
        return "0".into();
    }
    if value.abs() < 0.005 {
        return if value < 0.0 { ABOUT_0.into() } else { "<0.01".into() };
    }
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{}", rounded(value.abs(), last_digit(value, standard_error, -2)))
}

/// The same of a number that may be small: a rate, an elasticity.
pub fn plain(value: f64, standard_error: f64) -> String {
    const FINEST: i32 = -6;
    if !value.is_finite() {
        return "–".into();
    }
    if value.abs() < 0.5 * libm::exp10(f64::from(FINEST)) {
        return "0".into();
    }
    let sign = if value < 0.0 { "−" } else { "" };
    format!("{sign}{}", rounded(value.abs(), last_digit(value, standard_error, FINEST)))
}

/// A number whose error stands beside it: to the error's second figure, in four figures at most.
pub fn beside_error(value: f64, standard_error: f64) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let by_error =
        if standard_error > 0.0 && standard_error.is_finite() { 1 - magnitude(standard_error) } else { 4 };
    let by_value = if value == 0.0 { 0 } else { 3 - magnitude(value) };
    let decimals = by_error.min(by_value).clamp(0, 6) as usize;
    or_0(format!("{value:.decimals$}"))
}

/// Digits that are all 0 are one.
fn or_0(digits: String) -> String {
    let is_0 = digits.trim_start_matches('-').bytes().all(|byte| matches!(byte, b'0' | b'.'));
    if is_0 { "0".into() } else { with_commas(&digits) }
}

/// With its sign, and a real minus: `+0.47`, `−0.33`.
pub fn signed(value: f64, decimals: usize) -> String {
    format!("{value:+.decimals$}").replace('-', "−")
}

/// So many figures of a number; of an error, two.
pub fn figures(value: f64, figures: i32) -> String {
    if !value.is_finite() {
        return "–".into();
    }
    let decimals = if value == 0.0 { 0 } else { (figures - 1 - magnitude(value)).clamp(0, 6) as usize };
    or_0(format!("{value:.decimals$}"))
}

/// In what an amount is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Scale {
    Millions,
    Billions,
    Trillions,
}

impl Scale {
    /// The unit in which an amount has one to three figures before the point.
    pub fn of(amount: f64) -> Scale {
        match amount.abs() {
            nothing if nothing <= ROUNDING => Scale::Billions,
            small if small < 0.9995 => Scale::Millions,
            large if large >= 999.5 => Scale::Trillions,
            _ => Scale::Billions,
        }
    }

    /// One unit for a column, or a table, by its largest amount: four figures before the point are few enough there, and
    /// small amounts keep theirs.
    pub fn of_column(amounts: impl IntoIterator<Item = f64>) -> Scale {
        let largest =
            amounts.into_iter().filter(|amount| amount.is_finite()).fold(0.0, |a: f64, b| a.max(b.abs()));
        if largest < 9_999.5 { Scale::of(largest).min(Scale::Billions) } else { Scale::Trillions }
    }

    /// An amount in this unit; amounts come in billions.
    pub fn of_billions(self, amount: f64) -> f64 {
        match self {
            Scale::Millions => amount * 1000.0,
            Scale::Billions => amount,
            Scale::Trillions => amount / 1000.0,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Scale::Millions => "mn",
            Scale::Billions => "bn",
            Scale::Trillions => "tn",
        }
    }

    /// For a heading: `USD tn`.
    pub fn heading(self) -> String {
        currency::unit_of(self.word())
    }

    /// A size without sign and unit: `148`; nothing where it is below what is printed.
    fn digits(self, size: f64, standard_error: f64) -> Option<String> {
        let (size, error) = (self.of_billions(size), self.of_billions(standard_error));
        // No digit of a million is worth a sentence but its first.
        let finest = if self == Scale::Millions { -1 } else { -2 };
        let half = 0.5 * libm::exp10(f64::from(finest));
        // What rounds to the next power of ten has its digits.
        (size >= half).then(|| rounded(size, last_digit(size * 1.0005, error, finest)))
    }

    fn least(self) -> &'static str {
        if self == Scale::Millions { "0.1" } else { "0.01" }
    }

    /// For a table whose heading names the unit: `148`, `<0.01`; `–` where there is nothing.
    pub fn cell(self, amount: f64, standard_error: f64) -> String {
        if !amount.is_finite() || amount.abs() <= A_DOLLAR {
            return "–".into();
        }
        match (self.digits(amount.abs(), standard_error), amount < 0.0) {
            (Some(digits), false) => digits,
            (Some(digits), true) => format!("−{digits}"),
            (None, false) => format!("<{}", self.least()),
            (None, true) => ABOUT_0.into(),
        }
    }
}

/// An amount, which comes in billions of the currency that is spoken: `$148 bn`, `$3.2 mn`, `$1.7 tn`, `$0`.
pub fn usd(value: f64, standard_error: f64) -> String {
    let money = currency::sign();
    if value.abs() <= ROUNDING {
        return format!("{money}0");
    }
    // Of an amount that is smaller than its error no more is told than in the error's unit.
    let error = if standard_error.is_finite() { standard_error } else { 0.0 };
    let scale = Scale::of(value).max(if error > 0.0 { Scale::of(error) } else { Scale::Millions });
    let (digits, unit) = (scale.digits(value.abs(), error), scale.word());
    match (digits, value < 0.0) {
        (Some(digits), false) => format!("{money}{digits}{NO_BREAK}{unit}"),
        (Some(digits), true) => format!("−{money}{digits}{NO_BREAK}{unit}"),
        (None, false) => format!("<{money}{}{NO_BREAK}{unit}", scale.least()),
        (None, true) => ABOUT_0.into(),
    }
}

/// The same with its sign, also where it is above zero: `+$3.2 bn`.
pub fn usd_signed(value: f64, standard_error: f64) -> String {
    let plain = usd(value, standard_error);
    if plain.starts_with('<') {
        ABOUT_0.into()
    } else if value > ROUNDING {
        format!("+{plain}")
    } else {
        plain
    }
}

/// The error of an amount, to two figures: `$1.7 bn`.
pub fn usd_error(standard_error: f64) -> String {
    if !standard_error.is_finite() {
        return "–".into();
    }
    let scale = Scale::of(standard_error);
    let error = scale.of_billions(standard_error);
    if scale.digits(standard_error, 0.0).is_none() {
        return usd(standard_error, 0.0);
    }
    format!("{}{}{NO_BREAK}{}", currency::sign(), rounded(error, magnitude(error) - 1), scale.word())
}

/// The ends of a range of money, each to its last digit worth printing, rounded outwards: `$62.2 to $272 bn`,
/// `$157 bn to $1.6 tn`.
pub fn usd_range(low: f64, high: f64, standard_error: f64) -> String {
    let money = currency::sign();
    let scales = [low, high].map(Scale::of);
    let outwards = |value: f64, scale: Scale, round: fn(f64) -> f64| {
        if value.abs() <= ROUNDING {
            return format!("{money}0");
        }
        let [value, error] = [value, standard_error].map(|amount| scale.of_billions(amount));
        let last = last_digit(value, error, if scale == Scale::Millions { -1 } else { -2 });
        let unit = libm::exp10(f64::from(last));
        let value = round(value / unit) * unit;
        let sign = if value < 0.0 { "−" } else { "" };
        format!("{sign}{money}{}", rounded(value.abs(), last))
    };
    let from = outwards(low, scales[0], |units| (units + 1e-7).floor());
    let to = outwards(high, scales[1], |units| (units - 1e-7).ceil());
    let [below, above] = scales.map(Scale::word);
    match (low.abs() <= ROUNDING, high.abs() <= ROUNDING) {
        (true, true) => to,
        (true, false) => format!("{from} to {to}{NO_BREAK}{above}"),
        (false, true) => format!("{from}{NO_BREAK}{below} to {to}"),
        (false, false) if below == above => format!("{from} to {to}{NO_BREAK}{above}"),
        (false, false) => format!("{from}{NO_BREAK}{below} to {to}{NO_BREAK}{above}"),
    }
}

/// A number on an axis whose ticks are `step` apart.
pub fn tick(value: f64, step: f64) -> String {
    let decimals = (-magnitude(step)).max(0) as usize;
    let digits = with_commas(&format!("{:.*}", decimals, value.abs()));
    if value < 0.0 && digits.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
        format!("−{digits}")
    } else {
        digits
    }
}

/// A share: `34%`, `34.2%`, `<0.1%`, `>99.9%`.
pub fn percent(share: f64, standard_error: f64) -> String {
    let value = 100.0 * share;
    if share.abs() <= ROUNDING || (share - 1.0).abs() <= ROUNDING {
        return format!("{:.0}%", value.abs());
    }
    let mut last = last_digit(value, 100.0 * standard_error, -1);
    if standard_error >= 0.01 {
        // A share smaller than its own error is below one point, and no more is known.
        last = last.max(0);
    }
    let sign = if value < 0.0 { "−" } else { "" };
    let digits = rounded(value.abs(), last);
    let unit = rounded(libm::exp10(f64::from(last)), last);
    if digits.bytes().all(|digit| matches!(digit, b'0' | b'.')) {
        return if value < 0.0 { ABOUT_0.into() } else { format!("<{unit}%") };
    }
    if value > 0.0 && value < 100.0 && digits.starts_with("100") {
        let below = rounded(100.0 - libm::exp10(f64::from(last)), last);
        return format!(">{below}%");
    }
    format!("{sign}{digits}%")
}

/// The ends of a range of shares, rounded outwards: what lies between the numbers lies between the words. In whole points
/// where that makes the range no more than a twentieth wider, else in tenths, else in hundredths of a point.
pub fn percent_ends(low: f64, high: f64) -> [String; 2] {
    let (low, high) = (100.0 * low, 100.0 * high);
    let of = |grain: f64| {
        let [from, to] = [percent_down(low, grain), percent_up(high, grain)];
        (from, to, (to - from) - (high - low))
    };
    let fits = |grain: &&f64| low == high || of(**grain).2 <= 0.05 * (high - low);
    let digits = [1.0, 0.1].iter().position(|grain| fits(&grain)).unwrap_or(2);
    // Equal ends have the digits of any share.
    let digits = if low == high && high.abs() < 10.0 { digits.max(1) } else { digits };
    let (from, to, _) = of([1.0, 0.1, 0.01][digits]);
    [from, to].map(|end| {
        let sign = if end < -ROUNDING { "−" } else { "" };
        let is_whole = end.abs() <= ROUNDING || (end - 100.0).abs() <= ROUNDING;
        format!("{sign}{:.*}%", if is_whole { 0 } else { digits }, end.abs())
    })
}

/// Points rounded down at a grain, unless rounding has put them a hair below a whole one.
fn percent_down(points: f64, grain: f64) -> f64 {
    (points / grain + 1e-7).floor() * grain
}

fn percent_up(points: f64, grain: f64) -> f64 {
    (points / grain - 1e-7).ceil() * grain
}

/// A share that is reached or passed, rounded down, and one that is not passed, rounded up: "40% or more" is true.
pub fn percent_or_more(share: f64) -> String {
    percent(percent_down(100.0 * share, grain_of(share)) / 100.0, grain_of(share) / 100.0)
}

pub fn percent_or_less(share: f64) -> String {
    percent(percent_up(100.0 * share, grain_of(share)) / 100.0, grain_of(share) / 100.0)
}

fn grain_of(share: f64) -> f64 {
    if share.abs() >= 0.1 { 1.0 } else { 0.1 }
}

/// A share strictly between 0 and 1 for a sentence: "a third" where it is one to half a point, else in per cent.
pub fn share_in_words(share: f64, standard_error: f64) -> String {
    const FRACTIONS: [(f64, &str); 9] = [
        (0.10, "a tenth"),
        (0.20, "a fifth"),
        (0.25, "a quarter"),
        (1.0 / 3.0, "a third"),
        (0.40, "two fifths"),
        (0.50, "half"),
        (2.0 / 3.0, "two thirds"),
        (0.75, "three quarters"),
        (0.90, "nine tenths"),
    ];
    if share < 0.01 {
        return "less than 1%".to_string();
    }
    if share > 0.99 {
        return "more than 99%".to_string();
    }
    if standard_error < 0.02
        && let Some((_, words)) = FRACTIONS.iter().find(|(fraction, _)| (share - fraction).abs() <= 0.005)
    {
        return (*words).to_string();
    }
    let about = if standard_error >= 0.02 { "about " } else { "" };
    format!("{about}{}", percent(share, standard_error))
}

/// "1 path", "20,000 paths".
pub fn counted(number: u64, what: &str) -> String {
    format!("{} {what}{}", count(number), if number == 1 { "" } else { "s" })
}

/// The same with a capital at its beginning.
pub fn capitalised(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}

/// A scenario by its name and by what was changed in it for the run: "The Oracle loop with market.rate = 0.05; suspicion
/// off". Many changes are counted.
pub fn changed(name: &str, set: &[(String, String)], off: &[String]) -> String {
    let set_words: Vec<String> = set.iter().map(|(address, value)| format!("{address} = {value}")).collect();
    let mut words = name.to_string();
    let letters: usize = set_words.iter().map(|words| words.chars().count()).sum();
    match set_words.as_slice() {
        [] => {}
        few if few.len() <= 2 && letters <= 80 => words += &format!(" with {}", few.join(" and ")),
        [_] => words += " with one override",
        many => words += &format!(" with {} overrides", small_number(many.len())),
    }
    let joint = if set.is_empty() { "," } else { ";" };
    match off {
        [] => {}
        few if few.len() <= 3 => words += &format!("{joint} {} off", few.join(", ")),
        many => words += &format!("{joint} {} loops off", small_number(many.len())),
    }
    words
}

/// "OpenAI", "OpenAI and Anthropic", "the five labs": three or fewer by name, unless the names are long.
pub fn names(names: &[String], kind: &str) -> String {
    let letters: usize = names.iter().map(|name| name.chars().count()).sum();
    match names {
        [] => format!("the {kind}s"),
        [one] => one.clone(),
        [head @ .., last] if names.len() <= 3 && letters <= 60 => format!("{} and {last}", head.join(", ")),
        many => format!("the {} {kind}s", small_number(many.len())),
    }
}

/// "a", "a and b", "a, b and c".
pub fn list(parts: &[String]) -> String {
    match parts {
        [] => String::new(),
        [one] => one.clone(),
        [head @ .., last] => format!("{} and {last}", head.join(", ")),
    }
}

/// A share in whole points, below one in tenths.
pub fn rough(share: f64) -> String {
    percent(share, if share.abs() >= 0.01 { 0.01 } else { 0.001 })
}

/// In letters up to twelve.
pub fn small_number(number: usize) -> String {
    const WORDS: [&str; 13] = [
        "no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
        "twelve",
    ];
    WORDS.get(number).map_or_else(|| count(number as u64), |word| (*word).to_string())
}

/// "raises" after one name, "raise" after several.
pub fn verb(stem: &str, names: &[String]) -> String {
    if names.len() == 1 { format!("{stem}s") } else { stem.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_is_printed_to_its_standard_error_in_the_unit_that_fits() {
        for (value, error, expected) in [
            (148.23, 0.6, "$148 bn"),
            (148.23, 0.0, "$148 bn"),
            (14.823, 0.04, "$14.8 bn"),
            (5.4, 0.01, "$5.4 bn"),
            (14.823, 0.4, "$14.8 bn"),
            (14.823, 4.0, "$15 bn"),
            (14.823, 40.0, "$10 bn"),
            (1708.0, 3.0, "$1.7 tn"),
            (1708.0, 300.0, "$1.7 tn"),
            (999.4, 0.0, "$999 bn"),
            (999.6, 0.0, "$1.0 tn"),
            (10_000.0, 3.0, "$10.0 tn"),
            (12_345.6, 3.0, "$12.3 tn"),
            (1_234_567.0, 0.0, "$1,230 tn"),
            (148.0, 2000.0, "$0.1 tn"),
            (0.9996, 0.0, "$1.0 bn"),
            (0.543, 0.001, "$543 mn"),
            (0.543, 0.03, "$540 mn"),
            (0.01, 0.0, "$10.0 mn"),
            (0.0032, 0.0, "$3.2 mn"),
            (0.000_32, 0.0, "$0.3 mn"),
            (0.000_03, 0.0, "<$0.1 mn"),
            (0.3, 0.6, "$300 mn"),
            (0.3, 2.0, "$0.3 bn"),
            (0.004, 2.0, "<$0.01 bn"),
            (0.0, 1.0, "$0"),
            (-3.21, 0.1, "−$3.2 bn"),
            (-1708.0, 3.0, "−$1.7 tn"),
            (-0.004, 0.0, "−$4.0 mn"),
            (-0.004, 2.0, "about 0"),
            (-1e-16, 0.0, "$0"),
            (1e-16, 0.0, "$0"),
            (5.4, f64::NAN, "$5.4 bn"),
        ] {
            assert_eq!(usd(value, error).replace(NO_BREAK, " "), expected, "{value} ± {error}");
        }
        for (error, expected) in
            [(1.72, "$1.7 bn"), (482.1, "$480 bn"), (0.0172, "$17 mn"), (1720.0, "$1.7 tn"), (0.0, "$0")]
        {
            assert_eq!(usd_error(error).replace(NO_BREAK, " "), expected);
        }
        assert_eq!(usd_error(f64::NAN), "–");
    }

    /// A column's unit is that of its largest amount; what is small beside it keeps its digits as long as it can.
    #[test]
    fn a_column_has_one_unit() {
        for (column, unit, cells) in [
            (vec![1708.0, 148.2, 0.543], "USD bn", vec!["1,710", "148", "0.54"]),
            (vec![-12_345.0, 148.2, 0.543], "USD tn", vec!["−12.3", "0.15", "<0.01"]),
            (vec![0.543, 0.0032, 0.000_01], "USD mn", vec!["543", "3.2", "<0.1"]),
            (vec![0.0, f64::NAN], "USD bn", vec!["–", "–"]),
        ] {
            let scale = Scale::of_column(column.iter().copied());
            assert_eq!(scale.heading(), unit);
            assert_eq!(column.iter().map(|amount| scale.cell(*amount, 0.0)).collect::<Vec<_>>(), cells);
        }
    }

    /// Whatever its size, an amount is within the digits that are told of it.
    #[test]
    fn amounts_of_any_size_are_what_they_say() {
        let scales = [("mn", 1e-3), ("bn", 1.0), ("tn", 1e3)];
        let read = |said: &str| {
            let (digits, unit) = said.trim_start_matches('$').split_once(NO_BREAK).unwrap();
            let scale = scales.iter().find(|(word, _)| *word == unit).unwrap().1;
            (digits.replace(',', "").parse::<f64>().unwrap(), scale)
        };
        for k in -600..1200 {
            let value = libm::exp10(f64::from(k) / 200.0);
            for part in [0.0, 0.01, 0.3] {
                let said = usd(value, part * value);
                let (digits, scale) = read(&said);
                let of_digits = if part < 0.1 { 0.051 } else { 0.51 };
                assert!((digits * scale / value - 1.0).abs() < of_digits, "{value}: {said}");
                assert!(
                    (1.0..=1000.0).contains(&digits) || scale == 1e3 || digits < 1.0 && scale == 1e-3,
                    "{said}"
                );
            }
            let range = usd_range(value, 3.0 * value, 0.01 * value);
            let (from, to) = range.split_once(" to ").unwrap();
            let (to, above) = read(to);
            let (from, below) = if from.contains(NO_BREAK) {
                read(from)
            } else {
                (read(&format!("{from}{NO_BREAK}bn")).0, above)
            };
            assert!(
                from * below <= value * (1.0 + 1e-6) && to * above >= 3.0 * value * (1.0 - 1e-6),
                "{value}: {range}"
            );
        }
    }

    #[test]
    fn a_count_is_printed_to_its_standard_error() {
        for (value, error, expected) in [
            (0.6526, 0.0046, "0.65"),
            (0.6526, 0.046, "0.65"),
            (0.6526, 0.46, "0.7"),
            (6.526, 0.046, "6.5"),
            (12_345.6, 30.0, "12,300"),
            (0.0004, 0.0001, "<0.01"),
            (-0.0004, 0.0001, "about 0"),
            (-2.04, 0.1, "−2.0"),
            (0.0, 0.0, "0"),
        ] {
            assert_eq!(number(value, error), expected, "{value} ± {error}");
        }
        for (value, error, expected) in [
            (0.045, 0.0003, "0.0450"),
            (0.045, 0.003, "0.045"),
            (3.41, 0.01, "3.4"),
            (-0.000_45, 0.0, "−0.000450"),
            (1e-9, 0.0, "0"),
            (12_345.6, 30.0, "12,300"),
        ] {
            assert_eq!(plain(value, error), expected, "{value} ± {error}");
        }
    }

    #[test]
    fn ends_of_ranges_of_money_lie_outside_of_them() {
        assert_eq!(usd_range(62.24, 271.2, 0.6).replace(NO_BREAK, " "), "$62.2 to $272 bn");
        assert_eq!(usd_range(0.0, 6.114, 0.01).replace(NO_BREAK, " "), "$0 to $6.2 bn");
        assert_eq!(usd_range(-3.0, 2.0, 0.01).replace(NO_BREAK, " "), "−$3.0 to $2.0 bn");
        assert_eq!(usd_range(157.2, 1526.0, 3.0).replace(NO_BREAK, " "), "$157 bn to $1.6 tn");
        assert_eq!(usd_range(0.0, 0.0041, 0.0).replace(NO_BREAK, " "), "$0 to $4.1 mn");
        assert_eq!(usd_range(-0.5, 0.0, 0.0).replace(NO_BREAK, " "), "−$500 mn to $0");
        assert_eq!(usd_range(0.0, 0.0, 0.0), "$0");
    }

    #[test]
    fn a_share_is_0_or_1_only_when_it_is() {
        for (share, error, expected) in [
            (0.0, 0.0, "0%"),
            (-0.0, 0.0, "0%"),
            (1.0, 0.0, "100%"),
            (0.342, 0.001, "34.2%"),
            (0.342, 0.012, "34%"),
            (0.342, 0.12, "30%"),
            (0.0004, 0.0, "<0.1%"),
            (0.004, 0.02, "<1%"),
            (0.9997, 0.0, ">99.9%"),
            (0.999_7, 0.01, ">99%"),
            (0.051, 0.0, "5.1%"),
            (-0.034, 0.01, "−3%"),
            (-0.0004, 0.0, "about 0"),
            (-0.004, 0.01, "about 0"),
            (-1e-16, 0.0, "0%"),
            (1.0 - 1e-15, 0.0, "100%"),
            (1.2, 0.01, "120%"),
        ] {
            assert_eq!(percent(share, error), expected, "{share} ± {error}");
        }
    }

    #[test]
    fn fractions_are_named_only_when_they_are_so() {
        assert_eq!(share_in_words(0.334, 0.001), "a third");
        assert_eq!(share_in_words(0.345, 0.001), "34.5%");
        assert_eq!(share_in_words(0.334, 0.03), "about 33%");
        assert_eq!(share_in_words(0.5, 0.0), "half");
        assert_eq!(share_in_words(0.001, 0.0), "less than 1%");
        assert_eq!(share_in_words(0.999, 0.0), "more than 99%");
    }

    /// "Between 1% and 17%" of paths of which 0.9% and 17.4% are the quantiles is not nine of ten.
    #[test]
    fn ends_of_ranges_of_shares_lie_outside_of_them() {
        for (low, high, expected) in [
            (0.0, 0.123, ["0%", "12.3%"]),
            (0.0, 0.40, ["0%", "40%"]),
            (0.0123, 0.0456, ["1.2%", "4.6%"]),
            (0.009, 0.174, ["0.9%", "17.4%"]),
            (0.102, 0.497, ["10%", "50%"]),
            (0.1, 0.5, ["10%", "50%"]),
            (0.0002, 0.0034, ["0.02%", "0.34%"]),
            (0.997, 0.9999, ["99.7%", "100%"]),
            (0.3, 0.3, ["30%", "30%"]),
            (-0.021, 0.31, ["−3%", "31%"]),
        ] {
            assert_eq!(percent_ends(low, high), expected, "{low} to {high}");
        }
        let number = |words: &String| words.replace('−', "-").trim_end_matches('%').parse::<f64>().unwrap();
        for k in 0..500 {
            let (low, high) = (f64::from(k) * 0.000_731, f64::from(k) * 0.001_93 + 0.000_01);
            let [from, to] = percent_ends(low, high).map(|words| number(&words) / 100.0);
            assert!(from <= low + 1e-9 && to >= high - 1e-9, "{low} to {high}: {from} to {to}");
            assert!((to - from) <= 1.05 * (high - low) + 0.000_201, "{low} to {high}: {from} to {to}");
        }
        assert_eq!([percent_or_more(0.4049), percent_or_more(0.0456)], ["40%", "4.5%"]);
        assert_eq!([percent_or_less(0.4049), percent_or_less(0.0456)], ["41%", "4.6%"]);
    }

    #[test]
    fn changes_are_said_and_many_are_counted() {
        let pairs = |number: usize| vec![("lab.A.growth".to_string(), "2".to_string()); number];
        let loops = |number: usize| vec!["marks".to_string(); number];
        for (set, off, expected) in [
            (0, 0, "S"),
            (1, 0, "S with lab.A.growth = 2"),
            (2, 1, "S with lab.A.growth = 2 and lab.A.growth = 2; marks off"),
            (5, 0, "S with five overrides"),
            (0, 2, "S, marks, marks off"),
            (0, 5, "S, five loops off"),
        ] {
            assert_eq!(changed("S", &pairs(set), &loops(off)), expected);
        }
        let long = vec![("lab.A.growth".to_string(), "1".repeat(90))];
        assert_eq!(changed("S", &long, &[]), "S with one override");
    }

    #[test]
    fn counts_signs_and_capitals() {
        assert_eq!(counted(1, "path"), "1 path");
        assert_eq!(counted(20_000, "path"), "20,000 paths");
        assert_eq!(with_commas("3557522.4"), "3,557,522.4");
        assert_eq!(with_commas("-1234"), "−1,234");
        assert_eq!([signed(0.471, 2), signed(-0.331, 1)], ["+0.47", "−0.3"]);
        assert_eq!(capitalised("the five labs"), "The five labs");
        assert_eq!(usd_signed(-1e-16, 0.0), "$0");
        assert_eq!(usd_signed(0.001, 2.0), "about 0");
        assert_eq!(usd_signed(0.0032, 0.0).replace(NO_BREAK, " "), "+$3.2 mn");
    }

    #[test]
    fn ticks_and_names() {
        assert_eq!(tick(0.2, 0.1), "0.2");
        assert_eq!(tick(15_000.0, 5_000.0), "15,000");
        assert_eq!(tick(-0.0, 0.1), "0.0");
        assert_eq!(tick(-20.0, 10.0), "−20");
        let labs = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        assert_eq!(names(&labs(&["OpenAI", "Anthropic", "xAI"]), "lab"), "OpenAI, Anthropic and xAI");
        assert_eq!(names(&labs(&["A", "B", "C", "D"]), "lab"), "the four labs");
        assert_eq!(verb("raise", &labs(&["A"])), "raises");
    }
}
