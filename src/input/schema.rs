//! The JSON Schema of the scenario file (docs/roundtrip.schema.json), printed from the declarations, so that an editor
//! completes keys and marks mistakes. What only the program can tell (known names, which of two numbers is the greater, sums,
//! circles) it does not say; what it refuses, the program refuses too (`tests/schema/`).

use super::key::{Default, Key, Range, Section, Shape};
use super::number::Grade;
use super::quantity::{LARGEST, LONGEST_LABEL};
use serde_json::{Map, Value, json};

/// A number inside a text, as [`super::quantity`] reads it.
const NUMBER: &str = r"[-+]?([0-9][0-9_]*\.?[0-9_]*|\.[0-9][0-9_]*)([eE][-+]?[0-9]+)?";

/// The schema, draft 2020-12, indented.
pub fn json(sections: &[&Section]) -> String {
    let mut properties = Map::new();
    for section in sections {
        let one = with_evidence(table(section.keys, section.doc));
        let value = if section.repeated {
            json!({ "type": "array", "description": section.doc, "items": one })
        } else {
            one
        };
        properties.insert(section.name.to_string(), value);
    }
    let required: Vec<&str> =
        sections.iter().filter(|section| section.required).map(|section| section.name).collect();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "roundtrip scenario",
        "description": "A scenario of circular AI financing: money in USD bn, rates per year, shares as fractions.",
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
        "$defs": definitions(),
    });
    format!("{schema:#}\n")
}

fn table(keys: &[Key], doc: &str) -> Value {
    let mut properties = Map::new();
    for key in keys {
        properties.insert(key.name.to_string(), property(key));
    }
    let required: Vec<&str> =
        keys.iter().filter(|key| key.default == Default::Required).map(|key| key.name).collect();
    let mut schema = json!({ "type": "object" });
    if !doc.is_empty() {
        schema["description"] = json!(doc);
    }
    schema["properties"] = Value::Object(properties);
    if !required.is_empty() {
        schema["required"] = json!(required);
    }
    schema["additionalProperties"] = json!(false);
    schema
}

/// A section may carry a source and a grade for all numbers in it.
fn with_evidence(mut section: Value) -> Value {
    section["properties"]["source"] = json!({ "$ref": "#/$defs/source" });
    section["properties"]["grade"] = json!({ "$ref": "#/$defs/grade" });
    section
}

fn property(key: &Key) -> Value {
    let number = json!({ "$ref": format!("#/$defs/{}", number_name(key.range)) });
    let three = |items: Value| json!({ "type": "array", "items": items, "minItems": 3, "maxItems": 3 });
    let mut schema = match &key.shape {
        Shape::Name | Shape::Text | Shape::Actor(_) => some_text(),
        Shape::Folders => json!({ "type": "array", "items": some_text() }),
        Shape::Choice(words) => json!({ "enum": words }),
        Shape::Choices(words) => json!({ "type": "array", "items": { "enum": words }, "uniqueItems": true }),
        Shape::Whole(numbers) => json!({ "enum": numbers }),
        // Editors hand TOML dates to the schema as texts.
        Shape::Date => json!({ "type": "string", "format": "date" }),
        Shape::Number => number,
        Shape::Certain => json!({ "$ref": format!("#/$defs/certain_{}", number_name(key.range)) }),
        Shape::States => three(number),
        Shape::StateMatrix => three(three(number)),
        Shape::Table(keys) => table(keys, ""),
        Shape::List(keys) => json!({ "type": "array", "items": table(keys, "") }),
        Shape::NumberBy(_) => json!({ "type": "object", "additionalProperties": number }),
        Shape::TableBy(_, keys) => json!({ "type": "object", "additionalProperties": table(keys, "") }),
        Shape::Addresses => {
            json!({ "type": "array", "items": { "type": "string" }, "minItems": 2, "maxItems": 2 })
        }
    };
    schema["description"] = json!(described(key));
    match key.default {
        Default::Value(value) => schema["default"] = json!(value),
        Default::Words(words) => schema["default"] = json!(words),
        Default::Required | Default::Keys | Default::Absent | Default::Owner(_) => {}
    }
    schema
}

/// A text with more in it than blanks.
fn some_text() -> Value {
    json!({ "type": "string", "pattern": r"\S" })
}

/// Any finite number of a size that a file may have.
fn some_number() -> Value {
    json!({ "type": "number", "minimum": -LARGEST, "maximum": LARGEST })
}

/// The key's sentence with its unit.
fn described(key: &Key) -> String {
    let mut text = key.doc.to_string();
    if !key.unit.text().is_empty() {
        text.push_str(&format!(" Unit: {}.", key.unit.text()));
    }
    if let Default::Owner(sentence) = key.default {
        text.push_str(&format!(" Default: {sentence}."));
    }
    text
}

fn number_name(range: Range) -> &'static str {
    match range {
        Range::Any => "number",
        Range::NonNegative => "non_negative",
        Range::Positive => "positive",
        Range::Unit => "zero_to_one",
        Range::Part => "above_zero_to_one",
        Range::AtLeastOne => "one_or_more",
        Range::Signed => "minus_one_to_one",
        Range::Correlation => "correlation",
    }
}

fn definitions() -> Value {
    let mut definitions = Map::new();
    let grades = Grade::ALL.map(Grade::word);
    let mut source = some_text();
    source["description"] = json!("Who says so, and when.");
    definitions.insert("source".into(), source);
    definitions.insert(
        "grade".into(),
        json!({ "enum": grades, "description": "How well it is known.", "default": Grade::Assumed.word() }),
    );
    definitions.insert(
        "label".into(),
        json!({
            "type": "string",
            "pattern": format!("^\\s*\\S(.{{0,{}}}\\S)?\\s*$", LONGEST_LABEL - 2),
            "description": "What charts call the number, as within a sentence.",
        }),
    );
    definitions.insert(
        "range".into(),
        json!({
            "type": "string",
            "pattern": format!(r"^\s*{NUMBER}\s* to \s*{NUMBER}\s*$"),
            "description": "5th and 95th percentile, \"2 to 9\": lognormal when both are positive, else normal.",
        }),
    );
    definitions.insert("distribution".into(), distribution());
    for range in [
        Range::Any,
        Range::NonNegative,
        Range::Positive,
        Range::Unit,
        Range::Part,
        Range::AtLeastOne,
        Range::Signed,
        Range::Correlation,
    ] {
        let bounds = bounded(range);
        let value = json!({ "anyOf": [bounds, { "$ref": "#/$defs/distribution" }] });
        let with_evidence = |value: Value, may_be_cut: bool| {
            let mut properties = json!({
                "value": value,
                "source": { "$ref": "#/$defs/source" },
                "grade": { "$ref": "#/$defs/grade" },
                "label": { "$ref": "#/$defs/label" },
            });
            if may_be_cut {
                properties["min"] = some_number();
                properties["max"] = some_number();
            }
            json!({ "type": "object", "properties": properties, "required": ["value"], "additionalProperties": false })
        };
        // Only `rho` is a correlation, and it is certain.
        if range != Range::Correlation {
            definitions.insert(
                number_name(range).into(),
                json!({ "anyOf": [
                    bounds,
                    { "$ref": "#/$defs/range" },
                    { "$ref": "#/$defs/distribution" },
                    with_evidence(value, false),
                    // Bounds of a distribution stand in its own braces.
                    with_evidence(json!({ "$ref": "#/$defs/range" }), true),
                ] }),
            );
        }
        if matches!(range, Range::Positive | Range::Correlation) {
            definitions.insert(
                format!("certain_{}", number_name(range)),
                json!({ "anyOf": [bounds, with_evidence(bounds.clone(), false)] }),
            );
        }
    }
    Value::Object(definitions)
}

fn bounded(range: Range) -> Value {
    match range {
        Range::Any => some_number(),
        Range::NonNegative => json!({ "type": "number", "minimum": 0, "maximum": LARGEST }),
        Range::Positive => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": LARGEST }),
        Range::Unit => json!({ "type": "number", "minimum": 0, "maximum": 1 }),
        Range::Part => json!({ "type": "number", "exclusiveMinimum": 0, "maximum": 1 }),
        Range::AtLeastOne => json!({ "type": "number", "minimum": 1, "maximum": LARGEST }),
        Range::Signed => json!({ "type": "number", "minimum": -1, "maximum": 1 }),
        Range::Correlation => json!({ "type": "number", "exclusiveMinimum": -1, "exclusiveMaximum": 1 }),
    }
}

/// One kind of distribution, and bounds.
fn distribution() -> Value {
    let list = |count: usize| json!({ "type": "array", "items": some_number(), "minItems": count, "maxItems": count });
    let record = |names: &[&str]| {
        let properties: Map<String, Value> =
            names.iter().map(|name| (name.to_string(), some_number())).collect();
        json!({
            "type": "object",
            "properties": properties,
            "required": names,
            "additionalProperties": false,
        })
    };
    let kinds = [
        ("uniform", list(2)),
        ("triangular", list(3)),
        ("pert", list(3)),
        ("normal", record(&["mean", "sd"])),
        ("lognormal", record(&["median", "sigma"])),
        ("beta", record(&["alpha", "beta", "min", "max"])),
        ("student_t", record(&["mean", "scale", "df"])),
        ("discrete", json!({ "type": "array", "items": list(2), "minItems": 1 })),
        ("empirical", some_text()),
    ];
    let alternatives: Vec<Value> = kinds
        .into_iter()
        .map(|(name, parameters)| {
            let mut properties = Map::new();
            properties.insert(name.to_string(), parameters);
            let mut required = vec![name];
            if name == "empirical" {
                properties.insert("column".into(), some_text());
                required.push("column");
            }
            properties.insert("min".into(), some_number());
            properties.insert("max".into(), some_number());
            json!({
                "type": "object",
                "properties": properties,
                "required": required,
                "additionalProperties": false,
            })
        })
        .collect();
    json!({ "anyOf": alternatives })
}
