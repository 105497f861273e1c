//! Tables as other programs write them: which character separates the cells, what a comma inside a number is, which
//! lines are comments, and what a column is called where the program gives it a compound name.
//!
//! | written by | looks like | is read |
//! |---|---|---|
//! | spreadsheets of many countries | `;` between cells, `0,42` | yes |
//! | anything | tabs between cells | yes |
//! | CmdStan | lines that begin with `#`, before, within and after the rows | yes, without them |
//! | ArviZ, pandas | headings such as `('posterior', 'theta')` | yes, by the last name if only one heading ends in it |
//! | R's `write.table` | one name fewer than there are cells in a row | yes, the first cells are names of rows |

use std::ops::Range;

/// How a text separates its cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Separated {
    pub separator: u8,
}

pub const COMMENT: u8 = b'#';

/// Where CmdStan says that what follows are draws and what came before was its warm-up.
const ADAPTED: &str = "# Adaptation terminated";

impl Separated {
    /// By the first line that is no comment: a tab if it has any, else `;` if the next line has as many of them, else a
    /// comma. What stands in quotes does not count.
    pub fn of(text: &str) -> Separated {
        let mut lines = text.lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
        let (heading, next) = (lines.next().unwrap_or(""), lines.next());
        let count = |line: &str, wanted: u8| {
            let mut quoted = false;
            line.bytes()
                .filter(|byte| {
                    quoted ^= *byte == b'"';
                    !quoted && *byte == wanted
                })
                .count()
        };
        let agree = |wanted: u8| {
            let here = count(heading, wanted);
            here > 0 && next.is_none_or(|next| (here..=here + 1).contains(&count(next, wanted)))
        };
        let separator = [b'\t', b';'].into_iter().find(|wanted| agree(*wanted)).unwrap_or(b',');
        Separated { separator }
    }

    pub fn reader<'t>(&self, text: &'t str) -> csv::Reader<&'t [u8]> {
        csv::ReaderBuilder::new()
            .delimiter(self.separator)
            .comment(Some(COMMENT))
            .has_headers(false)
            .flexible(true)
            .from_reader(text.as_bytes())
    }

    /// A number; with a decimal comma where commas do not separate cells.
    pub fn number(&self, cell: &str) -> Option<f64> {
        let plain = cell.parse::<f64>().ok();
        let with_comma = || {
            let is_decimal = self.separator != b',' && !cell.contains('.') && cell.matches(',').count() == 1;
            is_decimal.then(|| cell.replace(',', ".").parse::<f64>().ok()).flatten()
        };
        plain.or_else(with_comma).filter(|value| value.is_finite())
    }

    /// What the separator is called.
    pub fn name(&self) -> &'static str {
        match self.separator {
            b'\t' => "a tab",
            b';' => "a semicolon",
            _ => "a comma",
        }
    }
}

/// Where a record begins: behind ends of lines and comments, which the reader counts as its own.
pub fn start_of_record(text: &str, from: usize) -> usize {
    let mut at = from;
    loop {
        at += text[at..].bytes().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
        if !text[at..].starts_with('#') {
            return at;
        }
        at = text[at..].find('\n').map_or(text.len(), |end| at + end + 1);
    }
}

/// The part of a text before CmdStan's draws that holds rows: those of its warm-up.
pub fn warm_up(text: &str) -> Option<Range<usize>> {
    let end = text.find(ADAPTED)?;
    let rows = text[..end].lines().filter(|line| !line.trim().is_empty() && !line.starts_with('#'));
    (rows.count() > 1).then_some(0..end)
}

/// The last name of a compound heading: `theta` of `('posterior', 'theta')`; `theta[0]` of `('posterior', 'theta[0]', 0)`.
pub fn last_name(heading: &str) -> Option<&str> {
    let inside = heading.strip_prefix('(')?.strip_suffix(')')?;
    let quote = |part: &str| part.len() > 1 && (part.starts_with('\'') || part.starts_with('"'));
    let names = inside.split(", ").map(str::trim).filter(|part| quote(part));
    names.last().map(|name| &name[1..name.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_separator_is_seen() {
        for (text, separator) in [
            ("a,b\n1,2\n", b','),
            ("a;b\n0,1;0,2\n", b';'),
            ("a\tb\n0,1\t2\n", b'\t'),
            ("# made; by\n\na;b\n1;2\n", b';'),
            ("\"a;b\",c\n1,2\n", b','),
            ("a;b,c\n1,2\n", b','),
            ("a\n1\n", b','),
            ("x;y\n\"1\";3;4\n", b';'),
            ("", b','),
        ] {
            assert_eq!(Separated::of(text).separator, separator, "{text}");
        }
    }

    #[test]
    fn a_comma_is_a_decimal_one_where_it_separates_nothing() {
        let by = |separator: u8| Separated { separator };
        assert_eq!(by(b';').number("0,4224"), Some(0.4224));
        assert_eq!(by(b'\t').number("-1,5e-3"), Some(-0.0015));
        assert_eq!(by(b',').number("0,4224"), None);
        for unclear in ["1.234,5", "1,234,567", "NA", "inf", ""] {
            assert_eq!(by(b';').number(unclear), None, "{unclear}");
        }
    }

    #[test]
    fn records_begin_behind_comments() {
        let text = "# one\r\n# two\na,b\n# three\n\n1,2\n";
        assert_eq!(&text[start_of_record(text, 0)..][..3], "a,b");
        let heading = text.find("# three").unwrap_or(0);
        assert_eq!(&text[start_of_record(text, heading)..][..3], "1,2");
        assert_eq!(start_of_record("# only", 0), 6);
    }

    #[test]
    fn rows_before_the_end_of_adaptation_are_warm_up() {
        assert!(warm_up("# x\na,b\n# Adaptation terminated\n1,2\n").is_none());
        assert!(warm_up("# x\na,b\n1,2\n# Adaptation terminated\n1,2\n").is_some());
        assert!(warm_up("a,b\n1,2\n").is_none());
    }

    #[test]
    fn compound_headings_have_a_last_name() {
        assert_eq!(last_name("('posterior', 'theta')"), Some("theta"));
        assert_eq!(last_name("('posterior', 'theta[0]', 0)"), Some("theta[0]"));
        assert_eq!((last_name("theta"), last_name("()"), last_name("(1, 2)")), (None, None, None));
    }
}
