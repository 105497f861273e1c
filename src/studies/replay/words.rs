//! One path as people and programs read it: a block of lines for each date, a table for spreadsheets, JSON.

use crate::books::{ByOrigin, Party};
use crate::engine::replay::{Entry, Offer, Replay, What};
use crate::files::table::as_text;
use crate::input::days;
use crate::market::sentiment::STATES;
use crate::plan::Plan;
use serde_json::{Value, json};
use std::fmt::Write;

/// The first day of a step, before the start too.
fn date_of(plan: &Plan, step: i32) -> jiff::civil::Date {
    match u32::try_from(step) {
        Ok(step) => days::date_of(plan.clock.day_of(step)),
        Err(_) => {
            let days = f64::from(step) * 365.25 / f64::from(plan.clock.steps_per_year);
            days::date_of(plan.clock.start + libm::ceil(days) as i32)
        }
    }
}

/// USD bn to a thousandth; what is smaller keeps three digits.
pub fn amount(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        size if size < 0.0005 => format!("{value:.2e}"),
        size if size < 100.0 => format!("{value:.3}"),
        _ => format!("{value:.1}"),
    }
}

fn percent(value: f64) -> String {
    format!("{:+.2}%", 100.0 * value)
}

/// `1.2 revenue, 0.3 savings`; parts below a thousandth of the whole are left to the tables for programs.
pub fn by_origin(amounts: &ByOrigin<f64>) -> String {
    let least = 1e-3 * amounts.sum().abs();
    let parts = amounts.iter().filter(|(_, value)| value.abs() > least);
    let parts: Vec<String> =
        parts.map(|(origin, value)| format!("{} {}", amount(*value), origin.name())).collect();
    parts.join(", ")
}

/// The kind of an entry, for its first column and for programs.
pub fn kind(what: &What) -> &'static str {
    match what {
        What::Posting { flow, .. } => flow.name(),
        What::Sentiment { .. } => "sentiment",
        What::Contract { .. } => "contract",
        What::Announcement(_) => "announcement",
        What::Default { .. } => "default",
        What::Restructuring { .. } => "restructuring",
        What::Request { .. } => "request_for_time",
        What::Vesting { .. } => "vesting",
        What::OfDeal { event, .. } => event.name,
        What::MarginCall { .. } => "margin_call",
        What::MissedTranche { .. } => "missed_tranche",
        What::WaitingTranche { .. } => "waiting_tranche",
        What::Round(_) => "funding_round",
        What::Mark { .. } => "mark",
    }
}

/// The entry in a sentence.
pub fn sentence(plan: &Plan, what: &What) -> String {
    let actors = &plan.actors;
    let lab = |l: usize| actors.labs[l].name.as_str();
    let company = |i: usize| actors.companies[i].name.as_str();
    let name = |party: Party| actors.name(party);
    match what {
        What::Posting { payer, payee, amounts, .. } => {
            let sum = amounts.sum();
            let who = format!("{} → {}", name(*payer), name(*payee));
            format!("{who:<26}{:>10}  ({})", amount(sum), by_origin(amounts))
        }
        What::Sentiment { from, to } => format!("{} → {}", STATES[*from], STATES[*to]),
        What::Contract { lab: l, company: i, notional, start, end } => format!(
            "{} takes {} of compute from {}, billed from {} to {}",
            lab(*l),
            amount(*notional),
            company(*i),
            date_of(plan, *start),
            date_of(plan, *end)
        ),
        What::Announcement(a) => {
            let cut = if a.cut != 0.0 { format!(", cut {}", amount(a.cut)) } else { String::new() };
            format!(
                "{}: D {}{cut}, v {}, a {}, M {} → {}, premium x {:+.3} → {:+.3}, in {}",
                company(a.company),
                amount(a.notional),
                amount(a.worth),
                percent(a.log_return),
                amount(a.value[0]),
                amount(a.value[1]),
                a.premium[0],
                a.premium[1],
                STATES[a.sentiment]
            )
        }
        What::Default { lab: l, due, cash, credits, unpaid } => {
            let held =
                if *credits > 0.0 { format!(" and credits {}", amount(*credits)) } else { String::new() };
            format!(
                "{} cannot pay: due {}, cash {}{held}, unpaid {}",
                lab(*l),
                amount(*due),
                amount(*cash),
                amount(*unpaid)
            )
        }
        What::Restructuring { lab: l, cut, first } => format!(
            "{} restructures: rates cut by {:.0}%{}",
            lab(*l),
            100.0 * cut,
            if *first { "; the unwind begins" } else { "" }
        ),
        What::Request { lab: l, has, deferred, granted } => format!(
            "{} asks its vendors for time, with cash and credits of {}: {} {}",
            lab(*l),
            amount(*has),
            amount(*deferred),
            if *granted { "will be paid later" } else { "stays due, they refuse" }
        ),
        What::Vesting { company: i, lab: l, tranche, fraction, paid, milestone, value, price } => format!(
            "tranche {} of {}'s warrant for {} vests: {:.3}% of it; paid {} of {}, market value {} against {}",
            tranche + 1,
            company(*i),
            lab(*l),
            100.0 * fraction,
            amount(*paid),
            amount(*milestone),
            amount(*value),
            amount(*price)
        ),
        What::OfDeal { event, company: i, lab: l, amounts } => {
            let named = event.amounts.iter().zip(amounts);
            let all = event.sentence.replace("{all}", &amount(amounts.iter().sum()));
            let said =
                named.fold(all, |said, (name, value)| said.replace(&format!("{{{name}}}"), &amount(*value)));
            said.replace("{lab}", lab(*l)).replace("{company}", i.map_or("", company))
        }
        What::MarginCall { who, debt, collateral, limit, sold, lost } => {
            let rest = match (*sold > 0.0, *lost > 0.0) {
                (_, true) => format!("sold {}, the lender loses {}", amount(*sold), amount(*lost)),
                (true, false) => format!("sold {}", amount(*sold)),
                (false, false) => "nothing left to sell".to_string(),
            };
            format!(
                "{}: debt {} on {} ({:.1}%, called above {:.1}%); {rest}",
                name(*who),
                amount(*debt),
                amount(*collateral),
                100.0 * debt / collateral,
                100.0 * limit
            )
        }
        What::MissedTranche { investor, lab: l, tranche, amount: size, left } => format!(
            "tranche {} of {} to {}: {} of {} unpaid",
            tranche + 1,
            name(*investor),
            lab(*l),
            amount(*left),
            amount(*size)
        ),
        What::WaitingTranche { investor, lab: l, tranche, company: i, paid, needed } => format!(
            "tranche {} of {} to {} waits: {} has paid {} of {} to {}",
            tranche + 1,
            name(*investor),
            lab(*l),
            lab(*l),
            amount(*paid),
            amount(*needed),
            company(*i)
        ),
        What::Round(r) => {
            let offer = |o: &Offer| {
                let credits = if o.flow.is_cashless() { " in credits" } else { "" };
                format!("{} {}{credits}", name(o.investor), amount(o.offered))
            };
            let offers: Vec<String> = r.offers.iter().map(offer).collect();
            let why = match (r.lists, r.by_choice) {
                (true, _) => " by its listing",
                (_, true) => " by choice",
                _ => "",
            };
            let fills = if r.fills { " to its cash target" } else { "" };
            let cut = match r.pre_money < r.asked {
                true => format!(" ({:.1}% below {})", 100.0 * (1.0 - r.pre_money / r.asked), amount(r.asked)),
                false => String::new(),
            };
            format!(
                "{} raises {}{why} at P {}{cut}, V {}: cash {} for a year's need of {}, T {}{fills}; offered {} ({}), {:.0}% taken, in {}",
                lab(r.lab),
                amount(r.raised),
                amount(r.pre_money),
                amount(r.post_money),
                amount(r.cash),
                amount(r.need_next_year),
                amount(r.target),
                amount(r.offered),
                offers.join(", "),
                100.0 * r.taken,
                STATES[r.sentiment]
            )
        }
        What::Mark { lab: l, value } => {
            format!("{} is marked {} → {}", lab(*l), amount(value[0]), amount(value[1]))
        }
    }
}

/// Which entries are wanted.
#[derive(Debug, Clone, Copy)]
pub struct Choice {
    /// Days since 1970-01-01, both included.
    pub from: i32,
    pub to: i32,
    /// Events only.
    pub events: bool,
}

impl Choice {
    pub fn takes(&self, plan: &Plan, entry: &Entry) -> bool {
        let day = plan.clock.day_of(entry.step);
        (self.from..=self.to).contains(&day) && !(self.events && matches!(entry.what, What::Posting { .. }))
    }
}

/// A block of lines for each date. A margin call that finds nothing to sell is told when it begins.
pub fn table(plan: &Plan, replay: &Replay, choice: &Choice) -> String {
    let mut text = format!("{}, path {}\n", plan.name, replay.path);
    if !replay.parameters.is_empty() {
        text.push_str("\nUncertain numbers\n");
        let widest = replay.parameters.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
        for (name, value) in &replay.parameters {
            let _ = writeln!(text, "  {name:<widest$}  {}", six_digits(*value));
        }
    }
    let mut last = None;
    let mut idle: Vec<(Party, u32)> = Vec::new();
    for entry in replay.entries.iter().filter(|entry| choice.takes(plan, entry)) {
        if let What::MarginCall { who, sold: 0.0, .. } = entry.what {
            let before = idle.iter_mut().find(|(party, _)| *party == who);
            match before {
                Some((_, step)) if *step + 1 == entry.step => {
                    *step = entry.step;
                    continue;
                }
                Some((_, step)) => *step = entry.step,
                None => idle.push((who, entry.step)),
            }
        }
        if last != Some(entry.step) {
            let _ = write!(text, "\n{}  step {}\n", date_of(plan, entry.step as i32), entry.step);
            last = Some(entry.step);
        }
        let _ = writeln!(text, "  {:<16}{}", kind(&entry.what), sentence(plan, &entry.what));
    }
    text.push_str("\nResult\n");
    for (name, value) in results_worth_telling(replay) {
        let _ = writeln!(text, "  {name:<24} {}", six_digits(value));
    }
    text
}

/// Measures of the whole, not of each actor.
fn results_worth_telling(replay: &Replay) -> impl Iterator<Item = (&str, f64)> {
    let of_actors = ["lab.", "company.", "person.", "holding.", "put_in.", "got_back."];
    let whole =
        replay.measures.iter().filter(move |(name, _)| !of_actors.iter().any(|a| name.starts_with(a)));
    whole.filter(|(_, value)| *value != 0.0 && !value.is_nan()).map(|(name, value)| (name.as_str(), *value))
}

pub fn six_digits(value: f64) -> String {
    if value != 0.0 && !(1e-4..1e7).contains(&value.abs()) {
        return format!("{value:.5e}");
    }
    let before = if value.abs() >= 1.0 { libm::floor(libm::log10(value.abs())) as i32 + 1 } else { 1 };
    let text = format!("{value:.*}", (6 - before).max(0) as usize);
    if text.contains('.') { text.trim_end_matches('0').trim_end_matches('.').to_string() } else { text }
}

/// A line per entry: amounts for postings, a sentence for events.
pub fn csv(plan: &Plan, replay: &Replay, choice: &Choice) -> Result<String, csv::Error> {
    let mut table = csv::Writer::from_writer(Vec::new());
    let mut header = vec!["date", "step", "stage", "kind", "payer", "payee", "usd_bn"];
    let origins = plan.actors.ledger.origins();
    header.extend(origins.iter().map(|origin| origin.name()));
    header.push("event");
    table.write_record(&header)?;
    for entry in replay.entries.iter().filter(|entry| choice.takes(plan, entry)) {
        let mut record = vec![
            date_of(plan, entry.step as i32).to_string(),
            entry.step.to_string(),
            entry.stage.name().to_string(),
            kind(&entry.what).to_string(),
        ];
        if let What::Posting { payer, payee, amounts, .. } = &entry.what {
            record.extend([payer, payee].map(|party| as_text(plan.actors.name(*party)).into_owned()));
            record.push(amounts.sum().to_string());
            record.extend(amounts.values().iter().map(f64::to_string));
            record.push(String::new());
        } else {
            record.extend(std::iter::repeat_n(String::new(), 3 + origins.len()));
            record.push(as_text(&sentence(plan, &entry.what)).into_owned());
        }
        table.write_record(&record)?;
    }
    let bytes = table.into_inner().map_err(|error| error.into_error())?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// The entry with its numbers under their names.
pub fn value(plan: &Plan, entry: &Entry) -> Value {
    let actors = &plan.actors;
    let lab = |l: usize| actors.labs[l].name.clone();
    let company = |i: usize| actors.companies[i].name.clone();
    let name = |party: Party| actors.name(party).to_string();
    let day = |step: i32| date_of(plan, step).to_string();
    let mut body = match &entry.what {
        What::Posting { payer, payee, amounts, .. } => {
            let origins = amounts.iter().filter(|(_, value)| **value != 0.0);
            let origins: serde_json::Map<String, Value> =
                origins.map(|(origin, value)| (origin.name().to_string(), json!(value))).collect();
            json!({"payer": name(*payer), "payee": name(*payee), "usd_bn": amounts.sum(), "origins": origins})
        }
        What::Sentiment { from, to } => json!({"from": STATES[*from], "to": STATES[*to]}),
        What::Contract { lab: l, company: i, notional, start, end } => {
            json!({"lab": lab(*l), "company": company(*i), "notional": notional, "from": day(*start), "to": day(*end)})
        }
        What::Announcement(a) => json!({
            "company": company(a.company), "notional": a.notional, "cut": a.cut, "log_return": a.log_return,
            "worth": a.worth, "value_before": a.value[0], "value_after": a.value[1],
            "premium_before": a.premium[0], "premium_after": a.premium[1], "sentiment": STATES[a.sentiment],
        }),
        What::Default { lab: l, due, cash, credits, unpaid } => {
            json!({"lab": lab(*l), "due": due, "cash": cash, "credits": credits, "unpaid": unpaid})
        }
        What::Restructuring { lab: l, cut, first } => json!({"lab": lab(*l), "cut": cut, "unwind": first}),
        What::Request { lab: l, has, deferred, granted } => {
            json!({"lab": lab(*l), "cash_and_credits": has, "deferred": deferred, "granted": granted})
        }
        What::Vesting { company: i, lab: l, tranche, fraction, paid, milestone, value, price } => json!({
            "company": company(*i), "lab": lab(*l), "tranche": tranche, "fraction": fraction, "paid": paid,
            "milestone": milestone, "value": value, "price": price,
        }),
        What::OfDeal { event, company: i, lab: l, amounts } => {
            let mut object = json!({"lab": lab(*l)});
            if let Some(i) = i {
                object["company"] = json!(company(*i));
            }
            for (name, value) in event.amounts.iter().zip(amounts) {
                object[name] = json!(value);
            }
            object
        }
        What::MarginCall { who, debt, collateral, limit, sold, lost } => json!({
            "who": name(*who), "debt": debt, "collateral": collateral, "call_ltv": limit, "sold": sold,
            "lender_loses": lost,
        }),
        What::MissedTranche { investor, lab: l, tranche, amount, left } => json!({
            "investor": name(*investor), "lab": lab(*l), "tranche": tranche, "amount": amount, "unpaid": left,
        }),
        What::WaitingTranche { investor, lab: l, tranche, company: i, paid, needed } => json!({
            "investor": name(*investor), "lab": lab(*l), "tranche": tranche, "company": company(*i),
            "paid": paid, "needed": needed,
        }),
        What::Round(r) => {
            let offer = |o: &Offer| json!({"investor": name(o.investor), "instrument": o.flow.name(), "offered": o.offered, "paid": o.paid});
            json!({
                "lab": lab(r.lab), "cash": r.cash, "need_next_year": r.need_next_year, "target": r.target,
                "pre_money": r.pre_money, "post_money": r.post_money, "offered": r.offered, "taken": r.taken,
                "raised": r.raised, "offers": r.offers.iter().map(offer).collect::<Vec<_>>(),
                "asked": r.asked, "by_choice": r.by_choice, "listing": r.lists, "to_cash_target": r.fills, "sentiment": STATES[r.sentiment],
            })
        }
        What::Mark { lab: l, value } => {
            json!({"lab": lab(*l), "mark_before": value[0], "mark_after": value[1]})
        }
    };
    if let Some(body) = body.as_object_mut() {
        body.insert("date".into(), json!(day(entry.step as i32)));
        body.insert("step".into(), json!(entry.step));
        body.insert("stage".into(), json!(entry.stage.name()));
        body.insert("kind".into(), json!(kind(&entry.what)));
    }
    body
}

/// Everything: uncertain numbers, entries, measures (null where not defined).
pub fn json(plan: &Plan, replay: &Replay, seed: u64, choice: &Choice) -> Value {
    let named = |numbers: &[(String, f64)]| -> serde_json::Map<String, Value> {
        numbers.iter().map(|(name, value)| (name.clone(), json!(value))).collect()
    };
    let entries = replay.entries.iter().filter(|entry| choice.takes(plan, entry));
    json!({
        "scenario": plan.name,
        "seed": seed,
        "path": replay.path,
        "parameters": named(&replay.parameters),
        "entries": entries.map(|entry| value(plan, entry)).collect::<Vec<_>>(),
        "measures": named(&replay.measures),
    })
}
