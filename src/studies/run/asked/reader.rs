//! Reads a question of one's own: `P(share.traced > 15%)`, `p90(capital.raised | unwind)`, `mean(put_in.A.L - got_back.A.L)`.
//!
//! ```text
//! question   P(event) | mean(amount) | median(amount) | p<percent>(amount), each with `| event` before the bracket closes
//! event      conditions or conditions …
//! conditions condition and condition …
//! condition  amount < amount, also <= > >= = and a < x < b; or what happens by itself, with `not` before it or without
//! amount     names and numbers with + and - between them; a name may have a number and * before it
//! name       a column of the paths, `traced` for `share.traced`; with a * in it, the sum of all columns that fit
//! number     15%, $10 bn, 500 mn, 2 years, or without a unit in that of what stands beside it
//! ```

use super::question::{Amount, Condition, Event, Question, Relation, Unit, What};
use crate::input::finding::{Finding, Findings, Sources};
use crate::input::names::{did_you_mean, fits};
use crate::outcome::{Kind, OF_ALL_PATHS, full_name, is_measure_name};
use std::ops::Range;
use std::sync::Arc;

/// Reads questions of paths with these columns, `sign` and `code` being how the scenario's amounts are said; or all that is
/// wrong with them.
pub fn read(texts: &[String], names: &[String], [sign, code]: [&str; 2]) -> Result<Vec<Question>, Findings> {
    let sources = Arc::new(Sources::of(texts.iter().map(|text| ("--ask", text.clone()))));
    let mut findings = Findings::new(sources.clone());
    let mut questions = Vec::new();
    for (text, base) in texts.iter().zip(sources.bases()) {
        let mut reader = Reader { text, base, at: 0, names, sign, code, findings: &mut findings };
        match reader.question() {
            Ok(question) => questions.push(question),
            Err(finding) => findings.push(*finding),
        }
    }
    if findings.is_empty() { Ok(questions) } else { Err(findings) }
}

struct Reader<'a> {
    text: &'a str,
    /// Where the text begins in the count of the findings' spans.
    base: usize,
    at: usize,
    names: &'a [String],
    sign: &'a str,
    code: &'a str,
    /// What is wrong, but leaves the rest readable.
    findings: &'a mut Findings,
}

type Read<T> = Result<T, Box<Finding>>;

const FORMS: &str = "write P(share.traced > 15%), mean(capital.raised), median(…) or p90(…), each also with a condition: P(unwind | rounds > 3)";
const CONDITION: &str = "compare it: P(share.traced > 15%)";

impl<'a> Reader<'a> {
    fn question(&mut self) -> Read<Question> {
        self.blanks();
        let begin = self.at;
        let word: &str = &self.rest()
            [..self.rest().find(|c: char| !c.is_alphanumeric() && c != '.').unwrap_or(self.rest().len())];
        let of = match word.to_ascii_lowercase().as_str() {
            "mean" => None,
            "p" => Some(f64::NAN),
            "median" => Some(0.5),
            other => match other.strip_prefix('p').and_then(|percent| percent.parse::<f64>().ok()) {
                Some(percent) if percent > 0.0 && percent < 100.0 => Some(percent / 100.0),
                _ => {
                    return Err(self.wrong(
                        "this is no question",
                        begin..(begin + word.len()).max(begin + 1),
                        FORMS,
                    ));
                }
            },
        };
        self.at += word.len();
        self.expect("(", FORMS)?;
        let what = match of {
            Some(p) if p.is_nan() => What::Probability(self.event()?),
            Some(p) => What::Quantile(p, self.column_amount()?),
            None => What::Mean(self.column_amount()?),
        };
        let given = if self.takes("|") { self.event()? } else { Event::sure() };
        self.expect(
            ")",
            "close the bracket; conditions are joined with `and` and `or`, and stand behind `|`",
        )?;
        self.blanks();
        if self.at < self.text.len() {
            return Err(self.wrong(
                "this is more than one question",
                self.at..self.text.len(),
                "give each its own --ask",
            ));
        }
        Ok(Question { text: self.text.trim().to_string(), what, given })
    }

    /// `and` binds closer than `or`.
    fn event(&mut self) -> Read<Event> {
        let mut any = Vec::new();
        loop {
            let mut all = Vec::new();
            loop {
                self.condition(&mut all)?;
                if !(self.takes_word("and") || self.takes("&&") || self.takes("&") || self.takes(",")) {
                    break;
                }
            }
            any.push(all);
            if !(self.takes_word("or") || self.takes("||")) {
                return Ok(Event(any));
            }
        }
    }

    fn condition(&mut self, all: &mut Vec<Condition>) -> Read<()> {
        let opposite = self.takes_word("not");
        let mut left = self.amount()?;
        let mut compared = false;
        while let Some(is) = self.relation() {
            let right = self.amount()?;
            self.are_alike(&left, &right);
            all.push(Condition { left: left.clone(), is, right: right.clone() });
            (left, compared) = (right, true);
        }
        match (compared, opposite, &left.terms[..]) {
            (true, false, _) => {}
            (true, true, _) => {
                return Err(self.wrong("`not` stands before an event", left.span, "turn the sign round"));
            }
            (false, _, [(column, factor)])
                if *factor == 1.0 && left.number == 0.0 && self.is_event(*column) =>
            {
                let is = if opposite { Relation::Equal } else { Relation::Above };
                all.push(Condition { left, is, right: Amount::default() });
            }
            // Of an unknown name it has been said.
            (false, ..) if left.terms.iter().any(|(column, _)| *column >= self.names.len()) => {}
            _ => return Err(self.wrong("this is no event", left.span, CONDITION)),
        }
        Ok(())
    }

    /// What happens on a path or does not.
    fn is_event(&self, column: usize) -> bool {
        let name = self.names.get(column).map_or("", String::as_str);
        matches!(name, "unwind" | "distress") || name.ends_with(".listed")
    }

    fn relation(&mut self) -> Option<Relation> {
        use Relation::{Above, AtLeast, AtMost, Below, Equal, Unequal};
        let signs = [
            ("<=", AtMost),
            ("≤", AtMost),
            (">=", AtLeast),
            ("≥", AtLeast),
            ("!=", Unequal),
            ("≠", Unequal),
            ("==", Equal),
            ("=", Equal),
            ("<", Below),
            (">", Above),
        ];
        signs.into_iter().find(|(sign, _)| self.takes(sign)).map(|(_, relation)| relation)
    }

    /// An amount that some column has a part in.
    fn column_amount(&mut self) -> Read<Amount> {
        let amount = self.amount()?;
        if amount.terms.is_empty() {
            return Err(self.wrong("this is the same on every path", amount.span, "name a measure"));
        }
        Ok(amount)
    }

    fn amount(&mut self) -> Read<Amount> {
        self.blanks();
        let begin = self.at;
        let mut sum = Amount::default();
        let mut factor = if self.takes("-") || self.takes("−") { -1.0 } else { 1.0 };
        loop {
            let term = self.term(factor)?;
            if !sum.span.is_empty() {
                self.are_alike(&sum, &term);
            }
            if sum.unit == Unit::Any {
                sum.unit = term.unit;
            }
            sum.terms.extend(term.terms);
            sum.number += term.number;
            sum.span = begin..term.span.end;
            factor = match (self.takes("+"), self.takes("-") || self.takes("−")) {
                (true, _) => 1.0,
                (_, true) => -1.0,
                _ => return Ok(sum),
            };
        }
    }

    /// A number, a name, or a number times a name.
    fn term(&mut self, sign: f64) -> Read<Amount> {
        self.blanks();
        let begin = self.at;
        let Some((number, unit)) = self.number()? else { return self.name(sign) };
        if self.takes("*") {
            let named = self.name(sign * number)?;
            return Ok(Amount { span: begin..named.span.end, ..named });
        }
        Ok(Amount { terms: Vec::new(), number: sign * number, unit, span: begin..self.at })
    }

    /// The columns of a name: the longest known one that stands here, else all that a pattern fits.
    fn name(&mut self, factor: f64) -> Read<Amount> {
        self.blanks();
        let (begin, rest) = (self.at, self.rest());
        let ends = |length: usize| !rest[length..].starts_with(is_of_name);
        let whole = |name: &&String| rest.starts_with(name.as_str()) && ends(name.len());
        let known = self.names.iter().filter(whole).max_by_key(|name| name.len());
        // A hyphen inside a name, but not before a blank.
        let mut length = 0;
        for (at, c) in rest.char_indices() {
            let joins = c == '-' && at > 0 && rest[at + 1..].starts_with(char::is_alphanumeric);
            if !(is_of_name(c) || joins) {
                break;
            }
            length = at + c.len_utf8();
        }
        let word = known.map_or(&rest[..length], |name| name.as_str());
        if word.is_empty() {
            let length = rest.chars().next().map_or(0, char::len_utf8);
            return Err(self.wrong(
                "a measure or a number is missing here",
                begin..begin + length.max(1),
                FORMS,
            ));
        }
        self.at += word.len();
        let span = begin..self.at;
        let place = |name: &str| self.names.iter().position(|known| known == name);
        let columns: Vec<usize> = match place(word).or_else(|| place(&format!("share.{word}"))) {
            Some(column) => vec![column],
            None if word.contains('*') => {
                (0..self.names.len()).filter(|k| fits(word, &self.names[*k])).collect()
            }
            None => Vec::new(),
        };
        if columns.is_empty() {
            let help = if word.contains('*') {
                "no column's name fits; summary.json has all names".to_string()
            } else {
                did_you_mean(word, self.names.iter().map(String::as_str))
            };
            let of_all = OF_ALL_PATHS.iter().find(|(name, _)| *name == full_name(word));
            let (message, help) = match of_all {
                Some((name, why)) => (
                    format!("`{name}` is no number of a path: {why}"),
                    "summary.json has its value; ask for `share.traced` or another share of a path"
                        .to_string(),
                ),
                None => (format!("the paths have no column `{word}`"), help),
            };
            self.findings.push(self.finding(&message, span.clone(), help));
            return Ok(Amount { terms: vec![(usize::MAX, factor)], span, ..Amount::default() });
        }
        let units: Vec<Unit> = columns.iter().map(|column| unit_of(&self.names[*column])).collect();
        if let Some(other) = units.iter().position(|unit| *unit != units[0]) {
            let message = format!(
                "`{}` and `{}` are not in one unit: their sum means nothing",
                self.names[columns[0]], self.names[columns[other]]
            );
            self.findings.push(self.finding(&message, span.clone(), "name fewer".into()));
        }
        let terms = columns.into_iter().map(|column| (column, factor)).collect();
        Ok(Amount { terms, number: 0.0, unit: units[0], span })
    }

    /// A number with what stands before and after it; `None` where none begins.
    fn number(&mut self) -> Read<Option<(f64, Unit)>> {
        let begin = self.at;
        let has_sign = [self.sign, self.code].into_iter().any(|sign| !sign.is_empty() && self.takes(sign));
        self.blanks();
        let rest = self.rest();
        // Commas between thousands; an exponent.
        let bytes = rest.as_bytes();
        let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
        let mut length = 0;
        while length < bytes.len() {
            let thousands = bytes[length] == b',' && (1..=3).all(|k| digit(length + k)) && !digit(length + 4);
            let point = bytes[length] == b'.' && digit(length + 1);
            let exponent = length > 0
                && bytes[length].eq_ignore_ascii_case(&b'e')
                && (digit(length + 1)
                    || matches!(bytes.get(length + 1), Some(b'+' | b'-')) && digit(length + 2));
            if exponent {
                length += 1 + usize::from(!digit(length + 1));
            } else if !(digit(length) || (thousands && length > 0) || point) {
                break;
            }
            length += 1;
        }
        if length == 0 {
            if has_sign {
                return Err(self.wrong(
                    "an amount is missing behind the currency",
                    begin..self.at,
                    "write $10 bn",
                ));
            }
            return Ok(None);
        }
        self.at += length;
        let digits = begin..self.at;
        let Some(value) =
            rest[..length].replace(',', "").parse::<f64>().ok().filter(|value| value.is_finite())
        else {
            return Err(self.wrong("this is no number", digits, "write it as 0.15, 15%, 1,500 or $10 bn"));
        };
        if self.takes("%") {
            return Ok(Some((value / 100.0, Unit::Of(Kind::Share))));
        }
        let money =
            [("bn", 1.0), ("billion", 1.0), ("mn", 1e-3), ("million", 1e-3), ("tn", 1e3), ("trillion", 1e3)];
        if let Some((_, scale)) = money.into_iter().find(|(word, _)| self.takes_word(word)) {
            return Ok(Some((value * scale, Unit::Of(Kind::UsdBn))));
        }
        if self.takes_word("years") || self.takes_word("year") {
            return Ok(Some((value, Unit::Of(Kind::Years))));
        }
        if has_sign {
            let said = &self.text[digits.clone()];
            let message = format!("`{said}` of what size?");
            self.findings.push(self.finding(
                &message,
                digits,
                format!("write {said} bn, {said} mn or {said} tn"),
            ));
        }
        Ok(Some((value, Unit::Any)))
    }

    /// Can two amounts be added or compared? Says why not. A number without a unit is in that of the other.
    fn are_alike(&mut self, one: &Amount, other: &Amount) {
        match (one.unit, other.unit) {
            (Unit::Of(a), Unit::Of(b)) if a != b => {
                let message = format!("this is counted as {}, and the other as {}", b.unit(), a.unit());
                let finding =
                    self.finding(&message, other.span.clone(), "compare and add what is in one unit".into());
                let other = self.base + one.span.start..self.base + one.span.end;
                self.findings.push(finding.marked(&other, a.unit()));
            }
            (Unit::Of(Kind::Share), Unit::Any) => self.is_share(other),
            (Unit::Any, Unit::Of(Kind::Share)) => self.is_share(one),
            _ => {}
        }
    }

    /// 15 is hardly 1500%.
    fn is_share(&mut self, bare: &Amount) {
        if bare.terms.is_empty() && bare.number.abs() > 1.0 {
            let n = bare.number;
            let message = format!("{n} is {}%", 100.0 * n);
            self.findings.push(self.finding(
                &message,
                bare.span.clone(),
                format!("write {n}%, or {}%", 100.0 * n),
            ));
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn blanks(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    /// Steps over what is expected, if it stands here.
    fn takes(&mut self, what: &str) -> bool {
        let rest = self.rest().trim_start();
        if rest.starts_with(what) {
            self.at = self.text.len() - rest.len() + what.len();
            return true;
        }
        false
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let rest = self.rest().trim_start();
        let stands = rest.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
        stands && !rest[word.len()..].starts_with(is_of_name) && self.takes(&rest[..word.len()])
    }

    fn expect(&mut self, what: &str, help: &str) -> Read<()> {
        if self.takes(what) {
            return Ok(());
        }
        self.blanks();
        let length = self.rest().chars().next().map_or(1, char::len_utf8);
        Err(self.wrong(&format!("`{what}` is missing here"), self.at..self.at + length, help))
    }

    fn wrong(&self, message: &str, span: Range<usize>, help: &str) -> Box<Finding> {
        Box::new(self.finding(message, span, help.to_string()))
    }

    fn finding(&self, message: &str, span: Range<usize>, help: String) -> Finding {
        Finding::error(message).at(&(self.base + span.start..self.base + span.end)).help(help)
    }
}

/// Letters of a name as one types it; `*` stands for any.
fn is_of_name(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '.' | '_' | '*' | '[' | ']')
}

/// Of an uncertain number the unit is not looked at.
fn unit_of(name: &str) -> Unit {
    if is_measure_name(name) { Unit::Of(Kind::of(name)) } else { Unit::Any }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: [&str; 9] = [
        "lab.A B.cash",
        "capital.raised",
        "capital.round.mark",
        "capital.round.premium",
        "share.traced",
        "unwind",
        "unwind.time",
        "rounds",
        "lab.A-1.raised",
    ];
    /// Of one path, by column.
    const PATH: [f64; 9] = [3.0, 200.0, 10.0, 5.0, 0.25, 0.0, f64::NAN, 2.0, 7.0];

    fn read_all(texts: &[&str]) -> Result<Vec<Question>, String> {
        let texts: Vec<String> = texts.iter().map(|text| text.to_string()).collect();
        read(&texts, &NAMES.map(String::from), ["$", "USD"]).map_err(|findings| findings.to_string())
    }

    fn on_path(text: &str) -> f64 {
        read_all(&[text]).unwrap_or_else(|wrong| panic!("{wrong}"))[0].of_path(&|column| PATH[column])
    }

    #[test]
    fn what_a_path_answers() {
        for (text, expected) in [
            ("P(share.traced > 15%)", 1.0),
            ("p( traced>25 % )", 0.0),
            ("P(traced >= 0.25)", 1.0),
            ("P(10% < share.traced <= 20%)", 0.0),
            ("P(0.2 ≤ traced and rounds = 2, capital.raised > $0.15 tn)", 1.0),
            ("P(capital.raised > 150,000 mn)", 1.0),
            ("P(capital.raised > 1.9e2)", 1.0),
            ("P(USD 199 bn < capital.raised)", 1.0),
            ("P(rounds != 2)", 0.0),
            ("P(not unwind)", 1.0),
            ("P(unwind)", 0.0),
            // What is not defined; and what does not matter.
            ("P(unwind.time < 2 years)", f64::NAN),
            ("P(unwind and unwind.time < 2 years)", 0.0),
            ("P(unwind.time < 2 and rounds > 1)", f64::NAN),
            ("P(unwind or rounds = 2)", 1.0),
            ("P(unwind || rounds > 2)", 0.0),
            ("P(unwind.time < 2 or rounds = 2)", 1.0),
            ("P(unwind.time < 2 or rounds > 2)", f64::NAN),
            ("P(rounds > 2 or unwind.time < 2)", f64::NAN),
            // `and` binds closer.
            ("P(rounds = 2 or rounds = 3 and unwind)", 1.0),
            ("P(rounds = 3 and unwind or rounds = 2)", 1.0),
            ("P(rounds = 3 or rounds = 2 and unwind)", 0.0),
            ("mean(capital.raised | unwind or rounds > 1)", 200.0),
            ("mean(capital.raised | unwind)", f64::NAN),
            ("mean(capital.raised | not unwind)", 200.0),
            ("mean(capital.raised - capital.round.mark)", 190.0),
            ("mean(-2*capital.round.* + 1 bn + capital.raised)", 171.0),
            ("p90(lab.A-1.raised)", 7.0),
            ("p2.5(lab.A B.cash + 1)", 4.0),
            ("Median(rounds)", 2.0),
        ] {
            let found = on_path(text);
            assert!(found == expected || (found.is_nan() && expected.is_nan()), "{text}: {found}");
        }
        let what = |text: &str| read_all(&[text]).unwrap().remove(0);
        assert!(matches!(what("p97.5(rounds)").what, What::Quantile(p, _) if p == 0.975));
        assert!(matches!(what("median(rounds)").what, What::Quantile(0.5, _)));
        assert_eq!(what("mean(capital.round.* | traced > 1%)").columns(), [2, 3, 4]);
        assert_eq!(what("P(traced > 1% or rounds > 1 | unwind)").columns(), [4, 5, 7]);
        assert_eq!((what("P(unwind)").kind(), what("mean(rounds)").kind()), (Kind::Share, Kind::Plain));
        assert_eq!(what("mean(capital.raised)").kind(), Kind::UsdBn);
    }

    /// All that is wrong is said at once, each with its text.
    #[test]
    fn what_is_wrong_is_pointed_at() {
        let texts = [
            "P(share.trace > 15%)",
            "P(capital.raised > 15% and unwnd)",
            "P(share.traced > 15)",
            "P(capital.raised > $10)",
            "q90(capital.raised)",
            "P(share.traced)",
            "mean(capital.raised",
            "P(unwind or )",
            "mean(7)",
            "P(é > 3)",
            "",
            "mean(capital.raised + share.traced)",
            "P(capital.raised > )",
            "mean(capital.x*)",
            "P(causal > 10%)",
        ];
        let found = read_all(&texts).unwrap_err();
        let expected = include_str!("wrong_questions.txt");
        assert_eq!(found, expected, "{found}");
    }

    #[test]
    fn no_text_stops_the_program() {
        let pieces = [
            "P(", "mean(", "p9(", "$", "1,", "e5", "%", "*", "é", "<", "≤", "|", "and", "or", "not", ")",
            "-", "rounds", " ",
        ];
        // All triples, side by side.
        for one in pieces {
            for two in pieces {
                for three in pieces {
                    let _ = read_all(&[&format!("{one}{two}{three}"), &format!("P({one}{two}{three} > 1)")]);
                }
            }
        }
    }
}
