//! What the file, or an override, gives for a key, by the key's shape.

use super::{Reader, is_line, required, tick};
use crate::input::days::day_number;
use crate::input::finding::{Finding, Span};
use crate::input::item::{Fields, Item};
use crate::input::key::{Key, STATES, Shape, Whom};
use crate::input::names::{did_you_mean, quoted};
use crate::input::node::Entry;
use crate::input::number::NumberId;
use crate::input::quantity::whole;
use toml::de::DeValue;

impl<'t> Reader<'t> {
    /// What the file, or an override, gives for a key.
    pub(super) fn entry(&mut self, key: &'static Key, item: Item<'t>, address: &str) -> Option<Entry> {
        self.settable.insert(address.to_string());
        match &key.shape {
            Shape::Number | Shape::Certain => self.number(key, item, address).map(Entry::Number),
            Shape::Name | Shape::Text => self.text(item, address).map(|text| Entry::Text(text.to_string())),
            Shape::Folders => self.folders(item, address).map(Entry::Words),
            Shape::Choice(words) => self.word(item, address, words).map(Entry::Text),
            Shape::Choices(words) => self.words(item, address, words).map(Entry::Words),
            Shape::Whole(numbers) => self.whole(item, address, numbers).map(Entry::Whole),
            Shape::Date => self.date(item, address).map(Entry::Date),
            Shape::States => self.states(key, item, address).map(Entry::States),
            Shape::StateMatrix => self.matrix(key, item, address).map(Entry::Matrix),
            Shape::Actor(whom) => {
                let name = self.text(item, address)?;
                self.known(name, &item.span(), *whom).then(|| Entry::Text(name.to_string()))
            }
            Shape::Addresses => self.pair(item).map(Entry::Pair),
            Shape::Table(keys) => {
                let Some(fields) = item.fields() else {
                    return self.expected("a table", item, address, &form(keys));
                };
                Some(Entry::Table(self.table(keys, &fields, address, &tick(address), false)))
            }
            Shape::List(keys) => {
                let Some(items) = item.items() else {
                    return self.expected("a list of tables", item, address, &format!("[{}]", form(keys)));
                };
                let mut nodes = Vec::new();
                let mut sound = true;
                for (index, item) in items.into_iter().enumerate() {
                    let address = format!("{address}.{index}");
                    match item.fields() {
                        Some(fields) => {
                            nodes.push(self.table(keys, &fields, &address, &tick(&address), false));
                        }
                        // The others are looked at all the same.
                        None => {
                            sound = self.expected("a table", item, &address, &form(keys)).unwrap_or(false)
                        }
                    }
                }
                sound.then_some(Entry::List(nodes))
            }
            Shape::NumberBy(_) | Shape::TableBy(..) => {
                let Some(fields) = item.fields() else {
                    return self.expected("a table of names", item, address, "{ Name = ... }");
                };
                self.by_name(key, &fields, address)
            }
        }
    }

    /// A table from actors' names to numbers or tables.
    pub(super) fn by_name(&mut self, key: &'static Key, fields: &Fields<'t>, address: &str) -> Option<Entry> {
        let (Shape::NumberBy(whom) | Shape::TableBy(whom, _)) = &key.shape else { return None };
        let mut named: Vec<(&str, Span, Option<Item>)> =
            fields.entries.iter().map(|field| (field.name, field.key(), Some(field.item))).collect();
        for given in self.overrides.clone() {
            let below = given.address.strip_prefix(address).and_then(|rest| rest.strip_prefix('.'));
            let Some(name) = below.and_then(|rest| rest.split('.').next()) else { continue };
            if self.is_actor(name, *whom) && !named.iter().any(|(known, ..)| *known == name) {
                named.push((name, given.item.span(), None));
            }
        }
        let mut numbers = Vec::new();
        let mut tables = Vec::new();
        // A table of which a part cannot be read is absent as a whole: what it sums to would not be what was meant.
        let mut sound = true;
        for (name, place, item) in named {
            if !self.known(name, &place, *whom) {
                sound = false;
                continue;
            }
            let address = format!("{address}.{name}");
            let item = self.overridden(&address, item);
            match (&key.shape, item) {
                (Shape::TableBy(_, keys), None) => {
                    let node = self.table(keys, &Fields::none(place), &address, &tick(&address), false);
                    tables.push((name.to_string(), node));
                }
                (Shape::TableBy(_, keys), Some(item)) => match item.fields() {
                    Some(fields) => {
                        let node = self.table(keys, &fields, &address, &tick(&address), false);
                        tables.push((name.to_string(), node));
                    }
                    None => sound = self.expected("a table", item, &address, &form(keys)).unwrap_or(false),
                },
                (_, Some(item)) => {
                    self.settable.insert(address.clone());
                    match self.number(key, item, &address) {
                        Some(id) => numbers.push((name.to_string(), id)),
                        None => sound = false,
                    }
                }
                (_, None) => {}
            }
        }
        let entry = match key.shape {
            Shape::TableBy(..) => Entry::TableBy(tables),
            _ => Entry::NumberBy(numbers),
        };
        sound.then_some(entry)
    }

    fn text(&mut self, item: Item<'t>, address: &str) -> Option<&'t str> {
        match item.text() {
            None => self.expected("a text", item, address, "a text in quotes"),
            Some(text) if text.trim().is_empty() => {
                let finding = Finding::error(format!("`{address}` is empty")).at(&item.span());
                self.findings.push(finding.help("write something between the quotes"));
                None
            }
            Some(text) if !is_line(text) => {
                let message = format!("`{address}` has a character that cannot be shown");
                let help =
                    "write it without line breaks, tabs, control characters and marks of writing direction";
                self.findings.push(Finding::error(message).at(&item.span()).help(help));
                None
            }
            text => text,
        }
    }

    fn folders(&mut self, item: Item<'t>, address: &str) -> Option<Vec<String>> {
        let Some(items) = item.items() else {
            return self.expected("a list of folders", item, address, "[\"../data\"]");
        };
        let names = items.into_iter().map(|item| self.text(item, address).map(String::from));
        // Each is looked at.
        names.collect::<Vec<_>>().into_iter().collect()
    }

    fn word(&mut self, item: Item<'t>, address: &str, words: &'static [&'static str]) -> Option<String> {
        let Some(text) = item.text() else {
            return self.expected("a word", item, address, &format!("one of {}", listed(words)));
        };
        if !words.contains(&text) {
            let finding = Finding::error(format!("unknown word `{text}` for `{address}`")).at(&item.span());
            self.findings.push(finding.help(did_you_mean(text, words.iter().copied())));
            return None;
        }
        Some(text.to_string())
    }

    fn words(
        &mut self,
        item: Item<'t>,
        address: &str,
        words: &'static [&'static str],
    ) -> Option<Vec<String>> {
        let Some(items) = item.items() else {
            let form = format!("[{}] or some of them, in your order", listed(words));
            return self.expected("a list of words", item, address, &form);
        };
        let mut chosen: Vec<String> = Vec::new();
        let mut sound = true;
        for item in items {
            let Some(word) = self.word(item, address, words) else {
                sound = false;
                continue;
            };
            if chosen.contains(&word) {
                let finding = Finding::error(format!("`{word}` is listed twice")).at(&item.span());
                self.findings.push(finding.help("list each word at most once"));
                sound = false;
            }
            chosen.push(word);
        }
        sound.then_some(chosen)
    }

    fn whole(&mut self, item: Item<'t>, address: &str, numbers: &'static [i64]) -> Option<i64> {
        let value = match item.get() {
            DeValue::Integer(integer) => whole(integer),
            // 52.0 is 52, for a schema too.
            DeValue::Float(float) => {
                let is = |whole: &&i64| float.as_str().parse::<f64>() == Ok(**whole as f64);
                numbers.iter().find(is).copied()
            }
            _ => None,
        };
        let value = value.filter(|value| numbers.contains(value));
        if value.is_none() {
            let numbers: Vec<String> = numbers.iter().map(i64::to_string).collect();
            let one_of = quoted(numbers.iter().map(String::as_str), "or");
            let finding = Finding::error(format!("`{address}` must be {one_of}")).at(&item.span());
            self.findings.push(finding.help("write one of these whole numbers, without quotes"));
        }
        value
    }

    /// Days since 1970-01-01.
    fn date(&mut self, item: Item<'t>, address: &str) -> Option<i32> {
        let help = "write a date such as 2025-09-10: year, month, day, no quotes, no time";
        let datetime = item.get().as_datetime();
        let only_date =
            datetime.filter(|datetime| datetime.time.is_none()).and_then(|datetime| datetime.date);
        let Some(date) = only_date else {
            let found = if datetime.is_some() { "a time" } else { item.kind() };
            let finding = Finding::error(format!("`{address}` must be a date, not {found}")).at(&item.span());
            self.findings.push(finding.help(help));
            return None;
        };
        let civil = i16::try_from(date.year)
            .ok()
            .zip(i8::try_from(date.month).ok())
            .zip(i8::try_from(date.day).ok())
            .and_then(|((year, month), day)| jiff::civil::Date::new(year, month, day).ok());
        let days = civil.map(day_number);
        if days.is_none() {
            self.findings.push(Finding::error("there is no such date").at(&item.span()).help(help));
        }
        days
    }

    fn states(&mut self, key: &Key, item: Item<'t>, address: &str) -> Option<[NumberId; 3]> {
        let items = item.items().filter(|items| items.len() == STATES.len());
        let Some(items) = items else {
            let form = "[hype, neutral, suspicion], a number for each";
            return self.expected("three numbers", item, address, form);
        };
        let mut ids = [None; 3];
        for ((id, item), state) in ids.iter_mut().zip(items).zip(STATES) {
            let address = format!("{address}.{state}");
            self.settable.insert(address.clone());
            let item = self.overridden(&address, Some(item)).unwrap_or(item);
            *id = self.number(key, item, &address);
        }
        let [hype, neutral, suspicion] = ids;
        Some([hype?, neutral?, suspicion?])
    }

    fn matrix(&mut self, key: &Key, item: Item<'t>, address: &str) -> Option<[[NumberId; 3]; 3]> {
        let rows = item.items().filter(|rows| rows.len() == STATES.len());
        let Some(rows) = rows else {
            let form = "[hype, neutral, suspicion], for each a row [to hype, to neutral, to suspicion]";
            return self.expected("three rows of three numbers", item, address, form);
        };
        let mut ids = [None; 3];
        for ((id, row), state) in ids.iter_mut().zip(rows).zip(STATES) {
            let address = format!("{address}.{state}");
            self.settable.insert(address.clone());
            let row = self.overridden(&address, Some(row)).unwrap_or(row);
            *id = self.states(key, row, &address);
        }
        let [hype, neutral, suspicion] = ids;
        Some([hype?, neutral?, suspicion?])
    }

    /// The two numbers of a correlation.
    fn pair(&mut self, item: Item<'t>) -> Option<[NumberId; 2]> {
        let items = item.items().filter(|items| items.len() == 2).unwrap_or_default();
        let [one, other] = items.as_slice() else {
            let form = "two addresses: [\"announcement.elasticity\", \"announcement.exponent\"]";
            return self.expected("the addresses of two numbers", item, "between", form);
        };
        let (one, other) = (self.number_named(*one), self.number_named(*other));
        Some([one?, other?])
    }

    fn number_named(&mut self, item: Item<'t>) -> Option<NumberId> {
        let Some(address) = item.text() else {
            let form = "an address in quotes: \"announcement.elasticity\"";
            return self.expected("the addresses of two numbers", item, "between", form);
        };
        let id = self.by_address.get(address).copied();
        if id.is_none() {
            let help = self.near(address, self.by_address.keys().map(String::as_str));
            let finding = Finding::error(format!("there is no number `{address}`")).at(&item.span());
            self.findings.push(finding.help(help));
        }
        id
    }

    /// Refuses a value of the wrong kind.
    fn expected<T>(&mut self, what: &str, item: Item<'t>, address: &str, form: &str) -> Option<T> {
        let found = match item.items() {
            Some(items) if !items.is_empty() => format!("a list of {}", items.len()),
            _ => item.kind().to_string(),
        };
        let finding = Finding::error(format!("`{address}` must be {what}, not {found}")).at(&item.span());
        self.findings.push(finding.help(format!("write {form}")));
        None
    }

    /// Is it the name of such an actor? If not, the nearest one is named.
    fn known(&mut self, name: &str, place: &Span, whom: Whom) -> bool {
        if self.is_actor(name, whom) {
            return true;
        }
        let other = self.sections_of.get(name).map(|sections| sections[0]);
        let message = match other {
            Some(section) => format!("`{name}` is a {section}, not a {}", whom.text()),
            None => format!("there is no {} `{name}`", whom.text()),
        };
        let candidates = self.actors.iter().filter(|(_, section)| whom.sections().contains(section));
        let names = candidates.map(|(known, _)| known.as_str());
        let help = match other {
            Some(_) => format!("there are: {}", quoted(names, "and")),
            None => self.near(name, names),
        };
        self.findings.push(Finding::error(message).at(place).help(help));
        false
    }
}

/// `{ stake = ..., cost = ... }`
fn form(keys: &'static [Key]) -> String {
    let keys: Vec<String> = required(keys).map(|key| format!("{} = ...", key.name)).collect();
    format!("{{ {} }}", keys.join(", "))
}

/// `"cash", "sell", "borrow"`
fn listed(words: &[&str]) -> String {
    words.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", ")
}
