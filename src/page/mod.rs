//! `report.html`: one file that opens offline and needs no script, with the charts inside. It reads like a short
//! research note: the answer, the three lenses and why they differ, what drives and what breaks it, on what it rests,
//! method, limits, how to run it again. Its bytes depend on the results alone.

mod document;
pub mod facts;
mod html;
mod lenses;
pub mod stored;
pub mod studies;

use crate::books::Origin;
use crate::charts::answer::Answer;
use crate::charts::render::Drawing;
use crate::charts::theme::{Look, Style};
use crate::charts::{Estimated, Figures, Picture};
use crate::deals::loops;
use crate::input::Grade;
use crate::page::facts::undocumented;
use crate::page::facts::{Amount, Facts, LensFact};
use crate::words::currency;
use crate::words::measure::Kind;
use crate::words::numbers::{
    Scale, capitalised, count, counted, figures, percent, percent_ends, signed, small_number, usd, usd_error,
    usd_range,
};
use crate::words::table::capitalised_unless_a_name;
use document::document;
use html::{Body, Row, address, code, linked, text};
use maud::{Markup, PreEscaped, html};
use rayon::prelude::*;
use studies::Study;

/// The sections in order: the anchor, and the heading.
const SECTIONS: &[(&str, &str)] = &[
    ("answer", "The answer"),
    ("lenses", "Three lenses, and why they differ"),
    ("money", "Where the money comes from, and where it goes"),
    ("drivers", "What drives it"),
    ("breaking", "What breaks it"),
    ("studies", "Further studies"),
    ("evidence", "What it rests on"),
    ("method", "Method"),
    ("limits", "Limits"),
    ("again", "Run it again"),
    ("numbers", "Every number, by grade"),
];

/// A chart's sheet on the page, in layout pixels: flatter than the standard one, so that two and their captions stand on
/// a sheet of A4, and letters are as large as the text's.
const SHEET: (f64, f64) = (720.0, 430.0);

/// The page. `picked` charts are shown, in the style of `look` and always in the page's own size.
pub fn page(
    facts: &Facts,
    figures: &Figures,
    studies: &[Study],
    look: &Look,
    picked: &dyn Fn(&str) -> bool,
) -> String {
    let look = Look {
        style: look.style,
        currency: look.currency,
        title: look.title,
        source: look.source,
        width: SHEET.0,
        height: SHEET.1,
        ..Look::default()
    };
    let wanted: Vec<&dyn Picture> = figures
        .all()
        .iter()
        .map(|picture| picture.as_ref())
        .filter(|picture| picked(picture.name()))
        .collect();
    // Nobody prints on black.
    let on_paper = Look { style: Style::Screen, ..look };
    let looks: &[Look] = if look.style == Style::Dark { &[look, on_paper] } else { &[look] };
    let draw = |picture: &&'_ dyn Picture| {
        looks.iter().map(|look| currency::speaking(look.currency, || picture.draw(look))).collect()
    };
    let drawn = wanted.par_iter().map(|picture| (*picture, draw(picture))).collect();
    let mut page = Page { facts, figures, drawn, body: Body::default() };
    let shown = || SECTIONS.iter().filter(|(anchor, _)| !studies.is_empty() || *anchor != "studies");
    for (anchor, heading) in shown() {
        let before = std::mem::take(&mut page.body.html);
        match *anchor {
            "answer" => page.answer(),
            "lenses" => page.lenses(),
            "money" => page.money(),
            "drivers" => page.drivers(),
            "breaking" => page.breaking(),
            "studies" => page.studies(studies),
            "evidence" => page.evidence(),
            "method" => page.method(),
            "limits" => page.limits(),
            "again" => page.again(),
            _ => page.numbers(),
        }
        let section = std::mem::replace(&mut page.body.html, before);
        page.body.push(html! {
            section aria-labelledby=(anchor) {
                h2 id=(anchor) { (heading) }
                (PreEscaped(section))
            }
        });
    }
    let contents =
        html! { @for (anchor, heading) in shown() { li { a href={ "#" (anchor) } { (heading) } } } };
    document(facts, looks, contents, PreEscaped(page.body.html)).into_string()
}

fn trimmed(value: f64) -> String {
    format!("{value:.2}").trim_end_matches('0').trim_end_matches('.').to_string()
}

fn years(value: f64) -> String {
    let years = trimmed(value);
    format!("{years} year{}", if years == "1" { "" } else { "s" })
}

fn amount(value: &Estimated) -> String {
    usd(value.value, value.se)
}

fn share(value: &Estimated) -> String {
    percent(value.value, value.se)
}

/// A value and its standard error, both with their unit.
fn with_unit(kind: Kind, value: &Estimated) -> [String; 2] {
    let [said, error] = match kind {
        Kind::UsdBn => [amount(value), usd_error(value.se)],
        Kind::Share => [share(value), points(value.se)],
        Kind::Plain => [kind.number(value.value, value.se), kind.error(value.se)],
        Kind::Years => {
            [kind.number(value.value, value.se), kind.error(value.se)].map(|text| format!("{text} years"))
        }
    };
    if !value.value.is_finite() {
        return ["not defined".into(), "–".into()];
    }
    [said, if value.se.is_finite() { error } else { "–".into() }]
}

/// A standard error of a share, in points.
fn points(se: f64) -> String {
    if se.is_finite() { format!("{} points", figures(100.0 * se, 2)) } else { "–".into() }
}

fn lens<'a>(facts: &'a Facts, name: &str) -> Option<&'a LensFact> {
    facts.lenses.iter().find(|lens| lens.name == name)
}

struct Page<'a> {
    facts: &'a Facts,
    figures: &'a Figures,
    /// Each for the screen and, where that is another, for paper.
    drawn: Vec<(&'a dyn Picture, Vec<Drawing>)>,
    body: Body,
}

impl Page<'_> {
    fn chart(&mut self, name: &str) {
        if let Some((picture, drawings)) = self.drawn.iter().find(|(drawn, _)| drawn.name() == name) {
            self.body.chart(drawings, &picture.caption());
        }
    }

    fn answer(&mut self) {
        let facts = self.facts;
        if !facts.complete {
            self.body.note(&format!(
                "The run was interrupted. Everything here is of the {} paths done until then.",
                count(facts.paths)
            ));
        }
        if !facts.set.is_empty() {
            let set: Vec<String> =
                facts.set.iter().map(|(address, value)| format!("{address} = {value}")).collect();
            self.body.note(&format!("Not as in the scenario file: {}.", set.join(", ")));
        }
        if !facts.off.is_empty() {
            self.body.note(&format!("These loops were switched off: {}.", facts.off.join(", ")));
        }
        if facts.raised.mean.value <= 0.0 {
            self.body.paragraph("No capital is raised on any path, so no share is defined.");
        } else {
            let labs = capitalised_unless_a_name(&facts.labs);
            let raise = if facts.labs.len() == 1 { "raises" } else { "raise" };
            let mut words = format!("{labs} {raise} {}", amount(&facts.raised.mean));
            if facts.paths > 1 {
                words += &format!(
                    " (standard error {}); on nine of ten paths {}",
                    usd_error(facts.raised.mean.se),
                    usd_range(facts.raised.p5, facts.raised.p95, facts.raised.mean.se)
                );
            }
            words += ".";
            let from: Vec<String> =
                facts.investors.iter().map(|(who, value)| format!("{} from {who}", amount(value))).collect();
            if !from.is_empty() {
                words += &format!(" It comes to {}.", from.join(", "));
            }
            self.body.paragraph(&words);
        }
        self.chart("answer");
        if facts.raised.mean.value > 0.0 {
            self.body.list(&facts.told.sentences());
        }
        self.asked();
    }

    /// Questions of one's own.
    fn asked(&mut self) {
        let asked = &self.facts.asked;
        if asked.is_empty() {
            return;
        }
        let rows: Vec<Row> = asked
            .iter()
            .map(|answer| {
                Row::of([
                    code(&answer.question),
                    text(&answer.said()),
                    text(&answer.interval()),
                    text(&count(answer.n)),
                ])
            })
            .collect();
        let notes = facts::notes(asked);
        let caption = if notes.is_empty() { "Asked.".into() } else { format!("Asked. {notes}") };
        self.body.table(&caption, &["Question", "Answer", "95% interval", "Paths that count"], 1..4, &rows);
    }

    fn money(&mut self) {
        let facts = self.facts;
        if facts.raised.mean.value > 0.0 {
            let scale = Scale::of_column([facts.raised.mean.value]);
            let cell = |value: &Estimated| text(&scale.cell(value.value, value.se));
            let origins: Vec<Origin> = facts
                .instruments
                .first()
                .map(|(_, cells)| cells.iter().map(|(origin, _)| origin).collect())
                .unwrap_or_default();
            let mut sums = vec![0.0; origins.len()];
            let mut rows = Vec::new();
            for (instrument, cells) in &facts.instruments {
                let cells = cells.values();
                let all: f64 = cells.iter().map(|cell| cell.value).sum();
                for (sum, cell) in sums.iter_mut().zip(cells) {
                    *sum += cell.value;
                }
                if all > 0.0 {
                    let mut row = vec![text(&capitalised(instrument))];
                    row.extend(cells.iter().map(cell));
                    // Not independent: the sum of the errors is the most it can be.
                    let se = cells.iter().map(|cell| cell.se).sum::<f64>().min(facts.raised.mean.se);
                    row.push(cell(&Estimated::new(all, se)));
                    rows.push(Row::of(row));
                }
            }
            let mut row = vec![text("All")];
            let answer = self.figures.get::<Answer>();
            row.extend(origins.iter().zip(&sums).map(|(origin, sum)| {
                let amount = answer.and_then(|answer| answer.by_origin.get(*origin));
                cell(&Estimated::new(*sum, amount.map_or(facts.raised.mean.se, |amount| amount.se)))
            }));
            row.push(cell(&facts.raised.mean));
            rows.push(Row { sum: true, ..Row::of(row) });
            let mut head = vec!["Instrument".to_string()];
            head.extend(origins.iter().map(|origin| {
                let name = capitalised(origin.name());
                if origin.is_manufactured() { format!("{name} *") } else { name }
            }));
            head.push("All".into());
            let head: Vec<&str> = head.iter().map(String::as_str).collect();
            self.body.table(
                &format!(
                    "Capital raised, {}, mean over the paths, by instrument and origin. Columns with a star are inflated values.",
                    scale.heading()
                ),
                &head,
                1..head.len(),
                &rows,
            );
        }
        for name in ["course", "money_map", "financing", "headline"] {
            self.chart(name);
        }
    }

    fn drivers(&mut self) {
        let facts = self.facts;
        if facts.drivers.is_empty() {
            self.body.paragraph("No uncertain number moves with the traced share so clearly that it could be told from chance.");
            return;
        }
        let (first, rho) = &facts.drivers[0];
        let way = if rho.value > 0.0 {
            "the larger it is, the larger the share"
        } else {
            "the larger it is, the smaller the share"
        };
        self.body.paragraph(&format!(
            "Of the scenario’s uncertain numbers the traced share moves most with {first}: {way} (rank correlation {}). \
             These correlations see one number at a time and only effects that go one way.",
            signed(rho.value, 2)
        ));
        let rows: Vec<Row> = facts
            .drivers
            .iter()
            .map(|(address, rho)| {
                let bar = format!("width:{:.0}%", (rho.value.abs() * 100.0).min(100.0));
                Row::of([
                    html::address(address),
                    text(&signed(rho.value, 2)),
                    text(&format!("{:.2}", rho.se)),
                    html! { span.bar style=(bar) {} },
                ])
            })
            .collect();
        self.body.table(
            "Rank correlation of an uncertain number with the traced share of its path.",
            &["Number", "Correlation", "Standard error", "Strength"],
            1..3,
            &rows,
        );
    }

    fn breaking(&mut self) {
        let rows: Vec<Row> = self
            .facts
            .breaking
            .iter()
            .map(|Amount { what, unit, value, interval }| {
                let [said, error] = with_unit(unit.kind(), value);
                let error = match interval {
                    Some((low, high)) => percent_ends(*low, *high).join(" to "),
                    None if value.se.is_finite() => format!("± {error}"),
                    None => "–".into(),
                };
                Row::of([text(what), text(&said), text(&error)])
            })
            .collect();
        if !rows.is_empty() {
            self.body.table(
                "When the loop stops. Amounts are means over all paths, those that never break included.",
                &["What", "Value", "± standard error, or 95% interval"],
                1..3,
                &rows,
            );
        }
        self.chart("breaking");
    }

    fn studies(&mut self, studies: &[Study]) {
        for study in studies {
            self.body.subheading(study.heading());
            self.body.push(html! { p.made { "Made by " (code(&study.command)) } });
            for picture in &study.pictures {
                self.body.picture(&picture.svg, &picture.title, &picture.subtitle);
            }
            if study.ratios.is_empty() {
                continue;
            }
            let rows: Vec<Row> = study
                .ratios
                .iter()
                .map(|(name, value)| {
                    let (what, kind) = studies::result(name);
                    let [said, error] = with_unit(kind, value);
                    Row::of([text(&what), text(&said), text(&error), code(name)])
                })
                .collect();
            let caption = format!("Results of the study, {} paths.", count(study.paths));
            self.body.table(&caption, &["Result", "Value", "Standard error", "In summary.json"], 1..3, &rows);
        }
    }

    fn evidence(&mut self) {
        let facts = self.facts;
        let many = facts.numbers.len();
        let grades: Vec<String> = Grade::ALL
            .iter()
            .map(|grade| (grade.word(), facts.of_grade(grade.word()).count()))
            .filter(|(_, many)| *many > 0)
            .map(|(grade, many)| format!("{many} {grade}"))
            .collect();
        self.body.paragraph(&format!(
            "The scenario gives {}: {}. All of them stand at the end of this page with their sources. Filed is a filing or the company’s own release, reported is the press, \
             estimated is computed from these, assumed means that no figure exists.",
            counted(many as u64, "number"),
            grades.join(", ")
        ));
        for words in undocumented(&facts.assumed_links, facts.raised.mean.value) {
            self.body.note(&words);
        }
    }

    fn method(&mut self) {
        let facts = self.facts;
        self.body.paragraph(&format!(
            "A Monte Carlo simulation of labs, the companies that sell them {}, and the persons and holdings behind them, \
             in {} steps a year. In each step prices move, sentiment may turn, contracts are announced, customers pay, bills fall \
             due, loans are called, tranches and rounds are paid. A ledger follows every dollar by its origin and conserves it: \
             revenue and savings are organic; money raised on an announcement premium or an unrealised private mark, mark-ups in \
             compute credits, and savings on their second lap through a lab are manufactured.",
            facts.told.good, facts.steps_per_year
        ));
        self.body.paragraph(
            "Two kinds of uncertainty are kept apart: numbers that nobody knows are drawn once per path from the scenario’s \
             distributions, shocks in every step. A random number is found by seed, path, step and purpose, so the same command \
             gives the same bytes on any machine, and runs with loops switched off can be compared path by path.",
        );
        let mut items = vec![
            "Traced: payments draw on an account’s origins in proportion; a borrowed dollar is manufactured as far as the room to borrow it was there only because of a premium or a mark.".to_string(),
            "Netted: for each investor and lab, the smaller of what was put in and what was paid back. It sees money that returned, not wealth that rose.".to_string(),
        ];
        if facts.causal_paths > 0 {
            items.push(format!(
                "Causal: the first {} paths run again on the same random numbers with every loop off but persons’ and holdings’ money, and once with that gone too. Cash of companies to which a lab owes nothing stays.",
                count(facts.causal_paths)
            ));
        }
        self.body.list(&items);
        self.body.paragraph(
            "Standard errors measure the sampling noise of the simulation and go to zero with more paths. The uncertainty about \
             the world is in the ranges over the paths. Announced, committed, paid and written off are different amounts and are \
             never added.",
        );
        let loops: Vec<Row> = loops().map(|kind| Row::of([code(kind.name), text(kind.off)])).collect();
        self.body.table(
            "The loops, and what the model does when one is off.",
            &["Loop", "Off means"],
            0..0,
            &loops,
        );
        self.chart("convergence");
    }

    fn limits(&mut self) {
        let facts = self.facts;
        let assumed = facts.of_grade("assumed").count();
        let mut items = vec![
            "It is a model of one mechanism, not a forecast. Prices follow a simple law, and the effect of an announcement on a price rests on few events.".to_string(),
            "Only actors in the scenario can be circular. What is left out counts as the outside, so more actors would mean larger shares.".to_string(),
            "An outside investor’s dollar counts as organic, though it may come from somebody whose wealth rose with these same shares.".to_string(),
            "Labs have no debt and never close; companies never fail. Losses after a restructuring are understated.".to_string(),
            "Ranges over the paths are those of the scenario’s own uncertainty. They do not cover a wrong model.".to_string(),
        ];
        if assumed > 0 {
            items.push(format!(
                "{} of the {} numbers given {} assumed: nobody has published a figure.",
                capitalised(&small_number(assumed)),
                facts.numbers.len(),
                if assumed == 1 { "is" } else { "are" }
            ));
        }
        self.body.list(&items);
    }

    fn again(&mut self) {
        let facts = self.facts;
        self.body.push(html! { pre { (code(&facts.command())) } });
        if facts.sampler == "lhs" {
            self.body.paragraph(
                "A Latin hypercube is laid out for the paths that were asked for: a run that was stopped early is repeated by \
                 roundtrip reproduce on its folder.",
            );
        }
        let mut items: Vec<(&str, Markup)> = vec![
            ("Program", text(&format!("roundtrip {}", facts.version))),
            ("Scenario file", code(&facts.file)),
            ("SHA-256 of its text", code(&facts.sha256)),
            ("Paths", text(&count(facts.paths))),
            ("Seed", text(&facts.seed.to_string())),
            ("Sampler", text(&facts.sampler)),
        ];
        for (path, value) in &facts.set {
            items.push(("Overridden", code(&format!("{path} = {value}"))));
        }
        self.body.push(html! { dl { @for (what, value) in &items { dt { (what) } dd { (value) } } } });
        self.body.paragraph(
            "The scenario’s text, the machine, and the length and hash of every result file are in manifest.json beside this page; \
             every measure with its errors in summary.json, every path in paths.parquet.",
        );
    }

    /// What is assumed first: it is what a reader should doubt first.
    fn numbers(&mut self) {
        let facts = self.facts;
        for grade in Grade::ALL.iter().rev() {
            let rows: Vec<Row> = facts
                .of_grade(grade.word())
                .map(|number| {
                    Row::of([
                        address(&number.address),
                        text(&number.value),
                        text(&currency::unit(&number.unit)),
                        linked(
                            if number.source.is_empty() { "none given" } else { &number.source },
                            &number.links,
                        ),
                    ])
                })
                .collect();
            if rows.is_empty() {
                continue;
            }
            self.body.subheading(&format!("{} ({})", capitalised(grade.word()), rows.len()));
            let caption = match grade {
                Grade::Filed => "Numbers from filings and companies’ own releases.",
                Grade::Reported => "Numbers from the press.",
                Grade::Estimated => "Numbers computed from filed or reported figures.",
                Grade::Assumed => "Numbers for which no figure exists.",
            };
            self.body.table(caption, &["Number", "Value", "Unit", "Source"], 0..0, &rows);
        }
    }
}
