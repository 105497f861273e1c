//! The nearest known name to one that is not: every unknown section, key, word, actor and address says what may have
//! been meant. And texts from files as they are shown.

use std::borrow::Cow;

/// What to do about an unknown word: the nearest known one, and all of them when none is near.
pub fn did_you_mean<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> String {
    let known: Vec<&str> = known.into_iter().collect();
    match nearest(word, known.iter().copied()) {
        None => "there is none to choose from".to_string(),
        Some(best) if is_near(word, best) => {
            format!("did you mean `{best}`?")
        }
        Some(best) if known.len() <= 24 => {
            format!("the nearest is `{best}`; there are: {}", quoted(known.iter().copied(), "and"))
        }
        Some(best) => format!("the nearest is `{best}`"),
    }
}

/// The known name that was meant, if one is near enough to be sure.
pub fn meant<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest(word, known).filter(|best| is_near(word, best))
}

fn is_near(word: &str, name: &str) -> bool {
    distance(word, name) * 3 <= name.chars().count().max(3)
}

/// The known name with the fewest edits from the word; the earlier of two equally near.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    known.into_iter().min_by_key(|name| distance(word, name))
}

/// Insertions, deletions, replacements and swaps of neighbours, capitals aside.
fn distance(one: &str, other: &str) -> usize {
    strsim::damerau_levenshtein(&one.to_lowercase(), &other.to_lowercase())
}

/// A text as a terminal may be given it: what would steer the terminal, or turn the direction of writing so that a name
/// reads as another, stands as a picture of itself. Line breaks and tabs stay.
pub fn visible(text: &str) -> Cow<'_, str> {
    match text.contains(|c| picture(c).is_some()) {
        true => text.chars().map(|c| picture(c).unwrap_or(c)).collect(),
        false => text.into(),
    }
}

/// What stands for a character that must not reach a terminal.
pub fn picture(c: char) -> Option<char> {
    match c {
        '\n' | '\t' => None,
        '\0'..='\u{1f}' => char::from_u32(0x2400 + c as u32),
        '\u{7f}' => Some('\u{2421}'),
        '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => {
            Some(char::REPLACEMENT_CHARACTER)
        }
        _ => None,
    }
}

/// `a`, `b` and `c`
pub fn quoted<'a>(words: impl IntoIterator<Item = &'a str>, conjunction: &str) -> String {
    let mut words: Vec<String> = words.into_iter().map(|word| format!("`{word}`")).collect();
    match words.pop() {
        None => "none".to_string(),
        Some(last) if words.is_empty() => last,
        Some(last) => format!("{} {conjunction} {last}", words.join(", ")),
    }
}

/// `*` stands for anything, nothing included.
pub fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            (0..=name.len()).filter(|at| name.is_char_boundary(*at)).any(|at| fits(rest, &name[at..]))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_near_name_is_offered_and_a_far_one_comes_with_the_list() {
        assert_eq!(did_you_mean("cahs", ["cash", "debt"]), "did you mean `cash`?");
        assert_eq!(did_you_mean("CASH", ["cash", "debt"]), "did you mean `cash`?");
        assert_eq!(
            did_you_mean("zzzzzz", ["cash", "debt"]),
            "the nearest is `cash`; there are: `cash` and `debt`"
        );
        assert_eq!(did_you_mean("x", []), "there is none to choose from");
    }

    #[test]
    fn what_would_steer_a_terminal_is_shown_as_a_picture() {
        assert_eq!(visible("a\u{1b}[31mb\r\u{7f}\n\tc"), "a\u{241b}[31mb\u{240d}\u{2421}\n\tc");
        assert_eq!(visible("\u{9b}31m \u{202e}txt \u{2066}"), "\u{fffd}31m \u{fffd}txt \u{fffd}");
        assert!(matches!(visible("Größe Ελλάδα 中"), Cow::Borrowed(_)));
    }

    #[test]
    fn stars_stand_for_anything() {
        for (pattern, name) in
            [("*", "oracle"), ("web_*", "web_2025"), ("*2025", "web_2025"), ("w*b*5", "web_2025")]
        {
            assert!(fits(pattern, name), "{pattern} {name}");
        }
        for (pattern, name) in [("web_*", "oracle"), ("", "oracle"), ("oracl", "oracle"), ("w*x", "web_2025")]
        {
            assert!(!fits(pattern, name), "{pattern} {name}");
        }
    }
}
