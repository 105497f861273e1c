//! The scenario file: what is accepted, what is refused and in which words, and what the program prints about it.
//! `UPDATE_GOLDEN=1` writes the goldens; a mismatch leaves the new text beside the old one.

use proptest::prelude::*;
use roundtrip::engine::simulate::column_names;
use roundtrip::engine::{Fault, Run, simulate};
use roundtrip::events::round_terms::MOST_INVESTORS;
use roundtrip::input::{
    Distribution, Family, Findings, Grade, Key, Node, Quantity, Shape, reference, schema,
};
use roundtrip::plan::Plan;
use roundtrip::scenario::{SECTIONS, Scenario, describe, evidence};
use roundtrip::words::label::Named;
use statrs::distribution::ContinuousCDF;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn read_text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()))
}

/// Compares with a golden file, or writes it. Says what differs, if anything.
fn differs_from_golden(path: &Path, text: &str) -> Option<String> {
    if std::env::var_os("UPDATE_GOLDEN").is_some() {
        std::fs::write(path, text).unwrap_or_else(|error| panic!("cannot write {}: {error}", path.display()));
        return None;
    }
    let golden = std::fs::read_to_string(path).unwrap_or_default();
    if golden == text {
        return None;
    }
    let beside = PathBuf::from(format!("{}.new", path.display()));
    std::fs::write(&beside, text)
        .unwrap_or_else(|error| panic!("cannot write {}: {error}", beside.display()));
    Some(format!("{} is not {}:\n{text}", path.display(), beside.display()))
}

/// The scenarios of a folder, by file name.
fn scenarios_in(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("a folder entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "toml"))
        .collect();
    files.sort();
    files
}

/// Every finding says where and what to do; all of them together are in the golden file beside the scenario.
fn compare_findings(path: &Path, findings: &Findings, wrong: &mut Vec<String>) {
    for finding in findings.iter().filter(|finding| finding.help.is_empty() || finding.places.is_empty()) {
        wrong.push(format!("{}: `{}` has no place or no help", path.display(), finding.message));
    }
    let folder = path.parent().expect("a folder");
    let text = findings.to_string().replace(&format!("{}/", folder.display()), "");
    wrong.extend(differs_from_golden(&path.with_extension("txt"), &text));
}

fn parse(path: &Path) -> Result<Scenario, Findings> {
    let name = path.file_name().expect("a file name").to_string_lossy();
    Scenario::parse(&name, &read_text(path), path.parent().expect("a folder"), &[])
}

#[test]
fn what_is_refused_says_why_where_and_what_to_do() {
    let files = scenarios_in(&folder("tests/refused"));
    assert!(files.len() >= 90, "only {} refused scenarios", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        match parse(path) {
            Ok(_) => wrong.push(format!("{} is accepted", path.display())),
            Err(findings) => compare_findings(path, &findings, &mut wrong),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn what_is_doubtful_is_accepted_with_a_warning() {
    let files = scenarios_in(&folder("tests/doubtful"));
    assert!(files.len() >= 5, "only {} doubtful scenarios", files.len());
    let mut wrong = Vec::new();
    for path in &files {
        match parse(path) {
            Ok(scenario) if scenario.warnings.is_empty() => {
                wrong.push(format!("{}: no warning", path.display()))
            }
            Ok(scenario) => compare_findings(path, &scenario.warnings, &mut wrong),
            Err(findings) => wrong.push(format!("{} is refused:\n{findings}", path.display())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

const EVERY_KEY: &str = include_str!("scenarios/every_key.toml");

fn every_key_with(set: &[(&str, &str)]) -> Result<Scenario, Findings> {
    let set: Vec<(String, String)> =
        set.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect();
    Scenario::parse("every_key.toml", EVERY_KEY, Path::new(""), &set)
}

fn accepted(result: Result<Scenario, Findings>) -> Scenario {
    result.unwrap_or_else(|findings| panic!("refused:\n{findings}"))
}

fn quantity(scenario: &Scenario, address: &str) -> Quantity {
    let id = scenario.number_at(address).unwrap_or_else(|| panic!("nothing at {address}"));
    scenario.number(id).quantity.clone()
}

#[test]
fn every_key_is_accepted_and_understood() {
    let scenario = accepted(every_key_with(&[]));
    assert!(scenario.warnings.is_empty(), "{}", scenario.warnings);
    let golden = folder("tests/scenarios/every_key.check.txt");
    assert_eq!(differs_from_golden(&golden, &describe(&scenario)), None);
}

#[test]
fn the_currency_and_the_good_are_words() {
    let scenario = accepted(every_key_with(&[]));
    assert_eq!((scenario.currency.code(), scenario.good.to_string().as_str()), ("EUR", "processors"));
    let other =
        accepted(every_key_with(&[("scenario.currency", "JPY"), ("scenario.good", "network equipment")]));
    assert_eq!((other.currency.code(), other.good.to_string().as_str()), ("JPY", "network equipment"));
    let without = EVERY_KEY.lines().filter(|line| !line.starts_with("currency") && !line.starts_with("good"));
    let text: String = without.map(|line| line.to_string() + "\n").collect();
    let plain = accepted(Scenario::parse("every_key.toml", &text, Path::new(""), &[]));
    assert!(plain.currency.is_usd() && plain.good.is_compute());
    // No number is another.
    let values = |scenario: &Scenario| {
        format!("{:?}", scenario.numbers.iter().map(|n| &n.quantity).collect::<Vec<_>>())
    };
    assert_eq!(values(&plain), values(&scenario));
    let refused = every_key_with(&[("scenario.currency", "euro")]).unwrap_err().to_string();
    assert!(refused.contains("EUR"), "{refused}");
}

#[test]
fn every_key_of_the_declarations_is_in_every_key() {
    fn walk(keys: &[Key], node: &Node, way: &str, absent: &mut Vec<String>) {
        for key in keys {
            let way = format!("{way}.{}", key.name);
            if !node.was_given(key.name) {
                absent.push(way);
                continue;
            }
            match &key.shape {
                Shape::Table(inner) => walk(inner, node.table(key.name).expect("a table"), &way, absent),
                Shape::TableBy(_, inner) => walk(inner, &node.tables_by(key.name)[0].1, &way, absent),
                Shape::List(inner) => {
                    walk(inner, node.list(key.name).last().expect("an element"), &way, absent)
                }
                _ => {}
            }
        }
    }
    let scenario = accepted(every_key_with(&[]));
    for section in SECTIONS {
        let node = scenario.sections_named(section.name).next();
        let node = node.unwrap_or_else(|| panic!("every_key.toml has no {}", section.heading()));
        let mut absent = Vec::new();
        walk(section.keys, node, section.name, &mut absent);
        // Shown once, at a company.
        absent.retain(|way| way != "person.lab_stakes");
        // The first tranche has a day, the last one waits for the listing.
        absent.retain(|way| way != "commitment.tranches.due");
        assert!(absent.is_empty(), "every_key.toml lacks {absent:?}");
    }
}

#[test]
fn every_number_has_one_address_and_can_be_set_by_it() {
    let scenario = accepted(every_key_with(&[]));
    let mut seen = std::collections::BTreeSet::new();
    for number in &scenario.numbers {
        assert!(seen.insert(&number.address), "{} twice", number.address);
        // The value that it has is always allowed.
        let value = match &number.quantity {
            Quantity::Certain(value) => format!("{value}"),
            Quantity::Uncertain(_) => scenario.text[number.span.clone()].trim().to_string(),
        };
        let set = accepted(every_key_with(&[(&number.address, &value)]));
        assert_eq!(quantity(&set, &number.address), number.quantity, "{}", number.address);
        assert!(!set.number(set.number_at(&number.address).unwrap()).is_default);
    }
}

#[test]
fn addresses_are_those_of_the_contract() {
    let scenario = accepted(every_key_with(&[]));
    for address in [
        "company.Oracle.volatility",
        "lab.OpenAI.revenue.growth",
        "lab.OpenAI.round.multiple.hype",
        "lab.OpenAI.commit.multiple",
        "sentiment.rates.hype.suspicion",
        "compute.OpenAI.Oracle.contracts.0.notional",
        "company.Oracle.suppliers.NVIDIA",
        "company.Oracle.beta.market",
        "company.Oracle.lab_stakes.OpenAI.stake",
        "person.Ellison.stake.Oracle",
        "person.Ellison.invests.OpenAI",
        "holding.SoftBank.stakes.NVIDIA",
        "vendor_equity.NVIDIA.OpenAI.ratio",
        "commitment.SoftBank.OpenAI.tranches.0.amount",
        "commitment.SoftBank.OpenAI.tranches.1.needs.paid",
        "warrant.AMD.OpenAI.tranches.0.fraction",
        "announcement.elasticity",
        "market.rate",
        "correlation.0.rho",
    ] {
        assert!(scenario.number_at(address).is_some(), "nothing at {address}");
    }
}

#[test]
fn a_second_commitment_of_the_same_pair_is_numbered() {
    let again = "\n[[commitment]]\ninvestor = \"SoftBank\"\nlab = \"OpenAI\"\npre_money = 300.0\ntranches = [{ due = 2026-01-05, amount = 1.0 }]\n";
    let scenario =
        accepted(Scenario::parse("twice.toml", &format!("{EVERY_KEY}{again}"), Path::new(""), &[]));
    assert_eq!(quantity(&scenario, "commitment.SoftBank.OpenAI.pre_money"), Quantity::Certain(260.0));
    assert_eq!(quantity(&scenario, "commitment.SoftBank.OpenAI.2.pre_money"), Quantity::Certain(300.0));
    assert_eq!(quantity(&scenario, "commitment.SoftBank.OpenAI.2.tranches.0.amount"), Quantity::Certain(1.0));
}

#[test]
fn overrides_reach_everything_but_what_makes_up_addresses() {
    let scenario = accepted(every_key_with(&[
        ("scenario.name", "Another name"),
        ("scenario.start", "2026-01-05"),
        ("scenario.years", "2"),
        ("scenario.steps_per_year", "12"),
        ("market.rate", "0.02 to 0.06"),
        ("company.NVIDIA.drift", "{ value = 0.05, source = \"a guess\", grade = \"estimated\" }"),
        ("company.AMD.elasticity", "1.5"),
        ("company.Oracle.suppliers.AMD", "0.1"),
        ("lab.OpenAI.round.multiple", "[10, 9, 8]"),
        ("lab.OpenAI.round.multiple.hype", "40"),
        ("sentiment.initial", "neutral"),
        ("holding.SoftBank.funding", "[\"borrow\"]"),
        ("compute.OpenAI.Oracle.contracts.0.announced", "2026-02-01"),
        ("market.volatility", "0.1"),
        ("market.volatility", "0.3"),
    ]));
    assert_eq!(scenario.name, "Another name");
    assert_eq!((scenario.years, scenario.steps_per_year), (2.0, 12));
    assert_eq!(scenario.start, 20_458);
    assert!(matches!(quantity(&scenario, "market.rate"), Quantity::Uncertain(_)));
    assert_eq!(quantity(&scenario, "lab.OpenAI.round.multiple.hype"), Quantity::Certain(40.0));
    assert_eq!(quantity(&scenario, "lab.OpenAI.round.multiple.neutral"), Quantity::Certain(9.0));
    assert_eq!(quantity(&scenario, "company.Oracle.suppliers.AMD"), Quantity::Certain(0.1));
    assert_eq!(quantity(&scenario, "market.volatility"), Quantity::Certain(0.3));
    assert_eq!(scenario.sections_named("sentiment").next().unwrap().text("initial"), "neutral");
    let drift = scenario.number(scenario.number_at("company.NVIDIA.drift").unwrap());
    assert_eq!((drift.source.as_deref(), drift.grade), (Some("a guess"), Grade::Estimated));
    let rate = scenario.number(scenario.number_at("market.rate").unwrap());
    assert_eq!(
        (rate.source.as_deref(), rate.grade, rate.span.clone()),
        (Some("--set"), Grade::Assumed, 0..0)
    );
}

#[test]
fn an_override_brings_in_a_table_that_the_file_leaves_out() {
    let commit = "commit = { multiple = 3.0, term = 5.0, lead = 1.0, tie = 1.0, ramp = 0.5 }";
    assert!(EVERY_KEY.contains(commit));
    let text = EVERY_KEY.replace(commit, "");
    let set = |pairs: &[(&str, &str)]| -> Vec<(String, String)> {
        pairs.iter().map(|(path, value)| (path.to_string(), value.to_string())).collect()
    };
    let whole = set(&[
        ("lab.OpenAI.commit.multiple", "2"),
        ("lab.OpenAI.commit.term", "4"),
        ("lab.OpenAI.commit.lead", "0.5"),
    ]);
    let scenario = accepted(Scenario::parse("a.toml", &text, Path::new(""), &whole));
    assert_eq!(quantity(&scenario, "lab.OpenAI.commit.multiple"), Quantity::Certain(2.0));
    assert_eq!(quantity(&scenario, "lab.OpenAI.commit.tie"), Quantity::Certain(0.0));
    let part = Scenario::parse("a.toml", &text, Path::new(""), &whole[..1]).expect_err("lacks the rest");
    assert!(part.to_string().contains("lacks `term` and `lead`"), "{part}");
}

#[test]
fn wrong_overrides_are_refused_where_they_were_typed() {
    let findings = every_key_with(&[
        ("lab.OpenAI.commit.multple", "2"),
        ("company.Oracle.name", "Orcl"),
        ("market.rate", "-0.05"),
        ("market.volatility", "[1,"),
        ("market.sector_volatility", "high"),
        ("holding.SoftBank.funding", "[\"cahs\"]"),
        ("scenario.steps_per_year", "365"),
        ("company.Oracle.suppliers.Nvidia", "0.1"),
        ("company.Oracle.margin", ""),
    ])
    .expect_err("all of them are wrong");
    let golden = folder("tests/refused/overrides.golden.txt");
    assert_eq!(differs_from_golden(&golden, &findings.to_string()), None);
}

#[test]
fn a_range_is_the_5th_and_95th_percentile() {
    let scenario =
        accepted(every_key_with(&[("lab.OpenAI.cash", "2 to 9"), ("company.AMD.drift", "-0.1 to 0.3")]));
    let Quantity::Uncertain(Distribution { family: Family::Lognormal { median, sigma }, .. }) =
        quantity(&scenario, "lab.OpenAI.cash")
    else {
        panic!("positive ends are lognormal")
    };
    let law = statrs::distribution::LogNormal::new(median.ln(), sigma).expect("a lognormal");
    assert!((law.cdf(2.0) - 0.05).abs() < 1e-9 && (law.cdf(9.0) - 0.95).abs() < 1e-9);
    let Quantity::Uncertain(Distribution { family: Family::Normal { mean, sd }, .. }) =
        quantity(&scenario, "company.AMD.drift")
    else {
        panic!("ends that are not both positive are normal")
    };
    let law = statrs::distribution::Normal::new(mean, sd).expect("a normal");
    assert!((law.cdf(-0.1) - 0.05).abs() < 1e-9 && (law.cdf(0.3) - 0.95).abs() < 1e-9);
}

#[test]
fn every_distribution_is_read() {
    let cases = [
        ("{ uniform = [1, 2] }", Family::Uniform { low: 1.0, high: 2.0 }),
        ("{ triangular = [1, 2, 4] }", Family::Triangular { low: 1.0, mode: 2.0, high: 4.0 }),
        ("{ pert = [1, 1, 4] }", Family::Pert { low: 1.0, mode: 1.0, high: 4.0 }),
        ("{ normal = { mean = 5, sd = 1 }, min = 0 }", Family::Normal { mean: 5.0, sd: 1.0 }),
        ("{ lognormal = { median = 5, sigma = 1 } }", Family::Lognormal { median: 5.0, sigma: 1.0 }),
        (
            "{ beta = { alpha = 2, beta = 3, min = 0, max = 9 } }",
            Family::Beta { alpha: 2.0, beta: 3.0, low: 0.0, high: 9.0 },
        ),
        (
            "{ student_t = { mean = 5, scale = 1, df = 4 }, min = 0, max = 10 }",
            Family::StudentT { mean: 5.0, scale: 1.0, df: 4.0 },
        ),
        (
            "{ discrete = [[3, 1], [1, 3]] }",
            Family::Discrete { values: vec![1.0, 3.0], weights: vec![0.75, 0.25] },
        ),
    ];
    for (text, family) in cases {
        let scenario = accepted(every_key_with(&[("lab.OpenAI.cash", text)]));
        let Quantity::Uncertain(distribution) = quantity(&scenario, "lab.OpenAI.cash") else {
            panic!("{text}")
        };
        assert_eq!(distribution.family, family);
        assert_eq!(
            distribution.min.is_finite(),
            text.contains("min = 0") && !text.contains("beta"),
            "{text}"
        );
    }
    let cut = accepted(every_key_with(&[("lab.OpenAI.cash", "{ value = \"0 to 5\", min = 0, max = 4 }")]));
    let Quantity::Uncertain(distribution) = quantity(&cut, "lab.OpenAI.cash") else { panic!("a range") };
    assert_eq!((distribution.min, distribution.max), (0.0, 4.0));
    assert_eq!(distribution.support(), (0.0, 4.0));
}

#[test]
fn columns_of_one_file_share_its_table() {
    let set = [
        (
            "lab.OpenAI.opex".to_string(),
            "{ empirical = \"posterior.csv\", column = \"opex\", max = 14.5 }".to_string(),
        ),
        (
            "lab.OpenAI.revenue.growth".to_string(),
            "{ empirical = \"posterior.csv\", column = \"growth\" }".to_string(),
        ),
    ];
    let scenario = accepted(Scenario::parse("a.toml", EVERY_KEY, &folder("tests/refused"), &set));
    let of = |address: &str| match quantity(&scenario, address) {
        Quantity::Uncertain(Distribution { family: Family::Empirical { table, values }, .. }) => {
            (table, values)
        }
        other => panic!("{other:?}"),
    };
    let (one, opex) = of("lab.OpenAI.opex");
    let (other, growth) = of("lab.OpenAI.revenue.growth");
    assert_eq!(one, other);
    assert_eq!(*opex, [12.0, 13.0, 14.0, 15.0]);
    assert_eq!(*growth, [0.2, 0.4, -0.1, 0.6]);
    assert_eq!(scenario.tables.len(), 1);
    assert!(describe(&scenario).contains("posterior.csv: 4 rows"));
}

#[test]
fn a_section_lends_its_evidence_to_its_numbers() {
    let text = EVERY_KEY
        .replace("[market]", "[market]\nsource = \"the desk\"\ngrade = \"reported\"")
        .replace("rate = 0.045", "rate = { value = 0.045, grade = \"filed\" }")
        .replace("name = \"AMD\"", "name = \"AMD\"\nsource = \"10-Q\"");
    let scenario = accepted(Scenario::parse("a.toml", &text, Path::new(""), &[]));
    let evidence = |address: &str| {
        let number = scenario.number(scenario.number_at(address).expect("the number"));
        (number.source.as_deref(), number.grade)
    };
    assert_eq!(evidence("market.volatility"), (Some("the desk"), Grade::Reported));
    assert_eq!(evidence("market.rate"), (Some("the desk"), Grade::Filed));
    assert_eq!(evidence("company.AMD.cash"), (Some("10-Q"), Grade::Assumed));
    assert_eq!(evidence("company.AMD.debt"), (None, Grade::Assumed));
    assert_eq!(evidence("company.NVIDIA.cash"), (None, Grade::Assumed));
}

/// The scenarios of `configs/` by the names of their files.
fn shipped() -> Vec<(String, Scenario)> {
    let mut files: Vec<PathBuf> =
        std::fs::read_dir(folder("configs")).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.retain(|file| file.extension().is_some_and(|ending| ending == "toml"));
    files.sort();
    let name = |file: &Path| file.file_stem().unwrap().to_string_lossy().into_owned();
    files.iter().map(|file| (name(file), accepted(Scenario::read(file, &[])))).collect()
}

#[test]
fn the_evidence_page_has_every_number_once_and_says_who_uses_it() {
    let shipped = shipped();
    let page = evidence::markdown(&shipped);
    // Counted apart from the page: distinct numbers and uses.
    let mut distinct = std::collections::BTreeSet::new();
    let mut uses = 0;
    for (_, scenario) in &shipped {
        for number in scenario.numbers.iter().filter(|n| !n.is_default && !n.address.starts_with("scenario."))
        {
            distinct.insert(format!(
                "{:?} {} {} {:?} {:?}",
                number.grade, number.address, number.quantity, number.unit, number.source
            ));
            uses += 1;
        }
    }
    let rows = page.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, distinct.len());
    let headings: Vec<&str> = page.lines().filter(|line| line.starts_with("## ")).collect();
    assert!(headings[0].starts_with("## assumed: "), "{headings:?}");
    let counted: usize = headings
        .iter()
        .map(|heading| {
            heading.rsplit(", ").next().unwrap().trim_end_matches(" uses").parse::<usize>().unwrap()
        })
        .sum();
    assert_eq!(counted, uses);
    let line = page
        .lines()
        .find(|line| line.starts_with("| `contracts.0.notional`") && line.contains("A001"))
        .unwrap();
    assert!(line.contains("300 USD bn") && line.contains("oracle") && line.contains("web_2025"), "{line}");
}

#[test]
fn what_the_program_prints_about_the_file_is_what_is_committed() {
    let schema = schema::json(SECTIONS);
    serde_json::from_str::<serde_json::Value>(&schema).expect("the schema is JSON");
    let differences: Vec<String> = [
        (folder("docs/roundtrip.schema.json"), schema),
        (folder("docs/scenario-keys.md"), reference::markdown(SECTIONS)),
        (folder("docs/evidence.md"), evidence::markdown(&shipped())),
    ]
    .iter()
    .filter_map(|(path, text)| differs_from_golden(path, text))
    .collect();
    assert!(differences.is_empty(), "UPDATE_GOLDEN=1 writes them:\n{}", differences.join("\n"));
}

/// What the file calls a number is not lost with its value, and stands where the understanding is printed.
#[test]
fn a_label_stays_where_the_value_is_set() {
    let base = read_text(&folder("tests/schema/base.toml"));
    let text = base.replacen("\nrate = 0.045", "\nrate = { value = 0.045, label = \"what money costs\" }", 1);
    assert_ne!(text, base);
    for set in [None, Some("0.05"), Some("\"0.02 to 0.05\"")] {
        let set: Vec<(String, String)> =
            set.into_iter().map(|value| ("market.rate".to_string(), value.to_string())).collect();
        let scenario = Scenario::parse("labelled.toml", &text, Path::new(""), &set).unwrap();
        assert_eq!(Named::number(&scenario, "market.rate").words, "what money costs", "{set:?}");
        assert!(describe(&scenario).contains("“what money costs”"), "{set:?}");
        assert_eq!(Named::number(&scenario, "market.volatility").words, "market volatility");
    }
    let other = [("market.rate".to_string(), "{ value = 0.05, label = \"another name\" }".to_string())];
    let scenario = Scenario::parse("labelled.toml", &text, Path::new(""), &other).unwrap();
    assert_eq!(Named::number(&scenario, "market.rate").words, "another name");
}

/// The program's half of a table that the schema's answers stand in, too: `tests/schema/agree.py` asks both.
#[test]
fn the_program_reads_what_the_table_beside_the_schema_says() {
    let base = read_text(&folder("tests/schema/base.toml"));
    let table = read_text(&folder("tests/schema/cases.tsv"));
    let mut wrong = Vec::new();
    for row in table.lines().skip(1) {
        let [key, value, check, schema, why] = row.split('\t').collect::<Vec<_>>()[..] else {
            panic!("not five cells: {row}")
        };
        let begins = format!("{key} = ");
        let line = base.lines().find(|line| line.starts_with(&begins)).unwrap_or_else(|| panic!("no {key}"));
        let text = base.replacen(line, &format!("{key} = {value}"), 1);
        let found = match Scenario::parse("case.toml", &text, Path::new(""), &[]) {
            Ok(_) => "accepts",
            Err(_) => "refuses",
        };
        if found != check || (check == schema) != why.is_empty() {
            wrong.push(format!("{row}: the program {found} it"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(table.lines().count() > 100);
}

#[test]
fn every_key_is_documented() {
    fn walk(keys: &[Key], way: &str) {
        for key in keys {
            let way = format!("{way}.{}", key.name);
            assert!(key.doc.ends_with('.'), "{way} is explained by `{}`", key.doc);
            if let Shape::Table(inner) | Shape::List(inner) | Shape::TableBy(_, inner) = &key.shape {
                walk(inner, &way);
            }
        }
    }
    for section in SECTIONS {
        assert!(section.doc.ends_with('.'), "{}", section.name);
        walk(section.keys, section.name);
    }
}

#[test]
fn a_round_has_room_for_so_many_investors() {
    let person = |index: usize| {
        format!(
            "\n[[person]]\nname = \"P{index}\"\nstake = {{ AMD = 0.001 }}\ninvests = {{ OpenAI = 0.1 }}\n"
        )
    };
    let with = |count: usize| EVERY_KEY.to_string() + &(0..count).map(person).collect::<String>();
    let read = |text: String| Scenario::parse("a.toml", &text, Path::new(""), &[]);
    // One person, one holding and one company invest already.
    accepted(read(with(MOST_INVESTORS - 3)));
    let findings = read(with(MOST_INVESTORS - 2)).expect_err("one too many");
    assert!(findings.to_string().contains("invest in the rounds of `OpenAI`"), "{findings}");
}

#[test]
fn a_file_from_another_system_is_read() {
    for text in [format!("\u{feff}{EVERY_KEY}"), EVERY_KEY.replace('\n', "\r\n")] {
        accepted(Scenario::parse("a.toml", &text, Path::new(""), &[]));
    }
}

#[test]
fn a_file_that_is_not_there_or_not_text_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    let absent = Scenario::read(&folder.path().join("absent.toml"), &[]).expect_err("it is not there");
    assert!(absent.to_string().contains("there is no file"), "{absent}");
    let path = folder.path().join("latin.toml");
    std::fs::write(&path, b"[scenario]\nname = \"Caf\xe9\"\n").expect("a file");
    let latin = Scenario::read(&path, &[]).expect_err("it is not UTF-8");
    assert!(latin.to_string().contains("latin.toml:2:12"), "{latin}");
}

/// What may happen to a text by accident.
#[derive(Debug, Clone)]
enum Accident {
    Delete(usize),
    Repeat(usize),
    Move(usize, usize),
    Insert(usize, String),
    Replace(usize, String),
    Cut(usize),
}

fn accident() -> impl Strategy<Value = Accident> {
    let line = 0..EVERY_KEY.lines().count();
    let byte = 0..EVERY_KEY.len();
    let bits = prop::sample::select(vec![
        "[",
        "]",
        "{",
        "}",
        "\"",
        "=",
        ",",
        "'",
        "#",
        "\\",
        "\n",
        "\0",
        "é",
        "\u{feff}",
        "-",
        "1e400",
        "nan",
        "inf",
        "[[",
        "\"\"\"",
        ".",
        "true",
        "2025-02-31",
        "99999999999999999999",
        "0x",
        "\t",
        "\r\n",
    ]);
    let text = prop_oneof![bits.prop_map(String::from), "\\PC{0,6}"];
    let values = prop::sample::select(vec![
        "0",
        "-1",
        "1.5",
        "\"2 to 9\"",
        "\"9 to 2\"",
        "{ uniform = [0, 1] }",
        "{ normal = { mean = 0, sd = 1 } }",
        "{ normal = { mean = 0, sd = 1 }, min = 0, max = 1 }",
        "{ discrete = [[1, 1]] }",
        "[]",
        "{}",
        "\"\"",
        "[[]]",
        "{ value = 1 }",
        "{ value = {} }",
        "2026-01-01",
        "{ beta = { alpha = 1e9, beta = 1e-9, min = 0, max = 1 } }",
        "{ student_t = { mean = 0, scale = 1e-12, df = 1e12 }, min = 1 }",
        "\"Oracle\"",
        "\"OpenAI\"",
        "{ empirical = \"posterior.csv\", column = \"opex\" }",
        "{ Oracle = 1 }",
        "{ OpenAI = 1 }",
        "1e12",
        "{ lognormal = { median = 1e-12, sigma = 1e12 } }",
        "{ triangular = [0, 0, 1e-300], max = 0.5 }",
    ]);
    prop_oneof![
        line.clone().prop_map(Accident::Delete),
        line.clone().prop_map(Accident::Repeat),
        (line.clone(), line.clone()).prop_map(|(from, to)| Accident::Move(from, to)),
        (byte, text).prop_map(|(at, text)| Accident::Insert(at, text)),
        (line.clone(), values).prop_map(|(line, value)| Accident::Replace(line, value.to_string())),
        line.prop_map(Accident::Cut),
    ]
}

fn befall(text: &str, accident: &Accident) -> String {
    let mut lines: Vec<String> = text.lines().map(String::from).collect();
    let inside = |at: &usize, count: usize| at % count.max(1);
    let count = lines.len();
    match accident {
        _ if count == 0 => return text.to_string(),
        Accident::Delete(at) => drop(lines.remove(inside(at, count))),
        Accident::Repeat(at) => lines.insert(inside(at, count), lines[inside(at, count)].clone()),
        Accident::Move(from, to) => {
            let line = lines.remove(inside(from, count));
            lines.insert(inside(to, count), line);
        }
        Accident::Insert(at, bit) => {
            let at = (0..=inside(at, text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
            return format!("{}{bit}{}", &text[..at], &text[at..]);
        }
        Accident::Replace(at, value) => {
            let line = &mut lines[inside(at, count)];
            if let Some((key, _)) = line.clone().split_once('=') {
                *line = format!("{key}= {value}");
            }
        }
        Accident::Cut(at) => lines.truncate(inside(at, count)),
    }
    lines.join("\n")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is written, reading says so and does not panic, nor does printing what was found or understood.
    #[test]
    fn no_text_makes_reading_panic(accidents in prop::collection::vec(accident(), 1..6)) {
        let text = accidents.iter().fold(EVERY_KEY.to_string(), |text, accident| befall(&text, accident));
        match Scenario::parse("mangled.toml", &text, &folder("tests/refused"), &[]) {
            Ok(scenario) => {
                prop_assert!(!describe(&scenario).is_empty());
                prop_assert!(!scenario.warnings.has_errors());
            }
            Err(findings) => {
                prop_assert!(findings.has_errors());
                prop_assert!(!findings.render(true).is_empty());
            }
        }
    }

    /// What reading accepts can be run: every identity holds after every step and no result is infinite; or the run says
    /// where a path stopped being finite.
    #[test]
    fn what_is_accepted_can_be_run(accidents in prop::collection::vec(accident(), 1..6)) {
        let text = accidents.iter().fold(EVERY_KEY.to_string(), |text, accident| befall(&text, accident));
        let Ok(scenario) = Scenario::parse("mangled.toml", &text, &folder("tests/refused"), &[]) else { return Ok(()) };
        // Long runs take long; and beside a trillion billions the pennies of the audit are lost to rounding.
        let steps = scenario.years * f64::from(scenario.steps_per_year);
        let largest = scenario.numbers.iter().map(|number| number.quantity.support().1);
        if steps > 600.0 || largest.filter(|end| end.is_finite()).any(|end| end > 1e6) {
            return Ok(());
        }
        let plan = Plan::compile(&scenario);
        let run = Run { audit: true, courses: 0, width: 8, ..Run::new(1, 8) };
        let mut infinite = None;
        let finished = simulate(&plan, &run, |block| {
            let is_infinite = |column: &Vec<f64>| column.iter().any(|value| value.is_infinite());
            infinite = infinite.or(block.columns.iter().position(is_infinite));
            ControlFlow::Continue(())
        });
        if let Err(fault) = finished {
            prop_assert!(matches!(&fault, Fault::NotFinite(at) if at.arose.is_some()), "{}", fault);
        }
        prop_assert_eq!(infinite.map(|index| column_names(&plan)[index].clone()), None);
    }

    /// Nor does any override.
    #[test]
    fn no_override_makes_reading_panic(path in "[a-zA-Z.0-9_]{0,30}|lab\\.OpenAI(\\.[a-z_]{1,10}){1,3}", value in "\\PC{0,20}") {
        if let Err(findings) = every_key_with(&[(&path, &value)]) {
            prop_assert!(!findings.to_string().is_empty());
        }
    }

    /// Every number takes any value without a panic.
    #[test]
    fn no_value_makes_reading_panic(at in 0_usize..1000, value in prop::num::f64::ANY) {
        let scenario = accepted(every_key_with(&[]));
        let address = &scenario.numbers[at % scenario.numbers.len()].address;
        if let Err(findings) = every_key_with(&[(address, &format!("{value:e}"))]) {
            prop_assert!(!findings.to_string().is_empty());
        }
    }
}
