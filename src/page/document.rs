//! The page around its sections: head, style, title, what is raised, contents.

use super::facts::Facts;
use super::html::text;
use super::{amount, years};
use crate::charts::render::font_faces;
use crate::charts::theme::{Look, Theme};
use crate::words::numbers::{changed, counted};
use crate::words::table::capitalised_unless_a_name;
use maud::{Markup, PreEscaped, html};

const CSS: &str = include_str!("page.css");

/// Colours as the charts have them, on the screen and on paper.
fn colors(looks: &[Look]) -> String {
    let [screen, paper] = [looks.first(), looks.get(1)].map(|look| look.map(|look| properties(look.theme())));
    let on_paper = paper.map(|rules| format!("\n@media print{{{rules}}}"));
    screen.unwrap_or_default() + &on_paper.unwrap_or_default()
}

fn properties(theme: &Theme) -> String {
    let of = [
        ("paper", theme.paper),
        ("ink", theme.ink),
        ("muted", theme.muted),
        ("rule", theme.rule),
        ("grid", theme.grid),
        ("plain", theme.plain),
        ("focus", theme.plain),
    ];
    let rules: String = of.iter().map(|(name, color)| format!("--{name}:{};", color.css())).collect();
    format!(":root{{{rules}}}")
}

const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:";

pub(super) fn document(facts: &Facts, looks: &[Look], contents: Markup, body: Markup) -> Markup {
    let program = format!("roundtrip {}", facts.version);
    let changes = changed("", &facts.set, &facts.off);
    let changes = changes.trim_start_matches([',', ' ']);
    let changes = if changes.is_empty() { String::new() } else { format!("{changes} · ") };
    let meta = format!(
        "{changes}{} from {} · {} · seed {} · {program}",
        years(facts.years),
        facts.start,
        counted(facts.paths, "path"),
        facts.seed,
    );
    let style = format!("\n{}\n{}\n{CSS}", font_faces(), colors(looks));
    html! {
        (PreEscaped("<!doctype html>\n"))
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta http-equiv="Content-Security-Policy" content=(POLICY);
                meta name="generator" content=(program);
                title { (text(&facts.scenario)) ": how much of the capital is manufactured?" }
                style { (PreEscaped(style)) }
            }
            body {
                a.skip href="#content" { "Skip to the answer" }
                header {
                    p.kicker { "How much of the capital is manufactured by the loop?" }
                    h1 { (text(&facts.scenario)) }
                    p.standfirst { (text(&standfirst(facts))) }
                    p.meta { (text(&meta)) }
                }
                nav aria-label="Contents" { ol { (contents) } }
                main id="content" tabindex="-1" { (body) }
                footer {
                    p {
                        "Written by " (program) " from stored results. Spreads are over the paths of the scenario and do not "
                        "cover a wrong model."
                    }
                }
            }
        }
    }
}

/// What was raised, whose it was, and what would not have been.
fn standfirst(facts: &Facts) -> String {
    let labs = capitalised_unless_a_name(&facts.labs);
    let raise = if facts.labs.len() == 1 { "raises" } else { "raise" };
    if facts.raised.mean.value <= 0.0 {
        return format!("{labs} {raise} no capital on any path: there is nothing to share out.");
    }
    let average = if facts.paths > 1 { " on average" } else { "" };
    let mut text =
        format!("{labs} {raise} {}{average} in {}.", amount(&facts.raised.mean), years(facts.years));
    let causal = facts.told.causal.as_ref().map(|causal| causal.said());
    for sentence in facts.told.insiders().into_iter().chain(causal) {
        text += &format!(" {sentence}");
    }
    text
}
