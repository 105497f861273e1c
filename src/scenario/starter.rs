//! The scenarios that `init` writes: a starter, and a template for each kind of deal. They are commented and run. A file in
//! `templates/` holds what the deal is and its sections; parties and market are the same in all (`around.toml`), and what a
//! key means is said in the words of its declaration.

use super::SECTIONS;
use super::describe::wrapped;
use crate::input::{Key, Section, Shape};

/// A scenario of one kind of deal.
pub struct Template {
    /// As `init --deal` takes it.
    pub deal: &'static str,
    /// The loop that the deal closes, as `--off` takes it.
    pub closes: &'static str,
    text: &'static str,
}

const fn template(deal: &'static str, closes: &'static str, text: &'static str) -> Template {
    Template { deal, closes, text }
}

/// In the order of docs/model.md.
pub const TEMPLATES: &[Template] = &[
    template("compute", "announcement", include_str!("templates/compute.toml")),
    template("supplier", "collateral", include_str!("templates/supplier.toml")),
    template("vendor_equity", "vendor_equity", include_str!("templates/vendor_equity.toml")),
    template("credits", "credits", include_str!("templates/credits.toml")),
    template("reciprocal", "reciprocal", include_str!("templates/reciprocal.toml")),
    template("warrant", "warrants", include_str!("templates/warrant.toml")),
    template("margin_loan", "related_wealth", include_str!("templates/margin_loan.toml")),
    template("commitment", "marks", include_str!("templates/commitment.toml")),
    template("vendor_credit", "vendor_credit", include_str!("templates/vendor_credit.toml")),
    template("project_debt", "guarantee", include_str!("templates/project_debt.toml")),
];

/// The one that is written when no deal is named.
const STARTER: Template = template("", "vendor_equity", include_str!("templates/starter.toml"));

/// Columns of a comment that explains a key.
const COMMENT_WIDTH: usize = 118;

impl Template {
    /// The deal in one sentence: how its file begins.
    pub fn sentence(&self) -> &'static str {
        let line = self.text.lines().next().unwrap_or_default();
        line.trim_start_matches("# ")
    }

    /// The scenario under a name.
    pub fn scenario(&self, name: &str) -> String {
        let (about, deal) = self.text.split_once("\n\n").unwrap_or((self.text, ""));
        include_str!("templates/around.toml")
            .replacen("# ABOUT", about, 1)
            .replacen("LOOP              ", &format!("{:<18}", self.closes), 1)
            .replacen("\"NAME\"", &toml::Value::from(name).to_string(), 1)
            .replacen("DEAL\n", &explained(deal), 1)
    }
}

/// The starter scenario under a name.
pub fn starter(name: &str) -> String {
    STARTER.scenario(name)
}

/// The sections with each key's meaning above it.
fn explained(sections: &str) -> String {
    let mut text = String::new();
    let mut section: Option<&Section> = None;
    for line in sections.lines() {
        if line.starts_with('[') {
            section = SECTIONS.iter().copied().find(|section| section.heading() == line);
        }
        let name = line.split(" =").next().unwrap_or_default();
        if let Some(key) = section.and_then(|section| section.keys.iter().find(|key| key.name == name)) {
            let comments = meaning(key).into_iter().flat_map(|meaning| wrapped(&meaning, COMMENT_WIDTH));
            comments.for_each(|comment| text.push_str(&format!("# {comment}\n")));
        }
        text.push_str(line);
        text.push('\n');
    }
    text
}

/// What a key means, its unit and what it allows; for a table or a list of tables also the keys inside.
fn meaning(key: &Key) -> Vec<String> {
    let mut own = format!("{}: {}", key.name, key.doc);
    if matches!(key.shape, Shape::Number | Shape::NumberBy(_)) {
        let terms = [key.unit.text(), key.range.text()].into_iter().filter(|term| !term.is_empty());
        own.push_str(&format!(" ({})", terms.collect::<Vec<_>>().join(", ")));
    }
    let inside: &[Key] = match key.shape {
        Shape::Table(keys) | Shape::List(keys) | Shape::TableBy(_, keys) => keys,
        _ => &[],
    };
    std::iter::once(own).chain(inside.iter().flat_map(meaning).map(|text| format!("- {text}"))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::{Scenario, describe};
    use std::path::Path;

    fn parsed(text: &str) -> Scenario {
        Scenario::parse("starter.toml", text, Path::new(""), &[])
            .unwrap_or_else(|findings| panic!("{findings}\n{text}"))
    }

    fn all() -> impl Iterator<Item = &'static Template> {
        TEMPLATES.iter().chain(std::iter::once(&STARTER))
    }

    #[test]
    fn every_template_is_accepted_without_a_warning() {
        for template in all() {
            for name in ["first", "with \"quotes\" and \\ and ü"] {
                let scenario = parsed(&template.scenario(name));
                assert_eq!(scenario.name, name);
                assert!(scenario.warnings.is_empty(), "{}: {}", template.deal, scenario.warnings);
            }
        }
    }

    #[test]
    fn every_number_of_a_template_has_a_source() {
        for template in all() {
            let scenario = parsed(&template.scenario("first"));
            for number in scenario.numbers.iter().filter(|number| !number.is_default) {
                let is_term = number.address.starts_with("scenario.");
                assert!(
                    number.source.is_some() || is_term,
                    "{}: {} has no source",
                    template.deal,
                    number.address
                );
            }
            assert!(describe(&scenario).contains("made up"));
        }
    }

    #[test]
    fn what_a_template_cites_exists() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let facts = std::fs::read_to_string(root.join("data/facts.csv")).unwrap();
        for template in all() {
            let is_fact = |word: &&str| {
                word.len() == 4
                    && word.starts_with(|c: char| c.is_ascii_uppercase())
                    && word[1..].parse::<u16>().is_ok()
            };
            for fact in template.text.split(|c: char| !c.is_ascii_alphanumeric()).filter(is_fact) {
                assert!(facts.contains(&format!("\n{fact},")), "{}: {fact}", template.deal);
            }
            let is_file = |word: &&str| word.starts_with("configs/") && word.ends_with(".toml");
            let words = || template.text.split(|c: char| !c.is_ascii_alphanumeric() && !"/_.".contains(c));
            for file in words().filter(is_file) {
                assert!(root.join(file).is_file(), "{}: {file}", template.deal);
            }
            // A kind of deal points to a real one.
            assert!(template.deal.is_empty() || words().any(|word| is_file(&word)), "{}", template.deal);
        }
    }

    #[test]
    fn every_kind_of_deal_and_every_loop_but_suspicion_has_a_template() {
        let deals = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/deals");
        for file in std::fs::read_dir(deals).unwrap().map(|entry| entry.unwrap().path()) {
            let kind = file.file_stem().unwrap().to_str().unwrap();
            let is_deal = !["bills", "mod", "remaining"].contains(&kind);
            assert!(!is_deal || TEMPLATES.iter().any(|template| template.deal == kind), "{kind}");
        }
        for name in crate::deals::LOOP_NAMES {
            // Suspicion is the market's, in every template.
            assert!(
                name == "suspicion" || TEMPLATES.iter().any(|template| template.closes == name),
                "{name}"
            );
        }
    }

    #[test]
    fn keys_are_explained_in_the_words_of_the_reference() {
        let text = TEMPLATES.iter().find(|template| template.deal == "warrant").unwrap().scenario("first");
        let of_tranche = "# - milestone: Payments from the lab so far, direct or through others, at which it vests. (USD bn, 0 or more)\n";
        for comment in ["# company: The issuer.\n", "# tranches: The tranches.\n", of_tranche] {
            assert_eq!(text.matches(comment).count(), 1, "{comment}");
        }
    }
}
