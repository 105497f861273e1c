//! The key reference (docs/scenario-keys.md), printed from the declarations: a table per section and per table inside
//! one, and how numbers, evidence and addresses are written.

use super::file;
use super::key::{Default, Key, Section, Shape, Unit};
use super::number::Grade;
use super::quantity::{FAMILIES, LONGEST_LABEL};
use std::fmt::Write;

/// The whole reference as Markdown. `schema` and the tests of the repository print it.
pub fn markdown(sections: &[&Section]) -> String {
    let mut text = String::new();
    text.push_str(INTRODUCTION);
    numbers(&mut text);
    for section in sections {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "\n## `{}`\n\n{}\n", section.heading(), section.doc);
        let _ = writeln!(text, "{}. {}", how_often(section), how_addressed(section));
        keys_table(&mut text, section.keys);
        inner_tables(&mut text, section.keys, &section.heading());
    }
    text
}

const INTRODUCTION: &str = "\
<!-- Printed by `roundtrip schema --markdown`. -->
# Keys of the scenario file

A scenario is a TOML file. Money is in USD bn, rates are per year and continuously compounded, shares are fractions
(0.3 for 30%), dates are TOML dates. Numbers in brackets such as (5.3) point into the model. A key that is not listed
here is an error that names the nearest one; so is a missing key without a default.
";

fn numbers(text: &mut String) {
    text.push_str(
        "
## Numbers

Any number outside `[scenario]` may be uncertain: drawn once per path. It is written as one of

| form | meaning |
|---|---|
| `3.5` | certain |
| `\"2 to 9\"` | 5th and 95th percentile: lognormal when both are positive, else normal |
",
    );
    for (family, form) in FAMILIES {
        let braces = format!("{{ {family} = {form} }}");
        let meaning = match family {
            "uniform" => "equally likely between a and b",
            "triangular" => "triangular",
            "pert" => {
                "PERT: a beta distribution with this mode, the mode weighing four times as much as an end"
            }
            "normal" => "normal",
            "lognormal" => "lognormal; sigma is the standard deviation of the logarithm",
            "beta" => "beta, stretched from min to max",
            "student_t" => "Student's t with df degrees of freedom",
            "discrete" => "one of the values; weights need not sum to 1",
            _ => "a row of a CSV file beside the scenario; columns of one file stay joined row by row",
        };
        let _ = writeln!(text, "| `{braces}` | {meaning} |");
    }
    let (most, scenario) = (file::TABLE, file::SCENARIO);
    let grades = Grade::ALL.map(|grade| format!("`{}`", grade.word())).join(", ");
    let _ = write!(
        text,
        "
Any of the tables may add `min` and `max`, which cut the distribution off: `{{ normal = {{ mean = 3.0, sd = 1.0 }},
min = 0.0 }}`; a range is cut in the table of its value: `{{ value = \"0 to 5\", min = 0.0 }}`. A distribution must stay
inside what its key allows; rates, log units and what multiplies an exponent (`spillover`, `exponent`, `noise`) go up to
10, other numbers to 1e12. Of a normal or lognormal three standard deviations must, of a Student's t all but one draw in a
thousand million: its tails have no end, so cut them. Nothing but 0 is nearer to 0 than 1e-12. Everything that a joined file draws is inside the bounds of all its columns.

**Files of columns.** Comma-separated or as other programs write them, a heading and then a row per draw; all numbers drawn
from one file are drawn from the same row. A file must be a plain one of at most {most} MiB and lie in the scenario's folder or
below, or in a folder that the scenario declares: `data = [\"../data\"]` in [scenario]. A link counts as what it leads to. Of
a file in a declared folder no message quotes what stands in it. A scenario file has {scenario} MiB at most, and its name
without the ending, which names its results, does not begin with a dot.

**Evidence.** Any number may be a table with `value`, `source` and `grade`: `{{ value = 300.0, source = \"WSJ 2025-09-10\",
grade = \"reported\" }}`. Grades: {grades}; a number without one is `assumed`. A section may carry `source` and `grade` for
all numbers in it that have none of their own.

**Labels.** The same table may have a `label`, of {LONGEST_LABEL} letters at most: what charts and sentences call the number, as within a
sentence, `{{ value = 10.0, label = \"the cash that OpenAI wants in hand\" }}`; it stays where `--set` gives another value. Without one
it is called by its actors and what it is of them, \"OpenAI’s cash trigger for a round\". Tables for other programs keep the address.

**Addresses** name a number everywhere: in correlations, in results, in `--set PATH=VALUE`. They follow the file:
`market.rate`, `lab.OpenAI.revenue.growth`, `company.Oracle.suppliers.NVIDIA`, `compute.OpenAI.Oracle.weight`. Elements of
lists are counted from 0, `compute.OpenAI.Oracle.contracts.0.notional`; those of three go by state,
`lab.OpenAI.round.multiple.hype`, `sentiment.rates.hype.suspicion`. Where a second section has the same names, such as a
second commitment of the same pair, its address goes on with `.2`: `commitment.SoftBank.OpenAI.2.pre_money`. `--set` also
takes other keys by address, `scenario.years` or `holding.SoftBank.funding`, but not those that make up addresses.
A shell reads braces and blanks itself unless they stand in quotes: `--set 'market.rate={{ uniform = [0.02, 0.05] }}'`. A name
is any text without `.`, `=`, `,`, quotes and slashes; `outside` is taken.
"
    );
}

fn how_often(section: &Section) -> &'static str {
    match (section.repeated, section.required) {
        (true, true) => "At least once",
        (true, false) => "Any number of times",
        (false, true) => "Once",
        (false, false) => "At most once",
    }
}

fn how_addressed(section: &Section) -> String {
    let parts: Vec<String> = section.address.iter().map(|key| format!("<{key}>")).collect();
    match (section.repeated, parts.is_empty()) {
        (false, _) => format!("Addresses: `{}.<key>`.", section.name),
        (true, true) => format!("Addresses: `{}.0.<key>`, in the file's order.", section.name),
        (true, false) => format!("Addresses: `{}.{}.<key>`.", section.name, parts.join(".")),
    }
}

fn keys_table(text: &mut String, keys: &[Key]) {
    text.push_str("\n| key | what | unit | allowed | default | |\n|---|---|---|---|---|---|\n");
    for key in keys {
        let unit = if is_number(&key.shape) { key.unit } else { Unit::None };
        let allowed = if is_number(&key.shape) { key.range.text().to_string() } else { allowed(&key.shape) };
        let _ = writeln!(
            text,
            "| `{}` | {} | {} | {} | {} | {} |",
            key.name,
            what(&key.shape),
            unit.text(),
            allowed,
            default(key),
            key.doc
        );
    }
}

/// The tables inside, each under the way to it.
fn inner_tables(text: &mut String, keys: &[Key], way: &str) {
    for key in keys {
        if let Shape::Table(inner) | Shape::List(inner) | Shape::TableBy(_, inner) = &key.shape {
            let way = format!("{way} {}", key.name);
            let _ = writeln!(text, "\n### `{way}`");
            keys_table(text, inner);
            inner_tables(text, inner, &way);
        }
    }
}

fn is_number(shape: &Shape) -> bool {
    matches!(shape, Shape::Number | Shape::Certain | Shape::States | Shape::StateMatrix | Shape::NumberBy(_))
}

fn what(shape: &Shape) -> String {
    match shape {
        Shape::Name => "name".to_string(),
        Shape::Text => "text".to_string(),
        Shape::Folders => "list of folders".to_string(),
        Shape::Choice(_) => "word".to_string(),
        Shape::Choices(_) => "list of words".to_string(),
        Shape::Whole(_) => "whole number".to_string(),
        Shape::Date => "date".to_string(),
        Shape::Number => "number".to_string(),
        Shape::Certain => "number, certain".to_string(),
        Shape::States => "[hype, neutral, suspicion]".to_string(),
        Shape::StateMatrix => "three rows of three".to_string(),
        Shape::Table(_) => "table".to_string(),
        Shape::List(_) => "list of tables".to_string(),
        Shape::NumberBy(whom) => format!("number by {}", whom.text()),
        Shape::TableBy(whom, _) => format!("table by {}", whom.text()),
        Shape::Actor(whom) => format!("name of a {}", whom.text()),
        Shape::Addresses => "two addresses".to_string(),
    }
}

fn allowed(shape: &Shape) -> String {
    match shape {
        Shape::Choice(words) | Shape::Choices(words) => {
            words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
        }
        Shape::Whole(numbers) => numbers.iter().map(i64::to_string).collect::<Vec<_>>().join(", "),
        _ => String::new(),
    }
}

fn default(key: &Key) -> String {
    match key.default {
        Default::Required => "required".to_string(),
        Default::Value(value) => format!("{value}"),
        Default::Words(words) => words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", "),
        Default::Keys => "those of its keys".to_string(),
        Default::Absent => "none".to_string(),
        Default::Owner(sentence) => sentence.to_string(),
    }
}
