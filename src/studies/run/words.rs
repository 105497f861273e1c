//! What a person sees after a run: the answer in a sentence, the capital by instrument and origin, what drives the
//! share, what breaks the loop, on what evidence it rests. 80 columns.

use crate::books::Origin;
use crate::charts::money_map::NOT_TAKEN_APART;
use crate::estimate::Estimate;
use crate::estimate::proportion::proportion;
use crate::page::facts::undocumented;
use crate::studies::run::asked;
use crate::studies::run::results::Results;
use crate::studies::run::told;
use crate::words::answer::plain;
use crate::words::measure::Kind;
use crate::words::numbers::{
    NO_BREAK, Scale, changed, count, counted, number, percent, percent_ends, signed, usd, usd_range,
};
use crate::words::table::{
    USUAL_WIDTH, capitalised_unless_a_name, clip, heading_line, in_lines, plain_table, printed, right, room,
    width, wrap,
};
use std::fmt::Write;

/// The whole summary as text.
pub fn text(results: &Results) -> String {
    let mut out = String::new();
    let mut block = |body: String| {
        if !body.is_empty() {
            out.push_str(&body);
            out.push('\n');
        }
    };
    block(heading(results));
    block(wrap(&answer(results)));
    block(asked::text(&results.asked));
    block(lenses(results));
    block(effect(results));
    block(instruments(results));
    block(drivers(results));
    block(breaking(results));
    block(evidence(results));
    out
}

fn heading(results: &Results) -> String {
    let years = trimmed(results.years);
    let years = format!("{years} year{}", if years == "1" { "" } else { "s" });
    let of = |name: &str| format!("{name} · {years} · {}", counted(results.paths, "path"));
    let whole = of(&results.called());
    if whole.chars().count() <= width() {
        return heading_line(&whole).trim_end().to_string();
    }
    // What was changed stands below, where it does not fit.
    let changes = changed("", &results.set, &results.off);
    let below = if changes.is_empty() { String::new() } else { wrap(changes.trim_start_matches([',', ' '])) };
    (heading_line(&of(&results.name)) + &below).trim_end().to_string()
}

fn trimmed(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_string()
}

fn answer(results: &Results) -> String {
    let labs = capitalised_unless_a_name(&results.labs);
    let raise = if results.labs.len() == 1 { "raises" } else { "raise" };
    let Some(raised) = results.measure("capital.raised") else { return String::new() };
    if results.labs.is_empty() {
        return "The scenario has no lab: nobody raises capital.".into();
    }
    if raised.mean <= 0.0 {
        return format!(
            "{labs} {raise} no capital on any of {}: there is nothing to share out.",
            counted(results.paths, "path")
        );
    }
    let mut text = format!("{labs} {raise} {}", usd(raised.mean, raised.se));
    if raised.sd > 0.0 {
        let range = usd_range(raised.p5.value, raised.p95.value, raised.se);
        let _ = write!(text, " (90% of paths: {range})");
    }
    text.push('.');
    if let Some(insiders) = told::of(results).insiders() {
        let _ = write!(text, " {}", plain(&insiders));
    }
    text
}

/// What is said below the table: the causal share with what stands beside it, and what was given away.
fn effect(results: &Results) -> String {
    if results.mean("capital.raised") <= 0.0 {
        return String::new();
    }
    let told = told::of(results);
    let said: Vec<String> =
        told.effect().into_iter().chain(told.given_away()).chain(told.financing()).collect();
    said.iter().map(|sentence| wrap(&plain(sentence))).collect()
}

/// Cells of a bar from 0 to 100%.
fn cells_of_a_bar() -> usize {
    if width() < USUAL_WIDTH { 10 } else { 20 }
}

/// Where a share lies between 0 and 100%: its range over the paths as a line, `mark` at the value.
fn bar(value: f64, range: Option<(f64, f64)>, mark: char) -> String {
    let count = cells_of_a_bar();
    let cell = |share: f64| ((share * count as f64) as usize).min(count - 1);
    let mut cells = vec!['·'; count];
    if let Some((low, high)) = range.filter(|(low, high)| low.is_finite() && *high > 0.0 && *low < 1.0) {
        cells[cell(low.max(0.0))..=cell(high)].fill('─');
    }
    if value.is_finite() {
        cells[cell(value.max(0.0))] = mark;
    }
    cells.iter().collect()
}

/// Insiders and the three lenses, one line each.
fn lenses(results: &Results) -> String {
    if results.mean("capital.raised") <= 0.0 {
        return String::new();
    }
    let mut table = plain_table();
    let scale = if cells_of_a_bar() < 20 { "0%    100%" } else { "0%       50%     100%" };
    table.set_header(["lens", "share", "± s.e.", "median", "90% of paths", scale]);
    let mut row = |name: &str, value: f64, se: f64, paths: Option<&Estimate>, mark: char| {
        let paths = paths.filter(|e| e.n > 0);
        let (median, spread) = match paths {
            Some(e) => {
                let [low, high] = percent_ends(e.p5.value, e.p95.value);
                (percent(e.p50.value, e.p50.se), format!("{low} to {high}"))
            }
            None => (String::new(), String::new()),
        };
        let drawn = bar(value, paths.map(|e| (e.p5.value, e.p95.value)), mark);
        let [known, error] = [Kind::Share.number(value, se), Kind::Share.error(se)];
        table.add_row([name, &known, &error, &median, &spread, &drawn]);
    };
    for (name, lens) in
        [("share.insider", "insiders"), ("share.traced", "traced"), ("share.netted", "netted")]
    {
        if let Some(ratio) = results.estimates.ratio(name) {
            row(lens, ratio.value, ratio.se, results.measure(name), '●');
        }
    }
    if let Some(causal) = &results.causal {
        row("causal", causal.share.value, causal.share.se, Some(&causal.by_path), '●');
    }
    if let Some(upper) = results.causal_upper() {
        row("  without theirs", upper.value, upper.se, None, '○');
    }
    if let Some(range) = results.causal.as_ref().and_then(|causal| causal.range.as_ref()) {
        for (name, point) in [("  assumed: from", range.low()), ("  assumed: to", range.high())] {
            row(name, point.share.value, point.share.se, None, '○');
        }
    }
    if let Some(circular) = results.estimates.ratio("share.circular")
        && circular.value.is_finite()
    {
        row("circular", circular.value, circular.se, None, '●');
    }
    right(&mut table, 1..5);
    let mut lines = printed(&table);
    if !results.is_taken_apart() {
        lines += &format!("circular  {NOT_TAKEN_APART}\n");
    }
    let mut asks = String::from(
        "Insiders: a count of who brought the money. Traced: what came from inflated values; it counts vendors' cheques as organic. Netted: what came straight back, not wealth that rose.",
    );
    if results.causal.is_some() {
        asks += " Causal: what would not be there without the loops.";
    }
    if results.causal_upper().is_some() {
        let _ = write!(asks, " Without theirs: {}.", plain(&told::of(results).without_wealth()));
    }
    asks += " Circular: flows that go round. Share: ratio of means; median and range: over the paths.";
    lines + &wrap(&asks)
}

/// Instrument × origin.
fn instruments(results: &Results) -> String {
    if results.mean("capital.raised") <= 0.0 {
        return String::new();
    }
    let rows = results.instruments();
    let se = results.measure("capital.raised").map_or(f64::NAN, |m| m.se);
    let mut table = plain_table();
    let scale = Scale::of_column([results.mean("capital.raised")]);
    let amount = |value: f64, se: f64| scale.cell(value, se);
    let mut header = vec![format!("{}, mean", scale.heading())];
    let origins = results.flows.origins;
    header.extend(origins.iter().map(|origin| {
        if origin.is_manufactured() { format!("{}*", origin.name()) } else { origin.name().to_string() }
    }));
    header.push("all".into());
    table.set_header(header);
    let mut sums = vec![0.0; origins.len()];
    for (instrument, cells) in rows {
        let cells = cells.values();
        let means: Vec<f64> = cells.iter().map(|cell| cell.mean).collect();
        for (sum, mean) in sums.iter_mut().zip(&means) {
            *sum += mean;
        }
        let all: f64 = means.iter().sum();
        if all > 0.0 {
            let mut row = vec![instrument.replace('_', " ")];
            row.extend(cells.iter().map(|cell| amount(cell.mean, cell.se)));
            // Not independent: the sum of the errors is the most it can be.
            row.push(amount(all, cells.iter().map(|cell| cell.se).sum::<f64>().min(se)));
            table.add_row(row);
        }
    }
    let mut row = vec!["all".to_string()];
    let error =
        |origin: &str| results.measure(&format!("capital.origin.{origin}")).map_or(f64::NAN, |m| m.se);
    row.extend(sums.iter().zip(origins).map(|(sum, origin)| amount(*sum, error(origin.name()))));
    row.push(amount(sums.iter().sum(), se));
    table.add_row(row);
    // The second denominator: of what is lent against contracts no origin is known but what a guarantee adds.
    if let Some(financed) = told::financed(results) {
        let mut row = vec!["project debt".to_string()];
        row.extend(origins.iter().map(|origin| match origin {
            Origin::Guarantee => amount(financed.guaranteed.value, financed.guaranteed.se),
            _ => String::new(),
        }));
        row.push(amount(financed.lent.value, financed.lent.se));
        table.add_row(row);
        let mut row = vec!["with it".to_string()];
        row.extend(origins.iter().map(|_| String::new()));
        row.push(amount(financed.whole.value, financed.whole.se));
        table.add_row(row);
    }
    right(&mut table, 1..origins.len() + 2);
    let classes: Vec<String> = ["outside", "company", "person", "holding"]
        .into_iter()
        .filter_map(|class| {
            let m = results.measure(&format!("capital.from.{class}"))?;
            let who = match class {
                "outside" => "outside investors",
                "company" => "companies",
                "person" => "persons",
                _ => "holdings",
            };
            (m.mean > 0.0).then(|| format!("{} from {who}", usd(m.mean, m.se)))
        })
        .collect();
    printed(&table) + &wrap(&format!("* inflated values. {}.", classes.join(", ")))
}

/// The uncertain numbers that the traced share moves with.
fn drivers(results: &Results) -> String {
    if results.drivers.is_empty() {
        return String::new();
    }
    let mut text = String::from("What drives the traced share (rank correlation over paths)\n");
    let longest = results.drivers.iter().map(|(address, _)| address.chars().count()).max().unwrap_or(0);
    let name = room(44).min(longest.max(44));
    for (address, rho) in &results.drivers {
        let bar = "▮".repeat((rho.value.abs() * cells_of_a_bar() as f64).round() as usize);
        let _ = writeln!(
            text,
            "  {:<name$} {:>5} ± {:.2}  {bar}",
            clip(address, 44),
            signed(rho.value, 2),
            rho.se
        );
    }
    text
}

/// What breaks, and how likely.
fn breaking(results: &Results) -> String {
    if results.measure("unwind").is_none() {
        return String::new();
    }
    let mut text = String::from("What breaks\n");
    // A lab that may ask its vendors for time does so first.
    let steps = [
        ("distress", "distress.time", "asks for time, or cannot pay"),
        ("unwind", "unwind.time", "a lab restructures (unwind)"),
    ];
    for (measure, when, what) in steps {
        let Some(step) = results.measure(measure) else { continue };
        let of_paths = proportion(step.mean, step.se, step.n);
        let [low, high] = percent_ends(of_paths.low, of_paths.high);
        let interval = format!("{low} to {high}");
        let range = Some((of_paths.low, of_paths.high));
        let line = format!("  {what:<30} {:>6}  {interval:<16}", Kind::Share.number(step.mean, step.se));
        let bar = bar(step.mean, range, '●');
        // Where the terminal has no room for it, the interval says the same.
        let has_room = line.chars().count() + 1 + bar.chars().count() <= width();
        let _ = writeln!(
            text,
            "{}",
            if has_room { format!("{line} {bar}") } else { line.trim_end().to_string() }
        );
        if let Some(time) = results.measure(when).filter(|t| t.n > 0) {
            let _ = writeln!(
                text,
                "  {:<30} {:>6} years",
                "half of these within",
                number(time.p50.value, time.p50.se)
            );
        }
    }
    let amounts = [
        ("written_off", "of bills and costs written off"),
        ("build_shortfall", "not built for want of cash"),
        ("forced_sales", "of shares sold on margin calls"),
        ("lender_losses", "lost by lenders"),
    ];
    let mut means: Vec<String> = amounts
        .into_iter()
        .filter_map(|(name, what)| {
            let m = results.measure(name).filter(|m| m.mean > 0.0)?;
            Some(format!("{} {what}", usd(m.mean, m.se)))
        })
        .collect();
    if let Some(m) = results.measure("tranches_missed").filter(|m| m.mean > 0.0) {
        means.push(format!("{} tranches missed", number(m.mean, m.se)));
    }
    if let Some(m) = results.measure("sentiment.suspicion").filter(|m| m.mean > 0.0) {
        means.push(format!("{} of the time in suspicion", percent(m.mean, m.se)));
    }
    if !means.is_empty() {
        text += &wrap(&format!("Means over all paths: {}.", means.join("; ")));
    }
    text
}

/// On what it rests.
fn evidence(results: &Results) -> String {
    let evidence = &results.evidence;
    let [filed, reported, estimated, assumed] = evidence.by_grade;
    let mut text = format!(
        "Evidence: {}: {filed} filed, {reported} reported, {estimated} estimated, {assumed} assumed; {} uncertain.",
        counted(evidence.numbers() as u64, "number"),
        match evidence.uncertain {
            1 => "1 is".to_string(),
            many => format!("{} are", count(many as u64)),
        }
    );
    for words in undocumented(&results.assumed_links(), results.mean("capital.raised")) {
        let _ = write!(text, " {}", words.replace('’', "'").replace(NO_BREAK, " "));
    }
    if !results.off.is_empty() {
        let _ = write!(text, " Loops switched off: {}.", results.off.join(", "));
    }
    wrap(&text)
}

/// Several scenarios, two lines each: what is told, and below it between what it lies.
pub fn overview(all: &[&Results]) -> String {
    let mut table = plain_table();
    table.set_header(["scenario", "raised", "insiders", "traced", "netted", "causal", "unwind"]);
    let mut largest: f64 = 0.0;
    for results in all {
        let raised = results.measure("capital.raised").map_or(String::new(), |m| usd(m.mean, m.se));
        let mut lens = |name: &str| {
            let Some(ratio) = results.estimates.ratio(name) else { return "–".to_string() };
            largest = if ratio.se.is_finite() { largest.max(ratio.se) } else { largest };
            percent(ratio.value, ratio.se)
        };
        let [insiders, traced, netted, causal] =
            ["share.insider", "share.traced", "share.netted", "share.causal"].map(&mut lens);
        let assumed = results.causal.as_ref().and_then(|causal| causal.range.as_ref()).map(|range| {
            let [low, high] = percent_ends(range.low().share.value, range.high().share.value);
            format!("\n{low} to {high}")
        });
        let unwind = results.measure("unwind").map_or(String::new(), |m| {
            let of_paths = proportion(m.mean, m.se, m.n);
            let [low, high] = percent_ends(of_paths.low, of_paths.high);
            format!("{}\n{low} to {high}", percent(m.mean, m.se))
        });
        let causal = causal + &assumed.unwrap_or_default();
        table.add_row([in_lines(&results.name, room(18)), raised, insiders, traced, netted, causal, unwind]);
    }
    right(&mut table, 1..7);
    printed(&table)
        + &wrap(&format!(
            "Shares are ratios of means. Below the causal share: its range over stated assumptions about outside money; below the probability of an unwind: its 95% interval. The largest standard error of another share here is {}.",
            Kind::Share.error(largest)
        ))
}
