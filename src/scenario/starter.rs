//! The scenario that `init NAME` writes: small, commented, made up throughout, and it runs.

/// The starter scenario under a name.
pub fn starter(name: &str) -> String {
    let quoted = toml::Value::from(name).to_string();
    include_str!("starter.toml").replacen("\"NAME\"", &quoted, 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, describe};
    use std::path::Path;

    #[test]
    fn the_starter_is_accepted_without_a_warning() {
        for name in ["first", "with \"quotes\" and \\ and ü", "two\nlines"] {
            let scenario = Scenario::parse("starter.toml", &starter(name), Path::new(""), &[])
                .unwrap_or_else(|findings| panic!("{findings}"));
            assert_eq!(scenario.name, name);
            assert!(scenario.warnings.is_empty(), "{}", scenario.warnings);
        }
    }

    #[test]
    fn every_number_of_the_starter_has_a_source() {
        let scenario = Scenario::parse("starter.toml", &starter("first"), Path::new(""), &[])
            .unwrap_or_else(|findings| panic!("{findings}"));
        for number in scenario.numbers.iter().filter(|number| !number.is_default) {
            let is_term = number.address.starts_with("scenario.");
            assert!(number.source.is_some() || is_term, "{} has no source", number.address);
        }
        assert!(describe(&scenario).contains("made up"));
    }
}
