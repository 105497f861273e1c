//! The nearest known name to one that is not: every unknown section, key, word, actor and address says what may have
//! been meant.

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
