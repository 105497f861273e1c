//! The page's section on the lenses: what each says, why they differ, what else differs without the loops, and how far the
//! causal share moves with what is assumed.

use super::facts::Facts;
use super::html::{Row, code, text};
use super::{Page, amount, lens, points, share};
use crate::charts::Estimated;
use crate::charts::money_map::{MoneyMap, NOT_TAKEN_APART};
use crate::words::measure::Kind;
use crate::words::numbers::{capitalised, count, percent, percent_ends};

impl Page<'_> {
    pub(super) fn lenses(&mut self) {
        let facts = self.facts;
        if facts.lenses.is_empty() {
            self.body.paragraph("Nothing was raised, so no lens has anything to say.");
            return;
        }
        let question = |name: &str| match name {
            "Insiders" => "Who brought it? A count: companies, persons and holdings",
            "Traced" => "What came from inflated values? Vendors’ cheques count as organic",
            "Netted" => "How much came straight back?",
            _ => "What would not have been raised without the loops?",
        };
        let mut rows: Vec<Row> = facts
            .lenses
            .iter()
            .map(|lens| {
                let [low, high] = percent_ends(lens.share.p5, lens.share.p95);
                Row::of([
                    text(&lens.name),
                    text(question(&lens.name)),
                    text(&share(&lens.share.mean)),
                    text(&points(lens.share.mean.se)),
                    text(&percent(lens.share.p50, 0.01)),
                    text(&format!("{low} to {high}")),
                ])
            })
            .collect();
        let blank = || text("–");
        let causal = facts.told.causal.as_ref();
        if let Some(upper) = causal.and_then(|causal| causal.without_wealth.as_ref()) {
            rows.push(Row::of([
                text(&format!("Causal, {}", facts.told.without_wealth())),
                text("The same, with their money gone too"),
                text(&share(upper)),
                text(&points(upper.se)),
                blank(),
                blank(),
            ]));
        }
        if let Some(demand) = causal.and_then(|causal| causal.demand.as_ref()) {
            rows.push(Row::of([
                text("Tied contracts"),
                text(
                    "What, beside that, would not have been needed without the contracts tied to the loops?",
                ),
                text(&share(demand)),
                text(&points(demand.se)),
                blank(),
                blank(),
            ]));
        }
        if let Some(given) = facts.told.concession.as_ref().filter(|given| given.value != 0.0) {
            rows.push(Row::of([
                text("Concessions"),
                text("What did companies give away to labs?"),
                text(&share(given)),
                text(&points(given.se)),
                blank(),
                blank(),
            ]));
        }
        if let Some(circular) = &facts.circular {
            let asks = "What part of all flows between actors goes round?";
            rows.push(Row::of([
                text("Circular flow"),
                text(asks),
                text(&share(circular)),
                text(&points(circular.se)),
                blank(),
                blank(),
            ]));
        }
        if self.figures.get::<MoneyMap>().is_some_and(|map| !map.is_taken_apart()) {
            let asks = "What part of all flows between actors goes round?";
            rows.push(Row::of([
                text("Circular flow"),
                text(asks),
                text(NOT_TAKEN_APART),
                blank(),
                blank(),
                blank(),
            ]));
        }
        self.body.table(
            "Shares of the capital, ratios of means; median and range are over the paths.",
            &["Lens", "It asks", "Share", "Standard error", "Median", "90% of paths"],
            2..6,
            &rows,
        );
        for words in why_they_differ(facts) {
            self.body.paragraph(&words);
        }
        self.without_the_loops();
        self.chart("distribution");
    }

    /// What else differs with the loops off, and the share at the corners of what is assumed.
    fn without_the_loops(&mut self) {
        let Some(causal) = &self.facts.told.causal else { return };
        let rows: Vec<Row> = causal
            .compared
            .iter()
            .filter(|compared| compared.on.value.is_finite() || compared.off.value.is_finite())
            .map(|compared| {
                let kind = Kind::of(&compared.measure);
                let said = |value: &Estimated| text(&kind.value(value.value, value.se));
                let change = &compared.change;
                let change = if change.value.is_finite() && kind == Kind::UsdBn {
                    format!("{}{}", if change.value > 0.0 { "+" } else { "" }, share(change))
                } else {
                    "–".into()
                };
                Row::of([code(&compared.measure), said(&compared.on), said(&compared.off), text(&change)])
            })
            .collect();
        self.body.table(
            &format!(
                "The same {} paths with the loops on and off, persons’ and holdings’ money left in place. Means.",
                count(causal.paths)
            ),
            &["Measure", "Loops on", "Loops off", "Change"],
            1..4,
            &rows,
        );
        let Some(range) = &causal.range else { return };
        let rows: Vec<Row> = range
            .points
            .iter()
            .map(|point| {
                let corner = if point.corner.is_empty() { "As the scenario draws" } else { &point.corner };
                Row::of([
                    text(&capitalised(corner)),
                    text(&share(&point.share)),
                    text(&points(point.share.se)),
                    text(&amount(&point.raised)),
                ])
            })
            .collect();
        self.body.table(
            &format!(
                "The causal share over the stated assumptions about outside money, each at its 5th or 95th percentile for all labs \
                 at once, {} paths each. A range over assumptions, not of chance: the share need not rise or fall with them, and \
                 what was not assumed is not in it.",
                count(range.paths)
            ),
            &["Assumed", "Causal share", "Standard error", "Raised"],
            1..4,
            &rows,
        );
    }
}

/// Why one lens sees more than another, from what they found.
fn why_they_differ(facts: &Facts) -> Vec<String> {
    let [traced, netted, causal] =
        ["Traced", "Netted", "Causal"].map(|name| lens(facts, name).map(|lens| lens.share.mean));
    let gap = |a: f64, b: f64| format!("{} points", percent((a - b).abs(), 0.01).trim_end_matches('%'));
    let mut out = Vec::new();
    if let (Some(traced), Some(netted)) = (traced, netted) {
        let why = if netted.value > traced.value {
            "A vendor’s cheque out of what its customers paid is no inflated value to tracing; netting counts it as far as the lab paid the vendor"
        } else {
            "Money raised on wealth that rose is manufactured to tracing, whoever is paid in the end; netting counts only what \
             came back to the investor"
        };
        out.push(format!(
            "Netted is {} {} traced. {why}.",
            gap(netted.value, traced.value),
            if netted.value > traced.value { "above" } else { "below" }
        ));
    }
    if let (Some(traced), Some(causal)) = (traced, causal) {
        let why = if causal.value > traced.value {
            "Without the loops whole rounds and contracts never happen, organic dollars in them included; tracing only looks at the dollars that did come"
        } else if causal.value < 0.0 {
            "With the loops off a lab must raise more elsewhere, and the outside gives it"
        } else {
            "Where a loop is cut, outside money takes its place: a dollar may be of manufactured origin and yet would have been replaced"
        };
        out.push(format!(
            "Causal is {} {} traced. {why}.",
            gap(causal.value, traced.value),
            if causal.value > traced.value { "above" } else { "below" }
        ));
    }
    let upper = facts.told.causal.as_ref().and_then(|causal| causal.without_wealth);
    if let (Some(causal), Some(upper)) = (causal, upper)
        && upper.value > causal.value
    {
        out.push(format!(
            "{} it is {} more: that takes away whatever they bring, part of which they could have brought without any loop.",
            capitalised(&facts.told.without_wealth()),
            gap(upper.value, causal.value)
        ));
    }
    out
}
